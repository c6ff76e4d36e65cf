//! View model of a value as lines of indented JSON, and of what has changed in it.

use domain::json_pointer::JsonPointer;
use serde_json::Value;

use super::summary::preview;

/// The most lines that are shown: a page with more would keep the browser busy.
pub(super) const LINES_LIMIT: usize = 1_000;

/// What a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The beginning or the end of an array or object.
    Bracket,
    /// A string.
    Text,
    /// A number.
    Number,
    /// True, false or null.
    Word,
}

/// How a line differs from the value before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Change {
    /// It does not.
    None,
    /// It was not there.
    Added,
    /// It had this value.
    Changed(String),
    /// It is no longer there.
    Removed,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Line {
    /// Its key among the lines: where it stands in the value.
    pub(super) id: String,
    /// The white space before it.
    pub(super) indent: String,
    /// The member's name, in quotes.
    pub(super) name: Option<String>,
    /// The value, or its first or last character.
    pub(super) text: String,
    /// What it holds.
    pub(super) kind: Kind,
    /// Whether a comma follows.
    pub(super) comma: bool,
    /// How it differs from the value before.
    pub(super) change: Change,
}

/// What is known of the value in the same place before.
#[derive(Clone, Copy)]
enum Previous<'a> {
    /// Nothing is known.
    Unknown,
    /// There was nothing.
    Absent,
    /// There was this.
    Value(&'a Value),
}

/// The lines of a value, [`LINES_LIMIT`] at most, and how many more there are. `before` is the value before, if it is known.
pub(super) fn lines(value: &Value, before: Option<&Value>) -> (Vec<Line>, usize) {
    let mut writer = LineWriter { lines: Vec::new(), hidden: 0, pointer: JsonPointer::default(), depth: 0 };
    writer.value(None, value, before.map_or(Previous::Unknown, Previous::Value), false);
    (writer.lines, writer.hidden)
}

struct LineWriter {
    lines: Vec<Line>,
    hidden: usize,
    pointer: JsonPointer,
    depth: usize,
}

impl LineWriter {
    fn value(&mut self, name: Option<&str>, value: &Value, before: Previous<'_>, comma: bool) {
        let change = match before {
            Previous::Unknown => Change::None,
            Previous::Absent => Change::Added,
            // What is an array or object in both is compared member by member.
            Previous::Value(Value::Array(_)) if value.is_array() => Change::None,
            Previous::Value(Value::Object(_)) if value.is_object() => Change::None,
            Previous::Value(before) if before == value => Change::None,
            Previous::Value(before) => Change::Changed(preview(before)),
        };
        // A value of another type had no such members.
        let inner = match (before, value) {
            (Previous::Value(Value::Array(_)), Value::Array(_))
            | (Previous::Value(Value::Object(_)), Value::Object(_)) => before,
            (Previous::Unknown, _) => Previous::Unknown,
            _ => Previous::Absent,
        };
        match value {
            Value::Array(all) => {
                let was = match inner {
                    Previous::Value(Value::Array(was)) => was.as_slice(),
                    _ => &[],
                };
                if all.is_empty() && was.is_empty() {
                    return self.bracket(name, "[]", change, comma);
                }
                self.bracket(name, "[", change, false);
                for (index, one) in all.iter().enumerate() {
                    let before = within(inner, was.get(index));
                    self.member(&index.to_string(), None, one, before, index + 1 < all.len());
                }
                let removed = was.iter().enumerate().skip(all.len());
                removed.for_each(|(index, one)| self.removed(&index.to_string(), None, one));
                self.bracket(None, "]", Change::None, comma);
            }
            Value::Object(all) => {
                let was = match inner {
                    Previous::Value(Value::Object(was)) => Some(was),
                    _ => None,
                };
                if all.is_empty() && was.is_none_or(serde_json::Map::is_empty) {
                    return self.bracket(name, "{}", change, comma);
                }
                self.bracket(name, "{", change, false);
                for (index, (name, one)) in all.iter().enumerate() {
                    let before = within(inner, was.and_then(|was| was.get(name)));
                    self.member(name, Some(name), one, before, index + 1 < all.len());
                }
                let removed = was.into_iter().flatten().filter(|(name, _)| !all.contains_key(*name));
                removed.for_each(|(name, one)| self.removed(name, Some(name), one));
                self.bracket(None, "}", Change::None, comma);
            }
            Value::String(_) => self.line(name, value.to_string(), Kind::Text, comma, change),
            Value::Number(_) => self.line(name, value.to_string(), Kind::Number, comma, change),
            Value::Bool(_) | Value::Null => self.line(name, value.to_string(), Kind::Word, comma, change),
        }
    }

    fn member(&mut self, step: &str, name: Option<&str>, value: &Value, before: Previous<'_>, comma: bool) {
        self.at(step, |writer| writer.value(name, value, before, comma));
    }

    fn removed(&mut self, step: &str, name: Option<&str>, value: &Value) {
        self.at(step, |writer| writer.line(name, preview(value), Kind::Word, false, Change::Removed));
    }

    fn at(&mut self, step: &str, work: impl FnOnce(&mut Self)) {
        let inner = self.pointer.member(step);
        let around = std::mem::replace(&mut self.pointer, inner);
        self.depth += 1;
        work(self);
        self.depth -= 1;
        self.pointer = around;
    }

    fn bracket(&mut self, name: Option<&str>, bracket: &str, change: Change, comma: bool) {
        self.line(name, bracket.to_owned(), Kind::Bracket, comma, change);
    }

    fn line(&mut self, name: Option<&str>, text: String, kind: Kind, comma: bool, change: Change) {
        if self.lines.len() >= LINES_LIMIT {
            self.hidden += 1;
            return;
        }
        // No pointer ends so: a closing bracket needs another key than its opening one.
        let end = if matches!(text.as_str(), "]" | "}") { "~" } else { "" };
        self.lines.push(Line {
            id: [self.pointer.as_str(), end].concat(),
            indent: "  ".repeat(self.depth),
            name: name.map(|name| Value::from(name).to_string()),
            text,
            kind,
            comma,
            change,
        });
    }
}

fn within<'a>(around: Previous<'_>, before: Option<&'a Value>) -> Previous<'a> {
    match (around, before) {
        (Previous::Unknown, _) => Previous::Unknown,
        (_, Some(before)) => Previous::Value(before),
        (_, None) => Previous::Absent,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(lines: &[Line]) -> String {
        let there = lines.iter().filter(|line| line.change != Change::Removed);
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
                (named("age"), Change::Added),
                (named("b"), Change::Removed),
                (named("gate"), Change::Added),
                (named("old"), Change::Removed),
                (named("speed"), Change::Changed("40".to_owned())),
            ]
        );
        assert_eq!(changes(&before, &before), []);
        assert_eq!(changes(&json!([1]), &json!({"a": 1})).len(), 2, "all that came with it is new");
        assert_eq!(lines(&before, None).0.iter().filter(|line| line.change != Change::None).count(), 0);
    }

    #[test]
    fn a_value_of_many_lines_is_cut() {
        let (shown, hidden) = lines(&json!(vec![0; 5_000]), None);
        assert_eq!((shown.len(), hidden), (LINES_LIMIT, 5_002 - LINES_LIMIT));
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
            let (lines, hidden) = lines(&value, Some(&before));
            prop_assert_eq!(hidden, 0);
            prop_assert_eq!(serde_json::from_str::<Value>(&written(&lines)).unwrap(), value);
            let ids: HashSet<&String> = lines.iter().map(|line| &line.id).collect();
            prop_assert_eq!(ids.len(), lines.len());
        }
    }

    #[test]
    fn a_value_of_another_type_is_shown_beside_the_one_before() {
        for (before, value, was) in [
            (json!(["a"]), json!("a"), r#"["a"]"#),
            (json!({}), json!([]), "{}"),
            (json!(null), json!(false), "null"),
            (json!(1), json!("1"), "1"),
        ] {
            let (lines, _) = lines(&value, Some(&before));
            assert_eq!(lines[0].change, Change::Changed(was.to_owned()), "{before} to {value}");
        }
    }

    #[test]
    fn what_was_in_an_array_that_is_empty_now_is_removed() {
        let (lines, _) = lines(&json!({"tags": []}), Some(&json!({"tags": [1, 2]})));
        let shown: Vec<(&str, &Change)> = lines.iter().map(|line| (line.text.as_str(), &line.change)).collect();
        let (same, gone) = (&Change::None, &Change::Removed);
        assert_eq!(shown, [("{", same), ("[", same), ("1", gone), ("2", gone), ("]", same), ("}", same)]);
    }

    #[test]
    fn names_and_texts_are_quoted_as_json_has_them() {
        let (lines, _) = lines(&json!({"a\"b/c": "x\ny"}), None);
        assert_eq!((lines[1].name.as_deref(), lines[1].text.as_str()), (Some(r#""a\"b/c""#), r#""x\ny""#));
        assert_eq!((lines[1].id.as_str(), lines[1].indent.as_str()), ("/a\"b~1c", "  "));
    }
}
