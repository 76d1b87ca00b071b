//! The summary of a day for the owners, at an hour of the shop's own time, and the word that a product runs low: once each time.

use super::notice::{Notice, fresh, tell_owners, tell_staff};
use super::statistics::{Figures, figures};
use super::time::shop_time;
use super::{Result, Shop, job};
use crate::domain::product::ProductId;
use crate::store::{self, Conn, JobKind, Listed};

/// The setting that holds the hour of the summary.
const HOUR: &str = "daily_summary_hour";
/// The setting that holds the last day on which it was told: days since 1970.
const TOLD: &str = "daily_summary_told";
/// Products that are named as running low.
const LOW_SHOWN: i64 = 12;

/// What an owner reads of a day.
#[derive(Debug, Clone)]
pub struct Summary {
    pub figures: Figures,
    pub open_cases: i64,
    pub to_hand_over: i64,
    pub low_stock: Vec<Listed>,
}

impl Shop {
    /// At which hour the summary comes; none: never.
    pub async fn summary_hour(&self) -> Result<Option<i64>> {
        Ok(hour(&mut self.store.read().await?).await?)
    }

    /// Has the summary come at an hour from 0 to 23, or never.
    pub async fn set_summary_hour(&self, wanted: Option<i64>) -> Result<()> {
        let wanted = wanted.filter(|hour| (0..24).contains(hour));
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.set_setting(HOUR, &wanted).await?;
                let Some(hour) = wanted else { return Ok(()) };
                let (time, now) = (shop_time(tx).await?, clock.now());
                let today = time.day(now);
                // An hour that is over today comes tomorrow.
                if now >= time.at(today, hour) {
                    tx.set_setting(TOLD, &today).await?;
                }
                tx.ask_for(&job(JobKind::Daily, "one", now), clock.now_millis()).await
            })
        })
        .await
    }

    /// Tells the summary when its hour has come, once a day; tells when to look again (unix seconds UTC), none: never.
    pub async fn tell_summary(&self) -> Result<Option<i64>> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(hour) = hour(tx).await? else { return Ok(None) };
                let (time, now) = (shop_time(tx).await?, clock.now());
                let today = time.day(now);
                let told: i64 = tx.setting(TOLD).await?.unwrap_or(i64::MIN);
                let at = time.at(today, hour);
                if now < at {
                    return Ok(Some(at));
                }
                // Told on a day that is still to come: the clock was ahead then.
                if told != today {
                    tell_owners(tx, &format!("daily:{today}"), None, &Notice::Daily { day: today - 1 }, clock.now_millis()).await?;
                    tx.set_setting(TOLD, &today).await?;
                }
                Ok(Some(time.at(today + 1, hour)))
            })
        })
        .await
    }

    /// What an owner reads of a day (days since 1970); cases and stock as they are now.
    pub async fn summary(&self, day: i64) -> Result<Summary> {
        let mut conn = self.store.read().await?;
        let low = i64::from(conn.policy().await?.low_stock);
        Ok(Summary {
            figures: figures(&mut conn, day, day).await?,
            open_cases: conn.open_case_count().await?,
            to_hand_over: conn.to_hand_over_count().await?,
            low_stock: conn.low_stock(low, LOW_SHOWN).await?,
        })
    }
}

async fn hour(conn: &mut Conn) -> store::Result<Option<i64>> {
    Ok(conn.setting::<Option<i64>>(HOUR).await?.flatten())
}

/// Stock was taken in: when there is enough now, the next time that the product runs low is told.
pub(super) async fn forget_low_stock(tx: &mut Conn, product: &ProductId) -> store::Result<()> {
    let low = i64::from(tx.policy().await?.low_stock);
    for (option, left) in tx.stock_by_option(product).await? {
        if left > low {
            tx.forget_low_stock(product, option.as_ref()).await?;
        }
    }
    Ok(())
}

/// Units of a product were sold: tells the staff when it has just run low. Each option runs low by itself.
pub(super) async fn look_at_stock(tx: &mut Conn, product: &ProductId, now_millis: i64) -> store::Result<()> {
    let low = i64::from(tx.policy().await?.low_stock);
    let now = now_millis.div_euclid(1_000);
    for (option, left) in tx.stock_by_option(product).await? {
        if left > low {
            tx.forget_low_stock(product, option.as_ref()).await?;
        } else if tx.note_low_stock(product, option.as_ref(), now).await? {
            let option = option.map(|option| option.as_str().to_owned());
            let notice = Notice::LowStock { product: product.as_str().to_owned(), left, option };
            tell_staff(tx, &fresh("low"), &notice, now_millis).await?;
        }
    }
    Ok(())
}
