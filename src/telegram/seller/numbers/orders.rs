//! Lists of orders that stand alike, looking for one, taking one back, writing to its buyer.

use super::super::rights::{Right, may};
use super::super::{customers, orders, tap};
use super::numbers_tap;
use crate::domain::order::{Charge, Order, OrderId, OrderState};
use crate::locale::Text;
use crate::shop::cancel::Cancelled;
use crate::store::OrderList;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::form::{Form, NumbersForm, PeopleForm};
use crate::telegram::handle::Visit;
use crate::telegram::numbers_action::Numbers;
use crate::telegram::reply::{Button, Reply, Screen};

/// A page of orders that stand alike.
pub(super) async fn list(visit: &Visit<'_>, list: OrderList, page: u32) -> Result<Reply> {
    let (mut page, (mut found, mut more)) = (page, visit.telegram.shop.order_list(list, page).await?);
    if found.is_empty() && page > 0 {
        // What was on it is elsewhere by now.
        (page, (found, more)) = (0, visit.telegram.shop.order_list(list, 0).await?);
    }
    let title = match (list, found.is_empty()) {
        (_, true) => Text::OrdersNoneHere,
        (OrderList::Unpaid, _) => Text::OrdersUnpaid,
        (OrderList::Paid, _) => Text::OrdersPaid,
        (OrderList::Delivered, _) => Text::OrdersDelivered,
        (OrderList::Closed, _) => Text::OrdersClosed,
        (OrderList::WithCase, _) => Text::OrdersWithCase,
    };
    let turn = |label, page| numbers_tap(visit, label, Numbers::Orders { list, page });
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let screen = Screen::words(visit.words.html(title)).grid(lines(visit, &found), 1).row(previous.into_iter().chain(next));
    Ok(Reply::edit(list_buttons(visit, screen)))
}

/// The way to every list, to looking for an order, and back.
pub(in crate::telegram::seller) fn list_buttons(visit: &Visit<'_>, screen: Screen) -> Screen {
    let to = |label, list| numbers_tap(visit, label, Numbers::Orders { list, page: 0 });
    screen
        .row([to(Text::ButtonOrdersUnpaid, OrderList::Unpaid), to(Text::ButtonOrdersPaid, OrderList::Paid)])
        .row([to(Text::ButtonOrdersDelivered, OrderList::Delivered), to(Text::ButtonOrdersClosed, OrderList::Closed)])
        .row([
            to(Text::ButtonOrdersWithCase, OrderList::WithCase),
            tap(visit, Text::ButtonOrdersAll, Action::SellerOrders { waiting: false, page: 0 }),
        ])
        .row([numbers_tap(visit, Text::ButtonFind, Numbers::Find), tap(visit, Text::ButtonBackToPanel, Action::Panel)])
}

fn lines(visit: &Visit<'_>, found: &[Order]) -> Vec<Button> {
    let button = |order: &Order| Button::tap(orders::line(visit.words, order), Action::SellerOrder { id: order.id.clone() });
    found.iter().map(button).collect()
}

/// Asks what is looked for.
pub(super) async fn ask_what(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Numbers(NumbersForm::Find)).await?;
    let html = visit.words.html(Text::AskFind);
    Ok(Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}

/// What was found. The one order of a number is shown at once; the form stays open for the next search.
pub(super) async fn found(visit: &Visit<'_>, wanted: &str) -> Result<Reply> {
    let (found, more) = visit.telegram.shop.find_orders(wanted).await?;
    if let [only] = found.as_slice() {
        visit.telegram.end_form(visit.customer.id).await?;
        return orders::page(visit, &only.id).await;
    }
    if found.is_empty() {
        visit.telegram.ask(visit.customer.id, Form::Numbers(NumbersForm::Find)).await?;
        let html = visit.words.html(Text::FoundNothing { wanted: &super::super::products::clipped(wanted, 60) });
        return Ok(Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonCancel, Action::FormCancel)])));
    }
    visit.telegram.end_form(visit.customer.id).await?;
    let title = if more { Text::FoundMany } else { Text::FoundSome };
    let screen = Screen::words(visit.words.html(title)).grid(lines(visit, &found), 1);
    Ok(Reply::edit(screen.row([numbers_tap(visit, Text::ButtonFind, Numbers::Find), tap(visit, Text::ButtonBackToPanel, Action::Panel)])))
}

/// What can be done with an order beside handing it over.
pub(in crate::telegram::seller) fn extra_buttons(visit: &Visit<'_>, order: &Order) -> Vec<Button> {
    let manages = visit.role.is_some_and(|role| may(role, Right::Manage));
    let unpaid = order.state == OrderState::Open && order.charge == Charge::None;
    let write = numbers_tap(visit, Text::ButtonWriteToBuyer, Numbers::WriteToBuyer { id: order.id.clone() });
    let cancel = (manages && unpaid).then(|| numbers_tap(visit, Text::ButtonCancelOrder, Numbers::AskCancelOrder { id: order.id.clone() }));
    [write].into_iter().chain(cancel).collect()
}

/// Asks whether an order is really taken back.
pub(super) fn ask_cancel(visit: &Visit<'_>, id: &OrderId) -> Reply {
    let html = visit.words.html(Text::AskCancelForBuyer { order: id.as_str() });
    Reply::edit(Screen::words(html).row([
        numbers_tap(visit, Text::ButtonYesCancel, Numbers::CancelOrder { id: id.clone() }),
        tap(visit, Text::ButtonBack, Action::SellerOrder { id: id.clone() }),
    ]))
}

/// Takes an unpaid order back.
pub(super) async fn cancel(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let said = match visit.telegram.shop.cancel_for_buyer(id).await? {
        Cancelled::Done => Text::CancelledForBuyer,
        Cancelled::MoneySeen => Text::CancelMoneySeen,
        Cancelled::Closed => Text::CancelNothing,
    };
    Ok(orders::page(visit, id).await?.with_toast(visit.words.plain(said)))
}

/// Asks what the buyer is to read.
pub(super) async fn start_writing(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let known = visit.telegram.any_order(id.as_str()).await?.filter(|order| order.state != OrderState::Draft);
    let Some(order) = known else { return visit.old_button().await };
    customers::start(visit, PeopleForm::Write { customer: order.customer.0, order: Some(id.as_str().to_owned()) }).await
}
