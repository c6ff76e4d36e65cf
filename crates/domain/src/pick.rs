//! A question that was picked in a room: a copy, so that later edits do not change the past, and its phase. A participant gets it only
//! through [`Pick::view`], which hides the right answers until the feedback is shown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AnswerRecord};
use crate::grading::{Grade, Score, mean_percent};
use crate::question::{Content, LONGEST_TIME, QuestionId, QuestionKind};
use crate::room::RoomId;
use crate::time::Timestamp;

/// The maximum number of text answers that are shown to all participants at a time: a projector has no room for more.
pub const SHOWN_ANSWERS_LIMIT: usize = 12;

/// The phase of a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PickPhase {
    /// Takes answers until its time limit has passed.
    Open,
    /// Takes none, and its feedback is shown.
    Closed,
    /// Was replaced, or its room closed, before its feedback was shown: it never will be.
    Passed,
}

/// One pick of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pick {
    /// The room in which it was picked.
    pub room: RoomId,
    /// The number of the pick in the room, from 1.
    pub number: u32,
    /// The question that was picked.
    pub content: Content,
    /// Its phase.
    pub phase: PickPhase,
    /// The question of the host's library that it is a copy of; `None` in picks that were stored before this field existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionId>,
    /// When it was picked.
    pub picked_at: Timestamp,
    /// When its time is up, if the host has set this after the pick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// The text answers that the host shows to all participants, in the order in which they were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// The mean score of the answers in hundredths, once the feedback is shown; none if the question has no right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// How often each option was chosen, once the feedback is shown.
    pub bars: Vec<u32>,
    /// The number of answers, once it takes no more answers.
    pub answered: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

/// Why a pick does not accept an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// Its feedback is shown, or another question was picked.
    #[error("This question takes no more answers.")]
    Closed,
    /// Its time limit has passed.
    #[error("The time for this question is up.")]
    TimeIsUp,
}

/// Why a pick refuses a command of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PickRefusal {
    /// It has ended.
    #[error("This question has ended.")]
    Ended,
    /// More than [`LONGEST_TIME`].
    #[error("A question takes answers for at most {} seconds more.", LONGEST_TIME)]
    TooLong,
    /// Its answers are options.
    #[error("Only answers in words can be shown.")]
    NoWords,
    /// [`SHOWN_ANSWERS_LIMIT`] is reached.
    #[error("At most {} answers are shown at a time. Hide one first.", SHOWN_ANSWERS_LIMIT)]
    TooManyShown,
    /// No participant has given this answer.
    #[error("There is no such answer any more.")]
    NoSuchAnswer,
}

/// An option as participants see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OptionView {
    /// The text of the option.
    pub text: String,
    /// Whether it is right: only once the feedback is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_correct: Option<bool>,
    /// The option's feedback: only once the feedback is shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feedback: String,
}

/// A pick as participants see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PickView {
    /// The number of the pick in the room, from 1.
    pub number: u32,
    /// Its phase.
    pub phase: PickPhase,
    /// The text of the question: sanitized HTML.
    pub html: String,
    /// How it is answered.
    #[serde(rename = "type")]
    pub kind: QuestionKind,
    /// What is offered; an answer names them by their places from 0.
    pub options: Vec<OptionView>,
    /// The question of the host's library that it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionId>,
    /// When its time is up, if it is limited (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// How often each option was chosen, once the feedback is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bars: Vec<u32>,
    /// The mean score of the answers in hundredths, once the feedback is shown; none if the question has no right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// The text answers that the host shows to all participants, without names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// The number of answers, once it takes no more answers.
    pub answered: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

impl PickView {
    /// The grade of `choices`, once the feedback shows which options are correct. `None` if the question has no correct option.
    pub fn grade(&self, choices: &[u8]) -> Option<Grade> {
        let correct: Vec<bool> = self.options.iter().map(|option| option.is_correct == Some(true)).collect();
        Grade::of(self.kind, &correct, choices)
    }
}

/// The number of answers to the current pick while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    /// The pick's number.
    pub pick: u32,
    /// The number of answers.
    pub answered: u32,
}

impl Tally {
    /// Its revision: answers are never taken back, so within a pick it grows with them, and from pick to pick in any case.
    pub fn rev(self) -> u64 {
        u64::from(self.pick) * 1_000_000 + u64::from(self.answered.min(999_999))
    }
}

impl Pick {
    /// A question is picked.
    pub const fn create(room: RoomId, number: u32, content: Content, now: Timestamp) -> Self {
        Self {
            room,
            number,
            content,
            phase: PickPhase::Open,
            question: None,
            picked_at: now,
            ends_at: None,
            shown: Vec::new(),
            percent: None,
            bars: Vec::new(),
            answered: 0,
            rev: 1,
        }
    }

    /// When its time is up.
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.ends_at.is_some() {
            return self.ends_at;
        }
        let seconds = self.content.time_limit_seconds()?;
        Some(self.picked_at.plus(Duration::from_secs(u64::from(seconds))))
    }

    /// Checks that it accepts answers at `now`.
    ///
    /// # Errors
    /// It does not, and why.
    pub fn check_open(&self, now: Timestamp) -> Result<(), AnswerRefusal> {
        if self.phase != PickPhase::Open {
            return Err(AnswerRefusal::Closed);
        }
        if self.deadline().is_some_and(|deadline| now > deadline) {
            return Err(AnswerRefusal::TimeIsUp);
        }
        Ok(())
    }

    /// It takes answers for `seconds` more from `now` on; 0 ends that at once. It stays open: its feedback is not shown yet.
    ///
    /// # Errors
    /// It has ended, or that is longer than [`LONGEST_TIME`].
    pub fn set_time(&self, seconds: u32, now: Timestamp) -> Result<Self, PickRefusal> {
        if self.phase != PickPhase::Open {
            return Err(PickRefusal::Ended);
        }
        if seconds > LONGEST_TIME {
            return Err(PickRefusal::TooLong);
        }
        let ends_at = now.plus(Duration::from_secs(u64::from(seconds)));
        Ok(Self { ends_at: Some(ends_at), rev: self.rev + 1, ..self.clone() })
    }

    /// Shows these text answers to all participants, and no others; `None` if they are shown already. `records` are the stored
    /// answers: an answer that is shown stays as it is when its author changes theirs.
    ///
    /// # Errors
    /// They are too many, or one of them was not given.
    pub fn show_answers(&self, answers: &[String], records: &[AnswerRecord]) -> Result<Option<Self>, PickRefusal> {
        if self.content.kind() != QuestionKind::Discursive {
            return Err(PickRefusal::NoWords);
        }
        let mut shown: Vec<String> = Vec::new();
        for answer in answers {
            let is_given = |record: &AnswerRecord| matches!(&record.answer, Answer::Text(text) if text == answer);
            if !self.shown.contains(answer) && !records.iter().any(is_given) {
                return Err(PickRefusal::NoSuchAnswer);
            }
            if !shown.contains(answer) {
                shown.push(answer.clone());
            }
        }
        if shown.len() > SHOWN_ANSWERS_LIMIT {
            return Err(PickRefusal::TooManyShown);
        }
        Ok((shown != self.shown).then(|| Self { shown, rev: self.rev + 1, ..self.clone() }))
    }

    /// The score of choices; `None` if the question has no right answer.
    pub(crate) fn score(&self, choices: &[u8]) -> Option<Score> {
        let correct: Vec<bool> = self.content.options().iter().map(|option| option.is_correct).collect();
        Some(Grade::of(self.content.kind(), &correct, choices)?.score())
    }

    /// Shows its feedback; `records` are the stored answers.
    #[must_use]
    pub fn close(&self, records: &[AnswerRecord]) -> Self {
        self.counted(records, PickPhase::Closed)
    }

    /// It ends without feedback.
    #[must_use]
    pub fn pass(&self, records: &[AnswerRecord]) -> Self {
        self.counted(records, PickPhase::Passed)
    }

    /// Counted again after it has ended; `None` while it is open, and if the count is the same. An answer that was
    /// accepted just before the end may be written just after it.
    pub fn recount(&self, records: &[AnswerRecord]) -> Option<Self> {
        if self.phase == PickPhase::Open {
            return None;
        }
        let again = self.counted(records, self.phase);
        (again.bars != self.bars || again.answered != self.answered).then_some(again)
    }

    fn counted(&self, records: &[AnswerRecord], phase: PickPhase) -> Self {
        let mut bars = vec![0_u32; self.content.options().len()];
        for choice in records.iter().flat_map(|record| record.answer.choices()) {
            if let Some(bar) = bars.get_mut(usize::from(*choice)) {
                *bar += 1;
            }
        }
        let answered = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let percent = mean_percent(records.iter().filter_map(|record| self.score(record.answer.choices())));
        Self { phase, bars, answered, percent, rev: self.rev + 1, ..self.clone() }
    }

    /// What participants see of it. `html` is the question's text as sanitized HTML.
    pub fn view(&self, html: String) -> PickView {
        let is_shown = self.phase == PickPhase::Closed;
        let option = |option: &crate::question::QuestionOption| OptionView {
            text: option.text.clone(),
            is_correct: is_shown.then_some(option.is_correct),
            feedback: if is_shown { option.feedback.clone() } else { String::new() },
        };
        PickView {
            number: self.number,
            phase: self.phase,
            html,
            kind: self.content.kind(),
            options: self.content.options().iter().map(option).collect(),
            question: self.question.clone(),
            deadline: self.deadline(),
            bars: if is_shown { self.bars.clone() } else { Vec::new() },
            percent: self.percent.filter(|_| is_shown),
            shown: self.shown.clone(),
            answered: self.answered,
            rev: self.rev,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use crate::question::{Draft, QuestionOption};

    fn pick(limit: Option<u32>) -> Pick {
        let option = |text: &str, is_correct| QuestionOption {
            text: text.to_owned(),
            is_correct,
            feedback: format!("said of {text}"),
        };
        let draft = Draft {
            text: "How many?".to_owned(),
            options: vec![option("seven", true), option("one", false), option("one", false)],
            time_limit_seconds: limit,
            ..Draft::default()
        };
        Pick::create("k3j9x0a2bc".parse().unwrap(), 1, draft.check().unwrap(), Timestamp::from_milliseconds(1_000))
    }

    fn record(person: &str, choices: &[u8]) -> AnswerRecord {
        AnswerRecord {
            pick: 1,
            person: person.parse().unwrap(),
            name: person.parse().unwrap(),
            answer: Answer::Choices(choices.to_vec()),
            at: Timestamp::default(),
            rev: 1,
        }
    }

    #[test]
    fn no_view_has_the_correct_options_before_the_feedback() {
        let records = [record("ann", &[0])];
        for hidden in [pick(None), pick(None).pass(&records)] {
            let json = serde_json::to_string(&hidden.view(String::new())).unwrap();
            for secret in ["orrect", "said of", "bars", "feedback", "true"] {
                assert!(!json.contains(secret), "{secret} in {json}");
            }
        }
        let shown = pick(None).close(&records).view(String::new());
        assert_eq!(shown.options[0].is_correct, Some(true));
        assert_eq!(shown.options[1].feedback, "said of one");
        assert_eq!(shown.bars, [1, 0, 0]);
    }

    #[test]
    fn options_of_one_text_are_counted_apart() {
        let closed = pick(None).close(&[record("ann", &[1]), record("bo", &[2]), record("cy", &[2])]);
        assert_eq!((closed.bars, closed.answered), (vec![0, 1, 2], 3));
    }

    #[test]
    fn an_answer_is_refused_after_the_end_and_after_the_time_limit() {
        let limited = pick(Some(5));
        assert_eq!(limited.check_open(Timestamp::from_milliseconds(6_000)), Ok(()));
        assert_eq!(limited.check_open(Timestamp::from_milliseconds(6_001)), Err(AnswerRefusal::TimeIsUp));
        assert_eq!(limited.close(&[]).check_open(Timestamp::from_milliseconds(2_000)), Err(AnswerRefusal::Closed));
        assert_eq!(pick(None).pass(&[]).check_open(Timestamp::from_milliseconds(2_000)), Err(AnswerRefusal::Closed));
        assert_eq!(pick(None).check_open(Timestamp::from_milliseconds(9_000_000)), Ok(()));
    }

    #[test]
    fn an_answer_that_was_under_way_at_the_end_is_counted_after_it() {
        let late = [record("ann", &[0]), record("bo", &[1])];
        assert_eq!(pick(None).recount(&late), None, "it is open");
        let closed = pick(None).close(&late[..1]);
        let again = closed.recount(&late).unwrap();
        assert_eq!((again.answered, again.bars.as_slice(), again.rev), (2, [1, 1, 0].as_slice(), 3));
        assert_eq!(again.recount(&late), None);
    }

    #[test]
    fn the_host_gives_more_time_or_ends_it() {
        let limited = pick(Some(5));
        let at = Timestamp::from_milliseconds;
        let longer = limited.set_time(35, at(2_000)).unwrap();
        assert_eq!((longer.deadline(), longer.phase, longer.rev), (Some(at(37_000)), PickPhase::Open, 2));
        assert_eq!(
            (longer.check_open(at(37_000)), longer.check_open(at(37_001))),
            (Ok(()), Err(AnswerRefusal::TimeIsUp))
        );
        let ended = pick(None).set_time(0, at(2_000)).unwrap();
        assert_eq!(
            (ended.check_open(at(2_001)), ended.view(String::new()).deadline),
            (Err(AnswerRefusal::TimeIsUp), Some(at(2_000)))
        );
        assert!(!serde_json::to_string(&ended.view(String::new())).unwrap().contains("orrect"), "no feedback yet");
        assert_eq!(limited.set_time(LONGEST_TIME + 1, at(2_000)), Err(PickRefusal::TooLong));
        assert_eq!(limited.close(&[]).set_time(30, at(2_000)), Err(PickRefusal::Ended));
    }

    fn words(person: &str, text: &str) -> AnswerRecord {
        AnswerRecord { answer: Answer::Text(text.to_owned()), ..record(person, &[]) }
    }

    fn essay() -> Pick {
        let draft = Draft { text: "Why?".to_owned(), ..Draft::default() };
        Pick::create("k3j9x0a2bc".parse().unwrap(), 1, draft.check().unwrap(), Timestamp::default())
    }

    #[test]
    fn the_host_shows_answers_that_were_given_and_hides_them() {
        let records = [words("ann", "It scatters"), words("bo", "No idea")];
        let show = |pick: &Pick, answers: &[&str]| {
            pick.show_answers(&answers.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), &records)
        };
        let shown = show(&essay(), &["It scatters", "It scatters"]).unwrap().unwrap();
        assert_eq!((shown.view(String::new()).shown, shown.rev), (vec!["It scatters".to_owned()], 2));
        assert_eq!(show(&shown, &["It scatters"]), Ok(None));
        assert_eq!(show(&shown, &["Never said"]), Err(PickRefusal::NoSuchAnswer));
        assert!(show(&shown, &[]).unwrap().unwrap().shown.is_empty());
        let later = shown.show_answers(&["It scatters".to_owned()], &[words("ann", "Changed")]);
        assert_eq!(later, Ok(None), "what is shown stays when its author changes their answer");
        assert_eq!(show(&pick(None), &["It scatters"]), Err(PickRefusal::NoWords));
    }

    #[test]
    fn the_number_of_shown_answers_is_limited() {
        let records: Vec<AnswerRecord> =
            (0..=SHOWN_ANSWERS_LIMIT).map(|number| words("ann", &number.to_string())).collect();
        let texts: Vec<String> = (0..=SHOWN_ANSWERS_LIMIT).map(|number| number.to_string()).collect();
        assert_eq!(essay().show_answers(&texts, &records), Err(PickRefusal::TooManyShown));
        assert!(essay().show_answers(&texts[1..], &records).is_ok());
    }

    #[test]
    fn the_mean_score_is_shown_with_the_feedback() {
        let records = [record("ann", &[0]), record("bo", &[0]), record("cy", &[1])];
        assert_eq!(pick(None).close(&records).view(String::new()).percent, Some(67), "rounded, and not cut");
        assert_eq!(pick(None).pass(&records).view(String::new()).percent, None);
        assert_eq!(pick(None).close(&[]).view(String::new()).percent, None, "without an answer");
        assert_eq!(essay().close(&[words("ann", "so")]).percent, None);
    }

    #[test]
    fn a_pick_from_before_these_fields_reads() {
        let mut json = serde_json::to_value(pick(None)).unwrap();
        let fields = json.as_object_mut().unwrap();
        assert!(
            ["question", "endsAt", "shown", "percent"].iter().all(|name| fields.remove(*name).is_none()),
            "left out"
        );
        assert_eq!(serde_json::from_value::<Pick>(json).unwrap(), pick(None));
    }

    #[test]
    fn a_tally_grows_with_answers_and_with_picks() {
        let rev = |pick, answered| Tally { pick, answered }.rev();
        assert!(rev(1, 1) > rev(1, 0) && rev(2, 0) > rev(1, 5_000_000) && rev(1, 0) > 0);
    }
}
