//! The front of the shop and its shelves.

use crate::domain::product::{CategoryId, ProductId};
use crate::locale::{Text, Words};
use crate::shop::browse::{Front, ShelfPage};
use crate::store::Listed;
use crate::telegram::Result;
use crate::telegram::action::{Action, Page};
use crate::telegram::buyer::product;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Picture, Reply, Screen};
use crate::telegram::seller;

/// Most characters of a label: longer ones are cut by the phone.
const LABEL_CHARS_MAX: usize = 40;

/// `/start`, with what a link carried: a product, or the claim of a new owner.
pub(in crate::telegram) async fn start(visit: &Visit<'_>, payload: &str) -> Result<Reply> {
    if let Some(code) = payload.strip_prefix("claim_") {
        return seller::claim(visit, code).await;
    }
    if let Some(code) = payload.strip_prefix(seller::LINK) {
        return seller::join(visit, code).await;
    }
    if let Some(id) = payload.strip_prefix("p_").and_then(ProductId::parse) {
        return product::product(visit, &id, 1).await;
    }
    front(visit).await
}

/// The front of the shop.
pub(in crate::telegram) async fn front(visit: &Visit<'_>) -> Result<Reply> {
    let front = visit.telegram.shop.front(visit.customer.id).await?;
    Ok(Reply::edit(front_screen(&front, visit.words, &visit.customer.language, visit.role.is_some())))
}

/// One page of a shelf, or of what stands on none.
pub(in crate::telegram) async fn shelf(visit: &Visit<'_>, category: Option<&CategoryId>, page: u32) -> Result<Reply> {
    match visit.telegram.shop.shelf(category, page).await? {
        Some(shelf) if !shelf.listed.is_empty() => Ok(Reply::edit(shelf_screen(&shelf, visit.words, &visit.customer.language))),
        _ => Ok(front(visit).await?.with_toast(visit.words.plain(Text::ShelfEmpty))),
    }
}

/// Words that nobody asked for: the shop is shown, and what it understands.
pub(in crate::telegram) async fn not_understood(visit: &Visit<'_>) -> Result<Reply> {
    let front = front(visit).await?;
    let mut screen = front.edit.unwrap_or_default();
    screen.html = format!("{}\n\n{}", visit.words.html(Text::NotUnderstood), screen.html);
    Ok(Reply::send(screen))
}

fn front_screen(front: &Front, words: Words, language: &str, is_staff: bool) -> Screen {
    let greeting = match front.shop.greeting.get(language) {
        "" => words.html(Text::FrontGreeting),
        greeting => crate::locale::escape(greeting),
    };
    let mut html = format!("{}\n\n{greeting}", words.html(Text::FrontTitle { shop: front.shop.name.get(language) }));
    if front.shelves.is_empty() && front.loose.is_empty() {
        html = format!("{html}\n\n{}", words.html(Text::FrontEmpty));
    }
    let waiting = front.waiting.iter().map(|order| {
        Button::tap(words.plain(Text::ButtonWaitingOrder { order: order.id.as_str() }), Action::Order { id: order.id.clone() })
    });
    let shelves = front.shelves.iter().map(|shelf| {
        let name = shelf.category.name.get(language);
        let label = words.plain(Text::ButtonShelf { name, count: shelf.products });
        Button::tap(label, Action::Shelf { category: shelf.category.id.clone(), page: 0 })
    });
    let others = front.loose_from.map(|page| Button::tap(words.plain(Text::ButtonMoreProducts), Action::Loose { page }));
    let popular = front.popular.iter().chain(&front.loose).map(|listed| listed_button(listed, words, language));
    let picture = front.shop.picture.clone().map(Picture::Stored);
    let mut screen = Screen::words(html).picture(picture).grid(waiting, 1).grid(shelves, 2).grid(popular, 1).row(others).row([
        Button::tap(words.plain(Text::ButtonOrders), Action::Orders { page: 0 }),
        Button::tap(words.plain(Text::ButtonHelp), Action::Page(Page::Help)),
    ]);
    if is_staff {
        screen = screen.row([Button::tap(words.plain(Text::ButtonPanel), Action::Panel)]);
    }
    screen
}

fn shelf_screen(shelf: &ShelfPage, words: Words, language: &str) -> Screen {
    let title = match &shelf.category {
        Some(category) => words.html(Text::ShelfTitle { name: category.name.get(language) }),
        None => words.html(Text::LooseTitle),
    };
    let id = shelf.category.as_ref().map(|category| &category.id);
    let turn = |label, page| match id {
        Some(id) => Button::tap(label, Action::Shelf { category: id.clone(), page }),
        None => Button::tap(label, Action::Loose { page }),
    };
    let back = (shelf.page > 0).then(|| turn(words.plain(Text::ButtonPrevious), shelf.page - 1));
    let next = shelf.more.then(|| turn(words.plain(Text::ButtonNext), shelf.page + 1));
    Screen::words(title)
        .picture(shelf.category.as_ref().and_then(|category| category.picture.clone()).map(Picture::Stored))
        .grid(shelf.listed.iter().map(|listed| listed_button(listed, words, language)), 1)
        .row(back.into_iter().chain(next))
        .row([Button::tap(words.plain(Text::ButtonBack), Action::Front)])
}

fn listed_button(listed: &Listed, words: Words, language: &str) -> Button {
    let name: String = listed.name.get(language).chars().take(LABEL_CHARS_MAX).collect();
    let price = listed.price.to_string();
    let price = if listed.has_options { words.plain(Text::PriceFrom { price: &price }) } else { price };
    let label = if listed.stock == Some(0) {
        words.plain(Text::ButtonSoldOut { name: &name })
    } else {
        words.plain(Text::ButtonProduct { name: &name, price: &price })
    };
    Button::tap(label, Action::Product { id: listed.id.clone(), quantity: 1 })
}

/// Puts a line under words.
pub(super) fn with_line(html: &str, line: &str) -> String {
    format!("{html}\n\n{line}")
}
