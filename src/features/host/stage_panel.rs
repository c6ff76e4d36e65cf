//! The middle of the host panel: the current question with its bars, and the one button that leads on. Key: `f` opens the confirmation
//! to show the feedback.

use std::sync::Arc;

use domain::answer::AnswerRecord;
use domain::pick::{PickPhase, PickView};
use domain::topic::Topic;
use leptos::prelude::*;

use super::controls::Controls;
use super::session_state::{NextStep, SessionState};
use super::shown_answers::{ShownAnswers, set_shown};
use super::texts;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::features::questions::plain_text;
use crate::features::rooms::options::{OptionBars, OptionCounts, correct_marks};
use crate::features::rooms::question_text::QuestionText;
use crate::features::rooms::room_view::phase_name;
use crate::live::use_topic;
use crate::platform::focus;
use crate::platform::storage::{self, Area};
use crate::ui::{Checkbox, Dialog, EmptyState, Request, RequestError, on_submit};

/// Where this browser remembers that the bars are hidden until the results.
const HIDES_BARS: &str = "rally-hides-bars";

/// The stage. `on_choose` is called when the host is to choose a question by hand.
#[component]
pub(super) fn StagePanel(controls: Controls, on_choose: Callback<()>) -> impl IntoView {
    let Controls { room, state, .. } = controls;
    let is_asking = RwSignal::new(false);
    use_shortcuts(move |key| {
        let is_meant = key == "f" && state.get_untracked().open_pick().is_some();
        if is_meant {
            is_asking.set(true);
        }
        is_meant
    });
    Effect::new(move |_| {
        if state.get().open_pick().is_none() {
            is_asking.set(false);
        }
    });
    let hides_bars = RwSignal::new(storage::get(Area::Local, HIDES_BARS).is_some());
    let number = Memo::new(move |_| room.key.get().map(|(number, _)| number));
    let content = move || {
        let number = number.get();
        focus::keep();
        match number {
            None => view! { <NoQuestion controls/> }.into_any(),
            Some(number) => view! { <CurrentQuestion controls number hides_bars/> }.into_any(),
        }
    };
    let show = move || {
        is_asking.set(false);
        controls.take_step();
    };
    view! {
        <section class="control-stage" aria-label=texts::CURRENT>
            // It scrolls, so the keyboard must reach it.
            <div class="stage-scroll" tabindex="0" role="group" aria-label=texts::QUESTION>{content}</div>
            <StageActions controls on_choose/>
        </section>
        <Dialog open=is_asking title=texts::FEEDBACK_TITLE>
            <form on:submit=on_submit(show)>
                <h2>{texts::FEEDBACK_TITLE}</h2>
                <p>{texts::FEEDBACK_BODY}</p>
                <div class="actions">
                    <button type="button" on:click=move |_| is_asking.set(false)>{texts::CANCEL}</button>
                    // It has the focus: f, then Enter.
                    <button type="submit" class="primary" autofocus=true>{texts::SHOW_FEEDBACK}</button>
                </div>
            </form>
        </Dialog>
    }
}

/// The question, how often each option was chosen, or which text answers are on the projector.
#[component]
fn CurrentQuestion(
    controls: Controls,
    number: u32,
    /// Whether the bars are hidden until the results, for a screen that participants see.
    hides_bars: RwSignal<bool>,
) -> impl IntoView {
    let room = controls.room;
    let answers = use_topic::<AnswerRecord>(Topic::Answers(controls.id.get_value(), number));
    let options = Memo::new(move |_| room.current.with(|pick| pick.as_ref().map_or(0, |pick| pick.options.len())));
    let is_voting = Memo::new(move |_| options.get() > 0 && controls.state.get().open_pick().is_some());
    let counts = Memo::new(move |_| {
        let closed = room.current.with(|pick| {
            pick.as_ref().filter(|pick| pick.phase == PickPhase::Closed).map(|pick| OptionCounts::of_pick(pick))
        });
        closed.unwrap_or_else(|| OptionCounts::of_answers(options.get(), &answers.list()))
    });
    // Before the answers are there, no bar says how many chose it.
    let are_unknown = Memo::new(move |_| is_voting.get() && !answers.is_ready());
    let hiding = Request::new();
    let hide = Callback::new(move |text: String| {
        if let Some(pick) = room.current.get_untracked() {
            set_shown(controls, hiding, &pick, &text, false);
        }
    });
    let hide_bars = move |hides: bool| {
        storage::set(Area::Local, HIDES_BARS, hides.then_some("true"));
        hides_bars.set(hides);
    };
    let switch = move || {
        let is_voting = is_voting.get();
        focus::keep();
        let checkbox = || view! { <Checkbox label=texts::HIDE_BARS checked=hides_bars on_change=hide_bars/> };
        is_voting.then(|| view! { <div class="hide-bars">{checkbox()}</div> })
    };
    let at_end = move || controls.is_at_end().then(|| view! { <p class="hint stage-end">{texts::RUN_LIST_DONE}</p> });
    let question = move |pick: Arc<PickView>| {
        let shown = pick.shown.clone();
        let is_hint = pick.options.is_empty() && shown.is_empty();
        view! {
            <QuestionText html=pick.html.clone()/>
            <OptionBars marks=correct_marks(&pick) pick counts/>
            <ShownAnswers shown on_hide=hide/>
            {is_hint.then(|| view! { <p class="hint">{texts::SHOW_ANSWERS_HINT}</p> })}
        }
    };
    view! {
        <div
            class="question"
            data-pick=number.to_string()
            data-phase=move || room.key.get().map(|(_, phase)| phase_name(phase))
            data-bars=move || (are_unknown.get() || hides_bars.get() && is_voting.get()).then_some("hidden")
        >
            {move || {
                let pick = room.current.get();
                focus::keep();
                pick.map(question)
            }}
            {switch}
            {at_end}
            <RequestError request=hiding/>
        </div>
    }
}

/// What is shown without a current question.
#[component]
fn NoQuestion(controls: Controls) -> impl IntoView {
    let next = move || match controls.step.get() {
        NextStep::Pick(question) => question_text(controls, question.as_str()),
        _ => None,
    };
    move || match controls.is_closed.get() {
        true => view! { <EmptyState title=texts::ROOM_CLOSED body=texts::ROOM_CLOSED_BODY/> }.into_any(),
        false => view! {
            <EmptyState title=texts::NO_QUESTION body=texts::NO_QUESTION_BODY/>
            {move || next().map(|text| view! {
                <p class="stage-next"><span class="hint">{texts::UP_NEXT}</span><span dir="auto">{text}</span></p>
            })}
        }
        .into_any(),
    }
}

/// A question of the library in one line.
pub(super) fn question_text(controls: Controls, question: &str) -> Option<String> {
    controls.questions.get(question).map(|question| plain_text(question.content.text()))
}

/// The main button, and the quiet ones beside it.
#[component]
fn StageActions(controls: Controls, on_choose: Callback<()>) -> impl IntoView {
    let Controls { state, step, step_request, time_request, rows, room, .. } = controls;
    let label = move || match (step.get(), state.get()) {
        _ if step_request.is_pending() => texts::ONE_MOMENT,
        (NextStep::ShowFeedback(_), _) => texts::SHOW_FEEDBACK,
        (NextStep::Pick(_), SessionState::Results(_)) => texts::NEXT,
        (NextStep::Pick(_), _) => texts::PICK_NEXT,
        (NextStep::Choose, _) => texts::CHOOSE_QUESTION,
        (NextStep::Reopen, _) => texts::REOPEN,
    };
    let press = move |_| {
        if !controls.press_step() {
            on_choose.run(());
        }
    };
    let is_open = Memo::new(move |_| state.get().open_pick().is_some());
    let takes_answers = Memo::new(move |_| matches!(state.get(), SessionState::Live(_)));
    let is_limited = Memo::new(move |_| room.left.with(Option::is_some));
    let has_next = Memo::new(move |_| rows.with(|rows| rows.iter().any(|row| row.is_next)));
    let has_key = move || !matches!(step.get(), NextStep::Choose | NextStep::Reopen);
    let quiet = move || {
        let (is_limited, takes_answers, has_next) = (is_limited.get(), takes_answers.get(), has_next.get());
        focus::keep_or(|| focus::focus(".next-step"));
        is_open.get().then(|| {
            view! {
                {is_limited.then(|| view! {
                    <button type="button" class="add-time" on:click=move |_| controls.add_time()>{texts::ADD_TIME}</button>
                })}
                {takes_answers.then(|| view! {
                    <button type="button" class="end-now" on:click=move |_| controls.end_now()>{texts::END_NOW}</button>
                })}
                {has_next.then(|| view! {
                    <button type="button" class="skip-question" on:click=move |_| controls.skip()>{texts::SKIP}</button>
                })}
            }
        })
    };
    let is_done = Memo::new(move |_| controls.is_at_end());
    let shows_best = Memo::new(move |_| room.shows_leaderboard());
    let end = move || {
        let is_done = is_done.get();
        focus::keep();
        is_done.then(|| {
            view! {
                <button
                    type="button"
                    class="top-five"
                    aria-pressed=move || shows_best.get().to_string()
                    on:click=move |_| controls.show_leaderboard(time_request, !shows_best.get_untracked())
                >
                    {texts::TOP_FIVE}
                </button>
            }
        })
    };
    let error = move || controls.open_dialog.get().is_none().then(|| view! { <RequestError request=step_request/> });
    view! {
        <div class="stage-actions">
            {error}
            <RequestError request=time_request/>
            <div class="stage-quiet">{quiet}{end}</div>
            <button
                type="button"
                class="primary next-step"
                class:show-feedback=move || is_open.get()
                class:reopen-room=move || step.get() == NextStep::Reopen
                data-step=move || step.get().name()
                aria-disabled=move || controls.is_settling.get().then_some("true")
                on:click=press
            >
                {label}
                {move || has_key().then(|| view! { <KeyHint text=texts::KEY_STEP/> })}
            </button>
        </div>
    }
}
