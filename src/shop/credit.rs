//! Paying with store credit: a whole order at once, or a part of it with the rest in a coin.

use super::checkout::{next_question, reserve};
use super::promise::is_still_offered;
use super::sell::Sale;
use super::{Result, Shop};
use crate::domain::customer::CustomerId;
use crate::domain::money::Fiat;
use crate::domain::order::{Charge, Order, OrderEvent, OrderId, OrderState};
use crate::store::{self, Conn, CreditEntry};

/// Entries of somebody's credit that are shown.
const ENTRIES_SHOWN: i64 = 10;

/// What credit can do for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spendable {
    /// Nothing: there is none, or money is on its way already.
    Nothing,
    /// Pay all that is due, which is this much.
    Whole(Fiat),
    /// Pay this much of it.
    Part(Fiat),
    /// The buyer wants it to pay this much, or it does already.
    Wanted(Fiat),
}

/// What became of paying with credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidWithCredit {
    /// Paid; the goods are on their way.
    Done,
    /// There is not enough of it.
    TooLittle,
    /// The stock was faster.
    SoldOut,
    /// Something must be answered first.
    Unanswered,
    /// Part of the price has come to an address: it wants its rest there.
    MoneySeen,
    /// Renewed after a while, and not for sale at that price any more.
    Changed,
    /// Paid, taken back, or not this buyer's.
    Closed,
}

impl Shop {
    /// What its buyer's credit can do for an order now.
    pub async fn spendable(&self, order: &Order) -> Result<Spendable> {
        if order.charge != Charge::None || order.state.after(OrderEvent::Offer).is_none() {
            return Ok(Spendable::Nothing);
        }
        let balance = self.store.read().await?.balance(order.customer, order.total.currency).await?;
        let due = Fiat::new(order.total.minor - order.credit.minor, order.total.currency);
        let used = if order.credit.minor > 0 { order.credit } else { balance };
        Ok(match () {
            () if balance.minor > 0 && balance.minor >= due.minor => Spendable::Whole(due),
            () if used.minor <= 0 => Spendable::Nothing,
            () if order.wants_credit => Spendable::Wanted(used),
            () => Spendable::Part(used),
        })
    }

    /// The newest entries of a buyer's credit, and what is left of it.
    pub async fn credit(&self, customer: CustomerId) -> Result<(Fiat, Vec<CreditEntry>)> {
        let mut conn = self.store.read().await?;
        let currency = conn.shop().await?.currency;
        Ok((conn.balance(customer, currency).await?, conn.credit_entries(customer, currency, ENTRIES_SHOWN).await?))
    }

    /// Keeps whether credit is to pay for a part of an order. It is taken when the next address is asked for, not before: what a buyer
    /// only looks at binds nothing.
    pub async fn want_credit(&self, customer: CustomerId, id: &OrderId, wants: bool) -> Result<()> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                match tx.order(&id).await?.filter(|order| order.customer == customer && !order.charge.is_paid()) {
                    Some(order) => tx.set_wants_credit(&order.id, wants).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Pays all that is due for an order with credit, and serves it. `card` is the message that becomes its card.
    pub async fn pay_with_credit(&self, customer: CustomerId, id: &OrderId, card: Option<i32>) -> Result<PaidWithCredit> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let order = tx.order(&id).await?.filter(|order| order.customer == customer);
                let Some(order) = order else { return Ok(PaidWithCredit::Closed) };
                let now_millis = clock.now_millis();
                let paid = pay(tx, &order, now_millis).await?;
                if let (PaidWithCredit::Done, Some(card)) = (paid, card) {
                    super::card::take(tx, customer, &order.id, Some(card), now_millis).await?;
                }
                Ok(paid)
            })
        })
        .await
    }
}

async fn pay(tx: &mut Conn, order: &Order, now_millis: i64) -> store::Result<PaidWithCredit> {
    match order.charge {
        Charge::None => {}
        Charge::Partial => return Ok(PaidWithCredit::MoneySeen),
        Charge::Full | Charge::Over => return Ok(PaidWithCredit::Closed),
    }
    // Whatever could be offered for a coin can be paid with credit, and nothing else.
    if order.state.after(OrderEvent::Offer).is_none() {
        return Ok(PaidWithCredit::Closed);
    }
    if tx.holds_blocked(order.customer).await? {
        return Ok(PaidWithCredit::Closed);
    }
    if next_question(tx, order).await?.is_some() {
        return Ok(PaidWithCredit::Unanswered);
    }
    if order.state != OrderState::Open && !is_still_offered(tx, order).await? {
        return Ok(PaidWithCredit::Changed);
    }
    let due = Fiat::new(order.total.minor - order.credit.minor, order.total.currency);
    if tx.hold_balance(order.customer, due.currency).await?.minor < due.minor {
        return Ok(PaidWithCredit::TooLittle);
    }
    if !reserve(tx, order).await? {
        return Ok(PaidWithCredit::SoldOut);
    }
    let sale = Sale { order, charge: Charge::Full, paid_by: None, ask_first: None, now_millis };
    if !sale.close(tx).await? {
        return Ok(PaidWithCredit::Closed);
    }
    spend(tx, order, due, None, now_millis.div_euclid(1_000)).await?;
    Ok(PaidWithCredit::Done)
}

/// How much of an order is to be paid with credit when an address is asked for; none: credit covers all of it, and no address is needed.
pub(super) async fn part_of(tx: &mut Conn, order: &Order) -> store::Result<Option<Fiat>> {
    let nothing = Fiat::new(0, order.total.currency);
    if !order.wants_credit {
        return Ok(Some(nothing));
    }
    if order.credit.minor > 0 {
        return Ok(Some(order.credit));
    }
    let balance = tx.hold_balance(order.customer, order.total.currency).await?;
    Ok((balance.minor < order.total.minor).then_some(balance))
}

/// Makes credit pay `part` of an order: takes what is missing of it, or gives back what is too much.
pub(super) async fn apply(tx: &mut Conn, order: &Order, part: Fiat, now: i64) -> store::Result<()> {
    let missing = part.minor - order.credit.minor;
    if missing > 0 {
        return spend(tx, order, Fiat::new(missing, part.currency), None, now).await;
    }
    tx.return_credit(&order.id, part.minor, now).await.map(|_| ())
}

/// Spends credit that is held (see [`Conn::hold_balance`]) and suffices. `invoice`: whose money had become credit before its rest came.
pub(super) async fn spend(tx: &mut Conn, order: &Order, amount: Fiat, invoice: Option<&str>, now: i64) -> store::Result<()> {
    if amount.minor <= 0 || tx.spend_credit(order.customer, amount, &order.id, invoice, now).await? {
        return Ok(());
    }
    // Undoes the whole write: nobody is served for credit that is not there.
    Err(store::Error::corrupt(format!("less credit for the order {} than was held", order.id)))
}
