//! Every address of the site, and the pages that are loaded when they are opened.
//!
//! With the feature `lazy` the pages' code is split off into chunks (see `docs/architecture.md`); without it all is in one module. A page is
//! shown by [`LazyPage`], which shows that the chunk is loading, and what to do if it cannot be loaded.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use domain::item::ItemKey;
use domain::room::RoomId;
use domain::table::TableId;
use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::hooks::use_params_map;
use leptos_router::path;
use percent_encoding::percent_decode_str;

use crate::api::LocalFuture;
use crate::auth::RETURN_PATH;
use crate::features::{admin, factories, host, items, jump, not_found, questions, rooms, settings, sign_in, tables};
use crate::notifications::AlertChoice;
use crate::platform::chunk::ChunkError;
use crate::ui::{EmptyState, PageHeading, PageSkeleton, PageTitle, hold_navigation_focus};

/// What stands after the `#` in the address of a host panel that opens the room's settings.
pub(crate) const SETTINGS_FRAGMENT: &str = "settings";

/// The address of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    /// All tables.
    Tables,
    /// One table.
    Table(TableId),
    /// All rooms.
    Rooms,
    /// One room, for its participants.
    Room(RoomId),
    /// One room, for its host.
    Host(RoomId),
    /// One room, for the projector.
    Projector(RoomId),
    /// A member's question library.
    Questions,
    /// All items.
    Items,
    /// One item.
    Item(ItemKey),
    /// The factory tree.
    Factories,
    /// Where the issuer leads back to.
    SignedIn,
    /// What admins do.
    Admin,
    /// The user's settings.
    Settings,
}

impl Path {
    /// The page at a path as the browser gives it; a slash at its end makes no difference. `None` if there is no such page.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        // Links that others write may encode what needs no encoding: `%40staff%3Arota`.
        let decoded = path.trim_matches('/').split('/').map(|part| percent_decode_str(part).decode_utf8().ok());
        let parts = decoded.collect::<Option<Vec<_>>>()?;
        let mut parts = parts.iter().map(Cow::as_ref);
        match (parts.next()?, parts.next(), parts.next(), parts.next()) {
            ("", None, ..) => Some(Self::Tables),
            ("rooms", None, ..) => Some(Self::Rooms),
            ("questions", None, ..) => Some(Self::Questions),
            ("items", None, ..) => Some(Self::Items),
            ("factories", None, ..) => Some(Self::Factories),
            ("admin", None, ..) => Some(Self::Admin),
            ("settings", None, ..) => Some(Self::Settings),
            (RETURN_SEGMENT, None, ..) => Some(Self::SignedIn),
            ("tables", Some(id), None, _) => id.parse().ok().map(Self::Table),
            ("items", Some(key), None, _) => key.parse().ok().map(Self::Item),
            ("rooms", Some(id), None, _) => id.parse().ok().map(Self::Room),
            ("rooms", Some(id), Some("control"), None) => id.parse().ok().map(Self::Host),
            ("rooms", Some(id), Some("screen"), None) => id.parse().ok().map(Self::Projector),
            _ => None,
        }
    }

    /// The room that the page is of.
    pub(crate) const fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Room(id) | Self::Host(id) | Self::Projector(id) => Some(id),
            _ => None,
        }
    }

    /// Whether what the page shows depends on the user, so that its connection must be theirs.
    pub(crate) const fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Rooms
                | Self::Room(_)
                | Self::Host(_)
                | Self::Projector(_)
                | Self::Questions
                | Self::Items
                | Self::Item(_)
                | Self::SignedIn
        )
    }

    /// The page of the section that the page belongs to: of a table's, all tables.
    pub(crate) fn section(&self) -> Self {
        match self {
            Self::Table(_) => Self::Tables,
            Self::Room(_) | Self::Host(_) | Self::Projector(_) => Self::Rooms,
            Self::Item(_) => Self::Items,
            other => other.clone(),
        }
    }

    /// Whether the page fills the screen, without the site's navigation.
    pub(crate) const fn is_bare(&self) -> bool {
        matches!(self, Self::Room(_) | Self::Host(_) | Self::Projector(_))
    }

    /// The page at this address.
    const fn page(&self) -> Page {
        match self {
            Self::Tables => TABLES,
            Self::Table(_) => TABLE,
            Self::Rooms => ROOMS,
            Self::Room(_) => ROOM,
            Self::Host(_) => HOST,
            Self::Projector(_) => PROJECTOR,
            Self::Questions => QUESTIONS,
            Self::Items => ITEMS,
            Self::Item(_) => ITEM,
            Self::Factories => FACTORIES,
            Self::SignedIn => SIGNED_IN,
            Self::Admin => ADMIN,
            Self::Settings => SETTINGS,
        }
    }
}

/// The path segment that the issuer leads back to.
const RETURN_SEGMENT: &str = "signed-in";

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables => formatter.write_str("/"),
            Self::Table(id) => write!(formatter, "/tables/{id}"),
            Self::Rooms => formatter.write_str("/rooms"),
            Self::Room(id) => write!(formatter, "/rooms/{id}"),
            Self::Host(id) => write!(formatter, "/rooms/{id}/control"),
            Self::Projector(id) => write!(formatter, "/rooms/{id}/screen"),
            Self::Questions => formatter.write_str("/questions"),
            Self::Items => formatter.write_str("/items"),
            Self::Item(key) => write!(formatter, "/items/{key}"),
            Self::Factories => formatter.write_str("/factories"),
            Self::SignedIn => formatter.write_str(RETURN_PATH),
            Self::Admin => formatter.write_str("/admin"),
            Self::Settings => formatter.write_str("/settings"),
        }
    }
}

/// A page whose code may be in a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// Loads its chunk.
    load: fn() -> LocalFuture<Result<(), ChunkError>>,
    /// Makes the view, once the chunk is loaded.
    render: fn() -> Result<AnyView, ChunkError>,
}

/// Declares a page: its constant, the function that makes its view, its chunk. Pages of one chunk name share a chunk.
macro_rules! page {
    ($page:ident, $chunk:ident, $render:ident, $preload:ident, $view:expr) => {
        #[cfg_attr(feature = "lazy", wasm_split_helpers::wasm_split($chunk, preload($preload), fallible))]
        fn $render() -> Result<AnyView, ChunkError> {
            Ok($view.into_any())
        }

        #[cfg(feature = "lazy")]
        pub(crate) const $page: Page = Page {
            load: || Box::pin(async { $preload().await.map_err(ChunkError::from) }),
            render: || $render().now_or_never().unwrap_or(Err(ChunkError)),
        };
        #[cfg(not(feature = "lazy"))]
        pub(crate) const $page: Page = Page { load: || Box::pin(async { Ok(()) }), render: $render };
    };
}

// In the main module: most visits begin here, and all of the page's parts but its cards are needed elsewhere, too.
const TABLES: Page =
    Page { load: || Box::pin(async { Ok(()) }), render: || Ok(view! { <tables::TablesPage/> }.into_any()) };

// A few chunks of pages that are visited together: each chunk more would multiply those that chunks share.
page!(TABLE, table, table, preload_table, with_param("id", |id| view! { <tables::TablePage id/> }.into_any()));
page!(ROOMS, rooms, rooms, preload_rooms, view! { <rooms::RoomsPage/> });
page!(ROOM, rooms, room, preload_room, with_param("id", |id| view! { <rooms::RoomPage id/> }.into_any()));
page!(HOST, host, host, preload_host, with_param("id", |id| view! { <host::HostPage id/> }.into_any()));
page!(
    PROJECTOR,
    host,
    projector,
    preload_projector,
    with_param("id", |id| view! { <host::ProjectorPage id/> }.into_any())
);
page!(QUESTIONS, questions, questions, preload_questions, view! { <questions::QuestionsPage/> });
page!(ITEMS, items, items, preload_items, view! { <items::ItemsPage/> });
page!(ITEM, items, item, preload_item, with_param("key", |key| view! { <items::ItemPage key/> }.into_any()));
page!(FACTORIES, factories, factories, preload_factories, view! { <factories::FactoriesPage/> });
page!(ADMIN, account, admin, preload_admin, view! { <admin::AdminPage/> });
page!(SETTINGS, account, settings, preload_settings, view! { <settings::SettingsPage/> });
page!(JUMP, questions, jump, preload_jump, view! { <jump::JumpList/> });
page!(POLL, questions, poll, preload_poll, view! { <host::PollForm/> });
page!(SIGNED_IN, account, signed_in, preload_signed_in, view! { <sign_in::SignedInPage/> });

/// Loads the form of a table's notifications: the page of all tables needs it only once a bell is pressed.
///
/// # Errors
/// The chunk of a table's page cannot be loaded.
pub(crate) async fn load_table_alert_form() -> Result<(), ChunkError> {
    #[cfg(feature = "lazy")]
    preload_table_alert_form().await?;
    Ok(())
}

/// The form, once it is loaded.
///
/// # Errors
/// It is not.
pub(crate) fn render_table_alert_form(choice: AlertChoice) -> Result<AnyView, ChunkError> {
    #[cfg(feature = "lazy")]
    return table_alert_form(choice).now_or_never().unwrap_or(Err(ChunkError));
    #[cfg(not(feature = "lazy"))]
    table_alert_form(choice)
}

#[cfg_attr(feature = "lazy", wasm_split_helpers::wasm_split(table, preload(preload_table_alert_form), fallible))]
fn table_alert_form(choice: AlertChoice) -> Result<AnyView, ChunkError> {
    Ok(view! { <tables::AlertForm choice/> }.into_any())
}

/// The site's routes.
#[component]
pub(crate) fn Routes() -> impl IntoView {
    view! {
        <FlatRoutes fallback=not_found::NotFoundPage>
            <Route path=path!("/") view=|| view! { <LazyPage page=TABLES/> }/>
            <Route path=path!("/tables/:id") view=|| view! { <LazyPage page=TABLE/> }/>
            <Route path=path!("/rooms") view=|| view! { <LazyPage page=ROOMS/> }/>
            <Route path=path!("/rooms/:id") view=|| view! { <LazyPage page=ROOM/> }/>
            <Route path=path!("/rooms/:id/control") view=|| view! { <LazyPage page=HOST/> }/>
            <Route path=path!("/rooms/:id/screen") view=|| view! { <LazyPage page=PROJECTOR/> }/>
            <Route path=path!("/questions") view=|| view! { <LazyPage page=QUESTIONS/> }/>
            <Route path=path!("/items") view=|| view! { <LazyPage page=ITEMS/> }/>
            <Route path=path!("/items/:key") view=|| view! { <LazyPage page=ITEM/> }/>
            <Route path=path!("/factories") view=|| view! { <LazyPage page=FACTORIES/> }/>
            <Route path=path!("/admin") view=|| view! { <LazyPage page=ADMIN/> }/>
            <Route path=path!("/settings") view=|| view! { <LazyPage page=SETTINGS/> }/>
            <Route path=path!("/signed-in") view=|| view! { <LazyPage page=SIGNED_IN/> }/>
        </FlatRoutes>
    }
}

/// Loads the chunk of the page at a path, ahead of its being opened. A failure shows when the page is opened.
pub(crate) async fn preload(path: &str) {
    if let Some(path) = Path::parse(path) {
        _ = (path.page().load)().await;
    }
}

/// Loads the chunks of all pages, one after the other.
pub(crate) async fn preload_all() {
    for page in [TABLE, ROOMS, ITEMS, FACTORIES, SETTINGS, HOST, QUESTIONS] {
        _ = (page.load)().await;
    }
}

/// How many chunks of opened pages are being loaded, as a context: the progress bar shows while there are any.
#[derive(Clone, Copy)]
pub(crate) struct LoadingPages(pub(crate) RwSignal<usize>);

/// What is known of a page's chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Loading,
    Loaded,
    Failed,
}

/// Shows a page as soon as its chunk is loaded. If it cannot be loaded, says so and tries again when asked to.
#[component]
fn LazyPage(page: Page) -> impl IntoView {
    hold_navigation_focus();
    view! { <LazyPart page/> }
}

/// The same, of what is not a page but part of all, such as a dialog.
#[component]
pub(crate) fn LazyPart(
    /// What is shown.
    page: Page,
) -> impl IntoView {
    let chunk = RwSignal::new(Chunk::Loading);
    let LoadingPages(loading) = expect_context();
    let load = move || {
        let mut load = (page.load)();
        match load.as_mut().now_or_never() {
            Some(result) => chunk.set(outcome(result)),
            None => {
                chunk.set(Chunk::Loading);
                loading.update(|loading| *loading += 1);
                spawn_local(async move {
                    let result = load.await;
                    loading.update(|loading| *loading = loading.saturating_sub(1));
                    // The user may have gone to another page meanwhile.
                    chunk.try_set(outcome(result));
                });
            }
        }
    };
    load();
    // As soon as the device has a network again.
    let online = window_event_listener_untyped("online", move |_| {
        if chunk.get_untracked() == Chunk::Failed {
            load();
        }
    });
    on_cleanup(move || online.remove());
    let shown = Memo::new(move |_| chunk.get());
    move || match shown.get() {
        Chunk::Loading => view! { <PageSkeleton/> }.into_any(),
        Chunk::Loaded => (page.render)().unwrap_or_else(|_| view! { <ChunkFailed on_retry=load/> }.into_any()),
        Chunk::Failed => view! { <ChunkFailed on_retry=load/> }.into_any(),
    }
}

const fn outcome(result: Result<(), ChunkError>) -> Chunk {
    match result {
        Ok(()) => Chunk::Loaded,
        Err(ChunkError) => Chunk::Failed,
    }
}

/// What a page says whose code could not be loaded.
#[component]
fn ChunkFailed(
    /// Called to try again.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <PageTitle title="Page not loaded"/>
        <PageHeading title="This page couldn't be loaded"/>
        <EmptyState
            title="Check your network"
            body="Then try again. If Rally has just been updated, reload the page instead: what you have typed elsewhere is kept."
        >
            <div class="actions">
                <button type="button" class="primary" on:click=move |_| on_retry.run(())>"Try again"</button>
                <button type="button" on:click=|_| crate::platform::url::reload()>"Reload"</button>
            </div>
        </EmptyState>
    }
}

/// Renders a page of one thing, named by a parameter of the path: anew for each, and as not found if the parameter names none.
fn with_param<T>(name: &'static str, render: fn(T) -> AnyView) -> impl IntoView
where
    T: FromStr + Clone + PartialEq + Send + Sync + 'static,
{
    let params = use_params_map();
    let value =
        Memo::new(move |_| params.with(|params| params.get_str(name).and_then(|value| value.parse::<T>().ok())));
    move || match value.get() {
        Some(value) => {
            hold_navigation_focus();
            render(value)
        }
        None => view! { <not_found::NotFoundPage/> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::prop_assert_eq;
    use proptest::proptest;

    use super::*;

    #[test]
    fn paths_parse_as_they_are_written() {
        for path in [
            "/",
            "/tables/lobby-2",
            "/rooms",
            "/rooms/k3j9x0a2bc",
            "/rooms/k3j9x0a2bc/control",
            "/rooms/k3j9x0a2bc/screen",
            "/questions",
            "/signed-in",
            "/admin",
            "/settings",
            "/items",
            "/items/vehicle:3",
            "/factories",
        ] {
            assert_eq!(Path::parse(path).map(|path| path.to_string()).as_deref(), Some(path));
        }
    }

    #[test]
    fn every_item_has_an_address_that_parses_back() {
        for key in ["s3:photos.2026.json", "@staff:rota", "~a_b-c:1@2", ".hidden", "a..b", "%", "..."] {
            let Ok(key) = key.parse::<ItemKey>() else { continue };
            let path = Path::Item(key);
            assert_eq!(Path::parse(&path.to_string()), Some(path));
        }
        let rota = Path::Item("@staff:rota.v2".parse().unwrap());
        assert_eq!(Path::parse("/items/%40staff%3Arota%2Ev2"), Some(rota), "what another program encodes");
        for broken in ["/items/a%2Fb", "/items/a%", "/items/%ff"] {
            assert_eq!(Path::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(Path::parse("/settings/"), Some(Path::Settings));
        assert_eq!(Path::parse("/tables/lobby/"), Path::parse("/tables/lobby"));
    }

    #[test]
    fn what_is_no_page_is_not_found() {
        for path in [
            "/tables",
            "/tables/",
            "/tables/a%20b",
            "/tables/lobby/x",
            "/rooms/short",
            "/rooms/k3j9x0a2bc/x",
            "/nothing",
        ] {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    /// An address of each page.
    const ADDRESSES: [&str; 13] = [
        "/",
        "/tables/lobby",
        "/rooms",
        "/rooms/k3j9x0a2bc",
        "/rooms/k3j9x0a2bc/control",
        "/rooms/k3j9x0a2bc/screen",
        "/questions",
        "/items",
        "/items/vehicle:3",
        "/factories",
        "/signed-in",
        "/admin",
        "/settings",
    ];

    /// The addresses of pages for which a rule holds.
    fn addresses_with(rule: impl Fn(&Path) -> bool) -> Vec<&'static str> {
        ADDRESSES.into_iter().filter(|address| rule(&Path::parse(address).unwrap())).collect()
    }

    #[test]
    fn three_pages_are_of_one_room() {
        let id: RoomId = "k3j9x0a2bc".parse().unwrap();
        let of_room = ["/rooms/k3j9x0a2bc", "/rooms/k3j9x0a2bc/control", "/rooms/k3j9x0a2bc/screen"];
        assert_eq!(addresses_with(|path| path.room() == Some(&id)), of_room);
        assert_eq!(addresses_with(|path| path.room().is_some()), of_room);
    }

    #[test]
    fn pages_that_everybody_sees_alike_are_not_personal() {
        assert_eq!(
            addresses_with(|path| !path.is_personal()),
            ["/", "/tables/lobby", "/factories", "/admin", "/settings"]
        );
    }

    #[test]
    fn a_session_is_run_and_followed_without_the_navigation() {
        let rooms = ["/rooms/k3j9x0a2bc", "/rooms/k3j9x0a2bc/control", "/rooms/k3j9x0a2bc/screen"];
        assert_eq!(addresses_with(Path::is_bare), rooms);
        // What is seen until the site has started knows them, too.
        assert!(include_str!("../public/theme.js").contains(r"/^\/rooms\/./.test(location.pathname)"));
    }

    #[test]
    fn segments_are_neither_skipped_nor_left_over() {
        for path in
            ["/tables//lobby", "/rooms//control", "/rooms/k3j9x0a2bc/control/x", "/items/a/b", "/admin/x", "/Rooms"]
        {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_chunk_is_loaded_or_has_failed() {
        assert_eq!((outcome(Ok(())), outcome(Err(ChunkError))), (Chunk::Loaded, Chunk::Failed));
    }

    proptest! {
        #[test]
        fn every_id_has_an_address_that_parses_back(
            table in "[A-Za-z0-9-]{3,64}",
            room in "[a-z0-9]{10}",
            key in "[A-Za-z0-9._:@~-]{1,64}",
        ) {
            let room: RoomId = room.parse().unwrap();
            let pages = [
                Path::Table(table.parse().unwrap()),
                Path::Room(room.clone()),
                Path::Host(room.clone()),
                Path::Projector(room),
                Path::Item(key.parse().unwrap()),
            ];
            for page in pages {
                prop_assert_eq!(Path::parse(&page.to_string()), Some(page));
            }
        }

        #[test]
        fn an_encoded_key_is_the_same_item(key in "[A-Za-z0-9._:@~-]{1,64}") {
            let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(Path::parse(&format!("/items/{encoded}")), Some(Path::Item(key.parse().unwrap())));
        }

        /// Whatever is typed as an address: a page that it leads to has an address that leads to the same page.
        #[test]
        fn what_is_typed_leads_to_one_page(
            typed in "/?(tables|rooms|items|admin|\\PC{0,8})(/[a-z0-9%:.]{0,10}){0,3}/?",
        ) {
            if let Some(page) = Path::parse(&typed) {
                prop_assert_eq!(Path::parse(&page.to_string()), Some(page));
            }
        }
    }
}
