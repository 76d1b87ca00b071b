//! What the staff did, for owners: who, what and when, the newest first.

use std::collections::BTreeMap;

use super::tap;
use crate::domain::deed::DeedKind;
use crate::locale::{Text, Words, escape};
use crate::store::{AuditEntry, AuditOf, NOBODY};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::card::time_tag;
use crate::telegram::handle::Visit;
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::{Button, Reply, Screen};

/// Characters of the words of a row that a page shows.
const WORDS_SHOWN_CHARS: usize = 220;

/// A page of it.
pub(super) async fn list(visit: &Visit<'_>, of: AuditOf, page: u32) -> Result<Reply> {
    let (entries, names, more) = visit.telegram.shop.audit_page(&of, page).await?;
    let words = visit.words;
    let title = match (&of, entries.is_empty()) {
        (_, true) => words.html(Text::DoneNothing),
        (AuditOf::All, false) => words.html(Text::DoneTitle),
        (AuditOf::Order(id), false) => words.html(Text::DoneToOrder { order: id.as_str() }),
        (AuditOf::Customer(id), false) => {
            let name = names.get(&id.0).cloned().unwrap_or_else(|| id.to_string());
            words.html(Text::DoneToCustomer { name: &name })
        }
    };
    let lines: Vec<String> = [title].into_iter().chain(entries.iter().map(|entry| line(words, entry, &names, &of))).collect();
    let turn = |label, page| tap(visit, label, action(&of, page));
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let back = match &of {
        AuditOf::All => tap(visit, Text::ButtonStaff, Action::People(PeopleAction::Staff)),
        AuditOf::Order(id) => tap(visit, Text::ButtonOrder, Action::SellerOrder { id: id.clone() }),
        AuditOf::Customer(id) => tap(visit, Text::ButtonCustomer, Action::People(PeopleAction::Customer { id: *id })),
    };
    let screen = Screen::words(lines.join("\n\n")).row(previous.into_iter().chain(next));
    Ok(Reply::edit(screen.row([back, tap(visit, Text::ButtonBackToPanel, Action::Panel)])))
}

/// The button that opens it.
pub(super) fn button(visit: &Visit<'_>, of: &AuditOf) -> Button {
    tap(visit, Text::ButtonDoneList, action(of, 0))
}

fn action(of: &AuditOf, page: u32) -> Action {
    Action::People(match of {
        AuditOf::All => PeopleAction::Done { page },
        AuditOf::Order(id) => PeopleAction::DoneToOrder { id: id.clone(), page },
        AuditOf::Customer(id) => PeopleAction::DoneToCustomer { id: *id, page },
    })
}

fn line(words: Words, entry: &AuditEntry, names: &BTreeMap<i64, String>, of: &AuditOf) -> String {
    let name = |id: i64| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let who = if entry.who == NOBODY { words.plain(Text::DoneByProgram) } else { name(entry.who.0) };
    let mut about = Vec::new();
    if let Some(order) = entry.order.as_ref().filter(|_| !matches!(of, AuditOf::Order(_))) {
        about.push(format!("#{order}"));
    }
    if let Some(customer) = entry.customer.filter(|_| !matches!(of, AuditOf::Customer(_))) {
        about.push(escape(&name(customer.0)));
    }
    let shown: String = entry.words.chars().take(WORDS_SHOWN_CHARS).collect();
    if !shown.is_empty() {
        about.push(escape(&shown));
    }
    let about = if about.is_empty() { String::new() } else { format!("\n{}", about.join(" · ")) };
    format!("{} · <b>{}</b> · {}{about}", time_tag(entry.at), escape(&who), words.html(deed_word(entry.kind)))
}

fn deed_word(kind: DeedKind) -> Text<'static> {
    match kind {
        DeedKind::ProductMade => Text::DeedProductMade,
        DeedKind::ProductChanged => Text::DeedProductChanged,
        DeedKind::ProductDropped => Text::DeedProductDropped,
        DeedKind::StockAdded => Text::DeedStockAdded,
        DeedKind::StockTakenOut => Text::DeedStockTakenOut,
        DeedKind::SettingChanged => Text::DeedSettingChanged,
        DeedKind::CaseClosed => Text::DeedCaseClosed,
        DeedKind::CaseCredited => Text::DeedCaseCredited,
        DeedKind::RefundRecorded => Text::DeedRefundRecorded,
        DeedKind::HeldServed => Text::DeedHeldServed,
        DeedKind::HandedOver => Text::DeedHandedOver,
        DeedKind::SentAgain => Text::DeedSentAgain,
        DeedKind::Extended => Text::DeedExtended,
        DeedKind::CreditGiven => Text::DeedCreditGiven,
        DeedKind::CreditTaken => Text::DeedCreditTaken,
        DeedKind::NoteChanged => Text::DeedNoteChanged,
        DeedKind::WrittenTo => Text::DeedWrittenTo,
        DeedKind::Blocked => Text::DeedBlocked,
        DeedKind::Unblocked => Text::DeedUnblocked,
        DeedKind::StaffInvited => Text::DeedStaffInvited,
        DeedKind::InvitationsEnded => Text::DeedInvitationsEnded,
        DeedKind::StaffJoined => Text::DeedStaffJoined,
        DeedKind::RoleChanged => Text::DeedRoleChanged,
        DeedKind::StaffRemoved => Text::DeedStaffRemoved,
        DeedKind::GroupChanged => Text::DeedGroupChanged,
        DeedKind::Answered => Text::DeedAnswered,
        DeedKind::CatalogImported => Text::DeedCatalogImported,
        DeedKind::OrderCancelled => Text::DeedOrderCancelled,
        DeedKind::BroadcastWritten => Text::DeedBroadcastWritten,
        DeedKind::BroadcastSent => Text::DeedBroadcastSent,
        DeedKind::BroadcastSteered => Text::DeedBroadcastSteered,
        DeedKind::FileTaken => Text::DeedFileTaken,
        DeedKind::CategoryChanged => Text::DeedCategoryChanged,
        DeedKind::Other => Text::DeedOther,
    }
}
