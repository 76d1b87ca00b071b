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
            Action::Extend { .. }
            | Action::Edit { .. }
            | Action::SetState { .. }
            | Action::SetCategory { .. }
            | Action::AskArchive { .. }
            | Action::NewProduct
            | Action::NewProductKind { .. }
            | Action::ServeHeld { .. }
            | Action::CreditBuyer { .. }
            | Action::CreditWhole { .. }
            | Action::RecordRefund { .. }
            | Action::CloseCase { .. }
            | Action::Goods(_) => Self::Manage,
            Action::Settings | Action::EditShop { .. } | Action::Coins { .. } | Action::SetCoin { .. } => Self::Own,
            Action::CoinOrder
            | Action::CoinFirst { .. }
            | Action::Policy
            | Action::SetPolicy { .. }
            | Action::Currencies
            | Action::SetCurrency { .. } => Self::Own,
            Action::People(action) => Self::of_people(action),
            Action::Numbers(numbers) => super::numbers::right_of(numbers),
            Action::Setting(setting) => super::shop_settings::right_of(setting),
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
            | Action::InviteDays { .. }
            | Action::Publish { .. }
            | Action::Front
            | Action::Shelf { .. }
            | Action::Loose { .. }
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
            | PeopleAction::EndInvitations
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
        let opened_by = match form.clone() {
            PeopleForm::Find => PeopleAction::Find,
            PeopleForm::Credit { customer, give, .. } => PeopleAction::Credit { id: CustomerId(customer), give },
            PeopleForm::Note { customer } => PeopleAction::Note { id: CustomerId(customer) },
            // From an order's page whoever serves orders writes to its buyer.
            PeopleForm::Write { order: Some(_), .. } => return Self::Serve,
            PeopleForm::Write { customer, order: None } => PeopleAction::Write { id: CustomerId(customer) },
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
    use crate::telegram::action::tests::actions;
    use crate::telegram::numbers_action::Numbers;
    use crate::telegram::setting_action::SettingAction;

    #[test]
    fn each_role_has_the_rights_of_those_below_it() {
        let rights = [Right::Serve, Right::Manage, Right::Own];
        let of = |role| rights.map(|right| may(role, right));
        assert_eq!(of(Role::Owner), [true, true, true]);
        assert_eq!(of(Role::Manager), [true, true, false]);
        assert_eq!(of(Role::Support), [true, false, false]);
    }

    /// Who may do what, button by button, as a person would write it down. Complete, like [`Right::of`], and written apart from it.
    fn least_role(action: &Action) -> Option<Role> {
        match action {
            Action::Panel
            | Action::SellerProducts { .. }
            | Action::SellerProduct { .. }
            | Action::SellerOrders { .. }
            | Action::SellerOrder { .. }
            | Action::HandOver { .. }
            | Action::DeliverAgain { .. }
            | Action::Recheck { .. }
            | Action::Cases
            | Action::Case { .. } => Some(Role::Support),
            Action::Extend { .. }
            | Action::Edit { .. }
            | Action::SetState { .. }
            | Action::SetCategory { .. }
            | Action::NewProduct
            | Action::NewProductKind { .. }
            | Action::AskArchive { .. }
            | Action::ServeHeld { .. }
            | Action::CloseCase { .. }
            | Action::CreditBuyer { .. }
            | Action::CreditWhole { .. }
            | Action::RecordRefund { .. }
            | Action::Goods(_) => Some(Role::Manager),
            Action::Settings
            | Action::EditShop { .. }
            | Action::Coins { .. }
            | Action::SetCoin { .. }
            | Action::CoinOrder
            | Action::CoinFirst { .. }
            | Action::Policy
            | Action::SetPolicy { .. }
            | Action::Currencies
            | Action::SetCurrency { .. } => Some(Role::Owner),
            Action::People(action) => Some(match action {
                PeopleAction::Customers { .. }
                | PeopleAction::Find
                | PeopleAction::Customer { .. }
                | PeopleAction::CustomerOrders { .. }
                | PeopleAction::Note { .. }
                | PeopleAction::Answer { .. } => Role::Support,
                PeopleAction::Credit { .. } | PeopleAction::Write { .. } | PeopleAction::Block { .. } | PeopleAction::Unblock { .. } => {
                    Role::Manager
                }
                PeopleAction::Staff
                | PeopleAction::Roles
                | PeopleAction::Invite { .. }
                | PeopleAction::EndInvitations
                | PeopleAction::Member { .. }
                | PeopleAction::SetRole { .. }
                | PeopleAction::AskRemove { .. }
                | PeopleAction::Remove { .. }
                | PeopleAction::Done { .. }
                | PeopleAction::DoneToOrder { .. }
                | PeopleAction::DoneToCustomer { .. } => Role::Owner,
            }),
            Action::Numbers(numbers) => Some(match numbers {
                Numbers::Orders { .. } | Numbers::Find | Numbers::WriteToBuyer { .. } => Role::Support,
                Numbers::AskCancelOrder { .. }
                | Numbers::CancelOrder { .. }
                | Numbers::Stats { .. }
                | Numbers::Exports
                | Numbers::Export { .. } => Role::Manager,
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
                | Numbers::Steer { .. } => Role::Owner,
            }),
            Action::Setting(setting) => Some(match setting {
                SettingAction::Zones { .. }
                | SettingAction::SetZone { .. }
                | SettingAction::Quiet
                | SettingAction::SetQuiet { .. }
                | SettingAction::QuietUrgent { .. }
                | SettingAction::Notices
                | SettingAction::NoticesHome
                | SettingAction::Picture
                | SettingAction::NoPicture => Role::Owner,
                SettingAction::ShowPhoto { .. } => Role::Support,
            }),
            // Of buyers, and of a form, which asks for itself.
            Action::FormBack
            | Action::FormSkip
            | Action::FormCancel
            | Action::FormNew
            | Action::FormDone
            | Action::FormClear
            | Action::PickCategory { .. }
            | Action::PickQuestion { .. }
            | Action::InviteDays { .. }
            | Action::Publish { .. }
            | Action::Front
            | Action::Shelf { .. }
            | Action::Loose { .. }
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
            | Action::UseCredit { .. } => None,
        }
    }

    #[test]
    fn each_role_may_press_what_is_written_down_for_it_and_nothing_else() {
        // From the least to the most.
        let roles = [Role::Support, Role::Manager, Role::Owner];
        let rank = |role| roles.iter().position(|known| *known == role).unwrap();
        let mut tried = 0;
        for action in actions() {
            let Some(least) = least_role(&action) else { continue };
            for role in roles {
                assert_eq!(may(role, Right::of(&action)), rank(role) >= rank(least), "{role:?} and {action:?}");
                tried += 1;
            }
        }
        assert!(tried > 150, "{tried}");
    }

    #[test]
    fn no_button_is_missing_among_those_that_are_tried() {
        let of = |source: &str, name: &str| -> std::collections::BTreeSet<String> {
            let body = source.split(&format!("pub enum {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
            let lines = body.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
            lines.map(|line| line.split([' ', ',', '(']).next().unwrap().to_owned()).collect()
        };
        let word = |action: String| action.split([' ', '(']).next().unwrap().to_owned();
        let tried: std::collections::BTreeSet<String> = actions().iter().map(|action| word(format!("{action:?}"))).collect();
        assert_eq!(tried, of(include_str!("../action.rs"), "Action"));
        let people = actions().into_iter().filter_map(|action| match action {
            Action::People(action) => Some(word(format!("{action:?}"))),
            _ => None,
        });
        assert_eq!(people.collect::<std::collections::BTreeSet<String>>(), of(include_str!("../people_action.rs"), "PeopleAction"));
    }
}
