//! A value as lines of indented JSON, and what in it is other than before. Never draws.

use domain::reading::Path;
use serde_json::Value;

use super::preview;

/// So many lines are shown at most: a page with more would keep the browser busy.
pub(crate) const LINES_LIMIT: usize = 1_000;

/// What a line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The beginning or the end of an array or object.
    Bracket,
    Text,
    Number,
    /// True, false or null.
    Word,
}

/// What became of a line since the value before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    /// It was not there.
    New,
    /// It said this.
    Was(String),
    /// It is no longer there.
    Gone,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Tells it from the others: where it stands in the value.
    pub(crate) id: String,
    /// The white space before it.
    pub(crate) indent: String,
    /// The member's name, in quotes.
    pub(crate) name: Option<String>,
    /// The value, or its first or last character.
    pub(crate) text: String,
    /// What it is of.
    pub(crate) kind: Kind,
    /// A comma, if another one follows.
    pub(crate) comma: bool,
    /// What became of it.
    pub(crate) change: Change,
}

/// What is known of what stood in the same place.
#[derive(Clone, Copy)]
enum Before<'a> {
    /// Nothing is known.
    Unknown,
    /// There was nothing.
    Nothing,
    Value(&'a Value),
}

/// The lines of a value, [`LINES_LIMIT`] at most, and how many more there are. `before` is the value that it had before, if it
/// had one.
pub(crate) fn lines(value: &Value, before: Option<&Value>) -> (Vec<Line>, usize) {
    let mut walk = Walk { lines: Vec::new(), more: 0, path: Path::default(), depth: 0 };
    walk.value(None, value, before.map_or(Before::Unknown, Before::Value), false);
    (walk.lines, walk.more)
}

struct Walk {
    lines: Vec<Line>,
    more: usize,
    path: Path,
    depth: usize,
}

impl Walk {
    fn value(&mut self, name: Option<&str>, value: &Value, before: Before<'_>, comma: bool) {
        let change = match before {
            Before::Unknown => Change::None,
            Before::Nothing => Change::New,
            // What is in both is looked into.
            Before::Value(Value::Array(_)) if value.is_array() => Change::None,
            Before::Value(Value::Object(_)) if value.is_object() => Change::None,
            Before::Value(before) if before == value => Change::None,
            Before::Value(before) => Change::Was(preview(before)),
        };
        // Of what was something else nothing is known within.
        let inner = match (before, value) {
            (Before::Value(Value::Array(_)), Value::Array(_)) | (Before::Value(Value::Object(_)), Value::Object(_)) => {
                before
            }
            (Before::Unknown, _) => Before::Unknown,
            _ => Before::Nothing,
        };
        match value {
            Value::Array(all) => {
                let was = match inner {
                    Before::Value(Value::Array(was)) => was.as_slice(),
                    _ => &[],
                };
                if all.is_empty() && was.is_empty() {
                    return self.bracket(name, "[]", change, comma);
                }
                self.bracket(name, "[", change, false);
                for (place, one) in all.iter().enumerate() {
                    let before = within(inner, was.get(place));
                    self.member(&place.to_string(), None, one, before, place + 1 < all.len());
                }
                let gone = was.iter().enumerate().skip(all.len());
                gone.for_each(|(place, one)| self.gone(&place.to_string(), None, one));
                self.bracket(None, "]", Change::None, comma);
            }
            Value::Object(all) => {
                let was = match inner {
                    Before::Value(Value::Object(was)) => Some(was),
                    _ => None,
                };
                if all.is_empty() && was.is_none_or(serde_json::Map::is_empty) {
                    return self.bracket(name, "{}", change, comma);
                }
                self.bracket(name, "{", change, false);
                for (place, (name, one)) in all.iter().enumerate() {
                    let before = within(inner, was.and_then(|was| was.get(name)));
                    self.member(name, Some(name), one, before, place + 1 < all.len());
                }
                let gone = was.into_iter().flatten().filter(|(name, _)| !all.contains_key(*name));
                gone.for_each(|(name, one)| self.gone(name, Some(name), one));
                self.bracket(None, "}", Change::None, comma);
            }
            Value::String(_) => self.line(name, value.to_string(), Kind::Text, comma, change),
            Value::Number(_) => self.line(name, value.to_string(), Kind::Number, comma, change),
            Value::Bool(_) | Value::Null => self.line(name, value.to_string(), Kind::Word, comma, change),
        }
    }

    fn member(&mut self, step: &str, name: Option<&str>, value: &Value, before: Before<'_>, comma: bool) {
        self.at(step, |walk| walk.value(name, value, before, comma));
    }

    fn gone(&mut self, step: &str, name: Option<&str>, value: &Value) {
        self.at(step, |walk| walk.line(name, preview(value), Kind::Word, false, Change::Gone));
    }

    fn at(&mut self, step: &str, work: impl FnOnce(&mut Self)) {
        let inner = self.path.member(step);
        let around = std::mem::replace(&mut self.path, inner);
        self.depth += 1;
        work(self);
        self.depth -= 1;
        self.path = around;
    }

    fn bracket(&mut self, name: Option<&str>, bracket: &str, change: Change, comma: bool) {
        self.line(name, bracket.to_owned(), Kind::Bracket, comma, change);
    }

    fn line(&mut self, name: Option<&str>, text: String, kind: Kind, comma: bool, change: Change) {
        if self.lines.len() >= LINES_LIMIT {
            self.more += 1;
            return;
        }
        // No path ends so: an end is told from what ends there.
        let end = if matches!(text.as_str(), "]" | "}") { "~" } else { "" };
        self.lines.push(Line {
            id: [self.path.as_str(), end].concat(),
            indent: "  ".repeat(self.depth),
            name: name.map(|name| Value::from(name).to_string()),
            text,
            kind,
            comma,
            change,
        });
    }
}

fn within<'a>(around: Before<'_>, before: Option<&'a Value>) -> Before<'a> {
    match (around, before) {
        (Before::Unknown, _) => Before::Unknown,
        (_, Some(before)) => Before::Value(before),
        (_, None) => Before::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(lines: &[Line]) -> String {
        let there = lines.iter().filter(|line| line.change != Change::Gone);
        let line = |line: &Line| {
            let name = line.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            format!("{}{name}{}{}\n", line.indent, line.text, if line.comma { "," } else { "" })
        };
        there.map(line).collect()
    }

    fn changes(value: &Value, before: &Value) -> Vec<(String, Change)> {
        let lines = lines(value, Some(before)).0.into_iter();
        let changed = lines.filter(|line| line.change != Change::None);
        let mut named: Vec<(String, Change)> =
            changed.map(|line| (line.name.unwrap_or(line.text), line.change)).collect();
        // Members stand in the order of their names, or as they were written: as the reader of JSON has it.
        named.sort_by(|one, other| one.0.cmp(&other.0));
        named
    }

    #[test]
    fn what_is_other_than_before_is_marked() {
        let before = json!({"speed": 40, "driver": {"name": "Ada"}, "tags": ["a", "b"], "old": 1});
        let value = json!({"speed": 52, "driver": {"name": "Ada", "age": 7}, "tags": ["a"], "gate": "open"});
        let named = |name: &str| format!("\"{name}\"");
        assert_eq!(
            changes(&value, &before),
            [
                (named("age"), Change::New),
                (named("b"), Change::Gone),
                (named("gate"), Change::New),
                (named("old"), Change::Gone),
                (named("speed"), Change::Was("40".to_owned())),
            ]
        );
        assert_eq!(changes(&before, &before), []);
        assert_eq!(changes(&json!([1]), &json!({"a": 1})).len(), 2, "all that came with it is new");
        assert_eq!(lines(&before, None).0.iter().filter(|line| line.change != Change::None).count(), 0);
    }

    #[test]
    fn a_value_of_many_lines_is_cut() {
        let (shown, more) = lines(&json!(vec![0; 5_000]), None);
        assert_eq!((shown.len(), more), (LINES_LIMIT, 5_002 - LINES_LIMIT));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,5}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,3}", inner, 0..5)
                    .prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever it was before, what is written is the value; and each line has an id of its own.
        #[test]
        fn the_lines_are_the_value(value in any_json(), before in any_json()) {
            let (lines, more) = lines(&value, Some(&before));
            prop_assert_eq!(more, 0);
            prop_assert_eq!(serde_json::from_str::<Value>(&written(&lines)).unwrap(), value);
            let ids: HashSet<&String> = lines.iter().map(|line| &line.id).collect();
            prop_assert_eq!(ids.len(), lines.len());
        }
    }
}
