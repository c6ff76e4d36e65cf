//! Makes a device's key: what it is called and for which tables it speaks.

use domain::device::TableScope;
use domain::table::Table;
use domain::wire::endpoints::NewDevice;
use leptos::prelude::*;

use super::action_button::ActionButton;
use super::field::Field;
use crate::state::attempt::Progress;
use crate::state::words;

/// The longest name of a device, in characters, as the API has it.
const LONGEST_NAME: usize = 80;

/// The form. It empties itself when the key is made, and keeps what was typed when it is not.
#[component]
pub(crate) fn KeyForm(
    /// The tables that there are.
    #[prop(into)]
    tables: Signal<Vec<Table>>,
    /// How the making goes.
    #[prop(into)]
    progress: Signal<Progress>,
    /// Wants a key for this device.
    #[prop(into)]
    on_make: Callback<NewDevice>,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let (any, can_manage, submitted) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let chosen = RwSignal::new(Vec::<String>::new());
    Effect::new(move || {
        if progress.get() == Progress::Done {
            name.set(String::new());
            chosen.set(Vec::new());
            for flag in [any, can_manage, submitted] {
                flag.set(false);
            }
        }
    });
    let name_error = Memo::new(move |_| {
        let length = name.with(|name| name.trim().chars().count());
        match length {
            0 => Some("Give it a name, so that you know later which device has this key.".to_owned()),
            ..=LONGEST_NAME => progress.with(|progress| progress.failure()?.about("name")),
            _ => Some(format!("A name has at most {LONGEST_NAME} characters; this one has {length}.")),
        }
    });
    let scope = move || if any.get() { vec!["*".to_owned()] } else { chosen.get() };
    let scope_error = Memo::new(move |_| match scope() {
        names if names.is_empty() => Some("Choose at least one table.".to_owned()),
        names => TableScope::try_from(names).err().map(|violation| violation.message()),
    });
    let shown_scope_error = move || scope_error.get().filter(|_| submitted.get());
    let submit = move || {
        submitted.set(true);
        if name_error.get_untracked().is_none() && scope_error.get_untracked().is_none() {
            let name = name.get_untracked().trim().to_owned();
            on_make.run(NewDevice { name, tables: untrack(scope), can_manage: can_manage.get_untracked() });
        }
    };
    let table = move |table: Table| {
        let (id, shown) = (table.id.to_string(), words::name(&table).to_owned());
        let held = id.clone();
        let is_chosen = move || any.get() || chosen.with(|chosen| chosen.contains(&held));
        let toggle = move |on: bool| {
            chosen.update(|chosen| {
                chosen.retain(|other| *other != id);
                if on {
                    chosen.push(id.clone());
                }
            });
        };
        view! { <Tick label=shown ticked=Signal::derive(is_chosen) disabled=any on_tick=toggle /> }
    };
    view! {
        <form
            class="key-form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <Field
                id="new-key-name".to_owned()
                label="Device"
                hint="Like “Sensor in the lobby”."
                value=name
                error=name_error
                insist=submitted
            />
            <fieldset aria-describedby="new-key-tables">
                <legend>"May report for"</legend>
                <Tick
                    label="Any table, also later ones".to_owned()
                    ticked=any
                    disabled=false
                    on_tick=move |on| any.set(on)
                />
                {move || tables.get().into_iter().map(table).collect_view()}
                <p id="new-key-tables" class="failure">
                    {shown_scope_error}
                </p>
            </fieldset>
            <fieldset>
                <legend>"May also"</legend>
                <Tick
                    label="Register and delete these tables".to_owned()
                    ticked=can_manage
                    disabled=false
                    on_tick=move |on| can_manage.set(on)
                />
            </fieldset>
            <ActionButton label="Make a key" running="Making the key…" progress />
        </form>
    }
}

/// Something that can be ticked.
#[component]
fn Tick(
    label: String,
    #[prop(into)] ticked: Signal<bool>,
    #[prop(into)] disabled: Signal<bool>,
    on_tick: impl Fn(bool) + 'static,
) -> impl IntoView {
    view! {
        <label class="option">
            <input
                type="checkbox"
                prop:checked=move || ticked.get()
                disabled=move || disabled.get()
                on:change=move |event| on_tick(event_target_checked(&event))
            />
            {label}
        </label>
    }
}
