//! Rally's site. Starts it: takes the settings, and puts the app where index.html has shown its like until now.

#![allow(unreachable_pub, reason = "Leptos's component macro writes `pub` for whatever visibility it is given")]

mod app;
mod browser;
mod components;
mod pages;
mod routes;
mod state;

use domain::wire::settings::Settings;
use leptos::mount::mount_to_body;
use leptos::prelude::*;

use crate::app::App;
use crate::browser::{early, page};

fn main() {
    // The settings are here already, as a rule: public/early.js has asked for them before this was loaded.
    browser::run(async {
        let settings = early::settings().await.and_then(|text| serde_json::from_str::<Settings>(&text).ok());
        page::remove_shell();
        mount_to_body(|| view! { <App settings=settings.unwrap_or_default() /> });
    });
}
