//! Broadcasts that there are, and one that is on its way.

use super::super::products::clipped;
use super::super::tap;
use super::{draft, numbers_tap};
use crate::locale::{Text, Words};
use crate::store::{Broadcast, BroadcastState};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::numbers_action::Numbers;
use crate::telegram::reply::{Button, Reply, Screen};

/// The newest ones.
pub(super) async fn list(visit: &Visit<'_>) -> Result<Reply> {
    let all = visit.telegram.shop.broadcasts().await?;
    let buttons = all.iter().map(|broadcast| {
        let icon = match broadcast.state {
            BroadcastState::Draft => "📝",
            BroadcastState::Running => "📣",
            BroadcastState::Paused => "⏸",
            BroadcastState::Done => "✅",
            BroadcastState::Cancelled => "✖️",
        };
        let first = broadcast.text.lines().next().unwrap_or_default();
        Button::tap(format!("{icon} {}", clipped(first, 30)), Action::Numbers(Numbers::Broadcast { id: broadcast.id.clone() }))
    });
    let screen =
        Screen::words(visit.words.html(Text::BroadcastsTitle)).row([numbers_tap(visit, Text::ButtonNewBroadcast, Numbers::NewBroadcast)]);
    Ok(Reply::edit(screen.grid(buttons, 1).row([tap(visit, Text::ButtonBackToPanel, Action::Panel)])))
}

/// One of them: a draft to work on, or how far it is.
pub(super) async fn page(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    match visit.telegram.shop.broadcast(id).await? {
        None => list(visit).await,
        Some(broadcast) if broadcast.state == BroadcastState::Draft => draft::page(visit, &broadcast, None).await,
        Some(broadcast) => {
            let screen = progress_screen(visit.words, &broadcast);
            let again = numbers_tap(visit, Text::ButtonRefresh, Numbers::Broadcast { id: broadcast.id.clone() });
            Ok(Reply::edit(screen.row([again, numbers_tap(visit, Text::ButtonBroadcasts, Numbers::Broadcasts)])))
        }
    }
}

/// Sends a draft. How far it is, is shown in a message of its own.
pub(super) async fn send(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let begun = visit.telegram.shop.send_broadcast(id).await?;
    let said = if begun { Text::BroadcastBegun } else { Text::BroadcastNoDraft };
    Ok(list(visit).await?.with_toast(visit.words.plain(said)))
}

/// Halts one, lets it go on, or ends it.
pub(super) async fn steer(visit: &Visit<'_>, id: &str, to: BroadcastState) -> Result<Reply> {
    visit.telegram.shop.steer_broadcast(id, to).await?;
    match visit.telegram.shop.broadcast(id).await? {
        Some(broadcast) if broadcast.state != BroadcastState::Draft => Ok(Reply::edit(progress_screen(visit.words, &broadcast))),
        _ => list(visit).await,
    }
}

/// How far one is, with what can be done about it.
pub(in crate::telegram) fn progress_screen(words: Words, broadcast: &Broadcast) -> Screen {
    let state = match broadcast.state {
        BroadcastState::Draft | BroadcastState::Running => Text::BroadcastRunning,
        BroadcastState::Paused => Text::BroadcastPaused,
        BroadcastState::Done => Text::BroadcastDone,
        BroadcastState::Cancelled => Text::BroadcastCancelled,
    };
    let mut lines = vec![words.html(state), words.html(Text::BroadcastSent { sent: broadcast.sent, total: broadcast.total })];
    if broadcast.gone > 0 {
        lines.push(words.html(Text::BroadcastGone { count: broadcast.gone }));
    }
    if broadcast.failed > 0 {
        lines.push(words.html(Text::BroadcastRefused { count: broadcast.failed }));
    }
    let steer = |label, to| {
        let numbers = Numbers::Steer { id: broadcast.id.clone(), to };
        Button::tap(words.plain(label), Action::Numbers(numbers))
    };
    let first = match broadcast.state {
        BroadcastState::Running => Some(steer(Text::ButtonPause, BroadcastState::Paused)),
        BroadcastState::Paused => Some(steer(Text::ButtonResume, BroadcastState::Running)),
        _ => None,
    };
    let stop = first.is_some().then(|| steer(Text::ButtonStop, BroadcastState::Cancelled));
    Screen::words(lines.join("\n")).row(first.into_iter().chain(stop))
}
