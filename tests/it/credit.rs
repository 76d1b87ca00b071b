//! Money that bought nothing is spent: on a whole order, or on a part of one. Whatever comes between, nobody has it twice or loses it.

use kiosk::domain::customer::CustomerId;
use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::order::{Charge, OrderState, PAID_BY_CREDIT};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::store::Place;
use rust_decimal::Decimal;

use crate::policy::{decide, open_case};
use crate::postgres;
use crate::world::{ANN, Options, SELLER, World, text_of};

/// Somebody has so many cents of credit from before.
async fn with_credit(world: &World, user: i64, cents: i64) {
    world.say(user, "/start").await;
    let (customer, amount) = (CustomerId(user), Fiat::new(cents, Currency::Usd));
    world.shop().write(move |tx| Box::pin(async move { tx.add_credit(customer, amount, None, "surplus", 0).await })).await.unwrap();
}

/// From /start to the choice of coin.
async fn choose(world: &World, user: i64, product: &str) {
    world.say(user, &format!("/start p_{product}")).await;
    world.tap(user, "Buy ·").await;
}

/// Half of an order is paid with credit, the address for the other half is there.
async fn with_part(world: &World, cents: i64) -> kiosk::sandbox::cryptocloud::Invoice {
    with_credit(world, ANN, cents).await;
    choose(world, ANN, "editor").await;
    world.tap(ANN, "of credit, pay the rest").await;
    world.sees(ANN, "of your credit will be used").await;
    assert_eq!(world.balance(ANN).await, cents, "looking takes nothing");
    world.pick_usdt(ANN).await
}

#[tokio::test]
async fn credit_pays_a_whole_order_at_once() {
    let world = World::new().await;
    with_credit(&world, ANN, 1_250).await;
    choose(&world, ANN, "editor").await;
    world.tap(ANN, "Pay with credit (10.00 USD)").await;
    world.sees(ANN, "EDIT-0001").await;
    let card = world.sees(ANN, "Paid. Thank you!").await;
    assert!(text_of(&card).contains("of which 10.00 USD from your credit"), "{card}");
    world.sees(SELLER, "from your credit").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge, order.paid_by.as_deref()), (OrderState::Completed, Charge::Full, Some(PAID_BY_CREDIT)));
    assert_eq!((world.balance(ANN).await, world.stock("editor").await), (250, 13));
    assert!(world.sandbox.cryptocloud.invoices().is_empty(), "nobody asked for an address");
    world.say(ANN, "/balance").await;
    let page = world.sees(ANN, "Your credit: 2.50 USD").await;
    assert!(text_of(&page).contains(&format!("-10.00 USD · paid for #{}", order.id)), "{page}");
    world.end().await;
}

#[tokio::test]
async fn a_part_is_paid_with_credit_and_the_rest_in_a_coin() {
    let world = World::new().await;
    let invoice = with_part(&world, 250).await;
    assert_eq!(invoice.amount_in_fiat, Decimal::new(750, 2), "the rest is asked for");
    world.sees(ANN, "of which 2.50 USD from your credit").await;
    assert_eq!(world.balance(ANN).await, 0);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.charge, order.credit.minor, world.balance(ANN).await), (Charge::Full, 250, 0));
    assert!(text_of(&world.message(ANN, "Paid. Thank you!")).contains("of which 2.50 USD from your credit"));
    world.end().await;
}

#[tokio::test]
async fn what_was_paid_with_credit_is_credit_again_when_the_rest_is_sent_back() {
    let world = World::new().await;
    decide(&world, "Paid after the end", "ask me").await;
    let invoice = with_part(&world, 250).await;
    world.advance(3_700).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    open_case(&world, "Paid late").await;
    world.tap(SELLER, "Refund was sent").await;
    world.sees(SELLER, "2.50 USD of the price was paid with credit").await;
    world.say(SELLER, "tx 4f1d09aa").await;
    world.sees(ANN, "back to you: tx 4f1d09aa").await;
    world.sees(ANN, "The seller has credited you 2.50 USD").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, world.balance(ANN).await, world.cases().await.len()), (OrderState::Cancelled, 250, 0));
    let refunded = world.shop().store.read().await.unwrap().refunded(&order.id, Currency::Usd).await.unwrap();
    assert_eq!(refunded.minor, 750, "what was sent");
    world.end().await;
}

#[tokio::test]
async fn cancelling_gives_the_credit_back_once() {
    let world = World::new().await;
    with_part(&world, 250).await;
    let (message, button) = world.button(ANN, "Cancel");
    world.press(ANN, message, &button);
    world.settled().await;
    let (message, button) = world.button(ANN, "Yes");
    world.press(ANN, message, &button);
    world.press(ANN, message, &button);
    world.settled().await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.credit.minor, world.balance(ANN).await), (OrderState::Cancelled, 0, 250));
    world.say(ANN, "/balance").await;
    world.sees(ANN, "+2.50 USD · given back").await;
    world.end().await;
}

#[tokio::test]
async fn an_order_that_expires_gives_the_credit_back_and_renewing_takes_nothing_by_itself() {
    let world = World::new().await;
    with_part(&world, 250).await;
    world.advance(3_600).await;
    world.sees(ANN, "The time to pay is over").await;
    assert_eq!((world.order_of(ANN).await.credit.minor, world.balance(ANN).await), (0, 250));
    world.tap(ANN, "Try again").await;
    let invoice = world.pick_usdt(ANN).await;
    assert_eq!(invoice.amount_in_fiat, Decimal::new(1_000, 2));
    assert_eq!(world.balance(ANN).await, 250);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 250);
    world.end().await;
}

#[tokio::test]
async fn an_address_that_is_refused_gives_the_credit_back() {
    let world = World::new().await;
    with_credit(&world, ANN, 250).await;
    choose(&world, ANN, "editor").await;
    world.tap(ANN, "of credit, pay the rest").await;
    world.faults(Faults { cryptocloud: CallFaults { percent: 100, status: Some(400), ..CallFaults::default() }, ..Faults::default() });
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.wait(150).await;
    world.sees(ANN, "There is no address").await;
    world.faults(Faults::default());
    assert_eq!((world.order_of(ANN).await.credit.minor, world.balance(ANN).await), (0, 250));
    world.end().await;
}

#[tokio::test]
async fn late_money_takes_the_credit_again_while_it_is_there() {
    let world = World::new().await;
    let invoice = with_part(&world, 250).await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 250);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.order_of(ANN).await.credit.minor, world.balance(ANN).await), (250, 0));
    world.end().await;
}

#[tokio::test]
async fn late_money_whose_credit_was_spent_becomes_credit_and_a_case() {
    let world = World::new().await;
    let invoice = with_part(&world, 400).await;
    world.advance(3_600).await;
    choose(&world, ANN, "handbook").await;
    world.tap(ANN, "Pay with credit (4.00 USD)").await;
    world.sees(ANN, "example.com/handbook").await;
    assert_eq!(world.balance(ANN).await, 0);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "came after its time").await;
    world.sees(SELLER, "credit spent meanwhile").await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len(), world.stock("editor").await), (600, 1, 14));
    // More credit comes: what was decided stays decided.
    with_credit(&world, ANN, 2_000).await;
    world.advance(3_600).await;
    assert_eq!((world.balance(ANN).await, world.count(ANN, "EDIT-0001")), (2_600, 0));
    // And money that comes on top of it is the buyer's as well.
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(3_600).await;
    assert_eq!((world.balance(ANN).await, world.count(ANN, "EDIT-0001")), (3_200, 0));
    world.end().await;
}

#[tokio::test]
async fn a_part_that_became_credit_and_was_spent_is_not_spent_again_when_its_rest_comes() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 500);
    choose(&world, ANN, "handbook").await;
    world.tap(ANN, "Pay with credit (4.00 USD)").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "came after its time").await;
    assert_eq!((world.balance(ANN).await, world.count(ANN, "EDIT-0001")), (600, 0), "ten dollars came, four were spent");
    world.end().await;
}

#[tokio::test]
async fn what_was_paid_twice_buys_the_next_one() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(world.balance(ANN).await, 1_000);
    choose(&world, ANN, "editor").await;
    world.tap(ANN, "Pay with credit (10.00 USD)").await;
    world.sees(ANN, "EDIT-0002").await;
    assert_eq!(world.balance(ANN).await, 0);
    world.end().await;
}

#[tokio::test]
async fn tapping_twice_spends_once() {
    let world = World::new().await;
    with_credit(&world, ANN, 5_000).await;
    choose(&world, ANN, "editor").await;
    let (message, button) = world.button(ANN, "Pay with credit");
    for _ in 0..3 {
        world.press(ANN, message, &button);
    }
    world.settled().await;
    world.sees(ANN, "Paid. Thank you!").await;
    assert_eq!((world.balance(ANN).await, world.stock("editor").await, world.orders_of(ANN).await.len()), (4_000, 13, 1));
    world.end().await;
}

#[tokio::test]
async fn an_order_with_an_address_can_be_paid_with_credit_after_all() {
    let world = World::new().await;
    with_credit(&world, ANN, 1_000).await;
    let invoice = world.order(ANN, "editor").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "Pay with credit").await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!world.shows(ANN, &invoice.address), "nobody is to pay there any more");
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(world.balance(ANN).await, 1_000, "it was paid already: what comes is the buyer's");
    world.end().await;
}

#[tokio::test]
async fn the_whole_price_on_an_older_address_gives_the_credit_back() {
    let world = World::new().await;
    with_credit(&world, ANN, 250).await;
    let old = world.order(ANN, "editor").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "of credit, pay the rest").await;
    let new = world.pick_usdt(ANN).await;
    assert_ne!(old.uuid, new.uuid, "another price is another address");
    assert_eq!(world.balance(ANN).await, 0);
    world.pay(&old.uuid, Payment::Exact).await;
    world.advance(60).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.order_of(ANN).await.credit.minor, world.balance(ANN).await), (0, 250));
    world.end().await;
}

#[tokio::test]
async fn a_part_on_postgresql_is_given_back_and_taken_again() {
    let Some(url) = postgres::new_database().await else { return };
    let world = World::with(Options { place: Some(Place::Postgres(url)), ..Options::default() }).await;
    let invoice = with_part(&world, 250).await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 250);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 0);
    world.end().await;
}
