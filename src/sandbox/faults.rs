//! Faults on demand: what goes wrong on purpose between the bot and the fakes. Set by `PUT /sandbox/faults`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;

/// All faults in force. A section that is left out is a section without faults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    pub telegram: CallFaults,
    pub cryptocloud: CallFaults,
    pub postbacks: PostbackFaults,
}

/// What happens to calls of one fake. Without `status`, `hang_secs`, `garbage` or `close`, nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallFaults {
    /// The methods struck (`sendMessage`, `create`, `info`), in any letter case; empty: all but `getUpdates`.
    pub methods: Vec<String>,
    /// How many calls of a hundred are struck.
    pub percent: u8,
    /// So many calls go well first.
    pub skip: u32,
    /// After so many strikes the fault is over; none: it lasts.
    pub times: Option<u32>,
    /// Answer with this HTTP status and the body that the real service gives with it.
    pub status: Option<u16>,
    /// With status 429: how long to wait, in seconds.
    pub retry_after: Option<u64>,
    /// The sentence in the error's body.
    pub description: Option<String>,
    /// Give no answer for so many real seconds, then close the connection.
    pub hang_secs: Option<u64>,
    /// Answer 200 with something that is no JSON.
    pub garbage: bool,
    /// Close the connection without an answer.
    pub close: bool,
    /// Do what was asked first, then fail: the caller cannot know that it was done.
    pub after_accepting: bool,
}

/// What happens to postbacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostbackFaults {
    /// How many of a hundred are lost.
    pub drop_percent: u8,
    /// How many more times each is sent, at once.
    pub copies: u8,
    /// How many seconds of sandbox time each is late.
    pub delay_secs: u32,
    /// What is wrong with its token.
    pub forge: Option<Forgery>,
    /// Sent as a form instead of JSON.
    pub form: bool,
}

/// A token that must not be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    WrongKey,
    Expired,
    AlgNone,
    /// A good token of another invoice.
    OtherInvoice,
}

impl Default for CallFaults {
    fn default() -> Self {
        Self {
            methods: Vec::new(),
            percent: 100,
            skip: 0,
            times: None,
            status: None,
            retry_after: None,
            description: None,
            hang_secs: None,
            garbage: false,
            close: false,
            after_accepting: false,
        }
    }
}

/// Which fake a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Telegram,
    CryptoCloud,
}

/// The faults in force, shared by everything in the sandbox.
#[derive(Debug, Clone, Default)]
pub struct FaultBoard {
    inner: Arc<Mutex<(Faults, u64)>>,
    strikes: Arc<watch::Sender<u64>>,
}

impl FaultBoard {
    /// Puts other faults in force.
    pub fn set(&self, faults: Faults) {
        self.lock().0 = faults;
    }

    /// The faults in force.
    pub fn get(&self) -> Faults {
        self.lock().0.clone()
    }

    /// How many calls were struck so far, and every change of that at the moment of the strike.
    pub fn strikes(&self) -> watch::Receiver<u64> {
        self.strikes.subscribe()
    }

    /// The fault that strikes this call, if one does; counts it.
    pub fn strike(&self, target: Target, method: &str) -> Option<CallFaults> {
        let mut board = self.lock();
        let dice = board.1;
        board.1 = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let faults = match target {
            Target::Telegram => &mut board.0.telegram,
            Target::CryptoCloud => &mut board.0.cryptocloud,
        };
        let armed = faults.status.is_some() || faults.hang_secs.is_some() || faults.garbage || faults.close;
        let named = if faults.methods.is_empty() {
            !method.eq_ignore_ascii_case("getUpdates")
        } else {
            faults.methods.iter().any(|name| name.eq_ignore_ascii_case(method))
        };
        if !armed || !named || faults.times == Some(0) || (dice >> 33) % 100 >= u64::from(faults.percent) {
            return None;
        }
        if faults.skip > 0 {
            faults.skip -= 1;
            return None;
        }
        faults.times = faults.times.map(|times| times - 1);
        self.strikes.send_modify(|count| *count += 1);
        Some(faults.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Faults, u64)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallFaults {
    /// What the fake Telegram answers to a call that this fault struck.
    pub(crate) async fn telegram_answer(&self) -> Response {
        if self.hang_secs.is_some() || self.close {
            return self.no_answer().await;
        }
        let Some(status) = self.status else { return garbage() };
        let description = self.description.clone().unwrap_or_else(|| match status {
            400 => "Bad Request".to_owned(),
            401 => "Unauthorized".to_owned(),
            403 => "Forbidden: bot was blocked by the user".to_owned(),
            404 => "Not Found".to_owned(),
            429 => format!("Too Many Requests: retry after {}", self.retry_after.unwrap_or(1)),
            502 => "Bad Gateway".to_owned(),
            _ => "Internal Server Error".to_owned(),
        });
        let retry_after = self.retry_after.or((status == 429).then_some(1));
        let mut body = json!({"ok": false, "error_code": status, "description": description});
        if let (Some(seconds), Some(body)) = (retry_after, body.as_object_mut()) {
            body.insert("parameters".to_owned(), json!({"retry_after": seconds}));
        }
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), axum::Json(body)).into_response()
    }

    /// Waits as long as the fault says, then closes the connection.
    pub(crate) async fn no_answer(&self) -> Response {
        if let Some(secs) = self.hang_secs {
            tokio::time::sleep(Duration::from_secs(secs)).await;
        }
        cut_off()
    }
}

/// Status 200, and no JSON.
pub(crate) fn garbage() -> Response {
    (StatusCode::OK, "<html><body>It works!</body></html>").into_response()
}

/// An answer that never arrives: its body fails before anything of it is sent, which makes the server close the connection.
pub(crate) fn cut_off() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut off on purpose")) });
    Response::new(Body::from_stream(broken))
}
