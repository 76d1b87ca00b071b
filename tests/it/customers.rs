//! Customers as the staff sees them, and customers whom the staff has blocked: what is theirs stays theirs.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::order::{Charge, OrderState, Standing};
use kiosk::sandbox::User;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::telegram::Saying;
use kiosk::shop::checkout::Placed;
use sqlx::{Connection as _, SqliteConnection};

use crate::world::{ANN, BEN, SELLER, World, id_of, text_of};

const HELPER: i64 = 903;

async fn block(world: &World, who: i64, why: &str) {
    world.say(SELLER, &format!("/customer {who}")).await;
    world.tap(SELLER, "🚫 Block").await;
    world.say(SELLER, why).await;
    world.sees(SELLER, "Blocked. What was paid for stays theirs").await;
}

#[tokio::test]
async fn a_blocked_person_gets_one_clear_sentence_whatever_they_send() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    block(&world, ANN, "chargeback threats").await;
    let sentence = "You cannot buy here any more";
    for words in ["/start", "/start p_editor", "hello", "/shop", "/support", "/balance", "/admin", "/start claim_x", "/nothing"] {
        let before = world.count(ANN, sentence);
        world.say(ANN, words).await;
        assert_eq!(world.count(ANN, sentence), before + 1, "{words}:\n{}", world.transcript(ANN));
        assert!(world.shown(ANN).contains("@owner"), "the contact is named");
        assert!(!world.shown(ANN).contains("chargeback"), "the reason is the staff's");
    }
    world.upload(ANN, "photo.png", crate::world::picture(), true).await;
    world.upload(ANN, "paper.pdf", b"%PDF".to_vec(), false).await;
    assert_eq!(world.count(ANN, sentence), 11);
    for data in ["p:editor:1", "b:editor:1", "q:editor:1:USDT_TRC20", "h", "w:support", "l:en", "A", "junk"] {
        let before = world.count(ANN, sentence);
        world.send_data(ANN, id_of(&world.newest(ANN)), data).await;
        assert_eq!(world.count(ANN, sentence), before + 1, "{data}");
    }
    assert_eq!(world.orders_of(ANN).await.len(), 1);
    // What is theirs stays theirs, also below a message whose words stay.
    let order = world.order_of(ANN).await.id;
    assert!(world.shop().write_to(CustomerId(ANN), Some(&order), "about your order", None).await.unwrap());
    world.settled().await;
    world.tap(ANN, "Order").await;
    assert!(world.shown(ANN).contains(order.as_str()), "{}", world.shown(ANN));
    world.tap(ANN, "My orders").await;
    world.tap(ANN, "Editor Pro").await;
    world.tap(ANN, "Send goods again").await;
    assert_eq!(world.count(ANN, "EDIT-0001"), 2, "{}", world.transcript(ANN));
    world.say(ANN, "/orders").await;
    world.sees(ANN, "Your orders").await;
    world.end().await;
}

#[tokio::test]
async fn what_a_blocked_person_has_paid_for_is_delivered_and_late_money_is_booked() {
    let world = World::new().await;
    // Ann's first order is paid part of, her second waits, and Ben's is none of the seller's business.
    let part = world.order(ANN, "editor").await;
    world.pay(&part.uuid, Payment::Under).await;
    world.wait(30).await;
    world.sees(ANN, "has come").await;
    let waiting = world.order(ANN, "handbook").await;
    world.order(BEN, "last").await;
    block(&world, ANN, "spam").await;
    world.settled().await;
    assert!(!world.shows(ANN, &waiting.address), "an address that nobody should pay any more is gone:\n{}", world.transcript(ANN));
    let orders = world.orders_of(ANN).await;
    let handbook = orders.iter().find(|order| order.lines[0].product.as_str() == "handbook").unwrap();
    let editor = orders.iter().find(|order| order.lines[0].product.as_str() == "editor").unwrap();
    assert_eq!((handbook.state, editor.charge), (OrderState::Cancelled, Charge::Partial));
    // The rest of the first comes, and all of the second all the same.
    world.pay(&part.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.pay(&waiting.uuid, Payment::Exact).await;
    world.sees(ANN, "https://example.com/handbook").await;
    for order in world.orders_of(ANN).await {
        assert_eq!(order.standing(), Standing::Delivered, "{}", order.id);
    }
    assert_eq!(world.orders_of(BEN).await[0].standing(), Standing::Waiting);
    world.end().await;
}

#[tokio::test]
async fn a_block_that_was_cut_short_takes_the_address_back_when_it_is_repeated() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    let mut trouble = SqliteConnection::connect(&format!("sqlite://{}", world.data_dir().join("kiosk.db").display())).await.unwrap();
    // As a crash between the two writes: the person is blocked, and nothing of what follows from it is there.
    let cut_short = "CREATE TRIGGER cut_short BEFORE UPDATE ON orders BEGIN SELECT RAISE(ABORT, 'cut short'); END";
    sqlx::query(cut_short).execute(&mut trouble).await.unwrap();
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.tap(SELLER, "🚫 Block").await;
    world.say(SELLER, "spam").await;
    let blocked = world.shop().store.read().await.unwrap().customer(CustomerId(ANN)).await.unwrap().unwrap().blocked;
    assert!(blocked && world.shows(ANN, &invoice.address));
    sqlx::query("DROP TRIGGER cut_short").execute(&mut trouble).await.unwrap();
    // What the database did not take is tried again by itself.
    world.wait(30).await;
    world.sees(SELLER, "blocked already").await;
    assert!(!world.shows(ANN, &invoice.address), "{}", world.transcript(ANN));
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    world.end().await;
}

#[tokio::test]
async fn a_block_holds_below_the_chat_too() {
    let world = World::new().await;
    world.say(ANN, "/start p_editor").await;
    world.tap(ANN, "Buy ·").await;
    world.say(BEN, "/start").await;
    let draft = world.shop().write(|tx| Box::pin(async move { tx.draft(CustomerId(ANN)).await })).await.unwrap().unwrap();
    // Blocked while the tap was on its way: the draft is still there.
    world.shop().write(|tx| Box::pin(async move { tx.block(CustomerId(ANN), "spam", 0).await })).await.unwrap();
    let coin = kiosk::domain::coin::Coin::parse("USDT_TRC20").unwrap();
    assert_eq!(world.shop().place(CustomerId(ANN), &draft.id, coin, None).await.unwrap(), Placed::Closed);
    world
        .shop()
        .write(|tx| {
            Box::pin(async move {
                let much = kiosk::domain::money::Fiat::new(50_000, kiosk::domain::money::Currency::Usd);
                tx.add_credit(CustomerId(ANN), much, None, "surplus", 0).await
            })
        })
        .await
        .unwrap();
    let paid = world.shop().pay_with_credit(CustomerId(ANN), &draft.id, None).await.unwrap();
    assert_eq!(paid, kiosk::shop::credit::PaidWithCredit::Closed);
    assert!(world.sandbox.cryptocloud.invoices().is_empty());
    assert_eq!(world.stock("editor").await, 14);
    world.end().await;
}

#[tokio::test]
async fn somebody_who_is_unblocked_buys_again_and_staff_blocks_no_staff() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    block(&world, ANN, "a mistake").await;
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.sees(SELLER, "a mistake").await;
    world.tap(SELLER, "✅ Unblock").await;
    world.sees(SELLER, "can buy again").await;
    world.order(ANN, "editor").await;
    world.appoint(HELPER, Role::Manager).await;
    world.say(HELPER, &format!("/customer {SELLER}")).await;
    assert!(!world.newest(HELPER)["keyboard"].to_string().contains("Block"), "nothing to tap");
    world.send_data(HELPER, id_of(&world.newest(HELPER)), &format!("vb:{SELLER}")).await;
    world.say(HELPER, "a coup").await;
    world.sees(HELPER, "somebody of the staff").await;
    world.say(SELLER, "/admin").await;
    world.button(SELLER, "⚙️ Settings");
    world.end().await;
}

#[tokio::test]
async fn customers_are_listed_found_and_told_about() {
    let world = World::new().await;
    world.say(BEN, "/start").await;
    world.advance(60).await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "👥 Customers").await;
    let keyboard = world.newest(SELLER)["keyboard"].to_string();
    assert!(keyboard.find("10.00 USD").unwrap() < keyboard.find("0.00 USD\"").unwrap_or(usize::MAX), "{keyboard}");
    world.tap(SELLER, "Most spent first").await;
    let keyboard = world.newest(SELLER)["keyboard"].to_string();
    assert_eq!(keyboard.matches("USD").count(), 1, "who spent nothing is not in it: {keyboard}");
    world.tap(SELLER, "10.00 USD").await;
    let page = world.shown(SELLER);
    for part in [ANN.to_string().as_str(), "paid orders: 1", "spent: 10.00 USD", "credit: 0.00 USD", "English"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    world.tap(SELLER, "Editor Pro").await;
    world.sees(SELLER, "TRON (TRC-20)").await;
    world.tap(SELLER, "👤 Customer").await;
    assert!(world.shown(SELLER).contains("paid orders: 1"));
    // By number, by @name, by a part of the name, and nobody.
    let user = User { username: Some("Ann_Lee".to_owned()), first_name: "Änne 100%".to_owned(), ..User::stranger(ANN) };
    world.sandbox.telegram.put_user(user);
    world.say(ANN, "/start").await;
    for words in [ANN.to_string().as_str(), "@ANN_lee", "ann_lee", "Änne", "e 100%"] {
        world.say(SELLER, &format!("/customer {words}")).await;
        assert!(world.shown(SELLER).contains(&ANN.to_string()), "{words}: {}", world.shown(SELLER));
    }
    world.say(SELLER, "/customer").await;
    world.say(SELLER, "nobody like that 100%").await;
    assert!(world.shown(SELLER).contains("knows nobody like that") && world.shown(SELLER).contains("looking for"));
    world.say(SELLER, &ANN.to_string()).await;
    assert!(world.shown(SELLER).contains("paid orders: 1"), "the form goes on");
    world.end().await;
}

#[tokio::test]
async fn credit_is_given_and_taken_by_hand_and_never_falls_below_nothing() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.tap(SELLER, "Give credit").await;
    world.say(SELLER, "a lot").await;
    world.sees(SELLER, "⚠️").await;
    world.say(SELLER, "5").await;
    world.say(SELLER, "a late parcel").await;
    world.sees(SELLER, "The credit is 5.00 USD now").await;
    let notice = world.sees(ANN, "has given you credit: 5.00 USD").await;
    assert!(!text_of(&notice).contains("late parcel"), "why is for the books");
    assert!(world.shown(SELLER).contains("a late parcel") && world.shown(SELLER).contains(&SELLER.to_string()), "with who did it");
    world.tap(SELLER, "Take credit").await;
    world.say(SELLER, "5.01").await;
    world.say(SELLER, "greed").await;
    world.sees(SELLER, "There is only 5.00 USD").await;
    assert_eq!(world.balance(ANN).await, 500);
    world.tap(SELLER, "Take credit").await;
    world.say(SELLER, "2").await;
    world.say(SELLER, "half of it was mine").await;
    world.sees(ANN, "has taken credit back: 2.00 USD").await;
    assert_eq!(world.balance(ANN).await, 300);
    world.say(ANN, "/balance").await;
    let page = world.shown(ANN);
    assert!(page.contains("+5.00 USD · from the seller") && page.contains("-2.00 USD · taken back"), "{page}");
    assert!(!page.contains(&SELLER.to_string()), "{page}");
    // Ann spends it; both try to take the same money: one gets it.
    let (left, right) = (world.shop().clone(), world.shop().clone());
    let take = |shop: kiosk::shop::Shop| async move {
        let amount = kiosk::domain::money::Fiat::new(-300, kiosk::domain::money::Currency::Usd);
        shop.credit_by_hand(CustomerId(ANN), amount, "both").await.unwrap()
    };
    let both = tokio::join!(take(left), take(right));
    assert_ne!(both.0, both.1);
    assert_eq!(world.balance(ANN).await, 0);
    world.end().await;
}

#[tokio::test]
async fn notes_stay_with_the_staff_and_messages_come_from_the_shop() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    world.appoint(HELPER, Role::Manager).await;
    world.say(HELPER, &format!("/customer {ANN}")).await;
    world.tap(HELPER, "📝 Note").await;
    world.say(HELPER, "pays late, always kind").await;
    assert!(world.shown(HELPER).contains("always kind"));
    world.tap(HELPER, "💬 Write").await;
    world.say(HELPER, "Your parcel left today.").await;
    let message = world.sees(ANN, "Your parcel left today.").await;
    assert!(text_of(&message).contains("From the shop") && !world.transcript(ANN).contains("always kind"));
    let helper = world.shop().store.read().await.unwrap().customer(CustomerId(HELPER)).await.unwrap().unwrap();
    assert!(!world.transcript(ANN).contains(&helper.name), "no name of the staff: {}", helper.name);
    world.tap(HELPER, "📝 Note").await;
    world.tap(HELPER, "🗑 Remove").await;
    assert!(!world.shown(HELPER).contains("always kind"));
    // The person answers with the button.
    world.tap(ANN, "💬 Answer").await;
    world.say(ANN, "Thank you!").await;
    world.sees(HELPER, "Thank you!").await;
    world.sees(SELLER, "Thank you!").await;
    world.sandbox.telegram.send(ANN, Saying { text: "P.S.".to_owned(), ..Saying::default() }).unwrap();
    world.settled().await;
    world.sees(SELLER, "P.S.").await;
    world.end().await;
}
