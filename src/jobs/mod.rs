//! The one durable queue at work: claims what is due, runs it, keeps how it ended. A job re-reads the world, so running it twice is harmless.

mod run;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

pub use self::run::RECONCILE_SECS;
use crate::shop;
use crate::store::{self, Caution, Job, JobKind, Outcome, Places};
use crate::telegram::Telegram;

/// Updates that are answered at once.
const UPDATES_MAX: usize = 64;
/// Other jobs that run at once, apart from questions to the provider: of these many may wait for a pace of Telegram's or the provider's.
const OTHERS_MAX: usize = 64;
/// Questions to the provider that go out as one (fact sheet section 5: up to 100).
const RECHECKS_MAX: usize = 100;
/// How long a claimed job is nobody else's, in seconds: longer than any job may take.
const LEASE_SECS: i64 = 120;
/// The longest a job may take.
const JOB_TIMEOUT: Duration = Duration::from_secs(90);
/// How long the comparison with the provider's list is nobody else's, in seconds: longer than it may take.
const COMPARISON_LEASE_SECS: i64 = 960;
/// The longest that comparison may take: it reads days of invoices, page after page, at the pace at which the provider is asked.
const COMPARISON_TIMEOUT: Duration = Duration::from_mins(15);
/// How long nothing is looked for when nothing is due and nobody woke us: another program on the same database may have added a job.
const IDLE: Duration = Duration::from_secs(2);
/// A time that does not come.
const NEVER: i64 = i64::MAX / 2_000;
/// How often it is tried to keep how jobs ended: not for longer than their leases last.
const FINISH_TRIES: u32 = 30;
/// How long running jobs may take to end once the program stops: whoever runs it kills it after ten seconds, and closing takes a bit.
const DRAIN: Duration = Duration::from_secs(6);

/// Runs jobs until told to stop, then lets those that run end.
///
/// # Errors
/// When the data key opens the jobs no more: they are left to whoever has the right one.
pub async fn work(telegram: Telegram, stop: CancellationToken) -> store::Result<()> {
    let telegram = Arc::new(telegram);
    let mut running = Running::new();
    let mut ended = Ok(());
    while !stop.is_cancelled() {
        // Registered before looking: a job that comes while we look wakes us all the same.
        let shop = telegram.shop.clone();
        let woken = shop.wake.notified();
        let next_at = match start_due(&telegram, &mut running).await {
            // There may be more.
            Ok(Due::Started) => continue,
            Ok(Due::At(at)) => at.unwrap_or(NEVER),
            Err(error @ store::Error::WrongDataKey) => {
                ended = Err(error);
                break;
            }
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
            () = running.one_ended() => {}
        }
        running.forget_ended();
    }
    let drain = async {
        while !running.is_empty() {
            running.one_ended().await;
        }
    };
    if tokio::time::timeout(DRAIN, drain).await.is_err() {
        // Their leases end; whoever starts next runs them again.
        tracing::warn!(running = running.places().running.len(), "stopped with jobs running; they run again after the next start");
    }
    ended
}

/// What runs, by sort: messages that are slow to go out hold up neither people who wait for an answer nor money. Questions to the provider
/// go out as one; what becomes due while they are out is asked together in the next.
struct Running {
    updates: Runs,
    others: Runs,
    rechecks: Runs,
    /// How many are claimed together: how they end is kept together as well.
    caution: Caution,
    /// This program, among those that claim.
    claimer: i64,
    /// Whether the last claim failed in such a way that it may have gone through.
    is_in_doubt: bool,
}

/// The jobs of one sort that run, by task.
#[derive(Default)]
struct Runs {
    tasks: JoinSet<()>,
    jobs: HashMap<Id, Vec<i64>>,
}
impl Running {
    fn new() -> Self {
        Self {
            updates: Runs::default(),
            others: Runs::default(),
            rechecks: Runs::default(),
            caution: Caution::new(RECHECKS_MAX),
            claimer: i64::from_ne_bytes(store::random()),
            is_in_doubt: false,
        }
    }

    /// For how many more jobs of each sort there is a place.
    fn places(&self) -> Places {
        let sorts = [&self.updates, &self.others, &self.rechecks];
        let at_most = |count: usize| i64::try_from(count.min(self.caution.together())).unwrap_or(0);
        Places {
            updates: at_most(self.updates.room(UPDATES_MAX)),
            others: at_most(self.others.room(OTHERS_MAX)),
            rechecks: if self.rechecks.tasks.is_empty() { at_most(RECHECKS_MAX) } else { 0 },
            running: sorts.into_iter().flat_map(|runs| runs.jobs.values().flatten().copied()).collect(),
            claimer: self.claimer,
            is_in_doubt: self.is_in_doubt,
        }
    }

    fn is_empty(&self) -> bool {
        self.updates.tasks.is_empty() && self.others.tasks.is_empty() && self.rechecks.tasks.is_empty()
    }

    /// Waits until something that runs has ended; for ever when nothing runs.
    async fn one_ended(&mut self) {
        tokio::select! {
            () = self.updates.one_ended() => {}
            () = self.others.one_ended() => {}
            () = self.rechecks.one_ended() => {}
        }
    }

    fn forget_ended(&mut self) {
        for runs in [&mut self.updates, &mut self.others, &mut self.rechecks] {
            while let Some(ended) = runs.tasks.try_join_next_with_id() {
                runs.forget(ended);
            }
        }
    }
}

impl Runs {
    fn start(&mut self, jobs: Vec<i64>, work: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(work).id();
        self.jobs.insert(task, jobs);
    }

    fn room(&self, most: usize) -> usize {
        most.saturating_sub(self.tasks.len())
    }

    async fn one_ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.forget(ended),
            None => std::future::pending().await,
        }
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let task = ended.map_or_else(|error| error.id(), |(task, ())| task);
        self.jobs.remove(&task);
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
    let shop = &telegram.shop;
    let places = running.places();
    // A look costs a read; a claim costs a write, and a write costs an fsync. It does not see what a lost claim has taken.
    let next_at = shop.store.read().await?.next_job_at(&places).await?;
    if !places.is_in_doubt && next_at.is_none_or(|at| at > shop.now()) {
        return Ok(Due::At(next_at));
    }
    let (wanted, clock) = (places.clone(), shop.clock.clone());
    let claim = shop.store.write(move |tx| {
        Box::pin(async move {
            let mut claimed = tx.claim(&wanted, &clock, LEASE_SECS).await?;
            for job in claimed.iter_mut().filter(|job| job.kind == JobKind::Reconcile) {
                tx.hold_job(job, job.leased_until + COMPARISON_LEASE_SECS - LEASE_SECS).await?;
            }
            Ok(claimed)
        })
    });
    let claimed = claim.await;
    running.is_in_doubt = claimed.is_err();
    let claimed = claimed?;
    running.caution.kept();
    if claimed.is_empty() {
        // Another program was quicker, or what is due may not run now.
        return Ok(Due::At(shop.store.read().await?.next_job_at(&places).await?));
    }
    let (rechecks, others): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|job| job.kind == JobKind::Recheck);
    if !rechecks.is_empty() {
        let telegram = telegram.clone();
        let ids = rechecks.iter().map(|job| job.id).collect();
        running.rechecks.start(ids, async move { run_rechecks(&telegram, rechecks).await });
    }
    for job in others {
        let telegram = telegram.clone();
        let runs = if job.kind.is_answer() { &mut running.updates } else { &mut running.others };
        runs.start(vec![job.id], async move { run_one(&telegram, job).await });
    }
    Ok(Due::Started)
}

async fn run_one(telegram: &Telegram, job: Job) {
    let work = AssertUnwindSafe(run::job(telegram, &job)).catch_unwind();
    let most = if job.kind == JobKind::Reconcile { COMPARISON_TIMEOUT } else { JOB_TIMEOUT };
    let outcome = match tokio::time::timeout(most, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => run::retry(&job, telegram.shop.now(), "it panicked".to_owned()),
        Err(_) => run::took_too_long(&job, telegram.shop.now()),
    };
    let outcome = match outcome {
        Outcome::Failed { error } => run::given_up(telegram, &job, error).await,
        Outcome::Retry { at, error } if job.kind == JobKind::Reconcile => {
            run::no_comparison(telegram, &job, &error).await;
            Outcome::Retry { at, error }
        }
        Outcome::Retry { at, error } => {
            run::goods_late(telegram, &job, &error).await;
            Outcome::Retry { at, error }
        }
        outcome => outcome,
    };
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
async fn finish(telegram: &Telegram, mut ended: Vec<(Job, Outcome)>) {
    // In the order in which rows are asked for: nobody waits for rows of somebody who waits for theirs.
    ended.sort_by(|(one, _), (other, _)| (one.kind.code(), &one.key).cmp(&(other.kind.code(), &other.key)));
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
