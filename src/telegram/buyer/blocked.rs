//! Somebody whom the staff has blocked: one clear sentence for whatever they send, and the way to what is theirs.

use crate::locale::Text;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::input::InputKind;
use crate::telegram::question;
use crate::telegram::reply::{Button, Reply, Screen};

/// The sentence; none for what a blocked person may do: look at orders, and have their goods again.
pub(in crate::telegram) async fn instead(visit: &Visit<'_>, kind: &InputKind) -> Result<Option<Reply>> {
    if !visit.customer.blocked || visit.role.is_some() || is_theirs(kind) {
        return Ok(None);
    }
    let support = visit.telegram.shop.store.read().await?.shop().await?.support;
    let html = match support.as_deref() {
        Some(contact) => visit.words.html(Text::BlockedWrite { contact }),
        None => visit.words.html(Text::Blocked),
    };
    let orders = Button::tap(visit.words.plain(Text::ButtonOrders), Action::Orders { page: 0 });
    Ok(Some(Reply::send(Screen::words(html).row([orders]))))
}

fn is_theirs(kind: &InputKind) -> bool {
    match kind {
        InputKind::Command { name, .. } => name == "orders",
        InputKind::Tap(tap) => {
            let action = question::tapped(&tap.data).map(|tapped| tapped.action);
            matches!(action, Ok(Action::Orders { .. } | Action::Order { .. } | Action::Resend { .. } | Action::Card { .. }))
        }
        // Whether a link lets somebody in was decided when it was given.
        InputKind::Blocked | InputKind::Unblocked | InputKind::Knock { .. } => true,
        InputKind::Text(_) | InputKind::Picture(_) | InputKind::Document(_) | InputKind::Shared(_) | InputKind::Other => false,
    }
}
