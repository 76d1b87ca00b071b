//! A copy of a SQLite database while a shop works on it. PostgreSQL has tools of its own for that.

use std::fs::OpenOptions;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::connect::BUSY_TIMEOUT;
use super::restored::COPY;
use super::{Error, Result, Store};

impl Store {
    /// Writes one consistent copy of the database `from` into the new file `to`, which only its owner may read. A shop may be at work
    /// on it: the lock is not asked for. The data key is not in the copy.
    ///
    /// # Errors
    /// When `to` exists, or one of the files cannot be used; then there is no `to`.
    pub async fn back_up_sqlite(from: &Path, to: &Path) -> Result<()> {
        let failed = |source| Error::File { context: format!("cannot make the backup {}", to.display()), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // SQLite fills an empty file that is there already, so that nobody can put another one in its place.
        let file = options.open(to).map_err(failed)?;
        let copied = vacuum_into(from, to).await;
        if copied.is_err() {
            let _ = std::fs::remove_file(to);
        }
        copied.and_then(|()| file.sync_all().map_err(failed))
    }
}

async fn vacuum_into(from: &Path, to: &Path) -> Result<()> {
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
    connection.close().await?;
    Ok(())
}
