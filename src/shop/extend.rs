//! More time for a buyer: an order that ended unpaid is offered once more, because its seller says so.

use super::checkout::{Placed, place};
use super::notice::{Notice, fresh, tell};
use super::promise::Asker;
use super::{Result, Shop, job};
use crate::domain::deed::DeedKind;
use crate::domain::invoice::InvoiceState;
use crate::domain::order::OrderId;
use crate::store::{Deed, JobKind};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// A new address is on its way, and the buyer is told.
    Done,
    /// The address of now is still good until then (unix seconds UTC). The provider ends it by itself: there is nothing to put off.
    StillGood { until: i64 },
    /// Money has been seen at the address of now, which waits for the rest of it or for the network.
    MoneySeen,
    /// Its stock is gone, its price has changed, or nothing of it can be paid any more.
    Refused,
}

impl Shop {
    /// Offers an unpaid order again, in the coin it was offered in last.
    pub async fn extend(&self, id: &OrderId) -> Result<Extended> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let now = clock.now();
                tx.lock_order(&id).await?;
                let Some(order) = tx.order(&id).await? else { return Ok(Extended::Refused) };
                let Some(last) = tx.invoices_of(&id).await?.into_iter().next() else { return Ok(Extended::Refused) };
                let is_good = matches!(last.state, InvoiceState::Creating | InvoiceState::Offered) && now < last.offer_ends_at;
                if is_good && !order.charge.is_paid() {
                    return Ok(Extended::StillGood { until: last.offer_ends_at });
                }
                match place(tx, &order, last.coin, Asker::Seller, now).await? {
                    Placed::Asked => {}
                    Placed::MoneySeen => return Ok(Extended::MoneySeen),
                    _ => return Ok(Extended::Refused),
                }
                tx.ask_for(&job(JobKind::Card, id.as_str(), now), clock.now_millis()).await?;
                let notice = Notice::Extended { order: id.as_str().to_owned() };
                tell(tx, order.customer, &fresh(&format!("extended:{id}")), notice, clock.now_millis()).await?;
                tx.deed(Deed::new(DeedKind::Extended, "").order(&id).customer(order.customer));
                Ok(Extended::Done)
            })
        })
        .await
    }
}
