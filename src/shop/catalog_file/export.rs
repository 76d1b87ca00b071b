//! From the shop to a catalog file, with pictures and documents in a folder beside it.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Error;
use super::files::is_below;
use super::product::default_quantity;
use super::question::question_kind_code;
use super::yaml::{Yaml, languages, quoted};
use crate::domain::money::{Currency, Fiat};
use crate::domain::option::{OptionId, VolumePrice};
use crate::domain::product::{BlobId, Category, Kind, Product, ProductState, Question};
use crate::store::{Conn, ShopSettings, Store};

/// What an export wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    pub categories: usize,
    pub products: usize,
    /// Units that are not sold.
    pub stock: usize,
    /// Pictures and documents.
    pub files: usize,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { categories, products, stock, files } = self;
        write!(f, "categories: {categories}, products: {products}, unsold units of stock: {stock}, pictures and files: {files}")
    }
}

/// Writes the catalog into the new file `path`, and its pictures and documents into the folder `NAME.files` beside it. Stock stands in it
/// as plain text, so only its owner may read the file.
///
/// # Errors
/// When there is such a file already, or one cannot be written.
pub async fn export(store: &Store, path: &Path) -> Result<Exported, Error> {
    let failed = |source| Error::File { what: "write", path: path.to_owned(), source };
    if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Err(failed(std::io::Error::other("it exists already: name a new file")));
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("catalog");
    let mut beside = Beside { parent: path.parent().unwrap_or(Path::new("")).to_owned(), folder: format!("{stem}.files"), written: 0 };
    let mut conn = store.read().await?;
    let (yaml, mut exported) = write(&mut conn, &mut beside).await?;
    exported.files = beside.written;
    // Beside the file itself, so that the finished text takes its place in one step.
    let fresh = path.with_extension("yaml.new");
    put(&fresh, yaml.as_bytes()).and_then(|()| fs::rename(&fresh, path)).map_err(failed)?;
    Ok(exported)
}

async fn write(conn: &mut Conn, beside: &mut Beside) -> Result<(String, Exported), Error> {
    let mut yaml = Yaml::default();
    let mut exported = Exported::default();
    shop(&mut yaml, &conn.shop().await?);
    let categories = conn.categories().await?;
    yaml.line(0, if categories.is_empty() { "categories: []" } else { "categories:" });
    for category in &categories {
        yaml.line(1, &format!("- {{ id: {}, name: {} }}", quoted(category.id.as_str()), languages(&category.name)));
    }
    exported.categories = categories.len();
    let products = products(conn, &categories).await?;
    yaml.line(0, if products.is_empty() { "products: []" } else { "products:" });
    for product in &products {
        exported.stock += entry(&mut yaml, conn, beside, product).await?;
    }
    exported.products = products.len();
    Ok((yaml.finish(), exported))
}

/// Every product, in the order in which buyers meet them.
async fn products(conn: &mut Conn, categories: &[Category]) -> Result<Vec<Product>, Error> {
    let mut products = Vec::new();
    for id in conn.product_ids().await? {
        products.extend(conn.product(&id).await?);
    }
    let shelf = |product: &Product| {
        product.category.as_ref().and_then(|id| categories.iter().position(|category| category.id == *id)).unwrap_or(usize::MAX)
    };
    products.sort_by_key(shelf);
    Ok(products)
}

fn shop(yaml: &mut Yaml, shop: &ShopSettings) {
    yaml.line(0, "shop:");
    yaml.localized(1, "name", &shop.name);
    yaml.text(1, "currency", shop.currency.code());
    if let Some(support) = &shop.support {
        yaml.text(1, "support", support);
    }
    yaml.localized(1, "greeting", &shop.greeting);
    yaml.localized(1, "terms", &shop.terms);
    yaml.localized(1, "privacy", &shop.privacy);
    if !shop.coins.is_empty() {
        let coins: Vec<&str> = shop.coins.iter().map(|coin| coin.code()).collect();
        yaml.line(1, &format!("coins: [ {} ]", coins.join(", ")));
    }
}

/// Writes one product; tells how many units of stock it has.
async fn entry(yaml: &mut Yaml, conn: &mut Conn, beside: &mut Beside, product: &Product) -> Result<usize, Error> {
    yaml.line(1, &format!("- id: {}", quoted(product.id.as_str())));
    if let Some(category) = &product.category {
        yaml.text(2, "category", category.as_str());
    }
    yaml.localized(2, "name", &product.name);
    yaml.localized(2, "description", &product.description);
    if product.options.is_empty() {
        yaml.text(2, "price", &product.price.number());
    }
    yaml.line(2, &format!("kind: {}", product.kind.code()));
    if product.state != ProductState::OnSale {
        yaml.line(2, &format!("state: {}", product.state.code()));
    }
    match (product.quantity_min, product.quantity_max) {
        (1, most) if most == default_quantity(product.kind) => {}
        (1, most) => yaml.line(2, &format!("quantity: {{ max: {most} }}")),
        (fewest, most) => yaml.line(2, &format!("quantity: {{ min: {fewest}, max: {most} }}")),
    }
    volume(yaml, 2, &product.volume, product.price.currency);
    if let Some(blob) = &product.picture {
        let extension = conn.blob(blob).await?.map_or("png", |(media_type, _)| if media_type == "image/jpeg" { "jpg" } else { "png" });
        let name = format!("{}.{extension}", product.id);
        yaml.text(2, "picture", &beside.put(conn, blob, &name).await?);
    }
    let mut exported = 0;
    match product.kind {
        Kind::Keys => exported += stock(yaml, 2, conn, beside, product, None).await?,
        Kind::File => {
            yaml.localized(2, "text", &product.text);
            documents(yaml, conn, beside, product).await?;
        }
        Kind::Manual => questions(yaml, &product.questions),
        Kind::Invite => {
            if let Some(invite) = &product.invite {
                let days = invite.days.map(|days| format!(", days: {days}")).unwrap_or_default();
                yaml.line(2, &format!("invite: {{ chat: {}, title: {}{days} }}", quoted(&invite.chat.to_string()), quoted(&invite.title)));
            }
        }
        Kind::Webhook => {
            if let Some(webhook) = &product.webhook {
                yaml.line(2, &format!("webhook: {{ url: {}, secret: {} }}", quoted(&webhook.url), quoted(&webhook.secret)));
            }
        }
    }
    if !product.options.is_empty() {
        yaml.line(2, "options:");
    }
    for option in &product.options {
        yaml.line(3, &format!("- id: {}", quoted(option.id.as_str())));
        yaml.localized(4, "name", &option.name);
        yaml.text(4, "price", &option.price.number());
        volume(yaml, 4, &option.volume, option.price.currency);
        if let Some(days) = option.days {
            yaml.line(4, &format!("days: {days}"));
        }
        exported += stock(yaml, 4, conn, beside, product, Some(&option.id)).await?;
    }
    Ok(exported)
}

/// Writes units of stock; tells how many. Those that are files stand beside, each under the id of its bytes.
async fn stock(
    yaml: &mut Yaml,
    level: usize,
    conn: &mut Conn,
    beside: &mut Beside,
    product: &Product,
    option: Option<&OptionId>,
) -> Result<usize, Error> {
    let units = conn.unsold_goods(&product.id, option).await?;
    if !units.is_empty() {
        yaml.line(level, "stock:");
    }
    for unit in &units {
        match &unit.blob {
            None => yaml.line(level + 1, &format!("- {}", quoted(&unit.content))),
            Some(blob) => {
                let path = beside.put(conn, blob, &format!("{}/units/{}", product.id, blob.0)).await?;
                yaml.line(level + 1, &format!("- {{ path: {}, name: {} }}", quoted(&path), quoted(&unit.content)));
            }
        }
    }
    Ok(units.len())
}

fn volume(yaml: &mut Yaml, level: usize, steps: &[VolumePrice], currency: Currency) {
    if !steps.is_empty() {
        yaml.line(level, "volume:");
    }
    for step in steps {
        let price = Fiat::new(step.minor, currency).number();
        yaml.line(level + 1, &format!("- {{ from: {}, price: {} }}", step.from, quoted(&price)));
    }
}

async fn documents(yaml: &mut Yaml, conn: &mut Conn, beside: &mut Beside, product: &Product) -> Result<(), Error> {
    let mut taken = HashSet::new();
    if !product.files.is_empty() {
        yaml.line(2, "files:");
    }
    for (number, file) in (1_usize..).zip(&product.files) {
        // A name is a path only when it is one on every machine; else the name stands beside the path.
        let plain = file.name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ')) && is_below(&file.name);
        if plain && file.name.len() <= 100 && taken.insert(file.name.to_lowercase()) {
            let path = beside.put(conn, &file.blob, &format!("{}/{}", product.id, file.name)).await?;
            yaml.line(3, &format!("- {}", quoted(&path)));
        } else {
            let path = beside.put(conn, &file.blob, &format!("{}/{number}/file", product.id)).await?;
            yaml.line(3, &format!("- {{ path: {}, name: {} }}", quoted(&path), quoted(&file.name)));
        }
    }
    Ok(())
}

fn questions(yaml: &mut Yaml, questions: &[Question]) {
    if !questions.is_empty() {
        yaml.line(2, "ask:");
    }
    for question in questions {
        let (id, kind) = (quoted(&question.id), question_kind_code(question.kind));
        yaml.line(3, &format!("- id: {id}"));
        yaml.line(4, &format!("kind: {kind}"));
        yaml.localized(4, "label", &question.label);
        if !question.choices.is_empty() {
            let choices: Vec<String> = question.choices.iter().map(|choice| quoted(choice)).collect();
            yaml.line(4, &format!("choices: [ {} ]", choices.join(", ")));
        }
    }
}

/// The folder of pictures and documents, which is made with the first of them.
struct Beside {
    parent: PathBuf,
    folder: String,
    written: usize,
}

impl Beside {
    /// Writes one stored file, and tells its path as the catalog names it.
    async fn put(&mut self, conn: &mut Conn, blob: &BlobId, name: &str) -> Result<String, Error> {
        let named = format!("{}/{name}", self.folder);
        let path = self.parent.join(&named);
        let bytes = conn.blob(blob).await?.map(|(_, bytes)| bytes).unwrap_or_default();
        let folder = path.parent().unwrap_or(&self.parent);
        fs::create_dir_all(folder).and_then(|()| put(&path, &bytes)).map_err(|source| Error::File {
            what: "write",
            path: path.clone(),
            source,
        })?;
        self.written += 1;
        Ok(named)
    }
}

/// Writes a file that only its owner may read.
fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
