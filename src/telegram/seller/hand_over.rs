//! Handing an order over: a note to the buyer, or none.

use super::{orders, saying, tap, unfit, with_notice};
use crate::domain::order::{Delivery, OrderId};
use crate::domain::product::Kind;
use crate::locale::Text;
use crate::shop::fields;
use crate::shop::hand_over::HandedOver;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::buyer::checkout::order_summary;
use crate::telegram::buyer::orders::answer_line;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Reply, Screen};

/// Asks for the note.
pub(super) async fn start(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let order = visit.telegram.any_order(id.as_str()).await?;
    let waits = order.as_ref().is_some_and(|order| {
        order.is_owed() && order.lines.iter().any(|line| line.kind == Kind::Manual && line.delivery == Delivery::Assigned)
    });
    if !waits {
        return Ok(orders::page(visit, id).await?.with_toast(visit.words.plain(Text::HandOverNothing)));
    }
    visit.telegram.ask(visit.customer.id, Form::HandOver { order: id.as_str().to_owned() }).await?;
    show(visit, id, None).await
}

/// The note was typed.
pub(super) async fn text(visit: &Visit<'_>, order: &str, words: &str) -> Result<Reply> {
    match fields::note(words) {
        Ok(note) => finish(visit, order, &note).await,
        Err(wrong) => match OrderId::parse(order) {
            Some(id) => show(visit, &id, Some(unfit::words(visit.words, wrong))).await,
            None => finish(visit, order, "").await,
        },
    }
}

/// Hands over; an empty note is none.
pub(super) async fn finish(visit: &Visit<'_>, order: &str, note: &str) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    let Some(id) = OrderId::parse(order) else { return visit.old_button().await };
    let said = match visit.telegram.shop.hand_over(&id, note).await? {
        HandedOver::Done => Text::HandedOverNow,
        HandedOver::NothingToHandOver => Text::HandOverNothing,
    };
    Ok(saying(orders::page(visit, &id).await?, &visit.words.html(said)))
}

async fn show(visit: &Visit<'_>, id: &OrderId, said: Option<String>) -> Result<Reply> {
    let Some(order) = visit.telegram.any_order(id.as_str()).await? else { return visit.old_button().await };
    let answers = order.lines.iter().flat_map(|line| &line.answers);
    let answers = answers.map(|(label, answer)| answer_line(visit.words, label, answer));
    let told: Vec<String> = [order_summary(visit.words, &order)].into_iter().chain(answers).collect();
    let html = with_notice(said, &format!("{}\n\n{}", told.join("\n"), visit.words.html(Text::AskNote)));
    Ok(Reply::edit(
        Screen::words(html)
            .grid(orders::photo_buttons(visit.words, &order), 2)
            .row([tap(visit, Text::ButtonWithoutNote, Action::FormSkip), tap(visit, Text::ButtonCancel, Action::FormCancel)]),
    ))
}
