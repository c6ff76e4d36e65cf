//! A question as its author writes it: text, kind, options, time limit; and the author's library.

use serde::{Deserialize, Serialize};

use crate::room_id::short_id;
use crate::time::Timestamp;
use crate::validation::{Violation, line, within};

/// A question has at most this many options.
pub const OPTION_LIMIT: usize = 10;
/// A question's text has at most this many characters (of Markdown).
pub const TEXT_LIMIT: usize = 2_000;
/// An option's text has at most this many characters.
pub const OPTION_TEXT_LIMIT: usize = 300;
/// An option's feedback has at most this many characters.
pub const FEEDBACK_LIMIT: usize = 500;
/// The shortest time limit, in seconds.
pub const SHORTEST_TIME: u32 = 5;
/// The longest time limit, in seconds: an hour.
pub const LONGEST_TIME: u32 = 3_600;
/// A question library has at most this many questions.
pub const LIBRARY_LIMIT: usize = 500;

short_id! {
    /// A question's name in its author's library.
    QuestionId
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// In words.
    Discursive,
    /// By one option.
    SingleAnswer,
    /// By any of the options.
    MultipleAnswer,
}

/// How the texts of a draft are described.
#[cfg(feature = "openapi")]
mod forms {
    use utoipa::openapi::schema::ObjectBuilder;

    use super::{FEEDBACK_LIMIT, OPTION_TEXT_LIMIT, TEXT_LIMIT};
    use crate::schema;

    pub(super) fn text() -> ObjectBuilder {
        schema::lines(1, TEXT_LIMIT)
    }

    pub(super) fn option() -> ObjectBuilder {
        schema::line(1, OPTION_TEXT_LIMIT)
    }

    pub(super) fn feedback() -> ObjectBuilder {
        schema::lines(0, FEEDBACK_LIMIT)
    }
}

/// One option of a question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct QuestionOption {
    /// The text of the option: one line of 1 to 300 characters.
    #[cfg_attr(feature = "openapi", schema(required = true, schema_with = forms::option))]
    pub text: String,
    /// Whether it is right. `correct` in PyLiveQuestions.
    #[serde(alias = "correct")]
    pub is_correct: bool,
    /// Its feedback, in 500 characters at most. `post_text` in PyLiveQuestions.
    #[cfg_attr(feature = "openapi", schema(schema_with = forms::feedback))]
    #[serde(alias = "post_text")]
    pub feedback: String,
}

/// A question as it is being written: any values, until it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    /// The text of the question, in Markdown: 1 to 2,000 characters.
    #[cfg_attr(feature = "openapi", schema(required = true, schema_with = forms::text))]
    pub text: String,
    /// How it is answered; what is left out follows from how many options are right.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<QuestionKind>,
    /// What is offered; none for a text answer.
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub options: Vec<QuestionOption>,
    /// The time limit in seconds, 5 to 3,600; without it, the question has none.
    #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 3600))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit_seconds: Option<u32>,
}

/// A question that has been checked: it can be picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Content(Draft);

impl Draft {
    /// The kind: as it is set, or as it follows from the options. None is right in a poll, which takes one answer.
    pub fn kind(&self) -> QuestionKind {
        let correct = self.options.iter().filter(|option| option.is_correct).count();
        match (self.kind, self.options.len(), correct) {
            (Some(kind), _, _) => kind,
            (None, 0, _) => QuestionKind::Discursive,
            (None, _, 0 | 1) => QuestionKind::SingleAnswer,
            (None, _, _) => QuestionKind::MultipleAnswer,
        }
    }

    /// The question, if it can be picked.
    ///
    /// # Errors
    /// All that is wrong; a property is `text`, `type`, `options`, `timeLimitSeconds` or `options[2].feedback`.
    pub fn check(self) -> Result<Content, Vec<Violation>> {
        let mut wrong = Vec::new();
        let mut keep =
            |checked: Result<String, Violation>| checked.map_err(|violation| wrong.push(violation)).unwrap_or_default();
        let text = keep(within("text", "A question's text", &self.text, 1, TEXT_LIMIT));
        let options = self
            .options
            .iter()
            .enumerate()
            .map(|(place, option)| {
                let property = format!("options[{place}].text");
                let what = format!("Option {}", place + 1);
                let text = keep(line(&property, &what, &option.text, 1, OPTION_TEXT_LIMIT));
                let property = format!("options[{place}].feedback");
                let what = format!("The feedback of option {}", place + 1);
                let feedback = keep(within(&property, &what, &option.feedback, 0, FEEDBACK_LIMIT));
                QuestionOption { text, is_correct: option.is_correct, feedback }
            })
            .collect();
        wrong.extend(self.shape());
        let content = Content(Self { text, options, ..self });
        if wrong.is_empty() { Ok(content) } else { Err(wrong) }
    }

    /// What is wrong with the question as a whole.
    fn shape(&self) -> Vec<Violation> {
        let count = self.options.len();
        let mut wrong = Vec::new();
        if count > OPTION_LIMIT {
            let message = format!("A question has at most {OPTION_LIMIT} options; this one has {count}.");
            wrong.push(Violation::new("options", &count.to_string(), "length", message));
        }
        match (self.kind, count) {
            (Some(QuestionKind::Discursive), 1..) => {
                let message =
                    "A question that is answered in words has no options. Remove them, or choose another type.";
                wrong.push(Violation::of_rule("type", "discursive", "options", message));
            }
            (Some(QuestionKind::SingleAnswer | QuestionKind::MultipleAnswer), 0) => {
                let message = "A question of this type needs options to choose from.";
                wrong.push(Violation::of_rule("type", "", "options", message));
            }
            _ => {}
        }
        if let Some(seconds) = self.time_limit_seconds
            && !(SHORTEST_TIME..=LONGEST_TIME).contains(&seconds)
        {
            let message = format!("A time limit is {SHORTEST_TIME} to {LONGEST_TIME} seconds.");
            wrong.push(Violation::new("timeLimitSeconds", &seconds.to_string(), "range", message));
        }
        wrong
    }
}

impl Content {
    /// The text of the question, in Markdown.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How it is answered.
    pub fn kind(&self) -> QuestionKind {
        self.0.kind()
    }

    /// What is offered.
    pub fn options(&self) -> &[QuestionOption] {
        &self.0.options
    }

    /// The time limit in seconds.
    pub const fn time_limit_seconds(&self) -> Option<u32> {
        self.0.time_limit_seconds
    }

    /// The draft of this question, to edit it.
    pub fn into_draft(self) -> Draft {
        self.0
    }
}

impl TryFrom<Draft> for Content {
    type Error = Violation;

    fn try_from(draft: Draft) -> Result<Self, Violation> {
        draft.check().map_err(|mut wrong| wrong.swap_remove(0))
    }
}

impl From<Content> for Draft {
    fn from(content: Content) -> Self {
        content.0
    }
}

/// A question in its author's library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = BankQuestion))]
#[serde(rename_all = "camelCase")]
pub struct LibraryQuestion {
    /// Its name in the library.
    pub id: QuestionId,
    /// The question.
    #[cfg_attr(feature = "openapi", schema(value_type = Draft))]
    pub content: Content,
    /// When it was last written (RFC 3339, UTC).
    pub updated_at: Timestamp,
    /// Grows by one with each write.
    pub rev: u64,
}

impl LibraryQuestion {
    /// A new one.
    pub const fn create(id: QuestionId, content: Content, now: Timestamp) -> Self {
        Self { id, content, updated_at: now, rev: 1 }
    }

    /// The rewritten question; `None` if nothing is different.
    pub fn rewrite(&self, content: Content, now: Timestamp) -> Option<Self> {
        (content != self.content).then(|| Self { content, updated_at: now, rev: self.rev + 1, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(text: &str, is_correct: bool) -> QuestionOption {
        QuestionOption { text: text.to_owned(), is_correct, feedback: String::new() }
    }

    fn draft(correct: &[bool]) -> Draft {
        let options = correct.iter().zip(1..).map(|(is_correct, number)| option(&number.to_string(), *is_correct));
        Draft { text: "How many?".to_owned(), options: options.collect(), ..Draft::default() }
    }

    #[test]
    fn the_kind_follows_from_the_options_unless_it_is_set() {
        assert_eq!(draft(&[]).kind(), QuestionKind::Discursive);
        assert_eq!(draft(&[true, false]).kind(), QuestionKind::SingleAnswer);
        assert_eq!(draft(&[true, true]).kind(), QuestionKind::MultipleAnswer);
        assert_eq!(draft(&[false, false]).kind(), QuestionKind::SingleAnswer, "a poll");
        let set = Draft { kind: Some(QuestionKind::MultipleAnswer), ..draft(&[true, false]) };
        assert_eq!(set.check().unwrap().kind(), QuestionKind::MultipleAnswer);
    }

    #[test]
    fn all_violations_are_returned() {
        let mut bad = draft(&[true; OPTION_LIMIT + 1]);
        bad.text = " ".to_owned();
        bad.options[2].text = String::new();
        bad.options[3].feedback = "x".repeat(FEEDBACK_LIMIT + 1);
        bad.time_limit_seconds = Some(4);
        let wrong = bad.check().unwrap_err();
        let properties: Vec<&str> = wrong.iter().map(|violation| violation.property.as_str()).collect();
        assert_eq!(properties, ["text", "options[2].text", "options[3].feedback", "options", "timeLimitSeconds"]);
    }

    #[test]
    fn a_type_must_fit_its_options() {
        let words = Draft { kind: Some(QuestionKind::Discursive), ..draft(&[true]) };
        assert_eq!(words.check().unwrap_err()[0].property, "type");
        let choice = Draft { kind: Some(QuestionKind::SingleAnswer), ..draft(&[]) };
        assert_eq!(choice.check().unwrap_err()[0].property, "type");
    }

    #[test]
    fn it_reads_what_pylivequestions_wrote() {
        let json = r#"{"text":"How many continents are there?",
            "options":[{"text":"7","correct":true,"post_text":"Yes!"},{"text":"1","correct":false,"post_text":"Pangea is past!"}]}"#;
        let content: Content = serde_json::from_str(json).unwrap();
        assert!(content.options()[0].is_correct);
        assert_eq!(content.options()[1].feedback, "Pangea is past!");
        assert_eq!(content.kind(), QuestionKind::SingleAnswer);
    }

    #[test]
    fn writing_the_same_again_changes_nothing() {
        let content = draft(&[true]).check().unwrap();
        let question = LibraryQuestion::create("k3j9x0a2bc".parse().unwrap(), content.clone(), Timestamp::default());
        assert_eq!(question.rewrite(content, Timestamp::default()), None);
        let other = draft(&[true, false]).check().unwrap();
        assert_eq!(question.rewrite(other, Timestamp::default()).unwrap().rev, 2);
    }
}
