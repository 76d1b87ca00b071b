//! Goods that come from outside, and memberships: what is said to Telegram and to sellers' systems, one step at a time. The shop says what is
//! to be done and keeps what came of it; each step may be repeated.

use super::api::Failure;
use super::{Result, Telegram};
use crate::domain::customer::CustomerId;
use crate::shop::membership::{Admission, Step};
use crate::shop::obtain::{Errand, LinkKept};
use crate::shop::webhook::{Answered, pause_secs};

/// How long a person waits at a door that the bot may not open, before it tries again, in seconds.
const DOOR_PAUSE_SECS: i64 = 600;
/// How long a member stays whom the bot may not take out, before it tries again, in seconds.
const REMOVAL_PAUSE_SECS: i64 = 3_600;

/// How a step went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// Nothing more.
    Done,
    /// More at this time (unix seconds UTC).
    Again(i64),
    /// It did not work, and is tried again at this time (unix seconds UTC).
    Retry { at: i64, error: String },
}

impl Telegram {
    /// Gets the goods of a paid line from outside. `tries`: how often it was tried, this time included.
    pub async fn obtain(&self, line: &str, tries: i64) -> Result<Stepped> {
        match self.shop.errand(line).await? {
            Errand::Nothing => {}
            Errand::Prolong { chat, title } => {
                if self.shop.keep_link(line, chat, &title, None).await? == LinkKept::Needed {
                    // It ended in this very moment: with the next try there is a new one.
                    return Ok(Stepped::Again(self.shop.now()));
                }
            }
            Errand::Link { chat, title } => {
                // The link is kept before it is sent. A crash in between leaves one that nobody knows and that lets nobody in.
                let link = match self.api.make_link(chat, line).await {
                    Ok(link) => link,
                    Err(Failure::Moved(to)) => return self.moved(chat, to).await,
                    Err(Failure::Refused(why) | Failure::Unreachable(why)) => {
                        self.shop.hold_line(line, &format!("no link into {title} can be made: {why}")).await?;
                        return Ok(Stepped::Done);
                    }
                    Err(failure) => return Err(failure.into()),
                };
                if self.shop.keep_link(line, chat, &title, Some(&link)).await? == LinkKept::Spare
                    && let Err(error) = self.api.revoke_link(chat, &link).await
                {
                    tracing::info!(error = %error, "a spare link stays; it lets nobody in");
                }
            }
            Errand::Ask(question) => match self.shop.webhooks.ask(&question).await {
                Answered::Goods(goods) => self.shop.keep_answer(line, &goods).await?,
                Answered::Gone => self.shop.hold_line(line, "the seller's system says that it is gone (410)").await?,
                Answered::Failed(why) => match pause_secs(tries) {
                    Some(secs) => return Ok(Stepped::Retry { at: self.shop.now() + secs, error: why }),
                    None => self.shop.hold_line(line, &format!("the seller's system was asked {tries} times: {why}")).await?,
                },
            },
            Errand::Impossible(why) => self.shop.hold_line(line, &why).await?,
        }
        Ok(Stepped::Done)
    }

    /// Answers somebody who asks to be let in. `key`: see [`JobKind::Admit`](crate::store::JobKind::Admit).
    pub async fn admit(&self, key: &str, link: &str) -> Result<Stepped> {
        let Some((chat, user)) = pair(key) else { return Ok(Stepped::Done) };
        let who = CustomerId(user);
        let admission = self.shop.admission(who, chat, link).await?;
        match admission {
            Admission::Yes => match self.api.let_in(chat, user).await {
                Ok(()) if self.shop.was_let_in(who, chat).await? => Ok(Stepped::Done),
                Ok(()) => self.put_out(who, chat).await,
                Err(Failure::Moved(to)) => self.moved(chat, to).await,
                Err(Failure::Refused(why) | Failure::Unreachable(why)) => {
                    self.shop.cannot_let_in(who, chat, &why).await?;
                    Ok(Stepped::Retry { at: self.shop.now() + DOOR_PAUSE_SECS, error: why })
                }
                Err(failure) => Err(failure.into()),
            },
            Admission::No | Admission::Refunded => match self.api.send_away(chat, user).await {
                // An answer that was lost may have let them in before the money went back.
                Ok(false) if admission == Admission::Refunded => self.put_out(who, chat).await,
                Ok(_) => Ok(Stepped::Done),
                Err(Failure::Moved(to)) => self.moved(chat, to).await,
                // Nobody has paid for it, so it is nobody's trouble; they may have paid by the next try.
                Err(Failure::Refused(why) | Failure::Unreachable(why)) => {
                    Ok(Stepped::Retry { at: self.shop.now() + DOOR_PAUSE_SECS, error: why })
                }
                Err(failure) => Err(failure.into()),
            },
            Admission::NotOurs => Ok(Stepped::Done),
        }
    }

    /// The group of a job has another id now: with the next try the job is about that one.
    async fn moved(&self, from: i64, to: i64) -> Result<Stepped> {
        self.shop.group_moved(from, to).await?;
        Ok(Stepped::Again(self.shop.now()))
    }

    /// Takes somebody out who came in while the money went back.
    async fn put_out(&self, who: CustomerId, chat: i64) -> Result<Stepped> {
        match self.api.take_out(chat, who.0).await {
            Ok(()) => {
                self.shop.was_put_out(who, chat).await?;
                Ok(Stepped::Done)
            }
            Err(Failure::Moved(to)) => self.moved(chat, to).await,
            Err(Failure::Refused(why) | Failure::Unreachable(why)) => {
                self.shop.cannot_remove(who, chat, &why).await?;
                Ok(Stepped::Retry { at: self.shop.now() + DOOR_PAUSE_SECS, error: why })
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Does what is due about a membership. `key`: see [`JobKind::Membership`](crate::store::JobKind::Membership).
    pub async fn mind_membership(&self, key: &str) -> Result<Stepped> {
        let Some((user, chat)) = pair(key) else { return Ok(Stepped::Done) };
        let membership = match self.shop.membership_step(CustomerId(user), chat).await? {
            Step::Nothing => return Ok(Stepped::Done),
            Step::Wait(at) => return Ok(Stepped::Again(at)),
            Step::Remind(membership) => {
                self.shop.remind(&membership).await?;
                return Ok(Stepped::Again(self.shop.now()));
            }
            Step::Remove(membership) => membership,
        };
        match self.api.take_out(chat, user).await {
            Ok(()) => {
                if !self.shop.was_removed(&membership).await? {
                    return Ok(Stepped::Again(self.shop.now()));
                }
                if let Err(error) = self.api.revoke_link(chat, &membership.link).await {
                    tracing::info!(error = %error, "a link stays after its end; it lets nobody in");
                }
                Ok(Stepped::Done)
            }
            Err(Failure::Moved(to)) => self.moved(chat, to).await,
            Err(Failure::Refused(why) | Failure::Unreachable(why)) => {
                self.shop.cannot_remove(membership.customer, chat, &why).await?;
                Ok(Stepped::Retry { at: self.shop.now() + REMOVAL_PAUSE_SECS, error: why })
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

/// The two numbers of a key.
fn pair(key: &str) -> Option<(i64, i64)> {
    let (first, second) = key.split_once(':')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}
