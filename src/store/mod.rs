//! The only SQL. One text for SQLite and PostgreSQL, over native drivers; what must happen together happens in one [`Store::write`].
//!
//! On SQLite every write goes through one task that commits whatever waits as one transaction and answers after the commit has reached
//! the disk: durable and fast at once. On PostgreSQL each write is a transaction of its own. Both keep the same promises: a write is kept
//! whole or not at all, also when a statement's error is swallowed, the work panics, or whoever asked for it has gone.

mod albums;
mod audit;
mod backup;
mod beside;
mod books;
mod broadcasts;
mod cards;
mod catalog;
mod caution;
mod claims;
mod connect;
mod customer_list;
mod customers;
mod dialogues;
mod exports;
mod figures;
mod files;
mod history;
mod invoices;
mod jobs;
mod key_file;
mod ledger;
mod low;
mod memberships;
mod order_lists;
mod orders;
mod presence;
mod resolutions;
mod restored;
mod rotate;
mod seal;
mod server;
mod settings;
mod shelves;
mod staff;
mod stock;
mod support;
mod units;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use ring::rand::{SecureRandom, SystemRandom};
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use self::audit::{Actor, AuditEntry, AuditOf, Chain, Deed, NOBODY};
pub use self::books::Booked;
pub use self::broadcasts::{Audience, Broadcast, BroadcastState, Reached};
pub use self::cards::LeftCard;
pub use self::catalog::{Listed, Shelf};
pub use self::caution::Caution;
pub use self::claims::{Job, Outcome, Places};
pub use self::connect::Place;
pub use self::customer_list::{CustomerFacts, CustomerLine, CustomerOrder};
pub use self::exports::{Asked, CustomerRecord, OrderRecord, PaymentRecord, StockRecord, UnitRecord};
pub use self::figures::{PaidDay, PaidProduct, Stretch};
pub use self::files::blob_id;
pub use self::history::{Happened, HistoryEntry};
pub use self::jobs::{JobKind, NewJob, NewUpdate};
pub use self::ledger::{Case, CaseKind, CreditEntry, NewCase, PaymentFact};
pub use self::memberships::{Membership, MembershipPart};
pub use self::order_lists::OrderList;
pub use self::orders::OrderFilter;
pub use self::rotate::Rotated;
pub use self::seal::Sealer;
pub use self::settings::{MoneyKept, ShopSettings};
pub use self::stock::{Added, Unit, UnitFile};
pub use self::units::{FreeUnit, KnownUnit, SoldUnit};
use crate::domain::order::OrderId;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused")]
    Sql(#[from] sqlx::Error),
    #[error("the migrations of the database cannot be run")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("the database holds {what}, which Kiosk does not understand")]
    Corrupt { what: String },
    #[error(
        "the data key does not open what this database holds: set the KIOSK_DATA_KEY, or restore the file data.key, with which it was written"
    )]
    WrongDataKey,
    #[error("the database did not say whether the new data key is in force: keep the old one and the new one")]
    KeyInDoubt,
    #[error("{context}")]
    File {
        context: String,
        #[source]
        source: std::io::Error,
    },
    #[error("another kiosk runs on this database")]
    Occupied,
    #[error("the database has the schema of another release: bring it up to date with `kiosk migrate`, or use the release that runs on it")]
    OtherRelease,
    #[error("there is no shop in this database yet: the first start of the shop makes one, and so does `kiosk migrate`")]
    Empty,
    #[error(
        "the database is a copy made by `kiosk backup`, and the log of another one lies beside it: move {} away, and the file of the same \
         name that ends in -shm, then start again; what is in the log belongs to the database that was there before",
        log.display()
    )]
    ForeignLog { log: PathBuf },
    #[error("the database is closing")]
    Closed,
    #[error("a statement of a write had failed, and the write went on; nothing of it was kept")]
    Spoiled,
    #[error("a write stopped with a panic; nothing of it was kept")]
    Panicked,
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            // A migration was applied that this release does not know.
            sqlx::migrate::MigrateError::VersionMissing(_) => Self::OtherRelease,
            error => Self::Migrate(error),
        }
    }
}

/// What store methods return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// For a stored value that cannot be read.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    /// Whether PostgreSQL gave this write up for another one that wanted the same rows in another order: tried again it goes well.
    pub(crate) fn is_lost_race(&self) -> bool {
        let Self::Sql(sqlx::Error::Database(error)) = self else { return false };
        // PostgreSQL, appendix A: serialization_failure and deadlock_detected.
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }
}

/// The database. Cloning it gives the same one.
#[derive(Clone)]
pub struct Store {
    db: Db,
    sealer: Arc<Sealer>,
    /// Held until the store is closed or gone: one program per SQLite file.
    lock: Arc<Mutex<Option<std::fs::File>>>,
    /// See [`Store::answered_within`].
    limit: Duration,
}

#[derive(Clone)]
enum Db {
    Sqlite {
        readers: SqlitePool,
        writer: writer::Writer,
    },
    /// `is_stuck`: whether the last write was lost; each is a transaction of its own there.
    Postgres {
        readers: PgPool,
        writers: PgPool,
        presence: Arc<presence::Presence>,
        is_stuck: Arc<AtomicBool>,
    },
}

/// One connection: for reading alone, or inside a transaction. Its methods, spread over the files of this room, are all the SQL there is.
pub struct Conn {
    link: Link,
    sealer: Arc<Sealer>,
    /// Whether a statement of this write has failed. PostgreSQL does nothing more in such a transaction, and SQLite may have ended it and
    /// would keep what comes next: so nothing comes next.
    failed: bool,
    /// Who of the staff makes this write, when somebody does.
    acting: Option<audit::Acting>,
    /// The longest that a server may take to answer a statement.
    limit: Duration,
}

enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// Waits for one statement on whichever driver the connection has, unless a statement before it has failed; a server may take only so long.
macro_rules! on {
    ($conn:expr, $link:ident => $query:expr) => {{
        let result = if $conn.failed {
            Err(sqlx::Error::Protocol("a statement before this one has failed".to_owned()))
        } else {
            let limit = $conn.limit;
            match &mut $conn.link {
                $crate::store::Link::Sqlite($link) => {
                    let $link = &mut **$link;
                    $query.await
                }
                $crate::store::Link::Postgres($link) => {
                    let $link = &mut **$link;
                    $crate::store::server::within(limit, $query).await
                }
                $crate::store::Link::PostgresTx($link) => {
                    let $link = &mut **$link;
                    $crate::store::server::within(limit, $query).await
                }
            }
        };
        $conn.failed |= result.is_err();
        result
    }};
}

/// All rows of a query, each as `$row`.
macro_rules! rows {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on!($conn, link => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(link))
    };
}

/// The first row of a query as `$row`, if there is one.
macro_rules! row {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on!($conn, link => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(link))
    };
}

/// How many rows a statement changed. What is changed while somebody of the staff acts is written down: see [`audit`].
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let changed = $crate::store::quiet!($conn, $sql $(, $arg)*);
        $conn.has_changed(changed.as_ref().is_ok_and(|rows| *rows > 0));
        changed
    }};
}

/// The same for what is no change to the shop: a lock, a job, a half-typed form, a file before anything uses it.
macro_rules! quiet {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        on!($conn, link => futures_util::TryFutureExt::map_ok(sqlx::query($sql)$(.bind($arg))*.execute(link), |done| done.rows_affected()))
    };
}

use {execute, on, quiet, row, rows};

impl Store {
    /// A store that waits for a PostgreSQL server no longer than that, for each of its answers.
    #[must_use]
    pub fn answered_within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// A connection for reading; what it reads was committed. Several statements on it may see several moments.
    ///
    /// There are few of them: nobody holds one while asking for another, or for a write.
    pub async fn read(&self) -> Result<Conn> {
        let link = match &self.db {
            Db::Sqlite { readers, .. } => Link::Sqlite(readers.acquire().await.map_err(unless_closed)?),
            Db::Postgres { readers, .. } => Link::Postgres(readers.acquire().await.map_err(unless_closed)?),
        };
        Ok(Conn::new(link, self.sealer.clone(), self.limit))
    }

    /// Carries out `work` in one transaction and answers once it is committed. Any error undoes all of it, also one that `work` swallows.
    ///
    /// Once it has begun it is carried out, even when nobody waits for the answer any more. `work` does nothing but statements: all other
    /// writes may be waiting for it. It never asks the store for another write.
    pub async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        match &self.db {
            Db::Sqlite { writer, .. } => writer.write(work).await,
            Db::Postgres { writers, is_stuck, .. } => {
                let transaction = server::transaction(writers.clone(), self.sealer.clone(), self.limit, work);
                // In a task of its own, so that neither a panic nor a caller that goes away leaves it half done.
                match tokio::spawn(transaction).await {
                    Ok(result) => {
                        // One that lost a race or broke a rule counts as well: whoever asks tries another one, which tells.
                        is_stuck.store(matches!(result, Err(Error::Sql(_) | Error::Spoiled)), Ordering::SeqCst);
                        result
                    }
                    Err(stopped) if stopped.is_panic() => Err(Error::Panicked),
                    Err(_) => Err(Error::Closed),
                }
            }
        }
    }

    /// Whether a write would be kept now. After one that was lost as a whole (the disk is full, the file is locked, the server only lets
    /// read) another one is tried.
    pub async fn can_write(&self) -> Result<()> {
        let is_stuck = match &self.db {
            Db::Sqlite { writer, .. } => writer.is_stuck(),
            Db::Postgres { is_stuck, .. } => is_stuck.load(Ordering::SeqCst),
        };
        if is_stuck { self.write(|tx| Box::pin(async move { tx.take_room().await })).await } else { Ok(()) }
    }

    /// Finishes what is being read and written, closes every connection, and lets the next program in.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { readers, writer } => {
                // The writer last: whoever closes the file last folds the write-ahead log back into it.
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres { readers, writers, presence, .. } => {
                readers.close().await;
                writers.close().await;
                presence.end().await;
            }
        }
        if let Some(lock) = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Said aloud: a process that is being started by this one may hold a copy of the file for a moment.
            let _ = lock.unlock();
        }
    }

    /// Whether one program alone uses this database, so that nobody else can hold a lease.
    pub fn is_alone(&self) -> bool {
        matches!(self.db, Db::Sqlite { .. })
    }
}

impl Conn {
    fn new(link: Link, sealer: Arc<Sealer>, limit: Duration) -> Self {
        Self { link, sealer, failed: false, acting: None, limit }
    }

    /// The text for this connection's driver, of the few that cannot be one: those that read a list.
    fn spoken(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.link {
            Link::Sqlite(_) => sqlite,
            Link::Postgres(_) | Link::PostgresTx(_) => postgres,
        }
    }
}

fn unless_closed(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::PoolClosed => Error::Closed,
        error => Error::Sql(error),
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
    // Twenty random bits, so that two programs on one database do not meet in one millisecond.
    let [a, b, c] = random::<3>();
    let candidate = (now_millis << 20) | (i64::from(a & 15) << 16) | (i64::from(b) << 8) | i64::from(c);
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(candidate.max(last + 1))).unwrap_or(0);
    candidate.max(last + 1)
}
