//! The one writer of a SQLite database: commits whatever waits as one transaction, and answers after the commit is on the disk.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Sqlite};
use tokio::sync::{mpsc, oneshot};

use super::server::ANSWERS_WITHIN;
use super::{Caution, Conn, Error, Link, Result, Sealer};

/// Most writes in one transaction: bounds how long the first of them waits for the last.
const BATCH_MAX: usize = 256;
/// Most writes that wait: beyond it, whoever writes waits before it may even ask.
const QUEUE_MAX: usize = 4_096;

/// Told how the commit went; passes the write's own result on to whoever waits for it.
type Answer = Box<dyn FnOnce(Option<Error>) + Send>;
/// One write: whether it may be kept, and its answer. Given an error instead of a connection, it is not carried out.
type Work = Box<dyn for<'t> FnOnce(Result<&'t mut Conn>) -> BoxFuture<'t, (bool, Answer)> + Send>;

enum Message {
    Write(Work),
    Close(oneshot::Sender<()>),
}

/// A handle to the writer's task.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    /// Whether the last transaction was lost: the disk is full, say.
    is_stuck: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the task on a connection that is the writer's alone.
    pub(super) fn start(connection: PoolConnection<Sqlite>, sealer: Arc<Sealer>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let is_stuck = Arc::new(AtomicBool::new(false));
        tokio::spawn(run(Conn::new(Link::Sqlite(connection), sealer, ANSWERS_WITHIN), waiting, is_stuck.clone()));
        Self { queue, is_stuck }
    }

    /// See [`super::Store::can_write`].
    pub(super) fn is_stuck(&self) -> bool {
        self.is_stuck.load(Ordering::SeqCst)
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
                let result = match conn {
                    Ok(conn) => carry_out(conn, work).await,
                    Err(error) => Err(error),
                };
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

async fn run(mut conn: Conn, mut waiting: mpsc::Receiver<Message>, is_stuck: Arc<AtomicBool>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    let mut caution = Caution::new(BATCH_MAX);
    while waiting.recv_many(&mut batch, caution.together()).await > 0 {
        let mut writes = Vec::with_capacity(batch.len());
        let mut closing = None;
        for message in batch.drain(..) {
            match message {
                Message::Write(work) => writes.push(work),
                Message::Close(done) => closing = Some(done),
            }
        }
        if !writes.is_empty() {
            match commit(&mut conn, writes, &is_stuck).await {
                Commit::Kept => caution.kept(),
                // Whoever was told may pause; those who wait behind them need not.
                Commit::Lost => {
                    caution.lost();
                }
                Commit::NotBegun => {}
            }
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

/// What `work` made of the connection; an error when any of its statements failed, whether it says so or not.
async fn carry_out<T, W>(conn: &mut Conn, work: W) -> Result<T>
where
    W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<T>>,
{
    conn.failed = false;
    conn.acting = None;
    // The call itself may panic as well, before there is a future.
    let result = AssertUnwindSafe(async { work(&mut *conn).await }).catch_unwind().await.unwrap_or(Err(Error::Panicked));
    match result {
        Ok(_) if conn.failed => Err(Error::Spoiled),
        result => result,
    }
}

/// How a transaction ended.
enum Commit {
    Kept,
    /// It could not even begin: another program holds the lock, for which nobody waits once more for each write.
    NotBegun,
    Lost,
}

/// Carries out all writes in one transaction and tells each of them how it went.
async fn commit(conn: &mut Conn, writes: Vec<Work>, is_stuck: &AtomicBool) -> Commit {
    let mut answers = Vec::with_capacity(writes.len());
    let mut writes = writes.into_iter();
    let result = carry_out_all(conn, &mut writes, &mut answers).await;
    let commit = match &result {
        Ok(()) => Commit::Kept,
        Err(_) if answers.is_empty() => Commit::NotBegun,
        Err(_) => Commit::Lost,
    };
    if result.is_err() {
        // SQLite may have ended the transaction by itself (disk full): then there is nothing to take back.
        let _ = statement(conn, "ROLLBACK").await;
    }
    let reason = result.err().map(|error| match error {
        Error::Sql(error) => error.to_string(),
        error => error.to_string(),
    });
    is_stuck.store(reason.is_some(), Ordering::SeqCst);
    let failure = || reason.clone().map(|reason| Error::Sql(sqlx::Error::Io(std::io::Error::other(reason))));
    if let Some(reason) = &reason {
        tracing::error!(error = %reason, "nothing could be written to the database");
    }
    // Those whose turn never came learn of it too.
    for work in writes {
        let (_, answer) = work(Err(failure().unwrap_or(Error::Closed))).await;
        answers.push(answer);
    }
    for answer in answers {
        answer(failure());
    }
    commit
}

/// Carries out each write so that, if it fails, only itself is taken back. An error means that the whole transaction is lost.
///
/// Every statement is a way to another thread and back, so there are no more of them than needed: a write that is alone has the
/// transaction for itself, one that was taken back leaves its savepoint to the next, and the commit releases the last.
async fn carry_out_all(conn: &mut Conn, writes: &mut std::vec::IntoIter<Work>, answers: &mut Vec<Answer>) -> Result<()> {
    let alone = writes.len() == 1;
    statement(conn, if alone { "BEGIN IMMEDIATE" } else { "BEGIN IMMEDIATE; SAVEPOINT one" }).await?;
    while let Some(work) = writes.next() {
        let (keep, answer) = work(Ok(&mut *conn)).await;
        answers.push(answer);
        match (keep, alone, writes.len()) {
            (true, _, 0) => {}
            (true, _, _) => statement(conn, "RELEASE one; SAVEPOINT one").await?,
            (false, false, _) => statement(conn, "ROLLBACK TO one").await?,
            (false, true, _) => return statement(conn, "ROLLBACK").await,
        }
    }
    statement(conn, "COMMIT").await
}

async fn statement(conn: &mut Conn, sql: &'static str) -> Result<()> {
    match &mut conn.link {
        Link::Sqlite(link) => sqlx::query(sql).execute(&mut **link).await.map(|_| ()).map_err(Error::Sql),
        Link::Postgres(_) | Link::PostgresTx(_) => Err(Error::Closed),
    }
}
