//! What came and what became of it: payment facts, store credit, cases. Facts and credits are only ever added.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::{Conn, Error, Result, execute, new_id, on, quiet, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::money::{CoinAmount, Currency, Fiat};
use crate::domain::order::OrderId;

/// Most characters of a case's detail: it is part of an index entry, and may quote a foreign word of any length.
const DETAIL_CHARS_MAX: usize = 300;

/// What the provider said about the money of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFact {
    pub invoice: String,
    /// The provider's word.
    pub status: String,
    pub paid: CoinAmount,
    /// Transaction hashes, sorted.
    pub txs: Vec<String>,
}

/// Why a person must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// The provider's answer is not about what we asked for.
    Mismatch,
    /// Test money came in a shop that does not take it.
    TestMode,
    /// A status that nobody knows.
    UnknownStatus,
    /// Paid, but nothing is left of it.
    SoldOut,
    /// The goods cannot be sent.
    Undeliverable,
    /// Money came, and how much cannot be told, or cannot be right.
    UnclearAmount,
    /// Late money, and the credit that was to pay for the other part was spent meanwhile.
    CreditSpent,
    /// Part of a price, and the offer is over: the shop's owner wants to decide.
    Short,
    /// More than a price: the shop's owner wants to decide.
    Surplus,
    /// The whole price of an order that had ended unpaid: the shop's owner wants to decide.
    Late,
    /// A membership is over, and the bot may not take the person out of the channel or group.
    NotRemoved,
}

impl CaseKind {
    const ALL: [Self; 11] = [
        Self::Mismatch,
        Self::TestMode,
        Self::UnknownStatus,
        Self::SoldOut,
        Self::Undeliverable,
        Self::UnclearAmount,
        Self::CreditSpent,
        Self::Short,
        Self::Surplus,
        Self::Late,
        Self::NotRemoved,
    ];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::TestMode => "test_mode",
            Self::UnknownStatus => "unknown_status",
            Self::SoldOut => "sold_out",
            Self::Undeliverable => "undeliverable",
            Self::UnclearAmount => "unclear_amount",
            Self::CreditSpent => "credit_spent",
            Self::Short => "short",
            Self::Surplus => "surplus",
            Self::Late => "late",
            Self::NotRemoved => "not_removed",
        }
    }

    /// The kind stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A case to open.
#[derive(Debug, Clone)]
pub struct NewCase {
    pub order: OrderId,
    pub invoice: Option<String>,
    pub kind: CaseKind,
    /// What is known, in a few words without secrets; the same order, kind and detail is one case.
    pub detail: String,
}

/// Why store credit is taken, or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spending {
    /// It pays for an order, or for a part of it.
    Order,
    /// A part had become credit, and then its rest came.
    Rest,
}

/// One entry of somebody's store credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditEntry {
    /// Negative when it was spent.
    pub amount: Fiat,
    /// The code of why.
    pub reason: String,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// Who of the staff made it by hand, and why.
    pub by_hand: Option<(CustomerId, String)>,
    /// Unix seconds UTC.
    pub at: i64,
}

/// The reason of an entry that gives credit back which had paid for an order.
const CREDIT_RETURNED: &str = "returned";
/// The reasons of entries that the staff makes by hand.
const CREDIT_GIVEN: &str = "given";
const CREDIT_TAKEN: &str = "taken";
pub(super) const WHY_CONTEXT: &str = "credit why";

impl Spending {
    /// The name under which it is stored.
    fn code(self) -> &'static str {
        match self {
            Self::Order => "spent",
            Self::Rest => "completed",
        }
    }
}

/// An open or closed case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub id: String,
    pub order: OrderId,
    /// The invoice whose money it is about, when it is about one.
    pub invoice: Option<String>,
    pub kind: CaseKind,
    pub detail: String,
    pub opened_at: i64,
}

type CreditRow = (i64, String, String, Option<String>, Option<i64>, Option<String>, i64);
type CaseRow = (String, String, Option<String>, String, String, i64);

impl Conn {
    /// Adds what the provider said; false when it had said the same before.
    pub async fn add_fact(&mut self, fact: &PaymentFact, now: i64) -> Result<bool> {
        let (paid, txs) = (fact.paid.to_string(), fact.txs.join(" "));
        let digest = HEXLOWER.encode(digest(&SHA256, [&fact.status, &paid, &txs].map(String::as_str).join("\n").as_bytes()).as_ref());
        let sql = "INSERT INTO payment_facts (id, invoice_id, status, paid, txs, learned_at, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (invoice_id, digest) DO NOTHING";
        let added = execute!(self, sql, new_id(), &fact.invoice, &fact.status, paid, txs, now, digest)?;
        Ok(added == 1)
    }

    /// Whether the provider had said that so much has come to an invoice, in this coin or by mistake in another, before a person decided about it. Of the
    /// same second nobody knows: then it counts as news.
    pub async fn was_told_before_decision(&mut self, invoice: &str, paid: CoinAmount) -> Result<bool> {
        let sql = "SELECT CAST(1 AS BIGINT) FROM payment_facts f JOIN invoices i ON i.id = f.invoice_id
            WHERE i.id = $1 AND f.paid = $2 AND f.learned_at < i.refunded_at LIMIT 1";
        Ok(row!(self, (i64,), sql, invoice, paid.to_string())?.is_some())
    }

    /// Whether the provider had said that money had come to an invoice when a person decided about it; in the same second, too.
    pub async fn held_money_when_decided(&mut self, invoice: &str) -> Result<bool> {
        let sql = "SELECT CAST(1 AS BIGINT) FROM payment_facts f JOIN invoices i ON i.id = f.invoice_id
            WHERE i.id = $1 AND f.learned_at <= i.refunded_at AND (f.paid <> '0' OR f.status IN ('partial', 'paid', 'overpaid')) LIMIT 1";
        Ok(row!(self, (i64,), sql, invoice)?.is_some())
    }

    /// The most of which the provider has ever said that it came to an invoice.
    pub async fn most_told(&mut self, invoice: &str) -> Result<CoinAmount> {
        let told = rows!(self, (String,), "SELECT paid FROM payment_facts WHERE invoice_id = $1", invoice)?;
        Ok(told.iter().filter_map(|(paid,)| CoinAmount::parse(paid)).max().unwrap_or(CoinAmount::ZERO))
    }

    /// The hashes of all transactions that paid an invoice.
    pub async fn txs(&mut self, invoice: &str) -> Result<Vec<String>> {
        let found = rows!(self, (String,), "SELECT txs FROM payment_facts WHERE invoice_id = $1 ORDER BY learned_at", invoice)?;
        let mut txs: Vec<String> = found.iter().flat_map(|(txs,)| txs.split_whitespace().map(str::to_owned)).collect();
        txs.sort();
        txs.dedup();
        Ok(txs)
    }

    /// What a person can spend, in one currency.
    pub async fn balance(&mut self, customer: CustomerId, currency: Currency) -> Result<Fiat> {
        let sql = "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) FROM credits WHERE customer_id = $1 AND currency = $2";
        let minor = row!(self, (i64,), sql, customer.0, currency.code())?.map_or(0, |(minor,)| minor);
        Ok(Fiat::new(minor, currency))
    }

    /// What was credited because of an invoice.
    pub async fn credited(&mut self, invoice: &str, currency: Currency) -> Result<Fiat> {
        let sql = "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) FROM credits WHERE invoice_id = $1 AND currency = $2";
        let minor = row!(self, (i64,), sql, invoice, currency.code())?.map_or(0, |(minor,)| minor);
        Ok(Fiat::new(minor, currency))
    }

    /// What a person can spend, held against everybody else until this transaction ends: on PostgreSQL by the person's row, on SQLite there
    /// is one writer anyway. Whoever also locks an order does that first.
    pub async fn hold_balance(&mut self, customer: CustomerId, currency: Currency) -> Result<Fiat> {
        quiet!(self, "UPDATE customers SET reachable = reachable WHERE id = $1", customer.0)?;
        // A statement of its own: it sees what was committed while this one waited.
        self.balance(customer, currency).await
    }

    /// Spends credit of a person on an order, or because of an invoice of it; false, and nothing is spent, when there is less. What a
    /// person can spend is never below zero.
    pub async fn spend_credit(
        &mut self,
        customer: CustomerId,
        amount: Fiat,
        order: &OrderId,
        invoice: Option<&str>,
        now: i64,
    ) -> Result<bool> {
        if amount.minor <= 0 || self.hold_balance(customer, amount.currency).await?.minor < amount.minor {
            return Ok(false);
        }
        let (order, why) = match invoice {
            // What came back because of an invoice is no part of the price: the invoice pays that.
            Some(_) => (None, Spending::Rest),
            None => (Some(order.as_str()), Spending::Order),
        };
        let sql = "INSERT INTO credits (id, customer_id, minor, currency, invoice_id, order_id, reason, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        execute!(self, sql, new_id(), customer.0, -amount.minor, amount.currency.code(), invoice, order, why.code(), now)?;
        Ok(true)
    }

    /// Gives credit back that paid for an order, all but `keep_minor` of it; tells how much. The order is locked: see
    /// [`Conn::lock_order`].
    pub async fn return_credit(&mut self, order: &OrderId, keep_minor: i64, now: i64) -> Result<i64> {
        let sql =
            "SELECT customer_id, currency, CAST(-SUM(minor) AS BIGINT) FROM credits WHERE order_id = $1 GROUP BY customer_id, currency";
        let Some((customer, currency, paid)) = row!(self, (i64, String, i64), sql, order.as_str())? else { return Ok(0) };
        let back = paid - keep_minor;
        if back <= 0 {
            return Ok(0);
        }
        let sql = "INSERT INTO credits (id, customer_id, minor, currency, order_id, reason, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        execute!(self, sql, new_id(), customer, back, currency, order.as_str(), CREDIT_RETURNED, now)?;
        Ok(back)
    }

    /// The newest entries of a person's credit, in one currency.
    pub async fn credit_entries(&mut self, customer: CustomerId, currency: Currency, limit: i64) -> Result<Vec<CreditEntry>> {
        let sql =
            "SELECT c.minor, c.currency, c.reason, COALESCE(c.order_id, i.order_id, k.order_id), c.made_by, c.why_sealed, c.created_at
            FROM credits c LEFT JOIN invoices i ON i.id = c.invoice_id LEFT JOIN cases k ON k.id = c.case_id
            WHERE c.customer_id = $1 AND c.currency = $2 ORDER BY c.created_at DESC, c.id DESC LIMIT $3";
        let found = rows!(self, CreditRow, sql, customer.0, currency.code(), limit)?;
        found.into_iter().map(|row| self.credit_entry(row)).collect()
    }

    /// Adds to what a person can spend.
    pub async fn add_credit(&mut self, customer: CustomerId, amount: Fiat, invoice: Option<&str>, reason: &str, now: i64) -> Result<()> {
        let sql = "INSERT INTO credits (id, customer_id, minor, currency, invoice_id, reason, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        execute!(self, sql, new_id(), customer.0, amount.minor, amount.currency.code(), invoice, reason, now)?;
        Ok(())
    }

    /// Adds to what a person can spend, or takes from it, by the hand of somebody of the staff. False, and nothing is written, when more
    /// would be taken than there is: what a person can spend is never below zero.
    pub async fn add_credit_by_hand(&mut self, customer: CustomerId, amount: Fiat, by: CustomerId, why: &str, now: i64) -> Result<bool> {
        if self.hold_balance(customer, amount.currency).await?.minor + amount.minor < 0 {
            return Ok(false);
        }
        let reason = if amount.minor < 0 { CREDIT_TAKEN } else { CREDIT_GIVEN };
        let why = self.sealer.seal(WHY_CONTEXT, why)?;
        let sql = "INSERT INTO credits (id, customer_id, minor, currency, reason, made_by, why_sealed, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        execute!(self, sql, new_id(), customer.0, amount.minor, amount.currency.code(), reason, by.0, why, now)?;
        Ok(true)
    }

    /// Adds to what a person can spend, as a case was decided. `invoice`: the one whose money it is, when that bought nothing.
    pub async fn add_case_credit(
        &mut self,
        customer: CustomerId,
        amount: Fiat,
        case: &str,
        invoice: Option<&str>,
        reason: &str,
        now: i64,
    ) -> Result<()> {
        let sql = "INSERT INTO credits (id, customer_id, minor, currency, invoice_id, case_id, reason, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        execute!(self, sql, new_id(), customer.0, amount.minor, amount.currency.code(), invoice, case, reason, now)?;
        Ok(())
    }

    /// What the seller credited in the cases about the goods of an order. What was credited for money that bought nothing is another's.
    pub async fn credited_by_seller(&mut self, order: &OrderId, currency: Currency) -> Result<Fiat> {
        let sql = "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) FROM credits
            WHERE currency = $2 AND invoice_id IS NULL AND case_id IN (SELECT id FROM cases WHERE order_id = $1)";
        let minor = row!(self, (i64,), sql, order.as_str(), currency.code())?.map_or(0, |(minor,)| minor);
        Ok(Fiat::new(minor, currency))
    }

    /// Opens a case; none when the same one was opened before. What was open of its kind about the same invoice is in it: a person decides
    /// about one money once. Its detail is cut to 300 characters.
    pub async fn open_case(&mut self, case: &NewCase, now: i64) -> Result<Option<String>> {
        let id = new_id();
        let detail: String = case.detail.chars().filter(|c| *c != '\0').take(DETAIL_CHARS_MAX).collect();
        let sql = "INSERT INTO cases (id, order_id, invoice_id, kind, detail, opened_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING";
        let opened = execute!(self, sql, &id, case.order.as_str(), case.invoice.as_deref(), case.kind.code(), detail, now)?;
        if opened != 1 {
            return Ok(None);
        }
        if let Some(invoice) = &case.invoice {
            self.close_older_cases(invoice, case.kind, &id, now).await?;
        }
        Ok(Some(id))
    }

    /// Whether a person was ever asked about an invoice in a case of this kind.
    pub async fn was_asked(&mut self, invoice: &str, kind: CaseKind) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM cases WHERE invoice_id = $1 AND kind = $2";
        Ok(row!(self, (i64,), sql, invoice, kind.code())?.is_some_and(|(count,)| count > 0))
    }

    /// Open cases, the oldest first.
    pub async fn open_cases(&mut self, limit: i64) -> Result<Vec<Case>> {
        let sql =
            "SELECT id, order_id, invoice_id, kind, detail, opened_at FROM cases WHERE closed_at IS NULL ORDER BY opened_at, id LIMIT $1";
        rows!(self, CaseRow, sql, limit)?.into_iter().map(case).collect()
    }

    /// Open cases about one order, the oldest first.
    pub async fn open_cases_of(&mut self, order: &OrderId) -> Result<Vec<Case>> {
        let sql = "SELECT id, order_id, invoice_id, kind, detail, opened_at FROM cases WHERE order_id = $1 AND closed_at IS NULL ORDER BY opened_at, id";
        rows!(self, CaseRow, sql, order.as_str())?.into_iter().map(case).collect()
    }

    /// A case that is still open.
    pub async fn open_case_by_id(&mut self, id: &str) -> Result<Option<Case>> {
        let sql = "SELECT id, order_id, invoice_id, kind, detail, opened_at FROM cases WHERE id = $1 AND closed_at IS NULL";
        row!(self, CaseRow, sql, id)?.map(case).transpose()
    }

    /// A case, open or closed.
    pub async fn case(&mut self, id: &str) -> Result<Option<Case>> {
        let sql = "SELECT id, order_id, invoice_id, kind, detail, opened_at FROM cases WHERE id = $1";
        row!(self, CaseRow, sql, id)?.map(case).transpose()
    }

    /// How many cases are open.
    pub async fn open_case_count(&mut self) -> Result<i64> {
        Ok(row!(self, (i64,), "SELECT COUNT(*) FROM cases WHERE closed_at IS NULL")?.map_or(0, |(count,)| count))
    }

    fn credit_entry(&self, (minor, currency, reason, order, by, why, at): CreditRow) -> Result<CreditEntry> {
        let why = why.map(|why| self.sealer.open(WHY_CONTEXT, &why)).transpose()?;
        Ok(CreditEntry {
            amount: super::catalog::fiat(minor, &currency)?,
            order: order.as_deref().and_then(OrderId::parse),
            reason,
            by_hand: by.map(|by| (CustomerId(by), why.unwrap_or_default())),
            at,
        })
    }
}

fn case((id, order, invoice, kind, detail, opened_at): CaseRow) -> Result<Case> {
    Ok(Case {
        order: OrderId::parse(&order).ok_or_else(|| Error::corrupt(format!("a case of the order {order}")))?,
        kind: CaseKind::parse(&kind).ok_or_else(|| Error::corrupt(format!("a case of the kind {kind}")))?,
        id,
        invoice,
        detail,
        opened_at,
    })
}
