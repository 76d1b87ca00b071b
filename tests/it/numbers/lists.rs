//! Orders by how they stand, looking for one, and what can be done with it.

use kiosk::domain::order::OrderState;
use kiosk::sandbox::User;
use kiosk::sandbox::cryptocloud::Payment;

use super::{assert_shown, clear, shown};
use crate::world::{ANN, BEN, SELLER, World, buttons};

/// The orders that are listed, by the first words of their buttons.
fn listed(world: &World) -> Vec<String> {
    let labels = buttons(&world.newest(SELLER)).into_iter().map(|button| button["text"].as_str().unwrap().to_owned());
    labels.filter(|label| label.starts_with('#')).map(|label| label.split(" · ").nth(1).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_order_is_in_the_list_of_how_it_stands() {
    let world = World::new().await;
    // Gone by.
    world.order(ANN, "last").await;
    world.advance(3_700).await;
    // Delivered, waiting to be handed over, and unpaid.
    let editor = world.order(ANN, "editor").await;
    world.pay(&editor.uuid, Payment::Exact).await;
    world.advance(1).await;
    world.say(BEN, "/start p_mug").await;
    world.tap(BEN, "Buy ·").await;
    world.say(BEN, "+1 555 0100").await;
    world.tap(BEN, "Black").await;
    world.say(BEN, "Ben Lee, 5 Night Lane").await;
    let mug = world.pick_usdt(BEN).await;
    world.pay(&mug.uuid, Payment::Exact).await;
    world.advance(1).await;
    world.order(BEN, "handbook").await;
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "🧾 Orders").await;
    assert_eq!(listed(&world).len(), 4);
    for (button, title, names) in [
        ("Unpaid", "wait for payment", vec!["Handbook"]),
        ("💰 Paid", "not delivered yet", vec!["Mug"]),
        ("Delivered", "Delivered orders", vec!["Editor Pro"]),
        ("Closed", "Expired and cancelled", vec!["Last Timer"]),
        ("With a case", "No orders here", vec![]),
        ("All", "the newest first", vec!["Handbook", "Mug", "Editor Pro", "Last Timer"]),
    ] {
        world.tap(SELLER, button).await;
        assert_shown(&world, title);
        assert_eq!(listed(&world), names, "{button}");
    }
    world.tap(SELLER, "Unpaid").await;
    world.tap(SELLER, "Handbook").await;
    assert_shown(&world, "What happened");
    assert_shown(&world, "asked to send");
    clear(&world, SELLER).await;
    world.end().await;
}

#[tokio::test]
async fn an_order_is_found_by_whatever_is_known_of_it() {
    let mut world = World::new().await;
    world.sandbox.telegram.put_user(User {
        first_name: "Ünal Ёлкин".to_owned(),
        username: Some("Nightbird".to_owned()),
        ..User::stranger(ANN)
    });
    world.order(BEN, "handbook").await;
    let invoice = world.order(ANN, "editor").await;
    let paid = world.pay(&invoice.uuid, Payment::Exact).await;
    let order = world.order_of(ANN).await.id;
    let tx = paid.payments[0].tx.clone();
    let number = order.as_str().to_lowercase();
    let found = format!("Order #{order}");
    for wanted in
        [&number, "@nightbird", "NIGHTBIRD", "ёлкин", "Ёлк", "editor", "101", &invoice.address, &tx, &invoice.uuid, &invoice.uuid[4..]]
    {
        world.say(SELLER, &format!("/find {wanted}")).await;
        assert!(shown(&world).contains(&found), "{wanted}: {}", shown(&world));
    }
    // By a form, which asks again until something fits.
    world.say(SELLER, "/sales").await;
    world.tap(SELLER, "Find").await;
    assert_shown(&world, "What do you look for?");
    for nothing in ["nosuchthing", "%", "_", "\\", "' OR 1=1 --", "🦉"] {
        world.say(SELLER, nothing).await;
        assert_shown(&world, "Nothing fits");
    }
    world.say(SELLER, "editor pro").await;
    assert_shown(&world, &found);
    // Several fit.
    world.advance(1).await;
    let invoice = world.order(ANN, "handbook").await;
    let other = world.order_of(ANN).await.id;
    world.say(SELLER, "/find handbook").await;
    assert_shown(&world, "the newest first");
    assert_eq!(listed(&world).len(), 2);
    world.say(SELLER, &format!("/find {}", invoice.address)).await;
    assert_shown(&world, &format!("Order #{other}"));
    // The seller has typed an address: so the story ends without a look at who sees one.
    world.stop().await;
}

#[tokio::test]
async fn the_seller_takes_an_unpaid_order_back_and_the_buyer_hears_of_it() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let order = world.order_of(ANN).await.id;
    world.say(SELLER, &format!("/order {order}")).await;
    world.tap(SELLER, "Cancel order").await;
    assert_shown(&world, "The buyer is told");
    assert_eq!(world.order_of(ANN).await.state, OrderState::Open, "asked first");
    world.tap(SELLER, "Yes, cancel it").await;
    world.sees(ANN, "The seller has cancelled order").await;
    assert_eq!((world.order_of(ANN).await.state, world.stock("editor").await), (OrderState::Cancelled, 14));
    assert!(!world.shows(ANN, &invoice.address), "nobody is to pay there any more");
    assert!(!buttons(&world.newest(SELLER)).iter().any(|button| button["text"].as_str().unwrap().contains("Cancel order")));
    // Money that comes all the same is not lost.
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.say(SELLER, &format!("/order {order}")).await;
    super::data(&world, SELLER, &format!("nX:{order}")).await;
    assert!(super::toast(&world, SELLER).contains("cannot be cancelled"));
    clear(&world, SELLER).await;
    world.end().await;
}

#[tokio::test]
async fn what_the_seller_writes_reaches_the_buyer_once_also_when_telegram_is_away() {
    let mut world = World::new().await;
    world.order(ANN, "editor").await;
    let order = world.order_of(ANN).await.id;
    world.say(SELLER, &format!("/order {order}")).await;
    world.tap(SELLER, "Write to the buyer").await;
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.settled().await;
    world.say(SELLER, "Your <b>key</b> is & stays yours.").await;
    assert_shown(&world, "On its way to the customer");
    world.restart().await;
    assert_eq!(world.count(ANN, "stays yours"), 0);
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.say(ANN, "/start").await;
    world.sees(ANN, "Your <b>key</b> is & stays yours.").await;
    world.advance(86_400).await;
    assert_eq!(world.count(ANN, "stays yours"), 1);
    clear(&world, SELLER).await;
    world.end().await;
}
