//! The whole payment policy on one page: what the provider's answer about an invoice means for its order.
//! Total and pure; an answer that is not understood never delivers.

use crate::domain::coin::Coin;
use crate::domain::invoice::{Invoice, InvoiceNumber, InvoiceState};
use crate::domain::money::{CoinAmount, Currency, Fiat};

/// What the provider calls the state of an invoice (fact sheet 11.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Created,
    Partial,
    Paid,
    Overpaid,
    Canceled,
    /// A word that the fact sheet does not know.
    Other(String),
}

/// What the provider answered to our own authenticated question about one invoice. Everything but number and status may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub number: InvoiceNumber,
    pub status: Status,
    /// The full coin code, as the provider wrote it.
    pub coin: Option<String>,
    pub address: Option<String>,
    /// The invoice's amount in the coin.
    pub amount: Option<CoinAmount>,
    /// What the payer must send, client-side fees included.
    pub amount_to_pay: Option<CoinAmount>,
    /// What has arrived on the address.
    pub amount_paid: Option<CoinAmount>,
    /// What is still missing.
    pub to_surcharge: Option<CoinAmount>,
    /// The price as we asked for it, when both parts are there.
    pub price: Option<Fiat>,
    /// The `order_id` that we gave it: our invoice id.
    pub label: Option<String>,
    pub test_mode: bool,
    /// Hashes of the transactions that paid it.
    pub txs: Vec<String>,
    /// The provider's end of the offer, in unix seconds UTC.
    pub expires_at: Option<i64>,
    /// Whether the payer bears the transfer fee.
    pub client_pays_fee: bool,
    /// Whether the payer bears the service fee.
    pub client_pays_service_fee: bool,
    pub fee: Option<CoinAmount>,
    pub service_fee: Option<CoinAmount>,
}

/// What part of an answer does not belong to the invoice that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mismatch {
    Number,
    Label,
    Coin,
    Address,
    Price,
}

/// How the shop wants doubtful money treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether test-mode invoices are served: in a rehearsal only.
    pub accept_test_invoices: bool,
}

/// How an order stands towards one of its invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderPayment {
    /// Its price has not come yet.
    Unpaid,
    /// This invoice paid for it.
    PaidByThis,
    /// Another invoice, or credit, paid for it.
    PaidByAnother,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing has come; the offer still stands, or was withdrawn and is only watched.
    Wait,
    /// Part of the money has come and the offer still stands.
    Partial { paid: CoinAmount, rest: CoinAmount },
    /// The price has come: serve the order. `surplus` is what came on top.
    Deliver { surplus: CoinAmount },
    /// The same payment was booked before; `surplus` is what has come on top since the price.
    Settled { surplus: CoinAmount },
    /// The order was paid otherwise: this money is the buyer's.
    Duplicate { paid: CoinAmount },
    /// The offer is over and nothing came.
    Expire,
    /// The offer is over and only part of the money came: it is the buyer's.
    Short { paid: CoinAmount },
    /// The answer is not about the invoice that we made: a person must look.
    Mismatch(Mismatch),
    /// Test money, which buys nothing here.
    TestMode,
    /// A status that we do not know: keep asking, tell the seller.
    Unknown(String),
}

/// Decides what `answer` means for `invoice` of an order that stands as `payment`, at `now` (unix seconds UTC).
pub fn decide(invoice: &Invoice, payment: OrderPayment, answer: &Answer, rules: Rules, now: i64) -> Verdict {
    if let Some(mismatch) = mismatch(invoice, answer) {
        return Verdict::Mismatch(mismatch);
    }
    let due = invoice.due.unwrap_or(CoinAmount::ZERO);
    let paid = amount_paid(invoice, answer).unwrap_or(CoinAmount::ZERO);
    let over = offer_is_over(invoice, now) || answer.status == Status::Canceled;
    match &answer.status {
        _ if answer.test_mode && !rules.accept_test_invoices && asserts_money(answer, paid) => Verdict::TestMode,
        Status::Paid | Status::Overpaid => {
            // `paid` may have been given by hand for less, or the amount may be left out: the status is the provider's word.
            let surplus = paid.minus(due);
            match payment {
                OrderPayment::Unpaid => Verdict::Deliver { surplus },
                OrderPayment::PaidByThis => Verdict::Settled { surplus },
                OrderPayment::PaidByAnother => Verdict::Duplicate { paid: if paid.is_zero() { due } else { paid } },
            }
        }
        // What was booked stays booked: an older answer that arrives late takes nothing back.
        Status::Partial | Status::Created | Status::Canceled if payment == OrderPayment::PaidByThis => {
            Verdict::Settled { surplus: paid.minus(due) }
        }
        Status::Partial if payment == OrderPayment::PaidByAnother => Verdict::Duplicate { paid },
        Status::Partial if over => Verdict::Short { paid },
        Status::Partial => Verdict::Partial { paid, rest: answer.to_surcharge.filter(|rest| !rest.is_zero()).unwrap_or(due.minus(paid)) },
        // A cancelled invoice that holds money is not an empty one, whatever its status says.
        Status::Created | Status::Canceled if !paid.is_zero() => match payment {
            OrderPayment::PaidByAnother => Verdict::Duplicate { paid },
            _ if over => Verdict::Short { paid },
            _ => Verdict::Partial { paid, rest: answer.to_surcharge.unwrap_or(due.minus(paid)) },
        },
        // Taken back at the provider before its time: nobody should pay to that address any more.
        Status::Created | Status::Canceled if invoice.state == InvoiceState::Offered && over => Verdict::Expire,
        Status::Created | Status::Canceled => Verdict::Wait,
        Status::Other(word) => Verdict::Unknown(word.clone()),
    }
}

/// What has come to an invoice, as far as the answer tells. The field may be missing (fact sheet section 5); then what is still missing
/// tells it, of an invoice of which the status says that money came.
pub fn amount_paid(invoice: &Invoice, answer: &Answer) -> Option<CoinAmount> {
    let whole = answer.amount_to_pay.or(answer.amount).or(invoice.due);
    let from_rest = || match answer.status {
        Status::Partial => Some(whole?.minus(answer.to_surcharge.filter(|rest| !rest.is_zero())?)),
        _ => None,
    };
    answer.amount_paid.filter(|paid| !paid.is_zero()).or_else(from_rest).or(answer.amount_paid)
}

/// Whether the answer says that money came, but not how much: then a person must look.
pub fn amount_is_untold(invoice: &Invoice, answer: &Answer) -> bool {
    let told = amount_paid(invoice, answer).is_some_and(|paid| !paid.is_zero());
    matches!(answer.status, Status::Partial | Status::Overpaid) && !told
}

fn asserts_money(answer: &Answer, paid: CoinAmount) -> bool {
    matches!(answer.status, Status::Paid | Status::Overpaid | Status::Partial) || !paid.is_zero()
}

/// What the buyer must be told to send, from the answer read right after creating (fact sheet 11.2); nothing when there is no amount.
/// Too much ends as `overpaid`, which is served; too little as `partial`, which is not: so every doubt adds.
pub fn amount_due(answer: &Answer) -> Option<CoinAmount> {
    let amount = answer.amount.filter(|amount| !amount.is_zero())?;
    if let Some(to_pay) = answer.amount_to_pay.filter(|to_pay| !to_pay.is_zero()) {
        return Some(amount.max(to_pay));
    }
    let add =
        |sum: CoinAmount, bears: bool, fee: Option<CoinAmount>| if bears { sum.plus(fee.unwrap_or(CoinAmount::ZERO)) } else { Some(sum) };
    let with_fee = add(amount, answer.client_pays_fee, answer.fee)?;
    add(with_fee, answer.client_pays_service_fee, answer.service_fee)
}

/// What money that bought nothing is worth to its owner: the share of the price that it is of the amount due, rounded down.
pub fn worth(invoice: &Invoice, paid: CoinAmount) -> Fiat {
    let none = Fiat::new(0, invoice.price.currency);
    invoice.due.and_then(|due| invoice.price.share(paid, due)).unwrap_or(none)
}

/// The price in an answer, when amount and currency are both there and understood.
pub fn price_of(amount: Option<CoinAmount>, currency: Option<&str>) -> Option<Fiat> {
    Fiat::exact(amount?.to_decimal(), Currency::parse(currency?)?)
}

fn offer_is_over(invoice: &Invoice, now: i64) -> bool {
    now >= invoice.offer_ends_at || !matches!(invoice.state, InvoiceState::Offered | InvoiceState::Creating)
}

/// The first part of the answer that contradicts what we know; parts that are missing contradict nothing.
pub fn mismatch(invoice: &Invoice, answer: &Answer) -> Option<Mismatch> {
    let differs = |ours: Option<&str>, theirs: Option<&str>| matches!((ours, theirs), (Some(a), Some(b)) if a != b);
    if invoice.number.as_ref().is_some_and(|number| *number != answer.number) {
        return Some(Mismatch::Number);
    }
    if answer.label.as_ref().is_some_and(|label| *label != invoice.id) {
        return Some(Mismatch::Label);
    }
    if answer.coin.as_deref().is_some_and(|code| Coin::parse(code) != Some(invoice.coin)) {
        return Some(Mismatch::Coin);
    }
    // Hexadecimal addresses are the same in any letter case: the case is a checksum.
    let comparable = |address: &str| if address.starts_with("0x") { address.to_ascii_lowercase() } else { address.to_owned() };
    let (ours, theirs) = (invoice.address.as_deref().map(comparable), answer.address.as_deref().map(comparable));
    if differs(ours.as_deref(), theirs.as_deref()) {
        return Some(Mismatch::Address);
    }
    // One documented sample carries a fiat amount of 0.0 (fact sheet 10.3): it says nothing.
    match answer.price {
        Some(price) if price.minor != 0 && price != invoice.price => Some(Mismatch::Price),
        _ => None,
    }
}
