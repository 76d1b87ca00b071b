//! What the owner decides about money that does not fit, about time and stock: each choice does what its button says, and nothing is lost
//! under any of them.

use kiosk::domain::order::{Charge, Delivery, OrderState};
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use rust_decimal::Decimal;

use crate::world::{ANN, BEN, Options, SELLER, World, has};

const EMPTY: &str = "shop: { name: { en: New Shop }, currency: USD }\n";

/// The owner taps a line of the policy until it says so.
pub async fn decide(world: &World, line: &str, says: &str) {
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Money and time").await;
    for _ in 0..8 {
        let (_, button) = world.button(SELLER, line);
        if button["text"].as_str().unwrap().contains(says) {
            return;
        }
        world.tap(SELLER, line).await;
    }
    panic!("{line} never says {says}:\n{}", world.transcript(SELLER));
}

async fn open_case(world: &World, label: &str) {
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, label).await;
}

/// Ann's order has expired, and then its whole price comes.
async fn paid_late(world: &World) -> Invoice {
    let invoice = world.order(ANN, "editor").await;
    world.advance(3_700).await;
    world.sees(ANN, "The time to pay is over").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    invoice
}

#[tokio::test]
async fn too_little_waits_for_the_seller_who_wants_to_be_asked() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(3_700).await;
    world.sees(ANN, "does not fit what was due").await;
    assert_eq!((world.balance(ANN).await, world.order_of(ANN).await.state), (0, OrderState::Expired));
    // However often the provider is asked about it: one case, one message.
    world.wait(600).await;
    assert_eq!((world.cases().await.len(), world.count(ANN, "does not fit")), (1, 1));
    open_case(&world, "Only a part was paid").await;
    world.tap(SELLER, "Credit the buyer").await;
    world.say(SELLER, "5").await;
    world.say(SELLER, "half of it came").await;
    world.sees(ANN, "credited you 5.00 USD").await;
    world.advance(7_200).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (500, 0), "the provider's word adds nothing to it");
    world.end().await;
}

#[tokio::test]
async fn the_rest_that_comes_late_ends_the_case_about_the_part() {
    let world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(3_700).await;
    assert_eq!(world.cases().await.len(), 1);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.cases().await.len(), world.balance(ANN).await), (0, 0));
    world.end().await;
}

#[tokio::test]
async fn what_was_credited_before_the_owner_changed_the_rule_stays_credit() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(3_700).await;
    assert_eq!(world.balance(ANN).await, 500);
    decide(&world, "Too little came", "ask me").await;
    let tenth = invoice.amount_to_pay / Decimal::TEN;
    world.pay(&invoice.uuid, Payment::Amount(tenth.round_dp(6))).await;
    world.advance(7_200).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (600, 0));
    world.end().await;
}

#[tokio::test]
async fn too_much_waits_for_the_seller_and_the_goods_do_not() {
    let world = World::new().await;
    decide(&world, "Too much came", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    world.sees(ANN, "does not fit what was due").await;
    assert_eq!((world.balance(ANN).await, world.order_of(ANN).await.charge), (0, Charge::Over));
    open_case(&world, "Too much was paid").await;
    world.tap(SELLER, "Refund was sent").await;
    world.say(SELLER, "tx 0xabc").await;
    world.sees(ANN, "tx 0xabc").await;
    world.advance(7_200).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len(), world.order_of(ANN).await.state), (0, 0, OrderState::Completed));
    world.end().await;
}

#[tokio::test]
async fn how_much_is_change_is_the_owners_choice() {
    let world = World::new().await;
    decide(&world, "is change", "Up to 10 %").await;
    let invoice = world.order(ANN, "editor").await;
    let sent = invoice.amount_to_pay * Decimal::new(109, 2);
    world.pay(&invoice.uuid, Payment::Amount(sent.round_dp(6))).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 0, "nine percent is change here");
    decide(&world, "is change", "Nothing").await;
    let invoice = world.order(BEN, "editor").await;
    let sent = invoice.amount_to_pay * Decimal::new(1_002, 3);
    world.pay(&invoice.uuid, Payment::Amount(sent.round_dp(6))).await;
    world.sees(BEN, "EDIT-0002").await;
    assert_eq!(world.balance(BEN).await, 2, "two cents are credit here");
    world.end().await;
}

#[tokio::test]
async fn late_money_is_credit_where_the_owner_wants_it_so() {
    let world = World::new().await;
    decide(&world, "Paid after the end", "credit").await;
    let invoice = paid_late(&world).await;
    world.sees(ANN, "came after the order had ended").await;
    assert_eq!((world.balance(ANN).await, world.count(ANN, "EDIT-"), world.stock("editor").await), (1_000, 0, 14));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    // Once more, and all of it is credit again; nothing is booked twice.
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(7_200).await;
    assert_eq!((world.balance(ANN).await, world.cases().await.len()), (2_000, 0));
    world.end().await;
}

#[tokio::test]
async fn late_money_waits_for_the_seller_and_is_then_served() {
    let world = World::new().await;
    decide(&world, "Paid after the end", "ask me").await;
    paid_late(&world).await;
    world.sees(ANN, "your money is safe").await;
    assert_eq!((world.count(ANN, "EDIT-"), world.order_of(ANN).await.lines[0].delivery), (0, Delivery::Held));
    open_case(&world, "Paid late").await;
    world.tap(SELLER, "Serve").await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.cases().await.len(), world.order_of(ANN).await.state), (0, OrderState::Completed));
    world.tap(SELLER, "Panel").await;
    world.end().await;
}

#[tokio::test]
async fn late_money_for_an_order_that_was_taken_back_is_sent_back_by_the_seller() {
    let world = World::new().await;
    decide(&world, "Paid after the end", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.tap(ANN, "Cancel").await;
    world.tap(ANN, "Yes").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(300).await;
    open_case(&world, "Paid late").await;
    world.tap(SELLER, "Refund was sent").await;
    world.say(SELLER, "tx 0xdef").await;
    world.sees(ANN, "tx 0xdef").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.lines[0].delivery, world.stock("editor").await), (OrderState::Cancelled, Delivery::None, 14));
    world.end().await;
}

#[tokio::test]
async fn an_address_is_good_for_as_long_as_the_owner_says() {
    let world = World::new().await;
    decide(&world, "An address is good for", "15 minutes").await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(13 * 60).await;
    assert!(world.shows(ANN, &invoice.address));
    world.advance(2 * 60).await;
    world.sees(ANN, "The time to pay is over").await;
    decide(&world, "An address is good for", "2 hours").await;
    let invoice = world.order(BEN, "editor").await;
    world.advance(100 * 60).await;
    assert!(world.shows(BEN, &invoice.address));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(BEN, "EDIT-").await;
    world.end().await;
}

#[tokio::test]
async fn stock_is_low_from_where_the_owner_says() {
    let world = World::new().await;
    world.say(SELLER, "/admin").await;
    assert!(!has(&world.newest(SELLER), "Editor Pro"));
    decide(&world, "left in stock", "Warn at 20").await;
    world.say(SELLER, "/admin").await;
    assert!(has(&world.newest(SELLER), "Editor Pro"));
    world.end().await;
}

#[tokio::test]
async fn the_owner_gives_the_shop_its_own_words() {
    let world = World::new().await;
    world.say(SELLER, "/settings").await;
    for (button, words, command) in [
        ("👋 Greeting", "Hoo <hoo>!", "/start"),
        ("📜 Terms", "No returns & no refunds.", "/terms"),
        ("🔒 Privacy", "We forget.", "/privacy"),
    ] {
        world.tap(SELLER, button).await;
        world.say(SELLER, &"x".repeat(4_000)).await;
        world.sees(SELLER, "Please send it shorter").await;
        world.say(SELLER, words).await;
        world.sees(SELLER, "⚙️").await;
        world.say(ANN, command).await;
        world.sees(ANN, words).await;
        world.say(SELLER, "/settings").await;
        world.tap(SELLER, button).await;
        world.tap(SELLER, "Remove").await;
        world.say(ANN, command).await;
        assert!(!has(&world.newest(ANN), words), "{}", world.transcript(ANN));
    }
    world.end().await;
}

#[tokio::test]
async fn coins_are_offered_in_the_owners_order() {
    let world = World::new().await;
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "🪙 Coins").await;
    world.tap(SELLER, "Order of coins").await;
    world.tap(SELLER, "LTC").await;
    let coins = world.shop().store.read().await.unwrap().shop().await.unwrap().coins;
    assert_eq!(coins[0].code(), "LTC");
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    let (_, first) = world.button(ANN, "L");
    assert!(first["text"].as_str().unwrap().contains("LTC"), "{first}");
    world.end().await;
}

#[tokio::test]
async fn the_currency_is_chosen_before_there_are_prices() {
    let world = World::with(Options { catalog: EMPTY.to_owned(), ..Options::default() }).await;
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "💵 Currency").await;
    world.tap(SELLER, "EUR").await;
    world.sees(SELLER, "Currency: EUR").await;
    world.end().await;

    let world = World::new().await;
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "💵 Currency").await;
    world.tap(SELLER, "EUR").await;
    world.hears(SELLER, "There are prices or credit").await;
    assert_eq!(world.shop().store.read().await.unwrap().shop().await.unwrap().currency.code(), "USD");
    world.end().await;
}

#[tokio::test]
async fn goods_that_a_buyer_got_in_another_way_complete_the_order() {
    let world = World::new().await;
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.pay(&late.uuid, Payment::Exact).await;
    open_case(&world, "Paid, but sold out").await;
    world.tap(SELLER, "Close the case").await;
    world.sees(SELLER, "How did the buyer get it?").await;
    world.say(SELLER, "Sent by mail on Monday").await;
    world.sees(ANN, "Sent by mail on Monday").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.lines[0].delivery), (OrderState::Completed, Delivery::Replaced));
    world.restock("last", &["ONE-MORE"]).await;
    world.shop().serve_held(&order.id).await.unwrap();
    assert_eq!((world.stock("last").await, world.cases().await.len()), (1, 0), "nothing of it is served again");
    world.end().await;
}
