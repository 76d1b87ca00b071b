//! From a catalog file into the shop: checked against what is there, worked out, then written in one transaction, or not at all.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

use super::known::Known;
use super::picture::Picture;
use super::plan::{Changed, Plan};
use super::problem::{Problem, Problems};
use super::product::{Document, Given, ProductEntry};
use super::read::load;
use super::{CatalogFile, CategoryEntry, Error, ShopEntry, ShopPicture, differ};
use crate::domain::deed::DeedKind;
use crate::domain::money::{Currency, Fiat};
use crate::domain::option::OptionId;
use crate::domain::product::{BlobId, Category, CategoryId, Product, ProductFile, ProductId};
use crate::shop::daily::forget_low_stock;
use crate::store::{self, Conn, Deed, NOBODY, ShopSettings, Store, UnitFile, blob_id};

/// What an import did.
#[derive(Debug)]
pub struct Done {
    pub plan: Plan,
    /// What was made because neither the file nor the shop had it; told once.
    pub secrets: Vec<NewSecret>,
}

/// What signs the questions to the seller's system about a product.
pub struct NewSecret {
    pub product: ProductId,
    pub secret: String,
}

/// Says of what, and not the secret.
impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret of {}", self.product)
    }
}

/// Whether the shop's own settings may be changed by whoever imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    Free,
    /// The file may say what they are, and not that they are otherwise.
    Fixed,
}

/// An import that is worked out: what it changes, and the rows that make it so.
pub(super) struct Planned {
    pub(super) plan: Plan,
    shop: Option<ShopSettings>,
    categories: Vec<Category>,
    /// By their places in the file.
    products: Vec<(usize, Product)>,
    /// Products of the file that get new units, by their places in it.
    stocked: Vec<usize>,
    secrets: Vec<NewSecret>,
}

/// Imports the file at `path` from the command line; every problem is told at once, those of the file and those with the shop. It is
/// written down with `now`, in unix seconds UTC.
///
/// # Errors
/// [`Error::Problems`] when something is wrong; then nothing was written.
pub async fn import_file(store: &Store, path: &Path, now: i64) -> Result<Done, Error> {
    let file = fitting(&mut store.read().await?, path).await?;
    write(store, file, Some(now)).await
}

/// What an import of the file at `path` would change.
///
/// # Errors
/// [`Error::Problems`] when something is wrong with it.
pub async fn plan_file(conn: &mut Conn, path: &Path) -> Result<Plan, Error> {
    let file = fitting(conn, path).await?;
    let planned = Planned::of(conn, &file, Settings::Free).await?;
    planned.map(|planned| planned.plan).map_err(Error::Problems)
}

/// Imports what was read, for a shop that nobody works in yet.
///
/// # Errors
/// [`Error::Problems`] when it does not fit the shop; then nothing was written.
pub async fn import(store: &Store, file: CatalogFile) -> Result<Done, Error> {
    write(store, file, None).await
}

/// The file at `path`, when nothing is wrong with it by itself; else with everything that is wrong with it here, too.
async fn fitting(conn: &mut Conn, path: &Path) -> Result<CatalogFile, Error> {
    let (file, mut problems) = load(path)?;
    if problems.is_empty() {
        return Ok(file);
    }
    let known = Known::of(conn, &file).await?;
    problems.extend(known.problems(&file));
    Err(Error::Problems(Problems::sorted(problems)))
}

async fn write(store: &Store, file: CatalogFile, written_down: Option<i64>) -> Result<Done, Error> {
    let written = store.write(move |tx| {
        Box::pin(async move {
            tx.lock_shop().await?;
            let planned = match Planned::of(tx, &file, Settings::Free).await? {
                Ok(planned) => planned,
                Err(problems) => return Ok(Err(problems)),
            };
            let done = planned.carry_out(tx, &file).await?;
            // At the end: whatever the staff of a shop beside it does meanwhile is written down as well, one behind the other.
            if let Some(now) = written_down.filter(|_| !done.plan.is_nothing()) {
                let words = format!("from the command line: {}", done.plan.in_short());
                tx.deed_of(NOBODY, Deed::new(DeedKind::CatalogImported, words), now).await?;
            }
            Ok(Ok(done))
        })
    });
    written.await?.map_err(Error::Problems)
}

impl Planned {
    /// Works an import out, or says what does not fit. It writes nothing: who wants to write it holds it in the same transaction.
    pub(super) async fn of(conn: &mut Conn, file: &CatalogFile, settings: Settings) -> store::Result<Result<Self, Problems>> {
        let known = Known::of(conn, file).await?;
        let mut problems = known.problems(file);
        let shop = shop(&known.shop, &file.shop);
        let mut plan = Plan { shop: differ::shop(&known.shop, &shop), files_kept: kept(file.shop.picture.given()), ..Plan::default() };
        if settings == Settings::Fixed && !plan.shop.is_empty() {
            let what = "the section shop changes the shop's own settings, which only an owner does: take it out, or ask an owner";
            problems.push(Problem::at(file.shop.line.max(1), what));
        }
        if !problems.is_empty() {
            return Ok(Err(Problems::sorted(problems)));
        }
        let categories = categories(&known, file, &mut plan);
        let mut planned = Self { plan, shop: None, categories, products: Vec::new(), stocked: Vec::new(), secrets: Vec::new() };
        let mut places = Places { behind_all: conn.next_product_position().await?, last: HashMap::new() };
        for (place, entry) in file.products.iter().enumerate() {
            let before = known.products.get(&entry.id);
            let position = places.place(entry, before);
            let after = product(entry, shop.currency, position, before)?;
            planned.add(conn, place, entry, before, after).await?;
        }
        let named: HashSet<&ProductId> = file.products.iter().map(|entry| &entry.id).collect();
        planned.plan.products_left = known.products.keys().filter(|id| !named.contains(id)).count();
        planned.shop = Some(shop).filter(|shop| *shop != known.shop);
        Ok(Ok(planned))
    }

    async fn add(
        &mut self,
        conn: &mut Conn,
        place: usize,
        entry: &ProductEntry,
        before: Option<&Product>,
        after: Product,
    ) -> store::Result<()> {
        let (mut stock, mut seen) = (0, HashSet::new());
        for (_, units, files) in entry.stocks() {
            let bytes: Vec<&[u8]> = files.iter().filter_map(|file| Some(file.content.here()?.bytes.as_slice())).collect();
            let new = conn.new_units(&entry.id, units, &bytes, &mut seen).await?;
            stock += new;
            self.plan.stock_known += (units.len() + files.len()).saturating_sub(new);
        }
        self.plan.files_kept += entry.kept();
        let has_secret = entry.webhook.as_ref().is_some_and(|webhook| webhook.secret.is_some());
        let had_secret = before.is_some_and(|before| before.webhook.is_some());
        let made = after.webhook.as_ref().filter(|_| !has_secret && !had_secret);
        if let Some(webhook) = made {
            self.secrets.push(NewSecret { product: after.id.clone(), secret: webhook.secret.clone() });
        }
        let parts = differ::product(before, &after);
        if parts.is_empty() && stock == 0 {
            self.plan.products_same += 1;
            return Ok(());
        }
        let (id, is_new, new_secret) = (after.id.to_string(), before.is_none(), made.is_some());
        if !parts.is_empty() {
            self.products.push((place, after));
        }
        if stock > 0 {
            self.stocked.push(place);
        }
        self.plan.products.push(Changed { id, is_new, parts, stock, new_secret });
        Ok(())
    }

    /// Writes it, in the transaction in which it was worked out.
    pub(super) async fn carry_out(self, tx: &mut Conn, file: &CatalogFile) -> store::Result<Done> {
        if let Some(shop) = &self.shop {
            if let Some(picture) = file.shop.picture.given().and_then(Given::here) {
                tx.put_blob(picture.media_type, &picture.bytes).await?;
            }
            tx.set_shop(shop).await?;
        }
        for category in &self.categories {
            let entry = file.categories.iter().find(|entry| entry.id == category.id);
            if let Some(picture) = entry.and_then(|entry| entry.picture.as_ref()?.here()) {
                tx.put_blob(picture.media_type, &picture.bytes).await?;
            }
            tx.put_category(category).await?;
        }
        for (place, product) in &self.products {
            if let Some(entry) = file.products.get(*place) {
                if let Some(picture) = entry.picture.as_ref().and_then(Given::here) {
                    tx.put_blob(picture.media_type, &picture.bytes).await?;
                }
                for content in entry.files.iter().filter_map(|document| document.content.here()) {
                    tx.put_blob(content.media_type, &content.bytes).await?;
                }
            }
            tx.put_product(product).await?;
        }
        for entry in self.stocked.iter().filter_map(|place| file.products.get(*place)) {
            tx.lock_product(&entry.id).await?;
            for (option, units, files) in entry.stocks() {
                tx.add_stock_of(&entry.id, option, units).await?;
                for (name, content) in files.iter().filter_map(|file| Some((&file.name, file.content.here()?))) {
                    let file = UnitFile { name: name.clone(), media_type: content.media_type, bytes: content.bytes.clone() };
                    tx.add_stock_file("", &entry.id, option, &file).await?;
                }
            }
            forget_low_stock(tx, &entry.id).await?;
        }
        Ok(Done { plan: self.plan, secrets: self.secrets })
    }
}

/// The shop's settings as the file wants them.
fn shop(before: &ShopSettings, entry: &ShopEntry) -> ShopSettings {
    let before = before.clone();
    let ShopEntry { line: _, name, currency, support, greeting, terms, privacy, coins, picture } = entry.clone();
    ShopSettings {
        name: name.unwrap_or(before.name),
        currency: currency.unwrap_or(before.currency),
        // Written, but empty: there is none.
        support: support.map_or(before.support, |text| Some(text).filter(|text| !text.trim().is_empty())),
        greeting: greeting.unwrap_or(before.greeting),
        terms: terms.unwrap_or(before.terms),
        privacy: privacy.unwrap_or(before.privacy),
        coins: coins.unwrap_or(before.coins),
        picture: match picture {
            ShopPicture::AsItIs => before.picture,
            ShopPicture::Gone => None,
            ShopPicture::Given(given) => picture_after(Some(&given), before.picture.as_ref()),
        },
    }
}

/// The categories that are new or change. They stand in the order of the file; one that stands right already keeps its position.
fn categories(known: &Known, file: &CatalogFile, plan: &mut Plan) -> Vec<Category> {
    let before: HashMap<&CategoryId, &Category> = known.categories.iter().map(|category| (&category.id, category)).collect();
    let behind_all = known.categories.iter().map(|category| category.position).max().unwrap_or(0) + 1;
    let mut changed = Vec::new();
    let mut last: Option<(i64, &CategoryId)> = None;
    for entry in &file.categories {
        let known = before.get(&entry.id).copied();
        let position = next(known.map(|known| known.position), &entry.id, last, behind_all);
        last = Some((position, &entry.id));
        let after = category(entry, position, known);
        plan.files_kept += kept(entry.picture.as_ref());
        if known == Some(&after) {
            plan.categories_same += 1;
            continue;
        }
        let (id, parts) = (after.id.to_string(), differ::category(known, &after));
        plan.categories.push(Changed { id, is_new: known.is_none(), parts, stock: 0, new_secret: false });
        changed.push(after);
    }
    plan.categories_left = before.len() - file.categories.iter().filter(|entry| before.contains_key(&entry.id)).count();
    changed
}

fn category(entry: &CategoryEntry, position: i64, before: Option<&Category>) -> Category {
    let picture = picture_after(entry.picture.as_ref(), before.and_then(|before| before.picture.as_ref()));
    Category { id: entry.id.clone(), name: entry.name.clone(), position, picture }
}

/// The picture that is shown after the import; `known`: the one that is shown before.
fn picture_after(given: Option<&Given<Picture>>, known: Option<&BlobId>) -> Option<BlobId> {
    match given? {
        Given::Here(picture) => Some(blob_id(&picture.bytes)),
        Given::InShop { .. } => known.cloned(),
    }
}

fn kept(picture: Option<&Given<Picture>>) -> usize {
    usize::from(picture.is_some_and(|picture| picture.here().is_none()))
}

/// Where the products of each category have got to.
struct Places<'f> {
    behind_all: i64,
    last: HashMap<Option<&'f CategoryId>, (i64, &'f ProductId)>,
}

impl<'f> Places<'f> {
    /// Products of a category stand in the order of the file; one that stands right already keeps its position.
    fn place(&mut self, entry: &'f ProductEntry, before: Option<&Product>) -> i64 {
        let category = entry.category.as_ref();
        let position = next(before.map(|product| product.position), &entry.id, self.last.get(&category).copied(), self.behind_all);
        self.behind_all = self.behind_all.max(position + 1);
        self.last.insert(category, (position, &entry.id));
        position
    }
}

/// The position of an entry after `last`: its own when that is behind it, or else the next; a new first one goes behind everything.
fn next<I: Ord + Copy>(own: Option<i64>, id: I, last: Option<(i64, I)>, behind_all: i64) -> i64 {
    match (own, last) {
        (Some(own), None) => own,
        (Some(own), Some(last)) if (own, id) > last => own,
        (_, Some((last, _))) => last + 1,
        (None, None) => behind_all,
    }
}

fn product(entry: &ProductEntry, currency: Currency, position: i64, before: Option<&Product>) -> store::Result<Product> {
    let price = Fiat::parse_price(&entry.price, currency).map_err(|_| store::Error::corrupt("a price that was checked before"))?;
    let (volume, options) = entry.priced(currency);
    let product = Product {
        id: entry.id.clone(),
        category: entry.category.clone(),
        position,
        name: entry.name.clone(),
        description: entry.description.clone(),
        price,
        kind: entry.kind,
        state: entry.state,
        quantity_max: entry.quantity_max,
        picture: picture_after(entry.picture.as_ref(), before.and_then(|before| before.picture.as_ref())),
        text: entry.text.clone(),
        files: entry.files_after(before),
        questions: entry.questions.clone(),
        invite: entry.invite.clone(),
        webhook: entry.webhook_after(before),
        quantity_min: entry.quantity_min,
        volume,
        options,
    };
    Ok(product.with_price_of_options())
}

impl ProductEntry {
    /// Its units, those that are texts and those that are files, by the option whose they are.
    fn stocks(&self) -> impl Iterator<Item = (Option<&OptionId>, &[String], &[Document])> {
        let of_options = self.options.iter().map(|option| (Some(&option.id), option.stock.as_slice(), option.stock_files.as_slice()));
        of_options.chain([(None, self.stock.as_slice(), self.stock_files.as_slice())])
    }

    fn files_after(&self, before: Option<&Product>) -> Vec<ProductFile> {
        let file = |(at, document): (usize, &Document)| match &document.content {
            Given::Here(content) => Some(ProductFile { blob: blob_id(&content.bytes), name: document.name.clone() }),
            Given::InShop { .. } => self.file_in_shop(at, before?).cloned(),
        };
        self.files.iter().enumerate().filter_map(file).collect()
    }

    /// The file of `product` that the file at `at` means when its bytes did not come with the catalog: of one name, the second means the second.
    pub(super) fn file_in_shop<'p>(&self, at: usize, product: &'p Product) -> Option<&'p ProductFile> {
        let name = &self.files.get(at)?.name;
        let before = self.files.iter().take(at).filter(|other| other.name == *name).count();
        product.files.iter().filter(|known| known.name == *name).nth(before)
    }

    /// How many pictures and documents it names that did not come with the catalog.
    fn kept(&self) -> usize {
        kept(self.picture.as_ref()) + self.files.iter().filter(|document| document.content.here().is_none()).count()
    }
}
