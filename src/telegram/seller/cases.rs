//! Cases: what a person must look at, in words, and how it ends.

use super::rights::{Right, may};
use super::{saying, solve, tap, unfit, with_notice};
use crate::domain::order::Delivery;
use crate::locale::{Html, Text, Words, escape};
use crate::shop::fields;
use crate::shop::solve::is_about_goods;
use crate::store::{Case, CaseKind};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::card::time_tag;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// The open cases, the oldest first.
pub(super) async fn list(visit: &Visit<'_>) -> Result<Reply> {
    let cases = visit.telegram.shop.open_cases().await?;
    let title = if cases.is_empty() { Text::CasesNone } else { Text::CasesTitle };
    let buttons = cases.iter().map(|case| {
        let label = format!("#{} · {}", case.order, visit.words.plain(kind_word(case.kind)));
        Button::tap(label, Action::Case { case: case.id.clone() })
    });
    let screen = Screen::words(visit.words.html(title)).grid(buttons, 1);
    Ok(Reply::edit(screen.row([tap(visit, Text::ButtonBackToPanel, Action::Panel)])))
}

/// One case.
pub(super) async fn page(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let Some(file) = visit.telegram.shop.case_file(id).await? else { return closed_already(visit).await };
    let case = &file.case;
    let is_held = file.order.lines.iter().any(|line| line.delivery == Delivery::Held);
    let html = format!(
        "{}\n\n{}\n\n{}\n\n{}",
        visit.words.html(Text::CaseTitle { order: case.order.as_str(), at: Html(&time_tag(case.opened_at)) }),
        told(visit.words, case),
        solve::history(visit.words, &file.history),
        visit.words.html(if is_held && case.kind == CaseKind::Undeliverable { Text::AdviceNotObtained } else { advice(case.kind) })
    );
    let manages = visit.role.is_some_and(|role| may(role, Right::Manage));
    let serve = (manages && (matches!(case.kind, CaseKind::SoldOut | CaseKind::Late) || (case.kind == CaseKind::Undeliverable && is_held)))
        .then(|| tap(visit, Text::ButtonServeHeld, Action::ServeHeld { id: case.order.clone() }));
    let again = (case.kind == CaseKind::Undeliverable && !is_held)
        .then(|| tap(visit, Text::ButtonDeliverAgain, Action::DeliverAgain { id: case.order.clone() }));
    let solve = [
        tap(visit, Text::ButtonCreditBuyer, Action::CreditBuyer { case: case.id.clone() }),
        tap(visit, Text::ButtonRecordRefund, Action::RecordRefund { case: case.id.clone() }),
    ];
    let solve = solve.into_iter().filter(|_| manages);
    let close = manages.then(|| tap(visit, Text::ButtonCloseCase, Action::CloseCase { case: case.id.clone() }));
    Ok(Reply::edit(
        Screen::words(html)
            .row(serve.into_iter().chain(again))
            .row([
                tap(visit, Text::ButtonOrder, Action::SellerOrder { id: case.order.clone() }),
                tap(visit, Text::ButtonRecheck, Action::Recheck { id: case.order.clone() }),
            ])
            .row(solve)
            .row(close)
            .row([tap(visit, Text::ButtonCases, Action::Cases), tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// Asks what was done.
pub(super) async fn start_closing(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let Some(case) = open(visit, id).await? else { return closed_already(visit).await };
    visit.telegram.ask(visit.customer.id, Form::CloseCase { case: id.to_owned() }).await?;
    Ok(ask(visit, &case, None))
}

/// What was done was typed.
pub(super) async fn text(visit: &Visit<'_>, id: &str, words: &str) -> Result<Reply> {
    let reason = match (fields::note(words), open(visit, id).await?) {
        (Ok(reason), _) => reason,
        (Err(wrong), Some(case)) => return Ok(ask(visit, &case, Some(unfit::words(visit.words, wrong)))),
        (Err(_), None) => return closed_already(visit).await,
    };
    let closed = visit.telegram.shop.close_case(id, &reason).await?;
    visit.telegram.end_form(visit.customer.id).await?;
    let said = visit.words.html(if closed { Text::CaseClosed } else { Text::CaseClosedAlready });
    Ok(saying(list(visit).await?, &said))
}

/// What has happened, in words; what is known beside it, as it was written down.
pub(super) fn told(words: Words, case: &Case) -> String {
    format!("⚠️ <b>{}</b>\n<i>{}</i>", words.html(kind_word(case.kind)), escape(&case.detail))
}

/// A case in a few words.
pub(in crate::telegram) fn kind_word(kind: CaseKind) -> Text<'static> {
    match kind {
        CaseKind::Mismatch => Text::CaseMismatch,
        CaseKind::TestMode => Text::CaseTestMode,
        CaseKind::UnknownStatus => Text::CaseUnknownStatus,
        CaseKind::SoldOut => Text::CaseSoldOut,
        CaseKind::Undeliverable => Text::CaseUndeliverable,
        CaseKind::UnclearAmount => Text::CaseUnclearAmount,
        CaseKind::CreditSpent => Text::CaseCreditSpent,
        CaseKind::Short => Text::CaseShort,
        CaseKind::Surplus => Text::CaseSurplus,
        CaseKind::Late => Text::CaseLate,
        CaseKind::NotRemoved => Text::CaseNotRemoved,
    }
}

fn advice(kind: CaseKind) -> Text<'static> {
    match kind {
        CaseKind::Mismatch => Text::AdviceMismatch,
        CaseKind::TestMode => Text::AdviceTestMode,
        CaseKind::UnknownStatus => Text::AdviceUnknownStatus,
        CaseKind::SoldOut => Text::AdviceSoldOut,
        CaseKind::Undeliverable => Text::AdviceUndeliverable,
        CaseKind::UnclearAmount => Text::AdviceUnclearAmount,
        CaseKind::CreditSpent => Text::AdviceCreditSpent,
        CaseKind::Short => Text::AdviceShort,
        CaseKind::Surplus => Text::AdviceSurplus,
        CaseKind::Late => Text::AdviceLate,
        CaseKind::NotRemoved => Text::AdviceNotRemoved,
    }
}

pub(super) async fn open(visit: &Visit<'_>, id: &str) -> Result<Option<Case>> {
    Ok(visit.telegram.shop.store.read().await?.open_case_by_id(id).await?)
}

/// The open cases, and that this one was closed before.
pub(super) async fn closed_already(visit: &Visit<'_>) -> Result<Reply> {
    Ok(list(visit).await?.with_toast(visit.words.plain(Text::CaseClosedAlready)))
}

fn ask(visit: &Visit<'_>, case: &Case, said: Option<String>) -> Reply {
    let asked = if is_about_goods(case) { Text::AskMadeGood } else { Text::AskReason };
    let html = with_notice(said, &visit.words.html(asked));
    Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)]))
}
