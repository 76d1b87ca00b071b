//! What the owner decides about the shop as a whole.

use super::{Result, Shop};
use crate::domain::coin::Coin;
use crate::domain::customer::CustomerId;
use crate::domain::deed::DeedKind;
use crate::domain::money::Currency;
use crate::domain::policy::Rule;
use crate::domain::product::BlobId;
use crate::store::Deed;

/// What became of switching a coin on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoinSet {
    Done,
    /// It is the last one that buyers can pay with: it stays on.
    LastOne,
}

/// What became of choosing a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrencySet {
    Done,
    /// There are prices or credit in another one, which nobody has changed.
    InUse,
}

/// What the shop says to buyers in the owner's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    Greeting,
    Terms,
    Privacy,
}

impl Shop {
    /// Gives the shop another name, as seen by a reader of `language`.
    pub async fn rename(&self, language: &str, name: &str) -> Result<()> {
        let (language, name) = (language.to_owned(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("name: {} → {name}", shop.name.get(&language))));
                shop.name.set_shown(&language, name);
                tx.set_shop(&shop).await
            })
        })
        .await
    }

    /// Names where buyers find a person; none: nowhere.
    pub async fn set_support(&self, contact: Option<String>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                let told = |contact: &Option<String>| contact.clone().unwrap_or_else(|| "-".to_owned());
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("support: {} → {}", told(&shop.support), told(&contact))));
                shop.support = contact;
                tx.set_shop(&shop).await
            })
        })
        .await
    }

    /// Says something in other words, as seen by a reader of `language`; empty ones: in the words that every shop has.
    pub async fn set_words(&self, which: Words, language: &str, words: &str) -> Result<()> {
        let (language, words) = (language.to_owned(), words.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                let text = match which {
                    Words::Greeting => &mut shop.greeting,
                    Words::Terms => &mut shop.terms,
                    Words::Privacy => &mut shop.privacy,
                };
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("{which:?}").to_lowercase()));
                text.set_shown(&language, words);
                tx.set_shop(&shop).await
            })
        })
        .await
    }

    /// Puts a picture above the greeting; none: takes it away.
    pub async fn set_picture(&self, picture: Option<BlobId>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                if shop.picture == picture {
                    return Ok(());
                }
                let told = if picture.is_some() { "picture: another one" } else { "picture: none" };
                tx.deed(Deed::new(DeedKind::SettingChanged, told));
                shop.picture = picture;
                tx.set_shop(&shop).await
            })
        })
        .await
    }

    /// Decides about money, offers or stock.
    pub async fn decide(&self, rule: Rule) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.deed(Deed::new(DeedKind::SettingChanged, rule.code()));
                let policy = tx.policy_to_change().await?.with(rule);
                tx.set_policy(policy).await
            })
        })
        .await
    }

    /// Chooses the currency of prices and credit, as long as there are none in another.
    pub async fn set_currency(&self, currency: Currency) -> Result<CurrencySet> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                if shop.currency == currency {
                    return Ok(CurrencySet::Done);
                }
                if tx.is_any_money_kept().await? {
                    return Ok(CurrencySet::InUse);
                }
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("currency: {} → {}", shop.currency.code(), currency.code())));
                shop.currency = currency;
                tx.set_shop(&shop).await?;
                Ok(CurrencySet::Done)
            })
        })
        .await
    }

    /// Offers a coin that is on before all others.
    pub async fn put_coin_first(&self, coin: Coin) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                let Some(at) = shop.coins.iter().position(|known| *known == coin) else { return Ok(()) };
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("first coin: {}", coin.code())));
                let coin = shop.coins.remove(at);
                shop.coins.insert(0, coin);
                tx.set_shop(&shop).await
            })
        })
        .await
    }

    /// Lets buyers pay with a coin, or not. A coin that is switched on is offered last.
    pub async fn set_coin(&self, coin: Coin, on: bool) -> Result<CoinSet> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop_to_change().await?;
                let is_on = shop.coins.contains(&coin);
                if is_on == on {
                    return Ok(CoinSet::Done);
                }
                if on {
                    shop.coins.push(coin);
                } else if shop.coins.len() == 1 {
                    return Ok(CoinSet::LastOne);
                } else {
                    shop.coins.retain(|known| *known != coin);
                }
                tx.set_shop(&shop).await?;
                let words = format!("{}: {}", coin.code(), if on { "on" } else { "off" });
                tx.deed(Deed::new(DeedKind::SettingChanged, words));
                Ok(CoinSet::Done)
            })
        })
        .await
    }

    /// The language in which somebody of the staff was told the commands; none when nobody told them.
    pub async fn commands_told(&self, who: CustomerId) -> Result<Option<String>> {
        Ok(self.store.read().await?.setting(&commands_of(who)).await?)
    }

    /// Keeps that somebody of the staff was told the commands.
    pub async fn keep_commands_told(&self, who: CustomerId, language: &str) -> Result<()> {
        let language = language.to_owned();
        let kept = self.store.write(move |tx| Box::pin(async move { tx.set_setting(&commands_of(who), &language).await }));
        Ok(kept.await?)
    }

    /// Keeps that somebody sees a buyer's commands again.
    pub async fn forget_commands_told(&self, who: CustomerId) -> Result<()> {
        self.store.write(move |tx| Box::pin(async move { tx.take_setting(&commands_of(who)).await })).await?;
        Ok(())
    }
}

fn commands_of(who: CustomerId) -> String {
    format!("commands:{who}")
}
