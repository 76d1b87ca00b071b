//! Messages, people and chats as the Bot API writes them.

use serde_json::{Map, Value, json};

use super::state::{MediaKind, Message, Person, State};
use super::{files, forums};

/// Who the bot is, in `from` and in `getMe`.
#[derive(Debug, Clone)]
pub(crate) struct BotCard {
    pub id: i64,
    pub username: String,
    pub first_name: String,
}

impl BotCard {
    pub fn user(&self) -> Value {
        json!({"id": self.id, "is_bot": true, "first_name": self.first_name, "username": self.username})
    }
}

/// `User`
pub(crate) fn user(person: &Person) -> Value {
    let mut fields = named(person);
    fields.insert("is_bot".to_owned(), Value::Bool(false));
    if let Some(language) = &person.user.language_code {
        fields.insert("language_code".to_owned(), json!(language));
    }
    Value::Object(fields)
}

/// `Chat`
pub(crate) fn chat(person: &Person) -> Value {
    let mut fields = named(person);
    fields.insert("type".to_owned(), json!("private"));
    Value::Object(fields)
}

fn named(person: &Person) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(person.user.id));
    fields.insert("first_name".to_owned(), json!(person.user.first_name));
    if let Some(username) = &person.user.username {
        fields.insert("username".to_owned(), json!(username));
    }
    fields
}

/// `Message`
pub(crate) fn message(state: &State, bot: &BotCard, chat_id: i64, message: &Message) -> Value {
    let mut fields = bare(state, bot, chat_id, message);
    if let Some(earlier) = message.reply_to.and_then(|id| state.message(chat_id, id)) {
        fields.insert("reply_to_message".to_owned(), Value::Object(bare(state, bot, chat_id, earlier)));
    }
    Value::Object(fields)
}

/// Without the message that it replies to.
fn bare(state: &State, bot: &BotCard, chat_id: i64, message: &Message) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("message_id", json!(message.id));
    put("date", json!(message.date));
    if let Some(person) = state.people.get(&chat_id) {
        put("chat", chat(person));
        put("from", if message.from_bot { bot.user() } else { user(person) });
    }
    if let Some(forum) = state.forums.get(&chat_id) {
        put("chat", forums::chat(chat_id, forum));
        let author = message.author.and_then(|author| state.people.get(&author));
        put("from", author.map_or_else(|| bot.user(), user));
    }
    if let Some(topic) = message.topic {
        put("message_thread_id", json!(topic));
        put("is_topic_message", Value::Bool(true));
    }
    if let Some(date) = message.edit_date {
        put("edit_date", json!(date));
    }
    if let Some(origin) = &message.forward_origin {
        put("forward_origin", origin.clone());
    }
    if let Some(group) = &message.media_group_id {
        put("media_group_id", json!(group));
    }
    if message.protected {
        put("has_protected_content", Value::Bool(true));
    }
    if !message.keyboard.is_empty() {
        put("reply_markup", json!({"inline_keyboard": message.keyboard}));
    }
    let card = message.media.as_ref().and_then(|media| Some((media, state.files.get(&media.file_id)?)));
    let (text, entities) = match card {
        None => ("text", "entities"),
        Some((media, card)) => {
            match media.kind {
                MediaKind::Photo => put("photo", files::sizes(&media.file_id, card)),
                MediaKind::Document => put("document", files::document(media, card)),
            }
            if media.spoiler {
                put("has_media_spoiler", Value::Bool(true));
            }
            if message.caption_above {
                put("show_caption_above_media", Value::Bool(true));
            }
            ("caption", "caption_entities")
        }
    };
    if !message.text.is_empty() || card.is_none() {
        put(text, json!(message.text));
    }
    if !message.entities.is_empty() {
        put(entities, json!(message.entities));
    }
    fields
}
