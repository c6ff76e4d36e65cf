//! How the connection is, in a word. Told aloud when it changes, but not each second of a countdown.

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::live::Link;

/// The pill: `heard` is the time that what is shown is from; `on_try` is told to connect now.
pub(crate) fn connection_pill(
    link: ReadSignal<Link>,
    heard: impl Fn() -> String + Copy + 'static,
    on_try: impl Fn() + Copy + 'static,
) -> Element {
    let waits = move || matches!(link.get(), Link::Waiting(_) | Link::Offline);
    let button = move || el("button").set("type", "button").on_click(on_try).text("Try now");
    el_class("div", "connection-pill")
        .live("data-connection", move || Some(name(link.get()).to_owned()))
        .child(el_class("span", "connection-dot").set("aria-hidden", "true"))
        .child(el("span").set("aria-hidden", "true").live_text(move || shown(link.get(), heard)))
        .child(el_class("span", "unseen").set("role", "status").live_text(move || said(link.get(), || untrack(heard))))
        .when(waits, button)
}

const fn name(link: Link) -> &'static str {
    match link {
        Link::Live => "live",
        Link::Connecting => "connecting",
        Link::Reconnecting | Link::Waiting(_) => "reconnecting",
        Link::Offline => "offline",
    }
}

fn shown(link: Link, heard: impl Fn() -> String) -> String {
    match link {
        Link::Live => "Live".to_owned(),
        Link::Connecting => "Connecting".to_owned(),
        Link::Reconnecting => "Reconnecting".to_owned(),
        Link::Waiting(seconds) => format!("Reconnecting in {seconds} s"),
        Link::Offline => format!("Offline, as of {}", heard()),
    }
}

fn said(link: Link, heard: impl Fn() -> String) -> String {
    match link {
        Link::Live => "Live".to_owned(),
        Link::Connecting => "Connecting".to_owned(),
        Link::Reconnecting | Link::Waiting(_) => {
            format!("Connection lost, trying again. What is shown is from {}.", heard())
        }
        Link::Offline => format!("No network. What is shown is from {}.", heard()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_is_shown_and_not_said() {
        let heard = || "14:05".to_owned();
        assert_eq!(shown(Link::Waiting(7), heard), "Reconnecting in 7 s");
        assert_eq!(said(Link::Waiting(7), heard), said(Link::Waiting(6), heard));
        assert_eq!(said(Link::Waiting(7), heard), said(Link::Reconnecting, heard));
        assert_eq!(shown(Link::Offline, heard), "Offline, as of 14:05");
    }
}
