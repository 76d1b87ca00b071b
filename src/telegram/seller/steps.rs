//! The questions that make a product, in their order.

use crate::telegram::form::{NewProduct, Step};

/// Whether a product needs no answer to it.
pub(super) fn can_do_without(step: Step) -> bool {
    matches!(step, Step::Category | Step::Description | Step::Picture)
}

/// Whether what is asked is known already: the seller has come back to it.
pub(super) fn is_given(new: &NewProduct) -> bool {
    match new.step {
        Step::Name => !new.name.is_empty(),
        Step::Price => !new.price.is_empty(),
        Step::Category => new.category.is_some() || new.new_category.is_some(),
        Step::Description => !new.description.is_empty(),
        Step::Picture => new.picture.is_some(),
        Step::Kind | Step::CategoryName | Step::Goods | Step::QuestionLabel | Step::Publish => false,
    }
}

/// What is asked next.
pub(super) fn after(step: Step) -> Step {
    match step {
        Step::Kind => Step::Name,
        Step::Name => Step::Price,
        Step::Price => Step::Category,
        Step::Category | Step::CategoryName => Step::Description,
        Step::Description => Step::Picture,
        Step::Picture => Step::Goods,
        Step::Goods | Step::QuestionLabel | Step::Publish => Step::Publish,
    }
}

/// What was asked before.
pub(super) fn before(step: Step, new: &NewProduct) -> Step {
    match step {
        // Once there is a draft, it has its kind for good.
        Step::Name if new.product.is_some() => Step::Name,
        Step::Kind | Step::Name => Step::Kind,
        Step::Price => Step::Name,
        Step::Category => Step::Price,
        Step::CategoryName | Step::Description => Step::Category,
        Step::Picture => Step::Description,
        Step::Goods => Step::Picture,
        Step::QuestionLabel | Step::Publish => Step::Goods,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 10] = [
        Step::Kind,
        Step::Name,
        Step::Price,
        Step::Category,
        Step::CategoryName,
        Step::Description,
        Step::Picture,
        Step::Goods,
        Step::QuestionLabel,
        Step::Publish,
    ];

    #[test]
    fn every_step_leads_to_the_end_and_back_to_the_beginning() {
        for step in STEPS {
            let end = (0..STEPS.len()).fold(step, |step, _| after(step));
            assert_eq!(end, Step::Publish, "{step:?}");
            let start = (0..STEPS.len()).fold(step, |step, _| before(step, &NewProduct::default()));
            assert_eq!(start, Step::Kind, "{step:?}");
        }
    }

    #[test]
    fn a_draft_keeps_its_kind() {
        let new = NewProduct { product: Some("mug-abc234".to_owned()), ..NewProduct::default() };
        let start = (0..STEPS.len()).fold(Step::Publish, |step, _| before(step, &new));
        assert_eq!(start, Step::Name);
    }
}
