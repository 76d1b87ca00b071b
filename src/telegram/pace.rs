//! When a message may go out: per chat and in all (Bot API FAQ: about one a second to a chat with short bursts, about thirty a second in
//! all), and never before a chat that Telegram told to wait. One chat's wait holds up nobody else, and no job sits it out.

use std::collections::{HashMap, VecDeque};
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
/// Messages of every sort that Telegram takes in any second.
const SECOND_MAX: usize = 30;
const SECOND: Duration = Duration::from_secs(1);
/// Of these a broadcast leaves one to whoever writes next, and one more for each answer of the last seconds, up to a third of all.
const LEFT_MIN: usize = 1;
const LEFT_MAX: usize = 10;
const LATELY: Duration = Duration::from_secs(3);
/// Between two messages of a broadcast at least: less than its share of a second, so that it makes up for a short halt.
const BROADCAST_PAUSE: Duration = Duration::from_millis(25);
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
    /// When the last messages of every sort went, or will go; the earliest first, as many as a second takes.
    went: VecDeque<Instant>,
    /// When people were answered last; as many as count.
    answered: VecDeque<Instant>,
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
        self.take_turn(chat, BULK_PAUSE).await
    }

    async fn take_turn(&self, chat: i64, pause: Duration) -> Result<(), Failure> {
        let at = self.reserve(chat, Some(pause), Instant::now())?;
        if self.clock.is_real() {
            tokio::time::sleep_until(at).await;
        }
        Ok(())
    }

    /// Waits until a message of a broadcast may go to `chat`: behind every other message, of which none is ever held up for longer than
    /// one takes, and only while enough of the second is left to whoever writes next.
    ///
    /// # Errors
    /// As [`Pacer::bulk`].
    pub async fn broadcast(&self, chat: i64) -> Result<(), Failure> {
        if self.clock.is_real() {
            let end = Instant::now() + TURN_MAX;
            while let Some(at) = self.broadcast_waits_until(Instant::now()) {
                if at > end {
                    return Err(Failure::Wait(TURN_MAX));
                }
                tokio::time::sleep_until(at).await;
            }
        }
        // Nobody waits now: so there is never more than one of its messages before another's.
        self.take_turn(chat, BROADCAST_PAUSE).await
    }

    /// Until when a message of a broadcast waits at least; none when it may go now.
    fn broadcast_waits_until(&self, now: Instant) -> Option<Instant> {
        let paces = self.lock();
        let turn = paces.bulk_at.unwrap_or(now);
        let left = LEFT_MIN + paces.answered.iter().filter(|at| **at + LATELY > now).count();
        let share = SECOND_MAX - left.min(LEFT_MAX);
        // The last message with which the share of a second would be more than used up.
        let full = paces.went.len().checked_sub(share).and_then(|at| paces.went.get(at)).map(|at| *at + SECOND);
        Some(full.map_or(turn, |full| full.max(turn))).filter(|at| *at > now)
    }

    /// Counts an answer to somebody who waits for it: it goes at once.
    ///
    /// # Errors
    /// [`Failure::Wait`] when Telegram told this chat to wait.
    pub fn answer(&self, chat: i64) -> Result<(), Failure> {
        self.reserve(chat, None, Instant::now()).map(|_| ())
    }

    /// Keeps `chat` closed for as long as Telegram said.
    pub fn close(&self, chat: i64, wait: Duration) {
        let until = self.clock.steady_millis().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        self.lock().chats.entry(chat).or_insert(Chat { full_at: Instant::now(), closed_until: 0 }).closed_until = until;
    }

    /// When a message to `id` that is asked for at `now` may go; `pause` is kept behind one that nobody waits for.
    fn reserve(&self, id: i64, pause: Option<Duration>, now: Instant) -> Result<Instant, Failure> {
        let now_millis = self.clock.steady_millis();
        let mut paces = self.lock();
        if paces.chats.len() > CHATS_MAX {
            paces.chats.retain(|_, chat| chat.full_at > now || chat.closed_until > now_millis);
        }
        let chat = paces.chats.entry(id).or_insert(Chat { full_at: now, closed_until: 0 });
        if let Ok(left @ 1..) = u64::try_from(chat.closed_until - now_millis) {
            return Err(Failure::Wait(Duration::from_millis(left)));
        }
        let (chat_pause, burst) = if id < 0 { (GROUP_PAUSE, GROUP_BURST) } else { (CHAT_PAUSE, CHAT_BURST) };
        let full_at = chat.full_at.max(now) + chat_pause;
        let chat_at = full_at.checked_sub(chat_pause * burst).unwrap_or(now);
        if pause.is_some() && self.clock.is_real() && chat_at > now + TURN_MAX {
            return Err(Failure::Wait(chat_at - now));
        }
        // However fast somebody taps: their answers use up the burst, and nobody waits longer for it than for one message.
        chat.full_at = if pause.is_none() { full_at.min(now + chat_pause * burst) } else { full_at };
        let Some(pause) = pause else {
            paces.answered.push_back(now);
            if paces.answered.len() > LEFT_MAX {
                paces.answered.pop_front();
            }
            paces.note(now);
            return Ok(now);
        };
        let slot = paces.bulk_at.unwrap_or(now).max(now);
        paces.bulk_at = Some(slot + pause);
        let at = chat_at.max(slot);
        paces.note(at);
        Ok(at)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Paces> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Paces {
    /// Notes a message that goes at this moment.
    fn note(&mut self, at: Instant) {
        let place = self.went.partition_point(|other| *other <= at);
        self.went.insert(place, at);
        if self.went.len() > SECOND_MAX {
            self.went.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the last of `count` messages to one chat after another may go, all asked for at once.
    fn last(pacer: &Pacer, chats: impl Iterator<Item = i64>, start: Instant) -> Duration {
        chats.map(|chat| pacer.reserve(chat, Some(BULK_PAUSE), start).unwrap()).max().unwrap() - start
    }

    #[test]
    fn a_chat_takes_a_burst_and_then_one_a_second() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        assert!(last(&pacer, [7; CHAT_BURST as usize].into_iter(), start) < Duration::from_millis(400));
        assert_eq!(last(&pacer, [7; 3].into_iter(), start), Duration::from_secs(3));
    }

    #[test]
    fn somebody_who_taps_without_end_keeps_nobody_else_waiting() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        for _ in 0..500 {
            pacer.reserve(7, None, start).unwrap();
        }
        assert!(pacer.reserve(7, Some(BULK_PAUSE), start).unwrap() - start <= TURN_MAX);
    }

    #[test]
    fn a_group_takes_twenty_a_minute() {
        let (pacer, start) = (Pacer::new(Clock::manual(1_000)), Instant::now());
        let turns: Vec<_> = (0..30).map(|_| pacer.reserve(-7, Some(BULK_PAUSE), start).unwrap() - start).collect();
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
        let turns: Vec<_> = (0..60).map(|_| pacer.reserve(7, Some(BULK_PAUSE), start)).collect();
        let told_to_come_back = turns.iter().filter(|turn| matches!(turn, Err(Failure::Wait(_)))).count();
        assert!(told_to_come_back > 40, "whoever is far back in the line does not wait in it: {told_to_come_back}");
        assert!(pacer.reserve(8, Some(BULK_PAUSE), start).unwrap() - start < Duration::from_secs(3));
    }

    /// Lets messages of a broadcast go from `start` until `end`, each as soon as it may; when they went.
    fn broadcast(pacer: &Pacer, chats: &mut impl Iterator<Item = i64>, start: Instant, end: Instant) -> Vec<Instant> {
        let (mut now, mut went) = (start, Vec::new());
        loop {
            while let Some(at) = pacer.broadcast_waits_until(now) {
                now = at;
            }
            if now >= end {
                return went;
            }
            assert_eq!(pacer.reserve(chats.next().unwrap(), Some(BROADCAST_PAUSE), now).unwrap(), now);
            went.push(now);
        }
    }

    /// The most of these moments that any second holds.
    fn most_in_a_second(moments: &[Instant]) -> usize {
        let within = |from: Instant| moments.iter().filter(|at| (from..from + SECOND).contains(at)).count();
        moments.iter().map(|from| within(*from)).max().unwrap_or(0)
    }

    #[test]
    fn a_broadcast_leaves_one_of_thirty_to_whoever_writes_next() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        let went = broadcast(&pacer, &mut (0..), start, start + 10 * SECOND);
        assert_eq!(most_in_a_second(&went), SECOND_MAX - LEFT_MIN);
        assert_eq!(went.len(), 10 * (SECOND_MAX - LEFT_MIN));
    }

    #[test]
    fn a_broadcast_makes_up_for_a_short_halt() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        let (mut chats, mut went) = (0.., Vec::new());
        for step in 0..5 {
            let begun = start + 2 * SECOND * step;
            went.extend(broadcast(&pacer, &mut chats, begun, begun + 2 * SECOND - Duration::from_millis(100)));
        }
        assert_eq!(most_in_a_second(&went), SECOND_MAX - LEFT_MIN);
        assert!(went.len() > 280, "{}", went.len());
    }

    #[test]
    fn the_more_people_are_answered_the_more_a_broadcast_leaves_up_to_a_third() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        let (mut chats, mut all, mut now) = (0.., Vec::new(), start);
        // One answer in the second, then three, then eight.
        for (second, answers) in (0_u32..).zip([0, 1, 1, 1, 3, 3, 3, 3, 8, 8, 8, 8]) {
            for _ in 0..answers {
                now += SECOND / (answers + 1);
                all.extend(broadcast(&pacer, &mut chats, now - SECOND / (answers + 1), now));
                pacer.reserve(-1_000_000 - i64::from(second), None, now).unwrap();
                all.push(now);
            }
            let end = start + SECOND * (second + 1);
            all.extend(broadcast(&pacer, &mut chats, now, end));
            now = end;
        }
        assert!(most_in_a_second(&all) <= SECOND_MAX, "{}", most_in_a_second(&all));
        let last = all.iter().filter(|at| **at >= now - SECOND).count();
        assert_eq!(last, SECOND_MAX - LEFT_MAX, "broadcast and answers");
        // Nobody writes any more.
        now += LATELY;
        let went = broadcast(&pacer, &mut chats, now, now + 2 * SECOND);
        assert_eq!(most_in_a_second(&went), SECOND_MAX - LEFT_MIN);
    }

    #[test]
    fn a_broadcast_holds_up_no_delivery() {
        let (pacer, start) = (Pacer::new(Clock::real()), Instant::now());
        let mut now = start;
        for chat in 0..100_i64 {
            while let Some(at) = pacer.broadcast_waits_until(now) {
                now = at;
            }
            assert_eq!(pacer.reserve(chat, Some(BROADCAST_PAUSE), now).unwrap(), now);
            // Goods that come in the same moment go behind that one message, and the next one of the broadcast behind them.
            if chat % 3 == 0 {
                let goods = pacer.reserve(10_000 + chat, Some(BULK_PAUSE), now).unwrap();
                assert_eq!(goods - now, BROADCAST_PAUSE, "{chat}");
                assert!(pacer.broadcast_waits_until(goods).unwrap() >= goods + BULK_PAUSE);
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
