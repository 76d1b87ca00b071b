//! What the world may call, on a real port over a real database.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use futures_util::FutureExt;
use kiosk::clock::Clock;
use kiosk::domain::coin::Coin;
use kiosk::domain::customer::CustomerId;
use kiosk::domain::invoice::{Invoice, InvoiceNumber, InvoiceState};
use kiosk::domain::money::{CoinAmount, Currency, Fiat};
use kiosk::domain::order::{Charge, Order, OrderId, OrderState};
use kiosk::http::{Edge, serve};
use kiosk::store::{Job, JobKind, Place, Store};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use ring::hmac;
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::store::{at, places};

const NOW: i64 = 1_767_265_000;
const POSTBACK_SECRET: &str = "example-secret-not-real-0123456789";
const TELEGRAM_SECRET: &str = "a-secret-of-telegram";
const SECRET_HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";
const UPDATE: &str = r#"{"update_id":7,"message":{"message_id":1,"chat":{"id":42,"type":"private"},"date":0,"text":"hi 👋"}}"#;

/// The edge of a shop that has one offered invoice, `K7Q2ZP9M`.
struct Shop {
    address: SocketAddr,
    store: Store,
    clock: Clock,
    wake: Arc<Notify>,
    ready: watch::Sender<bool>,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
    http: Client,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(Some(TELEGRAM_SECRET), POSTBACK_SECRET).await
    }

    async fn open_with(telegram_secret: Option<&str>, postback_secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("kiosk.db"));
        let store = Store::open(&place, folder.path(), Some([7; 32])).await.unwrap();
        store.write(|tx| add_invoice(tx).boxed()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ready, is_ready) = watch::channel(true);
        let (clock, wake, stop) = (Clock::manual(NOW), Arc::new(Notify::new()), CancellationToken::new());
        let edge = Edge {
            store: store.clone(),
            clock: clock.clone(),
            postback_secret: SecretString::from(postback_secret),
            telegram_secret: telegram_secret.map(SecretString::from),
            wake: wake.clone(),
            ready: is_ready,
        };
        let task = tokio::spawn(serve(listener, edge, stop.clone()));
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { address, store, clock, wake, ready, stop, task, http, _folder: folder }
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address))
    }

    async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path).send().await.unwrap()
    }

    async fn postback(&self, body: String) -> StatusCode {
        let response = self.call(Method::POST, "/postback").header("content-type", "application/json").body(body).send().await.unwrap();
        said_nothing(response).await
    }

    async fn update(&self, body: &str) -> StatusCode {
        let request = self.call(Method::POST, "/telegram/hook").header(SECRET_HEADER, TELEGRAM_SECRET);
        said_nothing(request.header("content-type", "application/json").body(body.to_owned()).send().await.unwrap()).await
    }

    /// Takes every job that waits.
    async fn jobs(&self) -> Vec<Job> {
        self.store.write(|tx| async move { tx.claim(&places(50, 50), &at(NOW), 60).await }.boxed()).await.unwrap()
    }

    /// Whether somebody was woken.
    fn was_woken(&self) -> bool {
        self.wake.notified().now_or_never().is_some()
    }
}

async fn add_invoice(tx: &mut kiosk::store::Conn) -> kiosk::store::Result<()> {
    let (customer, order, price) = (CustomerId(42), OrderId::parse("ABCD2345").unwrap(), Fiat::new(2_500, Currency::Usd));
    tx.meet(customer, "Ada", None, "en", NOW).await?;
    tx.add_order(&Order {
        id: order.clone(),
        customer,
        state: OrderState::Open,
        charge: Charge::None,
        total: price,
        credit: Fiat::new(0, Currency::Usd),
        wants_credit: false,
        created_at: NOW,
        paid_at: None,
        paid_by: None,
        card_message: None,
        goods_message: None,
        lines: Vec::new(),
    })
    .await?;
    tx.add_invoice(&Invoice {
        id: "inv1".to_owned(),
        order,
        coin: Coin::UsdtTrc20,
        state: InvoiceState::Creating,
        price,
        number: None,
        address: None,
        due: None,
        received: CoinAmount::ZERO,
        missing: None,
        created_at: NOW,
        offer_ends_at: NOW + 3_600,
        watch_ends_at: NOW + 7_200,
        checked_at: 0,
    })
    .await?;
    let due = CoinAmount::parse("25.01").unwrap();
    tx.attach_offer("inv1", &number(), "TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT", due, NOW + 3_600).await?;
    Ok(())
}

fn number() -> InvoiceNumber {
    InvoiceNumber::parse("K7Q2ZP9M").unwrap()
}

/// The status of an answer that has no words.
async fn said_nothing(response: Response) -> StatusCode {
    let status = response.status();
    assert_eq!(response.text().await.unwrap(), "");
    status
}

fn token(id: &str, exp: i64) -> String {
    let part = |json: serde_json::Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
    let message = format!("{}.{}", part(json!({"alg": "HS256", "typ": "JWT"})), part(json!({"id": id, "exp": exp})));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, POSTBACK_SECRET.as_bytes()), message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
}

fn postback(id: &str, token: &str) -> String {
    json!({"status": "success", "invoice_id": id, "amount_crypto": 25.01, "currency": "USDT_TRC20", "order_id": "inv1", "token": token})
        .to_string()
}

fn good_postback() -> String {
    postback("K7Q2ZP9M", &token("K7Q2ZP9M", NOW + 300))
}

#[tokio::test]
async fn a_postback_for_our_invoice_becomes_one_question_however_often_it_comes() {
    let shop = Shop::open().await;
    for _ in 0..3 {
        assert_eq!(shop.postback(good_postback()).await, StatusCode::OK);
        assert!(shop.was_woken());
    }
    let [job] = shop.jobs().await.try_into().unwrap();
    // It carries until when the provider is asked often, and nothing of what the postback says.
    assert_eq!((job.kind, job.key.as_str(), job.payload), (JobKind::Recheck, "inv1", (NOW + 600).to_string()));
}

#[tokio::test]
async fn of_many_postbacks_at_once_each_gets_its_own_answer() {
    let shop = Shop::open().await;
    let together = (0..60).map(|i| {
        let body = match i % 3 {
            0 => good_postback(),
            1 => postback("K7Q2ZP9M", &token("K7Q2ZP9M", NOW - 3_600)),
            _ => postback("NOTOURS1", &token("NOTOURS1", NOW + 300)),
        };
        shop.postback(body)
    });
    let answers = futures_util::future::join_all(together).await;
    for (i, answer) in answers.into_iter().enumerate() {
        let right = if i % 3 == 1 { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        assert_eq!(answer, right, "postback {i}");
    }
    assert_eq!(shop.jobs().await.len(), 1, "one question about the one that is ours");
}

#[tokio::test]
async fn a_postback_may_be_a_form_under_any_address() {
    let shop = Shop::open().await;
    let form = format!("status=success&invoice_id=K7Q2ZP9M&token={}&invoice_info=uuid", token("K7Q2ZP9M", NOW + 300));
    for content_type in [Some("application/x-www-form-urlencoded; charset=utf-8"), Some("text/plain"), None] {
        let mut request = shop.call(Method::POST, "/postback/hard-to-guess").body(form.clone());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK, "{content_type:?}");
    }
    assert_eq!(shop.jobs().await.len(), 1);
}

#[tokio::test]
async fn a_postback_for_an_unknown_invoice_is_fine_and_changes_nothing() {
    let shop = Shop::open().await;
    assert_eq!(shop.postback(postback("AAAAAAAA", &token("AAAAAAAA", NOW + 300))).await, StatusCode::OK);
    assert!(shop.jobs().await.is_empty() && !shop.was_woken());
}

#[tokio::test]
async fn a_postback_that_cannot_be_believed_changes_nothing() {
    let shop = Shop::open().await;
    for (body, status) in [
        (String::new(), StatusCode::BAD_REQUEST),
        ("{".to_owned(), StatusCode::BAD_REQUEST),
        ("garbage".to_owned(), StatusCode::BAD_REQUEST),
        (json!({"invoice_id": "K7Q2ZP9M"}).to_string(), StatusCode::BAD_REQUEST),
        (postback("K7Q2ZP9M", ""), StatusCode::UNAUTHORIZED),
        (postback("K7Q2ZP9M", "a.b.c"), StatusCode::UNAUTHORIZED),
        (postback("K7Q2ZP9M", &token("AAAAAAAA", NOW + 300)), StatusCode::UNAUTHORIZED),
        (postback("K7Q2ZP9M", &token("K7Q2ZP9M", NOW + 3_600)), StatusCode::UNAUTHORIZED),
        (postback("K7Q2ZP9M", "eyJhbGciOiJub25lIn0.eyJpZCI6Iks3UTJaUDlNIiwiZXhwIjoxNzY3MjY1MzAwfQ."), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(shop.postback(body.clone()).await, status, "{body}");
    }
    assert!(shop.jobs().await.is_empty() && !shop.was_woken());
}

#[tokio::test]
async fn a_postback_that_comes_too_late_is_refused_and_still_makes_us_ask() {
    let shop = Shop::open().await;
    let body = good_postback();
    shop.clock.advance(361);
    assert_eq!(shop.postback(body).await, StatusCode::UNAUTHORIZED);
    assert!(shop.was_woken());
    assert_eq!(shop.store.read().await.unwrap().job_counts(NOW + 361).await.unwrap().0, 1);
}

#[tokio::test]
async fn whoever_floods_the_door_with_forgeries_waits_and_the_truth_comes_through() {
    let shop = Shop::open().await;
    let forged = || postback("K7Q2ZP9M", "a.b.c");
    for _ in 0..60 {
        assert_eq!(shop.postback(forged()).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(shop.postback(forged()).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(shop.postback("{".to_owned()).await, StatusCode::TOO_MANY_REQUESTS);
    assert!(shop.jobs().await.is_empty());
    // Behind a proxy the provider comes from the same address.
    assert_eq!(shop.postback(good_postback()).await, StatusCode::OK);
    assert_eq!(shop.jobs().await.len(), 1);
    // A token whose time is over is genuine, and still somebody may send it again and again: that costs nothing any more.
    let old = good_postback();
    shop.clock.advance(361);
    for _ in 0..60 {
        assert_eq!(shop.postback(old.clone()).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(shop.postback(old).await, StatusCode::TOO_MANY_REQUESTS);
}

/// Behind a proxy everybody comes from one address.
#[tokio::test]
async fn forgeries_of_others_do_not_keep_out_a_postback_that_is_late() {
    let shop = Shop::open().await;
    let late = good_postback();
    shop.clock.advance(361);
    for _ in 0..100 {
        shop.postback(postback("K7Q2ZP9M", "a.b.c")).await;
    }
    assert_eq!(shop.postback(postback("K7Q2ZP9M", "a.b.c")).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(shop.postback(late).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        shop.store.write(|tx| async move { tx.claim(&places(50, 50), &Clock::manual(NOW + 361), 39).await }.boxed()).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_shop_without_a_secret_believes_no_postback() {
    let shop = Shop::open_with(None, "").await;
    assert_eq!(shop.postback(good_postback()).await, StatusCode::UNAUTHORIZED);
    assert!(shop.jobs().await.is_empty());
}

#[tokio::test]
async fn other_methods_media_types_and_paths_are_refused() {
    let shop = Shop::open().await;
    for path in ["/postback", "/postback/x", "/telegram/x"] {
        assert_eq!(shop.get(path).await.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(shop.call(Method::PUT, path).send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    for content_type in ["multipart/form-data; boundary=x", "application/xml", "text/html", ""] {
        let request = shop.call(Method::POST, "/postback").header("content-type", content_type).body(good_postback());
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    for path in ["/", "/postback/a/b", "/telegram", "/metrics/x", "/sandbox/state"] {
        assert_eq!(shop.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert!(shop.jobs().await.is_empty());
}

/// What is answered to `head` and `body` before anything more is sent.
async fn answer_to(shop: &Shop, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(shop.address).await.unwrap();
    stream.write_all(format!("{head}\r\nHost: x\r\n").as_bytes()).await.unwrap();
    stream.write_all(b"\r\n").await.unwrap();
    // The server may have answered and hung up before it has read all of it.
    let _ = stream.write_all(body).await;
    let mut answer = vec![0; 1_024];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_not_waited_for() {
    let shop = Shop::open().await;
    let refused = answer_to(&shop, "POST /postback HTTP/1.1\r\nContent-Length: 65537", b"").await;
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
    let head = format!("POST /telegram/x HTTP/1.1\r\n{SECRET_HEADER}: {TELEGRAM_SECRET}\r\nContent-Length: 1048577");
    let refused = answer_to(&shop, &head, b"").await;
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
}

#[tokio::test]
async fn a_body_that_does_not_say_how_long_it_is_is_cut_off() {
    let shop = Shop::open().await;
    let mut chunk = b"10001\r\n".to_vec();
    chunk.extend(vec![b' '; 0x1_0001]);
    let refused = answer_to(&shop, "POST /postback HTTP/1.1\r\nTransfer-Encoding: chunked", &chunk).await;
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
}

#[tokio::test]
async fn an_update_is_noted_once_in_the_lane_of_its_chat() {
    let shop = Shop::open().await;
    assert_eq!(shop.update(UPDATE).await, StatusCode::OK);
    assert!(shop.was_woken());
    assert_eq!(shop.update(UPDATE).await, StatusCode::OK);
    assert!(!shop.was_woken(), "it is known");
    let [job] = shop.jobs().await.try_into().unwrap();
    assert_eq!((job.kind, job.key.as_str(), job.payload.as_str()), (JobKind::Update, "7", UPDATE));
}

#[tokio::test]
async fn an_update_without_the_secret_is_refused() {
    let shop = Shop::open().await;
    for secret in [None, Some(""), Some("a-secret-of-telegra"), Some("a-secret-of-telegramm"), Some("A-SECRET-OF-TELEGRAM")] {
        let mut request = shop.call(Method::POST, "/telegram/a-secret-of-telegram").body(UPDATE);
        if let Some(secret) = secret {
            request = request.header(SECRET_HEADER, secret);
        }
        assert_eq!(said_nothing(request.send().await.unwrap()).await, StatusCode::UNAUTHORIZED, "{secret:?}");
    }
    for no_secret in [None, Some("")] {
        let polling = Shop::open_with(no_secret, POSTBACK_SECRET).await;
        let request = polling.call(Method::POST, "/telegram/x").header(SECRET_HEADER, "").body(UPDATE);
        let expected = if no_secret.is_none() { StatusCode::NOT_FOUND } else { StatusCode::UNAUTHORIZED };
        assert_eq!(request.send().await.unwrap().status(), expected);
        assert!(polling.jobs().await.is_empty());
    }
    assert!(shop.jobs().await.is_empty());
}

#[tokio::test]
async fn what_is_no_update_is_refused() {
    let shop = Shop::open().await;
    for body in ["", "{}", "[]", "null", r#"{"update_id":"7"}"#, r#"{"update_id":7"#, r#"{"message":{}}"#] {
        assert_eq!(shop.update(body).await, StatusCode::BAD_REQUEST, "{body}");
    }
    assert!(shop.jobs().await.is_empty());
}

#[tokio::test]
async fn nothing_is_acknowledged_that_could_not_be_stored() {
    let shop = Shop::open().await;
    shop.store.close().await;
    let response = shop.call(Method::POST, "/postback").body(good_postback()).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "5");
    assert_eq!(said_nothing(response).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.update(UPDATE).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.get("/healthz").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.get("/readyz").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!shop.was_woken());
}

#[tokio::test]
async fn health_is_told_apart_from_readiness() {
    let shop = Shop::open().await;
    let alive = shop.get("/healthz").await;
    assert_eq!((alive.status(), alive.text().await.unwrap().as_str()), (StatusCode::OK, "ok"));
    assert_eq!(shop.get("/readyz").await.status(), StatusCode::OK);
    shop.ready.send_replace(false);
    assert_eq!(shop.get("/healthz").await.status(), StatusCode::OK);
    assert_eq!(shop.get("/readyz").await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn it_stops_when_it_is_told_to() {
    let shop = Shop::open().await;
    // A connection that is kept alive must not hold it up.
    assert_eq!(shop.get("/healthz").await.status(), StatusCode::OK);
    shop.stop.cancel();
    shop.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(shop.address).await.is_err());
}
