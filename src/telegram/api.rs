//! The only sender: every call to the Bot API that shows a person something, and what its refusals mean. A harmless refusal is no error.

use std::time::Duration;

use serde_json::Value;
use teloxide::payloads::{
    AnswerCallbackQuerySetters as _, EditMessageTextSetters as _, SendDocumentSetters as _, SendMessageSetters as _, SendPhotoSetters as _,
};
use teloxide::requests::Requester as _;
use teloxide::types::{
    CallbackQueryId, ChatId, CopyTextButton, FileId, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, InputMedia, InputMediaDocument,
    InputMediaPhoto, LinkPreviewOptions, Message, MessageId, ParseMode, ReplyMarkup, ThreadId,
};
use teloxide::{ApiError, Bot, RequestError};

use super::question;
use super::reply::{BUTTONS_MAX, Button, Toast};

/// Why Telegram did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("the person cannot be reached: {0}")]
    Unreachable(String),
    #[error("telegram asks to wait {} seconds", .0.as_secs())]
    Wait(Duration),
    #[error("the message cannot be changed: {0}")]
    CannotEdit(String),
    #[error("telegram does not know this file any more")]
    UnknownFile,
    #[error("telegram cannot be reached, or has trouble: {0}")]
    Temporary(String),
    #[error("telegram refuses the bot token")]
    Token,
    #[error("the group has another id now")]
    Moved(i64),
    #[error("telegram refuses: {0}")]
    Refused(String),
}

/// A message that is in a chat now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: i32,
    /// What Telegram calls the picture or document in it.
    pub file_id: Option<String>,
}

/// What is uploaded, or what Telegram has already.
#[derive(Debug, Clone)]
pub enum Media {
    Known(String),
    Bytes { name: String, bytes: Vec<u8> },
}

/// More than this may take its time over a thin line.
const LARGE_BYTES: usize = 512 * 1024;

impl Media {
    pub(super) fn input_file(&self) -> InputFile {
        match self {
            Self::Known(file_id) => InputFile::file_id(FileId(file_id.clone())),
            Self::Bytes { name, bytes } => InputFile::memory(bytes.clone()).file_name(name.clone()),
        }
    }
}

/// The calls of one bot.
#[derive(Debug, Clone)]
pub struct Api {
    pub bot: Bot,
    /// The same one, for calls that bring a large file and may take longer.
    pub uploads: Bot,
}

impl Api {
    /// The bot that brings this.
    fn bot_for(&self, media: &Media) -> &Bot {
        match media {
            Media::Bytes { bytes, .. } if bytes.len() > LARGE_BYTES => &self.uploads,
            _ => &self.bot,
        }
    }

    /// Sends words.
    pub async fn send_text(&self, chat: i64, html: &str, keyboard: &[Vec<Button>]) -> Result<Sent, Failure> {
        let send = |html: String| {
            let mut request = self.bot.send_message(ChatId(chat), html).parse_mode(ParseMode::Html).link_preview_options(no_preview());
            request.reply_markup = markup(keyboard).map(ReplyMarkup::InlineKeyboard);
            request
        };
        let answer = send(html.to_owned()).await;
        sent(if is_unknown_tag(&answer) { send(without_times(html)).await } else { answer })
    }

    /// Sends a picture with words under it.
    pub async fn send_photo(&self, chat: i64, photo: &Media, html: &str, keyboard: &[Vec<Button>]) -> Result<Sent, Failure> {
        let send = |html: String| {
            let mut request = self.bot_for(photo).send_photo(ChatId(chat), photo.input_file()).caption(html).parse_mode(ParseMode::Html);
            request.reply_markup = markup(keyboard).map(ReplyMarkup::InlineKeyboard);
            request
        };
        let answer = send(html.to_owned()).await;
        sent(if is_unknown_tag(&answer) { send(without_times(html)).await } else { answer })
    }

    /// Sends a document.
    pub async fn send_document(&self, chat: i64, document: &Media) -> Result<Sent, Failure> {
        sent(self.bot_for(document).send_document(ChatId(chat), document.input_file()).await)
    }

    /// Sends a document with words under it.
    pub async fn send_document_saying(&self, chat: i64, document: &Media, html: &str) -> Result<Sent, Failure> {
        sent(self.bot.send_document(ChatId(chat), document.input_file()).caption(html).parse_mode(ParseMode::Html).await)
    }

    /// Sends words into a topic of a group.
    pub async fn send_text_in(&self, group: i64, topic: i32, html: &str) -> Result<Sent, Failure> {
        let request = self.bot.send_message(ChatId(group), html).parse_mode(ParseMode::Html).link_preview_options(no_preview());
        sent(request.message_thread_id(ThreadId(MessageId(topic))).await)
    }

    /// Sends a photo or a document that Telegram knows into a topic of a group.
    pub async fn send_file_in(&self, group: i64, topic: i32, file: &Media, is_photo: bool) -> Result<Sent, Failure> {
        let topic = ThreadId(MessageId(topic));
        sent(if is_photo {
            self.bot.send_photo(ChatId(group), file.input_file()).message_thread_id(topic).await
        } else {
            self.bot.send_document(ChatId(group), file.input_file()).message_thread_id(topic).await
        })
    }

    /// Makes a message of words say something else. What it says already is no failure.
    pub async fn edit_text(&self, chat: i64, id: i32, html: &str, keyboard: &[Vec<Button>]) -> Result<(), Failure> {
        let edit = |html: String| {
            let mut request = self.bot.edit_message_text(ChatId(chat), MessageId(id), html).parse_mode(ParseMode::Html);
            request.reply_markup = markup(keyboard);
            request.link_preview_options(no_preview())
        };
        let answer = edit(html.to_owned()).await;
        edited(if is_unknown_tag(&answer) { edit(without_times(html)).await } else { answer }).map(|_| ())
    }

    /// Gives a message this picture with these words under it. What it shows already is no failure.
    pub async fn edit_photo(
        &self,
        chat: i64,
        id: i32,
        photo: &Media,
        html: &str,
        keyboard: &[Vec<Button>],
    ) -> Result<Option<String>, Failure> {
        let edit = |html: String| {
            let media = InputMediaPhoto::new(photo.input_file()).caption(html).parse_mode(ParseMode::Html);
            let mut request = self.bot_for(photo).edit_message_media(ChatId(chat), MessageId(id), InputMedia::Photo(media));
            request.reply_markup = markup(keyboard);
            request
        };
        let answer = edit(html.to_owned()).await;
        let sent = edited(if is_unknown_tag(&answer) { edit(without_times(html)).await } else { answer })?;
        Ok(sent.and_then(|sent| sent.file_id))
    }

    /// Puts a document into a message. That it is there already is no failure.
    pub async fn edit_document(&self, chat: i64, id: i32, document: &Media) -> Result<Option<String>, Failure> {
        let media = InputMedia::Document(InputMediaDocument::new(document.input_file()));
        let sent = edited(self.bot_for(document).edit_message_media(ChatId(chat), MessageId(id), media).await)?;
        Ok(sent.and_then(|sent| sent.file_id))
    }

    /// Takes a message out of a chat. False: Telegram keeps it there, because it is older than two days.
    pub async fn delete(&self, chat: i64, id: i32) -> Result<bool, Failure> {
        match self.bot.delete_message(ChatId(chat), MessageId(id)).await {
            Ok(_) => Ok(true),
            Err(error) => match failure(&error) {
                Failure::CannotEdit(why) | Failure::Refused(why) => Ok(why.contains("not found")),
                other => Err(other),
            },
        }
    }

    /// Ends the waiting of a tapped button. False: the tap is too old, waits for nothing, and shows nothing.
    pub async fn answer_tap(&self, query: &str, toast: Option<&Toast>) -> Result<bool, Failure> {
        let mut request = self.bot.answer_callback_query(CallbackQueryId(query.to_owned()));
        if let Some(toast) = toast {
            request = request.text(toast.text.chars().take(TOAST_CHARS_MAX).collect::<String>()).show_alert(toast.alert);
        }
        match request.await {
            Ok(_) => Ok(true),
            Err(error) => match failure(&error) {
                Failure::Refused(_) => Ok(false),
                other => Err(other),
            },
        }
    }

    /// The bytes of a file that a person sent, up to `limit` bytes; none when there are more.
    pub async fn download(&self, file_id: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
        use futures_util::StreamExt as _;
        use teloxide::net::Download as _;

        let file = self.bot.get_file(FileId(file_id.to_owned())).await.map_err(|error| failure(&error))?;
        let mut bytes = Vec::new();
        let mut stream = self.bot.download_file_stream(&file.path);
        while let Some(chunk) = stream.next().await {
            // The error's text holds the file's address, and that holds the token.
            let chunk = chunk.map_err(|_| Failure::Temporary("the download broke off".to_owned()))?;
            if bytes.len() + chunk.len() > limit {
                return Ok(None);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}

/// Bot API: the text of an answer to a tap has up to 200 characters.
const TOAST_CHARS_MAX: usize = 200;

pub(super) fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions { is_disabled: true, url: None, prefer_small_media: false, prefer_large_media: false, show_above_text: false }
}

/// The buttons as Telegram takes them; an address that is none is left out rather than refused. None: a message without buttons, and an
/// edit takes away those that were there.
pub(super) fn markup(keyboard: &[Vec<Button>]) -> Option<InlineKeyboardMarkup> {
    let mut left = BUTTONS_MAX;
    let rows = keyboard.iter().map(|row| {
        let buttons: Vec<_> = row.iter().filter_map(button).take(left).collect();
        left -= buttons.len();
        buttons
    });
    let inline_keyboard: Vec<_> = rows.filter(|row| !row.is_empty()).collect();
    (!inline_keyboard.is_empty()).then_some(InlineKeyboardMarkup { inline_keyboard })
}

fn button(button: &Button) -> Option<InlineKeyboardButton> {
    Some(match button {
        Button::Tap { label, action, question } => InlineKeyboardButton::callback(label, question::data(action, question.as_deref())),
        Button::Copy { label, text } => InlineKeyboardButton::copy_text_button(label, CopyTextButton { text: text.clone() }),
        Button::Open { label, url } => InlineKeyboardButton::url(label, url.parse().ok()?),
    })
}

/// Whether a server did not know a tag of ours: `tg-time` is of 2026 (Bot API 9.5).
pub(super) fn is_unknown_tag<T>(answer: &Result<T, RequestError>) -> bool {
    let Err(RequestError::Api(error)) = answer else { return false };
    match error {
        ApiError::CantParseEntities(_) => true,
        ApiError::Unknown(text) => text.contains("parse entities"),
        _ => false,
    }
}

/// The same words with times as plain text.
pub(super) fn without_times(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once("<tg-time") {
        plain.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.replace("</tg-time>", "")
}

pub(super) fn sent(answer: Result<Message, RequestError>) -> Result<Sent, Failure> {
    match answer {
        Ok(message) => Ok(Sent { id: message.id.0, file_id: file_id_of(&message) }),
        // Sent all the same: only the client's types are older than the answer. Asking again would send it twice.
        Err(RequestError::InvalidJson { raw, .. }) => {
            raw_sent(&raw).ok_or_else(|| Failure::Temporary("an answer that is no Bot API answer".to_owned()))
        }
        Err(error) => Err(failure(&error)),
    }
}

fn edited(answer: Result<Message, RequestError>) -> Result<Option<Sent>, Failure> {
    match &answer {
        Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(None),
        Err(RequestError::Api(ApiError::Unknown(text))) if text.contains("message is not modified") => Ok(None),
        _ => sent(answer).map(Some),
    }
}

fn file_id_of(message: &Message) -> Option<String> {
    let photo = message.photo().and_then(|sizes| sizes.last()).map(|size| size.file.id.0.clone());
    photo.or_else(|| message.document().map(|document| document.file.id.0.clone()))
}

fn raw_sent(raw: &str) -> Option<Sent> {
    let answer: Value = serde_json::from_str(raw).ok()?;
    let message = answer.get("ok")?.as_bool()?.then(|| answer.get("result"))??;
    let file = message.get("photo").and_then(|sizes| sizes.as_array()?.last()).or_else(|| message.get("document"));
    Some(Sent {
        id: i32::try_from(message.get("message_id")?.as_i64()?).ok()?,
        file_id: file.and_then(|file| file.get("file_id")?.as_str()).map(str::to_owned),
    })
}

/// What an error of the client means. Never holds the raw answer: that may hold goods.
pub fn failure(error: &RequestError) -> Failure {
    match error {
        RequestError::RetryAfter(wait) => Failure::Wait(wait.duration()),
        RequestError::MigrateToChatId(to) => Failure::Moved(to.0),
        RequestError::Network(error) => Failure::Temporary(network_word(error).to_owned()),
        RequestError::Io(_) => Failure::Temporary("a file could not be read".to_owned()),
        RequestError::InvalidJson { .. } => Failure::Temporary("an answer that is no Bot API answer".to_owned()),
        RequestError::Api(error) => api_failure(error),
    }
}

fn network_word(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke off"
    }
}

/// How a refusal begins (Bot API, "Making requests"): everything else is trouble of the server's own, and passes.
const REFUSALS: [&str; 4] = ["Bad Request", "Conflict", "Not Found", "Unauthorized"];
/// How long to wait when Telegram does not say how long.
const WAIT_UNTOLD: Duration = Duration::from_secs(5);

fn api_failure(error: &ApiError) -> Failure {
    let text = match error {
        ApiError::InvalidToken => return Failure::Token,
        ApiError::Unknown(text) => text.clone(),
        known => known.to_string(),
    };
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if text.starts_with("Forbidden") || says(&["chat not found", "user not found", "PEER_ID_INVALID", "group chat was upgraded"]) {
        Failure::Unreachable(text)
    } else if text == "Unauthorized" {
        Failure::Token
    } else if says(&["wrong file", "file_id", "FILE_REFERENCE"]) {
        Failure::UnknownFile
    } else if says(&[
        "message to edit not found",
        "message can't be edited",
        "message to be edited",
        "no text in the message",
        "MESSAGE_ID_INVALID",
    ]) || says(&[
        "message to delete not found",
        "message can't be deleted",
        "no caption in the message",
        "message must be",
        "media",
    ]) {
        Failure::CannotEdit(text)
    } else if text.starts_with("Too Many Requests") {
        // Its number of seconds was left out, or teloxide would have read it.
        Failure::Wait(WAIT_UNTOLD)
    } else if matches!(error, ApiError::Unknown(_)) && !says(&REFUSALS) {
        // Whatever is no word about the question is one about Telegram itself: its status is not handed on.
        Failure::Temporary(text)
    } else {
        Failure::Refused(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_plain_text_for_a_server_that_does_not_know_them() {
        let html = "Pay before <tg-time unix=\"5\" format=\"t\">14:05 UTC</tg-time>, <b>please</b>.";
        assert_eq!(without_times(html), "Pay before 14:05 UTC, <b>please</b>.");
    }

    #[test]
    fn a_message_that_the_client_cannot_read_was_sent_all_the_same() {
        let raw = r#"{"ok":true,"result":{"message_id":7,"photo":[{"file_id":"small"},{"file_id":"large"}]}}"#;
        assert_eq!(raw_sent(raw), Some(Sent { id: 7, file_id: Some("large".to_owned()) }));
        assert_eq!(raw_sent(r#"{"ok":false,"result":{"message_id":7}}"#), None);
    }

    #[test]
    fn refusals_are_told_apart() {
        let of = |text: &str| api_failure(&ApiError::Unknown(text.to_owned()));
        assert!(matches!(of("Forbidden: bot can't initiate conversation with a user"), Failure::Unreachable(_)));
        assert!(matches!(api_failure(&ApiError::BotBlocked), Failure::Unreachable(_)));
        assert!(matches!(of("Bad Request: there is no text in the message to edit"), Failure::CannotEdit(_)));
        assert!(matches!(api_failure(&ApiError::MessageToEditNotFound), Failure::CannotEdit(_)));
        assert!(matches!(of("Bad Request: message caption is too long"), Failure::Refused(_)));
        for trouble in ["Internal Server Error", "Service Unavailable", "Bad Gateway", "restarting", "try later"] {
            assert!(matches!(of(trouble), Failure::Temporary(_)), "{trouble}");
        }
        assert_eq!(of("Too Many Requests: retry later"), Failure::Wait(Duration::from_secs(5)));
    }
}
