//! Orders by how they stand, and by whatever somebody knows of them.

use super::{Conn, Result, on, rows};
use crate::domain::invoice::InvoiceNumber;
use crate::domain::order::{Order, OrderId};

/// Orders that stand alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderList {
    /// They wait for money, or for the rest of it.
    Unpaid,
    /// Paid, and not all of it has reached the buyer.
    Paid,
    /// Paid and served.
    Delivered,
    /// Ended without goods: not paid in time, or taken back.
    Closed,
    /// A person must look at them.
    WithCase,
}

impl OrderList {
    /// Every list.
    pub const ALL: [Self; 5] = [Self::Unpaid, Self::Paid, Self::Delivered, Self::Closed, Self::WithCase];

    /// Its name in a button.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unpaid => "u",
            Self::Paid => "p",
            Self::Delivered => "d",
            Self::Closed => "x",
            Self::WithCase => "c",
        }
    }

    /// The list of this name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.code() == code)
    }
}

/// Stands before a character of a search that would mean something else in a pattern.
const ESCAPE: char = '\\';

impl Conn {
    /// Orders of one list, the newest first; `limit` from `offset` on.
    pub async fn orders_listed(&mut self, list: OrderList, offset: i64, limit: i64) -> Result<Vec<Order>> {
        let sql = match list {
            OrderList::Unpaid => {
                "SELECT id FROM orders WHERE state = 'open' AND charge IN ('none', 'partial') ORDER BY created_at DESC, id LIMIT $1 OFFSET $2"
            }
            OrderList::Paid => {
                "SELECT id FROM orders WHERE state = 'open' AND charge IN ('full', 'over') ORDER BY created_at DESC, id LIMIT $1 OFFSET $2"
            }
            OrderList::Delivered => "SELECT id FROM orders WHERE state = 'completed' ORDER BY created_at DESC, id LIMIT $1 OFFSET $2",
            OrderList::Closed => {
                "SELECT id FROM orders WHERE state IN ('cancelled', 'expired') ORDER BY created_at DESC, id LIMIT $1 OFFSET $2"
            }
            // From the open cases to their orders: of those there are few.
            OrderList::WithCase => {
                "SELECT id FROM orders WHERE id IN (SELECT k.order_id FROM cases k WHERE k.closed_at IS NULL)
                ORDER BY created_at DESC, id LIMIT $1 OFFSET $2"
            }
        };
        let found = rows!(self, (String,), sql, limit, offset)?;
        self.orders_by_ids(&found).await
    }

    /// Orders that `wanted` points to, the newest first: by the number of the order or of an invoice, an address, a transaction, the id,
    /// `@name` or a part of the name of the buyer, or a part of a product's name.
    pub async fn orders_found(&mut self, wanted: &str, limit: i64) -> Result<Vec<Order>> {
        let number = OrderId::parse(wanted).map_or_else(String::new, |id| id.as_str().to_owned());
        let invoice = InvoiceNumber::parse(wanted).map_or_else(String::new, |number| number.as_str().to_owned());
        let person: i64 = wanted.parse().unwrap_or(0);
        let username = wanted.trim_start_matches('@').to_ascii_lowercase();
        // SQLite knows the letter cases of ASCII alone: other letters are looked for as typed, small, and with a capital.
        let typed = pattern(wanted);
        let (small, capital) = (pattern(&wanted.to_lowercase()), pattern(&capitalized(wanted)));
        // Each way of pointing to orders is gone once, and leads to them by an index: no name is read again for each order.
        let sql = "SELECT o.id FROM orders o WHERE o.state <> 'draft' AND (
                o.id = $1
                OR o.id IN (SELECT i.order_id FROM invoices i WHERE i.number = $9 OR i.address = $2)
                OR o.id IN (SELECT i.order_id FROM payment_facts f JOIN invoices i ON i.id = f.invoice_id
                    WHERE LENGTH($2) >= 16 AND f.txs LIKE $5 ESCAPE '\\')
                OR o.customer_id IN (SELECT c.id FROM customers c WHERE c.id = $3 OR LOWER(c.username) = $4
                    OR LOWER(c.name) LIKE $6 ESCAPE '\\' OR c.name LIKE $5 ESCAPE '\\' OR c.name LIKE $7 ESCAPE '\\')
                OR o.id IN (SELECT l.order_id FROM order_lines l WHERE
                    LOWER(l.name) LIKE $6 ESCAPE '\\' OR l.name LIKE $5 ESCAPE '\\' OR l.name LIKE $7 ESCAPE '\\'))
            ORDER BY o.created_at DESC, o.id LIMIT $8";
        let found = rows!(self, (String,), sql, number, wanted, person, username, typed, small, capital, limit, invoice)?;
        self.orders_by_ids(&found).await
    }

    async fn orders_by_ids(&mut self, ids: &[(String,)]) -> Result<Vec<Order>> {
        let mut orders = Vec::with_capacity(ids.len());
        for (id,) in ids {
            if let Some(id) = OrderId::parse(id)
                && let Some(order) = self.order(&id).await?
            {
                orders.push(order);
            }
        }
        Ok(orders)
    }
}

/// A pattern for texts that have `part` in them.
fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_is_looked_for_as_it_is() {
        assert_eq!(pattern(r"50%_a\b"), r"%50\%\_a\\b%");
        assert_eq!(capitalized("ключ ОТ"), "Ключ от");
    }
}
