//! A text that is too long for one message: Telegram's apps cut it and send the pieces at once. The long ones are refused by whoever asked, and
//! the last one, which may be short enough, must not be taken for the whole.

use super::album;
use crate::locale::Text;
use crate::telegram::Result;
use crate::telegram::action::Field;
use crate::telegram::action::goods::OptionField;
use crate::telegram::form::{Form, Step};
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Reply, Screen};

/// A message of so many UTF-16 units is taken for a piece, unless its text ends with it: apps cut before 4096 (Bot API), where a word ends.
const PIECE_UNITS_MIN: usize = 4_050;

/// What is said about the last piece of a text that was too long; none when this is no such piece.
pub(super) async fn instead(visit: &Visit<'_>, form: &Form, words: &str) -> Result<Option<Reply>> {
    let Some(sent_at) = visit.sent_at else { return Ok(None) };
    if words.encode_utf16().count() >= PIECE_UNITS_MIN {
        // Keys stand one a line, in as many messages as it takes.
        if !(takes_lines(form) && words.contains('\n')) {
            album::keep_piece(visit, sent_at).await?;
        }
        return Ok(None);
    }
    if !album::follows_piece(visit, sent_at).await? {
        return Ok(None);
    }
    Ok(Some(Reply::send(Screen::words(visit.words.html(Text::WrongLastPiece)))))
}

fn takes_lines(form: &Form) -> bool {
    match form {
        Form::NewProduct(new) => new.step == Step::Goods && new.kind.as_deref() == Some("keys"),
        Form::Edit { field, .. } => *field == Field::Stock,
        Form::Option(form) => form.field == Some(OptionField::Stock),
        _ => false,
    }
}
