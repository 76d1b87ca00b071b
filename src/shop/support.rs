//! Conversations between customers and the staff. What is written is a row before it is sent on, and what is sent on is a notice, so that
//! nothing of it is lost. Customers never learn who of the staff wrote.

use serde::{Deserialize, Serialize};

use super::notice::{Notice, fresh, tell, tell_owners};
use super::{Result, Shop};
use crate::domain::customer::{Customer, CustomerId};
use crate::domain::deed::DeedKind;
use crate::store::{self, Conn, Deed};

/// Messages that one customer may write within an hour.
pub const MESSAGES_PER_HOUR_MAX: i64 = 20;
/// Most characters of a message, in UTF-16 units: with who wrote it, it fits into one message of Telegram (4096).
pub const WORDS_CHARS_MAX: usize = 3_500;
/// The setting that holds the group of the staff.
const GROUP: &str = "staff_group";

/// The group in which the staff answers customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StaffGroup {
    chat: i64,
    /// The owner who chose it; none: a release that did not keep that, so that it may be whoever goes.
    by: Option<i64>,
}
const HOUR_SECS: i64 = 3_600;

/// What somebody wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub words: String,
    pub file: Option<WrittenFile>,
}

/// A photo or a document in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// What Telegram calls it.
    pub id: String,
    pub is_photo: bool,
}

/// A message of a conversation, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportMessage {
    pub customer: Customer,
    /// Who of the staff wrote it; none: the customer.
    pub by: Option<Customer>,
    pub written: Written,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It is on its way.
    On,
    /// Too many within an hour.
    TooMany,
    /// Longer than [`WORDS_CHARS_MAX`].
    TooLong { chars: usize },
    /// There is nobody to whom it could go.
    Nobody,
    /// The customer has never written, and whoever answers may not be the first to write.
    NotFirst,
}

/// Where a message of Telegram stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub chat: i64,
    pub message: i32,
}

impl Place {
    fn id(self) -> String {
        format!("{}:{}", self.chat, self.message)
    }
}

impl Written {
    fn too_long(&self) -> Option<Passed> {
        let chars = self.words.encode_utf16().count();
        (chars > WORDS_CHARS_MAX).then_some(Passed::TooLong { chars })
    }
}

impl Shop {
    /// A customer writes to the staff. The same message is passed on once.
    pub async fn write_to_staff(&self, customer: CustomerId, place: Place, written: Written) -> Result<Passed> {
        if let Some(too_long) = written.too_long() {
            return Ok(too_long);
        }
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let (now, id) = (clock.now(), place.id());
                if tx.has_support_message(&id).await? {
                    return Ok(Passed::On);
                }
                if tx.support_messages_since(customer, now - HOUR_SECS).await? >= MESSAGES_PER_HOUR_MAX {
                    return Ok(Passed::TooMany);
                }
                tx.add_support_message(&id, customer, None, &written, now).await?;
                let notice = Notice::Support { message: id.clone() };
                let told = tell_desk(tx, None, &format!("support:{id}"), &notice, clock.now_millis()).await?;
                Ok(if told { Passed::On } else { Passed::Nobody })
            })
        })
        .await
    }

    /// Whether a customer has ever written to the staff.
    pub async fn has_written(&self, customer: CustomerId) -> Result<bool> {
        Ok(has_written(&mut self.store.read().await?, customer).await?)
    }

    /// Somebody of the staff answers a customer; the others of the staff see it, too. The same message is passed on once. `may_begin`:
    /// whether it may be the first word between them.
    pub async fn answer_customer(
        &self,
        by: CustomerId,
        may_begin: bool,
        place: Place,
        customer: CustomerId,
        written: Written,
    ) -> Result<Passed> {
        if let Some(too_long) = written.too_long() {
            return Ok(too_long);
        }
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let id = place.id();
                if tx.customer(customer).await?.is_none() {
                    return Ok(Passed::Nobody);
                }
                if !may_begin && !has_written(tx, customer).await? {
                    return Ok(Passed::NotFirst);
                }
                if !tx.add_support_message(&id, customer, Some(by), &written, clock.now()).await? {
                    return Ok(Passed::On);
                }
                let words = if written.file.is_some() { format!("{} 📎", written.words) } else { written.words };
                tx.deed(Deed::new(DeedKind::Answered, words.trim()).customer(customer));
                let about = format!("support:{id}");
                tell(tx, customer, &about, Notice::SupportAnswer { message: id.clone() }, clock.now_millis()).await?;
                // In the group everybody has seen it already.
                if group(tx).await? != Some(place.chat) {
                    tell_desk(tx, Some(by), &about, &Notice::SupportAnswered { message: id }, clock.now_millis()).await?;
                }
                Ok(Passed::On)
            })
        })
        .await
    }

    /// A message that was kept.
    pub async fn support_message(&self, id: &str) -> Result<Option<SupportMessage>> {
        let mut conn = self.store.read().await?;
        let Some((customer, by, written)) = conn.support_message(id).await? else { return Ok(None) };
        let Some(customer) = conn.customer(customer).await? else { return Ok(None) };
        let by = match by {
            Some(by) => conn.customer(by).await?,
            None => None,
        };
        Ok(Some(SupportMessage { customer, by, written }))
    }

    /// Keeps that a message of the bot belongs to the conversation with a customer.
    pub async fn keep_relay(&self, place: Place, customer: CustomerId) -> Result<()> {
        self.write(move |tx| Box::pin(async move { tx.add_support_relay(place.chat, place.message, customer).await })).await
    }

    /// The customer to whose conversation a message of the bot belongs.
    pub async fn conversation(&self, place: Place) -> Result<Option<CustomerId>> {
        Ok(self.store.read().await?.support_relay(place.chat, place.message).await?)
    }

    /// The topic of a customer in a group.
    pub async fn topic_of(&self, group: i64, customer: CustomerId) -> Result<Option<i32>> {
        Ok(self.store.read().await?.support_topic(group, customer).await?)
    }

    /// The customer whose topic it is.
    pub async fn customer_of_topic(&self, group: i64, topic: i32) -> Result<Option<CustomerId>> {
        Ok(self.store.read().await?.customer_of_topic(group, topic).await?)
    }

    /// Keeps the topic of a customer.
    pub async fn keep_topic(&self, group: i64, customer: CustomerId, topic: i32) -> Result<()> {
        self.write(move |tx| Box::pin(async move { tx.set_support_topic(group, customer, topic).await })).await
    }

    /// Forgets the topic of a customer: it is gone.
    pub async fn forget_topic(&self, group: i64, customer: CustomerId) -> Result<()> {
        self.write(move |tx| Box::pin(async move { tx.end_support_topic(group, customer).await })).await
    }

    /// The group of the staff, when there is one.
    pub async fn staff_group(&self) -> Result<Option<i64>> {
        Ok(group(&mut self.store.read().await?).await?)
    }

    /// Makes a group the place where the staff answers customers; none: their own chats.
    pub async fn set_staff_group(&self, id: Option<i64>) -> Result<()> {
        let by = self.actor.as_ref().map(|actor| actor.who.0);
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let chosen = id.map(|chat| StaffGroup { chat, by });
                let before = staff_group(tx).await?;
                if before == chosen {
                    return Ok(());
                }
                tx.set_setting(GROUP, &chosen).await?;
                let before = before.map(|group| group.chat);
                let told = |id: Option<i64>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
                tx.deed(Deed::new(DeedKind::GroupChanged, format!("{} → {}", told(before), told(id))));
                Ok(())
            })
        })
        .await
    }

    /// The group cannot be written to any more: what it was to hear goes to the staff's own chats, and so does everything from now on.
    pub async fn staff_group_is_gone(&self, id: i64, notice: Notice) -> Result<()> {
        let clock = self.clock.clone();
        tracing::warn!(chat.id = id, "the group of the staff cannot be written to; its messages go to the staff's own chats");
        self.write(move |tx| {
            Box::pin(async move {
                // Only the group that is gone is given up, not one that was chosen just now.
                tx.lock_shop().await?;
                if group(tx).await? == Some(id) {
                    tx.set_setting::<Option<StaffGroup>>(GROUP, &None).await?;
                    let deed = Deed::new(DeedKind::GroupChanged, format!("{id} → -, it cannot be written to"));
                    tx.deed_of(store::NOBODY, deed, clock.now()).await?;
                    tell_owners(tx, &fresh("group-gone"), None, &Notice::StaffGroupGone, clock.now_millis()).await?;
                }
                let about = match &notice {
                    // A new name: it may have waited for this group, and for another one, under its own.
                    Notice::Support { message } | Notice::SupportAnswered { message } => fresh(&format!("support:{message}")),
                    _ => return Ok(()),
                };
                tell_desk(tx, None, &about, &notice, clock.now_millis()).await?;
                Ok(())
            })
        })
        .await
    }
}

/// The group of the staff has got another id: its topics are there now. Whoever asks holds the shop; see [`Conn::lock_shop`].
pub(super) async fn group_moved(tx: &mut Conn, from: i64, to: i64, now: i64) -> store::Result<()> {
    let Some(group) = staff_group(tx).await?.filter(|group| group.chat == from) else { return Ok(()) };
    tx.set_setting(GROUP, &Some(StaffGroup { chat: to, ..group })).await?;
    tx.deed_of(store::NOBODY, Deed::new(DeedKind::GroupChanged, format!("{from} → {to}, it became a supergroup")), now).await?;
    tx.move_support_group(from, to).await
}

pub(super) async fn has_written(conn: &mut Conn, customer: CustomerId) -> store::Result<bool> {
    Ok(conn.support_messages_since(customer, 0).await? > 0)
}

/// Somebody is no owner any more: a group of their choice may be theirs alone, and hears of no customer from now on.
pub(super) async fn end_group_of(tx: &mut Conn, owner: CustomerId, now_millis: i64) -> store::Result<()> {
    let Some(group) = staff_group(tx).await?.filter(|group| group.by.is_none_or(|by| by == owner.0)) else {
        return Ok(());
    };
    tx.set_setting::<Option<StaffGroup>>(GROUP, &None).await?;
    let deed = Deed::new(DeedKind::GroupChanged, format!("{} → -, who chose it is no owner any more", group.chat));
    tx.deed_of(store::NOBODY, deed, now_millis.div_euclid(1_000)).await?;
    tell_owners(tx, &fresh("group-ended"), Some(owner), &Notice::StaffGroupEnded, now_millis).await
}

async fn group(conn: &mut Conn) -> store::Result<Option<i64>> {
    Ok(staff_group(conn).await?.map(|group| group.chat))
}

async fn staff_group(conn: &mut Conn) -> store::Result<Option<StaffGroup>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Chosen(StaffGroup),
        // Of a release that did not keep who chose it.
        Bare(i64),
    }
    Ok(conn.setting::<Option<Kept>>(GROUP).await?.flatten().map(|kept| match kept {
        Kept::Chosen(group) => group,
        Kept::Bare(chat) => StaffGroup { chat, by: None },
    }))
}

/// Tells the group of the staff, else everybody of the staff but one; false when there is nobody.
async fn tell_desk(tx: &mut Conn, but: Option<CustomerId>, about: &str, notice: &Notice, now_millis: i64) -> store::Result<bool> {
    if let Some(group) = group(tx).await? {
        tell(tx, CustomerId(group), about, notice.clone(), now_millis).await?;
        return Ok(true);
    }
    let mut told = false;
    for (id, _) in tx.staff().await? {
        if Some(id) != but {
            tell(tx, id, about, notice.clone(), now_millis).await?;
            told = true;
        }
    }
    Ok(told)
}
