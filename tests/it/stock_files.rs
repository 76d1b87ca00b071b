//! Units that are files: taken in one by one or out of an archive, sold once each, and delivered with their names.

use std::io::{Cursor, Write as _};

use kiosk::domain::order::OrderState;
use kiosk::domain::product::ProductId;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::catalog_file;
use kiosk::store::{Place, Store};
use serde_json::Value;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::world::{ANN, BEN, Options, SELLER, World, has, text_of};

/// A shop that sells licences, of which none is there yet.
const LICENCES: &str = r#"shop: { name: { en: Night Owl Store }, currency: USD }
products:
  - { id: licence, name: { en: Licence }, price: "10", kind: keys, quantity: { max: 12 } }
"#;

async fn world() -> World {
    let world = World::with(Options { catalog: LICENCES.to_owned(), ..Options::default() }).await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Licence").await;
    world.tap(SELLER, "Add stock").await;
    world
}

pub fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn assert_shown(world: &World, text: &str) {
    let newest = world.newest(SELLER);
    assert!(has(&newest, text), "{text:?} is not in:\n{}", text_of(&newest));
}

async fn free(world: &World) -> Vec<String> {
    world.shop().store.read().await.unwrap().unsold_units(&licence(), None).await.unwrap()
}

fn licence() -> ProductId {
    ProductId::parse("licence").unwrap()
}

/// The names and the bytes of the documents that the bot has sent to somebody, the oldest first.
pub fn documents(world: &World, user: i64) -> Vec<(String, Vec<u8>)> {
    let document = |message: &Value| {
        let file = message["document"]["file_id"].as_str()?;
        let bytes = world.sandbox.telegram.file(file).unwrap().0;
        Some((message["document"]["file_name"].as_str().unwrap().to_owned(), bytes.to_vec()))
    };
    world.messages(user).iter().filter(|message| message["from"] == "bot").filter_map(document).collect()
}

#[tokio::test]
async fn every_file_of_an_archive_is_a_unit_and_arrives_once_with_its_name() {
    let world = world().await;
    let files: [(&str, &[u8]); 3] = [("pro/a.lic", b"licence of a"), ("pro/b.lic", b"\0\x01\x02"), ("readme <b>.txt", b"line\nline")];
    world.upload(SELLER, "licences.zip", packed(&files), false).await;
    assert_shown(&world, "3 added");
    assert!(!world.messages(SELLER).iter().any(|message| message["document"].is_object()), "the archive is out of the chat");
    assert_eq!(free(&world).await, ["a.lic", "b.lic", "readme <b>.txt"]);
    // A text beside them: both sorts are sold.
    world.say(SELLER, "TEXT-1").await;
    assert_eq!(world.stock("licence").await, 4);
    world.say(ANN, "/start p_licence").await;
    for _ in 0..3 {
        world.tap(ANN, "+").await;
    }
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let goods = world.sees(ANN, "TEXT-1").await;
    assert!(has(&goods, "3 files come below"), "{}", text_of(&goods));
    let bought = [("a.lic", &files[0].1), ("b.lic", &files[1].1), ("readme <b>.txt", &files[2].1)];
    let bought: Vec<(String, Vec<u8>)> = bought.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    assert_eq!(documents(&world, ANN), bought);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    // Once more, when asked for.
    world.say(ANN, "/orders").await;
    let order = world.order_of(ANN).await.id;
    world.tap(ANN, &format!("#{order}")).await;
    world.tap(ANN, "Send goods again").await;
    assert_eq!(documents(&world, ANN), [bought.clone(), bought].concat());
    world.end().await;
}

#[tokio::test]
async fn single_files_add_up_and_the_same_one_is_told_of() {
    let world = world().await;
    for (name, bytes) in [("one.pdf", b"%PDF 1".to_vec()), ("two.key", b"key 2".to_vec()), ("owl.png", crate::world::picture())] {
        world.upload(SELLER, name, bytes, false).await;
        assert_shown(&world, "1 added");
    }
    assert_eq!(free(&world).await, ["one.pdf", "two.key", "owl.png"]);
    world.upload(SELLER, "again.pdf", b"%PDF 1".to_vec(), false).await;
    assert_shown(&world, "0 added");
    assert_shown(&world, "had the same already: again.pdf");
    world.upload(SELLER, "more.zip", packed(&[("x.lic", b"x"), ("y.lic", b"x"), ("z.lic", b"key 2")]), false).await;
    assert_shown(&world, "1 added");
    assert_shown(&world, "had the same already: y.lic, z.lic");
    // A text that reads like a file is another unit.
    world.say(SELLER, "key 2").await;
    assert_shown(&world, "1 added");
    assert_eq!(world.stock("licence").await, 5);
    // A photo has lost what it was.
    world.upload(SELLER, "owl.png", crate::world::picture(), true).await;
    assert_shown(&world, "A photo loses quality and its name");
    assert_eq!(world.stock("licence").await, 5);
    world.end().await;
}

#[tokio::test]
async fn documents_that_were_sent_together_are_answered_once_with_what_became_of_all_of_them() {
    let mut world = world().await;
    let before = world.messages(SELLER).len();
    let inner = packed(&[("inner.7z", b"x")]);
    let album: [(&str, &[u8]); 5] =
        [("a.lic", b"A"), ("keys.txt", b"K-1\nK-2\nK-1"), ("b.lic", b"A"), ("bad.txt", b"\xff\x00"), ("more.zip", &inner)];
    world.upload_together(SELLER, "album-1", &album).await;
    for said in [
        "3 added, 1 was there already and was left out",
        "had the same already: b.lic",
        "📎 bad.txt\n⚠️ That file is no text",
        "📎 more.zip\n⚠️ Some files in that .zip stay closed to me",
        "🗜 inner.7z",
        "In stock now: 3",
    ] {
        assert_shown(&world, said);
    }
    // One answer, and the two documents that could not be used.
    assert_eq!(world.messages(SELLER).len(), before + 3, "{}", world.transcript(SELLER));

    // Another album is another answer, which goes on after the program was started anew.
    world.upload_together(SELLER, "album-2", &[("c.lic", b"C"), ("d.lic", b"D")]).await;
    assert_shown(&world, "2 added");
    world.restart().await;
    world.upload_together(SELLER, "album-2", &[("e.lic", b"E")]).await;
    assert_shown(&world, "3 added");
    assert_eq!(world.count(SELLER, "3 added") + world.count(SELLER, "2 added"), 2, "{}", world.transcript(SELLER));
    assert_eq!(world.messages(SELLER).len(), before + 4);
    // One that comes alone is answered for itself.
    world.upload(SELLER, "f.lic", b"F".to_vec(), false).await;
    assert_shown(&world, "1 added");
    world.end().await;
}

#[tokio::test]
async fn a_document_of_an_album_that_is_read_again_after_a_crash_counts_once() {
    let mut world = world().await;
    let before = world.messages(SELLER).len();
    world.hang(&["editMessageText"]);
    for (name, bytes) in [("a.lic", b"A"), ("b.lic", b"B")] {
        let file =
            Some(kiosk::sandbox::telegram::Picture { as_photo: false, name: name.to_owned(), mime: None, bytes: bytes.to_vec().into() });
        let saying = kiosk::sandbox::telegram::Saying { file, album: Some("album".to_owned()), ..Default::default() };
        world.sandbox.telegram.send(SELLER, saying).unwrap();
    }
    world.holds("the first document to be in", async || world.stock("licence").await > 0).await;
    world.crash().await;
    world.faults(Faults::default());
    world.settled().await;
    assert_shown(&world, "2 added");
    assert_eq!((world.stock("licence").await, world.messages(SELLER).len()), (2, before + 1), "{}", world.transcript(SELLER));
    world.end().await;
}

#[tokio::test]
async fn an_archive_goes_in_as_a_whole_or_not_at_all_and_says_why() {
    let world = world().await;
    let refused = async |bytes: Vec<u8>, said: &[&str]| {
        world.upload(SELLER, "licences.zip", bytes, false).await;
        for said in said.iter().chain(&["Nothing was added", "Please"]) {
            assert_shown(&world, said);
        }
    };
    refused(packed(&[("a.lic", b"A"), ("b.lic", b""), ("deep/c.lic", b"")]), &["b.lic is empty", "deep/c.lic is empty"]).await;
    refused(packed(&[("a.lic", b"A"), ("inner.zip", &packed(&[("b.lic", b"B")]))]), &["inner.zip is an archive inside"]).await;
    refused(packed(&[]), &["no files in that .zip"]).await;
    refused(b"A-1\nB-2".to_vec(), &["no .zip, or a damaged one"]).await;
    let names: Vec<String> = (0..1_001).map(|number| format!("{number}.lic")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    refused(packed(&many), &["1001 files in that .zip; at most 1000"]).await;
    // Twenty megabytes of nothing, packed into a few thousand bytes.
    refused(packed(&[("a.lic", b"A"), ("zeros.bin", &vec![0; 20 * 1024 * 1024])]), &["packed more densely than files are"]).await;
    // The bit that says that a file needs a password, in both of its headers.
    let mut locked = packed(&[("secret.lic", b"A")]);
    let central = locked.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[central + 8] |= 1;
    refused(locked, &["secret.lic has a password"]).await;
    // All that must be put right is told at once, as far as it can be read.
    let names: Vec<String> = (1..=13).map(|number| format!("inner{number}.zip")).collect();
    let nested: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"PK"[..])).collect();
    refused(packed(&nested), &["inner1.zip is an archive inside", "inner10.zip is an archive inside", "… and 3 more"]).await;
    assert!(!world.shown(SELLER).contains("inner11.zip"));
    world.upload(SELLER, "nothing.pdf", Vec::from(*b"x"), false).await;
    assert_eq!(free(&world).await, ["nothing.pdf"], "nothing of all these archives is there");
    world.upload(SELLER, "thousand.zip", packed(&many[..1_000]), false).await;
    assert_shown(&world, "1000 added");
    world.end().await;
}

#[tokio::test]
async fn files_arrive_once_each_when_the_second_is_refused_and_the_program_starts_anew() {
    let mut world = world().await;
    world.upload(SELLER, "licences.zip", packed(&[("a.lic", b"A"), ("b.lic", b"B"), ("c.lic", b"C")]), false).await;
    world.say(ANN, "/start p_licence").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    // The card and the first file go through.
    let trouble =
        CallFaults { methods: vec!["editMessageMedia".to_owned()], status: Some(500), skip: 2, times: Some(3), ..CallFaults::default() };
    let trouble = Faults { telegram: trouble, ..Faults::default() };
    world.faults(trouble);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "come below").await;
    assert!(documents(&world, ANN).len() < 3, "one is missing");
    world.restart().await;
    world.wait(60).await;
    let names: Vec<String> = documents(&world, ANN).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.lic", "b.lic", "c.lic"]);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn a_file_is_sealed_goes_into_the_catalog_file_and_back_and_survives_a_new_key() {
    let mut world = world().await;
    let files: [(&str, &[u8]); 2] = [("same.lic", b"SECRET-BYTES-ONE"), ("other/same.lic", b"SECRET-BYTES-TWO")];
    world.upload(SELLER, "licences.zip", packed(&files), false).await;
    world.say(SELLER, "SECRET-TEXT\nlines").await;
    let folder = tempfile::tempdir().unwrap();
    let done = catalog_file::export(&world.shop().store, &folder.path().join("shop.yaml")).await.unwrap();
    assert_eq!((done.stock, done.files), (4, 2));
    world.stop().await;
    for entry in std::fs::read_dir(world.data_dir()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in ["SECRET-BYTES", "same.lic", "SECRET-TEXT"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} stands in the database");
        }
    }
    let place = Place::Sqlite(world.data_dir().join("kiosk.db"));
    Store::rotate_key(&place, world.data_dir(), None, None).await.unwrap();
    world.start_again().await;
    assert_eq!(contents(&world.shop().store).await, ["SECRET-BYTES-ONE", "SECRET-BYTES-TWO", "SECRET-TEXT", "lines"]);
    world.upload(SELLER, "again.lic", b"SECRET-BYTES-ONE".to_vec(), false).await;
    assert_shown(&world, "had the same already");
    // Another shop opens with the file.
    let data = tempfile::tempdir().unwrap();
    let other = Store::open(&Place::Sqlite(data.path().join("kiosk.db")), data.path(), None).await.unwrap();
    let done = catalog_file::import_file(&other, &folder.path().join("shop.yaml"), 0).await.unwrap();
    assert_eq!(done.plan.counts().stock_added, 4);
    let done = catalog_file::import_file(&other, &folder.path().join("shop.yaml"), 0).await.unwrap();
    assert_eq!((done.plan.counts().stock_added, done.plan.stock_known), (0, 4));
    let mut there = contents(&other).await;
    there.sort();
    assert_eq!(there, ["SECRET-BYTES-ONE", "SECRET-BYTES-TWO", "SECRET-TEXT", "lines"]);
    let names = other.read().await.unwrap().unsold_units(&licence(), None).await.unwrap();
    assert_eq!(names.iter().filter(|name| *name == "same.lic").count(), 2);
    world.end().await;
}

/// What is in the units that are not sold: the bytes of files, the words of texts.
async fn contents(store: &Store) -> Vec<String> {
    let mut conn = store.read().await.unwrap();
    let mut contents = Vec::new();
    for unit in conn.unsold_goods(&licence(), None).await.unwrap() {
        contents.push(match &unit.blob {
            Some(blob) => String::from_utf8(conn.blob(blob).await.unwrap().unwrap().1).unwrap(),
            None => unit.content,
        });
    }
    contents
}

#[tokio::test]
async fn an_export_names_files_and_nobody_else_gets_them() {
    let world = world().await;
    world.upload(SELLER, "licences.zip", packed(&[("a.lic", b"A"), ("b.lic", b"B")]), false).await;
    for user in [ANN, BEN] {
        let invoice = world.order(user, "licence").await;
        world.pay(&invoice.uuid, Payment::Exact).await;
    }
    let of = |user| documents(&world, user).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!((of(ANN), of(BEN)), (vec!["a.lic".to_owned()], vec!["b.lic".to_owned()]));
    let mut conn = world.shop().store.read().await.unwrap();
    let units = conn.unit_records(("", i64::MIN, ""), 10).await.unwrap();
    assert_eq!(units.iter().map(|unit| unit.content.as_str()).collect::<Vec<_>>(), ["a.lic", "b.lic"]);
    drop(conn);
    world.end().await;
}
