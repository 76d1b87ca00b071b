//! Opening a database that operators, full disks and other releases have left as they do.

use std::path::Path;
use std::time::Duration;

use kiosk::domain::product::Kind;
use kiosk::store::{Error, Place, Store};
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::durability::SmallDisk;
use super::{DATA_KEY, Db, product, stories, write_with};

stories![
    a_new_key_that_is_not_whole_is_as_none,
    a_look_before_an_upgrade_leaves_the_way_back,
    a_database_of_a_newer_release_is_left_alone,
    a_place_without_a_shop_is_said_to_be_empty,
];

/// As [`DATA_KEY`] stands in a file.
const KEY_FILE: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";

async fn a_new_key_that_is_not_whole_is_as_none(db: Db) {
    db.store.close().await;
    let folder = db.dir.path();
    std::fs::write(folder.join("data.key"), KEY_FILE).unwrap();
    for left_behind in ["", "BwcH", "no key at all\n"] {
        std::fs::write(folder.join("data.key.next"), left_behind).unwrap();
        let store = Store::open(&db.place, folder, None).await.unwrap();
        store.close().await;
    }
    // Nor is it blamed for a key that is wrong.
    std::fs::write(folder.join("data.key"), KEY_FILE.replace("Bw", "CA")).unwrap();
    let refused = Store::open(&db.place, folder, None).await.err().unwrap();
    assert!(matches!(refused, Error::WrongDataKey), "{refused}");
}

#[tokio::test]
async fn a_new_key_for_which_there_is_no_room_keeps_nobody_out() {
    let Some(disk) = SmallDisk::mount("64k") else { return };
    let db = Db::sqlite().await;
    db.store.close().await;
    let folder = disk.0.path();
    std::fs::write(folder.join("data.key"), KEY_FILE).unwrap();
    let mut filler = std::fs::File::create(folder.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[7; 4_096]).is_ok() {}
    let failed = Store::rotate_key(&db.place, folder, None, None).await.err().unwrap();
    assert!(failed.to_string().contains("cannot write the new data key"), "{failed}");
    let mut left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["data.key", "filler"]);
    let store = Store::open(&db.place, folder, None).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn nothing_is_emptied_that_is_named_like_a_lock() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Vec::new();
    for name in ["shop.db", "shop.lock"] {
        let place = Place::Sqlite(dir.path().join(name));
        let store = Store::open(&place, dir.path(), Some(DATA_KEY)).await.unwrap();
        store.write(move |tx| Box::pin(async move { tx.set_setting("name", &name).await })).await.unwrap();
        kept.push((place, store));
    }
    for (place, store) in &kept {
        assert!(matches!(Store::open(place, dir.path(), Some(DATA_KEY)).await.err(), Some(Error::Occupied)));
        store.close().await;
    }
    std::fs::write(dir.path().join("shop.db.lock"), "somebody's words").unwrap();
    for (place, _) in &kept {
        let store = Store::open(place, dir.path(), Some(DATA_KEY)).await.unwrap();
        let name = store.read().await.unwrap().setting::<String>("name").await.unwrap().unwrap();
        assert!(matches!(place, Place::Sqlite(path) if path.ends_with(&name)), "{name}");
        store.close().await;
    }
    assert_eq!(std::fs::read_to_string(dir.path().join("shop.db.lock")).unwrap(), "somebody's words");
}

async fn a_look_before_an_upgrade_leaves_the_way_back(db: Db) {
    db.store.close().await;
    // What a release before this one has left.
    db.execute_behind_its_back("DELETE FROM _sqlx_migrations WHERE version > 1").await;
    let looked = Store::open_read_only(&db.place, db.dir.path(), Some(DATA_KEY)).await.err().unwrap();
    assert!(matches!(looked, Error::OtherRelease), "{looked}");
    // The newest migration would fail on a table that is there already: so nothing was applied.
    assert!(Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.is_err());
}

async fn a_database_of_a_newer_release_is_left_alone(db: Db) {
    db.store.close().await;
    db.execute_behind_its_back(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'of tomorrow', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
    )
    .await;
    let opened = Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.err().unwrap();
    assert!(matches!(opened, Error::OtherRelease), "{opened}");
    let looked = Store::open_read_only(&db.place, db.dir.path(), Some(DATA_KEY)).await.err().unwrap();
    assert!(matches!(looked, Error::OtherRelease), "{looked}");
}

async fn a_place_without_a_shop_is_said_to_be_empty(db: Db) {
    db.store.close().await;
    let place = match &db.place {
        Place::Sqlite(_) => Place::Sqlite(db.dir.path().join("another.db")),
        Place::Postgres(_) => Place::Postgres(crate::postgres::new_database().await.unwrap()),
    };
    let looked = Store::open_read_only(&place, db.dir.path(), Some(DATA_KEY)).await.err().unwrap();
    assert!(matches!(looked, Error::Empty), "{looked}");
    assert!(!db.dir.path().join("another.db").exists(), "a look makes nothing");
    let mut nothing = Store::nothing().await.unwrap();
    assert!(nothing.product(&product("editor", Kind::Keys).id).await.unwrap().is_none());
    nothing.close().await;
}

async fn names(store: &Store) -> Vec<Option<String>> {
    let mut conn = store.read().await.unwrap();
    vec![conn.setting("before").await.unwrap(), conn.setting("after").await.unwrap()]
}

/// What the dead program left, with its log, as a power cut leaves it.
fn keep(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for name in ["kiosk.db", "kiosk.db-wal"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[tokio::test]
async fn the_log_of_another_database_is_not_carried_over_into_a_copy() {
    let db = Db::sqlite().await;
    let (folder, copy) = (db.dir.path(), db.dir.path().join("copy.db"));
    write_with!(db, tx => tx.set_setting("before", &"kept")).unwrap();
    Store::back_up_sqlite(&db.file().unwrap(), &copy).await.unwrap();
    write_with!(db, tx => tx.set_setting("after", &"of the old one")).unwrap();
    let dead = folder.join("dead");
    keep(folder, &dead);
    db.store.close().await;
    // Somebody in a hurry puts the copy in place, and leaves the rest as it is.
    std::fs::copy(&copy, dead.join("kiosk.db")).unwrap();
    let place = Place::Sqlite(dead.join("kiosk.db"));
    let opened = Store::open(&place, folder, Some(DATA_KEY)).await.err().unwrap();
    assert!(matches!(&opened, Error::ForeignLog { log } if log.ends_with("dead/kiosk.db-wal")), "{opened}");
    assert!(opened.to_string().contains("kiosk.db-wal away"), "{opened}");
    assert!(matches!(Store::open_read_only(&place, folder, Some(DATA_KEY)).await.err(), Some(Error::ForeignLog { .. })));
    let backed_up = Store::back_up_sqlite(&dead.join("kiosk.db"), &folder.join("again.db")).await;
    assert!(matches!(backed_up, Err(Error::ForeignLog { .. })));
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(dead.join("kiosk.db")).unwrap(), "refused, and untouched");
    // They do as they are told.
    std::fs::remove_file(dead.join("kiosk.db-wal")).unwrap();
    let store = Store::open(&place, folder, Some(DATA_KEY)).await.unwrap();
    assert_eq!(names(&store).await, [Some("kept".to_owned()), None]);
    // From now on the log is its own, also after a power cut.
    store.write(|tx| Box::pin(async move { tx.set_setting("after", &"of the new one").await })).await.unwrap();
    let again = folder.join("again");
    keep(&dead, &again);
    store.close().await;
    let store = Store::open(&Place::Sqlite(again.join("kiosk.db")), folder, Some(DATA_KEY)).await.unwrap();
    assert_eq!(names(&store).await, [Some("kept".to_owned()), Some("of the new one".to_owned())]);
    store.close().await;
}

/// The journal of SQLite with which a page of a file becomes again what it was (database file format, 3).
fn journal_of_the_first_page(page: &[u8], pages: u32) -> Vec<u8> {
    let mut journal = Vec::from([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    let size = u32::try_from(page.len()).unwrap();
    // How many pages are in it, what the sums begin with, pages of the database, bytes of a sector and of a page.
    for number in [1, 7, pages, 512, size] {
        journal.extend(u32::to_be_bytes(number));
    }
    journal.resize(512, 0);
    journal.extend(u32::to_be_bytes(1));
    journal.extend(page);
    let sum = (1..page.len().div_ceil(200)).map(|n| u32::from(page[page.len() - 200 * n])).sum::<u32>();
    journal.extend(u32::to_be_bytes(7 + sum));
    journal
}

/// The power goes off while the mark of a copy is taken from it: its page is written, and the journal is not gone yet.
#[tokio::test]
async fn a_copy_whose_first_start_a_power_cut_has_ended_keeps_its_own_log() {
    let db = Db::sqlite().await;
    let (folder, cut) = (db.dir.path(), db.dir.path().join("cut"));
    write_with!(db, tx => tx.set_setting("before", &"kept")).unwrap();
    std::fs::create_dir(&cut).unwrap();
    let file = cut.join("kiosk.db");
    Store::back_up_sqlite(&db.file().unwrap(), &file).await.unwrap();
    db.store.close().await;
    let mut bytes = std::fs::read(&file).unwrap();
    let page = bytes[..4_096].to_vec();
    std::fs::write(cut.join("kiosk.db-journal"), journal_of_the_first_page(&page, u32::try_from(bytes.len() / 4_096).unwrap())).unwrap();
    assert_eq!(bytes[68..72], *b"Kcpy");
    bytes[68..72].fill(0);
    std::fs::write(&file, &bytes).unwrap();
    let store = Store::open(&Place::Sqlite(file), folder, Some(DATA_KEY)).await.unwrap();
    assert!(!cut.join("kiosk.db-journal").exists());
    store.write(|tx| Box::pin(async move { tx.set_setting("after", &"of the new one").await })).await.unwrap();
    let again = folder.join("again");
    keep(&cut, &again);
    store.close().await;
    let store = Store::open(&Place::Sqlite(again.join("kiosk.db")), folder, Some(DATA_KEY)).await.unwrap();
    assert_eq!(names(&store).await, [Some("kept".to_owned()), Some("of the new one".to_owned())]);
    store.close().await;
}

/// Lets every connection end, so that the next ones begin with what the database says now.
async fn cut_all(db: &Db) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    db.execute_behind_its_back(sql).await;
}

/// As after a failover to a server that follows another one.
#[tokio::test]
async fn a_server_that_lets_nobody_write_is_noticed_by_the_first_write_until_it_does_again() {
    let Some(db) = Db::postgres().await else { return };
    db.store.can_write().await.unwrap();
    db.execute_behind_its_back(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
    )
    .await;
    cut_all(&db).await;
    let written = write_with!(db, tx => tx.set_setting("name", &"lost"));
    assert!(matches!(written, Err(Error::Sql(_))), "{written:?}");
    for _ in 0..3 {
        assert!(db.store.can_write().await.is_err());
    }
    db.execute_behind_its_back(
        "BEGIN READ WRITE;
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$;
         COMMIT",
    )
    .await;
    cut_all(&db).await;
    db.store.can_write().await.unwrap();
    write_with!(db, tx => tx.set_setting("name", &"kept")).unwrap();
    db.store.close().await;
}

#[tokio::test]
async fn a_server_that_is_down_is_said_to_be_down() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let place = Place::Postgres(SecretString::from(format!("postgres://kiosk:hunter2@{nobody}/kiosk?sslmode=disable")));
    let opened = tokio::time::timeout(Duration::from_mins(1), Store::open(&place, dir.path(), Some(DATA_KEY))).await.unwrap();
    let shown = format!("{:?}", opened.err().unwrap());
    assert!(shown.contains("ConnectionRefused") && !shown.contains("hunter2"), "{shown}");
}
