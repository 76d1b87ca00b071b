//! Files for the seller: what can be had, and asking for one.

use super::super::rights::{Right, may};
use super::super::tap;
use crate::locale::Text;
use crate::shop::export::{Asking, Format, What, may_have};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::exports::what_word;
use crate::telegram::handle::Visit;
use crate::telegram::numbers_action::Numbers;
use crate::telegram::reply::{Button, Reply, Screen};

/// What can be had.
pub(super) fn page(visit: &Visit<'_>) -> Reply {
    let owns = visit.role.is_some_and(|role| may(role, Right::Own));
    let mut screen = Screen::words(visit.words.html(Text::ExportsTitle));
    for what in What::ALL.into_iter().filter(|what| owns || !what.is_for_owners()) {
        let word = visit.words.plain(what_word(what));
        screen = screen.row(Format::ALL.map(|format| {
            let label = format!("{word} · {}", format.code().to_uppercase());
            Button::tap(label, Action::Numbers(Numbers::Export { what, format }))
        }));
    }
    Reply::edit(screen.row([tap(visit, Text::ButtonBackToPanel, Action::Panel)]))
}

/// Asks for a file.
pub(super) async fn start(visit: &Visit<'_>, what: What, format: Format) -> Result<Reply> {
    if !visit.role.is_some_and(|role| may_have(what, role)) {
        return Ok(Reply::alert(visit.words.plain(Text::NotAllowed)));
    }
    let said = match visit.telegram.shop.ask_for_export(visit.customer.id, what, format).await? {
        Asking::Begun => Text::ExportBegun,
        Asking::TooMany => Text::ExportTooMany,
    };
    Ok(Reply::toast(visit.words.plain(said)))
}
