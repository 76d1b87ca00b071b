//! A seller's system in a few lines, for the demo: it checks who asks, and answers with vouchers, the same ones for the same order.
//!
//! The signature is that of Standard Webhooks, checked here without a line of the bot's own.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use data_encoding::{BASE32_NOPAD, BASE64};
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::{Value, json};

use crate::clock::Clock;

/// Where it is, below the sandbox's address.
pub const PATH: &str = "/sandbox/receiver";
/// The secret that the demo shop and this system share.
pub const SECRET: &str = "whsec_a2lvc2stZGVtby1zZWNyZXQtdGhhdC1vcGVucy1ub3RoaW5n";
/// A message that is older or newer, in seconds, may be somebody's replay (Standard Webhooks: five minutes).
const TOLERANCE_SECS: i64 = 300;
/// Most vouchers in one answer.
const VOUCHERS_MAX: u64 = 100;

pub(crate) fn router(clock: Clock) -> Router {
    Router::new().route("/receiver", post(answer)).with_state(clock)
}

async fn answer(State(clock): State<Clock>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, sent_at) = (header("webhook-id"), header("webhook-timestamp"));
    let is_fresh = sent_at.parse::<i64>().is_ok_and(|at| (clock.now() - at).abs() <= TOLERANCE_SECS);
    let signed = [id.as_bytes(), b".", sent_at.as_bytes(), b".", &body].concat();
    if !is_fresh || !header("webhook-signature").split(' ').any(|signature| is_right(signature, &signed)) {
        return (StatusCode::UNAUTHORIZED, "who are you?").into_response();
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let quantity = asked.pointer("/data/quantity").and_then(Value::as_u64).unwrap_or(1).min(VOUCHERS_MAX);
    let vouchers: Vec<String> = (1..=quantity).map(|number| voucher(id, number)).collect();
    axum::Json(json!({"text": vouchers.join("\n")})).into_response()
}

fn is_right(signature: &str, signed: &[u8]) -> bool {
    let key = SECRET.strip_prefix("whsec_").and_then(|key| BASE64.decode(key.as_bytes()).ok());
    let given = signature.strip_prefix("v1,").and_then(|given| BASE64.decode(given.as_bytes()).ok());
    let (Some(key), Some(given)) = (key, given) else { return false };
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed, &given).is_ok()
}

fn voucher(id: &str, number: u64) -> String {
    let digits = BASE32_NOPAD.encode(digest(&SHA256, format!("{id}:{number}").as_bytes()).as_ref());
    format!("OWL-{}-{}", digits.get(..4).unwrap_or_default(), digits.get(4..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer() {
        assert_eq!(voucher("line_a", 1), voucher("line_a", 1));
        assert_ne!(voucher("line_a", 1), voucher("line_a", 2));
        assert_eq!(voucher("line_a", 1).len(), "OWL-AAAA-BBBB".len());
    }
}
