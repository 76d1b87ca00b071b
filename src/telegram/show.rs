//! Brings a screen into a chat: in place when it can be, as a new message when it cannot.

use std::borrow::Cow;

use super::api::{Failure, Media, Sent};
use super::input::Touched;
use super::qr;
use super::reply::{Own, Picture, Screen};
use super::{Result, Telegram};
use crate::domain::customer::CustomerId;

/// Bot API: words of a message, in UTF-16 units.
const TEXT_CHARS_MAX: usize = 4_096;
/// Bot API: words under a picture.
const CAPTION_CHARS_MAX: usize = 1_024;

impl Telegram {
    /// Sends a screen as a new message.
    pub(super) async fn send(&self, chat: i64, screen: &Screen) -> Result<Sent> {
        if let Some(chooser) = &screen.chooser {
            let answer = self.api.ask_for_chat(chat, &screen.html, &chooser.channel, &chooser.group).await;
            let sent = self.noted(chat, answer)?;
            let id = sent.get("message_id").and_then(serde_json::Value::as_i64).and_then(|id| i32::try_from(id).ok());
            return Ok(Sent { id: id.unwrap_or(0), file_id: None });
        }
        if let Some(Picture::Sent(photo)) = &screen.picture {
            return self.send_known(chat, photo, screen).await;
        }
        let picture = screen.picture.as_ref().filter(|_| visible_chars(&screen.html) <= CAPTION_CHARS_MAX);
        let media = match picture {
            Some(picture) => self.media(picture).await?,
            None => None,
        };
        let (Some(picture), Some(media)) = (picture, media) else {
            return Ok(self.noted(chat, self.api.send_text(chat, &fitted(&screen.html), &screen.keyboard).await)?);
        };
        let mut answer = self.api.send_photo(chat, &media, &screen.html, &screen.keyboard).await;
        if answer == Err(Failure::UnknownFile)
            && let Some(bytes) = self.bytes(picture).await?
        {
            answer = self.api.send_photo(chat, &bytes, &screen.html, &screen.keyboard).await;
        }
        if let Err(failure @ (Failure::UnknownFile | Failure::Refused(_) | Failure::CannotEdit(_))) = &answer {
            tracing::error!(chat.id = chat, error = %failure, "telegram refuses a picture; its words are sent without it");
            answer = self.api.send_text(chat, &fitted(&screen.html), &screen.keyboard).await;
        }
        let sent = self.noted(chat, answer)?;
        self.remember(picture, sent.file_id.as_deref()).await?;
        Ok(sent)
    }

    /// Makes a message show a screen; a new one takes its place when it cannot. Tells which message shows it now.
    pub(super) async fn edit(&self, chat: i64, touched: Touched, screen: &Screen) -> Result<i32> {
        let answer = match &screen.picture {
            Some(picture) => self.edit_picture(chat, touched.id, picture, screen).await?,
            None if touched.has_picture => Err(Failure::CannotEdit("a picture stays a picture".to_owned())),
            None => self.api.edit_text(chat, touched.id, &fitted(&screen.html), &screen.keyboard).await,
        };
        match self.noted(chat, answer) {
            Ok(()) => Ok(touched.id),
            Err(Failure::CannotEdit(_) | Failure::Refused(_)) => {
                let sent = self.send(chat, screen).await?;
                // By a card somebody pays.
                if self.shop.open_order_on(CustomerId(chat), touched.id).await?.is_none() {
                    self.api.delete(chat, touched.id).await?;
                }
                Ok(sent.id)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Makes a message show a screen with a picture, or says why it cannot.
    pub(super) async fn edit_picture(
        &self,
        chat: i64,
        id: i32,
        picture: &Picture,
        screen: &Screen,
    ) -> Result<std::result::Result<(), Failure>> {
        let Some(media) = self.media(picture).await? else {
            return Ok(Err(Failure::CannotEdit("the picture is gone".to_owned())));
        };
        let mut answer = self.api.edit_photo(chat, id, &media, &screen.html, &screen.keyboard).await;
        if answer == Err(Failure::UnknownFile)
            && let Some(bytes) = self.bytes(picture).await?
        {
            answer = self.api.edit_photo(chat, id, &bytes, &screen.html, &screen.keyboard).await;
        }
        if let Ok(file_id) = &answer {
            self.remember(picture, file_id.as_deref()).await?;
        }
        Ok(answer.map(|_| ()))
    }

    /// Keeps a chat closed that Telegram told to wait.
    pub(super) fn noted<T>(&self, chat: i64, answer: std::result::Result<T, Failure>) -> std::result::Result<T, Failure> {
        if let Err(Failure::Wait(wait)) = &answer {
            self.pacer.close(chat, *wait);
        }
        answer
    }

    /// A picture as Telegram knows it, else its bytes; none when it is gone.
    async fn media(&self, picture: &Picture) -> Result<Option<Media>> {
        let known = match name(picture) {
            Some(name) => self.shop.store.read().await?.telegram_file(&name).await?,
            None => None,
        };
        match known {
            Some(file_id) => Ok(Some(Media::Known(file_id))),
            None => self.bytes(picture).await,
        }
    }

    async fn bytes(&self, picture: &Picture) -> Result<Option<Media>> {
        Ok(match picture {
            Picture::Stored(id) => self.shop.blob(id).await?.map(|(media_type, bytes)| Media::Bytes {
                name: if media_type == "image/png" { "picture.png" } else { "picture.jpg" }.to_owned(),
                bytes,
            }),
            Picture::Qr { code, .. } => match qr::png(code) {
                Ok(bytes) => Some(Media::Bytes { name: "payment.png".to_owned(), bytes }),
                Err(error) => {
                    // The words say everything too.
                    tracing::error!(error = %error, "a QR code could not be drawn");
                    Some(Media::Bytes { name: "card.png".to_owned(), bytes: drawn(Own::Waiting).to_vec() })
                }
            },
            Picture::Own(own) => Some(Media::Bytes { name: "card.png".to_owned(), bytes: drawn(*own).to_vec() }),
            // Telegram alone has its bytes.
            Picture::Sent(_) => None,
            Picture::Drawn(bytes) => Some(Media::Bytes { name: "chart.png".to_owned(), bytes: bytes.to_vec() }),
        })
    }

    async fn remember(&self, picture: &Picture, file_id: Option<&str>) -> Result<()> {
        let (Some(name), Some(file_id)) = (name(picture), file_id) else { return Ok(()) };
        if self.shop.store.read().await?.telegram_file(&name).await?.as_deref() == Some(file_id) {
            return Ok(());
        }
        let file_id = file_id.to_owned();
        Ok(self.shop.store.write(move |tx| Box::pin(async move { tx.set_telegram_file(&name, &file_id).await })).await?)
    }
}

/// Under which name Telegram's id of a picture is kept; none for one that is shown once.
fn name(picture: &Picture) -> Option<String> {
    match picture {
        Picture::Stored(id) => Some(format!("blob:{}", id.0)),
        Picture::Qr { name, .. } => Some(format!("qr:{name}")),
        Picture::Own(own) => Some(format!("own:{own:?}:1")),
        Picture::Drawn(_) | Picture::Sent(_) => None,
    }
}

fn drawn(own: Own) -> &'static [u8] {
    match own {
        Own::Waiting => include_bytes!("pictures/waiting.png"),
        Own::Paid => include_bytes!("pictures/paid.png"),
        Own::Over => include_bytes!("pictures/over.png"),
    }
}

/// Words that fit into a message. Views keep to the limit; should one not, most of its words without their form are better than silence.
pub(super) fn fitted(html: &str) -> Cow<'_, str> {
    if visible_chars(html) <= TEXT_CHARS_MAX {
        return Cow::Borrowed(html);
    }
    let mut inside = false;
    let mut plain = String::new();
    let mut count = 0;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => {
                count += c.len_utf16();
                if count >= TEXT_CHARS_MAX {
                    break;
                }
                plain.push(c);
            }
            _ => {}
        }
    }
    // Half an entity would be refused.
    if let Some((whole, rest)) = plain.rsplit_once('&')
        && !rest.contains(';')
    {
        plain = whole.to_owned();
    }
    Cow::Owned(format!("{plain}…"))
}

/// How long HTML is once its tags are gone and its entities stand for one character each, in UTF-16 units.
pub(super) fn visible_chars(html: &str) -> usize {
    let (mut in_tag, mut in_entity) = (false, false);
    let mut count = 0;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            ';' if in_entity => in_entity = false,
            _ if in_entity => {}
            c => {
                // What was escaped holds no other `&`: each begins an entity.
                in_entity = c == '&';
                count += c.len_utf16();
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_counted_as_telegram_counts_it() {
        for (html, seen) in [("<b>a</b>", 1), ("a &amp; b", 5), ("&lt;&gt;", 2), ("🦉", 2), ("<a href=\"x\">x</a>;", 2)] {
            assert_eq!(visible_chars(html), seen, "{html}");
        }
    }

    #[test]
    fn words_that_are_too_long_are_cut_and_never_refused() {
        assert_eq!(fitted("<b>short</b>"), "<b>short</b>");
        let long = format!("<b>{}</b>", "&lt;🦉".repeat(2_000));
        let cut = fitted(&long);
        assert!(visible_chars(&cut) <= TEXT_CHARS_MAX && !cut.contains('<'), "{}", cut.len());
        assert!(cut.ends_with("🦉…") || cut.ends_with("&lt;…"), "no half entity: {}", cut.chars().rev().take(8).collect::<String>());
    }
}
