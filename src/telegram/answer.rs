//! What an update is answered with, on its way into the chat. It is shown at once, or else by a job of its own: what was answered is done,
//! and is not done again because Telegram could not be reached.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::Media;
use super::input::Touched;
use super::reply::{Reply, Screen};
use super::{Error, Failure, Result, Telegram};
use crate::domain::customer::CustomerId;
use crate::locale;
use crate::shop;

/// Something that is to be shown in a chat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answer {
    pub chat: i64,
    /// The message in which it is shown.
    pub touched: Option<Touched>,
    pub reply: Reply,
}

/// An update that was answered, in the place of the update itself.
#[derive(Serialize, Deserialize)]
pub(super) struct AnsweredUpdate {
    pub answered: Answer,
    /// The tap that is answered.
    pub query: Option<String>,
    /// What names the update.
    pub cause: Option<String>,
}

impl AnsweredUpdate {
    /// The update's number, and this as it is put in the update's place.
    pub(super) fn in_place_of(&self, update: &Value) -> Option<(i64, String)> {
        Some((update.get("update_id")?.as_i64()?, serde_json::to_string(self).ok()?))
    }
}

impl Telegram {
    /// Shows an answer, and keeps what of it could not be shown for a job. `query`: the tap that is answered; `cause`: what names the
    /// update.
    pub(super) async fn show(&self, mut answer: Answer, query: Option<&str>, cause: Option<String>) -> Result<()> {
        if let Some(query) = query {
            // The waiting on the button ends first; when that fails, what was asked for is shown all the same.
            match self.noted(answer.chat, self.api.answer_tap(query, answer.reply.toast.as_ref()).await) {
                Ok(true) => answer.reply.toast = None,
                // It came too late: what it was to say is said in words.
                Ok(false) => {}
                Err(failure) => tracing::info!(chat.id = answer.chat, error = %failure, "a tap was not answered"),
            }
        }
        let Err(error) = self.show_rest(&mut answer).await else { return Ok(()) };
        let (Error::Telegram(_), Some(cause)) = (&error, cause) else { return Err(error) };
        tracing::warn!(chat.id = answer.chat, error = &error as &dyn std::error::Error, "an answer is shown later");
        let payload = serde_json::to_string(&answer).map_err(|_| shop::Error::from(crate::store::Error::corrupt("an answer")))?;
        Ok(self.shop.say_later(&cause, answer.chat, payload).await?)
    }

    /// Shows what could not be shown when it was due.
    ///
    /// # Errors
    /// When it cannot be shown now either.
    pub async fn show_again(&self, payload: &str) -> Result<()> {
        let Ok(mut answer) = serde_json::from_str::<Answer>(payload) else {
            tracing::error!("an answer that waits cannot be read; it is not shown");
            return Ok(());
        };
        self.pacer.answer(answer.chat)?;
        self.spare_card(&mut answer).await?;
        let touched = answer.touched;
        self.show_rest(&mut answer).await?;
        // It may have become a card in this very moment.
        if let Some(touched) = touched
            && let Some(order) = self.shop.open_order_on(CustomerId(answer.chat), touched.id).await?
        {
            self.shop.refresh_card(&order).await?;
        }
        Ok(())
    }

    /// What is shown late stands in no card: the message that it was meant for may have become one since, and somebody pays by it. What an order
    /// that can still be paid has in that place is the truth, and newer; else the answer is a message of its own.
    async fn spare_card(&self, answer: &mut Answer) -> Result<()> {
        let Some(touched) = answer.touched else { return Ok(()) };
        let customer = CustomerId(answer.chat);
        if let Some(order) = self.shop.open_order_on(customer, touched.id).await? {
            answer.reply.edit = None;
            self.shop.refresh_card(&order).await?;
        }
        if self.shop.card_owner(customer, touched.id).await?.is_some() {
            answer.touched = None;
        }
        Ok(())
    }

    /// Shows one part after another, and takes away what was shown. Whom nobody reaches, and what Telegram never takes, is done with.
    async fn show_rest(&self, answer: &mut Answer) -> Result<()> {
        match self.show_parts(answer).await {
            Err(Error::Telegram(Failure::Unreachable(why))) => {
                tracing::info!(chat.id = answer.chat, why, "an answer found nobody");
                Ok(())
            }
            Err(Error::Telegram(Failure::Refused(why))) => {
                tracing::error!(chat.id = answer.chat, why, "telegram refused an answer");
                Ok(())
            }
            other => other,
        }
    }

    async fn show_parts(&self, answer: &mut Answer) -> Result<()> {
        let Answer { chat, touched, reply } = answer;
        let chat = *chat;
        in_words(reply);
        if let Some(screen) = &reply.edit {
            match touched {
                Some(touched) => drop(self.edit(chat, *touched, screen).await?),
                None => drop(self.send(chat, screen).await?),
            }
            reply.edit = None;
        }
        while let Some(file) = reply.files.first() {
            let media = Media::Bytes { name: file.name.to_string(), bytes: file.text.clone().into_bytes() };
            self.noted(chat, self.api.send_document(chat, &media).await)?;
            reply.files.remove(0);
        }
        while let Some(screen) = reply.send.first() {
            self.send(chat, screen).await?;
            reply.send.remove(0);
        }
        Ok(())
    }
}

/// Where there is no button over which a few words could be shown, they stand above what is shown, or alone.
fn in_words(reply: &mut Reply) {
    let Some(toast) = reply.toast.take() else { return };
    let said = locale::escape(&toast.text);
    match reply.edit.iter_mut().chain(&mut reply.send).next() {
        Some(screen) => screen.html = format!("{said}\n\n{}", screen.html),
        None => reply.send.push(Screen::words(said)),
    }
}
