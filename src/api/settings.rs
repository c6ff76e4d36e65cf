//! The deployment's settings and version.

use protocol::settings::Settings;

use serde::Deserialize;

use super::{ApiError, send_raw};

/// Reads `/config.json`. If it cannot be had or read, the defaults are the best guess: a deployment of one host.
pub(crate) async fn settings() -> Settings {
    match send_raw("/config.json").await {
        Ok(response) => serde_json::from_str(&response.body).unwrap_or_default(),
        Err(_) => Settings::default(),
    }
}

/// The version of the site that is deployed now.
pub(crate) async fn version() -> Result<String, ApiError> {
    #[derive(Deserialize)]
    struct Version {
        version: String,
    }
    let response = send_raw("/version.json").await?;
    let unexpected = ApiError::Unexpected { status: response.status };
    serde_json::from_str::<Version>(&response.body).map(|version| version.version).map_err(|_| unexpected)
}
