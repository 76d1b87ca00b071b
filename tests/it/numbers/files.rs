//! Files: what is in them, for whom, and that they come whatever happens.

use std::io::Read as _;

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::sandbox::User;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::catalog_file::Goods;
use kiosk::shop::export::{Asking, Format, What};
use sqlx::{Connection as _, SqliteConnection};

use super::{column, document, documents, rows};
use crate::world::{ANN, BEN, SELLER, World};

async fn file(world: &World, user: i64, what: &str, format: &str) -> (String, Vec<u8>) {
    world.say(user, "/export").await;
    let before = documents(world, user);
    world.tap(user, &format!("{what} · {format}")).await;
    assert_eq!(documents(world, user), before + 1, "{}", world.transcript(user));
    document(world, user)
}

#[tokio::test]
async fn the_books_come_as_files_with_every_figure_and_no_formula() {
    let world = World::new().await;
    let name = "=HYPERLINK(1)";
    world.sandbox.telegram.put_user(User { first_name: name.to_owned(), username: Some("ann_owl".to_owned()), ..User::stranger(ANN) });
    let editor = world.order(ANN, "editor").await;
    world.advance(60).await;
    let paid = world.pay(&editor.uuid, Payment::Exact).await;
    world.order(BEN, "handbook").await;

    let (file_name, bytes) = file(&world, SELLER, "Orders", "CSV").await;
    assert_eq!(file_name, "orders-2026-06-01.csv");
    let orders = rows(&bytes);
    let order = world.order_of(ANN).await;
    assert_eq!(column(&orders, "order"), [order.id.to_string(), world.order_of(BEN).await.id.to_string()]);
    assert_eq!(column(&orders, "customer"), [format!("'{name}"), "User 102".to_owned()], "what looks like a formula is text");
    assert_eq!(column(&orders, "ordered (UTC)")[0], "2026-06-01 12:00:00");
    assert_eq!(column(&orders, "paid (UTC)"), ["2026-06-01 12:01:00", ""]);
    assert_eq!((column(&orders, "total"), column(&orders, "currency")), (vec!["10.00".into(), "4.00".into()], vec!["USD".into(); 2]));
    assert_eq!((column(&orders, "products")[0].as_str(), column(&orders, "coin")[0].as_str()), ("Editor Pro x 1", "USDT"));
    world.sees(SELLER, "Orders: 2 rows").await;

    let payments = rows(&file(&world, SELLER, "Payments", "CSV").await.1);
    assert_eq!(payments.len(), 2, "what nobody paid is no payment");
    assert_eq!(column(&payments, "transactions"), [paid.payments[0].tx.clone()]);
    assert_eq!(column(&payments, "amount received"), [editor.amount.normalize().to_string()]);
    assert_eq!((column(&payments, "value received"), column(&payments, "pays the order")), (vec!["10.00".into()], vec!["yes".to_owned()]));

    let stock = rows(&file(&world, SELLER, "Stock", "CSV").await.1);
    let editor_row: Vec<_> = stock.iter().find(|row| row[0] == "editor").unwrap()[6..].to_vec();
    assert_eq!(editor_row, ["13", "0", "1"]);
    let customers = rows(&file(&world, SELLER, "Customers", "CSV").await.1);
    let at = column(&customers, "customer id").iter().position(|id| id == "101").unwrap();
    assert_eq!((column(&customers, "paid orders")[at].as_str(), column(&customers, "spent")[at].as_str()), ("1", "10.00"));

    // Goods are in one file alone.
    let units = rows(&file(&world, SELLER, "Stock units", "CSV").await.1);
    assert_eq!(units.len(), 16);
    let sold = units.iter().find(|row| row[2] == "sold").unwrap();
    assert_eq!((sold[1].as_str(), sold[4].as_str()), ("EDIT-0001", order.id.as_str()));
    for table in [orders, payments, stock, customers] {
        assert!(!format!("{table:?}").contains("EDIT-"), "no goods in a file for everybody");
    }

    let (file_name, bytes) = file(&world, SELLER, "Orders", "XLSX").await;
    assert_eq!(file_name, "orders-2026-06-01.xlsx");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let (sheet, strings) = (part("xl/worksheets/sheet1.xml"), part("xl/sharedStrings.xml"));
    assert!(sheet.contains("<v>10</v>") && !sheet.contains("<f>"), "{sheet}");
    assert!(strings.contains("=HYPERLINK(1)") && strings.contains(order.id.as_str()), "{strings}");
    world.end().await;
}

/// What a mug's buyer answers is data about a person: owners have it, as text.
#[tokio::test]
async fn what_buyers_answered_stands_in_the_orders_of_owners_alone() {
    let world = World::new().await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+49 151 23456789").await;
    world.tap(ANN, "Black").await;
    world.say(ANN, "=HYPERLINK(1), Owl \"Ann\" Lane 5\n12345 Owlton, Germany").await;
    world.pick_usdt(ANN).await;
    // Of two orders of one second neither is the newer one.
    world.advance(1).await;
    world.order(BEN, "editor").await;
    let orders = rows(&file(&world, SELLER, "Orders", "CSV").await.1);
    let told =
        "Your phone? +49 151 23456789\nWhich colour? Black\nWhere to send it? =HYPERLINK(1), Owl \"Ann\" Lane 5\n12345 Owlton, Germany";
    assert_eq!(column(&orders, "answers"), [told, ""]);
    let (_, bytes) = file(&world, SELLER, "Orders", "XLSX").await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    assert!(part("xl/sharedStrings.xml").contains("Which colour? Black") && !part("xl/worksheets/sheet1.xml").contains("<f>"));
    world.appoint(BEN, Role::Manager).await;
    let orders = rows(&file(&world, BEN, "Orders", "CSV").await.1);
    assert!(!orders[0].iter().any(|title| title == "answers") && !format!("{orders:?}").contains("Owlton"), "{orders:?}");
    world.end().await;
}

/// A question that begins like a formula is text, too.
#[tokio::test]
async fn a_question_that_looks_like_a_formula_is_text_in_a_file() {
    let world = World::new().await;
    let ask = "products:\n  - { id: mug, category: things, name: { en: Mug }, price: \"12.50\", kind: manual, ask: [ { id: a, kind: text, label: \"=1+1\" } ] }\n";
    let store = &world.shop().store;
    kiosk::shop::catalog_file::import(store, kiosk::shop::catalog_file::read_text(ask, &|_, _| Ok(Vec::new())).unwrap()).await.unwrap();
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "2").await;
    world.pick_usdt(ANN).await;
    let orders = rows(&file(&world, SELLER, "Orders", "CSV").await.1);
    assert_eq!(column(&orders, "answers"), ["'=1+1 2"]);
    world.end().await;
}

#[tokio::test]
async fn a_manager_gets_the_books_and_neither_goods_nor_people() {
    let world = World::new().await;
    world.appoint(BEN, Role::Manager).await;
    file(&world, BEN, "Orders", "CSV").await;
    world.say(BEN, "/export").await;
    let labels = world.newest(BEN)["keyboard"].to_string();
    assert!(!labels.contains("Stock units") && !labels.contains("Customers"), "{labels}");
    for forged in ["nE:units:csv", "nE:customers:xlsx"] {
        super::data(&world, BEN, forged).await;
    }
    assert_eq!(documents(&world, BEN), 1);
    world.end().await;
}

#[tokio::test]
async fn a_file_that_was_asked_for_comes_after_a_restart_unless_the_role_is_gone() {
    let mut world = World::new().await;
    world.appoint(BEN, Role::Owner).await;
    let down = CallFaults { methods: vec!["sendDocument".to_owned()], status: Some(502), ..CallFaults::default() };
    world.faults(Faults { telegram: down, ..Faults::default() });
    world.say(SELLER, "/export").await;
    world.tap(SELLER, "Orders · CSV").await;
    world.say(BEN, "/export").await;
    world.tap(BEN, "Stock units · CSV").await;
    world.sees(SELLER, "being put together").await;
    world.stop().await;
    world.start_again().await;
    world
        .shop()
        .write(|tx| Box::pin(async move { tx.set_role(kiosk::domain::customer::CustomerId(BEN), Role::Support, 0).await }))
        .await
        .unwrap();
    world.faults(Faults::default());
    world.wait(60).await;
    assert_eq!((documents(&world, SELLER), documents(&world, BEN)), (1, 0), "{}", world.transcript(BEN));
    world.sees(SELLER, "Orders: 0 rows").await;
    world.end().await;
}

#[tokio::test]
async fn a_long_file_shows_how_far_it_is() {
    let world = World::new().await;
    let units = (0..5_500).map(|unit| format!("U-{unit}")).collect::<Vec<_>>().join("\n");
    let last = kiosk::domain::product::ProductId::parse("last").unwrap();
    world.shop().take_in(&last, None, &units).await.unwrap();
    let before = world.sandbox.telegram.calls("editMessageText");
    let units = rows(&file(&world, SELLER, "Stock units", "CSV").await.1);
    assert_eq!(units.len(), 1 + 14 + 1 + 5_500);
    assert!(world.sandbox.telegram.calls("editMessageText") >= before + 2, "in the middle, and at the end");
    world.sees(SELLER, "Stock units: 5515 rows").await;
    world.end().await;
}

#[tokio::test]
async fn who_taps_again_and_again_gets_a_few_files() {
    let world = World::new().await;
    let down = CallFaults { methods: vec!["sendDocument".to_owned()], status: Some(502), ..CallFaults::default() };
    world.faults(Faults { telegram: down, ..Faults::default() });
    world.say(SELLER, "/export").await;
    for _ in 0..6 {
        world.tap(SELLER, "Stock · CSV").await;
    }
    assert!(super::toast(&world, SELLER).contains("on their way to you already"));
    world.faults(Faults::default());
    world.wait(120).await;
    assert_eq!(documents(&world, SELLER), 3);
    world.end().await;
}

/// How many files somebody waits for.
async fn waits_for(world: &World, user: i64) -> i64 {
    world.shop().store.read().await.unwrap().exports_of(CustomerId(user)).await.unwrap()
}

#[tokio::test]
async fn whoever_asks_for_a_file_and_leaves_keeps_nobody_waiting_for_theirs() {
    let world = World::new().await;
    world.appoint(BEN, Role::Owner).await;
    world.sandbox.telegram.block(BEN, true).unwrap();
    for _ in 0..2 {
        let asked = world.shop().ask_for_export(CustomerId(BEN), What::Orders, Format::Csv).await.unwrap();
        assert_eq!(asked, Asking::Begun);
        world.shop().ask_for_catalog(CustomerId(BEN), Goods::LeftOut).await.unwrap();
        world.settled().await;
    }
    file(&world, SELLER, "Orders", "CSV").await;
    // And whoever comes back asks again.
    world.sandbox.telegram.block(BEN, false).unwrap();
    assert_eq!(waits_for(&world, BEN).await, 0);
    file(&world, BEN, "Orders", "CSV").await;
    world.end().await;
}

/// Does what the shop never would, past it; how many rows there are of files that were asked for.
async fn files_asked_for_after(world: &World, sql: &'static str) -> i64 {
    let file = world.data_dir().join("kiosk.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    let (count,) = sqlx::query_as("SELECT COUNT(*) FROM exports").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

#[tokio::test]
async fn a_file_that_is_not_sent_for_more_than_a_day_is_given_up_and_its_place_is_free() {
    let mut world = World::new().await;
    world.appoint(BEN, Role::Manager).await;
    let down = CallFaults { methods: vec!["sendDocument".to_owned()], status: Some(502), ..CallFaults::default() };
    let down = Faults { telegram: down, ..Faults::default() };
    world.faults(down.clone());
    world.say(SELLER, "/export").await;
    world.tap(SELLER, "Stock · CSV").await;
    // Somebody else's comes meanwhile, though it was asked for later.
    world.faults(Faults::default());
    file(&world, BEN, "Stock", "CSV").await;
    assert_eq!((waits_for(&world, SELLER).await, documents(&world, SELLER)), (1, 0));
    world.faults(down);
    assert_eq!(files_asked_for_after(&world, "UPDATE jobs SET attempts = 299 WHERE kind = 'export' AND done_at IS NULL").await, 1);
    world.advance(300).await;
    assert_eq!((waits_for(&world, SELLER).await, files_asked_for_after(&world, "SELECT 1").await), (0, 0));
    world.faults(Faults::default());
    file(&world, SELLER, "Stock", "CSV").await;
    // A job has failed for good: so it ends without a look at that.
    world.stop().await;
}
