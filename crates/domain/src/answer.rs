//! A person's answer to a pick. [`crate::grading`] grades it.

use serde::{Deserialize, Serialize};

use crate::person::{PersonId, PersonName};
#[cfg(feature = "openapi")]
use crate::question::OPTION_LIMIT;
use crate::question::QuestionKind;
use crate::time::Timestamp;
use crate::validation::{Violation, within};

/// A text answer has at most this many characters.
pub const WORDS_LIMIT: usize = 1_000;

/// An answer: options by their places from 0, in rising order, or words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The chosen options.
    Choices(Vec<u8>),
    /// Words of 1 to 1,000 characters.
    Text(String),
}

#[cfg(feature = "openapi")]
fn answer_schema() -> utoipa::openapi::schema::OneOfBuilder {
    use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};

    // An answer has exactly one of the two parts.
    let part = |name: &str| {
        let others = AdditionalProperties::FreeForm(false);
        ObjectBuilder::new().schema_type(Type::Object).required(name).additional_properties(Some(others))
    };
    let option = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(OPTION_LIMIT - 1));
    let choices = ArrayBuilder::new().items(option).description(Some("The chosen options"));
    let words = crate::schema::lines(1, WORDS_LIMIT).description(Some("Words of 1 to 1,000 characters"));
    let parts = OneOfBuilder::new().description(Some("Options by their places from 0, in rising order, or words"));
    parts.item(part("choices").property("choices", choices)).item(part("text").property("text", words))
}

#[cfg(feature = "openapi")]
crate::described!(Answer, answer_schema());

impl Answer {
    /// The chosen options; none of a text answer.
    pub fn choices(&self) -> &[u8] {
        match self {
            Self::Choices(choices) => choices,
            Self::Text(_) => &[],
        }
    }

    /// The answer as it is stored, if it fits a question of this kind with this number of options.
    ///
    /// # Errors It is empty, of the other kind, or names options that do not exist.
    pub fn check(self, kind: QuestionKind, options: usize) -> Result<Self, Violation> {
        match (kind, self) {
            (QuestionKind::Discursive, Self::Text(words)) => {
                within("text", "An answer", &words, 1, WORDS_LIMIT).map(Self::Text)
            }
            (QuestionKind::Discursive, Self::Choices(_)) => {
                Err(Violation::of_rule("choices", "", "type", "This question is answered in words: send “text”."))
            }
            (_, Self::Text(words)) => Err(Violation::of_rule(
                "text",
                &words,
                "type",
                "This question is answered by its options: send “choices”.",
            )),
            (_, Self::Choices(mut choices)) => {
                choices.sort_unstable();
                choices.dedup();
                match choices.as_slice() {
                    [] => Err(Violation::of_rule("choices", "", "length", "Choose an option first.")),
                    [.., last] if usize::from(*last) >= options => {
                        let message =
                            format!("There is no option {last}: they go from 0 to {}.", options.saturating_sub(1));
                        Err(Violation::of_rule("choices", &last.to_string(), "range", message))
                    }
                    [_, _, ..] if kind == QuestionKind::SingleAnswer => {
                        let count = choices.len().to_string();
                        Err(Violation::of_rule("choices", &count, "length", "This question takes one option."))
                    }
                    _ => Ok(Self::Choices(choices)),
                }
            }
        }
    }
}

/// One person's answer to one pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AnswerRecord {
    /// The pick's number in its room.
    pub pick: u32,
    /// The person that answered.
    pub person: PersonId,
    /// Their display name.
    pub name: PersonName,
    /// What they answered.
    pub answer: Answer,
    /// When (RFC 3339, UTC).
    pub at: Timestamp,
    /// Grows by one each time they change it: 1 is the first answer.
    pub rev: u64,
}

impl AnswerRecord {
    /// How often it was changed.
    pub const fn changes(&self) -> u64 {
        self.rev.saturating_sub(1)
    }

    /// Another answer in place of this; `None` if it is the same.
    pub fn change(&self, answer: Answer, name: PersonName, at: Timestamp) -> Option<Self> {
        (answer != self.answer).then(|| Self { answer, name, at, rev: self.rev + 1, ..self.clone() })
    }
}

/// A person that is in a room now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The person.
    pub person: PersonId,
    /// Their display name.
    pub name: PersonName,
    /// Grows by one each time one of their pages comes or goes.
    pub rev: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(choices: &[u8]) -> Answer {
        Answer::Choices(choices.to_vec())
    }

    #[test]
    fn an_answer_fits_its_question() {
        use QuestionKind::{Discursive, MultipleAnswer, SingleAnswer};
        assert_eq!(choices(&[2, 0, 2]).check(MultipleAnswer, 3), Ok(choices(&[0, 2])));
        assert_eq!(choices(&[1]).check(SingleAnswer, 2), Ok(choices(&[1])));
        assert_eq!(Answer::Text(" yes ".to_owned()).check(Discursive, 0), Ok(Answer::Text("yes".to_owned())));
        let refused = [
            (choices(&[0, 1]), SingleAnswer, 2),
            (choices(&[2]), SingleAnswer, 2),
            (choices(&[]), MultipleAnswer, 2),
            (choices(&[0, 9]), MultipleAnswer, 2),
            (choices(&[0]), Discursive, 0),
            (Answer::Text("1".to_owned()), SingleAnswer, 2),
            (Answer::Text("  ".to_owned()), Discursive, 0),
            (Answer::Text("x".repeat(WORDS_LIMIT + 1)), Discursive, 0),
        ];
        for (answer, kind, options) in refused {
            assert!(answer.clone().check(kind, options).is_err(), "{answer:?} {kind:?}");
        }
    }

    #[test]
    fn an_answer_travels_as_choices_or_text() {
        assert_eq!(serde_json::to_string(&choices(&[0, 2])).unwrap(), r#"{"choices":[0,2]}"#);
        assert_eq!(serde_json::from_str::<Answer>(r#"{"text":"so"}"#).unwrap(), Answer::Text("so".to_owned()));
    }

    #[test]
    fn the_same_answer_again_is_no_change() {
        let (person, name): (PersonId, PersonName) = ("bo".parse().unwrap(), "Bo".parse().unwrap());
        let at = Timestamp::default();
        let first = AnswerRecord { pick: 1, person, name: name.clone(), answer: choices(&[0]), at, rev: 1 };
        assert_eq!(first.change(choices(&[0]), name.clone(), at), None);
        let second = first.change(choices(&[1]), name, at).unwrap();
        assert_eq!((second.rev, second.changes()), (2, 1));
    }
}
