//! Serves the site's files.

use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode, Uri};
use serde_json::{Map, Value};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::issuer;
use crate::settings::SignIn;

/// The cache header of a file whose name has a content hash: its content never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// All other files are revalidated on each request, with 304 if they are unchanged.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Hexadecimal digits of a content hash in a name.
const HASH_LENGTH: usize = 16;

/// The site's files, and the `/config.json` of this deployment.
#[derive(Debug, Clone)]
pub struct SiteFiles {
    directory: PathBuf,
    issuer: String,
    client_id: String,
    broker: Option<String>,
}

impl SiteFiles {
    /// The files in this directory, with these settings for signing in. Public topics come from the broker at this address, if there is
    /// one.
    pub fn new(directory: PathBuf, sign_in: &SignIn, broker: Option<String>) -> Self {
        let (issuer, client_id) = match sign_in {
            // A path: the sign-in is at the same host name as the page.
            SignIn::Own { .. } => (issuer::PATH.to_owned(), issuer::CLIENT_ID.to_owned()),
            SignIn::Other { issuer, client_id } => (issuer.clone(), client_id.clone()),
        };
        Self { directory, issuer, client_id, broker }
    }

    /// The broker's address.
    pub fn broker(&self) -> Option<&str> {
        self.broker.as_deref()
    }

    /// Scheme and host of the issuer, if it is at another host.
    pub fn other_issuer(&self) -> Option<String> {
        let (scheme, rest) = self.issuer.split_once("://")?;
        let host = rest.split('/').next().filter(|host| !host.is_empty())?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        host.bytes().all(is_plain).then(|| format!("{scheme}://{host}"))
    }

    /// The built settings, with those that only the server knows.
    fn config(&self) -> String {
        let text = std::fs::read(self.directory.join("config.json")).unwrap_or_default();
        let mut settings: Map<String, Value> = serde_json::from_slice(&text).unwrap_or_default();
        settings.insert("issuer".to_owned(), self.issuer.as_str().into());
        settings.insert("clientId".to_owned(), self.client_id.as_str().into());
        settings.insert("broker".to_owned(), self.broker.is_some().into());
        Value::Object(settings).to_string()
    }
}

/// A router over these files.
pub fn router(files: SiteFiles) -> Router {
    Router::new().fallback(serve).with_state(files)
}

async fn serve(State(files): State<SiteFiles>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if path == "/config.json" {
        return ([(CACHE_CONTROL, REVALIDATE), (CONTENT_TYPE, JSON)], files.config()).into_response();
    }
    let directory = files.directory;
    let mut page = Request::new(Body::empty());
    (*page.method_mut(), *page.headers_mut()) = (request.method().clone(), request.headers().clone());
    *page.uri_mut() = Uri::from_static("/index.html");
    let files = ServeDir::new(&directory).precompressed_br().append_index_html_on_directories(false);
    let mut response = serve_file(&files, request).await;
    let is_lasting = response.status() != StatusCode::NOT_FOUND && is_hashed(&path);
    // A segment of a page's path, such as an item's key, may not be a valid file name.
    let has_no_file = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::INTERNAL_SERVER_ERROR);
    if has_no_file && is_page(&path) {
        if !directory.join("index.html").is_file() {
            return missing_site(&directory);
        }
        // The page parses the rest of the address by itself.
        response = serve_file(&files, page).await;
    }
    response.headers_mut().insert(CACHE_CONTROL, if is_lasting { FOREVER } else { REVALIDATE });
    response
}

async fn serve_file(files: &ServeDir, request: Request) -> Response {
    match files.clone().oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn missing_site(directory: &std::path::Path) -> Response {
    let message =
        format!("There is no site in {} yet. `cargo xtask serve` builds it and serves it here.\n", directory.display());
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, REVALIDATE)], message).into_response()
}

/// Whether a path without a file of its own is a page of the site. Files are in `assets/`, or have a dot in their name and are beside
/// `index.html`; a missing file is not a page, since a program that requests one must not get a page of HTML. All other paths are
/// pages, whatever their ending: an item's key may contain dots, so `/items/s3:bucket:style.css` is a page. The function `Pages` of
/// `infra/template.yaml` decides in the same way.
fn is_page(path: &str) -> bool {
    let is_root_file = path.matches('/').count() == 1 && path.contains('.');
    !path.starts_with("/assets/") && !is_root_file
}

/// Whether a name contains a content hash, as the build writes it: `rally-0123456789abcdef_bg.wasm`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('-').skip(1).any(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits == HASH_LENGTH && matches!(part.as_bytes().get(digits), Some(b'.' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The template's function for pages and its upload are tested with the same cases (`infra/template/check.py`).
    #[test]
    fn each_path_is_a_page_or_a_file_and_is_cached_by_its_hash() {
        let cases: Vec<Value> = serde_json::from_str(include_str!("../../template/paths.json")).unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let path = case["path"].as_str().unwrap();
            assert_eq!(
                (&case["isPage"], &case["isHashed"]),
                (&is_page(path).into(), &is_hashed(path).into()),
                "{path}"
            );
        }
    }
}
