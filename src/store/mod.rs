//! The only SQL. One text for SQLite and PostgreSQL, over native drivers; what must happen together happens in one [`Store::write`].
//!
//! On SQLite every write goes through one task that commits whatever waits as one transaction and answers after the commit has reached
//! the disk: durable and fast at once. On PostgreSQL each write is a transaction of its own.

mod catalog;
mod connect;
mod customers;
mod dialogues;
mod files;
mod invoices;
mod jobs;
mod ledger;
mod orders;
mod seal;
mod settings;
mod stock;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::BoxFuture;
use ring::rand::{SecureRandom, SystemRandom};
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use self::catalog::{Listed, Shelf};
pub use self::connect::Place;
pub use self::jobs::{Job, JobKind, NewJob, Outcome};
pub use self::ledger::{Case, CaseKind, NewCase, PaymentFact};
pub use self::orders::{OrderFilter, SalesSince};
pub use self::seal::Sealer;
pub use self::settings::ShopSettings;
pub use self::stock::Added;
use crate::domain::order::OrderId;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused")]
    Sql(#[from] sqlx::Error),
    #[error("the migrations of the database cannot be run")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database holds {what}, which Kiosk does not understand")]
    Corrupt { what: String },
    #[error(
        "the data key does not open what this database holds: set the KIOSK_DATA_KEY, or restore the file data.key, with which it was written"
    )]
    WrongDataKey,
    #[error("{context}")]
    File {
        context: String,
        #[source]
        source: std::io::Error,
    },
    #[error("another kiosk runs on this data directory")]
    Occupied,
    #[error("the database is closing")]
    Closed,
    #[error("a write stopped with a panic; nothing of it was kept")]
    Panicked,
}

/// What store methods return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// For a stored value that cannot be read.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

/// The database. Cloning it gives the same one.
#[derive(Clone)]
pub struct Store {
    db: Db,
    sealer: Arc<Sealer>,
    /// Held as long as the store lives: one program per data directory.
    _lock: Arc<Option<std::fs::File>>,
}

#[derive(Clone)]
enum Db {
    Sqlite { readers: SqlitePool, writer: writer::Writer },
    Postgres(PgPool),
}

/// One connection, inside a transaction or not. Its methods, spread over the files of this room, are all the SQL there is.
pub struct Conn {
    link: Link,
    sealer: Arc<Sealer>,
}

enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// Runs one expression on whichever driver the connection has.
macro_rules! on {
    ($conn:expr, $link:ident => $query:expr) => {
        match &mut $conn.link {
            $crate::store::Link::Sqlite($link) => {
                let $link = &mut **$link;
                $query
            }
            $crate::store::Link::Postgres($link) => {
                let $link = &mut **$link;
                $query
            }
            $crate::store::Link::PostgresTx($link) => {
                let $link = &mut **$link;
                $query
            }
        }
    };
}

/// All rows of a query, each as `$row`.
macro_rules! rows {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on!($conn, link => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(link).await)
    };
}

/// The first row of a query as `$row`, if there is one.
macro_rules! row {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on!($conn, link => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(link).await)
    };
}

/// How many rows a statement changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        on!($conn, link => sqlx::query($sql)$(.bind($arg))*.execute(link).await.map(|done| done.rows_affected()))
    };
}

use {execute, on, row, rows};

impl Store {
    /// A connection for reading; what it reads was committed.
    pub async fn read(&self) -> Result<Conn> {
        let link = match &self.db {
            Db::Sqlite { readers, .. } => Link::Sqlite(readers.acquire().await?),
            Db::Postgres(pool) => Link::Postgres(pool.acquire().await?),
        };
        Ok(Conn { link, sealer: self.sealer.clone() })
    }

    /// Carries out `work` in one transaction and answers once it is committed. Any error undoes all of it.
    pub async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        match &self.db {
            Db::Sqlite { writer, .. } => writer.write(work).await,
            Db::Postgres(pool) => {
                let mut conn = Conn { link: Link::PostgresTx(pool.begin().await?), sealer: self.sealer.clone() };
                let value = work(&mut conn).await?;
                match conn.link {
                    Link::PostgresTx(tx) => tx.commit().await?,
                    Link::Sqlite(_) | Link::Postgres(_) => return Err(Error::Closed),
                }
                Ok(value)
            }
        }
    }

    /// Finishes what is being written and closes every connection.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { readers, writer } => {
                writer.close().await;
                readers.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether one program alone uses this database, so that nobody else can hold a lease.
    pub fn is_alone(&self) -> bool {
        matches!(self.db, Db::Sqlite { .. })
    }
}

/// Sixteen random letters and digits: an id for rows that people never see.
pub fn new_id() -> String {
    data_encoding::BASE32_NOPAD.encode(&random::<10>()).to_ascii_lowercase()
}

/// A new id for an order.
pub fn new_order_id() -> OrderId {
    OrderId::from_random(random())
}

/// Random bytes fit for secrets.
///
/// A machine without randomness is a machine on which nothing can be sold: the program stops.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        tracing::error!("the machine gives no random numbers");
        std::process::abort();
    }
    bytes
}

/// Ids that rise with time, also over restarts: jobs of one lane run in their order.
pub(crate) fn rising_id(now_millis: i64) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let [a, b] = random::<2>();
    let candidate = (now_millis << 20) | (i64::from(a) << 8) | i64::from(b);
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(candidate.max(last + 1))).unwrap_or(0);
    candidate.max(last + 1)
}
