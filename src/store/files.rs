//! Pictures and documents, and what Telegram calls those that it has.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::{Conn, Result, on, quiet, row};
use crate::domain::product::BlobId;

pub(super) const CONTEXT: &str = "file";
/// Most QR codes that are forgotten at once.
const CODES_MAX: i64 = 10_000;

/// The name of these bytes when they are kept.
pub fn blob_id(bytes: &[u8]) -> BlobId {
    BlobId(HEXLOWER.encode(digest(&SHA256, bytes).as_ref()))
}

impl Conn {
    /// Keeps bytes, sealed, under the hash of them; the same bytes are kept once.
    pub async fn put_blob(&mut self, media_type: &str, bytes: &[u8]) -> Result<BlobId> {
        let BlobId(id) = blob_id(bytes);
        let sealed = self.sealer.seal_bytes(CONTEXT, bytes)?;
        let sql = "INSERT INTO blobs (id, media_type, bytes_sealed) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
        quiet!(self, sql, &id, media_type, &sealed)?;
        Ok(BlobId(id))
    }

    /// Media type and bytes.
    pub async fn blob(&mut self, id: &BlobId) -> Result<Option<(String, Vec<u8>)>> {
        let found: Option<(String, Vec<u8>)> =
            row!(self, (String, Vec<u8>), "SELECT media_type, bytes_sealed FROM blobs WHERE id = $1", &id.0)?;
        found.map(|(media_type, sealed)| Ok((media_type, self.sealer.open_bytes(CONTEXT, &sealed)?))).transpose()
    }

    /// Telegram's id of the file that was sent under this name.
    pub async fn telegram_file(&mut self, name: &str) -> Result<Option<String>> {
        let found: Option<(String,)> = row!(self, (String,), "SELECT file_id FROM telegram_files WHERE name = $1", name)?;
        Ok(found.map(|(file_id,)| file_id))
    }

    /// Keeps Telegram's id of a file.
    pub async fn set_telegram_file(&mut self, name: &str, file_id: &str) -> Result<()> {
        let sql = "INSERT INTO telegram_files (name, file_id) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET file_id = excluded.file_id";
        quiet!(self, sql, name, file_id)?;
        Ok(())
    }

    /// Forgets QR codes of offers that ended before a moment (unix seconds UTC), 10 000 at most at a time; tells how many. Each was named by
    /// its invoice and its amount: `qr:`, sixteen letters and digits, a colon, a number.
    pub async fn forget_codes(&mut self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM telegram_files WHERE name IN (
            SELECT f.name FROM telegram_files f LEFT JOIN invoices i ON i.id = SUBSTR(f.name, 4, 16)
            WHERE f.name LIKE 'qr:%' AND COALESCE(i.offer_ends_at, 0) < $1 LIMIT $2)";
        Ok(quiet!(self, sql, before, CODES_MAX)?)
    }

    /// Forgets Telegram's id of a file: it does not know it any more.
    pub async fn forget_telegram_file(&mut self, name: &str) -> Result<()> {
        quiet!(self, "DELETE FROM telegram_files WHERE name = $1", name)?;
        Ok(())
    }
}
