//! What the owner decides about money that does not fit, about offers, stock and the currency.

use super::{saying, tap};
use crate::domain::money::Currency;
use crate::domain::policy::{Late, Rule, Unspent};
use crate::locale::{Text, Words};
use crate::shop::settings::CurrencySet;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// The decisions, each with a button that goes on to its next value.
pub(super) async fn page(visit: &Visit<'_>) -> Result<Reply> {
    let policy = visit.telegram.shop.store.read().await?.policy().await?;
    let buttons = policy.rules().map(|rule| Button::tap(label(visit.words, rule), Action::SetPolicy { rule: rule.next() }));
    let screen = Screen::words(visit.words.html(Text::Policy)).grid(buttons, 1);
    Ok(Reply::edit(screen.row([tap(visit, Text::ButtonBackToSettings, Action::Settings)])))
}

/// Decides.
pub(super) async fn set(visit: &Visit<'_>, rule: Rule) -> Result<Reply> {
    visit.telegram.shop.decide(rule).await?;
    page(visit).await
}

/// The currencies that prices can be in.
pub(super) async fn currencies(visit: &Visit<'_>) -> Result<Reply> {
    let now = visit.telegram.shop.store.read().await?.shop().await?.currency;
    let mut all = Currency::ALL;
    // Those that most shops take come first, the others as in a dictionary.
    all.sort_by_key(|currency| (!matches!(currency, Currency::Usd | Currency::Eur | Currency::Gbp), currency.code()));
    let buttons = all.map(|currency| {
        let mark = if currency == now { "✓ " } else { "" };
        Button::tap(format!("{mark}{}", currency.code()), Action::SetCurrency { currency })
    });
    let html = visit.words.html(Text::AskCurrency { currency: now.code() });
    Ok(Reply::edit(Screen::words(html).grid(buttons, 5).row([tap(visit, Text::ButtonBackToSettings, Action::Settings)])))
}

/// Chooses the currency of prices.
pub(super) async fn set_currency(visit: &Visit<'_>, currency: Currency) -> Result<Reply> {
    match visit.telegram.shop.set_currency(currency).await? {
        CurrencySet::Done => Ok(saying(super::settings::page(visit).await?, &visit.words.html(Text::ChangeKept))),
        CurrencySet::InUse => Ok(Reply::alert(visit.words.plain(Text::CurrencyInUse))),
    }
}

fn label(words: Words, rule: Rule) -> String {
    let unspent = |what| match what {
        Unspent::Credit => words.plain(Text::PolicyCredit),
        Unspent::Ask => words.plain(Text::PolicyAsk),
    };
    match rule {
        Rule::Short(what) => words.plain(Text::ButtonPolicyShort { what: &unspent(what) }),
        Rule::Surplus(what) => words.plain(Text::ButtonPolicySurplus { what: &unspent(what) }),
        Rule::SurplusPercent(percent) => words.plain(Text::ButtonPolicyChange { percent: i64::from(percent) }),
        Rule::Late(Late::Serve) => words.plain(Text::ButtonPolicyLate { what: &words.plain(Text::PolicyServe) }),
        Rule::Late(Late::Credit) => words.plain(Text::ButtonPolicyLate { what: &unspent(Unspent::Credit) }),
        Rule::Late(Late::Ask) => words.plain(Text::ButtonPolicyLate { what: &unspent(Unspent::Ask) }),
        Rule::OfferMinutes(minutes) => words.plain(Text::ButtonPolicyMinutes { minutes: i64::from(minutes) }),
        Rule::LowStock(level) => words.plain(Text::ButtonPolicyLow { count: i64::from(level) }),
    }
}
