//! Whether the program lives, and whether it works: for orchestrators and load balancers.

use axum::extract::State;
use axum::http::StatusCode;

use super::{Edge, StoreFailed, stored};

/// 200 while the program lives and its database answers.
pub(super) async fn alive(State(edge): State<Edge>) -> Result<&'static str, StoreFailed> {
    ping(&edge).await.map(|()| "ok")
}

/// 200 once the program does its work, and until it stops; not while nothing can be written.
pub(super) async fn ready(State(edge): State<Edge>) -> Result<&'static str, StatusCode> {
    let ready = *edge.ready.borrow();
    if !ready || ping(&edge).await.is_err() || stored(edge.store.can_write()).await.is_err() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    Ok("ok")
}

async fn ping(edge: &Edge) -> Result<(), StoreFailed> {
    stored(async { edge.store.read().await?.ping().await }).await
}
