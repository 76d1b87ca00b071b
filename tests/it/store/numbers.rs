//! What is counted, looked for and listed at length.

use kiosk::domain::customer::CustomerId;
use kiosk::domain::invoice::InvoiceNumber;
use kiosk::domain::money::Currency;
use kiosk::domain::order::{Charge, OrderState, PAID_BY_CREDIT};
use kiosk::domain::product::ProductId;
use kiosk::store::{Audience, BroadcastState, CaseKind, NewCase, OrderList, PaidDay, PaymentFact, Reached, Stretch, UnitRecord};

use super::{BUYER, Db, NOW, coins, invoice, order, stories, usd, write_with};

stories! {
    sums_of_days_products_and_coins_are_those_of_the_orders,
    refunds_are_summed_on_their_day_and_written_once,
    cards_count_once_where_they_were_shown_first,
    orders_are_listed_by_how_they_stand,
    orders_are_found_by_what_is_known_of_them,
    long_lists_come_page_by_page_and_leave_nothing_out,
    a_broadcast_passes_everybody_once,
    audiences_are_those_who_are_meant,
    low_stock_is_noted_once_until_it_is_forgotten,
}

const DAY: i64 = 86_400;

fn all() -> Stretch {
    Stretch { currency: Currency::Usd, from: 0, to: i64::MAX / 2 }
}

async fn sums_of_days_products_and_coins_are_those_of_the_orders(db: Db) {
    let keys = db.with_keys(&[]).await;
    assert_eq!(db.read().await.paid_by_day(all(), 0).await.unwrap(), []);
    let midnight = NOW - NOW % DAY;
    for paid_at in [midnight - 1, midnight, midnight + 1] {
        let order = db.with_order(order(&keys, 2, OrderState::Open)).await;
        let invoice = db.with_invoice(invoice(&order)).await;
        write_with!(db, tx => tx.book_payment(&order.id, Charge::Full, &invoice.id, paid_at)).unwrap();
    }
    let by_credit = db.with_order(order(&keys, 1, OrderState::Open)).await;
    write_with!(db, tx => async {
        tx.add_credit(BUYER, usd(999), None, "gift", NOW).await?;
        assert!(tx.spend_credit(BUYER, usd(999), &by_credit.id, None, NOW).await?);
        tx.book_payment(&by_credit.id, Charge::Full, PAID_BY_CREDIT, midnight + 2).await
    })
    .unwrap();
    let mut conn = db.read().await;
    let today = midnight / DAY;
    let day = |day, orders, minor, credit_minor| PaidDay { day, orders, minor, credit_minor };
    assert_eq!(conn.paid_by_day(all(), 0).await.unwrap(), [day(today - 1, 1, 1_998, 0), day(today, 3, 4_995, 999)]);
    assert_eq!(conn.paid_by_day(all(), 3_600).await.unwrap(), [day(today, 4, 6_993, 999)], "an hour ahead of UTC");
    let only = Stretch { from: midnight, to: midnight + 1, ..all() };
    assert_eq!(conn.paid_by_day(only, 0).await.unwrap(), [day(today, 1, 1_998, 0)], "the end does not count");
    let products = conn.paid_by_product(all()).await.unwrap();
    assert_eq!((products.len(), products[0].units, products[0].minor), (1, 7, 6_993));
    assert_eq!(conn.paid_by_coin(all()).await.unwrap(), [("USDT_TRC20".to_owned(), 3, 5_994)]);
    let euros = Stretch { currency: Currency::Eur, ..all() };
    assert_eq!((conn.paid_by_day(euros, 0).await.unwrap().len(), conn.paid_otherwise(euros).await.unwrap()), (0, 4));
}

async fn refunds_are_summed_on_their_day_and_written_once(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let case = NewCase { order: order.id.clone(), invoice: None, kind: CaseKind::SoldOut, detail: "x".to_owned() };
    let case = write_with!(db, tx => tx.open_case(&case, NOW)).unwrap().unwrap();
    for _ in 0..2 {
        let (case, order) = (case.clone(), order.id.clone());
        write_with!(db, tx => tx.add_refund(&case, &order, usd(999), NOW)).unwrap();
    }
    let mut conn = db.read().await;
    assert_eq!(conn.refunded_by_day(all(), 0).await.unwrap(), [(NOW / DAY, 999)]);
    assert_eq!(conn.order_records((i64::MIN, ""), 10).await.unwrap()[0].refunded_minor, 999);
}

async fn cards_count_once_where_they_were_shown_first(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let mut first = invoice(&order);
    first.state = kiosk::domain::invoice::InvoiceState::Superseded;
    db.with_invoice(first).await;
    let mut second = invoice(&order);
    second.created_at = NOW + DAY;
    let second = db.with_invoice(second).await;
    write_with!(db, tx => tx.book_payment(&order.id, Charge::Full, &second.id, NOW + DAY)).unwrap();
    let mut conn = db.read().await;
    assert_eq!(conn.cards_and_paid(NOW, NOW + DAY).await.unwrap(), (1, 1));
    assert_eq!(conn.cards_and_paid(NOW + 1, NOW + 2 * DAY).await.unwrap(), (0, 0), "another coin is no other card");
}

async fn orders_are_listed_by_how_they_stand(db: Db) {
    let keys = db.with_keys(&[]).await;
    let states = [
        (OrderState::Draft, Charge::None, None),
        (OrderState::Open, Charge::None, Some(OrderList::Unpaid)),
        (OrderState::Open, Charge::Partial, Some(OrderList::Unpaid)),
        (OrderState::Open, Charge::Over, Some(OrderList::Paid)),
        (OrderState::Completed, Charge::Full, Some(OrderList::Delivered)),
        (OrderState::Expired, Charge::None, Some(OrderList::Closed)),
        (OrderState::Cancelled, Charge::Full, Some(OrderList::Closed)),
    ];
    for (state, charge, _) in states {
        let mut order = order(&keys, 1, state);
        order.charge = charge;
        db.with_order(order).await;
    }
    for list in [OrderList::Unpaid, OrderList::Paid, OrderList::Delivered, OrderList::Closed] {
        let listed = db.read().await.orders_listed(list, 0, 10).await.unwrap();
        assert_eq!(listed.len(), states.iter().filter(|(_, _, of)| *of == Some(list)).count(), "{list:?}");
        assert_eq!(db.read().await.orders_listed(list, 1, 10).await.unwrap().len(), listed.len() - 1);
    }
    assert!(db.read().await.orders_listed(OrderList::WithCase, 0, 10).await.unwrap().is_empty());
    let order = db.read().await.orders_listed(OrderList::Delivered, 0, 1).await.unwrap().remove(0);
    let case = NewCase { order: order.id.clone(), invoice: None, kind: CaseKind::Mismatch, detail: "x".to_owned() };
    let case = write_with!(db, tx => tx.open_case(&case, NOW)).unwrap().unwrap();
    assert_eq!(db.read().await.orders_listed(OrderList::WithCase, 0, 10).await.unwrap()[0].id, order.id);
    write_with!(db, tx => tx.close_case(&case, "done", NOW)).unwrap();
    assert!(db.read().await.orders_listed(OrderList::WithCase, 0, 10).await.unwrap().is_empty());
}

async fn orders_are_found_by_what_is_known_of_them(db: Db) {
    let keys = db.with_keys(&[]).await;
    write_with!(db, tx => tx.meet(BUYER, "Ёжик 100%_sure", Some("Night_Owl"), "en", NOW)).unwrap();
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let offered = db.with_invoice(invoice(&order)).await;
    let (id, number) = (offered.id.clone(), InvoiceNumber::parse("K7Q2ZP9M").unwrap());
    assert!(write_with!(db, tx => tx.attach_offer(&id, &number, "TXYZaddress", coins("9.99"), NOW + 900)).unwrap());
    let tx_hash = "0xabcdef0123456789abcdef";
    let fact = PaymentFact { invoice: offered.id.clone(), status: "paid".to_owned(), paid: coins("1"), txs: vec![tx_hash.to_owned()] };
    write_with!(db, tx => tx.add_fact(&fact, NOW)).unwrap();
    let number = order.id.as_str().to_lowercase();
    for wanted in [
        number.as_str(),
        "#",
        "inv-k7q2zp9m",
        "K7Q2ZP9M",
        "TXYZaddress",
        tx_hash,
        "1001",
        "@NIGHT_OWL",
        "night_owl",
        "ёжик",
        "ёж",
        "100%_",
        "editor",
        "Pro",
    ] {
        let wanted = if wanted == "#" { format!("#{number}") } else { wanted.to_owned() };
        assert_eq!(db.read().await.orders_found(&wanted, 10).await.unwrap().len(), 1, "{wanted}");
    }
    for nothing in ["100_", "0xabcdef", "%", "txyzADDRESS", "night", "K7Q2", "ARCHIV", "' OR '1'='1", "\\"] {
        let found = db.read().await.orders_found(nothing, 10).await.unwrap();
        assert!(found.is_empty() || nothing == "%", "{nothing}");
    }
}

async fn long_lists_come_page_by_page_and_leave_nothing_out(db: Db) {
    let keys = db.with_keys(&["A", "B", "C"]).await;
    db.execute_behind_its_back("UPDATE stock_items SET position = 1").await;
    for number in 0..5 {
        let mut order = order(&keys, 1, OrderState::Open);
        order.created_at = NOW + number / 2;
        let order = db.with_order(order).await;
        let mut paid = invoice(&order);
        (paid.created_at, paid.received, paid.due) = (NOW + number / 2, coins("9.99"), Some(coins("9.99")));
        let paid = db.with_invoice(paid).await;
        let fact = PaymentFact { invoice: paid.id.clone(), status: "paid".to_owned(), paid: coins("9.99"), txs: vec!["t".to_owned()] };
        write_with!(db, tx => tx.add_fact(&fact, NOW)).unwrap();
    }
    for id in 0..4 {
        write_with!(db, tx => tx.meet(CustomerId(2_000 + id), "x", None, "en", NOW)).unwrap();
    }
    let mut conn = db.read().await;
    let (mut orders, mut payments, mut units, mut people) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..4 {
        let after: (i64, String) = orders.last().map_or((i64::MIN, String::new()), |(at, id): &(i64, String)| (*at, id.clone()));
        orders.extend(conn.order_records((after.0, &after.1), 2).await.unwrap().into_iter().map(|order| (order.created_at, order.id)));
        let after: (i64, String) = payments.last().map_or((i64::MIN, String::new()), |(at, id): &(i64, String)| (*at, id.clone()));
        payments.extend(conn.payment_records((after.0, &after.1), 2).await.unwrap().into_iter().map(|paid| (paid.created_at, paid.id)));
        let after = units.last().map_or(("", i64::MIN, ""), |unit: &UnitRecord| (unit.product.as_str(), unit.position, unit.id.as_str()));
        let found = conn.unit_records(after, 2).await.unwrap();
        units.extend(found);
        let after = people.last().copied().unwrap_or(i64::MIN);
        people.extend(conn.customer_records(after, Currency::Usd, 2).await.unwrap().into_iter().map(|person| person.id));
    }
    let different: std::collections::BTreeSet<_> = orders.iter().collect();
    assert_eq!((orders.len(), different.len(), payments.len(), people), (5, 5, 5, vec![1_001, 2_000, 2_001, 2_002, 2_003]));
    let mut units: Vec<_> = units.into_iter().map(|unit| unit.content).collect();
    units.sort();
    assert_eq!(units, ["A", "B", "C"], "none is left out where two have one position");
    let stock = conn.stock_records("", 10).await.unwrap();
    assert_eq!((stock.len(), stock[0].free, stock[0].sold), (1, 3, 0));
    assert_eq!(conn.order_records((i64::MIN, ""), 1).await.unwrap()[0].what.as_deref(), Some("Editor Pro x 1"));
}

async fn a_broadcast_passes_everybody_once(db: Db) {
    db.with_keys(&[]).await;
    for id in [5, 7, 9] {
        write_with!(db, tx => tx.meet(CustomerId(id), "x", None, "en", NOW)).unwrap();
    }
    write_with!(db, tx => tx.add_broadcast("b", BUYER, "Hello", NOW)).unwrap();
    assert!(!write_with!(db, tx => tx.move_broadcast("b", BroadcastState::Paused, BroadcastState::Running)).unwrap());
    assert!(write_with!(db, tx => tx.move_broadcast("b", BroadcastState::Draft, BroadcastState::Running)).unwrap());
    let mut changed = db.read().await.broadcast("b").await.unwrap().unwrap();
    "Other".clone_into(&mut changed.text);
    assert!(!write_with!(db, tx => tx.change_broadcast(&changed)).unwrap(), "what goes out does not change");
    write_with!(db, tx => tx.meet(CustomerId(8), "late", None, "en", NOW + 1)).unwrap();
    let mut passed = Vec::new();
    loop {
        let broadcast = db.read().await.broadcast("b").await.unwrap().unwrap();
        assert_eq!(broadcast.under_way, []);
        let next = db.read().await.next_recipients(&broadcast.audience, NOW, broadcast.cursor, 3).await.unwrap();
        let people: Vec<CustomerId> = next.iter().map(|(person, _)| *person).collect();
        if people.is_empty() {
            break;
        }
        let taken = people.clone();
        assert!(write_with!(db, tx => tx.take_recipients("b", broadcast.cursor, &taken)).unwrap());
        let taken = people.clone();
        assert!(!write_with!(db, tx => tx.take_recipients("b", broadcast.cursor, &taken)).unwrap(), "once");
        let taken = people.clone();
        assert!(!write_with!(db, tx => tx.take_recipients("b", taken.last().unwrap().0, &taken)).unwrap(), "not over those under way");
        // They end in any order, and until then it is known who they are.
        for (at, person) in people.iter().copied().enumerate().rev() {
            assert_eq!(db.read().await.broadcast("b").await.unwrap().unwrap().under_way, people[..=at]);
            let how = if person.0 == 7 { Reached::Gone } else { Reached::Sent };
            assert!(write_with!(db, tx => tx.pass_recipient("b", person, how)).unwrap());
            assert!(!write_with!(db, tx => tx.pass_recipient("b", person, how)).unwrap(), "once");
            passed.push(person.0);
        }
    }
    let done = db.read().await.broadcast("b").await.unwrap().unwrap();
    assert_eq!((passed, done.sent, done.gone, done.text.as_str()), (vec![9, 7, 5, 1_001], 3, 1, "Hello"));
}

async fn audiences_are_those_who_are_meant(db: Db) {
    let keys = db.with_keys(&[]).await;
    for (id, language, at) in [(5, "ru", NOW), (7, "en", NOW - 40 * DAY), (9, "ru", NOW + 5)] {
        write_with!(db, tx => tx.meet(CustomerId(id), "x", None, language, at)).unwrap();
    }
    write_with!(db, tx => tx.set_reachable(CustomerId(9), false)).unwrap();
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    write_with!(db, tx => tx.book_payment(&order.id, Charge::Full, "i", NOW)).unwrap();
    let buyers = Audience::Buyers(ProductId::parse("editor").unwrap());
    let later = NOW + 40 * DAY;
    for (audience, at, size) in [
        (Audience::Everybody, NOW, 3),
        (Audience::Language("ru".to_owned()), NOW, 1),
        (buyers, NOW, 1),
        (Audience::Inactive(30), NOW, 1),
        (Audience::Inactive(30), later, 3),
        (Audience::Inactive(90), later, 0),
    ] {
        let mut conn = db.read().await;
        assert_eq!(conn.audience_size(&audience, at).await.unwrap(), size, "{audience:?}");
        assert_eq!(i64::try_from(conn.next_recipients(&audience, at, -1, 9).await.unwrap().len()).unwrap(), size, "{audience:?}");
    }
    write_with!(db, tx => tx.block(CustomerId(5), "spam", NOW)).unwrap();
    assert_eq!(db.read().await.audience_size(&Audience::Everybody, NOW).await.unwrap(), 2, "nobody writes to whom the shop has blocked");
    assert!(db.read().await.next_recipients(&Audience::Language("ru".to_owned()), NOW, -1, 9).await.unwrap().is_empty());
    assert_eq!(db.read().await.languages_spoken(5).await.unwrap(), [("en".to_owned(), 2), ("ru".to_owned(), 1)]);
}

async fn low_stock_is_noted_once_until_it_is_forgotten(db: Db) {
    let id = ProductId::parse("editor").unwrap();
    let mut noted = Vec::new();
    for forget in [false, false, true, false] {
        let (product, other) = (id.clone(), id.clone());
        if forget {
            write_with!(db, tx => tx.forget_low_stock(&other, None)).unwrap();
        }
        noted.push(write_with!(db, tx => tx.note_low_stock(&product, None, NOW)).unwrap());
    }
    assert_eq!(noted, [true, false, true, false]);
}
