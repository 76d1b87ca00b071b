//! From "Buy" to an address: what must be asked, which coin, and then the card takes over.

use crate::domain::coin::Coin;
use crate::domain::money::Fiat;
use crate::domain::option::OptionId;
use crate::domain::order::{Order, OrderId, OrderState};
use crate::domain::product::ProductId;
use crate::locale::{Text, escape};
use crate::shop::checkout::{Placed, Started};
use crate::shop::credit::{PaidWithCredit, Spendable};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Own, Picture, Reply, Screen};

use super::product::coin_label;
use super::questions::{next, open_question};
use super::{front, orders, product};

/// "Buy": puts the order together and asks what is next. `coin`: the buyer chose it already.
pub(in crate::telegram) async fn buy(visit: &Visit<'_>, id: &ProductId, quantity: u32, coin: Option<Coin>) -> Result<Reply> {
    buy_of(visit, id, None, quantity, coin).await
}

/// "Buy", of one option of a product.
pub(in crate::telegram) async fn buy_of(
    visit: &Visit<'_>,
    id: &ProductId,
    option: Option<&OptionId>,
    quantity: u32,
    coin: Option<Coin>,
) -> Result<Reply> {
    if let (Some(_), Some(touched)) = (coin, visit.touched) {
        // Tapped twice, or answered again after a crash: the message is the card of that order already.
        if let Some(order) = visit.telegram.shop.open_order_on(visit.customer.id, touched.id).await? {
            visit.telegram.shop.refresh_card(&order).await?;
            return Ok(Reply::toast(visit.words.plain(Text::ToastAsking)));
        }
    }
    let started = visit.telegram.shop.start_order_of(&visit.customer, id, option, quantity).await?;
    if !matches!(started, Started::HaveIt) {
        visit.telegram.leave_form(visit.customer.id).await?;
    }
    match started {
        Started::Draft(order) => next(visit, &order, coin, true).await,
        Started::NotForSale => Ok(front::front(visit).await?.with_toast(visit.words.plain(Text::ProductGone))),
        Started::NoChoice => Ok(product::product(visit, id, quantity).await?),
        Started::HaveIt => Ok(Reply::alert(visit.words.plain(Text::ToastHaveIt))),
        Started::Limits { least, most } => {
            let toast = visit.words.plain(Text::OneOrderTakes { least: i64::from(least), most: i64::from(most) });
            Ok(product::product_of(visit, id, option, quantity.clamp(least, most)).await?.with_toast(toast))
        }
        Started::SoldOut { left } => {
            let toast = visit.words.plain(Text::OnlyLeft { count: i64::from(left) });
            Ok(product::product_of(visit, id, option, left.max(1)).await?.with_toast(toast))
        }
    }
}

pub(super) async fn gone(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.leave_form(visit.customer.id).await?;
    Ok(front::front(visit).await?.with_toast(visit.words.plain(Text::OrderGone)))
}

/// The coins, by asset: "other coin", and the first choice as well.
pub(in crate::telegram) async fn pick_asset(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    match visit.telegram.shop.order_of(visit.customer.id, id).await? {
        Some(order) if !order.charge.is_paid() => Ok(Reply::edit(asset_screen(visit, &order).await?)),
        Some(order) => orders::order(visit, &order.id).await,
        None => gone(visit).await,
    }
}

/// The networks of one asset.
pub(in crate::telegram) async fn pick_network(visit: &Visit<'_>, id: &OrderId, asset: &str) -> Result<Reply> {
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, id).await? else { return gone(visit).await };
    let coins = visit.telegram.shop.coins(&visit.customer).await?;
    let coins = coins.into_iter().filter(|coin| coin.asset() == asset);
    let buttons = coins.map(|coin| {
        let fee = match coin.network().fee_hint() {
            crate::domain::coin::FeeHint::Low => Text::FeeLow,
            crate::domain::coin::FeeHint::Medium => Text::FeeMedium,
            crate::domain::coin::FeeHint::High => Text::FeeHigh,
        };
        let label = format!("{} · {}", coin.network().name(), visit.words.plain(fee));
        Button::tap(label, Action::PickCoin { order: order.id.clone(), coin })
    });
    let screen = Screen::words(format!("{}\n\n{}", summary(visit, &order), visit.words.html(Text::PickNetwork { asset })))
        .picture(order_picture(visit, &order).await?)
        .grid(buttons, 1)
        .row([Button::tap(visit.words.plain(Text::ButtonBack), Action::PickAsset { order: order.id.clone() })]);
    Ok(Reply::edit(screen))
}

/// The choice of coin: from here on the card tells how it goes on.
pub(in crate::telegram) async fn pick_coin(visit: &Visit<'_>, id: &OrderId, coin: Coin) -> Result<Reply> {
    let card = visit.touched.map(|touched| touched.id);
    let placed = visit.telegram.shop.place(visit.customer.id, id, coin, card).await?;
    let why = match placed {
        Placed::Asked => return Ok(Reply::toast(visit.words.plain(Text::ToastAsking))),
        Placed::Unanswered => return retry(visit, id).await,
        Placed::Closed => return orders::order(visit, id).await,
        Placed::SoldOut => Text::ToastSoldOut,
        Placed::TooManyOpen => Text::ToastTooManyOpen,
        Placed::TooOften => Text::ToastTooOften,
        Placed::CoinOff => Text::ToastCoinOff,
        Placed::Changed => return changed(visit, id).await,
        Placed::CreditCovers => Text::ToastCreditCovers,
        Placed::MoneySeen => Text::ToastMoneySeen,
    };
    if matches!(placed, Placed::CoinOff | Placed::CreditCovers) {
        return choice_saying(visit, id, why).await;
    }
    Ok(Reply::alert(visit.words.plain(why)))
}

/// The choice of coin again, with something said over the chat.
async fn choice_saying(visit: &Visit<'_>, id: &OrderId, said: Text<'_>) -> Result<Reply> {
    let mut reply = pick_asset(visit, id).await?;
    reply.toast = Reply::alert(visit.words.plain(said)).toast;
    Ok(reply)
}

/// "Pay with credit": all of it at once. The card tells how it goes on.
pub(in crate::telegram) async fn pay_with_credit(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let card = visit.touched.map(|touched| touched.id);
    let why = match visit.telegram.shop.pay_with_credit(visit.customer.id, id, card).await? {
        PaidWithCredit::Done => return Ok(Reply::toast(visit.words.plain(Text::ToastPaidWithCredit))),
        PaidWithCredit::TooLittle => return choice_saying(visit, id, Text::ToastCreditTooLittle).await,
        PaidWithCredit::Unanswered => return retry(visit, id).await,
        PaidWithCredit::Changed => return changed(visit, id).await,
        PaidWithCredit::Closed => return after_the_end(visit, id).await,
        PaidWithCredit::SoldOut => Text::ToastSoldOut,
        PaidWithCredit::MoneySeen => Text::ToastMoneySeen,
    };
    Ok(Reply::alert(visit.words.plain(why)))
}

/// A second tap of the same button finds the message to be the card already, which must stay what it is.
async fn after_the_end(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let order = visit.telegram.shop.order_of(visit.customer.id, id).await?;
    let card = order.as_ref().and_then(|order| order.card_message);
    if card.is_some() && card == visit.touched.map(|touched| touched.id) {
        visit.telegram.shop.refresh_card(id).await?;
        return Ok(Reply::default());
    }
    orders::order(visit, id).await
}

/// Credit for a part, or not: the coins are shown again, and what is left to pay with them.
pub(in crate::telegram) async fn use_credit(visit: &Visit<'_>, id: &OrderId, on: bool) -> Result<Reply> {
    visit.telegram.shop.want_credit(visit.customer.id, id, on).await?;
    pick_asset(visit, id).await
}

/// An old order cannot be renewed as it was: its product is shown as it is now. One that still has an address keeps its card.
async fn changed(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let order = visit.telegram.shop.order_of(visit.customer.id, id).await?;
    if order.as_ref().is_some_and(|order| order.state == OrderState::Open) {
        let mut reply = orders::show_card(visit, id).await?;
        reply.toast = Reply::alert(visit.words.plain(Text::ToastNoNewAddress)).toast;
        return Ok(reply);
    }
    let mut reply = match order.as_ref().and_then(|order| order.lines.first()) {
        Some(line) => product::product_of(visit, &line.product, line.option.as_ref(), line.quantity).await?,
        None => front::front(visit).await?,
    };
    reply.toast = Reply::alert(visit.words.plain(Text::ToastChanged)).toast;
    Ok(reply)
}

async fn retry(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    match visit.telegram.shop.order_of(visit.customer.id, id).await? {
        Some(order) => Ok(Reply::edit(open_question(visit, &order, None).await?)),
        None => gone(visit).await,
    }
}

pub(super) async fn asset_screen(visit: &Visit<'_>, order: &Order) -> Result<Screen> {
    let coins = visit.telegram.shop.coins(&visit.customer).await?;
    let id = &order.id;
    let words = visit.words;
    let (asked, credit) = credit_choice(visit, order).await?;
    if coins.is_empty() {
        return Ok(Screen::words(words.html(Text::NoCoins)).row(credit).row([Button::tap(words.plain(Text::ButtonBack), Action::Front)]));
    }
    // The coin used last is one tap away; everything else by asset.
    let last = coins.first().copied().filter(|coin| visit.customer.last_coin.as_deref() == Some(coin.code()));
    let again = last.map(|coin| Button::tap(format!("⭐ {}", coin_label(coin)), Action::PickCoin { order: id.clone(), coin }));
    let mut assets: Vec<&str> = Vec::new();
    for coin in &coins {
        if !assets.contains(&coin.asset()) {
            assets.push(coin.asset());
        }
    }
    let buttons = assets.into_iter().map(|asset| {
        let mut of_asset = coins.iter().filter(|coin| coin.asset() == asset);
        match (of_asset.next(), of_asset.next()) {
            (Some(only), None) => Button::tap(coin_label(*only), Action::PickCoin { order: id.clone(), coin: *only }),
            _ => Button::tap(format!("{asset} ›"), Action::PickNetwork { order: id.clone(), asset: asset.to_owned() }),
        }
    });
    let cancel = Button::tap(words.plain(Text::ButtonCancelOrder), Action::Cancel { order: id.clone() });
    let back = if order.state == OrderState::Draft {
        cancel
    } else {
        Button::tap(words.plain(Text::ButtonBackToCard), Action::Card { order: id.clone() })
    };
    Ok(Screen::words(format!("{}\n\n{asked}", summary(visit, order)))
        .picture(order_picture(visit, order).await?)
        .row(credit)
        .row(again)
        .grid(buttons, 2)
        .row([back]))
}

/// What is asked beside the coins, and the button for the buyer's credit.
async fn credit_choice(visit: &Visit<'_>, order: &Order) -> Result<(String, Option<Button>)> {
    let words = visit.words;
    let wish = |text: Text<'_>, on| Button::tap(words.plain(text), Action::UseCredit { order: order.id.clone(), on });
    let plainly = words.html(Text::PickAsset);
    Ok(match visit.telegram.shop.spendable(order).await? {
        Spendable::Nothing => (plainly, None),
        Spendable::Whole(due) => {
            let label = words.plain(Text::ButtonPayWithCredit { amount: &due.to_string() });
            (plainly, Some(Button::tap(label, Action::PayWithCredit { order: order.id.clone() })))
        }
        Spendable::Part(part) => (plainly, Some(wish(Text::ButtonUseCredit { amount: &part.to_string() }, true))),
        Spendable::Wanted(part) => {
            let rest = Fiat::new(order.total.minor - part.minor, order.total.currency);
            let asked = words.html(Text::PickAssetRest { credit: &part.to_string(), rest: &rest.to_string() });
            (asked, Some(wish(Text::ButtonKeepCredit, false)))
        }
    })
}

/// What the order is, in two lines.
pub(in crate::telegram) fn summary(visit: &Visit<'_>, order: &Order) -> String {
    order_summary(visit.words, order)
}

/// What an order is, in two lines.
pub(in crate::telegram) fn order_summary(words: crate::locale::Words, order: &Order) -> String {
    let lines: Vec<String> = order
        .lines
        .iter()
        .map(|line| match line.quantity {
            1 => escape(&line.name),
            quantity => format!("{} × {quantity}", escape(&line.name)),
        })
        .collect();
    let (what, total) = (lines.join(", "), order.total.to_string());
    let html = words.html(Text::OrderSummary { order: order.id.as_str(), what: crate::locale::Html(&what), total: &total });
    if order.credit.minor <= 0 {
        return html;
    }
    format!("{html}\n{}", words.html(Text::OrderCredit { amount: &order.credit.to_string() }))
}

/// The product's picture; without one, none. On a message with a picture there is always one, so that it can stay in place.
async fn order_picture(visit: &Visit<'_>, order: &Order) -> Result<Option<Picture>> {
    if visit.touched.is_some_and(|touched| !touched.has_picture) {
        return Ok(None);
    }
    let product = match order.lines.first() {
        Some(line) => visit.telegram.shop.any_product(&line.product).await?,
        None => None,
    };
    let picture = product.and_then(|offered| offered.product.picture).map(Picture::Stored);
    Ok(picture.or_else(|| visit.touched.map(|_| Picture::Own(Own::Waiting))))
}
