//! Bringing paid goods into the chat, once. Telegram has no idempotency key: so a notice goes first and its id is kept, and the goods are
//! edited into it. A crash can repeat the notice, never the goods.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::api::{Failure, Media};
use super::card::time_tag;
use super::reply::{Button, Screen};
use super::show::visible_chars;
use super::{Error, Result, Telegram};
use crate::domain::order::{Delivery, OrderId};
use crate::domain::product::ProductFile;
use crate::locale::{self, Html, Text, Words, escape};
use crate::shop;
use crate::shop::deliver::{Packed, Parcel};
use crate::store::Membership;

/// Goods longer than this go as a document: with the frame around them they must fit into one message (Bot API: 4096 UTF-16 units).
const GOODS_CHARS_MAX: usize = 3_600;
/// Units that get a copy button each.
const COPY_BUTTONS_MAX: usize = 5;

impl Telegram {
    /// Brings the goods of a paid order to its buyer. Harmless to repeat.
    pub async fn bring_goods(&self, id: &OrderId) -> Result<()> {
        let Some(parcel) = self.shop.parcel(id).await? else { return Ok(()) };
        for line in &parcel.empty {
            self.shop.hold_line(line, "there are no goods in this product any more; put them back, then hand it over").await?;
        }
        if parcel.packed.is_empty() {
            return Ok(());
        }
        match self.bring(&parcel).await {
            Ok(()) => {
                self.shop.goods_arrived(&parcel).await?;
                if !parcel.customer.reachable {
                    self.shop.buyer_is_back(&parcel.customer).await?;
                }
                Ok(())
            }
            Err(error) => {
                if let Error::Telegram(Failure::Unreachable(why)) = &error {
                    tracing::warn!(order.id = %id, why, "the goods found nobody; they are sent when the buyer is back");
                    self.shop.buyer_is_gone(&parcel.customer).await?;
                }
                Err(error)
            }
        }
    }

    /// Has the goods of an order brought again. False when there is nothing to bring.
    pub(super) async fn send_again(&self, id: &OrderId) -> Result<bool> {
        let Some((customer, announced)) = self.shop.resend(id).await? else { return Ok(false) };
        for message in announced {
            self.take_back(customer.0, message).await;
        }
        Ok(true)
    }

    async fn bring(&self, parcel: &Parcel) -> Result<()> {
        let (chat, words) = (parcel.customer.id.0, locale::words(&parcel.customer.language));
        let order = parcel.order.id.as_str();
        let message = if let Some(message) = parcel.order.goods_message {
            message
        } else {
            self.pacer.bulk(chat).await?;
            let notice = Screen::words(words.html(Text::GoodsComing { order }));
            let sent = self.send(chat, &notice).await?;
            match self.shop.keep_goods_message(&parcel.order.id, sent.id).await {
                Ok(true) => {}
                Ok(false) => {
                    self.api.delete(chat, sent.id).await?;
                    return Err(brought_elsewhere().into());
                }
                Err(error) => return Err(self.unkept(chat, sent.id, error).await),
            }
            sent.id
        };
        let screen = screen(parcel, words);
        let too_long = visible_chars(&screen.html) > GOODS_CHARS_MAX;
        let shown = if too_long { Screen::words(words.html(Text::GoodsAsFile { order })) } else { screen };
        self.pacer.bulk(chat).await?;
        let answer = self.api.edit_text(chat, message, &shown.html, &shown.keyboard).await;
        match self.noted(chat, answer) {
            Ok(()) => {}
            Err(Failure::CannotEdit(why)) => {
                // The buyer took the message away: a new notice on the next try.
                self.shop.forget_goods_message(&parcel.order.id, message).await?;
                return Err(Failure::Temporary(why).into());
            }
            Err(failure) => return Err(failure.into()),
        }
        for packed in &parcel.packed {
            self.bring_documents(chat, parcel, packed, too_long).await?;
        }
        Ok(())
    }

    /// A message that the database does not know of goes, as far as Telegram lets it: the next try sends another one.
    pub(super) async fn unkept(&self, chat: i64, message: i32, error: shop::Error) -> Error {
        if let Err(failure) = self.api.delete(chat, message).await {
            tracing::info!(chat.id = chat, error = %failure, "a message that nobody knows of stays in the chat");
        }
        error.into()
    }

    /// The documents of a line that have not arrived yet: its words, when they are too long for a message, then its files.
    async fn bring_documents(&self, chat: i64, parcel: &Parcel, packed: &Packed, words_too: bool) -> Result<()> {
        let words = words_too.then(|| Document::Words(format!("order-{}.txt", parcel.order.id), in_full(packed)));
        let documents: Vec<_> = words.into_iter().chain(packed.files.iter().map(Document::File)).collect();
        let list = list_of(&documents);
        let mut done = packed.line.documents_sent;
        if is_of_another_list(packed, &list, documents.len()) {
            // Of the new files none has come, and half of each list is neither.
            if !self.shop.recount_documents(&packed.line.id, done).await? {
                return Err(brought_elsewhere().into());
            }
            done = 0;
        }
        let mut kept = packed.line.document_message;
        for (document, sent) in documents.into_iter().zip(0..).skip(usize::try_from(done).unwrap_or(usize::MAX)) {
            let message = match kept.take() {
                Some(message) => message,
                None => self.announce_document(chat, parcel, packed, sent).await?,
            };
            self.bring_document(chat, message, document).await?;
            if !self.shop.count_document(&packed.line.id, &list, message).await? {
                return Err(brought_elsewhere().into());
            }
        }
        if let Some(message) = kept {
            // The seller has taken away what it announced.
            self.shop.forget_document_message(&packed.line.id, message).await?;
            self.take_back(chat, message).await;
        }
        Ok(())
    }

    /// Takes the words that announced a document out of the chat, as far as Telegram lets it.
    async fn take_back(&self, chat: i64, message: i32) {
        if let Err(failure) = self.api.delete(chat, message).await {
            tracing::info!(chat.id = chat, error = %failure, "the words that announced a document stay in the chat");
        }
    }

    /// Sends the words in whose place the next document of a line comes, and keeps which message that is.
    async fn announce_document(&self, chat: i64, parcel: &Parcel, packed: &Packed, sent: u32) -> Result<i32> {
        self.pacer.bulk(chat).await?;
        let notice = Screen::words(locale::words(&parcel.customer.language).html(Text::DocumentComing));
        let message = self.send(chat, &notice).await?.id;
        match self.shop.keep_document_message(&packed.line.id, sent, message).await {
            Ok(true) => Ok(message),
            Ok(false) => {
                self.api.delete(chat, message).await?;
                Err(brought_elsewhere().into())
            }
            Err(error) => Err(self.unkept(chat, message, error).await),
        }
    }

    /// Puts a document in the place of the words that announced it; behind them, where Telegram does not let it.
    async fn bring_document(&self, chat: i64, message: i32, document: Document<'_>) -> Result<()> {
        let file = match document {
            Document::Words(name, text) => {
                self.put_document(chat, message, &Media::Bytes { name, bytes: text.into_bytes() }).await?;
                return Ok(());
            }
            Document::File(file) => file,
        };
        let name = format!("file:{}", file.blob.0);
        let known = self.shop.store.read().await?.telegram_file(&name).await?;
        let media = match known {
            Some(file_id) => Media::Known(file_id),
            None => match self.shop.blob(&file.blob).await? {
                Some((_, bytes)) => Media::Bytes { name: file.name.clone(), bytes },
                None => return Err(Failure::Refused(format!("the file {} is gone", file.name)).into()),
            },
        };
        match self.put_document(chat, message, &media).await {
            Err(Error::Telegram(Failure::UnknownFile)) => {
                // Uploaded anew on the next try.
                self.shop.store.write(move |tx| Box::pin(async move { tx.forget_telegram_file(&name).await })).await?;
                Err(Failure::Temporary("telegram forgot a file".to_owned()).into())
            }
            Ok(Some(file_id)) => {
                Ok(self.shop.store.write(move |tx| Box::pin(async move { tx.set_telegram_file(&name, &file_id).await })).await?)
            }
            other => other.map(|_| ()),
        }
    }

    /// What Telegram calls the document from now on, when it says so.
    async fn put_document(&self, chat: i64, message: i32, media: &Media) -> Result<Option<String>> {
        self.pacer.bulk(chat).await?;
        let answer = self.api.edit_document(chat, message, media).await;
        if !matches!(answer, Err(Failure::CannotEdit(_))) {
            return Ok(self.noted(chat, answer)?);
        }
        // The buyer took the message away, or it is one that becomes no document.
        self.pacer.bulk(chat).await?;
        let sent = self.noted(chat, self.api.send_document(chat, media).await)?;
        self.take_back(chat, message).await;
        Ok(sent.file_id)
    }
}

/// This program was frozen for longer than its lease, and another one brings the goods.
fn brought_elsewhere() -> Failure {
    Failure::Temporary("another program brings these goods".to_owned())
}

/// Something that goes as a document.
enum Document<'a> {
    /// File name and content.
    Words(String, String),
    File(&'a ProductFile),
}

/// What names a list of documents.
fn list_of(documents: &[Document<'_>]) -> String {
    let name = |document: &Document<'_>| match document {
        Document::Words(name, _) => name.clone(),
        Document::File(file) => file.blob.0.clone(),
    };
    let names: Vec<String> = documents.iter().map(name).collect();
    HEXLOWER.encode(digest(&SHA256, names.join("\n").as_bytes()).as_ref())
}

/// Whether what was counted of a line are documents of another list than this one, which has so many. Where all have come, they stay what has
/// come.
fn is_of_another_list(packed: &Packed, list: &str, documents: usize) -> bool {
    let line = &packed.line;
    let is_under_way = line.delivery == Delivery::Assigned || usize::try_from(line.documents_sent).is_ok_and(|sent| sent < documents);
    line.documents_sent > 0 && is_under_way && line.documents_of.as_deref().is_some_and(|known| known != list)
}

/// The units and the words of a line, as plain text.
fn in_full(packed: &Packed) -> String {
    let mut text = format!("{}\n\n", packed.line.name);
    for unit in &packed.units {
        text.push_str(unit);
        text.push('\n');
    }
    text.push_str(&packed.text);
    text
}

/// The goods as their buyer sees them. Units are behind a spoiler, against a glance over the shoulder; a spoiler cannot hold `<code>` (Bot
/// API: code contains and is part of nothing else), so copying is a button's work.
fn screen(parcel: &Parcel, words: Words) -> Screen {
    let mut html = words.html(Text::GoodsTitle { order: parcel.order.id.as_str() });
    let (mut copies, mut ways) = (Vec::new(), Vec::new());
    for packed in &parcel.packed {
        html = format!("{html}\n\n<b>{}</b>", escape(&packed.line.name));
        for unit in &packed.units {
            html = format!("{html}\n<tg-spoiler>{}</tg-spoiler>", escape(unit));
            copies.push(unit.clone());
        }
        if !packed.text.is_empty() {
            html = format!("{html}\n{}", escape(&packed.text));
        }
        if let Some(membership) = &packed.membership {
            let (words_of, link) = way_in(membership, words);
            html = format!("{html}\n{words_of}");
            ways.extend(link);
        }
        if !packed.files.is_empty() {
            html = format!("{html}\n{}", words.html(Text::GoodsFiles { count: i64::try_from(packed.files.len()).unwrap_or(0) }));
        }
    }
    let reveal = if copies.is_empty() { String::new() } else { format!("{} ", words.html(Text::GoodsReveal)) };
    html = format!("{html}\n\n{reveal}{}", words.html(Text::GoodsAgain));
    let many = copies.len() > 1;
    let buttons = copies.into_iter().zip(1..).map(|(text, number)| {
        let label = words.plain(Text::ButtonCopyGoods);
        Button::copy(if many { format!("{label} {number}") } else { label }, text)
    });
    // A button for each unit, or for none.
    let buttons = buttons.collect::<Option<Vec<_>>>().filter(|buttons| buttons.len() <= COPY_BUTTONS_MAX);
    Screen::words(html).grid(ways, 1).grid(buttons.unwrap_or_default(), 2)
}

/// The way into a channel or group, and until when it is open.
fn way_in(membership: &Membership, words: Words) -> (String, Option<Button>) {
    let title = membership.title.as_str();
    if membership.ended_at.is_some() {
        return (words.html(Text::GoodsInviteOver { title }), None);
    }
    let open = Button::Open { label: words.plain(Text::ButtonJoin { title }), url: membership.link.clone() };
    let html = words.html(Text::GoodsInvite { title, link: &membership.link });
    let html = match membership.ends_at {
        Some(end) => format!("{html}\n{}", words.html(Text::GoodsInviteUntil { end: Html(&time_tag(end)) })),
        None => html,
    };
    (html, Some(open))
}
