//! A buyer buys: every way from /start to the goods, and the ways out.

use kiosk::domain::coin::Coin;
use kiosk::domain::customer::CustomerId;
use kiosk::domain::invoice::InvoiceState;
use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::{Payment, Status};
use kiosk::sandbox::faults::{Faults, PostbackFaults};
use kiosk::shop::hand_over::HandedOver;
use kiosk::shop::promise::NEW_ADDRESS_SECS;
use kiosk::telegram::action::Action;

use crate::world::{ANN, BEN, Options, SELLER, World, buttons, id_of, text_of};

#[tokio::test]
async fn from_start_to_the_goods() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    world.sees(ANN, "Night Owl Store").await;
    world.tap(ANN, "Licence keys").await;
    world.tap(ANN, "Editor Pro").await;
    world.tap(ANN, "Buy · 10.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    let card = world.sees(ANN, &invoice.address).await;
    for told in [invoice.amount.normalize().to_string().as_str(), "TRON (TRC-20)", "Pay before", "only once"] {
        assert!(text_of(&card).contains(told), "the card tells {told}: {card}");
    }
    assert_eq!(world.tap(ANN, "Copy address").await, Some(invoice.address.clone()));
    assert_eq!(world.tap(ANN, "Copy amount").await, Some(invoice.amount.normalize().to_string()));
    world.pay(&invoice.uuid, Payment::Exact).await;
    let goods = world.sees(ANN, "EDIT-0001").await;
    assert!(buttons(&goods).iter().any(|button| button["copy_text"] == "EDIT-0001"));
    world.sees(ANN, "Paid. Thank you!").await;
    world.sees(SELLER, "Sold").await;
    assert!(!world.shows(ANN, &invoice.address), "nobody should pay twice");
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    let (seen, name) = (world.transcript(ANN).to_lowercase(), ["cryptocloud", "trybit"]);
    assert!(!name.iter().any(|name| seen.contains(name)), "the provider stays invisible");
    world.end().await;
}

#[tokio::test]
async fn a_shop_that_hears_of_no_payment_asks_for_it() {
    let world = World::with(Options { postbacks: false, ..Options::default() }).await;
    world.faults(Faults { postbacks: PostbackFaults { drop_percent: 100, ..PostbackFaults::default() }, ..Faults::default() });
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0, "nobody has asked yet");
    world.wait(30).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_shop_with_a_webhook_sells_as_well() {
    let world = World::with(Options { webhook: true, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.sandbox.telegram.calls("getUpdates"), 0);
    world.end().await;
}

#[tokio::test]
async fn the_second_time_two_taps_are_enough() {
    let world = World::new().await;
    let first = world.order(ANN, "editor").await;
    world.pay(&first.uuid, Payment::Exact).await;
    world.say(ANN, "/start").await;
    world.tap(ANN, "Editor Pro").await;
    world.tap(ANN, "⚡ Buy with USDT").await;
    let second = world.invoice();
    assert_ne!(first.uuid, second.uuid);
    world.sees(ANN, &second.address).await;
    world.pay(&second.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0002").await;
    world.end().await;
}

#[tokio::test]
async fn another_coin_takes_the_old_address_away_and_money_for_it_still_counts() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    let new = world.invoice();
    assert_eq!(new.chosen.as_deref(), Some("BTC"));
    world.sees(ANN, &new.address).await;
    assert!(!world.shows(ANN, &old.address));
    assert_eq!(world.sandbox.cryptocloud.invoice(&old.uuid).unwrap().status, Status::Canceled, "it is taken back at the provider, too");
    world.pay(&old.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!world.shows(ANN, &new.address), "the order is paid: the new address goes as well");
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge), (OrderState::Completed, Charge::Full));
    world.advance(3_600).await;
    assert_eq!(world.sandbox.cryptocloud.invoice(&new.uuid).unwrap().status, Status::Canceled);
    world.end().await;
}

#[tokio::test]
async fn a_cancelled_order_gives_its_stock_back_and_shows_no_address() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    assert_eq!(world.stock("editor").await, 13);
    world.tap(ANN, "✖️ Cancel").await;
    world.sees(ANN, "Cancel this order?").await;
    assert!(!world.shows(ANN, &invoice.address), "whoever is asked whether to cancel should not pay meanwhile");
    world.tap(ANN, "Back to payment").await;
    world.sees(ANN, &invoice.address).await;
    world.tap(ANN, "✖️ Cancel").await;
    world.tap(ANN, "Yes, cancel it").await;
    world.sees(ANN, "Please do not send anything to the old address").await;
    assert!(!world.shows(ANN, &invoice.address));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    assert_eq!(world.stock("editor").await, 14);
    assert_eq!(world.sandbox.cryptocloud.invoice(&invoice.uuid).unwrap().status, Status::Canceled);
    world.end().await;
}

#[tokio::test]
async fn when_the_time_is_over_the_address_goes_and_a_new_one_can_be_had() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    world.advance(3_600).await;
    world.sees(ANN, "The time to pay is over").await;
    assert!(!world.shows(ANN, &old.address));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    assert_eq!(world.stock("editor").await, 14);
    world.tap(ANN, "Try again").await;
    world.tap(ANN, "⭐ USDT").await;
    let new = world.invoice();
    assert_ne!(new.uuid, old.uuid);
    world.sees(ANN, &new.address).await;
    world.pay(&new.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.orders_of(ANN).await.len(), 1, "it is the same order");
    world.end().await;
}

#[tokio::test]
async fn the_card_says_when_nobody_knows_yet_whether_money_came_in_time() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let down = kiosk::sandbox::faults::CallFaults { status: Some(502), ..Default::default() };
    world.faults(Faults { cryptocloud: down, ..Faults::default() });
    world.advance(3_600).await;
    world.sees(ANN, "We are checking whether your payment has come in time").await;
    assert!(!world.shows(ANN, &invoice.address));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Open, "nothing expires before the provider was asked");
    world.faults(Faults::default());
    world.advance(20).await;
    world.sees(ANN, "The time to pay is over").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Expired);
    world.end().await;
}

#[tokio::test]
async fn i_have_paid_before_the_money_is_there_is_answered_with_patience() {
    let world = World::with(Options { postbacks: false, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.tap(ANN, "I have paid").await;
    world.hears(ANN, "We are looking for your payment").await;
    world.sees(ANN, &invoice.address).await;
    assert_eq!(world.order_of(ANN).await.charge, Charge::None);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(5).await;
    world.tap(ANN, "I have paid").await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn however_often_somebody_taps_the_provider_is_asked_every_five_seconds() {
    let world = World::with(Options { postbacks: false, ..Options::default() }).await;
    world.order(ANN, "editor").await;
    world.advance(10).await;
    let asked = |world: &World| world.sandbox.cryptocloud.invoices().len();
    world.tap(ANN, "I have paid").await;
    let order = world.order_of(ANN).await;
    let checked = async || world.shop().store.read().await.unwrap().invoices_of(&order.id).await.unwrap()[0].checked_at;
    let first = checked().await;
    for second in 1..=5 {
        world.advance(1).await;
        world.tap(ANN, "I have paid").await;
        assert_eq!(checked().await - first, if second < 5 { 0 } else { 5 }, "after {second} s");
    }
    assert_eq!(asked(&world), 1);
    world.end().await;
}

#[tokio::test]
async fn what_is_handed_over_by_hand_asks_first_and_is_told_at_the_end() {
    let world = World::new().await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.sees(ANN, "Your phone?").await;
    world.say(ANN, "call me maybe").await;
    world.sees(ANN, "That does not look right").await;
    world.say(ANN, "+49 151 23456789").await;
    world.sees(ANN, "Which colour?").await;
    world.tap(ANN, "White").await;
    world.sees(ANN, "Where to send it?").await;
    world.say(ANN, &"x".repeat(600)).await;
    world.sees(ANN, "That was longer than 500 characters").await;
    world.say(ANN, "Ann Lee, 7 <Hill> Road & Co, 12345 Town").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "The seller has been told and will hand it over").await;
    let sale = world.sees(SELLER, "This one is handed over by you").await;
    for told in ["Mug", "+49 151 23456789", "White", "7 <Hill> Road & Co"] {
        assert!(text_of(&sale).contains(told), "the seller reads {told}: {sale}");
    }
    let order = world.order_of(ANN).await;
    assert_eq!(order.state, OrderState::Open);
    assert_eq!(world.shop().hand_over(&order.id, "It is in the <post>").await.unwrap(), HandedOver::Done);
    world.settled().await;
    world.sees(ANN, "was handed over to you").await;
    world.sees(ANN, "It is in the <post>").await;
    assert_eq!(world.shop().hand_over(&order.id, "again").await.unwrap(), HandedOver::NothingToHandOver);
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.settled().await;
    assert_eq!(world.count(ANN, "was handed over to you"), 1);
    world.end().await;
}

#[tokio::test]
async fn a_coin_that_was_chosen_with_the_product_is_not_asked_for_after_its_questions() {
    let mut world = World::new().await;
    let first = world.order(ANN, "editor").await;
    world.pay(&first.uuid, Payment::Exact).await;
    world.advance(1).await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy with USDT").await;
    world.say(ANN, "call me maybe").await;
    world.sees(ANN, "That does not look right").await;
    world.say(ANN, "+49 151 23456789").await;
    world.tap(ANN, "White").await;
    world.restart().await;
    world.say(ANN, "7 Hill Road").await;
    let invoice = world.invoice();
    assert_ne!(invoice.uuid, first.uuid);
    world.sees(ANN, &invoice.address).await;
    world.say(ANN, "hello").await;
    world.sees(ANN, "I only understand buttons").await;
    assert_eq!(world.order_of(ANN).await.lines[0].answers.len(), 3, "what is said after the last answer is none");
    world.end().await;
}

#[tokio::test]
async fn a_question_can_be_left_and_leaves_nothing() {
    let world = World::new().await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.sees(ANN, "Your phone?").await;
    world.tap(ANN, "✖️ Cancel").await;
    world.sees(ANN, "Night Owl Store").await;
    world.say(ANN, "+49 151 23456789").await;
    world.sees(ANN, "I only understand buttons").await;
    assert!(world.orders_of(ANN).await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_file_comes_with_its_words_and_documents() {
    let world = World::new().await;
    let invoice = world.order(ANN, "handbook").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "https://example.com/handbook").await;
    assert_eq!(documents(&world), ["handbook.pdf", "cover.txt"]);
    let first = world.messages(ANN).into_iter().find(|message| message["document"].is_object()).unwrap();
    let (bytes, ..) = world.sandbox.telegram.file(first["document"]["file_id"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, "the content of handbook.pdf");
    world.tap(ANN, "Send goods again").await;
    assert_eq!(documents(&world), ["handbook.pdf", "cover.txt", "handbook.pdf", "cover.txt"]);
    world.end().await;
}

fn documents(world: &World) -> Vec<String> {
    let messages = world.messages(ANN);
    messages.iter().filter_map(|message| message["document"]["file_name"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn three_of_a_kind_are_three_different_ones() {
    let world = World::new().await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "Buy · 30.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    assert_eq!(invoice.amount_in_fiat.normalize().to_string(), "30");
    assert_eq!(world.stock("editor").await, 11);
    world.pay(&invoice.uuid, Payment::Exact).await;
    let goods = world.sees(ANN, "EDIT-0003").await;
    assert!(text_of(&goods).contains("EDIT-0001") && text_of(&goods).contains("EDIT-0002"));
    world.end().await;
}

#[tokio::test]
async fn the_last_one_goes_to_the_faster_buyer() {
    let world = World::new().await;
    for buyer in [ANN, BEN] {
        world.say(buyer, "/start p_last").await;
        world.sees(buyer, "The last one").await;
        world.tap(buyer, "Buy ·").await;
        world.tap(buyer, "USDT ›").await;
    }
    for buyer in [ANN, BEN] {
        let (message, button) = world.button(buyer, "TRON");
        world.press(buyer, message, &button);
    }
    world.settled().await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1, "nobody else got an address");
    let faster = if world.count(ANN, "Send exactly") == 1 { ANN } else { BEN };
    let slower = ANN + BEN - faster;
    world.hears(slower, "Somebody was faster").await;
    world.pay(&world.invoice().uuid, Payment::Exact).await;
    world.sees(faster, "ONLY-ONE-LEFT").await;
    world.say(slower, "/start p_last").await;
    world.sees(slower, "Sold out").await;
    world.end().await;
}

#[tokio::test]
async fn nobody_locks_the_stock_with_many_open_orders() {
    let world = World::new().await;
    for _ in 0..3 {
        world.order(ANN, "editor").await;
    }
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy with").await;
    world.hears(ANN, "You have several orders waiting for payment").await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 3);
    assert_eq!(world.stock("editor").await, 11);
    world.end().await;
}

#[tokio::test]
async fn what_was_bought_stays_under_orders() {
    let world = World::new().await;
    let first = world.order(ANN, "editor").await;
    world.pay(&first.uuid, Payment::Exact).await;
    let open = world.order(ANN, "handbook").await;
    world.say(ANN, "/orders").await;
    world.sees(ANN, "Your orders").await;
    world.tap(ANN, "Editor Pro · delivered").await;
    world.tap(ANN, "Send goods again").await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 2, "once from the purchase, once because it was asked for");
    world.say(ANN, "/orders").await;
    world.tap(ANN, "Handbook · waiting").await;
    world.tap(ANN, "Show payment").await;
    world.sees(ANN, &open.address).await;
    assert_eq!(world.messages(ANN).iter().filter(|message| text_of(message).contains(&open.address)).count(), 1, "there is one card");
    world.end().await;
}

#[tokio::test]
async fn the_code_on_the_card_says_what_to_pay_and_nothing_else() {
    let world = World::new().await;
    let usdt = world.order(ANN, "editor").await;
    assert_eq!(code_on(&world, &usdt.address), usdt.address);
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    let btc = world.invoice();
    assert_eq!(code_on(&world, &btc.address), format!("bitcoin:{}?amount={}", btc.address, btc.amount.normalize()));
    world.end().await;
}

/// What a phone reads from the picture of the card that shows `address`.
fn code_on(world: &World, address: &str) -> String {
    let card = world.message(ANN, address);
    let (bytes, ..) = world.sandbox.telegram.file(card["photo"]["file_id"].as_str().unwrap()).unwrap();
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes.to_vec()));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let samples = info.color_type.samples();
    let (width, height) = (usize::try_from(info.width).unwrap(), usize::try_from(info.height).unwrap());
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[(y * width + x) * samples]);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "there is one code in the picture");
    grids[0].decode().unwrap().1
}

#[tokio::test]
async fn a_card_that_was_deleted_comes_back_when_something_happens() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.delete(ANN, &world.message(ANN, &invoice.address)).await;
    assert!(!world.shows(ANN, &invoice.address));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "Paid. Thank you!").await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_changes_nothing_for_a_buyer() {
    let mut world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.stop().await;
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Exact).unwrap();
    world.start_again().await;
    world.advance(20).await;
    world.sees(ANN, "EDIT-0001").await;
    let order = world.order_of(ANN).await;
    let invoices = world.shop().store.read().await.unwrap().invoices_of(&order.id).await.unwrap();
    assert_eq!(invoices[0].state, InvoiceState::Settled);
    world.end().await;
}

#[tokio::test]
async fn buy_handled_twice_leaves_no_button_of_an_order_that_is_gone() {
    let world = World::new().await;
    world.say(ANN, "/start p_editor").await;
    let (message, buy) = world.button(ANN, "Buy ·");
    world.press(ANN, message, &buy);
    world.settled().await;
    let (message, asset) = world.button(ANN, "USDT ›");
    world.send_data(ANN, message, buy["data"].as_str().unwrap()).await;
    world.send_data(ANN, message, asset["data"].as_str().unwrap()).await;
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "Send exactly").await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn another_coin_is_offered_at_the_price_of_today_alone() {
    let world = World::new().await;
    let first = world.order(ANN, "editor").await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "💵 Price").await;
    world.say(SELLER, "12").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    world.hears(ANN, "This order gets no new address any more").await;
    let offered = world.shop().store.read().await.unwrap().invoices_of(&world.order_of(ANN).await.id).await.unwrap();
    assert_eq!(offered.len(), 1, "no address for a price that has gone");
    // What was promised is kept as long as it was promised.
    world.sees(ANN, &first.address).await;
    world.pay(&first.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn nobody_holds_stock_at_an_old_price_by_asking_for_address_after_address() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    let begun = world.clock.now();
    let (mut coin, mut next) = ("BTC", "USDT_TRC20");
    while world.order_of(ANN).await.state == OrderState::Open {
        assert!(world.clock.now() - begun < 12 * 3_600, "it goes on and on");
        let asked = Action::PickCoin { order: world.order_of(ANN).await.id, coin: Coin::parse(coin).unwrap() };
        world.send_data(ANN, id_of(&world.newest(ANN)), &asked.to_string()).await;
        world.advance(1_500).await;
        (coin, next) = (next, coin);
    }
    let held = world.clock.now() - begun;
    assert!((NEW_ADDRESS_SECS..NEW_ADDRESS_SECS + 2 * 3_600).contains(&held), "{held}");
    world.hears(ANN, "This order gets no new address any more").await;
    world.sees(ANN, "The time to pay is over").await;
    assert_eq!((world.order_of(ANN).await.state, world.stock("editor").await), (OrderState::Expired, 14));
    // It is not renewed either; it is bought again, at what it costs now.
    world.tap(ANN, "Try again").await;
    world.tap(ANN, "BTC").await;
    world.hears(ANN, "That offer has ended").await;
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.orders_of(ANN).await.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn the_seller_can_give_more_time_than_a_buyer_can_take() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    world.advance(5 * 3_600).await;
    let order = world.order_of(ANN).await.id;
    let extended = world.shop().acting(CustomerId(SELLER), "test").extend(&order).await.unwrap();
    assert_eq!(extended, kiosk::shop::extend::Extended::Done);
    world.settled().await;
    let invoice = world.invoice();
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn what_was_cancelled_before_it_was_offered_is_no_order() {
    let world = World::new().await;
    for _ in 0..3 {
        world.say(ANN, "/start p_editor").await;
        world.tap(ANN, "Buy ·").await;
        let (message, pay) = world.button(ANN, "USDT ›");
        let (_, cancel) = world.button(ANN, "✖️ Cancel order");
        world.press(ANN, message, &cancel);
        world.hears(ANN, "Cancelled. Nothing was charged.").await;
        assert!(world.orders_of(ANN).await.is_empty());
        // Tapped again, and what else stood there.
        for button in [&cancel, &pay] {
            world.send_data(ANN, id_of(&world.newest(ANN)), button["data"].as_str().unwrap()).await;
            world.hears(ANN, "This order does not exist any more").await;
            world.sees(ANN, "Night Owl Store").await;
        }
    }
    world.say(ANN, "/orders").await;
    assert!(!world.shown(ANN).contains("cancelled"), "{}", world.shown(ANN));
    world.end().await;
}

#[tokio::test]
async fn however_many_products_stand_on_no_shelf_each_is_found() {
    let line = |number: i64| format!("  - {{ id: p{number}, name: Thing {number:02}, price: 5.00, kind: manual }}\n");
    let catalog = format!("shop: {{ name: Wide, currency: USD }}\nproducts:\n{}", (1..=40).map(line).collect::<String>());
    let world = World::with(Options { catalog, ..Options::default() }).await;
    world.say(ANN, "/start").await;
    let (mut seen, mut pages) = (std::collections::BTreeSet::new(), 1);
    loop {
        let labels: Vec<String> = buttons(&world.newest(ANN)).iter().map(|button| button["text"].as_str().unwrap().to_owned()).collect();
        seen.extend(labels.iter().filter(|label| label.starts_with("Thing ")).cloned());
        let Some(on) = labels.iter().find(|label| label.contains("More products") || label.contains("Next")) else { break };
        world.tap(ANN, on).await;
        pages += 1;
    }
    assert_eq!((seen.len(), pages), (40, 3), "{seen:?}");
    world.end().await;
}

#[tokio::test]
async fn a_limit_of_the_seller_is_not_called_stock() {
    let world = World::new().await;
    world.say(ANN, "/start p_mug").await;
    let (message, button) = world.button(ANN, "Buy ·");
    let product = kiosk::domain::product::ProductId::parse("mug").unwrap();
    world.shop().change(&product, "en", kiosk::shop::products::Change::QuantityMin(3)).await.unwrap();
    world.send_data(ANN, message, button["data"].as_str().unwrap()).await;
    world.hears(ANN, "One order takes 3 to").await;
    assert!(world.shown(ANN).contains("× 3") || world.shown(ANN).contains("3 ×"), "{}", world.shown(ANN));
    world.end().await;
}

#[tokio::test]
async fn a_question_that_was_changed_meanwhile_is_asked_anew_and_one_that_is_gone_is_passed_over() {
    let asks = |label: &str, choices: &str| format!("[{{ id: q, kind: choice, label: {label}, choices: [{choices}] }}]");
    let catalog = |ask: &str| format!("products:\n  - {{ id: shirt, name: Shirt, price: 5.00, kind: manual, ask: {ask} }}\n");
    let world = World::with(Options { catalog: catalog(&asks("Size?", "S, M, L")), ..Options::default() }).await;
    let put = async |ask: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        std::fs::write(&file, catalog(ask)).unwrap();
        kiosk::shop::catalog_file::import_file(&world.shop().store, &file, world.clock.now()).await.unwrap();
    };
    world.say(ANN, "/start p_shirt").await;
    world.tap(ANN, "Buy ·").await;
    put(&asks("Colour?", "Black, White")).await;
    world.tap(ANN, "M").await;
    assert!(world.shown(ANN).contains("has changed this question") && world.shown(ANN).contains("Colour?"), "{}", world.shown(ANN));
    put("[]").await;
    world.tap(ANN, "White").await;
    assert!(!world.shown(ANN).contains("does not exist"), "{}", world.shown(ANN));
    world.pick_usdt(ANN).await;
    assert!(world.order_of(ANN).await.lines[0].answers.is_empty());
    world.end().await;
}
