//! The comparison as a text for the operator: one line an invoice, both sides beside each other.

use std::collections::BTreeMap;

use super::compare::{Finding, Pair, holds_money};
use crate::domain::money::CoinAmount;
use crate::domain::settlement::{Answer, Mismatch, Status};

/// Most characters of a word that somebody else wrote.
const WORD_CHARS_MAX: usize = 20;
const TITLES: [&str; 8] = ["INVOICE", "ORDER", "COIN", "PROVIDER", "AMOUNT", "SHOP", "RECEIVED", "DIFFERS"];

/// What is printed, and how much differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whole lines; the last one counts the differences.
    pub text: String,
    pub differences: usize,
}

/// Sums of one coin.
struct Sum {
    invoices: usize,
    listed: CoinAmount,
    received: CoinAmount,
}

/// Writes the report of a comparison.
pub fn report(pairs: &[Pair<'_>]) -> Report {
    let mut table = vec![TITLES.map(str::to_owned)];
    table.extend(pairs.iter().map(row));
    let widths: Vec<usize> =
        (0..TITLES.len()).map(|column| table.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0)).collect();
    let line = |row: &[String; 8]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = table.iter().map(line).collect();
    lines.push(String::new());
    for (coin, sum) in sums(pairs) {
        lines.push(format!("{coin}: {} invoices, {} at the provider, {} in the books", sum.invoices, sum.listed, sum.received));
    }
    let differences = pairs.iter().filter(|pair| pair.finding.is_some()).count();
    lines.push(format!("{differences} differences"));
    Report { text: lines.join("\n"), differences }
}

fn row(pair: &Pair<'_>) -> [String; 8] {
    let invoice = pair.books.map(|books| &books.invoice);
    let nothing = || "-".to_owned();
    let number = pair.answer.map(|answer| &answer.number).or_else(|| invoice?.number.as_ref());
    let shop = pair.books.map(|books| format!("{}/{}", books.invoice.state.code(), books.charge.code()));
    [
        number.map_or_else(nothing, ToString::to_string),
        invoice.map_or_else(nothing, |invoice| invoice.order.to_string()),
        coin(pair),
        pair.answer.map_or_else(nothing, |answer| status(&answer.status)),
        pair.answer.and_then(|answer| answer.amount_paid).map_or_else(nothing, |paid| paid.to_string()),
        if is_spare(pair) { nothing() } else { shop.unwrap_or_else(nothing) },
        if is_spare(pair) { nothing() } else { invoice.map_or_else(nothing, |invoice| invoice.received.to_string()) },
        verdict(pair),
    ]
}

/// Whether the provider's invoice is another one than ours, under our label.
fn is_spare(pair: &Pair<'_>) -> bool {
    pair.answer.zip(pair.books).is_some_and(|(answer, books)| books.invoice.number.as_ref() != Some(&answer.number))
}

fn coin(pair: &Pair<'_>) -> String {
    let ours = pair.books.map(|books| books.invoice.coin.code().to_owned());
    let theirs = || pair.answer.and_then(|answer| answer.coin.as_deref()).map(word);
    ours.or_else(theirs).unwrap_or_else(|| "-".to_owned())
}

fn verdict(pair: &Pair<'_>) -> String {
    match &pair.finding {
        Some(Finding::Unbooked) => "this money is not booked".to_owned(),
        Some(Finding::Unlisted) => "the provider does not list it".to_owned(),
        Some(Finding::Differs(what)) => format!("another {}", part(*what)),
        Some(Finding::Spare { .. }) => "a second invoice for this order holds money".to_owned(),
        Some(Finding::Gone) => "an order was served for it, and the money is gone".to_owned(),
        Some(Finding::Foreign) => "money on an invoice that is not of this shop".to_owned(),
        None => match pair.answer {
            Some(answer) if is_spare(pair) => spare_in_order(answer),
            Some(_) if pair.books.is_none() => "ok, not of this shop".to_owned(),
            _ => "ok".to_owned(),
        },
    }
}

fn spare_in_order(answer: &Answer) -> String {
    if holds_money(answer) { "ok, a case was opened" } else { "ok, a spare one and empty" }.to_owned()
}

fn part(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Number => "number",
        Mismatch::Label => "label",
        Mismatch::Coin => "coin",
        Mismatch::Address => "address",
        Mismatch::Price => "price",
    }
}

fn status(status: &Status) -> String {
    match status {
        Status::Created => "created".to_owned(),
        Status::Partial => "partial".to_owned(),
        Status::Paid => "paid".to_owned(),
        Status::Overpaid => "overpaid".to_owned(),
        Status::Canceled => "canceled".to_owned(),
        Status::Other(other) => word(other),
    }
}

/// A word of somebody else, fit for a terminal.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(WORD_CHARS_MAX).collect()
}

fn sums(pairs: &[Pair<'_>]) -> BTreeMap<String, Sum> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let add = |sum: CoinAmount, more: CoinAmount| sum.plus(more).unwrap_or(sum);
    for pair in pairs {
        let sum = sums.entry(coin(pair)).or_insert(Sum { invoices: 0, listed: CoinAmount::ZERO, received: CoinAmount::ZERO });
        sum.invoices += 1;
        sum.listed = add(sum.listed, pair.answer.and_then(|answer| answer.amount_paid).unwrap_or(CoinAmount::ZERO));
        // A spare one stands beside the line of our own.
        if let Some(books) = pair.books.filter(|_| !is_spare(pair)) {
            sum.received = add(sum.received, books.invoice.received);
        }
    }
    sums
}
