//! About one money a person decides once: it is never forgotten because another case had the same words, and never paid out twice.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::store::CaseKind;
use serde_json::{Value, json};

use self::Amount::{AsItIs, Told, Untold};
use crate::policy::{decide, open_case};
use crate::settling::asked;
use crate::world::{ANN, Options, SELLER, World, buttons, id_of};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// Ann pays half of an order, and its time ends.
async fn half_paid(world: &World) -> Invoice {
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(HOUR + 100).await;
    invoice
}

/// Ann asks for an address for the same order again.
async fn try_again(world: &World) -> Invoice {
    world.tap(ANN, "Try again").await;
    world.pick_usdt(ANN).await
}

async fn credit(world: &World, amount: &str) {
    world.tap(SELLER, "Credit the buyer").await;
    world.say(SELLER, amount).await;
    world.say(SELLER, "that is what came").await;
}

#[tokio::test]
async fn the_same_trouble_with_another_invoice_is_another_case() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    half_paid(&world).await;
    open_case(&world, "Only a part was paid").await;
    credit(&world, "5").await;
    let second = try_again(&world).await;
    world.pay(&second.uuid, Payment::Under).await;
    world.advance(HOUR + 100).await;
    assert_eq!((world.cases().await.len(), world.balance(ANN).await), (1, 500));
    world.end().await;
}

#[tokio::test]
async fn a_part_stays_a_case_when_another_invoice_pays_the_order() {
    // Soon, while the provider is still asked about the part; and late, when it is not.
    for pause in [60, 6 * DAY] {
        let world = World::new().await;
        decide(&world, "Too little came", "ask me").await;
        half_paid(&world).await;
        world.advance(pause).await;
        let second = try_again(&world).await;
        world.pay(&second.uuid, Payment::Exact).await;
        world.sees(ANN, "EDIT-0001").await;
        world.advance(2 * HOUR).await;
        assert_eq!((world.cases().await.len(), world.balance(ANN).await), (1, 0), "after {pause} s");
        open_case(&world, "Only a part was paid").await;
        credit(&world, "5").await;
        world.advance(2 * HOUR).await;
        assert_eq!((world.cases().await.len(), world.balance(ANN).await), (0, 500), "after {pause} s");
        world.end().await;
    }
}

#[tokio::test]
async fn a_part_that_grows_is_one_case_and_ends_when_all_of_it_is_credit() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    decide(&world, "Paid after the end", "credit").await;
    let invoice = half_paid(&world).await;
    let tenth = invoice.amount_to_pay / rust_decimal::Decimal::TEN;
    world.pay(&invoice.uuid, Payment::Amount(tenth.round_dp(6))).await;
    world.advance(2 * HOUR).await;
    assert_eq!(world.cases().await.len(), 1, "of six tenths, and no other of five");
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(2 * HOUR).await;
    assert_eq!(world.cases().await.len(), 0, "there is nothing to decide any more");
    assert_eq!(world.balance(ANN).await, 1_000);
    world.end().await;
}

#[tokio::test]
async fn what_was_sent_back_is_not_credited_when_the_rule_is_changed() {
    let world = World::new().await;
    decide(&world, "Too much came", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    open_case(&world, "Too much was paid").await;
    world.tap(SELLER, "Refund was sent").await;
    world.say(SELLER, "tx 0xabc").await;
    decide(&world, "Too much came", "credit").await;
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 0));
    world.end().await;
}

#[tokio::test]
async fn who_credits_less_than_what_came_is_not_overruled_and_only_more_money_is_news() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = half_paid(&world).await;
    open_case(&world, "Only a part was paid").await;
    credit(&world, "3").await;
    for _ in 0..2 {
        world.advance(2 * HOUR).await;
        assert_eq!((world.balance(ANN).await, world.cases().await.len()), (300, 0));
    }
    let tenth = invoice.amount_to_pay / rust_decimal::Decimal::TEN;
    world.pay(&invoice.uuid, Payment::Amount(tenth.round_dp(6))).await;
    world.advance(2 * HOUR).await;
    let cases = world.cases().await;
    assert_eq!((world.balance(ANN).await, cases.len(), cases[0].kind), (300, 1, CaseKind::UnclearAmount));
    world.end().await;
}

/// An answer of a provider that leaves out how much came.
pub fn without_amounts(path: &str, mut answer: Value) -> Value {
    if path.ends_with("/info") {
        for invoice in answer["result"].as_array_mut().into_iter().flatten() {
            for field in ["amount_paid", "to_surcharge", "received"] {
                invoice[field] = Value::Null;
            }
        }
    }
    answer
}

#[tokio::test]
async fn money_after_a_refund_is_a_case_also_when_nobody_tells_how_much_it_is() {
    let world = World::with(Options { tamper: Some(without_amounts), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(60).await;
    let case = world.cases().await.remove(0);
    assert_eq!(case.kind, CaseKind::UnclearAmount);
    assert_eq!(world.shop().record_refund(&case.id, "tx 0xback").await.unwrap(), kiosk::shop::solve::Solved::Done);
    world.advance(2 * HOUR).await;
    assert!(world.cases().await.is_empty(), "the same words again are no news");
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(2 * HOUR).await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::UnclearAmount, 0));
    world.sees(ANN, "It is safe").await;
    world.end().await;
}

/// Ann is served for more than the price, as a provider tells it whose answers pass through `tamper`.
async fn paid_too_much(tamper: fn(&str, Value) -> Value) -> World {
    let world = World::with(Options { tamper: Some(tamper), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    world
}

#[tokio::test]
async fn a_surplus_that_was_sent_back_before_its_amount_was_told_is_not_credited() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    fn at_first(path: &str, answer: Value) -> Value {
        if TOLD.load(Ordering::SeqCst) { answer } else { without_amounts(path, answer) }
    }
    let world = paid_too_much(at_first).await;
    open_case(&world, "Unclear how much was paid").await;
    world.tap(SELLER, "Refund was sent").await;
    world.say(SELLER, "tx 0xabc").await;
    TOLD.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        world.advance(2 * HOUR).await;
        let cases = world.cases().await;
        assert_eq!((world.balance(ANN).await, cases.len(), cases[0].kind), (0, 1, CaseKind::Surplus));
    }
    world.end().await;
}

#[tokio::test]
async fn a_surplus_whose_amount_is_told_after_all_is_credited_and_nobody_is_asked_any_more() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    fn at_first(path: &str, answer: Value) -> Value {
        if TOLD.load(Ordering::SeqCst) { answer } else { without_amounts(path, answer) }
    }
    let world = paid_too_much(at_first).await;
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 1));
    TOLD.store(true, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (200, 0));
    world.end().await;
}

#[tokio::test]
async fn what_was_sent_back_is_not_credited_when_the_rest_comes_and_is() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = half_paid(&world).await;
    open_case(&world, "Only a part was paid").await;
    world.tap(SELLER, "Refund was sent").await;
    world.say(SELLER, "tx 0xabc").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(2 * HOUR).await;
    open_case(&world, "Unclear how much was paid").await;
    credit(&world, "5").await;
    for _ in 0..3 {
        world.advance(2 * HOUR).await;
        assert_eq!((world.balance(ANN).await, world.cases().await.len()), (500, 0));
    }
    world.end().await;
}

#[tokio::test]
async fn a_part_that_somebody_has_looked_after_is_asked_about_once_its_amount_is_told() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    fn at_first(path: &str, answer: Value) -> Value {
        if TOLD.load(Ordering::SeqCst) { answer } else { without_amounts(path, answer) }
    }
    // Once after the case was closed, once while it is open.
    for is_closed in [true, false] {
        TOLD.store(false, Ordering::SeqCst);
        let world = World::with(Options { tamper: Some(at_first), ..Options::default() }).await;
        let invoice = world.order(ANN, "editor").await;
        world.pay(&invoice.uuid, Payment::Under).await;
        world.wait(60).await;
        let case = world.cases().await.remove(0);
        if is_closed {
            assert!(world.shop().close_case(&case.id, "sent back").await.unwrap());
        }
        TOLD.store(true, Ordering::SeqCst);
        world.advance(2 * HOUR).await;
        let cases = world.cases().await;
        if is_closed {
            assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::Short, 0));
        } else {
            assert_eq!((cases.len(), world.balance(ANN).await), (0, 500), "the rule decides, and nothing is unclear any more");
        }
        world.end().await;
    }
}

#[tokio::test]
async fn nobody_is_asked_about_nothing() {
    let world = World::with(Options { tamper: Some(without_amounts), ..Options::default() }).await;
    decide(&world, "Too little came", "ask me").await;
    half_paid(&world).await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::UnclearAmount), "how much, and not what of it");
    assert!(world.shop().close_case(&cases[0].id, "sent back").await.unwrap());
    world.advance(2 * HOUR).await;
    assert!(world.cases().await.is_empty(), "{:?}", world.cases().await);
    // `World::end` would look for the money, of which the words alone tell.
    world.settled().await;
}

#[tokio::test]
async fn what_somebody_has_looked_after_is_not_credited_whatever_was_said_and_paid_since() {
    static SAYS: AtomicU8 = AtomicU8::new(UNTOLD);
    const UNTOLD: u8 = 0;
    const FROZEN: u8 = 1;
    const TOLD: u8 = 2;
    fn in_turn(path: &str, mut answer: Value) -> Value {
        let says = SAYS.load(Ordering::SeqCst);
        if path.ends_with("/info") {
            let holds_a_part = |invoice: &Value| invoice["status"] != "paid" && invoice["amount_paid"].as_f64().unwrap() > 0.0;
            for invoice in answer["result"].as_array_mut().into_iter().flatten().filter(|invoice| holds_a_part(invoice)) {
                invoice["status"] = json!(if says == FROZEN { "frozen" } else { "partial" });
            }
        }
        if says == TOLD { answer } else { without_amounts(path, answer) }
    }
    // Once a newer case is open by the time the amount is told; once another address has paid the order.
    for is_frozen in [true, false] {
        SAYS.store(UNTOLD, Ordering::SeqCst);
        let world = World::with(Options { tamper: Some(in_turn), ..Options::default() }).await;
        let invoice = world.order(ANN, "editor").await;
        if !is_frozen {
            world.tap(ANN, "Other coin").await;
            world.tap(ANN, "BTC").await;
        }
        world.pay(&invoice.uuid, Payment::Under).await;
        world.wait(60).await;
        let case = world.cases().await.remove(0);
        assert!(world.shop().close_case(&case.id, "sent back").await.unwrap());
        if is_frozen {
            SAYS.store(FROZEN, Ordering::SeqCst);
            world.advance(HOUR).await;
            assert_eq!(world.cases().await.len(), 1, "another word, another case");
        } else {
            world.pay(&world.invoice().uuid, Payment::Exact).await;
            world.sees(ANN, "EDIT-0001").await;
        }
        SAYS.store(TOLD, Ordering::SeqCst);
        for _ in 0..2 {
            world.advance(2 * HOUR).await;
            let kinds: Vec<CaseKind> = world.cases().await.into_iter().map(|case| case.kind).collect();
            assert!(kinds.contains(&CaseKind::Short), "{kinds:?}");
            assert_eq!(world.balance(ANN).await, 0);
        }
        world.end().await;
    }
}

#[tokio::test]
async fn a_case_that_went_on_in_a_newer_one_was_looked_after_by_nobody() {
    static SAYS_MORE: AtomicBool = AtomicBool::new(false);
    static TOLD: AtomicBool = AtomicBool::new(false);
    fn in_turn(path: &str, answer: Value) -> Value {
        if TOLD.load(Ordering::SeqCst) {
            return answer;
        }
        let mut answer = without_amounts(path, answer);
        if path.ends_with("/info") && SAYS_MORE.load(Ordering::SeqCst) {
            for invoice in answer["result"].as_array_mut().into_iter().flatten().filter(|invoice| invoice["status"] == "partial") {
                invoice["received"] = json!(4.5);
            }
        }
        answer
    }
    let world = World::with(Options { tamper: Some(in_turn), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(60).await;
    let first = world.cases().await.remove(0);
    SAYS_MORE.store(true, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    let second = world.cases().await;
    assert!(second.len() == 1 && second[0].id != first.id, "{second:?}");
    TOLD.store(true, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (500, 0), "the rule decides, and nothing is unclear any more");
    world.end().await;
}

#[tokio::test]
async fn nobody_is_asked_about_a_part_whose_order_is_served() {
    static SILENT: AtomicBool = AtomicBool::new(true);
    fn at_first(path: &str, answer: Value) -> Value {
        if SILENT.load(Ordering::SeqCst) { without_amounts(path, answer) } else { answer }
    }
    let world = World::with(Options { tamper: Some(at_first), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(60).await;
    assert_eq!(world.cases().await.len(), 1);
    SILENT.store(false, Ordering::SeqCst);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.cases().await.len(), world.balance(ANN).await), (0, 0), "the part was a part of the price");
    world.end().await;
}

#[tokio::test]
async fn credit_that_is_on_the_order_itself_completes_the_payment_that_it_came_from() {
    let world = World::new().await;
    let first = half_paid(&world).await;
    assert_eq!(world.balance(ANN).await, 500);
    world.tap(ANN, "Try again").await;
    world.tap(ANN, "of credit, pay the rest").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    let second = world.invoice();
    assert_eq!(world.balance(ANN).await, 0, "it pays for a half of the same order");
    world.pay(&first.uuid, Payment::Exact).await;
    world.wait(60).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!world.shows(ANN, &second.address));
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 0));
    world.end().await;
}

#[tokio::test]
async fn all_of_it_is_the_whole_price_whatever_was_credited_for_other_money() {
    let world = World::new().await;
    decide(&world, "Too much came", "ask me").await;
    decide(&world, "Paid after the end", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(HOUR + 100).await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.advance(HOUR).await;
    open_case(&world, "Too much was paid").await;
    credit(&world, "2").await;
    open_case(&world, "Paid late").await;
    let case = world.cases().await.remove(0);
    let whole = world.shop().case_file(&case.id).await.unwrap().unwrap().whole.unwrap();
    assert_eq!(whole.to_string(), "10.00 USD");
    world.end().await;
}

#[tokio::test]
async fn money_that_comes_to_a_case_that_was_closed_is_a_case() {
    fn dearer(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") {
            for invoice in answer["result"].as_array_mut().into_iter().flatten().filter(|invoice| invoice["status"] != "created") {
                invoice["amount_in_fiat"] = json!(99);
            }
        }
        answer
    }
    let world = World::with(Options { tamper: Some(dearer), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.sandbox.cryptocloud.expire(&invoice.uuid).unwrap();
    world.advance(2 * HOUR).await;
    for case in world.cases().await {
        assert!(world.shop().close_case(&case.id, "looked at").await.unwrap());
    }
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(2 * HOUR).await;
    assert_eq!((world.cases().await.len(), world.count(ANN, "EDIT-")), (1, 0));
    world.end().await;
}

#[tokio::test]
async fn a_draft_is_for_what_is_sold_now_and_not_for_the_price_of_then() {
    let world = World::new().await;
    for taken_away in [false, true] {
        world.say(ANN, "/start p_editor").await;
        world.tap(ANN, "Buy ·").await;
        let (message, button) = world.button(ANN, "USDT");
        world.say(SELLER, "/products").await;
        world.tap(SELLER, "Editor Pro").await;
        if taken_away {
            world.tap(SELLER, "Hide").await;
        } else {
            world.tap(SELLER, "💵 Price").await;
            world.say(SELLER, "100").await;
        }
        world.send_data(ANN, message, button["data"].as_str().unwrap()).await;
        let coin = world.newest(ANN);
        if let Some(network) = buttons(&coin).iter().find(|button| button["text"].as_str().unwrap().contains("TRON")) {
            world.send_data(ANN, id_of(&coin), network["data"].as_str().unwrap()).await;
        }
        assert!(world.sandbox.cryptocloud.invoices().is_empty(), "{}", world.transcript(ANN));
        assert!(world.orders_of(ANN).await.is_empty());
    }
    world.end().await;
}

#[tokio::test]
async fn what_was_only_seen_since_somebody_decided_is_news_once_it_counts() {
    static COUNTS: AtomicBool = AtomicBool::new(false);
    fn only_seen(path: &str, mut answer: Value) -> Value {
        let counts = COUNTS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| !counts && invoice["status"] == "paid") {
            (invoice["status"], invoice["to_surcharge"]) = (json!("created"), json!(0.0));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(only_seen), ..Options::default() }).await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = half_paid(&world).await;
    open_case(&world, "Only a part was paid").await;
    credit(&world, "5").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (500, 0), "it does not count yet");
    COUNTS.store(true, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    let case = world.cases().await.remove(0);
    assert_eq!((world.balance(ANN).await, case.kind), (500, CaseKind::UnclearAmount));
    assert!(case.detail.contains("5.00 USD is credit already"), "{}", case.detail);
    world.end().await;
}

#[tokio::test]
async fn what_was_decided_under_another_coin_is_not_asked_about_again_under_the_right_one() {
    static ODD: AtomicBool = AtomicBool::new(true);
    fn odd(path: &str, mut answer: Value) -> Value {
        let is_odd = ODD.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| is_odd && invoice["status"] == "paid") {
            invoice["currency"]["fullcode"] = json!("BTC");
        }
        answer
    }
    let mut world = World::with(Options { tamper: Some(odd), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(60).await;
    let case = world.cases().await.remove(0);
    assert_eq!(case.kind, CaseKind::Mismatch);
    world.shop().record_refund(&case.id, "tx 0xabc").await.unwrap();
    ODD.store(false, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 0));
    world.stop().await;
}

#[tokio::test]
async fn money_that_is_worth_too_much_is_asked_about_once() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Amount(invoice.amount_to_pay * rust_decimal::Decimal::from(5))).await;
    world.sees(ANN, "EDIT-0001").await;
    let case = world.cases().await.remove(0);
    assert_eq!(case.kind, CaseKind::UnclearAmount);
    world.shop().record_refund(&case.id, "tx 0xabc").await.unwrap();
    for _ in 0..2 {
        world.advance(2 * HOUR).await;
        assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 0));
    }
    world.end().await;
}

#[tokio::test]
async fn late_money_of_which_a_part_was_looked_after_is_not_credited_as_a_whole() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    decide(&world, "Paid after the end", "credit").await;
    let invoice = half_paid(&world).await;
    let case = world.cases().await.remove(0);
    assert!(world.shop().close_case(&case.id, "sent back").await.unwrap());
    world.pay(&invoice.uuid, Payment::Exact).await;
    for _ in 0..2 {
        world.advance(2 * HOUR).await;
        let cases = world.cases().await;
        assert_eq!((world.balance(ANN).await, cases.len(), cases[0].kind), (0, 1, CaseKind::UnclearAmount));
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_worth_too_much_stays_a_case_when_a_later_answer_leaves_the_amount_out() {
    static SAYS: AtomicU8 = AtomicU8::new(0);
    fn in_turn(path: &str, mut answer: Value) -> Value {
        let says = SAYS.load(Ordering::SeqCst);
        for invoice in asked(path, &mut answer).into_iter().filter(|invoice| says < 2 && invoice["amount_paid"].as_f64() > Some(0.0)) {
            if says == 0 {
                invoice["status"] = json!("canceled");
            } else {
                (invoice["status"], invoice["amount_paid"], invoice["received"]) = (json!("paid"), Value::Null, Value::Null);
            }
        }
        answer
    }
    let world = World::with(Options { tamper: Some(in_turn), ..Options::default() }).await;
    decide(&world, "Paid after the end", "credit").await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(HOUR + 100).await;
    world.pay(&invoice.uuid, Payment::Amount(invoice.amount_to_pay * rust_decimal::Decimal::from(5))).await;
    for says in 0..3 {
        SAYS.store(says, Ordering::SeqCst);
        world.advance(2 * HOUR).await;
        let kinds: Vec<CaseKind> = world.cases().await.into_iter().map(|case| case.kind).collect();
        assert!(kinds.contains(&CaseKind::UnclearAmount), "{says}: {kinds:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_somebody_has_sent_back_is_no_part_of_the_price_any_more() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = half_paid(&world).await;
    let case = world.cases().await.remove(0);
    assert!(world.shop().close_case(&case.id, "sent back").await.unwrap());
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "We have your payment for order").await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind, world.count(ANN, "EDIT-0001")), (1, CaseKind::Late, 0), "half of it has gone back");
    assert!(cases[0].detail.contains("decided about a part"), "{}", cases[0].detail);
    let order = world.order_of(ANN).await;
    world.shop().serve_held(&order.id).await.unwrap();
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

/// How much the provider says has come.
enum Amount {
    AsItIs,
    Untold,
    Told(f64),
}

/// The provider says of money that is not just the price what `sayings` has at the place of `says`, and after the last of them the truth.
fn say_in_turn(path: &str, mut answer: Value, says: u8, sayings: &[(&str, Amount)]) -> Value {
    let Some((status, amount)) = sayings.get(usize::from(says)) else { return answer };
    let has_money = |invoice: &&mut Value| invoice["amount_paid"].as_f64() > Some(0.0) && invoice["status"] != "paid";
    for invoice in asked(path, &mut answer).into_iter().filter(has_money) {
        (invoice["status"], invoice["to_surcharge"], invoice["received"]) = (json!(status), Value::Null, Value::Null);
        match amount {
            AsItIs => {}
            Untold => invoice["amount_paid"] = Value::Null,
            Told(amount) => invoice["amount_paid"] = json!(amount),
        }
    }
    answer
}

#[tokio::test]
async fn a_smaller_amount_that_is_told_later_is_no_answer_about_a_larger_one() {
    static SAYS: AtomicU8 = AtomicU8::new(0);
    fn in_turn(path: &str, answer: Value) -> Value {
        say_in_turn(path, answer, SAYS.load(Ordering::SeqCst), &[("canceled", AsItIs), ("partial", Told(3.125)), ("canceled", Untold)])
    }
    SAYS.store(0, Ordering::SeqCst);
    let world = World::with(Options { tamper: Some(in_turn), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Amount(invoice.amount_to_pay * rust_decimal::Decimal::from(5))).await;
    for (says, credit) in [(0, 0), (1, 312), (2, 312)] {
        SAYS.store(says, Ordering::SeqCst);
        world.advance(2 * HOUR).await;
        let cases = world.cases().await;
        assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::UnclearAmount, credit), "{says}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_was_asked_about_money_for_an_order_that_is_served_is_answered_when_it_is_credit() {
    static SAYS: AtomicU8 = AtomicU8::new(0);
    fn in_turn(path: &str, answer: Value) -> Value {
        say_in_turn(path, answer, SAYS.load(Ordering::SeqCst), &[("partial", Untold), ("frozen", AsItIs)])
    }
    for says in [0, 1] {
        SAYS.store(says, Ordering::SeqCst);
        let world = World::with(Options { tamper: Some(in_turn), ..Options::default() }).await;
        let left = world.order(ANN, "editor").await;
        world.tap(ANN, "Other coin").await;
        world.tap(ANN, "BTC").await;
        world.pay(&world.invoice().uuid, Payment::Exact).await;
        world.sees(ANN, "EDIT-0001").await;
        world.pay(&left.uuid, Payment::Under).await;
        world.advance(2 * HOUR).await;
        assert_eq!((world.cases().await.len(), world.balance(ANN).await), (1, 0), "{says}");
        SAYS.store(2, Ordering::SeqCst);
        world.advance(2 * HOUR).await;
        assert_eq!((world.cases().await.len(), world.balance(ANN).await), (0, 500), "{says}: nobody need credit it once more");
        world.end().await;
    }
}

#[tokio::test]
async fn money_that_was_gone_when_somebody_decided_is_asked_about_when_it_is_back() {
    static SAYS: AtomicU8 = AtomicU8::new(0);
    fn in_turn(path: &str, answer: Value) -> Value {
        say_in_turn(path, answer, SAYS.load(Ordering::SeqCst), &[("canceled", AsItIs), ("canceled", Told(0.0)), ("canceled", AsItIs)])
    }
    SAYS.store(0, Ordering::SeqCst);
    let world = World::with(Options { tamper: Some(in_turn), ..Options::default() }).await;
    decide(&world, "Too little came", "ask me").await;
    half_paid(&world).await;
    SAYS.store(1, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    let case = world.cases().await.remove(0);
    assert!(world.shop().close_case(&case.id, "nothing came in the end").await.unwrap());
    world.advance(2 * HOUR).await;
    assert_eq!(world.cases().await.len(), 0);
    SAYS.store(2, Ordering::SeqCst);
    for _ in 0..2 {
        world.advance(2 * HOUR).await;
        let cases = world.cases().await;
        assert_eq!((cases.len(), cases[0].kind, world.balance(ANN).await), (1, CaseKind::Short, 0));
    }
    world.end().await;
}

#[tokio::test]
async fn late_money_that_was_confirmed_by_hand_is_credited_as_much_as_came() {
    static SAYS: AtomicU8 = AtomicU8::new(0);
    fn by_hand(path: &str, answer: Value) -> Value {
        say_in_turn(path, answer, SAYS.load(Ordering::SeqCst), &[("partial", AsItIs), ("paid", AsItIs)])
    }
    SAYS.store(0, Ordering::SeqCst);
    let world = World::with(Options { tamper: Some(by_hand), ..Options::default() }).await;
    decide(&world, "Paid after the end", "credit").await;
    half_paid(&world).await;
    assert_eq!(world.balance(ANN).await, 500);
    SAYS.store(1, Ordering::SeqCst);
    world.advance(2 * HOUR).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (500, 0), "nobody has sent more");
    world.end().await;
}
