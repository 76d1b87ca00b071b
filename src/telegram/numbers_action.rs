//! Buttons of what the seller learns and gets out of the shop: orders by how they stand, statistics, files, broadcasts. Their tags begin
//! with `n`, and none of them is ever used again for something else.

use std::fmt;

use crate::domain::order::OrderId;
use crate::domain::product::ProductId;
use crate::domain::zone::OFFSET_MINUTES;
use crate::shop::export::{Format, What};
use crate::shop::statistics::Span;
use crate::store::{Audience, BroadcastState, OrderList};

/// What such a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Numbers {
    // Orders.
    Orders {
        list: OrderList,
        page: u32,
    },
    Find,
    AskCancelOrder {
        id: OrderId,
    },
    CancelOrder {
        id: OrderId,
    },
    WriteToBuyer {
        id: OrderId,
    },
    // Statistics.
    Stats {
        view: View,
        span: Span,
    },
    Summary,
    SummaryHour {
        hour: Option<i64>,
    },
    ShopTime {
        offset_minutes: i64,
    },
    // Files.
    Exports,
    Export {
        what: What,
        format: Format,
    },
    // Broadcasts.
    Broadcasts,
    NewBroadcast,
    Broadcast {
        id: String,
    },
    Draft {
        id: String,
        part: DraftPart,
    },
    DraftButton {
        id: String,
        product: Option<ProductId>,
    },
    DraftAudience {
        id: String,
        audience: Audience,
    },
    /// Which products the button or the audience may be about.
    DraftProducts {
        id: String,
        for_button: bool,
        page: u32,
    },
    Steer {
        id: String,
        to: BroadcastState,
    },
}

/// What a picture of figures shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    Days,
    Products,
    Coins,
    Cards,
}

/// What is done with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DraftPart {
    Text,
    Picture,
    NoPicture,
    Audience,
    Languages,
    Preview,
    AskSend,
    Send,
    Drop,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 4] = [Self::Days, Self::Products, Self::Coins, Self::Cards];

    fn code(self) -> &'static str {
        match self {
            Self::Days => "d",
            Self::Products => "p",
            Self::Coins => "c",
            Self::Cards => "k",
        }
    }
}

impl DraftPart {
    /// Everything that can be done with a draft.
    pub const ALL: [Self; 9] =
        [Self::Text, Self::Picture, Self::NoPicture, Self::Audience, Self::Languages, Self::Preview, Self::AskSend, Self::Send, Self::Drop];

    fn code(self) -> &'static str {
        match self {
            Self::Text => "t",
            Self::Picture => "p",
            Self::NoPicture => "n",
            Self::Audience => "a",
            Self::Languages => "l",
            Self::Preview => "v",
            Self::AskSend => "s",
            Self::Send => "S",
            Self::Drop => "x",
        }
    }
}

fn span_code(span: Span) -> &'static str {
    match span {
        Span::Today => "t",
        Span::Week => "w",
        Span::Month => "m",
        Span::Quarter => "q",
    }
}

/// The states to which a broadcast is steered.
const STEERED: [(BroadcastState, &str); 3] =
    [(BroadcastState::Running, "r"), (BroadcastState::Paused, "p"), (BroadcastState::Cancelled, "x")];

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orders { list, page } => write!(f, "nl:{}:{page}", list.code()),
            Self::Find => f.write_str("nf"),
            Self::AskCancelOrder { id } => write!(f, "nx:{id}"),
            Self::CancelOrder { id } => write!(f, "nX:{id}"),
            Self::WriteToBuyer { id } => write!(f, "nm:{id}"),
            Self::Stats { view, span } => write!(f, "ns:{}:{}", view.code(), span_code(*span)),
            Self::Summary => f.write_str("nd"),
            Self::SummaryHour { hour: Some(hour) } => write!(f, "nh:{hour}"),
            Self::SummaryHour { hour: None } => f.write_str("nh:off"),
            Self::ShopTime { offset_minutes } => write!(f, "nz:{offset_minutes}"),
            Self::Exports => f.write_str("ne"),
            Self::Export { what, format } => write!(f, "nE:{}:{}", what.code(), format.code()),
            Self::Broadcasts => f.write_str("nb"),
            Self::NewBroadcast => f.write_str("nN"),
            Self::Broadcast { id } => write!(f, "nB:{id}"),
            Self::Draft { id, part } => write!(f, "nD:{id}:{}", part.code()),
            Self::DraftButton { id, product: Some(product) } => write!(f, "nk:{id}:{product}"),
            Self::DraftButton { id, product: None } => write!(f, "nK:{id}"),
            Self::DraftAudience { id, audience } => write!(f, "na:{id}:{}", audience.code()),
            Self::DraftProducts { id, for_button, page } => write!(f, "np:{id}:{}:{page}", if *for_button { "k" } else { "a" }),
            Self::Steer { id, to } => {
                let code = STEERED.iter().find(|(state, _)| state == to).map_or("x", |(_, code)| code);
                write!(f, "nS:{id}:{code}")
            }
        }
    }
}

impl Numbers {
    /// Reads the parts of a button's data; `number` reads a number as we write it.
    pub fn parse(parts: &[&str], number: fn(&str) -> Option<u32>) -> Option<Self> {
        Some(match parts {
            ["nl", list, page] => Self::Orders { list: OrderList::parse(list)?, page: number(page)? },
            ["nf"] => Self::Find,
            ["nx", id] => Self::AskCancelOrder { id: order(id)? },
            ["nX", id] => Self::CancelOrder { id: order(id)? },
            ["nm", id] => Self::WriteToBuyer { id: order(id)? },
            ["ns", view, span] => Self::Stats {
                view: View::ALL.into_iter().find(|known| known.code() == *view)?,
                span: Span::ALL.into_iter().find(|known| span_code(*known) == *span)?,
            },
            ["nd"] => Self::Summary,
            ["nh", "off"] => Self::SummaryHour { hour: None },
            ["nh", hour] => Self::SummaryHour { hour: Some(i64::from(number(hour).filter(|hour| *hour < 24)?)) },
            ["nz", minutes] => {
                let offset_minutes: i64 = minutes.parse().ok()?;
                (OFFSET_MINUTES.contains(&offset_minutes) && offset_minutes.to_string() == **minutes)
                    .then_some(Self::ShopTime { offset_minutes })?
            }
            ["ne"] => Self::Exports,
            ["nE", what, format] => Self::Export { what: What::parse(what)?, format: Format::parse(format)? },
            ["nb"] => Self::Broadcasts,
            ["nN"] => Self::NewBroadcast,
            ["nB", id] => Self::Broadcast { id: broadcast(id)? },
            ["nD", id, part] => Self::Draft { id: broadcast(id)?, part: DraftPart::ALL.into_iter().find(|known| known.code() == *part)? },
            ["nk", id, product] => Self::DraftButton { id: broadcast(id)?, product: Some(ProductId::parse(product)?) },
            ["nK", id] => Self::DraftButton { id: broadcast(id)?, product: None },
            ["na", id, audience] => Self::DraftAudience { id: broadcast(id)?, audience: Audience::parse(audience)? },
            ["np", id, which @ ("k" | "a"), page] => {
                Self::DraftProducts { id: broadcast(id)?, for_button: *which == "k", page: number(page)? }
            }
            ["nS", id, to] => Self::Steer { id: broadcast(id)?, to: STEERED.iter().find(|(_, code)| code == to)?.0 },
            _ => return None,
        })
    }
}

/// An order id exactly as we write it.
fn order(text: &str) -> Option<OrderId> {
    OrderId::parse(text).filter(|id| id.as_str() == text)
}

fn broadcast(text: &str) -> Option<String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    fits.then(|| text.to_owned())
}

#[cfg(test)]
pub(super) fn samples() -> Vec<Numbers> {
    let id = crate::store::new_id;
    let (order, product) = (OrderId::from_random([1; 8]), ProductId::parse(&"p".repeat(24)).unwrap());
    let mut all = vec![
        Numbers::Find,
        Numbers::AskCancelOrder { id: order.clone() },
        Numbers::CancelOrder { id: order.clone() },
        Numbers::WriteToBuyer { id: order },
        Numbers::Summary,
        Numbers::SummaryHour { hour: Some(0) },
        Numbers::SummaryHour { hour: Some(23) },
        Numbers::SummaryHour { hour: None },
        Numbers::ShopTime { offset_minutes: -720 },
        Numbers::ShopTime { offset_minutes: 345 },
        Numbers::Exports,
        Numbers::Broadcasts,
        Numbers::NewBroadcast,
        Numbers::Broadcast { id: id() },
        Numbers::DraftButton { id: id(), product: Some(product.clone()) },
        Numbers::DraftButton { id: id(), product: None },
        Numbers::DraftAudience { id: id(), audience: Audience::Buyers(product) },
        Numbers::DraftAudience { id: id(), audience: Audience::Language("pt-br".to_owned()) },
        Numbers::DraftAudience { id: id(), audience: Audience::Inactive(90) },
        Numbers::DraftProducts { id: id(), for_button: true, page: 3 },
        Numbers::DraftProducts { id: id(), for_button: false, page: 0 },
    ];
    all.extend(OrderList::ALL.map(|list| Numbers::Orders { list, page: 7 }));
    all.extend(View::ALL.into_iter().flat_map(|view| Span::ALL.map(|span| Numbers::Stats { view, span })));
    all.extend(What::ALL.into_iter().flat_map(|what| Format::ALL.map(|format| Numbers::Export { what, format })));
    all.extend(DraftPart::ALL.map(|part| Numbers::Draft { id: id(), part }));
    all.extend(STEERED.map(|(to, _)| Numbers::Steer { id: id(), to }));
    all
}
