//! What the fake Telegram remembers: people, chats, files, waiting updates. Plain data; it is saved as it stands.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::forums::Forum;
use super::places::Place;
use super::refusal::Refusal;
use crate::sandbox::User;

/// All of it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub people: BTreeMap<i64, Person>,
    /// By the id of the person: private chats only.
    pub chats: BTreeMap<i64, Chat>,
    /// As with the real one, private chats of one bot share one counter.
    pub last_message_id: i32,
    pub files: BTreeMap<String, FileCard>,
    pub last_file: u64,
    pub queue: Queue,
    pub webhook: Option<Webhook>,
    pub queries: BTreeMap<String, Query>,
    pub last_query: u64,
    pub profile: Profile,
    /// Groups with topics.
    pub forums: BTreeMap<i64, Forum>,
    /// Channels and groups.
    pub places: BTreeMap<i64, Place>,
    pub last_link: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    #[serde(flatten)]
    pub user: User,
    /// Whether they ever wrote to the bot: before that, the bot cannot write to them.
    pub wrote: bool,
    pub blocked: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Chat {
    /// Rises with everything a person could see change.
    pub version: u64,
    pub messages: BTreeMap<i32, Message>,
    pub toasts: Vec<Toast>,
    /// Unix milliseconds until which "typing..." is shown.
    pub typing_until: i64,
    pub pinned: Vec<i32>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub id: i32,
    /// The version of the chat when this message last changed.
    pub version: u64,
    pub from_bot: bool,
    pub date: i64,
    pub edit_date: Option<i64>,
    /// The text, or the caption of `media`.
    pub text: String,
    pub entities: Vec<Entity>,
    pub media: Option<Media>,
    pub caption_above: bool,
    /// The inline keyboard, rows of buttons as they were sent.
    pub keyboard: Vec<Vec<Value>>,
    /// Any other reply markup; such a message cannot be edited.
    pub other_markup: Option<Value>,
    pub reply_to: Option<i32>,
    pub forward_origin: Option<Value>,
    pub media_group_id: Option<String>,
    pub protected: bool,
    pub deleted: bool,
    /// Who wrote it in a group; in a private chat that is known.
    pub author: Option<i64>,
    /// The topic of the group in which it stands.
    pub topic: Option<i32>,
    /// Sent without a sound.
    pub silent: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    /// In UTF-16 code units, like the length.
    pub offset: usize,
    pub length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_emoji_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unix_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_time_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaKind {
    Photo,
    Document,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Media {
    pub kind: MediaKind,
    /// A key of `State::files`.
    pub file_id: String,
    pub spoiler: bool,
}

/// What is known of a stored file; its bytes lie elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileCard {
    pub kind: MediaKind,
    pub name: String,
    pub mime: String,
    pub size: usize,
    /// Zero for documents, like the height.
    pub width: u32,
    pub height: u32,
    /// As in `getFile`.
    pub path: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Toast {
    pub version: u64,
    pub text: String,
    pub alert: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Queue {
    pub pending: VecDeque<Pending>,
    pub last_update_id: u32,
    /// None: the default set.
    pub allowed: Option<Vec<String>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub id: u32,
    pub kind: String,
    /// The JSON text of the update's body: `"message":{...}`. The update id goes before it, as with the real one.
    pub body: String,
    /// Updates of one lane are pushed one after another.
    pub lane: String,
    pub at: i64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Webhook {
    pub url: String,
    pub secret: Option<String>,
    pub max_connections: i64,
    pub last_error_date: Option<i64>,
    pub last_error_message: Option<String>,
}

/// A tap that waits for its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Query {
    pub user_id: i64,
    pub at: i64,
    pub answered: bool,
}

/// How the bot presents itself. Texts are keyed by language code, "" for everybody else.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub names: BTreeMap<String, String>,
    pub descriptions: BTreeMap<String, String>,
    pub short_descriptions: BTreeMap<String, String>,
    /// Keyed by scope and language, as `scope/language`.
    pub commands: BTreeMap<String, Vec<Value>>,
    pub menu_buttons: BTreeMap<i64, Value>,
}

impl State {
    /// The chat in which the bot may write.
    pub fn open_chat(&self, chat_id: i64) -> Result<(), Refusal> {
        if let Some(forum) = self.forums.get(&chat_id) {
            return match forum.moved_to {
                Some(to) => Err(Refusal::moved(to)),
                None if forum.bot_is_in => Ok(()),
                None => Err(Refusal::kicked()),
            };
        }
        match self.people.get(&chat_id) {
            Some(person) if person.blocked => Err(Refusal::blocked()),
            Some(person) if person.wrote => Ok(()),
            _ => Err(Refusal::chat_not_found()),
        }
    }

    /// A message that is still there.
    pub fn message(&self, chat_id: i64, message_id: i32) -> Option<&Message> {
        self.chats.get(&chat_id)?.messages.get(&message_id).filter(|message| !message.deleted)
    }

    /// Puts a message at the end of a chat and gives it its id.
    pub fn place(&mut self, chat_id: i64, mut message: Message) -> Message {
        let last = self.forums.get_mut(&chat_id).map_or(&mut self.last_message_id, |forum| &mut forum.last_message_id);
        *last += 1;
        message.id = *last;
        let chat = self.chats.entry(chat_id).or_default();
        if message.from_bot {
            chat.typing_until = 0;
        }
        chat.put(message)
    }
}

impl Chat {
    /// Puts `message` in the place of what has its id.
    pub fn put(&mut self, mut message: Message) -> Message {
        self.version += 1;
        message.version = self.version;
        self.messages.insert(message.id, message.clone());
        message
    }
}
