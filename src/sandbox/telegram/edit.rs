//! What a bot changes and takes back. Leaving out `reply_markup` in an edit takes the keyboard away.
//!
//! Source: Bot API, "Updating messages".

use serde_json::Value;

use super::refusal::{Answer, Refusal};
use super::state::{Media, Message};
use super::{Call, files, keyboard, send, text as texts};

/// Seconds: a message older than this cannot be deleted.
const DELETE_WITHIN_SECS: i64 = 48 * 3_600;
const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the same as a current \
                            content and reply markup of the message";

/// The message that the call edits.
fn target(call: &Call) -> Result<(i64, Message), Refusal> {
    let chat_id = call.chat()?;
    let message_id = call.params.message_id()?;
    let message = call.state.message(chat_id, message_id).ok_or_else(|| Refusal::bad("message to edit not found"))?;
    if !message.from_bot || message.other_markup.is_some() || message.forward_origin.is_some() {
        return Err(Refusal::bad("message can't be edited"));
    }
    Ok((chat_id, message.clone()))
}

/// Puts the edited message in its place, if anything is new about it.
fn apply(call: &mut Call, chat_id: i64, mut message: Message) -> Answer {
    let old = call.state.message(chat_id, message.id);
    if old == Some(&message) {
        return Err(Refusal::bad(NOT_MODIFIED));
    }
    let only_keyboard = old.is_some_and(|old| Message { keyboard: message.keyboard.clone(), ..old.clone() } == message);
    call.count(chat_id)?;
    if !only_keyboard {
        message.edit_date = Some(call.now);
    }
    let message = call.state.chats.entry(chat_id).or_default().put(message);
    Ok(call.written(chat_id, &message))
}

/// `editMessageText`
pub(crate) fn text(call: &mut Call) -> Answer {
    let (chat_id, mut message) = target(call)?;
    if message.media.is_some() {
        return Err(Refusal::bad("there is no text in the message to edit"));
    }
    let said = texts::text(call.params)?;
    message.keyboard = keyboard::of_edit(call.params)?;
    (message.text, message.entities) = (said.text, said.entities);
    apply(call, chat_id, message)
}

/// `editMessageCaption`
pub(crate) fn caption(call: &mut Call) -> Answer {
    let (chat_id, mut message) = target(call)?;
    if message.media.is_none() {
        return Err(Refusal::bad("there is no caption in the message to edit"));
    }
    let said = texts::caption(call.params)?;
    message.keyboard = keyboard::of_edit(call.params)?;
    (message.text, message.entities) = (said.text, said.entities);
    message.caption_above = call.params.flag("show_caption_above_media")?;
    apply(call, chat_id, message)
}

/// `editMessageMedia`
pub(crate) fn media(call: &mut Call) -> Answer {
    let (chat_id, mut message) = target(call)?;
    let media = call.params.json("media")?.ok_or_else(|| Refusal::bad("media is empty"))?;
    let media = send::input_media(call.state, call.params, &media)?;
    message.keyboard = keyboard::of_edit(call.params)?;
    (message.text, message.entities) = (media.said.text, media.said.entities);
    message.caption_above = media.caption_above;
    let file_id = files::keep(call.state, &call.inner.store, media.sent);
    message.media = Some(Media { kind: media.kind, file_id, spoiler: media.spoiler });
    apply(call, chat_id, message)
}

/// `editMessageReplyMarkup`
pub(crate) fn reply_markup(call: &mut Call) -> Answer {
    let (chat_id, mut message) = target(call)?;
    message.keyboard = keyboard::of_edit(call.params)?;
    apply(call, chat_id, message)
}

/// `deleteMessage`
pub(crate) fn delete(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let message_id = call.params.message_id()?;
    let message = call.state.message(chat_id, message_id).ok_or_else(|| Refusal::bad("message to delete not found"))?;
    if call.now - message.date >= DELETE_WITHIN_SECS {
        return Err(Refusal::bad("message can't be deleted"));
    }
    take_away(call, chat_id, message_id);
    Ok(Value::Bool(true))
}

/// `deleteMessages`: those that cannot be deleted are passed over.
pub(crate) fn delete_several(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let ids = call.params.list("message_ids")?.unwrap_or_default();
    if ids.is_empty() || ids.len() > 100 {
        return Err(Refusal::bad("message identifiers are not specified, or too many of them"));
    }
    for id in ids.iter().filter_map(Value::as_i64).filter_map(|id| i32::try_from(id).ok()) {
        let young = call.state.message(chat_id, id).is_some_and(|message| call.now - message.date < DELETE_WITHIN_SECS);
        if young {
            take_away(call, chat_id, id);
        }
    }
    Ok(Value::Bool(true))
}

fn take_away(call: &mut Call, chat_id: i64, message_id: i32) {
    let chat = call.state.chats.entry(chat_id).or_default();
    let Some(old) = chat.messages.get(&message_id) else { return };
    let gone = Message { id: message_id, from_bot: old.from_bot, date: old.date, deleted: true, ..Message::default() };
    chat.pinned.retain(|pinned| *pinned != message_id);
    chat.put(gone);
}

/// `pinChatMessage`
pub(crate) fn pin(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let message_id = call.params.message_id()?;
    if call.state.message(chat_id, message_id).is_none() {
        return Err(Refusal::bad("message to pin not found"));
    }
    let chat = call.state.chats.entry(chat_id).or_default();
    chat.pinned.retain(|pinned| *pinned != message_id);
    chat.pinned.push(message_id);
    chat.version += 1;
    Ok(Value::Bool(true))
}

/// `unpinChatMessage` of one message or the newest pinned one, `unpinAllChatMessages` of all.
pub(crate) fn unpin(call: &mut Call) -> Answer {
    let chat_id = call.chat()?;
    let message_id = call.params.int("message_id")?.and_then(|id| i32::try_from(id).ok());
    let chat = call.state.chats.entry(chat_id).or_default();
    match message_id {
        Some(id) => chat.pinned.retain(|pinned| *pinned != id),
        None => {
            chat.pinned.pop();
        }
    }
    chat.version += 1;
    Ok(Value::Bool(true))
}
