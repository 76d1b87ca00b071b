//! Categories: their names in every language, their order, and their end.

use super::{fetch, more, saying, tap, unfit, with_notice};
use crate::domain::product::{BlobId, CategoryId};
use crate::locale::{Text, escape};
use crate::shop::fields;
use crate::shop::shelves::{Deleted, ShelfForSeller};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{Button, Picture, Reply, Screen};

/// All categories.
pub(super) async fn list(visit: &Visit<'_>) -> Result<Reply> {
    let shelves = visit.telegram.shop.shelves_for_seller().await?;
    let text = if shelves.is_empty() { Text::CategoriesNone } else { Text::CategoriesTitle };
    let button = |shelf: &ShelfForSeller| {
        let label = format!("{} · {}", shelf.category.name.get(&visit.customer.language), shelf.products);
        Button::tap(label, Action::Goods(GoodsAction::Category { id: shelf.category.id.clone() }))
    };
    Ok(Reply::edit(
        Screen::words(visit.words.html(text))
            .grid(shelves.iter().map(button), 1)
            .row([tap(visit, Text::ButtonNewCategory, Action::Goods(GoodsAction::NewCategory))])
            .row([tap(visit, Text::ButtonBackToProducts, Action::SellerProducts { page: 0 })]),
    ))
}

/// One category.
pub(super) async fn page(visit: &Visit<'_>, id: &CategoryId) -> Result<Reply> {
    let Some(shelf) = find(visit, id).await? else { return gone(visit).await };
    let name = shelf.category.name.get(&visit.customer.language);
    let html = format!("🗂 <b>{}</b>\n\n{}", escape(name), visit.words.html(Text::CategoryPage { count: shelf.products }));
    let languages =
        more::language_buttons(&shelf.category.name, |language| Action::Goods(GoodsAction::NameCategory { id: id.clone(), language }));
    let does = |label, action| tap(visit, label, Action::Goods(action));
    let delete = (shelf.products == 0).then(|| does(Text::ButtonDeleteCategory, GoodsAction::DeleteCategory { id: id.clone() }));
    Ok(Reply::edit(
        Screen::words(html)
            .picture(shelf.category.picture.map(Picture::Stored))
            .grid(languages, 3)
            .row([does(Text::ButtonEditPicture, GoodsAction::PictureCategory { id: id.clone() })])
            .row([
                does(Text::ButtonUp, GoodsAction::MoveCategory { id: id.clone(), up: true }),
                does(Text::ButtonDown, GoodsAction::MoveCategory { id: id.clone(), up: false }),
            ])
            .row(delete)
            .row([does(Text::ButtonBack, GoodsAction::Categories)]),
    ))
}

/// Moves a category past its neighbour.
pub(super) async fn move_category(visit: &Visit<'_>, id: &CategoryId, up: bool) -> Result<Reply> {
    let moved = visit.telegram.shop.move_category(id, up).await?;
    Ok(list(visit).await?.with_toast(visit.words.plain(if moved { Text::Moved } else { Text::MovedNot })))
}

/// Takes an empty category away.
pub(super) async fn delete(visit: &Visit<'_>, id: &CategoryId) -> Result<Reply> {
    match visit.telegram.shop.delete_category(id).await? {
        Deleted::Done => Ok(list(visit).await?.with_toast(visit.words.plain(Text::CategoryDeleted))),
        Deleted::InUse { products } => Ok(Reply::alert(visit.words.plain(Text::CategoryInUse { count: products }))),
        Deleted::Gone => gone(visit).await,
    }
}

/// Asks for the name of a category in a language; none: of a new one.
pub(super) async fn start(visit: &Visit<'_>, id: Option<&CategoryId>, language: &str) -> Result<Reply> {
    let category = id.map(|id| id.as_str().to_owned());
    visit.telegram.ask(visit.customer.id, Form::CategoryName { category, language: language.to_owned() }).await?;
    ask(visit, id, language, None).await
}

/// A name was typed.
pub(super) async fn text(visit: &Visit<'_>, category: Option<&str>, language: &str, words: &str) -> Result<Reply> {
    let id = category.and_then(CategoryId::parse);
    let name = match fields::name(words) {
        Ok(name) => name,
        Err(wrong) => return ask(visit, id.as_ref(), language, Some(unfit::words(visit.words, wrong))).await,
    };
    if let Some(id) = id {
        return finish(visit, &id, language, &name).await;
    }
    let id = visit.telegram.shop.new_category(language, &name).await?;
    visit.telegram.end_form(visit.customer.id).await?;
    Ok(saying(page(visit, &id).await?, &visit.words.html(Text::ChangeKept)))
}

/// The name in a language is taken away.
pub(super) async fn skip(visit: &Visit<'_>, category: Option<&str>, language: &str) -> Result<Reply> {
    match category.and_then(CategoryId::parse) {
        Some(id) => finish(visit, &id, language, "").await,
        None => ask(visit, None, language, None).await,
    }
}

async fn finish(visit: &Visit<'_>, id: &CategoryId, language: &str, name: &str) -> Result<Reply> {
    let known = visit.telegram.shop.name_category(id, language, name).await?;
    visit.telegram.end_form(visit.customer.id).await?;
    if known { Ok(saying(page(visit, id).await?, &visit.words.html(Text::ChangeKept))) } else { gone(visit).await }
}

/// Shows what is asked, with something said above it.
pub(super) async fn ask(visit: &Visit<'_>, id: Option<&CategoryId>, language: &str, said: Option<String>) -> Result<Reply> {
    let shelf = match id {
        Some(id) => find(visit, id).await?,
        None => None,
    };
    if id.is_some() && shelf.is_none() {
        visit.telegram.end_form(visit.customer.id).await?;
        return gone(visit).await;
    }
    let now = shelf.iter().flat_map(|shelf| shelf.category.name.iter()).find(|(code, _)| *code == language).map(|(_, text)| text);
    let mut html = format!("🗂 {}\n\n{}", more::name_of(language), visit.words.html(Text::AskCategoryName));
    if let Some(now) = now {
        html = format!("{html}\n\n{}\n<code>{}</code>", visit.words.html(Text::NowItIs), escape(now));
    }
    let can_go = now.is_some() && shelf.as_ref().is_some_and(|shelf| shelf.category.name.iter().count() > 1);
    let remove = can_go.then(|| tap(visit, Text::ButtonRemove, Action::FormSkip));
    let cancel = tap(visit, Text::ButtonCancel, Action::FormCancel);
    Ok(Reply::edit(Screen::words(with_notice(said, &html)).row(remove.into_iter().chain([cancel]))))
}

/// Asks for the picture of a category.
pub(super) async fn start_picture(visit: &Visit<'_>, id: &CategoryId) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::CategoryPicture { category: id.as_str().to_owned() }).await?;
    ask_picture(visit, id.as_str(), None).await
}

/// Words came where a picture is awaited.
pub(super) async fn picture_please(visit: &Visit<'_>, category: &str) -> Result<Reply> {
    ask_picture(visit, category, Some(visit.words.html(Text::WrongPictureWanted))).await
}

/// A picture was sent, as a photo or as a file.
pub(super) async fn upload(visit: &Visit<'_>, category: &str, upload: &Upload) -> Result<Reply> {
    match fetch::picture(visit, upload).await? {
        Ok(picture) => keep_picture(visit, category, Some(picture)).await,
        Err(wrong) => ask_picture(visit, category, Some(wrong)).await,
    }
}

/// The picture is taken away.
pub(super) async fn no_picture(visit: &Visit<'_>, category: &str) -> Result<Reply> {
    keep_picture(visit, category, None).await
}

async fn keep_picture(visit: &Visit<'_>, category: &str, picture: Option<BlobId>) -> Result<Reply> {
    let id = CategoryId::parse(category);
    let known = match &id {
        Some(id) => visit.telegram.shop.picture_category(id, picture).await?,
        None => false,
    };
    visit.telegram.end_form(visit.customer.id).await?;
    match id.filter(|_| known) {
        Some(id) => Ok(saying(page(visit, &id).await?, &visit.words.html(Text::ChangeKept))),
        None => gone(visit).await,
    }
}

/// Shows what is asked, with something said above it.
pub(super) async fn ask_picture(visit: &Visit<'_>, category: &str, said: Option<String>) -> Result<Reply> {
    let shelf = match CategoryId::parse(category) {
        Some(id) => find(visit, &id).await?,
        None => None,
    };
    let Some(shelf) = shelf else {
        visit.telegram.end_form(visit.customer.id).await?;
        return gone(visit).await;
    };
    let name = escape(shelf.category.name.get(&visit.customer.language));
    let html = format!("🗂 <b>{name}</b>\n\n{}", visit.words.html(Text::AskPicture));
    let remove = shelf.category.picture.is_some().then(|| tap(visit, Text::ButtonRemove, Action::FormSkip));
    let cancel = tap(visit, Text::ButtonCancel, Action::FormCancel);
    Ok(Reply::edit(Screen::words(with_notice(said, &html)).row(remove.into_iter().chain([cancel]))))
}

async fn find(visit: &Visit<'_>, id: &CategoryId) -> Result<Option<ShelfForSeller>> {
    Ok(visit.telegram.shop.shelves_for_seller().await?.into_iter().find(|shelf| shelf.category.id == *id))
}

async fn gone(visit: &Visit<'_>) -> Result<Reply> {
    Ok(list(visit).await?.with_toast(visit.words.plain(Text::CategoryNotThere)))
}
