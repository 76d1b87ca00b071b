//! Channels and groups of the fake Telegram: it refuses what the real one refuses.

use kiosk::clock::Clock;
use kiosk::sandbox::cryptocloud::Keys;
use kiosk::sandbox::telegram::{Opened, Place};
use kiosk::sandbox::{Options, Sandbox, User};
use serde_json::{Value, json};

use crate::world::{http, serve};

const TOKEN: &str = "7000000003:places";
const BOT: i64 = 7_000_000_003;
const ROOM: i64 = -1_001_000_000_001;
const OWNER: i64 = 1;
const ANN: i64 = 2;

struct Stage {
    sandbox: Sandbox,
    base: String,
}

impl Stage {
    async fn new() -> Self {
        let provider = Keys { api_key: "k".to_owned(), shop_id: "s".to_owned(), secret_key: "x".to_owned() };
        let (clock, users) = (Clock::manual(1_000), vec![User::stranger(OWNER), User::stranger(ANN)]);
        let sandbox = Sandbox::new(Options { clock, bot_token: TOKEN.to_owned(), provider, state_dir: None, users });
        sandbox.telegram.put_place(ROOM, Place::channel("Room", OWNER));
        let base = serve(sandbox.router()).await;
        Self { sandbox, base }
    }

    async fn call(&self, method: &str, body: Value) -> Value {
        let url = format!("{}/telegram/bot{TOKEN}/{method}", self.base);
        http().post(url).json(&body).send().await.unwrap().json().await.unwrap()
    }

    async fn done(&self, method: &str, body: Value) -> Value {
        let answer = self.call(method, body).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["result"].clone()
    }

    #[track_caller]
    fn refused(answer: &Value, code: i64, why: &str) {
        assert_eq!((answer["ok"].as_bool(), answer["error_code"].as_i64()), (Some(false), Some(code)), "{answer}");
        assert!(answer["description"].as_str().unwrap().contains(why), "{answer}");
    }

    fn change(&self, change: impl FnOnce(&mut Place)) {
        let mut place = self.sandbox.telegram.places()[&ROOM].clone();
        change(&mut place);
        self.sandbox.telegram.put_place(ROOM, place);
    }
}

#[tokio::test]
async fn a_link_that_asks_lets_in_whom_the_bot_approves_and_nobody_twice() {
    let stage = Stage::new().await;
    let link = stage.done("createChatInviteLink", json!({"chat_id": ROOM, "name": "one", "creates_join_request": true})).await;
    let named = link["invite_link"].as_str().unwrap();
    assert_eq!((&link["creates_join_request"], &link["is_revoked"]), (&true.into(), &false.into()));
    let who = json!({"chat_id": ROOM, "user_id": ANN});
    Stage::refused(&stage.call("approveChatJoinRequest", who.clone()).await, 400, "HIDE_REQUESTER_MISSING");
    stage.done("getUpdates", json!({"allowed_updates": ["chat_join_request", "chat_member"]})).await;
    assert_eq!(stage.sandbox.telegram.open_link(ANN, named).unwrap(), Opened::Asked);
    let updates = stage.done("getUpdates", json!({})).await;
    assert_eq!(updates[0]["chat_join_request"]["invite_link"]["invite_link"], named);
    assert_eq!((&updates[0]["chat_join_request"]["from"]["id"], stage.sandbox.telegram.is_in(ROOM, ANN)), (&ANN.into(), false));
    stage.done("approveChatJoinRequest", who.clone()).await;
    assert!(stage.sandbox.telegram.is_in(ROOM, ANN));
    Stage::refused(&stage.call("approveChatJoinRequest", who.clone()).await, 400, "USER_ALREADY_PARTICIPANT");
    let updates = stage.done("getUpdates", json!({})).await;
    assert_eq!(updates[1]["chat_member"]["new_chat_member"]["status"], "member");
    assert_eq!(stage.sandbox.telegram.open_link(ANN, named).unwrap(), Opened::Member);

    // Out, and in again only by asking again.
    stage.done("banChatMember", who.clone()).await;
    assert!(stage.sandbox.telegram.open_link(ANN, named).is_err(), "banned");
    stage.done("unbanChatMember", json!({"chat_id": ROOM, "user_id": ANN, "only_if_banned": true})).await;
    assert_eq!(stage.sandbox.telegram.open_link(ANN, named).unwrap(), Opened::Asked);
    stage.done("declineChatJoinRequest", who).await;
    assert!(!stage.sandbox.telegram.is_in(ROOM, ANN));
    stage.done("revokeChatInviteLink", json!({"chat_id": ROOM, "invite_link": named})).await;
    assert!(stage.sandbox.telegram.open_link(ANN, named).is_err());
}

#[tokio::test]
async fn a_link_with_a_limit_is_used_up_and_one_with_a_date_ends() {
    let stage = Stage::new().await;
    let single = stage.done("createChatInviteLink", json!({"chat_id": ROOM, "member_limit": 1})).await;
    let single = single["invite_link"].as_str().unwrap();
    assert_eq!(stage.sandbox.telegram.open_link(ANN, single).unwrap(), Opened::Joined);
    stage.sandbox.telegram.put_user(User::stranger(3));
    assert!(stage.sandbox.telegram.open_link(3, single).is_err());
    let dated = stage.done("createChatInviteLink", json!({"chat_id": ROOM, "expire_date": 2_000})).await;
    stage.sandbox.clock.advance(1_000);
    assert!(stage.sandbox.telegram.open_link(3, dated["invite_link"].as_str().unwrap()).is_err());
    let both = json!({"chat_id": ROOM, "member_limit": 1, "creates_join_request": true});
    Stage::refused(&stage.call("createChatInviteLink", both).await, 400, "member limit can't be specified");
    let long = json!({"chat_id": ROOM, "name": "x".repeat(33)});
    Stage::refused(&stage.call("createChatInviteLink", long).await, 400, "name");
}

#[tokio::test]
async fn the_bot_does_what_its_rights_allow() {
    let stage = Stage::new().await;
    let me = json!({"chat_id": ROOM, "user_id": BOT});
    let member = stage.done("getChatMember", me.clone()).await;
    assert_eq!((&member["status"], &member["can_invite_users"]), (&"administrator".into(), &true.into()));
    assert_eq!(stage.done("getChat", json!({"chat_id": ROOM})).await["title"], "Room");
    let owner = json!({"chat_id": ROOM, "user_id": OWNER});
    Stage::refused(&stage.call("banChatMember", owner).await, 400, "can't remove chat owner");
    Stage::refused(&stage.call("banChatMember", json!({"chat_id": ROOM, "user_id": 999})).await, 400, "PARTICIPANT_ID_INVALID");
    stage.change(|place| (place.can_invite_users, place.can_restrict_members) = (false, false));
    Stage::refused(&stage.call("createChatInviteLink", json!({"chat_id": ROOM})).await, 400, "not enough rights");
    Stage::refused(&stage.call("banChatMember", json!({"chat_id": ROOM, "user_id": ANN})).await, 400, "not enough rights");
    for (bot, code, why) in [("left", 403, "bot is not a member of the channel chat"), ("kicked", 403, "bot was kicked")] {
        stage.change(|place| bot.clone_into(&mut place.bot));
        for method in ["getChat", "getChatMember", "createChatInviteLink", "banChatMember"] {
            Stage::refused(&stage.call(method, me.clone()).await, code, why);
        }
    }
    Stage::refused(&stage.call("getChat", json!({"chat_id": -5})).await, 400, "chat not found");
}

#[tokio::test]
async fn a_chooser_gives_the_bot_its_rights_and_is_checked() {
    let stage = Stage::new().await;
    stage.change(|place| (place.bot, place.can_invite_users, place.can_restrict_members) = ("left".to_owned(), false, false));
    stage.sandbox.telegram.say(OWNER, "/start").unwrap();
    let rights = json!({"can_invite_users": true, "can_restrict_members": false});
    let button = json!({"text": "Channel", "request_chat": {"request_id": 1, "chat_is_channel": true,
        "user_administrator_rights": rights, "bot_administrator_rights": rights}});
    let send = |button: &Value| json!({"chat_id": OWNER, "text": "Which?", "reply_markup": {"keyboard": [[button]]}});
    let mut greedy = button.clone();
    greedy["request_chat"]["bot_administrator_rights"]["can_restrict_members"] = true.into();
    Stage::refused(&stage.call("sendMessage", send(&greedy)).await, 400, "subset");
    let mut nameless = button.clone();
    nameless["request_chat"].as_object_mut().unwrap().remove("request_id");
    Stage::refused(&stage.call("sendMessage", send(&nameless)).await, 400, "request_id");
    let sent = stage.done("sendMessage", send(&button)).await;
    let message = i32::try_from(sent["message_id"].as_i64().unwrap()).unwrap();
    assert!(stage.sandbox.telegram.choose_place(ANN, message, "Channel", ROOM).is_err(), "not in this chat");
    stage.sandbox.telegram.choose_place(OWNER, message, "Channel", ROOM).unwrap();
    let place = stage.sandbox.telegram.places()[&ROOM].clone();
    assert_eq!((place.bot.as_str(), place.can_invite_users, place.can_restrict_members), ("administrator", true, false));
    let updates = stage.done("getUpdates", json!({})).await;
    let last = updates.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["message"]["chat_shared"], json!({"request_id": 1, "chat_id": ROOM}));
}

#[tokio::test]
async fn people_of_the_page_open_links_and_places_outlive_a_restart() {
    let stage = Stage::new().await;
    let link = stage.done("createChatInviteLink", json!({"chat_id": ROOM, "creates_join_request": true})).await;
    let url = format!("{}/sandbox/users/{ANN}/joins", stage.base);
    let answer: Value = http().post(&url).json(&json!({"link": link["invite_link"]})).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["result"], "asked");
    let lost = http().post(&url).json(&json!({"link": "https://t.me/+nothing"})).send().await.unwrap();
    assert_eq!(lost.status(), 404);
    let state: Value = http().get(format!("{}/sandbox/state", stage.base)).send().await.unwrap().json().await.unwrap();
    assert_eq!(state["places"][ROOM.to_string()]["title"], "Room");
    let place = json!({"title": "Hall", "type": "supergroup", "bot": "member"});
    let url = format!("{}/sandbox/places/-1009", stage.base);
    assert_eq!(http().put(url).json(&place).send().await.unwrap().status(), 200);
    assert_eq!(stage.sandbox.telegram.places()[&-1_009].title, "Hall");
}
