//! Solving a case with the buyer's money: credit for them, or a refund that was sent; and the history that tells which is right.

use super::cases::{closed_already, kind_word, list, open};
use super::{saying, tap, unfit, with_notice};
use crate::domain::money::Fiat;
use crate::locale::{Text, Words, escape};
use crate::shop::fields;
use crate::shop::solve::Solved;
use crate::store::{CaseKind, Happened, HistoryEntry};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::card::time_tag;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Reply, Screen};
use crate::telegram::show::visible_chars;

/// Most characters of a history: with a case around it, it fits into one message.
const HISTORY_CHARS_MAX: usize = 2_400;
/// Most characters of a foreign word or a note in a history.
const WORDS_SHOWN_CHARS: usize = 200;

/// Asks how much the buyer is to be credited.
pub(super) async fn start_credit(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    if open(visit, id).await?.is_none() {
        return closed_already(visit).await;
    }
    visit.telegram.ask(visit.customer.id, Form::CreditBuyer { case: id.to_owned(), amount: None, whole: false }).await?;
    ask_amount(visit, id, None).await
}

/// The question that is open, once more.
pub(super) async fn credit_again(visit: &Visit<'_>, id: &str, amount: Option<i64>, is_whole: bool) -> Result<Reply> {
    match (amount, visit.telegram.shop.case_file(id).await?) {
        _ if is_whole => whole(visit, id).await,
        (Some(minor), Some(file)) => Ok(ask_reason(visit, Fiat::new(minor, file.order.total.currency), None)),
        (Some(_), None) => closed_already(visit).await,
        (None, _) => start_credit(visit, id).await,
    }
}

/// All that was paid: asks why.
pub(super) async fn whole(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let Some(file) = visit.telegram.shop.case_file(id).await? else { return closed_already(visit).await };
    let Some(amount) = file.whole else { return ask_amount(visit, id, Some(visit.words.html(Text::CaseNothingPaid))).await };
    visit.telegram.ask(visit.customer.id, Form::CreditBuyer { case: id.to_owned(), amount: None, whole: true }).await?;
    Ok(ask_reason(visit, amount, None))
}

/// An amount, or the reason for one that is known, was typed.
pub(super) async fn credit_text(visit: &Visit<'_>, id: &str, amount: Option<i64>, whole: bool, words: &str) -> Result<Reply> {
    let Some(file) = visit.telegram.shop.case_file(id).await? else {
        visit.telegram.end_form(visit.customer.id).await?;
        return closed_already(visit).await;
    };
    let currency = file.order.total.currency;
    let known = if whole { file.whole } else { amount.map(|minor| Fiat::new(minor, currency)) };
    let Some(known) = known else {
        let amount = match fields::price(words, currency) {
            Ok(amount) => amount,
            Err(wrong) => return ask_amount(visit, id, Some(unfit::words(visit.words, wrong))).await,
        };
        let form = Form::CreditBuyer { case: id.to_owned(), amount: Some(amount.minor), whole: false };
        visit.telegram.ask(visit.customer.id, form).await?;
        return Ok(ask_reason(visit, amount, None));
    };
    let reason = match fields::note(words) {
        Ok(reason) => reason,
        Err(wrong) => return Ok(ask_reason(visit, known, Some(unfit::words(visit.words, wrong)))),
    };
    let solved = visit.telegram.shop.credit_buyer(id, (!whole).then_some(known), &reason).await?;
    ended(visit, solved, Text::CaseCredited).await
}

/// Asks how the money was sent back.
pub(super) async fn start_refund(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    if open(visit, id).await?.is_none() {
        return closed_already(visit).await;
    }
    visit.telegram.ask(visit.customer.id, Form::RecordRefund { case: id.to_owned() }).await?;
    ask_refund(visit, id, None).await
}

/// How the money was sent back was typed.
pub(super) async fn refund_text(visit: &Visit<'_>, id: &str, words: &str) -> Result<Reply> {
    let note = match fields::note(words) {
        Ok(note) => note,
        Err(wrong) => return ask_refund(visit, id, Some(unfit::words(visit.words, wrong))).await,
    };
    let solved = visit.telegram.shop.record_refund(id, &note).await?;
    ended(visit, solved, Text::CaseRefunded).await
}

/// What happened to an order, the oldest first; of a long history the end.
pub(super) fn history(words: Words, entries: &[HistoryEntry]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut chars = 0;
    for entry in entries.iter().rev() {
        let line = format!("{} · {}", time_tag(entry.at), happened(words, &entry.what));
        chars += visible_chars(&line);
        if chars > HISTORY_CHARS_MAX {
            lines.push(words.html(Text::HistoryEarlier));
            break;
        }
        lines.push(line);
    }
    lines.push(words.html(Text::HistoryTitle));
    lines.reverse();
    lines.join("\n")
}

fn happened(words: Words, what: &Happened) -> String {
    match what {
        Happened::Ordered { total } => words.html(Text::HistoryOrdered { total: &total.to_string() }),
        Happened::Offered { coin, due, price } => {
            let amount = due.map_or_else(|| coin.asset().to_owned(), |due| format!("{due} {}", coin.asset()));
            words.html(Text::HistoryOffered { amount: &amount, network: coin.network().name(), price: &price.to_string() })
        }
        Happened::Fact { status, paid, coin } => {
            words.html(Text::HistoryFact { status: &cut(status), amount: &format!("{paid} {}", coin.asset()) })
        }
        Happened::Credit { amount, reason } => words.html(Text::HistoryCredit { amount: &amount.to_string(), reason }),
        Happened::CaseOpened { kind, detail } => {
            let what = CaseKind::parse(kind).map_or_else(|| escape(kind), |kind| words.plain(kind_word(kind)));
            words.html(Text::HistoryCase { what: &what, detail: &cut(detail) })
        }
        Happened::CaseClosed { resolution } => words.html(Text::HistoryClosed { words: &cut(resolution) }),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WORDS_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

async fn ended(visit: &Visit<'_>, solved: Solved, done: Text<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    let said = match solved {
        Solved::Done => done,
        Solved::Closed => Text::CaseClosedAlready,
        Solved::NothingPaid => Text::CaseNothingPaid,
    };
    Ok(saying(list(visit).await?, &visit.words.html(said)))
}

async fn ask_amount(visit: &Visit<'_>, id: &str, said: Option<String>) -> Result<Reply> {
    let Some(file) = visit.telegram.shop.case_file(id).await? else { return closed_already(visit).await };
    let html = with_notice(said, &visit.words.html(Text::AskCreditAmount { currency: file.order.total.currency.code() }));
    let whole = file.whole.map(|whole| {
        let label = Text::ButtonCreditWhole { amount: &whole.to_string() };
        tap(visit, label, Action::CreditWhole { case: id.to_owned() })
    });
    Ok(Reply::edit(Screen::words(html).row(whole).row([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}

fn ask_reason(visit: &Visit<'_>, amount: Fiat, said: Option<String>) -> Reply {
    let html = with_notice(said, &visit.words.html(Text::AskCreditReason { amount: &amount.to_string() }));
    Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)]))
}

async fn ask_refund(visit: &Visit<'_>, id: &str, said: Option<String>) -> Result<Reply> {
    let Some(file) = visit.telegram.shop.case_file(id).await? else { return closed_already(visit).await };
    let question = visit.words.html(Text::AskRefund);
    let question = match file.of_credit {
        Some(credit) => format!("{question}\n\n{}", visit.words.html(Text::AskRefundCredit { amount: &credit.to_string() })),
        None => question,
    };
    Ok(Reply::edit(Screen::words(with_notice(said, &question)).row([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}
