//! Changing one thing about a product.

use super::{fetch, goods, options, outside, products, tap, unfit, units, with_notice};
use crate::domain::product::{CategoryId, Kind, Product, ProductId, ProductState};
use crate::locale::{Text, escape};
use crate::shop::browse::Offered;
use crate::shop::fields;
use crate::shop::products::{Change, Changed, ShelfChoice};
use crate::telegram::Result;
use crate::telegram::action::{Action, Field};
use crate::telegram::form::Form;
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{Button, Reply, Screen};

/// Most categories among which one is chosen by a button.
const CATEGORIES_MAX: usize = 60;

/// Asks for the new value of a field.
pub(super) async fn start(visit: &Visit<'_>, id: &ProductId, field: Field) -> Result<Reply> {
    ask(visit, id, field, false, None).await
}

/// Shows what is asked, with something said above it.
pub(super) async fn show(visit: &Visit<'_>, id: &ProductId, field: Field, naming: bool, said: Option<String>) -> Result<Reply> {
    match open(visit, id).await? {
        Some(offered) => Ok(Reply::edit(screen(visit, &offered, field, naming, said).await?)),
        None => gone(visit).await,
    }
}

/// A typed value.
pub(super) async fn text(visit: &Visit<'_>, id: &ProductId, field: Field, naming: bool, words: &str) -> Result<Reply> {
    let Some(offered) = open(visit, id).await? else { return gone(visit).await };
    let product = &offered.product;
    let change = match field {
        Field::Name => fields::name(words).map(Change::Name),
        Field::Description => fields::description(words).map(Change::Description),
        Field::Price => fields::price(words, product.price.currency).map(Change::Price),
        Field::QuantityMax => fields::quantity(words).map(Change::QuantityMax),
        Field::QuantityMin => fields::quantity(words).map(Change::QuantityMin),
        Field::Volume => fields::volume(words, product.price.currency).map(|volume| Change::Volume { option: None, volume }),
        Field::Category if naming => fields::name(words).map(|name| Change::Shelf(ShelfChoice::Named(name))),
        Field::Goods if naming => fields::question(words).map(|question| goods::own_question(visit, question)),
        Field::Category => return show(visit, id, field, naming, Some(visit.words.html(Text::WrongTapPlease))).await,
        Field::Picture => return show(visit, id, field, naming, Some(visit.words.html(Text::WrongPictureWanted))).await,
        Field::Stock | Field::Goods => {
            let said = goods::text(visit, product, words).await?;
            return show(visit, id, field, naming, Some(said)).await;
        }
    };
    match change {
        Ok(change) => keep(visit, id, field, naming, change).await,
        Err(wrong) => show(visit, id, field, naming, Some(unfit::words(visit.words, wrong))).await,
    }
}

/// A picture or a document.
pub(super) async fn upload(
    visit: &Visit<'_>,
    id: &ProductId,
    field: Field,
    naming: bool,
    upload: Upload,
    is_picture: bool,
) -> Result<Reply> {
    let Some(offered) = open(visit, id).await? else { return gone(visit).await };
    let said = match field {
        Field::Picture => match fetch::picture(visit, &upload).await? {
            Ok(blob) => return finish(visit, id, Change::Picture(Some(blob))).await,
            Err(wrong) => wrong,
        },
        Field::Stock | Field::Goods if !naming => goods::upload(visit, &offered.product, &upload, is_picture).await?,
        _ => visit.words.html(Text::WrongWordsWanted),
    };
    show(visit, id, field, naming, Some(said)).await
}

/// A button of the form.
pub(super) async fn button(visit: &Visit<'_>, id: &ProductId, field: Field, naming: bool, action: Action) -> Result<Reply> {
    match (action, field) {
        (Action::FormSkip, Field::Description) => finish(visit, id, Change::Description(String::new())).await,
        (Action::FormSkip, Field::Picture) => finish(visit, id, Change::Picture(None)).await,
        (Action::FormSkip, Field::Volume) => finish(visit, id, Change::Volume { option: None, volume: Vec::new() }).await,
        (Action::FormSkip, Field::Category) => finish(visit, id, Change::Shelf(ShelfChoice::None)).await,
        (Action::FormNew, Field::Category) => ask(visit, id, field, true, None).await,
        (Action::FormBack, _) if naming => ask(visit, id, field, false, None).await,
        (Action::FormDone, Field::Stock | Field::Goods) => {
            visit.telegram.end_form(visit.customer.id).await?;
            products::page(visit, id).await
        }
        (Action::FormClear, Field::Goods) => {
            visit.telegram.shop.change(id, &visit.customer.language, Change::ClearGoods).await?;
            show(visit, id, field, naming, Some(visit.words.html(Text::GoodsCleared))).await
        }
        (Action::InviteDays { days }, Field::Goods) => match open(visit, id).await? {
            Some(offered) => {
                let said = outside::days(visit, &offered.product, days).await?;
                show(visit, id, field, naming, Some(said)).await
            }
            None => gone(visit).await,
        },
        (Action::FormNew, Field::Goods) => match open(visit, id).await? {
            Some(offered) => {
                let said = outside::new_webhook_secret(visit, &offered.product).await?;
                show(visit, id, field, naming, Some(said)).await
            }
            None => gone(visit).await,
        },
        (Action::PickQuestion { asked }, Field::Goods) => match goods::question(visit, asked) {
            Some(change) => {
                let changed = visit.telegram.shop.change(id, &visit.customer.language, change).await?;
                if matches!(changed, Changed::QuestionsFull) {
                    return show(visit, id, field, naming, Some(visit.words.html(Text::WrongQuestionsFull))).await;
                }
                shown(visit, id, changed).await
            }
            None => ask(visit, id, field, true, None).await,
        },
        _ => show(visit, id, field, naming, None).await,
    }
}

/// Puts a product into a category, by its button.
pub(super) async fn set_category(visit: &Visit<'_>, id: &ProductId, category: CategoryId) -> Result<Reply> {
    finish(visit, id, Change::Shelf(ShelfChoice::Known(category))).await
}

/// Buttons for every category; `action` is what each of them does.
pub(super) async fn category_buttons(visit: &Visit<'_>, action: impl Fn(CategoryId) -> Action) -> Result<Vec<Button>> {
    let categories = visit.telegram.shop.store.read().await?.categories().await?;
    let buttons = categories.into_iter().take(CATEGORIES_MAX);
    Ok(buttons.map(|category| Button::tap(category.name.get(&visit.customer.language), action(category.id.clone()))).collect())
}

async fn ask(visit: &Visit<'_>, id: &ProductId, field: Field, naming: bool, said: Option<String>) -> Result<Reply> {
    let Some(offered) = open(visit, id).await? else { return gone(visit).await };
    let right_kind = match field {
        Field::Stock => offered.product.kind == Kind::Keys,
        Field::Goods => offered.product.kind != Kind::Keys,
        _ => true,
    };
    if !right_kind {
        return products::page(visit, id).await;
    }
    // Price and stock belong to the options of a product that has them.
    if !offered.product.options.is_empty() && matches!(field, Field::Price | Field::Volume) {
        return options::list(visit, id, None).await;
    }
    if !offered.product.options.is_empty() && field == Field::Stock {
        return options::instead_of_stock(visit, id).await;
    }
    visit.telegram.ask(visit.customer.id, Form::Edit { product: id.as_str().to_owned(), field, naming }).await?;
    let mut reply = Reply::edit(screen(visit, &offered, field, naming, said).await?);
    if field == Field::Goods {
        reply.send.extend(outside::chooser(visit, &offered.product));
    }
    Ok(reply)
}

/// A product that can be changed.
async fn open(visit: &Visit<'_>, id: &ProductId) -> Result<Option<Offered>> {
    let offered = visit.telegram.shop.any_product(id).await?;
    Ok(offered.filter(|offered| offered.product.state != ProductState::Archived))
}

async fn gone(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    products::gone(visit).await
}

/// Makes a typed change, and shows the product; or says why it makes no sense, and asks again.
async fn keep(visit: &Visit<'_>, id: &ProductId, field: Field, naming: bool, change: Change) -> Result<Reply> {
    let said = match visit.telegram.shop.change(id, &visit.customer.language, change.clone()).await? {
        Changed::Volume(error) => visit.words.html(options::volume_word(error)),
        Changed::QuestionsFull => visit.words.html(Text::WrongQuestionsFull),
        Changed::MoreThanMost { most } => visit.words.html(Text::WrongLeast { most: i64::from(most) }),
        Changed::PricedByOptions => {
            visit.telegram.end_form(visit.customer.id).await?;
            return options::list(visit, id, None).await;
        }
        changed => return shown(visit, id, changed).await,
    };
    show(visit, id, field, naming, Some(said)).await
}

/// Makes a change, and shows the product.
async fn finish(visit: &Visit<'_>, id: &ProductId, change: Change) -> Result<Reply> {
    let changed = visit.telegram.shop.change(id, &visit.customer.language, change).await?;
    shown(visit, id, changed).await
}

async fn shown(visit: &Visit<'_>, id: &ProductId, changed: Changed) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    let (before, after) = match changed {
        Changed::Done { before, after } => (before, after),
        Changed::OtherKind => return products::page(visit, id).await,
        _ => return products::gone(visit).await,
    };
    let said = if before.price == after.price {
        visit.words.html(Text::ChangeKept)
    } else {
        visit.words.html(Text::PriceChanged { before: &before.price.to_string(), after: &after.price.to_string() })
    };
    products::page_saying(visit, id, &said).await
}

async fn screen(visit: &Visit<'_>, offered: &Offered, field: Field, naming: bool, said: Option<String>) -> Result<Screen> {
    let product = &offered.product;
    let title = format!("✏️ <b>{}</b>", escape(product.name.get(&visit.customer.language)));
    let mut screen = match field {
        Field::Stock if !naming => {
            let mut screen = goods::screen(visit, offered);
            screen.keyboard.insert(0, units::buttons(visit, &product.id, None).into());
            screen
        }
        Field::Goods if !naming => goods::screen(visit, offered),
        Field::Category if !naming => {
            let buttons = category_buttons(visit, |category| Action::SetCategory { id: product.id.clone(), category }).await?;
            let new = [tap(visit, Text::ButtonNewCategory, Action::FormNew), tap(visit, Text::ButtonNoCategory, Action::FormSkip)];
            Screen::words(visit.words.html(Text::AskCategory)).grid(buttons, 2).row(new)
        }
        Field::Category => Screen::words(visit.words.html(Text::AskCategoryName)),
        Field::Goods => Screen::words(visit.words.html(Text::AskQuestionLabel)),
        field => value(visit, product, field),
    };
    screen.html = with_notice(said, &format!("{title}\n\n{}", screen.html));
    let back = naming.then(|| tap(visit, Text::ButtonBack, Action::FormBack));
    Ok(screen.row(back.into_iter().chain([tap(visit, Text::ButtonCancel, Action::FormCancel)])))
}

/// What a plain field holds now, and what may be sent instead.
fn value(visit: &Visit<'_>, product: &Product, field: Field) -> Screen {
    let (ask, now) = match field {
        Field::Description => (Text::AskDescription, product.description.get(&visit.customer.language).to_owned()),
        Field::Picture => (Text::AskPicture, String::new()),
        Field::Price => (Text::AskPrice { currency: product.price.currency.code() }, product.price.number()),
        Field::QuantityMax => (Text::AskQuantity, product.quantity_max.to_string()),
        Field::QuantityMin => (Text::AskLeast, product.quantity_min.to_string()),
        Field::Volume => (Text::AskVolume, String::new()),
        _ => (Text::AskName, product.name.get(&visit.customer.language).to_owned()),
    };
    let mut html = visit.words.html(ask);
    if field == Field::Volume && !product.volume.is_empty() {
        let lines = options::volume_lines(visit.words, product.price, &product.volume).join("\n");
        html = format!("{html}\n\n{}\n{lines}", visit.words.html(Text::NowItIs));
    }
    if !now.is_empty() {
        html = format!("{html}\n\n{}\n<code>{}</code>", visit.words.html(Text::NowItIs), escape(&now));
    }
    let removable = match field {
        Field::Description => !product.description.is_empty(),
        Field::Picture => product.picture.is_some(),
        Field::Volume => !product.volume.is_empty(),
        _ => false,
    };
    Screen::words(html).row(removable.then(|| tap(visit, Text::ButtonRemove, Action::FormSkip)))
}
