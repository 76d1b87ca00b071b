//! The forms of the staff: who may fill in which, and where what is typed, sent or tapped goes.

use futures_util::future::BoxFuture;

use super::rights::{Right, may};
use super::{
    acting, cases, catalog_file, categories, customers, edit, hand_over, more, numbers, options, orders, outside, panel, people, products,
    settings, shop_settings, solve, text_please, units, with, wizard,
};
use crate::domain::order::OrderId;
use crate::domain::product::{CategoryId, ProductId};
use crate::locale::Text;
use crate::telegram::Result;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::action::goods::catalog::CatalogAction;
use crate::telegram::action::{Action, Page};
use crate::telegram::buyer::{front, pages, questions};
use crate::telegram::form::{Form, NumbersForm, SettingForm};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::Reply;
use crate::telegram::setting_action::SettingAction;

/// A typed answer in a form of the staff.
pub(in crate::telegram) async fn text(visit: &Visit<'_>, form: Form, words: &str) -> Result<Reply> {
    if !holds(visit, &form) {
        return lost_form(visit).await;
    }
    let acting = acting(visit, form.name());
    let visit = &with(visit, &acting);
    match form {
        Form::Answer { .. } | Form::Support => front::not_understood(visit).await,
        Form::NewProduct(new) => wizard::text(visit, new, words).await,
        Form::Edit { product, field, naming } => match ProductId::parse(&product) {
            Some(id) => edit::text(visit, &id, field, naming, words).await,
            None => lost_form(visit).await,
        },
        Form::HandOver { order } => hand_over::text(visit, &order, words).await,
        Form::CloseCase { case } => cases::text(visit, &case, words).await,
        Form::CreditBuyer { case, amount, whole } => solve::credit_text(visit, &case, amount, whole, words).await,
        Form::RecordRefund { case } => solve::refund_text(visit, &case, words).await,
        Form::Shop { field } => settings::text(visit, field, words).await,
        Form::People(form) => people::text(visit, form, words).await,
        Form::Option(form) => options::text(visit, form, words).await,
        Form::Words { product, about, language } => more::text(visit, &product, about, &language, words).await,
        Form::CategoryName { category, language } => categories::text(visit, category.as_deref(), &language, words).await,
        Form::Numbers(form) => numbers::text(visit, form, words).await,
        Form::FindUnit { product } => Box::pin(units::wanted(visit, &product, words)).await,
        Form::CategoryPicture { category } => categories::picture_please(visit, &category).await,
        Form::Catalog(_) => Ok(catalog_file::file_please(visit)),
        Form::Setting(form) => shop_settings::text(visit, form, words).await,
    }
}

/// A picture or a document while a form is open; a buyer's form takes neither.
pub(in crate::telegram) fn upload<'v>(visit: &'v Visit<'v>, form: Form, upload: Upload, is_picture: bool) -> BoxFuture<'v, Result<Reply>> {
    Box::pin(take(visit, form, upload, is_picture))
}

async fn take(visit: &Visit<'_>, form: Form, upload: Upload, is_picture: bool) -> Result<Reply> {
    if !matches!(form, Form::Answer { .. }) && !holds(visit, &form) {
        return lost_form(visit).await;
    }
    let acting = acting(visit, form.name());
    let visit = &with(visit, &acting);
    match form {
        Form::NewProduct(new) => wizard::upload(visit, new, upload, is_picture).await,
        Form::Edit { product, field, naming } => match ProductId::parse(&product) {
            Some(id) => edit::upload(visit, &id, field, naming, upload, is_picture).await,
            None => lost_form(visit).await,
        },
        Form::Option(form) => options::upload(visit, form, &upload, is_picture).await,
        Form::Numbers(form) => numbers::upload(visit, form, upload).await,
        Form::CategoryPicture { category } => categories::upload(visit, &category, &upload).await,
        Form::Catalog(_) => catalog_file::upload(visit, &upload, is_picture).await,
        Form::Setting(SettingForm::Picture) => shop_settings::picture_sent(visit, &upload).await,
        _ => Ok(text_please(visit)),
    }
}

/// A sticker, a voice message, whatever else while a form is open.
pub(in crate::telegram) async fn other(visit: &Visit<'_>, form: Form) -> Result<Reply> {
    match form {
        Form::NewProduct(new) if may_form(visit, Right::Manage) => {
            wizard::show(visit, &new, Some(visit.words.html(Text::WrongOther))).await
        }
        Form::Edit { product, field, naming } if may_form(visit, Right::Manage) => match ProductId::parse(&product) {
            Some(id) => edit::show(visit, &id, field, naming, Some(visit.words.html(Text::WrongOther))).await,
            None => lost_form(visit).await,
        },
        Form::Option(form) if may_form(visit, Right::Manage) => options::ask(visit, form, Some(visit.words.html(Text::WrongOther))).await,
        Form::CategoryPicture { category } if may_form(visit, Right::Manage) => categories::picture_please(visit, &category).await,
        Form::Catalog(_) if may_form(visit, Right::Manage) => Ok(catalog_file::file_please(visit)),
        form @ (Form::Setting(SettingForm::Picture) | Form::Numbers(NumbersForm::BroadcastPicture { .. })) => {
            again(visit, form, Some(visit.words.html(Text::WrongPictureWanted))).await
        }
        _ => Ok(text_please(visit)),
    }
}

/// A channel or group was named; none when no form waits for one.
pub(in crate::telegram) async fn chat_named(visit: &Visit<'_>, chat: i64) -> Result<Option<Reply>> {
    match visit.telegram.form(visit.customer.id).await? {
        Some(form) if holds(visit, &form) => outside::chat_named(visit, form, chat).await,
        _ => Ok(None),
    }
}

/// Shows the question that is open once more, with something said above it.
pub(in crate::telegram) async fn again(visit: &Visit<'_>, form: Form, said: Option<String>) -> Result<Reply> {
    if !matches!(form, Form::Answer { .. } | Form::Support) && !holds(visit, &form) {
        return lost_form(visit).await;
    }
    match form {
        Form::Answer { order, .. } => questions::again(visit, &order).await,
        Form::Support => pages::page(visit, Page::Support).await,
        Form::NewProduct(new) => wizard::show(visit, &new, said).await,
        Form::Edit { product, field, naming } => match ProductId::parse(&product) {
            Some(id) => edit::show(visit, &id, field, naming, said).await,
            None => lost_form(visit).await,
        },
        Form::HandOver { order } => match OrderId::parse(&order) {
            Some(id) => hand_over::start(visit, &id).await,
            None => lost_form(visit).await,
        },
        Form::CloseCase { case } => cases::start_closing(visit, &case).await,
        Form::CreditBuyer { case, amount, whole } => solve::credit_again(visit, &case, amount, whole).await,
        Form::RecordRefund { case } => solve::start_refund(visit, &case).await,
        Form::Shop { field } => settings::start(visit, field).await,
        Form::People(form) => customers::start(visit, form).await,
        Form::Option(form) => options::ask(visit, form, said).await,
        Form::Words { product, about, language } => match ProductId::parse(&product) {
            Some(id) => more::ask(visit, &id, about, &language, said).await,
            None => lost_form(visit).await,
        },
        Form::CategoryName { category, language } => {
            categories::ask(visit, category.as_deref().and_then(CategoryId::parse).as_ref(), &language, said).await
        }
        Form::Numbers(form) => numbers::again(visit, form, said).await,
        Form::FindUnit { product } => units::ask_again(visit, &product).await,
        Form::CategoryPicture { category } => categories::ask_picture(visit, &category, said).await,
        Form::Catalog(form) => catalog_file::again(visit, &form).await,
        Form::Setting(form) => shop_settings::again(visit, form, said).await,
    }
}

/// A button of a form, and none is open: it was tapped twice, or is from long ago.
pub(in crate::telegram) async fn no_question(visit: &Visit<'_>, action: &Action) -> Result<Reply> {
    let page = match visit.role {
        Some(_) => panel::panel(visit).await?,
        None => front::front(visit).await?,
    };
    if *action == Action::FormCancel {
        return Ok(page);
    }
    let send = page.edit.into_iter().chain(page.send).collect();
    Ok(Reply { send, ..Reply::default() }.with_toast(visit.words.plain(Text::OldButton)))
}

/// "Cancel", in a form of anybody.
pub(super) async fn cancel(visit: &Visit<'_>) -> Result<Reply> {
    let form = visit.telegram.form(visit.customer.id).await?;
    let form = form.filter(|form| matches!(form, Form::Answer { .. } | Form::Support) || holds(visit, form));
    let stays = match &form {
        Some(Form::NewProduct(new)) => !wizard::discard(visit, new).await? && new.product.is_some(),
        _ => false,
    };
    visit.telegram.end_form(visit.customer.id).await?;
    match form {
        Some(Form::NewProduct(_)) => {
            let said = if stays { Text::NewProductKept } else { Text::NewProductDropped };
            Ok(products::list(visit, 0).await?.with_toast(visit.words.plain(said)))
        }
        Some(Form::Edit { product, .. }) => match ProductId::parse(&product) {
            Some(id) => products::page(visit, &id).await,
            None => panel::panel(visit).await,
        },
        Some(Form::HandOver { order }) => match OrderId::parse(&order) {
            Some(id) => orders::page(visit, &id).await,
            None => panel::panel(visit).await,
        },
        Some(Form::CloseCase { case } | Form::CreditBuyer { case, .. } | Form::RecordRefund { case }) => cases::page(visit, &case).await,
        Some(Form::Shop { .. }) => settings::page(visit).await,
        Some(Form::Numbers(form)) => numbers::cancelled(visit, form).await,
        Some(Form::CategoryPicture { category }) => match CategoryId::parse(&category) {
            Some(id) => categories::page(visit, &id).await,
            None => categories::list(visit).await,
        },
        Some(Form::Catalog(_)) => products::list(visit, 0).await,
        Some(Form::Setting(_)) => settings::page(visit).await,
        Some(Form::Option(form)) => options::cancelled(visit, &form).await,
        Some(Form::FindUnit { product }) => units::cancelled(visit, &product).await,
        Some(Form::Words { product, about, .. }) => match ProductId::parse(&product) {
            Some(id) => more::languages(visit, &id, about).await,
            None => panel::panel(visit).await,
        },
        Some(Form::CategoryName { category, .. }) => match category.as_deref().and_then(CategoryId::parse) {
            Some(id) => categories::page(visit, &id).await,
            None => categories::list(visit).await,
        },
        Some(Form::People(form)) => people::left(visit, &form).await,
        Some(Form::Answer { .. } | Form::Support) => front::front(visit).await,
        None => no_question(visit, &Action::FormCancel).await,
    }
}

/// Buttons that belong to the form that is open, whichever it is.
pub(in crate::telegram) fn is_form_button(action: &Action) -> bool {
    matches!(
        action,
        Action::FormBack
            | Action::FormSkip
            | Action::FormNew
            | Action::FormDone
            | Action::FormClear
            | Action::PickCategory { .. }
            | Action::PickQuestion { .. }
            | Action::Publish { .. }
            | Action::InviteDays { .. }
            | Action::Goods(GoodsAction::File(CatalogAction::Apply { .. } | CatalogAction::Discard))
    )
}

pub(super) async fn form_button(visit: &Visit<'_>, action: Action) -> Result<Reply> {
    let form = visit.telegram.form(visit.customer.id).await?;
    match form.filter(|form| holds(visit, form)) {
        Some(Form::NewProduct(new)) => wizard::button(visit, new, action).await,
        Some(Form::Edit { product, field, naming }) => match ProductId::parse(&product) {
            Some(id) => edit::button(visit, &id, field, naming, action).await,
            None => visit.old_button().await,
        },
        Some(Form::HandOver { order }) if action == Action::FormSkip => hand_over::finish(visit, &order, "").await,
        Some(Form::Shop { field }) if action == Action::FormSkip => settings::skip(visit, field).await,
        Some(Form::People(form)) if action == Action::FormSkip => people::skip(visit, &form).await,
        Some(Form::Option(form)) => options::button(visit, form, action).await,
        Some(Form::CategoryPicture { category }) if action == Action::FormSkip => categories::no_picture(visit, &category).await,
        Some(Form::Catalog(form)) => catalog_file::button(visit, form, action).await,
        Some(Form::Words { product, about, language }) if action == Action::FormSkip => more::skip(visit, &product, about, &language).await,
        Some(Form::CategoryName { category, language }) if action == Action::FormSkip => {
            categories::skip(visit, category.as_deref(), &language).await
        }
        _ => visit.old_button().await,
    }
}

/// Whether an action shows something else than the form that is open: what is typed next must not land in a form out of sight. A product
/// in the making waits, and its own buttons find it again.
pub(super) fn leaves_form(action: &Action) -> bool {
    let stays =
        matches!(action, Action::Goods(GoodsAction::File(CatalogAction::Export { .. })) | Action::Setting(SettingAction::ShowPhoto { .. }));
    !stays && !matches!(action, Action::Recheck { .. } | Action::DeliverAgain { .. } | Action::NewProduct | Action::NewProductKind { .. })
}

/// Whether this person may still do what the form is for.
fn holds(visit: &Visit<'_>, form: &Form) -> bool {
    match form {
        Form::Answer { .. } | Form::Support => false,
        Form::People(form) => may_form(visit, Right::of_people_form(form)),
        Form::NewProduct(_) | Form::Edit { .. } | Form::CloseCase { .. } | Form::CreditBuyer { .. } | Form::RecordRefund { .. } => {
            may_form(visit, Right::Manage)
        }
        Form::Option(_)
        | Form::Words { .. }
        | Form::CategoryName { .. }
        | Form::CategoryPicture { .. }
        | Form::FindUnit { .. }
        | Form::Catalog(_) => may_form(visit, Right::Manage),
        Form::HandOver { .. } => may_form(visit, Right::Serve),
        Form::Shop { .. } | Form::Setting(_) => may_form(visit, Right::Own),
        Form::Numbers(form) => may_form(visit, numbers::right_of_form(form)),
    }
}

fn may_form(visit: &Visit<'_>, right: Right) -> bool {
    visit.role.is_some_and(|role| may(role, right))
}

/// The form was of somebody who may not fill it in any more.
async fn lost_form(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    front::not_understood(visit).await
}
