//! A catalog file in the hands of the staff: what it would change, and changing it.

use super::export::{Goods, Packed, Told, packed};
use super::import::{Done, Planned, Settings};
use super::plan::Plan;
use super::problem::Problems;
use super::{CatalogFile, Error};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::deed::DeedKind;
use crate::shop::export::{Asking, may_have_goods};
use crate::shop::notice::{Notice, fresh, tell};
use crate::shop::{Result, Shop};
use crate::store::{Asked, Deed};

/// What of the shop is written under this name among the files that were asked for, and how.
const CATALOG: &str = "catalog";
const FORMAT: &str = "file";
const BARE: &str = "bare";
/// New secrets in one message: with the longest names of products it is below Telegram's 4096 characters.
const SECRETS_AT_ONCE: usize = 20;

/// What became of a wish to import a catalog.
#[derive(Debug)]
pub enum Outcome {
    Done(Done),
    /// The shop has changed since it was told what would be done, and this would be done now. Nothing was written.
    Another(Plan),
    /// It does not fit the shop. Nothing was written.
    Unfit(Problems),
}

impl Shop {
    /// What a catalog file would change when somebody with this role imports it, or what does not fit.
    pub async fn catalog_plan(&self, file: &CatalogFile, role: Role) -> Result<std::result::Result<Plan, Problems>> {
        let planned = Planned::of(&mut self.store.read().await?, file, settings(role)).await?;
        Ok(planned.map(|planned| planned.plan))
    }

    /// Imports a catalog file for somebody with this role, if it still changes what was told: the plan of this fingerprint.
    pub async fn import_catalog(&self, file: CatalogFile, role: Role, told: &str) -> Result<Outcome> {
        let (told, clock) = (told.to_owned(), self.clock.clone());
        let importer = self.actor.as_ref().map(|actor| actor.who);
        self.write(move |tx| {
            Box::pin(async move {
                // What is worked out is what is written: nobody changes anything between.
                tx.lock_shop().await?;
                let planned = match Planned::of(tx, &file, settings(role)).await? {
                    Ok(planned) => planned,
                    Err(problems) => return Ok(Outcome::Unfit(problems)),
                };
                if planned.plan.fingerprint() != told {
                    return Ok(Outcome::Another(planned.plan));
                }
                if !planned.plan.is_nothing() {
                    tx.deed(Deed::new(DeedKind::CatalogImported, planned.plan.in_short()));
                }
                let done = planned.carry_out(tx, &file).await?;
                // They are in no other place that a person can read: an answer that never comes must not take them along.
                if let Some(importer) = importer {
                    for secrets in done.secrets.chunks(SECRETS_AT_ONCE) {
                        let secrets = secrets.iter().map(|new| (new.product.to_string(), new.secret.clone())).collect();
                        tell(tx, importer, &fresh("secrets"), Notice::NewSecrets { secrets }, clock.now_millis()).await?;
                    }
                }
                Ok(Outcome::Done(done))
            })
        })
        .await
    }

    /// Asks for the catalog as a file, for somebody of the staff. It is made beside everything else, and survives a restart.
    pub async fn ask_for_catalog(&self, by: CustomerId, goods: Goods) -> Result<Asking> {
        let format = if goods == Goods::Inside { FORMAT } else { BARE };
        self.ask_for_file(by, CATALOG, format).await
    }

    /// How the catalog was asked for, when this is one and whoever asked may still have it. With no rights to it left, it is forgotten.
    pub async fn catalog_asked(&self, id: &str) -> Result<Option<(Asked, Goods)>> {
        let mut conn = self.store.read().await?;
        let Some(asked) = conn.export(id).await?.filter(|asked| asked.what == CATALOG) else { return Ok(None) };
        let role = conn.role(asked.by).await?;
        drop(conn);
        let goods = if asked.format == FORMAT { Goods::Inside } else { Goods::LeftOut };
        if role.is_some_and(|role| may_have_catalog(goods, role)) {
            return Ok(Some((asked, goods)));
        }
        self.end_export(id).await?;
        Ok(None)
    }

    /// The catalog as one file of at most `bytes_max`; none: it would be larger. `told` hears how many products there are so far.
    pub async fn packed_catalog(&self, goods: Goods, bytes_max: usize, told: &mut Told<'_>) -> Result<Option<Packed>> {
        packed(&self.store, goods, bytes_max, told).await.map_err(|error| match error {
            Error::Store(error) => error.into(),
            other => crate::shop::Error::Document(other.to_string()),
        })
    }
}

/// Whether somebody with this role may have the catalog with, or without, its goods.
pub fn may_have_catalog(goods: Goods, role: Role) -> bool {
    match goods {
        Goods::Inside => may_have_goods(role),
        Goods::LeftOut => role != Role::Support,
    }
}

/// The shop's own settings are its owners'.
fn settings(role: Role) -> Settings {
    if role == Role::Owner { Settings::Free } else { Settings::Fixed }
}
