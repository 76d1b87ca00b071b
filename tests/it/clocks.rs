//! The clock of the shop's machine is wrong, or jumps: nothing is lost, and nothing comes twice.

use kiosk::domain::order::OrderState;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use sqlx::{Connection as _, SqliteConnection};

use crate::races::line_up;
use crate::world::{ANN, BEGIN, BEN, Options, SELLER, World};

const TEN_MINUTES: u32 = 600;
const DAY: u32 = 86_400;

/// A shop whose machine is so many seconds ahead of everybody.
async fn ahead(secs: i64, postbacks: bool) -> World {
    World::with(Options { ahead_secs: Some(secs), postbacks, ..Options::default() }).await
}

/// Ann has what she paid for, once.
async fn served(world: World, address: &str) {
    world.wait(120).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.count(ANN, "EDIT-0001"), world.stock("editor").await, world.balance(ANN).await), (1, 13, 0));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    assert!(!world.shows(ANN, address));
    world.end().await;
}

#[tokio::test]
async fn a_machine_whose_clock_is_ten_minutes_off_sells_all_the_same() {
    for postbacks in [true, false] {
        for secs in [-600, 600] {
            let world = ahead(secs, postbacks).await;
            let invoice = world.order(ANN, "editor").await;
            world.pay(&invoice.uuid, Payment::Exact).await;
            // A token that is too old by our clock is refused, and makes us ask all the same.
            let said = world.sandbox.cryptocloud.invoice(&invoice.uuid).unwrap().last_postback.unwrap();
            assert_eq!(
                said,
                if !postbacks {
                    "nowhere"
                } else if secs > 0 {
                    "401"
                } else {
                    "200"
                }
            );
            served(world, &invoice.address).await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_jumps_ten_minutes_ahead_or_back_while_money_comes_loses_nothing() {
    for postbacks in [true, false] {
        for back in [false, true] {
            for paid_first in [false, true] {
                let world = ahead(0, postbacks).await;
                let invoice = world.order(ANN, "editor").await;
                if paid_first {
                    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
                }
                if back {
                    world.machine.set_back(TEN_MINUTES);
                } else {
                    world.machine.advance(TEN_MINUTES);
                }
                world.settled().await;
                if !paid_first {
                    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
                }
                // What was to be done at a time that is in the future again is done then at the latest.
                world.wait(TEN_MINUTES).await;
                served(world, &invoice.address).await;
            }
        }
    }
}

#[tokio::test]
async fn a_clock_that_goes_to_and_fro_serves_everybody_once() {
    let world = ahead(0, true).await;
    let mut invoices = Vec::new();
    for (round, buyer) in (1_100_u32..).zip(2_000..2_008) {
        invoices.push((buyer, world.order(buyer, "editor").await));
        if round % 2 == 0 {
            world.machine.set_back(TEN_MINUTES);
        } else {
            world.machine.advance(TEN_MINUTES);
        }
        if round % 3 == 0 {
            world.pay(&invoices[0].1.uuid, Payment::Exact).await;
            invoices.rotate_left(1);
        }
    }
    for (_, invoice) in invoices.iter().filter(|(_, invoice)| !world.sandbox.cryptocloud.invoice(&invoice.uuid).unwrap().status.is_paid()) {
        world.pay(&invoice.uuid, Payment::Exact).await;
    }
    world.wait(2 * TEN_MINUTES).await;
    for (buyer, _) in &invoices {
        assert_eq!(world.count(*buyer, "EDIT-"), 1, "{}", world.transcript(*buyer));
    }
    assert_eq!((world.stock("editor").await, world.count(BEN, "EDIT-")), (14 - 8, 0));
    world.end().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nobody_waiting_for_that_time_to_come_again() {
    // Money that is only found by asking: the next question was to be asked twenty seconds later.
    let world = ahead(0, false).await;
    let invoice = world.order(ANN, "editor").await;
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.machine.set_back(TEN_MINUTES);
    world.wait(40).await;
    world.sees(ANN, "EDIT-0001").await;
    world.settled().await;
    // A chat that Telegram wants left alone for five seconds.
    let wait = CallFaults { status: Some(429), retry_after: Some(5), times: Some(1), ..CallFaults::default() };
    world.faults(Faults { telegram: wait, ..Faults::default() });
    world.say(BEN, "/start").await;
    assert_eq!(world.count(BEN, "Welcome"), 0);
    world.machine.set_back(TEN_MINUTES);
    world.wait(20).await;
    world.sees(BEN, "Welcome").await;
    // A buyer who says that the money is there, of an invoice that was last asked about at a time that has not come yet.
    let invoice = world.order(BEN, "editor").await;
    world.wait(40).await;
    world.machine.set_back(TEN_MINUTES);
    world.settled().await;
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.tap(BEN, "I have paid").await;
    world.advance(6).await;
    world.sees(BEN, "EDIT-0002").await;
    assert_eq!((world.count(ANN, "EDIT-"), world.count(BEN, "EDIT-")), (1, 1));
    world.end().await;
}

#[tokio::test]
async fn an_address_whose_watch_seemed_to_be_over_is_watched_again_once_the_clock_is_right() {
    let world = ahead(0, false).await;
    let invoice = world.order(ANN, "editor").await;
    world.machine.advance(5 * DAY);
    world.settled().await;
    world.wait(30).await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    world.machine.set_back(5 * DAY);
    world.settled().await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(120).await;
    world.sees(ANN, "EDIT-0001").await;
    served(world, &invoice.address).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_while_the_clock_is_set_back_is_found_and_not_made_again() {
    let world = ahead(0, true).await;
    line_up(&world, "editor", &[ANN, BEN]).await;
    for buyer in [ANN, BEN] {
        let lost =
            CallFaults { methods: vec!["create".to_owned()], times: Some(1), close: true, after_accepting: true, ..CallFaults::default() };
        world.faults(Faults { cryptocloud: lost, ..Faults::default() });
        world.tap(buyer, "TRON").await;
        world.advance(2).await;
        world.sees(buyer, "Send exactly").await;
        // What was read of the provider's list for one is older than what was made for the other, and looks newer.
        world.machine.set_back(TEN_MINUTES);
    }
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 2, "one each");
    world.end().await;
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_takes_no_address_from_somebody_who_has_just_asked_for_one() {
    let world = ahead(0, true).await;
    line_up(&world, "editor", &[ANN]).await;
    let down = CallFaults { status: Some(503), times: Some(2), ..CallFaults::default() };
    world.faults(Faults { cryptocloud: down, ..Faults::default() });
    world.tap(ANN, "TRON").await;
    world.machine.advance(TEN_MINUTES);
    world.settled().await;
    world.wait(10).await;
    world.sees(ANN, "Send exactly").await;
    let invoice = world.invoice();
    world.pay(&invoice.uuid, Payment::Exact).await;
    served(world, &invoice.address).await;
}

/// When the last of what is done every hour and every night is done next.
async fn done_next(world: &World) -> i64 {
    let file = format!("sqlite://{}", world.data_dir().join("kiosk.db").display());
    let mut connection = SqliteConnection::connect(&file).await.unwrap();
    let sql = "SELECT COUNT(*), MAX(run_at) FROM jobs WHERE kind IN ('sweep', 'reconcile', 'daily') AND done_at IS NULL";
    let (count, last): (i64, i64) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(count, 3);
    last
}

#[tokio::test]
async fn after_a_clock_that_was_a_month_ahead_every_night_is_as_before() {
    for is_corrected_between_two_runs in [false, true] {
        let mut world = ahead(0, true).await;
        world.shop().set_summary_hour(Some(9)).await.unwrap();
        world.machine.advance(30 * DAY);
        world.settled().await;
        world.sees(SELLER, "Your shop on 30 Jun").await;
        assert!(done_next(&world).await > BEGIN + i64::from(30 * DAY));
        if is_corrected_between_two_runs {
            world.stop().await;
            world.machine.set_back(30 * DAY);
            world.start_again().await;
        } else {
            world.machine.set_back(30 * DAY);
        }
        world.holds("all of it to be done within a day", async || done_next(&world).await <= BEGIN + i64::from(DAY)).await;
        world.settled().await;
        world.advance(DAY).await;
        assert_eq!(world.count(SELLER, "Your shop on 1 Jun"), 1);
        world.advance(DAY).await;
        assert_eq!(world.count(SELLER, "Your shop on 2 Jun"), 1);
        world.end().await;
    }
}
