//! Postbacks that are checked and kept before they are answered, beside a server that only says hello, and beside the disk.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use kiosk::clock::Clock;
use kiosk::domain::invoice::{InvoiceNumber, InvoiceState};
use kiosk::http::{Edge, serve};
use kiosk::sandbox::cryptocloud::Postback;
use kiosk::store::new_id;
use secrecy::SecretString;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::load::{self, Load};
use super::scale::Template;
use super::world::SECRET_KEY;
use super::{Report, median, percentile};

const ROUNDS: usize = 5;
const EACH: usize = 6_000;
const CONNECTIONS: usize = 64;

pub async fn measure(report: &mut Report) {
    let mut template = Template::new().await;
    let invoices = template.with_invoices(ROUNDS * EACH + 2_000).await;
    let mut bodies: Vec<String> = invoices.iter().map(|number| body(&template, number)).collect();
    template.world.stop().await;
    let place = kiosk::store::Place::Sqlite(template.world.data_dir().join("kiosk.db"));
    let store = kiosk::store::Store::open(&place, template.world.data_dir(), None).await.unwrap();
    let address = served(store.clone(), template.world.clock.clone()).await;
    let hello = hello().await;
    let (mut ratios, mut rates, mut greetings, mut slow) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let part: Vec<String> = bodies.drain(..EACH).collect();
        let greeted = fire(&hello, CONNECTIONS, &part).await;
        let mut kept = fire(&address, CONNECTIONS, &part).await;
        ratios.push(kept.per_second / greeted.per_second);
        rates.push(kept.per_second);
        greetings.push(greeted.per_second);
        slow.push(percentile(&mut kept.took, 99));
    }
    let (rate, greeting) = (median(rates), median(greetings));
    println!("   ratios of the rounds: {ratios:.3?}");
    report.at_least("P1 postbacks kept a second, 64 connections, beside hello", rate, greeting, 0.25, "/s");
    report.at_least("P2 postbacks kept a second, beside one commit a row", rate, commits_per_second().await, 4.0, "/s");
    report.at_most("P4 postback at 64 connections: p99, beside 20 ms", median(slow), 20.0, 1.0, "ms");
    let mut alone = fire(&address, 1, &bodies).await;
    let (kept, failed) = store.read().await.unwrap().job_counts(template.world.clock.now()).await.unwrap();
    assert!(kept >= i64::try_from(invoices.len()).unwrap() && failed == 0, "only {kept} postbacks were kept");
    let (half, disk) = (percentile(&mut alone.took, 50), fsync_millis());
    report.at_most("P4 postback alone: p50, beside an fsync and 0.3 ms", half, disk + 0.3, 1.0, "ms");
}

pub async fn fire(address: &str, connections: usize, bodies: &[String]) -> Load {
    load::send(address, connections, bodies.iter().map(|body| load::post("/postback", "", body)).collect()).await
}

/// A postback for an invoice, as the provider sends it.
pub fn body(template: &Template, number: &str) -> String {
    let mut invoice = template.paid.clone();
    invoice.uuid = format!("INV-{number}");
    match Postback::new(&invoice, SECRET_KEY, template.world.clock.now(), None, "", false) {
        Postback::Json(json) => json,
        Postback::Form(_) => unreachable!("it was not asked for"),
    }
}

/// The HTTP side of a shop, and nobody who works on what comes in.
pub async fn served(store: kiosk::store::Store, clock: Clock) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (_, ready) = watch::channel(true);
    let postback_secret = SecretString::from(SECRET_KEY);
    let edge = Edge { store, clock, postback_secret, telegram_secret: None, wake: Arc::new(Notify::new()), ready };
    tokio::spawn(serve(listener, edge, CancellationToken::new()));
    address
}

async fn hello() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = Router::new().route("/postback", post(|_: axum::body::Bytes| async { "hello" }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Rows that SQLite keeps a second when each has a commit of its own that reaches the disk.
async fn commits_per_second() -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(dir.path().join("plain.db"))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let mut plain = options.connect().await.unwrap();
    plain.execute("CREATE TABLE jobs (id TEXT PRIMARY KEY, payload TEXT NOT NULL)").await.unwrap();
    let (begun, count) = (Instant::now(), 2_000);
    for _ in 0..count {
        sqlx::query("INSERT INTO jobs (id, payload) VALUES ($1, 'recheck')").bind(new_id()).execute(&mut plain).await.unwrap();
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// What the disk takes to keep a page, in milliseconds.
fn fsync_millis() -> f64 {
    let mut file = tempfile::tempfile().unwrap();
    let once = |file: &mut std::fs::File| -> Duration {
        let begun = Instant::now();
        file.write_all(&[7; 4_096]).unwrap();
        file.sync_data().unwrap();
        begun.elapsed()
    };
    let mut took: Vec<Duration> = (0..1_000).map(|_| once(&mut file)).collect();
    percentile(&mut took, 50)
}

impl Template {
    /// So many offers of this shop that wait for money; gives their numbers without the prefix.
    pub async fn with_invoices(&self, count: usize) -> Vec<String> {
        let numbers: Vec<String> = (0..count).map(|n| format!("B{n:07}")).collect();
        for part in numbers.chunks(2_000) {
            let made: Vec<_> = part.iter().map(|number| (self.again(), number.clone())).collect();
            let like = self.invoice.clone();
            let write = self.store().write(move |tx| {
                Box::pin(async move {
                    for (order, number) in &made {
                        tx.add_order(order).await?;
                        let mut invoice = like.clone();
                        (invoice.id, invoice.order, invoice.state) = (new_id(), order.id.clone(), InvoiceState::Offered);
                        tx.add_invoice(&invoice).await?;
                        tx.set_invoice_number(&invoice.id, &InvoiceNumber::parse(number).unwrap()).await?;
                    }
                    Ok(())
                })
            });
            write.await.unwrap();
        }
        numbers
    }
}
