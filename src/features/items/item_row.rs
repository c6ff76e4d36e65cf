//! One item of the list. Its highlight shows for a moment that it has changed.

use leptos::prelude::*;

use super::summary::ItemSummary;
use crate::format::LocalTime;
use crate::ui::use_now;

/// The row, as an item of a list.
#[component]
pub(super) fn ItemRow(item: Signal<ItemSummary>) -> impl IntoView {
    let today = use_now().today();
    let (key, address, first) = item.with_untracked(|item| (item.key.clone(), item.address(), item.rev));
    let name = key.clone();
    // Two names of the same animation in turns: it starts again with each change, and no timer ends it. The style sheet lights up only what
    // is in sight.
    let beat = move || beat(first, item.with(|item| item.rev));
    view! {
        <li class="item-row" data-item=key data-beat=beat>
            <a class="item-key" href=address><span dir="auto">{name}</span></a>
            <code dir="auto">{move || item.with(|item| item.preview.clone())}</code>
            <span class="item-time">
                {move || LocalTime::of(item.with(|item| item.updated_at)).seconds_seen_on(today.get())}
            </span>
        </li>
    }
}

/// The name of the highlight of a revision; none for the first one that the row shows.
const fn beat(first: u64, rev: u64) -> Option<&'static str> {
    match rev {
        _ if rev == first => None,
        _ if rev.is_multiple_of(2) => Some("even"),
        _ => Some("odd"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highlight_begins_again_with_each_revision() {
        assert_eq!([7, 8, 9, 10].map(|rev| beat(7, rev)), [None, Some("even"), Some("odd"), Some("even")]);
        assert_eq!(beat(7, 1), Some("odd"), "written anew after it was deleted");
    }
}
