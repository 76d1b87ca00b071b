//! Forms in the chat take what was meant for them, and nothing else: a button answers the question under which it stands, words answer the
//! question that is in view, and what was begun is not lost on the way.

use kiosk::domain::order::OrderState;
use kiosk::domain::product::{Product, ProductState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::telegram::{Forum, GroupSaying};
use serde_json::{Value, json};

use crate::seller::products;
use crate::world::{ANN, SELLER, World, buttons, picture};

/// What Telegram's apps send for a text that is too long for one message: they cut it.
fn piece() -> String {
    "word ".repeat(818)
}

fn has_button(message: &Value, label: &str) -> bool {
    buttons(message).iter().any(|button| button["text"].as_str().unwrap().contains(label))
}

#[track_caller]
fn assert_shown(world: &World, user: i64, what: &str) {
    let shown = world.shown(user);
    assert!(shown.contains(what), "{what:?} is not in {shown:?}\n{}", world.transcript(user));
}

async fn named(world: &World, name: &str) -> Product {
    let mut found = products(world).await;
    found.retain(|product| product.name.get("en") == name);
    assert_eq!(found.len(), 1, "{name}\n{}", world.transcript(SELLER));
    found.remove(0)
}

/// A product that is being made, at the question on which shelf it stands.
async fn begun(world: &World, kind: &str, name: &str) {
    world.say(SELLER, "/new").await;
    world.tap(SELLER, kind).await;
    world.say(SELLER, name).await;
    world.say(SELLER, "3").await;
    assert_shown(world, SELLER, "On which shelf");
}

/// A paid mug, which the seller hands over.
async fn sold_mug(world: &World) {
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+44 20 7946 0000").await;
    world.tap(ANN, "White").await;
    world.say(ANN, "Ann Lee, 7 Secret Road, 12345 Town").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.settled().await;
}

/// A sticker, as Telegram tells of one.
async fn sticker(world: &World, user: i64) {
    let update = json!({"message": {"message_id": 90_000, "date": 1, "chat": {"id": user, "type": "private"},
        "from": {"id": user, "is_bot": false, "first_name": "Olive"}, "sticker": {"file_id": "s", "emoji": "🦉"}}});
    world.sandbox.telegram.put_update(update.as_object().unwrap());
    world.settled().await;
}

// A button answers the question under which it stands.

#[tokio::test]
async fn an_old_button_of_a_form_shows_the_question_that_is_open_and_answers_nothing() {
    let world = World::new().await;
    sold_mug(&world).await;
    begun(&world, "Keys", "Codes").await;
    let (wizard, skip) = world.button(SELLER, "Skip ›");
    let (_, cancel) = world.button(SELLER, "Cancel");
    world.say(SELLER, "/sales").await;
    world.tap(SELLER, "Mug").await;
    world.tap(SELLER, "Hand over").await;
    assert_shown(&world, SELLER, "A note for the buyer?");
    for old in [&skip, &cancel] {
        world.send_data(SELLER, wizard, old["data"].as_str().unwrap()).await;
        world.hears(SELLER, "belonged to another question").await;
        assert_eq!(world.order_of(ANN).await.state, OrderState::Open, "{}", world.transcript(SELLER));
    }
    // One of an older release carries no question at all.
    world.send_data(SELLER, wizard, "fs").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Open);
    world.say(SELLER, "It is on its way.").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    world.sees(ANN, "It is on its way.").await;
    world.tap(SELLER, "‹ Panel").await;
    // Nothing else is asked now: the product's own button finds it again.
    world.send_data(SELLER, wizard, skip["data"].as_str().unwrap()).await;
    world.message(SELLER, "What should buyers know");
    world.end().await;
}

#[tokio::test]
async fn a_button_that_is_tapped_three_times_answers_one_question() {
    let world = World::new().await;
    begun(&world, "Keys", "Codes").await;
    let (message, skip) = world.button(SELLER, "Skip ›");
    let data = skip["data"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        world.sandbox.telegram.tap(SELLER, message, &data).unwrap();
    }
    world.settled().await;
    assert_shown(&world, SELLER, "What should buyers know");
    world.say(SELLER, "All there is to know.").await;
    assert_shown(&world, SELLER, "Send a picture");
    // A choice of a buyer, too.
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+44 20 7946 0000").await;
    let (message, white) = world.button(ANN, "White");
    world.tap(ANN, "Black").await;
    world.send_data(ANN, message, white["data"].as_str().unwrap()).await;
    assert_shown(&world, ANN, "Where to send it?");
    world.say(ANN, "Ann Lee, 7 Secret Road, 12345 Town").await;
    world.pick_usdt(ANN).await;
    let answers: Vec<String> = world.order_of(ANN).await.lines[0].answers.iter().map(|(_, answer)| answer.clone()).collect();
    assert_eq!(answers[1..], ["Black", "Ann Lee, 7 Secret Road, 12345 Town"]);
    world.end().await;
}

#[tokio::test]
async fn an_old_button_takes_away_nothing_of_something_else() {
    let world = World::new().await;
    for (text, button) in [("We sell at night.", "Terms"), ("Nobody is told.", "Privacy")] {
        world.say(SELLER, "/settings").await;
        world.tap(SELLER, button).await;
        world.say(SELLER, text).await;
        assert_shown(&world, SELLER, "Saved");
    }
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Terms").await;
    let (message, remove) = world.button(SELLER, "Remove");
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Privacy").await;
    world.send_data(SELLER, message, remove["data"].as_str().unwrap()).await;
    let shop = world.shop().store.read().await.unwrap().shop().await.unwrap();
    assert_eq!((shop.terms.get("en"), shop.privacy.get("en")), ("We sell at night.", "Nobody is told."));
    // In a form of the staff a second "Cancel" is none, and what is shown is the staff's.
    let (message, cancel) = world.button(SELLER, "Cancel");
    for _ in 0..2 {
        world.send_data(SELLER, message, cancel["data"].as_str().unwrap()).await;
    }
    assert!(has_button(&world.newest(SELLER), "Shop as a buyer"), "{}", world.transcript(SELLER));
    world.end().await;
}

// Words answer the question that is in view.

#[tokio::test]
async fn words_after_a_look_at_something_else_are_no_answer() {
    let world = World::new().await;
    // The seller has a look at the shop while a name is asked for.
    world.say(SELLER, "/start").await;
    let (front, shelf) = world.button(SELLER, "Licence keys");
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Name").await;
    world.press(SELLER, front, &shelf);
    world.settled().await;
    world.say(SELLER, "thanks, got it").await;
    assert_eq!(named(&world, "Editor Pro").await.state, ProductState::OnSale);
    // A buyer looks at the orders while the phone number is asked for.
    world.say(ANN, "/start").await;
    let (front, orders) = world.button(ANN, "My orders");
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.press(ANN, front, &orders);
    world.settled().await;
    world.say(ANN, "+44 20 7946 0000").await;
    assert_shown(&world, ANN, "I only understand buttons");
    // What is typed after the conversation was left is not for the staff.
    world.say(ANN, "/support").await;
    world.tap(ANN, "Shop").await;
    world.say(ANN, "a note to myself").await;
    assert_eq!(world.count(SELLER, "a note to myself"), 0);
    world.end().await;
}

#[tokio::test]
async fn a_few_words_over_the_chat_end_no_form() {
    let world = World::new().await;
    world.order(ANN, "editor").await;
    let (card, check) = world.button(ANN, "I have paid");
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.press(ANN, card, &check);
    world.settled().await;
    world.say(ANN, "+44 20 7946 0000").await;
    assert_shown(&world, ANN, "Which colour?");
    world.end().await;
}

// What was begun is not lost on the way.

#[tokio::test]
async fn a_product_in_the_making_waits_while_something_else_is_done() {
    let mut world = World::new().await;
    begun(&world, "Keys", "Codes").await;
    world.tap(SELLER, "Skip").await;
    world.say(SELLER, "/admin").await;
    assert!(has_button(&world.newest(SELLER), "Go on: Codes"), "{}", world.transcript(SELLER));
    // What is typed meanwhile is none of it.
    world.say(SELLER, "thanks, got it").await;
    world.say(SELLER, "/customers").await;
    world.tap(SELLER, "Find").await;
    world.tap(SELLER, "Cancel").await;
    world.restart().await;
    world.say(SELLER, "/order").await;
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "Go on: Codes").await;
    assert_shown(&world, SELLER, "What should buyers know");
    world.say(SELLER, "They open doors.").await;
    world.tap(SELLER, "Skip").await;
    world.say(SELLER, "KEY-1").await;
    world.say(SELLER, "/products").await;
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "Go on: Codes").await;
    world.tap(SELLER, "Done").await;
    world.tap(SELLER, "Put on sale").await;
    let made = named(&world, "Codes").await;
    assert_eq!((made.state, made.description.get("en")), (ProductState::OnSale, "They open doors."));
    world.say(SELLER, "/admin").await;
    assert!(!has_button(&world.newest(SELLER), "Go on"), "{}", world.transcript(SELLER));
    world.end().await;
}

#[tokio::test]
async fn a_typed_cancel_says_what_became_of_the_product() {
    let world = World::new().await;
    begun(&world, "Keys", "Codes").await;
    for _ in 0..3 {
        world.tap(SELLER, "Skip").await;
    }
    world.say(SELLER, "KEY-1").await;
    world.say(SELLER, "/cancel").await;
    assert_shown(&world, SELLER, "kept as a draft");
    assert_eq!(named(&world, "Codes").await.state, ProductState::Draft);
    begun(&world, "Keys", "Nothing").await;
    world.say(SELLER, "/cancel").await;
    assert_shown(&world, SELLER, "Nothing was saved");
    world.end().await;
}

#[tokio::test]
async fn who_goes_back_keeps_what_was_given() {
    let world = World::new().await;
    begun(&world, "By hand", "Portrait").await;
    world.tap(SELLER, "Things").await;
    world.say(SELLER, "In oil.").await;
    world.upload(SELLER, "oil.png", picture(), true).await;
    for back in 0..5 {
        assert!(back == 0 || has_button(&world.newest(SELLER), "Keep ›"), "{}", world.transcript(SELLER));
        world.tap(SELLER, "Back").await;
    }
    assert_shown(&world, SELLER, "What is it called?");
    assert_shown(&world, SELLER, "Portrait");
    for (asked, now) in [("What does one cost", "3.00"), ("On which shelf", "Things"), ("What should buyers know", "In oil.")] {
        world.tap(SELLER, "Keep ›").await;
        assert_shown(&world, SELLER, asked);
        assert_shown(&world, SELLER, now);
    }
    world.tap(SELLER, "Keep ›").await;
    assert!(world.newest(SELLER)["photo"].is_object(), "{}", world.newest(SELLER));
    world.tap(SELLER, "Keep ›").await;
    let kept = named(&world, "Portrait").await;
    assert_eq!((kept.description.get("en"), kept.category.is_some(), kept.picture.is_some()), ("In oil.", true, true));
    // It goes when it is taken away.
    world.tap(SELLER, "Back").await;
    world.tap(SELLER, "Remove").await;
    assert_shown(&world, SELLER, "Send a picture");
    world.tap(SELLER, "Skip").await;
    world.tap(SELLER, "Nothing").await;
    world.tap(SELLER, "Put on sale").await;
    let made = named(&world, "Portrait").await;
    assert_eq!((made.description.get("en"), made.picture.is_some(), made.state), ("In oil.", false, ProductState::OnSale));
    world.end().await;
}

// A text that was too long is refused with its end.

#[tokio::test]
async fn the_end_of_a_text_that_was_too_long_is_nobodys_answer() {
    let world = World::new().await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+44 20 7946 0000").await;
    world.tap(ANN, "White").await;
    world.advance(5).await;
    world.say(ANN, &piece()).await;
    assert_shown(&world, ANN, "longer than 500");
    world.say(ANN, "12345 Town").await;
    assert_shown(&world, ANN, "nothing of it was taken");
    world.advance(5).await;
    world.say(ANN, "Ann Lee, 7 Secret Road, 12345 Town").await;
    assert_shown(&world, ANN, "What would you like to pay with?");
    // To the staff.
    world.say(ANN, "/support").await;
    world.say(ANN, &piece()).await;
    world.say(ANN, "the end of it").await;
    assert_shown(&world, ANN, "nothing of it was taken");
    assert_eq!(world.count(SELLER, "the end of it"), 0);
    // And from the staff, in private and in its group.
    world.advance(5).await;
    world.say(ANN, "Hello?").await;
    world.sees(SELLER, "Hello?").await;
    world.tap(SELLER, "💬 Answer").await;
    world.say(SELLER, &piece()).await;
    world.say(SELLER, "the end of it").await;
    assert_shown(&world, SELLER, "nothing of it was taken");
    world.end().await;
}

#[tokio::test]
async fn the_end_of_a_text_that_was_too_long_does_not_leave_the_group_alone() {
    const GROUP: i64 = -1_001_234_567_890;
    let world = World::new().await;
    let forum = Forum { title: "Desk".to_owned(), is_forum: true, bot_is_in: true, bot_makes_topics: true, ..Forum::default() };
    world.sandbox.telegram.put_forum(GROUP, forum);
    world.say(SELLER, "/start").await;
    let say = async |topic: Option<i32>, text: &str| {
        let saying = GroupSaying { text: text.to_owned(), topic, ..GroupSaying::default() };
        world.sandbox.telegram.say_in(GROUP, SELLER, &saying).unwrap();
        world.settled().await;
    };
    say(None, "/staffgroup").await;
    world.say(ANN, "/support").await;
    world.say(ANN, "Hello?").await;
    let topic = *world.sandbox.telegram.forum(GROUP).unwrap().topics.keys().next().unwrap();
    say(Some(topic), &piece()).await;
    say(Some(topic), "the end of it").await;
    assert_eq!(world.count(ANN, "the end of it"), 0, "{}", world.transcript(ANN));
    assert_eq!(world.count(GROUP, "nothing of it was taken"), 1);
    world.advance(5).await;
    say(Some(topic), "Shorter.").await;
    world.sees(ANN, "Shorter.").await;
    world.end().await;
}

// A picture is asked for where a picture is wanted.

#[tokio::test]
async fn where_a_picture_is_wanted_a_picture_is_asked_for() {
    let world = World::new().await;
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Picture").await;
    sticker(&world, SELLER).await;
    assert_shown(&world, SELLER, "That is no picture");
    world.say(SELLER, "/broadcast").await;
    world.tap(SELLER, "New").await;
    world.say(SELLER, "The night is young.").await;
    world.tap(SELLER, "Picture").await;
    sticker(&world, SELLER).await;
    assert_shown(&world, SELLER, "That is no picture");
    assert!(has_button(&world.newest(SELLER), "Cancel"));
    world.say(SELLER, "a picture").await;
    assert_shown(&world, SELLER, "That is no picture");
    world.upload(SELLER, "owl.png", picture(), true).await;
    assert!(!world.shown(SELLER).contains("That is no picture"));
    world.end().await;
}
