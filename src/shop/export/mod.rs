//! The shop's books as files: a table with a row for each order, payment, product, unit or customer, as CSV or as XLSX. Column names are
//! part of the format, so they are the same in every language.

mod csv;
mod tables;
mod xlsx;

use super::{Result, Shop, job};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::deed::DeedKind;
use crate::domain::money::Fiat;
use crate::store::{Asked, Deed, JobKind, NewJob, new_id};

pub use self::tables::Progress;

/// Most rows of one file: it is made in memory, and a spreadsheet takes not many more.
pub const ROWS_MAX: usize = 100_000;
/// Files that one person may wait for at once.
const WAITING_MAX: i64 = 3;

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    Orders,
    Payments,
    /// Products, and how many units they have.
    Stock,
    /// The units themselves: goods.
    Units,
    Customers,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Csv,
    Xlsx,
}

impl What {
    /// Everything that can be had.
    pub const ALL: [Self; 5] = [Self::Orders, Self::Payments, Self::Stock, Self::Units, Self::Customers];

    /// The name under which it is stored, and the beginning of the file's name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Stock => "stock",
            Self::Units => "units",
            Self::Customers => "customers",
        }
    }

    /// What is stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.code() == code)
    }

    /// Whether it is for owners alone: goods, and everybody who ever wrote to the bot.
    pub fn is_for_owners(self) -> bool {
        matches!(self, Self::Units | Self::Customers)
    }
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Xlsx];

    /// The name under which it is stored, and the end of the file's name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }
}

/// One field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Count(i64),
    /// A number where a spreadsheet keeps all its digits, else text.
    Money(Fiat),
}

/// A table with its column names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// Whether there were more than [`ROWS_MAX`] rows: then the first of them are here.
    pub is_cut: bool,
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn maybe(text: Option<String>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }

    /// All its digits and letters.
    fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Money(amount) => amount.number(),
        }
    }
}

/// A file that is ready to be sent.
#[derive(Debug, Clone)]
pub struct Document {
    pub name: String,
    pub bytes: Vec<u8>,
    pub rows: usize,
    pub is_cut: bool,
}

/// A file that was asked for, for somebody who may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub what: What,
    pub format: Format,
    /// Whether what buyers have told about themselves may be in it.
    pub people: bool,
}

impl Wanted {
    fn has_answers(self) -> bool {
        self.what == What::Orders && self.people
    }
}

/// What became of asking for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It will be in the chat soon.
    Begun,
    /// Enough files are on their way to this person.
    TooMany,
}

impl Shop {
    /// Asks for a file for somebody of the staff. It is made beside everything else, and survives a restart.
    pub async fn ask_for_export(&self, by: CustomerId, what: What, format: Format) -> Result<Asking> {
        self.ask_for_file(by, what.code(), format.code()).await
    }

    /// Asks for a file by the names under which what is in it, and how it is written, are stored.
    pub(super) async fn ask_for_file(&self, by: CustomerId, what: &str, format: &str) -> Result<Asking> {
        let (clock, what, format) = (self.clock.clone(), what.to_owned(), format.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                if tx.exports_of(by).await? >= WAITING_MAX {
                    return Ok(Asking::TooMany);
                }
                let (id, now) = (new_id(), clock.now());
                tx.deed(Deed::new(DeedKind::FileTaken, format!("{what}.{format}")));
                tx.add_export(&Asked { id: id.clone(), by, what, format, asked_at: now, message: None }).await?;
                // One at a time for each person: they may be large, and one that is tried again holds up nobody else's.
                let job = NewJob { lane: format!("export:{}", by.0), ..job(JobKind::Export, &id, now) };
                tx.ask_for(&job, clock.now_millis()).await?;
                Ok(Asking::Begun)
            })
        })
        .await
    }

    /// A file that was asked for, when whoever asked may still have it; else it is forgotten.
    pub async fn export_asked(&self, id: &str) -> Result<Option<(Asked, Wanted)>> {
        let mut conn = self.store.read().await?;
        let Some(asked) = conn.export(id).await? else { return Ok(None) };
        let role = conn.role(asked.by).await?;
        drop(conn);
        let (what, format) = (What::parse(&asked.what), Format::parse(&asked.format));
        match (what, format, role) {
            (Some(what), Some(format), Some(role)) if may_have(what, role) => {
                Ok(Some((asked, Wanted { what, format, people: may_have(What::Customers, role) })))
            }
            _ => {
                self.end_export(id).await?;
                Ok(None)
            }
        }
    }

    /// Makes a file. `told` hears how many rows there are so far, now and then.
    pub async fn export(&self, wanted: Wanted, told: &mut Progress<'_>) -> Result<Document> {
        let Wanted { what, format, .. } = wanted;
        let time = self.time().await?;
        let table = tables::table(self, wanted, &time, told).await?;
        let name = format!("{}-{}.{}", what.code(), time.date(self.now()), format.code());
        let (rows, is_cut) = (table.rows.len(), table.is_cut);
        let written = tokio::task::spawn_blocking(move || match format {
            Format::Csv => Ok(csv::written(&table)),
            Format::Xlsx => xlsx::written(&table, what.code()),
        })
        .await;
        let bytes =
            written.map_err(|_| "it stopped with a panic".to_owned()).and_then(|written| written.map_err(|error| error.to_string()));
        Ok(Document { name, bytes: bytes.map_err(super::Error::Document)?, rows, is_cut })
    }

    /// A file was sent, or will not be.
    pub async fn end_export(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write(move |tx| Box::pin(async move { tx.end_export(&id).await })).await
    }

    /// Keeps which message shows how far a file is.
    pub async fn keep_export_message(&self, id: &str, message: i32) -> Result<()> {
        let id = id.to_owned();
        self.write(move |tx| Box::pin(async move { tx.set_export_message(&id, message).await })).await
    }
}

/// Whether somebody with this role may have it.
pub fn may_have(what: What, role: Role) -> bool {
    match role {
        Role::Owner => true,
        Role::Manager => !what.is_for_owners(),
        Role::Support => false,
    }
}

/// Whether somebody with this role may have goods in a file.
pub fn may_have_goods(role: Role) -> bool {
    may_have(What::Units, role)
}

/// A moment as it stands in a file.
fn at(time: &crate::domain::zone::Zone, at: Option<i64>) -> Cell {
    at.map_or(Cell::Empty, |at| Cell::Text(time.moment(at)))
}
