//! Changes of one thing about a product, and which of them make sense.

use super::catalog_file::{DOCUMENTS_MAX, QUESTIONS_MAX};
use super::products::ShelfChoice;
use crate::domain::goods::{Invite, Webhook};
use crate::domain::language::Localized;
use crate::domain::money::Fiat;
use crate::domain::option::{OPTIONS_MAX, OptionId, ProductOption, VolumeError, VolumePrice, check_volume};
use crate::domain::product::{BlobId, CategoryId, Kind, Product, ProductFile, ProductState, Question};

/// A change of one thing.
#[derive(Debug, Clone)]
pub enum Change {
    Name(String),
    /// Empty: none.
    Description(String),
    /// In one language; an empty text takes the language away.
    NameIn {
        language: String,
        text: String,
    },
    DescriptionIn {
        language: String,
        text: String,
    },
    /// Of a product without options.
    Price(Fiat),
    Picture(Option<BlobId>),
    Shelf(ShelfChoice),
    QuantityMax(u32),
    QuantityMin(u32),
    /// Of kind file: what everybody gets.
    Text(String),
    /// Of kind file: one more document.
    AddFile(ProductFile),
    /// Of kind file: nothing at all, to begin anew.
    ClearGoods,
    /// Of kind manual: what is asked before paying.
    Questions(Vec<Question>),
    /// Of kind manual: one more question. The same one is not asked twice.
    Ask(Question),
    /// Of kind invite: where it leads.
    InviteTo {
        chat: i64,
        title: String,
    },
    /// Of kind invite: how long a buyer stays; none: for good.
    Days(Option<u32>),
    /// Of kind webhook: where the goods are asked for, and what signs from now on.
    Webhook(Webhook),
    /// Prices by quantity, of the product or of an option.
    Volume {
        option: Option<OptionId>,
        volume: Vec<VolumePrice>,
    },
    /// One more way to sell it.
    AddOption(ProductOption),
    OptionName {
        option: OptionId,
        name: String,
    },
    OptionPrice {
        option: OptionId,
        price: Fiat,
    },
    OptionDays {
        option: OptionId,
        days: Option<u32>,
    },
    RemoveOption(OptionId),
    State(ProductState),
}

/// What became of a change.
#[derive(Debug, Clone)]
pub enum Changed {
    Done {
        before: Box<Product>,
        after: Box<Product>,
    },
    /// There is no such product, or it is archived.
    Gone,
    /// Not for a product of this kind.
    OtherKind,
    /// It has as many documents as a product can have.
    FilesFull,
    /// It asks as much as a product can ask.
    QuestionsFull,
    /// On sale it would give its buyers nothing.
    NothingToGive,
    /// It has as many options as a product can have.
    OptionsFull,
    /// There is no such option.
    NoOption,
    /// The option has units that are not sold.
    OptionInStock {
        units: i64,
    },
    /// The price belongs to its options.
    PricedByOptions,
    /// The fewest would be more than the most.
    MoreThanMost {
        most: u32,
    },
    /// The prices by quantity make no sense.
    Volume(VolumeError),
}

/// Adds a question, unless it is asked already; its id becomes one that no other question has.
fn ask(product: &mut Product, mut question: Question) -> std::result::Result<(), Changed> {
    let is_same = |known: &Question| (known.kind, &known.label, &known.choices) == (question.kind, &question.label, &question.choices);
    if product.questions.iter().any(is_same) {
        return Ok(());
    }
    if product.questions.len() >= QUESTIONS_MAX {
        return Err(Changed::QuestionsFull);
    }
    let id = question.id.clone();
    let mut number = 2;
    while product.questions.iter().any(|known| known.id == question.id) {
        question.id = format!("{id}-{number}");
        number += 1;
    }
    product.questions.push(question);
    Ok(())
}

/// The product after the change, or why there is none.
pub(super) fn changed(
    before: &Product,
    change: Change,
    shelf: Option<CategoryId>,
    language: &str,
) -> std::result::Result<Product, Changed> {
    let mut product = before.clone();
    let kind = match &change {
        Change::Text(_) | Change::AddFile(_) | Change::ClearGoods => Kind::File,
        Change::Questions(_) | Change::Ask(_) => Kind::Manual,
        Change::InviteTo { .. } | Change::Days(_) | Change::OptionDays { .. } => Kind::Invite,
        Change::Webhook(_) => Kind::Webhook,
        _ => product.kind,
    };
    if kind != product.kind {
        return Err(Changed::OtherKind);
    }
    match change {
        Change::Name(name) => product.name.set_shown(language, name),
        Change::Description(description) => product.description.set_shown(language, description),
        Change::NameIn { language, text } => {
            let mut name = product.name.clone();
            name.set(&language, text);
            // A product keeps a name in some language.
            if !name.is_empty() {
                product.name = name;
            }
        }
        Change::DescriptionIn { language, text } => product.description.set(&language, text),
        Change::Price(_) if !product.options.is_empty() => return Err(Changed::PricedByOptions),
        Change::Price(price) => {
            product.price = price;
            forget_dearer(price, &mut product.volume);
        }
        Change::Picture(picture) => product.picture = picture,
        Change::Shelf(_) => product.category = shelf,
        Change::QuantityMax(most) => {
            product.quantity_max = most;
            product.quantity_min = product.quantity_min.min(most);
        }
        Change::QuantityMin(fewest) if fewest > product.quantity_max => {
            return Err(Changed::MoreThanMost { most: product.quantity_max });
        }
        Change::QuantityMin(fewest) => product.quantity_min = fewest,
        Change::Text(text) => product.text.set_shown(language, text),
        // A document that comes twice is one: the second may be the first, sent again by a network that stuttered.
        Change::AddFile(file) if product.files.contains(&file) => {}
        Change::AddFile(_) if product.files.len() >= DOCUMENTS_MAX => return Err(Changed::FilesFull),
        Change::AddFile(file) => product.files.push(file),
        Change::ClearGoods => {
            product.text = Localized::default();
            product.files.clear();
            if product.state == ProductState::OnSale {
                product.state = ProductState::Hidden;
            }
        }
        Change::Questions(questions) => product.questions = questions,
        Change::Ask(question) => ask(&mut product, question)?,
        Change::InviteTo { chat, title } => {
            let days = product.invite.and_then(|invite| invite.days);
            product.invite = Some(Invite { chat, title, days });
        }
        Change::Days(days) => match &mut product.invite {
            Some(invite) => invite.days = days,
            None => return Err(Changed::NothingToGive),
        },
        Change::Webhook(webhook) => product.webhook = Some(webhook),
        Change::Volume { option, volume } => set_volume(&mut product, option.as_ref(), volume)?,
        // The same button handled twice makes one option.
        Change::AddOption(option) if product.option(&option.id).is_some() => {}
        Change::AddOption(_) if product.options.len() >= OPTIONS_MAX => return Err(Changed::OptionsFull),
        Change::AddOption(option) => {
            // Prices are the options' from now on.
            product.volume.clear();
            product.options.push(option);
        }
        Change::OptionName { option, name } => of(&mut product, &option)?.name.set_shown(language, name),
        Change::OptionPrice { option, price } => {
            let option = of(&mut product, &option)?;
            option.price = price;
            forget_dearer(price, &mut option.volume);
        }
        Change::OptionDays { option, days } => of(&mut product, &option)?.days = days,
        Change::RemoveOption(id) => product.options.retain(|option| option.id != id),
        Change::State(ProductState::OnSale) if gives_nothing(&product) => return Err(Changed::NothingToGive),
        Change::State(state) => product.state = state,
    }
    Ok(product.with_price_of_options())
}

fn of<'p>(product: &'p mut Product, id: &OptionId) -> std::result::Result<&'p mut ProductOption, Changed> {
    product.options.iter_mut().find(|option| option.id == *id).ok_or(Changed::NoOption)
}

fn set_volume(product: &mut Product, option: Option<&OptionId>, volume: Vec<VolumePrice>) -> std::result::Result<(), Changed> {
    let (price, place) = match option {
        Some(id) => {
            let option = of(product, id)?;
            (option.price, &mut option.volume)
        }
        None if !product.options.is_empty() => return Err(Changed::PricedByOptions),
        None => (product.price, &mut product.volume),
    };
    check_volume(price, &volume).map_err(Changed::Volume)?;
    *place = volume;
    Ok(())
}

/// Prices by quantity that a new price of one unit is not above any more make no sense.
fn forget_dearer(price: Fiat, volume: &mut Vec<VolumePrice>) {
    volume.retain(|step| step.minor < price.minor);
}

/// Whether a buyer would get nothing for the money. Units of stock may come later: until then the product is sold out.
pub fn gives_nothing(product: &Product) -> bool {
    match product.kind {
        Kind::File => product.text.is_empty() && product.files.is_empty(),
        Kind::Invite => product.invite.is_none(),
        Kind::Webhook => product.webhook.is_none(),
        Kind::Keys | Kind::Manual => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::product::ProductId;

    fn product(kind: Kind) -> Product {
        Product {
            id: ProductId::parse("handbook").unwrap(),
            category: None,
            position: 1,
            name: Localized::plain("Handbook"),
            description: Localized::default(),
            price: Fiat::new(400, Currency::Usd),
            kind,
            state: ProductState::Draft,
            quantity_max: 1,
            picture: None,
            text: Localized::default(),
            files: Vec::new(),
            questions: Vec::new(),
            invite: None,
            webhook: None,
            quantity_min: 1,
            volume: Vec::new(),
            options: Vec::new(),
        }
    }

    fn file(number: usize) -> ProductFile {
        ProductFile { blob: BlobId(format!("{number}")), name: "guide.pdf".to_owned() }
    }

    #[test]
    fn what_would_give_nothing_is_not_put_on_sale() {
        let empty = product(Kind::File);
        assert!(matches!(changed(&empty, Change::State(ProductState::OnSale), None, "en"), Err(Changed::NothingToGive)));
        let filled = changed(&empty, Change::Text("https://example.com".to_owned()), None, "en").unwrap();
        let on_sale = changed(&filled, Change::State(ProductState::OnSale), None, "en").unwrap();
        let emptied = changed(&on_sale, Change::ClearGoods, None, "en").unwrap();
        assert_eq!(emptied.state, ProductState::Hidden, "nobody pays for nothing meanwhile");
        assert!(changed(&product(Kind::Keys), Change::State(ProductState::OnSale), None, "en").is_ok(), "it is sold out until stock comes");
    }

    #[test]
    fn documents_are_counted_once_and_have_an_end() {
        let mut full = product(Kind::File);
        for number in [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9] {
            full = changed(&full, Change::AddFile(file(number)), None, "en").unwrap();
        }
        assert_eq!(full.files.len(), 10);
        assert!(matches!(changed(&full, Change::AddFile(file(10)), None, "en"), Err(Changed::FilesFull)));
        assert!(changed(&full, Change::AddFile(file(9)), None, "en").is_ok(), "one that it has is no further one");
    }

    #[test]
    fn goods_of_one_kind_are_not_given_to_another() {
        for change in [Change::Text("x".to_owned()), Change::AddFile(file(1)), Change::ClearGoods] {
            assert!(matches!(changed(&product(Kind::Keys), change, None, "en"), Err(Changed::OtherKind)));
        }
        assert!(matches!(changed(&product(Kind::File), Change::Questions(Vec::new()), None, "en"), Err(Changed::OtherKind)));
        let question = |label: &str| {
            let (id, label) = ("answer".to_owned(), Localized::plain(label));
            Change::Ask(Question { id, kind: crate::domain::product::QuestionKind::Text, label, choices: Vec::new() })
        };
        let mut asking = product(Kind::Manual);
        for label in ["a", "b", "a", "c", "d", "e", "f", "g", "h", "i", "j"] {
            asking = changed(&asking, question(label), None, "en").unwrap();
        }
        let ids: std::collections::BTreeSet<_> = asking.questions.iter().map(|question| question.id.clone()).collect();
        assert_eq!((asking.questions.len(), ids.len()), (10, 10), "the same is asked once, and each has an id of its own");
        assert!(matches!(changed(&asking, question("k"), None, "en"), Err(Changed::QuestionsFull)));
        assert!(changed(&asking, question("j"), None, "en").is_ok(), "it is asked already");
    }

    #[test]
    fn a_price_that_falls_takes_prices_by_quantity_with_it_that_are_no_better() {
        let mut keys = product(Kind::Keys);
        keys.volume = vec![VolumePrice { from: 5, minor: 300 }, VolumePrice { from: 10, minor: 200 }];
        let changed = changed(&keys, Change::Price(Fiat::new(300, Currency::Usd)), None, "en").unwrap();
        assert_eq!(changed.volume, [VolumePrice { from: 10, minor: 200 }]);
    }

    #[test]
    fn a_product_with_options_costs_what_the_cheapest_costs() {
        let option = |id: &str, minor| ProductOption {
            id: OptionId::parse(id).unwrap(),
            name: Localized::plain(id),
            price: Fiat::new(minor, Currency::Usd),
            volume: Vec::new(),
            days: None,
        };
        let one = changed(&product(Kind::Keys), Change::AddOption(option("year", 900)), None, "en").unwrap();
        let two = changed(&one, Change::AddOption(option("month", 100)), None, "en").unwrap();
        assert_eq!((one.price.minor, two.price.minor), (900, 100));
        let again = changed(&two, Change::AddOption(option("month", 50)), None, "en").unwrap();
        assert_eq!(again, two, "the same form sent twice");
        assert!(matches!(changed(&two, Change::Price(option("x", 5).price), None, "en"), Err(Changed::PricedByOptions)));
        let gone = Change::OptionPrice { option: OptionId::parse("week").unwrap(), price: two.price };
        assert!(matches!(changed(&two, gone, None, "en"), Err(Changed::NoOption)));
    }

    #[test]
    fn what_leads_nowhere_is_not_put_on_sale() {
        for kind in [Kind::Invite, Kind::Webhook] {
            assert!(matches!(changed(&product(kind), Change::State(ProductState::OnSale), None, "en"), Err(Changed::NothingToGive)));
        }
        let to = Change::InviteTo { chat: -100, title: "Owls".to_owned() };
        let invite = changed(&product(Kind::Invite), to, None, "en").unwrap();
        assert!(changed(&invite, Change::State(ProductState::OnSale), None, "en").is_ok());
    }

    #[test]
    fn a_name_in_another_language_stands_beside_the_first_and_the_last_one_stays() {
        let named = |product: &Product, language: &str, text: &str| {
            changed(product, Change::NameIn { language: language.to_owned(), text: text.to_owned() }, None, "en").unwrap()
        };
        let both = named(&product(Kind::File), "ru", "Справочник");
        assert_eq!((both.name.get("en"), both.name.get("ru")), ("Handbook", "Справочник"));
        let one = named(&both, "en", "");
        assert_eq!(named(&one, "ru", "").name.get("ru"), "Справочник");
    }
}
