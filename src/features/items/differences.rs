//! View model of what has changed from one value to the next.

use domain::json_pointer::JsonPointer;
use serde_json::Value;

use super::summary::preview;

/// The most differences that are shown: a row of the history has no room for more.
const LIMIT: usize = 8;

/// A part of a value that differs from the value before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where it stands, in words; empty for the value itself.
    pub(super) place: String,
    /// What it was; none if it was not there.
    pub(super) before: Option<String>,
    /// What it is; none if it is no longer there.
    pub(super) now: Option<String>,
}

/// The differences between two values, and whether there are more than these.
pub(super) fn differences(before: &Value, now: &Value) -> (Vec<Difference>, bool) {
    let mut found = Vec::new();
    compare(&JsonPointer::default(), Some(before), Some(now), &mut found);
    let has_more = found.len() > LIMIT;
    found.truncate(LIMIT);
    (found, has_more)
}

fn compare(at: &JsonPointer, before: Option<&Value>, now: Option<&Value>, found: &mut Vec<Difference>) {
    if before == now || found.len() > LIMIT {
        return;
    }
    match (before, now) {
        (Some(Value::Object(before)), Some(Value::Object(now))) => {
            let removed = before.keys().filter(|name| !now.contains_key(*name));
            for name in now.keys().chain(removed) {
                compare(&at.member(name), before.get(name), now.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(now))) => {
            for index in 0..before.len().max(now.len()) {
                compare(&at.member(&index.to_string()), before.get(index), now.get(index), found);
            }
        }
        _ => found.push(Difference { place: at.in_words(), before: before.map(preview), now: now.map(preview) }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::json;

    use super::*;

    fn difference(place: &str, before: Option<&str>, now: Option<&str>) -> Difference {
        Difference { place: place.to_owned(), before: before.map(str::to_owned), now: now.map(str::to_owned) }
    }

    #[test]
    fn only_changes_are_differences() {
        let before = json!({"battery": 87, "doors": [true, false], "driver": {"name": "Ada"}, "old": 1});
        let now = json!({"battery": 86, "doors": [true, true, false], "driver": {"name": "Ada"}, "new": "x"});
        let expected = vec![
            difference("battery", Some("87"), Some("86")),
            difference("doors › 1", Some("false"), Some("true")),
            difference("doors › 2", None, Some("false")),
            difference("new", None, Some("\"x\"")),
            difference("old", Some("1"), None),
        ];
        assert_eq!(differences(&before, &now), (expected, false));
    }

    #[test]
    fn a_value_of_another_type_is_one_difference() {
        let whole = vec![difference("", Some("{\"a\":1}"), Some("7"))];
        assert_eq!(differences(&json!({"a": 1}), &json!(7)), (whole, false));
        assert_eq!(differences(&json!([1, 2]), &json!([1, 2])), (Vec::new(), false));
    }

    #[test]
    fn many_differences_are_cut() {
        let numbers = |add: i32| Value::from((0..1_000).map(|number| number + add).collect::<Vec<_>>());
        let (found, has_more) = differences(&numbers(0), &numbers(1));
        assert_eq!((found.len(), has_more), (LIMIT, true));
    }

    proptest! {
        #[test]
        fn there_are_differences_exactly_between_different_values(
            before in prop::collection::btree_map("[a-c]", 0..3_i32, 0..4),
            now in prop::collection::btree_map("[a-c]", 0..3_i32, 0..4),
        ) {
            let (found, has_more) = differences(&json!(before), &json!(now));
            prop_assert_eq!(found.is_empty(), before == now);
            prop_assert!(!has_more);
        }
    }
}
