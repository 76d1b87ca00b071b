//! Several documents that a seller sends at once come as so many messages. They are answered in one, which says what became of all of them
//! so far: it is kept, so that it goes on after a restart, and a document that is handled again counts once.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::intake::{NAMED_MAX, named, whole};
use crate::domain::customer::CustomerId;
use crate::locale::{Text, Words, escape};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::Screen;
use crate::telegram::{Result, Telegram};

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// Units of stock were taken in, `files` of them files, but for some that were there already: texts, and files of which the first are
    /// named.
    Taken {
        added: usize,
        #[serde(default)]
        files: usize,
        known_texts: usize,
        known_files: usize,
        names: Vec<String>,
    },
    /// What every buyer gets was saved.
    Kept { name: String },
    /// Something else is to be said about it, mostly what is wrong; HTML.
    Said { name: String, html: String },
}

/// The album to which the document at hand belongs.
pub(super) struct Album {
    name: String,
    message: i32,
    parts: Parts,
}

/// By the message that brought each.
type Parts = BTreeMap<i32, Part>;

impl Album {
    /// The album of the document that is here; none when it came alone. Its answer goes where that of the others is.
    pub(super) async fn of(visit: &Visit<'_>) -> Result<Option<Self>> {
        let (Some(name), chat) = (visit.album, visit.customer.id.0) else { return Ok(None) };
        let known: Option<(i32, Parts)> = visit.telegram.shop.store.read().await?.album(chat, name).await?;
        let (message, parts) = match known {
            Some(known) => known,
            None => match visit.telegram.send(chat, &Screen::words(visit.words.html(Text::AlbumBegun))).await {
                Ok(sent) => (sent.id, Parts::new()),
                Err(error) => {
                    tracing::info!(chat.id = chat, error = %error, "an album cannot be answered in one message");
                    return Ok(None);
                }
            },
        };
        let album = Self { name: name.to_owned(), message, parts };
        album.keep(visit).await?;
        visit.shown_in.store(message, Ordering::SeqCst);
        Ok(Some(album))
    }

    /// What is said about the whole album, this document included.
    pub(super) async fn with(mut self, visit: &Visit<'_>, part: Part) -> Result<String> {
        if let Some(message) = visit.message {
            self.parts.insert(message, part);
        }
        self.keep(visit).await?;
        let parts: Vec<&Part> = self.parts.values().collect();
        Ok(told(visit.words, &parts))
    }

    async fn keep(&self, visit: &Visit<'_>) -> Result<()> {
        let (chat, name, message, parts) = (visit.customer.id.0, self.name.clone(), self.message, self.parts.clone());
        Ok(visit.telegram.shop.keep_album(chat, name, message, parts).await?)
    }
}

impl Part {
    /// Something to be said about a document.
    pub(super) fn said(upload: &Upload, html: String) -> Self {
        Self::Said { name: upload.file_name.clone().unwrap_or_default(), html }
    }

    /// What is said about a document that came alone.
    pub(super) fn alone(&self, words: Words) -> String {
        match self {
            Self::Said { html, .. } => html.clone(),
            part => told(words, &[part]),
        }
    }
}

fn told(words: Words, parts: &[&Part]) -> String {
    let mut lines = Vec::new();
    lines.extend(taken(words, parts));
    let kept: Vec<String> =
        parts.iter().filter_map(|part| if let Part::Kept { name } = part { Some(name.clone()) } else { None }).collect();
    match kept.as_slice() {
        [] => {}
        [name] => lines.push(words.html(Text::GoodsFileKept { name })),
        names => lines.push(words.html(Text::GoodsFilesKept { names: &named(words, names, names.len()) })),
    }
    let said = parts.iter().filter_map(|part| if let Part::Said { name, html } = part { Some((name, html)) } else { None });
    let said: Vec<String> = said.map(|(name, html)| format!("📎 <b>{}</b>\n{html}", escape(name))).collect();
    let more = said.len().saturating_sub(SAID_MAX);
    lines.extend(said.into_iter().take(SAID_MAX));
    lines.extend((more > 0).then(|| words.html(Text::AndMore { count: whole(more) })));
    lines.join("\n\n")
}

/// Documents of an album about which something is said: what is wrong with one may be long.
const SAID_MAX: usize = 4;

/// How many units came in by all of them.
fn taken(words: Words, parts: &[&Part]) -> Option<String> {
    let (mut is_any, mut all, mut whole_files, mut texts, mut known, mut all_names) = (false, 0, 0, 0, 0, Vec::new());
    for part in parts {
        if let Part::Taken { added, files, known_texts, known_files, names } = part {
            is_any = true;
            all += added;
            whole_files += files;
            texts += known_texts;
            known += known_files;
            all_names.extend(names.iter().cloned());
        }
    }
    let said = match texts {
        0 => words.html(Text::StockAdded { added: whole(all) }),
        known => words.html(Text::StockAddedKnown { added: whole(all), known: whole(known) }),
    };
    all_names.truncate(NAMED_MAX);
    let sold_whole = (whole_files > 0).then(|| words.html(Text::StockFilesAdded { count: whole(whole_files) }));
    let known = (known > 0).then(|| words.html(Text::StockFilesKnown { names: &named(words, &all_names, known) }));
    is_any.then(|| [said].into_iter().chain(sold_whole).chain(known).collect::<Vec<_>>().join("\n"))
}

/// Keeps that a piece of a long text of somebody's came at `sent_at` (unix seconds UTC).
pub(super) async fn keep_piece(telegram: &Telegram, who: CustomerId, message: Option<i32>, sent_at: i64) -> Result<()> {
    Ok(telegram.shop.keep_album(who.0, piece(sent_at), message.unwrap_or_default(), Parts::new()).await?)
}

/// Whether a piece of a long text came together with what was sent at `sent_at`.
pub(super) async fn follows_piece(telegram: &Telegram, who: CustomerId, sent_at: i64) -> Result<bool> {
    let mut conn = telegram.shop.store.read().await?;
    for second in [sent_at, sent_at - 1] {
        if conn.album::<Parts>(who.0, &piece(second)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// No album of Telegram's is called so.
fn piece(sent_at: i64) -> String {
    format!("text at {sent_at}")
}
