//! Answers to people, by the real program, from a Telegram that answers everything at once or after a fixed time: beside the rate at which
//! the program's HTTP client alone can call it, and beside what people notice when one of them hammers.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::canned::Canned;
use super::program::Street;
use super::{Report, percentile};

const ASKING: usize = 6_000;
const FLOOD: usize = 1_000;
const OTHERS: i64 = 50;
const EACH: usize = 10;
/// What a call to Telegram takes while somebody hammers.
const SLOW: Duration = Duration::from_millis(60);
/// The greatest rate at which the others write in all, per second; 0.1 of what one hammers.
const PAUSE: Duration = Duration::from_millis(10);

pub async fn measure(report: &mut Report) {
    let (canned, url) = Canned::open().await;
    let street = Street::new("error").await;
    let mut command: Command = street.command(&["run"]);
    let mut program = command.env("KIOSK_TELEGRAM_API_URL", &url).spawn().unwrap();
    street.ready().await;
    for chat in 0..200 {
        canned.say(1_000 + chat, "/help");
    }
    canned.answered(200).await;

    let before = canned.answers();
    for chat in 0..ASKING {
        canned.say(10_000 + i64::try_from(chat).unwrap(), "/help");
    }
    let begun = Instant::now();
    canned.answered(before + ASKING).await;
    let rate = f64::from(u32::try_from(ASKING).unwrap()) / begun.elapsed().as_secs_f64();
    let bare = bare_calls(&url).await;
    report.at_least("P7 people answered a second, beside bare calls to Telegram", rate, bare, 0.35, "/s");
    let rss = resident_megabytes(program.id());
    report.at_most("P12 memory after 6,200 updates, beside 60 MB", rss, 60.0, 1.0, "MB");

    canned.slow(SLOW);
    for _ in 0..FLOOD {
        canned.say(1, "/help");
    }
    for _ in 0..EACH {
        for chat in 0..OTHERS {
            canned.say(1_000 + chat, "/help");
            tokio::time::sleep(PAUSE).await;
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answers = canned.answered_all();
    let mut waited: Vec<Duration> = Vec::new();
    for chat in 0..OTHERS {
        let of: Vec<_> = answers.iter().filter(|answer| answer.chat == 1_000 + chat).filter_map(|answer| answer.waited).collect();
        waited.extend(&of[of.len() - EACH..]);
    }
    assert_eq!(waited.len(), EACH * usize::try_from(OTHERS).unwrap());
    report.at_most("P9 others wait while one chat hammers: p99, beside 250 ms", percentile(&mut waited, 99), 250.0, 1.0, "ms");
    program.kill().unwrap();
    program.wait().unwrap();
}

/// Calls a second that the same HTTP client makes when it does nothing else, 64 at a time.
async fn bare_calls(url: &str) -> f64 {
    let client = super::world::http();
    let begun = Instant::now();
    let callers = (0..64).map(|_| {
        let (client, url) = (client.clone(), format!("{url}/bot1/sendMessage"));
        tokio::spawn(async move {
            for _ in 0..200 {
                let answer = client.post(&url).json(&json!({"chat_id": 7, "text": "Good evening"})).send().await.unwrap();
                answer.json::<Value>().await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    64.0 * 200.0 / begun.elapsed().as_secs_f64()
}

/// What of a process is in memory.
pub fn resident_megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1_024.0
}
