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
    let beat = move || {
        let rev = item.with(|item| item.rev);
        (rev != first).then_some(if rev.is_multiple_of(2) { "even" } else { "odd" })
    };
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
