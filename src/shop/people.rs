//! Who is who: meeting people, and who runs the shop.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

use super::{Result, Shop, job};
use crate::domain::customer::{Customer, CustomerId, Role};
use crate::domain::deed::DeedKind;
use crate::domain::order::{Delivery, Order};
use crate::domain::product::Kind;
use crate::store::{self, Conn, Deed, JobKind, NOBODY, OrderFilter, random};

/// Names are kept up to so many characters; Telegram's may be longer with tricks.
const NAME_CHARS_MAX: usize = 64;
/// The setting that holds the digest of the claim code, until somebody uses it or the shop has an owner in another way.
const CLAIM: &str = "claim";
/// The setting that holds whom the settings of the program named as owners at the last start.
const NAMED: &str = "named_owners";
/// Orders of a returning buyer that are looked through for goods on their way.
const RETURN_LOOK: i64 = 50;

/// Somebody who writes to the bot.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub id: CustomerId,
    pub name: String,
    pub username: Option<String>,
    /// Telegram's language code, when it tells one.
    pub language: Option<String>,
}

impl Shop {
    /// Notes that somebody is here. Goods that could not reach them before are sent now, and their cards show what has become of them.
    pub async fn meet(&self, visitor: Visitor, language: &str) -> Result<Customer> {
        let known = self.store.read().await?.customer(visitor.id).await?;
        let name: String = visitor.name.chars().take(NAME_CHARS_MAX).collect();
        if let Some(known) = &known
            && known.reachable
            && known.name == name
            && known.username == visitor.username
        {
            return Ok(known.clone());
        }
        let (was_gone, is_new) = (known.as_ref().is_some_and(|known| !known.reachable), known.is_none());
        let (language, clock) = (language.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let customer = tx.meet(visitor.id, &name, visitor.username.as_deref(), &language, clock.now()).await?;
                if was_gone || is_new {
                    // Somebody of the staff may have been told things before they ever pressed Start.
                    super::notice::hurry(tx, visitor.id, clock.now()).await?;
                }
                if was_gone {
                    bring_up_to_date(tx, visitor.id, clock.now_millis()).await?;
                }
                Ok(customer)
            })
        })
        .await
    }

    /// Somebody has blocked the bot.
    pub async fn part(&self, id: CustomerId) -> Result<()> {
        self.write(move |tx| Box::pin(async move { tx.set_reachable(id, false).await })).await
    }

    /// What somebody may do in the shop, if anything.
    pub async fn role(&self, id: CustomerId) -> Result<Option<Role>> {
        Ok(self.store.read().await?.role(id).await?)
    }

    /// Keeps the language somebody wants to be spoken to.
    pub async fn choose_language(&self, id: CustomerId, language: &str) -> Result<()> {
        let language = language.to_owned();
        self.write(move |tx| Box::pin(async move { tx.set_language(id, &language).await })).await
    }

    /// Makes these people owners. A claim link that was given out before is good for nothing then.
    pub async fn appoint(&self, owners: &[CustomerId]) -> Result<()> {
        let (owners, clock) = (owners.to_vec(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                if !owners.is_empty() {
                    tx.take_setting(CLAIM).await?;
                }
                tx.set_setting(NAMED, &owners.iter().map(|owner| owner.0).collect::<Vec<_>>()).await?;
                for owner in owners {
                    if tx.role(owner).await? != Some(Role::Owner) {
                        tx.set_role(owner, Role::Owner, clock.now()).await?;
                        let deed = Deed::new(DeedKind::StaffJoined, "owner, by the settings of the program").customer(owner);
                        tx.deed_of(NOBODY, deed, clock.now()).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// Whether the settings of the program name somebody as an owner: each start makes them one again.
    pub async fn is_named_owner(&self, id: CustomerId) -> Result<bool> {
        let named: Vec<i64> = self.store.read().await?.setting(NAMED).await?.unwrap_or_default();
        Ok(named.contains(&id.0))
    }

    /// A one-time code that makes its first user the owner; none when the shop has one. An earlier code ends with it.
    pub async fn claim_code(&self) -> Result<Option<String>> {
        let code = BASE64URL_NOPAD.encode(&random::<24>());
        let digest = fingerprint(&code);
        self.write(move |tx| {
            Box::pin(async move {
                if !tx.staff().await?.is_empty() {
                    tx.take_setting(CLAIM).await?;
                    return Ok(None);
                }
                tx.set_setting(CLAIM, &digest).await?;
                Ok(Some(code))
            })
        })
        .await
    }

    /// Makes somebody the owner, when the code is the one that was given out, nobody was faster, and nobody owns the shop: a link stands in
    /// logs for ever.
    pub async fn claim(&self, id: CustomerId, code: &str) -> Result<bool> {
        let (digest, clock) = (fingerprint(code), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let expected: Option<String> = tx.setting(CLAIM).await?;
                let right = expected.is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(digest.as_bytes())));
                if !right || !tx.take_setting(CLAIM).await? {
                    return Ok(false);
                }
                // Asked after the code was taken: what has made somebody the owner meanwhile took it before. The code stays taken.
                if tx.hold_owners().await? > 0 {
                    return Ok(false);
                }
                tx.set_role(id, Role::Owner, clock.now()).await?;
                let deed = Deed::new(DeedKind::StaffJoined, "owner, by the claim link").customer(id);
                tx.deed_of(id, deed, clock.now()).await?;
                Ok(true)
            })
        })
        .await
    }
}

pub(super) fn fingerprint(code: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, code.as_bytes()).as_ref())
}

/// Whether something of an order was paid for and has not reached the chat.
fn is_on_its_way(order: &Order) -> bool {
    order.lines.iter().any(|line| line.kind != Kind::Manual && line.delivery == Delivery::Assigned)
}

/// Brings the newest orders of somebody who can be written to again: goods that are on their way, and cards that stood still.
pub(super) async fn bring_up_to_date(tx: &mut Conn, id: CustomerId, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    for order in tx.orders(OrderFilter::Of(id), 0, RETURN_LOOK).await? {
        if is_on_its_way(&order) {
            tx.ask_for(&job(JobKind::Deliver, order.id.as_str(), now), now_millis).await?;
        }
        if order.card_message.is_some() || !tx.left_cards(&order.id).await?.is_empty() {
            tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await?;
        }
    }
    Ok(())
}
