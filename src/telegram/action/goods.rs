//! Buttons about what a product can be: its options, its words in other languages, its place, its categories. See the room above.

pub mod catalog;

use std::fmt;

use self::catalog::CatalogAction;
use super::{coin_code, number};
use crate::domain::coin::Coin;
use crate::domain::option::OptionId;
use crate::domain::product::{CategoryId, ProductId};
use crate::telegram::stock_action::{self, StockAction};

/// What such a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoodsAction {
    // Of the buyer.
    Choice { id: ProductId, option: OptionId, quantity: u32 },
    Buy { id: ProductId, option: OptionId, quantity: u32 },
    QuickBuy { id: ProductId, option: OptionId, quantity: u32, coin: Coin },
    // Of the seller.
    Options { id: ProductId },
    Option { id: ProductId, option: OptionId },
    NewOption { id: ProductId },
    EditOption { id: ProductId, option: OptionId, field: OptionField },
    RemoveOption { id: ProductId, option: OptionId },
    More { id: ProductId },
    Duplicate { id: ProductId },
    MoveProduct { id: ProductId, up: bool },
    Languages { id: ProductId, about: bool },
    Translate { id: ProductId, about: bool, language: String },
    Categories,
    Category { id: CategoryId },
    MoveCategory { id: CategoryId, up: bool },
    DeleteCategory { id: CategoryId },
    NameCategory { id: CategoryId, language: String },
    NewCategory,
    // Units of stock: see that file.
    Stock(StockAction),
    PictureCategory { id: CategoryId },
    // The catalog as a file.
    File(CatalogAction),
}

/// A field of a product that a seller changes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Name,
    Description,
    Price,
    Picture,
    Category,
    Stock,
    Goods,
    QuantityMax,
    QuantityMin,
    Volume,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::Description,
        Self::Price,
        Self::Picture,
        Self::Category,
        Self::Stock,
        Self::Goods,
        Self::QuantityMax,
        Self::QuantityMin,
        Self::Volume,
    ];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "about",
            Self::Price => "price",
            Self::Picture => "picture",
            Self::Category => "category",
            Self::Stock => "stock",
            Self::Goods => "goods",
            Self::QuantityMax => "most",
            Self::QuantityMin => "least",
            Self::Volume => "many",
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.code() == code)
    }
}

/// What is changed about an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionField {
    Name,
    Price,
    Volume,
    Days,
    Stock,
}

impl OptionField {
    /// Every field.
    pub const ALL: [Self; 5] = [Self::Name, Self::Price, Self::Volume, Self::Days, Self::Stock];

    fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Price => "price",
            Self::Volume => "many",
            Self::Days => "days",
            Self::Stock => "stock",
        }
    }
}

impl GoodsAction {
    /// Whether a buyer may tap it.
    pub fn is_of_buyer(&self) -> bool {
        matches!(self, Self::Choice { .. } | Self::Buy { .. } | Self::QuickBuy { .. })
    }
}

impl fmt::Display for GoodsAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Choice { id, option, quantity } => write!(f, "pv:{id}:{option}:{quantity}"),
            Self::Buy { id, option, quantity } => write!(f, "bv:{id}:{option}:{quantity}"),
            Self::QuickBuy { id, option, quantity, coin } => write!(f, "qv:{id}:{option}:{quantity}:{}", coin.code()),
            Self::Options { id } => write!(f, "wo:{id}"),
            Self::Option { id, option } => write!(f, "wp:{id}:{option}"),
            Self::NewOption { id } => write!(f, "wn:{id}"),
            Self::EditOption { id, option, field } => write!(f, "we:{id}:{option}:{}", field.code()),
            Self::RemoveOption { id, option } => write!(f, "wx:{id}:{option}"),
            Self::More { id } => write!(f, "pm:{id}"),
            Self::Duplicate { id } => write!(f, "du:{id}"),
            Self::MoveProduct { id, up } => write!(f, "mv:{id}:{}", way(*up)),
            Self::Languages { id, about } => write!(f, "tl:{id}:{}", words(*about)),
            Self::Translate { id, about, language } => write!(f, "tr:{id}:{}:{language}", words(*about)),
            Self::Categories => f.write_str("cs"),
            Self::Category { id } => write!(f, "cp:{id}"),
            Self::MoveCategory { id, up } => write!(f, "cm:{id}:{}", way(*up)),
            Self::DeleteCategory { id } => write!(f, "cx:{id}"),
            Self::NameCategory { id, language } => write!(f, "ct:{id}:{language}"),
            Self::NewCategory => f.write_str("cn"),
            Self::Stock(action) => action.fmt(f),
            Self::PictureCategory { id } => write!(f, "cq:{id}"),
            Self::File(action) => action.fmt(f),
        }
    }
}

pub(super) fn parse(parts: &[&str]) -> Option<GoodsAction> {
    let product = ProductId::parse;
    let category = CategoryId::parse;
    let option = OptionId::parse;
    Some(match parts {
        ["pv", id, opt, quantity] => GoodsAction::Choice { id: product(id)?, option: option(opt)?, quantity: number(quantity)? },
        ["bv", id, opt, quantity] => GoodsAction::Buy { id: product(id)?, option: option(opt)?, quantity: number(quantity)? },
        ["qv", id, opt, quantity, coin] => {
            GoodsAction::QuickBuy { id: product(id)?, option: option(opt)?, quantity: number(quantity)?, coin: coin_code(coin)? }
        }
        ["wo", id] => GoodsAction::Options { id: product(id)? },
        ["wp", id, opt] => GoodsAction::Option { id: product(id)?, option: option(opt)? },
        ["wn", id] => GoodsAction::NewOption { id: product(id)? },
        ["we", id, opt, field] => {
            let field = OptionField::ALL.into_iter().find(|known| known.code() == *field)?;
            GoodsAction::EditOption { id: product(id)?, option: option(opt)?, field }
        }
        ["wx", id, opt] => GoodsAction::RemoveOption { id: product(id)?, option: option(opt)? },
        ["pm", id] => GoodsAction::More { id: product(id)? },
        ["du", id] => GoodsAction::Duplicate { id: product(id)? },
        ["mv", id, up] => GoodsAction::MoveProduct { id: product(id)?, up: is_up(up)? },
        ["tl", id, about] => GoodsAction::Languages { id: product(id)?, about: is_about(about)? },
        ["tr", id, about, language] => {
            GoodsAction::Translate { id: product(id)?, about: is_about(about)?, language: super::language_code(language)? }
        }
        ["cs"] => GoodsAction::Categories,
        ["cp", id] => GoodsAction::Category { id: category(id)? },
        ["cm", id, up] => GoodsAction::MoveCategory { id: category(id)?, up: is_up(up)? },
        ["cx", id] => GoodsAction::DeleteCategory { id: category(id)? },
        ["ct", id, language] => GoodsAction::NameCategory { id: category(id)?, language: super::language_code(language)? },
        ["cn"] => GoodsAction::NewCategory,
        ["cq", id] => GoodsAction::PictureCategory { id: category(id)? },
        parts => match stock_action::parse(parts) {
            Some(action) => GoodsAction::Stock(action),
            None => GoodsAction::File(catalog::parse(parts)?),
        },
    })
}

fn way(up: bool) -> &'static str {
    if up { "u" } else { "d" }
}

fn is_up(text: &str) -> Option<bool> {
    match text {
        "u" => Some(true),
        "d" => Some(false),
        _ => None,
    }
}

fn words(about: bool) -> &'static str {
    if about { "a" } else { "n" }
}

fn is_about(text: &str) -> Option<bool> {
    match text {
        "a" => Some(true),
        "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
pub(super) fn samples() -> Vec<GoodsAction> {
    let id = ProductId::parse(&"p".repeat(24)).unwrap();
    let option = OptionId::parse(&"o".repeat(12)).unwrap();
    let category = CategoryId::parse(&"c".repeat(24)).unwrap();
    let mut all = vec![
        GoodsAction::Choice { id: id.clone(), option: option.clone(), quantity: 100 },
        GoodsAction::Buy { id: id.clone(), option: option.clone(), quantity: 100 },
        GoodsAction::Options { id: id.clone() },
        GoodsAction::Option { id: id.clone(), option: option.clone() },
        GoodsAction::NewOption { id: id.clone() },
        GoodsAction::RemoveOption { id: id.clone(), option: option.clone() },
        GoodsAction::More { id: id.clone() },
        GoodsAction::Duplicate { id: id.clone() },
        GoodsAction::Categories,
        GoodsAction::Category { id: category.clone() },
        GoodsAction::DeleteCategory { id: category.clone() },
        GoodsAction::NameCategory { id: category.clone(), language: "zh-hans".to_owned() },
        GoodsAction::NewCategory,
        GoodsAction::PictureCategory { id: category.clone() },
    ];
    all.extend(Coin::ALL.iter().map(|coin| GoodsAction::QuickBuy { id: id.clone(), option: option.clone(), quantity: 100, coin: *coin }));
    all.extend(OptionField::ALL.map(|field| GoodsAction::EditOption { id: id.clone(), option: option.clone(), field }));
    all.extend(stock_action::samples().into_iter().map(GoodsAction::Stock));
    all.extend(catalog::samples().into_iter().map(GoodsAction::File));
    for yes in [true, false] {
        all.push(GoodsAction::MoveProduct { id: id.clone(), up: yes });
        all.push(GoodsAction::MoveCategory { id: category.clone(), up: yes });
        all.push(GoodsAction::Languages { id: id.clone(), about: yes });
        all.push(GoodsAction::Translate { id: id.clone(), about: yes, language: "pt-br".to_owned() });
    }
    all
}
