//! Who runs the shop: who is in, who is invited, who may do what, and who is let go. Somebody always owns it.

use data_encoding::BASE64URL_NOPAD;

use super::notice::{Notice, fresh, tell, tell_owners};
use super::notice_place::end_place_of;
use super::people::fingerprint;
use super::support::end_group_of;
use super::{Result, Shop};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::deed::DeedKind;
use crate::store::{self, Conn, Deed, random};

/// How long an invitation is good, in seconds.
const INVITATION_SECS: i64 = 24 * 3_600;

/// Somebody of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: CustomerId,
    pub role: Role,
    /// As Telegram tells it; the number when the person never wrote to the bot.
    pub name: String,
    pub username: Option<String>,
}

/// What became of an invitation that somebody followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Done(Role),
    /// Of the staff already: the invitation stays good for somebody else.
    Already,
    /// Used, too old, or never made.
    Refused,
}

/// What became of a change of the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffChanged {
    Done,
    /// Nobody else owns the shop.
    LastOwner,
    /// Not of the staff, or in that role already.
    Nothing,
}

impl Shop {
    /// Everybody of the staff, the first first.
    pub async fn members(&self) -> Result<Vec<Member>> {
        let mut conn = self.store.read().await?;
        let mut members = Vec::new();
        for (id, role) in conn.staff().await? {
            let known = conn.customer(id).await?;
            let name = known.as_ref().map(|known| known.name.clone()).filter(|name| !name.is_empty());
            let username = known.and_then(|known| known.username);
            members.push(Member { id, role, name: name.unwrap_or_else(|| id.to_string()), username });
        }
        Ok(members)
    }

    /// A code that makes its first user one of the staff, within a day.
    pub async fn invite(&self, role: Role) -> Result<String> {
        let code = BASE64URL_NOPAD.encode(&random::<24>());
        let (digest, clock) = (fingerprint(&code), self.clock.clone());
        let by = self.actor.as_ref().map_or(store::NOBODY, |actor| actor.who);
        self.write(move |tx| {
            Box::pin(async move {
                tx.end_invitations(clock.now()).await?;
                tx.add_invitation(&digest, role, by, clock.now() + INVITATION_SECS).await?;
                tx.deed(Deed::new(DeedKind::StaffInvited, role.code()));
                Ok(())
            })
        })
        .await?;
        Ok(code)
    }

    /// How many invitations that somebody has made are still good.
    pub async fn open_invitations(&self, by: CustomerId) -> Result<i64> {
        Ok(self.store.read().await?.invitations_by(by, self.now()).await?)
    }

    /// Takes back every invitation that somebody has made and nobody has taken: a link that went to the wrong chat opens nothing any more.
    /// Tells how many there were.
    pub async fn end_invitations(&self, by: CustomerId) -> Result<u64> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let ended = tx.end_invitations_by(by, clock.now()).await?;
                if ended > 0 {
                    tx.deed(Deed::new(DeedKind::InvitationsEnded, ended.to_string()));
                }
                Ok(ended)
            })
        })
        .await
    }

    /// Somebody follows an invitation. The owners are told.
    pub async fn join(&self, id: CustomerId, name: &str, code: &str) -> Result<Joined> {
        let (digest, name, clock) = (fingerprint(code), name.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                if tx.role(id).await?.is_some() {
                    return Ok(Joined::Already);
                }
                let Some((role, by)) = tx.take_invitation(&digest, clock.now()).await? else { return Ok(Joined::Refused) };
                tx.set_role(id, role, clock.now()).await?;
                let deed = Deed::new(DeedKind::StaffJoined, format!("{}, invited by {by}", role.code())).customer(id);
                tx.deed_of(id, deed, clock.now()).await?;
                let notice = Notice::StaffJoined { who: id.0, name, role: role.code().to_owned() };
                tell_owners(tx, &fresh("joined"), Some(id), &notice, clock.now_millis()).await?;
                Ok(Joined::Done(role))
            })
        })
        .await
    }

    /// Gives somebody of the staff another role, and tells them. The last owner stays one.
    pub async fn change_role(&self, id: CustomerId, role: Role) -> Result<StaffChanged> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let owners = tx.hold_owners().await?;
                let Some(before) = tx.role(id).await?.filter(|before| *before != role) else { return Ok(StaffChanged::Nothing) };
                if before == Role::Owner && owners <= 1 {
                    return Ok(StaffChanged::LastOwner);
                }
                tx.set_role(id, role, clock.now()).await?;
                tx.end_invitations_by(id, clock.now()).await?;
                if before == Role::Owner {
                    end_groups_of(tx, id, clock.now_millis()).await?;
                }
                tx.deed(Deed::new(DeedKind::RoleChanged, format!("{} → {}", before.code(), role.code())).customer(id));
                let notice = Notice::YourRole { role: Some(role.code().to_owned()) };
                tell(tx, id, &fresh("role"), notice, clock.now_millis()).await?;
                Ok(StaffChanged::Done)
            })
        })
        .await
    }

    /// Lets somebody of the staff go, and tells them. The last owner stays.
    pub async fn remove_member(&self, id: CustomerId) -> Result<StaffChanged> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let owners = tx.hold_owners().await?;
                let Some(before) = tx.role(id).await? else { return Ok(StaffChanged::Nothing) };
                if before == Role::Owner && owners <= 1 {
                    return Ok(StaffChanged::LastOwner);
                }
                tx.end_role(id).await?;
                tx.end_invitations_by(id, clock.now()).await?;
                if before == Role::Owner {
                    end_groups_of(tx, id, clock.now_millis()).await?;
                }
                // A half-typed form of the staff is nobody's.
                tx.end_dialogue(id.0).await?;
                tx.deed(Deed::new(DeedKind::StaffRemoved, before.code()).customer(id));
                tell(tx, id, &fresh("role"), Notice::YourRole { role: None }, clock.now_millis()).await?;
                Ok(StaffChanged::Done)
            })
        })
        .await
    }
}

/// What an owner has chosen to hear of the shop hears no more of it.
async fn end_groups_of(tx: &mut Conn, owner: CustomerId, now_millis: i64) -> store::Result<()> {
    end_place_of(tx, owner, now_millis).await?;
    end_group_of(tx, owner, now_millis).await
}
