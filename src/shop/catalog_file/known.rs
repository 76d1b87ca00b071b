//! What the shop holds already, and where a catalog file does not fit it.

use std::collections::{BTreeMap, BTreeSet};

use super::CatalogFile;
use super::problem::Problem;
use super::product::{Given, ProductEntry};
use crate::domain::money::Currency;
use crate::domain::option::OptionId;
use crate::domain::product::{Category, CategoryId, Product, ProductId, ProductState};
use crate::store::{self, Conn, MoneyKept, ShopSettings};

/// What the shop holds, as far as a file must fit it.
pub(super) struct Known {
    pub(super) shop: ShopSettings,
    pub(super) categories: Vec<Category>,
    pub(super) products: BTreeMap<ProductId, Product>,
    /// Products of the file whose kind would change, and may not.
    with_history: BTreeSet<ProductId>,
    /// Options with units that are not sold, and how many.
    in_stock: Vec<(ProductId, OptionId, i64)>,
    /// What keeps the shop from another currency, when the file names one: nobody could see, spend or get it there.
    money: Vec<(MoneyKept, String)>,
}

impl Known {
    pub(super) async fn of(conn: &mut Conn, file: &CatalogFile) -> store::Result<Self> {
        let (shop, categories) = (conn.shop().await?, conn.categories().await?);
        let money = match file.shop.currency {
            Some(currency) if currency != shop.currency => conn.money_elsewhere(currency).await?,
            _ => Vec::new(),
        };
        let mut known = Self { shop, categories, products: BTreeMap::new(), with_history: BTreeSet::new(), in_stock: Vec::new(), money };
        let entries: BTreeMap<&ProductId, &ProductEntry> = file.products.iter().map(|entry| (&entry.id, entry)).collect();
        for id in conn.product_ids().await? {
            let Some(product) = conn.product(&id).await? else { continue };
            if let Some(entry) = entries.get(&id) {
                if entry.kind != product.kind && conn.has_units_or_orders(&id).await? {
                    known.with_history.insert(id.clone());
                }
                // Units of the only option stay with the product when it has none any more.
                let has_one = product.options.len() == 1;
                for option in product.options.iter().filter(|_| !has_one || !entry.options.is_empty()) {
                    known.in_stock.push((id.clone(), option.id.clone(), conn.unsold_of(&id, &option.id).await?));
                }
            }
            known.products.insert(id, product);
        }
        Ok(known)
    }

    /// Everything about the file that does not fit.
    pub(super) fn problems(&self, file: &CatalogFile) -> Vec<Problem> {
        let currency = file.shop.currency.unwrap_or(self.shop.currency);
        let ids = self.categories.iter().map(|category| &category.id);
        let named: BTreeSet<&CategoryId> = file.categories.iter().map(|category| &category.id).chain(ids).collect();
        let mut problems: Vec<Problem> = file.products.iter().flat_map(|entry| self.of_entry(entry, &named, currency)).collect();
        for entry in &file.categories {
            let known = self.categories.iter().find(|category| category.id == entry.id);
            if let Some(Given::InShop { line, path }) = &entry.picture
                && known.is_none_or(|known| known.picture.is_none())
            {
                problems.push(missing(*line, path));
            }
        }
        if let Some(Given::InShop { line, path }) = file.shop.picture.given()
            && self.shop.picture.is_none()
        {
            problems.push(missing(*line, path));
        }
        // An archived product is never sold again, so its currency disturbs nobody.
        let in_file: BTreeSet<&ProductId> = file.products.iter().map(|entry| &entry.id).collect();
        let disturbs = |product: &Product| product.price.currency != currency && product.state != ProductState::Archived;
        let others = self.products.values().filter(|product| disturbs(product) && !in_file.contains(&product.id));
        let others: Vec<&str> = others.map(|product| product.id.as_str()).collect();
        if !others.is_empty() {
            let what = format!(
                "the shop would sell in {}, but these products of another currency are not in the file: {}",
                currency.code(),
                others.join(", ")
            );
            problems.push(Problem::at(file.shop.line.max(1), what));
        }
        for (what, in_currency) in &self.money {
            let what = match what {
                MoneyKept::Credit => format!("customers have credit in {in_currency}: let them spend it first, or take it back"),
                MoneyKept::Orders => {
                    format!(
                        "orders in {in_currency} wait for their goods, or money for them may still come: serve what is paid, and wait until \
                         three days after the last of them"
                    )
                }
                MoneyKept::Cases => format!("cases about orders in {in_currency} are open and may end as credit: end them first"),
            };
            problems.push(Problem::at(file.shop.line.max(1), format!("the shop would sell in {}, but {what}", currency.code())));
        }
        problems
    }

    fn of_entry(&self, entry: &ProductEntry, named: &BTreeSet<&CategoryId>, currency: Currency) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(category) = entry.category.as_ref().filter(|category| !named.contains(category)) {
            let what = format!("there is no category {category}, neither in this file nor in the shop");
            problems.push(Problem::at(entry.category_line, what));
        }
        problems.extend(entry.price_problems(currency));
        for (_, option, units) in self.in_stock.iter().filter(|(id, _, units)| *id == entry.id && *units > 0) {
            if entry.options.iter().all(|named| named.id != *option) {
                let what = format!("the option {option} of the product {} has {units} units in stock: keep it in the file", entry.id);
                problems.push(Problem::at(entry.line, what));
            }
        }
        let known = self.products.get(&entry.id);
        if let Some(known) = known.filter(|known| self.with_history.contains(&known.id)) {
            let what = format!(
                "the product {} is of kind {} and has stock or orders: give the {} one another id",
                entry.id,
                known.kind.code(),
                entry.kind.code()
            );
            problems.push(Problem::at(entry.kind_line, what));
        }
        if let Some(Given::InShop { line, path }) = &entry.picture
            && known.is_none_or(|known| known.picture.is_none())
        {
            problems.push(missing(*line, path));
        }
        for (at, document) in entry.files.iter().enumerate() {
            if let Given::InShop { line, path } = &document.content
                && known.is_none_or(|known| entry.file_in_shop(at, known).is_none())
            {
                problems.push(missing(*line, path));
            }
        }
        problems
    }
}

fn missing(line: usize, path: &str) -> Problem {
    Problem::at(line, format!("{path} was not sent: send it with the catalog, in a .zip"))
}
