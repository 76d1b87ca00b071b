//! Two programs on one PostgreSQL change the same thing at the same moment: the second waits, and works with what the first has made.

use futures_util::future::BoxFuture;
use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::deed::DeedKind;
use kiosk::domain::language::Localized;
use kiosk::domain::option::{OptionId, ProductOption};
use kiosk::domain::order::{Charge, OrderState};
use kiosk::domain::product::{CategoryId, Product, ProductId, ProductState};
use kiosk::shop::broadcast::Edit;
use kiosk::shop::catalog_file::{self, Outcome};
use kiosk::shop::notice::Notice;
use kiosk::shop::notice_place::NoticePlace;
use kiosk::shop::stock::{Intake, TakenIn};
use kiosk::store::{Audience, AuditOf, Conn, Deed, Place, Result, Store, UnitFile};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::postgres;
use crate::store::{BUYER, Db, order, somebody_waits, usd, write_with};
use crate::world::{ANN, BEGIN, Options, SELLER, World, within};

/// What another program writes: it is done, and goes on only when told.
struct Held {
    go_on: oneshot::Sender<()>,
    write: JoinHandle<Result<()>>,
}

impl Held {
    async fn new<W>(store: &Store, work: W) -> Self
    where
        W: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<()>> + Send + 'static,
    {
        let (store, (done, is_done), (go_on, told)) = (store.clone(), oneshot::channel(), oneshot::channel());
        let write = tokio::spawn(async move {
            let write = store.write(move |tx| {
                Box::pin(async move {
                    work(tx).await?;
                    done.send(()).unwrap();
                    told.await.unwrap();
                    Ok(())
                })
            });
            write.await
        });
        is_done.await.unwrap();
        Self { go_on, write }
    }

    /// What becomes of `ours`, which waits for it.
    async fn and<T>(self, onlooker: &mut PgConnection, ours: impl Future<Output = T>) -> T {
        let theirs = async {
            somebody_waits(onlooker).await;
            self.go_on.send(()).unwrap();
            self.write.await.unwrap().unwrap();
        };
        within("one to wait for the other", async { tokio::join!(ours, theirs).0 }).await
    }
}

/// A shop on PostgreSQL, and somebody who looks into it.
async fn shop() -> Option<(World, PgConnection)> {
    let url = postgres::new_database().await?;
    let world = World::with(Options { place: Some(Place::Postgres(url)), ..Options::default() }).await;
    let onlooker = world.connect().await;
    Some((world, onlooker))
}

async fn product(world: &World, id: &str) -> Product {
    world.shop().store.read().await.unwrap().product(&ProductId::parse(id).unwrap()).await.unwrap().unwrap()
}

/// Another program changes a product.
async fn changing(world: &World, product: Product) -> Held {
    let work = Held::new(&world.shop().store, move |tx| {
        Box::pin(async move {
            tx.lock_shop().await?;
            tx.lock_product(&product.id).await?;
            tx.put_product(&product).await
        })
    });
    work.await
}

/// Another program edits a draft.
async fn editing(world: &World, audience: Audience) -> Held {
    let work = Held::new(&world.shop().store, move |tx| {
        Box::pin(async move {
            let mut draft = tx.broadcast_to_change("b").await?.unwrap();
            draft.audience = audience;
            tx.change_broadcast(&draft).await.map(|_| ())
        })
    });
    work.await
}

/// Both groups of the staff are this one.
async fn choose(tx: &mut Conn, chat: i64) -> Result<()> {
    tx.lock_shop().await?;
    let place = NoticePlace { chat, topic: None, title: "Owls".to_owned(), by: SELLER };
    tx.set_setting("notice_place", &Some(place)).await?;
    tx.set_setting("staff_group", &Some(chat)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_overwrites_nothing_that_was_changed_while_it_was_worked_out() {
    let Some((world, mut onlooker)) = shop().await else { return };
    let file = "products:\n  - { id: last, category: keys, name: { en: Last Timer }, price: \"9\", kind: keys }\n";
    let file = catalog_file::read_text(file, &|_, _| unreachable!("it names no file")).unwrap();
    let plan = world.shop().catalog_plan(&file, Role::Owner).await.unwrap().unwrap();
    let mut changed = product(&world, "last").await;
    changed.description = Localized::plain("The very last one");
    let theirs = changing(&world, changed).await;
    let fingerprint = plan.fingerprint();
    let outcome = theirs.and(&mut onlooker, world.shop().import_catalog(file, Role::Owner, &fingerprint)).await.unwrap();
    assert!(matches!(outcome, Outcome::Another(_)), "{outcome:?}");
    let last = product(&world, "last").await;
    assert_eq!((last.price, last.description.get("en")), (usd(800), "The very last one"));
    world.end().await;
}

/// It may be a large one. What it changes is locked, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_catalog_is_imported_from_the_command_line_the_staff_goes_on_working() {
    let Some((world, mut onlooker)) = shop().await else { return };
    let file = world.data_dir().join("shop.yaml");
    let words = "products:\n  - { id: last, category: keys, name: { en: Last Timer }, price: \"9\", kind: keys, stock: [ LAST-2 ] }\n";
    std::fs::write(&file, words).unwrap();
    // The import waits in its middle: somebody buys the product just then.
    let buying = Held::new(&world.shop().store, |tx| Box::pin(async move { tx.lock_product(&ProductId::parse("last").unwrap()).await }));
    let buying = buying.await;
    let importing = catalog_file::import_file(&world.shop().store, &file, BEGIN);
    let staff = async {
        somebody_waits(&mut onlooker).await;
        let note = world
            .shop()
            .write(|tx| Box::pin(async move { tx.deed_of(CustomerId(SELLER), Deed::new(DeedKind::Other, "beside it"), BEGIN).await }));
        within("what the staff does to be written down", note).await.unwrap();
        buying.go_on.send(()).unwrap();
        buying.write.await.unwrap().unwrap();
    };
    let (imported, ()) = tokio::join!(Box::pin(importing), staff);
    assert!(!imported.unwrap().plan.is_nothing());
    let done = world.shop().store.read().await.unwrap().audit(&AuditOf::All, 0, 2).await.unwrap();
    assert_eq!(done.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [DeedKind::CatalogImported, DeedKind::Other]);
    assert_eq!(world.stock("last").await, 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_changes_of_one_category_are_both_kept() {
    let Some((world, mut onlooker)) = shop().await else { return };
    let keys = CategoryId::parse("keys").unwrap();
    let mut pictured = world.shop().shelves_for_seller().await.unwrap().remove(0).category;
    assert_eq!(pictured.id, keys);
    let picture = world.shop().keep_blob("image/png", b"a picture".to_vec()).await.unwrap();
    pictured.picture = Some(picture.clone());
    let theirs = Held::new(&world.shop().store, move |tx| {
        Box::pin(async move {
            tx.lock_shop().await?;
            tx.put_category(&pictured).await
        })
    });
    let theirs = theirs.await;
    assert!(theirs.and(&mut onlooker, world.shop().name_category(&keys, "de", "Schlüssel")).await.unwrap());
    let category = world.shop().shelves_for_seller().await.unwrap().remove(0).category;
    assert_eq!((category.name.get("de"), category.picture), ("Schlüssel", Some(picture)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_that_is_put_on_sale_at_the_same_moment_is_not_thrown_away() {
    let Some((world, mut onlooker)) = shop().await else { return };
    let id = world.shop().duplicate(&ProductId::parse("mug").unwrap()).await.unwrap().unwrap();
    let mut on_sale = product(&world, id.as_str()).await;
    on_sale.state = ProductState::OnSale;
    let theirs = changing(&world, on_sale).await;
    assert!(!theirs.and(&mut onlooker, world.shop().discard_draft(&id)).await.unwrap());
    assert_eq!(product(&world, id.as_str()).await.state, ProductState::OnSale);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_option_that_is_taken_away_at_the_same_moment_gets_no_units() {
    let Some((world, mut onlooker)) = shop().await else { return };
    let option = |id: &str| ProductOption {
        id: OptionId::parse(id).unwrap(),
        name: Localized::plain(id),
        price: usd(800),
        volume: Vec::new(),
        days: None,
    };
    let mut last = product(&world, "last").await;
    last.options = vec![option("month"), option("year")];
    let both = last.clone();
    world.shop().write(move |tx| Box::pin(async move { tx.put_product(&both).await })).await.unwrap();
    let intake = |name: &str| Intake { name: name.to_owned(), product: last.id.clone(), option: OptionId::parse("year") };
    for way in ["texts", "files"] {
        let theirs = changing(&world, Product { options: vec![option("month")], ..last.clone() }).await;
        let refused = if way == "texts" {
            let units = vec!["YEAR-1".to_owned()];
            let intake = intake(way);
            let ours = async { world.shop().take_in_units(&intake, units, &mut |_| Box::pin(async {})).await };
            theirs.and(&mut onlooker, Box::pin(ours)).await.unwrap()
        } else {
            let file = UnitFile { name: "year.lic".to_owned(), media_type: "text/plain", bytes: b"YEAR-2".to_vec() };
            theirs.and(&mut onlooker, world.shop().take_in_files(&intake(way), vec![file])).await.unwrap()
        };
        assert_eq!(refused, TakenIn::NoOption, "{way}");
        let both = last.clone();
        world.shop().write(move |tx| Box::pin(async move { tx.put_product(&both).await })).await.unwrap();
    }
    assert_eq!(world.stock("last").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_two_take_in_at_once_stand_one_behind_another() {
    let Some((world, mut onlooker)) = shop().await else { return };
    let id = ProductId::parse("last").unwrap();
    let theirs_of = id.clone();
    let theirs = Held::new(&world.shop().store, move |tx| {
        Box::pin(async move {
            tx.lock_product(&theirs_of).await?;
            tx.add_stock(&theirs_of, &["THEIRS-1".to_owned(), "THEIRS-2".to_owned()]).await.map(|_| ())
        })
    });
    let theirs = theirs.await;
    theirs.and(&mut onlooker, Box::pin(world.shop().take_in(&id, None, "OURS-1\nOURS-2"))).await.unwrap();
    let units = world.shop().store.read().await.unwrap().unit_records(("", i64::MIN, ""), 100).await.unwrap();
    let units: Vec<_> = units.into_iter().filter(|unit| unit.product == "last").map(|unit| (unit.position, unit.content)).collect();
    let expected = ["ONLY-ONE-LEFT", "THEIRS-1", "THEIRS-2", "OURS-1", "OURS-2"].map(str::to_owned);
    assert_eq!(units, (1..).zip(expected).collect::<Vec<_>>());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_edits_of_one_broadcast_are_both_kept_and_none_goes_out_unseen() {
    let Some((world, mut onlooker)) = shop().await else { return };
    world.shop().draft_broadcast("b", CustomerId(SELLER), "Hello").await.unwrap();
    let theirs = editing(&world, Audience::Inactive(30)).await;
    assert!(theirs.and(&mut onlooker, world.shop().edit_broadcast("b", Edit::Text("Hello again".to_owned()))).await.unwrap());
    let both = world.shop().broadcast("b").await.unwrap().unwrap();
    assert_eq!((both.text.as_str(), &both.audience), ("Hello again", &Audience::Inactive(30)));
    let theirs = editing(&world, Audience::Language("zz".to_owned())).await;
    assert!(theirs.and(&mut onlooker, world.shop().send_broadcast("b")).await.unwrap());
    let sent = world.shop().broadcast("b").await.unwrap().unwrap();
    assert_eq!((sent.audience.code().as_str(), sent.total), ("l=zz", 0), "nobody speaks that");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_was_chosen_just_now_is_not_given_up_for_one_that_is_gone() {
    const GONE: i64 = -1_001;
    const CHOSEN: i64 = -1_002;
    let Some((world, mut onlooker)) = shop().await else { return };
    let (shop, to) = (world.shop(), Notice::ProviderTrouble { detail: "x".to_owned() });
    for way in ["gone", "moved"] {
        shop.write(|tx| Box::pin(choose(tx, GONE))).await.unwrap();
        let theirs = Held::new(&shop.store, |tx| Box::pin(choose(tx, CHOSEN))).await;
        let ours = async {
            if way == "moved" {
                return shop.group_moved(GONE, -1_003).await;
            }
            let (notices, group) = tokio::join!(shop.notice_place_is_gone(GONE, None), shop.staff_group_is_gone(GONE, to.clone()));
            notices.and(group)
        };
        theirs.and(&mut onlooker, ours).await.unwrap();
        let chosen = (shop.notice_place().await.unwrap().map(|place| place.chat), shop.staff_group().await.unwrap());
        assert_eq!(chosen, (Some(CHOSEN), Some(CHOSEN)), "{way}");
    }
    shop.set_notice_place(None).await.unwrap();
    shop.set_staff_group(None).await.unwrap();
    world.end().await;
}

/// Its lines are the buyer's, who is asked for money.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_opened_while_drafts_are_thrown_away_keeps_its_lines() {
    let Some(db) = Db::postgres().await else { return };
    let mut onlooker = db.connect().await;
    let keys = db.with_keys(&["A"]).await;
    let draft = db.with_order(order(&keys, 1, OrderState::Draft)).await;
    let id = draft.id.clone();
    let theirs =
        Held::new(&db.store, move |tx| Box::pin(async move { tx.move_order(&id, OrderState::Draft, OrderState::Open).await.map(|_| ()) }));
    let theirs = theirs.await;
    theirs.and(&mut onlooker, async { write_with!(db, tx => tx.drop_draft(BUYER)) }).await.unwrap();
    let opened = db.read().await.order(&draft.id).await.unwrap().unwrap();
    assert_eq!((opened.state, opened.charge, opened.lines.len()), (OrderState::Open, Charge::None, 1));
}

/// The other one holds what is asked about, and wants the row that the start has written before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_loses_a_race_for_rows_is_tried_again() {
    let Some((mut world, mut onlooker)) = shop().await else { return };
    world.order(ANN, "editor").await;
    world.stop().await;
    let mut other = world.connect().await;
    let mut theirs = other.begin().await.unwrap();
    sqlx::query("UPDATE jobs SET run_at = run_at + 1000 WHERE kind = 'recheck'").execute(&mut *theirs).await.unwrap();
    let other_program = async {
        somebody_waits(&mut onlooker).await;
        sqlx::query("UPDATE jobs SET run_at = run_at WHERE kind = 'sweep'").execute(&mut *theirs).await.unwrap();
        theirs.commit().await.unwrap();
    };
    tokio::join!(world.start_again(), other_program);
    world.end().await;
}
