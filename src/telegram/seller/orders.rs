//! Orders as the staff sees them.

use super::rights::{Right, may};
use super::{cases, numbers, solve, tap};
use crate::domain::answer::Photo;
use crate::domain::invoice::{Invoice, InvoiceState};
use crate::domain::order::{Delivery, Order, OrderId, OrderState};
use crate::domain::product::Kind;
use crate::locale::{Html, Text, Words, escape};
use crate::shop::desk::Dossier;
use crate::shop::extend::Extended;
use crate::shop::hand_over::Served;
use crate::store::OrderFilter;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::buyer::orders::{standing_text, standing_word};
use crate::telegram::buyer::photo::answer_words;
use crate::telegram::card::time_tag;
use crate::telegram::handle::Visit;
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::{Button, Picture, Reply, Screen};
use crate::telegram::setting_action::SettingAction;
use crate::telegram::show::visible_chars;

/// Invoices that are shown of one order, the newest first.
const INVOICES_SHOWN: usize = 4;
/// Open cases that are told of beside one order.
const CASES_SHOWN: usize = 3;
/// Transactions that are shown of one invoice.
const TXS_SHOWN: usize = 4;
/// Most characters of one message; Telegram takes 4096 UTF-16 units.
const MESSAGE_CHARS_MAX: usize = 3_800;

/// A page of orders: all of them, or those that wait for the seller.
pub(super) async fn list(visit: &Visit<'_>, waiting: bool, page: u32) -> Result<Reply> {
    let filter = if waiting { OrderFilter::ToHandOver } else { OrderFilter::All };
    let (mut page, (mut orders, mut more)) = (page, visit.telegram.shop.order_page(filter, page).await?);
    if orders.is_empty() && page > 0 {
        // What was on it is elsewhere by now.
        (page, (orders, more)) = (0, visit.telegram.shop.order_page(filter, 0).await?);
    }
    let words = visit.words;
    let title = match (orders.is_empty(), waiting) {
        (true, true) => Text::SellerOrdersNoneWaiting,
        (true, false) => Text::SellerOrdersNone,
        (false, true) => Text::SellerOrdersWaiting,
        (false, false) => Text::SellerOrdersTitle,
    };
    let buttons = orders.iter().map(|order| Button::tap(line(words, order), Action::SellerOrder { id: order.id.clone() }));
    let turn = |label, page| tap(visit, label, Action::SellerOrders { waiting, page });
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let screen = Screen::words(words.html(title)).grid(buttons, 1).row(previous.into_iter().chain(next));
    Ok(Reply::edit(numbers::list_buttons(visit, screen)))
}

/// Everything about one order.
pub(super) async fn page(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    match visit.telegram.shop.dossier(id).await? {
        Some(dossier) => {
            let history = visit.telegram.shop.history(id).await?;
            Ok(screens(visit, &dossier, solve::history(visit.words, &history)))
        }
        None => Ok(list(visit, false, 0).await?.with_toast(visit.words.plain(Text::SellerOrderNotThere))),
    }
}

/// Everything about one order, with something said over the chat.
async fn page_saying(visit: &Visit<'_>, id: &OrderId, said: Text<'_>) -> Result<Reply> {
    Ok(page(visit, id).await?.with_toast(visit.words.plain(said)))
}

/// Serves an order that was sold out when it was paid.
pub(super) async fn serve_held(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    match visit.telegram.shop.serve_held(id).await? {
        Served::Done => page_saying(visit, id, Text::ServedNow).await,
        Served::StillSoldOut => Ok(Reply::alert(visit.words.plain(Text::ServeStillSoldOut))),
        Served::NothingHeld => page_saying(visit, id, Text::ServeNothing).await,
    }
}

/// Sends the goods of an order to its buyer again.
pub(super) async fn deliver_again(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let sent = visit.telegram.send_again(id).await?;
    Ok(Reply::toast(visit.words.plain(if sent { Text::DeliveredAgain } else { Text::ToastNothingToSend })))
}

/// Shows a photo that the buyer gave as an answer.
pub(super) async fn show_photo(visit: &Visit<'_>, id: &OrderId, answer: u32) -> Result<Reply> {
    let order = visit.telegram.any_order(id.as_str()).await?;
    let answers = order.iter().flat_map(|order| &order.lines).flat_map(|line| &line.answers);
    let asked = usize::try_from(answer).ok().and_then(|answer| answers.clone().nth(answer));
    let Some((label, photo)) = asked.and_then(|(label, answer)| Some((label, Photo::in_answer(answer)?))) else {
        return visit.old_button().await;
    };
    let html = format!("<b>{}</b>\n#{id}", escape(label));
    Ok(Reply::send(Screen::words(html).picture(Some(Picture::Sent(photo)))))
}

/// A button for every photo that the buyer of an order gave.
pub(in crate::telegram) fn photo_buttons(words: Words, order: &Order) -> Vec<Button> {
    let answers = order.lines.iter().flat_map(|line| &line.answers).zip(0_u32..);
    let photos = answers.filter(|((_, answer), _)| Photo::in_answer(answer).is_some());
    let action = |answer| Action::Setting(SettingAction::ShowPhoto { order: order.id.clone(), answer });
    photos.map(|(_, answer)| Button::tap(words.plain(Text::ButtonShowPhoto), action(answer))).collect()
}

/// Gives the buyer of an unpaid order more time.
pub(super) async fn extend(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    match visit.telegram.shop.extend(id).await? {
        Extended::Done => page_saying(visit, id, Text::ExtendedNow).await,
        Extended::StillGood { until } => {
            let minutes = (until - visit.telegram.shop.now()).div_euclid(60).max(1);
            Ok(Reply::alert(visit.words.plain(Text::ExtendNotNeeded { minutes })))
        }
        Extended::MoneySeen => Ok(Reply::alert(visit.words.plain(Text::ExtendMoneySeen))),
        Extended::Refused => Ok(Reply::alert(visit.words.plain(Text::ExtendRefused))),
    }
}

/// Asks the provider about an order's money now.
pub(super) async fn recheck(visit: &Visit<'_>, id: &OrderId) -> Result<Reply> {
    let asked = match visit.telegram.shop.dossier(id).await? {
        Some(dossier) => visit.telegram.shop.check_now(&dossier.order).await?,
        None => false,
    };
    Ok(Reply::toast(visit.words.plain(if asked { Text::RecheckAsked } else { Text::RecheckNothing })))
}

/// The order in one message; when what the buyer wrote is too long for that, it follows in messages of its own.
fn screens(visit: &Visit<'_>, dossier: &Dossier, history: String) -> Reply {
    let (head, written) = (head(visit, &dossier.order, dossier), written(visit.words, &dossier.order));
    let money = [money(visit.words, dossier), vec![history]].concat();
    let whole = [head.as_slice(), &written, &money].concat().join("\n\n");
    if visible_chars(&whole) <= MESSAGE_CHARS_MAX {
        return Reply::edit(with_buttons(visit, dossier, Screen::words(whole)));
    }
    let first = [head, money].concat().join("\n\n");
    let mut reply = Reply::edit(with_buttons(visit, dossier, Screen::words(first)));
    let mut pages: Vec<String> = Vec::new();
    for part in written {
        match pages.last_mut() {
            Some(last) if visible_chars(last) + visible_chars(&part) < MESSAGE_CHARS_MAX => *last = format!("{last}\n\n{part}"),
            _ => pages.push(part),
        }
    }
    reply.send = pages.into_iter().map(Screen::words).collect();
    reply
}

/// What was ordered, by whom, and where it stands.
fn head(visit: &Visit<'_>, order: &Order, dossier: &Dossier) -> Vec<String> {
    let words = visit.words;
    let buyer = dossier.buyer.as_ref().map_or_else(
        || order.customer.to_string(),
        |buyer| match &buyer.username {
            Some(username) => format!("{} (@{username})", buyer.name),
            None => buyer.name.clone(),
        },
    );
    let link = format!("<a href=\"tg://user?id={}\">{}</a>", order.customer, escape(&buyer));
    let (placed, paid) = (time_tag(order.created_at), order.paid_at.map(time_tag));
    let mut head = vec![
        words.html(Text::SellerOrderTitle { order: order.id.as_str(), total: &order.total.to_string() }),
        format!("<b>{}</b>", words.html(standing_word(order.standing()))),
        words.html(Text::SellerOrderBuyer { buyer: Html(&link) }),
        words.html(Text::SellerOrderPlaced { at: Html(&placed) }),
    ];
    if order.credit.minor > 0 {
        head.push(words.html(Text::OrderCredit { amount: &order.credit.to_string() }));
    }
    head.extend(paid.map(|paid| words.html(Text::SellerOrderPaid { at: Html(&paid) })));
    if dossier.buyer.as_ref().is_some_and(|buyer| !buyer.reachable) {
        head.push(words.html(Text::SellerBuyerGone));
    }
    let lines = order.lines.iter().map(|line| {
        let price = line.unit_price.to_string();
        let what = words.html(Text::SellerOrderLine { name: &line.name, quantity: i64::from(line.quantity), price: &price });
        format!("{what}\n{}", words.html(delivery_text(line.delivery, line.kind)))
    });
    [head.join("\n")].into_iter().chain(lines).collect()
}

/// What the buyer answered, and what the seller wrote back.
fn written(words: Words, order: &Order) -> Vec<String> {
    let answers = order.lines.iter().flat_map(|line| &line.answers);
    let answers = answers.map(|(label, answer)| format!("<b>{}</b>\n{}", escape(label), escape(&answer_words(words, answer))));
    let notes = order.lines.iter().filter_map(|line| line.note.as_deref()).filter(|note| !note.is_empty());
    answers.chain(notes.map(|note| words.html(Text::SellerOrderNote { note }))).collect()
}

/// The offers to pay it, and what of it needs a person.
fn money(words: Words, dossier: &Dossier) -> Vec<String> {
    let invoices = dossier.invoices.iter().take(INVOICES_SHOWN).map(|(invoice, txs)| invoice_part(words, invoice, txs));
    invoices.chain(dossier.open_cases.iter().take(CASES_SHOWN).map(|case| cases::told(words, case))).collect()
}

fn invoice_part(words: Words, invoice: &Invoice, txs: &[String]) -> String {
    let network = invoice.coin.network();
    let due = invoice.due.map_or_else(|| "?".to_owned(), |due| due.to_string());
    let asset = invoice.coin.asset();
    let mut lines = vec![format!("💳 <b>{due} {asset}</b> · {} · {}", network.name(), words.html(invoice_word(invoice.state)))];
    if !invoice.received.is_zero() {
        lines.push(words.html(Text::SellerInvoiceReceived { amount: &invoice.received.to_string(), asset }));
    }
    lines.extend(invoice.address.iter().map(|address| format!("<code>{}</code>", escape(address))));
    for tx in txs.iter().take(TXS_SHOWN) {
        let short: String = tx.chars().take(12).collect();
        lines.push(match network.tx_url(tx) {
            Some(url) => format!("🔗 <a href=\"{}\">{}…</a>", escape(&url), escape(&short)),
            None => format!("🔗 <code>{}</code>", escape(&short)),
        });
    }
    lines.join("\n")
}

fn with_buttons(visit: &Visit<'_>, dossier: &Dossier, screen: Screen) -> Screen {
    let (order, id) = (&dossier.order, &dossier.order.id);
    let has = |kind: fn(Kind) -> bool, delivery: &[Delivery]| order.lines.iter().any(|l| kind(l.kind) && delivery.contains(&l.delivery));
    let mut screen = screen;
    if order.is_owed() && has(|kind| kind == Kind::Manual, &[Delivery::Assigned]) {
        screen = screen.row([tap(visit, Text::ButtonHandOver, Action::HandOver { id: id.clone() })]);
    }
    let manages = visit.role.is_some_and(|role| may(role, Right::Manage));
    if manages && order.is_owed() && has(|_| true, &[Delivery::Held]) {
        screen = screen.row([tap(visit, Text::ButtonServeHeld, Action::ServeHeld { id: id.clone() })]);
    }
    if order.is_owed() && has(|kind| kind != Kind::Manual, &[Delivery::Assigned, Delivery::Sent]) {
        screen = screen.row([tap(visit, Text::ButtonDeliverAgain, Action::DeliverAgain { id: id.clone() })]);
    }
    let open = dossier.open_cases.iter().map(|case| {
        let label = format!("⚠️ {}", visit.words.plain(cases::kind_word(case.kind)));
        Button::tap(label, Action::Case { case: case.id.clone() })
    });
    let recheck = (!dossier.invoices.is_empty()).then(|| tap(visit, Text::ButtonRecheck, Action::Recheck { id: id.clone() }));
    if manages && !order.charge.is_paid() && matches!(order.state, OrderState::Open | OrderState::Expired) && !dossier.invoices.is_empty() {
        screen = screen.row([tap(visit, Text::ButtonExtend, Action::Extend { id: id.clone() })]);
    }
    let again = tap(visit, Text::ButtonRefresh, Action::SellerOrder { id: id.clone() });
    let people = |label, action| tap(visit, label, Action::People(action));
    let buyer = people(Text::ButtonCustomer, PeopleAction::Customer { id: order.customer });
    let done = visit.role.is_some_and(|role| may(role, Right::Own));
    let done = done.then(|| people(Text::ButtonDoneList, PeopleAction::DoneToOrder { id: id.clone(), page: 0 }));
    let more = numbers::extra_buttons(visit, order);
    screen = screen.grid(photo_buttons(visit.words, order), 2);
    screen.grid(open, 1).row(recheck.into_iter().chain([again])).row(more).row([buyer].into_iter().chain(done)).row([
        tap(visit, Text::ButtonSales, Action::SellerOrders { waiting: false, page: 0 }),
        tap(visit, Text::ButtonBackToPanel, Action::Panel),
    ])
}

/// One order in a list.
pub(super) fn line(words: Words, order: &Order) -> String {
    let name = order.lines.first().map(|line| super::products::clipped(&line.name, 20)).unwrap_or_default();
    format!("#{} · {name} · {} · {}", order.id, order.total, words.plain(standing_word(order.standing())))
}

/// Where the goods of one line are, for the seller.
fn delivery_text(delivery: Delivery, kind: Kind) -> Text<'static> {
    match (delivery, kind) {
        (Delivery::None | Delivery::Reserved, _) => standing_text(crate::domain::order::Standing::Waiting),
        (Delivery::Assigned, Kind::Manual) => Text::DeliveryByYou,
        (Delivery::Assigned, _) => Text::DeliveryOnItsWay,
        (Delivery::Sent, Kind::Manual) => Text::DeliveryHandedOver,
        (Delivery::Sent, _) => Text::DeliverySent,
        (Delivery::Held, Kind::Invite | Kind::Webhook) => Text::DeliveryNotObtained,
        (Delivery::Held, _) => Text::DeliveryHeld,
        (Delivery::Replaced, _) => Text::DeliveryHandedOver,
    }
}

fn invoice_word(state: InvoiceState) -> Text<'static> {
    match state {
        InvoiceState::Creating => Text::InvoiceCreating,
        InvoiceState::Offered => Text::InvoiceOffered,
        InvoiceState::Superseded => Text::InvoiceSuperseded,
        InvoiceState::Expired => Text::InvoiceExpired,
        InvoiceState::Cancelled => Text::InvoiceCancelled,
        InvoiceState::Refused => Text::InvoiceRefused,
        InvoiceState::Settled => Text::InvoiceSettled,
    }
}
