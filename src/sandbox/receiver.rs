//! A seller's system in a few lines, for the demo: it checks who asks, and answers with vouchers, the same ones for the same order.
//!
//! The signature is that of Standard Webhooks, checked here without a line of the bot's own. Beside the secret that it shares with the demo
//! shop it believes those it is told: a seller who makes a product by hand gives it the secret that the bot has shown.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use data_encoding::{BASE32_NOPAD, BASE64};
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control;
use super::telegram::Wrong;
use crate::clock::Clock;

/// Where it is, below the sandbox's address.
pub const PATH: &str = "/sandbox/receiver";
/// The secret that the demo shop and this system share.
pub const SECRET: &str = "whsec_a2lvc2stZGVtby1zZWNyZXQtdGhhdC1vcGVucy1ub3RoaW5n";
/// A message that is older or newer, in seconds, may be somebody's replay (Standard Webhooks: five minutes).
const TOLERANCE_SECS: i64 = 300;
/// Most vouchers in one answer.
const VOUCHERS_MAX: u64 = 100;

/// Most secrets that it believes; the oldest are forgotten first.
const SECRETS_MAX: usize = 100;

/// The system: whom it believes, kept for the next run.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    clock: Clock,
    secrets: Arc<Mutex<Vec<String>>>,
    file: Option<PathBuf>,
}

impl Receiver {
    pub fn load(file: Option<PathBuf>, clock: Clock) -> Self {
        let secrets = super::saved::load(file.as_deref());
        Self { clock, secrets: Arc::new(Mutex::new(secrets)), file }
    }

    pub fn router(self) -> Router {
        Router::new().route("/receiver", post(answer)).route("/receiver/secrets", post(believe)).with_state(self)
    }

    fn believes(&self, signature: &str, signed: &[u8]) -> bool {
        let told = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().map(String::as_str).chain([SECRET]).any(|secret| is_right(secret, signature, signed))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    secret: String,
}

async fn believe(State(receiver): State<Receiver>, text: String) -> Result<axum::Json<Value>, Wrong> {
    let Told { secret } = control::body(&text)?;
    let secret = secret.trim();
    if key_in(secret).is_none() {
        return Err(Wrong::new(400, "that is no secret: paste the whole of it, it begins with whsec_"));
    }
    let mut told = receiver.secrets.lock().unwrap_or_else(PoisonError::into_inner);
    told.retain(|known| known != secret);
    if told.len() >= SECRETS_MAX {
        told.remove(0);
    }
    told.push(secret.to_owned());
    if let Err(error) = super::saved::save(receiver.file.as_deref(), &*told) {
        tracing::error!(%error, "the sandbox cannot keep the secrets of its receiver");
    }
    Ok(axum::Json(json!({"secrets": told.len()})))
}

async fn answer(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, sent_at) = (header("webhook-id"), header("webhook-timestamp"));
    let is_fresh = sent_at.parse::<i64>().is_ok_and(|at| (receiver.clock.now() - at).abs() <= TOLERANCE_SECS);
    let signed = [id.as_bytes(), b".", sent_at.as_bytes(), b".", &body].concat();
    if !is_fresh || !header("webhook-signature").split(' ').any(|signature| receiver.believes(signature, &signed)) {
        return (StatusCode::UNAUTHORIZED, "who are you?").into_response();
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let quantity = asked.pointer("/data/quantity").and_then(Value::as_u64).unwrap_or(1).min(VOUCHERS_MAX);
    let vouchers: Vec<String> = (1..=quantity).map(|number| voucher(id, number)).collect();
    axum::Json(json!({"text": vouchers.join("\n")})).into_response()
}

fn key_in(secret: &str) -> Option<Vec<u8>> {
    secret.strip_prefix("whsec_").and_then(|key| BASE64.decode(key.as_bytes()).ok()).filter(|key| !key.is_empty())
}

fn is_right(secret: &str, signature: &str, signed: &[u8]) -> bool {
    let given = signature.strip_prefix("v1,").and_then(|given| BASE64.decode(given.as_bytes()).ok());
    let (Some(key), Some(given)) = (key_in(secret), given) else { return false };
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
