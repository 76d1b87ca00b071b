//! Kiosk from the outside: the real program against strict fakes and real databases. One binary, one file per story.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod away;
mod beside;
mod cards;
mod catalog_chat;
mod catalog_file;
mod checkout;
mod clocks;
mod config;
mod conversations;
mod crash;
mod credit;
mod customers;
mod decided;
mod delivery;
mod desk;
mod disk;
mod disk_errors;
mod disk_load;
mod doors;
mod fake_cryptocloud;
mod fake_places;
mod fake_telegram;
mod faults;
mod forms;
mod http;
mod interleavings;
mod invites;
mod logs;
mod low_stock;
mod model;
mod money;
mod news;
mod numbers;
mod options;
mod outages;
mod policy;
mod postgres;
mod program;
mod provider;
mod races;
mod reconcile;
mod replicas;
mod restored;
mod security;
mod seller;
mod settings_more;
mod settling;
mod simulation;
mod skewed;
mod soak;
mod staff;
mod stock_files;
mod stock_in;
mod stock_units;
mod store;
mod strangers;
mod ten_products;
mod tidy;
mod trouble;
mod updates;
mod upgrade;
mod webhooks;
mod wire;
mod world;
