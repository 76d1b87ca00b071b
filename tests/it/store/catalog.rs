//! Categories and products.

use kiosk::domain::language::Localized;
use kiosk::domain::order::{Charge, OrderState};
use kiosk::domain::product::{Category, CategoryId, Kind, ProductFile, ProductId, ProductState, Question, QuestionKind};
use kiosk::store::Error;

use super::{Db, NOW, order, product, stories, write_with};

stories![
    a_product_is_read_as_it_was_put,
    a_product_that_is_put_again_changes_and_keeps_its_stock,
    shelves_show_what_is_on_sale_in_the_shops_order,
    lists_come_in_pages,
    a_product_of_an_unknown_category_is_refused,
    a_new_product_goes_behind_all_others,
    what_is_nearly_sold_out_is_listed_the_scarcest_first,
    units_are_counted_once_they_are_paid_for,
    only_a_product_that_was_never_used_is_taken_away,
];

fn category(id: &str, position: i64) -> Category {
    Category { id: CategoryId::parse(id).unwrap(), name: Localized::plain(id.to_uppercase()), position, picture: None }
}

async fn a_product_is_read_as_it_was_put(db: Db) {
    let mut wanted = product("handbook", Kind::File);
    wanted.category = Some(category("books", 1).id);
    wanted.name.set("ru", "Справочник");
    wanted.text = Localized::plain("https://example.com/handbook");
    wanted.questions = vec![Question {
        id: "size".to_owned(),
        kind: QuestionKind::Choice,
        label: Localized::plain("Which size?"),
        choices: vec!["S".to_owned(), "L".to_owned()],
    }];
    let mut put = wanted.clone();
    let put = write_with!(db, tx => async {
        tx.put_category(&category("books", 1)).await?;
        let picture = tx.put_blob("image/png", b"picture").await?;
        let document = tx.put_blob("application/pdf", b"document").await?;
        put.picture = Some(picture.clone());
        tx.put_category(&Category { picture: Some(picture.clone()), ..category("books", 1) }).await?;
        put.files = vec![
            ProductFile { blob: document.clone(), name: "b.pdf".to_owned() },
            ProductFile { blob: document, name: "a.pdf".to_owned() },
        ];
        tx.put_product(&put).await.map(|()| put)
    })
    .unwrap();
    let picture = put.picture.clone();
    assert_eq!(db.read().await.product(&put.id).await.unwrap(), Some(put));
    assert_eq!(db.read().await.categories().await.unwrap()[0].picture, picture);
    assert_eq!(db.read().await.shelves().await.unwrap()[0].category.picture, picture);
    assert_eq!(db.read().await.product(&ProductId::parse("nothing").unwrap()).await.unwrap(), None);
}

async fn a_product_that_is_put_again_changes_and_keeps_its_stock(db: Db) {
    let mut product = db.with_keys(&["AAAA-1111", "BBBB-2222"]).await;
    product.state = ProductState::Hidden;
    product.price.minor = 1_250;
    let changed = product.clone();
    write_with!(db, tx => tx.put_product(&changed)).unwrap();
    assert_eq!(db.read().await.product(&product.id).await.unwrap().unwrap(), product);
    assert_eq!(db.read().await.free_stock(&product.id).await.unwrap(), 2);
}

async fn shelves_show_what_is_on_sale_in_the_shops_order(db: Db) {
    write_with!(db, tx => async {
        for (id, position) in [("second", 2), ("first", 1), ("empty", 0)] {
            tx.put_category(&category(id, position)).await?;
        }
        for (id, shelf, state) in [
            ("a", Some("first"), ProductState::OnSale),
            ("b", Some("first"), ProductState::OnSale),
            ("c", Some("second"), ProductState::OnSale),
            ("d", Some("empty"), ProductState::Hidden),
            ("e", None, ProductState::OnSale),
            ("f", None, ProductState::Archived),
        ] {
            let mut product = product(id, Kind::Manual);
            product.category = shelf.and_then(CategoryId::parse);
            product.state = state;
            tx.put_product(&product).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut conn = db.read().await;
    let shelves = conn.shelves().await.unwrap();
    let counted: Vec<_> = shelves.iter().map(|shelf| (shelf.category.id.as_str(), shelf.products)).collect();
    assert_eq!(counted, [("first", 2), ("second", 1)]);
    assert_eq!(conn.categories().await.unwrap(), vec![category("empty", 0), category("first", 1), category("second", 2)]);
    assert_eq!(conn.on_sale_without_category().await.unwrap(), 1);
    let all: Vec<_> = conn.products(0, 10).await.unwrap().iter().map(|listed| listed.id.as_str().to_owned()).collect();
    assert_eq!(all, ["d", "a", "b", "c", "e"], "the archived one is not the seller's any more");
    assert_eq!(conn.product_ids().await.unwrap().len(), 6);
}

async fn lists_come_in_pages(db: Db) {
    let keys = db.with_keys(&["AAAA-1111"]).await;
    write_with!(db, tx => async {
        for (id, position) in [("mug", 3), ("shirt", 2)] {
            let mut product = product(id, Kind::Manual);
            product.position = position;
            tx.put_product(&product).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut conn = db.read().await;
    let first = conn.on_sale(None, 0, 2).await.unwrap();
    assert_eq!(first.iter().map(|listed| (listed.id.as_str(), listed.stock)).collect::<Vec<_>>(), [("editor", Some(1)), ("shirt", None)]);
    assert_eq!(first[0].price, keys.price);
    let second = conn.on_sale(None, 2, 2).await.unwrap();
    assert_eq!(second.iter().map(|listed| listed.id.as_str()).collect::<Vec<_>>(), ["mug"]);
    assert_eq!(conn.on_sale(CategoryId::parse("books").as_ref(), 0, 9).await.unwrap(), vec![]);
}

async fn a_product_of_an_unknown_category_is_refused(db: Db) {
    let mut product = product("mug", Kind::Manual);
    product.category = CategoryId::parse("nowhere");
    let put = write_with!(db, tx => tx.put_product(&product));
    assert!(matches!(put, Err(Error::Sql(_))), "{put:?}");
}

async fn a_new_product_goes_behind_all_others(db: Db) {
    assert_eq!(db.read().await.next_product_position().await.unwrap(), 1);
    let mut last = product("mug", Kind::Manual);
    last.position = 41;
    write_with!(db, tx => tx.put_product(&last)).unwrap();
    assert_eq!(db.read().await.next_product_position().await.unwrap(), 42);
}

async fn what_is_nearly_sold_out_is_listed_the_scarcest_first(db: Db) {
    db.with_keys(&["AAAA-1111", "BBBB-2222"]).await;
    for (id, kind, state, units) in [
        ("none", Kind::Keys, ProductState::OnSale, 0),
        ("four", Kind::Keys, ProductState::OnSale, 4),
        ("hidden", Kind::Keys, ProductState::Hidden, 0),
        ("handbook", Kind::File, ProductState::OnSale, 0),
    ] {
        let mut product = product(id, kind);
        product.state = state;
        let units: Vec<String> = (0..units).map(|unit| format!("{unit}")).collect();
        write_with!(db, tx => async { tx.put_product(&product).await?; tx.add_stock(&product.id, &units).await }).unwrap();
    }
    let low = db.read().await.low_stock(3, 9).await.unwrap();
    let low: Vec<_> = low.iter().map(|listed| (listed.id.as_str(), listed.stock)).collect();
    assert_eq!(low, [("none", Some(0)), ("editor", Some(2))]);
    assert_eq!(db.read().await.low_stock(3, 1).await.unwrap().len(), 1);
}

async fn units_are_counted_once_they_are_paid_for(db: Db) {
    let keys = db.with_keys(&[]).await;
    assert_eq!(db.read().await.units_paid(&keys.id).await.unwrap(), 0);
    for quantity in [2, 3] {
        let order = db.with_order(order(&keys, quantity, OrderState::Open)).await;
        if quantity == 3 {
            write_with!(db, tx => tx.book_payment(&order.id, Charge::Full, "invoice", NOW)).unwrap();
        }
    }
    assert_eq!(db.read().await.units_paid(&keys.id).await.unwrap(), 3);
}

async fn only_a_product_that_was_never_used_is_taken_away(db: Db) {
    let mut fresh = product("handbook", Kind::File);
    let put = write_with!(db, tx => async {
        let document = tx.put_blob("application/pdf", b"document").await?;
        fresh.files = vec![ProductFile { blob: document, name: "a.pdf".to_owned() }];
        tx.put_product(&fresh).await.map(|()| fresh)
    })
    .unwrap();
    let (first, again) = (put.id.clone(), put.id.clone());
    assert!(write_with!(db, tx => tx.delete_unused_product(&first)).unwrap());
    assert!(!write_with!(db, tx => tx.delete_unused_product(&again)).unwrap());
    assert_eq!(db.read().await.product(&put.id).await.unwrap(), None);
    let stocked = db.with_keys(&["AAAA-1111"]).await.id;
    let kept = stocked.clone();
    assert!(!write_with!(db, tx => tx.delete_unused_product(&stocked)).unwrap());
    assert!(db.read().await.product(&kept).await.unwrap().is_some());
}
