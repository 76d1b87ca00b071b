//! Goods that come from outside: a way into a channel or group, and what the seller's own system answers.

use std::fmt;

/// Longest period of an invite, in days.
pub const DAYS_MAX: u32 = 3_660;
/// Longest answer of the seller's system, in characters: with its frame it fits into one message (Bot API: 4096).
pub const ANSWER_CHARS_MAX: usize = 3_500;
/// Longest address of the seller's system, in bytes.
pub const URL_BYTES_MAX: usize = 500;
/// What every secret of the seller's system begins with (Standard Webhooks).
pub const SECRET_PREFIX: &str = "whsec_";

const DAY_SECS: i64 = 24 * 3_600;

/// A private channel or group that the bot administers, into which buyers are let.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Telegram's id of the channel or group.
    pub chat: i64,
    /// Its name, as its buyers read it.
    pub title: String,
    /// How long a buyer stays, from 1 to [`DAYS_MAX`]; none: for good.
    pub days: Option<u32>,
}

/// The seller's system that is asked for the goods of each order.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    /// Signs what is asked; [`SECRET_PREFIX`] and base64.
    pub secret: String,
}

/// Says where, and not the secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &self.url).finish_non_exhaustive()
    }
}

/// When a membership ends that is given or prolonged at `now`: `days` after now, or after the end that it has. None: never.
pub fn membership_end(running_until: Option<i64>, days: Option<u32>, now: i64) -> Option<i64> {
    let days = i64::from(days?);
    Some(running_until.unwrap_or(now).max(now) + days * DAY_SECS)
}

/// When each part of a membership ends, the oldest first: for so many days, or for good, and when it was given (unix seconds UTC). One begins
/// where the one before ends. None: never.
pub fn part_ends(parts: impl IntoIterator<Item = (Option<u32>, i64)>) -> Vec<Option<i64>> {
    let mut before = None;
    let end = |(days, given_at)| {
        let end = match before {
            // For good stays for good.
            Some(None) => None,
            Some(end) => membership_end(end, days, given_at),
            None => membership_end(None, days, given_at),
        };
        before = Some(end);
        end
    };
    parts.into_iter().map(end).collect()
}

/// When somebody is reminded that a membership ends: three days before, or a quarter of it before when it is shorter than twelve days.
pub fn remind_at(given_at: i64, ends_at: i64) -> i64 {
    ends_at - (3 * DAY_SECS).min((ends_at - given_at).max(0) / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewal_begins_where_the_last_period_ends() {
        let now = 1_000 * DAY_SECS;
        assert_eq!(membership_end(None, Some(30), now), Some(1_030 * DAY_SECS));
        assert_eq!(membership_end(Some(1_005 * DAY_SECS), Some(30), now), Some(1_035 * DAY_SECS));
        assert_eq!(membership_end(Some(900 * DAY_SECS), Some(30), now), Some(1_030 * DAY_SECS), "what is over counts for nothing");
        assert_eq!(membership_end(Some(1_005 * DAY_SECS), None, now), None, "for good");
    }

    #[test]
    fn each_part_of_a_membership_begins_where_the_one_before_ends() {
        let day = |day: i64| day * DAY_SECS;
        let parts = [(Some(30), day(0)), (Some(30), day(10)), (Some(7), day(100)), (None, day(101)), (Some(30), day(102))];
        assert_eq!(part_ends(parts), [Some(day(30)), Some(day(60)), Some(day(107)), None, None]);
        assert!(part_ends([]).is_empty());
    }

    #[test]
    fn people_are_reminded_in_time_and_not_at_once() {
        assert_eq!(remind_at(0, 30 * DAY_SECS), 27 * DAY_SECS);
        assert_eq!(remind_at(0, 12 * DAY_SECS), 9 * DAY_SECS);
        assert_eq!(remind_at(0, 4 * DAY_SECS), 3 * DAY_SECS);
        assert_eq!(remind_at(0, DAY_SECS), DAY_SECS * 3 / 4);
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let webhook = Webhook { url: "https://example.com".to_owned(), secret: "whsec_AAAA".to_owned() };
        assert!(!format!("{webhook:?}").contains("AAAA"));
    }
}
