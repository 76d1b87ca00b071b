//! What Telegram brings becomes a row before it is acknowledged; and so does what it does not take from us at once.

use serde::Deserialize;

use super::notice::lane;
use super::{Result, Shop};
use crate::clock::Clock;
use crate::domain::customer::CustomerId;
use crate::store::{self, JobKind, NewJob, Store};

/// After how many seconds an answer that could not be shown is tried again first.
const SAID_LATER_SECS: i64 = 1;

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// It waits to be answered.
    New,
    /// It was known before, or its chat hammers: nothing more happens.
    Known,
    /// It is no update.
    NotAnUpdate,
}

/// Notes an update from Telegram, once, in the lane of its chat.
pub async fn note_update(store: &Store, clock: &Clock, raw: &str) -> store::Result<Noted> {
    let Some((update_id, lane)) = update_id_and_lane(raw) else { return Ok(Noted::NotAnUpdate) };
    let (raw, now_millis) = (raw.to_owned(), clock.now_millis());
    let new = store.write(move |tx| Box::pin(async move { tx.add_update(update_id, &lane, &raw, now_millis).await })).await?;
    Ok(if new { Noted::New } else { Noted::Known })
}

/// Notes updates from Telegram in their order, all of them at once or none; tells whether one was new. What is no update is passed over.
pub async fn note_updates(store: &Store, clock: &Clock, raws: Vec<String>) -> store::Result<bool> {
    let now_millis = clock.now_millis();
    let updates: Vec<_> = raws.into_iter().filter_map(|raw| update_id_and_lane(&raw).map(|(id, lane)| (id, lane, raw))).collect();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut any_new = false;
                for (id, lane, raw) in &updates {
                    any_new |= tx.add_update(*id, lane, raw, now_millis).await?;
                }
                Ok(any_new)
            })
        })
        .await
}

impl Shop {
    /// Asks for an answer to be shown in a chat that could not be shown at once. `cause`: what names the update; `answer` is sealed.
    ///
    /// # Errors
    /// When the store fails; then it is not asked for.
    pub async fn say_later(&self, cause: &str, chat: i64, answer: String) -> Result<()> {
        let lane = lane(CustomerId(chat));
        let job = NewJob { kind: JobKind::Show, key: cause.to_owned(), lane, payload: answer, run_at: self.now() + SAID_LATER_SECS };
        let now_millis = self.clock.now_millis();
        self.write(move |tx| Box::pin(async move { tx.ask_for(&job, now_millis).await })).await
    }
}

/// The id, and the chat or person that it is about: who asks to be let into a channel has a lane of their own, however many ask; an update without either has a lane of its own kind.
fn update_id_and_lane(raw: &str) -> Option<(i64, String)> {
    #[derive(Deserialize)]
    struct Id {
        update_id: i64,
    }
    let id: Id = serde_json::from_str(raw).ok()?;
    let update: serde_json::Map<String, serde_json::Value> = serde_json::from_str(raw).ok()?;
    let parts = update.values().filter(|part| part.is_object());
    let chat = parts.into_iter().find_map(|part| {
        let id = |pointer: &str| part.pointer(pointer).and_then(serde_json::Value::as_i64);
        id("/user_chat_id")
            .or_else(|| id("/chat/id"))
            .or_else(|| id("/message/chat/id"))
            .or_else(|| id("/from/id"))
            .or_else(|| id("/user/id"))
    });
    Some((id.update_id, chat.map_or_else(|| "chat:none".to_owned(), |chat| format!("chat:{chat}"))))
}
