//! When the provider is away: it is asked by one question now and then until it answers. So it is not buried under the questions of
//! everybody who waits, and whoever would only wait for it is told so at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Error;
use crate::clock::Clock;

/// After so many questions in a row without an answer that can be used it is away. One or two may be about what was asked.
const FAILURES: u32 = 3;
/// Between two questions while it is away, in milliseconds.
const PROBE_PAUSE_MILLIS: i64 = 5_000;

/// Whether the provider is away, as far as the last questions tell. Shared by all clones of a client.
#[derive(Debug)]
pub(super) struct Outage {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Questions without an answer since the last one that had one.
    failures: u32,
    /// When the next question may go out while it is away, in steady milliseconds: nobody's clock may keep it away.
    probe_at: i64,
}

impl Outage {
    /// None, in the time of `clock`.
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Whether the provider is away.
    pub(super) fn is_on(&self) -> bool {
        self.lock().failures >= FAILURES
    }

    /// Whether a question may go out now; takes nobody's place.
    ///
    /// # Errors
    /// [`Error::Away`] when the provider is away and was asked a moment ago.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.lock().check(self.clock.steady_millis())
    }

    /// Lets a question out. While the provider is away no other one goes for some seconds, whatever becomes of this one.
    ///
    /// # Errors
    /// As [`Outage::check`].
    pub(super) fn turn(&self) -> Result<(), Error> {
        let now = self.clock.steady_millis();
        let mut state = self.lock();
        state.check(now)?;
        state.probe_at = now + PROBE_PAUSE_MILLIS;
        Ok(())
    }

    /// Notes how a question ended.
    pub(super) fn note(&self, error: Option<&Error>) {
        let mut state = self.lock();
        let failed = error.is_some_and(Error::is_temporary);
        match (failed, state.failures >= FAILURES) {
            (true, _) => state.failures = state.failures.saturating_add(1).min(FAILURES),
            (false, true) => tracing::info!("the payment provider answers again"),
            (false, false) => {}
        }
        if !failed {
            state.failures = 0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, now: i64) -> Result<(), Error> {
        if self.failures >= FAILURES && now < self.probe_at { Err(Error::Away) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TROUBLE: Option<&Error> = Some(&Error::Timeout);

    #[test]
    fn after_three_failures_in_a_row_one_question_goes_out_every_five_seconds() {
        let clock = Clock::manual(1_000);
        let outage = Outage::new(clock.clone());
        for _ in 0..2 {
            assert_eq!(outage.turn(), Ok(()));
            outage.note(TROUBLE);
        }
        outage.note(None);
        for _ in 0..3 {
            assert!(!outage.is_on());
            assert_eq!(outage.turn(), Ok(()));
            outage.note(TROUBLE);
        }
        assert!(outage.is_on());
        let mut asked = 0;
        for _ in 0..60 {
            clock.advance(1);
            // Whoever only looks takes nobody's place.
            let may = outage.check();
            assert_eq!((outage.check(), outage.turn()), (may.clone(), may.clone()));
            if may.is_ok() {
                asked += 1;
                assert_eq!(outage.turn(), Err(Error::Away), "one alone, and it may never come back");
                outage.note(TROUBLE);
            }
        }
        assert_eq!(asked, 12);
    }

    #[test]
    fn any_answer_ends_it_for_everybody() {
        for answer in [None, Some(&Error::Unauthorized), Some(&Error::Refused { field: None, message: String::new() })] {
            let outage = Outage::new(Clock::manual(1_000));
            for _ in 0..3 {
                outage.turn().unwrap();
                outage.note(TROUBLE);
            }
            assert_eq!(outage.turn(), Err(Error::Away));
            outage.note(answer);
            assert!(!outage.is_on());
            assert!((0..9).all(|_| outage.turn().is_ok()));
        }
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_away() {
        let clock = Clock::manual(100_000);
        let outage = Outage::new(clock.clone());
        for _ in 0..3 {
            outage.turn().unwrap();
            outage.note(TROUBLE);
        }
        clock.set_back(600);
        assert_eq!(outage.check(), Err(Error::Away));
        clock.advance(5);
        assert_eq!(outage.check(), Ok(()));
    }
}
