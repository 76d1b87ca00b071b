//! Units of stock: taken in once, reserved for a line, sold to a line, or free.

use std::collections::HashSet;

use sqlx::AssertSqlSafe;

use super::{Conn, Result, execute, new_id, on, row, rows};
use crate::domain::option::OptionId;
use crate::domain::product::ProductId;

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

impl Conn {
    /// Takes units in, in their order; a unit that this product has or ever had is left out.
    pub async fn add_stock(&mut self, product: &ProductId, units: &[String]) -> Result<Added> {
        self.add_stock_of(product, None, units).await
    }

    /// Takes units of an option in; see [`Self::add_stock`].
    pub async fn add_stock_of(&mut self, product: &ProductId, option: Option<&OptionId>, units: &[String]) -> Result<Added> {
        let sql = "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM stock_items WHERE product_id = $1";
        let first = row!(self, (i64,), sql, product.as_str())?.map_or(0, |(position,)| position) + 1;
        let units: Vec<(i64, &String)> = (first..).zip(units).collect();
        let mut added = Added::default();
        for batch in units.chunks(ROWS_MAX) {
            let new = self.insert_units(product, option, batch).await?;
            added.added += new;
            added.known += batch.len().saturating_sub(new);
        }
        Ok(added)
    }

    /// How many of these units a product never had, without taking any in; what stands there twice counts once. `seen`: what was counted
    /// before.
    pub async fn new_units(&mut self, product: &ProductId, units: &[String], seen: &mut HashSet<String>) -> Result<usize> {
        if units.is_empty() {
            return Ok(0);
        }
        let known = rows!(self, (String,), "SELECT fingerprint FROM stock_items WHERE product_id = $1", product.as_str())?;
        seen.extend(known.into_iter().map(|(fingerprint,)| fingerprint));
        Ok(units.iter().filter(|unit| seen.insert(self.sealer.fingerprint(unit))).count())
    }

    /// Writes units with their positions in one statement and tells how many were new.
    async fn insert_units(&mut self, product: &ProductId, option: Option<&OptionId>, units: &[(i64, &String)]) -> Result<usize> {
        let mut rows = Vec::with_capacity(units.len());
        for (position, unit) in units {
            rows.push((new_id(), *position, self.sealer.seal(CONTEXT, unit)?, self.sealer.fingerprint(unit)));
        }
        let values: Vec<String> =
            (0..rows.len()).map(|row| 4 * row + 3).map(|n| format!("(${n}, $1, $2, ${}, ${}, ${})", n + 1, n + 2, n + 3)).collect();
        let sql = format!(
            "INSERT INTO stock_items (id, product_id, option_id, position, content_sealed, fingerprint) VALUES {}
            ON CONFLICT (product_id, fingerprint) DO NOTHING",
            values.join(", ")
        );
        let option = option.map_or("", OptionId::as_str);
        // Nothing but numbered placeholders was put into the text.
        let new = on!(self, link => {
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(product.as_str()).bind(option);
            for (id, position, sealed, fingerprint) in rows {
                query = query.bind(id).bind(position).bind(sealed).bind(fingerprint);
            }
            query.execute(link).await.map(|done| done.rows_affected())
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

    /// The sold units of a line, opened.
    pub async fn sold_units(&mut self, line: &str) -> Result<Vec<String>> {
        let sql = "SELECT content_sealed FROM stock_items WHERE line_id = $1 AND sold_at IS NOT NULL ORDER BY position";
        let sealed = rows!(self, (String,), sql, line)?;
        sealed.iter().map(|(sealed,)| self.sealer.open(CONTEXT, sealed)).collect()
    }

    /// The units of a product, or of one of its options, that are not sold, opened, for the catalog file.
    pub async fn unsold_units(&mut self, product: &ProductId, option: Option<&OptionId>) -> Result<Vec<String>> {
        let sql = "SELECT content_sealed FROM stock_items WHERE product_id = $1 AND option_id = $2 AND sold_at IS NULL ORDER BY position";
        let sealed = rows!(self, (String,), sql, product.as_str(), option.map_or("", OptionId::as_str))?;
        sealed.iter().map(|(sealed,)| self.sealer.open(CONTEXT, sealed)).collect()
    }
}
