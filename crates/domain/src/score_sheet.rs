//! A session's score sheet: each person's scores over all picks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::AnswerRecord;
use crate::grading::{Score, mean_percent};
use crate::person::{PersonId, PersonName};
use crate::pick::{Pick, PickPhase, PickView};

/// One person's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScoreRow {
    /// The person's id.
    pub person: PersonId,
    /// What people call them: the name that they answered with last.
    pub name: PersonName,
    /// How many of the picks they answered.
    pub answered: u32,
    /// How many of the picks that have a score the person answered; the others count 0.
    #[serde(default)]
    pub scored: u32,
    /// For each pick, in order: the score in hundredths, if it has one and its feedback was shown.
    pub percents: Vec<Option<u32>>,
    /// The mean of the scores in hundredths, rounded once; a pick that they left out counts 0. None if nothing has a score.
    pub total: Option<u32>,
}

/// The rows, the best first, and by name among equals.
pub fn score_sheet(picks: &[Pick], records: &[AnswerRecord]) -> Vec<ScoreRow> {
    let mut people: BTreeMap<&PersonId, Vec<&AnswerRecord>> = BTreeMap::new();
    for record in records {
        people.entry(&record.person).or_default().push(record);
    }
    let mut rows: Vec<ScoreRow> = people.into_iter().filter_map(|(person, own)| row(person, picks, &own)).collect();
    rows.sort_by(|one, other| other.total.cmp(&one.total).then_with(|| one.name.cmp(&other.name)));
    rows
}

fn row(person: &PersonId, picks: &[Pick], own: &[&AnswerRecord]) -> Option<ScoreRow> {
    let name = own.iter().max_by_key(|record| record.at)?.name.clone();
    let scores: Vec<Option<Score>> =
        picks.iter().map(|pick| score(pick, own.iter().find(|record| record.pick == pick.number).copied())).collect();
    let is_answered = |pick: &Pick| own.iter().any(|record| record.pick == pick.number);
    let scored = picks.iter().zip(&scores).filter(|(pick, score)| score.is_some() && is_answered(pick)).count();
    let percents = scores.iter().map(|score| score.map(Score::percent)).collect();
    let total = mean_percent(scores.into_iter().flatten());
    Some(ScoreRow {
        person: person.clone(),
        name,
        answered: u32::try_from(own.len()).unwrap_or(u32::MAX),
        scored: u32::try_from(scored).unwrap_or(u32::MAX),
        percents,
        total,
    })
}

/// One participant's result over a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The mean of the scores in hundredths, rounded once; a question that was left out counts 0.
    pub percent: u32,
    /// How many questions have a score.
    pub questions: u32,
}

/// A participant's total, from what participants know: the picks as they see them, each with the participant's own answer. The same number
/// as in the score sheet. `None` if no question has a score.
pub fn total<'a>(picks: impl Iterator<Item = (&'a PickView, Option<&'a AnswerRecord>)>) -> Option<Total> {
    let score = |(pick, record): (&PickView, Option<&AnswerRecord>)| {
        let choices = record.map(|record| record.answer.choices()).unwrap_or_default();
        Some(pick.grade(choices)?.score())
    };
    let scores: Vec<Score> = picks.filter(|(pick, _)| pick.phase == PickPhase::Closed).filter_map(score).collect();
    let percent = mean_percent(scores.iter().copied())?;
    Some(Total { percent, questions: u32::try_from(scores.len()).unwrap_or(u32::MAX) })
}

/// The score of an answer, or of none; `None` if the pick has no score.
fn score(pick: &Pick, record: Option<&AnswerRecord>) -> Option<Score> {
    if pick.phase != PickPhase::Closed {
        return None;
    }
    pick.score(record.map(|record| record.answer.choices()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use crate::question::{Draft, QuestionOption};
    use crate::time::Timestamp;

    fn pick(number: u32, correct: &[bool]) -> Pick {
        let option = |is_correct: &bool| QuestionOption {
            text: "o".to_owned(),
            is_correct: *is_correct,
            ..QuestionOption::default()
        };
        let draft = Draft { text: "?".to_owned(), options: correct.iter().map(option).collect(), ..Draft::default() };
        Pick::create("k3j9x0a2bc".parse().unwrap(), number, draft.check().unwrap(), Timestamp::default())
    }

    fn record(person: &str, pick: u32, answer: Answer) -> AnswerRecord {
        let (id, name) = (person.parse().unwrap(), person.parse().unwrap());
        AnswerRecord { pick, person: id, name, answer, at: Timestamp::default(), rev: 1 }
    }

    #[test]
    fn words_polls_and_what_was_passed_have_no_score() {
        let picks = [
            pick(1, &[true, false]).close(&[]),
            pick(2, &[]).close(&[]),
            pick(3, &[false, false]).close(&[]),
            pick(4, &[true, false]).pass(&[]),
            pick(5, &[true, true]).close(&[]),
        ];
        let choice = |pick, choices: &[u8]| record("ann", pick, Answer::Choices(choices.to_vec()));
        let records = [
            choice(1, &[0]),
            record("ann", 2, Answer::Text("so".to_owned())),
            choice(3, &[1]),
            choice(4, &[0]),
            choice(5, &[0]),
            record("bo", 2, Answer::Text("no".to_owned())),
        ];
        let rows = score_sheet(&picks, &records);
        assert_eq!(rows[0].percents, [Some(100), None, None, None, Some(50)]);
        assert_eq!((rows[0].name.as_str(), rows[0].answered, rows[0].total), ("ann", 5, Some(75)));
        assert_eq!((rows[1].name.as_str(), rows[1].total), ("bo", Some(0)));
        assert_eq!((rows[0].scored, rows[1].scored), (2, 0), "of the two that have a score");
    }

    #[test]
    fn a_total_is_rounded_and_not_cut() {
        let picks = [1, 2, 3].map(|number| pick(number, &[true, true, true]).close(&[]));
        let records = [(1, vec![0, 1, 2]), (2, vec![0, 1, 2]), (3, vec![0])];
        let records = records.map(|(pick, choices)| record("ann", pick, Answer::Choices(choices)));
        let rows = score_sheet(&picks, &records);
        assert_eq!(
            (rows[0].percents.as_slice(), rows[0].total),
            ([Some(100), Some(100), Some(33)].as_slice(), Some(78))
        );
    }

    #[test]
    fn without_anything_to_be_right_about_there_is_no_total() {
        let rows = score_sheet(&[pick(1, &[]).close(&[])], &[record("ann", 1, Answer::Text("so".to_owned()))]);
        assert_eq!((rows[0].total, rows[0].answered), (None, 1));
    }

    #[test]
    fn a_participant_counts_the_same_total_as_the_score_sheet() {
        let picks = [
            pick(1, &[true, false]).close(&[]),
            pick(2, &[true, true, true]).close(&[]),
            pick(3, &[true, false]).pass(&[]),
            pick(4, &[]).close(&[]),
            pick(5, &[true, false]).close(&[]),
            pick(6, &[true, false]),
        ];
        let choice = |pick, choices: &[u8]| record("ann", pick, Answer::Choices(choices.to_vec()));
        let records = [choice(1, &[0]), choice(2, &[0]), choice(3, &[0]), choice(6, &[0])];
        let views: Vec<PickView> = picks.iter().map(|pick| pick.view(String::new())).collect();
        let own = |view: &PickView| records.iter().find(|record| record.pick == view.number);
        let known = total(views.iter().map(|view| (view, own(view))));
        assert_eq!(known, Some(Total { percent: 44, questions: 3 }), "(100 + 33.3 + 0) / 3");
        assert_eq!(known.map(|total| total.percent), score_sheet(&picks, &records)[0].total);
        assert_eq!(total(views[2..4].iter().map(|view| (view, own(view)))), None);
    }
}
