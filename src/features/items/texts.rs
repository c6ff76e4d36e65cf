//! The texts of items.

use domain::item::ItemKey;

use crate::format;

/// The page of all items.
pub(super) const ITEMS: &str = "Items";
/// The label of the field that filters.
pub(super) const FILTER: &str = "Filter by key";
/// The groups of the items, for assistive technology.
pub(super) const GROUPS: &str = "Groups";
/// All groups.
pub(super) const ALL: &str = "All";

/// An example of what to type there.
pub(super) const FILTER_EXAMPLE: &str = "vehicle:";
/// The topic of a list is denied.
pub(super) const LIST_DENIED: &str = "These items can't be shown";
/// There is no item at all.
pub(super) const EMPTY: &str = "No items yet";
/// What to do then; a command follows.
pub(super) const EMPTY_BODY: &str =
    "An item is any JSON under a key. Whatever is written appears here at once. Write the first one like this:";
/// The people who may write.
pub(super) const EMPTY_KEYS: &str = "Devices and services need a key. Admins create keys on the Admin page.";
/// No item's key begins as the filter says.
pub(super) const NO_MATCH: &str = "No matching items";
/// What happens next.
pub(super) const NO_MATCH_BODY: &str = "As soon as an item with such a key is written, it appears here.";

/// The link from an item's page to all of them.
pub(super) const BACK: &str = "← All items";
/// The same, as the next thing to do.
pub(super) const SEE_ALL: &str = "See all items";
/// The topic of one item is denied.
pub(super) const ITEM_DENIED: &str = "This item can't be shown";
/// There is no item of this key.
pub(super) const NOT_FOUND: &str = "Item not found";
/// The item was deleted while its page was open.
pub(super) const DELETED: &str = "This item was deleted";
/// What happens next.
pub(super) const DELETED_BODY: &str = "If it is written again, it appears here.";
/// The item has a form that this version of the site does not know.
pub(super) const UNREADABLE: &str = "This version of Rally can't show this item";
/// What to do then.
pub(super) const UNREADABLE_BODY: &str = "Reload the page to get the current version.";

/// The heading of the value.
pub(super) const VALUE: &str = "Value";
/// The name of the value's view for assistive technology.
pub(super) const VALUE_AS_JSON: &str = "The value as JSON";
/// Stands between a value and the one before, for screen readers.
pub(super) const WAS: &str = " was ";
/// Copies the value.
pub(super) const COPY: &str = "Copy";
/// The value is on the clipboard.
pub(super) const COPIED: &str = "Copied.";
/// The browser does not let the page copy.
pub(super) const COPY_REFUSED: &str = "The browser doesn't allow copying here. Select the text and copy it.";

/// The heading of the drawing of a number.
pub(super) const TREND: &str = "Value over time";
/// The label of the choice of the number.
pub(super) const NUMBER: &str = "Number";
/// The number that is the whole value.
pub(super) const WHOLE_VALUE: &str = "the value";
/// The value has no number.
pub(super) const NO_NUMBER: &str = "There is no number in this value.";

/// The heading of the values before.
pub(super) const HISTORY: &str = "History";
/// A value that was written again as it was.
pub(super) const UNCHANGED: &str = "Written again without a change";
/// The values before cannot be read.
pub(super) const HISTORY_FAILED: &str = "Couldn't load history";
/// Reads again.
pub(super) const TRY_AGAIN: &str = "Try again";

/// The alert's choice: none.
pub(super) const OFF: &str = "Off";
/// The alert's choice: each change.
pub(super) const EACH_CHANGE: &str = "Every change, at most once a minute";
/// The alert's choice: a number crosses a threshold.
pub(super) const THRESHOLD: &str = "When a value crosses a threshold";
/// The label of the side that the number crosses to.
pub(super) const SIDE: &str = "Side";
/// The number gets above the threshold.
pub(super) const ABOVE: &str = "gets above";
/// The number gets below the threshold.
pub(super) const BELOW: &str = "gets below";
/// The label of the threshold.
pub(super) const BOUND: &str = "Threshold";
/// The threshold is missing.
pub(super) const ENTER_BOUND: &str = "Enter a threshold to turn this on.";
/// The threshold is no number.
pub(super) const NO_BOUND: &str = "Enter a number, like 20.5.";
/// An example of a threshold.
pub(super) const BOUND_EXAMPLE: &str = "20.5";

/// How a number has changed since the value before, for assistive technology.
pub(super) fn moved(by: &str, is_up: bool) -> String {
    [if is_up { "up by " } else { "down by " }, by].concat()
}

/// How long ago an item was written; “stale” if it has not changed for longer than it is used to.
pub(super) fn age(is_overdue: bool, ago: &str) -> String {
    [if is_overdue { "stale · " } else { "" }, ago].concat()
}

/// How many items are found.
pub(super) fn found(number: usize) -> String {
    format::count(number, "item", "items")
}

/// The button that shows the next rows, and how many are left.
pub(super) fn show_more(left: usize) -> String {
    format!("Show more ({left} left)")
}

/// There is no item of this key, and what happens next.
pub(super) fn not_found_body(key: &ItemKey) -> String {
    format!("Nothing has the key “{key}” now. As soon as it is written, it appears here.")
}

/// How to write the first item, with the site's origin.
pub(super) fn example(origin: &str) -> String {
    format!("curl -X PUT {origin}/v1/items/hello -H 'content-type: application/json' -d '{{\"value\": \"world\"}}'")
}

/// When an item was written.
pub(super) fn updated(clock: &str) -> String {
    format!("Updated {clock}")
}

/// An item's revision.
pub(super) fn revision(rev: u64) -> String {
    format!("Revision {rev}")
}

/// The name of an item's schema; nothing if it has none.
pub(super) fn schema(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("Schema {name}") }
}

/// The value has more lines than are shown; nothing if it has not.
pub(super) fn hidden_lines(shown: usize, hidden: usize) -> String {
    if hidden == 0 { String::new() } else { format!("The first {shown} lines; {hidden} more are not shown.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_nothing_to_say_of_is_empty() {
        assert_eq!((schema(""), hidden_lines(1_000, 0)), (String::new(), String::new()));
        assert_eq!(schema("van/v2"), "Schema van/v2");
        assert_eq!(hidden_lines(1_000, 2), "The first 1000 lines; 2 more are not shown.");
    }

    #[test]
    fn counts_have_texts() {
        assert_eq!((found(1), found(2)), ("1 item".to_owned(), "2 items".to_owned()));
        assert_eq!(show_more(7), "Show more (7 left)");
    }

    #[test]
    fn the_example_writes_json() {
        let command = example("https://rally.example");
        assert!(command.starts_with("curl -X PUT https://rally.example/v1/items/hello "));
        let body = command.split('\'').rfind(|part| part.starts_with('{')).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap(), serde_json::json!({"value": "world"}));
    }

    #[test]
    fn an_item_that_is_not_there_is_named() {
        let key = "@staff:rota".parse().unwrap();
        assert!(not_found_body(&key).starts_with("Nothing has the key “@staff:rota” now."));
    }
}
