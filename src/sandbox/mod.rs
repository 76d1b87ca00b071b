//! The sandbox: a fake Telegram Bot API, a fake CryptoCloud and a page to use them by hand, on loopback. Nothing in the bot knows of it.

pub mod cryptocloud;
pub mod faults;
pub mod page;
pub mod saved;
pub mod telegram;
