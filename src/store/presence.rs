//! Which programs share a PostgreSQL: each holds a lock for as long as it lives, so that one that starts knows whether others do.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::claims::END_LEASES;
use super::{Conn, Db, Error, Link, Result, Store};

/// The advisory lock that every program shares ("kiosk!" in ASCII).
const ALIVE: i64 = 0x6b69_6f73_6b21;
/// Between two looks whether the connection that holds it still stands.
const PULSE: Duration = Duration::from_secs(5);

/// How long a server is given to hear that this program goes.
const FAREWELL: Duration = Duration::from_secs(1);

/// Says that this program lives, until it is dropped or the process ends, however that ends.
pub(super) struct Presence {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Presence {
    /// Ends every lease when no other program lives: whoever held one is gone. Only then does another one get in that starts just now.
    pub(super) async fn announce(options: &PgConnectOptions) -> Result<Self> {
        let mut link = options.connect().await?;
        let (alone,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock($1)").bind(ALIVE).fetch_one(&mut link).await?;
        if alone {
            sqlx::query(END_LEASES).execute(&mut link).await?;
        }
        hold(&mut link).await?;
        if alone {
            sqlx::query("SELECT pg_advisory_unlock($1)").bind(ALIVE).execute(&mut link).await?;
        }
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep(options.clone(), link, stop.clone()));
        Ok(Self { stop, task: Mutex::new(Some(task)) })
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
        let Link::PostgresTx(tx) = &mut self.link else { return Ok(()) };
        let (alone,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_xact_lock($1)").bind(ALIVE).fetch_one(&mut **tx).await?;
        if alone { Ok(()) } else { Err(Error::Occupied) }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn hold(link: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(ALIVE).execute(link).await.map(|_| ())
}

/// Takes the lock again after its connection was cut.
async fn keep(options: PgConnectOptions, mut link: PgConnection, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                let _ = sqlx::query("SELECT pg_advisory_unlock_shared($1)").bind(ALIVE).execute(&mut link).await;
                let _ = link.close().await;
                return;
            }
            () = tokio::time::sleep(PULSE) => {}
        }
        if link.ping().await.is_ok() {
            continue;
        }
        if let Ok(mut again) = options.connect().await
            && hold(&mut again).await.is_ok()
        {
            link = again;
        }
    }
}
