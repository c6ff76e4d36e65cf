//! What an admin does: registers, renames and deletes tables, makes and revokes the keys of devices.

use domain::device::{Device, Role};
use domain::table::{Description, Table, TableId};
use domain::topic::Topic;
use domain::wire::endpoints::{DeviceWithKey, NewDescription, NewDevice, NewTable};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::page;
use crate::components::key_form::KeyForm;
use crate::components::key_row::KeyRow;
use crate::components::new_key::NewKey;
use crate::components::notice::Notice;
use crate::components::register_form::RegisterForm;
use crate::components::table_row::TableRow;
use crate::state::api::{self, Failure};
use crate::state::attempt::Attempt;
use crate::state::live::{Live, Tables};
use crate::state::local_time;
use crate::state::session::{Session, Standing};
use crate::state::ticking::local;

/// The page.
#[component]
pub(crate) fn AdminPage() -> impl IntoView {
    page::set_title("Admin · Rally");
    let session = expect_context::<Session>();
    let body = move || match session.standing().get() {
        Standing::Asking => view! { <p>"Asking the server who you are…"</p> }.into_any(),
        Standing::Known(Role::Admin) => view! { <Workplace /> }.into_any(),
        Standing::Known(_) => {
            let text = "Only an admin may register tables and make keys. Ask whoever set Rally up to do it, or to make you one.";
            view! {
                <Notice title="This is for admins" text=text.to_owned()>
                    <a class="primary" href="/">
                        "See all tables"
                    </a>
                </Notice>
            }
            .into_any()
        }
        Standing::Unknown(failure) => view! {
            <Notice title="It is not known who you are" text=failure.message>
                <button class="primary" type="button" on:click=move |_| session.ask()>
                    "Try again"
                </button>
            </Notice>
        }
        .into_any(),
    };
    view! {
        <div class="page-head">
            <h1 tabindex="-1">"Admin"</h1>
        </div>
        {body}
    }
}

#[component]
fn Workplace() -> impl IntoView {
    let known = expect_context::<Live>().watch(Topic::Tables);
    let tables = Memo::new(move |_| known.with(|known| known.list().to_vec()));
    view! {
        <section class="panel" aria-labelledby="admin-tables">
            <h2 id="admin-tables">"Tables"</h2>
            <TableList known tables />
            <h3>"Register a table"</h3>
            <Registration />
        </section>
        <Keys tables />
    }
}

#[component]
fn TableList(known: Signal<Tables>, tables: Memo<Vec<Table>>) -> impl IntoView {
    let ids = move || tables.with(|tables| tables.iter().map(|table| table.id.clone()).collect::<Vec<TableId>>());
    let row = move |id: TableId| {
        let find = move |tables: &Vec<Table>| tables.iter().find(|table| table.id == id).cloned();
        // A table that is gone keeps its last state until its row is gone too.
        let table = Memo::new(move |before: Option<&Option<Table>>| tables.with(&find).or_else(|| before?.clone()));
        table.get_untracked().map(|first| {
            let table = Signal::derive(move || table.get().unwrap_or_else(|| first.clone()));
            view! { <EditableTable table /> }
        })
    };
    let said = move || {
        known.with(|known| match known {
            Tables::Loading => Some("Loading the tables…".to_owned()),
            Tables::Refused(message) => Some(format!("{message} Reload the page to ask again.")),
            Tables::Known(tables) if tables.is_empty() => Some("There are none yet. Register the first one.".to_owned()),
            Tables::Known(_) => None,
        })
    };
    view! {
        <p class="hint">{said}</p>
        <ul class="rows" role="list">
            <For each=ids key=Clone::clone children=row />
        </ul>
    }
}

#[component]
fn EditableTable(table: Signal<Table>) -> impl IntoView {
    let (renaming, deleting) = (Attempt::new(), Attempt::new());
    let rename = move |description: Description| {
        // Its revision now: what the admin sees is what the change is meant for.
        let (id, revision) = table.with_untracked(|table| (table.id.clone(), table.rev));
        renaming.run(async move { api::describe(&id, &NewDescription { description }, revision).await }, |_| ());
    };
    let delete = move |()| {
        let id = table.with_untracked(|table| table.id.clone());
        deleting.run(async move { api::remove(&id).await }, |()| ());
    };
    view! {
        <TableRow
            table
            renaming=renaming.progress()
            on_rename=rename
            deleting=deleting.progress()
            on_delete=delete
        />
    }
}

#[component]
fn Registration() -> impl IntoView {
    let attempt = Attempt::new();
    let register = move |table: NewTable| attempt.run(async move { api::register(&table).await }, |_| ());
    view! { <RegisterForm progress=attempt.progress() on_register=register /> }
}

#[component]
fn Keys(#[prop(into)] tables: Signal<Vec<Table>>) -> impl IntoView {
    let devices = RwSignal::new(None::<Result<Vec<Device>, Failure>>);
    let ask = move || {
        spawn_local(async move {
            // The page may have been left meanwhile.
            devices.try_set(Some(api::devices().await));
        });
    };
    ask();
    let (attempt, made) = (Attempt::new(), RwSignal::new(None::<DeviceWithKey>));
    let make = move |device: NewDevice| {
        attempt.run(async move { api::make_key(&device).await }, move |device| {
            made.set(Some(device));
            ask();
        });
    };
    let list = move || match devices.get() {
        None => view! { <p class="hint">"Loading the keys…"</p> }.into_any(),
        Some(Err(failure)) => view! {
            <p class="failure">{failure.message}</p>
            <button type="button" on:click=move |_| ask()>
                "Try again"
            </button>
        }
        .into_any(),
        Some(Ok(devices)) if devices.is_empty() => {
            view! { <p class="hint">"There are none yet. A sensor needs one to report."</p> }.into_any()
        }
        Some(Ok(devices)) => {
            let row = |device| view! { <RevocableKey device on_revoked=move |()| ask() /> };
            view! {
                <ul class="rows" role="list">
                    {devices.into_iter().map(row).collect_view()}
                </ul>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby="admin-keys">
            <h2 id="admin-keys">"Device keys"</h2>
            {list}
            {move || made.get().map(|made_now| view! { <MadeKey made_now on_done=move |()| made.set(None) /> })}
            <h3>"Make a key"</h3>
            <KeyForm tables progress=attempt.progress() on_make=make />
        </section>
    }
}

#[component]
fn RevocableKey(device: Device, #[prop(into)] on_revoked: Callback<()>) -> impl IntoView {
    let attempt = Attempt::new();
    let id = device.id.clone();
    let revoke = move |()| {
        let id = id.clone();
        attempt.run(async move { api::revoke_key(&id).await }, move |()| on_revoked.run(()));
    };
    let made = local_time::date(local(device.created_at).day());
    view! { <KeyRow device made progress=attempt.progress() on_revoke=revoke /> }
}

#[component]
fn MadeKey(made_now: DeviceWithKey, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let copied = RwSignal::new(None::<bool>);
    let copy = move |key: String| {
        spawn_local(async move {
            copied.try_set(Some(page::copy(&key).await));
        });
    };
    view! { <NewKey device=made_now.device.name key=made_now.key copied on_copy=copy on_done /> }
}
