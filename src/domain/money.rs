//! Money that is exact: fiat in integer minor units with its currency, coin amounts as decimals read from text.
//! No floating point touches an amount.

use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// A price above this is refused, so that no product of price and quantity can overflow (in minor units).
pub const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// The 25 fiat currencies in which the provider takes prices (fact sheet section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[rustfmt::skip]
pub enum Currency {
    Usd, Uzs, Kgs, Kzt, Amd, Azn, Byn, Aud, Try, Aed, Cad, Cny, Hkd, Idr, Inr, Jpy, Php, Sgd, Thb, Vnd, Myr, Rub, Uah, Eur, Gbp,
}

impl Currency {
    /// Every currency, in the provider's order.
    #[rustfmt::skip]
    pub const ALL: [Self; 25] = [
        Self::Usd, Self::Uzs, Self::Kgs, Self::Kzt, Self::Amd, Self::Azn, Self::Byn, Self::Aud, Self::Try, Self::Aed, Self::Cad, Self::Cny,
        Self::Hkd, Self::Idr, Self::Inr, Self::Jpy, Self::Php, Self::Sgd, Self::Thb, Self::Vnd, Self::Myr, Self::Rub, Self::Uah, Self::Eur,
        Self::Gbp,
    ];

    /// The ISO 4217 code, in capitals.
    pub fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Uzs => "UZS",
            Self::Kgs => "KGS",
            Self::Kzt => "KZT",
            Self::Amd => "AMD",
            Self::Azn => "AZN",
            Self::Byn => "BYN",
            Self::Aud => "AUD",
            Self::Try => "TRY",
            Self::Aed => "AED",
            Self::Cad => "CAD",
            Self::Cny => "CNY",
            Self::Hkd => "HKD",
            Self::Idr => "IDR",
            Self::Inr => "INR",
            Self::Jpy => "JPY",
            Self::Php => "PHP",
            Self::Sgd => "SGD",
            Self::Thb => "THB",
            Self::Vnd => "VND",
            Self::Myr => "MYR",
            Self::Rub => "RUB",
            Self::Uah => "UAH",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
        }
    }

    /// How many digits stand after the decimal point (ISO 4217).
    pub fn digits(self) -> u32 {
        match self {
            Self::Jpy | Self::Vnd => 0,
            _ => 2,
        }
    }

    /// The currency with this code, in any letter case.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.code().eq_ignore_ascii_case(code.trim()))
    }
}

/// An amount of fiat money: a price, a total, a balance. May be negative only as a ledger entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fiat {
    /// In the currency's smallest unit (cents).
    pub minor: i64,
    /// The currency of it.
    pub currency: Currency,
}

/// Why a text is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("not a number")]
    NotANumber,
    #[error("more digits after the point than the currency has")]
    TooPrecise,
    #[error("must be more than zero")]
    NotPositive,
    #[error("too large")]
    TooLarge,
}

impl Fiat {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a price that a person typed: `9.99`, `9,99`, `1 200`. A comma is a decimal point, never one of thousands.
    ///
    /// # Errors
    /// When it is no positive number that the currency can express, up to [`PRICE_MINOR_MAX`].
    pub fn parse_price(text: &str, currency: Currency) -> Result<Self, PriceError> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect();
        let plain = plain.replace(',', ".");
        if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return Err(PriceError::NotANumber);
        }
        let value = Decimal::from_str(&plain).map_err(|_| PriceError::NotANumber)?;
        // Whoever writes 1,500 or 2.000 may mean thousands: a price a thousand times too low is worse than one more question.
        if value.scale() > currency.digits() {
            return Err(PriceError::TooPrecise);
        }
        let price = Self::exact(value, currency).ok_or(PriceError::TooPrecise)?;
        match price.minor {
            minor if minor <= 0 => Err(PriceError::NotPositive),
            minor if minor > PRICE_MINOR_MAX => Err(PriceError::TooLarge),
            _ => Ok(price),
        }
    }

    /// The amount as a decimal of the currency's main unit.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }

    /// The amount that is nearest to `value` of the main unit; half a minor unit counts as a whole one.
    pub fn nearest(value: Decimal, currency: Currency) -> Option<Self> {
        Self::exact(value.round_dp_with_strategy(currency.digits(), RoundingStrategy::MidpointAwayFromZero), currency)
    }

    /// `value` of the main unit, when the currency can express it exactly.
    pub fn exact(value: Decimal, currency: Currency) -> Option<Self> {
        let minor = value.checked_mul(scale(currency))?;
        minor.fract().is_zero().then(|| minor.to_i64().map(|minor| Self { minor, currency }))?
    }

    /// The part of this amount that `part` is of `whole`, rounded down to a minor unit; nothing when `whole` is not positive.
    pub fn share(self, part: CoinAmount, whole: CoinAmount) -> Option<Self> {
        if whole.0 <= Decimal::ZERO {
            return None;
        }
        let minor = Decimal::from(self.minor).checked_mul(part.0)?.checked_div(whole.0)?.floor();
        minor.to_i64().map(|minor| Self { minor, currency: self.currency })
    }

    /// This amount `quantity` times.
    pub fn times(self, quantity: u32) -> Option<Self> {
        self.minor.checked_mul(i64::from(quantity)).map(|minor| Self { minor, currency: self.currency })
    }

    /// The number alone, as a machine reads it: `9.99`.
    pub fn number(self) -> String {
        self.to_decimal().to_string()
    }
}

/// As a person reads it: `9.99 USD`.
impl fmt::Display for Fiat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency.code())
    }
}

fn scale(currency: Currency) -> Decimal {
    Decimal::from(10_i64.pow(currency.digits()))
}

/// An amount of some coin, exact, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoinAmount(Decimal);

impl CoinAmount {
    /// No coin at all.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Reads a decimal as it may stand in JSON: `25.01`, `1.4e-06`, `7`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let value = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()?;
        Self::from_decimal(value)
    }

    /// A decimal that is not negative.
    pub fn from_decimal(value: Decimal) -> Option<Self> {
        (value >= Decimal::ZERO).then(|| Self(value.normalize()))
    }

    /// The decimal in it.
    pub fn to_decimal(self) -> Decimal {
        self.0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum, when it can be expressed.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(|sum| Self(sum.normalize()))
    }

    /// What is left after `other` is taken away; zero when that is more.
    pub fn minus(self, other: Self) -> Self {
        self.0.checked_sub(other.0).and_then(Self::from_decimal).unwrap_or(Self::ZERO)
    }

    /// The amount in the coin's smallest units, when it is a whole number of them.
    pub fn units(self, decimals: u32) -> Option<u128> {
        let scale = Decimal::from_i128_with_scale(10_i128.checked_pow(decimals)?, 0);
        let units = self.0.checked_mul(scale)?;
        units.fract().is_zero().then(|| units.to_u128())?
    }
}

/// All digits, no exponent, no trailing zeros: exactly what a buyer must send.
impl fmt::Display for CoinAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_as_people_write_them() {
        let usd = |text| Fiat::parse_price(text, Currency::Usd);
        assert_eq!(usd("9.99").unwrap().minor, 999);
        assert_eq!(usd(" 1 200,5 ").unwrap().minor, 120_050);
        assert_eq!(usd("9.999"), Err(PriceError::TooPrecise));
        for thousands in ["1,500", "2.000", "1.000.0"] {
            assert!(usd(thousands).is_err(), "{thousands} is not guessed at");
        }
        assert_eq!(Fiat::parse_price("500,000", Currency::Vnd), Err(PriceError::TooPrecise));
        assert_eq!(usd("0"), Err(PriceError::NotPositive));
        assert_eq!(usd("-3"), Err(PriceError::NotANumber));
        assert_eq!(usd("1e5"), Err(PriceError::NotANumber));
        assert_eq!(usd("99999999999999"), Err(PriceError::TooLarge));
        assert_eq!(Fiat::parse_price("500", Currency::Jpy).unwrap().to_string(), "500 JPY");
        assert_eq!(Fiat::parse_price("500.5", Currency::Jpy), Err(PriceError::TooPrecise));
    }

    #[test]
    fn coin_amounts_keep_every_digit_and_lose_the_exponent() {
        for (text, shown) in [("1.4e-06", "0.0000014"), ("25.010", "25.01"), ("7", "7"), ("100", "100"), ("2E+2", "200"), ("0.0", "0")] {
            assert_eq!(CoinAmount::parse(text).unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "-1", "NaN", "None", "1,5"] {
            assert_eq!(CoinAmount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn smallest_units_are_whole_or_nothing() {
        let amount = CoinAmount::parse("0.0123").unwrap();
        assert_eq!(amount.units(18), Some(12_300_000_000_000_000));
        assert_eq!(amount.units(3), None);
    }

    #[test]
    fn a_share_is_rounded_down() {
        let price = Fiat::new(1000, Currency::Usd);
        let (part, whole) = (CoinAmount::parse("1").unwrap(), CoinAmount::parse("3").unwrap());
        assert_eq!(price.share(part, whole).unwrap().minor, 333);
        assert_eq!(price.share(part, CoinAmount::ZERO), None);
    }

    fn coins(text: &str) -> CoinAmount {
        CoinAmount::parse(text).unwrap()
    }

    #[test]
    fn every_currency_is_found_by_its_code_and_has_cents_unless_it_has_none() {
        for currency in Currency::ALL {
            assert_eq!(Currency::parse(&format!(" {} ", currency.code().to_lowercase())), Some(currency));
            let whole = matches!(currency, Currency::Jpy | Currency::Vnd);
            assert_eq!(currency.digits(), if whole { 0 } else { 2 }, "{currency:?}");
            assert_eq!(Fiat::new(1_250, currency).number(), if whole { "1250" } else { "12.50" }, "{currency:?}");
        }
        assert_eq!(Currency::parse("XXX"), None);
    }

    #[test]
    fn a_price_is_at_least_one_cent_and_at_most_ten_thousand_million() {
        let usd = |text| Fiat::parse_price(text, Currency::Usd);
        assert_eq!(usd("0.01").unwrap().minor, 1);
        assert_eq!(usd("10000000000").unwrap().minor, PRICE_MINOR_MAX);
        assert_eq!(usd("10000000000.01"), Err(PriceError::TooLarge));
        assert_eq!(usd("1\u{a0}200").unwrap().minor, 120_000);
        for junk in ["", " ", ".", "1.2.3", "1,2,3", "٣", "$5"] {
            assert_eq!(usd(junk), Err(PriceError::NotANumber), "{junk}");
        }
        assert_eq!(usd(&"9".repeat(28)), Err(PriceError::TooPrecise), "more than any currency can hold");
    }

    #[test]
    fn amounts_are_added_taken_away_and_multiplied_exactly_or_not_at_all() {
        assert_eq!(Fiat::new(333, Currency::Usd).times(3), Some(Fiat::new(999, Currency::Usd)));
        assert_eq!(Fiat::new(i64::MAX, Currency::Usd).times(2), None);
        assert_eq!(coins("0.1").plus(coins("0.2")), Some(coins("0.3")));
        assert_eq!(CoinAmount(Decimal::MAX).plus(coins("1")), None);
        assert_eq!(coins("1").minus(coins("0.4")), coins("0.6"));
        assert_eq!(coins("1").minus(coins("1.1")), CoinAmount::ZERO);
        assert_eq!(coins("1.50").to_decimal().to_string(), "1.5");
        assert!(coins("0.0").is_zero() && !coins("0.00000001").is_zero());
        assert_eq!(CoinAmount::from_decimal(Decimal::NEGATIVE_ONE), None);
        assert_eq!(CoinAmount::from_decimal(Decimal::ZERO), Some(CoinAmount::ZERO));
        assert_eq!(Fiat::exact(Decimal::new(-5, 1), Currency::Usd), Some(Fiat::new(-50, Currency::Usd)), "a ledger knows debts");
        assert_eq!(coins("3").units(0), Some(3));
        assert_eq!(coins("3").units(40), None);
    }
}
