//! Notices of the staff, where and how they are delivered: without a sound in quiet hours.

use teloxide::payloads::SendMessageSetters as _;
use teloxide::requests::Requester as _;
use teloxide::types::{ChatId, MessageId, ParseMode, ReplyMarkup, ThreadId};

use super::api::{Api, Failure, Sent, is_unknown_tag, markup, no_preview, sent, without_times};
use super::reply::{Button, Screen};
use super::show::fitted;
use super::{Result, Telegram};

impl Api {
    /// Sends words into a chat, or a topic of it, with a sound or without.
    async fn send_words(
        &self,
        chat: i64,
        topic: Option<i32>,
        silent: bool,
        html: &str,
        keyboard: &[Vec<Button>],
    ) -> std::result::Result<Sent, Failure> {
        let send = |html: String| {
            let mut request = self.bot.send_message(ChatId(chat), html).parse_mode(ParseMode::Html).link_preview_options(no_preview());
            request.reply_markup = markup(keyboard).map(ReplyMarkup::InlineKeyboard);
            request.message_thread_id = topic.map(|topic| ThreadId(MessageId(topic)));
            if silent { request.disable_notification(true) } else { request }
        };
        let answer = send(html.to_owned()).await;
        sent(if is_unknown_tag(&answer) { send(without_times(html)).await } else { answer })
    }
}

impl Telegram {
    /// Sends a notice of words and buttons.
    pub(super) async fn send_notice(&self, chat: i64, topic: Option<i32>, silent: bool, screen: &Screen) -> Result<()> {
        let answer = self.api.send_words(chat, topic, silent, &fitted(&screen.html), &screen.keyboard).await;
        self.noted(chat, answer)?;
        Ok(())
    }
}
