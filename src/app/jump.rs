//! The jump dialog (command palette), which Ctrl K (on a Mac ⌘ K) opens on every page. Its content is in a chunk of its own.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::texts;
use crate::routes::{JUMP, LazyPart};
use crate::ui::Dialog;

/// Whether the dialog is open, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Jump(RwSignal<bool>);

impl Jump {
    /// It is closed.
    pub(super) fn new() -> Self {
        Self(RwSignal::new(false))
    }

    /// Whether it is open (tracked).
    pub(super) fn is_open(self) -> bool {
        self.0.get()
    }

    /// Opens it.
    pub(crate) fn open(self) {
        self.0.set(true);
    }

    /// Closes it.
    pub(crate) fn close(self) {
        self.0.set(false);
    }
}

/// The dialog.
#[component]
pub(super) fn JumpDialog() -> impl IntoView {
    let jump = expect_context::<Jump>();
    let handle = window_event_listener_untyped("keydown", move |event| {
        let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
        let is_combination = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        if is_combination && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            if is_dialog_open() {
                jump.close();
            } else {
                jump.open();
            }
        }
    });
    on_cleanup(move || handle.remove());
    view! { <Dialog open=jump.0 title=texts::JUMP><LazyPart page=JUMP/></Dialog> }
}

/// Whether a dialog is open: it must be answered first.
fn is_dialog_open() -> bool {
    crate::platform::focus::exists("dialog[open]")
}
