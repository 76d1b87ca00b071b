//! A shop that has been open for long: records made after the pattern of one real purchase, and what the shop still does quickly.

use kiosk::domain::invoice::Invoice;
use kiosk::domain::order::Order;
use kiosk::domain::product::ProductId;
use kiosk::sandbox::cryptocloud::{self, Payment};
use kiosk::store::{Place, Store, new_id, new_order_id};

use super::world::{ANN, Options, World};

/// One purchase, and the shop in which it was made.
pub struct Template {
    pub world: World,
    pub order: Order,
    pub invoice: Invoice,
    /// The provider's side of it.
    pub paid: cryptocloud::Invoice,
}

impl Template {
    pub async fn new() -> Self {
        Self::on(None).await
    }

    /// The same with its store in this place.
    pub async fn on(place: Option<Place>) -> Self {
        let world = World::with(Options { place, ..Options::default() }).await;
        let made = world.order(ANN, "editor").await;
        let order = world.order_of(ANN).await;
        let invoice = world.shop().store.read().await.unwrap().invoices_of(&order.id).await.unwrap().remove(0);
        let paid = world.pay(&made.uuid, Payment::Exact).await;
        Self { world, order, invoice, paid }
    }

    pub fn store(&self) -> &Store {
        &self.world.shop().store
    }

    /// The same order once more, as one that waits for money.
    pub fn again(&self) -> Order {
        let mut order = Order { id: new_order_id(), card_message: None, ..self.order.clone() };
        order.lines.iter_mut().for_each(|line| line.id = new_id());
        order
    }
}

/// Another product like the first one.
pub async fn shop_with(store: &Store, like: &ProductId, id: &str) -> ProductId {
    let mut product = store.read().await.unwrap().product(like).await.unwrap().unwrap();
    product.id = ProductId::parse(id).unwrap();
    let made = product.id.clone();
    store.write(move |tx| Box::pin(async move { tx.put_product(&product).await })).await.unwrap();
    made
}
