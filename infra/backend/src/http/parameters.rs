//! The patterns of parameters, for the API's description, so that a client that follows them is not rejected for the form of a parameter.
//! The types of `domain` do the checking, and a test compares these patterns with them.

use protocol::items::PAGE_LIMIT;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{OpenApi, RefOr};

use crate::http::security::operations;

pub(crate) const TABLE: &str = "^[A-Za-z0-9-]{3,64}$";
pub(crate) const SHORT: &str = "^[a-z0-9]{10}$";
pub(crate) const ITEM: &str = "^[A-Za-z0-9._:@~-]{1,256}$";
const CODE: &str = "^[A-HJKMNP-TV-Z2-9]{6}$";
const GUEST: &str = "^guest:[a-z0-9]{20}$";
const REVISION: &str = "^(\\*|[0-9]{1,18}|(W/)?\"[0-9]{1,18}\")$";
/// 32 bytes in base64url: the last character holds four bits of them.
const VISITOR: &str = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$";
const IDEMPOTENCY: &str = "^([!#-~]{1,255}|\"[!#-~]{1,255}\")$";

/// What stands before an id in an address, and the form of such ids.
const IDS: [(&str, &str); 8] = [
    ("/browsers/{id}", VISITOR),
    ("/tables/{id}", TABLE),
    ("/rooms/{id}", SHORT),
    ("/guests/{guest}", GUEST),
    ("/factories/{id}", SHORT),
    ("/questions/{id}", SHORT),
    ("/items/{key}", ITEM),
    ("/codes/{code}", CODE),
];

/// A topic that everybody may see.
macro_rules! topic {
    () => {
        concat!(
            "(tables|items|factories|table/[A-Za-z0-9-]{3,64}",
            "|items/[A-Za-z0-9._~-][A-Za-z0-9._@~-]{0,255}|item/[A-Za-z0-9._:~-][A-Za-z0-9._:@~-]{0,255})"
        )
    };
}

const HEADERS: [(&str, &str); 3] =
    [("If-Match", REVISION), ("x-visitor-key", VISITOR), ("Idempotency-Key", IDEMPOTENCY)];

/// Parameters of a query.
const QUERY: [(&str, &str); 5] = [
    ("format", "^(csv|json)?$"),
    ("table", TABLE),
    ("cursor", "^[A-Za-z0-9._:@~-]{0,300}$"),
    ("topic", concat!("^", topic!(), "$")),
    ("topics", concat!("^,*(", topic!(), "(,+", topic!(), "){0,99},*)?$")),
];

/// Tells the form of each parameter.
pub(crate) fn describe(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            constrain(path, operation);
        }
    }
}

fn constrain(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if let Some(schema) = form(path, parameter) {
            parameter.schema = Some(RefOr::T(schema));
        }
    }
}

fn form(path: &str, parameter: &Parameter) -> Option<Schema> {
    let name = parameter.name.as_str();
    let in_path = |(stretch, _): &&(&str, &str)| path.contains(stretch) && stretch.ends_with(&format!("{{{name}}}"));
    let mut named = HEADERS.iter().chain(&QUERY);
    let pattern = IDS.iter().find(in_path).or_else(|| named.find(|(one, _)| *one == name));
    let number = |least: u32, most: Option<u32>| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(most).build().into()
    };
    match (pattern, name) {
        (Some((_, pattern)), _) => {
            Some(ObjectBuilder::new().schema_type(Type::String).pattern(Some(*pattern)).build().into())
        }
        (None, "number") => Some(number(1, Some(u32::MAX))),
        (None, "limit") => Some(number(1, Some(PAGE_LIMIT))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::IF_MATCH;
    use domain::factory::FactoryId;
    use domain::item::ItemKey;
    use domain::person::GuestId;
    use domain::room::{JoinCode, RoomId};
    use domain::table::TableId;
    use domain::topic::Topic;
    use proptest::prelude::*;
    use proptest::string::string_regex;
    use regex::Regex;
    use serde_json::Value;

    use super::*;
    use crate::http::answer::precondition;
    use crate::router::openapi;

    fn texts(pattern: &str) -> impl Strategy<Value = String> {
        string_regex(pattern.trim_matches(['^', '$'])).unwrap()
    }

    proptest! {
        #[test]
        fn what_has_the_form_is_taken(
            table in texts(TABLE), short in texts(SHORT), item in texts(ITEM), code in texts(CODE), revision in texts(REVISION),
            guest in texts(GUEST),
        ) {
            prop_assert!(guest.parse::<GuestId>().is_ok(), "{}", guest);
            prop_assert!(table.parse::<TableId>().is_ok(), "{}", table);
            prop_assert!(short.parse::<RoomId>().is_ok() && short.parse::<FactoryId>().is_ok(), "{}", short);
            prop_assert!(item.parse::<ItemKey>().is_ok(), "{}", item);
            prop_assert!(code.parse::<JoinCode>().is_ok(), "{}", code);
            let headers = HeaderMap::from_iter([(IF_MATCH, revision.parse().unwrap())]);
            prop_assert!(precondition(&headers).is_ok(), "{}", revision);
        }
    }

    proptest! {
        #[test]
        fn a_topic_of_this_form_is_for_everybody(topic in texts(concat!("^", topic!(), "$")), other in "[a-z/:@.~]{0,40}") {
            let is_public = |name: &str| name.parse::<Topic>().is_ok_and(|topic| topic.is_public());
            prop_assert!(is_public(&topic), "{}", topic);
            let has_form = Regex::new(concat!("^", topic!(), "$")).unwrap().is_match(&other);
            prop_assert_eq!(is_public(&other), has_form, "{}", other);
        }
    }

    #[test]
    fn each_parameter_of_an_address_has_a_form() {
        let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
        let key = &document["paths"]["/v1/items/{key}"]["put"]["parameters"];
        let named = |name: &str| key.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
        assert_eq!(named("key")["schema"]["pattern"], ITEM);
        assert_eq!(named("If-Match")["schema"]["pattern"], REVISION);
        let list = &document["paths"]["/v1/items"]["get"]["parameters"];
        assert!(list.as_array().unwrap().iter().any(|one| one["schema"]["maximum"] == PAGE_LIMIT), "{list}");
    }
}
