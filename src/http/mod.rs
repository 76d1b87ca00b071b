//! What the world may call: postbacks, Telegram updates, health.
