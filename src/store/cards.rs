//! Which message is the payment card of an order, and which were it before and may still show its address.

use super::{Conn, Result, execute, on, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::order::OrderId;

/// A message that was the card of an order and is to be taken out of the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftCard {
    pub message: i32,
    /// It told all there was to tell of an order that had ended: no new card is due for it.
    pub was_final: bool,
}

impl Conn {
    /// Makes another message the payment card, or none, if `from` is it still and shows nothing any more; false, and no change, when it is
    /// not.
    pub async fn replace_card_message(&mut self, id: &OrderId, from: Option<i32>, to: Option<i32>) -> Result<bool> {
        let sql = "UPDATE orders SET card_message = $3 WHERE id = $1 AND card_message IS NOT DISTINCT FROM $2";
        Ok(execute!(self, sql, id.as_str(), from.map(i64::from), to.map(i64::from))? == 1)
    }

    /// Makes a message the payment card; none: a new one is to be sent. The message that was it before is left, and so is this one by
    /// every other order of the same person: a message is one card. Gives the other orders; their cards and this one's are to be brought up
    /// to date.
    pub async fn take_card_message(&mut self, customer: CustomerId, id: &OrderId, message: Option<i32>) -> Result<Vec<OrderId>> {
        let message = message.map(i64::from);
        let sql = "INSERT INTO left_cards (order_id, message, was_final)
                   SELECT id, card_message, state IN ('completed', 'cancelled') FROM orders
                   WHERE customer_id = $1 AND ((id = $2 AND card_message IS DISTINCT FROM $3) OR (id <> $2 AND card_message = $3))
                     AND card_message IS NOT NULL
                   ON CONFLICT (order_id, message) DO NOTHING";
        execute!(self, sql, customer.0, id.as_str(), message)?;
        execute!(self, "DELETE FROM left_cards WHERE order_id = $1 AND message = $2", id.as_str(), message)?;
        let sql = "UPDATE orders SET card_message = NULL WHERE customer_id = $1 AND card_message = $2 AND id <> $3 RETURNING id";
        let found = rows!(self, (String,), sql, customer.0, message, id.as_str())?;
        execute!(self, "UPDATE orders SET card_message = $2 WHERE id = $1", id.as_str(), message)?;
        Ok(found.iter().filter_map(|(id,)| OrderId::parse(id)).collect())
    }

    /// The messages that were the card of an order and are still to be taken out of the chat.
    pub async fn left_cards(&mut self, id: &OrderId) -> Result<Vec<LeftCard>> {
        let sql = "SELECT message, was_final FROM left_cards WHERE order_id = $1 ORDER BY message";
        let found = rows!(self, (i64, bool), sql, id.as_str())?;
        let card = |(message, was_final)| Some(LeftCard { message: i32::try_from(message).ok()?, was_final });
        Ok(found.into_iter().filter_map(card).collect())
    }

    /// A message that was a card shows nothing of its order any more.
    pub async fn forget_left_card(&mut self, id: &OrderId, message: i32) -> Result<()> {
        execute!(self, "DELETE FROM left_cards WHERE order_id = $1 AND message = $2", id.as_str(), i64::from(message))?;
        Ok(())
    }

    /// The order whose card is this message of a person.
    pub async fn card_owner(&mut self, customer: CustomerId, message: i32) -> Result<Option<OrderId>> {
        let sql = "SELECT id FROM orders WHERE customer_id = $1 AND card_message = $2";
        let found = row!(self, (String,), sql, customer.0, i64::from(message))?;
        Ok(found.and_then(|(id,)| OrderId::parse(&id)))
    }

    /// The order whose card is this message of a person, while it can still be paid.
    pub async fn open_order_on(&mut self, customer: CustomerId, message: i32) -> Result<Option<OrderId>> {
        let sql = "SELECT id FROM orders WHERE customer_id = $1 AND card_message = $2 AND state = 'open' AND charge IN ('none', 'partial')";
        let found = row!(self, (String,), sql, customer.0, i64::from(message))?;
        Ok(found.and_then(|(id,)| OrderId::parse(&id)))
    }
}
