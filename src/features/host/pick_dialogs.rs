//! The confirmations before a question is picked.

use leptos::prelude::*;

use super::controls::Controls;
use super::pick_flow::PickStep;
use super::stage_panel::question_text;
use super::texts;
use crate::ui::{Dialog, RequestError, on_submit, open_while};

/// The dialogs. At most one of them is open.
#[component]
pub(super) fn PickDialogs(controls: Controls) -> impl IntoView {
    let Controls { open_dialog, step_request, .. } = controls;
    view! {
        <PickDialog controls step=PickStep::Ask title=texts::PICK_TITLE body="" label=texts::PICK/>
        <PickDialog
            controls
            step=PickStep::AskAgain
            title=texts::PICK_AGAIN_TITLE
            body=texts::PICK_AGAIN_BODY
            label=texts::PICK_AGAIN
        />
        <SkipDialog controls/>
        <p class="visually-hidden" role="status">
            {move || if step_request.is_pending() && open_dialog.get().is_some() { texts::ONE_MOMENT } else { "" }}
        </p>
    }
}

/// Whether the dialog of a step is open: [`Controls::open_dialog`] as the signal that a dialog takes.
fn is_open(open_dialog: RwSignal<Option<PickStep>>, step: PickStep) -> RwSignal<bool> {
    open_while(move || open_dialog.get() == Some(step), move || open_dialog.set(None))
}

/// Confirms that the question is picked.
#[component]
fn PickDialog(
    controls: Controls,
    step: PickStep,
    title: &'static str,
    body: &'static str,
    label: &'static str,
) -> impl IntoView {
    let open = is_open(controls.open_dialog, step);
    let step_request = controls.step_request;
    view! {
        <Dialog open title>
            <form on:submit=on_submit(move || controls.pick())>
                <h2>{title}</h2>
                <p dir="auto">{move || chosen_question_text(controls)}</p>
                {(!body.is_empty()).then(|| view! { <p>{body}</p> })}
                <div class="actions">
                    <button type="button" on:click=move |_| open.set(false)>{texts::CANCEL}</button>
                    // It has the focus: p, then Enter.
                    <button type="submit" class="primary" autofocus=true>
                        {move || if step_request.is_pending() { texts::PICKING } else { label }}
                    </button>
                </div>
                <RequestError request=step_request/>
            </form>
        </Dialog>
    }
}

/// Another question is open: offers to show its feedback first.
#[component]
fn SkipDialog(controls: Controls) -> impl IntoView {
    let open = is_open(controls.open_dialog, PickStep::AskToSkip);
    let step_request = controls.step_request;
    let show = move || {
        open.set(false);
        controls.take_step();
    };
    view! {
        <Dialog open title=texts::SKIP_TITLE>
            <form on:submit=on_submit(show)>
                <h2>{texts::SKIP_TITLE}</h2>
                <p>{texts::SKIP_BODY}</p>
                <div class="actions">
                    <button type="button" on:click=move |_| open.set(false)>{texts::CANCEL}</button>
                    <button type="button" class="skip-and-pick" on:click=move |_| controls.pick()>
                        {move || if step_request.is_pending() { texts::PICKING } else { texts::SKIP_AND_PICK }}
                    </button>
                    <button type="submit" class="primary" autofocus=true>{texts::SHOW_FEEDBACK_FIRST}</button>
                </div>
                <RequestError request=step_request/>
            </form>
        </Dialog>
    }
}

fn chosen_question_text(controls: Controls) -> String {
    let chosen_question = controls.chosen_question.get();
    chosen_question.and_then(|question| question_text(controls, question.as_str())).unwrap_or_default()
}
