//! Looking after units of stock: what is free, who got what, and taking free ones out.

use sqlx::AssertSqlSafe;

use super::stock::CONTEXT;
use super::{Conn, Error, Result, on, row, rows};
use crate::domain::option::OptionId;
use crate::domain::order::OrderId;
use crate::domain::product::{BlobId, ProductId};

/// Ids in one statement, far from the most parameters that either database takes.
const IDS_MAX: usize = 500;

/// A unit that nobody has.
#[derive(Clone, PartialEq, Eq)]
pub struct FreeUnit {
    pub id: String,
    /// The text, or the name of the file.
    pub content: String,
    pub blob: Option<BlobId>,
}

/// A unit, wherever it is.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownUnit {
    pub product: ProductId,
    pub option: Option<OptionId>,
    pub content: String,
    pub blob: Option<BlobId>,
    /// The order for which it is set aside, or in which it was sold.
    pub order: Option<OrderId>,
    pub is_sold: bool,
}

/// A unit that somebody bought.
#[derive(Clone, PartialEq, Eq)]
pub struct SoldUnit {
    pub content: String,
    pub is_file: bool,
    pub order: OrderId,
    /// The buyer's name.
    pub buyer: String,
    /// Unix seconds UTC.
    pub sold_at: i64,
}

impl Conn {
    /// Free units of a product, or of one of its options, the newest first.
    pub async fn free_units(&mut self, product: &ProductId, option: Option<&OptionId>, offset: i64, limit: i64) -> Result<Vec<FreeUnit>> {
        let sql = "SELECT id, content_sealed, blob_id FROM stock_items
            WHERE product_id = $1 AND option_id = $2 AND line_id IS NULL ORDER BY position DESC LIMIT $3 OFFSET $4";
        let option = option.map_or("", OptionId::as_str);
        let found = rows!(self, (String, String, Option<String>), sql, product.as_str(), option, limit, offset)?;
        let open = |(id, sealed, blob): (String, String, Option<String>)| {
            Ok(FreeUnit { id, content: self.sealer.open(CONTEXT, &sealed)?, blob: blob.map(BlobId) })
        };
        found.into_iter().map(open).collect()
    }

    /// A unit by its id.
    pub async fn unit(&mut self, id: &str) -> Result<Option<KnownUnit>> {
        let sql = "SELECT s.product_id, s.option_id, s.content_sealed, s.blob_id, l.order_id, s.sold_at
            FROM stock_items s LEFT JOIN order_lines l ON l.id = s.line_id WHERE s.id = $1";
        let found = row!(self, (String, String, String, Option<String>, Option<String>, Option<i64>), sql, id)?;
        let Some((product, option, sealed, blob, order, sold_at)) = found else { return Ok(None) };
        Ok(Some(KnownUnit {
            product: ProductId::parse(&product).ok_or_else(|| Error::corrupt("the product of a unit"))?,
            option: OptionId::parse(&option),
            content: self.sealer.open(CONTEXT, &sealed)?,
            blob: blob.map(BlobId),
            order: order.as_deref().and_then(OrderId::parse),
            is_sold: sold_at.is_some(),
        }))
    }

    /// Takes those of these units away that are free, with their files; tells which. Afterwards they are as if they had never been there.
    pub async fn take_units_out(&mut self, ids: &[String]) -> Result<Vec<String>> {
        let mut gone = Vec::new();
        for ids in ids.chunks(IDS_MAX) {
            let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
            let sql = format!("DELETE FROM stock_items WHERE line_id IS NULL AND id IN ({}) RETURNING id, blob_id", places.join(", "));
            // Nothing but numbered placeholders was put into the text.
            let taken: Vec<(String, Option<String>)> = on!(self, link => {
                let mut query = sqlx::query_as(AssertSqlSafe(sql));
                for id in ids {
                    query = query.bind(id.as_str());
                }
                query.fetch_all(link)
            })?;
            self.has_changed(!taken.is_empty());
            for (id, blob) in taken {
                if let Some(blob) = blob {
                    self.drop_unit_file(&blob).await?;
                }
                gone.push(id);
            }
        }
        Ok(gone)
    }

    /// Sold units of a product, the newest first.
    pub async fn units_sold(&mut self, product: &ProductId, offset: i64, limit: i64) -> Result<Vec<SoldUnit>> {
        let sql = "SELECT s.content_sealed, s.blob_id IS NOT NULL, o.id, c.name, s.sold_at
            FROM stock_items s JOIN order_lines l ON l.id = s.line_id JOIN orders o ON o.id = l.order_id
                JOIN customers c ON c.id = o.customer_id
            WHERE s.product_id = $1 AND s.sold_at IS NOT NULL ORDER BY s.sold_at DESC, s.position DESC LIMIT $2 OFFSET $3";
        let found = rows!(self, (String, bool, String, String, i64), sql, product.as_str(), limit, offset)?;
        let open = |(sealed, is_file, order, buyer, sold_at): (String, bool, String, String, i64)| {
            let content = self.sealer.open(CONTEXT, &sealed)?;
            let order = OrderId::parse(&order).ok_or_else(|| Error::corrupt("the order of a unit"))?;
            Ok(SoldUnit { content, is_file, order, buyer, sold_at })
        };
        found.into_iter().map(open).collect()
    }
}
