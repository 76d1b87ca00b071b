//! Looking after units of stock: what is free, who got what, and taking out what shall not be sold.

use super::archive::Packing;
use super::stock::STOCK_BYTES_MAX;
use super::stock_file::written_as_rows;
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::option::OptionId;
use crate::domain::order::OrderId;
use crate::domain::product::ProductId;
use crate::store::{Deed, FreeUnit, KnownUnit, SoldUnit};

/// Units on one page.
pub const PAGE: u32 = 8;
/// Most units that are taken out at once.
pub const TAKEN_OUT_MAX: i64 = 100_000;
/// Most sold units that a search shows.
pub const FOUND_MAX: usize = 20;
/// Sold units that a search looks through, the newest first: each has to be opened.
const SEARCHED_MAX: i64 = 500_000;
/// Units read at once.
const READ_AT_ONCE: i64 = 2_000;
/// Units taken out in one write.
const CHUNK: usize = 2_500;
/// From so many bytes on units are sent back in several documents: each fits into memory, and can be sent in again.
const PART_BYTES_MAX: usize = STOCK_BYTES_MAX / 2;

/// What became of a unit that was to be taken out.
#[derive(Clone, PartialEq, Eq)]
pub enum TakenOut {
    Done(KnownUnit),
    /// It is set aside for this order, or was sold in it.
    Kept {
        order: OrderId,
        is_sold: bool,
    },
    Gone,
}

/// A document in which units go back to the seller.
#[derive(Clone)]
pub struct SentBack {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Shop {
    /// A page of free units, the newest first; whether there are more; and how many there are in all.
    pub async fn free_units(&self, product: &ProductId, option: Option<&OptionId>, page: u32) -> Result<(Vec<FreeUnit>, bool, i64)> {
        let mut conn = self.store.read().await?;
        let (page, size) = (i64::from(page), i64::from(PAGE));
        let units = conn.free_units(product, option, page * size, size).await?;
        let free = conn.free_stock_of(product, option).await?;
        Ok((units, free > (page + 1) * size, free))
    }

    /// A unit by its id.
    pub async fn unit(&self, id: &str) -> Result<Option<KnownUnit>> {
        Ok(self.store.read().await?.unit(id).await?)
    }

    /// Takes a free unit out.
    pub async fn take_out(&self, id: &str) -> Result<TakenOut> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(unit) = tx.unit(&id).await? else { return Ok(TakenOut::Gone) };
                if tx.take_units_out(std::slice::from_ref(&id)).await?.is_empty() {
                    // Somebody was faster: for whom it is now.
                    let order = tx.unit(&id).await?.and_then(|unit| Some((unit.order?, unit.is_sold)));
                    return Ok(order.map_or(TakenOut::Gone, |(order, is_sold)| TakenOut::Kept { order, is_sold }));
                }
                tx.deed(Deed::new(DeedKind::StockTakenOut, format!("{}: 1", unit.product)).product(&unit.product));
                Ok(TakenOut::Done(unit))
            })
        })
        .await
    }

    /// Everything that is free now, up to [`TAKEN_OUT_MAX`]: texts and then files, the oldest first.
    pub async fn all_free_units(&self, product: &ProductId, option: Option<&OptionId>) -> Result<Vec<FreeUnit>> {
        let mut units = self.store.read().await?.free_units(product, option, 0, TAKEN_OUT_MAX).await?;
        units.reverse();
        units.sort_by_key(|unit| unit.blob.is_some());
        Ok(units)
    }

    /// Takes those of these units out that are still free; tells which are not.
    pub async fn take_all_out(&self, product: &ProductId, units: &[FreeUnit]) -> Result<Vec<FreeUnit>> {
        let mut kept = Vec::new();
        for units in units.chunks(CHUNK) {
            let (id, ids) = (product.clone(), units.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>());
            let gone = self.write(move |tx| {
                Box::pin(async move {
                    let gone = tx.take_units_out(&ids).await?;
                    if let Some(first) = gone.first() {
                        tx.deed(Deed::new(DeedKind::StockTakenOut, format!("{id}: {}", gone.len())).product(&id).part(first));
                    }
                    Ok(gone)
                })
            });
            let gone: std::collections::HashSet<String> = gone.await?.into_iter().collect();
            kept.extend(units.iter().filter(|unit| !gone.contains(&unit.id)).cloned());
        }
        Ok(kept)
    }

    /// The first of these units as a document that can be sent in again, and how many of them are in it: texts as lines, or as a table when
    /// one of them has several lines; files in an archive. `number`: which document it is, from 1.
    pub async fn sent_back(&self, product: &ProductId, units: &[FreeUnit], number: usize) -> Result<(SentBack, usize)> {
        let texts: Vec<&str> = units.iter().take_while(|unit| unit.blob.is_none()).map(|unit| unit.content.as_str()).collect();
        if !texts.is_empty() {
            return Ok(texts_back(product, &texts, number));
        }
        let (mut archive, mut count) = (Packing::default(), 0);
        for unit in units {
            let Some(blob) = &unit.blob else { break };
            let bytes = self.blob(blob).await?.map(|(_, bytes)| bytes).unwrap_or_default();
            if count > 0 && archive.bytes() + bytes.len() > PART_BYTES_MAX {
                break;
            }
            archive.put(&unit.content, &bytes).map_err(|error| super::Error::Document(error.to_string()))?;
            count += 1;
        }
        let bytes = archive.finish().map_err(|error| super::Error::Document(error.to_string()))?;
        Ok((SentBack { name: part_name(product, number, "zip"), bytes }, count))
    }

    /// A page of sold units, the newest first, and whether there are more.
    pub async fn sold_units(&self, product: &ProductId, page: u32) -> Result<(Vec<SoldUnit>, bool)> {
        let (page, size) = (i64::from(page), i64::from(PAGE));
        let mut units = self.store.read().await?.units_sold(product, page * size, size + 1).await?;
        let more = units.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
        units.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
        Ok((units, more))
    }

    /// Sold units with `wanted` in them, the newest first, up to [`FOUND_MAX`].
    pub async fn find_sold(&self, product: &ProductId, wanted: &str) -> Result<Vec<SoldUnit>> {
        let (wanted, mut found, mut offset) = (wanted.trim().to_lowercase(), Vec::new(), 0);
        while offset < SEARCHED_MAX {
            let units = self.store.read().await?.units_sold(product, offset, READ_AT_ONCE).await?;
            let is_last = units.len() < usize::try_from(READ_AT_ONCE).unwrap_or(usize::MAX);
            found.extend(units.into_iter().filter(|unit| unit.content.to_lowercase().contains(&wanted)));
            if is_last || found.len() >= FOUND_MAX {
                break;
            }
            offset += READ_AT_ONCE;
        }
        found.truncate(FOUND_MAX);
        Ok(found)
    }
}

fn texts_back(product: &ProductId, texts: &[&str], number: usize) -> (SentBack, usize) {
    let as_rows = texts.iter().any(|text| text.contains(['\n', '\r']));
    let mut bytes = 0;
    let fitting = texts.iter().take_while(|text| {
        bytes += text.len() + 4;
        bytes <= PART_BYTES_MAX
    });
    let count = fitting.count().max(1);
    let part = texts.get(..count).unwrap_or(texts);
    let (end, bytes) = if as_rows { ("csv", written_as_rows(part)) } else { ("txt", format!("{}\n", part.join("\n")).into_bytes()) };
    (SentBack { name: part_name(product, number, end), bytes }, count)
}

fn part_name(product: &ProductId, number: usize, end: &str) -> String {
    if number == 1 { format!("{product}.{end}") } else { format!("{product}-{number}.{end}") }
}
