//! Parts of a page of which one is shown. The arrow keys change it, as the ARIA Authoring Practices have it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::platform::focus;

/// A tab: its key, which is part of an id, and its label.
pub(crate) type Tab = (&'static str, Signal<String>);

/// The tabs, and the panel of the one that is chosen.
#[component]
pub(crate) fn Tabs(
    /// What the tabs are called together.
    label: &'static str,
    /// The tabs, the first one first.
    tabs: Vec<Tab>,
    /// The key of the tab that is shown.
    shown: RwSignal<&'static str>,
    /// Makes the panel of a tab.
    panel: fn(&'static str) -> AnyView,
) -> impl IntoView {
    let keys: Vec<&'static str> = tabs.iter().map(|(key, _)| *key).collect();
    let on_key = move |event: KeyboardEvent| {
        if let Some(next) = next_tab(&keys, shown.get_untracked(), &event.key()) {
            event.prevent_default();
            shown.set(next);
            focus::focus(&["#", &tab_id(next)].concat());
        }
    };
    let tab = move |(key, text): Tab| {
        let is_shown = Memo::new(move |_| shown.get() == key);
        view! {
            <button
                type="button"
                role="tab"
                id=tab_id(key)
                aria-selected=move || is_shown.get().to_string()
                aria-controls=panel_id(key)
                tabindex=move || if is_shown.get() { "0" } else { "-1" }
                on:click=move |_| shown.set(key)
            >
                {text}
            </button>
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>{tabs.into_iter().map(tab).collect_view()}</div>
        {move || {
            let key = shown.get();
            view! { <div class="tab-panel" role="tabpanel" id=panel_id(key) aria-labelledby=tab_id(key)>{panel(key)}</div> }
        }}
    }
}

fn tab_id(key: &str) -> String {
    ["tab-", key].concat()
}

fn panel_id(key: &str) -> String {
    ["panel-", key].concat()
}

/// The tab that a key leads to from the one that is shown; `None` for other keys.
fn next_tab(keys: &[&'static str], shown: &str, key: &str) -> Option<&'static str> {
    let index = keys.iter().position(|one| *one == shown)?;
    let last = keys.len().checked_sub(1)?;
    let next = match key {
        "ArrowRight" => {
            if index == last {
                0
            } else {
                index + 1
            }
        }
        "ArrowLeft" => index.checked_sub(1).unwrap_or(last),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    keys.get(next).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_and_other_keys_change_nothing() {
        let keys = ["a", "b", "c"];
        for (shown, key, next) in [
            ("a", "ArrowRight", Some("b")),
            ("c", "ArrowRight", Some("a")),
            ("a", "ArrowLeft", Some("c")),
            ("b", "Home", Some("a")),
            ("b", "End", Some("c")),
            ("b", "Enter", None),
            ("gone", "Home", None),
        ] {
            assert_eq!(next_tab(&keys, shown, key), next, "{shown}, {key}");
        }
    }
}
