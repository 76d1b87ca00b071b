//! How often the provider is asked. It documents no limit, so we keep a modest one of our own (fact sheet OQ-9).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Error;

/// Questions a second in the long run, unless the operator knows better.
pub(super) const QUESTIONS_PER_SECOND: u32 = 2;
/// So many at once after a pause.
const BURST: u32 = 5;
/// Whoever would wait longer is told to come back: somebody waits for the answer.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// No `Retry-After` stops us for longer.
const HOLD_MAX: Duration = Duration::from_mins(2);

/// Says when the next question may be asked. Shared by all clones of a client.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the questions so far would all be asked at the even pace.
    even: Mutex<Instant>,
    /// Between two questions in the long run.
    interval: Duration,
    /// Whether anything is waited for at all.
    waits: bool,
}

impl Pace {
    /// So many questions a second in the long run; none is taken for one.
    pub(super) fn new(per_second: u32) -> Self {
        Self { even: Mutex::new(Instant::now()), interval: Duration::from_secs(1) / per_second.max(1), waits: true }
    }

    /// Every turn is now.
    pub(super) fn off() -> Self {
        Self { waits: false, ..Self::new(QUESTIONS_PER_SECOND) }
    }

    /// Waits for this question's turn.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the turn is too far away.
    pub(super) async fn turn(&self) -> Result<(), Error> {
        if !self.waits {
            return Ok(());
        }
        let turn = self.book(Instant::now())?;
        tokio::time::sleep_until(turn).await;
        Ok(())
    }

    /// Asks nobody for so many seconds: the provider said so.
    pub(super) fn hold(&self, secs: u64) {
        self.hold_from(Instant::now(), secs);
    }

    fn hold_from(&self, now: Instant, secs: u64) {
        let pause = Duration::from_secs(secs).min(HOLD_MAX);
        let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
        *even = (*even).max(now + pause + self.interval * (BURST - 1));
    }

    fn book(&self, now: Instant) -> Result<Instant, Error> {
        let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
        let start = (*even).max(now);
        let turn = start.checked_sub(self.interval * (BURST - 1)).unwrap_or(now).max(now);
        let wait = turn - now;
        if wait > WAIT_MAX {
            return Err(Error::RateLimited { retry_after_secs: wait.as_secs() + 1 });
        }
        *even = start + self.interval;
        Ok(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long each of `count` questions at `now` waits, in milliseconds.
    fn waits(pace: &Pace, now: Instant, count: usize) -> Vec<u128> {
        (0..count).map(|_| pace.book(now).unwrap().duration_since(now).as_millis()).collect()
    }

    #[test]
    fn five_at_once_and_then_two_a_second() {
        let (pace, now) = (Pace::new(QUESTIONS_PER_SECOND), Instant::now());
        assert_eq!(waits(&pace, now, 8), [0, 0, 0, 0, 0, 500, 1_000, 1_500]);
        assert_eq!(waits(&pace, now + Duration::from_mins(1), 6), [0, 0, 0, 0, 0, 500]);
    }

    #[test]
    fn an_operator_who_knows_better_has_another_pace() {
        let (pace, now) = (Pace::new(10), Instant::now());
        assert_eq!(waits(&pace, now, 8), [0, 0, 0, 0, 0, 100, 200, 300]);
    }

    #[test]
    fn whoever_would_wait_long_is_sent_away_and_takes_no_turn() {
        let (pace, now) = (Pace::new(QUESTIONS_PER_SECOND), Instant::now());
        waits(&pace, now, 25);
        for _ in 0..3 {
            assert_eq!(pace.book(now), Err(Error::RateLimited { retry_after_secs: 11 }));
        }
        assert_eq!(waits(&pace, now + Duration::from_secs(11), 2), [0, 0]);
    }

    #[test]
    fn a_pause_that_the_provider_asks_for_is_kept() {
        let (pace, now) = (Pace::new(QUESTIONS_PER_SECOND), Instant::now());
        pace.hold_from(now, 8);
        assert_eq!(waits(&pace, now, 2), [8_000, 8_500]);
        pace.hold_from(now, u64::MAX);
        assert_eq!(pace.book(now), Err(Error::RateLimited { retry_after_secs: 121 }));
    }
}
