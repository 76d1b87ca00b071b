//! The summary of a day, when it comes, and by which clock.

use super::super::tap;
use super::numbers_tap;
use super::stats::totals;
use crate::domain::zone::Zone;
use crate::locale::{Text, Words};
use crate::shop::daily::Summary;
use crate::store::Listed;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::numbers_action::{Numbers, View};
use crate::telegram::reply::{Button, Reply, Screen};
use crate::telegram::setting_action::SettingAction;

/// Hours in a row of buttons.
const HOURS_IN_A_ROW: usize = 6;

/// When the summary comes.
pub(super) async fn page(visit: &Visit<'_>) -> Result<Reply> {
    let (hour, time) = (visit.telegram.shop.summary_hour().await?, visit.telegram.shop.time().await?);
    let (zone, clock) = (time.name(), time.clock(visit.telegram.shop.now()));
    let state = match hour {
        Some(hour) => visit.words.html(Text::SummaryAt { hour: &format!("{hour:02}:00") }),
        None => visit.words.html(Text::SummaryOff),
    };
    let html = format!("{state}\n\n{}", visit.words.html(Text::ShopTimeIs { zone: &zone, clock: &clock }));
    let hours = (0..24_i64).map(|of| {
        let label = if hour == Some(of) { format!("• {of:02}") } else { format!("{of:02}") };
        Button::tap(label, Action::Numbers(Numbers::SummaryHour { hour: Some(of) }))
    });
    let off = hour.map(|_| numbers_tap(visit, Text::ButtonSummaryOff, Numbers::SummaryHour { hour: None }));
    let stats = Numbers::Stats { view: View::Days, span: crate::shop::statistics::Span::Week };
    Ok(Reply::edit(
        Screen::words(html)
            .grid(hours, HOURS_IN_A_ROW)
            .row(off)
            .row([tap(visit, Text::ButtonZone, Action::Setting(SettingAction::Zones { page: 0 }))])
            .row([numbers_tap(visit, Text::ButtonStats, stats), tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// Has the summary come at another hour, or never.
pub(super) async fn set_hour(visit: &Visit<'_>, hour: Option<i64>) -> Result<Reply> {
    visit.telegram.shop.set_summary_hour(hour).await?;
    page(visit).await
}

/// Has the shop live by a fixed distance to UTC: a button of an earlier release.
pub(super) async fn set_time(visit: &Visit<'_>, offset_minutes: i64) -> Result<Reply> {
    if let Some(zone) = Zone::fixed(offset_minutes) {
        visit.telegram.shop.set_zone(zone).await?;
    }
    page(visit).await
}

/// What an owner reads of a day.
pub(in crate::telegram) fn summary_words(words: Words, language: &str, summary: &Summary) -> String {
    let date = summary.figures.days.first().map_or_else(String::new, |day| summary.figures.time.short_date(day.day));
    let mut lines = vec![words.html(Text::SummaryTitle { date: &date }), totals(words, &summary.figures)];
    lines.push(words.html(Text::PanelToHandOver { count: summary.to_hand_over }));
    lines.push(words.html(Text::PanelCases { count: summary.open_cases }));
    lines.extend(summary.low_stock.iter().map(|listed| stock_left(words, language, listed)));
    lines.join("\n")
}

/// How little is left of a product.
pub(in crate::telegram) fn stock_left(words: Words, language: &str, listed: &Listed) -> String {
    words.html(Text::PanelLow { name: listed.name.get(language), count: listed.stock.unwrap_or(0) })
}
