//! The ten networks: their names for buyers, their explorers (fact sheet 14.2), and what sending on them costs.

use super::address;

/// A chain on which coins are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    Bitcoin,
    Litecoin,
    Tron,
    Solana,
    Ton,
    Bsc,
    Ethereum,
    Arbitrum,
    Optimism,
    Base,
}

/// What the sender roughly pays for a transfer; the lowest sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FeeHint {
    /// Cents.
    Low,
    /// Up to a few dollars.
    Medium,
    /// Dollars, at bad times tens of them.
    High,
}

/// No hash or address is longer; what is longer gets no link.
const LINK_PART_CHARS_MAX: usize = 128;

impl Network {
    /// Every network.
    pub const ALL: [Self; 10] = [
        Self::Bitcoin,
        Self::Litecoin,
        Self::Tron,
        Self::Solana,
        Self::Ton,
        Self::Bsc,
        Self::Ethereum,
        Self::Arbitrum,
        Self::Optimism,
        Self::Base,
    ];

    /// The name as wallets and exchanges write it beside a deposit address, for native coins and tokens alike.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bitcoin => "Bitcoin",
            Self::Litecoin => "Litecoin",
            Self::Tron => "TRON (TRC-20)",
            Self::Solana => "Solana",
            Self::Ton => "TON",
            Self::Bsc => "BNB Smart Chain (BEP-20)",
            Self::Ethereum => "Ethereum (ERC-20)",
            Self::Arbitrum => "Arbitrum One",
            Self::Optimism => "OP Mainnet (Optimism)",
            Self::Base => "Base",
        }
    }

    /// What sending on it costs the payer.
    pub fn fee_hint(self) -> FeeHint {
        match self {
            Self::Litecoin | Self::Solana | Self::Ton | Self::Bsc | Self::Arbitrum | Self::Optimism | Self::Base => FeeHint::Low,
            Self::Bitcoin | Self::Tron => FeeHint::Medium,
            Self::Ethereum => FeeHint::High,
        }
    }

    /// Whether `text` is an address of this network, checksum included. A no is no proof: formats widen.
    pub fn looks_like_address(self, text: &str) -> bool {
        match self {
            Self::Bitcoin => address::is_bitcoin(text),
            Self::Litecoin => address::is_litecoin(text),
            Self::Tron => address::is_tron(text),
            Self::Solana => address::is_solana(text),
            Self::Ton => address::is_ton(text),
            Self::Bsc | Self::Ethereum | Self::Arbitrum | Self::Optimism | Self::Base => address::is_evm(text),
        }
    }

    /// Where everybody can look at an address; nothing when it has characters that no address has.
    pub fn address_url(self, address: &str) -> Option<String> {
        let address = link_part(address)?;
        Some(match self {
            Self::Tron => format!("https://tronscan.org/#/address/{address}"),
            Self::Solana => format!("https://solscan.io/account/{address}"),
            Self::Ton => format!("https://tonviewer.com/{address}"),
            _ => format!("https://{}/address/{address}", self.explorer_host()),
        })
    }

    /// Where everybody can look at a transaction; nothing when its hash has characters that no hash has.
    pub fn tx_url(self, hash: &str) -> Option<String> {
        let tx = link_part(hash)?;
        Some(match self {
            Self::Tron => format!("https://tronscan.org/#/transaction/{tx}"),
            Self::Ton => format!("https://tonviewer.com/transaction/{tx}"),
            // Hashes of these chains come with and without the prefix, and the explorers want it.
            _ if self.is_evm() && !tx.starts_with("0x") => format!("https://{}/tx/0x{tx}", self.explorer_host()),
            _ => format!("https://{}/tx/{tx}", self.explorer_host()),
        })
    }

    fn is_evm(self) -> bool {
        matches!(self, Self::Bsc | Self::Ethereum | Self::Arbitrum | Self::Optimism | Self::Base)
    }

    fn explorer_host(self) -> &'static str {
        match self {
            Self::Bitcoin => "mempool.space",
            Self::Litecoin => "litecoinspace.org",
            Self::Tron => "tronscan.org",
            Self::Solana => "solscan.io",
            Self::Ton => "tonviewer.com",
            Self::Bsc => "bscscan.com",
            Self::Ethereum => "etherscan.io",
            Self::Arbitrum => "arbiscan.io",
            Self::Optimism => "optimistic.etherscan.io",
            Self::Base => "basescan.org",
        }
    }
}

/// `text` as one segment of a path, when it has nothing but the characters of addresses and hashes.
fn link_part(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':');
    if text.is_empty() || text.len() > LINK_PART_CHARS_MAX {
        return None;
    }
    text.chars().try_fold(String::new(), |mut part, c| {
        match c {
            c if plain(c) => part.push(c),
            '+' => part.push_str("%2B"),
            '/' => part.push_str("%2F"),
            '=' => part.push_str("%3D"),
            _ => return None,
        }
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_explorer_of_the_network() {
        let tx = "40786e5f30d58d8c521141cb80ad3d92636005de7525be56fbe2395e2f6d048e";
        assert_eq!(Network::Tron.tx_url(tx).unwrap(), format!("https://tronscan.org/#/transaction/{tx}"));
        assert_eq!(Network::Bitcoin.tx_url(tx).unwrap(), format!("https://mempool.space/tx/{tx}"));
        assert_eq!(Network::Bsc.tx_url(tx).unwrap(), format!("https://bscscan.com/tx/0x{tx}"));
        assert_eq!(Network::Base.tx_url(&format!("0x{tx}")).unwrap(), format!("https://basescan.org/tx/0x{tx}"));
        assert_eq!(Network::Ton.tx_url("a+b/c=").unwrap(), "https://tonviewer.com/transaction/a%2Bb%2Fc%3D");
        assert_eq!(Network::Solana.address_url("H6Gd").unwrap(), "https://solscan.io/account/H6Gd");
        assert_eq!(Network::Optimism.address_url("0x1").unwrap(), "https://optimistic.etherscan.io/address/0x1");
    }

    #[test]
    fn what_is_no_hash_makes_no_link() {
        for network in Network::ALL {
            for junk in ["", "a b", "a\"b", "a?b", "a#b", "../a", "é", "<a>", &"a".repeat(129)] {
                assert_eq!(network.tx_url(junk), None, "{junk}");
                assert_eq!(network.address_url(junk), None, "{junk}");
            }
        }
    }

    #[test]
    fn every_network_has_its_own_name_and_its_own_explorer() {
        use std::collections::HashSet;
        let names: HashSet<_> = Network::ALL.iter().map(|network| network.name()).collect();
        let explorers: HashSet<_> = Network::ALL.iter().filter_map(|network| network.address_url("a")).collect();
        assert_eq!((names.len(), explorers.len()), (10, 10));
        assert!(names.contains("TRON (TRC-20)"));
        for network in Network::ALL {
            let host = network.explorer_host();
            assert!(network.tx_url("a").unwrap().starts_with(&format!("https://{host}/")), "{network:?}");
            assert!(network.address_url("a").unwrap().starts_with(&format!("https://{host}/")), "{network:?}");
        }
        assert_eq!(Network::Tron.address_url("Ta").unwrap(), "https://tronscan.org/#/address/Ta");
        assert_eq!(Network::Ton.address_url("0:a_-").unwrap(), "https://tonviewer.com/0:a_-");
    }

    #[test]
    fn fees_are_cents_but_for_the_three_dear_networks() {
        for network in Network::ALL {
            let expected = match network {
                Network::Ethereum => FeeHint::High,
                Network::Bitcoin | Network::Tron => FeeHint::Medium,
                _ => FeeHint::Low,
            };
            assert_eq!(network.fee_hint(), expected, "{network:?}");
        }
    }

    #[test]
    fn the_longest_hash_still_has_a_link() {
        assert!(Network::Solana.tx_url(&"a".repeat(128)).is_some());
    }
}
