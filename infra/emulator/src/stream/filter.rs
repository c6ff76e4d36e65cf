//! FilterCriteria of an event source mapping: which records a function receives. Pure.
//!
//! A subset of EventBridge's patterns: exact values, `prefix`, `exists` and `anything-but` of exact values.

use serde_json::Value;

/// Why a pattern is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The pattern is not JSON.
    #[error("The filter pattern is not JSON: {0}.")]
    NotJson(String),
    /// A field's value is neither an object nor a list of conditions.
    #[error("The filter pattern's field {0} must be an object or a list.")]
    NotAList(String),
    /// A condition that is not supported here.
    #[error("The filter condition {0} is not supported.")]
    Unknown(String),
}

/// The filters of one mapping. A record passes if any of them matches; without filters all pass.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    Fields(Vec<(String, Pattern)>),
    AnyOf(Vec<Condition>),
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Equals(Value),
    Prefix(String),
    Exists(bool),
    AnythingBut(Vec<Value>),
}

impl Filters {
    /// Reads patterns in the form of a template: each is a JSON text.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, FilterError> {
        patterns.into_iter().map(parse_text).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the record passes the filters.
    pub fn matches(&self, record: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(Some(record)))
    }
}

fn parse_text(text: &str) -> Result<Pattern, FilterError> {
    let value = serde_json::from_str(text).map_err(|error| FilterError::NotJson(error.to_string()))?;
    parse(String::new(), value)
}

fn parse(name: String, value: Value) -> Result<Pattern, FilterError> {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| Ok((name.clone(), parse(name, value)?)))
            .collect::<Result<_, _>>()
            .map(Pattern::Fields),
        Value::Array(conditions) => conditions.into_iter().map(condition).collect::<Result<_, _>>().map(Pattern::AnyOf),
        _ => Err(FilterError::NotAList(name)),
    }
}

fn condition(value: Value) -> Result<Condition, FilterError> {
    let Value::Object(fields) = &value else {
        return Ok(Condition::Equals(value));
    };
    let mut entries = fields.iter();
    match (entries.next().map(|(name, argument)| (name.as_str(), argument)), entries.next()) {
        (Some(("prefix", Value::String(prefix))), None) => Ok(Condition::Prefix(prefix.clone())),
        (Some(("exists", Value::Bool(exists))), None) => Ok(Condition::Exists(*exists)),
        (Some(("anything-but", Value::Array(values))), None) => Ok(Condition::AnythingBut(values.clone())),
        _ => Err(FilterError::Unknown(value.to_string())),
    }
}

impl Pattern {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => {
                fields.iter().all(|(name, pattern)| pattern.matches(value.and_then(|value| value.get(name))))
            }
            Self::AnyOf(conditions) => conditions.iter().any(|condition| condition.matches(value)),
        }
    }
}

impl Condition {
    fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(exists), value) => *exists == value.is_some(),
            (Self::Equals(expected), Some(value)) => value == expected,
            (Self::Prefix(prefix), Some(Value::String(text))) => text.starts_with(prefix),
            (Self::AnythingBut(excluded), Some(value)) => !excluded.contains(value),
            (_, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(name: &str, key: &str) -> Value {
        json!({ "eventName": name, "dynamodb": { "Keys": { "pk": { "S": key } }, "NewImage": { "a": { "S": "1" } } } })
    }

    #[test]
    fn exact_prefix_exists_and_anything_but_match_as_on_aws() {
        let cases = [
            (r#"{"eventName":["INSERT","MODIFY"]}"#, true, false),
            (r#"{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"table#"}]}}}}"#, true, false),
            (r#"{"dynamodb":{"NewImage":{"a":{"S":[{"exists":true}]}}}}"#, true, true),
            (r#"{"dynamodb":{"NewImage":{"b":{"S":[{"exists":false}]}}}}"#, true, true),
            (r#"{"dynamodb":{"NewImage":{"b":{"S":["1"]}}}}"#, false, false),
            (r#"{"eventName":[{"anything-but":["REMOVE"]}]}"#, true, false),
            (r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":["other"]}}}}"#, false, false),
        ];
        for (pattern, first, second) in cases {
            let filters = Filters::parse([pattern]).unwrap();
            assert_eq!(filters.matches(&record("INSERT", "table#1")), first, "{pattern}");
            assert_eq!(filters.matches(&record("REMOVE", "room#1")), second, "{pattern}");
        }
    }

    #[test]
    fn any_of_several_filters_suffices_and_none_means_all() {
        let filters = Filters::parse([r#"{"eventName":["INSERT"]}"#, r#"{"eventName":["REMOVE"]}"#]).unwrap();
        assert!(filters.matches(&record("REMOVE", "x")));
        assert!(!filters.matches(&record("MODIFY", "x")));
        assert!(Filters::default().matches(&record("MODIFY", "x")));
    }

    #[test]
    fn an_unsupported_pattern_is_an_error() {
        for pattern in ["x", r#"{"a":1}"#, r#"{"a":[{"suffix":"x"}]}"#, r#"{"a":[{"prefix":"x","exists":true}]}"#] {
            assert!(Filters::parse([pattern]).is_err(), "{pattern}");
        }
    }
}
