//! What a bot says anew: messages, photos, documents, albums, copies.

use serde_json::{Value, json};

use super::files::{self, Sent};
use super::refusal::{Answer, Refusal};
use super::state::{Media, MediaKind, Message, State};
use super::text::Formatted;
use super::wire::Params;
use super::{Call, keyboard, lock, message as write, text};

/// Milliseconds that "typing..." is shown.
const ACTION_MILLIS: i64 = 5_000;
const ALBUM_MAX: usize = 10;

impl Call<'_> {
    /// The chat of the call, if the bot may write there now.
    pub fn chat(&self) -> Result<i64, Refusal> {
        let chat_id = self.params.chat_id()?;
        self.state.open_chat(chat_id)?;
        Ok(chat_id)
    }

    /// Counts one message more against the limits of the chat.
    pub fn count(&self, chat_id: i64) -> Result<(), Refusal> {
        lock(&self.inner.limits).pass(chat_id, self.inner.clock.now_millis())
    }

    /// The message as the Bot API writes it.
    pub fn written(&self, chat_id: i64, message: &Message) -> Value {
        write::message(self.state, &self.inner.bot(self.state), chat_id, message)
    }

    /// A new message from what all sending methods have in common.
    fn draft(&self, chat_id: i64, said: Formatted) -> Result<Message, Refusal> {
        let markup = keyboard::any(self.params)?;
        Ok(Message {
            from_bot: true,
            date: self.now,
            text: said.text,
            entities: said.entities,
            keyboard: markup.keyboard,
            other_markup: markup.other,
            reply_to: reply_to(self.state, self.params, chat_id)?,
            protected: self.params.flag("protect_content")?,
            silent: self.params.flag("disable_notification")?,
            topic: self.state.topic(chat_id, self.params.int("message_thread_id")?)?,
            ..Message::default()
        })
    }

    fn place(&mut self, chat_id: i64, message: Message) -> Answer {
        self.count(chat_id)?;
        let message = self.state.place(chat_id, message);
        Ok(self.written(chat_id, &message))
    }

    fn keep(&mut self, sent: Sent) -> String {
        files::keep(self.state, &self.inner.store, sent)
    }
}

/// The message replied to, if the call names one.
fn reply_to(state: &State, params: &Params, chat_id: i64) -> Result<Option<i32>, Refusal> {
    let reply = params.json("reply_parameters")?;
    let named = match &reply {
        Some(reply) => reply.get("message_id").and_then(Value::as_i64),
        None => params.int("reply_to_message_id")?,
    };
    let Some(named) = named else { return Ok(None) };
    let lenient = match &reply {
        Some(reply) => reply.get("allow_sending_without_reply").and_then(Value::as_bool).unwrap_or(false),
        None => params.flag("allow_sending_without_reply")?,
    };
    let known = i32::try_from(named).ok().filter(|id| state.message(chat_id, *id).is_some());
    if known.is_none() && !lenient {
        return Err(Refusal::bad("message to be replied not found"));
    }
    Ok(known)
}

/// `sendMessage`
pub(crate) fn message(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let said = text::text(call.params)?;
    let draft = call.draft(chat_id, said)?;
    call.place(chat_id, draft)
}

/// `sendPhoto`
pub(crate) fn photo(call: &mut Call) -> Answer {
    send_file(call, MediaKind::Photo, "photo")
}

/// `sendDocument`
pub(crate) fn document(call: &mut Call) -> Answer {
    send_file(call, MediaKind::Document, "document")
}

fn send_file(call: &mut Call, kind: MediaKind, name: &str) -> Answer {
    let chat_id = call.chat()?;
    let sent = files::sent(call.state, call.params, kind, name)?;
    let said = text::caption(call.params)?;
    let mut draft = call.draft(chat_id, said)?;
    draft.caption_above = call.params.flag("show_caption_above_media")?;
    let spoiler = kind == MediaKind::Photo && call.params.flag("has_spoiler")?;
    call.count(chat_id)?;
    let file_id = call.keep(sent);
    draft.media = Some(Media { kind, file_id, spoiler });
    let message = call.state.place(chat_id, draft);
    Ok(call.written(chat_id, &message))
}

/// One `InputMedia`: what it sends, and what it says.
pub(crate) struct InputMedia {
    pub kind: MediaKind,
    pub sent: Sent,
    pub said: Formatted,
    pub spoiler: bool,
    pub caption_above: bool,
}

/// Reads an `InputMediaPhoto` or `InputMediaDocument`.
pub(crate) fn input_media(state: &State, params: &Params, media: &Value) -> Result<InputMedia, Refusal> {
    let text = |name: &str| media.get(name).and_then(Value::as_str).unwrap_or_default();
    let flag = |name: &str| media.get(name).and_then(Value::as_bool).unwrap_or(false);
    let kind = match text("type") {
        "photo" => MediaKind::Photo,
        "document" => MediaKind::Document,
        "animation" | "audio" | "video" => return Err(Refusal::bad("the sandbox knows photos and documents only")),
        _ => return Err(Refusal::bad("can't parse InputMedia: media type must be specified")),
    };
    let entities = media.get("caption_entities").and_then(Value::as_array).cloned();
    Ok(InputMedia {
        kind,
        sent: files::sent_as(state, params, kind, text("media"))?,
        said: text::caption_of(text("caption"), text("parse_mode"), entities)?,
        spoiler: kind == MediaKind::Photo && flag("has_spoiler"),
        caption_above: flag("show_caption_above_media"),
    })
}

/// `sendMediaGroup`
pub(crate) fn media_group(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let list = call.params.list("media")?.unwrap_or_default();
    if list.len() > ALBUM_MAX {
        return Err(Refusal::bad("Too much messages to send as an album"));
    }
    if list.len() < 2 {
        return Err(Refusal::bad("too few messages to send as an album"));
    }
    let album = list.iter().map(|media| input_media(call.state, call.params, media)).collect::<Result<Vec<_>, _>>()?;
    if album.iter().any(|media| media.kind == MediaKind::Document) && album.iter().any(|media| media.kind == MediaKind::Photo) {
        return Err(Refusal::bad("document can't be mixed with other media types"));
    }
    let common = call.draft(chat_id, Formatted::default())?;
    for _ in &album {
        call.count(chat_id)?;
    }
    let group = format!("album-{}", call.state.last_message_id + 1);
    let mut written = Vec::new();
    for medium in album {
        let file_id = call.keep(medium.sent);
        let message = Message {
            text: medium.said.text,
            entities: medium.said.entities,
            media: Some(Media { kind: medium.kind, file_id, spoiler: medium.spoiler }),
            caption_above: medium.caption_above,
            media_group_id: Some(group.clone()),
            keyboard: Vec::new(),
            ..common.clone()
        };
        let message = call.state.place(chat_id, message);
        written.push(call.written(chat_id, &message));
    }
    Ok(Value::Array(written))
}

/// `sendChatAction`
pub(crate) fn chat_action(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    if call.params.text("action")?.is_empty() {
        return Err(Refusal::bad("wrong parameter action in request"));
    }
    let chat = call.state.chats.entry(chat_id).or_default();
    chat.typing_until = call.inner.clock.now_millis() + ACTION_MILLIS;
    chat.version += 1;
    Ok(Value::Bool(true))
}

/// The message that a call copies or forwards.
fn original(call: &Call, missing: &str) -> Result<(i64, Message), Refusal> {
    let from = call.params.chat_id_in("from_chat_id")?;
    let message_id = call.params.message_id()?;
    let message = call.state.message(from, message_id).cloned().ok_or_else(|| Refusal::bad(missing))?;
    if message.protected {
        return Err(Refusal::bad("message can't be copied or forwarded: its content is protected"));
    }
    Ok((from, message))
}

/// `copyMessage`
pub(crate) fn copy(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let (_, original) = original(call, "message to copy not found")?;
    let new_caption = original.media.is_some() && !call.params.text("caption")?.is_empty();
    let said = if new_caption { text::caption(call.params)? } else { Formatted { text: original.text, entities: original.entities } };
    let draft = call.draft(chat_id, said)?;
    let message = Message { media: original.media, caption_above: original.caption_above, ..draft };
    call.count(chat_id)?;
    let id = call.state.place(chat_id, message).id;
    Ok(json!({"message_id": id}))
}

/// `forwardMessage`
pub(crate) fn forward(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let (from, original) = original(call, "message to forward not found")?;
    let sender = match call.state.people.get(&from) {
        Some(person) if !original.from_bot => write::user(person),
        _ => call.inner.bot(call.state).user(),
    };
    let origin = json!({"type": "user", "sender_user": sender, "date": original.date});
    let message = Message {
        from_bot: true,
        date: call.now,
        edit_date: None,
        keyboard: Vec::new(),
        other_markup: None,
        reply_to: None,
        forward_origin: Some(original.forward_origin.clone().unwrap_or(origin)),
        protected: call.params.flag("protect_content")?,
        ..original
    };
    call.place(chat_id, message)
}
