//! Looking at a database, also beside the shop that works on it: nothing is locked, migrated or written, and no key is made.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::connect::{BUSY_TIMEOUT, KEY_CHECK, Place};
use super::server::ANSWERS_WITHIN;
use super::{Conn, Error, Link, Result, Sealer, Store, backup, key_file, on, quiet, random, row, rows, server};

impl Store {
    /// One connection that can only read, also while a shop runs on the database. End it with [`Conn::close`].
    ///
    /// # Errors
    /// When the place cannot be used, nothing is in it yet, its schema is not the one of this release, or the key is not the one it was
    /// written with.
    pub async fn open_read_only(place: &Place, data_dir: &Path, data_key: Option<[u8; 32]>) -> Result<Conn> {
        let link = match place {
            Place::Sqlite(path) if !path.exists() => return Err(Error::Empty),
            Place::Sqlite(path) => {
                backup::refuse_a_foreign_log(path)?;
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(BUSY_TIMEOUT);
                let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options.pragma("query_only", "ON")).await?;
                Link::Sqlite(pool.acquire().await?)
            }
            Place::Postgres(url) => {
                let options = server::options(url)?.options([("default_transaction_read_only", "on")]);
                let pool = server::connected(server::pool().max_connections(1), options).await?;
                Link::Postgres(pool.acquire().await?)
            }
        };
        // Of no use until the schema is known to be ours: a database without one has no key either.
        let mut conn = Conn::new(link, Arc::new(Sealer::new(&[0; 32])?), ANSWERS_WITHIN);
        match conn.look_with(data_dir, data_key).await {
            Ok(()) => Ok(conn),
            Err(error) => {
                conn.close().await;
                Err(error)
            }
        }
    }

    /// A connection to a shop in which there is nothing, for a look at what it would become. It is in memory, and goes with the connection.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub async fn nothing() -> Result<Conn> {
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(SqliteConnectOptions::new().in_memory(true)).await?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        Ok(Conn::new(Link::Sqlite(pool.acquire().await?), Arc::new(Sealer::new(&random())?), ANSWERS_WITHIN))
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

    /// Lets everything that is read from now on be of one moment, until the connection is closed.
    pub async fn at_one_moment(&mut self) -> Result<()> {
        let sql = self.spoken("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        quiet!(self, sql)?;
        Ok(())
    }

    /// What time it is for a database that programs share, in unix seconds UTC; none for one that stands on this machine.
    pub async fn server_time(&mut self) -> Result<Option<i64>> {
        if matches!(self.link, Link::Sqlite(_)) {
            return Ok(None);
        }
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)";
        Ok(row!(self, (i64,), sql)?.map(|(now,)| now))
    }

    /// Whether this release and this key may read here. The key of a rotation that was cut short may, as it may at the next start.
    async fn look_with(&mut self, data_dir: &Path, data_key: Option<[u8; 32]>) -> Result<()> {
        self.is_of_this_release().await?;
        let key = match data_key {
            Some(key) => key,
            None => key_file::read(data_dir)?,
        };
        self.sealer = Arc::new(Sealer::new(&key)?);
        match self.key_opens().await {
            Err(Error::WrongDataKey) if data_key.is_none() => {
                let next = key_file::next(data_dir).ok_or(Error::WrongDataKey)?;
                self.sealer = Arc::new(Sealer::new(&next)?);
                self.key_opens().await
            }
            opened => opened,
        }
    }

    async fn is_of_this_release(&mut self) -> Result<()> {
        let sql = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
        let done = match rows!(self, (i64,), sql) {
            // Nothing was ever migrated here (PostgreSQL, appendix A: undefined_table; SQLite has no code for it).
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") || error.message().contains("no such table") => {
                return Err(Error::Empty);
            }
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
