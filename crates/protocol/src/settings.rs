//! The settings in `/config.json`, which the site reads at its start, so that one build serves every deployment. They are public.

use serde::{Deserialize, Serialize};

/// The site's settings at run time. What is left out has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Where the live connection goes: an address, or a path on the site's own host.
    pub live: String,
    /// Whether public topics come from a broker for large audiences instead of the live connection.
    pub broker: bool,
    /// How often a visible page sends a ping, in seconds.
    pub visible_ping_seconds: u32,
    /// The same while the page is hidden. API Gateway closes idle connections after 10 minutes, so 9 at most.
    pub hidden_ping_seconds: u32,
    /// The sign-in: the address of an OpenID Connect issuer, or a path on the site's own host; empty if there is none.
    pub issuer: String,
    /// The client id of this site at the issuer.
    pub client_id: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            live: "/live".to_owned(),
            broker: false,
            visible_ping_seconds: 60,
            hidden_ping_seconds: 540,
            issuer: String::new(),
            client_id: String::new(),
        }
    }
}

impl Settings {
    /// The address of the issuer for a page at `origin`; `None` if this deployment has no sign-in.
    pub fn issuer_address(&self, origin: &str) -> Option<String> {
        match self.issuer.as_str() {
            "" => None,
            path if path.starts_with('/') => Some(format!("{origin}{path}")),
            address => Some(address.trim_end_matches('/').to_owned()),
        }
    }

    /// The address of the live connection for a page at `origin` (`https://example.org`).
    pub fn live_address(&self, origin: &str) -> String {
        if self.live.starts_with('/') {
            // https becomes wss, http becomes ws.
            format!("{}{}", origin.replacen("http", "ws", 1), self.live)
        } else {
            self.live.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let settings: Settings = serde_json::from_str(r#"{"visiblePingSeconds":5,"unknown":1}"#).unwrap();
        assert_eq!((settings.visible_ping_seconds, settings.hidden_ping_seconds), (5, 540));
    }

    #[test]
    fn a_path_is_on_the_sites_own_host() {
        let settings = Settings::default();
        assert_eq!(settings.live_address("https://rally.example"), "wss://rally.example/live");
        assert_eq!(settings.live_address("http://127.0.0.1:8080"), "ws://127.0.0.1:8080/live");
        let settings = Settings { live: "wss://live.example/prod".to_owned(), ..settings };
        assert_eq!(settings.live_address("https://rally.example"), "wss://live.example/prod");
    }
}
