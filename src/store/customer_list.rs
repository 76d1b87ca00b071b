//! Customers as the staff sees them: listed, looked for, blocked, noted about.

use super::catalog::fiat;
use super::customers::CustomerRow;
use super::{Conn, Result, execute, on, quiet, row, rows};
use crate::domain::customer::{Customer, CustomerId};
use crate::domain::money::{Currency, Fiat};

pub(super) const NOTE_CONTEXT: &str = "customer note";
pub(super) const WHY_CONTEXT: &str = "blocked why";

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerOrder {
    /// Who came last, first.
    Newest,
    /// Who spent most, first.
    MostSpent,
}

/// One customer of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerLine {
    pub id: CustomerId,
    pub name: String,
    pub username: Option<String>,
    pub blocked: bool,
    /// The sum of what was paid and not given back, in the shop's currency.
    pub spent: Fiat,
}

/// What is known of a customer beside who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFacts {
    /// Unix seconds UTC.
    pub since: i64,
    /// Since when the customer is blocked (unix seconds UTC), and why.
    pub blocked: Option<(i64, String)>,
    /// What the staff notes; empty when nothing.
    pub note: String,
    /// Orders that were paid and not given back.
    pub paid_orders: i64,
    pub spent: Fiat,
}

type LineRow = (i64, String, Option<String>, Option<i64>, i64);

impl Conn {
    /// A page of the customers.
    pub async fn customers(&mut self, order: CustomerOrder, currency: Currency, offset: i64, limit: i64) -> Result<Vec<CustomerLine>> {
        let found = match order {
            CustomerOrder::Newest => {
                let sql =
                    "SELECT c.id, c.name, c.username, c.blocked_at, (SELECT CAST(COALESCE(SUM(o.total_minor), 0) AS BIGINT) FROM orders o
                        WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state <> 'cancelled' AND o.currency = $1)
                    FROM customers c ORDER BY c.created_at DESC, c.id DESC LIMIT $2 OFFSET $3";
                rows!(self, LineRow, sql, currency.code(), limit, offset)?
            }
            CustomerOrder::MostSpent => {
                let sql = "SELECT c.id, c.name, c.username, c.blocked_at, s.spent FROM customers c JOIN (
                        SELECT o.customer_id, CAST(SUM(o.total_minor) AS BIGINT) AS spent FROM orders o
                        WHERE o.paid_at IS NOT NULL AND o.state <> 'cancelled' AND o.currency = $1 GROUP BY o.customer_id) s
                        ON s.customer_id = c.id
                    ORDER BY s.spent DESC, c.id LIMIT $2 OFFSET $3";
                rows!(self, LineRow, sql, currency.code(), limit, offset)?
            }
        };
        found.into_iter().map(|row| line(row, currency)).collect()
    }

    /// Customers with this number, this `@name`, or these words in their name; the newest first.
    pub async fn find_customers(&mut self, words: &str, currency: Currency, limit: i64) -> Result<Vec<CustomerLine>> {
        let number: i64 = words.parse().unwrap_or(0);
        let username = words.trim_start_matches('@').to_lowercase();
        let escaped = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        // SQLite lowers ASCII alone: words of other alphabets are also looked for as they were typed.
        let (lower, typed) = (format!("%{}%", escaped.to_lowercase()), format!("%{escaped}%"));
        let sql = "SELECT c.id, c.name, c.username, c.blocked_at, (SELECT CAST(COALESCE(SUM(o.total_minor), 0) AS BIGINT) FROM orders o
                WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state <> 'cancelled' AND o.currency = $1)
            FROM customers c WHERE c.id = $2 OR LOWER(c.username) = $3 OR LOWER(c.name) LIKE $4 ESCAPE '\\' OR c.name LIKE $5 ESCAPE '\\'
            ORDER BY c.created_at DESC, c.id DESC LIMIT $6";
        let found = rows!(self, LineRow, sql, currency.code(), number, username, lower, typed, limit)?;
        found.into_iter().map(|row| line(row, currency)).collect()
    }

    /// A person with the `@name`, as far as the shop has met them.
    pub async fn customer_named(&mut self, username: &str) -> Result<Option<Customer>> {
        let sql = "SELECT id, name, username, language, last_coin, reachable, blocked_at FROM customers WHERE LOWER(username) = $1";
        Ok(row!(self, CustomerRow, sql, username.to_lowercase())?.map(Customer::from))
    }

    /// What is known of a customer.
    pub async fn customer_facts(&mut self, id: CustomerId, currency: Currency) -> Result<Option<CustomerFacts>> {
        type Facts = (i64, Option<i64>, Option<String>, Option<String>);
        let sql = "SELECT created_at, blocked_at, blocked_why_sealed, note_sealed FROM customers WHERE id = $1";
        let Some((since, blocked_at, why, note)) = row!(self, Facts, sql, id.0)? else { return Ok(None) };
        let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(total_minor), 0) AS BIGINT) FROM orders
            WHERE customer_id = $1 AND paid_at IS NOT NULL AND state <> 'cancelled' AND currency = $2";
        let (paid_orders, spent) = row!(self, (i64, i64), sql, id.0, currency.code())?.unwrap_or((0, 0));
        let why = why.map(|why| self.sealer.open(WHY_CONTEXT, &why)).transpose()?.unwrap_or_default();
        let note = note.map(|note| self.sealer.open(NOTE_CONTEXT, &note)).transpose()?.unwrap_or_default();
        let blocked = blocked_at.map(|at| (at, why));
        Ok(Some(CustomerFacts { since, blocked, note, paid_orders, spent: Fiat::new(spent, currency) }))
    }

    /// Keeps what the staff notes about a customer.
    pub async fn set_customer_note(&mut self, id: CustomerId, note: &str) -> Result<bool> {
        let sealed = if note.is_empty() { None } else { Some(self.sealer.seal(NOTE_CONTEXT, note)?) };
        Ok(execute!(self, "UPDATE customers SET note_sealed = $2 WHERE id = $1", id.0, sealed)? == 1)
    }

    /// Blocks a customer; false when there is none, or it was blocked before.
    pub async fn block(&mut self, id: CustomerId, why: &str, now: i64) -> Result<bool> {
        let sealed = self.sealer.seal(WHY_CONTEXT, why)?;
        let sql = "UPDATE customers SET blocked_at = $2, blocked_why_sealed = $3 WHERE id = $1 AND blocked_at IS NULL";
        Ok(execute!(self, sql, id.0, now, sealed)? == 1)
    }

    /// Lets a customer buy again; false when nothing kept them from it.
    pub async fn unblock(&mut self, id: CustomerId) -> Result<bool> {
        let sql = "UPDATE customers SET blocked_at = NULL, blocked_why_sealed = NULL WHERE id = $1 AND blocked_at IS NOT NULL";
        Ok(execute!(self, sql, id.0)? == 1)
    }

    /// Whether a customer is blocked, held as it is until this transaction ends: for whoever is about to open an order. Whoever also locks
    /// an order does that first.
    pub async fn holds_blocked(&mut self, id: CustomerId) -> Result<bool> {
        quiet!(self, "UPDATE customers SET reachable = reachable WHERE id = $1", id.0)?;
        self.is_blocked(id).await
    }

    /// Whether a customer is blocked.
    pub async fn is_blocked(&mut self, id: CustomerId) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM customers WHERE id = $1 AND blocked_at IS NOT NULL";
        Ok(row!(self, (i64,), sql, id.0)?.is_some_and(|(count,)| count > 0))
    }

    /// Orders of a customer that wait for money, or for the rest of it.
    pub async fn unpaid_orders(&mut self, id: CustomerId) -> Result<Vec<crate::domain::order::OrderId>> {
        let sql = "SELECT id FROM orders WHERE customer_id = $1 AND state = 'open' AND charge IN ('none', 'partial') ORDER BY id";
        let found = rows!(self, (String,), sql, id.0)?;
        Ok(found.iter().filter_map(|(id,)| crate::domain::order::OrderId::parse(id)).collect())
    }
}

fn line((id, name, username, blocked_at, spent): LineRow, currency: Currency) -> Result<CustomerLine> {
    Ok(CustomerLine { id: CustomerId(id), name, username, blocked: blocked_at.is_some(), spent: fiat(spent, currency.code())? })
}
