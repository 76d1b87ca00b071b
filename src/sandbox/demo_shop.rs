//! The shop that the demo opens with: a catalog file like any other, with its pictures, inside the program.

use crate::shop::catalog_file::{self, CatalogFile, Problems};
use crate::store::Store;

use super::receiver;

/// The private channel that one of its products leads into.
pub const NIGHT_OWLS: i64 = -1_002_000_000_001;

const CATALOG: &str = include_str!("demo_shop/shop.yaml");

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("demo_shop/", $name)).as_slice())),*]
    };
}

/// What lies beside the catalog, by the name that it has in it.
const FILES: [(&str, &[u8]); 16] = files![
    "pictures/mug.png",
    "pictures/lamp.png",
    "pictures/notebook.png",
    "pictures/poster.png",
    "pictures/t-shirt.png",
    "pictures/socks.png",
    "pictures/desk-setup.png",
    "pictures/portrait.png",
    "pictures/keyboard-care.png",
    "pictures/editor-pro.png",
    "pictures/focus-timer.png",
    "pictures/star-atlas.png",
    "pictures/handbook.png",
    "pictures/coffee-recipes.png",
    "files/night-workers-handbook.pdf",
    "files/twelve-coffees.txt",
];

/// The demo shop's catalog, read by the same reader as every other.
///
/// # Errors
/// Never, as a test says.
pub fn catalog() -> Result<CatalogFile, Problems> {
    catalog_file::read_text(CATALOG, &|name, _| {
        let file = FILES.iter().find(|(known, _)| *known == name);
        file.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| "is not there".to_owned())
    })
}

/// Fills a shop that has no products yet; one that was opened before stays as it is.
///
/// # Errors
/// When the database does not take it.
pub async fn fill(store: &Store) -> anyhow::Result<()> {
    if store.read().await?.product_ids().await?.is_empty() {
        catalog_file::import(store, catalog()?).await?;
    }
    Ok(())
}

/// Lets the products that ask the receiver of the sandbox ask it at `base`: it may be at another port now.
///
/// # Errors
/// When the database does not take it.
pub async fn point_at(store: &Store, base: &str) -> anyhow::Result<()> {
    let receiver = format!("{base}{}", receiver::PATH);
    let ids = store.read().await?.product_ids().await?;
    for id in ids {
        let Some(mut product) = store.read().await?.product(&id).await? else { continue };
        let Some(webhook) = product.webhook.as_mut().filter(|webhook| webhook.url.ends_with(receiver::PATH)) else { continue };
        webhook.url.clone_from(&receiver);
        store.write(move |tx| Box::pin(async move { tx.put_product(&product).await })).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::product::{Kind, ProductId};
    use crate::store::Place;

    #[test]
    fn the_demo_shop_shows_everything_a_shop_can_sell() {
        let catalog = catalog().unwrap();
        assert!(catalog.products.len() >= 10 && catalog.categories.len() >= 3);
        for kind in Kind::ALL {
            assert!(catalog.products.iter().any(|product| product.kind == kind), "{kind:?}");
        }
        let used: BTreeSet<_> = catalog.products.iter().filter_map(|product| product.category.as_ref()).collect();
        assert_eq!(used.len(), catalog.categories.len(), "no shelf is empty");
        assert!(catalog.products.iter().all(|product| product.picture.is_some()));
        assert!(catalog.products.iter().any(|product| product.stock.len() == 1), "one is nearly sold out");
        assert!(catalog.products.iter().any(|product| product.options.len() > 1), "one is sold in several ways");
        assert!(catalog.products.iter().any(|product| !product.volume.is_empty()), "one is cheaper in numbers");
        let led = catalog.products.iter().filter_map(|product| product.invite.as_ref());
        assert!(led.map(|invite| invite.chat).eq([NIGHT_OWLS]));
    }

    #[test]
    fn every_picture_is_small_and_used() {
        for (name, bytes) in FILES {
            assert!(bytes.len() <= 40 * 1024, "{name}");
            assert!(CATALOG.contains(name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_demo_is_filled_once_and_what_is_changed_in_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("kiosk.db"));
        let store = Store::open(&place, folder.path(), None).await.unwrap();
        fill(&store).await.unwrap();
        point_at(&store, "http://127.0.0.1:1").await.unwrap();
        let id = catalog().unwrap().products[0].id.clone();
        let mut product = store.read().await.unwrap().product(&id).await.unwrap().unwrap();
        product.price.minor += 1;
        let changed = product.clone();
        store.write(move |tx| Box::pin(async move { tx.put_product(&product).await })).await.unwrap();
        fill(&store).await.unwrap();
        point_at(&store, "http://127.0.0.1:2").await.unwrap();
        assert_eq!(store.read().await.unwrap().product(&id).await.unwrap(), Some(changed));
        let asked = ProductId::parse("day-pass").unwrap();
        let asked = store.read().await.unwrap().product(&asked).await.unwrap().unwrap().webhook.unwrap();
        assert_eq!((asked.url.as_str(), asked.secret.as_str()), ("http://127.0.0.1:2/sandbox/receiver", receiver::SECRET));
        store.close().await;
    }
}
