//! The sandbox: a fake Telegram Bot API, a fake CryptoCloud and a page to use them by hand, on loopback. Nothing in the bot knows of it.

mod control;
mod control_chats;
pub mod cryptocloud;
pub mod demo_shop;
pub mod faults;
pub mod page;
pub mod receiver;
pub mod saved;
pub mod telegram;

use std::path::PathBuf;

use axum::Router;
use serde::{Deserialize, Serialize};

use self::faults::FaultBoard;
use self::telegram::Telegram;
use crate::clock::Clock;

/// What a sandbox is made of.
pub struct Options {
    /// The time in which both fakes live; the bot under test should share it.
    pub clock: Clock,
    /// The token that the fake Telegram accepts, `<bot id>:<secret>`.
    pub bot_token: String,
    /// The keys that the fake provider accepts.
    pub provider: cryptocloud::Keys,
    /// Where the fakes keep their state; none: in memory only.
    pub state_dir: Option<PathBuf>,
    /// People who exist from the start. None of them has written to the bot yet.
    pub users: Vec<User>,
}

/// A person with a Telegram account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Also the id of their private chat with the bot.
    pub id: i64,
    pub first_name: String,
    #[serde(default)]
    pub username: Option<String>,
    /// An IETF language tag.
    #[serde(default)]
    pub language_code: Option<String>,
    /// `buyer` or `seller`: where the page shows the person.
    #[serde(default = "User::role_of_most")]
    pub role: String,
}

impl User {
    /// Somebody nobody has told the sandbox about: a buyer who reads English.
    pub fn stranger(id: i64) -> Self {
        Self { id, first_name: format!("User {id}"), username: None, language_code: Some("en".to_owned()), role: Self::role_of_most() }
    }

    fn role_of_most() -> String {
        "buyer".to_owned()
    }
}

/// A running sandbox. Cloning it gives the same one.
#[derive(Clone)]
pub struct Sandbox {
    pub telegram: Telegram,
    pub cryptocloud: cryptocloud::Provider,
    pub faults: FaultBoard,
    pub clock: Clock,
    /// How far the clock was moved in all earlier runs and in this one.
    moved: control::Moved,
    receiver: receiver::Receiver,
    shop_id: String,
}

impl Sandbox {
    /// A sandbox that goes on from what `options.state_dir` holds, the moved clock included.
    pub fn new(options: Options) -> Self {
        let Options { clock, bot_token, provider, state_dir, users } = options;
        if let Some(dir) = &state_dir
            && let Err(error) = std::fs::create_dir_all(dir)
        {
            tracing::error!(%error, "the sandbox cannot keep its state: its directory cannot be made");
        }
        let file = |name: &str| state_dir.as_ref().map(|dir| dir.join(name));
        let moved = control::Moved::load(file("clock.json"), &clock);
        let receiver = receiver::Receiver::load(file("receiver.json"), clock.clone());
        let faults = FaultBoard::default();
        let shop_id = provider.shop_id.clone();
        Self {
            telegram: Telegram::new(bot_token, clock.clone(), faults.clone(), file("telegram.json"), users),
            cryptocloud: cryptocloud::Provider::new(provider, clock.clone(), faults.clone(), file("cryptocloud.json")),
            faults,
            clock,
            moved,
            receiver,
            shop_id,
        }
    }

    /// Everything the sandbox serves: the page, both fakes and the control API. The caller binds the listener.
    pub fn router(&self) -> Router {
        let control = control::router(self.clone())
            .merge(self.cryptocloud.control())
            .merge(self.receiver.clone().router())
            .method_not_allowed_fallback(control::other_method)
            .fallback(control::nothing_here);
        Router::new()
            .nest("/telegram", self.telegram.router())
            .nest("/cryptocloud", self.cryptocloud.router())
            .nest("/sandbox", control)
            .merge(page::router())
    }
}
