//! The API against its own description.

use std::path::PathBuf;

/// A few requests for each operation, the same each time; `cargo xtask fuzz` asks more.
#[tokio::test]
async fn answers_are_as_the_description_says() {
    let program = std::env::var_os("RALLY_SCHEMATHESIS").unwrap_or_else(|| "schemathesis".into());
    let (status, said) = journeys::schema::check(&PathBuf::from(program), 2, Some(1)).await.unwrap();
    assert!(status.success(), "{said}");
}
