//! What the books say about invoices, for a comparison with what the provider says.

use super::invoices::InvoiceRow;
use super::{CaseKind, Conn, Error, NewCase, Result, on, row, rows};
use crate::domain::invoice::Invoice;
use crate::domain::order::{Charge, OrderId};

/// How an order and one of its invoices stand, as far as money goes.
#[derive(Debug, Clone)]
pub struct Booked {
    pub charge: Charge,
    /// The invoice that paid for the order, once one did.
    pub paid_by: Option<String>,
    /// Whether money of the invoice ever became credit.
    pub credited: bool,
    /// Every case about the order, open or closed, as it was opened.
    pub cases: Vec<NewCase>,
}

impl Conn {
    /// Invoices begun since a moment that are still watched, and about which nobody is going to ask: the clock was ahead, and their time
    /// seemed to be over.
    pub async fn unasked_invoices(&mut self, since: i64, now: i64) -> Result<Vec<String>> {
        let sql = "SELECT i.id FROM invoices i
            WHERE i.created_at >= $1 AND i.watch_ends_at > $2 AND i.number IS NOT NULL AND i.state NOT IN ('settled', 'refused')
                AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'recheck' AND j.key = i.id AND j.done_at IS NULL)";
        Ok(rows!(self, (String,), sql, since, now)?.into_iter().map(|(id,)| id).collect())
    }

    /// Every invoice that was begun since a moment (unix seconds UTC), the oldest first. One row that cannot be read hides no other.
    pub async fn invoices_begun_since(&mut self, since: i64) -> Result<Vec<Result<Invoice>>> {
        let sql =
            "SELECT id, order_id, coin, state, price_minor, currency, number, address, due, received, missing, created_at, offer_ends_at,
            watch_ends_at, checked_at FROM invoices WHERE created_at >= $1 ORDER BY created_at, id";
        Ok(rows!(self, InvoiceRow, sql, since)?.into_iter().map(Invoice::try_from).collect())
    }

    /// How an invoice and its order stand; none when there is no such order.
    pub async fn booked(&mut self, invoice: &Invoice) -> Result<Option<Booked>> {
        let sql = "SELECT charge, paid_by, (SELECT COUNT(*) FROM credits WHERE invoice_id = $2) FROM orders WHERE id = $1";
        let Some((charge, paid_by, credits)) = row!(self, (String, Option<String>, i64), sql, invoice.order.as_str(), invoice.id.as_str())?
        else {
            return Ok(None);
        };
        let charge = Charge::parse(&charge).ok_or_else(|| Error::corrupt(format!("an order with the charge {charge}")))?;
        Ok(Some(Booked { charge, paid_by, credited: credits > 0, cases: self.cases_ever_of(&invoice.order).await? }))
    }

    async fn cases_ever_of(&mut self, order: &OrderId) -> Result<Vec<NewCase>> {
        let sql = "SELECT invoice_id, kind, detail FROM cases WHERE order_id = $1 ORDER BY opened_at, id";
        let found = rows!(self, (Option<String>, String, String), sql, order.as_str())?;
        let case = |(invoice, kind, detail): (Option<String>, String, String)| {
            let kind = CaseKind::parse(&kind).ok_or_else(|| Error::corrupt(format!("a case of the kind {kind}")))?;
            Ok(NewCase { order: order.clone(), invoice, kind, detail })
        };
        found.into_iter().map(case).collect()
    }
}
