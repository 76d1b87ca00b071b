//! One message to many: put together, looked at, sent behind everything else, and never twice to the same person.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::deed::DeedKind;
use kiosk::sandbox::User;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::store::{AuditOf, BroadcastState};

use super::assert_shown;
use crate::world::{ANN, BEN, SELLER, World, buttons, has, picture};

/// The first of a crowd.
const CROWD: i64 = 5_000;

/// So many people who have pressed Start.
async fn crowd(world: &World, people: i64) {
    for id in CROWD..CROWD + people {
        world.sandbox.telegram.say(id, "/start").unwrap();
        if id % 20 == 0 {
            world.settled().await;
        }
    }
    world.settled().await;
}

/// From the panel to a draft.
async fn draft(world: &World, text: &str) {
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "Broadcasts").await;
    world.tap(SELLER, "New broadcast").await;
    world.say(SELLER, text).await;
    assert_shown(world, "Nothing has gone out yet");
}

async fn send(world: &World) {
    world.tap(SELLER, "📣 Send (").await;
    assert_shown(world, "now?");
    world.tap(SELLER, "Yes, send it").await;
}

fn got(world: &World, people: i64, text: &str) -> usize {
    (CROWD..CROWD + people).map(|id| world.count(id, text)).sum()
}

#[tokio::test]
async fn a_broadcast_is_put_together_looked_at_and_sent_to_everybody() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    draft(&world, "New keys & <b>old</b> prices").await;
    world.tap(SELLER, "Picture").await;
    world.say(SELLER, "no picture").await;
    assert_shown(&world, "Send the picture");
    world.upload(SELLER, "x.png", picture(), true).await;
    assert_shown(&world, "With a picture");
    world.tap(SELLER, "🛍 Button").await;
    world.tap(SELLER, "Editor Pro").await;
    assert_shown(&world, "A button opens Editor Pro");
    world.tap(SELLER, "Preview").await;
    let preview = world.message(SELLER, "New keys & <b>old</b> prices");
    assert_eq!(world.count(ANN, "New keys"), 0, "nobody else sees a preview");
    assert!(has(&preview, "old") && world.count(SELLER, "New keys") >= 2);
    send(&world).await;
    let message = world.sees(ANN, "New keys & <b>old</b> prices").await;
    assert!(message["photo"]["file_id"].is_string());
    let progress = world.sees(SELLER, "The broadcast is done").await;
    assert!(has(&progress, "Sent: 2 of 2"), "{progress}");
    // A button that outlived the draft sends nothing again.
    world.say(SELLER, "/broadcast").await;
    let id = world.shop().broadcasts().await.unwrap()[0].id.clone();
    for old in ["S", "x", "t"] {
        super::data(&world, SELLER, &format!("nD:{id}:{old}")).await;
        world.say(SELLER, "Other words").await;
    }
    assert_eq!((world.count(ANN, "New keys"), world.count(ANN, "Other words")), (1, 0));
    world.tap(ANN, "Editor Pro").await;
    world.sees(ANN, "10.00 USD").await;
    world.end().await;
}

#[tokio::test]
async fn it_goes_to_those_who_are_meant() {
    let world = World::new().await;
    world.sandbox.telegram.put_user(User { language_code: Some("ru".to_owned()), ..User::stranger(BEN) });
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.say(BEN, "/start").await;
    world.shop().choose_language(CustomerId(BEN), "ru").await.unwrap();
    world.say(777, "/start").await;
    world.advance(8 * 86_400).await;
    world.order(777, "handbook").await;
    for (taps, text, whom) in [
        (vec!["Buyers of", "Editor Pro"], "one", vec![ANN]),
        (vec!["Language", "ru ·"], "two", vec![BEN]),
        (vec!["No order for 7 days"], "three", vec![ANN, BEN]),
    ] {
        let text = format!("for some, {text}");
        draft(&world, &text).await;
        world.tap(SELLER, "To whom").await;
        for tap in taps {
            world.tap(SELLER, tap).await;
        }
        send(&world).await;
        for person in [ANN, BEN, 777] {
            assert_eq!(world.count(person, &text), usize::from(whom.contains(&person)), "{text} to {person}");
        }
    }
    draft(&world, "for nobody").await;
    world.tap(SELLER, "To whom").await;
    world.tap(SELLER, "Buyers of").await;
    world.tap(SELLER, "Mug").await;
    world.tap(SELLER, "📣 Send (0)").await;
    assert!(super::toast(&world, SELLER).contains("Nobody can be reached"));
    world.end().await;
}

#[tokio::test]
async fn a_purchase_in_the_middle_of_a_broadcast_waits_for_nothing() {
    let world = World::new().await;
    let people = 200;
    crowd(&world, people).await;
    // They have blocked the bot, and the shop does not know yet.
    for gone in [CROWD + 50, CROWD + 150] {
        world.sandbox.telegram.block(gone, true).unwrap();
        world.settled().await;
        world.shop().write(move |tx| Box::pin(async move { tx.set_reachable(CustomerId(gone), true).await })).await.unwrap();
    }
    let invoice = world.order(ANN, "editor").await;
    draft(&world, "Night sale").await;
    world.tap(SELLER, "📣 Send (").await;
    let (message, button) = world.button(SELLER, "Yes, send it");
    world.press(SELLER, message, &button);
    // While it goes out, money comes.
    while got(&world, people, "Night sale") < 20 {
        tokio::task::yield_now().await;
    }
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.sees(ANN, "EDIT-0001").await;
    let before = got(&world, people, "Night sale");
    assert!(before < 198, "the goods came while the broadcast went on: {before}");
    world.settled().await;
    assert_eq!(got(&world, people, "Night sale"), 198, "everybody else, once");
    let progress = world.sees(SELLER, "The broadcast is done").await;
    assert!(has(&progress, "Sent: 200 of 202") && has(&progress, "2 had blocked the bot"), "{progress}");
    for gone in [CROWD + 50, CROWD + 150] {
        let customer = world.shop().store.read().await.unwrap().customer(CustomerId(gone)).await.unwrap().unwrap();
        assert!(!customer.reachable, "is not written to any more");
    }
    world.end().await;
}

#[tokio::test]
async fn whoever_the_staff_blocks_in_the_middle_is_left_out_and_still_looked_after() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    world.say(BEN, "/start").await;
    let refusing = |method: &str| {
        let telegram = CallFaults { methods: vec![method.to_owned()], status: Some(502), ..CallFaults::default() };
        world.faults(Faults { telegram, ..Faults::default() });
    };
    draft(&world, "Night sale").await;
    world.tap(SELLER, "Picture").await;
    world.upload(SELLER, "x.png", picture(), true).await;
    world.tap(SELLER, "📣 Send (").await;
    // A message is on its way to everybody, and Telegram takes none.
    refusing("sendPhoto");
    world.tap(SELLER, "Yes, send it").await;
    world.tap(SELLER, "Pause").await;
    // Ann is blocked, and the broadcast goes on before her address has left the chat.
    refusing("editMessageMedia");
    world.shop().block(CustomerId(ANN), "spam").await.unwrap();
    world.tap(SELLER, "Go on").await;
    world.advance(300).await;
    world.wait(20).await;
    assert_eq!((world.count(ANN, "Night sale"), world.count(BEN, "Night sale")), (0, 1));
    world.faults(Faults::default());
    world.advance(300).await;
    assert_eq!(world.count(ANN, "Send exactly"), 0, "{}", world.transcript(ANN));
    let progress = world.sees(SELLER, "The broadcast is done").await;
    assert!(has(&progress, "1 could not be sent") && !has(&progress, "had blocked the bot"), "{progress}");
    world.end().await;
}

#[tokio::test]
async fn it_is_paused_goes_on_after_a_restart_and_is_stopped() {
    let mut world = World::new().await;
    let people = 30;
    crowd(&world, people).await;
    // Telegram is slow to take the message of one of them: the broadcast waits there.
    let strike = |times| CallFaults { methods: vec!["sendPhoto".to_owned()], times, status: Some(502), ..CallFaults::default() };
    draft(&world, "Night sale").await;
    world.tap(SELLER, "Picture").await;
    world.upload(SELLER, "x.png", picture(), true).await;
    world.tap(SELLER, "📣 Send (").await;
    world.faults(Faults { telegram: CallFaults { percent: 40, ..strike(None) }, ..Faults::default() });
    world.tap(SELLER, "Yes, send it").await;
    let id = world.shop().broadcasts().await.unwrap()[0].id.clone();
    let sent = got(&world, people, "Night sale");
    assert!(sent < 30, "{sent}");
    // It waits to try again; meanwhile the seller pauses it.
    world.tap(SELLER, "Pause").await;
    world.faults(Faults::default());
    world.wait(600).await;
    assert_eq!(got(&world, people, "Night sale"), sent, "nothing goes out while it is paused");
    world.restart().await;
    world.wait(60).await;
    assert_eq!(got(&world, people, "Night sale"), sent);
    world.sees(SELLER, "The broadcast is paused").await;
    let written = world.shop().store.read().await.unwrap().audit(&AuditOf::All, 0, 1).await.unwrap().remove(0);
    assert_eq!((written.kind, written.words.as_str()), (DeedKind::BroadcastSteered, "paused: Night sale"));
    // It goes on where it was, over another restart in the middle.
    world.faults(Faults { telegram: CallFaults { percent: 30, ..strike(None) }, ..Faults::default() });
    world.tap(SELLER, "Go on").await;
    world.restart().await;
    world.wait(30).await;
    world.faults(Faults::default());
    world.wait(900).await;
    for person in CROWD..CROWD + people {
        assert_eq!(world.count(person, "Night sale"), 1, "{person}");
    }
    assert_eq!(world.shop().broadcast(&id).await.unwrap().unwrap().state, BroadcastState::Done);
    assert!(!buttons(&world.message(SELLER, "The broadcast is done")).iter().any(|button| button["text"] == "✖️ Stop"));

    // Another one is stopped for good.
    draft(&world, "Day sale").await;
    world.faults(Faults {
        telegram: CallFaults { methods: vec!["sendMessage".to_owned()], percent: 60, ..strike(None) },
        ..Faults::default()
    });
    world.tap(SELLER, "📣 Send (").await;
    world.tap(SELLER, "Yes, send it").await;
    let id = world.shop().broadcasts().await.unwrap()[0].id.clone();
    world.shop().steer_broadcast(&id, BroadcastState::Cancelled).await.unwrap();
    world.faults(Faults::default());
    let sent = got(&world, people, "Day sale");
    world.wait(600).await;
    assert_eq!(got(&world, people, "Day sale"), sent);
    world.end().await;
}

#[tokio::test]
async fn another_owner_sends_on_what_somebody_who_left_has_begun() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    world.appoint(BEN, Role::Owner).await;
    draft(&world, "Night sale").await;
    world.say(BEN, "/admin").await;
    // The author goes before it is sent.
    world.shop().remove_member(CustomerId(SELLER)).await.unwrap();
    world.settled().await;
    world.say(BEN, "/broadcast").await;
    world.tap(BEN, "Night sale").await;
    world.tap(BEN, "📣 Send (").await;
    world.tap(BEN, "Yes, send it").await;
    world.sees(ANN, "Night sale").await;
    world.sees(BEN, "The broadcast is done").await;
    world.end().await;
}

#[tokio::test]
async fn more_than_a_day_without_telegram_delays_a_broadcast_and_drops_nobody() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    draft(&world, "Night sale").await;
    world.tap(SELLER, "📣 Send (").await;
    let closed = CallFaults { methods: vec!["sendMessage".to_owned()], close: true, ..CallFaults::default() };
    world.faults(Faults { telegram: closed.clone(), ..Faults::default() });
    world.tap(SELLER, "Yes, send it").await;
    for _ in 0..26 * 12 {
        world.advance(300).await;
    }
    world.faults(Faults::default());
    world.advance(3_600).await;
    world.wait(60).await;
    assert_eq!(world.count(ANN, "Night sale"), 1, "{}", world.transcript(ANN));
    world.sees(SELLER, "The broadcast is done").await;

    // One that is given up all the same halts, and says so.
    draft(&world, "Day sale").await;
    world.tap(SELLER, "📣 Send (").await;
    world.faults(Faults { telegram: closed, ..Faults::default() });
    world.tap(SELLER, "Yes, send it").await;
    let id = world.shop().broadcasts().await.unwrap()[0].id.clone();
    world.faults(Faults::default());
    world.shop().give_up_broadcast(&id).await.unwrap();
    world.wait(60).await;
    assert_eq!(world.shop().broadcast(&id).await.unwrap().unwrap().state, BroadcastState::Paused);
    world.sees(SELLER, "The broadcast is paused").await;
    assert_eq!(world.count(ANN, "Day sale"), 0);
    world.end().await;
}
