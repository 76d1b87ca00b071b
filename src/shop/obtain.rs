//! Goods of a paid line that come from outside: a link into a channel, or what the seller's system answers. They are asked for by a job,
//! outside of every transaction, and kept before they are sent: so that a repeat finds them.

use super::membership::prolong;
use super::notice::{Notice, fresh, open_once, tell};
use super::webhook::Question;
use super::{Result, Shop, job};
use crate::domain::order::{Delivery, Line, Order};
use crate::domain::product::Kind;
use crate::store::{self, CaseKind, Conn, JobKind};

/// What is to be had from outside for a line.
pub enum Errand {
    /// It is here already; or the line wants nothing any more.
    Nothing,
    /// A new link into this channel or group.
    Link { chat: i64, title: String },
    /// None: the buyer has a link that works, and stays longer.
    Prolong { chat: i64, title: String },
    /// An answer of the seller's system.
    Ask(Box<Question>),
    /// It cannot be had: why.
    Impossible(String),
}

/// What became of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKept {
    /// The buyer has it.
    Done,
    /// The buyer has another one, which works, or is to have none; this one is good for nothing.
    Spare,
    /// The buyer has none any more: one is to be made.
    Needed,
}

impl Shop {
    /// What is to be had from outside for a line.
    pub async fn errand(&self, line: &str) -> Result<Errand> {
        let mut conn = self.store.read().await?;
        let Some((order, line)) = waiting(&mut conn, line).await? else { return Ok(Errand::Nothing) };
        let Some(product) = conn.product(&line.product).await? else { return Ok(Errand::Nothing) };
        Ok(match line.kind {
            Kind::Invite => match product.invite {
                _ if conn.membership_of(&line.id).await?.is_some() => Errand::Nothing,
                Some(invite) => {
                    let known = conn.membership(order.customer, invite.chat).await?;
                    let runs = known.is_some_and(|known| known.ended_at.is_none());
                    let (chat, title) = (invite.chat, invite.title);
                    if runs { Errand::Prolong { chat, title } } else { Errand::Link { chat, title } }
                }
                None => Errand::Impossible("the product names no channel or group".to_owned()),
            },
            Kind::Webhook => match &product.webhook {
                _ if conn.line_goods(&line.id).await?.is_some() => Errand::Nothing,
                Some(webhook) => Errand::Ask(Box::new(Question::new(webhook, &order, &line, self.now()))),
                None => Errand::Impossible("the product names no address to ask".to_owned()),
            },
            Kind::Keys | Kind::File | Kind::Manual => Errand::Nothing,
        })
    }

    /// Gives a line its part of a membership: with a new link, or, without one, for longer than before.
    pub async fn keep_link(&self, line: &str, chat: i64, title: &str, link: Option<&str>) -> Result<LinkKept> {
        let (line, title, link, clock) = (line.to_owned(), title.to_owned(), link.map(str::to_owned), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let Some((order, line)) = locked(tx, &line).await? else { return Ok(LinkKept::Spare) };
                tx.hold_memberships(order.customer).await?;
                let (now, now_millis) = (clock.now(), clock.now_millis());
                let known = tx.membership(order.customer, chat).await?;
                let running = known.filter(|known| known.ended_at.is_none());
                if running.as_ref().is_some_and(|running| running.ends_at.is_none()) && tx.membership_of(&line.id).await?.is_none() {
                    // Late money, mostly: there is nothing that could be added to what another order gave.
                    hold(tx, &order, &line, &format!("the buyer is in {title} for good already"), now_millis).await?;
                    return Ok(LinkKept::Spare);
                }
                let (kept, link) = match (&running, link) {
                    (None, None) => return Ok(LinkKept::Needed),
                    (None, Some(link)) => (LinkKept::Done, link),
                    (Some(running), None) => (LinkKept::Done, running.link.clone()),
                    (Some(running), Some(link)) if running.link == link => (LinkKept::Done, link),
                    (Some(running), Some(_)) => (LinkKept::Spare, running.link.clone()),
                };
                if tx.count_line(&line.id, order.customer, chat, now).await? {
                    let days = line.days.map(|days| days.saturating_mul(line.quantity));
                    let membership = prolong(running, order.customer, chat, title, link, days, now);
                    tx.put_membership(&membership).await?;
                    super::membership::mind(tx, &membership, now_millis).await?;
                }
                arrived(tx, &order, now_millis).await?;
                Ok(kept)
            })
        })
        .await
    }

    /// Keeps what the seller's system answered for a line. The first answer stays.
    pub async fn keep_answer(&self, line: &str, goods: &str) -> Result<()> {
        let (line, goods, clock) = (line.to_owned(), goods.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let Some((order, line)) = locked(tx, &line).await? else { return Ok(()) };
                tx.set_line_goods(&line.id, &goods).await?;
                arrived(tx, &order, clock.now_millis()).await
            })
        })
        .await
    }

    /// It cannot be had for now: the line waits for the seller, and both sides hear of it.
    pub async fn hold_line(&self, line: &str, why: &str) -> Result<()> {
        let (line, why, clock) = (line.to_owned(), why.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let Some((order, line)) = locked(tx, &line).await? else { return Ok(()) };
                hold(tx, &order, &line, &why, clock.now_millis()).await
            })
        })
        .await
    }
}

/// Whether the goods of this kind come from outside.
pub(super) fn is_obtained(kind: Kind) -> bool {
    matches!(kind, Kind::Invite | Kind::Webhook)
}

/// A paid line whose goods are on their way, and its order.
async fn waiting(conn: &mut Conn, line: &str) -> store::Result<Option<(Order, Line)>> {
    let Some(id) = conn.order_of_line(line).await? else { return Ok(None) };
    let Some(order) = conn.order(&id).await?.filter(Order::is_owed) else { return Ok(None) };
    let found = order.lines.iter().find(|known| known.id == line && known.delivery == Delivery::Assigned).cloned();
    Ok(found.map(|line| (order, line)))
}

/// As [`waiting`], with the order locked.
async fn locked(tx: &mut Conn, line: &str) -> store::Result<Option<(Order, Line)>> {
    let Some(id) = tx.order_of_line(line).await? else { return Ok(None) };
    tx.lock_order(&id).await?;
    waiting(tx, line).await
}

/// A line waits for the seller, and both sides hear of it.
async fn hold(tx: &mut Conn, order: &Order, line: &Line, why: &str, now_millis: i64) -> store::Result<()> {
    tx.set_delivery(&line.id, Delivery::Held).await?;
    open_once(tx, &order.id, CaseKind::Undeliverable, why, now_millis).await?;
    let notice = Notice::NeedsSeller { order: order.id.as_str().to_owned() };
    tell(tx, order.customer, &fresh(&format!("held:{}", order.id)), notice, now_millis).await?;
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now_millis.div_euclid(1_000)), now_millis).await
}

/// It is here: what is left is to bring it to the chat.
async fn arrived(tx: &mut Conn, order: &Order, now_millis: i64) -> store::Result<()> {
    tx.ask_for(&job(JobKind::Deliver, order.id.as_str(), now_millis.div_euclid(1_000)), now_millis).await
}
