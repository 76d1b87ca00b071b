//! The options of a product: ways to sell it, each with a price and, for keys, a stock of its own.

use super::{intake, outside, products, saying, tap, unfit, units, with_notice};
use crate::domain::language::Localized;
use crate::domain::money::Fiat;
use crate::domain::option::{OptionId, ProductOption, VolumeError, VolumePrice};
use crate::domain::product::{Kind, Product, ProductId, ProductState};
use crate::locale::{Text, Words, escape};
use crate::shop::browse::Offered;
use crate::shop::fields;
use crate::shop::products::{Change, Changed};
use crate::telegram::Result;
use crate::telegram::action::Action;
use crate::telegram::action::goods::{GoodsAction, OptionField};
use crate::telegram::form::{Form, OptionForm};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{Button, Reply, Screen};

/// All options of a product.
pub(super) async fn list(visit: &Visit<'_>, id: &ProductId, said: Option<String>) -> Result<Reply> {
    let Some(offered) = open(visit, id).await? else { return products::gone(visit).await };
    let (product, language) = (&offered.product, visit.customer.language.as_str());
    let button = |option: &ProductOption| {
        let stock = offered.stock_of(Some(&option.id)).map(|stock| format!(" · {stock} 📦")).unwrap_or_default();
        let label = format!("{} · {}{stock}", option.name.get(language), option.price);
        Button::tap(label, Action::Goods(GoodsAction::Option { id: id.clone(), option: option.id.clone() }))
    };
    let text = if product.options.is_empty() { Text::OptionsNone } else { Text::OptionsTitle };
    let html = with_notice(said, &format!("✏️ <b>{}</b>\n\n{}", escape(product.name.get(language)), visit.words.html(text)));
    let new = tap(visit, Text::ButtonNewOption, Action::Goods(GoodsAction::NewOption { id: id.clone() }));
    let back = tap(visit, Text::ButtonBack, Action::SellerProduct { id: id.clone() });
    Ok(Reply::edit(Screen::words(html).grid(product.options.iter().map(button), 1).row([new]).row([back])))
}

/// One option.
pub(super) async fn page(visit: &Visit<'_>, id: &ProductId, option: &OptionId, said: Option<String>) -> Result<Reply> {
    let Some(offered) = open(visit, id).await? else { return products::gone(visit).await };
    let Some(found) = offered.product.option(option) else { return list(visit, id, None).await };
    let edit = |label, field| {
        let (id, option) = (id.clone(), option.clone());
        tap(visit, label, Action::Goods(GoodsAction::EditOption { id, option, field }))
    };
    let stock = (offered.product.kind == Kind::Keys).then(|| edit(Text::ButtonAddStock, OptionField::Stock));
    let days = (offered.product.kind == Kind::Invite).then(|| edit(Text::ButtonEditDays, OptionField::Days));
    let remove = Action::Goods(GoodsAction::RemoveOption { id: id.clone(), option: option.clone() });
    let html = with_notice(said, &facts(visit, &offered, found));
    Ok(Reply::edit(
        Screen::words(html)
            .row(stock.into_iter().chain(days))
            .grid(
                [
                    edit(Text::ButtonEditName, OptionField::Name),
                    edit(Text::ButtonEditPrice, OptionField::Price),
                    edit(Text::ButtonEditVolume, OptionField::Volume),
                    tap(visit, Text::ButtonRemove, remove),
                ],
                2,
            )
            .row([tap(visit, Text::ButtonBack, Action::Goods(GoodsAction::Options { id: id.clone() }))]),
    ))
}

fn facts(visit: &Visit<'_>, offered: &Offered, option: &ProductOption) -> String {
    let (words, language) = (visit.words, visit.customer.language.as_str());
    let (product, price) = (&offered.product, option.price.to_string());
    let mut lines = vec![
        format!("✏️ <b>{}</b>", escape(&product.name_of(Some(&option.id), language))),
        words.html(Text::ProductPrice { price: &price }),
    ];
    lines.extend(volume_lines(words, option.price, &option.volume));
    if let Some(stock) = offered.stock_of(Some(&option.id)) {
        lines.push(words.html(Text::FactStock { count: stock }));
    }
    if product.kind == Kind::Invite {
        lines.push(format!("⏳ {}", escape(&outside::period(words, product.days_of(Some(&option.id))))));
    }
    lines.join("\n")
}

/// Prices by quantity, a line each.
pub(super) fn volume_lines(words: Words, price: Fiat, volume: &[VolumePrice]) -> Vec<String> {
    let line = |step: &VolumePrice| {
        let price = Fiat::new(step.minor, price.currency).to_string();
        words.html(Text::ProductVolume { from: i64::from(step.from), price: &price })
    };
    volume.iter().map(line).collect()
}

/// Asks for the name of a new option.
pub(super) async fn start_new(visit: &Visit<'_>, id: &ProductId) -> Result<Reply> {
    let form = OptionForm { product: id.as_str().to_owned(), option: fields::new_tail(), ..OptionForm::default() };
    ask(visit, form, None).await
}

/// Asks for the new value of a field of an option.
pub(super) async fn start(visit: &Visit<'_>, id: &ProductId, option: &OptionId, field: OptionField) -> Result<Reply> {
    let (product, option) = (id.as_str().to_owned(), option.as_str().to_owned());
    ask(visit, OptionForm { product, option, field: Some(field), ..OptionForm::default() }, None).await
}

/// Takes an option away.
pub(super) async fn remove(visit: &Visit<'_>, id: &ProductId, option: &OptionId) -> Result<Reply> {
    match visit.telegram.shop.change(id, &visit.customer.language, Change::RemoveOption(option.clone())).await? {
        Changed::Done { .. } => Ok(list(visit, id, None).await?.with_toast(visit.words.plain(Text::OptionRemoved))),
        Changed::OptionInStock { units } => Ok(Reply::alert(visit.words.plain(Text::OptionInStock { units }))),
        _ => products::gone(visit).await,
    }
}

/// A typed value.
pub(super) async fn text(visit: &Visit<'_>, mut form: OptionForm, words: &str) -> Result<Reply> {
    let (Some(id), Some(option)) = (ProductId::parse(&form.product), OptionId::parse(&form.option)) else { return gone(visit).await };
    let Some(offered) = open(visit, &id).await? else { return gone(visit).await };
    if form.answered.is_some() && form.answered == visit.message {
        return ask(visit, form, None).await;
    }
    let currency = offered.product.price.currency;
    let change = match form.field {
        None if form.name.is_none() => match fields::option_name(words) {
            Ok(name) => {
                (form.name, form.answered) = (Some(name), visit.message);
                return ask(visit, form, None).await;
            }
            Err(wrong) => Err(wrong),
        },
        None => fields::price(words, currency).map(|price| {
            let mut name = Localized::default();
            name.set(&visit.customer.language, form.name.clone().unwrap_or_default());
            Change::AddOption(ProductOption { id: option.clone(), name, price, volume: Vec::new(), days: None })
        }),
        Some(OptionField::Name) => fields::option_name(words).map(|name| Change::OptionName { option: option.clone(), name }),
        Some(OptionField::Price) => fields::price(words, currency).map(|price| Change::OptionPrice { option: option.clone(), price }),
        Some(OptionField::Volume) => fields::volume(words, currency).map(|volume| Change::Volume { option: Some(option.clone()), volume }),
        Some(OptionField::Days) => fields::days(words).map(|days| Change::OptionDays { option: option.clone(), days: Some(days) }),
        Some(OptionField::Stock) => {
            let said = Box::pin(intake::typed(visit, &id, Some(&option), words)).await?;
            return ask(visit, form, Some(said)).await;
        }
    };
    match change {
        Ok(change) => finish(visit, &id, &option, form, change).await,
        Err(wrong) => ask(visit, form, Some(unfit::words(visit.words, wrong))).await,
    }
}

/// A document with units, for an option of keys.
pub(super) async fn upload(visit: &Visit<'_>, form: OptionForm, upload: &Upload, is_picture: bool) -> Result<Reply> {
    let (Some(id), Some(option)) = (ProductId::parse(&form.product), OptionId::parse(&form.option)) else { return gone(visit).await };
    let said = match form.field {
        Some(OptionField::Stock) => Box::pin(intake::upload(visit, &id, Some(&option), upload, is_picture)).await?,
        _ => visit.words.html(Text::WrongWordsWanted),
    };
    ask(visit, form, Some(said)).await
}

/// A button of the form.
pub(super) async fn button(visit: &Visit<'_>, form: OptionForm, action: Action) -> Result<Reply> {
    let (Some(id), Some(option)) = (ProductId::parse(&form.product), OptionId::parse(&form.option)) else { return gone(visit).await };
    match (action, form.field) {
        (Action::FormSkip, Some(OptionField::Volume)) => {
            let change = Change::Volume { option: Some(option.clone()), volume: Vec::new() };
            finish(visit, &id, &option, form, change).await
        }
        (Action::FormSkip, Some(OptionField::Days)) => {
            let change = Change::OptionDays { option: option.clone(), days: None };
            finish(visit, &id, &option, form, change).await
        }
        (Action::FormDone, Some(OptionField::Stock)) => {
            visit.telegram.end_form(visit.customer.id).await?;
            page(visit, &id, &option, None).await
        }
        _ => ask(visit, form, None).await,
    }
}

/// The form is given up: what it was about is shown.
pub(super) async fn cancelled(visit: &Visit<'_>, form: &OptionForm) -> Result<Reply> {
    match (ProductId::parse(&form.product), OptionId::parse(&form.option)) {
        (Some(id), Some(option)) if form.field.is_some() => page(visit, &id, &option, None).await,
        (Some(id), _) => list(visit, &id, None).await,
        _ => products::gone(visit).await,
    }
}

/// Makes a change, and shows the option; or says why not.
async fn finish(visit: &Visit<'_>, id: &ProductId, option: &OptionId, form: OptionForm, change: Change) -> Result<Reply> {
    let needs_removal = matches!(change, Change::OptionDays { days: Some(_), .. });
    if needs_removal && let Some(said) = outside::cannot_remove(visit, id).await? {
        return ask(visit, form, Some(said)).await;
    }
    let said = match visit.telegram.shop.change(id, &visit.customer.language, change).await? {
        Changed::Done { .. } => {
            visit.telegram.end_form(visit.customer.id).await?;
            return page(visit, id, option, Some(visit.words.html(Text::ChangeKept))).await;
        }
        Changed::Volume(error) => visit.words.html(volume_word(error)),
        Changed::OptionsFull => visit.words.html(Text::OptionsFull),
        Changed::NoOption => {
            visit.telegram.end_form(visit.customer.id).await?;
            return list(visit, id, None).await;
        }
        _ => return gone(visit).await,
    };
    ask(visit, form, Some(said)).await
}

/// Why prices by quantity are none.
pub(super) fn volume_word(error: VolumeError) -> Text<'static> {
    match error {
        VolumeError::TooMany => Text::WrongVolumeMany,
        VolumeError::Quantity => Text::WrongVolumeQuantity,
        VolumeError::Price => Text::WrongVolumePrice,
    }
}

/// Shows what is asked, with something said above it.
pub(super) async fn ask(visit: &Visit<'_>, form: OptionForm, said: Option<String>) -> Result<Reply> {
    let (Some(id), Some(option)) = (ProductId::parse(&form.product), OptionId::parse(&form.option)) else { return gone(visit).await };
    let Some(offered) = open(visit, &id).await? else { return gone(visit).await };
    let product = &offered.product;
    if form.field.is_some() && product.option(&option).is_none() {
        visit.telegram.end_form(visit.customer.id).await?;
        return list(visit, &id, None).await;
    }
    visit.telegram.ask(visit.customer.id, Form::Option(form.clone())).await?;
    let screen = asked(visit, product, &option, &form, offered.stock_of(Some(&option)));
    let title = match form.field {
        Some(_) => product.name_of(Some(&option), &visit.customer.language),
        None => product.name.get(&visit.customer.language).to_owned(),
    };
    let html = with_notice(said, &format!("✏️ <b>{}</b>\n\n{}", escape(&title), screen.html));
    let cancel = tap(visit, Text::ButtonCancel, Action::FormCancel);
    Ok(Reply::edit(Screen { html, ..screen }.row([cancel])))
}

fn asked(visit: &Visit<'_>, product: &Product, option: &OptionId, form: &OptionForm, stock: Option<i64>) -> Screen {
    let words = visit.words;
    let price = || Screen::words(words.html(Text::AskPrice { currency: product.price.currency.code() }));
    let removable = |has: bool| has.then(|| tap(visit, Text::ButtonRemove, Action::FormSkip));
    match form.field {
        None if form.name.is_none() => Screen::words(words.html(Text::AskOptionName)),
        None | Some(OptionField::Price) => price(),
        Some(OptionField::Name) => Screen::words(words.html(Text::AskOptionName)),
        Some(OptionField::Volume) => {
            let volume = product.volume_of(Some(option));
            let now = volume_lines(words, product.price, volume);
            let html = [words.html(Text::AskVolume)].into_iter().chain(now).collect::<Vec<_>>().join("\n");
            Screen::words(html).row(removable(!volume.is_empty()))
        }
        Some(OptionField::Days) => {
            let own = product.option(option).and_then(|option| option.days);
            Screen::words(words.html(Text::AskOptionDays)).row(removable(own.is_some()))
        }
        Some(OptionField::Stock) => Screen::words(words.html(Text::AskStock { count: stock.unwrap_or(0) }))
            .row(units::buttons(visit, &product.id, Some(option)))
            .row([tap(visit, Text::ButtonDone, Action::FormDone)]),
    }
}

async fn open(visit: &Visit<'_>, id: &ProductId) -> Result<Option<Offered>> {
    let offered = visit.telegram.shop.any_product(id).await?;
    Ok(offered.filter(|offered| offered.product.state != ProductState::Archived))
}

async fn gone(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    products::gone(visit).await
}

/// A product with options has no stock of its own: its options are shown, each takes in its own.
pub(super) async fn instead_of_stock(visit: &Visit<'_>, id: &ProductId) -> Result<Reply> {
    Ok(saying(list(visit, id, None).await?, &visit.words.html(Text::StockOfOptions)))
}
