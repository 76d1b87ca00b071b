//! Payment facts, store credit and cases.

use kiosk::domain::customer::CustomerId;
use kiosk::domain::invoice::{Invoice, InvoiceState};
use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::order::{Charge, OrderState};
use kiosk::store::{CaseKind, Error, Happened, JobKind, MoneyKept, NewCase, NewJob, OrderFilter, Outcome, PaymentFact, Result};

use super::{BUYER, Db, NOW, NOW_MILLIS, at, coins, invoice, order, places, stories, usd, write_with};

stories![
    a_fact_is_added_once_however_often_it_is_told,
    a_fact_may_name_any_number_of_transactions,
    a_fact_of_an_unknown_invoice_is_refused,
    credit_is_the_sum_of_what_was_added_per_currency,
    credit_knows_the_invoice_it_came_from,
    what_is_kept_in_one_currency_is_elsewhere_for_every_other,
    credit_spent_by_many_at_once_is_never_below_zero,
    credit_of_one_order_is_given_back_once,
    an_order_knows_what_credit_pays_of_it,
    entries_name_the_order_that_they_are_about,
    a_case_is_opened_once_and_closed_once,
    how_cases_ended_in_an_older_release_is_sealed_by_the_next_start,
    a_case_quotes_a_foreign_word_of_any_length,
];

async fn a_fact_is_added_once_however_often_it_is_told(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let fact = |status: &str, paid: &str, txs: &[&str]| PaymentFact {
        invoice: invoice.id.clone(),
        status: status.to_owned(),
        paid: coins(paid),
        txs: txs.iter().map(|tx| (*tx).to_owned()).collect(),
    };
    let facts = (0..16).map(|_| {
        let fact = fact("paid", "25.010", &["b", "a"]);
        db.store.write(move |tx| Box::pin(async move { tx.add_fact(&fact, NOW).await }))
    });
    let added: Vec<Result<bool>> = futures_util::future::join_all(facts).await;
    assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 1);
    for (other, new) in [
        (fact("paid", "25.01", &["b", "a"]), false),
        (fact("overpaid", "25.01", &["b", "a"]), true),
        (fact("paid", "25.02", &["b", "a"]), true),
        (fact("paid", "25.01", &["b", "a", "c"]), true),
    ] {
        let told = other.clone();
        assert_eq!(write_with!(db, tx => tx.add_fact(&told, NOW + 1)).unwrap(), new, "{other:?}");
    }
    assert_eq!(db.read().await.txs(&invoice.id).await.unwrap(), ["a", "b", "c"]);
    assert_eq!(db.read().await.txs("nothing").await.unwrap(), Vec::<String>::new());
}

async fn a_fact_may_name_any_number_of_transactions(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    // Hashes as chains make them: nothing in them can be compressed.
    let txs: Vec<String> = (0..500).map(|_| data_encoding::HEXLOWER.encode(&kiosk::store::random::<32>())).collect();
    let fact = PaymentFact { invoice: invoice.id.clone(), status: "partial".to_owned(), paid: coins("0.1"), txs };
    let told = fact.clone();
    assert!(write_with!(db, tx => tx.add_fact(&told, NOW)).unwrap());
    assert_eq!(db.read().await.txs(&invoice.id).await.unwrap().len(), 500);
}

async fn a_fact_of_an_unknown_invoice_is_refused(db: Db) {
    let fact = PaymentFact { invoice: "nothing".to_owned(), status: "paid".to_owned(), paid: coins("1"), txs: Vec::new() };
    let added = write_with!(db, tx => tx.add_fact(&fact, NOW));
    assert!(matches!(added, Err(Error::Sql(_))), "{added:?}");
}

async fn credit_is_the_sum_of_what_was_added_per_currency(db: Db) {
    db.with_keys(&[]).await;
    assert_eq!(db.read().await.balance(BUYER, Currency::Usd).await.unwrap(), usd(0));
    write_with!(db, tx => async {
        tx.add_credit(BUYER, usd(700), None, "gift", NOW).await?;
        tx.add_credit(BUYER, usd(-250), None, "spent", NOW).await?;
        tx.add_credit(BUYER, Fiat::new(9, Currency::Eur), None, "gift", NOW).await
    })
    .unwrap();
    let mut conn = db.read().await;
    assert_eq!(conn.balance(BUYER, Currency::Usd).await.unwrap(), usd(450));
    assert_eq!(conn.balance(BUYER, Currency::Eur).await.unwrap().minor, 9);
    assert_eq!(conn.balance(CustomerId(9), Currency::Usd).await.unwrap(), usd(0));
}

async fn what_is_kept_in_one_currency_is_elsewhere_for_every_other(db: Db) {
    let keys = db.with_keys(&[]).await;
    let elsewhere = async |currency| db.read().await.money_elsewhere(currency).await.unwrap();
    let dollars = |what: MoneyKept| vec![(what, "USD".to_owned())];
    assert!(elsewhere(Currency::Eur).await.is_empty());
    for (minor, kept) in [(500, dollars(MoneyKept::Credit)), (-500, Vec::new())] {
        write_with!(db, tx => tx.add_credit(BUYER, usd(minor), None, "x", NOW)).unwrap();
        assert_eq!((elsewhere(Currency::Eur).await, elsewhere(Currency::Usd).await), (kept, Vec::new()));
    }
    // An address that is made, one that is asked about, and one that nobody asks about any more.
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let made = db.with_invoice(Invoice { state: InvoiceState::Creating, ..invoice(&order) }).await;
    assert_eq!(elsewhere(Currency::Eur).await, dollars(MoneyKept::Orders));
    let id = made.id.clone();
    write_with!(db, tx => tx.move_invoice(&id, InvoiceState::Creating, InvoiceState::Expired)).unwrap();
    assert!(elsewhere(Currency::Eur).await.is_empty());
    let asks = NewJob { kind: JobKind::Recheck, key: made.id.clone(), lane: made.id, payload: String::new(), run_at: NOW };
    write_with!(db, tx => tx.ask_for(&asks, NOW_MILLIS)).unwrap();
    assert_eq!(elsewhere(Currency::Eur).await, dollars(MoneyKept::Orders));
    assert!(elsewhere(Currency::Usd).await.is_empty());
    // Paid or not: more may come to an address that is asked about, and what was paid and is not served may have to be given back.
    let paid = order.id.clone();
    write_with!(db, tx => async {
        tx.set_charge(&paid, Charge::Full).await?;
        tx.move_order(&paid, OrderState::Open, OrderState::Completed).await
    })
    .unwrap();
    assert_eq!(elsewhere(Currency::Eur).await, dollars(MoneyKept::Orders));
    let asked = write_with!(db, tx => tx.claim(&places(0, 1), &at(NOW), 60)).unwrap().remove(0);
    write_with!(db, tx => tx.finish(&asked, &Outcome::Done, NOW)).unwrap();
    assert!(elsewhere(Currency::Eur).await.is_empty());
    for (from, to, kept) in
        [(OrderState::Completed, OrderState::Open, dollars(MoneyKept::Orders)), (OrderState::Open, OrderState::Completed, Vec::new())]
    {
        let paid = order.id.clone();
        write_with!(db, tx => tx.move_order(&paid, from, to)).unwrap();
        assert_eq!(elsewhere(Currency::Eur).await, kept);
    }
    // A case may end as credit.
    let case = NewCase { order: order.id, invoice: None, kind: CaseKind::SoldOut, detail: "x".to_owned() };
    let case = write_with!(db, tx => tx.open_case(&case, NOW)).unwrap().unwrap();
    assert_eq!(elsewhere(Currency::Eur).await, dollars(MoneyKept::Cases));
    write_with!(db, tx => tx.close_case(&case, "done", NOW)).unwrap();
    assert!(elsewhere(Currency::Eur).await.is_empty());
}

async fn credit_knows_the_invoice_it_came_from(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let id = invoice.id.clone();
    write_with!(db, tx => async {
        tx.add_credit(BUYER, usd(700), Some(&id), "surplus", NOW).await?;
        tx.add_credit(BUYER, usd(300), Some(&id), "surplus", NOW).await?;
        tx.add_credit(BUYER, usd(1), None, "gift", NOW).await
    })
    .unwrap();
    assert_eq!(db.read().await.credited(&invoice.id, Currency::Usd).await.unwrap(), usd(1_000));
    assert_eq!(db.read().await.credited("nothing", Currency::Usd).await.unwrap(), usd(0));
}

async fn credit_spent_by_many_at_once_is_never_below_zero(db: Db) {
    let keys = db.with_keys(&[]).await;
    let mut orders = Vec::new();
    for _ in 0..16 {
        orders.push(db.with_order(order(&keys, 1, OrderState::Open)).await);
    }
    write_with!(db, tx => tx.add_credit(BUYER, usd(1_000), None, "gift", NOW)).unwrap();
    let spends = orders.iter().map(|order| {
        let id = order.id.clone();
        db.store.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                tx.spend_credit(BUYER, usd(300), &id, None, NOW).await
            })
        })
    });
    let spent: Vec<Result<bool>> = futures_util::future::join_all(spends).await;
    assert_eq!(spent.into_iter().filter(|spent| *spent.as_ref().unwrap()).count(), 3);
    assert_eq!(db.read().await.balance(BUYER, Currency::Usd).await.unwrap(), usd(100));
    let id = orders[0].id.clone();
    assert!(!write_with!(db, tx => tx.spend_credit(BUYER, usd(-5), &id, None, NOW)).unwrap(), "spending never adds");
}

async fn credit_of_one_order_is_given_back_once(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let id = order.id.clone();
    write_with!(db, tx => async {
        tx.add_credit(BUYER, usd(700), None, "gift", NOW).await?;
        tx.spend_credit(BUYER, usd(500), &id, None, NOW).await
    })
    .unwrap();
    let returns = (0..16).map(|_| {
        let id = order.id.clone();
        db.store.write(move |tx| {
            Box::pin(async move {
                tx.lock_order(&id).await?;
                tx.return_credit(&id, 200, NOW).await
            })
        })
    });
    let returned: Vec<Result<i64>> = futures_util::future::join_all(returns).await;
    assert_eq!(returned.into_iter().map(Result::unwrap).sum::<i64>(), 300, "all but what is kept, once");
    assert_eq!(db.read().await.balance(BUYER, Currency::Usd).await.unwrap(), usd(500));
    let id = order.id.clone();
    assert_eq!(write_with!(db, tx => tx.return_credit(&id, 0, NOW)).unwrap(), 200);
    assert_eq!(db.read().await.order(&order.id).await.unwrap().unwrap().credit, usd(0));
    assert_eq!(db.read().await.balance(BUYER, Currency::Usd).await.unwrap(), usd(700));
}

async fn an_order_knows_what_credit_pays_of_it(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let id = order.id.clone();
    write_with!(db, tx => async {
        tx.add_credit(BUYER, usd(700), None, "gift", NOW).await?;
        tx.spend_credit(BUYER, usd(250), &id, None, NOW).await?;
        tx.set_wants_credit(&id, true).await
    })
    .unwrap();
    let found = db.read().await.order(&order.id).await.unwrap().unwrap();
    assert_eq!((found.credit, found.wants_credit), (usd(250), true));
    for filter in [OrderFilter::All, OrderFilter::Of(BUYER)] {
        assert_eq!(db.read().await.orders(filter, 0, 9).await.unwrap(), std::slice::from_ref(&found));
    }
}

async fn entries_name_the_order_that_they_are_about(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let invoice = db.with_invoice(invoice(&order)).await;
    let (id, invoice) = (order.id.clone(), invoice.id);
    write_with!(db, tx => async {
        tx.add_credit(BUYER, usd(700), Some(&invoice), "surplus", NOW).await?;
        tx.spend_credit(BUYER, usd(250), &id, None, NOW + 1).await?;
        tx.spend_credit(BUYER, usd(50), &id, Some(&invoice), NOW + 2).await?;
        tx.add_credit(BUYER, usd(1), None, "gift", NOW + 3).await
    })
    .unwrap();
    let entries = db.read().await.credit_entries(BUYER, Currency::Usd, 3).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry.amount.minor, entry.reason.as_str(), entry.order.as_ref())).collect();
    assert_eq!(told, [(1, "gift", None), (-50, "completed", Some(&order.id)), (-250, "spent", Some(&order.id))]);
    assert_eq!(db.read().await.order(&order.id).await.unwrap().unwrap().credit, usd(250), "an invoice pays its own part");
}

async fn a_case_is_opened_once_and_closed_once(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let case = |kind, detail: &str| NewCase { order: order.id.clone(), invoice: None, kind, detail: detail.to_owned() };
    let opens = (0..8).map(|_| {
        let case = case(CaseKind::SoldOut, "editor");
        db.store.write(move |tx| Box::pin(async move { tx.open_case(&case, NOW).await }))
    });
    let opened: Vec<Result<Option<String>>> = futures_util::future::join_all(opens).await;
    let opened: Vec<String> = opened.into_iter().filter_map(Result::unwrap).collect();
    let [id] = opened.as_slice() else { panic!("{opened:?}") };
    let other = case(CaseKind::Mismatch, "coin");
    let other = write_with!(db, tx => tx.open_case(&other, NOW + 1)).unwrap().unwrap();
    let mut conn = db.read().await;
    assert_eq!(conn.open_case_count().await.unwrap(), 2);
    let open = conn.open_cases(9).await.unwrap();
    assert_eq!(open.iter().map(|case| &case.id).collect::<Vec<_>>(), [id, &other]);
    assert_eq!((open[0].kind, open[0].detail.as_str(), open[0].opened_at), (CaseKind::SoldOut, "editor", NOW));
    assert_eq!(conn.case(&other).await.unwrap().unwrap(), open[1]);
    assert_eq!(conn.case("nothing").await.unwrap(), None);
    assert_eq!(conn.open_cases_of(&order.id).await.unwrap(), open);
    assert_eq!(conn.open_case_by_id(id).await.unwrap().as_ref(), Some(&open[0]));
    drop(conn);
    let (first, again) = (id.clone(), id.clone());
    assert!(write_with!(db, tx => tx.close_case(&first, "refilled", NOW + 2)).unwrap());
    assert!(!write_with!(db, tx => tx.close_case(&again, "refunded", NOW + 3)).unwrap());
    assert_eq!(db.read().await.open_case_count().await.unwrap(), 1);
    assert_eq!(db.read().await.open_cases_of(&order.id).await.unwrap().len(), 1);
    assert_eq!(db.read().await.open_case_by_id(id).await.unwrap(), None);
    let same = case(CaseKind::SoldOut, "editor");
    assert_eq!(write_with!(db, tx => tx.open_case(&same, NOW + 4)).unwrap(), None, "it was dealt with");
}

async fn how_cases_ended_in_an_older_release_is_sealed_by_the_next_start(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    for number in 0..450 {
        let case = NewCase { order: order.id.clone(), invoice: None, kind: CaseKind::SoldOut, detail: number.to_string() };
        write_with!(db, tx => tx.open_case(&case, NOW)).unwrap().unwrap();
    }
    write_with!(db, tx => tx.close_cases_of(&order.id, CaseKind::SoldOut, "served", NOW)).unwrap();
    let order = db.read().await.orders(OrderFilter::Of(BUYER), 0, 1).await.unwrap().remove(0);
    let ended = async |db: &Db, word: &str| {
        let history = db.read().await.history(&order.id).await.unwrap();
        history.iter().filter(|entry| entry.what == Happened::CaseClosed { resolution: word.to_owned() }).count()
    };
    assert_eq!(ended(&db, "served").await, 450);
    db.execute_behind_its_back("UPDATE cases SET resolution = 'refunded: to her brother', resolution_sealed = NULL").await;
    let db = db.restart().await;
    assert_eq!(ended(&db, "refunded: to her brother").await, 450);
    db.execute_behind_its_back("UPDATE cases SET detail = detail || COALESCE(resolution, ''), resolution = NULL").await;
    let details: Vec<String> = db.read().await.history(&order.id).await.unwrap().iter().map(|entry| format!("{:?}", entry.what)).collect();
    let open = details.iter().filter(|what| what.contains("CaseOpened") && what.contains("brother")).count();
    assert_eq!(open, 0, "nothing stands in the clear any more");
}

async fn a_case_quotes_a_foreign_word_of_any_length(db: Db) {
    let keys = db.with_keys(&[]).await;
    let order = db.with_order(order(&keys, 1, OrderState::Open)).await;
    let detail: String = (0..60_000).map(|_| char::from_u32(0x4e00 + u32::from(kiosk::store::random::<1>()[0])).unwrap()).collect();
    let case = NewCase { order: order.id.clone(), invoice: None, kind: CaseKind::UnknownStatus, detail };
    assert!(write_with!(db, tx => tx.open_case(&case, NOW)).unwrap().is_some());
}
