//! A seller who has nothing sets up a shop of ten products, of every kind, by what the bot says; buyers of two languages buy one of each.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use kiosk::domain::order::OrderState;
use kiosk::domain::product::{Kind, Product, ProductState, QuestionKind};
use kiosk::sandbox::User;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::receiver;
use kiosk::sandbox::telegram::{Opened, Place};
use serde_json::{Value, json};

use crate::stock_files::{documents, packed};
use crate::world::{ANN, BEN, Options, SELLER, World, buttons, http, id_of, picture, text_of, within};

const CLUB: i64 = -1_001_000_000_042;

/// A shop with nothing in it, an owner, a channel of the owner's, and a buyer who reads Russian.
async fn empty() -> World {
    let world = World::with(Options { catalog: "shop: { name: { en: Kiosk }, currency: USD }\n".to_owned(), ..Options::default() }).await;
    world.sandbox.telegram.put_place(CLUB, Place::channel("Owl Club", SELLER));
    world.sandbox.telegram.put_user(User { language_code: Some("ru".to_owned()), ..User::stranger(BEN) });
    world
}

#[track_caller]
fn assert_shown(world: &World, what: &str) {
    assert!(world.shown(SELLER).contains(what), "{what:?} is not in {:?}\n{}", world.shown(SELLER), world.transcript(SELLER));
}

/// From the panel to the goods.
async fn begin(world: &World, kind: &str, name: &str, price: &str, shelf: Option<&str>) {
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "New product").await;
    world.tap(SELLER, kind).await;
    world.say(SELLER, name).await;
    world.say(SELLER, price).await;
    world.tap(SELLER, shelf.unwrap_or("Skip")).await;
    world.say(SELLER, &format!("All about {name}.")).await;
    world.tap(SELLER, "Skip").await;
}

async fn put_on_sale(world: &World) {
    world.tap(SELLER, "Put on sale").await;
    assert_shown(world, "It is on sale");
}

async fn products(world: &World) -> BTreeMap<String, Product> {
    let mut conn = world.shop().store.read().await.unwrap();
    let mut products = BTreeMap::new();
    for id in conn.product_ids().await.unwrap() {
        let product = conn.product(&id).await.unwrap().unwrap();
        products.insert(product.name.get("en").to_owned(), product);
    }
    products
}

/// Four products of keys, by each of the ways in which keys come.
async fn keys(world: &World) {
    begin(world, "Keys", "Night Key", "9,99", Some("Keys 🔑")).await;
    world.say(SELLER, "KEY-1\r\nKEY-2\n\n KEY-3 \nKEY-2").await;
    assert_shown(world, "3 added, 1 was there already");
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;
    // What is not asked on the way is added afterwards, where the bot says.
    assert_shown(world, "under “⋯ More”");
    world.tap(SELLER, "Most per order").await;
    world.say(SELLER, "12").await;
    world.tap(SELLER, "⋯ More").await;
    world.tap(SELLER, "Price for many").await;
    world.say(SELLER, "2 9\n10 7.50").await;
    world.tap(SELLER, "⋯ More").await;
    world.tap(SELLER, "🌐 Name in").await;
    world.tap(SELLER, "Русский").await;
    world.say(SELLER, "Ночной ключ").await;

    begin(world, "Keys", "Codes", "3", Some("Keys 🔑")).await;
    world.upload(SELLER, "codes.txt", b"TXT-1\nTXT-2\n".to_vec(), false).await;
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;

    begin(world, "Keys", "Accounts", "4.5", Some("Keys 🔑")).await;
    world.upload(SELLER, "broken.csv", b"a,\"b\nc,d\n".to_vec(), false).await;
    assert_shown(world, "The quote that opens in line 1 is not closed");
    let table = "login;password;note\r\nann;\"se;\"\"cret\";\"two\nlines\"\r\n";
    world.upload(SELLER, "accounts.csv", table.as_bytes().to_vec(), false).await;
    assert_shown(world, "1 added");
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;

    begin(world, "Keys", "Licences", "7", Some("Keys 🔑")).await;
    world.upload(SELLER, "licences.zip", packed(&[("l/one.lic", b"LIC-1"), ("l/two.lic", b"LIC-2")]), false).await;
    assert_shown(world, "2 added");
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;
}

/// One that is sold in two ways, each with its price and stock.
async fn options(world: &World) {
    begin(world, "Keys", "Course", "1", Some("Keys 🔑")).await;
    world.tap(SELLER, "Done").await;
    world.tap(SELLER, "Keep hidden").await;
    for (name, price, unit) in [("Solo", "5", "SOLO-1"), ("Team", "20", "TEAM-1")] {
        world.tap(SELLER, "Options").await;
        world.tap(SELLER, "New option").await;
        world.say(SELLER, name).await;
        world.say(SELLER, price).await;
        world.tap(SELLER, "Add stock").await;
        world.say(SELLER, unit).await;
        world.tap(SELLER, "Done").await;
        world.tap(SELLER, "‹ Back").await;
        world.tap(SELLER, "‹ Back").await;
    }
    world.tap(SELLER, "Put on sale").await;
}

/// Texts and documents, a way in, things by hand, and what another system gives.
async fn others(world: &mut World) {
    begin(world, "File or text", "Guide", "4", None).await;
    world.say(SELLER, "Read it at https://example.com/guide").await;
    world.upload_together(SELLER, "guides", &[("guide.pdf", b"%PDF"), ("map.png", &picture()), ("notes.txt", b"notes")]).await;
    assert_shown(world, "Saved: guide.pdf, map.png, notes.txt");
    assert_eq!(world.count(SELLER, "Saved: guide.pdf"), 1);
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;

    begin(world, "Invitation", "Club", "5", None).await;
    let message = world.messages(SELLER).into_iter().rfind(|message| message["chooser"].is_array()).unwrap();
    world.sandbox.telegram.choose_place(SELLER, id_of(&message), "📢 Choose a channel", CLUB).unwrap();
    world.settled().await;
    assert_shown(world, "It leads into Owl Club");
    // In the middle of it the program is started anew, and it goes on.
    world.restart().await;
    world.tap(SELLER, "30 days").await;
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;

    begin(world, "By hand", "Mug", "12.50", None).await;
    for asked in ["Address", "Phone number", "🖼 Photo"] {
        world.tap(SELLER, asked).await;
        world.tap(SELLER, "Ask something more").await;
    }
    for (words, said) in [("Which colour?\nBlack\nWhite", "Which colour?"), ("What shall be engraved?", "What shall be engraved?")] {
        world.tap(SELLER, "Something else").await;
        assert_shown(world, "each on a line of its own");
        world.say(SELLER, words).await;
        assert_shown(world, said);
        world.tap(SELLER, "Ask something more").await;
    }
    assert_shown(world, "Which colour? Black / White");
    world.tap(SELLER, "Something else").await;
    world.say(SELLER, &format!("Which?\n{}", (0..31).map(|n| n.to_string()).collect::<Vec<_>>().join("\n"))).await;
    assert_shown(world, "31 answers to choose from; at most 30 fit");
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "‹ Back").await;
    world.tap(SELLER, "Skip").await;
    world.tap(SELLER, "Phone number").await;
    put_on_sale(world).await;

    begin(world, "By hand", "Advice", "30", None).await;
    world.tap(SELLER, "Nothing").await;
    put_on_sale(world).await;

    begin(world, "From my system", "Voucher", "6", None).await;
    world.say(SELLER, &format!("{}{}", world.base, receiver::PATH)).await;
    let shown = world.shown(SELLER);
    let secret = shown.split_whitespace().find(|word| word.starts_with("whsec_")).unwrap();
    let url = format!("{}{}/secrets", world.base, receiver::PATH);
    let refused = http().post(&url).json(&json!({"secret": "whsec"})).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let told = http().post(&url).json(&json!({"secret": secret})).send().await.unwrap();
    assert_eq!(told.status(), 200);
    world.tap(SELLER, "Done").await;
    put_on_sale(world).await;
}

#[tokio::test]
async fn a_seller_sets_ten_products_of_every_kind_up_from_nothing_and_buyers_get_one_of_each() {
    let mut world = empty().await;
    world.say(SELLER, "/start").await;
    world.tap(SELLER, "Run the shop").await;
    assert_shown(&world, "There are no products yet");
    world.tap(SELLER, "Settings").await;
    world.tap(SELLER, "🏪 Name").await;
    world.say(SELLER, "Owl & Co").await;
    world.tap(SELLER, "‹ Panel").await;
    world.tap(SELLER, "Products").await;
    world.tap(SELLER, "Categories").await;
    world.tap(SELLER, "New category").await;
    world.say(SELLER, "Keys 🔑").await;
    world.tap(SELLER, "Picture").await;
    world.upload(SELLER, "shelf.png", picture(), true).await;
    world.tap(SELLER, "Русский").await;
    world.say(SELLER, "Ключи").await;

    Box::pin(keys(&world)).await;
    Box::pin(options(&world)).await;
    Box::pin(others(&mut world)).await;

    let made = products(&world).await;
    assert_eq!(made.len(), 10);
    assert!(made.values().all(|product| product.state == ProductState::OnSale), "{:?}", made.keys());
    for kind in Kind::ALL {
        assert!(made.values().any(|product| product.kind == kind), "{kind:?}");
    }
    let asked: Vec<QuestionKind> = made["Mug"].questions.iter().map(|question| question.kind).collect();
    let wanted = [QuestionKind::Address, QuestionKind::Phone, QuestionKind::Photo, QuestionKind::Choice, QuestionKind::Text];
    assert_eq!(asked, wanted, "each is asked once, in the order in which it was added");
    let key = &made["Night Key"];
    assert_eq!((key.name.get("ru"), key.quantity_max, key.volume.len()), ("Ночной ключ", 12, 2));

    let mut revenue = 0;
    for user in [ANN, BEN] {
        revenue += Box::pin(buy_everything(&world, user, &made)).await;
    }
    let orders = [world.orders_of(ANN).await, world.orders_of(BEN).await].concat();
    assert_eq!(orders.len(), 2 + made.len(), "two things were sold in one unit only");
    assert_eq!(orders.iter().map(|order| order.total.minor).sum::<i64>(), revenue);
    Box::pin(hand_over(&world)).await;
    let orders = [world.orders_of(ANN).await, world.orders_of(BEN).await].concat();
    assert!(orders.iter().all(|order| order.state == OrderState::Completed), "{orders:?}");
    world.say(SELLER, "/admin").await;
    assert_shown(&world, &format!("Today: {} orders, {}.{:02} USD", orders.len(), revenue / 100, revenue % 100));
    world.end().await;
}

/// What each of them hands over must be handed over, and is.
async fn hand_over(world: &World) {
    for note in ["OWL-77", "At noon"] {
        world.say(SELLER, "/admin").await;
        world.tap(SELLER, "To hand over").await;
        world.tap(SELLER, "#").await;
        world.tap(SELLER, "Hand over").await;
        world.say(SELLER, note).await;
        assert_shown(world, "Handed over");
        // The page of an order shows its address: it is left.
        world.tap(SELLER, "‹ Panel").await;
    }
    assert_shown(world, "Nothing waits to be handed over");
}

/// Ann buys the first half, Ben, who reads Russian, the other; both buy a key and a code. Tells what they paid, in cents.
async fn buy_everything(world: &World, user: i64, made: &BTreeMap<String, Product>) -> i64 {
    let half: &[(&str, &str)] = if user == ANN {
        &[
            ("Night Key", "KEY-1"),
            ("Codes", "TXT-1"),
            ("Accounts", "se;\"cret"),
            ("Licences", ""),
            ("Course", "TEAM-1"),
            ("Guide", "https://example.com/guide"),
        ]
    } else {
        &[("Night Key", "KEY-2"), ("Codes", "TXT-2"), ("Club", "Owl Club"), ("Mug", ""), ("Advice", ""), ("Voucher", "OWL-")]
    };
    let mut paid = 0;
    for (name, gets) in half {
        let product = &made[*name];
        // The newest order is this one.
        world.advance(60).await;
        world.say(user, &format!("/start p_{}", product.id)).await;
        if *name == "Night Key" {
            let shown = world.shown(user);
            assert!(shown.contains(if user == ANN { "Night Key" } else { "Ночной ключ" }), "{shown}");
        }
        if *name == "Course" {
            world.tap(user, "Team").await;
        }
        world.tap(user, "Buy ·").await;
        if *name == "Mug" {
            world.say(user, "Ben Lee, 5 Night Lane, 12345 Owlton, Germany").await;
            world.say(user, "+49 151 23456789").await;
            world.upload(user, "face.png", picture(), true).await;
            world.tap(user, "White").await;
            world.say(user, "Hoo!").await;
        }
        let invoice = world.pick_usdt(user).await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        if !gets.is_empty() {
            world.sees(user, gets).await;
        }
        let order = world.order_of(user).await;
        paid += order.total.minor;
        if *name == "Mug" {
            let given: Vec<&str> = order.lines[0].answers.iter().map(|(_, answer)| answer.as_str()).collect();
            assert_eq!((given.len(), given[3], given[4]), (5, "White", "Hoo!"));
        }
        if *name == "Club" {
            let link = world
                .messages(user)
                .iter()
                .flat_map(buttons)
                .find_map(|button| button["url"].as_str().filter(|url| url.starts_with("https://t.me/+")).map(str::to_owned));
            assert_eq!(world.sandbox.telegram.open_link(user, &link.unwrap()).unwrap(), Opened::Asked);
            world.settled().await;
            assert!(world.sandbox.telegram.is_in(CLUB, user));
        }
    }
    if user == ANN {
        let names: Vec<String> = documents(world, user).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["one.lic", "guide.pdf", "map.png", "notes.txt"], "{}", text_of(&world.newest(user)));
    }
    paid
}

/// A demo that was told to begin with nothing: the seller's chat is open, and the shop in it is empty, also after a stop.
#[tokio::test]
async fn a_demo_begins_with_nothing_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let data = folder.path().to_str().unwrap();
        let mut demo = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        demo.args(["demo", "--empty", "--listen", "127.0.0.1:0", "--data", data]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut demo = Ending(demo.spawn().unwrap());
        let mut ready = String::new();
        BufReader::new(demo.0.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let page = ready.trim().rsplit_once("ready: ").unwrap().1;
        let get = async |path: &str| http().get(format!("{page}{path}")).send().await.unwrap().json::<Value>().await.unwrap();
        let state = get("sandbox/state").await;
        assert_eq!(state["receiver_url"], format!("{page}sandbox/receiver"));
        let seller = state["users"].as_array().unwrap().iter().find(|user| user["role"] == "seller").unwrap()["id"].clone();
        // The seller has said the first word, and is answered.
        let chat = within("the answer to the seller", async {
            loop {
                let chat = get(&format!("sandbox/users/{seller}/chat?since=0&wait=0")).await;
                if chat.to_string().contains("Welcome!") {
                    break chat.to_string();
                }
                get(&format!("sandbox/users/{seller}/chat?since={}&wait=1", chat["version"])).await;
            }
        })
        .await;
        assert!(chat.contains("The shelves are empty just now"), "{chat}");
    }
}

/// A program that is ended with the play.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
