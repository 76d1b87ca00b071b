//! Telegram: updates in, messages out. A handler is typed input, one verb of the shop, and a reply as data; one place sends.

pub mod action;
mod answer;
pub mod api;
mod broadcast;
mod buyer;
mod card;
mod catalog_export;
mod chart;
mod chats;
mod exports;
mod form;
mod goods;
mod group;
mod handle;
pub mod input;
mod notices;
pub mod numbers_action;
mod numbers_notices;
mod obtain;
mod pace;
pub mod people_action;
mod places;
pub mod poll;
pub mod qr;
mod question;
mod relay;
pub mod reply;
mod seller;
pub mod setting_action;
pub mod setup;
mod show;
pub mod stock_action;
mod turn;

use self::api::Api;
pub use self::api::Failure;
pub use self::obtain::Stepped;
use self::pace::Pacer;
use self::turn::Turns;
use crate::shop::{self, Shop};

/// The bot's side of the shop. Cloning it gives the same one.
#[derive(Clone)]
pub struct Telegram {
    pub shop: Shop,
    pub api: Api,
    pacer: Pacer,
    /// The forms as the update that is being answered leaves them.
    turns: Turns,
}

/// Why an update or a message could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the shop failed")]
    Shop(#[from] shop::Error),
    #[error("telegram failed")]
    Telegram(#[from] Failure),
}

impl From<crate::store::Error> for Error {
    fn from(error: crate::store::Error) -> Self {
        Self::Shop(error.into())
    }
}

/// What the parts of this room return.
pub type Result<T> = std::result::Result<T, Error>;

impl Telegram {
    /// The bot of this shop.
    pub fn new(shop: Shop, api: Api) -> Self {
        let pacer = Pacer::new(shop.clock.clone());
        Self { shop, api, pacer, turns: Turns::default() }
    }
}
