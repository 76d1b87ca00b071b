//! Everything that happened to one order, in the order in which it was learned.

use super::catalog::fiat;
use super::{Conn, Error, Result, on, resolutions, rows};
use crate::domain::coin::Coin;
use crate::domain::money::{CoinAmount, Fiat};
use crate::domain::order::OrderId;

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Unix seconds UTC.
    pub at: i64,
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It was put together.
    Ordered { total: Fiat },
    /// An address was asked for; `due`: how much to send, once it was known.
    Offered { coin: Coin, due: Option<CoinAmount>, price: Fiat },
    /// The provider said this about money, by its own word.
    Fact { status: String, paid: CoinAmount, coin: Coin },
    /// Store credit moved; `reason`: its code.
    Credit { amount: Fiat, reason: String },
    /// A case was opened; `kind`: its code.
    CaseOpened { kind: String, detail: String },
    /// A case was closed with these words.
    CaseClosed { resolution: String },
}

impl Conn {
    /// The history of an order, the oldest first.
    pub async fn history(&mut self, order: &OrderId) -> Result<Vec<HistoryEntry>> {
        let mut found = Vec::new();
        if let Some(order) = self.order(order).await? {
            found.push(HistoryEntry { at: order.created_at, what: Happened::Ordered { total: order.total } });
        }
        // The newest first, and of one moment the newest last.
        for invoice in self.invoices_of(order).await?.into_iter().rev() {
            let what = Happened::Offered { coin: invoice.coin, due: invoice.due, price: invoice.price };
            found.push(HistoryEntry { at: invoice.created_at, what });
        }
        found.extend(self.facts_of(order).await?);
        found.extend(self.credits_of(order).await?);
        found.extend(self.cases_of(order).await?);
        // Stable: what has one moment stays in the order above, which is that of cause and effect.
        found.sort_by_key(|entry| entry.at);
        Ok(found)
    }

    async fn facts_of(&mut self, order: &OrderId) -> Result<Vec<HistoryEntry>> {
        let sql = "SELECT f.status, f.paid, i.coin, f.learned_at FROM payment_facts f JOIN invoices i ON i.id = f.invoice_id
            WHERE i.order_id = $1 ORDER BY f.learned_at, f.id";
        let found = rows!(self, (String, String, String, i64), sql, order.as_str())?;
        let fact = |(status, paid, coin, at): (String, String, String, i64)| {
            let corrupt = || Error::corrupt(format!("a payment of {paid} {coin}"));
            let (paid, coin) = (CoinAmount::parse(&paid).ok_or_else(corrupt)?, Coin::parse(&coin).ok_or_else(corrupt)?);
            Ok(HistoryEntry { at, what: Happened::Fact { status, paid, coin } })
        };
        found.into_iter().map(fact).collect()
    }

    async fn credits_of(&mut self, order: &OrderId) -> Result<Vec<HistoryEntry>> {
        let sql = "SELECT c.minor, c.currency, c.reason, c.created_at FROM credits c
            WHERE c.order_id = $1 OR c.invoice_id IN (SELECT id FROM invoices WHERE order_id = $1)
                OR c.case_id IN (SELECT id FROM cases WHERE order_id = $1)
            ORDER BY c.created_at, c.id";
        let found = rows!(self, (i64, String, String, i64), sql, order.as_str())?;
        let credit = |(minor, currency, reason, at): (i64, String, String, i64)| {
            Ok(HistoryEntry { at, what: Happened::Credit { amount: fiat(minor, &currency)?, reason } })
        };
        found.into_iter().map(credit).collect()
    }

    async fn cases_of(&mut self, order: &OrderId) -> Result<Vec<HistoryEntry>> {
        let sql = "SELECT kind, detail, opened_at, closed_at, resolution_sealed FROM cases WHERE order_id = $1 ORDER BY opened_at, id";
        let mut entries = Vec::new();
        for (kind, detail, opened, closed, sealed) in rows!(self, (String, String, i64, Option<i64>, Option<String>), sql, order.as_str())?
        {
            entries.push(HistoryEntry { at: opened, what: Happened::CaseOpened { kind, detail } });
            if let Some(at) = closed {
                let resolution = sealed.map(|sealed| self.sealer.open(resolutions::CONTEXT, &sealed)).transpose()?;
                entries.push(HistoryEntry { at, what: Happened::CaseClosed { resolution: resolution.unwrap_or_default() } });
            }
        }
        Ok(entries)
    }
}
