//! How cases ended, in words: those of people and of the shop alike are sealed.

use super::{CaseKind, Conn, Result, execute, on, rows};
use crate::domain::order::OrderId;

pub(super) const CONTEXT: &str = "resolution";
/// Rows that are sealed at once.
const PAGE: i64 = 200;

impl Conn {
    /// Closes a case with what was done; false when it was closed before.
    pub async fn close_case(&mut self, id: &str, resolution: &str, now: i64) -> Result<bool> {
        let sealed = self.sealer.seal(CONTEXT, resolution)?;
        let sql = "UPDATE cases SET closed_at = $2, resolution_sealed = $3 WHERE id = $1 AND closed_at IS NULL";
        Ok(execute!(self, sql, id, now, sealed)? == 1)
    }

    /// Closes every open case of one kind about an order.
    pub async fn close_cases_of(&mut self, order: &OrderId, kind: CaseKind, resolution: &str, now: i64) -> Result<()> {
        let sealed = self.sealer.seal(CONTEXT, resolution)?;
        let sql = "UPDATE cases SET closed_at = $3, resolution_sealed = $4 WHERE order_id = $1 AND kind = $2 AND closed_at IS NULL";
        execute!(self, sql, order.as_str(), kind.code(), now, sealed)?;
        Ok(())
    }

    /// Closes every open case of one kind about an invoice.
    pub async fn close_cases_of_invoice(&mut self, invoice: &str, kind: CaseKind, resolution: &str, now: i64) -> Result<()> {
        let sealed = self.sealer.seal(CONTEXT, resolution)?;
        let sql = "UPDATE cases SET closed_at = $3, resolution_sealed = $4 WHERE invoice_id = $1 AND kind = $2 AND closed_at IS NULL";
        execute!(self, sql, invoice, kind.code(), now, sealed)?;
        Ok(())
    }

    /// Closes those cases of one kind about an invoice that go on in a newer one.
    pub(super) async fn close_older_cases(&mut self, invoice: &str, kind: CaseKind, newer: &str, now: i64) -> Result<()> {
        let sealed = self.sealer.seal(CONTEXT, "it goes on in a newer case")?;
        let sql = "UPDATE cases SET closed_at = $4, resolution_sealed = $5
            WHERE invoice_id = $1 AND kind = $2 AND id <> $3 AND closed_at IS NULL";
        execute!(self, sql, invoice, kind.code(), newer, now, sealed)?;
        Ok(())
    }

    /// Seals what an older release kept in the clear. SQLite may still have it in parts of the file that nothing uses; a change of the data
    /// key wipes them.
    pub(super) async fn seal_resolutions(&mut self) -> Result<()> {
        loop {
            let sql = "SELECT id, resolution FROM cases WHERE resolution IS NOT NULL ORDER BY id LIMIT $1";
            let page = rows!(self, (String, String), sql, PAGE)?;
            if page.is_empty() {
                return Ok(());
            }
            for (id, plain) in page {
                let sealed = self.sealer.seal(CONTEXT, &plain)?;
                execute!(self, "UPDATE cases SET resolution_sealed = $2, resolution = NULL WHERE id = $1", id, sealed)?;
            }
        }
    }
}
