//! Which conversation a button or a typed text about people belongs to.

use super::{customers, done, panel, staff, support};
use crate::domain::customer::CustomerId;
use crate::domain::order::OrderId;
use crate::store::AuditOf;
use crate::telegram::Result;
use crate::telegram::form::PeopleForm;
use crate::telegram::handle::Visit;
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::Reply;

pub(super) use super::customers::find;

/// A button.
pub(super) async fn action(visit: &Visit<'_>, action: PeopleAction) -> Result<Reply> {
    match action {
        PeopleAction::Customers { by_spent, page } => customers::list(visit, by_spent, page).await,
        PeopleAction::Find => customers::start(visit, PeopleForm::Find).await,
        PeopleAction::Customer { id } => customers::page(visit, id).await,
        PeopleAction::CustomerOrders { id, page } => customers::orders(visit, id, page).await,
        PeopleAction::Credit { id, give } => customers::start(visit, PeopleForm::Credit { customer: id.0, give, amount: None }).await,
        PeopleAction::Note { id } => customers::start(visit, PeopleForm::Note { customer: id.0 }).await,
        PeopleAction::Write { id } => customers::start(visit, PeopleForm::Write { customer: id.0, order: None }).await,
        PeopleAction::Block { id } => customers::start(visit, PeopleForm::Block { customer: id.0 }).await,
        PeopleAction::Unblock { id } => customers::unblock(visit, id).await,
        PeopleAction::Answer { id } => support::start(visit, id).await,
        PeopleAction::Staff => staff::list(visit).await,
        PeopleAction::Roles => Ok(staff::roles(visit)),
        PeopleAction::Invite { role } => staff::invite(visit, role).await,
        PeopleAction::EndInvitations => staff::end_invitations(visit).await,
        PeopleAction::Member { id } => staff::page(visit, id).await,
        PeopleAction::SetRole { id, role } => staff::set_role(visit, id, role).await,
        PeopleAction::AskRemove { id } => staff::ask_remove(visit, id).await,
        PeopleAction::Remove { id } => staff::remove(visit, id).await,
        PeopleAction::Done { page } => done::list(visit, AuditOf::All, page).await,
        PeopleAction::DoneToOrder { id, page } => done::list(visit, AuditOf::Order(id), page).await,
        PeopleAction::DoneToCustomer { id, page } => done::list(visit, AuditOf::Customer(id), page).await,
    }
}

/// A typed text.
pub(super) async fn text(visit: &Visit<'_>, form: PeopleForm, words: &str) -> Result<Reply> {
    match form {
        PeopleForm::Answer { customer } => support::answer_text(visit, CustomerId(customer), words).await,
        form => customers::text(visit, form, words).await,
    }
}

/// "Skip" or "Remove", where a form has it.
pub(super) async fn skip(visit: &Visit<'_>, form: &PeopleForm) -> Result<Reply> {
    match form {
        PeopleForm::Note { customer } => customers::note(visit, CustomerId(*customer), "").await,
        _ => visit.old_button().await,
    }
}

/// The form was left: where it came from.
pub(super) async fn left(visit: &Visit<'_>, form: &PeopleForm) -> Result<Reply> {
    match form {
        PeopleForm::Find => customers::list(visit, false, 0).await,
        PeopleForm::Write { order: Some(order), .. } if OrderId::parse(order).is_some() => {
            customers::back_to_order(visit, order, None).await
        }
        PeopleForm::Credit { customer, .. }
        | PeopleForm::Note { customer }
        | PeopleForm::Write { customer, .. }
        | PeopleForm::Block { customer } => customers::page(visit, CustomerId(*customer)).await,
        PeopleForm::Answer { .. } => panel::panel(visit).await,
    }
}
