//! What a buyer has ordered: the list, one order, its card, its goods again.

use crate::domain::order::{Order, OrderId, OrderState, Standing};
use crate::locale::{Text, Words, escape};
use crate::shop::browse::is_waiting;
use crate::shop::cancel::Cancelled;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

use super::photo::answer_words;
use super::{checkout, front};

/// Characters of a question or an answer that a list of them shows.
const ANSWER_SHOWN_CHARS: usize = 150;

/// The buyer's orders, a page at a time.
pub(in crate::telegram) async fn list(visit: &Visit<'_>, page: u32) -> Result<Reply> {
    let (orders, more) = visit.telegram.shop.orders_of(visit.customer.id, page).await?;
    let words = visit.words;
    let title = if orders.is_empty() && page == 0 { Text::OrdersNone } else { Text::OrdersTitle };
    let buttons = orders.iter().map(|order| Button::tap(line(words, order), Action::Order { id: order.id.clone() }));
    let back = (page > 0).then(|| Button::tap(words.plain(Text::ButtonPrevious), Action::Orders { page: page - 1 }));
    let next = more.then(|| Button::tap(words.plain(Text::ButtonNext), Action::Orders { page: page + 1 }));
    Ok(Reply::edit(
        Screen::words(words.html(title))
            .grid(buttons, 1)
            .row(back.into_iter().chain(next))
            .row([Button::tap(words.plain(Text::ButtonShop), Action::Front)]),
    ))
}

/// One order: where it stands, and what can be done.
pub(in crate::telegram) async fn order(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, id).await? else { return not_yours(visit).await };
    let words = visit.words;
    let mut html = format!("{}\n\n{}", checkout::summary(visit, &order), words.html(standing_text(order.standing())));
    for (label, answer) in order.lines.iter().flat_map(|line| &line.answers) {
        html = format!("{html}\n{}", answer_line(visit.words, label, answer));
    }
    for note in order.lines.iter().filter_map(|line| line.note.as_deref()).filter(|note| !note.is_empty()) {
        html = front::with_line(&html, &words.html(Text::SellerNote { note }));
    }
    let mut screen = Screen::words(html);
    if order.is_owed() && order.lines.iter().any(|line| line.kind != crate::domain::product::Kind::Manual) {
        screen = screen.row([Button::tap(words.plain(Text::ButtonResend), Action::Resend { id: id.clone() })]);
    }
    if order.state == OrderState::Draft {
        screen = screen.row([Button::tap(words.plain(Text::ButtonPay), Action::PickAsset { order: id.clone() })]);
    } else {
        screen = screen.row([Button::tap(words.plain(Text::ButtonShowCard), Action::Card { order: id.clone() })]);
    }
    Ok(Reply::edit(screen.row([Button::tap(words.plain(Text::ButtonOrders), Action::Orders { page: 0 })])))
}

/// Brings the card of an order here: the message that was tapped becomes it, and the old one goes.
pub(in crate::telegram) async fn show_card(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, id).await? else { return not_yours(visit).await };
    if order.state == OrderState::Draft {
        return checkout::pick_asset(visit, id).await;
    }
    visit.telegram.shop.take_card(visit.customer.id, id, visit.touched.map(|touched| touched.id)).await?;
    Ok(Reply::default())
}

/// "I have paid": asks the provider now; the card follows.
pub(in crate::telegram) async fn check(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, id).await? else { return not_yours(visit).await };
    if is_waiting(&order) {
        visit.telegram.shop.check_now(&order).await?;
        return Ok(Reply::alert(visit.words.plain(Text::ToastChecking)));
    }
    // Late money may be there for an order that is closed: ask all the same.
    if !order.charge.is_paid() {
        visit.telegram.shop.check_now(&order).await?;
    }
    visit.telegram.shop.refresh_card(id).await?;
    Ok(Reply::toast(visit.words.plain(standing_text(order.standing()))))
}

/// Asks once more before an order is taken back.
pub(in crate::telegram) async fn ask_cancel(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let Some(order) = visit.telegram.shop.order_of(visit.customer.id, id).await? else { return not_yours(visit).await };
    if order.charge.is_paid() || order.state == OrderState::Cancelled {
        visit.telegram.shop.refresh_card(id).await?;
        return Ok(Reply::toast(visit.words.plain(standing_text(order.standing()))));
    }
    let words = visit.words;
    let picture = visit.touched.filter(|touched| touched.has_picture);
    let screen = Screen::words(format!("{}\n\n{}", checkout::summary(visit, &order), words.html(Text::AskCancel)))
        .picture(picture.map(|_| crate::telegram::reply::Picture::Own(crate::telegram::reply::Own::Waiting)))
        .row([Button::tap(words.plain(Text::ButtonYesCancel), Action::Cancel { order: id.clone() })])
        .row([Button::tap(words.plain(Text::ButtonBackToCard), Action::Card { order: id.clone() })]);
    Ok(Reply::edit(screen))
}

/// Takes an order back.
pub(in crate::telegram) async fn cancel(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    visit.telegram.leave_form(visit.customer.id).await?;
    match visit.telegram.shop.cancel(visit.customer.id, id).await? {
        Cancelled::Done => {
            // Without a card there is nothing to bring up to date: the message that was tapped says it.
            let order = visit.telegram.shop.order_of(visit.customer.id, id).await?;
            let has_card = order.is_some_and(|order| order.card_message.is_some());
            let toast = visit.words.plain(Text::ToastCancelled);
            if has_card { Ok(Reply::toast(toast)) } else { Ok(front::front(visit).await?.with_toast(toast)) }
        }
        Cancelled::MoneySeen => {
            visit.telegram.shop.refresh_card(id).await?;
            Ok(Reply::alert(visit.words.plain(Text::ToastMoneySeen)))
        }
        Cancelled::Closed => order(visit, id).await,
    }
}

/// Sends the goods of an order again.
pub(in crate::telegram) async fn resend(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    if visit.telegram.shop.order_of(visit.customer.id, id).await?.is_none() {
        return not_yours(visit).await;
    }
    let text = if visit.telegram.send_again(id).await? { Text::ToastResent } else { Text::ToastNothingToSend };
    Ok(Reply::toast(visit.words.plain(text)))
}

/// A question and its answer in one line, each cut so that ten of them fit into a message.
pub(in crate::telegram) fn answer_line(words: Words, label: &str, answer: &str) -> String {
    let cut = |text: &str| match text.char_indices().nth(ANSWER_SHOWN_CHARS) {
        Some((end, _)) => escape(&format!("{}…", text.get(..end).unwrap_or_default())),
        None => escape(text),
    };
    format!("<b>{}</b> {}", cut(label), cut(&answer_words(words, answer)))
}

async fn not_yours(visit: &Visit<'_>) -> Result<Reply> {
    // Somebody else's order looks exactly like one that does not exist.
    Ok(front::front(visit).await?.with_toast(visit.words.plain(Text::OrderGone)))
}

fn line(words: Words, order: &Order) -> String {
    let name = order.lines.first().map(|line| line.name.clone()).unwrap_or_default();
    let name: String = name.chars().take(24).collect();
    format!("#{} · {name} · {}", order.id, words.plain(standing_word(order.standing())))
}

/// One word for where an order stands.
pub(in crate::telegram) fn standing_word(standing: Standing) -> Text<'static> {
    match standing {
        Standing::Waiting => Text::WordWaiting,
        Standing::Seen => Text::WordSeen,
        Standing::Paid => Text::WordPaid,
        Standing::Delivering => Text::WordDelivering,
        Standing::Delivered => Text::WordDelivered,
        Standing::NeedsYou => Text::WordNeedsYou,
        Standing::Cancelled => Text::WordCancelled,
        Standing::Expired => Text::WordExpired,
    }
}

/// One sentence for where an order stands.
pub(in crate::telegram) fn standing_text(standing: Standing) -> Text<'static> {
    match standing {
        Standing::Waiting => Text::StandingWaiting,
        Standing::Seen => Text::StandingSeen,
        Standing::Paid => Text::StandingPaid,
        Standing::Delivering => Text::StandingDelivering,
        Standing::Delivered => Text::StandingDelivered,
        Standing::NeedsYou => Text::StandingNeedsYou,
        Standing::Cancelled => Text::StandingCancelled,
        Standing::Expired => Text::StandingExpired,
    }
}
