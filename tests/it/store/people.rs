//! Customers, staff, settings, dialogues and files.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::deed::DeedKind;
use kiosk::domain::language::Localized;
use kiosk::domain::money::{Currency, Fiat};
use kiosk::domain::product::BlobId;
use kiosk::store::{AuditOf, Chain, CustomerOrder, Deed, Result, ShopSettings};

use super::{BUYER, Db, NOW, stories, write_with};

stories![
    a_customer_is_met_once_and_keeps_the_language,
    a_person_who_writes_again_can_be_reached_again,
    a_name_with_a_zero_byte_is_kept_without_it,
    roles_are_given_and_replaced,
    what_was_never_set_has_a_value_to_start_with,
    settings_are_kept_over_a_restart,
    a_setting_is_taken_by_one_alone,
    a_dialogue_is_kept_until_it_ends,
    a_form_of_an_older_release_is_no_form,
    the_same_bytes_are_kept_once,
    telegrams_name_of_a_file_is_kept,
    customers_are_listed_and_found,
    a_block_is_one_and_ends_once,
    credit_by_hand_stops_at_nothing_also_for_two_at_once,
    an_invitation_is_taken_by_one_alone_and_in_time,
    owners_let_each_other_go_but_not_all,
    deeds_are_chained_also_when_many_happen_at_once,
    a_conversation_keeps_each_message_once,
];

async fn a_customer_is_met_once_and_keeps_the_language(db: Db) {
    assert_eq!(db.read().await.customer(BUYER).await.unwrap(), None);
    let first = write_with!(db, tx => tx.meet(BUYER, "Ada", Some("ada"), "ru", NOW)).unwrap();
    assert_eq!((first.name.as_str(), first.username.as_deref(), first.language.as_str()), ("Ada", Some("ada"), "ru"));
    write_with!(db, tx => tx.set_language(BUYER, "de")).unwrap();
    write_with!(db, tx => tx.set_last_coin(BUYER, "TON")).unwrap();
    let again = write_with!(db, tx => tx.meet(BUYER, "Ada L.", None, "ru", NOW + 1)).unwrap();
    assert_eq!((again.name.as_str(), again.username, again.language.as_str()), ("Ada L.", None, "de"));
    assert_eq!(again.last_coin.as_deref(), Some("TON"));
}

async fn a_person_who_writes_again_can_be_reached_again(db: Db) {
    write_with!(db, tx => tx.meet(BUYER, "Ada", None, "en", NOW)).unwrap();
    write_with!(db, tx => tx.set_reachable(BUYER, false)).unwrap();
    assert!(!db.read().await.customer(BUYER).await.unwrap().unwrap().reachable);
    assert!(write_with!(db, tx => tx.meet(BUYER, "Ada", None, "en", NOW)).unwrap().reachable);
}

async fn a_name_with_a_zero_byte_is_kept_without_it(db: Db) {
    let met = write_with!(db, tx => tx.meet(BUYER, "A\0da", Some("a\0da"), "en", NOW)).unwrap();
    assert_eq!((met.name.as_str(), met.username.as_deref()), ("Ada", Some("ada")));
}

async fn roles_are_given_and_replaced(db: Db) {
    let (owner, other) = (CustomerId(5), CustomerId(6));
    assert_eq!(db.read().await.role(owner).await.unwrap(), None);
    write_with!(db, tx => tx.set_role(other, Role::Support, NOW)).unwrap();
    write_with!(db, tx => tx.set_role(owner, Role::Owner, NOW + 1)).unwrap();
    write_with!(db, tx => tx.set_role(other, Role::Manager, NOW + 2)).unwrap();
    assert_eq!(db.read().await.role(other).await.unwrap(), Some(Role::Manager));
    assert_eq!(db.read().await.staff().await.unwrap(), vec![(other, Role::Manager), (owner, Role::Owner)]);
}

async fn what_was_never_set_has_a_value_to_start_with(db: Db) {
    assert_eq!(db.read().await.shop().await.unwrap(), ShopSettings::default());
    assert_eq!(db.read().await.setting::<String>("nobody").await.unwrap(), None);
}

async fn settings_are_kept_over_a_restart(db: Db) {
    let mut shop = ShopSettings { currency: Currency::Eur, support: Some("@owner".to_owned()), ..ShopSettings::default() };
    shop.name = Localized::plain("Night Owl Store");
    shop.greeting.set("ru", "Привет");
    shop.coins.truncate(1);
    let wanted = shop.clone();
    write_with!(db, tx => tx.set_shop(&wanted)).unwrap();
    let db = db.restart().await;
    assert_eq!(db.read().await.shop().await.unwrap(), shop);
    shop.support = None;
    let wanted = shop.clone();
    write_with!(db, tx => tx.set_shop(&wanted)).unwrap();
    assert_eq!(db.read().await.shop().await.unwrap(), shop, "a contact that was taken away is none");
}

async fn a_setting_is_taken_by_one_alone(db: Db) {
    write_with!(db, tx => tx.set_setting("claim", &"secret")).unwrap();
    assert_eq!(db.read().await.setting::<String>("claim").await.unwrap().as_deref(), Some("secret"));
    let takers = (0..16).map(|_| db.store.write(|tx| Box::pin(async move { tx.take_setting("claim").await })));
    let taken: Vec<Result<bool>> = futures_util::future::join_all(takers).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap()).count(), 1);
    assert_eq!(db.read().await.setting::<String>("claim").await.unwrap(), None);
}

async fn a_dialogue_is_kept_until_it_ends(db: Db) {
    assert_eq!(db.read().await.dialogue::<Vec<String>>(7).await.unwrap(), None);
    write_with!(db, tx => tx.set_dialogue(7, &vec!["name"], NOW)).unwrap();
    write_with!(db, tx => tx.set_dialogue(7, &vec!["name", "price"], NOW + 1)).unwrap();
    let db = db.restart().await;
    assert_eq!(db.read().await.dialogue::<Vec<String>>(7).await.unwrap().unwrap(), ["name", "price"]);
    write_with!(db, tx => tx.end_dialogue(7)).unwrap();
    assert_eq!(db.read().await.dialogue::<Vec<String>>(7).await.unwrap(), None);
}

async fn a_form_of_an_older_release_is_no_form(db: Db) {
    write_with!(db, tx => tx.set_dialogue(7, &"text", NOW)).unwrap();
    assert_eq!(db.read().await.dialogue::<Vec<u8>>(7).await.unwrap(), None);
}

async fn the_same_bytes_are_kept_once(db: Db) {
    let picture: Vec<u8> = (0..=255).collect();
    let bytes = picture.clone();
    let (first, second) = write_with!(db, tx => async {
        Ok((tx.put_blob("image/png", &bytes).await?, tx.put_blob("image/png", &bytes).await?))
    })
    .unwrap();
    assert_eq!(first, second);
    assert_eq!(db.read().await.blob(&first).await.unwrap(), Some(("image/png".to_owned(), picture)));
    assert_eq!(db.read().await.blob(&BlobId("none".to_owned())).await.unwrap(), None);
}

async fn telegrams_name_of_a_file_is_kept(db: Db) {
    assert_eq!(db.read().await.telegram_file("logo").await.unwrap(), None);
    write_with!(db, tx => tx.set_telegram_file("logo", "AgAC1")).unwrap();
    write_with!(db, tx => tx.set_telegram_file("logo", "AgAC2")).unwrap();
    assert_eq!(db.read().await.telegram_file("logo").await.unwrap().as_deref(), Some("AgAC2"));
}

const USD: Currency = Currency::Usd;

fn usd(minor: i64) -> Fiat {
    Fiat::new(minor, USD)
}

async fn customers_are_listed_and_found(db: Db) {
    let people = [(11, "Ada_L", Some("ada_l")), (12, "Adam 100%", None), (13, "Жанна", Some("Zhanna"))];
    for (number, (id, name, username)) in people.into_iter().enumerate() {
        let at = NOW + i64::try_from(number).unwrap();
        write_with!(db, tx => tx.meet(CustomerId(id), name, username, "en", at)).unwrap();
    }
    let mut conn = db.read().await;
    let ids = |lines: Vec<kiosk::store::CustomerLine>| lines.into_iter().map(|line| line.id.0).collect::<Vec<_>>();
    assert_eq!(ids(conn.customers(CustomerOrder::Newest, USD, 0, 2).await.unwrap()), [13, 12]);
    assert_eq!(ids(conn.customers(CustomerOrder::Newest, USD, 2, 2).await.unwrap()), [11]);
    assert!(conn.customers(CustomerOrder::MostSpent, USD, 0, 9).await.unwrap().is_empty(), "nobody has spent anything");
    let cases: [(&str, &[i64]); 9] = [
        ("12", &[12]),
        ("@ADA_L", &[11]),
        ("ada", &[12, 11]),
        ("a_l", &[11]),
        ("0%", &[12]),
        ("%", &[12]),
        ("Жан", &[13]),
        ("zhanna", &[13]),
        ("nobody", &[]),
    ];
    for (words, expected) in cases {
        assert_eq!(ids(conn.find_customers(words, USD, 9).await.unwrap()), expected, "{words}");
    }
}

async fn a_block_is_one_and_ends_once(db: Db) {
    assert!(!write_with!(db, tx => tx.block(BUYER, "spam", NOW)).unwrap(), "nobody was met");
    write_with!(db, tx => tx.meet(BUYER, "Ada", None, "en", NOW)).unwrap();
    assert!(write_with!(db, tx => tx.block(BUYER, "spam", NOW)).unwrap());
    assert!(!write_with!(db, tx => tx.block(BUYER, "again", NOW + 1)).unwrap());
    assert!(write_with!(db, tx => tx.set_customer_note(BUYER, "kind, once")).unwrap());
    let facts = db.read().await.customer_facts(BUYER, USD).await.unwrap().unwrap();
    assert_eq!((facts.blocked, facts.note.as_str()), (Some((NOW, "spam".to_owned())), "kind, once"));
    assert!(write_with!(db, tx => tx.meet(BUYER, "Ada", None, "en", NOW)).unwrap().blocked, "coming back changes nothing");
    assert!(write_with!(db, tx => tx.holds_blocked(BUYER)).unwrap());
    assert!(write_with!(db, tx => tx.unblock(BUYER)).unwrap());
    assert!(!write_with!(db, tx => tx.unblock(BUYER)).unwrap());
    assert!(!db.read().await.customer(BUYER).await.unwrap().unwrap().blocked);
}

async fn credit_by_hand_stops_at_nothing_also_for_two_at_once(db: Db) {
    write_with!(db, tx => tx.meet(BUYER, "Ada", None, "en", NOW)).unwrap();
    let owner = CustomerId(5);
    assert!(write_with!(db, tx => tx.add_credit_by_hand(BUYER, usd(500), owner, "a gift", NOW)).unwrap());
    assert!(!write_with!(db, tx => tx.add_credit_by_hand(BUYER, usd(-501), owner, "too much", NOW)).unwrap());
    let takes = (0..8).map(|_| {
        let store = db.store.clone();
        tokio::spawn(async move {
            store.write(move |tx| Box::pin(async move { tx.add_credit_by_hand(BUYER, usd(-200), owner, "mine", NOW + 1).await })).await
        })
    });
    let mut taken = 0;
    for take in takes.collect::<Vec<_>>() {
        taken += usize::from(take.await.unwrap().unwrap());
    }
    let mut conn = db.read().await;
    assert_eq!((taken, conn.balance(BUYER, USD).await.unwrap()), (2, usd(100)));
    let entries = conn.credit_entries(BUYER, USD, 9).await.unwrap();
    assert_eq!((entries[2].reason.as_str(), entries[2].by_hand.clone()), ("given", Some((owner, "a gift".to_owned()))));
    assert_eq!(entries[0].reason, "taken");
}

async fn an_invitation_is_taken_by_one_alone_and_in_time(db: Db) {
    let owner = CustomerId(5);
    write_with!(db, tx => tx.add_invitation("digest", Role::Manager, owner, NOW + 10)).unwrap();
    assert_eq!(write_with!(db, tx => tx.take_invitation("digest", NOW)).unwrap(), None, "whoever made it owns no shop");
    write_with!(db, tx => tx.set_role(owner, Role::Owner, NOW)).unwrap();
    assert_eq!(write_with!(db, tx => tx.take_invitation("digest", NOW + 10)).unwrap(), None, "it has just ended");
    assert_eq!(write_with!(db, tx => tx.take_invitation("other", NOW)).unwrap(), None);
    assert_eq!(write_with!(db, tx => tx.take_invitation("digest", NOW + 9)).unwrap(), Some((Role::Manager, owner)));
    assert_eq!(write_with!(db, tx => tx.take_invitation("digest", NOW + 9)).unwrap(), None);
    write_with!(db, tx => tx.add_invitation("old", Role::Owner, owner, NOW)).unwrap();
    write_with!(db, tx => tx.end_invitations(NOW)).unwrap();
    assert_eq!(write_with!(db, tx => tx.take_invitation("old", NOW - 5)).unwrap(), None);
}

async fn owners_let_each_other_go_but_not_all(db: Db) {
    let owners: Vec<CustomerId> = (1..=4).map(CustomerId).collect();
    for owner in owners.clone() {
        write_with!(db, tx => tx.set_role(owner, Role::Owner, NOW)).unwrap();
    }
    let leaving = owners.into_iter().map(|owner| {
        let store = db.store.clone();
        tokio::spawn(async move {
            store
                .write(move |tx| Box::pin(async move { if tx.hold_owners().await? > 1 { tx.end_role(owner).await } else { Ok(false) } }))
                .await
        })
    });
    let mut left = 0;
    for one in leaving.collect::<Vec<_>>() {
        left += usize::from(one.await.unwrap().unwrap());
    }
    assert_eq!((left, db.read().await.staff().await.unwrap().len()), (3, 1));
}

async fn deeds_are_chained_also_when_many_happen_at_once(db: Db) {
    assert!(matches!(db.read().await.audit_chain().await.unwrap(), Chain::Whole { rows: 0, .. }));
    let many = (0..24).map(|number| {
        let store = db.store.clone();
        tokio::spawn(async move {
            let deed = Deed::new(DeedKind::NoteChanged, format!("note {number} \0<b>\n")).customer(BUYER);
            store.write(move |tx| Box::pin(async move { tx.deed_of(CustomerId(number), deed, NOW + number).await })).await
        })
    });
    for one in many.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    let db = db.restart().await;
    let mut conn = db.read().await;
    assert!(matches!(conn.audit_chain().await.unwrap(), Chain::Whole { rows: 24, .. }));
    let newest = conn.audit(&AuditOf::Customer(BUYER), 0, 2).await.unwrap();
    assert_eq!((newest.len(), newest[0].number, newest[1].number), (2, 24, 23));
    assert!(newest[0].words.starts_with("note ") && !newest[0].words.contains('\0'));
    assert!(conn.audit(&AuditOf::Customer(CustomerId(9)), 0, 2).await.unwrap().is_empty());
}

async fn a_conversation_keeps_each_message_once(db: Db) {
    write_with!(db, tx => tx.meet(BUYER, "Ada", None, "en", NOW)).unwrap();
    let helper = CustomerId(5);
    assert!(write_with!(db, tx => tx.add_support_message("7:1", BUYER, None, &"hello 🦉", NOW)).unwrap());
    assert!(!write_with!(db, tx => tx.add_support_message("7:1", BUYER, None, &"hello again", NOW)).unwrap());
    assert!(write_with!(db, tx => tx.add_support_message("5:9", BUYER, Some(helper), &"yes?", NOW + 1)).unwrap());
    write_with!(db, tx => tx.add_support_relay(-100, 4, BUYER)).unwrap();
    write_with!(db, tx => tx.set_support_topic(-100, BUYER, 2)).unwrap();
    let mut conn = db.read().await;
    assert_eq!(conn.support_message::<String>("7:1").await.unwrap(), Some((BUYER, None, "hello 🦉".to_owned())));
    assert_eq!(conn.support_message::<String>("5:9").await.unwrap().unwrap().1, Some(helper));
    assert_eq!(
        (conn.support_messages_since(BUYER, NOW - 1).await.unwrap(), conn.support_messages_since(BUYER, NOW).await.unwrap()),
        (1, 0)
    );
    assert_eq!((conn.support_relay(-100, 4).await.unwrap(), conn.support_relay(-101, 4).await.unwrap()), (Some(BUYER), None));
    assert_eq!((conn.support_topic(-100, BUYER).await.unwrap(), conn.customer_of_topic(-100, 2).await.unwrap()), (Some(2), Some(BUYER)));
    drop(conn);
    write_with!(db, tx => tx.end_support_topic(-100, BUYER)).unwrap();
    assert_eq!(db.read().await.customer_of_topic(-100, 2).await.unwrap(), None);
}
