//! Which question a button belongs to. A button of a form answers the question under which it stands and no other: it carries the question's mark
//! (`<action>~<mark>`), and one whose question is not open any more, or that carries none, only shows the question that is.

use super::Result;
use super::action::{Action, UnknownButton};
use super::form::Form;
use super::handle::Visit;
use super::reply::{Button, Reply, Screen};
use super::seller;
use crate::locale::Text;

/// Between what a button does and the question it belongs to; in no button's own words.
const MARK: char = '~';

/// In place of a question: what the button shows is a message of its own, because the words above the button stand nowhere else.
const KEEP: &str = "+";

/// A button as it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tapped {
    pub action: Action,
    pub question: Option<String>,
}

/// What goes out for a button.
pub(super) fn data(action: &Action, question: Option<&str>) -> String {
    match question {
        Some(question) => format!("{action}{MARK}{question}"),
        None => action.to_string(),
    }
}

/// Whether the message above a button must stay as it is.
pub(super) fn keeps(data: &str) -> bool {
    data.split_once(MARK).is_some_and(|(_, mark)| mark == KEEP)
}

/// The same screen, whose words stay in the chat whatever is tapped below them: a buyer's words, a shipping number, who was answered.
pub(super) fn kept(mut screen: Screen) -> Screen {
    for button in screen.keyboard.iter_mut().flatten() {
        if let Button::Tap { question, .. } = button {
            *question = Some(KEEP.to_owned());
        }
    }
    screen
}

/// Reads what came back. Only a button of a form belongs to a question.
pub(super) fn tapped(data: &str) -> std::result::Result<Tapped, UnknownButton> {
    let (data, question) = match data.split_once(MARK) {
        Some((data, KEEP)) => (data, None),
        Some((data, question)) => (data, Some(question)),
        None => (data, None),
    };
    let action: Action = data.parse()?;
    let Some(question) = question else { return Ok(Tapped { action, question: None }) };
    if !belongs(&action) {
        return Err(UnknownButton);
    }
    Ok(Tapped { action, question: Some(question.to_owned()) })
}

/// Whether a button does something to the form that is open, whichever that is.
fn belongs(action: &Action) -> bool {
    matches!(action, Action::FormCancel | Action::Choose { .. }) || seller::is_form_button(action)
}

/// The same reply, whose buttons of a form carry the question that is open now.
pub(super) async fn marked(visit: &Visit<'_>, mut reply: Reply) -> Result<Reply> {
    let screens = reply.edit.iter_mut().chain(&mut reply.send);
    let mut open: Vec<&mut Option<String>> = screens
        .flat_map(|screen| screen.keyboard.iter_mut().flatten())
        .filter_map(|button| match button {
            Button::Tap { action, question, .. } if belongs(action) => Some(question),
            _ => None,
        })
        .collect();
    if !open.is_empty() {
        let mark = visit.telegram.form(visit.customer.id).await?.as_ref().map(Form::question);
        for question in &mut open {
            (**question).clone_from(&mark);
        }
    }
    Ok(reply)
}

/// What is shown instead, when a button does not belong to the question that is open. The question of a product that waits is opened again by
/// its own buttons, unless another one is open.
pub(super) async fn instead(visit: &Visit<'_>, tapped: &Tapped) -> Result<Option<Reply>> {
    if !belongs(&tapped.action) {
        return Ok(None);
    }
    let who = visit.customer.id;
    let form = visit.telegram.form(who).await?;
    if form.as_ref().is_some_and(|form| tapped.question == Some(form.question())) {
        return Ok(None);
    }
    if let Some(form) = form {
        let reply = seller::again(visit, form, None).await?;
        return Ok(Some(reply.with_toast(visit.words.plain(Text::ToastOtherQuestion))));
    }
    let waits = visit.telegram.in_the_making(who).await?.map(Form::NewProduct);
    if let Some(form) = waits.filter(|form| tapped.question == Some(form.question())) {
        visit.telegram.ask(who, form).await?;
        return Ok(None);
    }
    seller::no_question(visit, &tapped.action).await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telegram::action::DATA_BYTES_MAX;
    use crate::telegram::action::tests::actions;

    #[test]
    fn a_button_of_a_form_comes_back_with_its_question_and_no_other_carries_one() {
        let mut of_forms = 0;
        for action in actions() {
            assert_eq!(tapped(&data(&action, None)), Ok(Tapped { action: action.clone(), question: None }));
            let with = data(&action, Some("0123abcd"));
            if belongs(&action) {
                assert!(with.len() <= DATA_BYTES_MAX, "{with}");
                assert_eq!(tapped(&with), Ok(Tapped { action, question: Some("0123abcd".to_owned()) }));
                of_forms += 1;
            } else {
                assert_eq!(tapped(&with), Err(UnknownButton));
            }
        }
        assert!(of_forms > 10, "{of_forms}");
    }
}
