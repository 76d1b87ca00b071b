//! Opening the database: place, durability, migrations, data key.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::presence::Presence;
use super::server::ANSWERS_WITHIN;
use super::writer::Writer;
use super::{Conn, Db, Error, Result, Sealer, Store, backup, execute, key_file, on, random, row, server};

/// Connections that read beside the one that writes.
const SQLITE_READERS: u32 = 4;
/// How long a lock of another program is waited for.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How much must fit before writing is said to work again, in lines of 64 bytes.
const ROOM: usize = 512;
/// The setting that tells whether the data key is the right one.
pub(super) const KEY_CHECK: &str = "data-key-check";

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file; it and its folder are made when they are not there.
    Sqlite(PathBuf),
    /// A `postgres://` address. It may hold a password.
    Postgres(SecretString),
}

impl Store {
    /// Opens the database, brings its schema up to date and checks the data key. `data_dir` holds, when `data_key` is none, the key that
    /// is made at the first start.
    ///
    /// # Errors
    /// When the place cannot be used, another program uses it, or the key is not the one it was written with.
    pub async fn open(place: &Place, data_dir: &Path, data_key: Option<[u8; 32]>) -> Result<Self> {
        make_private_dir(data_dir)?;
        if let Some(key) = data_key {
            return Self::open_with(place, &key).await;
        }
        let key = key_file::read_or_make(data_dir)?;
        let opened = Self::open_with(place, &key).await;
        let Err(Error::WrongDataKey) = opened else { return opened };
        // Asked only now: what a rotation has left behind is nothing to whoever opens the database without it.
        match key_file::next(data_dir) {
            // A rotation was cut short between its last two steps: everything is sealed with the new key already.
            Some(next) => {
                let store = Self::open_with(place, &next).await?;
                key_file::put_next_in_force(data_dir)?;
                tracing::info!("the new data key is in force: its rotation was cut short and is finished now");
                Ok(store)
            }
            // A rotation that was under way when this program started is over by now.
            None => Self::open_with(place, &key_file::read(data_dir)?).await,
        }
    }

    pub(super) async fn open_with(place: &Place, key: &[u8; 32]) -> Result<Self> {
        let sealer = Arc::new(Sealer::new(key)?);
        let (db, lock) = match place {
            Place::Sqlite(path) => {
                let lock = lock(path)?;
                (sqlite(path, sealer.clone()).await?, Some(lock))
            }
            Place::Postgres(url) => (postgres(url, sealer.clone()).await?, None),
        };
        let store = Self { db, sealer, lock: Arc::new(Mutex::new(lock)), limit: ANSWERS_WITHIN };
        let checked = store
            .write(|tx| {
                Box::pin(async move {
                    tx.check_data_key().await?;
                    tx.seal_resolutions().await
                })
            })
            .await;
        if checked.is_err() {
            store.close().await;
        }
        checked.map(|()| store)
    }
}

impl Conn {
    /// Leaves a mark that only the right key opens, or opens the mark that is there.
    async fn check_data_key(&mut self) -> Result<()> {
        // Of two programs that start on one new database, one leaves the mark and the other must be able to open it.
        let fresh = self.sealer.seal(KEY_CHECK, "kiosk")?;
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        execute!(self, sql, KEY_CHECK, fresh)?;
        self.key_opens().await
    }
}

async fn sqlite(path: &Path, sealer: Arc<Sealer>) -> Result<Db> {
    if let Some(folder) = path.parent() {
        make_private_dir(folder)?;
    }
    make_private_file(path)?;
    backup::refuse_a_foreign_log(path)?;
    backup::unmark(path).await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL anything less may lose what was acknowledged when the power fails, and a lost assignment sells a key twice.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let writing = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    sqlx::migrate!("./migrations").run(&writing).await?;
    let mut connection = writing.acquire().await?;
    let (journal,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    let (synchronous,): (i64,) = sqlx::query_as("PRAGMA synchronous").fetch_one(&mut *connection).await?;
    if journal != "wal" || synchronous != 2 {
        return Err(Error::corrupt(format!("journal mode {journal} and synchronous {synchronous}, not wal and 2 (FULL)")));
    }
    // A write beside the writer would be neither batched nor in turn: it is refused.
    let readers = SqlitePoolOptions::new().max_connections(SQLITE_READERS);
    // A file does not hang up: nobody asks whether it is still there before each read.
    let readers = readers.test_before_acquire(false).connect_with(options.pragma("query_only", "ON")).await?;
    Ok(Db::Sqlite { readers, writer: Writer::start(connection, sealer) })
}

async fn postgres(url: &SecretString, sealer: Arc<Sealer>) -> Result<Db> {
    let options = server::options(url)?;
    let writers = server::connected(server::pool(), options.clone()).await?;
    // As long as they take.
    sqlx::migrate!("./migrations").run(&writers).await?;
    let presence = Arc::new(Presence::announce(&options, sealer).await?);
    let readers = server::connected(server::pool(), options.options([("default_transaction_read_only", "on")])).await?;
    Ok(Db::Postgres { readers, writers, presence, is_stuck: Arc::default() })
}

/// A folder that only its owner may enter.
fn make_private_dir(folder: &Path) -> Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| Error::File { context: format!("cannot make the folder {}", folder.display()), source })
}

/// Two programs on one SQLite file would each hold jobs of the other: the second does not start.
fn lock(database: &Path) -> Result<File> {
    // Behind the whole name: `shop.db` and `shop.lock` are two databases.
    let path = beside(database, ".lock");
    if let Some(folder) = path.parent() {
        make_private_dir(folder)?;
    }
    let failed = |source| Error::File { context: format!("cannot lock {}", path.display()), source };
    // Nothing in it is touched: whatever has this name may be somebody's.
    let file = key_file::private_file(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Occupied),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The file that belongs to a database and has its name with `ending` behind it.
pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// An empty file that only its owner may read, unless there is a file already. SQLite gives the files beside it the same rights.
fn make_private_file(path: &Path) -> Result<()> {
    key_file::private_file(path).map(|_| ()).map_err(|source| Error::File { context: format!("cannot open {}", path.display()), source })
}

impl Conn {
    /// Writes something that says nothing, and takes as much room as any other write of a shop.
    pub(super) async fn take_room(&mut self) -> Result<()> {
        self.set_setting("room", &data_encoding::HEXLOWER.encode(&random::<32>()).repeat(ROOM)).await
    }

    /// Whether the database answers.
    pub async fn ping(&mut self) -> Result<()> {
        let _: Option<(i64,)> = row!(self, (i64,), "SELECT CAST(1 AS BIGINT)")?;
        Ok(())
    }
}
