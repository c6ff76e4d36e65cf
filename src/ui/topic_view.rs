//! Draws what is known of a topic as a whole, in one place for all pages: loading, denied, empty or deleted, ready.

use leptos::prelude::*;

use super::EmptyState;
use crate::format;
use crate::live::{TopicState, TopicStore};

/// Shows `children` once the topic's entries are known and there are any, and until then what is the case.
#[component]
pub(crate) fn TopicView<T: Clone + PartialEq + Send + Sync + 'static>(
    /// The topic's store.
    topic: TopicStore<T>,
    /// Shown while nothing is known.
    #[prop(into)]
    loading: ViewFn,
    /// The title if the server denies it.
    denied: &'static str,
    /// Shown if there is no entry: nothing yet, or deleted. Without it `children` are shown then, too, and stay when the first entry comes.
    #[prop(optional, into)]
    empty: Option<ViewFn>,
    /// Shown if there are entries.
    children: ChildrenFn,
) -> impl IntoView {
    let has_empty = empty.is_some();
    let phase = Memo::new(move |_| match topic.state() {
        TopicState::Loading => Phase::Loading,
        TopicState::Denied(why) => Phase::Denied(why),
        TopicState::Ready if has_empty && topic.is_empty() => Phase::Empty,
        TopicState::Ready => Phase::Ready,
    });
    let content = move || match phase.get() {
        Phase::Loading => loading.run(),
        Phase::Denied(why) => view! { <EmptyState title=denied body=why/> }.into_any(),
        Phase::Empty => empty.as_ref().map(ViewFn::run).into_any(),
        Phase::Ready => children().into_any(),
    };
    let unreadable = move || {
        let number = topic.unreadable();
        (number > 0).then(|| {
            let entries = format::count(number, "entry", "entries");
            view! { <p class="hint" role="status">{format!("This version of Rally can't show {entries}. Reload the page.")}</p> }
        })
    };
    view! {
        {content}
        {unreadable}
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Loading,
    Denied(String),
    Empty,
    Ready,
}
