//! Where a call to a seller's system may go. Whoever manages products writes the address, and must not reach through it what only this
//! machine can reach: its own services, its neighbours, a cloud's metadata (threat S19). Names are resolved here, and the connection goes to
//! the addresses that were looked at and to no others.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::goods::URL_BYTES_MAX;

/// Calls the systems of sellers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller {
    private: bool,
}

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("it is no address")]
    NoUrl,
    #[error("the address is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    #[error("the address must begin with https://")]
    NotHttps,
    #[error("the address holds a password")]
    Password,
    #[error("it is a private address, which this shop does not call")]
    Private,
}

impl Caller {
    /// One that reaches private addresses too, and http on loopback ones, if `private`.
    pub fn new(private: bool) -> Self {
        Self { private }
    }

    /// The address, when it may be called. What its name leads to is looked at when it is.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(self, text: &str) -> Result<Url, UrlError> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlError::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|_| UrlError::NoUrl)?;
        let address = match url.host_str() {
            Some(host) => host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok(),
            None => return Err(UrlError::NoUrl),
        };
        let is_loopback = address.is_some_and(|address| address.is_loopback()) || url.host_str() == Some("localhost");
        match url.scheme() {
            "https" => {}
            "http" if self.private && is_loopback => {}
            "http" => return Err(UrlError::NotHttps),
            _ => return Err(UrlError::NoUrl),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Password);
        }
        if !self.private && (url.host_str() == Some("localhost") || address.is_some_and(|address| !is_public(address))) {
            return Err(UrlError::Private);
        }
        Ok(url)
    }

    /// A client for one call. It follows no redirect and asks no proxy: both would go where nobody has looked.
    pub(super) fn client(self, timeout: Duration) -> reqwest::Result<reqwest::Client> {
        let builder = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("kiosk/", env!("CARGO_PKG_VERSION")));
        let builder = if self.private { builder } else { builder.dns_resolver(Arc::new(Public)) };
        builder.build()
    }
}

/// Resolves names, and gives public addresses only.
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.iter().copied().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() && !found.is_empty() {
                return Err(Refused.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// Every address behind a name is a private one.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("every address of this name is private")
    }
}

impl std::error::Error for Refused {}

/// Whether a call was refused here because its name leads to private addresses only.
pub(super) fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether an address is one of the public internet. IANA's special-purpose registries: everything in them is not.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        // This network; private; shared between a provider's customers; loopback; link-local, where clouds keep their metadata.
        (0 | 10 | 127, ..) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments and anycast of theirs; documentation; measurements.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved, broadcast.
        (224..=255, ..) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, fourth, fifth, sixth, high, low] = address.segments();
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (first, second, third, fourth, fifth, sixth) {
        // Mapped and translated IPv4 goes where the IPv4 in it goes.
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(high, low),
        (0x2002, ..) => embedded(second, third),
        // Teredo, ORCHID, documentation and others of the protocols' own.
        (0x2001, 0..=0x1ff | 0xdb8, ..) | (0x3fff, 0..=0xfff, ..) => false,
        // What is not global unicast: loopback, unique local, link-local, multicast.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_disguise() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:169.254.169.254",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:a9fe:a9fe::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "fec0::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn an_address_is_https_and_no_private_one() {
        let (caller, inside) = (Caller::new(false), Caller::new(true));
        assert!(caller.check("https://shop.example.com/goods?x=1").is_ok());
        for (url, why) in [
            ("http://shop.example.com/", UrlError::NotHttps),
            ("ftp://shop.example.com/", UrlError::NoUrl),
            ("shop.example.com", UrlError::NoUrl),
            ("https://user:secret@shop.example.com/", UrlError::Password),
            ("https://169.254.169.254/latest/meta-data", UrlError::Private),
            ("https://[::1]/", UrlError::Private),
            ("https://localhost/", UrlError::Private),
            // Other ways to write 127.0.0.1, which the parser turns into it.
            ("https://2130706433/", UrlError::Private),
            ("https://0x7f.1/", UrlError::Private),
        ] {
            assert_eq!(caller.check(url).unwrap_err(), why, "{url}");
        }
        assert_eq!(caller.check(&format!("https://example.com/{}", "a".repeat(500))).unwrap_err(), UrlError::TooLong);
        assert!(inside.check("http://127.0.0.1:8080/goods").is_ok());
        assert!(inside.check("https://10.0.0.7/goods").is_ok());
        assert_eq!(inside.check("http://10.0.0.7/goods").unwrap_err(), UrlError::NotHttps, "nothing goes over a net in the open");
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_not_called() {
        let error = Caller::new(false).client(Duration::from_secs(5)).unwrap().get("https://localhost/").send().await.unwrap_err();
        assert!(is_refusal(&error), "{error:?}");
    }
}
