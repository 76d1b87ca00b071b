//! `POST /postback`: somebody says that an invoice was paid. What is believed becomes a question to the provider.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::flood::{Flood, Peer};
use super::{Edge, stored};
use crate::cryptocloud::postback::{self, Refused};
use crate::domain::invoice::InvoiceNumber;
use crate::shop::postbacks::Postbacks;

/// Somebody who forges postbacks does not fill the disk with lines about it: at most one is told in this time, in seconds.
const TELL_EVERY_SECS: i64 = 60;

/// What the route needs. Cloning it gives the same.
#[derive(Clone)]
pub(super) struct Door {
    edge: Edge,
    postbacks: Postbacks,
    forgeries: Arc<Mutex<Forgeries>>,
    unsigned: Arc<Mutex<Flood>>,
    /// Apart from them: behind a proxy the provider, whose postback is late, comes from the address of whoever forges some.
    late: Arc<Mutex<Flood>>,
}

impl Door {
    pub(super) fn new(edge: Edge) -> Self {
        let postbacks = Postbacks::start(edge.store.clone(), edge.clock.clone());
        Self { edge, postbacks, forgeries: Arc::default(), unsigned: Arc::default(), late: Arc::default() }
    }

    fn forged(&self) {
        let told = self.forgeries.lock().unwrap_or_else(PoisonError::into_inner).note(self.edge.clock.now());
        if let Some(count) = told {
            tracing::warn!(count, "postbacks came with a token that is not right");
        }
    }

    /// Whether this address has sent too much that was not to be believed, for a reason like this one, this time included.
    fn is_flooded(&self, peer: Option<Peer>, refused: &Refused) -> bool {
        let now = self.edge.clock.now();
        let flood = match refused {
            Refused::Expired(_) => &self.late,
            Refused::Forged | Refused::Malformed => &self.unsigned,
        };
        peer.is_some_and(|Peer(address)| flood.lock().unwrap_or_else(PoisonError::into_inner).is_too_much(address, now))
    }

    async fn note(&self, number: InvoiceNumber, answer: StatusCode) -> Response {
        match stored(self.postbacks.note(number.clone())).await {
            Ok(ours) => {
                tracing::info!(invoice.number = %number, ours, "a postback was noted");
                if ours {
                    self.edge.wake.notify_one();
                }
                answer.into_response()
            }
            Err(failed) => failed.into_response(),
        }
    }
}

/// Forged postbacks that nobody was told of yet.
#[derive(Debug, Default)]
struct Forgeries {
    untold: u64,
    /// When they were told last (unix seconds UTC).
    told_at: Option<i64>,
}

impl Forgeries {
    /// Counts one more; how many there were since the last time, when it is time to tell.
    fn note(&mut self, now: i64) -> Option<u64> {
        self.untold = self.untold.saturating_add(1);
        // A clock that was set back must not silence this until it is there again.
        if self.told_at.is_some_and(|told| (told..told.saturating_add(TELL_EVERY_SECS)).contains(&now)) {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

/// 200 once it is noted, or concerns no invoice of ours; 4xx when it is not to be believed; 503 when it could not be noted.
pub(super) async fn receive(State(door): State<Door>, request: Request) -> Response {
    let edge = &door.edge;
    let peer = request.extensions().get::<Peer>().copied();
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
        Ok(postback) => door.note(postback.number, StatusCode::OK).await,
        Err(refused) if door.is_flooded(peer, &refused) => {
            if matches!(refused, Refused::Forged) {
                door.forged();
            }
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, HeaderValue::from_static("60"))]).into_response()
        }
        // Its sender must not believe that it counts; asking the provider is safe all the same, and saves a queued postback.
        Err(Refused::Expired(number)) => door.note(number, StatusCode::UNAUTHORIZED).await,
        Err(Refused::Forged) => {
            door.forged();
            StatusCode::UNAUTHORIZED.into_response()
        }
        Err(Refused::Malformed) => StatusCode::BAD_REQUEST.into_response(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgeries_are_told_once_a_minute_with_their_number() {
        let mut forgeries = Forgeries::default();
        assert_eq!(forgeries.note(1_000), Some(1), "the first at once");
        assert_eq!([1_000, 1_030, 1_059].map(|now| forgeries.note(now)), [None; 3]);
        assert_eq!(forgeries.note(1_060), Some(4));
        assert_eq!(forgeries.note(1_061), None);
        assert_eq!(forgeries.note(900), Some(2), "a clock that was set back");
    }
}
