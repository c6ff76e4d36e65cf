//! The issuer's HTTP: forms, its cookie, redirects and errors. Knows no grant and no key.

use std::collections::HashMap;

use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{PATH, page};

/// The cookie that names a sign-in at the issuer.
const COOKIE_NAME: &str = "rally_issuer";

/// The fields of a form or a query.
pub(super) type Fields = HashMap<String, String>;

/// Reads a form or a query; `None` if it repeats a field, which RFC 6749, section 3.1, forbids.
pub(super) fn read(form: &[u8]) -> Option<Fields> {
    let mut fields = Fields::new();
    for (name, value) in form_urlencoded::parse(form) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(fields)
}

/// The issuer's cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}

/// Sets the issuer's cookie, which lasts until the browser is closed.
pub(super) fn set_cookie(response: &mut Response, value: &str) {
    insert_cookie(response, value, "");
}

/// Deletes the issuer's cookie.
pub(super) fn delete_cookie(response: &mut Response) {
    insert_cookie(response, "", "; Max-Age=0");
}

fn insert_cookie(response: &mut Response, value: &str, more: &str) {
    let cookie = format!("{COOKIE_NAME}={value}; Path={PATH}; HttpOnly; SameSite=Lax{more}");
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}

/// 303, so that the browser does not repeat the form at the new address (RFC 9110, section 15.4.4). Empty parameters are left out.
pub(super) fn redirect(address: &str, parameters: &[(&str, &str)]) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    let join = match (query.is_empty(), address.contains('?')) {
        (true, _) => "",
        (_, true) => "&",
        _ => "?",
    };
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{address}{join}{query}"))]).into_response()
}

/// A page with an error for the user.
pub(super) fn error_page(status: StatusCode, message: &str) -> Response {
    (status, Html(page::error_page(message))).into_response()
}

/// An error for a program (RFC 6749, section 5.2).
pub(super) fn oauth_error(error: &str, description: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": description }))).into_response()
}

/// An internal error: the log has the cause.
pub(super) fn internal_error(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the issuer failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_field_is_an_error() {
        assert_eq!(read(b"a=1&b=2").unwrap()["b"], "2");
        assert_eq!(read(b"a=1&a=1"), None);
    }

    #[test]
    fn a_redirect_keeps_the_query_of_its_address() {
        let location =
            |address, parameters: &[_]| redirect(address, parameters).headers()[LOCATION].to_str().unwrap().to_owned();
        assert_eq!(location("/a", &[]), "/a");
        assert_eq!(location("/a", &[("state", ""), ("code", "x y")]), "/a?code=x+y");
        assert_eq!(location("/a?b=c", &[("state", "s")]), "/a?b=c&state=s");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "other=1; rally_issuer=abc".parse().unwrap());
        assert_eq!(cookie(&headers).as_deref(), Some("abc"));
        headers.insert(COOKIE, "xrally_issuer=abc".parse().unwrap());
        assert_eq!(cookie(&headers), None);
    }
}
