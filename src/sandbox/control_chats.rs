//! The control API of people and their chats.

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Path, Query, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::body;
use super::telegram::{Picture, Place, Saying, Tapped, Wrong};
use super::{Sandbox, User};

/// How long a tap with `"wait": true` waits for the bot, in real time.
const TAP_WAIT: Duration = Duration::from_secs(5);
/// Seconds that a request for a chat may wait.
const CHAT_WAIT_MAX_SECS: u64 = 50;

type Answer = Result<axum::Json<Value>, Wrong>;

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/users/{id}", put(put_user))
        .route("/users/{id}/messages", post(message))
        .route("/users/{id}/taps", post(tap))
        .route("/users/{id}/block", post(block))
        .route("/users/{id}/joins", post(join))
        .route("/users/{id}/choices", post(choose))
        .route("/places/{id}", put(put_place))
        .route("/users/{id}/chat", get(chat))
        .route("/files/{file_id}", get(file))
}

/// The person that a path names.
struct Id(i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Wrong;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Wrong> {
        let id = Path::<i64>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Wrong::new(400, "the id of a user is a whole number"))
    }
}

#[derive(Deserialize)]
struct Person {
    first_name: Option<String>,
    username: Option<String>,
    language_code: Option<String>,
    role: Option<String>,
}

async fn put_user(State(sandbox): State<Sandbox>, Id(id): Id, text: String) -> Answer {
    let new: Person = body(&text)?;
    let known = sandbox.telegram.users().into_iter().find(|user| user.id == id).unwrap_or_else(|| User::stranger(id));
    let role = new.role.unwrap_or(known.role);
    if !matches!(role.as_str(), "buyer" | "seller") {
        return Err(Wrong::new(400, "a role is \"buyer\" or \"seller\""));
    }
    let user = User {
        id,
        first_name: new.first_name.unwrap_or(known.first_name),
        username: new.username.or(known.username),
        language_code: new.language_code.or(known.language_code),
        role,
    };
    sandbox.telegram.put_user(user.clone());
    Ok(axum::Json(json!(user)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    text: String,
    #[serde(default)]
    entities: Vec<Value>,
    #[serde(default)]
    forward_origin: Option<Value>,
    #[serde(default)]
    reply_to: Option<i32>,
    #[serde(default)]
    html: bool,
}

async fn message(State(sandbox): State<Sandbox>, Id(id): Id, request: Request) -> Answer {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let saying = if kind.starts_with("multipart/form-data") {
        let parts = Multipart::from_request(request, &()).await.map_err(|error| Wrong::new(400, error.body_text()))?;
        with_file(parts).await?
    } else {
        let text = String::from_request(request, &()).await.map_err(|error| Wrong::new(400, error.body_text()))?;
        let Words { text, entities, forward_origin, reply_to, html } = body(&text)?;
        Saying { text, html, entities, forward_origin, reply_to, ..Saying::default() }
    };
    Ok(axum::Json(json!({"message_id": sandbox.telegram.send(id, saying)?})))
}

/// A message with a `document` or a `photo` part, and maybe a `caption`.
async fn with_file(mut parts: Multipart) -> Result<Saying, Wrong> {
    let mut saying = Saying::default();
    while let Some(part) = parts.next_field().await.map_err(|error| Wrong::new(400, error.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().unwrap_or("file").to_owned();
        let mime = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| Wrong::new(400, error.body_text()))?;
        match name.as_str() {
            "caption" | "text" => saying.text = String::from_utf8_lossy(&bytes).into_owned(),
            "album" => saying.album = Some(String::from_utf8_lossy(&bytes).into_owned()),
            "document" | "photo" => saying.file = Some(Picture { as_photo: name == "photo", name: file_name, mime, bytes }),
            _ => {
                return Err(Wrong::new(
                    400,
                    format!("the part \"{name}\" is unknown: send \"document\" or \"photo\", \"caption\", and \"album\""),
                ));
            }
        }
    }
    Ok(saying)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    message_id: i32,
    data: Option<String>,
    text: Option<String>,
    #[serde(default)]
    wait: bool,
}

async fn tap(State(sandbox): State<Sandbox>, Id(id): Id, text: String) -> Answer {
    let tap: Tap = body(&text)?;
    let tapped = match (tap.data, tap.text) {
        (Some(data), None) => Tapped::Told(sandbox.telegram.tap(id, tap.message_id, &data)?),
        (None, Some(label)) => sandbox.telegram.tap_label(id, tap.message_id, &label)?,
        _ => return Err(Wrong::new(400, "a tap needs either \"data\" or the \"text\" of a button")),
    };
    let answer = match tapped {
        Tapped::Told(query_id) if tap.wait => {
            let answered = sandbox.telegram.answered(&query_id, TAP_WAIT).await;
            json!({"callback_query_id": query_id, "answered": answered})
        }
        Tapped::Told(query_id) => json!({"callback_query_id": query_id}),
        Tapped::Copied(copied) => json!({"copied": copied}),
        Tapped::Opened(url) => json!({"url": url}),
    };
    Ok(axum::Json(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    blocked: bool,
}

async fn block(State(sandbox): State<Sandbox>, Id(id): Id, text: String) -> Answer {
    let Block { blocked } = body(&text)?;
    sandbox.telegram.block(id, blocked)?;
    Ok(axum::Json(json!({"blocked": blocked})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    link: String,
}

async fn join(State(sandbox): State<Sandbox>, Id(id): Id, text: String) -> Answer {
    let Join { link } = body(&text)?;
    Ok(axum::Json(json!({"result": sandbox.telegram.open_link(id, &link)?})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    message_id: i32,
    text: String,
    place: i64,
}

async fn choose(State(sandbox): State<Sandbox>, Id(id): Id, text: String) -> Answer {
    let Choice { message_id, text, place } = body(&text)?;
    Ok(axum::Json(json!({"message_id": sandbox.telegram.choose_place(id, message_id, &text, place)?})))
}

async fn put_place(State(sandbox): State<Sandbox>, Id(id): Id, text: String) -> Answer {
    let place: Place = body(&text)?;
    sandbox.telegram.put_place(id, place.clone());
    Ok(axum::Json(json!(place)))
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
    /// Seconds.
    #[serde(default)]
    wait: u64,
}

async fn chat(State(sandbox): State<Sandbox>, Id(id): Id, since: Result<Query<Since>, QueryRejection>) -> Answer {
    let Query(Since { since, wait }) = since.map_err(|error| Wrong::new(400, error.body_text()))?;
    let within = Duration::from_secs(wait.min(CHAT_WAIT_MAX_SECS));
    Ok(axum::Json(sandbox.telegram.chat_after(id, since, within).await))
}

async fn file(State(sandbox): State<Sandbox>, Path(file_id): Path<String>) -> Result<Response, Wrong> {
    let (bytes, mime, name) =
        sandbox.telegram.file(&file_id).ok_or_else(|| Wrong::new(404, format!("there is no file {file_id}: take the id from a chat")))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::try_from(mime).unwrap_or(HeaderValue::from_static("application/octet-stream")));
    // Whatever was uploaded must not become a page of this origin.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(name) = name {
        let name = name.replace(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | ' ')), "_");
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
    }
    Ok(response)
}
