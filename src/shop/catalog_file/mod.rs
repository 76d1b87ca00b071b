//! The catalog as a file: one YAML document, pictures and documents beside it. An import is all or nothing, with every problem named by
//! its line; it adds and changes by `id`, and takes nothing away. An export is such a file, and importing it changes nothing.

mod differ;
mod export;
mod fields;
mod files;
mod goods;
mod import;
mod known;
mod node;
mod picture;
mod plan;
mod problem;
mod product;
mod question;
mod read;
mod received;
mod verbs;
mod yaml;

use std::path::PathBuf;

pub use self::export::{Exported, Goods, Packed, Told, export, export_from, packed};
pub use self::files::{Files, folder};
pub use self::goods::{OptionEntry, VolumeEntry, WebhookEntry};
pub use self::import::{Done, NewSecret, Settings, import, import_file, plan_file};
pub use self::picture::{PICTURE_BYTES_MAX, Picture};
pub use self::plan::{Changed, Imported, Part, Plan, Tally};
pub use self::problem::{Problem, Problems};
pub use self::product::{Content, Document, Given, ProductEntry};
pub(in crate::shop) use self::product::{DOCUMENTS_MAX, FILE_NAME_CHARS_MAX, default_quantity, media_type};
pub(in crate::shop) use self::question::{CHOICE_CHARS_MAX, CHOICES_MAX, LABEL_CHARS_MAX, QUESTIONS_MAX};
pub(in crate::shop) use self::read::{SUPPORT_CHARS_MAX, TEXT_CHARS_MAX};
pub use self::read::{read, read_alone, read_text};
pub use self::received::{Unread, received};
pub use self::verbs::{Outcome, may_have_catalog};
use crate::domain::coin::Coin;
use crate::domain::language::Localized;
use crate::domain::money::Currency;
use crate::domain::product::CategoryId;
use crate::store;

/// Largest catalog file, in bytes.
pub const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What a catalog file says. Nothing in it is wrong by itself; whether it fits the shop is seen when it is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFile {
    pub shop: ShopEntry,
    pub categories: Vec<CategoryEntry>,
    pub products: Vec<ProductEntry>,
}

/// What the file says about the shop as a whole; what it does not mention stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopEntry {
    /// The line of the currency, or of the section.
    pub line: usize,
    pub name: Option<Localized>,
    pub currency: Option<Currency>,
    pub support: Option<String>,
    pub greeting: Option<Localized>,
    pub terms: Option<Localized>,
    pub privacy: Option<Localized>,
    pub coins: Option<Vec<Coin>>,
    pub picture: ShopPicture,
}

/// The picture above the greeting, as far as the file speaks of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ShopPicture {
    /// It does not: what is there stays.
    #[default]
    AsItIs,
    /// Written, but empty: there is none.
    Gone,
    Given(Given<Picture>),
}

impl ShopPicture {
    /// The picture that is named, whether it came with the catalog or not.
    pub(super) fn given(&self) -> Option<&Given<Picture>> {
        match self {
            Self::Given(given) => Some(given),
            Self::AsItIs | Self::Gone => None,
        }
    }
}

/// A category of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryEntry {
    pub id: CategoryId,
    pub name: Localized,
    pub picture: Option<Given<Picture>>,
}

/// Why a catalog file was not imported or exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What to change in the file. Nothing was written.
    #[error("{0}")]
    Problems(Problems),
    /// It would be larger than it may be.
    #[error("the catalog is too large")]
    TooLarge,
    #[error("the catalog could not be packed")]
    Unpackable,
    #[error("the store did not answer")]
    Store(#[from] store::Error),
    #[error("cannot {what} {path}", path = path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}
