//! The parameters in paths, and the headers and query parameters that several routes share, with their forms for the API's description. A
//! client that follows these forms is not rejected for the form of a parameter.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path as AxumPath};
use axum::http::Uri;
use axum::http::request::Parts;
use domain::factory::FactoryId;
use domain::item::ItemKey;
use domain::meetup::{GuestKey, MeetupId};
use domain::person::GuestId;
use domain::question::QuestionId;
use domain::room::{JoinCode, RoomId};
use domain::table::TableId;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use utoipa::IntoParams;

use crate::http::response::Failure;

/// A type of a path parameter, parsed from a segment.
pub(crate) trait PathParameter: FromStr<Err = Violation> {}

impl PathParameter for FactoryId {}
impl PathParameter for GuestId {}
impl PathParameter for GuestKey {}
impl PathParameter for ItemKey {}
impl PathParameter for JoinCode {}
impl PathParameter for MeetupId {}
impl PathParameter for QuestionId {}
impl PathParameter for RoomId {}
impl PathParameter for TableId {}

/// One or several parameters of a path, in order.
pub(crate) trait PathParameters: Sized {
    /// Parses them.
    ///
    /// # Errors
    /// One of them has the wrong form.
    fn of(segments: &mut dyn Iterator<Item = String>) -> Result<Self, Violation>;
}

impl<T: PathParameter> PathParameters for T {
    fn of(segments: &mut dyn Iterator<Item = String>) -> Result<Self, Violation> {
        segments.next().unwrap_or_default().parse()
    }
}

impl<A: PathParameter, B: PathParameter> PathParameters for (A, B) {
    fn of(segments: &mut dyn Iterator<Item = String>) -> Result<Self, Violation> {
        Ok((A::of(segments)?, B::of(segments)?))
    }
}

/// The parsed parameters of the path: a table's id, or the ids of a room and a guest.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: PathParameters> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(AxumPath(named)) = AxumPath::<Vec<(String, String)>>::from_request_parts(parts, state).await else {
            let message = "The id in the address is not UTF-8.";
            return Err(ApiError::new(ErrorCode::ValidationError, message).into());
        };
        let mut segments = named.into_iter().map(|(_, segment)| segment);
        Ok(Self(T::of(&mut segments).map_err(ApiError::from)?))
    }
}

/// A query parameter; empty if it is missing.
pub(crate) fn query_parameter_or_empty(uri: &Uri, name: &str) -> Result<String, ApiError> {
    Ok(query_parameter(uri, name)?.unwrap_or_default())
}

/// A query parameter, if it is present.
pub(crate) fn query_parameter(uri: &Uri, name: &str) -> Result<Option<String>, ApiError> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut values = pairs.filter(|(one, _)| one == name).map(|(_, value)| value.into_owned());
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(second)) => {
            let message = format!("“{name}” is asked for more than once.");
            Err(Violation::new(name, &second, "once", message).into())
        }
    }
}

/// Defines a description of a text that has no type in the domain.
macro_rules! described_text {
    ($(#[$documentation:meta])* $name:ident, $pattern:expr) => {
        $(#[$documentation])*
        pub(crate) struct $name;

        domain::described!($name, domain::schema::text($pattern));
    };
}
pub(crate) use described_text;

described_text!(
    /// A revision, quoted as in RFC 9110 or not, or `*`.
    Revision,
    "^(\\*|[0-9]{1,18}|(W/)?\"[0-9]{1,18}\")$"
);
described_text!(
    /// 32 bytes in base64url: the last character holds four of their bits.
    Key,
    "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
);
described_text!(
    /// An idempotency key.
    RequestName,
    "^([!#-~]{1,255}|\"[!#-~]{1,255}\")$"
);
described_text!(
    /// A cursor of a list.
    CursorText,
    "^[A-Za-z0-9._:@~-]{0,300}$"
);

/// The precondition of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is only for the API's description")]
pub(crate) struct IfMatch {
    /// The expected revision
    #[param(rename = "If-Match", inline, required = false)]
    revision: Revision,
}

/// The header that makes a repeated write safe.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is only for the API's description")]
pub(crate) struct IdempotencyKey {
    /// A name for this request, 1 to 255 characters: a repeated request with this name gets the first response and is not carried out again
    #[param(rename = "Idempotency-Key", inline, required = false)]
    name: RequestName,
}

/// The identity of a browser without sign-in.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is only for the API's description")]
pub(crate) struct VisitorKey {
    /// For a caller without sign-in: 32 random bytes in base64url
    #[param(rename = "x-visitor-key", inline, required = false)]
    key: Key,
}

/// The page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is only for the API's description")]
pub(crate) struct Cursor {
    /// The cursor from the `Link` header of the previous page
    #[param(inline, required = false)]
    cursor: CursorText,
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::IF_MATCH;
    use proptest::prelude::*;
    use proptest::string::string_regex;
    use protocol::items::PAGE_LIMIT;
    use serde_json::Value;
    use utoipa::PartialSchema;
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::Schema;

    use super::*;
    use crate::http::response::if_match;
    use crate::identity::visitors::visitor;
    use crate::notifications::api::BrowserId;
    use crate::router::openapi;

    fn texts<T: PartialSchema>() -> impl Strategy<Value = String> {
        let RefOr::T(Schema::Object(object)) = T::schema() else { panic!("it is no text") };
        string_regex(object.pattern.unwrap().trim_matches(['^', '$'])).unwrap()
    }

    proptest! {
        #[test]
        fn text_that_matches_the_description_is_accepted(revision in texts::<Revision>(), key in texts::<Key>()) {
            let headers = HeaderMap::from_iter([(IF_MATCH, revision.parse().unwrap())]);
            prop_assert!(if_match(&headers).is_ok(), "{}", revision);
            prop_assert!(visitor(&key).is_ok() && key.parse::<BrowserId>().is_ok(), "{}", key);
        }
    }

    #[test]
    fn each_parameter_is_bounded_in_the_description() {
        let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
                    let is_bounded = schema["pattern"].is_string() || schema["maximum"].is_number();
                    let is_exempt =
                        name.starts_with("x-slack-") || name == "prefix" || path.ends_with("/device-keys/{id}");
                    assert!(is_bounded || is_exempt, "{method} {path}: {parameter}");
                    assert!(!schema["type"].is_array(), "no parameter is null: {method} {path}: {parameter}");
                }
            }
        }
        let list = &document["paths"]["/v1/items"]["get"]["parameters"];
        assert!(list.as_array().unwrap().iter().any(|one| one["schema"]["maximum"] == PAGE_LIMIT), "{list}");
    }
}
