//! Categories and products.

use super::{Conn, Error, Result, execute, on, quiet, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::goods::{Invite, Webhook};
use crate::domain::language::Localized;
use crate::domain::money::{Currency, Fiat};
use crate::domain::option::{OptionId, ProductOption, VolumePrice};
use crate::domain::product::{BlobId, Category, CategoryId, Kind, Product, ProductFile, ProductId, ProductState};

/// What everybody who buys the product gets: goods, so it is sealed.
pub(super) const TEXT: &str = "text";
/// What signs the questions to the seller's system.
pub(super) const SECRET: &str = "webhook";

/// A category and how many products of it are on sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    pub category: Category,
    pub products: i64,
}

/// A product in a list: enough for a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: ProductId,
    pub name: Localized,
    pub price: Fiat,
    pub kind: Kind,
    pub state: ProductState,
    /// Units that can be sold; none when the product does not run out.
    pub stock: Option<i64>,
    /// Whether its options have prices of their own; `price` is the lowest of them.
    pub has_options: bool,
}

/// Id, name, position, picture.
type CategoryRow = (String, String, i64, Option<String>);

#[derive(sqlx::FromRow)]
struct ProductRow {
    id: String,
    category_id: Option<String>,
    position: i64,
    name: String,
    description: String,
    price_minor: i64,
    currency: String,
    kind: String,
    state: String,
    quantity_max: i64,
    picture: Option<String>,
    text_sealed: String,
    questions: String,
    invite_chat: Option<i64>,
    invite_title: String,
    invite_days: Option<i64>,
    webhook_url: Option<String>,
    webhook_secret_sealed: Option<String>,
    quantity_min: i64,
    volume: String,
}

#[derive(sqlx::FromRow)]
struct OptionRow {
    id: String,
    name: String,
    price_minor: i64,
    volume: String,
    days: Option<i64>,
}

#[derive(sqlx::FromRow)]
pub(super) struct ListedRow {
    id: String,
    name: String,
    price_minor: i64,
    currency: String,
    kind: String,
    state: String,
    stock: i64,
    options: i64,
}

pub(super) fn localized(json: &str) -> Result<Localized> {
    serde_json::from_str(json).map_err(|_| Error::corrupt("a text that is no text per language"))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::corrupt("a value that is no JSON"))
}

pub(super) fn fiat(minor: i64, currency: &str) -> Result<Fiat> {
    Ok(Fiat::new(minor, Currency::parse(currency).ok_or_else(|| Error::corrupt(format!("the currency {currency}")))?))
}

pub(super) fn product_id(id: &str) -> Result<ProductId> {
    ProductId::parse(id).ok_or_else(|| Error::corrupt(format!("the product id {id}")))
}

pub(super) fn kind(code: &str) -> Result<Kind> {
    Kind::parse(code).ok_or_else(|| Error::corrupt(format!("the kind {code}")))
}

fn state(code: &str) -> Result<ProductState> {
    ProductState::parse(code).ok_or_else(|| Error::corrupt(format!("the product state {code}")))
}

impl ListedRow {
    pub(super) fn into_listed(self) -> Result<Listed> {
        let kind = kind(&self.kind)?;
        Ok(Listed {
            id: product_id(&self.id)?,
            name: localized(&self.name)?,
            price: fiat(self.price_minor, &self.currency)?,
            kind,
            state: state(&self.state)?,
            stock: (kind == Kind::Keys).then_some(self.stock),
            has_options: self.options > 0,
        })
    }
}

impl ProductRow {
    fn into_product(self, text: &str, secret: Option<String>, files: Vec<ProductFile>, options: Vec<ProductOption>) -> Result<Product> {
        let (title, days) = (self.invite_title, self.invite_days.and_then(count));
        Ok(Product {
            id: product_id(&self.id)?,
            category: self.category_id.as_deref().and_then(CategoryId::parse),
            position: self.position,
            name: localized(&self.name)?,
            description: localized(&self.description)?,
            price: fiat(self.price_minor, &self.currency)?,
            kind: kind(&self.kind)?,
            state: state(&self.state)?,
            quantity_max: u32::try_from(self.quantity_max).map_err(|_| Error::corrupt("a quantity"))?,
            picture: self.picture.map(BlobId),
            text: localized(text)?,
            files,
            questions: serde_json::from_str(&self.questions).map_err(|_| Error::corrupt("questions of a product"))?,
            invite: self.invite_chat.map(|chat| Invite { chat, title, days }),
            webhook: self.webhook_url.zip(secret).map(|(url, secret)| Webhook { url, secret }),
            quantity_min: count(self.quantity_min).ok_or_else(|| Error::corrupt("a quantity"))?,
            volume: volume(&self.volume)?,
            options,
        })
    }
}

impl Conn {
    /// Categories that have something on sale, in the shop's order.
    pub async fn shelves(&mut self) -> Result<Vec<Shelf>> {
        let sql = "SELECT c.id, c.name, c.position, c.picture, COUNT(p.id) FROM categories c
            JOIN products p ON p.category_id = c.id AND p.state = 'on_sale'
            GROUP BY c.id, c.name, c.position, c.picture ORDER BY c.position, c.id";
        let found = rows!(self, (String, String, i64, Option<String>, i64), sql)?;
        let shelf = |(id, name, position, picture, products): (String, String, i64, Option<String>, i64)| {
            Ok(Shelf { category: category((id, name, position, picture))?, products })
        };
        found.into_iter().map(shelf).collect()
    }

    /// Every category, in the shop's order.
    pub async fn categories(&mut self) -> Result<Vec<Category>> {
        let found = rows!(self, CategoryRow, "SELECT id, name, position, picture FROM categories ORDER BY position, id")?;
        found.into_iter().map(category).collect()
    }

    /// Products on sale in a category, or those without one; `limit` from `offset` on.
    pub async fn on_sale(&mut self, category: Option<&CategoryId>, offset: i64, limit: i64) -> Result<Vec<Listed>> {
        let sql = "SELECT p.id, p.name, p.price_minor, p.currency, p.kind, p.state,
                (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.line_id IS NULL) AS stock,
                (SELECT COUNT(*) FROM product_options v WHERE v.product_id = p.id) AS options
            FROM products p WHERE p.state = 'on_sale' AND COALESCE(p.category_id, '') = $1
            ORDER BY p.position, p.id LIMIT $2 OFFSET $3";
        let found = rows!(self, ListedRow, sql, category.map_or("", CategoryId::as_str), limit, offset)?;
        found.into_iter().map(ListedRow::into_listed).collect()
    }

    /// Products on shelves that a buyer most likely wants: what they bought last, then what sells best, then the shop's order.
    pub async fn popular(&mut self, customer: CustomerId, limit: i64) -> Result<Vec<Listed>> {
        let sql = "SELECT p.id, p.name, p.price_minor, p.currency, p.kind, p.state,
                (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.line_id IS NULL) AS stock,
                (SELECT COUNT(*) FROM product_options v WHERE v.product_id = p.id) AS options
            FROM products p JOIN categories c ON c.id = p.category_id
            LEFT JOIN (SELECT l.product_id, COUNT(*) AS sold, MAX(CASE WHEN o.customer_id = $1 THEN o.paid_at END) AS mine
                FROM order_lines l
                JOIN (SELECT id, customer_id, paid_at FROM orders WHERE paid_at IS NOT NULL ORDER BY paid_at DESC LIMIT 300) o
                    ON o.id = l.order_id
                GROUP BY l.product_id) t
                ON t.product_id = p.id
            WHERE p.state = 'on_sale'
            ORDER BY COALESCE(t.mine, 0) DESC, COALESCE(t.sold, 0) DESC, p.position, c.position, p.id LIMIT $2";
        let found = rows!(self, ListedRow, sql, customer.0, limit)?;
        found.into_iter().map(ListedRow::into_listed).collect()
    }

    /// How many products on sale have no category.
    pub async fn on_sale_without_category(&mut self) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM products WHERE state = 'on_sale' AND category_id IS NULL";
        Ok(row!(self, (i64,), sql)?.map_or(0, |(count,)| count))
    }

    /// Every product that is not archived, for the seller; `limit` from `offset` on.
    pub async fn products(&mut self, offset: i64, limit: i64) -> Result<Vec<Listed>> {
        let sql = "SELECT p.id, p.name, p.price_minor, p.currency, p.kind, p.state,
                (SELECT COUNT(*) FROM stock_items s WHERE s.product_id = p.id AND s.line_id IS NULL) AS stock,
                (SELECT COUNT(*) FROM product_options v WHERE v.product_id = p.id) AS options
            FROM products p LEFT JOIN categories c ON c.id = p.category_id
            WHERE p.state <> 'archived' ORDER BY COALESCE(c.position, 1000000), p.position, p.id LIMIT $1 OFFSET $2";
        let found = rows!(self, ListedRow, sql, limit, offset)?;
        found.into_iter().map(ListedRow::into_listed).collect()
    }

    /// The ids of all products, archived ones too.
    pub async fn product_ids(&mut self) -> Result<Vec<ProductId>> {
        let found = rows!(self, (String,), "SELECT id FROM products ORDER BY position, id")?;
        found.into_iter().map(|(id,)| product_id(&id)).collect()
    }

    /// The names of everything that is on sale, and of the categories it stands in, each in all its languages.
    pub async fn shown_names(&mut self) -> Result<Vec<Localized>> {
        let sql = "SELECT name FROM categories UNION ALL SELECT name FROM products WHERE state = 'on_sale'";
        rows!(self, (String,), sql)?.iter().map(|(name,)| localized(name)).collect()
    }

    /// One product, in any state.
    pub async fn product(&mut self, id: &ProductId) -> Result<Option<Product>> {
        let sql = "SELECT id, category_id, position, name, description, price_minor, currency, kind, state, quantity_max, picture,
            text_sealed, questions, invite_chat, invite_title, invite_days, webhook_url, webhook_secret_sealed, quantity_min, volume
            FROM products WHERE id = $1";
        let Some(found) = row!(self, ProductRow, sql, id.as_str())? else { return Ok(None) };
        let sql = "SELECT blob_id, name FROM product_files WHERE product_id = $1 ORDER BY position";
        let files = rows!(self, (String, String), sql, id.as_str())?;
        let files = files.into_iter().map(|(blob, name)| ProductFile { blob: BlobId(blob), name }).collect();
        let text = self.sealer.open(TEXT, &found.text_sealed)?;
        let secret = found.webhook_secret_sealed.as_ref().map(|sealed| self.sealer.open(SECRET, sealed)).transpose()?;
        let options = self.options(id, &found.currency).await?;
        found.into_product(&text, secret, files, options).map(Some)
    }

    /// Adds a category, or changes the one with its id.
    pub async fn put_category(&mut self, category: &Category) -> Result<()> {
        let sql = "INSERT INTO categories (id, name, position, picture) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, position = excluded.position, picture = excluded.picture";
        let picture = category.picture.as_ref().map(|blob| blob.0.as_str());
        execute!(self, sql, category.id.as_str(), json(&category.name)?, category.position, picture)?;
        Ok(())
    }

    /// Holds a product against everybody else who would change it, until this transaction ends; see [`Conn::lock_order`].
    pub async fn lock_product(&mut self, id: &ProductId) -> Result<()> {
        quiet!(self, "UPDATE products SET position = position WHERE id = $1", id.as_str())?;
        Ok(())
    }

    /// Adds a product, or changes the one with its id. Its stock is not touched, but for units that belong to no option: see
    /// `put_options`.
    pub async fn put_product(&mut self, product: &Product) -> Result<()> {
        let sql = "INSERT INTO products (id, category_id, position, name, description, price_minor, currency, kind, state, quantity_max,
                picture, text_sealed, questions, invite_chat, invite_title, invite_days, webhook_url, webhook_secret_sealed, quantity_min,
                volume)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, position = excluded.position, name = excluded.name,
                description = excluded.description, price_minor = excluded.price_minor, currency = excluded.currency,
                kind = excluded.kind, state = excluded.state, quantity_max = excluded.quantity_max, picture = excluded.picture,
                text_sealed = excluded.text_sealed, questions = excluded.questions, invite_chat = excluded.invite_chat,
                invite_title = excluded.invite_title, invite_days = excluded.invite_days, webhook_url = excluded.webhook_url,
                webhook_secret_sealed = excluded.webhook_secret_sealed, quantity_min = excluded.quantity_min, volume = excluded.volume";
        let id = product.id.as_str();
        execute!(
            self,
            sql,
            id,
            product.category.as_ref().map(CategoryId::as_str),
            product.position,
            json(&product.name)?,
            json(&product.description)?,
            product.price.minor,
            product.price.currency.code(),
            product.kind.code(),
            product.state.code(),
            i64::from(product.quantity_max),
            product.picture.as_ref().map(|blob| blob.0.as_str()),
            self.sealer.seal(TEXT, &json(&product.text)?)?,
            json(&product.questions)?,
            product.invite.as_ref().map(|invite| invite.chat),
            product.invite.as_ref().map_or("", |invite| &invite.title),
            product.invite.as_ref().and_then(|invite| invite.days).map(i64::from),
            product.webhook.as_ref().map(|webhook| webhook.url.as_str()),
            product.webhook.as_ref().map(|webhook| self.sealer.seal(SECRET, &webhook.secret)).transpose()?,
            i64::from(product.quantity_min),
            json(&product.volume)?,
        )?;
        self.put_options(product).await?;
        execute!(self, "DELETE FROM product_files WHERE product_id = $1", id)?;
        for (position, file) in (0_i64..).zip(&product.files) {
            let sql = "INSERT INTO product_files (product_id, position, blob_id, name) VALUES ($1, $2, $3, $4)";
            execute!(self, sql, id, position, &file.blob.0, &file.name)?;
        }
        Ok(())
    }

    async fn options(&mut self, id: &ProductId, currency: &str) -> Result<Vec<ProductOption>> {
        let sql = "SELECT id, name, price_minor, volume, days FROM product_options WHERE product_id = $1 ORDER BY position, id";
        let found = rows!(self, OptionRow, sql, id.as_str())?;
        let option = |row: OptionRow| {
            Ok(ProductOption {
                id: OptionId::parse(&row.id).ok_or_else(|| Error::corrupt(format!("the option {}", row.id)))?,
                name: localized(&row.name)?,
                price: fiat(row.price_minor, currency)?,
                volume: volume(&row.volume)?,
                days: row.days.and_then(count),
            })
        };
        found.into_iter().map(option).collect()
    }

    /// Writes the options of a product. Unsold units that belong to none of them become the first one's, so that a product which gets its
    /// first options sells on what it has, and one which loses the last goes on with it.
    async fn put_options(&mut self, product: &Product) -> Result<()> {
        let id = product.id.as_str();
        execute!(self, "DELETE FROM product_options WHERE product_id = $1", id)?;
        for (position, option) in (0_i64..).zip(&product.options) {
            let sql = "INSERT INTO product_options (product_id, id, position, name, price_minor, volume, days)
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
            let (name, volume) = (json(&option.name)?, json(&option.volume)?);
            execute!(self, sql, id, option.id.as_str(), position, name, option.price.minor, volume, option.days.map(i64::from))?;
        }
        if product.kind == Kind::Keys {
            let first = product.options.first().map_or("", |option| option.id.as_str());
            let sql = "UPDATE stock_items SET option_id = $2 WHERE product_id = $1 AND sold_at IS NULL AND option_id <> $2
                AND option_id NOT IN (SELECT o.id FROM product_options o WHERE o.product_id = $1)";
            execute!(self, sql, id, first)?;
        }
        Ok(())
    }

    /// How many units of a product were paid for.
    pub async fn units_paid(&mut self, id: &ProductId) -> Result<i64> {
        let sql = "SELECT CAST(COALESCE(SUM(l.quantity), 0) AS BIGINT) FROM order_lines l JOIN orders o ON o.id = l.order_id
            WHERE l.product_id = $1 AND o.paid_at IS NOT NULL";
        Ok(row!(self, (i64,), sql, id.as_str())?.map_or(0, |(count,)| count))
    }

    /// Takes a product away that has no units and was never ordered; false when there is none such.
    pub async fn delete_unused_product(&mut self, id: &ProductId) -> Result<bool> {
        if self.has_units_or_orders(id).await? {
            return Ok(false);
        }
        execute!(self, "DELETE FROM product_files WHERE product_id = $1", id.as_str())?;
        execute!(self, "DELETE FROM product_options WHERE product_id = $1", id.as_str())?;
        Ok(execute!(self, "DELETE FROM products WHERE id = $1", id.as_str())? == 1)
    }

    /// Whether units of a product were ever taken in, or anybody ordered it: then its kind must stay.
    pub async fn has_units_or_orders(&mut self, id: &ProductId) -> Result<bool> {
        let sql = "SELECT id FROM stock_items WHERE product_id = $1 UNION ALL SELECT id FROM order_lines WHERE product_id = $1 LIMIT 1";
        Ok(row!(self, (String,), sql, id.as_str())?.is_some())
    }

    /// A position behind every product there is.
    pub async fn next_product_position(&mut self) -> Result<i64> {
        let sql = "SELECT CAST(COALESCE(MAX(position), 0) + 1 AS BIGINT) FROM products";
        Ok(row!(self, (i64,), sql)?.map_or(1, |(position,)| position))
    }
}

fn category((id, name, position, picture): CategoryRow) -> Result<Category> {
    let id = CategoryId::parse(&id).ok_or_else(|| Error::corrupt(format!("the category id {id}")))?;
    Ok(Category { id, name: localized(&name)?, position, picture: picture.map(BlobId) })
}

fn volume(json: &str) -> Result<Vec<VolumePrice>> {
    serde_json::from_str(json).map_err(|_| Error::corrupt("prices by quantity"))
}

fn count(value: i64) -> Option<u32> {
    u32::try_from(value).ok()
}
