//! The site as a whole: what all pages share, and which page is shown.

use domain::wire::settings::Settings;
use leptos::prelude::*;

use crate::browser::{navigation, page};
use crate::components::site_header::SiteHeader;
use crate::pages::admin::AdminPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::settings::SettingsPage;
use crate::pages::table::TablePage;
use crate::pages::tables::TablesPage;
use crate::routes::Route;
use crate::state::live::{Link, Live};
use crate::state::news::News;
use crate::state::session::Session;
use crate::state::theme::ThemeChoice;
use crate::state::ticking::{Clock, local};

/// The site.
#[component]
pub(crate) fn App(
    /// What this deployment has set.
    settings: Settings,
) -> impl IntoView {
    let (clock, news, session) = (Clock::start(), News::new(), Session::start());
    let live = Live::start(&settings, settings.live_address(&navigation::origin()));
    provide_context(clock);
    provide_context(news);
    provide_context(session);
    provide_context(live);
    provide_context(ThemeChoice::load());

    let path = RwSignal::new(navigation::path());
    navigation::listen(move |arrived| path.set(arrived));
    let route = Memo::new(move |_| Route::parse(&path.read()));
    Effect::new(move |before: Option<Route>| {
        let now = route.get();
        // On the first page the focus is the browser's own affair.
        if before.is_some_and(|before| before != now) {
            page::focus_heading();
        }
        now
    });

    let link = live.link(clock.now());
    let heard = Signal::derive(move || local(live.heard().get()).clock());
    let is_stale = move || matches!(link.get(), Link::Waiting(_) | Link::Reconnecting | Link::Offline).then_some("true");
    let shown = move || match route.get() {
        Route::Tables => view! { <TablesPage /> }.into_any(),
        Route::Table(id) => view! { <TablePage id /> }.into_any(),
        Route::Admin => view! { <AdminPage /> }.into_any(),
        Route::Settings => view! { <SettingsPage /> }.into_any(),
        Route::NotFound => view! { <NotFoundPage /> }.into_any(),
    };
    view! {
        <a class="skip" href="#content">
            "Skip to the content"
        </a>
        <SiteHeader
            route=route
            is_admin=session.is_admin()
            link
            heard
            on_try=move |()| live.try_now()
        />
        <main id="content" tabindex="-1" data-stale=is_stale>
            {shown}
        </main>
        <p class="unseen" role="status">
            {move || news.sentence().get()}
        </p>
    }
}
