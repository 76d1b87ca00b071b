//! How the seller ends a case: credit for the buyer, or a refund that was made outside and is written down here. Both end a paid order whose
//! goods the case is about, so that nothing of it stays held; money that bought nothing is booked with it, and buys nothing any more.

use super::card::expire_order;
use super::deliver::complete_if_served;
use super::membership::{mind, parts};
use super::notice::{CreditReason, Notice, tell};
use super::{Result, Shop, job};
use crate::domain::deed::DeedKind;
use crate::domain::goods::{part_ends, remind_at};
use crate::domain::invoice::InvoiceState;
use crate::domain::money::Fiat;
use crate::domain::order::{Charge, Delivery, Order, OrderEvent, OrderState};
use crate::domain::product::Kind;
use crate::store::{self, Case, CaseKind, Conn, Deed, HistoryEntry, JobKind, Membership};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solved {
    /// Done, and the buyer is told.
    Done,
    /// The case was closed before.
    Closed,
    /// There is nothing that could be credited as a whole: no payment was booked, or it was given back.
    NothingPaid,
}

/// A case with all that happened around it.
#[derive(Debug, Clone)]
pub struct CaseFile {
    pub case: Case,
    pub order: Order,
    /// The oldest first.
    pub history: Vec<HistoryEntry>,
    /// What can be credited as a whole.
    pub whole: Option<Fiat>,
    /// What of it was paid with credit, and is credit again once the rest is sent back.
    pub of_credit: Option<Fiat>,
}

impl Shop {
    /// An open case with its history.
    pub async fn case_file(&self, id: &str) -> Result<Option<CaseFile>> {
        let mut conn = self.store.read().await?;
        let Some(case) = conn.open_case_by_id(id).await? else { return Ok(None) };
        let Some(order) = conn.order(&case.order).await? else { return Ok(None) };
        let history = conn.history(&order.id).await?;
        let whole = whole(&mut conn, &case, &order).await?;
        let of_credit = whole.and_then(|whole| of_credit(whole, &order));
        Ok(Some(CaseFile { case, order, history, whole, of_credit }))
    }

    /// Closes a case with what was done; false when it was closed before. One about goods ends with that: the buyer has them, or something
    /// for them, in another way, and reads how. So nothing that was paid for stays held without a case.
    pub async fn close_case(&self, id: &str, resolution: &str) -> Result<bool> {
        let (id, resolution, clock) = (id.to_owned(), resolution.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let Some((case, order)) = held(tx, &id).await? else { return Ok(false) };
                if !tx.close_case(&case.id, &resolution, clock.now()).await? {
                    return Ok(false);
                }
                let needs_nobody = matches!(case.kind, CaseKind::CreditSpent | CaseKind::TestMode);
                if let Some(invoice) = money_of(&case).filter(|_| !needs_nobody) {
                    // Perhaps it was sent back.
                    tx.mark_decided(invoice, clock.now()).await?;
                }
                tx.deed(Deed::new(DeedKind::CaseClosed, resolution.clone()).order(&case.order));
                if is_about_goods(&case) && order.is_owed() {
                    replace(tx, &order, &resolution, clock.now_millis()).await?;
                }
                Ok(true)
            })
        })
        .await
    }

    /// Credits the buyer of a case's order, all that was paid (`amount`: none) or so much, and closes the case with `reason`.
    pub async fn credit_buyer(&self, case: &str, amount: Option<Fiat>, reason: &str) -> Result<Solved> {
        let (case, reason, clock) = (case.to_owned(), reason.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let (now, now_millis) = (clock.now(), clock.now_millis());
                let Some((case, order)) = held(tx, &case).await? else { return Ok(Solved::Closed) };
                let amount = match amount {
                    Some(amount) => amount,
                    None => match whole(tx, &case, &order).await? {
                        Some(amount) => amount,
                        None => return Ok(Solved::NothingPaid),
                    },
                };
                if !tx.close_case(&case.id, &format!("credited {amount}: {reason}"), now).await? {
                    return Ok(Solved::Closed);
                }
                // Money that bought nothing is booked with its invoice, so that it is not credited once more.
                let invoice = money_of(&case);
                if let Some(invoice) = invoice {
                    tx.mark_decided(invoice, now).await?;
                }
                give_credit(tx, &case, &order, amount, invoice, now_millis).await?;
                end(tx, &case, &order, now_millis).await?;
                tx.deed(Deed::new(DeedKind::CaseCredited, format!("{amount}: {reason}")).order(&order.id).customer(order.customer));
                Ok(Solved::Done)
            })
        })
        .await
    }

    /// Keeps that the seller has sent the money of a case's order back; `note`: the transaction, or how else. What was paid with credit is
    /// credit again. Closes the case.
    pub async fn record_refund(&self, case: &str, note: &str) -> Result<Solved> {
        let (case, note, clock) = (case.to_owned(), note.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let (now, now_millis) = (clock.now(), clock.now_millis());
                let Some((case, order)) = held(tx, &case).await? else { return Ok(Solved::Closed) };
                if !tx.close_case(&case.id, &format!("refunded: {note}"), now).await? {
                    return Ok(Solved::Closed);
                }
                let whole = whole(tx, &case, &order).await?;
                let credit = whole.and_then(|whole| of_credit(whole, &order));
                if let Some(invoice) = money_of(&case) {
                    tx.mark_decided(invoice, now).await?;
                }
                if let Some(credit) = credit {
                    give_credit(tx, &case, &order, credit, None, now_millis).await?;
                }
                let sent = whole.map(|whole| Fiat::new(whole.minor - credit.map_or(0, |credit| credit.minor), whole.currency));
                if sent.is_none_or(|sent| sent.minor > 0) {
                    let notice = Notice::Refunded { order: order.id.as_str().to_owned(), note: note.clone() };
                    tell(tx, order.customer, &format!("case:{}:refunded", case.id), notice, now_millis).await?;
                }
                tx.deed(Deed::new(DeedKind::RefundRecorded, &note).order(&order.id).customer(order.customer));
                end(tx, &case, &order, now_millis).await?;
                // Last: what an order gave counts no more at the door once it is written down.
                if let Some(sent) = sent.filter(|sent| sent.minor > 0) {
                    tx.add_refund(&case.id, &order.id, sent, now).await?;
                }
                Ok(Solved::Done)
            })
        })
        .await
    }
}

/// Credits the buyer as a case was decided, and tells them. `invoice`: the one whose money it is, when that bought nothing.
async fn give_credit(tx: &mut Conn, case: &Case, order: &Order, amount: Fiat, invoice: Option<&str>, now_millis: i64) -> store::Result<()> {
    let why = CreditReason::Seller;
    tx.add_case_credit(order.customer, amount, &case.id, invoice, why.code(), now_millis.div_euclid(1_000)).await?;
    let (minor, currency) = (amount.minor, amount.currency.code().to_owned());
    let notice = Notice::Credited { order: order.id.as_str().to_owned(), minor, currency, why };
    tell(tx, order.customer, &format!("case:{}:credited", case.id), notice, now_millis).await
}

/// The part of what is given back that was paid with credit: nobody can send that.
fn of_credit(whole: Fiat, order: &Order) -> Option<Fiat> {
    let minor = order.credit.minor.min(whole.minor);
    (minor > 0).then(|| Fiat::new(minor, whole.currency))
}

/// An open case and its order, which is locked, as is what its buyer has of channels and groups.
async fn held(tx: &mut Conn, case: &str) -> store::Result<Option<(Case, Order)>> {
    let Some(case) = tx.open_case_by_id(case).await? else { return Ok(None) };
    tx.lock_order(&case.order).await?;
    let Some(order) = tx.order(&case.order).await? else { return Ok(None) };
    // Before any case is closed, as whoever lets people in does it.
    tx.hold_memberships(order.customer).await?;
    Ok(Some((case, order)))
}

/// Whether the price was booked, and the buyer does not have the goods.
pub fn is_about_goods(case: &Case) -> bool {
    match case.kind {
        CaseKind::SoldOut | CaseKind::Undeliverable | CaseKind::Late => true,
        CaseKind::Mismatch
        | CaseKind::TestMode
        | CaseKind::UnknownStatus
        | CaseKind::UnclearAmount
        | CaseKind::CreditSpent
        | CaseKind::Short
        | CaseKind::Surplus
        | CaseKind::NotRemoved => false,
    }
}

/// The invoice whose money a case is about.
fn money_of(case: &Case) -> Option<&str> {
    case.invoice.as_deref().filter(|_| !is_about_goods(case))
}

/// What follows once the seller has settled a case with the buyer.
async fn end(tx: &mut Conn, case: &Case, order: &Order, now_millis: i64) -> store::Result<()> {
    if is_about_goods(case) {
        end_at_door(tx, order, now_millis).await?;
        return end_unserved(tx, order, now_millis).await;
    }
    match &case.invoice {
        Some(invoice) if order.paid_by.as_ref() != Some(invoice) => end_invoice(tx, invoice, order, now_millis).await,
        _ => Ok(()),
    }
}

/// What of a paid order did not reach its buyer was made good in another way.
async fn replace(tx: &mut Conn, order: &Order, how: &str, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    for line in order.lines.iter().filter(|line| matches!(line.delivery, Delivery::Held | Delivery::Assigned)) {
        tx.set_note(&line.id, how).await?;
        tx.set_delivery(&line.id, Delivery::Replaced).await?;
    }
    for kind in [CaseKind::SoldOut, CaseKind::Undeliverable, CaseKind::Late] {
        tx.close_cases_of(&order.id, kind, "settled in another case", now).await?;
    }
    complete_if_served(tx, &order.id).await?;
    let notice = Notice::HandedOver { order: order.id.as_str().to_owned() };
    tell(tx, order.customer, &format!("handed-over:{}", order.id), notice, now_millis).await?;
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await
}

/// A paid order ends without its goods. What was sold to it stays sold, because it may have been seen.
async fn end_unserved(tx: &mut Conn, order: &Order, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    let Some(state) = order.state.after(OrderEvent::Refund).filter(|_| order.charge.is_paid()) else { return Ok(()) };
    if order.state == OrderState::Completed && !led_nowhere(tx, order).await? {
        return Ok(());
    }
    tx.move_order(&order.id, order.state, state).await?;
    for line in order.lines.iter().filter(|line| line.delivery == Delivery::Held) {
        tx.release_stock(&line.id).await?;
        tx.set_delivery(&line.id, Delivery::None).await?;
    }
    for kind in [CaseKind::SoldOut, CaseKind::Undeliverable, CaseKind::Late] {
        tx.close_cases_of(&order.id, kind, "settled in another case", now).await?;
    }
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await
}

/// Whoever was to be let in somewhere and is not in yet has their money, and is let in for no longer than other orders have paid for. So does
/// whoever is in by another order and did not get what this one would have added.
async fn end_at_door(tx: &mut Conn, order: &Order, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    let got_nothing = |membership: &Membership| membership.joined_at.is_none() || order.state == OrderState::Open;
    for line in order.lines.iter().filter(|line| line.kind == Kind::Invite) {
        let membership = tx.membership_of(&line.id).await?;
        let Some(membership) = membership.filter(|membership| got_nothing(membership) && membership.ended_at.is_none()) else {
            continue;
        };
        let mut others = tx.membership_parts(order.customer, membership.chat).await?;
        others.retain(|part| part.order != order.id);
        let ends = part_ends(others.iter().map(|part| (part.days, part.given_at)));
        let membership = match ends.last() {
            Some(end) if end.is_none_or(|end| now < end) => {
                Membership { ends_at: *end, remind_at: end.map(|end| remind_at(now, end)), ..membership }
            }
            // Who is in is taken out.
            _ if membership.joined_at.is_some() => Membership { ends_at: Some(now), remind_at: None, ..membership },
            _ => Membership { ended_at: Some(now), ..membership },
        };
        tx.put_membership(&membership).await?;
        mind(tx, &membership, now_millis).await?;
    }
    Ok(())
}

/// Whether all that an order gave is ways in by which nobody has come in, so that its buyer has nothing of it.
async fn led_nowhere(tx: &mut Conn, order: &Order) -> store::Result<bool> {
    for line in &order.lines {
        let Some(membership) = tx.membership_of(&line.id).await? else { return Ok(false) };
        let mut parts = parts(tx, order.customer, membership.chat).await?.into_iter();
        let end = parts.find(|(part, _)| part.line == line.id).and_then(|(_, end)| end);
        // Whoever came in later came in by what was bought later.
        if membership.joined_at.is_some_and(|joined| end.is_none_or(|end| joined < end)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The money of an invoice was settled by hand: whatever the provider says of it later, it buys nothing any more.
async fn end_invoice(tx: &mut Conn, id: &str, order: &Order, now_millis: i64) -> store::Result<()> {
    let now = now_millis.div_euclid(1_000);
    let Some(invoice) = tx.invoice(id).await? else { return Ok(()) };
    tx.move_invoice(id, invoice.state, InvoiceState::Settled).await?;
    if order.charge == Charge::Partial && tx.current_invoice(&order.id).await?.is_none() {
        tx.set_charge(&order.id, Charge::None).await?;
    }
    expire_order(tx, order, now).await?;
    tx.ask_for(&job(JobKind::Card, order.id.as_str(), now), now_millis).await
}

/// The price of a paid order whose goods the buyer does not have, less what the seller credited or sent back for it before; none when
/// nothing is left of it.
async fn whole(conn: &mut Conn, case: &Case, order: &Order) -> store::Result<Option<Fiat>> {
    // A way in that has reached the chat may still lead nowhere; everything else that has is there.
    let is_served = order.lines.iter().all(|line| match line.delivery {
        Delivery::Sent => line.kind != Kind::Invite,
        delivery => delivery.is_served(),
    });
    if !is_about_goods(case) || !order.charge.is_paid() || order.state == OrderState::Cancelled || is_served {
        return Ok(None);
    }
    let credited = conn.credited_by_seller(&order.id, order.total.currency).await?;
    let refunded = conn.refunded(&order.id, order.total.currency).await?;
    let rest = Fiat::new(order.total.minor - credited.minor - refunded.minor, order.total.currency);
    Ok((rest.minor > 0).then_some(rest))
}
