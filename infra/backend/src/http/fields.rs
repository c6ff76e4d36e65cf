//! Reads the fields of a JSON body and collects all errors, not only the first. Unknown fields are ignored.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};

/// The fields of a body, and the violations found so far.
#[derive(Debug)]
pub(crate) struct Fields {
    object: Map<String, Value>,
    violations: Vec<Violation>,
}

impl Fields {
    /// The fields of a body.
    ///
    /// # Errors
    /// The body is not an object.
    pub(crate) fn of_body(body: Value) -> Result<Self, ApiError> {
        let message = "The body must be a JSON object, like {\"isFree\": true}.";
        Self::of(body).map_err(|_| ApiError::new(ErrorCode::ValidationError, message))
    }

    /// The fields of a part of a body.
    ///
    /// # Errors
    /// It is not an object.
    pub(crate) fn of(value: Value) -> Result<Self, Violation> {
        match value {
            Value::Object(object) => Ok(Self { object, violations: Vec::new() }),
            other => Err(Violation::new("", &other.to_string(), "isObject", "This must be a JSON object.")),
        }
    }

    /// A field that must be true or false.
    pub(crate) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.object.get(name) {
            Some(Value::Bool(value)) => Some(*value),
            other => self.violation(name, other.cloned(), "isBoolean", "must be true or false"),
        }
    }

    /// A field that may be omitted; it is then false.
    pub(crate) fn optional_boolean(&mut self, name: &str) -> Option<bool> {
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            return Some(false);
        }
        self.boolean(name)
    }

    /// A field that must be an integer.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        match self.object.get(name) {
            Some(value) if integer(value).is_some() => integer(value),
            other => self.violation(name, other.cloned(), "isInteger", "must be an integer"),
        }
    }

    /// An integer that may be omitted; it is then `None`.
    pub(crate) fn optional_integer(&mut self, name: &str) -> Option<Option<i64>> {
        match self.object.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.integer(name).map(Some),
        }
    }

    /// A value that was checked, or its violation.
    pub(crate) fn checked<T>(&mut self, value: Result<T, Violation>) -> Option<T> {
        value.map_err(|violation| self.violations.push(violation)).ok()
    }

    /// A text that may be omitted; it is then `None`.
    pub(crate) fn any_text<T: FromStr<Err = Violation>>(&mut self, name: &str) -> Option<Option<T>> {
        match self.object.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.text(name).map(Some),
        }
    }

    /// A required text, which must parse.
    pub(crate) fn text<T: FromStr<Err = Violation>>(&mut self, name: &str) -> Option<T> {
        match self.object.get(name) {
            Some(Value::String(text)) => match text.parse() {
                Ok(value) => Some(value),
                Err(violation) => {
                    self.violations.push(Violation { property: name.to_owned(), ..violation });
                    None
                }
            },
            other => self.violation(name, other.cloned(), "isString", "must be a text"),
        }
    }

    /// A text that may be omitted; it then has the default of its type.
    pub(crate) fn optional_text<T: FromStr<Err = Violation> + Default>(&mut self, name: &str) -> Option<T> {
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            return Some(T::default());
        }
        self.text(name)
    }

    /// A required list of texts.
    pub(crate) fn texts<T: TryFrom<Vec<String>, Error = Violation>>(&mut self, name: &str) -> Option<T> {
        let value = self.object.get(name).cloned();
        let Some(Ok(texts)) = value.clone().map(serde_json::from_value::<Vec<String>>) else {
            return self.violation(name, value, "isStringList", "must be a list of texts");
        };
        texts.try_into().map_err(|violation| self.violations.push(violation)).ok()
    }

    /// A list of texts that may be omitted; it is then empty.
    pub(crate) fn optional_texts<T: TryFrom<Vec<String>, Error = Violation>>(&mut self, name: &str) -> Option<T> {
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            return Vec::new().try_into().map_err(|violation| self.violations.push(violation)).ok();
        }
        self.texts(name)
    }

    /// A required field with any JSON.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        match self.object.remove(name) {
            Some(value) => Some(value),
            None => self.violation(name, None, "isDefined", "must be there; it may be any JSON"),
        }
    }

    /// The result, if there were no violations.
    ///
    /// # Errors
    /// All violations.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, ApiError> {
        match read {
            Some(value) if self.violations.is_empty() => Ok(value),
            _ => Err(ApiError::invalid(self.violations)),
        }
    }

    fn violation<T>(&mut self, name: &str, value: Option<Value>, constraint: &str, must: &str) -> Option<T> {
        let text = value.map(|value| value.to_string()).unwrap_or_default();
        self.violations.push(Violation::new(name, &text, constraint, format!("{name} {must}.")));
        None
    }
}

/// The integer value of a number in any notation: 5.0 is 5 (JSON Schema, section 6.1.1). `None` if it is not written as an integer and is
/// beyond the range in which doubles are exact.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    match value.as_i64() {
        None => {
            let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT)?;
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within what is exact")]
            Some(number as i64)
        }
        written => written,
    }
}

/// The same value, with each whole number written as an integer.
fn with_integers(value: Value) -> Value {
    match value {
        Value::Number(_) => integer(&value).map_or(value, Value::from),
        Value::Array(all) => Value::Array(all.into_iter().map(with_integers).collect()),
        Value::Object(all) => {
            Value::Object(all.into_iter().map(|(name, value)| (name, with_integers(value))).collect())
        }
        other => other,
    }
}

/// Parses a value as JSON Schema would; serde is more lenient in some cases and stricter in others.
///
/// # Errors
/// It is not a `T`.
pub(crate) fn read<T: DeserializeOwned + Serialize>(sent: &Value) -> serde_json::Result<T> {
    // 5.0 is an integer, too; serde rejects it.
    let whole = || serde_json::from_value(with_integers(sent.clone())).ok();
    let read: T = T::deserialize(sent).or_else(|error| whole().ok_or(error))?;
    // Serde accepts a list in place of an object; JSON Schema does not.
    match has_shape(sent, &serde_json::to_value(&read)?) {
        true => Ok(read),
        false => Err(serde::de::Error::custom("a list stands where an object belongs")),
    }
}

/// Whether `sent` has an object wherever `read` has one.
fn has_shape(sent: &Value, read: &Value) -> bool {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => {
            sent.iter().all(|(name, sent)| read.get(name).is_none_or(|read| has_shape(sent, read)))
        }
        (Value::Array(sent), Value::Array(read)) => sent.iter().zip(read).all(|(sent, read)| has_shape(sent, read)),
        (Value::Array(_), Value::Object(_)) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use domain::alert::Preferences;
    use domain::question::Draft;
    use domain::table::{Description, TableId};
    use protocol::notifications::{NewAlert, Subscription};

    fn read(body: Value) -> Result<(TableId, Description), ApiError> {
        let mut fields = Fields::of_body(body)?;
        let (id, description) = (fields.text("id"), fields.optional_text("description"));
        fields.finish(id.zip(description))
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert!(read(json!({"id": "lobby", "colour": "green"})).is_ok());
    }

    #[test]
    fn all_violations_are_reported_together() {
        let error = read(json!({"id": 7, "description": ["a"]})).unwrap_err();
        let properties: Vec<&str> = error.validation_errors.iter().map(|one| one.property.as_str()).collect();
        assert_eq!(properties, ["id", "description"]);
        assert_eq!(error.message, "id must be a text. description must be a text.");
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        let mut fields = Fields::of(
            json!({"a": 5.0, "b": -3e2, "c": 5.5, "d": 1e300, "e": "5", "f": 9_223_372_036_854_775_807_i64}),
        )
        .unwrap();
        let mut read = |name| fields.integer(name);
        assert_eq!([read("a"), read("b"), read("f")], [Some(5), Some(-300), Some(i64::MAX)]);
        assert_eq!([read("c"), read("d"), read("e"), read("g")], [None; 4]);
        let value = json!({"a": [1.0, 2.5, {"b": -0.0}], "c": "1.0"});
        assert_eq!(with_integers(value), json!({"a": [1, 2.5, {"b": 0}], "c": "1.0"}));
    }

    #[test]
    fn a_body_that_is_not_an_object_is_an_error() {
        for body in [json!([]), json!(null), json!("{}")] {
            assert_eq!(read(body.clone()).unwrap_err().code, ErrorCode::ValidationError, "{body}");
        }
        let mut fields = Fields::of(json!({"isFree": "yes"})).unwrap();
        let read = fields.boolean("isFree");
        let error = fields.finish(read).unwrap_err();
        assert_eq!(error.message, "isFree must be true or false.");
        assert_eq!(error.validation_errors[0].value, "\"yes\"");
    }

    fn is_read<T: DeserializeOwned + Serialize>(body: &Value) -> bool {
        super::read::<T>(body).is_ok()
    }

    #[test]
    fn a_list_is_no_object_and_a_whole_number_is_an_integer() {
        assert!(is_read::<Preferences>(&json!({"quiet": {"from": "22:00", "to": "07:00"}})));
        for invalid in [json!([]), json!(["", null, null]), json!({"quiet": ["22:00", "07:00"]}), json!({"quiet": 7})] {
            assert!(!is_read::<Preferences>(&invalid), "{invalid}");
        }
        assert!(is_read::<Draft>(
            &json!({"text": "a", "timeLimitSeconds": 30.0, "options": [{"text": "b", "x": [1]}]})
        ));
        assert!(!is_read::<Draft>(&json!({"text": "a", "timeLimitSeconds": 30.5})));
        assert!(!is_read::<Draft>(&json!({"text": "a", "options": [["b", true, ""]]})));
        assert!(!is_read::<Subscription>(&json!({"endpoint": "https://a", "keys": ["b", "c"]})));
        assert!(!is_read::<NewAlert>(&json!({"rule": ["free_once"]})));
        assert!(is_read::<NewAlert>(&json!({"rule": {"when": "free_once"}})));
        assert!(is_read::<Value>(&json!([{"a": [1.0]}])), "a field of any JSON may be a list");
    }
}
