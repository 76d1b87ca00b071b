//! Orders: what was promised, and the few ways in which a promise ends.

use std::fmt;

use crate::domain::customer::CustomerId;
use crate::domain::money::Fiat;
use crate::domain::option::OptionId;
use crate::domain::product::{Kind, ProductId};

/// Orders that one buyer may have waiting for payment at once: an address reserves stock, and stock must not be lockable for free.
pub const OPEN_ORDERS_MAX: i64 = 3;

/// Stands for the invoice of an order that was paid with credit alone; no invoice has this id.
pub const PAID_BY_CREDIT: &str = "credit";

/// Names an order to people and machines: eight characters of Crockford's base 32, without the letters that look like digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderId(String);

impl OrderId {
    /// The alphabet of order ids.
    pub const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// An id from eight random bytes.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        let letter = |byte: u8| Self::ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
        Self(bytes.into_iter().map(letter).collect())
    }

    /// The id in `text`, in any letter case, with or without `#`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('#').to_ascii_uppercase();
        (text.len() == 8 && text.bytes().all(|b| Self::ALPHABET.contains(&b))).then_some(Self(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an order stands. Money and delivery are told apart from it: see [`Charge`] and [`Delivery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Being put together; no address was ever asked for.
    Draft,
    /// Promised: an address was given out, or money came.
    Open,
    /// Paid and served.
    Completed,
    /// Taken back before money came; or paid, not served, and the seller gave the money back.
    Cancelled,
    /// Not paid in time.
    Expired,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// An address is asked for: the first, another coin's, or again after the time was over.
    Offer,
    /// The buyer or the seller takes it back.
    Cancel,
    /// The offer ended and the provider said that nothing came.
    Expire,
    /// Money for it was booked, in time or late.
    Charge,
    /// Everything in it was handed to the buyer.
    Serve,
    /// It is paid and not served, or served with a way in that let nobody in, and the seller has given the money back.
    Refund,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Open, Self::Completed, Self::Cancelled, Self::Expired];

    /// The one table of transitions: the state after `event`, or nothing when the event is refused.
    pub fn after(self, event: OrderEvent) -> Option<Self> {
        use OrderEvent::{Cancel, Charge, Expire, Offer, Refund, Serve};
        match (self, event) {
            (Self::Draft | Self::Open | Self::Expired, Offer) => Some(Self::Open),
            (Self::Draft | Self::Open, Cancel) | (Self::Open | Self::Completed, Refund) => Some(Self::Cancelled),
            (Self::Open, Expire) => Some(Self::Expired),
            // Late money opens what was closed: it is never ignored.
            (Self::Open | Self::Expired | Self::Cancelled, Charge) => Some(Self::Open),
            (Self::Open, Serve) => Some(Self::Completed),
            _ => None,
        }
    }

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// How much of an order's price has come, by the payment facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charge {
    None,
    Partial,
    Full,
    Over,
}

impl Charge {
    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Full => "full",
            Self::Over => "over",
        }
    }

    /// The charge stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::None, Self::Partial, Self::Full, Self::Over].into_iter().find(|charge| charge.code() == code)
    }

    /// Whether the whole price has come.
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Full | Self::Over)
    }
}

/// Where the goods of one line are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Nothing is set aside.
    None,
    /// Stock is set aside while the offer can be paid.
    Reserved,
    /// Paid: the goods are the buyer's and on their way.
    Assigned,
    /// The buyer has them.
    Sent,
    /// Paid, but a person must act: see the case.
    Held,
    /// The seller gave the buyer something for it in another way; the note says how.
    Replaced,
}

impl Delivery {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::None, Self::Reserved, Self::Assigned, Self::Sent, Self::Held, Self::Replaced];

    /// Whether the buyer has what was promised, or what the seller gave for it.
    pub fn is_served(self) -> bool {
        matches!(self, Self::Sent | Self::Replaced)
    }

    /// The name under which it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Reserved => "reserved",
            Self::Assigned => "assigned",
            Self::Sent => "sent",
            Self::Held => "held",
            Self::Replaced => "replaced",
        }
    }

    /// The state stored under `code`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.code() == code)
    }
}

/// What was promised of one product: a snapshot, so that later changes of the product change no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: String,
    pub product: ProductId,
    /// What was chosen of a product with options.
    pub option: Option<OptionId>,
    /// The product's name in the buyer's language when it was ordered, and the option's behind it.
    pub name: String,
    pub kind: Kind,
    pub unit_price: Fiat,
    pub quantity: u32,
    /// For invites: how many days one unit gives; none: for good.
    pub days: Option<u32>,
    /// The buyer's answers: question label and answer.
    pub answers: Vec<(String, String)>,
    pub delivery: Delivery,
    /// How many documents of the line have reached the chat.
    pub documents_sent: u32,
    /// What names the list of which they are; none: not known, or there is none of them.
    pub documents_of: Option<String>,
    /// The message into which the next of them is put.
    pub document_message: Option<i32>,
    /// What the seller wrote at the hand-over.
    pub note: Option<String>,
}

/// A promise to a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub customer: CustomerId,
    pub state: OrderState,
    pub charge: Charge,
    pub total: Fiat,
    /// What of the total its buyer's credit pays; nothing once an unpaid order has ended.
    pub credit: Fiat,
    /// Whether credit is to pay for a part once an address is asked for.
    pub wants_credit: bool,
    /// Unix seconds UTC.
    pub created_at: i64,
    /// Unix seconds UTC of the booking of the whole price.
    pub paid_at: Option<i64>,
    /// The id of the invoice that paid for it, or [`PAID_BY_CREDIT`].
    pub paid_by: Option<String>,
    /// Telegram message id of the payment card, once it is in the chat.
    pub card_message: Option<i32>,
    /// Telegram message id of the message that carries the goods, once it is in the chat.
    pub goods_message: Option<i32>,
    pub lines: Vec<Line>,
}

/// The six words in which people are told where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    Waiting,
    Seen,
    Paid,
    Delivering,
    Delivered,
    NeedsYou,
    /// Closed without goods: taken back.
    Cancelled,
    /// Closed without goods: not paid in time.
    Expired,
}

impl Order {
    /// Whether its goods are the buyer's: the whole price has come, and was not given back.
    pub fn is_owed(&self) -> bool {
        self.charge.is_paid() && self.state != OrderState::Cancelled
    }

    /// How many questions its buyer has answered.
    pub fn answers_given(&self) -> u32 {
        u32::try_from(self.lines.iter().map(|line| line.answers.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// The word for where it stands.
    pub fn standing(&self) -> Standing {
        match (self.state, self.charge) {
            (OrderState::Completed, _) => Standing::Delivered,
            (OrderState::Cancelled, Charge::Full | Charge::Over) => Standing::Cancelled,
            (_, Charge::Full | Charge::Over) if self.lines.iter().any(|line| line.delivery == Delivery::Held) => Standing::NeedsYou,
            (_, Charge::Full | Charge::Over) if self.lines.iter().all(|line| line.delivery.is_served()) => Standing::Delivered,
            (_, Charge::Full | Charge::Over) if self.lines.iter().any(|line| line.kind == Kind::Manual) => Standing::Paid,
            (_, Charge::Full | Charge::Over) => Standing::Delivering,
            (OrderState::Cancelled, _) => Standing::Cancelled,
            (OrderState::Expired, _) => Standing::Expired,
            (OrderState::Draft | OrderState::Open, Charge::Partial) => Standing::Seen,
            (OrderState::Draft | OrderState::Open, Charge::None) => Standing::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_transitions_are_legal() {
        use OrderEvent::{Cancel, Charge, Expire, Offer, Refund, Serve};
        use OrderState::{Cancelled, Completed, Draft, Expired, Open};
        let legal = [
            (Draft, Offer, Open),
            (Open, Offer, Open),
            (Expired, Offer, Open),
            (Draft, Cancel, Cancelled),
            (Open, Cancel, Cancelled),
            (Open, Expire, Expired),
            (Open, Charge, Open),
            (Expired, Charge, Open),
            (Cancelled, Charge, Open),
            (Open, Serve, Completed),
            (Open, Refund, Cancelled),
            (Completed, Refund, Cancelled),
        ];
        for state in OrderState::ALL {
            for event in [Offer, Cancel, Expire, Charge, Serve, Refund] {
                let expected = legal.iter().find(|(from, by, _)| (*from, *by) == (state, event)).map(|(_, _, to)| *to);
                assert_eq!(state.after(event), expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn order_ids_survive_being_typed() {
        let id = OrderId::from_random([0, 31, 32, 255, 7, 8, 9, 10]);
        assert_eq!(OrderId::parse(&format!(" #{} ", id.as_str().to_lowercase())), Some(id));
        assert_eq!(OrderId::parse("ILOU0000"), None);
        assert_eq!(OrderId::parse("'; drop"), None);
    }

    #[test]
    fn stored_codes_round_trip() {
        assert!(OrderState::ALL.into_iter().all(|state| OrderState::parse(state.code()) == Some(state)));
        assert!(Delivery::ALL.into_iter().all(|state| Delivery::parse(state.code()) == Some(state)));
    }

    #[test]
    fn an_order_id_is_eight_letters_of_the_alphabet() {
        assert_eq!(OrderId::from_random([0, 31, 32, 255, 7, 8, 9, 10]).to_string(), "0Z0Z789A");
        assert_eq!(OrderId::parse("0Z0Z789"), None);
        assert_eq!(OrderId::parse("0Z0Z789AA"), None);
    }

    #[test]
    fn the_price_has_come_when_all_or_more_of_it_has() {
        for (charge, paid) in [(Charge::None, false), (Charge::Partial, false), (Charge::Full, true), (Charge::Over, true)] {
            assert_eq!(Charge::parse(charge.code()), Some(charge));
            assert_eq!(charge.is_paid(), paid, "{charge:?}");
        }
        assert_eq!((Charge::parse("half"), OrderState::parse("lost"), Delivery::parse("lost")), (None, None, None));
    }

    /// An order with a line for each of these.
    fn order(state: OrderState, charge: Charge, lines: &[(Kind, Delivery)]) -> Order {
        let price = Fiat::new(100, crate::domain::money::Currency::Usd);
        let line = |(at, (kind, delivery)): (usize, &(Kind, Delivery))| Line {
            id: at.to_string(),
            product: ProductId::parse("thing").unwrap(),
            name: "Thing".to_owned(),
            kind: *kind,
            unit_price: price,
            quantity: 1,
            answers: vec![("Where to?".to_owned(), "Here".to_owned()); at],
            delivery: *delivery,
            option: None,
            days: None,
            documents_sent: 0,
            documents_of: None,
            document_message: None,
            note: None,
        };
        Order {
            id: OrderId::parse("ABCDEFGH").unwrap(),
            customer: CustomerId(7),
            state,
            charge,
            total: price,
            credit: price,
            wants_credit: false,
            created_at: 0,
            paid_at: None,
            paid_by: None,
            card_message: None,
            goods_message: None,
            lines: lines.iter().enumerate().map(line).collect(),
        }
    }

    #[test]
    fn goods_are_owed_for_money_that_was_not_given_back() {
        for state in OrderState::ALL {
            for charge in [Charge::None, Charge::Partial, Charge::Full, Charge::Over] {
                let owed = charge.is_paid() && state != OrderState::Cancelled;
                assert_eq!(order(state, charge, &[]).is_owed(), owed, "{state:?} {charge:?}");
            }
        }
    }

    #[test]
    fn the_answers_of_all_lines_are_counted() {
        let line = (Kind::Manual, Delivery::None);
        assert_eq!(order(OrderState::Draft, Charge::None, &[line]).answers_given(), 0);
        assert_eq!(order(OrderState::Draft, Charge::None, &[line; 3]).answers_given(), 3, "none, one and two");
    }

    #[test]
    fn people_are_told_where_an_order_stands() {
        use Charge::{Full, Over, Partial};
        use Delivery::{Assigned, Held, Reserved, Sent};
        use Kind::{File, Keys, Manual};
        use OrderState::{Cancelled, Completed, Draft, Expired, Open};
        let waiting = [(Keys, Reserved)];
        for (state, charge, lines, expected) in [
            (Draft, Charge::None, &waiting[..], Standing::Waiting),
            (Open, Charge::None, &waiting, Standing::Waiting),
            (Open, Partial, &waiting, Standing::Seen),
            (Draft, Partial, &waiting, Standing::Seen),
            (Cancelled, Charge::None, &waiting, Standing::Cancelled),
            (Cancelled, Partial, &waiting, Standing::Cancelled),
            (Expired, Charge::None, &waiting, Standing::Expired),
            (Expired, Partial, &waiting, Standing::Expired),
            (Open, Full, &[(Keys, Assigned)], Standing::Delivering),
            (Open, Over, &[(Keys, Assigned), (File, Sent)], Standing::Delivering),
            (Open, Full, &[(Keys, Sent), (File, Sent)], Standing::Delivered),
            (Open, Full, &[(Keys, Sent), (Manual, Assigned)], Standing::Paid),
            (Open, Full, &[(Manual, Sent)], Standing::Delivered),
            (Open, Over, &[(Keys, Held), (Manual, Assigned)], Standing::NeedsYou),
            (Open, Full, &[(Keys, Held), (Keys, Sent)], Standing::NeedsYou),
            (Completed, Full, &[(Keys, Sent)], Standing::Delivered),
            (Completed, Over, &[(Manual, Sent)], Standing::Delivered),
            (Cancelled, Full, &[(Keys, Held)], Standing::Cancelled),
            (Cancelled, Over, &[(Keys, Sent)], Standing::Cancelled),
        ] {
            assert_eq!(order(state, charge, lines).standing(), expected, "{state:?} {charge:?} {lines:?}");
        }
    }
}
