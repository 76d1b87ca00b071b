//! What one answer of the provider makes of an order, at the edges: the last second, the smallest coin, the field that is left out.

use std::sync::atomic::{AtomicBool, Ordering};

use kiosk::domain::money::CoinAmount;
use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::extend::Extended;
use kiosk::shop::settle::Question;
use kiosk::store::{CaseKind, Happened};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::policy::decide;
use crate::world::{ANN, BEN, Options, SELLER, World};

/// The invoices in an answer to a question.
pub fn asked<'a>(path: &str, answer: &'a mut Value) -> Vec<&'a mut Value> {
    if !path.ends_with("/info") {
        return Vec::new();
    }
    answer["result"].as_array_mut().map(|invoices| invoices.iter_mut().collect()).unwrap_or_default()
}

/// What the provider has said of Ann's newest order, as it was written down: the word and the money.
async fn told(world: &World) -> Vec<(String, CoinAmount)> {
    let order = world.order_of(ANN).await;
    let history = world.shop().store.read().await.unwrap().history(&order.id).await.unwrap();
    let fact = |happened| match happened {
        Happened::Fact { status, paid, .. } => Some((status, paid)),
        _ => None,
    };
    history.into_iter().filter_map(|entry| fact(entry.what)).collect()
}

/// The shop asks about this invoice, and about no other.
async fn ask_about(world: &World, invoice: &Invoice) {
    let ours = invoice.order_id.as_str().unwrap().to_owned();
    world.shop().recheck(&[Question { invoice: ours, news_until: None }]).await.remove(0).unwrap();
    world.settled().await;
}

#[tokio::test]
async fn while_the_provider_is_down_only_a_card_whose_time_is_over_is_touched() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(Faults { cryptocloud: CallFaults { status: Some(502), ..CallFaults::default() }, ..Faults::default() });
    let card = world.message(ANN, &invoice.address);
    world.delete(ANN, &card).await;
    world.wait(60).await;
    assert!(!world.shows(ANN, &invoice.address), "it comes back when there is news, not before");
    assert_eq!(world.count(SELLER, "Payments need you"), 0, "it will pass");
    world.advance(3_600).await;
    world.sees(ANN, "We are checking").await;
    world.end().await;
}

#[tokio::test]
async fn an_invoice_that_the_provider_does_not_know_is_a_case_after_a_quarter_of_an_hour() {
    fn forgetful(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") {
            answer["result"] = json!([]);
        }
        answer
    }
    let world = World::with(Options { tamper: Some(forgetful), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(900).await;
    assert!(world.cases().await.is_empty(), "it may need a while to know its own invoice");
    world.advance(60).await;
    assert_eq!(world.cases().await.len(), 1);
    // Whatever the provider says or does not say, the address leaves the chat in the second in which its time is over.
    let order = world.order_of(ANN).await;
    let ends_at = world.shop().store.read().await.unwrap().invoices_of(&order.id).await.unwrap()[0].offer_ends_at;
    let left = u32::try_from(ends_at - world.clock.now()).unwrap();
    assert!(world.shows(ANN, &invoice.address));
    world.advance(left).await;
    assert!(!world.shows(ANN, &invoice.address));
    world.end().await;
}

#[tokio::test]
async fn each_part_is_shown_when_it_comes_and_the_card_is_left_alone_between() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    for (part, come) in [(3, 3), (2, 5)] {
        world.pay(&invoice.uuid, Payment::Amount(Decimal::from(part))).await;
        world.wait(30).await;
        let rest = (invoice.amount_to_pay - Decimal::from(come)).normalize().to_string();
        world.sees(ANN, &rest).await;
        assert_eq!(world.tap(ANN, "Copy amount").await, Some(rest));
    }
    let card = world.message(ANN, "has come");
    world.delete(ANN, &card).await;
    world.wait(60).await;
    assert_eq!(world.count(ANN, "has come"), 0, "no news");
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn when_it_was_paid_is_written_down() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(100).await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.order_of(ANN).await.paid_at, Some(world.clock.now()));
    let (_, entries) = world.shop().credit(kiosk::domain::customer::CustomerId(ANN)).await.unwrap();
    assert_eq!(entries[0].at, world.clock.now());
    world.end().await;
}

#[tokio::test]
async fn only_what_is_news_is_written_down() {
    fn frozen(path: &str, mut answer: Value) -> Value {
        for invoice in asked(path, &mut answer) {
            invoice["status"] = json!("frozen");
        }
        answer
    }
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.wait(60).await;
    assert_eq!(told(&world).await, [], "nothing has come yet");
    let half = world.pay(&invoice.uuid, Payment::Under).await.paid();
    world.wait(60).await;
    assert_eq!(told(&world).await, [("partial".to_owned(), CoinAmount::from_decimal(half).unwrap())], "once");
    world.end().await;

    let world = World::with(Options { tamper: Some(frozen), ..Options::default() }).await;
    world.order(ANN, "editor").await;
    world.wait(60).await;
    assert_eq!(told(&world).await, [("frozen".to_owned(), CoinAmount::ZERO)], "no money, but news");
    world.end().await;
}

#[tokio::test]
async fn money_without_an_amount_is_a_case() {
    fn untold(path: &str, mut answer: Value) -> Value {
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| invoice["status"] != "created") {
            (invoice["amount_paid"], invoice["to_surcharge"]) = (Value::Null, Value::Null);
        }
        answer
    }
    let world = World::with(Options { tamper: Some(untold), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(30).await;
    world.sees(ANN, "we do not know yet how much").await;
    assert!(!world.shows(ANN, &invoice.address), "nobody can be told what to send");
    assert_eq!(world.cases().await.len(), 1);
    world.advance(3_600).await;
    let case = world.cases().await.remove(0);
    assert_eq!((case.kind, case.order), (CaseKind::UnclearAmount, world.order_of(ANN).await.id));
    assert_eq!(world.balance(ANN).await, 0, "a person must find out how much it is");
    world.end().await;

    for (payment, cases) in [(Payment::Over, 1), (Payment::Exact, 0)] {
        let world = World::with(Options { tamper: Some(untold), ..Options::default() }).await;
        let invoice = world.order(ANN, "editor").await;
        world.pay(&invoice.uuid, payment).await;
        world.sees(ANN, "EDIT-0001").await;
        assert_eq!(world.cases().await.len(), cases, "{payment:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_part_on_an_address_that_was_left_does_not_make_the_new_one_forget_its_own() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    let new = world.invoice();
    world.pay(&new.uuid, Payment::Under).await;
    world.wait(30).await;
    world.sees(ANN, "has come").await;
    world.sandbox.cryptocloud.pay(&old.uuid, Payment::Under).unwrap();
    ask_about(&world, &old).await;
    world.sees(ANN, "5.00 USD is on your /balance").await;
    assert_eq!(world.order_of(ANN).await.charge, Charge::Partial, "the new address still has its part");
    world.pay(&new.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 500);
    world.end().await;
}

#[tokio::test]
async fn far_more_than_was_asked_for_is_credit_up_to_three_times_the_price_and_then_a_case() {
    for (times, credit, cases) in [(4, 3_000, 0), (5, 0, 1)] {
        let world = World::new().await;
        let invoice = world.order(ANN, "editor").await;
        world.pay(&invoice.uuid, Payment::Amount(invoice.amount_to_pay * Decimal::from(times))).await;
        world.sees(ANN, "EDIT-0001").await;
        assert_eq!((world.balance(ANN).await, world.cases().await.len()), (credit, cases), "{times} times");
        world.end().await;
    }
}

#[tokio::test]
async fn money_for_an_invoice_that_was_never_shown_is_a_case() {
    fn no_address(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/create") {
            answer["result"]["address"] = json!("");
        }
        for invoice in asked(path, &mut answer) {
            invoice["address"] = json!("");
        }
        answer
    }
    let world = World::with(Options { tamper: Some(no_address), ..Options::default() }).await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "There is no address for USDT").await;
    let invoice = world.invoice();
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Under).unwrap();
    ask_about(&world, &invoice).await;
    for _ in 0..2 {
        ask_about(&world, &invoice).await;
        let cases = world.cases().await;
        assert_eq!(
            (cases.len(), cases[0].kind, world.balance(ANN).await),
            (1, CaseKind::UnclearAmount, 0),
            "nothing tells what it is worth"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn money_that_is_worth_too_much_stays_a_case_whatever_the_provider_calls_it_next() {
    static CALLED_OFF: AtomicBool = AtomicBool::new(true);
    fn called_off(path: &str, mut answer: Value) -> Value {
        let is_off = CALLED_OFF.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| is_off && invoice["status"] == "overpaid") {
            invoice["status"] = json!("canceled");
        }
        answer
    }
    for late in ["credit", "serve"] {
        CALLED_OFF.store(true, Ordering::SeqCst);
        let world = World::with(Options { tamper: Some(called_off), ..Options::default() }).await;
        decide(&world, "Paid after the end", late).await;
        let invoice = world.order(ANN, "editor").await;
        world.pay(&invoice.uuid, Payment::Amount(invoice.amount_to_pay * Decimal::from(4))).await;
        for _ in 0..3 {
            world.advance(3_600).await;
            let cases = world.cases().await;
            assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::UnclearAmount, 0), "{cases:?}");
        }
        // Where an order is served late, the price comes as well, and the same is too much in the same words.
        CALLED_OFF.store(false, Ordering::SeqCst);
        if late == "serve" {
            world.pay(&invoice.uuid, Payment::Exact).await;
        }
        for _ in 0..3 {
            world.advance(3_600).await;
            assert_eq!((world.cases().await.len(), world.balance(ANN).await), (1, 0), "{late}");
        }
        assert_eq!(world.count(ANN, "EDIT-"), usize::from(late == "serve"));
        world.end().await;
    }
}

#[tokio::test]
async fn less_than_a_cent_is_neither_credit_nor_a_case() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Amount(Decimal::new(1, 3))).await;
    world.wait(30).await;
    world.sees(ANN, "has come").await;
    world.advance(3_600).await;
    world.sees(ANN, "The time to pay is over").await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 0));
    assert_eq!((world.order_of(ANN).await.state, world.order_of(ANN).await.charge), (OrderState::Expired, Charge::None));
    // `World::end` would look in vain for this money: the smallest entry of a ledger is a cent.
    world.settled().await;
}

#[tokio::test]
async fn who_must_wait_for_the_seller_is_told_and_nobody_else_is() {
    let world = World::new().await;
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.sees(BEN, "ONLY-ONE-LEFT").await;
    world.pay(&late.uuid, Payment::Exact).await;
    world.sees(ANN, "We have your payment for order").await;
    assert_eq!(world.count(BEN, "We have your payment for order"), 0);
    world.end().await;
}

/// Ann has paid half, and at the end of her time the provider does not tell so any more, in the way of `tamper`.
async fn half_is_lost_sight_of(tamper: fn(&str, Value) -> Value, last_words: &'static AtomicBool) -> World {
    last_words.store(false, Ordering::SeqCst);
    let world = World::with(Options { tamper: Some(tamper), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(30).await;
    last_words.store(true, Ordering::SeqCst);
    world.advance(3_600).await;
    world
}

#[tokio::test]
async fn money_of_which_the_end_tells_no_amount_is_a_case() {
    static LAST_WORDS: AtomicBool = AtomicBool::new(false);
    fn cancelled(path: &str, mut answer: Value) -> Value {
        let last = LAST_WORDS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| last && invoice["status"] == "partial") {
            for field in ["amount_paid", "to_surcharge", "received"] {
                invoice[field] = Value::Null;
            }
            invoice["status"] = json!("canceled");
        }
        answer
    }
    let world = half_is_lost_sight_of(cancelled, &LAST_WORDS).await;
    let case = world.cases().await.remove(0);
    assert_eq!((case.kind, world.balance(ANN).await), (CaseKind::UnclearAmount, 0));
    assert!(case.detail.contains("5 USDT before"), "{}", case.detail);
    world.sees(ANN, "It is safe: the seller has been told").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge, world.stock("editor").await), (OrderState::Expired, Charge::None, 14));
    // It is said once, however often it is asked about.
    world.advance(50 * 3_600).await;
    assert_eq!((world.cases().await.len(), world.count(ANN, "It is safe")), (1, 1));
    world.end().await;
}

#[tokio::test]
async fn money_that_was_seen_when_the_time_ended_and_is_cancelled_without_an_amount_is_a_case() {
    static CANCELLED: AtomicBool = AtomicBool::new(false);
    fn seen(path: &str, mut answer: Value) -> Value {
        let cancelled = CANCELLED.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| invoice["amount_paid"].as_f64() > Some(0.0)) {
            invoice["status"] = json!(if cancelled { "canceled" } else { "created" });
            if cancelled {
                (invoice["amount_paid"], invoice["to_surcharge"], invoice["received"]) = (Value::Null, Value::Null, Value::Null);
            }
        }
        answer
    }
    let world = half_is_lost_sight_of(seen, &CANCELLED).await;
    CANCELLED.store(false, Ordering::SeqCst);
    world.advance(200).await;
    assert_eq!((world.order_of(ANN).await.state, world.balance(ANN).await), (OrderState::Expired, 0));
    CANCELLED.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        world.advance(2 * 3_600).await;
        let cases = world.cases().await;
        assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::UnclearAmount, 0));
        assert!(cases[0].detail.contains("5 USDT before"), "{}", cases[0].detail);
    }
    world.end().await;
}

#[tokio::test]
async fn a_part_of_which_no_amount_was_ever_told_is_a_case_at_its_end_too() {
    static LAST_WORDS: AtomicBool = AtomicBool::new(false);
    fn mute(path: &str, mut answer: Value) -> Value {
        let last = LAST_WORDS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| invoice["status"] == "partial") {
            for field in ["amount_paid", "to_surcharge", "received"] {
                invoice[field] = Value::Null;
            }
            if last {
                invoice["status"] = json!("canceled");
            }
        }
        answer
    }
    let world = half_is_lost_sight_of(mute, &LAST_WORDS).await;
    let details: Vec<String> = world.cases().await.into_iter().map(|case| case.detail).collect();
    assert!(details.iter().any(|detail| detail.starts_with("canceled")), "{details:?}");
    assert_eq!(world.order_of(ANN).await.charge, Charge::None, "it may be tried again");
    world.end().await;
}

#[tokio::test]
async fn money_of_which_only_the_shops_share_is_told_is_a_case() {
    fn share(path: &str, mut answer: Value) -> Value {
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| invoice["status"] == "partial") {
            (invoice["amount_paid"], invoice["to_surcharge"]) = (Value::Null, Value::Null);
            (invoice["status"], invoice["received"]) = (json!("canceled"), json!(4.5));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(share), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(60).await;
    let case = world.cases().await.remove(0);
    assert_eq!(case.kind, CaseKind::UnclearAmount);
    assert!(case.detail.contains("your balance got 4.5 USDT"), "{}", case.detail);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    world.end().await;
}

#[tokio::test]
async fn money_that_is_only_seen_keeps_its_goods_and_is_nobodys_credit_until_it_counts() {
    static COUNTS: AtomicBool = AtomicBool::new(false);
    fn only_seen(path: &str, mut answer: Value) -> Value {
        let counts = COUNTS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| !counts && invoice["status"] == "paid") {
            (invoice["status"], invoice["to_surcharge"]) = (json!("created"), json!(0.0));
        }
        answer
    }
    for counts in [true, false] {
        COUNTS.store(false, Ordering::SeqCst);
        let world = World::with(Options { tamper: Some(only_seen), ..Options::default() }).await;
        let invoice = world.order(ANN, "editor").await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        world.wait(30).await;
        world.sees(ANN, "are on their way").await;
        assert!(!world.shows(ANN, "Send exactly") && !world.shows(ANN, &invoice.address), "nobody is asked to send nothing");
        world.advance(3 * 3_600).await;
        world.sees(ANN, "are on their way").await;
        let order = world.order_of(ANN).await;
        assert_eq!(world.shop().extend(&order.id).await.unwrap(), Extended::MoneySeen, "it needs no time, and no other address");
        world.sees(ANN, "are on their way").await;
        assert_eq!((world.balance(ANN).await, world.stock("editor").await, world.cases().await.len()), (0, 13, 0));
        if counts {
            COUNTS.store(true, Ordering::SeqCst);
            world.advance(3_700).await;
            world.sees(ANN, "EDIT-0001").await;
        } else {
            world.advance(73 * 3_600).await;
            let cases = world.cases().await;
            assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::UnclearAmount, 0), "for a person");
            assert_eq!((world.order_of(ANN).await.state, world.stock("editor").await), (OrderState::Expired, 14));
        }
        world.end().await;
    }
}

#[tokio::test]
async fn money_that_was_seen_and_is_gone_leaves_a_card_that_asks_for_the_price() {
    static SEEN: AtomicBool = AtomicBool::new(false);
    fn seen(path: &str, mut answer: Value) -> Value {
        let seen = SEEN.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|_| seen) {
            let due = invoice["amount_to_pay"].as_f64().unwrap();
            let part = if invoice["currency"]["fullcode"].is_string() { due } else { due / 2.0 };
            (invoice["amount_paid"], invoice["to_surcharge"]) = (json!(part), json!(due - part));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(seen), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    for _ in 0..2 {
        SEEN.store(true, Ordering::SeqCst);
        world.wait(30).await;
        assert_eq!(world.order_of(ANN).await.charge, Charge::Partial);
        SEEN.store(false, Ordering::SeqCst);
        world.wait(30).await;
        assert_eq!(world.order_of(ANN).await.charge, Charge::None);
        assert!(world.shows(ANN, &invoice.address) && world.shows(ANN, "Send exactly"), "{}", world.transcript(ANN));
        assert!(!world.shows(ANN, "are on their way") && !world.shows(ANN, "has come"));
    }
    // It keeps nobody from another coin, and nobody is told of money at the end.
    world.advance(3_700).await;
    assert_eq!((world.cases().await.len(), world.order_of(ANN).await.state), (0, OrderState::Expired));
    world.end().await;
}

#[tokio::test]
async fn a_part_with_which_the_provider_is_done_is_shown_to_the_seller() {
    fn closed(path: &str, mut answer: Value) -> Value {
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| invoice["status"] == "partial") {
            invoice["invoice_status"] = json!("success");
        }
        answer
    }
    let world = World::with(Options { tamper: Some(closed), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(60).await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::UnknownStatus));
    assert!(world.shows(ANN, &invoice.address), "and the rest may come all the same");
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(world.cases().await.is_empty(), "it is clear now");
    world.end().await;
}

#[tokio::test]
async fn that_a_person_decides_is_said_once() {
    let world = World::new().await;
    decide(&world, "Too much came", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    world.sees(ANN, "It is safe: the seller has been told").await;
    world.advance(60 * 3_600).await;
    assert_eq!(world.count(ANN, "It is safe"), 1);
    world.end().await;
}

#[tokio::test]
async fn a_part_that_was_only_seen_on_an_older_address_hides_no_newer_one() {
    static COUNTS: AtomicBool = AtomicBool::new(false);
    fn only_seen(path: &str, mut answer: Value) -> Value {
        let counts = COUNTS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| !counts && invoice["status"] == "partial") {
            invoice["status"] = json!("created");
        }
        answer
    }
    let world = World::with(Options { tamper: Some(only_seen), ..Options::default() }).await;
    let old = world.order(ANN, "editor").await;
    world.pay(&old.uuid, Payment::Under).await;
    world.wait(30).await;
    world.sees(ANN, "has come").await;
    // The provider is away while the time ends, and the seller gives more of it.
    world.faults(Faults { cryptocloud: CallFaults { status: Some(502), ..CallFaults::default() }, ..Faults::default() });
    world.advance(3_600).await;
    let order = world.order_of(ANN).await;
    assert_eq!(world.shop().extend(&order.id).await.unwrap(), Extended::Done);
    world.faults(Faults::default());
    world.wait(60).await;
    let new = world.invoice();
    assert!(new.uuid != old.uuid && world.shows(ANN, &new.address), "{}", world.transcript(ANN));
    assert_eq!(world.order_of(ANN).await.charge, Charge::None, "nothing has come to it");
    // Another coin may be chosen, and what was seen is credit once it counts.
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    COUNTS.store(true, Ordering::SeqCst);
    world.wait(600).await;
    world.sees(ANN, "5.00 USD is on your /balance").await;
    let last = world.invoice();
    assert!(world.shows(ANN, &last.address) && world.cases().await.is_empty(), "{}", world.transcript(ANN));
    world.pay(&last.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_part_that_the_provider_forgets_until_nobody_asks_any_more_hides_no_newer_address() {
    fn forgets(path: &str, mut answer: Value) -> Value {
        if FORGETS.load(Ordering::SeqCst) && path.ends_with("/info") {
            answer["result"].as_array_mut().unwrap().retain(|invoice| invoice["status"] != "partial");
        }
        answer
    }
    static FORGETS: AtomicBool = AtomicBool::new(false);
    let world = World::with(Options { tamper: Some(forgets), ..Options::default() }).await;
    let old = world.order(ANN, "editor").await;
    world.pay(&old.uuid, Payment::Under).await;
    world.wait(30).await;
    FORGETS.store(true, Ordering::SeqCst);
    for hours in [1, 73] {
        world.advance(hours * 3_600).await;
        let cases = world.cases().await;
        assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::Mismatch));
        assert!(cases[0].detail.ends_with("5 USDT came"), "{}", cases[0].detail);
    }
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge), (OrderState::Expired, Charge::None));
    assert_eq!(world.shop().extend(&order.id).await.unwrap(), Extended::Done);
    world.settled().await;
    let new = world.invoice();
    assert!(new.uuid != old.uuid && world.shows(ANN, &new.address), "{}", world.transcript(ANN));
    world.tap(ANN, "Cancel").await;
    world.tap(ANN, "Yes").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled, "nothing has come to it");
    world.end().await;
}

#[tokio::test]
async fn the_card_of_an_order_that_is_over_tells_what_became_credit_since() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(3_700).await;
    world.sees(ANN, "The time to pay is over").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 500);
    world.sees(ANN, "What you sent is yours: 5.00 USD").await;
    world.end().await;
}

#[tokio::test]
async fn what_is_said_of_another_coin_is_a_case_and_not_on_the_card() {
    static ODD: AtomicBool = AtomicBool::new(true);
    fn odd(path: &str, mut answer: Value) -> Value {
        let is_odd = ODD.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| is_odd && invoice["status"] == "paid") {
            invoice["currency"]["fullcode"] = json!("BTC");
        }
        answer
    }
    let world = World::with(Options { tamper: Some(odd), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(60).await;
    let case = world.cases().await.remove(0);
    let came = invoice.amount_to_pay.normalize();
    assert_eq!((case.kind, case.detail), (CaseKind::Mismatch, format!("Coin differs in the provider's answer; {came} BTC came")));
    assert!(world.shows(ANN, &invoice.address) && !world.shows(ANN, "are on their way"), "{}", world.transcript(ANN));
    ODD.store(false, Ordering::SeqCst);
    world.wait(60).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(world.cases().await.is_empty(), "it is clear now");
    world.end().await;
}

#[tokio::test]
async fn what_the_provider_has_told_by_itself_is_not_forgotten_when_the_buyer_asks_too() {
    static LAGS: AtomicBool = AtomicBool::new(true);
    fn lags(path: &str, mut answer: Value) -> Value {
        let lags = LAGS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| lags && invoice["status"] == "paid") {
            (invoice["status"], invoice["amount_paid"], invoice["received"]) = (json!("canceled"), json!(0), json!(0));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(lags), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    // By now the provider is asked once an hour.
    world.advance(3 * 3_600).await;
    world.advance(3_600).await;
    world.sees(ANN, "The time to pay is over").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.tap(ANN, "I have paid").await;
    world.wait(10).await;
    assert_eq!(world.count(ANN, "EDIT-"), 0, "it does not say so yet when it is asked");
    LAGS.store(false, Ordering::SeqCst);
    world.wait(30).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}
