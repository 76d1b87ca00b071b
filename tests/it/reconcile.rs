//! The nightly comparison with the provider's list: what every other way of learning has missed is found, once, and told or served.

use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kiosk::domain::order::OrderState;
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::reconcile::{self, Report};
use kiosk::shop::solve::Solved;
use kiosk::store::{CaseKind, Outcome, Place, Store};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

use crate::policy::decide;
use crate::program::Street;
use crate::store::{at, places};
use crate::world::{ANN, API_KEY, Options, SELLER, SHOP_ID, World, http};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// A shop that the provider tells nothing.
async fn deaf(tamper: Option<fn(&str, Value) -> Value>) -> World {
    World::with(Options { postbacks: false, tamper, ..Options::default() }).await
}

/// Takes away every question about an invoice that was to be asked.
async fn lose_rechecks(world: &World) {
    let now = world.clock.now();
    let lost = world.shop().write(move |tx| {
        Box::pin(async move {
            let jobs = tx.claim(&places(0, 100), &at(now + i64::from(DAY)), i64::from(DAY)).await?;
            for job in &jobs {
                tx.finish(job, &Outcome::Done, now).await?;
            }
            Ok(jobs.len())
        })
    });
    assert!(lost.await.unwrap() > 0, "nothing was to be asked");
}

/// Makes an invoice at the provider past the shop, as another program or somebody in its dashboard does; its number.
async fn make(base: &str, label: &str) -> String {
    let body = json!({"shop_id": SHOP_ID, "amount": 10, "currency": "USD", "order_id": label,
        "add_fields": {"cryptocurrency": "USDT_TRC20", "time_to_pay": {"hours": 1, "minutes": 0}}});
    let request = http().post(format!("{base}/cryptocloud/v2/invoice/create")).header("Authorization", format!("Token {API_KEY}"));
    let answer: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
    answer["result"]["uuid"].as_str().unwrap_or_else(|| panic!("it was not made: {answer}")).to_owned()
}

fn label(invoice: &Invoice) -> String {
    invoice.order_id.as_str().unwrap().to_owned()
}

async fn report(world: &World) -> Report {
    let now = world.clock.now();
    let since = reconcile::since(reconcile::DAYS, now);
    let answers = reconcile::listed(&world.shop().provider, reconcile::DAYS, now).await.unwrap();
    let mut conn = world.shop().store.read().await.unwrap();
    let books = reconcile::books(&mut conn, &answers, since).await.unwrap();
    reconcile::report(&reconcile::compare(&books, &answers, since, now))
}

#[tokio::test]
async fn money_that_came_after_the_watch_had_ended_is_found_and_served() {
    let world = deaf(None).await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(80 * HOUR).await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(HOUR).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0, "nobody asks any more");
    assert_eq!(report(&world).await.differences, 1);
    world.advance(DAY).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    assert_eq!(report(&world).await.differences, 0);
    world.advance(DAY).await;
    assert_eq!((world.count(ANN, "EDIT-0001"), world.stock("editor").await), (1, 13), "once");
    world.end().await;
}

#[tokio::test]
async fn a_part_that_came_after_the_watch_had_ended_becomes_credit() {
    let world = deaf(None).await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(80 * HOUR).await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(DAY).await;
    world.sees(ANN, "5.00 USD is on your /balance").await;
    world.advance(DAY).await;
    assert_eq!((world.balance(ANN).await, report(&world).await.differences), (500, 0), "once");
    world.end().await;
}

#[tokio::test]
async fn money_whose_question_was_lost_is_found_and_served() {
    let world = deaf(None).await;
    let invoice = world.order(ANN, "editor").await;
    lose_rechecks(&world).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(HOUR - 60).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0, "nobody asks any more");
    world.advance(60).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn the_report_shows_what_is_not_booked_yet_and_then_that_all_agrees() {
    let world = deaf(None).await;
    let invoice = world.order(ANN, "editor").await;
    assert_eq!(report(&world).await.differences, 0);
    world.pay(&invoice.uuid, Payment::Exact).await;
    let Report { text, differences } = report(&world).await;
    let order = world.order_of(ANN).await;
    let line = text.lines().find(|line| line.contains(&invoice.uuid)).unwrap();
    for part in [order.id.as_str(), "USDT_TRC20", "paid", "offered/none", "this money is not booked"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert_eq!((differences, text.lines().last()), (1, Some("1 differences")), "{text}");
    assert_eq!(world.order_of(ANN).await, order, "looking changes nothing");
    world.advance(30).await;
    world.sees(ANN, "EDIT-0001").await;
    let Report { text, differences } = report(&world).await;
    let line = text.lines().find(|line| line.contains(&invoice.uuid)).unwrap();
    assert!(line.contains("settled/full") && line.ends_with("ok"), "{line}");
    assert_eq!((differences, text.lines().last()), (0, Some("0 differences")), "{text}");
    world.end().await;
}

#[tokio::test]
async fn a_second_invoice_for_one_offer_that_holds_money_is_one_case() {
    let world = deaf(None).await;
    let invoice = world.order(ANN, "editor").await;
    let spare = make(&world.base, &label(&invoice)).await;
    assert_eq!(report(&world).await.differences, 0, "it is empty");
    world.pay(&spare, Payment::Exact).await;
    let before = report(&world).await;
    assert!(before.text.contains("a second invoice for this order holds money"), "{}", before.text);
    world.advance(HOUR).await;
    world.sees(SELLER, &spare).await;
    let cases = world.cases().await;
    let [case] = cases.as_slice() else { panic!("{cases:?}") };
    assert_eq!((case.kind, &case.order), (CaseKind::Mismatch, &world.order_of(ANN).await.id));
    assert!(case.detail.contains(&spare), "{}", case.detail);
    world.advance(DAY).await;
    assert_eq!((world.cases().await.len(), report(&world).await.differences), (1, 0), "once");
    let (id, now) = (case.id.clone(), world.clock.now());
    world.shop().write(move |tx| Box::pin(async move { tx.close_case(&id, "sent back", now).await })).await.unwrap();
    world.advance(DAY).await;
    assert!(world.cases().await.is_empty(), "what was solved stays solved");
    world.sandbox.cryptocloud.pay(&spare, Payment::Exact).unwrap();
    world.advance(DAY).await;
    assert_eq!(world.cases().await.len(), 1, "more money is another case");
    world.end().await;
}

#[tokio::test]
async fn money_of_somebody_else_is_told_of_once_and_is_no_case() {
    let world = deaf(None).await;
    let others = make(&world.base, "another-shop-4711").await;
    make(&world.base, "another-shop-4712").await;
    world.pay(&others, Payment::Exact).await;
    world.advance(HOUR).await;
    world.sees(SELLER, "not of this shop: 1").await;
    world.sees(SELLER, &others).await;
    for _ in 0..3 {
        world.advance(DAY).await;
    }
    assert_eq!((world.count(SELLER, "not of this shop"), world.cases().await.len()), (1, 0), "once");
    let more = make(&world.base, "тест\u{0}").await;
    world.pay(&more, Payment::Under).await;
    world.advance(DAY).await;
    world.sees(SELLER, &more).await;
    assert_eq!(world.count(SELLER, "not of this shop: 1"), 2, "only of the new one");
    assert!(report(&world).await.text.contains("not of this shop"));
    world.end().await;
}

#[tokio::test]
async fn a_provider_that_does_not_list_is_asked_again_in_an_hour() {
    let world = deaf(None).await;
    let invoice = world.order(ANN, "editor").await;
    lose_rechecks(&world).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let fails = |status| CallFaults { methods: vec!["list".to_owned()], status: Some(status), ..CallFaults::default() };
    world.faults(Faults { cryptocloud: fails(502), ..Faults::default() });
    world.advance(HOUR).await;
    assert_eq!(world.count(SELLER, "Payments need you"), 0, "that passes by itself");
    world.faults(Faults { cryptocloud: fails(403), ..Faults::default() });
    world.advance(HOUR).await;
    world.sees(SELLER, "Payments need you").await;
    world.faults(Faults::default());
    world.advance(HOUR - 60).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0, "not before the hour is over");
    world.advance(60).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn late_money_that_became_credit_agrees_with_the_list() {
    let world = World::new().await;
    decide(&world, "Paid after the end", "credit").await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(HOUR + 100).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!((world.balance(ANN).await, world.count(ANN, "EDIT-0001")), (1_000, 0));
    let Report { text, differences } = report(&world).await;
    assert_eq!(differences, 0, "{text}");
    world.sandbox.cryptocloud.set_postback_url(None);
    world.advance(80 * HOUR).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let Report { text, differences } = report(&world).await;
    assert_eq!(differences, 1, "more has come since, and nobody was told: {text}");
    world.advance(DAY).await;
    assert_eq!((world.balance(ANN).await, report(&world).await.differences), (2_000, 0));
    world.end().await;
}

#[tokio::test]
async fn a_part_agrees_with_the_list_while_the_owner_decides_and_once_it_was_sent_back() {
    let mut world = World::new().await;
    decide(&world, "Too little came", "ask me").await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(HOUR + 100).await;
    let cases = world.cases().await;
    assert_eq!(cases.iter().map(|case| case.kind).collect::<Vec<_>>(), [CaseKind::Short]);
    let Report { text, differences } = report(&world).await;
    assert_eq!(differences, 0, "the owner was asked: {text}");
    assert_eq!(world.shop().record_refund(&cases[0].id, "sent back").await.unwrap(), Solved::Done);
    let Report { text, differences } = report(&world).await;
    assert_eq!(differences, 0, "it went back: {text}");
    world.stop().await;
}

#[tokio::test]
async fn a_comparison_that_fails_over_and_over_is_told_of_once_a_day() {
    let world = deaf(None).await;
    let fails = CallFaults { methods: vec!["list".to_owned()], status: Some(502), ..CallFaults::default() };
    world.faults(Faults { cryptocloud: fails, ..Faults::default() });
    for _ in 0..2 {
        world.advance(HOUR).await;
    }
    assert_eq!(world.count(SELLER, "could not be compared"), 0, "that may pass by itself");
    for _ in 0..4 {
        world.advance(HOUR).await;
    }
    world.sees(SELLER, "could not be compared").await;
    assert_eq!(world.count(SELLER, "could not be compared"), 1);
    world.advance(DAY).await;
    assert_eq!(world.count(SELLER, "could not be compared"), 2, "and still fails");
    world.end().await;
}

#[tokio::test]
async fn an_invoice_that_the_list_has_otherwise_than_it_was_asked_for_is_one_case() {
    fn dearer(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/list") {
            for invoice in answer["result"].as_array_mut().unwrap() {
                invoice["amount_in_fiat"] = json!(99);
            }
        }
        answer
    }
    let world = deaf(Some(dearer)).await;
    world.order(ANN, "editor").await;
    world.advance(HOUR).await;
    world.sees(SELLER, "Price differs").await;
    for _ in 0..2 {
        world.advance(DAY).await;
    }
    assert_eq!((world.cases().await.len(), world.count(SELLER, "Price differs")), (1, 1), "once");
    world.end().await;
}

#[tokio::test]
async fn the_staff_is_told_once_of_an_order_that_is_served_and_whose_money_is_gone() {
    static GONE: AtomicBool = AtomicBool::new(false);
    fn gone(path: &str, mut answer: Value) -> Value {
        let taken = GONE.load(Ordering::SeqCst) && (path.ends_with("/list") || path.ends_with("/info"));
        for invoice in answer["result"].as_array_mut().into_iter().flatten().filter(|_| taken) {
            (invoice["status"], invoice["amount_paid"], invoice["received"]) = (json!("canceled"), json!(0), json!(0));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(gone), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    GONE.store(true, Ordering::SeqCst);
    world.advance(HOUR).await;
    assert_eq!(world.count(SELLER, "no money any more"), 0, "it may be old news");
    for _ in 0..3 {
        world.advance(DAY).await;
    }
    let told = world.sees(SELLER, "for which the provider has no money any more: 1").await;
    assert!(told.to_string().contains(&invoice.uuid), "{told}");
    assert_eq!((world.count(SELLER, "no money any more"), world.cases().await.len()), (1, 0), "once");
    let report = report(&world).await;
    assert!(report.text.contains("the money is gone") && report.differences == 1, "{}", report.text);
    world.end().await;
}

#[tokio::test]
async fn an_invoice_that_is_not_in_the_list_is_asked_about_by_its_number() {
    fn forgetful(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/list") {
            answer["result"] = json!([]);
        }
        answer
    }
    let world = deaf(Some(forgetful)).await;
    let invoice = world.order(ANN, "editor").await;
    lose_rechecks(&world).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(HOUR).await;
    world.sees(ANN, "EDIT-0001").await;
    let report = report(&world).await;
    assert!(report.text.contains("the provider does not list it") && report.differences == 1, "{}", report.text);
    assert!(world.cases().await.is_empty(), "it is known by its number");
    world.end().await;
}

#[tokio::test]
async fn a_restart_neither_repeats_nor_delays_the_nightly_comparison() {
    static LISTS: AtomicUsize = AtomicUsize::new(0);
    fn counted(path: &str, answer: Value) -> Value {
        LISTS.fetch_add(usize::from(path.ends_with("/list")), Ordering::SeqCst);
        answer
    }
    let lists = || LISTS.load(Ordering::SeqCst);
    let mut world = deaf(Some(counted)).await;
    world.advance(HOUR / 2).await;
    world.restart().await;
    world.advance(HOUR / 2).await;
    assert_eq!(lists(), 1, "an hour after the first start");
    let once = lists();
    for _ in 0..3 {
        world.restart().await;
        world.advance(2 * HOUR).await;
    }
    assert_eq!(lists(), once, "not because of a restart");
    world.advance(18 * HOUR).await;
    assert_eq!(lists(), 2 * once, "a day after the last one");
    world.end().await;
}

/// What `kiosk reconcile` says.
fn asked(street: &Street) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        street.command(&["reconcile", "--days", "2"]).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_compares_beside_a_running_shop_and_its_exit_code_tells() {
    let street = Street::new("info").await;
    let (code, _, why) = asked(&street);
    assert_eq!(code, Some(1), "there is no database: {why}");
    assert!(!street.data_dir().join("kiosk.db").exists() && !street.data_dir().join("data.key").exists(), "nothing is made");

    let program = street.run();
    street.ready().await;
    let (code, text, _) = asked(&street);
    assert_eq!((code, text.lines().last()), (Some(0), Some("0 differences")), "{text}");
    let uuid = make(&street.base, "another-shop-4711").await;
    street.sandbox.cryptocloud.pay(&uuid, Payment::Exact).unwrap();
    let (code, text, why) = asked(&street);
    assert!(text.contains(&uuid), "{text}");
    assert_eq!((code, text.lines().last()), (Some(3), Some("1 differences")), "{text}{why}");

    program.kill();
    assert_eq!(asked(&street).0, Some(3), "the shop need not run");
    let place = Place::Sqlite(street.data_dir().join("kiosk.db"));
    let mut conn = Store::open_read_only(&place, &street.data_dir(), None).await.unwrap();
    assert!(conn.take_setting("data-key-check").await.is_err(), "it cannot write");
    conn.close().await;
    let wrong = Store::open_read_only(&place, &street.data_dir(), Some([7; 32])).await;
    assert!(matches!(wrong, Err(kiosk::store::Error::WrongDataKey)));

    let url = format!("sqlite://{}", street.data_dir().join("kiosk.db").display());
    let mut raw = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET version = 9999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
        .execute(&mut raw)
        .await
        .unwrap();
    raw.close().await.unwrap();
    let (code, _, why) = asked(&street);
    assert!(code == Some(1) && why.contains("kiosk migrate"), "nothing is migrated: {why}");
}
