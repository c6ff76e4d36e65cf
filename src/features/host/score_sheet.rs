//! The scores of all people over the session, also of people in the room without an answer.

use std::collections::BTreeSet;

use domain::pick::PickPhase;
use domain::score_sheet::ScoreRow;
use leptos::prelude::*;

use super::controls::Controls;
use super::texts;
use crate::api;
use crate::features::rooms::room_view::RoomContents;
use crate::ui::{Checkbox, Loaded, Loader, Request, RequestError};

/// A number that changes whenever the scores may: a question has ended with feedback, or was counted again after it.
fn scores_version(contents: &RoomContents) -> u64 {
    contents.picks.iter().filter(|pick| pick.phase == PickPhase::Closed).map(|pick| 1 + pick.rev).sum()
}

/// The scores, read again whenever they may have changed; as a context of the panel's tabs.
#[derive(Clone, Copy)]
pub(super) struct Scores(Loader<Vec<ScoreRow>>);

impl Scores {
    /// Reads them, and follows the room until the current owner is cleaned up.
    pub(super) fn load(controls: Controls) -> Self {
        let rows = Loader::new(move || {
            let id = controls.id.get_value();
            Box::pin(async move { api::rooms::results(&id).await })
        });
        let version = Memo::new(move |_| controls.room.view.with(|view| view.contents().map_or(0, scores_version)));
        Effect::new(move |before: Option<u64>| {
            let version = version.get();
            if before.is_some_and(|before| before != version) {
                rows.reload();
            }
            version
        });
        Self(rows)
    }

    /// The rows, once they are known (tracked).
    pub(super) fn rows(self) -> Option<Vec<ScoreRow>> {
        self.0.data()
    }
}

/// One person's row on the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SheetRow {
    person: String,
    name: String,
    /// The total in percent; none if nothing has a score.
    total: Option<u32>,
    /// How many questions the person answered.
    answered: u32,
    /// How many of those that have a score.
    scored: u32,
    /// The percent of each question that has a score.
    percents: Vec<Option<u32>>,
}

/// The numbers of the picks that have a score.
fn scored_picks(rows: &[ScoreRow]) -> Vec<usize> {
    let count = rows.iter().map(|row| row.percents.len()).max().unwrap_or_default();
    let has_score = |index: &usize| rows.iter().any(|row| row.percents.get(*index).copied().flatten().is_some());
    (0..count).filter(has_score).collect()
}

/// The rows of the sheet: first those who have answered, the best first, then those who are `here` (id and name) and have not.
fn sheet(rows: &[ScoreRow], here: Vec<(String, String)>) -> Vec<SheetRow> {
    let picks = scored_picks(rows);
    let known: BTreeSet<&str> = rows.iter().map(|row| row.person.as_str()).collect();
    let silent = here.into_iter().filter(|(person, _)| !known.contains(person.as_str()));
    let silent = silent.map(|(person, name)| SheetRow {
        person,
        name,
        total: None,
        answered: 0,
        scored: 0,
        percents: vec![None; picks.len()],
    });
    let row = |row: &ScoreRow| SheetRow {
        person: row.person.to_string(),
        name: row.name.to_string(),
        total: row.total,
        answered: row.answered,
        scored: row.scored,
        percents: picks.iter().map(|index| row.percents.get(*index).copied().flatten()).collect(),
    };
    rows.iter().map(row).chain(silent).collect()
}

/// The panel of the scores.
#[component]
pub(super) fn ScoresPanel(controls: Controls) -> impl IntoView {
    let Scores(rows) = expect_context();
    let showing = Request::new();
    let is_shown = Signal::derive(move || controls.room.shows_leaderboard());
    let show = move |shows: bool| controls.show_leaderboard(showing, shows);
    let here = Memo::new(move |_| {
        let people = controls.people;
        let named = controls.others().into_iter().filter_map(|id| {
            people.entry(&id).map(|person| {
                let name = person.with(|person| person.name.to_string());
                (id, name)
            })
        });
        named.collect::<Vec<(String, String)>>()
    });
    let content = move || match rows.get() {
        Loaded::Loading => ().into_any(),
        Loaded::Failed(error) => view! { <p class="failure" role="alert">{error.to_string()}</p> }.into_any(),
        Loaded::Ready(rows) if rows.is_empty() => view! { <p class="hint">{texts::NO_SCORES}</p> }.into_any(),
        Loaded::Ready(rows) => sheet_table(&rows, here.get()).into_any(),
    };
    view! {
        <div class="scores">
            <Checkbox label=texts::SHOW_LEADERBOARD checked=is_shown on_change=show/>
            <RequestError request=showing/>
            // It scrolls, so the keyboard must reach it.
            <div class="score-sheet" role="region" aria-label=texts::SCORE_SHEET tabindex="0">{content}</div>
        </div>
    }
}

fn sheet_table(rows: &[ScoreRow], here: Vec<(String, String)>) -> impl IntoView + use<> {
    let picks = scored_picks(rows);
    let count = picks.len();
    let columns =
        picks.iter().map(|index| view! { <th scope="col">{texts::question_column(index + 1)}</th> }).collect_view();
    let row = move |row: SheetRow| {
        let cells = row.percents.iter().map(|percent| view! { <td>{texts::score(*percent)}</td> }).collect_view();
        view! {
            <tr data-person=row.person data-answers=row.answered.to_string()>
                <th scope="row" dir="auto">{row.name}</th>
                <td class="score-total">{texts::score(row.total)}</td>
                <td>{texts::scored_of(row.scored, count)}</td>
                {cells}
            </tr>
        }
    };
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col">{texts::NAME}</th>
                    <th scope="col">{texts::SCORE}</th>
                    <th scope="col">{texts::SCORED}</th>
                    {columns}
                </tr>
            </thead>
            <tbody>{sheet(rows, here).into_iter().map(row).collect_view()}</tbody>
        </table>
        <p class="hint">{texts::SCORED_HINT}</p>
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::pick::PickView;
    use serde_json::json;

    use super::*;

    fn pick(number: u32, phase: &str, rev: u64) -> Arc<PickView> {
        let pick = json!({"number": number, "phase": phase, "html": "", "type": "discursive", "options": [], "answered": 0,
            "rev": rev});
        Arc::new(serde_json::from_value(pick).unwrap())
    }

    fn version(picks: Vec<Arc<PickView>>) -> u64 {
        let room = json!({"id": "k3j9x0a2bc", "name": "Biology", "creator": "ada", "creatorName": "Ada", "guestsAllowed": true,
            "state": "no_question", "picks": 0, "createdAt": "2026-11-20T12:00:00.000Z", "rev": 1});
        scores_version(&RoomContents { room: serde_json::from_value(room).unwrap(), picks, answered: 0 })
    }

    fn score_row(person: &str, scored: u32, percents: &[Option<u32>]) -> ScoreRow {
        let row = json!({"person": person, "name": person, "answered": 2, "scored": scored, "percents": percents, "total": 78});
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn only_questions_with_a_score_have_a_column() {
        let rows = [score_row("ann", 2, &[Some(100), None, Some(50)]), score_row("bo", 1, &[Some(0), None, Some(0)])];
        assert_eq!(scored_picks(&rows), [0, 2]);
        let sheet = sheet(&rows, vec![]);
        assert_eq!((sheet[0].percents.as_slice(), sheet[1].scored), ([Some(100), Some(50)].as_slice(), 1));
    }

    #[test]
    fn those_who_are_here_and_silent_are_listed_last_and_once() {
        let rows = [score_row("ann", 1, &[Some(100)])];
        let here = [("ann", "Ann"), ("cy", "Cy")].map(|(id, name)| (id.to_owned(), name.to_owned()));
        let sheet = sheet(&rows, here.to_vec());
        assert_eq!(sheet.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["ann", "Cy"]);
        assert_eq!((sheet[1].total, sheet[1].answered, sheet[1].percents.len()), (None, 0, 1));
    }

    #[test]
    fn scores_change_with_each_feedback_and_each_recount() {
        let open = version(vec![pick(1, "open", 1)]);
        let closed = version(vec![pick(1, "closed", 2)]);
        let recounted = version(vec![pick(1, "closed", 3)]);
        let both = version(vec![pick(1, "closed", 2), pick(2, "closed", 2)]);
        let versions = [open, closed, recounted, both];
        assert!(versions.iter().all(|one| versions.iter().filter(|other| one == *other).count() == 1), "{versions:?}");
    }

    #[test]
    fn a_skipped_question_changes_no_score() {
        assert_eq!(version(vec![pick(1, "open", 1)]), version(vec![pick(1, "passed", 2), pick(2, "open", 1)]));
    }

    #[test]
    fn an_answer_to_the_open_question_changes_no_score() {
        let before = version(vec![pick(1, "closed", 2), pick(2, "open", 1)]);
        assert_eq!(version(vec![pick(1, "closed", 2), pick(2, "open", 5)]), before);
        assert_eq!(version(vec![]), 0, "nothing has ended");
    }
}
