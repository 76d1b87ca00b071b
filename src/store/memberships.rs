//! Who may be in which channel or group, and what came from outside for a line: a link, or an answer of the seller's system.

use super::orders::order_id;
use super::{Conn, JobKind, Result, Sealer, execute, on, quiet, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::order::{OrderId, OrderState};
use crate::domain::product::ProductId;

const LINK: &str = "link";
pub(super) const GOODS: &str = "goods";

/// One person in one channel or group. Has no `Debug`: the link is goods.
#[derive(Clone, PartialEq, Eq)]
pub struct Membership {
    pub customer: CustomerId,
    /// Telegram's id of the channel or group.
    pub chat: i64,
    pub title: String,
    /// Lets this person in, and nobody else.
    pub link: String,
    /// Unix seconds UTC; none: for good.
    pub ends_at: Option<i64>,
    /// When the person is to be reminded of the end (unix seconds UTC); none: never, or it was done.
    pub remind_at: Option<i64>,
    /// When the person was let in (unix seconds UTC).
    pub joined_at: Option<i64>,
    /// When the person was taken out again (unix seconds UTC).
    pub ended_at: Option<i64>,
}

/// The part of a membership that one line of an order gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipPart {
    pub line: String,
    pub order: OrderId,
    /// None: for good.
    pub days: Option<u32>,
    /// Unix seconds UTC.
    pub given_at: i64,
}

#[derive(sqlx::FromRow)]
struct MembershipRow {
    customer_id: i64,
    chat_id: i64,
    title: String,
    link_sealed: String,
    ends_at: Option<i64>,
    remind_at: Option<i64>,
    joined_at: Option<i64>,
    ended_at: Option<i64>,
}

impl Conn {
    /// What a person has of a channel or group, or had.
    pub async fn membership(&mut self, customer: CustomerId, chat: i64) -> Result<Option<Membership>> {
        let sql = "SELECT customer_id, chat_id, title, link_sealed, ends_at, remind_at, joined_at, ended_at FROM memberships
            WHERE customer_id = $1 AND chat_id = $2";
        let found = row!(self, MembershipRow, sql, customer.0, chat)?;
        found.map(|row| self.opened_membership(row)).transpose()
    }

    /// What a line gave its buyer.
    pub async fn membership_of(&mut self, line: &str) -> Result<Option<Membership>> {
        let sql = "SELECT m.customer_id, m.chat_id, m.title, m.link_sealed, m.ends_at, m.remind_at, m.joined_at, m.ended_at
            FROM memberships m JOIN membership_lines l ON l.customer_id = m.customer_id AND l.chat_id = m.chat_id WHERE l.line_id = $1";
        let found = row!(self, MembershipRow, sql, line)?;
        found.map(|row| self.opened_membership(row)).transpose()
    }

    /// Makes everything else that changes a person's memberships wait for this transaction.
    pub async fn hold_memberships(&mut self, customer: CustomerId) -> Result<()> {
        execute!(self, "UPDATE customers SET reachable = reachable WHERE id = $1", customer.0)?;
        Ok(())
    }

    /// Writes a membership down as it is now.
    pub async fn put_membership(&mut self, membership: &Membership) -> Result<()> {
        let sql = "INSERT INTO memberships (customer_id, chat_id, title, link_sealed, link_mark, ends_at, remind_at, joined_at, ended_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (customer_id, chat_id) DO UPDATE SET title = excluded.title, link_sealed = excluded.link_sealed,
                link_mark = excluded.link_mark, ends_at = excluded.ends_at, remind_at = excluded.remind_at,
                joined_at = excluded.joined_at, ended_at = excluded.ended_at";
        let Membership { customer, chat, title, link, ends_at, remind_at, joined_at, ended_at } = membership;
        let (sealed, mark) = (self.sealer.seal(LINK, link)?, self.sealer.fingerprint(link));
        execute!(self, sql, customer.0, *chat, title, sealed, mark, *ends_at, *remind_at, *joined_at, *ended_at)?;
        Ok(())
    }

    /// Notes that a line gave its part of a membership; false when it did so before.
    pub async fn count_line(&mut self, line: &str, customer: CustomerId, chat: i64, now: i64) -> Result<bool> {
        let sql = "INSERT INTO membership_lines (line_id, customer_id, chat_id, given_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (line_id) DO NOTHING";
        Ok(execute!(self, sql, line, customer.0, chat, now)? == 1)
    }

    /// A group has another id now: what is sold leads there, and who has paid for it is known there. Gives whoever has a membership under both
    /// ids: theirs under the old one is left, without what gave it.
    pub async fn move_memberships(&mut self, from: i64, to: i64) -> Result<Vec<CustomerId>> {
        // Whoever else changes them waits: see `hold_memberships`.
        let sql = "UPDATE customers SET reachable = reachable WHERE id IN (SELECT customer_id FROM memberships WHERE chat_id = $1)";
        execute!(self, sql, from)?;
        execute!(self, "UPDATE products SET invite_chat = $2 WHERE invite_chat = $1", from, to)?;
        execute!(self, "UPDATE membership_lines SET chat_id = $2 WHERE chat_id = $1", from, to)?;
        let sql = "UPDATE memberships SET chat_id = $2 WHERE chat_id = $1
            AND NOT EXISTS (SELECT 1 FROM memberships known WHERE known.customer_id = memberships.customer_id AND known.chat_id = $2)";
        execute!(self, sql, from, to)?;
        // The number of a chat stands behind its person's, or before it: see the kinds of jobs.
        let behind = (JobKind::Membership, format!(":{from}"), format!(":{to}"), format!("%:{from}"));
        let before = (JobKind::Admit, format!("{from}:"), format!("{to}:"), format!("{from}:%"));
        for (kind, old, new, keys) in [behind, before] {
            let sql = "UPDATE jobs SET key = replace(key, $2, $3), lane = kind || ':' || replace(key, $2, $3)
                WHERE kind = $1 AND key LIKE $4 AND done_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM jobs known WHERE known.kind = $1 AND known.key = replace(jobs.key, $2, $3))";
            quiet!(self, sql, kind.code(), old, new, keys)?;
        }
        let found = rows!(self, (i64,), "SELECT customer_id FROM memberships WHERE chat_id = $1 ORDER BY customer_id", from)?;
        Ok(found.into_iter().map(|(id,)| CustomerId(id)).collect())
    }

    /// Takes a membership away that is part of another one now.
    pub async fn drop_membership(&mut self, customer: CustomerId, chat: i64) -> Result<()> {
        execute!(self, "DELETE FROM memberships WHERE customer_id = $1 AND chat_id = $2", customer.0, chat)?;
        Ok(())
    }

    /// Seals every link with another key, and marks it so that it is recognised with that key. Tells how many there are.
    pub(super) async fn links_anew(&mut self, new: &Sealer) -> Result<usize> {
        let sql = "SELECT customer_id, chat_id, link_sealed FROM memberships ORDER BY customer_id, chat_id";
        let found = rows!(self, (i64, i64, String), sql)?;
        for (customer, chat, sealed) in &found {
            let link = self.sealer.open(LINK, sealed)?;
            let sql = "UPDATE memberships SET link_sealed = $3, link_mark = $4 WHERE customer_id = $1 AND chat_id = $2";
            execute!(self, sql, *customer, *chat, new.seal(LINK, &link)?, new.fingerprint(&link))?;
        }
        Ok(found.len())
    }

    /// Whether this link into a chat was made for somebody who bought it.
    pub async fn is_sold_link(&mut self, chat: i64, link: &str) -> Result<bool> {
        let mark = self.sealer.fingerprint(link);
        let sql = "SELECT customer_id FROM memberships WHERE link_mark = $1 AND chat_id = $2 LIMIT 1";
        Ok(row!(self, (i64,), sql, mark, chat)?.is_some())
    }

    /// The order and the product that gave a person the last part of a membership.
    pub async fn membership_source(&mut self, customer: CustomerId, chat: i64) -> Result<Option<(OrderId, ProductId)>> {
        let sql = "SELECT l.order_id, l.product_id FROM membership_lines g JOIN order_lines l ON l.id = g.line_id
            WHERE g.customer_id = $1 AND g.chat_id = $2 ORDER BY g.given_at DESC, g.line_id LIMIT 1";
        let Some((order, product)) = row!(self, (String, String), sql, customer.0, chat)? else { return Ok(None) };
        Ok(Some((order_id(&order)?, super::catalog::product_id(&product)?)))
    }

    /// The orders that have given somebody time in a chat.
    pub async fn membership_orders(&mut self, customer: CustomerId, chat: i64) -> Result<Vec<OrderId>> {
        let sql = "SELECT DISTINCT l.order_id FROM membership_lines g JOIN order_lines l ON l.id = g.line_id
            WHERE g.customer_id = $1 AND g.chat_id = $2 ORDER BY l.order_id";
        let found = rows!(self, (String,), sql, customer.0, chat)?;
        found.iter().map(|(order,)| order_id(order)).collect()
    }

    /// The parts of a membership whose money was not given back, the oldest first.
    pub async fn membership_parts(&mut self, customer: CustomerId, chat: i64) -> Result<Vec<MembershipPart>> {
        let sql = "SELECT l.id, l.order_id, l.days, l.quantity, g.given_at FROM membership_lines g
            JOIN order_lines l ON l.id = g.line_id JOIN orders o ON o.id = l.order_id
            WHERE g.customer_id = $1 AND g.chat_id = $2 AND o.state <> $3
                AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id)
            ORDER BY g.given_at, g.line_id";
        let found = rows!(self, (String, String, Option<i64>, i64, i64), sql, customer.0, chat, OrderState::Cancelled.code())?;
        let part = |(line, order, days, quantity, given_at): (String, String, Option<i64>, i64, i64)| {
            let days = days.map(|days| u32::try_from(days.saturating_mul(quantity)).unwrap_or(u32::MAX));
            Ok(MembershipPart { line, order: order_id(&order)?, days, given_at })
        };
        found.into_iter().map(part).collect()
    }

    /// The order that a line is part of.
    pub async fn order_of_line(&mut self, line: &str) -> Result<Option<OrderId>> {
        let found = row!(self, (String,), "SELECT order_id FROM order_lines WHERE id = $1", line)?;
        found.map(|(order,)| order_id(&order)).transpose()
    }

    /// Keeps what the seller's system answered for a line, sealed; false when there is an answer already.
    pub async fn set_line_goods(&mut self, line: &str, goods: &str) -> Result<bool> {
        let sealed = self.sealer.seal(GOODS, goods)?;
        let sql = "UPDATE order_lines SET goods_sealed = $2 WHERE id = $1 AND goods_sealed IS NULL";
        Ok(execute!(self, sql, line, sealed)? == 1)
    }

    /// What the seller's system answered for a line, opened.
    pub async fn line_goods(&mut self, line: &str) -> Result<Option<String>> {
        let found = row!(self, (Option<String>,), "SELECT goods_sealed FROM order_lines WHERE id = $1", line)?;
        found.and_then(|(sealed,)| sealed).map(|sealed| self.sealer.open(GOODS, &sealed)).transpose()
    }

    fn opened_membership(&self, row: MembershipRow) -> Result<Membership> {
        let MembershipRow { customer_id, chat_id, title, link_sealed, ends_at, remind_at, joined_at, ended_at } = row;
        let link = self.sealer.open(LINK, &link_sealed)?;
        Ok(Membership { customer: CustomerId(customer_id), chat: chat_id, title, link, ends_at, remind_at, joined_at, ended_at })
    }
}
