//! Looking after stock in the chat: what is free, taking it out, and who got what. Plays in which the seller has looked at units that are
//! sold do not end with the check that nobody but their buyers sees them.

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::deed::DeedKind;
use kiosk::domain::product::ProductId;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::store::AuditOf;

use crate::stock_files::{documents, packed};
use crate::world::{ANN, BEN, SELLER, World, buttons, has, id_of, text_of};

async fn units_page(world: &World, name: &str) {
    world.say(SELLER, "/products").await;
    world.tap(SELLER, name).await;
    world.tap(SELLER, "Add stock").await;
    world.tap(SELLER, "📦 Units").await;
}

fn assert_shown(world: &World, text: &str) {
    let newest = world.newest(SELLER);
    assert!(has(&newest, text), "{text:?} is not in:\n{}", text_of(&newest));
}

fn labels(world: &World) -> Vec<String> {
    buttons(&world.newest(SELLER)).iter().map(|button| button["text"].as_str().unwrap().to_owned()).collect()
}

async fn deeds(world: &World) -> Vec<(DeedKind, String)> {
    let entries = world.shop().store.read().await.unwrap().audit(&AuditOf::All, 0, 100).await.unwrap();
    entries.into_iter().map(|entry| (entry.kind, entry.words)).collect()
}

#[tokio::test]
async fn free_units_are_listed_newest_first_and_one_is_taken_out_and_put_back() {
    let world = World::new().await;
    units_page(&world, "Editor Pro").await;
    assert_shown(&world, "14 free");
    assert_eq!(
        labels(&world)[..9],
        ["EDIT-0014", "EDIT-0013", "EDIT-0012", "EDIT-0011", "EDIT-0010", "EDIT-0009", "EDIT-0008", "EDIT-0007", "Next ›"]
            .map(str::to_owned)
    );
    world.tap(SELLER, "Next ›").await;
    assert!(labels(&world).contains(&"EDIT-0001".to_owned()));
    world.tap(SELLER, "EDIT-0001").await;
    assert_shown(&world, "Take this unit out of stock?");
    assert_shown(&world, "EDIT-0001");
    world.tap(SELLER, "Back").await;
    assert_eq!(world.stock("editor").await, 14, "asked, and not done");
    world.tap(SELLER, "EDIT-0013").await;
    world.tap(SELLER, "Yes, take it out").await;
    assert_shown(&world, "Taken out: EDIT-0013");
    assert_shown(&world, "13 free");
    assert_eq!(deeds(&world).await[0], (DeedKind::StockTakenOut, "editor: 1".to_owned()), "the unit itself is not written down");
    // It may come back.
    world.tap(SELLER, "Back").await;
    world.say(SELLER, "EDIT-0013\nEDIT-0001").await;
    assert_shown(&world, "1 added, 1 was there already");
    assert_eq!(world.stock("editor").await, 14);
    world.end().await;
}

#[tokio::test]
async fn what_is_set_aside_or_sold_stays_and_says_so() {
    let world = World::new().await;
    units_page(&world, "Editor Pro").await;
    world.tap(SELLER, "Next ›").await;
    let (page, first) = world.button(SELLER, "EDIT-0001");
    let invoice = world.order(ANN, "editor").await;
    let order = world.order_of(ANN).await.id;
    world.press(SELLER, page, &first);
    world.settled().await;
    world.hears(SELLER, &format!("set aside for order {order}")).await;
    let take = first["data"].as_str().unwrap().replacen("su:", "sx:", 1);
    world.send_data(SELLER, page, &take).await;
    assert_eq!(world.stock("editor").await, 13);
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.press(SELLER, page, &first);
    world.settled().await;
    world.hears(SELLER, &format!("sold in order {order}")).await;
    world.send_data(SELLER, page, &take).await;
    world.send_data(SELLER, page, "sx:nosuchunit").await;
    world.hears(SELLER, "not there any more").await;
    world.sees(ANN, "EDIT-0001").await;
    assert!(!deeds(&world).await.iter().any(|(kind, _)| *kind == DeedKind::StockTakenOut));
    world.settled().await;
}

#[tokio::test]
async fn everything_free_goes_back_to_the_seller_as_files_before_it_is_taken_out() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Add stock").await;
    world.upload(SELLER, "more.zip", packed(&[("a.lic", b"A"), ("x/a.lic", b"B")]), false).await;
    world.tap(SELLER, "📦 Units").await;
    assert!(labels(&world).contains(&"📎 a.lic".to_owned()), "{:?}", labels(&world));
    world.tap(SELLER, "Take all 15 free units out").await;
    assert_shown(&world, "sent to you as a file first");
    assert_eq!(world.stock("editor").await, 15, "asked, and not done");
    world.tap(SELLER, "Yes, take it out").await;
    assert_eq!(world.stock("editor").await, 0);
    assert_shown(&world, "15 units were taken out");
    assert_shown(&world, "Nothing is free now");
    let back = documents(&world, SELLER);
    assert_eq!(back.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["editor.txt", "editor-2.zip"]);
    let lines: Vec<String> = (2..=14).map(|number| format!("EDIT-{number:04}")).collect();
    assert_eq!(String::from_utf8(back[0].1.clone()).unwrap(), format!("{}\n", lines.join("\n")), "and what is set aside is not among them");
    let out = |words: &str| (DeedKind::StockTakenOut, words.to_owned());
    assert_eq!(deeds(&world).await[..2], [out("editor: 2"), out("editor: 13")], "each document with what was in it");
    // Both go in again as they are.
    world.tap(SELLER, "Back").await;
    for (name, bytes) in back {
        world.upload(SELLER, &name, bytes, false).await;
    }
    assert_eq!(world.stock("editor").await, 15);
    // What is set aside is sold as ever.
    world.pay(&invoice.uuid, Payment::Exact).await;
    world.sees(ANN, "EDIT-0001").await;
    world.end().await;
}

#[tokio::test]
async fn one_file_goes_back_to_the_seller_when_it_is_taken_out() {
    let world = World::new().await;
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Last Timer").await;
    world.tap(SELLER, "Add stock").await;
    world.upload(SELLER, "one.lic", b"the only copy".to_vec(), false).await;
    world.say(SELLER, "TWO\tWORDS").await;
    world.upload(SELLER, "rows.csv", b"\"two\nlines\"\n".to_vec(), false).await;
    world.tap(SELLER, "📦 Units").await;
    world.tap(SELLER, "one.lic").await;
    world.tap(SELLER, "Yes, take it out").await;
    assert_eq!(documents(&world, SELLER), [("one.lic".to_owned(), b"the only copy".to_vec())]);
    assert_eq!(world.stock("last").await, 3);
    // A unit of two lines goes back as a table, so that it comes in as one again.
    world.tap(SELLER, "Take all 3").await;
    world.tap(SELLER, "Yes, take it out").await;
    let (name, bytes) = documents(&world, SELLER).pop().unwrap();
    assert_eq!(name, "last.csv");
    world.tap(SELLER, "Back").await;
    world.upload(SELLER, &name, bytes, false).await;
    assert_shown(&world, "3 added");
    let id = ProductId::parse("last").unwrap();
    let units = world.shop().store.read().await.unwrap().unsold_units(&id, None).await.unwrap();
    assert_eq!(units, ["ONLY-ONE-LEFT", "TWO\tWORDS", "two\nlines"]);
    world.end().await;
}

#[tokio::test]
async fn who_got_what_leads_to_the_orders_and_is_searched_by_a_part_of_a_unit() {
    let world = World::new().await;
    for (user, product) in [(ANN, "editor"), (BEN, "editor")] {
        let invoice = world.order(user, product).await;
        world.pay(&invoice.uuid, Payment::Exact).await;
        world.advance(3_600).await;
    }
    let (ann, ben) = (world.order_of(ANN).await.id, world.order_of(BEN).await.id);
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Add stock").await;
    world.tap(SELLER, "Who got what").await;
    let shown = text_of(&world.newest(SELLER)).to_owned();
    let place = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text:?} is not in:\n{shown}"));
    assert!(place("EDIT-0002") < place("EDIT-0001"), "the newest first");
    assert!(place("EDIT-0001") < place(&format!("#{ann}")) && place("EDIT-0002") < place(&format!("#{ben}")));
    world.tap(SELLER, &format!("#{ann}")).await;
    assert_shown(&world, ann.as_str());
    // By a part of a unit.
    world.say(SELLER, "/products").await;
    world.tap(SELLER, "Editor Pro").await;
    world.tap(SELLER, "Add stock").await;
    world.tap(SELLER, "Who got what").await;
    world.tap(SELLER, "Find a unit").await;
    world.say(SELLER, "nobody has this").await;
    assert_shown(&world, "No sold unit has “nobody has this”");
    world.say(SELLER, "edit-0002").await;
    assert_shown(&world, ben.as_str());
    assert!(!has(&world.newest(SELLER), ann.as_str()));
    assert!(deeds(&world).await.iter().all(|(kind, _)| *kind == DeedKind::StaffJoined), "looking leaves no trace");
    world.settled().await;
}

#[tokio::test]
async fn only_who_manages_the_shop_sees_units() {
    let mut world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let id = ProductId::parse("editor").unwrap();
    let unit = world.shop().free_units(&id, None, 0).await.unwrap().0[0].id.clone();
    for (who, role) in [(701, Some(Role::Support)), (702, Some(Role::Manager)), (BEN, None)] {
        world.say(who, "/start").await;
        if let Some(role) = role {
            world.shop().store.write(move |tx| Box::pin(async move { tx.set_role(CustomerId(who), role, 1).await })).await.unwrap();
        }
        for data in ["sf:editor::0", "sg:editor:0", "sq:editor", "sa:editor:", &format!("su:{unit}")] {
            world.say(who, "/start").await;
            world.send_data(who, id_of(&world.newest(who)), data).await;
        }
        let sees = world.shows(who, "EDIT-");
        assert_eq!(sees, role == Some(Role::Manager), "{who}:\n{}", world.transcript(who));
        if role != Some(Role::Manager) {
            for data in [format!("sx:{unit}"), "sz:editor:".to_owned()] {
                world.send_data(who, id_of(&world.newest(who)), &data).await;
            }
            assert_eq!(world.stock("editor").await, 13, "{who}");
        }
    }
    world.stop().await;
}
