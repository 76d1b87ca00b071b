//! Getting an address from the provider for an invoice that waits for one. Never makes two invoices where one may exist already.

use time::OffsetDateTime;

use super::card::refuse_offer;
use super::notice::{Notice, tell_staff};
use super::{Result, Shop, job};
use crate::cryptocloud::{Error as ProviderError, NewInvoice};
use crate::domain::invoice::{Invoice, InvoiceState, next_check_at};
use crate::domain::settlement::{Answer, amount_due, mismatch};
use crate::store::JobKind;

/// How long an address is asked for before the buyer is told that there is none, in seconds.
const ASKING_SECS: i64 = 120;
/// After so many seconds an offer that still waits for its address is given up, however that came about: the provider may answer, and so
/// many may want an address that its pace makes them wait.
const GIVE_UP_SECS: i64 = 600;
/// But not before it was asked for so many times: a clock that jumps takes no address from somebody who has just asked for one.
const TRIES_LEAST: i64 = 5;
/// Taken off the provider's own end of an offer, in seconds: money sent in the last moment must still arrive in time (fact sheet 15.13).
const MARGIN_SECS: i64 = 60;

const DAY_SECS: i64 = 24 * 3_600;

/// A list that was read so long after an address was asked for, in seconds, holds the invoice if there is one.
const LISTED_AFTER_SECS: i64 = 2;
/// How long a list may be used, in seconds.
const LISTING_SECS: i64 = 10;

/// What the provider had when it was last looked through.
pub(super) struct Listing {
    /// Unix seconds UTC.
    read_at: i64,
    answers: Vec<Answer>,
}

/// How asking for an address went.
#[derive(Debug)]
pub enum Asked {
    /// There is an address, or there will never be one; the card tells which.
    Settled,
    /// The provider could not be asked, or gave half an answer: ask again at this time (unix seconds UTC).
    Later { at: i64, error: String },
}

/// Why an invoice cannot be offered.
enum Unfit {
    Coin(&'static str),
    Shop(String),
}

impl Shop {
    /// Asks the provider for the address of an invoice. `attempt` counts from 1: from the second on the invoice may exist there already.
    pub async fn ask_for_address(&self, id: &str, attempt: i64) -> Result<Asked> {
        let Some(invoice) = self.store.read().await?.invoice(id).await? else { return Ok(Asked::Settled) };
        let wanted = invoice.state == InvoiceState::Creating;
        if !wanted && (invoice.number.is_some() || attempt <= 1) {
            return Ok(Asked::Settled);
        }
        if wanted && is_too_late(&invoice, attempt, self.now(), GIVE_UP_SECS) {
            // Whatever kept it from ending in time: a buyer does not wait for ever, nor does the stock.
            self.give_up(&invoice, "it took too long", false).await?;
            return Ok(Asked::Settled);
        }
        match self.created(&invoice, wanted).await {
            Ok(Some(answer)) => self.offer(&invoice, answer).await,
            Ok(None) if wanted => self.not_asked(&invoice, attempt, ProviderError::Garbled("it does not know its own invoice")).await,
            // Nobody wants it any more, and nothing was made of it.
            Ok(None) => Ok(Asked::Settled),
            Err(error) => self.not_asked(&invoice, attempt, error).await,
        }
    }

    /// The provider's invoice: the one that is there, else a new one when it is still wanted. Its number is kept before anything else.
    async fn created(&self, invoice: &Invoice, wanted: bool) -> std::result::Result<Option<Answer>, ProviderError> {
        // Nothing is written for a question that would not be sent.
        self.provider.may_be_asked()?;
        let made = match &invoice.number {
            Some(number) => return self.provider.info_of(number).await,
            // After an answer that never came the invoice may exist: look before a second one is made (fact sheet section 2).
            None if invoice.checked_at > 0 => self.found(invoice).await?,
            None => None,
        };
        let made = match made {
            Some(made) => made,
            None if !wanted => return Ok(None),
            None => self.create(invoice).await?,
        };
        let (id, number) = (invoice.id.clone(), made.number.clone());
        if let Err(error) = self.store.write(move |tx| Box::pin(async move { tx.set_invoice_number(&id, &number).await })).await {
            // The next attempt finds it by its label.
            tracing::error!(invoice.id = %invoice.id, error = &error as &dyn std::error::Error, "the number of an invoice could not be kept");
            return Err(ProviderError::Timeout);
        }
        if !wanted {
            return Ok(Some(made));
        }
        // Read again: only this answer tells what the payer must send when fees are the payer's (fact sheet 11.2).
        let read = self.provider.info_of(&made.number).await?;
        Ok(Some(read.map_or(made.clone(), |read| merged(made, read))))
    }

    /// A new invoice at the provider. That it is asked for is kept first, unless it surely was not.
    async fn create(&self, invoice: &Invoice) -> std::result::Result<Answer, ProviderError> {
        self.note_asked(invoice, self.now()).await?;
        let label = invoice.id.clone();
        let new = NewInvoice { label, price: invoice.price, coin: invoice.coin, lifetime_secs: invoice.offer_ends_at - invoice.created_at };
        let made = self.provider.create(&new).await;
        if made.as_ref().is_err_and(|error| !error.may_have_happened()) {
            self.note_asked(invoice, 0).await?;
        }
        made
    }

    async fn note_asked(&self, invoice: &Invoice, at: i64) -> std::result::Result<(), ProviderError> {
        let id = invoice.id.clone();
        self.store.write(move |tx| Box::pin(async move { tx.note_asked(&id, at).await })).await.map_err(|error| {
            tracing::error!(invoice.id = %invoice.id, error = &error as &dyn std::error::Error, "that an address is asked for could not be kept");
            ProviderError::Garbled("the shop's own database failed")
        })
    }

    /// The provider's invoice that carries our id, when there is one. Where its days begin is not known: one more on each side is looked at.
    async fn found(&self, invoice: &Invoice) -> std::result::Result<Option<Answer>, ProviderError> {
        let day = |secs: i64| OffsetDateTime::from_unix_timestamp(secs).map(OffsetDateTime::date);
        let (Ok(first), Ok(last)) = (day(invoice.created_at - DAY_SECS), day(self.now() + DAY_SECS)) else { return Ok(None) };
        // After a crash many may be looked for at once: whoever waits for the lock shares the list that was read meanwhile.
        let mut listing = self.listing.lock().await;
        let (now, from) = (self.now(), invoice.checked_at + LISTED_AFTER_SECS);
        // One from the future is from before the clock was set back, and may be older than the question.
        if listing.as_ref().is_none_or(|listing| listing.read_at < from || !(0..=LISTING_SECS).contains(&(now - listing.read_at))) {
            *listing = Some(Listing { read_at: now, answers: self.provider.list(first, last).await? });
        }
        let mut listed = listing.iter().flat_map(|listing| &listing.answers);
        Ok(listed.find(|answer| answer.label.as_deref() == Some(invoice.id.as_str())).cloned())
    }

    async fn offer(&self, invoice: &Invoice, answer: Answer) -> Result<Asked> {
        let due = amount_due(&answer);
        let unfit = if answer.test_mode && !self.rules.accept_test_invoices {
            Some(Unfit::Shop("the project is in test mode: addresses of test invoices are not shown".to_owned()))
        } else if let Some(mismatch) = mismatch(invoice, &answer) {
            Some(Unfit::Shop(format!("the provider made another invoice than was asked for: {mismatch:?} differs")))
        } else if answer.address.is_none() {
            Some(Unfit::Coin("no address: the coin is off in the project, or H2H is not enabled"))
        } else if due.is_none() {
            Some(Unfit::Coin("no amount in the coin"))
        } else {
            None
        };
        match (unfit, answer.address, due) {
            (None, Some(address), Some(due)) => {
                let (id, order, number, clock) = (invoice.id.clone(), invoice.order.clone(), answer.number, self.clock.clone());
                let ends_at = answer.expires_at.map_or(invoice.offer_ends_at, |end| end.min(invoice.offer_ends_at)) - MARGIN_SECS;
                if ends_at <= self.now() {
                    self.provider_trouble("its addresses end before anybody can pay to them: its clock or this machine's is wrong").await?;
                }
                if answer.client_pays_fee || answer.client_pays_service_fee {
                    tracing::warn!(invoice.id = %id, "the project makes buyers pay the provider's fees; set both fees to the merchant");
                }
                self.write(move |tx| {
                    Box::pin(async move {
                        let now = clock.now();
                        tx.lock_order(&order).await?;
                        tx.attach_offer(&id, &number, &address, due, ends_at).await?;
                        let Some(invoice) = tx.invoice(&id).await? else { return Ok(()) };
                        let next = next_check_at(&invoice, now).unwrap_or(now);
                        tx.ask_for(&job(JobKind::Recheck, &id, next), clock.now_millis()).await?;
                        tx.ask_for(&job(JobKind::Card, invoice.order.as_str(), now), clock.now_millis()).await
                    })
                })
                .await?;
            }
            (Some(Unfit::Shop(why)), ..) => self.give_up(invoice, &why, true).await?,
            (Some(Unfit::Coin(why)), ..) => {
                self.refuse_coin(invoice.coin);
                self.give_up(invoice, &format!("{}: {why}", invoice.coin.code()), true).await?;
            }
            (None, ..) => self.give_up(invoice, "half an answer", true).await?,
        }
        Ok(Asked::Settled)
    }

    async fn not_asked(&self, invoice: &Invoice, attempt: i64, error: ProviderError) -> Result<Asked> {
        let now = self.now();
        let why = error.to_string();
        let hopeless = matches!(error, ProviderError::Refused { .. });
        // A price that is too small for a coin says nothing about the coin.
        let about_price = matches!(&error, ProviderError::Refused { field: Some(field), .. } if field == "amount");
        if hopeless && !about_price {
            self.refuse_coin(invoice.coin);
        }
        if matches!(error, ProviderError::Unauthorized | ProviderError::Moved { .. } | ProviderError::Misconfigured(_)) {
            self.provider_trouble(&why).await?;
        }
        // Whoever is held up by the pace alone is served in time: the provider answers.
        let asking_secs = if matches!(error, ProviderError::RateLimited { .. }) { GIVE_UP_SECS } else { ASKING_SECS };
        if hopeless || is_too_late(invoice, attempt, now, asking_secs) || invoice.state != InvoiceState::Creating && !error.is_temporary() {
            self.give_up(invoice, &why, hopeless).await?;
            return Ok(Asked::Settled);
        }
        // 2, 4, 8, then every 10 seconds: a buyer waits in front of the card.
        let pause_secs = 2_i64.saturating_pow(u32::try_from(attempt.clamp(1, 4)).unwrap_or(4)).min(10);
        Ok(Asked::Later { at: now + pause_secs, error: why })
    }

    /// An address was asked for too often: see [`Shop::ask_for_address`].
    pub async fn give_up_offer(&self, id: &str, why: &str) -> Result<()> {
        match self.store.read().await?.invoice(id).await? {
            Some(invoice) => self.give_up(&invoice, why, true).await,
            None => Ok(()),
        }
    }

    /// Ends the asking: the buyer is offered other coins, the stock goes back, the staff hears when they can mend it.
    async fn give_up(&self, invoice: &Invoice, why: &str, tell: bool) -> Result<()> {
        tracing::warn!(invoice.id = %invoice.id, coin = invoice.coin.code(), why, "no address for an invoice");
        let (invoice, clock, why) = (invoice.clone(), self.clock.clone(), why.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                refuse_offer(tx, &invoice, clock.now(), clock.now_millis()).await?;
                if tell {
                    // Once an hour for one reason: a coin that is off is met by every buyer.
                    let about = format!("offer:{}:{}:{}", invoice.coin.code(), clock.now() / 3_600, reason(&why));
                    tell_staff(tx, &about, &Notice::ProviderTrouble { detail: why }, clock.now_millis()).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Tells the staff that the provider does not take our word any more, once an hour.
    pub(super) async fn provider_trouble(&self, why: &str) -> Result<()> {
        tracing::error!(why, "the payment provider refuses this shop");
        let (clock, why) = (self.clock.clone(), why.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let about = format!("provider:{}:{}", clock.now() / 3_600, reason(&why));
                tell_staff(tx, &about, &Notice::ProviderTrouble { detail: why }, clock.now_millis()).await
            })
        })
        .await
    }
}

/// What is the same in every telling of one trouble: numbers of invoices and amounts are not.
fn reason(why: &str) -> String {
    why.chars().filter(|c| c.is_alphabetic()).take(60).collect()
}

/// Whether an address that was asked for `attempt` times is waited for no longer, after so many seconds.
fn is_too_late(invoice: &Invoice, attempt: i64, now: i64, secs: i64) -> bool {
    // Where little of the offer would be left, an address is of no use.
    now - invoice.created_at >= secs && (attempt >= TRIES_LEAST || now + GIVE_UP_SECS >= invoice.offer_ends_at)
}

/// What is known from both answers: the second one wins where it says something.
fn merged(made: Answer, read: Answer) -> Answer {
    Answer {
        coin: read.coin.or(made.coin),
        address: read.address.or(made.address),
        amount: read.amount.or(made.amount),
        price: read.price.or(made.price),
        label: read.label.or(made.label),
        test_mode: read.test_mode || made.test_mode,
        expires_at: read.expires_at.or(made.expires_at),
        client_pays_fee: read.client_pays_fee || made.client_pays_fee,
        client_pays_service_fee: read.client_pays_service_fee || made.client_pays_service_fee,
        fee: read.fee.or(made.fee),
        service_fee: read.service_fee.or(made.service_fee),
        ..read
    }
}
