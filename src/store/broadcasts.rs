//! One message to many: what it says, to whom it goes, and how far it has come.

use super::{Conn, Error, Result, execute, on, quiet, row, rows};
use crate::domain::customer::CustomerId;
use crate::domain::product::{BlobId, ProductId};

/// Where a broadcast stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BroadcastState {
    Draft,
    Running,
    Paused,
    Done,
    Cancelled,
}

impl BroadcastState {
    const ALL: [Self; 5] = [Self::Draft, Self::Running, Self::Paused, Self::Done, Self::Cancelled];

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

/// To whom a broadcast goes: always people who can be reached and whom the shop knew when it began.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    Everybody,
    /// Who has paid for this product.
    Buyers(ProductId),
    /// Who is spoken to in this language.
    Language(String),
    /// Who is known for longer than so many days, and has ordered nothing since.
    Inactive(u32),
}

impl Audience {
    /// How it is stored, and named in a button.
    pub fn code(&self) -> String {
        match self {
            Self::Everybody => "all".to_owned(),
            Self::Buyers(product) => format!("b={product}"),
            Self::Language(code) => format!("l={code}"),
            Self::Inactive(days) => format!("i={days}"),
        }
    }

    /// The audience of this code.
    pub fn parse(code: &str) -> Option<Self> {
        let audience = match code.split_once('=') {
            None if code == "all" => Self::Everybody,
            Some(("b", product)) => Self::Buyers(ProductId::parse(product)?),
            Some(("l", code)) if (2..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
                Self::Language(code.to_owned())
            }
            Some(("i", days)) => Self::Inactive(days.parse().ok().filter(|days| (1..=999).contains(days))?),
            _ => return None,
        };
        (audience.code() == code).then_some(audience)
    }

    /// Kind, word and moment, as the statements below take them.
    fn parts(&self, started_at: i64) -> (&'static str, String, i64) {
        match self {
            Self::Everybody => ("all", String::new(), 0),
            Self::Buyers(product) => ("buyers", product.as_str().to_owned(), 0),
            Self::Language(code) => ("language", code.clone(), 0),
            Self::Inactive(days) => ("inactive", String::new(), started_at - i64::from(*days) * 24 * 3_600),
        }
    }
}

/// A broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast {
    pub id: String,
    pub owner: CustomerId,
    pub state: BroadcastState,
    /// What it says; plain text.
    pub text: String,
    pub picture: Option<BlobId>,
    /// The product that its button opens.
    pub product: Option<ProductId>,
    pub audience: Audience,
    pub created_at: i64,
    pub started_at: Option<i64>,
    /// Everybody up to this id has been dealt with, but for those below.
    pub cursor: i64,
    /// To whom a message is on its way: how it ended with them is not kept yet.
    pub under_way: Vec<CustomerId>,
    /// How many people there were to write to when it began.
    pub total: i64,
    pub sent: i64,
    /// Who could not be reached.
    pub gone: i64,
    /// To whom Telegram refused it.
    pub failed: i64,
    /// The message that shows how far it is, and when it was changed last (unix seconds UTC).
    pub message: Option<i32>,
    pub shown_at: i64,
}

/// How it ended with one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Sent,
    Gone,
    Refused,
}

#[derive(sqlx::FromRow)]
struct BroadcastRow {
    id: String,
    owner_id: i64,
    state: String,
    text: String,
    picture: Option<String>,
    product_id: Option<String>,
    audience: String,
    created_at: i64,
    started_at: Option<i64>,
    cursor_id: i64,
    under_way: String,
    total: i64,
    sent: i64,
    gone: i64,
    failed: i64,
    message: Option<i64>,
    shown_at: i64,
}

impl TryFrom<BroadcastRow> for Broadcast {
    type Error = Error;

    fn try_from(row: BroadcastRow) -> Result<Self> {
        let corrupt = |what: &str| Error::corrupt(format!("a broadcast with the {what}"));
        Ok(Self {
            owner: CustomerId(row.owner_id),
            state: BroadcastState::ALL.into_iter().find(|state| state.code() == row.state).ok_or_else(|| corrupt(&row.state))?,
            text: row.text,
            picture: row.picture.map(BlobId),
            product: row.product_id.as_deref().map(super::catalog::product_id).transpose()?,
            audience: Audience::parse(&row.audience).ok_or_else(|| corrupt(&row.audience))?,
            created_at: row.created_at,
            started_at: row.started_at,
            cursor: row.cursor_id,
            under_way: ids(&row.under_way).ok_or_else(|| corrupt(&row.under_way))?,
            total: row.total,
            sent: row.sent,
            gone: row.gone,
            failed: row.failed,
            message: row.message.and_then(|message| i32::try_from(message).ok()),
            shown_at: row.shown_at,
            id: row.id,
        })
    }
}

/// The ids in a list as it is stored: `,5,7,`, or a comma alone.
fn ids(list: &str) -> Option<Vec<CustomerId>> {
    let inner = list.strip_prefix(',')?;
    inner.split_terminator(',').map(|id| id.parse().ok().map(CustomerId)).collect()
}

impl Conn {
    /// Writes a new draft.
    pub async fn add_broadcast(&mut self, id: &str, owner: CustomerId, text: &str, now: i64) -> Result<()> {
        let sql = "INSERT INTO broadcasts (id, owner_id, state, text, audience, created_at) VALUES ($1, $2, 'draft', $3, 'all', $4)
            ON CONFLICT (id) DO NOTHING";
        execute!(self, sql, id, owner.0, text, now)?;
        Ok(())
    }

    /// A broadcast.
    pub async fn broadcast(&mut self, id: &str) -> Result<Option<Broadcast>> {
        let sql = "SELECT id, owner_id, state, text, picture, product_id, audience, created_at, started_at, cursor_id, under_way, total,
            sent, gone, failed, message, shown_at FROM broadcasts WHERE id = $1";
        row!(self, BroadcastRow, sql, id)?.map(Broadcast::try_from).transpose()
    }

    /// A broadcast, to be changed in this transaction: whoever else would change it waits for its end.
    pub async fn broadcast_to_change(&mut self, id: &str) -> Result<Option<Broadcast>> {
        quiet!(self, "UPDATE broadcasts SET text = text WHERE id = $1", id)?;
        self.broadcast(id).await
    }

    /// The newest broadcasts.
    pub async fn broadcasts(&mut self, limit: i64) -> Result<Vec<Broadcast>> {
        let sql = "SELECT id, owner_id, state, text, picture, product_id, audience, created_at, started_at, cursor_id, under_way, total,
            sent, gone, failed, message, shown_at FROM broadcasts ORDER BY created_at DESC, id LIMIT $1";
        rows!(self, BroadcastRow, sql, limit)?.into_iter().map(Broadcast::try_from).collect()
    }

    /// Changes what a draft says and to whom it goes; false when it is no draft any more.
    pub async fn change_broadcast(&mut self, changed: &Broadcast) -> Result<bool> {
        let sql = "UPDATE broadcasts SET text = $2, picture = $3, product_id = $4, audience = $5 WHERE id = $1 AND state = 'draft'";
        let (picture, product) = (changed.picture.as_ref().map(|id| id.0.as_str()), changed.product.as_ref().map(ProductId::as_str));
        Ok(execute!(self, sql, &changed.id, &changed.text, picture, product, changed.audience.code())? == 1)
    }

    /// Throws a draft away; false when it is none.
    pub async fn drop_broadcast(&mut self, id: &str) -> Result<bool> {
        Ok(execute!(self, "DELETE FROM broadcasts WHERE id = $1 AND state = 'draft'", id)? == 1)
    }

    /// Moves a broadcast from one state to another; false when it was not in it.
    pub async fn move_broadcast(&mut self, id: &str, from: BroadcastState, to: BroadcastState) -> Result<bool> {
        let sql = "UPDATE broadcasts SET state = $3 WHERE id = $1 AND state = $2";
        Ok(execute!(self, sql, id, from.code(), to.code())? == 1)
    }

    /// Keeps when a broadcast began, and how many it is for.
    pub async fn begin_broadcast(&mut self, id: &str, total: i64, now: i64) -> Result<()> {
        execute!(self, "UPDATE broadcasts SET started_at = $2, total = $3 WHERE id = $1", id, now, total)?;
        Ok(())
    }

    /// How many people an audience has now.
    pub async fn audience_size(&mut self, audience: &Audience, now: i64) -> Result<i64> {
        let (kind, word, since) = audience.parts(now);
        let sql =
            "SELECT COUNT(*) FROM customers c WHERE c.reachable = TRUE AND c.blocked_at IS NULL AND c.created_at <= $1 AND ($2 = 'all'
                OR ($2 = 'language' AND c.language = $3)
                OR ($2 = 'buyers' AND EXISTS (SELECT 1 FROM orders o JOIN order_lines l ON l.order_id = o.id
                    WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND l.product_id = $3))
                OR ($2 = 'inactive' AND c.created_at < $4 AND NOT EXISTS (SELECT 1 FROM orders o
                    WHERE o.customer_id = c.id AND o.state <> 'draft' AND o.created_at >= $4)))";
        Ok(row!(self, (i64,), sql, now, kind, word, since)?.map_or(0, |(count,)| count))
    }

    /// The first people of an audience behind the cursor: id and language. Whoever came after `started_at` is not meant.
    pub async fn next_recipients(
        &mut self,
        audience: &Audience,
        started_at: i64,
        cursor: i64,
        limit: i64,
    ) -> Result<Vec<(CustomerId, String)>> {
        let (kind, word, since) = audience.parts(started_at);
        let sql = "SELECT c.id, c.language FROM customers c WHERE c.id > $5 AND c.reachable = TRUE AND c.blocked_at IS NULL AND c.created_at <= $1 AND ($2 = 'all'
                OR ($2 = 'language' AND c.language = $3)
                OR ($2 = 'buyers' AND EXISTS (SELECT 1 FROM orders o JOIN order_lines l ON l.order_id = o.id
                    WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND l.product_id = $3))
                OR ($2 = 'inactive' AND c.created_at < $4 AND NOT EXISTS (SELECT 1 FROM orders o
                    WHERE o.customer_id = c.id AND o.state <> 'draft' AND o.created_at >= $4)))
            ORDER BY c.id LIMIT $6";
        let found = rows!(self, (i64, String), sql, started_at, kind, word, since, cursor, limit)?;
        Ok(found.into_iter().map(|(id, language)| (CustomerId(id), language)).collect())
    }

    /// Moves the cursor of a broadcast over people to whom it goes now; false when somebody else moved it meanwhile, or others are still
    /// under way.
    pub async fn take_recipients(&mut self, id: &str, from: i64, people: &[CustomerId]) -> Result<bool> {
        let Some(last) = people.last() else { return Ok(true) };
        let list: Vec<String> = people.iter().map(|person| person.0.to_string()).collect();
        let sql = "UPDATE broadcasts SET cursor_id = $3, under_way = $4 WHERE id = $1 AND cursor_id = $2 AND under_way = ','";
        Ok(execute!(self, sql, id, from, last.0, format!(",{},", list.join(",")))? == 1)
    }

    /// Keeps how a broadcast ended with one person who was under way; false when that was kept before.
    pub async fn pass_recipient(&mut self, id: &str, to: CustomerId, how: Reached) -> Result<bool> {
        let sql = match how {
            Reached::Sent => {
                "UPDATE broadcasts SET under_way = replace(under_way, $2, ','), sent = sent + 1 WHERE id = $1 AND under_way LIKE $3"
            }
            Reached::Gone => {
                "UPDATE broadcasts SET under_way = replace(under_way, $2, ','), gone = gone + 1 WHERE id = $1 AND under_way LIKE $3"
            }
            Reached::Refused => {
                "UPDATE broadcasts SET under_way = replace(under_way, $2, ','), failed = failed + 1 WHERE id = $1 AND under_way LIKE $3"
            }
        };
        Ok(execute!(self, sql, id, format!(",{},", to.0), format!("%,{},%", to.0))? == 1)
    }

    /// Keeps which message shows how far a broadcast is, and that it shows it now.
    pub async fn set_broadcast_shown(&mut self, id: &str, message: Option<i32>, now: i64) -> Result<()> {
        let sql = "UPDATE broadcasts SET message = $2, shown_at = $3 WHERE id = $1";
        execute!(self, sql, id, message.map(i64::from), now)?;
        Ok(())
    }

    /// Hands a broadcast to whoever sends it on now; how far it is is shown to them.
    pub async fn hand_broadcast_to(&mut self, id: &str, owner: CustomerId) -> Result<()> {
        execute!(self, "UPDATE broadcasts SET owner_id = $2, message = NULL WHERE id = $1 AND owner_id <> $2", id, owner.0)?;
        Ok(())
    }

    /// The languages in which customers are spoken to, with how many there are of each, the most first.
    pub async fn languages_spoken(&mut self, limit: i64) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT language, COUNT(*) FROM customers WHERE reachable = TRUE GROUP BY language ORDER BY 2 DESC, 1 LIMIT $1";
        Ok(rows!(self, (String, i64), sql, limit)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_under_way_is_read_or_refused() {
        assert_eq!(ids(","), Some(Vec::new()));
        assert_eq!(ids(",5,7,"), Some(vec![CustomerId(5), CustomerId(7)]));
        assert_eq!([ids(""), ids(",x,"), ids(",,")], [const { None }; 3]);
    }

    #[test]
    fn an_audience_comes_back_as_it_was_kept() {
        let product = ProductId::parse("editor").unwrap();
        for audience in [Audience::Everybody, Audience::Buyers(product), Audience::Language("pt-br".to_owned()), Audience::Inactive(30)] {
            assert_eq!(Audience::parse(&audience.code()), Some(audience));
        }
        for junk in ["", "every", "b=", "b=../x", "l=", "l=EN", "i=0", "i=030", "i=1000", "i=x", "all=1"] {
            assert_eq!(Audience::parse(junk), None, "{junk}");
        }
    }
}
