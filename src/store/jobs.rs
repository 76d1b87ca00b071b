//! The one durable queue, as rows. What it means to run a job is not known here.

use super::{Conn, Error, Result, execute, on, rising_id, row, rows};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Answer one update from Telegram. Key: its `update_id`.
    Update,
    /// Ask the provider for an address. Key: invoice id.
    Offer,
    /// Ask the provider what has come. Key: invoice id.
    Recheck,
    /// Make the payment card in the chat show the truth. Key: order id.
    Card,
    /// Bring paid goods to the chat. Key: order id.
    Deliver,
    /// Tell a person something that must not be missed. Key: what it is about.
    Notice,
    /// Throw away what is no longer needed. Key: one.
    Sweep,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [Self::Update, Self::Offer, Self::Recheck, Self::Card, Self::Deliver, Self::Notice, Self::Sweep];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Offer => "offer",
            Self::Recheck => "recheck",
            Self::Card => "card",
            Self::Deliver => "deliver",
            Self::Notice => "notice",
            Self::Sweep => "sweep",
        }
    }

    fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Lower runs first: people who wait, then money, then goods and words, then housekeeping.
    fn priority(self) -> i64 {
        match self {
            Self::Update => 0,
            Self::Offer | Self::Recheck => 1,
            Self::Card | Self::Deliver => 2,
            Self::Notice => 3,
            Self::Sweep => 9,
        }
    }
}

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub kind: JobKind,
    /// What it is about: one job per kind and key.
    pub key: String,
    /// Jobs of one lane run one after another.
    pub lane: String,
    pub payload: String,
    /// Unix seconds UTC.
    pub run_at: i64,
}

/// A job that was claimed: nobody else runs it until the lease ends.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: i64,
    pub kind: JobKind,
    pub key: String,
    pub payload: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// See [`Conn::finish`].
    pub revision: i64,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do.
    Done,
    /// To be run again at this time (unix seconds UTC), because it went well and there is more to come.
    Again(i64),
    /// To be tried again at this time (unix seconds UTC).
    Retry { at: i64, error: String },
    /// It cannot be done; kept for whoever looks.
    Failed { error: String },
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    kind: String,
    key: String,
    payload: String,
    attempts: i64,
    revision: i64,
}

impl TryFrom<JobRow> for Job {
    type Error = Error;

    fn try_from(row: JobRow) -> Result<Self> {
        let kind = JobKind::parse(&row.kind).ok_or_else(|| Error::corrupt(format!("a job of the kind {}", row.kind)))?;
        Ok(Self { id: row.id, kind, key: row.key, payload: row.payload, attempts: row.attempts, revision: row.revision })
    }
}

/// Updates of one chat that may wait: beyond it somebody hammers, and what else comes is dropped.
const LANE_UPDATES_MAX: i64 = 30;

impl Conn {
    /// Adds a job. If there is one of this kind and key, it is asked for again instead: it runs at the earlier of the two times, and once
    /// more if it is running just now.
    pub async fn ask_for(&mut self, job: &NewJob, now_millis: i64) -> Result<()> {
        let sql = "INSERT INTO jobs (id, kind, key, lane, priority, payload, run_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (kind, key) DO UPDATE SET revision = jobs.revision + 1, payload = excluded.payload, attempts = 0, failed = FALSE,
                run_at = CASE WHEN jobs.done_at IS NULL AND jobs.run_at < excluded.run_at THEN jobs.run_at ELSE excluded.run_at END,
                done_at = NULL";
        let kind = job.kind;
        let id = rising_id(now_millis);
        execute!(self, sql, id, kind.code(), &job.key, &job.lane, kind.priority(), &job.payload, job.run_at)?;
        Ok(())
    }

    /// Adds an update, once: false when it is known. An update of a chat that hammers is kept as done, so that nothing runs for it.
    pub async fn add_update(&mut self, update_id: i64, lane: &str, raw: &str, now_millis: i64) -> Result<bool> {
        let now = now_millis.div_euclid(1_000);
        let waiting = row!(self, (i64,), "SELECT COUNT(*) FROM jobs WHERE lane = $1 AND done_at IS NULL", lane)?;
        let dropped = waiting.is_some_and(|(count,)| count >= LANE_UPDATES_MAX);
        let (payload, done_at) = if dropped { ("", Some(now)) } else { (raw, None) };
        let sql = "INSERT INTO jobs (id, kind, key, lane, priority, payload, run_at, done_at, failed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (kind, key) DO NOTHING";
        let kind = JobKind::Update;
        let id = rising_id(now_millis);
        let added = execute!(self, sql, id, kind.code(), update_id.to_string(), lane, kind.priority(), payload, now, done_at, dropped)?;
        Ok(added == 1 && !dropped)
    }

    /// Claims jobs that are due, at most one per lane and the first of it, until `leased_until` (unix seconds UTC). `rechecks` tells
    /// whether questions to the provider are claimed (they run in batches), or everything else.
    pub async fn claim(&mut self, rechecks: bool, limit: i64, now: i64, leased_until: i64) -> Result<Vec<Job>> {
        let sql = "UPDATE jobs SET leased_until = $4, attempts = attempts + 1
            WHERE done_at IS NULL AND (leased_until IS NULL OR leased_until <= $3) AND id IN (
                SELECT j.id FROM jobs j
                WHERE j.done_at IS NULL AND j.run_at <= $3 AND (j.leased_until IS NULL OR j.leased_until <= $3)
                    AND (j.kind = 'recheck') = $1
                    AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.lane = j.lane AND o.done_at IS NULL AND o.id < j.id)
                ORDER BY j.priority, j.run_at, j.id LIMIT $2)
            RETURNING id, kind, key, payload, attempts, revision";
        rows!(self, JobRow, sql, rechecks, limit, now, leased_until)?.into_iter().map(Job::try_from).collect()
    }

    /// When the next job that is not leased is due, in unix seconds UTC.
    pub async fn next_job_at(&mut self) -> Result<Option<i64>> {
        let sql = "SELECT CAST(MIN(CASE WHEN j.leased_until IS NULL OR j.leased_until < j.run_at THEN j.run_at ELSE j.leased_until END)
                AS BIGINT)
            FROM jobs j WHERE j.done_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.lane = j.lane AND o.done_at IS NULL AND o.id < j.id)";
        Ok(row!(self, (Option<i64>,), sql)?.and_then(|(at,)| at))
    }

    /// Keeps how a job ended. One that was asked for again while it ran stays, and runs once more.
    pub async fn finish(&mut self, job: &Job, outcome: &Outcome, now: i64) -> Result<()> {
        let (id, revision) = (job.id, job.revision);
        match outcome {
            Outcome::Done => {
                let sql = "UPDATE jobs SET leased_until = NULL, last_error = NULL, attempts = 0,
                        done_at = CASE WHEN revision = $2 THEN $3 ELSE NULL END,
                        payload = CASE WHEN revision = $2 THEN '' ELSE payload END
                    WHERE id = $1";
                execute!(self, sql, id, revision, now)?;
            }
            Outcome::Again(at) => {
                let sql = "UPDATE jobs SET leased_until = NULL, last_error = NULL, attempts = 0,
                        run_at = CASE WHEN revision = $2 THEN $3 ELSE run_at END
                    WHERE id = $1";
                execute!(self, sql, id, revision, *at)?;
            }
            Outcome::Retry { at, error } => {
                let sql = "UPDATE jobs SET leased_until = NULL, last_error = $4,
                        run_at = CASE WHEN revision = $2 THEN $3 ELSE run_at END
                    WHERE id = $1";
                execute!(self, sql, id, revision, *at, error)?;
            }
            Outcome::Failed { error } => {
                let sql = "UPDATE jobs SET leased_until = NULL, last_error = $4, failed = TRUE,
                        done_at = CASE WHEN revision = $2 THEN $3 ELSE NULL END
                    WHERE id = $1";
                execute!(self, sql, id, revision, now, error)?;
            }
        }
        Ok(())
    }

    /// Ends every lease: for a program that starts and knows that no other one runs.
    pub async fn end_leases(&mut self) -> Result<()> {
        execute!(self, "UPDATE jobs SET leased_until = NULL WHERE leased_until IS NOT NULL AND done_at IS NULL")?;
        Ok(())
    }

    /// Throws away jobs that were done before a moment (unix seconds UTC). What failed stays four times as long.
    pub async fn sweep_jobs(&mut self, before: i64, failed_before: i64) -> Result<u64> {
        let sql = "DELETE FROM jobs WHERE done_at IS NOT NULL AND done_at < CASE WHEN failed THEN $2 ELSE $1 END";
        Ok(execute!(self, sql, before, failed_before)?)
    }

    /// How many jobs wait to run now, are leased, or have failed: (waiting, failed).
    pub async fn job_counts(&mut self, now: i64) -> Result<(i64, i64)> {
        let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN done_at IS NULL AND run_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN failed THEN 1 ELSE 0 END), 0) AS BIGINT) FROM jobs";
        Ok(row!(self, (i64, i64), sql, now)?.unwrap_or((0, 0)))
    }
}
