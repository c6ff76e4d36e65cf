//! Where the focus goes when a row of a list is removed while it has the focus.

use leptos::prelude::*;

use crate::platform::focus;

/// Keeps the focus in a list as its rows come and go: if the row that had it is removed, the row in its place gets it, or else what
/// `otherwise` matches. `selector` makes the selector of a row's control of the row's id.
pub(crate) fn use_focus_after_removal(ids: Signal<Vec<String>>, selector: fn(&str) -> String, otherwise: &'static str) {
    Effect::new(move |before: Option<Vec<String>>| {
        let now = ids.get();
        if let Some(removed) = before.as_deref().and_then(|before| first_removed(before, &now)) {
            let next = row_at(&now, removed).map(|id| selector(id));
            focus::rescue_with(move || next.is_some_and(|next| focus::focus(&next)) || focus::focus(otherwise));
        }
        now
    });
}

/// The row at an index, or else the last one.
fn row_at(now: &[String], index: usize) -> Option<&String> {
    now.get(index).or(now.last())
}

/// The index of the first row that is gone.
fn first_removed(before: &[String], now: &[String]) -> Option<usize> {
    before.iter().position(|id| !now.contains(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_in_the_place_of_the_removed_one_is_next() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let all = ids(&["a", "b", "c"]);
        assert_eq!(first_removed(&all, &ids(&["a", "c"])), Some(1));
        assert_eq!(first_removed(&all, &ids(&["a", "b"])), Some(2));
        assert_eq!(first_removed(&all, &ids(&["d", "a", "b", "c"])), None, "a row that comes takes no focus");
        assert_eq!(first_removed(&all, &[]), Some(0));
    }

    #[test]
    fn the_last_row_is_next_if_the_removed_one_was_below_it() {
        let ids = ["a".to_owned(), "b".to_owned()];
        assert_eq!(row_at(&ids, 0).map(String::as_str), Some("a"));
        assert_eq!(row_at(&ids, 2).map(String::as_str), Some("b"));
        assert_eq!(row_at(&[], 0), None);
    }
}
