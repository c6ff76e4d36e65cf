//! Responses of bounded size: Lambda allows 6 MB ("Lambda quotas"). A longer list is split into pages, and the `Link` header has the next
//! one (RFC 8288, “next”).

use std::fmt;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::validation::Violation;
use form_urlencoded::Serializer;
use protocol::endpoints::{ANSWER_LIMIT, PAGE_BYTES, entry_length, escaped_length};
use protocol::envelope::{ApiError, ErrorCode};
use serde::Serialize;

use crate::http::parameters::query_parameter;
use crate::http::response::error_response;

/// The query parameter for the start of a page.
const CURSOR: &str = "cursor";

/// The longest cursor, in bytes.
const CURSOR_LIMIT: usize = 300;

/// A part of a list.
pub(crate) struct Page<T> {
    /// The entries of this page.
    pub(crate) entries: Vec<T>,
    /// Where the next page begins; `None` on the last page.
    next: Option<String>,
}

/// The page of a list that a request selects. `sort_key` returns an entry's sort key in the order of the list. So pages stay correct when
/// entries are added or removed between two requests.
pub(crate) fn page<T: Serialize>(all: Vec<T>, uri: &Uri, sort_key: impl Fn(&T) -> String) -> Result<Page<T>, ApiError> {
    let after = cursor(uri)?;
    let (mut entries, mut last, mut bytes) = (Vec::new(), None, 0);
    for entry in all {
        let key = sort_key(&entry);
        if after.as_ref().is_some_and(|after| key <= *after) {
            continue;
        }
        bytes += entry_length(&entry);
        if bytes > PAGE_BYTES && last.is_some() {
            return Ok(Page { entries, next: last });
        }
        last = Some(key);
        entries.push(entry);
    }
    Ok(Page { entries, next: None })
}

/// A number as a sort key, ascending.
pub(crate) fn number(number: impl Into<u64>) -> String {
    format!("{:020}", number.into())
}

/// A number as a sort key, the largest first.
pub(crate) fn descending(number: u64) -> String {
    self::number(u64::MAX - number)
}

impl<T> Page<T> {
    /// The response with a link to the next page, if there is one.
    pub(crate) fn link(&self, response: Response, uri: &Uri) -> Response {
        link(response, uri, self.next.as_deref())
    }
}

/// The response with a link to the next page.
pub(crate) fn link(mut response: Response, uri: &Uri, next: Option<&str>) -> Response {
    let address = next.map(|next| {
        let others =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != CURSOR);
        let query = Serializer::new(String::new()).extend_pairs(others).append_pair(CURSOR, next).finish();
        format!("<{}?{query}>; rel=\"next\"", uri.path())
    });
    if let Some(value) = address.and_then(|address| HeaderValue::from_str(&address).ok()) {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

/// The start of the page, from the request.
pub(crate) fn cursor(uri: &Uri) -> Result<Option<String>, ApiError> {
    let cursor = query_parameter(uri, CURSOR)?.filter(|text| !text.is_empty());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@~-".contains(&byte);
    match cursor {
        Some(text) if text.len() > CURSOR_LIMIT || !text.bytes().all(fits) => Err(not_a_cursor(&text)),
        cursor => Ok(cursor),
    }
}

/// The error for a cursor that this server has not issued.
pub(crate) fn not_a_cursor(text: &str) -> ApiError {
    Violation::new(CURSOR, text, CURSOR, "This is no cursor. Ask for the first page without one.").into()
}

/// A response that is too large for the function, in bytes.
#[derive(Debug, Clone, Copy)]
struct TooLarge(usize);

impl fmt::Display for TooLarge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millions = |bytes: usize| bytes as f64 / 1e6;
        write!(
            formatter,
            "What you ask for has {:.1} MB, and an answer carries {:.1} MB at most. Ask for less of it at once.",
            millions(self.0),
            millions(ANSWER_LIMIT)
        )
    }
}

/// Replaces a response that Lambda would drop as too large with an error message: a file has no pages.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    // A control character is six characters in the JSON result of the function.
    if response.body().size_hint().upper().is_some_and(|size| size <= ANSWER_LIMIT as u64 / 6) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    match escaped_length(&bytes) {
        fits if fits <= ANSWER_LIMIT => Response::from_parts(parts, Body::from(bytes)),
        length => {
            tracing::warn!(length, "a response is too large");
            error_response(ApiError::new(ErrorCode::PayloadTooLarge, TooLarge(length).to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_grows_beyond_the_limit_in_the_functions_result_is_an_error() {
        // A control character grows sixfold in the function's JSON result, so the escaped length counts.
        for (character, status) in [("a", 200), ("\u{1}", 413)] {
            let body = character.repeat(ANSWER_LIMIT / 4);
            let routes = axum::Router::new().route("/", axum::routing::get(async || body));
            let routes = routes.layer(axum::middleware::from_fn(layer));
            let response = tower::ServiceExt::oneshot(routes, Request::get("/").body(Body::empty()).unwrap()).await;
            assert_eq!(response.unwrap().status().as_u16(), status, "{character:?}");
        }
    }

    #[test]
    fn pages_are_the_whole_list_and_none_is_too_large() {
        let all: Vec<String> = (0..100).map(|number| format!("{number:03}{}", "x".repeat(60_000))).collect();
        let (mut seen, mut uri) = (Vec::new(), Uri::from_static("/v1/things?prefix=a%20b"));
        loop {
            let page = page(all.clone(), &uri, |entry| entry[..3].to_owned()).unwrap();
            assert!(entry_length(&page.entries) <= PAGE_BYTES + 3);
            let response = page.link(Response::new(Body::empty()), &uri);
            seen.extend(page.entries);
            let Some(link) = response.headers().get(header::LINK) else { break };
            let link = link.to_str().unwrap();
            assert!(link.starts_with("</v1/things?prefix=a+b&cursor=0"), "{link}");
            uri = link[1..].split('>').next().unwrap().parse().unwrap();
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn an_entry_larger_than_a_page_is_a_page_by_itself() {
        let all = ["a", "b"].map(|name| format!("{name}{}", "x".repeat(PAGE_BYTES)));
        let first = page(all.to_vec(), &Uri::from_static("/v1/things"), |entry| entry[..1].to_owned()).unwrap();
        assert_eq!((first.entries.len(), first.next.as_deref()), (1, Some("a")));
        for bad in ["%20", "a/b", &"x".repeat(301)] {
            assert!(cursor(&format!("/v1/things?cursor={bad}").parse().unwrap()).is_err(), "{bad}");
        }
        assert_eq!(cursor(&Uri::from_static("/v1/things?cursor=")), Ok(None));
    }
}
