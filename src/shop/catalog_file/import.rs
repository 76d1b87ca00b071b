//! From a catalog file into the shop: checked against what is there, then written in one transaction, or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

use super::problem::{Problem, Problems};
use super::product::{Document, ProductEntry};
use super::read::load;
use super::{CatalogFile, CategoryEntry, Error, ShopEntry};
use crate::domain::money::{Currency, Fiat};
use crate::domain::option::OptionId;
use crate::domain::product::{Category, CategoryId, Kind, Product, ProductFile, ProductId, ProductState};
use crate::store::{self, Conn, Store, UnitFile};

/// How many of something an import touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    /// In the file, and already as the file says.
    pub same: usize,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub shop_changed: bool,
    pub categories: Tally,
    pub products: Tally,
    /// Units of stock that are new.
    pub stock_added: usize,
    /// Units of stock that the shop has or had.
    pub stock_known: usize,
}

impl Imported {
    /// Whether the shop is as it was before.
    pub fn is_nothing(&self) -> bool {
        let Self { shop_changed, categories, products, stock_added, stock_known: _ } = *self;
        !shop_changed && stock_added == 0 && [categories, products].iter().all(|tally| tally.added == 0 && tally.changed == 0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} added, {} changed, {} as before", self.added, self.changed, self.same)
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "shop        {}", if self.shop_changed { "changed" } else { "as before" })?;
        writeln!(f, "categories  {}", self.categories)?;
        writeln!(f, "products    {}", self.products)?;
        write!(f, "stock       {} units added, {} known before", self.stock_added, self.stock_known)
    }
}

/// What the shop holds already, as far as a file must fit it.
struct Known {
    currency: Currency,
    categories: BTreeSet<CategoryId>,
    products: BTreeMap<ProductId, KnownProduct>,
}

struct KnownProduct {
    kind: Kind,
    currency: Currency,
    archived: bool,
    has_history: bool,
    /// Options with units that are not sold, and how many.
    in_stock: Vec<(OptionId, i64)>,
}

/// Imports the file at `path`; every problem is told at once, those of the file and those with the shop.
///
/// # Errors
/// [`Error::Problems`] when something is wrong; then nothing was written.
pub async fn import_file(store: &Store, path: &Path) -> Result<Imported, Error> {
    let (file, mut problems) = load(path)?;
    if problems.is_empty() {
        return import(store, file).await;
    }
    let known = Known::of(&mut store.read().await?, &file).await?;
    problems.extend(known.problems(&file));
    Err(Error::Problems(Problems::sorted(problems)))
}

/// Imports what was read.
///
/// # Errors
/// [`Error::Problems`] when it does not fit the shop; then nothing was written.
pub async fn import(store: &Store, file: CatalogFile) -> Result<Imported, Error> {
    let written = store.write(|tx| {
        Box::pin(async move {
            let known = Known::of(tx, &file).await?;
            let problems = known.problems(&file);
            if !problems.is_empty() {
                return Ok(Err(Problems::sorted(problems)));
            }
            apply(tx, &file).await.map(Ok)
        })
    });
    written.await?.map_err(Error::Problems)
}

impl Known {
    async fn of(conn: &mut Conn, file: &CatalogFile) -> store::Result<Self> {
        let currency = conn.shop().await?.currency;
        let categories = conn.categories().await?.into_iter().map(|category| category.id).collect();
        let mut products = BTreeMap::new();
        for id in conn.product_ids().await? {
            let Some(product) = conn.product(&id).await? else { continue };
            let entry = file.products.iter().find(|entry| entry.id == id);
            let has_history = match entry {
                Some(entry) if entry.kind != product.kind => conn.has_units_or_orders(&id).await?,
                _ => false,
            };
            let archived = product.state == ProductState::Archived;
            let mut in_stock = Vec::new();
            // Units of the only option stay with the product when it has none any more.
            if entry.is_some() && product.options.len() > 1 {
                for option in &product.options {
                    in_stock.push((option.id.clone(), conn.unsold_of(&id, &option.id).await?));
                }
            }
            let (kind, currency) = (product.kind, product.price.currency);
            products.insert(id, KnownProduct { kind, currency, archived, has_history, in_stock });
        }
        Ok(Self { currency, categories, products })
    }

    fn problems(&self, file: &CatalogFile) -> Vec<Problem> {
        let mut problems = Vec::new();
        let currency = file.shop.currency.unwrap_or(self.currency);
        let named: BTreeSet<&CategoryId> = file.categories.iter().map(|category| &category.id).chain(&self.categories).collect();
        for entry in &file.products {
            if let Some(category) = entry.category.as_ref().filter(|category| !named.contains(category)) {
                problems.push(Problem::at(
                    entry.category_line,
                    format!("there is no category {category}, neither in this file nor in the shop"),
                ));
            }
            problems.extend(entry.price_problems(currency));
            let in_stock = self.products.get(&entry.id).into_iter().flat_map(|known| &known.in_stock);
            for (option, units) in in_stock.filter(|(_, units)| *units > 0) {
                if entry.options.iter().all(|named| named.id != *option) {
                    let what = format!("the option {option} of the product {} has {units} units in stock: keep it in the file", entry.id);
                    problems.push(Problem::at(entry.line, what));
                }
            }
            if let Some(known) = self.products.get(&entry.id).filter(|known| known.has_history) {
                let what = format!(
                    "the product {} is of kind {} and has stock or orders: give the {} one another id",
                    entry.id,
                    known.kind.code(),
                    entry.kind.code()
                );
                problems.push(Problem::at(entry.kind_line, what));
            }
        }
        // An archived product is never sold again, so its currency disturbs nobody.
        let in_file: BTreeSet<&ProductId> = file.products.iter().map(|entry| &entry.id).collect();
        let others = self.products.iter().filter(|(id, known)| known.currency != currency && !known.archived && !in_file.contains(id));
        let others: Vec<&str> = others.map(|(id, _)| id.as_str()).collect();
        if !others.is_empty() {
            let what = format!(
                "the shop would sell in {}, but these products of another currency are not in the file: {}",
                currency.code(),
                others.join(", ")
            );
            problems.push(Problem::at(file.shop.line.max(1), what));
        }
        problems
    }
}

async fn apply(tx: &mut Conn, file: &CatalogFile) -> store::Result<Imported> {
    let mut done = Imported { shop_changed: put_shop(tx, &file.shop).await?, ..Imported::default() };
    done.categories = put_categories(tx, &file.categories).await?;
    let currency = tx.shop().await?.currency;
    let mut places = Places { behind_all: tx.next_product_position().await?, last: HashMap::new() };
    for entry in &file.products {
        let before = tx.product(&entry.id).await?;
        let position = places.place(entry, before.as_ref());
        let product = product(tx, entry, currency, position, before.as_ref()).await?;
        match before {
            Some(before) if before == product => done.products.same += 1,
            Some(_) => done.products.changed += 1,
            None => done.products.added += 1,
        }
        tx.put_product(&product).await?;
        let stocks = entry.options.iter().map(|option| (Some(&option.id), &option.stock, &option.stock_files));
        for (option, units, files) in stocks.chain([(None, &entry.stock, &entry.stock_files)]) {
            for Document { name, media_type, bytes } in files.iter().cloned() {
                let is_new = tx.add_stock_file("", &entry.id, option, &UnitFile { name, media_type, bytes }).await?;
                done.stock_added += usize::from(is_new);
                done.stock_known += usize::from(!is_new);
            }
            let stock = tx.add_stock_of(&entry.id, option, units).await?;
            done.stock_added += stock.added;
            done.stock_known += stock.known;
        }
    }
    Ok(done)
}

async fn put_shop(tx: &mut Conn, entry: &ShopEntry) -> store::Result<bool> {
    let before = tx.shop().await?;
    let mut shop = before.clone();
    let ShopEntry { line: _, name, currency, support, greeting, terms, privacy, coins } = entry.clone();
    shop.name = name.unwrap_or(shop.name);
    shop.currency = currency.unwrap_or(shop.currency);
    // Written, but empty: there is none.
    shop.support = support.map_or(shop.support, |text| Some(text).filter(|text| !text.trim().is_empty()));
    shop.greeting = greeting.unwrap_or(shop.greeting);
    shop.terms = terms.unwrap_or(shop.terms);
    shop.privacy = privacy.unwrap_or(shop.privacy);
    shop.coins = coins.unwrap_or(shop.coins);
    if shop == before {
        return Ok(false);
    }
    tx.set_shop(&shop).await?;
    Ok(true)
}

/// Categories stand in the order of the file; one that stands right already keeps its position.
async fn put_categories(tx: &mut Conn, entries: &[CategoryEntry]) -> store::Result<Tally> {
    let before: HashMap<CategoryId, Category> =
        tx.categories().await?.into_iter().map(|category| (category.id.clone(), category)).collect();
    let behind_all = before.values().map(|category| category.position).max().unwrap_or(0) + 1;
    let mut tally = Tally::default();
    let mut last: Option<(i64, &CategoryId)> = None;
    for entry in entries {
        let known = before.get(&entry.id);
        let position = next(known.map(|known| known.position), &entry.id, last, behind_all);
        last = Some((position, &entry.id));
        let category = Category { id: entry.id.clone(), name: entry.name.clone(), position };
        match known {
            Some(known) if *known == category => tally.same += 1,
            Some(_) => tally.changed += 1,
            None => tally.added += 1,
        }
        tx.put_category(&category).await?;
    }
    Ok(tally)
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

async fn product(
    tx: &mut Conn,
    entry: &ProductEntry,
    currency: Currency,
    position: i64,
    before: Option<&Product>,
) -> store::Result<Product> {
    let picture = match &entry.picture {
        Some(picture) => Some(tx.put_blob(picture.media_type, &picture.bytes).await?),
        None => None,
    };
    let mut files = Vec::with_capacity(entry.files.len());
    for document in &entry.files {
        files.push(ProductFile { blob: tx.put_blob(document.media_type, &document.bytes).await?, name: document.name.clone() });
    }
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
        picture,
        text: entry.text.clone(),
        files,
        questions: entry.questions.clone(),
        invite: entry.invite.clone(),
        webhook: entry.webhook_after(before),
        quantity_min: entry.quantity_min,
        volume,
        options,
    };
    Ok(product.with_price_of_options())
}
