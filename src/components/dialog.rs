//! A dialog over the page. The browser keeps the focus in it and closes it on Escape.

use leptos::html;
use leptos::prelude::*;

use crate::browser::dialog;

/// The dialog: open as long as `open` says so. What is in it is made when it opens.
#[component]
pub(crate) fn Dialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What it is about.
    title: String,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let (is_open, Some(element)) = (open.get(), node.get()) else { return };
        if is_open {
            dialog::open(&element);
        } else {
            dialog::close(&element);
        }
    });
    view! {
        <dialog class="dialog" aria-label=title node_ref=node on:close=move |_| open.set(false)>
            {move || open.get().then(|| children())}
        </dialog>
    }
}
