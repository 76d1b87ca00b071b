//! The products: a list, one product as buyers see it, and whether they see it at all.

use super::rights::{Right, may};
use super::{outside, saying, tap};
use crate::domain::product::{Kind, ProductId, ProductState};
use crate::locale::{Text, Words, escape};
use crate::shop::products::{Change, Changed, ForSeller};
use crate::store::Listed;
use crate::telegram::Result;
use crate::telegram::action::goods::GoodsAction;
use crate::telegram::action::goods::catalog::CatalogAction;
use crate::telegram::action::{Action, Field};
use crate::telegram::buyer::product::product_screen;
use crate::telegram::handle::Visit;
use crate::telegram::reply::{Button, Reply, Screen};

/// Most characters of a name on a button: longer ones are cut by the phone.
const LABEL_CHARS_MAX: usize = 28;

/// A page of the list.
pub(super) async fn list(visit: &Visit<'_>, page: u32) -> Result<Reply> {
    let (mut listed, mut more) = visit.telegram.shop.product_page(page).await?;
    let mut page = page;
    if listed.is_empty() && page > 0 {
        page = 0;
        (listed, more) = visit.telegram.shop.product_page(0).await?;
    }
    let words = visit.words;
    let title = if listed.is_empty() { Text::ProductsNone } else { Text::ProductsTitle };
    let turn = |label, page| tap(visit, label, Action::SellerProducts { page });
    let previous = (page > 0).then(|| turn(Text::ButtonPrevious, page - 1));
    let next = more.then(|| turn(Text::ButtonNext, page + 1));
    let manages = visit.role.is_some_and(|role| may(role, Right::Manage));
    let new = manages.then(|| tap(visit, Text::ButtonNewProduct, Action::NewProduct));
    let categories = manages.then(|| tap(visit, Text::ButtonCategories, Action::Goods(GoodsAction::Categories)));
    let file = manages.then(|| tap(visit, Text::ButtonCatalogFile, Action::Goods(GoodsAction::File(CatalogAction::Page))));
    Ok(Reply::edit(
        Screen::words(words.html(title))
            .grid(listed.iter().map(|listed| button(listed, &visit.customer.language)), 1)
            .row(previous.into_iter().chain(next))
            .row(categories.into_iter().chain(file))
            .row(new.into_iter().chain([tap(visit, Text::ButtonBackToPanel, Action::Panel)])),
    ))
}

/// One product.
pub(super) async fn page(visit: &Visit<'_>, id: &ProductId) -> Result<Reply> {
    match visit.telegram.shop.product_for_seller(id).await? {
        Some(product) => Ok(Reply::edit(screen(visit, &product))),
        None => gone(visit).await,
    }
}

/// One product, with something said above it.
pub(super) async fn page_saying(visit: &Visit<'_>, id: &ProductId, said: &str) -> Result<Reply> {
    Ok(saying(page(visit, id).await?, said))
}

/// Puts a product on sale, hides it, or archives it.
pub(super) async fn set_state(visit: &Visit<'_>, id: &ProductId, state: ProductState) -> Result<Reply> {
    match visit.telegram.shop.change(id, &visit.customer.language, Change::State(state)).await? {
        Changed::Done { .. } if state == ProductState::Archived => {
            Ok(list(visit, 0).await?.with_toast(visit.words.plain(Text::ProductArchived)))
        }
        Changed::Done { after, .. } => Ok(page(visit, id).await?.with_toast(visit.words.plain(state_word(after.state)))),
        Changed::NothingToGive => Ok(Reply::alert(visit.words.plain(Text::WrongNothingToGive))),
        _ => gone(visit).await,
    }
}

/// Asks once more before a product goes for good.
pub(super) async fn ask_archive(visit: &Visit<'_>, id: &ProductId) -> Result<Reply> {
    let Some(product) = visit.telegram.shop.any_product(id).await? else { return gone(visit).await };
    let name = product.product.name.get(&visit.customer.language);
    let archive = Action::SetState { id: id.clone(), state: ProductState::Archived };
    Ok(Reply::edit(
        Screen::words(visit.words.html(Text::AskArchive { name })).row([tap(visit, Text::ButtonYesArchive, archive)]).row([tap(
            visit,
            Text::ButtonBack,
            Action::SellerProduct { id: id.clone() },
        )]),
    ))
}

/// It is not there any more.
pub(super) async fn gone(visit: &Visit<'_>) -> Result<Reply> {
    Ok(list(visit, 0).await?.with_toast(visit.words.plain(Text::ProductNotThere)))
}

/// One word for whether buyers meet it.
pub(super) fn state_word(state: ProductState) -> Text<'static> {
    match state {
        ProductState::Draft => Text::StateDraft,
        ProductState::OnSale => Text::StateOnSale,
        ProductState::Hidden => Text::StateHidden,
        ProductState::Archived => Text::StateArchived,
    }
}

/// The product as its buyer sees it, then what only its seller sees.
pub(super) fn screen(visit: &Visit<'_>, product: &ForSeller) -> Screen {
    let seen = product_screen(&product.offered, None, 1, None, visit.words, &visit.customer.language);
    let html = format!("{}\n\n{}", seen.html, facts(visit.words, product, &visit.customer.language));
    let mut screen = Screen::words(html).picture(seen.picture);
    let (id, state) = (&product.offered.product.id, product.offered.product.state);
    if state != ProductState::Archived && visit.role.is_some_and(|role| may(role, Right::Manage)) {
        screen = editing(screen, visit, product);
        screen = screen.row(match state {
            ProductState::OnSale => vec![to_state(visit, id, Text::ButtonHide, ProductState::Hidden)],
            _ => vec![to_state(visit, id, Text::ButtonPutOnSale, ProductState::OnSale)],
        });
        screen = screen.row([tap(visit, Text::ButtonArchive, Action::AskArchive { id: id.clone() })]);
    }
    screen.row([tap(visit, Text::ButtonBackToProducts, Action::SellerProducts { page: 0 })])
}

fn editing(screen: Screen, visit: &Visit<'_>, product: &ForSeller) -> Screen {
    let id = &product.offered.product.id;
    let edit = |label, field| tap(visit, label, Action::Edit { id: id.clone(), field });
    let does = |label, action| tap(visit, label, Action::Goods(action));
    let goods = match product.offered.product.kind {
        Kind::Keys => edit(Text::ButtonAddStock, Field::Stock),
        Kind::File => edit(Text::ButtonEditGoods, Field::Goods),
        Kind::Manual => edit(Text::ButtonEditQuestion, Field::Goods),
        Kind::Invite => edit(Text::ButtonEditInvite, Field::Goods),
        Kind::Webhook => edit(Text::ButtonEditWebhook, Field::Goods),
    };
    screen.row([goods]).grid(
        [
            edit(Text::ButtonEditName, Field::Name),
            edit(Text::ButtonEditPrice, Field::Price),
            edit(Text::ButtonEditDescription, Field::Description),
            edit(Text::ButtonEditPicture, Field::Picture),
            edit(Text::ButtonEditCategory, Field::Category),
            edit(Text::ButtonEditQuantity, Field::QuantityMax),
            does(Text::ButtonOptions, GoodsAction::Options { id: id.clone() }),
            does(Text::ButtonMore, GoodsAction::More { id: id.clone() }),
        ],
        2,
    )
}

fn to_state(visit: &Visit<'_>, id: &ProductId, label: Text<'_>, state: ProductState) -> Button {
    tap(visit, label, Action::SetState { id: id.clone(), state })
}

fn facts(words: Words, product: &ForSeller, language: &str) -> String {
    let it = &product.offered.product;
    let shelf = product.category.as_ref().map_or_else(|| words.plain(Text::FactNoCategory), |c| c.name.get(language).to_owned());
    let mut lines = vec![
        format!("{} {}", state_mark(it.state), words.html(state_word(it.state))),
        words.html(Text::FactCategory { name: &shelf }),
        match it.quantity_min {
            0 | 1 => words.html(Text::FactQuantity { most: i64::from(it.quantity_max) }),
            least => words.html(Text::FactQuantities { least: i64::from(least), most: i64::from(it.quantity_max) }),
        },
    ];
    if !it.options.is_empty() {
        let named: Vec<String> = it.options.iter().map(|option| format!("{} {}", option.name.get(language), option.price)).collect();
        lines.push(words.html(Text::FactOptions { options: &clipped(&named.join(" · "), 160) }));
    }
    match it.kind {
        Kind::Keys => lines.push(words.html(Text::FactStock { count: product.offered.stock.unwrap_or(0) })),
        Kind::File => lines.push(given(words, product, language)),
        Kind::Manual => {
            let asked: Vec<&str> = it.questions.iter().map(|question| question.label.get(language)).collect();
            let asked = if asked.is_empty() { words.plain(Text::FactNothingAsked) } else { asked.join(" · ") };
            lines.push(words.html(Text::FactAsked { asked: &clipped(&asked, 120) }));
        }
        Kind::Invite => lines.push(outside::invite_fact(words, it)),
        Kind::Webhook => lines.push(outside::webhook_fact(words, it)),
    }
    lines.push(words.html(Text::FactSold { count: product.sold }));
    format!("<blockquote>{}</blockquote>", lines.join("\n"))
}

/// What everybody gets, in one line.
fn given(words: Words, product: &ForSeller, language: &str) -> String {
    let it = &product.offered.product;
    let names: Vec<&str> = it.files.iter().map(|file| file.name.as_str()).collect();
    let text = (!it.text.get(language).is_empty()).then(|| words.html(Text::FactText));
    let files = (!names.is_empty()).then(|| format!("📎 {}", escape(&clipped(&names.join(", "), 120))));
    let all: Vec<String> = text.into_iter().chain(files).collect();
    if all.is_empty() { words.html(Text::FactNothingGiven) } else { all.join("\n") }
}

fn button(listed: &Listed, language: &str) -> Button {
    let name = clipped(listed.name.get(language), LABEL_CHARS_MAX);
    let stock = listed.stock.map(|stock| format!(" · {stock} 📦")).unwrap_or_default();
    let label = format!("{} {name} · {}{stock}", state_mark(listed.state), listed.price);
    Button::tap(label, Action::SellerProduct { id: listed.id.clone() })
}

fn state_mark(state: ProductState) -> &'static str {
    match state {
        ProductState::Draft => "📝",
        ProductState::OnSale => "🟢",
        ProductState::Hidden => "🙈",
        ProductState::Archived => "🗄",
    }
}

/// The first characters of a text.
pub(super) fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
