//! What is for sale.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::goods::{Invite, Webhook};
use crate::domain::language::Localized;
use crate::domain::money::Fiat;
use crate::domain::option::{ProductOption, VolumePrice};

/// Longest id of a product or category: a button's data holds two of them (Bot API: 64 bytes).
pub const ID_BYTES_MAX: usize = 24;
/// Most units in one order line.
pub const QUANTITY_MAX: u32 = 100;
/// Longest stock line, in bytes: a unit fits into one message together with its frame (Bot API: 4096 characters).
pub const STOCK_LINE_BYTES_MAX: usize = 3_500;
/// Longest name of a product or category, in characters: it must fit on a button.
pub const NAME_CHARS_MAX: usize = 60;
/// Longest description, in characters: with price and stock it must fit into a caption (Bot API: 1024).
pub const DESCRIPTION_CHARS_MAX: usize = 700;

/// Whether `id` may name a product, a category or a question: 1 to 24 of `a-z 0-9 - _`.
pub fn is_id(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The id, when `text` may be one (see [`is_id`]).
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Names a product for ever: orders, buttons and the catalog file use it.
    ProductId
);
id!(
    /// Names a category for ever.
    CategoryId
);

/// A stored picture or document, by the SHA-256 of its bytes in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub String);

/// What a buyer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Unique units from stock, each sold once.
    Keys,
    /// The same text and files for everybody.
    File,
    /// The seller hands it over: a service or a parcel.
    Manual,
    /// A way into a private channel or group, for good or for a while.
    Invite,
    /// What the seller's own system answers.
    Webhook,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Keys, Self::File, Self::Manual, Self::Invite, Self::Webhook];

    /// The name in the catalog file and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::File => "file",
            Self::Manual => "manual",
            Self::Invite => "invite",
            Self::Webhook => "webhook",
        }
    }

    /// The kind with this name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Whether buyers meet a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductState {
    /// Not finished; only the seller sees it.
    Draft,
    /// In the catalog.
    OnSale,
    /// Taken out of the catalog for a while.
    Hidden,
    /// Gone for good; kept for its orders.
    Archived,
}

impl ProductState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::OnSale, Self::Hidden, Self::Archived];

    /// The name in the catalog file and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::OnSale => "on_sale",
            Self::Hidden => "hidden",
            Self::Archived => "archived",
        }
    }

    /// The state with this name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A shelf of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    pub name: Localized,
    /// Order in the catalog, lowest first.
    pub position: i64,
    /// What buyers see above its products.
    pub picture: Option<BlobId>,
}

/// How the answer to a question is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    Text,
    Address,
    Phone,
    Choice,
    /// Answered with a photo, see [`crate::domain::answer`].
    Photo,
}

/// Something the buyer is asked before paying, for goods that the seller hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Names the answer (see [`is_id`]).
    pub id: String,
    pub kind: QuestionKind,
    pub label: Localized,
    /// What can be chosen, for [`QuestionKind::Choice`]; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// A document that belongs to a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFile {
    pub blob: BlobId,
    /// The file name that the buyer sees.
    pub name: String,
}

/// Something for sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub category: Option<CategoryId>,
    /// Order within the category, lowest first.
    pub position: i64,
    pub name: Localized,
    pub description: Localized,
    /// Of one unit, in the shop's currency.
    pub price: Fiat,
    pub kind: Kind,
    pub state: ProductState,
    /// Most units in one order, 1 to [`QUANTITY_MAX`].
    pub quantity_max: u32,
    pub picture: Option<BlobId>,
    /// What everybody gets, for [`Kind::File`].
    pub text: Localized,
    /// What everybody gets, for [`Kind::File`].
    pub files: Vec<ProductFile>,
    /// What is asked before paying, for [`Kind::Manual`].
    pub questions: Vec<Question>,
    /// Where it leads, for [`Kind::Invite`].
    pub invite: Option<Invite>,
    /// Who is asked for the goods, for [`Kind::Webhook`].
    pub webhook: Option<Webhook>,
    /// Fewest units in one order, 1 to `quantity_max`.
    pub quantity_min: u32,
    /// Prices by quantity, when it has no options.
    pub volume: Vec<VolumePrice>,
    /// Ways in which it is sold; none: in one way only.
    pub options: Vec<ProductOption>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_codes_round_trip() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::parse(kind.code()) == Some(kind)));
        assert!(ProductState::ALL.into_iter().all(|state| ProductState::parse(state.code()) == Some(state)));
        assert_eq!((Kind::parse("gift"), ProductState::parse("gone")), (None, None));
    }

    #[test]
    fn an_id_is_short_and_plain() {
        let longest = "a".repeat(24);
        for id in ["a", "7", "-", "_", "win-10_pro", &longest] {
            assert!(is_id(id), "{id}");
            assert_eq!(ProductId::parse(id).unwrap().as_str(), id);
            assert_eq!(CategoryId::parse(id).unwrap().to_string(), id);
        }
        for junk in ["", "A", "a b", "a.b", "é", &"a".repeat(25)] {
            assert!(!is_id(junk), "{junk}");
            assert_eq!((ProductId::parse(junk), CategoryId::parse(junk)), (None, None), "{junk}");
        }
    }
}
