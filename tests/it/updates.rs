//! Updates come in once, in order, from whoever knows the secret, and none is lost on a restart.

use kiosk::domain::product::CategoryId;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use crate::world::{ANN, BEN, CATALOG, Options, SELLER, World, buttons, http};

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

fn start(update_id: i64) -> String {
    format!(
        r#"{{"update_id":{update_id},"message":{{"message_id":77,"date":1,"chat":{{"id":{ANN},"type":"private"}},"from":{{"id":{ANN},"is_bot":false,"first_name":"Ann"}},"text":"/help"}}}}"#
    )
}

/// Where Telegram was told to push updates; and that the secret it was given is not known here, as it should be.
async fn webhook(world: &World) -> String {
    let url = format!("{}/telegram/bot{}/getWebhookInfo", world.base, crate::world::BOT_TOKEN);
    let info: serde_json::Value = http().get(url).send().await.unwrap().json().await.unwrap();
    info["result"]["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_update_that_comes_twice_is_answered_once() {
    let world = World::with(Options { webhook: true, ..Options::default() }).await;
    world.say(ANN, "/start").await;
    let update = json!({"update_id": 700_000_001, "message": {"message_id": 77, "date": 1, "chat": {"id": ANN, "type": "private"},
        "from": {"id": ANN, "is_bot": false, "first_name": "Ann"}, "text": "/help"}});
    for _ in 0..3 {
        world.sandbox.telegram.put_update(update.as_object().unwrap());
    }
    world.settled().await;
    assert_eq!(world.count(ANN, "How Night Owl Store works"), 1);
    world.end().await;
}

#[tokio::test]
async fn whoever_does_not_know_the_secret_is_not_heard() {
    let world = World::with(Options { webhook: true, ..Options::default() }).await;
    world.say(ANN, "/start").await;
    let url = webhook(&world).await;
    assert!(url.starts_with(&format!("{}/telegram/", world.app_url())), "{url}");
    let post = |secret: Option<&'static str>| {
        let request = http().post(&url).body(start(700_000_002));
        let request = if let Some(secret) = secret { request.header(SECRET_HEADER, secret) } else { request };
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(post(None).await, 401);
    assert_eq!(post(Some("")).await, 401);
    assert_eq!(post(Some("guessed")).await, 401);
    world.settled().await;
    assert_eq!(world.count(ANN, "How Night Owl Store works"), 0);
    world.end().await;
}

#[tokio::test]
async fn a_shop_that_polls_has_no_door_for_updates() {
    let world = World::new().await;
    let status =
        http().post(format!("{}/telegram/x", world.app_url())).header(SECRET_HEADER, "x").body(start(1)).send().await.unwrap().status();
    assert_eq!(status, 404);
    world.end().await;
}

#[tokio::test]
async fn what_is_said_while_the_shop_is_closed_is_answered_when_it_opens() {
    for webhook in [false, true] {
        let mut world = World::with(Options { webhook, ..Options::default() }).await;
        world.say(ANN, "/start").await;
        world.stop().await;
        for text in ["/help", "/terms", "/privacy"] {
            world.sandbox.telegram.say(ANN, text).unwrap();
        }
        world.start_again().await;
        world.settled().await;
        for text in ["How Night Owl Store works", "Terms", "This shop keeps"] {
            world.sees(ANN, text).await;
            assert_eq!(world.count(ANN, text), 1, "webhook: {webhook}");
        }
        let order: Vec<i64> =
            ["How Night", "You buy from", "This shop keeps"].map(|text| world.message(ANN, text)["message_id"].as_i64().unwrap()).into();
        assert!(order.is_sorted(), "answered in their order");
        world.end().await;
    }
}

#[tokio::test]
async fn a_shop_may_change_how_it_gets_updates() {
    let mut world = World::with(Options { webhook: true, ..Options::default() }).await;
    world.say(ANN, "/start").await;
    world.set_webhook(false);
    world.restart().await;
    world.say(ANN, "/help").await;
    world.sees(ANN, "How Night Owl Store works").await;
    world.end().await;
}

/// What somebody else does who has the token.
async fn meddle(world: &World, method: &str, fields: serde_json::Value) {
    let url = format!("{}/telegram/bot{}/{method}", world.base, crate::world::BOT_TOKEN);
    let answer: serde_json::Value = http().post(url).json(&fields).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["ok"], true, "{answer}");
}

#[tokio::test]
async fn a_bot_whose_webhook_was_changed_hears_again_within_ten_minutes_what_was_said_meanwhile() {
    let world = World::with(Options { webhook: true, ..Options::default() }).await;
    world.say(ANN, "/start").await;
    let url = webhook(&world).await;
    for (method, fields) in [("deleteWebhook", json!({})), ("setWebhook", json!({"url": "http://127.0.0.1:1/elsewhere"}))] {
        meddle(&world, method, fields).await;
        world.sandbox.telegram.say(ANN, "/help").unwrap();
        world.clock.advance(601);
        world.settled().await;
        assert_eq!(webhook(&world).await, url);
    }
    assert_eq!(world.count(ANN, "How Night Owl Store works"), 2);
    world.end().await;
}

#[tokio::test]
async fn a_bot_that_asks_takes_a_webhook_away_that_somebody_has_set_and_loses_nothing() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    meddle(&world, "setWebhook", json!({"url": "http://127.0.0.1:1/elsewhere"})).await;
    world.say(ANN, "/help").await;
    world.sees(ANN, "How Night Owl Store works").await;
    assert_eq!(webhook(&world).await, "");
    world.end().await;
}

/// Telegram cannot be reached for the answer, and for nothing else.
fn unreachable() -> Faults {
    let methods = ["sendMessage", "sendPhoto", "editMessageText", "editMessageMedia", "editMessageCaption"].map(str::to_owned).into();
    Faults { telegram: CallFaults { methods, percent: 100, close: true, ..CallFaults::default() }, ..Faults::default() }
}

#[tokio::test]
async fn an_answer_that_telegram_did_not_take_comes_later_and_nothing_is_done_twice() {
    let world = World::new().await;
    // The seller gives credit, and does not hear of it at once.
    world.say(ANN, "/start").await;
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.tap(SELLER, "Give credit").await;
    world.say(SELLER, "7").await;
    world.faults(unreachable());
    world.say(SELLER, "a gift").await;
    assert_eq!(world.balance(ANN).await, 700);
    world.wait(60).await;
    world.faults(Faults::default());
    world.wait(120).await;
    assert_eq!((world.balance(ANN).await, world.count(SELLER, "I only understand")), (700, 0));
    assert!(world.shown(SELLER).contains("7.00 USD"), "{}", world.shown(SELLER));
    // A tap makes one copy.
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "More").await;
    world.faults(unreachable());
    world.tap(SELLER, "Duplicate").await;
    world.wait(30).await;
    world.faults(Faults::default());
    world.wait(120).await;
    assert!(world.shown(SELLER).contains("Editor Pro (2)"), "{}", world.shown(SELLER));
    world.say(SELLER, "/products").await;
    assert_eq!(world.shown(SELLER).matches("Editor Pro (").count() + labels(&world, SELLER).matches("Editor Pro (").count(), 1);
    // A buyer answers what is asked.
    world.say(BEN, "/start p_mug").await;
    world.tap(BEN, "Buy ·").await;
    world.say(BEN, "+44 20 7946 0000").await;
    world.tap(BEN, "White").await;
    world.faults(unreachable());
    world.say(BEN, "Ben Lee, 5 Night Lane, 12345 Owlton").await;
    world.wait(30).await;
    world.faults(Faults::default());
    world.wait(120).await;
    world.pick_usdt(BEN).await;
    assert_eq!(world.count(BEN, "I only understand"), 0);
    world.end().await;
}

fn labels(world: &World, user: i64) -> String {
    buttons(&world.newest(user)).iter().map(|button| button["text"].to_string()).collect()
}

// What was answered and is taken up again, because how it ended could not be kept.

/// Lets no update end, or fails another write, until it is taken away.
async fn trouble(world: &World, write: &str) -> SqliteConnection {
    let mut trouble = SqliteConnection::connect(&format!("sqlite://{}", world.data_dir().join("kiosk.db").display())).await.unwrap();
    let fails: &'static str =
        Box::leak(format!("CREATE TRIGGER trouble BEFORE UPDATE {write} BEGIN SELECT RAISE(ABORT, 'no'); END").into_boxed_str());
    sqlx::query(fails).execute(&mut trouble).await.unwrap();
    trouble
}

const NO_UPDATE_ENDS: &str = "OF done_at ON jobs WHEN NEW.kind = 'update' AND NEW.done_at IS NOT NULL";

#[tokio::test]
async fn an_amount_is_not_taken_for_its_reason_when_its_update_is_taken_up_again() {
    let mut world = World::new().await;
    world.say(ANN, "/start").await;
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.tap(SELLER, "Give credit").await;
    let mut trouble = trouble(&world, NO_UPDATE_ENDS).await;
    world.sandbox.telegram.say(SELLER, "10").unwrap();
    world.sees(SELLER, "Why?").await;
    world.crash().await;
    sqlx::query("DROP TRIGGER trouble").execute(&mut trouble).await.unwrap();
    world.wait(120).await;
    assert_eq!(world.balance(ANN).await, 0, "{}", world.transcript(SELLER));
    assert!(world.shown(SELLER).contains("Why?"), "{}", world.transcript(SELLER));
    world.say(SELLER, "for patience").await;
    assert_eq!(world.balance(ANN).await, 1_000);
    world.end().await;
}

#[tokio::test]
async fn a_note_is_not_lost_when_the_hand_over_failed_behind_it() {
    let world = World::new().await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+49 151 23456789").await;
    world.tap(ANN, "White").await;
    world.say(ANN, "7 Hill Road").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.tap(SELLER, "Hand over").await;
    let mut trouble = trouble(&world, "ON order_lines").await;
    world.say(SELLER, "It is in the post").await;
    assert_eq!(world.count(ANN, "It is in the post"), 0);
    sqlx::query("DROP TRIGGER trouble").execute(&mut trouble).await.unwrap();
    world.wait(30).await;
    world.sees(ANN, "It is in the post").await;
    assert!(!world.transcript(SELLER).contains("I only understand"), "{}", world.transcript(SELLER));
    world.tap(SELLER, "‹ Panel").await;
    world.end().await;
}

#[tokio::test]
async fn a_page_whose_picture_telegram_refuses_is_there_in_words() {
    let world = World::new().await;
    for (status, description) in
        [(400, "Bad Request: IMAGE_PROCESS_FAILED"), (400, "Bad Request: wrong file identifier/HTTP URL specified")]
    {
        let telegram = CallFaults {
            methods: vec!["sendPhoto".to_owned()],
            status: Some(status),
            description: Some(description.to_owned()),
            ..CallFaults::default()
        };
        world.faults(Faults { telegram, ..Faults::default() });
        let before = world.count(ANN, "Editor Pro");
        world.say(ANN, "/start p_editor").await;
        assert_eq!(world.count(ANN, "Editor Pro"), before + 1, "{}", world.transcript(ANN));
        world.faults(Faults::default());
    }
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_product_goes_up_by_one_place_when_its_update_is_taken_up_again() {
    let catalog = format!("{CATALOG}  - {{ id: third, category: keys, name: {{ en: Third }}, price: \"3\", kind: keys, stock: [ T ] }}\n");
    let mut world = World::with(Options { catalog, ..Options::default() }).await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Third").await;
    world.tap(SELLER, "More").await;
    let mut trouble = trouble(&world, NO_UPDATE_ENDS).await;
    let (message, up) = world.button(SELLER, "Up");
    world.press(SELLER, message, &up);
    world.hears(SELLER, "Moved").await;
    world.crash().await;
    sqlx::query("DROP TRIGGER trouble").execute(&mut trouble).await.unwrap();
    world.wait(120).await;
    let keys = CategoryId::parse("keys").unwrap();
    let places = world.shop().store.read().await.unwrap().places_in(Some(&keys)).await.unwrap();
    let order: Vec<_> = places.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(order, ["editor", "third", "last"]);
    world.end().await;
}
