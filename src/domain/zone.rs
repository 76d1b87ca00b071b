//! The clock that a shop lives by: a zone by name, with its summer times, or a fixed distance to UTC. The data of the zones are part of the
//! program, so nothing here reads the machine it runs on.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::spelling::nearest_few;

/// A day without a switch of the clock, in seconds.
pub const DAY_SECS: i64 = 24 * 3_600;
/// Nowhere on earth is a clock further ahead of UTC or behind it, in minutes.
pub const OFFSET_MINUTES: std::ops::RangeInclusive<i64> = -12 * 60..=14 * 60;
/// Zones that are named when it is not clear which one is meant.
const NEAR_MAX: usize = 5;
/// No zone has a longer name, in characters.
const NAME_CHARS_MAX: usize = 40;

/// Zones in which many people live, from west to east.
pub const LARGE: [&str; 24] = [
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/Denver",
    "America/Mexico_City",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Africa/Cairo",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// A shop's own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(Kept);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// Minutes ahead of UTC.
    Fixed(i64),
    Named(TimeZone),
}

/// Days that follow one another and have the same length, so that a moment's day is a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Unix seconds UTC; the first moment.
    pub from: i64,
    /// Unix seconds UTC; the first moment that does not belong to it any more.
    pub to: i64,
    /// What is added to a moment before it is divided by 86400.
    pub offset_secs: i64,
    first: i64,
    last: i64,
}

impl Run {
    /// The day that a division found: a day on which the clock is switched is one, however long it is.
    pub fn day(self, found: i64) -> i64 {
        found.clamp(self.first, self.last)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(Kept::Fixed(0))
    }
}

impl Zone {
    /// A fixed distance to UTC; none when no clock on earth has it.
    pub fn fixed(minutes: i64) -> Option<Self> {
        OFFSET_MINUTES.contains(&minutes).then_some(Self(Kept::Fixed(minutes)))
    }

    /// The zone of exactly this name, in any letter case: `Europe/Berlin`, `UTC`, `UTC+5:30`.
    pub fn named(name: &str) -> Option<Self> {
        if name.chars().count() > NAME_CHARS_MAX {
            return None;
        }
        if let Some(minutes) = minutes(name) {
            return Self::fixed(minutes);
        }
        TimeZoneDatabase::bundled().get(name).ok().filter(|zone| zone.iana_name().is_some()).map(|zone| Self(Kept::Named(zone)))
    }

    /// What somebody means who types it: a name, a city, a distance to UTC.
    ///
    /// # Errors
    /// The names that may be meant, none when nothing is near.
    pub fn typed(words: &str) -> Result<Self, Vec<String>> {
        let words: String = words.trim().chars().take(NAME_CHARS_MAX + 1).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join("_");
        if let Some(zone) = Self::named(&words) {
            return Ok(zone);
        }
        let low = words.to_lowercase();
        if low.is_empty() {
            return Err(Vec::new());
        }
        let names = names();
        let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let same: Vec<&String> = names.iter().filter(|name| city(name) == low).collect();
        if let [only] = same.as_slice() {
            return Self::named(only).ok_or_else(Vec::new);
        }
        let mut near: Vec<String> = same.into_iter().cloned().collect();
        let mut add = |more: Vec<String>| {
            for name in more {
                if !near.contains(&name) {
                    near.push(name);
                }
            }
        };
        add(names.iter().filter(|name| city(name).starts_with(&low)).cloned().collect());
        if low.chars().count() >= 3 {
            add(names.iter().filter(|name| name.to_lowercase().contains(&low)).cloned().collect());
        }
        let cities: Vec<String> = names.iter().map(|name| city(name)).collect();
        for slip in nearest_few(&low, cities.iter().map(String::as_str), NEAR_MAX) {
            add(names.iter().filter(|name| city(name) == slip).cloned().collect());
        }
        near.truncate(NEAR_MAX);
        Err(near)
    }

    /// Its name: `Europe/Berlin`, `UTC`, `UTC+3`, `UTC-4:30`.
    pub fn name(&self) -> String {
        let offset = match &self.0 {
            Kept::Named(zone) => return zone.iana_name().unwrap_or("UTC").to_owned(),
            Kept::Fixed(minutes) => *minutes,
        };
        let sign = if offset < 0 { '-' } else { '+' };
        match (offset, offset.abs() / 60, offset.abs() % 60) {
            (0, ..) => "UTC".to_owned(),
            (_, hours, 0) => format!("UTC{sign}{hours}"),
            (_, hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }

    /// The distance to UTC, when it is the same all year, in minutes.
    pub fn fixed_minutes(&self) -> Option<i64> {
        match self.0 {
            Kept::Fixed(minutes) => Some(minutes),
            Kept::Named(_) => None,
        }
    }

    /// Seconds that it is ahead of UTC at a moment (unix seconds UTC).
    fn offset_secs(&self, at: i64) -> i64 {
        match &self.0 {
            Kept::Fixed(minutes) => minutes * 60,
            Kept::Named(zone) => Timestamp::from_second(at).map_or(0, |at| i64::from(zone.to_offset(at).seconds())),
        }
    }

    /// When its clock shows so many seconds after midnight of a day, in unix seconds UTC: the first time when it shows that twice, and as long
    /// after the switch when it never does.
    fn instant(&self, day: i64, secs: i64) -> i64 {
        let shown = day * DAY_SECS + secs;
        match &self.0 {
            Kept::Fixed(minutes) => shown - minutes * 60,
            Kept::Named(zone) => {
                let found = Timestamp::from_second(shown).ok().map(|shown| Offset::UTC.to_datetime(shown));
                found.and_then(|shown| zone.to_timestamp(shown).ok()).map_or(shown, Timestamp::as_second)
            }
        }
    }

    /// When a day (days since 1970) begins, in unix seconds UTC.
    pub fn start(&self, day: i64) -> i64 {
        self.instant(day, 0)
    }

    /// When it is this hour of a day, in unix seconds UTC: once a day, also when the clock is switched in that night.
    pub fn at(&self, day: i64, hour: i64) -> i64 {
        self.instant(day, hour * 3_600)
    }

    /// The day of a moment (unix seconds UTC): days since 1970. Every moment has one, and a later one never an earlier day.
    pub fn day(&self, at: i64) -> i64 {
        let mut day = (at + self.offset_secs(at)).div_euclid(DAY_SECS);
        while at < self.start(day) {
            day -= 1;
        }
        while at >= self.start(day + 1) {
            day += 1;
        }
        day
    }

    /// The minute of the day that its clock shows, from 0.
    pub fn minute(&self, at: i64) -> i64 {
        (at + self.offset_secs(at)).rem_euclid(DAY_SECS) / 60
    }

    /// The days from one to another, both included, cut where the clock is switched.
    pub fn runs(&self, first: i64, last: i64) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for day in first..=last {
            let (from, to) = (self.start(day), self.start(day + 1));
            let whole = to - from == DAY_SECS;
            match runs.last_mut() {
                Some(run) if whole && run.to - run.from == (run.last - run.first + 1) * DAY_SECS => (run.to, run.last) = (to, day),
                _ => runs.push(Run { from, to, offset_secs: day * DAY_SECS - from, first: day, last: day }),
            }
        }
        runs
    }

    /// A moment as a spreadsheet and a person read it: `2026-06-01 12:00:00`.
    pub fn moment(&self, at: i64) -> String {
        let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        formatted(at + self.offset_secs(at), format)
    }

    /// What its clock shows: `14:05`.
    pub fn clock(&self, at: i64) -> String {
        formatted(at + self.offset_secs(at), time::macros::format_description!("[hour]:[minute]"))
    }

    /// A day as it stands in a file's name: `2026-06-01`.
    pub fn date(&self, at: i64) -> String {
        formatted(at + self.offset_secs(at), time::macros::format_description!("[year]-[month]-[day]"))
    }

    /// A day as it stands under a column: `1 Jun`.
    pub fn short_date(&self, day: i64) -> String {
        formatted(day * DAY_SECS, time::macros::format_description!("[day padding:none] [month repr:short]"))
    }
}

fn formatted(shown: i64, format: &[time::format_description::BorrowedFormatItem<'_>]) -> String {
    let shown = time::OffsetDateTime::from_unix_timestamp(shown).ok();
    shown.and_then(|at| at.format(format).ok()).unwrap_or_default()
}

/// Places with a clock, by name. What has no place (`EST5EDT`, `Etc/GMT+3` with its sign turned round) is found by its exact name only.
fn names() -> Vec<String> {
    let database = TimeZoneDatabase::bundled();
    let all = database.available();
    all.map(|name| name.as_str().to_owned()).filter(|name| name.contains('/') && !name.starts_with("Etc/")).collect()
}

/// A distance to UTC, in minutes: `UTC`, `UTC+3`, `gmt-4:30`, `+5:30`, `+0530`.
fn minutes(words: &str) -> Option<i64> {
    let words = words.to_lowercase().replace('−', "-");
    let named = words.strip_prefix("utc").or_else(|| words.strip_prefix("gmt"));
    let rest = named.unwrap_or(&words).trim_matches('_');
    if rest.is_empty() {
        return named.map(|_| 0);
    }
    let (sign, rest) = match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
        (Some(parts), _) => parts,
        (None, 4) if rest.is_ascii() => rest.split_at(2),
        (None, _) => (rest, "0"),
    };
    let number = |text: &str| text.parse::<i64>().ok().filter(|_| text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60).then_some(sign * (hours * 60 + minutes)).filter(|found| OFFSET_MINUTES.contains(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_780_315_200;

    #[test]
    fn a_day_begins_by_the_shops_own_clock() {
        let utc = Zone::default();
        assert_eq!((utc.name(), utc.moment(NOON), utc.start(utc.day(NOON))), ("UTC".into(), "2026-06-01 12:00:00".into(), NOON - 43_200));
        let far = Zone::fixed(13 * 60).unwrap();
        assert_eq!((far.name(), far.date(NOON), far.short_date(far.day(NOON))), ("UTC+13".into(), "2026-06-02".into(), "2 Jun".into()));
        let west = Zone::fixed(-270).unwrap();
        assert_eq!((west.name(), west.moment(NOON)), ("UTC-4:30".into(), "2026-06-01 07:30:00".into()));
        let berlin = Zone::named("europe/berlin").unwrap();
        assert_eq!((berlin.name(), berlin.clock(NOON), berlin.minute(NOON)), ("Europe/Berlin".into(), "14:00".into(), 14 * 60));
        for zone in [utc, far, west, berlin] {
            assert_eq!(zone.day(zone.start(20_000)), 20_000);
            assert_eq!(zone.day(zone.start(20_000) - 1), 19_999);
            assert_eq!(Zone::named(&zone.name()), Some(zone), "it is read back as it is kept");
        }
    }

    #[test]
    fn a_day_on_which_the_clock_is_switched_is_one_day() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        // 2026-03-29 has 23 hours, 2026-10-25 has 25.
        for (day, hours) in [(20_541, 23), (20_751, 25), (20_752, 24)] {
            assert_eq!(berlin.start(day + 1) - berlin.start(day), hours * 3_600, "{day}");
            for at in (berlin.start(day)..berlin.start(day + 1)).step_by(900) {
                assert_eq!(berlin.day(at), day);
            }
            // Half past two is missing in the one night, and comes twice in the other.
            let at = berlin.instant(day, 9_000);
            assert!((berlin.start(day)..berlin.start(day + 1)).contains(&at));
        }
        assert_eq!(berlin.clock(berlin.instant(20_541, 9_000)), "03:30");
        assert_eq!(berlin.at(20_751, 2) - berlin.start(20_751), 2 * 3_600, "the first of the two");
    }

    #[test]
    fn every_moment_is_in_one_run_and_gets_its_day_there() {
        // Cairo switches at midnight, Lord Howe by half an hour, Apia once left a day out.
        for (name, first) in [
            ("Europe/Berlin", 20_500),
            ("Africa/Cairo", 20_500),
            ("Australia/Lord_Howe", 20_500),
            ("Pacific/Apia", 15_200),
            ("UTC+5:30", 20_500),
        ] {
            let zone = Zone::named(name).unwrap();
            let runs = zone.runs(first, first + 365);
            assert!(runs.len() < 8, "{name}: {runs:?}");
            assert_eq!((runs[0].from, runs.last().unwrap().to), (zone.start(first), zone.start(first + 366)), "{name}");
            for pair in runs.windows(2) {
                assert_eq!(pair[0].to, pair[1].from, "{name}");
            }
            for run in runs {
                for at in (run.from..run.to).step_by(1_800).chain([run.to - 1]).filter(|at| (run.from..run.to).contains(at)) {
                    assert_eq!(run.day((at + run.offset_secs) / DAY_SECS), zone.day(at), "{name} at {at}");
                }
            }
        }
    }

    #[test]
    fn what_people_type_is_understood_or_near_names_are_given() {
        let typed = |words: &str| Zone::typed(words).map(|zone| zone.name());
        for (words, name) in [
            ("Europe/Berlin", "Europe/Berlin"),
            (" berlin ", "Europe/Berlin"),
            ("NEW YORK", "America/New_York"),
            ("UTC", "UTC"),
            ("gmt", "UTC"),
            ("UTC+3", "UTC+3"),
            ("utc +3", "UTC+3"),
            ("+5:30", "UTC+5:30"),
            ("-0430", "UTC-4:30"),
        ] {
            assert_eq!(typed(words), Ok(name.to_owned()), "{words}");
        }
        for (words, near) in [("berlyn", "Europe/Berlin"), ("bue", "America/Argentina/Buenos_Aires"), ("tokio", "Asia/Tokyo")] {
            let found = typed(words).unwrap_err();
            assert!(found.contains(&near.to_owned()) && found.len() <= NEAR_MAX, "{words}: {found:?}");
        }
        for junk in ["", "+15", "UTC+3:75", "+5:3x", "qqqqqqqq", "../etc/passwd", "\0", "+"] {
            assert_eq!(typed(junk), Err(Vec::new()), "{junk:?}");
        }
        assert!(typed(&"x".repeat(4_096)).is_err());
    }

    #[test]
    fn the_large_zones_are_there() {
        for name in LARGE {
            assert_eq!(Zone::named(name).map(|zone| zone.name()), Some(name.to_owned()));
        }
    }
}
