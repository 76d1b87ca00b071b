//! The real program on a machine whose clock is wrong: what is paid is delivered, once. The clock is moved under it by libfaketime;
//! both fakes keep the right time.
//!
//! `cargo test` plays a few purchases each, `KIOSK_CLOCK_PURCHASES` more, and twice as many where it jumps: `just skewed 500`. Without libfaketime the stories are left out,
//! unless `KIOSK_TEST_FAKETIME` is `required`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kiosk::sandbox::Sandbox;

use crate::crash::{Plan, Town, audit, open};
use crate::postgres;
use crate::program::{Street, number};
use crate::world::tell;

const TEN_MINUTES: i64 = 600;
/// Purchases of a story when nothing else is asked for.
const PURCHASES: u64 = 6;
/// How often the clock jumps at least, and after how long each time.
const JUMPS_LEAST: usize = 3;
const JUMP_PAUSE: Duration = Duration::from_secs(5);
/// How many buy at the same time.
const AT_ONCE: usize = 6;
/// Where Debian has the library, below the folder of the architecture.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// A clock that programs are started with, so many seconds beside the right one.
pub struct Watch {
    library: PathBuf,
    file: PathBuf,
}

impl Watch {
    /// A right clock, kept in `folder`; none, and a word about it, where there is no libfaketime.
    ///
    /// # Panics
    /// When there is none although `KIOSK_TEST_FAKETIME` is `required`.
    pub fn new(folder: &Path) -> Option<Self> {
        let found = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path().join(LIBRARY)).find(|path| path.is_file());
        let Some(library) = found else {
            let required = std::env::var_os("KIOSK_TEST_FAKETIME").is_some_and(|value| value == "required");
            assert!(!required, "KIOSK_TEST_FAKETIME is `required`, and libfaketime is not installed: apt-get install faketime");
            let notice = b"libfaketime is not installed: stories of a machine's clock are left out (apt-get install faketime)\n";
            std::io::stderr().write_all(notice).unwrap();
            return None;
        };
        let watch = Self { library, file: folder.join("watch") };
        watch.set(0);
        Some(watch)
    }

    /// Moves the clock of every program that was started with it; they see it within a second.
    pub fn set(&self, secs: i64) {
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{secs:+}\n")).unwrap();
        std::fs::rename(new, &self.file).unwrap();
    }

    /// What a program is started by. Time that only goes forward, by which programs wait, is right as on every machine.
    pub fn starter(&self) -> Vec<String> {
        let library = self.library.display();
        let file = self.file.display();
        let fixed = ["FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"];
        let own = [format!("LD_PRELOAD={library}"), format!("FAKETIME_TIMESTAMP_FILE={file}")];
        ["env".to_owned()].into_iter().chain(own).chain(fixed.map(str::to_owned)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_on_a_machine_that_is_ten_minutes_ahead() {
    let Some(answers) = sell(TEN_MINUTES).await else { return };
    // A token lives for five minutes: by this clock all of them are over. They are refused, and make the shop ask.
    assert!(answers.iter().all(|answer| answer == "401"), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_on_a_machine_that_is_ten_minutes_behind() {
    let Some(answers) = sell(-TEN_MINUTES).await else { return };
    assert!(answers.iter().all(|answer| answer == "200"), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_whose_clock_is_not_that_of_the_database_is_told_so() {
    let Some(database) = postgres::new_database().await else { return };
    let street = Street::with_database("info", Some(database)).await;
    let Some(watch) = Watch::new(street.folder.path()) else { return };
    let starter = watch.starter();
    let starter: Vec<_> = starter.iter().map(String::as_str).collect();
    for (secs, told) in [(0, false), (-TEN_MINUTES, true)] {
        watch.set(secs);
        let program = street.run_under(&starter);
        street.ready().await;
        assert_eq!(street.log().contains("not that of the database"), told, "{}", street.log());
        program.terminate(Duration::from_secs(10)).await;
    }
}

/// While people buy, it goes ten minutes forward at once, and later back again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_on_a_machine_whose_clock_jumps() {
    let street = Street::new("info").await;
    let Some(watch) = Watch::new(street.folder.path()) else { return };
    let street = open(street).await;
    let starter = watch.starter();
    let program = street.run_under(&starter.iter().map(String::as_str).collect::<Vec<_>>());
    street.ready().await;
    let plan = Plan::for_purchases(2 * purchases());
    let mut town = Town::wake(&street, &plan, AT_ONCE);
    // Forward, back, forward and so on; each time so long that it is seen, and that people buy.
    let (mut jumps, mut last) = (0, Instant::now());
    while town.bought() < 2 * purchases() || jumps < JUMPS_LEAST {
        if last.elapsed() >= JUMP_PAUSE && town.bought() > 0 {
            (jumps, last) = (jumps + 1, Instant::now());
            watch.set(if jumps % 2 == 1 { TEN_MINUTES } else { 0 });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        town.is_well();
    }
    town.go_home().await;
    audit(&street, program, &town).await;
    assert!(street.log().contains("the clock of this machine was set back"), "{}", street.log());
    tell!("the clock jumped {jumps} times, ten minutes forward or back, while {} purchases were made", town.bought());
}

fn purchases() -> usize {
    usize::try_from(number("KIOSK_CLOCK_PURCHASES").unwrap_or(PURCHASES)).unwrap()
}

/// People buy while the clock is so many seconds beside the right one; what the postbacks of their payments were answered in the end.
async fn sell(offset: i64) -> Option<Vec<String>> {
    let street = Street::new("info").await;
    let watch = Watch::new(street.folder.path())?;
    watch.set(offset);
    let street = open(street).await;
    let starter = watch.starter();
    let program = street.run_under(&starter.iter().map(String::as_str).collect::<Vec<_>>());
    street.ready().await;
    let plan = Plan::for_purchases(purchases());
    let mut town = Town::wake(&street, &plan, AT_ONCE);
    while town.bought() < purchases() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        town.is_well();
    }
    town.go_home().await;
    audit(&street, program, &town).await;
    let answers = answers(&street.sandbox);
    let refused = answers.iter().filter(|answer| *answer == "401").count();
    tell!("the clock was at {offset} s; {refused} of {} payments were told with a token that was over", answers.len());
    Some(answers)
}

/// What was said last to the postback of each invoice that was paid.
fn answers(sandbox: &Sandbox) -> Vec<String> {
    let paid = sandbox.cryptocloud.invoices().into_iter().filter(|invoice| invoice.status.is_paid());
    paid.map(|invoice| invoice.last_postback.unwrap()).collect()
}
