//! Long lists for a seller's files, a page at a time, each page after the last row of the one before; and which files were asked for.

use std::collections::{BTreeSet, HashMap};

use super::orders::ANSWERS;
use super::{Conn, Error, Result, execute, on, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::money::Currency;

/// What of stock is read under this name: see the schema.
const STOCK: &str = "stock";

/// An order in a file.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OrderRecord {
    pub id: String,
    pub state: String,
    pub charge: String,
    pub created_at: i64,
    pub paid_at: Option<i64>,
    pub customer_id: i64,
    pub name: String,
    pub username: Option<String>,
    /// Names and quantities of its lines.
    pub what: Option<String>,
    pub total_minor: i64,
    pub credit_minor: i64,
    pub currency: String,
    pub refunded_minor: i64,
    pub refunded_at: Option<i64>,
    /// The coin that paid it, and the provider's number of that invoice.
    pub coin: Option<String>,
    pub number: Option<String>,
    /// Whether its buyer was asked something: see [`Conn::answers_of`].
    pub answered: bool,
}

/// An invoice for which money came, in a file.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PaymentRecord {
    pub id: String,
    pub order_id: String,
    pub number: Option<String>,
    pub coin: String,
    pub due: Option<String>,
    pub received: String,
    pub price_minor: i64,
    pub currency: String,
    pub address: Option<String>,
    /// Whether it is what paid its order.
    pub pays: bool,
    pub created_at: i64,
    /// When money was learned of first and last.
    pub first_at: i64,
    pub last_at: i64,
}

/// A product and its stock in a file.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StockRecord {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub price_minor: i64,
    pub currency: String,
    pub free: i64,
    pub reserved: i64,
    pub sold: i64,
}

/// A unit of stock in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    pub id: String,
    pub product: String,
    pub position: i64,
    pub content: String,
    pub reserved: bool,
    pub sold_at: Option<i64>,
    pub order: Option<String>,
}

#[derive(sqlx::FromRow)]
struct UnitRow {
    id: String,
    product_id: String,
    position: i64,
    content_sealed: String,
    reserved: bool,
    sold_at: Option<i64>,
    order_id: Option<String>,
}

/// A customer in a file.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CustomerRecord {
    pub id: i64,
    pub name: String,
    pub username: Option<String>,
    pub language: String,
    pub reachable: bool,
    pub created_at: i64,
    pub orders: i64,
    pub paid_orders: i64,
    /// Prices of the paid orders in the shop's currency.
    pub spent_minor: i64,
    pub balance_minor: i64,
}

/// A file that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub id: String,
    pub by: CustomerId,
    /// What is in it, and how it is written, by their codes.
    pub what: String,
    pub format: String,
    pub asked_at: i64,
    pub message: Option<i32>,
}

/// What buyers have answered, of a list of orders: one statement for a page of a file.
macro_rules! answers_of {
    ($orders:literal) => {
        concat!(
            "SELECT order_id, answers_sealed FROM order_lines WHERE answers_sealed IS NOT NULL AND order_id IN (",
            $orders,
            ") ORDER BY id"
        )
    };
}

const ANSWERS_OF_SQLITE: &str = answers_of!("SELECT n.value FROM json_each($1) n");
const ANSWERS_OF_POSTGRES: &str = answers_of!("SELECT n FROM jsonb_array_elements_text(CAST($1 AS jsonb)) n");

/// The transactions of a list of invoices.
macro_rules! txs_of {
    ($invoices:literal) => {
        concat!("SELECT invoice_id, txs FROM payment_facts WHERE invoice_id IN (", $invoices, ")")
    };
}

const TXS_OF_SQLITE: &str = txs_of!("SELECT n.value FROM json_each($1) n");
const TXS_OF_POSTGRES: &str = txs_of!("SELECT n FROM jsonb_array_elements_text(CAST($1 AS jsonb)) n");

/// Ids as a JSON array.
fn list(ids: &[&str]) -> String {
    serde_json::Value::from(ids).to_string()
}

impl Conn {
    /// Orders after one of a moment and id, the oldest first.
    pub async fn order_records(&mut self, after: (i64, &str), limit: i64) -> Result<Vec<OrderRecord>> {
        let sql = "SELECT o.id, o.state, o.charge, o.created_at, o.paid_at, o.customer_id, c.name, c.username,
                (SELECT string_agg(l.name || ' x ' || CAST(l.quantity AS TEXT), '; ') FROM order_lines l WHERE l.order_id = o.id) AS what,
                o.total_minor, o.currency,
                (SELECT CAST(COALESCE(-SUM(k.minor), 0) AS BIGINT) FROM credits k WHERE k.order_id = o.id) AS credit_minor,
                (SELECT CAST(COALESCE(SUM(r.minor), 0) AS BIGINT) FROM refunds r WHERE r.order_id = o.id) AS refunded_minor,
                (SELECT MAX(r.created_at) FROM refunds r WHERE r.order_id = o.id) AS refunded_at, i.coin, i.number,
                EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.answers_sealed IS NOT NULL) AS answered
            FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN invoices i ON i.id = o.paid_by
            WHERE o.state <> 'draft' AND (o.created_at > $1 OR (o.created_at = $1 AND o.id > $2)) ORDER BY o.created_at, o.id LIMIT $3";
        Ok(rows!(self, OrderRecord, sql, after.0, after.1, limit)?)
    }

    /// What the buyers of these orders have answered, by order: question and answer.
    pub async fn answers_of(&mut self, orders: &[&str]) -> Result<HashMap<String, Vec<(String, String)>>> {
        let sql = self.spoken(ANSWERS_OF_SQLITE, ANSWERS_OF_POSTGRES);
        let mut answers: HashMap<_, Vec<_>> = HashMap::new();
        for (order, sealed) in rows!(self, (String, String), sql, list(orders))? {
            let opened = self.sealer.open(ANSWERS, &sealed)?;
            let given: Vec<(String, String)> = serde_json::from_str(&opened).map_err(|_| Error::corrupt("answers"))?;
            answers.entry(order).or_default().extend(given);
        }
        Ok(answers)
    }

    /// The hashes of all transactions that paid these invoices, by invoice.
    pub async fn txs_of(&mut self, invoices: &[&str]) -> Result<HashMap<String, BTreeSet<String>>> {
        let sql = self.spoken(TXS_OF_SQLITE, TXS_OF_POSTGRES);
        let mut of: HashMap<_, BTreeSet<_>> = HashMap::new();
        for (invoice, txs) in rows!(self, (String, String), sql, list(invoices))? {
            of.entry(invoice).or_default().extend(txs.split_whitespace().map(str::to_owned));
        }
        Ok(of)
    }

    /// Invoices that money came for, after one of a moment and id, the oldest first.
    pub async fn payment_records(&mut self, after: (i64, &str), limit: i64) -> Result<Vec<PaymentRecord>> {
        let sql = "SELECT id, order_id, number, coin, due, received, price_minor, currency, address, created_at, pays,
                CAST(first_at AS BIGINT) AS first_at, CAST(last_at AS BIGINT) AS last_at FROM (
                SELECT i.id, i.order_id, i.number, i.coin, i.due, i.received, i.price_minor, i.currency, i.address, i.created_at,
                    EXISTS (SELECT 1 FROM orders o WHERE o.id = i.order_id AND o.paid_by = i.id) AS pays,
                    (SELECT MIN(f.learned_at) FROM payment_facts f WHERE f.invoice_id = i.id AND f.paid <> '0') AS first_at,
                    (SELECT MAX(f.learned_at) FROM payment_facts f WHERE f.invoice_id = i.id AND f.paid <> '0') AS last_at
                FROM invoices i WHERE i.created_at > $1 OR (i.created_at = $1 AND i.id > $2)) found
            WHERE first_at IS NOT NULL ORDER BY created_at, id LIMIT $3";
        Ok(rows!(self, PaymentRecord, sql, after.0, after.1, limit)?)
    }

    /// Products after one of an id, with how many units they have.
    pub async fn stock_records(&mut self, after: &str, limit: i64) -> Result<Vec<StockRecord>> {
        let sql = "SELECT p.id, p.name, p.kind, p.state, p.price_minor, p.currency,
                (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.line_id IS NULL) AS free,
                (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.line_id IS NOT NULL AND s.sold_at IS NULL) AS reserved,
                (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.sold_at IS NOT NULL) AS sold
            FROM products p WHERE p.id > $1 ORDER BY p.id LIMIT $2";
        Ok(rows!(self, StockRecord, sql, after, limit)?)
    }

    /// Units of stock after one of a product, position and id, opened. For owners alone.
    pub async fn unit_records(&mut self, after: (&str, i64, &str), limit: i64) -> Result<Vec<UnitRecord>> {
        // Two units may have one position: they were taken in at once, by a release that let them.
        let sql = "SELECT s.id, s.product_id, s.position, s.content_sealed, s.line_id IS NOT NULL AND s.sold_at IS NULL AS reserved,
                s.sold_at, l.order_id
            FROM stock_items s LEFT JOIN order_lines l ON l.id = s.line_id
            WHERE s.product_id > $1 OR (s.product_id = $1 AND (s.position > $2 OR (s.position = $2 AND s.id > $3)))
            ORDER BY s.product_id, s.position, s.id LIMIT $4";
        let found = rows!(self, UnitRow, sql, after.0, after.1, after.2, limit)?;
        let sealer = self.sealer.clone();
        let unit = |UnitRow { id, product_id: product, position, content_sealed, reserved, sold_at, order_id: order }| {
            Ok(UnitRecord { id, product, position, content: sealer.open(STOCK, &content_sealed)?, reserved, sold_at, order })
        };
        found.into_iter().map(unit).collect()
    }

    /// Customers after one of an id; money in one currency.
    pub async fn customer_records(&mut self, after: i64, currency: Currency, limit: i64) -> Result<Vec<CustomerRecord>> {
        let sql = "SELECT c.id, c.name, c.username, c.language, c.reachable, c.created_at,
                (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.state <> 'draft') AS orders,
                (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL) AS paid_orders,
                (SELECT CAST(COALESCE(SUM(o.total_minor), 0) AS BIGINT) FROM orders o
                    WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.currency = $2) AS spent_minor,
                (SELECT CAST(COALESCE(SUM(k.minor), 0) AS BIGINT) FROM credits k
                    WHERE k.customer_id = c.id AND k.currency = $2) AS balance_minor
            FROM customers c WHERE c.id > $1 ORDER BY c.id LIMIT $3";
        Ok(rows!(self, CustomerRecord, sql, after, currency.code(), limit)?)
    }

    /// Keeps that a file was asked for.
    pub async fn add_export(&mut self, asked: &Asked) -> Result<()> {
        let sql = "INSERT INTO exports (id, customer_id, what, format, asked_at) VALUES ($1, $2, $3, $4, $5)";
        execute!(self, sql, &asked.id, asked.by.0, &asked.what, &asked.format, asked.asked_at)?;
        Ok(())
    }

    /// A file that was asked for and is not sent yet.
    pub async fn export(&mut self, id: &str) -> Result<Option<Asked>> {
        let sql = "SELECT id, customer_id, what, format, asked_at, message FROM exports WHERE id = $1";
        let found = row!(self, (String, i64, String, String, i64, Option<i64>), sql, id)?;
        let Some((id, by, what, format, asked_at, message)) = found else { return Ok(None) };
        let message = message.map(i32::try_from).transpose().map_err(|_| Error::corrupt("a message of a file"))?;
        Ok(Some(Asked { id, by: CustomerId(by), what, format, asked_at, message }))
    }

    /// How many files somebody waits for: those whose job has ended, in whatever way, will not come.
    pub async fn exports_of(&mut self, by: CustomerId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM exports e JOIN jobs j ON j.kind = 'export' AND j.key = e.id
            WHERE e.customer_id = $1 AND j.done_at IS NULL";
        Ok(row!(self, (i64,), sql, by.0)?.map_or(0, |(count,)| count))
    }

    /// Keeps which message shows how far a file is.
    pub async fn set_export_message(&mut self, id: &str, message: i32) -> Result<()> {
        execute!(self, "UPDATE exports SET message = $2 WHERE id = $1", id, i64::from(message))?;
        Ok(())
    }

    /// A file was sent, or will not be.
    pub async fn end_export(&mut self, id: &str) -> Result<()> {
        execute!(self, "DELETE FROM exports WHERE id = $1", id)?;
        Ok(())
    }
}
