//! The site as a whole: what all pages share, and which page is shown.

use domain::wire::settings::Settings;

use crate::browser::element::{Element, el, el_class};
use crate::browser::{navigation, page};
use crate::components::site_header::site_header;
use crate::pages::admin::admin_page;
use crate::pages::not_found::not_found_page;
use crate::pages::settings::settings_page;
use crate::pages::table::table_page;
use crate::pages::tables::tables_page;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::live::{Link, Live};
use crate::state::news::News;
use crate::state::session::Session;
use crate::state::theme::ThemeChoice;
use crate::state::ticking::{Clock, local};

/// The site, with what this deployment has set.
pub(crate) fn app(settings: &Settings) -> Vec<Element> {
    let live = Live::start(settings, settings.live_address(&navigation::origin()));
    let (clock, news, session, theme) = (Clock::start(), News::new(), Session::start(), ThemeChoice::load());
    let shared = Shared { clock, live, news, session, theme };
    let route = follow_address();
    let link = live.link(clock.now());
    let is_stale = move || matches!(link.get(), Link::Waiting(_) | Link::Reconnecting | Link::Offline);
    let heard = move || local(live.heard().get()).clock();
    vec![
        el_class("a", "skip").set("href", "#content").text("Skip to the content"),
        site_header(route, move || session.is_admin(), link, heard, move || live.try_now()),
        el("main")
            .set("id", "content")
            .set("tabindex", "-1")
            .live_flag("data-stale", is_stale)
            .part(move || route.get(), move |route| Some(page_at(route, shared))),
        el_class("p", "unseen").set("role", "status").live_text(move || news.sentence().get()),
    ]
}

fn follow_address() -> ReadSignal<Route> {
    let route = RwSignal::new(Route::parse(&navigation::path()));
    navigation::listen(move |path| {
        let next = Route::parse(&path);
        if next != route.get_untracked() {
            route.set(next);
            page::focus_heading();
        }
    });
    route.read_only()
}

fn page_at(route: &Route, shared: Shared) -> Element {
    match route {
        Route::Tables => tables_page(shared),
        Route::Table(id) => table_page(shared, id.clone()),
        Route::Admin => admin_page(shared),
        Route::Settings => settings_page(shared),
        Route::NotFound => not_found_page(),
    }
}
