//! Who runs the shop, and what they did: invitations, roles, and a record that nobody changes afterwards.

use std::collections::BTreeSet;

use kiosk::domain::customer::{CustomerId, Role};
use kiosk::domain::deed::DeedKind;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::shop::staff::{Joined, StaffChanged};
use kiosk::store::{AuditEntry, AuditOf, Chain, Deed};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};

use crate::seller::BUTTONS;
use crate::world::{ANN, BEN, Options, SELLER, World, buttons, id_of, text_of};

const HELPER: i64 = 903;

fn shown(world: &World, user: i64) -> String {
    text_of(&world.newest(user)).to_owned()
}

fn shown_buttons(world: &World, user: i64) -> String {
    format!("{:?}", buttons(&world.newest(user)))
}

fn commands(world: &World, user: i64) -> String {
    world.sandbox.telegram.chat(user, 0)["commands"].to_string()
}

fn toast(world: &World, user: i64) -> String {
    let chat = world.sandbox.telegram.chat(user, 0);
    chat["toasts"].as_array().unwrap().last().map_or_else(String::new, |toast| toast["text"].as_str().unwrap().to_owned())
}

async fn role(world: &World, who: i64) -> Option<Role> {
    world.shop().role(CustomerId(who)).await.unwrap()
}

/// The code in an invitation that the owner has just made.
async fn invitation(world: &World, role: &str) -> String {
    world.say(SELLER, "/staff").await;
    world.tap(SELLER, &format!("➕ {role}")).await;
    let link = world.tap(SELLER, "Copy link").await.unwrap();
    assert!(shown(world, SELLER).contains(&link));
    link.rsplit_once("?start=").unwrap().1.to_owned()
}

#[tokio::test]
async fn what_waited_for_somebody_of_the_staff_is_not_told_to_who_is_none_any_more() {
    let world = World::new().await;
    world.say(HELPER, "/start").await;
    world.appoint(HELPER, Role::Support).await;
    world.sandbox.telegram.block(HELPER, true).unwrap();
    world.settled().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, kiosk::sandbox::cryptocloud::Payment::Exact).await;
    world.say(ANN, "/support").await;
    world.say(ANN, "my number is 555 0100").await;
    world.shop().remove_member(CustomerId(HELPER)).await.unwrap();
    world.sandbox.telegram.block(HELPER, false).unwrap();
    world.say(HELPER, "/start").await;
    world.advance(3_700).await;
    assert_eq!((world.count(HELPER, "555 0100"), world.count(HELPER, "Sold to")), (0, 0), "{}", world.transcript(HELPER));
    world.sees(SELLER, "555 0100").await;
    world.end().await;
}

#[tokio::test]
async fn an_update_that_is_handled_again_after_a_crash_is_written_down_once() {
    let mut world = World::new().await;
    let written = async |world: &World| world.shop().store.read().await.unwrap().audit(&AuditOf::All, 0, 100).await.unwrap();
    for price in ["12", "13"] {
        world.say(SELLER, "/products").await;
        world.tap(SELLER, "Editor Pro").await;
        world.tap(SELLER, "💵 Price").await;
        let before = written(&world).await.len();
        // It is saved, and dies before that is told.
        world.hang(&["sendMessage", "sendPhoto", "editMessageText"]);
        world.sandbox.telegram.say(SELLER, price).unwrap();
        world.holds("the price to be written down", async || written(&world).await.len() > before).await;
        world.crash().await;
        world.faults(kiosk::sandbox::faults::Faults::default());
        world.settled().await;
        let after = written(&world).await;
        assert_eq!(after.len(), before + 1, "{after:?}");
        assert_eq!(after[0].kind, DeedKind::ProductChanged);
    }
    let chain = world.shop().store.read().await.unwrap().audit_chain().await.unwrap();
    assert!(matches!(chain, Chain::Whole { .. }), "{chain:?}");
    world.end().await;
}

#[tokio::test]
async fn an_invitation_works_once_within_a_day_and_the_owner_hears_who_took_it() {
    let world = World::new().await;
    let payload = invitation(&world, "support").await;
    assert!(payload.len() <= 64 && payload.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{payload}");
    let stored = dump(&world, &["invitations"]).await;
    assert!(!stored.contains(payload.trim_start_matches("staff_")), "only a digest is kept: {stored}");
    world.say(HELPER, &format!("/start {payload}")).await;
    assert!(shown(&world, HELPER).contains("You are of the staff now: support"));
    assert!(commands(&world, HELPER).contains("admin"));
    world.sees(SELLER, "has taken an invitation: support").await;
    world.say(BEN, &format!("/start {payload}")).await;
    assert!(shown(&world, BEN).contains("was used already"));
    assert_eq!((role(&world, HELPER).await, role(&world, BEN).await), (Some(Role::Support), None));
    // Too old; and of two who open one at once, one is in.
    let late = invitation(&world, "manager").await;
    world.advance(24 * 3_600).await;
    world.say(BEN, &format!("/start {late}")).await;
    assert_eq!(role(&world, BEN).await, None);
    let code = world.shop().invite(Role::Owner).await.unwrap();
    world.say(ANN, "/start").await;
    let (left, right) = tokio::join!(world.shop().join(CustomerId(ANN), "Ann", &code), world.shop().join(CustomerId(BEN), "Ben", &code));
    let both = [left.unwrap(), right.unwrap()];
    assert!(both.contains(&Joined::Done(Role::Owner)) && both.contains(&Joined::Refused), "{both:?}");
    // Whoever is in already uses no invitation up.
    let again = world.shop().invite(Role::Support).await.unwrap();
    assert_eq!(world.shop().join(CustomerId(SELLER), "Olive", &again).await.unwrap(), Joined::Already);
    world.end().await;
}

#[tokio::test]
async fn what_an_owner_has_invited_ends_with_the_role() {
    let world = World::new().await;
    world.appoint(HELPER, Role::Owner).await;
    for demoted in [false, true] {
        world.say(HELPER, "/staff").await;
        world.tap(HELPER, "➕ owner").await;
        let link = world.tap(HELPER, "Copy link").await.unwrap();
        let payload = link.rsplit_once("?start=").unwrap().1.to_owned();
        if demoted {
            world.shop().change_role(CustomerId(HELPER), Role::Support).await.unwrap();
        } else {
            world.shop().remove_member(CustomerId(HELPER)).await.unwrap();
        }
        for who in [HELPER, BEN] {
            world.say(who, &format!("/start {payload}")).await;
            assert!(!shown(&world, who).contains("staff now: owner"), "{}", shown(&world, who));
        }
        assert_eq!((role(&world, HELPER).await, role(&world, BEN).await), (demoted.then_some(Role::Support), None));
        world.appoint(HELPER, Role::Owner).await;
    }
    world.end().await;
}

#[tokio::test]
async fn an_old_claim_link_makes_nobody_the_owner_of_a_shop_that_has_one() {
    let mut world = World::with(Options { owners: Vec::new(), ..Options::default() }).await;
    // The link of the first start stands in the log. Then the operator names the owner in the settings.
    let code = world.shop().claim_code().await.unwrap().unwrap();
    world.set_owners(&[SELLER]);
    world.restart().await;
    world.say(BEN, &format!("/start claim_{code}")).await;
    assert_eq!((role(&world, SELLER).await, role(&world, BEN).await), (Some(Role::Owner), None));
    assert!(!world.shown(BEN).contains("This shop is yours now"), "{}", world.shown(BEN));
    // Also when somebody became the owner in another way, while the program ran or before a start without owners in its settings.
    for restarts in [false, true] {
        let mut world = World::with(Options { owners: Vec::new(), ..Options::default() }).await;
        let code = world.shop().claim_code().await.unwrap().unwrap();
        world.appoint(HELPER, Role::Owner).await;
        if restarts {
            world.restart().await;
            // The digest went with the start: it is not even there for whoever is alone later.
            assert!(world.shop().store.read().await.unwrap().setting::<String>("claim").await.unwrap().is_none());
        }
        world.say(BEN, &format!("/claim {code}")).await;
        assert_eq!((role(&world, HELPER).await, role(&world, BEN).await), (Some(Role::Owner), None));
        world.end().await;
    }
    world.end().await;
}

#[tokio::test]
async fn an_owner_takes_back_the_links_that_nobody_has_followed() {
    let world = World::new().await;
    world.appoint(HELPER, Role::Owner).await;
    world.say(SELLER, "/staff").await;
    assert!(!shown_buttons(&world, SELLER).contains("Take your"), "there is nothing to take back");
    let links = [invitation(&world, "owner").await, invitation(&world, "support").await];
    let theirs = world.shop().acting(CustomerId(HELPER), "test").invite(Role::Support).await.unwrap();
    world.say(SELLER, "/staff").await;
    world.tap(SELLER, "Take your 2 open invitations back").await;
    assert!(toast(&world, SELLER).contains("2 links are good for nothing"), "{}", toast(&world, SELLER));
    assert!(!shown_buttons(&world, SELLER).contains("Take your"));
    for link in &links {
        world.say(BEN, &format!("/start {link}")).await;
        assert_eq!(role(&world, BEN).await, None);
    }
    let newest = done(&world).await.remove(0);
    assert_eq!((newest.kind, newest.who, newest.words.as_str()), (DeedKind::InvitationsEnded, CustomerId(SELLER), "2"));
    // Of another owner, and of one whose time is over, nothing is said or taken.
    assert!(matches!(world.shop().join(CustomerId(BEN), "Ben", &theirs).await.unwrap(), Joined::Done(Role::Support)));
    // That somebody has joined is told first.
    world.settled().await;
    invitation(&world, "support").await;
    world.advance(24 * 3_600).await;
    world.say(SELLER, "/staff").await;
    assert!(!shown_buttons(&world, SELLER).contains("Take your"));
    world.send_data(SELLER, id_of(&world.newest(SELLER)), "ve").await;
    assert!(toast(&world, SELLER).contains("no open invitation"), "{}", toast(&world, SELLER));
    assert_eq!(done(&world).await[0].kind, DeedKind::StaffInvited, "what does not happen is not written down");
    world.end().await;
}

#[tokio::test]
async fn roles_are_changed_and_taken_away_and_the_last_owner_stays() {
    let world = World::new().await;
    let payload = invitation(&world, "manager").await;
    world.say(HELPER, &format!("/start {payload}")).await;
    for (tap, said) in [("vr:900:support", "needs an owner"), ("vx:900", "needs an owner")] {
        world.send_data(SELLER, id_of(&world.newest(SELLER)), tap).await;
        assert!(toast(&world, SELLER).contains(said), "{tap}: {}", toast(&world, SELLER));
    }
    assert_eq!(role(&world, SELLER).await, Some(Role::Owner));
    // A manager changes nobody.
    for data in ["vs", "vm:900", "vr:903:owner", "vx:900", "vi:owner"] {
        world.send_data(HELPER, id_of(&world.newest(HELPER)), data).await;
        assert!(toast(&world, HELPER).contains("does not include that"), "{data}");
    }
    world.say(SELLER, "/staff").await;
    world.tap(SELLER, "User 903").await;
    world.tap(SELLER, "Make owner").await;
    world.sees(HELPER, "Your role is now: owner").await;
    // Two owners let each other go at once: one stays.
    let (left, right) =
        tokio::join!(world.shop().remove_member(CustomerId(SELLER)), world.shop().change_role(CustomerId(HELPER), Role::Support));
    let both = [left.unwrap(), right.unwrap()];
    assert!(both.contains(&StaffChanged::Done) && both.contains(&StaffChanged::LastOwner), "{both:?}");
    world.shop().appoint(&[CustomerId(SELLER), CustomerId(HELPER)]).await.unwrap();
    // Removed: asked once more, told, and back to a buyer's commands, also when Telegram did not hear of it at first.
    world.say(HELPER, "/start").await;
    world.say(SELLER, "/staff").await;
    world.tap(SELLER, "User 903").await;
    world.tap(SELLER, "Take the role away").await;
    world.tap(SELLER, "Yes, take it away").await;
    world.sees(HELPER, "You are not of the staff any more").await;
    assert!(!commands(&world, HELPER).contains("admin"), "{}", commands(&world, HELPER));
    world.say(HELPER, "/admin").await;
    assert!(shown(&world, HELPER).contains("I only understand"));
    world.end().await;
}

#[tokio::test]
async fn an_owner_whom_the_settings_name_is_told_of_before_the_role_is_taken_away() {
    let world = World::new().await;
    world.appoint(HELPER, Role::Owner).await;
    let asked = async |who: i64, whom: i64| {
        world.say(who, "/staff").await;
        world.tap(who, &format!("User {whom}")).await;
        world.tap(who, "Take the role away").await;
        shown(&world, who)
    };
    let (named, other) = (asked(HELPER, SELLER).await, asked(SELLER, HELPER).await);
    assert!(named.contains("(KIOSK_OWNERS) still name this person") && !other.contains("KIOSK_OWNERS"), "{named}\n{other}");
    world.end().await;
}

#[tokio::test]
async fn what_each_role_may_do_is_shown_as_it_is() {
    let world = World::new().await;
    world.say(SELLER, "/staff").await;
    world.tap(SELLER, "Who may do what").await;
    let table = shown(&world, SELLER);
    for line in ["✅✅✅ see products, orders and cases", "✅✅▫️ change products and prices", "✅▫️▫️ settings and coins"]
    {
        assert!(table.contains(line), "{line}: {table}");
    }
    world.end().await;
}

// What was done.

/// Every row of these tables, as text.
async fn dump(world: &World, tables: &[&str]) -> String {
    let mut conn = database(world).await;
    let mut text = String::new();
    for table in tables {
        let columns = sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA table_info({table})"))).fetch_all(&mut conn).await.unwrap();
        let columns: Vec<String> = columns.iter().map(|row| format!("quote({})", row.get::<String, _>("name"))).collect();
        let condition = if *table == "settings" { "WHERE name NOT LIKE 'commands:%'" } else { "" };
        let sql = format!("SELECT {} AS line FROM {table} {condition} ORDER BY rowid", columns.join("||'|'||"));
        for row in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap() {
            text = format!("{text}{table}: {}\n", row.get::<String, _>("line"));
        }
    }
    text
}

async fn database(world: &World) -> SqliteConnection {
    SqliteConnectOptions::new().filename(world.data_dir().join("kiosk.db")).connect().await.unwrap()
}

/// What the shop is, without what is on its way, half-typed, or told to Telegram.
async fn whole_shop(world: &World) -> String {
    let mut conn = database(world).await;
    let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetch_all(&mut conn).await.unwrap();
    let beside = ["jobs", "dialogues", "telegram_files", "blobs", "audit", "audit_head", "support_relays", "support_topics"];
    let tables: Vec<String> = tables.iter().map(|row| row.get::<String, _>("name")).collect();
    let tables: Vec<&str> =
        tables.iter().map(String::as_str).filter(|name| !beside.contains(name) && !name.starts_with(['_', 's'])).collect();
    let with_s = ["settings", "staff", "stock_items", "support_messages"];
    dump(world, &[tables.as_slice(), &with_s].concat()).await
}

async fn done(world: &World) -> Vec<AuditEntry> {
    world.shop().store.read().await.unwrap().audit(&AuditOf::All, 0, 1_000).await.unwrap()
}

/// Does something, and looks that a change left a row of somebody, and that nothing else did.
async fn step(world: &World, who: i64, what: &str) {
    let (before, rows) = (whole_shop(world).await, done(world).await.len());
    match what.split_once(' ').unwrap() {
        ("say", words) => world.say(who, words).await,
        ("tap", label) => drop(world.tap(who, label).await),
        ("data", data) => world.send_data(who, id_of(&world.newest(who)), data).await,
        ("png", name) => world.upload(who, name, crate::world::picture(), true).await,
        ("yaml", text) => world.upload(who, "catalog.yaml", text.as_bytes().to_vec(), false).await,
        ("file", name) => world.upload(who, name, b"%PDF new".to_vec(), false).await,
        other => panic!("{other:?}"),
    }
    let (after, new) = (whole_shop(world).await, done(world).await);
    if before == after {
        let told = new.first().is_some_and(|entry| {
            matches!(entry.kind, DeedKind::WrittenTo | DeedKind::SentAgain | DeedKind::FileTaken)
                || entry.kind.code().starts_with("broadcast")
        });
        assert!(new.len() == rows || told, "{who} {what:?} changed nothing and left {:?}", new[0]);
    } else {
        assert!(new.len() > rows, "{who} {what:?} changed the shop and left no row");
        assert_eq!(new[0].who, CustomerId(who), "{what:?}: {:?}", new[0]);
    }
}

#[tokio::test]
async fn every_button_of_the_staff_that_changes_something_leaves_a_row() {
    let world = World::new().await;
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let order = world.order_of(ANN).await.id;
    for (data, _) in BUTTONS {
        let data = data.replace("{p}", "editor").replace("{o}", order.as_str());
        step(&world, SELLER, &format!("data {data}")).await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_day_of_the_staff_is_written_down_deed_by_deed_and_read_in_the_chat() {
    let world = World::new().await;
    world.say(ANN, "/start").await;
    let mug = {
        world.say(BEN, "/start p_mug").await;
        world.tap(BEN, "Buy ·").await;
        world.say(BEN, "+44 20 7946 0000").await;
        world.tap(BEN, "White").await;
        world.say(BEN, "Ben Lee, 5 Night Lane, 12345 Owlton").await;
        world.pick_usdt(BEN).await
    };
    world.pay(&mug.uuid, Payment::Exact).await;
    let handed = world.order_of(BEN).await.id;
    let steps: &[&str] = &[
        // A product, changed in every way.
        "say /products",
        "tap Editor Pro",
        "tap ✏️ Name",
        "say Editor Max",
        "tap 💵 Price",
        "say 12",
        "tap 📝 Description",
        "say Better.",
        "tap 🖼 Picture",
        "png new.png",
        "tap 🗂 Category",
        "tap New category",
        "say Fresh",
        "tap 🔢 Most per order",
        "say 3",
        "tap ➕ Add stock",
        "say NEW-KEY-1\nNEW-KEY-2",
        "tap 📦 Units",
        "tap NEW-KEY-2",
        "tap Yes, take it out",
        "tap Back",
        "tap Done",
        "tap 🙈 Hide",
        "tap Put on sale",
        // Made, and thrown away.
        "say /new",
        "tap Keys",
        "say Draft",
        "say 3",
        "tap Skip",
        "tap Skip",
        "tap Skip",
        "tap Cancel",
        "say /new",
        "tap Keys",
        "say Draft",
        "say 3",
        "tap Skip",
        "tap Skip",
        "tap Skip",
        "say /cancel",
        "say /new",
        "tap File or text",
        "say Guide",
        "say 3",
        "tap Skip",
        "tap Skip",
        "tap Skip",
        "say Read this.",
        "file guide.pdf",
        "tap Done",
        "tap Put on sale",
        // The catalog as a file.
        "say /products",
        "tap 📄 Catalog file",
        "yaml products: [ { id: tea, name: Tea, price: 3, kind: keys, stock: [ TEA-KEY-1 ] } ]",
        "tap ✅ Apply",
        // What others take out of the shop, and read.
        "say /export",
        "tap Orders · CSV",
        "say /broadcast",
        "tap New broadcast",
        "say New keys are here",
        "tap 📣 Send (",
        "tap Yes, send it",
        // Categories.
        "say /products",
        "tap Categories",
        "tap New category",
        "say Shelf",
        // Settings.
        "say /settings",
        "tap 🏪 Name",
        "say Day Owl",
        "tap 💬 Support",
        "say @somebody",
        "tap 💬 Support",
        "tap 🗑 Remove",
        "data u:ETH_ARB:y:1",
        // Customers.
        "say /customer 101",
        "tap Give credit",
        "say 5",
        "say a gift",
        "tap Take credit",
        "say 1",
        "say too much",
        "tap 📝 Note",
        "say kind",
        "tap 💬 Write",
        "say Hello!",
        "tap 🚫 Block",
        "say spam",
        "tap ✅ Unblock",
        // Staff.
        "say /staff",
        "tap ➕ support",
        "say /staff",
        "tap Take your open invitation back",
        "tap ➕ manager",
    ];
    for what in steps {
        step(&world, SELLER, what).await;
    }
    let link = world.tap(SELLER, "Copy link").await.unwrap();
    step(&world, HELPER, &format!("say /start {}", link.rsplit_once('=').unwrap().1)).await;
    for what in ["say /staff", "tap User 903", "tap Make support", "tap Make manager"] {
        step(&world, SELLER, what).await;
    }
    // Orders and cases, by the manager.
    let invoice = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    let held = world.order_of(ANN).await.id;
    world.restock("last", &["ONE-MORE"]).await;
    let served = format!("data V:{held}");
    let handed_over = [
        format!("data H:{handed}"),
        "say In the post".to_owned(),
        format!("data M:{}", world.order_of(BEN).await.id),
        "tap Deliver again".to_owned(),
        "tap ‹ Panel".to_owned(),
    ];
    for what in [&served].into_iter().chain(&handed_over) {
        step(&world, HELPER, what).await;
    }
    for (end, words) in
        [("Credit the buyer", &["8", "sorry"][..]), ("Refund was sent", &["tx 0xabc"][..]), ("Close the case", &["nothing to do"][..])]
    {
        world.restock("last", &[&format!("FOR-{end}")]).await;
        let late = world.order(ANN, "last").await;
        world.advance(3_700).await;
        let quick = world.order(BEN, "last").await;
        world.pay(&quick.uuid, Payment::Exact).await;
        world.pay(&late.uuid, Payment::Exact).await;
        world.say(HELPER, "/cases").await;
        let label = format!("#{}", world.cases().await[0].order);
        world.tap(HELPER, &label).await;
        step(&world, HELPER, &format!("tap {end}")).await;
        for said in words {
            step(&world, HELPER, &format!("say {said}")).await;
        }
    }
    // More time for somebody who was late. Of two orders of one second, neither is the newest.
    world.advance(1).await;
    world.order(BEN, "editor").await;
    world.advance(3_700).await;
    step(&world, HELPER, &format!("data rx:{}", world.order_of(BEN).await.id)).await;
    step(&world, HELPER, "tap ‹ Panel").await;
    // An unpaid order, written about and taken back.
    world.order(ANN, "editor").await;
    let unpaid = world.order_of(ANN).await.id;
    for what in [
        format!("data M:{unpaid}"),
        "tap Write".to_owned(),
        "say Still there?".to_owned(),
        format!("data nX:{unpaid}"),
        "tap ‹ Panel".to_owned(),
    ] {
        step(&world, HELPER, &what).await;
    }
    // A conversation.
    world.say(ANN, "/support").await;
    world.say(ANN, "Where is it?").await;
    step(&world, HELPER, "tap 💬 Answer").await;
    step(&world, HELPER, "say On its way.").await;
    for what in ["say /staff", "tap User 903", "tap Take the role away", "tap Yes, take it away"] {
        step(&world, SELLER, what).await;
    }

    let kinds: BTreeSet<&str> = done(&world).await.iter().map(|entry| entry.kind.code()).collect();
    let all: BTreeSet<&str> = DeedKind::ALL
        .iter()
        .map(|kind| kind.code())
        .filter(|code| !["other", "group_changed", "broadcast_steered"].contains(code))
        .collect();
    assert_eq!(kinds, all, "each kind of deed is met, and each change has a name");
    let record = format!("{:?}", done(&world).await);
    for secret in ["NEW-KEY-1", "TEA-KEY-1", "ONE-MORE", "Read this.", "Night Lane"] {
        assert!(!record.contains(secret), "goods and answers are no part of it: {secret}");
    }
    world.say(SELLER, "/staff").await;
    world.tap(SELLER, "📜 What was done").await;
    let page = shown(&world, SELLER);
    assert!(page.contains("removed somebody of the staff") && page.contains("User 900"), "{page}");
    for _ in 0..4 {
        world.tap(SELLER, "Next").await;
    }
    let pages = world.transcript(SELLER);
    assert!(pages.contains("Previous"), "{pages}");
    world.say(SELLER, &format!("/order {handed}")).await;
    world.tap(SELLER, "📜 What was done").await;
    assert!(shown(&world, SELLER).contains("handed over") && shown(&world, SELLER).contains("In the post"));
    world.say(SELLER, "/customer 101").await;
    world.tap(SELLER, "📜 What was done").await;
    let page = shown(&world, SELLER);
    assert!(page.contains("answered a customer") && !page.contains("In the post"), "{page}");
    assert!(matches!(world.shop().store.read().await.unwrap().audit_chain().await.unwrap(), Chain::Whole { .. }));
    world.end().await;
}

#[tokio::test]
async fn whoever_changes_the_record_breaks_it() {
    let world = World::new().await;
    world.shop().appoint(&[CustomerId(HELPER)]).await.unwrap();
    let price = async |cents: i64| {
        let shop = world.shop().acting(CustomerId(HELPER), "test");
        shop.write(move |tx| {
            Box::pin(async move {
                tx.deed(Deed::new(DeedKind::ProductChanged, format!("price {cents}")));
                Ok(())
            })
        })
        .await
        .unwrap();
    };
    for cents in 1..=5 {
        price(cents).await;
    }
    let chain = async || world.shop().store.read().await.unwrap().audit_chain().await.unwrap();
    let Chain::Whole { rows, head } = chain().await else { panic!("it is whole") };
    assert_eq!(rows, 7, "two owners by the settings, and five changes");
    let spoil = [
        ("UPDATE audit SET who = 900 WHERE number = 4", "4"),
        ("UPDATE audit SET at = at + 1 WHERE number = 5", "5"),
        ("UPDATE audit SET what = 'other' WHERE number = 3", "3"),
        ("UPDATE audit SET customer_id = 7 WHERE number = 3", "3"),
        ("UPDATE audit SET words_sealed = (SELECT words_sealed FROM audit WHERE number = 3) WHERE number = 6", "6"),
        ("UPDATE audit SET hash = 'x' WHERE number = 6", "6"),
        ("DELETE FROM audit WHERE number = 5", "5"),
        ("DELETE FROM audit WHERE number = 7", "7"),
        ("DELETE FROM audit WHERE number = 1", "1"),
        (
            "INSERT INTO audit SELECT 8, at, who, what, order_id, customer_id, product_id, words_sealed, hash, NULL FROM audit WHERE number = 7",
            "8",
        ),
        ("UPDATE audit_head SET number = 6", "7"),
    ];
    for (sql, first) in spoil {
        let mut conn = database(&world).await;
        let saved = dump(&world, &["audit"]).await;
        sqlx::query("CREATE TABLE saved AS SELECT * FROM audit").execute(&mut conn).await.unwrap();
        sqlx::query(sql).execute(&mut conn).await.unwrap();
        let found = chain().await;
        assert_eq!(found, Chain::Broken { number: first.parse().unwrap() }, "{sql}");
        for sql in ["UPDATE audit_head SET number = 7", "DELETE FROM audit", "INSERT INTO audit SELECT * FROM saved", "DROP TABLE saved"] {
            sqlx::query(sql).execute(&mut conn).await.unwrap();
        }
        assert_eq!(dump(&world, &["audit"]).await, saved);
        assert_eq!(chain().await, Chain::Whole { rows: 7, head: head.clone() });
    }
    world.end().await;
}

#[test]
fn the_staff_changes_the_shop_in_one_place_only() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/telegram");
    let files =
        |folder: std::path::PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let seller = files(folder.join("seller")).chain(files(folder.join("seller/numbers")));
    for path in seller.chain([folder.join("group.rs")]) {
        let source = std::fs::read_to_string(&path).unwrap();
        // `Shop::write` writes down what was done; the store's own write knows nobody who does it.
        assert!(!source.contains("store.write"), "{}", path.display());
    }
}

#[tokio::test]
async fn what_does_not_happen_is_not_written_down() {
    let world = World::new().await;
    let rows = done(&world).await.len();
    let shop = world.shop().acting(CustomerId(SELLER), "test");
    let failed = shop
        .write(|tx| {
            Box::pin(async move {
                tx.deed(Deed::new(DeedKind::Other, "never"));
                tx.set_role(CustomerId(ANN), Role::Owner, 0).await?;
                // Two staff rows of one digest: the database refuses.
                tx.add_invitation("same", Role::Owner, CustomerId(SELLER), 0).await?;
                tx.add_invitation("same", Role::Owner, CustomerId(SELLER), 0).await
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(done(&world).await.len(), rows);
    // A deed without a name is still a row.
    world.say(ANN, "/start").await;
    shop.write(|tx| Box::pin(async move { tx.set_customer_note(CustomerId(ANN), "x").await })).await.unwrap();
    let newest = done(&world).await.remove(0);
    assert_eq!((newest.kind, newest.words.as_str(), newest.who), (DeedKind::Other, "test", CustomerId(SELLER)));
    // What a buyer or the shop does by itself is none of the staff's.
    let rows = done(&world).await.len();
    let invoice = world.order(ANN, "editor").await;
    world.pay(&invoice.uuid, Payment::Exact).await;
    assert_eq!(done(&world).await.len(), rows);
    world.end().await;
}

#[tokio::test]
async fn who_comes_back_to_the_staff_finds_the_cases_and_no_pile_of_old_sales() {
    let world = World::new().await;
    world.appoint(HELPER, Role::Support).await;
    world.sandbox.telegram.block(HELPER, true).unwrap();
    world.settled().await;
    for product in ["editor", "last"] {
        let invoice = world.order(ANN, product).await;
        world.pay(&invoice.uuid, Payment::Exact).await;
    }
    world.shop().goods_stuck(&world.order_of(ANN).await.id, "the moon is full").await.unwrap();
    world.settled().await;
    world.advance(3_600).await;
    world.sandbox.telegram.block(HELPER, false).unwrap();
    world.say(HELPER, "/start").await;
    world.sees(HELPER, "the moon is full").await;
    assert_eq!((world.count(HELPER, "Sold to"), world.count(SELLER, "Sold to")), (0, 2), "{}", world.transcript(HELPER));
    world.end().await;
}
