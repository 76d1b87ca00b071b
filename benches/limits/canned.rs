//! A Telegram that hands out prepared updates, answers every call at once or after a fixed time, and refuses what comes too fast when it is
//! told how much it allows. It notes when each chat was answered.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The longest that an answer is waited for before the measurement has failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// Cloning it gives the same one.
#[derive(Clone, Default)]
pub struct Canned(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    updates: VecDeque<Value>,
    next: i64,
    delay: Duration,
    /// Messages that may come in any second; none: as many as come.
    allowed: Option<usize>,
    /// When the last messages came that were allowed.
    lately: VecDeque<Instant>,
    /// When what a chat said was handed out, the oldest first.
    said: HashMap<i64, VecDeque<Instant>>,
    /// What became of each message that came: in which chat, how long that waited for it, when it came.
    answers: Vec<Answered>,
    refused: usize,
    /// The newest body of each method.
    shown: BTreeMap<String, Value>,
}

/// A message that came into a chat, or was changed in it.
#[derive(Debug, Clone)]
pub struct Answered {
    pub chat: i64,
    /// Since the chat said something; none when it said nothing.
    pub waited: Option<Duration>,
    pub at: Instant,
}

impl Canned {
    /// An empty one, and its address.
    pub async fn open() -> (Self, String) {
        let canned = Self::default();
        let router = Router::new().route("/{token}/{method}", any(answer)).with_state(canned.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (canned, url)
    }

    /// Somebody writes.
    pub fn say(&self, chat: i64, text: &str) {
        let mut inner = self.0.lock().unwrap();
        inner.next += 1;
        let id = inner.next;
        let message = json!({"message_id": id, "date": 1_790_000_000, "chat": private(chat), "from": person(chat), "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": text.len()}]});
        inner.updates.push_back(json!({"update_id": id, "message": message}));
    }

    /// Somebody taps a button with this data, under a message of words.
    pub fn tap(&self, chat: i64, data: &str) {
        let mut inner = self.0.lock().unwrap();
        inner.next += 1;
        let id = inner.next;
        let query = json!({"id": id.to_string(), "from": person(chat), "chat_instance": "7", "data": data,
            "message": sent(1_000_000 + id, chat, "What can I do for you?")});
        inner.updates.push_back(json!({"update_id": id, "callback_query": query}));
    }

    /// From now on every message takes so long.
    pub fn slow(&self, delay: Duration) {
        self.0.lock().unwrap().delay = delay;
    }

    /// From now on no more than so many messages in any second.
    pub fn allow(&self, messages: usize) {
        self.0.lock().unwrap().allowed = Some(messages);
    }

    /// Messages that were refused because they came too fast.
    pub fn refused(&self) -> usize {
        self.0.lock().unwrap().refused
    }

    /// Every message so far, in the order in which they came.
    pub fn answered_all(&self) -> Vec<Answered> {
        self.0.lock().unwrap().answers.clone()
    }

    /// The newest body of a method, named in small letters.
    pub fn shown(&self, method: &str) -> Value {
        self.0.lock().unwrap().shown[method].clone()
    }

    pub fn answers(&self) -> usize {
        self.0.lock().unwrap().answers.len()
    }

    pub async fn answered(&self, count: usize) {
        let end = Instant::now() + PATIENCE;
        while self.answers() < count {
            assert!(Instant::now() < end, "only {} of {count} messages have come", self.answers());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Whether a message that came at `now` is one too many in this second.
    fn refuses(&self, now: Instant) -> bool {
        let mut inner = self.0.lock().unwrap();
        let Some(allowed) = inner.allowed else { return false };
        while inner.lately.front().is_some_and(|at| now - *at >= Duration::from_secs(1)) {
            inner.lately.pop_front();
        }
        if inner.lately.len() >= allowed {
            inner.refused += 1;
            return true;
        }
        inner.lately.push_back(now);
        false
    }

    /// Notes a message that came at `at`, and gives it a number.
    fn note(&self, method: &str, chat: i64, asked: Value, at: Instant) -> i64 {
        let mut inner = self.0.lock().unwrap();
        let waited = inner.said.get_mut(&chat).and_then(VecDeque::pop_front).map(|at| at.elapsed());
        inner.answers.push(Answered { chat, waited, at });
        inner.shown.insert(method.to_owned(), asked);
        2_000_000 + i64::try_from(inner.answers.len()).unwrap()
    }
}

async fn answer(State(canned): State<Canned>, Path((_, method)): Path<(String, String)>, body: Bytes) -> Response {
    let method = method.to_ascii_lowercase();
    let result = match method.as_str() {
        "getme" => json!({"id": 1, "is_bot": true, "first_name": "Owl", "username": "owl_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false}),
        "getupdates" => {
            let handed = hand_out(&canned);
            if handed.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            json!(handed)
        }
        "sendmessage" | "editmessagetext" | "sendphoto" | "editmessagemedia" => {
            let (came, (chat, asked)) = (Instant::now(), read(&body));
            let refused = canned.refuses(came);
            let delay = canned.0.lock().unwrap().delay;
            tokio::time::sleep(delay).await;
            if refused {
                let refusal = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
                    "parameters": {"retry_after": 1}});
                return (StatusCode::TOO_MANY_REQUESTS, axum::Json(refusal)).into_response();
            }
            let id = canned.note(&method, chat, asked, came);
            if method.ends_with("photo") || method.ends_with("media") { pictured(id, chat) } else { sent(id, chat, "ok") }
        }
        _ => json!(true),
    };
    axum::Json(json!({"ok": true, "result": result})).into_response()
}

/// The chat of a call and its body, be it JSON, a form or in parts.
fn read(body: &Bytes) -> (i64, Value) {
    if let Ok(asked) = serde_json::from_slice::<Value>(body) {
        return (asked["chat_id"].as_i64().expect("every message has a chat"), asked);
    }
    let words = String::from_utf8_lossy(body);
    let number = |behind: &str| {
        let (_, rest) = words.split_once(behind)?;
        let digits: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
        digits.parse().ok()
    };
    let chat = number("name=\"chat_id\"").or_else(|| number("chat_id="));
    (chat.expect("every message has a chat"), Value::Null)
}

fn person(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Ann", "language_code": "en"})
}

fn private(id: i64) -> Value {
    json!({"id": id, "type": "private", "first_name": "Ann"})
}

/// A message of the bot.
fn sent(id: i64, chat: i64, text: &str) -> Value {
    json!({"message_id": id, "date": 1_790_000_000, "chat": private(chat), "text": text,
        "from": {"id": 1, "is_bot": true, "first_name": "Owl", "username": "owl_bot"}})
}

fn pictured(id: i64, chat: i64) -> Value {
    let mut message = sent(id, chat, "");
    let size = json!({"file_id": "picture", "file_unique_id": "picture", "width": 300, "height": 300, "file_size": 900});
    message.as_object_mut().unwrap().remove("text");
    message["photo"] = json!([size]);
    message
}

fn hand_out(canned: &Canned) -> Vec<Value> {
    let mut inner = canned.0.lock().unwrap();
    let count = inner.updates.len().min(100);
    let handed: Vec<Value> = inner.updates.drain(..count).collect();
    for update in &handed {
        let from = update.pointer("/message/from/id").or_else(|| update.pointer("/callback_query/from/id")).unwrap();
        inner.said.entry(from.as_i64().unwrap()).or_default().push_back(Instant::now());
    }
    handed
}
