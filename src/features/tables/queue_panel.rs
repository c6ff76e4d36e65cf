//! The queue for a table: the people who wait, whose turn it is, and the buttons for the user.

use domain::queue::QueueView;
use domain::time::Timestamp;
use leptos::html;
use leptos::prelude::*;

use super::queue_position::{QueuePosition, QueueRow, QueueStep, StepButton, queue_rows};
use super::texts;
use crate::platform::focus;
use crate::ui::Request;

/// The requests of the queue's steps, one each: an answer that is late for one step holds up no other.
#[derive(Clone, Copy)]
pub(super) struct QueueRequests {
    join: Request,
    leave: Request,
    take: Request,
    pass: Request,
    sign_in: Request,
    /// The step that was made last: its failure is shown.
    last: RwSignal<Option<QueueStep>>,
}

impl QueueRequests {
    /// None made yet.
    pub(super) fn new() -> Self {
        Self {
            join: Request::new(),
            leave: Request::new(),
            take: Request::new(),
            pass: Request::new(),
            sign_in: Request::new(),
            last: RwSignal::new(None),
        }
    }

    /// The request of a step that is made now.
    pub(super) fn start(self, step: QueueStep) -> Request {
        self.last.set(Some(step));
        self.of(step)
    }

    const fn of(self, step: QueueStep) -> Request {
        match step {
            QueueStep::Join => self.join,
            QueueStep::Leave => self.leave,
            QueueStep::Take => self.take,
            QueueStep::Pass => self.pass,
            QueueStep::SignIn => self.sign_in,
        }
    }

    /// Why the last step failed (tracked).
    fn error(self) -> Option<String> {
        self.last.get().and_then(|step| self.of(step).error()).map(|error| error.to_string())
    }
}

/// The panel.
#[component]
pub(super) fn QueuePanel(
    /// The queue.
    #[prop(into)]
    queue: Signal<QueueView>,
    /// The pseudonym of the user in the queue, if they are signed in.
    #[prop(into)]
    mark: Signal<Option<String>>,
    /// Whether the table is free.
    #[prop(into)]
    is_free: Signal<bool>,
    /// Whether a visitor can sign in here.
    #[prop(into)]
    can_sign_in: Signal<bool>,
    /// The server's time.
    now: Signal<Timestamp>,
    /// The requests of its steps.
    requests: QueueRequests,
    /// Makes a step.
    #[prop(into)]
    on_step: Callback<QueueStep>,
) -> impl IntoView {
    let standing = Memo::new(move |_| queue.with(|queue| mark.with(|mark| QueuePosition::of(queue, mark.as_deref()))));
    let sentence = Memo::new(move |_| queue.with(|queue| standing.get().sentence(queue)));
    let time_left = Memo::new(move |_| queue.with(|queue| standing.get().time_left(queue, now.get())));
    let rows = Memo::new(move |_| queue.with(queue_rows));
    let buttons = Memo::new(move |_| match standing.get() {
        QueuePosition::SignedOut if !can_sign_in.get() => &[],
        standing => standing.buttons(is_free.get()),
    });
    let is_mine = move || (standing.get() == QueuePosition::Called).then_some("mine");
    view! {
        <section class="panel line-panel" aria-labelledby="line-title" data-turn=is_mine>
            <h2 id="line-title">{texts::QUEUE}</h2>
            <p class="line-status" tabindex="-1">
                <span role="status">{sentence}</span>
                <span class="line-clock">" "{time_left}</span>
            </p>
            <ol class="line-places">
                <For each=move || rows.get() key=|row| (row.mark.clone(), row.is_called) let:row>
                    <QueuePerson row/>
                </For>
            </ol>
            <Steps buttons requests on_step/>
            <p class="failure" role="alert">{move || requests.error().unwrap_or_default()}</p>
        </section>
    }
    .into_any()
}

#[component]
fn QueuePerson(row: QueueRow) -> impl IntoView {
    let QueueRow { name, is_called, .. } = row;
    view! {
        <li data-called=is_called.then_some("true")>
            <bdi>{name}</bdi>
            {is_called.then_some(texts::CALLED)}
        </li>
    }
}

/// The buttons. When they are replaced under the focus, the panel's sentence gets it: a second press of the key does nothing then.
#[component]
fn Steps(buttons: Memo<&'static [StepButton]>, requests: QueueRequests, on_step: Callback<QueueStep>) -> impl IntoView {
    let actions = NodeRef::<html::Div>::new();
    let each = move || {
        let buttons = buttons.get();
        // The old buttons are still on the page.
        if actions.get_untracked().is_some_and(|actions| focus::is_within(&actions)) {
            focus::rescue_with(|| focus::focus(".line-status"));
        }
        buttons
    };
    view! {
        <div class="actions" node_ref=actions>
            <For each key=|button| (button.label, button.class) children=move |button| view! { <Step button=*button requests on_step/> }/>
        </div>
    }
}

#[component]
fn Step(button: StepButton, requests: QueueRequests, on_step: Callback<QueueStep>) -> impl IntoView {
    let StepButton { class, label, step } = button;
    let is_pending = move || requests.of(step).is_pending().then_some("true");
    // Not disabled meanwhile: that would take the focus away.
    view! { <button type="button" class=class aria-disabled=is_pending on:click=move |_| on_step.run(step)>{label}</button> }
}
