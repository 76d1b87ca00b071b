//! Ways in which one product is sold, each with a price of its own, and prices that fall with the quantity.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::language::Localized;
use crate::domain::money::Fiat;
use crate::domain::product::Product;

/// Longest id of an option, in bytes: a button's data holds it beside a product and a coin (Bot API: 64 bytes).
pub const OPTION_ID_BYTES_MAX: usize = 12;
/// Most options of a product: each is a button.
pub const OPTIONS_MAX: usize = 12;
/// Most prices by quantity.
pub const VOLUME_MAX: usize = 5;
/// Longest name of an option, in characters: it stands on a button, and behind the product's name in an order.
pub const OPTION_NAME_CHARS_MAX: usize = 30;

/// Names an option of a product for ever: orders, stock, buttons and the catalog file use it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OptionId(String);

impl OptionId {
    /// The id, when `text` may be one: 1 to 12 of `a-z 0-9 - _`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() <= OPTION_ID_BYTES_MAX && crate::domain::product::is_id(text);
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A price of one unit, from a quantity on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumePrice {
    /// At least 2.
    pub from: u32,
    /// Of one unit, in minor units of the product's currency.
    pub minor: i64,
}

/// One way in which a product is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductOption {
    pub id: OptionId,
    pub name: Localized,
    /// Of one unit.
    pub price: Fiat,
    /// By rising quantity, with falling prices.
    pub volume: Vec<VolumePrice>,
    /// For invites: how long a buyer stays; none: as the product says.
    pub days: Option<u32>,
}

/// Why prices by quantity are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeError {
    /// More than [`VOLUME_MAX`].
    TooMany,
    /// A quantity is not above the one before it, or is below 2.
    Quantity,
    /// A price is not below the one before it.
    Price,
}

/// Checks prices by quantity against the price of a single unit.
pub fn check_volume(price: Fiat, volume: &[VolumePrice]) -> Result<(), VolumeError> {
    if volume.len() > VOLUME_MAX {
        return Err(VolumeError::TooMany);
    }
    let mut before = VolumePrice { from: 1, minor: price.minor };
    for step in volume {
        if step.from <= before.from {
            return Err(VolumeError::Quantity);
        }
        if step.minor >= before.minor || step.minor <= 0 {
            return Err(VolumeError::Price);
        }
        before = *step;
    }
    Ok(())
}

fn price_at(price: Fiat, volume: &[VolumePrice], quantity: u32) -> Fiat {
    let step = volume.iter().rev().find(|step| quantity >= step.from);
    step.map_or(price, |step| Fiat::new(step.minor, price.currency))
}

impl Product {
    /// The option with this id.
    pub fn option(&self, id: &OptionId) -> Option<&ProductOption> {
        self.options.iter().find(|option| option.id == *id)
    }

    /// Whether this is a whole choice: an option that there is, or none where there are none.
    pub fn is_choice(&self, option: Option<&OptionId>) -> bool {
        option.map_or(self.options.is_empty(), |id| self.option(id).is_some())
    }

    /// What one of `quantity` units costs; none when the option is missing, or none of this product.
    pub fn unit_price(&self, option: Option<&OptionId>, quantity: u32) -> Option<Fiat> {
        match option {
            Some(id) => self.option(id).map(|option| price_at(option.price, &option.volume, quantity)),
            None if self.options.is_empty() => Some(price_at(self.price, &self.volume, quantity)),
            None => None,
        }
    }

    /// The prices by quantity of a choice.
    pub fn volume_of(&self, option: Option<&OptionId>) -> &[VolumePrice] {
        match option {
            Some(id) => self.option(id).map_or(&[], |option| &option.volume),
            None => &self.volume,
        }
    }

    /// How long somebody who buys this choice stays, for invites; none: for good.
    pub fn days_of(&self, option: Option<&OptionId>) -> Option<u32> {
        let own = option.and_then(|id| self.option(id)).and_then(|option| option.days);
        own.or_else(|| self.invite.as_ref().and_then(|invite| invite.days))
    }

    /// The name of a choice, as an order keeps it: the product's, and the option's behind it.
    pub fn name_of(&self, option: Option<&OptionId>, language: &str) -> String {
        let name = self.name.get(language);
        match option.and_then(|id| self.option(id)) {
            Some(option) => format!("{name} · {}", option.name.get(language)),
            None => name.to_owned(),
        }
    }

    /// A product with options costs what the cheapest of them costs: lists show it.
    pub fn with_price_of_options(mut self) -> Self {
        if let Some(lowest) = self.options.iter().map(|option| option.price.minor).min() {
            self.price.minor = lowest;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn an_option_id_is_short() {
        assert!(OptionId::parse("one-year").is_some());
        for wrong in ["", "One", "a b", "thirteen-long"] {
            assert_eq!(OptionId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn prices_fall_with_the_quantity() {
        let usd = |minor| Fiat::new(minor, Currency::Usd);
        let volume = [VolumePrice { from: 5, minor: 800 }, VolumePrice { from: 10, minor: 700 }];
        assert_eq!(check_volume(usd(1_000), &volume), Ok(()));
        for (quantity, minor) in [(1, 1_000), (4, 1_000), (5, 800), (9, 800), (10, 700), (100, 700)] {
            assert_eq!(price_at(usd(1_000), &volume, quantity), usd(minor), "{quantity}");
        }
    }

    #[test]
    fn prices_by_quantity_that_make_no_sense_are_refused() {
        let check = |volume: &[(u32, i64)]| {
            let volume: Vec<_> = volume.iter().map(|(from, minor)| VolumePrice { from: *from, minor: *minor }).collect();
            check_volume(Fiat::new(1_000, Currency::Usd), &volume)
        };
        assert_eq!(check(&[(1, 900)]), Err(VolumeError::Quantity));
        assert_eq!(check(&[(5, 900), (5, 800)]), Err(VolumeError::Quantity));
        assert_eq!(check(&[(5, 1_000)]), Err(VolumeError::Price));
        assert_eq!(check(&[(5, 800), (6, 800)]), Err(VolumeError::Price));
        assert_eq!(check(&[(5, 0)]), Err(VolumeError::Price));
        assert_eq!(check(&[(2, 9), (3, 8), (4, 7), (5, 6), (6, 5), (7, 4)]), Err(VolumeError::TooMany));
    }
}
