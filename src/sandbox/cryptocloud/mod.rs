//! A fake CryptoCloud with its invoices and its postbacks, strict about what the real one refuses.
