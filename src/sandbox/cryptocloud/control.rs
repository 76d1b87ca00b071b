//! The part of the control API that is the blockchain and the project's dashboard: who pays what, what is switched on, where postbacks go.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Invoice, Payment, Provider, Refused};

/// The routes, relative to `/sandbox`.
pub fn router(provider: Provider) -> Router {
    Router::new()
        .route("/invoices", get(invoices))
        .route("/invoices/{uuid}", get(invoice))
        .route("/invoices/{uuid}/payments", post(pay))
        .route("/invoices/{uuid}/confirm", post(confirm))
        .route("/invoices/{uuid}/expire", post(expire))
        .route("/invoices/{uuid}/postback", post(postback))
        .route("/postback-url", put(postback_url))
        .route("/test-mode", put(test_mode))
        .route("/client-pays", put(client_pays))
        .route("/coins/{code}", put(coin))
        .with_state(provider)
}

type Answer = Result<Json<Value>, Wrong>;

/// A refusal: its status, and what is wrong and what to do.
struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

impl From<JsonRejection> for Wrong {
    fn from(rejection: JsonRejection) -> Self {
        Self(StatusCode::BAD_REQUEST, rejection.body_text())
    }
}

impl From<Refused> for Wrong {
    fn from(refused: Refused) -> Self {
        let status = match refused {
            Refused::NoInvoice(_) => StatusCode::NOT_FOUND,
            Refused::Impossible(_) => StatusCode::BAD_REQUEST,
        };
        Self(status, refused.to_string())
    }
}

async fn invoices(State(provider): State<Provider>) -> Json<Value> {
    Json(provider.invoices_json())
}

async fn invoice(State(provider): State<Provider>, Path(uuid): Path<String>) -> Answer {
    shown(provider.invoice(&uuid))
}

/// One of `amount` and `kind`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentBody {
    amount: Option<Value>,
    kind: Option<Kind>,
    #[serde(default = "confirmed")]
    confirm: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Exact,
    Under,
    Over,
}

fn confirmed() -> bool {
    true
}

async fn pay(State(provider): State<Provider>, Path(uuid): Path<String>, body: Result<Json<PaymentBody>, JsonRejection>) -> Answer {
    let Json(body) = body?;
    let payment = match (body.kind, body.amount) {
        (Some(Kind::Exact), None) => Payment::Exact,
        (Some(Kind::Under), None) => Payment::Under,
        (Some(Kind::Over), None) => Payment::Over,
        (None, Some(amount)) => Payment::Amount(decimal(&amount)?),
        _ => return Err(wrong("say either \"kind\" (exact, under or over) or \"amount\"")),
    };
    shown(if body.confirm { provider.pay(&uuid, payment) } else { provider.pay_unconfirmed(&uuid, payment) })
}

fn decimal(amount: &Value) -> Result<Decimal, Wrong> {
    let text = amount.as_str().map_or_else(|| amount.to_string(), |text| text.trim().to_owned());
    let number = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
    number.map_err(|_| wrong("the amount is no number: write it like \"12.5\""))
}

async fn confirm(State(provider): State<Provider>, Path(uuid): Path<String>) -> Answer {
    shown(provider.confirm(&uuid))
}

async fn expire(State(provider): State<Provider>, Path(uuid): Path<String>) -> Answer {
    shown(provider.expire(&uuid))
}

async fn postback(State(provider): State<Provider>, Path(uuid): Path<String>) -> Answer {
    shown(provider.postback(&uuid))
}

#[derive(Deserialize)]
struct UrlBody {
    url: Option<String>,
}

async fn postback_url(State(provider): State<Provider>, body: Result<Json<UrlBody>, JsonRejection>) -> Answer {
    let Json(body) = body?;
    if body.url.as_deref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(wrong("the URL must begin with http:// or https://, or be null"));
    }
    provider.set_postback_url(body.url);
    Ok(Json(json!({"url": provider.postback_url()})))
}

#[derive(Deserialize)]
struct Switch {
    #[serde(alias = "enabled")]
    on: bool,
}

async fn test_mode(State(provider): State<Provider>, body: Result<Json<Switch>, JsonRejection>) -> Answer {
    let Json(Switch { on }) = body?;
    provider.set_test_mode(on);
    Ok(Json(json!({"on": on})))
}

async fn client_pays(State(provider): State<Provider>, body: Result<Json<Switch>, JsonRejection>) -> Answer {
    let Json(Switch { on }) = body?;
    provider.set_client_pays(on);
    Ok(Json(json!({"on": on})))
}

async fn coin(State(provider): State<Provider>, Path(code): Path<String>, body: Result<Json<Switch>, JsonRejection>) -> Answer {
    let Json(Switch { on }) = body?;
    provider.set_coin(&code, on)?;
    Ok(Json(json!({"on": on})))
}

fn shown(invoice: Result<Invoice, Refused>) -> Answer {
    Ok(Json(invoice?.json()))
}

fn wrong(sentence: &str) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, sentence.to_owned())
}
