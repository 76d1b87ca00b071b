//! From the shop to a catalog file, with pictures and documents in a folder beside it, or all of it in one archive.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Error;
use super::files::is_below;
use super::product::default_quantity;
use super::question::question_kind_code;
use super::yaml::{Yaml, languages, quoted};
use crate::domain::money::{Currency, Fiat};
use crate::domain::option::{OptionId, VolumePrice};
use crate::domain::product::{BlobId, Category, Kind, Product, ProductState, Question};
use crate::shop::archive::{Packing, is_archive_name};
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
    export_from(&mut store.read().await?, path).await
}

/// The same from one connection.
///
/// # Errors
/// When there is such a file already, or one cannot be written.
pub async fn export_from(conn: &mut Conn, path: &Path) -> Result<Exported, Error> {
    let failed = |source| Error::File { what: "write", path: path.to_owned(), source };
    if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Err(failed(std::io::Error::other("it exists already: name a new file")));
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("catalog");
    let parent = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut beside = Beside { place: BesidePlace::Folder { parent }, folder: format!("{stem}.files"), written: 0 };
    let (yaml, mut exported) = write(conn, &mut beside, Goods::Inside, &mut |_| async {}.boxed()).await?;
    exported.files = beside.written;
    // Beside the file itself, so that the finished text takes its place in one step.
    let fresh = path.with_extension("yaml.new");
    put(&fresh, yaml.as_bytes()).and_then(|()| fs::rename(&fresh, path)).map_err(failed)?;
    Ok(exported)
}

/// Whether unsold stock and webhook secrets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goods {
    Inside,
    /// An import of it takes nothing away: stock and secrets stay.
    LeftOut,
}

/// Told now and then how many products are written so far.
pub type Told<'t> = dyn FnMut(usize) -> BoxFuture<'t, ()> + Send + 't;

/// A catalog as one file.
pub struct Packed {
    /// `catalog.yaml`, or `catalog.zip` when there are pictures or documents.
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub exported: Exported,
}

/// Writes the catalog as one file of at most `bytes_max`; none: it would be larger.
///
/// # Errors
/// When the store does not answer.
pub async fn packed(store: &Store, goods: Goods, bytes_max: usize, told: &mut Told<'_>) -> Result<Option<Packed>, Error> {
    let place = BesidePlace::Archive { files: Vec::new(), bytes_left: bytes_max };
    let mut beside = Beside { place, folder: "catalog.files".to_owned(), written: 0 };
    let mut conn = store.read().await?;
    let (yaml, mut exported) = match write(&mut conn, &mut beside, goods, told).await {
        Err(Error::TooLarge) => return Ok(None),
        written => written?,
    };
    drop(conn);
    exported.files = beside.written;
    let BesidePlace::Archive { files, bytes_left } = beside.place else { return Ok(None) };
    if yaml.len() > bytes_left {
        return Ok(None);
    }
    if files.is_empty() {
        return Ok(Some(Packed { name: "catalog.yaml", bytes: yaml.into_bytes(), exported }));
    }
    let zip = tokio::task::spawn_blocking(move || zipped(&yaml, &files)).await;
    let bytes = zip.map_err(|_| Error::Unpackable).and_then(|zip| zip.ok_or(Error::Unpackable))?;
    Ok((bytes.len() <= bytes_max).then_some(Packed { name: "catalog.zip", bytes, exported }))
}

fn zipped(yaml: &str, files: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut zip = Packing::default();
    zip.put("catalog.yaml", yaml.as_bytes()).ok()?;
    for (name, bytes) in files {
        zip.put(name, bytes).ok()?;
    }
    zip.finish().ok()
}

async fn write(conn: &mut Conn, beside: &mut Beside, goods: Goods, told: &mut Told<'_>) -> Result<(String, Exported), Error> {
    let mut yaml = Yaml::default();
    let mut exported = Exported::default();
    let settings = conn.shop().await?;
    // No product's picture has such a name: there is no dot in an id.
    let picture = match &settings.picture {
        Some(blob) => Some(beside.put_picture(conn, blob, "shop.picture").await?),
        None => None,
    };
    shop(&mut yaml, &settings, picture.as_deref());
    let categories = conn.categories().await?;
    yaml.line(0, if categories.is_empty() { "categories: []" } else { "categories:" });
    for category in &categories {
        let picture = match &category.picture {
            Some(blob) => format!(", picture: {}", quoted(&beside.put_picture(conn, blob, &format!("category.{}", category.id)).await?)),
            None => String::new(),
        };
        yaml.line(1, &format!("- {{ id: {}, name: {}{picture} }}", quoted(category.id.as_str()), languages(&category.name)));
    }
    exported.categories = categories.len();
    let products = products(conn, &categories).await?;
    yaml.line(0, if products.is_empty() { "products: []" } else { "products:" });
    for (so_far, product) in products.iter().enumerate() {
        told(so_far).await;
        exported.stock += entry(&mut yaml, conn, beside, goods, product).await?;
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

fn shop(yaml: &mut Yaml, shop: &ShopSettings, picture: Option<&str>) {
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
    if let Some(path) = picture {
        yaml.text(1, "picture", path);
    }
}

/// Writes one product; tells how many units of stock it has.
async fn entry(yaml: &mut Yaml, conn: &mut Conn, beside: &mut Beside, goods: Goods, product: &Product) -> Result<usize, Error> {
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
        yaml.text(2, "picture", &beside.put_picture(conn, blob, product.id.as_str()).await?);
    }
    let mut exported = 0;
    match product.kind {
        Kind::Keys => exported += stock(yaml, 2, conn, beside, goods, product, None).await?,
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
                let secret = format!(", secret: {}", quoted(&webhook.secret));
                let secret = if goods == Goods::Inside { secret } else { String::new() };
                yaml.line(2, &format!("webhook: {{ url: {}{secret} }}", quoted(&webhook.url)));
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
        exported += stock(yaml, 4, conn, beside, goods, product, Some(&option.id)).await?;
    }
    Ok(exported)
}

/// Writes units of stock; tells how many. Those that are files stand beside, each under the id of its bytes.
async fn stock(
    yaml: &mut Yaml,
    level: usize,
    conn: &mut Conn,
    beside: &mut Beside,
    goods: Goods,
    product: &Product,
    option: Option<&OptionId>,
) -> Result<usize, Error> {
    if goods == Goods::LeftOut {
        return Ok(0);
    }
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
        // An archive in an archive would not be read back under its own name.
        if plain && !is_archive_name(&file.name) && file.name.len() <= 100 && taken.insert(file.name.to_lowercase()) {
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
    place: BesidePlace,
    folder: String,
    written: usize,
}

enum BesidePlace {
    /// On the disk.
    Folder { parent: PathBuf },
    /// In memory, to be packed.
    Archive { files: Vec<(String, Vec<u8>)>, bytes_left: usize },
}

impl Beside {
    /// Writes a picture under a name to which its kind's end is added, and tells its path.
    async fn put_picture(&mut self, conn: &mut Conn, blob: &BlobId, stem: &str) -> Result<String, Error> {
        let extension = conn.blob(blob).await?.map_or("png", |(media_type, _)| if media_type == "image/jpeg" { "jpg" } else { "png" });
        self.put(conn, blob, &format!("{stem}.{extension}")).await
    }

    /// Writes one stored file, and tells its path as the catalog names it.
    async fn put(&mut self, conn: &mut Conn, blob: &BlobId, name: &str) -> Result<String, Error> {
        let named = format!("{}/{name}", self.folder);
        let bytes = conn.blob(blob).await?.map(|(_, bytes)| bytes).unwrap_or_default();
        match &mut self.place {
            BesidePlace::Folder { parent } => {
                let path = parent.join(&named);
                let folder = path.parent().unwrap_or(parent);
                fs::create_dir_all(folder).and_then(|()| put(&path, &bytes)).map_err(|source| Error::File {
                    what: "write",
                    path: path.clone(),
                    source,
                })?;
            }
            BesidePlace::Archive { files, bytes_left } => {
                *bytes_left = bytes_left.checked_sub(bytes.len()).ok_or(Error::TooLarge)?;
                files.push((named.clone(), bytes));
            }
        }
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
