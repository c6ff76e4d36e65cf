//! The application: the contexts that all pages share, and the frame around the page.

mod account_corner;
mod connection_pill;
mod expired_dialog;
mod header;
pub(crate) mod jump;
mod new_version;
mod prefetch;
mod progress_bar;
pub(crate) mod sections;
pub(crate) mod shortcuts;
pub(crate) mod texts;
pub(crate) mod theme;

use domain::topic::Topic;
use leptos::prelude::*;
use leptos_router::components::Router;
use leptos_router::hooks::use_location;
use protocol::settings::Settings;

use crate::auth::Session;
use crate::live::{ConnectionStatus, Live};
use crate::notifications::{
    Announcer, AnnouncerRegion, Deletions, Notifications, NotifyInPage, PermissionDialog, Toaster, ToasterRegion,
    listen_to_worker,
};
use crate::paths::Path;
use crate::platform::{focus, scroll, url};
use crate::routes::{LoadingPages, Routes};
use crate::ui::{Now, provide_navigation_focus};

use connection_pill::ConnectionPill;
use expired_dialog::ExpiredDialog;
use header::Header;
use jump::{Jump, JumpDialog};
use new_version::NewVersion;
use progress_bar::ProgressBar;
use shortcuts::Shortcuts;
use theme::ThemeChoice;

/// The application, with the settings of this deployment.
#[component]
pub(crate) fn App(settings: Settings) -> impl IntoView {
    let path = Path::parse(&url::path());
    let now = Now::start();
    provide_context(now);
    let live = Live::start(&settings, path.as_ref().is_some_and(Path::is_personal), now.device());
    provide_context(live);
    if path == Some(Path::Tables) {
        // Its preload is named beside the page's chunks in Cargo.toml: mostly it is there already.
        live.read_early(Topic::Tables);
    }
    provide_context(Announcer::new());
    let toaster = Toaster::new();
    provide_context(toaster);
    let session = Session::start(&settings);
    provide_context(session);
    provide_context(Notifications::start(session, toaster));
    provide_context(ThemeChoice::load());
    provide_context(Shortcuts::load());
    provide_context(Jump::new());
    provide_context(Deletions::start(toaster));
    provide_context(LoadingPages(RwSignal::new(0)));
    provide_navigation_focus();
    scroll::record();
    view! { <Router><Frame/></Router> }
}

/// What surrounds the page.
#[component]
fn Frame() -> impl IntoView {
    let live = expect_context::<Live>();
    let pathname = use_location().pathname;
    let path = Memo::new(move |_| pathname.with(|path| Path::parse(path)));
    follow_user(path);
    retry_after_reconnect();
    listen_to_worker();
    prefetch::start();
    // By hand: the router takes the click on a link within the page, and the browser would then move no focus.
    let skip = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        _ = focus::focus("#content");
    };
    let is_stale = move || live.status().get().is_stale().then_some("");
    let is_bare = Memo::new(move |_| path.with(|path| path.as_ref().is_some_and(Path::is_bare)));
    view! {
        <a class="skip" href="#content" on:click=skip>{texts::SKIP}</a>
        <ProgressBar/>
        <div hidden=is_bare><Header path/></div>
        <ConnectionPill/>
        <NewVersion/>
        <main id="content" tabindex="-1" data-stale=is_stale data-bare=move || is_bare.get().then_some("")>
            <Routes/>
        </main>
        <JumpDialog/>
        <ExpiredDialog/>
        <ToasterRegion/>
        <PermissionDialog/>
        <NotifyInPage/>
        <AnnouncerRegion/>
    }
}

/// Keeps the connection the user's, where the page depends on them.
fn follow_user(path: Memo<Option<Path>>) {
    let (session, live) = (expect_context::<Session>(), expect_context::<Live>());
    let jump = expect_context::<Jump>();
    let room = Memo::new(move |_| path.with(|path| path.as_ref().and_then(Path::room).cloned()));
    Effect::new(move |_| session.set_room(room.get()));
    Effect::new(move |shown: Option<Option<Option<_>>>| {
        let shown = shown.flatten();
        // What the dialog finds depends on the user, whatever the page is.
        let is_personal = jump.is_open() || path.with(|path| path.as_ref().is_some_and(Path::is_personal));
        if !session.is_settled() {
            return shown;
        }
        let person = session.person().map(|person| person.id);
        // A public page needs no other connection than there is; but after a sign-out it is a visitor's at once.
        let next = if is_personal || person.is_none() { Some(person) } else { shown.clone() };
        if let Some(person) = next.clone().filter(|_| next != shown) {
            live.set_identity(person);
        }
        next
    });
}

/// When the server can be reached again, repeats the requests that failed: the account, and the user's notifications.
fn retry_after_reconnect() {
    let (session, live) = (expect_context::<Session>(), expect_context::<Live>());
    let notifications = expect_context::<Notifications>();
    Effect::new(move |_| {
        if live.status().get() == ConnectionStatus::Live {
            session.retry();
            notifications.retry();
        }
    });
}
