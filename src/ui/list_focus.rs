//! The focus in a list whose rows are moved and removed.

use leptos::prelude::*;

use crate::platform::focus;

/// Keeps the focus in a list: browsers drop it when the element that has it is moved or removed.
#[derive(Clone, Copy)]
pub(crate) struct ListFocus {
    keys: StoredValue<Vec<String>>,
    /// The keys before the last change.
    before: StoredValue<Vec<String>>,
    selector: fn(&str) -> String,
    otherwise: &'static str,
}

impl ListFocus {
    /// Of a list whose rows have controls, at the selectors that `selector` makes of their keys; if the last row goes, what `otherwise`
    /// matches gets the focus.
    pub(crate) fn new(selector: fn(&str) -> String, otherwise: &'static str) -> Self {
        Self { keys: StoredValue::new(Vec::new()), before: StoredValue::new(Vec::new()), selector, otherwise }
    }

    /// The keys of the list are about to be rendered, as `<For each=…>` gets them. If a row moves under the focus, its control keeps it; if the
    /// row goes, the row in its place gets it.
    pub(crate) fn keep(self, keys: Vec<String>) -> Vec<String> {
        let before = self.keys.try_update_value(|known| std::mem::replace(known, keys.clone())).unwrap_or_default();
        if before != keys {
            let now = keys.clone();
            self.before.set_value(before.clone());
            focus::keep_or(move || self.focus_successor(&before, &now));
        }
        keys
    }

    /// A row is being removed, as the user has agreed in a dialog that closes now: the row in its place gets the focus, whether the row is
    /// gone already or goes later.
    pub(crate) fn leave(self, key: &str) {
        let keys = self.keys.get_value();
        let is_here = keys.iter().any(|one| one == key);
        let before = if is_here { keys.clone() } else { self.before.get_value() };
        let now: Vec<String> = keys.into_iter().filter(|one| one != key).collect();
        focus::rescue_with(move || self.focus_successor(&before, &now));
    }

    fn focus_successor(self, before: &[String], now: &[String]) -> bool {
        match successor(before, now) {
            // What is left of the row knows better where its focus goes.
            Successor::NoneGone => true,
            Successor::Row(next) => focus::focus(&(self.selector)(next)) || focus::focus(self.otherwise),
            Successor::NoneLeft => focus::focus(self.otherwise),
        }
    }
}

/// The element that gets the focus after rows were removed.
#[derive(Debug, PartialEq, Eq)]
enum Successor<'a> {
    /// No row is gone.
    NoneGone,
    /// The row that stands where the first one stood that is gone.
    Row(&'a str),
    /// No row is left.
    NoneLeft,
}

fn successor<'a>(before: &[String], now: &'a [String]) -> Successor<'a> {
    let left = |key: &String| now.iter().find(|one| *one == key);
    // Rows keep their order as a rule: then each is found at once.
    let mut expected = now.iter().peekable();
    let is_gone = |key: &String| expected.next_if_eq(&key).is_none() && left(key).is_none();
    let Some(gone) = before.iter().position(is_gone) else { return Successor::NoneGone };
    let mut after = before.iter().skip(gone).chain(before.iter().take(gone).rev());
    after.find_map(left).map_or(Successor::NoneLeft, |next| Successor::Row(next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    fn keys(all: &[&str]) -> Vec<String> {
        all.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn the_row_in_the_place_of_a_removed_one_is_its_successor() {
        let before = keys(&["a", "b", "c"]);
        for (now, next) in [
            (&["a", "c"][..], Successor::Row("c")),
            (&["a", "b"], Successor::Row("b")),
            (&["b", "c"], Successor::Row("b")),
            (&["c", "a"], Successor::Row("c")),
            (&[], Successor::NoneLeft),
            (&["d"], Successor::NoneLeft),
            (&["d", "c", "b", "a"], Successor::NoneGone),
        ] {
            let now = keys(now);
            assert_eq!(successor(&before, &now), next, "{now:?}");
        }
    }

    proptest! {
        /// Whatever goes and comes: the focus goes to a row that was there before and still is.
        #[test]
        fn a_successor_was_there_before(
            before in proptest::collection::btree_set("[a-e]", 0..5),
            now in proptest::collection::btree_set("[a-e]", 0..5),
        ) {
            let (before, now): (Vec<String>, Vec<String>) = (before.into_iter().collect(), now.into_iter().collect());
            let has_gone = before.iter().any(|key| !now.contains(key));
            let has_stayed = before.iter().any(|key| now.contains(key));
            match successor(&before, &now) {
                Successor::NoneGone => prop_assert!(!has_gone),
                Successor::Row(next) => prop_assert!(has_gone && before.iter().any(|key| key == next)),
                Successor::NoneLeft => prop_assert!(has_gone && !has_stayed),
            }
        }
    }
}
