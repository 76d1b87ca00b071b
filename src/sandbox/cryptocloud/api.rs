//! The provider's HTTP API: who may call, what is refused and how, what is answered (fact sheet sections 1 to 7 and 13).

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::Date;
use time::macros::format_description;

use crate::sandbox::faults::{self, CallFaults, Target};

use super::Provider;
use super::coins::COINS;
use super::create::Order;
use super::invoice::{Invoice, Status};
use super::wire::{self, Float, Object};

/// The most numbers that one question about invoices may name, and the most invoices that one list gives.
const INVOICES_MAX: usize = 100;

/// A method of the API, by the name that faults know it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Create,
    Cancel,
    List,
    Info,
    Balance,
    Statistics,
}

impl Call {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Create, "create", "/v2/invoice/create"),
        (Self::Cancel, "canceled", "/v2/invoice/merchant/canceled"),
        (Self::List, "list", "/v2/invoice/merchant/list"),
        (Self::Info, "info", "/v2/invoice/merchant/info"),
        (Self::Balance, "balance", "/v2/merchant/wallet/balance/all"),
        (Self::Statistics, "statistics", "/v2/invoice/merchant/statistics"),
    ];
}

/// The routes of the API. Everything else is a page that says "not found", as with the real one.
pub fn router(provider: Provider) -> Router {
    let routes = Call::ALL.into_iter().fold(Router::new(), |router, (call, name, path)| {
        let handler = move |State(provider): State<Provider>, method: Method, headers: HeaderMap, body: Bytes| async move {
            answer(&provider, call, name, &method, &headers, &body).await
        };
        router.route(path, any(handler))
    });
    let not_found = || async { (StatusCode::NOT_FOUND, Html("<!doctype html><title>Not Found</title><h1>Not Found</h1>")) };
    routes.fallback(not_found).layer(DefaultBodyLimit::max(256 * 1_024)).with_state(provider)
}

async fn answer(provider: &Provider, call: Call, name: &str, method: &Method, headers: &HeaderMap, body: &[u8]) -> Response {
    match provider.0.faults.strike(Target::CryptoCloud, name) {
        None => serve(provider, call, method, headers, body),
        Some(fault) => {
            if fault.after_accepting {
                serve(provider, call, method, headers, body);
            }
            fail(&fault).await
        }
    }
}

fn serve(provider: &Provider, call: Call, method: &Method, headers: &HeaderMap, body: &[u8]) -> Response {
    if method != Method::POST {
        return detail(StatusCode::METHOD_NOT_ALLOWED, &format!("Method \"{method}\" not allowed."));
    }
    if let Err(sentence) = authorize(headers, &provider.0.keys.api_key) {
        return match call {
            Call::Create => refused(&json!({"authorization": "Unauthorized request."})),
            _ => detail(StatusCode::FORBIDDEN, sentence),
        };
    }
    let fields = match fields(call, headers, body) {
        Ok(fields) => fields,
        Err((status, sentence)) => return detail(status, &sentence),
    };
    match call {
        Call::Create => create(provider, &fields),
        Call::Cancel => cancel(provider, &fields),
        Call::List => list(provider, &fields),
        Call::Info => info(provider, &fields),
        Call::Balance => balance(provider),
        Call::Statistics => statistics(provider, &fields),
    }
}

/// The key, after the word `Token` and one space. The sentences are the real ones for a malformed and for a foreign key.
fn authorize(headers: &HeaderMap, api_key: &str) -> Result<(), &'static str> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header.ok_or("Authentication credentials were not provided.")?;
    let key = header.strip_prefix("Token ").ok_or("Invalid header padding")?;
    match key {
        key if key == api_key => Ok(()),
        key if key.split('.').count() == 3 => Err("Signature verification failed"),
        _ => Err("Invalid header padding"),
    }
}

/// The body: an object in JSON, or, for `create`, a form. The balances need none.
fn fields(call: Call, headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, (StatusCode, String)> {
    if call == Call::Balance {
        return Ok(Map::new());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err((StatusCode::BAD_REQUEST, "Invalid data. Expected a dictionary.".to_owned())),
            Err(problem) => Err((StatusCode::BAD_REQUEST, format!("JSON parse error - {problem}"))),
        },
        "application/x-www-form-urlencoded" if call == Call::Create => {
            let pairs: Vec<(String, String)> = form(body);
            Ok(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
        }
        other => Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Unsupported media type \"{other}\" in request."))),
    }
}

fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    // A form is the query of a URL without its question mark.
    let url = reqwest::Url::parse(&format!("http://form.invalid/?{text}"));
    url.map(|url| url.query_pairs().into_owned().collect()).unwrap_or_default()
}

fn create(provider: &Provider, fields: &Map<String, Value>) -> Response {
    match Order::parse(fields, &provider.0.keys.shop_id, |code| provider.is_enabled(code)) {
        Ok(order) => success(&wire::created(&provider.add(order))),
        Err(problems) => refused(&problems),
    }
}

fn cancel(provider: &Provider, fields: &Map<String, Value>) -> Response {
    let Some(uuid) = fields.get("uuid").and_then(Value::as_str).filter(|uuid| !uuid.is_empty()) else {
        return invalid("uuid is required");
    };
    let cancelled = provider.change(|state, _| {
        let invoice = state.invoices.find_mut(uuid).filter(|invoice| invoice.status == Status::Created);
        invoice.map(|invoice| invoice.status = Status::Canceled).is_some()
    });
    if cancelled { success(&["ok"]) } else { invalid("Invoice is not created") }
}

fn info(provider: &Provider, fields: &Map<String, Value>) -> Response {
    let Some(uuids) = fields.get("uuids").and_then(Value::as_array).filter(|uuids| !uuids.is_empty()) else {
        return invalid("uuids is required");
    };
    if uuids.len() > INVOICES_MAX {
        return invalid("Max 100 uuids");
    }
    let Some(wanted) = uuids.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else {
        return invalid("uuids must be a list of strings");
    };
    let known: Vec<_> = provider.read(|state| state.invoices.find_all(&wanted).into_iter().map(wire::info).collect());
    success(&known)
}

fn list(provider: &Provider, fields: &Map<String, Value>) -> Response {
    let days = match days(fields) {
        Ok(days) => days,
        Err(problems) => return refused(&problems),
    };
    let number = |name, default| match fields.get(name) {
        None | Some(Value::Null) => Some(default),
        Some(value) => value.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    let (Some(offset), Some(limit)) = (number("offset", 0), number("limit", 10)) else {
        return invalid("offset and limit must be integers");
    };
    // `limit` is the number of the last record wanted, not a page size.
    let wanted = limit.saturating_sub(offset).min(INVOICES_MAX);
    let found: Vec<_> = provider.read(|state| {
        let dated = state.invoices.newest_first().filter(|invoice| within(invoice, days));
        dated.skip(offset).take(wanted).map(wire::list_item).collect()
    });
    success(&found)
}

fn balance(provider: &Provider) -> Response {
    let invoices = provider.invoices();
    let entry = |coin| wire::balance(coin, provider.is_enabled(coin.code), Provider::balance(&invoices, coin.code));
    success(&COINS.iter().map(entry).collect::<Vec<_>>())
}

fn statistics(provider: &Provider, fields: &Map<String, Value>) -> Response {
    let days = match days(fields) {
        Ok(days) => days,
        Err(problems) => return invalid(&problems.values().map(|value| value.as_str().unwrap_or_default()).collect::<Vec<_>>().join(" ")),
    };
    let found: Vec<Invoice> = provider.invoices().into_iter().filter(|invoice| within(invoice, days)).collect();
    let of = |status: Status| found.iter().filter(move |invoice| invoice.status == status);
    let usd = |status: Status| Float(of(status).map(|invoice| invoice.amount_usd.round_dp(2)).sum());
    let rows = [Status::Created, Status::Paid, Status::Overpaid, Status::Partial, Status::Canceled];
    let all: Decimal = found.iter().map(|invoice| invoice.amount_usd.round_dp(2)).sum();
    let count = rows.into_iter().fold(Object::default().with("all", found.len()), |count, row| count.with(row.word(), of(row).count()));
    let amount = rows.into_iter().fold(Object::default().with("all", Float(all)), |amount, row| amount.with(row.word(), usd(row)));
    success(&Object::default().with("count", count).with("amount", amount))
}

/// The days from `start` to `end`, both included.
fn days(fields: &Map<String, Value>) -> Result<(Date, Date), Map<String, Value>> {
    let format = format_description!("[day].[month].[year]");
    let day = |name: &str| fields.get(name).and_then(Value::as_str).and_then(|text| Date::parse(text, format).ok());
    match (day("start"), day("end")) {
        (Some(start), Some(end)) if start <= end => Ok((start, end)),
        (Some(_), Some(_)) => Err(Map::from_iter([("end".to_owned(), Value::from("end must not be before start."))])),
        (start, end) => {
            let wrong = [("start", start.is_none()), ("end", end.is_none())].into_iter().filter(|(_, wrong)| *wrong);
            Err(wrong.map(|(name, _)| (name.to_owned(), Value::from(format!("{name} must be a date: dd.mm.yyyy.")))).collect())
        }
    }
}

fn within(invoice: &Invoice, (start, end): (Date, Date)) -> bool {
    let created = time::OffsetDateTime::from_unix_timestamp(invoice.created_micros.div_euclid(1_000_000));
    created.is_ok_and(|created| (start..=end).contains(&created.date()))
}

fn success(result: &impl Serialize) -> Response {
    reply(StatusCode::OK, &Object::default().with("status", "success").with("result", result))
}

fn refused(problems: &impl Serialize) -> Response {
    reply(StatusCode::BAD_REQUEST, &Object::default().with("status", "error").with("result", problems))
}

fn invalid(sentence: &str) -> Response {
    refused(&json!({"validate_error": sentence}))
}

fn detail(status: StatusCode, sentence: &str) -> Response {
    reply(status, &json!({"detail": sentence}))
}

fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    // Text, because a `Value` would turn 1.4e-06 into another spelling.
    let body = serde_json::to_string(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// What a struck caller meets instead of an answer.
async fn fail(fault: &CallFaults) -> Response {
    if fault.hang_secs.is_some() || fault.close {
        return fault.no_answer().await;
    }
    let Some(status) = fault.status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        return faults::garbage();
    };
    let sentence = fault.description.as_deref();
    let mut response = match status.as_u16() {
        401 | 403 => detail(status, sentence.unwrap_or("Signature verification failed")),
        429 => detail(status, sentence.unwrap_or("Request was throttled.")),
        300..=499 => reply(status, &json!({"status": "error", "result": {"validate_error": sentence.unwrap_or("Bad request")}})),
        _ => (status, Html(format!("<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>")))
            .into_response(),
    };
    if let Some(pause) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, pause.into());
    }
    response
}
