//! The catalog as a file: taken out, sent back, looked at before anything changes, and applied as a whole or not at all.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::{fetch, intake, products, tap};
use crate::locale::{Html, Text, Words, escape};
use crate::shop::archive::{FILES_MAX, UNPACKED_BYTES_MAX, Unfit};
use crate::shop::catalog_file::{CatalogFile, Done, Goods, Outcome, Plan, Problems, Unread, may_have_catalog, received};
use crate::shop::export::Asking;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::action::goods::catalog::CatalogAction;
use crate::telegram::catalog_export::{FETCHED_BYTES_MAX, count, megabytes};
use crate::telegram::form::{CatalogForm, Form};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{File, Reply, Screen};

/// Problems that a message shows; all of them are in a document when there are more.
const PROBLEMS_SHOWN: usize = 10;
/// Characters of a problem that a message shows.
const PROBLEM_CHARS_SHOWN: usize = 250;
/// Changes that a message shows; all of them are in a document when there are more.
const LINES_SHOWN: usize = 12;
/// Characters of a change that a message shows.
const LINE_CHARS_SHOWN: usize = 160;

/// A button.
pub(super) async fn action(visit: &Visit<'_>, action: CatalogAction) -> Result<Reply> {
    match action {
        CatalogAction::Page => page(visit).await,
        CatalogAction::Export { goods } => export(visit, goods).await,
        CatalogAction::Apply { .. } | CatalogAction::Discard => visit.old_button().await,
    }
}

/// A button below what a file would change.
pub(super) async fn button(visit: &Visit<'_>, form: CatalogForm, action: Action) -> Result<Reply> {
    match (form, action) {
        (CatalogForm::Told { file_id, name, sha256, plan }, Action::Goods(GoodsAction::File(CatalogAction::Apply { plan: tapped })))
            if tapped == plan =>
        {
            apply(visit, file_id, name, &sha256, &plan).await
        }
        (_, Action::Goods(GoodsAction::File(CatalogAction::Discard))) => {
            visit.telegram.end_form(visit.customer.id).await?;
            Ok(products::list(visit, 0).await?.with_toast(visit.words.plain(Text::CatalogDiscarded)))
        }
        _ => visit.old_button().await,
    }
}

/// The question that is open, once more: what a file would change stands where it was told.
pub(super) async fn again(visit: &Visit<'_>, form: &CatalogForm) -> Result<Reply> {
    match form {
        CatalogForm::File => page(visit).await,
        CatalogForm::Told { .. } => Ok(Reply::default()),
    }
}

/// What can be done; a file that comes next is taken for the catalog.
async fn page(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Catalog(CatalogForm::File)).await?;
    let mut html = visit.words.html(Text::CatalogFilePage);
    let has = |goods| visit.role.is_some_and(|role| may_have_catalog(goods, role));
    if has(Goods::Inside) {
        html = format!("{html}\n\n{}", visit.words.html(Text::CatalogFileGoods));
    }
    let export = |label, goods| has(goods).then(|| tap(visit, label, Action::Goods(GoodsAction::File(CatalogAction::Export { goods }))));
    Ok(Reply::edit(
        Screen::words(html)
            .row(export(Text::ButtonCatalogExport, Goods::Inside))
            .row(export(Text::ButtonCatalogBare, Goods::LeftOut))
            .row([tap(visit, Text::ButtonBackToProducts, Action::SellerProducts { page: 0 })]),
    ))
}

/// Asks for the catalog as a file.
async fn export(visit: &Visit<'_>, goods: Goods) -> Result<Reply> {
    if !visit.role.is_some_and(|role| may_have_catalog(goods, role)) {
        return Ok(Reply::alert(visit.words.plain(Text::NotAllowed)));
    }
    let said = match visit.telegram.shop.ask_for_catalog(visit.customer.id, goods).await? {
        Asking::Begun => Text::ExportBegun,
        Asking::TooMany => Text::ExportTooMany,
    };
    Ok(Reply::toast(visit.words.plain(said)))
}

/// Words came where a file is awaited.
pub(super) fn file_please(visit: &Visit<'_>) -> Reply {
    Reply::send(Screen::words(visit.words.html(Text::CatalogFilePlease)))
}

/// A file came: what it would change, or what is wrong with it.
pub(super) async fn upload(visit: &Visit<'_>, upload: &Upload, is_picture: bool) -> Result<Reply> {
    if is_picture {
        return Ok(Reply::send(Screen::words(visit.words.html(Text::CatalogNotAsPhoto))));
    }
    // What was told before is over, whatever becomes of this one.
    visit.telegram.ask(visit.customer.id, Form::Catalog(CatalogForm::File)).await?;
    let name = upload.file_name.clone().unwrap_or_default();
    let (file, sha256) = match fetched(visit, upload, &name).await? {
        Ok(fetched) => fetched,
        Err(reply) => return Ok(reply),
    };
    let Some(role) = visit.role else { return visit.old_button().await };
    match visit.telegram.shop.catalog_plan(&file, role).await? {
        Ok(plan) => {
            let told = CatalogForm::Told { file_id: upload.file_id.clone(), name, sha256, plan: plan.fingerprint() };
            tell(visit, &plan, told, Text::CatalogPlan).await
        }
        Err(problems) => Ok(problems_reply(visit.words, &problems)),
    }
}

/// Does what was told, if it still is what would be done.
async fn apply(visit: &Visit<'_>, file_id: String, name: String, sha256: &str, plan: &str) -> Result<Reply> {
    let upload = Upload { file_id: file_id.clone(), file_name: Some(name.clone()), size: None, media_type: None, caption: String::new() };
    let (file, found) = match fetched(visit, &upload, &name).await? {
        Ok(fetched) => fetched,
        Err(reply) => return Ok(reply),
    };
    if found != sha256 {
        visit.telegram.ask(visit.customer.id, Form::Catalog(CatalogForm::File)).await?;
        return Ok(Reply::edit(Screen::words(visit.words.html(Text::CatalogOtherFile))));
    }
    let Some(role) = visit.role else { return visit.old_button().await };
    match visit.telegram.shop.import_catalog(file, role, plan).await? {
        Outcome::Done(done) => {
            visit.telegram.end_form(visit.customer.id).await?;
            Ok(done_reply(visit, &done))
        }
        Outcome::Another(plan) => {
            let told = CatalogForm::Told { file_id, name, sha256: found, plan: plan.fingerprint() };
            tell(visit, &plan, told, Text::CatalogPlanAnother).await
        }
        Outcome::Unfit(problems) => {
            visit.telegram.ask(visit.customer.id, Form::Catalog(CatalogForm::File)).await?;
            Ok(problems_reply(visit.words, &problems))
        }
    }
}

/// The file, read, and the hash of its bytes; or what to say instead.
async fn fetched(visit: &Visit<'_>, upload: &Upload, name: &str) -> Result<std::result::Result<(CatalogFile, String), Reply>> {
    let bytes = match fetch::bytes(visit, upload, FETCHED_BYTES_MAX).await? {
        Ok(bytes) => bytes,
        Err(wrong) => return Ok(Err(Reply::send(Screen::words(wrong)))),
    };
    let sha256 = HEXLOWER.encode(digest(&SHA256, &bytes).as_ref());
    let name = name.to_owned();
    let read = tokio::task::spawn_blocking(move || received(&name, bytes)).await;
    Ok(match read {
        Ok(Ok(file)) => Ok((file, sha256)),
        Ok(Err(Unread::Problems(problems))) => Err(problems_reply(visit.words, &problems)),
        Ok(Err(unread)) => Err(Reply::send(Screen::words(unread_words(visit.words, &unread)))),
        Err(_) => Err(Reply::send(Screen::words(visit.words.html(Text::CatalogZipDamaged)))),
    })
}

/// Tells what would change, and asks.
async fn tell(visit: &Visit<'_>, plan: &Plan, told: CatalogForm, title: Text<'_>) -> Result<Reply> {
    let words = visit.words;
    if plan.is_nothing() {
        visit.telegram.end_form(visit.customer.id).await?;
        let back = tap(visit, Text::ButtonBackToProducts, Action::SellerProducts { page: 0 });
        return Ok(Reply::edit(Screen::words(words.html(Text::CatalogNothing)).row([back])));
    }
    visit.telegram.ask(visit.customer.id, Form::Catalog(told)).await?;
    let (lines, file) = lines(words, plan);
    let mut parts = vec![words.html(title), numbers(words, plan), lines];
    parts.push(words.html(Text::CatalogAskApply));
    let apply = CatalogAction::Apply { plan: plan.fingerprint() };
    let screen = Screen::words(parts.join("\n\n"))
        .row([tap(visit, Text::ButtonCatalogApply, Action::Goods(GoodsAction::File(apply)))])
        .row([tap(visit, Text::ButtonCatalogDiscard, Action::Goods(GoodsAction::File(CatalogAction::Discard)))]);
    // Below the document, so that the buttons are the newest.
    let reply = if file.is_some() { Reply::send(screen) } else { Reply::edit(screen) };
    Ok(reply.with_file(file))
}

fn done_reply(visit: &Visit<'_>, done: &Done) -> Reply {
    let words = visit.words;
    let mut parts = vec![words.html(Text::CatalogApplied), numbers(words, &done.plan)];
    if !done.secrets.is_empty() {
        // In a notice of their own, which comes also when this answer does not.
        parts.push(words.html(Text::CatalogSecretsApart));
    }
    let back = tap(visit, Text::ButtonBackToProducts, Action::SellerProducts { page: 0 });
    Reply::edit(Screen::words(parts.join("\n\n")).row([back]))
}

/// The plan in numbers, and what it leaves alone.
fn numbers(words: Words, plan: &Plan) -> String {
    let counts = plan.counts();
    let mut lines = Vec::new();
    if counts.shop_changed {
        lines.push(words.html(Text::CatalogPlanShop));
    }
    let tally = |tally: crate::shop::catalog_file::Tally| (count(tally.added), count(tally.changed), count(tally.same));
    let (added, changed, same) = tally(counts.categories);
    lines.push(words.html(Text::CatalogPlanCategories { added, changed, same }));
    let (added, changed, same) = tally(counts.products);
    lines.push(words.html(Text::CatalogPlanProducts { added, changed, same }));
    if counts.stock_added + counts.stock_known > 0 {
        lines.push(words.html(Text::CatalogPlanStock { added: count(counts.stock_added), known: count(counts.stock_known) }));
    }
    if plan.files_kept > 0 {
        lines.push(words.html(Text::CatalogPlanKept { count: count(plan.files_kept) }));
    }
    if plan.categories_left + plan.products_left > 0 {
        let (categories, products) = (count(plan.categories_left), count(plan.products_left));
        lines.push(words.html(Text::CatalogPlanLeft { categories, products }));
    }
    lines.join("\n")
}

/// The first lines of a plan for a message, and all of them as a document when they do not fit there.
fn lines(words: Words, plan: &Plan) -> (String, Option<File>) {
    let lines = plan.lines();
    let mut shown: Vec<String> =
        lines.iter().take(LINES_SHOWN).map(|line| format!("<code>{}</code>", escape(&products::clipped(line, LINE_CHARS_SHOWN)))).collect();
    let is_whole = lines.len() <= LINES_SHOWN && lines.iter().all(|line| line.chars().count() <= LINE_CHARS_SHOWN);
    if let Some(more) = lines.len().checked_sub(LINES_SHOWN).filter(|more| *more > 0) {
        shown.push(words.html(Text::CatalogPlanMore { count: count(more) }));
    }
    let file = (!is_whole).then(|| File { name: "changes.txt".into(), text: format!("{plan}\n") });
    (shown.join("\n"), file)
}

/// What is wrong with a file, by line; all of it as a document when it is much.
fn problems_reply(words: Words, Problems(problems): &Problems) -> Reply {
    let mut parts = vec![words.html(Text::CatalogProblems { count: count(problems.len()) })];
    let problem = |problem: &crate::shop::catalog_file::Problem| {
        words.html(Text::CatalogProblem { line: count(problem.line), what: &products::clipped(&problem.what, PROBLEM_CHARS_SHOWN) })
    };
    parts.push(problems.iter().take(PROBLEMS_SHOWN).map(problem).collect::<Vec<_>>().join("\n"));
    let more = problems.len().saturating_sub(PROBLEMS_SHOWN);
    let file = (more > 0).then(|| {
        parts.push(words.html(Text::CatalogProblemsMore { count: count(more) }));
        File { name: "problems.txt".into(), text: on_lines(problems.iter().map(ToString::to_string)) }
    });
    Reply::send(Screen::words(parts.join("\n\n"))).with_file(file)
}

fn on_lines(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |text, line| text + &line + "\n")
}

/// Why a file is not read.
fn unread_words(words: Words, unread: &Unread) -> String {
    words.html(match unread {
        Unread::NoCatalog | Unread::Problems(_) => Text::CatalogNeither,
        Unread::NoneInside => Text::CatalogZipNone,
        Unread::TwoInside { first, second } => Text::CatalogZipTwo { first, second },
        Unread::Outside { name } => Text::CatalogZipOutside { name },
        Unread::Archive(Unfit::Damaged) => Text::CatalogZipDamaged,
        Unread::Archive(Unfit::Empty) => Text::CatalogZipEmpty,
        Unread::Archive(Unfit::TooMany { files }) => Text::CatalogZipTooMany { files: count(*files), most: count(FILES_MAX) },
        Unread::Archive(Unfit::TooLarge) => {
            Text::CatalogZipTooLarge { megabytes: megabytes(usize::try_from(UNPACKED_BYTES_MAX).unwrap_or(usize::MAX)) }
        }
        Unread::Archive(Unfit::Barred { locked, nested }) => {
            return words.html(Text::CatalogZipBarred { files: Html(&intake::barred(words, locked, nested)) });
        }
    })
}
