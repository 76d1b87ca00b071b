//! The seller runs the shop from the chat: everything by taps and texts, nothing for anybody else, and nothing half done.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::order::OrderState;
use kiosk::domain::product::{Kind, Product, ProductId, ProductState};
use kiosk::sandbox::cryptocloud::Payment;
use serde_json::{Value, json};

use crate::world::{ANN, BEN, Options, SELLER, World, buttons, id_of, picture, text_of};

/// A shop that sells nothing yet.
const EMPTY: &str = "shop: { name: { en: New Shop }, currency: USD }\n";

async fn empty() -> World {
    World::with(Options { catalog: EMPTY.to_owned(), ..Options::default() }).await
}

/// The newest toast over somebody's chat.
fn toast(world: &World, user: i64) -> String {
    let chat = world.sandbox.telegram.chat(user, 0);
    chat["toasts"].as_array().unwrap().last().map_or_else(String::new, |toast| toast["text"].as_str().unwrap().to_owned())
}

#[track_caller]
fn assert_shown(world: &World, what: &str) {
    let shown = world.shown(SELLER);
    assert!(shown.contains(what), "{what:?} is not in {shown:?}\n{}", world.transcript(SELLER));
}

/// Every product, in any state.
pub async fn products(world: &World) -> Vec<Product> {
    let mut conn = world.shop().store.read().await.unwrap();
    let mut products = Vec::new();
    for id in conn.product_ids().await.unwrap() {
        products.push(conn.product(&id).await.unwrap().unwrap());
    }
    products
}

async fn product(world: &World, name: &str) -> Product {
    products(world).await.into_iter().find(|product| product.name.get("en") == name).unwrap()
}

/// From the panel to the goods: everything but the goods is told, and nothing is skipped but the picture.
async fn begin_product(world: &World, kind: &str, name: &str, price: &str) {
    world.say(SELLER, "/new").await;
    world.tap(SELLER, kind).await;
    world.say(SELLER, name).await;
    world.say(SELLER, price).await;
    world.tap(SELLER, "Skip").await;
    world.say(SELLER, "All there is to know.").await;
    world.tap(SELLER, "Skip").await;
}

/// A sticker, as Telegram tells of one.
async fn sticker(world: &World, user: i64) {
    let update = json!({"message": {"message_id": 90_000, "date": 1, "chat": {"id": user, "type": "private"},
        "from": {"id": user, "is_bot": false, "first_name": "Olive"}, "sticker": {"file_id": "s", "emoji": "🦉"}}});
    world.sandbox.telegram.put_update(update.as_object().unwrap());
    world.settled().await;
}

#[tokio::test]
async fn a_shop_is_made_from_nothing_by_taps_and_texts_and_sells_every_kind() {
    let world = World::with(Options { catalog: EMPTY.to_owned(), owners: Vec::new(), ..Options::default() }).await;
    let code = world.shop().claim_code().await.unwrap().unwrap();
    world.say(SELLER, &format!("/start claim_{code}")).await;
    assert_shown(&world, "This shop is yours now");
    let commands = world.sandbox.telegram.chat(SELLER, 0)["commands"].to_string();
    assert!(commands.contains("admin") && commands.contains("products"), "{commands}");
    world.tap(SELLER, "Run the shop").await;
    assert_shown(&world, "nothing sold yet");

    // Keys.
    world.tap(SELLER, "New product").await;
    world.tap(SELLER, "Keys").await;
    world.say(SELLER, "Night Key 🦉").await;
    world.say(SELLER, "9,99").await;
    world.tap(SELLER, "New category").await;
    world.say(SELLER, "Secrets").await;
    world.say(SELLER, "Opens the night.").await;
    world.upload(SELLER, "key.png", picture(), true).await;
    world.say(SELLER, "KEY-1\r\nKEY-2\n\n KEY-3 \nKEY-2").await;
    assert_shown(&world, "3 added, 1 was there already");
    world.tap(SELLER, "Done").await;
    world.tap(SELLER, "Put on sale").await;
    assert_shown(&world, "It is on sale");
    assert!(!world.messages(SELLER).iter().any(|message| text_of(message).contains("KEY-1")), "secrets do not stay in the chat");

    // A file and a text.
    begin_product(&world, "File or text", "Handbook", "4").await;
    world.say(SELLER, "Read it at https://example.com/handbook").await;
    world.upload(SELLER, "handbook.pdf", b"%PDF handbook".to_vec(), false).await;
    assert_shown(&world, "handbook.pdf is saved");
    world.tap(SELLER, "Done").await;
    world.tap(SELLER, "Put on sale").await;

    // By hand.
    begin_product(&world, "By hand", "Mug", "12.50").await;
    world.tap(SELLER, "Address").await;
    assert_shown(&world, "Where shall it be sent?");
    world.tap(SELLER, "Put on sale").await;

    let (key, handbook, mug) = (product(&world, "Night Key 🦉").await, product(&world, "Handbook").await, product(&world, "Mug").await);
    assert!(key.picture.is_some() && key.category.is_some());
    for (product, kind) in [(&key, Kind::Keys), (&handbook, Kind::File), (&mug, Kind::Manual)] {
        assert_eq!((product.state, product.kind), (ProductState::OnSale, kind), "{}", product.id);
    }

    let invoice = world.order(ANN, key.id.as_str()).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "KEY-1").await;
    world.sees(SELLER, "Sold").await;
    let invoice = world.order(ANN, handbook.id.as_str()).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "https://example.com/handbook").await;
    world.say(BEN, &format!("/start p_{}", mug.id)).await;
    world.tap(BEN, "Buy ·").await;
    world.sees(BEN, "Where shall it be sent?").await;
    world.say(BEN, "Ben Lee, 5 Night Lane, 12345 Owlton").await;
    let invoice = world.pick_usdt(BEN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;

    world.say(SELLER, "/admin").await;
    assert_shown(&world, "3 orders, 26.49 USD");
    assert_shown(&world, "One order waits for you");
    assert_shown(&world, "Night Key 🦉: only 2 left");
    world.tap(SELLER, "To hand over (1)").await;
    world.tap(SELLER, "Mug").await;
    for told in ["5 Night Lane", &invoice.address, "TRON (TRC-20)", "Waits for you"] {
        assert_shown(&world, told);
    }
    world.tap(SELLER, "Hand over").await;
    world.say(SELLER, "Tracking number OWL-77").await;
    assert_shown(&world, "Handed over. The buyer is told.");
    world.tap(SELLER, "Panel").await;
    world.sees(BEN, "OWL-77").await;
    assert_eq!(world.order_of(BEN).await.state, OrderState::Completed);
    world.say(SELLER, "/admin").await;
    assert_shown(&world, "Nothing waits to be handed over");
    world.end().await;
}

/// Every button of the seller's side by its data, and the least role that it is for. `{p}`: a product, `{o}`: an order.
pub const BUTTONS: &[(&str, Role)] = &[
    ("A", Role::Support),
    ("P:0", Role::Support),
    ("E:{p}", Role::Support),
    ("L:a:0", Role::Support),
    ("L:w:0", Role::Support),
    ("M:{o}", Role::Support),
    ("H:{o}", Role::Support),
    ("D:{o}", Role::Support),
    ("R:{o}", Role::Support),
    ("Z", Role::Support),
    ("Y:nosuchcase", Role::Support),
    ("F:{p}:name", Role::Manager),
    ("F:{p}:about", Role::Manager),
    ("F:{p}:price", Role::Manager),
    ("F:{p}:picture", Role::Manager),
    ("F:{p}:category", Role::Manager),
    ("F:{p}:stock", Role::Manager),
    ("F:{p}:most", Role::Manager),
    ("S:{p}:hidden", Role::Manager),
    ("S:{p}:on_sale", Role::Manager),
    ("G:{p}:keys", Role::Manager),
    ("Q:{p}", Role::Manager),
    ("V:{o}", Role::Manager),
    ("z:nosuchcase", Role::Manager),
    ("yc:nosuchcase", Role::Manager),
    ("yw:nosuchcase", Role::Manager),
    ("yr:nosuchcase", Role::Manager),
    ("N", Role::Manager),
    ("xf", Role::Manager),
    ("cq:keys", Role::Manager),
    ("K:keys", Role::Manager),
    ("T", Role::Owner),
    ("t:name", Role::Owner),
    ("t:support", Role::Owner),
    ("U:1", Role::Owner),
    ("u:ETH_ARB:y:1", Role::Owner),
    ("sf:{p}::0", Role::Manager),
    ("su:nosuchunit", Role::Manager),
    ("sx:nosuchunit", Role::Manager),
    ("sq:{p}", Role::Manager),
    ("sa:{p}:", Role::Manager),
    ("jl:0", Role::Owner),
    ("jz:Europe/Berlin", Role::Owner),
    ("jf:330", Role::Owner),
    ("jq", Role::Owner),
    ("jQ:1320:420", Role::Owner),
    ("ju:y", Role::Owner),
    ("jQ:off", Role::Owner),
    ("jn", Role::Owner),
    ("jN", Role::Owner),
    ("jp", Role::Owner),
    ("jP", Role::Owner),
    ("jv:{o}:0", Role::Support),
    ("vl:n:0", Role::Support),
    ("vl:y:0", Role::Support),
    ("vf", Role::Support),
    ("vc:101", Role::Support),
    ("vo:101:0", Role::Support),
    ("vn:101", Role::Support),
    ("vy:101", Role::Support),
    ("vg:101:y", Role::Manager),
    ("vg:101:n", Role::Manager),
    ("vw:101", Role::Manager),
    ("vb:101", Role::Manager),
    ("vu:101", Role::Manager),
    ("vs", Role::Owner),
    ("vt", Role::Owner),
    ("vi:support", Role::Owner),
    ("ve", Role::Owner),
    ("vm:900", Role::Owner),
    ("vr:900:owner", Role::Owner),
    ("vd:900", Role::Owner),
    ("va:0", Role::Owner),
    ("vh:{o}:0", Role::Owner),
    ("vk:101:0", Role::Owner),
];

fn rank(role: Role) -> u8 {
    match role {
        Role::Support => 1,
        Role::Manager => 2,
        Role::Owner => 3,
    }
}

#[tokio::test]
async fn every_button_of_the_seller_asks_for_the_role() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let order = world.order_of(ANN).await.id;
    for (user, role) in [(BEN, None), (701, Some(Role::Support)), (702, Some(Role::Manager)), (703, Some(Role::Owner))] {
        world.say(user, "/start").await;
        if let Some(role) = role {
            world.appoint(user, role).await;
        }
        for (data, least) in BUTTONS.iter().copied() {
            let data = data.replace("{p}", "editor").replace("{o}", order.as_str());
            let before = products(&world).await;
            world.say(user, "/start").await;
            world.send_data(user, id_of(&world.newest(user)), &data).await;
            let (said, seen) = (toast(&world, user), world.shown(user));
            match role {
                None => assert!(said.contains("from long ago"), "nobody, {data}: {said} {seen}"),
                Some(role) if rank(role) < rank(least) => assert!(said.contains("does not include that"), "{role:?}, {data}: {said}"),
                Some(_) => {
                    assert!(!seen.contains("Something went wrong"), "{role:?}, {data}: {seen}");
                    let told = !said.is_empty() && !said.contains("No address was ever given");
                    assert!(told || !seen.contains("Pick something"), "{role:?}, {data} does nothing: {seen}");
                }
            }
            if role.is_none_or(|role| rank(role) < rank(least)) {
                assert_eq!(products(&world).await, before, "{data} changes nothing");
            }
            if world.shows(user, &invoice.address) {
                world.send_data(user, id_of(&world.newest(user)), "A").await;
            }
            // The next one is asked of somebody whose last toast was another one.
            world.send_data(user, id_of(&world.newest(user)), "R:00000000").await;
        }
    }
    world.end().await;
}

#[tokio::test]
async fn the_commands_of_the_staff_do_not_exist_for_anybody_else() {
    let world = World::new().await;
    for command in [
        "/admin",
        "/products",
        "/sales",
        "/cases",
        "/new",
        "/settings",
        "/order 00000000",
        "/order",
        "/customers",
        "/customer",
        "/customer 101",
        "/staff",
        "/log",
    ] {
        world.say(ANN, "/nosuchcommand").await;
        let unknown = world.shown(ANN);
        world.say(ANN, command).await;
        assert_eq!(world.shown(ANN), unknown, "{command}");
        world.say(SELLER, command).await;
        assert!(!world.shown(SELLER).contains("I only understand"), "{command}");
    }
    world.end().await;
}

#[tokio::test]
async fn somebody_who_is_no_manager_any_more_fills_in_no_form() {
    let world = World::new().await;
    world.appoint(BEN, Role::Manager).await;
    world.say(BEN, "/products").await;
    world.tap(BEN, "Editor Pro").await;
    world.tap(BEN, "Name").await;
    world.appoint(BEN, Role::Manager).await;
    world.tap(BEN, "Run the shop").await;
    world.tap(BEN, "Products").await;
    world.tap(BEN, "Editor Pro").await;
    world.tap(BEN, "💵 Price").await;
    world.shop().write(|tx| Box::pin(async move { tx.set_role(CustomerId(BEN), Role::Support, 0).await })).await.unwrap();
    world.say(BEN, "0.01").await;
    assert_eq!(product(&world, "Editor Pro").await.price.minor, 1_000);
    world.upload(BEN, "x.png", picture(), true).await;
    world.say(BEN, "0.01").await;
    assert_eq!(product(&world, "Editor Pro").await.price.minor, 1_000);
    world.end().await;
}

/// Brings a product in the making to one question after the other, and feeds each of them what it cannot take.
#[tokio::test]
async fn every_question_says_what_is_wrong_and_keeps_what_it_knows() {
    let world = empty().await;
    let long = "🦉".repeat(2_000);
    let nobody_knows = b"\x00\x01\x02junk".to_vec();
    let steps: [(&str, &str); 9] = [
        ("What do you sell?", "tap:Keys"),
        ("What is it called?", "say:ملف 🦉"),
        ("What does one cost", "say:3"),
        ("On which shelf", "tap:New category"),
        ("new category called", "say:🦉"),
        ("What should buyers know", "say:Words"),
        ("Send a picture", "tap:Skip"),
        ("Send the keys", "tap:Done"),
        ("what buyers will see", "tap:Keep hidden"),
    ];
    world.say(SELLER, "/new").await;
    for (question, answer) in steps {
        assert_shown(&world, question);
        sticker(&world, SELLER).await;
        assert_shown(&world, question);
        assert_shown(&world, "⚠️");
        if !matches!(question, "Send the keys") {
            world.say(SELLER, &long).await;
            assert_shown(&world, question);
            assert_shown(&world, "⚠️");
        }
        // Under another name it would be a unit of stock.
        let name = if question == "Send the keys" { "junk.txt" } else { "junk.bin" };
        world.upload(SELLER, name, nobody_knows.clone(), false).await;
        assert_shown(&world, question);
        assert_shown(&world, "⚠️");
        if question != "Send a picture" {
            world.upload(SELLER, "owl.png", picture(), true).await;
            assert_shown(&world, question);
            assert_shown(&world, "⚠️");
        }
        // Buttons of other questions change nothing.
        for data in
            ["fk:nosuch", "fq:address", "fo:y", "fo:n"].into_iter().filter(|data| !(question.starts_with("what") && data.starts_with("fo")))
        {
            if !(question == "On which shelf" && data.starts_with("fk")) {
                world.send_data(SELLER, id_of(&world.newest(SELLER)), data).await;
                assert_shown(&world, question);
            }
        }
        let before_goods = !matches!(question, "Send the keys" | "what buyers will see");
        assert_eq!(products(&world).await.is_empty(), before_goods, "{question}: nothing is half saved");
        let (how, what) = answer.split_once(':').unwrap();
        if how == "tap" { drop(world.tap(SELLER, what).await) } else { world.say(SELLER, what).await }
    }
    assert_shown(&world, "Saved, and hidden");
    let made = products(&world).await.remove(0);
    assert_eq!((made.price.minor, made.state, made.description.get("en")), (300, ProductState::Hidden, "Words"));
    world.end().await;
}

#[tokio::test]
async fn a_product_in_the_making_survives_a_restart_and_can_be_gone_back_in() {
    let mut world = empty().await;
    world.say(SELLER, "/new").await;
    world.tap(SELLER, "By hand").await;
    world.say(SELLER, "Portrait").await;
    world.restart().await;
    world.say(SELLER, "60").await;
    world.tap(SELLER, "Back").await;
    assert_shown(&world, "What does one cost");
    world.tap(SELLER, "Back").await;
    world.say(SELLER, "Portrait in oil").await;
    world.say(SELLER, "600").await;
    world.tap(SELLER, "Skip").await;
    world.tap(SELLER, "Skip").await;
    world.tap(SELLER, "Skip").await;
    world.tap(SELLER, "Something else").await;
    world.tap(SELLER, "Back").await;
    world.tap(SELLER, "Back").await;
    world.upload(SELLER, "oil.png", picture(), false).await;
    world.tap(SELLER, "Something else").await;
    world.say(SELLER, "Whose portrait?").await;
    world.restart().await;
    world.tap(SELLER, "Put on sale").await;
    let made = products(&world).await;
    assert_eq!(made.len(), 1, "going back made no second one");
    let made = &made[0];
    assert_eq!((made.name.get("en"), made.price.minor, made.state), ("Portrait in oil", 60_000, ProductState::OnSale));
    assert!(made.picture.is_some());
    assert_eq!(made.questions.iter().map(|question| question.label.get("en")).collect::<Vec<_>>(), ["Whose portrait?"]);
    world.end().await;
}

/// Telegram's apps cut what is too long for one message: its end alone is no text of a product.
#[tokio::test]
async fn the_end_of_a_text_that_came_in_pieces_is_not_taken_for_the_whole() {
    let mut world = empty().await;
    begin_product(&world, "File or text", "Handbook", "4").await;
    world.advance(5).await;
    world.say(SELLER, &"x ".repeat(2_040)).await;
    assert_shown(&world, "at most 3500 fit");
    world.restart().await;
    world.advance(1).await;
    world.say(SELLER, "and this is how it ends").await;
    assert_shown(&world, "nothing of it was taken");
    assert!(product(&world, "Handbook").await.text.is_empty());
    world.advance(5).await;
    world.say(SELLER, "Read it at https://example.com").await;
    assert_shown(&world, "The text is saved");
    world.say(SELLER, "/cancel").await;
    // Keys stand one a line, in as many messages as it takes.
    begin_product(&world, "Keys", "Codes", "4").await;
    world.say(SELLER, &"CODE-1\n".repeat(584)).await;
    world.say(SELLER, "CODE-2").await;
    assert_shown(&world, "1 added");
    // One key that is too long is none, and its end is not either.
    world.say(SELLER, &"x".repeat(4_096)).await;
    world.say(SELLER, "xxxx").await;
    assert_shown(&world, "nothing of it was taken");
    world.end().await;
}

#[tokio::test]
async fn cancelling_leaves_nothing_but_what_was_already_taken_in() {
    let world = empty().await;
    begin_product(&world, "Keys", "Nothing", "1").await;
    assert_eq!(products(&world).await.len(), 1);
    world.tap(SELLER, "Cancel").await;
    assert!(products(&world).await.is_empty());
    world.hears(SELLER, "Nothing was saved").await;
    begin_product(&world, "Keys", "Nothing", "1").await;
    world.say(SELLER, "/cancel").await;
    assert!(products(&world).await.is_empty());
    begin_product(&world, "Keys", "Something", "1").await;
    world.say(SELLER, "KEY-1").await;
    world.tap(SELLER, "Cancel").await;
    world.hears(SELLER, "kept as a draft").await;
    assert_eq!(products(&world).await[0].state, ProductState::Draft);
    world.end().await;
}

#[tokio::test]
async fn stock_is_taken_in_from_every_text_file_or_refused_as_a_whole() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Add stock").await;
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("NEW-1\r\nNEW-2\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    world.upload(SELLER, "keys.txt", wide, false).await;
    assert_shown(&world, "2 added");
    assert_eq!(world.stock("editor").await, 16);
    assert!(!world.messages(SELLER).iter().any(|message| message["document"].is_object()), "the file is out of the chat");
    let long = format!("NEW-3\n{}\nNEW-4\n{}", "x".repeat(3_501), "y".repeat(4_000));
    world.upload(SELLER, "keys.txt", long.into_bytes(), false).await;
    assert_shown(&world, "Lines 2, 4 are longer");
    world.upload(SELLER, "keys.txt", b"caf\xe9".to_vec(), false).await;
    assert_shown(&world, "no text that can be read");
    world.upload(SELLER, "keys.txt", "N\n".repeat(11_000_000).into_bytes(), false).await;
    assert_shown(&world, "too large");
    assert_eq!(world.stock("editor").await, 16, "nothing of all this was taken in");
    world.say(SELLER, "NEW-1").await;
    assert_shown(&world, "0 added, 1 was there already");
    world.tap(SELLER, "Done").await;
    world.say(SELLER, "NEW-6").await;
    assert_eq!(world.stock("editor").await, 16, "what is typed afterwards is no stock");
    world.end().await;
}

#[tokio::test]
async fn what_is_typed_after_leaving_a_form_does_not_land_in_it() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Add stock").await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Last Timer").await;
    world.say(SELLER, "NOT-FOR-THE-EDITOR").await;
    assert_eq!((world.stock("editor").await, world.stock("last").await), (14, 1));
    world.end().await;
}

#[tokio::test]
async fn every_field_of_a_product_can_be_changed_by_itself() {
    let world = World::new().await;
    let open = async || {
        world.say(SELLER, "/products").await;
        world.tap(SELLER, "10.00 USD").await;
    };
    open().await;
    world.tap(SELLER, "💵 Price").await;
    world.say(SELLER, "free").await;
    assert_shown(&world, "That is no price");
    world.say(SELLER, "1.999").await;
    assert_shown(&world, "more digits");
    world.say(SELLER, "12").await;
    assert_shown(&world, "The price was 10.00 USD and is 12.00 USD now");
    world.tap(SELLER, "💵 Price").await;
    world.say(SELLER, "10").await;

    world.tap(SELLER, "✏️ Name").await;
    world.say(SELLER, "Editor <b>Ultra</b> & more").await;
    assert_shown(&world, "Editor <b>Ultra</b> & more");
    world.tap(SELLER, "📝 Description").await;
    world.say(SELLER, "Two lines,\nnot one.").await;
    assert_shown(&world, "Two lines,\nnot one.");
    world.tap(SELLER, "📝 Description").await;
    world.tap(SELLER, "Remove").await;
    world.tap(SELLER, "🖼 Picture").await;
    world.tap(SELLER, "Remove").await;
    world.tap(SELLER, "🖼 Picture").await;
    world.upload(SELLER, "notes.txt", b"no picture".to_vec(), false).await;
    assert_shown(&world, "no picture that Telegram can show");
    world.upload(SELLER, "editor.png", picture(), false).await;
    world.tap(SELLER, "Category").await;
    world.tap(SELLER, "New category").await;
    world.say(SELLER, "Things").await;
    world.tap(SELLER, "Most per order").await;
    world.say(SELLER, "101").await;
    assert_shown(&world, "from 1 to 100");
    world.say(SELLER, "3").await;

    let changed = product(&world, "Editor <b>Ultra</b> & more").await;
    assert_eq!(changed.id.as_str(), "editor");
    assert_eq!((changed.price.minor, changed.quantity_max, changed.description.get("en")), (1_000, 3, ""));
    assert_eq!(changed.category.unwrap().as_str(), "things", "a category of that name was there");
    assert!(changed.picture.is_some());
    world.end().await;
}

#[tokio::test]
async fn hidden_and_archived_products_are_not_sold() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Hide").await;
    world.say(ANN, "/start p_editor").await;
    world.sees(ANN, "not for sale").await;
    world.tap(SELLER, "Put on sale").await;
    world.say(ANN, "/start p_editor").await;
    world.sees(ANN, "Editor Pro").await;
    world.tap(SELLER, "Archive").await;
    assert_eq!(product(&world, "Editor Pro").await.state, ProductState::OnSale, "it is asked once more");
    world.tap(SELLER, "Yes, archive it").await;
    assert_eq!(product(&world, "Editor Pro").await.state, ProductState::Archived);
    world.send_data(SELLER, id_of(&world.newest(SELLER)), "S:editor:on_sale").await;
    assert_eq!(product(&world, "Editor Pro").await.state, ProductState::Archived, "gone is gone");
    world.say(SELLER, "/products").await;
    assert!(!buttons(&world.newest(SELLER)).iter().any(|button| button["text"].as_str().unwrap().contains("Editor Pro")));
    world.end().await;
}

#[tokio::test]
async fn a_file_product_that_gives_nothing_is_not_put_on_sale() {
    let world = empty().await;
    begin_product(&world, "File or text", "Guide", "2").await;
    world.upload(SELLER, "guide.jpg", picture(), true).await;
    assert_shown(&world, "send it as a file");
    world.tap(SELLER, "Done").await;
    assert_shown(&world, "nothing to deliver yet");
    world.send_data(SELLER, id_of(&world.newest(SELLER)), "fo:y").await;
    assert_eq!(products(&world).await[0].state, ProductState::Draft);
    world.tap(SELLER, "Keep hidden").await;
    world.tap(SELLER, "Put on sale").await;
    world.hears(SELLER, "nothing to deliver yet").await;
    world.tap(SELLER, "What is delivered").await;
    for number in 0..11 {
        world.upload(SELLER, &format!("part-{number}.bin"), format!("part {number}").into_bytes(), false).await;
    }
    assert_shown(&world, "at most 10 files");
    world.tap(SELLER, "Start over").await;
    world.upload(SELLER, "film.mp4", vec![7; 20 * 1024 * 1024 + 1], false).await;
    assert_shown(&world, "files of up to 20 MB");
    world.upload(SELLER, "../guide.pdf", b"guide".to_vec(), false).await;
    world.tap(SELLER, "Done").await;
    world.tap(SELLER, "Put on sale").await;
    let made = products(&world).await.remove(0);
    assert_eq!((made.state, made.files.len(), made.files[0].name.as_str()), (ProductState::OnSale, 1, "guide.pdf"));
    let invoice = world.order(ANN, made.id.as_str()).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.settled().await;
    assert!(world.messages(ANN).iter().any(|message| message["document"]["file_name"] == "guide.pdf"), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn an_order_that_was_sold_out_is_served_from_new_stock() {
    let world = World::new().await;
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.pay(&late.uuid, Payment::Exact).await;
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Paid, but sold out").await;
    world.tap(SELLER, "Serve now").await;
    world.hears(SELLER, "still too little in stock").await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Last Timer").await;
    world.tap(SELLER, "Add stock").await;
    world.say(SELLER, "ONE-MORE").await;
    world.say(SELLER, &format!("/order {}", world.order_of(ANN).await.id.as_str().to_lowercase())).await;
    assert_shown(&world, "Paid, but sold out");
    world.tap(SELLER, "Serve now").await;
    world.sees(ANN, "ONE-MORE").await;
    world.tap(SELLER, "Panel").await;
    world.say(SELLER, "/cases").await;
    assert_shown(&world, "No open cases");
    world.end().await;
}

#[tokio::test]
async fn a_case_is_closed_with_what_was_done() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.shop().goods_stuck(&world.order_of(ANN).await.id, "telegram refuses: the moon is full").await.unwrap();
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    assert_shown(&world, "the moon is full");
    world.tap(SELLER, "Close the case").await;
    world.say(SELLER, "\u{200b}").await;
    assert_shown(&world, "nothing in it that can be seen");
    world.say(SELLER, &"x".repeat(1_001)).await;
    assert_shown(&world, "at most 1000 fit");
    assert_eq!(world.cases().await.len(), 1);
    world.say(SELLER, "It was me, trying it out.").await;
    assert_shown(&world, "The case is closed");
    assert!(world.cases().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn the_owner_changes_the_shop_itself() {
    let world = World::new().await;
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "Settings").await;
    world.tap(SELLER, "🏪 Name").await;
    world.say(SELLER, "Owl & Sons").await;
    world.tap(SELLER, "💬 Support").await;
    world.tap(SELLER, "Remove").await;
    world.say(ANN, "/support").await;
    world.sees(ANN, "Write to us here").await;
    assert!(!world.shows(ANN, "@owner"));
    world.tap(SELLER, "💬 Support").await;
    world.say(SELLER, "@owl_support").await;
    world.say(ANN, "/support").await;
    world.sees(ANN, "@owl_support").await;
    world.say(ANN, "/start").await;
    world.sees(ANN, "Owl & Sons").await;

    let coins = async || world.shop().store.read().await.unwrap().shop().await.unwrap().coins;
    let on: Vec<&str> = coins().await.iter().map(|coin| coin.code()).collect();
    assert!(on.len() > 1 && !on.contains(&"ETH_ARB"));
    world.tap(SELLER, "🪙 Coins").await;
    world.tap(SELLER, "⬜️ ETH · Arbitrum").await;
    assert!(coins().await.iter().any(|coin| coin.code() == "ETH_ARB"));
    for code in &on {
        world.send_data(SELLER, id_of(&world.newest(SELLER)), &format!("u:{code}:n:0")).await;
    }
    world.send_data(SELLER, id_of(&world.newest(SELLER)), "u:ETH_ARB:n:0").await;
    assert_eq!(coins().await.iter().map(|coin| coin.code()).collect::<Vec<_>>(), ["ETH_ARB"], "one is always left");
    world.hears(SELLER, "at least one coin").await;
    world.end().await;
}

#[tokio::test]
async fn an_order_with_long_answers_is_shown_whole() {
    let ask = |n: usize| format!("{{ id: q{n}, label: {{ en: Question {n} }} }}");
    let asks: Vec<String> = (0..10).map(ask).collect();
    let catalog = format!(
        "shop: {{ name: {{ en: New Shop }}, currency: USD }}\nproducts:\n  - {{ id: job, name: {{ en: Job }}, price: \"5\", kind: manual, ask: [ {} ] }}\n",
        asks.join(", ")
    );
    let world = World::with(Options { catalog, ..Options::default() }).await;
    world.say(ANN, "/start p_job").await;
    world.tap(ANN, "Buy ·").await;
    for n in 0..10 {
        world.say(ANN, &format!("{} end-of-{n}", "&".repeat(480))).await;
    }
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.say(SELLER, &format!("/order {}", world.order_of(ANN).await.id)).await;
    for n in 0..10 {
        assert!(world.count(SELLER, &format!("end-of-{n}")) > 0, "answer {n} is there");
    }
    world.tap(SELLER, "Hand over").await;
    world.tap(SELLER, "Without a note").await;
    world.tap(SELLER, "Panel").await;
    world.sees(SELLER, "Sold").await;
    world.say(ANN, "/orders").await;
    world.tap(ANN, "Job").await;
    world.sees(ANN, "…").await;
    world.say(SELLER, "/admin").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn a_second_tap_on_the_last_button_makes_no_second_product() {
    let world = empty().await;
    begin_product(&world, "Keys", "Key", "1").await;
    world.tap(SELLER, "Done").await;
    let (message, button): (i32, Value) = world.button(SELLER, "Put on sale");
    world.press(SELLER, message, &button);
    world.press(SELLER, message, &button);
    world.settled().await;
    assert_eq!(products(&world).await.len(), 1);
    assert!(ProductId::parse(products(&world).await[0].id.as_str()).is_some());
    world.end().await;
}
