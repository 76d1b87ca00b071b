//! What people do with channels and groups: opening links, and choosing one of theirs for the bot.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::places::{Opened, Place, chat_json, enter};
use super::refusal::Refusal;
use super::state::Message;
use super::{Telegram, Wrong, message as write, updates};

impl Telegram {
    /// Makes or changes a channel or group.
    pub fn put_place(&self, id: i64, place: Place) {
        self.alter(|state| {
            state.places.insert(id, place);
        });
    }

    /// Every channel and group, by id.
    pub fn places(&self) -> BTreeMap<i64, Place> {
        self.inner.look(|state| state.places.clone())
    }

    /// Whether somebody is in a channel or group.
    pub fn is_in(&self, id: i64, user: i64) -> bool {
        self.inner.look(|state| state.places.get(&id).is_some_and(|place| place.is_in(user)))
    }

    /// `user_id` opens a link, and joins or asks to.
    pub fn open_link(&self, user_id: i64, link: &str) -> Result<Opened, Wrong> {
        let inner = &self.inner;
        inner.change(|state| {
            let expired = || Wrong::new(404, "this link leads nowhere (any more)");
            let now = inner.clock.now();
            let person = state.people.get(&user_id).ok_or_else(|| Wrong::new(404, format!("there is no user {user_id}")))?;
            let from = write::user(person);
            let (id, place) = state
                .places
                .iter_mut()
                .find(|(_, place)| place.links.iter().any(|known| known.url == link))
                .map(|(id, place)| (*id, place))
                .ok_or_else(expired)?;
            if place.is_in(user_id) {
                return Ok(Opened::Member);
            }
            if place.members.get(&user_id).is_some_and(|status| status == "kicked") {
                return Err(Wrong::new(403, format!("user {user_id} was banned from {}", place.title)));
            }
            let known = place.links.iter_mut().find(|known| known.url == link).ok_or_else(expired)?;
            let is_over = known.expire_date.is_some_and(|end| now >= end);
            if known.revoked || is_over || known.member_limit.is_some_and(|limit| known.used >= limit) {
                return Err(expired());
            }
            if !known.creates_join_request {
                known.used += 1;
                enter(state, id, user_id, link, now);
                return Ok(Opened::Joined);
            }
            let known = known.clone();
            place.requests.insert(user_id, link.to_owned());
            let may_see = place.bot == "administrator" && place.can_invite_users;
            let (chat, place) = (chat_json(id, place), place.clone());
            let body = json!({
                "chat": chat, "from": from, "user_chat_id": user_id, "date": now,
                "invite_link": known.written(&inner.bot(state).user(), &place),
            });
            if may_see {
                updates::put(state, "chat_join_request", &body, format!("join {id}"), now);
            }
            Ok(Opened::Asked)
        })
    }

    /// `user_id` chooses a channel or group on the keyboard that came with a message, by the label of its button.
    pub fn choose_place(&self, user_id: i64, message_id: i32, label: &str, id: i64) -> Result<i32, Wrong> {
        let inner = &self.inner;
        inner.change(|state| {
            let message =
                state.message(user_id, message_id).ok_or_else(|| Wrong::new(404, format!("message {message_id} is not there")))?;
            let rows = message.other_markup.as_ref().and_then(|markup| markup.get("keyboard")).and_then(Value::as_array);
            let buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
            let mut wanted = buttons.filter(|button| button.get("text").and_then(Value::as_str) == Some(label));
            let request = wanted.find_map(|button| button.get("request_chat")).cloned();
            let request = request.ok_or_else(|| Wrong::new(404, format!("message {message_id} has no button \"{label}\" for a chat")))?;
            let place = state.places.get_mut(&id).ok_or_else(|| Wrong::new(404, format!("there is no channel or group {id}")))?;
            let is_channel = request.get("chat_is_channel") == Some(&Value::Bool(true));
            if is_channel != (place.kind == "channel") {
                return Err(Wrong::new(409, "a client would not show this one on that button"));
            }
            if !place.members.get(&user_id).is_some_and(|status| matches!(status.as_str(), "creator" | "administrator")) {
                return Err(Wrong::new(409, format!("user {user_id} does not administer {}", place.title)));
            }
            if let Some(rights) = request.get("bot_administrator_rights") {
                let right = |name: &str| rights.get(name) == Some(&Value::Bool(true));
                "administrator".clone_into(&mut place.bot);
                place.can_invite_users |= right("can_invite_users");
                place.can_restrict_members |= right("can_restrict_members");
            }
            let title = place.title.clone();
            let now = inner.clock.now();
            let message = state.place(user_id, Message { date: now, text: format!("📢 {title}"), ..Message::default() });
            let mut body = write::message(state, &inner.bot(state), user_id, &message);
            if let Some(fields) = body.as_object_mut() {
                fields.remove("text");
                fields.insert("chat_shared".to_owned(), json!({"request_id": request.get("request_id"), "chat_id": id}));
            }
            updates::put(state, "message", &body, format!("chat {user_id}"), now);
            Ok(message.id)
        })
    }
}

/// Checks the buttons of a keyboard under the field.
pub(crate) fn check_keyboard(rows: &Value) -> Result<(), Refusal> {
    let rows = rows.as_array().ok_or_else(|| Refusal::bad("field \"keyboard\" of the ReplyKeyboardMarkup must be an Array"))?;
    for row in rows {
        let row = row.as_array().ok_or_else(|| Refusal::bad("keyboard row must be an Array"))?;
        for button in row.iter().filter_map(|button| button.get("request_chat")) {
            check_request(button)?;
        }
    }
    Ok(())
}

fn check_request(request: &Value) -> Result<(), Refusal> {
    let wrong = |what: &str| Refusal::bad(format!("can't parse keyboard button: {what}"));
    if request.get("request_id").and_then(Value::as_i64).is_none() {
        return Err(wrong("Can't find field \"request_id\""));
    }
    if request.get("chat_is_channel").and_then(Value::as_bool).is_none() {
        return Err(wrong("Can't find field \"chat_is_channel\""));
    }
    let rights = |name: &str| request.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let (of_user, of_bot) = (rights("user_administrator_rights"), rights("bot_administrator_rights"));
    let granted = |right: &str| of_user.get(right) == Some(&Value::Bool(true));
    if of_bot.iter().any(|(right, on)| *on == Value::Bool(true) && !granted(right)) {
        return Err(wrong("the rights of the bot must be a subset of the user's"));
    }
    Ok(())
}
