//! What the bot asks a person for, one question after another: the next text is an answer to it.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::action::goods::OptionField;
use super::action::{Field, ShopField};
use crate::shop::fields::new_tail;

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Form {
    /// A buyer answers what an order needs to be known. `question`: which of its questions, from 0. `answered`: the message that was
    /// taken for the answer before; an update that is handled again answers nothing else. `asked`: see [`mark_of`]. `coin`: its code, when
    /// the buyer has chosen it already.
    Answer {
        order: String,
        #[serde(default)]
        question: u32,
        #[serde(default)]
        answered: Option<i32>,
        #[serde(default)]
        asked: String,
        #[serde(default)]
        coin: Option<String>,
    },
    /// A seller makes a product.
    NewProduct(Box<NewProduct>),
    /// A seller changes one field of a product. `naming`: what is typed now is the name of a new category, or a question in own words.
    Edit {
        product: String,
        field: Field,
        #[serde(default)]
        naming: bool,
    },
    /// A seller writes what the buyer reads at a hand-over.
    HandOver { order: String },
    /// A seller writes what was done about a case.
    CloseCase { case: String },
    /// A seller credits the buyer of a case's order. `amount`: in minor units of that order's currency, once it is known; `whole`: all that
    /// was paid.
    CreditBuyer {
        case: String,
        #[serde(default)]
        amount: Option<i64>,
        #[serde(default)]
        whole: bool,
    },
    /// A seller writes how the money of a case's order was sent back.
    RecordRefund { case: String },
    /// An owner changes a setting of the shop.
    Shop { field: ShopField },
    /// The staff writes something about people.
    People(PeopleForm),
    /// A customer talks to the staff: whatever is written goes there.
    Support,
    /// A seller makes an option of a product, or changes it.
    Option(OptionForm),
    /// A seller writes the name of a product, or what it is about, in one language.
    Words { product: String, about: bool, language: String },
    /// A seller names a category in one language; none: a new one.
    CategoryName {
        #[serde(default)]
        category: Option<String>,
        language: String,
    },
    /// Looking for an order, writing to its buyer, making a broadcast.
    Numbers(NumbersForm),
    /// A seller looks for a unit that was sold.
    FindUnit { product: String },
    /// A seller sends the picture of a category.
    CategoryPicture { category: String },
    /// A seller sends the catalog as a file.
    Catalog(CatalogForm),
    /// An owner chooses a further setting of the shop.
    Setting(SettingForm),
}

/// What the staff writes about people, or to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum PeopleForm {
    /// Whom to look for.
    Find,
    /// Credit by hand: how much, and then why.
    Credit {
        customer: i64,
        give: bool,
        #[serde(default)]
        amount: Option<i64>,
    },
    /// A note about a customer.
    Note { customer: i64 },
    /// A message to a customer; `order`: about this order, on whose page it began.
    Write {
        customer: i64,
        #[serde(default)]
        order: Option<String>,
    },
    /// Why a customer is blocked.
    Block { customer: i64 },
    /// An answer to what a customer wrote.
    Answer { customer: i64 },
}

/// An option that is made, or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionForm {
    pub product: String,
    /// The option's id; of a new one: the one that it gets, so that the same form never makes two.
    pub option: String,
    /// What is changed; none: it is a new one.
    #[serde(default)]
    pub field: Option<OptionField>,
    /// The name of a new one, once it is known.
    #[serde(default)]
    pub name: Option<String>,
    /// The message that was taken for an answer last: an update that is handled again answers nothing else.
    #[serde(default)]
    pub answered: Option<i32>,
}

/// A question about what the seller learns and gets out of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum NumbersForm {
    /// Which order is looked for.
    Find,
    /// What a broadcast says. `new`: it is made with it.
    BroadcastText { id: String, new: bool },
    /// The picture of a broadcast.
    BroadcastPicture { id: String },
}

/// A catalog file that is awaited, or that waits to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum CatalogForm {
    /// The file was not sent yet.
    File,
    /// What it changes was told. It is fetched again when that is wanted, so nothing but where it is stays here.
    Told {
        file_id: String,
        name: String,
        /// Of the bytes of the file, in hex.
        sha256: String,
        /// The fingerprint of what was told.
        plan: String,
    },
}

/// A further setting of the shop that is typed, or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sets", rename_all = "snake_case")]
pub enum SettingForm {
    /// The shop's time zone.
    Zone,
    /// Its quiet hours.
    Quiet,
    /// The picture above its greeting.
    Picture,
}

/// What is known so far of a product in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewProduct {
    pub step: Step,
    /// The end of the product's id: the same form never makes two products.
    pub tail: String,
    pub kind: Option<String>,
    pub name: String,
    /// As it was typed; it is read in the shop's currency when it is used.
    pub price: String,
    /// The id of a category that there is.
    pub category: Option<String>,
    /// The name of one that is to be made.
    pub new_category: Option<String>,
    pub description: String,
    /// The stored picture.
    pub picture: Option<String>,
    /// The product's id, once it is a draft in the shop.
    pub product: Option<String>,
    /// The message that was taken for an answer last: an update that is handled again answers nothing else.
    pub answered: Option<i32>,
}

/// What is asked of a new product, in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    #[default]
    Kind,
    Name,
    Price,
    Category,
    /// The name of a new category.
    CategoryName,
    Description,
    Picture,
    /// Units, files, or what the buyer is asked.
    Goods,
    /// A question in the seller's own words.
    QuestionLabel,
    /// On sale, or not yet.
    Publish,
}

impl NewProduct {
    /// Nothing known yet.
    pub fn begin() -> Self {
        Self { tail: new_tail(), ..Self::default() }
    }
}

impl Form {
    /// Its name, for the record of what was done through it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Answer { .. } => "answer",
            Self::NewProduct(_) => "new product",
            Self::Edit { .. } => "edit product",
            Self::HandOver { .. } => "hand over",
            Self::CloseCase { .. } => "close case",
            Self::CreditBuyer { .. } => "credit buyer",
            Self::RecordRefund { .. } => "record refund",
            Self::Shop { .. } => "shop setting",
            Self::People(_) => "people",
            Self::Support => "support",
            Self::Option(_) => "option",
            Self::Words { .. } => "words of a product",
            Self::CategoryName { .. } => "category",
            Self::Numbers(_) => "orders and broadcasts",
            Self::FindUnit { .. } => "find unit",
            Self::CategoryPicture { .. } => "picture of a category",
            Self::Catalog(_) => "catalog file",
            Self::Setting(_) => "shop setting",
        }
    }
}

/// Hex digits that tell one question from another: by chance two of one person's are the same once in four thousand million.
const QUESTION_CHARS: usize = 8;

impl Form {
    /// Which question is open, in eight hex digits. The buttons under a question carry it, so that they answer no other one. What was answered
    /// before makes no other question of it.
    pub(super) fn question(&self) -> String {
        let asked = match self {
            Self::NewProduct(new) => {
                Self::NewProduct(Box::new(NewProduct { step: new.step, tail: new.tail.clone(), ..NewProduct::default() }))
            }
            Self::Answer { order, question, asked, .. } => {
                Self::Answer { order: order.clone(), question: *question, answered: None, asked: asked.clone(), coin: None }
            }
            Self::Option(form) => Self::Option(OptionForm { answered: None, ..form.clone() }),
            form => form.clone(),
        };
        mark_of(&asked)
    }
}

/// What tells one question from another, also when the seller puts another one in its place.
pub(super) fn mark_of(asked: &impl Serialize) -> String {
    let json = serde_json::to_vec(asked).unwrap_or_default();
    let mut hex = HEXLOWER.encode(digest(&SHA256, &json).as_ref());
    hex.truncate(QUESTION_CHARS);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_back_as_they_were_kept() {
        let new = NewProduct { step: Step::QuestionLabel, name: "Mug".to_owned(), answered: Some(7), ..NewProduct::begin() };
        let edit = Form::Edit { product: "mug".to_owned(), field: Field::Category, naming: true };
        let credit = Form::People(PeopleForm::Credit { customer: 7, give: true, amount: Some(500) });
        let numbers = Form::Numbers(NumbersForm::BroadcastText { id: "abc".to_owned(), new: true });
        let (file_id, name, plan) = ("AgAD".to_owned(), "catalog.zip".to_owned(), "0123456789abcdef".to_owned());
        let catalog = Form::Catalog(CatalogForm::Told { file_id, name, sha256: "00ff".to_owned(), plan });
        for form in [
            Form::Catalog(CatalogForm::File),
            catalog,
            Form::NewProduct(Box::new(new)),
            edit,
            Form::Shop { field: ShopField::Support },
            credit,
            Form::Support,
            numbers,
        ] {
            let json = serde_json::to_string(&form).unwrap();
            assert_eq!(serde_json::from_str::<Form>(&json).unwrap(), form);
        }
    }

    #[test]
    fn a_form_of_an_older_release_is_read_as_far_as_it_goes() {
        let form: Form = serde_json::from_str(r#"{"form":"edit","product":"mug","field":"price"}"#).unwrap();
        assert_eq!(form, Form::Edit { product: "mug".to_owned(), field: Field::Price, naming: false });
        assert!(matches!(serde_json::from_str(r#"{"form":"new_product","step":"kind"}"#).unwrap(), Form::NewProduct(_)));
    }

    #[test]
    fn every_question_of_a_form_is_another_one() {
        let at =
            |step, tail: &str| Form::NewProduct(Box::new(NewProduct { step, tail: tail.to_owned(), ..NewProduct::default() })).question();
        assert_ne!(at(Step::Category, "a"), at(Step::Picture, "a"));
        assert_ne!(at(Step::Category, "a"), at(Step::Category, "b"));
        let answer =
            |question, answered| Form::Answer { order: "AAAA".to_owned(), question, answered, asked: String::new(), coin: None }.question();
        assert_eq!(answer(1, None), answer(1, Some(7)));
        assert_ne!(answer(1, None), answer(2, None));
        assert_eq!(answer(1, None).len(), QUESTION_CHARS);
    }
}
