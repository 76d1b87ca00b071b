//! fake_telegram
