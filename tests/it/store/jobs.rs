//! The queue: each job to one claimer, lanes in order, nothing forgotten.

use std::collections::HashSet;

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::store::{Job, JobKind, NewJob, NewUpdate, Outcome, Places, Result, Store};
use sqlx::Connection as _;

use super::{DATA_KEY, Db, NOW, NOW_MILLIS, at, places, somebody_waits, stories, write_with};

/// When a lease of these stories ends.
const LEASE: i64 = NOW + 60;
/// The lock under which programs take turns in claiming: see `store::claims`.
const CLAIMING: i64 = 0x006b_696f_736b;

stories![
    what_waits_in_a_lane_can_be_made_due,
    a_job_comes_to_its_claimer_as_it_was_asked_for,
    a_job_is_not_claimed_before_its_time,
    a_job_that_is_asked_for_twice_is_one_and_runs_at_the_earlier_time,
    a_job_asked_for_again_while_it_runs_runs_again,
    a_job_asked_for_again_after_it_was_done_goes_to_the_end_of_its_lane,
    jobs_asked_for_together_are_as_if_each_was_asked_for,
    a_question_keeps_what_was_told_whoever_else_asks_it,
    many_programs_ask_for_the_same_jobs_together,
    jobs_of_one_lane_run_in_order_one_at_a_time,
    a_job_that_was_committed_late_waits_for_the_one_that_runs,
    a_job_that_waits_for_its_time_holds_its_lane,
    the_urgent_come_first_and_the_old_before_the_new,
    questions_to_the_provider_are_claimed_apart,
    an_update_has_a_place_where_everything_else_is_full,
    a_job_that_still_runs_is_not_claimed_again_when_the_clock_has_jumped,
    two_claims_never_give_one_job_twice,
    many_programs_never_run_two_jobs_of_one_lane_at_once,
    a_lease_that_ended_lets_another_claim_and_whoever_outlived_it_has_no_say,
    a_job_that_is_held_for_longer_is_nobody_elses_for_longer,
    what_a_lost_claim_has_taken_is_given_back_and_nothing_else,
    a_job_that_was_given_back_is_not_finished_by_whoever_had_it,
    a_card_that_was_written_after_its_lease_is_written_once_more,
    a_start_alone_ends_every_lease,
    a_retry_waits_and_counts_and_a_success_forgets_the_count,
    what_failed_is_kept_and_counted_and_can_be_asked_for_again,
    an_update_is_taken_once,
    a_chat_that_hammers_is_capped_and_what_it_is_owed_does_not_count,
    old_jobs_are_swept_and_failed_ones_stay_longer,
    the_next_moment_is_known,
    a_row_that_nobody_can_read_does_not_stop_the_queue,
    a_job_of_a_newer_release_is_left_to_it_and_holds_up_nobody,
    ids_rise_also_when_the_clock_stands,
];

/// An update that nobody of the staff has sent.
fn update(id: i64, lane: &str, raw: &str) -> NewUpdate {
    NewUpdate { id, lane: lane.to_owned(), from: Some(7), raw: raw.to_owned() }
}

fn job(kind: JobKind, key: &str, lane: &str, run_at: i64) -> NewJob {
    NewJob { kind, key: key.to_owned(), lane: lane.to_owned(), payload: format!("payload of {key}"), run_at }
}

async fn ask_for(db: &Db, job: NewJob) {
    write_with!(db, tx => tx.ask_for(&job, NOW_MILLIS)).unwrap();
}

async fn claim_at(db: &Db, now: i64) -> Vec<Job> {
    claim_with(db, &places(10, 0), now).await
}

async fn claim_with(db: &Db, places: &Places, now: i64) -> Vec<Job> {
    let places = places.clone();
    write_with!(db, tx => tx.claim(&places, &at(now), 60)).unwrap()
}

async fn finish(db: &Db, job: &Job, outcome: Outcome) {
    let job = job.clone();
    write_with!(db, tx => tx.finish(&job, &outcome, NOW)).unwrap();
}

fn keys(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.key.as_str()).collect()
}

async fn a_job_comes_to_its_claimer_as_it_was_asked_for(db: Db) {
    assert!(claim_at(&db, NOW).await.is_empty());
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    let db = db.restart().await;
    let claimed = claim_at(&db, NOW).await;
    let [found] = claimed.as_slice() else { panic!("{claimed:?}") };
    assert_eq!((found.kind, found.key.as_str(), found.payload.as_str(), found.attempts), (JobKind::Deliver, "o1", "payload of o1", 1));
    assert!(claim_at(&db, NOW).await.is_empty(), "it is claimed");
    finish(&db, found, Outcome::Done).await;
    assert!(claim_at(&db, LEASE).await.is_empty(), "it is done");
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (0, 0));
    assert_eq!(db.read().await.jobs_under_way(NOW).await.unwrap(), 0);
}

async fn a_job_is_not_claimed_before_its_time(db: Db) {
    ask_for(&db, job(JobKind::Notice, "n", "1", NOW + 5)).await;
    assert!(claim_at(&db, NOW + 4).await.is_empty());
    assert_eq!(keys(&claim_at(&db, NOW + 5).await), ["n"]);
}

async fn a_job_that_is_asked_for_twice_is_one_and_runs_at_the_earlier_time(db: Db) {
    for run_at in [NOW + 20, NOW + 5, NOW + 60] {
        ask_for(&db, job(JobKind::Card, "o1", "1", run_at)).await;
    }
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW + 5));
    assert_eq!(claim_at(&db, NOW + 90).await.len(), 1);
}

async fn a_job_asked_for_again_while_it_runs_runs_again(db: Db) {
    for outcome in [Outcome::Done, Outcome::Again(NOW + 900), Outcome::Failed { error: "no".to_owned() }] {
        ask_for(&db, job(JobKind::Card, "o1", "1", NOW)).await;
        let first = claim_at(&db, NOW).await;
        let mut again = job(JobKind::Card, "o1", "1", NOW);
        again.payload = String::from("newer");
        ask_for(&db, again).await;
        assert!(claim_at(&db, NOW).await.is_empty(), "not beside itself");
        finish(&db, &first[0], outcome.clone()).await;
        let second = claim_at(&db, NOW).await;
        assert_eq!(second.first().map(|job| job.payload.as_str()), Some("newer"), "after {outcome:?}");
        finish(&db, &second[0], Outcome::Done).await;
        assert!(claim_at(&db, NOW + 9_000).await.is_empty(), "after {outcome:?}");
        assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (0, 0), "after {outcome:?}");
    }
}

async fn a_job_asked_for_again_after_it_was_done_goes_to_the_end_of_its_lane(db: Db) {
    ask_for(&db, job(JobKind::Card, "o1", "chat", NOW)).await;
    let card = claim_at(&db, NOW).await;
    finish(&db, &card[0], Outcome::Done).await;
    ask_for(&db, job(JobKind::Notice, "running", "chat", NOW)).await;
    let running = claim_at(&db, NOW).await;
    ask_for(&db, job(JobKind::Card, "o1", "chat", NOW)).await;
    assert!(claim_at(&db, NOW).await.is_empty(), "its lane is busy");
    finish(&db, &running[0], Outcome::Done).await;
    assert_eq!(keys(&claim_at(&db, NOW).await), ["o1"]);
}

async fn jobs_asked_for_together_are_as_if_each_was_asked_for(db: Db) {
    for key in ["done", "running", "failed"] {
        ask_for(&db, job(JobKind::Card, key, key, NOW)).await;
    }
    let claimed = claim_at(&db, NOW).await;
    let of = |key: &str| claimed.iter().find(|job| job.key == key).unwrap();
    finish(&db, of("done"), Outcome::Done).await;
    finish(&db, of("failed"), Outcome::Failed { error: "no".to_owned() }).await;
    ask_for(&db, job(JobKind::Card, "late", "late", NOW + 500)).await;
    let mut together = Vec::from(["done", "running", "failed", "late", "new", "new"].map(|key| job(JobKind::Card, key, key, NOW + 1)));
    together[5].payload = String::from("it's \"quoted\" \\ and newer");
    together.push(job(JobKind::Deliver, "new", "goods", NOW + 1));
    write_with!(db, tx => tx.ask_for_all(&together, NOW_MILLIS)).unwrap();

    assert!(claim_at(&db, NOW).await.is_empty(), "before their time");
    let mut found = claim_at(&db, NOW + 1).await;
    found.sort_by(|a, b| (a.kind.code(), &a.key).cmp(&(b.kind.code(), &b.key)));
    assert_eq!(keys(&found), ["done", "failed", "late", "new", "new"], "all but the one that runs");
    assert_eq!(found[3].payload, "it's \"quoted\" \\ and newer", "the last of two that are the same");
    assert_eq!(found[4].payload, "payload of new");
    finish(&db, of("running"), Outcome::Done).await;
    assert_eq!(keys(&claim_at(&db, NOW + 1).await), ["running"], "once more");
    write_with!(db, tx => tx.ask_for_all(&[], NOW_MILLIS)).unwrap();
}

async fn a_question_keeps_what_was_told_whoever_else_asks_it(db: Db) {
    let question = |payload: &str| NewJob { payload: payload.to_owned(), ..job(JobKind::Recheck, "i1", "i1", NOW) };
    let claimed = async || write_with!(db, tx => tx.claim(&places(0, 1), &at(NOW), 60)).unwrap().remove(0);
    ask_for(&db, question("told")).await;
    ask_for(&db, question("")).await;
    let together = [question("")];
    write_with!(db, tx => tx.ask_for_all(&together, NOW_MILLIS)).unwrap();
    let asked = claimed().await;
    assert_eq!(asked.payload, "told");
    ask_for(&db, question("")).await;
    finish(&db, &asked, Outcome::Done).await;
    let again = claimed().await;
    assert_eq!(again.payload, "told", "also while it is asked");
    finish(&db, &again, Outcome::Done).await;
    ask_for(&db, question("")).await;
    assert_eq!(claimed().await.payload, "", "until it is done");
    // Of other jobs the newest word counts.
    ask_for(&db, NewJob { payload: "old".to_owned(), ..job(JobKind::Admit, "a1", "a1", NOW) }).await;
    ask_for(&db, NewJob { payload: String::new(), ..job(JobKind::Admit, "a1", "a1", NOW) }).await;
    assert_eq!(claim_at(&db, NOW).await[0].payload, "");
}

async fn many_programs_ask_for_the_same_jobs_together(db: Db) {
    let jobs: Vec<_> =
        (0..40).map(|i| NewJob { payload: String::new(), ..job(JobKind::Recheck, &format!("{i:02}"), &i.to_string(), NOW) }).collect();
    let workers = (0..8).map(|worker| {
        let (store, mut jobs) = (db.store.clone(), jobs.clone());
        tokio::spawn(async move {
            for round in 0..10 {
                jobs.rotate_left(worker * 3 + round);
                let jobs = jobs.clone();
                store.write(move |tx| Box::pin(async move { tx.ask_for_all(&jobs, NOW_MILLIS).await })).await.unwrap();
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let claimed = write_with!(db, tx => tx.claim(&places(0, 100), &at(NOW), 60)).unwrap();
    assert_eq!(claimed.iter().map(|job| &job.key).collect::<HashSet<_>>().len(), 40);
    assert_eq!(claimed.len(), 40);
}

async fn jobs_of_one_lane_run_in_order_one_at_a_time(db: Db) {
    for key in ["a", "b", "c"] {
        ask_for(&db, job(JobKind::Notice, key, "chat", NOW)).await;
    }
    ask_for(&db, job(JobKind::Notice, "other", "another chat", NOW)).await;
    let mut order = Vec::new();
    loop {
        let claimed = claim_at(&db, NOW).await;
        assert!(claimed.iter().filter(|job| job.key != "other").count() <= 1);
        if claimed.is_empty() {
            break;
        }
        order.extend(claimed.iter().map(|job| job.key.clone()));
        for job in &claimed {
            finish(&db, job, Outcome::Done).await;
        }
    }
    order.retain(|key| key != "other");
    assert_eq!(order, ["a", "b", "c"]);
}

/// Two programs, of which the one with the lower id commits after the other's job was claimed.
async fn a_job_that_was_committed_late_waits_for_the_one_that_runs(db: Db) {
    ask_for(&db, job(JobKind::Notice, "early", "chat", NOW)).await;
    let early = claim_at(&db, NOW).await;
    ask_for(&db, job(JobKind::Notice, "late", "chat", NOW)).await;
    db.execute_behind_its_back("UPDATE jobs SET id = 1 WHERE key = 'late'").await;
    assert!(claim_at(&db, NOW).await.is_empty());
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(LEASE));
    finish(&db, &early[0], Outcome::Done).await;
    assert_eq!(keys(&claim_at(&db, NOW).await), ["late"]);
}

async fn a_job_that_waits_for_its_time_holds_its_lane(db: Db) {
    ask_for(&db, job(JobKind::Notice, "first", "chat", NOW)).await;
    ask_for(&db, job(JobKind::Notice, "second", "chat", NOW)).await;
    let first = claim_at(&db, NOW).await;
    finish(&db, &first[0], Outcome::Retry { at: NOW + 30, error: "429".to_owned() }).await;
    assert!(claim_at(&db, NOW + 29).await.is_empty());
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW + 30));
    assert_eq!(keys(&claim_at(&db, NOW + 30).await), ["first"]);
}

async fn the_urgent_come_first_and_the_old_before_the_new(db: Db) {
    ask_for(&db, job(JobKind::Sweep, "sweep", "sweep", NOW - 99)).await;
    ask_for(&db, job(JobKind::Notice, "young", "1", NOW)).await;
    ask_for(&db, job(JobKind::Notice, "old", "2", NOW - 5)).await;
    ask_for(&db, job(JobKind::Deliver, "goods", "3", NOW)).await;
    assert!(write_with!(db, tx => tx.add_update(&update(1, "4", "{}"), NOW_MILLIS)).unwrap());
    let first = write_with!(db, tx => tx.claim(&places(2, 0), &at(NOW), 60)).unwrap();
    assert_eq!(keys(&first), ["1", "goods"]);
    assert_eq!(keys(&claim_at(&db, NOW).await), ["old", "young", "sweep"]);
}

async fn questions_to_the_provider_are_claimed_apart(db: Db) {
    for key in ["i1", "i2"] {
        ask_for(&db, job(JobKind::Recheck, key, key, NOW)).await;
    }
    ask_for(&db, job(JobKind::Offer, "i3", "i3", NOW)).await;
    assert_eq!(keys(&claim_at(&db, NOW).await), ["i3"]);
    assert_eq!(keys(&write_with!(db, tx => tx.claim(&places(0, 10), &at(NOW), 60)).unwrap()), ["i1", "i2"]);
}

async fn an_update_has_a_place_where_everything_else_is_full(db: Db) {
    ask_for(&db, job(JobKind::Deliver, "goods", "1", NOW)).await;
    ask_for(&db, job(JobKind::Recheck, "i1", "i1", NOW)).await;
    let full = Places { updates: 3, ..Places::default() };
    assert!(claim_with(&db, &full, NOW).await.is_empty());
    assert_eq!(db.read().await.next_job_at(&full).await.unwrap(), None, "what has no place is not waited for");
    assert!(write_with!(db, tx => tx.add_update(&update(1, "2", "{}"), NOW_MILLIS)).unwrap());
    assert_eq!(db.read().await.next_job_at(&full).await.unwrap(), Some(NOW));
    assert_eq!(keys(&claim_with(&db, &full, NOW).await), ["1"]);
    // And the other way round: people who hammer leave the goods their places.
    assert!(write_with!(db, tx => tx.add_update(&update(2, "3", "{}"), NOW_MILLIS)).unwrap());
    let full = Places { others: 3, ..Places::default() };
    assert_eq!(keys(&claim_with(&db, &full, NOW).await), ["goods"]);
}

async fn a_job_that_still_runs_is_not_claimed_again_when_the_clock_has_jumped(db: Db) {
    ask_for(&db, job(JobKind::Card, "order", "chat", NOW)).await;
    let running = claim_at(&db, NOW).await;
    ask_for(&db, job(JobKind::Notice, "next", "chat", NOW)).await;
    let later = NOW + 600;
    let places = Places { running: vec![running[0].id], ..places(10, 10) };
    assert!(claim_with(&db, &places, later).await.is_empty());
    assert_eq!(db.read().await.next_job_at(&places).await.unwrap(), None, "it is not waited for either");
    // Whoever does not run it finds it abandoned.
    assert_eq!(db.read().await.next_job_at(&super::places(1, 1)).await.unwrap(), Some(LEASE));
    // How it ended is kept, and the next of its lane follows.
    finish(&db, &running[0], Outcome::Done).await;
    assert_eq!(keys(&claim_at(&db, later).await), ["next"]);
}

async fn two_claims_never_give_one_job_twice(db: Db) {
    write_with!(db, tx => async {
        for i in 0..200 {
            tx.ask_for(&job(JobKind::Notice, &i.to_string(), &i.to_string(), NOW), NOW_MILLIS).await?;
        }
        Ok(())
    })
    .unwrap();
    let claims = (0..40).map(|_| db.store.write(|tx| Box::pin(async move { tx.claim(&places(10, 0), &at(NOW), 60).await })));
    let claimed: Vec<Result<Vec<Job>>> = futures_util::future::join_all(claims).await;
    let all: Vec<i64> = claimed.into_iter().flat_map(|jobs| jobs.unwrap().into_iter().map(|job| job.id).collect::<Vec<_>>()).collect();
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (200, 200));
}

async fn many_programs_never_run_two_jobs_of_one_lane_at_once(db: Db) {
    let lanes = 4;
    write_with!(db, tx => async {
        for i in 0..80 {
            tx.ask_for(&job(JobKind::Notice, &format!("{i:03}"), &(i % lanes).to_string(), NOW), NOW_MILLIS).await?;
        }
        Ok(())
    })
    .unwrap();
    // What runs now, by lane, and what ran in each lane.
    let ran = std::sync::Arc::new(std::sync::Mutex::new((HashSet::new(), vec![Vec::new(); 4])));
    let workers = (0..8).map(|_| {
        let (store, ran) = (db.store.clone(), ran.clone());
        tokio::spawn(async move {
            loop {
                let claimed = store.write(|tx| Box::pin(async move { tx.claim(&places(3, 0), &at(NOW), 60).await })).await.unwrap();
                for job in &claimed {
                    let lane = job.key.parse::<usize>().unwrap() % lanes;
                    let mut ran = ran.lock().unwrap();
                    assert!(ran.0.insert(lane), "two of the lane {lane} at once");
                    ran.1[lane].push(job.key.clone());
                }
                for job in claimed {
                    tokio::task::yield_now().await;
                    let lane = job.key.parse::<usize>().unwrap() % lanes;
                    ran.lock().unwrap().0.remove(&lane);
                    store.write(move |tx| Box::pin(async move { tx.finish(&job, &Outcome::Done, NOW).await })).await.unwrap();
                }
                if ran.lock().unwrap().1.iter().map(Vec::len).sum::<usize>() == 80 {
                    return;
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    for lane in &ran.lock().unwrap().1 {
        assert_eq!(lane.len(), 20);
        assert!(lane.is_sorted(), "{lane:?}");
    }
}

async fn a_lease_that_ended_lets_another_claim_and_whoever_outlived_it_has_no_say(db: Db) {
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    let slow = claim_at(&db, NOW).await;
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(LEASE));
    let quick = claim_at(&db, LEASE).await;
    assert_eq!((quick.len(), quick[0].attempts), (1, 2));
    finish(&db, &slow[0], Outcome::Failed { error: "woke up".to_owned() }).await;
    assert!(claim_at(&db, LEASE).await.is_empty(), "it is still the quick one's");
    finish(&db, &quick[0], Outcome::Done).await;
    assert_eq!(db.read().await.job_counts(LEASE).await.unwrap(), (0, 0));
}

async fn a_job_that_is_held_for_longer_is_nobody_elses_for_longer(db: Db) {
    ask_for(&db, job(JobKind::Reconcile, "one", "1", NOW)).await;
    let mut held = claim_at(&db, NOW).await.remove(0);
    let held: Result<Job> = write_with!(db, tx => async {
        tx.hold_job(&mut held, LEASE + 100).await?;
        Ok(held)
    });
    let held = held.unwrap();
    assert!(claim_at(&db, LEASE + 99).await.is_empty());
    finish(&db, &held, Outcome::Again(LEASE + 200)).await;
    assert_eq!(keys(&claim_at(&db, LEASE + 200).await), ["one"], "how it ended was kept");
}

/// A program is not told what became of its claim, and runs what it has claimed before.
async fn what_a_lost_claim_has_taken_is_given_back_and_nothing_else(db: Db) {
    for key in ["runs", "theirs", "lost"] {
        ask_for(&db, job(JobKind::Notice, key, key, NOW)).await;
    }
    let ours = Places { claimer: 5, ..places(1, 0) };
    let runs = claim_with(&db, &ours, NOW).await;
    assert_eq!(keys(&claim_with(&db, &Places { claimer: 6, ..places(1, 0) }, NOW).await), ["theirs"]);
    let running = vec![runs[0].id];
    let ours = Places { claimer: 5, running, ..places(9, 0) };
    assert_eq!(keys(&claim_with(&db, &ours, NOW).await), ["lost"]);
    assert!(claim_with(&db, &ours, NOW).await.is_empty(), "somebody has it");
    assert_eq!(db.read().await.next_job_at(&ours).await.unwrap(), Some(LEASE));
    let in_doubt = Places { is_in_doubt: true, ..ours };
    let again = claim_with(&db, &in_doubt, NOW).await;
    assert_eq!((keys(&again), again[0].attempts), (vec!["lost"], 2));
    finish(&db, &runs[0], Outcome::Done).await;
    finish(&db, &again[0], Outcome::Done).await;
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (1, 0), "theirs runs still");
}

async fn a_job_that_was_given_back_is_not_finished_by_whoever_had_it(db: Db) {
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    let nothing = Places { claimer: 5, is_in_doubt: true, ..Places::default() };
    let lost = claim_with(&db, &Places { claimer: 5, ..places(1, 0) }, NOW).await;
    assert!(claim_with(&db, &nothing, NOW).await.is_empty());
    let theirs = claim_with(&db, &Places { claimer: 6, ..places(1, 0) }, NOW).await;
    assert_eq!(lost[0].leased_until, theirs[0].leased_until);
    finish(&db, &lost[0], Outcome::Failed { error: "of no account".to_owned() }).await;
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (1, 0));
    finish(&db, &theirs[0], Outcome::Done).await;
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (0, 0));
}

/// Another program writes how a job ended while this one claims what it sees as due.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_done_while_it_is_claimed_is_not_claimed() {
    let Some(db) = Db::postgres().await else { return };
    let (mut other, mut onlooker) = (db.connect().await, db.connect().await);
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    let mut finishing = other.begin().await.unwrap();
    sqlx::query("UPDATE jobs SET done_at = 1, payload_sealed = ''").execute(&mut *finishing).await.unwrap();
    let claim = claim_at(&db, NOW);
    let finish = async {
        somebody_waits(&mut onlooker).await;
        finishing.commit().await.unwrap();
    };
    assert!(tokio::join!(claim, finish).0.is_empty());
}

/// The whole lease is before whoever waited long for its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_begins_when_its_turn_has_come() {
    let Some(db) = Db::postgres().await else { return };
    let (mut other, mut onlooker) = (db.connect().await, db.connect().await);
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    let mut turn = other.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(CLAIMING).execute(&mut *turn).await.unwrap();
    let clock = at(NOW);
    let machine = clock.clone();
    let claim = async { write_with!(db, tx => tx.claim(&places(9, 0), &clock, 60)).unwrap() };
    let wait = async {
        somebody_waits(&mut onlooker).await;
        machine.advance(35);
        turn.rollback().await.unwrap();
    };
    assert_eq!(tokio::join!(claim, wait).0[0].leased_until, NOW + 35 + 60);
}

async fn a_card_that_was_written_after_its_lease_is_written_once_more(db: Db) {
    ask_for(&db, job(JobKind::Card, "o1", "1", NOW)).await;
    let slow = claim_at(&db, NOW).await;
    let quick = claim_at(&db, LEASE).await;
    finish(&db, &quick[0], Outcome::Done).await;
    assert!(claim_at(&db, LEASE).await.is_empty(), "it is done");
    finish(&db, &slow[0], Outcome::Done).await;
    let again = claim_at(&db, LEASE).await;
    assert_eq!(keys(&again), ["o1"]);
    finish(&db, &slow[0], Outcome::Done).await;
    finish(&db, &again[0], Outcome::Done).await;
    let third = claim_at(&db, LEASE).await;
    assert_eq!(third.len(), 1, "also while it is written");
    finish(&db, &third[0], Outcome::Done).await;
    ask_for(&db, job(JobKind::Card, "o1", "1", LEASE)).await;
    let anew = claim_at(&db, LEASE).await;
    finish(&db, &anew[0], Outcome::Done).await;
    assert_ne!(anew[0].id, slow[0].id);
    finish(&db, &slow[0], Outcome::Done).await;
    assert_eq!(claim_at(&db, LEASE).await.len(), 1, "also when it was asked for and written meanwhile");
}

async fn a_start_alone_ends_every_lease(db: Db) {
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    assert_eq!(claim_at(&db, NOW).await.len(), 1);
    let db = db.restart().await;
    write_with!(db, tx => tx.end_leases()).unwrap();
    assert_eq!(claim_at(&db, NOW).await[0].attempts, 2);
}

/// On PostgreSQL several programs share a database: what one has claimed is nobody else's while it lives, and anybody's once it is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_had_claimed_that_is_gone_is_claimed_by_the_next_one_that_starts() {
    let Some(db) = Db::postgres().await else { return };
    ask_for(&db, job(JobKind::Card, "one", "lane", NOW)).await;
    assert_eq!(claim_at(&db, NOW).await.len(), 1);
    let second = Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.unwrap();
    let claim =
        async |store: Store| store.write(|tx| Box::pin(async move { tx.claim(&places(10, 0), &at(NOW), 60).await })).await.unwrap().len();
    assert_eq!(claim(second.clone()).await, 0, "the first one lives");
    db.store.close().await;
    assert_eq!(claim(second.clone()).await, 0, "the second one lives, and knows nothing of it");
    second.close().await;
    let third = Store::open(&db.place, db.dir.path(), Some(DATA_KEY)).await.unwrap();
    assert_eq!(claim(third.clone()).await, 1);
    third.close().await;
}

async fn a_retry_waits_and_counts_and_a_success_forgets_the_count(db: Db) {
    ask_for(&db, job(JobKind::Recheck, "i1", "i1", NOW)).await;
    let mut now = NOW;
    for attempt in 1..=3 {
        let claimed = write_with!(db, tx => tx.claim(&places(0, 10), &at(now), 60)).unwrap();
        assert_eq!(claimed[0].attempts, attempt);
        now += 10;
        finish(&db, &claimed[0], Outcome::Retry { at: now, error: "502".to_owned() }).await;
        assert!(write_with!(db, tx => tx.claim(&places(0, 10), &at(now - 1), 61)).unwrap().is_empty());
    }
    let claimed = write_with!(db, tx => tx.claim(&places(0, 10), &at(now), 60)).unwrap();
    finish(&db, &claimed[0], Outcome::Again(now + 20)).await;
    let claimed = write_with!(db, tx => tx.claim(&places(0, 10), &at(now + 20), 40)).unwrap();
    assert_eq!((claimed[0].attempts, claimed[0].payload.as_str()), (1, "payload of i1"));
}

async fn what_failed_is_kept_and_counted_and_can_be_asked_for_again(db: Db) {
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    let claimed = claim_at(&db, NOW).await;
    finish(&db, &claimed[0], Outcome::Failed { error: "blocked".to_owned() }).await;
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (0, 1));
    ask_for(&db, job(JobKind::Deliver, "o1", "1", NOW)).await;
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (1, 0));
    assert_eq!(claim_at(&db, NOW).await[0].attempts, 1);
}

async fn an_update_is_taken_once(db: Db) {
    let adds =
        (0..8).map(|_| db.store.write(|tx| Box::pin(async move { tx.add_update(&update(77, "chat", "{\"a\":1}"), NOW_MILLIS).await })));
    let added: Vec<Result<bool>> = futures_util::future::join_all(adds).await;
    assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 1);
    let claimed = claim_at(&db, NOW).await;
    assert_eq!((claimed[0].kind, claimed[0].payload.as_str()), (JobKind::Update, "{\"a\":1}"));
    finish(&db, &claimed[0], Outcome::Done).await;
    assert!(!write_with!(db, tx => tx.add_update(&update(77, "chat", "{}"), NOW_MILLIS)).unwrap(), "known, though done");
}

async fn what_waits_in_a_lane_can_be_made_due(db: Db) {
    for (key, lane) in [("late", "notice:7"), ("later", "notice:8")] {
        ask_for(&db, job(JobKind::Notice, key, lane, NOW + 3_600)).await;
    }
    write_with!(db, tx => tx.hurry("notice:7", NOW)).unwrap();
    assert_eq!(db.read().await.jobs_under_way(NOW).await.unwrap(), 1);
    ask_for(&db, job(JobKind::Recheck, "inv", "recheck:inv", NOW + 3_600)).await;
    write_with!(db, tx => tx.hurry_kind(JobKind::Recheck, NOW)).unwrap();
    assert_eq!(db.read().await.jobs_under_way(NOW).await.unwrap(), 2);
    // The clock goes back by half an hour: what was to be done soon is, what belongs to a date stays, and the day is looked at anew.
    for kind in [JobKind::Card, JobKind::Sweep, JobKind::Membership, JobKind::Daily] {
        ask_for(&db, job(kind, "one", kind.code(), NOW + 1_820)).await;
    }
    write_with!(db, tx => tx.set_back_jobs(1_800, NOW)).unwrap();
    let due_at = async |at| db.read().await.jobs_under_way(at).await.unwrap();
    assert_eq!((due_at(NOW).await, due_at(NOW + 20).await, due_at(NOW + 1_800).await, due_at(NOW + 1_820).await), (3, 5, 6, 7));
}

async fn a_chat_that_hammers_is_capped_and_what_it_is_owed_does_not_count(db: Db) {
    let added = write_with!(db, tx => async {
        for i in 0..50 {
            tx.ask_for(&job(JobKind::Notice, &i.to_string(), "chat", NOW), NOW_MILLIS).await?;
        }
        let mut added = 0;
        for id in 0..40 {
            added += u32::from(tx.add_update(&update(id, "chat", "{}"), NOW_MILLIS).await?);
        }
        Ok(added)
    })
    .unwrap();
    assert_eq!(added, 30);
    let of_staff = write_with!(db, tx => async {
        tx.set_role(CustomerId(8), Role::Support, NOW).await?;
        let mut added = 0;
        for id in 200..260 {
            added += u32::from(tx.add_update(&NewUpdate { from: Some(8), ..update(id, "group", "{}") }, NOW_MILLIS).await?);
        }
        Ok(added)
    });
    assert_eq!(of_staff.unwrap(), 60, "somebody of the staff sends files, and hammers nobody");
    assert!(write_with!(db, tx => tx.add_update(&update(100, "another chat", "{}"), NOW_MILLIS)).unwrap());
    assert!(!write_with!(db, tx => tx.add_update(&update(39, "chat", "{}"), NOW_MILLIS)).unwrap(), "a dropped one is known as well");
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (141, 0), "dropped is not failed");
}

async fn old_jobs_are_swept_and_failed_ones_stay_longer(db: Db) {
    for (key, outcome) in [("done", Outcome::Done), ("failed", Outcome::Failed { error: "no".to_owned() })] {
        ask_for(&db, job(JobKind::Notice, key, key, NOW)).await;
        let claimed = claim_at(&db, NOW).await;
        finish(&db, &claimed[0], outcome).await;
    }
    ask_for(&db, job(JobKind::Notice, "waits", "waits", NOW)).await;
    assert_eq!(write_with!(db, tx => tx.sweep_jobs(NOW, NOW)).unwrap(), 0);
    assert_eq!(write_with!(db, tx => tx.sweep_jobs(NOW + 1, NOW)).unwrap(), 1);
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (1, 1));
    assert_eq!(write_with!(db, tx => tx.sweep_jobs(NOW + 1, NOW + 1)).unwrap(), 1);
    assert_eq!(keys(&claim_at(&db, NOW).await), ["waits"]);
}

async fn the_next_moment_is_known(db: Db) {
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), None);
    ask_for(&db, job(JobKind::Notice, "head", "chat", NOW + 50)).await;
    ask_for(&db, job(JobKind::Notice, "behind it", "chat", NOW)).await;
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW + 50), "what waits behind another is not next");
    ask_for(&db, job(JobKind::Notice, "later", "2", NOW + 90)).await;
    let head = claim_at(&db, NOW + 50).await;
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW + 90), "nor what waits behind one that runs");
    finish(&db, &head[0], Outcome::Done).await;
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW));
}

async fn a_row_that_nobody_can_read_does_not_stop_the_queue(db: Db) {
    ask_for(&db, job(JobKind::Notice, "tampered with", "2", NOW)).await;
    ask_for(&db, job(JobKind::Notice, "good", "3", NOW)).await;
    db.execute_behind_its_back("UPDATE jobs SET payload_sealed = '1.AAAA' WHERE lane = '2'").await;
    assert_eq!(keys(&claim_at(&db, NOW).await), ["good"]);
    assert_eq!(db.read().await.job_counts(NOW).await.unwrap(), (1, 1));
}

/// Two programs of different releases on one database, or the older one again after the newer one.
async fn a_job_of_a_newer_release_is_left_to_it_and_holds_up_nobody(db: Db) {
    ask_for(&db, job(JobKind::Notice, "new", "chat", NOW)).await;
    ask_for(&db, job(JobKind::Card, "behind it", "chat", NOW + 5)).await;
    db.execute_behind_its_back("UPDATE jobs SET kind = 'unheard of' WHERE key = 'new'").await;
    assert!(claim_at(&db, NOW).await.is_empty());
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW + 5), "it is not waited for");
    assert_eq!(keys(&claim_at(&db, NOW + 5).await), ["behind it"]);
    db.execute_behind_its_back("UPDATE jobs SET leased_until = 1 WHERE key = 'new'").await;
    assert_eq!(db.read().await.next_job_at(&places(1, 1)).await.unwrap(), Some(NOW + 65), "nor is the end of its lease");
    assert_eq!(db.read().await.job_counts(NOW + 5).await.unwrap(), (2, 0), "it has not failed");
    db.execute_behind_its_back("UPDATE jobs SET kind = 'notice', leased_until = NULL WHERE key = 'new'").await;
    assert!(claim_at(&db, NOW + 5).await.is_empty(), "the other one of its lane runs");
}

async fn ids_rise_also_when_the_clock_stands(db: Db) {
    for key in 0..100 {
        ask_for(&db, job(JobKind::Notice, &key.to_string(), &key.to_string(), NOW)).await;
    }
    let mut claimed = write_with!(db, tx => tx.claim(&places(100, 0), &at(NOW), 60)).unwrap();
    claimed.sort_by_key(|job| job.id);
    assert_eq!(claimed.iter().map(|job| job.key.parse::<i32>().unwrap()).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}
