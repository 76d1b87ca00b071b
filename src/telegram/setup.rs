//! What the bot tells Telegram at start: who it is, what commands it has, where updates go.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use teloxide::Bot;
use teloxide::requests::{JsonRequest, Payload};

use super::Telegram;
use super::api::{Failure, failure};
use super::poll::ALLOWED_UPDATES;
use crate::locale::{self, Text, Words};

/// Connecting to Telegram.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// One call, small uploads included; more than the server holds a question for updates.
const CALL_TIMEOUT: Duration = Duration::from_secs(40);
/// One call that brings a large file over a thin line; a bit less than a job may take.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(80);

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

call!(GetMe {});
call!(DeleteWebhook {});
call!(SetWebhook { url: String, secret_token: String, allowed_updates: [&'static str; 4], max_connections: u8 });
call!(CreateForumTopic { chat_id: i64, name: String });
call!(DeleteMyCommands { scope: Value });
call!(SetMyCommands { commands: Vec<Command>, scope: Value, language_code: String });

#[derive(Debug, Clone, Serialize)]
struct Command {
    command: &'static str,
    description: String,
}

/// A client for the Bot API at `api_url`.
///
/// # Errors
/// When the address is none, or the client cannot be made.
pub fn bot(token: &str, api_url: &str) -> Result<Bot, String> {
    bot_within(CALL_TIMEOUT, token, api_url)
}

/// The same for calls that bring a large file: a client has one time-out for all of its calls.
///
/// # Errors
/// As for [`bot`].
pub fn uploading_bot(token: &str, api_url: &str) -> Result<Bot, String> {
    bot_within(UPLOAD_TIMEOUT, token, api_url)
}

fn bot_within(timeout: Duration, token: &str, api_url: &str) -> Result<Bot, String> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .tcp_nodelay(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| "the HTTP client cannot be made".to_owned())?;
    // The client puts its own slash behind: one of ours would make two.
    let url = api_url.trim_end_matches('/').parse().map_err(|_| format!("{api_url} is no address"))?;
    Ok(Bot::with_client(token, client).set_api_url(url))
}

/// The bot's own `@name`, without the sign.
pub async fn username(bot: &Bot) -> Result<String, Failure> {
    let me = JsonRequest::new(bot.clone(), GetMe {}).await.map_err(|error| failure(&error))?;
    let name = me.get("username").and_then(Value::as_str).unwrap_or_default();
    Ok(name.to_owned())
}

/// Makes a topic in a group; its id.
pub async fn create_topic(bot: &Bot, group: i64, name: String) -> Result<i32, Failure> {
    let made = JsonRequest::new(bot.clone(), CreateForumTopic { chat_id: group, name }).await.map_err(|error| failure(&error))?;
    let id = made.get("message_thread_id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
    id.ok_or_else(|| Failure::Temporary("an answer that is no topic".to_owned()))
}

/// Has updates pushed to `url`, each with `secret` in its header.
pub async fn set_webhook(bot: &Bot, url: String, secret: String) -> Result<(), Failure> {
    let call = SetWebhook { url, secret_token: secret, allowed_updates: ALLOWED_UPDATES, max_connections: 40 };
    JsonRequest::new(bot.clone(), call).await.map(|_| ()).map_err(|error| failure(&error))
}

/// Has updates kept for long polling. What waits stays.
pub async fn delete_webhook(bot: &Bot) -> Result<(), Failure> {
    JsonRequest::new(bot.clone(), DeleteWebhook {}).await.map(|_| ()).map_err(|error| failure(&error))
}

impl Telegram {
    /// Tells the commands: the buyers' to everybody, in every language.
    pub async fn tell_commands(&self) -> Result<(), Failure> {
        let private = serde_json::json!({ "type": "all_private_chats" });
        self.set_commands(buyer_commands(locale::words("")), private.clone(), String::new()).await?;
        for (code, _) in locale::languages() {
            self.set_commands(buyer_commands(locale::words(code)), private.clone(), code.to_owned()).await?;
        }
        Ok(())
    }

    /// Tells the commands of somebody of the staff, in that chat alone. A chat that was never opened is told when it is.
    pub async fn tell_staff_commands(&self, chat: i64, words: Words) -> Result<(), Failure> {
        let mut commands = vec![
            Command { command: "admin", description: words.plain(Text::CommandAdmin) },
            Command { command: "products", description: words.plain(Text::CommandProducts) },
            Command { command: "sales", description: words.plain(Text::CommandSales) },
            Command { command: "cases", description: words.plain(Text::CommandCases) },
            Command { command: "new", description: words.plain(Text::CommandNew) },
            Command { command: "customers", description: words.plain(Text::CommandCustomers) },
            Command { command: "find", description: words.plain(Text::CommandFind) },
            Command { command: "stats", description: words.plain(Text::CommandStats) },
        ];
        commands.extend(buyer_commands(words));
        let scope = serde_json::json!({ "type": "chat", "chat_id": chat });
        match self.set_commands(commands, scope, String::new()).await {
            Err(Failure::Unreachable(_) | Failure::Refused(_)) => Ok(()),
            other => other,
        }
    }

    /// Shows somebody who was of the staff a buyer's commands again.
    pub async fn end_staff_commands(&self, chat: i64) -> Result<(), Failure> {
        let scope = serde_json::json!({ "type": "chat", "chat_id": chat });
        match JsonRequest::new(self.api.bot.clone(), DeleteMyCommands { scope }).await.map_err(|error| failure(&error)) {
            Ok(_) | Err(Failure::Unreachable(_) | Failure::Refused(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    async fn set_commands(&self, commands: Vec<Command>, scope: Value, language_code: String) -> Result<(), Failure> {
        let call = SetMyCommands { commands, scope, language_code };
        JsonRequest::new(self.api.bot.clone(), call).await.map(|_| ()).map_err(|error| failure(&error))
    }
}

fn buyer_commands(words: Words) -> Vec<Command> {
    let command = |command, text| Command { command, description: words.plain(text) };
    vec![
        command("start", Text::CommandStart),
        command("orders", Text::CommandOrders),
        command("balance", Text::CommandBalance),
        command("language", Text::CommandLanguage),
        command("help", Text::CommandHelp),
        command("support", Text::CommandSupport),
        command("paysupport", Text::CommandPaySupport),
        command("terms", Text::CommandTerms),
        command("privacy", Text::CommandPrivacy),
    ]
}
