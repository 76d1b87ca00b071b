//! What a write promises, and what opening refuses.

use std::time::Duration;

use kiosk::store::{Error, Place, Result, Store};
use secrecy::SecretString;

use super::{BUYER, DATA_KEY, Db, NOW, stories, write_with};

stories![
    an_open_database_answers,
    of_two_writes_of_which_one_fails_the_other_is_kept,
    whichever_of_many_writes_fail_the_others_are_kept,
    a_write_that_fails_keeps_nothing,
    a_write_that_swallows_a_failed_statement_keeps_nothing,
    a_write_that_panics_keeps_nothing_and_the_next_one_works,
    a_write_is_carried_out_though_nobody_waits_for_it,
    a_connection_for_reading_changes_nothing,
    a_closed_store_says_so,
    what_was_answered_is_there_after_a_restart,
    a_wrong_data_key_is_refused,
    two_programs_that_start_at_once_on_a_new_database_both_run_or_one_is_told,
];

async fn name_of(db: &Db, name: &str) -> Option<String> {
    db.read().await.setting(name).await.unwrap()
}

async fn an_open_database_answers(db: Db) {
    db.read().await.ping().await.unwrap();
    assert_eq!(db.store.is_alone(), matches!(db.place, Place::Sqlite(_)));
}

async fn of_two_writes_of_which_one_fails_the_other_is_kept(db: Db) {
    let good = db.store.write(|tx| Box::pin(async move { tx.set_setting("good", &"kept").await }));
    let bad = db.store.write(|tx| {
        Box::pin(async move {
            tx.set_setting("bad", &"lost").await?;
            tx.add_credit(BUYER, super::usd(1), None, "of nobody", NOW).await
        })
    });
    let late = db.store.write(|tx| Box::pin(async move { tx.set_setting("late", &"kept").await }));
    let (good, bad, late) = tokio::join!(good, bad, late);
    good.unwrap();
    late.unwrap();
    assert!(matches!(bad, Err(Error::Sql(_))), "{bad:?}");
    assert_eq!(name_of(&db, "good").await.as_deref(), Some("kept"));
    assert_eq!(name_of(&db, "late").await.as_deref(), Some("kept"));
    assert_eq!(name_of(&db, "bad").await, None);
}

async fn whichever_of_many_writes_fail_the_others_are_kept(db: Db) {
    for failing in 0..16_u32 {
        // While this one is under way the others gather.
        let first = db.store.write(|tx| Box::pin(async move { tx.set_setting("first", &"kept").await }));
        let others = (0..4).map(|place| {
            let fails = failing & (1 << place) != 0;
            db.store.write(move |tx| {
                Box::pin(async move {
                    tx.set_setting(&format!("{failing} {place}"), &"kept").await?;
                    if fails { Err(Error::Occupied) } else { Ok(()) }
                })
            })
        });
        let (first, others) = tokio::join!(first, futures_util::future::join_all(others));
        first.unwrap();
        for (place, result) in others.into_iter().enumerate() {
            let fails = failing & (1 << place) != 0;
            assert_eq!(result.is_err(), fails, "{failing:04b}");
            let kept = name_of(&db, &format!("{failing} {place}")).await;
            assert_eq!(kept.is_none(), fails, "{failing:04b}");
        }
    }
}

async fn a_write_that_fails_keeps_nothing(db: Db) {
    let failed: Result<()> = write_with!(db, tx => async {
        tx.set_setting("bad", &"lost").await?;
        Err(Error::Occupied)
    });
    assert!(matches!(failed, Err(Error::Occupied)), "{failed:?}");
    assert_eq!(name_of(&db, "bad").await, None);
}

async fn a_write_that_swallows_a_failed_statement_keeps_nothing(db: Db) {
    let swallowed = write_with!(db, tx => async {
        tx.set_setting("before", &"lost").await?;
        let _ = tx.add_credit(BUYER, super::usd(1), None, "of nobody", NOW).await;
        let _ = tx.set_setting("after", &"lost").await;
        Ok(())
    });
    assert!(matches!(swallowed, Err(Error::Spoiled)), "{swallowed:?}");
    assert_eq!((name_of(&db, "before").await, name_of(&db, "after").await), (None, None));
    write_with!(db, tx => tx.set_setting("next", &"kept")).unwrap();
    assert_eq!(name_of(&db, "next").await.as_deref(), Some("kept"));
}

async fn a_write_that_panics_keeps_nothing_and_the_next_one_works(db: Db) {
    let inside: Result<()> = write_with!(db, tx => async {
        tx.set_setting("bad", &"lost").await?;
        panic!("on purpose");
    });
    assert!(matches!(inside, Err(Error::Panicked)), "{inside:?}");
    let before: Result<()> = db.store.write(|_| panic!("on purpose")).await;
    assert!(matches!(before, Err(Error::Panicked)), "{before:?}");
    write_with!(db, tx => tx.set_setting("next", &"kept")).unwrap();
    assert_eq!((name_of(&db, "bad").await, name_of(&db, "next").await.as_deref()), (None, Some("kept")));
}

async fn a_write_is_carried_out_though_nobody_waits_for_it(db: Db) {
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go_on, told_to_go_on) = tokio::sync::oneshot::channel::<()>();
    let (done, is_done) = tokio::sync::oneshot::channel();
    let store = db.store.clone();
    let asker = tokio::spawn(async move {
        store
            .write(move |tx| {
                Box::pin(async move {
                    tx.set_setting("abandoned", &"kept").await?;
                    begun.send(()).unwrap();
                    told_to_go_on.await.unwrap();
                    tx.set_setting("abandoned too", &"kept").await?;
                    done.send(()).unwrap();
                    Ok(())
                })
            })
            .await
    });
    has_begun.await.unwrap();
    asker.abort();
    assert!(asker.await.unwrap_err().is_cancelled());
    go_on.send(()).unwrap();
    is_done.await.unwrap();
    // A write of its own comes after it on SQLite; on PostgreSQL the rows it wrote are waited for.
    write_with!(db, tx => tx.set_setting("abandoned", &"kept")).unwrap();
    assert_eq!(name_of(&db, "abandoned too").await.as_deref(), Some("kept"));
}

async fn a_connection_for_reading_changes_nothing(db: Db) {
    let refused = db.read().await.set_setting("sneaked", &"in").await;
    assert!(matches!(refused, Err(Error::Sql(_))), "{refused:?}");
    assert_eq!(name_of(&db, "sneaked").await, None);
}

async fn a_closed_store_says_so(db: Db) {
    db.store.close().await;
    assert!(matches!(db.store.read().await.err(), Some(Error::Closed)));
    let written = write_with!(db, tx => tx.set_setting("late", &"lost"));
    assert!(matches!(written, Err(Error::Closed)), "{written:?}");
    // Its lock is gone with it, though `db.store` still lives.
    Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.unwrap();
}

async fn what_was_answered_is_there_after_a_restart(db: Db) {
    let writes = (0..300).map(|i| db.store.write(move |tx| Box::pin(async move { tx.set_setting(&format!("n{i}"), &i).await })));
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    let db = db.restart().await;
    let mut conn = db.read().await;
    for i in 0..300 {
        assert_eq!(conn.setting::<i32>(&format!("n{i}")).await.unwrap(), Some(i));
    }
}

async fn a_wrong_data_key_is_refused(db: Db) {
    db.store.close().await;
    let wrong = Store::open(&db.place, db.dir.path(), Some([8; 32])).await;
    assert!(matches!(wrong.err(), Some(Error::WrongDataKey)));
    Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.unwrap();
}

async fn two_programs_that_start_at_once_on_a_new_database_both_run_or_one_is_told(db: Db) {
    let place = match &db.place {
        Place::Sqlite(path) => Place::Sqlite(path.with_file_name("fresh.db")),
        Place::Postgres(_) => Place::Postgres(crate::postgres::new_database().await.unwrap()),
    };
    let folder = db.dir.path().join("fresh");
    let (one, other) = tokio::join!(Store::open(&place, &folder, None), Store::open(&place, &folder, None));
    match place {
        Place::Sqlite(_) => assert!(matches!((one, other), (Ok(_), Err(Error::Occupied)) | (Err(Error::Occupied), Ok(_)))),
        Place::Postgres(_) => assert!(one.is_ok() && other.is_ok(), "they share one key and one mark"),
    }
}

#[tokio::test]
async fn a_second_program_on_one_file_is_refused() {
    let db = Db::sqlite().await;
    let second = Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await;
    assert!(matches!(second.err(), Some(Error::Occupied)));
}

#[tokio::test]
async fn a_data_key_is_made_once_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let (folder, place) = (dir.path().join("data"), Place::Sqlite(dir.path().join("data/kiosk.db")));
    for _ in 0..2 {
        let store = Store::open(&place, &folder, None).await.unwrap();
        store.close().await;
    }
    for (name, mode) in [("", 0o700), ("data.key", 0o600), ("kiosk.db", 0o600)] {
        let found = std::fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{name}");
    }
    std::fs::write(folder.join("data.key"), "c2hvcnQ=").unwrap();
    let broken = Store::open(&place, &folder, None).await.err().unwrap();
    assert!(broken.to_string().contains("data.key"), "{broken}");
    std::fs::remove_file(folder.join("data.key")).unwrap();
    let lost = Store::open(&place, &folder, None).await;
    assert!(matches!(lost.err(), Some(Error::WrongDataKey)), "a new key does not open what an old one sealed");
}

/// Another program that keeps the file to itself for a moment: what waits is written when it lets go, in the order of asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_wait_for_a_file_that_is_locked() {
    let db = Db::sqlite().await;
    let (locked, is_locked) = std::sync::mpsc::channel();
    let (let_go, told_to_let_go) = std::sync::mpsc::channel::<()>();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(db.file().unwrap());
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            use sqlx::ConnectOptions as _;
            let mut connection = options.connect().await.unwrap();
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            locked.send(()).unwrap();
            told_to_let_go.recv().unwrap();
            sqlx::query("COMMIT").execute(&mut connection).await.unwrap();
        });
    });
    is_locked.recv().unwrap();
    let mut write = Box::pin(db.store.write(|tx| Box::pin(async move { tx.set_setting("waited", &"kept").await })));
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut write).await.is_err(), "it is locked");
    let_go.send(()).unwrap();
    write.await.unwrap();
    other.join().unwrap();
}

/// A full disk, as SQLite meets it: everybody who waits is told, nothing is kept, and once there is room again all goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_survived() {
    let Some(mount) = SmallDisk::mount("2m") else { return };
    let place = Place::Sqlite(mount.0.path().join("kiosk.db"));
    let store = Store::open(&place, mount.0.path(), Some(DATA_KEY)).await.unwrap();
    let mut kept = 0;
    let failed = loop {
        let blob = vec![kept; 100_000];
        match store.write(move |tx| Box::pin(async move { tx.put_blob("image/png", &blob).await })).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "the disk is not that large");
    };
    assert!(matches!(failed, Error::Sql(_)), "{failed:?}");
    let writes = (0..3).map(|_| store.write(|tx| Box::pin(async move { tx.put_blob("image/png", &vec![9; 900_000]).await })));
    for written in futures_util::future::join_all(writes).await {
        assert!(matches!(written, Err(Error::Sql(_))), "{written:?}");
    }
    assert!(run("mount", &["-o", "remount,size=16m"], mount.0.path()));
    store.write(|tx| Box::pin(async move { tx.put_blob("image/png", &vec![9; 900_000]).await })).await.unwrap();
    store.close().await;
}

/// What can never be written takes with it what waits beside it, once: tried again, the others are kept.
#[tokio::test]
async fn a_write_for_which_there_is_no_room_does_not_keep_the_others_out() {
    let Some(mount) = SmallDisk::mount("2m") else { return };
    let place = Place::Sqlite(mount.0.path().join("kiosk.db"));
    let store = Store::open(&place, mount.0.path(), Some(DATA_KEY)).await.unwrap();
    let mut kept = Vec::new();
    for _ in 0..2 {
        let large = store.write(|tx| Box::pin(async move { tx.put_blob("image/png", &vec![9; 4_000_000]).await }));
        let small =
            (0..20).map(|number| store.write(move |tx| Box::pin(async move { tx.set_setting(&format!("small {number}"), &number).await })));
        let (large, small) = tokio::join!(large, futures_util::future::join_all(small));
        assert!(matches!(large, Err(Error::Sql(_))), "{large:?}");
        kept.push(small.iter().filter(|written| written.is_ok()).count());
    }
    assert_eq!(kept, [0, 20]);
    store.close().await;
}

/// A mounted file system, which goes with the story however that ends.
pub struct SmallDisk(pub tempfile::TempDir);

impl SmallDisk {
    /// A disk of that size; none, and a word about it, where none can be mounted.
    pub fn mount(size: &str) -> Option<Self> {
        use std::io::Write as _;
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        if root && run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "kiosk"], folder.path()) {
            return Some(Self(folder));
        }
        std::io::stderr().write_all(b"a small disk cannot be mounted here: a story of the full disk is left out\n").unwrap();
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], self.0.path());
    }
}

fn run(program: &str, arguments: &[&str], path: &std::path::Path) -> bool {
    let quiet = std::process::Stdio::null;
    std::process::Command::new(program).args(arguments).arg(path).stderr(quiet()).status().is_ok_and(|status| status.success())
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_an_error_and_shows_no_password() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::Postgres(SecretString::from("postgres://kiosk:hunter2@localhost:port/kiosk".to_owned()));
    let error = Store::open(&place, dir.path(), Some(DATA_KEY)).await.err().unwrap();
    let shown = format!("{error} {error:?} {place:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
