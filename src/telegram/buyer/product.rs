//! The product card: what it is, what it costs, how many, buy.

use crate::domain::coin::Coin;
use crate::domain::product::{Kind, ProductId};
use crate::locale::{Text, Words, escape};
use crate::shop::browse::Offered;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Picture, Reply, Screen};

use super::front;

/// Stock at or below which the card tells how many are left.
const FEW: i64 = 5;

/// The card of a product, set to `quantity` units.
pub(in crate::telegram) async fn product(visit: &Visit<'_>, id: &ProductId, quantity: u32) -> Result<Reply> {
    let Some(offered) = visit.telegram.shop.product(id).await? else {
        return Ok(front::front(visit).await?.with_toast(visit.words.plain(Text::ProductGone)));
    };
    let last = visit.telegram.shop.coins(&visit.customer).await?.into_iter().next();
    let last = last.filter(|coin| visit.customer.last_coin.as_deref() == Some(coin.code()));
    Ok(Reply::edit(product_screen(&offered, quantity, last, visit.words, &visit.customer.language)))
}

/// The card as a buyer sees it.
pub(in crate::telegram) fn product_screen(offered: &Offered, quantity: u32, last: Option<Coin>, words: Words, language: &str) -> Screen {
    let product = &offered.product;
    let most = offered.quantity_max(None);
    let quantity = quantity.clamp(1, most.max(1));
    let total = product.price.times(quantity).unwrap_or(product.price).to_string();
    let price = product.price.to_string();
    let mut lines = vec![format!("<b>{}</b>", escape(product.name.get(language)))];
    let description = product.description.get(language);
    if !description.is_empty() {
        lines.push(escape(description));
    }
    let mut facts = vec![if quantity == 1 {
        words.html(Text::ProductPrice { price: &price })
    } else {
        words.html(Text::ProductTotal { price: &price, quantity: i64::from(quantity), total: &total })
    }];
    facts.push(match (product.kind, offered.stock) {
        (Kind::Keys, Some(0)) => words.html(Text::ProductSoldOut),
        (Kind::Keys, Some(stock)) if stock <= FEW => words.html(Text::ProductFew { count: stock }),
        (Kind::Keys | Kind::File | Kind::Webhook, _) => words.html(Text::ProductInstant),
        (Kind::Invite, _) => invite_fact(product.days_of(None), words),
        (Kind::Manual, _) => words.html(Text::ProductByHand),
    });
    lines.push(facts.join("\n"));
    let mut screen = Screen::words(lines.join("\n\n")).picture(product.picture.clone().map(Picture::Stored));
    let id = &product.id;
    let step = |label: &str, quantity| Button::tap(label, Action::Product { id: id.clone(), quantity });
    if most > 1 {
        let fewer = if quantity > 1 { quantity - 1 } else { most };
        let more = if quantity < most { quantity + 1 } else { 1 };
        screen = screen.row([step("−", fewer), step(&format!("× {quantity}"), quantity), step("+", more)]);
    }
    if most > 0 {
        screen = screen.row([Button::tap(words.plain(Text::ButtonBuy { total: &total }), Action::Buy { id: id.clone(), quantity })]);
        if let Some(coin) = last {
            let label = words.plain(Text::ButtonQuickBuy { coin: &coin_label(coin) });
            screen = screen.row([Button::tap(label, Action::QuickBuy { id: id.clone(), quantity, coin })]);
        }
    }
    let back = match &product.category {
        Some(category) => Action::Shelf { category: category.clone(), page: 0 },
        None => Action::Front,
    };
    screen.row([Button::tap(words.plain(Text::ButtonBack), back)])
}

/// How long an invite is good for.
fn invite_fact(days: Option<u32>, words: Words) -> String {
    match days {
        Some(days) => words.html(Text::ProductInviteDays { days: i64::from(days) }),
        None => words.html(Text::ProductInvite),
    }
}

/// A coin on a button: its ticker, and its network when the ticker alone does not tell.
pub(in crate::telegram) fn coin_label(coin: Coin) -> String {
    let alone = Coin::ALL.iter().filter(|other| other.asset() == coin.asset()).count() == 1;
    if alone { coin.asset().to_owned() } else { format!("{} · {}", coin.asset(), coin.network().name()) }
}
