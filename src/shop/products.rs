//! What a seller does with a product: seeing it, making it, changing it, taking it out of the catalog.

use super::browse::{Offered, PAGE};
use super::catalog_file::{Picture, default_quantity, media_type};
use super::change::changed;
pub use super::change::{Change, Changed, gives_nothing};
use super::differences::{differences, shown};
use super::fields::{id_of, new_tail};
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::language::Localized;
use crate::domain::money::Fiat;
use crate::domain::product::{BlobId, Category, CategoryId, Kind, Product, ProductFile, ProductId, ProductState};
use crate::store::{self, Conn, Deed, Listed};

/// A product, and what its seller wants to know of it.
#[derive(Debug, Clone)]
pub struct ForSeller {
    pub offered: Offered,
    /// Units that were paid for.
    pub sold: i64,
    pub category: Option<Category>,
}

/// Where a product stands in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShelfChoice {
    /// On no shelf: on the front.
    None,
    Known(CategoryId),
    /// In the category of this name, which is made when there is none.
    Named(String),
}

/// A product that is not finished.
#[derive(Debug, Clone)]
pub struct Draft {
    pub id: ProductId,
    pub kind: Kind,
    pub name: String,
    pub price: Fiat,
    pub shelf: ShelfChoice,
    /// Empty when it has none.
    pub description: String,
    pub picture: Option<BlobId>,
    /// The language in which all this was written.
    pub language: String,
}

impl Shop {
    /// A page of the products that are not archived, and whether more follow; page from 0.
    pub async fn product_page(&self, page: u32) -> Result<(Vec<Listed>, bool)> {
        let mut listed = self.store.read().await?.products(i64::from(page) * PAGE, PAGE + 1).await?;
        let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = listed.len() > page_size;
        listed.truncate(page_size);
        Ok((listed, more))
    }

    /// A product in any state, with what its seller wants to know.
    pub async fn product_for_seller(&self, id: &ProductId) -> Result<Option<ForSeller>> {
        let Some(offered) = self.any_product(id).await? else { return Ok(None) };
        let mut conn = self.store.read().await?;
        let sold = conn.units_paid(id).await?;
        let shelf = offered.product.category.as_ref();
        let category = conn.categories().await?.into_iter().find(|category| Some(&category.id) == shelf);
        Ok(Some(ForSeller { offered, sold, category }))
    }

    /// Keeps a picture or a document.
    pub async fn keep_blob(&self, media_type: &'static str, bytes: Vec<u8>) -> Result<BlobId> {
        self.write(move |tx| Box::pin(async move { tx.put_blob(media_type, &bytes).await })).await
    }

    /// Keeps a picture; none when it is nothing that Telegram shows as a photo.
    pub async fn keep_picture(&self, bytes: Vec<u8>) -> Result<Option<BlobId>> {
        match Picture::parse(bytes) {
            Ok(picture) => self.keep_blob(picture.media_type, picture.bytes).await.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Keeps a document and adds it to what everybody gets.
    pub async fn add_file(&self, id: &ProductId, name: &str, bytes: Vec<u8>) -> Result<Changed> {
        let blob = self.keep_blob(media_type(name), bytes).await?;
        self.change(id, "", Change::AddFile(ProductFile { blob, name: name.to_owned() })).await
    }

    /// Writes a draft, or writes it anew. False when a product of its id is no draft any more; then nothing changes.
    pub async fn save_draft(&self, draft: Draft) -> Result<bool> {
        self.write(move |tx| Box::pin(async move { save_draft(tx, draft).await })).await
    }

    /// Throws a draft away that holds no stock and was never ordered; false when it stays.
    pub async fn discard_draft(&self, id: &ProductId) -> Result<bool> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                let draft = tx.product(&id).await?.filter(|product| product.state == ProductState::Draft);
                let Some(draft) = draft else { return Ok(false) };
                let gone = tx.delete_unused_product(&id).await?;
                if gone {
                    tx.deed(Deed::new(DeedKind::ProductDropped, shown(&draft.name)).product(&id));
                }
                Ok(gone)
            })
        })
        .await
    }

    /// Changes one thing about a product, as seen by a reader of `language`.
    pub async fn change(&self, id: &ProductId, language: &str, change: Change) -> Result<Changed> {
        let (id, language) = (id.clone(), language.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                tx.lock_shop().await?;
                tx.lock_product(&id).await?;
                let known = tx.product(&id).await?.filter(|product| product.state != ProductState::Archived);
                let Some(before) = known else { return Ok(Changed::Gone) };
                let shelf = match &change {
                    Change::Shelf(shelf) => place_on(tx, shelf, &language).await?,
                    _ => None,
                };
                if let Change::RemoveOption(option) = &change {
                    let units = tx.unsold_of(&id, option).await?;
                    let is_last = before.options.len() == 1;
                    if units > 0 && !is_last && before.option(option).is_some() {
                        return Ok(Changed::OptionInStock { units });
                    }
                }
                match changed(&before, change, shelf, &language) {
                    Ok(after) => {
                        if let Some(words) = differences(&before, &after) {
                            tx.put_product(&after).await?;
                            tx.deed(Deed::new(DeedKind::ProductChanged, words).product(&after.id));
                        }
                        Ok(Changed::Done { before: Box::new(before), after: Box::new(after) })
                    }
                    Err(why) => Ok(why),
                }
            })
        })
        .await
    }
}

async fn save_draft(tx: &mut Conn, draft: Draft) -> store::Result<bool> {
    tx.lock_shop().await?;
    tx.lock_product(&draft.id).await?;
    let before = tx.product(&draft.id).await?;
    if before.as_ref().is_some_and(|before| before.state != ProductState::Draft || before.kind != draft.kind) {
        return Ok(false);
    }
    let category = place_on(tx, &draft.shelf, &draft.language).await?;
    let localized = |text: String| {
        let mut localized = Localized::default();
        localized.set(&draft.language, text);
        localized
    };
    let known = before.clone();
    let product = match before {
        // What is asked in the form is written anew; goods and options stay.
        Some(before) => Product {
            category,
            name: localized(draft.name),
            description: localized(draft.description),
            price: draft.price,
            picture: draft.picture,
            volume: before.volume.into_iter().filter(|step| step.minor < draft.price.minor).collect(),
            ..before
        },
        None => Product {
            id: draft.id,
            category,
            position: tx.next_product_position().await?,
            name: localized(draft.name),
            description: localized(draft.description),
            price: draft.price,
            kind: draft.kind,
            state: ProductState::Draft,
            quantity_max: default_quantity(draft.kind),
            picture: draft.picture,
            text: Localized::default(),
            files: Vec::new(),
            questions: Vec::new(),
            invite: None,
            webhook: None,
            quantity_min: 1,
            volume: Vec::new(),
            options: Vec::new(),
        },
    };
    let product = product.with_price_of_options();
    let words = match &known {
        None => Some(format!("{}: {}", shown(&product.name), product.price)),
        Some(before) => differences(before, &product),
    };
    if let Some(words) = words {
        tx.put_product(&product).await?;
        let kind = if known.is_some() { DeedKind::ProductChanged } else { DeedKind::ProductMade };
        tx.deed(Deed::new(kind, words).product(&product.id));
    }
    Ok(true)
}

/// The category that was meant; it is made when it is new. One that is gone is none.
async fn place_on(tx: &mut Conn, shelf: &ShelfChoice, language: &str) -> store::Result<Option<CategoryId>> {
    let known = tx.categories().await?;
    match shelf {
        ShelfChoice::None => Ok(None),
        ShelfChoice::Known(id) => Ok(known.into_iter().map(|category| category.id).find(|known| known == id)),
        ShelfChoice::Named(name) => category_named(tx, name, language).await.map(Some),
    }
}

/// The category of this name in whatever language; it is made when there is none.
pub(super) async fn category_named(tx: &mut Conn, name: &str, language: &str) -> store::Result<CategoryId> {
    let known = tx.categories().await?;
    let same = |category: &&Category| category.name.iter().any(|(_, known)| known.to_lowercase() == name.to_lowercase());
    if let Some(category) = known.iter().find(same) {
        return Ok(category.id.clone());
    }
    let id = CategoryId::parse(&id_of(name, &new_tail())).ok_or_else(|| store::Error::corrupt("an id that is none"))?;
    let position = known.iter().map(|category| category.position).max().unwrap_or(0) + 1;
    let mut localized = Localized::default();
    localized.set(language, name);
    tx.put_category(&Category { id: id.clone(), name: localized, position, picture: None }).await?;
    Ok(id)
}
