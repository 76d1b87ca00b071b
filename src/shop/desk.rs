//! What the staff sees: the shop at a glance, and everything about one order.

use super::{Result, Shop};
use crate::domain::customer::Customer;
use crate::domain::invoice::Invoice;
use crate::domain::money::Fiat;
use crate::domain::order::{Order, OrderId, OrderState};
use crate::store::{Case, Listed, ShopSettings};

/// Nearly sold out products that are named.
const LOW_SHOWN: i64 = 8;
const DAY_SECS: i64 = 24 * 3_600;

/// The shop at a glance.
#[derive(Debug, Clone)]
pub struct Glance {
    pub shop: ShopSettings,
    /// Orders paid since midnight UTC, and their sum.
    pub sold: i64,
    pub sum: Fiat,
    pub to_hand_over: i64,
    pub open_cases: i64,
    pub low_stock: Vec<Listed>,
}

/// Everything about one order.
#[derive(Debug, Clone)]
pub struct Dossier {
    pub order: Order,
    pub buyer: Option<Customer>,
    /// The newest first, each with the transactions that paid it.
    pub invoices: Vec<(Invoice, Vec<String>)>,
    pub open_cases: Vec<Case>,
}

impl Shop {
    /// The shop at a glance.
    pub async fn glance(&self) -> Result<Glance> {
        let midnight = self.now().div_euclid(DAY_SECS) * DAY_SECS;
        let mut conn = self.store.read().await?;
        let shop = conn.shop().await?;
        let low = i64::from(conn.policy().await?.low_stock);
        let sales = conn.sales_since(midnight).await?;
        Ok(Glance {
            sold: sales.orders,
            sum: Fiat::new(sales.minor, shop.currency),
            to_hand_over: conn.to_hand_over_count().await?,
            open_cases: conn.open_case_count().await?,
            low_stock: conn.low_stock(low, LOW_SHOWN).await?,
            shop,
        })
    }

    /// Everything about one order; none when nobody was ever offered it.
    pub async fn dossier(&self, id: &OrderId) -> Result<Option<Dossier>> {
        let mut conn = self.store.read().await?;
        let Some(order) = conn.order(id).await?.filter(|order| order.state != OrderState::Draft) else { return Ok(None) };
        let buyer = conn.customer(order.customer).await?;
        let mut invoices = Vec::new();
        for invoice in conn.invoices_of(id).await? {
            let txs = conn.txs(&invoice.id).await?;
            invoices.push((invoice, txs));
        }
        let open_cases = conn.open_cases_of(id).await?;
        Ok(Some(Dossier { order, buyer, invoices, open_cases }))
    }
}
