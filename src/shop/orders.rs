//! Orders for whoever looks after them: lists, looking for one, taking one back.

use super::browse::PAGE;
use super::cancel::{Cancelled, take_back};
use super::notice::{Notice, tell};
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::order::{Order, OrderId, OrderState};
use crate::store::{Deed, HistoryEntry, OrderList};

/// Orders that a search shows; more than these, and it should be narrower.
pub const FOUND_MAX: usize = 20;
/// Longest search, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;

impl Shop {
    /// A page of orders that stand alike, the newest first, and whether more follow; page from 0.
    pub async fn order_list(&self, list: OrderList, page: u32) -> Result<(Vec<Order>, bool)> {
        let mut orders = self.store.read().await?.orders_listed(list, i64::from(page) * PAGE, PAGE + 1).await?;
        let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = orders.len() > page_size;
        orders.truncate(page_size);
        Ok((orders, more))
    }

    /// The newest orders that somebody means by `wanted`, and whether there are more.
    pub async fn find_orders(&self, wanted: &str) -> Result<(Vec<Order>, bool)> {
        // PostgreSQL takes no zero bytes in a text, and nothing that is looked for has one.
        let wanted: String = wanted.trim().chars().filter(|c| *c != '\0').take(SEARCH_CHARS_MAX).collect();
        if wanted.is_empty() {
            return Ok((Vec::new(), false));
        }
        let limit = i64::try_from(FOUND_MAX).unwrap_or(i64::MAX);
        let mut orders = self.store.read().await?.orders_found(&wanted, limit + 1).await?;
        let more = orders.len() > FOUND_MAX;
        orders.truncate(FOUND_MAX);
        Ok((orders, more))
    }

    /// Everything that happened to an order, the oldest first.
    pub async fn history(&self, id: &OrderId) -> Result<Vec<HistoryEntry>> {
        Ok(self.store.read().await?.history(id).await?)
    }

    /// The seller takes an unpaid order back, and its buyer is told.
    pub async fn cancel_for_buyer(&self, id: &OrderId) -> Result<Cancelled> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let known = tx.order(&id).await?.filter(|order| order.state != OrderState::Draft);
                let Some(order) = known else { return Ok(Cancelled::Closed) };
                let done = take_back(tx, &order, clock.now_millis()).await?;
                if done == Cancelled::Done {
                    tx.deed(Deed::new(DeedKind::OrderCancelled, "").order(&id).customer(order.customer));
                    let notice = Notice::CancelledBySeller { order: id.as_str().to_owned() };
                    tell(tx, order.customer, &format!("cancelled:{id}"), notice, clock.now_millis()).await?;
                }
                Ok(done)
            })
        })
        .await
    }
}
