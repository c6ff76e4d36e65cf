//! One HTTP request and its answer. Never knows what they mean.

use domain::wire::notifications::VISITOR_KEY;
use js_sys::JsString;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// An answer that takes longer, in milliseconds, is no longer waited for.
const PATIENCE: u32 = 15_000;

/// What is asked.
pub(crate) struct Request<'a> {
    /// `GET`, `POST`, …
    pub(crate) method: &'a str,
    /// The address: a path on the site's own host, or a whole one.
    pub(crate) path: &'a str,
    /// What to send.
    pub(crate) body: Option<&'a str>,
    /// What that is: `application/json`, …
    pub(crate) content_type: &'a str,
    /// Who asks, as a bearer token (RFC 6750).
    pub(crate) bearer: Option<&'a str>,
    /// By what the server knows this browser, if nobody is signed in.
    pub(crate) visitor: Option<&'a str>,
    /// The revision that the change is meant for.
    pub(crate) revision: Option<u64>,
}

/// What came back, whatever its status.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
}

/// Sends a request; `None` if no answer came.
pub(crate) async fn send(request: &Request<'_>) -> Option<Answer> {
    exchange(request).await.ok()
}

async fn exchange(request: &Request<'_>) -> Result<Answer, JsValue> {
    let window = super::window().ok_or(JsValue::NULL)?;
    let headers = Headers::new()?;
    let options = RequestInit::new();
    options.set_method(request.method);
    options.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    if let Some(body) = request.body {
        headers.set("content-type", request.content_type)?;
        options.set_body(&body.into());
    }
    if let Some(bearer) = request.bearer {
        headers.set("authorization", &format!("Bearer {bearer}"))?;
    }
    if let Some(visitor) = request.visitor {
        headers.set(VISITOR_KEY, visitor)?;
    }
    if let Some(revision) = request.revision {
        headers.set("if-match", &format!("\"{revision}\""))?;
    }
    options.set_headers(&headers);
    let response = JsFuture::from(window.fetch_with_str_and_init(request.path, &options)).await?;
    let response: Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok(Answer { status: response.status(), body: text.unchecked_into::<JsString>().into() })
}
