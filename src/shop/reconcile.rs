//! The nightly look at everything the provider holds (fact sheet sections 4 and 12.4): what the books do not know yet goes the one money
//! path, and what cannot go there is told to the staff. Nothing is booked here, so that running it twice is harmless.

mod compare;
mod report;

use std::collections::HashSet;

use time::OffsetDateTime;

pub use self::compare::{Books, Finding, Pair, compare};
pub use self::report::{Report, report};
use super::notice::{Notice, fresh, open_case, tell_staff};
use super::settle::{is_about_invoice, mismatch_told, says_money, tell_held};
use super::{Error, Result, Shop, job};
use crate::cryptocloud::{Client, Error as ProviderError};
use crate::domain::invoice::{Invoice, InvoiceNumber, InvoiceState};
use crate::domain::settlement::{Answer, OrderPayment, amount_paid};
use crate::store::{self, CaseKind, Conn, JobKind, NewCase};

/// How far back the nightly look goes, in days: an offer, its watch of 72 hours, and a bit.
pub const DAYS: u16 = 4;
const DAY_SECS: i64 = 24 * 3_600;
/// What is done about so many findings is one transaction: others write too.
const AT_ONCE: usize = 100;
/// Invoices that are named.
const NAMED_MAX: usize = 5;
/// Most letters of a label of ours; what is longer, or has other characters, is not asked for.
const LABEL_CHARS_MAX: usize = 32;

/// What the staff is told of invoices that are not as they should be.
struct Oddity {
    /// The setting that holds those of which they were told.
    told: &'static str,
    words: &'static str,
}

/// Money that is not this shop's: somebody may have made the invoice in the provider's dashboard.
const FOREIGN: Oddity = Oddity { told: "foreign-invoices-told", words: "paid invoices in the payment project that are not of this shop" };
/// Money that served an order, and of which the provider says now that it never came.
const GONE: Oddity =
    Oddity { told: "gone-invoices-told", words: "invoices that were served and for which the provider has no money any more" };

/// Since when invoices are looked at, in unix seconds UTC.
pub fn since(days: u16, now: i64) -> i64 {
    now - i64::from(days) * DAY_SECS
}

/// What the provider lists for the last `days`. Where its days begin is not known: one more on each side is asked for (OQ-12).
///
/// # Errors
/// When the provider does not answer, or not in a way that is understood.
pub async fn listed(provider: &Client, days: u16, now: i64) -> std::result::Result<Vec<Answer>, ProviderError> {
    let day = |secs: i64| OffsetDateTime::from_unix_timestamp(secs).map(OffsetDateTime::date);
    let (Ok(first), Ok(last)) = (day(since(days, now) - DAY_SECS), day(now + DAY_SECS)) else {
        return Err(ProviderError::Misconfigured("the clock is out of all bounds"));
    };
    provider.list(first, last).await
}

/// What the books say about every invoice begun since a moment, and about older ones that `answers` name. Read them after the answers: the
/// books may know more than the list, never less.
///
/// # Errors
/// When the store fails. A row that cannot be read is logged and left out.
pub async fn books(conn: &mut Conn, answers: &[Answer], since: i64) -> store::Result<Vec<Books>> {
    let mut invoices = Vec::new();
    for invoice in conn.invoices_begun_since(since).await? {
        invoices.extend(readable(invoice)?);
    }
    let mut numbers: HashSet<InvoiceNumber> = invoices.iter().filter_map(|invoice| invoice.number.clone()).collect();
    let mut ids: HashSet<String> = invoices.iter().map(|invoice| invoice.id.clone()).collect();
    for answer in answers.iter().filter(|answer| !numbers.contains(&answer.number)).collect::<Vec<_>>() {
        let label = answer.label.as_deref().filter(|label| is_label(label));
        let older = match readable(conn.invoice_by_number(&answer.number).await)?.flatten() {
            None if label.is_some_and(|label| ids.contains(label)) => None,
            None => match label {
                Some(label) => readable(conn.invoice(label).await)?.flatten(),
                None => None,
            },
            found => found,
        };
        if let Some(older) = older.filter(|older| ids.insert(older.id.clone())) {
            numbers.extend(older.number.clone());
            invoices.push(older);
        }
    }
    let mut books = Vec::with_capacity(invoices.len());
    for invoice in invoices {
        let Some(booked) = readable(conn.booked(&invoice).await)?.flatten() else { continue };
        let payment = match &booked.paid_by {
            // As the money path sees it: what was booked as credit, or settled by hand, buys nothing by itself any more.
            None if invoice.state == InvoiceState::Settled => OrderPayment::PaidByAnother,
            None => OrderPayment::Unpaid,
            Some(by) if *by == invoice.id => OrderPayment::PaidByThis,
            Some(_) => OrderPayment::PaidByAnother,
        };
        books.push(Books { payment, charge: booked.charge, credited: booked.credited, cases: booked.cases, invoice });
    }
    Ok(books)
}

/// One row that cannot be read must not hide the money of others.
fn readable<T>(row: store::Result<T>) -> store::Result<Option<T>> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(error @ store::Error::Corrupt { .. }) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an invoice is left out of the comparison with the provider's list");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether a label may be one of ours; what others wrote there may be anything.
fn is_label(label: &str) -> bool {
    label.len() <= LABEL_CHARS_MAX && label.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What is to be done about one finding.
enum Step {
    Recheck(Invoice),
    /// `held`: the invoice whose money its buyer is told of.
    Case {
        case: NewCase,
        held: Option<String>,
    },
}

impl Shop {
    /// Compares the books with the provider's list of the last [`DAYS`], and sees to it that every difference is looked after.
    ///
    /// # Errors
    /// When the provider or the store fails; then some or none of it was done, and it can be done again.
    pub async fn reconcile(&self) -> Result<()> {
        let now = self.now();
        let answers = match listed(&self.provider, DAYS, now).await {
            Ok(answers) => answers,
            Err(error) => {
                if !error.is_temporary() {
                    self.provider_trouble(&error.to_string()).await?;
                }
                return Err(Error::Provider(error));
            }
        };
        let since = since(DAYS, now);
        let books = {
            let mut conn = self.store.read().await?;
            books(&mut conn, &answers, since).await?
        };
        let pairs = compare(&books, &answers, since, now);
        let steps: Vec<Step> = pairs.iter().flat_map(steps).collect();
        let numbers = |finding: &Finding| -> Vec<String> {
            let found = pairs.iter().filter(|pair| pair.finding.as_ref() == Some(finding));
            found.filter_map(|pair| pair.answer.map(|answer| answer.number.to_string())).collect()
        };
        let (foreign, gone) = (numbers(&Finding::Foreign), numbers(&Finding::Gone));
        tracing::info!(
            invoices = pairs.len(),
            steps = steps.len(),
            foreign = foreign.len(),
            gone = gone.len(),
            "the books were compared with the provider's list"
        );
        self.take(steps).await?;
        self.tell_of(&FOREIGN, foreign).await?;
        self.tell_of(&GONE, gone).await
    }

    /// Tells the staff, once a day, that the comparison fails over and over: until it works nobody finds what everything else has missed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tell_of_no_comparison(&self, why: &str) -> Result<()> {
        let detail = format!("the books could not be compared with the provider's list: {why}");
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let about = format!("no-comparison:{}", clock.now().div_euclid(DAY_SECS));
                tell_staff(tx, &about, &Notice::ProviderTrouble { detail }, clock.now_millis()).await
            })
        })
        .await
    }

    async fn take(&self, steps: Vec<Step>) -> Result<()> {
        let mut steps = steps.into_iter();
        loop {
            let some: Vec<Step> = steps.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            let clock = self.clock.clone();
            self.write(move |tx| {
                Box::pin(async move {
                    for step in some {
                        match step {
                            Step::Recheck(invoice) => {
                                tracing::warn!(order.id = %invoice.order, invoice.id = %invoice.id, "the provider is asked about an invoice again");
                                tx.ask_for(&job(JobKind::Recheck, &invoice.id, clock.now()), clock.now_millis()).await?;
                            }
                            Step::Case { case, held } => {
                                let order = tx.order(&case.order).await?;
                                let opened = open_case(tx, case, clock.now_millis()).await?;
                                if let (true, Some(order), Some(invoice)) = (opened, order, held) {
                                    tell_held(tx, &order, &invoice, "", clock.now_millis()).await?;
                                }
                            }
                        }
                    }
                    Ok(())
                })
            })
            .await?;
        }
    }

    /// Tells the staff of invoices about which no case can be opened or solved here, of each once.
    async fn tell_of(&self, oddity: &'static Oddity, numbers: Vec<String>) -> Result<()> {
        let told: Vec<String> = self.store.read().await?.setting(oddity.told).await?.unwrap_or_default();
        if told == numbers {
            return Ok(());
        }
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let told: Vec<String> = tx.setting(oddity.told).await?.unwrap_or_default();
                let new: Vec<&str> = numbers.iter().filter(|number| !told.contains(number)).map(String::as_str).collect();
                // What left the list need not be remembered.
                tx.set_setting(oddity.told, &numbers).await?;
                let Some(first) = new.first() else { return Ok(()) };
                let detail = format!("{}: {} ({})", oddity.words, new.len(), some_of(&new));
                tell_staff(tx, &fresh(&format!("{}:{first}", oddity.told)), &Notice::ProviderTrouble { detail }, clock.now_millis()).await
            })
        })
        .await
    }
}

/// What a difference asks for. Money always goes the one path, which asks the provider anew and books what it finds.
fn steps(pair: &Pair<'_>) -> Vec<Step> {
    let (Some(books), Some(finding)) = (pair.books, &pair.finding) else { return Vec::new() };
    let invoice = &books.invoice;
    let case = |invoice_id: Option<&str>, detail: String, held: Option<String>| {
        let (order, invoice) = (invoice.order.clone(), invoice_id.map(str::to_owned));
        Step::Case { case: NewCase { order, invoice, kind: CaseKind::Mismatch, detail }, held }
    };
    match finding {
        Finding::Unbooked | Finding::Unlisted => vec![Step::Recheck(invoice.clone())],
        // In the words of the money path, so that both open one case.
        Finding::Differs(what) => {
            let is_nothing_yet = invoice.state != InvoiceState::Settled && books.payment != OrderPayment::PaidByThis;
            let told = pair.answer.map(|answer| {
                let came = is_about_invoice(*what) && says_money(amount_paid(invoice, answer).unwrap_or(invoice.received), answer);
                let held = (is_nothing_yet && came).then(|| invoice.id.clone());
                case(Some(&invoice.id), mismatch_told(*what, invoice, answer), held)
            });
            told.into_iter().chain([Step::Recheck(invoice.clone())]).collect()
        }
        // Not about our own invoice, whose money may well be booked.
        Finding::Spare { detail } => vec![case(None, detail.clone(), None)],
        Finding::Foreign | Finding::Gone => Vec::new(),
    }
}

fn some_of(numbers: &[&str]) -> String {
    let named: Vec<&str> = numbers.iter().take(NAMED_MAX).copied().collect();
    let more = if numbers.len() > NAMED_MAX { ", ..." } else { "" };
    format!("{}{more}", named.join(", "))
}
