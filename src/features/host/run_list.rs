//! View model of a room's run list: its rows, the result of each picked question, and the question that comes next.

use std::sync::Arc;

use domain::pick::{PickPhase, PickView};
use domain::question::QuestionId;

/// One question of the run list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunRow {
    /// The question.
    pub(super) question: QuestionId,
    /// Its last pick, if it was picked.
    pub(super) last_pick: Option<PickSummary>,
    /// Whether it is the current question.
    pub(super) is_current: bool,
    /// Whether the main button picks it.
    pub(super) is_next: bool,
}

/// The result of a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PickSummary {
    /// The number of answers.
    pub(super) answered: u32,
    /// Their mean score in percent, if the question has correct options.
    pub(super) percent: Option<u32>,
    /// Whether its feedback was shown.
    pub(super) is_closed: bool,
}

/// The result of the last pick of a question, if it was picked.
pub(super) fn last_pick(question: &QuestionId, picks: &[Arc<PickView>]) -> Option<PickSummary> {
    let pick = picks.iter().rev().find(|pick| pick.question.as_ref() == Some(question))?;
    Some(PickSummary { answered: pick.answered, percent: pick.percent, is_closed: pick.phase == PickPhase::Closed })
}

/// The rows of a room with these picks, in the order of `questions`. A question for which `exists` is false has no row; `current` is
/// the number of the current pick.
pub(super) fn rows(
    questions: &[QuestionId],
    picks: &[Arc<PickView>],
    current: Option<u32>,
    exists: impl Fn(&QuestionId) -> bool,
) -> Vec<RunRow> {
    let of_current = picks.iter().find(|pick| Some(pick.number) == current).and_then(|pick| pick.question.as_ref());
    let row = |question: &QuestionId| RunRow {
        question: question.clone(),
        last_pick: last_pick(question, picks),
        is_current: of_current == Some(question),
        is_next: false,
    };
    let mut rows: Vec<RunRow> = questions.iter().filter(|question| exists(question)).map(row).collect();
    // The question after the one that was picked last comes next. Those that the host has left out come at the end.
    let last =
        picks.iter().rev().find_map(|pick| rows.iter().position(|row| pick.question.as_ref() == Some(&row.question)));
    let begin = last.map_or(0, |last| last + 1);
    let is_not_picked = |row: &RunRow| row.last_pick.is_none();
    let after = rows.iter().skip(begin).position(is_not_picked).map(|index| index + begin);
    if let Some(next) = after.or_else(|| rows.iter().position(is_not_picked)).and_then(|next| rows.get_mut(next)) {
        next.is_next = true;
    }
    rows
}

/// The question that the main button picks.
pub(super) fn next(rows: &[RunRow]) -> Option<QuestionId> {
    rows.iter().find(|row| row.is_next).map(|row| row.question.clone())
}

/// The questions in their order, with `question` at the place `to`; a place beyond the end is the end.
pub(super) fn moved(questions: &[QuestionId], question: &QuestionId, to: usize) -> Vec<QuestionId> {
    let mut moved: Vec<QuestionId> = questions.iter().filter(|one| *one != question).cloned().collect();
    if moved.len() < questions.len() {
        moved.insert(to.min(moved.len()), question.clone());
    }
    moved
}

/// The questions in their order, with `question` at the place `to`, where it stays if it is among them; a place beyond the end is the end.
pub(super) fn inserted(questions: &[QuestionId], question: &QuestionId, to: usize) -> Vec<QuestionId> {
    let mut inserted = questions.to_vec();
    if !inserted.contains(question) {
        inserted.insert(to.min(inserted.len()), question.clone());
    }
    inserted
}

/// The number of questions in the session: those picked so far, `picked`, and those of the run list that were not picked yet.
pub(super) fn planned_count(rows: &[RunRow], picked: u32) -> usize {
    picked as usize + rows.iter().filter(|row| row.last_pick.is_none()).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn id(letter: char) -> QuestionId {
        letter.to_string().repeat(10).parse().unwrap()
    }

    fn ids(letters: &str) -> Vec<QuestionId> {
        letters.chars().map(id).collect()
    }

    fn pick(number: u32, question: char, phase: &str) -> Arc<PickView> {
        let pick = json!({"number": number, "phase": phase, "html": "", "type": "single_answer", "options": [],
            "question": id(question), "percent": 67, "answered": 3, "rev": 1});
        Arc::new(serde_json::from_value(pick).unwrap())
    }

    fn next_of(letters: &str, picks: &[Arc<PickView>], current: Option<u32>) -> Option<QuestionId> {
        next(&rows(&ids(letters), picks, current, |_| true))
    }

    #[test]
    fn picked_questions_have_the_summary_of_their_pick() {
        let picks = [pick(1, 'b', "closed"), pick(2, 'a', "open")];
        let rows = rows(&ids("abc"), &picks, Some(2), |_| true);
        assert_eq!(rows[1].last_pick, Some(PickSummary { answered: 3, percent: Some(67), is_closed: true }));
        assert!(rows[0].is_current && !rows[1].is_current && rows[2].last_pick.is_none());
        assert_eq!(next(&rows), Some(id('c')));
    }

    #[test]
    fn the_next_question_follows_the_last_one_and_those_left_out_come_at_the_end() {
        assert_eq!(next_of("abcd", &[], None), Some(id('a')));
        assert_eq!(next_of("abcd", &[pick(1, 'c', "closed")], Some(1)), Some(id('d')));
        assert_eq!(next_of("abcd", &[pick(1, 'c', "closed"), pick(2, 'd', "closed")], Some(2)), Some(id('a')));
        assert_eq!(next_of("ab", &[pick(1, 'a', "closed"), pick(2, 'b', "closed")], Some(2)), None);
    }

    #[test]
    fn a_question_outside_the_list_does_not_change_it() {
        let picks = [pick(1, 'a', "closed"), pick(2, 'x', "open")];
        assert_eq!(next_of("abc", &picks, Some(2)), Some(id('b')));
    }

    #[test]
    fn deleted_questions_are_left_out() {
        let rows = rows(&ids("abc"), &[], None, |question| *question != id('a'));
        assert_eq!((rows.len(), next(&rows)), (2, Some(id('b'))));
    }

    #[test]
    fn a_question_moves_to_its_place() {
        assert_eq!(moved(&ids("abc"), &id('c'), 0), ids("cab"));
        assert_eq!(moved(&ids("abc"), &id('a'), 1), ids("bac"));
        assert_eq!(moved(&ids("abc"), &id('a'), 99), ids("bca"));
        assert_eq!(moved(&ids("abc"), &id('x'), 0), ids("abc"), "one that is gone meanwhile");
    }

    #[test]
    fn a_question_that_was_removed_comes_back_to_its_place() {
        assert_eq!(inserted(&ids("ac"), &id('b'), 1), ids("abc"));
        assert_eq!(inserted(&ids("a"), &id('b'), 9), ids("ab"), "others were removed, too");
        assert_eq!(inserted(&ids("ba"), &id('b'), 1), ids("ba"), "another page has added it");
    }

    #[test]
    fn what_is_planned_is_what_was_picked_and_what_is_not_picked() {
        let picks = [pick(1, 'b', "closed"), pick(2, 'x', "closed"), pick(3, 'b', "open")];
        let rows = rows(&ids("abcd"), &picks, Some(3), |_| true);
        assert_eq!(planned_count(&rows, 3), 6, "b, x and b, then a, c and d");
        assert_eq!(planned_count(&[], 0), 0);
    }

    proptest! {
        #[test]
        fn moving_loses_nothing(letters in "[a-f]{1,6}", question in "[a-f]", to in 0..9_usize) {
            let mut questions: Vec<QuestionId> = ids(&letters);
            questions.sort();
            questions.dedup();
            let question = id(question.chars().next().unwrap());
            let mut after = moved(&questions, &question, to);
            after.sort();
            prop_assert_eq!(after, questions);
        }
    }
}
