//! From YAML to the products of a catalog.

use std::collections::HashMap;

use super::fields::{Fields, Reading};
use super::files::is_below;
use super::goods::{OptionEntry, VolumeEntry, WebhookEntry};
use super::node::{Node, Value};
use super::picture::{PICTURE_BYTES_MAX, Picture};
use super::read::TEXT_CHARS_MAX;
use crate::domain::goods::Invite;
use crate::domain::language::Localized;
use crate::domain::money::{Currency, Fiat};
use crate::domain::product::{
    CategoryId, DESCRIPTION_CHARS_MAX, Kind, NAME_CHARS_MAX, ProductId, ProductState, QUANTITY_MAX, Question, STOCK_LINE_BYTES_MAX,
};

/// Largest document, in bytes (Bot API: a bot may send 50 MB).
const DOCUMENT_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Most documents of a product: each is a message of its own.
pub(in crate::shop) const DOCUMENTS_MAX: usize = 10;
/// Longest file name, in characters.
pub(in crate::shop) const FILE_NAME_CHARS_MAX: usize = 120;

const KEYS: [&str; 17] = [
    "id",
    "category",
    "name",
    "description",
    "price",
    "kind",
    "state",
    "quantity",
    "picture",
    "text",
    "files",
    "stock",
    "ask",
    "invite",
    "webhook",
    "volume",
    "options",
];

/// A product of the file. The entry is the whole product, but for its stock, which is only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductEntry {
    pub line: usize,
    /// Where its category stands.
    pub category_line: usize,
    /// Where its price stands.
    pub price_line: usize,
    /// Where its kind stands.
    pub kind_line: usize,
    pub id: ProductId,
    pub category: Option<CategoryId>,
    pub name: Localized,
    pub description: Localized,
    /// As it was written: the currency may be the shop's.
    pub price: String,
    pub kind: Kind,
    pub state: ProductState,
    pub quantity_max: u32,
    pub picture: Option<Given<Picture>>,
    pub text: Localized,
    pub files: Vec<Document>,
    pub questions: Vec<Question>,
    pub stock: Vec<String>,
    /// Units that are files.
    pub stock_files: Vec<Document>,
    pub invite: Option<Invite>,
    pub webhook: Option<WebhookEntry>,
    pub quantity_min: u32,
    pub volume: Vec<VolumeEntry>,
    pub options: Vec<OptionEntry>,
}

/// A document of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The file name that the buyer sees.
    pub name: String,
    pub content: Given<Content>,
}

/// What is in a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Says how large it is, not what is in it: it is goods.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

/// A picture or a document that the catalog names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    /// It came with the catalog.
    Here(T),
    /// The catalog came alone: the one that the shop has stays.
    InShop { line: usize, path: String },
}

impl<T> Given<T> {
    /// What came with the catalog.
    pub(super) fn here(&self) -> Option<&T> {
        match self {
            Self::Here(value) => Some(value),
            Self::InShop { .. } => None,
        }
    }
}

/// What a product has at most when the file does not say: what everybody gets is bought once.
pub(in crate::shop) fn default_quantity(kind: Kind) -> u32 {
    match kind {
        Kind::Keys | Kind::Manual | Kind::Webhook => QUANTITY_MAX,
        Kind::File | Kind::Invite => 1,
    }
}

impl Reading<'_> {
    pub(super) fn products(&mut self, fields: &Fields<'_>, currency: Option<Currency>) -> Vec<ProductEntry> {
        let mut seen = HashMap::new();
        let nodes = self.list(fields.get("products"), "products");
        nodes.iter().filter_map(|node| self.product(node, currency, &mut seen)).collect()
    }

    fn product(&mut self, node: &Node, currency: Option<Currency>, seen: &mut HashMap<String, usize>) -> Option<ProductEntry> {
        let fields = self.fields(node, "a product", &KEYS)?;
        let id = self.id(&fields, "a product", seen);
        let what = id.as_ref().map_or("a product".to_owned(), |id| format!("the product {id}"));
        let name = self.required_localized(&fields, "name", &what, NAME_CHARS_MAX);
        let description = fields.get("description").and_then(|node| self.localized(node, "description", DESCRIPTION_CHARS_MAX));
        let category = fields.get("category").and_then(|node| self.category(node));
        let options = self.options(fields.get("options"));
        let price = match options.first() {
            // What the product costs is what its options cost.
            Some(first) if fields.get("price").is_none() => Some(first.price.clone()),
            _ => self.price(&fields, &what, currency),
        };
        let kind = self.kind(&fields, &what);
        let state = fields.get("state").map_or(Some(ProductState::OnSale), |node| self.state(node));
        let picture = fields.get("picture").and_then(|node| self.picture(node));
        let text = fields.get("text").and_then(|node| self.localized(node, "text", TEXT_CHARS_MAX)).unwrap_or_default();
        let files = self.documents(fields.get("files"));
        let questions = self.questions(fields.get("ask"));
        let (stock, stock_files) = self.stock(fields.get("stock"));
        let invite = fields.get("invite").and_then(|node| self.invite(node));
        let webhook = fields.get("webhook").and_then(|node| self.webhook(node));
        let volume = self.volume(fields.get("volume"));
        let (min, max) = fields.get("quantity").map_or((None, None), |node| self.quantities(node));
        let (kind, state) = (kind?, state?);
        self.fits_kind(&fields, &what, kind);
        self.fits_options(&fields, &what, kind, &options);
        let given = match kind {
            Kind::File => &["text", "files"][..],
            Kind::Invite => &["invite"],
            Kind::Webhook => &["webhook"],
            Kind::Keys | Kind::Manual => &[],
        };
        if state == ProductState::OnSale && !given.is_empty() && given.iter().all(|key| fields.get(key).is_none()) {
            let wanted = given.join(" or ");
            self.problem(fields.line, format!("{what} gives its buyers nothing: write {wanted}, or make it a draft"));
        }
        let quantity_max = max.unwrap_or_else(|| default_quantity(kind).max(min.unwrap_or(1)));
        if min.is_some_and(|min| min > quantity_max) {
            self.problem(fields.line, format!("{what} has a fewest quantity above its most"));
        }
        let line_of = |key| fields.get(key).map_or(fields.line, |node| node.line);
        Some(ProductEntry {
            line: fields.line,
            category_line: line_of("category"),
            price_line: line_of("price"),
            kind_line: line_of("kind"),
            id: ProductId::parse(&id?)?,
            category,
            name: name?,
            description: description.unwrap_or_default(),
            price: price?,
            kind,
            state,
            quantity_max,
            picture,
            text,
            files,
            questions,
            stock,
            stock_files,
            invite,
            webhook,
            quantity_min: min.unwrap_or(1),
            volume,
            options,
        })
    }

    /// Each kind has its own fields, and what stands in another's would never reach a buyer.
    fn fits_kind(&mut self, fields: &Fields<'_>, what: &str, kind: Kind) {
        for (key, of) in [
            ("stock", Kind::Keys),
            ("text", Kind::File),
            ("files", Kind::File),
            ("ask", Kind::Manual),
            ("invite", Kind::Invite),
            ("webhook", Kind::Webhook),
        ] {
            let empty = Value::List(Vec::new());
            if let Some(node) = fields.get(key).filter(|node| of != kind && node.value != empty) {
                self.problem(
                    node.line,
                    format!("{what} has {key}, which only products of kind {} have; it is of kind {}", of.code(), kind.code()),
                );
            }
        }
    }

    fn category(&mut self, node: &Node) -> Option<CategoryId> {
        let id = self.text(node, "category", TEXT_CHARS_MAX)?;
        let category = CategoryId::parse(&id);
        if category.is_none() {
            self.problem(node.line, format!("{id:?} is no id of a category"));
        }
        category
    }

    fn price(&mut self, fields: &Fields<'_>, what: &str, currency: Option<Currency>) -> Option<String> {
        let Some(node) = fields.get("price") else {
            self.problem(fields.line, format!("{what} has no price"));
            return None;
        };
        let price = self.text(node, "price", TEXT_CHARS_MAX)?;
        if let Err(error) = Fiat::parse_price(&price, currency.unwrap_or(Currency::Usd)) {
            self.problem(node.line, format!("the price {price:?} is {error}"));
            return None;
        }
        Some(price)
    }

    fn kind(&mut self, fields: &Fields<'_>, what: &str) -> Option<Kind> {
        let Some(node) = fields.get("kind") else {
            self.problem(fields.line, format!("{what} has no kind: write keys, file, manual, invite or webhook"));
            return None;
        };
        let code = self.text(node, "kind", TEXT_CHARS_MAX)?;
        let kind = Kind::parse(&code);
        if kind.is_none() {
            self.problem(node.line, format!("{code:?} is no kind: write keys, file, manual, invite or webhook"));
        }
        kind
    }

    fn state(&mut self, node: &Node) -> Option<ProductState> {
        let code = self.text(node, "state", TEXT_CHARS_MAX)?;
        let state = ProductState::parse(&code);
        if state.is_none() {
            let known = ProductState::ALL.map(ProductState::code).join(", ");
            self.problem(node.line, format!("{code:?} is no state: write one of {known}"));
        }
        state
    }

    pub(super) fn picture(&mut self, node: &Node) -> Option<Given<Picture>> {
        match self.file(node, "picture", PICTURE_BYTES_MAX)? {
            (name, Given::Here(bytes)) => {
                let picture = Picture::parse(bytes).map_err(|what| self.problem(node.line, format!("{name} {what}"))).ok();
                picture.map(Given::Here)
            }
            (path, Given::InShop { line, .. }) => Some(Given::InShop { line, path }),
        }
    }

    /// A document is a path, or a path and the name that buyers see.
    fn documents(&mut self, node: Option<&Node>) -> Vec<Document> {
        let nodes = self.list(node, "files");
        if let Some(one_more) = nodes.get(DOCUMENTS_MAX) {
            self.problem(one_more.line, format!("a product has at most {DOCUMENTS_MAX} files"));
        }
        nodes.iter().filter_map(|node| self.document(node)).collect()
    }

    fn document(&mut self, node: &Node) -> Option<Document> {
        let (path, name) = match &node.value {
            Value::Map(_) => {
                let fields = self.fields(node, "a file", &["path", "name"])?;
                let Some(path) = fields.get("path") else {
                    self.problem(node.line, "a file has no path");
                    return None;
                };
                (path, fields.get("name"))
            }
            _ => (node, None),
        };
        let name = match name {
            Some(name) => Some(self.text(name, "the name of a file", FILE_NAME_CHARS_MAX)?),
            None => None,
        };
        let (path, given) = self.file(path, "files", DOCUMENT_BYTES_MAX)?;
        let name = name.unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
        if name.trim().is_empty() {
            self.problem(node.line, "the name of a file is empty");
            return None;
        }
        let content = match given {
            Given::Here(bytes) => Given::Here(Content { media_type: media_type(&name), bytes }),
            Given::InShop { line, path } => Given::InShop { line, path },
        };
        Some(Document { name, content })
    }

    /// The path of a file, and what is in it.
    fn file(&mut self, node: &Node, what: &str, bytes_max: u64) -> Option<(String, Given<Vec<u8>>)> {
        let name = self.text(node, what, TEXT_CHARS_MAX)?;
        if !is_below(&name) {
            self.problem(
                node.line,
                format!("{name:?} must be the path of a file beside the catalog, without .. and \\, like pictures/mug.png"),
            );
            return None;
        }
        let Some(files) = self.files else {
            return Some((name.clone(), Given::InShop { line: node.line, path: name }));
        };
        match files(&name, bytes_max) {
            Ok(bytes) if bytes.len() as u64 > bytes_max => {
                self.problem(node.line, format!("{name} is larger than {} MB", bytes_max / 1024 / 1024));
                None
            }
            // Telegram refuses empty files.
            Ok(bytes) if bytes.is_empty() => {
                self.problem(node.line, format!("{name} is empty"));
                None
            }
            Ok(bytes) => Some((name, Given::Here(bytes))),
            Err(error) => {
                self.problem(node.line, format!("{name} {error}"));
                None
            }
        }
    }

    /// Units that are texts, and those that are files: a path and the name that the buyer sees.
    pub(super) fn stock(&mut self, node: Option<&Node>) -> (Vec<String>, Vec<Document>) {
        let (mut units, mut files) = (Vec::new(), Vec::new());
        for item in self.list(node, "stock") {
            if matches!(item.value, Value::Map(_)) {
                files.extend(self.document(item));
                continue;
            }
            let Some(unit) = self.text(item, "a unit of stock", STOCK_LINE_BYTES_MAX) else { continue };
            if unit.trim().is_empty() {
                self.problem(item.line, "a unit of stock is empty");
            } else if unit.len() > STOCK_LINE_BYTES_MAX {
                self.problem(item.line, format!("a unit of stock has {} bytes: at most {STOCK_LINE_BYTES_MAX} fit", unit.len()));
            } else {
                units.push(unit);
            }
        }
        (units, files)
    }
}

/// The media type of a document, by its name.
pub(in crate::shop) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "txt" | "md" => "text/plain",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "epub" => "application/epub+zip",
        _ => "application/octet-stream",
    }
}
