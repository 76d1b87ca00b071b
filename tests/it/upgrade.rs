//! A database of the first release, in the middle of its business, becomes one of this release: also when the program is killed on the way.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::store::{CaseKind, JobKind, NewJob, Place};
use serde_json::Value;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use crate::crash::STOCK;
use crate::decided::without_amounts;
use crate::program::Street;
use crate::world::{ANN, BEGIN, BEN, Options, SELLER, World, tell};

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).create_if_missing(true).foreign_keys(false).connect().await.unwrap()
}

/// Makes `file` a database of the first release with everything in it that `from` has and that release could keep.
async fn as_of_the_first_release(from: &Path, file: &Path) {
    let mut migrator = Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))).await.unwrap();
    migrator.migrations = migrator.migrations.iter().filter(|migration| migration.version == 1).cloned().collect::<Vec<_>>().into();
    let mut db = connect(file).await;
    migrator.run_direct(None, &mut db, false).await.unwrap();
    let attach = format!("ATTACH DATABASE '{}' AS newer", from.display());
    sqlx::query(AssertSqlSafe(attach)).execute(&mut db).await.unwrap();
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert!(tables.len() > 10);
    for (table,) in tables {
        let columns: Vec<(String,)> =
            sqlx::query_as(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')"))).fetch_all(&mut db).await.unwrap();
        let columns: Vec<String> = columns.into_iter().map(|(name,)| name).collect();
        let list = columns.join(", ");
        let copy = format!("INSERT INTO main.{table} ({list}) SELECT {list} FROM newer.{table}");
        sqlx::query(AssertSqlSafe(copy)).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();
}

/// Replaces the database of a world that is stopped.
async fn take_back_to_the_first_release(folder: &Path) {
    let (file, old) = (folder.join("kiosk.db"), folder.join("old.db"));
    as_of_the_first_release(&file, &old).await;
    for beside in ["kiosk.db-wal", "kiosk.db-shm"] {
        let _ = std::fs::remove_file(folder.join(beside));
    }
    std::fs::rename(&old, &file).unwrap();
}

#[tokio::test]
async fn a_shop_of_the_first_release_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::with(Options { place: Some(Place::Sqlite(folder.path().join("kiosk.db"))), ..Options::default() }).await;
    let bens = world.order(BEN, "editor").await;
    world.pay(&bens.uuid, Payment::Over).await;
    let anns = world.order(ANN, "editor").await;
    world.pay(&anns.uuid, Payment::Under).await;
    world.wait(30).await;
    let credit = world.balance(BEN).await;
    assert!(credit > 0);
    world.stop().await;
    take_back_to_the_first_release(folder.path()).await;
    // Money comes while the new release is put in place.
    world.sandbox.cryptocloud.pay(&anns.uuid, Payment::Exact).unwrap();
    world.start_again().await;
    world.settled().await;
    world.wait(30).await;
    world.sees(ANN, "EDIT-0002").await;
    let (ann, ben) = (world.order_of(ANN).await, world.order_of(BEN).await);
    assert_eq!((ann.state, ben.state, ben.charge), (OrderState::Completed, OrderState::Completed, Charge::Over));
    assert_eq!((world.count(BEN, "EDIT-0001"), world.stock("editor").await, world.balance(BEN).await), (1, 12, credit));
    world.end().await;
}

#[tokio::test]
async fn what_was_looked_after_in_the_first_release_is_not_credited_by_this_one() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    fn at_first(path: &str, answer: Value) -> Value {
        if TOLD.load(Ordering::SeqCst) { answer } else { without_amounts(path, answer) }
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Some(Place::Sqlite(folder.path().join("kiosk.db")));
    let mut world = World::with(Options { place, tamper: Some(at_first), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(30).await;
    let case = world.cases().await.remove(0);
    assert!(world.shop().close_case(&case.id, "sent back").await.unwrap());
    world.stop().await;
    take_back_to_the_first_release(folder.path()).await;
    TOLD.store(true, Ordering::SeqCst);
    world.start_again().await;
    world.advance(2 * 3_600).await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::Short, 0));
    world.end().await;
}

/// The real program is killed while it brings the schema up to date, after one millisecond, after two, ...
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_that_is_killed_at_any_moment_is_finished_by_the_next_start() {
    let street = crate::crash::open(Street::new("info").await).await;
    let data = street.data_dir();
    take_back_to_the_first_release(&data).await;
    let kept = street.folder.path().join("kept.db");
    std::fs::copy(data.join("kiosk.db"), &kept).unwrap();
    let mut finished = 0;
    for millis in 0..24_u64 {
        for beside in ["kiosk.db-wal", "kiosk.db-shm"] {
            let _ = std::fs::remove_file(data.join(beside));
        }
        std::fs::copy(&kept, data.join("kiosk.db")).unwrap();
        let mut upgrade = street.command(&["migrate"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(millis * 4)).await;
        finished += usize::from(upgrade.try_wait().unwrap().is_some());
        let _ = upgrade.kill();
        upgrade.wait().unwrap();
        assert!(street.command(&["migrate"]).status().unwrap().success(), "killed after {millis} x 4 ms:\n{}", street.log());
        let mut db = connect(&data.join("kiosk.db")).await;
        let (said,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut db).await.unwrap();
        let (units,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM stock_items").fetch_one(&mut db).await.unwrap();
        assert_eq!((said.as_str(), units), ("ok", i64::from(STOCK)));
        db.close().await.unwrap();
    }
    tell!("{finished} of 24 had finished before they were killed");
}

async fn ask_for_notice(world: &World, key: &str, told: &str) {
    let (key, lane, payload) = (key.to_owned(), format!("notice:{SELLER}"), format!(r#"{{"to":{SELLER},"notice":{told}}}"#));
    let notice = NewJob { kind: JobKind::Notice, key, lane, payload, run_at: BEGIN };
    world.shop().write(move |tx| Box::pin(async move { tx.ask_for(&notice, BEGIN * 1_000).await })).await.unwrap();
    world.settled().await;
}

/// A newer program on the same database asks for what this one cannot say: it is there until somebody can, and nobody else waits for it.
#[tokio::test]
async fn a_notice_of_a_newer_release_is_not_taken_for_told() {
    let world = World::new().await;
    world.say(SELLER, "/start").await;
    let waiting = async || world.shop().store.read().await.unwrap().job_counts(i64::MAX).await.unwrap();
    let (before, _) = waiting().await;
    ask_for_notice(&world, "new", r#""of_the_future""#).await;
    assert_eq!(waiting().await, (before + 1, 0));
    ask_for_notice(&world, "old", r#""provider_trouble","detail":"said by this one""#).await;
    world.sees(SELLER, "said by this one").await;
    assert_eq!(waiting().await, (before + 1, 0));
    // The newer one reads what waits.
    ask_for_notice(&world, "newer:new", r#""provider_trouble","detail":"said by the other one""#).await;
    world.sees(SELLER, "said by the other one").await;
    assert_eq!(waiting().await, (before, 0));
    world.end().await;
}
