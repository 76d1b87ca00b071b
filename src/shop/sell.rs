//! Booking the price of an order, once, whatever paid it, and making its goods the buyer's.

use super::daily::look_at_stock;
use super::job;
use super::notice::{Notice, open_case, tell, tell_staff};
use super::obtain::is_obtained;
use crate::domain::invoice::{Invoice, InvoiceState};
use crate::domain::order::{Charge, Delivery, Line, Order, PAID_BY_CREDIT};
use crate::domain::product::Kind;
use crate::store::{self, CaseKind, Conn, JobKind, NewCase};

/// An order whose whole price has come.
pub(super) struct Sale<'a> {
    pub order: &'a Order,
    pub charge: Charge,
    /// The invoice that paid it; none: credit alone did.
    pub paid_by: Option<&'a Invoice>,
    /// Why the seller decides before anything is handed over, if they do.
    pub ask_first: Option<&'static str>,
    pub now_millis: i64,
}

impl Sale<'_> {
    /// Books the price, hands every line its goods, and asks for all that follows. Only one caller ever wins the booking: false for the
    /// others, who change nothing.
    pub(super) async fn close(&self, tx: &mut Conn) -> store::Result<bool> {
        let (order, now) = (self.order, self.now_millis.div_euclid(1_000));
        let paid_by = self.paid_by.map_or(PAID_BY_CREDIT, |invoice| invoice.id.as_str());
        if !tx.book_payment(&order.id, self.charge, paid_by, now).await? {
            return Ok(false);
        }
        if let Some(current) = tx.current_invoice(&order.id).await?
            && current.id != paid_by
        {
            tx.move_invoice(&current.id, current.state, InvoiceState::Superseded).await?;
            tx.ask_for(&job(JobKind::Recheck, &current.id, now), self.now_millis).await?;
        }
        if let Some(invoice) = self.paid_by {
            tx.move_invoice(&invoice.id, invoice.state, InvoiceState::Settled).await?;
        }
        let mut held = self.ask_first.is_some();
        if let Some(why) = self.ask_first {
            self.hold(tx, why).await?;
        } else {
            for line in &order.lines {
                held |= !self.assign(tx, line).await?;
            }
        }
        if held {
            let notice = Notice::NeedsSeller { order: order.id.as_str().to_owned() };
            tell(tx, order.customer, &format!("held:{}", order.id), notice, self.now_millis).await?;
        }
        let sale = Notice::Sale { order: order.id.as_str().to_owned() };
        tell_staff(tx, &format!("sale:{}", order.id), &sale, self.now_millis).await?;
        tx.ask_for(&job(JobKind::Deliver, order.id.as_str(), now), self.now_millis).await?;
        tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), self.now_millis).await?;
        Ok(true)
    }

    /// Hands nothing over before the seller has decided.
    async fn hold(&self, tx: &mut Conn, why: &str) -> store::Result<()> {
        for line in &self.order.lines {
            tx.release_stock(&line.id).await?;
            tx.set_delivery(&line.id, Delivery::Held).await?;
        }
        let detail = why.to_owned();
        let invoice = self.paid_by.map(|invoice| invoice.id.clone());
        open_case(tx, NewCase { order: self.order.id.clone(), invoice, kind: CaseKind::Late, detail }, self.now_millis).await?;
        Ok(())
    }

    /// Makes the goods of one line the buyer's; false, and a case, when the stock is gone.
    async fn assign(&self, tx: &mut Conn, line: &Line) -> store::Result<bool> {
        if line.kind == Kind::Keys {
            if tx.reserve_stock(&line.product, &line.id, line.quantity).await? < line.quantity {
                tx.release_stock(&line.id).await?;
                tx.set_delivery(&line.id, Delivery::Held).await?;
                let case = NewCase {
                    order: self.order.id.clone(),
                    invoice: self.paid_by.map(|invoice| invoice.id.clone()),
                    kind: CaseKind::SoldOut,
                    detail: format!("paid, but {} x {} is not left", line.quantity, line.product),
                };
                open_case(tx, case, self.now_millis).await?;
                return Ok(false);
            }
            tx.sell_stock(&line.id, self.now_millis.div_euclid(1_000)).await?;
            look_at_stock(tx, &line.product, self.now_millis).await?;
        }
        tx.set_delivery(&line.id, Delivery::Assigned).await?;
        if is_obtained(line.kind) {
            tx.ask_for(&job(JobKind::Obtain, &line.id, self.now_millis.div_euclid(1_000)), self.now_millis).await?;
        }
        Ok(true)
    }
}
