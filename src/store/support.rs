//! Conversations between customers and the staff: what was written, and which message of the bot belongs to which customer.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Conn, Error, Result, execute, on, quiet, row};
use crate::domain::customer::CustomerId;

pub(super) const CONTEXT: &str = "support message";

impl Conn {
    /// Keeps a message, once; false when it was kept before. `by`: who of the staff wrote it; none: the customer.
    pub async fn add_support_message<T: Serialize>(
        &mut self,
        id: &str,
        customer: CustomerId,
        by: Option<CustomerId>,
        content: &T,
        now: i64,
    ) -> Result<bool> {
        let json = serde_json::to_string(content).map_err(|_| Error::corrupt("a support message that is no JSON"))?;
        let sealed = self.sealer.seal(CONTEXT, &json)?;
        let sql = "INSERT INTO support_messages (id, customer_id, written_by, content_sealed, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO NOTHING";
        Ok(execute!(self, sql, id, customer.0, by.map(|by| by.0), sealed, now)? == 1)
    }

    /// A message that was kept: its customer, who of the staff wrote it, and what it says.
    pub async fn support_message<T: DeserializeOwned>(&mut self, id: &str) -> Result<Option<(CustomerId, Option<CustomerId>, T)>> {
        let sql = "SELECT customer_id, written_by, content_sealed FROM support_messages WHERE id = $1";
        let Some((customer, by, sealed)) = row!(self, (i64, Option<i64>, String), sql, id)? else { return Ok(None) };
        let content = serde_json::from_str(&self.sealer.open(CONTEXT, &sealed)?).map_err(|_| Error::corrupt("a support message"))?;
        Ok(Some((CustomerId(customer), by.map(CustomerId), content)))
    }

    /// Whether a message was kept.
    pub async fn has_support_message(&mut self, id: &str) -> Result<bool> {
        Ok(row!(self, (i64,), "SELECT COUNT(*) FROM support_messages WHERE id = $1", id)?.is_some_and(|(count,)| count > 0))
    }

    /// How many messages a customer wrote since a moment (unix seconds UTC).
    pub async fn support_messages_since(&mut self, customer: CustomerId, since: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM support_messages WHERE customer_id = $1 AND written_by IS NULL AND created_at > $2";
        Ok(row!(self, (i64,), sql, customer.0, since)?.map_or(0, |(count,)| count))
    }

    /// Keeps that a message of the bot belongs to the conversation with a customer.
    pub async fn add_support_relay(&mut self, chat: i64, message: i32, customer: CustomerId) -> Result<()> {
        let sql = "INSERT INTO support_relays (chat_id, message_id, customer_id) VALUES ($1, $2, $3)
            ON CONFLICT (chat_id, message_id) DO UPDATE SET customer_id = excluded.customer_id";
        quiet!(self, sql, chat, i64::from(message), customer.0)?;
        Ok(())
    }

    /// The customer to whose conversation a message of the bot belongs.
    pub async fn support_relay(&mut self, chat: i64, message: i32) -> Result<Option<CustomerId>> {
        let sql = "SELECT customer_id FROM support_relays WHERE chat_id = $1 AND message_id = $2";
        Ok(row!(self, (i64,), sql, chat, i64::from(message))?.map(|(id,)| CustomerId(id)))
    }

    /// The topic of a customer in a group.
    pub async fn support_topic(&mut self, group: i64, customer: CustomerId) -> Result<Option<i32>> {
        let sql = "SELECT topic_id FROM support_topics WHERE group_id = $1 AND customer_id = $2";
        Ok(row!(self, (i64,), sql, group, customer.0)?.and_then(|(id,)| i32::try_from(id).ok()))
    }

    /// The customer whose topic it is.
    pub async fn customer_of_topic(&mut self, group: i64, topic: i32) -> Result<Option<CustomerId>> {
        let sql = "SELECT customer_id FROM support_topics WHERE group_id = $1 AND topic_id = $2";
        Ok(row!(self, (i64,), sql, group, i64::from(topic))?.map(|(id,)| CustomerId(id)))
    }

    /// Keeps the topic of a customer in a group.
    pub async fn set_support_topic(&mut self, group: i64, customer: CustomerId, topic: i32) -> Result<()> {
        let sql = "INSERT INTO support_topics (group_id, customer_id, topic_id) VALUES ($1, $2, $3)
            ON CONFLICT (group_id, customer_id) DO UPDATE SET topic_id = excluded.topic_id";
        quiet!(self, sql, group, customer.0, i64::from(topic))?;
        Ok(())
    }

    /// A group has got another id: so have its topics, and which message of the bot belongs to whom.
    pub async fn move_support_group(&mut self, from: i64, to: i64) -> Result<()> {
        // What the new id has already is newer.
        let sql = "DELETE FROM support_topics WHERE group_id = $1 AND customer_id IN (SELECT customer_id FROM support_topics WHERE group_id = $2)";
        quiet!(self, sql, from, to)?;
        quiet!(self, "UPDATE support_topics SET group_id = $2 WHERE group_id = $1", from, to)?;
        Ok(())
    }

    /// Forgets the topic of a customer: it is gone.
    pub async fn end_support_topic(&mut self, group: i64, customer: CustomerId) -> Result<()> {
        quiet!(self, "DELETE FROM support_topics WHERE group_id = $1 AND customer_id = $2", group, customer.0)?;
        Ok(())
    }
}
