//! The notification that the fake sends to the project (fact sheet section 12): its token, its two formats, its sending, its faults.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::sandbox::faults::Forgery;

use super::invoice::Invoice;
use super::wire::{self, Float, Object};

/// How long a token is good, from the moment of sending.
const TOKEN_LIFETIME_SECS: i64 = 300;
/// The longest time that one sending may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time that the connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A client that follows no redirect, uses no proxy and does not wait for ever; nothing when TLS cannot be set up.
pub fn client() -> Option<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(SEND_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .ok()
}

/// A postback that is ready to go, in one of its two formats.
pub enum Postback {
    Json(String),
    Form(Vec<(&'static str, String)>),
}

impl Postback {
    /// The notification of `invoice`, signed at `now` (unix seconds UTC). `other` is the number that a forger names instead.
    pub fn new(invoice: &Invoice, secret: &str, now: i64, forge: Option<Forgery>, other: &str, form: bool) -> Self {
        let number = bare(&invoice.uuid);
        let token = match forge {
            None => token("HS256", number, now + TOKEN_LIFETIME_SECS, secret),
            Some(Forgery::WrongKey) => token("HS256", number, now + TOKEN_LIFETIME_SECS, "not-the-secret-key"),
            Some(Forgery::Expired) => token("HS256", number, now - 2 * TOKEN_LIFETIME_SECS, secret),
            Some(Forgery::AlgNone) => token("none", number, now + TOKEN_LIFETIME_SECS, secret),
            Some(Forgery::OtherInvoice) => token("HS256", bare(other), now + TOKEN_LIFETIME_SECS, secret),
        };
        if form { Self::Form(form_body(invoice, &token)) } else { Self::Json(json_body(invoice, &token)) }
    }

    /// Sends it. The answer is the HTTP status as text, or `refused` when there was no answer.
    pub async fn send(self, client: &reqwest::Client, url: &str) -> String {
        let request = client.post(url).header("user-agent", "python-requests/2.31.0");
        let request = match self {
            Self::Json(json) => request.header("content-type", "application/json").body(json),
            Self::Form(pairs) => request.form(&pairs),
        };
        match request.send().await {
            Ok(response) => response.status().as_u16().to_string(),
            Err(problem) => {
                tracing::debug!(error = %problem.without_url(), "a postback had no answer");
                "refused".to_owned()
            }
        }
    }
}

/// The number without its prefix.
fn bare(uuid: &str) -> &str {
    uuid.trim_start_matches("INV-")
}

fn label(order_id: &Value) -> Value {
    match order_id {
        Value::Number(number) => Value::from(number.to_string()),
        other => other.clone(),
    }
}

fn json_body(invoice: &Invoice, token: &str) -> String {
    let body = Object::default()
        .with("status", "success")
        .with("invoice_id", bare(&invoice.uuid))
        .with("amount_crypto", Float(invoice.amount))
        .with("currency", invoice.coin().map(|coin| coin.code))
        .with("order_id", label(&invoice.order_id))
        .with("token", token)
        .with("invoice_info", wire::postback_info(invoice));
    serde_json::to_string(&body).unwrap_or_default()
}

/// As a project on form mode gets it: the nested object is flattened into its bare keys, so nothing in it can be read.
fn form_body(invoice: &Invoice, token: &str) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("status", "success".to_owned()),
        ("invoice_id", bare(&invoice.uuid).to_owned()),
        ("amount_crypto", wire::python_float(invoice.amount)),
        ("currency", invoice.coin().map(|coin| coin.code).unwrap_or_default().to_owned()),
        ("order_id", label(&invoice.order_id).as_str().unwrap_or_default().to_owned()),
        ("token", token.to_owned()),
    ];
    pairs.extend(wire::postback_info(invoice).names().map(|name| ("invoice_info", name.to_owned())));
    pairs
}

/// A JSON Web Token with the claims `id` and `exp`, signed with the bytes of `secret` unless `alg` is `none`.
fn token(alg: &str, id: &str, exp: i64, secret: &str) -> String {
    let header = format!(r#"{{"typ":"JWT","alg":"{alg}"}}"#);
    // Written by hand, because the order of the claims is the real one's.
    let claims = format!(r#"{{"id":{},"exp":{exp}}}"#, json!(id));
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(claims.as_bytes()));
    let signature = if alg == "none" {
        String::new()
    } else {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref())
    };
    format!("{signed}.{signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_documented_vector() {
        assert_eq!(
            token("HS256", "K7Q2ZP9M", 1_767_265_500, "example-secret-not-real-0123456789"),
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6Iks3UTJaUDlNIiwiZXhwIjoxNzY3MjY1NTAwfQ.rDczXNvnYlFVPKIHjetVhSkfsu9ljSQF-mghOVviyxw"
        );
    }
}
