//! A backup is put back: what was sold since looks unsold in it, and is not sold again; what was paid since is told of.

use std::time::Duration;

use kiosk::domain::order::Charge;
use kiosk::domain::product::{Product, ProductState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::store::{CaseKind, OrderFilter, Place, Store};
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::Instant;

use crate::crash::{address, buy, open, quiet, units};
use crate::disk::has_tracer;
use crate::program::{PATIENCE, Street};
use crate::world::{ANN, BEN, Options, SELLER, World, has, messages};

/// A world whose database can be copied and put back.
async fn world(folder: &std::path::Path) -> World {
    World::with(Options { place: Some(Place::Sqlite(folder.join("kiosk.db"))), ..Options::default() }).await
}

async fn put_back(world: &mut World, folder: &std::path::Path) {
    world.stop().await;
    for beside in ["kiosk.db-wal", "kiosk.db-shm"] {
        let _ = std::fs::remove_file(folder.join(beside));
    }
    std::fs::rename(folder.join("backup.db"), folder.join("kiosk.db")).unwrap();
    world.start_again().await;
    world.settled().await;
}

#[tokio::test]
async fn what_was_sold_after_a_backup_is_not_sold_again_once_it_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path()).await;
    // Ben has an address when the backup is made.
    let bens = world.order(BEN, "editor").await;
    Store::back_up_sqlite(&folder.path().join("kiosk.db"), &folder.path().join("backup.db")).await.unwrap();
    let anns = world.order(ANN, "editor").await;
    world.pay(&anns.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0002").await;
    put_back(&mut world, folder.path()).await;
    let told = world.sees(SELLER, "was put back from a backup").await;
    assert!(has(&told, "15 units of stock were set aside"), "{told}");
    assert_eq!((world.stock("editor").await, world.stock("last").await), (0, 0));
    // A third buyer finds nothing to buy.
    world.say(103, "/start p_editor").await;
    world.sees(103, "Sold out").await;
    // Ben's money is waited for, and is a case: the unit that was set aside for him may have been sold to somebody else since.
    world.pay(&bens.uuid, Payment::Exact).await;
    assert_eq!(world.count(BEN, "EDIT-"), 0, "{}", world.transcript(BEN));
    let cases = world.cases().await;
    assert_eq!(cases.iter().map(|case| case.kind).collect::<Vec<_>>(), [CaseKind::SoldOut]);
    assert_eq!(world.order_of(BEN).await.charge, Charge::Full);
    // Ann's payment is known to the provider alone now, and the seller is told.
    world.advance(3_700).await;
    world.sees(SELLER, &anns.uuid).await;
    // Told once: another start is a start like any other.
    world.restart().await;
    assert_eq!(world.count(SELLER, "was put back from a backup"), 1);
    // The seller knows what is left, and sells it: Ben is served first.
    world.restock("editor", &["EDIT-0014"]).await;
    let order = world.order_of(BEN).await.id;
    world.shop().serve_held(&order).await.unwrap();
    world.settled().await;
    world.sees(BEN, "EDIT-0014").await;
    world.stop().await;
}

/// The products that hold what was set aside and is not sold, and how much.
async fn set_aside(world: &World) -> Vec<(Product, i64)> {
    let mut conn = world.shop().store.read().await.unwrap();
    let mut found = Vec::new();
    for id in conn.product_ids().await.unwrap() {
        let (product, free) = (conn.product(&id).await.unwrap().unwrap(), conn.free_stock(&id).await.unwrap());
        if product.name.get("en").starts_with("Set aside: ") && free > 0 {
            found.push((product, free));
        }
    }
    found
}

async fn change(world: &World, product: &Product) {
    let product = product.clone();
    world.shop().write(move |tx| Box::pin(async move { tx.put_product(&product).await })).await.unwrap();
}

#[tokio::test]
async fn what_was_set_aside_once_and_is_sold_since_is_set_aside_again_by_the_next_backup() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path()).await;
    let (kept, copy) = (folder.path().join("kiosk.db"), folder.path().join("backup.db"));
    Store::back_up_sqlite(&kept, &copy).await.unwrap();
    put_back(&mut world, folder.path()).await;
    // The seller has looked through the keys, and sells them.
    let (mut checked, count) = set_aside(&world).await.into_iter().find(|(product, _)| product.name.get("en").contains("Editor")).unwrap();
    assert_eq!(count, 14);
    checked.state = ProductState::OnSale;
    change(&world, &checked).await;
    let id = checked.id.as_str();
    // Ben waits for his money when the next backup is made; Ann buys after it.
    let bens = world.order(BEN, id).await;
    Store::back_up_sqlite(&kept, &copy).await.unwrap();
    let anns = world.order(ANN, id).await;
    world.pay(&anns.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0002").await;
    put_back(&mut world, folder.path()).await;
    assert_eq!((world.stock(id).await, set_aside(&world).await.iter().map(|(_, free)| free).sum::<i64>()), (0, 15));
    assert_eq!(world.count(SELLER, "15 units of stock were set aside"), 2);
    world.say(103, &format!("/start p_{id}")).await;
    world.sees(103, "Sold out").await;
    world.pay(&bens.uuid, Payment::Exact).await;
    assert_eq!(world.count(BEN, "EDIT-"), 0, "{}", world.transcript(BEN));

    // What nobody has touched since stays where it is.
    let before = set_aside(&world).await;
    Store::back_up_sqlite(&kept, &copy).await.unwrap();
    put_back(&mut world, folder.path()).await;
    assert_eq!(set_aside(&world).await, before);
    assert_eq!(world.count(SELLER, "15 units of stock were set aside"), 3);
    world.stop().await;
}

#[tokio::test]
async fn a_product_whose_id_only_looks_like_it_is_set_aside_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = "shop: { name: Tables, currency: USD }\nproducts:
  - { id: aside-table, name: Side table plan, price: 3, kind: keys, stock: [ TABLE-1, TABLE-2 ] }
  - { id: aside-chair, name: Chair plan, price: 3, kind: keys, state: hidden, stock: [ CHAIR-1 ] }\n";
    let place = Some(Place::Sqlite(folder.path().join("kiosk.db")));
    let mut world = World::with(Options { place, catalog: catalog.to_owned(), ..Options::default() }).await;
    Store::back_up_sqlite(&folder.path().join("kiosk.db"), &folder.path().join("backup.db")).await.unwrap();
    put_back(&mut world, folder.path()).await;
    assert_eq!((world.stock("aside-table").await, world.stock("aside-chair").await), (0, 0));
    assert_eq!(set_aside(&world).await.len(), 2);
    world.end().await;
}

/// How far Ben is when the backup is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Away,
    Choosing,
    Waiting,
    Served,
}

/// Whatever was under way when the backup was made, and however many bought since.
#[tokio::test]
async fn in_twenty_drills_nobody_sees_a_unit_that_somebody_else_has() {
    for moment in [Moment::Away, Moment::Choosing, Moment::Waiting, Moment::Served] {
        for bought_since in 0..5 {
            drill(moment, bought_since).await;
        }
    }
}

async fn drill(moment: Moment, bought_since: i64) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path()).await;
    let mut bens = None;
    match moment {
        Moment::Away => {}
        Moment::Choosing => {
            world.say(BEN, "/start p_editor").await;
            world.tap(BEN, "Buy ·").await;
        }
        Moment::Waiting | Moment::Served => bens = Some(world.order(BEN, "editor").await),
    }
    if moment == Moment::Served {
        world.pay(&bens.take().unwrap().uuid, Payment::Exact).await;
    }
    Store::back_up_sqlite(&folder.path().join("kiosk.db"), &folder.path().join("backup.db")).await.unwrap();
    for buyer in 200..200 + bought_since {
        let invoice = world.order(buyer, "editor").await;
        world.pay(&invoice.uuid, Payment::Exact).await;
    }
    put_back(&mut world, folder.path()).await;
    // Ben goes on where he was, somebody new comes, and the seller says what is really there.
    match (moment, bens) {
        (Moment::Choosing, _) => world.tap(BEN, "USDT ›").await.map_or((), drop),
        (_, Some(invoice)) => world.pay(&invoice.uuid, Payment::Exact).await.uuid.clear(),
        _ => {}
    }
    world.say(300, "/start p_editor").await;
    world.sees(300, "Sold out").await;
    world.restock("editor", &["EDIT-1001", "EDIT-1002"]).await;
    let invoice = world.order(300, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(300, "EDIT-100").await;
    let mut owners = std::collections::BTreeMap::new();
    for buyer in (200..200 + bought_since).chain([BEN, 300]) {
        let chat = messages(&world.sandbox, buyer);
        let words = chat.iter().flat_map(|message| crate::world::text_of(message).split_whitespace());
        for unit in words.filter(|word| word.starts_with("EDIT-")) {
            let before = owners.insert(unit.to_owned(), buyer);
            assert!(before.is_none_or(|before| before == buyer), "{moment:?}, {bought_since} since: {unit} is with {before:?} and {buyer}");
        }
    }
    let served = usize::try_from(bought_since).unwrap() + 1 + usize::from(moment == Moment::Served);
    assert!(owners.len() >= served, "{moment:?}, {bought_since} since: {owners:?}");
    world.stop().await;
}

#[tokio::test]
async fn a_backup_that_is_only_kept_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path()).await;
    Store::back_up_sqlite(&folder.path().join("kiosk.db"), &folder.path().join("backup.db")).await.unwrap();
    world.restart().await;
    assert_eq!(world.stock("editor").await, 14);
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.count(SELLER, "was put back"), 0);
    world.end().await;
}

/// Whether a file says of itself that it is a copy, to a look at its header and to the shop that is opened on it.
async fn knows_that_it_is_a_copy(file: &std::path::Path) -> bool {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}?mode=ro", file.display())).await.unwrap();
    let sql = "SELECT (SELECT COUNT(*) FROM settings WHERE name = 'copy'), application_id FROM pragma_application_id";
    let (said, mark): (i64, i64) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    (said, mark) == (1, 0x4b63_7079)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whichever_call_to_the_disk_a_backup_is_killed_it_leaves_a_copy_that_knows_it_is_one_or_none() {
    if !has_tracer() {
        return;
    }
    let street = Street::new("error").await;
    assert!(street.command(&["migrate"]).status().unwrap().success(), "{}", street.log());
    // Each thread counts its own calls: so those of one sort are struck by themselves.
    for (calls, least) in [("fsync,fdatasync", 2), ("?unlink,unlinkat", 4), ("?link,linkat", 1)] {
        let killed = killed_backups(&street, calls).await;
        assert!(killed >= least, "{calls}: {killed}");
    }
    assert!(!street.folder.path().join("copy.db.part").exists());
}

/// Kills a backup at its first such call, another one at the second, ..., until one comes to its end; how many were killed.
async fn killed_backups(street: &Street, calls: &str) -> u32 {
    let copy = street.folder.path().join("copy.db");
    let backup = ["backup", copy.to_str().unwrap()];
    for killed in 0.. {
        let (only, inject) = (format!("trace={calls}"), format!("inject={calls}:signal=KILL:when={}", killed + 1));
        let tracer = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", &only, "-e", &inject];
        let is_whole = street.command_under(&tracer, &backup).status().unwrap().success();
        if !is_whole && !copy.exists() {
            assert!(street.command(&backup).status().unwrap().success(), "{}", street.log());
        }
        assert!(knows_that_it_is_a_copy(&copy).await, "{calls}, call {}", killed + 1);
        std::fs::remove_file(&copy).unwrap();
        if is_whole {
            return killed;
        }
    }
    unreachable!("no call is the last one")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_moves_a_shop_may_say_that_nothing_was_sold_and_whoever_copied_the_file_that_something_was() {
    for (words, sells) in [(&["restored", "--nothing-was-sold"][..], true), (&["restored"][..], false)] {
        let street = open(Street::new("info").await).await;
        let (data, copy) = (street.data_dir(), street.folder.path().join("copy.db"));
        assert!(street.command(&["backup", copy.to_str().unwrap()]).status().unwrap().success());
        if sells {
            std::fs::rename(&copy, data.join("kiosk.db")).unwrap();
        }
        assert!(street.command(words).status().unwrap().success(), "{}", street.log());
        let program = street.run();
        street.ready().await;
        if sells {
            buy(&street.sandbox, ANN, 1, Instant::now() + Duration::from_mins(1)).await;
            assert_eq!((units(&street.sandbox, ANN).len(), address(&street.sandbox, ANN)), (1, None));
        } else {
            street.sandbox.telegram.say(ANN, "/start p_key").unwrap();
            quiet(&street.sandbox).await;
            assert!(messages(&street.sandbox, ANN).iter().any(|message| has(message, "Sold out")));
        }
        quiet(&street.sandbox).await;
        let told = messages(&street.sandbox, SELLER).iter().filter(|message| has(message, "was put back")).count();
        assert_eq!(told, usize::from(!sells));
        assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
        let store = Store::open(&street.place(), &data, None).await.unwrap();
        let orders = store.read().await.unwrap().orders(OrderFilter::All, 0, 10).await.unwrap();
        assert_eq!(orders.len(), usize::from(sells));
        store.close().await;
    }
}
