//! A fake Telegram Bot API with its chats, strict about what the real one refuses.
//!
//! The bot talks to [`Telegram::router`]; people talk through the methods of [`Telegram`], which the control API serves, too.
//! Source: the Bot API's documents, and its open server for the sentences of refusals.

mod chats;
mod doors;
mod edit;
mod files;
mod forums;
mod html;
mod keyboard;
mod limits;
mod message;
mod people;
mod places;
mod profile;
mod refusal;
mod send;
mod show;
mod state;
mod text;
mod updates;
mod webhook;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State as Shared};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::json;
use tokio::sync::watch;

use self::files::Bytestore;
pub use self::forums::{Forum, GroupSaying};
use self::limits::Limits;
use self::message::BotCard;
pub use self::people::{Picture, Saying, Tapped, Wrong};
pub use self::places::{Link, Opened, Place};
use self::refusal::{Answer, Refusal};
use self::state::{Person, State};
use self::wire::Params;
use super::User;
use super::faults::{FaultBoard, Target};
use super::saved;
use crate::clock::Clock;

/// Bytes: a document of 50 MB and what surrounds it.
const BODY_MAX: usize = 64 * 1_024 * 1_024;

/// The fake Telegram. Cloning it gives the same one.
#[derive(Clone)]
pub struct Telegram {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    token: String,
    bot_id: i64,
    clock: Clock,
    faults: FaultBoard,
    state_file: Option<PathBuf>,
    state: Mutex<State>,
    store: Bytestore,
    /// Moves with every change of the state.
    changed: watch::Sender<u64>,
    /// How many `getUpdates` have begun: the last one ends those before it.
    polls: AtomicU64,
    pushing: AtomicBool,
    limits: Mutex<Limits>,
    calls: Mutex<BTreeMap<String, u64>>,
}

/// One call of a method, with all it may touch.
pub(crate) struct Call<'a> {
    pub state: &'a mut State,
    pub params: &'a Params,
    pub inner: &'a Inner,
    /// Unix seconds.
    pub now: i64,
}

impl Telegram {
    /// A Telegram for the bot with `token`, in which `users` have accounts. `state_file` is where it keeps its state.
    pub fn new(token: String, clock: Clock, faults: FaultBoard, state_file: Option<PathBuf>, users: Vec<User>) -> Self {
        let bot_id = token.split_once(':').and_then(|(id, _)| id.parse().ok()).unwrap_or(1);
        let mut state: State = saved::load(state_file.as_deref());
        for user in users {
            state.people.entry(user.id).or_insert(Person { user, wrote: false, blocked: false });
        }
        let inner = Inner {
            token,
            bot_id,
            clock,
            faults,
            store: Bytestore::new(state_file.as_ref().map(|file| file.with_extension("files"))),
            state_file,
            state: Mutex::new(state),
            changed: watch::channel(0).0,
            polls: AtomicU64::new(0),
            pushing: AtomicBool::new(false),
            limits: Mutex::default(),
            calls: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The Bot API: `/bot<token>/<method>` and `/file/bot<token>/<file_path>`. To be called in a Tokio runtime: a webhook that was set in
    /// an earlier run is served again from here on.
    pub fn router(&self) -> Router {
        if self.inner.look(|state| state.webhook.is_some()) {
            webhook::start(&self.inner);
        }
        Router::new()
            .route("/{bot}/{method}", any(call))
            .route("/file/{bot}/{*path}", get(download))
            .fallback(|| async { Refusal::new(404, "Not Found") })
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(self.clone())
    }

    /// Whether too many messages in one chat are refused with 429. Off at first.
    pub fn set_rate_limits(&self, on: bool) {
        lock(&self.inner.limits).set(on);
    }

    /// How often the bot has called `method` (in any letter case), whatever came of it.
    pub fn calls(&self, method: &str) -> u64 {
        lock(&self.inner.calls).get(&method.to_ascii_lowercase()).copied().unwrap_or(0)
    }

    /// How many updates the bot has not confirmed.
    pub fn pending_updates(&self) -> usize {
        self.inner.look(|state| state.queue.pending.len())
    }

    /// `{"id":...,"username":...,"first_name":...}` of the bot.
    pub fn bot_json(&self) -> serde_json::Value {
        let bot = self.inner.look(|state| self.inner.bot(state));
        json!({"id": bot.id, "username": bot.username, "first_name": bot.first_name})
    }

    async fn carry_out(&self, method: &str, params: &Params) -> Result<String, Refusal> {
        if method == "getupdates" {
            return updates::get(&self.inner, params).await;
        }
        let inner = &self.inner;
        let answer = inner.change(|state| act(method, &mut Call { state, params, inner, now: inner.clock.now() }));
        if method == "setwebhook" && answer.is_ok() {
            webhook::start(inner);
        }
        answer.map(|value| value.to_string())
    }
}

/// The methods that answer at once, by their names in lower case.
fn act(method: &str, call: &mut Call) -> Answer {
    match method {
        "getme" => Ok(me(&call.inner.bot(call.state))),
        "sendmessage" => send::message(call),
        "sendphoto" => send::photo(call),
        "senddocument" => send::document(call),
        "sendmediagroup" => send::media_group(call),
        "sendchataction" => send::chat_action(call),
        "copymessage" => send::copy(call),
        "forwardmessage" => send::forward(call),
        "editmessagetext" => edit::text(call),
        "editmessagecaption" => edit::caption(call),
        "editmessagemedia" => edit::media(call),
        "editmessagereplymarkup" => edit::reply_markup(call),
        "deletemessage" => edit::delete(call),
        "deletemessages" => edit::delete_several(call),
        "pinchatmessage" => edit::pin(call),
        "unpinchatmessage" | "unpinallchatmessages" => edit::unpin(call),
        "answercallbackquery" => people::answer(call),
        "createforumtopic" => forums::create_topic(call),
        "getchat" => places::get_chat(call),
        "getchatmember" => places::get_member(call),
        "createchatinvitelink" => places::create_link(call),
        "revokechatinvitelink" => places::revoke_link(call),
        "approvechatjoinrequest" => places::answer_request(call, true),
        "declinechatjoinrequest" => places::answer_request(call, false),
        "banchatmember" => places::ban(call, true),
        "unbanchatmember" => places::ban(call, false),
        "getfile" => files::get_file(call.state, call.params),
        "setwebhook" => webhook::set(call),
        "deletewebhook" => webhook::delete(call),
        "getwebhookinfo" => Ok(webhook::info(call.state)),
        "setmycommands" => profile::set_commands(call),
        "getmycommands" => profile::commands(call),
        "deletemycommands" => profile::delete_commands(call),
        "setmyname" => profile::set_name(call),
        "getmyname" => profile::name(call),
        "setmydescription" => profile::set_description(call),
        "getmydescription" => profile::description(call),
        "setmyshortdescription" => profile::set_short_description(call),
        "getmyshortdescription" => profile::short_description(call),
        "setchatmenubutton" => profile::set_menu_button(call),
        "getchatmenubutton" => profile::menu_button(call),
        _ => Err(Refusal::new(404, "Not Found: method not found")),
    }
}

/// `getMe`
fn me(bot: &BotCard) -> serde_json::Value {
    json!({
        "id": bot.id, "is_bot": true, "first_name": bot.first_name, "username": bot.username,
        "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
        "can_connect_to_business": false, "has_main_web_app": false,
    })
}

async fn call(Shared(telegram): Shared<Telegram>, Path((bot, method)): Path<(String, String)>, request: Request) -> Response {
    let inner = &telegram.inner;
    if bot.strip_prefix("bot") != Some(&inner.token) {
        return Refusal::new(401, "Unauthorized").into_response();
    }
    let name = method.to_ascii_lowercase();
    *lock(&inner.calls).entry(name.clone()).or_default() += 1;
    let strike = inner.faults.strike(Target::Telegram, &method);
    if let Some(fault) = strike.as_ref().filter(|fault| !fault.after_accepting) {
        return fault.telegram_answer().await;
    }
    let answer = match Params::read(request).await {
        Ok(params) => telegram.carry_out(&name, &params).await,
        Err(refusal) => Err(refusal),
    };
    match (strike, answer) {
        (Some(fault), _) => fault.telegram_answer().await,
        (None, Ok(result)) => json_text(format!("{{\"ok\":true,\"result\":{result}}}")),
        (None, Err(refusal)) => refusal.into_response(),
    }
}

async fn download(Shared(telegram): Shared<Telegram>, Path((bot, path)): Path<(String, String)>) -> Response {
    let inner = &telegram.inner;
    if bot.strip_prefix("bot") != Some(&inner.token) {
        return Refusal::new(401, "Unauthorized").into_response();
    }
    let found = inner.look(|state| state.files.iter().find(|(_, card)| card.path == path).map(|(file_id, _)| file_id.clone()));
    match found.and_then(|file_id| inner.store.get(&file_id)) {
        Some(bytes) => ([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => Refusal::new(404, "Not Found").into_response(),
    }
}

fn json_text(text: String) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

impl Inner {
    /// Who the bot is at the moment.
    fn bot(&self, state: &State) -> BotCard {
        let first_name = state.profile.names.get("").filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| "Kiosk".to_owned());
        BotCard { id: self.bot_id, username: "kiosk_sandbox_bot".to_owned(), first_name }
    }

    /// Reads the state.
    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&lock(&self.state))
    }

    /// Changes the state, saves it and tells whoever waits. What failed is taken to have changed nothing.
    fn change<T, E>(&self, change: impl FnOnce(&mut State) -> Result<T, E>) -> Result<T, E> {
        let mut state = lock(&self.state);
        let result = change(&mut state);
        if result.is_ok() {
            self.save(&state);
            drop(state);
            self.changed.send_modify(|version| *version += 1);
        }
        result
    }

    fn save(&self, state: &State) {
        if let Err(error) = saved::save(self.state_file.as_deref(), state) {
            tracing::error!(%error, "the sandbox cannot keep its state");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
