//! What a product can be beyond its plain fields: its words in other languages, its place among others, a copy of it.

use super::{products, tap, unfit, with_notice};
use crate::domain::language::{Localized, SPOKEN, own_name};
use crate::domain::product::{Product, ProductId, ProductState};
use crate::locale::{Text, escape};
use crate::shop::fields;
use crate::shop::products::{Change, Changed};
use crate::telegram::Result;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::action::{Action, Field};
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// The second page of what can be changed.
pub(super) async fn page(visit: &Visit<'_>, id: &ProductId) -> Result<Reply> {
    let Some(product) = open(visit, id).await? else { return products::gone(visit).await };
    let edit = |label, field| tap(visit, label, Action::Edit { id: id.clone(), field });
    let does = |label, action| tap(visit, label, Action::Goods(action));
    let volume = product.options.is_empty().then(|| edit(Text::ButtonEditVolume, Field::Volume));
    let html = format!("✏️ <b>{}</b>\n\n{}", escape(product.name.get(&visit.customer.language)), visit.words.html(Text::MoreTitle));
    Ok(Reply::edit(
        Screen::words(html)
            .row([
                does(Text::ButtonNameLanguages, GoodsAction::Languages { id: id.clone(), about: false }),
                does(Text::ButtonAboutLanguages, GoodsAction::Languages { id: id.clone(), about: true }),
            ])
            .row([edit(Text::ButtonEditLeast, Field::QuantityMin)].into_iter().chain(volume))
            .row([
                does(Text::ButtonUp, GoodsAction::MoveProduct { id: id.clone(), up: true }),
                does(Text::ButtonDown, GoodsAction::MoveProduct { id: id.clone(), up: false }),
            ])
            .row([does(Text::ButtonDuplicate, GoodsAction::Duplicate { id: id.clone() })])
            .row([tap(visit, Text::ButtonBack, Action::SellerProduct { id: id.clone() })]),
    ))
}

/// Moves a product past its neighbour.
pub(super) async fn move_product(visit: &Visit<'_>, id: &ProductId, up: bool) -> Result<Reply> {
    let moved = visit.telegram.shop.move_product(id, up).await?;
    Ok(Reply::toast(visit.words.plain(if moved { Text::Moved } else { Text::MovedNot })))
}

/// Makes a draft like this one.
pub(super) async fn duplicate(visit: &Visit<'_>, id: &ProductId) -> Result<Reply> {
    match visit.telegram.shop.duplicate(id).await? {
        Some(copy) => products::page_saying(visit, &copy, &visit.words.html(Text::Duplicated)).await,
        None => products::gone(visit).await,
    }
}

/// The languages in which its name, or its description, can be written.
pub(super) async fn languages(visit: &Visit<'_>, id: &ProductId, about: bool) -> Result<Reply> {
    let Some(product) = open(visit, id).await? else { return products::gone(visit).await };
    let buttons =
        language_buttons(words_of(&product, about), |language| Action::Goods(GoodsAction::Translate { id: id.clone(), about, language }));
    let html = format!("✏️ <b>{}</b>\n\n{}", escape(product.name.get(&visit.customer.language)), visit.words.html(Text::LanguagesTitle));
    let back = tap(visit, Text::ButtonBack, Action::Goods(GoodsAction::More { id: id.clone() }));
    Ok(Reply::edit(Screen::words(html).grid(buttons, 3).row([back])))
}

/// A button for every language; those that have words are marked.
pub(super) fn language_buttons(words: &Localized, action: impl Fn(String) -> Action) -> Vec<Button> {
    let has = |code: &str| words.iter().any(|(known, _)| known == code);
    let others = words.iter().map(|(code, _)| (code, code)).filter(|(code, _)| SPOKEN.iter().all(|(known, _)| known != code));
    let button = |(code, name): (&str, &str)| {
        let mark = if has(code) { "✅ " } else { "" };
        Button::tap(format!("{mark}{name}"), action(code.to_owned()))
    };
    SPOKEN.into_iter().chain(others).map(button).collect()
}

/// Asks for the words in a language.
pub(super) async fn translate(visit: &Visit<'_>, id: &ProductId, about: bool, language: &str) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::Words { product: id.as_str().to_owned(), about, language: language.to_owned() }).await?;
    ask(visit, id, about, language, None).await
}

/// Words in a language were typed.
pub(super) async fn text(visit: &Visit<'_>, product: &str, about: bool, language: &str, words: &str) -> Result<Reply> {
    let Some(id) = ProductId::parse(product) else { return gone(visit).await };
    match if about { fields::description(words) } else { fields::name(words) } {
        Ok(words) => finish(visit, &id, about, language, words).await,
        Err(wrong) => ask(visit, &id, about, language, Some(unfit::words(visit.words, wrong))).await,
    }
}

/// The words in a language are taken away.
pub(super) async fn skip(visit: &Visit<'_>, product: &str, about: bool, language: &str) -> Result<Reply> {
    let Some(id) = ProductId::parse(product) else { return gone(visit).await };
    finish(visit, &id, about, language, String::new()).await
}

async fn finish(visit: &Visit<'_>, id: &ProductId, about: bool, language: &str, text: String) -> Result<Reply> {
    let language = language.to_owned();
    let change = if about { Change::DescriptionIn { language, text } } else { Change::NameIn { language, text } };
    let changed = visit.telegram.shop.change(id, &visit.customer.language, change).await?;
    visit.telegram.end_form(visit.customer.id).await?;
    match changed {
        Changed::Done { .. } => Ok(languages(visit, id, about).await?.with_toast(visit.words.plain(Text::ChangeKept))),
        _ => products::gone(visit).await,
    }
}

/// Shows what is asked, with something said above it.
pub(super) async fn ask(visit: &Visit<'_>, id: &ProductId, about: bool, language: &str, said: Option<String>) -> Result<Reply> {
    let Some(product) = open(visit, id).await? else { return gone(visit).await };
    let words = words_of(&product, about);
    let now = words.iter().find(|(code, _)| *code == language).map(|(_, text)| text);
    let question = visit.words.html(if about { Text::AskDescription } else { Text::AskName });
    let mut html = format!("✏️ <b>{}</b> · {}\n\n{question}", escape(product.name.get(&visit.customer.language)), name_of(language));
    if let Some(now) = now {
        html = format!("{html}\n\n{}\n<code>{}</code>", visit.words.html(Text::NowItIs), escape(now));
    }
    let can_go = now.is_some() && (about || words.iter().count() > 1);
    let remove = can_go.then(|| tap(visit, Text::ButtonRemove, Action::FormSkip));
    let cancel = tap(visit, Text::ButtonCancel, Action::FormCancel);
    Ok(Reply::edit(Screen::words(with_notice(said, &html)).row(remove.into_iter().chain([cancel]))))
}

/// A language's own name.
pub(super) fn name_of(language: &str) -> String {
    escape(own_name(language))
}

fn words_of(product: &Product, about: bool) -> &Localized {
    if about { &product.description } else { &product.name }
}

async fn open(visit: &Visit<'_>, id: &ProductId) -> Result<Option<Product>> {
    let offered = visit.telegram.shop.any_product(id).await?;
    Ok(offered.map(|offered| offered.product).filter(|product| product.state != ProductState::Archived))
}

async fn gone(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    products::gone(visit).await
}
