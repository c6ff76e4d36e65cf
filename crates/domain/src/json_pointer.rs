//! Numbers in a JSON value, by their paths.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::validation::{Violation, checked_text};

/// A path has at most this many characters.
pub const PATH_LIMIT: usize = 200;

/// At most this many numbers of a value are found.
pub const NUMBERS_LIMIT: usize = 100;

/// Where something stands in a JSON value: a JSON Pointer (RFC 6901), like `/position/lat`. Empty for the value itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JsonPointer(String);

checked_text!(JsonPointer, crate::schema::text("^(/([^~/]|~[01])*)*$").max_length(Some(PATH_LIMIT)));

impl std::str::FromStr for JsonPointer {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let length = text.chars().count();
        if length > PATH_LIMIT {
            let message = format!("A path has at most {PATH_LIMIT} characters; this one has {length}.");
            return Err(Violation::new("path", text, "length", message));
        }
        // A tilde stands for itself as ~0, for a slash as ~1.
        let odd_tilde = text.split('~').skip(1).any(|after| !after.starts_with(['0', '1']));
        if (!text.is_empty() && !text.starts_with('/')) || odd_tilde {
            let message = "A path is empty or begins with a slash, like /position/lat.";
            return Err(Violation::new("path", text, "characters", message));
        }
        Ok(Self(text.to_owned()))
    }
}

impl JsonPointer {
    /// The path of a member of what stands here.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        Self([&self.0, "/", &name.replace('~', "~0").replace('/', "~1")].concat())
    }

    /// The path as people read it: the names of the members, like `position › lat`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let names = self.0.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~"));
        names.collect::<Vec<_>>().join(" › ")
    }

    /// The number that stands here, if one does.
    pub fn number_in<'a>(&self, value: &'a Value) -> Option<&'a Number> {
        value.pointer(&self.0)?.as_number()
    }
}

/// The numbers of a value, [`NUMBERS_LIMIT`] at most, in the order in which they stand; those at too long a path are left out.
pub fn numbers(value: &Value) -> Vec<(JsonPointer, Number)> {
    let mut found = Vec::new();
    // The last one first, so that they come out in order.
    let mut rest = vec![(JsonPointer::default(), value)];
    while let Some((path, value)) = rest.pop() {
        if found.len() >= NUMBERS_LIMIT {
            break;
        }
        match value {
            Value::Number(number) if path.0.chars().count() <= PATH_LIMIT => found.push((path, number.clone())),
            Value::Array(all) => {
                let members = all.iter().enumerate().take(NUMBERS_LIMIT).rev();
                rest.extend(members.map(|(place, one)| (path.member(&place.to_string()), one)));
            }
            Value::Object(all) => rest.extend(all.iter().rev().map(|(name, one)| (path.member(name), one))),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_found_in_order_and_again_by_their_paths() {
        let value = json!({"a/b": {"~": 1}, "c": [2.5, "3", [4]], "d": null});
        let found = numbers(&value);
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["/a~1b/~0", "/c/0", "/c/2/0"]);
        for (path, number) in &found {
            assert_eq!(path.number_in(&value), Some(number));
            assert_eq!(path.as_str().parse(), Ok(path.clone()));
        }
        assert_eq!(numbers(&json!(7)), [(JsonPointer::default(), 7.into())]);
        assert_eq!(numbers(&json!(vec![0; 1_000])).len(), NUMBERS_LIMIT);
    }

    #[test]
    fn people_read_the_names_of_the_members() {
        let words = |path: &str| path.parse::<JsonPointer>().unwrap().in_words();
        assert_eq!(words("/position/lat"), "position › lat");
        assert_eq!(words("/a~1b~0c/0"), "a/b~c › 0");
        assert_eq!(words("/~01"), "~1", "a tilde before a one is no slash");
        assert_eq!(words(""), "");
    }

    #[test]
    fn a_path_begins_with_a_slash() {
        for odd in ["a", "a/b", "/~", "/a~2", "/~x", &"/a".repeat(PATH_LIMIT)] {
            assert_eq!(odd.parse::<JsonPointer>().unwrap_err().property, "path", "{odd}");
        }
        for fit in ["", "/", "/a", "/~0~1/0"] {
            assert!(fit.parse::<JsonPointer>().is_ok(), "{fit}");
        }
    }

    proptest! {
        #[test]
        fn a_members_path_leads_to_it(name in ".{0,20}") {
            let mut object = serde_json::Map::new();
            object.insert(name.clone(), json!(1));
            prop_assert!(JsonPointer::default().member(&name).number_in(&Value::Object(object)).is_some());
        }
    }
}
