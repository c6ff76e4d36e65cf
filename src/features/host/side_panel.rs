//! The right of the host panel: the answers, the people, the scores.

use leptos::prelude::*;

use super::answers_panel::AnswersPanel;
use super::controls::Controls;
use super::people_panel::PeoplePanel;
use super::score_sheet::{Scores, ScoresPanel};
use super::texts;
use crate::ui::Tabs;

/// The panel.
#[component]
pub(super) fn SidePanel(controls: Controls) -> impl IntoView {
    // Read while another tab is shown, so that they are there when theirs is opened.
    provide_context(Scores::load(controls));
    provide_context(controls);
    let tabs = vec![
        ("answers", Signal::stored(texts::ANSWERS.to_owned())),
        ("people", Signal::derive(move || texts::people(controls.counts.get().here))),
        ("scores", Signal::stored(texts::SCORES.to_owned())),
    ];
    let shown = RwSignal::new("answers");
    let panel = |key| {
        let controls = expect_context::<Controls>();
        match key {
            "people" => view! { <PeoplePanel controls/> }.into_any(),
            "scores" => view! { <ScoresPanel controls/> }.into_any(),
            _ => view! { <AnswersPanel controls/> }.into_any(),
        }
    };
    view! {
        <section class="control-side" aria-label=texts::ROOM>
            <Tabs label=texts::ROOM tabs shown panel/>
        </section>
    }
}
