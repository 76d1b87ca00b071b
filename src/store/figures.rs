//! Sums over what was paid, for the shop's statistics. What each of them means is said in `shop::statistics`.

use super::{Conn, Result, execute, new_id, on, row, rows};
use crate::domain::money::{Currency, Fiat};
use crate::domain::order::OrderId;

/// A stretch of time in which money of one currency is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub currency: Currency,
    /// Unix seconds UTC; the first moment that counts.
    pub from: i64,
    /// Unix seconds UTC; the first moment that does not count any more.
    pub to: i64,
}

/// What was paid in one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidDay {
    /// Days since 1970 in the shop's own time.
    pub day: i64,
    pub orders: i64,
    /// Prices of these orders, in minor units.
    pub minor: i64,
    /// What of that was paid with store credit.
    pub credit_minor: i64,
}

/// What was paid for one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidProduct {
    pub product: String,
    /// As its buyers saw it.
    pub name: String,
    pub units: i64,
    /// Price of a unit times units, in minor units.
    pub minor: i64,
}

impl Conn {
    /// What was paid, by day; `offset_secs`: how far the shop's own time is ahead of UTC.
    pub async fn paid_by_day(&mut self, stretch: Stretch, offset_secs: i64) -> Result<Vec<PaidDay>> {
        let sql = "SELECT day, COUNT(*), CAST(SUM(total_minor) AS BIGINT), CAST(SUM(credit_minor) AS BIGINT) FROM (
                SELECT (o.paid_at + $4) / 86400 AS day, o.total_minor,
                    (SELECT COALESCE(-SUM(c.minor), 0) FROM credits c WHERE c.order_id = o.id) AS credit_minor
                FROM orders o WHERE o.paid_at >= $1 AND o.paid_at < $2 AND o.currency = $3) paid
            GROUP BY day ORDER BY day";
        let found = rows!(self, (i64, i64, i64, i64), sql, stretch.from, stretch.to, stretch.currency.code(), offset_secs)?;
        Ok(found.into_iter().map(|(day, orders, minor, credit_minor)| PaidDay { day, orders, minor, credit_minor }).collect())
    }

    /// What was sent back, by day: (day, minor units).
    pub async fn refunded_by_day(&mut self, stretch: Stretch, offset_secs: i64) -> Result<Vec<(i64, i64)>> {
        let sql = "SELECT day, CAST(SUM(minor) AS BIGINT) FROM (
                SELECT (created_at + $4) / 86400 AS day, minor FROM refunds
                WHERE created_at >= $1 AND created_at < $2 AND currency = $3) back
            GROUP BY day ORDER BY day";
        Ok(rows!(self, (i64, i64), sql, stretch.from, stretch.to, stretch.currency.code(), offset_secs)?)
    }

    /// What was paid, by product, the most first.
    pub async fn paid_by_product(&mut self, stretch: Stretch) -> Result<Vec<PaidProduct>> {
        let sql = "SELECT l.product_id, MAX(l.name), CAST(SUM(l.quantity) AS BIGINT), CAST(SUM(l.quantity * l.unit_price_minor) AS BIGINT)
            FROM order_lines l JOIN orders o ON o.id = l.order_id
            WHERE o.paid_at >= $1 AND o.paid_at < $2 AND o.currency = $3
            GROUP BY l.product_id ORDER BY 4 DESC, 1";
        let found = rows!(self, (String, String, i64, i64), sql, stretch.from, stretch.to, stretch.currency.code())?;
        Ok(found.into_iter().map(|(product, name, units, minor)| PaidProduct { product, name, units, minor }).collect())
    }

    /// What coins paid, without what credit paid: (code, orders, minor units), the most first.
    pub async fn paid_by_coin(&mut self, stretch: Stretch) -> Result<Vec<(String, i64, i64)>> {
        let sql = "SELECT coin, COUNT(*), CAST(SUM(minor) AS BIGINT) FROM (
                SELECT i.coin, o.total_minor - (SELECT COALESCE(-SUM(c.minor), 0) FROM credits c WHERE c.order_id = o.id) AS minor
                FROM orders o JOIN invoices i ON i.id = o.paid_by
                WHERE o.paid_at >= $1 AND o.paid_at < $2 AND o.currency = $3) paid
            GROUP BY coin ORDER BY 3 DESC, 1";
        Ok(rows!(self, (String, i64, i64), sql, stretch.from, stretch.to, stretch.currency.code())?)
    }

    /// Orders whose first payment card fell into a stretch, and how many of them a coin has paid since: (cards, paid).
    pub async fn cards_and_paid(&mut self, from: i64, to: i64) -> Result<(i64, i64)> {
        let sql =
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN o.paid_at IS NOT NULL AND o.paid_by <> 'credit' THEN 1 ELSE 0 END), 0) AS BIGINT)
            FROM orders o WHERE o.id IN (SELECT order_id FROM invoices WHERE created_at >= $1 AND created_at < $2)
                AND NOT EXISTS (SELECT 1 FROM invoices e WHERE e.order_id = o.id AND e.created_at < $1)";
        Ok(row!(self, (i64, i64), sql, from, to)?.unwrap_or((0, 0)))
    }

    /// Orders that were paid in another currency than the shop has now.
    pub async fn paid_otherwise(&mut self, stretch: Stretch) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM orders WHERE paid_at >= $1 AND paid_at < $2 AND currency <> $3";
        Ok(row!(self, (i64,), sql, stretch.from, stretch.to, stretch.currency.code())?.map_or(0, |(count,)| count))
    }

    /// What was sent back for an order.
    pub async fn refunded(&mut self, order: &OrderId, currency: Currency) -> Result<Fiat> {
        let sql = "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) FROM refunds WHERE order_id = $1 AND currency = $2";
        let minor = row!(self, (i64,), sql, order.as_str(), currency.code())?.map_or(0, |(minor,)| minor);
        Ok(Fiat::new(minor, currency))
    }

    /// Writes down what was sent back for an order; once for a case.
    pub async fn add_refund(&mut self, case: &str, order: &OrderId, amount: Fiat, now: i64) -> Result<()> {
        let sql = "INSERT INTO refunds (id, case_id, order_id, minor, currency, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (case_id) DO NOTHING";
        execute!(self, sql, new_id(), case, order.as_str(), amount.minor, amount.currency.code(), now)?;
        Ok(())
    }
}
