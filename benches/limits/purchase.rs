//! From the provider's postback to the key in the buyer's chat, on a shop that has nothing else to do.

use std::time::{Duration, Instant};

use kiosk::sandbox::cryptocloud::Payment;

use super::world::World;
use super::{Report, percentile};

const PURCHASES: usize = 100;

pub async fn measure(report: &mut Report) {
    let world = World::new().await;
    let units: Vec<String> = (0..PURCHASES).map(|n| format!("BENCH-{n:05}")).collect();
    world.restock("editor", &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut took: Vec<Duration> = Vec::new();
    for buyer in (2_000..).take(PURCHASES) {
        let invoice = world.order(buyer, "editor").await;
        let begun = Instant::now();
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
        while world.count(buyer, "Your goods") == 0 {
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        took.push(begun.elapsed());
        world.settled().await;
    }
    report.at_most("P8 from the payment to the key in the chat: p99, beside 50 ms", percentile(&mut took, 99), 50.0, 1.0, "ms");
}
