//! What came, in our own few words. Read leniently from the raw update: parts that we do not know never lose the text (the typed parser
//! of the client turns a message with an unknown entity into an empty one).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::customer::CustomerId;
use crate::shop::people::Visitor;

/// Longest text that is looked at, in bytes; Telegram's own limit is 4096 UTF-16 units.
const TEXT_BYTES_MAX: usize = 32_768;

/// Something that a person did in a private chat.
#[derive(Debug, Clone)]
pub struct Input {
    pub from: Visitor,
    /// The message that the person sent, when it was one.
    pub message: Option<i32>,
    /// The message to which it is a reply.
    pub reply_to: Option<i32>,
    /// The channel or group that the person chose, or from which the message was forwarded.
    pub chat: Option<i64>,
    /// What the documents and pictures that were sent together have in common.
    pub album: Option<String>,
    /// When a message was sent, in unix seconds UTC.
    pub sent_at: Option<i64>,
    pub kind: InputKind,
}

impl Input {
    /// What a person did without sending a message.
    fn without_message(from: Visitor, kind: InputKind) -> Self {
        Self { from, message: None, reply_to: None, chat: None, album: None, sent_at: None, kind }
    }
}

/// Something that a person said in a group, under the person's own number.
#[derive(Debug, Clone)]
pub struct GroupInput {
    pub chat: i64,
    /// The name of the group.
    pub title: String,
    /// Whether the group has topics.
    pub has_topics: bool,
    /// The topic in which it was said.
    pub topic: Option<i32>,
    pub from: CustomerId,
    pub message: i32,
    pub reply_to: Option<i32>,
    /// In unix seconds UTC.
    pub sent_at: Option<i64>,
    /// Whether a person said it; else it tells of the group itself: who came, what was pinned.
    pub is_content: bool,
    pub kind: InputKind,
}

/// Bot API, `Message`: what a person can send beside what [`read_message`] takes.
const OTHER_CONTENT: [&str; 10] = ["voice", "video", "video_note", "audio", "sticker", "animation", "location", "poll", "dice", "story"];

/// What it was.
#[derive(Debug, Clone)]
pub enum InputKind {
    /// `/name rest`, in a private chat.
    Command { name: String, rest: String },
    /// Words.
    Text(String),
    /// A button under one of our messages.
    Tap(Tap),
    /// A picture, with its caption.
    Picture(Upload),
    /// A document, with its caption.
    Document(Upload),
    /// A phone number, a place, a contact, as text.
    Shared(String),
    /// A sticker, a voice, a poll, whatever comes next.
    Other,
    /// The person blocked the bot.
    Blocked,
    /// The person is back.
    Unblocked,
    /// The person asks to be let into a channel or group, by this link.
    Knock { chat: i64, link: Option<String> },
}

/// A tapped button.
#[derive(Debug, Clone)]
pub struct Tap {
    pub query_id: String,
    pub data: String,
    /// The message under which the button was, while Telegram still shows it to us.
    pub message: Option<Touched>,
}

/// The message under a tapped button.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Touched {
    pub id: i32,
    /// Whether it carries a picture: then its text is a caption.
    pub has_picture: bool,
}

/// A file that a person sent.
#[derive(Debug, Clone)]
pub struct Upload {
    pub file_id: String,
    pub file_name: Option<String>,
    /// Of a document, as its sender's program tells it.
    pub media_type: Option<String>,
    /// In bytes, when Telegram tells.
    pub size: Option<u64>,
    pub caption: String,
}

/// What names an update, and no other one: the same when it is handled again. After a quiet week Telegram begins with any number (Bot API,
/// `update_id`), so that the number alone does not.
pub fn cause(update: &Value) -> Option<String> {
    let number = update.get("update_id")?.as_i64()?;
    let tap = update.pointer("/callback_query/id").and_then(text);
    let sent_at = update.pointer("/message/date").and_then(Value::as_i64);
    Some(match (tap, sent_at) {
        (Some(tap), _) => format!("update:{number}:{tap}"),
        (None, Some(at)) => format!("update:{number}:{at}"),
        (None, None) => format!("update:{number}"),
    })
}

/// Reads an update; none when it is nothing that a person did in a private chat.
pub fn read(update: &Value) -> Option<Input> {
    if let Some(tap) = update.get("callback_query") {
        return read_tap(tap);
    }
    if let Some(member) = update.get("my_chat_member") {
        is_private(member)?;
        let kind = match text(member.get("new_chat_member")?.get("status")?)? {
            "kicked" | "left" => InputKind::Blocked,
            _ => InputKind::Unblocked,
        };
        return Some(Input::without_message(visitor(member)?, kind));
    }
    if let Some(request) = update.get("chat_join_request") {
        let chat = request.get("chat")?.get("id")?.as_i64()?;
        let link = request.get("invite_link").and_then(|link| text(link.get("invite_link")?)).map(str::to_owned);
        return Some(Input::without_message(visitor(request)?, InputKind::Knock { chat, link }));
    }
    let message = update.get("message").or_else(|| update.get("edited_message"))?;
    is_private(message)?;
    let from = visitor(message)?;
    // An edited message was answered when it came.
    update.get("message")?;
    let reply_to = message.get("reply_to_message").and_then(id_of);
    let album = message.get("media_group_id").and_then(text).map(str::to_owned);
    let sent_at = message.get("date").and_then(Value::as_i64);
    Some(Input { from, message: id_of(message), reply_to, chat: named_chat(message), album, sent_at, kind: read_message(message) })
}

/// Reads what was said in a group; none when nobody said it under a number of their own.
pub fn read_group(update: &Value) -> Option<GroupInput> {
    let message = update.get("message")?;
    let chat = message.get("chat")?;
    if !matches!(text(chat.get("type")?)?, "group" | "supergroup") {
        return None;
    }
    let in_topic = message.get("is_topic_message").and_then(Value::as_bool) == Some(true);
    let topic = message.get("message_thread_id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
    let kind = read_message(message);
    Some(GroupInput {
        chat: chat.get("id")?.as_i64()?,
        title: chat.get("title").and_then(text).unwrap_or_default().to_owned(),
        has_topics: chat.get("is_forum").and_then(Value::as_bool) == Some(true),
        topic: topic.filter(|_| in_topic),
        from: visitor(message)?.id,
        message: id_of(message)?,
        reply_to: message.get("reply_to_message").and_then(id_of),
        sent_at: message.get("date").and_then(Value::as_i64),
        is_content: !matches!(kind, InputKind::Other) || OTHER_CONTENT.iter().any(|name| message.get(*name).is_some()),
        kind,
    })
}

/// Reads a tap on a button under a message in a group.
pub fn read_group_tap(update: &Value) -> Option<Input> {
    let tap = update.get("callback_query")?;
    // A private chat is none of a group, and a tap without its message came from nowhere.
    if !matches!(text(tap.pointer("/message/chat/type")?)?, "group" | "supergroup") {
        return None;
    }
    let data = tap.get("data").and_then(text).unwrap_or_default().to_owned();
    let kind = InputKind::Tap(Tap { query_id: text(tap.get("id")?)?.to_owned(), data, message: None });
    Some(Input::without_message(visitor(tap)?, kind))
}

/// What Telegram itself says of a group: it has another id now, or the bot is not in it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupNews {
    Moved { from: i64, to: i64 },
    Left { chat: i64 },
}

/// Reads what Telegram itself says of a group.
pub fn read_group_news(update: &Value) -> Option<GroupNews> {
    let part = update.get("message").or_else(|| update.get("my_chat_member"))?;
    let chat = part.get("chat")?;
    if is_private(part).is_some() {
        return None;
    }
    let id = chat.get("id")?.as_i64()?;
    if let Some(to) = part.get("migrate_to_chat_id").and_then(Value::as_i64) {
        return Some(GroupNews::Moved { from: id, to });
    }
    if let Some(from) = part.get("migrate_from_chat_id").and_then(Value::as_i64) {
        return Some(GroupNews::Moved { from, to: id });
    }
    let status = text(part.get("new_chat_member")?.get("status")?)?;
    matches!(status, "kicked" | "left").then_some(GroupNews::Left { chat: id })
}

fn read_tap(tap: &Value) -> Option<Input> {
    let from = visitor(tap)?;
    let message = tap.get("message").and_then(|message| {
        is_private(message)?;
        // `date: 0` stands for a message that is too old to be shown to us; its id is good for nothing but a new try.
        let id = i32::try_from(message.get("message_id")?.as_i64()?).ok()?;
        (message.get("date").and_then(Value::as_i64) != Some(0)).then(|| Touched { id, has_picture: message.get("photo").is_some() })
    });
    // What a button in a group shows belongs in private: see [`read_group_tap`].
    if tap.get("message").is_some_and(|message| message.get("chat").is_some() && is_private(message).is_none()) {
        return None;
    }
    let kind = InputKind::Tap(Tap {
        query_id: text(tap.get("id")?)?.to_owned(),
        data: tap.get("data").and_then(text).unwrap_or_default().to_owned(),
        message,
    });
    Some(Input::without_message(from, kind))
}

fn id_of(message: &Value) -> Option<i32> {
    message.get("message_id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok())
}

/// Bot API: `chat_shared` after a choice on a keyboard; `forward_origin` of what a channel, or somebody in the name of a group, has written.
fn named_chat(message: &Value) -> Option<i64> {
    let chosen = message.pointer("/chat_shared/chat_id");
    let origin = || message.pointer("/forward_origin/chat/id").or_else(|| message.pointer("/forward_origin/sender_chat/id"));
    chosen.or_else(origin)?.as_i64()
}

fn read_message(message: &Value) -> InputKind {
    let caption = || message.get("caption").and_then(text).unwrap_or_default().to_owned();
    if let Some(words) = message.get("text").and_then(text) {
        return command(words).unwrap_or_else(|| InputKind::Text(clipped(words)));
    }
    // The last size is the largest.
    if let Some(photo) = message.get("photo").and_then(Value::as_array).and_then(|sizes| sizes.last()) {
        return upload(photo, caption()).map_or(InputKind::Other, InputKind::Picture);
    }
    if let Some(document) = message.get("document") {
        return upload(document, caption()).map_or(InputKind::Other, InputKind::Document);
    }
    if let Some(contact) = message.get("contact") {
        return contact.get("phone_number").and_then(text).map_or(InputKind::Other, |phone| InputKind::Shared(phone.to_owned()));
    }
    if let Some(venue) = message.get("venue") {
        let part = |name: &str| venue.get(name).and_then(text).unwrap_or_default();
        return InputKind::Shared(format!("{}, {}", part("title"), part("address")));
    }
    InputKind::Other
}

fn upload(file: &Value, caption: String) -> Option<Upload> {
    Some(Upload {
        file_id: text(file.get("file_id")?)?.to_owned(),
        file_name: file.get("file_name").and_then(text).map(str::to_owned),
        media_type: file.get("mime_type").and_then(text).map(str::to_owned),
        size: file.get("file_size").and_then(Value::as_u64),
        caption,
    })
}

/// `/start p_editor`, `/start@shopbot p_editor`; a lone slash is a text.
fn command(words: &str) -> Option<InputKind> {
    let rest = words.trim().strip_prefix('/')?;
    let (head, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let name = head.split('@').next().unwrap_or_default();
    let fits = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    fits.then(|| InputKind::Command { name: name.to_ascii_lowercase(), rest: clipped(rest.trim()) })
}

fn clipped(words: &str) -> String {
    let end = (0..=words.len().min(TEXT_BYTES_MAX)).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
    words.get(..end).unwrap_or_default().to_owned()
}

fn visitor(part: &Value) -> Option<Visitor> {
    let from = part.get("from")?;
    let name = |field: &str| from.get(field).and_then(text).unwrap_or_default();
    let full = format!("{} {}", name("first_name"), name("last_name"));
    // Other bots, channels and anonymous admins buy nothing and run nothing.
    if from.get("is_bot").and_then(Value::as_bool) == Some(true) || part.get("sender_chat").is_some() {
        return None;
    }
    Some(Visitor {
        id: CustomerId(from.get("id")?.as_i64().filter(|id| *id > 0)?),
        name: full.trim().to_owned(),
        username: from.get("username").and_then(text).map(str::to_owned),
        language: from.get("language_code").and_then(text).map(str::to_owned),
    })
}

fn is_private(part: &Value) -> Option<()> {
    (text(part.get("chat")?.get("type")?)? == "private").then_some(())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(part: &str) -> Option<Input> {
        let raw = format!(
            r#"{{"update_id":1,"message":{{"message_id":5,"date":1,"chat":{{"id":7,"type":"private"}},
            "from":{{"id":7,"is_bot":false,"first_name":"Ann","last_name":"Lee","language_code":"de"}},{part}}}}}"#
        );
        read(&serde_json::from_str(&raw).unwrap())
    }

    #[test]
    fn unknown_parts_never_lose_the_text() {
        let odd = r#""text":"hello 🦉","entities":[{"type":"hologram","offset":0,"length":5}],"forward_origin":{"type":"from_mars"}"#;
        let input = message(odd).unwrap();
        assert!(matches!(input.kind, InputKind::Text(words) if words == "hello 🦉"));
        assert_eq!(input.from.name, "Ann Lee");
    }

    #[test]
    fn commands_are_read_with_and_without_the_bots_name() {
        for text in ["/start p_editor", "/START@shop_bot   p_editor "] {
            let input = message(&format!(r#""text":"{text}""#)).unwrap();
            assert!(matches!(input.kind, InputKind::Command { name, rest } if name == "start" && rest == "p_editor"), "{text}");
        }
        assert!(matches!(message(r#""text":"/ what""#).unwrap().kind, InputKind::Text(_)));
    }

    #[test]
    fn whatever_else_people_send_is_something() {
        assert!(matches!(message(r#""sticker":{"file_id":"x"}"#).unwrap().kind, InputKind::Other));
        assert!(matches!(message(r#""contact":{"phone_number":"+491"}"#).unwrap().kind, InputKind::Shared(_)));
        assert!(matches!(message(r#""video":{"file_id":"x"},"caption":"see""#).unwrap().kind, InputKind::Other));
    }

    #[test]
    fn groups_bots_and_edits_are_not_answered() {
        let group = r#"{"update_id":1,"message":{"message_id":5,"date":1,"chat":{"id":-7,"type":"group"},"from":{"id":7,"first_name":"A"},"text":"/start"}}"#;
        let bot = r#"{"update_id":1,"message":{"message_id":5,"date":1,"chat":{"id":7,"type":"private"},"from":{"id":7,"is_bot":true,"first_name":"A"},"text":"hi"}}"#;
        let edit = r#"{"update_id":1,"edited_message":{"message_id":5,"date":1,"chat":{"id":7,"type":"private"},"from":{"id":7,"first_name":"A"},"text":"hi"}}"#;
        for raw in [group, bot, edit, "{}", "[]", "7"] {
            assert!(read(&serde_json::from_str(raw).unwrap()).is_none(), "{raw}");
        }
    }

    #[test]
    fn a_channel_is_named_by_a_choice_or_by_what_it_wrote() {
        for part in [
            r#""chat_shared":{"request_id":1,"chat_id":-1007}"#,
            r#""text":"hi","forward_origin":{"type":"channel","chat":{"id":-1007,"type":"channel"},"message_id":3,"date":1}"#,
            r#""photo":[],"forward_origin":{"type":"chat","sender_chat":{"id":-1007,"type":"supergroup"},"date":1}"#,
        ] {
            assert_eq!(message(part).unwrap().chat, Some(-1007), "{part}");
        }
        assert_eq!(message(r#""text":"-1007""#).unwrap().chat, None);
    }

    #[test]
    fn who_asks_to_be_let_in_is_heard_although_it_is_no_private_chat() {
        let raw = r#"{"update_id":1,"chat_join_request":{"chat":{"id":-1007,"type":"channel"},"from":{"id":7,"first_name":"A"},
            "user_chat_id":7,"date":1,"invite_link":{"invite_link":"https://t.me/+abc","creates_join_request":true}}}"#;
        let input = read(&serde_json::from_str(raw).unwrap()).unwrap();
        assert!(matches!(input.kind, InputKind::Knock { chat: -1007, link: Some(link) } if link == "https://t.me/+abc"));
    }

    #[test]
    fn a_tap_on_a_message_that_is_too_old_has_no_message() {
        let raw = r#"{"update_id":1,"callback_query":{"id":"9","from":{"id":7,"first_name":"A"},"data":"h",
            "message":{"message_id":5,"date":0,"chat":{"id":7,"type":"private"}}}}"#;
        let input = read(&serde_json::from_str(raw).unwrap()).unwrap();
        assert!(matches!(input.kind, InputKind::Tap(Tap { message: None, .. })));
    }
}
