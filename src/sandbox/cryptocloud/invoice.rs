//! One invoice of the fake provider: what is due, what has arrived, and what that makes of it (fact sheet section 11.3).

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address;
use super::coins::{self, Coin};

/// The coin that stands in an invoice for which none was chosen.
const PLACEHOLDER: &str = "USDT_TRC20";

/// More than this cannot be sent at once, so that no sum and no product of amounts can overflow.
const AMOUNT_MAX: Decimal = Decimal::from_parts(0xa764_0000, 0x0de0_b6b3, 0, false, 0);

/// Where an invoice stands, in the provider's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Created,
    Partial,
    Paid,
    Overpaid,
    Canceled,
}

impl Status {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Partial => "partial",
            Self::Paid => "paid",
            Self::Overpaid => "overpaid",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the price has arrived.
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Paid | Self::Overpaid)
    }
}

/// Money that was sent to the address of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The hash of the transaction.
    pub tx: String,
    #[serde(with = "decimal_text")]
    pub amount: Decimal,
    /// Unix seconds UTC.
    pub at: i64,
    /// Whether it counts; a transfer that was only seen does not.
    pub confirmed: bool,
}

/// How much somebody pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// What is missing; the whole sum again when nothing is.
    Exact,
    /// Half of what `Exact` would be.
    Under,
    /// Six fifths of what `Exact` would be.
    Over,
    /// So many coins.
    Amount(Decimal),
}

/// An invoice with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// With the prefix: `INV-K7Q2ZP9M`.
    pub uuid: String,
    /// The label as it was sent: a string, a number or nothing.
    pub order_id: Value,
    /// The code of the coin, when one was chosen.
    pub chosen: Option<String>,
    /// Empty when no coin was chosen.
    pub address: String,
    /// The price in the coin.
    #[serde(with = "decimal_text")]
    pub amount: Decimal,
    /// What must arrive: the price, and the transfer fee when the payer bears it.
    #[serde(with = "decimal_text")]
    pub amount_to_pay: Decimal,
    #[serde(with = "decimal_text")]
    pub amount_usd: Decimal,
    #[serde(with = "decimal_text")]
    pub amount_in_fiat: Decimal,
    pub fiat_currency: String,
    /// Whether the payer bears the transfer fee.
    pub client_pays: bool,
    pub status: Status,
    /// Unix microseconds UTC.
    pub created_micros: i64,
    /// Unix microseconds UTC.
    pub expires_micros: i64,
    /// Unix microseconds UTC of the last change to paid or overpaid.
    pub finished_micros: Option<i64>,
    pub test_mode: bool,
    pub payments: Vec<Transfer>,
    /// How many notifications left for the project, forged and repeated ones included.
    pub postbacks_sent: u32,
    /// The status answered to the last one, or `refused`, `lost`, `nowhere` (no URL is set).
    pub last_postback: Option<String>,
}

impl Invoice {
    /// The coin, or the one that stands in for it.
    pub fn coin(&self) -> Option<&'static Coin> {
        coins::find(self.chosen.as_deref().unwrap_or(PLACEHOLDER))
    }

    /// What has arrived for certain.
    pub fn paid(&self) -> Decimal {
        self.payments.iter().filter(|transfer| transfer.confirmed).map(|transfer| transfer.amount).sum()
    }

    /// What is still missing; nothing when all is there.
    pub fn missing(&self) -> Decimal {
        (self.amount_to_pay - self.paid()).max(Decimal::ZERO)
    }

    /// What this payment comes to, or why it cannot be made.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn worth(&self, payment: Payment) -> Result<Decimal, String> {
        if self.address.is_empty() {
            return Err("this invoice has no address: create it with a cryptocurrency".to_owned());
        }
        let missing = self.missing();
        let whole = if missing.is_zero() { self.amount_to_pay } else { missing };
        let places = self.coin().map_or(6, Coin::decimals);
        let rounded = |part: Decimal| part.round_dp_with_strategy(whole.scale().max(6).min(places), RoundingStrategy::ToZero);
        let amount = match payment {
            Payment::Exact => whole,
            Payment::Under => rounded(whole * Decimal::new(5, 1)),
            Payment::Over => rounded(whole * Decimal::new(12, 1)),
            Payment::Amount(amount) => amount,
        };
        if amount <= Decimal::ZERO {
            return Err("the amount must be more than zero".to_owned());
        }
        if amount > AMOUNT_MAX {
            return Err(format!("nobody has that many coins: send at most {AMOUNT_MAX}"));
        }
        if amount.normalize().scale() > places {
            return Err(format!("this coin has {places} decimals: send an amount with no more"));
        }
        Ok(amount.normalize())
    }

    /// Puts a transfer on the chain. It counts at once, or after [`Self::confirm`]. Returns whether the project is to be notified.
    pub fn receive(&mut self, amount: Decimal, confirmed: bool, now_micros: i64) -> bool {
        let number = self.payments.len().to_be_bytes();
        let hash = address::hash(&[self.address.as_bytes(), &number]);
        let tx = self.coin().map(|coin| address::transaction(coin.network, &hash)).unwrap_or_default();
        self.payments.push(Transfer { tx, amount, at: now_micros.div_euclid(1_000_000), confirmed });
        confirmed && self.settle(now_micros)
    }

    /// Lets everything count that was only seen. Returns whether the project is to be notified.
    pub fn confirm(&mut self, now_micros: i64) -> bool {
        self.payments.iter_mut().for_each(|transfer| transfer.confirmed = true);
        self.settle(now_micros)
    }

    /// Ends an invoice for which nothing has arrived once its time is up. Returns whether it ended now.
    pub fn expire(&mut self, now_micros: i64) -> bool {
        let due = self.status == Status::Created && self.expires_micros <= now_micros;
        if due {
            self.status = Status::Canceled;
        }
        due
    }

    /// Draws the status from what has arrived. Late money that is not enough leaves a cancelled invoice cancelled.
    fn settle(&mut self, now_micros: i64) -> bool {
        let (paid, due) = (self.paid(), self.amount_to_pay);
        let next = match self.status {
            before if paid.is_zero() => before,
            Status::Canceled if paid < due => Status::Canceled,
            _ if paid < due => Status::Partial,
            _ if paid == due => Status::Paid,
            _ => Status::Overpaid,
        };
        let changed = next != self.status;
        self.status = next;
        let notify = changed && next.is_paid();
        if notify {
            self.finished_micros = Some(now_micros);
        }
        notify
    }

    /// The price as people write it: `25.00`, and `500` in yen.
    fn price_text(&self) -> String {
        let mut price = self.amount_in_fiat.normalize();
        if price.scale() < 2 && !matches!(self.fiat_currency.as_str(), "JPY" | "VND") {
            price.rescale(2);
        }
        price.to_string()
    }

    /// The invoice as the control API shows it: amounts are decimal strings, times unix seconds.
    pub fn json(&self) -> Value {
        let coin = self.coin();
        let plain = |amount: Decimal| amount.normalize().to_string();
        let transfer = |transfer: &Transfer| json!({"tx": transfer.tx, "amount": plain(transfer.amount), "at": transfer.at, "confirmed": transfer.confirmed});
        json!({
            "uuid": self.uuid,
            "order_id": self.order_id,
            "coin": coin.map(|coin| coin.code),
            "network": coin.map(|coin| coin.network.fullname()),
            "address": self.address,
            "amount": plain(self.amount),
            "amount_to_pay": plain(self.amount_to_pay),
            "amount_in_fiat": self.price_text(),
            "fiat_currency": self.fiat_currency,
            "amount_paid": plain(self.paid()),
            "to_surcharge": plain(self.missing()),
            "status": self.status,
            "created_at": self.created_micros.div_euclid(1_000_000),
            "expires_at": self.expires_micros.div_euclid(1_000_000),
            "test_mode": self.test_mode,
            "payments": self.payments.iter().map(transfer).collect::<Vec<_>>(),
            "postbacks_sent": self.postbacks_sent,
            "last_postback": self.last_postback,
        })
    }
}

/// Decimals in the saved state: as text, every digit.
mod decimal_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoice() -> Invoice {
        Invoice {
            uuid: "INV-K7Q2ZP9M".to_owned(),
            order_id: Value::Null,
            chosen: Some("USDT_TRC20".to_owned()),
            address: "T".to_owned(),
            amount: Decimal::from(10),
            amount_to_pay: Decimal::from(10),
            amount_usd: Decimal::from(10),
            amount_in_fiat: Decimal::from(10),
            fiat_currency: "USD".to_owned(),
            client_pays: false,
            status: Status::Created,
            created_micros: 0,
            expires_micros: 60_000_000,
            finished_micros: None,
            test_mode: false,
            payments: Vec::new(),
            postbacks_sent: 0,
            last_postback: None,
        }
    }

    fn pay(invoice: &mut Invoice, payment: Payment) -> (Status, bool) {
        let amount = invoice.worth(payment).unwrap();
        let notify = invoice.receive(amount, true, 1);
        (invoice.status, notify)
    }

    #[test]
    fn a_part_then_the_rest_then_too_much() {
        let mut invoice = invoice();
        assert_eq!(pay(&mut invoice, Payment::Under), (Status::Partial, false));
        assert_eq!(invoice.missing(), Decimal::from(5));
        assert_eq!(pay(&mut invoice, Payment::Exact), (Status::Paid, true));
        assert_eq!(pay(&mut invoice, Payment::Exact), (Status::Overpaid, true));
        assert_eq!(invoice.paid(), Decimal::from(20));
        assert_eq!(pay(&mut invoice, Payment::Under), (Status::Overpaid, false), "nothing changed, so nothing is told");
    }

    #[test]
    fn late_money_pays_a_cancelled_invoice_only_when_it_is_enough() {
        let mut invoice = invoice();
        invoice.expire(59_999_999);
        assert_eq!(invoice.status, Status::Created);
        invoice.expire(60_000_000);
        assert_eq!(invoice.status, Status::Canceled);
        assert_eq!(pay(&mut invoice, Payment::Under), (Status::Canceled, false));
        assert_eq!(pay(&mut invoice, Payment::Exact), (Status::Paid, true));
    }

    #[test]
    fn an_invoice_with_part_of_the_money_does_not_expire() {
        let mut invoice = invoice();
        pay(&mut invoice, Payment::Under);
        invoice.expire(i64::MAX);
        assert_eq!(invoice.status, Status::Partial);
    }

    #[test]
    fn money_that_was_only_seen_counts_once_it_is_confirmed() {
        let mut invoice = invoice();
        assert!(!invoice.receive(Decimal::from(10), false, 1));
        assert_eq!((invoice.status, invoice.paid()), (Status::Created, Decimal::ZERO));
        assert!(invoice.confirm(2));
        assert_eq!(invoice.status, Status::Paid);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let mut invoice = invoice();
        assert!(invoice.worth(Payment::Amount(Decimal::ZERO)).is_err());
        assert!(invoice.worth(Payment::Amount(Decimal::new(1, 7))).is_err(), "USDT has six decimals");
        invoice.address.clear();
        assert!(invoice.worth(Payment::Exact).is_err());
    }
}
