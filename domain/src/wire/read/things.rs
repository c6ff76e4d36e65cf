//! Reads what the server says of items and factories. As in [`super`], never more lenient than serde.

use std::str::FromStr;

use serde_json::Value;

use super::{Read, list, number, parsed};
use crate::factory::{Bounds, Factory};
use crate::item::Item;
use crate::wire::items::PastValue;

/// A text that may be left out; nothing if it is there and cannot be read.
fn if_there<T: FromStr + Default>(value: &Value, name: &str) -> Option<T> {
    value.get(name).map_or_else(|| Some(T::default()), |_| parsed(value, name))
}

impl Read for Item {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            key: parsed(value, "key")?,
            value: value.get("value")?.clone(),
            content_type: if_there(value, "contentType")?,
            schema: if_there(value, "schema")?,
            rev: number(value, "rev")?,
            updated_at: parsed(value, "updatedAt")?,
        })
    }
}

impl Read for PastValue {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { rev: number(value, "rev")?, at: parsed(value, "at")?, value: value.get("value")?.clone() })
    }
}

impl Read for Factory {
    fn read(value: &Value) -> Option<Self> {
        let bound = |name: &str| value.get(name)?.as_i64();
        Some(Self {
            id: parsed(value, "id")?,
            name: parsed(value, "name")?,
            bounds: Bounds::new(bound("lower")?, bound("upper")?).ok()?,
            children: list(value, "children", Value::as_i64)?,
            rev: number(value, "rev")?,
            updated_at: parsed(value, "updatedAt")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::same;
    use super::*;

    #[test]
    fn by_hand_as_by_serde() {
        let at = "2026-11-20T12:00:00.000Z";
        same::<Item>(
            &json!({"key": "vehicle:3", "value": {"lat": 1.5}, "contentType": "application/geo+json", "schema": "v1",
            "rev": 3, "updatedAt": at}),
        );
        same::<PastValue>(&json!({"rev": 3, "at": at, "value": [null]}));
        same::<Factory>(
            &json!({"id": "k3j9x0a2bc", "name": "F1", "lower": -1, "upper": 9, "children": [1, 9], "rev": 2,
            "updatedAt": at}),
        );
    }

    #[test]
    fn what_is_wrong_is_nothing() {
        let at = "2026-11-20T12:00:00.000Z";
        assert_eq!(Item::read(&json!({"key": "a b", "value": 1, "rev": 1, "updatedAt": at})), None);
        let factory = json!({"id": "k3j9x0a2bc", "name": "F1", "lower": 9, "upper": 1, "children": [], "rev": 2,
            "updatedAt": at});
        assert_eq!(Factory::read(&factory), None);
    }
}
