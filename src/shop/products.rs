//! What a seller does with a product: seeing it, making it, changing it, taking it out of the catalog.

use super::browse::{Offered, PAGE};
use super::catalog_file::{DOCUMENTS_MAX, Picture, default_quantity, media_type};
use super::differences::{differences, shown};
use super::fields::{id_of, new_tail};
use super::{Result, Shop};
use crate::domain::deed::DeedKind;
use crate::domain::language::Localized;
use crate::domain::money::Fiat;
use crate::domain::product::{BlobId, Category, CategoryId, Kind, Product, ProductFile, ProductId, ProductState, Question};
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

/// A change of one thing.
#[derive(Debug, Clone)]
pub enum Change {
    Name(String),
    /// Empty: none.
    Description(String),
    Price(Fiat),
    Picture(Option<BlobId>),
    Shelf(ShelfChoice),
    QuantityMax(u32),
    /// Of kind file: what everybody gets.
    Text(String),
    /// Of kind file: one more document.
    AddFile(ProductFile),
    /// Of kind file: nothing at all, to begin anew.
    ClearGoods,
    /// Of kind manual: what is asked before paying.
    Questions(Vec<Question>),
    State(ProductState),
}

/// What became of a change.
#[derive(Debug, Clone)]
pub enum Changed {
    Done {
        before: Box<Product>,
        after: Box<Product>,
    },
    /// There is no such product, or it is archived.
    Gone,
    /// Not for a product of this kind.
    OtherKind,
    /// It has as many documents as a product can have.
    FilesFull,
    /// On sale it would give its buyers nothing.
    NothingToGive,
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
                let known = tx.product(&id).await?.filter(|product| product.state != ProductState::Archived);
                let Some(before) = known else { return Ok(Changed::Gone) };
                let shelf = match &change {
                    Change::Shelf(shelf) => place_on(tx, shelf, &language).await?,
                    _ => None,
                };
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

/// The product after the change, or why there is none.
fn changed(before: &Product, change: Change, shelf: Option<CategoryId>, language: &str) -> std::result::Result<Product, Changed> {
    let mut product = before.clone();
    let kind = match &change {
        Change::Text(_) | Change::AddFile(_) | Change::ClearGoods => Kind::File,
        Change::Questions(_) => Kind::Manual,
        _ => product.kind,
    };
    if kind != product.kind {
        return Err(Changed::OtherKind);
    }
    match change {
        Change::Name(name) => product.name.set_shown(language, name),
        Change::Description(description) => product.description.set_shown(language, description),
        Change::Price(price) => product.price = price,
        Change::Picture(picture) => product.picture = picture,
        Change::Shelf(_) => product.category = shelf,
        Change::QuantityMax(most) => product.quantity_max = most,
        Change::Text(text) => product.text.set_shown(language, text),
        // A document that comes twice is one: the second may be the first, sent again by a network that stuttered.
        Change::AddFile(file) if product.files.contains(&file) => {}
        Change::AddFile(_) if product.files.len() >= DOCUMENTS_MAX => return Err(Changed::FilesFull),
        Change::AddFile(file) => product.files.push(file),
        Change::ClearGoods => {
            product.text = Localized::default();
            product.files.clear();
            if product.state == ProductState::OnSale {
                product.state = ProductState::Hidden;
            }
        }
        Change::Questions(questions) => product.questions = questions,
        Change::State(ProductState::OnSale) if gives_nothing(&product) => return Err(Changed::NothingToGive),
        Change::State(state) => product.state = state,
    }
    Ok(product)
}

/// Whether a buyer would get nothing for the money. Units of stock may come later: until then the product is sold out.
pub fn gives_nothing(product: &Product) -> bool {
    product.kind == Kind::File && product.text.is_empty() && product.files.is_empty()
}

async fn save_draft(tx: &mut Conn, draft: Draft) -> store::Result<bool> {
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
    let (position, goods) = match before {
        Some(before) => (before.position, Some((before.quantity_max, before.text, before.files, before.questions))),
        None => (tx.next_product_position().await?, None),
    };
    let (quantity_max, text, files, questions) =
        goods.unwrap_or_else(|| (default_quantity(draft.kind), Localized::default(), Vec::new(), Vec::new()));
    let product = Product {
        id: draft.id,
        category,
        position,
        name: localized(draft.name),
        description: localized(draft.description),
        price: draft.price,
        kind: draft.kind,
        state: ProductState::Draft,
        quantity_max,
        picture: draft.picture,
        text,
        files,
        questions,
    };
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
    let name = match shelf {
        ShelfChoice::None => return Ok(None),
        ShelfChoice::Known(id) => return Ok(known.into_iter().map(|category| category.id).find(|known| known == id)),
        ShelfChoice::Named(name) => name,
    };
    let same = |category: &&Category| category.name.iter().any(|(_, known)| known.to_lowercase() == name.to_lowercase());
    if let Some(category) = known.iter().find(same) {
        return Ok(Some(category.id.clone()));
    }
    let id = CategoryId::parse(&id_of(name, &new_tail())).ok_or_else(|| store::Error::corrupt("an id that is none"))?;
    let position = known.iter().map(|category| category.position).max().unwrap_or(0) + 1;
    let mut localized = Localized::default();
    localized.set(language, name.as_str());
    tx.put_category(&Category { id: id.clone(), name: localized, position }).await?;
    Ok(Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn product(kind: Kind) -> Product {
        Product {
            id: ProductId::parse("handbook").unwrap(),
            category: None,
            position: 1,
            name: Localized::plain("Handbook"),
            description: Localized::default(),
            price: Fiat::new(400, Currency::Usd),
            kind,
            state: ProductState::Draft,
            quantity_max: 1,
            picture: None,
            text: Localized::default(),
            files: Vec::new(),
            questions: Vec::new(),
        }
    }

    fn file(number: usize) -> ProductFile {
        ProductFile { blob: BlobId(format!("{number}")), name: "guide.pdf".to_owned() }
    }

    #[test]
    fn what_would_give_nothing_is_not_put_on_sale() {
        let empty = product(Kind::File);
        assert!(matches!(changed(&empty, Change::State(ProductState::OnSale), None, "en"), Err(Changed::NothingToGive)));
        let filled = changed(&empty, Change::Text("https://example.com".to_owned()), None, "en").unwrap();
        let on_sale = changed(&filled, Change::State(ProductState::OnSale), None, "en").unwrap();
        let emptied = changed(&on_sale, Change::ClearGoods, None, "en").unwrap();
        assert_eq!(emptied.state, ProductState::Hidden, "nobody pays for nothing meanwhile");
        assert!(changed(&product(Kind::Keys), Change::State(ProductState::OnSale), None, "en").is_ok(), "it is sold out until stock comes");
    }

    #[test]
    fn documents_are_counted_once_and_have_an_end() {
        let mut full = product(Kind::File);
        for number in [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9] {
            full = changed(&full, Change::AddFile(file(number)), None, "en").unwrap();
        }
        assert_eq!(full.files.len(), 10);
        assert!(matches!(changed(&full, Change::AddFile(file(10)), None, "en"), Err(Changed::FilesFull)));
        assert!(changed(&full, Change::AddFile(file(9)), None, "en").is_ok(), "one that it has is no further one");
    }

    #[test]
    fn goods_of_one_kind_are_not_given_to_another() {
        for change in [Change::Text("x".to_owned()), Change::AddFile(file(1)), Change::ClearGoods] {
            assert!(matches!(changed(&product(Kind::Keys), change, None, "en"), Err(Changed::OtherKind)));
        }
        assert!(matches!(changed(&product(Kind::File), Change::Questions(Vec::new()), None, "en"), Err(Changed::OtherKind)));
    }
}
