//! Stock on its way in: typed, or in a file. What is wrong with it is told before anything is written; a large file shows how far it is in
//! one message, which says at the end what became of it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;

use super::album::{Album, Part};
use super::fetch;
use super::products::clipped;
use crate::domain::option::OptionId;
use crate::domain::product::{ProductId, STOCK_LINE_BYTES_MAX};
use crate::locale::{Html, Text, Words};
use crate::shop::archive::{FILES_MAX, UNPACKED_BYTES_MAX, Unfit};
use crate::shop::stock::{CHUNK, Intake, STOCK_BYTES_MAX, TakenIn, UNITS_MAX};
use crate::shop::stock_file::{self, Contents, UNIT_BYTES_MAX, Unread};
use crate::store::{Added, new_id};
use crate::telegram::Result;
use crate::telegram::api::Failure;
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::Screen;

/// Lines, or files, that are named when something is wrong with them.
pub(super) const NAMED_MAX: usize = 10;
/// Characters of a name that are shown.
const NAME_CHARS_SHOWN: usize = 60;
/// From so many units on it is shown how far they are.
const SHOWN_FROM: usize = 2 * CHUNK;
/// Between two changes of the message that shows it.
const SHOWN_EVERY: Duration = Duration::from_millis(1_200);

/// Takes typed units in; tells what became of them.
pub(super) async fn typed(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>, text: &str) -> Result<String> {
    match stock_file::lines(text) {
        Ok(units) => Ok(match told(visit, take_in(visit, &intake(visit, id, option), units).await?).await {
            Told::Taken(part) => part.alone(visit.words),
            Told::Said(html) => html,
        }),
        Err(unread) => Ok(unread_words(visit.words, &unread)),
    }
}

/// Takes the units of a file in; tells what became of them.
pub(super) async fn upload(
    visit: &Visit<'_>,
    id: &ProductId,
    option: Option<&OptionId>,
    upload: &Upload,
    is_picture: bool,
) -> Result<String> {
    let album = Album::of(visit).await?;
    let part = document(visit, id, option, upload, is_picture).await?;
    match album {
        Some(album) => album.with(visit, part).await,
        None => Ok(part.alone(visit.words)),
    }
}

async fn document(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>, upload: &Upload, is_picture: bool) -> Result<Part> {
    // A photo has lost its name and its quality on the way: what is sold must arrive as it is.
    if is_picture {
        return Ok(Part::said(upload, visit.words.html(Text::WrongPhotoAsGoods)));
    }
    let bytes = match fetch::bytes(visit, upload, STOCK_BYTES_MAX).await? {
        Ok(bytes) => bytes,
        Err(wrong) => return Ok(Part::said(upload, wrong)),
    };
    let name = upload.file_name.clone().unwrap_or_default();
    let read = tokio::task::spawn_blocking(move || stock_file::read(&name, bytes)).await;
    let intake = intake(visit, id, option);
    let taken = match read {
        Ok(Ok(Contents::Texts(units))) => take_in(visit, &intake, units).await?,
        Ok(Ok(Contents::Files(files))) => visit.telegram.shop.take_in_files(&intake, files).await?,
        Ok(Err(unread)) => return Ok(Part::said(upload, unread_words(visit.words, &unread))),
        Err(error) => {
            tracing::error!(chat.id = visit.customer.id.0, error = &error as &dyn std::error::Error, "a file with stock could not be read");
            return Ok(Part::said(upload, visit.words.html(Text::WrongEncoding)));
        }
    };
    Ok(match told(visit, taken).await {
        Told::Taken(part) => part,
        Told::Said(html) => Part::said(upload, html),
    })
}

/// Named by the message that brings it: handled again, it is the same.
fn intake(visit: &Visit<'_>, id: &ProductId, option: Option<&OptionId>) -> Intake {
    let name = visit.message.map_or_else(new_id, |message| format!("{}:{message}", visit.customer.id.0));
    Intake { name, product: id.clone(), option: option.cloned() }
}

async fn take_in(visit: &Visit<'_>, intake: &Intake, units: Vec<String>) -> Result<TakenIn> {
    let total = units.len();
    if total < SHOWN_FROM {
        return Ok(visit.telegram.shop.take_in_units(intake, units, &mut |_| async {}.boxed()).await?);
    }
    let message = progress_message(visit, intake, total).await?;
    let mut shown_at = Instant::now();
    let mut told_so_far = |done: usize| {
        let is_due = done < total && shown_at.elapsed() >= SHOWN_EVERY;
        if is_due {
            shown_at = Instant::now();
        }
        async move {
            if is_due && let Some(message) = message {
                show(visit, message, done, total).await;
            }
        }
        .boxed()
    };
    let taken = visit.telegram.shop.take_in_units(intake, units, &mut told_so_far).await?;
    visit.telegram.shop.keep_intake_message(intake, None).await?;
    Ok(taken)
}

/// The message that shows how far it is, and in which the answer will stand; none when it cannot be sent.
async fn progress_message(visit: &Visit<'_>, intake: &Intake, total: usize) -> Result<Option<i32>> {
    let (shop, chat) = (&visit.telegram.shop, visit.customer.id.0);
    let shown = Some(visit.shown_in.load(Ordering::SeqCst)).filter(|message| *message != 0);
    let known = shop.intake_message(intake).await?;
    let message = match shown.or(known) {
        Some(message) => Some(message),
        None => match visit.telegram.send(chat, &Screen::words(progress(visit.words, 0, total))).await {
            Ok(sent) => Some(sent.id),
            Err(error) => {
                tracing::info!(chat.id = chat, error = %error, "how far stock is could not be shown");
                None
            }
        },
    };
    if let Some(message) = message {
        shop.keep_intake_message(intake, Some(message)).await?;
        visit.shown_in.store(message, Ordering::SeqCst);
    }
    Ok(message)
}

async fn show(visit: &Visit<'_>, message: i32, done: usize, total: usize) {
    let chat = visit.customer.id.0;
    let html = progress(visit.words, done, total);
    match visit.telegram.noted(chat, visit.telegram.api.edit_text(chat, message, &html, &[]).await) {
        Ok(()) => {}
        Err(failure @ (Failure::CannotEdit(_) | Failure::Wait(_))) => {
            tracing::debug!(chat.id = chat, error = %failure, "how far stock is was not shown");
        }
        Err(failure) => tracing::info!(chat.id = chat, error = %failure, "how far stock is could not be shown"),
    }
}

fn progress(words: Words, done: usize, total: usize) -> String {
    words.html(Text::StockProgress { done: &grouped(done), total: &grouped(total) })
}

/// `12,000`
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is told of units.
enum Told {
    Taken(Part),
    /// HTML.
    Said(String),
}

/// What became of units; once they are safe, the message that brought them leaves the chat.
async fn told(visit: &Visit<'_>, taken: TakenIn) -> Told {
    if matches!(taken, TakenIn::Done(_) | TakenIn::Files { .. }) {
        forget_message(visit).await;
    }
    let words = visit.words;
    Told::Said(match taken {
        TakenIn::Done(Added { added, known }) => {
            return Told::Taken(Part::Taken { added, files: 0, known_texts: known, known_files: 0, names: Vec::new() });
        }
        TakenIn::Files { added, known: mut names } => {
            let known_files = names.len();
            names.truncate(NAMED_MAX);
            return Told::Taken(Part::Taken { added, files: added, known_texts: 0, known_files, names });
        }
        TakenIn::Refused(unread) => unread_words(words, &unread),
        TakenIn::Broken { added } => words.html(Text::StockBroken { added: whole(added) }),
        TakenIn::NoOption => words.html(Text::StockOfOptions),
        TakenIn::NoStock => words.html(Text::ProductNotThere),
    })
}

/// What is wrong with what was sent, and what to do.
fn unread_words(words: Words, unread: &Unread) -> String {
    match unread {
        Unread::Nothing => words.html(Text::WrongEmpty),
        Unread::NoText => words.html(Text::WrongEncoding),
        Unread::TooLong { lines } => {
            let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
            words.html(Text::WrongLines {
                lines: &named(words, &numbers, numbers.len()),
                count: whole(lines.len()),
                most: whole(STOCK_LINE_BYTES_MAX),
            })
        }
        Unread::TooMany { units } => words.html(Text::WrongTooMany { count: whole(*units), most: whole(UNITS_MAX) }),
        Unread::Quote { line } => words.html(Text::WrongQuote { line: whole(*line) }),
        Unread::Archive(unfit) => match unfit {
            Unfit::Damaged => words.html(Text::WrongZipDamaged),
            Unfit::Empty => words.html(Text::WrongZipEmpty),
            Unfit::TooMany { files } => words.html(Text::WrongZipMany { count: whole(*files), most: whole(FILES_MAX) }),
            Unfit::TooLarge => {
                let megabytes = i64::try_from(UNPACKED_BYTES_MAX / 1024 / 1024).unwrap_or(i64::MAX);
                words.html(Text::WrongZipLarge { megabytes })
            }
            Unfit::Barred { locked, nested } => words.html(Text::WrongZipBarred { files: Html(&barred(words, locked, nested)) }),
        },
        Unread::Entries(bad) => {
            let line = |bad: &stock_file::BadEntry| {
                let megabytes = whole(UNIT_BYTES_MAX / 1_000 / 1_000);
                let name = clipped(&bad.name, NAME_CHARS_SHOWN);
                let name = name.as_str();
                words.html(if bad.is_too_large { Text::WrongEntryLarge { name, megabytes } } else { Text::WrongEntryEmpty { name } })
            };
            words.html(Text::WrongEntries { files: Html(&some(words, bad.iter().map(line))) })
        }
    }
}

/// The files of an archive that are not opened, each with what to do about it.
pub(super) fn barred(words: Words, locked: &[String], nested: &[String]) -> String {
    let locked = locked.iter().map(|name| words.html(Text::WrongEntryLocked { name: &clipped(name, NAME_CHARS_SHOWN) }));
    let nested = nested.iter().map(|name| words.html(Text::WrongEntryNested { name: &clipped(name, NAME_CHARS_SHOWN) }));
    some(words, locked.chain(nested))
}

/// The first lines, and how many there are beside them.
fn some(words: Words, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    let more = lines.len().saturating_sub(NAMED_MAX);
    let more = (more > 0).then(|| words.html(Text::AndMore { count: whole(more) }));
    lines.into_iter().take(NAMED_MAX).chain(more).collect::<Vec<_>>().join("\n")
}

/// The first of `count` names, in one line.
pub(super) fn named(words: Words, names: &[String], count: usize) -> String {
    let shown = names.iter().take(NAMED_MAX).map(|name| clipped(name, NAME_CHARS_SHOWN)).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(names.len().min(NAMED_MAX)) {
        0 => shown,
        more => format!("{shown} {}", words.plain(Text::AndMore { count: whole(more) })),
    }
}

pub(super) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Takes the seller's own message with the units out of the chat: they are secrets, and they are safe now.
async fn forget_message(visit: &Visit<'_>) {
    let Some(message) = visit.message else { return };
    if let Err(error) = visit.telegram.api.delete(visit.customer.id.0, message).await {
        tracing::info!(chat.id = visit.customer.id.0, error = %error, "a message with stock could not be taken away");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_groups_of_three() {
        assert_eq!([0, 999, 1_000, 12_000, 100_000, 1_234_567].map(grouped), ["0", "999", "1,000", "12,000", "100,000", "1,234,567"]);
    }
}
