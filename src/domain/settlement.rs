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
    /// What the shop was credited with, fees taken off: at least so much has come.
    pub credited: Option<CoinAmount>,
    /// Whether the provider is done with the invoice, whatever its status says.
    pub is_closed: bool,
    /// The price, when amount and currency are both there.
    pub price: Option<Price>,
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

/// The price that an answer tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// To the nearest minor unit.
    Known(Fiat),
    /// In a currency that no shop has.
    Foreign,
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
    /// Money was seen that does not count yet: it may still be taken back. It buys nothing and is nobody's credit until the provider says
    /// more; `whole` when it would be the price.
    Unconfirmed { paid: CoinAmount, whole: bool },
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
    /// The offer is over, money came to it, and how much is not told any more: a person must look.
    Unclear,
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
        Status::Canceled if !paid.is_zero() && payment == OrderPayment::PaidByAnother => Verdict::Duplicate { paid },
        Status::Canceled if !paid.is_zero() => Verdict::Short { paid },
        // `created` stays until the provider is satisfied with what it sees (fact sheet 11.3).
        Status::Created if !paid.is_zero() => {
            let whole = paid >= due;
            if over || whole || payment == OrderPayment::PaidByAnother {
                Verdict::Unconfirmed { paid, whole }
            } else {
                Verdict::Partial { paid, rest: answer.to_surcharge.filter(|rest| !rest.is_zero()).unwrap_or(due.minus(paid)) }
            }
        }
        // Neither is one that held some before, or of which only the shop's share is told.
        Status::Created | Status::Canceled if over && held_money(invoice, answer) => Verdict::Unclear,
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

/// Whether money was at an invoice although the answer tells no amount of it now.
fn held_money(invoice: &Invoice, answer: &Answer) -> bool {
    let before = !invoice.received.is_zero();
    let credited = answer.credited.is_some_and(|credited| !credited.is_zero());
    // What was only seen may be gone again; of what was cancelled with it nobody knows.
    let is_gone = answer.status == Status::Created && answer.amount_paid.is_some_and(CoinAmount::is_zero);
    match invoice.state {
        InvoiceState::Offered => before || credited,
        // What was known of its money has been looked after.
        InvoiceState::Settled => credited && !before,
        _ => (before && !is_gone) || credited,
    }
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

/// What money that bought nothing is worth to its owner: the share of the price that it is of the amount due, rounded down. What is more than
/// can be told is the most that can, never nothing.
pub fn worth(invoice: &Invoice, paid: CoinAmount) -> Fiat {
    let of = |minor| Fiat::new(minor, invoice.price.currency);
    let Some(due) = invoice.due.filter(|due| !due.is_zero()) else { return of(0) };
    invoice.price.share(paid, due).unwrap_or(of(i64::MAX))
}

/// The price in an answer. One documented sample carries an amount of 0.0 (fact sheet 10.3): it says nothing.
pub fn price_of(amount: Option<CoinAmount>, currency: Option<&str>) -> Option<Price> {
    let (amount, currency) = (amount.filter(|amount| !amount.is_zero())?, currency?);
    let known = Currency::parse(currency).and_then(|currency| Fiat::nearest(amount.to_decimal(), currency));
    Some(known.map_or(Price::Foreign, Price::Known))
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
    answer.price.filter(|price| *price != Price::Known(invoice.price)).map(|_| Mismatch::Price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::OrderId;

    /// The offer of the invoice below ends here.
    const END: i64 = 4_600;
    const RULES: Rules = Rules { accept_test_invoices: false };
    const STATES: [InvoiceState; 7] = InvoiceState::ALL;
    const STATUSES: [fn() -> Status; 5] =
        [|| Status::Created, || Status::Partial, || Status::Paid, || Status::Overpaid, || Status::Canceled];
    const PAYMENTS: [OrderPayment; 3] = [OrderPayment::Unpaid, OrderPayment::PaidByThis, OrderPayment::PaidByAnother];

    fn coins(text: &str) -> CoinAmount {
        CoinAmount::parse(text).unwrap()
    }

    /// An invoice over 20.00 USD, payable with 10 USDT: so that coins and money are not mixed up.
    fn invoice() -> Invoice {
        Invoice {
            id: "inv-1".to_owned(),
            order: OrderId::parse("ABCDEFGH").unwrap(),
            coin: Coin::UsdtErc20,
            state: InvoiceState::Offered,
            price: Fiat::new(2_000, Currency::Usd),
            number: InvoiceNumber::parse("K7Q2ZP9M"),
            address: Some("0x77bf63bb13f56e1b8868bea87d19c0b79aa17455".to_owned()),
            due: Some(coins("10")),
            received: CoinAmount::ZERO,
            missing: None,
            created_at: 1_000,
            offer_ends_at: END,
            watch_ends_at: END + 259_200,
            checked_at: 0,
        }
    }

    /// What the provider says of it; `paid` may be left out, as every field may but two.
    fn answer(status: Status, paid: Option<&str>) -> Answer {
        Answer {
            number: InvoiceNumber::parse("K7Q2ZP9M").unwrap(),
            status,
            coin: Some("USDT_ERC20".to_owned()),
            address: invoice().address,
            amount: Some(coins("10")),
            amount_to_pay: Some(coins("10")),
            amount_paid: paid.map(coins),
            to_surcharge: None,
            credited: None,
            is_closed: false,
            price: Some(Price::Known(Fiat::new(2_000, Currency::Usd))),
            label: Some("inv-1".to_owned()),
            test_mode: false,
            txs: Vec::new(),
            expires_at: None,
            client_pays_fee: false,
            client_pays_service_fee: false,
            fee: None,
            service_fee: None,
        }
    }

    fn in_time(payment: OrderPayment, answer: &Answer) -> Verdict {
        decide(&invoice(), payment, answer, RULES, END - 1)
    }

    fn too_late(payment: OrderPayment, answer: &Answer) -> Verdict {
        decide(&invoice(), payment, answer, RULES, END)
    }

    #[test]
    fn a_paid_invoice_serves_its_order_and_what_came_on_top_is_told() {
        use OrderPayment::{PaidByAnother, PaidByThis, Unpaid};
        for status in [Status::Paid, Status::Overpaid] {
            for (paid, surplus) in [(Some("10"), "0"), (Some("12.5"), "2.5"), (None, "0"), (Some("0"), "0"), (Some("4"), "0")] {
                let (answer, surplus) = (answer(status.clone(), paid), coins(surplus));
                let all = if paid.is_none_or(|paid| paid == "0") { "10" } else { paid.unwrap() };
                for decide in [in_time, too_late] {
                    assert_eq!(decide(Unpaid, &answer), Verdict::Deliver { surplus }, "{answer:?}");
                    assert_eq!(decide(PaidByThis, &answer), Verdict::Settled { surplus }, "{answer:?}");
                    assert_eq!(decide(PaidByAnother, &answer), Verdict::Duplicate { paid: coins(all) }, "{answer:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_else_delivers_whatever_the_rest_of_the_answer_says() {
        for status in [Status::Created, Status::Partial, Status::Canceled, Status::Other("confirmed".to_owned())] {
            for (paid, rest) in [(None, None), (Some("0"), Some("10")), (Some("10"), Some("0")), (Some("99"), None)] {
                for (payment, state) in PAYMENTS.into_iter().flat_map(|payment| STATES.map(|state| (payment, state))) {
                    for (now, accept_test_invoices) in [(END - 1, true), (END, true), (END - 1, false), (END, false)] {
                        let mut answer = answer(status.clone(), paid);
                        answer.to_surcharge = rest.map(coins);
                        let invoice = Invoice { state, ..invoice() };
                        let verdict = decide(&invoice, payment, &answer, Rules { accept_test_invoices }, now);
                        assert!(!matches!(verdict, Verdict::Deliver { .. }), "{verdict:?}: {payment:?} {state:?} {answer:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_booked_stays_booked_when_an_older_answer_comes_late() {
        for (status, paid, surplus) in [
            (Status::Partial, Some("4"), "0"),
            (Status::Partial, Some("11"), "1"),
            (Status::Created, None, "0"),
            (Status::Created, Some("11"), "1"),
            (Status::Canceled, None, "0"),
            (Status::Canceled, Some("11"), "1"),
        ] {
            let answer = answer(status, paid);
            for decide in [in_time, too_late] {
                assert_eq!(decide(OrderPayment::PaidByThis, &answer), Verdict::Settled { surplus: coins(surplus) }, "{answer:?}");
            }
        }
    }

    #[test]
    fn a_part_waits_for_its_rest_while_the_offer_stands_and_is_credit_after() {
        for (told, rest) in [(None, "6"), (Some("0"), "6"), (Some("6.5"), "6.5")] {
            let mut partial = answer(Status::Partial, Some("4"));
            partial.to_surcharge = told.map(coins);
            let (paid, rest) = (coins("4"), coins(rest));
            assert_eq!(in_time(OrderPayment::Unpaid, &partial), Verdict::Partial { paid, rest }, "{told:?}");
            assert_eq!(too_late(OrderPayment::Unpaid, &partial), Verdict::Short { paid }, "{told:?}");
            assert_eq!(in_time(OrderPayment::PaidByAnother, &partial), Verdict::Duplicate { paid }, "{told:?}");
            assert_eq!(too_late(OrderPayment::PaidByAnother, &partial), Verdict::Duplicate { paid }, "{told:?}");
        }
    }

    #[test]
    fn an_offer_stands_until_its_last_second_and_only_while_it_was_not_taken_back() {
        let partial = answer(Status::Partial, Some("4"));
        for state in STATES {
            let stands = matches!(state, InvoiceState::Creating | InvoiceState::Offered);
            let verdict = decide(&Invoice { state, ..invoice() }, OrderPayment::Unpaid, &partial, RULES, END - 1);
            assert_eq!(matches!(verdict, Verdict::Partial { .. }), stands, "{state:?}");
            assert_eq!(matches!(verdict, Verdict::Short { .. }), !stands, "{state:?}");
            let verdict = decide(&Invoice { state, ..invoice() }, OrderPayment::Unpaid, &partial, RULES, END);
            assert_eq!(verdict, Verdict::Short { paid: coins("4") }, "{state:?}");
        }
    }

    #[test]
    fn a_cancelled_invoice_that_holds_money_is_not_empty() {
        let (paid, full) = (coins("4"), answer(Status::Canceled, Some("4")));
        for decide in [in_time, too_late] {
            assert_eq!(decide(OrderPayment::PaidByAnother, &full), Verdict::Duplicate { paid });
            assert_eq!(decide(OrderPayment::Unpaid, &full), Verdict::Short { paid });
        }
    }

    #[test]
    fn money_that_is_only_seen_is_nobodys_credit() {
        for (paid, whole) in [("4", false), ("10", true), ("12", true)] {
            let seen = answer(Status::Created, Some(paid));
            let unconfirmed = Verdict::Unconfirmed { paid: coins(paid), whole };
            assert_eq!(too_late(OrderPayment::Unpaid, &seen), unconfirmed);
            for decide in [in_time, too_late] {
                assert_eq!(decide(OrderPayment::PaidByAnother, &seen), unconfirmed);
            }
            // Nobody is asked to send nothing.
            assert_eq!(in_time(OrderPayment::Unpaid, &seen) == unconfirmed, whole, "{paid}");
        }
        for (told, rest) in [(None, "6"), (Some("0"), "6"), (Some("6.5"), "6.5")] {
            let part = Answer { to_surcharge: told.map(coins), ..answer(Status::Created, Some("4")) };
            assert_eq!(in_time(OrderPayment::Unpaid, &part), Verdict::Partial { paid: coins("4"), rest: coins(rest) });
        }
    }

    #[test]
    fn money_of_which_no_amount_is_told_any_more_needs_a_person() {
        for status in [Status::Created, Status::Canceled] {
            for paid in [None, Some("0")] {
                let answer = answer(status.clone(), paid);
                let credited = Answer { credited: Some(coins("3.5")), ..answer.clone() };
                for state in STATES {
                    let at = |received: &str, answer: &Answer, now| {
                        let invoice = Invoice { state, received: coins(received), ..invoice() };
                        decide(&invoice, OrderPayment::Unpaid, answer, RULES, now)
                    };
                    let settled = state == InvoiceState::Settled;
                    let gone = state != InvoiceState::Offered && status == Status::Created && paid.is_some();
                    assert_eq!(
                        at("4", &answer, END) == Verdict::Unclear,
                        !settled && !gone,
                        "{state:?}: it held some, and perhaps it was not looked after yet"
                    );
                    assert_eq!(at("0", &credited, END), Verdict::Unclear, "{state:?}");
                    assert_eq!(at("4", &credited, END) == Verdict::Unclear, !settled, "{state:?}");
                    assert_ne!(at("0", &answer, END), Verdict::Unclear, "{state:?}");
                    let open = Status::Created == status && matches!(state, InvoiceState::Offered | InvoiceState::Creating);
                    assert_eq!(at("0", &credited, END - 1) == Verdict::Wait, open, "{state:?}: there is time for it to be told");
                }
            }
        }
    }

    #[test]
    fn an_empty_offer_expires_at_its_end_or_when_the_provider_took_it_back() {
        for payment in [OrderPayment::Unpaid, OrderPayment::PaidByAnother] {
            for (state, paid) in STATES.into_iter().flat_map(|state| [(state, None), (state, Some("0"))]) {
                let invoice = Invoice { state, ..invoice() };
                let at = |status: &Status, now| decide(&invoice, payment, &answer(status.clone(), paid), RULES, now);
                let ends = if state == InvoiceState::Offered { Verdict::Expire } else { Verdict::Wait };
                assert_eq!(at(&Status::Created, END - 1), Verdict::Wait, "{state:?}");
                assert_eq!(at(&Status::Created, END), ends, "{state:?}");
                assert_eq!(at(&Status::Canceled, END - 1), ends, "{state:?}");
                assert_eq!(at(&Status::Canceled, END), ends, "{state:?}");
            }
        }
    }

    #[test]
    fn test_money_buys_nothing_outside_a_rehearsal() {
        let test = |status, paid| Answer { test_mode: true, ..answer(status, paid) };
        for status in STATUSES {
            let verdict = in_time(OrderPayment::Unpaid, &test(status(), Some("4")));
            assert_eq!(verdict, Verdict::TestMode, "{:?}", status());
            let rehearsal = Rules { accept_test_invoices: true };
            for (test_mode, rules) in [(true, rehearsal), (false, rehearsal), (false, RULES)] {
                let answer = Answer { test_mode, ..answer(status(), Some("4")) };
                assert_ne!(decide(&invoice(), OrderPayment::Unpaid, &answer, rules, END - 1), Verdict::TestMode);
            }
        }
        for status in [Status::Partial, Status::Paid, Status::Overpaid] {
            assert_eq!(in_time(OrderPayment::Unpaid, &test(status, None)), Verdict::TestMode, "the status alone says that money came");
        }
        assert_eq!(in_time(OrderPayment::Unpaid, &test(Status::Created, None)), Verdict::Wait, "nothing came: nobody is bothered");
        assert_eq!(too_late(OrderPayment::Unpaid, &test(Status::Created, Some("0"))), Verdict::Expire);
    }

    #[test]
    fn a_word_that_nobody_knows_is_told_as_it_is() {
        let answer = answer(Status::Other("frozen".to_owned()), Some("10"));
        for payment in PAYMENTS {
            assert_eq!(too_late(payment, &answer), Verdict::Unknown("frozen".to_owned()));
        }
    }

    #[test]
    fn an_answer_about_something_else_books_nothing() {
        type Change = fn(&mut Answer);
        let changes: [(Change, Option<Mismatch>); 12] = [
            (|answer| answer.number = InvoiceNumber::parse("AAAAAAAA").unwrap(), Some(Mismatch::Number)),
            (|answer| answer.label = Some("inv-2".to_owned()), Some(Mismatch::Label)),
            (|answer| answer.label = None, None),
            (|answer| answer.coin = Some("USDT_BSC".to_owned()), Some(Mismatch::Coin)),
            (|answer| answer.coin = Some("USDT".to_owned()), Some(Mismatch::Coin)),
            (|answer| answer.coin = None, None),
            (|answer| answer.address = Some("0x0000000000000000000000000000000000000001".to_owned()), Some(Mismatch::Address)),
            (|answer| answer.address = None, None),
            (|answer| answer.price = Some(Price::Known(Fiat::new(1_999, Currency::Usd))), Some(Mismatch::Price)),
            (|answer| answer.price = Some(Price::Known(Fiat::new(2_000, Currency::Eur))), Some(Mismatch::Price)),
            (|answer| answer.price = Some(Price::Foreign), Some(Mismatch::Price)),
            (|answer| answer.price = None, None),
        ];
        assert_eq!(mismatch(&invoice(), &answer(Status::Paid, Some("10"))), None);
        for (at, (change, expected)) in changes.into_iter().enumerate() {
            let mut answer = answer(Status::Paid, Some("10"));
            change(&mut answer);
            assert_eq!(mismatch(&invoice(), &answer), expected, "change {at}");
            let booked = matches!(in_time(OrderPayment::Unpaid, &answer), Verdict::Deliver { .. });
            assert_eq!(booked, expected.is_none(), "change {at}");
        }
        // What we do not know yet contradicts nothing either.
        let fresh = Invoice { number: None, address: None, ..invoice() };
        assert_eq!(mismatch(&fresh, &answer(Status::Created, None)), None);
    }

    #[test]
    fn only_hexadecimal_addresses_are_the_same_in_any_letter_case() {
        let with = |ours: &str, theirs: &str| {
            let invoice = Invoice { address: Some(ours.to_owned()), ..invoice() };
            mismatch(&invoice, &Answer { address: Some(theirs.to_owned()), ..answer(Status::Created, None) })
        };
        assert_eq!(with("0xAbCd", "0xaBcD"), None);
        assert_eq!(with("TRwiczUn", "TRwiczUn"), None);
        assert_eq!(with("TRwiczUn", "TRWICZUN"), Some(Mismatch::Address));
    }

    #[test]
    fn what_has_come_is_read_from_what_is_missing_when_the_field_is_left_out() {
        let part = |status, paid, rest: Option<&str>| {
            amount_paid(&invoice(), &Answer { to_surcharge: rest.map(coins), ..answer(status, paid) }).map(|paid| paid.to_string())
        };
        assert_eq!(part(Status::Partial, Some("4"), Some("5")).as_deref(), Some("4"), "the field comes first");
        assert_eq!(part(Status::Partial, None, Some("6")).as_deref(), Some("4"));
        assert_eq!(part(Status::Partial, Some("0"), Some("6")).as_deref(), Some("4"), "a part is not nothing");
        assert_eq!(part(Status::Partial, None, Some("0")), None, "a part that lacks nothing tells nothing");
        assert_eq!(part(Status::Partial, Some("0"), None).as_deref(), Some("0"));
        assert_eq!(part(Status::Partial, None, None), None);
        for status in [Status::Created, Status::Paid, Status::Overpaid, Status::Canceled] {
            assert_eq!(part(status, None, Some("6")), None, "no money is read from an answer that speaks of none");
        }
        // The whole is what the payer must send, else the amount, else what we told the buyer.
        let whole = |to_pay: Option<&str>, amount: Option<&str>, due: Option<&str>| {
            let (to_surcharge, amount_to_pay, amount) = (Some(coins("1")), to_pay.map(coins), amount.map(coins));
            let answer = Answer { amount, amount_to_pay, to_surcharge, ..answer(Status::Partial, None) };
            amount_paid(&Invoice { due: due.map(coins), ..invoice() }, &answer).map(|paid| paid.to_string())
        };
        assert_eq!(whole(Some("9"), Some("8"), Some("7")).as_deref(), Some("8"));
        assert_eq!(whole(None, Some("8"), Some("7")).as_deref(), Some("7"));
        assert_eq!(whole(None, None, Some("7")).as_deref(), Some("6"));
        assert_eq!(whole(None, None, None), None);
    }

    #[test]
    fn money_without_an_amount_needs_a_person() {
        let untold = |status, paid| amount_is_untold(&invoice(), &answer(status, paid));
        for paid in [None, Some("0")] {
            assert!(untold(Status::Partial, paid) && untold(Status::Overpaid, paid), "{paid:?}");
            assert!(!untold(Status::Paid, paid), "the price was paid: that is an amount");
            assert!(!untold(Status::Created, paid) && !untold(Status::Canceled, paid));
        }
        assert!(!untold(Status::Partial, Some("4")) && !untold(Status::Overpaid, Some("12")));
    }

    #[test]
    fn the_buyer_is_told_to_send_the_amount_and_every_fee_that_is_his() {
        let due = |change: fn(&mut Answer)| {
            let mut answer =
                Answer { amount_to_pay: None, fee: Some(coins("1")), service_fee: Some(coins("0.2")), ..answer(Status::Created, None) };
            change(&mut answer);
            amount_due(&answer).map(|due| due.to_string())
        };
        assert_eq!(due(|_| {}).as_deref(), Some("10"), "the seller bears both");
        assert_eq!(due(|answer| answer.client_pays_fee = true).as_deref(), Some("11"));
        assert_eq!(due(|answer| answer.client_pays_service_fee = true).as_deref(), Some("10.2"));
        assert_eq!(due(|answer| (answer.client_pays_fee, answer.client_pays_service_fee) = (true, true)).as_deref(), Some("11.2"));
        assert_eq!(due(|answer| (answer.client_pays_fee, answer.fee) = (true, None)).as_deref(), Some("10"));
        assert_eq!(due(|answer| answer.amount_to_pay = Some(coins("12"))).as_deref(), Some("12"));
        assert_eq!(due(|answer| answer.amount_to_pay = Some(coins("9"))).as_deref(), Some("10"), "every doubt adds");
        assert_eq!(due(|answer| answer.amount_to_pay = Some(CoinAmount::ZERO)).as_deref(), Some("10"));
        assert_eq!(due(|answer| answer.amount = None), None);
        assert_eq!(due(|answer| answer.amount = Some(CoinAmount::ZERO)), None);
    }

    #[test]
    fn money_is_worth_its_share_of_the_price() {
        let due = |due: Option<&str>| Invoice { due: due.map(coins), ..invoice() };
        assert_eq!(worth(&invoice(), coins("4")), Fiat::new(800, Currency::Usd));
        assert_eq!(worth(&due(Some("3")), coins("1")), Fiat::new(666, Currency::Usd), "rounded down");
        assert_eq!(worth(&due(None), coins("4")), Fiat::new(0, Currency::Usd));
        assert_eq!(worth(&due(Some("0")), coins("4")), Fiat::new(0, Currency::Usd));
        assert_eq!(worth(&due(Some("0.01")), coins("10000000000000000000")).minor, i64::MAX, "an amount in the smallest unit of a coin");
    }

    #[test]
    fn a_price_is_read_to_the_nearest_minor_unit_and_in_any_currency() {
        let usd = |minor| Some(Price::Known(Fiat::new(minor, Currency::Usd)));
        assert_eq!(price_of(Some(coins("9.99")), Some("usd")), usd(999));
        for (near, minor) in [("9.98999999999", 999), ("9.994", 999), ("9.996", 1_000), ("12.345", 1_235)] {
            assert_eq!(price_of(Some(coins(near)), Some("USD")), usd(minor), "{near}");
        }
        for other in ["XXX", "CHF", "USDT"] {
            assert_eq!(price_of(Some(coins("9.99")), Some(other)), Some(Price::Foreign));
        }
        assert_eq!(price_of(None, Some("USD")), None);
        assert_eq!(price_of(Some(coins("0.0")), Some("USD")), None, "a sample says so and means nothing");
        assert_eq!(price_of(Some(coins("9.99")), None), None);
    }
}
