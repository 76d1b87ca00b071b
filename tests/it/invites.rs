//! Invitations: the buyer gets into a private channel or group, stays as long as was paid for, and nobody else comes in.

use kiosk::domain::order::{Delivery, OrderState};
use kiosk::domain::product::{Kind, ProductId, ProductState};
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::sandbox::telegram::{Opened, Place, Saying};
use kiosk::shop::products::Change;
use kiosk::shop::solve::Solved;
use kiosk::store::CaseKind;
use serde_json::json;

use crate::world::{ANN, BEN, CATALOG, Options, SELLER, World, buttons, id_of, text_of};

pub const OWLS: i64 = -1_001_000_000_007;
pub const DAY: u32 = 86_400;

/// The shop of the plays with three ways into one channel.
pub async fn shop() -> World {
    let catalog = format!(
        "{CATALOG}  - {{ id: owls, name: {{ en: Night Owls }}, price: \"5\", kind: invite, quantity: {{ max: 12 }}, invite: {{ chat: {OWLS}, title: Night Owls, days: 30 }} }}
  - {{ id: forever, name: {{ en: Owls for good }}, price: \"50\", kind: invite, invite: {{ chat: {OWLS}, title: Night Owls }} }}
  - {{ id: pass, name: {{ en: One night }}, price: \"1\", kind: invite, invite: {{ chat: {OWLS}, title: Night Owls, days: 1 }} }}\n"
    );
    let world = World::with(Options { catalog, ..Options::default() }).await;
    world.sandbox.telegram.put_place(OWLS, Place::channel("Night Owls", SELLER));
    world
}

pub async fn buy(world: &World, user: i64, product: &str) {
    let invoice = world.order(user, product).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
}

/// Every link in somebody's chat, in words and on buttons.
pub fn links(world: &World, user: i64) -> Vec<String> {
    let mut links = Vec::new();
    for message in world.messages(user) {
        links.extend(text_of(&message).split_whitespace().filter(|word| word.starts_with("https://t.me/+")).map(str::to_owned));
        links.extend(buttons(&message).iter().filter_map(|button| button["url"].as_str().map(str::to_owned)));
    }
    links.sort();
    links.dedup();
    links
}

pub fn link(world: &World, user: i64) -> String {
    let links = links(world, user);
    assert_eq!(links.len(), 1, "{}", world.transcript(user));
    links[0].clone()
}

pub async fn open(world: &World, user: i64, link: &str) -> Opened {
    let opened = world.sandbox.telegram.open_link(user, link).unwrap();
    world.settled().await;
    opened
}

pub fn is_in(world: &World, user: i64) -> bool {
    world.sandbox.telegram.is_in(OWLS, user)
}

pub fn rights(world: &World, invite: bool, remove: bool) {
    let mut place = world.sandbox.telegram.places()[&OWLS].clone();
    (place.can_invite_users, place.can_restrict_members) = (invite, remove);
    world.sandbox.telegram.put_place(OWLS, place);
}

#[tokio::test]
async fn a_buyer_is_let_in_reminded_and_taken_out_when_the_time_is_over() {
    let world = shop().await;
    world.say(ANN, "/start p_owls").await;
    assert!(text_of(&world.newest(ANN)).contains("for 30 days"));
    buy(&world, ANN, "owls").await;
    world.sees(ANN, "Your way into Night Owls").await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Completed);
    assert_eq!(open(&world, ANN, &link(&world, ANN)).await, Opened::Asked);
    assert!(is_in(&world, ANN));
    world.advance(26 * DAY).await;
    assert_eq!(world.count(ANN, "Your time in Night Owls ends"), 0);
    world.advance(DAY + 60).await;
    world.sees(ANN, "Your time in Night Owls ends").await;
    assert!(is_in(&world, ANN));
    world.advance(3 * DAY).await;
    world.sees(ANN, "Your time in Night Owls is over").await;
    assert!(!is_in(&world, ANN));
    assert_eq!(world.count(ANN, "Your time in Night Owls ends"), 1);
    let old = link(&world, ANN);
    assert!(world.sandbox.telegram.open_link(ANN, &old).is_err(), "the link ended with the time");

    // Again, with another link.
    world.tap(ANN, "Renew").await;
    world.tap(ANN, "Buy ·").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let new = links(&world, ANN).into_iter().find(|link| *link != old).unwrap();
    open(&world, ANN, &new).await;
    assert!(is_in(&world, ANN));
    world.end().await;
}

#[tokio::test]
async fn a_link_that_was_passed_on_lets_nobody_in_but_its_buyer() {
    let world = shop().await;
    buy(&world, ANN, "owls").await;
    let link = link(&world, ANN);
    world.say(BEN, "/start").await;
    open(&world, BEN, &link).await;
    assert!(!is_in(&world, BEN));
    assert!(world.sandbox.telegram.places()[&OWLS].requests.is_empty(), "Ben was sent away");
    open(&world, ANN, &link).await;
    assert!(is_in(&world, ANN), "the link is as good as before");

    // Whom another administrator invites is that administrator's business.
    let mut place = world.sandbox.telegram.places()[&OWLS].clone();
    place.requests.insert(BEN, "https://t.me/+ofsomebodyelse".to_owned());
    world.sandbox.telegram.put_place(OWLS, place);
    let knock = json!({"chat_join_request": {"chat": {"id": OWLS, "type": "channel"}, "from": {"id": BEN, "is_bot": false, "first_name": "Ben"},
        "user_chat_id": BEN, "date": 1, "invite_link": {"invite_link": "https://t.me/+ofsomebodyelse"}}});
    world.sandbox.telegram.put_update(knock.as_object().unwrap());
    world.settled().await;
    assert_eq!(world.sandbox.telegram.places()[&OWLS].requests.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn buying_again_goes_on_from_the_end_and_keeps_the_link() {
    let world = shop().await;
    buy(&world, ANN, "owls").await;
    let first = link(&world, ANN);
    open(&world, ANN, &first).await;
    world.advance(20 * DAY).await;
    buy(&world, ANN, "owls").await;
    assert_eq!(link(&world, ANN), first);
    assert_eq!(world.sandbox.telegram.calls("createChatInviteLink"), 1);
    world.advance(20 * DAY).await;
    assert!(is_in(&world, ANN), "forty days of sixty");
    world.advance(21 * DAY).await;
    assert!(!is_in(&world, ANN));

    // Several at once, and for good.
    world.say(ANN, "/start p_owls").await;
    world.tap(ANN, "+").await;
    world.tap(ANN, "Buy · 10.00 USD").await;
    let invoice = world.pick_usdt(ANN).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let second = links(&world, ANN).into_iter().find(|link| *link != first).unwrap();
    open(&world, ANN, &second).await;
    world.advance(59 * DAY).await;
    assert!(is_in(&world, ANN));
    buy(&world, ANN, "forever").await;
    world.advance(400 * DAY).await;
    assert!(is_in(&world, ANN));
    world.say(ANN, "/start p_owls").await;
    world.tap(ANN, "Buy ·").await;
    world.hears(ANN, "for good").await;
    world.end().await;
}

#[tokio::test]
async fn a_link_whose_answer_was_lost_is_made_once_more_and_the_buyer_has_one() {
    let mut world = shop().await;
    let invoice = world.order(ANN, "owls").await;
    let lost = CallFaults {
        methods: vec!["createChatInviteLink".to_owned()],
        times: Some(1),
        close: true,
        after_accepting: true,
        ..CallFaults::default()
    };
    world.faults(Faults { telegram: lost, ..Faults::default() });
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.wait(20).await;
    let link = link(&world, ANN);
    assert_eq!(world.sandbox.telegram.calls("createChatInviteLink"), 2, "one of them is known to nobody");
    world.restart().await;
    world.say(ANN, "/orders").await;
    world.tap(ANN, "Night Owls").await;
    world.tap(ANN, "Send goods again").await;
    assert!(links(&world, ANN).iter().eq([&link]), "again, and the same");
    open(&world, ANN, &link).await;
    assert!(is_in(&world, ANN));
    world.end().await;
}

#[tokio::test]
async fn an_order_waits_for_the_seller_when_the_bot_may_not_invite_any_more() {
    let world = shop().await;
    let invoice = world.order(ANN, "owls").await;
    rights(&world, false, true);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "The seller must look after it").await;
    world.sees(SELLER, "not enough rights").await;
    assert_eq!(world.order_of(ANN).await.lines[0].delivery, Delivery::Held);
    assert_eq!(world.cases().await[0].kind, CaseKind::Undeliverable);
    world.check().await;

    // Tried again too early, it is a case again.
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Serve now").await;
    world.tap(SELLER, "‹ Panel").await;
    assert_eq!(world.cases().await.len(), 1);
    rights(&world, true, true);
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "Goods could not be sent").await;
    world.tap(SELLER, "Serve now").await;
    assert!(world.cases().await.is_empty());
    world.tap(SELLER, "‹ Panel").await;
    open(&world, ANN, &link(&world, ANN)).await;
    assert!(is_in(&world, ANN));
    world.advance(31 * DAY).await;
    assert!(!is_in(&world, ANN), "the time ran from the link on, not from the payment");
    world.end().await;
}

#[tokio::test]
async fn who_stands_at_a_door_that_the_bot_may_not_open_gets_in_once_it_may() {
    let world = shop().await;
    buy(&world, ANN, "owls").await;
    let link = link(&world, ANN);
    world.sandbox.telegram.open_link(ANN, &link).unwrap();
    rights(&world, false, true);
    world.settled().await;
    if !is_in(&world, ANN) {
        world.sees(ANN, "The seller must look after it").await;
        assert_eq!(world.cases().await.len(), 1);
    }
    rights(&world, true, true);
    world.advance(601).await;
    assert!(is_in(&world, ANN));
    assert!(world.cases().await.is_empty());
    world.end().await;
}

/// Ann stands at a door that the bot may not open, and has her newest order's money back before it may.
async fn gets_the_money_back_at_the_door(world: &mut World) {
    let link = link(world, ANN);
    world.stop().await;
    world.sandbox.telegram.open_link(ANN, &link).unwrap();
    rights(world, false, true);
    world.start_again().await;
    world.settled().await;
    let case = world.cases().await.remove(0);
    assert_eq!(world.shop().record_refund(&case.id, "tx 0xdoor").await.unwrap(), Solved::Done);
    rights(world, true, true);
    world.advance(7_200).await;
}

#[tokio::test]
async fn who_got_the_money_back_at_the_door_is_not_let_in_any_more() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    gets_the_money_back_at_the_door(&mut world).await;
    assert!(!is_in(&world, ANN) && world.cases().await.is_empty(), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn who_got_the_money_of_one_of_two_orders_back_is_let_in_for_the_other() {
    let mut world = shop().await;
    buy(&world, ANN, "owls").await;
    buy(&world, ANN, "owls").await;
    gets_the_money_back_at_the_door(&mut world).await;
    assert!(is_in(&world, ANN), "{}", world.transcript(ANN));
    world.end().await;
}

#[tokio::test]
async fn a_member_whom_the_bot_may_not_take_out_is_a_case_until_it_may() {
    let world = shop().await;
    buy(&world, ANN, "owls").await;
    open(&world, ANN, &link(&world, ANN)).await;
    rights(&world, true, false);
    world.advance(31 * DAY).await;
    world.advance(7_200).await;
    assert!(is_in(&world, ANN));
    let cases = world.cases().await;
    assert_eq!((cases.len(), cases[0].kind), (1, CaseKind::NotRemoved));
    world.sees(SELLER, "A member could not be taken out").await;
    world.say(SELLER, "/cases").await;
    world.tap(SELLER, "A member could not be taken out").await;
    world.sees(SELLER, "with the right to ban users").await;
    rights(&world, true, true);
    world.advance(3_700).await;
    assert!(!is_in(&world, ANN));
    assert!(world.cases().await.is_empty());
    world.sees(ANN, "is over").await;
    world.end().await;
}

/// From the panel to the question where the invitation leads.
async fn begin(world: &World) {
    world.say(SELLER, "/new").await;
    for (tap, words) in [("Invitation", "Owl Club"), ("", "7")] {
        if !tap.is_empty() {
            world.tap(SELLER, tap).await;
        }
        world.say(SELLER, words).await;
    }
    for _ in 0..3 {
        world.tap(SELLER, "Skip").await;
    }
}

fn asked(world: &World) -> String {
    world.messages(SELLER).iter().filter(|message| message["from"] == "bot").map(text_of).collect::<Vec<_>>().join("\n---\n")
}

#[tokio::test]
async fn the_seller_sets_an_invitation_up_by_what_the_bot_says() {
    let world = World::with(Options { catalog: "shop: { name: { en: New }, currency: USD }\n".to_owned(), ..Options::default() }).await;
    let place = Place { bot: "left".to_owned(), can_invite_users: false, can_restrict_members: false, ..Place::channel("Owls", SELLER) };
    world.sandbox.telegram.put_place(OWLS, place.clone());
    begin(&world).await;
    world.sees(SELLER, "Into which channel or group do buyers get?").await;

    // What names nothing, and what is not ready.
    for words in ["Owls", "🦉", "@owls", "قناة", "7", "0", "-", &"9".repeat(4_000)] {
        world.say(SELLER, words).await;
        assert!(asked(&world).ends_with("like -1001234567890.") || asked(&world).contains("names no channel"), "{words}");
    }
    world.say(SELLER, "-1001999").await;
    world.sees(SELLER, "I cannot see that channel").await;
    world.say(SELLER, &OWLS.to_string()).await;
    world.sees(SELLER, "Add me there as an administrator first").await;
    world.sandbox.telegram.put_place(OWLS, Place { bot: "member".to_owned(), ..place.clone() });
    world.say(SELLER, &OWLS.to_string()).await;
    world.sees(SELLER, "I am no administrator of Owls").await;
    world.sandbox.telegram.put_place(OWLS, Place { bot: "administrator".to_owned(), ..place.clone() });
    world.say(SELLER, &OWLS.to_string()).await;
    world.sees(SELLER, "In Owls I may not invite users").await;
    let public = Place { username: Some("owls".to_owned()), ..Place::channel("Owls", SELLER) };
    world.sandbox.telegram.put_place(OWLS, public);
    world.say(SELLER, &OWLS.to_string()).await;
    world.sees(SELLER, "Owls is public").await;

    // On the keyboard, which makes the bot an administrator.
    world.sandbox.telegram.put_place(OWLS, place.clone());
    let message = world.message(SELLER, "Choose it here");
    world.sandbox.telegram.choose_place(SELLER, id_of(&message), "📢 Choose a channel", OWLS).unwrap();
    world.settled().await;
    world.sees(SELLER, "It leads into Owls, and I may let people in there").await;
    for words in ["0", "3661", "1.5", "forever"] {
        world.say(SELLER, words).await;
        assert!(text_of(&world.newest(SELLER)).starts_with("⚠️"), "{words}");
    }
    let mut weak = world.sandbox.telegram.places()[&OWLS].clone();
    weak.can_restrict_members = false;
    world.sandbox.telegram.put_place(OWLS, weak.clone());
    world.say(SELLER, "45").await;
    world.sees(SELLER, "I may not ban users").await;
    world.sandbox.telegram.put_place(OWLS, Place { can_restrict_members: true, ..weak });
    world.say(SELLER, "45").await;
    world.sees(SELLER, "Now it is: 45 days").await;
    world.tap(SELLER, "30 days").await;
    world.tap(SELLER, "Done").await;
    world.sees(SELLER, "Leads into Owls, 30 days").await;
    world.tap(SELLER, "Put on sale").await;
    let id = world.shop().product_page(0).await.unwrap().0[0].id.clone();
    let product = world.shop().any_product(&id).await.unwrap().unwrap().product;
    assert_eq!((product.kind, product.state), (Kind::Invite, ProductState::OnSale));
    buy(&world, ANN, id.as_str()).await;
    open(&world, ANN, &link(&world, ANN)).await;
    assert!(is_in(&world, ANN));

    // Afterwards it leads elsewhere, by a post of the other channel.
    let other = -1_001_000_000_008;
    world.sandbox.telegram.put_place(other, Place::channel("Eagles", SELLER));
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Owl Club").await;
    world.tap(SELLER, "Where it leads").await;
    let origin = json!({"type": "channel", "chat": {"id": other, "title": "Eagles", "type": "channel"}, "message_id": 3, "date": 1});
    let post = Saying { text: "A post".to_owned(), forward_origin: Some(origin), ..Saying::default() };
    world.sandbox.telegram.send(SELLER, post).unwrap();
    world.settled().await;
    world.sees(SELLER, "It leads into Eagles").await;
    world.end().await;
}

#[tokio::test]
async fn an_invitation_that_leads_nowhere_is_not_put_on_sale() {
    let world = World::with(Options { catalog: "shop: { name: { en: New }, currency: USD }\n".to_owned(), ..Options::default() }).await;
    begin(&world).await;
    world.tap(SELLER, "Done").await;
    world.sees(SELLER, "nothing to deliver yet").await;
    world.tap(SELLER, "Keep hidden").await;
    world.tap(SELLER, "Put on sale").await;
    world.hears(SELLER, "There is nothing to deliver yet").await;
    world.end().await;
}

/// What Owls is called once it is a supergroup.
const MOVED: i64 = -1_001_000_000_099;

/// Owls becomes a supergroup; the bot hears of it if it is `told`.
async fn moves(world: &World, told: bool) {
    let old = world.sandbox.telegram.places()[&OWLS].clone();
    world.sandbox.telegram.put_place(MOVED, old.clone());
    world.sandbox.telegram.put_place(OWLS, Place { links: Vec::new(), bot: "left".to_owned(), ..old });
    if told {
        let moved = json!({"message": {"message_id": 1, "date": 1, "chat": {"id": OWLS, "type": "group", "title": "Night Owls"},
            "from": {"id": 1_087_968_824, "is_bot": true, "first_name": "Group"}, "migrate_to_chat_id": MOVED}});
        world.sandbox.telegram.put_update(moved.as_object().unwrap());
    }
    world.settled().await;
}

#[tokio::test]
async fn who_paid_for_a_group_that_became_a_supergroup_is_let_in_and_taken_out_there() {
    let world = shop().await;
    buy(&world, ANN, "owls").await;
    moves(&world, true).await;
    open(&world, ANN, &link(&world, ANN)).await;
    assert!(world.sandbox.telegram.is_in(MOVED, ANN), "{}", world.transcript(ANN));
    buy(&world, BEN, "owls").await;
    open(&world, BEN, &link(&world, BEN)).await;
    assert!(world.sandbox.telegram.is_in(MOVED, BEN), "{}", world.transcript(BEN));
    world.advance(28 * DAY).await;
    world.sees(ANN, "Your time in Night Owls ends").await;
    world.advance(3 * DAY).await;
    for who in [ANN, BEN] {
        world.sees(who, "Your time in Night Owls is over").await;
        assert!(!world.sandbox.telegram.is_in(MOVED, who));
    }
    world.end().await;
}

#[tokio::test]
async fn who_bought_a_group_under_both_of_its_ids_has_the_time_of_both() {
    let world = shop().await;
    buy(&world, ANN, "owls").await;
    moves(&world, false).await;
    world.advance(60).await;
    // The seller chooses it anew, and the bot hears only later that it is the same.
    let (pass, title) = (ProductId::parse("pass").unwrap(), "Night Owls".to_owned());
    world.shop().change(&pass, "en", Change::InviteTo { chat: MOVED, title }).await.unwrap();
    buy(&world, ANN, "pass").await;
    world.shop().group_moved(OWLS, MOVED).await.unwrap();
    for link in links(&world, ANN) {
        open(&world, ANN, &link).await;
    }
    world.advance(30 * DAY + 3_600).await;
    assert!(world.sandbox.telegram.is_in(MOVED, ANN), "{}", world.transcript(ANN));
    world.advance(DAY).await;
    assert!(!world.sandbox.telegram.is_in(MOVED, ANN), "{}", world.transcript(ANN));
    world.end().await;
}
