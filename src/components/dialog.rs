//! A dialog over the page. The browser keeps the focus in it, closes it on Escape, and gives the focus back.

use super::action_button::{Look, action_button, failure};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The dialog: open as long as `open` says so. What is in it is made when it opens.
pub(crate) fn dialog(open: RwSignal<bool>, title: &str, content: impl Fn() -> Element + 'static) -> Element {
    el_class("dialog", "dialog").set("aria-label", title).when(move || open.get(), content).opened(open)
}

/// A question that is asked before something that cannot be undone.
pub(crate) struct Question {
    /// What is asked.
    pub(crate) title: String,
    /// What it would mean.
    pub(crate) meaning: &'static str,
    /// The button that does it, and what it says meanwhile.
    pub(crate) yes: [&'static str; 2],
    /// How it goes.
    pub(crate) progress: ReadSignal<Progress>,
}

/// Asks whether they mean it: `on_yes` hears if they do.
pub(crate) fn confirmation(open: RwSignal<bool>, question: Question, on_yes: impl Fn() + Copy + 'static) -> Element {
    let Question { title, meaning, yes: [label, running], progress } = question;
    let heading = title.clone();
    dialog(open, &title, move || {
        let keep = el("button").set("type", "button").on_click(move || open.set(false)).text("Keep it");
        el("form")
            .on_submit(on_yes)
            .child(el("h2").text(&heading))
            .child(el("p").text(meaning))
            .child(el_class("div", "actions").child(keep).child(action_button(Look::Danger, label, running, progress)))
            .child(failure(progress))
    })
}
