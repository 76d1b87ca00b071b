//! Units of stock: taken in once, sold once, readable by nobody without the key.

use std::time::{Duration, Instant};

use kiosk::domain::language::Localized;
use kiosk::domain::order::OrderState;
use kiosk::domain::product::Kind;
use kiosk::store::{Added, CaseKind, Error, JobKind, NewCase, NewJob, NewUpdate, Result, UnitFile};

use super::{BUYER, Db, NOW, NOW_MILLIS, order, product, stories, write_with};

stories![
    units_are_taken_in_once,
    units_go_out_in_the_order_in_which_they_came,
    of_sixteen_who_want_the_last_unit_one_gets_it,
    buyers_of_several_never_share_a_unit,
    a_line_gets_what_is_left,
    released_units_are_sold_again_and_sold_ones_never,
    stock_of_nothing_is_refused,
    a_hundred_thousand_units_are_taken_in_quickly,
    units_may_be_files_and_know_what_brought_them,
    free_units_are_taken_out_and_may_come_back,
];

fn units(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

async fn units_are_taken_in_once(db: Db) {
    let keys = db.with_keys(&["A", "B"]).await;
    let id = keys.id.clone();
    let added = write_with!(db, tx => tx.add_stock(&id, &units(&["B", "C", "C", "A", "D"]))).unwrap();
    assert_eq!(added, Added { added: 2, known: 3 });
    let order = db.with_order(order(&keys, 4, OrderState::Open)).await;
    let line = order.lines[0].id.clone();
    let id = keys.id.clone();
    write_with!(db, tx => async {
        tx.reserve_stock(&id, &line, 4).await?;
        tx.sell_stock(&line, NOW).await
    })
    .unwrap();
    let id = keys.id.clone();
    assert_eq!(write_with!(db, tx => tx.add_stock(&id, &units(&["A", "E"]))).unwrap(), Added { added: 1, known: 1 }, "sold is known too");
    let id = keys.id.clone();
    assert_eq!(write_with!(db, tx => tx.add_stock(&id, &[])).unwrap(), Added::default());
    let mut other = product("mug", Kind::Keys);
    other.position = 2;
    let added = write_with!(db, tx => async {
        tx.put_product(&other).await?;
        tx.add_stock(&other.id, &units(&["A"])).await
    });
    assert_eq!(added.unwrap().added, 1, "another product may have the same");
    assert_eq!(db.read().await.unsold_units(&keys.id, None).await.unwrap(), ["E"]);
}

async fn units_go_out_in_the_order_in_which_they_came(db: Db) {
    let keys = db.with_keys(&["Z", "M"]).await;
    let id = keys.id.clone();
    write_with!(db, tx => tx.add_stock(&id, &units(&["A"]))).unwrap();
    let order = db.with_order(order(&keys, 2, OrderState::Open)).await;
    let line = order.lines[0].id.clone();
    let id = keys.id.clone();
    assert_eq!(write_with!(db, tx => tx.reserve_stock(&id, &line, 2)).unwrap(), 2);
    assert_eq!(db.read().await.sold_units(&order.lines[0].id).await.unwrap(), Vec::<String>::new(), "reserved is not sold");
    assert_eq!(db.read().await.free_stock(&keys.id).await.unwrap(), 1);
    let line = order.lines[0].id.clone();
    write_with!(db, tx => tx.sell_stock(&line, NOW)).unwrap();
    assert_eq!(db.read().await.sold_units(&order.lines[0].id).await.unwrap(), ["Z", "M"]);
    assert_eq!(db.read().await.unsold_units(&keys.id, None).await.unwrap(), ["A"]);
}

async fn of_sixteen_who_want_the_last_unit_one_gets_it(db: Db) {
    for round in 0..5 {
        let keys = db.with_keys(&[&format!("unit of round {round}")]).await;
        let mut lines = Vec::new();
        for _ in 0..16 {
            lines.push(db.with_order(order(&keys, 1, OrderState::Open)).await.lines[0].id.clone());
        }
        let reserved = lines.into_iter().map(|line| {
            let (store, id) = (db.store.clone(), keys.id.clone());
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        Box::pin(async move {
                            let held = tx.reserve_stock(&id, &line, 1).await?;
                            tx.sell_stock(&line, NOW).await.map(|()| held)
                        })
                    })
                    .await
            })
        });
        let held: Vec<u32> = futures_util::future::join_all(reserved).await.into_iter().map(|held| held.unwrap().unwrap()).collect();
        assert_eq!(held.iter().sum::<u32>(), 1, "{held:?}");
        assert_eq!(db.read().await.free_stock(&keys.id).await.unwrap(), 0);
    }
}

async fn buyers_of_several_never_share_a_unit(db: Db) {
    let all: Vec<String> = (0..40).map(|i| format!("unit {i}")).collect();
    let keys = db.with_keys(&all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut lines = Vec::new();
    for _ in 0..16 {
        lines.push(db.with_order(order(&keys, 3, OrderState::Open)).await.lines[0].id.clone());
    }
    let sales = lines.iter().cloned().map(|line| {
        let id = keys.id.clone();
        db.store.write(move |tx| {
            Box::pin(async move {
                tx.reserve_stock(&id, &line, 3).await?;
                tx.sell_stock(&line, NOW).await
            })
        })
    });
    for sold in futures_util::future::join_all(sales).await {
        sold.unwrap();
    }
    let mut seen = Vec::new();
    for line in &lines {
        let units = db.read().await.sold_units(line).await.unwrap();
        assert!(units.len() <= 3);
        seen.extend(units);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 40, "each is sold, to one");
}

async fn a_line_gets_what_is_left(db: Db) {
    let keys = db.with_keys(&["A", "B", "C"]).await;
    let (first, second) = (db.with_order(order(&keys, 2, OrderState::Open)).await, db.with_order(order(&keys, 2, OrderState::Open)).await);
    let (id, one, other) = (keys.id.clone(), first.lines[0].id.clone(), second.lines[0].id.clone());
    let held = write_with!(db, tx => async {
        let first = (tx.reserve_stock(&id, &one, 2).await?, tx.reserve_stock(&id, &one, 2).await?);
        Ok((first, tx.reserve_stock(&id, &other, 2).await?))
    });
    assert_eq!(held.unwrap(), ((2, 2), 1), "asking again takes no more");
    assert_eq!(db.read().await.line_stock(&second.lines[0].id).await.unwrap(), 1);
}

async fn released_units_are_sold_again_and_sold_ones_never(db: Db) {
    let keys = db.with_keys(&["A"]).await;
    let (first, second) = (db.with_order(order(&keys, 1, OrderState::Open)).await, db.with_order(order(&keys, 1, OrderState::Open)).await);
    let (id, one, other) = (keys.id.clone(), first.lines[0].id.clone(), second.lines[0].id.clone());
    let held = write_with!(db, tx => async {
        tx.reserve_stock(&id, &one, 1).await?;
        tx.release_stock(&one).await?;
        let held = tx.reserve_stock(&id, &other, 1).await?;
        tx.sell_stock(&other, NOW).await?;
        tx.release_stock(&other).await?;
        Ok((held, tx.reserve_stock(&id, &one, 1).await?))
    });
    assert_eq!(held.unwrap(), (1, 0));
    assert_eq!(db.read().await.sold_units(&second.lines[0].id).await.unwrap(), ["A"]);
}

async fn stock_of_nothing_is_refused(db: Db) {
    let nothing = product("nothing", Kind::Keys).id;
    let added = write_with!(db, tx => tx.add_stock(&nothing, &units(&["A"])));
    assert!(matches!(added, Err(Error::Sql(_))), "{added:?}");
}

async fn a_hundred_thousand_units_are_taken_in_quickly(db: Db) {
    let keys = db.with_keys(&[]).await;
    let many: Vec<String> = (0..100_000).map(|i| format!("KEY-{i:06}")).collect();
    let started = Instant::now();
    let id = keys.id.clone();
    assert_eq!(write_with!(db, tx => tx.add_stock(&id, &many)).unwrap().added, 100_000);
    assert!(started.elapsed() < Duration::from_mins(2), "{:?}", started.elapsed());
    let started = Instant::now();
    let order = db.with_order(order(&keys, 100, OrderState::Open)).await;
    let (id, line) = (keys.id.clone(), order.lines[0].id.clone());
    assert_eq!(write_with!(db, tx => tx.reserve_stock(&id, &line, 100)).unwrap(), 100);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// Everything that a stolen file must not tell.
#[tokio::test]
async fn sealed_columns_hold_no_plain_text() {
    let db = Db::sqlite().await;
    let keys = db.with_keys(&["CANARY-unit"]).await;
    let mut handbook = product("handbook", Kind::File);
    handbook.text = Localized::plain("CANARY-text");
    let mut order = order(&keys, 1, OrderState::Open);
    order.lines[0].answers = vec![("Where to?".to_owned(), "CANARY-answer".to_owned())];
    let written: Result<()> = write_with!(db, tx => async {
        tx.put_product(&handbook).await?;
        tx.put_blob("application/pdf", b"CANARY-document").await?;
        tx.add_order(&order).await?;
        tx.set_note(&order.lines[0].id, "CANARY-note").await?;
        tx.set_dialogue(BUYER.0, &"CANARY-form", NOW).await?;
        let update = NewUpdate { id: 1, lane: "chat".to_owned(), from: None, raw: "CANARY-update".to_owned() };
        tx.add_update(&update, NOW_MILLIS).await?;
        let case = NewCase { order: order.id.clone(), invoice: None, kind: CaseKind::SoldOut, detail: "editor".to_owned() };
        let case = tx.open_case(&case, NOW).await?.unwrap();
        tx.close_case(&case, "credited: CANARY-resolution", NOW).await?;
        let payload = "CANARY-payload".to_owned();
        let job = NewJob { kind: JobKind::Notice, key: "n".to_owned(), lane: "chat".to_owned(), payload, run_at: NOW };
        tx.ask_for(&job, NOW_MILLIS).await
    });
    written.unwrap();
    let holds = |word: &[u8]| {
        let files = std::fs::read_dir(db.dir.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.into_iter().any(|bytes| bytes.windows(word.len()).any(|window| window == word))
    };
    assert!(holds(b"Editor Pro"), "what is not sealed is found");
    assert!(!holds(b"CANARY"));
    db.store.close().await;
    assert!(holds(b"Editor Pro") && !holds(b"CANARY"));
}

fn file(name: &str, bytes: &[u8]) -> UnitFile {
    UnitFile { name: name.to_owned(), media_type: "application/octet-stream", bytes: bytes.to_vec() }
}

async fn units_may_be_files_and_know_what_brought_them(db: Db) {
    let keys = db.with_keys(&["A"]).await;
    let id = keys.id.clone();
    let added = write_with!(db, tx => async {
        let first = tx.add_stock_file("1:1", &id, None, &file("a.lic", b"A")).await?;
        let again = tx.add_stock_file("1:2", &id, None, &file("b.lic", b"A")).await?;
        let other = tx.add_stock_by("1:2", &id, None, &units(&["A", "B"])).await?;
        Ok((first, again, other))
    });
    assert_eq!(added.unwrap(), (true, false, Added { added: 1, known: 1 }), "a file is not the text that reads the same");
    let mut conn = db.read().await;
    assert_eq!((conn.brought_by("1:1", &keys.id).await.unwrap(), conn.brought_by("1:2", &keys.id).await.unwrap()), (1, 1));
    assert!(conn.file_was_brought_by("1:1", &keys.id, b"A").await.unwrap());
    assert!(!conn.file_was_brought_by("1:2", &keys.id, b"A").await.unwrap());
    let there = conn.unsold_goods(&keys.id, None).await.unwrap();
    assert_eq!(
        there.iter().map(|unit| (unit.content.as_str(), unit.blob.is_some())).collect::<Vec<_>>(),
        [("A", false), ("a.lic", true), ("B", false)]
    );
    let blob = there[1].blob.clone().unwrap();
    assert_eq!(conn.blob(&blob).await.unwrap().unwrap().1, b"A");
    drop(conn);
    write_with!(db, tx => tx.set_intake_message("1:1", Some(7))).unwrap();
    assert_eq!(db.read().await.intake_message("1:1").await.unwrap(), Some(7));
    write_with!(db, tx => tx.set_intake_message("1:1", None)).unwrap();
    assert_eq!(db.read().await.intake_message("1:1").await.unwrap(), None);
}

async fn free_units_are_taken_out_and_may_come_back(db: Db) {
    let keys = db.with_keys(&["A", "B", "C"]).await;
    let id = keys.id.clone();
    write_with!(db, tx => tx.add_stock_file("1:1", &id, None, &file("d.lic", b"D"))).unwrap();
    let order = db.with_order(order(&keys, 2, OrderState::Open)).await;
    let (id, line) = (keys.id.clone(), order.lines[0].id.clone());
    let all = db.read().await.free_units(&keys.id, None, 0, 10).await.unwrap();
    assert_eq!(all.iter().map(|unit| unit.content.as_str()).collect::<Vec<_>>(), ["d.lic", "C", "B", "A"], "the newest first");
    write_with!(db, tx => tx.reserve_stock(&id, &line, 2)).unwrap();
    let (blob, ids) = (all[0].blob.clone().unwrap(), all.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>());
    let wanted = ids.clone();
    let mut gone = write_with!(db, tx => tx.take_units_out(&wanted)).unwrap();
    gone.sort();
    let mut free = ids[..2].to_vec();
    free.sort();
    assert_eq!(gone, free, "what is set aside stays");
    let mut conn = db.read().await;
    assert_eq!(conn.blob(&blob).await.unwrap(), None, "its bytes are gone too");
    let aside = conn.unit(&ids[3]).await.unwrap().unwrap();
    assert_eq!((aside.order, aside.is_sold), (Some(order.id.clone()), false));
    drop(conn);
    let (id, line) = (keys.id.clone(), order.lines[0].id.clone());
    write_with!(db, tx => tx.sell_stock(&line, NOW)).unwrap();
    let added = write_with!(db, tx => async {
        let texts = tx.add_stock(&id, &units(&["A", "C"])).await?;
        Ok((texts, tx.add_stock_file("1:2", &id, None, &file("d.lic", b"D")).await?))
    });
    assert_eq!(added.unwrap(), (Added { added: 1, known: 1 }, true), "what was taken out may come back, what was sold may not");
    let sold = db.read().await.units_sold(&keys.id, 0, 10).await.unwrap();
    assert_eq!(
        sold.iter().map(|unit| (unit.content.as_str(), unit.order.clone())).collect::<Vec<_>>(),
        [("B", order.id.clone()), ("A", order.id.clone())]
    );
    assert_eq!(db.read().await.units_sold(&keys.id, 1, 10).await.unwrap().len(), 1);
}
