//! Kiosk from the outside: the real program against strict fakes and real databases. One binary, one file per story.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod catalog_file;
mod config;
mod fake_cryptocloud;
mod fake_telegram;
mod http;
mod postgres;
mod provider;
mod store;
mod tidy;
