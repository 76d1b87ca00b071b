//! Where products and categories stand.

use super::catalog::product_id;
use super::{Conn, Result, execute, on, row, rows};
use crate::domain::product::{CategoryId, ProductId};

impl Conn {
    /// How many products that are not archived stand in a category.
    pub async fn products_in(&mut self, category: &CategoryId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM products WHERE category_id = $1 AND state <> 'archived'";
        Ok(row!(self, (i64,), sql, category.as_str())?.map_or(0, |(count,)| count))
    }

    /// The products of a category, or those without one, that are not archived: their ids and positions, in their order.
    pub async fn places_in(&mut self, category: Option<&CategoryId>) -> Result<Vec<(ProductId, i64)>> {
        let sql = "SELECT id, position FROM products WHERE COALESCE(category_id, '') = $1 AND state <> 'archived' ORDER BY position, id";
        let found = rows!(self, (String, i64), sql, category.map_or("", CategoryId::as_str))?;
        found.into_iter().map(|(id, position)| Ok((product_id(&id)?, position))).collect()
    }

    /// Puts a product at a position.
    pub async fn set_product_position(&mut self, id: &ProductId, position: i64) -> Result<()> {
        execute!(self, "UPDATE products SET position = $2 WHERE id = $1", id.as_str(), position)?;
        Ok(())
    }

    /// Takes a category away; products that still name it, archived ones, name none any more. False when there is none such.
    pub async fn delete_category(&mut self, id: &CategoryId) -> Result<bool> {
        execute!(self, "UPDATE products SET category_id = NULL WHERE category_id = $1", id.as_str())?;
        Ok(execute!(self, "DELETE FROM categories WHERE id = $1", id.as_str())? == 1)
    }
}
