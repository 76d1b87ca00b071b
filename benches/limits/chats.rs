//! Answers to people, by the real program, from a Telegram that answers everything at once or after a fixed time: beside the rate at which
//! the program's HTTP client alone can call it, and beside what people notice when one of them hammers.

use std::collections::{HashMap, VecDeque};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::net::TcpListener;

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

/// A Telegram that hands out prepared updates and notes when each chat was answered.
#[derive(Clone, Default)]
struct Canned(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    updates: VecDeque<Value>,
    next: i64,
    delay: Duration,
    /// When what a chat said was handed out, the oldest first.
    said: HashMap<i64, VecDeque<Instant>>,
    waited: HashMap<i64, Vec<Duration>>,
    answers: usize,
}

impl Canned {
    async fn open() -> (Self, String) {
        let canned = Self::default();
        let router = Router::new().route("/{token}/{method}", any(answer)).with_state(canned.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (canned, url)
    }

    fn say(&self, chat: i64, text: &str) {
        let mut inner = self.0.lock().unwrap();
        inner.next += 1;
        let id = inner.next;
        let from = json!({"id": chat, "is_bot": false, "first_name": "Ann", "language_code": "en"});
        let message = json!({"message_id": id, "date": 1_790_000_000, "chat": {"id": chat, "type": "private", "first_name": "Ann"},
            "from": from, "text": text});
        inner.updates.push_back(json!({"update_id": id, "message": message}));
    }

    fn answers(&self) -> usize {
        self.0.lock().unwrap().answers
    }

    async fn answered(&self, count: usize) {
        while self.answers() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn answer(State(canned): State<Canned>, Path((_, method)): Path<(String, String)>, body: Bytes) -> axum::Json<Value> {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let delay = canned.0.lock().unwrap().delay;
    let result = match method.to_ascii_lowercase().as_str() {
        "getme" => json!({"id": 1, "is_bot": true, "first_name": "Owl", "username": "owl_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false}),
        "getupdates" => {
            let handed = hand_out(&canned);
            if handed.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            json!(handed)
        }
        "sendmessage" => {
            tokio::time::sleep(delay).await;
            let chat = asked["chat_id"].as_i64().unwrap();
            let mut inner = canned.0.lock().unwrap();
            inner.answers += 1;
            if let Some(said) = inner.said.get_mut(&chat).and_then(VecDeque::pop_front) {
                inner.waited.entry(chat).or_default().push(said.elapsed());
            }
            json!({"message_id": 1_000_000 + inner.answers, "date": 1_790_000_000, "text": "ok",
                "chat": {"id": chat, "type": "private", "first_name": "Ann"}})
        }
        _ => json!(true),
    };
    axum::Json(json!({"ok": true, "result": result}))
}

fn hand_out(canned: &Canned) -> Vec<Value> {
    let mut inner = canned.0.lock().unwrap();
    let count = inner.updates.len().min(100);
    let handed: Vec<Value> = inner.updates.drain(..count).collect();
    for update in &handed {
        inner.said.entry(update["message"]["chat"]["id"].as_i64().unwrap()).or_default().push_back(Instant::now());
    }
    handed
}

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

    canned.0.lock().unwrap().delay = SLOW;
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
    let mut waited: Vec<Duration> = Vec::new();
    {
        let inner = canned.0.lock().unwrap();
        for chat in 0..OTHERS {
            let of = &inner.waited[&(1_000 + chat)];
            waited.extend(&of[of.len() - EACH..]);
        }
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
