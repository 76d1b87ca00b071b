//! What the fake provider knows of coins and currencies: codes, networks, decimals and a fixed rate (fact sheet sections 2.1 and 14).
//! Its own table on purpose: a fake that shares its knowledge with the bot could not contradict it.

use rust_decimal::{Decimal, RoundingStrategy};

/// A chain on which the fake issues addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Bitcoin,
    Litecoin,
    Tron,
    Solana,
    Ton,
    Bsc,
    Ethereum,
    Arbitrum,
    Base,
    Optimism,
}

impl Network {
    /// The provider's code, its id, its full name, and the transfer fee in US cents. Documented are TRC20, ERC20 and BSC.
    fn row(self) -> (&'static str, u32, &'static str, i64) {
        match self {
            Self::Bitcoin => ("BTC", 1, "Bitcoin", 0),
            Self::Litecoin => ("LTC", 2, "Litecoin", 0),
            Self::Ethereum => ("ERC20", 3, "Ethereum", 210),
            Self::Tron => ("TRC20", 4, "Tron", 140),
            Self::Bsc => ("BSC", 5, "BNB Smart Chain", 15),
            Self::Ton => ("TON", 6, "TON", 5),
            Self::Solana => ("SOL", 7, "Solana", 2),
            Self::Arbitrum => ("ARB", 8, "Arbitrum One", 4),
            Self::Optimism => ("OPT", 9, "Optimism", 3),
            Self::Base => ("BASE", 10, "Base", 3),
        }
    }

    /// The provider's code of the network.
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The provider's number of the network.
    pub fn id(self) -> u32 {
        self.row().1
    }

    /// The network in words.
    pub fn fullname(self) -> &'static str {
        self.row().2
    }

    /// The transfer fee, in USD.
    pub fn fee_usd(self) -> Decimal {
        Decimal::new(self.row().3, 2)
    }
}

/// A coin on a network.
#[derive(Debug, Clone, Copy)]
pub struct Coin {
    /// The provider's number of it.
    pub id: u32,
    /// The full code: `USDT_TRC20`.
    pub code: &'static str,
    pub name: &'static str,
    pub network: Network,
    /// The places after the point that the chain knows.
    decimals: u32,
    /// What one is worth: mantissa and scale, in USD.
    usd: (i64, u32),
    /// Whether it is worth about a dollar.
    pub stable: bool,
}

impl Coin {
    /// The code without its network: `USDT`.
    pub fn ticker(&self) -> &'static str {
        self.code.split_once('_').map_or(self.code, |(ticker, _)| ticker)
    }

    /// What one is worth, in USD.
    pub fn usd(&self) -> Decimal {
        Decimal::new(self.usd.0, self.usd.1)
    }

    /// The price of `usd` dollars in this coin, rounded up: the provider never asks for less than the price.
    pub fn quote(&self, usd: Decimal) -> Decimal {
        let exact = usd.checked_div(self.usd()).unwrap_or_default();
        exact.round_dp_with_strategy(self.places(exact), RoundingStrategy::AwayFromZero).normalize()
    }

    /// How many places the provider writes for an amount of this size.
    fn places(&self, amount: Decimal) -> u32 {
        let wanted = if self.stable && amount >= Decimal::ONE {
            2
        } else if amount < Decimal::new(1, 6) {
            12
        } else if amount < Decimal::new(1, 3) || matches!(self.network, Network::Bitcoin | Network::Litecoin) {
            8
        } else {
            6
        };
        wanted.min(self.decimals)
    }

    /// The places after the point that the chain knows.
    pub fn decimals(&self) -> u32 {
        self.decimals
    }
}

/// The coin with this full code, exactly as the provider writes it.
pub fn find(code: &str) -> Option<&'static Coin> {
    COINS.iter().find(|coin| coin.code == code)
}

/// What one unit of this fiat currency is worth, in USD; nothing for a code that the provider does not take.
pub fn fiat_usd(code: &str) -> Option<Decimal> {
    FIATS.iter().find(|(fiat, ..)| *fiat == code).map(|(_, mantissa, scale)| Decimal::new(*mantissa, *scale))
}

/// The 25 fiat codes, in the provider's order, with what one unit is worth in USD.
#[rustfmt::skip]
pub const FIATS: [(&str, i64, u32); 25] = [
    ("USD", 1, 0), ("UZS", 79, 6), ("KGS", 115, 4), ("KZT", 19, 4), ("AMD", 25, 4), ("AZN", 59, 2), ("BYN", 31, 2), ("AUD", 65, 2),
    ("TRY", 29, 3), ("AED", 2723, 4), ("CAD", 72, 2), ("CNY", 139, 3), ("HKD", 128, 3), ("IDR", 62, 6), ("INR", 119, 4), ("JPY", 66, 4),
    ("PHP", 172, 4), ("SGD", 75, 2), ("THB", 29, 3), ("VND", 39, 6), ("MYR", 225, 3), ("RUB", 11, 3), ("UAH", 24, 3), ("EUR", 108, 2),
    ("GBP", 127, 2),
];

const fn coin(id: u32, code: &'static str, name: &'static str, network: Network, decimals: u32, usd: (i64, u32), stable: bool) -> Coin {
    Coin { id, code, name, network, decimals, usd, stable }
}

/// The 40 coins. Documented ids are 3 (ETH), 4 (USDT_TRC20) and 20 (BNB).
#[rustfmt::skip]
pub const COINS: [Coin; 40] = [
    coin(1, "BTC", "Bitcoin", Network::Bitcoin, 8, (97_000, 0), false),
    coin(2, "LTC", "Litecoin", Network::Litecoin, 8, (88, 0), false),
    coin(3, "ETH", "Ethereum", Network::Ethereum, 18, (3_300, 0), false),
    coin(4, "USDT_TRC20", "Tether", Network::Tron, 6, (9_997, 4), true),
    coin(5, "USDT_ERC20", "Tether", Network::Ethereum, 6, (9_997, 4), true),
    coin(6, "USDC_ERC20", "USD Coin", Network::Ethereum, 6, (9_999, 4), true),
    coin(7, "TRX", "TRON", Network::Tron, 6, (24, 2), false),
    coin(8, "USDT_BSC", "Tether", Network::Bsc, 18, (9_997, 4), true),
    coin(9, "USDC_BSC", "USD Coin", Network::Bsc, 18, (9_999, 4), true),
    coin(10, "SOL", "Solana", Network::Solana, 9, (190, 0), false),
    coin(11, "TON", "TON", Network::Ton, 9, (31, 1), false),
    coin(12, "USDT_SOL", "Tether", Network::Solana, 6, (9_997, 4), true),
    coin(13, "USDT_TON", "Tether", Network::Ton, 6, (9_997, 4), true),
    coin(14, "USDC_SOL", "USD Coin", Network::Solana, 6, (9_999, 4), true),
    coin(15, "USDC_BASE", "USD Coin", Network::Base, 6, (9_999, 4), true),
    coin(16, "USDC_ARB", "USD Coin", Network::Arbitrum, 6, (9_999, 4), true),
    coin(17, "USDC_OPT", "USD Coin", Network::Optimism, 6, (9_999, 4), true),
    coin(18, "USDT_ARB", "Tether", Network::Arbitrum, 6, (9_997, 4), true),
    coin(19, "USDT_OPT", "Tether", Network::Optimism, 6, (9_997, 4), true),
    coin(20, "BNB", "BNB", Network::Bsc, 18, (640, 0), false),
    coin(21, "ETH_ARB", "Ethereum", Network::Arbitrum, 18, (3_300, 0), false),
    coin(22, "ETH_BASE", "Ethereum", Network::Base, 18, (3_300, 0), false),
    coin(23, "ETH_OPT", "Ethereum", Network::Optimism, 18, (3_300, 0), false),
    coin(24, "DAI_ERC20", "Dai", Network::Ethereum, 18, (9_998, 4), true),
    coin(25, "DAI_BSC", "Dai", Network::Bsc, 18, (9_998, 4), true),
    coin(26, "DAI_ARB", "Dai", Network::Arbitrum, 18, (9_998, 4), true),
    coin(27, "DAI_OPT", "Dai", Network::Optimism, 18, (9_998, 4), true),
    coin(28, "DAI_BASE", "Dai", Network::Base, 18, (9_998, 4), true),
    coin(29, "USDD_TRC20", "USDD", Network::Tron, 18, (998, 3), true),
    coin(30, "PYUSD_ERC20", "PayPal USD", Network::Ethereum, 6, (9_997, 4), true),
    coin(31, "PYUSD_SOL", "PayPal USD", Network::Solana, 6, (9_997, 4), true),
    coin(32, "XAUT_ERC20", "Tether Gold", Network::Ethereum, 6, (2_700, 0), false),
    coin(33, "XAUT_TON", "Tether Gold", Network::Ton, 6, (2_700, 0), false),
    coin(34, "ARB_ARB", "Arbitrum", Network::Arbitrum, 18, (62, 2), false),
    coin(35, "OP_OPT", "Optimism", Network::Optimism, 18, (14, 1), false),
    coin(36, "PEPE_ERC20", "Pepe", Network::Ethereum, 18, (11, 6), false),
    coin(37, "PEPE_BSC", "Pepe", Network::Bsc, 18, (11, 6), false),
    coin(38, "SHIB_ERC20", "Shiba Inu", Network::Ethereum, 18, (18, 6), false),
    coin(39, "SHIB_BSC", "Shiba Inu", Network::Bsc, 18, (18, 6), false),
    coin(40, "TRUMP_SOL", "Official Trump", Network::Solana, 6, (95, 1), false),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_coin_has_a_code_and_an_id_of_its_own() {
        assert_eq!(COINS.iter().map(|coin| coin.code).collect::<BTreeSet<_>>().len(), 40);
        assert_eq!(COINS.iter().map(|coin| coin.id).collect::<BTreeSet<_>>().len(), 40);
    }

    #[test]
    fn a_quote_is_never_worth_less_than_the_price_and_fits_the_chain() {
        for coin in &COINS {
            for usd in ["0.01", "0.37", "5", "25", "9999.99"].map(|usd| usd.parse::<Decimal>().unwrap()) {
                let amount = coin.quote(usd);
                assert!(amount * coin.usd() >= usd, "{} for {usd}", coin.code);
                assert!(amount.scale() <= coin.decimals, "{} for {usd}", coin.code);
            }
        }
        assert_eq!(find("USDT_TRC20").unwrap().quote(Decimal::from(25)).to_string(), "25.01");
        assert_eq!(find("BTC").unwrap().quote(Decimal::from(25)).to_string(), "0.00025774");
    }
}
