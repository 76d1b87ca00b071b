//! The question to the seller's own system: what are the goods of this order? Signed as Standard Webhooks say, so that any library of theirs
//! checks it; the answer is the goods. <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
//!
//! The address is the seller's, the machine is the operator's: where a call may go is in `guard`.

mod guard;

use std::time::Duration;

use data_encoding::BASE64;
use ring::hmac;
use serde_json::json;

pub use self::guard::{Caller, UrlError};
use crate::domain::goods::{ANSWER_CHARS_MAX, SECRET_PREFIX, Webhook};
use crate::domain::order::{Line, Order};
use crate::store::random;

/// A whole call, from the connection to the last byte.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Bytes that are read of an answer: its most characters in their longest form, and what JSON adds.
const ANSWER_BYTES_MAX: usize = 32 * 1024;
/// Pauses after each try that failed, in seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h (Svix). Then it is given up.
const PAUSES_SECS: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// Random bytes of a secret (Standard Webhooks: 24 to 64).
const SECRET_BYTES: usize = 32;

/// A question that is ready to be sent. Has no `Debug`: it holds the secret.
pub struct Question {
    /// The same for every try of the same line: whoever answered once answers the same again.
    pub id: String,
    url: String,
    secret: String,
    body: String,
    sent_at: i64,
}

/// What came of a question.
#[derive(Clone, PartialEq, Eq)]
pub enum Answered {
    /// The goods.
    Goods(String),
    /// No answer that can be used: to be tried again.
    Failed(String),
    /// The system says that it will never answer this (410).
    Gone,
}

/// When to ask again after so many tries, in seconds from now; none: never.
pub fn pause_secs(tries: i64) -> Option<i64> {
    let index = usize::try_from(tries.saturating_sub(1)).ok()?;
    PAUSES_SECS.get(index).copied()
}

/// A new secret.
pub fn new_secret() -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(&random::<SECRET_BYTES>()))
}

/// Whether a text is a secret that can sign.
pub fn is_secret(text: &str) -> bool {
    key_of(text).is_some_and(|key| (24..=64).contains(&key.len()))
}

fn key_of(secret: &str) -> Option<Vec<u8>> {
    BASE64.decode(secret.strip_prefix(SECRET_PREFIX)?.as_bytes()).ok()
}

/// `v1,` and the signature of a message: its id, the time it is sent at (unix seconds UTC), and its body.
pub fn signature(secret: &str, id: &str, sent_at: i64, body: &str) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key_of(secret)?);
    let signed = hmac::sign(&key, format!("{id}.{sent_at}.{body}").as_bytes());
    Some(format!("v1,{}", BASE64.encode(signed.as_ref())))
}

impl Question {
    /// The question about a paid line, as it is sent at `now` (unix seconds UTC).
    pub fn new(webhook: &Webhook, order: &Order, line: &Line, now: i64) -> Self {
        let paid_at = time::OffsetDateTime::from_unix_timestamp(order.paid_at.unwrap_or(now)).ok();
        let paid_at = paid_at.and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok());
        let body = json!({
            "type": "goods.requested",
            "timestamp": paid_at,
            "data": {
                "order": order.id.as_str(),
                "line": line.id,
                "product": line.product.as_str(),
                "option": line.option.as_ref().map(crate::domain::option::OptionId::as_str),
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": line.unit_price.number(),
                "currency": line.unit_price.currency.code(),
                "customer": order.customer.0,
            },
        });
        let (url, secret) = (webhook.url.clone(), webhook.secret.clone());
        Self { id: format!("line_{}", line.id), url, secret, body: body.to_string(), sent_at: now }
    }
}

impl Caller {
    /// Asks, and reads what is answered. Whatever goes wrong is said in words that hold no part of the answer.
    pub async fn ask(self, question: &Question) -> Answered {
        match self.call(question).await {
            Ok(answered) => answered,
            Err(why) => Answered::Failed(why),
        }
    }

    async fn call(self, question: &Question) -> Result<Answered, String> {
        let url = self.check(&question.url).map_err(|error| error.to_string())?;
        let Question { id, secret, body, sent_at, .. } = question;
        let signature = signature(secret, id, *sent_at, body).ok_or("the secret cannot sign")?;
        let request = self.client(TIMEOUT).map_err(|_| "no call can be made".to_owned())?.post(url);
        let request = request
            .header("content-type", "application/json")
            .header("accept", "application/json, text/plain")
            .header("webhook-id", id)
            .header("webhook-timestamp", sent_at.to_string())
            .header("webhook-signature", signature)
            .body(body.clone());
        let mut answer = request.send().await.map_err(|error| word(&error).to_owned())?;
        let status = answer.status();
        if status == reqwest::StatusCode::GONE {
            return Ok(Answered::Gone);
        }
        if status.is_redirection() {
            return Err(format!("it answers {status}, and redirects are not followed"));
        }
        if !status.is_success() {
            return Err(format!("it answers {status}"));
        }
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| word(&error).to_owned())? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err("its answer is too long".to_owned());
            }
        }
        read(is_json, &bytes).map(Answered::Goods).map_err(str::to_owned)
    }
}

/// The goods in an answer.
fn read(is_json: bool, bytes: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "its answer is no UTF-8 text")?;
    let text = if is_json {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| "its answer is no JSON")?;
        value.get("text").and_then(serde_json::Value::as_str).ok_or("its answer has no \"text\"")?.to_owned()
    } else {
        text.to_owned()
    };
    let text: String = text.replace("\r\n", "\n").chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err("its answer is empty");
    }
    if text.chars().count() > ANSWER_CHARS_MAX {
        return Err("its answer is too long");
    }
    Ok(text.to_owned())
}

fn word(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it does not answer in time"
    } else if guard::is_refusal(error) {
        "its name leads to a private address, which this shop does not call"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "the connection broke off"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_that_others_compute() {
        // Computed with `openssl dgst -sha256 -mac HMAC` over the id, the time and the body, each with a point between.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = "{\"test\": 2432232314}";
        let signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_secret_is_one_that_the_libraries_of_others_take() {
        let secret = new_secret();
        assert!(is_secret(&secret) && secret != new_secret(), "{secret}");
        for wrong in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_***"] {
            assert!(!is_secret(wrong), "{wrong}");
        }
    }

    #[test]
    fn tries_follow_the_schedule_and_end() {
        let pauses: Vec<_> = (1..=9).map(pause_secs).collect();
        assert_eq!(pauses, [Some(5), Some(300), Some(1_800), Some(7_200), Some(18_000), Some(36_000), Some(36_000), None, None]);
    }

    #[test]
    fn answers_are_read_as_json_or_as_plain_text() {
        assert_eq!(read(true, br#"{"text":" KEY-1\r\nKEY-2 ","more":1}"#), Ok("KEY-1\nKEY-2".to_owned()));
        assert_eq!(read(false, b"KEY-1\n"), Ok("KEY-1".to_owned()));
        for (is_json, bytes) in [(true, "{}"), (true, "KEY"), (true, r#"{"text":7}"#), (false, " \n"), (true, r#"{"text":""}"#)] {
            assert!(read(is_json, bytes.as_bytes()).is_err(), "{bytes}");
        }
        assert!(read(false, b"\xff").is_err());
        assert!(read(false, "🦉".repeat(3_500).as_bytes()).is_ok());
        assert!(read(false, "x".repeat(3_501).as_bytes()).is_err());
    }
}
