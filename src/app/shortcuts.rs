//! Single-key shortcuts: on unless the user has switched them off in Settings (WCAG 2.1, 2.1.4).

use leptos::prelude::*;

use crate::platform::hotkeys;
use crate::platform::storage::{self, Area};

/// Where the choice is stored.
const STORED_AS: &str = "rally-shortcuts";

/// Whether single keys are shortcuts, as a context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shortcuts {
    is_on: RwSignal<bool>,
}

impl Shortcuts {
    /// What the user chose earlier.
    pub(crate) fn load() -> Self {
        Self { is_on: RwSignal::new(storage::get(Area::Local, STORED_AS).as_deref() != Some("off")) }
    }

    /// Whether they are on (tracked).
    pub(crate) fn is_on(self) -> bool {
        self.is_on.get()
    }

    /// Switches them on or off, and stores it.
    pub(crate) fn set(self, is_on: bool) {
        self.is_on.set(is_on);
        storage::set(Area::Local, STORED_AS, (!is_on).then_some("off"));
    }
}

/// The key of a button or a hint, shown while shortcuts are on. Not shown where the main pointer is a finger.
#[component]
pub(crate) fn KeyHint(
    /// The text.
    text: &'static str,
) -> impl IntoView {
    let shortcuts = expect_context::<Shortcuts>();
    move || shortcuts.is_on().then(|| view! { <span class="key-hint">{text}</span> })
}

/// Calls `on_key` with each key that is pressed while no text field has the focus and shortcuts are on, until the current owner is
/// cleaned up. It returns whether it used the key.
pub(crate) fn use_shortcuts(on_key: impl Fn(&str) -> bool + 'static) {
    let shortcuts = expect_context::<Shortcuts>();
    hotkeys::listen(move |key| shortcuts.is_on.get_untracked() && on_key(key));
}
