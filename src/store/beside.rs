//! Reading a database beside the shop that works on it: nothing is locked, migrated or written, and no key is made.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::connect::{BUSY_TIMEOUT, KEY_CHECK, Place};
use super::server::ANSWERS_WITHIN;
use super::{Conn, Error, Link, Result, Sealer, Store, key_file, on, row, rows, server};

impl Store {
    /// One connection that can only read, also while a shop runs on the database. End it with [`Conn::close`].
    ///
    /// # Errors
    /// When the place cannot be used, its schema is not the one of this release, or the key is not the one it was written with.
    pub async fn open_read_only(place: &Place, data_dir: &Path, data_key: Option<[u8; 32]>) -> Result<Conn> {
        let link = match place {
            Place::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(BUSY_TIMEOUT);
                let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options.pragma("query_only", "ON")).await?;
                Link::Sqlite(pool.acquire().await?)
            }
            Place::Postgres(url) => {
                let options = server::options(url)?.options([("default_transaction_read_only", "on")]);
                let pool = server::pool().max_connections(1).connect_with(options).await?;
                Link::Postgres(pool.acquire().await?)
            }
        };
        let key = match data_key {
            Some(key) => key,
            None => key_file::read(data_dir)?,
        };
        let mut conn = Conn::new(link, Arc::new(Sealer::new(&key)?), ANSWERS_WITHIN);
        conn.is_of_this_release().await?;
        conn.key_opens().await?;
        Ok(conn)
    }
}

impl Conn {
    /// Closes the connection itself, not only this use of it: SQLite then leaves no file of ours behind.
    pub async fn close(self) {
        let closed = match self.link {
            Link::Sqlite(connection) => connection.close().await,
            Link::Postgres(connection) => connection.close().await,
            Link::PostgresTx(tx) => tx.rollback().await,
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "a connection to the database was not closed in order");
        }
    }

    async fn is_of_this_release(&mut self) -> Result<()> {
        let sql = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
        let done = match rows!(self, (i64,), sql) {
            // Nothing was ever migrated here.
            Err(sqlx::Error::Database(_)) => return Err(Error::OtherRelease),
            done => done?,
        };
        let ours = sqlx::migrate!("./migrations");
        let same = ours.iter().map(|migration| migration.version).eq(done.into_iter().map(|(version,)| version));
        if same { Ok(()) } else { Err(Error::OtherRelease) }
    }

    /// Whether the data key opens the mark that was left with it.
    pub(super) async fn key_opens(&mut self) -> Result<()> {
        let mark: Option<(String,)> = row!(self, (String,), "SELECT value FROM settings WHERE name = $1", KEY_CHECK)?;
        let opened = mark.map(|(mark,)| self.sealer.open(KEY_CHECK, &mark));
        opened.and_then(Result::ok).map(|_| ()).ok_or(Error::WrongDataKey)
    }
}
