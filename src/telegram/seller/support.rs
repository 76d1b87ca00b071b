//! The staff answers customers: by a reply to what a customer wrote, or with the button under it.

use super::rights::{Right, may};
use super::{customers, tap, unfit};
use crate::domain::customer::{CustomerId, Role};
use crate::locale::Text;
use crate::shop::fields;
use crate::shop::support::{Passed, Place, Written};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::buyer::support;
use crate::telegram::form::{Form, PeopleForm};
use crate::telegram::handle::Visit;
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::{Reply, Screen};

/// Whether this person answers customers.
pub(in crate::telegram) fn may_answer(visit: &Visit<'_>) -> bool {
    visit.role.is_some_and(answers)
}

/// Whether a role answers customers.
pub(in crate::telegram) fn answers(role: Role) -> bool {
    may(role, Right::of(&Action::People(PeopleAction::Answer { id: CustomerId(1) })))
}

/// Whether a role may write to customers who have not written themselves.
pub(in crate::telegram) fn writes_first(role: Role) -> bool {
    may(role, Right::of(&Action::People(PeopleAction::Write { id: CustomerId(1) })))
}

/// Whether a role may choose the group in which the staff answers.
pub(in crate::telegram) fn may_choose_group(role: Role) -> bool {
    may(role, Right::Own)
}

/// "Answer": asks for it, when there is something to answer or this person may begin.
pub(super) async fn start(visit: &Visit<'_>, customer: CustomerId) -> Result<Reply> {
    if !visit.role.is_some_and(writes_first) && !visit.telegram.shop.has_written(customer).await? {
        return Ok(Reply::alert(visit.words.plain(Text::AnswerNotFirst)));
    }
    customers::start(visit, PeopleForm::Answer { customer: customer.0 }).await
}

/// An answer: a reply to a message of a conversation.
pub(in crate::telegram) async fn answer(visit: &Visit<'_>, customer: CustomerId, written: Written) -> Result<Reply> {
    let acting = super::acting(visit, "answer");
    let visit = &super::with(visit, &acting);
    let Some(message) = visit.message else { return Ok(Reply::default()) };
    let (place, may_begin) = (Place { chat: visit.customer.id.0, message }, visit.role.is_some_and(writes_first));
    let passed = visit.telegram.shop.answer_customer(visit.customer.id, may_begin, place, customer, written).await?;
    Ok(Reply::send(Screen::words(visit.words.html(said(passed)))))
}

/// The answer that was asked for with the button.
pub(super) async fn answer_text(visit: &Visit<'_>, customer: CustomerId, words: &str) -> Result<Reply> {
    let words = match fields::note(words) {
        Ok(words) => words,
        Err(wrong) => {
            let html = unfit::words(visit.words, wrong);
            return Ok(Reply::send(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)])));
        }
    };
    let reply = answer(visit, customer, Written { words, file: None }).await?;
    // One answer is one answer: what is typed next is not for the customer.
    if let Some(Form::People(PeopleForm::Answer { .. })) = visit.telegram.form(visit.customer.id).await? {
        visit.telegram.end_form(visit.customer.id).await?;
    }
    Ok(reply)
}

fn said(passed: Passed) -> Text<'static> {
    match passed {
        Passed::On => Text::SupportAnswerSent,
        Passed::TooLong { chars } => support::too_long(chars),
        Passed::NotFirst => Text::AnswerNotFirst,
        Passed::TooMany | Passed::Nobody => Text::CustomersNotFound,
    }
}
