//! `POST /postback`: somebody says that an invoice was paid. What is believed becomes a question to the provider.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Edge, stored};
use crate::cryptocloud::postback::{self, Refused};
use crate::domain::invoice::InvoiceNumber;
use crate::shop::inbox;

/// 200 once it is noted, or concerns no invoice of ours; 4xx when it is not to be believed; 503 when it could not be noted.
pub(super) async fn receive(State(edge): State<Edge>, request: Request) -> Response {
    let content_type = match content_type(request.headers()) {
        Ok(content_type) => content_type,
        Err(status) => return status.into_response(),
    };
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        // Too long without saying so, or broken off.
        Err(rejection) => return rejection.status().into_response(),
    };
    match postback::read(&body, content_type.as_deref(), &edge.postback_secret, edge.clock.now()) {
        Ok(postback) => note(&edge, &postback.number, StatusCode::OK).await,
        // Its sender must not believe that it counts; asking the provider is safe all the same, and saves a queued postback.
        Err(Refused::Expired(number)) => note(&edge, &number, StatusCode::UNAUTHORIZED).await,
        Err(Refused::Forged) => {
            tracing::warn!("a postback came with a token that is not right");
            StatusCode::UNAUTHORIZED.into_response()
        }
        Err(Refused::Malformed) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn note(edge: &Edge, number: &InvoiceNumber, answer: StatusCode) -> Response {
    match stored(inbox::note_postback(&edge.store, &edge.clock, number)).await {
        Ok(ours) => {
            tracing::info!(invoice.number = %number, ours, "a postback was noted");
            if ours {
                edge.wake.notify_one();
            }
            answer.into_response()
        }
        Err(failed) => failed.into_response(),
    }
}

/// The media type, which may be missing, but must be one that a postback can have.
fn content_type(headers: &HeaderMap) -> Result<Option<String>, StatusCode> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let name = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match name.as_str() {
        "application/json" | "application/x-www-form-urlencoded" | "text/plain" => Ok(Some(name)),
        _ => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    }
}
