//! What an import changes: worked out in one way, for whoever asks before and for the import itself. It speaks in the file's own keys, so
//! it reads the same in every language. Neither goods nor secrets are in it.

use std::fmt;

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

/// Most characters of a value that a line shows.
const VALUE_CHARS_MAX: usize = 60;
/// Hex digits of a fingerprint: enough to tell plans apart, few enough for a button.
const FINGERPRINT_CHARS: usize = 16;

/// How many of something an import touches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    /// In the file, and already as the file says.
    pub same: usize,
}

/// An import in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub shop_changed: bool,
    pub categories: Tally,
    pub products: Tally,
    /// Units of stock that are new.
    pub stock_added: usize,
    /// Units of stock that the shop has or had.
    pub stock_known: usize,
}

/// Everything that an import changes, and what it leaves alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Of the shop as a whole.
    pub shop: Vec<Part>,
    /// Categories that are new or change, in the order of the file.
    pub categories: Vec<Changed>,
    /// Products that are new or change, in the order of the file.
    pub products: Vec<Changed>,
    /// How many stand in the file as they are in the shop.
    pub categories_same: usize,
    pub products_same: usize,
    /// Units of stock that the shop has or had.
    pub stock_known: usize,
    /// Pictures and files that are named and were not sent: those of the shop stay.
    pub files_kept: usize,
    /// Of the shop, and not in the file: they stay as they are.
    pub categories_left: usize,
    pub products_left: usize,
}

/// A category or a product that is new or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub id: String,
    pub is_new: bool,
    pub parts: Vec<Part>,
    /// Units of stock that are new.
    pub stock: usize,
    /// Whether a secret is made for it, because neither the file nor the shop has one.
    pub new_secret: bool,
}

/// One field that changes, by its key in the file; with its values where they are short and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub key: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Part {
    /// A field of which only the name is told.
    pub(super) fn named(key: impl Into<String>) -> Self {
        Self { key: key.into(), from: None, to: None }
    }

    /// A field with its values.
    pub(super) fn valued(key: impl Into<String>, from: Option<String>, to: Option<String>) -> Self {
        Self { key: key.into(), from, to }
    }
}

impl Plan {
    /// It in numbers.
    pub fn counts(&self) -> Imported {
        let tally = |changed: &[Changed], same| {
            let added = changed.iter().filter(|changed| changed.is_new).count();
            Tally { added, changed: changed.len() - added, same }
        };
        Imported {
            shop_changed: !self.shop.is_empty(),
            categories: tally(&self.categories, self.categories_same),
            products: tally(&self.products, self.products_same),
            stock_added: self.products.iter().map(|product| product.stock).sum(),
            stock_known: self.stock_known,
        }
    }

    /// Whether the shop is as the file says already.
    pub fn is_nothing(&self) -> bool {
        self.shop.is_empty() && self.categories.is_empty() && self.products.is_empty()
    }

    /// One line for each thing that changes.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.shop.is_empty() {
            lines.push(format!("~ shop: {}", parts(&self.shop)));
        }
        lines.extend(self.categories.iter().map(|category| category.line("category")));
        lines.extend(self.products.iter().map(|product| product.line("product")));
        lines
    }

    /// The same for the same plan, and another one for another.
    pub fn fingerprint(&self) -> String {
        let mut hex = HEXLOWER.encode(digest(&SHA256, format!("{self:?}").as_bytes()).as_ref());
        hex.truncate(FINGERPRINT_CHARS);
        hex
    }

    /// It in a few words, for the record of what was done.
    pub(super) fn in_short(&self) -> String {
        let counts = self.counts();
        let shop = if counts.shop_changed { "shop changed; " } else { "" };
        format!(
            "{shop}categories: {} added, {} changed; products: {} added, {} changed; stock: {} units added",
            counts.categories.added, counts.categories.changed, counts.products.added, counts.products.changed, counts.stock_added
        )
    }
}

impl Changed {
    fn line(&self, what: &str) -> String {
        let mark = if self.is_new { '+' } else { '~' };
        let mut told: Vec<String> = self.parts.iter().map(ToString::to_string).collect();
        if self.stock > 0 {
            told.push(format!("stock +{}", self.stock));
        }
        if self.new_secret {
            told.push("a new webhook secret is made".to_owned());
        }
        format!("{mark} {what} {}: {}", self.id, told.join(", "))
    }
}

fn parts(parts: &[Part]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A value on one line, cut where it is long.
fn short(value: &str) -> String {
    let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= VALUE_CHARS_MAX { line } else { line.chars().take(VALUE_CHARS_MAX - 1).chain(['…']).collect() }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, from, to } = self;
        match (from, to) {
            (None, None) => f.write_str(key),
            (None, Some(to)) => write!(f, "{key} {}", short(to)),
            (Some(from), None) => write!(f, "{key} {} taken away", short(from)),
            (Some(from), Some(to)) => write!(f, "{key} {} → {}", short(from), short(to)),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} added, {} changed, {} as before", self.added, self.changed, self.same)
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "shop        {}", if self.shop_changed { "changed" } else { "as before" })?;
        writeln!(f, "categories  {}", self.categories)?;
        writeln!(f, "products    {}", self.products)?;
        write!(f, "stock       {} units added, {} known before", self.stock_added, self.stock_known)
    }
}

/// Numbers, lines, and what is left alone, as the command line prints it.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.counts())?;
        for line in self.lines() {
            write!(f, "\n  {line}")?;
        }
        if self.categories_left + self.products_left > 0 {
            let (categories, products) = (self.categories_left, self.products_left);
            write!(f, "\nleft alone  categories: {categories}, products: {products}; the file does not name them")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let price = Part::valued("price", Some("10.00 USD".to_owned()), Some("8.00 USD".to_owned()));
        let name = Part::valued("name.ar", None, Some("محرر 👩‍👩‍👧\n".to_owned()));
        let editor = Changed { id: "editor".to_owned(), is_new: false, parts: vec![price, name], stock: 3, new_secret: false };
        let api = Changed { id: "api".to_owned(), is_new: true, parts: vec![Part::named("picture")], stock: 0, new_secret: true };
        Plan { shop: vec![Part::named("coins")], products: vec![editor, api], products_same: 2, products_left: 1, ..Plan::default() }
    }

    #[test]
    fn a_plan_is_told_in_the_words_of_the_file() {
        let lines = plan().lines();
        assert_eq!(lines[0], "~ shop: coins");
        assert_eq!(lines[1], "~ product editor: price 10.00 USD → 8.00 USD, name.ar محرر 👩‍👩‍👧 , stock +3");
        assert_eq!(lines[2], "+ product api: picture, a new webhook secret is made");
        let counts = plan().counts();
        assert_eq!((counts.products, counts.stock_added), (Tally { added: 1, changed: 1, same: 2 }, 3));
        assert!(plan().to_string().ends_with("left alone  categories: 0, products: 1; the file does not name them"));
    }

    #[test]
    fn a_long_value_is_cut_and_every_difference_is_another_plan() {
        assert_eq!(short(&"x".repeat(10_000)).chars().count(), VALUE_CHARS_MAX);
        let mut other = plan();
        assert_eq!(plan().fingerprint(), other.fingerprint());
        other.products[0].stock = 4;
        assert_ne!(plan().fingerprint(), other.fingerprint());
        assert!(Plan::default().is_nothing() && !plan().is_nothing());
    }
}
