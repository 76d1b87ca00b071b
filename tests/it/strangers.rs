//! What others do: they tap buttons of somebody else, send junk, hammer. Nothing of one buyer ever shows to another, and nobody is left
//! without an answer.

use std::collections::BTreeSet;

use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::telegram::Saying;
use serde_json::{Value, json};

use crate::world::{ANN, BEN, SELLER, World, buttons, id_of};

/// Every callback data that was ever under a message of Ann's, in the order of a purchase.
async fn a_purchase_and_its_buttons(world: &World) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut look = || seen.extend(datas(world, ANN));
    world.say(ANN, "/start").await;
    look();
    world.tap(ANN, "Things").await;
    look();
    world.tap(ANN, "Mug").await;
    look();
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+44 20 7946 0000").await;
    look();
    world.tap(ANN, "White").await;
    world.say(ANN, "Ann Lee, 7 Secret Road, 12345 Town").await;
    look();
    world.tap(ANN, "USDT ›").await;
    look();
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "Send exactly").await;
    look();
    world.tap(ANN, "✖️ Cancel").await;
    look();
    world.tap(ANN, "Back to payment").await;
    let paid = world.order(ANN, "editor").await;
    look();
    world.pay(&paid.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    look();
    for command in ["/orders", "/help", "/language", "/support"] {
        world.say(ANN, command).await;
        look();
    }
    world.tap(ANN, "Mug · waiting").await;
    look();
    seen
}

fn datas(world: &World, user: i64) -> Vec<String> {
    let messages = world.messages(user);
    messages.iter().flat_map(buttons).filter_map(|button| button["data"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn somebody_elses_buttons_show_nothing_and_change_nothing() {
    let world = World::new().await;
    let seen = a_purchase_and_its_buttons(&world).await;
    assert!(seen.len() > 30, "{seen:?}");
    let (before, chat) = (world.orders_of(ANN).await, world.transcript(ANN));
    let secrets: Vec<String> =
        before.iter().map(|order| order.id.to_string()).chain(["Secret Road", "EDIT-0001", "7946 0000"].map(str::to_owned)).collect();
    let addresses = world.sandbox.cryptocloud.invoices().into_iter().map(|invoice| invoice.address);
    let secrets: Vec<String> = secrets.into_iter().chain(addresses).collect();
    world.say(BEN, "/start").await;
    for data in &seen {
        let calls = world.sandbox.telegram.calls("answerCallbackQuery");
        world.send_data(BEN, id_of(&world.newest(BEN)), data).await;
        assert_eq!(world.sandbox.telegram.calls("answerCallbackQuery"), calls + 1, "{data}: a tap is answered");
        let shown = world.transcript(BEN);
        for secret in &secrets {
            assert!(!shown.contains(secret.as_str()), "{data} shows {secret} to Ben:\n{shown}");
        }
    }
    assert_eq!(world.orders_of(ANN).await, before);
    assert_eq!(world.transcript(ANN), chat);
    world.end().await;
}

#[tokio::test]
async fn a_buyer_cannot_do_what_the_seller_can() {
    let world = World::new().await;
    let paid = world.order(ANN, "editor").await;
    world.pay(&paid.uuid, Payment::Exact).await;
    let order = world.order_of(ANN).await;
    world.say(BEN, "/start").await;
    let message = id_of(&world.newest(BEN));
    let mine: Vec<String> = [
        "A".to_owned(),
        "P:0".to_owned(),
        "E:editor".to_owned(),
        "F:editor:price".to_owned(),
        "S:editor:hidden".to_owned(),
        "G:editor:things".to_owned(),
        "N".to_owned(),
        "K:keys".to_owned(),
        "L:w:0".to_owned(),
        "L:a:0".to_owned(),
        format!("M:{}", order.id),
        format!("H:{}", order.id),
        format!("V:{}", order.id),
        format!("D:{}", order.id),
        format!("R:{}", order.id),
        "Z".to_owned(),
        "z:abc".to_owned(),
    ]
    .into();
    for data in mine {
        world.send_data(BEN, message, &data).await;
        world.say(BEN, "1").await;
    }
    for command in ["/admin", "/products", "/sales", "/claim x", "/start claim_x"] {
        world.say(BEN, command).await;
    }
    let chat = world.transcript(BEN);
    assert!(!chat.contains(order.id.as_str()) && !chat.contains("EDIT-"), "{chat}");
    world.say(BEN, "/start p_editor").await;
    world.sees(BEN, "10.00 USD").await;
    assert_eq!(world.order_of(ANN).await, order);
    world.end().await;
}

#[tokio::test]
async fn junk_from_a_client_gets_the_shop_and_never_a_crash() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    for data in [
        "",
        " ",
        "x",
        "🦉🦉🦉🦉",
        "p:editor:0",
        "p:editor:99999999999",
        "b:editor:-1",
        "b:nothing:1",
        "q:editor:1:DOGE",
        "k:AAAAAAAA:BTC",
        "d:",
        "o:99999",
        "c:none:99999",
        "y:7",
        "l:xx",
        "%00",
        "p:editor:1\u{0}",
        "../../etc",
        "'; DROP TABLE orders; --",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["a".repeat(64), "ж".repeat(32), ":".repeat(64)])
    {
        let answered = world.sandbox.telegram.calls("answerCallbackQuery");
        world.send_data(ANN, id_of(&world.newest(ANN)), &data).await;
        assert_eq!(world.sandbox.telegram.calls("answerCallbackQuery"), answered + 1, "{data:?} is answered");
    }
    world.say(ANN, "/start").await;
    world.sees(ANN, "Night Owl Store").await;
    assert_eq!(world.count(ANN, "went wrong"), 0, "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn whatever_people_send_is_answered() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    let send = |saying: Saying| {
        world.sandbox.telegram.send(ANN, saying).unwrap();
    };
    let text = |text: &str| Saying { text: text.to_owned(), ..Saying::default() };
    let hologram = json!({"type": "hologram", "offset": 0, "length": 4});
    let custom = json!({"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5368324170671202286"});
    let forward = json!({"type": "hidden_user", "date": 1, "sender_user_name": "nobody"});
    let all = [
        text("🦉 hello 👨‍👩‍👧‍👦 \u{202e}olleh"),
        Saying { entities: vec![custom], ..text("🦉 emoji") },
        Saying { entities: vec![hologram], ..text("what") },
        Saying { forward_origin: Some(forward), ..text("forwarded") },
        text(&"long ".repeat(800)),
        text("/nothing_like_that"),
        text("/"),
        text("<b>&lt;unclosed"),
        text("/start p_nothing"),
        text("/start p_"),
        text(&format!("/start {}", "x".repeat(64))),
    ];
    for saying in all {
        let (before, what) = (world.messages(ANN).len(), saying.text.chars().take(20).collect::<String>());
        send(saying);
        world.settled().await;
        assert!(world.messages(ANN).len() >= before + 2, "{what:?} has no answer:\n{}", world.transcript(ANN));
    }
    for part in [
        "\"sticker\":{\"file_id\":\"x\"}",
        "\"poll\":{}",
        "\"story\":{}",
        "\"something_of_tomorrow\":{\"a\":[1]}",
        "\"location\":{\"latitude\":1.5}",
        "\"text\":\"raw\",\"via_bot\":7",
    ] {
        let before = world.messages(ANN).len();
        update(&world, &format!("{{\"message\":{{\"message_id\":9000,\"date\":1,\"chat\":{{\"id\":{ANN},\"type\":\"private\"}},\"from\":{{\"id\":{ANN},\"is_bot\":false,\"first_name\":\"Ann\"}},{part}}}}}")).await;
        assert_eq!(world.messages(ANN).len(), before + 1, "{part} has no answer");
    }
    world.upload(ANN, "photo.png", crate::world::picture(), true).await;
    world.upload(ANN, "paper.pdf", b"%PDF".to_vec(), false).await;
    assert_eq!(world.count(ANN, "went wrong"), 0, "{}", world.transcript(ANN));
    world.end().await;
}

async fn update(world: &World, raw: &str) {
    let update: Value = serde_json::from_str(raw).unwrap();
    world.sandbox.telegram.put_update(update.as_object().unwrap());
    world.settled().await;
}

#[tokio::test]
async fn groups_channels_and_bots_hear_nothing() {
    let world = World::new().await;
    let sent = || ["sendMessage", "sendPhoto", "editMessageText", "editMessageMedia"].map(|method| world.sandbox.telegram.calls(method));
    let before = sent();
    for raw in [
        r#"{"message":{"message_id":5,"date":1,"chat":{"id":-7,"type":"group","title":"g"},"from":{"id":101,"is_bot":false,"first_name":"A"},"text":"/start"}}"#,
        r#"{"message":{"message_id":5,"date":1,"chat":{"id":-1007,"type":"supergroup","title":"g"},"from":{"id":101,"is_bot":false,"first_name":"A"},"text":"/orders"}}"#,
        r#"{"channel_post":{"message_id":5,"date":1,"chat":{"id":-1008,"type":"channel","title":"c"},"text":"/start"}}"#,
        r#"{"message":{"message_id":5,"date":1,"chat":{"id":7,"type":"private"},"from":{"id":7,"is_bot":true,"first_name":"Bot"},"text":"/start"}}"#,
        r#"{"edited_message":{"message_id":5,"date":1,"edit_date":2,"chat":{"id":101,"type":"private"},"from":{"id":101,"is_bot":false,"first_name":"A"},"text":"/start"}}"#,
        r#"{"inline_query":{"id":"1","from":{"id":101,"is_bot":false,"first_name":"A"},"query":"x","offset":""}}"#,
        r#"{"message_reaction":{"chat":{"id":101,"type":"private"},"message_id":1,"user":{"id":101,"is_bot":false,"first_name":"A"},"date":1,"old_reaction":[],"new_reaction":[]}}"#,
        r#"{"of_tomorrow":{"chat":{"id":101}}}"#,
        r"{}",
    ] {
        update(&world, raw).await;
    }
    assert_eq!(sent(), before);
    let (_, failed) = world.shop().store.read().await.unwrap().job_counts(world.clock.now()).await.unwrap();
    assert_eq!(failed, 0);
    world.end().await;
}

#[tokio::test]
async fn a_double_tap_is_one_wish() {
    let world = World::new().await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    let (message, button) = world.button(ANN, "TRON");
    for _ in 0..5 {
        world.press(ANN, message, &button);
    }
    world.settled().await;
    assert_eq!((world.sandbox.cryptocloud.invoices().len(), world.stock("editor").await), (1, 13));
    let invoice = world.invoice();
    world.sees(ANN, &invoice.address).await;
    let (message, cancel) = world.button(ANN, "✖️ Cancel");
    world.press(ANN, message, &cancel);
    world.press(ANN, message, &cancel);
    world.settled().await;
    let (message, yes) = world.button(ANN, "Yes, cancel it");
    for _ in 0..3 {
        world.press(ANN, message, &yes);
    }
    world.settled().await;
    assert_eq!(world.stock("editor").await, 14);
    assert!(!world.shows(ANN, &invoice.address));
    assert_eq!(world.count(ANN, "went wrong"), 0);
    world.end().await;
}

#[tokio::test]
async fn buttons_of_a_card_that_has_ended_do_no_harm() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let card = world.message(ANN, &invoice.address);
    let old: Vec<String> = buttons(&card).iter().filter_map(|button| button["data"].as_str().map(str::to_owned)).collect();
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    let order = world.order_of(ANN).await;
    let more = [format!("X:{}", order.id), format!("k:{}:BTC", order.id), format!("n:{}:USDT", order.id)];
    for data in old.iter().chain(&more) {
        world.send_data(ANN, id_of(&world.newest(ANN)), data).await;
        assert!(!world.shows(ANN, &invoice.address));
    }
    assert_eq!(world.order_of(ANN).await.state, order.state);
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_chat_that_hammers_delays_nobody() {
    let mut world = World::new().await;
    for number in 0..100 {
        world.sandbox.telegram.say(BEN, &format!("hello {number}")).unwrap();
    }
    world.sandbox.telegram.say(ANN, "/start").unwrap();
    world.sees(ANN, "Night Owl Store").await;
    let meanwhile = world.count(BEN, "I only understand");
    world.settled().await;
    let answers = world.count(BEN, "I only understand");
    assert!(meanwhile < answers, "Ann was answered after {meanwhile} of {answers} answers to Ben");
    assert!(world.count(BEN, "I only understand") >= 10, "some are answered");
    world.say(BEN, "/start").await;
    world.sees(BEN, "Welcome!").await;
    world.stop().await;
}

#[tokio::test]
async fn the_sellers_chat_is_for_the_seller() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(SELLER, "Sold").await;
    assert!(!world.transcript(SELLER).contains("EDIT-0001"), "not even the seller needs to see sold goods in passing");
    assert_eq!(world.count(BEN, "Sold"), 0);
    world.end().await;
}
