//! Paid goods reach the chat, once, whatever Telegram or the buyer does meanwhile.

use kiosk::domain::customer::CustomerId;
use kiosk::domain::order::{Delivery, OrderState};
use kiosk::domain::product::{ProductFile, ProductId};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::shop::hand_over::Served;
use kiosk::shop::products::Change;
use kiosk::store::CaseKind;
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};

use crate::world::{ANN, BEN, CATALOG, Options, SELLER, World, buttons, text_of};

fn telegram(fault: CallFaults) -> Faults {
    Faults { telegram: fault, ..Faults::default() }
}

fn closing(methods: &[&str], times: u32, after_accepting: bool) -> Faults {
    let methods = methods.iter().map(|method| (*method).to_owned()).collect();
    telegram(CallFaults { methods, times: Some(times), close: true, after_accepting, ..CallFaults::default() })
}

#[tokio::test]
async fn a_chat_that_must_wait_waits_and_no_other_chat_does() {
    let world = World::with(Options { owners: Vec::new(), ..Options::default() }).await;
    let (ann, ben) = (world.order(ANN, "editor").await, world.order(BEN, "editor").await);
    let wait = CallFaults {
        methods: vec!["sendMessage".to_owned()],
        status: Some(429),
        retry_after: Some(30),
        times: Some(1),
        ..CallFaults::default()
    };
    world.faults(telegram(wait));
    world.pay(&ann.uuid, Payment::Exact).await;
    let refused = world.sandbox.faults.get().telegram.times == Some(0);
    assert!(refused, "the notice was refused");
    let calls = world.sandbox.telegram.calls("sendMessage");
    world.pay(&ben.uuid, Payment::Exact).await;
    world.sees(BEN, "EDIT-0002").await;
    world.advance(28).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0, "28 seconds are not 30");
    assert_eq!(world.sandbox.telegram.calls("sendMessage"), calls + 1, "only Ben was written to meanwhile");
    world.advance(3).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_case_is_heard_of_before_the_sales_that_wait_for_the_same_chat() {
    let world = World::new().await;
    let second = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let first = world.order(BEN, "last").await;
    let mut sold = Vec::new();
    for _ in 0..3 {
        world.advance(1).await;
        sold.push(world.order(ANN, "editor").await);
    }
    world.faults(telegram(CallFaults { status: Some(429), retry_after: Some(20), ..CallFaults::default() }));
    for invoice in sold.iter().chain([&first, &second]) {
        world.pay(&invoice.uuid, Payment::Exact).await;
    }
    assert_eq!(world.count(SELLER, "needs you"), 0, "nothing goes out");
    world.faults(Faults::default());
    world.wait(120).await;
    let heard: Vec<_> = world.messages(SELLER).iter().map(|message| text_of(message).to_owned()).collect();
    let at = |words: &str| heard.iter().position(|text| text.contains(words)).unwrap();
    assert!(at("needs you") < at("Sold to") + 2, "{heard:?}");
    assert_eq!(world.count(SELLER, "Sold to"), 5);
    world.end().await;
}

#[tokio::test]
async fn an_answer_to_a_tap_waits_as_telegram_says_and_is_given_then() {
    let world = World::new().await;
    let wait = CallFaults {
        methods: vec!["sendMessage".to_owned()],
        status: Some(429),
        retry_after: Some(7),
        times: Some(1),
        ..CallFaults::default()
    };
    world.faults(telegram(wait));
    world.say(ANN, "/start").await;
    assert_eq!(world.count(ANN, "Night Owl Store"), 0);
    world.advance(8).await;
    world.sees(ANN, "Night Owl Store").await;
    world.end().await;
}

#[tokio::test]
async fn a_tap_that_is_answered_too_late_is_answered_in_words() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    let late = CallFaults {
        methods: vec!["answerCallbackQuery".to_owned()],
        status: Some(400),
        description: Some("Bad Request: query is too old and response timeout expired or query ID is invalid".to_owned()),
        times: Some(1),
        ..CallFaults::default()
    };
    world.faults(telegram(late));
    world.tap(ANN, "I have paid").await;
    world.sees(ANN, "We are looking for your payment").await;
    world.end().await;
}

#[tokio::test]
async fn a_notice_whose_answer_was_lost_may_repeat_but_the_goods_do_not() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(closing(&["sendMessage"], 2, true));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(20).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 1);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn goods_whose_arrival_was_not_heard_of_are_there_once() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(closing(&["editMessageText", "editMessageMedia"], 6, true));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(60).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!((world.count(ANN, "EDIT-0001"), world.count(ANN, "Your goods")), (1, 1));
    world.sees(ANN, "Paid. Thank you!").await;
    world.end().await;
}

#[tokio::test]
async fn telegram_that_closes_every_connection_for_a_while_delays_but_loses_nothing() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(telegram(CallFaults { close: true, ..CallFaults::default() }));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(60).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.faults(Faults::default());
    world.wait(60).await;
    world.sees(ANN, "EDIT-0001").await;
    world.sees(SELLER, "Sold").await;
    assert!(!world.shows(ANN, &invoice.address));
    world.end().await;
}

#[tokio::test]
async fn goods_that_telegram_refuses_are_given_up_only_when_the_case_could_be_written() {
    let mut world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let refused = CallFaults {
        methods: vec!["editMessageText".to_owned()],
        status: Some(400),
        description: Some("Bad Request: the moon is full".to_owned()),
        ..CallFaults::default()
    };
    world.faults(telegram(refused));
    let mut trouble = SqliteConnection::connect(&format!("sqlite://{}", world.data_dir().join("kiosk.db").display())).await.unwrap();
    let no_case = "CREATE TRIGGER no_case BEFORE INSERT ON cases BEGIN SELECT RAISE(ABORT, 'no case can be written'); END";
    sqlx::query(no_case).execute(&mut trouble).await.unwrap();
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(600).await;
    assert!(world.cases().await.is_empty());
    let waits = "SELECT COUNT(*) FROM jobs WHERE kind = 'deliver' AND done_at IS NULL AND failed = FALSE AND attempts > 3";
    let (waiting,): (i64,) = sqlx::query_as(waits).fetch_one(&mut trouble).await.unwrap();
    assert_eq!(waiting, 1, "somebody still looks after the goods");
    sqlx::query("DROP TRIGGER no_case").execute(&mut trouble).await.unwrap();
    world.wait(600).await;
    let cases: Vec<_> = world.cases().await.into_iter().map(|case| (case.order, case.kind)).collect();
    assert_eq!(cases, [(world.order_of(ANN).await.id, CaseKind::Undeliverable)]);
    world.sees(SELLER, "the moon is full").await;
    world.stop().await;
}

#[tokio::test]
async fn more_than_a_day_without_telegram_delays_but_loses_nothing() {
    let world = World::new().await;
    let unpaid = world.order(ANN, "editor").await;
    let paid = world.order(BEN, "editor").await;
    world.faults(telegram(CallFaults { close: true, ..CallFaults::default() }));
    world.pay(&paid.uuid, Payment::Exact).await;
    // As long as the longest pause between two tries: none is left out.
    for _ in 0..26 * 12 {
        world.advance(300).await;
    }
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    assert!(world.shows(ANN, &unpaid.address), "nobody could take it out of the chat");
    world.faults(Faults::default());
    for _ in 0..13 {
        world.advance(300).await;
    }
    assert!(!world.shows(ANN, &unpaid.address) && !world.shows(BEN, &paid.address));
    world.sees(BEN, "EDIT-").await;
    world.sees(SELLER, "Sold").await;
    world.end().await;
}

#[tokio::test]
async fn documents_that_were_sent_are_not_sent_again_because_a_later_one_failed() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let second = world.order(ANN, "handbook").await;
    let methods = vec!["editMessageMedia".to_owned()];
    world.faults(telegram(CallFaults { methods, percent: 50, times: Some(3), close: true, ..CallFaults::default() }));
    world.pay(&second.uuid, Payment::Exact).await;
    world.wait(60).await;
    assert_eq!(documents(&world).len(), 4, "two for each order");
    world.end().await;
}

#[tokio::test]
async fn documents_whose_arrival_was_not_heard_of_are_there_once() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.faults(closing(&["editMessageMedia", "sendDocument"], 4, true));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(600).await;
    assert_eq!(world.sandbox.faults.get().telegram.times, Some(0), "every answer was lost");
    assert_eq!(documents(&world).len(), 2);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    assert!(!world.shows(ANN, DOCUMENT_COMES), "nothing is on its way any more");
    world.end().await;
}

#[tokio::test]
async fn a_document_comes_behind_words_that_the_buyer_took_away_or_that_become_none() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.faults(closing(&["editMessageMedia"], u32::MAX, false));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, DOCUMENT_COMES).await;
    let announced = world.messages(ANN).into_iter().find(|message| text_of(message).contains(DOCUMENT_COMES)).unwrap();
    world.delete(ANN, &announced).await;
    world.faults(Faults::default());
    world.wait(120).await;
    assert_eq!(documents(&world).len(), 2);
    assert!(!world.shows(ANN, DOCUMENT_COMES));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn a_document_that_had_arrived_before_the_program_died_is_not_sent_again() {
    let mut world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.faults(closing(&["editMessageMedia"], u32::MAX, true));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "example.com/handbook").await;
    world.restart().await;
    world.faults(Faults::default());
    world.wait(120).await;
    assert_eq!(documents(&world).len(), 2);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

const DOCUMENT_COMES: &str = "A file of your order is on its way";

/// The documents in Ann's chat.
fn documents(world: &World) -> Vec<Value> {
    world.messages(ANN).into_iter().filter(|message| message["document"].is_object()).collect()
}

#[tokio::test]
async fn goods_wait_for_a_buyer_who_had_blocked_the_bot() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.settled().await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(60).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.sees(SELLER, "Sold").await;
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.say(ANN, "/start").await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!world.shows(ANN, &invoice.address));
    world.end().await;
}

#[tokio::test]
async fn goods_that_found_nobody_are_tried_again_and_then_the_card_is_true_as_well() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let methods = ["sendMessage", "editMessageMedia", "editMessageText", "sendPhoto"].map(str::to_owned).into();
    world.faults(telegram(CallFaults {
        methods,
        status: Some(400),
        description: Some("Bad Request: chat not found".to_owned()),
        ..CallFaults::default()
    }));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(30).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.faults(Faults::default());
    // Nobody writes anything.
    world.advance(3_700).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!world.shows(ANN, &invoice.address), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn an_address_that_ran_out_while_the_bot_was_blocked_is_gone_when_the_buyer_is_back() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.settled().await;
    world.advance(3_700).await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.settled().await;
    assert!(!world.shows(ANN, &invoice.address));
    world.sees(ANN, "The time to pay is over").await;
    world.end().await;
}

#[tokio::test]
async fn a_buyer_who_blocked_the_bot_without_a_word_from_telegram_gets_the_goods_too() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let gone =
        CallFaults { methods: ["sendMessage", "editMessageMedia"].map(str::to_owned).into(), status: Some(403), ..CallFaults::default() };
    world.faults(telegram(gone));
    world.pay(&invoice.uuid, Payment::Exact).await;
    let buyer = world.shop().store.read().await.unwrap().customer(CustomerId(ANN)).await.unwrap().unwrap();
    assert!(!buyer.reachable, "the seller can see why the goods are not there");
    world.faults(Faults::default());
    world.wait(60).await;
    world.say(ANN, "hello?").await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn goods_come_in_another_message_when_theirs_was_taken_away() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(closing(&["editMessageText"], 1, false));
    world.pay(&invoice.uuid, Payment::Exact).await;
    let notice = world.sees(ANN, "Your goods are on their way into this chat").await;
    world.delete(ANN, &notice).await;
    world.wait(20).await;
    world.sees(ANN, "EDIT-0001").await;
    let goods = world.message(ANN, "EDIT-0001");
    world.delete(ANN, &goods).await;
    world.say(ANN, "/orders").await;
    world.tap(ANN, "Editor Pro · delivered").await;
    world.tap(ANN, "Send goods again").await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn goods_that_are_longer_than_a_message_come_as_a_file() {
    let long = ["A", "B"].map(|which| format!("LONG-{which}-{}-END", "k".repeat(3_400)));
    let catalog = CATALOG.replace("EDIT-0001, EDIT-0002", &long.join(", "));
    let world = World::with(Options { catalog, ..Options::default() }).await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "Buy · 20.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "They are in the file below").await;
    let message = world.messages(ANN).into_iter().find(|message| message["document"].is_object()).unwrap();
    let (bytes, ..) = world.sandbox.telegram.file(message["document"]["file_id"].as_str().unwrap()).unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(long.iter().all(|unit| text.contains(unit)));
    world.end().await;
}

#[tokio::test]
async fn twelve_keys_fit_into_one_message() {
    let world = World::new().await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "−").await;
    world.tap(ANN, "Buy · 120.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let goods = world.sees(ANN, "EDIT-0012").await;
    for number in 1..=12 {
        assert!(text_of(&goods).contains(&format!("EDIT-{number:04}")));
    }
    assert_eq!(buttons(&goods).len(), 0, "a dozen copy buttons would bury the keys");
    world.end().await;
}

#[tokio::test]
async fn goods_with_signs_that_are_markup_come_as_they_are() {
    let catalog = CATALOG.replace("ONLY-ONE-LEFT", "\"<b>A&B</b> 'x' <tg-spoiler>\"");
    let world = World::with(Options { catalog, ..Options::default() }).await;
    let invoice = world.order(ANN, "last").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "<b>A&B</b> 'x' <tg-spoiler>").await;
    world.end().await;
}

#[tokio::test]
async fn goods_that_were_stuck_and_arrive_after_all_are_no_case_any_more() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    let order = world.order_of(ANN).await.id;
    world.shop().goods_stuck(&order, "Telegram refused the message").await.unwrap();
    let case = world.cases().await.remove(0);
    assert_eq!(world.shop().case_file(&case.id).await.unwrap().unwrap().whole, None, "they are in the chat: there is nothing to give back");
    world.say(SELLER, &format!("/order {order}")).await;
    world.tap(SELLER, "Deliver again").await;
    assert!(world.cases().await.is_empty());
    world.tap(SELLER, "‹ Panel").await;
    world.end().await;
}

#[tokio::test]
async fn a_paid_order_waits_when_its_product_has_no_goods_any_more() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    let handbook = ProductId::parse("handbook").unwrap();
    world.shop().change(&handbook, "en", Change::ClearGoods).await.unwrap();
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "The seller must look after it").await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.lines[0].delivery), (OrderState::Open, Delivery::Held));
    assert_eq!(world.cases().await[0].kind, CaseKind::Undeliverable);
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Serve now").await;
    world.tap(SELLER, "‹ Panel").await;
    assert_eq!(world.cases().await.len(), 1, "there is still nothing in it");
    world.shop().change(&handbook, "en", Change::Text("Read it at https://example.com/second".to_owned())).await.unwrap();
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Serve now").await;
    world.sees(ANN, "https://example.com/second").await;
    assert!(world.cases().await.is_empty());
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.tap(SELLER, "‹ Panel").await;
    world.end().await;
}

/// So long that what is tried for somebody who is away has been given up.
async fn a_fortnight(world: &World) {
    for _ in 0..14 {
        world.advance(25 * 3_600).await;
    }
}

#[tokio::test]
async fn goods_that_get_stuck_twice_for_the_same_reason_are_a_case_each_time() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.pay(&invoice.uuid, Payment::Exact).await;
    a_fortnight(&world).await;
    assert_eq!(world.cases().await.len(), 1);
    // She is back while there is nothing in it, and gone again when there is.
    let handbook = ProductId::parse("handbook").unwrap();
    world.shop().change(&handbook, "en", Change::ClearGoods).await.unwrap();
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.settled().await;
    let order = world.order_of(ANN).await;
    assert_eq!((order.lines[0].delivery, world.cases().await.len()), (Delivery::Held, 1));
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.shop().change(&handbook, "en", Change::Text("Read it at https://example.com/second".to_owned())).await.unwrap();
    assert_eq!(world.shop().serve_held(&order.id).await.unwrap(), Served::Done);
    world.settled().await;
    assert!(world.cases().await.is_empty(), "it is tried again");
    a_fortnight(&world).await;
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::Undeliverable));
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.say(ANN, "/start").await;
    world.sees(ANN, "https://example.com/second").await;
    assert!(world.cases().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn goods_that_never_fit_through_are_a_case_though_they_are_tried_for_on() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.faults(closing(&["editMessageMedia", "sendDocument"], u32::MAX, false));
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert!(world.cases().await.is_empty());
    for _ in 0..26 * 12 {
        world.advance(300).await;
    }
    let cases: Vec<_> = world.cases().await.into_iter().map(|case| (case.order, case.kind)).collect();
    assert_eq!(cases, [(world.order_of(ANN).await.id, CaseKind::Undeliverable)]);
    world.faults(Faults::default());
    world.advance(3_600).await;
    world.wait(60).await;
    assert_eq!(documents(&world).len(), 2);
    assert!(world.cases().await.is_empty(), "they have arrived");
    world.end().await;
}

#[tokio::test]
async fn who_was_sent_a_half_of_the_files_gets_all_of_those_that_took_their_place() {
    let world = World::with(Options { owners: Vec::new(), ..Options::default() }).await;
    let invoice = world.order(ANN, "handbook").await;
    // The notice and the first file; not the second.
    world.faults(telegram(CallFaults { methods: vec!["sendMessage".to_owned()], skip: 2, close: true, ..CallFaults::default() }));
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(documents(&world).len(), 1, "{}", world.transcript(ANN));
    let handbook = ProductId::parse("handbook").unwrap();
    world.shop().change(&handbook, "en", Change::ClearGoods).await.unwrap();
    for name in ["one.pdf", "two.pdf"] {
        let put = world.shop().write(move |tx| Box::pin(async move { tx.put_blob("application/pdf", name.as_bytes()).await }));
        let file = ProductFile { blob: put.await.unwrap(), name: name.to_owned() };
        world.shop().change(&handbook, "en", Change::AddFile(file)).await.unwrap();
    }
    world.faults(Faults::default());
    world.wait(120).await;
    let names: Vec<_> = documents(&world).iter().map(|message| message["document"]["file_name"].as_str().unwrap().to_owned()).collect();
    assert!(names.ends_with(&["one.pdf".to_owned(), "two.pdf".to_owned()]), "{names:?}");
    assert_eq!((names.len(), world.order_of(ANN).await.state), (3, OrderState::Completed));
    world.end().await;
}
