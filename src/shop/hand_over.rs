//! What the seller does by hand: handing an order over, serving one that had to wait.

use super::deliver::complete_if_served;
use super::notice::{Notice, tell};
use super::obtain::is_obtained;
use super::{Result, Shop, job};
use crate::domain::customer::CustomerId;
use crate::domain::deed::DeedKind;
use crate::domain::order::{Delivery, OrderId};
use crate::domain::product::Kind;
use crate::store::{Case, CaseKind, Deed, JobKind};

/// What became of a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedOver {
    /// The buyer is told.
    Done,
    /// Nothing of it waits to be handed over.
    NothingToHandOver,
}

/// What became of another try to serve an order whose goods were sold out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// On its way.
    Done,
    /// There is still too little in stock.
    StillSoldOut,
    /// Nothing of it waits.
    NothingHeld,
}

impl Shop {
    /// The seller has handed over what of an order is handed over by hand; `note` is what the buyer reads.
    pub async fn hand_over(&self, id: &OrderId, note: &str) -> Result<HandedOver> {
        let (id, note, clock) = (id.clone(), note.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let Some(order) = tx.order(&id).await?.filter(crate::domain::order::Order::is_owed) else {
                    return Ok(HandedOver::NothingToHandOver);
                };
                let waiting = order.lines.iter().filter(|line| line.kind == Kind::Manual && line.delivery == Delivery::Assigned);
                let waiting: Vec<_> = waiting.collect();
                let deed = Deed::new(DeedKind::HandedOver, &note).order(&id).customer(order.customer);
                if waiting.is_empty() {
                    // An update that is taken up again is told what it did.
                    return Ok(if tx.was_done(&deed).await? { HandedOver::Done } else { HandedOver::NothingToHandOver });
                }
                for line in waiting {
                    tx.set_note(&line.id, &note).await?;
                    tx.set_delivery(&line.id, Delivery::Sent).await?;
                }
                complete_if_served(tx, &id).await?;
                let notice = Notice::HandedOver { order: id.as_str().to_owned() };
                tell(tx, order.customer, &format!("handed-over:{id}"), notice, clock.now_millis()).await?;
                tx.ask_for(&job(JobKind::Card, id.as_str(), clock.now()), clock.now_millis()).await?;
                tx.deed(deed);
                Ok(HandedOver::Done)
            })
        })
        .await
    }

    /// Serves an order whose goods were sold out when it was paid, from what is in stock now.
    pub async fn serve_held(&self, id: &OrderId) -> Result<Served> {
        let (id, clock) = (id.clone(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let Some(order) = tx.order(&id).await?.filter(crate::domain::order::Order::is_owed) else { return Ok(Served::NothingHeld) };
                let held: Vec<_> = order.lines.iter().filter(|line| line.delivery == Delivery::Held).collect();
                if held.is_empty() {
                    return Ok(Served::NothingHeld);
                }
                for line in &held {
                    if line.kind == Kind::Keys && tx.reserve_stock(&line.product, &line.id, line.quantity).await? < line.quantity {
                        for line in &held {
                            tx.release_stock(&line.id).await?;
                        }
                        return Ok(Served::StillSoldOut);
                    }
                }
                for line in &held {
                    tx.sell_stock(&line.id, clock.now()).await?;
                    tx.set_delivery(&line.id, Delivery::Assigned).await?;
                    if is_obtained(line.kind) {
                        tx.ask_for(&job(JobKind::Obtain, &line.id, clock.now()), clock.now_millis()).await?;
                    }
                }
                for kind in [CaseKind::SoldOut, CaseKind::Late] {
                    tx.close_cases_of(&id, kind, "served", clock.now()).await?;
                }
                if held.iter().any(|line| line.kind == Kind::File || is_obtained(line.kind)) {
                    tx.close_cases_of(&id, CaseKind::Undeliverable, "tried again", clock.now()).await?;
                }
                tx.ask_for(&job(JobKind::Deliver, id.as_str(), clock.now()), clock.now_millis()).await?;
                tx.ask_for(&job(JobKind::Card, id.as_str(), clock.now()), clock.now_millis()).await?;
                tx.deed(Deed::new(DeedKind::HeldServed, "").order(&id).customer(order.customer));
                Ok(Served::Done)
            })
        })
        .await
    }

    /// Has the goods of an order sent again, in a message of their own. Tells whom to, and which messages announce documents that come in
    /// others now and are to be taken back; none when there is nothing to send.
    pub async fn resend(&self, id: &OrderId) -> Result<Option<(CustomerId, Vec<i32>)>> {
        let Some(parcel) = self.parcel(id).await? else { return Ok(None) };
        if parcel.packed.is_empty() {
            return Ok(None);
        }
        let (id, clock) = (id.clone(), self.clock.clone());
        let lines: Vec<String> = parcel.packed.iter().map(|packed| packed.line.id.clone()).collect();
        self.write(move |tx| {
            Box::pin(async move {
                if let Some(message) = parcel.order.goods_message {
                    tx.forget_goods_message(&id, message).await?;
                }
                tx.lock_order(&id).await?;
                let announced =
                    tx.order(&id).await?.iter().flat_map(|order| &order.lines).filter_map(|line| line.document_message).collect();
                for line in &lines {
                    tx.forget_documents(line).await?;
                }
                tx.ask_for(&job(JobKind::Deliver, id.as_str(), clock.now()), clock.now_millis()).await?;
                tx.deed(Deed::new(DeedKind::SentAgain, "").order(&id));
                Ok(Some((parcel.order.customer, announced)))
            })
        })
        .await
    }

    /// Cases that wait for somebody, the oldest first.
    pub async fn open_cases(&self) -> Result<Vec<Case>> {
        Ok(self.store.read().await?.open_cases(50).await?)
    }
}
