//! At the door of a channel: who stands there while the bot may not let anybody in, who has the money back, and what the seller hears of it.

use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::order::OrderState;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::solve::Solved;
use kiosk::store::{Case, CaseKind};

use crate::invites::{DAY, OWLS, buy, is_in, link, links, open, rights, shop};
use crate::world::{ANN, SELLER, World};

/// The newest link of Ann's, whatever she had before.
fn new_link(world: &World, old: &[String]) -> String {
    links(world, ANN).into_iter().find(|link| !old.contains(link)).unwrap()
}

/// Ann stands at a door that the bot may not open, by a link that is none of these; the case about it.
async fn stands_at_the_door(world: &mut World, old: &[String]) -> Case {
    let link = new_link(world, old);
    world.stop().await;
    world.sandbox.telegram.open_link(ANN, &link).unwrap();
    rights(world, false, true);
    world.start_again().await;
    world.settled().await;
    let mut cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::Undeliverable));
    cases.remove(0)
}

async fn refund(world: &World, case: &Case) {
    assert_eq!(world.shop().record_refund(&case.id, "tx 0xdoor").await.unwrap(), Solved::Done);
    world.settled().await;
}

#[tokio::test]
async fn a_member_who_comes_back_and_gets_the_money_back_is_not_let_in() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    let first = link(&world, ANN);
    open(&world, ANN, &first).await;
    world.advance(31 * DAY).await;
    assert!(!is_in(&world, ANN), "that time is over");
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &[first]).await;
    refund(&world, &case).await;
    rights(&world, true, true);
    world.advance(7_200).await;
    assert!(!is_in(&world, ANN) && world.cases().await.is_empty(), "{}", world.transcript(ANN));

    // Nor the next time: that order's money was given back, too.
    let old = links(&world, ANN);
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &old).await;
    refund(&world, &case).await;
    rights(&world, true, true);
    world.advance(7_200).await;
    assert!(!is_in(&world, ANN) && world.cases().await.is_empty(), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn who_got_the_money_of_one_of_two_orders_back_stays_for_the_time_of_the_other() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    world.advance(60).await;
    buy(&world, ANN, "forever").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    refund(&world, &case).await;
    rights(&world, true, true);
    world.advance(601).await;
    assert!(is_in(&world, ANN), "{}", world.transcript(ANN));
    world.advance(28 * DAY).await;
    world.sees(ANN, "Your time in Night Owls ends").await;
    world.advance(2 * DAY).await;
    assert!(!is_in(&world, ANN), "thirty days, and not for good");
    world.end().await;
}

#[tokio::test]
async fn a_door_whose_money_was_given_back_is_no_case_any_more() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    refund(&world, &case).await;
    for _ in 0..3 {
        world.advance(601).await;
    }
    assert!(world.cases().await.is_empty(), "{:?}", world.cases().await);
    rights(&world, true, true);
    world.advance(601).await;
    assert!(!is_in(&world, ANN) && world.sandbox.telegram.places()[&OWLS].requests.is_empty(), "she was sent away");
    world.end().await;
}

#[tokio::test]
async fn who_stood_at_the_door_until_the_time_was_over_is_still_a_case() {
    let mut world = shop().await;
    buy(&world, ANN, "pass").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    world.advance(30 * 3_600).await;
    rights(&world, true, true);
    world.advance(601).await;
    assert!(!is_in(&world, ANN) && world.sandbox.telegram.places()[&OWLS].requests.is_empty(), "it is too late");
    assert_eq!(world.cases().await, std::slice::from_ref(&case), "she has paid, and was never let in");

    // Nor does the next pass settle the first one.
    let old = links(&world, ANN);
    buy(&world, ANN, "pass").await;
    open(&world, ANN, &new_link(&world, &old)).await;
    assert!(is_in(&world, ANN));
    assert_eq!(world.cases().await, std::slice::from_ref(&case));
    refund(&world, &case).await;
    assert!(is_in(&world, ANN), "the second pass is as good as before");
    assert_eq!(
        world.orders_of(ANN).await.into_iter().map(|order| order.state).collect::<Vec<_>>(),
        [OrderState::Completed, OrderState::Cancelled]
    );
    world.end().await;
}

#[tokio::test]
async fn who_was_let_in_while_the_money_went_back_is_taken_out_again() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    // The answer to the call is lost, so the shop cannot know that she is in.
    let lost = CallFaults {
        methods: vec!["approveChatJoinRequest".to_owned()],
        times: Some(1),
        close: true,
        after_accepting: true,
        ..CallFaults::default()
    };
    rights(&world, true, true);
    world.faults(Faults { telegram: lost, ..Faults::default() });
    world.advance(601).await;
    assert!(is_in(&world, ANN));
    refund(&world, &case).await;
    // The bot may let in, and not take out: that is a case of its own.
    rights(&world, true, false);
    world.wait(600).await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind, is_in(&world, ANN)), (1, CaseKind::NotRemoved, true));
    rights(&world, true, true);
    world.advance(601).await;
    assert!(!is_in(&world, ANN) && world.cases().await.is_empty(), "{}", world.transcript(ANN));

    // An answer that came after the money had gone back says that she must go.
    assert!(!world.shop().was_let_in(kiosk::domain::customer::CustomerId(ANN), OWLS).await.unwrap());
    world.end().await;
}

#[tokio::test]
async fn the_money_of_a_door_that_did_not_open_is_given_back_once() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    refund(&world, &case).await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.is_owed()), (OrderState::Cancelled, false));
    world.sees(ANN, "This order ended without its goods").await;
    assert!(world.shop().resend(&order.id).await.unwrap().is_none(), "the link is hers no more");
    rights(&world, true, true);
    world.advance(601).await;

    // Whoever is in keeps the order; what was given back for it is given back all the same.
    let old = links(&world, ANN);
    buy(&world, ANN, "pass").await;
    let order = world.order_of(ANN).await;
    open(&world, ANN, &new_link(&world, &old)).await;
    for (time, whole) in [("once", Some(Fiat::new(100, Currency::Usd))), ("twice", None)] {
        world.shop().goods_stuck(&order.id, time).await.unwrap();
        let case = world.cases().await.remove(0);
        assert_eq!(world.shop().case_file(&case.id).await.unwrap().unwrap().whole, whole, "{time}");
        refund(&world, &case).await;
    }
    world.end().await;
}

#[tokio::test]
async fn who_comes_back_to_a_door_that_does_not_open_any_more_may_have_the_money_back() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    open(&world, ANN, &link(&world, ANN)).await;
    let mut place = world.sandbox.telegram.places()[&OWLS].clone();
    place.members.remove(&ANN);
    world.sandbox.telegram.put_place(OWLS, place);
    let case = stands_at_the_door(&mut world, &[]).await;
    refund(&world, &case).await;
    rights(&world, true, true);
    world.advance(601).await;
    assert!(!is_in(&world, ANN));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    world.end().await;
}

#[tokio::test]
async fn the_link_sent_again_opens_no_door() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Deliver again").await;
    assert_eq!(world.cases().await, std::slice::from_ref(&case), "she stands where she stood");
    world.say(ANN, "/orders").await;
    world.tap(ANN, "Night Owls").await;
    world.tap(ANN, "Send goods again").await;
    world.advance(601).await;
    assert_eq!(world.cases().await, [case]);
    rights(&world, true, true);
    world.advance(601).await;
    assert!(is_in(&world, ANN) && world.cases().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_case_at_the_door_ends_with_the_door_whatever_was_bought_since() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    let case = stands_at_the_door(&mut world, &[]).await;
    buy(&world, ANN, "owls").await;
    world.advance(601).await;
    assert!(world.cases().await.contains(&case));
    rights(&world, true, false);
    world.advance(601).await;
    assert!(is_in(&world, ANN) && world.cases().await.is_empty(), "{:?}", world.cases().await);

    // The same on the way out.
    world.advance(61 * DAY).await;
    assert_eq!(world.cases().await.len(), 1, "the bot may not take her out");
    buy(&world, ANN, "pass").await;
    world.advance(2 * DAY).await;
    rights(&world, true, true);
    world.advance(3_601).await;
    assert!(!is_in(&world, ANN) && world.cases().await.is_empty(), "{:?}", world.cases().await);
    world.end().await;
}

#[tokio::test]
async fn a_way_in_for_good_that_is_paid_twice_is_not_taken_for_delivered() {
    let world = shop().await;
    let slow = world.order(ANN, "forever").await;
    world.advance(2 * 3_600).await;
    buy(&world, ANN, "forever").await;
    open(&world, ANN, &link(&world, ANN)).await;
    world.pay(&slow.uuid, kiosk::sandbox::cryptocloud::Payment::Exact).await;
    world.sees(ANN, "The seller must look after it").await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::Undeliverable));
    world.sees(SELLER, "is in Night Owls for good already").await;
    let held = world.shop().store.read().await.unwrap().order(&cases[0].order).await.unwrap().unwrap();
    assert_eq!(held.lines[0].delivery, kiosk::domain::order::Delivery::Held);
    refund(&world, &cases[0]).await;
    assert!(is_in(&world, ANN) && world.cases().await.is_empty(), "the other order is as good as before");
    world.end().await;
}

/// Ann is in by a first order. What the second adds to her time does not reach her chat, and is a case when this returns.
async fn does_not_hear_of_more_time(world: &World, wait: u32) -> Case {
    buy(world, ANN, "owls").await;
    open(world, ANN, &link(world, ANN)).await;
    world.advance(60).await;
    let invoice = world.order(ANN, "owls").await;
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.pay(&invoice.uuid, kiosk::sandbox::cryptocloud::Payment::Exact).await;
    world.advance(wait).await;
    let order = world.order_of(ANN).await;
    assert_eq!(order.state, OrderState::Open, "the goods did not come");
    world.shop().goods_stuck(&order.id, "she has blocked the bot").await.unwrap();
    world.cases().await.remove(0)
}

#[tokio::test]
async fn the_time_of_an_order_whose_money_went_back_goes_with_it_though_its_buyer_is_in() {
    // By credit and by refund.
    for is_credit in [true, false] {
        let world = shop().await;
        let case = does_not_hear_of_more_time(&world, 7 * DAY).await;
        if is_credit {
            assert_eq!(world.shop().credit_buyer(&case.id, None, "it did not come").await.unwrap(), Solved::Done);
        } else {
            refund(&world, &case).await;
        }
        world.settled().await;
        world.sandbox.telegram.block(ANN, false).unwrap();
        assert!(is_in(&world, ANN), "the first order is as good as before");
        world.advance(20 * DAY + 3_600).await;
        world.sees(ANN, "Your time in Night Owls ends").await;
        world.advance(3 * DAY).await;
        assert!(!is_in(&world, ANN) && world.cases().await.is_empty(), "thirty days, and not sixty: {}", world.transcript(ANN));
        world.end().await;
    }

    // Nothing is left of the first order by then.
    let world = shop().await;
    let case = does_not_hear_of_more_time(&world, 31 * DAY).await;
    assert!(is_in(&world, ANN));
    refund(&world, &case).await;
    world.advance(60).await;
    assert!(!is_in(&world, ANN) && world.cases().await.is_empty());
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.say(ANN, "/start").await;
    world.end().await;
}
