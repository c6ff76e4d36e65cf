//! Closes an inline form by the Escape key; dialogs handle the key themselves.

use leptos::ev::KeyboardEvent;

/// A handler of keys: Escape does what the button *Cancel* does.
pub(crate) fn on_escape(cancel: impl Fn() + 'static) -> impl Fn(KeyboardEvent) + 'static {
    move |event: KeyboardEvent| {
        // While an input method composes a word, the key is meant for it.
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            cancel();
        }
    }
}
