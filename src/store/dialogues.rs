//! What the bot last asked a person for. Survives restarts, and is sealed: answers may hold addresses and goods.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Conn, Error, Result, on, quiet, row};

pub(super) const CONTEXT: &str = "dialogue";

impl Conn {
    /// What is being asked in a chat. A form of an older release that cannot be read any more is no form.
    pub async fn dialogue<T: DeserializeOwned>(&mut self, chat: i64) -> Result<Option<T>> {
        let found: Option<(String,)> = row!(self, (String,), "SELECT state_sealed FROM dialogues WHERE chat_id = $1", chat)?;
        let Some((sealed,)) = found else { return Ok(None) };
        Ok(serde_json::from_str(&self.sealer.open(CONTEXT, &sealed)?).ok())
    }

    /// Keeps what is being asked.
    pub async fn set_dialogue<T: Serialize>(&mut self, chat: i64, state: &T, now: i64) -> Result<()> {
        let json = serde_json::to_string(state).map_err(|_| Error::corrupt("a form that is no JSON"))?;
        let sealed = self.sealer.seal(CONTEXT, &json)?;
        let sql = "INSERT INTO dialogues (chat_id, state_sealed, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (chat_id) DO UPDATE SET state_sealed = excluded.state_sealed, updated_at = excluded.updated_at";
        quiet!(self, sql, chat, sealed, now)?;
        Ok(())
    }

    /// Nothing is being asked any more.
    pub async fn end_dialogue(&mut self, chat: i64) -> Result<()> {
        quiet!(self, "DELETE FROM dialogues WHERE chat_id = $1", chat)?;
        Ok(())
    }
}
