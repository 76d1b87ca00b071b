//! Who runs which job, and until when: taking jobs off the queue, and keeping how they ended.

use super::jobs::{JobKind, PAYLOAD, RECHECKS, UPDATES};
use super::{Conn, Error, Link, Result, on, quiet, row, rows};
use crate::clock::Clock;

/// The advisory lock under which programs that share a PostgreSQL take turns in claiming ("kiosk" in ASCII).
const CLAIMING: i64 = 0x006b_696f_736b;

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
    /// Until when it is the claimer's (unix seconds UTC).
    pub leased_until: i64,
    /// See [`Places::claimer`].
    pub leased_by: i64,
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
    payload_sealed: String,
    attempts: i64,
    revision: i64,
    priority: i64,
    run_at: i64,
}

/// Ends every lease; see [`Conn::end_leases`].
pub(super) const END_LEASES: &str =
    "UPDATE jobs SET leased_until = NULL, leased_by = NULL WHERE leased_until IS NOT NULL AND done_at IS NULL";

/// What may be taken off the queue: how many more jobs of each sort there are places for. One sort that is slow never holds up another.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Updates and their answers: somebody waits for them.
    pub updates: i64,
    /// Everything that is neither of the other two.
    pub others: i64,
    /// Questions to the provider.
    pub rechecks: i64,
    /// Jobs that whoever takes still runs: never taken once more, also when a clock that jumped has ended their leases.
    pub running: Vec<i64>,
    /// Who takes them: a number that no other program has.
    pub claimer: i64,
    /// Whether nobody was told what became of the claimer's last claim. What it has taken, if it went through, would be nobody's until the
    /// leases end: it is given back first.
    pub is_in_doubt: bool,
}

impl Places {
    /// The stretches of priorities in which to look, and how many to take of each at most. Updates come first among what is not a
    /// question, so that one statement takes both.
    fn stretches(&self) -> Vec<(i64, i64, i64)> {
        let before_rechecks = match (self.updates, self.others) {
            (updates, 1..) if updates > 0 => Some((UPDATES, RECHECKS - 1, updates.min(self.others))),
            (_, 1..) => Some((UPDATES + 1, RECHECKS - 1, self.others)),
            (1.., _) => Some((UPDATES, UPDATES, self.updates)),
            _ => None,
        };
        let rechecks = Some((RECHECKS, RECHECKS, self.rechecks)).filter(|_| self.rechecks > 0);
        rechecks.into_iter().chain(before_rechecks).collect()
    }

    /// The jobs that run, as a JSON array.
    fn running(&self) -> String {
        serde_json::Value::from(self.running.as_slice()).to_string()
    }
}

/// Whether a job is of a kind that this release knows: those of a newer one are left to it. Nor do they hold up the others of their lane, which
/// would wait for ever where that release was taken back. A `CASE`, so that PostgreSQL does not look for the kinds in an index.
macro_rules! is_known {
    ($job:literal) => {
        concat!(
            "CASE WHEN ",
            $job,
            ".kind IN ('update', 'show', 'offer', 'recheck', 'card', 'deliver', 'notice', 'sweep', 'reconcile', 'obtain', 'admit',
                'membership', 'daily', 'export', 'broadcast') THEN TRUE ELSE FALSE END"
        )
    };
}

/// What claims jobs. The questions about the lane are scalar ones, not `NOT EXISTS`: so PostgreSQL cannot make a join of them, but walks
/// the index in order and stops at the limit.
macro_rules! claim {
    ($priorities:expr, $running:literal) => {
        concat!(
            "UPDATE jobs SET leased_until = $2, leased_by = $7, attempts = attempts + 1
            WHERE done_at IS NULL AND (leased_until IS NULL OR leased_until <= $1) AND id IN (
                SELECT j.id FROM jobs j
                WHERE j.done_at IS NULL AND j.run_at <= $1 AND j.priority ",
            $priorities,
            " AND ",
            is_known!("j"),
            "
                    AND (j.leased_until IS NULL OR (j.leased_until <= $1 AND j.id NOT IN (",
            $running,
            ")))
                    AND j.id = (SELECT MIN(o.id) FROM jobs o WHERE o.lane = j.lane AND o.done_at IS NULL AND ",
            is_known!("o"),
            ")
                    AND (SELECT COUNT(*) FROM jobs r WHERE r.lane = j.lane AND r.leased_until > $1) = 0
                ORDER BY j.priority, j.run_at, j.id LIMIT $5)
            RETURNING id, kind, key, payload_sealed, attempts, revision, priority, run_at"
        )
    };
}

/// Every priority that there may be, in a newer release as well.
macro_rules! priorities {
    () => {
        "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100]"
    };
}

/// SQLite gets of a stretch of priorities also what is to be done one day, and each membership has such a job: it is given them one by one,
/// goes through them in their order, and stops at the limit.
const CLAIM_SQLITE: &str = claim!(
    concat!("IN (SELECT p.value FROM json_each('", priorities!(), "') p WHERE p.value BETWEEN $3 AND $4)"),
    "SELECT r.value FROM json_each($6) r"
);
/// PostgreSQL knows how much is due, and begins with the time when that is little. Given them one by one it sorts everything that is due.
const CLAIM_POSTGRES: &str = claim!("BETWEEN $3 AND $4", "SELECT CAST(r AS BIGINT) FROM jsonb_array_elements_text(CAST($6 AS jsonb)) r");

/// What gives back the jobs of a claimer that it does not run.
macro_rules! give_back {
    ($running:literal) => {
        concat!(
            "UPDATE jobs SET leased_until = NULL, leased_by = NULL
            WHERE leased_until IS NOT NULL AND leased_by = $1 AND done_at IS NULL AND id NOT IN (",
            $running,
            ")"
        )
    };
}

const GIVE_BACK_SQLITE: &str = give_back!("SELECT r.value FROM json_each($2) r");
const GIVE_BACK_POSTGRES: &str = give_back!("SELECT CAST(r AS BIGINT) FROM jsonb_array_elements_text(CAST($2 AS jsonb)) r");

/// What looks for the next job.
macro_rules! next {
    ($running:literal) => {
        concat!(
            "SELECT
            (SELECT j.run_at FROM jobs j WHERE j.done_at IS NULL AND j.leased_until IS NULL
                AND CASE j.priority WHEN 0 THEN $1 WHEN 100 THEN $3 ELSE $2 END AND ",
            is_known!("j"),
            "
                AND j.id = (SELECT MIN(o.id) FROM jobs o WHERE o.lane = j.lane AND o.done_at IS NULL AND ",
            is_known!("o"),
            ")
                AND (SELECT COUNT(*) FROM jobs r WHERE r.lane = j.lane AND r.leased_until IS NOT NULL) = 0
                ORDER BY j.run_at LIMIT 1),
            (SELECT MIN(l.leased_until) FROM jobs l WHERE l.leased_until IS NOT NULL AND ",
            is_known!("l"),
            "
                AND CASE l.priority WHEN 0 THEN $1 WHEN 100 THEN $3 ELSE $2 END AND l.id NOT IN (",
            $running,
            "))"
        )
    };
}

const NEXT_SQLITE: &str = next!("SELECT r.value FROM json_each($4) r");
const NEXT_POSTGRES: &str = next!("SELECT CAST(r AS BIGINT) FROM jsonb_array_elements_text(CAST($4 AS jsonb)) r");

impl Conn {
    /// Claims jobs that are due, the most urgent first, for so many seconds from when they are taken: as many of each sort as there are
    /// places for, of each lane only the first, and none while another one of the lane is claimed.
    pub async fn claim(&mut self, places: &Places, clock: &Clock, lease_secs: i64) -> Result<Vec<Job>> {
        self.take_turns_in_claiming().await?;
        // Looked at only now: whoever waited long for its turn has the whole lease before it.
        let now = clock.now();
        if places.is_in_doubt {
            let sql = self.spoken(GIVE_BACK_SQLITE, GIVE_BACK_POSTGRES);
            quiet!(self, sql, places.claimer, places.running())?;
        }
        let mut claimed = Vec::new();
        for stretch in places.stretches() {
            claimed.extend(self.claim_stretch(stretch, places, now, now + lease_secs).await?);
        }
        Ok(claimed)
    }

    /// Keeps a job that was claimed just now for longer than the others: until this time (unix seconds UTC).
    pub async fn hold_job(&mut self, job: &mut Job, until: i64) -> Result<()> {
        let sql = "UPDATE jobs SET leased_until = $4 WHERE id = $1 AND leased_until = $2 AND leased_by = $3";
        if quiet!(self, sql, job.id, job.leased_until, job.leased_by, until)? > 0 {
            job.leased_until = until;
        }
        Ok(())
    }

    /// Claims jobs of one of [`Places::stretches`].
    async fn claim_stretch(&mut self, stretch: (i64, i64, i64), places: &Places, now: i64, leased_until: i64) -> Result<Vec<Job>> {
        let ((from, to, limit), claimer) = (stretch, places.claimer);
        let sql = self.spoken(CLAIM_SQLITE, CLAIM_POSTGRES);
        let mut found = rows!(self, JobRow, sql, now, leased_until, from, to, limit, places.running(), claimer)?;
        found.sort_by_key(|row| (row.priority, row.run_at, row.id));
        let mut claimed = Vec::with_capacity(found.len());
        for row in found {
            let id = row.id;
            match self.opened(row, leased_until, claimer) {
                Ok(job) => claimed.push(job),
                // One row that nobody can read must not stop the queue. Whoever has lost the key can read none.
                Err(error) => {
                    self.key_opens().await?;
                    self.give_up(id, &error, now).await?;
                }
            }
        }
        Ok(claimed)
    }

    async fn give_up(&mut self, id: i64, error: &Error, now: i64) -> Result<()> {
        tracing::error!(job.id = id, %error, "a job cannot be read; it is kept as failed");
        let sql = "UPDATE jobs SET leased_until = NULL, leased_by = NULL, failed = TRUE, done_at = $2, last_error = $3 WHERE id = $1";
        quiet!(self, sql, id, now, error.to_string())?;
        Ok(())
    }

    /// On PostgreSQL the statement that claims sees what was committed before it began: two at once could each take a job of one lane.
    async fn take_turns_in_claiming(&mut self) -> Result<()> {
        if matches!(self.link, Link::PostgresTx(_)) {
            quiet!(self, "SELECT pg_advisory_xact_lock($1)", CLAIMING)?;
        }
        Ok(())
    }

    /// When there is something to claim next for which there is a place, in unix seconds UTC: a job that waits, or one whose lease ends.
    pub async fn next_job_at(&mut self, places: &Places) -> Result<Option<i64>> {
        let sql = self.spoken(NEXT_SQLITE, NEXT_POSTGRES);
        let (updates, others, rechecks) = (places.updates > 0, places.others > 0, places.rechecks > 0);
        let found = row!(self, (Option<i64>, Option<i64>), sql, updates, others, rechecks, places.running())?;
        let (waiting, lease_ends) = found.unwrap_or_default();
        Ok(waiting.into_iter().chain(lease_ends).min())
    }

    /// Keeps how a job ended. One that was asked for again while it ran stays, and runs once more. Whoever outlived the lease has no say
    /// any more: the job may be running elsewhere.
    pub async fn finish(&mut self, job: &Job, outcome: &Outcome, now: i64) -> Result<()> {
        let (id, revision, lease, by) = (job.id, job.revision, job.leased_until, job.leased_by);
        let finished = match outcome {
            Outcome::Done => {
                let sql = "UPDATE jobs SET leased_until = NULL, leased_by = NULL, last_error = NULL, attempts = 0,
                        done_at = CASE WHEN revision = $2 THEN $5 ELSE NULL END,
                        payload_sealed = CASE WHEN revision = $2 THEN '' ELSE payload_sealed END
                    WHERE id = $1 AND leased_until = $3 AND leased_by = $4";
                quiet!(self, sql, id, revision, lease, by, now)?
            }
            Outcome::Again(at) => {
                let sql = "UPDATE jobs SET leased_until = NULL, leased_by = NULL, last_error = NULL, attempts = 0,
                        run_at = CASE WHEN revision = $2 THEN $5 ELSE run_at END
                    WHERE id = $1 AND leased_until = $3 AND leased_by = $4";
                quiet!(self, sql, id, revision, lease, by, *at)?
            }
            Outcome::Retry { at, error } => {
                let sql = "UPDATE jobs SET leased_until = NULL, leased_by = NULL, last_error = $6,
                        run_at = CASE WHEN revision = $2 THEN $5 ELSE run_at END
                    WHERE id = $1 AND leased_until = $3 AND leased_by = $4";
                quiet!(self, sql, id, revision, lease, by, *at, error)?
            }
            Outcome::Failed { error } => {
                let sql = "UPDATE jobs SET leased_until = NULL, leased_by = NULL, last_error = $6,
                        failed = CASE WHEN revision = $2 THEN TRUE ELSE FALSE END,
                        done_at = CASE WHEN revision = $2 THEN $5 ELSE NULL END
                    WHERE id = $1 AND leased_until = $3 AND leased_by = $4";
                quiet!(self, sql, id, revision, lease, by, now, error)?
            }
        };
        if finished == 0 {
            tracing::warn!(job.kind = job.kind.code(), job.key, "a job outlived its lease; how it ended is not kept");
            if job.kind == JobKind::Card {
                // What it wrote late may stand over what is true by now: it is written once more. Asked for again meanwhile, the job has
                // another id.
                let sql =
                    "UPDATE jobs SET revision = revision + 1, done_at = NULL, failed = FALSE, run_at = $3 WHERE kind = $1 AND key = $2";
                quiet!(self, sql, job.kind.code(), &job.key, now)?;
            }
        }
        Ok(())
    }

    /// Ends every lease: for a program that starts and knows that no other one runs.
    pub async fn end_leases(&mut self) -> Result<()> {
        quiet!(self, END_LEASES)?;
        Ok(())
    }

    /// How many jobs run, or could run now: first in their lane and due.
    pub async fn jobs_under_way(&mut self, now: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM jobs j WHERE j.done_at IS NULL AND j.run_at <= $1
            AND j.id = (SELECT MIN(o.id) FROM jobs o WHERE o.lane = j.lane AND o.done_at IS NULL)";
        Ok(row!(self, (i64,), sql, now)?.map_or(0, |(count,)| count))
    }

    fn opened(&self, row: JobRow, leased_until: i64, leased_by: i64) -> Result<Job> {
        let kind = JobKind::parse(&row.kind).ok_or_else(|| Error::corrupt(format!("a job of the kind {}", row.kind)))?;
        let sealed = &row.payload_sealed;
        let payload = if sealed.is_empty() { String::new() } else { self.sealer.open(PAYLOAD, sealed)? };
        let JobRow { id, key, attempts, revision, .. } = row;
        Ok(Job { id, kind, key, payload, attempts, revision, leased_until, leased_by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_claimed() {
        let claimed: Vec<&str> = is_known!("j").split('\'').skip(1).step_by(2).collect();
        assert_eq!(claimed, JobKind::ALL.map(JobKind::code));
        let priorities: Vec<i64> = serde_json::from_str(priorities!()).unwrap();
        assert!(JobKind::ALL.iter().all(|kind| priorities.contains(&kind.priority())));
    }
}
