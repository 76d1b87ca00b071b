//! Figures: the picture, the words under it, the summary of the day and the files say the same.

use kiosk::domain::order::OrderState;
use kiosk::sandbox::cryptocloud::Payment;
use kiosk::shop::solve::Solved;
use kiosk::shop::statistics::Span;
use rust_decimal::Decimal;

use super::{assert_shown, column, document, rows, shown};
use crate::world::{ANN, BEN, SELLER, World, has};

const DAY: u32 = 86_400;

/// The sum of amounts.
fn sum<'a>(amounts: impl Iterator<Item = &'a String>) -> String {
    amounts.map(|amount| amount.parse::<Decimal>().unwrap()).sum::<Decimal>().to_string()
}

/// Two orders on 1 June, of which one is paid; on 2 June a sale, one that is paid late and was sold out, a surplus that becomes credit and
/// pays a part of the next, and then the late one's money is sent back.
async fn played() -> World {
    let world = World::new().await;
    let first = world.order(ANN, "editor").await;
    world.pay(&first.uuid, Payment::Exact).await;
    world.order(BEN, "handbook").await;
    world.advance(DAY).await;
    // Sold out when its money comes.
    let late = world.order(ANN, "last").await;
    world.advance(3_700).await;
    let quick = world.order(BEN, "last").await;
    world.pay(&quick.uuid, Payment::Exact).await;
    world.pay(&late.uuid, Payment::Exact).await;
    // More than was due: the rest is credit, and pays a part of the next.
    let over = world.order(BEN, "editor").await;
    world.pay(&over.uuid, Payment::Over).await;
    world.say(BEN, "/start p_handbook").await;
    world.tap(BEN, "Buy ·").await;
    world.tap(BEN, "of credit, pay the rest").await;
    let rest = world.pick_usdt(BEN).await;
    world.pay(&rest.uuid, Payment::Exact).await;
    let case = world.cases().await.into_iter().next().unwrap();
    assert_eq!(world.shop().record_refund(&case.id, "sent back").await.unwrap(), Solved::Done);
    world.settled().await;
    assert_eq!(world.order_of(ANN).await.state, OrderState::Cancelled);
    world
}

#[tokio::test]
async fn picture_words_summary_panel_and_files_say_the_same_of_a_day() {
    let world = played().await;
    let figures = world.shop().figures(Span::Today).await.unwrap();
    // Last Timer twice, Editor Pro, Handbook; a part of the Handbook by credit; one Last Timer sent back.
    assert_eq!((figures.orders, figures.revenue.minor, figures.refunds.minor, figures.net().minor), (4, 3_000, 800, 2_200));
    let credit = figures.credit.minor;
    assert!(credit > 0 && credit < 400, "{credit}");
    assert_eq!((figures.cards, figures.cards_paid, figures.paid_percent()), (4, 4, Some(100)));
    for parts in [&figures.products, &figures.coins] {
        assert_eq!(parts.iter().map(|part| part.amount.minor).sum::<i64>(), 3_000, "the parts are the whole: {parts:?}");
    }

    // The words under the picture.
    world.say(SELLER, "/stats").await;
    world.tap(SELLER, "Today").await;
    let message = world.newest(SELLER);
    assert!(message["photo"]["file_id"].is_string(), "{}", world.transcript(SELLER));
    let totals = ["30.00 USD · 4 orders", "Refunds: 8.00 USD", "Net: 22.00 USD", "cards: 4 · paid: 4 · 100 %"];
    for total in totals {
        assert!(has(&message, total), "{total}: {}", shown(&world));
    }
    world.tap(SELLER, "By product").await;
    for part in ["Last Timer × 2: 16.00 USD", "Editor Pro × 1: 10.00 USD", "Handbook × 1: 4.00 USD"] {
        assert_shown(&world, part);
    }
    world.tap(SELLER, "By coin").await;
    assert_shown(&world, &format!("Store credit: {}.{:02} USD", credit / 100, credit % 100));
    world.tap(SELLER, "Card to paid").await;
    assert!(world.newest(SELLER)["photo"]["file_id"].is_string());
    world.tap(SELLER, "7 days").await;
    assert_shown(&world, "40.00 USD · 5 orders");
    assert_shown(&world, "cards: 6 · paid: 5 · 83 %");

    // The panel.
    world.tap(SELLER, "Panel").await;
    assert_shown(&world, "4 orders, 30.00 USD");

    // The files.
    world.say(SELLER, "/export").await;
    world.tap(SELLER, "Orders · CSV").await;
    let orders = rows(&document(&world, SELLER).1);
    let (paid, total, refunded) = (column(&orders, "paid (UTC)"), column(&orders, "total"), column(&orders, "refunded"));
    let of_today = || paid.iter().zip(&total).filter(|(paid, _)| paid.starts_with("2026-06-02"));
    assert_eq!(of_today().count(), 4);
    assert_eq!((sum(of_today().map(|(_, total)| total)), sum(refunded.iter())), ("30.00".to_owned(), "8.00".to_owned()));
    assert_eq!(sum(column(&orders, "paid by credit").iter()), format!("{}.{:02}", credit / 100, credit % 100));

    // The summary of the day, on the next morning.
    world.shop().set_summary_hour(Some(9)).await.unwrap();
    world.advance(DAY).await;
    let summary = world.sees(SELLER, "Your shop on 2 Jun").await;
    for total in totals {
        assert!(has(&summary, total), "{total}: {summary}");
    }
    assert!(has(&summary, "Last Timer is sold out"), "{summary}");
    world.end().await;
}

#[tokio::test]
async fn the_summary_comes_once_a_day_at_its_hour_by_the_shops_own_clock() {
    let mut world = World::new().await;
    world.say(SELLER, "/stats").await;
    world.tap(SELLER, "Daily summary").await;
    assert_shown(&world, "The daily summary is off");
    // It is 12:00 UTC; in the shop it is 15:00 then.
    world.tap(SELLER, "Time zone").await;
    world.say(SELLER, "+3").await;
    world.say(SELLER, "/stats").await;
    world.tap(SELLER, "Daily summary").await;
    assert_shown(&world, "UTC+3, now 15:00");
    world.tap(SELLER, "09").await;
    assert_shown(&world, "Every day at 09:00");
    assert_eq!(world.count(SELLER, "Your shop on"), 0, "its hour is over today");
    world.advance(17 * 3_600).await;
    assert_eq!(world.count(SELLER, "Your shop on"), 0, "08:00 in the shop");
    world.restart().await;
    world.advance(3_600).await;
    assert_eq!(world.count(SELLER, "Your shop on 1 Jun"), 1);
    world.restart().await;
    world.advance(3_600).await;
    assert_eq!(world.count(SELLER, "Your shop on"), 1);
    world.advance(23 * 3_600).await;
    assert_eq!(world.count(SELLER, "Your shop on 2 Jun"), 1);
    world.say(SELLER, "/stats").await;
    world.tap(SELLER, "Daily summary").await;
    world.tap(SELLER, "Switch it off").await;
    world.advance(2 * DAY).await;
    assert_eq!(world.count(SELLER, "Your shop on"), 2);
    world.end().await;
}

#[tokio::test]
async fn low_stock_is_told_once_each_time_that_it_runs_low() {
    let world = World::new().await;
    let mut buyers = 3_000..;
    let mut sell = async |quantity: usize| {
        for buyer in buyers.by_ref().take(quantity) {
            let invoice = world.order(buyer, "editor").await;
            world.pay(&invoice.uuid, Payment::Exact).await;
        }
    };
    sell(10).await;
    assert_eq!(world.count(SELLER, "Editor Pro: only"), 0, "four are left");
    sell(1).await;
    world.sees(SELLER, "Editor Pro: only 3 left").await;
    sell(1).await;
    assert_eq!(world.count(SELLER, "Editor Pro: only"), 1, "told once");
    let units = "NEW-1\nNEW-2";
    world.shop().take_in(&kiosk::domain::product::ProductId::parse("editor").unwrap(), None, units).await.unwrap();
    sell(1).await;
    assert_eq!(world.count(SELLER, "Editor Pro: only"), 2, "enough again, and low again");
    world.end().await;
}

#[tokio::test]
async fn a_shop_that_has_sold_nothing_has_pictures_too() {
    let world = World::new().await;
    world.say(SELLER, "/admin").await;
    world.tap(SELLER, "Statistics").await;
    for view in ["By product", "By coin", "Card to paid", "By day"] {
        world.tap(SELLER, view).await;
        for span in ["Today", "30 days", "90 days", "7 days"] {
            world.tap(SELLER, span).await;
            assert!(world.newest(SELLER)["photo"]["file_id"].is_string(), "{view}, {span}");
            assert_shown(&world, "Revenue: 0.00 USD · 0 orders");
        }
    }
    world.end().await;
}
