//! What the provider is asked for, and the answers that are not about one invoice.

use crate::domain::coin::Coin;
use crate::domain::money::{CoinAmount, Fiat};
use crate::domain::settlement::{Answer, Mismatch, Price};

/// An invoice to be made, in one coin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoice {
    /// Our own id, which comes back as `order_id`: short, ASCII, used once.
    pub label: String,
    pub price: Fiat,
    pub coin: Coin,
    /// How long it can be paid, in seconds; counted in minutes on the wire.
    pub lifetime_secs: i64,
}

/// What the shop holds of one coin at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The full coin code.
    pub code: String,
    /// Whether the account takes the coin, where that is said.
    pub enabled: Option<bool>,
    pub amount: CoinAmount,
    /// The part that can be withdrawn.
    pub available: Option<CoinAmount>,
    /// All of it in US dollars, at the provider's rate of the moment.
    pub usd: Option<CoinAmount>,
}

/// How many invoices there were, and what they came to in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub count: u64,
    pub usd: CoinAmount,
}

/// Invoices of some days, by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    pub all: Figure,
    pub created: Figure,
    pub paid: Figure,
    pub overpaid: Figure,
    pub partial: Figure,
    pub canceled: Figure,
}

/// Whether the provider made what was asked for: it ignores fields that it does not know, so a mistake gives an invoice all the same.
///
/// # Errors
/// The first part that differs. What the answer leaves out differs from nothing.
pub fn check_echo(asked: &NewInvoice, answer: &Answer) -> Result<(), Mismatch> {
    let coin = answer.coin.as_deref().is_none_or(|code| Coin::parse(code) == Some(asked.coin));
    let price = answer.price.is_none_or(|price| price == Price::Known(asked.price));
    let label = answer.label.as_ref().is_none_or(|label| *label == asked.label);
    match () {
        () if !label => Err(Mismatch::Label),
        () if !coin => Err(Mismatch::Coin),
        () if !price => Err(Mismatch::Price),
        () => Ok(()),
    }
}
