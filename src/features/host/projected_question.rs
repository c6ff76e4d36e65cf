//! A question as it is projected: as big as fits the screen, so that the back row can read it.

use std::sync::Arc;

use domain::pick::{PickPhase, PickView};
use domain::question::QuestionKind;
use leptos::html;
use leptos::prelude::*;

use super::texts;
use crate::features::rooms::RoomHandle;
use crate::features::rooms::options::{OptionCounts, letter};
use crate::features::rooms::question_text::{Countdown, QuestionText};
use crate::features::rooms::room_view::phase_name;
use crate::features::rooms::texts as room_texts;
use crate::live::Live;
use crate::platform::fit;
use crate::ui::use_now;

/// The current question. While it is open, it does not show which options were chosen.
#[component]
pub(super) fn ProjectedQuestion(
    /// The room.
    room: RoomHandle,
    /// How many could answer, if that is known.
    all: Signal<Option<usize>>,
    /// How many questions the session has as far as it is planned, if that is known.
    planned: Signal<Option<usize>>,
) -> impl IntoView {
    let (text, body) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    fit::use_fit([text, body], move || room.current.track());
    let answered = move || texts::answered(room.answered.get(), all.get());
    let is_limited = Memo::new(move |_| room.left.with(Option::is_some));
    let left = Signal::derive(move || room.left.get().unwrap_or_default());
    let number = move || room.key.get().map(|(number, _)| texts::question_number(number, planned.get()));
    view! {
        <section
            class="screen-question"
            aria-label=texts::QUESTION
            data-pick=move || room.key.get().map(|(number, _)| number.to_string())
            data-phase=move || room.key.get().map(|(_, phase)| phase_name(phase))
        >
            <div class="screen-text" node_ref=text>
                {move || room.current.get().map(|pick| view! { <QuestionText html=pick.html.clone()/> })}
            </div>
            <div class="screen-body" node_ref=body>{move || room.current.get().map(|pick| body_of(&pick))}</div>
            <div class="screen-foot">
                <p class="screen-number">{number}</p>
                {move || is_limited.get().then(|| view! { <Countdown left/> })}
                <p class="screen-count" data-answered=move || room.answered.get().to_string()>{answered}</p>
            </div>
            {move || is_limited.get().then(|| view! { <TimeBar room/> })}
        </section>
    }
}

/// The options with their bars, or the text answers that the host shows.
fn body_of(pick: &Arc<PickView>) -> AnyView {
    if pick.options.is_empty() {
        let cards = pick.shown.iter().map(|text| view! { <li class="screen-card" dir="auto">{text.clone()}</li> });
        return view! { <ul class="screen-cards" role="list">{cards.collect_view()}</ul> }.into_any();
    }
    let has_results = pick.phase == PickPhase::Closed;
    let counts = OptionCounts::of_pick(pick);
    let tile = |(index, option): (usize, &domain::pick::OptionView)| {
        let is_correct = option.is_correct == Some(true);
        let share = has_results.then(|| counts.share(index));
        view! {
            <li
                class="screen-option"
                data-option=index.to_string()
                data-correct=is_correct.then_some("")
                data-count=share.map(|share| share.part.to_string())
                style:--share=share.map(|share| format!("{}%", share.percent()))
            >
                <span class="screen-letter" data-letter=(index % 4).to_string()>{letter(index)}</span>
                <span class="screen-option-text" dir="auto">{option.text.clone()}</span>
                {is_correct.then(|| view! { <strong class="screen-mark">{texts::CORRECT}</strong> })}
                {share.map(|share| view! { <span class="screen-share">{share.label()}</span> })}
            </li>
        }
    };
    let feedback = pick.options.iter().find(|option| option.is_correct == Some(true) && !option.feedback.is_empty());
    let feedback = feedback.map(|option| view! { <p class="screen-feedback" dir="auto">{option.feedback.clone()}</p> });
    let columns = columns(pick);
    let tiles = pick.options.iter().enumerate().map(tile).collect_view();
    let takes_several = pick.kind == QuestionKind::MultipleAnswer && !has_results;
    view! {
        {takes_several.then(|| view! { <p class="screen-hint">{room_texts::SELECT_ALL}</p> })}
        <ul class="screen-options" role="list" data-columns=columns.to_string() data-results=has_results.then_some("")>{tiles}</ul>
        {feedback}
    }
    .into_any()
}

/// An option of up to this many characters is short.
const SHORT: usize = 40;

/// One column for up to four short options, else two.
fn columns(pick: &PickView) -> usize {
    let is_short = pick.options.iter().all(|option| option.text.chars().count() <= SHORT);
    if pick.options.len() <= 4 && is_short { 1 } else { 2 }
}

/// The time that is left, as a bar along the whole edge. The countdown says it in words.
#[component]
fn TimeBar(room: RoomHandle) -> impl IntoView {
    let live = expect_context::<Live>();
    let now = use_now().server(live);
    // From the moment at which the page learned of the limit.
    let whole = Memo::new(move |before: Option<&(Option<domain::time::Timestamp>, u64)>| {
        let deadline = room.current.with(|pick| pick.as_ref().and_then(|pick| pick.deadline));
        match before {
            Some(known) if known.0 == deadline => *known,
            _ => (deadline, deadline.map_or(0, |deadline| deadline.since(now.get_untracked()).as_secs() + 1)),
        }
    });
    let share = move || {
        let (left, (_, whole)) = (room.left.get().unwrap_or_default(), whole.get());
        format!("{}%", (left * 100).checked_div(whole.max(1)).unwrap_or_default().min(100))
    };
    view! { <div class="screen-time" aria-hidden="true" style:--left=share></div> }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pick(options: &[&str]) -> PickView {
        let options: Vec<_> = options.iter().map(|text| json!({"text": text})).collect();
        let pick = json!({"number": 1, "phase": "open", "html": "", "type": "single_answer", "options": options,
            "answered": 0, "rev": 1});
        serde_json::from_value(pick).unwrap()
    }

    #[test]
    fn up_to_four_short_options_stand_below_each_other() {
        assert_eq!(columns(&pick(&["a"; 4])), 1);
        assert_eq!(columns(&pick(&["a"; 5])), 2);
        assert_eq!(columns(&pick(&["a", &"x".repeat(41)])), 2);
        assert_eq!(columns(&pick(&["д".repeat(40).as_str(); 2])), 1, "characters, not bytes");
    }
}
