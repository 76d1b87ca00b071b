//! Which fields differ between what the shop has and what it would have.

use super::plan::Part;
use super::question::question_kind_code;
use crate::domain::language::Localized;
use crate::domain::option::ProductOption;
use crate::domain::product::{BlobId, Category, Product, ProductFile, ProductState, Question};
use crate::store::ShopSettings;

/// What of the shop as a whole changes.
pub(super) fn shop(before: &ShopSettings, after: &ShopSettings) -> Vec<Part> {
    let mut parts = texts("name", &before.name, &after.name, true);
    valued(&mut parts, "currency", before.currency.code(), after.currency.code());
    if before.support != after.support {
        parts.push(Part::valued("support", before.support.clone(), after.support.clone()));
    }
    parts.extend(texts("greeting", &before.greeting, &after.greeting, false));
    parts.extend(texts("terms", &before.terms, &after.terms, false));
    parts.extend(texts("privacy", &before.privacy, &after.privacy, false));
    picture(&mut parts, before.picture.as_ref(), after.picture.as_ref());
    for coin in after.coins.iter().filter(|coin| !before.coins.contains(coin)) {
        parts.push(Part::named(format!("coin +{}", coin.code())));
    }
    for coin in before.coins.iter().filter(|coin| !after.coins.contains(coin)) {
        parts.push(Part::named(format!("coin -{}", coin.code())));
    }
    if before.coins != after.coins && before.coins.len() == after.coins.len() && after.coins.iter().all(|coin| before.coins.contains(coin))
    {
        parts.push(Part::named("coins in another order"));
    }
    parts
}

/// What of a category changes; all of a new one.
pub(super) fn category(before: Option<&Category>, after: &Category) -> Vec<Part> {
    let nothing = Localized::default();
    let mut parts = texts("name", before.map_or(&nothing, |before| &before.name), &after.name, true);
    picture(&mut parts, before.and_then(|before| before.picture.as_ref()), after.picture.as_ref());
    let Some(before) = before else { return parts };
    if before.position != after.position {
        parts.push(Part::named("place"));
    }
    parts
}

/// What of a product changes; of a new one, what it is.
pub(super) fn product(before: Option<&Product>, after: &Product) -> Vec<Part> {
    match before {
        Some(before) => changed(before, after),
        None => new(after),
    }
}

fn new(after: &Product) -> Vec<Part> {
    let mut parts = texts("name", &Localized::default(), &after.name, true);
    let to = |key: &str, value: String| Part::valued(key, None, Some(value));
    parts.push(to("price", after.price.to_string()));
    parts.push(to("kind", after.kind.code().to_owned()));
    if after.state != ProductState::OnSale {
        parts.push(to("state", after.state.code().to_owned()));
    }
    if let Some(category) = &after.category {
        parts.push(to("category", category.to_string()));
    }
    parts.extend(after.options.iter().map(|option| Part::named(format!("option +{}", option.id))));
    let given = [("picture", after.picture.is_some()), ("text", !after.text.is_empty()), ("ask", !after.questions.is_empty())];
    parts.extend(given.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| Part::named(key)));
    parts.extend(after.files.iter().map(|file| Part::named(format!("file +{}", file.name))));
    parts
}

fn changed(before: &Product, after: &Product) -> Vec<Part> {
    let mut parts = texts("name", &before.name, &after.name, true);
    parts.extend(texts("description", &before.description, &after.description, false));
    if before.category != after.category {
        let named = |product: &Product| product.category.as_ref().map(ToString::to_string);
        parts.push(Part::valued("category", named(before), named(after)));
    }
    valued(&mut parts, "price", &before.price.to_string(), &after.price.to_string());
    valued(&mut parts, "kind", before.kind.code(), after.kind.code());
    valued(&mut parts, "state", before.state.code(), after.state.code());
    valued(&mut parts, "quantity.min", &before.quantity_min.to_string(), &after.quantity_min.to_string());
    valued(&mut parts, "quantity.max", &before.quantity_max.to_string(), &after.quantity_max.to_string());
    if before.volume != after.volume {
        parts.push(Part::named("volume"));
    }
    picture(&mut parts, before.picture.as_ref(), after.picture.as_ref());
    parts.extend(texts("text", &before.text, &after.text, false));
    files(&mut parts, before, after);
    questions(&mut parts, &before.questions, &after.questions);
    if before.invite != after.invite {
        parts.push(Part::named("invite"));
    }
    let url = |product: &Product| product.webhook.as_ref().map(|webhook| webhook.url.clone());
    if url(before) != url(after) {
        parts.push(Part::valued("webhook.url", url(before), url(after)));
    }
    let secret = |product: &Product| product.webhook.as_ref().map(|webhook| webhook.secret.clone());
    if secret(before).is_some() && secret(after).is_some() && secret(before) != secret(after) {
        parts.push(Part::named("webhook.secret"));
    }
    options(&mut parts, &before.options, &after.options);
    if before.position != after.position {
        parts.push(Part::named("place"));
    }
    if parts.is_empty() && before != after {
        // A field that nothing above knows: it is told all the same.
        parts.push(Part::named("details"));
    }
    parts
}

fn picture(parts: &mut Vec<Part>, before: Option<&BlobId>, after: Option<&BlobId>) {
    if before != after {
        parts.push(Part::named(if after.is_some() { "picture" } else { "picture taken away" }));
    }
}

fn files(parts: &mut Vec<Part>, before: &Product, after: &Product) {
    let told = parts.len();
    let (known, given) = (numbered_by_name(&before.files), numbered_by_name(&after.files));
    for (of_name, file) in &given {
        match known.iter().find(|(known_of_name, known)| (known_of_name, &known.name) == (of_name, &file.name)) {
            None => parts.push(Part::named(format!("file +{}", file.name))),
            Some((_, known)) if known.blob != file.blob => parts.push(Part::named(format!("file {}", file.name))),
            Some(_) => {}
        }
    }
    let is_given = |of_name: usize, name: &str| given.iter().any(|(number, file)| (*number, file.name.as_str()) == (of_name, name));
    for (_, file) in known.iter().filter(|(of_name, file)| !is_given(*of_name, &file.name)) {
        parts.push(Part::named(format!("file -{}", file.name)));
    }
    if parts.len() == told && before.files != after.files {
        parts.push(Part::named("files in another order"));
    }
}

/// Files of one product may share a name: each with how many of its name stand before it, which with the name is what it is known by.
fn numbered_by_name(files: &[ProductFile]) -> Vec<(usize, &ProductFile)> {
    let before = |at: usize, name: &str| files.iter().take(at).filter(|known| known.name == name).count();
    files.iter().enumerate().map(|(at, file)| (before(at, &file.name), file)).collect()
}

fn questions(parts: &mut Vec<Part>, before: &[Question], after: &[Question]) {
    let told = parts.len();
    for question in after {
        match before.iter().find(|known| known.id == question.id) {
            None => parts.push(Part::valued(format!("ask +{}", question.id), None, Some(question_kind_code(question.kind).to_owned()))),
            Some(known) if known != question => parts.push(Part::named(format!("ask {}", question.id))),
            Some(_) => {}
        }
    }
    for question in before.iter().filter(|question| after.iter().all(|known| known.id != question.id)) {
        parts.push(Part::named(format!("ask -{}", question.id)));
    }
    if parts.len() == told && before != after {
        parts.push(Part::named("ask in another order"));
    }
}

fn options(parts: &mut Vec<Part>, before: &[ProductOption], after: &[ProductOption]) {
    let told = parts.len();
    for option in after {
        let key = format!("option {}", option.id);
        let Some(known) = before.iter().find(|known| known.id == option.id) else {
            parts.push(Part::valued(format!("option +{}", option.id), None, Some(option.price.to_string())));
            continue;
        };
        parts.extend(texts(&format!("{key} name"), &known.name, &option.name, true));
        valued(parts, &format!("{key} price"), &known.price.to_string(), &option.price.to_string());
        if known.volume != option.volume {
            parts.push(Part::named(format!("{key} volume")));
        }
        if known.days != option.days {
            let days = |option: &ProductOption| option.days.map(|days| days.to_string());
            parts.push(Part::valued(format!("{key} days"), days(known), days(option)));
        }
    }
    for option in before.iter().filter(|option| after.iter().all(|known| known.id != option.id)) {
        parts.push(Part::named(format!("option -{}", option.id)));
    }
    if parts.len() == told && before != after {
        parts.push(Part::named("options in another order"));
    }
}

/// A text in each language in which it differs, with what it says when that is short.
fn texts(key: &str, before: &Localized, after: &Localized, with_values: bool) -> Vec<Part> {
    let of = |localized: &Localized, language: &str| localized.iter().find(|(code, _)| *code == language).map(|(_, text)| text.to_owned());
    let mut languages: Vec<&str> = after.iter().map(|(language, _)| language).collect();
    languages.extend(before.iter().map(|(language, _)| language).filter(|language| of(after, language).is_none()));
    let mut parts = Vec::new();
    for language in languages {
        let (from, to) = (of(before, language), of(after, language));
        if from == to {
            continue;
        }
        let key = format!("{key}.{language}");
        parts.push(match (with_values, to.is_some()) {
            (true, _) => Part::valued(key, from, to),
            (false, true) => Part::named(key),
            (false, false) => Part::named(format!("{key} taken away")),
        });
    }
    parts
}

fn valued(parts: &mut Vec<Part>, key: &str, from: &str, to: &str) {
    if from != to {
        parts.push(Part::valued(key, Some(from.to_owned()), Some(to.to_owned())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Currency, Fiat};
    use crate::domain::option::OptionId;
    use crate::domain::product::{CategoryId, Kind, ProductFile, ProductId, QuestionKind};

    fn mug() -> Product {
        Product {
            id: ProductId::parse("mug").unwrap(),
            category: None,
            position: 1,
            name: Localized::plain("Mug"),
            description: Localized::default(),
            price: Fiat::new(1250, Currency::Usd),
            kind: Kind::Manual,
            state: ProductState::OnSale,
            quantity_max: 5,
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

    type Change = fn(&mut Product);

    /// No field may change without a word about it.
    #[test]
    fn every_field_that_differs_is_told() {
        let option = ProductOption {
            id: OptionId::parse("red").unwrap(),
            name: Localized::plain("Red"),
            price: Fiat::new(1300, Currency::Usd),
            volume: Vec::new(),
            days: None,
        };
        let question = Question { id: "size".to_owned(), kind: QuestionKind::Text, label: Localized::plain("Size?"), choices: Vec::new() };
        let changes: [(&str, Change); 12] = [
            ("category things", |mug| mug.category = CategoryId::parse("things")),
            ("place", |mug| mug.position = 2),
            ("name.ru Кружка", |mug| mug.name.set("ru", "Кружка")),
            ("name.en Mug → Cup", |mug| mug.name.set("en", "Cup")),
            ("description.en", |mug| mug.description.set("en", "Holds tea.")),
            ("price 12.50 USD → 9.00 USD", |mug| mug.price.minor = 900),
            ("kind manual → file", |mug| mug.kind = Kind::File),
            ("state on_sale → hidden", |mug| mug.state = ProductState::Hidden),
            ("quantity.max 5 → 6", |mug| mug.quantity_max = 6),
            ("quantity.min 1 → 2", |mug| mug.quantity_min = 2),
            ("picture", |mug| mug.picture = Some(BlobId("a".to_owned()))),
            ("file +a.pdf", |mug| mug.files.push(ProductFile { blob: BlobId("a".to_owned()), name: "a.pdf".to_owned() })),
        ];
        for (told, change) in changes {
            let mut after = mug();
            change(&mut after);
            assert_eq!(product(Some(&mug()), &after).iter().map(ToString::to_string).collect::<Vec<_>>(), [told]);
        }
        let after = Product { options: vec![option.clone()], questions: vec![question], ..mug() };
        let told: Vec<String> = product(Some(&mug()), &after).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["ask +size text", "option +red 13.00 USD"]);
        let dearer = ProductOption { price: Fiat::new(1400, Currency::Usd), days: Some(3), ..option };
        let later = Product { options: vec![dearer], ..after.clone() };
        let told: Vec<String> = product(Some(&after), &later).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["option red price 13.00 USD → 14.00 USD", "option red days 3"]);
        assert_eq!(product(Some(&mug()), &mug()), []);
    }

    /// A seller may send two files of one name, and each is a file of its own.
    #[test]
    fn files_of_one_name_are_told_apart() {
        let with = |files: &[(&str, &str)]| Product {
            files: files.iter().map(|(name, blob)| ProductFile { blob: BlobId((*blob).to_owned()), name: (*name).to_owned() }).collect(),
            ..mug()
        };
        let told = |before: &[(&str, &str)], after: &[(&str, &str)]| -> Vec<String> {
            product(Some(&with(before)), &with(after)).iter().map(ToString::to_string).collect()
        };
        let (first, second) = (("a.pdf", "1"), ("a.pdf", "2"));
        assert!(told(&[first, second], &[first, second]).is_empty());
        assert_eq!(told(&[first, second], &[first, ("a.pdf", "3")]), ["file a.pdf"]);
        assert_eq!(told(&[first], &[first, second]), ["file +a.pdf"]);
        assert_eq!(told(&[first, second], &[first]), ["file -a.pdf"]);
    }
}
