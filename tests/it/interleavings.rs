//! Every order in which few things can happen: two buyers whose money comes for the last unit, the news of each, and a crash of the program
//! at any place between. Nothing is drawn by chance here, and no order is left out.

use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{Faults, PostbackFaults};

use crate::world::{ANN, BEN, World};

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// The money of the first or the second buyer is on the chain.
    Paid(usize),
    /// The shop is told of it.
    Told(usize),
    /// The program dies and starts again.
    Crash,
}

const EVENTS: [Event; 5] = [Event::Paid(0), Event::Told(0), Event::Paid(1), Event::Told(1), Event::Crash];

/// Every order of the events in which nobody is told of money before it is there.
fn orders() -> Vec<Vec<Event>> {
    let mut orders = vec![Vec::new()];
    for _ in EVENTS {
        let longer = |order: &Vec<Event>| {
            let next = EVENTS.into_iter().filter(|event| match event {
                _ if order.contains(event) => false,
                Event::Told(buyer) => order.contains(&Event::Paid(*buyer)),
                _ => true,
            });
            next.map(|event| order.iter().copied().chain([event]).collect()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

/// The first buyer took the order back, the second has the unit set aside; then both pay.
async fn play(order: &[Event], at_once: bool) {
    let mut world = World::new().await;
    let first = world.order(ANN, "last").await;
    world.tap(ANN, "Cancel").await;
    world.tap(ANN, "Yes, cancel").await;
    let second = world.order(BEN, "last").await;
    let invoices = [first.uuid, second.uuid];
    for event in order {
        let drop_percent = if matches!(event, Event::Paid(_)) { 100 } else { 0 };
        world.faults(Faults { postbacks: PostbackFaults { drop_percent, ..PostbackFaults::default() }, ..Faults::default() });
        match event {
            Event::Paid(buyer) => world.sandbox.cryptocloud.pay(&invoices[*buyer], Payment::Exact).map(|_| ()).unwrap(),
            Event::Told(buyer) => world.sandbox.cryptocloud.postback(&invoices[*buyer]).map(|_| ()).unwrap(),
            Event::Crash => world.crash().await,
        }
        if !at_once {
            world.settled().await;
        }
    }
    world.settled().await;
    for _ in 0..3 {
        world.advance(60).await;
    }
    let served: Vec<i64> = [ANN, BEN].into_iter().filter(|buyer| world.shows(*buyer, "ONLY-ONE-LEFT")).collect();
    assert_eq!(served.len(), 1, "{order:?} at once: {at_once}; {served:?} have the unit");
    assert_eq!(world.cases().await.len(), 1, "{order:?} at once: {at_once}; whoever paid and has nothing is a case");
    world.end().await;
}

#[test]
fn there_are_thirty_orders() {
    assert_eq!(orders().len(), 30);
}

#[tokio::test]
async fn in_every_order_one_buyer_has_the_unit_and_the_other_is_a_case() {
    for order in orders() {
        Box::pin(play(&order, false)).await;
    }
}

#[tokio::test]
async fn the_same_is_true_when_all_of_it_happens_at_once() {
    // What comes first is up to the machine then, so every third order is enough. Side by side: each of them waits a while for what was
    // cut off in its crash.
    let orders = orders();
    futures_util::future::join_all(orders.iter().step_by(3).map(|order| play(order, true))).await;
}
