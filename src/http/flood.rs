//! Who sends too much that is not to be believed, by address. What is signed and in time is never held back: behind a proxy everybody
//! comes from one address.

use std::collections::HashMap;
use std::net::IpAddr;

/// Where a request comes from, put on it by the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// Requests that are not to be believed and are answered one by one, from one address within [`WINDOW_SECS`].
const UNBELIEVED_MAX: u32 = 60;
/// How long they are counted together, in seconds.
const WINDOW_SECS: i64 = 60;
/// Addresses that are counted at once: memory has a bound, whoever comes.
const ADDRESSES_MAX: usize = 4_096;

/// Counts what was not believed.
#[derive(Debug, Default)]
pub(super) struct Flood {
    /// When the window of an address began (unix seconds UTC), and how many came since.
    seen: HashMap<IpAddr, (i64, u32)>,
}

impl Flood {
    /// Counts one more from this address; whether it is too many.
    pub(super) fn is_too_much(&mut self, from: IpAddr, now: i64) -> bool {
        // A clock that was set back begins anew.
        let is_current = |began: i64| (began..began.saturating_add(WINDOW_SECS)).contains(&now);
        if self.seen.len() >= ADDRESSES_MAX && !self.seen.contains_key(&from) {
            self.seen.retain(|_, (began, _)| is_current(*began));
            if self.seen.len() >= ADDRESSES_MAX {
                return true;
            }
        }
        let (began, count) = self.seen.entry(from).or_insert((now, 0));
        if !is_current(*began) {
            (*began, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count > UNBELIEVED_MAX
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(n))
    }

    #[test]
    fn an_address_that_floods_is_told_from_the_others_and_forgotten_after_a_minute() {
        let mut flood = Flood::default();
        assert!((0..60).all(|_| !flood.is_too_much(address(1), 1_000)));
        assert!(flood.is_too_much(address(1), 1_059));
        assert!(!flood.is_too_much(address(2), 1_059));
        assert!(!flood.is_too_much(address(1), 1_060), "a minute later it may try again");
        assert!(!flood.is_too_much(address(1), 10), "also after the clock was set back");
    }

    #[test]
    fn so_many_addresses_are_counted_and_no_more() {
        let mut flood = Flood::default();
        for n in 0..10_000 {
            assert_eq!(flood.is_too_much(address(n), 1_000), n >= 4_096, "{n}");
        }
        assert_eq!(flood.seen.len(), ADDRESSES_MAX);
        assert!(!flood.is_too_much(address(10_000), 1_060), "the old ones make place");
        assert_eq!(flood.seen.len(), 1);
    }
}
