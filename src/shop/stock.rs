//! Units of stock as a seller sends them, one a line: read, checked, and taken in all at once or not at all.

use super::daily::forget_low_stock;
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::option::OptionId;
use crate::domain::product::{Kind, ProductId, ProductState, STOCK_LINE_BYTES_MAX};
use crate::store::{Added, Deed};

/// Largest document with units, in bytes.
pub const STOCK_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Most units taken in at once: they are one transaction, and all other writes wait for it.
pub const UNITS_MAX: usize = 10_000;

/// What became of a list of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenIn {
    /// Taken in, but for those that were there already.
    Done(Added),
    /// There is nothing in it.
    Nothing,
    /// These lines, counted from 1, are longer than [`STOCK_LINE_BYTES_MAX`]; nothing was taken in.
    TooLong { lines: Vec<usize> },
    /// More than [`UNITS_MAX`]; nothing was taken in.
    TooMany { units: usize },
    /// The product has no stock of this sort, or is gone.
    NoStock,
    /// The product has options, and this is none of them.
    NoOption,
}

impl Shop {
    /// Takes units of a product in, one a line of `text`. A unit that the product has or ever had is not taken in again.
    pub async fn take_in(&self, product: &ProductId, option: Option<&OptionId>, text: &str) -> Result<TakenIn> {
        let units = match units(text) {
            Ok(units) if units.is_empty() => return Ok(TakenIn::Nothing),
            Ok(units) if units.len() > UNITS_MAX => return Ok(TakenIn::TooMany { units: units.len() }),
            Ok(units) => units,
            Err(lines) => return Ok(TakenIn::TooLong { lines }),
        };
        let (id, option) = (product.clone(), option.cloned());
        self.write(move |tx| {
            Box::pin(async move {
                let product = tx.product(&id).await?;
                let product = product.filter(|product| product.kind == Kind::Keys && product.state != ProductState::Archived);
                let Some(product) = product else { return Ok(TakenIn::NoStock) };
                if !product.is_choice(option.as_ref()) {
                    return Ok(TakenIn::NoOption);
                }
                let added = tx.add_stock_of(&id, option.as_ref(), &units).await?;
                forget_low_stock(tx, &id).await?;
                if added.added > 0 {
                    tx.deed(Deed::new(DeedKind::StockAdded, format!("{id}: {}", added.added)).product(&id));
                }
                Ok(TakenIn::Done(added))
            })
        })
        .await
    }
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
