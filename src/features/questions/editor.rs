//! The state of the editor: the draft, kept by the tab, and which of its errors are shown.

use domain::question::LibraryQuestion;
use domain::validation::Violation;
use leptos::prelude::*;

use super::draft::{Field, QuestionDraft};
use crate::api::ApiError;
use crate::ui::use_text_draft;

/// What the editor shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct EditorState {
    draft: QuestionDraft,
    /// What is wrong with the draft.
    violations: Vec<Violation>,
    /// The fields that have been left: what is wrong with them is shown.
    left: Vec<Field>,
    /// Whether everything that is wrong is shown.
    is_submitted: bool,
}

impl EditorState {
    /// Opens a draft; none of its errors is shown yet.
    fn open(draft: QuestionDraft) -> Self {
        Self { violations: draft.violations(), draft, ..Self::default() }
    }

    fn update<T>(&mut self, change: impl FnOnce(&mut QuestionDraft) -> T) -> T {
        let result = change(&mut self.draft);
        self.violations = self.draft.violations();
        result
    }

    /// `sent` is saved as `saved`. What was typed meanwhile stays, as an edit of it.
    fn finish(&mut self, sent: &QuestionDraft, saved: &LibraryQuestion) {
        if self.draft.to_draft() == sent.to_draft() {
            *self = Self::open(QuestionDraft::default());
        } else {
            self.draft.base = QuestionDraft::edit(saved).base;
        }
    }

    /// What is wrong with a field, if that is to be shown.
    fn error(&self, field: Field) -> Option<String> {
        let is_shown = self.is_submitted || self.left.contains(&field);
        is_shown.then(|| field.error(&self.draft, &self.violations)).flatten()
    }
}

/// The editor of one author. Copies are handles to the same one.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    state: RwSignal<EditorState>,
}

/// The editor with the draft that this tab keeps for the author, or else an empty one.
pub(super) fn use_editor(author: &str) -> Editor {
    let stored = use_text_draft(&["question-", author].concat());
    let draft = stored.with_untracked(|stored| QuestionDraft::load(stored));
    let state = RwSignal::new(EditorState::open(draft));
    Effect::new(move |_| {
        let next = state.with(|state| state.draft.store());
        if stored.with_untracked(|stored| *stored != next) {
            stored.set(next);
        }
    });
    Editor { state }
}

impl Editor {
    /// Reads the draft (tracked).
    pub(super) fn with<T>(self, read: impl FnOnce(&QuestionDraft) -> T) -> T {
        self.state.with(|state| read(&state.draft))
    }

    /// The draft as it is now (not tracked).
    pub(super) fn snapshot(self) -> QuestionDraft {
        self.state.with_untracked(|state| state.draft.clone())
    }

    /// Changes the draft.
    pub(super) fn update(self, change: impl FnOnce(&mut QuestionDraft)) {
        self.state.update(|state| state.update(change));
    }

    /// Whether a new question is written (tracked).
    pub(super) fn is_new(self) -> bool {
        self.with(|draft| draft.base.is_none())
    }

    /// Whether nothing is written (tracked).
    pub(super) fn is_empty(self) -> bool {
        self.with(QuestionDraft::is_empty)
    }

    /// Replaces the draft; none of its errors is shown yet.
    pub(super) fn open(self, draft: QuestionDraft) {
        self.state.set(EditorState::open(draft));
    }

    /// `sent` is saved as `saved`. The page may be gone by now.
    pub(super) fn finish(self, sent: &QuestionDraft, saved: &LibraryQuestion) {
        _ = self.state.try_update(|state| state.finish(sent, saved));
    }

    /// Saving has failed. Returns the message for the author, if it comes from the draft. The page may be gone by now.
    pub(super) fn handle_failure(self, failure: &ApiError) -> Option<&'static str> {
        self.state.try_update(|state| state.update(|draft| draft.handle_failure(failure))).flatten()
    }

    /// What is wrong with a field, if that is to be shown (tracked).
    pub(super) fn error(self, field: Field) -> Option<String> {
        self.state.with(|state| state.error(field))
    }

    /// A field was left.
    pub(super) fn leave(self, field: Field) {
        self.state.update(|state| state.left.push(field));
    }

    /// Shows everything that is wrong from now on; true if nothing is.
    pub(super) fn submit(self) -> bool {
        self.state.update(|state| state.is_submitted = true);
        self.state.with_untracked(|state| state.violations.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use domain::question::QuestionKind;
    use serde_json::json;

    use super::*;

    fn saved(text: &str) -> LibraryQuestion {
        let state =
            json!({"id": "k3j9x0a2bc", "updatedAt": "2026-11-20T12:00:00.000Z", "rev": 1, "content": {"text": text}});
        serde_json::from_value(state).unwrap()
    }

    fn writing(text: &str) -> EditorState {
        let mut state = EditorState::default();
        state.update(|draft| draft.text = text.to_owned());
        state
    }

    #[test]
    fn errors_are_shown_once_a_field_is_left() {
        let mut state = writing("");
        assert_eq!(state.error(Field::Text), None);
        state.left.push(Field::Text);
        assert!(state.error(Field::Text).is_some());
        state.update(|draft| draft.text = "Why?".to_owned());
        assert_eq!(state.error(Field::Text), None, "it is checked at each key");
    }

    #[test]
    fn all_errors_are_shown_once_the_form_is_submitted() {
        let mut state = writing("");
        state.update(|draft| draft.limit = "1".to_owned());
        state.is_submitted = true;
        assert!(state.error(Field::Text).is_some() && state.error(Field::Limit).is_some());
        assert_eq!(
            state.error(Field::Options).as_deref(),
            Some("A question of this type needs options to choose from.")
        );
    }

    #[test]
    fn another_draft_begins_without_errors() {
        let state = EditorState::open(QuestionDraft::default());
        assert_eq!(state.error(Field::Text), None);
        assert!(!state.violations.is_empty(), "they are known all the same");
    }

    #[test]
    fn a_saved_question_makes_room_for_the_next() {
        let mut state = writing("Why?");
        let sent = state.draft.clone();
        state.finish(&sent, &saved("Why?"));
        assert_eq!(state, EditorState::open(QuestionDraft::default()));
    }

    #[test]
    fn what_is_typed_while_a_question_is_saved_stays_as_an_edit_of_it() {
        let mut state = writing("Why?");
        let sent = state.draft.clone();
        state.update(|draft| draft.text = "Why not?".to_owned());
        state.finish(&sent, &saved("Why?"));
        assert_eq!(state.draft.text, "Why not?");
        assert_eq!(state.draft.base, QuestionDraft::edit(&saved("Why?")).base);
    }

    /// An editor of a draft, without the tab's storage.
    fn editor(draft: QuestionDraft) -> Editor {
        Editor { state: RwSignal::new(EditorState::open(draft)) }
    }

    #[test]
    fn a_draft_with_errors_is_not_submitted_and_shows_them() {
        Owner::new().with(|| {
            let editor = editor(QuestionDraft::default());
            assert_eq!((editor.is_new(), editor.is_empty(), editor.error(Field::Text)), (true, true, None));
            assert!(!editor.submit());
            assert!(editor.error(Field::Text).is_some());
            editor.update(|draft| {
                draft.text = "Why?".to_owned();
                draft.kind = QuestionKind::Discursive;
            });
            assert!(editor.submit());
            assert_eq!((editor.is_empty(), editor.error(Field::Text)), (false, None));
        });
    }

    #[test]
    fn only_the_field_that_was_left_says_what_is_wrong() {
        Owner::new().with(|| {
            let editor = editor(QuestionDraft::default());
            editor.update(|draft| draft.limit = "soon".to_owned());
            editor.leave(Field::Limit);
            assert!(editor.error(Field::Limit).is_some());
            assert_eq!(editor.error(Field::Text), None, "the author has not been there yet");
            editor.open(QuestionDraft::default());
            editor.update(|draft| draft.limit = "soon".to_owned());
            assert_eq!(editor.error(Field::Limit), None, "another draft begins anew");
        });
    }

    #[test]
    fn a_question_that_was_deleted_elsewhere_is_a_new_one() {
        Owner::new().with(|| {
            let editor = editor(QuestionDraft::edit(&saved("Why?")));
            assert!(!editor.is_new());
            let message = editor.handle_failure(&ApiError::Unexpected { status: 404 });
            assert!(message.is_some_and(|message| message.contains("deleted")));
            assert!(editor.is_new() && !editor.is_empty());
            assert_eq!(editor.snapshot().text, "Why?");
        });
    }

    #[test]
    fn an_answer_after_the_page_is_gone_changes_nothing() {
        let owner = Owner::new();
        let editor = owner.with(|| editor(QuestionDraft::edit(&saved("Why?"))));
        let sent = editor.snapshot();
        owner.cleanup();
        editor.finish(&sent, &saved("Why?"));
        assert_eq!(editor.handle_failure(&ApiError::Unexpected { status: 404 }), None);
    }

    #[test]
    fn an_edit_that_was_saved_during_the_next_one_is_based_on_what_was_saved() {
        let mut state = EditorState::open(QuestionDraft::edit(&saved("Why?")));
        let sent = state.draft.clone();
        state.update(|draft| draft.limit = "60".to_owned());
        let newer = LibraryQuestion { rev: 2, ..saved("Why?") };
        state.finish(&sent, &newer);
        assert_eq!(state.draft.base.as_ref().map(|base| base.revision), Some(2), "no conflict with itself");
        assert_eq!(state.draft.limit, "60");
    }
}
