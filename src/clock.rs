//! Time: `now()` in unix seconds UTC, and waiting. The real one, and one that a sandbox or a test moves forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How often the machine's clock is looked at by whoever wants to know that it was set back.
const LOOK: Duration = Duration::from_secs(2);
/// A clock that goes back by less, in milliseconds, is trimmed, and keeps nobody waiting.
const SET_BACK_MILLIS: i64 = 5_000;

/// A clock that everything in one program shares. Cloning it gives the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Real time, or none for a clock that only moves when told.
    real: bool,
    /// Seconds added to real time; the whole time of a manual clock.
    offset_secs: Arc<AtomicI64>,
    begun: Instant,
    /// By how much it was moved forward, in seconds.
    skipped_secs: Arc<AtomicI64>,
    moved: Arc<watch::Sender<()>>,
}

impl Clock {
    /// The time of the machine.
    pub fn real() -> Self {
        Self::new(true, 0)
    }

    /// A clock that stands at `now` (unix seconds UTC) until it is told to move.
    pub fn manual(now: i64) -> Self {
        Self::new(false, now)
    }

    fn new(real: bool, offset_secs: i64) -> Self {
        Self {
            real,
            offset_secs: Arc::new(AtomicI64::new(offset_secs)),
            begun: Instant::now(),
            skipped_secs: Arc::default(),
            moved: Arc::new(watch::channel(()).0),
        }
    }

    /// Whether it goes on by itself.
    pub fn is_real(&self) -> bool {
        self.real
    }

    /// Unix seconds UTC.
    pub fn now(&self) -> i64 {
        self.now_millis().div_euclid(1_000)
    }

    /// Unix milliseconds UTC.
    pub fn now_millis(&self) -> i64 {
        self.real_millis() + self.offset_secs.load(Ordering::SeqCst) * 1_000
    }

    /// Milliseconds since some moment, for how long ago something was: unlike [`Clock::now_millis`] it never goes back, whoever sets the
    /// machine's clock. Means nothing to another program, or after a restart.
    pub fn steady_millis(&self) -> i64 {
        let real = if self.real { i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX) } else { 0 };
        real.saturating_add(self.skipped_secs.load(Ordering::SeqCst) * 1_000)
    }

    /// Watches over this clock from now on.
    pub fn watch(&self) -> Watch {
        Watch { moved: self.moved.subscribe(), ahead_millis: self.ahead_millis(), clock: self.clone() }
    }

    /// How far it is ahead of the steady time.
    fn ahead_millis(&self) -> i64 {
        self.now_millis() - self.steady_millis()
    }

    /// Moves the clock forward and wakes whoever waits for it.
    pub fn advance(&self, secs: u32) {
        self.skipped_secs.fetch_add(i64::from(secs), Ordering::SeqCst);
        self.offset_secs.fetch_add(i64::from(secs), Ordering::SeqCst);
        self.moved.send_replace(());
    }

    /// Moves a manual clock back, as a machine's clock is when it is corrected.
    pub fn set_back(&self, secs: u32) {
        self.offset_secs.fetch_sub(i64::from(secs), Ordering::SeqCst);
        self.moved.send_replace(());
    }

    /// Waits until `deadline` (unix seconds UTC), or until the clock was moved, whichever comes first.
    pub async fn sleep_until(&self, deadline: i64) {
        let mut moved = self.moved.subscribe();
        let left_millis = u64::try_from((deadline * 1_000).saturating_sub(self.now_millis())).unwrap_or(0);
        if left_millis == 0 {
            return;
        }
        if self.real {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(left_millis)) => {}
                _ = moved.changed() => {}
            }
        } else {
            // An error would mean that the sender is gone, and it lives in `self`.
            let _ = moved.changed().await;
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn real_millis(&self) -> i64 {
        if !self.real {
            return 0;
        }
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Notices when a clock is set back: what was to be done at a time then would be done too late.
#[derive(Debug)]
pub struct Watch {
    clock: Clock,
    moved: watch::Receiver<()>,
    ahead_millis: i64,
}

impl Watch {
    /// Waits until the clock is set back; by how many seconds.
    pub async fn set_back(&mut self) -> i64 {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK), if self.clock.real => {}
                // An error would mean that the sender is gone, and it lives in `self.clock`.
                _ = self.moved.changed() => {}
            }
            let before = std::mem::replace(&mut self.ahead_millis, self.clock.ahead_millis());
            let back_millis = before - self.ahead_millis;
            if back_millis >= SET_BACK_MILLIS {
                return back_millis / 1_000;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_is_set_back_is_noticed_and_steady_time_goes_on() {
        let clock = Clock::manual(1_000_000);
        let mut watch = clock.watch();
        clock.advance(60);
        clock.set_back(4);
        clock.advance(600);
        assert_eq!((clock.now(), clock.steady_millis()), (1_000_656, 660_000));
        clock.set_back(600);
        assert_eq!(watch.set_back().await, 604, "all of it that was not looked at");
        assert_eq!(clock.steady_millis(), 660_000);
        clock.advance(600);
        let noticed = tokio::time::timeout(Duration::from_millis(20), watch.set_back()).await;
        assert!(noticed.is_err(), "going on is not going back");
    }
}
