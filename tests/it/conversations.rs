//! Customers and staff talk through the bot: nothing is lost, nobody hammers, and customers never learn who answered.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::sandbox::User;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::sandbox::telegram::{Forum, GroupSaying, Saying};
use serde_json::Value;

use crate::world::{ANN, BEN, SELLER, World, buttons, id_of, text_of};

const HELPER: i64 = 903;

async fn reply(world: &World, user: i64, to: &Value, text: &str) {
    let saying = Saying { text: text.to_owned(), reply_to: Some(id_of(to)), ..Saying::default() };
    world.sandbox.telegram.send(user, saying).unwrap();
    world.settled().await;
}

/// The owner and a helper, whose names are easily found.
async fn staffed() -> World {
    let world = World::new().await;
    for (id, name) in [(SELLER, "Olive Owner"), (HELPER, "Hank Helper"), (ANN, "Ann Buyer")] {
        world.sandbox.telegram.put_user(User { first_name: name.to_owned(), username: None, ..User::stranger(id) });
        world.say(id, "/start").await;
    }
    world.appoint(HELPER, Role::Support).await;
    world
}

#[tokio::test]
async fn what_a_customer_writes_goes_to_the_staff_and_the_answer_comes_back_without_a_name() {
    let world = staffed().await;
    world.say(ANN, "hello?").await;
    assert_eq!(world.count(SELLER, "hello?"), 0, "nothing is passed on before /support");
    world.say(ANN, "/support").await;
    world.sees(ANN, "Write to us here").await;
    world.say(ANN, "Where is <b>my</b> parcel?").await;
    assert!(world.shown(ANN).contains("Passed on"));
    for staff in [SELLER, HELPER] {
        let relayed = world.sees(staff, "Where is <b>my</b> parcel?").await;
        assert!(text_of(&relayed).contains("Ann Buyer"));
    }
    let relayed = world.message(HELPER, "my</b> parcel?");
    reply(&world, HELPER, &relayed, "On its way.").await;
    assert!(world.shown(HELPER).contains("On its way to the customer"));
    let answer = world.sees(ANN, "On its way.").await;
    assert!(text_of(&answer).starts_with("💬 From the shop:"));
    let seen = world.sees(SELLER, "On its way.").await;
    assert!(text_of(&seen).contains("Hank Helper answered Ann Buyer"), "others of the staff need not answer once more");
    // A reply to the answer goes back, also when the conversation was left; so does the owner's word to what the helper wrote.
    world.say(ANN, "/start").await;
    reply(&world, ANN, &answer, "Thanks!").await;
    world.sees(HELPER, "Thanks!").await;
    reply(&world, SELLER, &seen, "Anything else?").await;
    world.sees(ANN, "Anything else?").await;
    for name in ["Olive", "Hank", "900", "903"] {
        assert!(!world.transcript(ANN).contains(name), "{name}:\n{}", world.transcript(ANN));
    }
    world.end().await;
}

#[tokio::test]
async fn what_somebody_wrote_stays_in_the_chat_and_no_page_takes_its_place() {
    let world = staffed().await;
    world.say(ANN, "/support").await;
    world.say(ANN, "I need three of them").await;
    world.tap(SELLER, "Customer").await;
    world.sees(SELLER, "I need three of them").await;
    // A reply to the question is its answer, and nobody's mail.
    world.tap(SELLER, "Block").await;
    let question = world.newest(SELLER);
    assert!(text_of(&question).contains("blocked?"), "{}", text_of(&question));
    reply(&world, SELLER, &question, "rude to everybody").await;
    assert_eq!(world.count(ANN, "rude to everybody"), 0, "{}", world.transcript(ANN));
    let shop = world.shop();
    let ann = shop.store.read().await.unwrap().customer(CustomerId(ANN)).await.unwrap().unwrap();
    assert!(ann.blocked);
    assert!(shop.unblock(CustomerId(ANN)).await.unwrap());
    // And so does what the shop has written.
    let asked = world.message(HELPER, "I need three of them");
    reply(&world, HELPER, &asked, "Tracking number 12345").await;
    world.tap(ANN, "Answer").await;
    world.sees(ANN, "Tracking number 12345").await;
    world.end().await;
}

#[tokio::test]
async fn photos_and_documents_go_both_ways() {
    let world = staffed().await;
    world.say(ANN, "/support").await;
    world.upload(ANN, "broken.png", crate::world::picture(), true).await;
    world.upload(ANN, "invoice.pdf", b"%PDF invoice".to_vec(), false).await;
    for staff in [SELLER, HELPER] {
        let messages = world.messages(staff);
        assert!(messages.iter().any(|message| message["photo"].is_object()), "{}", world.transcript(staff));
        assert!(messages.iter().any(|message| message["document"]["file_name"] == "invoice.pdf"), "{}", world.transcript(staff));
    }
    // A reply to the file itself is an answer as well.
    let file = world.messages(SELLER).into_iter().rfind(|message| message["document"].is_object()).unwrap();
    reply(&world, SELLER, &file, "Got it.").await;
    world.sees(ANN, "Got it.").await;
    let relayed = world.message(SELLER, "Ann Buyer");
    let picture = kiosk::sandbox::telegram::Picture {
        as_photo: true,
        name: "label.png".to_owned(),
        mime: None,
        bytes: crate::world::picture().into(),
    };
    let saying = Saying { text: "The label".to_owned(), reply_to: Some(id_of(&relayed)), file: Some(picture), ..Saying::default() };
    world.sandbox.telegram.send(SELLER, saying).unwrap();
    world.settled().await;
    world.sees(ANN, "The label").await;
    assert!(
        world.messages(ANN).iter().any(|message| message["from"] == "bot" && message["photo"].is_object()),
        "{}",
        world.transcript(ANN)
    );
    let sticker = serde_json::json!({"message": {"message_id": 90_000, "date": 1, "chat": {"id": ANN, "type": "private"},
        "from": {"id": ANN, "is_bot": false, "first_name": "Ann"}, "sticker": {"file_id": "s", "emoji": "🦉"}}});
    world.sandbox.telegram.put_update(sticker.as_object().unwrap());
    world.settled().await;
    assert!(world.shown(ANN).contains("Only words, photos and documents"));
    world.end().await;
}

#[tokio::test]
async fn the_button_answers_once_and_a_restart_forgets_nothing() {
    let mut world = staffed().await;
    world.say(ANN, "/support").await;
    world.restart().await;
    world.say(ANN, "Still there?").await;
    let relayed = world.sees(SELLER, "Still there?").await;
    world.tap(HELPER, "💬 Answer").await;
    world.restart().await;
    world.say(HELPER, "Always.").await;
    world.sees(ANN, "Always.").await;
    world.say(HELPER, "this is for nobody").await;
    assert_eq!(world.count(ANN, "for nobody"), 0);
    reply(&world, SELLER, &relayed, "After the restart, too.").await;
    world.sees(ANN, "After the restart, too.").await;
    // The same update, handled twice, is one message.
    let before = (world.count(SELLER, "Again"), world.count(ANN, "Passed on"));
    let update = serde_json::json!({"message": {"message_id": 91_000, "date": 1, "chat": {"id": ANN, "type": "private"},
        "from": {"id": ANN, "is_bot": false, "first_name": "Ann Buyer", "language_code": "en"}, "text": "Again and again"}});
    for _ in 0..2 {
        world.sandbox.telegram.put_update(update.as_object().unwrap());
        world.settled().await;
    }
    assert_eq!(world.count(SELLER, "Again and again"), before.0 + 1);
    world.end().await;
}

#[tokio::test]
async fn one_customer_cannot_flood_the_staff_and_hears_of_it() {
    let world = staffed().await;
    world.say(ANN, "/support").await;
    for number in 0..23 {
        world.say(ANN, &format!("message {number}")).await;
        world.advance(2).await;
    }
    assert_eq!(world.count(SELLER, "writes:"), 20);
    assert_eq!(world.count(ANN, "Please wait a little"), 3);
    world.say(BEN, "/support").await;
    world.say(BEN, "I am somebody else").await;
    world.sees(SELLER, "I am somebody else").await;
    world.advance(3_600).await;
    world.say(ANN, "an hour later").await;
    world.sees(SELLER, "an hour later").await;
    // Too long for one message with a name over it: said, and not cut.
    world.say(BEN, &"🦉".repeat(1_800)).await;
    assert!(world.shown(BEN).contains("3600"), "{}", world.shown(BEN));
    let relayed = world.message(SELLER, "an hour later");
    reply(&world, SELLER, &relayed, &"x".repeat(4_000)).await;
    assert!(world.shown(SELLER).contains("4000"), "{}", world.shown(SELLER));
    assert_eq!(world.count(ANN, "xxxx") + world.count(SELLER, "🦉🦉"), 0);
    world.end().await;
}

#[tokio::test]
async fn a_conversation_is_of_its_customer_and_the_staff_alone() {
    let world = staffed().await;
    world.say(ANN, "/support").await;
    world.say(ANN, "a secret of mine").await;
    world.say(BEN, "/start").await;
    let own = world.newest(BEN);
    reply(&world, BEN, &own, "to nobody").await;
    assert!(world.shown(BEN).contains("I only understand"));
    for data in [format!("vy:{ANN}"), format!("vc:{ANN}")] {
        world.send_data(BEN, id_of(&own), &data).await;
        world.say(BEN, "let me in").await;
    }
    assert_eq!(world.count(ANN, "let me in") + world.count(ANN, "to nobody") + world.count(BEN, "secret"), 0);
    // Somebody who was let go answers nobody, though the messages are still in the chat.
    let relayed = world.message(HELPER, "a secret of mine");
    world.shop().remove_member(CustomerId(HELPER)).await.unwrap();
    world.settled().await;
    reply(&world, HELPER, &relayed, "one last word").await;
    assert_eq!(world.count(ANN, "one last word"), 0);
    world.end().await;
}

#[tokio::test]
async fn buying_goes_on_in_the_middle_of_a_conversation() {
    let world = staffed().await;
    world.say(ANN, "/support").await;
    world.say(ANN, "Which one is better?").await;
    world.say(ANN, "/start p_mug").await;
    world.tap(ANN, "Buy ·").await;
    world.say(ANN, "+44 20 7946 0000").await;
    world.tap(ANN, "White").await;
    assert_eq!(world.count(SELLER, "7946"), 0, "an answer to an order is none to the staff");
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    // The staff's own /support keeps what they are filling in.
    world.say(SELLER, "/customer").await;
    world.say(SELLER, "/support").await;
    world.say(SELLER, "101").await;
    assert!(world.shown(SELLER).contains("Ann Buyer"), "{}", world.shown(SELLER));
    world.end().await;
}

// In a group.

const GROUP: i64 = -1_001_234_567_890;

/// A group with topics in which the bot is an administrator who makes them, chosen by the owner.
async fn with_group() -> World {
    let world = staffed().await;
    let forum = Forum { title: "Desk".to_owned(), is_forum: true, bot_is_in: true, bot_makes_topics: true, ..Forum::default() };
    world.sandbox.telegram.put_forum(GROUP, forum);
    in_group(&world, SELLER, None, "/staffgroup").await;
    world
}

async fn in_group(world: &World, user: i64, topic: Option<i32>, text: &str) {
    let saying = GroupSaying { text: text.to_owned(), topic, ..GroupSaying::default() };
    world.sandbox.telegram.say_in(GROUP, user, &saying).unwrap();
    world.settled().await;
}

fn topics(world: &World) -> Vec<(i32, String)> {
    world.sandbox.telegram.forum(GROUP).unwrap().topics.into_iter().collect()
}

async fn group(world: &World) -> Option<i64> {
    world.shop().staff_group().await.unwrap()
}

#[tokio::test]
async fn each_customer_gets_a_topic_in_the_group_of_the_staff_and_whatever_is_said_there_is_an_answer() {
    let mut world = with_group().await;
    assert_eq!(group(&world).await, Some(GROUP));
    for (user, words) in [(ANN, "Ann asks"), (BEN, "Ben asks"), (ANN, "Ann asks more")] {
        world.say(user, "/support").await;
        world.say(user, words).await;
    }
    let made = topics(&world);
    assert_eq!(made.len(), 2, "{made:?}");
    let of = |user: i64| made.iter().find(|(_, name)| name.ends_with(&user.to_string())).unwrap().0;
    for (user, words) in [(ANN, "Ann asks"), (BEN, "Ben asks"), (ANN, "Ann asks more")] {
        assert_eq!(world.message(GROUP, words)["topic"], of(user), "{words}");
    }
    assert_eq!(world.count(SELLER, "asks") + world.count(HELPER, "asks"), 0, "the group is enough");
    world.restart().await;
    in_group(&world, HELPER, Some(of(BEN)), "An answer for Ben.").await;
    world.sees(BEN, "An answer for Ben.").await;
    assert!(!world.transcript(ANN).contains("for Ben") && !world.transcript(BEN).contains("Hank"));
    // A photo goes there, too; an answer from a private chat is seen by the others.
    world.upload(ANN, "broken.png", crate::world::picture(), true).await;
    assert!(world.messages(GROUP).iter().any(|message| message["photo"].is_object() && message["topic"] == of(ANN)));
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.send_data(SELLER, id_of(&world.newest(SELLER)), &format!("vy:{ANN}")).await;
    world.say(SELLER, "From my own chat.").await;
    world.sees(ANN, "From my own chat.").await;
    assert_eq!(world.message(GROUP, "From my own chat.")["topic"], of(ANN));
    world.end().await;
}

#[tokio::test]
async fn a_group_is_chosen_by_an_owner_under_their_own_number_and_heard_where_it_is_one() {
    let world = staffed().await;
    let forum = Forum { title: "Desk".to_owned(), is_forum: true, bot_is_in: true, bot_makes_topics: true, ..Forum::default() };
    world.sandbox.telegram.put_forum(GROUP, Forum { is_forum: false, ..forum.clone() });
    in_group(&world, SELLER, None, "/staffgroup").await;
    assert_eq!((group(&world).await, world.count(GROUP, "has no topics")), (None, 1));
    world.sandbox.telegram.put_forum(GROUP, forum);
    for who in [HELPER, BEN] {
        in_group(&world, who, None, "/staffgroup").await;
    }
    let hidden = GroupSaying { text: "/staffgroup".to_owned(), anonymous: true, ..GroupSaying::default() };
    world.sandbox.telegram.say_in(GROUP, SELLER, &hidden).unwrap();
    world.settled().await;
    assert_eq!(group(&world).await, None, "nobody but an owner, and never somebody who hides");
    in_group(&world, SELLER, None, "/staffgroup@kiosk_sandbox_bot").await;
    assert_eq!(group(&world).await, Some(GROUP));
    world.say(ANN, "/support").await;
    world.say(ANN, "hello?").await;
    let topic = topics(&world)[0].0;
    // Strangers in the group, talk outside of topics, commands, and hidden admins are no answers.
    in_group(&world, BEN, Some(topic), "said by Ben").await;
    in_group(&world, HELPER, None, "said in general").await;
    in_group(&world, HELPER, Some(topic), "/said_as_command").await;
    let hidden = GroupSaying { text: "said by nobody".to_owned(), topic: Some(topic), anonymous: true, ..GroupSaying::default() };
    world.sandbox.telegram.say_in(GROUP, SELLER, &hidden).unwrap();
    world.settled().await;
    assert_eq!(world.count(ANN, "said"), 0, "{}", world.transcript(ANN));
    in_group(&world, SELLER, None, "/staffgroup off").await;
    assert_eq!(group(&world).await, None);
    in_group(&world, HELPER, Some(topic), "said too late").await;
    assert_eq!(world.count(ANN, "said"), 0);
    world.say(ANN, "and now?").await;
    world.sees(HELPER, "and now?").await;
    world.end().await;
}

#[tokio::test]
async fn the_group_that_a_former_owner_chose_hears_no_customer_any_more() {
    let world = with_group().await;
    world.appoint(HELPER, Role::Owner).await;
    in_group(&world, SELLER, None, "/staffgroup off").await;
    in_group(&world, HELPER, None, "/staffgroup").await;
    world.say(ANN, "/support").await;
    world.say(ANN, "first").await;
    assert_eq!(world.count(GROUP, "first"), 1);
    world.shop().remove_member(CustomerId(HELPER)).await.unwrap();
    world.settled().await;
    world.sees(SELLER, "whoever chose it is no owner now").await;
    world.say(ANN, "second").await;
    assert_eq!((world.count(GROUP, "second"), world.count(SELLER, "second"), group(&world).await), (0, 1, None));
    world.end().await;
}

#[tokio::test]
async fn what_waits_for_a_group_that_is_the_staffs_no_more_comes_to_their_own_chats() {
    let world = with_group().await;
    let wait = CallFaults { status: Some(429), retry_after: Some(30), times: Some(1), ..CallFaults::default() };
    world.say(ANN, "/support").await;
    let methods = vec!["createForumTopic".to_owned()];
    world.faults(Faults { telegram: CallFaults { methods, ..wait }, ..Faults::default() });
    world.say(ANN, "for whom?").await;
    assert_eq!(world.sandbox.faults.get().telegram.times, Some(0), "the group did not hear it");
    in_group(&world, SELLER, None, "/staffgroup off").await;
    world.wait(60).await;
    assert_eq!((world.count(GROUP, "for whom?"), world.count(SELLER, "for whom?")), (0, 1));
    world.end().await;
}

#[tokio::test]
async fn words_of_the_staff_after_their_own_support_go_to_nobody() {
    let world = staffed().await;
    world.say(ANN, "/support").await;
    world.say(ANN, "hello?").await;
    world.tap(SELLER, "Answer").await;
    world.say(SELLER, "/support").await;
    world.say(SELLER, "a word to myself").await;
    assert_eq!(world.count(ANN, "a word to myself"), 0, "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn what_the_group_cannot_hear_the_staff_hears_in_its_own_chats() {
    let world = with_group().await;
    world.say(ANN, "/support").await;
    world.say(ANN, "first").await;
    // The topic is gone: there is a new one.
    world.sandbox.telegram.drop_topic(GROUP, topics(&world)[0].0);
    world.say(ANN, "second").await;
    assert_eq!((topics(&world).len(), world.count(GROUP, "second"), group(&world).await), (1, 1, Some(GROUP)));
    // The bot may make no topics any more.
    let mut forum = world.sandbox.telegram.forum(GROUP).unwrap();
    forum.bot_makes_topics = false;
    world.sandbox.telegram.put_forum(GROUP, forum.clone());
    world.say(BEN, "/support").await;
    world.say(BEN, "third").await;
    for staff in [SELLER, HELPER] {
        world.sees(staff, "third").await;
    }
    assert_eq!(group(&world).await, None);
    world.sees(SELLER, "The group of the staff does not take what customers write any more").await;
    // Whoever answers in a topic all the same hears that it went to nobody, once the bot hears it: it is an administrator again.
    forum.bot_makes_topics = true;
    world.sandbox.telegram.put_forum(GROUP, forum.clone());
    in_group(&world, HELPER, Some(topics(&world)[0].0), "an answer that is lost").await;
    let told = world.count(GROUP, "so this went to nobody");
    assert_eq!((told, world.count(ANN, "an answer that is lost")), (1, 0), "{}", world.transcript(GROUP));
    // The bot was thrown out.
    in_group(&world, SELLER, None, "/staffgroup").await;
    world.sandbox.telegram.put_forum(GROUP, Forum { bot_is_in: false, ..forum });
    world.say(ANN, "fourth").await;
    for staff in [SELLER, HELPER] {
        world.sees(staff, "fourth").await;
    }
    assert_eq!(group(&world).await, None);
    world.end().await;
}

#[tokio::test]
async fn a_helper_answers_whoever_has_written_and_writes_to_nobody_first() {
    let world = staffed().await;
    let label = |user: i64| format!("{:?}", buttons(&world.newest(user)));
    let refused = "has not written to the shop";
    world.say(HELPER, &format!("/customer {ANN}")).await;
    assert!(label(HELPER).contains("📝 Note") && !label(HELPER).contains("💬"), "{}", label(HELPER));
    world.send_data(HELPER, id_of(&world.newest(HELPER)), &format!("vy:{ANN}")).await;
    world.hears(HELPER, refused).await;
    world.say(HELPER, "Buy something!").await;
    assert_eq!(world.count(ANN, "Buy something!"), 0);
    // Neither with a form that was opened as a manager, nor by a verb.
    world.appoint(HELPER, Role::Manager).await;
    world.send_data(HELPER, id_of(&world.newest(HELPER)), &format!("vy:{ANN}")).await;
    world.sees(HELPER, "What is your answer?").await;
    world.appoint_quietly(HELPER, Role::Support).await;
    world.say(HELPER, "Buy more!").await;
    world.sees(HELPER, refused).await;
    assert_eq!(world.count(ANN, "Buy more!"), 0);
    // Once the customer has written, it is an answer.
    world.say(ANN, "/support").await;
    world.say(ANN, "Are you there?").await;
    world.say(HELPER, &format!("/customer {ANN}")).await;
    world.tap(HELPER, "💬 Answer").await;
    world.say(HELPER, "We are.").await;
    world.sees(ANN, "We are.").await;
    // About an order whoever serves orders may write, to its buyer alone.
    world.order(BEN, "editor").await;
    let order = world.order_of(BEN).await.id;
    world.say(HELPER, &format!("/order {order}")).await;
    world.tap(HELPER, "Write").await;
    world.say(HELPER, "Your order waits.").await;
    world.sees(BEN, "Your order waits.").await;
    world.tap(HELPER, "Panel").await;
    world.end().await;
}
