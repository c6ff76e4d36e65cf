//! Makes a device's key: what it is called and for which tables it speaks.

use domain::device::TableScope;
use domain::table::Table;
use domain::wire::endpoints::NewDevice;

use super::action_button::{Look, action_button, failure};
use super::field::{Field, option};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::live::Tables;

/// The longest name of a device, in characters, as the API has it.
const LONGEST_NAME: usize = 80;

/// The form. It empties itself when the key is made, and keeps what was typed when it is not.
pub(crate) fn key_form(
    tables: ReadSignal<Tables>,
    progress: ReadSignal<Progress>,
    on_make: impl Fn(NewDevice) + 'static,
) -> Element {
    let name = RwSignal::new(String::new());
    let (any, can_manage, insist) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let chosen = RwSignal::new(Vec::<String>::new());
    follow(move || {
        if progress.get() == Progress::Done {
            name.set(String::new());
            chosen.set(Vec::new());
            for flag in [any, can_manage, insist] {
                flag.set(false);
            }
        }
    });
    let name_error = move || match name.with(|name| name.trim().chars().count()) {
        0 => Some("Give it a name, so that you know later which device has this key.".to_owned()),
        1..=LONGEST_NAME => progress.with(|progress| progress.failure()?.about("name")),
        length => Some(format!("A name has at most {LONGEST_NAME} characters; this one has {length}.")),
    };
    let scope = move || if any.get() { vec!["*".to_owned()] } else { chosen.get() };
    let scope_error = move || match scope() {
        names if names.is_empty() => Some("Choose at least one table.".to_owned()),
        names => TableScope::try_from(names).err().map(|violation| violation.message()),
    };
    let submit = move || {
        insist.set(true);
        if untrack(name_error).is_none() && untrack(scope_error).is_none() {
            let name = name.get_untracked().trim().to_owned();
            on_make(NewDevice {
                name,
                tables: untrack(scope),
                items: Vec::new(),
                can_manage: can_manage.get_untracked(),
            });
        }
    };
    let field = Field {
        id: "new-key-name".to_owned(),
        label: "Device",
        hint: "Like “Sensor in the lobby”.",
        value: name,
        insist,
    };
    let scope_note = move || scope_error().filter(|_| insist.get()).unwrap_or_default();
    let scope_choice = el("fieldset")
        .set("aria-describedby", "new-key-tables")
        .child(el("legend").text("May report for"))
        .child(flag(any, "Any table, also later ones"))
        .child(el("div").list(move || tables.with(Tables::named), move |table| table_option(table, any, chosen)))
        .child(el_class("p", "failure").set("id", "new-key-tables").live_text(scope_note));
    let abilities =
        el("fieldset").child(el("legend").text("May also")).child(flag(can_manage, "Register and delete these tables"));
    el_class("form", "key-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(field.draw(name_error))
        .child(scope_choice)
        .child(abilities)
        .child(action_button(Look::Primary, "Make a key", "Making the key…", progress))
        .child(failure(progress))
}

fn flag(flag: RwSignal<bool>, label: &str) -> Element {
    option(el("input").set("type", "checkbox").ticked(move || flag.get(), move |on| flag.set(on)), label)
}

/// A table among those to choose: ticked too while any table is chosen.
fn table_option(table: ReadSignal<Table>, any: RwSignal<bool>, chosen: RwSignal<Vec<String>>) -> Element {
    let (id, label) = table.with_untracked(|table| (table.id.to_string(), table.name().to_owned()));
    let held = id.clone();
    let is_chosen = move || any.get() || chosen.with(|chosen| chosen.contains(&held));
    let choose = move |on: bool| {
        chosen.update(|chosen| {
            chosen.retain(|other| *other != id);
            if on {
                chosen.push(id.clone());
            }
        });
    };
    let input = el("input").set("type", "checkbox").live_flag("disabled", move || any.get()).ticked(is_chosen, choose);
    option(input, &label)
}
