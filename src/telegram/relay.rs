//! What customers and staff write to each other, brought into the other's chat. Customers read the shop's name, never a person's.

use super::action::{Action, Page};
use super::api::{Media, Sent};
use super::people_action::PeopleAction;
use super::reply::{Button, Screen};
use super::{Error, Failure, Result, Telegram, question, setup};
use crate::locale::{Html, Text, Words};
use crate::shop::notice::Notice;
pub(super) use crate::shop::support::Place;
use crate::shop::support::SupportMessage;

/// Bot API: the name of a topic.
const TOPIC_CHARS_MAX: usize = 128;

impl Telegram {
    /// Brings a message of a conversation to `to`: a customer, somebody of the staff, or the group of the staff. A reply to it goes to the
    /// other side. Sent again after a crash it may come twice, never not at all.
    pub(super) async fn relay(&self, to: i64, notice: &Notice, words: Words) -> Result<()> {
        let (Notice::Support { message: id } | Notice::SupportAnswer { message: id } | Notice::SupportAnswered { message: id }) = notice
        else {
            return Ok(());
        };
        let Some(message) = self.shop.support_message(id).await? else { return Ok(()) };
        let customer = message.customer.id;
        let screen = screen(notice, &message, words);
        let mut to = to;
        let sent = if to < 0 {
            let mut brought = self.bring_to_group(to, &message, &screen).await;
            if let Err(Error::Telegram(Failure::Moved(new))) = brought {
                self.shop.group_moved(to, new).await?;
                to = new;
                brought = self.bring_to_group(to, &message, &screen).await;
            }
            match brought {
                // Whatever keeps the group from hearing it, the staff must.
                Err(Error::Telegram(Failure::Unreachable(why) | Failure::Refused(why))) => {
                    tracing::warn!(chat.id = to, why, "the group of the staff does not take a message");
                    return Ok(self.shop.staff_group_is_gone(to, notice.clone()).await?);
                }
                other => other?,
            }
        } else {
            let mut sent = vec![self.send(to, &screen).await?.id];
            if let Some(file) = &message.written.file {
                let media = Media::Known(file.id.clone());
                let file_sent =
                    if file.is_photo { self.api.send_photo(to, &media, "", &[]).await } else { self.api.send_document(to, &media).await };
                sent.extend(self.file_sent(to, file_sent)?);
            }
            sent
        };
        for message in sent {
            self.shop.keep_relay(Place { chat: to, message }, customer).await?;
        }
        Ok(())
    }

    /// Into the customer's topic, which is made when there is none. After a crash in between there may be one too many.
    async fn bring_to_group(&self, group: i64, message: &SupportMessage, screen: &Screen) -> Result<Vec<i32>> {
        let customer = &message.customer;
        if let Some(topic) = self.shop.topic_of(group, customer.id).await? {
            match self.send_in(group, topic, message, screen).await {
                Err(Error::Telegram(Failure::Refused(why))) if why.contains("thread not found") || why.contains("TOPIC_") => {
                    self.shop.forget_topic(group, customer.id).await?;
                }
                other => return other,
            }
        }
        let name: String = format!("{} · {}", customer.name, customer.id).chars().take(TOPIC_CHARS_MAX).collect();
        let topic = self.noted(group, setup::create_topic(&self.api.bot, group, name).await)?;
        self.shop.keep_topic(group, customer.id, topic).await?;
        self.send_in(group, topic, message, screen).await
    }

    async fn send_in(&self, group: i64, topic: i32, message: &SupportMessage, screen: &Screen) -> Result<Vec<i32>> {
        // Buttons in a group are nobody's: what is written in the topic is the answer.
        let mut sent = vec![self.noted(group, self.api.send_text_in(group, topic, &screen.html).await)?.id];
        if let Some(file) = &message.written.file {
            let file_sent = self.api.send_file_in(group, topic, &Media::Known(file.id.clone()), file.is_photo).await;
            sent.extend(self.file_sent(group, file_sent)?);
        }
        Ok(sent)
    }

    /// A file that Telegram does not give out any more keeps nobody from reading what was written with it.
    fn file_sent(&self, chat: i64, sent: std::result::Result<Sent, Failure>) -> Result<Option<i32>> {
        match self.noted(chat, sent) {
            Ok(sent) => Ok(Some(sent.id)),
            Err(Failure::UnknownFile | Failure::Refused(_) | Failure::CannotEdit(_)) => {
                tracing::warn!(chat.id = chat, "a file of a conversation could not be passed on");
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

fn screen(notice: &Notice, message: &SupportMessage, words: Words) -> Screen {
    let (customer, written) = (&message.customer, message.written.words.as_str());
    let tap = |label, action| Button::tap(words.plain(label), action);
    // A reply to it goes to the other side: it never becomes another page.
    question::kept(match notice {
        Notice::SupportAnswer { .. } => {
            Screen::words(words.html(Text::SupportAnswered { words: written })).row([tap(Text::ButtonAnswer, Action::Page(Page::Support))])
        }
        Notice::SupportAnswered { .. } => {
            let by = message.by.as_ref().map_or("", |by| by.name.as_str());
            Screen::words(words.html(Text::SupportAnsweredBy { by, customer: Html(&customer_link(message)), words: written }))
        }
        _ => Screen::words(words.html(Text::SupportFrom { customer: Html(&customer_link(message)), words: written })).row([
            tap(Text::ButtonAnswer, Action::People(PeopleAction::Answer { id: customer.id })),
            tap(Text::ButtonCustomer, Action::People(PeopleAction::Customer { id: customer.id })),
        ]),
    })
}

fn customer_link(message: &SupportMessage) -> String {
    super::seller::customer_link(&message.customer)
}

/// Whether a notice belongs to a conversation.
pub(super) fn is_conversation(notice: &Notice) -> bool {
    matches!(notice, Notice::Support { .. } | Notice::SupportAnswer { .. } | Notice::SupportAnswered { .. })
}
