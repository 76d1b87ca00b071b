//! Two programs on one PostgreSQL, behind one door: their connections are cut, and one of them is frozen while it holds work. Its leases end,
//! the other one finishes, and whoever wakes up late has no say any more.
//!
//! `cargo test` plays a short form; `KIOSK_CUTS` and `KIOSK_FREEZES` make it longer: `just replicas`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

use crate::crash::{Lives, Plan, Town, audit, offered, open, quiet, served, units};
use crate::postgres::{self, Server};
use crate::program::{PATIENCE, Program, Street, number};
use crate::skewed::Watch;
use crate::world::{serve, tell};

/// What is played when nothing else is asked for.
const CUTS: u64 = 10;
const FREEZES: u64 = 2;
/// How many buy at the same time.
const AT_ONCE: usize = 6;
/// Longer than a lease, in seconds.
const LEASE_IS_OVER_SECS: u32 = 130;
/// How long a program that is frozen, or gone, may keep the door waiting.
const DOOR_WAITS: Duration = Duration::from_secs(3);
/// How long a frozen program may hold up the other one with a transaction that it left open, in seconds: fifteen, and a bit.
const HELD_UP_MOST: Duration = Duration::from_secs(40);
/// The lock under which programs take turns in claiming: see `store::jobs`.
const CLAIMING: i64 = 0x006b_696f_736b;

/// Two programs, and the door that leads to one of them.
struct Pair {
    street: Street,
    programs: [Program; 2],
    chosen: Arc<AtomicUsize>,
}

impl Pair {
    /// Both are ready. `watch` is the clock of their machines.
    async fn open(database: SecretString, watch: Option<&Watch>) -> Self {
        let mut street = open(Street::with_database("info", Some(database)).await).await;
        let addresses = [street.address.clone(), crate::program::free_address().await];
        let chosen = Arc::new(AtomicUsize::new(0));
        let door = serve(door(addresses.clone(), chosen.clone())).await;
        street.sandbox.cryptocloud.set_postback_url(Some(format!("{door}/postback")));
        let start = |address: &str| {
            let own = [format!("KIOSK_LISTEN={address}"), format!("KIOSK_PUBLIC_URL={door}")];
            let under = watch.map_or_else(|| vec!["env".to_owned()], Watch::starter);
            let words: Vec<String> = under.into_iter().chain(own).collect();
            street.run_under(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let programs = [start(&addresses[0]), start(&addresses[1])];
        for address in addresses {
            street.address = address;
            street.ready().await;
        }
        Self { street, programs, chosen }
    }

    fn choose(&self, program: usize) {
        self.chosen.store(program, Ordering::SeqCst);
    }

    /// Lets time go by, for the programs by `watch` and for everybody else.
    fn advance(&self, watch: &Watch, secs: u32, total_secs: &mut i64) {
        *total_secs += i64::from(secs);
        watch.set(*total_secs);
        self.street.sandbox.clock.advance(secs);
    }

    /// Both go on until everybody has everything; then the books are looked at.
    async fn close(self, mut town: Town) {
        town.go_home().await;
        let [first, second] = self.programs;
        assert!(first.terminate(PATIENCE).await.success(), "{}", self.street.log());
        // The street's address is that of the second one.
        audit(&self.street, second, &town).await;
    }
}

/// Hands every request on to the program that was chosen; where nobody answers, whoever sent it sends it again.
fn door(addresses: [String; 2], chosen: Arc<AtomicUsize>) -> axum::Router {
    let client = reqwest::Client::builder().no_proxy().timeout(DOOR_WAITS).build().unwrap();
    axum::Router::new().fallback(move |request: Request| {
        let (client, address) = (client.clone(), addresses[chosen.load(Ordering::SeqCst)].clone());
        async move { handed_on(&client, &address, request).await }
    })
}

async fn handed_on(client: &reqwest::Client, address: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut headers = parts.headers;
    headers.remove("host");
    let sent = client.request(parts.method, format!("http://{address}{}", parts.uri)).headers(headers).body(body).send().await;
    match sent {
        Ok(answer) => answer.status().into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// A connection of somebody who only looks.
async fn onlooker(database: &SecretString) -> PgConnection {
    PgConnection::connect(database.expose_secret()).await.unwrap()
}

async fn count(onlooker: &mut PgConnection, sql: &'static str) -> i64 {
    let (count,): (i64,) = sqlx::query_as(sql).fetch_one(onlooker).await.unwrap();
    count
}

const LEASES: &str = "SELECT COUNT(*) FROM jobs WHERE leased_until IS NOT NULL";
const WAITING_FOR_LOCKS: &str = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";

/// Waits until a question has this answer.
async fn until(onlooker: &mut PgConnection, sql: &'static str, what: impl Fn(i64) -> bool) {
    let end = Instant::now() + PATIENCE;
    while !what(count(onlooker, sql).await) {
        assert!(Instant::now() < end, "waited in vain: {sql}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_whose_connections_are_cut_again_and_again_serve_everybody_once() {
    let Some(server) = Server::new() else { return };
    let pair = Pair::open(server.url("postgres"), None).await;
    let plan = Plan::for_purchases(1_000);
    let (mut town, mut lives) = (Town::wake(&pair.street, &plan, AT_ONCE), Lives::new(&plan));
    let (cuts, mut connections) = (number("KIOSK_CUTS").unwrap_or(CUTS), 0);
    for _ in 0..cuts {
        tokio::time::sleep(Duration::from_millis(100 + lives.dice() % 1_900)).await;
        pair.choose(usize::from(lives.dice().is_multiple_of(2)));
        connections += server.cut_connections().await;
        town.is_well();
    }
    tell!("{cuts} times all {connections} connections of two programs were cut, {} purchases were over by then", town.bought());
    pair.close(town).await;
}

/// Frozen while Telegram has its message, and has not answered yet: the goods are somebody else's to bring when it wakes up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_wakes_up_after_its_lease_has_no_say_any_more() {
    let Some(database) = postgres::new_database().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(watch) = Watch::new(folder.path()) else { return };
    let pair = Pair::open(database.clone(), Some(&watch)).await;
    let sandbox = pair.street.sandbox.clone();
    let mut onlooker = onlooker(&database).await;
    let (freezes, mut secs) = (number("KIOSK_FREEZES").unwrap_or(FREEZES), 0);
    let plan = Plan::for_purchases(1_000);
    let town = Town::wake(&pair.street, &plan, 0);
    for round in 0..freezes {
        let (holder, other) = if round % 2 == 0 { (0, 1) } else { (1, 0) };
        let buyer = town.somebody();
        pair.choose(holder);
        let invoice = offered(&sandbox, buyer, plan.end).await;
        quiet(&sandbox).await;
        until(&mut onlooker, LEASES, |count| count == 0).await;
        pair.programs[other].freeze();
        let mut strikes = sandbox.faults.strikes();
        strikes.borrow_and_update();
        let methods = vec!["sendMessage".to_owned(), "editMessageText".to_owned()];
        let hang = CallFaults { methods, hang_secs: Some(5), after_accepting: round % 4 < 2, ..CallFaults::default() };
        sandbox.faults.set(Faults { telegram: hang, ..Faults::default() });
        sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
        tokio::time::timeout(PATIENCE, strikes.changed()).await.unwrap().unwrap();
        pair.programs[holder].freeze();
        assert!(count(&mut onlooker, LEASES).await > 0, "it holds work");
        sandbox.faults.set(Faults::default());
        pair.choose(other);
        pair.programs[other].wake();
        pair.advance(&watch, LEASE_IS_OVER_SECS, &mut secs);
        served(&sandbox, buyer, &invoice.address, plan.end).await;
        until(&mut onlooker, LEASES, |count| count == 0).await;
        let before = fenced_off(&pair.street);
        pair.programs[holder].wake();
        let end = Instant::now() + PATIENCE;
        while fenced_off(&pair.street) == before {
            assert!(Instant::now() < end, "it is not told that it is late:\n{}", pair.street.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(units(&sandbox, buyer).len(), 1);
        town.has_bought();
    }
    tell!("{freezes} times a program was frozen with work in its hands; each time it was fenced off afterwards");
    onlooker.close().await.unwrap();
    for buyer in town.buyers() {
        // Everybody buys a second time: nothing is in the way of that.
        crate::crash::buy(&sandbox, buyer, 2, plan.end).await;
        town.has_bought();
    }
    pair.close(town).await;
}

/// At any moment of the work, under load: the other one goes on alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whichever_moment_a_busy_program_is_frozen_for_longer_than_its_lease_everybody_is_served_once() {
    let Some(database) = postgres::new_database().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(watch) = Watch::new(folder.path()) else { return };
    let pair = Pair::open(database, Some(&watch)).await;
    let plan = Plan::for_purchases(1_000);
    let (mut town, mut lives) = (Town::wake(&pair.street, &plan, AT_ONCE), Lives::new(&plan));
    let (freezes, mut secs, mut longest) = (number("KIOSK_FREEZES").unwrap_or(FREEZES), 0, Duration::ZERO);
    for _ in 0..freezes {
        let frozen = usize::from(lives.dice().is_multiple_of(2));
        // News come to the one that is frozen, too.
        pair.choose(frozen);
        tokio::time::sleep(Duration::from_millis(100 + lives.dice() % 1_900)).await;
        pair.programs[frozen].freeze();
        pair.choose(1 - frozen);
        pair.advance(&watch, LEASE_IS_OVER_SECS, &mut secs);
        let (begun, before) = (Instant::now(), town.bought());
        while town.bought() < before + AT_ONCE {
            tokio::time::sleep(Duration::from_millis(10)).await;
            town.is_well();
        }
        longest = longest.max(begun.elapsed());
        pair.programs[frozen].wake();
    }
    let fenced_off = fenced_off(&pair.street);
    tell!(
        "{freezes} times a busy program was frozen, and fenced off with {fenced_off} jobs; {AT_ONCE} purchases of the other one took {longest:?} at most"
    );
    pair.close(town).await;
}

fn fenced_off(street: &Street) -> usize {
    street.log().matches("a job outlived its lease").count()
}

/// Frozen between two statements of a write, with a lock that the other one needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_frozen_in_the_middle_of_a_write_holds_the_other_up_for_seconds_only() {
    let Some(database) = postgres::new_database().await else { return };
    let pair = Pair::open(database.clone(), None).await;
    let sandbox = pair.street.sandbox.clone();
    let (mut keeper, mut onlooker) = (onlooker(&database).await, onlooker(&database).await);
    let plan = Plan::for_purchases(1_000);
    let town = Town::wake(&pair.street, &plan, 0);
    let buyer = town.somebody();
    quiet(&sandbox).await;
    until(&mut onlooker, LEASES, |count| count == 0).await;
    pair.programs[1].freeze();
    let mut lock = keeper.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(CLAIMING).execute(&mut *lock).await.unwrap();
    sandbox.telegram.say(buyer, "/start p_key").unwrap();
    until(&mut onlooker, WAITING_FOR_LOCKS, |count| count > 0).await;
    pair.programs[0].freeze();
    // The server hands the lock to a program that does not hear of it.
    lock.rollback().await.unwrap();
    pair.choose(1);
    pair.programs[1].wake();
    let begun = Instant::now();
    for round in 1..=2 {
        tokio::time::timeout(HELD_UP_MOST, crate::crash::buy(&sandbox, buyer, round, plan.end)).await.expect("it is held up for good");
        tell!("served after {:?}", begun.elapsed());
        town.has_bought();
    }
    pair.programs[0].wake();
    keeper.close().await.unwrap();
    onlooker.close().await.unwrap();
    pair.close(town).await;
}
