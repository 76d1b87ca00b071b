//! Further settings of the shop: its clock, its quiet hours, where notices go, its picture.

use super::rights::Right;
use super::{fetch, orders, saying, settings, tap, with_notice};
use crate::domain::quiet::QuietHours;
use crate::domain::zone::{LARGE, Zone};
use crate::locale::Text;
use crate::shop::time::Quiet;
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::form::{Form, SettingForm};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{Button, Picture, Reply, Screen};
use crate::telegram::setting_action::SettingAction;

/// Zones on one page.
const ZONES_SHOWN: usize = 8;

/// What a button needs.
pub(super) fn right_of(setting: &SettingAction) -> Right {
    match setting {
        SettingAction::Zones { .. }
        | SettingAction::SetZone { .. }
        | SettingAction::Quiet
        | SettingAction::SetQuiet { .. }
        | SettingAction::QuietUrgent { .. }
        | SettingAction::Notices
        | SettingAction::NoticesHome
        | SettingAction::Picture
        | SettingAction::NoPicture => Right::Own,
        SettingAction::ShowPhoto { .. } => Right::Serve,
    }
}

/// The way to these settings.
pub(super) fn buttons(visit: &Visit<'_>) -> [Button; 4] {
    [
        setting_tap(visit, Text::ButtonZone, SettingAction::Zones { page: 0 }),
        setting_tap(visit, Text::ButtonQuiet, SettingAction::Quiet),
        setting_tap(visit, Text::ButtonNotices, SettingAction::Notices),
        setting_tap(visit, Text::ButtonShopPicture, SettingAction::Picture),
    ]
}

/// A button.
pub(super) async fn action(visit: &Visit<'_>, setting: SettingAction) -> Result<Reply> {
    match setting {
        SettingAction::Zones { page } => zones(visit, page).await,
        SettingAction::SetZone { zone } => set_zone(visit, zone).await,
        SettingAction::Quiet => quiet(visit, None).await,
        SettingAction::SetQuiet { hours } => {
            let urgent = visit.telegram.shop.quiet().await?.urgent;
            set_quiet(visit, Quiet { hours, urgent }).await
        }
        SettingAction::QuietUrgent { on } => {
            let hours = visit.telegram.shop.quiet().await?.hours;
            set_quiet(visit, Quiet { hours, urgent: on }).await
        }
        SettingAction::Notices => notices(visit).await,
        SettingAction::NoticesHome => {
            visit.telegram.shop.set_notice_place(None).await?;
            notices(visit).await
        }
        SettingAction::Picture => picture(visit, None).await,
        SettingAction::NoPicture => {
            visit.telegram.shop.set_picture(None).await?;
            picture(visit, Some(visit.words.html(Text::ShopPictureGone))).await
        }
        SettingAction::ShowPhoto { order, answer } => orders::show_photo(visit, &order, answer).await,
    }
}

/// The question that is open, once more.
pub(super) async fn again(visit: &Visit<'_>, form: SettingForm, said: Option<String>) -> Result<Reply> {
    match form {
        SettingForm::Zone => zones(visit, 0).await,
        SettingForm::Quiet => quiet(visit, said).await,
        SettingForm::Picture => picture(visit, said).await,
    }
}

/// A typed answer.
pub(super) async fn text(visit: &Visit<'_>, form: SettingForm, words: &str) -> Result<Reply> {
    match form {
        SettingForm::Zone => match Zone::typed(words) {
            Ok(zone) => set_zone(visit, zone).await,
            Err(near) => Ok(near_zones(visit, &near)),
        },
        SettingForm::Quiet => match QuietHours::typed(words) {
            Some(hours) => {
                let urgent = visit.telegram.shop.quiet().await?.urgent;
                set_quiet(visit, Quiet { hours: Some(hours), urgent }).await
            }
            None => quiet(visit, Some(visit.words.html(Text::WrongQuiet))).await,
        },
        SettingForm::Picture => picture(visit, Some(visit.words.html(Text::WrongPictureWanted))).await,
    }
}

/// The clocks by which the shop may live; one may be typed, too.
async fn zones(visit: &Visit<'_>, page: u32) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Setting(SettingForm::Zone)).await?;
    let (now, at) = (visit.telegram.shop.time().await?, visit.telegram.shop.now());
    let last = LARGE.len().div_ceil(ZONES_SHOWN).saturating_sub(1);
    let page = usize::try_from(page).unwrap_or(0).min(last);
    let shown = LARGE.chunks(ZONES_SHOWN).nth(page).unwrap_or_default();
    let buttons = shown.iter().filter_map(|name| Zone::named(name)).map(|zone| zone_button(zone, &now, at));
    let turn = |label, page: usize| setting_tap(visit, label, SettingAction::Zones { page: u32::try_from(page).unwrap_or(0) });
    let previous = page.checked_sub(1).map(|page| turn(Text::ButtonPrevious, page));
    let next = (page < last).then(|| turn(Text::ButtonNext, page + 1));
    let html = visit.words.html(Text::AskZone { zone: &now.name(), clock: &now.clock(at) });
    Ok(Reply::edit(Screen::words(html).grid(buttons, 2).row(previous.into_iter().chain(next)).row([tap(
        visit,
        Text::ButtonBackToSettings,
        Action::Settings,
    )])))
}

fn near_zones(visit: &Visit<'_>, near: &[String]) -> Reply {
    let (now, at) = (Zone::default(), visit.telegram.shop.now());
    let html = visit.words.html(if near.is_empty() { Text::ZoneUnknown } else { Text::ZoneNear });
    let buttons = near.iter().filter_map(|name| Zone::named(name)).map(|zone| zone_button(zone, &now, at));
    Reply::edit(Screen::words(html).grid(buttons, 1).row([tap(visit, Text::ButtonCancel, Action::FormCancel)]))
}

/// The city and what its clocks show.
fn zone_button(zone: Zone, now: &Zone, at: i64) -> Button {
    let name = zone.name();
    let city = name.rsplit('/').next().unwrap_or(&name).replace('_', " ");
    let mark = if zone == *now { "✓ " } else { "" };
    Button::tap(format!("{mark}{city} · {}", zone.clock(at)), Action::Setting(SettingAction::SetZone { zone }))
}

async fn set_zone(visit: &Visit<'_>, zone: Zone) -> Result<Reply> {
    visit.telegram.shop.set_zone(zone).await?;
    visit.telegram.end_form(visit.customer.id).await?;
    Ok(saying(settings::page(visit).await?, &visit.words.html(Text::ChangeKept)))
}

/// The quiet hours; others may be typed.
async fn quiet(visit: &Visit<'_>, said: Option<String>) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Setting(SettingForm::Quiet)).await?;
    let (quiet, zone) = (visit.telegram.shop.quiet().await?, visit.telegram.shop.time().await?);
    let hours = quiet.hours.map_or_else(|| visit.words.plain(Text::QuietOff), QuietHours::name);
    let html = visit.words.html(Text::QuietPage { hours: &hours, zone: &zone.name() });
    let usual = QuietHours::USUAL.map(|hours| {
        let mark = if quiet.hours == Some(hours) { "✓ " } else { "" };
        Button::tap(format!("{mark}{}", hours.name()), Action::Setting(SettingAction::SetQuiet { hours: Some(hours) }))
    });
    let off = quiet.hours.map(|_| setting_tap(visit, Text::ButtonQuietOff, SettingAction::SetQuiet { hours: None }));
    // A label says how it is; a tap turns it round.
    let urgent = if quiet.urgent { Text::ButtonQuietUrgentOn } else { Text::ButtonQuietUrgentOff };
    let urgent = quiet.hours.map(|_| setting_tap(visit, urgent, SettingAction::QuietUrgent { on: !quiet.urgent }));
    Ok(Reply::edit(Screen::words(with_notice(said, &html)).row(usual).row(urgent).row(off).row([tap(
        visit,
        Text::ButtonBackToSettings,
        Action::Settings,
    )])))
}

async fn set_quiet(visit: &Visit<'_>, wanted: Quiet) -> Result<Reply> {
    visit.telegram.shop.set_quiet(wanted).await?;
    quiet(visit, None).await.map(|reply| reply.with_toast(visit.words.plain(Text::ChangeKept)))
}

/// Where notices go, and how another place is chosen.
async fn notices(visit: &Visit<'_>) -> Result<Reply> {
    let place = visit.telegram.shop.notice_place().await?;
    let html = match &place {
        None => visit.words.html(Text::NoticesInPrivate),
        Some(place) if place.topic.is_some() => visit.words.html(Text::NoticesInTopic { title: &place.title }),
        Some(place) => visit.words.html(Text::NoticesInGroup { title: &place.title }),
    };
    let html = format!("{html}\n\n{}", visit.words.html(Text::NoticesHow));
    let home = place.map(|_| setting_tap(visit, Text::ButtonNoticesHome, SettingAction::NoticesHome));
    Ok(Reply::edit(Screen::words(html).row(home).row([tap(visit, Text::ButtonBackToSettings, Action::Settings)])))
}

/// Asks for the picture above the greeting, and shows the one of now.
async fn picture(visit: &Visit<'_>, said: Option<String>) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Setting(SettingForm::Picture)).await?;
    let now = visit.telegram.shop.store.read().await?.shop().await?.picture;
    let remove = now.as_ref().map(|_| setting_tap(visit, Text::ButtonRemove, SettingAction::NoPicture));
    let html = with_notice(said, &visit.words.html(Text::AskShopPicture));
    let back = tap(visit, Text::ButtonBackToSettings, Action::Settings);
    Ok(Reply::edit(Screen::words(html).picture(now.map(Picture::Stored)).row(remove).row([back])))
}

/// A picture was sent.
pub(super) async fn picture_sent(visit: &Visit<'_>, upload: &Upload) -> Result<Reply> {
    match fetch::picture(visit, upload).await? {
        Ok(blob) => {
            visit.telegram.shop.set_picture(Some(blob)).await?;
            picture(visit, Some(visit.words.html(Text::ShopPictureKept))).await
        }
        Err(wrong) => picture(visit, Some(wrong)).await,
    }
}

fn setting_tap(visit: &Visit<'_>, label: Text<'_>, setting: SettingAction) -> Button {
    tap(visit, label, Action::Setting(setting))
}
