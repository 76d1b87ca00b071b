//! How long what an order promises can be offered once more: while it is for sale at that price, and for some hours.

use crate::domain::invoice::InvoiceState;
use crate::domain::order::{Charge, Order, OrderState};
use crate::domain::product::ProductState;
use crate::store::{self, Conn};

/// For so long after its first address an unpaid order gets others, in seconds. Each of them sets the stock aside anew, at the price of the
/// first: whoever means to pay has tried three times by then at an hour each, and nobody holds goods for days without paying.
pub const NEW_ADDRESS_SECS: i64 = 3 * 3_600;

/// Who wants a new address for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    Buyer,
    /// May give more time than a buyer can take.
    Seller,
}

/// Whether an order may get a new address at its price. One that has an address keeps it until its time is over.
pub(super) async fn may_be_offered(tx: &mut Conn, order: &Order, asker: Asker, now: i64) -> store::Result<bool> {
    // A price of which something was paid stands while the order is open; credit comes back when it ends, so it buys no more time.
    let is_bare = order.charge == Charge::None && order.credit.minor == 0;
    if (is_bare || order.state != OrderState::Open) && !is_still_offered(tx, order).await? {
        return Ok(false);
    }
    if order.charge != Charge::None || asker == Asker::Seller {
        return Ok(true);
    }
    let invoices = tx.invoices_of(&order.id).await?;
    // Somebody who has sent something may come back to it, once it has ended and holds nothing.
    if order.state != OrderState::Open && invoices.iter().any(|invoice| !invoice.received.is_zero()) {
        return Ok(true);
    }
    // One that the provider did not give was no offer.
    let first = invoices.iter().filter(|invoice| invoice.state != InvoiceState::Refused).map(|invoice| invoice.created_at).min();
    Ok(first.is_none_or(|first| now < first + NEW_ADDRESS_SECS))
}

/// Whether everything in an order is on sale at its price: an old promise ended with its time.
pub(super) async fn is_still_offered(tx: &mut Conn, order: &Order) -> store::Result<bool> {
    for line in &order.lines {
        let product = tx.product(&line.product).await?;
        let price = product.filter(|product| product.state == ProductState::OnSale);
        if price.and_then(|product| product.unit_price(line.option.as_ref(), line.quantity)) != Some(line.unit_price) {
            return Ok(false);
        }
    }
    Ok(true)
}
