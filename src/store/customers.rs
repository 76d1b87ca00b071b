//! People: buyers and staff.

use super::{Conn, Error, Result, execute, on, row, rows};
use crate::domain::customer::{Customer, CustomerId, Role};

#[derive(sqlx::FromRow)]
pub(super) struct CustomerRow {
    id: i64,
    name: String,
    username: Option<String>,
    language: String,
    last_coin: Option<String>,
    reachable: bool,
    blocked_at: Option<i64>,
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Self {
        Self {
            id: CustomerId(row.id),
            name: row.name,
            username: row.username,
            language: row.language,
            last_coin: row.last_coin,
            reachable: row.reachable,
            blocked: row.blocked_at.is_some(),
        }
    }
}

impl Conn {
    /// Notes that somebody is here: a new customer, or a known one under a new name. The language is kept once it is known.
    pub async fn meet(&mut self, id: CustomerId, name: &str, username: Option<&str>, language: &str, now: i64) -> Result<Customer> {
        let sql = "INSERT INTO customers (id, name, username, language, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, username = excluded.username, reachable = TRUE
            RETURNING id, name, username, language, last_coin, reachable, blocked_at";
        // PostgreSQL keeps no zero bytes in a text, and a name is whatever its owner typed.
        let (name, username) = (name.replace('\0', ""), username.map(|username| username.replace('\0', "")));
        let row: Option<CustomerRow> = row!(self, CustomerRow, sql, id.0, name.as_str(), username.as_deref(), language, now)?;
        row.map(Customer::from).ok_or_else(|| Error::corrupt("no customer that was just written"))
    }

    /// A person who has written to the bot.
    pub async fn customer(&mut self, id: CustomerId) -> Result<Option<Customer>> {
        let sql = "SELECT id, name, username, language, last_coin, reachable, blocked_at FROM customers WHERE id = $1";
        Ok(row!(self, CustomerRow, sql, id.0)?.map(Customer::from))
    }

    /// Keeps the language in which a person wants to be spoken to.
    pub async fn set_language(&mut self, id: CustomerId, language: &str) -> Result<()> {
        execute!(self, "UPDATE customers SET language = $2 WHERE id = $1", id.0, language)?;
        Ok(())
    }

    /// Keeps the coin a person used last.
    pub async fn set_last_coin(&mut self, id: CustomerId, coin: &str) -> Result<()> {
        execute!(self, "UPDATE customers SET last_coin = $2 WHERE id = $1", id.0, coin)?;
        Ok(())
    }

    /// Keeps whether Telegram lets us write to a person.
    pub async fn set_reachable(&mut self, id: CustomerId, reachable: bool) -> Result<()> {
        execute!(self, "UPDATE customers SET reachable = $2 WHERE id = $1", id.0, reachable)?;
        Ok(())
    }

    /// What a person may do in the shop, if anything.
    pub async fn role(&mut self, id: CustomerId) -> Result<Option<Role>> {
        let role: Option<(String,)> = row!(self, (String,), "SELECT role FROM staff WHERE customer_id = $1", id.0)?;
        role.map(|(code,)| Role::parse(&code).ok_or_else(|| Error::corrupt(format!("the role {code}")))).transpose()
    }

    /// Gives a person a role.
    pub async fn set_role(&mut self, id: CustomerId, role: Role, now: i64) -> Result<()> {
        let sql = "INSERT INTO staff (customer_id, role, added_at) VALUES ($1, $2, $3)
            ON CONFLICT (customer_id) DO UPDATE SET role = excluded.role";
        execute!(self, sql, id.0, role.code(), now)?;
        Ok(())
    }

    /// Everybody with a role, the first first.
    pub async fn staff(&mut self) -> Result<Vec<(CustomerId, Role)>> {
        let found = rows!(self, (i64, String), "SELECT customer_id, role FROM staff ORDER BY added_at, customer_id")?;
        found
            .into_iter()
            .map(|(id, code)| Ok((CustomerId(id), Role::parse(&code).ok_or_else(|| Error::corrupt(format!("the role {code}")))?)))
            .collect()
    }
}
