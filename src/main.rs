//! Rally's site: a Leptos single-page application.
//!
//! | module | what it holds |
//! |---|---|
//! | `app`, `routes` | contexts, the frame around the pages, addresses, lazily loaded pages |
//! | `features` | a folder for each feature: pages, components, view models, texts |
//! | `ui` | components and hooks that know no feature |
//! | `live` | topics as typed stores, over the live connection |
//! | `api` | the typed HTTP client |
//! | `auth` | the session: members, guests, visitors |
//! | `notifications` | alerts, push, toasts, announcements |
//! | `platform` | the browser's interfaces |
//! | `format` | durations, counts, local times |

#![allow(unreachable_pub, reason = "the macro of Leptos makes a public function of each component")]

mod api;
mod app;
mod auth;
mod features;
mod format;
mod live;
mod notifications;
mod paths;
mod platform;
mod routes;
mod ui;

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::platform::{page, url};

/// The element of index.html that shows the site's frame until the application takes over.
const SHELL: &str = "shell";

fn main() {
    // A panic is a bug: while the site is being worked on, the console says where.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    // Not Leptos's: its executor is set up by `mount_to_body`.
    spawn_local(async {
        // The first page's code is awaited, so that the frame of index.html stays until there is a page in its place.
        let path = url::path();
        let (settings, ()) = futures::future::join(api::settings::settings(), routes::preload(&path)).await;
        page::remove_element(SHELL);
        mount_to_body(move || view! { <App settings/> });
    });
}
