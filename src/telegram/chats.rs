//! Channels and groups that the bot administers: what it may do there, links into them, letting people in and taking them out.
//!
//! Answers are read as they come: the client's own types know less of chats than servers tell by now.

use serde::Serialize;
use serde_json::{Value, json};
use teloxide::requests::{JsonRequest, Payload};

use super::api::{Api, Failure, failure};

/// Any call of the Bot API whose answer is read as it comes.
macro_rules! call {
    ($name:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        #[derive(Debug, Clone, Serialize)]
        struct $name { $($field: $ty),* }
        impl Payload for $name {
            type Output = Value;
            const NAME: &'static str = stringify!($name);
        }
    };
}

call!(GetChat { chat_id: i64 });
call!(GetChatMember { chat_id: i64, user_id: i64 });
call!(CreateChatInviteLink { chat_id: i64, name: String, creates_join_request: bool });
call!(RevokeChatInviteLink { chat_id: i64, invite_link: String });
call!(ApproveChatJoinRequest { chat_id: i64, user_id: i64 });
call!(DeclineChatJoinRequest { chat_id: i64, user_id: i64 });
call!(BanChatMember { chat_id: i64, user_id: i64 });
call!(UnbanChatMember { chat_id: i64, user_id: i64, only_if_banned: bool });
call!(SendMessage { chat_id: i64, text: String, parse_mode: &'static str, reply_markup: Value });

/// A channel or group as the bot sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub id: i64,
    pub title: String,
    /// A channel or a (super)group, and not a chat with a person.
    pub is_room: bool,
    /// Everybody finds it by its name, and needs no invitation.
    pub is_public: bool,
}

/// What the bot may do in a channel or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    pub is_admin: bool,
    /// Making links, and letting people in who ask.
    pub may_invite: bool,
    /// Taking people out.
    pub may_remove: bool,
}

/// The link's name among the channel's links, for its administrators.
const LINK_NAME: &str = "order";

impl Api {
    async fn chat_call<P>(&self, payload: P) -> Result<Value, Failure>
    where
        P: Payload<Output = Value> + Serialize + Send + Sync + 'static,
        JsonRequest<P>: std::future::IntoFuture<Output = Result<Value, teloxide::RequestError>>,
    {
        JsonRequest::new(self.bot.clone(), payload).await.map_err(|error| match failure(&error) {
            // Links and members are of the room that was chosen; another one is chosen anew.
            Failure::Moved(_) => Failure::Unreachable("the group has moved".to_owned()),
            failure => failure,
        })
    }

    /// A channel or group.
    pub async fn place(&self, chat: i64) -> Result<Place, Failure> {
        let found = self.chat_call(GetChat { chat_id: chat }).await?;
        let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(Place {
            id: found.get("id").and_then(Value::as_i64).unwrap_or(chat),
            title: text("title").to_owned(),
            is_room: matches!(text("type"), "channel" | "supergroup" | "group"),
            is_public: !text("username").is_empty(),
        })
    }

    /// What the bot may do in a channel or group.
    pub async fn rights_in(&self, chat: i64) -> Result<Rights, Failure> {
        // A bot's token begins with its id.
        let me = self.bot.token().split(':').next().and_then(|id| id.parse().ok()).unwrap_or(0);
        let member = self.chat_call(GetChatMember { chat_id: chat, user_id: me }).await?;
        let flag = |name: &str| member.get(name).and_then(Value::as_bool).unwrap_or(false);
        let is_admin = member.get("status").and_then(Value::as_str) == Some("administrator");
        Ok(Rights { is_admin, may_invite: is_admin && flag("can_invite_users"), may_remove: is_admin && flag("can_restrict_members") })
    }

    /// A new link: whoever opens it asks to be let in.
    pub async fn make_link(&self, chat: i64, order: &str) -> Result<String, Failure> {
        let call = CreateChatInviteLink { chat_id: chat, name: format!("{LINK_NAME} {order}"), creates_join_request: true };
        let link = self.chat_call(call).await?;
        let link = link.get("invite_link").and_then(Value::as_str);
        link.map(str::to_owned).ok_or_else(|| Failure::Temporary("an answer without a link".to_owned()))
    }

    /// Makes a link lead nowhere any more. One that does so already is no failure.
    pub async fn revoke_link(&self, chat: i64, link: &str) -> Result<(), Failure> {
        let call = RevokeChatInviteLink { chat_id: chat, invite_link: link.to_owned() };
        settled(self.chat_call(call).await, &["INVITE_HASH_EXPIRED", "INVITE_REVOKED_MISSING"])
    }

    /// Lets somebody in who asks for it. Who is in already, or asks no more, is no failure.
    pub async fn let_in(&self, chat: i64, user: i64) -> Result<(), Failure> {
        settled(self.chat_call(ApproveChatJoinRequest { chat_id: chat, user_id: user }).await, &ASKS_NO_MORE)
    }

    /// Sends somebody away who asks to be let in. False when they ask no more: they may be in.
    pub async fn send_away(&self, chat: i64, user: i64) -> Result<bool, Failure> {
        let answer = self.chat_call(DeclineChatJoinRequest { chat_id: chat, user_id: user }).await;
        let asked = answer.is_ok();
        settled(answer, &ASKS_NO_MORE).map(|()| asked)
    }

    /// Takes somebody out, who may come back by another link. Who is not there is no failure.
    pub async fn take_out(&self, chat: i64, user: i64) -> Result<(), Failure> {
        let gone = ["user not found", "PARTICIPANT_ID_INVALID", "USER_NOT_PARTICIPANT"];
        settled(self.chat_call(BanChatMember { chat_id: chat, user_id: user }).await, &gone)?;
        settled(self.chat_call(UnbanChatMember { chat_id: chat, user_id: user, only_if_banned: true }).await, &gone)
    }

    /// Sends words with a keyboard under the field, on which a person chooses one of their channels or groups; the bot becomes its
    /// administrator with that.
    pub async fn ask_for_chat(&self, chat: i64, html: &str, channel: &str, group: &str) -> Result<Value, Failure> {
        let rights = json!({
            "is_anonymous": false, "can_manage_chat": true, "can_delete_messages": false, "can_manage_video_chats": false,
            "can_restrict_members": true, "can_promote_members": false, "can_change_info": false, "can_invite_users": true,
            "can_post_stories": false, "can_edit_stories": false, "can_delete_stories": false,
        });
        let button = |id: i64, label: &str, is_channel: bool| {
            json!({"text": label, "request_chat": {
                "request_id": id, "chat_is_channel": is_channel, "chat_has_username": false,
                "user_administrator_rights": rights, "bot_administrator_rights": rights,
            }})
        };
        let markup = json!({
            "keyboard": [[button(1, channel, true), button(2, group, false)]],
            "resize_keyboard": true, "one_time_keyboard": true,
        });
        let call = SendMessage { chat_id: chat, text: html.to_owned(), parse_mode: "HTML", reply_markup: markup };
        self.chat_call(call).await
    }
}

const ASKS_NO_MORE: [&str; 2] = ["USER_ALREADY_PARTICIPANT", "HIDE_REQUESTER_MISSING"];

/// A refusal that says that it is so already is none.
fn settled(answer: Result<Value, Failure>, words: &[&str]) -> Result<(), Failure> {
    match answer {
        Ok(_) => Ok(()),
        Err(Failure::Refused(text) | Failure::Unreachable(text)) if words.iter().any(|word| text.contains(word)) => Ok(()),
        Err(failure) => Err(failure),
    }
}
