//! What is on top of every page: the name, the ways to the other pages, how the connection is. index.html shows the same
//! before the site has started.

use leptos::prelude::*;

use super::connection_pill::ConnectionPill;
use crate::routes::Route;
use crate::state::live::Link;

/// The header.
#[component]
pub(crate) fn SiteHeader(
    /// The page that is shown.
    #[prop(into)]
    route: Signal<Route>,
    /// Whether the way to the admin page is shown.
    #[prop(into)]
    is_admin: Signal<bool>,
    /// How the connection is.
    #[prop(into)]
    link: Signal<Link>,
    /// The time that what is shown is from.
    #[prop(into)]
    heard: Signal<String>,
    /// Wants to connect now.
    #[prop(into)]
    on_try: Callback<()>,
) -> impl IntoView {
    let entry = move |to: Route, text: &'static str| {
        let address = to.to_string();
        let current = move || (route.get() == to).then_some("page");
        view! {
            <a href=address aria-current=current>
                {text}
            </a>
        }
    };
    let admin = move || is_admin.get().then(|| entry(Route::Admin, "Admin"));
    view! {
        <header class="site-header">
            <a class="site-name" href="/">
                <span class="site-ball" aria-hidden="true"></span>
                "Rally"
            </a>
            <nav aria-label="Pages">
                {entry(Route::Tables, "Tables")} {entry(Route::Settings, "Settings")} {admin}
            </nav>
            <ConnectionPill link heard on_try />
        </header>
    }
}
