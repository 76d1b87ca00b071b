//! The payment card: what of an order its buyer must see now, from what is stored and the time; and the endings that change it.

use super::checkout::release;
use super::{Result, Shop, job};
use crate::domain::coin::Coin;
use crate::domain::customer::CustomerId;
use crate::domain::invoice::{Invoice, InvoiceState};
use crate::domain::money::{CoinAmount, Fiat};
use crate::domain::order::{Charge, Order, OrderEvent, OrderId, OrderState};
use crate::store::{self, Conn, JobKind, LeftCard};

/// After so many seconds without an address the card says that it takes longer than usual.
const SLOW_SECS: i64 = 4;
/// After so many seconds it is known whether the provider answers anybody, and the card says so.
const KNOWN_SECS: i64 = 15;

/// What the card shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Face {
    /// An address is being asked for.
    Asking { invoice: Invoice, wait: Wait },
    /// The address, the amount and the time left. `part`: what has come and what is missing, when part of it has come.
    Pay { invoice: Invoice, address: String, due: CoinAmount, part: Option<(CoinAmount, CoinAmount)> },
    /// The time is over and the provider has not said yet whether money came.
    Checking,
    /// So much was seen, which is all of it, and does not count yet.
    Confirming { coin: Coin, seen: CoinAmount },
    /// Part of it has come, and nobody knows how much.
    Counting,
    /// There is no address in this coin: another one, or later. `away`: there is none in any coin just now.
    NoAddress { coin: Coin, away: bool },
    /// Paid, one way or another; see [`Order::standing`].
    Paid { paid: Option<Invoice>, txs: Vec<String> },
    /// Not paid in time; `credited`: what part of it became credit.
    Expired { credited: Option<Fiat> },
    /// Taken back.
    Cancelled,
    /// Paid and not served; the seller has given the money back.
    GivenBack,
}

/// How the waiting for an address goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// As usual.
    Short,
    /// Longer than usual.
    Long,
    /// The provider answers nobody.
    Away,
}

/// A card, and where it is.
#[derive(Debug, Clone)]
pub struct Card {
    pub order: Order,
    pub face: Face,
    /// When it must be looked at again because of the time alone (unix seconds UTC).
    pub changes_at: Option<i64>,
}

impl Shop {
    /// The card of an order as it must look now; none when nothing was ever offered for it.
    pub async fn card(&self, id: &OrderId) -> Result<Option<Card>> {
        let mut conn = self.store.read().await?;
        let Some(order) = conn.order(id).await? else { return Ok(None) };
        if order.state == OrderState::Draft {
            return Ok(None);
        }
        let invoices = conn.invoices_of(id).await?;
        let now = self.now();
        let mut face = face(&order, &invoices, now, self.provider.is_away());
        match &mut face {
            Face::Paid { paid: Some(invoice), txs } => *txs = conn.txs(&invoice.id).await?,
            Face::Expired { credited } => {
                let mut sum = Fiat::new(0, order.total.currency);
                for invoice in &invoices {
                    sum.minor += conn.credited(&invoice.id, order.total.currency).await?.minor;
                }
                *credited = (sum.minor > 0).then_some(sum);
            }
            _ => {}
        }
        let changes_at = match &face {
            Face::Asking { invoice, wait: Wait::Short | Wait::Long } => {
                [SLOW_SECS, KNOWN_SECS].map(|secs| invoice.created_at + secs).into_iter().find(|at| *at > now)
            }
            _ => None,
        };
        Ok(Some(Card { order, face, changes_at }))
    }

    /// Asks for the card of an order to be brought up to date.
    pub async fn refresh_card(&self, id: &OrderId) -> Result<()> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| Box::pin(async move { tx.ask_for(&job(JobKind::Card, id.as_str(), clock.now()), clock.now_millis()).await }))
            .await
    }

    /// The order whose card is this message of a buyer.
    pub async fn card_owner(&self, customer: CustomerId, message: i32) -> Result<Option<OrderId>> {
        Ok(self.store.read().await?.card_owner(customer, message).await?)
    }

    /// Makes another message the card of an order, or none, if `from` is it still; false when it is not. For whoever writes cards: `from`
    /// shows nothing any more.
    pub async fn replace_card(&self, id: &OrderId, from: Option<i32>, to: Option<i32>) -> Result<bool> {
        let id = id.clone();
        self.write(move |tx| Box::pin(async move { tx.replace_card_message(&id, from, to).await })).await
    }

    /// Makes a message that a buyer has tapped the card of an order, and asks for it to be written; none: a new message. Whatever was the
    /// card before goes.
    pub async fn take_card(&self, customer: CustomerId, id: &OrderId, message: Option<i32>) -> Result<()> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                take(tx, customer, &id, message, clock.now_millis()).await
            })
        })
        .await
    }

    /// The messages that were the card of an order and are still to be taken out of the chat.
    pub async fn left_cards(&self, id: &OrderId) -> Result<Vec<LeftCard>> {
        Ok(self.store.read().await?.left_cards(id).await?)
    }

    /// A message that was a card shows nothing of its order any more.
    pub async fn forget_left_card(&self, id: &OrderId, message: i32) -> Result<()> {
        let id = id.clone();
        self.write(move |tx| Box::pin(async move { tx.forget_left_card(&id, message).await })).await
    }
}

/// A message becomes the card of an order: the cards that change with it are written.
pub(super) async fn take(tx: &mut Conn, customer: CustomerId, id: &OrderId, message: Option<i32>, now_millis: i64) -> store::Result<()> {
    for order in tx.take_card_message(customer, id, message).await?.iter().chain([id]) {
        tx.ask_for(&job(JobKind::Card, order.as_str(), now_millis / 1_000), now_millis).await?;
    }
    Ok(())
}

/// What the card of an order shows at `now` (unix seconds UTC); `invoices` are the order's, the newest first. `away`: the provider answers
/// nobody.
fn face(order: &Order, invoices: &[Invoice], now: i64, away: bool) -> Face {
    if order.charge.is_paid() && !order.is_owed() {
        return Face::GivenBack;
    }
    if order.charge.is_paid() {
        let paid = invoices.iter().find(|invoice| Some(&invoice.id) == order.paid_by.as_ref()).cloned();
        return Face::Paid { paid, txs: Vec::new() };
    }
    let current = invoices.iter().find(|invoice| matches!(invoice.state, InvoiceState::Creating | InvoiceState::Offered));
    match (order.state, current) {
        (OrderState::Cancelled, _) => Face::Cancelled,
        (_, Some(invoice)) if invoice.state == InvoiceState::Creating => {
            let wait = match now - invoice.created_at {
                _ if away => Wait::Away,
                SLOW_SECS.. => Wait::Long,
                _ => Wait::Short,
            };
            Face::Asking { invoice: invoice.clone(), wait }
        }
        (_, Some(invoice)) => match (&invoice.address, invoice.due) {
            (Some(_), Some(due)) if invoice.received >= due && invoice.missing.is_none_or(CoinAmount::is_zero) => {
                Face::Confirming { coin: invoice.coin, seen: invoice.received }
            }
            (Some(_), Some(_)) if order.charge == Charge::Partial && invoice.received.is_zero() => Face::Counting,
            (Some(address), Some(due)) if now < invoice.offer_ends_at => {
                let rest = invoice.missing.filter(|missing| !missing.is_zero()).unwrap_or(due.minus(invoice.received));
                let part = (!invoice.received.is_zero()).then_some((invoice.received, rest));
                Face::Pay { address: address.clone(), due, part, invoice: invoice.clone() }
            }
            _ => Face::Checking,
        },
        (_, None) => match invoices.first() {
            Some(newest) if newest.state == InvoiceState::Refused => Face::NoAddress { coin: newest.coin, away },
            _ => Face::Expired { credited: None },
        },
    }
}

/// The offer has ended without the price: the invoice and, when nothing else is offered, its order expire, and the stock goes back.
pub(super) async fn close_unpaid(tx: &mut Conn, order: &Order, invoice: &Invoice, now: i64, now_millis: i64) -> store::Result<()> {
    if !tx.move_invoice(&invoice.id, InvoiceState::Offered, InvoiceState::Expired).await? {
        return Ok(());
    }
    expire_order(tx, order, now).await?;
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await
}

/// There will be no address for an invoice.
pub(super) async fn refuse_offer(tx: &mut Conn, invoice: &Invoice, now: i64, now_millis: i64) -> store::Result<()> {
    tx.lock_order(&invoice.order).await?;
    if !tx.move_invoice(&invoice.id, InvoiceState::Creating, InvoiceState::Refused).await? {
        return Ok(());
    }
    let Some(order) = tx.order(&invoice.order).await? else { return Ok(()) };
    expire_order(tx, &order, now).await?;
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await
}

/// Ends an unpaid order for which nothing is offered any more.
pub(super) async fn expire_order(tx: &mut Conn, order: &Order, now: i64) -> store::Result<()> {
    if tx.current_invoice(&order.id).await?.is_some() || order.charge.is_paid() {
        return Ok(());
    }
    if let Some(state) = order.state.after(OrderEvent::Expire) {
        tx.move_order(&order.id, order.state, state).await?;
        release(tx, order, now).await?;
    }
    Ok(())
}
