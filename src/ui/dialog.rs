//! A dialog over the page. The browser keeps the focus in it, closes it on Escape, and gives the focus back.

use leptos::html;
use leptos::prelude::*;

use super::request::{Request, RequestError, on_submit};
use crate::platform::focus;
use crate::platform::page::after_render;

/// A modal dialog, open while `open` holds true. Its content is made when it opens.
#[component]
pub(crate) fn Dialog(
    /// Whether it is open; Escape sets it to false.
    open: RwSignal<bool>,
    /// Called after the user has closed it by Escape, which is the same as its *Cancel* button.
    #[prop(optional, into)]
    on_dismiss: Option<Callback<()>>,
    /// Its name for assistive technology.
    #[prop(into)]
    title: String,
    /// Its content.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if is_open {
            // After its content is rendered: the first control in it gets the focus.
            after_render(move || {
                if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
                    // It fails only for a dialog that is open or not on the page.
                    _ = dialog.show_modal();
                }
            });
        } else if was_open == Some(true) {
            if let Some(dialog) = dialog.get_untracked() {
                dialog.close();
            }
            // What had the focus before may be gone by now.
            focus::rescue_to("h1");
        }
        is_open
    });
    let on_close = move |_| {
        // If it is closed by `open`, this is no news.
        if open.get_untracked() {
            open.set(false);
            if let Some(on_dismiss) = on_dismiss {
                on_dismiss.run(());
            }
        }
    };
    view! {
        <dialog class="dialog" aria-label=title node_ref=dialog on:close=on_close>
            {move || open.get().then(|| children())}
        </dialog>
    }
}

/// What a dialog takes as `open` that is open while `is_wanted` holds (tracked). `on_close` is called when the user has closed it.
pub(crate) fn open_while(
    is_wanted: impl Fn() -> bool + Copy + 'static,
    on_close: impl Fn() + 'static,
) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(is_wanted()));
    Effect::new(move |_| {
        if !open.get() && untrack(is_wanted) {
            on_close();
        }
    });
    open
}

/// Confirms something that cannot be undone. If the request fails, it stays open and shows the error.
#[component]
pub(crate) fn Confirm(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question of the dialog.
    #[prop(into)]
    title: Signal<String>,
    /// What it would mean.
    #[prop(into)]
    body: Signal<String>,
    /// The button that does it.
    label: &'static str,
    /// The label of the button while the request is pending.
    pending: &'static str,
    /// The request that does it.
    request: Request,
    /// Called when the user agrees.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog open title=title.get_untracked()>
            <form on:submit=on_submit(move || on_confirm.run(()))>
                <h2>{title}</h2>
                <p>{body}</p>
                <div class="actions">
                    <button type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                    <button type="submit" class="danger" aria-disabled=move || request.is_pending().then_some("true")>
                        {move || if request.is_pending() { pending } else { label }}
                    </button>
                </div>
                <RequestError request/>
            </form>
        </Dialog>
    }
}
