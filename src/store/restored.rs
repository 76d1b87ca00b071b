//! A database that was put back from a backup: what it calls unsold may have been sold since the backup was made.

use super::{Conn, Result, execute, new_id, on, rows};
use crate::domain::language::Localized;
use crate::domain::product::{NAME_CHARS_MAX, Product, ProductId, ProductState};

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
    /// there are. A person may sell from there what surely was not sold before. What an earlier copy left there is there already, unless
    /// it is on sale by now.
    pub async fn set_stock_aside(&mut self) -> Result<u64> {
        let sql = "SELECT DISTINCT product_id FROM stock_items WHERE sold_at IS NULL ORDER BY product_id";
        let mut moved = 0;
        for (from,) in rows!(self, (String,), sql)? {
            let Some(id) = ProductId::parse(&from) else { continue };
            let Some(mut product) = self.product(&id).await? else { continue };
            if !is_aside(&product) {
                let Some(aside) = ProductId::parse(&format!("{ASIDE_ID}{}", new_id())) else { continue };
                product.id = aside;
                product.state = ProductState::Hidden;
                let name = product.name.get("en");
                let name = format!("{ASIDE}{}", name.strip_prefix(ASIDE).unwrap_or(name));
                product.name = Localized::plain(name.chars().take(NAME_CHARS_MAX).collect::<String>());
                self.put_product(&product).await?;
            }
            let sql = "UPDATE stock_items SET product_id = $2, line_id = NULL WHERE product_id = $1 AND sold_at IS NULL";
            moved += execute!(self, sql, id.as_str(), product.id.as_str())?;
        }
        Ok(moved)
    }
}

/// Whether a product was made to hold what was set aside, and is so still. By its id alone it may be a seller's own.
fn is_aside(product: &Product) -> bool {
    product.state == ProductState::Hidden && product.id.as_str().starts_with(ASIDE_ID) && product.name.get("en").starts_with(ASIDE)
}
