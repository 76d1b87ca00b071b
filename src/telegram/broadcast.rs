//! Sending a broadcast on, a few messages at a time, behind everything that somebody waits for. The cursor moves after each message: a
//! crash between the two repeats that one message, and no other.

use super::api::Failure;
use super::input::Touched;
use super::seller::{message_screen, progress_screen};
use super::{Error, Result, Telegram};
use crate::locale;
use crate::shop::broadcast::Next;
use crate::store::{Broadcast, Reached};

/// Messages of one step; after it the queue is looked at anew.
const STEP: usize = 20;
/// Between two changes of the message that shows how far it is, in seconds.
const SHOWN_SECS: i64 = 3;

impl Telegram {
    /// Sends a broadcast on. Tells when to go on (unix seconds UTC); none when nothing is left to do.
    pub async fn send_broadcast_on(&self, id: &str) -> Result<Option<i64>> {
        for _ in 0..STEP {
            let Some(broadcast) = self.shop.broadcast(id).await? else { return Ok(None) };
            let (person, language) = match self.shop.next_recipient(&broadcast).await? {
                Next::Person(person, language) => (person, language),
                Next::Nobody | Next::Halted => {
                    self.show_progress(id, true).await?;
                    return Ok(None);
                }
            };
            self.show_progress(id, false).await?;
            self.pacer.broadcast(person.0).await?;
            let screen = message_screen(self, &broadcast, locale::words(&language), &language).await?;
            let how = match self.send(person.0, &screen).await {
                Ok(_) => Reached::Sent,
                Err(Error::Telegram(Failure::Unreachable(_))) => Reached::Gone,
                Err(Error::Telegram(Failure::Refused(why) | Failure::CannotEdit(why))) => {
                    tracing::warn!(chat.id = person.0, why, "telegram refused a message of a broadcast");
                    Reached::Refused
                }
                // Told to wait, or trouble: the same person again later.
                Err(error) => return Err(error),
            };
            self.shop.pass_recipient(&broadcast, person, how).await?;
        }
        Ok(Some(self.shop.now()))
    }

    /// Shows the owner how far a broadcast is: now and then, and at the end.
    async fn show_progress(&self, id: &str, at_the_end: bool) -> Result<()> {
        let Some(broadcast) = self.shop.broadcast(id).await? else { return Ok(()) };
        if !at_the_end && broadcast.message.is_some() && self.shop.now() < broadcast.shown_at + SHOWN_SECS {
            return Ok(());
        }
        match self.show_progress_of(&broadcast).await {
            // It is no reason to hold up everybody else.
            Err(Error::Telegram(failure @ (Failure::Unreachable(_) | Failure::Refused(_) | Failure::Wait(_)))) => {
                tracing::info!(chat.id = broadcast.owner.0, error = %failure, "how far a broadcast is could not be shown");
                Ok(())
            }
            other => other,
        }
    }

    async fn show_progress_of(&self, broadcast: &Broadcast) -> Result<()> {
        let chat = broadcast.owner.0;
        let person = self.shop.store.read().await?.customer(broadcast.owner).await?;
        let words = locale::words(person.as_ref().map_or("", |person| person.language.as_str()));
        let screen = progress_screen(words, broadcast);
        let message = match broadcast.message {
            Some(id) => self.edit(chat, Touched { id, has_picture: false }, &screen).await?,
            None => self.send(chat, &screen).await?.id,
        };
        Ok(self.shop.keep_broadcast_shown(&broadcast.id, Some(message)).await?)
    }
}
