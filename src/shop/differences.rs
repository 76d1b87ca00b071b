//! What has changed about a product, in a few words for the record of what was done. Goods are never part of it.

use crate::domain::language::Localized;
use crate::domain::product::Product;

/// Most characters of a text that is quoted.
const QUOTED_CHARS: usize = 60;

/// The product's name and each thing that is different now; none when nothing is.
pub(super) fn differences(before: &Product, after: &Product) -> Option<String> {
    let mut found = Vec::new();
    if before.name != after.name {
        found.push(format!("name: {} → {}", shown(&before.name), shown(&after.name)));
    }
    if before.price != after.price {
        found.push(format!("price: {} → {}", before.price, after.price));
    }
    if before.state != after.state {
        found.push(format!("state: {} → {}", before.state.code(), after.state.code()));
    }
    if before.quantity_max != after.quantity_max {
        found.push(format!("most per order: {} → {}", before.quantity_max, after.quantity_max));
    }
    if before.category != after.category {
        let told = |product: &Product| product.category.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        found.push(format!("category: {} → {}", told(before), told(after)));
    }
    let others = [
        ("description", before.description != after.description),
        ("picture", before.picture != after.picture),
        ("text", before.text != after.text),
        ("files", before.files != after.files),
        ("questions", before.questions != after.questions),
    ];
    found.extend(others.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()));
    if found.is_empty() && before != after {
        found.push("changed".to_owned());
    }
    (!found.is_empty()).then(|| format!("{}: {}", shown(&before.name), found.join("; ")))
}

/// A name in the first language that has one.
pub(super) fn shown(name: &Localized) -> String {
    name.get("").chars().take(QUOTED_CHARS).collect()
}
