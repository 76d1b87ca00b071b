//! Who of the staff may do what. Everybody else may do nothing of it, and does not learn that it exists.

use crate::domain::customer::Role;
use crate::telegram::action::Action;

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
    /// What an action needs. The buttons of a form need what the form needs, which is asked for beside this.
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
            Action::Numbers(numbers) => super::numbers::right_of(numbers),
            _ => Self::Serve,
        }
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
