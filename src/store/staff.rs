//! Who runs the shop, and the one-time invitations of those who will.

use super::{Conn, Error, NOBODY, Result, execute, on, quiet, row};
use crate::domain::customer::{CustomerId, Role};

impl Conn {
    /// How many owners there are, held against everybody else until this transaction ends: on PostgreSQL by their rows, on SQLite there is
    /// one writer anyway.
    pub async fn hold_owners(&mut self) -> Result<i64> {
        quiet!(self, "UPDATE staff SET role = role WHERE role = 'owner'")?;
        // A statement of its own: it sees what was committed while this one waited.
        Ok(row!(self, (i64,), "SELECT COUNT(*) FROM staff WHERE role = 'owner'")?.map_or(0, |(count,)| count))
    }

    /// Takes a person's role away; false when there was none.
    pub async fn end_role(&mut self, id: CustomerId) -> Result<bool> {
        Ok(execute!(self, "DELETE FROM staff WHERE customer_id = $1", id.0)? == 1)
    }

    /// Keeps an invitation by the digest of its code.
    pub async fn add_invitation(&mut self, digest: &str, role: Role, by: CustomerId, expires_at: i64) -> Result<()> {
        let sql = "INSERT INTO invitations (digest, role, made_by, expires_at) VALUES ($1, $2, $3, $4)";
        execute!(self, sql, digest, role.code(), by.0, expires_at)?;
        Ok(())
    }

    /// Takes an invitation that is still good at `now`, so that of several who take it only one gets it: its role, and who made it. One
    /// that was made by somebody who is no owner any more is good for nothing.
    pub async fn take_invitation(&mut self, digest: &str, now: i64) -> Result<Option<(Role, CustomerId)>> {
        let sql = "DELETE FROM invitations WHERE digest = $1 AND expires_at > $2
            AND (made_by = $3 OR made_by IN (SELECT customer_id FROM staff WHERE role = 'owner')) RETURNING role, made_by";
        let Some((role, by)) = row!(self, (String, i64), sql, digest, now, NOBODY.0)? else { return Ok(None) };
        let role = Role::parse(&role).ok_or_else(|| Error::corrupt(format!("the role {role}")))?;
        Ok(Some((role, CustomerId(by))))
    }

    /// Takes back every invitation that somebody has made and that is still good at `now`; tells how many.
    pub async fn end_invitations_by(&mut self, maker: CustomerId, now: i64) -> Result<u64> {
        Ok(execute!(self, "DELETE FROM invitations WHERE made_by = $1 AND expires_at > $2", maker.0, now)?)
    }

    /// How many invitations that somebody has made are still good at `now`.
    pub async fn invitations_by(&mut self, maker: CustomerId, now: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM invitations WHERE made_by = $1 AND expires_at > $2";
        Ok(row!(self, (i64,), sql, maker.0, now)?.map_or(0, |(count,)| count))
    }

    /// Forgets invitations that have ended.
    pub async fn end_invitations(&mut self, now: i64) -> Result<()> {
        execute!(self, "DELETE FROM invitations WHERE expires_at <= $1", now)?;
        Ok(())
    }
}
