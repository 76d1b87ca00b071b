//! Buttons of the shop's further settings: its clock, its quiet hours, where notices go, its picture; and of photos that buyers gave. Their tags begin with `j`, and none of them is ever used again for
//! something else.

use std::fmt;

use super::action::{order_id, yes, yes_no};
use crate::domain::order::OrderId;
use crate::domain::quiet::QuietHours;
use crate::domain::zone::Zone;

/// What such a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingAction {
    Zones {
        page: u32,
    },
    SetZone {
        zone: Zone,
    },
    Quiet,
    SetQuiet {
        hours: Option<QuietHours>,
    },
    QuietUrgent {
        on: bool,
    },
    /// Where notices go.
    Notices,
    /// To the private chats again.
    NoticesHome,
    /// What stands above the greeting.
    Picture,
    NoPicture,
    /// A photo that a buyer gave as an answer; `answer`: which of the order's answers, from 0.
    ShowPhoto {
        order: OrderId,
        answer: u32,
    },
}

/// A setting of the shop that its owner types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopField {
    Name,
    Support,
    Greeting,
    Terms,
    Privacy,
}

impl ShopField {
    /// Every setting that is typed.
    pub const ALL: [Self; 5] = [Self::Name, Self::Support, Self::Greeting, Self::Terms, Self::Privacy];

    /// Its name on the wire.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Support => "support",
            Self::Greeting => "greeting",
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }

    /// The setting of this name.
    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.code() == code)
    }
}

impl fmt::Display for SettingAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zones { page } => write!(f, "jl:{page}"),
            Self::SetZone { zone } => match zone.fixed_minutes() {
                Some(minutes) => write!(f, "jf:{minutes}"),
                None => write!(f, "jz:{}", zone.name()),
            },
            Self::Quiet => f.write_str("jq"),
            Self::SetQuiet { hours: None } => f.write_str("jQ:off"),
            Self::SetQuiet { hours: Some(hours) } => {
                let (from, to) = hours.minutes();
                write!(f, "jQ:{from}:{to}")
            }
            Self::Notices => f.write_str("jn"),
            Self::NoticesHome => f.write_str("jN"),
            Self::Picture => f.write_str("jp"),
            Self::NoPicture => f.write_str("jP"),
            Self::ShowPhoto { order, answer } => write!(f, "jv:{order}:{answer}"),
            Self::QuietUrgent { on } => write!(f, "ju:{}", yes_no(*on)),
        }
    }
}

impl SettingAction {
    /// Reads the parts of a button's data; `number` reads a number as we write it.
    pub fn parse(parts: &[&str], number: fn(&str) -> Option<u32>) -> Option<Self> {
        let minute = |text: &str| number(text).map(i64::from);
        Some(match parts {
            ["jl", page] => Self::Zones { page: number(page)? },
            ["jf", minutes] => {
                let offset: i64 = minutes.parse().ok()?;
                Self::SetZone { zone: Zone::fixed(offset).filter(|_| offset.to_string() == **minutes)? }
            }
            ["jz", name] => {
                let zone = Zone::named(name).filter(|zone| zone.name() == **name && zone.fixed_minutes().is_none())?;
                Self::SetZone { zone }
            }
            ["jq"] => Self::Quiet,
            ["jQ", "off"] => Self::SetQuiet { hours: None },
            ["jQ", from, to] => Self::SetQuiet { hours: Some(QuietHours::new(minute(from)?, minute(to)?)?) },
            ["jn"] => Self::Notices,
            ["jN"] => Self::NoticesHome,
            ["jp"] => Self::Picture,
            ["jP"] => Self::NoPicture,
            ["jv", order, answer] => Self::ShowPhoto { order: order_id(order)?, answer: number(answer)? },
            ["ju", on] => Self::QuietUrgent { on: yes(on)? },
            _ => return None,
        })
    }
}

#[cfg(test)]
pub(super) fn samples() -> Vec<SettingAction> {
    let mut all = vec![
        SettingAction::Zones { page: 2 },
        SettingAction::SetZone { zone: Zone::default() },
        SettingAction::SetZone { zone: Zone::fixed(-270).unwrap() },
        SettingAction::Quiet,
        SettingAction::Notices,
        SettingAction::NoticesHome,
        SettingAction::Picture,
        SettingAction::NoPicture,
        SettingAction::ShowPhoto { order: OrderId::from_random([1; 8]), answer: 9 },
        SettingAction::SetQuiet { hours: None },
    ];
    all.extend(crate::domain::zone::LARGE.map(|name| SettingAction::SetZone { zone: Zone::named(name).unwrap() }));
    all.extend(QuietHours::USUAL.map(|hours| SettingAction::SetQuiet { hours: Some(hours) }));
    all.extend([true, false].map(|on| SettingAction::QuietUrgent { on }));
    all
}
