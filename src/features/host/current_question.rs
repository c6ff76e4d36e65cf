//! The current question on the host panel: its answers, and the end of it. Key: `f` asks whether to show the feedback.

use leptos::prelude::*;

use super::audience::Audience;
use super::host_page::Panel;
use super::live_results::LiveResults;
use super::pick_flow::{is_shown, open_pick};
use super::texts;
use crate::api;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::features::rooms::room_view::phase_name;
use crate::platform::focus;
use crate::ui::{Dialog, EmptyState, Request, RequestError, on_submit};

/// The panel of the current question.
#[component]
pub(super) fn CurrentQuestion(panel: Panel) -> impl IntoView {
    let room = panel.room;
    let (showing, is_asking) = (Request::new(), RwSignal::new(false));
    let is_open = Memo::new(move |_| open_pick(room.key.get()).is_some());
    let show = Callback::new(move |()| {
        is_asking.set(false);
        if let Some(number) = open_pick(room.key.get_untracked()) {
            let id = panel.id.get_value();
            showing.run(async move { api::rooms::show_feedback(&id, number).await });
        }
    });
    use_shortcuts(move |key| {
        let is_meant = key == "f" && is_open.get_untracked();
        if is_meant {
            is_asking.set(true);
        }
        is_meant
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = is_open.get();
        if was_open == Some(true) && !is_open {
            is_asking.set(false);
        }
        is_open
    });
    focus_after_pick(panel);
    let number = Memo::new(move |_| room.key.get().map(|(number, _)| number));
    let content = move || match number.get() {
        None => view! { <NoQuestion panel/> }.into_any(),
        Some(number) => view! {
            <section
                class="panel question"
                aria-label=texts::CURRENT
                data-pick=number.to_string()
                data-phase=move || room.key.get().map(|(_, phase)| phase_name(phase))
            >
                <LiveResults panel number>
                    <div class="actions">
                        {move || {
                            let is_open = is_open.get();
                            focus::keep();
                            is_open.then(|| view! { <ShowFeedback showing show/> })
                        }}
                    </div>
                    <RequestError request=showing/>
                </LiveResults>
            </section>
        }
        .into_any(),
    };
    view! {
        <div>{content}</div>
        <Dialog open=is_asking title=texts::FEEDBACK_TITLE>
            <form on:submit=on_submit(move || show.run(()))>
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

/// The button that ends the question. It stays enabled, so that it keeps the focus if the request fails.
#[component]
fn ShowFeedback(showing: Request, show: Callback<()>) -> impl IntoView {
    let label = move || if showing.is_pending() { texts::SHOWING } else { texts::SHOW_FEEDBACK };
    view! {
        <button type="button" class="primary show-feedback" on:click=move |_| show.run(())>
            {label}
            <KeyHint text=texts::KEY_F/>
        </button>
    }
}

/// What is shown without a current question.
#[component]
fn NoQuestion(panel: Panel) -> impl IntoView {
    let Panel { room, people, .. } = panel;
    let here = Memo::new(move |_| {
        let host = room.room.with(|room| room.as_ref().map(|room| room.creator.to_string()).unwrap_or_default());
        Audience::of(&people.ids(), &[], &host).here
    });
    let notice = move || match panel.is_closed.get() {
        true => view! { <EmptyState title=texts::ROOM_CLOSED body=texts::ROOM_CLOSED_BODY/> },
        false => view! { <EmptyState title=texts::NO_QUESTION body=texts::NO_QUESTION_BODY/> },
    };
    view! {
        <section class="panel" aria-label=texts::CURRENT>
            {notice}
            <p class="hint" data-here=move || here.get().to_string()>{move || texts::people_here(here.get())}</p>
        </section>
    }
}

/// Moves the focus to the main button when the question that this page has picked is there.
fn focus_after_pick(panel: Panel) {
    Effect::new(move |_| {
        let Some(awaited) = panel.awaited_pick.get() else { return };
        if is_shown(awaited, panel.room.key.get()) {
            panel.awaited_pick.set(None);
            focus::focus_after_render(".show-feedback");
        }
    });
}
