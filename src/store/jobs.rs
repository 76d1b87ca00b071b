//! The one durable queue, as rows: what is asked for. Who runs it is `claims`; what it means to run it is not known here.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Conn, Result, on, quiet, rising_id, row};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Answer one update from Telegram. Key: its `update_id`.
    Update,
    /// Show what an update was answered with, where that could not be shown at once. Key: what names the update.
    Show,
    /// Ask the provider for an address. Key: invoice id.
    Offer,
    /// Ask the provider what has come. Key: invoice id.
    Recheck,
    /// Make the payment card in the chat show the truth. Key: order id.
    Card,
    /// Bring paid goods to the chat. Key: order id.
    Deliver,
    /// Get the goods of a paid line from outside: a link, or the answer of the seller's system. Key: line id.
    Obtain,
    /// Let somebody into a channel or group who asks for it, or not. Key: chat and person.
    Admit,
    /// Remind of the end of a membership, and end it. Key: person and chat.
    Membership,
    /// Tell a person something that must not be missed. Key: what it is about.
    Notice,
    /// Throw away what is no longer needed. Key: one.
    Sweep,
    /// Compare the books with the provider's list. Key: one.
    Reconcile,
    /// Tell the owners about the day before. Key: one.
    Daily,
    /// Make a file and send it. Key: export id.
    Export,
    /// Send a broadcast on, a few messages at a time. Key: broadcast id.
    Broadcast,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Update,
        Self::Show,
        Self::Offer,
        Self::Recheck,
        Self::Card,
        Self::Deliver,
        Self::Notice,
        Self::Sweep,
        Self::Reconcile,
        Self::Obtain,
        Self::Admit,
        Self::Membership,
        Self::Daily,
        Self::Export,
        Self::Broadcast,
    ];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Show => "show",
            Self::Offer => "offer",
            Self::Recheck => "recheck",
            Self::Card => "card",
            Self::Deliver => "deliver",
            Self::Obtain => "obtain",
            Self::Admit => "admit",
            Self::Membership => "membership",
            Self::Notice => "notice",
            Self::Sweep => "sweep",
            Self::Reconcile => "reconcile",
            Self::Daily => "daily",
            Self::Export => "export",
            Self::Broadcast => "broadcast",
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether somebody waits for what it says.
    pub fn is_answer(self) -> bool {
        self.priority() == UPDATES
    }

    /// Lower runs first: people who wait, then money, then goods and words, then housekeeping. Questions to the provider are claimed
    /// apart from all others. Each is one of those that `claims` names.
    pub(super) fn priority(self) -> i64 {
        match self {
            Self::Update | Self::Show => UPDATES,
            Self::Offer => 1,
            Self::Card | Self::Deliver | Self::Obtain | Self::Admit => 2,
            Self::Notice | Self::Membership => 3,
            Self::Export => 5,
            // Behind everything that somebody waits for.
            Self::Broadcast => 8,
            Self::Sweep | Self::Reconcile | Self::Daily => 9,
            Self::Recheck => RECHECKS,
        }
    }
}

/// The priority of updates: before all others.
pub(super) const UPDATES: i64 = 0;
/// The priority of questions to the provider: behind all others, so that each of the two sorts of claims walks one stretch of one index.
pub(super) const RECHECKS: i64 = 100;
/// What is sealed under this name: see the schema.
pub(super) const PAYLOAD: &str = "job";
/// Most jobs that one sweep throws away, so that it holds nobody up.
const SWEEP_MAX: i64 = 10_000;
/// An update from Telegram, as it came.
#[derive(Debug, Clone)]
pub struct NewUpdate {
    /// Telegram's number of it.
    pub id: i64,
    /// Updates of one lane are answered one after another.
    pub lane: String,
    /// Who sent it, when somebody did.
    pub from: Option<i64>,
    pub raw: String,
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

/// What adds the jobs of some rows, or asks for them again where they are. A question about an invoice of which something was told keeps that,
/// whoever else asks.
macro_rules! ask_for {
    ($rows:literal) => {
        concat!(
            "INSERT INTO jobs (id, kind, key, lane, priority, payload_sealed, run_at) ",
            $rows,
            " ON CONFLICT (kind, key) DO UPDATE SET revision = jobs.revision + 1, attempts = 0, failed = FALSE,
                payload_sealed = CASE WHEN jobs.kind = 'recheck' AND jobs.done_at IS NULL AND excluded.payload_sealed = ''
                    THEN jobs.payload_sealed ELSE excluded.payload_sealed END,
                id = CASE WHEN jobs.done_at IS NULL THEN jobs.id ELSE excluded.id END,
                lane = CASE WHEN jobs.done_at IS NULL THEN jobs.lane ELSE excluded.lane END,
                run_at = CASE WHEN jobs.done_at IS NULL AND jobs.run_at < excluded.run_at THEN jobs.run_at ELSE excluded.run_at END,
                done_at = NULL"
        )
    };
}

const ASK_FOR_ALL_SQLITE: &str = ask_for!(
    "SELECT n.value ->> 0, n.value ->> 1, n.value ->> 2, n.value ->> 3, n.value ->> 4, n.value ->> 5, n.value ->> 6
        FROM json_each($1) n WHERE TRUE"
);
const ASK_FOR_ALL_POSTGRES: &str = ask_for!(
    "SELECT CAST(n ->> 0 AS BIGINT), n ->> 1, n ->> 2, n ->> 3, CAST(n ->> 4 AS BIGINT), n ->> 5, CAST(n ->> 6 AS BIGINT)
        FROM jsonb_array_elements(CAST($1 AS jsonb)) n"
);

/// Updates of one chat that may wait: beyond it somebody hammers, and what else comes is dropped.
const LANE_UPDATES_MAX: i64 = 30;
/// The same for somebody of the staff, who may send a hundred files at once, or have answered many customers while the program was away.
const STAFF_UPDATES_MAX: i64 = 1_000;

impl Conn {
    /// Adds a job. If there is one of this kind and key, it is asked for again instead: it runs at the earlier of the two times, and once
    /// more if it is running just now. One that was done goes to the end of its lane, where a new one would go.
    pub async fn ask_for(&mut self, job: &NewJob, now_millis: i64) -> Result<()> {
        let sql = ask_for!("VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let kind = job.kind;
        let id = rising_id(now_millis);
        let payload = self.sealed_payload(&job.payload)?;
        quiet!(self, sql, id, kind.code(), &job.key, &job.lane, kind.priority(), payload, job.run_at)?;
        Ok(())
    }

    /// Asks for all of these jobs, each of a lane of its own, as [`Conn::ask_for`] does, in one statement.
    pub async fn ask_for_all(&mut self, jobs: &[NewJob], now_millis: i64) -> Result<()> {
        // The last of those of one kind and key; in one order, so that two programs do not wait for each other's rows.
        let jobs: BTreeMap<_, _> = jobs.iter().map(|job| ((job.kind.code(), &job.key), job)).collect();
        let mut list = Vec::with_capacity(jobs.len());
        for ((kind, key), job) in jobs {
            let payload = self.sealed_payload(&job.payload)?;
            list.push(json!([rising_id(now_millis), kind, key, job.lane, job.kind.priority(), payload, job.run_at]));
        }
        if !list.is_empty() {
            let sql = self.spoken(ASK_FOR_ALL_SQLITE, ASK_FOR_ALL_POSTGRES);
            quiet!(self, sql, serde_json::Value::from(list).to_string())?;
        }
        Ok(())
    }

    /// Adds a job, once: nothing happens when there is, or was, one of this kind and key.
    pub async fn ask_once(&mut self, job: &NewJob, now_millis: i64) -> Result<()> {
        let sql = "INSERT INTO jobs (id, kind, key, lane, priority, payload_sealed, run_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (kind, key) DO NOTHING";
        let (id, kind, payload) = (rising_id(now_millis), job.kind, self.sealed_payload(&job.payload)?);
        quiet!(self, sql, id, kind.code(), &job.key, &job.lane, kind.priority(), payload, job.run_at)?;
        Ok(())
    }

    /// Adds an update, once: false when it is known. An update of a chat that hammers is kept as done, so that nothing runs for it.
    pub async fn add_update(&mut self, update: &NewUpdate, now_millis: i64) -> Result<bool> {
        let sql = "INSERT INTO jobs (id, kind, key, lane, priority, payload_sealed, run_at, done_at)
            SELECT $1, $2, $3, $4, $5, CASE WHEN lane.is_full THEN '' ELSE $6 END, $7, CASE WHEN lane.is_full THEN $7 END
            FROM (SELECT COUNT(*) >= $8 AND (COUNT(*) >= $9 OR NOT EXISTS (SELECT 1 FROM staff s WHERE s.customer_id = $10)) AS is_full
                FROM jobs WHERE lane = $4 AND done_at IS NULL AND kind = 'update') lane WHERE TRUE
            ON CONFLICT (kind, key) DO NOTHING RETURNING done_at";
        let kind = JobKind::Update;
        let (id, now, payload) = (rising_id(now_millis), now_millis.div_euclid(1_000), self.sealed_payload(&update.raw)?);
        let (key, lane, from, priority) = (update.id.to_string(), &update.lane, update.from, kind.priority());
        let (most, most_of_staff) = (LANE_UPDATES_MAX, STAFF_UPDATES_MAX);
        let added = row!(self, (Option<i64>,), sql, id, kind.code(), key, lane, priority, payload, now, most, most_of_staff, from)?;
        Ok(added == Some((None,)))
    }

    /// Puts in the place of an update what it was answered with: whoever takes it up once more finds that. False when it is done already.
    pub async fn answer_update(&mut self, update: i64, answer: &str) -> Result<bool> {
        let payload = self.sealed_payload(answer)?;
        let sql = "UPDATE jobs SET payload_sealed = $3 WHERE kind = $1 AND key = $2 AND done_at IS NULL";
        Ok(quiet!(self, sql, JobKind::Update.code(), update.to_string(), payload)? == 1)
    }

    /// Makes what waits in a lane due now.
    pub async fn hurry(&mut self, lane: &str, now: i64) -> Result<()> {
        quiet!(self, "UPDATE jobs SET run_at = $2 WHERE lane = $1 AND done_at IS NULL AND run_at > $2", lane, now)?;
        Ok(())
    }

    /// Makes every job of a kind due at this time (unix seconds UTC) at the latest.
    pub async fn hurry_kind(&mut self, kind: JobKind, at: i64) -> Result<()> {
        quiet!(self, "UPDATE jobs SET run_at = $2 WHERE kind = $1 AND done_at IS NULL AND run_at > $2", kind.code(), at)?;
        Ok(())
    }

    /// The clock was set back by so many seconds: what was to be done soon is done as soon as it was to be. What belongs to a date of the
    /// calendar stays where it is; the summary of the day looks at the calendar anew.
    pub async fn set_back_jobs(&mut self, secs: i64, now: i64) -> Result<()> {
        let sql = "UPDATE jobs SET run_at = CASE WHEN kind = 'daily' OR run_at - $1 < $2 THEN $2 ELSE run_at - $1 END
            WHERE done_at IS NULL AND run_at > $2 AND kind <> 'membership'";
        quiet!(self, sql, secs, now)?;
        Ok(())
    }

    /// Throws away jobs that were done before a moment, and those that failed before an earlier one (unix seconds UTC), 10 000 at most at
    /// a time; tells how many.
    pub async fn sweep_jobs(&mut self, before: i64, failed_before: i64) -> Result<u64> {
        let sql = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
            WHERE done_at IS NOT NULL AND done_at < $1 AND (failed = FALSE OR done_at < $2) ORDER BY done_at LIMIT $3)";
        Ok(quiet!(self, sql, before, failed_before, SWEEP_MAX)?)
    }

    /// How many jobs are due or running, and how many have failed: (waiting, failed).
    pub async fn job_counts(&mut self, now: i64) -> Result<(i64, i64)> {
        let sql = "SELECT (SELECT COUNT(*) FROM jobs WHERE done_at IS NULL AND run_at <= $1), (SELECT COUNT(*) FROM jobs WHERE failed)";
        Ok(row!(self, (i64, i64), sql, now)?.unwrap_or((0, 0)))
    }

    fn sealed_payload(&self, payload: &str) -> Result<String> {
        if payload.is_empty() { Ok(String::new()) } else { self.sealer.seal(PAYLOAD, payload) }
    }
}
