//! Channels and groups: what the bot may do in them, links into them, who is in and who asks to be.
//!
//! Source: Bot API, "createChatInviteLink", "ChatJoinRequest", "banChatMember" and their neighbours; the sentences of refusals are of its
//! open server and its library.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::{Answer, Refusal};
use super::state::State;
use super::{Call, message as write, updates};

/// Characters.
const LINK_NAME_MAX: usize = 32;

/// A channel or a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub title: String,
    /// `channel`, `supergroup` or `group`.
    #[serde(default = "Place::kind_of_most", rename = "type")]
    pub kind: String,
    /// Public ones have one.
    #[serde(default)]
    pub username: Option<String>,
    /// What the bot is there: `administrator`, `member`, `left` or `kicked`.
    #[serde(default = "Place::left")]
    pub bot: String,
    #[serde(default)]
    pub can_invite_users: bool,
    #[serde(default)]
    pub can_restrict_members: bool,
    /// Everybody who is or was there, and what they are: `creator`, `administrator`, `member`, `left` or `kicked`.
    #[serde(default)]
    pub members: BTreeMap<i64, String>,
    #[serde(default)]
    pub links: Vec<Link>,
    /// Who asks to be let in, and by which link.
    #[serde(default)]
    pub requests: BTreeMap<i64, String>,
}

/// A way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its address.
    pub(super) url: String,
    pub(super) name: String,
    pub(super) creates_join_request: bool,
    pub(super) member_limit: Option<i64>,
    pub(super) used: i64,
    pub(super) expire_date: Option<i64>,
    pub(super) revoked: bool,
}

/// What came of opening a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opened {
    /// In.
    Joined,
    /// Whoever administers the place was asked.
    Asked,
    /// Was in already.
    Member,
}

impl Place {
    fn kind_of_most() -> String {
        "channel".to_owned()
    }

    fn left() -> String {
        "left".to_owned()
    }

    /// A private channel that the bot administers with every right it needs; `creator` owns it.
    pub fn channel(title: &str, creator: i64) -> Self {
        Self {
            title: title.to_owned(),
            kind: Self::kind_of_most(),
            username: None,
            bot: "administrator".to_owned(),
            can_invite_users: true,
            can_restrict_members: true,
            members: BTreeMap::from([(creator, "creator".to_owned())]),
            links: Vec::new(),
            requests: BTreeMap::new(),
        }
    }

    pub(super) fn is_in(&self, user: i64) -> bool {
        self.members.get(&user).is_some_and(|status| matches!(status.as_str(), "creator" | "administrator" | "member"))
    }

    fn word(&self) -> &'static str {
        if self.kind == "channel" { "channel chat" } else { "supergroup chat" }
    }
}

impl Link {
    pub(super) fn written(&self, bot: &Value, place: &Place) -> Value {
        let waiting = place.requests.values().filter(|link| **link == self.url).count();
        let mut link = json!({
            "invite_link": self.url, "creator": bot, "creates_join_request": self.creates_join_request, "is_primary": false,
            "is_revoked": self.revoked, "name": self.name,
        });
        if let Some(fields) = link.as_object_mut() {
            fields.extend(self.expire_date.map(|date| ("expire_date".to_owned(), json!(date))));
            fields.extend(self.member_limit.map(|limit| ("member_limit".to_owned(), json!(limit))));
            fields.extend((waiting > 0).then(|| ("pending_join_request_count".to_owned(), json!(waiting))));
        }
        link
    }
}

pub(super) fn chat_json(id: i64, place: &Place) -> Value {
    let mut chat = json!({"id": id, "title": place.title, "type": place.kind});
    if let (Some(username), Some(fields)) = (&place.username, chat.as_object_mut()) {
        fields.insert("username".to_owned(), json!(username));
    }
    chat
}

impl Call<'_> {
    /// The channel or group of the call, if the bot is in it.
    fn place_id(&self) -> Result<i64, Refusal> {
        let id = self.params.chat_id()?;
        let place = self.state.places.get(&id).ok_or_else(Refusal::chat_not_found)?;
        match place.bot.as_str() {
            "administrator" | "member" => Ok(id),
            "kicked" => Err(Refusal::new(403, format!("Forbidden: bot was kicked from the {}", place.word()))),
            _ if place.username.is_some() => Ok(id),
            _ => Err(Refusal::new(403, format!("Forbidden: bot is not a member of the {}", place.word()))),
        }
    }

    fn there(&mut self, id: i64) -> Result<&mut Place, Refusal> {
        self.state.places.get_mut(&id).ok_or_else(Refusal::chat_not_found)
    }

    /// The place, if the bot may invite there.
    fn inviting(&mut self, id: i64) -> Result<&mut Place, Refusal> {
        let place = self.there(id)?;
        if place.bot == "administrator" && place.can_invite_users {
            Ok(place)
        } else {
            Err(Refusal::bad("not enough rights to manage chat invite link"))
        }
    }

    fn user_id(&self) -> Result<i64, Refusal> {
        self.params.int("user_id")?.filter(|id| *id > 0).ok_or_else(|| Refusal::bad("invalid user_id specified"))
    }
}

/// `getChat`
pub(crate) fn get_chat(call: &mut Call) -> Answer {
    let id = call.params.chat_id()?;
    if let Some(person) = call.state.people.get(&id).filter(|person| person.wrote) {
        return Ok(write::chat(person));
    }
    let id = call.place_id()?;
    let mut chat = chat_json(id, call.there(id)?);
    if let Some(fields) = chat.as_object_mut() {
        fields.insert("accent_color_id".to_owned(), json!(0));
        fields.insert("max_reaction_count".to_owned(), json!(11));
    }
    Ok(chat)
}

/// `getChatMember`
pub(crate) fn get_member(call: &mut Call) -> Answer {
    let (id, user) = (call.place_id()?, call.user_id()?);
    let bot = call.inner.bot(call.state);
    let place = call.there(id)?;
    if user == bot.id {
        return Ok(match place.bot.as_str() {
            "administrator" => json!({
                "user": bot.user(), "status": "administrator", "can_be_edited": false, "is_anonymous": false, "can_manage_chat": true,
                "can_delete_messages": false, "can_manage_video_chats": false, "can_restrict_members": place.can_restrict_members,
                "can_promote_members": false, "can_change_info": false, "can_invite_users": place.can_invite_users,
                "can_post_stories": false, "can_edit_stories": false, "can_delete_stories": false,
            }),
            status => json!({"user": bot.user(), "status": status}),
        });
    }
    if place.bot != "administrator" {
        return Err(Refusal::bad("member list is inaccessible"));
    }
    let status = place.members.get(&user).cloned();
    let person = call.state.people.get(&user).ok_or_else(|| Refusal::bad("PARTICIPANT_ID_INVALID"))?;
    Ok(json!({"user": write::user(person), "status": status.unwrap_or_else(Place::left)}))
}

/// `createChatInviteLink`
pub(crate) fn create_link(call: &mut Call) -> Answer {
    let id = call.place_id()?;
    let (name, expire_date) = (call.params.text("name")?.to_owned(), call.params.int("expire_date")?.filter(|date| *date > 0));
    let member_limit = call.params.int("member_limit")?.filter(|limit| *limit > 0);
    let creates_join_request = call.params.flag("creates_join_request")?;
    if name.chars().count() > LINK_NAME_MAX {
        return Err(Refusal::bad("invite link name is too long"));
    }
    if member_limit.is_some_and(|limit| limit > 99_999) {
        return Err(Refusal::bad("member limit is too big"));
    }
    if creates_join_request && member_limit.is_some() {
        return Err(Refusal::bad("member limit can't be specified for links requiring administrator approval"));
    }
    let bot = call.inner.bot(call.state).user();
    call.inviting(id)?;
    call.state.last_link += 1;
    let url = format!("https://t.me/+{:016x}", call.state.last_link.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let link = Link { url, name, creates_join_request, member_limit, used: 0, expire_date, revoked: false };
    let place = call.there(id)?;
    let written = link.written(&bot, place);
    place.links.push(link);
    Ok(written)
}

/// `revokeChatInviteLink`
pub(crate) fn revoke_link(call: &mut Call) -> Answer {
    let id = call.place_id()?;
    let (named, bot) = (call.params.text("invite_link")?.to_owned(), call.inner.bot(call.state).user());
    let place = call.inviting(id)?;
    let index = place.links.iter().position(|link| link.url == named).ok_or_else(|| Refusal::bad("INVITE_HASH_EXPIRED"))?;
    let Some(link) = place.links.get_mut(index) else { return Err(Refusal::bad("INVITE_HASH_EXPIRED")) };
    link.revoked = true;
    let link = link.clone();
    place.requests.retain(|_, by| *by != link.url);
    Ok(link.written(&bot, place))
}

/// `approveChatJoinRequest`, `declineChatJoinRequest`
pub(crate) fn answer_request(call: &mut Call, approve: bool) -> Answer {
    let (id, user) = (call.place_id()?, call.user_id()?);
    let place = call.inviting(id)?;
    if place.is_in(user) {
        return Err(Refusal::bad("USER_ALREADY_PARTICIPANT"));
    }
    let link = place.requests.remove(&user).ok_or_else(|| Refusal::bad("HIDE_REQUESTER_MISSING"))?;
    if approve {
        enter(call.state, id, user, &link, call.now);
    }
    Ok(Value::Bool(true))
}

/// `banChatMember`, `unbanChatMember`
pub(crate) fn ban(call: &mut Call, on: bool) -> Answer {
    let (id, user) = (call.place_id()?, call.user_id()?);
    let only_if_banned = call.params.flag("only_if_banned")?;
    let is_known = call.state.people.contains_key(&user);
    let place = call.there(id)?;
    if place.bot != "administrator" || !place.can_restrict_members {
        return Err(Refusal::bad("not enough rights to restrict/unrestrict chat member"));
    }
    let status = place.members.get(&user).map_or("left", String::as_str);
    match status {
        "creator" => return Err(Refusal::bad("can't remove chat owner")),
        "administrator" => return Err(Refusal::bad("user is an administrator of the chat")),
        _ if !is_known => return Err(Refusal::bad("PARTICIPANT_ID_INVALID")),
        _ => {}
    }
    if on {
        place.members.insert(user, "kicked".to_owned());
        place.requests.remove(&user);
    } else if status == "kicked" || !only_if_banned {
        place.members.insert(user, Place::left());
    }
    Ok(Value::Bool(true))
}

/// Somebody is in from now on, and whoever wants to know of members is told.
pub(super) fn enter(state: &mut State, id: i64, user: i64, link: &str, now: i64) {
    let Some(place) = state.places.get_mut(&id) else { return };
    place.members.insert(user, "member".to_owned());
    let chat = chat_json(id, place);
    let Some(person) = state.people.get(&user) else { return };
    let from = write::user(person);
    let body = json!({
        "chat": chat, "from": from, "date": now, "old_chat_member": {"user": from, "status": "left"},
        "new_chat_member": {"user": from, "status": "member"}, "invite_link": {"invite_link": link},
    });
    updates::put(state, "chat_member", &body, format!("member {id}"), now);
}
