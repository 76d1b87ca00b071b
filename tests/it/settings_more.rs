//! Further settings of a shop: its clock, its quiet hours, where its notices go.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::telegram::{Forum, GroupSaying};
use kiosk::shop::statistics::Span;
use serde_json::Value;

use crate::world::{ANN, BEN, SELLER, World, has, id_of};

const HELPER: i64 = 903;
const GROUP: i64 = -1_001_234_567_890;
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

#[track_caller]
fn assert_shown(world: &World, what: &str) {
    let shown = world.shown(SELLER);
    assert!(shown.contains(what), "{what:?} is not in {shown:?}\n{}", world.transcript(SELLER));
}

fn toast(world: &World, user: i64) -> String {
    let chat = world.sandbox.telegram.chat(user, 0);
    chat["toasts"].as_array().unwrap().last().map_or_else(String::new, |toast| toast["text"].as_str().unwrap().to_owned())
}

fn is_silent(message: &Value) -> bool {
    message["silent"].as_bool().unwrap()
}

async fn zone(world: &World, words: &str) {
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Time zone").await;
    world.say(SELLER, words).await;
}

async fn zone_name(world: &World) -> String {
    world.shop().time().await.unwrap().name()
}

// Time.

#[tokio::test]
async fn a_time_zone_is_chosen_by_button_by_name_or_from_what_may_be_meant() {
    let mut world = World::new().await;
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Time zone").await;
    assert_shown(&world, "Now: UTC, where it is 12:00");
    world.tap(SELLER, "Next").await;
    world.tap(SELLER, "Berlin · 14:00").await;
    assert_eq!(zone_name(&world).await, "Europe/Berlin");
    for (words, name) in [("new york", "America/New_York"), ("UTC+3", "UTC+3"), ("+5:30", "UTC+5:30"), ("europe/berlin", "Europe/Berlin")] {
        zone(&world, words).await;
        assert_shown(&world, "Saved");
        assert_eq!(zone_name(&world).await, name, "{words}");
    }
    zone(&world, "Tokio").await;
    assert_shown(&world, "Is it one of these?");
    world.tap(SELLER, "Tokyo · 21:00").await;
    assert_eq!(zone_name(&world).await, "Asia/Tokyo");
    zone(&world, "qqqqqqqq").await;
    assert_shown(&world, "I do not know that zone");
    // It waits for a better word, also over a restart.
    world.restart().await;
    world.say(SELLER, "berlin").await;
    assert_eq!(zone_name(&world).await, "Europe/Berlin");
    // A button of an earlier release, and one that names nothing.
    let id = id_of(&world.newest(SELLER));
    world.send_data(SELLER, id, "nz:330").await;
    assert_eq!(zone_name(&world).await, "UTC+5:30");
    for junk in ["jz:Europe/Nowhere", "jz:europe/berlin", "jf:900", "jz:UTC"] {
        world.send_data(SELLER, id_of(&world.newest(SELLER)), junk).await;
    }
    assert_eq!(zone_name(&world).await, "UTC+5:30");
    world.end().await;
}

#[tokio::test]
async fn a_distance_that_was_kept_by_an_earlier_release_is_a_zone() {
    let world = World::new().await;
    world.shop().write(|tx| Box::pin(async move { tx.set_setting("time_offset_minutes", &-270).await })).await.unwrap();
    assert_eq!(zone_name(&world).await, "UTC-4:30");
    zone(&world, "berlin").await;
    assert_eq!(zone_name(&world).await, "Europe/Berlin");
    world.end().await;
}

#[tokio::test]
async fn a_night_with_a_switch_of_the_clock_has_one_summary_and_its_days_count_every_sale_once() {
    let mut world = World::new().await;
    zone(&world, "Europe/Berlin").await;
    // To 2026-10-23 12:00 UTC: on the night of the 25th it is two o'clock twice.
    world.advance(144 * DAY).await;
    world.shop().set_summary_hour(Some(2)).await.unwrap();
    world.advance(30 * HOUR).await;
    assert_eq!(world.count(SELLER, "Your shop on 23 Oct"), 1);
    // 2026-10-24 18:00 UTC, 20:00 in the shop. One sale before midnight, one in each of the two hours, one on the last minute of the day.
    world.advance(3 * HOUR).await;
    sell(&world, 3_001).await;
    world.advance(3 * HOUR + 10 * 60).await;
    assert_eq!(world.shop().time().await.unwrap().clock(world.clock.now()), "02:10", "the first time");
    assert_eq!(world.count(SELLER, "Your shop on 24 Oct"), 1);
    sell(&world, 3_002).await;
    world.restart().await;
    world.advance(HOUR).await;
    assert_eq!(world.shop().time().await.unwrap().clock(world.clock.now()), "02:10", "the second time");
    sell(&world, 3_003).await;
    assert_eq!(world.count(SELLER, "Your shop on 24 Oct"), 1, "once");
    world.advance(21 * HOUR + 49 * 60).await;
    assert_eq!(world.shop().time().await.unwrap().clock(world.clock.now()), "23:59");
    sell(&world, 3_004).await;
    world.advance(HOUR).await;
    let figures = world.shop().figures(Span::Week).await.unwrap();
    let last: Vec<i64> = figures.days.iter().rev().take(3).map(|day| day.orders).collect();
    assert_eq!((last, figures.orders), (vec![0, 3, 1], 4), "today, the day of 25 hours, the day before");
    assert_eq!(figures.products[0].count, Some(4));
    assert_eq!(figures.days.iter().map(|day| day.revenue.minor).sum::<i64>(), figures.revenue.minor);
    world.advance(2 * HOUR).await;
    assert_eq!(world.count(SELLER, "Your shop on 25 Oct"), 1);
    // To 2027-03-27 12:00 UTC: in the next night there is no two o'clock.
    world.shop().set_summary_hour(None).await.unwrap();
    world.advance(152 * DAY + 10 * HOUR).await;
    let time = world.shop().time().await.unwrap();
    world.advance(u32::try_from(time.start(time.day(world.clock.now()) + 1) - world.clock.now()).unwrap()).await;
    assert_eq!(time.date(world.clock.now()), "2027-03-28");
    world.shop().set_summary_hour(Some(2)).await.unwrap();
    world.advance(HOUR + 59 * 60).await;
    assert_eq!(world.count(SELLER, "Your shop on 27 Mar"), 0);
    world.advance(60).await;
    assert_eq!((time.clock(world.clock.now()).as_str(), world.count(SELLER, "Your shop on 27 Mar")), ("03:00", 1));
    world.advance(22 * HOUR + 30 * 60).await;
    assert_eq!(world.count(SELLER, "Your shop on"), 4, "{}", world.transcript(SELLER));
    world.advance(HOUR).await;
    assert_eq!(world.count(SELLER, "Your shop on 28 Mar"), 1);
    world.end().await;
}

// Quiet hours.

#[tokio::test]
async fn in_quiet_hours_what_can_wait_comes_at_once_and_without_a_sound() {
    let world = World::new().await;
    let sale = async |buyer: i64| {
        let before = world.count(SELLER, "Sold to");
        let invoice = world.order(buyer, "editor").await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        assert_eq!(world.count(SELLER, "Sold to"), before + 1, "nothing is held back: {}", world.transcript(SELLER));
        is_silent(&world.message(SELLER, "Sold to"))
    };
    let case = async |buyer: i64| {
        let before = world.cases().await.len();
        let invoice = world.order(buyer, "editor").await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        world.shop().goods_stuck(&world.order_of(buyer).await.id, "a test").await.unwrap();
        world.settled().await;
        assert_eq!(world.cases().await.len(), before + 1);
        is_silent(&world.message(SELLER, "needs you"))
    };
    assert!(!sale(3_001).await, "it rings as ever");
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Quiet hours").await;
    assert_shown(&world, "Nothing is held back");
    world.say(SELLER, "soon").await;
    assert_shown(&world, "Please send two times");
    world.say(SELLER, "11:30-12:30").await;
    assert_shown(&world, "11:30–12:30");
    assert!(sale(3_002).await);
    assert!(world.messages(3_002).iter().all(|message| !is_silent(message)), "never for buyers");
    assert!(!case(3_003).await, "a case rings");
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Quiet hours").await;
    world.tap(SELLER, "Cases ring all the same").await;
    assert!(case(3_004).await, "unless the owner switches that, too");
    world.advance(31 * 60).await;
    assert!(!sale(3_005).await, "the hours are over");
    // By the shop's own clock, and over midnight.
    zone(&world, "Asia/Tokyo").await;
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Quiet hours").await;
    world.tap(SELLER, "22:00–07:00").await;
    assert!(!sale(3_006).await, "21:31 in Tokyo");
    world.advance(HOUR).await;
    assert!(sale(3_007).await, "22:31 in Tokyo");
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Quiet hours").await;
    world.tap(SELLER, "everything rings").await;
    assert!(!sale(3_008).await);
    world.end().await;
}

// Where notices go.

async fn in_group(world: &World, user: i64, topic: Option<i32>, text: &str) {
    let saying = GroupSaying { text: text.to_owned(), topic, ..GroupSaying::default() };
    world.sandbox.telegram.say_in(GROUP, user, &saying).unwrap();
    world.settled().await;
}

/// A shop with a helper and a group in which the bot is, with one topic.
async fn with_group() -> World {
    let world = World::new().await;
    world.appoint(HELPER, Role::Support).await;
    let topics = [(7, "Sales".to_owned())].into();
    let forum = Forum { title: "Back office".to_owned(), is_forum: true, bot_is_in: true, topics, last_message_id: 7, ..Forum::default() };
    world.sandbox.telegram.put_forum(GROUP, forum);
    world
}

async fn sell(world: &World, buyer: i64) {
    let invoice = world.order(buyer, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
}

/// How often a sale was told in the group, to the owner, and to the helper.
fn told(world: &World) -> [usize; 3] {
    [GROUP, SELLER, HELPER].map(|chat| world.count(chat, "Sold to"))
}

#[tokio::test]
async fn an_owner_has_the_notices_come_to_a_topic_and_to_the_private_chats_again() {
    let world = with_group().await;
    sell(&world, 3_001).await;
    assert_eq!(told(&world), [0, 1, 1]);
    for who in [HELPER, BEN] {
        in_group(&world, who, None, "/noticeshere").await;
    }
    let hidden = GroupSaying { text: "/noticeshere".to_owned(), anonymous: true, ..GroupSaying::default() };
    world.sandbox.telegram.say_in(GROUP, SELLER, &hidden).unwrap();
    world.settled().await;
    assert_eq!(world.shop().notice_place().await.unwrap(), None, "nobody but an owner, and never somebody who hides");
    in_group(&world, SELLER, Some(7), "/noticeshere").await;
    assert_eq!(world.message(GROUP, "notices come here from now on")["topic"], 7);
    world.sees(SELLER, "notices come to the group Back office now").await;
    sell(&world, 3_002).await;
    assert_eq!(told(&world), [1, 1, 1]);
    assert_eq!(world.message(GROUP, "Sold to")["topic"], 7);
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Notices").await;
    assert_shown(&world, "a topic of the group Back office");
    world.tap(SELLER, "Back to private chats").await;
    assert_shown(&world, "private chats of the staff");
    sell(&world, 3_003).await;
    assert_eq!(told(&world), [1, 2, 2]);
    world.end().await;
}

#[tokio::test]
async fn the_group_of_an_owner_who_was_let_go_hears_of_no_buyer_any_more() {
    let world = with_group().await;
    world.appoint(HELPER, Role::Owner).await;
    in_group(&world, HELPER, None, "/noticeshere").await;
    sell(&world, 3_001).await;
    assert_eq!(told(&world), [1, 0, 0]);
    world.shop().remove_member(CustomerId(HELPER)).await.unwrap();
    world.settled().await;
    world.sees(SELLER, "whoever chose it is no owner now").await;
    sell(&world, 3_002).await;
    assert_eq!(told(&world), [1, 1, 0]);
    world.end().await;
}

#[tokio::test]
async fn a_button_in_the_group_answers_in_private_those_who_may_press_it() {
    let world = with_group().await;
    in_group(&world, SELLER, None, "/noticeshere").await;
    sell(&world, ANN).await;
    let notice = world.message(GROUP, "Sold to");
    let order = world.order_of(ANN).await.id;
    let before = world.shown(SELLER);
    let tap = async |user: i64, data: &str| {
        world.sandbox.telegram.tap_in(GROUP, user, id_of(&notice), data).unwrap();
        world.settled().await;
    };
    let open = format!("M:{order}");
    assert!(notice["keyboard"].to_string().contains(&open), "{notice}");
    tap(HELPER, &open).await;
    assert!(world.shown(HELPER).contains(order.as_str()), "{}", world.transcript(HELPER));
    assert!(toast(&world, HELPER).contains("See our private chat"));
    assert_eq!(world.message(GROUP, "Sold to"), notice, "the group keeps its notice");
    world.tap(HELPER, "‹ Panel").await;
    tap(HELPER, &format!("V:{order}")).await;
    assert!(toast(&world, HELPER).contains("does not include that"));
    world.say(BEN, "/start").await;
    let seen = world.messages(BEN).len();
    tap(BEN, &open).await;
    assert!(toast(&world, BEN).contains("for the staff"), "{}", world.transcript(BEN));
    assert_eq!((world.messages(BEN).len(), world.shown(SELLER)), (seen, before));
    world.end().await;
}

#[tokio::test]
async fn when_the_group_is_gone_the_private_chats_hear_everything_and_the_owner_is_told_once() {
    let world = with_group().await;
    let home = |world: &World| world.count(SELLER, "does not take the staff's notices");
    // The topic is gone.
    in_group(&world, SELLER, Some(7), "/noticeshere").await;
    world.sandbox.telegram.drop_topic(GROUP, 7);
    sell(&world, 3_001).await;
    assert_eq!((told(&world), home(&world)), ([0, 1, 1], 1));
    sell(&world, 3_002).await;
    assert_eq!((told(&world), home(&world)), ([0, 2, 2], 1));
    // The bot is thrown out: told at once.
    in_group(&world, SELLER, None, "/noticeshere").await;
    world.sandbox.telegram.throw_out(GROUP, HELPER);
    world.settled().await;
    assert_eq!((world.shop().notice_place().await.unwrap(), home(&world)), (None, 2));
    sell(&world, 3_003).await;
    assert_eq!((told(&world), home(&world)), ([0, 3, 3], 2));
    // It cannot be written to, and nobody said so.
    let forum = world.sandbox.telegram.forum(GROUP).unwrap();
    world.sandbox.telegram.put_forum(GROUP, Forum { bot_is_in: true, ..forum.clone() });
    in_group(&world, SELLER, None, "/noticeshere").await;
    world.sandbox.telegram.put_forum(GROUP, Forum { bot_is_in: false, ..forum });
    sell(&world, 3_004).await;
    assert_eq!((told(&world), home(&world)), ([0, 4, 4], 3));
    world.end().await;
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_is_followed_whether_it_was_told_or_not() {
    for says_so in [true, false] {
        let world = with_group().await;
        let forum = world.sandbox.telegram.forum(GROUP).unwrap();
        world.sandbox.telegram.put_forum(GROUP, Forum { bot_makes_topics: true, ..forum });
        in_group(&world, SELLER, None, "/noticeshere").await;
        in_group(&world, SELLER, None, "/staffgroup").await;
        world.say(ANN, "/support").await;
        world.say(ANN, "before the move").await;
        let new = GROUP - 1;
        world.sandbox.telegram.move_forum(GROUP, new, says_so);
        world.settled().await;
        sell(&world, 3_001).await;
        world.say(ANN, "after the move").await;
        assert_eq!((world.count(new, "Sold to"), told(&world)), (1, [0, 0, 0]), "{}", world.transcript(new));
        assert_eq!(world.count(new, "after the move"), 1);
        assert_eq!(world.sandbox.telegram.forum(new).unwrap().topics.len(), 2, "the customer keeps the topic");
        assert!(has(&world.message(new, "after the move"), "after"));
        assert_eq!(world.shop().notice_place().await.unwrap().unwrap().chat, new);
        assert_eq!(world.shop().staff_group().await.unwrap(), Some(new));
        world.end().await;
    }
}

// The picture of the shop.

#[tokio::test]
async fn a_picture_stands_above_the_greeting_until_it_is_taken_away() {
    let mut world = World::new().await;
    let has_picture = |world: &World, user: i64| world.newest(user)["photo"]["file_id"].is_string();
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Picture").await;
    assert_shown(&world, "A picture above the greeting");
    world.say(SELLER, "later").await;
    assert_shown(&world, "That is no picture");
    world.upload(SELLER, "notes.txt", b"no picture".to_vec(), false).await;
    assert_shown(&world, "no picture that Telegram can show");
    world.restart().await;
    world.upload(SELLER, "front.png", crate::world::picture(), false).await;
    assert_shown(&world, "Buyers see this picture now");
    world.say(ANN, "/start").await;
    assert!(has_picture(&world, ANN) && world.shown(ANN).contains("Night Owl Store"), "{}", world.transcript(ANN));
    // Around the shop and back, in one message.
    world.tap(ANN, "Licence keys").await;
    world.tap(ANN, "Editor Pro").await;
    world.tap(ANN, "Back").await;
    world.tap(ANN, "Back").await;
    assert!(has_picture(&world, ANN), "{}", world.transcript(ANN));
    assert_eq!(world.count(ANN, "Night Owl Store"), 1, "one message moves through the shop");
    world.say(SELLER, "/settings").await;
    world.tap(SELLER, "Picture").await;
    assert!(has_picture(&world, SELLER), "as it is now");
    world.tap(SELLER, "Remove").await;
    assert_shown(&world, "The picture is gone");
    world.say(ANN, "/start").await;
    assert!(!has_picture(&world, ANN));
    world.end().await;
}

// A photo as an answer.

const PRINTS: &str = r#"shop: { name: { en: Print Shop }, currency: USD }
products:
  - { id: print, name: { en: Print }, price: "12.50", kind: manual, ask: [
      { id: motif, kind: photo, label: { en: Which photo shall we print? } },
      { id: name, kind: text, label: { en: Your name? } } ] }
"#;

#[tokio::test]
async fn a_buyer_answers_with_a_photo_and_the_seller_sees_it_with_the_order() {
    let mut world = World::with(crate::world::Options { catalog: PRINTS.to_owned(), ..crate::world::Options::default() }).await;
    world.say(ANN, "/start p_print").await;
    world.tap(ANN, "Buy ·").await;
    world.sees(ANN, "Please send a photo here").await;
    let wanted = "A photo is wanted here";
    world.say(ANN, "a cat, please").await;
    assert_eq!(world.count(ANN, wanted), 1);
    world.upload(ANN, "cat.txt", b"meow".to_vec(), false).await;
    assert_eq!(world.count(ANN, wanted), 2);
    let sticker = format!(
        r#"{{"message":{{"message_id":4000,"date":1,"chat":{{"id":{ANN},"type":"private"}},"from":{{"id":{ANN},"is_bot":false,"first_name":"Ann"}},"sticker":{{"file_id":"x"}}}}}}"#
    );
    world.sandbox.telegram.put_update(&serde_json::from_str(&sticker).unwrap());
    world.settled().await;
    assert_eq!(world.count(ANN, wanted), 3, "{}", world.transcript(ANN));
    let mut large = crate::world::picture();
    large.resize(20 * 1024 * 1024 + 1, 0);
    world.upload(ANN, "large.png", large, false).await;
    assert!(world.shown(ANN).contains("up to 20 MB"), "{}", world.transcript(ANN));
    world.restart().await;
    world.upload(ANN, "cat.png", crate::world::picture(), true).await;
    assert!(world.shown(ANN).contains("Your name?"), "{}", world.transcript(ANN));
    // A photo is no name, and nobody types a photo.
    world.upload(ANN, "me.png", crate::world::picture(), true).await;
    assert!(world.shown(ANN).contains("text"), "{}", world.transcript(ANN));
    world.say(ANN, "\u{2}photo:forged").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let order = world.order_of(ANN).await;
    assert_eq!(order.lines[0].answers[1].1, "photo:forged", "words stay words");
    let notice = world.message(SELLER, "Sold to");
    assert!(has(&notice, "Which photo shall we print? 🖼 photo") && !has(&notice, "Show"), "{notice}");
    world.tap(SELLER, "Show photo").await;
    let shown_photo = world.newest(SELLER);
    let sent = world.messages(ANN).into_iter().find(|message| message["photo"].is_object()).unwrap();
    assert_eq!(shown_photo["photo"]["file_id"], sent["photo"]["file_id"], "{}", world.transcript(SELLER));
    assert!(has(&shown_photo, "Which photo") && has(&shown_photo, order.id.as_str()));
    world.say(SELLER, &format!("/order {}", order.id)).await;
    assert!(world.shown(SELLER).contains("🖼 photo"));
    world.tap(SELLER, "Show photo").await;
    assert_eq!(world.newest(SELLER)["photo"]["file_id"], sent["photo"]["file_id"]);
    world.tap(SELLER, "‹ Panel").await;
    // Kept sealed.
    let file_id = sent["photo"]["file_id"].as_str().unwrap();
    let answer = kiosk::domain::answer::Photo::in_answer(&order.lines[0].answers[0].1).unwrap();
    assert!(answer.file_id.starts_with(file_id) || file_id.starts_with(&answer.file_id), "{answer:?} {file_id}");
    for name in ["kiosk.db", "kiosk.db-wal"] {
        let bytes = std::fs::read(world.data_dir().join(name)).unwrap_or_default();
        assert!(!bytes.windows(answer.file_id.len()).any(|window| window == answer.file_id.as_bytes()), "{name}");
    }
    // Nobody else sees it.
    world.say(BEN, "/start").await;
    world.send_data(BEN, id_of(&world.newest(BEN)), &format!("jv:{}:0", order.id)).await;
    assert!(!world.newest(BEN)["photo"].is_object());
    world.end().await;
}

#[tokio::test]
async fn a_picture_that_came_as_a_file_is_shown_as_a_file_and_the_wizard_asks_for_photos() {
    let world = World::new().await;
    world.say(SELLER, "/new").await;
    world.tap(SELLER, "By hand").await;
    for words in ["Print", "5"] {
        world.say(SELLER, words).await;
    }
    for _ in 0..3 {
        world.tap(SELLER, "Skip").await;
    }
    world.tap(SELLER, "🖼 Photo").await;
    world.tap(SELLER, "Put on sale").await;
    world.say(ANN, "/start").await;
    world.tap(ANN, "Print").await;
    world.tap(ANN, "Buy ·").await;
    world.upload(ANN, "cat.png", crate::world::picture(), false).await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.tap(SELLER, "Show photo").await;
    let document = world.newest(SELLER);
    assert_eq!(document["document"]["file_name"], "cat.png", "{}", world.transcript(SELLER));
    world.say(SELLER, &format!("/order {}", world.order_of(ANN).await.id)).await;
    world.tap(SELLER, "Hand over").await;
    assert!(world.shown(SELLER).contains("🖼 photo"));
    // Looking at it leaves the form open.
    world.tap(SELLER, "Show photo").await;
    world.say(SELLER, "In the post.").await;
    world.sees(ANN, "In the post.").await;
    world.tap(SELLER, "‹ Panel").await;
    world.end().await;
}

// Writing to a buyer.

#[tokio::test]
async fn writing_about_an_order_is_writing_to_its_buyer_and_leaves_a_deed() {
    let world = World::new().await;
    world.appoint(HELPER, Role::Support).await;
    world.order(ANN, "editor").await;
    let order = world.order_of(ANN).await.id;
    world.say(HELPER, &format!("/order {order}")).await;
    world.tap(HELPER, "Write").await;
    world.say(HELPER, "Shall we wait for you?").await;
    assert!(world.shown(HELPER).contains("On its way to the customer") && world.shown(HELPER).contains(order.as_str()));
    world.tap(HELPER, "‹ Panel").await;
    let message = world.sees(ANN, "Shall we wait for you?").await;
    assert!(has(&message, order.as_str()), "{message}");
    // The buyer answers with the button under it.
    world.tap(ANN, "Answer").await;
    world.say(ANN, "Until tonight.").await;
    world.sees(HELPER, "Until tonight.").await;
    // Who serves orders writes from an order alone.
    world.send_data(HELPER, id_of(&world.newest(HELPER)), &format!("vw:{ANN}")).await;
    world.say(SELLER, &format!("/customer {ANN}")).await;
    world.tap(SELLER, "Write").await;
    world.say(SELLER, "Hello from the shop.").await;
    world.sees(ANN, "Hello from the shop.").await;
    world.say(SELLER, &format!("/order {order}")).await;
    world.tap(SELLER, "Cancel order").await;
    world.tap(SELLER, "Yes, cancel it").await;
    world.sees(ANN, "The seller has cancelled order").await;
    world.tap(SELLER, "‹ Panel").await;
    let done = world.shop().store.read().await.unwrap().audit(&kiosk::store::AuditOf::Order(order.clone()), 0, 10).await.unwrap();
    let done: Vec<(&str, i64, Option<CustomerId>)> = done.iter().map(|entry| (entry.kind.code(), entry.who.0, entry.customer)).collect();
    assert_eq!(done, [("order_cancelled", SELLER, Some(CustomerId(ANN))), ("written_to", HELPER, Some(CustomerId(ANN)))]);
    world.end().await;
}
