//! Postbacks that are checked and kept before they are answered, beside a handler as one writes it on an evening in Python.

use std::io::{BufRead as _, BufReader};

use super::peers::Python;
use super::postbacks::{body, fire, served};
use super::scale::Template;
use super::world::SECRET_KEY;
use super::{Report, median};

const ROUNDS: usize = 3;
/// Of ours and of theirs in each round: each about as long.
const EACH: usize = 6_000;
const THEIRS: usize = 2_000;
const CONNECTIONS: usize = 64;
const NAME: &str = "P3 postbacks kept a second, beside aiohttp and sqlite3";

pub async fn measure(report: &mut Report) {
    let python = match Python::ready() {
        Ok(python) => python,
        Err(why) => return report.unmeasured(NAME, &why),
    };
    let mut template = Template::new().await;
    let invoices = template.with_invoices(ROUNDS * EACH).await;
    let bodies: Vec<String> = invoices.iter().map(|number| body(&template, number)).collect();
    template.world.stop().await;
    let place = kiosk::store::Place::Sqlite(template.world.data_dir().join("kiosk.db"));
    let store = kiosk::store::Store::open(&place, template.world.data_dir(), None).await.unwrap();
    let address = served(store.clone(), template.world.clock.clone()).await;

    // On the same disk.
    let file = template.world.data_dir().join("peer.db");
    let mut peer = python.run("postbacks.py", &[file.to_str().unwrap(), SECRET_KEY, &invoices.len().to_string()]);
    let mut port = String::new();
    BufReader::new(peer.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let theirs = format!("127.0.0.1:{}", port.trim());

    let (mut ratios, mut rates, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for part in bodies.chunks(EACH) {
        let limit = fire(&theirs, CONNECTIONS, &part[..THEIRS]).await.per_second;
        let rate = fire(&address, CONNECTIONS, part).await.per_second;
        ratios.push(rate / limit);
        rates.push(rate);
        limits.push(limit);
    }
    let (kept, failed) = store.read().await.unwrap().job_counts(template.world.clock.now()).await.unwrap();
    assert!(kept >= i64::try_from(invoices.len()).unwrap() && failed == 0, "only {kept} postbacks were kept");
    println!("   ratios of the rounds: {ratios:.1?}");
    report.at_least(NAME, median(rates), median(limits), 10.0, "/s");
}
