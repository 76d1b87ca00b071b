//! From a product to an address: the draft, what must be asked, the coin, and the reservation.

use super::promise::{Asker, may_be_offered};
use super::{Result, Shop, credit, job};
use crate::domain::answer::{self, Photo};
use crate::domain::coin::Coin;
use crate::domain::customer::{Customer, CustomerId};
use crate::domain::invoice::{Invoice, InvoiceState, WATCH_SECS};
use crate::domain::money::{CoinAmount, Fiat};
use crate::domain::option::OptionId;
use crate::domain::order::{Charge, Delivery, Line, OPEN_ORDERS_MAX, Order, OrderEvent, OrderId, OrderState};
use crate::domain::product::{Kind, Product, ProductId, Question, QuestionKind};
use crate::store::{self, Conn, JobKind, new_id, new_order_id};

/// Addresses that one buyer may ask for within an hour: each costs the provider an address.
const INVOICES_PER_HOUR_MAX: i64 = 12;
/// Longest answer to a question, in characters.
pub const ANSWER_CHARS_MAX: usize = 500;

/// What became of "Buy".
#[derive(Debug, Clone)]
pub enum Started {
    /// It is being put together; see [`Shop::next_question`].
    Draft(Order),
    /// Not on sale any more.
    NotForSale,
    /// Fewer are left than were wanted.
    SoldOut { left: u32 },
    /// The seller sells so many in one order, and others were wanted.
    Limits { least: u32, most: u32 },
    /// The product is sold in several ways, and none of them was chosen.
    NoChoice,
    /// The buyer is in for good already.
    HaveIt,
}

/// What became of an answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Kept.
    Kept,
    /// Longer than [`ANSWER_CHARS_MAX`].
    TooLong,
    /// Not what was asked for.
    Unfit,
    /// There is nothing to answer any more.
    Gone,
}

/// What became of a choice of coin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// An address is on its way; the card shows it.
    Asked,
    /// The stock was faster.
    SoldOut,
    /// Too many orders wait for payment at once.
    TooManyOpen,
    /// Too many addresses in an hour.
    TooOften,
    /// The coin cannot be used now.
    CoinOff,
    /// Something must be answered first.
    Unanswered,
    /// Part of the price has come on another address: it wants its rest there.
    MoneySeen,
    /// Credit was to pay a part, and is enough for all of it now.
    CreditCovers,
    /// Not for sale at that price any more, or unpaid for so long that it gets no new address.
    Changed,
    /// Paid, taken back, or not this buyer's.
    Closed,
}

impl Shop {
    /// Puts an order together: one product, `quantity` units. What the buyer was putting together before is dropped, unless it is the same:
    /// then it goes on, so that "Buy" handled twice leaves no button of an order that is gone.
    pub async fn start_order(&self, customer: &Customer, product: &ProductId, quantity: u32) -> Result<Started> {
        self.start_order_of(customer, product, None, quantity).await
    }

    /// As [`Self::start_order`], of one option of the product.
    pub async fn start_order_of(
        &self,
        customer: &Customer,
        product: &ProductId,
        option: Option<&OptionId>,
        quantity: u32,
    ) -> Result<Started> {
        let Some(offered) = self.product(product).await? else { return Ok(Started::NotForSale) };
        if !offered.product.is_choice(option) {
            return Ok(Started::NoChoice);
        }
        let (least, most) = (offered.quantity_min(), offered.quantity_max(option));
        if quantity < least || quantity > most {
            let is_rule = most == offered.product.quantity_max || (most > 0 && quantity < least);
            return Ok(if is_rule { Started::Limits { least, most } } else { Started::SoldOut { left: most } });
        }
        if self.is_in_for_good(customer, &offered.product).await? {
            return Ok(Started::HaveIt);
        }
        let product = offered.product;
        let unit_price = product.unit_price(option, quantity).unwrap_or(product.price);
        let Some(total) = unit_price.times(quantity) else { return Ok(Started::NotForSale) };
        let order = Order {
            id: new_order_id(),
            customer: customer.id,
            state: OrderState::Draft,
            charge: Charge::None,
            total,
            credit: Fiat::new(0, total.currency),
            wants_credit: false,
            created_at: self.now(),
            paid_at: None,
            paid_by: None,
            card_message: None,
            goods_message: None,
            lines: vec![Line {
                id: new_id(),
                name: product.name_of(option, &customer.language),
                days: (product.kind == Kind::Invite).then(|| product.days_of(option)).flatten(),
                product: product.id,
                option: option.cloned(),
                kind: product.kind,
                unit_price,
                quantity,
                answers: Vec::new(),
                delivery: Delivery::None,
                documents_sent: 0,
                documents_of: None,
                document_message: None,
                note: None,
            }],
        };
        self.write(move |tx| {
            let order = order.clone();
            Box::pin(async move {
                if tx.is_blocked(order.customer).await? {
                    return Ok(Started::NotForSale);
                }
                if let Some(draft) = tx.draft(order.customer).await?.filter(|draft| is_same(draft, &order)) {
                    return Ok(Started::Draft(draft));
                }
                tx.drop_draft(order.customer).await?;
                tx.add_order(&order).await?;
                Ok(Started::Draft(order))
            })
        })
        .await
    }

    /// Whether an invite would give a buyer nothing: it leads where they may stay for good already.
    async fn is_in_for_good(&self, customer: &Customer, product: &Product) -> Result<bool> {
        let Some(invite) = &product.invite else { return Ok(false) };
        let known = self.store.read().await?.membership(customer.id, invite.chat).await?;
        Ok(known.is_some_and(|known| known.ended_at.is_none() && known.ends_at.is_none()))
    }

    /// The order of this buyer whose card is `message` and that waits for money: a button that was tapped twice finds it.
    pub async fn open_order_on(&self, customer: CustomerId, message: i32) -> Result<Option<OrderId>> {
        Ok(self.store.read().await?.open_order_on(customer, message).await?)
    }

    /// An order of this buyer; none when it is somebody else's, or nobody's.
    pub async fn order_of(&self, customer: CustomerId, id: &OrderId) -> Result<Option<Order>> {
        Ok(self.store.read().await?.order(id).await?.filter(|order| order.customer == customer))
    }

    /// What must still be asked before the order can be paid, and the line it is for.
    pub async fn next_question(&self, order: &Order) -> Result<Option<(Line, Question)>> {
        next_question(&mut self.store.read().await?, order).await.map_err(Into::into)
    }

    /// Keeps the answer to question number `question` (from 0), or says what is wrong with it. An answer that was kept before stays.
    pub async fn answer(&self, customer: CustomerId, id: &OrderId, question: u32, text: &str) -> Result<Answered> {
        self.keep_given(customer, id, question, Given::Words(answer::typed(text.trim()))).await
    }

    /// Keeps a photo as the answer to question number `question`; it is none to a question that wants words.
    pub async fn answer_with_photo(&self, customer: CustomerId, id: &OrderId, question: u32, photo: Photo) -> Result<Answered> {
        self.keep_given(customer, id, question, Given::Photo(photo)).await
    }

    async fn keep_given(&self, customer: CustomerId, id: &OrderId, question: u32, given: Given) -> Result<Answered> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(order) = tx.order(&id).await?.filter(|order| order.customer == customer) else { return Ok(Answered::Gone) };
                if order.answers_given() > question {
                    return Ok(Answered::Kept);
                }
                // The seller asks nothing any more: what comes next is shown.
                let Some((mut line, question)) = next_question(tx, &order).await? else { return Ok(Answered::Kept) };
                let answer = match (&given, question.kind) {
                    (Given::Words(text), _) if text.chars().count() > ANSWER_CHARS_MAX => return Ok(Answered::TooLong),
                    (Given::Words(text), _) => fit(&question, text),
                    (Given::Photo(photo), QuestionKind::Photo) => Some(photo.answer()),
                    (Given::Photo(_), _) => None,
                };
                let Some(answer) = answer else { return Ok(Answered::Unfit) };
                let language = tx.customer(customer).await?.map_or_else(String::new, |customer| customer.language);
                line.answers.push((question.label.get(&language).to_owned(), answer));
                tx.set_answers(&line.id, &line.answers).await?;
                Ok(Answered::Kept)
            })
        })
        .await
    }

    /// The coins an order can be paid with now, in the shop's order, the buyer's last one first.
    pub async fn coins(&self, customer: &Customer) -> Result<Vec<Coin>> {
        let mut coins = self.store.read().await?.shop().await?.coins;
        coins.retain(|coin| !self.is_refused(*coin));
        let last = customer.last_coin.as_deref().and_then(Coin::parse);
        coins.sort_by_key(|coin| Some(*coin) != last);
        Ok(coins)
    }

    /// Asks for an address in this coin: reserves the stock, withdraws the offer in another coin, and lets the card follow. `card` is the
    /// message that becomes the payment card.
    pub async fn place(&self, customer: CustomerId, id: &OrderId, coin: Coin, card: Option<i32>) -> Result<Placed> {
        if self.is_refused(coin) || !self.store.read().await?.shop().await?.coins.contains(&coin) {
            return Ok(Placed::CoinOff);
        }
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let Some(order) = tx.order(&id).await?.filter(|order| order.customer == customer) else { return Ok(Placed::Closed) };
                let placed = place(tx, &order, coin, Asker::Buyer, clock.now()).await?;
                if placed == Placed::Asked {
                    match card {
                        Some(card) => super::card::take(tx, customer, &order.id, Some(card), clock.now_millis()).await?,
                        None => tx.ask_for(&job(JobKind::Card, order.id.as_str(), clock.now()), clock.now_millis()).await?,
                    }
                }
                Ok(placed)
            })
        })
        .await
    }
}

/// What a buyer answers.
enum Given {
    Words(String),
    Photo(Photo),
}

/// Whether two drafts promise the same, and nothing was answered for the first.
fn is_same(draft: &Order, new: &Order) -> bool {
    let promised = |order: &Order| {
        let parts = |line: &Line| (line.product.clone(), line.option.clone(), line.name.clone(), line.unit_price, line.quantity, line.days);
        order.lines.iter().map(parts).collect::<Vec<_>>()
    };
    promised(draft) == promised(new) && draft.answers_given() == 0
}

pub(super) async fn next_question(conn: &mut Conn, order: &Order) -> store::Result<Option<(Line, Question)>> {
    for line in order.lines.iter().filter(|line| line.kind == Kind::Manual) {
        let Some(product) = conn.product(&line.product).await? else { continue };
        if let Some(question) = product.questions.get(line.answers.len()) {
            return Ok(Some((line.clone(), question.clone())));
        }
    }
    Ok(None)
}

/// The answer as it is kept, when it is one.
fn fit(question: &Question, text: &str) -> Option<String> {
    let fits = match question.kind {
        QuestionKind::Text => !text.is_empty(),
        QuestionKind::Address => text.chars().filter(|c| c.is_alphanumeric()).count() >= 5,
        QuestionKind::Phone => {
            let digits = text.chars().filter(char::is_ascii_digit).count();
            (5..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-(). /".contains(c))
        }
        // Words are none: see [`Shop::answer_with_photo`].
        QuestionKind::Photo => false,
        QuestionKind::Choice => return question.choices.iter().find(|choice| choice.trim().eq_ignore_ascii_case(text)).cloned(),
    };
    fits.then(|| text.to_owned())
}

pub(super) async fn place(tx: &mut Conn, order: &Order, coin: Coin, asker: Asker, now: i64) -> store::Result<Placed> {
    if order.charge.is_paid() {
        return Ok(Placed::Closed);
    }
    let Some(state) = order.state.after(OrderEvent::Offer) else { return Ok(Placed::Closed) };
    if tx.holds_blocked(order.customer).await? {
        return Ok(Placed::Closed);
    }
    if next_question(tx, order).await?.is_some() {
        return Ok(Placed::Unanswered);
    }
    let Some(part) = credit::part_of(tx, order).await? else { return Ok(Placed::CreditCovers) };
    let price = Fiat::new(order.total.minor - part.minor, order.total.currency);
    let current = tx.current_invoice(&order.id).await?;
    if let Some(current) = &current {
        let still_offered = current.state == InvoiceState::Creating || now < current.offer_ends_at;
        if current.coin == coin && current.price == price && still_offered {
            return Ok(Placed::Asked);
        }
        // What is whole and only waits to be confirmed counts for longer than its offer stands.
        let is_whole = current.due.is_some_and(|due| current.received >= due);
        if order.charge == Charge::Partial && (still_offered || is_whole) {
            return Ok(Placed::MoneySeen);
        }
    }
    if !may_be_offered(tx, order, asker, now).await? {
        return Ok(Placed::Changed);
    }
    if order.state != OrderState::Open && tx.open_orders(order.customer).await? >= OPEN_ORDERS_MAX {
        return Ok(Placed::TooManyOpen);
    }
    if tx.invoices_since(order.customer, now - 3_600).await? >= INVOICES_PER_HOUR_MAX {
        return Ok(Placed::TooOften);
    }
    if !reserve(tx, order).await? {
        return Ok(Placed::SoldOut);
    }
    credit::apply(tx, order, part, now).await?;
    if let Some(current) = current {
        tx.move_invoice(&current.id, current.state, InvoiceState::Superseded).await?;
        // Asked about at once: what came to the old address until now must be known, and the offer be taken back.
        tx.ask_for(&job(JobKind::Recheck, &current.id, now), now * 1_000).await?;
    }
    let offer_secs = tx.policy().await?.offer_secs();
    let invoice = Invoice {
        id: new_id(),
        order: order.id.clone(),
        coin,
        state: InvoiceState::Creating,
        price,
        number: None,
        address: None,
        due: None,
        received: CoinAmount::ZERO,
        missing: None,
        created_at: now,
        offer_ends_at: now + offer_secs,
        watch_ends_at: now + offer_secs + WATCH_SECS,
        checked_at: 0,
    };
    tx.add_invoice(&invoice).await?;
    if order.charge == Charge::Partial {
        // What came to an older address is looked after there: this one waits for the whole price.
        tx.set_charge(&order.id, Charge::None).await?;
    }
    tx.move_order(&order.id, order.state, state).await?;
    tx.set_last_coin(order.customer, coin.code()).await?;
    tx.ask_for(&job(JobKind::Offer, &invoice.id, now), now * 1_000).await?;
    Ok(Placed::Asked)
}

/// Sets the stock of an order aside, all of it or nothing.
pub(super) async fn reserve(tx: &mut Conn, order: &Order) -> store::Result<bool> {
    let mut complete = true;
    for line in order.lines.iter().filter(|line| line.kind == Kind::Keys) {
        complete &= tx.reserve_stock(&line.product, &line.id, line.quantity).await? == line.quantity;
    }
    for line in &order.lines {
        if complete {
            tx.set_delivery(&line.id, Delivery::Reserved).await?;
        } else {
            tx.release_stock(&line.id).await?;
            tx.set_delivery(&line.id, Delivery::None).await?;
        }
    }
    Ok(complete)
}

/// Gives back what is set aside for an order that cannot be paid any more: the stock, and the credit that was to pay a part of it. Renewing
/// it takes neither by itself.
pub(super) async fn release(tx: &mut Conn, order: &Order, now: i64) -> store::Result<()> {
    tx.return_credit(&order.id, 0, now).await?;
    tx.set_wants_credit(&order.id, false).await?;
    for line in order.lines.iter().filter(|line| matches!(line.delivery, Delivery::None | Delivery::Reserved)) {
        tx.release_stock(&line.id).await?;
        tx.set_delivery(&line.id, Delivery::None).await?;
    }
    Ok(())
}
