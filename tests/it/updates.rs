//! Updates come in once, in order, from whoever knows the secret, and none is lost on a restart.

use serde_json::json;

use crate::world::{ANN, Options, World, http};

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
