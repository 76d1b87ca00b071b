//! Buttons about the catalog as a file. See the room above.

use std::fmt;

use crate::shop::catalog_file::Goods;

/// What such a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogAction {
    /// What can be done with it; a file that is sent next is taken for it.
    Page,
    Export {
        goods: Goods,
    },
    /// Does what was told; `plan` names it.
    Apply {
        plan: String,
    },
    Discard,
}

impl fmt::Display for CatalogAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page => f.write_str("xf"),
            Self::Export { goods: Goods::Inside } => f.write_str("xe:y"),
            Self::Export { goods: Goods::LeftOut } => f.write_str("xe:n"),
            Self::Apply { plan } => write!(f, "xa:{plan}"),
            Self::Discard => f.write_str("xd"),
        }
    }
}

pub(super) fn parse(parts: &[&str]) -> Option<CatalogAction> {
    Some(match parts {
        ["xf"] => CatalogAction::Page,
        ["xe", "y"] => CatalogAction::Export { goods: Goods::Inside },
        ["xe", "n"] => CatalogAction::Export { goods: Goods::LeftOut },
        ["xa", plan] => CatalogAction::Apply { plan: fingerprint(plan)? },
        ["xd"] => CatalogAction::Discard,
        _ => return None,
    })
}

fn fingerprint(text: &str) -> Option<String> {
    let fits = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
pub(super) fn samples() -> Vec<CatalogAction> {
    let export = |goods| CatalogAction::Export { goods };
    vec![
        CatalogAction::Page,
        export(Goods::Inside),
        export(Goods::LeftOut),
        CatalogAction::Apply { plan: "0123456789abcdef".to_owned() },
        CatalogAction::Discard,
    ]
}
