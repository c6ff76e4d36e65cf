//! What an admin does: registers, renames and deletes tables, makes and revokes the keys of devices, connects Slack.

use domain::actor::Role;
use domain::device::Device;
use domain::table::{Description, Table};
use domain::topic::Topic;
use domain::wire::endpoints::{DeviceWithKey, Me, NewDescription, NewDevice, NewTable};

mod slack;

use slack::slack_panel;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{self, page};
use crate::components::key_form::key_form;
use crate::components::key_row::key_row;
use crate::components::new_key::new_key;
use crate::components::notice::{notice, try_again, way_on};
use crate::components::register_form::register_form;
use crate::components::table_row::table_row;
use crate::reactive::*;
use crate::state::api::{self, Failure};
use crate::state::attempt::Attempt;
use crate::state::live::Tables;
use crate::state::session::Standing;
use crate::state::ticking::local;
use crate::state::{Shared, local_time};

/// What is known of the devices, once the server has answered.
type Devices = RwSignal<Option<Result<Vec<Device>, Failure>>>;

/// The page.
pub(crate) fn admin_page(shared: Shared) -> Element {
    page::set_title("Admin · Rally");
    let session = shared.session;
    let content = move |standing: &Standing| {
        Some(match standing {
            Standing::Asking => el("p").text("Asking the server who you are…"),
            Standing::Known(Me { role: Role::Admin, .. }) => workplace(shared),
            Standing::Known(_) => {
                let why = "Only an admin may register tables and make keys. Ask whoever set Rally up to do it, or to make \
                           you one.";
                notice("This is for admins", why).child(way_on("/", "See all tables"))
            }
            Standing::Unknown(failure) => {
                notice("It is not known who you are", &failure.message).child(try_again(move || session.ask()))
            }
        })
    };
    el("div").child(heading("Admin")).part(move || session.standing().get(), content)
}

fn workplace(shared: Shared) -> Element {
    let tables = shared.live.watch_tables(Topic::Tables);
    let registration = Attempt::new();
    let register = move |table: NewTable| registration.run(async move { api::register(&table).await.map(|_| ()) });
    let list = el_class("ul", "rows").set("role", "list").list(move || tables.with(Tables::named), editable_table);
    let section = el_class("section", "panel")
        .set("aria-labelledby", "admin-tables")
        .child(el("h2").set("id", "admin-tables").text("Tables"))
        .child(el_class("p", "hint").live_text(move || tables.with(said_of)))
        .child(list)
        .child(el("h3").text("Register a table"))
        .child(register_form(registration.progress(), register));
    el("div").child(section).child(keys(tables)).child(slack_panel(tables))
}

fn said_of(tables: &Tables) -> String {
    match tables {
        Tables::Loading => "Loading the tables…".to_owned(),
        Tables::Refused(message) => format!("{message} Reload the page to ask again."),
        Tables::Told(tables) if tables.is_empty() => "There are none yet. Register the first one.".to_owned(),
        Tables::Told(_) => String::new(),
    }
}

fn editable_table(table: ReadSignal<Table>) -> Element {
    let (renaming, deleting) = (Attempt::new(), Attempt::new());
    let rename = move |description: Description| {
        // Its revision now: what the admin sees is what the change is meant for.
        let (id, revision) = table.with_untracked(|table| (table.id.clone(), table.rev));
        renaming.run(async move { api::describe(&id, &NewDescription { description }, revision).await.map(|_| ()) });
    };
    let delete = move || {
        let id = table.with_untracked(|table| table.id.clone());
        deleting.run(async move { api::remove(&id).await });
    };
    table_row(table, renaming.progress(), rename, deleting.progress(), delete)
}

fn keys(tables: ReadSignal<Tables>) -> Element {
    let devices = Devices::new(None);
    ask_for(devices);
    let (making, made) = (Attempt::new(), RwSignal::new(None::<DeviceWithKey>));
    let make = move |device: NewDevice| {
        making.run(async move {
            made.try_set(Some(api::make_key(&device).await?));
            ask_for(devices);
            Ok(())
        });
    };
    let list = move |known: &Option<Result<Vec<Device>, Failure>>| {
        Some(match known {
            None => el_class("p", "hint").text("Loading the keys…"),
            Some(Err(failure)) => el("div")
                .child(el_class("p", "failure").text(&failure.message))
                .child(try_again(move || ask_for(devices))),
            Some(Ok(known)) if known.is_empty() => {
                el_class("p", "hint").text("There are none yet. A sensor needs one to report.")
            }
            Some(Ok(known)) => {
                let rows = known.iter().map(|device| revocable_key(device, devices));
                el_class("ul", "rows").set("role", "list").children(rows)
            }
        })
    };
    let shown_once =
        move |fresh: &Option<DeviceWithKey>| fresh.as_ref().map(|fresh| made_key(fresh, move || made.set(None)));
    el_class("section", "panel")
        .set("aria-labelledby", "admin-keys")
        .child(el("h2").set("id", "admin-keys").text("Device keys"))
        .part(move || devices.get(), list)
        .part(move || made.get(), shown_once)
        .child(el("h3").text("Make a key"))
        .child(key_form(tables, making.progress(), make))
}

fn ask_for(devices: Devices) {
    browser::run(async move {
        // The page may have been left meanwhile.
        devices.try_set(Some(api::devices().await));
    });
}

fn revocable_key(device: &Device, devices: Devices) -> Element {
    let revoking = Attempt::new();
    let id = StoredValue::new(device.id.clone());
    let revoke = move || {
        let id = id.get_value();
        revoking.run(async move {
            api::revoke_key(&id).await?;
            ask_for(devices);
            Ok(())
        });
    };
    let made = local_time::date(local(device.created_at).day());
    key_row(device, &made, revoking.progress(), revoke)
}

fn made_key(made: &DeviceWithKey, on_done: impl Fn() + 'static) -> Element {
    let copied = RwSignal::new(None);
    let key = made.key.clone();
    let copy = move || {
        let key = key.clone();
        browser::run(async move {
            copied.try_set(Some(page::copy(&key).await));
        });
    };
    new_key(&made.device.name, &made.key, copied.read_only(), copy, on_done)
}
