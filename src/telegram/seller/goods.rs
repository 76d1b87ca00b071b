//! What is delivered: units of stock, texts and documents, or what a buyer is asked. The same in the making of a product and afterwards.

use super::album::{Album, Part};
use super::products::clipped;
use super::{fetch, intake, outside, tap, unfit};
use crate::domain::language::Localized;
use crate::domain::product::{Kind, Product, ProductId, Question, QuestionKind};
use crate::locale::{Text, escape};
use crate::shop::browse::Offered;
use crate::shop::fields;
use crate::shop::products::{Change, Changed};
use crate::telegram::Result;
use crate::telegram::action::{Action, Asked};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::Screen;

/// Bot API: a bot can fetch files of up to 20 MB.
const DOCUMENT_BYTES_MAX: usize = 20 * 1024 * 1024;
/// What is asked for, with the buttons that belong to it.
pub(super) fn screen(visit: &Visit<'_>, offered: &Offered) -> Screen {
    let product = &offered.product;
    match product.kind {
        Kind::Keys => {
            let html = visit.words.html(Text::AskStock { count: offered.stock.unwrap_or(0) });
            Screen::words(html).row([tap(visit, Text::ButtonDone, Action::FormDone)])
        }
        Kind::File => {
            let clear = (!product.text.is_empty() || !product.files.is_empty()).then(|| tap(visit, Text::ButtonClear, Action::FormClear));
            let done = tap(visit, Text::ButtonDone, Action::FormDone);
            Screen::words(files_html(visit, product)).row(clear.into_iter().chain([done]))
        }
        Kind::Manual => {
            let pick = |label, asked| tap(visit, label, Action::PickQuestion { asked });
            let nothing = if product.questions.is_empty() { Text::ButtonAskNothing } else { Text::ButtonAskNothingMore };
            Screen::words(questions_html(visit, product)).grid(
                [
                    pick(Text::ButtonAskAddress, Asked::Address),
                    pick(Text::ButtonAskPhone, Asked::Phone),
                    pick(Text::ButtonAskPhoto, Asked::Photo),
                    pick(Text::ButtonAskOwn, Asked::Own),
                    pick(nothing, Asked::Nothing),
                ],
                2,
            )
        }
        Kind::Invite => outside::invite_screen(visit, product),
        Kind::Webhook => outside::webhook_screen(visit, product),
    }
}

fn files_html(visit: &Visit<'_>, product: &Product) -> String {
    let text = product.text.get(&visit.customer.language);
    let text = (!text.is_empty()).then(|| format!("\n📝 <i>{}</i>", escape(&clipped(text, 300))));
    let files = product.files.iter().map(|file| format!("📎 {}", escape(&file.name)));
    let lines: Vec<String> = [visit.words.html(Text::AskFiles)].into_iter().chain(text).chain(files).collect();
    lines.join("\n")
}

/// Takes typed goods in; tells what became of them.
pub(super) async fn text(visit: &Visit<'_>, product: &Product, words: &str) -> Result<String> {
    match product.kind {
        Kind::Keys => Box::pin(intake::typed(visit, &product.id, None, words)).await,
        Kind::File => {
            let text = match fields::goods(words) {
                Ok(text) => text,
                Err(wrong) => return Ok(unfit::words(visit.words, wrong)),
            };
            let changed = visit.telegram.shop.change(&product.id, &visit.customer.language, Change::Text(text)).await?;
            Ok(visit.words.html(match changed {
                Changed::Done { .. } => Text::GoodsTextKept,
                _ => Text::ProductNotThere,
            }))
        }
        Kind::Manual => Ok(visit.words.html(Text::WrongTapPlease)),
        Kind::Invite => outside::invite_text(visit, product, words).await,
        Kind::Webhook => outside::webhook_text(visit, product, words).await,
    }
}

/// Takes a file in; tells what became of it.
pub(super) async fn upload(visit: &Visit<'_>, product: &Product, upload: &Upload, is_picture: bool) -> Result<String> {
    match product.kind {
        Kind::Keys => Box::pin(intake::upload(visit, &product.id, None, upload, is_picture)).await,
        Kind::File => Box::pin(given(visit, &product.id, upload, is_picture)).await,
        Kind::Manual => Ok(visit.words.html(Text::WrongTapPlease)),
        Kind::Invite => Ok(visit.words.html(Text::WrongInvite)),
        Kind::Webhook => Ok(visit.words.html(Text::WrongWordsWanted)),
    }
}

fn questions_html(visit: &Visit<'_>, product: &Product) -> String {
    let asked = visit.words.html(Text::AskQuestion);
    let label = |question: &Question| {
        let choices = question.choices.join(" / ");
        let choices = if choices.is_empty() { choices } else { format!(" <i>{}</i>", escape(&clipped(&choices, 100))) };
        format!("❓ {}{choices}", escape(&clipped(question.label.get(&visit.customer.language), 100)))
    };
    if product.questions.is_empty() {
        return asked;
    }
    let lines: Vec<String> = product.questions.iter().map(label).collect();
    format!("{asked}\n\n{}\n{}", visit.words.html(Text::AskedSoFar), lines.join("\n"))
}

/// What a button changes about what the buyer is asked; none when it must be typed first.
pub(super) fn question(visit: &Visit<'_>, asked: Asked) -> Option<Change> {
    let (id, kind, label) = match asked {
        Asked::Address => ("address", QuestionKind::Address, Text::QuestionAddress),
        Asked::Phone => ("phone", QuestionKind::Phone, Text::QuestionPhone),
        Asked::Photo => ("photo", QuestionKind::Photo, Text::QuestionPhoto),
        Asked::Nothing => return Some(Change::Questions(Vec::new())),
        Asked::Own => return None,
    };
    Some(Change::Ask(one(visit, id, kind, visit.words.plain(label))))
}

/// A question in the seller's own words, with the answers to choose from if there are any.
pub(super) fn own_question(visit: &Visit<'_>, (label, choices): (String, Vec<String>)) -> Change {
    let kind = if choices.is_empty() { QuestionKind::Text } else { QuestionKind::Choice };
    Change::Ask(Question { choices, ..one(visit, "answer", kind, label) })
}

fn one(visit: &Visit<'_>, id: &str, kind: QuestionKind, text: String) -> Question {
    let mut label = Localized::default();
    label.set(&visit.customer.language, text);
    Question { id: id.to_owned(), kind, label, choices: Vec::new() }
}

/// Takes what every buyer gets; tells what became of it, and of what was sent together with it.
async fn given(visit: &Visit<'_>, id: &ProductId, upload: &Upload, is_picture: bool) -> Result<String> {
    let album = Album::of(visit).await?;
    // A photo has lost its name and its quality on the way: what is sold must arrive as it is.
    let part = if is_picture { Part::said(upload, visit.words.html(Text::WrongPhotoAsGoods)) } else { document(visit, id, upload).await? };
    match album {
        Some(album) => album.with(visit, part).await,
        None => Ok(part.alone(visit.words)),
    }
}

async fn document(visit: &Visit<'_>, id: &ProductId, upload: &Upload) -> Result<Part> {
    let bytes = match fetch::bytes(visit, upload, DOCUMENT_BYTES_MAX).await? {
        Ok(bytes) => bytes,
        Err(wrong) => return Ok(Part::said(upload, wrong)),
    };
    let name = fields::file_name(upload.file_name.as_deref());
    let changed = visit.telegram.shop.add_file(id, &name, bytes).await?;
    Ok(match changed {
        Changed::Done { .. } => Part::Kept { name },
        Changed::FilesFull => Part::said(upload, visit.words.html(Text::WrongFilesFull)),
        _ => Part::said(upload, visit.words.html(Text::ProductNotThere)),
    })
}
