//! A long life: however much people write and buy, the program holds no more memory, no more open files and no longer a log of writes than
//! soon after its start.
//!
//! `cargo test` plays a short form; `KIOSK_SOAK_UPDATES` makes it longer: `just soak 1000000`.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kiosk::sandbox::Sandbox;

use crate::crash::{Plan, Town, at_once, audit, open};
use crate::program::{Program, Street, number};
use crate::world::tell;

/// Updates of a run when nothing else is asked for.
const UPDATES: u64 = 1_200;
/// People who write and buy nothing, and their first number.
const TALKERS: i64 = 2_000;
const FIRST_TALKER: i64 = 1_000_000;
/// So many of them have written, and are not answered yet.
const WAITING_MAX: usize = 150;
/// Looks at the program in a life, at equal distances; the first third of it warms up.
const LOOKS: u64 = 30;
/// How much the program may grow after that: a tenth, and what a short life has not yet used for the first time.
const GROWTH_PERCENT: u64 = 10;
const FIRST_USES_KB: u64 = 8 * 1_024;
/// Files and connections: every reader of the database has three, and connections to the outside are kept for the next call.
const FILES_MAX: usize = 120;
const WAL_MAX_BYTES: u64 = 64 * 1_024 * 1_024;

const WORDS: [&str; 7] = ["/start", "/orders", "/help", "hello", "/start p_key", "/balance", "/terms"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_long_it_lives_the_program_does_not_grow() {
    let street = open(Street::new("warn").await).await;
    let program = street.run();
    street.ready().await;
    let updates = number("KIOSK_SOAK_UPDATES").unwrap_or(UPDATES);
    // As much time as so many purchases may take: here people wait in line.
    let plan = Plan::for_purchases(usize::try_from(updates / 10).unwrap());
    let mut town = Town::wake(&street, &plan, at_once());
    let mut looks = vec![Look::at(&program, &street)];
    for look in 0..LOOKS {
        talk(&street.sandbox, look * updates / LOOKS..(look + 1) * updates / LOOKS).await;
        town.is_well();
        looks.push(Look::at(&program, &street));
    }
    town.go_home().await;
    let (warm, later) = looks.split_at(looks.len() / 3);
    let (before, after) = (Look::most(warm), Look::most(later));
    tell!("{updates} updates and {} purchases: {before:?} at most in the first third, {after:?} later", town.bought());
    assert!(after.memory_kb <= before.memory_kb * (100 + GROWTH_PERCENT) / 100 + FIRST_USES_KB, "its memory grows: {looks:?}");
    assert!(after.files <= FILES_MAX, "it keeps files open: {looks:?}");
    assert!(after.wal_bytes <= WAL_MAX_BYTES, "its log of writes grows: {looks:?}");
    audit(&street, program, &town).await;
}

/// People write, one after another, as fast as they are answered: who buys meanwhile waits behind no more of them than that.
async fn talk(sandbox: &Sandbox, updates: std::ops::Range<u64>) {
    let mut waiting = VecDeque::new();
    for update in updates {
        let talker = FIRST_TALKER + i64::try_from(update).unwrap() % TALKERS;
        let words = WORDS[usize::try_from(update).unwrap() % WORDS.len()];
        // What is said is one version of the chat, and its answer another.
        waiting.push_back((talker, version(sandbox, talker) + 1));
        sandbox.telegram.say(talker, words).unwrap();
        if waiting.len() > WAITING_MAX
            && let Some((first, said)) = waiting.pop_front()
        {
            while version(sandbox, first) <= said {
                sandbox.telegram.chat_after(first, said, Duration::from_millis(200)).await;
            }
        }
    }
}

fn version(sandbox: &Sandbox, talker: i64) -> u64 {
    sandbox.telegram.chat(talker, u64::MAX)["version"].as_u64().unwrap()
}

/// What a program holds at a moment.
#[derive(Debug, Clone, Copy)]
struct Look {
    memory_kb: u64,
    files: usize,
    wal_bytes: u64,
}

impl Look {
    fn at(program: &Program, street: &Street) -> Self {
        let process = PathBuf::from(format!("/proc/{}", program.id()));
        Self {
            memory_kb: resident_kb(&process),
            files: std::fs::read_dir(process.join("fd")).unwrap().count(),
            wal_bytes: std::fs::metadata(street.data_dir().join("kiosk.db-wal")).map_or(0, |file| file.len()),
        }
    }

    fn most(looks: &[Self]) -> Self {
        let most = |a: Self, b: &Self| Self {
            memory_kb: a.memory_kb.max(b.memory_kb),
            files: a.files.max(b.files),
            wal_bytes: a.wal_bytes.max(b.wal_bytes),
        };
        looks.iter().fold(looks[0], most)
    }
}

fn resident_kb(process: &Path) -> u64 {
    let status = std::fs::read_to_string(process.join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
