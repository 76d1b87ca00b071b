//! How soon a shop with much history is open again, and what it takes of the machine while nobody is there.

use std::time::{Duration, Instant};

use super::chats::resident_megabytes;
use super::program::Street;
use super::scale::Template;
use super::{Report, median};

const ORDERS: usize = 100_000;
const STARTS: usize = 9;

pub async fn measure(report: &mut Report) {
    let mut template = Template::new().await;
    for _ in 0..ORDERS / 2_000 {
        let orders: Vec<_> = (0..2_000).map(|_| template.again()).collect();
        let added = template.store().write(move |tx| {
            Box::pin(async move {
                for order in &orders {
                    tx.add_order(order).await?;
                }
                Ok(())
            })
        });
        added.await.unwrap();
    }
    template.world.stop().await;
    let street = Street::new("error").await;
    let (mut took, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut program = street.command(&["run"]).env("KIOSK_DATA_DIR", template.world.data_dir()).spawn().unwrap();
        street.ready().await;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(Duration::from_millis(500)).await;
        idle.push(resident_megabytes(program.id()));
        program.kill().unwrap();
        program.wait().unwrap();
    }
    report.at_most("P11 open with 100,000 orders after a kill, beside 50 ms", median(took), 50.0, 1.0, "ms");
    report.at_most("P12 memory while nobody is there, beside 20 MB", median(idle), 20.0, 1.0, "MB");
}
