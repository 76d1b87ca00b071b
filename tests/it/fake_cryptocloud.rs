//! The fake provider over HTTP: it speaks the documented wire, refuses what the real one refuses, and tells the project what it is told to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use data_encoding::BASE64URL_NOPAD;
use kiosk::clock::Clock;
use kiosk::cryptocloud::{self, NewInvoice, check_echo};
use kiosk::domain::coin::Coin;
use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::settlement::Price;
use kiosk::sandbox::cryptocloud::{Keys, Payment, Provider, Status};
use kiosk::sandbox::faults::{CallFaults, FaultBoard, Faults, Forgery, PostbackFaults};
use reqwest::{Client, RequestBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// 20 November 2026, 10:00:01 UTC.
const MORNING: i64 = 1_795_168_801;
const API_KEY: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2FuZGJveA";
const SECRET: &str = "example-secret-not-real-0123456789";

/// A provider, the clock and the faults it obeys, and a client that knows its key.
struct World {
    provider: Provider,
    clock: Clock,
    faults: FaultBoard,
    url: String,
    http: Client,
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn world() -> World {
    let (clock, faults) = (Clock::manual(MORNING), FaultBoard::default());
    let keys = Keys { api_key: API_KEY.to_owned(), shop_id: "aB3dE6gH9jK2mN5p".to_owned(), secret_key: SECRET.to_owned() };
    let provider = Provider::new(keys, clock.clone(), faults.clone(), None);
    let router = Router::new().nest("/cryptocloud", provider.router()).nest("/sandbox", provider.control());
    World { provider, clock, faults, url: listen(router).await, http: Client::builder().no_proxy().build().unwrap() }
}

/// A status and the text of the body, in which floats keep their spelling.
async fn answer(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

impl World {
    fn call(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}/cryptocloud/v2/{path}", self.url)).header("authorization", format!("Token {API_KEY}"))
    }

    async fn ask(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = answer(self.call(path).json(body)).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// Creates an invoice and gives its object.
    async fn create(&self, amount: &str, currency: &str, coin: &str) -> Value {
        let (status, answer) = self.ask("invoice/create", &order(amount, currency, coin)).await;
        assert_eq!(status, 200, "{answer}");
        answer["result"].clone()
    }

    async fn info(&self, invoice: &Value) -> Value {
        let (status, answer) = self.ask("invoice/merchant/info", &json!({"uuids": [invoice["uuid"]]})).await;
        assert_eq!((status, answer["result"].as_array().unwrap().len()), (200, 1));
        answer["result"][0].clone()
    }

    async fn control(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = answer(self.http.post(format!("{}/sandbox/{path}", self.url)).json(body)).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    fn pay(&self, invoice: &Value, payment: Payment) -> Status {
        self.provider.pay(invoice["uuid"].as_str().unwrap(), payment).unwrap().status
    }

    fn postback_faults(&self, postbacks: PostbackFaults) {
        self.faults.set(Faults { postbacks, ..Faults::default() });
    }

    fn call_faults(&self, cryptocloud: CallFaults) {
        self.faults.set(Faults { cryptocloud, ..Faults::default() });
    }
}

fn order(amount: &str, currency: &str, coin: &str) -> Value {
    json!({
        "shop_id": "aB3dE6gH9jK2mN5p", "amount": amount, "currency": currency, "order_id": "ord_01J8Z6M2",
        "add_fields": {"cryptocurrency": coin, "time_to_pay": {"hours": 1, "minutes": 0}},
    })
}

fn error(field: &str, message: &str) -> Value {
    json!({"status": "error", "result": {field: message}})
}

/// The project's notification URL: what came, and a status to answer with.
struct Project {
    came: mpsc::UnboundedReceiver<(String, String)>,
    status: Arc<AtomicU16>,
}

async fn project(world: &World) -> Project {
    let (heard, came) = mpsc::unbounded_channel();
    let status = Arc::new(AtomicU16::new(200));
    let answer = status.clone();
    let receive = move |headers: axum::http::HeaderMap, body: String| async move {
        let kind = headers["content-type"].to_str().unwrap().to_owned();
        heard.send((kind, body)).unwrap();
        StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap()
    };
    let url = listen(Router::new().route("/postback", post(receive))).await;
    world.provider.set_postback_url(Some(format!("{url}/postback")));
    Project { came, status }
}

impl Project {
    /// What has come by now.
    async fn heard(&mut self, world: &World) -> Vec<(String, String)> {
        world.provider.postbacks_done().await;
        let mut all = Vec::new();
        while let Ok(one) = self.came.try_recv() {
            all.push(one);
        }
        all
    }
}

/// The header and the claims of a token, and whether its signature is that of the secret key.
fn opened(token: &str) -> (Value, Value, bool) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let good = ring::hmac::verify(&key, signed.as_bytes(), &BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()).is_ok();
    (json(header), json(claims), good)
}

#[tokio::test]
async fn an_invoice_is_created_with_an_address_and_an_exact_amount() {
    let world = world().await;
    let (status, text) = answer(world.call("invoice/create?locale=en").json(&order("25.00", "USD", "USDT_TRC20"))).await;
    assert_eq!(status, 200);
    assert!(text.contains(r#""amount":25.01,"amount_usd":25.0,"amount_in_fiat":25.0,"#), "{text}");
    let invoice = &serde_json::from_str::<Value>(&text).unwrap()["result"];
    let (uuid, address) = (invoice["uuid"].as_str().unwrap(), invoice["address"].as_str().unwrap());
    assert!(
        uuid.starts_with("INV-") && uuid.len() == 12 && uuid[4..].chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()),
        "{uuid}"
    );
    assert!(bs58::decode(address).with_check(Some(0x41)).into_vec().is_ok(), "{address}");
    assert!(invoice["created"].as_str().unwrap().starts_with("2026-11-20 10:00:01"));
    let expiry = invoice["expiry_date"].as_str().unwrap();
    assert!(expiry.starts_with("2026-11-20 11:00:00") || expiry.starts_with("2026-11-20 10:59:59"), "an hour but a second: {expiry}");
    for (field, value) in [("side_commission_service", json!("merchant")), ("invoice_id", Value::Null), ("status", json!("created"))] {
        assert_eq!(invoice[field], value, "{field}");
    }
    assert_eq!(invoice["currency"]["fullcode"], "USDT_TRC20");
    assert_eq!(invoice["currency"]["network"]["fullname"], "Tron");
    assert!(invoice.get("order_id").is_none() && invoice.get("side_commission_cc").is_none());
    assert_ne!(world.create("25", "USD", "USDT_TRC20").await["address"], address, "an address is issued once");
}

#[tokio::test]
async fn tiny_amounts_are_written_with_an_exponent() {
    let world = world().await;
    let (_, text) = answer(world.call("invoice/create").json(&order("0.10", "USD", "ETH_BASE"))).await;
    assert!(text.contains(r#""amount":3.031e-05,"#), "{text}");
}

#[tokio::test]
async fn every_currency_is_taken_and_every_coin_gives_an_address() {
    let world = world().await;
    let fiats = "USD UZS KGS KZT AMD AZN BYN AUD TRY AED CAD CNY HKD IDR INR JPY PHP SGD THB VND MYR RUB UAH EUR GBP";
    for fiat in fiats.split(' ') {
        let invoice = world.create("1000", fiat, "BTC").await;
        assert_eq!((&invoice["fiat_currency"], &invoice["amount_in_fiat"]), (&json!(fiat), &json!(1000.0)));
    }
    let coins = "BTC LTC TRX SOL TON BNB ETH ETH_ARB ETH_BASE ETH_OPT USDT_TRC20 USDT_ERC20 USDT_BSC USDT_ARB USDT_OPT USDT_SOL USDT_TON \
                 USDC_ERC20 USDC_BSC USDC_BASE USDC_ARB USDC_OPT USDC_SOL DAI_ERC20 DAI_BSC DAI_ARB DAI_OPT DAI_BASE USDD_TRC20 PYUSD_ERC20 \
                 PYUSD_SOL XAUT_ERC20 XAUT_TON ARB_ARB OP_OPT PEPE_ERC20 PEPE_BSC SHIB_ERC20 SHIB_BSC TRUMP_SOL";
    for coin in coins.split_whitespace() {
        let invoice = world.create("9.99", "EUR", coin).await;
        assert_eq!(invoice["currency"]["fullcode"], coin);
        assert!(!invoice["address"].as_str().unwrap().is_empty(), "{coin}");
    }
}

#[tokio::test]
async fn without_a_coin_there_is_no_address_and_options_at_top_level_do_nothing() {
    let world = world().await;
    let body = json!({"shop_id": "aB3dE6gH9jK2mN5p", "amount": 25.5, "cryptocurrency": "BTC", "callback_url": "https://shop.example"});
    let (status, answer) = world.ask("invoice/create", &body).await;
    assert_eq!((status, &answer["result"]["address"], &answer["result"]["currency"]["fullcode"]), (200, &json!(""), &json!("USDT_TRC20")));
    let form = [("shop_id", "aB3dE6gH9jK2mN5p"), ("amount", "7"), ("order_id", "a b")];
    let (status, text) = self::answer(world.call("invoice/create").form(&form)).await;
    assert_eq!(status, 200, "forms are taken too: {text}");
    assert_eq!(world.provider.invoices()[0].order_id, "a b");
}

#[tokio::test]
async fn create_refuses_what_the_real_one_refuses() {
    let world = world().await;
    let create = |body: Value| answer(world.call("invoice/create").json(&body));
    let (status, text) = create(json!({})).await;
    assert_eq!(status, 400);
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({"status": "error", "result": {"amount": "amount not passed.", "shop_id": "shop_id not passed."}})
    );
    for (amount, currency, coin, field) in [
        ("ten", "USD", "BTC", "amount"),
        ("0", "USD", "BTC", "amount"),
        ("10", "CHF", "BTC", "currency"),
        ("10", "USD", "USDC_TRC20", "cryptocurrency"),
    ] {
        let (status, text) = create(order(amount, currency, coin)).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &answer["status"]), (400, &json!("error")));
        assert!(answer["result"][field].is_string(), "{field}: {answer}");
    }
    let mut foreign = order("10", "USD", "BTC");
    foreign["shop_id"] = json!("another");
    assert_eq!(create(foreign).await.0, 400);
    let unkeyed = world.http.post(format!("{}/cryptocloud/v2/invoice/create", world.url)).json(&order("10", "USD", "BTC"));
    let (status, text) = answer(unkeyed).await;
    assert_eq!((status, serde_json::from_str::<Value>(&text).unwrap()), (400, error("authorization", "Unauthorized request.")));
    let json = world.call("invoice/create").header("content-type", "application/json");
    assert_eq!(answer(json.body("{\"amount\":")).await.0, 400);
    assert!(world.provider.invoices().is_empty(), "nothing was created on the way");
}

#[tokio::test]
async fn reads_refuse_a_wrong_key_a_get_and_nonsense() {
    let world = world().await;
    let info = format!("{}/cryptocloud/v2/invoice/merchant/info", world.url);
    for (header, sentence) in [
        ("Token not-a-key", "Invalid header padding"),
        (API_KEY, "Invalid header padding"),
        ("Token a.b.c", "Signature verification failed"),
    ] {
        let (status, text) = answer(world.http.post(&info).header("authorization", header).json(&json!({"uuids": ["INV-AAAAAAAA"]}))).await;
        assert_eq!((status, text), (403, format!(r#"{{"detail":"{sentence}"}}"#)));
    }
    assert_eq!(answer(world.http.get(&info)).await.0, 405);
    assert_eq!(answer(world.call("invoice/merchant/nothing").json(&json!({}))).await.0, 404);
    for body in [json!({}), json!({"uuids": "INV-AAAAAAAA"}), json!({"uuids": [1]}), json!({"uuids": []})] {
        let (status, answer) = world.ask("invoice/merchant/info", &body).await;
        assert!(status == 400 && answer["result"]["validate_error"].is_string(), "{answer}");
    }
    let many = vec!["INV-AAAAAAAA"; 101];
    let refusal = world.ask("invoice/merchant/info", &json!({"uuids": many})).await;
    assert_eq!(refusal, (400, error("validate_error", "Max 100 uuids")));
}

#[tokio::test]
async fn a_payment_goes_through_its_states_and_info_tells_each() {
    let world = world().await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    let before = world.info(&invoice).await;
    assert_eq!((&before["status"], &before["tx_list"], &before["to_surcharge"]), (&json!("created"), &json!([""]), &json!(25.01)));
    assert_eq!((&before["order_id"], &before["side_commission_cc"]), (&json!("ord_01J8Z6M2"), &json!("merchant")));

    assert_eq!(world.pay(&invoice, Payment::Under), Status::Partial);
    let part = world.info(&invoice).await;
    assert_eq!((&part["status"], &part["amount_paid"], &part["to_surcharge"]), (&json!("partial"), &json!(12.505), &json!(12.505)));

    assert_eq!(world.pay(&invoice, Payment::Exact), Status::Paid);
    let paid = world.info(&invoice).await;
    assert_eq!((&paid["invoice_status"], &paid["to_surcharge"]), (&json!("success"), &json!(0.0)));
    assert_eq!(paid["tx_list"].as_array().unwrap().len(), 2);

    assert_eq!(world.pay(&invoice, Payment::Exact), Status::Overpaid);
    assert_eq!(world.info(&invoice).await["amount_paid"], 50.02);
}

#[tokio::test]
async fn info_takes_both_forms_of_a_number_and_leaves_out_what_it_does_not_know() {
    let world = world().await;
    let (first, second) = (world.create("1", "USD", "TRX").await, world.create("2", "USD", "TRX").await);
    let bare = first["uuid"].as_str().unwrap().trim_start_matches("INV-");
    let (_, answer) = world.ask("invoice/merchant/info", &json!({"uuids": [bare, "INV-ZZZZZZZZ", second["uuid"]]})).await;
    let found: Vec<&Value> = answer["result"].as_array().unwrap().iter().map(|invoice| &invoice["uuid"]).collect();
    assert_eq!(found, [&second["uuid"], &first["uuid"]], "in an order of its own");
}

#[tokio::test]
async fn only_a_created_invoice_can_be_cancelled_and_late_money_still_counts() {
    let world = world().await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    let cancel = json!({"uuid": invoice["uuid"]});
    assert_eq!(world.ask("invoice/merchant/canceled", &cancel).await, (200, json!({"status": "success", "result": ["ok"]})));
    let refusal = (400, error("validate_error", "Invoice is not created"));
    assert_eq!(world.ask("invoice/merchant/canceled", &cancel).await, refusal);
    assert_eq!(world.ask("invoice/merchant/canceled", &json!({"uuid": "INV-ZZZZZZZZ"})).await, refusal);
    assert_eq!(world.ask("invoice/merchant/canceled", &json!({})).await, (400, error("validate_error", "uuid is required")));
    assert_eq!(world.pay(&invoice, Payment::Under), Status::Canceled);
    assert_eq!(world.info(&invoice).await["amount_paid"], 12.505);
    assert_eq!(world.pay(&invoice, Payment::Exact), Status::Paid);
}

#[tokio::test]
async fn an_unpaid_invoice_ends_with_its_time() {
    let world = world().await;
    let (unpaid, part) = (world.create("25", "USD", "BTC").await, world.create("25", "USD", "BTC").await);
    world.pay(&part, Payment::Under);
    world.clock.advance(3_590);
    assert_eq!(world.info(&unpaid).await["status"], "created");
    world.clock.advance(10);
    assert_eq!(world.info(&unpaid).await["status"], "canceled");
    assert_eq!(world.info(&part).await["status"], "partial");
}

#[tokio::test]
async fn a_list_ends_at_its_limit_and_keeps_to_its_days() {
    let world = world().await;
    for _ in 0..15 {
        world.create("1", "USD", "TRX").await;
    }
    world.clock.advance(24 * 3_600);
    let later = world.create("1", "USD", "TRX").await;
    let list = |body: Value| {
        let world = &world;
        async move { world.ask("invoice/merchant/list", &body).await }
    };
    let count = |answer: &(u16, Value)| answer.1["result"].as_array().unwrap().len();
    let day = json!({"start": "20.11.2026", "end": "20.11.2026"});
    assert_eq!(count(&list(day).await), 10, "ten when nobody says how many");
    let rest = list(json!({"start": "20.11.2026", "end": "20.11.2026", "offset": 10, "limit": 12})).await;
    assert_eq!(count(&rest), 2, "the limit is where the list ends");
    let both = list(json!({"start": "20.11.2026", "end": "21.11.2026", "offset": 0, "limit": 100})).await;
    assert_eq!((count(&both), &both.1["result"][0]["uuid"]), (16, &later["uuid"]));
    assert_eq!(both.1["result"][0]["order_id"], "ord_01J8Z6M2");
    let refusal = list(json!({"start": "2026-11-20"})).await;
    assert_eq!((refusal.0, refusal.1["result"].as_object().unwrap().len()), (400, 2));
}

#[tokio::test]
async fn balances_and_statistics_sum_up_what_came() {
    let world = world().await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    world.create("10", "USD", "BTC").await;
    world.pay(&invoice, Payment::Exact);
    world.provider.set_coin("PEPE_BSC", false).unwrap();
    let (status, text) = answer(world.call("merchant/wallet/balance/all")).await;
    assert_eq!(status, 200, "no body is needed");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let balances = answer["result"].as_array().unwrap();
    let of = |code: &str| balances.iter().find(|balance| balance["currency"]["code"] == code).unwrap();
    assert_eq!(balances.len(), 40);
    assert_eq!(of("USDT_TRC20")["currency"]["short_code"], "USDT");
    assert!(of("USDT_TRC20")["balance_crypto"].as_f64().unwrap() > 20.0);
    assert_eq!((&of("BTC")["balance_crypto"], &of("BTC")["currency"]["icon_network"]), (&json!(0.0), &json!("None")));
    assert_eq!(of("PEPE_BSC")["currency"]["enable"], false);
    let (_, answer) = world.ask("invoice/merchant/statistics", &json!({"start": "20.11.2026", "end": "20.11.2026"})).await;
    assert_eq!(answer["result"]["count"], json!({"all": 2, "created": 1, "paid": 1, "overpaid": 0, "partial": 0, "canceled": 0}));
    assert_eq!(answer["result"]["amount"]["all"], 35.0);
    assert_eq!(world.ask("invoice/merchant/statistics", &json!({})).await.0, 400);
}

#[tokio::test]
async fn a_coin_can_be_off_the_payer_can_bear_the_fee_and_a_project_can_be_in_test_mode() {
    let world = world().await;
    world.provider.set_coin("BTC", false).unwrap();
    let (status, answer) = world.ask("invoice/create", &order("25", "USD", "BTC")).await;
    assert!(status == 400 && answer["result"]["cryptocurrency"].is_string(), "{answer}");
    assert!(world.provider.set_coin("DOGE", false).is_err());

    world.provider.set_client_pays(true);
    world.provider.set_test_mode(true);
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    assert_eq!((&invoice["side_commission"], &invoice["test_mode"]), (&json!("client"), &json!(true)));
    let info = world.info(&invoice).await;
    assert!(info["amount_to_pay"].as_f64().unwrap() > info["amount"].as_f64().unwrap());
    let price = world.provider.invoices()[0].amount;
    assert_eq!(world.pay(&invoice, Payment::Amount(price)), Status::Partial, "the fee is still missing");
    assert_eq!(world.pay(&invoice, Payment::Exact), Status::Paid);
}

#[tokio::test]
async fn a_paid_invoice_is_told_once_with_a_good_token() {
    let world = world().await;
    let mut project = project(&world).await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    world.pay(&invoice, Payment::Under);
    assert!(project.heard(&world).await.is_empty(), "part of the money is not told");
    world.pay(&invoice, Payment::Exact);
    let heard = project.heard(&world).await;
    assert_eq!((heard.len(), heard[0].0.as_str()), (1, "application/json"));
    let body: Value = serde_json::from_str(&heard[0].1).unwrap();
    let number = invoice["uuid"].as_str().unwrap().trim_start_matches("INV-");
    assert_eq!((&body["status"], &body["invoice_id"], &body["currency"]), (&json!("success"), &json!(number), &json!("USDT_TRC20")));
    assert_eq!((&body["order_id"], &body["invoice_info"]["status"]), (&json!("ord_01J8Z6M2"), &json!("paid")));
    assert!(body["invoice_info"].get("fiat_currency").is_none());
    let (header, claims, good) = opened(body["token"].as_str().unwrap());
    assert!(good);
    assert_eq!((header, claims), (json!({"typ": "JWT", "alg": "HS256"}), json!({"id": number, "exp": MORNING + 300})));

    world.pay(&invoice, Payment::Exact);
    assert_eq!(project.heard(&world).await.len(), 1, "too much is a change, and is told");
    let kept = world.provider.invoice(number).unwrap();
    assert_eq!((kept.postbacks_sent, kept.last_postback.as_deref()), (2, Some("200")));
}

#[tokio::test]
async fn postbacks_are_lost_doubled_late_or_forged_on_demand() {
    let world = world().await;
    let mut project = project(&world).await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    let other = world.create("25", "USD", "USDT_TRC20").await;
    let uuid = invoice["uuid"].as_str().unwrap();

    world.postback_faults(PostbackFaults { drop_percent: 100, ..PostbackFaults::default() });
    world.pay(&invoice, Payment::Exact);
    assert!(project.heard(&world).await.is_empty());
    assert_eq!(world.provider.invoice(uuid).unwrap().last_postback.as_deref(), Some("lost"));

    world.postback_faults(PostbackFaults { copies: 2, ..PostbackFaults::default() });
    world.provider.postback(uuid).unwrap();
    assert_eq!(project.heard(&world).await.len(), 3);

    world.postback_faults(PostbackFaults { delay_secs: 60, ..PostbackFaults::default() });
    world.provider.postback(uuid).unwrap();
    assert!(project.heard(&world).await.is_empty());
    world.clock.advance(60);
    let late = project.heard(&world).await;
    let token = |heard: &[(String, String)]| serde_json::from_str::<Value>(&heard[0].1).unwrap()["token"].as_str().unwrap().to_owned();
    assert_eq!(opened(&token(&late)).1["exp"], MORNING + 60 + 300, "the token is made when it is sent");

    for forgery in [Forgery::WrongKey, Forgery::Expired, Forgery::AlgNone, Forgery::OtherInvoice] {
        world.postback_faults(PostbackFaults { forge: Some(forgery), ..PostbackFaults::default() });
        world.provider.postback(uuid).unwrap();
        let (header, claims, good) = opened(&token(&project.heard(&world).await));
        match forgery {
            Forgery::WrongKey => assert!(!good),
            Forgery::Expired => assert!(good && claims["exp"].as_i64().unwrap() < world.clock.now() - 60),
            Forgery::AlgNone => assert!(!good && header["alg"] == "none"),
            Forgery::OtherInvoice => assert!(good && other["uuid"].as_str().unwrap().ends_with(claims["id"].as_str().unwrap())),
        }
    }
}

#[tokio::test]
async fn a_project_on_form_mode_gets_a_form() {
    let world = world().await;
    let mut project = project(&world).await;
    world.postback_faults(PostbackFaults { form: true, ..PostbackFaults::default() });
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    world.pay(&invoice, Payment::Exact);
    let (kind, body) = project.heard(&world).await.remove(0);
    assert_eq!(kind, "application/x-www-form-urlencoded");
    assert!(body.starts_with("status=success&invoice_id=") && body.contains("&amount_crypto=25.01&"), "{body}");
    assert!(body.contains("&invoice_info=uuid&invoice_info=created&"), "{body}");
    let pairs: HashMap<&str, &str> = body.split('&').filter_map(|pair| pair.split_once('=')).collect();
    assert!(opened(pairs["token"]).2);
}

#[tokio::test]
async fn a_postback_that_nobody_takes_is_sent_twice_more_and_then_never() {
    let world = world().await;
    let mut project = project(&world).await;
    project.status.store(503, Ordering::SeqCst);
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    world.pay(&invoice, Payment::Exact);
    let mut heard = Vec::new();
    for _ in 0..5 {
        heard.push(project.heard(&world).await.len());
        world.clock.advance(100);
    }
    assert_eq!(heard, [1, 1, 1, 0, 0]);
    let kept = world.provider.invoice(invoice["uuid"].as_str().unwrap()).unwrap();
    assert_eq!(kept.last_postback.as_deref(), Some("503"));
}

#[tokio::test]
async fn struck_calls_fail_as_they_are_told_to() {
    let world = world().await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    let info = || world.call("invoice/merchant/info").json(&json!({"uuids": [invoice["uuid"]]}));
    let named = |name: &str| vec![name.to_owned()];

    world.call_faults(CallFaults { methods: named("info"), status: Some(502), times: Some(1), ..CallFaults::default() });
    let (status, body) = answer(info()).await;
    assert!(status == 502 && body.starts_with("<html>"), "{body}");
    assert_eq!(answer(info()).await.0, 200, "once only");

    let throttled = CallFaults { status: Some(429), retry_after: Some(7), ..CallFaults::default() };
    world.call_faults(throttled);
    assert_eq!(info().send().await.unwrap().headers()["retry-after"], "7");

    world.call_faults(CallFaults { garbage: true, ..CallFaults::default() });
    let (status, body) = answer(info()).await;
    assert!(status == 200 && serde_json::from_str::<Value>(&body).is_err());

    world.call_faults(CallFaults { close: true, ..CallFaults::default() });
    assert!(info().send().await.is_err(), "no answer at all");

    world.call_faults(CallFaults { methods: named("create"), hang_secs: Some(0), after_accepting: true, ..CallFaults::default() });
    assert!(world.call("invoice/create").json(&order("1", "USD", "TRX")).send().await.is_err());
    assert_eq!(world.provider.invoices().len(), 2, "it was created all the same");
}

#[tokio::test]
async fn the_control_api_plays_the_chain() {
    let world = world().await;
    let mut project = project(&world).await;
    let invoice = world.create("25", "USD", "USDT_TRC20").await;
    let path = |verb: &str| format!("invoices/{}/{verb}", invoice["uuid"].as_str().unwrap());
    let (_, seen) = world.control(&path("payments"), &json!({"kind": "exact", "confirm": false})).await;
    assert_eq!((&seen["status"], &seen["amount_paid"], &seen["payments"][0]["confirmed"]), (&json!("created"), &json!("0"), &json!(false)));
    assert!(project.heard(&world).await.is_empty());
    let (_, paid) = world.control(&path("confirm"), &json!({})).await;
    assert_eq!((&paid["status"], &paid["amount_paid"], &paid["to_surcharge"]), (&json!("paid"), &json!("25.01"), &json!("0")));
    assert_eq!(project.heard(&world).await.len(), 1);
    let (_, over) = world.control(&path("payments"), &json!({"amount": "12.5"})).await;
    assert_eq!((&over["status"], &over["amount_paid"], &over["network"]), (&json!("overpaid"), &json!("37.51"), &json!("Tron")));
    world.control(&path("postback"), &json!({})).await;
    assert_eq!(project.heard(&world).await.len(), 2);

    let other = world.create("1", "EUR", "BTC").await;
    let (_, ended) = world.control(&format!("invoices/{}/expire", other["uuid"].as_str().unwrap()), &json!({})).await;
    assert_eq!((&ended["status"], &ended["amount_in_fiat"], &ended["fiat_currency"]), (&json!("canceled"), &json!("1.00"), &json!("EUR")));
    for (status, path, body) in [
        (404, "invoices/INV-ZZZZZZZZ/payments".to_owned(), json!({"kind": "exact"})),
        (400, path("payments"), json!({"kind": "exact", "amount": "1"})),
        (400, path("payments"), json!({"amount": "much"})),
        (400, path("payments"), json!({"amount": "0.0000001"})),
    ] {
        let (got, answer) = world.control(&path, &body).await;
        assert!(got == status && answer["error"].is_string(), "{path} {body}: {got} {answer}");
    }
}

#[tokio::test]
async fn a_provider_that_is_started_again_remembers_its_invoices() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let keys = Keys { api_key: API_KEY.to_owned(), shop_id: "aB3dE6gH9jK2mN5p".to_owned(), secret_key: SECRET.to_owned() };
        Provider::new(keys, Clock::manual(MORNING), FaultBoard::default(), Some(folder.path().join("cryptocloud.json")))
    };
    let url = listen(start().router()).await;
    let create = Client::builder().no_proxy().build().unwrap().post(format!("{url}/v2/invoice/create"));
    let request = create.header("authorization", format!("Token {API_KEY}")).json(&order("25", "USD", "USDT_TRC20"));
    let (_, text) = answer(request).await;
    let invoice: Value = serde_json::from_str(&text).unwrap();
    let uuid = invoice["result"]["uuid"].as_str().unwrap();
    let again = start();
    assert_eq!(again.invoice(uuid).unwrap().address, invoice["result"]["address"].as_str().unwrap());
    again.pay(uuid, Payment::Exact).unwrap();
    assert_eq!(start().invoice(uuid).unwrap().status, Status::Paid);
}

#[tokio::test]
async fn the_bots_own_client_and_the_fake_understand_each_other_on_every_coin() {
    let world = world().await;
    let mut project = project(&world).await;
    let secret = SecretString::from(SECRET);
    for coin in Coin::ALL {
        // A client keeps a pace; forty of them need not wait.
        let url = format!("{}/cryptocloud", world.url);
        let client = cryptocloud::Client::new(&url, SecretString::from(API_KEY), "aB3dE6gH9jK2mN5p".to_owned()).unwrap();
        let price = Fiat::new(999, Currency::Eur);
        let new = NewInvoice { label: format!("order-{}", coin.code()), price, coin, lifetime_secs: 1_800 };
        let made = client.create(&new).await.unwrap();
        assert_eq!(check_echo(&new, &made), Ok(()), "{}", coin.code());
        assert!(coin.network().looks_like_address(made.address.as_deref().unwrap()), "{}", coin.code());
        assert!(made.amount.unwrap().units(coin.decimals()).is_some(), "{} has fewer decimals", coin.code());
        let number = made.number.to_string();
        world.provider.pay(&number, Payment::Exact).unwrap();
        let told = client.info_of(&made.number).await.unwrap().unwrap();
        assert_eq!((told.label.as_ref(), told.amount_to_pay, told.amount_paid), (Some(&new.label), made.amount, made.amount));
        assert_eq!((told.price, told.txs.len(), told.expires_at), (Some(Price::Known(price)), 1, made.expires_at));
        let (kind, body) = project.heard(&world).await.remove(0);
        let postback = cryptocloud::postback::read(body.as_bytes(), Some(&kind), &secret, world.clock.now()).unwrap();
        assert!(postback.bound && postback.number == made.number);
    }
}
