//! Looking after units of stock: those that are free, taking them out, and who got what. What is in a unit is shown to whoever may manage the
//! shop, and never written down in the record of what was done.

use super::products::clipped;
use super::{fetch_back, products, saying, tap, with_notice};
use crate::domain::option::OptionId;
use crate::domain::product::{Kind, Product, ProductId};
use crate::locale::{Html, Text, escape};
use crate::shop::units::{FOUND_MAX, TakenOut};
use crate::store::{FreeUnit, KnownUnit, SoldUnit};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::card::time_tag;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};
use crate::telegram::stock_action::StockAction;

/// Most characters of a unit on a button.
const LABEL_CHARS_MAX: usize = 36;
/// Most characters of a unit in a list: twenty of them fit into a message.
const LINE_CHARS_MAX: usize = 120;
/// Units that are named when they could not be taken out.
const NAMED_MAX: usize = 10;

/// The ways from where stock is added to what is there, and to what was sold.
pub(super) fn buttons(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>) -> [Button; 2] {
    let units = StockAction::Units { id: id.clone(), option: option.cloned(), page: 0 };
    [does(visit, Text::ButtonUnits, units), does(visit, Text::ButtonSoldUnits, StockAction::Sold { id: id.clone(), page: 0 })]
}

pub(super) async fn action(visit: &Visit<'_>, action: StockAction) -> Result<Reply> {
    match action {
        StockAction::Units { id, option, page } => list(visit, &id, option.as_ref(), page).await,
        StockAction::AskTakeOut { unit } => ask_take_out(visit, &unit).await,
        StockAction::TakeOut { unit } => take_out(visit, &unit).await,
        StockAction::AskTakeAll { id, option } => ask_take_all(visit, &id, option.as_ref()).await,
        StockAction::TakeAll { id, option } => take_all(visit, &id, option.as_ref()).await,
        StockAction::Sold { id, page } => sold(visit, &id, page).await,
        StockAction::FindSold { id } => ask_wanted(visit, &id, None).await,
    }
}

/// A page of the free units, the newest first.
async fn list(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>, page: u32) -> Result<Reply> {
    let Some(product) = keys(visit, id).await? else { return products::gone(visit).await };
    let shop = &visit.telegram.shop;
    let (mut units, mut more, free) = shop.free_units(id, option, page).await?;
    let mut page = page;
    if units.is_empty() && page > 0 {
        page = 0;
        (units, more, _) = shop.free_units(id, option, 0).await?;
    }
    let title = if units.is_empty() { Text::UnitsNone } else { Text::UnitsTitle { count: free } };
    let html = format!("{}\n\n{}", heading(visit, &product, option), visit.words.html(title));
    let turn = |label, page| does(visit, label, StockAction::Units { id: id.clone(), option: option.cloned(), page });
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let unit = |unit: &FreeUnit| {
        let label = label(&unit.content, unit.blob.is_some(), LABEL_CHARS_MAX);
        Button::tap(label, goods(StockAction::AskTakeOut { unit: unit.id.clone() }))
    };
    let all = StockAction::AskTakeAll { id: id.clone(), option: option.cloned() };
    let all = (free > 0).then(|| does(visit, Text::ButtonTakeAll { count: free }, all));
    Ok(Reply::edit(
        Screen::words(html)
            .grid(units.iter().map(unit), 1)
            .row(previous.into_iter().chain(next))
            .row(all)
            .row([does(visit, Text::ButtonSoldUnits, StockAction::Sold { id: id.clone(), page: 0 }), back(visit, id, option)]),
    ))
}

/// One unit in full, and whether it is really to be taken out.
async fn ask_take_out(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    let Some(unit) = visit.telegram.shop.unit(id).await? else { return Ok(alert(visit, Text::UnitGone)) };
    if let Some(order) = &unit.order {
        let order = order.as_str();
        return Ok(alert(visit, if unit.is_sold { Text::UnitSold { order } } else { Text::UnitSetAside { order } }));
    }
    let html = visit.words.html(Text::AskTakeOut { unit: Html(&shown(&unit)) });
    let list = StockAction::Units { id: unit.product.clone(), option: unit.option.clone(), page: 0 };
    Ok(Reply::edit(
        Screen::words(html)
            .row([does(visit, Text::ButtonYesTakeOut, StockAction::TakeOut { unit: id.to_owned() }), does(visit, Text::ButtonBack, list)]),
    ))
}

/// Takes a unit out. A file goes back to the seller first: nobody else has it.
async fn take_out(visit: &Visit<'_>, id: &str) -> Result<Reply> {
    if let Some(unit) = visit.telegram.shop.unit(id).await?.filter(|unit| unit.order.is_none())
        && let Some(blob) = &unit.blob
    {
        let file = FreeUnit { id: id.to_owned(), content: unit.content.clone(), blob: Some(blob.clone()) };
        fetch_back::one(visit, &file).await?;
    }
    match visit.telegram.shop.take_out(id).await? {
        TakenOut::Done(unit) => {
            let said = visit.words.html(Text::UnitTakenOut { unit: Html(&shown(&unit)) });
            Ok(saying(list(visit, &unit.product, unit.option.as_ref(), 0).await?, &said))
        }
        TakenOut::Kept { order, is_sold: true } => Ok(alert(visit, Text::UnitSold { order: order.as_str() })),
        TakenOut::Kept { order, is_sold: false } => Ok(alert(visit, Text::UnitSetAside { order: order.as_str() })),
        TakenOut::Gone => Ok(alert(visit, Text::UnitGone)),
    }
}

async fn ask_take_all(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>) -> Result<Reply> {
    let Some(product) = keys(visit, id).await? else { return products::gone(visit).await };
    let (_, _, free) = visit.telegram.shop.free_units(id, option, 0).await?;
    if free == 0 {
        return list(visit, id, option, 0).await;
    }
    let html = format!("{}\n\n{}", heading(visit, &product, option), visit.words.html(Text::AskTakeAll { count: free }));
    Ok(Reply::edit(Screen::words(html).row([
        does(visit, Text::ButtonYesTakeOut, StockAction::TakeAll { id: id.clone(), option: option.cloned() }),
        does(visit, Text::ButtonBack, StockAction::Units { id: id.clone(), option: option.cloned(), page: 0 }),
    ])))
}

/// Sends everything that is free back to the seller, and then takes it out: a unit that somebody has bought meanwhile stays.
async fn take_all(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>) -> Result<Reply> {
    if keys(visit, id).await?.is_none() {
        return products::gone(visit).await;
    }
    let shop = &visit.telegram.shop;
    let units = shop.all_free_units(id, option).await?;
    if units.is_empty() {
        return list(visit, id, option, 0).await;
    }
    let (mut rest, mut kept, mut number) = (units.as_slice(), Vec::new(), 0);
    while !rest.is_empty() {
        number += 1;
        let count = match fetch_back::part(visit, id, rest, number).await {
            Ok(count) => count,
            Err(error) if number == 1 => return Err(error),
            Err(error) => {
                tracing::warn!(
                    chat.id = visit.customer.id.0,
                    error = &error as &dyn std::error::Error,
                    "units could not all be sent back; the rest stays"
                );
                break;
            }
        };
        let (part, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        kept.extend(shop.take_all_out(id, part).await?);
        rest = after;
    }
    let gone = units.len() - rest.len() - kept.len();
    let mut said = visit.words.html(Text::UnitsTakenOut { count: whole(gone) });
    if !kept.is_empty() {
        let names: Vec<String> = kept.iter().take(NAMED_MAX).map(|unit| clipped(&unit.content, LINE_CHARS_MAX)).collect();
        let more = if kept.len() > NAMED_MAX { ", …" } else { "" };
        let names = format!("{}{more}", names.join(", "));
        said = format!("{said}\n{}", visit.words.html(Text::UnitsKept { count: whole(kept.len()), names: &names }));
    }
    let mut reply = saying(list(visit, id, option, 0).await?, &said);
    // Below the documents, where the seller looks.
    reply.send.extend(reply.edit.take());
    Ok(reply)
}

/// A page of the sold units, the newest first.
async fn sold(visit: &Visit<'_>, id: &ProductId, page: u32) -> Result<Reply> {
    let Some(product) = keys(visit, id).await? else { return products::gone(visit).await };
    let (units, more) = visit.telegram.shop.sold_units(id, page).await?;
    let title = if units.is_empty() { Text::SoldNone } else { Text::SoldTitle };
    let html = format!("{}\n\n{}", heading(visit, &product, None), visit.words.html(title));
    let turn = |label, page| does(visit, label, StockAction::Sold { id: id.clone(), page });
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let find = does(visit, Text::ButtonFindUnit, StockAction::FindSold { id: id.clone() });
    Ok(Reply::edit(sold_lines(html, &units).row(previous.into_iter().chain(next)).row([find, back(visit, id, None)])))
}

/// Units with their orders, each of which a button opens.
fn sold_lines(html: String, units: &[SoldUnit]) -> Screen {
    let line = |unit: &SoldUnit| {
        let (content, buyer) = (label(&unit.content, unit.is_file, LINE_CHARS_MAX), clipped(&unit.buyer, LABEL_CHARS_MAX));
        format!("<code>{}</code>\n#{} · {} · {}", escape(&content), unit.order, escape(&buyer), time_tag(unit.sold_at))
    };
    let lines: Vec<String> = [html].into_iter().chain(units.iter().map(line)).collect();
    let mut orders: Vec<_> = units.iter().map(|unit| unit.order.clone()).collect();
    orders.dedup();
    let buttons = orders.into_iter().map(|order| Button::tap(format!("#{order}"), Action::SellerOrder { id: order }));
    Screen::words(lines.join("\n\n")).grid(buttons, 2)
}

async fn ask_wanted(visit: &Visit<'_>, id: &ProductId, said: Option<String>) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::FindUnit { product: id.as_str().to_owned() }).await?;
    let html = with_notice(said, &visit.words.html(Text::AskFindUnit));
    Ok(Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}

/// The question which unit is looked for, once more.
pub(super) async fn ask_again(visit: &Visit<'_>, product: &str) -> Result<Reply> {
    match ProductId::parse(product) {
        Some(id) => ask_wanted(visit, &id, None).await,
        None => visit.old_button().await,
    }
}

/// A part of a unit was typed. The form stays open for the next search.
pub(super) async fn wanted(visit: &Visit<'_>, product: &str, words: &str) -> Result<Reply> {
    let id = ProductId::parse(product);
    let Some(id) = id else { return visit.old_button().await };
    if keys(visit, &id).await?.is_none() {
        visit.telegram.end_form(visit.customer.id).await?;
        return products::gone(visit).await;
    }
    if words.trim().is_empty() {
        return ask_wanted(visit, &id, Some(visit.words.html(Text::WrongEmpty))).await;
    }
    let units = visit.telegram.shop.find_sold(&id, words).await?;
    if units.is_empty() {
        let said = visit.words.html(Text::FoundNoUnit { wanted: &clipped(words.trim(), LABEL_CHARS_MAX) });
        return ask_wanted(visit, &id, Some(said)).await;
    }
    let title = if units.len() == FOUND_MAX { Text::FoundMany } else { Text::FoundSome };
    let again = does(visit, Text::ButtonFindUnit, StockAction::FindSold { id: id.clone() });
    let back = does(visit, Text::ButtonBack, StockAction::Sold { id, page: 0 });
    Ok(Reply::edit(sold_lines(visit.words.html(title), &units).row([again, back])))
}

/// A search is given up.
pub(super) async fn cancelled(visit: &Visit<'_>, product: &str) -> Result<Reply> {
    match ProductId::parse(product) {
        Some(id) => sold(visit, &id, 0).await,
        None => products::gone(visit).await,
    }
}

/// A product that has units, archived ones too: who got what is asked for long afterwards.
async fn keys(visit: &Visit<'_>, id: &ProductId) -> Result<Option<Product>> {
    let offered = visit.telegram.shop.any_product(id).await?;
    Ok(offered.map(|offered| offered.product).filter(|product| product.kind == Kind::Keys))
}

fn heading(visit: &Visit<'_>, product: &Product, option: Option<&OptionId>) -> String {
    format!("📦 <b>{}</b>", escape(&product.name_of(option, &visit.customer.language)))
}

/// Back to where stock is added.
fn back(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>) -> Button {
    use crate::telegram::action::Field;
    use crate::telegram::action::goods::OptionField;
    let action = match option {
        Some(option) => Action::Goods(GoodsAction::EditOption { id: id.clone(), option: option.clone(), field: OptionField::Stock }),
        None => Action::Edit { id: id.clone(), field: Field::Stock },
    };
    tap(visit, Text::ButtonBack, action)
}

fn shown(unit: &KnownUnit) -> String {
    match unit.blob {
        Some(_) => format!("📎 {}", escape(&unit.content)),
        None => format!("<code>{}</code>", escape(&unit.content)),
    }
}

fn label(content: &str, is_file: bool, most: usize) -> String {
    let line = clipped(&content.split_whitespace().collect::<Vec<_>>().join(" "), most);
    if is_file { format!("📎 {line}") } else { line }
}

fn goods(action: StockAction) -> Action {
    Action::Goods(GoodsAction::Stock(action))
}

fn does(visit: &Visit<'_>, label: Text<'_>, action: StockAction) -> Button {
    tap(visit, label, goods(action))
}

fn alert(visit: &Visit<'_>, text: Text<'_>) -> Reply {
    Reply::alert(visit.words.plain(text))
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
