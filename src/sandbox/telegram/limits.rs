//! How fast a bot may write to one chat. Off unless asked for.
//!
//! Source: Bot FAQ: about one message a second in one chat, short bursts tolerated, then 429. There is no exact contract; this one is the
//! fake's own: so many in one second, then nothing for the rest of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::refusal::Refusal;

/// Messages and edits in one chat in one second.
const BURST_MAX: u32 = 20;
/// Seconds.
const RETRY_AFTER: u64 = 1;

/// What was sent of late.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    on: bool,
    chats: HashMap<i64, Window>,
}

#[derive(Debug)]
struct Window {
    /// The second of the sandbox's clock.
    second: i64,
    /// A clock that nobody moves must not close a chat for ever, so a second of real time ends the window, too.
    since: Instant,
    count: u32,
}

impl Limits {
    pub fn set(&mut self, on: bool) {
        self.on = on;
        self.chats.clear();
    }

    /// Counts one more message in `chat_id` at `now_millis`.
    pub fn pass(&mut self, chat_id: i64, now_millis: i64) -> Result<(), Refusal> {
        if !self.on {
            return Ok(());
        }
        let second = now_millis.div_euclid(1_000);
        let fresh = || Window { second, since: Instant::now(), count: 0 };
        let window = self.chats.entry(chat_id).or_insert_with(fresh);
        if window.second != second || window.since.elapsed() >= Duration::from_secs(RETRY_AFTER) {
            *window = fresh();
        }
        if window.count >= BURST_MAX {
            return Err(Refusal::too_many(RETRY_AFTER));
        }
        window.count += 1;
        Ok(())
    }
}
