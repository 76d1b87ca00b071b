//! What the world may call: postbacks, Telegram updates, health. Whatever arrives is stored before it is answered; nothing is done here.

mod crowd;
mod flood;
mod health;
mod postback;
mod serve;
mod telegram;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio::sync::{Notify, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use self::serve::Limits;
pub use self::serve::serve;
use crate::clock::Clock;
use crate::store::Store;

/// A postback has about 2 KiB.
const POSTBACK_BYTES_MAX: usize = 64 * 1024;
/// Updates carry no files, only words about them.
const UPDATE_BYTES_MAX: usize = 1024 * 1024;
/// What takes the database longer counts as not done: the sender comes again.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// When a sender may come again after the database failed, in seconds.
const RETRY_AFTER_SECS: HeaderValue = HeaderValue::from_static("5");

/// What the edge of the program needs. Cloning it gives the same.
#[derive(Clone)]
pub struct Edge {
    pub store: Store,
    pub clock: Clock,
    /// The provider's secret for postback tokens. When it is empty, no postback is believed.
    pub postback_secret: SecretString,
    /// What Telegram says with each update; none when updates are fetched instead, and then nobody may bring any.
    pub telegram_secret: Option<SecretString>,
    /// Woken when there is something new to do.
    pub wake: Arc<Notify>,
    /// Whether the program does its work.
    pub ready: watch::Receiver<bool>,
}

/// Every route, with the limit of its bodies.
fn routes(edge: Edge) -> Router {
    let postbacks = Router::new()
        .route("/postback", post(postback::receive))
        // A seller may make the address hard to guess; the token is what counts.
        .route("/postback/", post(postback::receive))
        .route("/postback/{anything}", post(postback::receive))
        .layer(RequestBodyLimitLayer::new(POSTBACK_BYTES_MAX))
        .with_state(postback::Door::new(edge.clone()));
    let updates = Router::new().route("/telegram/{secret}", post(telegram::receive)).layer(RequestBodyLimitLayer::new(UPDATE_BYTES_MAX));
    Router::new()
        .merge(postbacks)
        .merge(updates)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .layer(DefaultBodyLimit::disable())
        .with_state(edge)
}

/// The same routes, none of which takes too long or breaks anything else.
fn guarded(router: Router, limits: Limits) -> Router {
    router.layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.request)).layer(CatchPanicLayer::custom(panicked))
}

/// The panic itself was reported where it happened; the caller learns nothing of it.
fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request ended in a panic");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Waits for the database, for as long as a caller does.
async fn stored<T, E: std::error::Error + 'static>(work: impl Future<Output = Result<T, E>>) -> Result<T, StoreFailed> {
    match tokio::time::timeout(STORE_TIMEOUT, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a request could not be stored");
            Err(StoreFailed)
        }
        Err(_) => {
            tracing::error!("a request could not be stored in time");
            Err(StoreFailed)
        }
    }
}

/// Nothing was kept, or nobody knows: the caller must come again.
struct StoreFailed;

impl IntoResponse for StoreFailed {
    fn into_response(self) -> Response<Body> {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_SECS)]).into_response()
    }
}
