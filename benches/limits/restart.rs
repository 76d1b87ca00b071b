//! A shop that starts with many goods that are paid and did not reach their buyers: how soon the first goes out, and how fast the others.

use std::time::{Duration, Instant};

use kiosk::domain::customer::CustomerId;
use kiosk::domain::order::{Charge, Delivery, Order, OrderState, PAID_BY_CREDIT};
use kiosk::store::{JobKind, NewJob, Store};

use super::broadcast::{ALLOWED, rate, talking};
use super::canned::Canned;
use super::peers::Peer;
use super::program::Street;
use super::scale::Template;
use super::world::BEGIN;
use super::{Report, percentile};

const UNFINISHED: i64 = 10_000;
/// What a message takes.
const SLOW: Duration = Duration::from_millis(60);
const LEAD: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_secs(12);

pub async fn measure(report: &mut Report) {
    let mut template = Template::new().await;
    owe(&template, template.store()).await;
    template.world.stop().await;
    let (canned, url) = Canned::open().await;
    canned.slow(SLOW);
    canned.allow(usize::try_from(ALLOWED).unwrap());
    let street = Street::new("error").await;
    let mut command = street.command(&["run"]);
    command.env("KIOSK_DATA_DIR", template.world.data_dir()).env("KIOSK_TELEGRAM_API_URL", &url);
    let program = Peer(command.spawn().unwrap());
    street.ready().await;
    let ready = Instant::now();
    canned.answered(1).await;
    let first = canned.answered_all()[0].at.saturating_duration_since(ready);
    tokio::time::sleep(LEAD + LOOK).await;
    let per_second = rate(&canned, ready + LEAD, LOOK);
    let refused = canned.refused();
    // Whoever asks now is answered at once, whatever else waits: that is looked at without the limit.
    canned.allow(usize::MAX);
    talking(&canned).await;
    let mut waited: Vec<Duration> = canned.answered_all().iter().filter_map(|answer| answer.waited).collect();
    drop(program);
    report.at_most("P16 10,000 goods to bring: ready to first, beside 200 ms", first.as_secs_f64() * 1_000.0, 200.0, 1.0, "ms");
    report.at_least("P16 messages a second after it, of those allowed", per_second, f64::from(ALLOWED), 0.97, "/s");
    report.none("P16 messages refused for coming too fast", refused);
    report.at_most("P16 people who write meanwhile: p99, beside 300 ms", percentile(&mut waited, 99), 300.0, 1.0, "ms");
}

/// Orders of as many people, each with a key that is theirs and a job that has not run; due when the world's clock does not stand still.
async fn owe(template: &Template, store: &Store) {
    let product = template.order.lines[0].product.clone();
    let units: Vec<String> = (0..UNFINISHED).map(|n| format!("OWED-{n:08}-0123456789")).collect();
    store.write(move |tx| Box::pin(async move { tx.add_stock(&product, &units).await })).await.unwrap();
    for first in (0..UNFINISHED).step_by(1_000) {
        let orders: Vec<Order> = (first..first + 1_000).map(|n| owed(template.again(), 20_000 + n)).collect();
        let added = store.write(move |tx| {
            Box::pin(async move {
                for order in &orders {
                    let line = &order.lines[0];
                    tx.meet(order.customer, "Ann", None, "en", BEGIN).await?;
                    tx.add_order(order).await?;
                    assert_eq!(tx.reserve_stock(&line.product, &line.id, 1).await?, 1);
                    tx.sell_stock(&line.id, BEGIN).await?;
                    assert!(tx.book_payment(&order.id, Charge::Full, PAID_BY_CREDIT, BEGIN).await?);
                    assert!(tx.replace_card_message(&order.id, None, Some(7)).await?);
                    let (kind, key) = (JobKind::Deliver, order.id.to_string());
                    let job = NewJob { kind, lane: format!("deliver:{key}"), key, payload: String::new(), run_at: BEGIN + 1_000_000 };
                    tx.ask_for(&job, BEGIN * 1_000).await?;
                }
                Ok(())
            })
        });
        added.await.unwrap();
    }
}

fn owed(mut order: Order, customer: i64) -> Order {
    (order.customer, order.state, order.charge) = (CustomerId(customer), OrderState::Open, Charge::None);
    order.lines.truncate(1);
    for line in &mut order.lines {
        (line.delivery, line.quantity) = (Delivery::Assigned, 1);
    }
    order
}
