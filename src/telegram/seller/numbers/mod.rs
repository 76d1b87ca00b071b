//! What the seller learns and gets out of the shop: orders by how they stand, figures, files, and one message to many.

mod broadcasts;
mod draft;
mod exports;
mod orders;
mod stats;
mod summary;

pub(in crate::telegram) use self::broadcasts::progress_screen;
pub(in crate::telegram) use self::draft::message_screen;
pub(super) use self::orders::{extra_buttons, list_buttons};
pub(in crate::telegram) use self::summary::{stock_left, summary_words};

use super::rights::Right;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::form::NumbersForm;
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::numbers_action::{DraftPart, Numbers};
use crate::telegram::reply::Reply;

/// What a button needs.
pub(super) fn right_of(numbers: &Numbers) -> Right {
    match numbers {
        Numbers::Orders { .. } | Numbers::Find | Numbers::WriteToBuyer { .. } => Right::Serve,
        Numbers::AskCancelOrder { .. }
        | Numbers::CancelOrder { .. }
        | Numbers::Stats { .. }
        | Numbers::Exports
        | Numbers::Export { .. } => Right::Manage,
        Numbers::Summary
        | Numbers::SummaryHour { .. }
        | Numbers::ShopTime { .. }
        | Numbers::Broadcasts
        | Numbers::NewBroadcast
        | Numbers::Broadcast { .. }
        | Numbers::Draft { .. }
        | Numbers::DraftButton { .. }
        | Numbers::DraftAudience { .. }
        | Numbers::DraftProducts { .. }
        | Numbers::Steer { .. } => Right::Own,
    }
}

/// What a form needs.
pub(super) fn right_of_form(form: &NumbersForm) -> Right {
    match form {
        NumbersForm::Find => Right::Serve,
        NumbersForm::BroadcastText { .. } | NumbersForm::BroadcastPicture { .. } => Right::Own,
    }
}

/// A command; none when it is no such command.
pub(super) fn command(name: &str) -> Option<Action> {
    use crate::shop::statistics::Span;
    use crate::telegram::numbers_action::View;
    Some(Action::Numbers(match name {
        "stats" => Numbers::Stats { view: View::Days, span: Span::Week },
        "find" => Numbers::Find,
        "export" => Numbers::Exports,
        "broadcast" => Numbers::Broadcasts,
        _ => return None,
    }))
}

/// `/find` with what is looked for.
pub(super) async fn find(visit: &Visit<'_>, wanted: &str) -> Result<Reply> {
    orders::found(visit, wanted).await
}

/// A button.
pub(super) async fn action(visit: &Visit<'_>, numbers: Numbers) -> Result<Reply> {
    match numbers {
        Numbers::Orders { list, page } => orders::list(visit, list, page).await,
        Numbers::Find => orders::ask_what(visit).await,
        Numbers::AskCancelOrder { id } => Ok(orders::ask_cancel(visit, &id)),
        Numbers::CancelOrder { id } => orders::cancel(visit, &id).await,
        Numbers::WriteToBuyer { id } => orders::start_writing(visit, &id).await,
        Numbers::Stats { view, span } => stats::page(visit, view, span).await,
        Numbers::Summary => summary::page(visit).await,
        Numbers::SummaryHour { hour } => summary::set_hour(visit, hour).await,
        Numbers::ShopTime { offset_minutes } => summary::set_time(visit, offset_minutes).await,
        Numbers::Exports => Ok(exports::page(visit)),
        Numbers::Export { what, format } => exports::start(visit, what, format).await,
        Numbers::Broadcasts => broadcasts::list(visit).await,
        Numbers::NewBroadcast => draft::start(visit).await,
        Numbers::Broadcast { id } => broadcasts::page(visit, &id).await,
        Numbers::Steer { id, to } => broadcasts::steer(visit, &id, to).await,
        Numbers::Draft { id, part } => match part {
            DraftPart::Text => draft::ask_text(visit, &id, false).await,
            DraftPart::Picture => draft::ask_picture(visit, &id, None).await,
            DraftPart::NoPicture => draft::set_picture(visit, &id, None).await,
            DraftPart::Audience => Ok(draft::audiences(visit, &id)),
            DraftPart::Languages => draft::languages(visit, &id).await,
            DraftPart::Preview => draft::preview(visit, &id).await,
            DraftPart::AskSend => draft::ask_send(visit, &id).await,
            DraftPart::Send => broadcasts::send(visit, &id).await,
            DraftPart::Drop => draft::discard(visit, &id).await,
        },
        Numbers::DraftButton { id, product } => draft::set_button(visit, &id, product).await,
        Numbers::DraftAudience { id, audience } => draft::set_audience(visit, &id, audience).await,
        Numbers::DraftProducts { id, for_button, page } => draft::products(visit, &id, for_button, page).await,
    }
}

/// A typed answer.
pub(super) async fn text(visit: &Visit<'_>, form: NumbersForm, words: &str) -> Result<Reply> {
    match form {
        NumbersForm::Find => orders::found(visit, words).await,
        NumbersForm::BroadcastText { id, new } => draft::text(visit, &id, new, words).await,
        NumbersForm::BroadcastPicture { id } => {
            draft::ask_picture(visit, &id, Some(visit.words.html(crate::locale::Text::WrongPictureWanted))).await
        }
    }
}

/// The question that is open, once more, with something said above it.
pub(super) async fn again(visit: &Visit<'_>, form: NumbersForm, said: Option<String>) -> Result<Reply> {
    match form {
        NumbersForm::Find => orders::ask_what(visit).await,
        NumbersForm::BroadcastText { id, new } => draft::ask_text(visit, &id, new).await,
        NumbersForm::BroadcastPicture { id } => draft::ask_picture(visit, &id, said).await,
    }
}

/// A picture or a document.
pub(super) async fn upload(visit: &Visit<'_>, form: NumbersForm, upload: Upload) -> Result<Reply> {
    match form {
        NumbersForm::BroadcastPicture { id } => draft::upload(visit, &id, upload).await,
        _ => Ok(super::text_please(visit)),
    }
}

/// "Cancel" in a form that is over now.
pub(super) async fn cancelled(visit: &Visit<'_>, form: NumbersForm) -> Result<Reply> {
    match form {
        NumbersForm::Find => super::orders::list(visit, false, 0).await,
        NumbersForm::BroadcastText { new: true, .. } => broadcasts::list(visit).await,
        NumbersForm::BroadcastText { id, .. } | NumbersForm::BroadcastPicture { id } => broadcasts::page(visit, &id).await,
    }
}

/// A button of this file's pages.
fn numbers_tap(visit: &Visit<'_>, label: crate::locale::Text<'_>, numbers: Numbers) -> crate::telegram::reply::Button {
    super::tap(visit, label, Action::Numbers(numbers))
}
