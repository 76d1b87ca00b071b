//! Looking around: the shop's front, its shelves, one product.

use std::collections::BTreeSet;

use super::{Result, Shop};
use crate::domain::customer::CustomerId;
use crate::domain::language::Localized;
use crate::domain::option::OptionId;
use crate::domain::order::{Charge, Order, OrderState};
use crate::domain::product::{Category, CategoryId, Kind, Product, ProductId, ProductState};
use crate::store::{self, Conn, Listed, OrderFilter, Shelf, ShopSettings};

/// Products on one page of a shelf: as many buttons as fit on a phone without scrolling.
pub const PAGE: i64 = 8;
/// Pages of products without a shelf that stand on the front.
const LOOSE_PAGES: u32 = 3;

/// Products that stand on the front although they have a shelf.
const POPULAR: i64 = 4;

/// The front of the shop.
#[derive(Debug, Clone)]
pub struct Front {
    pub shop: ShopSettings,
    pub shelves: Vec<Shelf>,
    /// What sells best: a buyer in a hurry is one tap nearer.
    pub popular: Vec<Listed>,
    /// Products that stand on no shelf: the first of them.
    pub loose: Vec<Listed>,
    /// The page of a shelf's size on which the others begin, when there are more.
    pub loose_from: Option<u32>,
    /// Orders of this buyer that wait for payment.
    pub waiting: Vec<Order>,
}

/// One page of one shelf.
#[derive(Debug, Clone)]
pub struct ShelfPage {
    /// None: of what stands on no shelf.
    pub category: Option<Category>,
    pub listed: Vec<Listed>,
    /// From 0.
    pub page: u32,
    /// Whether a page follows.
    pub more: bool,
}

/// A product, and how many units a buyer can have now.
#[derive(Debug, Clone)]
pub struct Offered {
    pub product: Product,
    /// Free units, of all options together; none when it does not run out.
    pub stock: Option<i64>,
    /// Free units of each option, in their order; empty when it does not run out.
    pub stock_of_options: Vec<i64>,
}

impl Offered {
    /// Free units of a choice; none when it does not run out.
    pub fn stock_of(&self, option: Option<&OptionId>) -> Option<i64> {
        let stock = self.stock?;
        let Some(id) = option else { return Some(stock) };
        let place = self.product.options.iter().position(|option| option.id == *id);
        Some(place.and_then(|place| self.stock_of_options.get(place)).copied().unwrap_or(0))
    }

    /// Most units of a choice that can be ordered now; 0 when sold out, or when fewer are left than one must take.
    pub fn quantity_max(&self, option: Option<&OptionId>) -> u32 {
        let in_stock = self.stock_of(option).map_or(u32::MAX, |stock| u32::try_from(stock).unwrap_or(0));
        // For good is for good: nobody pays for it twice.
        let useful = if self.product.kind == Kind::Invite && self.product.days_of(option).is_none() { 1 } else { u32::MAX };
        let most = self.product.quantity_max.min(in_stock).min(useful);
        if most < self.quantity_min() { 0 } else { most }
    }

    /// Fewest units that can be ordered.
    pub fn quantity_min(&self) -> u32 {
        self.product.quantity_min.max(1)
    }
}

impl Shop {
    /// The languages in which somebody has written names that buyers see, by tag.
    pub async fn named_languages(&self) -> Result<BTreeSet<String>> {
        let mut conn = self.store.read().await?;
        let names = [vec![conn.shop().await?.name], conn.shown_names().await?].concat();
        Ok(names.iter().flat_map(Localized::iter).map(|(tag, _)| tag.to_owned()).collect())
    }

    /// The front of the shop, for one buyer.
    pub async fn front(&self, customer: CustomerId) -> Result<Front> {
        let mut conn = self.store.read().await?;
        let recent = conn.orders(OrderFilter::Of(customer), 0, PAGE).await?;
        let waiting = recent.into_iter().filter(|order| order.state == OrderState::Open && !order.charge.is_paid());
        let (loose, more) = on_pages(&mut conn, None, 0, LOOSE_PAGES).await?;
        Ok(Front {
            shop: conn.shop().await?,
            shelves: conn.shelves().await?,
            popular: conn.popular(customer, POPULAR).await?,
            loose,
            loose_from: more.then_some(LOOSE_PAGES),
            waiting: waiting.collect(),
        })
    }

    /// A page of a shelf, or of what stands on none; the first one when there is nothing left on it; none when there is no such shelf.
    pub async fn shelf(&self, category: Option<&CategoryId>, page: u32) -> Result<Option<ShelfPage>> {
        let mut conn = self.store.read().await?;
        let known = match category {
            Some(id) => conn.categories().await?.into_iter().find(|known| known.id == *id),
            None => None,
        };
        if category.is_some() && known.is_none() {
            return Ok(None);
        }
        let mut page = page;
        let (mut listed, mut more) = on_pages(&mut conn, category, page, 1).await?;
        if listed.is_empty() && page > 0 {
            page = 0;
            (listed, more) = on_pages(&mut conn, category, page, 1).await?;
        }
        Ok(Some(ShelfPage { category: known, listed, page, more }))
    }

    /// A product that buyers may see; none when it is not on sale.
    pub async fn product(&self, id: &ProductId) -> Result<Option<Offered>> {
        Ok(self.any_product(id).await?.filter(|offered| offered.product.state == ProductState::OnSale))
    }

    /// A product in any state, for the seller.
    pub async fn any_product(&self, id: &ProductId) -> Result<Option<Offered>> {
        let mut conn = self.store.read().await?;
        let Some(product) = conn.product(id).await? else { return Ok(None) };
        let stock = match product.kind {
            Kind::Keys => Some(conn.free_stock(id).await?),
            Kind::File | Kind::Manual | Kind::Invite | Kind::Webhook => None,
        };
        let mut stock_of_options = Vec::new();
        if stock.is_some() {
            for option in &product.options {
                stock_of_options.push(conn.free_stock_of(id, Some(&option.id)).await?);
            }
        }
        Ok(Some(Offered { product, stock, stock_of_options }))
    }

    /// Orders of one buyer, the newest first, and whether more follow; page from 0.
    pub async fn orders_of(&self, customer: CustomerId, page: u32) -> Result<(Vec<Order>, bool)> {
        self.order_page(OrderFilter::Of(customer), page).await
    }

    /// Orders, the newest first, and whether more follow; page from 0.
    pub async fn order_page(&self, filter: OrderFilter, page: u32) -> Result<(Vec<Order>, bool)> {
        let mut orders = self.store.read().await?.orders(filter, i64::from(page) * PAGE, PAGE + 1).await?;
        let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = orders.len() > page_size;
        orders.truncate(page_size);
        Ok((orders, more))
    }
}

/// Whether money for an order may still come without anything else being done.
pub fn is_waiting(order: &Order) -> bool {
    order.state == OrderState::Open && matches!(order.charge, Charge::None | Charge::Partial)
}

/// Products on sale of a shelf, or of none, on so many pages from this one on; and whether more follow.
async fn on_pages(conn: &mut Conn, category: Option<&CategoryId>, page: u32, pages: u32) -> store::Result<(Vec<Listed>, bool)> {
    let fit = PAGE * i64::from(pages);
    let mut listed = conn.on_sale(category, i64::from(page) * PAGE, fit + 1).await?;
    let fit = usize::try_from(fit).unwrap_or(usize::MAX);
    let more = listed.len() > fit;
    listed.truncate(fit);
    Ok((listed, more))
}
