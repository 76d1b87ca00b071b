//! The order of things in the catalog, its categories, and products made after others.

use super::fields::{id_of, new_tail, tail_of};
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::language::Localized;
use crate::domain::product::{BlobId, Category, CategoryId, NAME_CHARS_MAX, Product, ProductId, ProductState};
use crate::store::{self, Deed};

/// What became of a wish to take a category away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Done,
    /// So many products stand in it.
    InUse {
        products: i64,
    },
    /// There is none such.
    Gone,
}

/// A category, and how many products stand in it, those that nobody sees too.
#[derive(Debug, Clone)]
pub struct ShelfForSeller {
    pub category: Category,
    pub products: i64,
}

impl Shop {
    /// Every category, in the shop's order.
    pub async fn shelves_for_seller(&self) -> Result<Vec<ShelfForSeller>> {
        let mut conn = self.store.read().await?;
        let mut shelves = Vec::new();
        for category in conn.categories().await? {
            let products = conn.products_in(&category.id).await?;
            shelves.push(ShelfForSeller { category, products });
        }
        Ok(shelves)
    }

    /// Moves a product past its neighbour in its category; false when it stands at that end already, or is gone.
    pub async fn move_product(&self, id: &ProductId, up: bool) -> Result<bool> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let deed = Deed::new(DeedKind::ProductChanged, if up { "moved up" } else { "moved down" }).product(&id);
                if tx.was_done(&deed).await? {
                    return Ok(true);
                }
                let Some(product) = tx.product(&id).await? else { return Ok(false) };
                let mut places = tx.places_in(product.category.as_ref()).await?;
                let Some(at) = places.iter().position(|(known, _)| *known == id) else { return Ok(false) };
                if !swap(&mut places, at, up) {
                    return Ok(false);
                }
                let first = places.iter().map(|(_, position)| *position).min().unwrap_or(1);
                for (position, (id, _)) in (first..).zip(&places) {
                    tx.set_product_position(id, position).await?;
                }
                tx.deed(deed);
                Ok(true)
            })
        })
        .await
    }

    /// Moves a category past its neighbour; false when it stands at that end already, or is gone.
    pub async fn move_category(&self, id: &CategoryId, up: bool) -> Result<bool> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let deed = Deed::new(DeedKind::CategoryChanged, format!("{id}: moved {}", if up { "up" } else { "down" }));
                if tx.was_done(&deed).await? {
                    return Ok(true);
                }
                let mut categories = tx.categories().await?;
                let Some(at) = categories.iter().position(|category| category.id == id) else { return Ok(false) };
                if !swap(&mut categories, at, up) {
                    return Ok(false);
                }
                for (position, mut category) in (1..).zip(categories) {
                    category.position = position;
                    tx.put_category(&category).await?;
                }
                tx.deed(deed);
                Ok(true)
            })
        })
        .await
    }

    /// Names a category in one language; an empty name takes the language away, but for the last one. False when there is none such.
    pub async fn name_category(&self, id: &CategoryId, language: &str, name: &str) -> Result<bool> {
        let (id, language, name) = (id.clone(), language.to_owned(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let Some(mut category) = tx.categories().await?.into_iter().find(|category| category.id == id) else { return Ok(false) };
                let mut named = category.name.clone();
                named.set(&language, name);
                if !named.is_empty() {
                    category.name = named;
                    tx.put_category(&category).await?;
                    tx.deed(Deed::new(DeedKind::CategoryChanged, format!("{id}: {}", category.name.get(&language))));
                }
                Ok(true)
            })
        })
        .await
    }

    /// Gives a category a picture, or takes it away. False when there is none such.
    pub async fn picture_category(&self, id: &CategoryId, picture: Option<BlobId>) -> Result<bool> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let Some(category) = tx.categories().await?.into_iter().find(|category| category.id == id) else { return Ok(false) };
                tx.put_category(&Category { picture, ..category }).await?;
                tx.deed(Deed::new(DeedKind::CategoryChanged, format!("{id}: picture")));
                Ok(true)
            })
        })
        .await
    }

    /// Makes a category behind all others, unless there is one of that name; gives its id.
    pub async fn new_category(&self, language: &str, name: &str) -> Result<CategoryId> {
        let (language, name) = (language.to_owned(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let id = super::products::category_named(tx, &name, &language).await?;
                tx.deed(Deed::new(DeedKind::CategoryChanged, format!("{id}: {name}")));
                Ok(id)
            })
        })
        .await
    }

    /// Takes a category away in which nothing stands. Archived products lose it: nobody looks for them there.
    pub async fn delete_category(&self, id: &CategoryId) -> Result<Deleted> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let products = tx.products_in(&id).await?;
                if products > 0 {
                    return Ok(Deleted::InUse { products });
                }
                if !tx.delete_category(&id).await? {
                    return Ok(Deleted::Gone);
                }
                tx.deed(Deed::new(DeedKind::CategoryChanged, format!("{id}: -")));
                Ok(Deleted::Done)
            })
        })
        .await
    }

    /// A draft like another product, without its stock; none when that is gone.
    pub async fn duplicate(&self, id: &ProductId) -> Result<Option<ProductId>> {
        let id = id.clone();
        // A tap that is handled again makes no second one.
        let tail = self.cause.as_deref().map_or_else(new_tail, tail_of);
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let Some(product) = tx.product(&id).await?.filter(|product| product.state != ProductState::Archived) else {
                    return Ok(None);
                };
                let name = numbered(&product.name);
                let new = ProductId::parse(&id_of(name.get("en"), &tail)).ok_or_else(|| store::Error::corrupt("an id that is none"))?;
                if tx.product(&new).await?.is_some() {
                    return Ok(Some(new));
                }
                let position = tx.next_product_position().await?;
                let copy = Product { id: new.clone(), name, position, state: ProductState::Draft, ..product };
                tx.put_product(&copy).await?;
                tx.deed(Deed::new(DeedKind::ProductMade, format!("{new}: like {id}")).product(&new));
                Ok(Some(new))
            })
        })
        .await
    }
}

/// Exchanges an element with its neighbour; false when there is none.
fn swap<T>(list: &mut [T], at: usize, up: bool) -> bool {
    let other = if up { at.checked_sub(1) } else { at.checked_add(1).filter(|other| *other < list.len()) };
    let Some(other) = other else { return false };
    list.swap(at, other);
    true
}

/// The name with the next number behind it, cut so that it fits.
fn numbered(name: &Localized) -> Localized {
    name.iter().map(|(language, text)| (language.to_owned(), next(text))).collect()
}

fn next(text: &str) -> String {
    let (stem, number) = match text.rsplit_once(" (") {
        Some((stem, rest)) => match rest.strip_suffix(')').and_then(|number| number.parse::<u32>().ok()) {
            Some(number) => (stem, number.saturating_add(1)),
            None => (text, 2),
        },
        None => (text, 2),
    };
    let end = format!(" ({number})");
    let stem: String = stem.chars().take(NAME_CHARS_MAX.saturating_sub(end.chars().count())).collect();
    format!("{}{end}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_next_number_and_fits() {
        assert_eq!(next("Mug"), "Mug (2)");
        assert_eq!(next("Mug (2)"), "Mug (3)");
        assert_eq!(next("Mug (blue)"), "Mug (blue) (2)");
        assert_eq!(next(&"🦉".repeat(60)).chars().count(), 60);
    }

    #[test]
    fn neighbours_change_places() {
        let mut list = [1, 2, 3];
        assert!(swap(&mut list, 2, true) && list == [1, 3, 2]);
        assert!(swap(&mut list, 0, false) && list == [3, 1, 2]);
        assert!(!swap(&mut list, 0, true) && !swap(&mut list, 2, false));
    }
}
