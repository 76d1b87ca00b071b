//! What the staff changed: one row for each change, written in the transaction of the change and never touched again. Each row carries a
//! hash over itself and the hash before it, made with a key that is not in the database: a row that was changed, taken out or put in by
//! anybody else breaks the chain.
//!
//! Verbs name what they do with [`Conn::deed`]. A write of the staff that changes something and names nothing is written down all the same,
//! by what was tapped or filled in: so nothing is forgotten that a verb of tomorrow does not name.

use super::{Conn, Error, Result, Sealer, execute, on, quiet, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::deed::DeedKind;
use crate::domain::order::OrderId;
use crate::domain::product::ProductId;

const CONTEXT: &str = "audit";
/// Rows that are read at once when the chain is checked.
const CHECKED_AT_ONCE: i64 = 1_000;
/// Most characters of the words of a row.
const WORDS_CHARS_MAX: usize = 500;

/// Stands for no person: the settings of the program, or its command line.
pub const NOBODY: CustomerId = CustomerId(0);

/// Somebody of the staff who does something.
#[derive(Debug, Clone)]
pub struct Actor {
    pub who: CustomerId,
    /// What was tapped or filled in, without anything that was typed.
    pub through: String,
    /// The update by which it is done, when it is one: handled again, it writes nothing down twice.
    pub cause: Option<String>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    kind: DeedKind,
    order: Option<OrderId>,
    customer: Option<CustomerId>,
    product: Option<ProductId>,
    words: String,
    part: String,
}

/// What is known of a write while somebody of the staff makes it.
pub(super) struct Acting {
    actor: Actor,
    deeds: Vec<Deed>,
    changed: bool,
}

/// One row of what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub number: i64,
    /// Unix seconds UTC.
    pub at: i64,
    pub who: CustomerId,
    pub kind: DeedKind,
    pub order: Option<OrderId>,
    pub customer: Option<CustomerId>,
    pub words: String,
}

/// Which rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditOf {
    All,
    Order(OrderId),
    Customer(CustomerId),
}

/// What a check of the chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// Every row is as it was written; `head`: the newest hash, to be compared with one that was noted before.
    Whole { rows: i64, head: String },
    /// The first row that is not as it was written, or is not there.
    Broken { number: i64 },
}

type AuditRow = (i64, i64, i64, String, Option<String>, Option<i64>, Option<String>, String, String);

impl Deed {
    /// Something that was done, in a few words without secrets.
    pub fn new(kind: DeedKind, words: impl Into<String>) -> Self {
        let words: String = words.into().chars().filter(|c| *c != '\0').take(WORDS_CHARS_MAX).collect();
        Self { kind, order: None, customer: None, product: None, words, part: String::new() }
    }

    /// About this order.
    pub fn order(mut self, id: &OrderId) -> Self {
        self.order = Some(id.clone());
        self
    }

    /// About this person.
    pub fn customer(mut self, id: CustomerId) -> Self {
        self.customer = Some(id);
        self
    }

    /// About this product.
    pub fn product(mut self, id: &ProductId) -> Self {
        self.product = Some(id.clone());
        self
    }

    /// A further part of something that is done in several writes, each of which is written down.
    pub fn part(mut self, name: &str) -> Self {
        name.clone_into(&mut self.part);
        self
    }

    /// What makes this deed one of the deeds of an update: of what kind it is, and about what.
    fn subject(&self) -> String {
        let (order, product) = (self.order.as_ref().map_or("", OrderId::as_str), self.product.as_ref().map_or("", ProductId::as_str));
        let customer = self.customer.map(|id| id.to_string()).unwrap_or_default();
        format!("{}:{order}:{customer}:{product}:{}", self.kind.code(), self.part)
    }
}

/// What names the `nth` deed about a subject that an update has brought about.
fn cause_of(update: &str, subject: &str, nth: usize) -> String {
    format!("{update}:{subject}:{nth}")
}

impl Conn {
    /// What is changed from now on in this write is changed by `actor`.
    pub(crate) fn act_as(&mut self, actor: Actor) {
        self.acting = Some(Acting { actor, deeds: Vec::new(), changed: false });
    }

    /// Names what is done in this write. Nothing when nobody of the staff does it: a buyer's own wish, or the shop by itself.
    pub fn deed(&mut self, deed: Deed) {
        if let Some(acting) = &mut self.acting {
            acting.deeds.push(deed);
        }
    }

    /// Whether the update that acts has written this deed down before: then it is handled again, and what it did is done.
    pub async fn was_done(&mut self, deed: &Deed) -> Result<bool> {
        let Some(cause) = self.acting.as_ref().and_then(|acting| acting.actor.cause.as_ref()) else { return Ok(false) };
        let cause = cause_of(cause, &deed.subject(), 0);
        self.is_written_down(&cause).await
    }

    async fn is_written_down(&mut self, cause: &str) -> Result<bool> {
        Ok(row!(self, (i64,), "SELECT number FROM audit WHERE cause = $1", cause)?.is_some())
    }

    pub(super) fn has_changed(&mut self, changed: bool) {
        if let Some(acting) = &mut self.acting {
            acting.changed |= changed;
        }
    }

    /// Writes down what was done in this write: each deed that was named, else what was tapped, when anything has changed.
    pub(crate) async fn write_down(&mut self, now: i64) -> Result<()> {
        let Some(Acting { actor, mut deeds, changed }) = self.acting.take() else { return Ok(()) };
        if deeds.is_empty() && changed {
            deeds.push(Deed::new(DeedKind::Other, &actor.through));
        }
        let subjects: Vec<String> = deeds.iter().map(Deed::subject).collect();
        for (place, deed) in deeds.into_iter().enumerate() {
            let subject = subjects.get(place).map_or("", String::as_str);
            let nth = subjects.iter().take(place).filter(|before| *before == subject).count();
            let cause = actor.cause.as_ref().map(|cause| cause_of(cause, subject, nth));
            if let Some(cause) = &cause
                && self.is_written_down(cause).await?
            {
                continue;
            }
            self.put_deed(actor.who, deed, cause, now).await?;
        }
        Ok(())
    }

    /// Writes one thing down that `who` did.
    pub async fn deed_of(&mut self, who: CustomerId, deed: Deed, now: i64) -> Result<()> {
        self.put_deed(who, deed, None, now).await
    }

    async fn put_deed(&mut self, who: CustomerId, deed: Deed, cause: Option<String>, now: i64) -> Result<()> {
        let sql = "UPDATE audit_head SET number = number + 1 WHERE id = 1 RETURNING number, hash";
        let head: Option<(i64, String)> = row!(self, (i64, String), sql)?;
        let (number, previous) = head.ok_or_else(|| Error::corrupt("no head of what was done"))?;
        let words = self.sealer.seal(CONTEXT, &deed.words)?;
        let (order, customer) = (deed.order.map(|id| id.as_str().to_owned()), deed.customer.map(|id| id.0));
        let product = deed.product.map(|id| id.as_str().to_owned());
        let mut row: AuditRow = (number, now, who.0, deed.kind.code().to_owned(), order, customer, product, words, String::new());
        row.8 = self.sealer.chained(&previous, &material(&row)?);
        let (number, at, who, what, order, customer, product, words, hash) = row;
        let sql = "INSERT INTO audit (number, at, who, what, order_id, customer_id, product_id, words_sealed, hash, cause)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        execute!(self, sql, number, at, who, what, order, customer, product, words, hash.as_str(), cause)?;
        quiet!(self, "UPDATE audit_head SET hash = $1 WHERE id = 1", hash)?;
        Ok(())
    }

    /// What was done, the newest first.
    pub async fn audit(&mut self, of: &AuditOf, offset: i64, limit: i64) -> Result<Vec<AuditEntry>> {
        let found = match of {
            AuditOf::All => {
                let sql = "SELECT number, at, who, what, order_id, customer_id, product_id, words_sealed, hash FROM audit
                    ORDER BY number DESC LIMIT $1 OFFSET $2";
                rows!(self, AuditRow, sql, limit, offset)?
            }
            AuditOf::Order(order) => {
                let sql = "SELECT number, at, who, what, order_id, customer_id, product_id, words_sealed, hash FROM audit
                    WHERE order_id = $3 ORDER BY number DESC LIMIT $1 OFFSET $2";
                rows!(self, AuditRow, sql, limit, offset, order.as_str())?
            }
            AuditOf::Customer(customer) => {
                let sql = "SELECT number, at, who, what, order_id, customer_id, product_id, words_sealed, hash FROM audit
                    WHERE customer_id = $3 ORDER BY number DESC LIMIT $1 OFFSET $2";
                rows!(self, AuditRow, sql, limit, offset, customer.0)?
            }
        };
        found.into_iter().map(|row| self.audit_entry(row)).collect()
    }

    fn audit_entry(&self, (number, at, who, what, order, customer, _, words, _): AuditRow) -> Result<AuditEntry> {
        Ok(AuditEntry {
            number,
            at,
            who: CustomerId(who),
            // One of a later release is still something that was done.
            kind: DeedKind::parse(&what).unwrap_or(DeedKind::Other),
            order: order.as_deref().and_then(OrderId::parse),
            customer: customer.map(CustomerId),
            words: self.sealer.open(CONTEXT, &words)?,
        })
    }

    /// Seals the words of every row with another key and chains the rows with it. From the first row that is not as it was written, none is
    /// chained anew: what was broken stays broken. Tells how many rows there are.
    pub(super) async fn audit_anew(&mut self, new: &Sealer) -> Result<usize> {
        let broken_at = match self.audit_chain().await? {
            Chain::Whole { .. } => i64::MAX,
            Chain::Broken { number } => number,
        };
        let (mut count, mut last, mut hash) = (0, i64::MIN, String::new());
        loop {
            let sql = "SELECT number, at, who, what, order_id, customer_id, product_id, words_sealed, hash FROM audit
                WHERE number > $1 ORDER BY number LIMIT $2";
            let found = rows!(self, AuditRow, sql, last, CHECKED_AT_ONCE)?;
            if found.is_empty() {
                break;
            }
            for mut row in found {
                row.7 = new.seal(CONTEXT, &self.sealer.open(CONTEXT, &row.7)?)?;
                if row.0 < broken_at {
                    row.8 = new.chained(&hash, &material(&row)?);
                }
                (count, last, hash) = (count + 1, row.0, row.8.clone());
                execute!(self, "UPDATE audit SET words_sealed = $2, hash = $3 WHERE number = $1", row.0, row.7, row.8)?;
            }
        }
        if broken_at == i64::MAX {
            execute!(self, "UPDATE audit_head SET hash = $1 WHERE id = 1", hash)?;
        }
        Ok(count)
    }

    /// Reads every row and says whether all of them are as they were written.
    pub async fn audit_chain(&mut self) -> Result<Chain> {
        let (mut number, mut hash) = (0, String::new());
        // First: rows that are added meanwhile are not looked at.
        let sql = "SELECT number, hash FROM audit_head WHERE id = 1";
        let Some((newest, head)) = row!(self, (i64, String), sql)? else { return Ok(Chain::Broken { number: 1 }) };
        loop {
            let sql = "SELECT number, at, who, what, order_id, customer_id, product_id, words_sealed, hash FROM audit
                WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3";
            let found = rows!(self, AuditRow, sql, number, newest, CHECKED_AT_ONCE)?;
            if found.is_empty() {
                break;
            }
            for row in found {
                let next = self.sealer.chained(&hash, &material(&row)?);
                if row.0 != number + 1 || row.8 != next {
                    return Ok(Chain::Broken { number: number + 1 });
                }
                (number, hash) = (row.0, next);
            }
        }
        let sql = "SELECT COUNT(*) FROM audit WHERE number > (SELECT number FROM audit_head WHERE id = 1)";
        let beyond = row!(self, (i64,), sql)?.map_or(0, |(count,)| count);
        if number != newest || hash != head || beyond > 0 {
            return Ok(Chain::Broken { number: number + 1 });
        }
        Ok(Chain::Whole { rows: number, head })
    }
}

/// Everything in a row that its hash stands for, in one way only.
fn material((number, at, who, what, order, customer, product, words, _): &AuditRow) -> Result<String> {
    serde_json::to_string(&(number, at, who, what, order, customer, product, words)).map_err(|_| Error::corrupt("a deed that is no JSON"))
}
