//! Which form is open with a person. Kept in the store, so that a restart loses no half-typed form; and what becomes of it in an update is kept
//! at its end, together with the answer: an update that is taken up again finds the form as it was, or else its answer and nothing to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::form::{Form, NewProduct};
use super::{Result, Telegram};
use crate::domain::customer::CustomerId;

/// What a row of the store holds: the open form alone, or a product in the making beside it, which waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Form(Form),
    Beside { open: Option<Form>, waits: Box<NewProduct> },
}

/// The form that is open, and the product in the making that waits beside it.
type Apart = (Option<Form>, Option<Box<NewProduct>>);

impl Kept {
    fn apart(kept: Option<Self>) -> Apart {
        match kept {
            None => (None, None),
            Some(Self::Form(form)) => (Some(form), None),
            Some(Self::Beside { open, waits }) => (open, Some(waits)),
        }
    }

    fn of(open: Option<Form>, waits: Option<Box<NewProduct>>) -> Option<Self> {
        match (open, waits) {
            (open, Some(waits)) => Some(Self::Beside { open, waits }),
            (open, None) => open.map(Self::Form),
        }
    }
}

/// What happens to the form that is open.
enum Turn {
    /// Another one takes its place.
    Ask(Form),
    /// It is done with.
    End,
    /// Something else is looked at.
    Leave,
}

impl Turn {
    /// A product in the making is never lost on the way: whatever takes its place, it waits beside it.
    fn turned(self, open: Option<Form>, waits: Option<Box<NewProduct>>) -> Option<Kept> {
        match (self, open) {
            (Self::Ask(form @ Form::NewProduct(_)), _) => Kept::of(Some(form), None),
            (Self::Ask(form), Some(Form::NewProduct(new))) => Kept::of(Some(form), Some(new)),
            (Self::Ask(form), _) => Kept::of(Some(form), waits),
            (Self::Leave, Some(Form::NewProduct(new))) => Kept::of(None, Some(new)),
            (Self::Leave | Self::End, _) => Kept::of(None, waits),
        }
    }
}

/// The forms as an update leaves them, until it ends.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<BTreeMap<CustomerId, Apart>>>);

impl Turns {
    /// None: the update has not touched this person's form.
    fn of(&self, who: CustomerId) -> Option<Apart> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&who).cloned()
    }

    fn keep(&self, who: CustomerId, apart: Apart) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(who, apart);
    }

    fn all(&self) -> BTreeMap<CustomerId, Apart> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Telegram {
    /// The question that is open.
    pub(super) async fn form(&self, who: CustomerId) -> Result<Option<Form>> {
        Ok(self.kept(who).await?.0)
    }

    /// The product in the making: the one that is asked about, or else the one that waits.
    pub(super) async fn in_the_making(&self, who: CustomerId) -> Result<Option<Box<NewProduct>>> {
        Ok(match self.kept(who).await? {
            (Some(Form::NewProduct(new)), _) => Some(new),
            (_, waits) => waits,
        })
    }

    async fn kept(&self, who: CustomerId) -> Result<Apart> {
        match self.turns.of(who) {
            Some(apart) => Ok(apart),
            None => Ok(Kept::apart(self.shop.store.read().await?.dialogue(who.0).await?)),
        }
    }

    pub(super) async fn ask(&self, who: CustomerId, form: Form) -> Result<()> {
        self.turn(who, Turn::Ask(form)).await
    }

    /// The form is done with, or given up.
    pub(super) async fn end_form(&self, who: CustomerId) -> Result<()> {
        self.turn(who, Turn::End).await
    }

    /// Something else is looked at: what is typed next must not land in a form out of sight.
    pub(super) async fn leave_form(&self, who: CustomerId) -> Result<()> {
        match self.form(who).await? {
            Some(_) => self.turn(who, Turn::Leave).await,
            None => Ok(()),
        }
    }

    async fn turn(&self, who: CustomerId, turn: Turn) -> Result<()> {
        let (open, waits) = self.kept(who).await?;
        self.turns.keep(who, Kept::apart(turn.turned(open, waits)));
        Ok(())
    }

    /// Keeps the forms as this update leaves them, if it has touched any. `answered`: the update's number, and what is shown when it is taken up
    /// once more. False when another program has dealt with the update: this one was frozen for longer than its lease, and has no say.
    pub(super) async fn keep_turns(&self, answered: impl FnOnce() -> Option<(i64, String)>) -> Result<bool> {
        let turns = self.turns.all();
        if turns.is_empty() {
            return Ok(true);
        }
        let (answered, now) = (answered(), self.shop.now());
        let work = self.shop.store.write(move |tx| {
            Box::pin(async move {
                if let Some((update, answer)) = &answered
                    && !tx.answer_update(*update, answer).await?
                {
                    return Ok(false);
                }
                for (who, (open, waits)) in turns {
                    match Kept::of(open, waits) {
                        Some(kept) => tx.set_dialogue(who.0, &kept, now).await?,
                        None => tx.end_dialogue(who.0).await?,
                    }
                }
                Ok(true)
            })
        });
        Ok(work.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telegram::form::NumbersForm;

    #[test]
    fn a_product_in_the_making_waits_while_something_else_is_asked() {
        let new = || Some(Form::NewProduct(Box::new(NewProduct { name: "Mug".to_owned(), ..NewProduct::default() })));
        let find = || Form::Numbers(NumbersForm::Find);
        let (open, waits) = Kept::apart(Turn::Ask(find()).turned(new(), None));
        assert_eq!((open.as_ref(), waits.as_ref().map(|new| new.name.as_str())), (Some(&find()), Some("Mug")));
        let kept = Kept::of(open.clone(), waits.clone());
        let json = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Option<Kept>>(&json).unwrap(), kept);
        let (open, waits) = Kept::apart(Turn::End.turned(open, waits));
        assert_eq!((open, waits.as_ref().map(|new| new.name.as_str())), (None, Some("Mug")));
        assert_eq!(Kept::apart(Turn::Leave.turned(new(), None)), (None, waits));
        assert_eq!(Turn::End.turned(new(), None), None);
    }

    #[test]
    fn a_row_of_an_older_release_is_the_open_form() {
        let kept = serde_json::from_str::<Kept>(r#"{"form":"edit","product":"mug","field":"price"}"#).unwrap();
        assert!(matches!(kept, Kept::Form(Form::Edit { .. })));
    }
}
