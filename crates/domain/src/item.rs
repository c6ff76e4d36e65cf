//! An item: any JSON value under a key, such as a vehicle, a sensor or a settings document.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;
use crate::validation::{Violation, checked_text, line, not_allowed};

/// A value has at most this many bytes as JSON without white space: 64 KiB.
pub const VALUE_LIMIT: usize = 64 * 1024;

/// Arrays and objects are nested at most this deep.
pub const DEPTH_LIMIT: usize = 32;

/// A key has at most this many characters.
pub const KEY_LIMIT: usize = 256;

/// A batch has at most this many items: as many as one transaction ("Transaction limits", DynamoDB).
pub const BATCH_LIMIT: usize = 100;

/// The number of an item's values that are remembered.
pub const HISTORY_LENGTH: usize = 100;

/// The first character of the keys of private items.
const PRIVATE: char = '@';

/// The media type of a value, if the writer gives none: JSON (RFC 8259).
pub const JSON: &str = "application/json";

/// An item's name: 1 to 256 letters, digits and `. _ - : @ ~` (ASCII). What stands before the first colon is its group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemKey(String);

checked_text!(ItemKey, crate::schema::text("^[A-Za-z0-9._:@~-]{1,256}$"));

impl FromStr for ItemKey {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        check_key("key", "A key", text).map(Self)
    }
}

impl ItemKey {
    /// Whether it is private, for the members of its group only: it begins with `@`. All other items are public.
    pub fn is_private(&self) -> bool {
        self.0.starts_with(PRIVATE)
    }

    /// The group of people that the item belongs to: of `staff:menu` and of `@staff:rota` it is `staff`. No group's, if it is empty.
    pub fn owners(&self) -> &str {
        match self.0.split_once(':') {
            Some((group, _)) => without_mark(group),
            None if self.is_private() => without_mark(&self.0),
            None => "",
        }
    }

    /// The last key that its group could have; none if it is in none.
    pub fn last_of_group(&self) -> Option<Self> {
        let (group, _) = self.0.split_once(':')?;
        // No character of a key comes after the tilde.
        Some(Self(format!("{group}:{}", "~".repeat(KEY_LIMIT - group.len() - 1))))
    }

    /// The group that it is in; none if it has no colon.
    pub fn group(&self) -> Option<ItemGroup> {
        let (group, _) = self.0.split_once(':')?;
        group.parse().ok()
    }
}

impl ItemGroup {
    /// Whether its items are for its own members only.
    pub fn is_private(&self) -> bool {
        self.0.starts_with(PRIVATE)
    }

    /// The group of people that its items are of.
    pub fn owners(&self) -> &str {
        without_mark(&self.0)
    }
}

/// What items have in common whose keys begin alike: what stands before the first colon of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemGroup(String);

checked_text!(ItemGroup);

impl FromStr for ItemGroup {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let group = check_key("group", "A group", text)?;
        match group.contains(':') {
            true => {
                Err(Violation::new("group", text, "characters", "A group is what stands before a key's first colon."))
            }
            false => Ok(Self(group)),
        }
    }
}

/// A group without the one character that makes its items private.
fn without_mark(group: &str) -> &str {
    group.strip_prefix(PRIVATE).unwrap_or(group)
}

fn check_key(property: &str, what: &str, text: &str) -> Result<String, Violation> {
    let length = text.chars().count();
    if length == 0 || length > KEY_LIMIT {
        let message = format!("{what} has 1 to {KEY_LIMIT} characters; this one has {length}.");
        return Err(Violation::new(property, text, "length", message));
    }
    let fits = |character: &char| character.is_ascii_alphanumeric() || "._-:@~".contains(*character);
    if let Some(odd) = text.chars().find(|character| !fits(character)) {
        let message = format!("Use only a–z, 0–9 and . _ - : @ ~. {}", not_allowed(odd));
        return Err(Violation::new(property, text, "characters", message));
    }
    Ok(text.to_owned())
}

/// What kind of JSON a value is: a media type (RFC 6838) that ends in `json`, at most 127 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentType(String);

checked_text!(
    ContentType,
    crate::schema::text("^[A-Za-z0-9!#$&^_.+-]+/([A-Za-z0-9!#$&^_.+-]*\\+)?json$").max_length(Some(127))
);

impl Default for ContentType {
    fn default() -> Self {
        Self(JSON.to_owned())
    }
}

impl FromStr for ContentType {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        let is_name = |part: &str| !part.is_empty() && part.bytes().all(fits);
        let is_json = matches!(text.split_once('/'), Some((kind, name)) if is_name(kind) && is_name(name)
            && (name == "json" || name.ends_with("+json")));
        if text.len() > 127 || !is_json {
            let message = "A content type is application/json, or another that ends in +json.";
            return Err(Violation::new("contentType", text, "characters", message));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name of an item's schema, in its owner's words: at most 200 characters on one line; empty if it is not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchemaName(String);

checked_text!(SchemaName, crate::schema::line(0, 200));

impl FromStr for SchemaName {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        line("schema", "A schema's name", text, 0, 200).map(Self)
    }
}

/// An item's whole state, as HTTP and live frames carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// 1 to 256 letters, digits and `. _ - : @ ~`.
    pub key: ItemKey,
    /// Any JSON: 64 KiB at most, 32 levels deep at most, its numbers integers of 64 bits or doubles.
    pub value: Value,
    /// What kind of JSON it is.
    #[serde(default)]
    pub content_type: ContentType,
    /// Its schema, in its owner's words.
    #[serde(default)]
    pub schema: SchemaName,
    /// Grows with each write.
    pub rev: u64,
    /// When it was written (RFC 3339, UTC).
    pub updated_at: Timestamp,
}

/// The new state of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemContent {
    /// The value.
    pub value: Value,
    /// What kind of JSON it is.
    pub content_type: ContentType,
    /// Its schema.
    pub schema: SchemaName,
}

impl From<Value> for ItemContent {
    /// A value without a description.
    fn from(value: Value) -> Self {
        Self { value, content_type: ContentType::default(), schema: SchemaName::default() }
    }
}

impl Item {
    /// The item after it was written anew at this revision.
    pub fn written(key: ItemKey, content: ItemContent, rev: u64, now: Timestamp) -> Self {
        let ItemContent { value, content_type, schema } = content;
        Self { key, value, content_type, schema, rev, updated_at: now }
    }
}

/// Whether an item may have this value.
///
/// # Errors
/// It is too long or too deep.
pub fn check_value(value: &Value) -> Result<(), Violation> {
    let depth = depth(value);
    if depth > DEPTH_LIMIT {
        let message = format!("A value is at most {DEPTH_LIMIT} levels deep; this one is deeper.");
        return Err(Violation::of_rule("value", "", "depth", message));
    }
    let text = value.to_string();
    if text.len() > VALUE_LIMIT {
        let message = format!("A value has at most {VALUE_LIMIT} bytes as JSON; this one has {}.", text.len());
        return Err(Violation::of_rule("value", &text, "length", message));
    }
    Ok(())
}

/// How deeply arrays and objects are nested, up to one level beyond the limit.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut rest = vec![(value, 0)];
    while let Some((value, level)) = rest.pop() {
        deepest = deepest.max(level);
        if level > DEPTH_LIMIT {
            break;
        }
        match value {
            Value::Array(all) => rest.extend(all.iter().map(|one| (one, level + 1))),
            Value::Object(all) => rest.extend(all.values().map(|one| (one, level + 1))),
            _ => {}
        }
    }
    deepest
}

/// The value after a patch (JSON Merge Patch, RFC 7396).
pub fn merged(value: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut object = match value {
        Value::Object(object) => object,
        _ => serde_json::Map::new(),
    };
    for (name, change) in changes {
        if change.is_null() {
            object.remove(name);
        } else {
            let before = object.remove(name).unwrap_or_default();
            object.insert(name.clone(), merged(before, change));
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_plain_and_names_its_group() {
        let group = |key: &str| key.parse::<ItemKey>().unwrap().group().map(String::from);
        assert_eq!(group("vehicle:3"), Some("vehicle".to_owned()));
        assert_eq!(group("vehicle:3:lat"), Some("vehicle".to_owned()));
        assert_eq!((group("1"), group(":1")), (None, None));
        let long = "k".repeat(KEY_LIMIT);
        assert!(long.parse::<ItemKey>().is_ok());
        for odd in ["", "a b", "a/b", "é", "a\n", "a%20", "k\u{0}", &format!("{long}k")] {
            let violation = odd.parse::<ItemKey>().unwrap_err();
            assert_eq!(violation.property, "key", "{odd}");
        }
    }

    #[test]
    fn what_begins_with_an_at_sign_is_its_groups_alone() {
        let key = |text: &str| text.parse::<ItemKey>().unwrap();
        let of = |text: &str| (key(text).is_private(), key(text).owners().to_owned());
        for (text, private, owners) in [
            ("staff:menu", false, "staff"),
            ("@staff:rota", true, "staff"),
            ("@staff", true, "staff"),
            ("staff", false, ""),
            (":a", false, ""),
            ("@", true, ""),
            ("@:a", true, ""),
            ("@@staff:a", true, "@staff"),
        ] {
            assert_eq!(of(text), (private, owners.to_owned()), "{text}");
            if let Some(group) = key(text).group() {
                assert_eq!((group.is_private(), group.owners()), (private, owners), "{text}");
            }
        }
        let last = key("@staff:rota").last_of_group().unwrap();
        assert!(last.as_str().len() == KEY_LIMIT && last > key("@staff:~") && last < key("@staffroom:a"));
        assert_eq!(key("@staff").last_of_group(), None);
    }

    #[test]
    fn a_group_has_no_colon() {
        assert!("vehicle".parse::<ItemGroup>().is_ok());
        assert!("vehicle:".parse::<ItemGroup>().is_err() && "".parse::<ItemGroup>().is_err());
    }

    #[test]
    fn a_content_type_is_some_json() {
        for fit in ["application/json", "application/geo+json", "application/vnd.rally.v1+json"] {
            assert!(fit.parse::<ContentType>().is_ok(), "{fit}");
        }
        for odd in
            ["", "json", "text/html", "application/jsonx", "application/json; charset=utf-8", "a/b/json", "/json"]
        {
            assert!(odd.parse::<ContentType>().is_err(), "{odd}");
        }
    }

    #[test]
    fn a_value_has_its_bounds() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |value, _| json!([value]));
        assert!(check_value(&nested(DEPTH_LIMIT)).is_ok());
        assert_eq!(check_value(&nested(DEPTH_LIMIT + 1)).unwrap_err().constraints.keys().next().unwrap(), "depth");
        assert_eq!(check_value(&nested(100)).unwrap_err().constraints.keys().next().unwrap(), "depth");
        let text = |length: usize| Value::String("x".repeat(length));
        assert!(check_value(&text(VALUE_LIMIT - 2)).is_ok());
        assert_eq!(check_value(&text(VALUE_LIMIT - 1)).unwrap_err().constraints.keys().next().unwrap(), "length");
    }

    /// RFC 7396, appendix A.
    #[test]
    fn a_patch_is_merged_as_its_rfc_says() {
        for (value, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(merged(value.clone(), &patch), result, "{value} with {patch}");
        }
    }
}
