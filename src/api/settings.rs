//! The deployment's settings.

use protocol::settings::Settings;

use super::send_raw;

/// Reads `/config.json`. If it cannot be had or read, the defaults are the best guess: a deployment of one host.
pub(crate) async fn settings() -> Settings {
    match send_raw("/config.json").await {
        Ok(response) => serde_json::from_str(&response.body).unwrap_or_default(),
        Err(_) => Settings::default(),
    }
}
