//! How the Bot API says no: `{"ok":false,"error_code":N,"description":"...","parameters":{...}}` with N as the HTTP status, too.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A call that is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub description: String,
    /// Seconds, with status 429.
    pub retry_after: Option<u64>,
    /// The new id of a group that became a supergroup.
    pub migrate_to: Option<i64>,
}

/// What a method answers: its `result`, or why not.
pub(crate) type Answer = Result<Value, Refusal>;

impl Refusal {
    pub fn new(status: u16, description: impl Into<String>) -> Self {
        Self { status, description: description.into(), retry_after: None, migrate_to: None }
    }

    pub fn bad(what: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", what.as_ref()))
    }

    pub fn chat_not_found() -> Self {
        Self::bad("chat not found")
    }

    pub fn blocked() -> Self {
        Self::new(403, "Forbidden: bot was blocked by the user")
    }

    pub fn kicked() -> Self {
        Self::new(403, "Forbidden: bot was kicked from the supergroup chat")
    }

    pub fn moved(to: i64) -> Self {
        Self { migrate_to: Some(to), ..Self::bad("group chat was upgraded to a supergroup chat") }
    }

    pub fn conflict(what: &str) -> Self {
        Self::new(409, format!("Conflict: {what}"))
    }

    pub fn too_many(retry_after: u64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(429, format!("Too Many Requests: retry after {retry_after}")) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"ok": false, "error_code": self.status, "description": self.description});
        if let (Some(seconds), Some(body)) = (self.retry_after, body.as_object_mut()) {
            body.insert("parameters".to_owned(), json!({"retry_after": seconds}));
        }
        if let (Some(id), Some(body)) = (self.migrate_to, body.as_object_mut()) {
            body.insert("parameters".to_owned(), json!({"migrate_to_chat_id": id}));
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, axum::Json(body)).into_response()
    }
}
