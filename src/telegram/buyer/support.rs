//! A customer talks to the staff: after /support whatever is written goes there, and so does a reply to an answer.

use crate::locale::Text;
use crate::shop::support::{MESSAGES_PER_HOUR_MAX, Passed, Place, WORDS_CHARS_MAX, Written, WrittenFile};
use crate::telegram::Result;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::input::{InputKind, Upload};
use crate::telegram::reply::{Reply, Screen};

/// From now on what this person writes goes to the staff.
pub(in crate::telegram) async fn open(visit: &Visit<'_>) -> Result<()> {
    visit.telegram.ask(visit.customer.id, Form::Support).await
}

/// Passes a message on.
pub(in crate::telegram) async fn write(visit: &Visit<'_>, written: Option<Written>) -> Result<Reply> {
    let say = |text: Text<'_>| Ok(Reply::send(Screen::words(visit.words.html(text))));
    let (Some(written), Some(message)) = (written, visit.message) else { return say(Text::SupportKinds) };
    let place = Place { chat: visit.customer.id.0, message };
    match visit.telegram.shop.write_to_staff(visit.customer.id, place, written).await? {
        Passed::On => say(Text::SupportSent),
        Passed::TooMany => say(Text::SupportTooMany { most: MESSAGES_PER_HOUR_MAX }),
        Passed::TooLong { chars } => say(too_long(chars)),
        Passed::Nobody | Passed::NotFirst => say(Text::SupportNone),
    }
}

/// That a message is too long to be passed on.
pub(in crate::telegram) fn too_long(chars: usize) -> Text<'static> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Text::WrongTooLong { chars: count(chars), most: count(WORDS_CHARS_MAX) }
}

/// What was written, when it is something that can be passed on.
pub(in crate::telegram) fn written(kind: &InputKind) -> Option<Written> {
    let file = |upload: &Upload, is_photo| Written {
        words: upload.caption.clone(),
        file: Some(WrittenFile { id: upload.file_id.clone(), is_photo }),
    };
    match kind {
        InputKind::Text(words) | InputKind::Shared(words) => Some(Written { words: words.clone(), file: None }),
        InputKind::Picture(upload) => Some(file(upload, true)),
        InputKind::Document(upload) => Some(file(upload, false)),
        _ => None,
    }
}
