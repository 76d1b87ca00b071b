//! Orders and their lines.

use super::catalog::{fiat, kind, product_id};
use super::{Conn, Error, Result, execute, on, quiet, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::money::Fiat;
use crate::domain::option::OptionId;
use crate::domain::order::{Charge, Delivery, Line, Order, OrderId, OrderState};

pub(super) const ANSWERS: &str = "answers";
pub(super) const NOTE: &str = "note";

/// Which orders a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFilter {
    /// All that were ever offered to somebody.
    All,
    /// Of one buyer, without those that are still being put together.
    Of(CustomerId),
    /// Paid, and waiting for the seller to hand something over, or to settle what could not be delivered.
    ToHandOver,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: String,
    customer_id: i64,
    state: String,
    charge: String,
    total_minor: i64,
    currency: String,
    created_at: i64,
    paid_at: Option<i64>,
    paid_by: Option<String>,
    card_message: Option<i64>,
    goods_message: Option<i64>,
    use_credit: bool,
    credit_minor: i64,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: String,
    product_id: String,
    option_id: String,
    name: String,
    kind: String,
    unit_price_minor: i64,
    quantity: i64,
    days: Option<i64>,
    answers_sealed: Option<String>,
    delivery: String,
    documents_sent: i64,
    documents_of: Option<String>,
    document_message: Option<i64>,
    note_sealed: Option<String>,
}

pub(super) fn order_id(id: &str) -> Result<OrderId> {
    OrderId::parse(id).ok_or_else(|| Error::corrupt(format!("the order {id}")))
}

fn message(id: Option<i64>) -> Option<i32> {
    id.and_then(|id| i32::try_from(id).ok())
}

impl Conn {
    /// An order with its lines.
    pub async fn order(&mut self, id: &OrderId) -> Result<Option<Order>> {
        let sql = "SELECT id, customer_id, state, charge, total_minor, currency, created_at, paid_at, paid_by, card_message, goods_message,
                use_credit, (SELECT CAST(COALESCE(-SUM(c.minor), 0) AS BIGINT) FROM credits c WHERE c.order_id = orders.id) AS credit_minor
            FROM orders WHERE id = $1";
        match row!(self, OrderRow, sql, id.as_str())? {
            Some(found) => self.with_lines(found).await.map(Some),
            None => Ok(None),
        }
    }

    /// The order that a person is putting together.
    pub async fn draft(&mut self, customer: CustomerId) -> Result<Option<Order>> {
        let sql = "SELECT id, customer_id, state, charge, total_minor, currency, created_at, paid_at, paid_by, card_message, goods_message,
                use_credit, (SELECT CAST(COALESCE(-SUM(c.minor), 0) AS BIGINT) FROM credits c WHERE c.order_id = orders.id) AS credit_minor
            FROM orders WHERE customer_id = $1 AND state = 'draft'";
        match row!(self, OrderRow, sql, customer.0)? {
            Some(found) => self.with_lines(found).await.map(Some),
            None => Ok(None),
        }
    }

    /// Orders, the newest first; `limit` from `offset` on.
    pub async fn orders(&mut self, filter: OrderFilter, offset: i64, limit: i64) -> Result<Vec<Order>> {
        let found = match filter {
            OrderFilter::All => {
                let sql = "SELECT id, customer_id, state, charge, total_minor, currency, created_at, paid_at, paid_by, card_message,
                        goods_message, use_credit,
                        (SELECT CAST(COALESCE(-SUM(c.minor), 0) AS BIGINT) FROM credits c WHERE c.order_id = orders.id) AS credit_minor
                    FROM orders WHERE state <> 'draft' ORDER BY created_at DESC, id LIMIT $1 OFFSET $2";
                rows!(self, OrderRow, sql, limit, offset)?
            }
            OrderFilter::Of(customer) => {
                let sql = "SELECT id, customer_id, state, charge, total_minor, currency, created_at, paid_at, paid_by, card_message,
                        goods_message, use_credit,
                        (SELECT CAST(COALESCE(-SUM(c.minor), 0) AS BIGINT) FROM credits c WHERE c.order_id = orders.id) AS credit_minor
                    FROM orders WHERE customer_id = $3 AND state <> 'draft' ORDER BY created_at DESC, id LIMIT $1 OFFSET $2";
                rows!(self, OrderRow, sql, limit, offset, customer.0)?
            }
            OrderFilter::ToHandOver => {
                let sql = "SELECT o.id, o.customer_id, o.state, o.charge, o.total_minor, o.currency, o.created_at, o.paid_at, o.paid_by,
                        o.card_message, o.goods_message, o.use_credit,
                        (SELECT CAST(COALESCE(-SUM(c.minor), 0) AS BIGINT) FROM credits c WHERE c.order_id = o.id) AS credit_minor
                    FROM orders o WHERE o.state = 'open' AND o.charge IN ('full', 'over') AND EXISTS (
                        SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.delivery NOT IN ('sent', 'replaced')
                            AND (l.kind = 'manual' OR l.delivery = 'held'))
                    ORDER BY o.created_at DESC, o.id LIMIT $1 OFFSET $2";
                rows!(self, OrderRow, sql, limit, offset)?
            }
        };
        let mut orders = Vec::with_capacity(found.len());
        for row in found {
            orders.push(self.with_lines(row).await?);
        }
        Ok(orders)
    }

    /// How many paid orders wait for the seller: see [`OrderFilter::ToHandOver`].
    pub async fn to_hand_over_count(&mut self) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM orders o WHERE o.state = 'open' AND o.charge IN ('full', 'over') AND EXISTS (
            SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.delivery NOT IN ('sent', 'replaced') AND (l.kind = 'manual' OR l.delivery = 'held'))";
        Ok(row!(self, (i64,), sql)?.map_or(0, |(count,)| count))
    }

    /// How many orders of a person wait for payment, or for the rest of it.
    pub async fn open_orders(&mut self, customer: CustomerId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM orders WHERE customer_id = $1 AND state = 'open' AND charge IN ('none', 'partial')";
        Ok(row!(self, (i64,), sql, customer.0)?.map_or(0, |(count,)| count))
    }

    /// Writes a new order with its lines and the answers to their questions; nothing of it is paid or sent yet.
    pub async fn add_order(&mut self, order: &Order) -> Result<()> {
        let sql = "INSERT INTO orders (id, customer_id, state, charge, total_minor, currency, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        execute!(
            self,
            sql,
            order.id.as_str(),
            order.customer.0,
            order.state.code(),
            order.charge.code(),
            order.total.minor,
            order.total.currency.code(),
            order.created_at
        )?;
        for (position, line) in (0_i64..).zip(&order.lines) {
            let sql =
                "INSERT INTO order_lines (id, order_id, position, product_id, name, kind, unit_price_minor, quantity, delivery, option_id,
                    days)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
            execute!(
                self,
                sql,
                &line.id,
                order.id.as_str(),
                position,
                line.product.as_str(),
                &line.name,
                line.kind.code(),
                line.unit_price.minor,
                i64::from(line.quantity),
                line.delivery.code(),
                line.option.as_ref().map_or("", OptionId::as_str),
                line.days.map(i64::from),
            )?;
            if !line.answers.is_empty() {
                self.set_answers(&line.id, &line.answers).await?;
            }
        }
        Ok(())
    }

    /// Throws away what a person was putting together; no money can belong to it, for no address was ever asked for.
    pub async fn drop_draft(&mut self, customer: CustomerId) -> Result<()> {
        // Held first: an order that is opened just now keeps its lines, which a statement that waits for nothing would still take.
        quiet!(self, "UPDATE orders SET charge = charge WHERE customer_id = $1 AND state = 'draft'", customer.0)?;
        let sql = "DELETE FROM order_lines WHERE order_id IN (SELECT id FROM orders WHERE customer_id = $1 AND state = 'draft')";
        execute!(self, sql, customer.0)?;
        execute!(self, "DELETE FROM orders WHERE customer_id = $1 AND state = 'draft'", customer.0)?;
        Ok(())
    }

    /// Moves an order from one state to another; false when somebody else moved it first.
    pub async fn move_order(&mut self, id: &OrderId, from: OrderState, to: OrderState) -> Result<bool> {
        let sql = "UPDATE orders SET state = $3 WHERE id = $1 AND state = $2";
        Ok(execute!(self, sql, id.as_str(), from.code(), to.code())? == 1)
    }

    /// Books the whole price of an order, once: false when it was booked before. `paid_by`: an invoice's id, or
    /// [`PAID_BY_CREDIT`](crate::domain::order::PAID_BY_CREDIT).
    pub async fn book_payment(&mut self, id: &OrderId, charge: Charge, paid_by: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE orders SET charge = $2, paid_by = $3, paid_at = $4, state = 'open' WHERE id = $1 AND paid_by IS NULL";
        Ok(execute!(self, sql, id.as_str(), charge.code(), paid_by, now)? == 1)
    }

    /// Keeps whether credit is to pay for a part of an order once an address is asked for.
    pub async fn set_wants_credit(&mut self, id: &OrderId, wants: bool) -> Result<()> {
        execute!(self, "UPDATE orders SET use_credit = $2 WHERE id = $1", id.as_str(), wants)?;
        Ok(())
    }

    /// Keeps how much of the price has come.
    pub async fn set_charge(&mut self, id: &OrderId, charge: Charge) -> Result<()> {
        execute!(self, "UPDATE orders SET charge = $2 WHERE id = $1", id.as_str(), charge.code())?;
        Ok(())
    }

    /// Keeps which message carries the goods, unless another one does; tells whether this one does.
    pub async fn set_goods_message(&mut self, id: &OrderId, message: i32) -> Result<bool> {
        let sql = "UPDATE orders SET goods_message = $2 WHERE id = $1 AND goods_message IS NULL";
        Ok(execute!(self, sql, id.as_str(), i64::from(message))? == 1)
    }

    /// Lets the goods go into another message than this one next time.
    pub async fn forget_goods_message(&mut self, id: &OrderId, message: i32) -> Result<()> {
        let sql = "UPDATE orders SET goods_message = NULL WHERE id = $1 AND goods_message = $2";
        execute!(self, sql, id.as_str(), i64::from(message))?;
        Ok(())
    }

    /// Keeps where the goods of a line are.
    pub async fn set_delivery(&mut self, line: &str, delivery: Delivery) -> Result<()> {
        execute!(self, "UPDATE order_lines SET delivery = $2 WHERE id = $1", line, delivery.code())?;
        Ok(())
    }

    /// Keeps into which message the next document of a line is put, unless there is one; tells whether it is this one.
    pub async fn set_document_message(&mut self, line: &str, documents_sent: u32, message: i32) -> Result<bool> {
        let sql = "UPDATE order_lines SET document_message = $3 WHERE id = $1 AND documents_sent = $2 AND document_message IS NULL";
        Ok(execute!(self, sql, line, i64::from(documents_sent), i64::from(message))? == 1)
    }

    /// Keeps that the next document of a line, out of the list of this name, has reached the chat, in this message; false when another one is
    /// meant for it by now.
    pub async fn count_document(&mut self, line: &str, list: &str, message: i32) -> Result<bool> {
        let sql = "UPDATE order_lines SET documents_sent = documents_sent + 1, documents_of = $3, document_message = NULL
            WHERE id = $1 AND document_message = $2";
        Ok(execute!(self, sql, line, i64::from(message), list)? == 1)
    }

    /// Has the documents of a line, of which so many were sent, begin anew; false when there are more of them by now. The message into which
    /// the next is put stays that.
    pub async fn recount_documents(&mut self, line: &str, documents_sent: u32) -> Result<bool> {
        let sql = "UPDATE order_lines SET documents_sent = 0, documents_of = NULL WHERE id = $1 AND documents_sent = $2";
        Ok(execute!(self, sql, line, i64::from(documents_sent))? == 1)
    }

    /// No document of a line is put into this message.
    pub async fn forget_document_message(&mut self, line: &str, message: i32) -> Result<()> {
        let sql = "UPDATE order_lines SET document_message = NULL WHERE id = $1 AND document_message = $2";
        execute!(self, sql, line, i64::from(message))?;
        Ok(())
    }

    /// Has all documents of a line sent again.
    pub async fn forget_documents(&mut self, line: &str) -> Result<()> {
        execute!(self, "UPDATE order_lines SET documents_sent = 0, documents_of = NULL, document_message = NULL WHERE id = $1", line)?;
        Ok(())
    }

    /// Keeps a buyer's answers, sealed.
    pub async fn set_answers(&mut self, line: &str, answers: &[(String, String)]) -> Result<()> {
        let sealed = self.sealer.seal(ANSWERS, &super::catalog::json(&answers)?)?;
        execute!(self, "UPDATE order_lines SET answers_sealed = $2 WHERE id = $1", line, sealed)?;
        Ok(())
    }

    /// Keeps what the seller wrote at the hand-over, sealed.
    pub async fn set_note(&mut self, line: &str, note: &str) -> Result<()> {
        let sealed = self.sealer.seal(NOTE, note)?;
        execute!(self, "UPDATE order_lines SET note_sealed = $2 WHERE id = $1", line, sealed)?;
        Ok(())
    }

    async fn with_lines(&mut self, row: OrderRow) -> Result<Order> {
        let corrupt = |what: &str| Error::corrupt(format!("an order with the {what}"));
        let sql =
            "SELECT id, product_id, option_id, name, kind, unit_price_minor, quantity, days, answers_sealed, delivery, documents_sent,
                documents_of, document_message, note_sealed
            FROM order_lines WHERE order_id = $1 ORDER BY position";
        let mut lines = Vec::new();
        for found in rows!(self, LineRow, sql, &row.id)? {
            let answers = found.answers_sealed.map(|sealed| self.sealer.open(ANSWERS, &sealed)).transpose()?;
            lines.push(Line {
                product: product_id(&found.product_id)?,
                option: OptionId::parse(&found.option_id),
                name: found.name,
                kind: kind(&found.kind)?,
                unit_price: fiat(found.unit_price_minor, &row.currency)?,
                quantity: u32::try_from(found.quantity).map_err(|_| corrupt("quantity"))?,
                days: found.days.and_then(|days| u32::try_from(days).ok()),
                answers: match answers {
                    Some(json) => serde_json::from_str(&json).map_err(|_| corrupt("answers"))?,
                    None => Vec::new(),
                },
                delivery: Delivery::parse(&found.delivery).ok_or_else(|| corrupt(&found.delivery))?,
                documents_sent: u32::try_from(found.documents_sent).unwrap_or(0),
                documents_of: found.documents_of,
                document_message: message(found.document_message),
                note: found.note_sealed.map(|sealed| self.sealer.open(NOTE, &sealed)).transpose()?,
                id: found.id,
            });
        }
        let total: Fiat = fiat(row.total_minor, &row.currency)?;
        Ok(Order {
            id: OrderId::parse(&row.id).ok_or_else(|| corrupt(&row.id))?,
            customer: CustomerId(row.customer_id),
            state: OrderState::parse(&row.state).ok_or_else(|| corrupt(&row.state))?,
            charge: Charge::parse(&row.charge).ok_or_else(|| corrupt(&row.charge))?,
            total,
            credit: Fiat::new(row.credit_minor, total.currency),
            wants_credit: row.use_credit,
            created_at: row.created_at,
            paid_at: row.paid_at,
            paid_by: row.paid_by,
            card_message: message(row.card_message),
            goods_message: message(row.goods_message),
            lines,
        })
    }
}
