//! The provider client against a provider that gives one odd answer at a time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use kiosk::clock::Clock;
use kiosk::cryptocloud::{Client, Error, NewInvoice, check_echo};
use kiosk::domain::coin::Coin;
use kiosk::domain::invoice::InvoiceNumber;
use kiosk::domain::money::{CoinAmount, Currency, Fiat};
use kiosk::domain::settlement::{Mismatch, Status};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::Date;
use time::macros::date;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const KEY: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.not-a-real-key";
const FIRST: Date = date!(2026 - 11 - 19);
const LAST: Date = date!(2026 - 11 - 21);

/// One request as the provider saw it.
#[derive(Debug, Clone)]
struct Seen {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A provider that answers everything in one way, and remembers what it was asked.
struct Provider {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Provider {
    async fn that(answers: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let noted = seen.clone();
        let app = Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Seen { method, path: uri.path().to_owned(), headers, body: String::from_utf8(body.to_vec()).unwrap() };
            let response = answers(&request);
            noted.lock().unwrap().push(request);
            async move { response }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    async fn saying(status: u16, body: &'static str) -> Self {
        Self::that(move |_| (StatusCode::from_u16(status).unwrap(), body).into_response()).await
    }

    async fn succeeding(result: Value) -> Self {
        Self::that(move |_| success(&result)).await
    }

    fn client(&self) -> Client {
        client(&self.url)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn success(result: &Value) -> Response {
    json!({"status": "success", "result": result}).to_string().into_response()
}

fn client(url: &str) -> Client {
    Client::new(url, SecretString::from(KEY), "aB3dE6gH9jK2mN5p".to_owned()).unwrap()
}

fn new_invoice() -> NewInvoice {
    NewInvoice { label: "inv1".to_owned(), price: Fiat::new(2_510, Currency::Usd), coin: Coin::UsdtTrc20, lifetime_secs: 3_601 }
}

fn number(text: &str) -> InvoiceNumber {
    InvoiceNumber::parse(text).unwrap()
}

#[tokio::test]
async fn an_invoice_is_asked_for_as_documented() {
    let provider = Provider::that(|_| {
        r#"{"status":"success","result":{"uuid":"INV-K7Q2ZP9M","address":"TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT","amount":25.110000000000003,
        "amount_in_fiat":25.10,"fiat_currency":"USD","status":"created","currency":{"code":"USDT","fullcode":"USDT_TRC20"},"fee":1.4e-06,
        "side_commission":"client","side_commission_service":"merchant","expiry_date":"2026-11-20 11:00:00.611870","test_mode":false}}"#
            .into_response()
    })
    .await;
    let key = SecretString::from(format!("\n{KEY} \r\n"));
    let client = Client::new(&format!("{}/", provider.url), key, " shop \n".to_owned()).unwrap();
    let answer = client.create(&new_invoice()).await.unwrap();

    let [request] = provider.seen().try_into().unwrap();
    assert_eq!((request.method.clone(), request.path.as_str()), (Method::POST, "/v2/invoice/create"));
    assert_eq!(request.headers["authorization"], format!("Token {KEY}").as_str());
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(request.body.contains(r#""amount":25.10,"#), "the price keeps its digits: {}", request.body);
    let expected = json!({"shop_id": "shop", "amount": 25.10, "currency": "USD", "order_id": "inv1",
        "add_fields": {"cryptocurrency": "USDT_TRC20", "time_to_pay": {"hours": 1, "minutes": 1}}});
    assert_eq!(request.json(), expected);

    assert_eq!((answer.number.as_str(), &answer.status), ("K7Q2ZP9M", &Status::Created));
    assert_eq!(answer.amount.unwrap().to_string(), "25.110000000000003");
    assert_eq!(answer.fee.unwrap().to_string(), "0.0000014");
    assert!(answer.client_pays_fee && !answer.client_pays_service_fee);
    assert_eq!(check_echo(&new_invoice(), &answer), Ok(()));
}

#[tokio::test]
async fn a_coin_that_is_off_gives_an_invoice_without_an_address() {
    let provider = Provider::succeeding(json!({"uuid": "INV-K7Q2ZP9M", "address": "", "status": "created"})).await;
    assert_eq!(provider.client().create(&new_invoice()).await.unwrap().address, None);
}

#[tokio::test]
async fn an_invoice_that_differs_from_the_one_asked_for_is_noticed() {
    for (result, mismatch) in [
        (json!({"uuid": "A1", "currency": {"fullcode": "USDT_BSC"}}), Mismatch::Coin),
        (json!({"uuid": "A1", "currency": {"fullcode": "DOGE"}}), Mismatch::Coin),
        (json!({"uuid": "A1", "amount_in_fiat": 25.0, "fiat_currency": "USD"}), Mismatch::Price),
        (json!({"uuid": "A1", "amount_in_fiat": 25.1, "fiat_currency": "EUR"}), Mismatch::Price),
        (json!({"uuid": "A1", "order_id": "inv2"}), Mismatch::Label),
    ] {
        let answer = Provider::succeeding(result.clone()).await.client().create(&new_invoice()).await.unwrap();
        assert_eq!(check_echo(&new_invoice(), &answer), Err(mismatch), "{result}");
    }
}

#[tokio::test]
async fn an_error_tells_the_caller_what_to_do() {
    let refused = |field: Option<&str>, message: &str| Error::Refused { field: field.map(str::to_owned), message: message.to_owned() };
    for (status, body, expected) in [
        (400, r#"{"status":"error","result":{"authorization":"Unauthorized request."}}"#, Error::Unauthorized),
        (401, r#"{"detail":"Invalid header padding"}"#, Error::Unauthorized),
        (403, r#"{"detail":"Signature verification failed"}"#, Error::Unauthorized),
        (400, r#"{"status":"error","result":{"amount":"Invalid value amount."}}"#, refused(Some("amount"), "Invalid value amount.")),
        (200, r#"{"status":"error","result":{"currency":"not allowed"}}"#, refused(Some("currency"), "not allowed")),
        (200, r#"{"status":"error","result":["no"]}"#, refused(None, "no")),
        (404, "<html>not found</html>", Error::Moved { status: 404 }),
        (500, "", Error::Unavailable { status: 500 }),
        (502, "<html>bad gateway</html>", Error::Unavailable { status: 502 }),
        (200, "<html>welcome</html>", Error::Garbled("not an object")),
        (200, "", Error::Garbled("not an object")),
        (200, "[]", Error::Garbled("not an object")),
        (200, "{}", Error::Garbled("neither success nor error")),
        (200, r#"{"status":"success"}"#, Error::Garbled("a success without a result")),
        (200, r#"{"status":"success","result":[]}"#, Error::Garbled("an invoice without its number")),
    ] {
        let error = Provider::saying(status, body).await.client().create(&new_invoice()).await.unwrap_err();
        assert_eq!(error, expected, "{status} {body}");
        let temporary = matches!(error, Error::Unavailable { .. } | Error::Garbled(_));
        assert_eq!((error.is_temporary(), error.may_have_happened()), (temporary, temporary), "{error}");
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let provider = Provider::that(move |request| {
            let elsewhere = (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "/elsewhere")]);
            if request.path == "/elsewhere" { success(&json!([])) } else { elsewhere.into_response() }
        })
        .await;
        assert_eq!(provider.client().balance().await, Err(Error::Moved { status }));
        assert_eq!(provider.seen().len(), 1, "the key went nowhere else");
    }
}

#[tokio::test]
async fn a_provider_that_wants_a_pause_gets_it() {
    let provider = Provider::that(|_| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], "slow down").into_response()).await;
    let client = provider.client();
    assert_eq!(client.balance().await, Err(Error::RateLimited { retry_after_secs: 60 }));
    let Err(Error::RateLimited { retry_after_secs }) = client.clone().balance().await else { panic!("it asked again") };
    assert!((59..=61).contains(&retry_after_secs), "{retry_after_secs}");
    assert_eq!(provider.seen().len(), 1);
}

#[tokio::test]
async fn a_provider_that_is_silent_may_have_done_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}", listener.local_addr().unwrap())).with_call_timeout(Duration::from_millis(100));
    let error = client.create(&new_invoice()).await.unwrap_err();
    assert_eq!(error, Error::Timeout);
    assert!(error.is_temporary() && error.may_have_happened());
}

#[tokio::test]
async fn a_provider_that_is_not_there_has_done_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let error = client.create(&new_invoice()).await.unwrap_err();
    assert_eq!(error, Error::Unreachable { connected: false });
    assert!(error.is_temporary() && !error.may_have_happened());
}

/// A server that reads one request, writes `answer` and hangs up.
async fn hangs_up_after(answer: &'static str) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    });
    client(&url)
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_done_it() {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":"] {
        let error = hangs_up_after(answer).await.create(&new_invoice()).await.unwrap_err();
        assert_eq!(error, Error::Unreachable { connected: true }, "{answer}");
        assert!(error.is_temporary() && error.may_have_happened());
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let provider = Provider::that(|_| {
        let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 8 * 1024])));
        Body::from_stream(endless).into_response()
    })
    .await;
    assert_eq!(provider.client().balance().await, Err(Error::Garbled("too long")));
}

#[tokio::test]
async fn an_invoice_is_taken_back() {
    for result in [json!("ok"), json!(["ok"])] {
        let provider = Provider::succeeding(result).await;
        provider.client().cancel(&number("K7Q2ZP9M")).await.unwrap();
        let [request] = provider.seen().try_into().unwrap();
        assert_eq!((request.path.as_str(), request.json()), ("/v2/invoice/merchant/canceled", json!({"uuid": "INV-K7Q2ZP9M"})));
    }
    let body = r#"{"status":"error","result":{"validate_error":"Invoice is not created"}}"#;
    let error = Provider::saying(400, body).await.client().cancel(&number("K7Q2ZP9M")).await.unwrap_err();
    assert_eq!(error.to_string(), "the payment provider refused: Invoice is not created");
}

#[tokio::test]
async fn invoices_are_asked_about_by_the_hundred_and_only_those_are_answered() {
    let provider = Provider::that(|request| {
        let body = request.json();
        let asked = body["uuids"].as_array().unwrap();
        let foreign = json!({"uuid": "INV-FOREIGN1", "status": "paid"});
        let known = asked.iter().map(|uuid| json!({"uuid": uuid, "status": "created"}));
        success(&known.chain([foreign, json!({"uuid": asked[0], "status": "paid"})]).collect())
    })
    .await;
    let client = provider.client();
    let numbers: Vec<_> = (0..250).map(|i| number(&format!("N{i}"))).collect();
    let told = client.info(&numbers).await.unwrap();
    assert_eq!(told.count(), 250);
    for number in &numbers {
        assert_eq!(told.about(number).unwrap().unwrap().status, Status::Created);
    }
    let sizes: Vec<_> = provider.seen().iter().map(|request| request.json()["uuids"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(provider.seen()[0].json()["uuids"][0], "INV-N0");

    assert_eq!(client.info(&[]).await.unwrap().count(), 0);
    assert_eq!(provider.seen().len(), 3, "nothing to ask, nothing asked");
}

#[tokio::test]
async fn one_number_that_is_refused_does_not_hide_the_others() {
    let provider = Provider::that(|request| {
        let body = request.json();
        let asked = body["uuids"].as_array().unwrap();
        if asked.contains(&json!("INV-BAD")) {
            let error = r#"{"status":"error","result":{"validate_error":"unknown invoice"}}"#;
            return (StatusCode::BAD_REQUEST, error).into_response();
        }
        success(&asked.iter().map(|uuid| json!({"uuid": uuid, "status": "created"})).collect())
    })
    .await;
    let numbers = ["A1", "A2", "BAD", "A4"].map(number);
    let told = provider.client().info(&numbers).await.unwrap();
    assert_eq!(numbers.map(|number| told.about(&number).unwrap().is_some()), [true, true, false, true]);
}

#[tokio::test]
async fn one_invoice_that_spoils_the_answer_does_not_hide_the_others() {
    for spoilt in
        [(StatusCode::INTERNAL_SERVER_ERROR, ""), (StatusCode::OK, r#"{"status":"success","result":[{"uuid":"BAD","amount":NaN}]}"#)]
    {
        let provider = Provider::that(move |request| {
            let asked = request.json()["uuids"].as_array().unwrap().clone();
            if asked.contains(&json!("INV-BAD")) {
                return spoilt.into_response();
            }
            success(&asked.iter().map(|uuid| json!({"uuid": uuid, "status": "created"})).collect())
        })
        .await;
        let clock = Clock::manual(1_000);
        let client = provider.client().paced_by(&clock);
        // Wherever it stands, the provider is not taken for one that is away.
        for place in [0, 1, 49, 50, 51, 77, 98, 99] {
            let numbers: Vec<_> = (0..100).map(|i| if i == place { number("BAD") } else { number(&format!("N{i}")) }).collect();
            let told = client.info(&numbers).await.unwrap();
            assert_eq!(told.count(), 99, "{place}");
            assert!(told.about(&number("BAD")).is_err(), "it is not known yet");
            assert!(!client.is_away(), "{place}");
        }
        assert!(provider.seen().len() <= 8 * 15, "{}", provider.seen().len());
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_not_asked_about_each_of_many() {
    let provider = Provider::saying(500, "").await;
    let client = provider.client().paced_by(&Clock::manual(1_000));
    let numbers: Vec<_> = (0..250).map(|i| number(&format!("N{i}"))).collect();
    assert_eq!(client.info(&numbers).await, Err(Error::Away));
    assert_eq!(provider.seen().len(), 3);
}

#[tokio::test]
async fn a_provider_that_refuses_every_question_is_not_asked_for_ever() {
    let provider = Provider::saying(401, "").await;
    let numbers: Vec<_> = (0..250).map(|i| number(&format!("N{i}"))).collect();
    assert_eq!(provider.client().info(&numbers).await, Err(Error::Unauthorized));
    assert_eq!(provider.seen().len(), 1);
}

#[tokio::test]
async fn invoices_that_many_want_to_know_about_at_once_are_asked_about_together() {
    let provider = Provider::that(|request| {
        let asked = request.json()["uuids"].as_array().unwrap().clone();
        success(&asked.iter().map(|uuid| json!({"uuid": uuid, "status": "created"})).collect())
    })
    .await;
    let client = provider.client();
    let numbers: Vec<_> = (0..240).map(|i| number(&format!("N{i}"))).collect();
    let answers = futures_util::future::join_all(numbers.iter().map(|number| client.info_of(number))).await;
    for (number, answer) in numbers.iter().zip(answers) {
        assert_eq!(answer.unwrap().unwrap().number, *number);
    }
    let asked: Vec<_> = provider.seen().iter().map(|request| request.json()["uuids"].as_array().unwrap().len()).collect();
    assert_eq!(asked.iter().sum::<usize>(), 240, "{asked:?}");
    assert!(asked.len() <= 4, "{asked:?}");
    // What it does not know is nothing, and what it does not answer is an error, for each.
    let silent = Provider::succeeding(json!([])).await;
    assert_eq!(silent.client().info_of(&numbers[0]).await, Ok(None));
    let down = Provider::saying(500, "").await;
    let client = down.client();
    for answer in futures_util::future::join_all(numbers.iter().take(3).map(|number| client.info_of(number))).await {
        assert_eq!(answer, Err(Error::Unavailable { status: 500 }));
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_left_alone_for_a_while() {
    let provider = Provider::saying(500, "").await;
    let clock = Clock::manual(1_000);
    let client = provider.client().paced_by(&clock);
    for _ in 0..3 {
        assert!(!client.is_away());
        assert_eq!(client.balance().await, Err(Error::Unavailable { status: 500 }));
    }
    for _ in 0..20 {
        assert_eq!(client.balance().await, Err(Error::Away));
        assert_eq!(client.clone().create(&new_invoice()).await, Err(Error::Away), "of all who speak with it");
    }
    assert_eq!((client.is_away(), client.may_be_asked(), provider.seen().len()), (true, Err(Error::Away), 3));
    clock.advance(5);
    assert_eq!(client.may_be_asked(), Ok(()));
    assert_eq!(client.balance().await, Err(Error::Unavailable { status: 500 }));
    assert_eq!((client.balance().await, provider.seen().len()), (Err(Error::Away), 4));
}

/// A list of `total` invoices, of which the records from `offset` to `end` are asked for.
fn page(total: usize, offset: usize, end: usize) -> Response {
    let record = |i: usize| json!({"uuid": format!("INV-N{i}"), "status": "created", "order_id": format!("label{i}"), "type": "up"});
    success(&(offset..end.min(total)).map(record).collect())
}

/// `start`, `end`, `offset` and `limit` of a request for a list.
fn limits(request: &Seen) -> (usize, usize) {
    let body = request.json();
    assert_eq!((body["start"].as_str(), body["end"].as_str()), (Some("19.11.2026"), Some("21.11.2026")));
    let field = |name: &str| usize::try_from(body[name].as_u64().unwrap()).unwrap();
    (field("offset"), field("limit"))
}

#[tokio::test]
async fn a_list_is_read_to_its_end_whatever_its_limit_means() {
    type Answers = fn(&Seen) -> Response;
    let last_record: Answers = |request| {
        let (offset, limit) = limits(request);
        assert!(limit - offset <= 100);
        page(230, offset, limit)
    };
    let page_size: Answers = |request| {
        let (offset, limit) = limits(request);
        page(230, offset, offset + limit)
    };
    let page_size_to_100: Answers = |request| {
        let (offset, limit) = limits(request);
        let error = r#"{"status":"error","result":{"limit":"at most 100"}}"#;
        if limit > 100 { (StatusCode::BAD_REQUEST, error).into_response() } else { page(130, offset, offset + limit) }
    };
    let offset_is_ignored: Answers = |_| page(100, 0, 100);
    for (answers, expected) in [(last_record, 230), (page_size, 230), (page_size_to_100, 130), (offset_is_ignored, 100)] {
        let provider = Provider::that(answers).await;
        let listed = provider.client().list(FIRST, LAST).await.unwrap();
        let numbers: Vec<_> = listed.iter().map(|answer| answer.number.to_string()).collect();
        assert_eq!(numbers, (0..expected).map(|i| format!("INV-N{i}")).collect::<Vec<_>>());
        assert!(provider.seen().iter().all(|request| request.path == "/v2/invoice/merchant/list"));
    }
}

#[tokio::test]
async fn balances_and_statistics_are_asked_for_as_documented() {
    let currency = json!({"id": 4, "code": "USDT_TRC20", "short_code": "USDT", "icon_network": "None", "enable": true});
    let provider = Provider::succeeding(json!([{"currency": currency, "balance_crypto": 118.402, "available_balance": 90.0}])).await;
    let [balance] = provider.client().balance().await.unwrap().try_into().unwrap();
    assert_eq!((balance.code.as_str(), balance.amount), ("USDT_TRC20", CoinAmount::parse("118.402").unwrap()));
    let [request] = provider.seen().try_into().unwrap();
    assert_eq!((request.method, request.path.as_str(), request.body.as_str()), (Method::POST, "/v2/merchant/wallet/balance/all", ""));
    assert_eq!(request.headers["content-length"], "0");

    let provider = Provider::succeeding(json!({"count": {"all": 41, "paid": 30}, "amount": {"all": 1490.5, "paid": 1210.0}})).await;
    let statistics = provider.client().statistics(FIRST, LAST).await.unwrap();
    assert_eq!((statistics.all.count, statistics.paid.usd), (41, CoinAmount::parse("1210").unwrap()));
    let [request] = provider.seen().try_into().unwrap();
    assert_eq!(request.path, "/v2/invoice/merchant/statistics");
    assert_eq!(request.json(), json!({"start": "19.11.2026", "end": "21.11.2026"}));
}

#[tokio::test]
async fn the_address_may_have_a_path_of_its_own() {
    let provider = Provider::succeeding(json!([])).await;
    for base in ["/cryptocloud", "/cryptocloud/", "/cryptocloud/v2", "/cryptocloud/v2/"] {
        client(&format!("{}{base}", provider.url)).balance().await.unwrap();
    }
    assert!(provider.seen().iter().all(|request| request.path == "/cryptocloud/v2/merchant/wallet/balance/all"));
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let made = |url: &str, key: &str| Client::new(url, SecretString::from(key), "shop".to_owned()).map(drop);
    assert_eq!(made("https://api.example.com", KEY), Ok(()));
    for (url, key) in [
        ("", KEY),
        ("api.example.com", KEY),
        ("ftp://api.example.com", KEY),
        ("https://api.example.com/?a=b", KEY),
        ("https://api.example.com", ""),
        ("https://api.example.com", " \n"),
        ("https://api.example.com", "two words"),
        ("https://api.example.com", "key\u{7}"),
    ] {
        assert!(matches!(made(url, key), Err(Error::Misconfigured(_))), "{url} {key}");
    }
}

#[tokio::test]
async fn no_error_repeats_the_key() {
    let provider = Provider::that(|request| {
        let key = request.headers["authorization"].to_str().unwrap();
        let body = json!({"status": "error", "result": {"key": format!("{key} is bad, {key}")}});
        (StatusCode::BAD_REQUEST, body.to_string()).into_response()
    })
    .await;
    let error = provider.client().balance().await.unwrap_err();
    assert_eq!(error.to_string(), "the payment provider refused: Token … is bad, Token …");
    assert!(!format!("{error:?}").contains("eyJ"));
}
