//! The scores of all people over the session, and the session as a file.

use domain::pick::PickPhase;
use domain::results::ScoreRow;
use domain::room::RoomId;
use leptos::prelude::*;

use super::texts;
use crate::api;
use crate::features::rooms::RoomHandle;
use crate::features::rooms::room_view::RoomContents;
use crate::platform::download;
use crate::ui::{Loaded, Loader, Request, RequestError};

/// A number that changes whenever the scores may: a question has ended with feedback, or was counted again after it.
fn scores_version(contents: &RoomContents) -> u64 {
    contents.picks.iter().filter(|pick| pick.phase == PickPhase::Closed).map(|pick| 1 + pick.rev).sum()
}

/// The panel of the scores.
#[component]
pub(super) fn Scores(
    /// The room's id.
    id: RoomId,
    /// The room.
    room: RoomHandle,
) -> impl IntoView {
    let of = id.clone();
    let rows = Loader::new(move || {
        let id = of.clone();
        Box::pin(async move { api::rooms::results(&id).await })
    });
    let version = Memo::new(move |_| room.view.with(|view| view.contents().map_or(0, scores_version)));
    Effect::new(move |before: Option<u64>| {
        let version = version.get();
        if before.is_some_and(|before| before != version) {
            rows.reload();
        }
        version
    });
    let exporting = Request::new();
    let export = move |_| {
        let id = id.clone();
        exporting.run(async move {
            let text = api::rooms::results_csv(&id).await?;
            download::save(&["rally-", id.as_str(), ".csv"].concat(), "text/csv", &text);
            Ok(())
        });
    };
    view! {
        <section class="panel scores" aria-labelledby="scores-heading">
            <h2 id="scores-heading">{texts::SCORES}</h2>
            <ScoreSheet rows/>
            <div class="actions">
                <button type="button" class="export-session" on:click=export>
                    {move || if exporting.is_pending() { texts::EXPORTING } else { texts::EXPORT }}
                </button>
            </div>
            <RequestError request=exporting/>
        </section>
    }
}

#[component]
fn ScoreSheet(rows: Loader<Vec<ScoreRow>>) -> impl IntoView {
    let content = move || match rows.get() {
        Loaded::Loading => ().into_any(),
        Loaded::Failed(error) => view! { <p class="failure" role="alert">{error.to_string()}</p> }.into_any(),
        Loaded::Ready(rows) if rows.is_empty() => view! { <p class="hint">{texts::NO_SCORES}</p> }.into_any(),
        Loaded::Ready(rows) => view! {
            <table>
                <thead>
                    <tr>
                        <th scope="col">{texts::NAME}</th>
                        <th scope="col">{texts::SCORE}</th>
                        <th scope="col">{texts::ANSWERED}</th>
                    </tr>
                </thead>
                <tbody>{rows.iter().map(score_row).collect_view()}</tbody>
            </table>
        }
        .into_any(),
    };
    // It scrolls, so the keyboard must reach it.
    view! { <div class="score-sheet" role="region" aria-label=texts::SCORE_SHEET tabindex="0">{content}</div> }
}

fn score_row(row: &ScoreRow) -> impl IntoView + use<> {
    view! {
        <tr data-person=row.person.to_string()>
            <th scope="row" dir="auto">{row.name.to_string()}</th>
            <td class="score-total">{texts::score(row.total)}</td>
            <td>{row.answered}</td>
        </tr>
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
