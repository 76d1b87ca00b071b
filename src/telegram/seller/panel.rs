//! The panel: the shop at a glance, and the way to everything else.

use super::tap;
use crate::locale::Text;
use crate::shop::statistics::Span;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::handle::Visit;
use crate::telegram::numbers_action::{Numbers, View};
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::{Button, Reply, Screen};

use super::rights::{Right, may};

/// `/admin`.
pub(super) async fn panel(visit: &Visit<'_>) -> Result<Reply> {
    let glance = visit.telegram.shop.glance().await?;
    let (words, language) = (visit.words, visit.customer.language.as_str());
    let sum = glance.sum.to_string();
    let is_empty = glance.sold == 0 && visit.telegram.shop.product_page(0).await?.0.is_empty();
    let mut lines: Vec<String> = is_empty.then(|| words.html(Text::PanelEmpty) + "\n").into_iter().collect();
    lines.push(words.html(Text::PanelSales { orders: glance.sold, sum: &sum }));
    lines.push(words.html(Text::PanelToHandOver { count: glance.to_hand_over }));
    lines.push(words.html(Text::PanelCases { count: glance.open_cases }));
    for listed in &glance.low_stock {
        lines.push(words.html(Text::PanelLow { name: listed.name.get(language), count: listed.stock.unwrap_or(0) }));
    }
    let html = format!("{}\n\n{}", words.html(Text::PanelTitle { shop: glance.shop.name.get(language) }), lines.join("\n"));
    let can = |right| visit.role.is_some_and(|role| may(role, right));
    let mut screen = Screen::words(html);
    if can(Right::Manage) {
        screen = screen.row(unfinished(visit).await?);
    }
    screen = screen.row([
        tap(visit, Text::ButtonProducts, Action::SellerProducts { page: 0 }),
        tap(visit, Text::ButtonSales, Action::SellerOrders { waiting: false, page: 0 }),
    ]);
    screen = screen.row([
        tap(visit, Text::ButtonToHandOver { count: glance.to_hand_over }, Action::SellerOrders { waiting: true, page: 0 }),
        tap(visit, Text::ButtonOpenCases { count: glance.open_cases }, Action::Cases),
    ]);
    let customers = tap(visit, Text::ButtonCustomers, Action::People(PeopleAction::Customers { by_spent: false, page: 0 }));
    let staff = can(Right::Own).then(|| tap(visit, Text::ButtonStaff, Action::People(PeopleAction::Staff)));
    screen = screen.row([customers].into_iter().chain(staff));
    if can(Right::Manage) {
        let stats = Numbers::Stats { view: View::Days, span: Span::Week };
        let broadcasts = can(Right::Own).then(|| tap(visit, Text::ButtonBroadcasts, Action::Numbers(Numbers::Broadcasts)));
        screen = screen.row(
            [tap(visit, Text::ButtonStats, Action::Numbers(stats)), tap(visit, Text::ButtonExports, Action::Numbers(Numbers::Exports))]
                .into_iter()
                .chain(broadcasts),
        );
        let settings = can(Right::Own).then(|| tap(visit, Text::ButtonSettings, Action::Settings));
        screen = screen.row([tap(visit, Text::ButtonNewProduct, Action::NewProduct)].into_iter().chain(settings));
    }
    Ok(Reply::edit(screen.row([tap(visit, Text::ButtonAsBuyer, Action::Front)])))
}

/// A product that is being made, to go on with.
async fn unfinished(visit: &Visit<'_>) -> Result<Option<Button>> {
    let Some(new) = visit.telegram.in_the_making(visit.customer.id).await? else { return Ok(None) };
    Ok((!new.name.is_empty()).then(|| tap(visit, Text::ButtonGoOn { name: &new.name }, Action::NewProduct)))
}
