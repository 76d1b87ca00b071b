//! A database that was put back from a backup: what it calls unsold may have been sold since the backup was made.

use super::{Conn, Result, execute, new_id, on, rows};
use crate::domain::language::Localized;
use crate::domain::product::{NAME_CHARS_MAX, ProductId, ProductState};

/// The setting that a copy has and its original has not.
pub(super) const COPY: &str = "copy";
/// What the name of a product begins with that holds what was set aside.
const ASIDE: &str = "Set aside: ";

/// What the id of such a product begins with.
const ASIDE_ID: &str = "aside-";

impl Conn {
    /// Whether this database is a copy that nobody has looked after yet; afterwards it is none.
    pub async fn was_a_copy(&mut self) -> Result<bool> {
        self.take_setting(COPY).await
    }

    /// Moves every unit that is not sold, reserved ones too, to hidden products, one for each product that has any; tells how many units
    /// there were. A person may sell from there what surely was not sold before.
    pub async fn set_stock_aside(&mut self) -> Result<u64> {
        let sql = "SELECT DISTINCT product_id FROM stock_items WHERE sold_at IS NULL ORDER BY product_id";
        let mut moved = 0;
        for (from,) in rows!(self, (String,), sql)? {
            let id = ProductId::parse(&from).filter(|id| !id.as_str().starts_with(ASIDE_ID));
            let Some(id) = id else { continue };
            let Some(mut product) = self.product(&id).await? else { continue };
            let Some(aside) = ProductId::parse(&format!("{ASIDE_ID}{}", new_id())) else { continue };
            product.id = aside.clone();
            product.state = ProductState::Hidden;
            let name: String = format!("{ASIDE}{}", product.name.get("en")).chars().take(NAME_CHARS_MAX).collect();
            product.name = Localized::plain(name);
            self.put_product(&product).await?;
            let sql = "UPDATE stock_items SET product_id = $2, line_id = NULL WHERE product_id = $1 AND sold_at IS NULL";
            moved += execute!(self, sql, id.as_str(), aside.as_str())?;
        }
        Ok(moved)
    }
}
