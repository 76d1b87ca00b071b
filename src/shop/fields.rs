//! What a seller types into a field, checked: the field's value, or what is wrong with it. Nothing here asks the store.

use super::catalog_file::{CHOICE_CHARS_MAX, CHOICES_MAX, FILE_NAME_CHARS_MAX, LABEL_CHARS_MAX, SUPPORT_CHARS_MAX, TEXT_CHARS_MAX};
use super::people::fingerprint;
use crate::domain::goods::DAYS_MAX;
use crate::domain::money::{Currency, Fiat, PriceError};
use crate::domain::option::{OPTION_NAME_CHARS_MAX, VolumePrice};
use crate::domain::product::{DESCRIPTION_CHARS_MAX, ID_BYTES_MAX, NAME_CHARS_MAX, QUANTITY_MAX};
use crate::store::new_id;

/// Longest note to a buyer and longest reason for closing a case, in characters: with an order's frame it fits into one message.
const NOTE_CHARS_MAX: usize = 1_000;
/// Random letters at the end of an id.
const TAIL_CHARS: usize = 6;

/// Why a text is not what a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing that can be seen.
    Empty,
    /// Longer than the field, in characters.
    TooLong { chars: usize, most: usize },
    /// Not a price.
    Price(PriceError),
    /// Not a whole number from 1 to [`QUANTITY_MAX`].
    Quantity,
    /// Not a whole number from 1 to [`DAYS_MAX`].
    Days,
    /// More answers to choose from than buttons are shown.
    TooManyChoices { choices: usize, most: usize },
    /// This line, counted from 1, is no quantity and price.
    Volume { line: usize },
}

/// The name of a product, a category or the shop: one line.
pub fn name(text: &str) -> Result<String, Unfit> {
    fit(one_line(text), NAME_CHARS_MAX)
}

/// The description of a product.
pub fn description(text: &str) -> Result<String, Unfit> {
    fit(clean(text), DESCRIPTION_CHARS_MAX)
}

/// A price in the shop's currency, with or without the currency's code behind it.
pub fn price(text: &str, currency: Currency) -> Result<Fiat, Unfit> {
    let upper = text.trim().to_uppercase();
    let number = upper.strip_suffix(currency.code()).or_else(|| upper.strip_prefix(currency.code())).unwrap_or(&upper);
    Fiat::parse_price(number, currency).map_err(Unfit::Price)
}

/// Most units in one order.
pub fn quantity(text: &str) -> Result<u32, Unfit> {
    text.trim().parse().ok().filter(|most| (1..=QUANTITY_MAX).contains(most)).ok_or(Unfit::Quantity)
}

/// The name of an option: one line.
pub fn option_name(text: &str) -> Result<String, Unfit> {
    fit(one_line(text), OPTION_NAME_CHARS_MAX)
}

/// How long somebody stays.
pub fn days(text: &str) -> Result<u32, Unfit> {
    text.trim().parse().ok().filter(|days| (1..=DAYS_MAX).contains(days)).ok_or(Unfit::Days)
}

/// Prices by quantity, one a line: a quantity and the price of one from there on, like `5 8.00` or `5: 8.00`. Whether they make sense
/// together is asked elsewhere.
pub fn volume(text: &str, currency: Currency) -> Result<Vec<VolumePrice>, Unfit> {
    let lines = (1..).zip(text.split(['\n', ';'])).filter(|(_, line)| !is_blank(line));
    let mut volume = Vec::new();
    for (line, text) in lines {
        let wrong = Unfit::Volume { line };
        let text = text.trim();
        let separators = [':', '=', '-', ' ', '\t'];
        let (from, rest) = text.split_once(separators).ok_or(wrong)?;
        let from = quantity(from).map_err(|_| wrong)?;
        let price = price(rest.trim_start_matches(separators), currency).map_err(|_| wrong)?;
        volume.push(VolumePrice { from, minor: price.minor });
    }
    if volume.is_empty() { Err(Unfit::Empty) } else { Ok(volume) }
}

/// What everybody gets who buys a product of kind file.
pub fn goods(text: &str) -> Result<String, Unfit> {
    fit(clean(text), TEXT_CHARS_MAX)
}

/// The question that a buyer is asked: its first line, and the answers to choose from when several lines follow.
pub fn question(text: &str) -> Result<(String, Vec<String>), Unfit> {
    let mut lines = text.lines().map(one_line).filter(|line| !is_blank(line));
    let (first, mut choices) = (lines.next().unwrap_or_default(), Vec::new());
    for line in lines {
        let choice = fit(line, CHOICE_CHARS_MAX);
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    if choices.len() < 2 {
        return Ok((fit(one_line(text), LABEL_CHARS_MAX)?, Vec::new()));
    }
    if choices.len() > CHOICES_MAX {
        return Err(Unfit::TooManyChoices { choices: choices.len(), most: CHOICES_MAX });
    }
    Ok((fit(first, LABEL_CHARS_MAX)?, choices.into_iter().collect::<Result<_, _>>()?))
}

/// A page of the shop's own words: greeting, terms, privacy.
pub fn page(text: &str) -> Result<String, Unfit> {
    fit(clean(text), TEXT_CHARS_MAX)
}

/// A note to a buyer, or what was done about a case.
pub fn note(text: &str) -> Result<String, Unfit> {
    fit(clean(text), NOTE_CHARS_MAX)
}

/// Where a buyer finds a person.
pub fn contact(text: &str) -> Result<String, Unfit> {
    fit(one_line(text), SUPPORT_CHARS_MAX)
}

/// The name of a document as its buyer sees it: no path, nothing invisible, never empty.
pub fn file_name(sent: Option<&str>) -> String {
    let name = one_line(sent.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default());
    let name: String = name.chars().take(FILE_NAME_CHARS_MAX).collect();
    if is_blank(&name) { "file".to_owned() } else { name }
}

/// An id that can be read and belongs to nothing else: the name's plain letters and `tail`.
pub fn id_of(name: &str, tail: &str) -> String {
    let mut words = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
    }
    let words: String = words.chars().take(ID_BYTES_MAX - TAIL_CHARS - 1).collect();
    match words.trim_matches('-') {
        "" => format!("item-{tail}"),
        words => format!("{words}-{tail}"),
    }
}

/// A new end for an id.
pub fn new_tail() -> String {
    new_id().chars().take(TAIL_CHARS).collect()
}

/// The end of an id that something brings about: the same for the same cause.
pub fn tail_of(cause: &str) -> String {
    fingerprint(cause).chars().take(TAIL_CHARS).collect()
}

fn fit(text: String, most: usize) -> Result<String, Unfit> {
    let chars = text.chars().count();
    if is_blank(&text) {
        Err(Unfit::Empty)
    } else if chars > most {
        Err(Unfit::TooLong { chars, most })
    } else {
        Ok(text)
    }
}

/// Without control characters, and with lines that end in one way.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    text.trim().to_owned()
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).collect()
}

/// Whether nothing of it can be seen: blanks, joiners, marks of direction and fillers.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{2800}' | '\u{3164}')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::product::is_id;

    #[test]
    fn a_name_is_one_line_that_can_be_seen() {
        assert_eq!(name("  Editor \n Pro\t1 "), Ok("Editor Pro 1".to_owned()));
        assert_eq!(name("🦉🦉 محرر"), Ok("🦉🦉 محرر".to_owned()));
        for blank in ["", " \n ", "\u{200b}\u{feff}", "\u{202e} \u{2800}", "\0"] {
            assert_eq!(name(blank), Err(Unfit::Empty), "{blank:?}");
        }
        assert_eq!(name(&"x".repeat(60)).map(|name| name.len()), Ok(60));
        assert_eq!(name(&"🦉".repeat(61)), Err(Unfit::TooLong { chars: 61, most: 60 }));
    }

    #[test]
    fn a_description_keeps_its_lines() {
        assert_eq!(description(" one\r\ntwo\rthree \n"), Ok("one\ntwo\nthree".to_owned()));
        assert_eq!(description(&"x".repeat(10_000)), Err(Unfit::TooLong { chars: 10_000, most: 700 }));
    }

    #[test]
    fn a_price_may_name_its_currency() {
        for text in ["9.99", "9,99", "9.99 USD", "usd 9.99", " 9.99usd "] {
            assert_eq!(price(text, Currency::Usd), Ok(Fiat::new(999, Currency::Usd)), "{text}");
        }
        assert_eq!(price("9.99 EUR", Currency::Usd), Err(Unfit::Price(PriceError::NotANumber)));
        assert_eq!(price("0", Currency::Usd), Err(Unfit::Price(PriceError::NotPositive)));
        assert_eq!(price("🦉", Currency::Usd), Err(Unfit::Price(PriceError::NotANumber)));
    }

    #[test]
    fn a_quantity_is_a_whole_number() {
        assert_eq!(quantity(" 5 "), Ok(5));
        for text in ["0", "101", "-1", "1.5", "many", ""] {
            assert_eq!(quantity(text), Err(Unfit::Quantity), "{text}");
        }
    }

    #[test]
    fn prices_by_quantity_are_lines_of_a_number_and_a_price() {
        let step = |from, minor| VolumePrice { from, minor };
        for text in ["5 8.00\n10 7,50", "5: 8\n\n10: 7.5 USD", "5=8;10 - 7.50", " 5  8.00 \r\n10\t7.50"] {
            assert_eq!(volume(text, Currency::Usd), Ok(vec![step(5, 800), step(10, 750)]), "{text}");
        }
        for text in ["five 8", "5", "5.5", "0 8", "101 8", "🦉", "-5 8"] {
            assert!(volume(text, Currency::Usd).is_err(), "{text}");
        }
        assert_eq!(volume("5 8\nx", Currency::Usd), Err(Unfit::Volume { line: 2 }));
        assert_eq!(volume(" \n ", Currency::Usd), Err(Unfit::Empty));
    }

    #[test]
    fn a_period_is_a_whole_number_of_days() {
        assert_eq!(days(" 30 "), Ok(30));
        for text in ["0", "3661", "-1", "1.5", "a week", ""] {
            assert_eq!(days(text), Err(Unfit::Days), "{text}");
        }
    }

    #[test]
    fn a_file_name_is_no_path() {
        assert_eq!(file_name(Some("../../etc/passwd")), "passwd");
        assert_eq!(file_name(Some("C:\\keys\\guide.pdf")), "guide.pdf");
        assert_eq!(file_name(None), "file");
        assert_eq!(file_name(Some("a/")), "file");
    }

    #[test]
    fn an_id_can_be_read_and_is_one() {
        assert_eq!(id_of("Editor Pro 2!", "abc234"), "editor-pro-2-abc234");
        assert_eq!(id_of("Ключи", "abc234"), "item-abc234");
        assert_eq!(id_of("Twelve recipes for coffee", "abc234"), "twelve-recipes-fo-abc234");
    }

    proptest! {
        #[test]
        fn whatever_a_thing_is_called_it_gets_an_id(name in "\\PC{0,80}") {
            prop_assert!(is_id(&id_of(&name, &new_tail())));
        }
    }
}
