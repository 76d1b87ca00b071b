//! The one writer of a SQLite database: commits whatever waits as one transaction, and answers after the commit is on the disk.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Sqlite};
use tokio::sync::{mpsc, oneshot};

use super::{Conn, Error, Link, Result, Sealer};

/// Most writes in one transaction: bounds how long the first of them waits for the last.
const BATCH_MAX: usize = 256;
/// Most writes that wait: beyond it, whoever writes waits before it may even ask.
const QUEUE_MAX: usize = 4_096;

/// Told how the commit went; passes the write's own result on to whoever waits for it.
type Answer = Box<dyn FnOnce(Option<Error>) + Send>;
/// One write: whether it may be kept, and its answer.
type Work = Box<dyn for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, (bool, Answer)> + Send>;

enum Message {
    Write(Work),
    Close(oneshot::Sender<()>),
}

/// A handle to the writer's task.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the task on a connection that is the writer's alone.
    pub(super) fn start(connection: PoolConnection<Sqlite>, sealer: Arc<Sealer>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(Conn { link: Link::Sqlite(connection), sealer }, waiting));
        Self { queue }
    }

    /// See [`super::Store::write`].
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let erased: Work = Box::new(move |conn| {
            Box::pin(async move {
                let result = AssertUnwindSafe(work(conn)).catch_unwind().await.unwrap_or(Err(Error::Panicked));
                let keep = result.is_ok();
                let finish: Answer = Box::new(move |failure| {
                    // Whoever asked may be gone; the write stands all the same.
                    let _ = answer.send(match failure {
                        Some(error) if keep => Err(error),
                        _ => result,
                    });
                });
                (keep, finish)
            })
        });
        self.queue.send(Message::Write(erased)).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Finishes what waits, then ends the task.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

async fn run(mut conn: Conn, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let mut writes = Vec::with_capacity(batch.len());
        let mut closing = None;
        for message in batch.drain(..) {
            match message {
                Message::Write(work) => writes.push(work),
                Message::Close(done) => closing = Some(done),
            }
        }
        if !writes.is_empty() {
            commit(&mut conn, writes).await;
        }
        if let Some(done) = closing {
            waiting.close();
            if let Link::Sqlite(connection) = conn.link {
                // A clean close folds the write-ahead log back into the database file.
                let _ = connection.detach().close().await;
            }
            let _ = done.send(());
            return;
        }
    }
}

/// Carries out all writes in one transaction; each in a savepoint, so that one that fails takes only itself back.
async fn commit(conn: &mut Conn, writes: Vec<Work>) {
    let mut answers = Vec::with_capacity(writes.len());
    let mut failure = statement(conn, "BEGIN IMMEDIATE").await.err();
    if failure.is_none() {
        for work in writes {
            if let Err(error) = statement(conn, "SAVEPOINT one").await {
                failure = Some(error);
                break;
            }
            let (keep, answer) = work(conn).await;
            answers.push(answer);
            let ended = if keep { statement(conn, "RELEASE one").await } else { statement(conn, "ROLLBACK TO one").await };
            let released = if keep { Ok(()) } else { statement(conn, "RELEASE one").await };
            if let Err(error) = ended.and(released) {
                failure = Some(error);
                break;
            }
        }
        if failure.is_none() {
            failure = statement(conn, "COMMIT").await.err();
        }
        if failure.is_some() {
            // SQLite may have ended the transaction by itself (disk full): then there is nothing to take back.
            let _ = statement(conn, "ROLLBACK").await;
        }
    }
    // Writes that never ran lose their answer's sender, and their callers see `Closed`.
    let reason = failure.map(|error| error.to_string());
    if let Some(reason) = &reason {
        tracing::error!(error = %reason, "nothing could be written to the database");
    }
    for answer in answers {
        answer(reason.clone().map(|reason| Error::Sql(sqlx::Error::Io(std::io::Error::other(reason)))));
    }
}

async fn statement(conn: &mut Conn, sql: &'static str) -> Result<()> {
    match &mut conn.link {
        Link::Sqlite(link) => sqlx::query(sql).execute(&mut **link).await.map(|_| ()).map_err(Error::Sql),
        Link::Postgres(_) | Link::PostgresTx(_) => Err(Error::Closed),
    }
}
