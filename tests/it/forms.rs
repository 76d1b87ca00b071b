//! Forms in the chat take what was meant for them, and nothing else: a button answers the question under which it stands, words answer the
//! question that is in view, and what was begun is not lost on the way.

use kiosk::domain::product::{Product, ProductState};
use kiosk::sandbox::telegram::{Forum, GroupSaying};
use serde_json::Value;

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

async fn products(world: &World) -> Vec<Product> {
    let mut conn = world.shop().store.read().await.unwrap();
    let mut products = Vec::new();
    for id in conn.product_ids().await.unwrap() {
        products.push(conn.product(&id).await.unwrap().unwrap());
    }
    products
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
