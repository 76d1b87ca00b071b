//! Making a product, one question at a time. Everything stays in the form until the goods are asked for; then there is a draft in the shop.

use super::steps::{after, before, can_do_without, is_given};
use super::{edit, fetch, goods, outside, products, tap, unfit, with_notice};
use crate::domain::money::Fiat;
use crate::domain::product::{BlobId, CategoryId, Kind, Product, ProductId, ProductState};
use crate::locale::{Text, escape};
use crate::shop::fields::{self, Unfit};
use crate::shop::products::{Change, Changed, Draft, ShelfChoice, gives_nothing};
use crate::telegram::Result;
use crate::telegram::action::{Action, Asked};
use crate::telegram::form::{Form, NewProduct, Step};
use crate::telegram::handle::Visit;
use crate::telegram::input::Upload;
use crate::telegram::reply::{Button, Picture, Reply, Screen};

/// Begins, or goes on with what was begun.
pub(super) async fn start(visit: &Visit<'_>) -> Result<Reply> {
    let new = visit.telegram.in_the_making(visit.customer.id).await?;
    ask(visit, new.unwrap_or_else(|| Box::new(NewProduct::begin())), None).await
}

/// The kind of goods was chosen.
pub(super) async fn kind(visit: &Visit<'_>, kind: Kind) -> Result<Reply> {
    let new = visit.telegram.in_the_making(visit.customer.id).await?;
    let mut new = new.unwrap_or_else(|| Box::new(NewProduct::begin()));
    if new.step != Step::Kind {
        // A button of an earlier question, or tapped twice.
        return ask(visit, new, None).await;
    }
    new.kind = Some(kind.code().to_owned());
    new.step = Step::Name;
    ask(visit, new, None).await
}

/// A typed answer.
pub(super) async fn text(visit: &Visit<'_>, mut new: Box<NewProduct>, words: &str) -> Result<Reply> {
    if new.answered.is_some() && new.answered == visit.message {
        return show(visit, &new, None).await;
    }
    let wrong = match new.step {
        Step::Kind | Step::Category | Step::Publish => Some(visit.words.html(Text::WrongTapPlease)),
        Step::Picture => Some(visit.words.html(Text::WrongPictureWanted)),
        Step::Goods => return typed_goods(visit, new, words).await,
        Step::QuestionLabel => match fields::question(words) {
            Ok(question) => return asked(visit, new, goods::own_question(visit, question)).await,
            Err(wrong) => Some(unfit::words(visit.words, wrong)),
        },
        Step::Name | Step::Price | Step::CategoryName | Step::Description => {
            typed(visit, &mut new, words).await?.err().map(|wrong| unfit::words(visit.words, wrong))
        }
    };
    if wrong.is_none() {
        new.answered = visit.message;
        return ask(visit, new, None).await;
    }
    show(visit, &new, wrong).await
}

/// Puts a typed value into its field, and the form on the next step.
async fn typed(visit: &Visit<'_>, new: &mut NewProduct, words: &str) -> Result<std::result::Result<(), Unfit>> {
    let put = |field: &mut String, value: std::result::Result<String, Unfit>| value.map(|value| *field = value);
    let done = match new.step {
        Step::Name => put(&mut new.name, fields::name(words)),
        Step::Description => put(&mut new.description, fields::description(words)),
        Step::Price => {
            let currency = visit.telegram.shop.store.read().await?.shop().await?.currency;
            put(&mut new.price, fields::price(words, currency).map(Fiat::number))
        }
        _ => {
            new.category = None;
            fields::name(words).map(|name| new.new_category = Some(name))
        }
    };
    if done.is_ok() {
        new.step = after(new.step);
    }
    Ok(done)
}

/// A picture or a document.
pub(super) async fn upload(visit: &Visit<'_>, mut new: Box<NewProduct>, upload: Upload, is_picture: bool) -> Result<Reply> {
    let said = match new.step {
        Step::Picture => match fetch::picture(visit, &upload).await? {
            Ok(blob) => {
                new.picture = Some(blob.0);
                return enter_goods(visit, new).await;
            }
            Err(wrong) => wrong,
        },
        Step::Goods => match draft(visit, &new).await? {
            Some(product) => goods::upload(visit, &product, &upload, is_picture).await?,
            None => return vanished(visit).await,
        },
        Step::Kind | Step::Category | Step::Publish => visit.words.html(Text::WrongTapPlease),
        _ => visit.words.html(Text::WrongWordsWanted),
    };
    show(visit, &new, Some(said)).await
}

/// A button of the form. One of an earlier question shows the question that is open.
pub(super) async fn button(visit: &Visit<'_>, mut new: Box<NewProduct>, action: Action) -> Result<Reply> {
    match (action, new.step) {
        (Action::FormBack, step) => {
            new.step = before(step, &new);
            ask(visit, new, None).await
        }
        // On with what there is already, or with nothing where that will do: what was given is taken away by its own button alone.
        (Action::FormSkip, Step::Picture) => enter_goods(visit, new).await,
        (Action::FormSkip, step) if can_do_without(step) || is_given(&new) => {
            new.step = after(step);
            ask(visit, new, None).await
        }
        (Action::FormClear, Step::Category | Step::Description | Step::Picture) => {
            match new.step {
                Step::Category => (new.category, new.new_category) = (None, None),
                Step::Description => new.description.clear(),
                _ => new.picture = None,
            }
            ask(visit, new, None).await
        }
        (Action::FormNew, Step::Category) => {
            new.step = Step::CategoryName;
            ask(visit, new, None).await
        }
        (Action::PickCategory { category }, Step::Category) => {
            (new.category, new.new_category) = (Some(category.as_str().to_owned()), None);
            new.step = Step::Description;
            ask(visit, new, None).await
        }
        (Action::PickQuestion { asked: Asked::Own }, Step::Goods) => {
            new.step = Step::QuestionLabel;
            ask(visit, new, None).await
        }
        (Action::PickQuestion { asked: pick }, Step::Goods) => {
            let change = goods::question(visit, pick).unwrap_or_else(|| Change::Questions(Vec::new()));
            asked(visit, new, change).await
        }
        (Action::FormClear, Step::Goods) => {
            if let Some(id) = id(&new) {
                visit.telegram.shop.change(&id, &visit.customer.language, Change::ClearGoods).await?;
            }
            show(visit, &new, Some(visit.words.html(Text::GoodsCleared))).await
        }
        (Action::InviteDays { days }, Step::Goods) => match draft(visit, &new).await? {
            Some(product) => {
                let said = outside::days(visit, &product, days).await?;
                show(visit, &new, Some(said)).await
            }
            None => vanished(visit).await,
        },
        (Action::FormNew, Step::Goods) => match draft(visit, &new).await? {
            Some(product) => {
                let said = outside::new_webhook_secret(visit, &product).await?;
                show(visit, &new, Some(said)).await
            }
            None => vanished(visit).await,
        },
        (Action::FormDone, Step::Goods) => {
            new.step = Step::Publish;
            ask(visit, new, None).await
        }
        (Action::Publish { on_sale }, Step::Publish) => publish(visit, &new, on_sale).await,
        _ => show(visit, &new, None).await,
    }
}

/// Throws away what was begun; false when a draft with goods in it stays.
pub(super) async fn discard(visit: &Visit<'_>, new: &NewProduct) -> Result<bool> {
    match id(new) {
        Some(id) => Ok(visit.telegram.shop.discard_draft(&id).await?),
        None => Ok(true),
    }
}

/// Shows the question that is open, with something said above it.
pub(super) async fn show(visit: &Visit<'_>, new: &NewProduct, said: Option<String>) -> Result<Reply> {
    let mut screen = match new.step {
        Step::Goods | Step::Publish => match draft(visit, new).await? {
            Some(product) => last_steps(visit, new, &product.id).await?,
            None => return vanished(visit).await,
        },
        _ => first_steps(visit, new).await?,
    };
    let title = visit.words.html(Text::NewProductTitle { name: &new.name });
    let now = now(visit, new)
        .await?
        .map_or_else(String::new, |now| format!("\n\n{}\n<code>{}</code>", visit.words.html(Text::NowItIs), escape(&now)));
    screen.html = with_notice(said, &format!("{title}\n\n{}{now}", screen.html));
    let remove = (can_do_without(new.step) && is_given(new)).then(|| tap(visit, Text::ButtonRemove, Action::FormClear));
    Ok(Reply::edit(screen.row(remove).row(navigation(visit, new))))
}

async fn ask(visit: &Visit<'_>, new: Box<NewProduct>, said: Option<String>) -> Result<Reply> {
    visit.telegram.ask(visit.customer.id, Form::NewProduct(new.clone())).await?;
    show(visit, &new, said).await
}

async fn first_steps(visit: &Visit<'_>, new: &NewProduct) -> Result<Screen> {
    let words = visit.words;
    Ok(match new.step {
        Step::Kind => {
            let kind = |label, kind| tap(visit, label, Action::NewProductKind { kind });
            Screen::words(words.html(Text::AskKind)).grid(
                [
                    kind(Text::ButtonKindKeys, Kind::Keys),
                    kind(Text::ButtonKindFile, Kind::File),
                    kind(Text::ButtonKindManual, Kind::Manual),
                    kind(Text::ButtonKindInvite, Kind::Invite),
                    kind(Text::ButtonKindWebhook, Kind::Webhook),
                ],
                1,
            )
        }
        Step::Price => {
            let currency = visit.telegram.shop.store.read().await?.shop().await?.currency;
            Screen::words(words.html(Text::AskPrice { currency: currency.code() }))
        }
        Step::Category => Screen::words(words.html(Text::AskCategory))
            .grid(edit::category_buttons(visit, |category| Action::PickCategory { category }).await?, 2)
            .row([tap(visit, Text::ButtonNewCategory, Action::FormNew)]),
        Step::CategoryName => Screen::words(words.html(Text::AskCategoryName)),
        Step::Description => Screen::words(words.html(Text::AskDescription)),
        Step::Picture => {
            Screen::words(words.html(Text::AskPicture)).picture(new.picture.clone().map(|picture| Picture::Stored(BlobId(picture))))
        }
        Step::QuestionLabel => Screen::words(words.html(Text::AskQuestionLabel)),
        Step::Name | Step::Goods | Step::Publish => Screen::words(words.html(Text::AskName)),
    })
}

async fn last_steps(visit: &Visit<'_>, new: &NewProduct, id: &ProductId) -> Result<Screen> {
    let Some(product) = visit.telegram.shop.product_for_seller(id).await? else { return Ok(Screen::default()) };
    if new.step == Step::Goods {
        return Ok(goods::screen(visit, &product.offered));
    }
    let empty = gives_nothing(&product.offered.product);
    let mut screen = products::screen(visit, &product);
    screen.keyboard.clear();
    let hint = if empty { Text::AskPublishEmpty } else { Text::AskPublish };
    screen.html = format!("{}\n\n{}", screen.html, visit.words.html(hint));
    let on_sale = (!empty).then(|| tap(visit, Text::ButtonPutOnSale, Action::Publish { on_sale: true }));
    let more = (product.offered.product.kind == Kind::Manual).then(|| tap(visit, Text::ButtonAskMore, Action::FormBack));
    Ok(screen.row(more).row(on_sale).row([tap(visit, Text::ButtonKeepHidden, Action::Publish { on_sale: false })]))
}

fn navigation(visit: &Visit<'_>, new: &NewProduct) -> Vec<Button> {
    let back = (before(new.step, new) != new.step).then(|| tap(visit, Text::ButtonBack, Action::FormBack));
    let skip = match (is_given(new), can_do_without(new.step)) {
        (true, _) => Some(Text::ButtonKeep),
        (false, true) => Some(Text::ButtonSkip),
        (false, false) => None,
    };
    let skip = skip.map(|label| tap(visit, label, Action::FormSkip));
    back.into_iter().chain(skip).chain([tap(visit, Text::ButtonCancel, Action::FormCancel)]).collect()
}

/// What is known already of what is asked, in words.
async fn now(visit: &Visit<'_>, new: &NewProduct) -> Result<Option<String>> {
    let known = match new.step {
        Step::Name => new.name.clone(),
        Step::Price => new.price.clone(),
        Step::Category => match (&new.new_category, &new.category) {
            (Some(name), _) => name.clone(),
            (None, Some(id)) => {
                let categories = visit.telegram.shop.store.read().await?.categories().await?;
                let category = categories.into_iter().find(|category| category.id.as_str() == id);
                category.map(|category| category.name.get(&visit.customer.language).to_owned()).unwrap_or_default()
            }
            (None, None) => String::new(),
        },
        Step::Description => new.description.clone(),
        _ => String::new(),
    };
    Ok(Some(known).filter(|known| !known.is_empty()))
}

fn id(new: &NewProduct) -> Option<ProductId> {
    new.product.as_deref().and_then(ProductId::parse)
}

/// The draft, while it is one.
async fn draft(visit: &Visit<'_>, new: &NewProduct) -> Result<Option<Product>> {
    let Some(id) = id(new) else { return Ok(None) };
    let offered = visit.telegram.shop.any_product(&id).await?;
    Ok(offered.map(|offered| offered.product).filter(|product| product.state == ProductState::Draft))
}

/// Somebody else has finished it or taken it away.
async fn vanished(visit: &Visit<'_>) -> Result<Reply> {
    visit.telegram.end_form(visit.customer.id).await?;
    products::gone(visit).await
}

/// Everything but the goods is known: the draft is written, and the goods are asked for.
async fn enter_goods(visit: &Visit<'_>, mut new: Box<NewProduct>) -> Result<Reply> {
    let currency = visit.telegram.shop.store.read().await?.shop().await?.currency;
    let Ok(price) = fields::price(&new.price, currency) else {
        new.step = Step::Price;
        return ask(visit, new, None).await;
    };
    let Some(kind) = new.kind.as_deref().and_then(Kind::parse).filter(|_| !new.name.is_empty()) else {
        return ask(visit, Box::new(NewProduct::begin()), None).await;
    };
    let known = id(&new);
    let Some(id) = known.or_else(|| ProductId::parse(&fields::id_of(&new.name, &new.tail))) else { return vanished(visit).await };
    let shelf = match (&new.category, &new.new_category) {
        (_, Some(name)) => ShelfChoice::Named(name.clone()),
        (Some(category), None) => CategoryId::parse(category).map_or(ShelfChoice::None, ShelfChoice::Known),
        (None, None) => ShelfChoice::None,
    };
    let written = Draft {
        id: id.clone(),
        kind,
        name: new.name.clone(),
        price,
        shelf,
        description: new.description.clone(),
        picture: new.picture.clone().map(BlobId),
        language: visit.customer.language.clone(),
    };
    if !visit.telegram.shop.save_draft(written).await? {
        return vanished(visit).await;
    }
    new.product = Some(id.as_str().to_owned());
    new.step = Step::Goods;
    let product = draft(visit, &new).await?;
    let mut reply = ask(visit, new, None).await?;
    reply.send.extend(product.and_then(|product| outside::chooser(visit, &product)));
    Ok(reply)
}

async fn typed_goods(visit: &Visit<'_>, new: Box<NewProduct>, words: &str) -> Result<Reply> {
    let Some(product) = draft(visit, &new).await? else { return vanished(visit).await };
    let said = goods::text(visit, &product, words).await?;
    show(visit, &new, Some(said)).await
}

/// What the buyer is asked is settled.
async fn asked(visit: &Visit<'_>, mut new: Box<NewProduct>, change: Change) -> Result<Reply> {
    let Some(id) = id(&new) else { return vanished(visit).await };
    match visit.telegram.shop.change(&id, &visit.customer.language, change).await? {
        Changed::Done { .. } => {
            new.step = Step::Publish;
            new.answered = visit.message;
            ask(visit, new, None).await
        }
        Changed::QuestionsFull => show(visit, &new, Some(visit.words.html(Text::WrongQuestionsFull))).await,
        // A button of a product of another kind.
        Changed::OtherKind => show(visit, &new, None).await,
        _ => vanished(visit).await,
    }
}

/// The last tap.
async fn publish(visit: &Visit<'_>, new: &NewProduct, on_sale: bool) -> Result<Reply> {
    let Some(id) = id(new) else { return vanished(visit).await };
    let state = if on_sale { ProductState::OnSale } else { ProductState::Hidden };
    match visit.telegram.shop.change(&id, &visit.customer.language, Change::State(state)).await? {
        Changed::Done { .. } => {
            visit.telegram.end_form(visit.customer.id).await?;
            let said = if on_sale { Text::NewProductOnSale } else { Text::NewProductHidden };
            let said = visit.words.html(said);
            products::page_saying(visit, &id, &said).await
        }
        Changed::NothingToGive => show(visit, new, Some(escape(&visit.words.plain(Text::WrongNothingToGive)))).await,
        _ => vanished(visit).await,
    }
}
