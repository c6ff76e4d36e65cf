//! The page at each address of the site, loaded when it is opened.
//!
//! With the feature `lazy` the pages' code is split off into chunks (see `docs/architecture.md`); without it all is in one module. A page is
//! shown by [`LazyPage`], which shows that the chunk is loading, and what to do if it cannot be loaded.

use std::str::FromStr;

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::hooks::use_params_map;
use leptos_router::path;

use crate::api::LocalFuture;
use crate::features::{admin, factories, host, items, jump, not_found, questions, rooms, settings, sign_in, tables};
use crate::notifications::AlertChoice;
use crate::paths::Path;
use crate::platform::chunk::ChunkError;
use crate::ui::{EmptyState, PageHeading, PageSkeleton, PageTitle, hold_navigation_focus};

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

/// The page at this address.
const fn page_at(path: &Path) -> Page {
    match path {
        Path::Tables => TABLES,
        Path::Table(_) => TABLE,
        Path::Rooms => ROOMS,
        Path::Room(_) => ROOM,
        Path::Host(_) => HOST,
        Path::Projector(_) => PROJECTOR,
        Path::Questions => QUESTIONS,
        Path::Items => ITEMS,
        Path::Item(_) => ITEM,
        Path::Factories => FACTORIES,
        Path::SignedIn => SIGNED_IN,
        Path::Admin => ADMIN,
        Path::Settings => SETTINGS,
    }
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
        _ = (page_at(&path).load)().await;
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

/// Shows a page as soon as its chunk is loaded. If it cannot be loaded, says so and tries again on request.
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

/// Shown if the chunk of a page could not be loaded.
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
    use super::*;

    #[test]
    fn a_chunk_is_loaded_or_has_failed() {
        assert_eq!((outcome(Ok(())), outcome(Err(ChunkError))), (Chunk::Loaded, Chunk::Failed));
    }
}
