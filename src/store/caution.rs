//! How a database that fails now and then is used.

use std::time::Duration;

/// How long it is left alone after a failure: at first, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(1)];

/// How much is written together, and how soon it is tried again.
///
/// On a disk that fails one call of twenty, the more a transaction writes the likelier it is lost with all that is in it; if then still more
/// has gathered, the next one is lost as well. So after a failure things are written one by one, and with each that is kept twice as many go
/// together again.
#[derive(Debug)]
pub struct Caution {
    most: usize,
    together: usize,
    pause: Duration,
}

impl Caution {
    /// None, while nothing fails: as many as `most` go together.
    pub fn new(most: usize) -> Self {
        Self { most, together: most, pause: PAUSES[0] }
    }

    /// How many may go together now.
    pub fn together(&self) -> usize {
        self.together
    }

    /// What was written is there.
    pub fn kept(&mut self) {
        self.together = (self.together * 2).min(self.most);
        self.pause = PAUSES[0];
    }

    /// What was written is lost; tells how long to leave the database alone.
    pub fn lost(&mut self) -> Duration {
        let pause = self.pause;
        self.together = 1;
        self.pause = (pause * 2).min(PAUSES[1]);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_one_by_one_and_then_ever_more_again() {
        let mut caution = Caution::new(100);
        assert_eq!((caution.together(), caution.lost(), caution.together()), (100, PAUSES[0], 1));
        let mut more = Vec::new();
        for _ in 0..8 {
            caution.kept();
            more.push(caution.together());
        }
        assert_eq!(more, [2, 4, 8, 16, 32, 64, 100, 100]);
        let pauses: Vec<Duration> = (0..8).map(|_| caution.lost()).collect();
        assert!(pauses.is_sorted() && pauses[0] == PAUSES[0] && pauses[7] == PAUSES[1], "{pauses:?}");
        caution.kept();
        assert_eq!(caution.lost(), PAUSES[0]);
    }
}
