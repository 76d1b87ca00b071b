//! What Telegram brings becomes a row before it is acknowledged; and so does what it does not take from us at once.

use serde::Deserialize;

use super::notice::lane;
use super::{Result, Shop};
use crate::clock::Clock;
use crate::domain::customer::CustomerId;
use crate::store::{self, JobKind, NewJob, NewUpdate, Store};

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
    let Some(update) = read(raw.to_owned()) else { return Ok(Noted::NotAnUpdate) };
    let now_millis = clock.now_millis();
    let new = store.write(move |tx| Box::pin(async move { tx.add_update(&update, now_millis).await })).await?;
    Ok(if new { Noted::New } else { Noted::Known })
}

/// Notes updates from Telegram in their order, all of them at once or none; tells whether one was new. What is no update is passed over.
pub async fn note_updates(store: &Store, clock: &Clock, raws: Vec<String>) -> store::Result<bool> {
    let now_millis = clock.now_millis();
    let updates: Vec<_> = raws.into_iter().filter_map(read).collect();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut any_new = false;
                for update in &updates {
                    any_new |= tx.add_update(update, now_millis).await?;
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

/// Reads of an update what its row needs: the chat or person that it is about, and who sent it. In a group everybody has a lane of their own; and
/// who asks to be let into a channel has one, however many ask. A button is in the lane of its person, wherever it is: what it does in a group
/// goes on in private, and may open a form there. An update without either has a lane of its own kind.
fn read(raw: String) -> Option<NewUpdate> {
    #[derive(Deserialize)]
    struct Id {
        update_id: i64,
    }
    let id: Id = serde_json::from_str(&raw).ok()?;
    let update: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&raw).ok()?;
    let at = |pointer: &str| update.values().find_map(|part| part.pointer(pointer).and_then(serde_json::Value::as_i64));
    let from = at("/from/id").or_else(|| at("/user/id"));
    let chat = at("/user_chat_id").or_else(|| at("/chat/id")).or_else(|| at("/message/chat/id")).or(from);
    let lane = match (chat, from) {
        (_, Some(from)) if update.contains_key("callback_query") => format!("chat:{from}"),
        (Some(group @ ..0), Some(from)) => format!("chat:{group}:{from}"),
        (Some(chat), _) => format!("chat:{chat}"),
        (None, _) => "chat:none".to_owned(),
    };
    Some(NewUpdate { id: id.update_id, lane, from, raw })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane_of(update: &str) -> String {
        read(update.to_owned()).unwrap().lane
    }

    #[test]
    fn a_tap_in_a_group_takes_its_turn_with_what_its_person_does_in_private() {
        let private = r#"{"update_id":1,"message":{"message_id":5,"chat":{"id":7},"from":{"id":7},"text":"x"}}"#;
        let tapped =
            r#"{"update_id":2,"callback_query":{"id":"q","from":{"id":7},"message":{"message_id":6,"chat":{"id":-9}},"data":"p"}}"#;
        assert_eq!((lane_of(private), lane_of(tapped)), ("chat:7".to_owned(), "chat:7".to_owned()));
        let said = r#"{"update_id":3,"message":{"message_id":6,"chat":{"id":-9},"from":{"id":7},"text":"x"}}"#;
        assert_eq!(lane_of(said), "chat:-9:7");
    }
}
