//! The payment provider, CryptoCloud (since 2026: Trybit), API V2.
