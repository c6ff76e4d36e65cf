//! Grading of answers. The browser and the score sheet use the same code.

use crate::question::QuestionKind;

/// The grade of an answer by options: their places from 0, in rising order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// Right, and chosen.
    pub marked_correct: Vec<usize>,
    /// Right, and not chosen.
    pub missed: Vec<usize>,
    /// Wrong, and chosen.
    pub marked_wrong: Vec<usize>,
    /// Whether one option is the whole answer: it is right or wrong as a whole.
    is_single: bool,
}

/// A score as a fraction: marked correct, of all that was marked or missed; if one option is the whole answer, of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Marked correct.
    pub right: u32,
    /// Marked correct, missed or marked wrong; never 0.
    pub of: u32,
}

impl Score {
    /// Between 0 and 1. `result_quotient` in PyLiveQuestions.
    pub fn quotient(self) -> f64 {
        f64::from(self.right) / f64::from(self.of.max(1))
    }

    /// In hundredths, rounded.
    pub fn percent(self) -> u32 {
        (self.right * 200 + self.of) / (self.of.max(1) * 2)
    }
}

/// The mean of scores in hundredths, rounded half up; `None` of no scores.
pub(crate) fn mean_percent(scores: impl Iterator<Item = Score>) -> Option<u32> {
    let (sum, count) = scores.fold((0.0, 0_u32), |(sum, count), score| (sum + score.quotient(), count + 1));
    (count > 0).then(|| (sum * 100.0 / f64::from(count)).round() as u32)
}

impl Grade {
    /// How right `choices` are where `correct` says for each option whether it is.
    ///
    /// None if the question has no right answer: it is answered in words, or it is a poll. One option of several right
    /// ones is a whole answer to a question that takes one.
    pub fn of(kind: QuestionKind, correct: &[bool], choices: &[u8]) -> Option<Self> {
        if kind == QuestionKind::Discursive || !correct.contains(&true) {
            return None;
        }
        let chosen = |place: usize| choices.iter().any(|choice| usize::from(*choice) == place);
        let places = |is_correct: bool, is_chosen: bool| {
            let fits = |place: &usize| correct[*place] == is_correct && chosen(*place) == is_chosen;
            (0..correct.len()).filter(fits).collect::<Vec<usize>>()
        };
        let mut grade = Self {
            marked_correct: places(true, true),
            missed: places(true, false),
            marked_wrong: places(false, true),
            is_single: kind == QuestionKind::SingleAnswer,
        };
        if grade.is_single && !grade.marked_correct.is_empty() {
            grade.missed.clear();
        }
        Some(grade)
    }

    /// The score.
    pub fn score(&self) -> Score {
        let count = |places: &Vec<usize>| u32::try_from(places.len()).unwrap_or(u32::MAX);
        let right = count(&self.marked_correct);
        if self.is_single {
            return Score { right: right.min(1), of: 1 };
        }
        Score { right, of: (right + count(&self.missed) + count(&self.marked_wrong)).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marked_missed_and_wrong_are_told_apart() {
        let correct = [true, false, true, false];
        let found = Grade::of(QuestionKind::MultipleAnswer, &correct, &[0, 3]).unwrap();
        assert_eq!((found.marked_correct.as_slice(), found.missed.as_slice()), ([0].as_slice(), [2].as_slice()));
        assert_eq!(found.marked_wrong, [3]);
        assert_eq!(found.score(), Score { right: 1, of: 3 });
        assert_eq!(found.score().percent(), 33);
    }

    #[test]
    fn one_of_several_right_ones_is_a_whole_single_answer() {
        let correct = [true, true, false];
        let right = Grade::of(QuestionKind::SingleAnswer, &correct, &[1]).unwrap();
        assert_eq!(right.score(), Score { right: 1, of: 1 });
        let wrong = Grade::of(QuestionKind::SingleAnswer, &correct, &[2]).unwrap();
        assert_eq!(wrong.score(), Score { right: 0, of: 1 });
        assert_eq!(wrong.missed, [0, 1], "what would have been right is told");
    }

    #[test]
    fn words_and_polls_have_no_score() {
        assert_eq!(Grade::of(QuestionKind::Discursive, &[], &[]), None);
        assert_eq!(Grade::of(QuestionKind::SingleAnswer, &[false, false], &[0]), None);
    }

    proptest! {
        #[test]
        fn a_score_is_whole_exactly_for_what_is_right(correct in prop::collection::vec(any::<bool>(), 1..10), chosen in prop::collection::vec(any::<bool>(), 10)) {
            let choices: Vec<u8> = (0..correct.len()).filter(|place| chosen[*place]).map(|place| place as u8).collect();
            if let Some(found) = Grade::of(QuestionKind::MultipleAnswer, &correct, &choices) {
                let score = found.score();
                let same = (0..correct.len()).all(|place| correct[place] == chosen[place]);
                prop_assert!(score.right <= score.of);
                prop_assert_eq!(score.right == score.of, same);
                prop_assert!(score.percent() <= 100);
            }
        }
    }
}
