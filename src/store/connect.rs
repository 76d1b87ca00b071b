//! Opening the database: place, durability, migrations, data key.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::presence::Presence;
use super::writer::Writer;
use super::{Conn, Db, Error, Result, Sealer, Store, execute, on, random, row};

/// Connections that read beside the one that writes.
const SQLITE_READERS: u32 = 4;
/// Connections to a PostgreSQL server for reading, and as many for writing.
const POSTGRES_CONNECTIONS: u32 = 8;
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
        let key = match data_key {
            Some(key) => key,
            None => key_file(&data_dir.join("data.key"))?,
        };
        let sealer = Arc::new(Sealer::new(&key)?);
        let (db, lock) = match place {
            Place::Sqlite(path) => {
                let lock = lock(path)?;
                (sqlite(path, sealer.clone()).await?, Some(lock))
            }
            Place::Postgres(url) => (postgres(url).await?, None),
        };
        let store = Self { db, sealer, lock: Arc::new(Mutex::new(lock)) };
        store.write(|tx| Box::pin(async move { tx.check_data_key().await })).await?;
        Ok(store)
    }
}

impl Conn {
    /// Leaves a mark that only the right key opens, or opens the mark that is there.
    async fn check_data_key(&mut self) -> Result<()> {
        // Of two programs that start on one new database, one leaves the mark and the other must be able to open it.
        let fresh = self.sealer.seal(KEY_CHECK, "kiosk")?;
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        execute!(self, sql, KEY_CHECK, fresh)?;
        let mark: Option<(String,)> = row!(self, (String,), "SELECT value FROM settings WHERE name = $1", KEY_CHECK)?;
        let opened = mark.map(|(mark,)| self.sealer.open(KEY_CHECK, &mark));
        opened.and_then(Result::ok).map(|_| ()).ok_or(Error::WrongDataKey)
    }
}

async fn sqlite(path: &Path, sealer: Arc<Sealer>) -> Result<Db> {
    if let Some(folder) = path.parent() {
        make_private_dir(folder)?;
    }
    make_private_file(path)?;
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
    let readers = SqlitePoolOptions::new().max_connections(SQLITE_READERS).connect_with(options.pragma("query_only", "ON")).await?;
    Ok(Db::Sqlite { readers, writer: Writer::start(connection, sealer) })
}

async fn postgres(url: &SecretString) -> Result<Db> {
    let options = PgConnectOptions::from_str(url.expose_secret())?;
    let pool = || PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(BUSY_TIMEOUT);
    let writers = pool().connect_with(options.clone()).await?;
    sqlx::migrate!("./migrations").run(&writers).await?;
    let presence = Arc::new(Presence::announce(&options).await?);
    let readers = pool().connect_with(options.options([("default_transaction_read_only", "on")])).await?;
    Ok(Db::Postgres { readers, writers, presence })
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
    let path = database.with_extension("lock");
    if let Some(folder) = path.parent() {
        make_private_dir(folder)?;
    }
    let failed = |source| Error::File { context: format!("cannot lock {}", path.display()), source };
    let file = File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Occupied),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// An empty file that only its owner may read, unless there is a file already. SQLite gives the files beside it the same rights.
fn make_private_file(path: &Path) -> Result<()> {
    private_file(path).map(|_| ()).map_err(|source| Error::File { context: format!("cannot open {}", path.display()), source })
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reads the data key, or makes one that only its owner may read. It is on the disk before anything is sealed with it.
fn key_file(path: &Path) -> Result<[u8; 32]> {
    read_or_make_key(path)
        .map_err(|source| Error::File { context: format!("cannot read or make the data key {}", path.display()), source })?
        .ok_or_else(|| Error::corrupt(format!("no data key of 32 bytes in {}", path.display())))
}

/// Reads the data key, and makes none.
pub(super) fn key_in(path: &Path) -> Result<[u8; 32]> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::File { context: format!("cannot read the data key {}", path.display()), source })?;
    decoded(&text).ok_or_else(|| Error::corrupt(format!("no data key of 32 bytes in {}", path.display())))
}

fn decoded(text: &str) -> Option<[u8; 32]> {
    data_encoding::BASE64.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok())
}

fn read_or_make_key(path: &Path) -> std::io::Result<Option<[u8; 32]>> {
    let mut file = private_file(path)?;
    // Of two programs that start at once, one makes the key and the other waits, then reads it.
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    if text.is_empty() {
        let key: [u8; 32] = random();
        writeln!(file, "{}", data_encoding::BASE64.encode(&key))?;
        file.sync_all()?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        return Ok(Some(key));
    }
    Ok(decoded(&text))
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
