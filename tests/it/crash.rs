//! kill -9 at any moment: what was paid is delivered, once. The program dies again and again while people buy, or the database under it does;
//! both fakes live on.
//!
//! `cargo test` plays a short form of each. `KIOSK_CRASH_KILLS` makes it longer (people go on buying until so many have died), and
//! `KIOSK_TEST_SEED` draws another schedule; `KIOSK_TEST_RATE` lets the provider be asked more often, and as many more people buy at the same
//! time: `just crash 1000`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use kiosk::sandbox::Sandbox;
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::sandbox::telegram::Tapped;
use kiosk::store::{OrderFilter, Store};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::postgres::{self, Server};
use crate::program::{PATIENCE, Program, Street, number};
use crate::world::{SELLER, buttons, check, has, id_of, messages, picture, tell, text_of, transcript};

/// Kills of a run when nothing else is asked for.
const KILLS: usize = 15;
/// A standby is made anew each time, which takes as long as so many kills.
const KILLS_A_FAILOVER: usize = 5;
const FIRST_BUYER: i64 = 1_001;
const PURCHASES_EACH: usize = 2;
/// How many buy at the same time for each question that the provider may be asked in two seconds: an address is one, and a life is short.
const AT_ONCE_PER_PACE: usize = 3;
/// Questions a second; `KIOSK_TEST_RATE` is another number of them.
const PACE: u64 = 2;
/// Keys in the shop: more than anybody will buy.
pub const STOCK: u32 = 60_000;
/// Fewer prove little: where a machine is slow, people go on buying for longer.
const PURCHASES_LEAST: usize = 10;
/// Between two kills, in milliseconds: from and to.
const LIFE_MILLIS: (u64, u64) = (200, 3_000);
/// A buyer who sees nothing happen for so long taps again.
const IMPATIENCE: Duration = Duration::from_secs(6);
/// The schedule that `cargo test` plays; `KIOSK_TEST_SEED` plays another one.
const DEFAULT_SEED: u64 = 7;
/// How long the program may take to stop in order before the play has failed; what it took is told.
const STOPS_WITHIN: Duration = Duration::from_mins(1);
/// When the whole play has failed: a bit, and so much for each kill.
const END: Duration = Duration::from_secs(400);
const END_PER_KILL: Duration = Duration::from_secs(15);
const END_PER_PURCHASE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_however_often_the_program_dies() {
    die_often(Street::new("info").await, "the program on SQLite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_however_often_the_program_dies_on_postgresql() {
    let Some(url) = postgres::new_database().await else { return };
    die_often(Street::with_database("info", Some(url)).await, "the program on PostgreSQL").await;
}

/// People buy while the program is killed again and again; in the end the books are looked at.
async fn die_often(street: Street, who: &str) {
    let plan = Plan::asked_for();
    let street = open(street).await;
    let mut program = street.run();
    let mut town = Town::wake(&street, &plan, at_once());
    let mut lives = Lives::new(&plan);
    while lives.lived < plan.kills || town.bought() < PURCHASES_LEAST {
        lives.one(&street).await;
        program.kill();
        program = street.run();
    }
    town.go_home().await;
    lives.say(who);
    audit(&street, program, &town).await;
}

/// One program lives through all of it: the server is killed, stopped at once, or breaks every connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_however_often_the_database_dies() {
    let Some(mut server) = Server::new() else { return };
    let plan = Plan::asked_for();
    let street = open(Street::with_database("info", Some(server.url("postgres"))).await).await;
    let program = street.run();
    let mut town = Town::wake(&street, &plan, at_once());
    let mut lives = Lives::new(&plan);
    let (mut kills, mut stops, mut cuts, mut connections) = (0, 0, 0, 0);
    while lives.lived < plan.kills || town.bought() < PURCHASES_LEAST {
        lives.one(&street).await;
        match lives.dice() % 4 {
            0 | 1 => {
                server.kill();
                server.start_again();
                kills += 1;
            }
            2 => {
                server.stop_at_once();
                server.start_again();
                stops += 1;
            }
            _ => {
                connections += server.cut_connections().await;
                cuts += 1;
            }
        }
    }
    town.go_home().await;
    tell!("PostgreSQL was killed {kills} times and stopped at once {stops} times; {cuts} times all {connections} connections were cut");
    lives.say("the database");
    audit(&street, program, &town).await;
}

/// One program lives through all of it: the server is killed, and its standby, which has every commit that was acknowledged, takes its place
/// under the same address; then that one gets a standby.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_however_often_a_standby_takes_over() {
    let Some(mut server) = Server::new() else { return };
    let plan = Plan::asked_for();
    let front = tempfile::tempdir().unwrap();
    let socket = front.path().join(postgres::SOCKET);
    std::os::unix::fs::symlink(server.socket(), &socket).unwrap();
    let url = format!("postgres://kiosk@localhost/postgres?host={}", front.path().display());
    let street = open(Street::with_database("info", Some(url.into())).await).await;
    let program = street.run();
    let mut town = Town::wake(&street, &plan, at_once());
    let mut lives = Lives::new(&plan);
    while lives.lived < plan.kills.div_ceil(KILLS_A_FAILOVER) || town.bought() < PURCHASES_LEAST {
        let mut standby = server.standby().await;
        lives.one(&street).await;
        server.kill();
        standby.promote();
        std::fs::remove_file(&socket).unwrap();
        std::os::unix::fs::symlink(standby.socket(), &socket).unwrap();
        server = standby;
    }
    town.go_home().await;
    lives.say("the server before its standby");
    audit(&street, program, &town).await;
}

/// Told to stop, once or twice, while people buy: it stops in order and at once, and loses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_paid_is_delivered_once_however_often_the_program_is_told_to_stop() {
    let plan = Plan::asked_for();
    let street = open(Street::new("info").await).await;
    let mut program = street.run();
    let mut town = Town::wake(&street, &plan, at_once());
    let mut lives = Lives::new(&plan);
    let (mut slowest, mut twice) = (Duration::ZERO, 0);
    while lives.lived < plan.kills || town.bought() < PURCHASES_LEAST {
        lives.one(&street).await;
        let asked = Instant::now();
        if lives.dice().is_multiple_of(3) {
            program.ask_to_stop();
            tokio::time::sleep(Duration::from_millis(lives.dice() % 50)).await;
            twice += 1;
        }
        if program.has_ended() {
            program = street.run();
            continue;
        }
        let status = program.stopped(STOPS_WITHIN).await;
        assert!(status.is_some_and(|status| status.success()), "{status:?}\n{}", street.log());
        slowest = slowest.max(asked.elapsed());
        program = street.run();
    }
    town.go_home().await;
    tell!("{} times told to stop, {twice} of them twice; it took {slowest:?} at most", lives.lived);
    lives.say("the program that was told to stop");
    audit(&street, program, &town).await;
}

/// How long a play is, and which one.
pub struct Plan {
    pub kills: usize,
    seed: u64,
    pub end: Instant,
}

impl Plan {
    fn asked_for() -> Self {
        let seed = number("KIOSK_TEST_SEED").unwrap_or(DEFAULT_SEED);
        let kills = number("KIOSK_CRASH_KILLS").map_or(KILLS, |kills| usize::try_from(kills).unwrap());
        tell!("KIOSK_TEST_SEED={seed} KIOSK_CRASH_KILLS={kills}");
        let end = Instant::now() + END + END_PER_KILL * u32::try_from(kills).unwrap();
        Self { kills, seed, end }
    }

    /// A play in which nobody need die.
    pub fn for_purchases(purchases: usize) -> Self {
        let end = Instant::now() + END + END_PER_PURCHASE * u32::try_from(purchases).unwrap();
        Self { kills: 0, seed: number("KIOSK_TEST_SEED").unwrap_or(DEFAULT_SEED), end }
    }
}

/// The lives between two deaths, as the seed draws them.
pub struct Lives {
    dice: u64,
    pub lived: usize,
    /// How long it took until the shop was ready, where it lived to see that.
    ready_after: Vec<Duration>,
    last_death: Instant,
}

impl Lives {
    pub fn new(plan: &Plan) -> Self {
        Self { dice: plan.seed, lived: 0, ready_after: Vec::new(), last_death: Instant::now() }
    }

    pub fn dice(&mut self) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.dice >> 33
    }

    /// One life, which ends when this returns.
    async fn one(&mut self, street: &Street) {
        let born = Instant::now();
        let dies = born + Duration::from_millis(LIFE_MILLIS.0 + self.dice() % (LIFE_MILLIS.1 - LIFE_MILLIS.0));
        if street.ready_by(dies).await {
            self.ready_after.push(born.elapsed());
        }
        tokio::time::sleep_until(dies).await;
        (self.lived, self.last_death) = (self.lived + 1, Instant::now());
    }

    fn say(&self, who: &str) {
        let mut ready: Vec<Duration> = self.ready_after.clone();
        ready.sort_unstable();
        let (median, slowest) = (ready.get(ready.len() / 2), ready.last());
        tell!(
            "{who} died {} times; {} times it was ready before, after {median:?} in the middle and {slowest:?} at most; the last buyer had \
             everything {:?} after the last death",
            self.lived,
            ready.len(),
            self.last_death.elapsed()
        );
    }
}

/// How many buy at the same time.
pub fn at_once() -> usize {
    AT_ONCE_PER_PACE * usize::try_from(number("KIOSK_TEST_RATE").unwrap_or(PACE) / PACE).unwrap().max(1)
}

/// Stocks the shop of a street.
pub async fn open(street: Street) -> Street {
    street.import(&catalog(&street));
    let program = street.run();
    street.ready().await;
    // One word a second goes to a chat: at a faster pace the seller would hear of sales for hours after the last one, and stays away.
    if number("KIOSK_TEST_RATE").is_none() {
        street.sandbox.telegram.say(SELLER, "/start").unwrap();
    }
    assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
    street
}

/// A catalog with more keys than anybody will buy.
fn catalog(street: &Street) -> PathBuf {
    let stock: Vec<String> = (0..STOCK).map(|number| format!("CRASH-{number:05}")).collect();
    let yaml = format!(
        "shop: {{ name: {{ en: Phoenix }}, currency: USD }}\nproducts:\n  - {{ id: key, name: {{ en: Key }}, price: \"5\", kind: keys, picture: key.png, stock: [ {} ] }}\n",
        stock.join(", ")
    );
    std::fs::write(street.folder.path().join("key.png"), picture()).unwrap();
    let file = street.folder.path().join("shop.yaml");
    std::fs::write(&file, yaml).unwrap();
    file
}

/// People who buy, one after another, until they are told to go home.
pub struct Town {
    closing: Arc<AtomicBool>,
    bought: Arc<AtomicUsize>,
    /// The next buyer who would come.
    next: Arc<AtomicI64>,
    crowd: JoinSet<()>,
}

impl Town {
    pub fn wake(street: &Street, plan: &Plan, at_once: usize) -> Self {
        let closing = Arc::new(AtomicBool::new(false));
        let (bought, next) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicI64::new(FIRST_BUYER)));
        let mut crowd = JoinSet::new();
        for _ in 0..at_once {
            let (sandbox, end) = (street.sandbox.clone(), plan.end);
            let (closing, bought, next) = (closing.clone(), bought.clone(), next.clone());
            crowd.spawn(async move {
                while !closing.load(Ordering::SeqCst) {
                    shopping(&sandbox, next.fetch_add(1, Ordering::SeqCst), &bought, end).await;
                }
            });
        }
        Self { closing, bought, next, crowd }
    }

    /// Whoever has begun gets everything; nobody else comes.
    pub async fn go_home(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        while let Some(left) = self.crowd.join_next().await {
            left.unwrap();
        }
    }

    /// Fails when somebody has given up.
    pub fn is_well(&mut self) {
        while let Some(left) = self.crowd.try_join_next() {
            left.unwrap();
        }
    }

    pub fn bought(&self) -> usize {
        self.bought.load(Ordering::SeqCst)
    }

    /// One more buyer, whom somebody else looks after until [`Self::has_bought`] was said often enough.
    pub fn somebody(&self) -> i64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    /// A purchase of such a buyer is over.
    pub fn has_bought(&self) {
        self.bought.fetch_add(1, Ordering::SeqCst);
    }

    pub fn buyers(&self) -> std::ops::Range<i64> {
        FIRST_BUYER..self.next.load(Ordering::SeqCst)
    }
}

/// Everybody who bought has what they paid for, once; nobody has anything else; the program stops in order.
pub async fn audit(street: &Street, program: Program, town: &Town) {
    street.ready().await;
    quiet(&street.sandbox).await;
    assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
    let store = Store::open(&street.place(), &street.data_dir(), None).await.unwrap();
    check(&street.sandbox, &store, street.sandbox.clock.now()).await;
    let mut conn = store.read().await.unwrap();
    let mut sold = 0;
    for order in conn.orders(OrderFilter::All, 0, 1_000_000).await.unwrap().iter().filter(|order| order.charge.is_paid()) {
        for unit in conn.sold_units(&order.lines[0].id).await.unwrap() {
            let seen = messages(&street.sandbox, order.customer.0).iter().filter(|message| has(message, &unit)).count();
            assert_eq!(seen, 1, "{unit} is in the chat of {}:\n{}", order.customer, transcript(&street.sandbox, order.customer.0));
            sold += 1;
        }
    }
    drop(conn);
    store.close().await;
    for buyer in town.buyers() {
        let all: Vec<String> = units(&street.sandbox, buyer);
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), different.len()), (PURCHASES_EACH, PURCHASES_EACH), "{}", transcript(&street.sandbox, buyer));
    }
    let (paid, bought) = (town.buyers().count() * PURCHASES_EACH, town.bought());
    assert_eq!((sold, bought), (paid, paid));
    tell!("{paid} purchases paid, {sold} units sold, each in one chat once");
}

/// What a chat shows of the stock, each as often as it is there.
pub fn units(sandbox: &Sandbox, buyer: i64) -> Vec<String> {
    let words = messages(sandbox, buyer).into_iter().flat_map(|message| {
        let words: Vec<String> = text_of(&message).split_whitespace().map(str::to_owned).collect();
        words
    });
    words.filter(|word| word.starts_with("CRASH-")).collect()
}

/// One buyer: opens the product, buys it, pays what the card says, and waits for the goods; then again.
async fn shopping(sandbox: &Sandbox, buyer: i64, bought: &AtomicUsize, end: Instant) {
    for round in 1..=PURCHASES_EACH {
        buy(sandbox, buyer, round, end).await;
        bought.fetch_add(1, Ordering::SeqCst);
    }
}

/// One purchase: the `round`-th of this buyer.
pub async fn buy(sandbox: &Sandbox, buyer: i64, round: usize, end: Instant) {
    let invoice = offered(sandbox, buyer, end).await;
    sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    let all = || units(sandbox, buyer).len() >= round && !crate::world::shows(sandbox, buyer, &invoice.address);
    until(sandbox, buyer, end, || true, all).await;
}

/// From the first word to the address.
pub async fn offered(sandbox: &Sandbox, buyer: i64, end: Instant) -> Invoice {
    until(sandbox, buyer, end, || sandbox.telegram.say(buyer, "/start p_key").map(drop).is_ok(), || button(sandbox, buyer, "Buy ·")).await;
    until(sandbox, buyer, end, || tap(sandbox, buyer, "Buy ·"), || button(sandbox, buyer, "USDT ›")).await;
    until(sandbox, buyer, end, || tap(sandbox, buyer, "USDT ›"), || button(sandbox, buyer, "TRON")).await;
    // Whoever was told that there is no address just now does what the card says.
    let chooses = || tap(sandbox, buyer, "TRON") || tap(sandbox, buyer, "USDT ›");
    let told = |text: &str| crate::world::shows(sandbox, buyer, text);
    let choose = || {
        chooses()
            || (told("There is no address") && tap(sandbox, buyer, "Other coin"))
            || (told("Nothing can be paid") && tap(sandbox, buyer, "Try again"))
    };
    // A program that was frozen may write an address that was paid once more, for a moment: nobody pays the same card twice.
    let unpaid = || {
        let address = address(sandbox, buyer)?;
        sandbox.cryptocloud.invoice_with_address(&address).filter(|invoice| invoice.payments.is_empty())
    };
    until(sandbox, buyer, end, choose, || unpaid().is_some()).await;
    unpaid().unwrap()
}

/// Waits until somebody who paid to this address has goods, and the address is gone.
pub async fn served(sandbox: &Sandbox, buyer: i64, address: &str, end: Instant) {
    let all = || !units(sandbox, buyer).is_empty() && !crate::world::shows(sandbox, buyer, address);
    until(sandbox, buyer, end, || true, all).await;
}

/// Does something, waits until it shows, and does it again when it never does.
async fn until(sandbox: &Sandbox, buyer: i64, end: Instant, act: impl Fn() -> bool, shown: impl Fn() -> bool) {
    loop {
        act();
        let again = Instant::now() + IMPATIENCE;
        while Instant::now() < again {
            let version = sandbox.telegram.chat(buyer, 0)["version"].as_u64().unwrap();
            if shown() {
                return;
            }
            assert!(Instant::now() < end, "it never ends for {buyer}:\n{}", transcript(sandbox, buyer));
            sandbox.telegram.chat_after(buyer, version, Duration::from_millis(200)).await;
        }
    }
}

fn button(sandbox: &Sandbox, buyer: i64, label: &str) -> bool {
    find(sandbox, buyer, label).is_some()
}

fn find(sandbox: &Sandbox, buyer: i64, label: &str) -> Option<(i32, String)> {
    messages(sandbox, buyer).into_iter().rev().find_map(|message| {
        let button = buttons(&message).into_iter().find(|button| button["text"].as_str().unwrap().contains(label))?;
        Some((id_of(&message), button["text"].as_str().unwrap().to_owned()))
    })
}

fn tap(sandbox: &Sandbox, buyer: i64, label: &str) -> bool {
    let Some((message, label)) = find(sandbox, buyer, label) else { return false };
    matches!(sandbox.telegram.tap_label(buyer, message, &label), Ok(Tapped::Told(_)))
}

/// The address on the newest card.
pub fn address(sandbox: &Sandbox, buyer: i64) -> Option<String> {
    messages(sandbox, buyer).into_iter().rev().find_map(|message| {
        let copy = buttons(&message).into_iter().find(|button| button["text"].as_str().unwrap().contains("Copy address"))?;
        copy["copy_text"].as_str().map(str::to_owned)
    })
}

/// Waits until nothing happens in any chat any more.
pub async fn quiet(sandbox: &Sandbox) {
    let versions = || -> Vec<u64> {
        sandbox.telegram.users().iter().map(|user| sandbox.telegram.chat(user.id, 0)["version"].as_u64().unwrap()).collect()
    };
    let mut before = Vec::new();
    while before != versions() || sandbox.telegram.pending_updates() > 0 {
        before = versions();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
}

#[tokio::test]
async fn a_program_that_is_told_to_stop_stops_in_order() {
    let street = Street::new("info").await;
    street.import(&catalog(&street));
    let program = street.run();
    street.ready().await;
    street.sandbox.telegram.say(1_001, "/start p_key").unwrap();
    let begun = Instant::now();
    let status = program.terminate(PATIENCE).await;
    assert_eq!(status.code(), Some(0), "{}", street.log());
    tell!("stopped after {:?}", begun.elapsed());
    let program = street.run();
    street.ready().await;
    let end = Instant::now() + PATIENCE;
    until(&street.sandbox, 1_001, end, || true, || button(&street.sandbox, 1_001, "Buy ·")).await;
    assert_eq!(program.terminate(PATIENCE).await.code(), Some(0));
}
