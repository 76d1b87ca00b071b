//! One message to many: put together as a draft, looked at, and then sent by one job in small steps. Who is behind the cursor and not
//! under way has been dealt with; both are in the database: a crash can repeat the few messages that were in the air, and none is left out.

use super::{Result, Shop, job};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::deed::DeedKind;
use crate::domain::product::{BlobId, ProductId};
use crate::store::{self, Audience, Broadcast, BroadcastState, Conn, Deed, JobKind, NewJob, Reached};

/// Longest text, in characters: with a picture it must fit under it (Bot API: 1024 UTF-16 units).
pub const TEXT_CHARS_MAX: usize = 900;
/// Broadcasts that are listed.
const LISTED: i64 = 6;

/// What becomes of a draft.
#[derive(Debug, Clone)]
pub enum Edit {
    Text(String),
    Picture(Option<BlobId>),
    Button(Option<ProductId>),
    Audience(Audience),
}

/// Whom a broadcast has in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// These people, each spoken to in this language.
    People(Vec<(CustomerId, String)>),
    /// Nobody is left: it is done now.
    Nobody,
    /// It was paused, stopped, or is over.
    Halted,
}

impl Shop {
    /// Begins a draft with this id, which is made once.
    pub async fn draft_broadcast(&self, id: &str, owner: CustomerId, text: &str) -> Result<()> {
        let (id, text, clock) = (id.to_owned(), text.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.add_broadcast(&id, owner, &text, clock.now()).await?;
                tx.deed(Deed::new(DeedKind::BroadcastWritten, text));
                Ok(())
            })
        })
        .await
    }

    /// A broadcast.
    pub async fn broadcast(&self, id: &str) -> Result<Option<Broadcast>> {
        Ok(self.store.read().await?.broadcast(id).await?)
    }

    /// The newest broadcasts.
    pub async fn broadcasts(&self) -> Result<Vec<Broadcast>> {
        Ok(self.store.read().await?.broadcasts(LISTED).await?)
    }

    /// How many people a broadcast would go to now.
    pub async fn audience_size(&self, audience: &Audience) -> Result<i64> {
        Ok(self.store.read().await?.audience_size(audience, self.now()).await?)
    }

    /// Changes a draft; false when it is none any more.
    pub async fn edit_broadcast(&self, id: &str, edit: Edit) -> Result<bool> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(mut broadcast) = tx.broadcast_to_change(&id).await? else { return Ok(false) };
                let words = match edit {
                    Edit::Text(text) => {
                        broadcast.text.clone_from(&text);
                        text
                    }
                    Edit::Picture(picture) => {
                        broadcast.picture = picture;
                        "picture".to_owned()
                    }
                    Edit::Button(product) => {
                        let words = format!("button: {}", product.as_ref().map_or("-", ProductId::as_str));
                        broadcast.product = product;
                        words
                    }
                    Edit::Audience(audience) => {
                        broadcast.audience = audience;
                        format!("to: {}", broadcast.audience.code())
                    }
                };
                let changed = tx.change_broadcast(&broadcast).await?;
                if changed {
                    tx.deed(Deed::new(DeedKind::BroadcastWritten, words));
                }
                Ok(changed)
            })
        })
        .await
    }

    /// Throws a draft away; false when it is none.
    pub async fn drop_broadcast(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let dropped = tx.drop_broadcast(&id).await?;
                if dropped {
                    tx.deed(Deed::new(DeedKind::BroadcastWritten, "-"));
                }
                Ok(dropped)
            })
        })
        .await
    }

    /// Begins to send a draft; false when that was done before.
    pub async fn send_broadcast(&self, id: &str) -> Result<bool> {
        let (id, clock, sender) = (id.to_owned(), self.clock.clone(), self.sender());
        self.write(move |tx| {
            Box::pin(async move {
                // What is sent is what is read here.
                let Some(broadcast) = tx.broadcast_to_change(&id).await? else { return Ok(false) };
                if !tx.move_broadcast(&id, BroadcastState::Draft, BroadcastState::Running).await? {
                    return Ok(false);
                }
                let total = tx.audience_size(&broadcast.audience, clock.now()).await?;
                tx.begin_broadcast(&id, total, clock.now()).await?;
                if let Some(sender) = sender {
                    tx.hand_broadcast_to(&id, sender).await?;
                }
                tx.deed(Deed::new(DeedKind::BroadcastSent, format!("{}: {}", broadcast.audience.code(), broadcast.text)));
                ask(tx, &id, clock.now_millis()).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Halts a broadcast that runs, lets one that was halted go on, or ends it for good; false when it was not in a state for that.
    pub async fn steer_broadcast(&self, id: &str, to: BroadcastState) -> Result<bool> {
        let (id, clock, sender) = (id.to_owned(), self.clock.clone(), self.sender());
        self.write(move |tx| {
            Box::pin(async move {
                let froms: &[BroadcastState] = match to {
                    BroadcastState::Paused => &[BroadcastState::Running],
                    BroadcastState::Running => &[BroadcastState::Paused],
                    BroadcastState::Cancelled => &[BroadcastState::Running, BroadcastState::Paused],
                    BroadcastState::Draft | BroadcastState::Done => &[],
                };
                for from in froms {
                    if tx.move_broadcast(&id, *from, to).await? {
                        if let Some(sender) = sender.filter(|_| to == BroadcastState::Running) {
                            tx.hand_broadcast_to(&id, sender).await?;
                        }
                        let text = tx.broadcast(&id).await?.map(|broadcast| broadcast.text).unwrap_or_default();
                        tx.deed(Deed::new(DeedKind::BroadcastSteered, format!("{}: {text}", to.code())).part(to.code()));
                        // Also to show where it stands now.
                        ask(tx, &id, clock.now_millis()).await?;
                        return Ok(true);
                    }
                }
                Ok(false)
            })
        })
        .await
    }

    /// A broadcast cannot be sent on: it halts until somebody lets it go on, and a new message tells its owner so.
    pub async fn give_up_broadcast(&self, id: &str) -> Result<()> {
        if self.steer_broadcast(id, BroadcastState::Paused).await? {
            self.keep_broadcast_shown(id, None).await?;
        }
        Ok(())
    }

    /// Who of the staff sends a broadcast on from here; none when the shop itself halts one.
    fn sender(&self) -> Option<CustomerId> {
        self.actor.as_ref().map(|actor| actor.who)
    }

    /// Whom a broadcast goes to next, so many at most: first those with whom it did not end. One whose owner is none any more halts.
    pub async fn next_recipients(&self, broadcast: &Broadcast, most: i64) -> Result<Next> {
        let Some(started_at) = broadcast.started_at.filter(|_| broadcast.state == BroadcastState::Running) else { return Ok(Next::Halted) };
        let mut conn = self.store.read().await?;
        if conn.role(broadcast.owner).await? != Some(Role::Owner) {
            drop(conn);
            self.steer_broadcast(&broadcast.id, BroadcastState::Paused).await?;
            return Ok(Next::Halted);
        }
        if !broadcast.under_way.is_empty() {
            drop(conn);
            return Ok(Next::People(self.still_under_way(broadcast).await?));
        }
        let people = conn.next_recipients(&broadcast.audience, started_at, broadcast.cursor, most).await?;
        drop(conn);
        let (id, from, taken) = (broadcast.id.clone(), broadcast.cursor, people.iter().map(|(person, _)| *person).collect::<Vec<_>>());
        if taken.is_empty() {
            self.write(move |tx| Box::pin(async move { tx.move_broadcast(&id, BroadcastState::Running, BroadcastState::Done).await }))
                .await?;
            return Ok(Next::Nobody);
        }
        let took = self.store.write(move |tx| Box::pin(async move { tx.take_recipients(&id, from, &taken).await })).await?;
        Ok(Next::People(if took { people } else { Vec::new() }))
    }

    /// Those of the people under way who can still be written to; the others are passed.
    async fn still_under_way(&self, broadcast: &Broadcast) -> Result<Vec<(CustomerId, String)>> {
        let mut people = Vec::new();
        for id in &broadcast.under_way {
            let passed = match self.store.read().await?.customer(*id).await? {
                // Not written to any more, and still there: a card may have to change.
                Some(person) if person.blocked => Reached::Refused,
                Some(person) if person.reachable => {
                    people.push((person.id, person.language));
                    continue;
                }
                _ => Reached::Gone,
            };
            self.pass_recipient(&broadcast.id, *id, passed).await?;
        }
        Ok(people)
    }

    /// Whether a broadcast is to go on at this moment.
    pub async fn is_broadcast_running(&self, id: &str) -> Result<bool> {
        Ok(self.broadcast(id).await?.is_some_and(|broadcast| broadcast.state == BroadcastState::Running))
    }

    /// Keeps how a broadcast ended with one person. Whoever cannot be reached is not written to any more until they are back.
    pub async fn pass_recipient(&self, broadcast: &str, to: CustomerId, how: Reached) -> Result<bool> {
        let id = broadcast.to_owned();
        // Not through `Shop::write`: it causes no job, and should wake nobody at every message.
        let passed = self.store.write(move |tx| {
            Box::pin(async move {
                if how == Reached::Gone {
                    tx.set_reachable(to, false).await?;
                }
                tx.pass_recipient(&id, to, how).await
            })
        });
        Ok(passed.await?)
    }

    /// Keeps which message shows how far a broadcast is.
    pub async fn keep_broadcast_shown(&self, id: &str, message: Option<i32>) -> Result<()> {
        let (id, now) = (id.to_owned(), self.now());
        Ok(self.store.write(move |tx| Box::pin(async move { tx.set_broadcast_shown(&id, message, now).await })).await?)
    }
}

/// Asks for the next step. One lane for all: they go out one after another.
async fn ask(tx: &mut Conn, id: &str, now_millis: i64) -> store::Result<()> {
    let job = NewJob { lane: "broadcast".to_owned(), ..job(JobKind::Broadcast, id, now_millis.div_euclid(1_000)) };
    tx.ask_for(&job, now_millis).await
}
