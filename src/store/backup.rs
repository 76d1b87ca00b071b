//! A copy of a SQLite database while a shop works on it. PostgreSQL has tools of its own for that.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use super::connect::{BUSY_TIMEOUT, beside};
use super::key_file::sync_folder_of;
use super::restored::COPY;
use super::{Error, Result, Store};

/// What stands in the header of a copy that no shop was opened on yet ("Kcpy" in ASCII).
const MARK: u32 = 0x4b63_7079;
const PUT_MARK: &str = "PRAGMA application_id = 1264808057";
/// Where SQLite keeps the `application_id` (database file format, 1.3), big-endian.
const MARK_AT: u64 = 68;

impl Store {
    /// Writes one consistent copy of the database `from` into the new file `to`, which only its owner may read. A shop may be at work
    /// on it: the lock is not asked for. The data key is not in the copy.
    ///
    /// The file has another name until it is whole, knows that it is a copy, and is on the disk. What a backup has left that was killed is
    /// thrown away by the next one.
    ///
    /// # Errors
    /// When `to` exists, or one of the files cannot be used; then there is no `to`.
    pub async fn back_up_sqlite(from: &Path, to: &Path) -> Result<()> {
        let failed = |source| Error::File { context: format!("cannot make the backup {}", to.display()), source };
        if to.try_exists().map_err(failed)? {
            return Err(failed(ErrorKind::AlreadyExists.into()));
        }
        let part = beside(to, ".part");
        throw_away(&part).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // SQLite fills an empty file that is there already, so that nobody can put another one in its place.
        let file = options.open(&part).map_err(failed)?;
        let copied = match vacuum_into(from, &part).await {
            Ok(()) => file.sync_all().and_then(|()| put_in_place(&part, to)).map_err(failed),
            copied => copied,
        };
        if copied.is_err() {
            let _ = throw_away(&part);
        }
        copied
    }
}

/// Takes away what is not a backup yet. Its journal first: it would be carried over into the next file of this name.
fn throw_away(part: &Path) -> std::io::Result<()> {
    for file in [beside(part, "-journal"), part.to_owned()] {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Gives a copy that is done its name, unless another file has it by now.
fn put_in_place(part: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(part, to) {
        Ok(()) => {}
        // A disk that knows no second names.
        Err(error) if error.kind() != ErrorKind::AlreadyExists && !to.try_exists()? => std::fs::rename(part, to)?,
        Err(error) => return Err(error),
    }
    let placed = throw_away(part).and_then(|()| sync_folder_of(to));
    if placed.is_err() {
        let _ = std::fs::remove_file(to);
    }
    placed
}

async fn vacuum_into(from: &Path, to: &Path) -> Result<()> {
    refuse_a_foreign_log(from)?;
    let options = SqliteConnectOptions::new().filename(from).create_if_missing(false).busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await?;
    let name = to.to_str().ok_or_else(|| Error::corrupt("a name of a backup that is not valid UTF-8"))?;
    sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await?;
    connection.close().await?;
    mark(to).await
}

/// Whoever opens the copy as a shop must know that it is one: see [`Conn::was_a_copy`](super::Conn::was_a_copy).
async fn mark(copy: &Path) -> Result<()> {
    let mut connection = SqliteConnectOptions::new().filename(copy).create_if_missing(false).connect().await?;
    let sql = "INSERT INTO settings (name, value) VALUES ($1, 'true') ON CONFLICT (name) DO NOTHING";
    sqlx::query(sql).bind(COPY).execute(&mut connection).await?;
    sqlx::query(PUT_MARK).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Refuses a copy that was put in the place of a database whose log still lies there: SQLite would carry that log over into the copy, and
/// say nothing about it.
pub(super) fn refuse_a_foreign_log(database: &Path) -> Result<()> {
    let log = beside(database, "-wal");
    let has_log = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    if has_log && is_marked(database)? { Err(Error::ForeignLog { log }) } else { Ok(()) }
}

/// Takes the mark off a copy on which a shop is opened: from then on the log beside it is its own.
pub(super) async fn unmark(database: &Path) -> Result<()> {
    // Cut short by a power cut, this leaves a journal that brings the mark back as soon as the file is opened.
    if !is_marked(database)? && !beside(database, "-journal").exists() {
        return Ok(());
    }
    // In the file itself and not in a log, beside which the file would still carry the mark. That the journal is gone reaches the disk before
    // the log begins.
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.journal_mode(SqliteJournalMode::Delete).synchronous(SqliteSynchronous::Extra).connect().await?;
    sqlx::query("PRAGMA application_id = 0").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn is_marked(database: &Path) -> Result<bool> {
    let failed = |source| Error::File { context: format!("cannot read {}", database.display()), source };
    let mut mark = [0; 4];
    let read = File::open(database).and_then(|mut file| {
        file.seek(SeekFrom::Start(MARK_AT))?;
        file.read_exact(&mut mark)
    });
    match read {
        Ok(()) => Ok(u32::from_be_bytes(mark) == MARK),
        // A database that is only being made.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
