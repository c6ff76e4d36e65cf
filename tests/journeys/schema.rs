//! The API against its own description.

use std::path::PathBuf;

/// The boundary cases of the description; `cargo xtask fuzz` generates more.
#[tokio::test]
async fn answers_are_as_the_description_says() {
    let program = std::env::var_os("RALLY_SCHEMATHESIS").unwrap_or_else(|| "schemathesis".into());
    let (status, said) = conformance::schema::check(&PathBuf::from(program), None).await.unwrap();
    assert!(status.success(), "{said}");
}
