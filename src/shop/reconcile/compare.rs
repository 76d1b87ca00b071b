//! The books and the provider's list, side by side. Facts in, findings out: nothing is read, asked or changed here.

use std::collections::{HashMap, HashSet};

use crate::domain::invoice::{Invoice, InvoiceState};
use crate::domain::money::CoinAmount;
use crate::domain::order::Charge;
use crate::domain::settlement::{Answer, Mismatch, OrderPayment, Status, amount_paid, mismatch, worth};
use crate::shop::settle::mismatch_told;
use crate::store::{CaseKind, NewCase};

/// An invoice that is younger than this, in seconds, may not be in the list yet.
const YOUNG_SECS: i64 = 900;

/// What is said of a younger one, in seconds, may be old news.
const GONE_SECS: i64 = 24 * 3_600;

/// What the books say about one invoice of ours.
#[derive(Debug, Clone)]
pub struct Books {
    pub invoice: Invoice,
    /// How its order stands towards it.
    pub payment: OrderPayment,
    pub charge: Charge,
    /// Whether money of it ever became credit.
    pub credited: bool,
    /// Every case about its order, open or closed.
    pub cases: Vec<NewCase>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The provider holds money that the books do not know.
    Unbooked,
    /// An invoice of ours that the provider's list does not have.
    Unlisted,
    /// The provider's invoice is not what was asked for.
    Differs(Mismatch),
    /// A second invoice was made for an offer of ours, and it holds money. What a case says about it.
    Spare { detail: String },
    /// Money on an invoice that this shop did not make.
    Foreign,
    /// An invoice that has paid for an order, and of which the provider says that nothing came.
    Gone,
}

/// One invoice as either side knows it.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    /// Ours; also the one whose label a spare one carries.
    pub books: Option<&'a Books>,
    pub answer: Option<&'a Answer>,
    /// None: the two sides agree.
    pub finding: Option<Finding>,
}

/// Compares what the provider listed with the books. `books` has every invoice that was begun after `since`, and any older ones that the
/// list names; `now` is when the list was read (unix seconds UTC).
pub fn compare<'a>(books: &'a [Books], answers: &'a [Answer], since: i64, now: i64) -> Vec<Pair<'a>> {
    let by_number: HashMap<_, _> = books.iter().filter_map(|ours| Some((ours.invoice.number.as_ref()?, ours))).collect();
    let by_label: HashMap<_, _> = books.iter().map(|ours| (ours.invoice.id.as_str(), ours)).collect();
    let mut listed = HashSet::new();
    let mut pairs = Vec::with_capacity(answers.len().max(books.len()));
    for answer in answers {
        let labelled = answer.label.as_deref().and_then(|label| by_label.get(label).copied());
        let (books, finding) = match (by_number.get(&answer.number).copied(), labelled) {
            (Some(ours), _) => {
                listed.insert(ours.invoice.id.as_str());
                (Some(ours), ours.against(answer, now))
            }
            (None, Some(ours)) => (Some(ours), ours.spare(answer)),
            // What was played in test mode is no money.
            (None, None) => (None, (holds_money(answer) && !answer.test_mode).then_some(Finding::Foreign)),
        };
        pairs.push(Pair { books, answer: Some(answer), finding });
    }
    let in_period = |ours: &&Books| ours.invoice.number.is_some() && ours.invoice.created_at >= since;
    for ours in books.iter().filter(in_period).filter(|ours| !listed.contains(ours.invoice.id.as_str())) {
        let known = ours.has_case(&[CaseKind::Mismatch]) || now - ours.invoice.created_at < YOUNG_SECS;
        pairs.push(Pair { books: Some(ours), answer: None, finding: (!known).then_some(Finding::Unlisted) });
    }
    pairs
}

/// Whether the provider says that money came; also when it does not say how much.
pub(super) fn holds_money(answer: &Answer) -> bool {
    let asserted = !matches!(answer.status, Status::Created | Status::Canceled);
    asserted || [answer.amount_paid, answer.credited].into_iter().flatten().any(|amount| !amount.is_zero())
}

impl Books {
    /// What differs between our invoice and the provider's of the same number.
    fn against(&self, answer: &Answer, now: i64) -> Option<Finding> {
        let holds_money = holds_money(answer);
        // An answer that did not fit was refused when it came: nobody was shown its address.
        let refused = self.invoice.state == InvoiceState::Refused && !holds_money;
        match mismatch(&self.invoice, answer) {
            Some(what) if !refused && !self.has_case(&[CaseKind::Mismatch]) => Some(Finding::Differs(what)),
            // A case tells of just this, with as much money.
            Some(what) if self.has_case_that_says(&mismatch_told(what, &self.invoice, answer)) => None,
            _ if holds_money => (!self.know(answer, now)).then_some(Finding::Unbooked),
            None if self.payment == OrderPayment::PaidByThis && now - self.invoice.created_at >= GONE_SECS => Some(Finding::Gone),
            _ => None,
        }
    }

    /// Whether the money in an answer ended as one of the things that money may end as, or still waits for its rest.
    fn know(&self, answer: &Answer, now: i64) -> bool {
        let invoice = &self.invoice;
        let paid = amount_paid(invoice, answer).unwrap_or(CoinAmount::ZERO);
        let served = self.payment == OrderPayment::PaidByThis;
        // Whoever was served has paid the price, whatever the provider said about amounts then.
        let due = invoice.due.filter(|_| served).unwrap_or(CoinAmount::ZERO);
        if paid > invoice.received.max(due) {
            return false;
        }
        let judged = self.has_case(&[CaseKind::Mismatch, CaseKind::TestMode]);
        let worthless = invoice.due.is_some() && !paid.is_zero() && worth(invoice, paid).minor == 0;
        match &answer.status {
            _ if served || judged => true,
            Status::Paid | Status::Overpaid if self.payment == OrderPayment::Unpaid => false,
            Status::Other(_) => self.has_case(&[CaseKind::UnknownStatus]),
            // All that had come was credited, or settled by hand; and no more has come, as was looked at first.
            _ if invoice.state == InvoiceState::Settled && self.payment == OrderPayment::PaidByAnother => true,
            _ if self.credited || worthless || self.has_case(&[CaseKind::UnclearAmount, CaseKind::Short, CaseKind::CreditSpent]) => true,
            Status::Created | Status::Partial => {
                let offered = invoice.state == InvoiceState::Offered && now < invoice.offer_ends_at;
                offered && self.charge == Charge::Partial
            }
            _ => false,
        }
    }

    /// What is to be said about another invoice that carries our label: nothing while it is empty.
    fn spare(&self, answer: &Answer) -> Option<Finding> {
        if !holds_money(answer) {
            return None;
        }
        // With the amount: more money is another case.
        let amount = match answer.amount_paid.filter(|paid| !paid.is_zero()) {
            Some(paid) => format!("{paid} {}", self.invoice.coin.asset()),
            None => "money".to_owned(),
        };
        let detail = format!("{} is a second invoice for this order and holds {amount}", answer.number);
        let known = self.cases.iter().any(|case| case.kind == CaseKind::Mismatch && case.detail == detail);
        (!known).then_some(Finding::Spare { detail })
    }

    fn has_case_that_says(&self, detail: &str) -> bool {
        self.cases.iter().any(|case| case.invoice.as_ref() == Some(&self.invoice.id) && case.detail == detail)
    }

    fn has_case(&self, kinds: &[CaseKind]) -> bool {
        self.cases.iter().any(|case| case.invoice.as_ref() == Some(&self.invoice.id) && kinds.contains(&case.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::coin::Coin;
    use crate::domain::invoice::InvoiceNumber;
    use crate::domain::money::{Currency, Fiat};
    use crate::domain::order::OrderId;
    use crate::domain::settlement::Price;

    const NOW: i64 = 1_000_000;
    const SINCE: i64 = NOW - 4 * 24 * 3_600;

    fn coins(text: &str) -> CoinAmount {
        CoinAmount::parse(text).unwrap()
    }

    fn number(text: &str) -> InvoiceNumber {
        InvoiceNumber::parse(text).unwrap()
    }

    /// An invoice over 10 USDT that ended as `state`; nothing was booked for it.
    fn ours(state: InvoiceState) -> Books {
        let invoice = Invoice {
            id: "ours1".to_owned(),
            order: OrderId::parse("K7Q2ZP9M").unwrap(),
            coin: Coin::parse("USDT_TRC20").unwrap(),
            state,
            price: Fiat::new(1_000, Currency::Usd),
            number: Some(number("N1")),
            address: Some("TAddress".to_owned()),
            due: Some(coins("10")),
            received: CoinAmount::ZERO,
            missing: None,
            created_at: NOW - 80_000,
            offer_ends_at: NOW - 76_400,
            watch_ends_at: NOW + 200_000,
            checked_at: NOW - 100,
        };
        Books { invoice, payment: OrderPayment::Unpaid, charge: Charge::None, credited: false, cases: Vec::new() }
    }

    fn theirs(status: Status, paid: &str) -> Answer {
        Answer {
            number: number("N1"),
            status,
            coin: Some("USDT_TRC20".to_owned()),
            address: Some("TAddress".to_owned()),
            amount: Some(coins("10")),
            amount_to_pay: Some(coins("10")),
            amount_paid: Some(coins(paid)),
            to_surcharge: None,
            credited: None,
            is_closed: false,
            price: Some(Price::Known(Fiat::new(1_000, Currency::Usd))),
            label: Some("ours1".to_owned()),
            test_mode: false,
            txs: Vec::new(),
            expires_at: None,
            client_pays_fee: false,
            client_pays_service_fee: false,
            fee: None,
            service_fee: None,
        }
    }

    fn case(invoice: Option<&str>, kind: CaseKind, detail: &str) -> NewCase {
        let order = OrderId::parse("K7Q2ZP9M").unwrap();
        NewCase { order, invoice: invoice.map(str::to_owned), kind, detail: detail.to_owned() }
    }

    fn finding(books: &Books, answer: &Answer) -> Option<Finding> {
        let (books, answers) = (std::slice::from_ref(books), std::slice::from_ref(answer));
        let mut pairs = compare(books, answers, SINCE, NOW);
        assert_eq!(pairs.len(), 1, "{pairs:?}");
        pairs.remove(0).finding
    }

    #[test]
    fn an_invoice_to_which_nothing_came_agrees_in_every_state() {
        for state in InvoiceState::ALL {
            for status in [Status::Created, Status::Canceled] {
                assert_eq!(finding(&ours(state), &theirs(status, "0")), None, "{state:?}");
            }
        }
    }

    #[test]
    fn money_of_which_the_books_say_nothing_is_found_in_every_state() {
        for state in InvoiceState::ALL {
            for (status, paid) in [
                (Status::Paid, "10"),
                (Status::Paid, "0"),
                (Status::Overpaid, "12"),
                (Status::Partial, "5"),
                (Status::Canceled, "5"),
                (Status::Created, "5"),
                (Status::Other("frozen".to_owned()), "0"),
            ] {
                let answer = theirs(status, paid);
                assert_eq!(finding(&ours(state), &answer), Some(Finding::Unbooked), "{state:?} {answer:?}");
            }
        }
    }

    #[test]
    fn money_agrees_once_it_ended_as_goods_as_credit_or_as_a_case() {
        let mut served = ours(InvoiceState::Settled);
        served.payment = OrderPayment::PaidByThis;
        served.charge = Charge::Full;
        assert_eq!(finding(&served, &theirs(Status::Paid, "10")), None, "whatever was told of the amount then");
        assert_eq!(finding(&served, &theirs(Status::Overpaid, "12")), Some(Finding::Unbooked), "more has come since");
        served.invoice.received = coins("12");
        assert_eq!(finding(&served, &theirs(Status::Overpaid, "12")), None);

        let mut credited = ours(InvoiceState::Expired);
        credited.invoice.received = coins("5");
        assert_eq!(finding(&credited, &theirs(Status::Partial, "5")), Some(Finding::Unbooked), "noted is not credited");
        credited.credited = true;
        assert_eq!(finding(&credited, &theirs(Status::Partial, "5")), None);
        assert_eq!(finding(&credited, &theirs(Status::Partial, "6")), Some(Finding::Unbooked), "more has come since");
        assert_eq!(finding(&credited, &theirs(Status::Paid, "5")), Some(Finding::Unbooked), "it counts as paid, and nothing was served");
        credited.payment = OrderPayment::PaidByAnother;
        assert_eq!(finding(&credited, &theirs(Status::Paid, "5")), None);

        let mut by_hand = ours(InvoiceState::Settled);
        (by_hand.payment, by_hand.invoice.received) = (OrderPayment::PaidByAnother, coins("5"));
        assert_eq!(finding(&by_hand, &theirs(Status::Partial, "5")), None, "it was sent back");
        assert_eq!(finding(&by_hand, &theirs(Status::Paid, "10")), Some(Finding::Unbooked), "more has come since");
        by_hand.invoice.state = InvoiceState::Expired;
        assert_eq!(finding(&by_hand, &theirs(Status::Partial, "5")), Some(Finding::Unbooked), "noted is not settled");
        by_hand.cases.push(case(Some("ours1"), CaseKind::Short, "5 of 10 USDT came"));
        assert_eq!(finding(&by_hand, &theirs(Status::Partial, "5")), None, "the owner was asked");

        let mut told = ours(InvoiceState::Expired);
        told.invoice.received = coins("5");
        told.cases.push(case(Some("another"), CaseKind::UnclearAmount, "x"));
        assert_eq!(finding(&told, &theirs(Status::Partial, "5")), Some(Finding::Unbooked), "a case about another invoice");
        told.cases.push(case(Some("ours1"), CaseKind::UnclearAmount, "x"));
        assert_eq!(finding(&told, &theirs(Status::Partial, "5")), None);
    }

    #[test]
    fn a_part_may_wait_for_its_rest_while_the_offer_stands_and_dust_for_ever() {
        let mut waits = ours(InvoiceState::Offered);
        (waits.charge, waits.invoice.received) = (Charge::Partial, coins("5"));
        assert_eq!(finding(&waits, &theirs(Status::Partial, "5")), Some(Finding::Unbooked), "the offer is over");
        waits.invoice.offer_ends_at = NOW + 1;
        assert_eq!(finding(&waits, &theirs(Status::Partial, "5")), None);
        assert_eq!(finding(&waits, &theirs(Status::Canceled, "5")), Some(Finding::Unbooked), "it was taken back");

        let mut dust = ours(InvoiceState::Expired);
        dust.invoice.received = coins("0.000001");
        assert_eq!(finding(&dust, &theirs(Status::Partial, "0.000001")), None);
    }

    #[test]
    fn what_was_not_asked_for_is_found_until_there_is_a_case() {
        let mut books = ours(InvoiceState::Offered);
        let mut answer = theirs(Status::Created, "0");
        answer.coin = Some("BTC".to_owned());
        assert_eq!(finding(&books, &answer), Some(Finding::Differs(Mismatch::Coin)));
        answer = Answer { price: Some(Price::Known(Fiat::new(1, Currency::Usd))), ..theirs(Status::Created, "0") };
        assert_eq!(finding(&books, &answer), Some(Finding::Differs(Mismatch::Price)));
        answer = Answer { label: Some("ours2".to_owned()), ..theirs(Status::Created, "0") };
        assert_eq!(finding(&books, &answer), Some(Finding::Differs(Mismatch::Label)));
        answer = Answer { address: Some("TOther".to_owned()), ..theirs(Status::Created, "0") };
        assert_eq!(finding(&books, &answer), Some(Finding::Differs(Mismatch::Address)));
        books.cases.push(case(Some("ours1"), CaseKind::Mismatch, "Address differs in the provider's answer"));
        assert_eq!(finding(&books, &answer), None);
        assert_eq!(finding(&ours(InvoiceState::Refused), &answer), None, "it was never offered");
        answer = Answer { address: Some("TOther".to_owned()), ..theirs(Status::Paid, "10") };
        assert_eq!(finding(&books, &answer), Some(Finding::Unbooked), "money that came after the case");
        books.cases.push(case(Some("ours1"), CaseKind::Mismatch, "Address differs in the provider's answer; 10 USDT came"));
        assert_eq!(finding(&books, &answer), None, "and is a case as well");
        answer.amount_paid = Some(coins("11"));
        assert_eq!(finding(&books, &answer), Some(Finding::Unbooked), "more has come since");
    }

    #[test]
    fn a_second_invoice_under_our_label_matters_once_it_holds_money() {
        let mut books = ours(InvoiceState::Settled);
        let spare = |paid| Answer { number: number("N2"), ..theirs(if paid == "0" { Status::Created } else { Status::Paid }, paid) };
        let found = |books: &Books, answer: Answer| {
            let answers = [theirs(Status::Created, "0"), answer];
            compare(std::slice::from_ref(books), &answers, SINCE, NOW).remove(1).finding
        };
        assert_eq!(found(&books, spare("0")), None);
        let Some(Finding::Spare { detail }) = found(&books, spare("10")) else { panic!("it is not found") };
        assert_eq!(detail, "INV-N2 is a second invoice for this order and holds 10 USDT");
        books.cases.push(case(None, CaseKind::Mismatch, &detail));
        assert_eq!(found(&books, spare("10")), None);
        assert!(found(&books, spare("11")).is_some(), "more has come since");
        books.invoice.number = None;
        assert_eq!(finding(&books, &spare("0")), None, "just being made");
        assert!(matches!(finding(&books, &spare("11")), Some(Finding::Spare { .. })));
    }

    #[test]
    fn an_invoice_that_is_not_listed_is_found_unless_it_is_young_or_told_of() {
        let unlisted = |books: &Books| compare(std::slice::from_ref(books), &[], SINCE, NOW).pop().map(|pair| pair.finding);
        let mut books = ours(InvoiceState::Offered);
        assert_eq!(unlisted(&books), Some(Some(Finding::Unlisted)));
        books.invoice.created_at = NOW - YOUNG_SECS + 1;
        assert_eq!(unlisted(&books), Some(None));
        books.invoice.created_at = SINCE - 1;
        assert_eq!(unlisted(&books), None, "older than what was asked for");
        books = ours(InvoiceState::Creating);
        books.cases.push(case(Some("ours1"), CaseKind::Mismatch, "the provider does not know this invoice"));
        assert_eq!(unlisted(&books), Some(None));
        books.invoice.number = None;
        assert_eq!(unlisted(&books), None, "the provider has not made it yet");
    }

    #[test]
    fn an_order_whose_money_is_gone_is_found_after_a_day() {
        let mut served = ours(InvoiceState::Settled);
        (served.payment, served.charge, served.invoice.received) = (OrderPayment::PaidByThis, Charge::Full, coins("10"));
        assert_eq!(finding(&served, &theirs(Status::Canceled, "0")), None, "it may be old news");
        served.invoice.created_at = NOW - GONE_SECS;
        assert_eq!(finding(&served, &theirs(Status::Canceled, "0")), Some(Finding::Gone));
        assert_eq!(finding(&served, &theirs(Status::Created, "0")), Some(Finding::Gone));
        assert_eq!(finding(&served, &theirs(Status::Canceled, "10")), None, "it is there");
        served.payment = OrderPayment::PaidByAnother;
        assert_eq!(finding(&served, &theirs(Status::Canceled, "0")), None);
    }

    #[test]
    fn money_of_others_is_told_apart() {
        let foreign = |answer: Answer| compare(&[], &[answer], SINCE, NOW).remove(0).finding;
        assert_eq!(foreign(theirs(Status::Paid, "10")), Some(Finding::Foreign));
        assert_eq!(foreign(Answer { label: None, ..theirs(Status::Canceled, "1") }), Some(Finding::Foreign));
        assert_eq!(foreign(theirs(Status::Created, "0")), None);
        assert_eq!(foreign(Answer { test_mode: true, ..theirs(Status::Paid, "10") }), None);
    }
}
