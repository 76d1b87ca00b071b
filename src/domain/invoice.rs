//! Invoices: an offer to pay one order in one coin. An order may have several over time, at most one offered at once; older ones stay watched.

use std::fmt;

use crate::domain::coin::Coin;
use crate::domain::money::{CoinAmount, Fiat};
use crate::domain::order::OrderId;

/// How long money is looked for after an offer has ended, in seconds (fact sheet 12.4: hourly up to 72 h).
pub const WATCH_SECS: i64 = 72 * 3_600;

/// The provider's number of an invoice, upper case, without its `INV-` prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvoiceNumber(String);

impl InvoiceNumber {
    /// The number in `text`, with or without `INV-`, in any letter case: 1 to 32 letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let number = text.strip_prefix("INV-").unwrap_or(&text);
        let fits = (1..=32).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| Self(number.to_owned()))
    }

    /// Without the prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// With the prefix, as requests carry it.
impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INV-{}", self.0)
    }
}

/// Where an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceState {
    /// The provider is being asked for an address.
    Creating,
    /// The buyer sees the address.
    Offered,
    /// The buyer chose another coin; still watched.
    Superseded,
    /// The time was over; still watched.
    Expired,
    /// Taken back; still watched.
    Cancelled,
    /// The provider gave no address for it.
    Refused,
    /// Its money was booked.
    Settled,
}

impl InvoiceState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Creating, Self::Offered, Self::Superseded, Self::Expired, Self::Cancelled, Self::Refused, Self::Settled];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Offered => "offered",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::Settled => "settled",
        }
    }

    /// The state stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// One offer to pay one order in one coin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Our own id, which the provider knows as `order_id`: it exists before the provider's number does.
    pub id: String,
    pub order: OrderId,
    pub coin: Coin,
    pub state: InvoiceState,
    /// What the provider was asked to charge.
    pub price: Fiat,
    /// The provider's number, once it is known.
    pub number: Option<InvoiceNumber>,
    /// Where to pay, once it is known.
    pub address: Option<String>,
    /// What the buyer is told to send.
    pub due: Option<CoinAmount>,
    /// What has come so far, by the provider's word.
    pub received: CoinAmount,
    /// What is still missing, by the provider's word, when it gave one.
    pub missing: Option<CoinAmount>,
    /// Unix seconds UTC.
    pub created_at: i64,
    /// Unix seconds UTC: the address leaves the chat.
    pub offer_ends_at: i64,
    /// Unix seconds UTC: late money is looked for until then.
    pub watch_ends_at: i64,
    /// Unix seconds UTC: when the provider was last asked, 0 when never.
    pub checked_at: i64,
}

/// When to ask the provider next about an invoice, in unix seconds UTC; nothing once the watch has ended (fact sheet 12.4).
pub fn next_check_at(invoice: &Invoice, now: i64) -> Option<i64> {
    let age_secs = now - invoice.created_at;
    let after_offer_secs = now - invoice.offer_ends_at;
    let pause_secs = match () {
        () if now >= invoice.watch_ends_at => return None,
        () if after_offer_secs >= 2 * 3_600 => 3_600,
        () if after_offer_secs >= 0 => 300,
        () if age_secs < 15 * 60 => 20,
        () => 60,
    };
    // The moment the offer ends is asked about as well: nothing expires before the provider was asked.
    let next = now + pause_secs;
    Some(if after_offer_secs < 0 { next.min(invoice.offer_ends_at) } else { next.min(invoice.watch_ends_at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invoice_numbers_are_compared_without_prefix_and_case() {
        assert_eq!(InvoiceNumber::parse("inv-k7q2zp9m"), InvoiceNumber::parse("K7Q2ZP9M"));
        assert_eq!(InvoiceNumber::parse("K7Q2ZP9M").unwrap().to_string(), "INV-K7Q2ZP9M");
        for junk in ["", "INV-", "K7 Q2", "K7Q2ZP9M'--", &"A".repeat(33)] {
            assert_eq!(InvoiceNumber::parse(junk), None, "{junk}");
        }
    }

    #[test]
    fn a_number_has_up_to_thirty_two_letters_and_digits() {
        let longest = "A".repeat(32);
        assert_eq!(InvoiceNumber::parse(&longest).unwrap().as_str(), longest);
        assert_eq!(InvoiceNumber::parse(" 7 ").unwrap().as_str(), "7");
        assert_eq!(InvoiceNumber::parse("INV-INV-7"), None, "one prefix");
    }

    #[test]
    fn stored_codes_round_trip() {
        assert!(InvoiceState::ALL.into_iter().all(|state| InvoiceState::parse(state.code()) == Some(state)));
        assert_eq!(InvoiceState::parse("paid"), None);
    }

    #[test]
    fn an_invoice_is_asked_about_often_while_it_is_fresh_and_ever_less_after() {
        let invoice = Invoice {
            id: "inv-1".to_owned(),
            order: OrderId::parse("ABCDEFGH").unwrap(),
            coin: Coin::Btc,
            state: InvoiceState::Offered,
            price: Fiat::new(2_000, crate::domain::money::Currency::Usd),
            number: None,
            address: None,
            due: None,
            received: CoinAmount::ZERO,
            missing: None,
            created_at: 1_000,
            offer_ends_at: 1_000 + 3_600,
            watch_ends_at: 1_000 + 3_600 + WATCH_SECS,
            checked_at: 0,
        };
        // Seconds since it was made, and how many until the next question.
        let (offer, watch) = (3_600, 3_600 + 259_200);
        for (age, pause) in [
            (0, Some(20)),
            (899, Some(20)),
            (900, Some(60)),
            (offer - 61, Some(60)),
            (offer - 59, Some(59)),
            (offer - 1, Some(1)),
            (offer, Some(300)),
            (offer + 7_199, Some(300)),
            (offer + 7_200, Some(3_600)),
            (watch - 3_601, Some(3_600)),
            (watch - 3_599, Some(3_599)),
            (watch - 1, Some(1)),
            (watch, None),
            (watch + 1, None),
        ] {
            let now = 1_000 + age;
            assert_eq!(next_check_at(&invoice, now), pause.map(|pause| now + pause), "{age}");
        }
    }
}
