//! The group of the staff: a forum with one topic per customer. What the staff writes in a topic goes to its customer; everything else
//! that is said in a group is nobody's business here. Only people who write under their own number are heard, never an anonymous admin.

use serde_json::Value;

use super::input::{self, GroupInput, GroupNews, InputKind};
use super::relay::Place;
use super::{Failure, Result, Telegram, buyer, seller};
use crate::domain::customer::CustomerId;
use crate::locale::{self, Text};
use crate::shop::support::Passed;

impl Telegram {
    /// Hears what was said in a group.
    pub(super) async fn handle_group(&self, update: &Value) -> Result<()> {
        if let Some(tapped) = input::read_group_tap(update) {
            return self.handle_group_tap(tapped).await;
        }
        match input::read_group_news(update) {
            Some(GroupNews::Moved { from, to }) => return Ok(self.shop.group_moved(from, to).await?),
            Some(GroupNews::Left { chat }) => return Ok(self.shop.notice_place_is_gone(chat, None).await?),
            None => {}
        }
        let Some(said) = input::read_group(update) else { return Ok(()) };
        let Some(role) = self.shop.role(said.from).await? else { return Ok(()) };
        if let InputKind::Command { name, rest } = &said.kind {
            if name == "staffgroup" && seller::support::may_choose_group(role) {
                return self.choose_group(&said, rest).await;
            }
            if name == "noticeshere" {
                if seller::support::may_choose_group(role) {
                    return self.choose_notice_place(&said).await;
                }
                return self.say_in_group(&said, Text::NotAllowed).await;
            }
            return Ok(());
        }
        if !seller::support::answers(role) || !said.is_content {
            return Ok(());
        }
        let Some(customer) = self.customer_meant(&said).await? else { return Ok(()) };
        if self.shop.staff_group().await? != Some(said.chat) {
            return self.say_in_group(&said, Text::StaffGroupLeft).await;
        }
        let Some(written) = buyer::support::written(&said.kind) else { return self.say_in_group(&said, Text::SupportKinds).await };
        if let InputKind::Text(words) = &said.kind
            && let Some(sent_at) = said.sent_at
            && seller::pieces::is_last(self, said.from, Some(said.message), sent_at, words).await?
        {
            return self.say_in_group(&said, Text::WrongLastPiece).await;
        }
        let place = Place { chat: said.chat, message: said.message };
        let shop = self.shop.acting(said.from, "group of the staff");
        let passed = shop.answer_customer(said.from, seller::support::writes_first(role), place, customer, written).await?;
        match passed {
            Passed::TooLong { chars } => self.say_in_group(&said, buyer::support::too_long(chars)).await,
            Passed::NotFirst => self.say_in_group(&said, Text::AnswerNotFirst).await,
            // In the group an answer that is on its way needs no word.
            Passed::On | Passed::TooMany | Passed::Nobody => Ok(()),
        }
    }

    /// Says something where it was asked for, in the language of who asked.
    pub(super) async fn say_in_group(&self, said: &GroupInput, text: Text<'_>) -> Result<()> {
        let known = self.shop.store.read().await?.customer(said.from).await?;
        let html = locale::words(known.as_ref().map_or("", |known| known.language.as_str())).html(text);
        let sent = match said.topic {
            Some(topic) => self.api.send_text_in(said.chat, topic, &html).await,
            None => self.api.send_text(said.chat, &html, &[]).await,
        };
        match self.noted(said.chat, sent) {
            // It was a word about what was said; what follows in this group does not wait for it.
            Err(failure @ (Failure::Unreachable(_) | Failure::Refused(_))) => {
                tracing::warn!(chat.id = said.chat, error = %failure, "a group was not answered");
                Ok(())
            }
            answer => Ok(answer.map(|_| ())?),
        }
    }

    /// Whose topic it is, or to whose message this is a reply.
    async fn customer_meant(&self, said: &GroupInput) -> Result<Option<CustomerId>> {
        if let Some(topic) = said.topic
            && let Some(customer) = self.shop.customer_of_topic(said.chat, topic).await?
        {
            return Ok(Some(customer));
        }
        match said.reply_to {
            Some(message) => Ok(self.shop.conversation(Place { chat: said.chat, message }).await?),
            None => Ok(None),
        }
    }

    /// `/staffgroup` makes this group the one of the staff, `/staffgroup off` makes it a group like any other.
    async fn choose_group(&self, said: &GroupInput, rest: &str) -> Result<()> {
        let shop = self.shop.acting(said.from, "staffgroup");
        let text = if rest.eq_ignore_ascii_case("off") {
            if shop.staff_group().await? == Some(said.chat) {
                shop.set_staff_group(None).await?;
            }
            Text::StaffGroupOff
        } else if said.has_topics {
            shop.set_staff_group(Some(said.chat)).await?;
            Text::StaffGroupSet
        } else {
            Text::StaffGroupNoTopics
        };
        self.say_in_group(said, text).await
    }
}
