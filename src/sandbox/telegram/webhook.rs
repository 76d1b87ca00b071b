//! Webhooks: `setWebhook` and its kin, and the task that pushes updates to the bot.
//!
//! Source: Bot API, "setWebhook". As with the real one, one update of a lane is under way at a time, and what is not answered with 2xx is
//! sent again after a doubling delay (a much shorter one here). Unlike the real one, an address on loopback may be plain HTTP on any port.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::refusal::{Answer, Refusal};
use super::state::{Pending, State, Webhook};
use super::{Call, Inner, lock, updates};

const CONNECTIONS: i64 = 40;
const FIRST_DELAY: Duration = Duration::from_millis(100);
const DELAY_MAX: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// `setWebhook`
pub(crate) fn set(call: &mut Call) -> Answer {
    let url = call.params.text("url")?.to_owned();
    let secret = call.params.text("secret_token")?.to_owned();
    let max_connections = call.params.int("max_connections")?.unwrap_or(CONNECTIONS);
    let allowed = updates::allowed(call.params)?;
    if !url.is_empty() {
        check_url(&url)?;
    }
    if secret.len() > 256 || !secret.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-')) {
        return Err(Refusal::bad("secret token contains unallowed characters"));
    }
    if !(1..=100).contains(&max_connections) {
        return Err(Refusal::bad("max_connections must be between 1 and 100"));
    }
    if let Some(allowed) = allowed {
        call.state.queue.allowed = allowed;
    }
    if call.params.flag("drop_pending_updates")? {
        call.state.queue.pending.clear();
    }
    let secret = (!secret.is_empty()).then_some(secret);
    call.state.webhook = (!url.is_empty()).then(|| Webhook { url, secret, max_connections, ..Webhook::default() });
    Ok(Value::Bool(true))
}

fn check_url(url: &str) -> Result<(), Refusal> {
    let url = reqwest::Url::parse(url).map_err(|_| Refusal::bad("bad webhook: invalid URL specified"))?;
    if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        return Ok(());
    }
    if url.scheme() != "https" {
        return Err(Refusal::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    match url.port_or_known_default() {
        Some(443 | 80 | 88 | 8_443) => Ok(()),
        _ => Err(Refusal::bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")),
    }
}

/// `deleteWebhook`
pub(crate) fn delete(call: &mut Call) -> Answer {
    if call.params.flag("drop_pending_updates")? {
        call.state.queue.pending.clear();
    }
    call.state.webhook = None;
    Ok(Value::Bool(true))
}

/// `getWebhookInfo`
pub(crate) fn info(state: &State) -> Value {
    let webhook = state.webhook.clone().unwrap_or_default();
    let mut info = json!({"url": webhook.url, "has_custom_certificate": false, "pending_update_count": state.queue.pending.len()});
    let Some(fields) = info.as_object_mut() else { return info };
    if state.webhook.is_some() {
        fields.insert("max_connections".to_owned(), json!(webhook.max_connections));
    }
    if let Some(allowed) = &state.queue.allowed {
        fields.insert("allowed_updates".to_owned(), json!(allowed));
    }
    if let (Some(date), Some(message)) = (webhook.last_error_date, webhook.last_error_message) {
        fields.insert("last_error_date".to_owned(), json!(date));
        fields.insert("last_error_message".to_owned(), json!(message));
    }
    info
}

/// Starts the pushing task, once; it ends with the fake.
pub(crate) fn start(inner: &Arc<Inner>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    if inner.pushing.swap(true, Ordering::SeqCst) {
        return;
    }
    match reqwest::Client::builder().timeout(ANSWER_WITHIN).no_proxy().redirect(reqwest::redirect::Policy::none()).build() {
        Ok(client) => {
            runtime.spawn(run(Arc::downgrade(inner), inner.changed.subscribe(), client));
        }
        Err(error) => tracing::error!(%error, "the sandbox cannot push updates"),
    }
}

/// The lanes in which an update is under way.
type Busy = Arc<Mutex<BTreeSet<String>>>;

async fn run(fake: Weak<Inner>, mut changed: watch::Receiver<u64>, client: reqwest::Client) {
    let busy = Busy::default();
    loop {
        changed.borrow_and_update();
        let Some(inner) = fake.upgrade() else { return };
        for update in due(&inner, &busy) {
            tokio::spawn(push(fake.clone(), client.clone(), update, Arc::clone(&busy)));
        }
        drop(inner);
        if changed.changed().await.is_err() {
            return;
        }
    }
}

/// The updates that may go out now, their lanes marked as busy.
fn due(inner: &Inner, busy: &Busy) -> Vec<Pending> {
    inner.look(|state| {
        let Some(webhook) = &state.webhook else { return Vec::new() };
        let most = usize::try_from(webhook.max_connections).unwrap_or(1);
        let mut busy = lock(busy);
        let mut due = Vec::new();
        for update in &state.queue.pending {
            if busy.len() < most && busy.insert(update.lane.clone()) {
                due.push(update.clone());
            }
        }
        due
    })
}

/// Sends one update until it is taken, or nobody wants it any more.
async fn push(fake: Weak<Inner>, client: reqwest::Client, update: Pending, busy: Busy) {
    let mut delay = FIRST_DELAY;
    loop {
        let webhook = fake.upgrade().and_then(|inner| wanted(&inner, &update));
        let Some(webhook) = webhook else { break };
        let problem = post(&client, &webhook, &update).await;
        let Some(inner) = fake.upgrade() else { return };
        let Some(problem) = problem else {
            // In one step: between the two, the same update would look like one that may go out.
            let taken: Result<(), ()> = inner.change(|state| {
                state.queue.pending.retain(|pending| pending.id != update.id);
                lock(&busy).remove(&update.lane);
                Ok(())
            });
            return taken.unwrap_or(());
        };
        note(&inner, problem);
        drop(inner);
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(DELAY_MAX);
    }
    lock(&busy).remove(&update.lane);
    if let Some(inner) = fake.upgrade() {
        inner.changed.send_modify(|version| *version += 1);
    }
}

/// Where to send `update`, while it still waits and there is a webhook.
fn wanted(inner: &Inner, update: &Pending) -> Option<Webhook> {
    let now = inner.clock.now();
    let mut state = lock(&inner.state);
    state.queue.expire(now);
    state.webhook.clone().filter(|_| state.queue.pending.iter().any(|pending| pending.id == update.id))
}

/// None when the bot took it.
async fn post(client: &reqwest::Client, webhook: &Webhook, update: &Pending) -> Option<String> {
    let mut request = client.post(&webhook.url).header("Content-Type", "application/json").body(update.json());
    if let Some(secret) = &webhook.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    match request.send().await {
        Ok(response) if response.status().is_success() => None,
        Ok(response) => Some(format!("Wrong response from the webhook: {}", response.status())),
        Err(error) if error.is_timeout() => Some("Read timeout expired".to_owned()),
        Err(_) => Some("Connection refused".to_owned()),
    }
}

fn note(inner: &Inner, problem: String) {
    let mut state = lock(&inner.state);
    if let Some(webhook) = &mut state.webhook {
        webhook.last_error_date = Some(inner.clock.now());
        webhook.last_error_message = Some(problem);
    }
    inner.save(&state);
}
