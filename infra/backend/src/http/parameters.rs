//! What a request says beside its body: what its path names, and the headers and query parameters that several routes share, with their
//! forms for the API's description. A client that follows them is not rejected for the form of a parameter.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path as AxumPath};
use axum::http::Uri;
use axum::http::request::Parts;
use domain::factory::FactoryId;
use domain::item::ItemKey;
use domain::person::GuestId;
use domain::question::QuestionId;
use domain::room::{JoinCode, RoomId};
use domain::table::TableId;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use utoipa::IntoParams;

use crate::http::answer::Failure;

/// What a path can name: parsed from a segment.
pub(crate) trait PathParameter: FromStr<Err = Violation> {}

impl PathParameter for FactoryId {}
impl PathParameter for GuestId {}
impl PathParameter for ItemKey {}
impl PathParameter for JoinCode {}
impl PathParameter for QuestionId {}
impl PathParameter for RoomId {}
impl PathParameter for TableId {}

/// One or several parameters of a path, in order.
pub(crate) trait PathParameters: Sized {
    /// Reads them.
    ///
    /// # Errors
    /// One has not its form.
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

/// What the path names, parsed: a table's id, or a room's and a guest's.
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

/// A parameter of the query; empty if it is not there.
pub(crate) fn parameter(uri: &Uri, name: &str) -> Result<String, ApiError> {
    Ok(asked(uri, name)?.unwrap_or_default())
}

/// A parameter of the query, if it is there.
pub(crate) fn asked(uri: &Uri, name: &str) -> Result<Option<String>, ApiError> {
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

/// Describes a text that is no type of the domain.
macro_rules! described {
    ($(#[$documentation:meta])* $name:ident, $pattern:expr) => {
        $(#[$documentation])*
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                domain::schema::text($pattern).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use described;

described!(
    /// A revision, as RFC 9110 quotes it or bare, or any.
    Revision,
    "^(\\*|[0-9]{1,18}|(W/)?\"[0-9]{1,18}\")$"
);
described!(
    /// 32 bytes in base64url: the last character holds four bits of them.
    Key,
    "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
);
described!(
    /// A name that a client gives to a request.
    RequestName,
    "^([!#-~]{1,255}|\"[!#-~]{1,255}\")$"
);
described!(
    /// The place of an entry in a list.
    Place,
    "^[A-Za-z0-9._:@~-]{0,300}$"
);

/// The precondition of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes")]
pub(crate) struct IfMatch {
    /// The revision that is expected
    #[param(rename = "If-Match", inline, required = false)]
    revision: Revision,
}

/// What makes a repeated request one.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes")]
pub(crate) struct IdempotencyKey {
    /// A name for this request: sent again with it, it is answered again and not done again; 1 to 255 characters
    #[param(rename = "Idempotency-Key", inline, required = false)]
    name: RequestName,
}

/// The identity of a browser whose user is not signed in.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes")]
pub(crate) struct VisitorKey {
    /// For a caller who is not signed in: 32 random bytes in base64url
    #[param(rename = "x-visitor-key", inline, required = false)]
    key: Key,
}

/// The page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes")]
pub(crate) struct Cursor {
    /// Where the page before ended, as its `Link` says
    #[param(inline, required = false)]
    cursor: Place,
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
    use crate::http::answer::precondition;
    use crate::notifications::api::{BrowserId, visitor};
    use crate::router::openapi;

    fn texts<T: PartialSchema>() -> impl Strategy<Value = String> {
        let RefOr::T(Schema::Object(object)) = T::schema() else { panic!("it is no text") };
        string_regex(object.pattern.unwrap().trim_matches(['^', '$'])).unwrap()
    }

    proptest! {
        #[test]
        fn what_has_the_form_is_accepted(revision in texts::<Revision>(), key in texts::<Key>()) {
            let headers = HeaderMap::from_iter([(IF_MATCH, revision.parse().unwrap())]);
            prop_assert!(precondition(&headers).is_ok(), "{}", revision);
            prop_assert!(visitor(&key).is_ok() && key.parse::<BrowserId>().is_ok(), "{}", key);
        }
    }

    #[test]
    fn each_parameter_has_a_form() {
        let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
                    let is_bounded = schema["pattern"].is_string() || schema["maximum"].is_number();
                    let is_elsewhere =
                        name.starts_with("x-slack-") || name == "prefix" || path.ends_with("/device-keys/{id}");
                    assert!(is_bounded || is_elsewhere, "{method} {path}: {parameter}");
                    assert!(!schema["type"].is_array(), "no parameter is null: {method} {path}: {parameter}");
                }
            }
        }
        let list = &document["paths"]["/v1/items"]["get"]["parameters"];
        assert!(list.as_array().unwrap().iter().any(|one| one["schema"]["maximum"] == PAGE_LIMIT), "{list}");
    }
}
