//! No payment is lost: whatever comes, at whatever time, ends as goods, as credit, or as a case that somebody was told of.

use kiosk::domain::invoice::InvoiceState;
use kiosk::domain::order::{Charge, OrderState};
use kiosk::sandbox::cryptocloud::{Payment, Status};
use kiosk::sandbox::faults::{CallFaults, Faults, Forgery, PostbackFaults};
use kiosk::shop::hand_over::Served;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::{ANN, BEN, Options, SECRET_KEY, SELLER, World, http, text_of};

fn provider(fault: CallFaults) -> Faults {
    Faults { cryptocloud: fault, ..Faults::default() }
}

fn methods(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_part_is_shown_and_the_rest_completes_it() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let half = world.pay(&invoice.uuid, Payment::Under).await;
    assert_eq!(half.status, Status::Partial);
    world.wait(30).await;
    let card = world.sees(ANN, "has come").await;
    let rest = half.missing().normalize().to_string();
    assert!(text_of(&card).contains(&rest) && text_of(&card).contains(&invoice.address), "the rest goes to the same address: {card}");
    assert_eq!(world.tap(ANN, "Copy amount").await, Some(rest));
    assert_eq!(world.order_of(ANN).await.charge, Charge::Partial);
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 0);
    world.end().await;
}

#[tokio::test]
async fn a_part_alone_becomes_credit_when_the_time_is_over() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.wait(30).await;
    world.advance(3_600).await;
    world.sees(ANN, "5.00 USD is on your /balance").await;
    world.sees(SELLER, "A customer was credited 5.00 USD").await;
    assert!(!world.shows(ANN, &invoice.address));
    assert_eq!(world.stock("editor").await, 14);
    world.say(ANN, "/balance").await;
    world.sees(ANN, "Your credit: 5.00 USD").await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 500, "once");
    world.end().await;
}

#[tokio::test]
async fn a_part_that_became_credit_is_spent_when_the_rest_comes_late() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 500);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 0, "all of the money is in the goods now");
    world.end().await;
}

#[tokio::test]
async fn what_comes_on_top_becomes_credit_once_it_is_more_than_change() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Over).await;
    world.sees(ANN, "EDIT-0001").await;
    world.sees(ANN, "2.00 USD is on your /balance").await;
    assert_eq!((world.balance(ANN).await, world.order_of(ANN).await.charge), (200, Charge::Over));
    world.end().await;

    let world = World::new().await;
    let invoice = world.order(BEN, "editor").await;
    let cent = invoice.amount_to_pay * Decimal::new(1_005, 3);
    world.pay(&invoice.uuid, Payment::Amount(cent.round_dp(6))).await;
    world.sees(BEN, "EDIT-0001").await;
    assert_eq!(world.balance(BEN).await, 0, "half a percent is change");
    world.sandbox.cryptocloud.pay(&invoice.uuid, Payment::Amount(Decimal::ONE)).unwrap();
    world.advance(3_600).await;
    assert_eq!(world.balance(BEN).await, 104, "with more on top, all of it counts");
    assert_eq!(world.count(BEN, "EDIT-0001"), 1);
    world.end().await;
}

#[tokio::test]
async fn paid_twice_is_served_once_and_the_second_payment_is_credit() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "10.00 USD is on your /balance").await;
    assert_eq!((world.balance(ANN).await, world.stock("editor").await), (1_000, 13));
    world.end().await;
}

#[tokio::test]
async fn both_addresses_of_an_order_paid_is_one_delivery_and_one_credit() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    let new = world.invoice();
    world.pay(&new.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.pay(&old.uuid, Payment::Exact).await;
    world.sees(ANN, "was already paid, and more came").await;
    assert_eq!((world.balance(ANN).await, world.stock("editor").await), (1_000, 13));
    world.end().await;
}

#[tokio::test]
async fn money_that_comes_after_the_end_is_served_from_what_is_left() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(3_700).await;
    world.sees(ANN, "The time to pay is over").await;
    world.advance(36 * 3_600).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn late_money_is_found_without_a_postback_too() {
    let world = World::with(Options { postbacks: false, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(3_700).await;
    world.advance(50 * 3_600).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.advance(3_600).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn late_money_for_what_is_sold_out_is_a_case_that_new_stock_solves() {
    let world = World::new().await;
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.sees(BEN, "ONLY-ONE-LEFT").await;
    world.pay(&late.uuid, Payment::Exact).await;
    world.sees(ANN, "The seller must look after it and has been told; your money is safe").await;
    world.sees(SELLER, "needs you").await;
    assert_eq!(world.cases().await.len(), 1);
    let order = world.order_of(ANN).await;
    assert_eq!((order.state, order.charge), (OrderState::Open, Charge::Full));
    assert_eq!(world.shop().serve_held(&order.id).await.unwrap(), Served::StillSoldOut);
    world.check().await;
    world.restock("last", &["ONE-MORE"]).await;
    assert_eq!(world.shop().serve_held(&order.id).await.unwrap(), Served::Done);
    world.settled().await;
    world.sees(ANN, "ONE-MORE").await;
    assert_eq!(world.shop().serve_held(&order.id).await.unwrap(), Served::NothingHeld);
    assert!(world.cases().await.is_empty());
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn money_for_a_cancelled_order_buys_what_was_ordered() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.tap(ANN, "✖️ Cancel").await;
    world.tap(ANN, "Yes, cancel it").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn money_that_comes_while_the_buyer_cancels_stops_the_cancelling() {
    let world = World::with(Options { postbacks: false, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Under).await;
    world.tap(ANN, "✖️ Cancel").await;
    world.wait(30).await;
    world.tap(ANN, "I have paid").await;
    world.sees(ANN, "has come").await;
    let card = world.message(ANN, "has come");
    assert!(!crate::world::buttons(&card).iter().any(|button| button["text"].as_str().unwrap().contains("Cancel")), "{card}");
    let order = world.order_of(ANN).await;
    world.send_data(ANN, crate::world::id_of(&card), &format!("X:{}", order.id)).await;
    world.hears(ANN, "Money has already been seen").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Open);
    world.end().await;
}

#[tokio::test]
async fn an_address_that_was_made_but_not_heard_of_is_found_and_not_made_twice() {
    let world = World::new().await;
    world.faults(provider(CallFaults {
        methods: methods(&["create"]),
        times: Some(1),
        close: true,
        after_accepting: true,
        ..CallFaults::default()
    }));
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "Getting your address").await;
    world.wait(10).await;
    world.sees(ANN, "Send exactly").await;
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1, "there is exactly one address to pay to");
    world.pay(&world.invoice().uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_cancelled_order_leaves_no_open_invoice_that_was_made_but_not_heard_of() {
    let world = World::new().await;
    world.faults(provider(CallFaults {
        methods: methods(&["create"]),
        times: Some(1),
        close: true,
        after_accepting: true,
        ..CallFaults::default()
    }));
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.tap(ANN, "✖️ Cancel").await;
    world.tap(ANN, "Yes, cancel it").await;
    world.wait(60).await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    assert_eq!(world.invoice().status, Status::Canceled);
    assert_eq!(world.sandbox.cryptocloud.invoices().len(), 1);
    world.pay(&world.invoice().uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn a_coin_that_is_off_is_refused_and_another_one_is_offered() {
    let world = World::new().await;
    world.sandbox.cryptocloud.set_coin("USDT_TRC20", false).unwrap();
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "There is no address for USDT on TRON (TRC-20) just now").await;
    world.sees(SELLER, "Payments need you").await;
    assert_eq!(world.stock("editor").await, 14, "nothing is reserved for an order that cannot be paid");
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "USDT ›").await;
    assert!(
        !world.messages(ANN).iter().any(|message| text_of(message).contains("TRON") && message.to_string().contains("k:")),
        "not again"
    );
    world.tap(ANN, "TON ·").await;
    let invoice = world.invoice();
    world.sees(ANN, &invoice.address).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn an_invoice_without_an_address_is_not_shown() {
    fn no_address(_: &str, mut answer: Value) -> Value {
        set(&mut answer, "address", &json!(""));
        answer
    }
    let world = World::with(Options { tamper: Some(no_address), ..Options::default() }).await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "There is no address for USDT").await;
    world.sees(SELLER, "H2H is not enabled").await;
    assert!(!world.shows(ANN, &world.invoice().address));
    world.end().await;
}

#[tokio::test]
async fn a_project_in_test_mode_shows_no_address_and_tells_the_staff() {
    let world = World::new().await;
    world.sandbox.cryptocloud.set_test_mode(true);
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.sees(ANN, "There is no address").await;
    world.sees(SELLER, "test mode").await;
    world.end().await;

    let rehearsal = World::with(Options { accept_test_invoices: true, ..Options::default() }).await;
    rehearsal.sandbox.cryptocloud.set_test_mode(true);
    let invoice = rehearsal.order(ANN, "editor").await;
    rehearsal.pay(&invoice.uuid, Payment::Exact).await;
    rehearsal.sees(ANN, "EDIT-0001").await;
    rehearsal.end().await;
}

#[tokio::test]
async fn a_buyer_who_bears_the_fee_is_told_the_whole_amount() {
    let world = World::new().await;
    world.sandbox.cryptocloud.set_client_pays(true);
    let invoice = world.order(ANN, "editor").await;
    assert!(invoice.amount_to_pay > invoice.amount);
    let whole = invoice.amount_to_pay.normalize().to_string();
    assert_eq!(world.tap(ANN, "Copy amount").await, Some(whole));
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 0);
    world.end().await;
}

#[tokio::test]
async fn a_provider_that_is_down_for_an_hour_delays_but_loses_nothing() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(provider(CallFaults { status: Some(502), ..CallFaults::default() }));
    world.pay(&invoice.uuid, Payment::Exact).await;
    for _ in 0..8 {
        world.advance(450).await;
    }
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.faults(Faults::default());
    world.advance(15).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.end().await;
}

#[tokio::test]
async fn a_provider_that_is_down_when_an_address_is_asked_for_is_asked_again() {
    let world = World::new().await;
    world.faults(provider(CallFaults { status: Some(503), times: Some(2), ..CallFaults::default() }));
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.tap(ANN, "USDT ›").await;
    world.tap(ANN, "TRON").await;
    world.advance(5).await;
    world.sees(ANN, "takes longer than usual").await;
    world.wait(20).await;
    world.sees(ANN, "Send exactly").await;
    world.end().await;

    let world = World::new().await;
    world.faults(provider(CallFaults { status: Some(503), ..CallFaults::default() }));
    world.say(BEN, "/start p_editor").await;
    world.tap(BEN, "Buy ·").await;
    world.tap(BEN, "USDT ›").await;
    world.tap(BEN, "TRON").await;
    world.wait(150).await;
    world.sees(BEN, "Nothing can be paid just now").await;
    assert_eq!(world.stock("editor").await, 14);
    world.end().await;
}

#[tokio::test]
async fn an_answer_about_another_coin_or_price_is_a_case_and_no_goods() {
    fn wrong_price(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") && answer["result"][0]["status"] == "paid" {
            set(&mut answer, "amount_in_fiat", &json!(1.0));
        }
        answer
    }
    fn wrong_coin(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") && answer["result"][0]["status"] == "paid" {
            answer["result"][0]["currency"]["fullcode"] = json!("USDT_BSC");
        }
        answer
    }
    fn wrong_address(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") && answer["result"][0]["status"] == "paid" {
            set(&mut answer, "address", &json!("TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT"));
        }
        answer
    }
    for tamper in [wrong_price as fn(&str, Value) -> Value, wrong_coin, wrong_address] {
        let world = World::with(Options { tamper: Some(tamper), ..Options::default() }).await;
        let invoice = world.order(ANN, "editor").await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        world.sees(SELLER, "needs you").await;
        assert_eq!(world.cases().await.len(), 1);
        world.wait(60).await;
        assert_eq!((world.cases().await.len(), world.count(SELLER, "needs you")), (1, 1), "told once");
        assert_eq!((world.order_of(ANN).await.charge, world.count(ANN, "EDIT-0001")), (Charge::None, 0));
        world.end().await;
    }
}

fn set(answer: &mut Value, field: &str, value: &Value) {
    let result = &mut answer["result"];
    let invoices = match result {
        Value::Array(invoices) => invoices.iter_mut().collect::<Vec<_>>(),
        other => vec![other],
    };
    for invoice in invoices.into_iter().filter(|invoice| invoice.is_object()) {
        invoice[field] = value.clone();
    }
}

#[tokio::test]
async fn a_word_that_nobody_knows_delivers_nothing_and_is_told() {
    fn odd(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") && answer["result"][0]["status"] == "paid" {
            set(&mut answer, "status", &json!("frozen"));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(odd), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(SELLER, "frozen").await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 0);
    world.end().await;
}

#[tokio::test]
async fn a_postback_that_is_forged_gets_4xx_and_changes_nothing() {
    for forge in [Forgery::WrongKey, Forgery::Expired, Forgery::AlgNone, Forgery::OtherInvoice] {
        let world = World::new().await;
        let other = world.order(BEN, "handbook").await;
        let invoice = world.order(ANN, "editor").await;
        world.faults(Faults { postbacks: PostbackFaults { forge: Some(forge), ..PostbackFaults::default() }, ..Faults::default() });
        world.sandbox.cryptocloud.postback(&invoice.uuid).unwrap();
        world.settled().await;
        let answer = world.sandbox.cryptocloud.invoice(&invoice.uuid).unwrap().last_postback.unwrap();
        assert!(answer.starts_with('4'), "{forge:?}: {answer}");
        assert_eq!(world.order_of(ANN).await.charge, Charge::None);
        assert!(world.shows(ANN, &invoice.address) && world.shows(BEN, &other.address));
        world.end().await;
    }
}

#[tokio::test]
async fn a_good_postback_about_nothing_of_ours_is_taken_and_changes_nothing() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    let client = http();
    let url = format!("{}/postback", world.app_url());
    let token = token("UNKNOWN1", crate::world::BEGIN + 300);
    let body = json!({"status": "success", "invoice_id": "UNKNOWN1", "order_id": "x", "token": token, "invoice_info": {"status": "paid"}});
    assert_eq!(client.post(&url).json(&body).send().await.unwrap().status(), 200);
    for garbage in ["", "{}", "[]", "null", "status=success", "\u{0}", "{\"invoice_id\":\"UNKNOWN1\",\"token\":7}"] {
        let status = client.post(&url).body(garbage).send().await.unwrap().status();
        assert!(status.is_client_error(), "{garbage:?}: {status}");
    }
    assert!(client.post(&url).body("x".repeat(1 << 20)).send().await.unwrap().status().is_client_error());
    world.settled().await;
    assert_eq!(world.order_of(ANN).await.charge, Charge::None);
    world.end().await;
}

/// A token as the provider signs it.
fn token(id: &str, exp: i64) -> String {
    use data_encoding::BASE64URL_NOPAD;
    use ring::hmac;

    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "HS256"})), part(json!({"id": id, "exp": exp})));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET_KEY.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref()))
}

#[tokio::test]
async fn a_postback_that_says_paid_is_believed_only_by_asking() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let number = invoice.uuid.trim_start_matches("INV-");
    let body = json!({"status": "success", "invoice_id": number, "order_id": invoice.order_id, "amount_crypto": 10, "currency": "USDT_TRC20",
        "token": token(number, crate::world::BEGIN + 300), "invoice_info": {"status": "paid", "amount_paid": 99}});
    let client = http();
    assert_eq!(client.post(format!("{}/postback", world.app_url())).json(&body).send().await.unwrap().status(), 200);
    world.settled().await;
    assert_eq!((world.order_of(ANN).await.charge, world.count(ANN, "EDIT-0001")), (Charge::None, 0));
    world.end().await;
}

#[tokio::test]
async fn news_of_late_money_that_the_provider_does_not_confirm_at_once_are_asked_about_soon() {
    let world = World::with(Options { postbacks: false, ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(3_700).await;
    world.advance(50 * 3_600).await;
    let number = invoice.uuid.trim_start_matches("INV-");
    let body =
        json!({"status": "success", "invoice_id": number, "order_id": invoice.order_id, "token": token(number, world.clock.now() + 300)});
    assert_eq!(http().post(format!("{}/postback", world.app_url())).json(&body).send().await.unwrap().status(), 200);
    world.wait(300).await;
    assert_eq!(world.order_of(ANN).await.charge, Charge::None, "its word alone counts for nothing");
    // What the provider is asked says so minutes after its postback; without that the next question would be due in an hour.
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(30).await;
    world.sees(ANN, "EDIT-0001").await;
    let order = world.order_of(ANN).await;
    let asked_at = async || world.shop().store.read().await.unwrap().invoices_of(&order.id).await.unwrap()[0].checked_at;
    let confirmed_at = asked_at().await;
    world.wait(550).await;
    assert_eq!(asked_at().await, confirmed_at, "once confirmed it is not asked about on");
    world.end().await;
}

#[tokio::test]
async fn many_copies_of_a_postback_deliver_once() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.faults(Faults { postbacks: PostbackFaults { copies: 20, form: true, ..PostbackFaults::default() }, ..Faults::default() });
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    for _ in 0..3 {
        world.sandbox.cryptocloud.postback(&invoice.uuid).unwrap();
        world.settled().await;
    }
    assert_eq!((world.count(ANN, "EDIT-"), world.stock("editor").await, world.balance(ANN).await), (1, 13, 0));
    assert_eq!(world.count(SELLER, "Sold"), 1);
    let order = world.order_of(ANN).await;
    let invoices = world.shop().store.read().await.unwrap().invoices_of(&order.id).await.unwrap();
    assert_eq!(invoices[0].state, InvoiceState::Settled);
    world.end().await;
}

#[tokio::test]
async fn an_order_whose_part_became_credit_begins_anew() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    world.pay(&old.uuid, Payment::Under).await;
    world.wait(30).await;
    world.advance(3_600).await;
    assert_eq!(world.balance(ANN).await, 500);
    world.tap(ANN, "Try again").await;
    world.tap(ANN, "⭐ USDT").await;
    let new = world.invoice();
    world.sees(ANN, &new.address).await;
    assert_eq!(world.order_of(ANN).await.charge, Charge::None, "the new address waits for the whole price");
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    world.sees(ANN, &world.invoice().address).await;
    world.tap(ANN, "✖️ Cancel").await;
    world.tap(ANN, "Yes, cancel it").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    world.end().await;
}

#[tokio::test]
async fn a_part_on_an_address_that_was_left_is_credit_at_once() {
    let world = World::new().await;
    let old = world.order(ANN, "editor").await;
    world.tap(ANN, "Other coin").await;
    world.tap(ANN, "BTC").await;
    let new = world.invoice();
    world.sandbox.cryptocloud.pay(&old.uuid, Payment::Under).unwrap();
    world.wait(30).await;
    world.sees(ANN, "5.00 USD is on your /balance").await;
    world.sees(ANN, &new.address).await;
    world.pay(&new.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    assert_eq!(world.balance(ANN).await, 500);
    world.end().await;
}

#[tokio::test]
async fn an_order_whose_invoice_the_provider_forgot_does_not_hold_its_stock_for_ever() {
    fn forgetful(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") {
            answer["result"] = json!([]);
        }
        answer
    }
    let world = World::with(Options { tamper: Some(forgetful), ..Options::default() }).await;
    let invoice = world.order(ANN, "editor").await;
    world.advance(3_600).await;
    world.sees(ANN, "We are checking whether your payment has come in time").await;
    assert!(!world.shows(ANN, &invoice.address));
    world.sees(SELLER, "the provider does not know this invoice").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Open, "somebody may still find out");
    for _ in 0..4 {
        world.advance(20 * 3_600).await;
    }
    world.sees(ANN, "The time to pay is over").await;
    assert_eq!((world.order_of(ANN).await.state, world.stock("editor").await), (OrderState::Expired, 14));
    world.end().await;
}

#[tokio::test]
async fn an_order_with_a_case_does_not_hold_its_stock_for_ever() {
    fn odd(path: &str, mut answer: Value) -> Value {
        if path.ends_with("/info") {
            set(&mut answer, "status", &json!("frozen"));
        }
        answer
    }
    let world = World::with(Options { tamper: Some(odd), ..Options::default() }).await;
    world.order(ANN, "editor").await;
    for _ in 0..4 {
        world.advance(20 * 3_600).await;
    }
    assert_eq!((world.order_of(ANN).await.state, world.stock("editor").await), (OrderState::Expired, 14));
    assert_eq!(world.cases().await.len(), 1, "the case stays for whoever looks");
    world.end().await;
}
