//! Requests and responses: the envelope, the bearer token and its renewal, the time limit.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_net::Error;
use gloo_net::http::{Method, Request, RequestBuilder};
use protocol::envelope::Envelope;
use protocol::notifications::VISITOR_KEY;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ApiError, LocalFuture, version};
use crate::auth::visitor;
use crate::platform::download::FileContent;
use crate::platform::{clock, url};

/// A request without an answer is given up after this time, in milliseconds.
const REQUEST_TIMEOUT: u32 = 15_000;

/// Gives the bearer token for requests (RFC 6750).
pub(crate) trait TokenSource {
    /// The token for a request to this path, if the user has one. `was_rejected` says that the server refused the last one: then
    /// another is wanted.
    fn token(&self, path: &str, was_rejected: bool) -> LocalFuture<Option<String>>;

    /// The server refused the other one, too.
    fn handle_refusal(&self);
}

thread_local! {
    static TOKEN_SOURCE: RefCell<Option<Rc<dyn TokenSource>>> = const { RefCell::new(None) };
}

/// Sets the source of the tokens from now on.
pub(crate) fn set_token_source(source: Rc<dyn TokenSource>) {
    TOKEN_SOURCE.set(Some(source));
}

async fn token(path: &str, was_rejected: bool) -> Option<String> {
    let source = TOKEN_SOURCE.with_borrow(Clone::clone)?;
    source.token(path, was_rejected).await
}

/// One request to the API.
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Body>,
    content_type: &'static str,
    if_match: Option<u64>,
}

/// What a request sends.
enum Body {
    Text(String),
    File(FileContent),
}

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { method, path, body: None, content_type: "application/json", if_match: None }
    }

    /// Reads something.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates something, or runs a command.
    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// Replaces something.
    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Changes part of something.
    pub(crate) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Deletes something.
    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// With a JSON body.
    #[must_use]
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_string(body).ok().map(Body::Text);
        self
    }

    /// With a file as its body.
    #[must_use]
    pub(crate) fn file(mut self, content_type: &'static str, content: FileContent) -> Self {
        (self.content_type, self.body) = (content_type, Some(Body::File(content)));
        self
    }

    /// Only if the resource still has this revision (`If-Match`, RFC 9110).
    #[must_use]
    pub(crate) fn if_match(mut self, revision: Option<u64>) -> Self {
        self.if_match = revision;
        self
    }

    /// Sends it and reads the data of the answer.
    pub(crate) async fn send<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        let data = exchange(self).await?;
        T::deserialize(&data).map_err(|_| ApiError::Unexpected { status: 200 })
    }

    /// Sends it, then requests each further page of the answer while there is one. Returns the pages in their order.
    pub(crate) async fn send_pages<T: DeserializeOwned>(self) -> Result<Vec<T>, ApiError> {
        let mut pages = Vec::new();
        let mut next = Some(self);
        while let Some(call) = next {
            let (data, further) = exchange_page(call).await?;
            pages.push(T::deserialize(&data).map_err(|_| ApiError::Unexpected { status: 200 })?);
            next = further.map(Self::get);
        }
        Ok(pages)
    }

    /// Sends it; nothing of the answer matters but whether it was done.
    pub(crate) async fn run(self) -> Result<(), ApiError> {
        exchange(self).await.map(|_| ())
    }

    /// Sends a deletion: what is gone already (404) is deleted as was wanted.
    pub(crate) async fn run_unless_gone(self) -> Result<(), ApiError> {
        match self.run().await {
            Err(error) if error.status() == 404 => Ok(()),
            result => result,
        }
    }

    /// Sends it and gives the answer as it is: a file, with all of its pages.
    pub(crate) async fn download(self) -> Result<String, ApiError> {
        let (mut file, mut next) = (String::new(), Some(self));
        while let Some(call) = next {
            let mut response = request(call).await?;
            next = response.next.take().map(Self::get);
            file.push_str(&file_of(response)?);
        }
        Ok(file)
    }
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawResponse {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
    /// Where the next page is, if the answer is a page and not the last one.
    pub(crate) next: Option<String>,
}

/// The address in a `Link` to the next page (RFC 8288): the only link that the API gives.
fn next_page(link: &str) -> Option<String> {
    let (address, parameters) = link.strip_prefix('<')?.split_once('>')?;
    parameters.contains("rel=\"next\"").then(|| address.to_owned())
}

/// Reads an address outside the API: settings, or a document of the issuer's.
pub(crate) async fn send_raw(address: &str) -> Result<RawResponse, ApiError> {
    send_once(begin(address).build()).await
}

/// Posts a form to an address outside the API: the issuer's.
pub(crate) async fn send_form(address: &str, form: &str) -> Result<RawResponse, ApiError> {
    let builder = begin(address).method(Method::POST);
    send_once(builder.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

fn exchange(call: Call) -> LocalFuture<Result<Value, ApiError>> {
    Box::pin(async move { exchange_page(call).await.map(|(data, _)| data) })
}

fn exchange_page(call: Call) -> LocalFuture<Result<(Value, Option<String>), ApiError>> {
    Box::pin(async move {
        let response = request(call).await?;
        Ok((open_envelope(&response)?, response.next))
    })
}

/// Sends the request; once more with another token if the server refuses the first one.
async fn request(call: Call) -> Result<RawResponse, ApiError> {
    let token_now = token(&call.path, false).await;
    let visitor = call.path.starts_with("/v1/me/").then(visitor::key).flatten();
    let response = send_once(build(&call, token_now.as_deref(), visitor.as_deref())).await;
    if token_now.is_none() || !is_unauthenticated(&response) {
        return response;
    }
    match token(&call.path, true).await {
        Some(token) => {
            let response = send_once(build(&call, Some(&token), visitor.as_deref())).await;
            if is_unauthenticated(&response)
                && let Some(source) = TOKEN_SOURCE.with_borrow(Clone::clone)
            {
                source.handle_refusal();
            }
            response
        }
        None => response,
    }
}

/// Whether the server refuses the token that came with a request.
fn is_unauthenticated(response: &Result<RawResponse, ApiError>) -> bool {
    response.as_ref().is_ok_and(|response| response.status == 401)
}

/// A request that is given up after [`REQUEST_TIMEOUT`], from now on.
fn begin(address: &str) -> RequestBuilder {
    // `RequestBuilder` adds “&” to an address that has a query already. That is another address than the one that is preloaded.
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs = url::decode_pairs(query);
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value));
    RequestBuilder::new(path).query(pairs).abort_signal(Some(&clock::abort_after(REQUEST_TIMEOUT)))
}

fn build(call: &Call, token: Option<&str>, visitor: Option<&str>) -> Result<Request, Error> {
    let mut builder = begin(&call.path).method(call.method.clone());
    if call.body.is_some() {
        builder = builder.header("content-type", call.content_type);
    }
    if let Some(token) = token {
        builder = builder.header("authorization", &["Bearer ", token].concat());
    }
    if let Some(key) = visitor {
        builder = builder.header(VISITOR_KEY, key);
    }
    if let Some(revision) = call.if_match {
        builder = builder.header("if-match", &format!("\"{revision}\""));
    }
    match &call.body {
        Some(Body::Text(text)) => builder.body(text.as_str()),
        Some(Body::File(file)) => builder.body(file.blob()),
        None => builder.build(),
    }
}

async fn send_once(request: Result<Request, Error>) -> Result<RawResponse, ApiError> {
    let response = request.map_err(|_| ApiError::Unreachable)?.send().await.map_err(|_| ApiError::Unreachable)?;
    if let Some(version) = response.headers().get(protocol::VERSION_HEADER).and_then(|version| version.parse().ok()) {
        version::note(version);
    }
    let next = response.headers().get("link").and_then(|link| next_page(&link));
    let body = response.text().await.map_err(|_| ApiError::Unreachable)?;
    Ok(RawResponse { status: response.status(), body, next })
}

/// The file of an answer. A refusal is no file, but an envelope like all others.
fn file_of(response: RawResponse) -> Result<String, ApiError> {
    if (200..300).contains(&response.status) {
        Ok(response.body)
    } else {
        Err(open_envelope(&response).err().unwrap_or(ApiError::Unexpected { status: response.status }))
    }
}

/// The data of an answer, still untyped: only the caller knows the type. All types are read from a `Value`, as those of the live topics,
/// so that serde's code for a type is compiled for one deserializer.
fn open_envelope(response: &RawResponse) -> Result<Value, ApiError> {
    let RawResponse { status, body, .. } = response;
    let unexpected = ApiError::Unexpected { status: *status };
    let Ok(envelope) = serde_json::from_str::<Envelope<Value>>(body) else { return Err(unexpected) };
    match envelope.errors.is_empty() {
        false => Err(ApiError::Rejected { status: *status, errors: envelope.errors }),
        true if (200..300).contains(status) => Ok(envelope.data),
        true => Err(unexpected),
    }
}

#[cfg(test)]
mod tests {
    use domain::validation::Violation;
    use protocol::envelope::{self, ErrorBody};

    use super::*;

    fn open(status: u16, body: &str) -> Result<String, ApiError> {
        open_envelope(&response(status, body)).map(|data| data.to_string())
    }

    #[test]
    fn data_come_out_of_the_envelope() {
        assert_eq!(open(200, r#"{"data":7,"errors":[]}"#).as_deref(), Ok("7"));
        assert_eq!(open(200, r#"{"data":null,"errors":[]}"#).as_deref(), Ok("null"));
    }

    #[test]
    fn a_rejection_says_what_the_server_said_and_about_which_property() {
        let violation = Violation::new("id", "a", "length", "Too short.");
        let body = serde_json::to_string(&ErrorBody::from(envelope::ApiError::from(violation))).unwrap();
        let error = open(400, &body).unwrap_err();
        assert_eq!(error.to_string(), "Too short.");
        assert_eq!(error.about("id").as_deref(), Some("Too short."));
        assert_eq!(error.about("description"), None);
    }

    #[test]
    fn what_is_none_of_the_apis_answers_is_unexpected() {
        for (status, body) in
            [(502, "<html>"), (429, ""), (404, "nothing"), (200, "<html>"), (500, r#"{"data":1,"errors":[]}"#)]
        {
            assert_eq!(open(status, body), Err(ApiError::Unexpected { status }));
        }
    }

    fn response(status: u16, body: &str) -> RawResponse {
        RawResponse { status, body: body.to_owned(), next: None }
    }

    #[test]
    fn the_next_page_is_where_the_link_says() {
        let link = r#"</v1/items/a/history?cursor=7>; rel="next""#;
        assert_eq!(next_page(link).as_deref(), Some("/v1/items/a/history?cursor=7"));
        for other in ["", "</style.css>; rel=\"preload\"", "/v1/items; rel=\"next\"", "<unfinished"] {
            assert_eq!(next_page(other), None, "{other}");
        }
    }

    #[test]
    fn a_call_carries_what_it_was_given() {
        let call = Call::patch("/v1/tables/lobby").json(&serde_json::json!({"a": 1})).if_match(Some(7));
        assert_eq!((call.method, call.path.as_str(), call.if_match), (Method::PATCH, "/v1/tables/lobby", Some(7)));
        assert_eq!(call.content_type, "application/json");
        assert!(matches!(call.body, Some(Body::Text(text)) if text == r#"{"a":1}"#));
        let read = Call::get("/v1/tables").if_match(None);
        assert_eq!((read.method, read.body.is_none(), read.if_match), (Method::GET, true, None));
    }

    #[test]
    fn only_a_refused_token_is_replaced_and_the_request_sent_again() {
        assert!(is_unauthenticated(&Ok(response(401, ""))));
        for status in [200, 400, 403, 404, 500] {
            assert!(!is_unauthenticated(&Ok(response(status, ""))), "{status}");
        }
        assert!(!is_unauthenticated(&Err(ApiError::Unreachable)), "it may have been done");
    }

    #[test]
    fn a_file_is_given_as_it_is() {
        assert_eq!(file_of(response(200, "a;b\n")).as_deref(), Ok("a;b\n"));
        assert_eq!(file_of(response(502, "<html>")), Err(ApiError::Unexpected { status: 502 }));
        let strange = file_of(response(500, r#"{"data":1,"errors":[]}"#));
        assert_eq!(strange, Err(ApiError::Unexpected { status: 500 }), "an error page is never saved as a file");
    }

    #[test]
    fn a_refused_file_says_why() {
        let refused = envelope::ApiError::new(envelope::ErrorCode::Forbidden, "Only the host can export.");
        let body = serde_json::to_string(&ErrorBody::from(refused)).unwrap();
        let error = file_of(response(403, &body)).unwrap_err();
        assert_eq!((error.status(), error.to_string().as_str()), (403, "Only the host can export."));
    }

    #[test]
    fn every_success_is_one() {
        for status in [200, 201, 202, 299] {
            assert_eq!(open(status, r#"{"data":[],"errors":[]}"#).as_deref(), Ok("[]"), "{status}");
        }
        for status in [199, 300, 304] {
            assert!(open(status, r#"{"data":[],"errors":[]}"#).is_err(), "{status}");
        }
    }
}
