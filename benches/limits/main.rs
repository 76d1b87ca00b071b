//! How near Kiosk comes to what the machine can do. Every figure stands beside a limit that was measured in the same run on the same
//! cores, and what counts is their ratio: a figure alone says more of the machine than of the program.
//!
//! `cargo bench` measures everything in some ten minutes, `cargo bench -- stock qr` those parts. The run fails where a ratio misses four
//! fifths of its goal, or could not be measured; the goals are numbered as in `BENCHMARKS.md`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on should stop, and tells what it found"
)]

mod aiogram;
mod aiohttp;
mod broadcast;
mod canned;
mod chats;
mod load;
mod peers;
mod postbacks;
mod postgres;
mod purchase;
mod qr;
mod restart;
mod scale;
mod size;
mod start;
mod stock;

#[path = "../../tests/it/program.rs"]
#[expect(dead_code, reason = "the plays need more of it")]
mod program;
#[path = "../../tests/it/postgres.rs"]
#[expect(dead_code, reason = "the plays need more of it")]
mod server;
#[path = "../../tests/it/world.rs"]
#[expect(dead_code, unused_macros, unused_imports, reason = "the plays need more of it")]
mod world;

use std::time::Duration;

/// What was measured so far.
#[derive(Default)]
pub struct Report {
    missed: Vec<String>,
    unmeasured: Vec<String>,
}

impl Report {
    /// A figure that should be at least `goal` times its limit.
    pub fn at_least(&mut self, name: &str, found: f64, limit: f64, goal: f64, unit: &str) {
        self.row(name, found, limit, found / limit, &format!("≥ {goal}"), unit, found / limit >= goal * 0.8);
    }

    /// A figure that should be at most `goal` times its limit.
    pub fn at_most(&mut self, name: &str, found: f64, limit: f64, goal: f64, unit: &str) {
        self.row(name, found, limit, found / limit, &format!("≤ {goal}"), unit, found / limit <= goal / 0.8);
    }

    /// Something that must not happen at all.
    pub fn none(&mut self, name: &str, found: usize) {
        let found = f64::from(u32::try_from(found).unwrap());
        self.row(name, found, 0.0, found, "0", "", found == 0.0);
    }

    /// A goal of which nothing can be said here; it is not met.
    pub fn unmeasured(&mut self, name: &str, why: &str) {
        println!("{name:<62} not measured: {why}");
        self.unmeasured.push(name.to_owned());
    }

    #[expect(clippy::too_many_arguments, reason = "one row of a table")]
    fn row(&mut self, name: &str, found: f64, limit: f64, ratio: f64, goal: &str, unit: &str, fits: bool) {
        let mark = if fits { "" } else { "  MISSED" };
        println!("{name:<62} {found:>10.1} {unit:<6} limit {limit:>10.1}   ratio {ratio:>7.3}   goal {goal}{mark}");
        if !fits {
            self.missed.push(name.to_owned());
        }
    }
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The time within which so many of a hundred were done, in milliseconds.
pub fn percentile(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1_000.0
}

/// In this order.
const PARTS: [&str; 12] =
    ["qr", "stock", "postbacks", "purchase", "chats", "start", "aiohttp", "postgres", "aiogram", "broadcast", "restart", "size"];
const ALL: &str = "all";

async fn measure(part: &str, report: &mut Report) {
    match part {
        "qr" => qr::measure(report),
        "stock" => stock::measure(report).await,
        "postbacks" => postbacks::measure(report).await,
        "purchase" => purchase::measure(report).await,
        "chats" => chats::measure(report).await,
        "start" => start::measure(report).await,
        "aiohttp" => aiohttp::measure(report).await,
        "postgres" => postgres::measure(report).await,
        "aiogram" => aiogram::measure(report).await,
        "broadcast" => broadcast::measure(report).await,
        "restart" => restart::measure(report).await,
        "size" => size::measure(report),
        other => panic!("{other} is in the list of parts and is none"),
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for word in &wanted {
        assert!(word == ALL || PARTS.contains(&word.as_str()), "there is no part {word}; there are: {}", PARTS.join(" "));
    }
    let mut report = Report::default();
    for part in PARTS.into_iter().filter(|part| wanted.is_empty() || wanted.iter().any(|word| word == part || word == ALL)) {
        println!("-- {part}");
        runtime.block_on(measure(part, &mut report));
    }
    if !report.unmeasured.is_empty() {
        println!("not measured: {}", report.unmeasured.join(", "));
    }
    if !report.missed.is_empty() {
        println!("missed: {}", report.missed.join(", "));
    }
    if !report.missed.is_empty() || !report.unmeasured.is_empty() {
        std::process::exit(1);
    }
}
