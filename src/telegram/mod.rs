//! Telegram: updates in, messages out.

pub mod qr;
