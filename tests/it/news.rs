//! News of payments comes ten times, out of order, late, in part or never: everybody who paid is served once.
//!
//! `cargo test` plays a small crowd; `KIOSK_NEWS_PURCHASES` makes it larger, some hundreds in each world: `just news 5000`.

use std::collections::BTreeSet;

use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::{Invoice, Payment, Postback};
use kiosk::sandbox::faults::{Faults, PostbackFaults};
use kiosk::store::Happened;
use tokio::task::JoinSet;

use crate::program::number;
use crate::races::{all_tap, enough_for_all};
use crate::world::{SECRET_KEY, SELLER, World, http, tell, text_of};

/// Purchases when nothing else is asked for.
const PURCHASES: usize = 24;
/// Most purchases in one world: what it remembers makes it slow.
const WORLD_MAX: usize = 250;
const FIRST_BUYER: i64 = 3_000;
/// How often each piece of news comes, and over how many connections.
const COPIES: usize = 10;
const CONNECTIONS: usize = 8;
/// When everybody is served at the latest, whatever is heard of their payments, in seconds.
const SETTLED_WITHIN_SECS: u32 = 90;
const HOURS_LATER_SECS: u32 = 3 * 3_600;

/// Numbers without end, the same ones each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.throw() % (last + 1));
        }
    }
}

/// The sizes of the worlds that all purchases are played in.
fn worlds() -> Vec<usize> {
    let all = number("KIOSK_NEWS_PURCHASES").map_or(PURCHASES, |count| usize::try_from(count).unwrap());
    (0..all).step_by(WORLD_MAX).map(|done| WORLD_MAX.min(all - done)).collect()
}

/// A shop in which everybody has an address.
async fn everybody_waits(count: usize) -> (World, Vec<i64>) {
    let buyers: Vec<i64> = (FIRST_BUYER..).take(count).collect();
    let world = enough_for_all("NEWS", &buyers).await;
    all_tap(&world, &buyers, "TRON").await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), count);
    (world, buyers)
}

fn lost(drop_percent: u8) -> Faults {
    Faults { postbacks: PostbackFaults { drop_percent, ..PostbackFaults::default() }, ..Faults::default() }
}

/// Everybody pays, and the provider says nothing by itself; their invoices.
fn all_pay_in_silence(world: &World) -> Vec<Invoice> {
    world.faults(lost(100));
    let invoices = world.sandbox.cryptocloud.invoices();
    invoices.iter().map(|invoice| world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap()).collect()
}

fn units(world: &World, buyer: i64) -> Vec<String> {
    let messages = world.messages(buyer);
    let words = messages.iter().flat_map(|message| text_of(message).split_whitespace());
    words.filter(|word| word.starts_with("NEWS-")).map(str::to_owned).collect()
}

/// Everybody has one unit and no other has it; their money was learned of and booked once.
async fn served_once(world: &World, buyers: &[i64]) {
    let mut all = BTreeSet::new();
    for buyer in buyers {
        let mine = units(world, *buyer);
        assert_eq!(mine.len(), 1, "{}", world.transcript(*buyer));
        all.extend(mine);
        let order = world.order_of(*buyer).await;
        assert_eq!((order.state, order.charge, world.balance(*buyer).await), (OrderState::Completed, Charge::Full, 0));
        let history = world.shop().store.read().await.unwrap().history(&order.id).await.unwrap();
        assert_eq!(history.iter().filter(|entry| matches!(entry.what, Happened::Fact { .. })).count(), 1, "{history:?}");
    }
    assert_eq!((all.len(), world.stock("many").await), (buyers.len(), 0));
    assert_eq!(world.count(SELLER, "Sold to"), buyers.len());
}

/// Tells each piece of news ten times, over eight connections at once; every answer.
async fn ten_times(world: &World, invoices: &[Invoice], dice: &mut Dice) -> Vec<String> {
    let mut news: Vec<Invoice> = (0..COPIES).flat_map(|_| invoices.to_vec()).collect();
    dice.shuffle(&mut news);
    let (url, now) = (format!("{}/postback", world.app_url()), world.clock.now());
    let mut connections = JoinSet::new();
    for mine in news.chunks(news.len().div_ceil(CONNECTIONS)) {
        let (mine, url) = (mine.to_vec(), url.clone());
        connections.spawn(async move {
            let (client, mut answers) = (http(), Vec::new());
            for (invoice, form) in mine.iter().zip([false, true].into_iter().cycle()) {
                answers.push(Postback::new(invoice, SECRET_KEY, now, None, "", form).send(&client, &url).await);
            }
            answers
        });
    }
    let answers = connections.join_all().await.concat();
    world.settled().await;
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_that_come_ten_times_at_once_and_hours_later_are_one_payment_each() {
    let (mut dice, mut said) = (Dice(7), 0);
    for count in worlds() {
        let (world, buyers) = everybody_waits(count).await;
        let invoices = all_pay_in_silence(&world);
        for later_secs in [0, HOURS_LATER_SECS] {
            world.advance(later_secs).await;
            let answers = ten_times(&world, &invoices, &mut dice).await;
            assert!(answers.len() == COPIES * count && answers.iter().all(|answer| answer == "200"), "{answers:?}");
            said += answers.len();
            served_once(&world, &buyers).await;
        }
        world.end().await;
    }
    tell!("{said} postbacks, all of them answered 200; each payment was booked once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_that_come_in_any_order_and_late_serve_everybody_once() {
    let (mut dice, mut slowest) = (Dice(8), 0);
    for count in worlds() {
        let (world, buyers) = everybody_waits(count).await;
        let mut invoices = world.sandbox.cryptocloud.invoices();
        dice.shuffle(&mut invoices);
        for invoice in invoices {
            let delay_secs = u32::try_from(dice.throw() % 60).unwrap();
            world.faults(Faults { postbacks: PostbackFaults { delay_secs, ..PostbackFaults::default() }, ..Faults::default() });
            world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
        }
        slowest = slowest.max(all_settle(world, &buyers).await);
    }
    tell!("in any order and up to a minute late: everybody served after {slowest} s at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_third_of_the_news_is_lost_everybody_is_served_in_time() {
    hear_little(30).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_no_news_ever_comes_everybody_is_served_in_time() {
    hear_little(100).await;
}

async fn hear_little(drop_percent: u8) {
    let mut slowest = 0;
    for count in worlds() {
        let (world, buyers) = everybody_waits(count).await;
        world.faults(lost(drop_percent));
        for invoice in world.sandbox.cryptocloud.invoices() {
            world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
        }
        slowest = slowest.max(all_settle(world, &buyers).await);
    }
    tell!("{drop_percent} of a hundred pieces of news lost: everybody served after {slowest} s at most");
}

/// How long it takes until everybody is served, in seconds.
async fn all_settle(world: World, buyers: &[i64]) -> u32 {
    world.settled().await;
    let mut secs = 0;
    while buyers.iter().any(|buyer| units(&world, *buyer).is_empty()) {
        assert!(secs < SETTLED_WITHIN_SECS, "somebody waits for longer than {SETTLED_WITHIN_SECS} s");
        world.advance(5).await;
        secs += 5;
    }
    served_once(&world, buyers).await;
    world.end().await;
    secs
}
