//! A disk that fails one call of twenty for as long as people buy: nobody loses anything, and once it is repaired the books balance. Calls fail
//! by libfiu, drawn at random each time; without it the story is left out.
//!
//! `cargo test` plays a few purchases on a disk that is better than that; `KIOSK_DISK_PURCHASES` are more, on one that fails
//! `KIOSK_DISK_PERCENT` calls of a hundred: `just bad-disk`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::crash::{Plan, Town, audit, open};
use crate::program::{Program, Street, number};
use crate::world::{shows, tell};

/// What is played when nothing else is asked for. A purchase is some 490 calls in 46 transactions.
const PURCHASES: u64 = 2;
const PERCENT: u64 = 1;
/// How many buy at the same time, at most: each of them waits more than they do anything.
const AT_ONCE_MAX: usize = 48;
/// What makes something durable, by libfiu's names.
const CALLS: [&str; 3] = ["posix/io/rw/pwrite", "posix/io/sync/fdatasync", "posix/io/sync/fsync"];
/// How a call fails: with EIO.
const HOW: u32 = 5;

/// The disk under a program that was started with it.
struct BadDisk {
    /// Where the program hears what is to fail, before the number of its process.
    control: PathBuf,
}

impl BadDisk {
    /// A disk without errors, told by way of files in `folder`; none, and a word about it, where there is no libfiu.
    fn new(folder: &Path) -> Option<Self> {
        let works = Command::new("fiu-run").args(["-x", "-f", "", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !works.is_ok_and(|status| status.success()) {
            let notice = b"no call can be made to fail here (apt-get install fiu-utils): a story of the disk is left out\n";
            std::io::stderr().write_all(notice).unwrap();
            return None;
        }
        Some(Self { control: folder.join("disk") })
    }

    /// What a program is started by.
    fn starter(&self) -> [&str; 4] {
        ["fiu-run", "-x", "-f", self.control.to_str().unwrap()]
    }

    /// From now on so many calls of a hundred fail, which are fewer than all.
    fn fail(&self, program: &Program, percent: u64) {
        self.tell(program, |call| format!("enable_random name={call},probability=0.{percent:02},failinfo={HOW}"));
    }

    /// From now on none fails.
    fn repair(&self, program: &Program) {
        self.tell(program, |call| format!("disable name={call}"));
    }

    fn tell(&self, program: &Program, command: impl Fn(&str) -> String) {
        for call in CALLS {
            let mut told = Command::new("fiu-ctrl");
            told.arg("-f").arg(&self.control).args(["-c", &command(call), &program.id().to_string()]);
            let said = told.output().unwrap();
            assert!(said.status.success() && said.stdout.is_empty(), "{said:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_disk_fails_now_and_then_everybody_is_served_once() {
    let street = open(Street::new("warn").await).await;
    let Some(disk) = BadDisk::new(street.folder.path()) else { return };
    let mut program = street.run_under(&disk.starter());
    street.ready().await;
    let percent = number("KIOSK_DISK_PERCENT").unwrap_or(PERCENT);
    disk.fail(&program, percent);
    let purchases = usize::try_from(number("KIOSK_DISK_PURCHASES").unwrap_or(PURCHASES)).unwrap();
    // Most of the time nothing is written, and everything is tried again.
    let plan = Plan::for_purchases(5 * purchases);
    let mut town = Town::wake(&street, &plan, purchases.min(AT_ONCE_MAX));
    while town.bought() < purchases {
        tokio::time::sleep(Duration::from_millis(50)).await;
        town.is_well();
        assert!(!program.has_ended(), "{}", street.log());
    }
    disk.repair(&program);
    town.go_home().await;
    let lost = street.log().matches("nothing could be written to the database").count();
    tell!("{percent} calls of a hundred failed, and {lost} transactions with them");
    assert!(lost > 0, "no call has failed");
    audit(&street, program, &town).await;
    let waits = |buyer: &i64| shows(&street.sandbox, *buyer, "Your goods are on their way into this chat");
    assert_eq!(town.buyers().filter(waits).count(), 0, "a notice stays though the goods came in another message");
}
