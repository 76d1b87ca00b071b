//! What a paid order holds for its buyer, and that it has arrived.

use super::{Result, Shop, job};
use crate::domain::customer::Customer;
use crate::domain::order::{Delivery, Line, Order, OrderEvent, OrderId};
use crate::domain::product::{Kind, ProductFile};
use crate::store::{self, Conn, JobKind, Membership};

/// The goods of one line.
#[derive(Clone)]
pub struct Packed {
    pub line: Line,
    /// Units of stock that belong to this line alone; those that are files are among `files`.
    pub units: Vec<String>,
    /// What everybody gets, in the buyer's language.
    pub text: String,
    pub files: Vec<ProductFile>,
    /// The way into a channel or group.
    pub membership: Option<Membership>,
}

impl Packed {
    /// Whether there is anything in it yet: what comes from outside comes later, and goods of a product may have been taken out of it.
    fn is_here(&self) -> bool {
        match self.line.kind {
            Kind::Invite => self.membership.is_some(),
            Kind::Webhook => !self.units.is_empty(),
            Kind::File => !self.text.trim().is_empty() || !self.files.is_empty(),
            Kind::Keys | Kind::Manual => true,
        }
    }
}

/// Everything a buyer may have of an order now. Has no `Debug`: goods do not belong in a log.
#[derive(Clone)]
pub struct Parcel {
    pub order: Order,
    pub customer: Customer,
    /// The lines whose goods are the buyer's, handed over by the shop itself.
    pub packed: Vec<Packed>,
    /// Lines that should be among them, of products that give nothing any more.
    pub empty: Vec<String>,
}

impl Shop {
    /// The goods of an order; none while it is not paid, or when it is nobody's.
    pub async fn parcel(&self, id: &OrderId) -> Result<Option<Parcel>> {
        let mut conn = self.store.read().await?;
        let Some(order) = conn.order(id).await?.filter(Order::is_owed) else { return Ok(None) };
        let Some(customer) = conn.customer(order.customer).await? else { return Ok(None) };
        let mut packed = Vec::new();
        for line in order.lines.iter().filter(|line| is_ours(line) && matches!(line.delivery, Delivery::Assigned | Delivery::Sent)) {
            packed.push(pack(&mut conn, line, &customer.language).await?);
        }
        let (packed, missing): (Vec<_>, Vec<_>) = packed.into_iter().partition(Packed::is_here);
        let empty = missing.into_iter().filter(|packed| packed.line.kind == Kind::File).map(|packed| packed.line.id).collect();
        Ok(Some(Parcel { order, customer, packed, empty }))
    }

    /// Keeps which message carries the goods of an order, unless another one does by now; tells whether this one does.
    pub async fn keep_goods_message(&self, id: &OrderId, message: i32) -> Result<bool> {
        let id = id.clone();
        self.write(move |tx| Box::pin(async move { tx.set_goods_message(&id, message).await })).await
    }

    /// This message carries the goods of an order no more.
    pub async fn forget_goods_message(&self, id: &OrderId, message: i32) -> Result<()> {
        let id = id.clone();
        self.write(move |tx| Box::pin(async move { tx.forget_goods_message(&id, message).await })).await
    }

    /// Keeps into which message the next document of a line is put, of which so many were sent; false when there is another one by now.
    pub async fn keep_document_message(&self, line: &str, documents_sent: u32, message: i32) -> Result<bool> {
        let line = line.to_owned();
        self.write(move |tx| Box::pin(async move { tx.set_document_message(&line, documents_sent, message).await })).await
    }

    /// There is no document any more that was announced in this message.
    pub async fn forget_document_message(&self, line: &str, message: i32) -> Result<()> {
        let line = line.to_owned();
        self.write(move |tx| Box::pin(async move { tx.forget_document_message(&line, message).await })).await
    }

    /// Keeps that the next document of a line, out of the list of this name, has arrived in this message; false when another one is meant for
    /// it by now.
    pub async fn count_document(&self, line: &str, list: &str, message: i32) -> Result<bool> {
        let (line, list) = (line.to_owned(), list.to_owned());
        self.write(move |tx| Box::pin(async move { tx.count_document(&line, &list, message).await })).await
    }

    /// Has the documents of a line, of which so many were sent, begin anew: they were of another list. False when there are more by now.
    pub async fn recount_documents(&self, line: &str, documents_sent: u32) -> Result<bool> {
        let line = line.to_owned();
        self.write(move |tx| Box::pin(async move { tx.recount_documents(&line, documents_sent).await })).await
    }

    /// The goods have reached the chat: what the shop hands over by itself is sent, and an order that waits for nothing more is complete.
    /// What somebody has decided about a line meanwhile stands.
    pub async fn goods_arrived(&self, parcel: &Parcel) -> Result<()> {
        let (id, clock) = (parcel.order.id.clone(), self.clock.clone());
        let lines: Vec<String> = parcel.packed.iter().map(|packed| packed.line.id.clone()).collect();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let Some(order) = tx.order(&id).await? else { return Ok(()) };
                // A link that is sent again opens no door, and who stands there is a case as before.
                let mut is_settled = order.lines.iter().all(|line| line.kind != Kind::Invite);
                for line in order.lines.iter().filter(|line| line.delivery == Delivery::Assigned && lines.contains(&line.id)) {
                    tx.set_delivery(&line.id, Delivery::Sent).await?;
                    is_settled = true;
                }
                complete_if_served(tx, &id).await?;
                if is_settled {
                    tx.close_cases_of(&id, store::CaseKind::Undeliverable, "the goods have arrived", clock.now()).await?;
                }
                tx.ask_for(&job(JobKind::Card, id.as_str(), clock.now()), clock.now_millis()).await
            })
        })
        .await
    }

    /// Nothing reaches the chat for now: cards wait for the buyer to be back, goods are tried again now and then.
    pub async fn buyer_is_gone(&self, customer: &Customer) -> Result<()> {
        let id = customer.id;
        self.write(move |tx| Box::pin(async move { tx.set_reachable(id, false).await })).await
    }

    /// Somebody who could not be written to has got something: the cards of their orders tell the truth again.
    pub async fn buyer_is_back(&self, customer: &Customer) -> Result<()> {
        let (id, clock) = (customer.id, self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                tx.set_reachable(id, true).await?;
                super::people::bring_up_to_date(tx, id, clock.now_millis()).await
            })
        })
        .await
    }

    /// The goods are tried for longer than a day: somebody must know, unless they are only sent again.
    pub async fn goods_late(&self, id: &OrderId, why: &str) -> Result<()> {
        let order = self.store.read().await?.order(id).await?;
        let is_owed = order.is_some_and(|order| order.lines.iter().any(|line| line.delivery == Delivery::Assigned));
        if is_owed { self.goods_stuck(id, why).await } else { Ok(()) }
    }

    /// The goods cannot be sent, though the buyer is there: somebody must look, also when the same was looked after before.
    pub async fn goods_stuck(&self, id: &OrderId, why: &str) -> Result<()> {
        let (id, why, clock) = (id.clone(), why.to_owned(), self.clock.clone());
        self.write(move |tx| {
            Box::pin(async move {
                super::notice::open_once(tx, &id, store::CaseKind::Undeliverable, &why, clock.now_millis()).await.map(|_| ())
            })
        })
        .await
    }

    /// A picture or a document.
    pub async fn blob(&self, id: &crate::domain::product::BlobId) -> Result<Option<(String, Vec<u8>)>> {
        Ok(self.store.read().await?.blob(id).await?)
    }
}

/// Whether the shop hands a line over by itself.
fn is_ours(line: &Line) -> bool {
    match line.kind {
        Kind::Keys | Kind::File | Kind::Invite | Kind::Webhook => true,
        Kind::Manual => false,
    }
}

async fn pack(conn: &mut Conn, line: &Line, language: &str) -> store::Result<Packed> {
    let mut packed = Packed { line: line.clone(), units: Vec::new(), text: String::new(), files: Vec::new(), membership: None };
    match line.kind {
        Kind::Keys => {
            for unit in conn.sold_goods(&line.id).await? {
                match unit.blob {
                    None => packed.units.push(unit.content),
                    Some(blob) => packed.files.push(ProductFile { blob, name: unit.content }),
                }
            }
        }
        Kind::File => {
            if let Some(product) = conn.product(&line.product).await? {
                product.text.get(language).clone_into(&mut packed.text);
                packed.files = product.files;
            }
        }
        Kind::Manual => {}
        Kind::Invite => packed.membership = conn.membership_of(&line.id).await?,
        Kind::Webhook => packed.units.extend(conn.line_goods(&line.id).await?),
    }
    Ok(packed)
}

/// Completes an order of which every line was sent.
pub(super) async fn complete_if_served(tx: &mut Conn, id: &OrderId) -> store::Result<()> {
    let Some(order) = tx.order(id).await? else { return Ok(()) };
    if order.lines.iter().all(|line| line.delivery.is_served())
        && let Some(state) = order.state.after(OrderEvent::Serve)
    {
        tx.move_order(id, order.state, state).await?;
    }
    Ok(())
}
