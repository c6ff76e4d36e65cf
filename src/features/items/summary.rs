//! View model of an item in a list: no more than a list shows, since a list may have thousands.

use std::io::{self, Write};

use domain::item::ItemKey;
use domain::time::Timestamp;
use serde_json::Value;

use crate::paths::Path;

/// The longest preview, in bytes.
const PREVIEW_LIMIT: usize = 160;

/// The longest text of one field, in bytes.
const FIELD_LIMIT: usize = 40;

/// The most fields that a row shows.
const FIELDS: usize = 4;

/// An item as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ItemSummary {
    /// Its key.
    pub(super) key: String,
    /// Its revision.
    pub(super) rev: u64,
    /// When it was written.
    pub(super) updated_at: Timestamp,
    /// What its value says first.
    pub(super) fields: Vec<Field>,
    /// The number among the fields, or else the value if it is one.
    pub(super) number: Option<f64>,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name; empty if it is the whole value.
    pub(super) name: String,
    /// The text.
    pub(super) text: String,
}

impl ItemSummary {
    /// Reads it from an item's public state. By hand: serde would copy whole values of up to 64 KiB.
    pub(super) fn read(key: &str, state: &Value) -> Option<Self> {
        let value = state.get("value")?;
        let members = members(value);
        Some(Self {
            key: key.to_owned(),
            rev: state.get("rev")?.as_u64()?,
            updated_at: state.get("updatedAt")?.as_str()?.parse().ok()?,
            number: value.as_f64().or_else(|| members.iter().find_map(|(_, value)| value.as_f64())),
            fields: match members.is_empty() {
                true => vec![Field { name: String::new(), text: shown(value, PREVIEW_LIMIT) }],
                false => members.into_iter().map(|(name, value)| Field::of(name, value)).collect(),
            },
        })
    }

    /// The address of the item's page. None for the keys `.` and `..`: browsers take them for steps in the path, encoded or not (WHATWG URL).
    pub(super) fn address(&self) -> Option<String> {
        let key: ItemKey = self.key.parse().ok()?;
        (!matches!(key.as_str(), "." | "..")).then(|| Path::Item(key).to_string())
    }
}

/// The first members of an object that hold one text, number or word.
fn members(value: &Value) -> Vec<(&String, &Value)> {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    let members = value.as_object().into_iter().flatten();
    members.filter(|(_, value)| is_plain(value)).take(FIELDS).collect()
}

impl Field {
    fn of(name: &str, value: &Value) -> Self {
        Self { name: beginning(name.as_bytes(), FIELD_LIMIT), text: shown(value, FIELD_LIMIT) }
    }
}

/// The beginning of a value; a text without its quotes.
fn shown(value: &Value, limit: usize) -> String {
    match value {
        Value::String(text) => beginning(text.as_bytes(), limit),
        value => preview_within(value, limit),
    }
}

/// The beginning of a text, and an ellipsis if it is longer.
fn beginning(text: &[u8], limit: usize) -> String {
    let kept = valid(text.get(..limit).unwrap_or(text));
    if kept.len() < text.len() { [kept, "…"].concat() } else { kept.to_owned() }
}

/// What of these bytes is whole characters.
fn valid(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // Cut within a character.
        Err(cut) => std::str::from_utf8(bytes.get(..cut.valid_up_to()).unwrap_or_default()).unwrap_or_default(),
    }
}

/// The beginning of a value as JSON on one line, at most [`PREVIEW_LIMIT`] bytes.
pub(super) fn preview(value: &Value) -> String {
    preview_within(value, PREVIEW_LIMIT)
}

fn preview_within(value: &Value, limit: usize) -> String {
    let mut writer = LimitedWriter { bytes: Vec::new(), limit };
    let is_whole = serde_json::to_writer(&mut writer, value).is_ok();
    let text = valid(&writer.bytes);
    if is_whole { text.to_owned() } else { [text, "…"].concat() }
}

/// Takes what fits and fails then, so that a long value is not written out to be cut.
struct LimitedWriter {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for LimitedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(self.limit.saturating_sub(self.bytes.len()));
        self.bytes.extend_from_slice(bytes.get(..fits).unwrap_or_default());
        if fits < bytes.len() { Err(io::ErrorKind::WriteZero.into()) } else { Ok(fits) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::json;

    use super::*;

    fn summary(key: &str) -> ItemSummary {
        ItemSummary::read(key, &json!({"value": 1, "rev": 2, "updatedAt": "2026-11-20T08:00:00Z"})).unwrap()
    }

    #[test]
    fn it_is_read_from_what_a_list_shows() {
        let read = summary("vehicle:3");
        assert_eq!((read.rev, read.fields, read.number), (2, [field("", "1")].to_vec(), Some(1.0)));
        assert_eq!(read.updated_at, "2026-11-20T08:00:00Z".parse().unwrap());
        for unreadable in [json!({"value": 1, "rev": 2}), json!({"rev": "2"}), json!(7)] {
            assert_eq!(ItemSummary::read("a", &unreadable), None, "{unreadable}");
        }
    }

    fn field(name: &str, text: &str) -> Field {
        Field { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_first_plain_members_are_its_fields() {
        let of = |value: Value| {
            let state = json!({"value": value, "rev": 2, "updatedAt": "2026-11-20T08:00:00Z"});
            let read = ItemSummary::read("a", &state).unwrap();
            (read.fields, read.number)
        };
        let van =
            json!({"driver": "Ada", "moving": true, "position": {"lat": 41.5}, "speed": 42, "wheels": 4, "year": 1});
        let fields = [("driver", "Ada"), ("moving", "true"), ("speed", "42"), ("wheels", "4")];
        assert_eq!(of(van), (fields.map(|(name, text)| field(name, text)).to_vec(), Some(42.0)));
        assert_eq!(of(json!("on its way")), (vec![field("", "on its way")], None), "a text without quotes");
        assert_eq!(of(json!([1, 2])), (vec![field("", "[1,2]")], None));
        assert_eq!(of(json!({"a": {"b": 1}})), (vec![field("", r#"{"a":{"b":1}}"#)], None));
        let long = of(json!({"note": "é".repeat(100)})).0;
        assert_eq!(long, [field("note", &["é".repeat(20), "…".to_owned()].concat())]);
    }

    #[test]
    fn every_key_but_steps_in_a_path_has_an_address() {
        assert_eq!(summary("s3:photos.json").address().as_deref(), Some("/items/s3:photos.json"));
        assert_eq!(summary("@staff:rota~1").address().as_deref(), Some("/items/@staff:rota~1"));
        for key in [".", "..", "a b"] {
            assert_eq!(summary(key).address(), None, "{key}");
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(preview(&json!({"a": [1, "é"]})), r#"{"a":[1,"é"]}"#);
        for length in 70..90 {
            let cut = preview(&json!("é".repeat(length)));
            assert!(cut.len() <= PREVIEW_LIMIT + '…'.len_utf8() && cut.starts_with("\"é"), "{cut}");
            assert_eq!(cut.ends_with('…'), length * 2 + 2 > PREVIEW_LIMIT, "{length}");
        }
    }

    proptest! {
        #[test]
        fn a_preview_is_the_value_or_its_beginning(texts in prop::collection::vec("\\PC{0,60}", 0..8)) {
            let value = json!(texts);
            let (preview, whole) = (preview(&value), value.to_string());
            match whole.len() <= PREVIEW_LIMIT {
                true => prop_assert_eq!(preview, whole),
                false => {
                    let writer = preview.strip_suffix('…').unwrap();
                    prop_assert!(whole.starts_with(writer) && writer.len() <= PREVIEW_LIMIT);
                    prop_assert!(writer.len() + 4 > PREVIEW_LIMIT, "no more is cut than a character");
                }
            }
        }
    }
}
