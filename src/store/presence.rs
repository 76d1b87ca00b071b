//! Which programs share a PostgreSQL: each holds a lock for as long as it lives, so that one that starts knows whether others do. Who has lost it
//! for a moment looks whether the data key was changed meanwhile.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::claims::END_LEASES;
use super::connect::{BUSY_TIMEOUT, KEY_CHECK};
use super::server::{ANSWERS_WITHIN, STANDS_WITHIN, within};
use super::{Conn, Db, Error, Link, Result, Sealer, Store, on, row};

/// The advisory lock that every program shares ("kiosk!" in ASCII).
const ALIVE: i64 = 0x6b69_6f73_6b21;
/// Between two looks whether the connection that holds it still stands: for so long others may take this program for gone.
const PULSE: Duration = Duration::from_secs(1);

/// Between two attempts of a program that starts to get in beside one that wants to be alone.
const NEXT_ATTEMPT: Duration = Duration::from_millis(200);
/// How long a server is given to hear that this program goes.
const FAREWELL: Duration = Duration::from_secs(1);

/// Says that this program lives, until it is dropped or the process ends, however that ends.
pub(super) struct Presence {
    stop: CancellationToken,
    /// Told when the data key was found to be another one.
    key_changed: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Presence {
    /// Ends every lease when no other program lives: whoever held one is gone. Only then does another one get in that starts just now.
    pub(super) async fn announce(options: &PgConnectOptions, sealer: Arc<Sealer>) -> Result<Self> {
        let mut link = within(BUSY_TIMEOUT, options.connect()).await?;
        let alone = attempt(&mut link, "SELECT pg_try_advisory_lock($1)").await?;
        if alone {
            within(ANSWERS_WITHIN, sqlx::query(END_LEASES).execute(&mut link)).await?;
        }
        // Whoever changes the data key holds the lock alone, for as long as that takes.
        while !attempt(&mut link, "SELECT pg_try_advisory_lock_shared($1)").await? {
            tokio::time::sleep(NEXT_ATTEMPT).await;
        }
        if alone {
            attempt(&mut link, "SELECT pg_advisory_unlock($1)").await?;
        }
        let (stop, key_changed) = (CancellationToken::new(), CancellationToken::new());
        let keeper = Keeper { options: options.clone(), sealer, stop: stop.clone(), key_changed: key_changed.clone() };
        let task = tokio::spawn(keeper.keep(link));
        Ok(Self { stop, key_changed, task: Mutex::new(Some(task)) })
    }

    /// From when this returns others know that this program is gone.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        let task = self.task.lock().await.take();
        if let Some(task) = task {
            let _ = tokio::time::timeout(FAREWELL, task).await;
        }
    }
}

impl Store {
    /// Waits until the data key does not open this database any more: it was changed while this program was not heard of. Whatever the program
    /// writes from then on, nobody reads.
    pub async fn key_is_changed(&self) {
        match &self.db {
            Db::Postgres { presence, .. } => presence.key_changed.cancelled().await,
            Db::Sqlite { .. } => std::future::pending().await,
        }
    }

    /// Says that this program is gone, while it goes on. On SQLite the lock on the file stays, and lets nobody else in.
    pub(super) async fn withdraw(&self) {
        if let Db::Postgres { presence, .. } = &self.db {
            presence.end().await;
        }
    }
}

impl Conn {
    /// Refuses to go on beside a program that lives; one that starts waits in [`Presence::announce`] until this transaction has ended.
    pub(super) async fn be_alone(&mut self) -> Result<()> {
        if !matches!(self.link, Link::PostgresTx(_)) {
            return Ok(());
        }
        let alone = row!(self, (bool,), "SELECT pg_try_advisory_xact_lock($1)", ALIVE)?;
        if alone == Some((true,)) { Ok(()) } else { Err(Error::Occupied) }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What PostgreSQL says when it is asked for the lock in this way.
async fn attempt(link: &mut PgConnection, sql: &'static str) -> sqlx::Result<bool> {
    let asked = sqlx::query_as(sql).bind(ALIVE).fetch_one(link);
    within(ANSWERS_WITHIN, asked).await.map(|(said,): (bool,)| said)
}

async fn hold(link: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(ALIVE).execute(link).await.map(|_| ())
}

/// Takes the lock again after its connection was cut.
struct Keeper {
    options: PgConnectOptions,
    sealer: Arc<Sealer>,
    stop: CancellationToken,
    key_changed: CancellationToken,
}

impl Keeper {
    async fn keep(self, mut link: PgConnection) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => {
                    let _ = sqlx::query("SELECT pg_advisory_unlock_shared($1)").bind(ALIVE).execute(&mut link).await;
                    let _ = link.close().await;
                    return;
                }
                () = tokio::time::sleep(PULSE) => {}
            }
            if within(STANDS_WITHIN, link.ping()).await.is_ok() {
                continue;
            }
            let taken = tokio::select! {
                () = self.stop.cancelled() => return,
                taken = self.take_again() => taken,
            };
            let Ok((again, opens)) = taken else { continue };
            link = again;
            if !opens {
                tracing::error!(
                    "the data key was changed while this program did not reach its database: what it writes from now on is lost"
                );
                self.key_changed.cancel();
            }
        }
    }

    /// A new connection that holds the lock, and whether the data key is still the right one. Whoever changes it keeps all others waiting
    /// until that is done.
    async fn take_again(&self) -> sqlx::Result<(PgConnection, bool)> {
        let mut link = within(BUSY_TIMEOUT, self.options.connect()).await?;
        within(ANSWERS_WITHIN, hold(&mut link)).await?;
        let asked = sqlx::query_as("SELECT value FROM settings WHERE name = $1").bind(KEY_CHECK).fetch_optional(&mut link);
        let mark: Option<(String,)> = within(ANSWERS_WITHIN, asked).await?;
        let opens = mark.is_none_or(|(mark,)| self.sealer.open(KEY_CHECK, &mark).is_ok());
        Ok((link, opens))
    }
}
