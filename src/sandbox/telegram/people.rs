//! What people do: they write, send files, tap buttons, block the bot. And how the bot answers a tap.

use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::files::{self, Sent};
use super::refusal::{Answer, Refusal};
use super::state::{Entity, Media, MediaKind, Message, Person, Query, State, Toast};
use super::updates::{self, QUERY_KEPT_SECS};
use super::wire::Upload;
use super::{Call, Telegram, html, message as write, text};
use crate::sandbox::User;

/// UTF-16 units: what a client lets a person type.
const SAYING_MAX: usize = 4_096;
/// Characters.
const TOAST_MAX: usize = 200;

/// What somebody cannot do, and what to do instead.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct Wrong {
    /// The HTTP status of the control API.
    pub status: u16,
    pub error: String,
}

impl Wrong {
    pub(crate) fn new(status: u16, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }
}

/// A file that a person sends.
#[derive(Debug, Clone)]
pub struct Picture {
    /// As a photo, which must be a PNG or JPEG picture; else as a document.
    pub as_photo: bool,
    pub name: String,
    pub mime: Option<String>,
    pub bytes: Bytes,
}

/// What a person sends.
#[derive(Debug, Clone, Default)]
pub struct Saying {
    /// The text, or the caption of `file`.
    pub text: String,
    /// Read `text` as HTML, as the Bot API would.
    pub html: bool,
    /// Entities as the Bot API writes them; commands in the text are marked anyway.
    pub entities: Vec<Value>,
    pub forward_origin: Option<Value>,
    /// A message of the chat to which it is a reply.
    pub reply_to: Option<i32>,
    pub file: Option<Picture>,
    /// What this file has in common with others that are sent together with it.
    pub album: Option<String>,
}

/// What came of a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tapped {
    /// The bot was told; the id of the callback query.
    Told(String),
    /// The client copied this.
    Copied(String),
    /// The client opened this.
    Opened(String),
}

impl Telegram {
    /// Everybody, by id.
    pub fn users(&self) -> Vec<User> {
        self.inner.look(|state| state.people.values().map(|person| person.user.clone()).collect())
    }

    /// Makes or changes a person.
    pub fn put_user(&self, user: User) {
        self.alter(|state| match state.people.get_mut(&user.id) {
            Some(person) => person.user = user,
            None => {
                state.people.insert(user.id, Person { user, wrote: false, blocked: false });
            }
        });
    }

    /// `user_id` writes a text. A stranger is made a buyer.
    pub fn say(&self, user_id: i64, text: &str) -> Result<i32, Wrong> {
        self.send(user_id, Saying { text: text.to_owned(), ..Saying::default() })
    }

    /// `user_id` sends something; the id of the message. A stranger is made a buyer.
    pub fn send(&self, user_id: i64, saying: Saying) -> Result<i32, Wrong> {
        let inner = &self.inner;
        inner.change(|state| {
            if let Some(id) = saying.reply_to {
                present(state, user_id, id)?;
            }
            let person = state.people.entry(user_id);
            let person = person.or_insert_with(|| Person { user: User::stranger(user_id), wrote: false, blocked: false });
            if person.blocked {
                return Err(Wrong::new(409, format!("user {user_id} has blocked the bot: unblock it first")));
            }
            let said = said(&saying)?;
            let file = saying.file.map(sent).transpose()?;
            person.wrote = true;
            let media = file.map(|(kind, sent)| Media { kind, file_id: files::keep(state, &inner.store, sent), spoiler: false });
            let now = inner.clock.now();
            let message = Message {
                date: now,
                text: said.text,
                entities: said.entities,
                media,
                forward_origin: saying.forward_origin,
                reply_to: saying.reply_to,
                media_group_id: saying.album,
                ..Message::default()
            };
            let message = state.place(user_id, message);
            let body = write::message(state, &inner.bot(state), user_id, &message);
            updates::put(state, "message", &body, format!("chat {user_id}"), now);
            Ok(message.id)
        })
    }

    /// `user_id` taps the button labelled `label` under a message.
    pub fn tap_label(&self, user_id: i64, message_id: i32, label: &str) -> Result<Tapped, Wrong> {
        let button = self.inner.look(|state| {
            let message = present(state, user_id, message_id)?;
            let labelled = |button: &&Value| button.get("text").and_then(Value::as_str) == Some(label);
            message.keyboard.iter().flatten().find(labelled).cloned().ok_or_else(|| {
                let labels = message.keyboard.iter().flatten().filter_map(|button| button.get("text").and_then(Value::as_str));
                let labels = labels.collect::<Vec<_>>().join(", ");
                Wrong::new(404, format!("message {message_id} has no button \"{label}\"; it has: {labels}"))
            })
        })?;
        let text = |name: &str| button.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(data) = text("callback_data") {
            return self.tap(user_id, message_id, &data).map(Tapped::Told);
        }
        if let Some(url) = text("url") {
            return Ok(Tapped::Opened(url));
        }
        match button.get("copy_text").and_then(|copied| copied.get("text")).and_then(Value::as_str) {
            Some(copied) => Ok(Tapped::Copied(copied.to_owned())),
            None => Err(Wrong::new(409, format!("the button \"{label}\" does nothing that the sandbox knows"))),
        }
    }

    /// `user_id` taps a button with this data, which need not exist: a hostile client sends what it likes. The id of the callback query.
    pub fn tap(&self, user_id: i64, message_id: i32, data: &str) -> Result<String, Wrong> {
        self.tap_at(user_id, user_id, message_id, data)
    }

    /// `user_id` taps a button in a chat, which may be a group.
    pub(super) fn tap_at(&self, chat_id: i64, user_id: i64, message_id: i32, data: &str) -> Result<String, Wrong> {
        let inner = &self.inner;
        inner.change(|state| {
            let message = present(state, chat_id, message_id)?;
            let person = state.people.get(&user_id).ok_or_else(|| nobody(user_id))?;
            if person.blocked {
                return Err(Wrong::new(409, format!("user {user_id} has blocked the bot: unblock it first")));
            }
            let from = write::user(person);
            let message = write::message(state, &inner.bot(state), chat_id, message);
            state.last_query += 1;
            let id = format!("{}", 4_200_000_000_000_000_u64 + state.last_query);
            let now = inner.clock.now();
            let body = json!({"id": id, "from": from, "message": message, "chat_instance": format!("{chat_id}"), "data": data});
            state.queries.retain(|_, query| now - query.at < QUERY_KEPT_SECS);
            state.queries.insert(id.clone(), Query { user_id, at: now, answered: false });
            updates::put(state, "callback_query", &body, format!("taps {user_id}"), now);
            Ok(id)
        })
    }

    /// Waits until the bot has answered a tap, or for `within` of real time; whether it has.
    pub async fn answered(&self, query_id: &str, within: Duration) -> bool {
        let mut changed = self.inner.changed.subscribe();
        let deadline = tokio::time::Instant::now() + within;
        loop {
            changed.borrow_and_update();
            // A query that is forgotten can no longer be answered.
            if self.inner.look(|state| state.queries.get(query_id).is_some_and(|query| query.answered)) {
                return true;
            }
            if tokio::time::timeout_at(deadline, changed.changed()).await.is_err() {
                return false;
            }
        }
    }

    /// `user_id` blocks or unblocks the bot.
    pub fn block(&self, user_id: i64, blocked: bool) -> Result<(), Wrong> {
        let inner = &self.inner;
        inner.change(|state| {
            let person = state.people.get_mut(&user_id).ok_or_else(|| nobody(user_id))?;
            if person.blocked == blocked {
                return Ok(());
            }
            person.blocked = blocked;
            let (from, chat) = (write::user(person), write::chat(person));
            let bot = inner.bot(state).user();
            let member = json!({"user": bot, "status": "member"});
            let kicked = json!({"user": bot, "status": "kicked", "until_date": 0});
            let (old, new) = if blocked { (member, kicked) } else { (kicked, member) };
            let now = inner.clock.now();
            let body = json!({"chat": chat, "from": from, "date": now, "old_chat_member": old, "new_chat_member": new});
            updates::put(state, "my_chat_member", &body, format!("membership {user_id}"), now);
            Ok(())
        })
    }

    /// Puts an update into the queue as it stands, for odd cases; its id. Without `update_id` it gets the next one.
    pub fn put_update(&self, update: &serde_json::Map<String, Value>) -> u32 {
        let now = self.inner.clock.now();
        self.alter(|state| updates::put_raw(state, update, now))
    }

    /// A change that cannot fail.
    pub(super) fn alter<T>(&self, alter: impl FnOnce(&mut State) -> T) -> T {
        match self.inner.change(|state| Ok::<T, std::convert::Infallible>(alter(state))) {
            Ok(done) => done,
        }
    }
}

fn nobody(user_id: i64) -> Wrong {
    Wrong::new(404, format!("there is no user {user_id}: make one with PUT /sandbox/users/{user_id}"))
}

fn present(state: &State, user_id: i64, message_id: i32) -> Result<&Message, Wrong> {
    state.message(user_id, message_id).ok_or_else(|| {
        Wrong::new(404, format!("message {message_id} is not in the chat of user {user_id}: GET /sandbox/users/{user_id}/chat lists them"))
    })
}

fn said(saying: &Saying) -> Result<text::Formatted, Wrong> {
    let (plain, mut entities) = if saying.html {
        html::parse(&saying.text).map_err(|why| Wrong::new(400, format!("the HTML cannot be read: {why}")))?
    } else {
        (saying.text.clone(), Vec::new())
    };
    for entity in &saying.entities {
        let entity = serde_json::from_value::<Entity>(entity.clone());
        entities.push(entity.map_err(|error| Wrong::new(400, format!("an entity cannot be read: {error}")))?);
    }
    let said = text::typed(&plain, entities);
    if said.text.is_empty() && saying.file.is_none() {
        return Err(Wrong::new(400, "a message needs a \"text\" that is not blank, or a file"));
    }
    if text::units(&said.text) > SAYING_MAX {
        return Err(Wrong::new(400, format!("a message has at most {SAYING_MAX} characters: send it in parts")));
    }
    Ok(said)
}

fn sent(file: Picture) -> Result<(MediaKind, Sent), Wrong> {
    let kind = if file.as_photo { MediaKind::Photo } else { MediaKind::Document };
    if file.bytes.is_empty() {
        return Err(Wrong::new(400, "Telegram sends no empty files: there is nothing in this one"));
    }
    let upload = Upload { name: file.name, mime: file.mime, bytes: file.bytes };
    // Telegram's apps send documents of up to 2 GB; the most of a request's body is below that.
    let sent = files::fresh(kind, upload, usize::MAX);
    Ok((kind, sent.map_err(|_| Wrong::new(400, "Telegram takes this for no photo: send it as a file"))?))
}

/// `answerCallbackQuery`
pub(crate) fn answer(call: &mut Call) -> Answer {
    let text = call.params.text("text")?.to_owned();
    let alert = call.params.flag("show_alert")?;
    if text.chars().count() > TOAST_MAX {
        return Err(Refusal::bad("MESSAGE_TOO_LONG"));
    }
    let too_old = || Refusal::bad("query is too old and response timeout expired or query ID is invalid");
    let query = call.state.queries.get_mut(call.params.text("callback_query_id")?).ok_or_else(too_old)?;
    if query.answered || call.now - query.at >= QUERY_KEPT_SECS {
        return Err(too_old());
    }
    query.answered = true;
    let user_id = query.user_id;
    if !text.is_empty() {
        let chat = call.state.chats.entry(user_id).or_default();
        chat.version += 1;
        chat.toasts.push(Toast { version: chat.version, text, alert });
    }
    Ok(Value::Bool(true))
}
