//! What a product can be: sold in several ways, cheaper in numbers, written in several languages, in its place, in its category.

use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::option::OptionId;
use kiosk::domain::order::OrderState;
use kiosk::domain::product::{Kind, Product, ProductId, ProductState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::telegram::Place;
use kiosk::shop::catalog_file;
use serde_json::Value;

use crate::world::{ANN, BEN, CATALOG, Options, SELLER, World, buttons, picture, text_of};

const OWLS: i64 = -1_001_000_000_007;

async fn shop() -> World {
    let catalog = format!(
        "{CATALOG}  - {{ id: tiles, category: keys, name: {{ en: Tiles }}, kind: keys, quantity: {{ max: 10 }}, options: [
      {{ id: month, name: {{ en: 1 month }}, price: \"3\", stock: [ MONTH-1, MONTH-2 ] }},
      {{ id: year, name: {{ en: 1 year }}, price: \"24\", volume: [ {{ from: 3, price: \"20\" }} ], stock: [ YEAR-1, YEAR-2, YEAR-3, YEAR-4 ] }} ] }}
  - {{ id: pens, category: things, name: {{ en: Pens }}, price: \"2\", kind: manual, quantity: {{ min: 3, max: 20 }}, volume: [
      {{ from: 5, price: \"1.50\" }}, {{ from: 10, price: \"1\" }} ] }}
  - {{ id: owls, name: {{ en: Owls }}, kind: invite, invite: {{ chat: {OWLS}, title: Owls }}, options: [
      {{ id: week, name: {{ en: A week }}, price: \"2\", days: 7 }}, {{ id: ever, name: {{ en: For good }}, price: \"40\" }} ] }}\n"
    );
    let world = World::with(Options { catalog, ..Options::default() }).await;
    world.sandbox.telegram.put_place(OWLS, Place::channel("Owls", SELLER));
    world
}

async fn product(world: &World, id: &str) -> Product {
    world.shop().any_product(&ProductId::parse(id).unwrap()).await.unwrap().unwrap().product
}

async fn named(world: &World, name: &str) -> Option<Product> {
    let mut conn = world.shop().store.read().await.unwrap();
    for id in conn.product_ids().await.unwrap() {
        let product = conn.product(&id).await.unwrap().unwrap();
        if product.name.get("en") == name {
            return Some(product);
        }
    }
    None
}

async fn free(world: &World, id: &str, option: &str) -> i64 {
    let (id, option) = (ProductId::parse(id).unwrap(), OptionId::parse(option).unwrap());
    world.shop().store.read().await.unwrap().free_stock_of(&id, Some(&option)).await.unwrap()
}

fn labels(message: &Value) -> Vec<String> {
    buttons(message).iter().map(|button| button["text"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn shows(world: &World, user: i64, what: &str) {
    let shown = text_of(&world.newest(user)).to_owned();
    assert!(shown.contains(what), "{what:?} is not in {shown:?}\n{}", world.transcript(user));
}

#[tokio::test]
async fn a_buyer_chooses_an_option_before_how_many_and_gets_its_units_at_its_price() {
    let world = shop().await;
    world.say(ANN, "/start").await;
    world.tap(ANN, "Licence keys (").await;
    world.tap(ANN, "Tiles · from 3.00 USD").await;
    shows(&world, ANN, "from 3.00 USD");
    let choices = labels(&world.newest(ANN));
    assert!(!choices.iter().any(|label| label.contains("Buy")), "nothing is bought before it is chosen: {choices:?}");
    world.tap(ANN, "1 year").await;
    shows(&world, ANN, "from 3: 20.00 USD each");
    assert!(labels(&world.newest(ANN)).iter().any(|label| label.starts_with("✅ 1 year")));
    world.tap(ANN, "+").await;
    shows(&world, ANN, "24.00 USD × 2 = 48.00 USD");
    world.tap(ANN, "+").await;
    shows(&world, ANN, "20.00 USD × 3 = 60.00 USD");
    world.tap(ANN, "Buy · 60.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    assert_eq!((free(&world, "tiles", "year").await, free(&world, "tiles", "month").await), (1, 2));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "YEAR-3").await;
    assert_eq!(world.count(ANN, "MONTH"), 0);
    let order = world.order_of(ANN).await;
    assert_eq!((order.lines[0].name.as_str(), order.total.minor), ("Tiles · 1 year", 6_000));

    // The other way, and its end.
    world.say(ANN, "/start p_tiles").await;
    world.tap(ANN, "1 month").await;
    world.tap(ANN, "−").await;
    world.tap(ANN, "Buy with USDT").await;
    world.sees(ANN, "Send exactly").await;
    let invoice = world.invoice();
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "MONTH-2").await;
    world.say(BEN, "/start p_tiles").await;
    assert!(labels(&world.newest(BEN)).contains(&"1 month · sold out".to_owned()));
    world.tap(BEN, "1 month").await;
    shows(&world, BEN, "Sold out");
    world.end().await;
}

#[tokio::test]
async fn an_expired_order_of_an_option_is_renewed_at_its_price_and_not_at_another() {
    let world = shop().await;
    world.say(ANN, "/start p_tiles").await;
    world.tap(ANN, "1 year").await;
    world.tap(ANN, "Buy ·").await;
    world.pick_usdt(ANN).await;
    world.advance(3_700).await;
    assert_eq!((world.order_of(ANN).await.state, free(&world, "tiles", "year").await), (OrderState::Expired, 4));
    world.tap(ANN, "Try again").await;
    let invoice = world.pick_usdt(ANN).await;
    world.advance(3_700).await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Tiles").await;
    world.tap(SELLER, "💵 Price").await;
    world.tap(SELLER, "1 year").await;
    world.tap(SELLER, "💵 Price").await;
    world.say(SELLER, "30").await;
    world.tap(ANN, "Try again").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.hears(ANN, "That offer has ended").await;
    shows(&world, ANN, "30.00 USD");
    // Money for the old promise is served all the same.
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "YEAR-1").await;
    world.end().await;
}

#[tokio::test]
async fn many_are_cheaper_and_fewer_than_the_least_are_not_sold() {
    let world = shop().await;
    world.say(ANN, "/start p_pens").await;
    shows(&world, ANN, "2.00 USD × 3 = 6.00 USD");
    world.tap(ANN, "−").await;
    shows(&world, ANN, "1.00 USD × 20 = 20.00 USD");
    world.tap(ANN, "+").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "+").await;
    shows(&world, ANN, "1.50 USD × 5 = 7.50 USD");
    let card = crate::world::id_of(&world.newest(ANN));
    world.send_data(ANN, card, "b:pens:2").await;
    world.hears(ANN, "One order takes 3 to").await;
    assert!(world.shop().store.read().await.unwrap().draft(kiosk::domain::customer::CustomerId(ANN)).await.unwrap().is_none());
    world.say(ANN, "/start p_pens").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "Buy · 7.50 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(world.order_of(ANN).await.total, Fiat::new(750, Currency::Usd));
    // A button without the choice that the product wants by now shows the choice.
    world.say(BEN, "/start p_tiles").await;
    let card = crate::world::id_of(&world.newest(BEN));
    for data in ["b:tiles:1", "bv:tiles:nothing:1", "pv:tiles:nothing:1", "q:tiles:1:USDT_TRC20"] {
        world.send_data(BEN, card, data).await;
        shows(&world, BEN, "Please choose one");
    }
    world.end().await;
}

#[tokio::test]
async fn an_option_of_an_invitation_has_a_time_of_its_own() {
    let world = shop().await;
    world.say(ANN, "/start p_owls").await;
    world.tap(ANN, "A week").await;
    shows(&world, ANN, "for 7 days");
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let goods = world.sees(ANN, "Your way into Owls").await;
    let link = buttons(&goods).iter().find_map(|button| button["url"].as_str().map(str::to_owned)).unwrap();
    world.sandbox.telegram.open_link(ANN, &link).unwrap();
    world.settled().await;
    world.advance(6 * 86_400).await;
    assert!(world.sandbox.telegram.is_in(OWLS, ANN));
    world.advance(86_400 + 60).await;
    assert!(!world.sandbox.telegram.is_in(OWLS, ANN));
    world.end().await;
}

#[tokio::test]
async fn the_seller_makes_options_and_what_is_in_stock_goes_to_the_first() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Options").await;
    shows(&world, SELLER, "There are no options yet");
    world.tap(SELLER, "New option").await;
    for (words, said) in [
        (" ", "nothing in it"),
        ("\u{200b}", "nothing in it"),
        (&*"x".repeat(10_000).chars().take(4_000).collect::<String>(), "at most 30 fit"),
    ] {
        if words.trim().is_empty() && words != "\u{200b}" {
            continue;
        }
        world.say(SELLER, words).await;
        shows(&world, SELLER, said);
    }
    world.upload(SELLER, "option.png", picture(), true).await;
    shows(&world, SELLER, "A file does not help here");
    world.say(SELLER, "شهر واحد 🦉").await;
    for words in ["cheap", "-1", "0", "1.234", "🦉"] {
        world.say(SELLER, words).await;
        shows(&world, SELLER, "⚠️");
    }
    assert!(product(&world, "editor").await.options.is_empty(), "nothing is half saved");
    world.say(SELLER, "4").await;
    shows(&world, SELLER, "In stock: 14");
    world.tap(SELLER, "✏️ Name").await;
    world.say(SELLER, "1 month").await;
    shows(&world, SELLER, "Editor Pro · 1 month");
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "New option").await;
    world.say(SELLER, "1 year").await;
    world.say(SELLER, "9").await;
    shows(&world, SELLER, "In stock: 0");
    world.tap(SELLER, "Add stock").await;
    world.say(SELLER, "YEARLY-1\nYEARLY-2").await;
    shows(&world, SELLER, "2 added");
    world.upload(SELLER, "more.txt", b"YEARLY-3\nYEARLY-1".to_vec(), false).await;
    shows(&world, SELLER, "1 added, 1 was there already");
    assert!(!world.messages(SELLER).iter().any(|message| text_of(message).contains("YEARLY-1")), "secrets do not stay in the chat");
    world.tap(SELLER, "Done").await;
    shows(&world, SELLER, "In stock: 3");

    // Cheaper in numbers.
    world.tap(SELLER, "Price for many").await;
    for (words, said) in [
        ("many", "Line 1 is no quantity"),
        ("2 8\n3", "Line 2 is no quantity"),
        ("1 8", "must rise"),
        ("5 9", "must fall"),
        ("2 8\n2 7", "must rise"),
    ] {
        world.say(SELLER, words).await;
        shows(&world, SELLER, said);
    }
    world.say(SELLER, "2 8.00\n3: 7,50").await;
    shows(&world, SELLER, "from 3: 7.50 USD each");
    let editor = product(&world, "editor").await;
    assert_eq!((editor.options.len(), editor.price.minor), (2, 400), "the list shows the cheapest");

    // The product itself has neither price nor stock any more.
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "1 month").await;
    world.tap(SELLER, "Remove").await;
    world.hears(SELLER, "14 units of it are still in stock").await;
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "‹ Back").await;
    shows(&world, SELLER, "1 month 4.00 USD · 1 year 9.00 USD");
    world.tap(SELLER, "Add stock").await;
    shows(&world, SELLER, "each has its own stock");
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "1 year").await;
    world.tap(ANN, "Buy · 9.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "YEARLY-1").await;
    world.end().await;
}

#[tokio::test]
async fn the_seller_sets_the_least_and_the_price_for_many_of_a_plain_product() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Mug").await;
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "Least per order").await;
    for (words, said) in [("two", "whole number"), ("0", "whole number"), ("6", "more than one order may have at most, which is 5")] {
        world.say(SELLER, words).await;
        shows(&world, SELLER, said);
    }
    world.say(SELLER, "2").await;
    shows(&world, SELLER, "Per order: 2 to 5");
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "Price for many").await;
    world.say(SELLER, "3 13").await;
    shows(&world, SELLER, "must fall");
    world.say(SELLER, "3 10").await;
    shows(&world, SELLER, "from 3: 10.00 USD each");
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "Price for many").await;
    world.tap(SELLER, "Remove").await;
    assert!(product(&world, "mug").await.volume.is_empty());
    world.end().await;
}

#[tokio::test]
async fn words_are_written_language_by_language() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Handbook").await;
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "🌐 Name").await;
    world.tap(SELLER, "Русский").await;
    world.say(SELLER, &"я".repeat(61)).await;
    shows(&world, SELLER, "at most 60 fit");
    world.say(SELLER, "Справочник").await;
    world.tap(SELLER, "✅ Русский").await;
    shows(&world, SELLER, "Справочник");
    world.tap(SELLER, "Cancel").await;
    world.tap(SELLER, "العربية").await;
    world.say(SELLER, "دليل العامل الليلي").await;
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "🌐 Description").await;
    world.tap(SELLER, "Deutsch").await;
    world.say(SELLER, "Kurz und gut.").await;
    let handbook = product(&world, "handbook").await;
    assert_eq!(
        (handbook.name.get("ru"), handbook.name.get("en"), handbook.description.get("de")),
        ("Справочник", "Handbook", "Kurz und gut.")
    );
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "🌐 Name").await;
    world.tap(SELLER, "Русский").await;
    world.tap(SELLER, "Remove").await;
    assert_eq!(product(&world, "handbook").await.name.get("ru"), "Handbook");
    world.end().await;
}

#[tokio::test]
async fn a_buyer_chooses_among_the_languages_in_which_the_shop_has_names() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Handbook").await;
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "🌐 Name").await;
    world.tap(SELLER, "Русский").await;
    world.say(SELLER, "Справочник").await;
    world.say(ANN, "/language").await;
    world.tap(ANN, "Русский").await;
    world.say(ANN, "/start p_handbook").await;
    shows(&world, ANN, "Справочник");
    // What is ticked changes nothing, and English is one tap away.
    world.say(ANN, "/language").await;
    world.tap(ANN, "✓ Русский").await;
    world.say(ANN, "/start p_handbook").await;
    shows(&world, ANN, "Справочник");
    world.say(ANN, "/language").await;
    world.tap(ANN, "English").await;
    world.say(ANN, "/start p_handbook").await;
    shows(&world, ANN, "Handbook");
    world.end().await;
}

#[tokio::test]
async fn a_copy_is_a_draft_that_is_changed_and_sold_without_touching_the_first() {
    let world = shop().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Tiles").await;
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "Duplicate").await;
    shows(&world, SELLER, "A draft like the other one");
    let copy = named(&world, "Tiles (2)").await.unwrap();
    assert_eq!((copy.state, copy.kind, copy.options.len()), (ProductState::Draft, Kind::Keys, 2));
    assert_eq!(world.stock(copy.id.as_str()).await, 0);
    world.tap(SELLER, "Options").await;
    world.tap(SELLER, "1 year").await;
    world.tap(SELLER, "Remove").await;
    assert_eq!((product(&world, copy.id.as_str()).await.options.len(), product(&world, "tiles").await.options.len()), (1, 2));
    world.end().await;
}

#[tokio::test]
async fn products_and_categories_stand_in_the_order_that_the_seller_gives_them() {
    let world = World::new().await;
    let order = |world: &World| {
        let labels = labels(&world.newest(ANN));
        labels.into_iter().filter(|label| ["Editor", "Timer"].iter().any(|word| label.contains(word))).collect::<Vec<_>>()
    };
    let shelf = async |world: &World| {
        world.say(ANN, "/start").await;
        world.tap(ANN, "Licence keys (").await;
        order(world)
    };
    assert!(shelf(&world).await[0].contains("Editor"));
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Last Timer").await;
    world.tap(SELLER, "More").await;
    world.tap(SELLER, "Up").await;
    assert!(shelf(&world).await[0].contains("Timer"));
    world.tap(SELLER, "Up").await;
    world.hears(SELLER, "at that end already").await;
    world.tap(SELLER, "Down").await;
    assert!(shelf(&world).await[0].contains("Editor"));

    // Categories.
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Categories").await;
    world.tap(SELLER, "Things · 2").await;
    assert!(!labels(&world.newest(SELLER)).iter().any(|label| label.contains("Delete")), "it is not empty");
    world.tap(SELLER, "Up").await;
    world.say(ANN, "/start").await;
    let shelves: Vec<String> = labels(&world.newest(ANN)).into_iter().filter(|label| label.ends_with("(2)")).collect();
    assert_eq!(shelves, ["Things (2)", "Licence keys (2)"]);
    world.tap(SELLER, "Things · 2").await;
    world.tap(SELLER, "English").await;
    world.say(SELLER, &"🦉".repeat(61)).await;
    shows(&world, SELLER, "at most 60 fit");
    world.say(SELLER, "Fine things").await;
    shows(&world, SELLER, "Fine things");
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "New category").await;
    world.say(SELLER, "Short-lived").await;
    shows(&world, SELLER, "Nothing stands in it");
    world.tap(SELLER, "Delete").await;
    world.hears(SELLER, "The category is gone").await;
    let card = crate::world::id_of(&world.newest(SELLER));
    world.send_data(SELLER, card, "cx:things").await;
    world.hears(SELLER, "2 products stand in it").await;
    world.send_data(SELLER, card, "cp:nothing").await;
    world.hears(SELLER, "not there any more").await;
    world.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_options_in_a_file_is_named_by_its_line() {
    let world = shop().await;
    let problems = async |products: &str| {
        let yaml = format!("products:\n{products}");
        match catalog_file::read_text(&yaml, &|_, _| Err("is not there".to_owned())) {
            Err(problems) => problems.to_string(),
            Ok(file) => match catalog_file::import(&world.shop().store, file).await {
                Err(catalog_file::Error::Problems(problems)) => problems.to_string(),
                other => panic!("{other:?}"),
            },
        }
    };
    let option = "{ id: a, name: { en: A }, price: \"2\"";
    for (products, problem) in [
        (
            format!("  - {{ id: x, name: {{ en: X }}, kind: file, text: {{ en: t }}, options: [ {option}, stock: [ K ] }} ] }}"),
            "2: the product x is of kind file: its options have no stock",
        ),
        (format!("  - {{ id: x, name: {{ en: X }}, kind: keys, options: [ {option}, days: 3 }} ] }}"), "its options have no days"),
        (format!("  - {{ id: x, name: {{ en: X }}, kind: keys, stock: [ K ], options: [ {option} }} ] }}"), "write stock under them"),
        (format!("  - {{ id: x, name: {{ en: X }}, kind: keys, options: [ {option} }}, {option} }} ] }}"), "the id a is taken"),
        (
            format!("  - {{ id: x, name: {{ en: X }}, kind: keys, options: [ {option}, volume: [ {{ from: 2, price: \"2\" }} ] }} ] }}"),
            "must fall",
        ),
        ("  - { id: x, name: { en: X }, price: \"1\", kind: invite }".to_owned(), "gives its buyers nothing"),
        ("  - { id: x, name: { en: X }, price: \"1\", kind: invite, invite: { chat: 7 } }".to_owned(), "like -1001234567890"),
        ("  - { id: x, name: { en: X }, price: \"1\", kind: webhook, webhook: { url: \"ftp://x\" } }".to_owned(), "cannot be called"),
        (
            "  - { id: x, name: { en: X }, price: \"1\", kind: webhook, webhook: { url: \"https://x.example\", secret: short } }"
                .to_owned(),
            "whsec_",
        ),
        ("  - { id: x, name: { en: X }, price: \"1\", kind: keys, quantity: { min: 5, max: 2 } }".to_owned(), "above its most"),
        (
            format!("  - {{ id: tiles, name: {{ en: Tiles }}, kind: keys, options: [ {option} }} ] }}"),
            "the option month of the product tiles has 2 units in stock",
        ),
    ] {
        let told = problems(&products).await;
        assert!(told.contains(problem), "{products}: {told}");
    }
    assert_eq!(product(&world, "tiles").await.options.len(), 2, "nothing was written");
    world.end().await;
}
