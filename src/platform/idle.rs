//! Whether the user has moved nothing for a while.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// After this time without a movement of the pointer, a press or a key.
const IDLE_AFTER: Duration = Duration::from_secs(3);

/// Whether the user is idle, until the current owner is cleaned up.
pub(crate) fn use_idle() -> RwSignal<bool> {
    let is_idle = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let restart = move || {
        if is_idle.try_get_untracked() == Some(true) {
            is_idle.set(false);
        }
        let next = set_timeout_with_handle(move || _ = is_idle.try_set(true), IDLE_AFTER).ok();
        if let Some(Some(before)) = timer.try_update_value(|timer| std::mem::replace(timer, next)) {
            before.clear();
        }
    };
    restart();
    let listeners = ["pointermove", "pointerdown", "keydown", "focusin"]
        .map(|event| window_event_listener_untyped(event, move |_| restart()));
    on_cleanup(move || {
        for listener in listeners {
            listener.remove();
        }
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
    is_idle
}
