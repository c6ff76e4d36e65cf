//! Items as lists show them, and the values that one has had. Never asks for any.

pub(crate) mod json_lines;
pub(crate) mod sparkline;

use std::io::{self, Write};

use domain::item::HISTORY_LENGTH;
use domain::time::Timestamp;
use domain::wire::items::PastValue;
use serde_json::Value;

/// A value in a list has at most so many bytes.
const PREVIEW: usize = 160;

/// An item as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemRow {
    /// Its key.
    pub(crate) key: String,
    /// Its revision.
    pub(crate) rev: u64,
    /// When it was written.
    pub(crate) at: Timestamp,
    /// How its value begins.
    pub(crate) preview: String,
}

impl ItemRow {
    /// Reads it. By hand, and no more than a list shows: a list may have thousands.
    pub(crate) fn read(key: &str, state: &Value) -> Option<Self> {
        Some(Self {
            key: key.to_owned(),
            rev: state.get("rev")?.as_u64()?,
            at: state.get("updatedAt")?.as_str()?.parse().ok()?,
            preview: preview(state.get("value")?),
        })
    }
}

/// How a value begins, on one line.
pub(crate) fn preview(value: &Value) -> String {
    let mut short = Short(Vec::new());
    let is_whole = serde_json::to_writer(&mut short, value).is_ok();
    let text = match std::str::from_utf8(&short.0) {
        Ok(text) => text,
        // Cut within a character.
        Err(cut) => std::str::from_utf8(short.0.get(..cut.valid_up_to()).unwrap_or_default()).unwrap_or_default(),
    };
    if is_whole { text.to_owned() } else { [text, "…"].concat() }
}

/// Takes what fits, and refuses the rest: so a long value is not written out to be cut.
struct Short(Vec<u8>);

impl Write for Short {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(PREVIEW - self.0.len());
        self.0.extend_from_slice(bytes.get(..fits).unwrap_or_default());
        if fits < bytes.len() { Err(io::ErrorKind::WriteZero.into()) } else { Ok(fits) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The values that an item has had, as far as they are known; the oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct History(Vec<PastValue>);

impl History {
    /// Adds values, in whatever order they are heard of; each revision once.
    pub(crate) fn add(&mut self, values: impl IntoIterator<Item = PastValue>) {
        for value in values {
            if let Err(place) = self.0.binary_search_by_key(&value.rev, |known| known.rev) {
                self.0.insert(place, value);
            }
        }
        let more = self.0.len().saturating_sub(HISTORY_LENGTH);
        self.0.drain(..more);
    }

    /// The values.
    pub(crate) fn list(&self) -> &[PastValue] {
        &self.0
    }

    /// The value before a revision.
    pub(crate) fn before(&self, rev: u64) -> Option<&Value> {
        self.0.iter().rev().find(|known| known.rev < rev).map(|known| &known.value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn past(rev: u64) -> PastValue {
        PastValue { rev, at: Timestamp::default(), value: json!(rev) }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(preview(&json!({"a": [1, "é"]})), r#"{"a":[1,"é"]}"#);
        for length in 70..90 {
            let cut = preview(&json!("é".repeat(length)));
            assert!(cut.len() <= PREVIEW + '…'.len_utf8() && cut.starts_with("\"é"), "{cut}");
            assert_eq!(cut.ends_with('…'), length * 2 + 2 > PREVIEW, "{length}");
        }
    }

    #[test]
    fn values_come_in_any_order_and_the_last_hundred_stay() {
        let mut history = History::default();
        history.add([past(5), past(3), past(5)]);
        history.add((4..120).map(past));
        assert_eq!(history.list().len(), HISTORY_LENGTH);
        assert!(history.list().is_sorted_by_key(|value| value.rev));
        assert_eq!(history.list().last(), Some(&past(119)));
        assert_eq!((history.before(119), history.before(20)), (Some(&json!(118)), None));
    }
}
