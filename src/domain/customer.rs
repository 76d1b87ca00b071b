//! People: who buys and who runs the shop.

use std::fmt;

/// A person, by Telegram user id (up to 52 bits; Bot API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerId(pub i64);

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What the shop knows of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Telegram's user id; a private chat with the person has the same id.
    pub id: CustomerId,
    /// The name the person goes by in Telegram.
    pub name: String,
    /// Telegram's `@name`, without the sign, when there is one.
    pub username: Option<String>,
    /// The language in which the person is spoken to: chosen, else Telegram's, else English.
    pub language: String,
    /// The provider's code of the coin used last.
    pub last_coin: Option<String>,
    /// False once Telegram has said that the person blocked the bot or is gone.
    pub reachable: bool,
    /// Whether the staff has blocked the person: then nothing can be bought, and what was paid for is still delivered.
    pub blocked: bool,
}

/// What a member of the staff may do; nobody else may do anything of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Owner,
    /// Products, orders, cases and customers.
    Manager,
    /// Orders, read only, hand-overs, and answers to customers.
    Support,
}

impl Role {
    /// Every role, the one that may do most first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Manager, Self::Support];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Support => "support",
        }
    }

    /// The role stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_codes_round_trip() {
        for role in [Role::Owner, Role::Manager, Role::Support] {
            assert_eq!(Role::parse(role.code()), Some(role));
        }
        assert_eq!(Role::parse("boss"), None);
    }

    #[test]
    fn a_person_is_written_as_the_number_that_telegram_gave() {
        assert_eq!(CustomerId(4_503_599_627_370_495).to_string(), "4503599627370495");
    }
}
