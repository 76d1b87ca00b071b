//! Time: `now()` in unix seconds UTC, and waiting. The real one, and one that a sandbox or a test moves forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// A clock that everything in one program shares. Cloning it gives the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Real time, or none for a clock that only moves when told.
    real: bool,
    /// Seconds added to real time; the whole time of a manual clock.
    offset_secs: Arc<AtomicI64>,
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
        Self { real, offset_secs: Arc::new(AtomicI64::new(offset_secs)), moved: Arc::new(watch::channel(()).0) }
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

    /// Moves the clock forward and wakes whoever waits for it.
    pub fn advance(&self, secs: u32) {
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
