//! The people who are in the room now, for its host: guests are shown as guests, and can be removed.

use domain::answer::Presence;
use domain::person::{GuestId, PersonName};
use leptos::prelude::*;

use super::controls::Controls;
use super::texts;
use crate::api;
use crate::platform::focus;
use crate::ui::{Confirm, Request};

/// The list of those who are in the room, without the host.
#[component]
pub(super) fn PeoplePanel(controls: Controls) -> impl IntoView {
    let people = controls.people;
    let ids = Memo::new(move |_| controls.others());
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let (request, is_asking) = (Request::new(), RwSignal::new(false));
    let removing: RwSignal<Option<(GuestId, PersonName)>> = RwSignal::new(None);
    let body = Signal::derive(move || {
        removing
            .with(|removing| removing.as_ref().map(|(_, name)| texts::remove_body(name.as_str())).unwrap_or_default())
    });
    let ask = Callback::new(move |(guest, name): (GuestId, PersonName)| {
        request.clear();
        removing.set(Some((guest, name)));
        is_asking.set(true);
    });
    let remove = move |()| {
        let Some((guest, _)) = removing.get_untracked() else { return };
        let room = controls.id.get_value();
        request.run(async move {
            api::rooms::remove_guest(&room, &guest).await?;
            is_asking.try_set(false);
            Ok(())
        });
    };
    let rows = move || {
        focus::keep_or(|| focus::focus(".people-here"));
        ids.get()
    };
    view! {
        // It scrolls, so the keyboard must reach it.
        <div class="people-here people-scroll" tabindex="0" role="group" aria-label=texts::PEOPLE>
            {move || is_empty.get().then(|| view! { <p class="hint">{texts::people_here(0)}</p> })}
            <ul class="rows" role="list">
                <For each=rows key=String::clone let:id>
                    {people.entry(&id).map(|person| view! { <PersonRow person=person.into() ask/> })}
                </For>
            </ul>
        </div>
        <Confirm
            open=is_asking
            title=Signal::stored(texts::REMOVE_TITLE.to_owned())
            body
            label=texts::REMOVE
            pending=texts::REMOVING
            request
            on_confirm=remove
        />
    }
}

/// A person: their name, and of a guest that they are one, with the button that removes them.
#[component]
fn PersonRow(person: RwSignal<Presence>, ask: Callback<(GuestId, PersonName)>) -> impl IntoView {
    let id = person.with_untracked(|person| person.person.clone());
    let guest: Option<GuestId> = id.as_str().parse().ok();
    let name = move || person.with(|person| person.name.to_string());
    let guest = guest.map(|guest| {
        let ask = move |_| ask.run((guest.clone(), person.with_untracked(|person| person.name.clone())));
        view! {
            <span class="row-detail">{texts::GUEST}</span>
            <button type="button" class="remove-guest" aria-label=move || texts::remove_guest(&name()) on:click=ask>
                {texts::REMOVE}
            </button>
        }
    });
    view! { <li class="person-here" data-present=id.to_string()><strong dir="auto">{name}</strong>{guest}</li> }
}
