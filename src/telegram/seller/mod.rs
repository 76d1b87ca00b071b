//! What the seller meets, one conversation a file. Every action asks for the role first, read anew each time: a button proves nothing.

mod album;
mod cases;
mod catalog_file;
mod categories;
mod coins;
mod customers;
mod done;
mod edit;
mod fetch;
mod fetch_back;
mod forms;
mod goods;
mod hand_over;
mod intake;
mod more;
mod numbers;
mod options;
mod orders;
mod outside;
mod panel;
mod people;
pub(super) mod pieces;
mod policy;
mod products;
mod rights;
mod settings;
mod shop_settings;
mod solve;
mod staff;
mod steps;
pub(super) mod support;
mod unfit;
mod units;
mod wizard;

pub(super) use self::cases::kind_word;
pub(super) use self::customers::link as customer_link;
pub(super) use self::forms::{again, chat_named, is_form_button, no_question, other, text, upload};
use futures_util::future::BoxFuture;

use self::forms::{cancel, form_button, leaves_form};
pub(super) use self::numbers::{message_screen, progress_screen, stock_left, summary_words};
pub(super) use self::orders::photo_buttons;
use self::rights::{Right, may};
pub(super) use self::staff::{LINK, join, role_word};
use super::action::Action;
use super::action::goods::GoodsAction;
use super::handle::Visit;
use super::people_action::PeopleAction;
use super::reply::{Button, Reply, Screen};
use super::{Result, Telegram};
use crate::domain::customer::{CustomerId, Role};
use crate::domain::order::OrderId;
use crate::locale::Text;

/// Makes somebody the owner who has the one-time code.
pub(super) async fn claim(visit: &Visit<'_>, code: &str) -> Result<Reply> {
    if code.is_empty() || !visit.telegram.shop.claim(visit.customer.id, code.trim()).await? {
        return Ok(Reply::send(Screen::words(visit.words.html(Text::ClaimRefused))));
    }
    tracing::info!(chat.id = visit.customer.id.0, "the shop has an owner");
    tell_commands(visit).await?;
    let panel = Button::tap(visit.words.plain(Text::ButtonPanel), Action::Panel);
    Ok(Reply::send(Screen::words(visit.words.html(Text::Claimed)).row([panel])))
}

/// Somebody has pressed Start: the staff is told its own commands, once in each language.
pub(super) async fn greet(visit: &Visit<'_>) -> Result<()> {
    let told = visit.telegram.shop.commands_told(visit.customer.id).await?;
    match visit.role {
        None if told.is_some() => untell_commands(visit, visit.customer.id).await,
        Some(_) if told.as_deref() != Some(visit.words.code()) => tell_commands(visit).await,
        _ => Ok(()),
    }
}

/// Somebody is not of the staff any more: a buyer's commands are enough. Tried again when they press Start.
async fn untell_commands(visit: &Visit<'_>, who: CustomerId) -> Result<()> {
    match visit.telegram.end_staff_commands(who.0).await {
        Ok(()) => Ok(visit.telegram.shop.forget_commands_told(who).await?),
        Err(error) => {
            tracing::warn!(chat.id = who.0, error = %error, "the commands of the staff could not be taken back");
            Ok(())
        }
    }
}

async fn tell_commands(visit: &Visit<'_>) -> Result<()> {
    let who = visit.customer.id;
    match visit.telegram.tell_staff_commands(who.0, visit.words).await {
        Ok(()) => Ok(visit.telegram.shop.keep_commands_told(who, visit.words.code()).await?),
        Err(error) => {
            tracing::warn!(chat.id = who.0, error = %error, "the commands of the staff could not be set");
            Ok(())
        }
    }
}

/// A command of the staff; none when it is no such command, or when this person is not of the staff.
pub(super) async fn command(visit: &Visit<'_>, name: &str, rest: &str) -> Result<Option<Reply>> {
    if visit.role.is_none() {
        return Ok(None);
    }
    let action = match name {
        "admin" => Action::Panel,
        "products" => Action::SellerProducts { page: 0 },
        "sales" => Action::SellerOrders { waiting: false, page: 0 },
        "cases" => Action::Cases,
        "new" => Action::NewProduct,
        "settings" => Action::Settings,
        "customers" => Action::People(PeopleAction::Customers { by_spent: false, page: 0 }),
        "customer" if rest.is_empty() => Action::People(PeopleAction::Find),
        "customer" => return people::find(visit, rest).await.map(Some),
        "staff" => Action::People(PeopleAction::Staff),
        "log" => Action::People(PeopleAction::Done { page: 0 }),
        "order" => match OrderId::parse(rest) {
            Some(id) => Action::SellerOrder { id },
            None => return Ok(Some(Reply::send(Screen::words(visit.words.html(Text::SellerOrderWhich))))),
        },
        "find" if !rest.trim().is_empty() => return numbers::find(visit, rest).await.map(Some),
        _ => match numbers::command(name) {
            Some(action) => action,
            None => return Ok(None),
        },
    };
    self::action(visit, action).await.map(Some)
}

/// The bot's side of the shop while somebody of the staff acts: whatever is changed through it is written down (see [`Shop::acting`]).
///
/// [`Shop::acting`]: crate::shop::Shop::acting
fn acting(visit: &Visit<'_>, through: &str) -> Telegram {
    match visit.role {
        Some(_) => Telegram { shop: visit.telegram.shop.acting(visit.customer.id, through), ..visit.telegram.clone() },
        None => visit.telegram.clone(),
    }
}

fn with<'a>(visit: &Visit<'a>, telegram: &'a Telegram) -> Visit<'a> {
    Visit { telegram, customer: visit.customer.clone(), ..*visit }
}

/// A button of the staff. Apart from its callers, as what all of them need is much for one stack.
pub(super) fn action<'v>(visit: &'v Visit<'v>, action: Action) -> BoxFuture<'v, Result<Reply>> {
    Box::pin(act(visit, action))
}

async fn act(visit: &Visit<'_>, action: Action) -> Result<Reply> {
    let acting = acting(visit, &action.to_string());
    let visit = &with(visit, &acting);
    if action == Action::FormCancel {
        return cancel(visit).await;
    }
    let Some(role) = visit.role else { return visit.old_button().await };
    if !may(role, Right::of(&action)) {
        return Ok(not_allowed(visit));
    }
    if is_form_button(&action) {
        return form_button(visit, action).await;
    }
    if leaves_form(&action) {
        visit.telegram.leave_form(visit.customer.id).await?;
    }
    Box::pin(shown(visit, action)).await
}

async fn shown(visit: &Visit<'_>, action: Action) -> Result<Reply> {
    match action {
        Action::Panel => panel::panel(visit).await,
        Action::SellerProducts { page } => products::list(visit, page).await,
        Action::SellerProduct { id } => products::page(visit, &id).await,
        Action::Edit { id, field } => edit::start(visit, &id, field).await,
        Action::SetState { id, state } => products::set_state(visit, &id, state).await,
        Action::SetCategory { id, category } => edit::set_category(visit, &id, category).await,
        Action::AskArchive { id } => products::ask_archive(visit, &id).await,
        Action::NewProduct => wizard::start(visit).await,
        Action::NewProductKind { kind } => wizard::kind(visit, kind).await,
        Action::SellerOrders { waiting, page } => orders::list(visit, waiting, page).await,
        Action::SellerOrder { id } => orders::page(visit, &id).await,
        Action::HandOver { id } => hand_over::start(visit, &id).await,
        Action::ServeHeld { id } => orders::serve_held(visit, &id).await,
        Action::DeliverAgain { id } => orders::deliver_again(visit, &id).await,
        Action::Extend { id } => orders::extend(visit, &id).await,
        Action::Recheck { id } => orders::recheck(visit, &id).await,
        Action::Cases => cases::list(visit).await,
        Action::Case { case } => cases::page(visit, &case).await,
        Action::CloseCase { case } => cases::start_closing(visit, &case).await,
        Action::CreditBuyer { case } => solve::start_credit(visit, &case).await,
        Action::CreditWhole { case } => solve::whole(visit, &case).await,
        Action::RecordRefund { case } => solve::start_refund(visit, &case).await,
        Action::Settings => settings::page(visit).await,
        Action::EditShop { field } => settings::start(visit, field).await,
        Action::Coins { page } => coins::coins(visit, page).await,
        Action::SetCoin { coin, on, page } => coins::set_coin(visit, coin, on, page).await,
        Action::CoinOrder => coins::order(visit).await,
        Action::CoinFirst { coin } => coins::first(visit, coin).await,
        Action::Policy => policy::page(visit).await,
        Action::SetPolicy { rule } => policy::set(visit, rule).await,
        Action::Currencies => policy::currencies(visit).await,
        Action::SetCurrency { currency } => policy::set_currency(visit, currency).await,
        Action::People(action) => people::action(visit, action).await,
        Action::Goods(action) => goods_action(visit, action).await,
        Action::Numbers(numbers) => self::numbers::action(visit, numbers).await,
        Action::Setting(setting) => shop_settings::action(visit, setting).await,
        _ => visit.old_button().await,
    }
}

/// A button about what a product can be.
async fn goods_action(visit: &Visit<'_>, action: GoodsAction) -> Result<Reply> {
    match action {
        GoodsAction::Options { id } => options::list(visit, &id, None).await,
        GoodsAction::Option { id, option } => options::page(visit, &id, &option, None).await,
        GoodsAction::NewOption { id } => options::start_new(visit, &id).await,
        GoodsAction::EditOption { id, option, field } => options::start(visit, &id, &option, field).await,
        GoodsAction::RemoveOption { id, option } => options::remove(visit, &id, &option).await,
        GoodsAction::More { id } => more::page(visit, &id).await,
        GoodsAction::Duplicate { id } => more::duplicate(visit, &id).await,
        GoodsAction::MoveProduct { id, up } => more::move_product(visit, &id, up).await,
        GoodsAction::Languages { id, about } => more::languages(visit, &id, about).await,
        GoodsAction::Translate { id, about, language } => more::translate(visit, &id, about, &language).await,
        GoodsAction::Categories => categories::list(visit).await,
        GoodsAction::Category { id } => categories::page(visit, &id).await,
        GoodsAction::MoveCategory { id, up } => categories::move_category(visit, &id, up).await,
        GoodsAction::DeleteCategory { id } => categories::delete(visit, &id).await,
        GoodsAction::NameCategory { id, language } => categories::start(visit, Some(&id), &language).await,
        GoodsAction::NewCategory => categories::start(visit, None, &visit.customer.language).await,
        // Rare and large: it is no part of what every other answer needs.
        GoodsAction::Stock(action) => Box::pin(units::action(visit, action)).await,
        GoodsAction::PictureCategory { id } => categories::start_picture(visit, &id).await,
        GoodsAction::File(action) => catalog_file::action(visit, action).await,
        GoodsAction::Choice { .. } | GoodsAction::Buy { .. } | GoodsAction::QuickBuy { .. } => visit.old_button().await,
    }
}

/// Whether a role may press a button.
pub(super) fn may_press(role: Role, action: &Action) -> bool {
    may(role, Right::of(action))
}

/// Of the staff, but not for this.
fn not_allowed(visit: &Visit<'_>) -> Reply {
    match visit.touched {
        Some(_) => Reply::alert(visit.words.plain(Text::NotAllowed)),
        None => Reply::send(Screen::words(visit.words.html(Text::NotAllowed))),
    }
}

fn text_please(visit: &Visit<'_>) -> Reply {
    Reply::send(Screen::words(visit.words.html(Text::FormTextPlease)))
}

/// What was wrong, or what was done, above what is asked.
fn with_notice(said: Option<String>, html: &str) -> String {
    match said {
        Some(said) => format!("{said}\n\n{html}"),
        None => html.to_owned(),
    }
}

/// The same reply with something said above its screen.
fn saying(mut reply: Reply, said: &str) -> Reply {
    if let Some(screen) = &mut reply.edit {
        screen.html = format!("{said}\n\n{}", screen.html);
    }
    reply
}

/// A tapping button with words of the locale on it.
fn tap(visit: &Visit<'_>, label: Text<'_>, action: Action) -> Button {
    Button::tap(visit.words.plain(label), action)
}
