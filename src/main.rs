//! Rally's site. Starts it: takes the settings, and puts the app where index.html has shown its like until now.

#![cfg_attr(
    not(all(feature = "front", feature = "desk", feature = "office")),
    allow(dead_code, unused_imports, reason = "one document has some of the pages")
)]

mod app;
mod browser;
mod components;
mod pages;
mod reactive;
mod routes;
mod state;

use domain::wire::read::Read;
use domain::wire::settings::Settings;

use crate::app::app;
use crate::browser::{early, element};

fn main() {
    // The settings are here already, as a rule: public/early.js has asked for them before this was loaded.
    browser::run(async {
        let settings = early::settings().await.and_then(|text| Settings::read(&serde_json::from_str(&text).ok()?));
        reactive::start(|| element::show(app(&settings.unwrap_or_default())));
    });
}
