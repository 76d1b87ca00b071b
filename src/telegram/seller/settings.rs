//! The shop as a whole, for its owner: its name, where buyers find a person, and the coins.

use super::{saying, tap, unfit, with_notice};
use crate::domain::coin::Coin;
use crate::locale::Text;
use crate::shop::fields;
use crate::shop::settings::CoinSet;
use crate::telegram::Result;
use crate::telegram::action::{Action, ShopField};
use crate::telegram::buyer::product::coin_label;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// Coins on one page, but for those of an asset that would be torn apart.
const COINS_PER_PAGE: usize = 10;

/// The settings.
pub(super) async fn page(visit: &Visit<'_>) -> Result<Reply> {
    let shop = visit.telegram.shop.store.read().await?.shop().await?;
    let nobody = visit.words.plain(Text::SettingsNoSupport);
    let support = shop.support.as_deref().unwrap_or(&nobody);
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let html = visit.words.html(Text::Settings {
        name: shop.name.get(&visit.customer.language),
        support,
        currency: shop.currency.code(),
        coins: count(shop.coins.len()),
        all: count(Coin::ALL.len()),
    });
    Ok(Reply::edit(
        Screen::words(html)
            .row([
                tap(visit, Text::ButtonShopName, Action::EditShop { field: ShopField::Name }),
                tap(visit, Text::ButtonShopSupport, Action::EditShop { field: ShopField::Support }),
            ])
            .row([tap(visit, Text::ButtonCoins, Action::Coins { page: 0 })])
            .row([tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// Asks for a new value.
pub(super) async fn start(visit: &Visit<'_>, field: ShopField) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Shop { field }).await?;
    Ok(ask(visit, field, None))
}

/// A typed value.
pub(super) async fn text(visit: &Visit<'_>, field: ShopField, words: &str) -> Result<Reply> {
    let done = match field {
        ShopField::Name => match fields::name(words) {
            Ok(name) => Ok(visit.telegram.shop.rename(&visit.customer.language, &name).await?),
            Err(wrong) => Err(wrong),
        },
        ShopField::Support => match fields::contact(words) {
            Ok(contact) => Ok(visit.telegram.shop.set_support(Some(contact)).await?),
            Err(wrong) => Err(wrong),
        },
    };
    match done {
        Ok(()) => kept(visit).await,
        Err(wrong) => Ok(ask(visit, field, Some(unfit::words(visit.words, wrong)))),
    }
}

/// Takes a value away, when a shop can do without it.
pub(super) async fn skip(visit: &Visit<'_>, field: ShopField) -> Result<Reply> {
    match field {
        ShopField::Name => Ok(ask(visit, field, None)),
        ShopField::Support => {
            visit.telegram.shop.set_support(None).await?;
            kept(visit).await
        }
    }
}

/// A page of the coins, each on or off.
pub(super) async fn coins(visit: &Visit<'_>, page: u32) -> Result<Reply> {
    let on = visit.telegram.shop.store.read().await?.shop().await?.coins;
    let pages = coin_pages();
    let page = usize::try_from(page).unwrap_or(0).min(pages.len().saturating_sub(1));
    let number = |page: usize| u32::try_from(page).unwrap_or(0);
    let buttons = pages.get(page).into_iter().flatten().map(|coin| {
        let is_on = on.contains(coin);
        let label = format!("{} {}", if is_on { "✅" } else { "⬜️" }, coin_label(*coin));
        Button::tap(label, Action::SetCoin { coin: *coin, on: !is_on, page: number(page) })
    });
    let turn = |label, page| tap(visit, label, Action::Coins { page: number(page) });
    let previous = page.checked_sub(1).map(|page| turn(Text::ButtonPrevious, page));
    let next = (page + 1 < pages.len()).then(|| turn(Text::ButtonNext, page + 1));
    let html = visit.words.html(Text::Coins { page: i64::from(number(page)) + 1, pages: i64::from(number(pages.len())) });
    Ok(Reply::edit(Screen::words(html).grid(buttons, 2).row(previous.into_iter().chain(next)).row([tap(
        visit,
        Text::ButtonBackToSettings,
        Action::Settings,
    )])))
}

/// Switches a coin on or off.
pub(super) async fn set_coin(visit: &Visit<'_>, coin: Coin, on: bool, page: u32) -> Result<Reply> {
    match visit.telegram.shop.set_coin(coin, on).await? {
        CoinSet::Done => coins(visit, page).await,
        CoinSet::LastOne => Ok(Reply::alert(visit.words.plain(Text::CoinLast))),
    }
}

/// All coins, those of one asset on one page.
fn coin_pages() -> Vec<Vec<Coin>> {
    let mut assets: Vec<Vec<Coin>> = Vec::new();
    for coin in Coin::ALL {
        match assets.iter_mut().find(|of_asset| of_asset.iter().any(|other| other.asset() == coin.asset())) {
            Some(of_asset) => of_asset.push(coin),
            None => assets.push(vec![coin]),
        }
    }
    let mut pages: Vec<Vec<Coin>> = Vec::new();
    for of_asset in assets {
        match pages.last_mut() {
            Some(last) if last.len() + of_asset.len() <= COINS_PER_PAGE => last.extend(of_asset),
            _ => pages.push(of_asset),
        }
    }
    pages
}

async fn kept(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    Ok(saying(page(visit).await?, &visit.words.html(Text::ChangeKept)))
}

fn ask(visit: &Visit<'_>, field: ShopField, said: Option<String>) -> Reply {
    let (text, remove) = match field {
        ShopField::Name => (Text::AskShopName, None),
        ShopField::Support => (Text::AskShopSupport, Some(tap(visit, Text::ButtonRemove, Action::FormSkip))),
    };
    let html = with_notice(said, &visit.words.html(text));
    Reply::edit(Screen::words(html).row(remove.into_iter().chain([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coin_is_on_one_page_with_its_asset() {
        let pages = coin_pages();
        assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), Coin::ALL.len());
        for asset in Coin::ALL.map(Coin::asset) {
            assert_eq!(pages.iter().filter(|page| page.iter().any(|coin| coin.asset() == asset)).count(), 1, "{asset}");
        }
        assert!(pages.iter().all(|page| page.len() <= COINS_PER_PAGE && !page.is_empty()));
    }
}
