//! What is delivered: units of stock, texts and documents, or what a buyer is asked. The same in the making of a product and afterwards.

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
            Screen::words(visit.words.html(Text::AskQuestion)).grid(
                [
                    pick(Text::ButtonAskAddress, Asked::Address),
                    pick(Text::ButtonAskPhone, Asked::Phone),
                    pick(Text::ButtonAskPhoto, Asked::Photo),
                    pick(Text::ButtonAskOwn, Asked::Own),
                    pick(Text::ButtonAskNothing, Asked::Nothing),
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
        // A photo has lost its name and its quality on the way: what is sold must arrive as it is.
        Kind::File if is_picture => Ok(visit.words.html(Text::WrongPhotoAsGoods)),
        Kind::File => document(visit, &product.id, upload).await,
        Kind::Manual => Ok(visit.words.html(Text::WrongTapPlease)),
        Kind::Invite => Ok(visit.words.html(Text::WrongInvite)),
        Kind::Webhook => Ok(visit.words.html(Text::WrongWordsWanted)),
    }
}

/// What the buyer is asked, by a button; none when it must be typed first.
pub(super) fn question(visit: &Visit<'_>, asked: Asked) -> Option<Vec<Question>> {
    let (id, kind, label) = match asked {
        Asked::Address => ("address", QuestionKind::Address, Text::QuestionAddress),
        Asked::Phone => ("phone", QuestionKind::Phone, Text::QuestionPhone),
        Asked::Photo => ("photo", QuestionKind::Photo, Text::QuestionPhoto),
        Asked::Nothing => return Some(Vec::new()),
        Asked::Own => return None,
    };
    Some(vec![one(visit, id, kind, visit.words.plain(label))])
}

/// A question in the seller's own words.
pub(super) fn own_question(visit: &Visit<'_>, label: String) -> Vec<Question> {
    vec![one(visit, "answer", QuestionKind::Text, label)]
}

fn one(visit: &Visit<'_>, id: &str, kind: QuestionKind, text: String) -> Question {
    let mut label = Localized::default();
    label.set(&visit.customer.language, text);
    Question { id: id.to_owned(), kind, label, choices: Vec::new() }
}

async fn document(visit: &Visit<'_>, id: &ProductId, upload: &Upload) -> Result<String> {
    let bytes = match fetch::bytes(visit, upload, DOCUMENT_BYTES_MAX).await? {
        Ok(bytes) => bytes,
        Err(wrong) => return Ok(wrong),
    };
    let name = fields::file_name(upload.file_name.as_deref());
    let changed = visit.telegram.shop.add_file(id, &name, bytes).await?;
    Ok(visit.words.html(match changed {
        Changed::Done { .. } => Text::GoodsFileKept { name: &name },
        Changed::FilesFull => Text::WrongFilesFull,
        _ => Text::ProductNotThere,
    }))
}
