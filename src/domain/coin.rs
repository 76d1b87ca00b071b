//! The provider's forty coins (fact sheet section 14): what each is called, the network it lives on, and what its QR code holds.

mod address;
mod network;

pub use self::network::{FeeHint, Network};
use crate::domain::money::CoinAmount;

/// A coin on one network: what an invoice is paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[rustfmt::skip]
pub enum Coin {
    Btc, Ltc, Trx, Sol, Ton, Bnb, Eth, EthArb, EthBase, EthOpt,
    UsdtTrc20, UsdtErc20, UsdtBsc, UsdtArb, UsdtOpt, UsdtSol, UsdtTon,
    UsdcErc20, UsdcBsc, UsdcBase, UsdcArb, UsdcOpt, UsdcSol,
    DaiErc20, DaiBsc, DaiArb, DaiOpt, DaiBase,
    UsddTrc20, PyusdErc20, PyusdSol, XautErc20, XautTon,
    ArbArb, OpOpt, PepeErc20, PepeBsc, ShibErc20, ShibBsc, TrumpSol,
}

impl Coin {
    /// Every coin, in the fact sheet's order.
    #[rustfmt::skip]
    pub const ALL: [Self; 40] = [
        Self::Btc, Self::Ltc, Self::Trx, Self::Sol, Self::Ton, Self::Bnb, Self::Eth, Self::EthArb, Self::EthBase, Self::EthOpt,
        Self::UsdtTrc20, Self::UsdtErc20, Self::UsdtBsc, Self::UsdtArb, Self::UsdtOpt, Self::UsdtSol, Self::UsdtTon,
        Self::UsdcErc20, Self::UsdcBsc, Self::UsdcBase, Self::UsdcArb, Self::UsdcOpt, Self::UsdcSol,
        Self::DaiErc20, Self::DaiBsc, Self::DaiArb, Self::DaiOpt, Self::DaiBase,
        Self::UsddTrc20, Self::PyusdErc20, Self::PyusdSol, Self::XautErc20, Self::XautTon,
        Self::ArbArb, Self::OpOpt, Self::PepeErc20, Self::PepeBsc, Self::ShibErc20, Self::ShibBsc, Self::TrumpSol,
    ];

    /// One row a coin: code, asset, network, decimals.
    fn facts(self) -> (&'static str, &'static str, Network, u32) {
        match self {
            Self::Btc => ("BTC", "BTC", Network::Bitcoin, 8),
            Self::Ltc => ("LTC", "LTC", Network::Litecoin, 8),
            Self::Trx => ("TRX", "TRX", Network::Tron, 6),
            Self::Sol => ("SOL", "SOL", Network::Solana, 9),
            Self::Ton => ("TON", "TON", Network::Ton, 9),
            Self::Bnb => ("BNB", "BNB", Network::Bsc, 18),
            Self::Eth => ("ETH", "ETH", Network::Ethereum, 18),
            Self::EthArb => ("ETH_ARB", "ETH", Network::Arbitrum, 18),
            Self::EthBase => ("ETH_BASE", "ETH", Network::Base, 18),
            Self::EthOpt => ("ETH_OPT", "ETH", Network::Optimism, 18),
            Self::UsdtTrc20 => ("USDT_TRC20", "USDT", Network::Tron, 6),
            Self::UsdtErc20 => ("USDT_ERC20", "USDT", Network::Ethereum, 6),
            Self::UsdtBsc => ("USDT_BSC", "USDT", Network::Bsc, 18),
            Self::UsdtArb => ("USDT_ARB", "USDT", Network::Arbitrum, 6),
            Self::UsdtOpt => ("USDT_OPT", "USDT", Network::Optimism, 6),
            Self::UsdtSol => ("USDT_SOL", "USDT", Network::Solana, 6),
            Self::UsdtTon => ("USDT_TON", "USDT", Network::Ton, 6),
            Self::UsdcErc20 => ("USDC_ERC20", "USDC", Network::Ethereum, 6),
            Self::UsdcBsc => ("USDC_BSC", "USDC", Network::Bsc, 18),
            Self::UsdcBase => ("USDC_BASE", "USDC", Network::Base, 6),
            Self::UsdcArb => ("USDC_ARB", "USDC", Network::Arbitrum, 6),
            Self::UsdcOpt => ("USDC_OPT", "USDC", Network::Optimism, 6),
            Self::UsdcSol => ("USDC_SOL", "USDC", Network::Solana, 6),
            Self::DaiErc20 => ("DAI_ERC20", "DAI", Network::Ethereum, 18),
            Self::DaiBsc => ("DAI_BSC", "DAI", Network::Bsc, 18),
            Self::DaiArb => ("DAI_ARB", "DAI", Network::Arbitrum, 18),
            Self::DaiOpt => ("DAI_OPT", "DAI", Network::Optimism, 18),
            Self::DaiBase => ("DAI_BASE", "DAI", Network::Base, 18),
            Self::UsddTrc20 => ("USDD_TRC20", "USDD", Network::Tron, 18),
            Self::PyusdErc20 => ("PYUSD_ERC20", "PYUSD", Network::Ethereum, 6),
            Self::PyusdSol => ("PYUSD_SOL", "PYUSD", Network::Solana, 6),
            Self::XautErc20 => ("XAUT_ERC20", "XAUT", Network::Ethereum, 6),
            Self::XautTon => ("XAUT_TON", "XAUT", Network::Ton, 6),
            Self::ArbArb => ("ARB_ARB", "ARB", Network::Arbitrum, 18),
            Self::OpOpt => ("OP_OPT", "OP", Network::Optimism, 18),
            Self::PepeErc20 => ("PEPE_ERC20", "PEPE", Network::Ethereum, 18),
            Self::PepeBsc => ("PEPE_BSC", "PEPE", Network::Bsc, 18),
            Self::ShibErc20 => ("SHIB_ERC20", "SHIB", Network::Ethereum, 18),
            Self::ShibBsc => ("SHIB_BSC", "SHIB", Network::Bsc, 18),
            Self::TrumpSol => ("TRUMP_SOL", "TRUMP", Network::Solana, 6),
        }
    }

    /// The provider's code: `USDT_TRC20`. It is also the name under which a coin is stored.
    pub fn code(self) -> &'static str {
        self.facts().0
    }

    /// The coin with the provider's code, in any letter case.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|coin| coin.code().eq_ignore_ascii_case(code.trim()))
    }

    /// The ticker that buyers know: `USDT`. Coins of one asset differ in their network only.
    pub fn asset(self) -> &'static str {
        self.facts().1
    }

    /// The asset in words: `Tether`.
    pub fn name(self) -> &'static str {
        match self.asset() {
            "BTC" => "Bitcoin",
            "LTC" => "Litecoin",
            "TRX" => "TRON",
            "SOL" => "Solana",
            // Renamed by its project in 2026; wallets show either name.
            "TON" => "TON (Gram)",
            "BNB" => "BNB",
            "ETH" => "Ether",
            "USDT" => "Tether",
            "USDC" => "USD Coin",
            "DAI" => "Dai",
            "PYUSD" => "PayPal USD",
            "XAUT" => "Tether Gold",
            "ARB" => "Arbitrum",
            "OP" => "Optimism",
            "PEPE" => "Pepe",
            "SHIB" => "Shiba Inu",
            "TRUMP" => "Official Trump",
            ticker => ticker,
        }
    }

    /// Where it must be sent.
    pub fn network(self) -> Network {
        self.facts().2
    }

    /// How many digits after the point it can have.
    pub fn decimals(self) -> u32 {
        self.facts().3
    }

    /// Whether it is worth a dollar by design.
    pub fn is_stablecoin(self) -> bool {
        matches!(self.asset(), "USDT" | "USDC" | "DAI" | "USDD" | "PYUSD")
    }

    /// What the QR code holds: a payment URI with the amount where wallets agree on one (fact sheet 14.1), else the bare address. A token
    /// never gets a URI: some wallets take the token's contract for the recipient, and the money is lost.
    pub fn payment_code(self, address: &str, due: CoinAmount) -> String {
        self.payment_uri(address, due).unwrap_or_else(|| address.to_owned())
    }

    fn payment_uri(self, address: &str, due: CoinAmount) -> Option<String> {
        // An amount that the coin cannot express, and an address that we do not understand, are left to the wallet and its owner.
        let units = due.units(self.decimals()).filter(|units| *units > 0)?;
        if !self.network().looks_like_address(address) {
            return None;
        }
        match self {
            Self::Btc => Some(format!("bitcoin:{address}?amount={due}")),
            Self::Ltc => Some(format!("litecoin:{address}?amount={due}")),
            Self::Sol => Some(format!("solana:{address}?amount={due}")),
            // The deep link knows the short form of an address only.
            Self::Ton if !address.contains(':') => Some(format!("ton://transfer/{address}?amount={units}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const BTC: &str = "bc1q7p7s02x5zwmq6ljj2strypvwmur0dfmq6re2cv";
    const LTC: &str = "ltc1qmqmna50934dsrgp4vd9gtht0h44uccgupk8gnr";
    const SOL: &str = "H6GdwBa5jZkbunBCnS8pFuspC9fx3822wubTfAZudF53";
    const TON: &str = "UQBVjSSIIz1OyAqgKo30vWpYsrX_iJ1YtJU9bST9o5ghHidT";
    const TRON: &str = "TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT";
    const EVM: &str = "0x77bf63bb13f56e1b8868bea87d19c0b79aa17455";

    fn amount(text: &str) -> CoinAmount {
        CoinAmount::parse(text).unwrap()
    }

    #[test]
    fn every_coin_is_found_by_its_code_and_no_two_share_one() {
        let codes: HashSet<_> = Coin::ALL.iter().map(|coin| coin.code()).collect();
        assert_eq!(codes.len(), 40);
        for coin in Coin::ALL {
            assert_eq!(Coin::parse(coin.code()), Some(coin));
            assert_eq!(Coin::parse(&coin.code().to_lowercase()), Some(coin));
            assert!(coin.code().starts_with(coin.asset()), "{coin:?}");
        }
        for gone in ["USDC_TRC20", "TUSD_TRC20", "TUSD_ERC20", "TUSD_BSC", "", "USDT"] {
            assert_eq!(Coin::parse(gone), None, "{gone}");
        }
    }

    #[test]
    fn the_suffix_of_a_code_is_its_network() {
        for coin in Coin::ALL {
            let expected = match coin.code().split_once('_').map(|(_, suffix)| suffix) {
                Some("TRC20") => Network::Tron,
                Some("ERC20") => Network::Ethereum,
                Some("BSC") => Network::Bsc,
                Some("ARB") => Network::Arbitrum,
                Some("OPT") => Network::Optimism,
                Some("BASE") => Network::Base,
                Some("SOL") => Network::Solana,
                Some("TON") => Network::Ton,
                _ => continue,
            };
            assert_eq!(coin.network(), expected, "{coin:?}");
        }
    }

    #[test]
    fn one_asset_never_offers_one_network_twice() {
        let pairs: HashSet<_> = Coin::ALL.iter().map(|coin| (coin.asset(), coin.network())).collect();
        assert_eq!(pairs.len(), 40);
    }

    #[test]
    fn natives_of_four_networks_get_a_uri_with_the_exact_amount() {
        assert_eq!(Coin::Btc.payment_code(BTC, amount("1.4e-06")), format!("bitcoin:{BTC}?amount=0.0000014"));
        assert_eq!(Coin::Ltc.payment_code(LTC, amount("0.31250")), format!("litecoin:{LTC}?amount=0.3125"));
        assert_eq!(Coin::Sol.payment_code(SOL, amount("2")), format!("solana:{SOL}?amount=2"));
        assert_eq!(Coin::Ton.payment_code(TON, amount("3.000000001")), format!("ton://transfer/{TON}?amount=3000000001"));
    }

    #[test]
    fn everything_else_gets_the_bare_address() {
        for coin in Coin::ALL {
            let address = match coin.network() {
                Network::Bitcoin => BTC,
                Network::Litecoin => LTC,
                Network::Tron => TRON,
                Network::Solana => SOL,
                Network::Ton => TON,
                _ => EVM,
            };
            assert!(coin.network().looks_like_address(address), "{coin:?}");
            let code = coin.payment_code(address, amount("1.5"));
            let native = matches!(coin, Coin::Btc | Coin::Ltc | Coin::Sol | Coin::Ton);
            assert_eq!(code == address, !native, "{coin:?}: {code}");
        }
    }

    #[test]
    fn what_a_uri_cannot_say_is_left_out_of_the_code() {
        assert_eq!(Coin::Btc.payment_code(BTC, amount("0.123456789")), BTC);
        assert_eq!(Coin::Ton.payment_code(TON, amount("0.0000000001")), TON);
        assert_eq!(Coin::Btc.payment_code(BTC, CoinAmount::ZERO), BTC);
        assert_eq!(Coin::Ton.payment_code("EQ...?memo=7", amount("1")), "EQ...?memo=7");
        let raw = "0:558d2488233d4ec80aa02a8df4bd6a58b2b5ff889d58b4953d6d24fda398211e";
        assert_eq!(Coin::Ton.payment_code(raw, amount("1")), raw);
    }

    #[test]
    fn every_asset_has_a_name_and_stablecoins_are_known() {
        let assets: HashSet<_> = Coin::ALL.iter().map(|coin| coin.asset()).collect();
        let names: HashSet<_> = Coin::ALL.iter().map(|coin| coin.name()).collect();
        assert_eq!(assets.len(), names.len());
        for coin in Coin::ALL {
            let stable = matches!(coin.asset(), "USDT" | "USDC" | "DAI" | "USDD" | "PYUSD");
            assert_eq!(coin.is_stablecoin(), stable, "{coin:?}");
            // These alone go by their ticker.
            assert_eq!(coin.name() == coin.asset(), matches!(coin.asset(), "BNB" | "USDD"), "{coin:?}");
        }
        assert_eq!(Coin::UsdtTrc20.name(), "Tether");
    }

    proptest! {
        #[test]
        fn the_amount_in_a_uri_reads_back_exactly(units in 1_u64..=2_100_000_000_000_000) {
            let due = CoinAmount::from_decimal(rust_decimal::Decimal::from_i128_with_scale(i128::from(units), 8)).unwrap();
            let code = Coin::Btc.payment_code(BTC, due);
            let (_, text) = code.split_once("?amount=").unwrap();
            prop_assert!(!text.contains(['e', 'E', '+', '-']));
            prop_assert_eq!(amount(text).units(8), Some(u128::from(units)));
        }

        #[test]
        fn no_text_makes_a_code_panic(text in "\\PC{0,60}", units in 0_i64..1_000) {
            let due = CoinAmount::from_decimal(rust_decimal::Decimal::new(units, 3)).unwrap();
            for coin in Coin::ALL {
                prop_assert!(coin.payment_code(&text, due).contains(&text));
            }
        }
    }
}
