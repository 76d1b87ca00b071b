//! The coins that buyers can pay with: which, and in which order they are offered.

use super::tap;
use crate::domain::coin::Coin;
use crate::locale::Text;
use crate::shop::settings::CoinSet;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::buyer::product::coin_label;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// Coins on one page, but for those of an asset that would be torn apart.
const COINS_PER_PAGE: usize = 10;

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
    Ok(Reply::edit(
        Screen::words(html)
            .grid(buttons, 2)
            .row(previous.into_iter().chain(next))
            .row([tap(visit, Text::ButtonCoinOrder, Action::CoinOrder), tap(visit, Text::ButtonBackToSettings, Action::Settings)]),
    ))
}

/// Switches a coin on or off.
pub(super) async fn set_coin(visit: &Visit<'_>, coin: Coin, on: bool, page: u32) -> Result<Reply> {
    match visit.telegram.shop.set_coin(coin, on).await? {
        CoinSet::Done => coins(visit, page).await,
        CoinSet::LastOne => Ok(Reply::alert(visit.words.plain(Text::CoinLast))),
    }
}

/// The coins that are on, in the order in which they are offered.
pub(super) async fn order(visit: &Visit<'_>) -> Result<Reply> {
    let on = visit.telegram.shop.store.read().await?.shop().await?.coins;
    let buttons = on.iter().zip(1..).map(|(coin, place)| {
        let label = format!("{place}. {}", coin_label(*coin));
        Button::tap(label, Action::CoinFirst { coin: *coin })
    });
    let screen = Screen::words(visit.words.html(Text::CoinOrder)).grid(buttons, 2);
    Ok(Reply::edit(screen.row([tap(visit, Text::ButtonCoins, Action::Coins { page: 0 })])))
}

/// Offers a coin before all others.
pub(super) async fn first(visit: &Visit<'_>, coin: Coin) -> Result<Reply> {
    visit.telegram.shop.put_coin_first(coin).await?;
    order(visit).await
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
