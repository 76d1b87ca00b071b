//! From YAML to a catalog: sections, shop and categories.

use std::collections::HashMap;
use std::path::Path;

use super::fields::{Fields, Reading};
use super::files::{Files, folder};
use super::node::{Node, Value, parse};
use super::problem::{Problem, Problems};
use super::{CatalogFile, CategoryEntry, Error, FILE_BYTES_MAX, ShopEntry, ShopPicture};
use crate::domain::coin::Coin;
use crate::domain::money::Currency;
use crate::domain::product::{CategoryId, ID_BYTES_MAX, NAME_CHARS_MAX};

/// Longest text that makes one message together with its frame, in characters (Bot API: 4096).
pub(in crate::shop) const TEXT_CHARS_MAX: usize = 3_500;
/// Longest way to a person, in characters.
pub(in crate::shop) const SUPPORT_CHARS_MAX: usize = 200;

/// Reads a catalog file and what lies beside it.
///
/// # Errors
/// [`Error::Problems`] with every problem of the file; another one when the file itself cannot be read.
pub fn read(path: &Path) -> Result<CatalogFile, Error> {
    let (file, problems) = load(path)?;
    if problems.is_empty() { Ok(file) } else { Err(Error::Problems(Problems::sorted(problems))) }
}

/// Reads a catalog from memory; `files` gives what lies beside it.
///
/// # Errors
/// Every problem of it.
pub fn read_text(text: &str, files: Files<'_>) -> Result<CatalogFile, Problems> {
    told(interpret(text, Some(files)))
}

/// Reads a catalog that came without what it names: pictures and documents that the shop has stay.
///
/// # Errors
/// Every problem of it.
pub fn read_alone(text: &str) -> Result<CatalogFile, Problems> {
    told(interpret(text, None))
}

fn told((file, problems): (CatalogFile, Vec<Problem>)) -> Result<CatalogFile, Problems> {
    if problems.is_empty() { Ok(file) } else { Err(Problems::sorted(problems)) }
}

/// A catalog file as far as it can be understood, and its problems.
pub(super) fn load(path: &Path) -> Result<(CatalogFile, Vec<Problem>), Error> {
    let failed = |source| Error::File { what: "read", path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(failed(std::io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes"))));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    // The folder of `shop.yaml` is the empty path, which means here.
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    match text_in(bytes) {
        Ok(text) => Ok(interpret(&text, Some(&folder(beside)))),
        Err(problem) => Ok((empty(), vec![problem])),
    }
}

/// The bytes of a catalog file as text.
pub(super) fn text_in(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        Problem::at(line, "this is not UTF-8: save the file in that encoding")
    })
}

fn empty() -> CatalogFile {
    CatalogFile { shop: ShopEntry::default(), categories: Vec::new(), products: Vec::new() }
}

fn interpret(text: &str, files: Option<Files<'_>>) -> (CatalogFile, Vec<Problem>) {
    let mut reading = Reading { files, problems: Vec::new() };
    let mut file = empty();
    match parse(text) {
        Ok(root) => {
            if let Some(fields) = reading.fields(&root, "a catalog", &["shop", "categories", "products"]) {
                file.shop = fields.get("shop").map(|node| reading.shop(node)).unwrap_or_default();
                file.categories = reading.categories(&fields);
                file.products = reading.products(&fields, file.shop.currency);
            }
        }
        Err(problem) => reading.problems.push(problem),
    }
    (file, reading.problems)
}

impl Reading<'_> {
    fn shop(&mut self, node: &Node) -> ShopEntry {
        const KEYS: [&str; 8] = ["name", "currency", "support", "greeting", "terms", "privacy", "coins", "picture"];
        let Some(fields) = self.fields(node, "shop", &KEYS) else { return ShopEntry::default() };
        let mut long_text = |key| fields.get(key).and_then(|node| self.localized(node, key, TEXT_CHARS_MAX));
        let (greeting, terms, privacy) = (long_text("greeting"), long_text("terms"), long_text("privacy"));
        ShopEntry {
            line: fields.get("currency").map_or(node.line, |node| node.line),
            name: fields.get("name").and_then(|_| self.required_localized(&fields, "name", "the shop", NAME_CHARS_MAX)),
            currency: fields.get("currency").and_then(|node| self.currency(node)),
            support: fields.get("support").and_then(|node| self.text(node, "support", SUPPORT_CHARS_MAX)),
            greeting,
            terms,
            privacy,
            coins: fields.get("coins").map(|node| self.coins(node)),
            picture: fields.get("picture").map(|node| self.shop_picture(node)).unwrap_or_default(),
        }
    }

    fn currency(&mut self, node: &Node) -> Option<Currency> {
        let code = self.text(node, "currency", TEXT_CHARS_MAX)?;
        let currency = Currency::parse(&code);
        if currency.is_none() {
            let known = Currency::ALL.map(Currency::code).join(", ");
            self.problem(node.line, format!("prices cannot be in {code:?}: write one of {known}"));
        }
        currency
    }

    fn coins(&mut self, node: &Node) -> Vec<Coin> {
        let mut coins = Vec::new();
        for item in self.list(Some(node), "coins") {
            let Some(code) = self.text(item, "a coin", TEXT_CHARS_MAX) else { continue };
            match Coin::parse(&code) {
                Some(coin) if coins.contains(&coin) => self.problem(item.line, format!("{code} is written twice")),
                Some(coin) => coins.push(coin),
                None => self.problem(item.line, format!("{code:?} is no coin: write codes like USDT_TRC20 or BTC")),
            }
        }
        if coins.is_empty() {
            self.problem(node.line, "coins names no coin: a shop without one cannot be paid");
        }
        coins
    }

    fn categories(&mut self, fields: &Fields<'_>) -> Vec<CategoryEntry> {
        let mut seen = HashMap::new();
        let mut categories = Vec::new();
        for node in self.list(fields.get("categories"), "categories") {
            let Some(fields) = self.fields(node, "a category", &["id", "name", "picture"]) else { continue };
            let id = self.id(&fields, "a category", &mut seen);
            let what = id.as_ref().map_or("a category".to_owned(), |id| format!("the category {id}"));
            let name = self.required_localized(&fields, "name", &what, NAME_CHARS_MAX);
            let picture = fields.get("picture").and_then(|node| self.picture(node));
            if let (Some(id), Some(name)) = (id.as_deref().and_then(CategoryId::parse), name) {
                categories.push(CategoryEntry { id, name, picture });
            }
        }
        categories
    }

    fn shop_picture(&mut self, node: &Node) -> ShopPicture {
        match &node.value {
            Value::Text(path) if path.trim().is_empty() => ShopPicture::Gone,
            _ => self.picture(node).map_or(ShopPicture::AsItIs, ShopPicture::Given),
        }
    }

    /// The id of an entry, when it may be one and no other entry has it; `seen` keeps the lines of all before.
    pub(super) fn id(&mut self, fields: &Fields<'_>, what: &str, seen: &mut HashMap<String, usize>) -> Option<String> {
        let Some(node) = fields.get("id") else {
            self.problem(fields.line, format!("{what} has no id"));
            return None;
        };
        let id = self.text(node, "id", TEXT_CHARS_MAX)?;
        if !crate::domain::product::is_id(&id) {
            self.problem(node.line, format!("the id {id:?} must be 1 to {ID_BYTES_MAX} of the letters a-z, digits, - and _"));
            return None;
        }
        if let Some(first) = seen.insert(id.clone(), node.line) {
            self.problem(node.line, format!("the id {id} is taken by {what} on line {first}"));
            seen.insert(id, first);
            return None;
        }
        Some(id)
    }
}
