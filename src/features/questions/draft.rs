//! View model of the editor: a question while it is being written, what is wrong with it, and its form in the tab's storage.

use std::time::Duration;

use domain::question::{Draft, LibraryQuestion, OPTION_LIMIT, QuestionId, QuestionKind, QuestionOption};
use domain::validation::Violation;
use serde::Deserialize;
use serde_json::{Value, json};

use super::texts;
use crate::api::ApiError;

/// The question of the library that is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    /// Its id.
    pub(super) id: QuestionId,
    /// The revision that the edit began with.
    pub(super) revision: u64,
    /// Whether the author knows of a newer revision and saves anyway.
    pub(super) overwrites: bool,
}

/// How a draft is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SaveTarget {
    /// As a new question.
    Create,
    /// In place of a question of this revision.
    Replace(QuestionId, u64),
}

/// An option while it is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DraftOption {
    /// Names the option in the form, wherever it is moved to.
    pub(super) key: u32,
    /// What is written.
    pub(super) option: QuestionOption,
}

/// A question while it is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QuestionDraft {
    /// The text of the question, in Markdown.
    pub(super) text: String,
    /// How it is answered.
    pub(super) kind: QuestionKind,
    /// The options in order. An open text keeps them, too, in case the author chooses another type again.
    pub(super) options: Vec<DraftOption>,
    /// The time limit in seconds, as it is typed.
    pub(super) limit: String,
    /// The question of the library that it replaces; `None` for a new one.
    pub(super) base: Option<Base>,
    next_key: u32,
}

/// A new question begins with this number of empty options.
const FIRST_OPTIONS: usize = 2;

impl Default for QuestionDraft {
    fn default() -> Self {
        Self::new(Draft { kind: Some(QuestionKind::SingleAnswer), ..Draft::default() }, None, None)
    }
}

impl QuestionDraft {
    /// A question of the library, to edit.
    pub(super) fn edit(question: &LibraryQuestion) -> Self {
        let base = Base { id: question.id.clone(), revision: question.rev, overwrites: false };
        Self { base: Some(base), ..Self::copy(question) }
    }

    /// A copy of a question of the library, as a new one.
    pub(super) fn copy(question: &LibraryQuestion) -> Self {
        Self::new(question.content.clone().into_draft(), None, None)
    }

    fn new(draft: Draft, limit: Option<String>, base: Option<Base>) -> Self {
        let kind = draft.kind();
        let Draft { text, mut options, time_limit_seconds, .. } = draft;
        let limit = limit.unwrap_or_else(|| time_limit_seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
        options.resize(options.len().max(FIRST_OPTIONS), QuestionOption::default());
        let options: Vec<DraftOption> = (0..).zip(options).map(|(key, option)| DraftOption { key, option }).collect();
        let next_key = u32::try_from(options.len()).unwrap_or(u32::MAX);
        Self { text, kind, options, limit, base, next_key }
    }

    /// The options that are sent: those in which something is written or marked.
    fn sent_options(&self) -> impl Iterator<Item = &DraftOption> {
        let has_options = self.kind != QuestionKind::Discursive;
        self.options.iter().filter(move |option| has_options && option.option != QuestionOption::default())
    }

    /// What is sent. A time limit that is no number becomes 0, which the rules refuse with a message.
    pub(super) fn to_draft(&self) -> Draft {
        let time_limit_seconds = match self.limit.trim() {
            "" => None,
            limit => Some(limit.parse().unwrap_or_default()),
        };
        let options = self.sent_options().map(|option| option.option.clone()).collect();
        Draft { text: self.text.clone(), kind: Some(self.kind), options, time_limit_seconds }
    }

    /// Whether closing the editor would lose something: `saved` is the library's state of the question, if it has one.
    pub(super) fn is_unsaved(&self, saved: Option<&LibraryQuestion>) -> bool {
        match saved {
            Some(saved) => self.to_draft() != Self::copy(saved).to_draft(),
            None => !self.is_empty(),
        }
    }

    /// Whether it is the same question as `other`: the same one of the library, or both are new ones.
    pub(super) fn is_same_question(&self, other: &Self) -> bool {
        let id = |draft: &Self| draft.base.as_ref().map(|base| base.id.clone());
        id(self) == id(other)
    }

    /// How the draft is saved; `known` is the revision that the library has now.
    pub(super) fn save_target(&self, known: Option<u64>) -> SaveTarget {
        match &self.base {
            None => SaveTarget::Create,
            Some(base) => {
                let revision = known.filter(|_| base.overwrites).unwrap_or(base.revision);
                SaveTarget::Replace(base.id.clone(), revision)
            }
        }
    }

    /// Saving has failed. If the question was changed or deleted elsewhere meanwhile, returns the message for the author; their draft
    /// stays, and saving again replaces or adds the question.
    pub(super) fn handle_failure(&mut self, failure: &ApiError) -> Option<&'static str> {
        let base = self.base.as_mut()?;
        if failure.is_conflict() {
            base.overwrites = true;
            Some(texts::CHANGED_ELSEWHERE)
        } else if failure.status() == 404 {
            self.base = None;
            Some(texts::DELETED_ELSEWHERE)
        } else {
            None
        }
    }

    /// All that the server would refuse.
    pub(super) fn violations(&self) -> Vec<Violation> {
        self.to_draft().check().err().unwrap_or_default()
    }

    /// The keys of the options in order.
    pub(super) fn keys(&self) -> Vec<u32> {
        self.options.iter().map(|option| option.key).collect()
    }

    /// Where an option is, from 0.
    pub(super) fn index(&self, key: u32) -> Option<usize> {
        self.options.iter().position(|option| option.key == key)
    }

    /// An option.
    pub(super) fn option(&self, key: u32) -> Option<&QuestionOption> {
        self.options.iter().find(|option| option.key == key).map(|option| &option.option)
    }

    /// An option, to change it.
    pub(super) fn option_mut(&mut self, key: u32) -> Option<&mut QuestionOption> {
        self.options.iter_mut().find(|option| option.key == key).map(|option| &mut option.option)
    }

    /// Whether there is room for one more option.
    pub(super) fn has_room(&self) -> bool {
        self.options.len() < OPTION_LIMIT
    }

    /// Adds an empty option, if there is room.
    pub(super) fn add_option(&mut self) {
        if self.has_room() {
            self.options.push(DraftOption { key: self.next_key, option: QuestionOption::default() });
            self.next_key += 1;
        }
    }

    /// Removes an option.
    pub(super) fn remove_option(&mut self, key: u32) {
        self.options.retain(|option| option.key != key);
    }

    /// Moves an option to another place, from 0, unless there is no such place.
    pub(super) fn move_option(&mut self, key: u32, to: usize) {
        if let Some(from) = self.index(key)
            && to < self.options.len()
        {
            let option = self.options.remove(from);
            self.options.insert(to, option);
        }
    }

    /// The option after this one, which is added if this one is the last and there is room.
    pub(super) fn option_after(&mut self, key: u32) -> Option<u32> {
        let next = self.index(key)? + 1;
        if next == self.options.len() {
            self.add_option();
        }
        self.options.get(next).map(|option| option.key)
    }

    /// Marks an option as correct, or not. Where one answer is given, one option is correct.
    pub(super) fn set_correct(&mut self, key: u32, is_correct: bool) {
        let is_only = is_correct && self.kind == QuestionKind::SingleAnswer;
        for option in &mut self.options {
            if option.key == key {
                option.option.is_correct = is_correct;
            } else if is_only {
                option.option.is_correct = false;
            }
        }
    }

    /// The texts of the options that participants will see.
    pub(super) fn option_texts(&self) -> Vec<String> {
        let texts = self.sent_options().map(|option| option.option.text.trim().to_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// The time limit, if what is typed is one.
    pub(super) fn time_limit(&self) -> Option<Duration> {
        let seconds = self.to_draft().time_limit_seconds.filter(|seconds| *seconds > 0)?;
        Some(Duration::from_secs(seconds.into()))
    }

    /// Whether more options are correct than an answer can have: after the type was changed, or in a file.
    pub(super) fn has_too_many_correct(&self) -> bool {
        self.kind == QuestionKind::SingleAnswer
            && self.sent_options().filter(|option| option.option.is_correct).count() > 1
    }

    /// Whether it is a new question with nothing written.
    pub(super) fn is_empty(&self) -> bool {
        let has_options = self.options.iter().any(|option| option.option != QuestionOption::default());
        self.base.is_none() && self.limit.is_empty() && self.text.is_empty() && !has_options
    }

    /// The stored form; nothing for an empty new question.
    pub(super) fn store(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let (id, revision) = self.base.as_ref().map(|base| (&base.id, base.revision)).unzip();
        let options: Vec<&QuestionOption> = self.options.iter().map(|option| &option.option).collect();
        let draft = json!({"text": self.text, "type": self.kind, "options": options});
        json!({"draft": draft, "limit": self.limit, "id": id, "rev": revision}).to_string()
    }

    /// Reads the stored form; what cannot be read is an empty new question.
    pub(super) fn load(stored: &str) -> Self {
        let read = |stored: &Value| {
            let id = stored["id"].as_str().and_then(|id| id.parse().ok());
            let base = id.zip(stored["rev"].as_u64()).map(|(id, revision)| Base { id, revision, overwrites: false });
            let draft = Draft::deserialize(&stored["draft"]).ok()?;
            Some(Self::new(draft, stored["limit"].as_str().map(str::to_owned), base))
        };
        serde_json::from_str(stored).ok().as_ref().and_then(read).unwrap_or_default()
    }
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The text.
    Text,
    /// The options as a whole.
    Options,
    /// The time limit.
    Limit,
    /// The text of the option with this key.
    OptionText(u32),
    /// The feedback of the option with this key.
    OptionFeedback(u32),
}

impl Field {
    /// The property that the API names. An option that is not sent has none.
    fn property(self, draft: &QuestionDraft) -> Option<String> {
        let index = |key: u32| draft.sent_options().position(|option| option.key == key);
        Some(match self {
            Self::Text => "text".to_owned(),
            Self::Options => "type".to_owned(),
            Self::Limit => "timeLimitSeconds".to_owned(),
            Self::OptionText(key) => format!("options[{}].text", index(key)?),
            Self::OptionFeedback(key) => format!("options[{}].feedback", index(key)?),
        })
    }

    /// What is wrong with the field.
    pub(super) fn error(self, draft: &QuestionDraft, violations: &[Violation]) -> Option<String> {
        let property = self.property(draft)?;
        violations.iter().find(|violation| violation.property == property).map(Violation::message)
    }
}

/// The answer types, in the order in which they are offered.
pub(super) const KINDS: [QuestionKind; 3] =
    [QuestionKind::SingleAnswer, QuestionKind::MultipleAnswer, QuestionKind::Discursive];

#[cfg(test)]
mod tests;
