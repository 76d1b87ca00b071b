//! A text that is too long for one message: Telegram's apps cut it and send the pieces at once. The long ones are refused by whoever asked, and
//! the last one, which may be short enough, must not be taken for the whole.

use super::album;
use crate::domain::customer::CustomerId;
use crate::locale::Text;
use crate::telegram::action::Field;
use crate::telegram::action::goods::OptionField;
use crate::telegram::form::{Form, Step};
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Reply, Screen};
use crate::telegram::{Result, Telegram};

/// A message of so many UTF-16 units is taken for a piece, unless its text ends with it: apps cut before 4096 (Bot API), where a word ends.
const PIECE_UNITS_MIN: usize = 4_050;

/// What is said about the last piece of a text that was too long; none when this is no such piece.
pub(in crate::telegram) async fn instead(visit: &Visit<'_>, words: &str) -> Result<Option<Reply>> {
    let form = visit.telegram.form(visit.customer.id).await?;
    if form.is_none() && visit.reply_to.is_none() {
        return Ok(None);
    }
    // Keys stand one a line, in as many messages as it takes.
    let whole = form.is_some_and(|form| takes_lines(&form)) && words.contains('\n');
    let Some(sent_at) = visit.sent_at.filter(|_| !whole) else { return Ok(None) };
    if !is_last(visit.telegram, visit.customer.id, visit.message, sent_at, words).await? {
        return Ok(None);
    }
    Ok(Some(Reply::send(Screen::words(visit.words.html(Text::WrongLastPiece)))))
}

/// Whether these words are the last piece of a text that was too long, by somebody who sends them wherever it may be. A piece that is not the
/// last is remembered.
pub(in crate::telegram) async fn is_last(
    telegram: &Telegram,
    who: CustomerId,
    message: Option<i32>,
    sent_at: i64,
    words: &str,
) -> Result<bool> {
    if words.encode_utf16().count() >= PIECE_UNITS_MIN {
        album::keep_piece(telegram, who, message, sent_at).await?;
        return Ok(false);
    }
    album::follows_piece(telegram, who, sent_at).await
}

fn takes_lines(form: &Form) -> bool {
    match form {
        Form::NewProduct(new) => new.step == Step::Goods && new.kind.as_deref() == Some("keys"),
        Form::Edit { field, .. } => *field == Field::Stock,
        Form::Option(form) => form.field == Some(OptionField::Stock),
        _ => false,
    }
}
