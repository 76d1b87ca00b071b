//! The control API: what the page, tests and curious people do to the sandbox. All JSON; errors are `{"error":"what is wrong and what to do"}`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Sandbox;
use super::control_chats;
use super::faults::Faults;
use super::receiver;
use super::telegram::Wrong;
use crate::clock::Clock;

/// Bytes: the biggest file a person can send, and what surrounds it.
const BODY_MAX: usize = 64 * 1_024 * 1_024;

/// How far a sandbox's clock was moved, kept for its next run.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    secs: Arc<AtomicU32>,
    file: Option<PathBuf>,
}

impl Moved {
    /// Moves `clock` as far as it was moved in earlier runs.
    pub fn load(file: Option<PathBuf>, clock: &Clock) -> Self {
        let secs: u32 = super::saved::load(file.as_deref());
        if secs > 0 {
            clock.advance(secs);
        }
        Self { secs: Arc::new(AtomicU32::new(secs)), file }
    }

    fn advance(&self, clock: &Clock, secs: u32) {
        let total = self.secs.fetch_add(secs, Ordering::SeqCst).saturating_add(secs);
        if let Err(error) = super::saved::save(self.file.as_deref(), &total) {
            tracing::error!(%error, "the sandbox cannot keep how far its clock was moved");
        }
        clock.advance(secs);
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, axum::Json(json!({"error": self.error}))).into_response()
    }
}

/// The routes below `/sandbox` that are not about invoices.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/clock", post(clock))
        .route("/faults", put(faults))
        .route("/updates", post(update))
        .merge(control_chats::router())
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(sandbox)
}

/// A JSON body as `T`, whatever content type it was sent with.
pub(crate) fn body<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    serde_json::from_str(text).map_err(|error| Wrong::new(400, format!("the body is not the JSON that is expected here: {error}")))
}

/// For what is not here.
pub(crate) async fn nothing_here() -> Wrong {
    Wrong::new(404, "the sandbox has nothing here: GET /sandbox/state shows what there is")
}

/// For a path that takes other methods.
pub(crate) async fn other_method() -> Wrong {
    Wrong::new(405, "this path takes another HTTP method")
}

async fn state(State(sandbox): State<Sandbox>, headers: HeaderMap) -> axum::Json<Value> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    axum::Json(json!({
        "now": sandbox.clock.now(),
        "users": sandbox.telegram.users(),
        "places": sandbox.telegram.places(),
        "shop": {"bot": sandbox.telegram.bot_json(), "shop_id": sandbox.shop_id},
        "invoices": sandbox.cryptocloud.invoices_json(),
        "faults": sandbox.faults.get(),
        "telegram_api": format!("http://{host}/telegram"),
        "cryptocloud_api": format!("http://{host}/cryptocloud"),
        "postback_url": sandbox.cryptocloud.postback_url(),
        "receiver_url": format!("http://{host}{}", receiver::PATH),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_secs: u32,
}

async fn clock(State(sandbox): State<Sandbox>, text: String) -> Result<axum::Json<Value>, Wrong> {
    let Advance { advance_secs } = body(&text)?;
    sandbox.moved.advance(&sandbox.clock, advance_secs);
    Ok(axum::Json(json!({"now": sandbox.clock.now()})))
}

async fn faults(State(sandbox): State<Sandbox>, text: String) -> Result<axum::Json<Faults>, Wrong> {
    sandbox.faults.set(body(&text)?);
    Ok(axum::Json(sandbox.faults.get()))
}

async fn update(State(sandbox): State<Sandbox>, text: String) -> Result<axum::Json<Value>, Wrong> {
    let update: Map<String, Value> = body(&text)?;
    Ok(axum::Json(json!({"update_id": sandbox.telegram.put_update(&update)})))
}
