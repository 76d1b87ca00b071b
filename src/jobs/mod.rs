//! The one durable queue at work: claims what is due, runs it, keeps how it ended. A job re-reads the world, so running it twice is harmless.

mod run;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::shop;
use crate::store::{self, Caution, Job, Outcome};
use crate::telegram::Telegram;

/// Jobs that run at once.
const RUNNING_MAX: usize = 64;
/// Questions to the provider that go out as one (fact sheet section 5: up to 100).
const RECHECKS_MAX: usize = 100;
/// How long a claimed job is nobody else's, in seconds: longer than any job may take.
const LEASE_SECS: i64 = 120;
/// The longest a job may take.
const JOB_TIMEOUT: Duration = Duration::from_secs(90);
/// How long nothing is looked for when nothing is due and nobody woke us: another program on the same database may have added a job.
const IDLE: Duration = Duration::from_secs(2);
/// A time that does not come.
const NEVER: i64 = i64::MAX / 2_000;
/// How often it is tried to keep how jobs ended: not for longer than their leases last.
const FINISH_TRIES: u32 = 30;
/// How long running jobs may take to end once the program stops: whoever runs it kills it after ten seconds, and closing takes a bit.
const DRAIN: Duration = Duration::from_secs(6);

/// Runs jobs until told to stop, then lets those that run end.
pub async fn work(telegram: Telegram, stop: CancellationToken) {
    let telegram = Arc::new(telegram);
    let mut running = Running { jobs: JoinSet::new(), asking: JoinSet::new(), caution: Caution::new(RECHECKS_MAX) };
    while !stop.is_cancelled() {
        // Registered before looking: a job that comes while we look wakes us all the same.
        let shop = telegram.shop.clone();
        let woken = shop.wake.notified();
        let next_at = match start_due(&telegram, &mut running).await {
            // There may be more.
            Ok(Due::Started) if running.room() > 0 => continue,
            Ok(Due::At(at)) if running.room() > 0 && running.asking.is_empty() => at.unwrap_or(NEVER),
            Ok(Due::Started | Due::At(_)) => NEVER,
            Err(error) => {
                tracing::error!(error = ?error, "jobs cannot be claimed");
                tokio::time::sleep(running.caution.lost()).await;
                continue;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = woken => {}
            () = shop.clock.sleep_until(next_at) => {}
            () = tokio::time::sleep(IDLE) => {}
            Some(_) = running.jobs.join_next(), if !running.jobs.is_empty() => {}
            Some(_) = running.asking.join_next(), if !running.asking.is_empty() => {}
        }
        while running.jobs.try_join_next().is_some() {}
        while running.asking.try_join_next().is_some() {}
    }
    let drain = async {
        while running.jobs.join_next().await.is_some() {}
        while running.asking.join_next().await.is_some() {}
    };
    if tokio::time::timeout(DRAIN, drain).await.is_err() {
        // Their leases end; whoever starts next runs them again.
        tracing::warn!(running = running.jobs.len(), "stopped with jobs running; they run again after the next start");
    }
}

/// What runs. Questions to the provider have a place of their own: messages that are slow to go out never hold up money, and what becomes
/// due while one question is out is asked together in the next.
struct Running {
    jobs: JoinSet<()>,
    asking: JoinSet<()>,
    /// How many are claimed together: how they end is kept together as well.
    caution: Caution,
}

impl Running {
    /// How many more jobs may be started.
    fn room(&self) -> usize {
        RUNNING_MAX.saturating_sub(self.jobs.len())
    }
}

/// What there was to start.
enum Due {
    Started,
    /// Nothing; the next job is due at this time (unix seconds UTC), if there is one.
    At(Option<i64>),
}

/// Claims what is due and starts it.
async fn start_due(telegram: &Arc<Telegram>, running: &mut Running) -> store::Result<Due> {
    let together = running.caution.together();
    let at_most = |count: usize| i64::try_from(count.min(together)).unwrap_or(0);
    let (room, questions) = (at_most(running.room()), if running.asking.is_empty() { at_most(RECHECKS_MAX) } else { 0 });
    if room == 0 && questions == 0 {
        return Ok(Due::At(None));
    }
    let now = telegram.shop.now();
    // A look costs a read; a claim costs a write, and a write costs an fsync.
    let next_at = telegram.shop.store.read().await?.next_job_at().await?;
    if next_at.is_none_or(|at| at > now) {
        return Ok(Due::At(next_at));
    }
    let (rechecks, others) = telegram
        .shop
        .store
        .write(move |tx| {
            Box::pin(async move {
                let lease = now + LEASE_SECS;
                let rechecks = if questions > 0 { tx.claim(true, questions, now, lease).await? } else { Vec::new() };
                let others = if room > 0 { tx.claim(false, room, now, lease).await? } else { Vec::new() };
                Ok((rechecks, others))
            })
        })
        .await?;
    running.caution.kept();
    if rechecks.is_empty() && others.is_empty() {
        // Another program was quicker, or what is due may not run now.
        return Ok(Due::At(telegram.shop.store.read().await?.next_job_at().await?));
    }
    if !rechecks.is_empty() {
        let telegram = telegram.clone();
        running.asking.spawn(async move { run_rechecks(&telegram, rechecks).await });
    }
    for job in others {
        let telegram = telegram.clone();
        running.jobs.spawn(async move { run_one(&telegram, job).await });
    }
    Ok(Due::Started)
}

async fn run_one(telegram: &Telegram, job: Job) {
    let work = AssertUnwindSafe(run::job(telegram, &job)).catch_unwind();
    let outcome = match tokio::time::timeout(JOB_TIMEOUT, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => run::retry(&job, telegram.shop.now(), "it panicked".to_owned()),
        Err(_) => run::retry(&job, telegram.shop.now(), "it took too long".to_owned()),
    };
    if let Outcome::Failed { error } = &outcome {
        tracing::error!(job.kind = job.kind.code(), job.key, job.attempts, error, "a job has failed for good");
        run::given_up(telegram, &job, error).await;
    }
    finish(telegram, vec![(job, outcome)]).await;
}

async fn run_rechecks(telegram: &Telegram, jobs: Vec<Job>) {
    let work = AssertUnwindSafe(run::rechecks(telegram, &jobs)).catch_unwind();
    let outcomes = match tokio::time::timeout(JOB_TIMEOUT, work).await {
        Ok(Ok(outcomes)) => outcomes,
        Ok(Err(_)) | Err(_) => jobs.iter().map(|_| run::recheck_later(telegram.shop.now(), "it stopped in the middle")).collect(),
    };
    finish(telegram, jobs.into_iter().zip(outcomes).collect()).await;
}

/// Keeps how jobs ended, as soon as the database lets it. When it does not for long, their leases end by themselves, and they run again.
async fn finish(telegram: &Telegram, ended: Vec<(Job, Outcome)>) {
    let (ended, mut caution) = (Arc::new(ended), Caution::new(1));
    for _ in 0..FINISH_TRIES {
        let (clock, jobs) = (telegram.shop.clock.clone(), ended.clone());
        let kept = telegram.shop.write(move |tx| {
            Box::pin(async move {
                for (job, outcome) in jobs.iter() {
                    tx.finish(job, outcome, clock.now()).await?;
                }
                Ok(())
            })
        });
        let Err(error) = kept.await else { return };
        tracing::error!(error = ?error, "how jobs ended could not be kept");
        if matches!(error, shop::Error::Store(store::Error::Closed)) {
            return;
        }
        tokio::time::sleep(caution.lost()).await;
    }
}
