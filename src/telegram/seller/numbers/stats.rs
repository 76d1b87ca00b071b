//! The shop's figures as a picture, with the same figures in words under it.

use super::super::products::clipped;
use super::super::rights::{Right, may};
use super::super::tap;
use super::numbers_tap;
use crate::locale::{Text, Words};
use crate::shop::statistics::{Figures, Part, PartOf, Span};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::chart::{self, BARS_MAX, Bar, Chart, round_top};
use crate::telegram::handle::Visit;
use crate::telegram::numbers_action::{Numbers, View};
use crate::telegram::reply::{Picture, Reply, Screen};

/// Days that are named in the words.
const DAYS_NAMED: usize = 7;
/// Characters of a name under a picture.
const NAME_CHARS_MAX: usize = 40;

/// `/stats`.
pub(super) async fn page(visit: &Visit<'_>, view: View, span: Span) -> Result<Reply> {
    let figures = visit.telegram.shop.figures(span).await?;
    let words = visit.words;
    let chart = chart_of(words, &figures, view, span);
    let picture = tokio::task::spawn_blocking(move || chart::png(&chart)).await.ok().flatten();
    let picture = picture.map(|bytes| Picture::Drawn(bytes.into()));
    if picture.is_none() {
        tracing::error!("a chart could not be drawn");
    }
    let mark = |on: bool, label: Text<'_>| if on { format!("• {}", words.plain(label)) } else { words.plain(label) };
    let views = View::ALL.map(|of| {
        let label = match of {
            View::Days => Text::ButtonViewDays,
            View::Products => Text::ButtonViewProducts,
            View::Coins => Text::ButtonViewCoins,
            View::Cards => Text::ButtonViewCards,
        };
        crate::telegram::reply::Button::tap(mark(of == view, label), Action::Numbers(Numbers::Stats { view: of, span }))
    });
    let spans = Span::ALL
        .map(|of| crate::telegram::reply::Button::tap(mark(of == span, span_word(of)), Action::Numbers(Numbers::Stats { view, span: of })));
    let owns = visit.role.is_some_and(|role| may(role, Right::Own));
    let summary = owns.then(|| numbers_tap(visit, Text::ButtonSummary, Numbers::Summary));
    let screen = Screen::words(caption(words, &figures, view, span)).picture(picture).grid(views, 2).grid(spans, 4);
    Ok(Reply::edit(
        screen
            .row(summary)
            .row([numbers_tap(visit, Text::ButtonExports, Numbers::Exports), tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

fn span_word(span: Span) -> Text<'static> {
    match span {
        Span::Today => Text::SpanToday,
        Span::Week => Text::SpanDays { count: 7 },
        Span::Month => Text::SpanDays { count: 30 },
        Span::Quarter => Text::SpanDays { count: 90 },
    }
}

/// The figures that every picture has under it, and then those that it shows.
fn caption(words: Words, figures: &Figures, view: View, span: Span) -> String {
    let title = words.html(Text::StatsTitle { span: &words.plain(span_word(span)), zone: &figures.time.name() });
    let detail = match view {
        View::Days => days(words, figures),
        View::Products => parts(words, &figures.products),
        View::Coins => parts(words, &figures.coins),
        View::Cards => String::new(),
    };
    [title, totals(words, figures), detail].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Revenue and what belongs to it, one figure a line. The summary of a day has the same lines.
pub(super) fn totals(words: Words, figures: &Figures) -> String {
    let mut lines = vec![words.html(Text::StatsRevenue { amount: &figures.revenue.to_string(), orders: figures.orders })];
    if figures.credit.minor != 0 {
        lines.push(words.html(Text::StatsCredit { amount: &figures.credit.to_string() }));
    }
    if figures.refunds.minor != 0 {
        lines.push(words.html(Text::StatsRefunds { amount: &figures.refunds.to_string() }));
        lines.push(words.html(Text::StatsNet { amount: &figures.net().to_string() }));
    }
    lines.push(match figures.paid_percent() {
        Some(percent) => words.html(Text::StatsCards { cards: figures.cards, paid: figures.cards_paid, percent }),
        None => words.html(Text::StatsNoCards),
    });
    if figures.other_currencies > 0 {
        lines.push(words.html(Text::StatsOtherCurrencies { count: figures.other_currencies }));
    }
    lines.join("\n")
}

/// The last days on which something happened.
fn days(words: Words, figures: &Figures) -> String {
    let busy = figures.days.iter().rev().filter(|day| day.orders > 0 || day.refunds.minor != 0);
    let lines = busy.take(DAYS_NAMED).map(|day| {
        let (date, net) = (figures.time.short_date(day.day), day.net().to_string());
        words.html(Text::StatsDay { date: &date, amount: &net, orders: day.orders })
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn parts(words: Words, parts: &[Part]) -> String {
    let line = |part: &Part| {
        let (name, amount) = (clipped(&name(words, &part.of), NAME_CHARS_MAX), part.amount.to_string());
        match part.count {
            Some(count) => words.html(Text::StatsPart { name: &name, count, amount: &amount }),
            None => words.html(Text::StatsPartAlone { name: &name, amount: &amount }),
        }
    };
    folded(words, parts).iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The largest parts, and all others as one.
fn folded(words: Words, parts: &[Part]) -> Vec<Part> {
    if parts.len() <= BARS_MAX {
        return parts.to_vec();
    }
    let (shown, rest) = parts.split_at(BARS_MAX - 1);
    let mut folded = shown.to_vec();
    if let Some(first) = rest.first() {
        let minor = rest.iter().map(|part| part.amount.minor).sum();
        let name = words.plain(Text::StatsRest { count: i64::try_from(rest.len()).unwrap_or(i64::MAX) });
        folded.push(Part { of: PartOf::Product(name), count: None, amount: crate::domain::money::Fiat::new(minor, first.amount.currency) });
    }
    folded
}

fn name(words: Words, of: &PartOf) -> String {
    match of {
        PartOf::Product(name) => name.clone(),
        PartOf::Coin(coin) => format!("{} · {}", coin.asset(), coin.network().name()),
        PartOf::Credit => words.plain(Text::StatsByCredit),
        PartOf::Other => words.plain(Text::StatsOther),
    }
}

fn chart_of(words: Words, figures: &Figures, view: View, span: Span) -> Chart {
    let part = |part: &Part| Bar { label: name(words, &part.of), size: part.amount.minor, shown: part.amount.to_string() };
    let (what, bars) = match view {
        View::Days => (Text::ButtonViewDays, figures.days.iter().map(|day| day_bar(figures, day)).collect()),
        View::Products => (Text::ButtonViewProducts, folded(words, &figures.products).iter().map(part).collect()),
        View::Coins => (Text::ButtonViewCoins, folded(words, &figures.coins).iter().map(part).collect()),
        View::Cards => (Text::ButtonViewCards, card_bars(words, figures)),
    };
    let bars: Vec<Bar> = bars;
    let most = bars.iter().map(|bar| bar.size).max().unwrap_or(0);
    let top = round_top(most.max(1));
    let headline = match (view, figures.paid_percent()) {
        (View::Cards, Some(percent)) => format!("{percent} %"),
        (View::Cards, None) => "–".to_owned(),
        (View::Days, _) => figures.net().to_string(),
        (View::Products | View::Coins, _) => figures.revenue.to_string(),
    };
    let nothing = if view == View::Cards { Text::StatsNoCards } else { Text::StatsNothing };
    Chart {
        title: format!("{} · {}", words.plain(what), words.plain(span_word(span))),
        headline,
        note: words.plain(Text::StatsOrders { count: figures.orders }),
        bars,
        in_time: view == View::Days,
        nothing: words.plain(nothing),
        top: Some((top, crate::domain::money::Fiat::new(top, figures.revenue.currency).to_string())),
    }
}

fn day_bar(figures: &Figures, day: &crate::shop::statistics::Day) -> Bar {
    let net = day.net();
    Bar { label: figures.time.short_date(day.day), size: net.minor, shown: net.number() }
}

fn card_bars(words: Words, figures: &Figures) -> Vec<Bar> {
    let bar = |label: Text<'_>, count: i64| Bar { label: words.plain(label), size: count, shown: count.to_string() };
    vec![bar(Text::StatsCardsShown, figures.cards), bar(Text::StatsCardsPaid, figures.cards_paid)]
}
