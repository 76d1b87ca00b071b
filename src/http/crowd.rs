//! How many connections one address has at once, so that nobody takes every place alone.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts who is here. Never more addresses than there are connections.
#[derive(Debug)]
pub(super) struct Crowd {
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// A place of an address, until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    crowd: Arc<Crowd>,
    whose: IpAddr,
}

impl Crowd {
    /// Nobody is here.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { held: Mutex::default() })
    }

    /// A place for this address, which may have `most`; none when it has them.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr, most: usize) -> Option<Held> {
        let whose = neighbours(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(whose).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held { crowd: self.clone(), whose })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.crowd.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.whose) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.whose);
            }
        }
    }
}

/// What counts as one address: in IPv6 whoever has one has the 2^64 around it as well.
fn neighbours(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_so_many_places_and_gives_them_back() {
        let crowd = Crowd::new();
        let enter = |text: &str| crowd.enter(text.parse().unwrap(), 2);
        let first = enter("203.0.113.7").unwrap();
        let _second = enter("::ffff:203.0.113.7").unwrap();
        assert!(enter("203.0.113.7").is_none() && enter("::ffff:203.0.113.7").is_none());
        let _other = enter("203.0.113.8").unwrap();
        drop(first);
        assert!(enter("203.0.113.7").is_some());
        let _six = [enter("2001:db8::1").unwrap(), enter("2001:db8::ffff:2").unwrap()];
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::3").is_some(), "one house, and the next");
    }

    #[test]
    fn nobody_who_has_gone_is_remembered() {
        let crowd = Crowd::new();
        for n in 0..1_000_u32 {
            drop(crowd.enter(IpAddr::V4(n.into()), 1).unwrap());
        }
        assert!(crowd.held.lock().unwrap().is_empty());
    }
}
