//! The queue of updates, and `getUpdates`.
//!
//! Source: Bot API, "Getting updates"; how long updates are kept: its open server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::Inner;
use super::refusal::Refusal;
use super::state::{Pending, Queue, State};
use super::wire::Params;

/// The first id, minus one.
const IDS_BEGIN: u32 = 500_000_000;
/// Seconds that an update waits for its bot.
const KEPT_SECS: i64 = 24 * 3_600;
/// Seconds that a tap waits.
pub(crate) const QUERY_KEPT_SECS: i64 = 150;
/// Seconds: longer polls are cut.
const POLL_MAX_SECS: i64 = 50;
const BATCH_MAX: i64 = 100;
/// Only sent to bots that ask for them.
const UNASKED: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// Puts an update of `kind` at the end of the queue, if the bot wants that kind. Updates of one `lane` are pushed in order.
pub(crate) fn put(state: &mut State, kind: &str, body: &Value, lane: String, now: i64) {
    let wanted = match &state.queue.allowed {
        Some(kinds) => kinds.iter().any(|wanted| wanted == kind),
        None => !UNASKED.contains(&kind),
    };
    if wanted {
        let body = format!("{}:{body}", Value::from(kind));
        let id = state.queue.next_id();
        state.queue.pending.push_back(Pending { id, kind: kind.to_owned(), body, lane, at: now });
    }
}

/// Puts an update as somebody wrote it into the queue, whatever the bot wants.
pub(crate) fn put_raw(state: &mut State, update: &serde_json::Map<String, Value>, now: i64) -> u32 {
    let id = update.get("update_id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    let id = id.unwrap_or_else(|| state.queue.next_id());
    let fields = update.iter().filter(|(name, _)| *name != "update_id");
    let body = fields.clone().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect::<Vec<_>>().join(",");
    let kind = fields.map(|(name, _)| name.clone()).next().unwrap_or_default();
    state.queue.pending.push_back(Pending { id, kind, body, lane: "raw".to_owned(), at: now });
    id
}

impl Queue {
    fn next_id(&mut self) -> u32 {
        self.last_update_id = self.last_update_id.max(IDS_BEGIN) + 1;
        self.last_update_id
    }

    /// Forgets what nobody fetched in time.
    pub fn expire(&mut self, now: i64) {
        self.pending.retain(|update| {
            let kept = if update.kind == "callback_query" { QUERY_KEPT_SECS } else { KEPT_SECS };
            now - update.at < kept
        });
    }
}

impl Pending {
    /// The JSON text. Real updates begin with their id, and there are parsers that rely on it.
    pub fn json(&self) -> String {
        if self.body.is_empty() {
            return format!("{{\"update_id\":{}}}", self.id);
        }
        format!("{{\"update_id\":{},{}}}", self.id, self.body)
    }
}

/// The parameter `allowed_updates`: none when left out; an empty list is the default set.
#[expect(clippy::option_option, reason = "left out, default set, and a list are three different wishes")]
pub(crate) fn allowed(params: &Params) -> Result<Option<Option<Vec<String>>>, Refusal> {
    let Some(list) = params.list("allowed_updates")? else { return Ok(None) };
    let kinds = list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    Ok(Some((!kinds.is_empty()).then_some(kinds)))
}

/// `getUpdates`: the JSON text of its result.
pub(crate) async fn get(inner: &Arc<Inner>, params: &Params) -> Result<String, Refusal> {
    let offset = params.int("offset")?.unwrap_or(0);
    let limit = usize::try_from(params.int("limit")?.unwrap_or(BATCH_MAX).clamp(1, BATCH_MAX)).unwrap_or(1);
    let timeout = u64::try_from(params.int("timeout")?.unwrap_or(0).clamp(0, POLL_MAX_SECS)).unwrap_or(0);
    let allowed = allowed(params)?;
    let poll = inner.polls.fetch_add(1, Ordering::SeqCst) + 1;
    inner.change(|state| {
        refuse_beside_webhook(state)?;
        if let Some(allowed) = allowed {
            state.queue.allowed = allowed;
        }
        confirm(&mut state.queue, offset);
        state.queue.expire(inner.clock.now());
        Ok(())
    })?;
    let mut changed = inner.changed.subscribe();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(timeout);
    loop {
        changed.borrow_and_update();
        if inner.polls.load(Ordering::SeqCst) != poll {
            return Err(Refusal::conflict("terminated by other getUpdates request; make sure that only one bot instance is running"));
        }
        let batch = inner.look(|state| {
            if state.webhook.is_some() {
                return Err(Refusal::conflict("terminated by setWebhook request"));
            }
            Ok(state
                .queue
                .pending
                .iter()
                .filter(|update| offset <= 0 || i64::from(update.id) >= offset)
                .take(limit)
                .map(Pending::json)
                .collect::<Vec<_>>())
        })?;
        if !batch.is_empty() || tokio::time::timeout_at(deadline, changed.changed()).await.is_err() {
            return Ok(format!("[{}]", batch.join(",")));
        }
    }
}

fn refuse_beside_webhook(state: &State) -> Result<(), Refusal> {
    match state.webhook {
        Some(_) => {
            Err(Refusal::conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"))
        }
        None => Ok(()),
    }
}

/// A positive offset confirms what is before it; a negative one keeps only so many of the newest.
fn confirm(queue: &mut Queue, offset: i64) {
    if offset > 0 {
        queue.pending.retain(|update| i64::from(update.id) >= offset);
    } else if offset < 0 {
        let kept = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        let dropped = queue.pending.len().saturating_sub(kept);
        queue.pending.drain(..dropped);
    }
}
