//! View model of an item in a list: no more than a list shows, since a list may have thousands.

use std::io::{self, Write};

use domain::item::ItemKey;
use domain::time::Timestamp;
use serde_json::Value;

use crate::routes::Path;

/// The longest preview, in bytes.
const PREVIEW_LIMIT: usize = 160;

/// An item as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ItemSummary {
    /// Its key.
    pub(super) key: String,
    /// Its revision.
    pub(super) rev: u64,
    /// When it was written.
    pub(super) updated_at: Timestamp,
    /// The beginning of its value.
    pub(super) preview: String,
}

impl ItemSummary {
    /// Reads it from an item's public state. By hand: serde would copy whole values of up to 64 KiB.
    pub(super) fn read(key: &str, state: &Value) -> Option<Self> {
        Some(Self {
            key: key.to_owned(),
            rev: state.get("rev")?.as_u64()?,
            updated_at: state.get("updatedAt")?.as_str()?.parse().ok()?,
            preview: preview(state.get("value")?),
        })
    }

    /// The address of the item's page. None for the keys `.` and `..`: browsers take them for steps in the path, encoded or not (WHATWG URL).
    pub(super) fn address(&self) -> Option<String> {
        let key: ItemKey = self.key.parse().ok()?;
        (!matches!(key.as_str(), "." | "..")).then(|| Path::Item(key).to_string())
    }
}

/// The beginning of a value as JSON on one line, at most [`PREVIEW_LIMIT`] bytes.
pub(super) fn preview(value: &Value) -> String {
    let mut beginning = Beginning(Vec::new());
    let is_whole = serde_json::to_writer(&mut beginning, value).is_ok();
    let text = match std::str::from_utf8(&beginning.0) {
        Ok(text) => text,
        // Cut within a character.
        Err(cut) => std::str::from_utf8(beginning.0.get(..cut.valid_up_to()).unwrap_or_default()).unwrap_or_default(),
    };
    if is_whole { text.to_owned() } else { [text, "…"].concat() }
}

/// Takes what fits and fails then, so that a long value is not written out to be cut.
struct Beginning(Vec<u8>);

impl Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(PREVIEW_LIMIT - self.0.len());
        self.0.extend_from_slice(bytes.get(..fits).unwrap_or_default());
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
        assert_eq!((read.rev, read.preview.as_str()), (2, "1"));
        assert_eq!(read.updated_at, "2026-11-20T08:00:00Z".parse().unwrap());
        for unreadable in [json!({"value": 1, "rev": 2}), json!({"rev": "2"}), json!(7)] {
            assert_eq!(ItemSummary::read("a", &unreadable), None, "{unreadable}");
        }
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
                    let beginning = preview.strip_suffix('…').unwrap();
                    prop_assert!(whole.starts_with(beginning) && beginning.len() <= PREVIEW_LIMIT);
                    prop_assert!(beginning.len() + 4 > PREVIEW_LIMIT, "no more is cut than a character");
                }
            }
        }
    }
}
