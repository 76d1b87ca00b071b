//! The provider makes an invoice and its answer is lost: it is found, and no second one is made.
//!
//! `cargo test` plays a few people; `KIOSK_OUTAGE_BUYERS` more: `just outages 500`.

use std::collections::BTreeMap;

use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};

use crate::program::number;
use crate::races::{all_tap, enough_for_all};
use crate::world::{World, tell, text_of};

/// How many buy when nothing else is asked for.
const BUYERS: usize = 6;
/// How many ask for an address at the same time.
const AT_ONCE: usize = 6;
/// When everybody has an address at the latest, in seconds.
const FOUND_WITHIN_SECS: u32 = 120;
const STEP_SECS: u32 = 10;
const FIRST_BUYER: i64 = 4_000;

/// The provider has one invoice at most for each time that an address was wanted.
pub fn nothing_was_made_twice(world: &World, name: &str) {
    let mut labels: BTreeMap<String, usize> = BTreeMap::new();
    for invoice in world.sandbox.cryptocloud.invoices() {
        *labels.entry(invoice.order_id.to_string()).or_default() += 1;
    }
    assert!(labels.values().all(|count| *count == 1), "{name}: {labels:?}");
}

/// Everybody pays the one address in their chat, and has goods (`AWAY-..`) once.
pub async fn all_pay_what_they_see(world: &World, buyers: &[i64]) {
    for buyer in buyers {
        let messages = world.messages(*buyer);
        let seen = world.sandbox.cryptocloud.invoices();
        let shown: Vec<_> =
            seen.iter().filter(|invoice| messages.iter().any(|message| text_of(message).contains(&invoice.address))).collect();
        assert_eq!(shown.len(), 1, "one address to pay to:\n{}", world.transcript(*buyer));
        world.sandbox.cryptocloud.pay(&shown[0].uuid, Payment::Exact).unwrap();
    }
    world.settled().await;
    world.wait(60).await;
    for buyer in buyers {
        assert_eq!(world.count(*buyer, "AWAY-"), 1, "{}", world.transcript(*buyer));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_whose_answer_is_lost_is_found_and_not_made_again() {
    let count = number("KIOSK_OUTAGE_BUYERS").map_or(BUYERS, |count| usize::try_from(count).unwrap());
    let buyers: Vec<i64> = (FIRST_BUYER..).take(count).collect();
    let world = enough_for_all("AWAY", &buyers).await;
    // A group after another: a provider that answers nobody at all for long is another story.
    let mut slowest = 0;
    for group in buyers.chunks(AT_ONCE) {
        let times = Some(u32::try_from(group.len()).unwrap());
        let lost = CallFaults { methods: vec!["create".to_owned()], times, close: true, after_accepting: true, ..CallFaults::default() };
        world.faults(Faults { cryptocloud: lost, ..Faults::default() });
        all_tap(&world, group, "TRON").await;
        let mut secs = 0;
        while group.iter().any(|buyer| world.count(*buyer, "Send exactly") != 1) {
            assert!(secs < FOUND_WITHIN_SECS, "somebody has no address");
            world.advance(STEP_SECS).await;
            secs += STEP_SECS;
        }
        assert_eq!(world.sandbox.faults.get().cryptocloud.times, Some(0), "each answer was lost once");
        slowest = slowest.max(secs);
    }
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), count, "and nothing was made again");
    nothing_was_made_twice(&world, "loses answers");
    all_pay_what_they_see(&world, &buyers).await;
    tell!("{count} answers were lost after an invoice was made; everybody had an address after {slowest} s");
    world.end().await;
}
