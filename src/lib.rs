//! Kiosk sells things for crypto inside a Telegram chat.
//!
//! The rooms, from the inside out; ARCHITECTURE.md has the arrows between them:
//!
//! * [`domain`] is what a shop is, pure.
//! * [`clock`] is time.
//! * [`sandbox`] is a fake Telegram, a fake CryptoCloud and a page to use them by hand.

pub mod clock;
pub mod domain;
pub mod sandbox;
