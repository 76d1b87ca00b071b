//! The disk is full, refuses, or is somebody else's for a while: nothing is acknowledged that was not kept, and once there is room again
//! everybody has what they paid for, once.
//!
//! The stories with a tracer (`strace`) make one call to the disk fail, or kill the program at it, the first, the second, ...: `cargo test`
//! plays a few of them, `just disk` all. Without a tracer they are left out.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kiosk::domain::order::OrderState;
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::store::{Place, Store};
use sqlx::{Connection as _, SqliteConnection};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::crash::{address, buy, open, quiet, units};
use crate::program::{PATIENCE, Program, Street};
use crate::store::durability::SmallDisk;
use crate::world::{ANN, Options, World, check, http, shows, tell, transcript};

/// Most postbacks until a disk without room says no: what is free in the log of writes is used up first.
const POSTBACKS_MAX: u32 = 3_000;
/// When a purchase has failed: a traced program on a busy machine is slow.
const LONG_ENOUGH: Duration = Duration::from_mins(5);
/// How long a full disk is looked at, unless `KIOSK_DISK_HOLD` says for how many seconds.
const HOLD: Duration = Duration::from_secs(3);

async fn ready(base: &str) -> u16 {
    http().get(format!("{base}/readyz")).send().await.map_or(0, |answer| answer.status().as_u16())
}

/// What SQLite says of its file.
async fn integrity(file: &Path) -> String {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}?mode=ro", file.display())).await.unwrap();
    let (said,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    said
}

fn answer(world: &World, invoice: &Invoice) -> Option<String> {
    world.sandbox.cryptocloud.invoice(&invoice.uuid).unwrap().last_postback
}

/// Sends postbacks until one is not taken; its answer.
async fn until_refused(world: &World, invoice: &Invoice) -> String {
    for _ in 0..POSTBACKS_MAX {
        world.sandbox.cryptocloud.postback(&invoice.uuid).unwrap();
        world.sandbox.cryptocloud.postbacks_done().await;
        let said = answer(world, invoice).unwrap();
        if said != "200" {
            return said;
        }
    }
    panic!("the disk is never full");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_nothing_and_once_there_is_room_everything_is_settled() {
    let Some(disk) = SmallDisk::mount("4m") else { return };
    let place = Place::Sqlite(disk.0.path().join("kiosk.db"));
    let world = World::with(Options { place: Some(place), webhook: true, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    let filler = disk.0.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[7; 4_096]).is_ok() {}
    assert_eq!(until_refused(&world, &invoice).await, "503");
    assert_eq!(ready(&world.app_url()).await, 503);
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.sandbox.telegram.say(ANN, "/help").unwrap();
    let held = Instant::now() + crate::program::number("KIOSK_DISK_HOLD").map_or(HOLD, Duration::from_secs);
    while Instant::now() < held {
        assert_eq!(ready(&world.app_url()).await, 503);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(answer(&world, &invoice).as_deref(), Some("503"), "nothing was acknowledged");
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    let begun = Instant::now();
    while ready(&world.app_url()).await != 200 {
        assert!(begun.elapsed() < PATIENCE, "it does not get over it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tell!("ready {:?} after there was room", begun.elapsed());
    world.settled().await;
    world.wait(60).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.count(ANN, "EDIT-0001"), world.stock("editor").await), (1, 13));
    assert_eq!((world.count(ANN, "How Night Owl Store works"), answer(&world, &invoice).as_deref()), (1, Some("200")));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
    assert_eq!(integrity(&disk.0.path().join("kiosk.db")).await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_program_keeps_takes_nothing_meanwhile_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kiosk.db");
    let world = World::with(Options { place: Some(Place::Sqlite(file.clone())), webhook: true, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.sandbox.telegram.say(ANN, "/help").unwrap();
    world.sandbox.cryptocloud.postbacks_done().await;
    assert_eq!(answer(&world, &invoice).as_deref(), Some("503"), "not kept, not acknowledged");
    // Longer than a write waits for a lock: it is given up, and tried again.
    let begun = Instant::now();
    while ready(&world.app_url()).await != 503 {
        assert!(begun.elapsed() < PATIENCE, "it says that it is ready and keeps nothing");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let begun = Instant::now();
    while ready(&world.app_url()).await != 200 {
        assert!(begun.elapsed() < PATIENCE, "it does not get over it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tell!("ready {:?} after the lock was gone", begun.elapsed());
    world.settled().await;
    world.wait(60).await;
    assert_eq!((world.count(ANN, "EDIT-0001"), world.stock("editor").await, world.count(ANN, "How Night Owl Store works")), (1, 13, 1));
    world.end().await;
    assert_eq!(integrity(&file).await, "ok");
}

/// Every write that would make a file longer fails, as on a disk with errors: a limit of the process, which may be raised while it runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_refuses_writes_for_a_while_loses_nothing() {
    let street = open(Street::new("error").await).await;
    // The signal that comes with the limit would end the program; ignored, the write fails.
    let mut program = street.run_under(&["sh", "-c", "trap '' 25; exec \"$@\"", "sh"]);
    street.ready().await;
    let end = Instant::now() + LONG_ENOUGH;
    let base = format!("http://{}", street.address);
    limit(&program, Some(1_024));
    let sandbox = street.sandbox.clone();
    let buyer = tokio::spawn(async move { buy(&sandbox, ANN, 1, end).await });
    while ready(&base).await != 503 {
        let ended = program.has_ended();
        assert!(Instant::now() < end && !ended, "ended: {ended}\n{}", street.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(HOLD).await;
    assert_eq!((ready(&base).await, units(&street.sandbox, ANN).len()), (503, 0));
    assert!(!program.has_ended(), "{}", street.log());
    limit(&program, None);
    let begun = Instant::now();
    street.ready().await;
    tell!("ready {:?} after the disk was", begun.elapsed());
    buyer.await.unwrap();
    served_once(&street, program).await;
}

/// Lets no file of a running program grow beyond so many bytes, or any size.
fn limit(program: &Program, bytes: Option<u64>) {
    let size = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let done = Command::new("prlimit").args(["--pid", &program.id().to_string(), &format!("--fsize={size}:unlimited")]).status().unwrap();
    assert!(done.success());
}

/// Ann has one unit, the shop stops in order, its file is whole, and what must always be true is true.
async fn served_once(street: &Street, program: Program) {
    quiet(&street.sandbox).await;
    assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
    assert_eq!(integrity(&street.data_dir().join("kiosk.db")).await, "ok");
    let store = Store::open(&street.place(), &street.data_dir(), None).await.unwrap();
    check(&street.sandbox, &store, street.sandbox.clock.now()).await;
    store.close().await;
    let chat = transcript(&street.sandbox, ANN);
    assert_eq!(units(&street.sandbox, ANN).len(), 1, "{chat}");
    let paid: Vec<_> = street.sandbox.cryptocloud.invoices().into_iter().filter(|invoice| !invoice.payments.is_empty()).collect();
    assert!(paid.len() == 1 && !shows(&street.sandbox, ANN, &paid[0].address) && address(&street.sandbox, ANN).is_none(), "{chat}");
}

/// How often a call to the disk is made in one purchase, at most; of all of them so many are played when nothing else is asked for.
const CALLS_MAX: usize = 2_000;
const PLAYED: usize = 4;
/// Plays that run at once: they wait more than they work.
const AT_ONCE: usize = 4;
/// How long the program may take until it is known that it will not be ready.
const GIVEN_UP: Duration = Duration::from_mins(1);

/// Whether every call is to fail once, not only a few.
fn all() -> bool {
    std::env::var_os("KIOSK_DISK_CALLS").is_some_and(|value| value == "all")
}

pub fn has_tracer() -> bool {
    let quiet = Stdio::null;
    let works = Command::new("strace").args(["-D", "-o", "/dev/null", "true"]).stdout(quiet()).stderr(quiet()).status();
    if works.is_ok_and(|status| status.success()) {
        return true;
    }
    std::io::stderr().write_all(b"nothing can be traced here (apt-get install strace): stories of the disk are left out\n").unwrap();
    false
}

/// What `cargo test` looks at; `just disk` at more.
const POSTBACKS: usize = 50;

/// In the order in which the system saw it: a postback comes, the log of writes is written, the disk has it, and only then "200" is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_postback_is_acknowledged_before_the_disk_has_it() {
    if !has_tracer() {
        return;
    }
    let street = open(Street::new("error").await).await;
    let trace = street.folder.path().join("trace");
    let only = "trace=read,recvfrom,pwrite64,fsync,fdatasync,write,writev,sendto";
    let program = street.run_under(&["strace", "-D", "-f", "-y", "-s", "24", "-qq", "-o", trace.to_str().unwrap(), "-e", only]);
    street.ready().await;
    let sandbox = street.sandbox.clone();
    let end = Instant::now() + LONG_ENOUGH;
    buy(&sandbox, ANN, 1, end).await;
    let invoice = sandbox.cryptocloud.invoices()[0].uuid.clone();
    let count = if all() { 20 * POSTBACKS } else { POSTBACKS };
    for _ in 0..count {
        sandbox.cryptocloud.postback(&invoice).unwrap();
        sandbox.cryptocloud.postbacks_done().await;
        assert_eq!(sandbox.cryptocloud.invoice(&invoice).unwrap().last_postback.as_deref(), Some("200"));
    }
    served_once(&street, program).await;
    let said = acknowledged_after_the_disk(&std::fs::read_to_string(&trace).unwrap());
    tell!("{said} postbacks were acknowledged, each after the disk had it");
    assert!(said >= count, "{said} of {count} were seen");
}

/// How many postbacks were acknowledged in a trace; it says where one was too early.
fn acknowledged_after_the_disk(trace: &str) -> usize {
    #[derive(PartialEq, Debug)]
    enum Stage {
        Quiet,
        Come,
        Written,
        Kept,
    }
    let (mut stage, mut said) = (Stage::Quiet, 0);
    for line in trace.lines() {
        let (_, what) = line.split_once(' ').unwrap_or_default();
        let what = what.trim_start();
        let syncs = what.contains("fsync") || what.contains("fdatasync");
        if what.contains("\"POST /postback") {
            stage = Stage::Come;
        } else if what.starts_with("pwrite64") && what.contains("kiosk.db-wal") && stage == Stage::Come {
            stage = Stage::Written;
        } else if syncs && what.ends_with("= 0") && stage == Stage::Written {
            stage = Stage::Kept;
        } else if ["write(", "writev(", "sendto("].iter().any(|call| what.starts_with(call))
            && what.contains("\"HTTP/1.1 200")
            && stage != Stage::Quiet
        {
            assert_eq!(stage, Stage::Kept, "too early: {line}");
            (stage, said) = (Stage::Quiet, said + 1);
        }
    }
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_sync_of_the_disk_fails_a_purchase_is_served_once() {
    every_call("fsync,fdatasync", "error=EIO").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_to_the_disk_finds_no_room_a_purchase_is_served_once() {
    every_call("pwrite64", "error=ENOSPC").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whichever_sync_of_the_disk_the_program_is_killed_a_purchase_is_served_once() {
    every_call("fsync,fdatasync", "signal=KILL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whichever_write_to_the_disk_the_program_is_killed_a_purchase_is_served_once() {
    every_call("pwrite64", "signal=KILL").await;
}

/// One purchase for each such call that a purchase makes, from the start of the program on: the first fails, the second, ...
async fn every_call(calls: &'static str, how: &'static str) {
    if !has_tracer() {
        return;
    }
    let count = purchase(calls, how, CALLS_MAX).await.expect("no call is the last one");
    let step = if all() { 1 } else { (count / PLAYED).max(1) };
    let (mut plays, mut played, mut struck) = (JoinSet::new(), 0, 0);
    for number in (1..=count).step_by(step) {
        while plays.len() >= AT_ONCE {
            struck += usize::from(plays.join_next().await.unwrap().unwrap());
        }
        played += 1;
        plays.spawn(async move { purchase(calls, how, number).await.is_none() });
    }
    while let Some(play) = plays.join_next().await {
        struck += usize::from(play.unwrap());
    }
    tell!("{calls} {how}: {count} calls in a purchase, {struck} of {played} plays struck");
    // How many calls there are differs a bit from play to play.
    assert!(struck > 0 && struck * 10 >= played * 8, "{struck} of {played}");
}

/// One purchase in which that call fails; none: it did; else how many there were.
async fn purchase(calls: &'static str, how: &'static str, number: usize) -> Option<usize> {
    tell!("{calls} {how} at {number}");
    let street = open(Street::new("error").await).await;
    let trace = street.folder.path().join("trace");
    let (only, inject) = (format!("trace={calls}"), format!("inject={calls}:{how}:when={number}"));
    let file = trace.to_str().unwrap().to_owned();
    // The tracer stands aside: the process that is started becomes the shop.
    let mut program = street.run_under(&["strace", "-D", "-f", "-qq", "-o", &file, "-e", &only, "-e", &inject]);
    let end = Instant::now() + LONG_ENOUGH;
    let sandbox = street.sandbox.clone();
    let buyer = tokio::spawn(async move { buy(&sandbox, ANN, 1, end).await });
    while !buyer.is_finished() {
        // Killed, or refused to start on such a disk: somebody starts it again.
        if program.has_ended() {
            program = street.run();
            assert!(street.ready_by(Instant::now() + GIVEN_UP).await, "{}", street.log());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    buyer.await.unwrap();
    quiet(&street.sandbox).await;
    // The last calls are those of an orderly stop.
    if !program.terminate(PATIENCE).await.success() {
        assert!(std::fs::read_to_string(&trace).unwrap().contains("SIGKILL"), "{}", street.log());
    }
    let traced = std::fs::read_to_string(&trace).unwrap();
    let program = street.run();
    street.ready().await;
    served_once(&street, program).await;
    let struck = traced.contains("(INJECTED)") || traced.contains("killed by SIGKILL");
    (!struck).then(|| traced.lines().filter(|line| line.contains('(')).count())
}
