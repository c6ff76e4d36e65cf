//! The main address: the site, the API and the headers.

use std::fs;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use emulator::StartError;
use emulator::data::Storage;
use local::Local;
use reqwest::{Client, Response};

use crate::support::*;

async fn with_site() -> (Local, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>"),
        ("config.json", "{}"),
        ("version.json", "{}"),
        ("sw.js", "self"),
        ("theme.js", "document"),
        ("assets/rally-0123456789abcdef.js", "import"),
        ("assets/rally.js", "import"),
        ("rally-0123456789abcdef_bg.wasm", "wasm"),
        ("rally-0123456789abcdef_bg.wasm.br", "brotli"),
    ] {
        fs::write(directory.path().join(name), content).unwrap();
    }
    let mut stub = Stub::default();
    stub.settings.site = directory.path().to_owned();
    stub.api = Router::new()
        .route("/v1/who", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
        .fallback(async || "nothing");
    (stub.start().await, directory)
}

async fn fetch(local: &Local, path: &str) -> Response {
    Client::new().get(format!("http://{}{path}", local.address())).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn pages_files_and_hashed_files_have_their_cache_headers() {
    let (local, _site) = with_site().await;
    for (path, status, cache) in [
        ("/", 200, "no-cache"),
        ("/tables/kitchen", 200, "no-cache"),
        ("/items/a.b", 200, "no-cache"),
        ("/items/theme.js", 200, "no-cache"),
        ("/items/s3:datasets:style.css", 200, "no-cache"),
        ("/index.html", 200, "no-cache"),
        ("/config.json", 200, "no-cache"),
        ("/version.json", 200, "no-cache"),
        ("/sw.js", 200, "no-cache"),
        ("/theme.js", 200, "no-cache"),
        ("/assets/rally.js", 200, "no-cache"),
        ("/assets/rally-0123456789abcdef.js", 200, "public, max-age=31536000, immutable"),
        ("/rally-0123456789abcdef_bg.wasm", 200, "public, max-age=31536000, immutable"),
        ("/missing-0123456789abcdef.js", 404, "no-cache"),
        ("/missing.png", 404, "no-cache"),
        ("/assets/missing", 404, "no-cache"),
        ("/../Cargo.toml", 404, "no-cache"),
    ] {
        let response = fetch(&local, path).await;
        assert_eq!((response.status().as_u16(), header(&response, "cache-control")), (status, cache), "{path}");
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';") && policy.contains("connect-src 'self';"));
        assert!(!policy.contains("unsafe-inline"));
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "cross-origin-opener-policy"), "same-origin");
    }
    for path in ["/tables/kitchen", "/items/theme.js"] {
        let page = fetch(&local, path).await;
        assert_eq!(header(&page, "content-type"), "text/html", "{path}");
        assert_eq!(page.text().await.unwrap(), "<!doctype html>", "{path}");
    }
}

#[tokio::test]
async fn a_client_that_accepts_brotli_gets_the_compressed_file() {
    let (local, _site) = with_site().await;
    let address = format!("http://{}/rally-0123456789abcdef_bg.wasm", local.address());
    let compressed = Client::new().get(&address).header("accept-encoding", "gzip, br").send().await.unwrap();
    assert_eq!(header(&compressed, "content-encoding"), "br");
    assert_eq!(header(&compressed, "content-type"), "application/wasm");
    assert_eq!(compressed.text().await.unwrap(), "brotli");
    let plain = Client::new().get(&address).send().await.unwrap();
    assert_eq!(plain.text().await.unwrap(), "wasm");
}

#[tokio::test]
async fn a_page_is_never_immutable_and_its_path_may_be_longer_than_a_file_name() {
    let (local, _site) = with_site().await;
    for path in ["/items/a-0123456789abcdef.b".to_owned(), format!("/items/{}", "a".repeat(256))] {
        let page = fetch(&local, &path).await;
        assert_eq!((page.status().as_u16(), header(&page, "cache-control")), (200, "no-cache"), "{path}");
    }
}

#[tokio::test]
async fn the_api_sees_the_callers_address() {
    let (local, _site) = with_site().await;
    assert_eq!(fetch(&local, "/v1/who").await.text().await.unwrap(), "127.0.0.1");
    assert_eq!(fetch(&local, "/v1").await.text().await.unwrap(), "nothing");
}

#[tokio::test]
async fn the_error_for_a_missing_site_names_the_build_command() {
    let mut stub = Stub::default();
    stub.settings.site = "/nowhere/at/all".into();
    let local = stub.start().await;
    let response = fetch(&local, "/").await;
    assert_eq!(response.status(), 404);
    assert!(response.text().await.unwrap().contains("cargo xtask serve"));
}

#[tokio::test]
async fn an_occupied_port_is_a_readable_error() {
    let first = Stub::default().start().await;
    let mut stub = Stub::default();
    stub.settings.address = first.address();
    let Err(error) = stub.try_start().await else { panic!("it started") };
    assert!(matches!(error, StartError::AddressTaken { .. }));
    let expected = format!("{} is taken by another program. Choose another address with --address.", first.address());
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_directory_in_use_is_a_readable_error() {
    let directory = tempfile::tempdir().unwrap();
    let stub = || {
        let mut stub = Stub::default();
        stub.settings.storage = Storage::Directory(directory.path().to_owned());
        stub
    };
    let first = stub().start().await;
    let Err(error) = stub().try_start().await else { panic!("it started") };
    assert!(error.to_string().contains("is in use by another server"), "{error}");
    first.shutdown().await;
    stub().start().await.shutdown().await;
}
