//! The shop as a whole, for its owner: its name, its words to buyers, and where they find a person.

use super::{saying, tap, unfit, with_notice};
use crate::domain::coin::Coin;
use crate::locale::Text;
use crate::shop::fields;
use crate::shop::settings::Words;
use crate::telegram::Result;
use crate::telegram::action::{Action, ShopField};
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Reply, Screen};

/// The settings.
pub(super) async fn page(visit: &Visit<'_>) -> Result<Reply> {
    let shop = visit.telegram.shop.store.read().await?.shop().await?;
    let nobody = visit.words.plain(Text::SettingsNoSupport);
    let support = shop.support.as_deref().unwrap_or(&nobody);
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let html = visit.words.html(Text::Settings {
        name: shop.name.get(&visit.customer.language),
        support,
        currency: shop.currency.code(),
        coins: count(shop.coins.len()),
        all: count(Coin::ALL.len()),
    });
    let edit = |label, field| tap(visit, label, Action::EditShop { field });
    Ok(Reply::edit(
        Screen::words(html)
            .row([edit(Text::ButtonShopName, ShopField::Name), edit(Text::ButtonShopGreeting, ShopField::Greeting)])
            .row([edit(Text::ButtonShopSupport, ShopField::Support), edit(Text::ButtonShopTerms, ShopField::Terms)])
            .row([edit(Text::ButtonShopPrivacy, ShopField::Privacy), tap(visit, Text::ButtonCurrency, Action::Currencies)])
            .row([tap(visit, Text::ButtonCoins, Action::Coins { page: 0 }), tap(visit, Text::ButtonPolicy, Action::Policy)])
            .grid(super::shop_settings::buttons(visit), 2)
            .row([tap(visit, Text::ButtonBackToPanel, Action::Panel)]),
    ))
}

/// Asks for a new value.
pub(super) async fn start(visit: &Visit<'_>, field: ShopField) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Shop { field }).await?;
    Ok(ask(visit, field, None))
}

/// A typed value.
pub(super) async fn text(visit: &Visit<'_>, field: ShopField, words: &str) -> Result<Reply> {
    let value = match field {
        ShopField::Name => fields::name(words),
        ShopField::Support => fields::contact(words),
        ShopField::Greeting | ShopField::Terms | ShopField::Privacy => fields::page(words),
    };
    match value {
        Ok(value) => {
            keep(visit, field, value).await?;
            kept(visit).await
        }
        Err(wrong) => Ok(ask(visit, field, Some(unfit::words(visit.words, wrong)))),
    }
}

/// Takes a value away, when a shop can do without it.
pub(super) async fn skip(visit: &Visit<'_>, field: ShopField) -> Result<Reply> {
    if field == ShopField::Name {
        return Ok(ask(visit, field, None));
    }
    keep(visit, field, String::new()).await?;
    kept(visit).await
}

/// Keeps a value; an empty one takes it away.
async fn keep(visit: &Visit<'_>, field: ShopField, value: String) -> Result<()> {
    let (shop, language) = (&visit.telegram.shop, visit.customer.language.as_str());
    match field {
        ShopField::Name => shop.rename(language, &value).await?,
        ShopField::Support => shop.set_support(Some(value).filter(|value| !value.is_empty())).await?,
        ShopField::Greeting => shop.set_words(Words::Greeting, language, &value).await?,
        ShopField::Terms => shop.set_words(Words::Terms, language, &value).await?,
        ShopField::Privacy => shop.set_words(Words::Privacy, language, &value).await?,
    }
    Ok(())
}

async fn kept(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    Ok(saying(page(visit).await?, &visit.words.html(Text::ChangeKept)))
}

fn ask(visit: &Visit<'_>, field: ShopField, said: Option<String>) -> Reply {
    let text = match field {
        ShopField::Name => Text::AskShopName,
        ShopField::Support => Text::AskShopSupport,
        ShopField::Greeting => Text::AskShopGreeting,
        ShopField::Terms => Text::AskShopTerms,
        ShopField::Privacy => Text::AskShopPrivacy,
    };
    let remove = (field != ShopField::Name).then(|| tap(visit, Text::ButtonRemove, Action::FormSkip));
    let html = with_notice(said, &visit.words.html(text));
    Reply::edit(Screen::words(html).row(remove.into_iter().chain([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}
