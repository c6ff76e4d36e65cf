//! The state of the editor: the draft, kept by the tab, and which of its errors are shown.

use domain::question::BankQuestion;
use domain::validation::Violation;
use leptos::prelude::*;

use super::draft::{Field, QuestionDraft};
use crate::ui::use_text_draft;

/// The editor of one author. Copies are handles to the same one.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    draft: RwSignal<QuestionDraft>,
    violations: Memo<Vec<Violation>>,
    /// The fields that have been left: what is wrong with them is shown.
    left: RwSignal<Vec<Field>>,
    /// Whether everything that is wrong is shown.
    is_submitted: RwSignal<bool>,
}

/// The editor with the draft that this tab keeps for the author, or else an empty one.
pub(super) fn use_editor(author: &str) -> Editor {
    let stored = use_text_draft(&["question-", author].concat());
    let draft = RwSignal::new(stored.with_untracked(|stored| QuestionDraft::load(stored)));
    Effect::new(move |_| {
        let next = draft.with(QuestionDraft::store);
        if stored.with_untracked(|stored| *stored != next) {
            stored.set(next);
        }
    });
    let violations = Memo::new(move |_| draft.with(QuestionDraft::violations));
    Editor { draft, violations, left: RwSignal::new(Vec::new()), is_submitted: RwSignal::new(false) }
}

impl Editor {
    /// Reads the draft (tracked).
    pub(super) fn with<T>(self, read: impl FnOnce(&QuestionDraft) -> T) -> T {
        self.draft.with(read)
    }

    /// The draft as it is now (not tracked).
    pub(super) fn snapshot(self) -> QuestionDraft {
        self.draft.get_untracked()
    }

    /// Changes the draft.
    pub(super) fn update(self, change: impl FnOnce(&mut QuestionDraft)) {
        // The page may be gone when a request ends.
        _ = self.draft.try_update(change);
    }

    /// Whether a new question is written (tracked).
    pub(super) fn is_new(self) -> bool {
        self.draft.with(|draft| draft.base.is_none())
    }

    /// Whether nothing is written (tracked).
    pub(super) fn is_empty(self) -> bool {
        self.draft.with(|draft| draft.store().is_empty())
    }

    /// Replaces the draft; none of its errors is shown yet.
    pub(super) fn open(self, draft: QuestionDraft) {
        self.draft.try_set(draft);
        self.left.try_set(Vec::new());
        self.is_submitted.try_set(false);
    }

    /// `sent` is saved as `saved`. What was typed meanwhile stays, as an edit of it.
    pub(super) fn finish(self, sent: &QuestionDraft, saved: &BankQuestion) {
        let is_same = self.draft.try_with_untracked(|draft| draft.to_draft() == sent.to_draft());
        match is_same {
            Some(true) => self.open(QuestionDraft::default()),
            _ => self.update(|draft| draft.base = QuestionDraft::edit(saved).base),
        }
    }

    /// What is wrong with a field, if that is to be shown (tracked).
    pub(super) fn error(self, field: Field) -> Option<String> {
        let is_shown = self.is_submitted.get() || self.left.with(|left| left.contains(&field));
        is_shown
            .then(|| self.draft.with(|draft| self.violations.with(|violations| field.error(draft, violations))))
            .flatten()
    }

    /// A field was left.
    pub(super) fn leave(self, field: Field) {
        self.left.update(|left| left.push(field));
    }

    /// Shows everything that is wrong from now on; true if nothing is.
    pub(super) fn submit(self) -> bool {
        self.is_submitted.set(true);
        self.violations.with_untracked(Vec::is_empty)
    }
}
