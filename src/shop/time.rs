//! The clock that the shop lives by, and the hours in which it is quiet: both are the owner's choice.

use super::notice::{Notice, Weight};
use super::{Result, Shop, job};
use crate::domain::deed::DeedKind;
use crate::domain::quiet::QuietHours;
use crate::domain::zone::Zone;
use crate::store::{self, Conn, Deed, JobKind};

/// The setting that holds the name of the zone.
const ZONE: &str = "time_zone";
/// What held it before zones had names: how far the shop's own time is ahead of UTC, in minutes.
const OFFSET: &str = "time_offset_minutes";

impl Shop {
    /// The shop's own clock.
    pub async fn time(&self) -> Result<Zone> {
        Ok(shop_time(&mut self.store.read().await?).await?)
    }

    /// Has the shop live by another clock.
    pub async fn set_zone(&self, zone: Zone) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let before = shop_time(tx).await?;
                if before == zone {
                    return Ok(());
                }
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("time zone: {} → {}", before.name(), zone.name())));
                tx.set_setting(ZONE, &zone.name()).await?;
                // The hour of the summary has moved with it.
                tx.ask_for(&job(JobKind::Daily, "one", clock.now()), clock.now_millis()).await
            })
        })
        .await
    }
}

/// The shop's own clock.
pub(super) async fn shop_time(conn: &mut Conn) -> store::Result<Zone> {
    if let Some(name) = conn.setting::<String>(ZONE).await? {
        return Ok(Zone::named(&name).unwrap_or_else(|| {
            // Of another release: the wrong hour is better than no notices.
            tracing::error!(zone = name, "the shop's time zone is unknown here; UTC stands in for it");
            Zone::default()
        }));
    }
    let minutes: i64 = conn.setting(OFFSET).await?.unwrap_or(0);
    Ok(Zone::fixed(minutes).unwrap_or_default())
}

/// The setting that holds the quiet hours, as they are typed.
const QUIET: &str = "quiet_hours";
/// The setting that says whether what needs a decision is quiet in them, too.
const QUIET_URGENT: &str = "quiet_urgent";

/// When the staff's notices make no sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quiet {
    pub hours: Option<QuietHours>,
    /// Also for cases and whatever else needs a decision.
    pub urgent: bool,
}

impl Shop {
    /// When the staff's notices make no sound.
    pub async fn quiet(&self) -> Result<Quiet> {
        Ok(quiet(&mut self.store.read().await?).await?)
    }

    /// Chooses the quiet hours; none: every notice rings.
    pub async fn set_quiet(&self, wanted: Quiet) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                if quiet(tx).await? == wanted {
                    return Ok(());
                }
                let hours = wanted.hours.map(QuietHours::name);
                let told = hours.as_deref().unwrap_or("off");
                let urgent = if wanted.urgent { ", cases too" } else { "" };
                tx.deed(Deed::new(DeedKind::SettingChanged, format!("quiet hours: {told}{urgent}")));
                tx.set_setting(QUIET, &hours).await?;
                tx.set_setting(QUIET_URGENT, &wanted.urgent).await
            })
        })
        .await
    }

    /// Whether a notice makes no sound just now. Nothing is held back for that, and buyers are told of everything as ever.
    pub async fn is_silent(&self, notice: &Notice) -> Result<bool> {
        let weight = notice.weight();
        if weight == Weight::Rings {
            return Ok(false);
        }
        let mut conn = self.store.read().await?;
        let quiet = quiet(&mut conn).await?;
        let Some(hours) = quiet.hours.filter(|_| weight == Weight::CanWait || quiet.urgent) else { return Ok(false) };
        Ok(hours.cover(shop_time(&mut conn).await?.minute(self.now())))
    }
}

async fn quiet(conn: &mut Conn) -> store::Result<Quiet> {
    let hours: Option<String> = conn.setting::<Option<String>>(QUIET).await?.flatten();
    Ok(Quiet { hours: hours.as_deref().and_then(QuietHours::typed), urgent: conn.setting(QUIET_URGENT).await?.unwrap_or(false) })
}
