//! Groups with topics, as far as a bot writes into them: members write, the bot answers in topics that it makes.
//!
//! Source: Bot API, "createForumTopic", "Message" (`message_thread_id`, `is_topic_message`); Bot FAQ on privacy mode: a bot that is no
//! administrator hears commands and replies to itself alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::people::Wrong;
use super::refusal::{Answer, Refusal};
use super::state::{Message, Person, State};
use super::{Call, Telegram, message as write, text, updates};
use crate::sandbox::User;

const TOPIC_NAME_MAX: usize = 128;

/// A group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forum {
    pub title: String,
    /// Whether it has topics.
    pub is_forum: bool,
    /// Whether the bot is in it.
    pub bot_is_in: bool,
    /// Whether the bot is an administrator who may make topics.
    pub bot_makes_topics: bool,
    /// By the id of the message that began them.
    pub topics: BTreeMap<i32, String>,
    /// The id that it has since it became a supergroup.
    pub moved_to: Option<i64>,
    /// Groups of this kind count their messages for themselves.
    pub last_message_id: i32,
}

/// What a member writes.
#[derive(Debug, Clone, Default)]
pub struct GroupSaying {
    pub text: String,
    pub topic: Option<i32>,
    pub reply_to: Option<i32>,
    /// In the name of the group: an administrator who hides who it is.
    pub anonymous: bool,
}

impl Telegram {
    /// Makes or changes a group; the topics that it has stay. Its id is below zero.
    pub fn put_forum(&self, id: i64, forum: Forum) {
        self.alter(|state| {
            let known = state.forums.entry(id).or_default();
            let (mut topics, last_message_id) = (std::mem::take(&mut known.topics), known.last_message_id.max(forum.last_message_id));
            topics.extend(forum.topics.clone());
            *known = Forum { topics, last_message_id, ..forum };
        });
    }

    /// Takes a topic away, with what is in it.
    pub fn drop_topic(&self, id: i64, topic: i32) {
        self.alter(|state| state.forums.get_mut(&id).map(|forum| forum.topics.remove(&topic)));
    }

    /// A group as it is now.
    pub fn forum(&self, id: i64) -> Option<Forum> {
        self.inner.look(|state| state.forums.get(&id).cloned())
    }

    /// Somebody throws the bot out of a group.
    pub fn throw_out(&self, id: i64, by: i64) {
        let inner = &self.inner;
        self.alter(|state| {
            let Some(forum) = state.forums.get_mut(&id) else { return };
            forum.bot_is_in = false;
            let (chat, bot) = (chat(id, forum), inner.bot(state).user());
            let Some(person) = state.people.get(&by) else { return };
            let now = inner.clock.now();
            let body = json!({
                "chat": chat, "from": write::user(person), "date": now, "old_chat_member": {"user": bot, "status": "member"},
                "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
            });
            updates::put(state, "my_chat_member", &body, format!("chat {id}"), now);
        });
    }

    /// A group becomes a supergroup under another id. `told`: the bot hears of it before it writes there.
    pub fn move_forum(&self, id: i64, to: i64, told: bool) {
        let inner = &self.inner;
        self.alter(|state| {
            let Some(forum) = state.forums.get_mut(&id) else { return };
            let new = Forum { moved_to: None, ..forum.clone() };
            forum.moved_to = Some(to);
            let (before, after) = (chat(id, forum), chat(to, &new));
            state.forums.insert(to, new);
            let (now, from) = (inner.clock.now(), json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"}));
            if told {
                let body = json!({"message_id": 1, "date": now, "chat": before, "from": from, "migrate_to_chat_id": to});
                updates::put(state, "message", &body, format!("chat {id}"), now);
                let body = json!({"message_id": 1, "date": now, "chat": after, "from": from, "migrate_from_chat_id": id});
                updates::put(state, "message", &body, format!("chat {to}"), now);
            }
        });
    }

    /// A member taps a button under one of the bot's messages in a group; the id of the query.
    pub fn tap_in(&self, id: i64, user_id: i64, message_id: i32, data: &str) -> Result<String, Wrong> {
        self.tap_at(id, user_id, message_id, data)
    }

    /// A member writes in a group; the id of the message. The bot hears it only as far as privacy mode lets it.
    pub fn say_in(&self, id: i64, user_id: i64, saying: &GroupSaying) -> Result<i32, Wrong> {
        let inner = &self.inner;
        inner.change(|state| {
            let Some(forum) = state.forums.get(&id).cloned() else { return Err(Wrong::new(404, format!("there is no group {id}"))) };
            if saying.topic.is_some_and(|topic| !forum.topics.contains_key(&topic)) {
                return Err(Wrong::new(404, "there is no such topic"));
            }
            state.people.entry(user_id).or_insert_with(|| Person { user: User::stranger(user_id), wrote: false, blocked: false });
            let said = text::typed(&saying.text, Vec::new());
            let is_command = said.entities.iter().any(|entity| entity.kind == "bot_command" && entity.offset == 0);
            let to_bot = saying.reply_to.and_then(|to| state.message(id, to)).is_some_and(|message| message.from_bot);
            let now = inner.clock.now();
            let message = Message {
                date: now,
                text: said.text,
                entities: said.entities,
                author: Some(user_id),
                topic: saying.topic,
                reply_to: saying.reply_to,
                ..Message::default()
            };
            let message = state.place(id, message);
            let hears = forum.bot_is_in && (forum.bot_makes_topics || is_command || to_bot);
            if hears {
                let mut body = write::message(state, &inner.bot(state), id, &message);
                if let Some(body) = body.as_object_mut().filter(|_| saying.anonymous) {
                    let chat = body.get("chat").cloned().unwrap_or_default();
                    body.insert("sender_chat".to_owned(), chat);
                    body.insert(
                        "from".to_owned(),
                        json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"}),
                    );
                }
                updates::put(state, "message", &body, format!("chat {id}"), now);
            }
            Ok(message.id)
        })
    }
}

impl State {
    /// Where in a group a call writes: the topic that it names.
    pub fn topic(&self, chat_id: i64, named: Option<i64>) -> Result<Option<i32>, Refusal> {
        let Some(named) = named else { return Ok(None) };
        let known = self.forums.get(&chat_id).and_then(|forum| forum.topics.keys().find(|topic| i64::from(**topic) == named));
        known.copied().map(Some).ok_or_else(|| Refusal::bad("message thread not found"))
    }
}

/// `Chat` of a group.
pub(crate) fn chat(id: i64, forum: &Forum) -> Value {
    let mut chat = json!({"id": id, "type": "supergroup", "title": forum.title});
    if let Some(chat) = chat.as_object_mut().filter(|_| forum.is_forum) {
        chat.insert("is_forum".to_owned(), Value::Bool(true));
    }
    chat
}

/// `createForumTopic`
pub(crate) fn create_topic(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let name = call.params.text("name")?.to_owned();
    let forum = call.state.forums.get_mut(&chat_id).ok_or_else(|| Refusal::bad("the chat is not a supergroup"))?;
    if !forum.is_forum {
        return Err(Refusal::bad("the chat is not a forum"));
    }
    if !forum.bot_makes_topics {
        return Err(Refusal::bad("not enough rights to create a topic"));
    }
    if !(1..=TOPIC_NAME_MAX).contains(&name.chars().count()) {
        return Err(Refusal::bad("TOPIC_TITLE_EMPTY"));
    }
    forum.last_message_id += 1;
    let id = forum.last_message_id;
    forum.topics.insert(id, name.clone());
    Ok(json!({"message_thread_id": id, "name": name, "icon_color": 7_322_096}))
}
