//! One item of the list. Its highlight shows for a moment that it has changed.

use std::collections::HashMap;

use domain::time::Timestamp;
use leptos::prelude::*;

use super::recent::{HEIGHT, Recent, WIDTH};
use super::summary::{Field, ItemSummary};
use super::texts;
use crate::format;

/// What was seen of the items since the list was opened, by their keys: rows come and go with the filter.
pub(super) type Seen = StoredValue<HashMap<String, Recent>>;

/// The row, as an item of a list.
#[component]
pub(super) fn ItemRow(
    /// The item.
    item: Signal<ItemSummary>,
    /// What was seen of all items.
    seen: Seen,
    /// The server's time, which changes each second.
    now: Signal<Timestamp>,
) -> impl IntoView {
    let (key, address, first) = item.with_untracked(|item| (item.key.clone(), item.address(), item.rev));
    let name = key.clone();
    let recent = Memo::new(move |_| {
        item.with(|item| {
            let see = |seen: &mut HashMap<String, Recent>| {
                let recent = seen.entry(item.key.clone()).or_default();
                recent.see(item);
                recent.clone()
            };
            seen.try_update_value(see).unwrap_or_default()
        })
    });
    let points = Memo::new(move |_| recent.with(Recent::points));
    let age = Memo::new(move |_| {
        let now = now.get();
        let is_overdue = recent.with(|recent| recent.is_overdue(now));
        (is_overdue, format::ago(now.since(item.with(|item| item.updated_at))))
    });
    // Two names of the same animation in turns: it starts again with each change, and no timer ends it. The style sheet lights up only what
    // is in sight.
    let beat = move || beat(first, item.with(|item| item.rev));
    view! {
        <li class="item-row" data-item=key data-beat=beat>
            <a class="item-key" href=address><span dir="auto">{name}</span></a>
            <p class="item-fields">{move || item.with(|item| item.fields.iter().map(field).collect_view())}</p>
            <svg class="item-line" viewBox=format!("0 -2 {WIDTH} {}", HEIGHT + 4) preserveAspectRatio="none" aria-hidden="true">
                <polyline points=points></polyline>
            </svg>
            <time
                class="item-time"
                datetime=move || item.with(|item| item.updated_at.to_string())
                data-overdue=move || age.with(|(is_overdue, _)| is_overdue.then_some(""))
            >
                {move || age.with(|(is_overdue, age)| texts::age(*is_overdue, age))}
            </time>
        </li>
    }
}

fn field(field: &Field) -> impl IntoView + use<> {
    let Field { name, text } = field.clone();
    let name = (!name.is_empty()).then(|| view! { <span class="item-field-name" dir="auto">{name}" "</span> });
    view! { <span class="item-field">{name}<bdi>{text}</bdi>" "</span> }
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
