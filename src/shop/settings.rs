//! What the owner decides about the shop as a whole.

use super::{Result, Shop};
use crate::domain::coin::Coin;
use crate::domain::customer::CustomerId;
use crate::domain::deed::DeedKind;
use crate::store::Deed;

/// What became of switching a coin on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoinSet {
    Done,
    /// It is the last one that buyers can pay with: it stays on.
    LastOne,
}

impl Shop {
    /// Gives the shop another name, as seen by a reader of `language`.
    pub async fn rename(&self, language: &str, name: &str) -> Result<()> {
        let (language, name) = (language.to_owned(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop().await?;
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
                let mut shop = tx.shop().await?;
                let told = |contact: &Option<String>| contact.clone().unwrap_or_else(|| "-".to_owned());
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("support: {} → {}", told(&shop.support), told(&contact))));
                shop.support = contact;
                tx.set_shop(&shop).await
            })
        })
        .await
    }

    /// Lets buyers pay with a coin, or not. A coin that is switched on is offered last.
    pub async fn set_coin(&self, coin: Coin, on: bool) -> Result<CoinSet> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut shop = tx.shop().await?;
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
