//! Another data key: everything that is sealed is sealed anew, in one transaction.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _};

use super::connect::{KEY_CHECK, Place};
use super::server::ANSWERS_WITHIN;
use super::{
    Conn, Error, Result, Sealer, Store, albums, catalog, customer_list, dialogues, execute, files, jobs, key_file, ledger, memberships, on,
    orders, random, resolutions, row, rows, stock, support,
};

/// Rows that are read at once.
const PAGE: i64 = 200;
/// How often it is asked which key is in force, and how long between.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// A column of sealed text: its table, the table's primary key, the column, and what the text was sealed as.
struct Texts(&'static str, Key, &'static str, &'static str);

#[derive(Clone, Copy)]
enum Key {
    Text(&'static str),
    Number(&'static str),
}

/// Every column of sealed text that stands for itself. Beside them: the bytes of files, links, and the record of what was done. A column whose
/// name ends in `_sealed` and that is forgotten here fails a test.
const TEXTS: [Texts; 14] = [
    Texts("products", Key::Text("id"), "text_sealed", catalog::TEXT),
    Texts("products", Key::Text("id"), "webhook_secret_sealed", catalog::SECRET),
    Texts("customers", Key::Number("id"), "blocked_why_sealed", customer_list::WHY_CONTEXT),
    Texts("customers", Key::Number("id"), "note_sealed", customer_list::NOTE_CONTEXT),
    Texts("credits", Key::Text("id"), "why_sealed", ledger::WHY_CONTEXT),
    Texts("cases", Key::Text("id"), "resolution_sealed", resolutions::CONTEXT),
    Texts("support_messages", Key::Text("id"), "content_sealed", support::CONTEXT),
    Texts("order_lines", Key::Text("id"), "goods_sealed", memberships::GOODS),
    Texts("order_lines", Key::Text("id"), "answers_sealed", orders::ANSWERS),
    Texts("order_lines", Key::Text("id"), "note_sealed", orders::NOTE),
    Texts("stock_items", Key::Text("id"), "content_sealed", stock::CONTEXT),
    Texts("jobs", Key::Number("id"), "payload_sealed", jobs::PAYLOAD),
    Texts("albums", Key::Number("chat_id"), "parts_sealed", albums::CONTEXT),
    Texts("dialogues", Key::Number("chat_id"), "state_sealed", dialogues::CONTEXT),
];

/// Everything is sealed with the new key, which alone opens it. What came after that may have failed, and changes nothing of it.
#[derive(Debug)]
pub struct Rotated {
    /// How many values were sealed anew.
    pub values: usize,
    /// Whether the key in the data folder is in its place; else the next start puts it there.
    pub key_file: Result<()>,
    /// Whether nothing that the old key opens is left in the file of the database.
    pub old_pages: Result<()>,
}

impl Store {
    /// Seals everything with another key: `new_key`, or one that is made when the key stands in the data folder. Every program on this
    /// database must have stopped, and none gets in meanwhile.
    ///
    /// Cut short at any moment, the database opens with the old key or, after the last step, with the new one; a key in the data folder
    /// is found either way.
    ///
    /// # Errors
    /// As [`Store::open`], [`Error::Occupied`] on PostgreSQL too, and when something does not open with the old key; then nothing was
    /// changed. [`Error::KeyInDoubt`] when nobody knows.
    pub async fn rotate_key(place: &Place, data_dir: &Path, data_key: Option<[u8; 32]>, new_key: Option<[u8; 32]>) -> Result<Rotated> {
        let store = Self::open(place, data_dir, data_key).await?;
        // This program does not count: whoever else lives is asked about in the transaction.
        store.withdraw().await;
        let old_key = data_key.map_or_else(|| key_file::read(data_dir), Ok)?;
        let new_key = new_key.unwrap_or_else(random);
        let sealer = Arc::new(Sealer::new(&new_key)?);
        if data_key.is_none() {
            key_file::write_next(data_dir, &new_key)?;
        }
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let sealed = store
            .write(move |tx| {
                Box::pin(async move {
                    tx.be_alone().await?;
                    counted.store(tx.seal_anew(&sealer).await?, Ordering::SeqCst);
                    Ok(())
                })
            })
            .await;
        store.close().await;
        match sealed {
            // A commit of which nothing was heard may have gone through.
            Err(error @ Error::Sql(_)) if !is_in_force(place, &new_key, &old_key).await? => return Err(error),
            Err(Error::Sql(_)) => {}
            sealed => sealed?,
        }
        let values = count.load(Ordering::SeqCst);
        // From here on nothing is an error of the rotation: whoever read one would keep the old key and throw the new one away.
        let key_file = if data_key.is_none() { key_file::put_next_in_force(data_dir) } else { Ok(()) };
        let old_pages = match place {
            Place::Sqlite(path) => forget_deleted(path).await,
            Place::Postgres(_) => Ok(()),
        };
        Ok(Rotated { values, key_file, old_pages })
    }
}

/// Whether of two keys it is the new one that opens the database. Whoever opens it waits until a transaction that changes the key has ended.
async fn is_in_force(place: &Place, new: &[u8; 32], old: &[u8; 32]) -> Result<bool> {
    for _ in 0..TRIES {
        for (key, is_new) in [(new, true), (old, false)] {
            match tokio::time::timeout(ANSWERS_WITHIN, Store::open_with(place, key)).await {
                Ok(Ok(store)) => {
                    store.close().await;
                    return Ok(is_new);
                }
                Ok(Err(Error::WrongDataKey)) => {}
                Ok(Err(error)) => tracing::warn!(error = ?error, "it is not known yet which data key is in force"),
                Err(_) => tracing::warn!("it is not known yet which data key is in force: the database does not answer"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::KeyInDoubt)
}

/// Writes a SQLite database anew: pages that nothing uses any more may hold what the old key opens.
async fn forget_deleted(path: &Path) -> Result<()> {
    let mut connection = SqliteConnectOptions::new().filename(path).create_if_missing(false).connect().await?;
    if let Some(folder) = path.parent().and_then(Path::to_str).filter(|folder| !folder.is_empty()) {
        // The copy that is written first is as large as the file: it belongs beside it, where there is room for files of this size, and
        // not into a temporary folder that may be a few megabytes of memory. SQLite calls this deprecated, because it holds for the
        // whole process; here it is one that does nothing else. The other way is a variable of the environment.
        let sql = format!("PRAGMA temp_store_directory = '{}'", folder.replace('\'', "''"));
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    sqlx::query("VACUUM").execute(&mut connection).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

impl Conn {
    async fn seal_anew(&mut self, new: &Sealer) -> Result<usize> {
        let mut count = 0;
        for texts in &TEXTS {
            count += match texts.1 {
                Key::Text(key) => self.texts_by_text(texts, key, new).await?,
                Key::Number(key) => self.texts_by_number(texts, key, new).await?,
            };
        }
        count += self.files_anew(new).await? + self.links_anew(new).await? + self.audit_anew(new).await?;
        let mark = new.seal(KEY_CHECK, "kiosk")?;
        execute!(self, "UPDATE settings SET value = $2 WHERE name = $1", KEY_CHECK, mark)?;
        Ok(count)
    }

    async fn texts_by_text(&mut self, texts: &Texts, key: &str, new: &Sealer) -> Result<usize> {
        let (mut count, mut last) = (0, String::new());
        loop {
            let page = rows!(self, (String, String), AssertSqlSafe(page_of(texts, key)), &last, PAGE)?;
            let Some((id, _)) = page.last() else { return Ok(count) };
            last = id.clone();
            for (id, sealed) in page {
                let plain = self.sealer.open(texts.3, &sealed)?;
                execute!(self, AssertSqlSafe(change_of(texts, key)), id.as_str(), new.seal(texts.3, &plain)?)?;
                if texts.0 == "stock_items" {
                    // By its fingerprint a unit is recognised that is given twice.
                    let fingerprint = match self.bytes_of_unit(&id).await? {
                        Some(bytes) => new.fingerprint_file(&bytes),
                        None => new.fingerprint(&plain),
                    };
                    execute!(self, "UPDATE stock_items SET fingerprint = $2 WHERE id = $1", &id, fingerprint)?;
                }
                count += 1;
            }
        }
    }

    /// The bytes of a unit that is a file. Files are sealed anew after all texts, so they open with the old key.
    async fn bytes_of_unit(&mut self, id: &str) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT b.bytes_sealed FROM stock_items s JOIN blobs b ON b.id = s.blob_id WHERE s.id = $1";
        let found: Option<(Vec<u8>,)> = row!(self, (Vec<u8>,), sql, id)?;
        found.map(|(sealed,)| self.sealer.open_bytes(files::CONTEXT, &sealed)).transpose()
    }

    async fn texts_by_number(&mut self, texts: &Texts, key: &str, new: &Sealer) -> Result<usize> {
        let (mut count, mut last) = (0, i64::MIN);
        loop {
            let page = rows!(self, (i64, String), AssertSqlSafe(page_of(texts, key)), last, PAGE)?;
            let Some((id, _)) = page.last() else { return Ok(count) };
            last = *id;
            for (id, sealed) in page {
                let plain = self.sealer.open(texts.3, &sealed)?;
                execute!(self, AssertSqlSafe(change_of(texts, key)), id, new.seal(texts.3, &plain)?)?;
                count += 1;
            }
        }
    }

    async fn files_anew(&mut self, new: &Sealer) -> Result<usize> {
        let (mut count, mut last) = (0, String::new());
        loop {
            // One by one: a file may have 20 MiB.
            let sql = "SELECT id, bytes_sealed FROM blobs WHERE id > $1 ORDER BY id LIMIT 1";
            let Some((id, sealed)) = rows!(self, (String, Vec<u8>), sql, &last)?.pop() else { return Ok(count) };
            let plain = self.sealer.open_bytes(files::CONTEXT, &sealed)?;
            execute!(self, "UPDATE blobs SET bytes_sealed = $2 WHERE id = $1", &id, new.seal_bytes(files::CONTEXT, &plain)?)?;
            last = id;
            count += 1;
        }
    }
}

fn page_of(Texts(table, _, column, _): &Texts, key: &str) -> String {
    // An empty text was never sealed: the payload of a job that has none.
    format!("SELECT {key}, {column} FROM {table} WHERE {key} > $1 AND {column} <> '' ORDER BY {key} LIMIT $2")
}

fn change_of(Texts(table, _, column, _): &Texts, key: &str) -> String {
    format!("UPDATE {table} SET {column} = $2 WHERE {key} = $1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sealed_column_is_sealed_anew() {
        let mut listed: Vec<&str> = TEXTS.iter().map(|texts| texts.2).chain(["bytes_sealed", "link_sealed", "words_sealed"]).collect();
        let mut there: Vec<String> = Vec::new();
        for migration in sqlx::migrate!("./migrations").iter() {
            let sql: String =
                migration.sql.as_str().lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
            let words = sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            there.extend(words.filter(|word| word.ends_with("_sealed")).map(str::to_owned));
        }
        listed.sort_unstable();
        there.sort_unstable();
        assert_eq!(there, listed);
    }
}
