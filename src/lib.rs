//! Kiosk sells things for crypto inside a Telegram chat.
//!
//! The rooms, from the inside out; ARCHITECTURE.md has the arrows between them:
//!
//! * [`domain`] is what a shop is, pure.
//! * [`clock`] is time.
//! * [`config`] is the only reader of the environment.
//! * [`store`] is the only SQL.
//! * [`cryptocloud`] speaks with the payment provider.
//! * [`shop`] is what people can do in a shop, one verb a file.
//! * [`locale`] is every sentence the bot says.
//! * [`telegram`] turns updates into verbs, and what came of them into messages.
//! * [`jobs`] runs what was promised, once it is due.
//! * [`http`] is what the world may call.
//! * [`app`] wires all of it together; [`demo`] wires it to the sandbox; [`cli`] is the command line.
//! * [`sandbox`] is a fake Telegram, a fake CryptoCloud and a page to use them by hand.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cryptocloud;
pub mod demo;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod locale;
pub mod sandbox;
pub mod shop;
pub mod store;
pub mod telegram;
