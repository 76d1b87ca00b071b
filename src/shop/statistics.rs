//! What the shop has earned. Each figure is defined here once; pictures, summaries and the panel show these and no others.
//!
//! - **Revenue**: the prices of the orders that were paid in the time, in the shop's currency, whatever paid them. An order counts at the
//!   moment at which its whole price was booked, and with its price: what came on top is the buyer's credit and no revenue.
//! - **By credit**: what of the revenue was paid with store credit. The rest is money that came for these orders.
//! - **Refunds**: what the seller wrote down as sent back for paid orders, on the day on which it was written down. Credit that is given
//!   is none: it becomes revenue again when it is spent, and is shown as "by credit" then.
//! - **Net**: revenue less refunds.
//! - **By product**: price of a unit times units; what the orders' prices differ from their sum by is shown as a part of its own, so that
//!   the parts are the revenue.
//! - **By coin**: what each coin paid, and credit. The parts are the revenue.
//! - **Cards and paid**: orders whose first payment card was asked for in the time, and how many of them a coin has paid by now.
//!
//! Orders that were paid when the shop had another currency cannot be added up with the others: they are counted apart. A day is one of
//! the shop's own time.

use super::time::shop_time;
use super::{Result, Shop};
use crate::domain::coin::Coin;
use crate::domain::money::{Currency, Fiat};
use crate::domain::zone::Zone as ShopTime;
use crate::store::{self, Conn, Stretch};

/// A stretch of the past that ends today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    Today,
    Week,
    Month,
    Quarter,
}

impl Span {
    /// Every span.
    pub const ALL: [Self; 4] = [Self::Today, Self::Week, Self::Month, Self::Quarter];

    /// How many days it has, today included.
    pub fn days(self) -> i64 {
        match self {
            Self::Today => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970.
    pub day: i64,
    pub orders: i64,
    pub revenue: Fiat,
    pub credit: Fiat,
    pub refunds: Fiat,
}

impl Day {
    /// Revenue less refunds.
    pub fn net(&self) -> Fiat {
        Fiat::new(self.revenue.minor - self.refunds.minor, self.revenue.currency)
    }
}

/// What a part of the revenue was for, or came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOf {
    /// A product, by its name.
    Product(String),
    Coin(Coin),
    Credit,
    /// What the prices of orders differ from those of their lines by, and what nobody can place.
    Other,
}

/// A part of the revenue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub of: PartOf,
    /// Units of a product; orders of a coin. Nothing where they are not counted.
    pub count: Option<i64>,
    pub amount: Fiat,
}

/// The figures of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub time: ShopTime,
    pub orders: i64,
    pub revenue: Fiat,
    pub credit: Fiat,
    pub refunds: Fiat,
    /// Every day, the first first, also those without a sale.
    pub days: Vec<Day>,
    pub products: Vec<Part>,
    pub coins: Vec<Part>,
    pub cards: i64,
    pub cards_paid: i64,
    /// Orders in another currency, which are in no other figure.
    pub other_currencies: i64,
}

impl Figures {
    /// Revenue less refunds.
    pub fn net(&self) -> Fiat {
        Fiat::new(self.revenue.minor - self.refunds.minor, self.revenue.currency)
    }

    /// Of a hundred cards, how many were paid, rounded; none without a card.
    pub fn paid_percent(&self) -> Option<i64> {
        (self.cards > 0).then(|| (self.cards_paid * 200 + self.cards).div_euclid(self.cards * 2))
    }
}

impl Shop {
    /// The figures of a span that ends now.
    pub async fn figures(&self, span: Span) -> Result<Figures> {
        let mut conn = self.store.read().await?;
        let time = shop_time(&mut conn).await?;
        let today = time.day(self.now());
        Ok(figures(&mut conn, today - span.days() + 1, today).await?)
    }
}

/// Orders and revenue of today, for a glance.
pub(super) async fn sold_today(conn: &mut Conn, now: i64) -> store::Result<(i64, Fiat)> {
    let (time, currency) = (shop_time(conn).await?, conn.shop().await?.currency);
    let today = time.day(now);
    let paid = paid_by_day(conn, &time, currency, today, today).await?;
    let sum = |of: fn(&store::PaidDay) -> i64| paid.iter().map(of).sum();
    Ok((sum(|day| day.orders), Fiat::new(sum(|day| day.minor), currency)))
}

/// What was paid on each day, from one to another, both included.
async fn paid_by_day(conn: &mut Conn, time: &ShopTime, currency: Currency, first: i64, last: i64) -> store::Result<Vec<store::PaidDay>> {
    let mut paid = Vec::new();
    for run in time.runs(first, last) {
        let found = conn.paid_by_day(Stretch { currency, from: run.from, to: run.to }, run.offset_secs).await?;
        paid.extend(found.into_iter().map(|found| store::PaidDay { day: run.day(found.day), ..found }));
    }
    Ok(paid)
}

/// The figures from one day to another, both included.
pub(super) async fn figures(conn: &mut Conn, first: i64, last: i64) -> store::Result<Figures> {
    let time = shop_time(conn).await?;
    let currency = conn.shop().await?.currency;
    let stretch = Stretch { currency, from: time.start(first), to: time.start(last + 1) };
    let paid = paid_by_day(conn, &time, currency, first, last).await?;
    let mut refunded = Vec::new();
    for run in time.runs(first, last) {
        let found = conn.refunded_by_day(Stretch { currency, from: run.from, to: run.to }, run.offset_secs).await?;
        refunded.extend(found.into_iter().map(|(day, minor)| (run.day(day), minor)));
    }
    let fiat = |minor: i64| Fiat::new(minor, currency);
    let days: Vec<Day> = (first..=last)
        .map(|day| {
            let sum = |of: fn(&store::PaidDay) -> i64| paid.iter().filter(|paid| paid.day == day).map(of).sum();
            Day {
                day,
                orders: sum(|paid| paid.orders),
                revenue: fiat(sum(|paid| paid.minor)),
                credit: fiat(sum(|paid| paid.credit_minor)),
                refunds: fiat(refunded.iter().filter(|(of, _)| *of == day).map(|(_, minor)| minor).sum()),
            }
        })
        .collect();
    let sum = |of: fn(&Day) -> i64| days.iter().map(of).sum::<i64>();
    let (revenue, credit) = (sum(|day| day.revenue.minor), sum(|day| day.credit.minor));
    let (cards, cards_paid) = conn.cards_and_paid(stretch.from, stretch.to).await?;
    Ok(Figures {
        time,
        orders: sum(|day| day.orders),
        revenue: fiat(revenue),
        credit: fiat(credit),
        refunds: fiat(sum(|day| day.refunds.minor)),
        products: products(conn, stretch, revenue).await?,
        coins: coins(conn, stretch, revenue, credit).await?,
        cards,
        cards_paid,
        other_currencies: conn.paid_otherwise(stretch).await?,
        days,
    })
}

async fn products(conn: &mut Conn, stretch: Stretch, revenue: i64) -> store::Result<Vec<Part>> {
    let found = conn.paid_by_product(stretch).await?;
    let part = |paid: store::PaidProduct| Part {
        of: PartOf::Product(paid.name),
        count: Some(paid.units),
        amount: Fiat::new(paid.minor, stretch.currency),
    };
    Ok(completed(found.into_iter().map(part).collect(), revenue, stretch.currency))
}

async fn coins(conn: &mut Conn, stretch: Stretch, revenue: i64, credit: i64) -> store::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for (code, orders, minor) in conn.paid_by_coin(stretch).await? {
        let coin = Coin::parse(&code).ok_or_else(|| store::Error::corrupt(format!("an invoice in the coin {code}")))?;
        parts.push(Part { of: PartOf::Coin(coin), count: Some(orders), amount: Fiat::new(minor, stretch.currency) });
    }
    if credit != 0 {
        parts.push(Part { of: PartOf::Credit, count: None, amount: Fiat::new(credit, stretch.currency) });
    }
    Ok(completed(parts, revenue, stretch.currency))
}

/// The parts with what is missing to the whole, if anything is.
fn completed(mut parts: Vec<Part>, revenue: i64, currency: Currency) -> Vec<Part> {
    let rest = revenue - parts.iter().map(|part| part.amount.minor).sum::<i64>();
    if rest != 0 {
        parts.push(Part { of: PartOf::Other, count: None, amount: Fiat::new(rest, currency) });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_rounded_to_the_nearest() {
        let figures = |cards, cards_paid| Figures {
            time: ShopTime::default(),
            orders: 0,
            revenue: Fiat::new(0, Currency::Usd),
            credit: Fiat::new(0, Currency::Usd),
            refunds: Fiat::new(0, Currency::Usd),
            days: Vec::new(),
            products: Vec::new(),
            coins: Vec::new(),
            cards,
            cards_paid,
            other_currencies: 0,
        };
        let percents = [(0, 0), (3, 1), (3, 2), (8, 1), (5, 5)].map(|(cards, paid)| figures(cards, paid).paid_percent());
        assert_eq!(percents, [None, Some(33), Some(67), Some(13), Some(100)]);
    }
}
