//! The catalog as a file in the chat: taken out, sent back, looked at before anything changes, and applied as a whole or not at all.

use std::io::{Cursor, Read as _, Write as _};

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::deed::DeedKind;
use kiosk::domain::product::{CategoryId, Product, ProductFile, ProductId, ProductState};
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::products::Change;
use kiosk::store::{AuditEntry, AuditOf, NOBODY};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::catalog_file::{everything, in_order};
use crate::world::{BEN, Options, SELLER, World, messages, picture, text_of};

/// Everything that a product can be.
const WIDE: &str = r#"shop: { name: { en: Night Owl Store, ar: متجر البومة }, currency: EUR, support: "@owner", coins: [ USDT_TRC20, BTC ], picture: front.png }
categories:
  - { id: keys, name: { en: Licence keys } }
  - { id: things, name: { en: "Things 🦉" }, picture: things.png }
products:
  - { id: editor, category: keys, name: { en: "Editor 👩‍👩‍👧", ar: "محرر‏ 1" }, price: "10", kind: keys, picture: editor.png, stock: [ EDIT-0001, EDIT-0002, "0012" ] }
  - { id: course, category: keys, name: { en: Course }, kind: keys, options: [
      { id: one, name: { en: One }, price: "5", stock: [ ONE-1 ] }, { id: team, name: { en: Team }, price: "20", volume: [ { from: 3, price: "18" } ], stock: [ TEAM-1, TEAM-2 ] } ] }
  - { id: handbook, category: things, name: { en: Handbook }, price: "4", kind: file, text: { en: "Read it." },
      files: [ handbook.pdf, { path: goods/1, name: book.zip } ] }
  - { id: mug, category: things, name: { en: Mug }, price: "12.50", kind: manual, state: hidden, quantity: { min: 2, max: 5 }, ask: [
      { id: colour, kind: choice, label: { en: Which colour? }, choices: [ Black, White ] } ] }
  - { id: api, name: { en: Api }, price: "3", kind: webhook, webhook: { url: "https://shop.example.com/goods" } }
"#;

const EMPTY: &str = "shop: { name: Empty, currency: USD }\n";

async fn shop_of(catalog: &str) -> World {
    World::with(Options { catalog: catalog.to_owned(), ..Options::default() }).await
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The newest document in somebody's chat: its name, its bytes, and what is said under it.
fn document(world: &World, user: i64) -> (String, Vec<u8>, String) {
    let of_bot = |message: &serde_json::Value| message["from"] == "bot" && message["document"]["file_id"].is_string();
    let found = messages(&world.sandbox, user).into_iter().rfind(of_bot);
    let found = found.unwrap_or_else(|| panic!("no document in the chat of {user}:\n{}", world.transcript(user)));
    let (bytes, _, name) = world.sandbox.telegram.file(found["document"]["file_id"].as_str().unwrap()).unwrap();
    (name.unwrap(), bytes.to_vec(), text_of(&found).to_owned())
}

/// From the panel to the page of the file.
async fn open(world: &World, user: i64) {
    world.say(user, "/admin").await;
    world.tap(user, "Products").await;
    world.tap(user, "📄 Catalog file").await;
}

async fn product(world: &World, id: &str) -> Option<Product> {
    world.shop().store.read().await.unwrap().product(&ProductId::parse(id).unwrap()).await.unwrap()
}

async fn imports(world: &World) -> Vec<AuditEntry> {
    let done = world.shop().store.read().await.unwrap().audit(&AuditOf::All, 0, 1_000).await.unwrap();
    done.into_iter().filter(|entry| entry.kind == DeedKind::CatalogImported).collect()
}

#[tokio::test]
async fn a_shop_goes_out_as_a_file_and_an_empty_one_becomes_the_same_by_it() {
    let full = shop_of(WIDE).await;
    open(&full, SELLER).await;
    full.tap(SELLER, "📤 Export").await;
    let (name, bytes, says) = document(&full, SELLER);
    assert_eq!(name, "catalog.zip");
    assert!(says.contains("unsold stock and your webhook secrets stand in this file as plain text"), "{says}");
    full.sees(SELLER, "products 5, units of stock 6, pictures and files 5").await;
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
    let mut yaml = String::new();
    zip.by_name("catalog.yaml").unwrap().read_to_string(&mut yaml).unwrap();
    assert!(yaml.contains("EDIT-0001") && yaml.contains("whsec_"), "{yaml}");

    let empty = shop_of(EMPTY).await;
    open(&empty, SELLER).await;
    empty.upload(SELLER, "catalog.zip", bytes.clone(), false).await;
    let plan = empty.shown(SELLER);
    assert!(plan.contains("Products: 5 new, 0 changed") && plan.contains("Stock: 6 units new"), "{plan}");
    assert!(plan.contains("Nothing is changed yet"), "{plan}");
    assert_eq!(everything(&empty.shop().store).await.2.len(), 0);
    empty.tap(SELLER, "✅ Apply").await;
    assert!(empty.shown(SELLER).contains("Done."), "{}", empty.shown(SELLER));
    assert_eq!(in_order(everything(&empty.shop().store).await), in_order(everything(&full.shop().store).await));
    assert_eq!(product(&empty, "editor").await.unwrap().name.get("ar"), "محرر‏ 1", "each mark is kept");

    // The same file once more changes nothing, and is not even asked about.
    open(&empty, SELLER).await;
    empty.upload(SELLER, "catalog.zip", bytes, false).await;
    assert!(empty.shown(SELLER).contains("as this file says already"), "{}", empty.shown(SELLER));
    let done = imports(&empty).await;
    assert_eq!((done.len(), done[0].who), (1, CustomerId(SELLER)));
    assert!(done[0].words.contains("products: 5 added") && !done[0].words.contains("EDIT-0001"), "{}", done[0].words);
    full.end().await;
    empty.end().await;
}

#[tokio::test]
async fn the_picture_above_the_greeting_is_part_of_the_catalog() {
    let world = shop_of(EMPTY).await;
    let send = async |name: &str, bytes: Vec<u8>| {
        open(&world, SELLER).await;
        world.upload(SELLER, name, bytes, false).await;
        world.shown(SELLER)
    };
    let yaml = "shop: { name: Empty, currency: USD, picture: front.png }\n";
    let said = send("catalog.yaml", yaml.as_bytes().to_vec()).await;
    assert!(said.contains("Line 1: front.png was not sent"), "{said}");
    let said = send("catalog.zip", zipped(&[("catalog.yaml", yaml.as_bytes()), ("front.png", b"no picture")])).await;
    assert!(said.contains("Line 1: front.png is neither a PNG nor a JPEG picture"), "{said}");
    let packed = zipped(&[("catalog.yaml", yaml.as_bytes()), ("front.png", &picture())]);
    let said = send("catalog.zip", packed.clone()).await;
    assert!(said.contains("~ shop: picture"), "{said}");
    world.say(BEN, "/start").await;
    assert!(world.newest(BEN)["photo"].is_null(), "nothing is changed yet");
    open(&world, SELLER).await;
    world.upload(SELLER, "catalog.zip", packed.clone(), false).await;
    world.tap(SELLER, "✅ Apply").await;
    world.say(BEN, "/start").await;
    assert!(world.newest(BEN)["photo"].is_object(), "{}", world.transcript(BEN));

    // It goes out, and is known when it comes back: with its bytes, by its name alone, and unsaid.
    open(&world, SELLER).await;
    world.tap(SELLER, "📤 Export").await;
    let (name, bytes, _) = document(&world, SELLER);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
    let mut sent = Vec::new();
    zip.by_name("catalog.files/shop.picture.png").unwrap().read_to_end(&mut sent).unwrap();
    assert_eq!((name.as_str(), sent), ("catalog.zip", picture()));
    for (name, bytes) in [("catalog.zip", bytes.clone()), ("a.yaml", yaml.as_bytes().to_vec()), ("b.yaml", EMPTY.as_bytes().to_vec())] {
        let said = send(name, bytes).await;
        assert!(said.contains("as this file says already"), "{name}: {said}");
    }
    let said = send("catalog.yaml", yaml.replace("front.png", "\"\"").into_bytes()).await;
    assert!(said.contains("~ shop: picture taken away"), "{said}");
    world.tap(SELLER, "✅ Apply").await;
    world.say(BEN, "/start").await;
    assert!(world.newest(BEN)["photo"].is_null(), "{}", world.transcript(BEN));
    world.end().await;
}

/// Nobody can read a secret anywhere else: it is told although the program dies before it has answered.
#[tokio::test]
async fn a_secret_that_an_import_made_is_told_once_whatever_happens() {
    let mut world = shop_of(EMPTY).await;
    let entry = |n: i32| {
        format!("  - {{ id: api{n}, name: Api {n}, price: 3, kind: webhook, webhook: {{ url: \"https://shop.example.com/{n}\" }} }}\n")
    };
    let yaml = (1..=25).map(entry).collect::<Vec<_>>().concat();
    open(&world, SELLER).await;
    world.upload(SELLER, "catalog.yaml", format!("products:\n{yaml}").into_bytes(), false).await;
    let (message, apply) = world.button(SELLER, "✅ Apply");
    world.hang(&["sendMessage", "editMessageText", "answerCallbackQuery"]);
    world.press(SELLER, message, &apply);
    world.holds("the catalog to be in the shop", async || product(&world, "api25").await.is_some()).await;
    world.crash().await;
    world.faults(Faults::default());
    world.settled().await;
    world.wait(60).await;
    for n in 1..=25 {
        let secret = product(&world, &format!("api{n}")).await.unwrap().webhook.unwrap().secret;
        assert_eq!(world.count(SELLER, &secret), 1, "{n}: {}", world.transcript(SELLER));
    }
    assert_eq!(imports(&world).await.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn nothing_changes_before_it_is_applied_and_what_the_file_does_not_name_stays() {
    let world = World::new().await;
    let before = everything(&world.shop().store).await;
    open(&world, SELLER).await;
    let yaml = r#"products:
  - { id: mug, category: things, name: { en: Big Mug, ru: Кружка }, price: "9", kind: manual, state: hidden }
  - { id: tea, name: Tea, price: "3", kind: keys, stock: [ TEA-1, TEA-2, TEA-1 ] }
"#;
    world.upload(SELLER, "my shop.yml", yaml.as_bytes().to_vec(), false).await;
    let plan = world.shown(SELLER);
    for told in [
        "Products: 1 new, 1 changed, 0 as they are",
        "Stock: 2 units new",
        "left as they are: categories 2, products 3",
        "~ product mug: name.en Mug → Big Mug, name.ru Кружка, price 12.50 USD → 9.00 USD, state on_sale → hidden",
        "+ product tea: name.en Tea, price 3.00 USD, kind keys, stock +2",
    ] {
        assert!(plan.contains(told), "{told}\n{plan}");
    }
    assert!(!plan.contains("TEA-1"), "goods are no part of it");
    world.tap(SELLER, "✖️ Discard").await;
    world.hears(SELLER, "Nothing was changed").await;
    assert_eq!(everything(&world.shop().store).await, before);
    assert!(imports(&world).await.is_empty());

    open(&world, SELLER).await;
    world.upload(SELLER, "my shop.yml", yaml.as_bytes().to_vec(), false).await;
    let (message, apply) = world.button(SELLER, "✅ Apply");
    world.tap(SELLER, "✅ Apply").await;
    let mug = product(&world, "mug").await.unwrap();
    assert_eq!((mug.name.get("en"), mug.price.minor, mug.state), ("Big Mug", 900, ProductState::Hidden));
    assert_eq!((world.stock("tea").await, world.stock("editor").await), (2, 14));
    // The button of then does nothing more.
    world.send_data(SELLER, message, apply["data"].as_str().unwrap()).await;
    assert_eq!((world.stock("tea").await, imports(&world).await.len()), (2, 1));
    world.end().await;
}

#[tokio::test]
async fn a_shop_that_changed_meanwhile_is_told_about_anew_and_a_restart_forgets_nothing() {
    let mut world = World::new().await;
    open(&world, SELLER).await;
    let yaml = "products:\n  - { id: mug, category: things, name: Mug, price: \"9\", kind: manual, quantity: { max: 5 } }\n";
    world.upload(SELLER, "catalog.yaml", yaml.as_bytes().to_vec(), false).await;
    assert!(world.shown(SELLER).contains("price 12.50 USD → 9.00 USD"));
    let id = ProductId::parse("mug").unwrap();
    world
        .shop()
        .change(&id, "en", Change::Price(kiosk::domain::money::Fiat::new(1100, kiosk::domain::money::Currency::Usd)))
        .await
        .unwrap();
    world.restart().await;
    world.tap(SELLER, "✅ Apply").await;
    let again = world.shown(SELLER);
    assert!(again.contains("has changed meanwhile") && again.contains("price 11.00 USD → 9.00 USD"), "{again}");
    assert_eq!(product(&world, "mug").await.unwrap().price.minor, 1100, "another plan is not carried out");
    world.restart().await;
    world.tap(SELLER, "✅ Apply").await;
    assert!(world.shown(SELLER).contains("Done."), "{}", world.shown(SELLER));
    assert_eq!(product(&world, "mug").await.unwrap().price.minor, 900);
    // Where it came to fit no more, that is said, and nothing is written.
    open(&world, SELLER).await;
    let yaml = "products:\n  - { id: tea, category: leaves, name: Tea, price: \"3\", kind: manual }\n";
    let with_category = format!("categories:\n  - {{ id: leaves, name: Leaves }}\n{yaml}");
    world.upload(SELLER, "a.yaml", with_category.into_bytes(), false).await;
    world.tap(SELLER, "✅ Apply").await;
    let yaml = yaml.replace("\"3\"", "\"4\"");
    open(&world, SELLER).await;
    world.upload(SELLER, "a.yaml", yaml.into_bytes(), false).await;
    world
        .shop()
        .write(|tx| {
            Box::pin(async move {
                let mut tea = tx.product(&ProductId::parse("tea").unwrap()).await?.unwrap();
                tea.category = None;
                tx.put_product(&tea).await?;
                tx.delete_category(&CategoryId::parse("leaves").unwrap()).await
            })
        })
        .await
        .unwrap();
    world.tap(SELLER, "✅ Apply").await;
    assert!(world.shown(SELLER).contains("Line 2: there is no category leaves"), "{}", world.shown(SELLER));
    assert_eq!(product(&world, "tea").await.unwrap().price.minor, 300);
    world.end().await;
}

#[tokio::test]
async fn what_is_wrong_is_answered_with_what_to_do_and_nothing_is_saved() {
    let world = World::new().await;
    let before = everything(&world.shop().store).await;
    open(&world, SELLER).await;
    let yaml = "products:\n  - { id: tea, name: Tea, price: 3, kind: file, text: x, picture: tea.png }\n";
    let bomb = vec![b' '; 8 * 1024 * 1024];
    let inner = zipped(&[("catalog.yaml", yaml.as_bytes())]);
    let long = format!("products:\n  - {{ id: tea, name: {}, price: 3, kind: manual }}\n", "n".repeat(10_000));
    let sent: [(&str, Vec<u8>, &str); 14] = [
        ("catalog.zip", zipped(&[("catalog.yaml", &bomb)]), "packed more tightly"),
        ("catalog.zip", zipped(&[("catalog.yaml", yaml.as_bytes()), ("inner.zip", &inner)]), "inner.zip is an archive inside"),
        ("catalog.zip", zipped(&[("readme.txt", b"x")]), "no catalog.yaml in this .zip"),
        ("catalog.zip", zipped(&[("a.yaml", yaml.as_bytes()), ("b.yml", yaml.as_bytes())]), "two catalogs in this .zip, a.yaml and b.yml"),
        ("catalog.zip", zipped(&[("catalog.yaml", yaml.as_bytes()), ("../tea.png", &picture())]), "../tea.png in this .zip leads out"),
        ("catalog.zip", zipped(&[("catalog.yaml", yaml.as_bytes())]), "Line 2: tea.png is not in the .zip"),
        ("catalog.zip", inner[..40].to_vec(), "cannot be opened"),
        ("catalog.yaml", yaml.as_bytes().to_vec(), "Line 2: tea.png was not sent"),
        ("catalog.yaml", yaml.replace("tea.png", "../tea.png").into_bytes(), "Line 2: \"../tea.png\" must be the path"),
        (
            "catalog.yaml",
            b"products:\n  - { id: tea, naem: Tea, price: 3, kind: manual }".to_vec(),
            "Line 2: a product has no \"naem\": did you mean name?",
        ),
        ("catalog.yaml", b"shop: {}\nproducts: [\n".to_vec(), "this is no YAML"),
        ("catalog.yaml", b"\xff\xfe\x00\x01\x02".to_vec(), "Line 1: this is not UTF-8"),
        ("catalog.yaml", long.into_bytes(), "Line 2: name has 10000 characters: at most 60 fit"),
        ("holiday.pdf", b"%PDF-1.4".to_vec(), "This is no catalog"),
    ];
    for (name, bytes, said) in sent {
        world.upload(SELLER, name, bytes, false).await;
        assert!(world.shown(SELLER).contains(said), "{name}: {said:?} is not in {}", world.shown(SELLER));
    }
    world.upload(SELLER, "catalog.png", picture(), true).await;
    assert!(world.shown(SELLER).contains("as a file"), "{}", world.shown(SELLER));
    world.say(SELLER, "products: []").await;
    assert!(world.shown(SELLER).contains("as a file"), "{}", world.shown(SELLER));
    // Too large by what Telegram tells: it is never fetched.
    let unreachable = CallFaults { methods: vec!["getFile".to_owned()], percent: 100, status: Some(400), ..CallFaults::default() };
    world.faults(Faults { telegram: unreachable, ..Faults::default() });
    world.upload(SELLER, "catalog.zip", vec![0; 49 * 1024 * 1024], false).await;
    assert!(world.shown(SELLER).contains("up to 20 MB"), "{}", world.shown(SELLER));
    world.upload(SELLER, "catalog.yaml", yaml.as_bytes().to_vec(), false).await;
    assert!(world.shown(SELLER).contains("could not be fetched"), "{}", world.shown(SELLER));
    world.faults(Faults::default());
    assert_eq!(everything(&world.shop().store).await, before);
    assert!(imports(&world).await.is_empty());
    // After all that the form still waits for the right one.
    world.upload(SELLER, "catalog.zip", zipped(&[("shop/catalog.yaml", yaml.as_bytes()), ("shop/tea.png", &picture())]), false).await;
    world.tap(SELLER, "✅ Apply").await;
    assert!(product(&world, "tea").await.unwrap().picture.is_some());
    world.end().await;
}

#[tokio::test]
async fn many_problems_and_many_changes_come_as_documents() {
    let world = World::new().await;
    open(&world, SELLER).await;
    let many = |kind: &str| {
        let products = (1..=40).map(|n| format!("  - {{ id: p{n}, name: P{n}, price: 1, kind: {kind} }}\n"));
        format!("products:\n{}", products.collect::<String>()).into_bytes()
    };
    world.upload(SELLER, "catalog.yaml", many("kees"), false).await;
    let said = world.shown(SELLER);
    assert!(said.contains("40 problems") && said.contains("Line 11: ") && !said.contains("Line 12: "), "{said}");
    assert!(said.contains("and 30 more"), "{said}");
    let (name, bytes, _) = document(&world, SELLER);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!((name.as_str(), text.lines().count()), ("problems.txt", 40));
    assert!(text.ends_with("41: \"kees\" is no kind: write keys, file, manual, invite or webhook\n"), "{text}");

    world.upload(SELLER, "catalog.yaml", many("manual"), false).await;
    let said = world.shown(SELLER);
    assert!(said.contains("Products: 40 new") && said.contains("and 28 lines more"), "{said}");
    let (name, bytes, _) = document(&world, SELLER);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(name, "changes.txt");
    assert!(text.contains("+ product p40: name.en P40, price 1.00 USD, kind manual"), "{text}");
    world.tap(SELLER, "✅ Apply").await;
    assert_eq!(everything(&world.shop().store).await.2.len(), 44);
    world.end().await;
}

#[tokio::test]
async fn without_stock_and_secrets_nothing_is_lost_when_it_comes_back() {
    let world = shop_of(WIDE).await;
    let before = everything(&world.shop().store).await;
    open(&world, SELLER).await;
    world.tap(SELLER, "📤 Without stock").await;
    let (_, bytes, says) = document(&world, SELLER);
    assert!(says.contains("Without stock and secrets") && says.contains("stay as they are"), "{says}");
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
    let mut yaml = String::new();
    zip.by_name("catalog.yaml").unwrap().read_to_string(&mut yaml).unwrap();
    for secret in ["EDIT-0001", "ONE-1", "TEAM-1", "whsec_"] {
        assert!(!yaml.contains(secret), "{secret} is in it");
    }
    world.upload(SELLER, "catalog.zip", bytes.clone(), false).await;
    assert!(world.shown(SELLER).contains("as this file says already"), "{}", world.shown(SELLER));
    assert_eq!(everything(&world.shop().store).await, before);

    // The catalog alone: pictures and files stay, and the plan says so.
    open(&world, SELLER).await;
    world.upload(SELLER, "catalog.yaml", yaml.replace("\"12.50\"", "\"13.50\"").into_bytes(), false).await;
    let plan = world.shown(SELLER);
    assert!(plan.contains("5 pictures and files are named and were not sent") && plan.contains("12.50 EUR → 13.50 EUR"), "{plan}");
    world.tap(SELLER, "✅ Apply").await;
    let (editor, handbook) = (product(&world, "editor").await.unwrap(), product(&world, "handbook").await.unwrap());
    assert!(editor.picture.is_some() && handbook.files.len() == 2);
    assert_eq!(product(&world, "mug").await.unwrap().price.minor, 1350);

    // Into another shop: its new product gets a secret of its own, which is told.
    let other = shop_of(EMPTY).await;
    open(&other, SELLER).await;
    other.upload(SELLER, "catalog.zip", bytes, false).await;
    assert!(other.shown(SELLER).contains("a new webhook secret is made"), "{}", other.shown(SELLER));
    other.tap(SELLER, "✅ Apply").await;
    let secret = product(&other, "api").await.unwrap().webhook.unwrap().secret;
    other.sees(SELLER, &secret).await;
    assert!(!imports(&other).await[0].words.contains(&secret));
    world.end().await;
    other.end().await;
}

#[tokio::test]
async fn a_manager_imports_products_but_has_no_goods_and_changes_no_settings() {
    let world = World::new().await;
    world.appoint(BEN, Role::Manager).await;
    open(&world, BEN).await;
    let page = world.transcript(BEN);
    assert!(!page.contains("[📤 Export]") && page.contains("[📤 Without stock and secrets]"), "{page}");
    let newest = crate::world::id_of(&world.newest(BEN));
    world.send_data(BEN, newest, "xe:y").await;
    world.hears(BEN, "does not include that").await;
    world.tap(BEN, "📤 Without stock").await;
    let (_, bytes, _) = document(&world, BEN);
    world.upload(BEN, "catalog.zip", bytes, false).await;
    assert!(world.shown(BEN).contains("as this file says already"), "what stays as it is may stand in it: {}", world.shown(BEN));
    open(&world, BEN).await;
    let yaml = "shop: { coins: [ BTC ] }\nproducts:\n  - { id: tea, name: Tea, price: 3, kind: manual }\n";
    world.upload(BEN, "catalog.yaml", yaml.as_bytes().to_vec(), false).await;
    assert!(world.shown(BEN).contains("which only an owner does"), "{}", world.shown(BEN));
    let yaml = yaml.split_once('\n').unwrap().1;
    world.upload(BEN, "catalog.yaml", yaml.as_bytes().to_vec(), false).await;
    world.tap(BEN, "✅ Apply").await;
    assert!(product(&world, "tea").await.is_some());
    let done = imports(&world).await;
    assert_eq!((done.len(), done[0].who), (1, CustomerId(BEN)));
    // Whose role went between the file and the button applies nothing.
    open(&world, BEN).await;
    world.upload(BEN, "catalog.yaml", yaml.replace("price: 3", "price: 4").into_bytes(), false).await;
    world.appoint(BEN, Role::Support).await;
    let (message, apply) = (crate::world::id_of(&world.newest(BEN)), "xa:0123456789abcdef");
    world.send_data(BEN, message, apply).await;
    assert_eq!(product(&world, "tea").await.unwrap().price.minor, 300);
    assert!(done.iter().all(|entry| entry.who != NOBODY));
    world.end().await;
}

#[tokio::test]
async fn what_is_larger_than_a_bot_may_send_is_told_and_what_it_cannot_take_back_too() {
    let world = World::new().await;
    let give = async |megabytes: usize| {
        let bytes = vec![7; megabytes * 1024 * 1024];
        let write = world.shop().write(move |tx| {
            Box::pin(async move {
                let mut handbook = tx.product(&ProductId::parse("handbook").unwrap()).await?.unwrap();
                let blob = tx.put_blob("application/octet-stream", &bytes).await?;
                handbook.files = vec![ProductFile { blob, name: "film.bin".to_owned() }];
                tx.put_product(&handbook).await
            })
        });
        write.await.unwrap();
    };
    give(21).await;
    open(&world, SELLER).await;
    world.tap(SELLER, "📤 Without stock").await;
    world.sees(SELLER, "larger than 20 MB, so I cannot take it back here").await;
    let (name, bytes, _) = document(&world, SELLER);
    assert!(name == "catalog.zip" && bytes.len() > 21 * 1024 * 1024);
    give(51).await;
    open(&world, SELLER).await;
    world.tap(SELLER, "📤 Without stock").await;
    world.sees(SELLER, "larger than 50 MB, and I can send no more").await;
    world.end().await;
}

#[tokio::test]
async fn a_category_has_a_picture_that_buyers_see_above_its_products() {
    let world = World::new().await;
    let is_picture = |user: i64| world.newest(user)["photo"]["file_id"].is_string();
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Categories").await;
    world.tap(SELLER, "Things").await;
    world.tap(SELLER, "🖼 Picture").await;
    world.say(SELLER, "a nice one").await;
    assert!(world.shown(SELLER).contains("That is no picture"), "{}", world.shown(SELLER));
    world.upload(SELLER, "notes.txt", b"no picture".to_vec(), false).await;
    assert!(world.shown(SELLER).contains("no picture that Telegram can show"), "{}", world.shown(SELLER));
    world.upload(SELLER, "things.png", picture(), true).await;
    assert!(is_picture(SELLER) && world.shown(SELLER).contains("Things"), "{}", world.transcript(SELLER));

    world.say(BEN, "/start").await;
    world.tap(BEN, "Things").await;
    assert!(is_picture(BEN) && world.shown(BEN).contains("Things"), "{}", world.transcript(BEN));
    world.tap(BEN, "Back").await;
    world.tap(BEN, "Licence keys").await;
    assert!(!is_picture(BEN), "the other one has none");

    // It is in the file, and a file without it takes it away: the plan says so first.
    open(&world, SELLER).await;
    world.tap(SELLER, "📤 Without stock").await;
    let (_, bytes, _) = document(&world, SELLER);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
    let mut kept = Vec::new();
    zip.by_name("catalog.files/category.things.png").unwrap().read_to_end(&mut kept).unwrap();
    assert_eq!(kept, picture());
    world.upload(SELLER, "a.yaml", b"categories:\n  - { id: things, name: Things }\n".to_vec(), false).await;
    let plan = world.shown(SELLER);
    assert!(plan.contains("~ category things: picture taken away") && plan.contains("categories 1, products 4"), "{plan}");
    world.tap(SELLER, "✖️ Discard").await;
    let yaml = b"categories:\n  - { id: things, name: Things, picture: new.png }\n";
    open(&world, SELLER).await;
    world.upload(SELLER, "a.zip", zipped(&[("a.yaml", yaml), ("new.png", &crate::catalog_file::png(640, 400))]), false).await;
    assert!(world.shown(SELLER).contains("~ category things: picture"), "{}", world.shown(SELLER));
    world.tap(SELLER, "✅ Apply").await;
    let changed = world.shop().store.read().await.unwrap().categories().await.unwrap()[1].picture.clone();
    assert!(changed.is_some() && changed != Some(kiosk::store::blob_id(&picture())));

    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Categories").await;
    world.tap(SELLER, "Things").await;
    world.tap(SELLER, "🖼 Picture").await;
    world.tap(SELLER, "🗑 Remove").await;
    assert!(!is_picture(SELLER), "{}", world.transcript(SELLER));
    world.say(BEN, "/start").await;
    world.tap(BEN, "Things").await;
    assert!(!is_picture(BEN), "{}", world.transcript(BEN));
    world.end().await;
}

#[tokio::test]
async fn two_files_of_one_name_stay_two_when_the_catalog_comes_without_them() {
    let world = shop_of(EMPTY).await;
    let catalog =
        |files: &str, price: &str| format!("products:\n  - {{ id: book, name: Book, price: {price}, kind: file, files: [{files}] }}\n");
    let both = "{ path: 1/book.pdf, name: book.pdf }, { path: 2/book.pdf, name: book.pdf }";
    let send = async |name: &str, bytes: Vec<u8>| {
        open(&world, SELLER).await;
        world.upload(SELLER, name, bytes, false).await;
        world.shown(SELLER)
    };
    let files = async || product(&world, "book").await.unwrap().files.into_iter().map(|file| file.blob).collect::<Vec<_>>();
    let packed = zipped(&[("a.yaml", catalog(both, "5.00").as_bytes()), ("1/book.pdf", b"first"), ("2/book.pdf", b"second")]);
    send("a.zip", packed).await;
    world.tap(SELLER, "✅ Apply").await;
    let two = [kiosk::store::blob_id(b"first"), kiosk::store::blob_id(b"second")];
    assert_eq!(files().await, two);

    let said = send("a.yaml", catalog(both, "6.00").into_bytes()).await;
    assert!(said.contains("~ product book: price 5.00 USD → 6.00 USD\n") && !said.contains("book.pdf"), "{said}");
    world.tap(SELLER, "✅ Apply").await;
    assert_eq!(files().await, two);

    let third = format!("{both}, {{ path: 3/book.pdf, name: book.pdf }}");
    let said = send("a.yaml", catalog(&third, "6.00").into_bytes()).await;
    assert!(said.contains("3/book.pdf was not sent"), "{said}");
    world.end().await;
}
