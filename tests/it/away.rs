//! The provider is away for an hour while people buy: everybody is told so at once, what was paid is served when it is back, and nobody's
//! address is made twice.
//!
//! `cargo test` plays a few people; `KIOSK_AWAY_BUYERS` more, and `KIOSK_AWAY_CROWD` a crowd in real time: `just away`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use tokio::task::JoinSet;

use crate::crash::{Plan, Town, audit, buy, offered, open, served};
use crate::outages::{all_pay_what_they_see, nothing_was_made_twice};
use crate::program::{Street, number};
use crate::races::{all_tap, enough_for_all, line_up};
use crate::world::{ANN, World, shows, tell, within};

/// How many buy when nothing else is asked for: a third before the outage, in the middle of it, and at its end.
const BUYERS: usize = 12;
const FIRST_BUYER: i64 = 6_000;
const HOUR_SECS: u32 = 3_600;
const STEP_SECS: u32 = 10;
/// When somebody who asks for an address knows that there is trouble.
const TOLD_WITHIN_SECS: u32 = 5;
/// When somebody who waits has an address or knows what to do, and when everybody has what they wait for once the provider is back.
const WITHIN_SECS: u32 = 120;
/// Questions that are asked before it is known that nobody answers, and the seconds between two after that.
const FIRST_QUESTIONS: u64 = 3;
const PROBE_SECS: u64 = 5;
/// The same in real time, when nothing else is asked for.
const CROWD: usize = 6;
/// What a crowd is served within, in real time: a question takes half a second, and the last of them has just begun a pause.
const EACH: Duration = Duration::from_millis(600);
const AND: Duration = Duration::from_secs(25);

const AWAY: &str = "does not answer just now";
const TOLD: &str = "Nothing can be paid just now";

fn provider(calls: CallFaults) -> Faults {
    Faults { cryptocloud: calls, ..Faults::default() }
}

/// What a provider does that is away.
fn ways() -> [CallFaults; 4] {
    [
        CallFaults { status: Some(500), ..CallFaults::default() },
        CallFaults { status: Some(429), retry_after: Some(7), ..CallFaults::default() },
        CallFaults { garbage: true, ..CallFaults::default() },
        CallFaults { close: true, ..CallFaults::default() },
    ]
}

fn each_sees(world: &World, buyers: &[i64], text: &str) {
    for buyer in buyers {
        assert_eq!(world.count(*buyer, text), 1, "{text}\n{}", world.transcript(*buyer));
    }
}

async fn try_again(world: &World, buyers: &[i64]) {
    for label in ["Try again", "USDT ›", "TRON"] {
        all_tap(world, buyers, label).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_for_an_hour_keeps_nobody_in_the_dark_and_costs_nobody_anything() {
    let count = number("KIOSK_AWAY_BUYERS").map_or(BUYERS, |count| usize::try_from(count).unwrap());
    let all: Vec<i64> = (FIRST_BUYER..).take(count).collect();
    let (payers, others) = all.split_at(count / 3);
    let (early, late) = others.split_at(count / 3);
    let world = enough_for_all("AWAY", &all).await;
    all_tap(&world, payers, "TRON").await;
    each_sees(&world, payers, "Send exactly");
    let strikes = world.sandbox.faults.strikes();
    let stubborn = early[0];
    let mut tries = 0;
    world.faults(provider(ways()[0].clone()));
    for invoice in world.sandbox.cryptocloud.invoices() {
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    }
    for at in (0..HOUR_SECS).step_by(usize::try_from(STEP_SECS).unwrap()) {
        if at % 900 == 0 {
            world.faults(provider(ways()[usize::try_from(at / 900).unwrap()].clone()));
        }
        if at == 600 || at == HOUR_SECS - 60 {
            let come = if at == 600 { early } else { late };
            all_tap(&world, come, "TRON").await;
            world.advance(TOLD_WITHIN_SECS).await;
            each_sees(&world, come, AWAY);
            world.advance(STEP_SECS - TOLD_WITHIN_SECS).await;
        } else {
            world.advance(STEP_SECS).await;
        }
        if at == 600 + WITHIN_SECS {
            each_sees(&world, early, TOLD);
            assert_eq!(world.stock("many").await, i64::try_from(count - payers.len()).unwrap(), "nothing is set aside for nothing");
        }
        if at > 600 + WITHIN_SECS && world.count(stubborn, TOLD) == 1 {
            try_again(&world, &[stubborn]).await;
            tries += 1;
        }
        let (asked, allowed) = (*strikes.borrow(), FIRST_QUESTIONS + u64::from(at + STEP_SECS) / PROBE_SECS);
        assert!(asked <= allowed, "{asked} questions in {} s", at + STEP_SECS);
    }
    let asked = *strikes.borrow();
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), payers.len(), "nothing was made meanwhile");

    world.faults(Faults::default());
    let mut secs = 0;
    let waits = |world: &World| {
        payers.iter().any(|buyer| world.count(*buyer, "AWAY-") != 1) || late.iter().any(|buyer| world.count(*buyer, "Send exactly") != 1)
    };
    while waits(&world) {
        assert!(secs < WITHIN_SECS, "somebody still waits after {secs} s");
        world.advance(STEP_SECS).await;
        secs += STEP_SECS;
    }
    let told: Vec<i64> = early.iter().copied().filter(|buyer| world.count(*buyer, TOLD) == 1).collect();
    assert!(told.len() >= early.len() - 1, "who was told is not kept waiting");
    try_again(&world, &told).await;
    each_sees(&world, others, "Send exactly");
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), count, "one for each order");
    nothing_was_made_twice(&world, "is away");
    all_pay_what_they_see(&world, others).await;
    tell!(
        "{count} buyers, {asked} questions in an hour without an answer; {} who had paid and {} who waited were served {secs} s after it, \
         and one had tried {tries} times",
        payers.len(),
        late.len()
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_keeps_nobody_in_the_dark() {
    let world = World::new().await;
    line_up(&world, "editor", &[ANN]).await;
    let mut strikes = world.sandbox.faults.strikes();
    world.faults(provider(CallFaults { hang_secs: Some(4), times: Some(1), ..CallFaults::default() }));
    let (message, button) = world.button(ANN, "TRON");
    world.press(ANN, message, &button);
    within("the provider to be asked", strikes.changed()).await.unwrap();
    world.sees(ANN, "Getting your address").await;
    let hangs = Instant::now();
    world.clock.advance(TOLD_WITHIN_SECS);
    world.sees(ANN, "takes longer than usual").await;
    assert!(hangs.elapsed() < Duration::from_secs(4), "while it hangs, not after it");
    world.settled().await;
    world.wait(20).await;
    world.sees(ANN, "Send exactly").await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1);
    world.end().await;
}

/// The real program, at the pace that it keeps with a provider: two questions a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_waited_for_the_provider_is_served_as_fast_as_its_pace_allows() {
    let count = number("KIOSK_AWAY_CROWD").map_or(CROWD, |count| usize::try_from(count).unwrap());
    let street = open(Street::new("info").await).await;
    let program = street.run();
    street.ready().await;
    let plan = Plan::for_purchases(2 * count);
    let town = Town::wake(&street, &plan, 0);
    street.sandbox.faults.set(provider(CallFaults { status: Some(502), ..CallFaults::default() }));
    let buyers: Vec<i64> = (0..count).map(|_| town.somebody()).collect();
    let mut crowd = JoinSet::new();
    for buyer in buyers.clone() {
        let sandbox = street.sandbox.clone();
        crowd.spawn(async move { (buyer, offered(&sandbox, buyer, plan.end).await) });
    }
    let mut told = BTreeSet::new();
    while told.len() < count {
        assert!(Instant::now() < plan.end.into_std(), "{} of {count} were told", told.len());
        let knows = |buyer: &&i64| [AWAY, TOLD, "takes longer than usual"].into_iter().any(|text| shows(&street.sandbox, **buyer, text));
        told.extend(buyers.iter().filter(knows).copied());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    street.sandbox.faults.set(Faults::default());
    let back = Instant::now();
    let offers = crowd.join_all().await;
    let took = back.elapsed();
    tell!("{count} who waited for the provider all had an address {took:?} after it was back");
    assert!(took < AND + EACH * u32::try_from(count).unwrap(), "{took:?}");
    for (_, invoice) in &offers {
        street.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    }
    for (buyer, invoice) in offers {
        served(&street.sandbox, buyer, &invoice.address, plan.end).await;
        town.has_bought();
        buy(&street.sandbox, buyer, 2, plan.end).await;
        town.has_bought();
    }
    audit(&street, program, &town).await;
}
