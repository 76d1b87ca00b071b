//! Invoices: offers to pay an order.

use std::collections::HashMap;

use super::catalog::fiat;
use super::{Conn, Error, Result, execute, on, quiet, row, rows};
use crate::domain::coin::Coin;
use crate::domain::customer::CustomerId;
use crate::domain::invoice::{Invoice, InvoiceNumber, InvoiceState};
use crate::domain::money::CoinAmount;
use crate::domain::order::OrderId;

#[derive(sqlx::FromRow)]
pub(super) struct InvoiceRow {
    id: String,
    order_id: String,
    coin: String,
    state: String,
    price_minor: i64,
    currency: String,
    number: Option<String>,
    address: Option<String>,
    due: Option<String>,
    received: String,
    missing: Option<String>,
    created_at: i64,
    offer_ends_at: i64,
    watch_ends_at: i64,
    checked_at: i64,
}

impl TryFrom<InvoiceRow> for Invoice {
    type Error = Error;

    fn try_from(row: InvoiceRow) -> Result<Self> {
        let corrupt = |what: &str| Error::corrupt(format!("an invoice with the {what}"));
        let amount = |text: &str| CoinAmount::parse(text).ok_or_else(|| corrupt(text));
        Ok(Self {
            order: OrderId::parse(&row.order_id).ok_or_else(|| corrupt(&row.order_id))?,
            coin: Coin::parse(&row.coin).ok_or_else(|| corrupt(&row.coin))?,
            state: InvoiceState::parse(&row.state).ok_or_else(|| corrupt(&row.state))?,
            price: fiat(row.price_minor, &row.currency)?,
            number: row.number.as_deref().and_then(InvoiceNumber::parse),
            address: row.address,
            due: row.due.as_deref().map(amount).transpose()?,
            received: amount(&row.received)?,
            missing: row.missing.as_deref().map(amount).transpose()?,
            created_at: row.created_at,
            offer_ends_at: row.offer_ends_at,
            watch_ends_at: row.watch_ends_at,
            checked_at: row.checked_at,
            id: row.id,
        })
    }
}

impl Conn {
    /// An invoice by our own id.
    pub async fn invoice(&mut self, id: &str) -> Result<Option<Invoice>> {
        let sql =
            "SELECT id, order_id, coin, state, price_minor, currency, number, address, due, received, missing, created_at, offer_ends_at,
            watch_ends_at, checked_at FROM invoices WHERE id = $1";
        row!(self, InvoiceRow, sql, id)?.map(Invoice::try_from).transpose()
    }

    /// An invoice by the provider's number.
    pub async fn invoice_by_number(&mut self, number: &InvoiceNumber) -> Result<Option<Invoice>> {
        let sql =
            "SELECT id, order_id, coin, state, price_minor, currency, number, address, due, received, missing, created_at, offer_ends_at,
            watch_ends_at, checked_at FROM invoices WHERE number = $1";
        row!(self, InvoiceRow, sql, number.as_str())?.map(Invoice::try_from).transpose()
    }

    /// The ids of those of these invoices that there are, by number.
    pub async fn invoice_ids_by_number(&mut self, numbers: &[InvoiceNumber]) -> Result<HashMap<InvoiceNumber, String>> {
        let list = numbers.iter().map(InvoiceNumber::as_str).collect::<serde_json::Value>().to_string();
        let sql = self.spoken(
            "SELECT i.number, i.id FROM json_each($1) n JOIN invoices i ON i.number = n.value",
            "SELECT i.number, i.id FROM jsonb_array_elements_text(CAST($1 AS jsonb)) n JOIN invoices i ON i.number = n.value",
        );
        let found = rows!(self, (String, String), sql, list)?;
        Ok(found.into_iter().filter_map(|(number, id)| Some((InvoiceNumber::parse(&number)?, id))).collect())
    }

    /// Every invoice of an order, the newest first.
    pub async fn invoices_of(&mut self, order: &OrderId) -> Result<Vec<Invoice>> {
        let sql =
            "SELECT id, order_id, coin, state, price_minor, currency, number, address, due, received, missing, created_at, offer_ends_at,
            watch_ends_at, checked_at FROM invoices WHERE order_id = $1 ORDER BY created_at DESC, id";
        rows!(self, InvoiceRow, sql, order.as_str())?.into_iter().map(Invoice::try_from).collect()
    }

    /// The offer of an order that can be paid now, or is being made.
    pub async fn current_invoice(&mut self, order: &OrderId) -> Result<Option<Invoice>> {
        let sql =
            "SELECT id, order_id, coin, state, price_minor, currency, number, address, due, received, missing, created_at, offer_ends_at,
            watch_ends_at, checked_at FROM invoices WHERE order_id = $1 AND state IN ('creating', 'offered')";
        row!(self, InvoiceRow, sql, order.as_str())?.map(Invoice::try_from).transpose()
    }

    /// How many addresses were asked for on behalf of a person since a moment (unix seconds UTC). One that the provider did not give cost
    /// nobody anything.
    pub async fn invoices_since(&mut self, customer: CustomerId, since: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM invoices i JOIN orders o ON o.id = i.order_id WHERE o.customer_id = $1 AND i.created_at >= $2
                AND (i.state <> 'refused' OR i.number IS NOT NULL)";
        Ok(row!(self, (i64,), sql, customer.0, since)?.map_or(0, |(count,)| count))
    }

    /// Writes a new invoice.
    pub async fn add_invoice(&mut self, invoice: &Invoice) -> Result<()> {
        let sql = "INSERT INTO invoices (id, order_id, coin, state, price_minor, currency, received, created_at, offer_ends_at,
                watch_ends_at, checked_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        execute!(
            self,
            sql,
            &invoice.id,
            invoice.order.as_str(),
            invoice.coin.code(),
            invoice.state.code(),
            invoice.price.minor,
            invoice.price.currency.code(),
            invoice.received.to_string(),
            invoice.created_at,
            invoice.offer_ends_at,
            invoice.watch_ends_at,
            invoice.checked_at
        )?;
        Ok(())
    }

    /// Keeps what the provider gave for an invoice; the offer stands from now on if it is still wanted. False when it was not: then the
    /// number and the address are kept all the same, for money that may come to it. False too, and nothing is kept, when the invoice has
    /// another number already.
    pub async fn attach_offer(
        &mut self,
        id: &str,
        number: &InvoiceNumber,
        address: &str,
        due: CoinAmount,
        offer_ends_at: i64,
    ) -> Result<bool> {
        let sql = "UPDATE invoices SET number = $2, address = $3, due = $4, offer_ends_at = $5
            WHERE id = $1 AND (number IS NULL OR (number = $2 AND address IS NULL))";
        if execute!(self, sql, id, number.as_str(), address, due.to_string(), offer_ends_at)? == 0 {
            return Ok(false);
        }
        self.move_invoice(id, InvoiceState::Creating, InvoiceState::Offered).await
    }

    /// Keeps the provider's number of an invoice before anything else is known of it. It need not be looked for any more: see `note_asked`.
    pub async fn set_invoice_number(&mut self, id: &str, number: &InvoiceNumber) -> Result<()> {
        execute!(self, "UPDATE invoices SET number = $2, checked_at = 0 WHERE id = $1 AND number IS NULL", id, number.as_str())?;
        Ok(())
    }

    /// Moves an invoice from one state to another; false when somebody else moved it first.
    pub async fn move_invoice(&mut self, id: &str, from: InvoiceState, to: InvoiceState) -> Result<bool> {
        let sql = "UPDATE invoices SET state = $3 WHERE id = $1 AND state = $2";
        Ok(execute!(self, sql, id, from.code(), to.code())? == 1)
    }

    /// Keeps what has come to an invoice and what is missing, by the provider's word, and when it was asked.
    pub async fn note_check(&mut self, id: &str, received: CoinAmount, missing: Option<CoinAmount>, now: i64) -> Result<()> {
        let sql = "UPDATE invoices SET received = $2, missing = $3, checked_at = $4 WHERE id = $1";
        execute!(self, sql, id, received.to_string(), missing.map(|missing| missing.to_string()), now)?;
        Ok(())
    }

    /// Keeps that the provider is being asked for an address, so that after a crash it is looked for before another is made; 0: that it was
    /// surely not asked.
    pub async fn note_asked(&mut self, id: &str, at: i64) -> Result<()> {
        execute!(self, "UPDATE invoices SET checked_at = $2 WHERE id = $1", id, at)?;
        Ok(())
    }

    /// Keeps that a person has decided about the money of an invoice: sent it back, credited what they found right, or looked after it as
    /// their words say. The column has the name of the first of these.
    pub async fn mark_decided(&mut self, id: &str, now: i64) -> Result<()> {
        execute!(self, "UPDATE invoices SET refunded_at = $2 WHERE id = $1", id, now)?;
        Ok(())
    }

    /// Whether a person has ever decided about money of an invoice.
    pub async fn is_decided(&mut self, id: &str) -> Result<bool> {
        let sql = "SELECT CAST(1 AS BIGINT) FROM invoices WHERE id = $1 AND refunded_at IS NOT NULL";
        Ok(row!(self, (i64,), sql, id)?.is_some())
    }

    /// Holds an order against everybody else until this transaction ends: on PostgreSQL by its row, on SQLite there is one writer anyway.
    pub async fn lock_order(&mut self, id: &OrderId) -> Result<()> {
        quiet!(self, "UPDATE orders SET charge = charge WHERE id = $1", id.as_str())?;
        Ok(())
    }
}
