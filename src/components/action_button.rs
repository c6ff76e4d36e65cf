//! A button for something that takes its time: says so while it does, and why it could not be done.

use crate::browser::element::{Element, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// How the button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// The thing to do.
    Primary,
    /// Something that cannot be undone.
    Danger,
}

/// The button that submits a form: `label` is what it does, `running` what it says meanwhile.
pub(crate) fn action_button(
    look: Look,
    label: &'static str,
    running: &'static str,
    progress: ReadSignal<Progress>,
) -> Element {
    let class = match look {
        Look::Primary => "primary",
        Look::Danger => "danger",
    };
    let is_running = move || progress.with(Progress::is_running);
    el_class("button", class)
        .set("type", "submit")
        .live_flag("disabled", is_running)
        .live_text(move || if is_running() { running } else { label }.to_owned())
}

/// Why it could not be done, if it could not.
pub(crate) fn failure(progress: ReadSignal<Progress>) -> Element {
    let message = move || progress.with(|progress| progress.failure().map(|failure| failure.message.clone()));
    el_class("p", "failure").set("role", "alert").live_text(move || message().unwrap_or_default())
}
