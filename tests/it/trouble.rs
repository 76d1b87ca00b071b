//! Everything goes wrong at once, and other databases: in the end everybody has what they paid for.

use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::sandbox::faults::{CallFaults, Faults, PostbackFaults};
use kiosk::store::Place;

use crate::postgres;
use crate::world::{ANN, BEN, Options, World, buttons, has};

const BUYERS: [i64; 4] = [301, 302, 303, 304];

/// A bad day: calls fail half done or not at all, postbacks are lost, doubled and late.
fn bad_day() -> Faults {
    Faults {
        telegram: CallFaults { percent: 15, close: true, after_accepting: true, ..CallFaults::default() },
        cryptocloud: CallFaults { percent: 25, close: true, after_accepting: true, ..CallFaults::default() },
        postbacks: PostbackFaults { drop_percent: 50, copies: 2, delay_secs: 7, ..PostbackFaults::default() },
    }
}

#[tokio::test]
async fn a_bad_day_ends_with_everybody_served_once() {
    let mut world = World::new().await;
    world.faults(bad_day());
    let mut bought = Vec::new();
    for (number, buyer) in BUYERS.into_iter().enumerate() {
        world.say(buyer, "/start p_editor").await;
        for label in ["Buy ·", "USDT ›", "TRON"] {
            until(&world, buyer, |world| shows_button(world, buyer, label)).await;
            world.tap(buyer, label).await;
        }
        until(&world, buyer, |world| world.count(buyer, "Send exactly") > 0).await;
        let invoice = shown(&world, buyer);
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
        bought.push((buyer, invoice));
        if number % 2 == 0 {
            world.restart().await;
        }
    }
    for (buyer, _) in &bought {
        until(&world, *buyer, |world| world.count(*buyer, "EDIT-") > 0).await;
    }
    world.faults(Faults::default());
    world.wait(300).await;
    for (buyer, invoice) in &bought {
        assert_eq!(world.count(*buyer, "EDIT-"), 1, "{}", world.transcript(*buyer));
        assert!(!world.shows(*buyer, &invoice.address));
        assert_eq!(world.order_of(*buyer).await.state, OrderState::Completed);
        assert_eq!(world.balance(*buyer).await, 0);
    }
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), BUYERS.len(), "nobody got a second address");
    assert_eq!(world.stock("editor").await, 14 - 4);
    world.end().await;
}

/// Time goes by until it is so.
pub async fn until(world: &World, buyer: i64, done: impl Fn(&World) -> bool) {
    for _ in 0..60 {
        if done(world) {
            return;
        }
        world.advance(10).await;
    }
    panic!("ten minutes were not enough:\n{}", world.transcript(buyer));
}

pub fn shows_button(world: &World, buyer: i64, label: &str) -> bool {
    world.messages(buyer).iter().flat_map(buttons).any(|button| button["text"].as_str().unwrap().contains(label))
}

/// The invoice whose address a chat shows.
pub fn shown(world: &World, buyer: i64) -> Invoice {
    let messages = world.messages(buyer);
    let on_card = |invoice: &Invoice| messages.iter().any(|message| has(message, &invoice.address));
    world.sandbox.cryptocloud.invoices().into_iter().find(on_card).unwrap()
}

#[tokio::test]
async fn a_shop_on_postgresql_sells_and_goes_on_after_a_restart() {
    let Some(url) = postgres::new_database().await else { return };
    let mut world = World::with(Options { place: Some(Place::Postgres(url)), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.restart().await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(30).await;
    world.sees(ANN, "has come").await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.order_of(ANN).await.charge, Charge::Over);
    assert_eq!(world.balance(ANN).await, 100);
    world.end().await;
}

#[tokio::test]
async fn on_postgresql_the_last_one_goes_to_one_buyer_too() {
    let Some(url) = postgres::new_database().await else { return };
    let world = World::with(Options { place: Some(Place::Postgres(url)), ..Options::default() }).await;
    for buyer in [ANN, BEN] {
        world.say(buyer, "/start p_last").await;
        world.tap(buyer, "Buy ·").await;
        world.tap(buyer, "USDT ›").await;
    }
    for buyer in [ANN, BEN] {
        let (message, button) = world.button(buyer, "TRON");
        world.press(buyer, message, &button);
    }
    world.settled().await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1);
    world.pay(&world.invoice().uuid, Payment::Exact).await;
    assert_eq!(world.count(ANN, "ONLY-ONE-LEFT") + world.count(BEN, "ONLY-ONE-LEFT"), 1);
    world.end().await;
}
