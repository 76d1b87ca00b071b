//! Stock: how it comes in, from a few typed lines to a hundred thousand keys and archives of files, and how it is looked after.

use std::time::{Duration, Instant};

use kiosk::domain::product::ProductId;
use serde_json::{Value, json};

use crate::world::{SELLER, World, has, tell, text_of};

/// Opens the form that takes stock of a product in.
async fn stock_form(world: &World, name: &str) {
    world.say(SELLER, "/products").await;
    world.tap(SELLER, name).await;
    world.tap(SELLER, "Add stock").await;
}

fn assert_shown(world: &World, text: &str) {
    let newest = world.newest(SELLER);
    assert!(has(&newest, text), "{text:?} is not in:\n{}", text_of(&newest));
}

/// What of a product is free, in the order in which it is sold.
async fn free(world: &World, product: &str) -> Vec<String> {
    let id = ProductId::parse(product).unwrap();
    world.shop().store.read().await.unwrap().unsold_units(&id, None).await.unwrap()
}

fn keys(count: usize) -> Vec<u8> {
    let key = |number: usize| format!("KEY-{number:06}-{:08x}", number.wrapping_mul(2_654_435_761) & 0xffff_ffff);
    (1..=count).map(key).collect::<Vec<_>>().join("\n").into_bytes()
}

fn documents_of_seller(world: &World) -> usize {
    world.messages(SELLER).iter().filter(|message| message["from"] != "bot" && message["document"].is_object()).count()
}

#[tokio::test]
async fn a_hundred_thousand_keys_go_in_at_once_and_one_message_shows_how_far_they_are() {
    let world = World::new().await;
    stock_form(&world, "Editor Pro").await;
    let (bytes, begun) = (keys(100_000), Instant::now());
    let before = (world.sandbox.telegram.calls("editMessageText"), world.messages(SELLER).len());
    world.upload(SELLER, "keys.txt", bytes, false).await;
    let took = begun.elapsed();
    assert_shown(&world, "100000 added");
    assert_eq!(world.stock("editor").await, 100_014);
    assert_eq!(documents_of_seller(&world), 0, "the file is out of the chat");
    assert_eq!(world.messages(SELLER).len(), before.1 + 1, "one message shows it all:\n{}", world.transcript(SELLER));
    let edits = world.sandbox.telegram.calls("editMessageText") - before.0;
    tell!("100,000 keys took {took:?}, and {edits} edits");
    assert!(edits >= 1 && Duration::from_secs(edits - 1) <= took, "{edits} edits in {took:?}");
    let units = free(&world, "editor").await;
    assert!(units[14].starts_with("KEY-000001-") && units[100_013].starts_with("KEY-100000-"), "in the order of the file");
    world.end().await;
}

#[tokio::test]
async fn buyers_are_served_while_a_large_file_comes_in() {
    let world = World::new().await;
    stock_form(&world, "Editor Pro").await;
    let file = kiosk::sandbox::telegram::Picture { as_photo: false, name: "keys.txt".to_owned(), mime: None, bytes: keys(60_000).into() };
    world.sandbox.telegram.send(SELLER, kiosk::sandbox::telegram::Saying { file: Some(file), ..Default::default() }).unwrap();
    world.sees(SELLER, "of 60,000 …").await;
    // A write of somebody else comes through between two of the import.
    let shop = world.shop();
    let (mut slowest, mut seen) = (Duration::ZERO, 0);
    while world.count(SELLER, "of 60,000 …") > 0 {
        let asked = Instant::now();
        shop.store.write(|tx| Box::pin(async move { tx.free_stock(&ProductId::parse("last").unwrap()).await })).await.unwrap();
        slowest = slowest.max(asked.elapsed());
        seen += 1;
    }
    tell!("{seen} writes of others while 60,000 keys came in, the slowest took {slowest:?}");
    assert!(seen > 3, "{seen}");
    world.settled().await;
    assert_shown(&world, "60000 added");
    world.end().await;
}

#[tokio::test]
async fn an_import_that_a_restart_cut_short_is_finished_and_counted_right() {
    let mut world = World::new().await;
    stock_form(&world, "Editor Pro").await;
    let file = kiosk::sandbox::telegram::Picture { as_photo: false, name: "keys.txt".to_owned(), mime: None, bytes: keys(100_000).into() };
    let message = world.sandbox.telegram.send(SELLER, kiosk::sandbox::telegram::Saying { file: Some(file), ..Default::default() }).unwrap();
    world.sees(SELLER, "of 100,000 …").await;
    let store = world.shop().store.clone();
    // The half that a program had written when it died.
    let intake = format!("{SELLER}:{message}");
    while store.read().await.unwrap().brought_by(&intake, &ProductId::parse("editor").unwrap()).await.unwrap() < 5_000 {
        tokio::task::yield_now().await;
    }
    store.close().await;
    world.stop().await;
    world.start_again().await;
    world.settled().await;
    // What could not be kept is tried again a bit later.
    world.wait(120).await;
    assert_shown(&world, "100000 added");
    assert!(!has(&world.newest(SELLER), "there already"), "its own units are no strangers to it");
    assert_eq!(world.stock("editor").await, 100_014);
    assert_eq!(world.count(SELLER, "of 100,000 …"), 0, "no message is left that shows a past count:\n{}", world.transcript(SELLER));
    world.end().await;
}

#[tokio::test]
async fn bad_lines_are_named_before_anything_is_written() {
    let world = World::new().await;
    stock_form(&world, "Editor Pro").await;
    let mut lines: Vec<String> = (0..12_000).map(|number| format!("LINE-{number}")).collect();
    lines[11_000] = "x".repeat(10_000);
    world.upload(SELLER, "keys.txt", lines.join("\n").into_bytes(), false).await;
    assert_shown(&world, "Line 11001 is longer than 3500 bytes");
    lines[11_000] = "fits".to_owned();
    lines.extend((0..88_001).map(|number| format!("MORE-{number}")));
    world.upload(SELLER, "keys.txt", lines.join("\n").into_bytes(), false).await;
    assert_shown(&world, "These are 100001 lines; at most 100000 go in at once");
    assert_eq!(world.stock("editor").await, 14);
    assert_eq!(world.count(SELLER, " …"), 0, "nothing had begun");
    world.end().await;
}

/// An update with a document, of which nothing is there but what Telegram says of it.
fn document(name: &str, size: u64) -> Value {
    json!({"message": {"message_id": 5_000, "date": 1, "chat": {"id": SELLER, "type": "private"},
        "from": {"id": SELLER, "is_bot": false, "first_name": "Owner"},
        "document": {"file_id": "document-60", "file_unique_id": "u", "file_name": name, "file_size": size}}})
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_and_never_fetched() {
    let world = World::new().await;
    stock_form(&world, "Editor Pro").await;
    let fetched = world.sandbox.telegram.calls("getFile");
    for name in ["keys.txt", "keys.csv", "keys.zip", "film.mp4"] {
        world.sandbox.telegram.put_update(document(name, 60 * 1024 * 1024).as_object().unwrap());
        world.settled().await;
        assert_shown(&world, "too large: bots get files of up to 20 MB");
        assert_shown(&world, "send a smaller one");
    }
    assert_eq!(world.sandbox.telegram.calls("getFile"), fetched);
    assert_eq!(world.stock("editor").await, 14);
    world.end().await;
}

#[tokio::test]
async fn a_table_is_read_as_a_table() {
    let world = World::new().await;
    stock_form(&world, "Last Timer").await;
    let table = "login;password;mail\r\nann;\"se;\"\"cret\";ann@example.com\r\n\r\nben;\"two\nlines\";\r\n";
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(table.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    world.upload(SELLER, "logins.CSV", wide, false).await;
    assert_shown(&world, "2 added");
    let units = free(&world, "last").await;
    assert_eq!(units[1..], ["ann | se;\"cret | ann@example.com", "ben | two\nlines"]);
    world.upload(SELLER, "more.tsv", b"\xef\xbb\xbfcleo\t1,5;2\n".to_vec(), false).await;
    world.upload(SELLER, "keys.csv", b"\"ONE, COLUMN\"\nTWO".to_vec(), false).await;
    assert_eq!(free(&world, "last").await[3..], ["cleo | 1,5;2", "ONE, COLUMN", "TWO"]);
    world.upload(SELLER, "keys.csv", b"a,b\nc,d\ne,\"f\ng,h\n".to_vec(), false).await;
    assert_shown(&world, "The quote that opens in line 3 is not closed");
    assert_eq!(world.stock("last").await, 6, "nothing of it was added");
    world.end().await;
}

#[tokio::test]
async fn emoji_and_letters_from_the_right_are_kept_exactly() {
    let world = World::new().await;
    stock_form(&world, "Last Timer").await;
    let units = ["🦉🔑👨‍👩‍👧‍👦", "مفتاح-١٢٣", "ключ\u{200f}שלום", "e\u{301}<b>&amp;</b>"];
    world.say(SELLER, &units[..2].join("\n")).await;
    world.upload(SELLER, "keys.txt", units[2..].join("\r\n").into_bytes(), false).await;
    assert_shown(&world, "2 added");
    assert_eq!(free(&world, "last").await[1..], units);
    world.end().await;
}

#[tokio::test]
async fn what_is_no_stock_is_answered_with_what_to_send() {
    let world = World::new().await;
    stock_form(&world, "Editor Pro").await;
    let sticker = json!({"message": {"message_id": 6_000, "date": 1, "chat": {"id": SELLER, "type": "private"},
        "from": {"id": SELLER, "is_bot": false, "first_name": "Owner"}, "sticker": {"file_id": "s"}}});
    world.sandbox.telegram.put_update(sticker.as_object().unwrap());
    world.settled().await;
    assert_shown(&world, "cannot be used here");
    assert_shown(&world, "Send the keys, one a line");
    world.upload(SELLER, "keys.txt", vec![0x89, b'P', 0, 1, 2], false).await;
    assert_shown(&world, "no text that can be read");
    world.upload(SELLER, "keys.txt", b" \r\n\n".to_vec(), false).await;
    assert_shown(&world, "nothing in it that can be seen");
    world.upload(SELLER, "keys.png", crate::world::picture(), true).await;
    assert_shown(&world, "A photo loses quality");
    world.say(SELLER, &"x".repeat(4_000)).await;
    assert_shown(&world, "Line 1 is longer");
    assert_eq!(world.stock("editor").await, 14);
    world.end().await;
}
