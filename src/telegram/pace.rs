//! When a message may go out: per chat and in all (Bot API FAQ: about one a second to a chat with short bursts, about thirty a second in
//! all), and never before a chat that Telegram told to wait. One chat's wait holds up nobody else, and no job sits it out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::api::Failure;
use crate::clock::Clock;

/// Messages that a chat takes at once after a silence.
const CHAT_BURST: u32 = 10;
/// A chat's burst grows by one in this time.
const CHAT_PAUSE: Duration = Duration::from_secs(1);
/// The same for a group, whose id is below zero: twenty a minute in all (Bot API FAQ).
const GROUP_BURST: u32 = 5;
const GROUP_PAUSE: Duration = Duration::from_secs(4);
/// Between two messages that nobody waits for: 29.5 a second in all (measured: full rate and no refusal).
const BULK_PAUSE: Duration = Duration::from_micros(33_900);
/// Between two messages of a broadcast: 20 a second, so that a third of what may go out is always left to everything else.
const BROADCAST_PAUSE: Duration = Duration::from_millis(50);
/// The longest that a job waits for its turn with its hands full.
const TURN_MAX: Duration = Duration::from_secs(3);
/// Chats remembered at once; beyond it those that are idle are forgotten.
const CHATS_MAX: usize = 10_000;

/// The paces of one bot. Cloning it gives the same ones.
#[derive(Debug, Clone)]
pub struct Pacer {
    clock: Clock,
    inner: Arc<Mutex<Paces>>,
}

#[derive(Debug, Default)]
struct Paces {
    chats: HashMap<i64, Chat>,
    /// When the next message that nobody waits for may go.
    bulk_at: Option<Instant>,
    /// When the next message of a broadcast may ask for its turn.
    broadcast_at: Option<Instant>,
}

#[derive(Debug)]
struct Chat {
    /// The moment at which the burst is whole again.
    full_at: Instant,
    /// Told by Telegram (unix milliseconds UTC, by the shop's clock).
    closed_until: i64,
}

impl Pacer {
    /// Paces by this clock; while it stands still, nothing but what Telegram told is waited for.
    pub fn new(clock: Clock) -> Self {
        Self { clock, inner: Arc::default() }
    }

    /// Waits until a message that nobody waits for may go to `chat`.
    ///
    /// # Errors
    /// [`Failure::Wait`] when Telegram told this chat to wait, or when its turn is so far away that a job should come back for it.
    pub async fn bulk(&self, chat: i64) -> Result<(), Failure> {
        let at = self.reserve(chat, true, Instant::now())?;
        if self.clock.is_real() {
            tokio::time::sleep_until(at).await;
        }
        Ok(())
    }

    /// Waits until a message of a broadcast may go to `chat`: behind every other message, of which none is ever held up for longer than
    /// one takes.
    ///
    /// # Errors
    /// As [`Pacer::bulk`].
    pub async fn broadcast(&self, chat: i64) -> Result<(), Failure> {
        // First its own turn, and only then one among all: so there is never more than one of its messages before another's.
        let at = self.broadcast_turn(Instant::now());
        if self.clock.is_real() {
            tokio::time::sleep_until(at).await;
            let end = Instant::now() + TURN_MAX;
            while let Some(at) = self.others_wait_until(Instant::now()) {
                if at > end {
                    return Err(Failure::Wait(TURN_MAX));
                }
                tokio::time::sleep_until(at).await;
            }
        }
        self.bulk(chat).await
    }

    /// When everybody who waits for a turn now will have had it; none when nobody waits.
    fn others_wait_until(&self, now: Instant) -> Option<Instant> {
        self.lock().bulk_at.filter(|at| *at > now)
    }

    fn broadcast_turn(&self, now: Instant) -> Instant {
        let mut paces = self.lock();
        let at = paces.broadcast_at.unwrap_or(now).max(now);
        paces.broadcast_at = Some(at + BROADCAST_PAUSE);
        at
    }

    /// Counts an answer to somebody who waits for it: it goes at once.
    ///
    /// # Errors
    /// [`Failure::Wait`] when Telegram told this chat to wait.
    pub fn answer(&self, chat: i64) -> Result<(), Failure> {
        self.reserve(chat, false, Instant::now()).map(|_| ())
    }

    /// Keeps `chat` closed for as long as Telegram said.
    pub fn close(&self, chat: i64, wait: Duration) {
        let until = self.clock.now_millis().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        self.lock().chats.entry(chat).or_insert(Chat { full_at: Instant::now(), closed_until: 0 }).closed_until = until;
    }

    /// When a message to `id` that is asked for at `now` may go.
    fn reserve(&self, id: i64, bulk: bool, now: Instant) -> Result<Instant, Failure> {
        let now_millis = self.clock.now_millis();
        let mut paces = self.lock();
        if paces.chats.len() > CHATS_MAX {
            paces.chats.retain(|_, chat| chat.full_at > now || chat.closed_until > now_millis);
        }
        let chat = paces.chats.entry(id).or_insert(Chat { full_at: now, closed_until: 0 });
        if let Ok(left @ 1..) = u64::try_from(chat.closed_until - now_millis) {
            return Err(Failure::Wait(Duration::from_millis(left)));
        }
        let (pause, burst) = if id < 0 { (GROUP_PAUSE, GROUP_BURST) } else { (CHAT_PAUSE, CHAT_BURST) };
        let full_at = chat.full_at.max(now) + pause;
        let chat_at = full_at.checked_sub(pause * burst).unwrap_or(now);
        if bulk && self.clock.is_real() && chat_at > now + TURN_MAX {
            return Err(Failure::Wait(chat_at - now));
        }
        chat.full_at = full_at;
        if !bulk {
            return Ok(now);
        }
        let slot = paces.bulk_at.unwrap_or(now).max(now);
        paces.bulk_at = Some(slot + BULK_PAUSE);
        Ok(chat_at.max(slot))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Paces> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the last of `count` messages to one chat after another may go, all asked for at once.
    fn last(pacer: &Pacer, chats: impl Iterator<Item = i64>, start: Instant) -> Duration {
        chats.map(|chat| pacer.reserve(chat, true, start).unwrap()).max().unwrap() - start
    }

    #[test]
    fn a_chat_takes_a_burst_and_then_one_a_second() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        assert!(last(&pacer, [7; CHAT_BURST as usize].into_iter(), start) < Duration::from_millis(400));
        assert_eq!(last(&pacer, [7; 3].into_iter(), start), Duration::from_secs(3));
    }

    #[test]
    fn a_group_takes_twenty_a_minute() {
        let (pacer, start) = (Pacer::new(Clock::manual(1_000)), Instant::now());
        let turns: Vec<_> = (0..30).map(|_| pacer.reserve(-7, true, start).unwrap() - start).collect();
        let within = turns.iter().filter(|turn| **turn < Duration::from_mins(1)).count();
        assert!((15..=20).contains(&within), "{within}");
    }

    #[test]
    fn all_chats_together_get_thirty_a_second() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        let last = last(&pacer, 0..300, start);
        assert!(last >= Duration::from_millis(9_900) && last < Duration::from_millis(10_400), "{last:?}");
    }

    #[test]
    fn a_slow_chat_holds_up_nobody_else() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        let turns: Vec<_> = (0..60).map(|_| pacer.reserve(7, true, start)).collect();
        let told_to_come_back = turns.iter().filter(|turn| matches!(turn, Err(Failure::Wait(_)))).count();
        assert!(told_to_come_back > 40, "whoever is far back in the line does not wait in it: {told_to_come_back}");
        assert!(pacer.reserve(8, true, start).unwrap() - start < Duration::from_secs(3));
    }

    #[tokio::test]
    async fn a_broadcast_leaves_room_and_holds_up_no_delivery() {
        let pacer = Pacer::new(Clock::real());
        let start = Instant::now();
        for (chat, sent) in (0..100_i64).zip(0_u32..) {
            let turn = pacer.broadcast_turn(start);
            assert_eq!(turn - start, BROADCAST_PAUSE * sent, "twenty a second");
            // It asks for a place among all only when nobody waits for one.
            let turn = pacer.others_wait_until(turn).unwrap_or(turn);
            assert_eq!(pacer.others_wait_until(turn), None);
            assert_eq!(pacer.reserve(chat, true, turn).unwrap(), turn);
            // Goods that come in the same moment go behind that one message, and the next one of the broadcast behind them.
            if chat % 3 == 0 {
                let goods = pacer.reserve(10_000 + chat, true, turn).unwrap();
                assert_eq!(goods - turn, BULK_PAUSE, "{chat}");
                assert_eq!(pacer.others_wait_until(goods), Some(goods + BULK_PAUSE));
            }
        }
    }

    #[tokio::test]
    async fn a_closed_chat_waits_alone() {
        let clock = Clock::manual(1_000);
        let pacer = Pacer::new(clock.clone());
        pacer.close(7, Duration::from_secs(20));
        assert_eq!(pacer.answer(7), Err(Failure::Wait(Duration::from_secs(20))));
        assert_eq!(pacer.answer(8), Ok(()));
        clock.advance(19);
        assert_eq!(pacer.bulk(7).await, Err(Failure::Wait(Duration::from_secs(1))));
        clock.advance(1);
        assert_eq!(pacer.bulk(7).await, Ok(()));
    }
}
