//! The five best, as the host has them projected.

use domain::score_sheet::ScoreRow;
use leptos::prelude::*;

use super::controls::Controls;
use super::score_sheet::Scores;
use super::texts;

/// The number of people who are shown.
const BEST: usize = 5;

/// The five best of those who have a score.
#[component]
pub(super) fn Leaderboard(controls: Controls) -> impl IntoView {
    let scores = Scores::load(controls);
    let best = Memo::new(move |_| scores.rows().map(|rows| best(&rows)));
    let row = |(rank, name, percent): (usize, String, u32)| {
        view! {
            <li class="leader" data-rank=rank.to_string()>
                <span class="leader-rank">{rank}</span>
                <span class="leader-name" dir="auto">{name}</span>
                <strong>{texts::score(Some(percent))}</strong>
            </li>
        }
    };
    view! {
        <section class="screen-leaders" aria-labelledby="leaders-heading">
            <h2 id="leaders-heading">{texts::LEADERBOARD}</h2>
            {move || match best.get() {
                None => ().into_any(),
                Some(best) if best.is_empty() => view! { <p class="screen-waiting">{texts::NO_SCORES}</p> }.into_any(),
                Some(best) => view! { <ol role="list">{best.into_iter().map(row).collect_view()}</ol> }.into_any(),
            }}
        </section>
    }
}

/// The ranks, names and percents of the best; equal scores have an equal rank.
fn best(rows: &[ScoreRow]) -> Vec<(usize, String, u32)> {
    let scored: Vec<(&ScoreRow, u32)> = rows.iter().filter_map(|row| Some((row, row.total?))).collect();
    let rank = |percent: u32| 1 + scored.iter().filter(|(_, other)| *other > percent).count();
    scored.iter().take(BEST).map(|(row, percent)| (rank(*percent), row.name.to_string(), *percent)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(name: &str, total: Option<u32>) -> ScoreRow {
        serde_json::from_value(json!({"person": name, "name": name, "answered": 1, "percents": [], "total": total}))
            .unwrap()
    }

    #[test]
    fn five_are_shown_and_equals_share_a_rank() {
        let totals = [90, 80, 80, 70, 60, 50];
        let rows: Vec<ScoreRow> = totals.iter().map(|total| row("ann", Some(*total))).collect();
        let ranks: Vec<usize> = best(&rows).into_iter().map(|(rank, ..)| rank).collect();
        assert_eq!(ranks, [1, 2, 2, 4, 5]);
    }

    #[test]
    fn who_has_no_score_is_not_ranked() {
        assert!(best(&[row("ann", None)]).is_empty());
        assert_eq!(best(&[row("ann", Some(0)), row("bo", None)]), [(1, "ann".to_owned(), 0)]);
    }
}
