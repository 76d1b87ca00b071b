//! A broadcast by the real program to a Telegram that takes 60 ms for a message and refuses what is more than thirty in any second: first
//! while nobody writes, then while people do.

use std::time::{Duration, Instant};

use kiosk::domain::customer::CustomerId;
use kiosk::store::{BroadcastState, JobKind, NewJob, Place, Store};

use super::canned::Canned;
use super::peers::Peer;
use super::program::Street;
use super::world::{BEGIN, SELLER, World};
use super::{Report, percentile};

/// Bot API FAQ: about thirty messages a second in all.
pub const ALLOWED: u32 = 30;
/// What a message takes.
const SLOW: Duration = Duration::from_millis(60);
const PEOPLE: i64 = 2_000;
/// Until it has got going.
const LEAD: Duration = Duration::from_secs(2);
const QUIET: Duration = Duration::from_secs(15);
/// People who write meanwhile, and how often one of them does, in milliseconds on average: two a second.
const WRITING: i64 = 30;
const PAUSE_MILLIS: u64 = 500;

pub async fn measure(report: &mut Report) {
    let mut world = World::new().await;
    world.stop().await;
    let place = Place::Sqlite(world.data_dir().join("kiosk.db"));
    let store = Store::open(&place, world.data_dir(), None).await.unwrap();
    begin(&store).await;
    store.close().await;
    drop(store);

    let (canned, url) = Canned::open().await;
    canned.slow(SLOW);
    canned.allow(usize::try_from(ALLOWED).unwrap());
    let street = Street::new("error").await;
    let mut command = street.command(&["run"]);
    let program = Peer(command.env("KIOSK_DATA_DIR", world.data_dir()).env("KIOSK_TELEGRAM_API_URL", &url).spawn().unwrap());
    canned.answered(1).await;
    let begun = Instant::now() + LEAD;
    tokio::time::sleep(LEAD + QUIET).await;
    let quiet = (rate(&canned, begun, QUIET), canned.refused());
    let talk = Instant::now();
    talking(&canned).await;
    let busy = rate(&canned, talk, talk.elapsed());
    let mut waited: Vec<Duration> = canned.answered_all().iter().filter_map(|answer| answer.waited).collect();
    assert_eq!(waited.len(), usize::try_from(WRITING).unwrap(), "everybody was answered");
    drop(program);

    report.at_least("P10 messages of a broadcast a second, of those allowed", quiet.0, f64::from(ALLOWED), 0.97, "/s");
    println!("   with answers to people: {busy:.1} a second in all");
    report.none("P10 messages refused for coming too fast, nobody writes", quiet.1);
    report.none("P10 messages refused for coming too fast, people write", canned.refused() - quiet.1);
    report.at_most("P10 people who write meanwhile: p99, beside 300 ms", percentile(&mut waited, 99), 300.0, 1.0, "ms");
}

/// A broadcast to many people that has begun, and of which nothing has gone out.
async fn begin(store: &Store) {
    let made = store.write(|tx| {
        Box::pin(async move {
            for person in 0..PEOPLE {
                tx.meet(CustomerId(20_000 + person), "Ann", None, "en", BEGIN).await?;
            }
            tx.add_broadcast("bench", CustomerId(SELLER), "Night sale: everything at half its price until morning.", BEGIN).await?;
            assert!(tx.move_broadcast("bench", BroadcastState::Draft, BroadcastState::Running).await?);
            tx.begin_broadcast("bench", PEOPLE, BEGIN + 1).await?;
            let (kind, lane) = (JobKind::Broadcast, "broadcast".to_owned());
            tx.ask_for(&NewJob { kind, key: "bench".to_owned(), lane, payload: String::new(), run_at: BEGIN + 1 }, BEGIN * 1_000).await
        })
    });
    made.await.unwrap();
}

/// Messages a second that were allowed.
pub fn rate(canned: &Canned, begun: Instant, within: Duration) -> f64 {
    let came = canned.answered_all().iter().filter(|answer| answer.at >= begun && answer.at < begun + within).count();
    f64::from(u32::try_from(came).unwrap()) / within.as_secs_f64()
}

/// Somebody else writes each time, now sooner, now later, until all were answered.
pub async fn talking(canned: &Canned) {
    let waited = |canned: &Canned| canned.answered_all().iter().filter(|answer| answer.waited.is_some()).count();
    let before = waited(canned);
    for person in 0..WRITING {
        canned.say(90_000 + person, "/help");
        let sooner = u64::try_from(person * 7 % 10).unwrap();
        tokio::time::sleep(Duration::from_millis(PAUSE_MILLIS / 2 + PAUSE_MILLIS * sooner / 9)).await;
    }
    let (end, all) = (Instant::now() + Duration::from_secs(10), before + usize::try_from(WRITING).unwrap());
    while waited(canned) < all && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
