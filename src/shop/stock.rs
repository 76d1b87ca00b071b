//! Units of stock as a seller sends them: checked as a whole first, then taken in some thousand at a time, so that no buyer waits for them.
//! Every unit knows which message brought it: when that message is handled again after a crash, the rest comes in and the count is right.
//!
//! A unit that the product has or has sold is not taken in again. One that was taken out is as if it had never been there: whoever took it
//! out by mistake sends it again.

use futures_util::future::BoxFuture;

use super::daily::forget_low_stock;
use super::stock_file::Unread;
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::option::OptionId;
use crate::domain::product::{Kind, ProductId, ProductState, STOCK_LINE_BYTES_MAX};
use crate::store::{self, Added, Conn, Deed, UnitFile, new_id};

/// Largest document with units, in bytes. Bot API: a bot can fetch files of up to 20 MB.
pub const STOCK_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Most units taken in at once.
pub const UNITS_MAX: usize = 100_000;
/// Units in one write: all other writes wait for it.
pub const CHUNK: usize = 2_500;

/// What brings units in, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The same when the same message is handled again.
    pub name: String,
    pub product: ProductId,
    pub option: Option<OptionId>,
}

/// What became of units that were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenIn {
    /// Taken in, but for those that were there already.
    Done(Added),
    /// Files were taken in, but for these, which were there already.
    Files { added: usize, known: Vec<String> },
    /// Nothing was taken in.
    Refused(Unread),
    /// So many are in; then something went wrong that is in the log. The rest comes in when the same is sent again.
    Broken { added: usize },
    /// The product has no stock of this sort, or is gone.
    NoStock,
    /// The product has options, and this is none of them.
    NoOption,
}

/// Hears how many units have been dealt with.
pub type Told<'a> = dyn FnMut(usize) -> BoxFuture<'a, ()> + Send + 'a;

impl Shop {
    /// Takes units of a product in, one a line of `text`.
    pub async fn take_in(&self, product: &ProductId, option: Option<&OptionId>, text: &str) -> Result<TakenIn> {
        let intake = Intake { name: new_id(), product: product.clone(), option: option.cloned() };
        match super::stock_file::lines(text) {
            Ok(units) => self.take_in_units(&intake, units, &mut |_| Box::pin(async {})).await,
            Err(unread) => Ok(TakenIn::Refused(unread)),
        }
    }

    /// Takes texts in, in their order.
    pub async fn take_in_units(&self, intake: &Intake, units: Vec<String>, told: &mut Told<'_>) -> Result<TakenIn> {
        let (total, mut rest) = (units.len(), units.into_iter());
        let (mut done, mut new) = (0, 0);
        while done < total {
            let chunk: Vec<String> = rest.by_ref().take(CHUNK).collect();
            let (is_first, length) = (done == 0, chunk.len());
            let is_last = done + length >= total;
            match self.take_in_chunk(intake, chunk, Turn { is_first, is_last, new, total }).await {
                Ok(Ok(added)) => new += added,
                Ok(Err(refused)) => return Ok(refused),
                Err(error) if is_first => return Err(error),
                Err(error) => {
                    tracing::error!(error = ?error, product.id = %intake.product, done, total, "stock could not be taken in to its end");
                    return Ok(TakenIn::Broken { added: self.brought_by(intake).await? });
                }
            }
            done += length;
            told(done).await;
        }
        let added = self.brought_by(intake).await?;
        Ok(TakenIn::Done(Added { added, known: total.saturating_sub(added) }))
    }

    async fn brought_by(&self, intake: &Intake) -> Result<usize> {
        Ok(self.store.read().await?.brought_by(&intake.name, &intake.product).await?)
    }

    /// Takes some of the texts in; tells how many were new.
    async fn take_in_chunk(&self, intake: &Intake, units: Vec<String>, turn: Turn) -> Result<std::result::Result<usize, TakenIn>> {
        let intake = intake.clone();
        if turn.is_first || turn.is_last {
            return self.write(move |tx| Box::pin(async move { put_chunk(tx, &intake, &units, turn).await })).await;
        }
        // That it has begun is written down already, and how it ends will be.
        let new = self.store.write(move |tx| Box::pin(async move { put_chunk(tx, &intake, &units, turn).await })).await?;
        self.wake.notify_one();
        Ok(new)
    }

    /// Takes files in, each a unit: all of them in one write, but for those that are there already.
    pub async fn take_in_files(&self, intake: &Intake, files: Vec<UnitFile>) -> Result<TakenIn> {
        let intake = intake.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_product(&intake.product).await?;
                if let Some(refused) = refused(tx, &intake).await? {
                    return Ok(refused);
                }
                let (id, option) = (&intake.product, intake.option.as_ref());
                let (mut added, mut new, mut known) = (0, 0_usize, Vec::new());
                for (place, file) in files.iter().enumerate() {
                    let is_again = files.iter().take(place).any(|before| before.bytes == file.bytes);
                    if is_again {
                        known.push(file.name.clone());
                    } else if tx.add_stock_file(&intake.name, id, option, file).await? {
                        (added, new) = (added + 1, new + 1);
                    } else if tx.file_was_brought_by(&intake.name, id, &file.bytes).await? {
                        added += 1;
                    } else {
                        known.push(file.name.clone());
                    }
                }
                if new > 0 {
                    forget_low_stock(tx, id).await?;
                    tx.deed(Deed::new(DeedKind::StockAdded, format!("{id}: {added}")).product(id));
                }
                Ok(TakenIn::Files { added, known })
            })
        })
        .await
    }

    /// Keeps what became of what was sent together in a chat, and the message that tells it.
    pub async fn keep_album<T>(&self, chat: i64, name: String, message: i32, parts: T) -> Result<()>
    where
        T: serde::Serialize + Send + Sync + 'static,
    {
        Ok(self.store.write(move |tx| Box::pin(async move { tx.set_album(chat, &name, message, &parts).await })).await?)
    }

    /// The message that shows how far an intake is.
    pub async fn intake_message(&self, intake: &Intake) -> Result<Option<i32>> {
        Ok(self.store.read().await?.intake_message(&intake.name).await?)
    }

    /// Keeps which message shows how far an intake is; none: it has come to its end.
    pub async fn keep_intake_message(&self, intake: &Intake, message: Option<i32>) -> Result<()> {
        let name = intake.name.clone();
        Ok(self.store.write(move |tx| Box::pin(async move { tx.set_intake_message(&name, message).await })).await?)
    }
}

/// Where in an intake a write is.
#[derive(Clone, Copy)]
struct Turn {
    is_first: bool,
    is_last: bool,
    /// New units before it.
    new: usize,
    total: usize,
}

async fn put_chunk(tx: &mut Conn, intake: &Intake, units: &[String], turn: Turn) -> store::Result<std::result::Result<usize, TakenIn>> {
    // Units stand one behind another, and an option that is taken away gets none.
    tx.lock_product(&intake.product).await?;
    if let Some(refused) = refused(tx, intake).await? {
        return Ok(Err(refused));
    }
    let id = &intake.product;
    let new = tx.add_stock_by(&intake.name, id, intake.option.as_ref(), units).await?.added;
    if new > 0 {
        forget_low_stock(tx, id).await?;
    }
    if turn.is_last && turn.new + new > 0 {
        let added = tx.brought_by(&intake.name, id).await?;
        tx.deed(Deed::new(DeedKind::StockAdded, format!("{id}: {added}")).product(id).part("end"));
    } else if turn.is_first && new > 0 {
        tx.deed(Deed::new(DeedKind::StockAdded, format!("{id}: 1 to {}, …", turn.total)).product(id));
    }
    Ok(Ok(new))
}

/// Why a product does not take units in now.
async fn refused(tx: &mut Conn, intake: &Intake) -> store::Result<Option<TakenIn>> {
    let product = tx.product(&intake.product).await?;
    let product = product.filter(|product| product.kind == Kind::Keys && product.state != ProductState::Archived);
    let Some(product) = product else { return Ok(Some(TakenIn::NoStock)) };
    Ok((!product.is_choice(intake.option.as_ref())).then_some(TakenIn::NoOption))
}

/// The units in a text, one a line without the blanks around it.
///
/// # Errors
/// The numbers of the lines that are too long, counted from 1.
pub fn units(text: &str) -> std::result::Result<Vec<String>, Vec<usize>> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = || text.split('\n').map(str::trim);
    let too_long: Vec<usize> = (1..).zip(lines()).filter(|(_, line)| line.len() > STOCK_LINE_BYTES_MAX).map(|(number, _)| number).collect();
    if !too_long.is_empty() {
        return Err(too_long);
    }
    Ok(lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The text in a document: UTF-8, or UTF-16 that says so in its first two bytes. None when it is neither, or no text at all.
pub fn text_in(bytes: &[u8]) -> Option<String> {
    let wide = |of: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let text = rest.is_empty().then(|| char::decode_utf16(pairs.iter().map(|pair| of(*pair))).collect::<std::result::Result<_, _>>());
        text.and_then(std::result::Result::ok)
    };
    let text: String = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest)?,
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok()?,
        bytes => String::from_utf8(bytes.to_vec()).ok()?,
    };
    // Text of another encoding, and most of what is no text, shows itself by characters that no text has.
    (!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_lines_without_the_blanks_around_them() {
        assert_eq!(units("A-1\r\n\r\n  B 2 \rC\n\n"), Ok(vec!["A-1".to_owned(), "B 2".to_owned(), "C".to_owned()]));
        assert_eq!(units(" \n\r\n\t"), Ok(vec![]));
    }

    #[test]
    fn lines_that_are_too_long_are_named() {
        let (fits, long) = ("x".repeat(STOCK_LINE_BYTES_MAX), "é".repeat(STOCK_LINE_BYTES_MAX / 2 + 1));
        assert_eq!(units(&format!("{fits}\n{long}\nA\n{long}")), Err(vec![2, 4]));
    }

    #[test]
    fn documents_are_read_in_the_encodings_that_editors_write() {
        let le: Vec<u8> = [0xff, 0xfe].into_iter().chain("A\r\nü🦉".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let be: Vec<u8> = [0xfe, 0xff].into_iter().chain("A\r\nü🦉".encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in [le, be, "A\r\nü🦉".into(), "\u{feff}A\r\nü🦉".into()] {
            assert_eq!(text_in(&bytes).as_deref(), Some("A\r\nü🦉"));
        }
    }

    #[test]
    fn what_is_no_text_is_not_guessed_at() {
        let blind_utf16: Vec<u8> = "AB".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let half = [0xff, 0xfe, b'A'];
        for bytes in [blind_utf16.as_slice(), &half, b"\xe9t\xe9", b"%PDF\x01", b"\x89PNG\r\n\x1a\n", &[0xff, 0xfe, 0, 0xd8]] {
            assert_eq!(text_in(bytes), None, "{bytes:?}");
        }
    }
}
