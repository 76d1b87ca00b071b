//! Documents that came as one album, and what became of each of them: one row for a chat, which the next album takes over.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Conn, Error, Result, on, quiet, row};

pub(super) const CONTEXT: &str = "album";

impl Conn {
    /// The message in which an album of a chat is answered, and what became of its documents; none when another came last.
    pub async fn album<T: DeserializeOwned>(&mut self, chat: i64, name: &str) -> Result<Option<(i32, T)>> {
        let sql = "SELECT message, parts_sealed FROM albums WHERE chat_id = $1 AND name = $2";
        let Some((message, sealed)) = row!(self, (i64, String), sql, chat, name)? else { return Ok(None) };
        let parts = serde_json::from_str(&self.sealer.open(CONTEXT, &sealed)?);
        Ok(i32::try_from(message).ok().zip(parts.ok()))
    }

    /// Keeps it.
    pub async fn set_album<T: Serialize>(&mut self, chat: i64, name: &str, message: i32, parts: &T) -> Result<()> {
        let json = serde_json::to_string(parts).map_err(|_| Error::corrupt("an album that is no JSON"))?;
        let sealed = self.sealer.seal(CONTEXT, &json)?;
        let sql = "INSERT INTO albums (chat_id, name, message, parts_sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (chat_id)
            DO UPDATE SET name = excluded.name, message = excluded.message, parts_sealed = excluded.parts_sealed";
        quiet!(self, sql, chat, name, i64::from(message), sealed)?;
        Ok(())
    }
}
