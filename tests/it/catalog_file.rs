//! The catalog as a file: all or nothing, every problem by its line, and an export that changes nothing when it comes back.

use std::path::Path;
use std::process::Command;

use kiosk::domain::customer::CustomerId;
use kiosk::domain::goods::{Invite, Webhook};
use kiosk::domain::language::Localized;
use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::option::{OptionId, ProductOption, VolumePrice};
use kiosk::domain::product::{Category, CategoryId, Kind, Product, ProductFile, ProductId, ProductState, Question, QuestionKind};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::demo_shop;
use kiosk::shop::catalog_file::{self, Error, Imported, export, import_file, plan_file};
use kiosk::shop::webhook::new_secret;
use kiosk::store::{Place, ShopSettings, Store};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::world::{ANN, BEN, CATALOG, World};

const SHOP: &str = r#"shop: { name: { en: Night Owl Store }, currency: USD, support: "@owner" }
categories:
  - { id: keys, name: { en: Licence keys, ru: Ключи } }
products:
  - id: editor-pro
    category: keys
    name: { en: Editor Pro, ru: Редактор Про }
    description: { en: One year, one computer. }
    price: "9.99"
    kind: keys            # keys | file | manual
    stock: [ "AAAA-1111", "BBBB-2222" ]
    picture: editor.png
  - { id: handbook, category: keys, name: { en: Handbook }, price: "4", kind: file, text: { en: "https://example.com/handbook" }, files: [ handbook.pdf ] }
  - { id: mug, category: keys, name: { en: Mug }, price: "12.50", kind: manual, quantity: { max: 5 }, ask: [ { id: address, kind: address, label: { en: Where to send it? } } ] }
"#;

/// When it happens, unix seconds UTC.
const NOW: i64 = 1_780_315_200;

async fn store(folder: &Path) -> Store {
    Store::open(&Place::Sqlite(folder.join("kiosk.db")), folder, None).await.unwrap()
}

/// A folder with a catalog and what it names.
fn catalog(yaml: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.yaml"), yaml).unwrap();
    std::fs::write(folder.path().join("editor.png"), png(640, 400)).unwrap();
    std::fs::write(folder.path().join("handbook.pdf"), "%PDF-1.4").unwrap();
    folder
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
}

async fn import(store: &Store, folder: &TempDir) -> Result<Imported, String> {
    match import_file(store, &folder.path().join("shop.yaml"), NOW).await {
        Ok(done) => Ok(done.plan.counts()),
        Err(Error::Problems(problems)) => Err(problems.to_string()),
        Err(error) => panic!("{error}"),
    }
}

fn id(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

async fn product(store: &Store, name: &str) -> Product {
    store.read().await.unwrap().product(&id(name)).await.unwrap().unwrap()
}

/// Everything of a shop that a catalog file can say.
pub type Everything = (ShopSettings, Vec<Category>, Vec<(Product, Vec<String>)>);

pub async fn everything(store: &Store) -> Everything {
    let mut conn = store.read().await.unwrap();
    let mut products = Vec::new();
    for id in conn.product_ids().await.unwrap() {
        let product = conn.product(&id).await.unwrap().unwrap();
        let mut units = conn.unsold_units(&id, None).await.unwrap();
        for option in &product.options {
            let own = conn.unsold_units(&id, Some(&option.id)).await.unwrap();
            units.extend(own.into_iter().map(|unit| format!("{} {unit}", option.id)));
        }
        products.push((product, units));
    }
    (conn.shop().await.unwrap(), conn.categories().await.unwrap(), products)
}

#[tokio::test]
async fn a_catalog_opens_a_shop() {
    let (folder, data) = (catalog(SHOP), tempfile::tempdir().unwrap());
    let store = store(data.path()).await;
    let done = import(&store, &folder).await.unwrap();
    assert_eq!((done.categories.added, done.products.added, done.stock_added), (1, 3, 2));
    let mut conn = store.read().await.unwrap();
    let shop = conn.shop().await.unwrap();
    assert_eq!((shop.name.get("en"), shop.currency, shop.support.as_deref()), ("Night Owl Store", Currency::Usd, Some("@owner")));
    assert_eq!(conn.shelves().await.unwrap()[0].products, 3);
    drop(conn);
    let editor = product(&store, "editor-pro").await;
    assert_eq!(editor.description.get("en"), "One year, one computer.", "a comma without quotes is no end of a text");
    assert_eq!((editor.name.get("ru"), editor.price), ("Редактор Про", Fiat::new(999, Currency::Usd)));
    let picture = store.read().await.unwrap().blob(&editor.picture.unwrap()).await.unwrap().unwrap();
    assert_eq!(picture, ("image/png".to_owned(), png(640, 400)));
    let handbook = product(&store, "handbook").await;
    assert_eq!((handbook.text.get("en"), handbook.files[0].name.as_str()), ("https://example.com/handbook", "handbook.pdf"));
    let mug = product(&store, "mug").await;
    assert_eq!((mug.quantity_max, mug.questions[0].kind), (5, QuestionKind::Address));
    store.close().await;
}

#[tokio::test]
async fn importing_again_changes_what_differs_and_takes_nothing_away() {
    let (folder, data) = (catalog(SHOP), tempfile::tempdir().unwrap());
    let store = store(data.path()).await;
    import(&store, &folder).await.unwrap();
    let before = everything(&store).await;
    let again = import_file(&store, &folder.path().join("shop.yaml"), NOW).await.unwrap();
    assert!(again.plan.is_nothing());
    assert_eq!(everything(&store).await, before);

    let other = catalog(
        "products:\n  - { id: editor-pro, category: keys, name: Editor, price: 8, kind: keys, stock: [ BBBB-2222, 0012 ] }\n  - { id: tea, name: Tea, price: 3, kind: manual }\n",
    );
    let done = import(&store, &other).await.unwrap();
    assert_eq!((done.products.added, done.products.changed, done.stock_added, done.stock_known), (1, 1, 1, 1));
    assert!(!done.shop_changed);
    let (shop, categories, products) = everything(&store).await;
    assert_eq!((shop, categories), (before.0, before.1));
    assert_eq!(products.len(), 4, "what the file does not name stays");
    let (editor, stock) = &products[0];
    assert_eq!((editor.price.minor, editor.picture.as_ref()), (800, None));
    assert_eq!(stock, &["AAAA-1111", "BBBB-2222", "0012"], "stock is added, its zeros and all, and never taken away");
    store.close().await;
}

#[tokio::test]
async fn every_problem_is_named_by_its_line_and_nothing_is_written() {
    let yaml = r#"shop: { name: "", currency: DOGE, suport: "@owner", coins: [ NONSENSE ] }
categories:
  - { id: keys, name: Keys }
  - { id: keys, name: Again }
  - { id: "Big Id", name: { english: Keys } }
products:
  - id: a
    name: A
    desciption: x
    price: 1.999
    kind: keys
    category: nowhere
  - { id: a, name: B, price: 1, kind: kees }
  - id: c
    name: "a name that is longer than any button could ever show, whatever the telephone may be"
    price: -5
    kind: manual
    stock: [ X ]
    picture: missing.png
    quantity: { max: 1000 }
    ask:
      - { id: q, kind: choice, label: Which? }
      - { id: q, kind: dance, label: Which? }
  - { id: d, name: D, price: 1, kind: file }
  - { id: e, name: E, price: 1, kind: file, files: [ ../secret.pdf, /etc/passwd, handbook.pdf ], picture: handbook.pdf }
  - { id: f, price: 1, kind: keys, stock: [ " ", [ x ] ] }
  - just text
"#;
    let (folder, data) = (catalog(yaml), tempfile::tempdir().unwrap());
    let store = store(data.path()).await;
    let before = everything(&store).await;
    let report = import(&store, &folder).await.unwrap_err();
    for expected in [
        "1: shop has no \"suport\": did you mean support?",
        "1: prices cannot be in \"DOGE\"",
        "1: \"NONSENSE\" is no coin",
        "4: the id keys is taken by a category on line 3",
        "5: the id \"Big Id\"",
        "5: \"english\" is no language",
        "9: a product has no \"desciption\": did you mean description?",
        "10: the price \"1.999\" is more digits",
        "13: the id a is taken",
        "13: \"kees\" is no kind",
        "15: name has 84 characters",
        "16: the price \"-5\" is not a number",
        "18: the product c has stock",
        "19: missing.png is not there",
        "20: max is \"1000\"",
        "22: a question of kind choice has no choices",
        "23: the id q is taken by a question on line 22",
        "23: \"dance\" is no kind of question",
        "24: the product d gives its buyers nothing",
        "25: \"../secret.pdf\" must be the path",
        "25: \"/etc/passwd\" must be the path",
        "25: handbook.pdf is neither a PNG nor a JPEG",
        "26: the product f has no name",
        "26: a unit of stock is empty",
        "26: a unit of stock must be text",
        "27: a product must be a mapping",
    ] {
        assert!(report.lines().any(|line| line.starts_with(expected)), "{expected}\nis not in\n{report}");
    }
    let lines: Vec<usize> = report.lines().map(|line| line.split(':').next().unwrap().parse().unwrap()).collect();
    assert!(lines.is_sorted(), "{report}");
    assert_eq!(everything(&store).await, before);
    store.close().await;
}

#[tokio::test]
async fn what_does_not_fit_the_shop_is_refused_as_a_whole() {
    let (folder, data) = (catalog(SHOP), tempfile::tempdir().unwrap());
    let store = store(data.path()).await;
    import(&store, &folder).await.unwrap();
    let before = everything(&store).await;
    for (yaml, expected) in [
        ("products:\n  - { id: editor-pro, name: E, price: 1, kind: manual }", "2: the product editor-pro is of kind keys and has stock"),
        ("products:\n  - { id: new, name: E, price: 1, kind: manual, category: toys }", "2: there is no category toys"),
        ("shop:\n  currency: EUR\nproducts:\n  - { id: mug, name: M, price: 1, kind: manual }", "2: the shop would sell in EUR"),
        ("shop: { currency: JPY }\nproducts:\n  - { id: new, name: E, price: 1.5, kind: manual }", "3: the price \"1.5\""),
    ] {
        let report = import(&store, &catalog(yaml)).await.unwrap_err();
        assert!(report.lines().any(|line| line.starts_with(expected)), "{report}");
        assert_eq!(everything(&store).await, before);
    }
    store.close().await;
}

#[tokio::test]
async fn a_file_with_all_products_takes_the_shop_to_another_currency() {
    let (folder, data) = (catalog(SHOP), tempfile::tempdir().unwrap());
    let store = store(data.path()).await;
    import(&store, &folder).await.unwrap();
    let euros = import(&store, &catalog(&SHOP.replace("USD", "EUR"))).await.unwrap();
    assert_eq!((euros.products.changed, euros.shop_changed), (3, true));
    assert_eq!(product(&store, "mug").await.price, Fiat::new(1250, Currency::Eur));
    store.close().await;
}

#[tokio::test]
async fn a_shop_stays_in_the_currency_in_which_it_keeps_the_money_of_others() {
    let world = World::new().await;
    let euros = async || {
        let file = catalog_file::read_text(&CATALOG.replace("USD", "EUR"), &|_, _| Ok(png(640, 400))).unwrap();
        match catalog_file::import(&world.shop().store, file).await {
            Ok(done) => Ok(done.plan.counts().shop_changed),
            Err(Error::Problems(problems)) => Err(problems.to_string()),
            Err(error) => panic!("{error}"),
        }
    };
    // Ann has an address, and lets it go; her money may still come.
    world.order(ANN, "editor").await;
    for hours in [2, 60] {
        let said = euros().await.unwrap_err();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("1: the shop would sell in EUR, but orders in USD"), "{said}");
        world.advance(hours * 3_600).await;
    }
    world.advance(30 * 3_600).await;
    // Ben has credit, which he could neither see nor spend in a shop of euros.
    world.say(BEN, "/start").await;
    let dollars = |minor| Fiat::new(minor, Currency::Usd);
    world.shop().credit_by_hand(CustomerId(BEN), dollars(500), "sorry").await.unwrap();
    let said = euros().await.unwrap_err();
    assert!(said.starts_with("1: the shop would sell in EUR, but customers have credit in USD"), "{said}");
    world.shop().credit_by_hand(CustomerId(BEN), dollars(-500), "paid out").await.unwrap();
    // Somebody may pay once more to the address of an order that is paid and served.
    let invoice = world.order(BEN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let said = euros().await.unwrap_err();
    assert!(said.starts_with("1: the shop would sell in EUR, but orders in USD"), "{said}");
    world.advance(80 * 3_600).await;
    // An order that waits for the seller may become credit.
    let order = world.order_of(BEN).await.id;
    world.shop().goods_stuck(&order, "no way").await.unwrap();
    let said = euros().await.unwrap_err();
    assert!(said.starts_with("1: the shop would sell in EUR, but cases about orders in USD"), "{said}");
    let case = world.cases().await.remove(0);
    assert!(world.shop().close_case(&case.id, "sent by mail").await.unwrap());
    assert_eq!(euros().await, Ok(true));
    world.end().await;
}

#[tokio::test]
async fn units_of_an_only_option_stay_its_own() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    let file = |options: &str| catalog(&format!("products:\n  - {{ id: app, name: App, kind: keys, {options} }}"));
    let pro = "{ id: pro, name: Pro, price: 9, stock: [ PRO-1, PRO-2 ] }";
    import(&store, &file(&format!("options: [ {pro} ]"))).await.unwrap();
    let before = everything(&store).await;
    let others = "options: [ { id: basic, name: Basic, price: 3 }, { id: ultra, name: Ultra, price: 20 } ]";
    let said = import(&store, &file(others)).await.unwrap_err();
    assert_eq!(said, "2: the option pro of the product app has 2 units in stock: keep it in the file");
    assert_eq!(everything(&store).await, before);
    // Beside others it keeps them, and a product without options goes on with them.
    import(&store, &file(&format!("options: [ {{ id: basic, name: Basic, price: 3 }}, {pro} ]"))).await.unwrap();
    assert_eq!(everything(&store).await.2[0].1, ["pro PRO-1", "pro PRO-2"]);
    import(&store, &file(&format!("options: [ {pro} ]"))).await.unwrap();
    import(&store, &file("price: 9")).await.unwrap();
    assert_eq!(everything(&store).await.2[0].1, ["PRO-1", "PRO-2"]);
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_the_folder_is_not_followed() {
    let folder = catalog("products:\n  - { id: x, name: X, price: 1, kind: file, files: [ out.txt ] }");
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "hush").unwrap();
    std::os::unix::fs::symlink(secret.path(), folder.path().join("out.txt")).unwrap();
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    assert!(import(&store, &folder).await.unwrap_err().contains("leads out"));
    store.close().await;
}

#[test]
fn junk_in_a_catalog_file_is_one_problem_with_its_line() {
    for (bytes, expected) in [
        (b"shop: {}\nproducts:\n  - \xff".as_slice(), "3: this is not UTF-8"),
        (b"", "1: the file is empty"),
        (b"shop: [", "1: this is no YAML"),
        (b"a: &x [*x]", "1: "),
        (b"- x", "1: a catalog must be a mapping"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.yaml");
        std::fs::write(&path, bytes).unwrap();
        let error = catalog_file::read(&path).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_commands_need_no_key() {
    let (folder, data) = (catalog(SHOP), tempfile::tempdir().unwrap());
    let kiosk = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        let output = command.args(arguments).env_clear().env("KIOSK_DATA_DIR", data.path()).current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said, _) = kiosk(&["catalog", "import", "shop.yaml", "--dry-run"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("3 added") && said.contains("nothing was changed"), "{said}");
    assert!(said.contains("+ product mug: name.en Mug, price 12.50 USD, kind manual, category keys, ask"), "{said}");
    let (code, said, _) = kiosk(&["catalog", "import", "shop.yaml"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("3 added") && !said.contains("nothing was changed"), "what was a dry run did nothing: {said}");
    assert_eq!(kiosk(&["catalog", "export", "copy.yaml"]).0, Some(0));
    let (code, said, _) = kiosk(&["catalog", "import", "copy.yaml"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("3 as before"), "{said}");
    std::fs::write(folder.path().join("less.yaml"), "products:\n  - { id: mug, name: Mug, price: 9, kind: manual }\n").unwrap();
    let (_, said, _) = kiosk(&["catalog", "import", "less.yaml", "--dry-run"]);
    assert!(said.contains("~ product mug: category keys taken away, price 12.50 USD → 9.00 USD, quantity.max 5 → 100"), "{said}");
    assert!(said.contains("left alone  categories: 1, products: 2"), "{said}");
    let (_, said, _) = kiosk(&["check"]);
    assert!(!said.contains("record     empty"), "an import is written down: {said}");
    let (code, _, report) = kiosk(&["catalog", "export", "copy.yaml"]);
    assert!(code == Some(1) && report.contains("exists already"), "{report}");
    std::fs::write(folder.path().join("bad.yaml"), "products:\n  - { id: x }\n").unwrap();
    let (code, said, report) = kiosk(&["catalog", "import", "bad.yaml"]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(report.contains("  2: the product x has no price"), "{report}");
}

#[tokio::test]
async fn the_demo_shop_comes_back_from_its_export_as_it_was() {
    let (data, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = store(data.path()).await;
    demo_shop::fill(&store).await.unwrap();
    assert_there_and_back(&store, &out.path().join("shop.yaml")).await;
    store.close().await;
}

/// Positions counted anew from the order within each category, which is all that a reader of the catalog sees of them.
pub fn in_order((shop, mut categories, mut products): Everything) -> Everything {
    (1..).zip(&mut categories).for_each(|(position, category)| category.position = position);
    products.sort_by_key(|(product, _)| (product.category.clone().map(|id| id.to_string()), product.position, product.id.clone()));
    (1..).zip(&mut products).for_each(|(position, (product, _))| product.position = position);
    (shop, categories, products)
}

/// Exports, imports into the same shop, then into an empty one: neither differs from what was there.
async fn assert_there_and_back(shop: &Store, file: &Path) {
    let before = everything(shop).await;
    export(shop, file).await.unwrap();
    let planned = plan_file(&mut shop.read().await.unwrap(), file).await.unwrap();
    assert!(planned.is_nothing(), "{planned}");
    let again = import_file(shop, file, NOW).await.unwrap().plan;
    assert!(again.is_nothing(), "{again}");
    assert_eq!(everything(shop).await, before);
    let data = tempfile::tempdir().unwrap();
    let empty = store(data.path()).await;
    let planned = plan_file(&mut empty.read().await.unwrap(), file).await.unwrap();
    assert_eq!(import_file(&empty, file, NOW).await.unwrap().plan, planned, "what was told beforehand is what is done");
    assert_eq!(in_order(everything(&empty).await), in_order(before));
    empty.close().await;
}

/// Text as people and machines write it at their worst, but never blank.
fn nasty(chars_max: usize) -> impl Strategy<Value = String> {
    let words = prop_oneof![
        Just("no".to_owned()),
        Just("~".to_owned()),
        Just("0012".to_owned()),
        Just("- a: b #c".to_owned()),
        Just("a\n\n  b\t\r\n".to_owned()),
        Just("\u{feff}'\"\\{[&*!|>%@`".to_owned()),
        Just("👩‍👩‍👧 ключ".to_owned()),
        "(?s:[^\0]{1,60})",
    ];
    words
        .prop_filter("blank", |text| !text.trim().is_empty())
        .prop_map(move |text| text.chars().take(chars_max).collect::<String>())
        .prop_filter("blank", |text| !text.trim().is_empty())
}

fn localized(chars_max: usize) -> impl Strategy<Value = Localized> {
    vec((prop_oneof!["en", "ru", "no", "pt-br"], nasty(chars_max)), 1..3).prop_map(|pairs| pairs.into_iter().collect())
}

#[derive(Debug, Clone)]
struct Sample {
    product: Product,
    stock: Vec<String>,
    documents: Vec<(String, Vec<u8>)>,
}

fn sample() -> impl Strategy<Value = Sample> {
    let kind = proptest::sample::select(Kind::ALL.as_slice());
    let state =
        prop_oneof![Just(ProductState::Draft), Just(ProductState::OnSale), Just(ProductState::Hidden), Just(ProductState::Archived)];
    let documents = vec((nasty(40), vec(any::<u8>(), 1..9)), 0..3);
    let parts = (localized(60), localized(700), 1_i64..9_999_999, kind, state, 1_u32..=100, localized(900), vec(nasty(60), 0..4));
    let ways = (vec(localized(30), 0..4), vec(1_u32..40, 0..3), proptest::option::of(1_u32..=3_660), nasty(60));
    (parts, documents, vec(localized(100), 0..3), vec(nasty(60), 1..4), any::<bool>(), ways).prop_map(
        |((name, description, minor, kind, state, quantity_max, text, stock), documents, labels, mut choices, shelved, ways)| {
            let (options, steps, days, title) = ways;
            // Quantities that rise and prices that fall.
            let volume = |minor: i64| -> Vec<VolumePrice> {
                let mut volume = Vec::new();
                let (mut from, mut left) = (1, minor);
                for step in &steps {
                    (from, left) = (from + step, left / 2);
                    if left > 0 && from <= 100 {
                        volume.push(VolumePrice { from, minor: left });
                    }
                }
                volume
            };
            let option = |(number, name): (i64, Localized)| ProductOption {
                id: OptionId::parse(&format!("o{number}")).unwrap(),
                name,
                price: Fiat::new(minor + number, Currency::Usd),
                volume: volume(minor + number),
                days: days.filter(|_| kind == Kind::Invite),
            };
            let options: Vec<ProductOption> = (0..).zip(options).map(option).collect();
            choices.sort();
            choices.dedup();
            let question = |(number, label)| Question {
                id: format!("q{number}"),
                kind: if number == 0 { QuestionKind::Choice } else { QuestionKind::Phone },
                label,
                choices: if number == 0 { choices.clone() } else { Vec::new() },
            };
            let questions = labels.into_iter().enumerate().map(question).collect();
            let product = Product {
                id: id("x"),
                category: shelved.then(|| CategoryId::parse("c").unwrap()),
                position: 1,
                name,
                description,
                price: Fiat::new(minor, Currency::Usd),
                kind,
                state,
                quantity_max,
                picture: None,
                text: if kind == Kind::File { text } else { Localized::default() },
                files: Vec::new(),
                questions: if kind == Kind::Manual { questions } else { Vec::new() },
                invite: (kind == Kind::Invite).then_some(Invite { chat: -1_001_234, title, days }),
                webhook: (kind == Kind::Webhook)
                    .then(|| Webhook { url: "https://shop.example.com/goods?a=1".to_owned(), secret: new_secret() }),
                quantity_min: quantity_max.div_ceil(2),
                volume: if options.is_empty() { volume(minor) } else { Vec::new() },
                options,
            };
            Sample {
                product,
                stock: if kind == Kind::Keys { stock } else { Vec::new() },
                documents: if kind == Kind::File { documents } else { Vec::new() },
            }
        },
    )
}

async fn fill(store: &Store, shop: ShopSettings, samples: Vec<Sample>) {
    let write = store.write(move |tx| {
        Box::pin(async move {
            tx.set_shop(&shop).await?;
            let picture = Some(tx.put_blob("image/png", &png(200, 100)).await?);
            let (id_of_c, name) = (CategoryId::parse("c").unwrap(), Localized::plain("🔑 - c: {"));
            tx.put_category(&Category { id: id_of_c, name, position: 7, picture }).await?;
            for (number, mut sample) in (1_i64..).zip(samples) {
                // Spread and crossing positions, as years of work on a shop leave them.
                sample.product.id = id(&format!("p{number}"));
                sample.product.position = number * 3 % 7;
                sample.product.picture = Some(tx.put_blob("image/png", &png(100, 100)).await?);
                for (name, bytes) in sample.documents {
                    let blob = tx.put_blob("application/octet-stream", &bytes).await?;
                    sample.product.files.push(ProductFile { blob, name });
                }
                tx.put_product(&sample.product).await?;
                let option = sample.product.options.first().map(|option| &option.id);
                tx.add_stock_of(&sample.product.id, option, &sample.stock).await?;
            }
            Ok(())
        })
    });
    write.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_shop_comes_back_from_its_export_as_it_was(
        samples in vec(sample(), 0..5),
        (name, greeting, terms, support) in (localized(60), localized(900), localized(900), nasty(60)),
    ) {
        let shop = ShopSettings { name, greeting, terms, support: Some(support), ..ShopSettings::default() };
        tokio::runtime::Runtime::new().unwrap().block_on(async move {
            let (data, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let store = store(data.path()).await;
            fill(&store, shop, samples).await;
            assert_there_and_back(&store, &out.path().join("shop.yaml")).await;
            store.close().await;
        });
    }
}
