//! What a person is asked about one invoice's money, and when that has its answer.

use super::money::Money;
use super::status_word;
use crate::domain::coin::Coin;
use crate::domain::invoice::{Invoice, InvoiceState};
use crate::domain::money::CoinAmount;
use crate::domain::order::Order;
use crate::domain::settlement::{Answer, Mismatch, Status, amount_paid, worth};
use crate::shop::notice::{Notice, SAME_CASES_MAX, open_case, tell};
use crate::store::{self, Case, CaseKind, Conn, NewCase};

/// The cases about an invoice's money that end when its price has come; how much came on top of it may still be unclear.
const QUESTIONS: [CaseKind; 3] = [CaseKind::Short, CaseKind::UnknownStatus, CaseKind::Mismatch];

impl Money<'_> {
    /// What was asked about this invoice's money has an answer, and nobody need decide about it any more: about how much it is when that is
    /// clear as well.
    pub async fn is_answered(&self, tx: &mut Conn, is_clear: bool, how: &str) -> store::Result<()> {
        self.close(tx, &QUESTIONS, how).await?;
        if is_clear { self.close(tx, &[CaseKind::UnclearAmount], how).await } else { Ok(()) }
    }

    pub async fn close(&self, tx: &mut Conn, kinds: &[CaseKind], how: &str) -> store::Result<()> {
        for kind in kinds {
            tx.close_cases_of_invoice(&self.invoice.id, *kind, how, self.now()).await?;
        }
        Ok(())
    }

    /// The seller decides; the buyer knows that the money is there.
    pub async fn ask(&self, tx: &mut Conn, kind: CaseKind, detail: String) -> store::Result<()> {
        // What was gone when somebody decided, and is there again, is asked about once more.
        let is_back = self.received > self.invoice.received && self.invoice.state != InvoiceState::Settled;
        let is_asked = self.case(tx, kind, detail.clone()).await? || (is_back && self.case_again(tx, kind, &detail).await?);
        if !is_asked {
            // Said before, and perhaps decided since.
            return Ok(());
        }
        self.tell_held(tx).await
    }

    /// Opens a case about an answer that is not as it should be. Whoever has sent money that bought nothing yet is told that a person decides
    /// about it.
    pub async fn doubt(&self, tx: &mut Conn, kind: CaseKind, detail: String, answer: &Answer) -> store::Result<()> {
        let is_nothing_yet = self.invoice.state != InvoiceState::Settled && self.order.paid_by.as_ref() != Some(&self.invoice.id);
        if self.case(tx, kind, detail).await? && is_nothing_yet && says_money(self.received, answer) {
            self.tell_held(tx).await?;
        }
        Ok(())
    }

    /// The buyer reads that their money is there, and that somebody decides about it.
    async fn tell_held(&self, tx: &mut Conn) -> store::Result<()> {
        // Once for an invoice, and once more for what comes after somebody has decided.
        let after = if tx.is_decided(&self.invoice.id).await? { ":decided" } else { "" };
        tell_held(tx, self.order, &self.invoice.id, after, self.now_millis).await
    }

    /// Money is there, and the provider does not say how much: a person must look.
    pub async fn untold(&self, tx: &mut Conn, answer: &Answer) -> store::Result<()> {
        let asset = self.invoice.coin.asset();
        let mut detail = format!("{}, and the provider does not say how much came", status_word(&answer.status));
        if !self.invoice.received.is_zero() {
            detail = format!("{detail}; it was {} {asset} before", self.invoice.received);
        }
        if let Some(credited) = answer.credited.filter(|credited| !credited.is_zero()) {
            detail = format!("{detail}; your balance got {credited} {asset}");
        }
        self.unclear(tx, detail).await
    }

    /// A person must find out what this money is; its owner knows that it is there.
    pub async fn unclear(&self, tx: &mut Conn, detail: String) -> store::Result<()> {
        self.ask(tx, CaseKind::UnclearAmount, detail).await
    }

    /// Opens a case like one that was closed; false when that one is open, or the same has come too often.
    pub async fn case_again(&self, tx: &mut Conn, kind: CaseKind, detail: &str) -> store::Result<bool> {
        let is_open = |case: &Case| case.kind == kind && case.invoice.as_ref() == Some(&self.invoice.id);
        if tx.open_cases_of(&self.order.id).await?.iter().any(is_open) {
            return Ok(false);
        }
        for time in 2..=SAME_CASES_MAX {
            if self.case(tx, kind, format!("{detail} ({time})")).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Opens a case about this invoice; tells whether it was not there before, open or closed.
    pub async fn case(&self, tx: &mut Conn, kind: CaseKind, detail: String) -> store::Result<bool> {
        let case = NewCase { order: self.order.id.clone(), invoice: Some(self.invoice.id.clone()), kind, detail };
        open_case(tx, case, self.now_millis).await
    }

    /// Whether the money that was known of is credit, was asked about, or is worth nothing.
    pub async fn was_looked_after(&self, tx: &mut Conn) -> store::Result<bool> {
        let invoice = self.invoice;
        if invoice.state == InvoiceState::Offered || invoice.received.is_zero() {
            return Ok(false);
        }
        let worthless = invoice.due.is_some() && worth(invoice, invoice.received).minor == 0;
        Ok(worthless
            || self.is_credited(tx).await?
            || tx.was_asked(&invoice.id, CaseKind::Short).await?
            || tx.was_asked(&invoice.id, CaseKind::UnclearAmount).await?
            || tx.was_told_before_decision(&invoice.id, invoice.received).await?)
    }
}

/// What a case says of an answer that is not about what was asked for.
pub fn mismatch_told(what: Mismatch, invoice: &Invoice, answer: &Answer) -> String {
    with_what_came(format!("{what:?} differs in the provider's answer"), invoice, answer)
}

/// What is told of a case: money that comes to it makes it another one, also when the first was closed before there was any.
pub fn with_what_came(detail: String, invoice: &Invoice, answer: &Answer) -> String {
    let received = amount_paid(invoice, answer).unwrap_or(invoice.received);
    let other = answer.coin.as_deref().filter(|code| Coin::parse(code) != Some(invoice.coin));
    match answer.status {
        _ if !received.is_zero() => format!("{detail}; {received} {} came", other.unwrap_or(invoice.coin.asset())),
        Status::Partial | Status::Paid | Status::Overpaid => format!("{detail}; it says {}", status_word(&answer.status)),
        _ => detail,
    }
}

/// Whether an answer says that money came, by an amount or by its status; `received`: what is known of the amount.
pub fn says_money(received: CoinAmount, answer: &Answer) -> bool {
    !received.is_zero() || matches!(answer.status, Status::Partial | Status::Paid | Status::Overpaid)
}

/// Whether an answer in which this differs is about the invoice at all: of another one its money tells nothing.
pub fn is_about_invoice(what: Mismatch) -> bool {
    match what {
        Mismatch::Number | Mismatch::Label => false,
        Mismatch::Coin | Mismatch::Address | Mismatch::Price => true,
    }
}

/// The buyer reads that the money of an invoice is there, and that somebody decides about it; once for each `after`.
pub async fn tell_held(tx: &mut Conn, order: &Order, invoice: &str, after: &str, now_millis: i64) -> store::Result<()> {
    let notice = Notice::MoneyHeld { order: order.id.as_str().to_owned() };
    tell(tx, order.customer, &format!("money-held:{invoice}{after}"), notice, now_millis).await
}
