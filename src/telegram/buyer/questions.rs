//! What a buyer is asked before paying, one question after another.

use super::checkout::{asset_screen, gone, pick_coin, summary};
use crate::domain::coin::Coin;
use crate::domain::order::{Line, Order, OrderId};
use crate::domain::product::{Question, QuestionKind};
use crate::locale::{Text, escape};
use crate::shop::checkout::Answered;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::form::{Form, mark_of};
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// A typed answer to a question about an order; none: it was taken before, and only what comes next is shown.
///
/// `question`: its number, and what tells it from one that the seller put in its place.
pub(in crate::telegram) async fn answered(
    visit: &Visit<'_>,
    order: &str,
    (question, asked): (u32, &str),
    text: Option<&str>,
) -> Result<Reply> {
    let order = match OrderId::parse(order) {
        Some(id) => visit.telegram.shop.order_of(visit.customer.id, &id).await?,
        None => None,
    };
    let Some(order) = order else { return gone(visit).await };
    let due = visit.telegram.shop.next_question(&order).await?;
    if is_another(&order, question, due.as_ref(), asked) {
        return asked_anew(visit, &order, false).await;
    }
    let kept = match text {
        Some(text) => visit.telegram.shop.answer(visit.customer.id, &order.id, question, text).await?,
        None => Answered::Kept,
    };
    let due = visit.telegram.shop.next_question(&order).await?;
    let wants_photo = due.is_some_and(|(_, question)| question.kind == QuestionKind::Photo);
    let wrong = wants_photo.then(|| visit.words.html(Text::AnswerPhotoPlease));
    after_answer(visit, &order, kept, wrong, false).await
}

/// A tapped answer: one of the choices that the question gives.
pub(in crate::telegram) async fn chosen(visit: &Visit<'_>, question: u32, index: u32) -> Result<Reply> {
    let form = visit.telegram.form(visit.customer.id).await?;
    let Some(Form::Answer { order, question: due, asked: mark, .. }) = form else { return visit.old_button().await };
    let Some(id) = OrderId::parse(&order) else { return visit.old_button().await };
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, &id).await? else { return gone(visit).await };
    if question != due || order.answers_given() > question {
        return after_answer(visit, &order, Answered::Kept, None, true).await;
    }
    let asked = visit.telegram.shop.next_question(&order).await?;
    if is_another(&order, question, asked.as_ref(), &mark) {
        return asked_anew(visit, &order, true).await;
    }
    if asked.is_none() {
        // The seller asks nothing any more.
        return after_answer(visit, &order, Answered::Kept, None, true).await;
    }
    let choice = asked.and_then(|(_, asked)| asked.choices.get(usize::try_from(index).ok()?).cloned());
    let Some(choice) = choice else { return visit.old_button().await };
    let kept = visit.telegram.shop.answer(visit.customer.id, &order.id, question, &choice).await?;
    after_answer(visit, &order, kept, None, true).await
}

/// Whether the seller has put another question in the place of the one that was asked, which is number `question` of the order. When that one
/// was answered by this very update, which is taken up again, the one that is due is the next.
pub(super) fn is_another(order: &Order, question: u32, due: Option<&(Line, Question)>, asked: &str) -> bool {
    !asked.is_empty() && order.answers_given() == question && due.is_some_and(|(_, due)| mark_of(due) != asked)
}

/// The question that stands there now.
pub(super) async fn asked_anew(visit: &Visit<'_>, order: &Order, tapped: bool) -> Result<Reply> {
    after_answer(visit, order, Answered::Unfit, Some(visit.words.html(Text::AnswerQuestionChanged)), tapped).await
}

/// The question that is open, once more: a button of another one was tapped.
pub(in crate::telegram) async fn again(visit: &Visit<'_>, order: &str) -> Result<Reply> {
    let order = match OrderId::parse(order) {
        Some(id) => visit.telegram.shop.order_of(visit.customer.id, &id).await?,
        None => None,
    };
    match order {
        Some(order) => after_answer(visit, &order, Answered::Kept, None, true).await,
        None => gone(visit).await,
    }
}

/// What comes next once an answer was kept, or the same question again. `wrong`: what is wrong with it, when that is known better here.
pub(super) async fn after_answer(visit: &Visit<'_>, order: &Order, kept: Answered, wrong: Option<String>, tapped: bool) -> Result<Reply> {
    let wrong = match kept {
        Answered::Kept => {
            let fresh = visit.telegram.shop.order_of(visit.customer.id, &order.id).await?;
            return match fresh {
                Some(order) => next(visit, &order, None, tapped).await,
                None => gone(visit).await,
            };
        }
        Answered::Gone => return gone(visit).await,
        Answered::TooLong => visit.words.html(Text::AnswerTooLong { count: most_chars() }),
        Answered::Unfit => wrong.unwrap_or_else(|| visit.words.html(Text::AnswerUnfit)),
    };
    let mut reply = next(visit, order, None, tapped).await?;
    for screen in reply.edit.iter_mut().chain(&mut reply.send) {
        screen.html = format!("{wrong}\n\n{}", screen.html);
    }
    Ok(reply)
}

fn most_chars() -> i64 {
    i64::try_from(crate::shop::checkout::ANSWER_CHARS_MAX).unwrap_or(i64::MAX)
}

/// The next thing to ask for an order: a question, or the coin when the buyer has not chosen it already. `in_place`: into the message that
/// was tapped.
pub(super) async fn next(visit: &Visit<'_>, order: &Order, coin: Option<Coin>, in_place: bool) -> Result<Reply> {
    let coin = match coin {
        Some(coin) => Some(coin),
        None => chosen_before(visit, order).await?,
    };
    if let Some(coin) = coin
        && visit.telegram.shop.next_question(order).await?.is_none()
    {
        // The form ends after it: an update that is handled again still finds the coin there.
        let reply = pick_coin(visit, &order.id, coin).await?;
        visit.telegram.leave_form(visit.customer.id).await?;
        return Ok(reply);
    }
    let screen = open_question(visit, order, coin).await?;
    Ok(if in_place { Reply::edit(screen) } else { Reply::send(screen) })
}

/// The coin that was chosen together with an order, before its questions.
async fn chosen_before(visit: &Visit<'_>, order: &Order) -> Result<Option<Coin>> {
    Ok(match visit.telegram.form(visit.customer.id).await? {
        Some(Form::Answer { order: asked, coin: Some(coin), .. }) if asked == order.id.as_str() => Coin::parse(&coin),
        _ => None,
    })
}

/// What an order still needs to be known, as a screen. `coin`: when it is chosen already.
pub(super) async fn open_question(visit: &Visit<'_>, order: &Order, coin: Option<Coin>) -> Result<Screen> {
    if let Some((_, question)) = visit.telegram.shop.next_question(order).await? {
        let number = order.answers_given();
        let (id, asked) = (order.id.as_str().to_owned(), mark_of(&question));
        let coin = coin.map(|coin| coin.code().to_owned());
        let form = Form::Answer { order: id, question: number, answered: visit.message, asked, coin };
        visit.telegram.ask(visit.customer.id, form).await?;
        return Ok(question_screen(visit, order, number, &question));
    }
    visit.telegram.leave_form(visit.customer.id).await?;
    asset_screen(visit, order).await
}

fn question_screen(visit: &Visit<'_>, order: &Order, number: u32, question: &Question) -> Screen {
    let label = question.label.get(&visit.customer.language);
    let hint = match question.kind {
        QuestionKind::Text => Text::HintText,
        QuestionKind::Address => Text::HintAddress,
        QuestionKind::Phone => Text::HintPhone,
        QuestionKind::Choice => Text::HintChoice,
        QuestionKind::Photo => Text::HintPhoto,
    };
    let choices =
        (0_u32..).zip(&question.choices).map(|(index, choice)| Button::tap(choice.clone(), Action::Choose { question: number, index }));
    Screen::words(format!("{}\n\n❓ <b>{}</b>\n\n{}", summary(visit, order), escape(label), visit.words.html(hint)))
        .grid(choices, 2)
        .row([Button::tap(visit.words.plain(Text::ButtonCancel), Action::FormCancel)])
}
