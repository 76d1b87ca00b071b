//! Where an address stands in a chat: on the newest card of its order, and nowhere else, however old, crossed or interrupted the others are.

use kiosk::domain::customer::CustomerId;
use kiosk::domain::invoice::InvoiceNumber;
use kiosk::domain::money::{Currency, Fiat};
use kiosk::sandbox::cryptocloud::{Invoice, Payment};
use kiosk::sandbox::faults::{CallFaults, Faults};

use crate::world::{ANN, BEN, World, buttons, id_of, text_of};

/// Telegram deletes nothing that is older than two days.
const TWO_DAYS: u32 = 49 * 3_600;

/// Two messages that ask for the coin of one and the same order, the first of them two days old.
async fn two_choices(world: &World) -> i32 {
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    let (old, first) = world.button(ANN, "USDT ›");
    world.advance(TWO_DAYS).await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    let (new, again) = world.button(ANN, "USDT ›");
    assert_ne!(old, new);
    assert_eq!(first["data"], again["data"], "the same again is the same order");
    old
}

/// Picks a coin under an older message.
async fn pick_under(world: &World, message: i32, coin: &str) -> String {
    let shown = world.messages(ANN).into_iter().find(|shown| id_of(shown) == message).unwrap();
    let button = buttons(&shown).into_iter().find(|button| button["text"].as_str().unwrap().contains(coin));
    world.press(ANN, message, &button.unwrap_or_else(|| panic!("no {coin} under {shown}")));
    world.settled().await;
    world.invoice().address
}

#[tokio::test]
async fn a_card_too_old_to_be_deleted_loses_its_address_when_another_message_becomes_the_card() {
    let world = World::new().await;
    let old = two_choices(&world).await;
    let first = pick_under(&world, old, "BTC").await;
    assert!(world.shows(ANN, &first));
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    let new = world.sees(ANN, "Send exactly").await;
    assert_ne!(id_of(&new), old);
    assert!(!world.shows(ANN, &first), "{}", world.transcript(ANN));
    let left = world.messages(ANN).into_iter().find(|message| id_of(message) == old).expect("Telegram keeps it");
    assert!(text_of(&left).contains("in another message"), "{left}");
    assert!(buttons(&left).is_empty(), "{left}");
    world.end().await;
}

#[tokio::test]
async fn paid_with_credit_under_another_message_the_card_before_it_goes() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    let amount = Fiat::new(1_000, Currency::Usd);
    world.shop().write(move |tx| Box::pin(async move { tx.add_credit(CustomerId(ANN), amount, None, "surplus", 0).await })).await.unwrap();
    let old = two_choices(&world).await;
    let address = pick_under(&world, old, "BTC").await;
    world.tap(ANN, "Pay with credit").await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!world.shows(ANN, &address), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn show_payment_under_another_orders_card_leaves_each_message_one_card() {
    let world = World::new().await;
    let first = world.order(ANN, "editor").await;
    let second = world.order(ANN, "handbook").await;
    let (shown, _) = world.button(ANN, "Copy address");
    world.tap(ANN, "Cancel").await;
    let orders = world.orders_of(ANN).await;
    let editor = orders.iter().find(|order| order.lines[0].product.as_str() == "editor").unwrap();
    world.send_data(ANN, shown, &format!("d:{}", editor.id)).await;
    assert!(world.shows(ANN, &first.address) && world.shows(ANN, &second.address), "{}", world.transcript(ANN));
    world.pay(&second.uuid, Payment::Exact).await;
    world.pay(&first.uuid, Payment::Exact).await;
    assert_eq!(world.count(ANN, "Paid. Thank you!"), 2, "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn who_comes_back_after_days_finds_no_address_in_the_cards_that_were_left() {
    let world = World::new().await;
    let old = two_choices(&world).await;
    let first = pick_under(&world, old, "BTC").await;
    world.sandbox.telegram.block(ANN, true).unwrap();
    world.advance(TWO_DAYS).await;
    world.sandbox.telegram.block(ANN, false).unwrap();
    world.say(ANN, "/start").await;
    assert!(!world.shows(ANN, &first), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn a_second_purchase_in_the_same_message_does_not_tell_of_the_first_again() {
    let world = World::new().await;
    let first = world.order(ANN, "editor").await;
    world.pay(&first.uuid, Payment::Exact).await;
    world.tap(ANN, "🛍 Shop").await;
    world.tap(ANN, "Editor").await;
    world.tap(ANN, "Buy ·").await;
    let second = world.pick_usdt(ANN).await;
    world.pay(&second.uuid, Payment::Exact).await;
    assert_eq!(world.count(ANN, "Paid. Thank you!"), 1, "{}", world.transcript(ANN));
    assert_eq!(world.count(ANN, "Your goods"), 2, "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn a_card_whose_picture_telegram_refuses_has_its_words_and_is_there_once() {
    let world = World::new().await;
    let methods = vec!["editMessageMedia".to_owned()];
    let description = Some("Bad Request: IMAGE_PROCESS_FAILED".to_owned());
    let refused = CallFaults { methods, status: Some(400), description, times: Some(2), ..CallFaults::default() };
    world.faults(Faults { telegram: refused, ..Faults::default() });
    let invoice = world.order(ANN, "editor").await;
    assert_eq!(world.sandbox.faults.get().telegram.times, Some(0), "refused twice");
    let shown = world.messages(ANN).len();
    world.wait(600).await;
    assert!(world.shows(ANN, &invoice.address));
    assert_eq!(world.messages(ANN).len(), shown, "{}", world.transcript(ANN));
    world.end().await;
}

/// Under which name it is kept what Telegram calls the QR code of an offer: see `telegram::show`.
async fn name_of_code(world: &World, number: &str) -> String {
    let mut conn = world.shop().store.read().await.unwrap();
    let invoice = conn.invoice_by_number(&InvoiceNumber::parse(number).unwrap()).await.unwrap().unwrap();
    format!("qr:{}:{}", invoice.id, invoice.due.unwrap())
}

#[tokio::test]
async fn the_code_of_an_offer_is_known_while_it_may_be_shown_and_forgotten_after_it() {
    let world = World::new().await;
    let over = name_of_code(&world, &world.order(ANN, "editor").await.uuid).await;
    world.advance(45 * 60).await;
    let open = name_of_code(&world, &world.order(BEN, "handbook").await.uuid).await;
    for name in ["own:Other:1".to_owned(), "blob:qr:".to_owned(), over.clone(), open.clone()] {
        world.shop().write(move |tx| Box::pin(async move { tx.set_telegram_file(&name, "known").await })).await.unwrap();
    }
    let known = async |name: &str| world.shop().store.read().await.unwrap().telegram_file(name).await.unwrap().is_some();
    assert!(known(&over).await && known(&open).await);
    // Swept once an hour, and an offer lasts as long.
    world.advance(20 * 60).await;
    assert!(!known(&over).await && known(&open).await);
    world.advance(2 * 3_600).await;
    assert!(!known(&open).await);
    assert!(known("own:Other:1").await && known("blob:qr:").await);
    world.end().await;
}

/// Ann has an address, and the list of coins whose arrival was not heard of waits to be shown.
async fn offered_behind_a_lost_answer() -> (World, Invoice) {
    let world = World::new().await;
    world.say(ANN, "/start p_last").await;
    let methods = vec!["editMessageText".to_owned()];
    let lost = CallFaults { methods, close: true, times: Some(1), ..CallFaults::default() };
    world.faults(Faults { telegram: lost, ..Faults::default() });
    world.tap(ANN, "Buy ·").await;
    assert_eq!(world.sandbox.faults.get().telegram.times, Some(0), "the list of coins waits");
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    (world, invoice)
}

#[tokio::test]
async fn an_answer_that_comes_late_takes_no_card_away_by_which_somebody_pays() {
    let (world, invoice) = offered_behind_a_lost_answer().await;
    let (card, shown) = (id_of(&world.message(ANN, "Send exactly")), world.messages(ANN).len());
    world.wait(60).await;
    assert!(world.shows(ANN, &invoice.address), "{}", world.transcript(ANN));
    assert_eq!((id_of(&world.message(ANN, "Send exactly")), world.messages(ANN).len()), (card, shown), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn an_answer_that_comes_late_takes_no_card_away_that_says_what_was_paid() {
    let (world, invoice) = offered_behind_a_lost_answer().await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(60).await;
    world.sees(ANN, "Paid. Thank you!").await;
    world.end().await;
}
