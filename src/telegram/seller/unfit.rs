//! What was wrong with something typed, in words that say what to do.

use crate::domain::goods::DAYS_MAX;
use crate::domain::money::PriceError;
use crate::domain::product::QUANTITY_MAX;
use crate::locale::{Text, Words};
use crate::shop::fields::Unfit;

/// The sentence for it.
pub(super) fn words(words: Words, unfit: Unfit) -> String {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    words.html(match unfit {
        Unfit::Empty => Text::WrongEmpty,
        Unfit::TooLong { chars, most } => Text::WrongTooLong { chars: count(chars), most: count(most) },
        Unfit::Price(PriceError::NotANumber) => Text::WrongPrice,
        Unfit::Price(PriceError::TooPrecise) => Text::WrongPricePrecise,
        Unfit::Price(PriceError::NotPositive) => Text::WrongPriceZero,
        Unfit::Price(PriceError::TooLarge) => Text::WrongPriceLarge,
        Unfit::Quantity => Text::WrongQuantity { most: i64::from(QUANTITY_MAX) },
        Unfit::Days => Text::WrongDaysOnly { most: i64::from(DAYS_MAX) },
        Unfit::TooManyChoices { choices, most } => Text::WrongChoicesMany { count: count(choices), most: count(most) },
        Unfit::Volume { line } => Text::WrongVolumeLine { line: count(line) },
    })
}
