//! How the connection is, in a word. Told aloud when it changes, but not each second of a countdown.

use leptos::prelude::*;

use crate::state::live::Link;

/// The pill.
#[component]
pub(crate) fn ConnectionPill(
    /// How the connection is.
    #[prop(into)]
    link: Signal<Link>,
    /// The time that what is shown is from.
    #[prop(into)]
    heard: Signal<String>,
    /// Wants to connect now.
    #[prop(into)]
    on_try: Callback<()>,
) -> impl IntoView {
    let name = move || match link.get() {
        Link::Live => "live",
        Link::Connecting => "connecting",
        Link::Reconnecting | Link::Waiting(_) => "reconnecting",
        Link::Offline => "offline",
    };
    let shown = move || match link.get() {
        Link::Live => "Live".to_owned(),
        Link::Connecting => "Connecting".to_owned(),
        Link::Reconnecting => "Reconnecting".to_owned(),
        Link::Waiting(seconds) => format!("Reconnecting in {seconds} s"),
        Link::Offline => format!("Offline, as of {}", heard.get()),
    };
    let said = Memo::new(move |_| match link.get() {
        Link::Live => "Live".to_owned(),
        Link::Connecting => "Connecting".to_owned(),
        Link::Reconnecting | Link::Waiting(_) => {
            format!("Connection lost, trying again. What is shown is from {}.", heard.get_untracked())
        }
        Link::Offline => format!("No network. What is shown is from {}.", heard.get_untracked()),
    });
    let waits = Memo::new(move |_| matches!(link.get(), Link::Waiting(_) | Link::Offline));
    let try_now = move || {
        waits.get().then(|| {
            view! {
                <button class="plain" type="button" on:click=move |_| on_try.run(())>
                    "Try now"
                </button>
            }
        })
    };
    view! {
        <div class="connection-pill" data-connection=name>
            <span class="connection-dot" aria-hidden="true"></span>
            <span aria-hidden="true">{shown}</span>
            <span class="unseen" role="status">
                {move || said.get()}
            </span>
            {try_now}
        </div>
    }
}
