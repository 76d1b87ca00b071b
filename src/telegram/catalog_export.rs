//! Bringing the catalog into the chat as a file. As with other files, a message shows how far it is, and the file comes last.

use futures_util::FutureExt as _;

use super::api::{Failure, Media};
use super::{Result, Telegram};
use crate::locale::{self, Text, Words};
use crate::shop::catalog_file::{Exported, Goods};
use crate::store::Asked;

/// Bot API: a bot sends up to 50 MB.
const SENT_BYTES_MAX: usize = 50 * 1024 * 1024;
/// Bot API: a bot fetches up to 20 MB.
pub(super) const FETCHED_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Products between two changes of the message that shows how far a file is.
const PRODUCTS_SHOWN: usize = 500;

impl Telegram {
    /// Makes the catalog file that was asked for, and sends it.
    pub(super) async fn bring_catalog(&self, asked: &Asked, goods: Goods) -> Result<()> {
        let (id, chat) = (asked.id.as_str(), asked.by.0);
        let person = self.shop.store.read().await?.customer(asked.by).await?;
        let words = locale::words(person.as_ref().map_or("", |person| person.language.as_str()));
        let begun = words.html(Text::CatalogMaking { count: 0 });
        let Some(message) = self.show_begun(asked, begun).await? else { return Ok(()) };
        let mut told = |products: usize| {
            let html = (products > 0 && products.is_multiple_of(PRODUCTS_SHOWN))
                .then(|| words.html(Text::CatalogMaking { count: count(products) }));
            async move {
                if let Some(html) = html
                    && self.api.edit_text(chat, message, &html, &[]).await.is_err()
                {
                    tracing::info!(chat.id = chat, "how far a file is could not be shown");
                }
            }
            .boxed()
        };
        let Some(packed) = self.shop.packed_catalog(goods, SENT_BYTES_MAX, &mut told).await? else {
            self.shop.end_export(id).await?;
            return self.show_end(chat, message, words.html(Text::CatalogTooLarge { megabytes: megabytes(SENT_BYTES_MAX) })).await;
        };
        let (exported, size) = (packed.exported, packed.bytes.len());
        let says = words.html(if goods == Goods::Inside { Text::CatalogGoodsInside } else { Text::CatalogBareInside });
        let media = Media::Bytes { name: packed.name.to_owned(), bytes: packed.bytes };
        self.pacer.bulk(chat).await?;
        let sent = self.noted(chat, self.api.send_document_saying(chat, &media, &says).await);
        if let Err(failure @ (Failure::Unreachable(_) | Failure::Refused(_))) = sent {
            // It will not be taken the next time either, and can be asked for again.
            tracing::warn!(chat.id = chat, error = %failure, "a catalog file could not be sent");
            self.shop.end_export(id).await?;
            return self.show_end(chat, message, words.html(Text::CatalogNotSent)).await;
        }
        sent?;
        self.shop.end_export(id).await?;
        self.show_end(chat, message, done(words, exported, size)).await
    }
}

fn done(words: Words, exported: Exported, size: usize) -> String {
    let Exported { categories, products, stock, files } = exported;
    let (categories, products, stock, files) = (count(categories), count(products), count(stock), count(files));
    let said = words.html(Text::CatalogExported { categories, products, stock, files });
    if size <= FETCHED_BYTES_MAX {
        return said;
    }
    format!("{said}\n\n{}", words.html(Text::CatalogOneWay { megabytes: megabytes(FETCHED_BYTES_MAX) }))
}

pub(super) fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn megabytes(bytes: usize) -> i64 {
    count(bytes / 1024 / 1024)
}
