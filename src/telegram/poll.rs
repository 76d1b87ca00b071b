//! Long polling: for a shop without a public address. An update is confirmed only once it is a row.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use teloxide::requests::{JsonRequest, Payload};
use teloxide::{Bot, RequestError};
use tokio_util::sync::CancellationToken;

use super::api::{Failure, failure};
use super::setup::delete_webhook;
use crate::shop::Shop;
use crate::shop::inbox::note_updates;
use crate::store::Caution;

/// What the shop wants to hear of (Bot API: `allowed_updates`); asked for by name, because the server remembers the last list.
pub const ALLOWED_UPDATES: [&str; 4] = ["message", "callback_query", "my_chat_member", "chat_join_request"];
/// How long the server holds a question without an answer, in seconds. It caps at 50; a proxy in between may cut at 30.
const HOLD_SECS: u32 = 25;
/// Most updates in one answer: what Telegram gives at most.
const UPDATES_MAX: usize = 100;
/// How long is waited after trouble with Telegram.
const TROUBLE_PAUSE: Duration = Duration::from_secs(2);

/// `getUpdates`, with answers as they came: the client's own types lose what they do not know.
#[derive(Debug, Clone, Serialize)]
struct GetUpdates {
    offset: i64,
    limit: u8,
    timeout: u32,
    allowed_updates: [&'static str; 4],
}

impl Payload for GetUpdates {
    type Output = Vec<Value>;
    const NAME: &'static str = "GetUpdates";
    fn timeout_hint(&self) -> Option<Duration> {
        Some(Duration::from_secs(u64::from(self.timeout)))
    }
}

/// Takes updates until told to stop. `bot`'s client must wait longer than the server holds a question.
pub async fn run(bot: Bot, shop: Shop, stop: CancellationToken) {
    let mut offset = 0;
    let mut caution = Caution::new(UPDATES_MAX);
    loop {
        let limit = u8::try_from(caution.together()).unwrap_or(1);
        let ask = GetUpdates { offset, limit, timeout: HOLD_SECS, allowed_updates: ALLOWED_UPDATES };
        let request = JsonRequest::new(bot.clone(), ask);
        let answer = tokio::select! {
            () = stop.cancelled() => return,
            answer = request => answer,
        };
        let trouble = match answer {
            Ok(updates) => take(&shop, updates, &mut offset, &mut caution).await.err(),
            Err(error) if is_webhook_in_the_way(&error) => {
                take_webhook_away(&bot).await;
                Some(TROUBLE_PAUSE)
            }
            Err(error) => {
                let failure = failure(&error);
                // A question that the server held to its end is no trouble.
                if matches!(failure, Failure::Temporary(_)) {
                    tracing::info!(error = %failure, "updates cannot be fetched for now");
                } else {
                    tracing::error!(error = %failure, "updates cannot be fetched");
                }
                Some(match failure {
                    Failure::Wait(wait) => wait,
                    _ => TROUBLE_PAUSE,
                })
            }
        };
        if let Some(pause) = trouble {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// Whether somebody has set a webhook: as long as it is there Telegram pushes updates there, and nobody may ask for them.
fn is_webhook_in_the_way(error: &RequestError) -> bool {
    matches!(error, RequestError::Api(error) if error.to_string().contains("webhook is active"))
}

/// Has updates kept for this program again. What waits stays.
async fn take_webhook_away(bot: &Bot) {
    match delete_webhook(bot).await {
        Ok(()) => tracing::warn!("somebody has set a webhook for this bot, and it was deleted: no KIOSK_PUBLIC_URL is set here"),
        Err(error) => tracing::error!(error = %error, "somebody has set a webhook for this bot, and it cannot be deleted"),
    }
}

/// Keeps every update, then moves the offset behind them: updates that could not be kept are asked for again. One write for all, so that
/// a chat that hammers holds up the others no longer than it must.
async fn take(shop: &Shop, updates: Vec<Value>, offset: &mut i64, caution: &mut Caution) -> Result<(), Duration> {
    let last = updates.iter().filter_map(|update| update.get("update_id")?.as_i64()).max();
    let Some(last) = last else { return Ok(()) };
    let raws = updates.iter().map(Value::to_string).collect();
    match note_updates(&shop.store, &shop.clock, raws).await {
        Ok(any_new) => {
            caution.kept();
            if any_new {
                shop.wake.notify_one();
            }
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "updates could not be kept; they are asked for again");
            return Err(caution.lost());
        }
    }
    // Not the highest ever: after a week of silence ids may begin anew, and lower.
    *offset = last + 1;
    Ok(())
}
