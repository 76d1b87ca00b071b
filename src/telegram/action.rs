//! What a button does: typed here, at most 64 bytes on the wire (Bot API: `callback_data`). Buttons outlive releases, so a tag is never
//! used again for something else. The data is a hint only: rights, prices and owners are read again when it comes back.

pub mod goods;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::goods::Field;
use self::goods::GoodsAction;
use super::numbers_action::Numbers;
use super::people_action::{self, PeopleAction};
use super::setting_action::SettingAction;
pub use super::setting_action::ShopField;
use crate::domain::coin::Coin;
use crate::domain::money::Currency;
use crate::domain::order::OrderId;
use crate::domain::policy::Rule;
use crate::domain::product::{CategoryId, Kind, ProductId, ProductState};

/// Everything a button can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Action {
    // Looking around.
    Front,
    Shelf { category: CategoryId, page: u32 },
    Loose { page: u32 },
    Product { id: ProductId, quantity: u32 },
    // Buying.
    Buy { id: ProductId, quantity: u32 },
    QuickBuy { id: ProductId, quantity: u32, coin: Coin },
    Choose { question: u32, index: u32 },
    PickAsset { order: OrderId },
    PickNetwork { order: OrderId, asset: String },
    PickCoin { order: OrderId, coin: Coin },
    Card { order: OrderId },
    Check { order: OrderId },
    AskCancel { order: OrderId },
    Cancel { order: OrderId },
    // Afterwards.
    Orders { page: u32 },
    Order { id: OrderId },
    Resend { id: OrderId },
    Page(Page),
    Language { code: String },
    // A form.
    FormBack,
    FormSkip,
    FormCancel,
    // The seller.
    Panel,
    SellerProducts { page: u32 },
    SellerProduct { id: ProductId },
    Edit { id: ProductId, field: Field },
    SetState { id: ProductId, state: ProductState },
    SetCategory { id: ProductId, category: CategoryId },
    NewProduct,
    NewProductKind { kind: Kind },
    SellerOrders { waiting: bool, page: u32 },
    SellerOrder { id: OrderId },
    HandOver { id: OrderId },
    ServeHeld { id: OrderId },
    DeliverAgain { id: OrderId },
    Recheck { id: OrderId },
    Cases,
    CloseCase { case: String },
    // A form of the seller.
    PickCategory { category: CategoryId },
    PickQuestion { asked: Asked },
    FormNew,
    FormDone,
    FormClear,
    Publish { on_sale: bool },
    // The seller, once more.
    AskArchive { id: ProductId },
    Case { case: String },
    Settings,
    EditShop { field: ShopField },
    Coins { page: u32 },
    SetCoin { coin: Coin, on: bool, page: u32 },
    Extend { id: OrderId },
    CoinOrder,
    CoinFirst { coin: Coin },
    Policy,
    SetPolicy { rule: Rule },
    Currencies,
    SetCurrency { currency: Currency },
    // Buying with credit.
    PayWithCredit { order: OrderId },
    UseCredit { order: OrderId, on: bool },
    // Solving a case.
    CreditBuyer { case: String },
    CreditWhole { case: String },
    RecordRefund { case: String },
    // Customers, staff, what was done: see that file.
    People(PeopleAction),
    // Goods from outside. 0 days: for good.
    InviteDays { days: u32 },
    // What a product can be.
    Goods(GoodsAction),
    // What the seller learns and gets out of the shop.
    Numbers(Numbers),
    // Further settings of the shop.
    Setting(SettingAction),
}

/// What the buyer of something that is handed over by hand is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asked {
    Address,
    Phone,
    Photo,
    /// Something in the seller's own words.
    Own,
    Nothing,
}

/// A page of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    Help,
    Support,
    Terms,
    Privacy,
    PaySupport,
    Balance,
    Language,
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 7] = [Self::Help, Self::Support, Self::Terms, Self::Privacy, Self::PaySupport, Self::Balance, Self::Language];

    /// Its name on the wire, and as a command.
    pub fn code(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Support => "support",
            Self::Terms => "terms",
            Self::Privacy => "privacy",
            Self::PaySupport => "paysupport",
            Self::Balance => "balance",
            Self::Language => "language",
        }
    }

    /// The page of this name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.code() == code)
    }
}

impl Asked {
    /// Everything that can be asked.
    pub const ALL: [Self; 5] = [Self::Address, Self::Phone, Self::Photo, Self::Own, Self::Nothing];

    fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Photo => "photo",
            Self::Own => "own",
            Self::Nothing => "nothing",
        }
    }

    fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|asked| asked.code() == code)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Front => f.write_str("h"),
            Self::Shelf { category, page } => write!(f, "c:{category}:{page}"),
            Self::Loose { page } => write!(f, "cl:{page}"),
            Self::Product { id, quantity } => write!(f, "p:{id}:{quantity}"),
            Self::Buy { id, quantity } => write!(f, "b:{id}:{quantity}"),
            Self::QuickBuy { id, quantity, coin } => write!(f, "q:{id}:{quantity}:{}", coin.code()),
            Self::Choose { question, index } => write!(f, "y:{question}:{index}"),
            Self::PickAsset { order } => write!(f, "a:{order}"),
            Self::PickNetwork { order, asset } => write!(f, "n:{order}:{asset}"),
            Self::PickCoin { order, coin } => write!(f, "k:{order}:{}", coin.code()),
            Self::Card { order } => write!(f, "d:{order}"),
            Self::Check { order } => write!(f, "i:{order}"),
            Self::AskCancel { order } => write!(f, "x:{order}"),
            Self::Cancel { order } => write!(f, "X:{order}"),
            Self::Orders { page } => write!(f, "o:{page}"),
            Self::Order { id } => write!(f, "O:{id}"),
            Self::Resend { id } => write!(f, "g:{id}"),
            Self::Page(page) => write!(f, "w:{}", page.code()),
            Self::Language { code } => write!(f, "l:{code}"),
            Self::FormBack => f.write_str("fb"),
            Self::FormSkip => f.write_str("fs"),
            Self::FormCancel => f.write_str("fc"),
            Self::Panel => f.write_str("A"),
            Self::SellerProducts { page } => write!(f, "P:{page}"),
            Self::SellerProduct { id } => write!(f, "E:{id}"),
            Self::Edit { id, field } => write!(f, "F:{id}:{}", field.code()),
            Self::SetState { id, state } => write!(f, "S:{id}:{}", state.code()),
            Self::SetCategory { id, category } => write!(f, "G:{id}:{category}"),
            Self::NewProduct => f.write_str("N"),
            Self::NewProductKind { kind } => write!(f, "K:{}", kind.code()),
            Self::SellerOrders { waiting, page } => write!(f, "L:{}:{page}", if *waiting { "w" } else { "a" }),
            Self::SellerOrder { id } => write!(f, "M:{id}"),
            Self::HandOver { id } => write!(f, "H:{id}"),
            Self::ServeHeld { id } => write!(f, "V:{id}"),
            Self::DeliverAgain { id } => write!(f, "D:{id}"),
            Self::Recheck { id } => write!(f, "R:{id}"),
            Self::Cases => f.write_str("Z"),
            Self::CloseCase { case } => write!(f, "z:{case}"),
            Self::PickCategory { category } => write!(f, "fk:{category}"),
            Self::PickQuestion { asked } => write!(f, "fq:{}", asked.code()),
            Self::FormNew => f.write_str("fn"),
            Self::FormDone => f.write_str("fd"),
            Self::FormClear => f.write_str("fx"),
            Self::Publish { on_sale } => write!(f, "fo:{}", yes_no(*on_sale)),
            Self::AskArchive { id } => write!(f, "Q:{id}"),
            Self::Case { case } => write!(f, "Y:{case}"),
            Self::Settings => f.write_str("T"),
            Self::EditShop { field } => write!(f, "t:{}", field.code()),
            Self::Coins { page } => write!(f, "U:{page}"),
            Self::SetCoin { coin, on, page } => write!(f, "u:{}:{}:{page}", coin.code(), yes_no(*on)),
            Self::Extend { id } => write!(f, "rx:{id}"),
            Self::CoinOrder => f.write_str("to"),
            Self::CoinFirst { coin } => write!(f, "tf:{}", coin.code()),
            Self::Policy => f.write_str("tp"),
            Self::SetPolicy { rule } => write!(f, "ty:{}", rule.code()),
            Self::Currencies => f.write_str("tq"),
            Self::SetCurrency { currency } => write!(f, "tu:{}", currency.code()),
            Self::CreditBuyer { case } => write!(f, "yc:{case}"),
            Self::CreditWhole { case } => write!(f, "yw:{case}"),
            Self::RecordRefund { case } => write!(f, "yr:{case}"),
            Self::InviteDays { days } => write!(f, "fi:{days}"),
            Self::Goods(goods) => goods.fmt(f),
            Self::PayWithCredit { order } => write!(f, "kc:{order}"),
            Self::UseCredit { order, on } => write!(f, "ku:{order}:{}", yes_no(*on)),
            Self::People(action) => action.fmt(f),
            Self::Numbers(numbers) => numbers.fmt(f),
            Self::Setting(setting) => setting.fmt(f),
        }
    }
}

/// The button is not ours, or of a release that meant something else by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no button of ours")]
pub struct UnknownButton;

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.to_string()
    }
}

impl TryFrom<String> for Action {
    type Error = UnknownButton;

    fn try_from(data: String) -> Result<Self, UnknownButton> {
        data.parse()
    }
}

impl FromStr for Action {
    type Err = UnknownButton;

    fn from_str(data: &str) -> Result<Self, UnknownButton> {
        parse(data).ok_or(UnknownButton)
    }
}

fn parse(data: &str) -> Option<Action> {
    if data.len() > DATA_BYTES_MAX {
        return None;
    }
    let parts: Vec<&str> = data.split(':').collect();
    Some(match parts.as_slice() {
        ["h"] => Action::Front,
        ["c", category, page] => Action::Shelf { category: CategoryId::parse(category)?, page: number(page)? },
        ["cl", page] => Action::Loose { page: number(page)? },
        ["p", id, quantity] => Action::Product { id: ProductId::parse(id)?, quantity: number(quantity)? },
        ["b", id, quantity] => Action::Buy { id: ProductId::parse(id)?, quantity: number(quantity)? },
        ["q", id, quantity, coin] => Action::QuickBuy { id: ProductId::parse(id)?, quantity: number(quantity)?, coin: coin_code(coin)? },
        ["y", question, index] => Action::Choose { question: number(question)?, index: number(index)? },
        ["a", order] => Action::PickAsset { order: order_id(order)? },
        ["n", order, asset] => Action::PickNetwork { order: order_id(order)?, asset: asset_code(asset)? },
        ["k", order, coin] => Action::PickCoin { order: order_id(order)?, coin: coin_code(coin)? },
        ["d", order] => Action::Card { order: order_id(order)? },
        ["i", order] => Action::Check { order: order_id(order)? },
        ["x", order] => Action::AskCancel { order: order_id(order)? },
        ["X", order] => Action::Cancel { order: order_id(order)? },
        ["o", page] => Action::Orders { page: number(page)? },
        ["O", id] => Action::Order { id: order_id(id)? },
        ["g", id] => Action::Resend { id: order_id(id)? },
        ["w", page] => Action::Page(Page::parse(page)?),
        ["l", code] => Action::Language { code: language_code(code)? },
        ["fb"] => Action::FormBack,
        ["fs"] => Action::FormSkip,
        ["fc"] => Action::FormCancel,
        ["A"] => Action::Panel,
        ["P", page] => Action::SellerProducts { page: number(page)? },
        ["E", id] => Action::SellerProduct { id: ProductId::parse(id)? },
        ["F", id, field] => Action::Edit { id: ProductId::parse(id)?, field: Field::parse(field)? },
        ["S", id, state] => Action::SetState { id: ProductId::parse(id)?, state: ProductState::parse(state)? },
        ["G", id, category] => Action::SetCategory { id: ProductId::parse(id)?, category: CategoryId::parse(category)? },
        ["N"] => Action::NewProduct,
        ["K", kind] => Action::NewProductKind { kind: Kind::parse(kind)? },
        ["L", which @ ("w" | "a"), page] => Action::SellerOrders { waiting: *which == "w", page: number(page)? },
        ["M", id] => Action::SellerOrder { id: order_id(id)? },
        ["H", id] => Action::HandOver { id: order_id(id)? },
        ["V", id] => Action::ServeHeld { id: order_id(id)? },
        ["D", id] => Action::DeliverAgain { id: order_id(id)? },
        ["R", id] => Action::Recheck { id: order_id(id)? },
        ["Z"] => Action::Cases,
        ["z", case] => Action::CloseCase { case: case_id(case)? },
        ["fk", category] => Action::PickCategory { category: CategoryId::parse(category)? },
        ["fq", asked] => Action::PickQuestion { asked: Asked::parse(asked)? },
        ["fn"] => Action::FormNew,
        ["fd"] => Action::FormDone,
        ["fx"] => Action::FormClear,
        ["fo", on_sale] => Action::Publish { on_sale: yes(on_sale)? },
        ["Q", id] => Action::AskArchive { id: ProductId::parse(id)? },
        ["Y", case] => Action::Case { case: case_id(case)? },
        ["T"] => Action::Settings,
        ["t", field] => Action::EditShop { field: ShopField::parse(field)? },
        ["U", page] => Action::Coins { page: number(page)? },
        ["u", coin, on, page] => Action::SetCoin { coin: coin_code(coin)?, on: yes(on)?, page: number(page)? },
        ["rx", id] => Action::Extend { id: order_id(id)? },
        ["to"] => Action::CoinOrder,
        ["tf", coin] => Action::CoinFirst { coin: coin_code(coin)? },
        ["tp"] => Action::Policy,
        ["ty", rule] => Action::SetPolicy { rule: Rule::parse(rule)? },
        ["tq"] => Action::Currencies,
        ["tu", code] => Action::SetCurrency { currency: Currency::parse(code).filter(|currency| currency.code() == *code)? },
        ["yc", case] => Action::CreditBuyer { case: case_id(case)? },
        ["yw", case] => Action::CreditWhole { case: case_id(case)? },
        ["yr", case] => Action::RecordRefund { case: case_id(case)? },
        ["fi", days] => Action::InviteDays { days: number(days)? },
        ["kc", order] => Action::PayWithCredit { order: order_id(order)? },
        ["ku", order, on] => Action::UseCredit { order: order_id(order)?, on: yes(on)? },
        parts => people_action::parse(parts)
            .map(Action::People)
            .or_else(|| goods::parse(parts).map(Action::Goods))
            .or_else(|| Numbers::parse(parts, number).map(Action::Numbers))
            .or_else(|| SettingAction::parse(parts, number).map(Action::Setting))?,
    })
}

/// Bot API: `callback_data` is 1 to 64 bytes.
pub const DATA_BYTES_MAX: usize = 64;
/// No list has more pages, no order more units.
const NUMBER_MAX: u32 = 99_999;

/// A number as we write it: no sign, no leading zero.
pub(super) fn number(text: &str) -> Option<u32> {
    let value: u32 = text.parse().ok()?;
    (value <= NUMBER_MAX && value.to_string() == text).then_some(value)
}

/// An order id exactly as we write it; what people type is read by [`OrderId::parse`].
pub(super) fn order_id(text: &str) -> Option<OrderId> {
    OrderId::parse(text).filter(|id| id.as_str() == text)
}

pub(super) fn yes_no(yes: bool) -> &'static str {
    if yes { "y" } else { "n" }
}

pub(super) fn yes(text: &str) -> Option<bool> {
    match text {
        "y" => Some(true),
        "n" => Some(false),
        _ => None,
    }
}

/// A coin's code exactly as we write it.
fn coin_code(text: &str) -> Option<Coin> {
    Coin::parse(text).filter(|coin| coin.code() == text)
}

fn asset_code(text: &str) -> Option<String> {
    Coin::ALL.iter().any(|coin| coin.asset() == text).then(|| text.to_owned())
}

fn language_code(text: &str) -> Option<String> {
    let fits = (2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    fits.then(|| text.to_owned())
}

fn case_id(text: &str) -> Option<String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    fits.then(|| text.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every button, with what is longest in it.
    pub(in crate::telegram) fn actions() -> Vec<Action> {
        let product = ProductId::parse(&"p".repeat(24)).unwrap();
        let category = CategoryId::parse(&"c".repeat(24)).unwrap();
        let order = OrderId::from_random([1; 8]);
        let coin = Coin::parse("PYUSD_ERC20").unwrap();
        let mut all = vec![
            Action::Front,
            Action::Shelf { category: category.clone(), page: 99_999 },
            Action::Loose { page: 99_999 },
            Action::Product { id: product.clone(), quantity: 100 },
            Action::Buy { id: product.clone(), quantity: 100 },
            Action::QuickBuy { id: product.clone(), quantity: 100, coin },
            Action::Choose { question: 1, index: 3 },
            Action::PickAsset { order: order.clone() },
            Action::PickNetwork { order: order.clone(), asset: "USDT".to_owned() },
            Action::PickCoin { order: order.clone(), coin },
            Action::Card { order: order.clone() },
            Action::Check { order: order.clone() },
            Action::AskCancel { order: order.clone() },
            Action::Cancel { order: order.clone() },
            Action::Orders { page: 0 },
            Action::Order { id: order.clone() },
            Action::Resend { id: order.clone() },
            Action::Language { code: "pt-br".to_owned() },
            Action::FormBack,
            Action::FormSkip,
            Action::FormCancel,
            Action::Panel,
            Action::SellerProducts { page: 7 },
            Action::SellerProduct { id: product.clone() },
            Action::SetCategory { id: product.clone(), category },
            Action::NewProduct,
            Action::SellerOrders { waiting: true, page: 0 },
            Action::SellerOrders { waiting: false, page: 2 },
            Action::SellerOrder { id: order.clone() },
            Action::HandOver { id: order.clone() },
            Action::ServeHeld { id: order.clone() },
            Action::DeliverAgain { id: order.clone() },
            Action::PayWithCredit { order: order.clone() },
            Action::CreditBuyer { case: crate::store::new_id() },
            Action::CreditWhole { case: crate::store::new_id() },
            Action::RecordRefund { case: crate::store::new_id() },
            Action::InviteDays { days: 30 },
            Action::UseCredit { order: order.clone(), on: true },
            Action::Extend { id: order.clone() },
            Action::Recheck { id: order },
            Action::Cases,
            Action::CloseCase { case: crate::store::new_id() },
            Action::PickCategory { category: CategoryId::parse("keys").unwrap() },
            Action::FormNew,
            Action::FormDone,
            Action::FormClear,
            Action::AskArchive { id: product.clone() },
            Action::Case { case: crate::store::new_id() },
            Action::Settings,
            Action::Coins { page: 3 },
            Action::CoinOrder,
            Action::CoinFirst { coin },
            Action::Policy,
            Action::Currencies,
        ];
        all.extend(people_action::samples().into_iter().map(Action::People));
        all.extend(goods::samples().into_iter().map(Action::Goods));
        all.extend(Asked::ALL.map(|asked| Action::PickQuestion { asked }));
        all.extend(Rule::all().into_iter().map(|rule| Action::SetPolicy { rule }));
        all.extend(Currency::ALL.map(|currency| Action::SetCurrency { currency }));
        all.extend(ShopField::ALL.map(|field| Action::EditShop { field }));
        for on in [true, false] {
            all.extend([Action::Publish { on_sale: on }, Action::SetCoin { coin, on, page: 3 }]);
        }
        all.extend(crate::telegram::setting_action::samples().into_iter().map(Action::Setting));
        all.extend(crate::telegram::numbers_action::samples().into_iter().map(Action::Numbers));
        all.extend(Page::ALL.map(Action::Page));
        all.extend(Field::ALL.map(|field| Action::Edit { id: product.clone(), field }));
        all.extend(ProductState::ALL.map(|state| Action::SetState { id: product.clone(), state }));
        all.extend(Kind::ALL.map(|kind| Action::NewProductKind { kind }));
        all
    }

    #[test]
    fn every_button_comes_back_as_it_was_sent() {
        let mut seen = std::collections::HashSet::new();
        for action in actions() {
            let data = action.to_string();
            assert!((1..=DATA_BYTES_MAX).contains(&data.len()), "{data}");
            assert_eq!(data.parse(), Ok(action));
            assert!(seen.insert(data));
        }
    }

    #[test]
    fn what_was_appended_or_written_otherwise_is_no_button_of_ours() {
        for action in actions() {
            for spoilt in [format!("{action}:"), format!(" {action}"), format!("{action}:1"), format!("{action}\0")] {
                assert_eq!(spoilt.parse::<Action>(), Err(UnknownButton), "{spoilt:?}");
            }
        }
        for junk in [
            "",
            "p:editor:-1",
            "p:editor:007",
            "p:../etc:1",
            "k:AAAAAAAA:NOSUCH",
            "k:AAAAAAAA:btc",
            "k:AAAAAAAA: BTC",
            "q:editor:1:btc",
            "o:4294967296",
            "i:ilou0000",
            "u:btc:y:0",
            "u:BTC:1:0",
            "fo:",
        ] {
            assert_eq!(junk.parse::<Action>(), Err(UnknownButton), "{junk:?}");
        }
    }

    proptest! {
        #[test]
        fn junk_never_panics_and_what_parses_is_canonical(junk in "\\PC{0,70}") {
            if let Ok(action) = junk.parse::<Action>() {
                prop_assert_eq!(action.to_string(), junk);
            }
        }
    }
}
