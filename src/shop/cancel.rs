//! Taking an order back before it is paid.

use super::checkout::release;
use super::{Result, Shop, job};
use crate::domain::customer::CustomerId;
use crate::domain::invoice::InvoiceState;
use crate::domain::order::{Charge, Order, OrderEvent, OrderId, OrderState};
use crate::store::{self, Conn, JobKind};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// Taken back; its address is watched all the same. One that was still being put together is gone.
    Done,
    /// Money has come: it wants its goods, or its rest.
    MoneySeen,
    /// Nothing to take back, or not this buyer's.
    Closed,
}

impl Shop {
    /// Takes an order of this buyer back, unless money has come.
    pub async fn cancel(&self, customer: CustomerId, id: &OrderId) -> Result<Cancelled> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let Some(order) = tx.order(&id).await?.filter(|order| order.customer == customer) else { return Ok(Cancelled::Closed) };
                take_back(tx, &order, clock.now_millis()).await
            })
        })
        .await
    }
}

/// Takes an order back that is locked, unless money has come.
pub(super) async fn take_back(tx: &mut Conn, order: &Order, now_millis: i64) -> store::Result<Cancelled> {
    let now = now_millis.div_euclid(1_000);
    if order.charge != Charge::None {
        return Ok(Cancelled::MoneySeen);
    }
    let Some(state) = order.state.after(OrderEvent::Cancel) else { return Ok(Cancelled::Closed) };
    if order.state == OrderState::Draft {
        // Nobody was promised anything: it goes as one goes that makes room for the next, and stands in no list. It has no card.
        tx.drop_draft(order.customer).await?;
        return Ok(Cancelled::Done);
    }
    tx.move_order(&order.id, order.state, state).await?;
    if let Some(invoice) = tx.current_invoice(&order.id).await? {
        tx.move_invoice(&invoice.id, invoice.state, InvoiceState::Cancelled).await?;
        tx.ask_for(&job(JobKind::Recheck, &invoice.id, now), now_millis).await?;
    }
    release(tx, order, now).await?;
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await?;
    Ok(Cancelled::Done)
}
