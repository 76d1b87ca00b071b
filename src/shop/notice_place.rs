//! Where the staff's notices go: the private chats of the staff, or a group of its own that an owner has chosen. Whatever becomes of the group,
//! no notice is lost: what it cannot take goes to the private chats.

use serde::{Deserialize, Serialize};

use super::notice::{Notice, fresh, tell, tell_each, tell_owners};
use super::{Result, Shop, membership, support};
use crate::domain::customer::CustomerId;
use crate::domain::deed::DeedKind;
use crate::store::{self, Conn, Deed};

/// The setting that holds the place.
const PLACE: &str = "notice_place";

/// A group, or a topic of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePlace {
    pub chat: i64,
    pub topic: Option<i32>,
    /// The name of the group, as it was then.
    pub title: String,
    /// The owner who chose it, in whose language it is written there.
    pub by: i64,
}

impl Shop {
    /// The group in which the staff reads its notices; none: everybody in their own chat.
    pub async fn notice_place(&self) -> Result<Option<NoticePlace>> {
        Ok(notice_place(&mut self.store.read().await?).await?)
    }

    /// Has notices go to a group, and tells its owner in private, too; none: to the private chats again.
    pub async fn set_notice_place(&self, place: Option<NoticePlace>) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let before = notice_place(tx).await?;
                if before == place {
                    return Ok(());
                }
                let told = |place: &Option<NoticePlace>| place.as_ref().map_or_else(|| "private chats".to_owned(), NoticePlace::told);
                tx.deed(Deed::new(DeedKind::GroupChanged, format!("notices: {} → {}", told(&before), told(&place))));
                tx.set_setting(PLACE, &place).await?;
                let Some(place) = place else { return Ok(()) };
                let notice = Notice::NoticesHere { title: place.title };
                tell(tx, CustomerId(place.by), &fresh("notices"), notice, clock.now_millis()).await
            })
        })
        .await
    }

    /// A group cannot be written to any more. Its notices go to the private chats from now on, this one first; the owners are told once.
    pub async fn notice_place_is_gone(&self, chat: i64, notice: Option<Notice>) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                // Only the group that is gone is given up, not one that was chosen just now.
                tx.lock_shop().await?;
                let now_millis = clock.now_millis();
                if let Some(place) = notice_place(tx).await?.filter(|place| place.chat == chat) {
                    tracing::warn!(chat.id = chat, "the group of the staff's notices is gone; they go to the private chats");
                    go_home(tx, &place, "it cannot be written to", now_millis).await?;
                    let notice = Notice::NoticesHome { title: place.title };
                    tell_owners(tx, &fresh("notices"), None, &notice, now_millis).await?;
                }
                match notice {
                    Some(notice) => tell_each(tx, &fresh("instead"), &notice, now_millis).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// A group has got another id: it became a supergroup. Notices, conversations and what was sold of it go on there.
    pub async fn group_moved(&self, from: i64, to: i64) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                if let Some(place) = notice_place(tx).await?.filter(|place| place.chat == from) {
                    let deed = Deed::new(DeedKind::GroupChanged, format!("notices: {} is {to} now", place.told()));
                    tx.deed_of(store::NOBODY, deed, clock.now()).await?;
                    tx.set_setting(PLACE, &Some(NoticePlace { chat: to, ..place })).await?;
                }
                membership::group_moved(tx, from, to, clock.now_millis()).await?;
                support::group_moved(tx, from, to, clock.now()).await
            })
        })
        .await
    }
}

impl NoticePlace {
    fn told(&self) -> String {
        match self.topic {
            Some(topic) => format!("{} ({}, topic {topic})", self.title, self.chat),
            None => format!("{} ({})", self.title, self.chat),
        }
    }
}

/// Somebody is no owner any more: a group of their choice may be theirs alone, and hears of no sale and no buyer from now on.
pub(super) async fn end_place_of(tx: &mut Conn, owner: CustomerId, now_millis: i64) -> store::Result<()> {
    let Some(place) = notice_place(tx).await?.filter(|place| place.by == owner.0) else { return Ok(()) };
    go_home(tx, &place, "who chose it is no owner any more", now_millis).await?;
    let notice = Notice::NoticesEnded { title: place.title };
    tell_owners(tx, &fresh("notices"), Some(owner), &notice, now_millis).await
}

async fn go_home(tx: &mut Conn, place: &NoticePlace, why: &str, now_millis: i64) -> store::Result<()> {
    tx.set_setting::<Option<NoticePlace>>(PLACE, &None).await?;
    let deed = Deed::new(DeedKind::GroupChanged, format!("notices: {} → private chats, {why}", place.told()));
    tx.deed_of(store::NOBODY, deed, now_millis.div_euclid(1_000)).await
}

/// The group in which the staff reads its notices.
pub(super) async fn notice_place(conn: &mut Conn) -> store::Result<Option<NoticePlace>> {
    Ok(conn.setting::<Option<NoticePlace>>(PLACE).await?.flatten())
}
