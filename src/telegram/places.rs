//! Notices of the staff, where and how they are delivered: without a sound in quiet hours, in private or in a group of the staff, whose
//! buttons answer in private.

use std::sync::atomic::AtomicI32;

use teloxide::payloads::SendMessageSetters as _;
use teloxide::requests::Requester as _;
use teloxide::types::{ChatId, MessageId, ParseMode, ReplyMarkup, ThreadId};

use super::api::{Api, Failure, Media, Sent, is_unknown_tag, markup, no_preview, sent, without_times};
use super::handle::Visit;
use super::input::{GroupInput, Input, InputKind, Tap};
use super::reply::{Button, Screen, Toast};
use super::show::fitted;
use super::{Error, Result, Telegram, question, seller};
use crate::domain::answer::Photo;
use crate::domain::customer::CustomerId;
use crate::locale::{self, Text};
use crate::shop::notice::Notice;
use crate::shop::notice_place::NoticePlace;

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

/// What Telegram says of a group that takes no messages of the bot any more, or of a topic that is not there.
const GONE: [&str; 8] = [
    "thread not found",
    "TOPIC_",
    "rights to send",
    "CHAT_WRITE_FORBIDDEN",
    "CHAT_RESTRICTED",
    "CHANNEL_PRIVATE",
    "need administrator rights",
    "kicked",
];
/// A group becomes a supergroup once; a chain of new ids is no group.
const MOVES_MAX: usize = 3;

impl Telegram {
    /// Tells the group of the staff, wherever it is by now; else everybody of the staff in private.
    pub(super) async fn tell_place(&self, notice: &Notice) -> Result<()> {
        for _ in 0..MOVES_MAX {
            let Some(place) = self.shop.notice_place().await? else { break };
            let owner = self.shop.store.read().await?.customer(CustomerId(place.by)).await?;
            let language = owner.as_ref().map_or("", |owner| owner.language.as_str());
            let Some(screen) = self.any_notice_screen(notice, locale::words(language), language).await? else { return Ok(()) };
            let silent = self.shop.is_silent(notice).await?;
            self.pacer.bulk(place.chat).await?;
            match self.send_notice(place.chat, place.topic, silent, &screen).await {
                Err(Error::Telegram(Failure::Moved(to))) => self.shop.group_moved(place.chat, to).await?,
                Err(Error::Telegram(Failure::Unreachable(why))) => {
                    tracing::warn!(chat.id = place.chat, why, "the group of the staff's notices cannot be written to");
                    return Ok(self.shop.notice_place_is_gone(place.chat, Some(notice.clone())).await?);
                }
                Err(Error::Telegram(Failure::Refused(why))) => {
                    tracing::warn!(chat.id = place.chat, why, "the group of the staff's notices does not take one");
                    // Another refusal is about this message alone, and the private chats may take it.
                    let gone = if GONE.iter().any(|word| why.contains(word)) { place.chat } else { 0 };
                    return Ok(self.shop.notice_place_is_gone(gone, Some(notice.clone())).await?);
                }
                other => return other,
            }
        }
        Ok(self.shop.notice_place_is_gone(0, Some(notice.clone())).await?)
    }

    /// `/noticeshere`: an owner has the staff's notices come to this group, or this topic.
    pub(super) async fn choose_notice_place(&self, said: &GroupInput) -> Result<()> {
        let place = NoticePlace { chat: said.chat, topic: said.topic, title: said.title.clone(), by: said.from.0 };
        self.shop.acting(said.from, "noticeshere").set_notice_place(Some(place)).await?;
        self.say_in_group(said, Text::NoticesHereSet).await
    }

    /// A button under a notice in a group: for the staff, and what it shows belongs in private.
    pub(super) async fn handle_group_tap(&self, tapped: Input) -> Result<()> {
        let Input { from, kind, .. } = tapped;
        let InputKind::Tap(Tap { query_id, data, .. }) = &kind else { return Ok(()) };
        let (query, action) = (query_id.clone(), question::tapped(data).ok().map(|tapped| tapped.action));
        let language = locale::own_language(from.language.as_deref());
        let spoken = locale::words(&language);
        let Some(role) = self.shop.role(from.id).await? else {
            return self.toast(from.id.0, &query, spoken.plain(Text::StaffButton)).await;
        };
        let customer = self.shop.meet(from, &language).await?;
        let (chat, words) = (customer.id.0, locale::words(&customer.language));
        if !action.is_some_and(|action| seller::may_press(role, &action)) {
            return self.toast(chat, &query, words.plain(Text::NotAllowed)).await;
        }
        let role = Some(role);
        let shown_in = &AtomicI32::new(0);
        let visit = Visit {
            telegram: self,
            words,
            customer,
            role,
            touched: None,
            message: None,
            reply_to: None,
            chat: None,
            album: None,
            sent_at: None,
            shown_in,
        };
        let reply = visit.answer(kind).await?;
        self.keep_turns(|| None).await?;
        let mut told = reply.toast.map(|toast| toast.text).unwrap_or_default();
        for screen in reply.edit.iter().chain(&reply.send) {
            self.pacer.answer(chat)?;
            let look = match self.send(chat, screen).await {
                Err(Error::Telegram(Failure::Unreachable(_))) => words.plain(Text::OpenMeFirst),
                sent => sent.map(|_| words.plain(Text::LookInPrivate))?,
            };
            if !told.contains(&look) {
                told = if told.is_empty() { look } else { format!("{told} {look}") };
            }
        }
        self.toast(chat, &query, told).await
    }

    async fn toast(&self, chat: i64, query: &str, text: String) -> Result<()> {
        let answer = self.api.answer_tap(query, Some(&Toast { text, alert: false })).await;
        self.noted(chat, answer)?;
        Ok(())
    }
}

impl Telegram {
    /// Sends what a person sent before, as what it was: a photo, or a document. Words alone when Telegram has it no more.
    pub(super) async fn send_known(&self, chat: i64, photo: &Photo, screen: &Screen) -> Result<Sent> {
        let media = Media::Known(photo.file_id.clone());
        let answer = if photo.as_document {
            self.api.send_document_saying(chat, &media, &screen.html).await
        } else {
            self.api.send_photo(chat, &media, &screen.html, &screen.keyboard).await
        };
        let answer = match answer {
            Err(Failure::UnknownFile | Failure::Refused(_) | Failure::CannotEdit(_)) => {
                self.api.send_text(chat, &fitted(&screen.html), &screen.keyboard).await
            }
            other => other,
        };
        Ok(self.noted(chat, answer)?)
    }
}
