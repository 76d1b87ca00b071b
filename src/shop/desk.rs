//! What the staff sees: the shop at a glance, and everything about one order.

use super::statistics::sold_today;
use super::{Result, Shop};
use crate::domain::customer::Customer;
use crate::domain::invoice::Invoice;
use crate::domain::money::Fiat;
use crate::domain::order::{Order, OrderId, OrderState};
use crate::store::{Case, Listed, ShopSettings};

/// Nearly sold out products that are named.
const LOW_SHOWN: i64 = 8;

/// The shop at a glance.
#[derive(Debug, Clone)]
pub struct Glance {
    pub shop: ShopSettings,
    /// Orders paid today, by the shop's own time, and the revenue.
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
        let mut conn = self.store.read().await?;
        let shop = conn.shop().await?;
        let low = i64::from(conn.policy().await?.low_stock);
        let (sold, sum) = sold_today(&mut conn, self.now()).await?;
        Ok(Glance {
            sold,
            sum,
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
