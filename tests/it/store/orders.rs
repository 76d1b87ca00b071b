//! Orders, their lines, and invoices.

use kiosk::domain::invoice::{InvoiceNumber, InvoiceState};
use kiosk::domain::order::{Charge, Delivery, OrderState};
use kiosk::domain::product::Kind;
use kiosk::store::{Error, LeftCard, OrderFilter, Result, new_id, new_order_id};

use super::{BUYER, Db, NOW, coins, invoice, line, order, product, stories, usd, write_with};

stories![
    an_order_is_read_as_it_was_added,
    what_happens_to_an_order_is_kept,
    the_first_message_that_carries_the_goods_stays_until_it_is_forgotten,
    a_message_is_the_card_of_one_order,
    an_order_of_nobody_is_refused,
    a_person_puts_one_order_together_at_a_time,
    an_order_moves_once_however_many_ask,
    a_payment_is_booked_once_however_many_ask,
    lists_of_orders_are_newest_first_in_pages_and_without_drafts,
    what_waits_for_the_seller_is_listed,
    offers_that_wait_for_money_are_counted,
    an_invoice_is_read_as_it_was_added,
    an_offer_is_attached_and_found_by_its_number,
    an_offer_that_came_too_late_keeps_its_address,
    a_number_that_was_known_before_the_address_takes_the_address_later,
    an_invoice_keeps_its_first_number,
    one_offer_of_an_order_stands_at_a_time,
    one_number_belongs_to_one_invoice,
    invoices_of_a_person_are_counted,
    an_order_is_held_against_others_until_the_write_ends,
];

fn number(text: &str) -> InvoiceNumber {
    InvoiceNumber::parse(text).unwrap()
}

async fn an_order_is_read_as_it_was_added(db: Db) {
    let keys = db.with_keys(&[]).await;
    let mut wanted = order(&keys, 2, OrderState::Draft);
    wanted.lines = (1..=5).map(|quantity| line(&keys, quantity)).collect();
    wanted.lines[1].answers = vec![("Where to?".to_owned(), "1 Main Street".to_owned())];
    let wanted = db.with_order(wanted).await;
    assert_eq!(db.read().await.order(&wanted.id).await.unwrap(), Some(wanted));
    assert_eq!(db.read().await.order(&new_order_id()).await.unwrap(), None);
}

async fn what_happens_to_an_order_is_kept(db: Db) {
    let keys = db.with_keys(&[]).await;
    let mut wanted = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let (id, line) = (wanted.id.clone(), wanted.lines[0].id.clone());
    let answers = vec![("Size".to_owned(), "L".to_owned())];
    let kept = answers.clone();
    write_with!(db, tx => async {
        tx.replace_card_message(&id, None, Some(41)).await?;
        assert!(tx.set_goods_message(&id, 42).await?);
        tx.set_charge(&id, Charge::Partial).await?;
        tx.set_delivery(&line, Delivery::Held).await?;
        for (sent, message) in [(0, 43), (1, 44)] {
            assert!(tx.set_document_message(&line, sent, message).await?);
            assert!(!tx.set_document_message(&line, sent, 99).await?, "there is one already");
            assert!(!tx.count_document(&line, "list", 99).await?, "another message");
            assert!(tx.count_document(&line, "list", message).await?);
        }
        assert!(!tx.set_document_message(&line, 0, 99).await?, "that document was sent");
        assert!(tx.set_document_message(&line, 2, 45).await?);
        tx.set_answers(&line, &kept).await?;
        tx.set_note(&line, "left at the door").await
    })
    .unwrap();
    (wanted.card_message, wanted.goods_message, wanted.charge) = (Some(41), Some(42), Charge::Partial);
    wanted.lines[0].delivery = Delivery::Held;
    (wanted.lines[0].documents_sent, wanted.lines[0].document_message) = (2, Some(45));
    wanted.lines[0].documents_of = Some("list".to_owned());
    wanted.lines[0].answers = answers;
    wanted.lines[0].note = Some("left at the door".to_owned());
    assert_eq!(db.read().await.order(&wanted.id).await.unwrap().unwrap(), wanted);
    let (id, line) = (wanted.id.clone(), wanted.lines[0].id.clone());
    write_with!(db, tx => async {
        assert!(!tx.recount_documents(&line, 1).await?, "there are two by now");
        assert!(tx.recount_documents(&line, 2).await?);
        tx.replace_card_message(&id, Some(41), None).await
    })
    .unwrap();
    let known = db.read().await.order(&wanted.id).await.unwrap().unwrap();
    let line = &known.lines[0];
    assert_eq!((known.card_message, line.documents_sent, &line.documents_of, line.document_message), (None, 0, &None, Some(45)));
}

/// Two programs may bring the same goods when one of them was frozen meanwhile: they must not stand in two messages.
async fn the_first_message_that_carries_the_goods_stays_until_it_is_forgotten(db: Db) {
    let keys = db.with_keys(&[]).await;
    let id = db.with_order(order(&keys, 1, OrderState::Open)).await.id;
    let goods_message = async || db.read().await.order(&id).await.unwrap().unwrap().goods_message;
    for (message, kept) in [(42, true), (43, false), (42, false)] {
        let id = id.clone();
        assert_eq!(write_with!(db, tx => tx.set_goods_message(&id, message)).unwrap(), kept, "{message}");
        assert_eq!(goods_message().await, Some(42));
    }
    for (message, left) in [(43, Some(42)), (42, None)] {
        let id = id.clone();
        write_with!(db, tx => tx.forget_goods_message(&id, message)).unwrap();
        assert_eq!(goods_message().await, left);
    }
}

async fn a_message_is_the_card_of_one_order(db: Db) {
    let keys = db.with_keys(&[]).await;
    let open = db.with_order(order(&keys, 1, OrderState::Open)).await.id;
    let ended = db.with_order(order(&keys, 1, OrderState::Completed)).await.id;
    for (id, message, others) in
        [(&open, 41, vec![]), (&ended, 42, vec![]), (&ended, 41, vec![open.clone()]), (&open, 41, vec![ended.clone()])]
    {
        let (id, others) = (id.clone(), others.clone());
        assert_eq!(write_with!(db, tx => tx.take_card_message(BUYER, &id, Some(message))).unwrap(), others);
    }
    let mut conn = db.read().await;
    assert_eq!(conn.card_owner(BUYER, 41).await.unwrap().as_ref(), Some(&open));
    assert_eq!(conn.left_cards(&open).await.unwrap(), [], "the card again");
    let left = [41, 42].map(|message| LeftCard { message, was_final: true });
    assert_eq!(conn.left_cards(&ended).await.unwrap(), left);
    drop(conn);
    let stale = (ended.clone(), open.clone());
    write_with!(db, tx => tx.forget_left_card(&stale.0, 41)).unwrap();
    assert!(!write_with!(db, tx => tx.replace_card_message(&stale.1, Some(40), Some(43))).unwrap(), "it moved meanwhile");
    assert_eq!(db.read().await.left_cards(&ended).await.unwrap(), left[1..]);
}

async fn an_order_of_nobody_is_refused(db: Db) {
    let keys = product("editor", Kind::Keys);
    let wanted = order(&keys, 1, OrderState::Draft);
    let added = write_with!(db, tx => tx.add_order(&wanted));
    assert!(matches!(added, Err(Error::Sql(_))), "{added:?}");
}

async fn a_person_puts_one_order_together_at_a_time(db: Db) {
    let keys = db.with_keys(&[]).await;
    assert_eq!(db.read().await.draft(BUYER).await.unwrap(), None);
    let first = db.with_order(order(&keys, 1, OrderState::Draft)).await;
    assert_eq!(db.read().await.draft(BUYER).await.unwrap().unwrap(), first);
    let second = order(&keys, 2, OrderState::Draft);
    let (refused, wanted) = (second.clone(), second.clone());
    assert!(write_with!(db, tx => tx.add_order(&refused)).is_err());
    write_with!(db, tx => async {
        tx.drop_draft(BUYER).await?;
        tx.add_order(&wanted).await
    })
    .unwrap();
    assert_eq!(db.read().await.draft(BUYER).await.unwrap().unwrap(), second);
    assert_eq!(db.read().await.order(&first.id).await.unwrap(), None);
}

async fn an_order_moves_once_however_many_ask(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let moves = (0..16).map(|i| {
        let (id, to) = (order.id.clone(), if i % 2 == 0 { OrderState::Expired } else { OrderState::Cancelled });
        db.store.write(move |tx| Box::pin(async move { tx.move_order(&id, OrderState::Open, to).await }))
    });
    let moved: Vec<Result<bool>> = futures_util::future::join_all(moves).await;
    assert_eq!(moved.into_iter().filter(|moved| *moved.as_ref().unwrap()).count(), 1);
}

async fn a_payment_is_booked_once_however_many_ask(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Expired)).await;
    let books = (0..16).map(|i| {
        let id = order.id.clone();
        db.store.write(move |tx| Box::pin(async move { tx.book_payment(&id, Charge::Full, &format!("invoice {i}"), NOW + i).await }))
    });
    let booked: Vec<Result<bool>> = futures_util::future::join_all(books).await;
    let winners: Vec<usize> = booked.iter().enumerate().filter(|(_, won)| *won.as_ref().unwrap()).map(|(i, _)| i).collect();
    let [winner] = winners.as_slice() else { panic!("{winners:?} all booked it") };
    let paid = db.read().await.order(&order.id).await.unwrap().unwrap();
    assert_eq!((paid.state, paid.charge, paid.paid_by), (OrderState::Open, Charge::Full, Some(format!("invoice {winner}"))));
    assert_eq!(paid.paid_at, Some(NOW + i64::try_from(*winner).unwrap()));
}

async fn lists_of_orders_are_newest_first_in_pages_and_without_drafts(db: Db) {
    let keys = db.with_keys(&[]).await;
    let other = kiosk::domain::customer::CustomerId(2_002);
    write_with!(db, tx => tx.meet(other, "Bob", None, "en", NOW)).unwrap();
    let mut mine = Vec::new();
    for age in 0..4 {
        let mut order = order(&keys, 1, OrderState::Open);
        order.created_at = NOW - age;
        mine.push(db.with_order(order).await.id);
    }
    db.with_order(order(&keys, 1, OrderState::Draft)).await;
    let mut his = order(&keys, 1, OrderState::Completed);
    (his.customer, his.created_at) = (other, NOW + 1);
    let his = db.with_order(his).await.id;
    let mut conn = db.read().await;
    let mut listed = async |filter, offset, limit| -> Vec<_> {
        conn.orders(filter, offset, limit).await.unwrap().into_iter().map(|order| order.id).collect()
    };
    assert_eq!(listed(OrderFilter::Of(BUYER), 0, 3).await, mine[..3]);
    assert_eq!(listed(OrderFilter::Of(BUYER), 3, 3).await, mine[3..]);
    assert_eq!(listed(OrderFilter::All, 0, 2).await, [his, mine[0].clone()]);
}

async fn what_waits_for_the_seller_is_listed(db: Db) {
    let keys = db.with_keys(&[]).await;
    let mug = product("mug", Kind::Manual);
    let wanted = mug.clone();
    write_with!(db, tx => tx.put_product(&wanted)).unwrap();
    let mut waiting = Vec::new();
    for (product, charge, delivery, waits) in [
        (&mug, Charge::Full, Delivery::Assigned, true),
        (&mug, Charge::Full, Delivery::Sent, false),
        (&mug, Charge::None, Delivery::None, false),
        (&keys, Charge::Over, Delivery::Held, true),
        (&keys, Charge::Full, Delivery::Assigned, false),
    ] {
        let mut order = order(product, 1, OrderState::Open);
        (order.charge, order.lines[0].delivery) = (charge, delivery);
        let order = db.with_order(order).await;
        if waits {
            waiting.push(order.id.as_str().to_owned());
        }
    }
    let listed = db.read().await.orders(OrderFilter::ToHandOver, 0, 9).await.unwrap();
    let mut listed: Vec<_> = listed.iter().map(|order| order.id.as_str().to_owned()).collect();
    listed.sort();
    waiting.sort();
    assert_eq!(listed, waiting);
    assert_eq!(usize::try_from(db.read().await.to_hand_over_count().await.unwrap()).unwrap(), waiting.len());
}

async fn offers_that_wait_for_money_are_counted(db: Db) {
    let keys = db.with_keys(&[]).await;
    for (state, charge) in [
        (OrderState::Open, Charge::None),
        (OrderState::Open, Charge::Partial),
        (OrderState::Open, Charge::Full),
        (OrderState::Draft, Charge::None),
        (OrderState::Expired, Charge::None),
    ] {
        let mut order = order(&keys, 1, state);
        order.charge = charge;
        db.with_order(order).await;
    }
    assert_eq!(db.read().await.open_orders(BUYER).await.unwrap(), 2);
}

async fn an_invoice_is_read_as_it_was_added(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let mut older = invoice(&order);
    (older.state, older.created_at) = (InvoiceState::Superseded, NOW - 60);
    let older = db.with_invoice(older).await;
    let newer = db.with_invoice(invoice(&order)).await;
    let mut conn = db.read().await;
    assert_eq!(conn.invoice(&newer.id).await.unwrap(), Some(newer.clone()));
    assert_eq!(conn.invoice("nothing").await.unwrap(), None);
    assert_eq!(conn.current_invoice(&order.id).await.unwrap(), Some(newer.clone()));
    assert_eq!(conn.invoices_of(&order.id).await.unwrap(), vec![newer, older]);
    assert_eq!(conn.current_invoice(&new_order_id()).await.unwrap(), None);
}

async fn an_offer_is_attached_and_found_by_its_number(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let id = invoice.id.clone();
    assert!(write_with!(db, tx => tx.attach_offer(&id, &number("AAAA1111"), "TXyz", coins("25.010"), NOW + 900)).unwrap());
    let id = invoice.id.clone();
    write_with!(db, tx => tx.note_check(&id, coins("1.4e-06"), Some(coins("2")), NOW + 5)).unwrap();
    let found = db.read().await.invoice_by_number(&number("INV-aaaa1111")).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.state, found.address.as_deref()), (invoice.id.as_str(), InvoiceState::Offered, Some("TXyz")));
    assert_eq!((found.due, found.received), (Some(coins("25.01")), coins("0.0000014")));
    assert_eq!((found.offer_ends_at, found.checked_at), (NOW + 900, NOW + 5));
    assert_eq!(db.read().await.invoice_by_number(&number("BBBB2222")).await.unwrap(), None);
    let id = invoice.id.clone();
    assert!(!write_with!(db, tx => tx.move_invoice(&id, InvoiceState::Creating, InvoiceState::Cancelled)).unwrap());
    let id = invoice.id.clone();
    assert!(write_with!(db, tx => tx.move_invoice(&id, InvoiceState::Offered, InvoiceState::Settled)).unwrap());
}

async fn an_offer_that_came_too_late_keeps_its_address(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let id = invoice.id.clone();
    let attached = write_with!(db, tx => async {
        tx.move_invoice(&id, InvoiceState::Creating, InvoiceState::Superseded).await?;
        tx.attach_offer(&id, &number("AAAA1111"), "TXyz", coins("1"), NOW + 900).await
    });
    assert!(!attached.unwrap());
    let kept = db.read().await.invoice(&invoice.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.address.as_deref()), (InvoiceState::Superseded, Some("TXyz")));
    assert_eq!(kept.number, Some(number("AAAA1111")));
}

async fn a_number_that_was_known_before_the_address_takes_the_address_later(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let id = invoice.id.clone();
    write_with!(db, tx => tx.set_invoice_number(&id, &number("AAAA1111"))).unwrap();
    let id = invoice.id.clone();
    assert!(write_with!(db, tx => tx.attach_offer(&id, &number("AAAA1111"), "TXyz", coins("1"), NOW + 900)).unwrap());
    let kept = db.read().await.invoice(&invoice.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.address.as_deref()), (InvoiceState::Offered, Some("TXyz")));
}

async fn an_invoice_keeps_its_first_number(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let id = invoice.id.clone();
    let attached = write_with!(db, tx => async {
        tx.set_invoice_number(&id, &number("AAAA1111")).await?;
        tx.set_invoice_number(&id, &number("BBBB2222")).await?;
        tx.attach_offer(&id, &number("CCCC3333"), "TXyz", coins("1"), NOW + 900).await
    });
    assert!(!attached.unwrap(), "an offer never stands without its address");
    let kept = db.read().await.invoice(&invoice.id).await.unwrap().unwrap();
    assert_eq!((kept.number, kept.address, kept.state), (Some(number("AAAA1111")), None, InvoiceState::Creating));
}

async fn one_offer_of_an_order_stands_at_a_time(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let offers = (0..16).map(|_| {
        let invoice = invoice(&order);
        db.store.write(move |tx| Box::pin(async move { tx.add_invoice(&invoice).await }))
    });
    let added: Vec<Result<()>> = futures_util::future::join_all(offers).await;
    assert_eq!(added.into_iter().flatten().count(), 1);
    assert_eq!(db.read().await.invoices_of(&order.id).await.unwrap().len(), 1);
}

async fn one_number_belongs_to_one_invoice(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let mut first = invoice(&order);
    first.state = InvoiceState::Expired;
    let first = db.with_invoice(first).await;
    let second = db.with_invoice(invoice(&order)).await;
    write_with!(db, tx => tx.set_invoice_number(&first.id, &number("AAAA1111"))).unwrap();
    let twice = write_with!(db, tx => tx.set_invoice_number(&second.id, &number("AAAA1111")));
    assert!(matches!(twice, Err(Error::Sql(_))), "{twice:?}");
}

async fn invoices_of_a_person_are_counted(db: Db) {
    let keys = db.with_keys(&[]).await;
    for created_at in [NOW - 61, NOW - 60, NOW] {
        let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
        let mut invoice = invoice(&order);
        invoice.created_at = created_at;
        db.with_invoice(invoice).await;
    }
    assert_eq!(db.read().await.invoices_since(BUYER, NOW - 60).await.unwrap(), 2);
    assert_eq!(db.read().await.invoices_since(kiosk::domain::customer::CustomerId(9), 0).await.unwrap(), 0);
}

/// Two writes that read, then write, under the lock: neither works on what the other has changed since.
async fn an_order_is_held_against_others_until_the_write_ends(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let credits = (0..12).map(|_| {
        let (id, invoice) = (order.id.clone(), invoice.id.clone());
        db.store.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                let credited = tx.credited(&invoice, usd(0).currency).await?;
                if credited.minor == 0 {
                    tx.add_credit(BUYER, usd(500), Some(&invoice), &new_id(), NOW).await?;
                }
                Ok(())
            })
        })
    });
    for credited in futures_util::future::join_all(credits).await {
        credited.unwrap();
    }
    assert_eq!(db.read().await.balance(BUYER, usd(0).currency).await.unwrap(), usd(500));
}
