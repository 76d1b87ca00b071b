//! Units of stock: taken in once, reserved for a line, sold to a line, or free. A unit is a text, or a file under its name.

use std::collections::HashSet;

use futures_util::TryFutureExt as _;
use sqlx::AssertSqlSafe;

use super::files::CONTEXT as FILE_CONTEXT;
use super::{Conn, Result, execute, new_id, on, quiet, row, rows};
use crate::domain::option::OptionId;
use crate::domain::product::{BlobId, ProductId};

pub(super) const CONTEXT: &str = "stock";
/// Units in one statement: fewer round trips, and far from the most parameters that either database takes (32 766 and 65 535).
const ROWS_MAX: usize = 250;

/// What became of a list of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added {
    pub added: usize,
    /// Left out because the product has or had them already.
    pub known: usize,
}

/// A unit that is opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Unit {
    /// The text, or the name of the file.
    pub content: String,
    /// The bytes of the file, when it is one.
    pub blob: Option<BlobId>,
}

/// A unit to be taken in that is a file.
#[derive(Clone)]
pub struct UnitFile {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

type UnitRow = (String, Option<String>);

impl Conn {
    /// Takes units in, in their order; a unit that this product has or ever had is left out.
    pub async fn add_stock(&mut self, product: &ProductId, units: &[String]) -> Result<Added> {
        self.add_stock_of(product, None, units).await
    }

    /// Takes units of an option in; see [`Self::add_stock`].
    pub async fn add_stock_of(&mut self, product: &ProductId, option: Option<&OptionId>, units: &[String]) -> Result<Added> {
        self.add_stock_by("", product, option, units).await
    }

    /// Takes units in that `intake` has brought.
    pub async fn add_stock_by(&mut self, intake: &str, product: &ProductId, option: Option<&OptionId>, units: &[String]) -> Result<Added> {
        let first = self.next_position(product).await?;
        let units: Vec<(i64, &String)> = (first..).zip(units).collect();
        let mut added = Added::default();
        for batch in units.chunks(ROWS_MAX) {
            let new = self.insert_units(intake, product, option, batch).await?;
            added.added += new;
            added.known += batch.len().saturating_sub(new);
        }
        Ok(added)
    }

    /// Takes one file in that `intake` has brought, as a unit; false when this product has or had a file with the same bytes.
    pub async fn add_stock_file(&mut self, intake: &str, product: &ProductId, option: Option<&OptionId>, file: &UnitFile) -> Result<bool> {
        let fingerprint = self.sealer.fingerprint_file(&file.bytes);
        let sql = "SELECT id FROM stock_items WHERE product_id = $1 AND fingerprint = $2";
        if row!(self, (String,), sql, product.as_str(), &fingerprint)?.is_some() {
            return Ok(false);
        }
        let (position, blob) = (self.next_position(product).await?, new_id());
        let sealed = self.sealer.seal_bytes(FILE_CONTEXT, &file.bytes)?;
        let sql = "INSERT INTO blobs (id, media_type, bytes_sealed) VALUES ($1, $2, $3)";
        quiet!(self, sql, &blob, file.media_type, &sealed)?;
        let sql = "INSERT INTO stock_items (id, product_id, option_id, position, content_sealed, fingerprint, blob_id, intake)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (product_id, fingerprint) DO NOTHING";
        let (name, option) = (self.sealer.seal(CONTEXT, &file.name)?, option.map_or("", OptionId::as_str));
        let new = execute!(self, sql, new_id(), product.as_str(), option, position, name, fingerprint, &blob, intake)?;
        if new == 0 {
            self.drop_unit_file(&blob).await?;
        }
        Ok(new == 1)
    }

    /// How many units of a product `intake` has brought.
    pub async fn brought_by(&mut self, intake: &str, product: &ProductId) -> Result<usize> {
        let sql = "SELECT COUNT(*) FROM stock_items WHERE product_id = $1 AND intake = $2";
        Ok(row!(self, (i64,), sql, product.as_str(), intake)?.map_or(0, |(count,)| usize::try_from(count).unwrap_or(0)))
    }

    /// Whether `intake` has brought a file with these bytes.
    pub async fn file_was_brought_by(&mut self, intake: &str, product: &ProductId, bytes: &[u8]) -> Result<bool> {
        let sql = "SELECT id FROM stock_items WHERE product_id = $1 AND fingerprint = $2 AND intake = $3";
        Ok(row!(self, (String,), sql, product.as_str(), self.sealer.fingerprint_file(bytes), intake)?.is_some())
    }

    async fn next_position(&mut self, product: &ProductId) -> Result<i64> {
        let sql = "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM stock_items WHERE product_id = $1";
        Ok(row!(self, (i64,), sql, product.as_str())?.map_or(0, |(position,)| position) + 1)
    }

    /// How many of these units, texts and files, a product never had, without taking any in; what stands there twice counts once. `seen`:
    /// what was counted before.
    pub async fn new_units(&mut self, product: &ProductId, units: &[String], files: &[&[u8]], seen: &mut HashSet<String>) -> Result<usize> {
        if units.is_empty() && files.is_empty() {
            return Ok(0);
        }
        let known = rows!(self, (String,), "SELECT fingerprint FROM stock_items WHERE product_id = $1", product.as_str())?;
        seen.extend(known.into_iter().map(|(fingerprint,)| fingerprint));
        let texts = units.iter().map(|unit| self.sealer.fingerprint(unit));
        let files = files.iter().map(|bytes| self.sealer.fingerprint_file(bytes));
        Ok(texts.chain(files).filter(|fingerprint| seen.insert(fingerprint.clone())).count())
    }

    /// Writes units with their positions in one statement and tells how many were new.
    async fn insert_units(
        &mut self,
        intake: &str,
        product: &ProductId,
        option: Option<&OptionId>,
        units: &[(i64, &String)],
    ) -> Result<usize> {
        let mut rows = Vec::with_capacity(units.len());
        for (position, unit) in units {
            rows.push((new_id(), *position, self.sealer.seal(CONTEXT, unit)?, self.sealer.fingerprint(unit)));
        }
        let values: Vec<String> =
            (0..rows.len()).map(|row| 4 * row + 4).map(|n| format!("(${n}, $1, $2, $3, ${}, ${}, ${})", n + 1, n + 2, n + 3)).collect();
        let sql = format!(
            "INSERT INTO stock_items (id, product_id, option_id, intake, position, content_sealed, fingerprint) VALUES {}
            ON CONFLICT (product_id, fingerprint) DO NOTHING",
            values.join(", ")
        );
        let option = option.map_or("", OptionId::as_str);
        // Nothing but numbered placeholders was put into the text.
        let new = on!(self, link => {
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(product.as_str()).bind(option).bind(intake);
            for (id, position, sealed, fingerprint) in rows {
                query = query.bind(id).bind(position).bind(sealed).bind(fingerprint);
            }
            query.execute(link).map_ok(|done| done.rows_affected())
        })?;
        self.has_changed(new > 0);
        Ok(usize::try_from(new).unwrap_or(usize::MAX))
    }

    /// How many units of a product are free.
    pub async fn free_stock(&mut self, product: &ProductId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM stock_items WHERE product_id = $1 AND line_id IS NULL";
        Ok(row!(self, (i64,), sql, product.as_str())?.map_or(0, |(count,)| count))
    }

    /// How many units of one option are free; of a product without options: all of them.
    pub async fn free_stock_of(&mut self, product: &ProductId, option: Option<&OptionId>) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM stock_items WHERE product_id = $1 AND option_id = $2 AND line_id IS NULL";
        Ok(row!(self, (i64,), sql, product.as_str(), option.map_or("", OptionId::as_str))?.map_or(0, |(count,)| count))
    }

    /// How many units of an option are not sold, those that are set aside too.
    pub async fn unsold_of(&mut self, product: &ProductId, option: &OptionId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM stock_items WHERE product_id = $1 AND option_id = $2 AND sold_at IS NULL";
        Ok(row!(self, (i64,), sql, product.as_str(), option.as_str())?.map_or(0, |(count,)| count))
    }

    /// Sets free units of what the line is about aside for it until it has `quantity`; tells how many it has then.
    ///
    /// A conditional statement: of two lines that want the last one, one gets it. PostgreSQL looks at a row again after it waited for the
    /// other, finds it taken, and leaves it; then the next free ones are tried.
    pub async fn reserve_stock(&mut self, product: &ProductId, line: &str, quantity: u32) -> Result<u32> {
        let mut held = self.line_stock(line).await?;
        let option = row!(self, (String,), "SELECT option_id FROM order_lines WHERE id = $1", line)?;
        let option = option.and_then(|(option,)| OptionId::parse(&option));
        while held < quantity {
            let sql = "UPDATE stock_items SET line_id = $2 WHERE line_id IS NULL AND id IN
                (SELECT id FROM stock_items WHERE product_id = $1 AND option_id = $4 AND line_id IS NULL ORDER BY position LIMIT $3)";
            let chosen = option.as_ref().map_or("", OptionId::as_str);
            let taken = execute!(self, sql, product.as_str(), line, i64::from(quantity - held), chosen)?;
            held += u32::try_from(taken).unwrap_or(u32::MAX);
            if taken == 0 && self.free_stock_of(product, option.as_ref()).await? == 0 {
                break;
            }
        }
        Ok(held)
    }

    /// How many units a line has, reserved or sold.
    pub async fn line_stock(&mut self, line: &str) -> Result<u32> {
        let count = row!(self, (i64,), "SELECT COUNT(*) FROM stock_items WHERE line_id = $1", line)?;
        Ok(count.map_or(0, |(count,)| u32::try_from(count).unwrap_or(u32::MAX)))
    }

    /// Gives back what is reserved for a line; sold units stay.
    pub async fn release_stock(&mut self, line: &str) -> Result<()> {
        execute!(self, "UPDATE stock_items SET line_id = NULL WHERE line_id = $1 AND sold_at IS NULL", line)?;
        Ok(())
    }

    /// Makes what is reserved for a line the buyer's, for ever.
    pub async fn sell_stock(&mut self, line: &str, now: i64) -> Result<()> {
        execute!(self, "UPDATE stock_items SET sold_at = $2 WHERE line_id = $1 AND sold_at IS NULL", line, now)?;
        Ok(())
    }

    /// The sold units of a line, opened: texts, and names of files.
    pub async fn sold_units(&mut self, line: &str) -> Result<Vec<String>> {
        Ok(self.sold_goods(line).await?.into_iter().map(|unit| unit.content).collect())
    }

    /// The sold units of a line, opened.
    pub async fn sold_goods(&mut self, line: &str) -> Result<Vec<Unit>> {
        let sql = "SELECT content_sealed, blob_id FROM stock_items WHERE line_id = $1 AND sold_at IS NOT NULL ORDER BY position";
        let found = rows!(self, UnitRow, sql, line)?;
        found.into_iter().map(|row| self.unit_in(row)).collect()
    }

    /// The units of a product, or of one of its options, that are not sold, opened, for the catalog file.
    pub async fn unsold_units(&mut self, product: &ProductId, option: Option<&OptionId>) -> Result<Vec<String>> {
        Ok(self.unsold_goods(product, option).await?.into_iter().map(|unit| unit.content).collect())
    }

    /// The same, with the files among them.
    pub async fn unsold_goods(&mut self, product: &ProductId, option: Option<&OptionId>) -> Result<Vec<Unit>> {
        let sql = "SELECT content_sealed, blob_id FROM stock_items
            WHERE product_id = $1 AND option_id = $2 AND sold_at IS NULL ORDER BY position";
        let found = rows!(self, UnitRow, sql, product.as_str(), option.map_or("", OptionId::as_str))?;
        found.into_iter().map(|row| self.unit_in(row)).collect()
    }

    fn unit_in(&self, (sealed, blob): UnitRow) -> Result<Unit> {
        Ok(Unit { content: self.sealer.open(CONTEXT, &sealed)?, blob: blob.map(BlobId) })
    }

    /// Takes the bytes of a unit away, which nothing uses any more, and what Telegram calls them.
    pub(super) async fn drop_unit_file(&mut self, blob: &str) -> Result<()> {
        quiet!(self, "DELETE FROM blobs WHERE id = $1", blob)?;
        self.forget_telegram_file(&format!("file:{blob}")).await
    }

    /// The message that shows how far an intake is.
    pub async fn intake_message(&mut self, intake: &str) -> Result<Option<i32>> {
        let found = row!(self, (i64,), "SELECT message FROM stock_intakes WHERE name = $1", intake)?;
        Ok(found.and_then(|(message,)| i32::try_from(message).ok()))
    }

    /// Keeps which message shows how far an intake is; none: it has come to its end.
    pub async fn set_intake_message(&mut self, intake: &str, message: Option<i32>) -> Result<()> {
        match message {
            Some(message) => {
                let sql = "INSERT INTO stock_intakes (name, message) VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET message = excluded.message";
                quiet!(self, sql, intake, i64::from(message))?
            }
            None => quiet!(self, "DELETE FROM stock_intakes WHERE name = $1", intake)?,
        };
        Ok(())
    }
}
