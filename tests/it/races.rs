//! Everybody at once: more buyers than units, more news than payments, more programs than databases. `KIOSK_RACE_BUYERS` makes the crowd
//! larger, `KIOSK_RACE_ROUNDS` the races for one last unit more: `just races`.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Instant;

use kiosk::app;
use kiosk::config::{Config, CryptoCloud, Telegram};
use kiosk::domain::customer::CustomerId;
use kiosk::domain::order::Charge;
use kiosk::domain::product::ProductId;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{Faults, PostbackFaults};
use kiosk::store::{CaseKind, Place, Store};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::postgres;
use crate::world::{ANN, API_KEY, BOT_TOKEN, Options, SECRET_KEY, SELLER, SHOP_ID, World, id_of, tell, within};

const BUYERS: i64 = 40;
/// They make their orders one after another.
const LATE_BUYERS: i64 = 12;
const UNITS: usize = 10;
const CATALOG: &str = r#"shop: { name: { en: Night Owl Store }, currency: USD, support: "@owner" }
products:
  - { id: ten, name: { en: Last Ten }, price: "8", kind: keys,
      stock: [ TEN-0, TEN-1, TEN-2, TEN-3, TEN-4, TEN-5, TEN-6, TEN-7, TEN-8, TEN-9 ] }
"#;

fn shop_of_ten() -> Options {
    Options { catalog: CATALOG.to_owned(), ..Options::default() }
}

/// A shop with one unit (`PREFIX-00000`) for each of these buyers, who have gone as far as the choice of network.
pub async fn enough_for_all(prefix: &str, buyers: &[i64]) -> World {
    let stock: Vec<String> = (0..buyers.len()).map(|number| format!("{prefix}-{number:05}")).collect();
    let catalog = format!(
        "shop: {{ name: {{ en: Night Owl Store }}, currency: USD }}\nproducts:\n  - {{ id: many, name: {{ en: Many }}, price: \"8\", kind: keys, stock: [ {} ] }}\n",
        stock.join(", ")
    );
    let world = World::with(Options { catalog, ..Options::default() }).await;
    line_up(&world, "many", buyers).await;
    world
}

/// Everybody goes as far as the choice of network, and nobody further.
pub async fn line_up(world: &World, product: &str, buyers: &[i64]) {
    for buyer in buyers {
        world.sandbox.telegram.say(*buyer, &format!("/start p_{product}")).unwrap();
    }
    world.settled().await;
    for label in ["Buy ·", "USDT ›"] {
        all_tap(world, buyers, label).await;
    }
}

/// Everybody taps at once.
pub async fn all_tap(world: &World, buyers: &[i64], label: &str) {
    let taps: Vec<_> = buyers.iter().map(|buyer| (*buyer, world.button(*buyer, label))).collect();
    for (buyer, (message, button)) in taps {
        world.press(buyer, message, &button);
    }
    world.settled().await;
}

fn has_address(world: &World, buyer: i64) -> bool {
    world.count(buyer, "Send exactly") > 0
}

/// The units that a buyer sees.
fn units(world: &World, buyer: i64) -> BTreeSet<String> {
    let messages = world.messages(buyer);
    let words = messages.iter().flat_map(|message| crate::world::text_of(message).split_whitespace());
    words.filter(|word| word.starts_with("TEN-")).map(str::to_owned).collect()
}

/// How many there are in a crowd: so many, unless more are asked for.
#[expect(clippy::disallowed_methods, reason = "how large a test is is no setting of the program")]
fn crowd(least: i64) -> Vec<i64> {
    let count = std::env::var("KIOSK_RACE_BUYERS").map_or(least, |count| count.parse().unwrap());
    (2_000..2_000 + count).collect()
}

#[tokio::test]
async fn of_a_crowd_on_the_last_ten_exactly_ten_are_served_and_the_others_are_told() {
    last_ten(shop_of_ten()).await;
}

#[tokio::test]
async fn of_a_crowd_on_the_last_ten_on_postgresql_exactly_ten_are_served_too() {
    let Some(url) = postgres::new_database().await else { return };
    last_ten(Options { place: Some(Place::Postgres(url)), ..shop_of_ten() }).await;
}

async fn last_ten(options: Options) {
    let world = World::with(options).await;
    let (buyers, count) = (crowd(BUYERS), crowd(BUYERS).len());
    line_up(&world, "ten", &buyers).await;
    let begun = Instant::now();
    all_tap(&world, &buyers, "TRON").await;
    tell!("{count} buyers had their answer after {:?}", begun.elapsed());
    let (lucky, others): (Vec<i64>, Vec<i64>) = buyers.iter().partition(|buyer| has_address(&world, **buyer));
    assert_eq!(lucky.len(), UNITS);
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), UNITS, "nobody else cost an address");
    for buyer in others {
        world.hears(buyer, "Somebody was faster").await;
        assert!(units(&world, buyer).is_empty());
    }
    for invoice in world.sandbox.cryptocloud.invoices() {
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    }
    world.settled().await;
    let served: Vec<_> = lucky.iter().map(|buyer| units(&world, *buyer)).collect();
    assert!(served.iter().all(|units| units.len() == 1), "{served:?}");
    assert_eq!(served.iter().flatten().collect::<BTreeSet<_>>().len(), UNITS);
    assert_eq!(world.stock("ten").await, 0);
    world.end().await;
}

/// Everybody had an address once, took the order back, and pays all the same, all at once, when one unit is left.
#[tokio::test]
async fn of_many_whose_money_comes_late_at_once_one_gets_the_last_unit_and_the_others_are_looked_after() {
    late_at_once(Options::default()).await;
}

#[tokio::test]
async fn of_many_whose_money_comes_late_at_once_on_postgresql_one_gets_the_last_unit_too() {
    let Some(url) = postgres::new_database().await else { return };
    late_at_once(Options { place: Some(Place::Postgres(url)), ..Options::default() }).await;
}

async fn late_at_once(options: Options) {
    let world = World::with(options).await;
    let buyers = crowd(LATE_BUYERS);
    for buyer in &buyers {
        world.order(*buyer, "last").await;
        world.tap(*buyer, "Cancel").await;
        world.tap(*buyer, "Yes").await;
    }
    assert_eq!((world.stock("last").await, world.sandbox.cryptocloud.invoices().len()), (1, buyers.len()));
    // Every postback comes ten times, in parallel.
    world.faults(Faults { postbacks: PostbackFaults { copies: 9, ..PostbackFaults::default() }, ..Faults::default() });
    for invoice in world.sandbox.cryptocloud.invoices() {
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    }
    world.settled().await;
    world.wait(60).await;
    let served = buyers.iter().filter(|buyer| world.count(**buyer, "ONLY-ONE-LEFT") == 1).count();
    let cases = world.cases().await;
    assert_eq!((served, cases.len(), world.stock("last").await), (1, buyers.len() - 1, 0));
    assert!(cases.iter().all(|case| case.kind == CaseKind::SoldOut), "{cases:?}");
    for buyer in &buyers {
        let order = world.order_of(*buyer).await;
        assert_eq!((order.charge, world.balance(*buyer).await), (Charge::Full, 0), "paid, and waits for its goods or has them");
    }
    world.end().await;
}

/// So many races for one last unit when nothing else is asked for, and how many run in them.
const ROUNDS: u64 = 6;
const RUNNERS: std::ops::RangeInclusive<u64> = 2..=64;
/// Races that are run at the same time.
const ROUNDS_AT_ONCE: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_pay_at_once_for_one_last_unit_one_gets_it_and_the_others_are_looked_after() {
    let rounds = rounds_for_the_last(|| async { Some(None) }).await;
    tell!("{rounds} races on SQLite");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_pay_at_once_for_one_last_unit_on_postgresql_one_gets_it_too() {
    let rounds = rounds_for_the_last(|| async { postgres::new_database().await.map(|url| Some(Place::Postgres(url))) }).await;
    tell!("{rounds} races on PostgreSQL");
}

/// Each race in a shop of its own, with 2, 3, ... 64 and again 2 buyers; how many were run.
async fn rounds_for_the_last<F: Future<Output = Option<Option<Place>>>>(place: impl Fn() -> F) -> u64 {
    let rounds = crate::program::number("KIOSK_RACE_ROUNDS").unwrap_or(ROUNDS);
    let (least, most) = (*RUNNERS.start(), *RUNNERS.end());
    let mut races = JoinSet::new();
    for round in 0..rounds {
        // Few rounds are spread over all sizes.
        let step = ((most - least) / rounds).max(1);
        let runners = least + round * step % (most - least + 1);
        let Some(place) = place().await else { return 0 };
        if races.len() >= ROUNDS_AT_ONCE {
            races.join_next().await.unwrap().unwrap();
        }
        races.spawn(one_last_unit(place, runners));
    }
    races.join_all().await;
    rounds
}

/// Everybody had an address once and took the order back; then all but one unit are taken away, and everybody pays.
async fn one_last_unit(place: Option<Place>, runners: u64) {
    let units: Vec<String> = (0..runners).map(|number| format!("TEN-{number}")).collect();
    let catalog = CATALOG.replace("TEN-0, TEN-1, TEN-2, TEN-3, TEN-4, TEN-5, TEN-6, TEN-7, TEN-8, TEN-9", &units.join(", "));
    let world = World::with(Options { place, catalog, ..Options::default() }).await;
    let buyers: Vec<i64> = (2_000..).take(units.len()).collect();
    line_up(&world, "ten", &buyers).await;
    for label in ["TRON", "Cancel", "Yes"] {
        all_tap(&world, &buyers, label).await;
    }
    let product = ProductId::parse("ten").unwrap();
    let free = world.shop().store.read().await.unwrap().free_units(&product, None, 1, 1_000).await.unwrap();
    let rest: Vec<String> = free.into_iter().map(|unit| unit.id).collect();
    world.shop().write(move |tx| Box::pin(async move { tx.take_units_out(&rest).await })).await.unwrap();
    assert_eq!((world.stock("ten").await, world.sandbox.cryptocloud.invoices().len()), (1, buyers.len()));
    world.faults(Faults { postbacks: PostbackFaults { copies: 2, ..PostbackFaults::default() }, ..Faults::default() });
    for invoice in world.sandbox.cryptocloud.invoices() {
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    }
    world.settled().await;
    world.wait(30).await;
    let served = buyers.iter().filter(|buyer| !self::units(&world, **buyer).is_empty()).count();
    let cases = world.cases().await;
    assert_eq!((served, cases.len(), world.stock("ten").await), (1, buyers.len() - 1, 0), "{runners} ran");
    assert!(cases.iter().all(|case| case.kind == CaseKind::SoldOut), "{cases:?}");
    world.end().await;
}

#[tokio::test]
async fn two_postbacks_a_poll_and_a_tap_at_once_are_one_delivery() {
    let world = World::with(shop_of_ten()).await;
    let invoice = world.order(ANN, "ten").await;
    let (message, button) = world.button(ANN, "I have paid");
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.sandbox.cryptocloud.postback(&invoice.uuid).unwrap();
    world.press(ANN, message, &button);
    world.clock.advance(20);
    world.settled().await;
    world.wait(60).await;
    assert_eq!((units(&world, ANN).len(), world.count(ANN, "TEN-")), (1, 1));
    assert_eq!(world.stock("ten").await, 9);
    assert_eq!(world.count(SELLER, "Sold to"), 1);
    assert_eq!(world.balance(ANN).await, 0);
    world.end().await;
}

/// Found by the simulation: the card that was left behind went on showing an address that nobody took away.
#[tokio::test]
async fn a_coin_chosen_under_another_message_leaves_no_address_under_the_first() {
    let world = World::with(shop_of_ten()).await;
    let old = world.order(ANN, "ten").await;
    let order = world.order_of(ANN).await.id;
    world.say(ANN, "/start").await;
    let front = id_of(&world.newest(ANN));
    world.send_data(ANN, front, &format!("k:{order}:TON")).await;
    let new = world.invoice();
    assert_ne!(new.uuid, old.uuid);
    world.sees(ANN, &new.address).await;
    assert!(!world.shows(ANN, &old.address), "{}", world.transcript(ANN));
    assert_eq!(world.count(ANN, "Send exactly"), 1);
    world.end().await;
}

#[tokio::test]
async fn two_programs_on_one_database_serve_each_purchase_once() {
    let Some(url) = postgres::new_database().await else { return };
    let place = Place::Postgres(url);
    let world = World::with(Options { place: Some(place.clone()), webhook: true, ..shop_of_ten() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let config = Config {
        telegram: Telegram { token: SecretString::from(BOT_TOKEN), api_url: format!("{}/telegram", world.base) },
        cryptocloud: CryptoCloud {
            api_url: format!("{}/cryptocloud", world.base),
            api_key: SecretString::from(API_KEY),
            shop_id: SHOP_ID.to_owned(),
            secret_key: SecretString::from(SECRET_KEY),
            rate: None,
        },
        owners: vec![CustomerId(SELLER)],
        place: place.clone(),
        data_dir: world.data_dir().to_owned(),
        data_key: None,
        listen,
        // Telegram pushes to the second program from now on; the provider goes on telling the first.
        public_url: Some(format!("http://{listen}")),
        accept_test_invoices: false,
        allow_private_webhooks: false,
        log: String::new(),
    };
    let store = Store::open(&place, world.data_dir(), None).await.unwrap();
    let second = app::start(&config, store, world.clock.clone(), listener).await.unwrap();
    let mut ready = second.ready.clone();
    within("the second program to be ready", ready.wait_for(|ready| *ready)).await.unwrap();
    let buyers: Vec<i64> = (2_000..2_010).collect();
    line_up(&world, "ten", &buyers).await;
    all_tap(&world, &buyers, "TRON").await;
    for invoice in world.sandbox.cryptocloud.invoices() {
        world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
        world.sandbox.cryptocloud.postback(&invoice.uuid).unwrap();
    }
    world.clock.advance(20);
    world.settled().await;
    let mut all = BTreeSet::new();
    for buyer in &buyers {
        let units = units(&world, *buyer);
        assert_eq!((units.len(), world.count(*buyer, "TEN-")), (1, 1), "{}", world.transcript(*buyer));
        all.extend(units);
    }
    assert_eq!((all.len(), world.sandbox.cryptocloud.invoices().len()), (UNITS, UNITS));
    assert_eq!(world.count(SELLER, "Sold to"), UNITS, "the seller is told once of each sale");
    world.check().await;
    second.stop().await;
    world.end().await;
}
