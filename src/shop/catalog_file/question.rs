//! From YAML to the questions that a buyer is asked.

use std::collections::HashMap;

use super::fields::Reading;
use super::node::Node;
use super::read::TEXT_CHARS_MAX;
use crate::domain::product::{Question, QuestionKind};

/// Most questions of a product, each a message, and most choices of a question, each a button.
pub(in crate::shop) const QUESTIONS_MAX: usize = 10;
pub(in crate::shop) const CHOICES_MAX: usize = 30;
/// Longest question and longest choice, in characters.
pub(in crate::shop) const LABEL_CHARS_MAX: usize = 200;
pub(in crate::shop) const CHOICE_CHARS_MAX: usize = 60;

impl Reading<'_> {
    pub(super) fn questions(&mut self, node: Option<&Node>) -> Vec<Question> {
        let mut seen = HashMap::new();
        let nodes = self.list(node, "ask");
        if let Some(one_more) = nodes.get(QUESTIONS_MAX) {
            self.problem(one_more.line, format!("at most {QUESTIONS_MAX} questions are asked"));
        }
        nodes.iter().filter_map(|node| self.question(node, &mut seen)).collect()
    }

    fn question(&mut self, node: &Node, seen: &mut HashMap<String, usize>) -> Option<Question> {
        let fields = self.fields(node, "a question", &["id", "kind", "label", "choices"])?;
        let id = self.id(&fields, "a question", seen);
        let label = self.required_localized(&fields, "label", "a question", LABEL_CHARS_MAX);
        let kind = match fields.get("kind") {
            None => Some(QuestionKind::Text),
            Some(node) => self.text(node, "kind", TEXT_CHARS_MAX).and_then(|code| {
                let kind = question_kind(&code);
                if kind.is_none() {
                    self.problem(node.line, format!("{code:?} is no kind of question: write text, address, phone or choice"));
                }
                kind
            }),
        };
        let choices = self.choices(fields.get("choices"));
        match (kind, choices.len()) {
            (Some(QuestionKind::Choice), 0) => self.problem(node.line, "a question of kind choice has no choices"),
            (Some(QuestionKind::Text | QuestionKind::Address | QuestionKind::Phone), 1..) => {
                self.problem(node.line, "only a question of kind choice has choices");
            }
            _ => {}
        }
        Some(Question { id: id?, kind: kind?, label: label?, choices })
    }

    fn choices(&mut self, node: Option<&Node>) -> Vec<String> {
        let mut choices = Vec::new();
        for item in self.list(node, "choices") {
            let Some(choice) = self.text(item, "a choice", CHOICE_CHARS_MAX) else { continue };
            if choice.trim().is_empty() {
                self.problem(item.line, "a choice is empty");
            } else if choices.contains(&choice) {
                self.problem(item.line, format!("the choice {choice:?} is written twice"));
            } else if choices.len() == CHOICES_MAX {
                self.problem(item.line, format!("a question has at most {CHOICES_MAX} choices"));
                break;
            } else {
                choices.push(choice);
            }
        }
        choices
    }
}

fn question_kind(code: &str) -> Option<QuestionKind> {
    match code {
        "text" => Some(QuestionKind::Text),
        "address" => Some(QuestionKind::Address),
        "phone" => Some(QuestionKind::Phone),
        "choice" => Some(QuestionKind::Choice),
        "photo" => Some(QuestionKind::Photo),
        _ => None,
    }
}

/// The name of a kind of question in the file.
pub(super) fn question_kind_code(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Text => "text",
        QuestionKind::Address => "address",
        QuestionKind::Phone => "phone",
        QuestionKind::Choice => "choice",
        QuestionKind::Photo => "photo",
    }
}
