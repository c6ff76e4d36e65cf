//! A question that was picked in a room: a copy, so that later edits do not change the past, and its phase. A participant gets it only
//! through [`Pick::view`], which hides the right answers until the feedback is shown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AnswerRecord};
use crate::evaluation::{Evaluation, Score, mean_percent};
use crate::question::{Content, LONGEST_TIME, QuestionId, QuestionKind};
use crate::room::RoomId;
use crate::time::Timestamp;

/// The most answers in words that are shown to all participants at a time: as many as a projector has room for.
pub const SHOWN_ANSWERS_LIMIT: usize = 12;

/// The phase of a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PickPhase {
    /// Takes answers, as long as its time limit allows.
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
    /// Which pick of the room it is, from 1.
    pub number: u32,
    /// The question that was picked.
    pub content: Content,
    /// Its phase.
    pub phase: PickPhase,
    /// Which question of the host's library it is a copy of; unknown of picks from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionId>,
    /// When it was picked.
    pub picked_at: Timestamp,
    /// When its time is up, if the host has set this after the pick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// The answers in words that the host shows to all participants, in the order in which they were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// The mean score in hundredths of those who answered, once the feedback is shown; none if the question has no right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// How often each option was chosen, once the feedback is shown.
    pub bars: Vec<u32>,
    /// How many have answered, once it takes no more answers.
    pub answered: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

/// Why a pick takes no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Late {
    /// Its feedback is shown, or another question was picked.
    #[error("This question takes no more answers.")]
    Closed,
    /// Its time limit has passed.
    #[error("The time for this question is up.")]
    TimeIsUp,
}

/// Why the host cannot do something with a pick.
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
    /// Which pick of the room it is, from 1.
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
    /// Which question of the host's library it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionId>,
    /// When its time is up, if it is limited (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// How often each option was chosen, once the feedback is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bars: Vec<u32>,
    /// The mean score in hundredths of those who answered, once the feedback is shown; none if the question has no right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// The answers in words that the host shows to all participants, without names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// How many have answered, once it takes no more answers.
    pub answered: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

impl PickView {
    /// How right `choices` are, once the feedback says which options are correct. `None` if the question has no right answer.
    pub fn evaluate(&self, choices: &[u8]) -> Option<Evaluation> {
        let correct: Vec<bool> = self.options.iter().map(|option| option.is_correct == Some(true)).collect();
        Evaluation::of(self.kind, &correct, choices)
    }
}

/// How many have answered the current pick, while they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    /// The pick's number.
    pub pick: u32,
    /// How many.
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

    /// Whether it takes an answer at `now`.
    ///
    /// # Errors
    /// It does not, and why.
    pub fn admit(&self, now: Timestamp) -> Result<(), Late> {
        if self.phase != PickPhase::Open {
            return Err(Late::Closed);
        }
        if self.deadline().is_some_and(|deadline| now > deadline) {
            return Err(Late::TimeIsUp);
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

    /// Shows these answers in words to all participants, and no others; `None` if they are shown already. `attempts` are the stored
    /// answers: an answer that is shown stays as it is when its author changes theirs.
    ///
    /// # Errors
    /// They are too many, or one of them was not given.
    pub fn show_answers(&self, answers: &[String], attempts: &[AnswerRecord]) -> Result<Option<Self>, PickRefusal> {
        if self.content.kind() != QuestionKind::Discursive {
            return Err(PickRefusal::NoWords);
        }
        let mut shown: Vec<String> = Vec::new();
        for answer in answers {
            let is_given = |attempt: &AnswerRecord| matches!(&attempt.answer, Answer::Text(text) if text == answer);
            if !self.shown.contains(answer) && !attempts.iter().any(is_given) {
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
        Some(Evaluation::of(self.content.kind(), &correct, choices)?.score())
    }

    /// Its feedback is shown: `attempts` are what was answered.
    #[must_use]
    pub fn close(&self, attempts: &[AnswerRecord]) -> Self {
        self.counted(attempts, PickPhase::Closed)
    }

    /// It ends without feedback.
    #[must_use]
    pub fn pass(&self, attempts: &[AnswerRecord]) -> Self {
        self.counted(attempts, PickPhase::Passed)
    }

    /// Counted again after it has ended; `None` while it is open, and if the count is the same. An answer that was
    /// accepted just before the end may be written just after it.
    pub fn recount(&self, attempts: &[AnswerRecord]) -> Option<Self> {
        if self.phase == PickPhase::Open {
            return None;
        }
        let again = self.counted(attempts, self.phase);
        (again.bars != self.bars || again.answered != self.answered).then_some(again)
    }

    fn counted(&self, attempts: &[AnswerRecord], phase: PickPhase) -> Self {
        let mut bars = vec![0_u32; self.content.options().len()];
        for choice in attempts.iter().flat_map(|attempt| attempt.answer.choices()) {
            if let Some(bar) = bars.get_mut(usize::from(*choice)) {
                *bar += 1;
            }
        }
        let answered = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let percent = mean_percent(attempts.iter().filter_map(|attempt| self.score(attempt.answer.choices())));
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

    fn attempt(person: &str, choices: &[u8]) -> AnswerRecord {
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
    fn nothing_tells_what_is_right_before_the_feedback() {
        let attempts = [attempt("ann", &[0])];
        for hidden in [pick(None), pick(None).pass(&attempts)] {
            let json = serde_json::to_string(&hidden.view(String::new())).unwrap();
            for secret in ["orrect", "said of", "bars", "feedback", "true"] {
                assert!(!json.contains(secret), "{secret} in {json}");
            }
        }
        let shown = pick(None).close(&attempts).view(String::new());
        assert_eq!(shown.options[0].is_correct, Some(true));
        assert_eq!(shown.options[1].feedback, "said of one");
        assert_eq!(shown.bars, [1, 0, 0]);
    }

    #[test]
    fn options_of_one_text_are_counted_apart() {
        let closed = pick(None).close(&[attempt("ann", &[1]), attempt("bo", &[2]), attempt("cy", &[2])]);
        assert_eq!((closed.bars, closed.answered), (vec![0, 1, 2], 3));
    }

    #[test]
    fn a_late_answer_is_refused_by_phase_and_by_time() {
        let limited = pick(Some(5));
        assert_eq!(limited.admit(Timestamp::from_milliseconds(6_000)), Ok(()));
        assert_eq!(limited.admit(Timestamp::from_milliseconds(6_001)), Err(Late::TimeIsUp));
        assert_eq!(limited.close(&[]).admit(Timestamp::from_milliseconds(2_000)), Err(Late::Closed));
        assert_eq!(pick(None).pass(&[]).admit(Timestamp::from_milliseconds(2_000)), Err(Late::Closed));
        assert_eq!(pick(None).admit(Timestamp::from_milliseconds(9_000_000)), Ok(()));
    }

    #[test]
    fn an_answer_that_was_under_way_at_the_end_is_counted_after_it() {
        let late = [attempt("ann", &[0]), attempt("bo", &[1])];
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
        assert_eq!((longer.admit(at(37_000)), longer.admit(at(37_001))), (Ok(()), Err(Late::TimeIsUp)));
        let ended = pick(None).set_time(0, at(2_000)).unwrap();
        assert_eq!(
            (ended.admit(at(2_001)), ended.view(String::new()).deadline),
            (Err(Late::TimeIsUp), Some(at(2_000)))
        );
        assert!(!serde_json::to_string(&ended.view(String::new())).unwrap().contains("orrect"), "no feedback yet");
        assert_eq!(limited.set_time(LONGEST_TIME + 1, at(2_000)), Err(PickRefusal::TooLong));
        assert_eq!(limited.close(&[]).set_time(30, at(2_000)), Err(PickRefusal::Ended));
    }

    fn words(person: &str, text: &str) -> AnswerRecord {
        AnswerRecord { answer: Answer::Text(text.to_owned()), ..attempt(person, &[]) }
    }

    fn essay() -> Pick {
        let draft = Draft { text: "Why?".to_owned(), ..Draft::default() };
        Pick::create("k3j9x0a2bc".parse().unwrap(), 1, draft.check().unwrap(), Timestamp::default())
    }

    #[test]
    fn the_host_shows_answers_that_were_given_and_hides_them() {
        let attempts = [words("ann", "It scatters"), words("bo", "No idea")];
        let show = |pick: &Pick, answers: &[&str]| {
            pick.show_answers(&answers.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), &attempts)
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
    fn only_so_many_answers_are_shown() {
        let attempts: Vec<AnswerRecord> =
            (0..=SHOWN_ANSWERS_LIMIT).map(|number| words("ann", &number.to_string())).collect();
        let texts: Vec<String> = (0..=SHOWN_ANSWERS_LIMIT).map(|number| number.to_string()).collect();
        assert_eq!(essay().show_answers(&texts, &attempts), Err(PickRefusal::TooManyShown));
        assert!(essay().show_answers(&texts[1..], &attempts).is_ok());
    }

    #[test]
    fn how_right_the_answers_are_is_told_with_the_feedback() {
        let attempts = [attempt("ann", &[0]), attempt("bo", &[0]), attempt("cy", &[1])];
        assert_eq!(pick(None).close(&attempts).view(String::new()).percent, Some(67), "rounded, and not cut");
        assert_eq!(pick(None).pass(&attempts).view(String::new()).percent, None);
        assert_eq!(pick(None).close(&[]).view(String::new()).percent, None, "nobody has answered");
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
