//! Goods that come from outside, as their seller sets them up: the channel or group that an invite leads into, the system that is asked.

use super::{edit, tap, wizard};
use crate::domain::goods::{DAYS_MAX, Webhook};
use crate::domain::product::{Kind, Product, ProductId};
use crate::locale::{Text, Words};
use crate::shop::products::{Change, Changed};
use crate::shop::webhook::{UrlError, new_secret};
use crate::telegram::action::{Action, Field};
use crate::telegram::api::Failure;
use crate::telegram::form::{Form, Step};
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Chooser, Reply, Screen};
use crate::telegram::{Error, Result};

/// Periods that are one tap away, in days; 0: for good.
const PERIODS: [u32; 5] = [0, 7, 30, 90, 365];

/// Where an invite leads and for how long, or how the channel or group is named.
pub(super) fn invite_screen(visit: &Visit<'_>, product: &Product) -> Screen {
    let words = visit.words;
    let Some(invite) = &product.invite else {
        return Screen::words(words.html(Text::AskInviteChat)).row([tap(visit, Text::ButtonDone, Action::FormDone)]);
    };
    let html = words.html(Text::AskInviteDays { title: &invite.title, period: &period(words, invite.days), most: i64::from(DAYS_MAX) });
    let buttons = PERIODS.map(|days| Button::tap(period(words, Some(days).filter(|days| *days > 0)), Action::InviteDays { days }));
    Screen::words(html).grid(buttons, 3).row([tap(visit, Text::ButtonDone, Action::FormDone)])
}

/// A period in words.
pub(super) fn period(words: Words, days: Option<u32>) -> String {
    match days {
        Some(days) => words.plain(Text::PeriodDays { days: i64::from(days) }),
        None => words.plain(Text::PeriodForGood),
    }
}

/// A keyboard on which the channel or group is chosen, while none is.
pub(super) fn chooser(visit: &Visit<'_>, product: &Product) -> Option<Screen> {
    if product.kind != Kind::Invite || product.invite.is_some() {
        return None;
    }
    let (channel, group) = (visit.words.plain(Text::ButtonChooseChannel), visit.words.plain(Text::ButtonChooseGroup));
    let mut screen = Screen::words(visit.words.html(Text::ChooseChat));
    screen.chooser = Some(Chooser { channel, group });
    Some(screen)
}

/// An id of a channel or group, or a number of days.
pub(super) async fn invite_text(visit: &Visit<'_>, product: &Product, words: &str) -> Result<String> {
    match words.trim().parse::<i64>() {
        Ok(chat) if chat < 0 => lead_to(visit, product, chat).await,
        Ok(days) if product.invite.is_some() && (1..=i64::from(DAYS_MAX)).contains(&days) => {
            set_days(visit, product, u32::try_from(days).ok()).await
        }
        Ok(_) if product.invite.is_some() => Ok(visit.words.html(Text::WrongDays { most: i64::from(DAYS_MAX) })),
        _ => Ok(visit.words.html(Text::WrongInvite)),
    }
}

/// A tapped period; 0: for good.
pub(super) async fn days(visit: &Visit<'_>, product: &Product, days: u32) -> Result<String> {
    set_days(visit, product, Some(days).filter(|days| *days > 0)).await
}

async fn set_days(visit: &Visit<'_>, product: &Product, days: Option<u32>) -> Result<String> {
    let Some(invite) = &product.invite else { return Ok(visit.words.html(Text::WrongInvite)) };
    if days.is_some() && !may_remove(visit, invite.chat).await? {
        return Ok(visit.words.html(Text::WrongChatNoRemoving { title: &invite.title }));
    }
    keep(visit, &product.id, Change::Days(days), Text::ChangeKept).await
}

/// Why somebody who buys this product could not be taken out once the time is over; none when that can be done.
pub(super) async fn cannot_remove(visit: &Visit<'_>, id: &ProductId) -> Result<Option<String>> {
    let product = visit.telegram.shop.any_product(id).await?.map(|offered| offered.product);
    let Some(invite) = product.and_then(|product| product.invite) else { return Ok(None) };
    let can = may_remove(visit, invite.chat).await?;
    Ok((!can).then(|| visit.words.html(Text::WrongChatNoRemoving { title: &invite.title })))
}

async fn may_remove(visit: &Visit<'_>, chat: i64) -> Result<bool> {
    match visit.telegram.api.rights_in(chat).await {
        Ok(rights) => Ok(rights.may_remove),
        Err(Failure::Refused(_) | Failure::Unreachable(_)) => Ok(false),
        Err(failure) => Err(Error::Telegram(failure)),
    }
}

/// Makes an invite lead into a channel or group, if the bot may let people in there; else says what is missing.
async fn lead_to(visit: &Visit<'_>, product: &Product, chat: i64) -> Result<String> {
    let words = visit.words;
    let place = match visit.telegram.api.place(chat).await {
        Ok(place) => place,
        Err(Failure::Refused(_) | Failure::Unreachable(_)) => return Ok(words.html(Text::WrongChatUnknown)),
        Err(failure) => return Err(Error::Telegram(failure)),
    };
    let title: String = place.title.chars().take(TITLE_CHARS_MAX).collect();
    if !place.is_room {
        return Ok(words.html(Text::WrongInvite));
    }
    if place.is_public {
        return Ok(words.html(Text::WrongChatPublic { title: &title }));
    }
    let rights = match visit.telegram.api.rights_in(place.id).await {
        Ok(rights) => rights,
        Err(Failure::Refused(_) | Failure::Unreachable(_)) => return Ok(words.html(Text::WrongChatNotAdmin { title: &title })),
        Err(failure) => return Err(Error::Telegram(failure)),
    };
    if !rights.is_admin {
        return Ok(words.html(Text::WrongChatNotAdmin { title: &title }));
    }
    if !rights.may_invite {
        return Ok(words.html(Text::WrongChatNoInviting { title: &title }));
    }
    let has_period =
        product.invite.as_ref().is_some_and(|invite| invite.days.is_some()) || product.options.iter().any(|o| o.days.is_some());
    if has_period && !rights.may_remove {
        return Ok(words.html(Text::WrongChatNoRemoving { title: &title }));
    }
    keep(visit, &product.id, Change::InviteTo { chat: place.id, title: title.clone() }, Text::InviteLeadsTo { title: &title }).await
}

/// Telegram's own limit for titles, in characters.
const TITLE_CHARS_MAX: usize = 128;

async fn keep(visit: &Visit<'_>, id: &ProductId, change: Change, done: Text<'_>) -> Result<String> {
    let changed = visit.telegram.shop.change(id, &visit.customer.language, change).await?;
    Ok(visit.words.html(match changed {
        Changed::Done { .. } => done,
        _ => Text::ProductNotThere,
    }))
}

/// Somebody named a channel or group while an invite waits for one; none when nothing waits for it.
pub(super) async fn chat_named(visit: &Visit<'_>, form: Form, chat: i64) -> Result<Option<Reply>> {
    let id = match &form {
        Form::NewProduct(new) if new.step == Step::Goods => new.product.as_deref().and_then(ProductId::parse),
        Form::Edit { product, field: Field::Goods, .. } => ProductId::parse(product),
        _ => None,
    };
    let Some(id) = id else { return Ok(None) };
    let Some(offered) = visit.telegram.shop.any_product(&id).await?.filter(|offered| offered.product.kind == Kind::Invite) else {
        return Ok(None);
    };
    let said = Some(lead_to(visit, &offered.product, chat).await?);
    match form {
        Form::NewProduct(new) => wizard::show(visit, &new, said).await.map(Some),
        Form::Edit { field, naming, .. } => edit::show(visit, &id, field, naming, said).await.map(Some),
        _ => Ok(None),
    }
}

/// Who is asked, or how that is told.
pub(super) fn webhook_screen(visit: &Visit<'_>, product: &Product) -> Screen {
    let done = tap(visit, Text::ButtonDone, Action::FormDone);
    match &product.webhook {
        None => Screen::words(visit.words.html(Text::AskWebhook)).row([done]),
        Some(webhook) => Screen::words(visit.words.html(Text::AskWebhookAgain { url: &webhook.url }))
            .row([tap(visit, Text::ButtonNewSecret, Action::FormNew), done]),
    }
}

/// The address of the seller's system. With the first one comes the secret, which is shown this once.
pub(super) async fn webhook_text(visit: &Visit<'_>, product: &Product, words: &str) -> Result<String> {
    let url = match visit.telegram.shop.webhooks.check(words.trim()) {
        Ok(url) => url.to_string(),
        Err(error) => {
            return Ok(visit.words.html(match error {
                UrlError::NoUrl => Text::WrongUrl,
                UrlError::TooLong => Text::WrongUrlLong,
                UrlError::NotHttps => Text::WrongUrlHttps,
                UrlError::Password => Text::WrongUrlPassword,
                UrlError::Private => Text::WrongUrlPrivate,
            }));
        }
    };
    match &product.webhook {
        Some(known) => {
            let webhook = Webhook { url, secret: known.secret.clone() };
            keep(visit, &product.id, Change::Webhook(webhook), Text::ChangeKept).await
        }
        None => with_secret(visit, product, url).await,
    }
}

/// A new secret, which is shown this once.
pub(super) async fn new_webhook_secret(visit: &Visit<'_>, product: &Product) -> Result<String> {
    match &product.webhook {
        Some(webhook) => with_secret(visit, product, webhook.url.clone()).await,
        None => Ok(visit.words.html(Text::WrongUrl)),
    }
}

async fn with_secret(visit: &Visit<'_>, product: &Product, url: String) -> Result<String> {
    let secret = new_secret();
    let webhook = Webhook { url, secret: secret.clone() };
    keep(visit, &product.id, Change::Webhook(webhook), Text::WebhookSecret { secret: &secret }).await
}

/// Where an invite leads, in one line.
pub(super) fn invite_fact(words: Words, product: &Product) -> String {
    match &product.invite {
        Some(invite) => words.html(Text::FactInvite { title: &invite.title, period: &period(words, invite.days) }),
        None => words.html(Text::FactNothingGiven),
    }
}

/// Who is asked, in one line.
pub(super) fn webhook_fact(words: Words, product: &Product) -> String {
    match &product.webhook {
        Some(webhook) => words.html(Text::FactWebhook { url: &super::products::clipped(&webhook.url, 80) }),
        None => words.html(Text::FactNothingGiven),
    }
}
