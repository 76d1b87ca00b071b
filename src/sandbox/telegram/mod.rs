//! A fake Telegram Bot API with its chats, strict about what the real one refuses.
