//! Renders the state of a topic in the same way on all pages: loading, denied, empty or deleted, ready.

use leptos::prelude::*;

use super::EmptyState;
use crate::format;
use crate::live::{Denial, TopicState, TopicStore};
use crate::platform::focus;

/// Shows `children` once the topic's entries are known and there are any, and a placeholder for its state before.
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
    let phase = Memo::new(move |_| Phase::of(topic.state(), has_empty && topic.is_empty()));
    let content = move || {
        let phase = phase.get();
        // All that is shown is replaced.
        focus::keep();
        match phase {
            Phase::Loading => loading.run(),
            Phase::Denied(why) => view! { <EmptyState title=denied body=why.message/> }.into_any(),
            Phase::Empty => empty.as_ref().map(ViewFn::run).into_any(),
            Phase::Ready => children().into_any(),
        }
    };
    let unreadable = move || {
        let number = topic.unreadable();
        (number > 0).then(|| view! { <p class="hint" role="status">{unreadable_entries(number)}</p> })
    };
    view! {
        {content}
        {unreadable}
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Loading,
    Denied(Denial),
    Empty,
    Ready,
}

impl Phase {
    /// The phase of a topic; `shows_empty` if it has no entry and the page shows that.
    fn of(state: TopicState, shows_empty: bool) -> Self {
        match state {
            TopicState::Loading => Self::Loading,
            TopicState::Denied(why) => Self::Denied(why),
            TopicState::Ready if shows_empty => Self::Empty,
            TopicState::Ready => Self::Ready,
        }
    }
}

/// Says that entries are left out.
fn unreadable_entries(number: usize) -> String {
    format!("This version of Rally can't show {}. Reload the page.", format::count(number, "entry", "entries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_topic_is_said_to_be_empty_only_once_it_is_known() {
        assert_eq!(Phase::of(TopicState::Loading, true), Phase::Loading);
        assert_eq!(Phase::of(TopicState::Ready, true), Phase::Empty);
        assert_eq!(Phase::of(TopicState::Ready, false), Phase::Ready);
        let denied = TopicState::Denied(Denial::new("Sign in first."));
        assert_eq!(Phase::of(denied, true), Phase::Denied(Denial::new("Sign in first.")));
    }

    #[test]
    fn entries_that_are_left_out_are_counted() {
        assert!(unreadable_entries(1).contains("1 entry.") && unreadable_entries(2).contains("2 entries."));
    }
}
