//! Customers, staff, settings, dialogues and files.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::language::Localized;
use kiosk::domain::money::Currency;
use kiosk::domain::product::BlobId;
use kiosk::store::{Result, ShopSettings};

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
