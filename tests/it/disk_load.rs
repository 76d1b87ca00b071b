//! The disk under load: many postbacks at once are acknowledged after the disk has them, also where a sync fails now and then. Needs a tracer
//! (`strace`); without one the stories are left out.
//!
//! `cargo test` plays a short form; `KIOSK_DISK_POSTBACKS` makes it longer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use crate::crash::{Plan, offered, open};
use crate::disk::has_tracer;
use crate::program::{PATIENCE, Street, number};
use crate::world::{SECRET_KEY, http, tell};

/// What is played when nothing else is asked for.
const POSTBACKS: u64 = 128;
/// Postbacks under way at the same time, and invoices that they tell of.
const CONNECTIONS: usize = 32;
const INVOICES: usize = 4;
/// Postbacks of one connection at most, where one must fail.
const ROUNDS_MAX: usize = 100;
const FIRST_BUYER: i64 = 7_001;

/// A stretch of writes to the log that one sync made durable: when the first write began, and when the sync was over, in lines of the trace.
#[derive(Debug)]
struct Batch {
    begun: usize,
    kept: usize,
}

/// Reads a trace: how many postbacks were acknowledged. It fails at the first one without a batch that began after it had come and was on the
/// disk before it was acknowledged: what was written earlier cannot hold it.
fn each_after_its_own_sync(trace: &str) -> usize {
    let mut batches: Vec<Batch> = Vec::new();
    let (mut first_write, mut came) = (None, HashMap::new());
    // What a thread is in the middle of, as far as other threads cut in.
    let mut unfinished: HashMap<&str, &str> = HashMap::new();
    let mut said = 0;
    for (at, line) in trace.lines().enumerate() {
        let Some((thread, what)) = line.split_once(' ') else { continue };
        let what = what.trim_start();
        let begun = what.strip_prefix("<... ").map_or(what, |_| unfinished.get(thread).copied().unwrap_or_default());
        let begins = !what.starts_with("<... ");
        if what.ends_with("<unfinished ...>") {
            unfinished.insert(thread, what);
        }
        let over = !what.ends_with("<unfinished ...>");
        let log = begun.contains("kiosk.db-wal");
        if begins && begun.starts_with("pwrite64") && log {
            first_write.get_or_insert(at);
        } else if over && (begun.starts_with("fsync") || begun.starts_with("fdatasync")) && log {
            // Whatever was written before a sync that failed is taken back.
            let kept = first_write.take().filter(|_| what.ends_with("= 0"));
            batches.extend(kept.map(|begun| Batch { begun, kept: at }));
        } else if over && (begun.starts_with("read") || begun.starts_with("recvfrom")) && what.contains("\"POST /postback") {
            came.insert(descriptor(begun), at);
        } else if begins && ["write(", "writev(", "sendto("].iter().any(|call| begun.starts_with(call)) && what.contains("\"HTTP/1.1 200") {
            let Some(came) = came.remove(descriptor(begun)) else { continue };
            let kept = batches.iter().rev().take_while(|batch| batch.kept > came).any(|batch| batch.begun > came && batch.kept < at);
            assert!(kept, "acknowledged too early, came in line {came}, answered in line {at}: {line}");
            said += 1;
        }
    }
    said
}

/// The descriptor that a call is about, with what it is.
fn descriptor(call: &str) -> &str {
    let after = call.split_once('(').map_or(call, |(_, after)| after);
    after.split([',', ' ']).next().unwrap()
}

#[test]
fn a_trace_is_read_as_it_was() {
    let good = [
        "7 recvfrom(19<socket:[1]>, \"POST /postback HTTP/1.1\"..., 8192, 0, NULL, NULL) = 900",
        "9 pwrite64(12</d/kiosk.db-wal>, \"x\"..., 24, 0) = 24",
        "9 fdatasync(12</d/kiosk.db-wal> <unfinished ...>",
        "7 recvfrom(20<socket:[2]>, \"POST /postback HTTP/1.1\"..., 8192, 0, NULL, NULL) = 900",
        "9 <... fdatasync resumed>) = 0",
        "7 writev(19<socket:[1]>, [{iov_base=\"HTTP/1.1 200 OK\\r\\n\"..., iov_len=75}], 1) = 75",
    ];
    assert_eq!(each_after_its_own_sync(&good.join("\n")), 1);
    // The second one came when the writes of that batch were over.
    let early = "7 writev(20<socket:[2]>, [{iov_base=\"HTTP/1.1 200 OK\\r\\n\"..., iov_len=75}], 1) = 75";
    let too_early = std::panic::catch_unwind(|| each_after_its_own_sync(&[&good[..], &[early]].concat().join("\n")));
    assert!(too_early.is_err());
    let failed = good[4].replace("= 0", "= -1 EIO (Input/output error) (INJECTED)");
    let not_kept = std::panic::catch_unwind(|| each_after_its_own_sync(&[&good[..4], &[&failed], &good[5..]].concat().join("\n")));
    assert!(not_kept.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_postbacks_at_once_none_is_acknowledged_before_the_disk_has_it() {
    let Some(refused) = each_is_acknowledged_after_its_sync(&[]).await else { return };
    assert_eq!(refused, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_disk_that_fails_a_sync_now_and_then_none_is_acknowledged_that_is_not_kept() {
    // No step of a purchase takes so many that it would fail each time it is tried.
    let Some(refused) = each_is_acknowledged_after_its_sync(&["-e", "inject=fsync,fdatasync:error=EIO:when=11+11"]).await else { return };
    assert!(refused > 0, "no sync failed while postbacks came");
}

/// Many postbacks come at once, each until it is acknowledged, to a program under a tracer that was given these words, which make some fail;
/// how often one was told to come again. None: there is no tracer.
async fn each_is_acknowledged_after_its_sync(words: &[&str]) -> Option<usize> {
    if !has_tracer() {
        return None;
    }
    let street = open(Street::new("error").await).await;
    let trace = street.folder.path().join("trace");
    let only = "trace=read,recvfrom,pwrite64,fsync,fdatasync,write,writev,sendto";
    let tracer = ["strace", "-D", "-f", "-y", "-s", "24", "-qq", "-o", trace.to_str().unwrap(), "-e", only];
    let program = street.run_under(&[&tracer[..], words].concat());
    street.ready().await;
    let (plan, mut invoices) = (Plan::for_purchases(100), Vec::new());
    for buyer in (FIRST_BUYER..).take(INVOICES) {
        invoices.push(offered(&street.sandbox, buyer, plan.end).await);
    }
    let all = usize::try_from(number("KIOSK_DISK_POSTBACKS").unwrap_or(POSTBACKS)).unwrap();
    let (url, mut connections) = (format!("http://{}/postback", street.address), JoinSet::new());
    let (each, refused) = (all / CONNECTIONS, Arc::new(AtomicUsize::new(0)));
    let most = if words.is_empty() { each } else { ROUNDS_MAX.max(each) };
    for connection in 0..CONNECTIONS {
        let (invoice, url, now) = (invoices[connection % INVOICES].clone(), url.clone(), street.sandbox.clock.now());
        let refused = refused.clone();
        connections.spawn(async move {
            let client = http();
            for _ in (0..most).take_while(|round| *round < each || refused.load(Ordering::SeqCst) == 0) {
                loop {
                    let postback = kiosk::sandbox::cryptocloud::Postback::new(&invoice, SECRET_KEY, now, None, "", false);
                    match postback.send(&client, &url).await.as_str() {
                        "200" => break,
                        "503" => drop(refused.fetch_add(1, Ordering::SeqCst)),
                        other => panic!("answered with {other}"),
                    }
                }
            }
        });
    }
    connections.join_all().await;
    let refused = refused.load(Ordering::SeqCst);
    assert!(program.terminate(PATIENCE).await.success(), "{}", street.log());
    let said = each_after_its_own_sync(&std::fs::read_to_string(&trace).unwrap());
    tell!(
        "{said} postbacks over {CONNECTIONS} connections were acknowledged, each after a sync that covers it; {refused} had to come again"
    );
    assert!(said >= all, "{said} of {all} were seen");
    Some(refused)
}
