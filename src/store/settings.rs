//! What the seller decides about the shop as a whole.

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Conn, Error, Result, execute, on, quiet, row, rows};
use crate::domain::coin::Coin;
use crate::domain::language::Localized;
use crate::domain::money::Currency;
use crate::domain::policy::{Policy, Rule};
use crate::domain::product::BlobId;

/// The shop's own settings; what was never set has a value to start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopSettings {
    pub name: Localized,
    pub currency: Currency,
    /// Where a buyer finds a person: `@name`, a link, or words.
    pub support: Option<String>,
    pub greeting: Localized,
    pub terms: Localized,
    pub privacy: Localized,
    /// The coins that buyers may pay with, in the order in which they are offered.
    pub coins: Vec<Coin>,
    /// What stands above the greeting.
    pub picture: Option<BlobId>,
}

/// What of people's money holds a shop to its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyKept {
    /// Somebody can spend it.
    Credit,
    /// Orders that are not paid, and that are still asked about.
    Orders,
    /// Cases that are open: each may end as credit.
    Cases,
}

/// The coins a new shop takes: what most wallets hold, cheap networks first.
const COINS_AT_FIRST: [&str; 12] =
    ["USDT_TRC20", "USDT_TON", "USDT_BSC", "USDT_ERC20", "USDC_BASE", "USDC_SOL", "BTC", "LTC", "ETH", "TON", "SOL", "TRX"];

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            name: Localized::plain("Kiosk"),
            currency: Currency::Usd,
            support: None,
            greeting: Localized::default(),
            terms: Localized::default(),
            privacy: Localized::default(),
            coins: COINS_AT_FIRST.into_iter().filter_map(Coin::parse).collect(),
            picture: None,
        }
    }
}

/// The row that stands for all that the seller decides while any of it is changed; it says nothing.
const LOCK: &str = "lock";

/// Values as they are stored, by name.
struct Kept(HashMap<String, String>);

impl Kept {
    fn value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let read = |json: &String| serde_json::from_str(json).map_err(|_| Error::corrupt(format!("the setting {name}")));
        Ok(self.0.get(name).map(read).transpose()?.flatten())
    }
}

impl Conn {
    /// The shop's settings.
    pub async fn shop(&mut self) -> Result<ShopSettings> {
        let first = ShopSettings::default();
        let names = "SELECT name, value FROM settings
            WHERE name IN ('name', 'currency', 'support', 'greeting', 'terms', 'privacy', 'coins', 'picture')";
        let kept = Kept(rows!(self, (String, String), names)?.into_iter().collect());
        let currency: Option<String> = kept.value("currency")?;
        let coins: Option<Vec<String>> = kept.value("coins")?;
        Ok(ShopSettings {
            name: kept.value("name")?.unwrap_or(first.name),
            currency: match currency {
                Some(code) => Currency::parse(&code).ok_or_else(|| Error::corrupt(format!("the currency {code}")))?,
                None => first.currency,
            },
            // Stored as "none" once it was taken away.
            support: kept.value::<Option<String>>("support")?.flatten(),
            greeting: kept.value("greeting")?.unwrap_or_default(),
            terms: kept.value("terms")?.unwrap_or_default(),
            privacy: kept.value("privacy")?.unwrap_or_default(),
            // A coin that the provider has dropped since is left out.
            coins: coins.map_or(first.coins, |codes| codes.iter().filter_map(|code| Coin::parse(code)).collect()),
            picture: kept.value::<Option<String>>("picture")?.flatten().map(BlobId),
        })
    }

    /// The shop's settings, to be changed in this transaction; see [`Conn::lock_shop`].
    pub async fn shop_to_change(&mut self) -> Result<ShopSettings> {
        self.lock_shop().await?;
        self.shop().await
    }

    /// Keeps the shop's settings.
    pub async fn set_shop(&mut self, shop: &ShopSettings) -> Result<()> {
        self.set_setting("name", &shop.name).await?;
        self.set_setting("currency", &shop.currency.code()).await?;
        self.set_setting("support", &shop.support).await?;
        self.set_setting("greeting", &shop.greeting).await?;
        self.set_setting("terms", &shop.terms).await?;
        self.set_setting("privacy", &shop.privacy).await?;
        self.set_setting("picture", &shop.picture.as_ref().map(|blob| &blob.0)).await?;
        self.set_setting("coins", &shop.coins.iter().map(|coin| coin.code()).collect::<Vec<_>>()).await
    }

    /// What the owner decided about money, offers and stock; what was never decided is as a new shop has it.
    pub async fn policy(&mut self) -> Result<Policy> {
        let rules: Vec<String> = self.setting("policy").await?.unwrap_or_default();
        // A value that can be chosen no more is as good as never chosen.
        Ok(rules.iter().filter_map(|code| Rule::parse(code)).fold(Policy::default(), Policy::with))
    }

    /// The same, to be changed in this transaction.
    pub async fn policy_to_change(&mut self) -> Result<Policy> {
        self.lock_shop().await?;
        self.policy().await
    }

    /// Keeps what the owner decided.
    pub async fn set_policy(&mut self, policy: Policy) -> Result<()> {
        self.set_setting("policy", &policy.rules().map(Rule::code)).await
    }

    /// Holds what the seller decides, settings and catalog, against everybody else who would change any of it, until this transaction ends:
    /// each writes what it has made of what it has read. Taken before everything else; whoever buys never takes it.
    pub async fn lock_shop(&mut self) -> Result<()> {
        let sql = "INSERT INTO settings (name, value) VALUES ($1, 'null') ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        quiet!(self, sql, LOCK)?;
        Ok(())
    }

    /// Whether anything is priced, or anybody has credit: both are in the shop's currency.
    pub async fn is_any_money_kept(&mut self) -> Result<bool> {
        let sql = "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM products) OR EXISTS (SELECT 1 FROM credits)";
        Ok(row!(self, (i64,), sql)?.is_some())
    }

    /// What is kept for people, or may still come, in another currency than this one, and in which.
    pub async fn money_elsewhere(&mut self, currency: Currency) -> Result<Vec<(MoneyKept, String)>> {
        let sql = "SELECT 'credit', currency FROM (SELECT customer_id, currency FROM credits WHERE currency <> $1
                    GROUP BY customer_id, currency HAVING SUM(minor) <> 0) kept
            UNION SELECT 'orders', o.currency FROM orders o WHERE o.currency <> $1 AND o.state = 'open' AND o.charge IN ('full', 'over')
            UNION SELECT 'orders', o.currency FROM orders o JOIN invoices i ON i.order_id = o.id
                WHERE o.currency <> $1 AND (i.state = 'creating'
                    OR EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'recheck' AND j.key = i.id AND j.done_at IS NULL))
            UNION SELECT 'cases', o.currency FROM orders o JOIN cases c ON c.order_id = o.id WHERE o.currency <> $1 AND c.closed_at IS NULL
            ORDER BY 1, 2";
        let found = rows!(self, (String, String), sql, currency.code())?;
        let kind = |what: &str| match what {
            "credit" => MoneyKept::Credit,
            "orders" => MoneyKept::Orders,
            _ => MoneyKept::Cases,
        };
        Ok(found.into_iter().map(|(what, currency)| (kind(&what), currency)).collect())
    }

    /// One value by name, when it was ever set.
    pub async fn setting<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>> {
        let sql = "SELECT name, value FROM settings WHERE name = $1";
        Kept(row!(self, (String, String), sql, name)?.into_iter().collect()).value(name)
    }

    /// Keeps one value under `name`.
    pub async fn set_setting<T: Serialize>(&mut self, name: &str, value: &T) -> Result<()> {
        let json = serde_json::to_string(value).map_err(|_| Error::corrupt(format!("the setting {name}")))?;
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        execute!(self, sql, name, &json)?;
        Ok(())
    }

    /// Forgets one value; tells whether it was there, so that of several who take it only one gets it.
    pub async fn take_setting(&mut self, name: &str) -> Result<bool> {
        Ok(execute!(self, "DELETE FROM settings WHERE name = $1", name)? == 1)
    }
}
