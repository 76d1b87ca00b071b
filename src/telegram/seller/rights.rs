//! Who of the staff may do what. Everybody else may do nothing of it, and does not learn that it exists.

use crate::domain::customer::{CustomerId, Role};
use crate::telegram::action::Action;
use crate::telegram::form::PeopleForm;
use crate::telegram::people_action::PeopleAction;

/// What something of the seller's side needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    /// Seeing products, orders and cases, handing over, sending again, looking for a payment.
    Serve,
    /// Changing what is sold, and deciding cases.
    Manage,
    /// The shop as a whole.
    Own,
}

impl Right {
    /// What an action needs. The buttons of a form need what the form needs, which is asked for beside this. Complete on purpose: whoever
    /// adds a button is asked what it needs.
    pub(super) fn of(action: &Action) -> Self {
        match action {
            Action::Edit { .. }
            | Action::SetState { .. }
            | Action::SetCategory { .. }
            | Action::AskArchive { .. }
            | Action::NewProduct
            | Action::NewProductKind { .. }
            | Action::ServeHeld { .. }
            | Action::CreditBuyer { .. }
            | Action::CreditWhole { .. }
            | Action::RecordRefund { .. }
            | Action::CloseCase { .. } => Self::Manage,
            Action::Settings | Action::EditShop { .. } | Action::Coins { .. } | Action::SetCoin { .. } => Self::Own,
            Action::People(action) => Self::of_people(action),
            Action::Panel
            | Action::SellerProducts { .. }
            | Action::SellerProduct { .. }
            | Action::SellerOrders { .. }
            | Action::SellerOrder { .. }
            | Action::HandOver { .. }
            | Action::DeliverAgain { .. }
            | Action::Recheck { .. }
            | Action::Cases
            | Action::Case { .. } => Self::Serve,
            // The buttons of a form, and those of buyers, which do not come here.
            Action::FormBack
            | Action::FormSkip
            | Action::FormCancel
            | Action::FormNew
            | Action::FormDone
            | Action::FormClear
            | Action::PickCategory { .. }
            | Action::PickQuestion { .. }
            | Action::Publish { .. }
            | Action::Front
            | Action::Shelf { .. }
            | Action::Product { .. }
            | Action::Buy { .. }
            | Action::QuickBuy { .. }
            | Action::Choose { .. }
            | Action::PickAsset { .. }
            | Action::PickNetwork { .. }
            | Action::PickCoin { .. }
            | Action::Card { .. }
            | Action::Check { .. }
            | Action::AskCancel { .. }
            | Action::Cancel { .. }
            | Action::Orders { .. }
            | Action::Order { .. }
            | Action::Resend { .. }
            | Action::Page(_)
            | Action::Language { .. }
            | Action::PayWithCredit { .. }
            | Action::UseCredit { .. } => Self::Serve,
        }
    }

    fn of_people(action: &PeopleAction) -> Self {
        match action {
            PeopleAction::Customers { .. }
            | PeopleAction::Find
            | PeopleAction::Customer { .. }
            | PeopleAction::CustomerOrders { .. }
            | PeopleAction::Note { .. }
            | PeopleAction::Answer { .. } => Self::Serve,
            PeopleAction::Credit { .. } | PeopleAction::Write { .. } | PeopleAction::Block { .. } | PeopleAction::Unblock { .. } => {
                Self::Manage
            }
            PeopleAction::Staff
            | PeopleAction::Roles
            | PeopleAction::Invite { .. }
            | PeopleAction::Member { .. }
            | PeopleAction::SetRole { .. }
            | PeopleAction::AskRemove { .. }
            | PeopleAction::Remove { .. }
            | PeopleAction::Done { .. }
            | PeopleAction::DoneToOrder { .. }
            | PeopleAction::DoneToCustomer { .. } => Self::Own,
        }
    }

    /// What a form about people needs: what the button needs that opens it.
    pub(super) fn of_people_form(form: &PeopleForm) -> Self {
        let opened_by = match *form {
            PeopleForm::Find => PeopleAction::Find,
            PeopleForm::Credit { customer, give, .. } => PeopleAction::Credit { id: CustomerId(customer), give },
            PeopleForm::Note { customer } => PeopleAction::Note { id: CustomerId(customer) },
            PeopleForm::Write { customer } => PeopleAction::Write { id: CustomerId(customer) },
            PeopleForm::Block { customer } => PeopleAction::Block { id: CustomerId(customer) },
            PeopleForm::Answer { customer } => PeopleAction::Answer { id: CustomerId(customer) },
        };
        Self::of_people(&opened_by)
    }
}

/// Whether a role has a right.
pub(super) fn may(role: Role, right: Right) -> bool {
    let most = match role {
        Role::Owner => Right::Own,
        Role::Manager => Right::Manage,
        Role::Support => Right::Serve,
    };
    right <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_the_rights_of_those_below_it() {
        let rights = [Right::Serve, Right::Manage, Right::Own];
        let of = |role| rights.map(|right| may(role, right));
        assert_eq!(of(Role::Owner), [true, true, true]);
        assert_eq!(of(Role::Manager), [true, true, false]);
        assert_eq!(of(Role::Support), [true, false, false]);
    }
}
