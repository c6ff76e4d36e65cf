//! Says what the browser will ask, and why, before it does.

use super::action_button::{Look, action_button, failure};
use super::dialog::dialog;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The explanation: `on_answer` hears whether the browser is to ring, or the page alone.
pub(crate) fn ring_question(
    open: RwSignal<bool>,
    progress: ReadSignal<Progress>,
    on_answer: impl Fn(bool) + Copy + 'static,
) -> Element {
    dialog(open, "May this browser ring?", move || {
        let page_alone =
            el("button").set("type", "button").on_click(move || on_answer(false)).text("Only on this page");
        el("form")
            .on_submit(move || on_answer(true))
            .child(el("h2").text("May this browser ring?"))
            .child(el("p").text(
                "Your browser will ask whether Rally may show notifications. Say yes, and it tells you what you have asked \
                 for, also when this page is closed. Nothing else, and you can turn it off in the settings.",
            ))
            .child(
                el_class("div", "actions")
                    .child(action_button(Look::Primary, "Let it ring", "One moment…", progress))
                    .child(page_alone),
            )
            .child(failure(progress))
    })
}
