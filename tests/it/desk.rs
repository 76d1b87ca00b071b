//! The seller's desk: every case tells its history, and ends there with goods, with credit, or with a refund that is written down.

use std::sync::atomic::{AtomicBool, Ordering};

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::order::{Charge, Delivery, OrderState, Standing};
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::shop::cancel::Cancelled;
use kiosk::shop::solve::Solved;
use kiosk::store::CaseKind;
use serde_json::{Value, json};

use crate::world::{ANN, BEN, Options, SELLER, World, text_of};

const HELPER: i64 = 903;

/// Ann pays late for the last one, which Ben has got meanwhile: it is held, and there is a case.
async fn held(world: &World) -> Invoice {
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.pay(&late.uuid, Payment::Exact).await;
    world.sees(SELLER, "needs you").await;
    late
}

async fn open_case(world: &World, who: i64) {
    world.say(who, "/cases").await;
    let label = format!("#{}", world.cases().await[0].order);
    world.tap(who, &label).await;
}

/// A shop whose provider says a word about paid invoices that nobody knows, until `paid` is what it says of a second payment.
async fn with_unknown_word() -> (World, Invoice) {
    fn odd(path: &str, mut answer: Value) -> Value {
        // Once more than the price has come, the provider is itself again.
        if path.ends_with("/info") && answer["result"][0]["status"] == "paid" {
            answer["result"][0]["status"] = json!("frozen");
        }
        answer
    }
    let world = World::with(Options { tamper: Some(odd), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(SELLER, "frozen").await;
    (world, invoice)
}

#[tokio::test]
async fn who_has_paid_what_nobody_understands_is_told_so_and_asked_for_no_more() {
    let (world, invoice) = with_unknown_word().await;
    world.sees(ANN, "It is safe: the seller has been told").await;
    assert!(!world.shows(ANN, &invoice.address) && !world.shows(ANN, "Send exactly"), "{}", world.transcript(ANN));
    let order = world.order_of(ANN).await;
    assert_eq!(world.shop().cancel(order.customer, &order.id).await.unwrap(), Cancelled::MoneySeen);
    world.wait(120).await;
    assert_eq!((world.count(ANN, "It is safe"), world.cases().await.len()), (1, 1));
    world.end().await;
}

#[tokio::test]
async fn a_case_that_was_closed_with_words_keeps_nobody_from_goods_that_are_paid_in_time() {
    let (world, invoice) = with_unknown_word().await;
    let case = world.cases().await.remove(0);
    assert!(world.shop().close_case(&case.id, "looked at, it is fine").await.unwrap());
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(world.cases().await.iter().all(|case| case.kind == CaseKind::Surplus), "the price came in time");
    world.end().await;
}

#[tokio::test]
async fn who_is_served_is_not_told_of_doubts_about_their_money() {
    static ODD: AtomicBool = AtomicBool::new(false);
    fn odd(path: &str, mut answer: Value) -> Value {
        if ODD.load(Ordering::SeqCst) && path.ends_with("/info") {
            answer["result"][0]["status"] = json!("frozen");
        }
        answer
    }
    let world = World::with(Options { tamper: Some(odd), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    ODD.store(true, Ordering::SeqCst);
    world.advance(2 * 3_600).await;
    assert_eq!((world.cases().await.len(), world.count(ANN, "It is safe")), (1, 0), "the staff hears of it alone");
    world.end().await;
}

#[tokio::test]
async fn a_case_tells_its_history_in_words() {
    let world = World::new().await;
    held(&world).await;
    open_case(&world, SELLER).await;
    let page = world.sees(SELLER, "What happened").await;
    for part in ["ordered for 8.00 USD", "asked to send", "the payment provider says paid", "case opened: Paid, but sold out"] {
        assert!(text_of(&page).contains(part), "{part}: {page}");
    }
    for button in ["Serve", "Credit the buyer", "Refund was sent", "Close the case"] {
        world.button(SELLER, button);
    }
    world.end().await;
}

#[tokio::test]
async fn the_whole_of_a_held_order_is_credited_and_the_order_ends() {
    let world = World::new().await;
    held(&world).await;
    open_case(&world, SELLER).await;
    world.tap(SELLER, "Credit the buyer").await;
    world.tap(SELLER, "All of it: 8.00 USD").await;
    world.say(SELLER, "nothing left until autumn").await;
    world.sees(SELLER, "the case is closed").await;
    world.sees(ANN, "The seller has credited you 8.00 USD").await;
    world.sees(ANN, "ended without its goods").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.standing(), order.lines[0].delivery), (OrderState::Cancelled, Standing::Cancelled, Delivery::None));
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (800, 0));
    // New stock is for others, and the provider's word changes nothing any more.
    world.restock("last", &["ONE-MORE"]).await;
    world.shop().serve_held(&order.id).await.unwrap();
    world.advance(3_600).await;
    assert_eq!((world.balance(ANN).await, world.stock("last").await, world.count(ANN, "ONE-MORE")), (800, 1, 0));
    world.end().await;
}

#[tokio::test]
async fn a_refund_is_written_down_and_the_buyer_is_told() {
    let world = World::new().await;
    held(&world).await;
    open_case(&world, SELLER).await;
    world.tap(SELLER, "Refund was sent").await;
    world.say(SELLER, "tx 4f1d09aa").await;
    world.sees(SELLER, "The refund is written down").await;
    world.sees(ANN, "back to you: tx 4f1d09aa").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge, order.lines[0].delivery), (OrderState::Cancelled, Charge::Full, Delivery::None));
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 0));
    let history = world.shop().store.read().await.unwrap().history(&order.id).await.unwrap();
    assert!(format!("{history:?}").contains("refunded: tx 4f1d09aa"), "{history:?}");
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 0, "the money was given back: it is not credited as well");
    world.end().await;
}

#[tokio::test]
async fn a_typed_amount_is_credited_for_money_that_was_not_understood() {
    let (world, invoice) = with_unknown_word().await;
    open_case(&world, SELLER).await;
    world.tap(SELLER, "Credit the buyer").await;
    world.say(SELLER, "a lot").await;
    world.sees(SELLER, "How much").await;
    world.say(SELLER, "4.50").await;
    world.sees(SELLER, "4.50 USD for the buyer").await;
    world.say(SELLER, "as agreed").await;
    world.sees(ANN, "The seller has credited you 4.50 USD").await;
    assert!(!world.shows(ANN, &invoice.address), "nobody is to pay there any more");
    assert_eq!((world.balance(ANN).await, world.stock("editor").await, world.order_of(ANN).await.state), (450, 14, OrderState::Expired));
    // The provider finds its words again, and more has come: the seller decides about that as well, and it buys no goods.
    world.pay(&invoice.uuid, Payment::Over).await;
    world.advance(3_600).await;
    let cases = world.cases().await;
    assert_eq!((world.balance(ANN).await, cases.len(), cases[0].kind), (450, 1, CaseKind::UnclearAmount));
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.end().await;
}

#[tokio::test]
async fn money_that_was_sent_back_buys_nothing_when_it_is_understood_later() {
    let (world, invoice) = with_unknown_word().await;
    let case = world.cases().await.remove(0);
    assert_eq!(world.shop().record_refund(&case.id, "sent back").await.unwrap(), Solved::Done);
    world.wait(60).await;
    assert!(world.cases().await.is_empty(), "the same money is no news");
    world.pay(&invoice.uuid, Payment::Over).await;
    assert_eq!(world.cases().await.len(), 1, "more has come: that is news, and told at once");
    world.advance(3_600).await;
    assert_eq!((world.balance(ANN).await, world.count(ANN, "EDIT-0001")), (0, 0));
    assert_eq!(world.cases().await.len(), 1, "what came on top is a case of its own");
    world.end().await;
}

#[tokio::test]
async fn a_case_is_solved_once_however_many_try() {
    let world = World::new().await;
    held(&world).await;
    let case = world.cases().await.remove(0);
    let shop = world.shop();
    let (one, two, three) =
        tokio::join!(shop.credit_buyer(&case.id, None, "a"), shop.credit_buyer(&case.id, None, "b"), shop.record_refund(&case.id, "c"));
    let done = [one, two, three].into_iter().filter(|solved| *solved.as_ref().unwrap() == Solved::Done).count();
    assert_eq!(done, 1);
    world.settled().await;
    assert!(world.balance(ANN).await <= 800);
    world.end().await;
}

#[tokio::test]
async fn support_looks_at_a_case_and_moves_no_money() {
    let world = World::new().await;
    world.say(HELPER, "/start").await;
    world.shop().write(|tx| Box::pin(async move { tx.set_role(CustomerId(HELPER), Role::Support, 0).await })).await.unwrap();
    held(&world).await;
    open_case(&world, HELPER).await;
    let page = world.sees(HELPER, "What happened").await;
    let labels = page["keyboard"].to_string();
    assert!(!labels.contains("Credit the buyer") && !labels.contains("Refund was sent"), "{labels}");
    let case = world.cases().await.remove(0);
    let message = crate::world::id_of(&page);
    for tag in ["yc", "yw", "yr"] {
        world.send_data(HELPER, message, &format!("{tag}:{}", case.id)).await;
        world.say(HELPER, "8").await;
    }
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (0, 1));
    world.end().await;
}

#[tokio::test]
async fn a_seller_gives_more_time_and_the_old_address_still_counts() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    let id = world.order_of(ANN).await.id;
    world.say(SELLER, &format!("/order {id}")).await;
    world.tap(SELLER, "Give more time").await;
    world.hears(SELLER, "still good for").await;
    world.advance(3_700).await;
    world.sees(ANN, "The time to pay is over").await;
    world.tap(SELLER, "Give more time").await;
    world.hears(SELLER, "on its way to the buyer").await;
    world.sees(ANN, "gives you more time").await;
    world.tap(ANN, "Show").await;
    let new = world.invoice();
    assert!(new.uuid != old.uuid && world.shows(ANN, &new.address) && !world.shows(ANN, &old.address));
    assert_eq!(world.stock("editor").await, 13, "set aside again");
    world.pay(&old.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.tap(SELLER, "Give more time").await;
    world.hears(SELLER, "cannot be offered again").await;
    world.tap(SELLER, "Panel").await;
    world.end().await;
}

#[tokio::test]
async fn no_more_time_is_given_for_what_is_gone_or_costs_more() {
    let world = World::new().await;
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    let id = world.order_of(ANN).await.id;
    world.say(SELLER, &format!("/order {id}")).await;
    world.tap(SELLER, "Give more time").await;
    world.hears(SELLER, "cannot be offered again").await;
    assert_eq!((world.order_of(ANN).await.state, world.invoice().uuid), (OrderState::Expired, quick.uuid.clone()));
    assert_ne!(late.uuid, quick.uuid);
    world.tap(SELLER, "Panel").await;
    world.end().await;
}
