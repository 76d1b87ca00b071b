//! Answers to people, beside aiogram with the same texts from the same Telegram: how many a second, how soon there is somebody who answers,
//! and what it takes of the machine. Ours are on the disk before they are answered, theirs are nowhere.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::canned::Canned;
use super::chats::resident_megabytes;
use super::peers::Python;
use super::program::Street;
use super::world::BOT_TOKEN;
use super::{Report, median};

/// People of each round; each writes, and taps a button under the answer.
const ASKING: usize = 1_500;
const ROUNDS: usize = 3;
const STARTS: usize = 5;
const RATE: &str = "P6 buyers answered a second, beside aiogram";
const START: &str = "P11 aiogram's import, beside being ready";
const IDLE: &str = "P12 memory while nobody is there, beside aiogram's";
const BUSY: &str = "P12 memory after the answers, beside aiogram's";

/// What came of one program.
struct Seen {
    rates: Vec<f64>,
    idle: f64,
    busy: f64,
}

pub async fn measure(report: &mut Report) {
    let python = match Python::ready() {
        Ok(python) => python,
        Err(why) => return [RATE, START, IDLE, BUSY].iter().for_each(|name| report.unmeasured(name, &why)),
    };
    let street = Street::new("error").await;
    let (canned, url) = Canned::open().await;
    let mut starts = Vec::new();
    let mut program = None;
    for _ in 0..STARTS {
        // The one before is killed first.
        drop(program.take());
        let begun = Instant::now();
        let child = street.command(&["run"]).env("KIOSK_TELEGRAM_API_URL", &url).spawn().unwrap();
        program = Some(super::peers::Peer(child));
        street.ready().await;
        starts.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    let ours = rounds(&canned, program.as_ref().unwrap().0.id()).await;
    drop(program);

    let file = street.folder.path().join("shown.json");
    let shown = json!({"words": canned.shown("sendmessage"), "tap": canned.shown("editmessagetext")});
    std::fs::write(&file, shown.to_string()).unwrap();
    let imports = (0..3).map(|_| {
        let begun = Instant::now();
        assert!(python.command(&["-c", "import aiogram"]).stdout(Stdio::null()).status().unwrap().success());
        begun.elapsed().as_secs_f64() * 1_000.0
    });
    let imports = median(imports.collect());
    let (canned, url) = Canned::open().await;
    let peer = python.run("chats.py", &[&url, BOT_TOKEN, file.to_str().unwrap()]);
    let theirs = rounds(&canned, peer.0.id()).await;

    report.at_least(RATE, median(ours.rates), median(theirs.rates), 10.0, "/s");
    report.at_least(START, imports, median(starts), 50.0, "ms");
    report.at_most(IDLE, ours.idle, theirs.idle, 0.2, "MB");
    report.at_most(BUSY, ours.busy, theirs.busy, 0.2, "MB");
}

/// Lets people ask a bot that has just begun to run.
async fn rounds(canned: &Canned, process: u32) -> Seen {
    // Until it asks for updates, it is not there.
    buyers(canned, 0, 50).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let idle = resident_megabytes(process);
    let mut rates = Vec::new();
    for round in 1..=ROUNDS {
        rates.push(buyers(canned, round, ASKING).await);
    }
    Seen { rates, idle, busy: resident_megabytes(process) }
}

/// Updates a second that were answered, each with a message that came or changed.
async fn buyers(canned: &Canned, round: usize, count: usize) -> f64 {
    let before = canned.answers();
    let begun = Instant::now();
    for chat in 0..count {
        let chat = i64::try_from(10_000 * (round + 1) + chat).unwrap();
        canned.say(chat, "/help");
        canned.tap(chat, "h");
    }
    canned.answered(before + 2 * count).await;
    f64::from(u32::try_from(2 * count).unwrap()) / begun.elapsed().as_secs_f64()
}
