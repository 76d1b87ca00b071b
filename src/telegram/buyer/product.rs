//! The product card: what it is, what it costs, in which way, how many, buy.

use crate::domain::coin::Coin;
use crate::domain::money::Fiat;
use crate::domain::option::OptionId;
use crate::domain::product::{Kind, ProductId};
use crate::locale::{Text, Words, escape};
use crate::shop::browse::Offered;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Picture, Reply, Screen};

use super::front;

/// Stock at or below which the card tells how many are left.
const FEW: i64 = 5;

/// The card of a product, set to `quantity` units.
pub(in crate::telegram) async fn product(visit: &Visit<'_>, id: &ProductId, quantity: u32) -> Result<Reply> {
    product_of(visit, id, None, quantity).await
}

/// The card of a product, set to one of its options and to `quantity` units.
pub(in crate::telegram) async fn product_of(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>, quantity: u32) -> Result<Reply> {
    let Some(offered) = visit.telegram.shop.product(id).await? else {
        return Ok(front::front(visit).await?.with_toast(visit.words.plain(Text::ProductGone)));
    };
    let last = visit.telegram.shop.coins(&visit.customer).await?.into_iter().next();
    let last = last.filter(|coin| visit.customer.last_coin.as_deref() == Some(coin.code()));
    // An option that is gone is no choice.
    let option = option.filter(|option| offered.product.option(option).is_some());
    Ok(Reply::edit(product_screen(&offered, option, quantity, last, visit.words, &visit.customer.language)))
}

/// A choice that a buyer has made, or can make.
struct Choice<'a> {
    offered: &'a Offered,
    option: Option<&'a OptionId>,
    quantity: u32,
    most: u32,
    unit: Fiat,
    total: String,
}

/// The card as a buyer sees it.
pub(in crate::telegram) fn product_screen(
    offered: &Offered,
    option: Option<&OptionId>,
    quantity: u32,
    last: Option<Coin>,
    words: Words,
    language: &str,
) -> Screen {
    let product = &offered.product;
    let mut lines = vec![format!("<b>{}</b>", escape(product.name.get(language)))];
    let description = product.description.get(language);
    if !description.is_empty() {
        lines.push(escape(description));
    }
    let choice = product.is_choice(option).then(|| Choice::new(offered, option, quantity));
    lines.push(match &choice {
        Some(choice) => choice.facts(words, language),
        None => format!("{}\n{}", words.html(Text::ProductFrom { price: &product.price.to_string() }), words.html(Text::ProductChoose)),
    });
    let mut screen = Screen::words(lines.join("\n\n")).picture(product.picture.clone().map(Picture::Stored));
    screen = screen.grid(option_buttons(offered, option, words, language), 2);
    if let Some(choice) = &choice {
        screen = choice.buttons(screen, last, words);
    }
    let back = match &product.category {
        Some(category) => Action::Shelf { category: category.clone(), page: 0 },
        None => Action::Front,
    };
    screen.row([Button::tap(words.plain(Text::ButtonBack), back)])
}

impl<'a> Choice<'a> {
    fn new(offered: &'a Offered, option: Option<&'a OptionId>, quantity: u32) -> Self {
        let (most, least) = (offered.quantity_max(option), offered.quantity_min());
        let quantity = quantity.clamp(least, most.max(least));
        let unit = offered.product.unit_price(option, quantity).unwrap_or(offered.product.price);
        let total = unit.times(quantity).unwrap_or(unit).to_string();
        Self { offered, option, quantity, most, unit, total }
    }

    /// What it costs, and how it comes.
    fn facts(&self, words: Words, language: &str) -> String {
        let product = &self.offered.product;
        let price = self.unit.to_string();
        let mut facts = Vec::new();
        if let Some(option) = self.option.and_then(|id| product.option(id)) {
            facts.push(format!("<b>{}</b>", escape(option.name.get(language))));
        }
        facts.push(if self.quantity == 1 {
            words.html(Text::ProductPrice { price: &price })
        } else {
            words.html(Text::ProductTotal { price: &price, quantity: i64::from(self.quantity), total: &self.total })
        });
        for step in product.volume_of(self.option) {
            let price = Fiat::new(step.minor, self.unit.currency).to_string();
            facts.push(words.html(Text::ProductVolume { from: i64::from(step.from), price: &price }));
        }
        facts.push(match (product.kind, self.offered.stock_of(self.option)) {
            (Kind::Keys, Some(0)) => words.html(Text::ProductSoldOut),
            // Some are left, and fewer than one order takes at least.
            (Kind::Keys, Some(_)) if self.most == 0 => words.html(Text::ProductSoldOut),
            (Kind::Keys, Some(stock)) if stock <= FEW => words.html(Text::ProductFew { count: stock }),
            (Kind::Keys | Kind::File | Kind::Webhook, _) => words.html(Text::ProductInstant),
            (Kind::Invite, _) => invite_fact(product.days_of(self.option), words),
            (Kind::Manual, _) => words.html(Text::ProductByHand),
        });
        facts.join("\n")
    }

    fn buttons(&self, mut screen: Screen, last: Option<Coin>, words: Words) -> Screen {
        let (least, most, quantity) = (self.offered.quantity_min(), self.most, self.quantity);
        if most > least {
            let step = |label: &str, quantity| Button::tap(label, self.set_to(quantity));
            let fewer = if quantity > least { quantity - 1 } else { most };
            let more = if quantity < most { quantity + 1 } else { least };
            screen = screen.row([step("−", fewer), step(&format!("× {quantity}"), quantity), step("+", more)]);
        }
        if most == 0 {
            return screen;
        }
        let id = self.offered.product.id.clone();
        let buy = match self.option.cloned() {
            Some(option) => Action::Goods(GoodsAction::Buy { id: id.clone(), option, quantity }),
            None => Action::Buy { id: id.clone(), quantity },
        };
        screen = screen.row([Button::tap(words.plain(Text::ButtonBuy { total: &self.total }), buy)]);
        let Some(coin) = last else { return screen };
        let quick = match self.option.cloned() {
            Some(option) => Action::Goods(GoodsAction::QuickBuy { id, option, quantity, coin }),
            None => Action::QuickBuy { id, quantity, coin },
        };
        screen.row([Button::tap(words.plain(Text::ButtonQuickBuy { coin: &coin_label(coin) }), quick)])
    }

    fn set_to(&self, quantity: u32) -> Action {
        let id = self.offered.product.id.clone();
        match self.option.cloned() {
            Some(option) => Action::Goods(GoodsAction::Choice { id, option, quantity }),
            None => Action::Product { id, quantity },
        }
    }
}

/// The ways in which it is sold, the chosen one marked.
fn option_buttons(offered: &Offered, chosen: Option<&OptionId>, words: Words, language: &str) -> Vec<Button> {
    let product = &offered.product;
    let button = |option: &crate::domain::option::ProductOption| {
        let (name, price) = (option.name.get(language), option.price.to_string());
        let mut label = if offered.quantity_max(Some(&option.id)) == 0 {
            words.plain(Text::ButtonSoldOut { name })
        } else {
            words.plain(Text::ButtonProduct { name, price: &price })
        };
        if chosen == Some(&option.id) {
            label = format!("✅ {label}");
        }
        let (id, option) = (product.id.clone(), option.id.clone());
        Button::tap(label, Action::Goods(GoodsAction::Choice { id, option, quantity: 1 }))
    };
    product.options.iter().map(button).collect()
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
