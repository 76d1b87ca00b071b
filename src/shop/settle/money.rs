//! What becomes of one invoice's money: goods, credit, or a case. Each is called in the transaction that books the answer, behind the order's
//! lock.

use crate::domain::invoice::{Invoice, InvoiceState};
use crate::domain::money::{CoinAmount, Fiat};
use crate::domain::order::{Charge, Order, OrderState};
use crate::domain::policy::{Late, Policy, Unspent};
use crate::domain::settlement::{Answer, amount_paid, worth};
use crate::shop::card::{close_unpaid, expire_order};
use crate::shop::credit::spend;
use crate::shop::job;
use crate::shop::notice::{CreditReason, Notice, fresh, tell, tell_staff};
use crate::shop::sell::Sale;
use crate::store::{self, CaseKind, Conn, JobKind};

/// Money worth more than so many times the price is a mistake in a unit somewhere: a person decides, not a ledger.
const WORTH_MAX_TIMES: i64 = 3;

/// What one answer is about, while it is booked.
pub(super) struct Money<'a> {
    pub order: &'a Order,
    pub invoice: &'a Invoice,
    pub policy: Policy,
    /// What has come, as far as is known with this answer.
    pub received: CoinAmount,
    pub now_millis: i64,
}

impl Money<'_> {
    pub fn now(&self) -> i64 {
        self.now_millis.div_euclid(1_000)
    }

    /// Books the price and hands every line its goods, if credit still pays what the invoice does not.
    pub async fn deliver(&self, tx: &mut Conn, surplus: CoinAmount, answer: &Answer) -> store::Result<()> {
        let (order, invoice, now) = (self.order, self.invoice, self.now());
        let part = order.total.minor - invoice.price.minor;
        let missing = Fiat::new((part - order.credit.minor).max(0), order.total.currency);
        // A part of this invoice's money that had become credit, because the rest came late, is spent on this order now.
        let credited = tx.credited(&invoice.id, invoice.price.currency).await?;
        let needed = missing.minor + credited.minor.max(0);
        // An older offer was for more of the price than the one that stood last: what is too much of the credit comes back.
        let too_much = (order.credit.minor - part).max(0);
        if needed.is_positive() && tx.hold_balance(order.customer, missing.currency).await?.minor + too_much < needed {
            return self.too_late(tx, answer).await;
        }
        let is_late = matches!(order.state, OrderState::Expired | OrderState::Cancelled);
        if is_late && self.policy.late == Late::Credit {
            return self.credit_whole(tx, answer, CreditReason::Late).await;
        }
        let charge = if surplus.is_zero() { Charge::Full } else { Charge::Over };
        let ask_first = match self.policy.late {
            // What somebody has sent back may be a part of what the provider calls the price. In time it is served as ever.
            _ if is_late && tx.held_money_when_decided(&invoice.id).await? => {
                Some("the price came, and somebody had decided about a part of it before")
            }
            Late::Ask if is_late => Some("the whole price came after the order had ended"),
            Late::Ask | Late::Serve | Late::Credit => None,
        };
        let sale = Sale { order, charge, paid_by: Some(invoice), ask_first, now_millis: self.now_millis };
        if !sale.close(tx).await? {
            return Ok(());
        }
        tx.return_credit(&order.id, part, now).await?;
        spend(tx, order, missing, None, now).await?;
        spend(tx, order, credited, Some(&invoice.id), now).await?;
        let is_clear = self.credit_surplus(tx, surplus).await? && self.is_all(tx, self.with_price(surplus)).await?;
        self.is_answered(tx, is_clear, "the price came").await
    }

    /// What has come, when it is so much more than the price.
    fn with_price(&self, surplus: CoinAmount) -> CoinAmount {
        let due = self.invoice.due.unwrap_or(CoinAmount::ZERO);
        due.plus(surplus).unwrap_or(due)
    }

    /// Whether so much is all that was ever told of: a smaller amount that is told later answers no question about a larger one.
    async fn is_all(&self, tx: &mut Conn, paid: CoinAmount) -> store::Result<bool> {
        Ok(paid >= tx.most_told(&self.invoice.id).await?)
    }

    /// The money came after its offer had ended, and the credit that was to pay the other part is spent: it buys nothing by itself any
    /// more. It is credit, for good, and the seller hears of it.
    async fn too_late(&self, tx: &mut Conn, answer: &Answer) -> store::Result<()> {
        if !tx.is_decided(&self.invoice.id).await? {
            let came = worth(self.invoice, self.whole(answer));
            let detail = format!("{came} of {} came late, and the credit for the rest was spent", self.order.total);
            self.case(tx, CaseKind::CreditSpent, detail).await?;
        }
        self.credit_whole(tx, answer, CreditReason::CreditSpent).await
    }

    /// What came with the word that it is paid, which may have been given by hand for less; the price, when nothing else is told.
    fn whole(&self, answer: &Answer) -> CoinAmount {
        amount_paid(self.invoice, answer).filter(|paid| !paid.is_zero()).unwrap_or(self.with_price(CoinAmount::ZERO))
    }

    /// The whole of an invoice's money is credit, for good: it buys nothing by itself any more.
    async fn credit_whole(&self, tx: &mut Conn, answer: &Answer, why: CreditReason) -> store::Result<()> {
        let (order, invoice, now) = (self.order, self.invoice, self.now());
        let whole = self.whole(answer);
        if tx.is_decided(&invoice.id).await? {
            // Perhaps a part of it was sent back.
            let detail = format!("{whole} {} came late, and about some of it somebody had decided before", invoice.coin.asset());
            self.unclear(tx, detail).await?;
        } else {
            tx.move_invoice(&invoice.id, invoice.state, InvoiceState::Settled).await?;
            if self.credit_rest(tx, whole, why).await? {
                let is_all = self.is_all(tx, whole).await?;
                self.is_answered(tx, is_all, "the whole of it is credit").await?;
            }
        }
        self.forget_part(tx).await?;
        expire_order(tx, order, now).await?;
        self.show(tx).await
    }

    /// Money came to an invoice that pays for nothing: another one has paid the order, or it ended with its money settled.
    pub async fn bought_nothing(&self, tx: &mut Conn, paid: CoinAmount, answer: &Answer) -> store::Result<()> {
        let is_settled = self.invoice.state == InvoiceState::Settled;
        let by_hand = match () {
            () if is_settled => tx.is_decided(&self.invoice.id).await? || !self.is_credited(tx).await?,
            // Another invoice has paid the order meanwhile; who was asked about this one's part decides all the same.
            () => self.decided_by(tx, CaseKind::Short, paid, Unspent::Credit).await? == Unspent::Ask,
        };
        if !by_hand {
            let why = if self.order.paid_by.is_some() { CreditReason::Duplicate } else { CreditReason::Late };
            return self.credit_told(tx, paid, self.received, why).await;
        }
        match amount_paid(self.invoice, answer) {
            Some(told) if !told.is_zero() && is_settled => self.settled_by_hand(tx).await,
            Some(told) if !told.is_zero() => self.ask_about_part(tx, paid).await,
            Some(_) | None => self.untold(tx, answer).await,
        }
    }

    /// A person has settled what had come to this invoice, and wrote down how: only what comes on top of it is news.
    async fn settled_by_hand(&self, tx: &mut Conn) -> store::Result<()> {
        let (invoice, received) = (self.invoice, self.received);
        if received <= invoice.received || tx.was_told_before_decision(&invoice.id, received).await? {
            return Ok(());
        }
        let credited = tx.credited(&invoice.id, invoice.price.currency).await?;
        let already = if credited.minor > 0 { format!("; {credited} is credit already") } else { String::new() };
        let detail = format!("{received} {} have come by now; the case before this one was about less{already}", invoice.coin.asset());
        self.unclear(tx, detail).await
    }

    /// More may have come than the price that has served the order. Whoever was asked how much it is need not decide once that is told: it is
    /// credit, change, or asked about by its amount.
    pub async fn settle_surplus(&self, tx: &mut Conn, surplus: CoinAmount) -> store::Result<()> {
        if self.credit_surplus(tx, surplus).await? && !surplus.is_zero() && self.is_all(tx, self.with_price(surplus)).await? {
            self.close(tx, &[CaseKind::UnclearAmount], "how much came is told now").await?;
        }
        Ok(())
    }

    /// What came on top of the price becomes credit, once it is worth more than change. Tells whether it is clear what that is.
    async fn credit_surplus(&self, tx: &mut Conn, surplus: CoinAmount) -> store::Result<bool> {
        let value = worth(self.invoice, surplus);
        if value.minor <= 0 || self.policy.is_change(value.minor, self.invoice.price.minor) {
            return Ok(true);
        }
        tx.set_charge(&self.order.id, Charge::Over).await?;
        match self.decided_by(tx, CaseKind::Surplus, surplus, self.policy.surplus).await? {
            Unspent::Credit => self.credit_rest(tx, surplus, CreditReason::Surplus).await,
            Unspent::Ask => {
                self.ask(tx, CaseKind::Surplus, format!("{surplus} {} more than was due", self.invoice.coin.asset())).await?;
                Ok(true)
            }
        }
    }

    /// Part of the price has come, and the offer is over.
    pub async fn keep_short(&self, tx: &mut Conn, paid: CoinAmount) -> store::Result<()> {
        if paid.is_zero() {
            // How much it is was not told: that is a question of its own.
            return Ok(());
        }
        match self.decided_by(tx, CaseKind::Short, paid, self.policy.short).await? {
            Unspent::Credit => self.credit_told(tx, paid, paid, CreditReason::Short).await,
            Unspent::Ask => self.ask_about_part(tx, paid).await,
        }
    }

    /// Credits money that bought nothing. What was asked about it has its answer with that, if the amount was told.
    async fn credit_told(&self, tx: &mut Conn, paid: CoinAmount, told: CoinAmount, why: CreditReason) -> store::Result<()> {
        let how = "what came is credit";
        match self.credit_rest(tx, paid, why).await? && !told.is_zero() {
            true if self.is_all(tx, told).await? => self.is_answered(tx, true, how).await,
            // There was more, in another coin perhaps.
            true => self.close(tx, &[CaseKind::Short], how).await,
            false => Ok(()),
        }
    }

    async fn ask_about_part(&self, tx: &mut Conn, paid: CoinAmount) -> store::Result<()> {
        let due = self.invoice.due.unwrap_or(CoinAmount::ZERO);
        self.ask(tx, CaseKind::Short, format!("{paid} of {due} {} came", self.invoice.coin.asset())).await
    }

    /// Who decides about so much of this invoice's money: as the rule says, unless some of it was decided about before. So what a person
    /// has looked after is not credited as well, and what is credited is not asked about as well.
    async fn decided_by(&self, tx: &mut Conn, kind: CaseKind, money: CoinAmount, rule: Unspent) -> store::Result<Unspent> {
        let credited = tx.credited(&self.invoice.id, self.invoice.price.currency).await?.minor;
        if credited > 0 && worth(self.invoice, money).minor <= credited {
            return Ok(Unspent::Credit);
        }
        if tx.was_asked(&self.invoice.id, kind).await? {
            return Ok(Unspent::Ask);
        }
        // What is worth too much is no credit by itself, and was asked about as that.
        let was_asked_by_its_worth = rule == Unspent::Credit && self.is_unclear(money);
        if !was_asked_by_its_worth && tx.is_decided(&self.invoice.id).await? {
            return Ok(Unspent::Ask);
        }
        Ok(if credited > 0 { Unspent::Credit } else { rule })
    }

    pub async fn is_credited(&self, tx: &mut Conn) -> store::Result<bool> {
        Ok(tx.credited(&self.invoice.id, self.invoice.price.currency).await?.minor > 0)
    }

    /// The card of the order says how things are.
    async fn show(&self, tx: &mut Conn) -> store::Result<()> {
        tx.ask_for(&job(JobKind::Card, self.order.id.as_str(), self.now()), self.now_millis).await
    }

    /// Part of the price is there, and the buyer sees it.
    pub async fn note_part(&self, tx: &mut Conn, received: CoinAmount) -> store::Result<()> {
        if self.order.charge == Charge::Partial && received == self.invoice.received {
            return Ok(());
        }
        tx.set_charge(&self.order.id, Charge::Partial).await?;
        self.show(tx).await
    }

    /// Money is there of which nobody knows what it means yet: the card asks for no more of it, and its goods stay set aside.
    pub async fn hold(&self, tx: &mut Conn) -> store::Result<()> {
        let is_offered = self.invoice.state == InvoiceState::Offered && !self.order.charge.is_paid();
        if is_offered && !self.received.is_zero() { self.note_part(tx, self.received).await } else { Ok(()) }
    }

    /// Nothing is there. What was seen before and never counted has gone again, when the provider says so: the card asks for the whole price.
    pub async fn is_gone(&self, tx: &mut Conn, answer: &Answer) -> store::Result<()> {
        let says_so = answer.amount_paid.is_some_and(CoinAmount::is_zero);
        if !says_so || self.invoice.received.is_zero() || self.invoice.state != InvoiceState::Offered {
            return Ok(());
        }
        self.forget_part(tx).await?;
        self.show(tx).await
    }

    /// Money was seen and does not count yet. What would be the price keeps its stock until it does; a part does so no longer than the offer
    /// stands. Whatever it becomes is learned by asking; what never becomes anything is for a person.
    pub async fn wait_for(&self, tx: &mut Conn, paid: CoinAmount, whole: bool) -> store::Result<()> {
        if self.now() >= self.invoice.watch_ends_at {
            let detail = format!("{paid} {} were seen, and the provider never said that they count", self.invoice.coin.asset());
            self.unclear(tx, detail).await?;
        } else if whole && self.invoice.state == InvoiceState::Offered && !self.order.charge.is_paid() {
            return self.note_part(tx, paid).await;
        }
        self.end_offer(tx).await
    }

    /// Whether no other invoice of the order has told of money.
    pub async fn is_the_only_part(&self, tx: &mut Conn) -> store::Result<bool> {
        Ok(tx.invoices_of(&self.order.id).await?.iter().all(|other| other.id == self.invoice.id || other.received.is_zero()))
    }

    /// The offer is over, money was there, and the answer does not say what became of it.
    pub async fn lost_count(&self, tx: &mut Conn, answer: &Answer) -> store::Result<()> {
        if !self.was_looked_after(tx).await? {
            self.untold(tx, answer).await?;
        }
        self.end_offer(tx).await
    }

    /// Ends the offer of this invoice, if it still stands: what part of it was there has been looked after.
    pub async fn end_offer(&self, tx: &mut Conn) -> store::Result<()> {
        if self.invoice.state == InvoiceState::Offered {
            self.forget_part(tx).await?;
        }
        close_unpaid(tx, self.order, self.invoice, self.now(), self.now_millis).await
    }

    /// The part that had come has been looked after: whatever is offered next waits for the whole price, and its card asks for it.
    pub async fn forget_part(&self, tx: &mut Conn) -> store::Result<()> {
        let current = tx.current_invoice(&self.order.id).await?;
        let another = current.is_some_and(|current| current.id != self.invoice.id && !current.received.is_zero());
        if self.order.charge != Charge::Partial || another {
            return Ok(());
        }
        tx.set_charge(&self.order.id, Charge::None).await?;
        self.show(tx).await
    }

    /// Whether so much is worth more than a ledger decides about. Nobody was told to send anything for an invoice without an amount due:
    /// nothing tells what its money is worth.
    fn is_unclear(&self, money: CoinAmount) -> bool {
        self.invoice.due.is_none() || worth(self.invoice, money).minor > self.invoice.price.minor.saturating_mul(WORTH_MAX_TIMES)
    }

    /// Credits what `paid` is worth, less what was credited for this invoice before. False when nobody can tell what it is worth: then a
    /// person was asked, now or before, and what is open about it stays open.
    async fn credit_rest(&self, tx: &mut Conn, paid: CoinAmount, why: CreditReason) -> store::Result<bool> {
        let value = worth(self.invoice, paid);
        if self.is_unclear(paid) && !paid.is_zero() {
            let detail = format!("{paid} {} came that nobody ordered for", self.invoice.coin.asset());
            self.unclear(tx, detail).await?;
            return Ok(false);
        }
        let before = tx.credited(&self.invoice.id, value.currency).await?;
        let rest = Fiat::new(value.minor - before.minor, value.currency);
        if rest.minor <= 0 {
            return Ok(true);
        }
        let (order, customer) = (self.order.id.as_str().to_owned(), self.order.customer);
        tx.add_credit(customer, rest, Some(&self.invoice.id), why.code(), self.now()).await?;
        self.show(tx).await?;
        let (minor, currency) = (rest.minor, rest.currency.code().to_owned());
        let about = fresh(&format!("credit:{order}"));
        let notice = Notice::Credited { order: order.clone(), minor, currency: currency.clone(), why };
        tell(tx, customer, &about, notice, self.now_millis).await?;
        tell_staff(tx, &format!("{about}:staff"), &Notice::CustomerCredited { order, minor, currency, why }, self.now_millis).await?;
        Ok(true)
    }
}
