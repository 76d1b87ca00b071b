//! Postbacks that come at once are noted at once: one write for all that wait, and an answer to each once that is on the disk.

use std::collections::HashMap;

use tokio::sync::{mpsc, oneshot};

use super::job;
use crate::clock::Clock;
use crate::domain::invoice::InvoiceNumber;
use crate::store::{self, JobKind, NewJob, Store};

/// Most postbacks in one write: bounds how long the first of them waits for the last.
const BATCH_MAX: usize = 256;
/// Most postbacks that wait: beyond it, whoever brings one waits before it may even ask.
const QUEUE_MAX: usize = 1_024;
/// How long an invoice of which the provider has told something is asked about often, in seconds.
const NEWS_SECS: i64 = 600;
/// How often a write is tried that lost a race for rows with another program.
const TRIES: u32 = 3;

/// Notes that somebody says money came to an invoice: the provider will be asked about it. Cloning it gives the same.
#[derive(Clone)]
pub struct Postbacks {
    queue: mpsc::Sender<Waiting>,
}

/// A postback, and who waits until it is noted.
struct Waiting {
    number: InvoiceNumber,
    answer: oneshot::Sender<bool>,
}

/// It was not noted; why was written to the log.
#[derive(Debug, thiserror::Error)]
#[error("the postback was not noted")]
pub struct NotNoted;

impl Postbacks {
    /// Starts the task that notes them; it ends when nobody can bring any more.
    pub fn start(store: Store, clock: Clock) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(store, clock, waiting));
        Self { queue }
    }

    /// Notes one; tells whether the invoice is ours. Once begun it is noted, even when nobody waits for the answer any more.
    pub async fn note(&self, number: InvoiceNumber) -> Result<bool, NotNoted> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Waiting { number, answer }).await.map_err(|_| NotNoted)?;
        answered.await.map_err(|_| NotNoted)
    }
}

async fn run(store: Store, clock: Clock, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let numbers = batch.iter().map(|one| one.number.clone()).collect();
        match note_all(&store, &clock, numbers).await {
            Ok(ours) => {
                for one in batch.drain(..) {
                    // Whoever brought it may be gone; it is noted all the same.
                    let _ = one.answer.send(ours.contains_key(&one.number));
                }
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, count = batch.len(), "postbacks could not be noted");
                batch.clear();
            }
        }
    }
}

/// Asks for a question to the provider about each invoice that is ours; gives those, by number.
async fn note_all(store: &Store, clock: &Clock, numbers: Vec<InvoiceNumber>) -> store::Result<HashMap<InvoiceNumber, String>> {
    let mut tried = 1;
    loop {
        let (numbers, clock) = (numbers.clone(), clock.clone());
        let noted = store.write(move |tx| {
            Box::pin(async move {
                let ours = tx.invoice_ids_by_number(&numbers).await?;
                // What the provider tells when it is asked may lag behind what it tells by itself.
                let news_until = (clock.now() + NEWS_SECS).to_string();
                let asked = |invoice| NewJob { payload: news_until.clone(), ..job(JobKind::Recheck, invoice, clock.now()) };
                let jobs: Vec<_> = ours.values().map(|invoice| asked(invoice)).collect();
                tx.ask_for_all(&jobs, clock.now_millis()).await?;
                Ok(ours)
            })
        });
        match noted.await {
            Err(error) if error.is_lost_race() && tried < TRIES => tried += 1,
            result => return result,
        }
    }
}
