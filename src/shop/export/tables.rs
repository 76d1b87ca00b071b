//! The tables, read a page at a time.

use std::collections::BTreeSet;

use super::{Cell, ROWS_MAX, Table, Wanted, What, at};
use crate::domain::answer::Photo;
use crate::domain::coin::Coin;
use crate::domain::money::{CoinAmount, Currency, Fiat};
use crate::domain::zone::Zone as ShopTime;
use crate::shop::{Result, Shop};
use crate::store::{self, CustomerRecord, OrderRecord, PaymentRecord, StockRecord, UnitRecord};

/// Rows that are read at once.
const PAGE: i64 = 1_000;

/// Hears how many rows there are so far.
pub type Progress<'a> = dyn FnMut(usize) -> futures_util::future::BoxFuture<'a, ()> + Send + 'a;

/// Where the next page begins.
#[derive(Debug, Clone, Default)]
struct Place {
    number: i64,
    text: String,
    /// The id of a unit, whose product and position the others are.
    unit: String,
}

/// Reads the whole table, up to its most rows.
pub(super) async fn table(shop: &Shop, wanted: Wanted, time: &ShopTime, told: &mut Progress<'_>) -> Result<Table> {
    let mut table = Table { columns: columns(wanted, time), rows: Vec::new(), is_cut: false };
    let mut place = Place { number: i64::MIN, text: String::new(), unit: String::new() };
    loop {
        let page = page(shop, wanted, time, &mut place).await?;
        let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        table.rows.extend(page);
        if table.rows.len() >= ROWS_MAX {
            table.is_cut = table.rows.len() > ROWS_MAX || !is_last;
            table.rows.truncate(ROWS_MAX);
            return Ok(table);
        }
        if is_last {
            return Ok(table);
        }
        told(table.rows.len()).await;
    }
}

fn columns(wanted: Wanted, time: &ShopTime) -> Vec<String> {
    let zone = time.name();
    let columns: &[&str] = match wanted.what {
        What::Orders => &[
            "order",
            "state",
            "charge",
            "ordered (TIME)",
            "paid (TIME)",
            "customer id",
            "customer",
            "username",
            "products",
            "total",
            "paid by credit",
            "refunded",
            "refunded (TIME)",
            "currency",
            "coin",
            "network",
            "invoice",
        ],
        What::Payments => &[
            "order",
            "invoice",
            "coin",
            "network",
            "amount due",
            "amount received",
            "price",
            "value received",
            "currency",
            "pays the order",
            "address",
            "transactions",
            "first seen (TIME)",
            "last seen (TIME)",
        ],
        What::Stock => &["product", "name", "kind", "state", "price", "currency", "free", "reserved", "sold"],
        What::Units => &["product", "unit", "state", "sold (TIME)", "order"],
        What::Customers => &[
            "customer id",
            "name",
            "username",
            "language",
            "reachable",
            "first seen (TIME)",
            "orders",
            "paid orders",
            "spent",
            "balance",
            "currency",
        ],
    };
    let answers: &[&str] = if wanted.has_answers() { &["answers"] } else { &[] };
    columns.iter().chain(answers).map(|column| column.replace("TIME", &zone)).collect()
}

/// The rows from `place` on, which moves behind them.
async fn page(shop: &Shop, wanted: Wanted, time: &ShopTime, place: &mut Place) -> Result<Vec<Vec<Cell>>> {
    let mut conn = shop.store.read().await?;
    let mut rows = Vec::new();
    match wanted.what {
        What::Orders => {
            let records = conn.order_records((place.number, &place.text), PAGE).await?;
            let asked: Vec<&str> =
                records.iter().filter(|record| wanted.has_answers() && record.answered).map(|record| record.id.as_str()).collect();
            let answers = conn.answers_of(&asked).await?;
            for record in records {
                (place.number, place.text) = (record.created_at, record.id.clone());
                let given = answers.get(&record.id).map_or(&[][..], Vec::as_slice);
                let mut row = order(record, time)?;
                row.extend(wanted.has_answers().then(|| answered(given)));
                rows.push(row);
            }
        }
        What::Payments => {
            let records = conn.payment_records((place.number, &place.text), PAGE).await?;
            let paid: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
            let mut txs = conn.txs_of(&paid).await?;
            for record in records {
                (place.number, place.text) = (record.created_at, record.id.clone());
                let txs = txs.remove(&record.id).unwrap_or_default();
                rows.push(payment(record, txs, time)?);
            }
        }
        What::Stock => {
            for record in conn.stock_records(&place.text, PAGE).await? {
                place.text.clone_from(&record.id);
                rows.push(product(record)?);
            }
        }
        What::Units => {
            for record in conn.unit_records((&place.text, place.number, &place.unit), PAGE).await? {
                *place = Place { number: record.position, text: record.product.clone(), unit: record.id.clone() };
                rows.push(unit(record, time));
            }
        }
        What::Customers => {
            let currency = conn.shop().await?.currency;
            for record in conn.customer_records(place.number, currency, PAGE).await? {
                place.number = record.id;
                rows.push(customer(record, currency, time));
            }
        }
    }
    Ok(rows)
}

fn order(record: OrderRecord, time: &ShopTime) -> store::Result<Vec<Cell>> {
    let currency = currency(&record.currency)?;
    let money = |minor| Cell::Money(Fiat::new(minor, currency));
    let coin = record.coin.as_deref().and_then(Coin::parse);
    Ok(vec![
        Cell::text(record.id),
        Cell::text(record.state),
        Cell::text(record.charge),
        at(time, Some(record.created_at)),
        at(time, record.paid_at),
        Cell::text(record.customer_id.to_string()),
        Cell::text(record.name),
        Cell::maybe(record.username),
        Cell::maybe(record.what),
        money(record.total_minor),
        money(record.credit_minor),
        money(record.refunded_minor),
        at(time, record.refunded_at),
        Cell::text(currency.code()),
        Cell::maybe(coin.map(|coin| coin.asset().to_owned())),
        Cell::maybe(coin.map(|coin| coin.network().name().to_owned())),
        Cell::maybe(record.number),
    ])
}

/// What the buyer has answered, a line for each question; a photo stays where it is.
fn answered(answers: &[(String, String)]) -> Cell {
    let line = |(label, answer): &(String, String)| {
        let answer = if Photo::in_answer(answer).is_some() { "(photo)" } else { answer };
        format!("{label} {answer}")
    };
    Cell::maybe((!answers.is_empty()).then(|| answers.iter().map(line).collect::<Vec<_>>().join("\n")))
}

fn payment(record: PaymentRecord, txs: BTreeSet<String>, time: &ShopTime) -> store::Result<Vec<Cell>> {
    let currency = currency(&record.currency)?;
    let coin = Coin::parse(&record.coin);
    let (due, received) = (record.due.as_deref().and_then(CoinAmount::parse), CoinAmount::parse(&record.received));
    let price = Fiat::new(record.price_minor, currency);
    let value = due.zip(received).and_then(|(due, received)| price.share(received, due));
    Ok(vec![
        Cell::text(record.order_id),
        Cell::maybe(record.number),
        Cell::text(coin.map_or_else(|| record.coin.clone(), |coin| coin.asset().to_owned())),
        Cell::maybe(coin.map(|coin| coin.network().name().to_owned())),
        Cell::maybe(record.due),
        Cell::text(record.received),
        Cell::Money(price),
        value.map_or(Cell::Empty, Cell::Money),
        Cell::text(currency.code()),
        Cell::text(if record.pays { "yes" } else { "no" }),
        Cell::maybe(record.address),
        Cell::text(txs.into_iter().collect::<Vec<_>>().join(" ")),
        at(time, Some(record.first_at)),
        at(time, Some(record.last_at)),
    ])
}

fn product(record: StockRecord) -> store::Result<Vec<Cell>> {
    let currency = currency(&record.currency)?;
    let name: crate::domain::language::Localized =
        serde_json::from_str(&record.name).map_err(|_| store::Error::corrupt("a product's name"))?;
    Ok(vec![
        Cell::text(record.id),
        Cell::text(name.get("")),
        Cell::text(record.kind),
        Cell::text(record.state),
        Cell::Money(Fiat::new(record.price_minor, currency)),
        Cell::text(currency.code()),
        Cell::Count(record.free),
        Cell::Count(record.reserved),
        Cell::Count(record.sold),
    ])
}

fn unit(record: UnitRecord, time: &ShopTime) -> Vec<Cell> {
    let state = match (record.sold_at, record.reserved) {
        (Some(_), _) => "sold",
        (None, true) => "reserved",
        (None, false) => "free",
    };
    vec![Cell::text(record.product), Cell::text(record.content), Cell::text(state), at(time, record.sold_at), Cell::maybe(record.order)]
}

fn customer(record: CustomerRecord, currency: Currency, time: &ShopTime) -> Vec<Cell> {
    let money = |minor| Cell::Money(Fiat::new(minor, currency));
    vec![
        // An id is a name, not a number to reckon with.
        Cell::text(record.id.to_string()),
        Cell::text(record.name),
        Cell::maybe(record.username),
        Cell::text(record.language),
        Cell::text(if record.reachable { "yes" } else { "no" }),
        at(time, Some(record.created_at)),
        Cell::Count(record.orders),
        Cell::Count(record.paid_orders),
        money(record.spent_minor),
        money(record.balance_minor),
        Cell::text(currency.code()),
    ]
}

fn currency(code: &str) -> store::Result<Currency> {
    Currency::parse(code).ok_or_else(|| store::Error::corrupt(format!("the currency {code}")))
}
