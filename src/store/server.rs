//! A PostgreSQL server: how it is reached, and how long it is waited for. A host that vanishes closes no connection: whoever asked it would
//! wait for ever.

use std::io::ErrorKind;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};

use super::connect::BUSY_TIMEOUT;
use super::{Conn, Error, Link, Result, Sealer, unless_closed};

/// Connections for reading, and as many for writing.
const CONNECTIONS: u32 = 8;
/// How long a transaction may be left alone by its program before the server ends it: one that was frozen, or whose machine is gone, holds
/// locks that others wait for. Shorter than a lease; far longer than anything takes between two statements.
const ABANDONED_AFTER: &str = "15s";
/// How a server finds out about a program whose machine is gone, and lets go of its locks: asked after so many seconds of silence, then so
/// often so many seconds apart. Through a socket on the same machine it means nothing.
const KEEPALIVES: [(&str, &str); 3] = [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "4")];
/// Statements of a shop are over before PostgreSQL would have compiled them: with some thousand jobs waiting each look at the queue took twenty
/// milliseconds, and all but one of them went into that.
const COMPILED: (&str, &str) = ("jit", "off");
/// The longest that an answer may take: longer than a statement waits for the locks of a transaction that was abandoned, and of another one
/// behind it.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(40);
/// The longest that a connection which nobody uses may take to say that it stands: it has nothing else to do.
pub(super) const STANDS_WITHIN: Duration = Duration::from_secs(2);

/// How the server at this address is reached.
pub(super) fn options(url: &SecretString) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url.expose_secret())?;
    Ok(options.options([("idle_in_transaction_session_timeout", ABANDONED_AFTER), COMPILED]).options(KEEPALIVES))
}

/// Connections that are asked whether they stand before they are used and after it. One that says nothing is closed without a farewell, and
/// another takes its place.
pub(super) fn pool() -> PgPoolOptions {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(BUSY_TIMEOUT);
    // The driver asks as well, and waits for the answer as long as it takes.
    pool.test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(stands(connection)))
        .after_release(|connection, _| Box::pin(stands(connection)))
}

/// A pool that has connected once.
pub(super) async fn connected(pool: PgPoolOptions, options: PgConnectOptions) -> Result<PgPool> {
    match pool.connect_with(options.clone()).await {
        // A pool tries until its time is over, and then does not say what was in the way: one plain connection does.
        Err(waited @ sqlx::Error::PoolTimedOut) => match tokio::time::timeout(BUSY_TIMEOUT, options.connect()).await {
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(_)) | Err(_) => Err(waited.into()),
        },
        connected => Ok(connected?),
    }
}

async fn stands(connection: &mut PgConnection) -> sqlx::Result<bool> {
    within(STANDS_WITHIN, connection.ping()).await.map(|()| true)
}

/// The answer of a server, unless it takes longer than that. What became of the question is not known then.
pub(super) async fn within<T>(limit: Duration, answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let late = || sqlx::Error::Io(std::io::Error::new(ErrorKind::TimedOut, "the database server does not answer"));
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(late()))
}

/// Carries out `work` in a transaction; see [`super::Store::write`].
pub(super) async fn transaction<T, W>(pool: PgPool, sealer: Arc<Sealer>, limit: Duration, work: W) -> Result<T>
where
    W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<T>>,
{
    let begun = within(limit, pool.begin()).await.map_err(unless_closed)?;
    let mut conn = Conn::new(Link::PostgresTx(begun), sealer, limit);
    let value = work(&mut conn).await?;
    match conn.link {
        // The server answers the COMMIT of a failed transaction with a ROLLBACK that is no error.
        _ if conn.failed => Err(Error::Spoiled),
        Link::PostgresTx(tx) => within(limit, tx.commit()).await.map(|()| value).map_err(Error::Sql),
        Link::Sqlite(_) | Link::Postgres(_) => Err(Error::Closed),
    }
}
