//! `POST /telegram/{anything}`: Telegram brings an update. 200 means that it is stored, and Telegram forgets it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Edge, stored};
use crate::shop::inbox::{self, Noted};

/// Bot API: the `secret_token` of setWebhook comes back in this header.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// 200 once the update is noted, or was before; 401 without the secret; 400 for what is no update; 503 when it could not be noted.
pub(super) async fn receive(State(edge): State<Edge>, request: Request) -> Response {
    let Some(secret) = &edge.telegram_secret else { return StatusCode::NOT_FOUND.into_response() };
    if !knows(request.headers(), secret) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(rejection) => return rejection.status().into_response(),
    };
    let Ok(raw) = std::str::from_utf8(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    match stored(inbox::note_update(&edge.store, &edge.clock, raw)).await {
        Ok(Noted::New) => {
            edge.wake.notify_one();
            StatusCode::OK.into_response()
        }
        Ok(Noted::Known) => StatusCode::OK.into_response(),
        Ok(Noted::NotAnUpdate) => StatusCode::BAD_REQUEST.into_response(),
        Err(failed) => failed.into_response(),
    }
}

/// Whether the sender knows the secret; how much of it is right cannot be told from the time that this takes.
fn knows(headers: &HeaderMap, secret: &SecretString) -> bool {
    let secret = secret.expose_secret().as_bytes();
    let said = headers.get(SECRET_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
    !secret.is_empty() && bool::from(said.ct_eq(secret))
}
