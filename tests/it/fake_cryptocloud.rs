//! fake_cryptocloud
