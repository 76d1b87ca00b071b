//! Another data key, also when the change of it is cut short.

use std::time::Duration;

use kiosk::domain::product::Kind;
use kiosk::store::{Added, Error, JobKind, NewJob, Result, Store};

use super::{BUYER, DATA_KEY, Db, NOW, NOW_MILLIS, OrderState, at, line, order, places, product, stories, write_with};

const NEW_KEY: [u8; 32] = [8; 32];
/// How often a program starts while the key is changed, each time a bit later.
const ROUNDS: u64 = 8;

stories![
    after_a_rotation_all_of_it_opens_with_the_new_key_alone,
    a_key_in_the_data_folder_is_replaced,
    a_rotation_that_was_cut_short_is_finished_at_the_next_start,
    a_key_that_never_came_in_force_is_left_alone,
    when_something_does_not_open_nothing_is_changed,
    beside_a_program_that_lives_nothing_is_changed,
    a_program_that_starts_meanwhile_waits_or_keeps_the_old_key_in_force,
];

/// One of everything that is sealed.
async fn fill(db: &Db) -> String {
    let keys = db.with_keys(&["AAAA-1111", "BBBB-2222"]).await;
    let mut order = order(&keys, 1, OrderState::Open);
    order.lines = vec![line(&keys, 1)];
    let order = db.with_order(order).await;
    let id = order.lines[0].id.clone();
    let line_id = id.clone();
    let (key, lane, payload) = ("1".to_owned(), "1".to_owned(), "a message".to_owned());
    let job = NewJob { kind: JobKind::Notice, key, lane, payload, run_at: NOW };
    let filled: Result<()> = write_with!(db, tx => async {
        tx.set_answers(&line_id, &[("Where to?".to_owned(), "Main Street 1".to_owned())]).await?;
        tx.set_note(&line_id, "left at the door").await?;
        tx.reserve_stock(&keys.id, &line_id, 1).await?;
        tx.sell_stock(&line_id, NOW).await?;
        tx.set_dialogue(BUYER.0, &"half a form", NOW).await?;
        tx.put_blob("text/plain", b"the handbook").await?;
        tx.ask_for(&job, NOW_MILLIS).await
    });
    filled.unwrap();
    id
}

/// Everything that was filled in, as this store opens it.
async fn is_whole(store: &Store, line: &str) {
    let mut conn = store.read().await.unwrap();
    assert_eq!(conn.sold_units(line).await.unwrap(), ["AAAA-1111"]);
    let order = conn.orders(kiosk::store::OrderFilter::Of(BUYER), 0, 9).await.unwrap().remove(0);
    assert_eq!(order.lines[0].answers, [("Where to?".to_owned(), "Main Street 1".to_owned())]);
    assert_eq!(order.lines[0].note.as_deref(), Some("left at the door"));
    assert_eq!(conn.dialogue::<String>(BUYER.0).await.unwrap().as_deref(), Some("half a form"));
    assert!(conn.product(&product("editor", Kind::Keys).id).await.unwrap().is_some());
    drop(conn);
    let (id, units) = (product("editor", Kind::Keys).id, vec!["BBBB-2222".to_owned(), "CCCC-3333".to_owned()]);
    let added = store.write(move |tx| Box::pin(async move { tx.add_stock(&id, &units).await })).await.unwrap();
    assert_eq!(added, Added { added: 1, known: 1 }, "a unit that is there is known again");
    let claimed = store.write(|tx| Box::pin(async move { tx.claim(&places(9, 0), &at(NOW), 60).await })).await.unwrap();
    assert_eq!(claimed.iter().map(|job| job.payload.as_str()).collect::<Vec<_>>(), ["a message"]);
}

async fn after_a_rotation_all_of_it_opens_with_the_new_key_alone(db: Db) {
    let line = fill(&db).await;
    db.store.close().await;
    let sealed_before = db.file().map(|path| mark_in(&std::fs::read(path).unwrap()));
    let rotated = Store::rotate_key(&db.place, db.dir.path(), Some(DATA_KEY), Some(NEW_KEY)).await.unwrap();
    assert_eq!(rotated.values, 8, "a product's text, answers, a note, two units, a job, a form, a file");
    assert!(rotated.key_file.is_ok() && rotated.old_pages.is_ok(), "{rotated:?}");
    let refused = Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.err().unwrap();
    assert!(matches!(refused, kiosk::store::Error::WrongDataKey), "{refused}");
    let store = Store::open(&db.place, db.dir.path(), Some(NEW_KEY)).await.unwrap();
    is_whole(&store, &line).await;
    store.close().await;
    if let (Some(path), Some(mark)) = (db.file(), sealed_before) {
        let bytes = std::fs::read(path).unwrap();
        assert!(!bytes.windows(mark.len()).any(|window| window == mark), "what the old key opens is not in the file any more");
    }
}

/// The sealed mark that tells whether a key is the right one, as it stands in a SQLite file.
fn mark_in(bytes: &[u8]) -> Vec<u8> {
    let name = b"data-key-check1.";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    bytes[at..at + 30].to_vec()
}

/// A database whose key, the one of every story, stands in its folder.
async fn with_key_in_folder(db: Db) -> Db {
    db.store.close().await;
    std::fs::write(db.dir.path().join("data.key"), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n").unwrap();
    let store = Store::open(&db.place, db.dir.path(), None).await.unwrap();
    Db { store, ..db }
}

async fn a_key_in_the_data_folder_is_replaced(db: Db) {
    let db = with_key_in_folder(db).await;
    let line = fill(&db).await;
    db.store.close().await;
    let key = db.dir.path().join("data.key");
    let before = std::fs::read_to_string(&key).unwrap();
    Store::rotate_key(&db.place, db.dir.path(), None, None).await.unwrap();
    assert_ne!(std::fs::read_to_string(&key).unwrap(), before);
    assert!(!db.dir.path().join("data.key.next").exists());
    let store = Store::open(&db.place, db.dir.path(), None).await.unwrap();
    is_whole(&store, &line).await;
    store.close().await;
}

async fn a_rotation_that_was_cut_short_is_finished_at_the_next_start(db: Db) {
    let db = with_key_in_folder(db).await;
    let line = fill(&db).await;
    db.store.close().await;
    let (key, next) = (db.dir.path().join("data.key"), db.dir.path().join("data.key.next"));
    let before = std::fs::read_to_string(&key).unwrap();
    Store::rotate_key(&db.place, db.dir.path(), None, None).await.unwrap();
    // As if the power had failed before the last step.
    std::fs::rename(&key, &next).unwrap();
    std::fs::write(&key, &before).unwrap();
    let store = Store::open(&db.place, db.dir.path(), None).await.unwrap();
    is_whole(&store, &line).await;
    assert!(!next.exists());
    assert_ne!(std::fs::read_to_string(&key).unwrap(), before);
    store.close().await;
}

async fn a_key_that_never_came_in_force_is_left_alone(db: Db) {
    let db = with_key_in_folder(db).await;
    let line = fill(&db).await;
    db.store.close().await;
    std::fs::write(db.dir.path().join("data.key.next"), "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=\n").unwrap();
    let store = Store::open(&db.place, db.dir.path(), None).await.unwrap();
    is_whole(&store, &line).await;
    store.close().await;
    Store::rotate_key(&db.place, db.dir.path(), None, None).await.unwrap();
    assert!(!db.dir.path().join("data.key.next").exists(), "the next rotation begins anew");
}

async fn when_something_does_not_open_nothing_is_changed(db: Db) {
    let line = fill(&db).await;
    db.execute_behind_its_back("UPDATE dialogues SET state_sealed = '1.AAAA'").await;
    db.store.close().await;
    assert!(Store::rotate_key(&db.place, db.dir.path(), Some(DATA_KEY), Some(NEW_KEY)).await.is_err());
    let store = Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.unwrap();
    assert_eq!(store.read().await.unwrap().sold_units(&line).await.unwrap(), ["AAAA-1111"]);
    store.close().await;
}

/// Whatever it wrote with the old key afterwards would never open again.
async fn beside_a_program_that_lives_nothing_is_changed(db: Db) {
    let line = fill(&db).await;
    let refused = Store::rotate_key(&db.place, db.dir.path(), Some(DATA_KEY), Some(NEW_KEY)).await;
    assert!(matches!(refused, Err(Error::Occupied)), "{refused:?}");
    is_whole(&db.store, &line).await;
    db.store.close().await;
    Store::rotate_key(&db.place, db.dir.path(), Some(DATA_KEY), Some(NEW_KEY)).await.unwrap();
}

async fn a_program_that_starts_meanwhile_waits_or_keeps_the_old_key_in_force(db: Db) {
    let db = with_key_in_folder(db).await;
    let line = fill(&db).await;
    db.store.close().await;
    for round in 0..ROUNDS {
        let starting = async {
            tokio::time::sleep(Duration::from_millis(10 * round)).await;
            Store::open(&db.place, db.dir.path(), None).await
        };
        let (rotated, started) = tokio::join!(Store::rotate_key(&db.place, db.dir.path(), None, None), starting);
        // Each is refused by the other at most, and never finds a key that opens nothing.
        assert!(matches!(rotated, Ok(_) | Err(Error::Occupied)), "{rotated:?}");
        match started {
            Ok(store) => {
                assert_eq!(store.read().await.unwrap().sold_units(&line).await.unwrap(), ["AAAA-1111"]);
                store.close().await;
            }
            Err(error) => assert!(matches!(error, Error::Occupied), "{error}"),
        }
    }
    let store = Store::open(&db.place, db.dir.path(), None).await.unwrap();
    is_whole(&store, &line).await;
    store.close().await;
}
