//! What each kind of job does, and when it is tried again.

use crate::domain::order::OrderId;
use crate::shop;
use crate::shop::offer::Asked;
use crate::shop::settle::{Question, Rechecked};
use crate::store::{self, Job, JobKind, Outcome};
use crate::telegram::{Error, Failure, Stepped, Telegram};

/// Done updates are remembered for so long, in seconds: Telegram sends an update again for up to 24 hours.
const UPDATES_KEPT_SECS: i64 = 25 * 3_600;
/// What failed for good is kept for whoever looks, in seconds.
const FAILED_KEPT_SECS: i64 = 30 * 24 * 3_600;
/// Housekeeping, in seconds.
const SWEEP_SECS: i64 = 3_600;
/// Between two comparisons with the provider's list, in seconds.
pub const RECONCILE_SECS: i64 = 24 * 3_600;
/// After one that failed, in seconds.
const RECONCILE_PAUSE_SECS: i64 = 3_600;
/// The staff hears of comparisons that failed so often in a row.
const RECONCILE_FAILURES_TOLD: i64 = 3;
/// Tries of an update: a person who waits has asked again by then.
const UPDATE_ATTEMPTS_MAX: i64 = 6;
/// Tries to show an answer, over about a quarter of an hour: after that it says what is no longer true.
const SHOW_ATTEMPTS_MAX: i64 = 11;
/// Tries of everything else, over a bit more than a day.
const ATTEMPTS_MAX: i64 = 300;
/// Tries to tell somebody who has left, over about a week.
const AWAY_ATTEMPTS_MAX: i64 = 12;
/// The longest pause between two tries, in seconds: paid goods wait for it after every outage.
const PAUSE_MAX_SECS: i64 = 300;
/// Tries until the pause doubles, where it is the database that fails.
const TRIES_A_STEP: i64 = 4;
/// Between two tries of what is never given up, once it has failed for a day, in seconds.
const PATIENT_SECS: i64 = 3_600;
/// As many are swept at once; then there may be more.
const SWEPT_AT_ONCE: u64 = 10_000;

/// Runs one job to its end.
pub(super) async fn job(telegram: &Telegram, job: &Job) -> Outcome {
    let now = telegram.shop.now();
    let result = match job.kind {
        JobKind::Update => telegram.handle(&job.payload, job.attempts >= UPDATE_ATTEMPTS_MAX).await,
        JobKind::Show => telegram.show_again(&job.payload).await,
        JobKind::Offer => return offer(telegram, job).await,
        JobKind::Card => match OrderId::parse(&job.key) {
            Some(id) => return again(job, telegram.shop.now(), telegram.bring_card(&id).await),
            None => Ok(()),
        },
        JobKind::Deliver => match OrderId::parse(&job.key) {
            Some(id) => telegram.bring_goods(&id).await,
            None => Ok(()),
        },
        JobKind::Obtain => return stepped(job, now, telegram.obtain(&job.key, job.attempts).await),
        JobKind::Admit => return stepped(job, now, telegram.admit(&job.key, &job.payload).await),
        JobKind::Membership => return stepped(job, now, telegram.mind_membership(&job.key).await),
        JobKind::Notice => telegram.tell(&job.key, &job.payload).await,
        JobKind::Sweep => return sweep(telegram, now).await,
        JobKind::Reconcile => return reconcile(telegram, job).await,
        JobKind::Export => telegram.bring_export(&job.key).await,
        JobKind::Daily => return again(job, now, telegram.shop.tell_summary().await.map_err(Error::from)),
        JobKind::Broadcast => return again(job, now, telegram.send_broadcast_on(&job.key).await),
        // Claimed apart, in batches.
        JobKind::Recheck => Ok(()),
    };
    match result {
        Ok(()) => Outcome::Done,
        Err(error) => after(job, telegram.shop.now(), &error),
    }
}

fn stepped(job: &Job, now: i64, result: crate::telegram::Result<Stepped>) -> Outcome {
    match result {
        Ok(Stepped::Done) => Outcome::Done,
        Ok(Stepped::Again(at)) => Outcome::Again(at),
        Ok(Stepped::Retry { at, error }) => Outcome::Retry { at, error },
        Err(error) => after(job, now, &error),
    }
}

/// For work that goes on at a moment, or is done.
fn again(job: &Job, now: i64, result: Result<Option<i64>, Error>) -> Outcome {
    match result {
        Ok(Some(at)) => Outcome::Again(at),
        Ok(None) => Outcome::Done,
        Err(error) => after(job, now, &error),
    }
}

async fn offer(telegram: &Telegram, job: &Job) -> Outcome {
    match telegram.shop.ask_for_address(&job.key, job.attempts).await {
        Ok(Asked::Settled) => Outcome::Done,
        Ok(Asked::Later { at, error }) => Outcome::Retry { at, error },
        Err(error) if is_lost_write(&error) => retry_soon(job, telegram.shop.now(), chain(&error)),
        Err(error) => retry(job, telegram.shop.now(), chain(&error)),
    }
}

async fn sweep(telegram: &Telegram, now: i64) -> Outcome {
    let swept = telegram.shop.store.write(move |tx| {
        Box::pin(async move {
            let jobs = tx.sweep_jobs(now - UPDATES_KEPT_SECS, now - FAILED_KEPT_SECS).await?;
            Ok(jobs.max(tx.forget_codes(now).await?))
        })
    });
    match swept.await {
        Ok(count) if count >= SWEPT_AT_ONCE => return Outcome::Again(now + 1),
        Ok(_) => {}
        Err(error) => tracing::warn!(error = ?error, "what is old could not be swept"),
    }
    Outcome::Again(now + SWEEP_SECS)
}

async fn reconcile(telegram: &Telegram, job: &Job) -> Outcome {
    match telegram.shop.reconcile().await {
        Ok(()) => Outcome::Again(telegram.shop.now() + RECONCILE_SECS),
        Err(error) => retry(job, telegram.shop.now(), chain(&error)),
    }
}

/// Asks the provider about many invoices at once.
pub(super) async fn rechecks(telegram: &Telegram, jobs: &[Job]) -> Vec<Outcome> {
    let question = |job: &Job| Question { invoice: job.key.clone(), news_until: job.payload.parse().ok() };
    let questions: Vec<Question> = jobs.iter().map(question).collect();
    let results = telegram.shop.recheck(&questions).await;
    let outcome = |result| match result {
        Ok(Rechecked::Next(Some(at))) => Outcome::Again(at),
        Ok(Rechecked::Next(None)) => Outcome::Done,
        Ok(Rechecked::Trouble { at, error }) => Outcome::Retry { at, error },
        Err(error) => {
            tracing::error!(error = ?error, "an answer of the provider could not be booked");
            recheck_later(telegram.shop.now(), &chain(&error))
        }
    };
    results.into_iter().map(outcome).collect()
}

/// Money is asked about for ever: a question is never given up.
pub(super) fn recheck_later(now: i64, error: &str) -> Outcome {
    Outcome::Retry { at: now + 20, error: error.to_owned() }
}

/// What an error of the telegram room means for its job.
fn after(job: &Job, now: i64, error: &Error) -> Outcome {
    let text = chain(error);
    let out_of_reach = matches!(error, Error::Telegram(Failure::Temporary(_) | Failure::Token | Failure::Wait(_)));
    let outcome = match error {
        Error::Telegram(Failure::Wait(wait)) => {
            let secs = i64::try_from(wait.as_secs()).unwrap_or(60).clamp(1, 3_600);
            if job.attempts > ATTEMPTS_MAX { Outcome::Failed { error: text } } else { Outcome::Retry { at: now + secs, error: text } }
        }
        // Told when the person is back; else ever more seldom.
        Error::Telegram(Failure::Unreachable(_)) => {
            let exponent = u32::try_from(job.attempts.clamp(1, 10) - 1).unwrap_or(0);
            let pause_secs = (3_600 * 2_i64.pow(exponent)).min(24 * 3_600);
            if job.attempts >= AWAY_ATTEMPTS_MAX {
                Outcome::Failed { error: text }
            } else {
                Outcome::Retry { at: now + pause_secs, error: text }
            }
        }
        // The same call would be refused again; but a buyer without a card cannot pay, and its picture may be what is refused.
        Error::Telegram(Failure::Refused(_)) if job.attempts >= 3 && job.kind != JobKind::Card => Outcome::Failed { error: text },
        Error::Shop(error) if is_lost_write(error) => retry_soon(job, now, text),
        _ => retry(job, now, text),
    };
    patiently(job, now, out_of_reach, outcome)
}

/// A job that was stopped because it took too long: whoever it called did not answer.
pub(super) fn took_too_long(job: &Job, now: i64) -> Outcome {
    patiently(job, now, true, retry(job, now, "it took too long".to_owned()))
}

/// What is never given up, because nobody would ask for it again, goes on once an hour. `out_of_reach`: it could not be asked for at all,
/// so nothing is known of the message itself.
fn patiently(job: &Job, now: i64, out_of_reach: bool, outcome: Outcome) -> Outcome {
    let patient = match job.kind {
        // Who has paid is let in, and who has not leaves, however long it takes.
        JobKind::Admit | JobKind::Membership => true,
        // An address leaves the chat, goods come and people are told, also after days without Telegram; and a broadcast goes on.
        JobKind::Card | JobKind::Deliver | JobKind::Notice | JobKind::Broadcast => out_of_reach,
        _ => false,
    };
    match outcome {
        Outcome::Failed { error } if patient => Outcome::Retry { at: now + PATIENT_SECS, error },
        outcome => outcome,
    }
}

/// Tries again after 1, 2, 4, ... seconds, at most five minutes apart; at the end the job has failed.
pub(super) fn retry(job: &Job, now: i64, error: String) -> Outcome {
    retry_at_step(job, now, error, job.attempts)
}

fn is_lost_write(error: &shop::Error) -> bool {
    matches!(error, shop::Error::Store(store::Error::Sql(_)))
}

/// The same after the database has failed. It took the claim, and takes how the job ended: so it is there, and people wait.
fn retry_soon(job: &Job, now: i64, error: String) -> Outcome {
    retry_at_step(job, now, error, job.attempts.saturating_add(TRIES_A_STEP - 1) / TRIES_A_STEP)
}

/// `step` is how often the pause has doubled, and one.
fn retry_at_step(job: &Job, now: i64, error: String, step: i64) -> Outcome {
    if job.kind == JobKind::Reconcile {
        // Nobody waits for it, nobody would ask for it again, and it reads a long list each time.
        tracing::warn!(error, "the books could not be compared with the provider's list; tried again in an hour");
        return Outcome::Retry { at: now + RECONCILE_PAUSE_SECS, error };
    }
    let most = match job.kind {
        JobKind::Update => UPDATE_ATTEMPTS_MAX,
        JobKind::Show => SHOW_ATTEMPTS_MAX,
        _ => ATTEMPTS_MAX,
    };
    if job.attempts >= most {
        return Outcome::Failed { error };
    }
    tracing::warn!(job.kind = job.kind.code(), job.key, job.attempts, error, "a job is tried again");
    let exponent = u32::try_from(step.clamp(1, 12) - 1).unwrap_or(0);
    Outcome::Retry { at: now + 2_i64.pow(exponent).min(PAUSE_MAX_SECS), error }
}

/// The comparison has failed, in whatever way: once that is no accident any more, somebody must know.
pub(super) async fn no_comparison(telegram: &Telegram, job: &Job, why: &str) {
    if job.attempts >= RECONCILE_FAILURES_TOLD
        && let Err(error) = telegram.shop.tell_of_no_comparison(why).await
    {
        tracing::error!(error = ?error, "that the books cannot be compared could not be told; told after the next failure");
    }
}

/// Goods that have been on their way for more than a day and are tried for on: somebody must know. A file may be too large for the line
/// between here and Telegram, and then it does not come by itself.
pub(super) async fn goods_late(telegram: &Telegram, job: &Job, why: &str) {
    if job.kind != JobKind::Deliver || job.attempts < ATTEMPTS_MAX {
        return;
    }
    let Some(id) = OrderId::parse(&job.key) else { return };
    if let Err(error) = telegram.shop.goods_late(&id, &short(why)).await {
        tracing::error!(job.key, error = ?error, "that goods do not arrive could not be told; told after the next try");
    }
}

/// A job that failed for good: goods that did not arrive are a case, neither an address that did not come nor a file that was not sent
/// is waited for any longer, and a broadcast says that it halts. The job is over only once that is written: nobody else would look after what it leaves behind.
pub(super) async fn given_up(telegram: &Telegram, job: &Job, error: String) -> Outcome {
    let why = short(&error);
    let done = match (job.kind, OrderId::parse(&job.key)) {
        (JobKind::Deliver, Some(id)) => telegram.shop.goods_stuck(&id, &why).await,
        (JobKind::Obtain, _) => telegram.shop.hold_line(&job.key, &why).await,
        (JobKind::Offer, _) => telegram.shop.give_up_offer(&job.key, &why).await,
        (JobKind::Export, _) => telegram.shop.end_export(&job.key).await,
        (JobKind::Broadcast, _) => telegram.shop.give_up_broadcast(&job.key).await,
        _ => Ok(()),
    };
    match done {
        Ok(()) => {
            tracing::error!(job.kind = job.kind.code(), job.key, job.attempts, error, "a job has failed for good");
            Outcome::Failed { error }
        }
        Err(trouble) => {
            let what = "what a failed job leaves behind could not be written; the job is tried again";
            tracing::error!(job.kind = job.kind.code(), job.key, error, trouble = ?trouble, "{what}");
            Outcome::Retry { at: telegram.shop.now() + PAUSE_MAX_SECS, error }
        }
    }
}

/// As much of an error as a case holds.
fn short(error: &str) -> String {
    error.chars().take(200).collect()
}

/// An error with its causes, in one line. Errors of ours hold no secret.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.chars().take(500).collect()
}
