//! Buttons about units of stock: those that are free, taking them out, and who got what. See [`super::action`].

use std::fmt;

use super::action::{UnknownButton, number};
use crate::domain::option::OptionId;
use crate::domain::product::ProductId;

/// What such a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StockAction {
    /// Free units of a product, or of one of its options.
    Units {
        id: ProductId,
        option: Option<OptionId>,
        page: u32,
    },
    /// One of them, and whether it is to be taken out.
    AskTakeOut {
        unit: String,
    },
    TakeOut {
        unit: String,
    },
    AskTakeAll {
        id: ProductId,
        option: Option<OptionId>,
    },
    TakeAll {
        id: ProductId,
        option: Option<OptionId>,
    },
    /// Who got what.
    Sold {
        id: ProductId,
        page: u32,
    },
    FindSold {
        id: ProductId,
    },
}

impl fmt::Display for StockAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |option: &Option<OptionId>| option.as_ref().map_or(String::new(), ToString::to_string);
        match self {
            Self::Units { id, option, page } => write!(f, "sf:{id}:{}:{page}", code(option)),
            Self::AskTakeOut { unit } => write!(f, "su:{unit}"),
            Self::TakeOut { unit } => write!(f, "sx:{unit}"),
            Self::AskTakeAll { id, option } => write!(f, "sa:{id}:{}", code(option)),
            Self::TakeAll { id, option } => write!(f, "sz:{id}:{}", code(option)),
            Self::Sold { id, page } => write!(f, "sg:{id}:{page}"),
            Self::FindSold { id } => write!(f, "sq:{id}"),
        }
    }
}

pub(super) fn parse(parts: &[&str]) -> Option<StockAction> {
    let product = ProductId::parse;
    Some(match parts {
        ["sf", id, opt, page] => StockAction::Units { id: product(id)?, option: option(opt).ok()?, page: number(page)? },
        ["su", id] => StockAction::AskTakeOut { unit: unit(id)? },
        ["sx", id] => StockAction::TakeOut { unit: unit(id)? },
        ["sa", id, opt] => StockAction::AskTakeAll { id: product(id)?, option: option(opt).ok()? },
        ["sz", id, opt] => StockAction::TakeAll { id: product(id)?, option: option(opt).ok()? },
        ["sg", id, page] => StockAction::Sold { id: product(id)?, page: number(page)? },
        ["sq", id] => StockAction::FindSold { id: product(id)? },
        _ => return None,
    })
}

/// An option, or none.
fn option(text: &str) -> Result<Option<OptionId>, UnknownButton> {
    if text.is_empty() { Ok(None) } else { OptionId::parse(text).map(Some).ok_or(UnknownButton) }
}

fn unit(text: &str) -> Option<String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    fits.then(|| text.to_owned())
}

#[cfg(test)]
pub(super) fn samples() -> Vec<StockAction> {
    let id = ProductId::parse(&"p".repeat(24)).unwrap();
    let unit = crate::store::new_id();
    let mut all = vec![
        StockAction::AskTakeOut { unit: unit.clone() },
        StockAction::TakeOut { unit },
        StockAction::Sold { id: id.clone(), page: 99_999 },
        StockAction::FindSold { id: id.clone() },
    ];
    for option in [None, OptionId::parse(&"o".repeat(12))] {
        all.push(StockAction::Units { id: id.clone(), option: option.clone(), page: 99_999 });
        all.push(StockAction::AskTakeAll { id: id.clone(), option: option.clone() });
        all.push(StockAction::TakeAll { id: id.clone(), option });
    }
    all
}
