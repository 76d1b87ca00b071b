//! The one money path: ask the provider about invoices, decide what each answer means, and carry that out in one transaction.

mod money;
mod questions;

use std::time::Duration;

use self::money::Money;
use self::questions::with_what_came;
pub(super) use self::questions::{is_about_invoice, mismatch_told, says_money, tell_held};
use super::card::close_unpaid;
use super::{Result, Shop, job};
use crate::cryptocloud::Error as ProviderError;
use crate::domain::invoice::{Invoice, InvoiceState, next_check_at};
use crate::domain::money::CoinAmount;
use crate::domain::order::{Charge, Order};
use crate::domain::settlement::{Answer, Mismatch, OrderPayment, Rules, Status, Verdict, amount_is_untold, amount_paid, decide};
use crate::store::{self, CaseKind, Conn, JobKind, PaymentFact};

/// How long the provider is given after a failed question before it is asked again, in seconds.
const TROUBLE_SECS: i64 = 15;
/// The same when it tells about others, in seconds.
const TROUBLE_ALONE_SECS: i64 = 300;
/// Least time between two questions about one invoice, in seconds, however often a buyer taps (fact sheet 12.4).
const PAUSE_SECS: i64 = 5;
/// The same while it has told something of an invoice that it does not say when it is asked.
const NEWS_PAUSE_SECS: i64 = 20;
/// An invoice that the provider does not know for so long is a case, in seconds.
const UNKNOWN_SECS: i64 = 900;
/// Offers that are taken back at the provider after one question: each is a call of its own.
const WITHDRAWN_MAX: usize = 3;
/// How long that may take, their turns included. What was not taken back is tried again with the next question.
const WITHDRAW_WITHIN: Duration = Duration::from_secs(5);

/// Questions that nobody waits for fall on multiples of this, in seconds: many invoices are then one question (up to 100), and the
/// provider's pace is kept however many are open.
const ROUND_SECS: i64 = 5;

/// What to ask the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Our id of the invoice that it is about.
    pub invoice: String,
    /// Until when to ask often (unix seconds UTC): the provider has told something of it that it does not say yet when it is asked.
    pub news_until: Option<i64>,
}

/// When a question about an invoice is due again (unix seconds UTC); none: never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rechecked {
    Next(Option<i64>),
    Trouble { at: i64, error: String },
}

impl Shop {
    /// Asks the provider these questions in one go, and books what it says. The answers are in the order of the questions.
    pub async fn recheck(&self, questions: &[Question]) -> Vec<Result<Rechecked>> {
        let invoices = match self.known(questions).await {
            Ok(invoices) => invoices,
            Err(error) => return self.all_in_trouble(questions, &error.to_string()),
        };
        let mut withdrawn = Vec::new();
        let numbers: Vec<_> = invoices.iter().filter_map(|known| known.as_ref().ok()?.as_ref()?.number.clone()).collect();
        let told = match self.provider.info(&numbers).await {
            Ok(told) => told,
            Err(error) => return self.provider_failed(questions, &invoices, error).await,
        };
        let mut results = Vec::with_capacity(questions.len());
        for (question, invoice) in questions.iter().zip(invoices) {
            results.push(match invoice {
                Ok(Some(invoice)) => match invoice.number.as_ref().map_or(Ok(None), |number| told.about(number)) {
                    Err(error) if self.now() < invoice.watch_ends_at => {
                        self.hide_what_is_over(&invoice).await;
                        // One that spoils what the provider says of others costs many questions.
                        let pause = if error.may_be_about_one() { TROUBLE_ALONE_SECS } else { TROUBLE_SECS };
                        Ok(Rechecked::Trouble { at: self.now() + pause, error: error.to_string() })
                    }
                    answer => {
                        let answer = answer.unwrap_or_default();
                        withdrawn.extend(answer.filter(|answer| is_withdrawn(&invoice, answer)).map(|answer| answer.number.clone()));
                        let is_told = answer.is_some_and(|answer| matches!(answer.status, Status::Paid | Status::Overpaid));
                        let news_until = question.news_until.filter(|_| !is_told);
                        self.settle(&invoice, answer).await.map(|next| Rechecked::Next(sooner(next, news_until, self.now())))
                    }
                },
                Ok(None) => Ok(Rechecked::Next(None)),
                // One row that cannot be read must not keep the money of others waiting.
                Err(error) => Err(error.into()),
            });
        }
        // Only once everything is booked, and not for long: a provider that hangs here must not keep anybody's goods.
        let taken_back = withdrawn.iter().take(WITHDRAWN_MAX).map(|number| async move {
            let error = match tokio::time::timeout(WITHDRAW_WITHIN, self.provider.cancel(number)).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(_) => ProviderError::Timeout,
            };
            tracing::info!(invoice.number = %number, error = %error, "an offer could not be taken back at the provider");
        });
        futures_util::future::join_all(taken_back).await;
        results
    }

    /// Asks for a question about the invoices of an order now, or as soon as the last one is long enough ago.
    pub async fn check_now(&self, order: &Order) -> Result<bool> {
        let (id, clock) = (order.id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut asked = false;
                for invoice in tx.invoices_of(&id).await?.iter().filter(|invoice| invoice.number.is_some()) {
                    // A moment that has not come yet is from before the clock was set back.
                    let now = clock.now();
                    let at = now.max(invoice.checked_at.min(now) + PAUSE_SECS);
                    tx.ask_for(&job(JobKind::Recheck, &invoice.id, at), clock.now_millis()).await?;
                    asked = true;
                }
                Ok(asked)
            })
        })
        .await
    }

    async fn known(&self, questions: &[Question]) -> Result<Vec<store::Result<Option<Invoice>>>> {
        let mut conn = self.store.read().await?;
        let mut invoices = Vec::with_capacity(questions.len());
        for question in questions {
            invoices.push(conn.invoice(&question.invoice).await);
        }
        Ok(invoices)
    }

    fn all_in_trouble(&self, questions: &[Question], error: &str) -> Vec<Result<Rechecked>> {
        let at = self.now() + TROUBLE_SECS;
        questions.iter().map(|_| Ok(Rechecked::Trouble { at, error: error.to_owned() })).collect()
    }

    /// Nothing was learned.
    async fn provider_failed(
        &self,
        questions: &[Question],
        invoices: &[store::Result<Option<Invoice>>],
        error: ProviderError,
    ) -> Vec<Result<Rechecked>> {
        if !error.is_temporary()
            && let Err(error) = self.provider_trouble(&error.to_string()).await
        {
            tracing::error!(error = &error as &dyn std::error::Error, "trouble with the provider could not be told");
        }
        for invoice in invoices.iter().filter_map(|known| known.as_ref().ok()?.as_ref()) {
            self.hide_what_is_over(invoice).await;
        }
        self.all_in_trouble(questions, &error.to_string())
    }

    /// Nothing is known of an invoice just now; its card hides the address all the same once its time is over.
    async fn hide_what_is_over(&self, invoice: &Invoice) {
        if invoice.state == InvoiceState::Offered
            && self.now() >= invoice.offer_ends_at
            && let Err(error) = self.refresh_card(&invoice.order).await
        {
            tracing::error!(order.id = %invoice.order, error = &error as &dyn std::error::Error, "a card could not be asked for");
        }
    }

    /// Books what was said about one invoice; tells when to ask again.
    async fn settle(&self, invoice: &Invoice, answer: Option<&Answer>) -> Result<Option<i64>> {
        let (id, answer, rules, clock) = (invoice.id.clone(), answer.cloned(), self.rules, self.clock.clone());
        let write = self.write(move |tx| {
            Box::pin(async move {
                match answer {
                    Some(answer) => book(tx, &id, &answer, rules, clock.now_millis()).await,
                    None => pass_over(tx, &id, clock.now_millis()).await,
                }
            })
        });
        write.await
    }
}

/// Whether an offer was taken back here and still stands at the provider, which should not take money for it either.
fn is_withdrawn(invoice: &Invoice, answer: &Answer) -> bool {
    let here = matches!(invoice.state, InvoiceState::Superseded | InvoiceState::Cancelled);
    here && answer.status == Status::Created && answer.amount_paid.is_none_or(CoinAmount::is_zero)
}

/// The provider has said nothing about an invoice. Tells when to ask again.
async fn pass_over(tx: &mut Conn, id: &str, now_millis: i64) -> store::Result<Option<i64>> {
    let now = now_millis.div_euclid(1_000);
    let Some(invoice) = tx.invoice(id).await? else { return Ok(None) };
    tx.lock_order(&invoice.order).await?;
    let (Some(invoice), Some(order)) = (tx.invoice(id).await?, tx.order(&invoice.order).await?) else { return Ok(None) };
    let policy = tx.policy().await?;
    let money = Money { order: &order, invoice: &invoice, policy, received: invoice.received, now_millis };
    if invoice.number.is_some() && now - invoice.created_at > UNKNOWN_SECS {
        let detail = "the provider does not know this invoice";
        // Money that it told of before makes it another case.
        let detail = match invoice.received {
            received if received.is_zero() => detail.to_owned(),
            received => format!("{detail}; {received} {} came", invoice.coin.asset()),
        };
        money.case(tx, CaseKind::Mismatch, detail).await?;
    }
    end_of_offer(tx, &money).await?;
    Ok(next_check_at(&invoice, now).map(in_rounds))
}

/// Whatever the provider says or does not say: an address leaves the card when its time is over, and what is set aside goes back when
/// nobody asks about the invoice any more.
async fn end_of_offer(tx: &mut Conn, money: &Money<'_>) -> store::Result<()> {
    let (invoice, now) = (money.invoice, money.now());
    if invoice.state != InvoiceState::Offered || now < invoice.offer_ends_at {
        return Ok(());
    }
    if now >= invoice.watch_ends_at {
        return money.end_offer(tx).await;
    }
    tx.ask_for(&job(JobKind::Card, money.order.id.as_str(), now), money.now_millis).await
}

/// Books one answer about one invoice: everything that follows from it, or nothing. Tells when to ask again.
async fn book(tx: &mut Conn, id: &str, answer: &Answer, rules: Rules, now_millis: i64) -> store::Result<Option<i64>> {
    let now = now_millis.div_euclid(1_000);
    let Some(invoice) = tx.invoice(id).await? else { return Ok(None) };
    tx.lock_order(&invoice.order).await?;
    // Read again behind the lock: what was read before it may be old.
    let (Some(invoice), Some(order)) = (tx.invoice(id).await?, tx.order(&invoice.order).await?) else { return Ok(None) };
    let payment = match &order.paid_by {
        // Its money was booked as credit: it buys nothing by itself any more.
        None if invoice.state == InvoiceState::Settled => OrderPayment::PaidByAnother,
        None => OrderPayment::Unpaid,
        Some(by) if *by == invoice.id => OrderPayment::PaidByThis,
        Some(_) => OrderPayment::PaidByAnother,
    };
    let verdict = decide(&invoice, payment, answer, rules, now);
    let received = amount_paid(&invoice, answer).unwrap_or(invoice.received);
    if received != CoinAmount::ZERO || !matches!(verdict, Verdict::Wait | Verdict::Expire) {
        let mut txs = answer.txs.clone();
        txs.sort();
        let status = status_word(&answer.status).to_owned();
        tx.add_fact(&PaymentFact { invoice: invoice.id.clone(), status, paid: received, txs }, now).await?;
    }
    let (has, lacks) = match verdict {
        // What is said of something else tells nothing of this invoice; what came for another price came to its address.
        Verdict::Mismatch(what) if what != Mismatch::Price => (invoice.received, invoice.missing),
        // What is only seen is news once it counts, also where what came before is settled.
        Verdict::Unconfirmed { .. } if invoice.state == InvoiceState::Settled => (invoice.received, invoice.missing),
        // What has served an order was there, whatever is said of it later.
        Verdict::Settled { .. } if received < invoice.received => (invoice.received, invoice.missing),
        _ => (received, answer.to_surcharge),
    };
    tx.note_check(&invoice.id, has, lacks, now).await?;
    let (is_part, is_over) =
        (matches!(verdict, Verdict::Partial { .. }), matches!(verdict, Verdict::Short { .. } | Verdict::Duplicate { .. }));
    let money = Money { order: &order, invoice: &invoice, policy: tx.policy().await?, received, now_millis };
    match verdict {
        Verdict::Wait => money.is_gone(tx, answer).await?,
        Verdict::Partial { .. } => {
            money.note_part(tx, received).await?;
            if answer.is_closed {
                // A rule of the project's took the part for the whole (fact sheet OQ-18): goods are not given away for it without a word.
                let detail = format!("the provider is done with it, though only {received} {} came", invoice.coin.asset());
                money.case(tx, CaseKind::UnknownStatus, detail).await?;
            }
        }
        Verdict::Deliver { surplus } => money.deliver(tx, surplus, answer).await?,
        Verdict::Settled { surplus } => money.settle_surplus(tx, surplus).await?,
        Verdict::Duplicate { paid } => money.bought_nothing(tx, paid, answer).await?,
        Verdict::Unconfirmed { paid, whole } => money.wait_for(tx, paid, whole).await?,
        // A part of which no amount was ever told left its mark on the order alone.
        Verdict::Expire if order.charge == Charge::Partial && money.is_the_only_part(tx).await? => money.lost_count(tx, answer).await?,
        Verdict::Expire => close_unpaid(tx, &order, &invoice, now, now_millis).await?,
        Verdict::Unclear => money.lost_count(tx, answer).await?,
        Verdict::Short { paid } => {
            money.keep_short(tx, paid).await?;
            money.forget_part(tx).await?;
            close_unpaid(tx, &order, &invoice, now, now_millis).await?;
        }
        Verdict::Mismatch(what) if !is_about_invoice(what) => {
            money.case(tx, CaseKind::Mismatch, mismatch_told(what, &invoice, answer)).await?;
        }
        Verdict::Mismatch(what) => {
            money.doubt(tx, CaseKind::Mismatch, mismatch_told(what, &invoice, answer), answer).await?;
        }
        Verdict::TestMode => {
            money.doubt(tx, CaseKind::TestMode, "test money was paid".to_owned(), answer).await?;
        }
        Verdict::Unknown(word) => {
            let detail = with_what_came(format!("the provider says {word:?}"), &invoice, answer);
            money.doubt(tx, CaseKind::UnknownStatus, detail, answer).await?;
            money.hold(tx).await?;
        }
    }
    if amount_is_untold(&invoice, answer) && (is_part || answer.status == Status::Overpaid || is_over) {
        money.untold(tx, answer).await?;
    }
    let Some(invoice) = tx.invoice(id).await? else { return Ok(None) };
    end_of_offer(tx, &Money { invoice: &invoice, ..money }).await?;
    Ok(next_check_at(&invoice, now).map(in_rounds))
}

/// When to ask again: as due, or soon while news are not confirmed.
fn sooner(next: Option<i64>, news_until: Option<i64>, now: i64) -> Option<i64> {
    let soon = news_until.filter(|until| now < *until).map(|_| in_rounds(now + NEWS_PAUSE_SECS));
    soon.into_iter().chain(next).min()
}

fn in_rounds(at: i64) -> i64 {
    at + (ROUND_SECS - at.rem_euclid(ROUND_SECS)) % ROUND_SECS
}

pub(super) fn status_word(status: &Status) -> &str {
    match status {
        Status::Created => "created",
        Status::Partial => "partial",
        Status::Paid => "paid",
        Status::Overpaid => "overpaid",
        Status::Canceled => "canceled",
        Status::Other(word) => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::coin::Coin;
    use crate::domain::invoice::InvoiceNumber;
    use crate::domain::money::{Currency, Fiat};
    use crate::domain::order::OrderId;

    #[test]
    fn questions_that_nobody_waits_for_fall_on_rounds_and_never_earlier_than_they_are_due() {
        for (due, at) in [(0, 0), (1, 5), (4, 5), (5, 5), (6, 10), (1_780_315_201, 1_780_315_205), (-1, 0)] {
            assert_eq!(in_rounds(due), at, "{due}");
        }
    }

    #[test]
    fn news_that_are_not_confirmed_are_asked_about_soon_until_their_time_is_over() {
        assert_eq!(sooner(Some(4_000), Some(500), 100), Some(120));
        assert_eq!(sooner(Some(105), Some(500), 100), Some(105), "it is due earlier anyway");
        assert_eq!(sooner(None, Some(500), 101), Some(125), "also when it was never to be asked about again");
        assert_eq!(sooner(Some(4_000), Some(500), 500), Some(4_000));
        assert_eq!(sooner(None, None, 100), None);
    }

    #[test]
    fn a_status_is_written_down_in_the_words_of_the_provider() {
        let statuses =
            [Status::Created, Status::Partial, Status::Paid, Status::Overpaid, Status::Canceled, Status::Other("odd".to_owned())];
        assert_eq!(statuses.each_ref().map(status_word), ["created", "partial", "paid", "overpaid", "canceled", "odd"]);
    }

    #[test]
    fn only_an_empty_offer_that_was_left_here_and_still_stands_there_is_taken_back_there() {
        let number = InvoiceNumber::parse("K7Q2ZP9M").unwrap();
        for state in InvoiceState::ALL {
            let invoice = Invoice {
                id: "inv-1".to_owned(),
                order: OrderId::parse("ABCDEFGH").unwrap(),
                coin: Coin::Btc,
                state,
                price: Fiat::new(1_000, Currency::Usd),
                number: Some(number.clone()),
                address: None,
                due: None,
                received: CoinAmount::ZERO,
                missing: None,
                created_at: 0,
                offer_ends_at: 0,
                watch_ends_at: 0,
                checked_at: 0,
            };
            let left = matches!(state, InvoiceState::Superseded | InvoiceState::Cancelled);
            for (status, paid, stands_empty) in [
                (Status::Created, None, true),
                (Status::Created, Some("0"), true),
                (Status::Created, Some("1"), false),
                (Status::Partial, None, false),
                (Status::Canceled, None, false),
            ] {
                let answer = Answer {
                    number: number.clone(),
                    status,
                    coin: None,
                    address: None,
                    amount: None,
                    amount_to_pay: None,
                    amount_paid: paid.map(|paid| CoinAmount::parse(paid).unwrap()),
                    to_surcharge: None,
                    credited: None,
                    is_closed: false,
                    price: None,
                    label: None,
                    test_mode: false,
                    txs: Vec::new(),
                    expires_at: None,
                    client_pays_fee: false,
                    client_pays_service_fee: false,
                    fee: None,
                    service_fee: None,
                };
                assert_eq!(is_withdrawn(&invoice, &answer), left && stands_empty, "{state:?} {answer:?}");
            }
        }
    }
}
