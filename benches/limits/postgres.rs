//! Postbacks that are kept on PostgreSQL, beside PostgreSQL's own load program with the same statements.

use std::process::Command;

use kiosk::store::{Place, Store};

use super::postbacks::{body, fire, served};
use super::scale::Template;
use super::server::Server;
use super::{Report, median};

const ROUNDS: usize = 3;
const EACH: usize = 4_000;
const CONNECTIONS: usize = 64;
/// Of the load program; each has a connection.
const CLIENTS: usize = 16;
const NAME: &str = "P5 postbacks kept a second on PostgreSQL, beside pgbench";

/// What is done for a postback, in one transaction: look for its invoice, ask for the job. `i` counts the transactions of a client.
const SCRIPT: &str = r"\set n :first + :i * :clients + :client_id
\set i :i + 1
BEGIN;
SELECT id, order_id, coin, state, price_minor, currency, number, address, due, received, missing, created_at, offer_ends_at,
    watch_ends_at, checked_at FROM invoices WHERE number = 'B' || lpad((:n)::text, 7, '0');
INSERT INTO jobs (id, kind, key, lane, priority, payload_sealed, run_at)
    VALUES (:n, 'recheck', 'bench-' || (:n)::text, 'recheck-bench-' || (:n)::text, 100, '', 1780315200)
    ON CONFLICT (kind, key) DO UPDATE SET revision = jobs.revision + 1, payload_sealed = excluded.payload_sealed, attempts = 0,
        failed = FALSE, id = CASE WHEN jobs.done_at IS NULL THEN jobs.id ELSE excluded.id END,
        lane = CASE WHEN jobs.done_at IS NULL THEN jobs.lane ELSE excluded.lane END,
        run_at = CASE WHEN jobs.done_at IS NULL AND jobs.run_at < excluded.run_at THEN jobs.run_at ELSE excluded.run_at END,
        done_at = NULL;
COMMIT;
";

pub async fn measure(report: &mut Report) {
    if Command::new("pgbench").arg("--version").output().is_err() {
        return report.unmeasured(NAME, "pgbench is missing: apt-get install postgresql");
    }
    let Some(server) = Server::new() else { return report.unmeasured(NAME, "PostgreSQL is missing: apt-get install postgresql") };
    let place = Place::Postgres(server.url("postgres"));
    let mut template = Template::on(Some(place.clone())).await;
    let invoices = template.with_invoices(ROUNDS * EACH).await;
    let bodies: Vec<String> = invoices.iter().map(|number| body(&template, number)).collect();
    template.world.stop().await;
    let store = Store::open(&place, template.world.data_dir(), None).await.unwrap();
    let address = served(store.clone(), template.world.clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("postback.sql");
    std::fs::write(&script, SCRIPT).unwrap();

    let (mut ratios, mut rates, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for (round, part) in bodies.chunks(EACH).enumerate() {
        let limit = pgbench(&server, &script, round * EACH);
        let rate = fire(&address, CONNECTIONS, part).await.per_second;
        ratios.push(rate / limit);
        rates.push(rate);
        limits.push(limit);
    }
    let (kept, failed) = store.read().await.unwrap().job_counts(template.world.clock.now()).await.unwrap();
    // Theirs as well.
    assert!(kept >= i64::try_from(2 * invoices.len()).unwrap() && failed == 0, "only {kept} postbacks were kept");
    println!("   ratios of the rounds: {ratios:.2?}");
    report.at_least(NAME, median(rates), median(limits), 2.0, "/s");
    store.close().await;
}

/// Transactions a second of so many clients, each with as many transactions.
fn pgbench(server: &Server, script: &std::path::Path, first: usize) -> f64 {
    let socket = server.socket();
    let mut command = Command::new("pgbench");
    command.args(["--no-vacuum", "--protocol=prepared", "--username=kiosk", "--jobs=2"]);
    command.arg("--host").arg(socket.parent().unwrap()).arg("--file").arg(script);
    command.arg(format!("--client={CLIENTS}")).arg(format!("--transactions={}", EACH / CLIENTS));
    for (name, value) in [("first", first), ("i", 0), ("clients", CLIENTS)] {
        command.arg(format!("--define={name}={value}"));
    }
    let done = command.arg("postgres").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let line = said.lines().find_map(|line| line.strip_prefix("tps = ")).expect("it tells its rate");
    line.split(' ').next().unwrap().parse().unwrap()
}
