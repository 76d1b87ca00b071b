//! Stock that comes in, and stock that goes out of a large pile.

use std::time::Instant;

use kiosk::domain::product::ProductId;
use kiosk::store::new_id;

use super::Report;
use super::scale::{Template, shop_with};

const IN: usize = 100_000;
const CLAIMS: u32 = 200;

pub async fn measure(report: &mut Report) {
    let template = Template::new().await;
    let store = template.store();
    let editor = template.order.lines[0].product.clone();
    let units = |name: &str, count: usize| (0..count).map(|n| format!("{name}-{n:08}-0123456789")).collect::<Vec<_>>();
    let sealed = template.world.shop().store.clone();
    let text = units("KEY", IN).join("\n");
    let begun = Instant::now();
    let list = kiosk::shop::stock::units(&text).unwrap();
    let id = editor.clone();
    sealed.write(move |tx| Box::pin(async move { tx.add_stock(&id, &list).await })).await.unwrap();
    let per_second = f64::from(u32::try_from(IN).unwrap()) / begun.elapsed().as_secs_f64();
    report.at_least("P15 keys taken in a second, read, sealed and durable", per_second, 100_000.0, 1.0, "/s");
    let mut took = Vec::new();
    for pile in [1_000, 1_000_000] {
        let product = shop_with(store, &editor, &format!("pile-{pile}")).await;
        let id = product.clone();
        for part in units("UNIT", pile).chunks(50_000) {
            let (id, part) = (id.clone(), part.to_vec());
            store.write(move |tx| Box::pin(async move { tx.add_stock(&id, &part).await })).await.unwrap();
        }
        took.push(claims(&template, &product).await);
    }
    report.at_most("P15 a unit set aside out of 1,000,000, beside 1,000", took[1], took[0], 2.0, "µs");
}

/// Microseconds for one unit set aside and given back, on average.
async fn claims(template: &Template, product: &ProductId) -> f64 {
    let mut lines = Vec::new();
    for _ in 0..CLAIMS {
        let mut order = template.again();
        for line in &mut order.lines {
            (line.id, line.product) = (new_id(), product.clone());
        }
        lines.push(order.lines[0].id.clone());
        template.store().write(move |tx| Box::pin(async move { tx.add_order(&order).await })).await.unwrap();
    }
    let begun = Instant::now();
    for line in lines {
        let product = product.clone();
        let held = template.store().write(move |tx| Box::pin(async move { tx.reserve_stock(&product, &line, 1).await })).await.unwrap();
        assert_eq!(held, 1);
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(CLAIMS)
}
