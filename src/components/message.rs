//! Something that has just happened and that somebody asked to be told of, over whatever the page shows. It stays until it
//! is closed: who looks away for a moment must find it.

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::notices::Message;

/// The message, if there is one.
pub(crate) fn message(message: RwSignal<Option<Message>>) -> Element {
    let content = move |shown: &Option<Message>| {
        let Message { title, body, path } = shown.as_ref()?;
        let way = path
            .as_ref()
            .map(|path| el_class("a", "primary").set("href", path).on_click(move || message.set(None)).text("Open"));
        let close = el("button").set("type", "button").on_click(move || message.set(None)).text("Close");
        Some(
            el_class("section", "message")
                .set("aria-label", "Just now")
                .child(el("p").child(el("strong").text(title)).child(el("span").text(body)))
                .child(el_class("div", "actions").children(way).child(close)),
        )
    };
    el_class("div", "message-place").part(move || message.get(), content)
}
