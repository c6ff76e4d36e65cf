//! A question as it is projected: as big as its length allows, so that the back row can read it.

use std::sync::Arc;

use domain::pick::{PickPhase, PickView};
use leptos::prelude::*;

use super::projection_size::projection_size;
use super::texts;
use crate::features::rooms::RoomHandle;
use crate::features::rooms::options::{OptionBars, OptionCounts, correct_marks, letter};
use crate::features::rooms::question_text::{Countdown, QuestionText};
use crate::features::rooms::room_view::phase_name;

/// The question. While it is open, it does not show which options were chosen.
#[component]
pub(super) fn ProjectedQuestion(
    /// The pick.
    pick: Arc<PickView>,
    /// Its room.
    room: RoomHandle,
) -> impl IntoView {
    let options = if pick.phase == PickPhase::Closed {
        let counts = Signal::stored(OptionCounts::of_pick(&pick));
        view! {
            <OptionBars pick=Arc::clone(&pick) marks=correct_marks(&pick) counts has_feedback=false class="bars screen-options"/>
        }
        .into_any()
    } else {
        let rows = pick.options.iter().enumerate().map(|(index, option)| {
            view! {
                <li class="screen-option" data-option=index.to_string()>
                    <span class="choice-letter">{letter(index)}</span>
                    <span dir="auto">{option.text.clone()}</span>
                </li>
            }
        });
        let rows = rows.collect_view();
        (!rows.is_empty()).then(|| view! { <ul class="bars screen-options" role="list">{rows}</ul> }).into_any()
    };
    let left = Signal::derive(move || room.left.get().unwrap_or_default());
    let is_limited = Memo::new(move |_| room.left.with(Option::is_some));
    view! {
        <section
            class="screen-question"
            aria-label=texts::QUESTION
            data-pick=pick.number.to_string()
            data-phase=phase_name(pick.phase)
            data-size=projection_size(&pick)
        >
            <QuestionText html=pick.html.clone()/>
            {options}
            <div class="screen-foot">
                <p class="screen-count" data-answered=move || room.answered.get().to_string()>
                    {move || texts::answered(room.answered.get())}
                </p>
                {move || is_limited.get().then(|| view! { <Countdown left/> })}
            </div>
        </section>
    }
}
