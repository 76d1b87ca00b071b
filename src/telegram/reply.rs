//! What is shown, as data: words, a picture, buttons. Nothing here sends anything.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::action::Action;
use crate::domain::answer::Photo;
use crate::domain::product::BlobId;

/// Bot API: what a copy button copies has up to 256 characters.
const COPY_CHARS_MAX: usize = 256;
/// Most buttons that are sent under one message; Telegram refuses somewhere above.
pub const BUTTONS_MAX: usize = 90;

/// A message as it must look. Its text is HTML in which everything foreign was escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    pub html: String,
    pub picture: Option<Picture>,
    pub keyboard: Vec<Vec<Button>>,
    /// Instead of buttons below the words: a keyboard below the field, on which a channel or a group is chosen.
    pub chooser: Option<Chooser>,
}

/// The labels of a keyboard on which a person chooses one of their channels or groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chooser {
    pub channel: String,
    pub group: String,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Picture {
    /// One that the seller gave.
    Stored(BlobId),
    /// A QR code of this text, kept by Telegram under `name`.
    Qr { name: String, code: String },
    /// One of the shop's own.
    Own(Own),
    /// One that was drawn for this message alone, as PNG.
    Drawn(#[serde(with = "in_base64")] Arc<[u8]>),
    /// One that a person sent, as Telegram knows it.
    Sent(Photo),
}

/// Pictures that come with Kiosk: what a card shows when it has no code to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Own {
    Waiting,
    Paid,
    Over,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Button {
    Tap {
        label: String,
        action: Action,
        /// Of a form: the question that it belongs to.
        question: Option<String>,
    },
    /// Puts `text` on the clipboard.
    Copy { label: String, text: String },
    /// Opens an address.
    Open { label: String, url: String },
}

impl Button {
    /// A button that does `action`.
    pub fn tap(label: impl Into<String>, action: Action) -> Self {
        Self::Tap { label: label.into(), action, question: None }
    }

    /// A button that copies `text`; none when it is longer than a button can copy.
    pub fn copy(label: impl Into<String>, text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (text.chars().count() <= COPY_CHARS_MAX).then(|| Self::Copy { label: label.into(), text })
    }
}

impl Screen {
    /// Words alone.
    pub fn words(html: impl Into<String>) -> Self {
        Self { html: html.into(), ..Self::default() }
    }

    /// With a row of buttons more; an empty row is none.
    pub fn row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        let buttons: Vec<Button> = buttons.into_iter().collect();
        if !buttons.is_empty() {
            self.keyboard.push(buttons);
        }
        self
    }

    /// With these buttons, `per_row` in a row.
    pub fn grid(mut self, buttons: impl IntoIterator<Item = Button>, per_row: usize) -> Self {
        let buttons: Vec<Button> = buttons.into_iter().collect();
        self.keyboard.extend(buttons.chunks(per_row.max(1)).map(<[Button]>::to_vec));
        self
    }

    /// With this picture.
    pub fn picture(mut self, picture: Option<Picture>) -> Self {
        self.picture = picture;
        self
    }
}

/// What a handler wants shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// A few words over the chat, for a tap; up to 200 characters.
    pub toast: Option<Toast>,
    /// Into the message whose button was tapped, or a new one when there was none.
    pub edit: Option<Screen>,
    /// Documents, which come before the messages that say what they are.
    pub files: Vec<File>,
    /// New messages.
    pub send: Vec<Screen>,
}

/// A document that was made for this reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub name: Cow<'static, str>,
    pub text: String,
}

/// Words that go away by themselves, or that must be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toast {
    pub text: String,
    pub alert: bool,
}

impl Reply {
    /// Shows `screen` in place.
    pub fn edit(screen: Screen) -> Self {
        Self { edit: Some(screen), ..Self::default() }
    }

    /// Sends `screen` as a message of its own.
    pub fn send(screen: Screen) -> Self {
        Self { send: vec![screen], ..Self::default() }
    }

    /// Nothing but a few words over the chat.
    pub fn toast(text: impl Into<String>) -> Self {
        Self::default().with_toast(text)
    }

    /// Nothing but words that must be closed.
    pub fn alert(text: impl Into<String>) -> Self {
        Self { toast: Some(Toast { text: text.into(), alert: true }), ..Self::default() }
    }

    /// With a document.
    pub fn with_file(mut self, file: Option<File>) -> Self {
        self.files.extend(file);
        self
    }

    /// With a few words over the chat.
    pub fn with_toast(mut self, text: impl Into<String>) -> Self {
        self.toast = Some(Toast { text: text.into(), alert: false });
        self
    }
}

/// Bytes as a text.
mod in_base64 {
    use std::sync::Arc;

    use data_encoding::BASE64;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map(Arc::from).map_err(de::Error::custom)
    }
}
