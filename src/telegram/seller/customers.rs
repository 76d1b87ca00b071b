//! Customers: the list, one of them, and what is typed about them.

use super::rights::{Right, may};
use super::{done, orders, saying, staff, tap, unfit, with_notice};
use crate::domain::customer::{Customer, CustomerId};
use crate::domain::money::Fiat;
use crate::domain::order::OrderId;
use crate::locale::{Html, Text, escape};
use crate::shop::customers::{BlockResult, ByHand, CustomerFile};
use crate::shop::fields;
use crate::store::{AuditOf, CustomerLine, CustomerOrder, OrderFilter};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::buyer::pages::entry_line;
use crate::telegram::card::time_tag;
use crate::telegram::form::{Form, PeopleForm};
use crate::telegram::handle::Visit;
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::{Button, Reply, Screen};

/// Characters of a name on a button.
const NAME_SHOWN_CHARS: usize = 24;
/// Characters of a note or a reason that a page shows.
const WORDS_SHOWN_CHARS: usize = 400;

/// A page of the customers.
pub(super) async fn list(visit: &Visit<'_>, by_spent: bool, page: u32) -> Result<Reply> {
    let order = if by_spent { CustomerOrder::MostSpent } else { CustomerOrder::Newest };
    let (lines, more) = visit.telegram.shop.customer_page(order, page).await?;
    let title = match (lines.is_empty() && page == 0, by_spent) {
        (true, _) => Text::CustomersNone,
        (false, true) => Text::CustomersMostSpent,
        (false, false) => Text::CustomersNewest,
    };
    let turn = |label, page| tap(visit, label, Action::People(PeopleAction::Customers { by_spent, page }));
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let other = if by_spent { Text::ButtonNewestFirst } else { Text::ButtonMostSpentFirst };
    let screen = Screen::words(visit.words.html(title)).grid(lines.iter().map(button), 1).row(previous.into_iter().chain(next));
    Ok(Reply::edit(
        screen
            .row([
                tap(visit, other, Action::People(PeopleAction::Customers { by_spent: !by_spent, page: 0 })),
                tap(visit, Text::ButtonFindCustomer, Action::People(PeopleAction::Find)),
            ])
            .row([tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// Customers that were looked for: the one, or those that it may be.
pub(super) async fn find(visit: &Visit<'_>, words: &str) -> Result<Reply> {
    let found = visit.telegram.shop.find_customers(words).await?;
    let [one] = found.as_slice() else {
        if found.is_empty() {
            return start(visit, PeopleForm::Find).await.map(|reply| saying(reply, &visit.words.html(Text::CustomersNotFound)));
        }
        visit.telegram.end_form(visit.customer.id).await?;
        let screen = Screen::words(visit.words.html(Text::CustomersFound)).grid(found.iter().map(button), 1);
        return Ok(Reply::edit(screen.row([
            tap(visit, Text::ButtonFindCustomer, Action::People(PeopleAction::Find)),
            tap(visit, Text::ButtonBackToPanel, Action::Panel),
        ])));
    };
    visit.telegram.end_form(visit.customer.id).await?;
    page(visit, one.id).await
}

/// Everything about one customer.
pub(super) async fn page(visit: &Visit<'_>, id: CustomerId) -> Result<Reply> {
    match visit.telegram.shop.customer_file(id).await? {
        Some(file) => Ok(Reply::edit(screen(visit, &file))),
        None => Ok(list(visit, false, 0).await?.with_toast(visit.words.plain(Text::CustomersNotFound))),
    }
}

/// A page of the orders of one customer.
pub(super) async fn orders(visit: &Visit<'_>, id: CustomerId, page: u32) -> Result<Reply> {
    let (found, more) = visit.telegram.shop.order_page(OrderFilter::Of(id), page).await?;
    let buttons = found.iter().map(|order| Button::tap(orders::line(visit.words, order), Action::SellerOrder { id: order.id.clone() }));
    let turn = |label, page| tap(visit, label, Action::People(PeopleAction::CustomerOrders { id, page }));
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let name = visit.telegram.shop.store.read().await?.customer(id).await?.map_or_else(|| id.to_string(), |known| known.name);
    let screen = Screen::words(visit.words.html(Text::CustomerOrders { name: &name })).grid(buttons, 1);
    Ok(Reply::edit(screen.row(previous.into_iter().chain(next)).row([back(visit, id)])))
}

/// Asks for what a form wants.
pub(super) async fn start(visit: &Visit<'_>, form: PeopleForm) -> Result<Reply> {
    let reply = ask(visit, &form, None).await?;
    visit.telegram.ask(visit.customer.id, Form::People(form)).await?;
    Ok(reply)
}

/// What was asked for was typed.
pub(super) async fn text(visit: &Visit<'_>, form: PeopleForm, words: &str) -> Result<Reply> {
    match form {
        PeopleForm::Find => find(visit, words).await,
        PeopleForm::Credit { customer, give, amount: None } => {
            let currency = visit.telegram.shop.store.read().await?.shop().await?.currency;
            match fields::price(words, currency) {
                Ok(amount) => start(visit, PeopleForm::Credit { customer, give, amount: Some(amount.minor) }).await,
                Err(wrong) => ask(visit, &form, Some(unfit::words(visit.words, wrong))).await,
            }
        }
        form => match fields::note(words) {
            Ok(words) => written(visit, form, &words).await,
            Err(wrong) => ask(visit, &form, Some(unfit::words(visit.words, wrong))).await,
        },
    }
}

async fn written(visit: &Visit<'_>, form: PeopleForm, words: &str) -> Result<Reply> {
    let shop = &visit.telegram.shop;
    match form {
        PeopleForm::Credit { customer, give, amount } => {
            let currency = shop.store.read().await?.shop().await?.currency;
            let minor = amount.unwrap_or(0);
            let amount = Fiat::new(if give { minor } else { -minor }, currency);
            let id = CustomerId(customer);
            match shop.credit_by_hand(id, amount, words).await? {
                ByHand::Done { credit } => after(visit, id, Text::CreditByHandDone { credit: &credit.to_string() }).await,
                ByHand::TooLittle { credit } => after(visit, id, Text::CreditByHandTooLittle { credit: &credit.to_string() }).await,
                ByHand::Nobody => after(visit, id, Text::CustomersNotFound).await,
            }
        }
        PeopleForm::Note { customer } => note(visit, CustomerId(customer), words).await,
        PeopleForm::Write { customer, order } => {
            let message = visit.message.map(|message| format!("{}:{message}", visit.customer.id));
            let about = order.as_deref().and_then(OrderId::parse);
            let sent = shop.write_to(CustomerId(customer), about.as_ref(), words, message.as_deref()).await?;
            if let Some(order) = &order {
                visit.telegram.end_form(visit.customer.id).await?;
                let said = if sent { Text::WrittenToCustomer } else { Text::SellerOrderNotThere };
                return back_to_order(visit, order, Some(said)).await;
            }
            after(visit, CustomerId(customer), if sent { Text::WrittenToCustomer } else { Text::CustomersNotFound }).await
        }
        PeopleForm::Block { customer } => {
            let said = match shop.block(CustomerId(customer), words).await? {
                BlockResult::Done => Text::CustomerBlocked,
                BlockResult::Nothing => Text::CustomerBlockedAlready,
                BlockResult::Staff => Text::CustomerIsStaff,
            };
            after(visit, CustomerId(customer), said).await
        }
        PeopleForm::Find | PeopleForm::Answer { .. } => visit.old_button().await,
    }
}

/// The order on whose page somebody began to write to its buyer.
pub(super) async fn back_to_order(visit: &Visit<'_>, order: &str, said: Option<Text<'_>>) -> Result<Reply> {
    let Some(id) = OrderId::parse(order) else { return visit.old_button().await };
    let page = orders::page(visit, &id).await?;
    Ok(match said {
        Some(said) => saying(page, &visit.words.html(said)),
        None => page,
    })
}

/// Keeps a note; an empty one is none.
pub(super) async fn note(visit: &Visit<'_>, id: CustomerId, words: &str) -> Result<Reply> {
    visit.telegram.shop.note_customer(id, words).await?;
    after(visit, id, Text::ChangeKept).await
}

/// Lets somebody buy again.
pub(super) async fn unblock(visit: &Visit<'_>, id: CustomerId) -> Result<Reply> {
    let done = visit.telegram.shop.unblock(id).await?;
    after(visit, id, if done { Text::CustomerUnblocked } else { Text::ChangeKept }).await
}

/// The customer's name, and the `@name` when there is one, as a link to the person.
pub(in crate::telegram) fn link(customer: &Customer) -> String {
    let name = if customer.name.is_empty() { customer.id.to_string() } else { customer.name.clone() };
    let name = customer.username.as_ref().map_or_else(|| name.clone(), |username| format!("{name} (@{username})"));
    format!("<a href=\"tg://user?id={}\">{}</a>", customer.id, escape(&name))
}

fn screen(visit: &Visit<'_>, file: &CustomerFile) -> Screen {
    let (words, customer, facts) = (visit.words, &file.customer, &file.facts);
    let id = customer.id;
    let language =
        crate::locale::languages().find(|(code, _)| *code == customer.language).map_or(customer.language.as_str(), |known| known.1);
    let (since, spent, credit) = (time_tag(facts.since), facts.spent.to_string(), file.credit.to_string());
    let mut lines = vec![
        words.html(Text::CustomerTitle { customer: Html(&link(customer)), number: &id.to_string() }),
        words.html(Text::CustomerFacts { since: Html(&since), language, orders: facts.paid_orders, spent: &spent, credit: &credit }),
    ];
    lines.extend(file.role.map(|role| words.html(Text::CustomerRole { role: &words.plain(staff::role_word(role)) })));
    if let Some((at, why)) = &facts.blocked {
        lines.push(words.html(Text::CustomerBlockedSince { at: Html(&time_tag(*at)), why: &cut(why) }));
    }
    if !customer.reachable {
        lines.push(words.html(Text::SellerBuyerGone));
    }
    if !facts.note.is_empty() {
        lines.push(words.html(Text::CustomerNote { note: &cut(&facts.note) }));
    }
    if !file.entries.is_empty() {
        let entries = file.entries.iter().map(|entry| {
            let line = entry_line(words, entry);
            match &entry.by_hand {
                Some((by, why)) => format!("{line}\n    {}", words.html(Text::CustomerEntryByHand { by: &by.to_string(), why: &cut(why) })),
                None => line,
            }
        });
        lines.push(entries.collect::<Vec<_>>().join("\n"));
    }
    let people = |label, action| tap(visit, label, Action::People(action));
    let can = |right| visit.role.is_some_and(|role| may(role, right));
    let orders = file.orders.iter().map(|order| Button::tap(orders::line(words, order), Action::SellerOrder { id: order.id.clone() }));
    let more = file.more_orders.then(|| people(Text::ButtonAllOrders, PeopleAction::CustomerOrders { id, page: 0 }));
    let mut screen = Screen::words(lines.join("\n\n")).grid(orders, 1).row(more);
    if can(Right::Manage) {
        screen = screen.row([
            people(Text::ButtonGiveCredit, PeopleAction::Credit { id, give: true }),
            people(Text::ButtonTakeCredit, PeopleAction::Credit { id, give: false }),
        ]);
        screen = screen.row([people(Text::ButtonNote, PeopleAction::Note { id }), people(Text::ButtonWriteTo, PeopleAction::Write { id })]);
        let block = match (facts.blocked.is_some(), file.role) {
            (true, _) => Some(people(Text::ButtonUnblock, PeopleAction::Unblock { id })),
            (false, None) => Some(people(Text::ButtonBlock, PeopleAction::Block { id })),
            (false, Some(_)) => None,
        };
        screen = screen.row(block.into_iter().chain(can(Right::Own).then(|| done::button(visit, &AuditOf::Customer(id)))));
    } else {
        let answer = file.has_written.then(|| people(Text::ButtonAnswer, PeopleAction::Answer { id }));
        screen = screen.row([people(Text::ButtonNote, PeopleAction::Note { id })].into_iter().chain(answer));
    }
    screen.row([
        people(Text::ButtonCustomers, PeopleAction::Customers { by_spent: false, page: 0 }),
        tap(visit, Text::ButtonBackToPanel, Action::Panel),
    ])
}

async fn after(visit: &Visit<'_>, id: CustomerId, said: Text<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    Ok(saying(page(visit, id).await?, &visit.words.html(said)))
}

async fn ask(visit: &Visit<'_>, form: &PeopleForm, said: Option<String>) -> Result<Reply> {
    let words = visit.words;
    let (customer, text) = match form {
        PeopleForm::Find => (None, words.html(Text::AskFindCustomer)),
        PeopleForm::Credit { customer, give, amount } => {
            let currency = visit.telegram.shop.store.read().await?.shop().await?.currency;
            let html = match (amount, give) {
                (None, true) => words.html(Text::AskGiveCredit { currency: currency.code() }),
                (None, false) => words.html(Text::AskTakeCredit { currency: currency.code() }),
                (Some(minor), _) => words.html(Text::AskCreditByHandWhy { amount: &Fiat::new(*minor, currency).to_string() }),
            };
            (Some(*customer), html)
        }
        PeopleForm::Note { customer } => (Some(*customer), words.html(Text::AskCustomerNote)),
        PeopleForm::Write { customer, order: None } => (Some(*customer), words.html(Text::AskWriteTo)),
        PeopleForm::Write { customer, order: Some(order) } => (Some(*customer), words.html(Text::AskWordsForBuyer { order })),
        PeopleForm::Block { customer } => (Some(*customer), words.html(Text::AskBlockWhy)),
        PeopleForm::Answer { customer } => (Some(*customer), words.html(Text::AskAnswer)),
    };
    let known = match customer {
        Some(id) => visit.telegram.shop.store.read().await?.customer(CustomerId(id)).await?,
        None => None,
    };
    let text = known.map_or_else(|| text.clone(), |known| format!("👤 {}\n\n{text}", link(&known)));
    let remove = matches!(form, PeopleForm::Note { .. }).then(|| tap(visit, Text::ButtonRemove, Action::FormSkip));
    let screen =
        Screen::words(with_notice(said, &text)).row(remove.into_iter().chain([tap(visit, Text::ButtonCancel, Action::FormCancel)]));
    Ok(Reply::edit(screen))
}

fn button(line: &CustomerLine) -> Button {
    let name = if line.name.is_empty() { line.id.to_string() } else { super::products::clipped(&line.name, NAME_SHOWN_CHARS) };
    let username = line.username.as_ref().map_or_else(String::new, |username| format!(" @{username}"));
    let mark = if line.blocked { "🚫 " } else { "" };
    Button::tap(format!("{mark}{name}{username} · {}", line.spent), Action::People(PeopleAction::Customer { id: line.id }))
}

fn back(visit: &Visit<'_>, id: CustomerId) -> Button {
    tap(visit, Text::ButtonCustomer, Action::People(PeopleAction::Customer { id }))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WORDS_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
