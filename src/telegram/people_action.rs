//! Buttons about people: customers, the staff, what the staff did, and answers to customers. The same rules hold as for every button: see
//! [`super::action`]. Their tags begin with `v`.

use std::fmt;

use super::action::{number, order_id, yes, yes_no};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::order::OrderId;

/// Telegram's numbers have up to 52 bits.
const ID_DIGITS_MAX: usize = 16;

/// Everything a button about people can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleAction {
    // Customers.
    Customers { by_spent: bool, page: u32 },
    Find,
    Customer { id: CustomerId },
    CustomerOrders { id: CustomerId, page: u32 },
    Credit { id: CustomerId, give: bool },
    Note { id: CustomerId },
    Write { id: CustomerId },
    Block { id: CustomerId },
    Unblock { id: CustomerId },
    // Answers to customers.
    Answer { id: CustomerId },
    // The staff.
    Staff,
    Roles,
    Invite { role: Role },
    EndInvitations,
    Member { id: CustomerId },
    SetRole { id: CustomerId, role: Role },
    AskRemove { id: CustomerId },
    Remove { id: CustomerId },
    // What was done.
    Done { page: u32 },
    DoneToOrder { id: OrderId, page: u32 },
    DoneToCustomer { id: CustomerId, page: u32 },
}

impl fmt::Display for PeopleAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customers { by_spent, page } => write!(f, "vl:{}:{page}", yes_no(*by_spent)),
            Self::Find => f.write_str("vf"),
            Self::Customer { id } => write!(f, "vc:{id}"),
            Self::CustomerOrders { id, page } => write!(f, "vo:{id}:{page}"),
            Self::Credit { id, give } => write!(f, "vg:{id}:{}", yes_no(*give)),
            Self::Note { id } => write!(f, "vn:{id}"),
            Self::Write { id } => write!(f, "vw:{id}"),
            Self::Block { id } => write!(f, "vb:{id}"),
            Self::Unblock { id } => write!(f, "vu:{id}"),
            Self::Answer { id } => write!(f, "vy:{id}"),
            Self::Staff => f.write_str("vs"),
            Self::Roles => f.write_str("vt"),
            Self::Invite { role } => write!(f, "vi:{}", role.code()),
            Self::EndInvitations => f.write_str("ve"),
            Self::Member { id } => write!(f, "vm:{id}"),
            Self::SetRole { id, role } => write!(f, "vr:{id}:{}", role.code()),
            Self::AskRemove { id } => write!(f, "vd:{id}"),
            Self::Remove { id } => write!(f, "vx:{id}"),
            Self::Done { page } => write!(f, "va:{page}"),
            Self::DoneToOrder { id, page } => write!(f, "vh:{id}:{page}"),
            Self::DoneToCustomer { id, page } => write!(f, "vk:{id}:{page}"),
        }
    }
}

/// The button of these parts.
pub(super) fn parse(parts: &[&str]) -> Option<PeopleAction> {
    Some(match parts {
        ["vl", by_spent, page] => PeopleAction::Customers { by_spent: yes(by_spent)?, page: number(page)? },
        ["vf"] => PeopleAction::Find,
        ["vc", id] => PeopleAction::Customer { id: person(id)? },
        ["vo", id, page] => PeopleAction::CustomerOrders { id: person(id)?, page: number(page)? },
        ["vg", id, give] => PeopleAction::Credit { id: person(id)?, give: yes(give)? },
        ["vn", id] => PeopleAction::Note { id: person(id)? },
        ["vw", id] => PeopleAction::Write { id: person(id)? },
        ["vb", id] => PeopleAction::Block { id: person(id)? },
        ["vu", id] => PeopleAction::Unblock { id: person(id)? },
        ["vy", id] => PeopleAction::Answer { id: person(id)? },
        ["vs"] => PeopleAction::Staff,
        ["vt"] => PeopleAction::Roles,
        ["vi", role] => PeopleAction::Invite { role: Role::parse(role)? },
        ["ve"] => PeopleAction::EndInvitations,
        ["vm", id] => PeopleAction::Member { id: person(id)? },
        ["vr", id, role] => PeopleAction::SetRole { id: person(id)?, role: Role::parse(role)? },
        ["vd", id] => PeopleAction::AskRemove { id: person(id)? },
        ["vx", id] => PeopleAction::Remove { id: person(id)? },
        ["va", page] => PeopleAction::Done { page: number(page)? },
        ["vh", id, page] => PeopleAction::DoneToOrder { id: order_id(id)?, page: number(page)? },
        ["vk", id, page] => PeopleAction::DoneToCustomer { id: person(id)?, page: number(page)? },
        _ => return None,
    })
}

/// A person's number exactly as we write it.
fn person(text: &str) -> Option<CustomerId> {
    let id: i64 = text.parse().ok().filter(|_| text.len() <= ID_DIGITS_MAX)?;
    (id > 0 && id.to_string() == text).then_some(CustomerId(id))
}

/// Every button about people, with what is longest in it.
#[cfg(test)]
pub(super) fn samples() -> Vec<PeopleAction> {
    let (id, order) = (CustomerId((1 << 52) - 1), OrderId::from_random([1; 8]));
    let mut all = vec![
        PeopleAction::Customers { by_spent: true, page: 99_999 },
        PeopleAction::Customers { by_spent: false, page: 0 },
        PeopleAction::Find,
        PeopleAction::Customer { id },
        PeopleAction::CustomerOrders { id, page: 99_999 },
        PeopleAction::Credit { id, give: true },
        PeopleAction::Credit { id, give: false },
        PeopleAction::Note { id },
        PeopleAction::Write { id },
        PeopleAction::Block { id },
        PeopleAction::Unblock { id },
        PeopleAction::Answer { id },
        PeopleAction::Staff,
        PeopleAction::Roles,
        PeopleAction::EndInvitations,
        PeopleAction::Member { id },
        PeopleAction::AskRemove { id },
        PeopleAction::Remove { id },
        PeopleAction::Done { page: 3 },
        PeopleAction::DoneToOrder { id: order, page: 3 },
        PeopleAction::DoneToCustomer { id, page: 99_999 },
    ];
    for role in Role::ALL {
        all.extend([PeopleAction::Invite { role }, PeopleAction::SetRole { id, role }]);
    }
    all
}
