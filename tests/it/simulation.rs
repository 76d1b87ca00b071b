//! A whole town of buyers in one process, on a clock that the schedule moves: everything people, banks, networks and machines do to a shop,
//! drawn from a seed. At the end the faults stop, time passes, and the books must balance: counted from what the fakes hold (the money on
//! the chain, the words in the chats), not from what the bot believes.
//!
//! `KIOSK_TEST_SEED` replays a schedule, `KIOSK_SIM_PURCHASES` makes it longer, `KIOSK_SIM_SEEDS` plays so many seeds from there on:
//! `just simulate SEED 10000`. The same seed draws the same people, faults and times; which of two things that happen at once comes first
//! is up to the machine.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::time::Instant;

use kiosk::domain::invoice::{InvoiceNumber, WATCH_SECS};
use kiosk::domain::money::Currency;
use kiosk::domain::order::{Delivery, Order, OrderState, PAID_BY_CREDIT};
use kiosk::domain::policy::Policy;
use kiosk::domain::product::Kind;
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::sandbox::faults::{CallFaults, Faults, Forgery, PostbackFaults};
use kiosk::store::{CaseKind, OrderFilter};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::world::{Options, SELLER, World, buttons, has, id_of, tell, text_of};

/// Paid invoices of a run when nothing else is asked for.
const PURCHASES: usize = 40;
/// Buyers who are about at once.
const CROWD: usize = 7;
/// After so many paid invoices a buyer goes home; money of theirs may still come.
const PURCHASES_EACH: usize = 6;
const FIRST_BUYER: i64 = 10_000;
/// Most retries of an update are spread over half a minute; a storm over the fake Telegram ends before they run out.
const STORM_ADVANCES_MAX: u32 = 3;
/// What is printed of a run that failed.
const EVENTS_KEPT: usize = 60;

const KEYS: [&str; 2] = ["code", "rare"];
const SOME_COINS: [&str; 4] = ["USDT_TRC20", "BTC", "TON", "ETH"];

const CATALOG: &str = r#"shop: { name: { en: Night Owl Store }, currency: USD, support: "@owner" }
products:
  - { id: code, name: { en: Code }, price: "10", kind: keys, quantity: { max: 3 } }
  - { id: rare, name: { en: Rare Code }, price: "7.77", kind: keys }
  - { id: handbook, name: { en: Handbook }, price: "4", kind: file, text: { en: "Good reading" }, files: [ handbook.pdf ] }
  - { id: mug, name: { en: Mug }, price: "12.50", kind: manual, quantity: { max: 5 }, ask: [
      { id: colour, kind: choice, label: { en: Which colour? }, choices: [ Black, White ] },
      { id: address, kind: address, label: { en: Where to send it? } } ] }
"#;

/// The schedules that `cargo test` plays, one with updates that are asked for and one with a webhook; `just simulate` plays others.
const DEFAULT_SEED: u64 = 3;
const SEEDS: u64 = 2;

#[tokio::test]
async fn whatever_happens_the_books_balance_in_the_end() {
    let first = number("KIOSK_TEST_SEED");
    let seeds = number("KIOSK_SIM_SEEDS").unwrap_or(if first.is_some() { 1 } else { SEEDS });
    let purchases = number("KIOSK_SIM_PURCHASES").map_or(PURCHASES, |count| usize::try_from(count).unwrap());
    let first = first.unwrap_or(DEFAULT_SEED);
    for seed in first..first + seeds {
        play(seed, purchases).await;
    }
}

async fn play(seed: u64, purchases: usize) {
    tell!("KIOSK_TEST_SEED={seed} KIOSK_SIM_PURCHASES={purchases}");
    let begun = Instant::now();
    let mut town = Town::new(seed, purchases).await;
    town.live(purchases).await;
    let lived = begun.elapsed();
    town.come_to_rest().await;
    let sums = town.audit().await;
    tell!(
        "{} invoices paid in {:.1} s ({} ms each), at rest after {:.1} s: {sums}",
        town.paid.len(),
        lived.as_secs_f64(),
        lived.as_millis() / u128::try_from(town.paid.len()).unwrap(),
        begun.elapsed().as_secs_f64(),
    );
    town.world.stop().await;
}

#[expect(clippy::disallowed_methods, reason = "the seed is no setting of the program")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}")))
}

/// A small generator (SplitMix64): its whole state is one number.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `end` - 1.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn between(&mut self, least: u32, most: u32) -> u32 {
        least + u32::try_from(self.below(usize::try_from(most - least + 1).unwrap())).unwrap()
    }
}

/// What happened lately. Says it when the run fails.
struct Diary {
    seed: u64,
    purchases: usize,
    events: VecDeque<String>,
}

impl Diary {
    fn note(&mut self, event: String) {
        if self.events.len() == EVENTS_KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}

impl Drop for Diary {
    #[expect(clippy::print_stdout, reason = "a failing test shows what it printed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "this is KIOSK_TEST_SEED={} KIOSK_SIM_PURCHASES={}; its last {} events:",
                self.seed,
                self.purchases,
                self.events.len()
            );
            self.events.iter().for_each(|event| println!("  {event}"));
        }
    }
}

#[derive(Default)]
struct Buyer {
    blocked: bool,
    /// Invoices whose address this buyer has seen, the oldest first.
    seen: Vec<String>,
    paid: usize,
}

struct Town {
    world: World,
    dice: Dice,
    diary: Diary,
    buyers: BTreeMap<i64, Buyer>,
    /// Who is about now.
    crowd: Vec<i64>,
    /// The number of the invoice behind an address.
    addresses: HashMap<String, String>,
    /// Whether somebody has sent money to it.
    paid: BTreeSet<String>,
    unconfirmed: Vec<String>,
    loaded: BTreeMap<&'static str, BTreeSet<String>>,
    /// How often time may pass until the storm is over; none: the sky is clear.
    storm: Option<u32>,
}

impl Town {
    async fn new(seed: u64, purchases: usize) -> Self {
        let world = World::with(Options { catalog: CATALOG.to_owned(), webhook: seed % 2 == 1, ..Options::default() }).await;
        let mut town = Self {
            world,
            dice: Dice(seed),
            diary: Diary { seed, purchases, events: VecDeque::new() },
            buyers: BTreeMap::new(),
            crowd: Vec::new(),
            addresses: HashMap::new(),
            paid: BTreeSet::new(),
            unconfirmed: Vec::new(),
            loaded: BTreeMap::new(),
            storm: None,
        };
        town.restock("code", 20).await;
        town.restock("rare", 2).await;
        town
    }

    /// Goes on until money was sent for so many invoices.
    async fn live(&mut self, purchases: usize) {
        let most = 400 + purchases * 60;
        let mut rounds = 0;
        while self.paid.len() < purchases {
            rounds += 1;
            assert!(rounds < most, "after {rounds} rounds only {} invoices were paid", self.paid.len());
            self.round(rounds).await;
        }
    }

    async fn round(&mut self, round: usize) {
        self.crowd.retain(|user| self.buyers[user].paid < PURCHASES_EACH);
        while self.crowd.len() < CROWD {
            let user = FIRST_BUYER + i64::try_from(self.buyers.len()).unwrap();
            self.buyers.insert(user, Buyer::default());
            self.crowd.push(user);
        }
        self.diary.note(format!("-- round {round} at {}", self.world.clock.now()));
        // All of them at once: nothing is waited for in between.
        for _ in 0..=self.dice.below(CROWD) {
            let user = *self.dice.pick(&self.crowd);
            self.act(user);
        }
        if self.dice.chance(10) {
            self.late_money();
        }
        if self.dice.chance(4) {
            self.diary.note("the bot is restarted in the middle of it".to_owned());
            self.world.restart().await;
        }
        self.world.settled().await;
        if self.dice.chance(12) {
            self.seller().await;
        }
        self.weather();
        self.time_passes().await;
    }

    // What buyers do.

    fn act(&mut self, user: i64) {
        if self.buyers[&user].blocked {
            if self.dice.chance(30) {
                self.come_back(user);
            }
            return;
        }
        let messages: Vec<Value> = self.world.messages(user).into_iter().filter(|message| message["from"] == "bot").collect();
        self.look(user, &messages);
        match self.dice.below(100) {
            0..2 => {
                self.diary.note(format!("{user} blocks the bot"));
                if self.world.sandbox.telegram.block(user, true).is_ok() {
                    self.buyers.get_mut(&user).unwrap().blocked = true;
                }
            }
            2..7 => {
                let words = *self.dice.pick(&["/orders", "/balance", "/start", "hello", "/support", "/help"]);
                self.say(user, words);
            }
            7..11 => {
                // Old buttons outlive everything.
                let all = messages.iter().flat_map(|message| buttons(message).into_iter().map(move |b| (id_of(message), b)));
                let old: Vec<_> = all.collect();
                if !old.is_empty() {
                    let (message, button) = self.dice.pick(&old).clone();
                    self.press(user, message, &button);
                }
            }
            11..17 => self.order_something(user),
            _ => self.go_on(user, &messages),
        }
    }

    /// Remembers every address that the chat shows: money can be sent to it for ever.
    fn look(&mut self, user: i64, messages: &[Value]) {
        for address in messages.iter().filter_map(shown_address) {
            if !self.addresses.contains_key(&address) {
                let invoice = self.world.sandbox.cryptocloud.invoice_with_address(&address).expect("an address that nobody made");
                self.addresses.insert(address.clone(), invoice.uuid);
            }
            let uuid = &self.addresses[&address];
            let seen = &mut self.buyers.get_mut(&user).unwrap().seen;
            if !seen.contains(uuid) {
                seen.push(uuid.clone());
            }
        }
    }

    fn order_something(&mut self, user: i64) {
        let product = *self.dice.pick(&["code", "code", "code", "rare", "handbook", "mug"]);
        self.say(user, &format!("/start p_{product}"));
    }

    /// Takes the next step that the chat invites to: answers, chooses, pays.
    fn go_on(&mut self, user: i64, messages: &[Value]) {
        let Some(newest) = messages.last() else { return self.order_something(user) };
        if text_of(newest).contains('❓') && self.dice.chance(60) {
            let words = *self.dice.pick(&["12 Owl Street, Nighttown", "White", "?", "Black"]);
            return self.say(user, words);
        }
        let inviting: Vec<&Value> = messages.iter().rev().filter(|message| !buttons(message).is_empty()).take(2).collect();
        let Some(&message) = inviting.get(usize::from(self.dice.chance(10))).or(inviting.first()) else {
            return self.order_something(user);
        };
        let wishes: Vec<(usize, Value)> = buttons(message).into_iter().map(|button| (wish(&button), button)).collect();
        let all: usize = wishes.iter().map(|(weight, _)| weight).sum();
        // Nothing here that one could want much: most think of something else to buy.
        let dull = wishes.iter().all(|(weight, _)| *weight < 6) && self.dice.chance(70);
        if all == 0 || dull {
            return self.order_something(user);
        }
        let mut point = self.dice.below(all);
        for (weight, button) in wishes {
            if point < weight {
                return if is_address(&button) { self.pay_something(user) } else { self.press(user, id_of(message), &button) };
            }
            point -= weight;
        }
    }

    fn pay_something(&mut self, user: i64) {
        let seen = &self.buyers[&user].seen;
        let old = self.dice.chance(15);
        let Some(uuid) = (if old && !seen.is_empty() { Some(self.dice.pick(seen)) } else { seen.last() }) else { return };
        let uuid = uuid.clone();
        self.pay(user, &uuid);
    }

    /// Money that nobody waits for any more: late, twice, to an old address.
    fn late_money(&mut self) {
        let users: Vec<i64> = self.buyers.keys().copied().collect();
        // Whoever has been here lately, or anybody.
        let recent = users.len().saturating_sub(3 * CROWD);
        let user = if self.dice.chance(70) { *self.dice.pick(&users[recent..]) } else { *self.dice.pick(&users) };
        let seen = self.buyers[&user].seen.clone();
        if !seen.is_empty() {
            let uuid = self.dice.pick(&seen).clone();
            self.pay(user, &uuid);
        }
    }

    fn pay(&mut self, user: i64, uuid: &str) {
        let invoice = self.world.sandbox.cryptocloud.invoice(uuid).unwrap();
        let watched_until = invoice.created_micros / 1_000_000 + Policy::default().offer_secs() + WATCH_SECS - 60;
        let again = invoice.status.is_paid() && !self.dice.chance(12);
        if self.world.clock.now() >= watched_until || again {
            return;
        }
        let payment = match self.dice.below(100) {
            0..62 => Payment::Exact,
            62..78 => Payment::Under,
            78..90 => Payment::Over,
            90..97 => Payment::Amount((invoice.amount_to_pay * Decimal::new(1_005, 3)).round_dp(6)),
            97..99 => Payment::Amount((invoice.amount_to_pay * Decimal::new(1, 1)).round_dp(6)),
            _ => Payment::Amount((invoice.amount_to_pay * Decimal::from(5)).round_dp(6)),
        };
        let provider = &self.world.sandbox.cryptocloud;
        let seen_only = self.dice.chance(12);
        let done = if seen_only { provider.pay_unconfirmed(uuid, payment) } else { provider.pay(uuid, payment) };
        let Ok(invoice) = done else { return };
        self.diary.note(format!("{user} pays {payment:?} to {uuid}{}: {:?}", if seen_only { ", unconfirmed" } else { "" }, invoice.status));
        if seen_only {
            self.unconfirmed.push(uuid.to_owned());
        }
        if self.paid.insert(uuid.to_owned()) {
            self.buyers.get_mut(&user).unwrap().paid += 1;
        }
    }

    fn say(&mut self, user: i64, words: &str) {
        self.diary.note(format!("{user} writes {words}"));
        self.world.sandbox.telegram.say(user, words).ok();
    }

    fn press(&mut self, user: i64, message: i32, button: &Value) {
        let label = button["text"].as_str().unwrap();
        self.diary.note(format!("{user} taps {label} under {message}"));
        // The message may have changed while the thumb came down.
        self.world.sandbox.telegram.tap_label(user, message, label).ok();
    }

    fn come_back(&mut self, user: i64) {
        self.diary.note(format!("{user} is back"));
        self.world.sandbox.telegram.block(user, false).unwrap();
        self.buyers.get_mut(&user).unwrap().blocked = false;
        self.say(user, "/start");
    }

    // What the seller does.

    async fn seller(&mut self) {
        match self.dice.below(4) {
            0 | 1 => {
                let count = self.dice.between(1, 12);
                self.restock("code", count).await;
            }
            2 => self.restock("rare", 1).await,
            _ => {}
        }
        self.look_after_orders(50).await;
    }

    async fn restock(&mut self, product: &'static str, count: u32) {
        let shelf = self.loaded.entry(product).or_default();
        let first = shelf.len();
        let units: Vec<String> =
            (first..first + usize::try_from(count).unwrap()).map(|n| format!("{}-{n:05}", product.to_uppercase())).collect();
        shelf.extend(units.iter().cloned());
        self.diary.note(format!("{count} more of {product}"));
        self.world.restock(product, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }

    /// Hands over what waits for a hand, and serves what was sold out.
    async fn look_after_orders(&mut self, percent: usize) {
        let waiting = self.store_orders(OrderFilter::ToHandOver).await;
        for order in waiting {
            if self.dice.chance(percent) {
                self.diary.note(format!("the seller looks after {}", order.id));
                self.world.shop().hand_over(&order.id, "by owl").await.unwrap();
                self.world.shop().serve_held(&order.id).await.unwrap();
            }
        }
        self.world.settled().await;
    }

    async fn store_orders(&self, filter: OrderFilter) -> Vec<Order> {
        self.world.shop().store.read().await.unwrap().orders(filter, 0, 1_000_000).await.unwrap()
    }

    // What the world does.

    fn weather(&mut self) {
        if self.storm.is_some() || !self.dice.chance(20) {
            return;
        }
        let faults = self.bad_weather();
        self.diary.note(format!("faults: {faults:?}"));
        self.world.faults(faults);
        self.storm = Some(self.dice.between(1, STORM_ADVANCES_MAX));
        let (coin, on) = (*self.dice.pick(&SOME_COINS), self.dice.chance(50));
        self.world.sandbox.cryptocloud.set_coin(coin, on).unwrap();
    }

    fn bad_weather(&mut self) -> Faults {
        let percent = u8::try_from(*self.dice.pick(&[10, 30, 60, 100])).unwrap();
        let call = CallFaults { percent, ..CallFaults::default() };
        let mut faults = Faults::default();
        if self.dice.chance(60) {
            faults.cryptocloud = match self.dice.below(5) {
                0 => CallFaults { status: Some(503), ..call.clone() },
                1 => CallFaults { close: true, ..call.clone() },
                2 => CallFaults { close: true, after_accepting: true, ..call.clone() },
                3 => CallFaults { status: Some(429), retry_after: Some(7), ..call.clone() },
                _ => CallFaults { garbage: true, ..call.clone() },
            };
        }
        if self.dice.chance(40) {
            // At its start the bot waits in real time for a Telegram that cannot be reached: the calls of the start are left alone.
            let methods = ["sendMessage", "sendPhoto", "sendDocument", "editMessageMedia", "editMessageText", "editMessageCaption"];
            let methods = methods.into_iter().chain(["answerCallbackQuery", "deleteMessage"]).map(str::to_owned).collect();
            let call = CallFaults { methods, ..call };
            faults.telegram = match self.dice.below(4) {
                0 => CallFaults { status: Some(429), retry_after: Some(u64::from(self.dice.between(1, 30))), ..call },
                1 => CallFaults { close: true, ..call },
                2 => CallFaults { close: true, after_accepting: true, ..call },
                // No 5xx: the client library sits it out for ten real seconds.
                _ => CallFaults { garbage: true, ..call },
            };
        }
        if self.dice.chance(60) {
            faults.postbacks = PostbackFaults {
                drop_percent: u8::try_from(*self.dice.pick(&[0, 0, 50, 100])).unwrap(),
                copies: u8::try_from(self.dice.below(4)).unwrap(),
                delay_secs: *self.dice.pick(&[0, 3, 90, 7_200]),
                forge: *self.dice.pick(&[
                    None,
                    None,
                    None,
                    Some(Forgery::WrongKey),
                    Some(Forgery::Expired),
                    Some(Forgery::AlgNone),
                    Some(Forgery::OtherInvoice),
                ]),
                form: self.dice.chance(20),
            };
        }
        faults
    }

    async fn time_passes(&mut self) {
        let secs = match self.dice.below(100) {
            0..30 => 0,
            30..70 => self.dice.between(1, 10),
            70..85 => self.dice.between(10, 120),
            85..95 => self.dice.between(120, 3_700),
            95..99 => self.dice.between(3_600, 12 * 3_600),
            _ => self.dice.between(24 * 3_600, 4 * 24 * 3_600),
        };
        if secs > 600 || self.dice.chance(20) {
            self.confirm_all();
        }
        if secs > 0 {
            self.diary.note(format!("{secs} s pass"));
            self.world.advance(secs).await;
            self.storm = self.storm.map(|left| left.saturating_sub(1));
        }
        if self.storm == Some(0) {
            self.diary.note("the sky clears".to_owned());
            self.world.faults(Faults::default());
            self.storm = None;
            // What failed in the storm is tried again before the next one.
            for _ in 0..2 {
                self.world.advance(60).await;
            }
        }
    }

    fn confirm_all(&mut self) {
        for uuid in std::mem::take(&mut self.unconfirmed) {
            self.world.sandbox.cryptocloud.confirm(&uuid).unwrap();
        }
    }

    // The end.

    /// No more faults, everybody comes back, time passes until nothing is watched any more, and the seller looks after what is left.
    async fn come_to_rest(&mut self) {
        self.diary.note("-- the end".to_owned());
        self.confirm_all();
        self.world.faults(Faults::default());
        self.world.settled().await;
        let away: Vec<i64> = self.buyers.iter().filter(|(_, buyer)| buyer.blocked).map(|(user, _)| *user).collect();
        for user in away {
            self.come_back(user);
        }
        self.world.wait(60).await;
        for hours in [1, 1, 1, 8, 24, 48, 1, 1] {
            self.world.advance(hours * 3_600).await;
        }
        self.restock("code", 3).await;
        self.look_after_orders(100).await;
        self.world.advance(3_600).await;
    }

    async fn audit(&self) -> String {
        let orders = self.store_orders(OrderFilter::All).await;
        let mut books = Books::open(self, &orders).await;
        books.money(self).await;
        books.goods(self).await;
        books.chats(self);
        books.sums
    }
}

/// What stands where at the end.
struct Books<'a> {
    orders: &'a [Order],
    /// The fake provider's invoices, by the order that each was made for.
    invoices: BTreeMap<String, Vec<Invoice>>,
    /// Our id of an invoice, by the provider's number.
    ids: HashMap<String, String>,
    cases: BTreeMap<String, Vec<CaseKind>>,
    /// Everything that stands in a chat or can be copied from it, word by word.
    words: BTreeMap<i64, BTreeSet<String>>,
    sums: String,
}

impl<'a> Books<'a> {
    async fn open(town: &Town, orders: &'a [Order]) -> Self {
        let mut conn = town.world.shop().store.read().await.unwrap();
        let (under_way, failed) = conn.job_counts(town.world.clock.now()).await.unwrap();
        assert_eq!(failed, 0, "jobs have failed for good ({under_way} wait)");
        let mut cases: BTreeMap<String, Vec<CaseKind>> = BTreeMap::new();
        for case in conn.open_cases(1_000_000).await.unwrap() {
            cases.entry(case.order.to_string()).or_default().push(case.kind);
        }
        let (mut invoices, mut ids): (BTreeMap<String, Vec<Invoice>>, _) = (BTreeMap::new(), HashMap::new());
        for invoice in town.world.sandbox.cryptocloud.invoices() {
            match conn.invoice_by_number(&InvoiceNumber::parse(&invoice.uuid).unwrap()).await.unwrap() {
                Some(ours) => {
                    ids.insert(invoice.uuid.clone(), ours.id);
                    invoices.entry(ours.order.to_string()).or_default().push(invoice);
                }
                // Made, and never heard of: nobody can have seen its address.
                None => assert!(invoice.payments.is_empty(), "money came for {}, which the shop does not know", invoice.uuid),
            }
        }
        let words = town.buyers.keys().map(|user| (*user, words(&town.world, *user))).collect();
        Self { orders, invoices, ids, cases, words, sums: String::new() }
    }

    /// Every coin that came is goods, credit, or an open case; and credit that went is goods, or is there again.
    async fn money(&mut self, town: &Town) {
        let mut conn = town.world.shop().store.read().await.unwrap();
        let (mut credit, mut spent): (BTreeMap<i64, i64>, BTreeMap<i64, i64>) = (BTreeMap::new(), BTreeMap::new());
        let (mut goods, mut change, mut in_cases) = (0_i64, 0_i64, 0_i64);
        for order in self.orders {
            let invoices = self.invoices.get(order.id.as_str()).map_or(&[][..], Vec::as_slice);
            let cases = self.cases.get(order.id.as_str()).map_or(&[][..], Vec::as_slice);
            let came: i64 = invoices.iter().map(|invoice| cents(invoice, invoice.paid())).sum();
            // Paid on the chain, and not served: only where the credit for the other part was gone when the money came late.
            let chain_paid = invoices.iter().any(|i| i.status.is_paid());
            let served = order.charge.is_paid() || cases.contains(&CaseKind::CreditSpent);
            assert!(!chain_paid || served, "order {} and the chain disagree", order.id);
            let payer = invoices.iter().find(|invoice| order.paid_by.as_ref() == self.ids.get(&invoice.uuid));
            let by_credit = order.paid_by.as_deref() == Some(PAID_BY_CREDIT);
            assert_eq!(payer.is_some() || by_credit, order.charge.is_paid(), "nobody paid for order {}", order.id);
            assert!(payer.is_none_or(|payer| payer.status.is_paid()), "order {} was served for too little", order.id);
            // What credit pays of it, by the price that the provider was told; of what was not served it pays nothing.
            let in_coins = payer.map_or(0, |payer| cents(payer, payer.amount_to_pay));
            let in_credit = if order.charge.is_paid() { order.total.minor - in_coins } else { 0 };
            assert_eq!(order.credit.minor, in_credit, "what credit pays of order {}", order.id);
            assert!(in_credit >= 0, "order {} was paid with more than its price", order.id);
            *spent.entry(order.customer.0).or_default() += in_credit;
            goods += in_coins;
            for invoice in invoices {
                let is_payer = payer.is_some_and(|payer| payer.uuid == invoice.uuid);
                let price = cents(invoice, invoice.amount_to_pay);
                let free = if is_payer { invoice.paid() - invoice.amount_to_pay } else { invoice.paid() };
                let free = cents(invoice, free);
                let due = if is_payer && free <= price / 100 { 0 } else { free };
                let got = conn.credited(&self.ids[&invoice.uuid], Currency::Usd).await.unwrap().minor;
                if cases.contains(&CaseKind::UnclearAmount) {
                    assert!(got <= due, "order {}: {got} were credited where {due} came free", order.id);
                    in_cases += due - got;
                } else {
                    assert_eq!(
                        got,
                        due,
                        "order {}: {} brought {came} in all\n{}",
                        order.id,
                        invoice.uuid,
                        town.world.transcript(order.customer.0)
                    );
                    change += free - due;
                }
                *credit.entry(order.customer.0).or_default() += got;
            }
        }
        for user in town.buyers.keys() {
            let due = credit.get(user).copied().unwrap_or_default() - spent.get(user).copied().unwrap_or_default();
            assert!(due >= 0, "{user} has spent what was not there");
            assert_eq!(town.world.balance(*user).await, due, "what {user} can spend\n{}", town.world.transcript(*user));
        }
        let (credit, spent): (i64, i64) = (credit.values().sum(), spent.values().sum());
        write!(self.sums, "{goods} cents in goods, {credit} credited and {spent} of it spent, {in_cases} in cases, {change} change; ")
            .unwrap();
    }

    /// Every unit has one owner or none, every owner has paid and sees it, and nobody else does.
    async fn goods(&mut self, town: &Town) {
        let mut conn = town.world.shop().store.read().await.unwrap();
        let mut owners: BTreeMap<String, i64> = BTreeMap::new();
        let mut held = 0;
        for order in self.orders {
            let id = order.id.as_str();
            assert!(
                !order.charge.is_paid() || order.state == OrderState::Completed || self.cases.contains_key(id),
                "order {id} is paid and waits"
            );
            for line in &order.lines {
                let owned = matches!(line.delivery, Delivery::Assigned | Delivery::Sent);
                assert!(order.charge.is_paid() || line.delivery == Delivery::None, "order {id} is unpaid and has {:?}", line.delivery);
                held += usize::from(line.delivery == Delivery::Held);
                if line.kind == Kind::Keys {
                    let units = conn.sold_units(&line.id).await.unwrap();
                    assert_eq!(units.len(), if owned { usize::try_from(line.quantity).unwrap() } else { 0 }, "the units of order {id}");
                    for unit in units {
                        assert_eq!(owners.insert(unit.clone(), order.customer.0), None, "{unit} was sold twice");
                    }
                }
            }
        }
        for product in KEYS {
            let sold = owners.keys().filter(|unit| town.loaded[product].contains(*unit)).count();
            let free = usize::try_from(town.world.stock(product).await).unwrap();
            assert_eq!(sold + free, town.loaded[product].len(), "{product}: sold and free, and nothing is set aside any more");
        }
        for (user, words) in &self.words {
            let seen: BTreeSet<&String> = words.iter().filter(|word| town.loaded.values().any(|units| units.contains(*word))).collect();
            let owned: BTreeSet<&String> = owners.iter().filter(|(_, owner)| *owner == user).map(|(unit, _)| unit).collect();
            assert_eq!(seen, owned, "what {user} sees and what {user} has bought\n{}", town.world.transcript(*user));
        }
        write!(self.sums, "{} units sold, {held} lines held, {} orders with a case", owners.len(), self.cases.len()).unwrap();
    }

    /// No address is left in any chat, files are where they were paid for, and the seller was told of every sale and case.
    fn chats(&self, town: &Town) {
        let addresses: BTreeSet<&String> = self.invoices.values().flatten().map(|invoice| &invoice.address).collect();
        for (user, words) in &self.words {
            let left = words.iter().find(|word| addresses.contains(word));
            assert_eq!(left, None, "{user} still sees an address\n{}", town.world.transcript(*user));
            let paid = self.orders.iter().filter(|order| order.customer.0 == *user && order.charge.is_paid());
            let due = paid.flat_map(|order| &order.lines).filter(|line| line.kind == Kind::File).count();
            let messages = town.world.messages(*user);
            let files = messages.iter().filter(|message| message["document"]["file_name"] == "handbook.pdf").count();
            assert!(files >= due && (due > 0 || files == 0), "{user} paid for {due} files and has {files}");
        }
        let told = town.world.messages(SELLER);
        let sales: BTreeSet<&str> = told.iter().filter(|message| has(message, "Sold to")).flat_map(order_ids).collect();
        let cases: BTreeSet<&str> = told.iter().filter(|message| has(message, "needs you")).flat_map(order_ids).collect();
        for order in self.orders {
            assert!(!order.charge.is_paid() || sales.contains(order.id.as_str()), "the seller never heard that {} was sold", order.id);
            assert!(!self.cases.contains_key(order.id.as_str()) || cases.contains(order.id.as_str()), "nobody was told of {}", order.id);
        }
    }
}

/// The order ids (`#ABCD1234`) that a message names.
fn order_ids(message: &Value) -> impl Iterator<Item = &str> {
    text_of(message).split(|c: char| c != '#' && !c.is_ascii_alphanumeric()).filter_map(|word| word.strip_prefix('#'))
}

/// What so much of an invoice's coin is worth, in cents, rounded down: the share of the price that it is of the amount due.
fn cents(invoice: &Invoice, amount: Decimal) -> i64 {
    let worth = invoice.amount_in_fiat * Decimal::ONE_HUNDRED * amount / invoice.amount_to_pay;
    i64::try_from(worth.floor()).unwrap()
}

fn words(world: &World, user: i64) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for message in world.messages(user) {
        all.extend(text_of(&message).split_whitespace().map(str::to_owned));
        all.extend(buttons(&message).iter().filter_map(|button| button["copy_text"].as_str().map(str::to_owned)));
    }
    all
}

/// The address that a message offers to copy.
fn shown_address(message: &Value) -> Option<String> {
    buttons(message).iter().find(|button| is_address(button)).map(|button| button["copy_text"].as_str().unwrap().to_owned())
}

fn is_address(button: &Value) -> bool {
    button["text"].as_str().unwrap().contains("Copy address")
}

/// How much a buyer wants to tap a button.
fn wish(button: &Value) -> usize {
    let label = button["text"].as_str().unwrap();
    let wishes = [
        ("with credit", 12),
        ("of credit", 10),
        ("the credit", 2),
        ("Buy ·", 40),
        ("Copy address", 40),
        ("Copy", 0),
        ("Yes, cancel", 8),
        ("Cancel", 3),
        ("Other coin", 4),
        ("I have paid", 4),
        ("Try again", 8),
        ("USDT", 12),
        ("BTC", 6),
        ("⭐", 12),
        ("TRON", 20),
        ("Send goods again", 2),
        ("Shop", 1),
        ("Back", 1),
    ];
    wishes.iter().find(|(part, _)| label.contains(part)).map_or(2, |(_, wish)| *wish)
}
