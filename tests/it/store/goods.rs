//! What a product can be, as rows: options with stock of their own, memberships that count each line once, places and categories.

use kiosk::domain::customer::CustomerId;
use kiosk::domain::goods::{Invite, Webhook};
use kiosk::domain::language::Localized;
use kiosk::domain::money::Currency;
use kiosk::domain::option::{OptionId, ProductOption, VolumePrice};
use kiosk::domain::order::OrderState;
use kiosk::domain::product::{Category, CategoryId, Kind, Product, ProductState};
use kiosk::store::{CaseKind, JobKind, Membership, MembershipPart, NewCase, NewJob};

use super::{BUYER, Db, NOW, NOW_MILLIS, at, order, places, product, stories, usd, write_with};

stories![
    a_product_is_read_back_with_all_that_it_can_be,
    units_belong_to_options_and_lines_take_their_own,
    of_two_lines_that_want_the_last_unit_of_an_option_one_gets_it,
    a_line_counts_once_for_a_membership,
    a_membership_consists_of_what_was_not_given_back,
    a_group_that_has_another_id_takes_along_what_was_sold_of_it,
    what_a_system_answered_first_stays_and_is_sealed,
    a_category_goes_when_nothing_stands_in_it,
];

fn option(id: &str, minor: i64) -> ProductOption {
    ProductOption {
        id: OptionId::parse(id).unwrap(),
        name: Localized::plain(id),
        price: usd(minor),
        volume: vec![VolumePrice { from: 5, minor: minor - 1 }],
        days: Some(30),
    }
}

fn units(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

async fn a_product_is_read_back_with_all_that_it_can_be(db: Db) {
    let invite = Product {
        invite: Some(Invite { chat: -1_001_234_567_890, title: "Night <Owls>".to_owned(), days: Some(30) }),
        quantity_min: 2,
        options: vec![option("month", 300), option("year", 2_000)],
        ..product("owls", Kind::Invite)
    };
    let webhook = Product {
        webhook: Some(Webhook { url: "https://shop.example.com/".to_owned(), secret: "whsec_secret".to_owned() }),
        volume: vec![VolumePrice { from: 2, minor: 900 }],
        ..product("pass", Kind::Webhook)
    };
    for wanted in [invite, webhook] {
        let written = wanted.clone();
        write_with!(db, tx => tx.put_product(&written)).unwrap();
        assert_eq!(db.read().await.product(&wanted.id).await.unwrap(), Some(wanted));
    }
    let plain = product("owls", Kind::Invite);
    let written = plain.clone();
    write_with!(db, tx => tx.put_product(&written)).unwrap();
    assert_eq!(db.read().await.product(&plain.id).await.unwrap(), Some(plain.clone()), "and loses it again");
    if let Some(file) = db.file() {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"whsec_secret"), "the secret is sealed");
    }
    let id = plain.id;
    assert!(write_with!(db, tx => tx.delete_unused_product(&id)).unwrap());
}

async fn units_belong_to_options_and_lines_take_their_own(db: Db) {
    let plain = db.with_keys(&["A", "B"]).await;
    let two = Product { options: vec![option("month", 300), option("year", 2_000)], ..plain.clone() };
    let (month, year) = (two.options[0].id.clone(), two.options[1].id.clone());
    let (written, of_year) = (two.clone(), year.clone());
    write_with!(db, tx => async {
        tx.put_product(&written).await?;
        tx.add_stock_of(&written.id, Some(&of_year), &units(&["Y1", "Y2", "A"])).await
    })
    .unwrap();
    let mut read = db.read().await;
    assert_eq!(read.free_stock_of(&two.id, Some(&month)).await.unwrap(), 2, "what was there went to the first");
    assert_eq!((read.free_stock_of(&two.id, Some(&year)).await.unwrap(), read.free_stock(&two.id).await.unwrap()), (2, 4));
    drop(read);
    let mut wanted = order(&two, 2, OrderState::Open);
    wanted.lines[0].option = Some(year.clone());
    let wanted = db.with_order(wanted).await;
    assert_eq!(db.read().await.order(&wanted.id).await.unwrap().unwrap().lines[0].option, Some(year.clone()));
    let (id, line) = (two.id.clone(), wanted.lines[0].id.clone());
    assert_eq!(write_with!(db, tx => tx.reserve_stock(&id, &line, 3)).unwrap(), 2, "no unit of another option");
    let (id, of_year) = (two.id.clone(), year);
    assert_eq!(db.read().await.unsold_of(&id, &of_year).await.unwrap(), 2, "set aside is not sold");
    let line = wanted.lines[0].id.clone();
    write_with!(db, tx => tx.sell_stock(&line, NOW)).unwrap();
    assert_eq!(db.read().await.sold_units(&wanted.lines[0].id).await.unwrap(), ["Y1", "Y2"]);

    // Without options again, what is left is sold as before.
    let written = plain.clone();
    write_with!(db, tx => tx.put_product(&written)).unwrap();
    assert_eq!(db.read().await.free_stock_of(&plain.id, None).await.unwrap(), 2);
}

async fn of_two_lines_that_want_the_last_unit_of_an_option_one_gets_it(db: Db) {
    let plain = db.with_keys(&["A"]).await;
    let two = Product { options: vec![option("month", 300), option("year", 2_000)], ..plain };
    let written = two.clone();
    write_with!(db, tx => tx.put_product(&written)).unwrap();
    let mut lines = Vec::new();
    for _ in 0..8 {
        let mut wanted = order(&two, 1, OrderState::Open);
        wanted.lines[0].option = Some(two.options[0].id.clone());
        lines.push(db.with_order(wanted).await.lines[0].id.clone());
    }
    let mut tasks = tokio::task::JoinSet::new();
    for line in lines {
        let (store, id) = (db.store.clone(), two.id.clone());
        tasks.spawn(async move { store.write(move |tx| Box::pin(async move { tx.reserve_stock(&id, &line, 1).await })).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u32>(), 1);
}

async fn a_line_counts_once_for_a_membership(db: Db) {
    let owls = product("owls", Kind::Invite);
    let written = owls.clone();
    write_with!(db, tx => async {
        tx.put_product(&written).await?;
        tx.meet(BUYER, "Ada", None, "en", NOW).await
    })
    .unwrap();
    let first = db.with_order(order(&owls, 1, OrderState::Completed)).await;
    let line = first.lines[0].id.clone();
    let membership = Membership {
        customer: BUYER,
        chat: -1_007,
        title: "Owls".to_owned(),
        link: "https://t.me/+secretlink".to_owned(),
        ends_at: Some(NOW + 100),
        remind_at: Some(NOW + 75),
        joined_at: None,
        ended_at: None,
    };
    assert!(db.read().await.membership_of(&line).await.unwrap().is_none());
    let (written, counted) = (membership.clone(), line.clone());
    let (new, again) = write_with!(db, tx => async {
        tx.hold_memberships(BUYER).await?;
        let new = tx.count_line(&counted, BUYER, -1_007, NOW).await?;
        tx.put_membership(&written).await?;
        Ok((new, tx.count_line(&counted, BUYER, -1_007, NOW).await?))
    })
    .unwrap();
    assert!(new && !again);
    let mut read = db.read().await;
    assert!(read.membership(BUYER, -1_007).await.unwrap() == Some(membership.clone()));
    assert!(read.membership_of(&line).await.unwrap() == Some(membership.clone()));
    assert!(read.membership(BUYER, -1_008).await.unwrap().is_none());
    assert!(read.is_sold_link(-1_007, "https://t.me/+secretlink").await.unwrap());
    assert!(!read.is_sold_link(-1_008, "https://t.me/+secretlink").await.unwrap(), "into another channel");
    assert!(!read.is_sold_link(-1_007, "https://t.me/+another").await.unwrap());
    assert_eq!(read.membership_source(BUYER, -1_007).await.unwrap(), Some((first.id.clone(), owls.id.clone())));
    drop(read);
    let ended = Membership { ended_at: Some(NOW + 101), remind_at: None, ..membership };
    let written = ended.clone();
    write_with!(db, tx => tx.put_membership(&written)).unwrap();
    assert!(db.read().await.membership(BUYER, -1_007).await.unwrap() == Some(ended));
    if let Some(file) = db.file() {
        assert!(!std::fs::read(file).unwrap().windows(10).any(|window| window == b"secretlink"), "the link is sealed");
    }
}

async fn a_membership_consists_of_what_was_not_given_back(db: Db) {
    let owls = product("owls", Kind::Invite);
    let written = owls.clone();
    write_with!(db, tx => async {
        tx.put_product(&written).await?;
        tx.meet(BUYER, "Ada", None, "en", NOW).await
    })
    .unwrap();
    let (mut parts, mut given) = (Vec::new(), 0);
    // The time of two months, for good, given back, and sent back.
    for (days, quantity, state) in [
        (Some(30), 2, OrderState::Completed),
        (None, 1, OrderState::Open),
        (Some(7), 1, OrderState::Cancelled),
        (Some(1), 1, OrderState::Completed),
    ] {
        let mut wanted = order(&owls, quantity, state);
        wanted.lines[0].days = days;
        let paid = db.with_order(wanted).await;
        let (line, at) = (paid.lines[0].id.clone(), NOW + given);
        write_with!(db, tx => tx.count_line(&line, BUYER, -1_007, at)).unwrap();
        parts.push(MembershipPart { line: paid.lines[0].id.clone(), order: paid.id, days: days.map(|days| days * quantity), given_at: at });
        given += 1;
    }
    assert_eq!(db.read().await.refunded(&parts[3].order, Currency::Usd).await.unwrap(), usd(0));
    let sent_back = parts[3].order.clone();
    write_with!(db, tx => async {
        let case = NewCase { order: sent_back.clone(), invoice: None, kind: CaseKind::Undeliverable, detail: "x".to_owned() };
        let case = tx.open_case(&case, NOW).await?.unwrap();
        tx.add_refund(&case, &sent_back, usd(999), NOW).await
    })
    .unwrap();
    let mut read = db.read().await;
    assert_eq!(read.membership_parts(BUYER, -1_007).await.unwrap(), parts[..2]);
    assert!(read.membership_parts(BUYER, -1_008).await.unwrap().is_empty());
    assert_eq!(read.membership_orders(BUYER, -1_007).await.unwrap().len(), 4, "whatever became of them");
    assert_eq!(read.refunded(&parts[3].order, Currency::Usd).await.unwrap(), usd(999));
    assert_eq!(read.refunded(&parts[3].order, Currency::Eur).await.unwrap().minor, 0);
}

async fn a_group_that_has_another_id_takes_along_what_was_sold_of_it(db: Db) {
    let (old, new, other) = (-1_007, -1_008, CustomerId(1_002));
    let invite = |chat| Some(Invite { chat, title: "Owls".to_owned(), days: Some(30) });
    let owls = Product { invite: invite(old), ..product("owls", Kind::Invite) };
    let parrots = Product { invite: invite(-10_071), ..product("parrots", Kind::Invite) };
    let of = |customer, chat| Membership {
        customer,
        chat,
        title: "Owls".to_owned(),
        link: format!("https://t.me/+{customer}{chat}"),
        ends_at: Some(NOW + 100),
        remind_at: None,
        joined_at: None,
        ended_at: None,
    };
    let (ours, theirs, both) = (of(BUYER, old), of(other, old), of(BUYER, new));
    let written = (owls.clone(), parrots.clone(), [ours.clone(), theirs.clone(), both.clone()]);
    write_with!(db, tx => async {
        tx.put_product(&written.0).await?;
        tx.put_product(&written.1).await?;
        for customer in [BUYER, other] {
            tx.meet(customer, "Ada", None, "en", NOW).await?;
        }
        for membership in &written.2 {
            tx.put_membership(membership).await?;
        }
        for (kind, key) in [
            (JobKind::Membership, format!("{other}:{old}")),
            (JobKind::Membership, format!("{other}:-10071")),
            (JobKind::Admit, format!("{old}:{other}")),
            (JobKind::Admit, format!("{old}:{BUYER}")),
            (JobKind::Admit, format!("{new}:{BUYER}")),
        ] {
            let lane = format!("{}:{key}", kind.code());
            tx.ask_for(&NewJob { kind, key, lane, payload: String::new(), run_at: NOW }, NOW_MILLIS).await?;
        }
        Ok(())
    })
    .unwrap();
    let line = db.with_order(order(&owls, 1, OrderState::Completed)).await.lines[0].id.clone();
    let counted = line.clone();
    let twice = write_with!(db, tx => async {
        tx.count_line(&counted, BUYER, old, NOW).await?;
        tx.move_memberships(old, new).await
    })
    .unwrap();
    assert_eq!(twice, [BUYER], "who has it under both");
    let mut read = db.read().await;
    assert!(read.membership(other, new).await.unwrap() == Some(Membership { chat: new, ..theirs }));
    assert!(read.membership(other, old).await.unwrap().is_none());
    assert!(read.membership(BUYER, old).await.unwrap() == Some(ours) && read.membership(BUYER, new).await.unwrap() == Some(both));
    assert_eq!(read.membership_source(BUYER, new).await.unwrap().map(|(_, product)| product), Some(owls.id.clone()));
    let mut leads = Vec::new();
    for id in [&owls.id, &parrots.id] {
        leads.push(read.product(id).await.unwrap().and_then(|product| product.invite).map(|invite| invite.chat));
    }
    assert_eq!(leads, [Some(new), Some(-10_071)]);
    drop(read);
    let claimed = write_with!(db, tx => async { tx.claim(&places(10, 0), &at(NOW), 60).await }).unwrap();
    let mut found: Vec<_> = claimed.iter().map(|job| (job.kind.code(), job.key.as_str())).collect();
    found.sort_unstable();
    let admits = [("admit", "-1007:1001"), ("admit", "-1008:1001"), ("admit", "-1008:1002")];
    assert_eq!(found, [&admits[..], &[("membership", "1002:-10071"), ("membership", "1002:-1008")]].concat());
    write_with!(db, tx => tx.drop_membership(BUYER, old)).unwrap();
    assert!(db.read().await.membership(BUYER, old).await.unwrap().is_none());
}

async fn what_a_system_answered_first_stays_and_is_sealed(db: Db) {
    let pass = db.with_keys(&[]).await;
    let paid = db.with_order(order(&pass, 1, OrderState::Open)).await;
    let line = paid.lines[0].id.clone();
    assert_eq!(db.read().await.line_goods(&line).await.unwrap(), None);
    let named = line.clone();
    let kept = write_with!(db, tx => async {
        Ok((tx.set_line_goods(&named, "VOUCHER-1").await?, tx.set_line_goods(&named, "VOUCHER-2").await?))
    });
    assert_eq!(kept.unwrap(), (true, false));
    assert_eq!(db.read().await.line_goods(&line).await.unwrap().as_deref(), Some("VOUCHER-1"));
    assert_eq!(db.read().await.order_of_line(&line).await.unwrap(), Some(paid.id));
    assert_eq!(db.read().await.order_of_line("nothing").await.unwrap(), None);
}

async fn a_category_goes_when_nothing_stands_in_it(db: Db) {
    let things = CategoryId::parse("things").unwrap();
    let mug = Product { category: Some(things.clone()), ..product("mug", Kind::Manual) };
    let old = Product { category: Some(things.clone()), state: ProductState::Archived, position: 2, ..product("old", Kind::Manual) };
    let (category, written) =
        (Category { id: things.clone(), name: Localized::plain("Things"), position: 1, picture: None }, [mug.clone(), old.clone()]);
    write_with!(db, tx => async {
        tx.put_category(&category).await?;
        for product in &written {
            tx.put_product(product).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut read = db.read().await;
    assert_eq!(read.products_in(&things).await.unwrap(), 1, "archived ones do not count");
    assert_eq!(read.places_in(Some(&things)).await.unwrap(), [(mug.id.clone(), 1)]);
    assert!(read.places_in(None).await.unwrap().is_empty());
    drop(read);
    let (id, moved) = (things.clone(), mug.id.clone());
    write_with!(db, tx => async {
        tx.set_product_position(&moved, 9).await?;
        let moved = tx.product(&moved).await?.unwrap();
        tx.put_product(&Product { category: None, ..moved }).await
    })
    .unwrap();
    assert_eq!(db.read().await.places_in(None).await.unwrap(), [(mug.id, 9)]);
    let again = id.clone();
    assert!(write_with!(db, tx => tx.delete_category(&id)).unwrap());
    assert!(!write_with!(db, tx => tx.delete_category(&again)).unwrap());
    assert_eq!(db.read().await.product(&old.id).await.unwrap().unwrap().category, None);
}
