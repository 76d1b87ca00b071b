//! Goods from the seller's own system: asked for with a signature, kept before they are sent, asked for again until they come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use data_encoding::BASE64;
use kiosk::domain::order::{Delivery, OrderState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::receiver;
use kiosk::shop::webhook::Caller;
use kiosk::store::CaseKind;
use serde_json::Value;

use crate::world::{ANN, CATALOG, Options, SELLER, World, serve, text_of};

const SECRET: &str = "whsec_a2lvc2stZGVtby1zZWNyZXQtdGhhdC1vcGVucy1ub3RoaW5n";

/// What a system of a seller was asked: id, time, signature, body.
#[derive(Clone)]
struct Asked {
    id: String,
    sent_at: String,
    signature: String,
    body: String,
}

/// The system of a seller, which answers as it is told to, and then with goods.
#[derive(Clone, Default)]
struct System {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<VecDeque<Planned>>>,
}

/// Status, content type and body of an answer.
type Planned = (u16, &'static str, String);

impl System {
    async fn start(&self) -> String {
        let system = self.clone();
        let answer = move |headers: HeaderMap, body: Bytes| {
            let system = system.clone();
            async move { system.answer(&headers, &body) }
        };
        format!("{}/goods", serve(axum::Router::new().route("/goods", post(answer))).await)
    }

    fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let (id, sent_at, signature) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
        self.asked.lock().unwrap().push(Asked { id, sent_at, signature, body: String::from_utf8(body.to_vec()).unwrap() });
        let planned = self.answers.lock().unwrap().pop_front();
        let (status, kind, text) = planned.unwrap_or((200, "application/json", r#"{"text":"VOUCHER-1\nVOUCHER-2"}"#.to_owned()));
        (StatusCode::from_u16(status).unwrap(), [("content-type", kind), ("location", "http://127.0.0.1:1/")], text).into_response()
    }

    /// What it answers next, before it answers with goods.
    fn plan(&self, answers: &[(u16, &'static str, &str)]) {
        self.answers.lock().unwrap().extend(answers.iter().map(|(status, kind, text)| (*status, *kind, (*text).to_owned())));
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn shop(url: &str) -> World {
    let webhook = format!("{{ url: \"{url}\", secret: {SECRET} }}");
    let catalog = format!(
        "{CATALOG}  - {{ id: pass, category: things, name: {{ en: Day Pass }}, price: \"6\", kind: webhook, webhook: {webhook} }}\n"
    );
    World::with(Options { catalog, ..Options::default() }).await
}

#[tokio::test]
async fn the_answer_of_the_sellers_system_is_the_goods() {
    let system = System::default();
    let world = shop(&system.start().await).await;
    let invoice = world.order(ANN, "pass").await;
    assert!(system.asked().is_empty(), "nothing is asked for before it is paid");
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "VOUCHER-2").await;
    let order = world.order_of(ANN).await;
    assert_eq!(order.state, OrderState::Completed);

    // What was asked, and that it was signed: computed here without the shop's own code.
    let [asked]: [Asked; 1] = system.asked().try_into().ok().unwrap();
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!((body["type"].as_str(), body["data"]["order"].as_str()), (Some("goods.requested"), Some(order.id.as_str())));
    assert_eq!((&body["data"]["quantity"], &body["data"]["unit_price"]), (&1.into(), &"6.00".into()));
    assert_eq!(asked.id, format!("line_{}", order.lines[0].id));
    let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
    let signed = ring::hmac::sign(&key, format!("{}.{}.{}", asked.id, asked.sent_at, asked.body).as_bytes());
    assert_eq!(asked.signature, format!("v1,{}", BASE64.encode(signed.as_ref())));
    assert_eq!(asked.sent_at, world.clock.now().to_string());

    // Again from /orders, without asking again.
    world.say(ANN, "/orders").await;
    world.tap(ANN, "Day Pass").await;
    world.tap(ANN, "Send goods again").await;
    assert_eq!(world.count(ANN, "VOUCHER-1"), 2);
    assert_eq!(system.asked().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_system_that_does_not_answer_well_is_asked_again_with_the_same_id() {
    let system = System::default();
    let world = shop(&system.start().await).await;
    let long = "x".repeat(40_000);
    system.plan(&[
        (500, "text/plain", "secret trouble"),
        (302, "text/plain", ""),
        (200, "application/json", "{}"),
        (200, "text/plain", &long),
        (200, "text/plain", " "),
    ]);
    let invoice = world.order(ANN, "pass").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    for (tries, pause) in [(1, 5), (2, 300), (3, 1_800), (4, 7_200), (5, 18_000)] {
        assert_eq!(system.asked().len(), tries);
        world.advance(pause - 1).await;
        assert_eq!(system.asked().len(), tries, "not before {pause} seconds");
        assert_eq!(world.count(ANN, "VOUCHER"), 0);
        world.advance(2).await;
    }
    world.sees(ANN, "VOUCHER-1").await;
    let ids: std::collections::BTreeSet<String> = system.asked().iter().map(|asked| asked.id.clone()).collect();
    assert_eq!(ids.len(), 1);
    assert!(world.cases().await.is_empty());
    assert!(!world.transcript(SELLER).contains("secret trouble"));
    world.end().await;
}

#[tokio::test]
async fn an_order_that_the_system_never_answers_is_a_case_and_can_be_served_later() {
    let system = System::default();
    let world = shop(&system.start().await).await;
    system.plan(&[(503, "text/plain", ""); 8]);
    let invoice = world.order(ANN, "pass").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    for pause in [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] {
        assert!(world.cases().await.is_empty());
        world.advance(pause + 1).await;
    }
    assert_eq!(system.asked().len(), 8);
    assert_eq!(world.cases().await[0].kind, CaseKind::Undeliverable);
    assert_eq!(world.order_of(ANN).await.lines[0].delivery, Delivery::Held);
    world.sees(ANN, "The seller must look after it").await;
    world.sees(SELLER, "asked 8 times").await;
    world.check().await;
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Serve now").await;
    world.tap(SELLER, "‹ Panel").await;
    world.sees(ANN, "VOUCHER-1").await;
    assert!(world.cases().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn gone_is_gone_at_once_and_the_money_can_be_given_back() {
    let system = System::default();
    let world = shop(&system.start().await).await;
    system.plan(&[(410, "text/plain", "")]);
    let invoice = world.order(ANN, "pass").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(world.cases().await.len(), 1);
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Credit the buyer").await;
    world.tap(SELLER, "All of it: 6.00 USD").await;
    world.say(SELLER, "No rooms left").await;
    assert_eq!(world.balance(ANN).await, 600);
    world.advance(200_000).await;
    assert_eq!(system.asked().len(), 1, "nobody asks any more");
    world.end().await;
}

#[tokio::test]
async fn an_answer_that_came_in_the_last_moment_before_a_crash_is_asked_for_again_and_sent_once() {
    let system = System::default();
    let mut world = shop(&system.start().await).await;
    let invoice = world.order(ANN, "pass").await;
    world.stop().await;
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.start_again().await;
    world.wait(30).await;
    world.sees(ANN, "VOUCHER-1").await;
    world.restart().await;
    assert_eq!(world.count(ANN, "VOUCHER-1"), 1);
    world.end().await;
}

#[tokio::test]
async fn the_receiver_of_the_sandbox_answers_who_signs_and_nobody_else() {
    let world = shop("http://127.0.0.1:1/x").await;
    let url = format!("{}{}", world.base, receiver::PATH);
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Day Pass").await;
    world.tap(SELLER, "Who is asked").await;
    world.say(SELLER, &url).await;
    world.tap(SELLER, "Done").await;
    let invoice = world.order(ANN, "pass").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "OWL-").await;
    let unsigned = crate::world::http().post(&url).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    world.end().await;
}

#[tokio::test]
async fn the_seller_sets_an_own_system_up_by_what_the_bot_says() {
    let system = System::default();
    let url = system.start().await;
    let world = World::with(Options { catalog: "shop: { name: { en: New }, currency: USD }\n".to_owned(), ..Options::default() }).await;
    world.say(SELLER, "/new").await;
    world.tap(SELLER, "From my system").await;
    world.say(SELLER, "Voucher").await;
    world.say(SELLER, "3").await;
    for _ in 0..3 {
        world.tap(SELLER, "Skip").await;
    }
    world.sees(SELLER, "Which address is asked for the goods?").await;
    let newest = |what: &str| {
        let shown = text_of(&world.newest(SELLER)).to_owned();
        assert!(shown.contains(what), "{what}: {shown}");
    };
    for (words, said) in [
        ("my server", "That is no address"),
        ("🦉", "That is no address"),
        ("http://shop.example.com/goods", "must begin with https://"),
        ("https://ann:secret@shop.example.com/", "There is a password"),
        ("خادمي", "That is no address"),
    ] {
        world.say(SELLER, words).await;
        newest(said);
    }
    world.say(SELLER, &format!("https://shop.example.com/{}", "a".repeat(4_000))).await;
    newest("longer than 500");
    world.upload(SELLER, "server.txt", b"https://shop.example.com".to_vec(), false).await;
    newest("A file does not help here");
    world.say(SELLER, &url).await;
    newest("This is the secret");
    let shown = text_of(&world.newest(SELLER)).to_owned();
    let first = shown.split_whitespace().find(|word| word.starts_with("whsec_")).unwrap().to_owned();
    world.tap(SELLER, "New secret").await;
    newest("This is the secret");
    assert!(!text_of(&world.newest(SELLER)).contains(&first), "a new one");
    world.tap(SELLER, "Done").await;
    world.tap(SELLER, "Put on sale").await;
    assert!(!world.messages(SELLER).iter().any(|message| text_of(message).contains(&first)), "secrets do not stay in the chat");
    let id = world.shop().product_page(0).await.unwrap().0[0].id.clone();
    let invoice = world.order(ANN, id.as_str()).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "VOUCHER-1").await;
    world.end().await;
}

#[tokio::test]
async fn a_shop_does_not_call_private_addresses_unless_its_operator_allows_it() {
    let caller = Caller::new(false);
    for url in ["https://169.254.169.254/latest/", "https://10.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://localhost:8443/"] {
        assert!(caller.check(url).is_err(), "{url}");
    }
    assert!(caller.check("https://shop.example.com/goods").is_ok());
}
