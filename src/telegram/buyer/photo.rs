//! A question that is answered with a photo.

use super::checkout::gone;
use super::questions::{after_answer, asked_anew, is_another};
use crate::domain::answer::Photo;
use crate::domain::order::{Line, Order, OrderId};
use crate::domain::product::{Question, QuestionKind};
use crate::locale::{Text, Words};
use crate::shop::checkout::Answered;
use crate::telegram::Result;
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{Reply, Screen};

/// Bot API: a bot gets files of up to 20 MB.
const PHOTO_MEGABYTES_MAX: u64 = 20;

/// A photo or a document was sent as an answer; none: it was taken before, and only what comes next is shown.
pub(in crate::telegram) async fn sent(
    visit: &Visit<'_>,
    order: &str,
    (question, mark): (u32, &str),
    upload: Option<&Upload>,
    is_picture: bool,
) -> Result<Reply> {
    let Some((order, due)) = asked(visit, order).await? else { return gone(visit).await };
    if order.answers_given() > question {
        // It was taken by this very update, which is taken up again.
        return after_answer(visit, &order, Answered::Kept, None, false).await;
    }
    if is_another(&order, question, due.as_ref(), mark) {
        return asked_anew(visit, &order, false).await;
    }
    let wants_photo = is_for_photo(due.as_ref());
    let Some(upload) = upload else { return after_answer(visit, &order, Answered::Kept, None, false).await };
    if !wants_photo {
        return Ok(text_please(visit));
    }
    let is_picture = is_picture || upload.media_type.as_deref().is_some_and(|kind| kind.starts_with("image/"));
    if !is_picture {
        return after_answer(visit, &order, Answered::Unfit, Some(visit.words.html(Text::AnswerPhotoPlease)), false).await;
    }
    if upload.size.is_some_and(|size| size > PHOTO_MEGABYTES_MAX * 1024 * 1024) {
        let megabytes = i64::try_from(PHOTO_MEGABYTES_MAX).unwrap_or(i64::MAX);
        return after_answer(visit, &order, Answered::Unfit, Some(visit.words.html(Text::WrongFileSize { megabytes })), false).await;
    }
    let photo = Photo { file_id: upload.file_id.clone(), as_document: upload.media_type.is_some() };
    let kept = visit.telegram.shop.answer_with_photo(visit.customer.id, &order.id, question, photo).await?;
    after_answer(visit, &order, kept, None, false).await
}

/// A sticker, a voice message, whatever else.
pub(in crate::telegram) async fn other(visit: &Visit<'_>, order: &str) -> Result<Reply> {
    match asked(visit, order).await? {
        Some((order, due)) if is_for_photo(due.as_ref()) => {
            after_answer(visit, &order, Answered::Unfit, Some(visit.words.html(Text::AnswerPhotoPlease)), false).await
        }
        _ => Ok(text_please(visit)),
    }
}

/// The order that is asked about, and the question that is due.
async fn asked(visit: &Visit<'_>, order: &str) -> Result<Option<(Order, Option<(Line, Question)>)>> {
    let Some(id) = OrderId::parse(order) else { return Ok(None) };
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, &id).await? else { return Ok(None) };
    let due = visit.telegram.shop.next_question(&order).await?;
    Ok(Some((order, due)))
}

fn is_for_photo(due: Option<&(Line, Question)>) -> bool {
    due.is_some_and(|(_, question)| question.kind == QuestionKind::Photo)
}

/// An answer as people read it: a photo is the word for one.
pub(in crate::telegram) fn answer_words(words: Words, answer: &str) -> String {
    match Photo::in_answer(answer) {
        Some(_) => words.plain(Text::AnswerPhoto),
        None => answer.to_owned(),
    }
}

fn text_please(visit: &Visit<'_>) -> Reply {
    Reply::send(Screen::words(visit.words.html(Text::FormTextPlease)))
}
