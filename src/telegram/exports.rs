//! Making a file for the seller and bringing it into the chat. A message shows how far it is; the file comes last, so that a repeat after a
//! crash can send it twice, but never loses it.

use futures_util::FutureExt as _;

use super::api::{Failure, Media};
use super::reply::Screen;
use super::{Error, Result, Telegram};
use crate::locale::{self, Text, Words};
use crate::shop::export::What;
use crate::store::Asked;

/// Rows between two changes of the message that shows how far a file is.
const ROWS_SHOWN: usize = 5_000;

impl Telegram {
    /// Makes a file that was asked for, and sends it.
    pub async fn bring_export(&self, id: &str) -> Result<()> {
        if let Some((asked, goods)) = self.shop.catalog_asked(id).await? {
            return self.bring_catalog(&asked, goods).await;
        }
        let Some((asked, wanted)) = self.shop.export_asked(id).await? else { return Ok(()) };
        let chat = asked.by.0;
        let person = self.shop.store.read().await?.customer(asked.by).await?;
        let words = locale::words(person.as_ref().map_or("", |person| person.language.as_str()));
        let name = words.plain(what_word(wanted.what));
        let Some(message) = self.show_begun(&asked, making(words, &name, 0)).await? else { return Ok(()) };
        let mut shown = 0;
        let mut told = |rows: usize| {
            let is_due = rows >= shown + ROWS_SHOWN;
            if is_due {
                shown = rows;
            }
            let html = making(words, &name, rows);
            async move {
                if is_due && self.api.edit_text(chat, message, &html, &[]).await.is_err() {
                    tracing::info!(chat.id = chat, "how far a file is could not be shown");
                }
            }
            .boxed()
        };
        let document = self.shop.export(wanted, &mut told).await?;
        self.pacer.bulk(chat).await?;
        let media = Media::Bytes { name: document.name, bytes: document.bytes };
        let sent = self.noted(chat, self.api.send_document(chat, &media).await);
        if let Err(failure @ (Failure::Unreachable(_) | Failure::Refused(_))) = sent {
            // It will not be taken the next time either, and can be asked for again.
            tracing::warn!(chat.id = chat, error = %failure, "a file could not be sent");
            self.shop.end_export(id).await?;
            return self.show_end(chat, message, words.html(Text::ExportFailed { what: &name })).await;
        }
        sent?;
        self.shop.end_export(id).await?;
        let rows = i64::try_from(document.rows).unwrap_or(i64::MAX);
        let done = if document.is_cut { Text::ExportCut { what: &name, rows } } else { Text::ExportDone { what: &name, rows } };
        self.show_end(chat, message, words.html(done)).await
    }

    /// The message that shows how far a file is. None: it finds nobody, so the file would not either, and is forgotten; it can be asked for
    /// again.
    pub(super) async fn show_begun(&self, asked: &Asked, html: String) -> Result<Option<i32>> {
        if asked.message.is_some() {
            return Ok(asked.message);
        }
        let chat = asked.by.0;
        self.pacer.bulk(chat).await?;
        match self.send(chat, &Screen::words(html)).await {
            Ok(sent) => {
                self.shop.keep_export_message(&asked.id, sent.id).await?;
                Ok(Some(sent.id))
            }
            Err(Error::Telegram(failure @ (Failure::Unreachable(_) | Failure::Refused(_)))) => {
                tracing::warn!(chat.id = chat, error = %failure, "a file is not made: nobody would get it");
                self.shop.end_export(&asked.id).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Says in a message how something ended; when the message is gone, nothing is left to say.
    pub(super) async fn show_end(&self, chat: i64, message: i32, html: String) -> Result<()> {
        match self.noted(chat, self.api.edit_text(chat, message, &html, &[]).await) {
            Ok(()) | Err(Failure::CannotEdit(_) | Failure::Unreachable(_) | Failure::Refused(_)) => Ok(()),
            Err(failure) => Err(Error::Telegram(failure)),
        }
    }
}

fn making(words: Words, what: &str, rows: usize) -> String {
    words.html(Text::ExportMaking { what, rows: i64::try_from(rows).unwrap_or(i64::MAX) })
}

/// What is in a file, in words.
pub(super) fn what_word(what: What) -> Text<'static> {
    match what {
        What::Orders => Text::ExportOrders,
        What::Payments => Text::ExportPayments,
        What::Stock => Text::ExportStock,
        What::Units => Text::ExportUnits,
        What::Customers => Text::ExportCustomers,
    }
}
