//! What is wrong with a question that is being written, told field by field once a field has been left: by the rules, and
//! in the words, of the server. Never changes the question.

use domain::validation::Violation;

use super::question_draft::QuestionDraft;
use crate::reactive::*;

/// What is wrong with a question, and which of it is told.
#[derive(Clone, Copy)]
pub(crate) struct Checks {
    wrong: RwSignal<Vec<Violation>>,
    /// The properties whose fields have been left.
    left: RwSignal<Vec<String>>,
    /// Whether all is told: the form was submitted.
    insists: RwSignal<bool>,
}

impl Checks {
    /// Checks a question whenever it changes.
    pub(crate) fn of(draft: QuestionDraft) -> Self {
        let checks =
            Self { wrong: RwSignal::new(Vec::new()), left: RwSignal::new(Vec::new()), insists: RwSignal::new(false) };
        follow(move || checks.wrong.set(draft.draft().check().err().unwrap_or_default()));
        checks
    }

    /// What is wrong with a property, if that is to be told.
    pub(crate) fn about(self, property: &str) -> Option<String> {
        let is_told = self.insists.get() || self.left.with(|left| left.iter().any(|one| one == property));
        let found = self
            .wrong
            .with(|wrong| wrong.iter().find(|violation| violation.property == property).map(Violation::message));
        found.filter(|_| is_told)
    }

    /// The field of a property has been left.
    pub(crate) fn leave(self, property: &str) {
        self.left.update(|left| left.push(property.to_owned()));
    }

    /// From now on all is told; true if nothing is wrong.
    pub(crate) fn insist(self) -> bool {
        self.insists.set(true);
        self.wrong.with_untracked(Vec::is_empty)
    }

    /// Another question is written: nothing is told of it yet.
    pub(crate) fn forget(self) {
        self.insists.set(false);
        self.left.set(Vec::new());
    }
}
