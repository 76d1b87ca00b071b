//! Who may be in a channel or group, from the link to the end: being let in, being reminded, leaving.
//!
//! A link is not single-use by a counter of Telegram's: whoever opens it asks to be let in (Bot API: `creates_join_request`), and only its
//! buyer is. So a link that leaks lets nobody in, and who lost the way finds it again with the same one.

use super::notice::{Notice, open_once, tell};
use super::{Result, Shop, job};
use crate::domain::customer::CustomerId;
use crate::domain::goods::{membership_end, part_ends, remind_at};
use crate::store::{self, CaseKind, Conn, JobKind, Membership, MembershipPart, NewJob};

/// What is to be said to somebody who asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Come in.
    Yes,
    /// The link was sold to somebody else, or the time is over.
    No,
    /// The money went back before the time was over: they must not be in, whatever came of the answer before.
    Refunded,
    /// Somebody whom another administrator knows.
    NotOurs,
}

/// What is to be done about a membership now.
pub enum Step {
    /// Nothing, ever.
    Nothing,
    /// Nothing before this time (unix seconds UTC).
    Wait(i64),
    /// The person is to be reminded.
    Remind(Membership),
    /// The person is to be taken out.
    Remove(Membership),
}

impl Shop {
    /// Notes that somebody asks to be let in; answered by a job, so that nobody is left at the door.
    pub async fn knock(&self, who: CustomerId, chat: i64, link: Option<&str>) -> Result<()> {
        let (link, clock) = (link.unwrap_or_default().to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let key = format!("{chat}:{who}");
                let lane = format!("admit:{key}");
                let admit = NewJob { kind: JobKind::Admit, key, lane, payload: link, run_at: clock.now() };
                tx.ask_for(&admit, clock.now_millis()).await
            })
        })
        .await
    }

    /// What is to be said to somebody who asks to be let in by `link`.
    pub async fn admission(&self, who: CustomerId, chat: i64, link: &str) -> Result<Admission> {
        let mut conn = self.store.read().await?;
        let known = conn.membership(who, chat).await?;
        if known.as_ref().is_some_and(|known| known.ended_at.is_none() && known.ends_at.is_none_or(|end| self.now() < end)) {
            return Ok(Admission::Yes);
        }
        if link.is_empty() || !conn.is_sold_link(chat, link).await? {
            return Ok(Admission::NotOurs);
        }
        let ended_early = |known: Membership| known.ended_at.is_some_and(|ended| known.ends_at.is_none_or(|end| ended < end));
        Ok(if known.is_some_and(ended_early) { Admission::Refunded } else { Admission::No })
    }

    /// Somebody was let in. False when the membership has ended meanwhile: they must go again.
    pub async fn was_let_in(&self, who: CustomerId, chat: i64) -> Result<bool> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.hold_memberships(who).await?;
                let known = tx.membership(who, chat).await?;
                let Some(mut membership) = known.filter(|known| known.ended_at.is_none()) else { return Ok(false) };
                if membership.joined_at.is_none() {
                    membership.joined_at = Some(clock.now());
                    tx.put_membership(&membership).await?;
                }
                // Whose time was over before has paid for it and was never let in.
                for (part, end) in parts(tx, who, chat).await? {
                    if end.is_none_or(|end| clock.now() < end) {
                        tx.close_cases_of(&part.order, CaseKind::Undeliverable, "the buyer was let in", clock.now()).await?;
                    }
                }
                Ok(true)
            })
        })
        .await
    }

    /// The bot may not let somebody in who has paid for it: the seller must look, and the buyer is told. Whoever has the money back is not
    /// let in any more.
    pub async fn cannot_let_in(&self, who: CustomerId, chat: i64, why: &str) -> Result<()> {
        let (why, clock) = (why.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.hold_memberships(who).await?;
                let known = tx.membership(who, chat).await?;
                let Some(mut membership) = known.filter(|known| known.ended_at.is_none()) else { return Ok(()) };
                let Some(MembershipPart { order, .. }) = tx.membership_parts(who, chat).await?.pop() else { return Ok(()) };
                // Whoever asks to be let in is not in any more.
                if membership.joined_at.take().is_some() {
                    tx.put_membership(&membership).await?;
                }
                let detail = format!("the bot may not let the buyer into {}: {why}", membership.title);
                if open_once(tx, &order, CaseKind::Undeliverable, &detail, clock.now_millis()).await? {
                    let notice = Notice::NeedsSeller { order: order.as_str().to_owned() };
                    tell(tx, who, &format!("door:{order}"), notice, clock.now_millis()).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What is to be done about a membership now.
    pub async fn membership_step(&self, who: CustomerId, chat: i64) -> Result<Step> {
        let found = self.store.read().await?.membership(who, chat).await?;
        let Some(membership) = found.filter(|known| known.ended_at.is_none()) else { return Ok(Step::Nothing) };
        let Some(ends_at) = membership.ends_at else { return Ok(Step::Nothing) };
        let now = self.now();
        Ok(match membership.remind_at {
            _ if now >= ends_at => Step::Remove(membership),
            Some(at) if now >= at => Step::Remind(membership),
            Some(at) => Step::Wait(at.min(ends_at)),
            None => Step::Wait(ends_at),
        })
    }

    /// Reminds somebody that the time is nearly over, once for each end.
    pub async fn remind(&self, membership: &Membership) -> Result<()> {
        let (mut seen, clock) = (membership.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.hold_memberships(seen.customer).await?;
                if tx.membership(seen.customer, seen.chat).await?.as_ref() != Some(&seen) {
                    return Ok(());
                }
                seen.remind_at = None;
                tx.put_membership(&seen).await?;
                let (Some(ends_at), Some((_, product))) = (seen.ends_at, tx.membership_source(seen.customer, seen.chat).await?) else {
                    return Ok(());
                };
                let about = format!("ends:{}:{ends_at}", seen.chat);
                let notice = Notice::MembershipEnds { title: seen.title, product: product.as_str().to_owned(), ends_at };
                tell(tx, seen.customer, &about, notice, clock.now_millis()).await
            })
        })
        .await
    }

    /// Somebody was taken out because the time was over. False when it was prolonged meanwhile: then the link lets them in again.
    pub async fn was_removed(&self, membership: &Membership) -> Result<bool> {
        let (mut seen, clock) = (membership.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.hold_memberships(seen.customer).await?;
                let known = tx.membership(seen.customer, seen.chat).await?;
                if known.is_none_or(|known| known.ends_at != seen.ends_at || known.ended_at.is_some()) {
                    return Ok(false);
                }
                seen.ended_at = Some(clock.now());
                tx.put_membership(&seen).await?;
                is_out(tx, seen.customer, seen.chat, clock.now()).await?;
                if let Some((_, product)) = tx.membership_source(seen.customer, seen.chat).await? {
                    let about = format!("over:{}:{}", seen.chat, seen.ends_at.unwrap_or(0));
                    let notice = Notice::MembershipOver { title: seen.title, product: product.as_str().to_owned() };
                    tell(tx, seen.customer, &about, notice, clock.now_millis()).await?;
                }
                Ok(true)
            })
        })
        .await
    }

    /// Somebody was taken out who had come in although the money had gone back.
    pub async fn was_put_out(&self, who: CustomerId, chat: i64) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.hold_memberships(who).await?;
                is_out(tx, who, chat, clock.now()).await
            })
        })
        .await
    }

    /// The bot may not take somebody out whose time is over, or who has the money back: the seller must look.
    pub async fn cannot_remove(&self, who: CustomerId, chat: i64, why: &str) -> Result<()> {
        let (why, clock) = (why.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let (Some(membership), Some((order, _))) = (tx.membership(who, chat).await?, tx.membership_source(who, chat).await?) else {
                    return Ok(());
                };
                let detail = format!("the bot may not take the buyer out of {}: {why}", membership.title);
                open_once(tx, &order, CaseKind::NotRemoved, &detail, clock.now_millis()).await.map(|_| ())
            })
        })
        .await
    }
}

/// What somebody was given of a membership and has not had the money back for, the oldest first, and when each part ends; none: never.
pub(super) async fn parts(tx: &mut Conn, who: CustomerId, chat: i64) -> store::Result<Vec<(MembershipPart, Option<i64>)>> {
    let parts = tx.membership_parts(who, chat).await?;
    let ends = part_ends(parts.iter().map(|part| (part.days, part.given_at)));
    Ok(parts.into_iter().zip(ends).collect())
}

/// Nobody need look any more after somebody who is out, whichever order it was about.
async fn is_out(tx: &mut Conn, who: CustomerId, chat: i64, now: i64) -> store::Result<()> {
    for order in tx.membership_orders(who, chat).await? {
        tx.close_cases_of(&order, CaseKind::NotRemoved, "taken out after all", now).await?;
    }
    Ok(())
}

/// A group has another id: it became a supergroup. Who has paid for it is let in and taken out there, and new buyers are led there.
pub(super) async fn group_moved(tx: &mut Conn, from: i64, to: i64, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    // Who has bought there already has the time of both.
    for who in tx.move_memberships(from, to).await? {
        let (old, known) = (tx.membership(who, from).await?, tx.membership(who, to).await?);
        tx.drop_membership(who, from).await?;
        let (Some(old), Some(known)) = (old.filter(|old| old.ended_at.is_none()), known) else { continue };
        let joined_at = known.joined_at.filter(|_| known.ended_at.is_none()).or(old.joined_at);
        let running = if known.ended_at.is_none() { known } else { Membership { chat: to, ..old } };
        let ends_at = parts(tx, who, to).await?.last().map_or(running.ends_at, |(_, end)| *end);
        let membership = Membership { ends_at, remind_at: ends_at.map(|end| remind_at(now, end)), joined_at, ..running };
        tx.put_membership(&membership).await?;
        mind(tx, &membership, now_millis).await?;
    }
    Ok(())
}

/// A membership given or prolonged at `now`.
pub(super) fn prolong(
    running: Option<Membership>,
    customer: CustomerId,
    chat: i64,
    title: String,
    link: String,
    days: Option<u32>,
    now: i64,
) -> Membership {
    let (joined_at, before) = (running.as_ref().and_then(|running| running.joined_at), running.map(|running| running.ends_at));
    let ends_at = match before {
        // For good stays for good.
        Some(None) => None,
        Some(end) => membership_end(end, days, now),
        None => membership_end(None, days, now),
    };
    let remind_at = ends_at.map(|end| remind_at(now, end));
    Membership { customer, chat, title, link, ends_at, remind_at, joined_at, ended_at: None }
}

/// Asks for a membership to be looked after.
pub(super) async fn mind(tx: &mut Conn, membership: &Membership, now_millis: i64) -> store::Result<()> {
    let Some(at) = membership.remind_at.or(membership.ends_at) else { return Ok(()) };
    let key = format!("{}:{}", membership.customer, membership.chat);
    tx.ask_for(&job(JobKind::Membership, &key, at), now_millis).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn membership(ends_at: Option<i64>) -> Membership {
        Membership {
            customer: CustomerId(1),
            chat: -1,
            title: "Owls".to_owned(),
            link: "https://t.me/+a".to_owned(),
            ends_at,
            remind_at: None,
            joined_at: Some(5),
            ended_at: None,
        }
    }

    fn after(running: Option<Membership>, days: Option<u32>) -> Membership {
        prolong(running, CustomerId(1), -1, "Owls".to_owned(), "https://t.me/+a".to_owned(), days, 100 * DAY)
    }

    #[test]
    fn buying_again_adds_to_what_runs_and_never_takes_away() {
        let twice = after(Some(membership(Some(110 * DAY))), Some(30));
        assert_eq!((twice.ends_at, twice.remind_at, twice.joined_at), (Some(140 * DAY), Some(137 * DAY), Some(5)));
        assert_eq!(after(Some(membership(None)), Some(30)).ends_at, None, "for good stays for good");
        assert_eq!(after(Some(membership(Some(110 * DAY))), None).ends_at, None);
        assert_eq!(after(None, Some(8)).remind_at, Some(106 * DAY));
    }
}
