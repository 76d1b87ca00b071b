//! Sending a broadcast on, a few messages at a time, behind everything that somebody waits for. Who is under way is kept before, and how it
//! ended after each message: a crash between the two repeats the messages that were in the air, and no other.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::api::Failure;
use super::input::Touched;
use super::seller::{message_screen, progress_screen};
use super::{Error, Result, Telegram};
use crate::domain::customer::CustomerId;
use crate::locale;
use crate::shop::broadcast::Next;
use crate::store::{Broadcast, Reached};

/// Messages of one step, some two seconds; after it the queue is looked at anew.
const STEP: i64 = 60;
/// Messages that are in the air at once: enough for the whole pace while Telegram takes a quarter of a second for each.
const AT_ONCE: usize = 8;
/// Between two changes of the message that shows how far it is, in seconds.
const SHOWN_SECS: i64 = 3;

impl Telegram {
    /// Sends a broadcast on. Tells when to go on (unix seconds UTC); none when nothing is left to do.
    pub async fn send_broadcast_on(&self, id: &str) -> Result<Option<i64>> {
        let Some(broadcast) = self.shop.broadcast(id).await? else { return Ok(None) };
        let Next::People(people) = self.shop.next_recipients(&broadcast, STEP).await? else {
            self.show_progress(id, true).await?;
            return Ok(None);
        };
        self.show_progress(id, false).await?;
        let (mut people, mut in_the_air, mut trouble) = (people.into_iter(), FuturesUnordered::new(), None);
        loop {
            // After trouble nobody else is begun with, and those in the air are waited for.
            while trouble.is_none()
                && in_the_air.len() < AT_ONCE
                && let Some((person, language)) = people.next()
            {
                in_the_air.push(self.send_to(&broadcast, person, language));
            }
            match in_the_air.next().await {
                Some(Ok(())) => {}
                Some(Err(error)) => trouble = trouble.or(Some(error)),
                None => break,
            }
        }
        trouble.map_or(Ok(Some(self.shop.now())), Err)
    }

    /// Sends a broadcast to one person, unless it was halted meanwhile.
    async fn send_to(&self, broadcast: &Broadcast, person: CustomerId, language: String) -> Result<()> {
        self.pacer.broadcast(person.0).await?;
        if !self.shop.is_broadcast_running(&broadcast.id).await? {
            return Ok(());
        }
        let screen = message_screen(self, broadcast, locale::words(&language), &language).await?;
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
        self.shop.pass_recipient(&broadcast.id, person, how).await?;
        Ok(())
    }

    /// Shows the owner how far a broadcast is: now and then, and at the end.
    async fn show_progress(&self, id: &str, at_the_end: bool) -> Result<()> {
        let Some(broadcast) = self.shop.broadcast(id).await? else { return Ok(()) };
        if !at_the_end && broadcast.message.is_some() && self.shop.now() < broadcast.shown_at + SHOWN_SECS {
            return Ok(());
        }
        if !at_the_end && self.pacer.bulk(broadcast.owner.0).await.is_err() {
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
