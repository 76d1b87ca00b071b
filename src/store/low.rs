//! What runs low: products, and options of products, each by itself.

use super::catalog::{ListedRow, localized};
use super::{Conn, Error, Listed, Result, execute, on, rows};
use crate::domain::option::OptionId;
use crate::domain::product::ProductId;

#[derive(sqlx::FromRow)]
struct LowRow {
    #[sqlx(flatten)]
    listed: ListedRow,
    option_name: Option<String>,
}

impl LowRow {
    fn into_listed(self) -> Result<Listed> {
        let mut listed = self.listed.into_listed()?;
        if let Some(option) = self.option_name.as_deref().map(localized).transpose()? {
            let both = |(language, name): (&str, &str)| (language.to_owned(), format!("{name} · {}", option.get(language)));
            listed.name = listed.name.iter().map(both).collect();
        }
        Ok(listed)
    }
}

impl Conn {
    /// Products on sale of which at most `most` units are left, and options of them, each by itself under both names; the scarcest first.
    pub async fn low_stock(&mut self, most: i64, limit: i64) -> Result<Vec<Listed>> {
        let sql = "SELECT id, name, price_minor, currency, kind, state, stock, options, option_name FROM (
                SELECT p.id, p.name, COALESCE(v.price_minor, p.price_minor) AS price_minor, p.currency, p.kind, p.state, p.position,
                    v.name AS option_name, COALESCE(v.position, 0) AS place, CAST(0 AS BIGINT) AS options,
                    (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.line_id IS NULL
                        AND (v.id IS NULL OR s.option_id = v.id)) AS stock
                FROM products p LEFT JOIN product_options v ON v.product_id = p.id
                WHERE p.state = 'on_sale' AND p.kind = 'keys') counted
            WHERE stock <= $1 ORDER BY stock, position, id, place LIMIT $2";
        let found = rows!(self, LowRow, sql, most, limit)?;
        found.into_iter().map(LowRow::into_listed).collect()
    }

    /// Free units of each option of a product, in the shop's order; of a product without options: of itself.
    pub async fn stock_by_option(&mut self, product: &ProductId) -> Result<Vec<(Option<OptionId>, i64)>> {
        let sql = "SELECT v.id, (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = v.product_id AND s.option_id = v.id
                AND s.line_id IS NULL) FROM product_options v WHERE v.product_id = $1 ORDER BY v.position, v.id";
        let found = rows!(self, (String, i64), sql, product.as_str())?;
        if found.is_empty() {
            return Ok(vec![(None, self.free_stock(product).await?)]);
        }
        let option = |(id, left): (String, i64)| match OptionId::parse(&id) {
            Some(option) => Ok((Some(option), left)),
            None => Err(Error::corrupt(format!("the option {id}"))),
        };
        found.into_iter().map(option).collect()
    }

    /// Notes that the low stock of a product, or of one of its options, is told of; false when it was told before.
    pub async fn note_low_stock(&mut self, product: &ProductId, option: Option<&OptionId>, now: i64) -> Result<bool> {
        let told = if let Some(option) = option {
            let sql = "INSERT INTO low_options_told (product_id, option_id, told_at) VALUES ($1, $2, $3)
                ON CONFLICT (product_id, option_id) DO NOTHING";
            execute!(self, sql, product.as_str(), option.as_str(), now)?
        } else {
            let sql = "INSERT INTO low_stock_told (product_id, told_at) VALUES ($1, $2) ON CONFLICT (product_id) DO NOTHING";
            execute!(self, sql, product.as_str(), now)?
        };
        Ok(told == 1)
    }

    /// There is enough again: the next time that it runs low is told.
    pub async fn forget_low_stock(&mut self, product: &ProductId, option: Option<&OptionId>) -> Result<()> {
        if let Some(option) = option {
            let sql = "DELETE FROM low_options_told WHERE product_id = $1 AND option_id = $2";
            execute!(self, sql, product.as_str(), option.as_str())?;
        } else {
            execute!(self, "DELETE FROM low_stock_told WHERE product_id = $1", product.as_str())?;
        }
        Ok(())
    }
}
