//! One table: its status, its queue, when it notifies the user, a QR code to print, and how it was used.

use domain::queue::{self, QueueView};
use domain::table::{Table, TableId, TableStatus};
use domain::topic::Topic;
use leptos::prelude::*;

use super::alert_form::LazyAlertForm;
use super::announcements::announce_changes;
use super::history::History;
use super::poster::{Poster, address};
use super::queue_panel::{QueuePanel, QueueRequests};
use super::queue_position::QueueStep;
use super::table_surface::{TableSurface, status_name};
use super::table_topic::{Presence, QUEUE_ENTITY, TableEntity};
use super::texts;
use crate::api;
use crate::auth::Session;
use crate::format::LocalTime;
use crate::live::{Live, use_topic_with};
use crate::notifications::{NotifyButton, Toaster};
use crate::paths::Path;
use crate::platform::{clipboard, focus};
use crate::ui::{ActionLink, EmptyState, Menu, PageHeading, PageSkeleton, PageTitle, use_now};

/// The page.
#[component]
pub(crate) fn TablePage(id: TableId) -> impl IntoView {
    let topic = use_topic_with(Topic::Table(id.clone()), TableEntity::read);
    let id = StoredValue::new(id);
    let table = Memo::new(move |_| id.with_value(|id| topic.get(id.as_str())).and_then(TableEntity::table));
    let queue = Memo::new(move |_| topic.get(QUEUE_ENTITY).and_then(TableEntity::queue).unwrap_or_default());
    announce_changes(Signal::derive(move || table.get().into_iter().collect()));
    let presence = Memo::new(move |before: Option<&Presence>| {
        Presence::next(before.copied(), table.with(Option::is_some), &topic.state())
    });
    // A table that is deleted keeps its name, so that the page says which one it was.
    let name = Memo::new(move |before: Option<&String>| {
        let name = table.with(|table| table.as_ref().map(|table| table.name().to_owned()));
        name.or_else(|| before.cloned()).unwrap_or_else(|| id.with_value(TableId::to_string))
    });
    let title = Signal::derive(move || {
        let status = table.with(|table| table.as_ref().map(|table| table.status));
        name.with(|name| page_title(name, status))
    });
    let content = move || {
        let presence = presence.get();
        // What has the focus may go with the table.
        focus::keep();
        match presence {
            Presence::Loading => view! { <PageSkeleton/> }.into_any(),
            Presence::Unknown => {
                let body = id.with_value(|id| texts::not_found_body(id.as_str()));
                view! { <Absent title=texts::NOT_FOUND body/> }.into_any()
            }
            Presence::Deleted => {
                view! { <Absent title=texts::DELETED body=texts::DELETED_BODY.to_owned()/> }.into_any()
            }
            Presence::Present => match table.get_untracked() {
                Some(first) => view! { <TableDetails first table queue/> }.into_any(),
                None => ().into_any(),
            },
        }
    };
    view! {
        <PageTitle title/>
        <p class="way-back"><a href=Path::Tables.to_string()>{texts::ALL_TABLES}</a></p>
        <PageHeading title=name/>
        {content}
    }
}

/// The title in the browser's tab: with the status, while there is a table.
fn page_title(name: &str, status: Option<TableStatus>) -> String {
    status.map_or_else(|| name.to_owned(), |status| texts::table_title(status, name))
}

/// Shown where there is no table.
#[component]
fn Absent(title: &'static str, body: String) -> impl IntoView {
    view! {
        <EmptyState title body>
            <ActionLink href=Path::Tables.to_string() label=texts::SEE_ALL_TABLES/>
        </EmptyState>
    }
}

/// What is shown of a table that is there. `first` is the table as it is now.
#[component]
fn TableDetails(first: Table, table: Memo<Option<Table>>, queue: Memo<QueueView>) -> impl IntoView {
    let id = first.id.clone();
    let table = Memo::new(move |before: Option<&Table>| {
        table.get().or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    let status = Memo::new(move |_| table.with(|table| table.status));
    let name = Signal::derive(move || table.with(|table| table.name().to_owned()));
    let today = use_now().today();
    let since =
        move || table.with(|table| texts::since(table.status, &LocalTime::of(table.since).clock_seen_on(today.get())));
    view! {
        <div>
            <div class="table-head" data-table=id.to_string() data-status=move || status_name(status.get())>
                <div class="table-now">
                    <TableSurface table=table.into()/>
                    <p class="hint">{since}</p>
                </div>
                <div class="table-own">
                    <Queue id=id.clone() queue status/>
                    <div class="actions">
                        <NotifyButton
                            topic=Topic::Table(id.clone())
                            name
                            form=|choice| view! { <LazyAlertForm choice/> }.into_any()
                        />
                        <More table=table.into() name/>
                    </div>
                </div>
            </div>
            <History id table=table.into()/>
        </div>
    }
}

/// What is not needed often: the table's address, as a code to print and as a link.
#[component]
fn More(table: Signal<Table>, name: Signal<String>) -> impl IntoView {
    let toaster = expect_context::<Toaster>();
    let is_printing = RwSignal::new(false);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            match clipboard::copy(&address(table)).await {
                true => toaster.confirm(texts::LINK_COPIED),
                false => toaster.error(&texts::copy_failed(&address(table))),
            }
        });
    };
    view! {
        <Menu label=Signal::derive(move || texts::more_about(&name.get()))>
            <button type="button" class="menu-entry" on:click=move |_| is_printing.set(true)>{texts::PRINT_CODE}</button>
            <button type="button" class="menu-entry" on:click=copy>{texts::COPY_LINK}</button>
        </Menu>
        <Poster table open=is_printing/>
    }
    .into_any()
}

/// The queue of the table.
#[component]
fn Queue(id: TableId, queue: Memo<QueueView>, status: Memo<TableStatus>) -> impl IntoView {
    let session = expect_context::<Session>();
    let now = use_now().server(expect_context::<Live>());
    let id = StoredValue::new(id);
    let mark = Memo::new(move |_| {
        let member = session.member()?;
        Some(id.with_value(|id| queue::mark(id, &member.id)))
    });
    let requests = QueueRequests::new();
    let make_step = move |step: QueueStep| {
        let id = id.get_value();
        requests.start(step).run(async move {
            match step {
                QueueStep::Join => api::tables::join_queue(&id).await,
                QueueStep::Leave => api::tables::leave_queue(&id).await,
                QueueStep::Take => api::tables::take(&id).await,
                QueueStep::Pass => api::tables::pass(&id).await,
                QueueStep::SignIn => session.sign_in().await,
            }
        });
    };
    view! {
        <QueuePanel
            queue
            mark
            is_free=Signal::derive(move || status.get() == TableStatus::Free)
            can_sign_in=Signal::derive(move || session.is_settled() && session.can_sign_in())
            now
            requests
            on_step=make_step
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_gone_has_no_status_in_the_title() {
        assert_eq!(page_title("Lobby", Some(TableStatus::Busy)), "Busy · Lobby");
        assert_eq!(page_title("Lobby", None), "Lobby");
    }
}
