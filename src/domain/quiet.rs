//! Hours in which what can wait makes no sound.

use super::zone::DAY_SECS;

/// Minutes of a day.
const DAY_MINUTES: i64 = DAY_SECS / 60;

/// From one minute of the day to another, which does not belong to it any more; over midnight when it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuietHours {
    from: i64,
    to: i64,
}

impl QuietHours {
    /// Those that are chosen with a button.
    pub const USUAL: [Self; 3] = [Self::hours(22, 7), Self::hours(23, 8), Self::hours(0, 9)];

    const fn hours(from: i64, to: i64) -> Self {
        Self { from: from * 60, to: to * 60 }
    }

    /// From one minute of the day to another; none when they are no two minutes of a day.
    pub fn new(from: i64, to: i64) -> Option<Self> {
        let fits = |minute: i64| (0..DAY_MINUTES).contains(&minute);
        (fits(from) && fits(to) && from != to).then_some(Self { from, to })
    }

    /// What somebody types: `23:30-07:15`, `22-7`, `22:00 – 7`.
    pub fn typed(words: &str) -> Option<Self> {
        let words = words.trim().replace(['–', '—', '−'], "-");
        let (from, to) = words.split_once('-')?;
        Self::new(minute(from)?, minute(to)?)
    }

    /// The minutes of the day at which they begin and end.
    pub fn minutes(self) -> (i64, i64) {
        (self.from, self.to)
    }

    /// `23:30–07:15`, which [`QuietHours::typed`] reads back.
    pub fn name(self) -> String {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}–{}", clock(self.from), clock(self.to))
    }

    /// Whether a minute of the day belongs to them.
    pub fn cover(self, minute: i64) -> bool {
        if self.from < self.to { (self.from..self.to).contains(&minute) } else { minute >= self.from || minute < self.to }
    }
}

fn minute(words: &str) -> Option<i64> {
    let words = words.trim();
    let (hours, minutes) = words.split_once([':', '.']).unwrap_or((words, "00"));
    let number = |text: &str| {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    // The end of the day is the beginning of the next.
    (hours < 24 && minutes < 60 || hours == 24 && minutes == 0).then_some((hours * 60 + minutes) % DAY_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_go_over_midnight() {
        let night = QuietHours::typed("23:30-07:15").unwrap();
        assert_eq!(night.name(), "23:30–07:15");
        assert_eq!([1_409, 1_410, 0, 434, 435, 720].map(|minute| night.cover(minute)), [false, true, true, true, false, false]);
        let early = QuietHours::typed("0-9").unwrap();
        assert_eq!([1_439, 0, 539, 540].map(|minute| early.cover(minute)), [false, true, true, false]);
    }

    #[test]
    fn what_is_typed_is_read_and_nothing_else_is() {
        for quiet in QuietHours::USUAL {
            assert_eq!(QuietHours::typed(&quiet.name()), Some(quiet));
        }
        for (words, name) in [(" 22 – 7 ", "22:00–07:00"), ("18-24", "18:00–00:00"), ("22.30-6", "22:30–06:00")] {
            assert_eq!(QuietHours::typed(words).map(QuietHours::name), Some(name.to_owned()));
        }
        for junk in ["", "22", "22-22", "25-7", "22-7:60", "24:30-7", "-", "22-7-9", "+2-7", "night"] {
            assert_eq!(QuietHours::typed(junk), None, "{junk:?}");
        }
    }
}
