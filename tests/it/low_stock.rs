//! Running low, option by option: each has stock of its own, so each is counted, told and listed by itself.

use kiosk::domain::option::OptionId;
use kiosk::domain::product::ProductId;
use kiosk::sandbox::cryptocloud::Payment;

use crate::world::{Options, SELLER, World, text_of};

const COURSE: &str = r#"shop: { name: Owl, currency: USD }
categories:
  - { id: keys, name: Keys }
products:
  - { id: course, category: keys, name: Course, kind: keys, options: [
      { id: one, name: One, price: "5", stock: [ O-1, O-2, O-3, O-4, O-5, O-6, O-7, O-8 ] },
      { id: team, name: Team, price: "20", stock: [ T-1, T-2, T-3, T-4 ] } ] }
"#;

async fn sell(world: &World, buyer: i64, option: &str) {
    world.say(buyer, "/start p_course").await;
    world.tap(buyer, option).await;
    world.tap(buyer, "Buy ·").await;
    let invoice = world.pick_usdt(buyer).await;
    world.pay(&invoice.uuid, Payment::Exact).await;
}

#[tokio::test]
async fn an_option_runs_low_by_itself_though_there_is_enough_of_another() {
    let world = World::with(Options { catalog: COURSE.to_owned(), ..Options::default() }).await;
    let panel = async || {
        world.say(SELLER, "/admin").await;
        text_of(&world.newest(SELLER)).to_owned()
    };
    assert!(!panel().await.contains("only"), "nothing is low yet");
    sell(&world, 4_000, "Team").await;
    world.sees(SELLER, "Course · Team: only 3 left").await;
    assert!(panel().await.contains("Course · Team: only 3 left"));
    sell(&world, 4_001, "Team").await;
    sell(&world, 4_002, "One").await;
    let told = |what: &str| {
        let all = world.messages(SELLER);
        all.iter().filter(|message| text_of(message).starts_with(&format!("📦 Course{what}"))).count()
    };
    assert_eq!((told(" · Team"), told(" · One"), told(":")), (1, 0, 0), "told once, and of what is low alone");

    let (course, team) = (ProductId::parse("course").unwrap(), OptionId::parse("team").unwrap());
    world.shop().take_in(&course, Some(&team), "T-5\nT-6").await.unwrap();
    assert!(!panel().await.contains("Team"), "there is enough again");
    sell(&world, 4_003, "Team").await;
    assert_eq!(told(" · Team"), 2, "and low again");
    for buyer in 4_010..4_014 {
        sell(&world, buyer, "One").await;
    }
    assert_eq!((told(" · Team"), told(" · One")), (2, 1));
    let panel = panel().await;
    assert!(panel.contains("Course · Team: only 3 left") && panel.contains("Course · One: only 3 left"), "{panel}");
    world.end().await;
}
