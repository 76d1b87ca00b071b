//! What the staff knows of customers and does with them: looking, noting, credit by hand, writing, blocking.

use super::browse::PAGE;
use super::cancel::take_back;
use super::card::refuse_offer;
use super::notice::{Notice, fresh, tell};
use super::{Result, Shop};
use crate::domain::customer::{Customer, CustomerId, Role};
use crate::domain::deed::DeedKind;
use crate::domain::invoice::InvoiceState;
use crate::domain::money::Fiat;
use crate::domain::order::{Order, OrderId, OrderState};
use crate::store::{CreditEntry, CustomerFacts, CustomerLine, CustomerOrder, Deed, OrderFilter};

/// Orders that are shown of one customer.
const ORDERS_SHOWN: i64 = 5;
/// Entries of credit that are shown of one customer.
const ENTRIES_SHOWN: i64 = 6;
/// Customers that a search shows.
const FOUND_MAX: i64 = 10;

/// Everything about one customer.
#[derive(Debug, Clone)]
pub struct CustomerFile {
    pub customer: Customer,
    /// What the person may do in the shop, if anything.
    pub role: Option<Role>,
    pub facts: CustomerFacts,
    pub credit: Fiat,
    /// The newest first.
    pub entries: Vec<CreditEntry>,
    /// The newest first.
    pub orders: Vec<Order>,
    pub more_orders: bool,
    /// Whether the person has ever written to the staff.
    pub has_written: bool,
}

/// What became of blocking somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockResult {
    Done,
    /// Blocked before, or nobody whom the shop knows.
    Nothing,
    /// Of the staff: take the role away first.
    Staff,
}

/// What became of credit by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByHand {
    /// Written; this much is there now.
    Done { credit: Fiat },
    /// More was to be taken than there is.
    TooLittle { credit: Fiat },
    /// Nobody whom the shop knows.
    Nobody,
}

impl Shop {
    /// A page of the customers, and whether more follow; page from 0.
    pub async fn customer_page(&self, order: CustomerOrder, page: u32) -> Result<(Vec<CustomerLine>, bool)> {
        let mut conn = self.store.read().await?;
        let currency = conn.shop().await?.currency;
        let mut lines = conn.customers(order, currency, i64::from(page) * PAGE, PAGE + 1).await?;
        let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = lines.len() > page_size;
        lines.truncate(page_size);
        Ok((lines, more))
    }

    /// Customers by number, `@name`, or words of their name.
    pub async fn find_customers(&self, words: &str) -> Result<Vec<CustomerLine>> {
        let words = words.trim().replace('\0', "");
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.store.read().await?;
        let currency = conn.shop().await?.currency;
        if let Some(named) = words.strip_prefix('@')
            && let Some(exact) = conn.customer_named(named).await?
        {
            return Ok(conn.find_customers(&exact.id.to_string(), currency, 1).await?);
        }
        Ok(conn.find_customers(&words, currency, FOUND_MAX).await?)
    }

    /// Everything about one customer; none when the shop never met them.
    pub async fn customer_file(&self, id: CustomerId) -> Result<Option<CustomerFile>> {
        let mut conn = self.store.read().await?;
        let currency = conn.shop().await?.currency;
        let Some(customer) = conn.customer(id).await? else { return Ok(None) };
        let Some(facts) = conn.customer_facts(id, currency).await? else { return Ok(None) };
        let mut orders = conn.orders(OrderFilter::Of(id), 0, ORDERS_SHOWN + 1).await?;
        let shown = usize::try_from(ORDERS_SHOWN).unwrap_or(usize::MAX);
        let more_orders = orders.len() > shown;
        orders.truncate(shown);
        Ok(Some(CustomerFile {
            role: conn.role(id).await?,
            credit: conn.balance(id, currency).await?,
            entries: conn.credit_entries(id, currency, ENTRIES_SHOWN).await?,
            has_written: super::support::has_written(&mut conn, id).await?,
            customer,
            facts,
            orders,
            more_orders,
        }))
    }

    /// Keeps a note about a customer; an empty one is none.
    pub async fn note_customer(&self, id: CustomerId, note: &str) -> Result<()> {
        let note = note.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                if tx.set_customer_note(id, &note).await? {
                    tx.deed(Deed::new(DeedKind::NoteChanged, note).customer(id));
                }
                Ok(())
            })
        })
        .await
    }

    /// Gives credit by hand, or takes it (`amount` below zero), for a reason. The customer is told how much, not why.
    pub async fn credit_by_hand(&self, id: CustomerId, amount: Fiat, why: &str) -> Result<ByHand> {
        let (why, clock) = (why.to_owned(), self.clock.clone());
        let by = self.actor.as_ref().map_or(crate::store::NOBODY, |actor| actor.who);
        self.write(move |tx| {
            Box::pin(async move {
                if tx.customer(id).await?.is_none() {
                    return Ok(ByHand::Nobody);
                }
                let kind = if amount.minor < 0 { DeedKind::CreditTaken } else { DeedKind::CreditGiven };
                let deed = Deed::new(kind, format!("{amount}: {why}")).customer(id);
                // Asked behind the lock: an update that runs twice at once gives once.
                let credit = tx.hold_balance(id, amount.currency).await?;
                if tx.was_done(&deed).await? {
                    return Ok(ByHand::Done { credit });
                }
                if !tx.add_credit_by_hand(id, amount, by, &why, clock.now()).await? {
                    return Ok(ByHand::TooLittle { credit: tx.balance(id, amount.currency).await? });
                }
                tx.deed(deed);
                let notice = Notice::CreditByHand { minor: amount.minor, currency: amount.currency.code().to_owned() };
                tell(tx, id, &fresh("credit"), notice, clock.now_millis()).await?;
                Ok(ByHand::Done { credit: tx.balance(id, amount.currency).await? })
            })
        })
        .await
    }

    /// Writes to a customer in the shop's name, about an order or not. `written`: the message of the staff, which is sent on once. False when
    /// the shop never met them, or when it is no order of theirs.
    pub async fn write_to(&self, id: CustomerId, order: Option<&OrderId>, words: &str, written: Option<&str>) -> Result<bool> {
        let (order, words, clock) = (order.cloned(), words.to_owned(), self.clock.clone());
        let about = written.map_or_else(|| fresh("written"), |written| format!("written:{written}"));
        self.write(move |tx| {
            Box::pin(async move {
                if tx.customer(id).await?.is_none() {
                    return Ok(false);
                }
                let mut deed = Deed::new(DeedKind::WrittenTo, &words).customer(id);
                if let Some(order) = &order {
                    if tx.order(order).await?.is_none_or(|order| order.customer != id || order.state == OrderState::Draft) {
                        return Ok(false);
                    }
                    deed = deed.order(order);
                }
                let order = order.map(|order| order.as_str().to_owned());
                tx.deed(deed);
                tell(tx, id, &about, Notice::FromSeller { words, order }, clock.now_millis()).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Keeps somebody from buying. What was paid for is still delivered, money that still comes is booked as always, and addresses for
    /// which nothing has come are taken back.
    pub async fn block(&self, id: CustomerId, why: &str) -> Result<BlockResult> {
        let (why, clock) = (why.to_owned(), self.clock.clone());
        let blocked = self
            .write(move |tx| {
                Box::pin(async move {
                    if tx.role(id).await?.is_some() {
                        return Ok(BlockResult::Staff);
                    }
                    if !tx.block(id, &why, clock.now()).await? {
                        return Ok(BlockResult::Nothing);
                    }
                    tx.deed(Deed::new(DeedKind::Blocked, why).customer(id));
                    Ok(BlockResult::Done)
                })
            })
            .await?;
        // Also for somebody who was blocked before: a crash may have come between the two writes, and this is the repeat.
        if blocked != BlockResult::Staff {
            self.clone().of_nobody().take_back_unpaid(id).await?;
        }
        Ok(blocked)
    }

    /// Lets somebody buy again; false when nothing kept them from it.
    pub async fn unblock(&self, id: CustomerId) -> Result<bool> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = tx.unblock(id).await?;
                if done {
                    tx.deed(Deed::new(DeedKind::Unblocked, "").customer(id));
                }
                Ok(done)
            })
        })
        .await
    }

    /// Takes back what a customer has open and has sent nothing for. A write of its own after that of the block: whoever opens an order
    /// holds the order first and the person second, and sees the block or is seen here.
    async fn take_back_unpaid(&self, id: CustomerId) -> Result<()> {
        let clock = self.clock.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let (now, now_millis) = (clock.now(), clock.now_millis());
                if tx.customer(id).await?.is_none_or(|customer| !customer.blocked) {
                    return Ok(());
                }
                tx.drop_draft(id).await?;
                for order in tx.unpaid_orders(id).await? {
                    tx.lock_order(&order).await?;
                    let Some(order) = tx.order(&order).await? else { continue };
                    take_back(tx, &order, now_millis).await?;
                    // Part of its money has come: it stays, and no new address is made for the rest.
                    if let Some(invoice) = tx.current_invoice(&order.id).await?.filter(|invoice| invoice.state == InvoiceState::Creating) {
                        refuse_offer(tx, &invoice, now, now_millis).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }
}
