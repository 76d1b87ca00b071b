//! The staff, for owners: who is in, who is invited, and what each role may do.

use super::rights::{Right, may};
use super::{customers, saying, tap};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::order::OrderId;
use crate::domain::product::{Kind, ProductId, ProductState};
use crate::locale::{Html, Text, escape};
use crate::shop::staff::{Joined, StaffChanged};
use crate::telegram::Result;
use crate::telegram::action::{Action, Field};
use crate::telegram::handle::Visit;
use crate::telegram::people_action::PeopleAction;
use crate::telegram::reply::{Button, Reply, Screen};
use crate::telegram::setup;

/// What a link to the staff carries before its code.
pub(in crate::telegram) const LINK: &str = "staff_";

/// Everybody of the staff.
pub(super) async fn list(visit: &Visit<'_>) -> Result<Reply> {
    let members = visit.telegram.shop.members().await?;
    let desk = if visit.telegram.shop.staff_group().await?.is_some() { Text::StaffDeskGroup } else { Text::StaffDeskChats };
    let buttons = members.iter().map(|member| {
        let name = super::products::clipped(&member.name, 24);
        Button::tap(format!("{name} · {}", visit.words.plain(role_word(member.role))), people(PeopleAction::Member { id: member.id }))
    });
    let invite = Role::ALL.into_iter().rev().map(|role| {
        let label = Text::ButtonInvite { role: &visit.words.plain(role_word(role)) };
        tap(visit, label, people(PeopleAction::Invite { role }))
    });
    let open = visit.telegram.shop.open_invitations(visit.customer.id).await?;
    let take_back = (open > 0).then(|| tap(visit, Text::ButtonEndInvitations { count: open }, people(PeopleAction::EndInvitations)));
    Ok(Reply::edit(
        Screen::words(format!("{}\n\n{}", visit.words.html(Text::StaffTitle), visit.words.html(desk)))
            .grid(buttons, 1)
            .row(invite)
            .row(take_back)
            .row([
                tap(visit, Text::ButtonRoles, people(PeopleAction::Roles)),
                tap(visit, Text::ButtonDoneList, people(PeopleAction::Done { page: 0 })),
            ])
            .row([tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// What each role may do, read from the table that every button asks.
pub(super) fn roles(visit: &Visit<'_>) -> Reply {
    let words = visit.words;
    let role = |role| words.html(role_word(role));
    let heads = Role::ALL.map(role).join(" · ");
    let lines = abilities().into_iter().map(|(text, action)| {
        let marks = Role::ALL.map(|role| if may(role, Right::of(&action)) { "✅" } else { "▫️" }).join("");
        format!("{marks} {}", words.html(text))
    });
    let html = format!("{}\n\n<b>{heads}</b>\n{}", words.html(Text::RolesTitle), lines.collect::<Vec<_>>().join("\n"));
    Reply::edit(Screen::words(html).row([tap(visit, Text::ButtonStaff, people(PeopleAction::Staff))]))
}

/// What can be done, each with a button that does it: what the button needs, the ability needs.
fn abilities() -> Vec<(Text<'static>, Action)> {
    let (id, nobody) = (OrderId::from_random([0; 8]), CustomerId(1));
    let mut all = vec![
        (Text::AbilityOrders, Action::SellerOrders { waiting: false, page: 0 }),
        (Text::AbilityHandOver, Action::HandOver { id }),
        (Text::AbilityCustomers, people(PeopleAction::Customers { by_spent: false, page: 0 })),
        (Text::AbilityAnswer, people(PeopleAction::Answer { id: nobody })),
        (Text::AbilityNew, Action::NewProductKind { kind: Kind::Keys }),
    ];
    if let Some(id) = ProductId::parse("product") {
        all.push((Text::AbilityPrices, Action::Edit { id: id.clone(), field: Field::Price }));
        all.push((Text::AbilitySale, Action::SetState { id, state: ProductState::OnSale }));
    }
    all.extend([
        (Text::AbilityCases, Action::CreditBuyer { case: String::new() }),
        (Text::AbilityCredit, people(PeopleAction::Credit { id: nobody, give: true })),
        (Text::AbilityWrite, people(PeopleAction::Write { id: nobody })),
        (Text::AbilityBlock, people(PeopleAction::Block { id: nobody })),
        (Text::AbilitySettings, Action::Settings),
        (Text::AbilityStaff, people(PeopleAction::Staff)),
        (Text::AbilityDone, people(PeopleAction::Done { page: 0 })),
    ]);
    all
}

/// A link that makes its first user one of the staff.
pub(super) async fn invite(visit: &Visit<'_>, role: Role) -> Result<Reply> {
    let code = visit.telegram.shop.invite(role).await?;
    let bot = setup::username(&visit.telegram.api.bot).await?;
    let link = format!("https://t.me/{bot}?start={LINK}{code}");
    let role = visit.words.plain(role_word(role));
    let html = visit.words.html(Text::StaffInvitation { role: &role, link: &link });
    let copy = Button::copy(visit.words.plain(Text::ButtonCopyLink), link);
    Ok(Reply::edit(Screen::words(html).row(copy).row([tap(visit, Text::ButtonStaff, people(PeopleAction::Staff))])))
}

/// Takes back what this person has invited and nobody has taken.
pub(super) async fn end_invitations(visit: &Visit<'_>) -> Result<Reply> {
    let count = visit.telegram.shop.end_invitations(visit.customer.id).await?;
    let said = Text::InvitationsEnded { count: i64::try_from(count).unwrap_or(i64::MAX) };
    Ok(list(visit).await?.with_toast(visit.words.plain(said)))
}

/// Somebody follows a link to the staff.
pub(in crate::telegram) async fn join(visit: &Visit<'_>, code: &str) -> Result<Reply> {
    let words = visit.words;
    match visit.telegram.shop.join(visit.customer.id, &visit.customer.name, code).await? {
        Joined::Done(role) => {
            super::tell_commands(visit).await?;
            let role = words.plain(role_word(role));
            let panel = Button::tap(words.plain(Text::ButtonPanel), Action::Panel);
            Ok(Reply::send(Screen::words(words.html(Text::StaffWelcome { role: &role })).row([panel])))
        }
        Joined::Already => Ok(Reply::send(Screen::words(words.html(Text::StaffAlready)))),
        Joined::Refused => Ok(Reply::send(Screen::words(words.html(Text::StaffLinkRefused)))),
    }
}

/// Somebody of the staff.
pub(super) async fn page(visit: &Visit<'_>, id: CustomerId) -> Result<Reply> {
    let Some(member) = visit.telegram.shop.members().await?.into_iter().find(|member| member.id == id) else {
        return Ok(list(visit).await?.with_toast(visit.words.plain(Text::StaffNotThere)));
    };
    let known = visit.telegram.shop.store.read().await?.customer(id).await?;
    let link = known.map_or_else(|| escape(&member.name), |known| customers::link(&known));
    let role = visit.words.plain(role_word(member.role));
    let html = visit.words.html(Text::StaffMember { name: Html(&link), number: &id.to_string(), role: &role });
    let others = Role::ALL.into_iter().filter(|role| *role != member.role).map(|role| {
        let label = Text::ButtonMakeRole { role: &visit.words.plain(role_word(role)) };
        tap(visit, label, people(PeopleAction::SetRole { id, role }))
    });
    Ok(Reply::edit(
        Screen::words(html)
            .row(others)
            .row([tap(visit, Text::ButtonRemoveStaff, people(PeopleAction::AskRemove { id }))])
            .row([tap(visit, Text::ButtonStaff, people(PeopleAction::Staff)), tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// Gives somebody another role.
pub(super) async fn set_role(visit: &Visit<'_>, id: CustomerId, role: Role) -> Result<Reply> {
    let changed = visit.telegram.shop.change_role(id, role).await?;
    if changed == StaffChanged::LastOwner {
        return Ok(Reply::alert(visit.words.plain(Text::StaffLastOwner)));
    }
    if id == visit.customer.id {
        // What this person may see has just become less.
        return super::panel::panel(&Visit { role: Some(role), customer: visit.customer.clone(), ..*visit }).await;
    }
    Ok(page(visit, id).await?.with_toast(visit.words.plain(Text::ChangeKept)))
}

/// Asks once more before somebody is let go.
pub(super) async fn ask_remove(visit: &Visit<'_>, id: CustomerId) -> Result<Reply> {
    let members = visit.telegram.shop.members().await?;
    let Some(member) = members.iter().find(|member| member.id == id) else { return list(visit).await };
    let mut html = visit.words.html(Text::AskRemoveStaff { name: &member.name });
    if visit.telegram.shop.is_named_owner(id).await? {
        html = format!("{html}\n\n{}", visit.words.html(Text::StaffNamed));
    }
    Ok(Reply::edit(Screen::words(html).row([
        tap(visit, Text::ButtonYesRemove, people(PeopleAction::Remove { id })),
        tap(visit, Text::ButtonBack, people(PeopleAction::Member { id })),
    ])))
}

/// Lets somebody go; the bot shows them a buyer's commands again.
pub(super) async fn remove(visit: &Visit<'_>, id: CustomerId) -> Result<Reply> {
    match visit.telegram.shop.remove_member(id).await? {
        StaffChanged::LastOwner => return Ok(Reply::alert(visit.words.plain(Text::StaffLastOwner))),
        StaffChanged::Nothing => return Ok(list(visit).await?.with_toast(visit.words.plain(Text::StaffNotThere))),
        StaffChanged::Done => super::untell_commands(visit, id).await?,
    }
    if id == visit.customer.id {
        let visit = Visit { role: None, customer: visit.customer.clone(), ..*visit };
        return crate::telegram::buyer::front::front(&visit).await;
    }
    Ok(saying(list(visit).await?, &visit.words.html(Text::StaffRemoved)))
}

/// A role in a word.
pub(in crate::telegram) fn role_word(role: Role) -> Text<'static> {
    match role {
        Role::Owner => Text::RoleOwner,
        Role::Manager => Text::RoleManager,
        Role::Support => Text::RoleSupport,
    }
}

fn people(action: PeopleAction) -> Action {
    Action::People(action)
}
