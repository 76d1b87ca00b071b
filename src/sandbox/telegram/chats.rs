//! A chat as a person sees it, for the page and for tests.

use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::state::{Chat, FileCard, MediaKind, Message, State};
use super::{Telegram, files, profile, show};

impl Telegram {
    /// What is newer than version `since` in the chat of `user_id`: its messages, toasts, commands and title. Empty for who is not there.
    pub fn chat(&self, user_id: i64, since: u64) -> Value {
        let now_millis = self.inner.clock.now_millis();
        self.inner.look(|state| {
            let nothing = Chat::default();
            let chat = state.chats.get(&user_id).unwrap_or(&nothing);
            let language = state.people.get(&user_id).and_then(|person| person.user.language_code.as_deref()).unwrap_or_default();
            let language = language.split(['-', '_']).next().unwrap_or_default();
            let messages = chat.messages.values().filter(|message| message.version > since);
            let toasts = chat.toasts.iter().filter(|toast| toast.version > since);
            json!({
                "version": chat.version,
                "messages": messages.map(|message| shown(state, chat, message)).collect::<Vec<_>>(),
                "toasts": toasts.collect::<Vec<_>>(),
                "typing": chat.typing_until > now_millis,
                "commands": profile::commands_for(state, user_id, language),
                "title": profile::name_for(state, language).unwrap_or_else(|| self.inner.bot(state).first_name),
            })
        })
    }

    /// As [`Telegram::chat`], but waits until there is something newer than `since`, or for `within` of real time.
    pub async fn chat_after(&self, user_id: i64, since: u64, within: Duration) -> Value {
        let mut changed = self.inner.changed.subscribe();
        let deadline = tokio::time::Instant::now() + within;
        loop {
            changed.borrow_and_update();
            let version = self.inner.look(|state| state.chats.get(&user_id).map_or(0, |chat| chat.version));
            if version > since || tokio::time::timeout_at(deadline, changed.changed()).await.is_err() {
                return self.chat(user_id, since);
            }
        }
    }

    /// The bytes of a file, its media type and, for a document, its name.
    pub fn file(&self, file_id: &str) -> Option<(Bytes, String, Option<String>)> {
        let file_id = files::whole(file_id);
        let card = self.inner.look(|state| state.files.get(file_id).cloned())?;
        let name = (card.kind == MediaKind::Document).then_some(card.name);
        Some((self.inner.store.get(file_id)?, card.mime, name))
    }
}

fn shown(state: &State, chat: &Chat, message: &Message) -> Value {
    let file = message.media.as_ref().and_then(|media| Some((media, state.files.get(&media.file_id)?)));
    let photo = file.filter(|(media, _)| media.kind == MediaKind::Photo);
    let document = file.filter(|(media, _)| media.kind == MediaKind::Document);
    let url = |file_id: &str| format!("/sandbox/files/{file_id}");
    json!({
        "message_id": message.id,
        "version": message.version,
        "from": if message.from_bot { "bot" } else { "user" },
        "date": message.date,
        "text": message.text,
        "html": show::html(&message.text, &message.entities),
        "entities": message.entities,
        "photo": photo.map(|(media, card)| json!({
            "file_id": media.file_id, "url": url(&media.file_id), "width": card.width, "height": card.height, "spoiler": media.spoiler,
        })),
        "document": document.map(|(media, card): (_, &FileCard)| json!({
            "file_id": media.file_id, "file_name": card.name, "url": url(&media.file_id), "size": card.size,
        })),
        "keyboard": message.keyboard.iter().map(|row| row.iter().map(button).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "force_reply": message.other_markup.as_ref().is_some_and(|markup| markup.get("force_reply") == Some(&Value::Bool(true))),
        "placeholder": message.other_markup.as_ref().and_then(|markup| markup.get("input_field_placeholder")),
        "chooser": chooser(message),
        "reply_to": message.reply_to,
        "topic": message.topic,
        "silent": message.silent,
        "caption_above": message.caption_above,
        "protected": message.protected,
        "pinned": chat.pinned.contains(&message.id),
        "edited": message.edit_date.is_some(),
        "deleted": message.deleted,
    })
}

/// The labels of buttons on which a channel or group is chosen, and whether each wants a channel.
fn chooser(message: &Message) -> Vec<Value> {
    let rows = message.other_markup.as_ref().and_then(|markup| markup.get("keyboard")).and_then(Value::as_array);
    let buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let shown = |button: &Value| Some(json!({"text": button.get("text")?, "channel": button.get("request_chat")?.get("chat_is_channel")?}));
    buttons.filter_map(shown).collect()
}

/// A button with what it does, by the names of the control API.
fn button(button: &Value) -> Value {
    let text = |name: &str| button.get(name).and_then(Value::as_str);
    let mut shown = serde_json::Map::new();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), json!(value));
        }
    };
    put("text", text("text"));
    put("data", text("callback_data"));
    put("url", text("url"));
    put("copy_text", button.get("copy_text").and_then(|copied| copied.get("text")).and_then(Value::as_str));
    put("style", text("style"));
    if button.get("disabled").is_some_and(|value| !value.is_null()) {
        shown.insert("disabled".to_owned(), Value::Bool(true));
    }
    Value::Object(shown)
}
