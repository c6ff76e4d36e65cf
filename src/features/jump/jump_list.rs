//! The search field and the matches. Arrow keys select a match, Enter opens the first one.

use std::collections::BTreeMap;

use domain::item::ItemKey;
use domain::person::PersonId;
use domain::question::LibraryQuestion;
use domain::room::Room;
use domain::table::Table;
use domain::topic::Topic;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::found::{Target, search};
use super::texts;
use crate::app::jump::Jump;
use crate::app::sections::{ADMIN, SECTIONS};
use crate::auth::Session;
use crate::features::questions::plain_text;
use crate::live::{use_topic, use_topic_with};
use crate::paths::Path;
use crate::platform::page::after_render;
use crate::platform::{focus, url};

/// Items are found once this many letters are typed: before that their list is not requested.
const LETTERS_FOR_ITEMS: usize = 2;

/// What the arrows go through.
const STOPS: &str = "#jump-search, .jump-results a";

/// What is typed, and how many each group has found.
#[derive(Clone, Copy)]
struct Search {
    typed: RwSignal<String>,
    counts: RwSignal<BTreeMap<&'static str, usize>>,
}

/// The content of the dialog.
#[component]
pub(crate) fn JumpList() -> impl IntoView {
    let (session, jump) = (expect_context::<Session>(), expect_context::<Jump>());
    let search = Search { typed: RwSignal::new(String::new()), counts: RwSignal::new(BTreeMap::new()) };
    let member = Memo::new(move |_| session.member().map(|member| member.id));
    let finds_items = Memo::new(move |_| search.typed.with(|typed| typed.trim().chars().count() >= LETTERS_FOR_ITEMS));
    let has_found = Memo::new(move |_| search.counts.with(|counts| counts.values().any(|count| *count > 0)));
    // Its code may come after the dialog is open.
    let field = NodeRef::<html::Input>::new();
    field.on_load(|field| after_render(move || _ = field.focus()));
    let on_key = |event: KeyboardEvent| {
        let has_moved = match event.key().as_str() {
            "ArrowDown" => focus::move_among(STOPS, true),
            "ArrowUp" => focus::move_among(STOPS, false),
            "Enter" if !event.is_composing() && focus::is_on("#jump-search") => focus::click(".jump-results a"),
            _ => false,
        };
        if has_moved {
            event.prevent_default();
        }
    };
    let on_click = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|target| target.closest("a").is_ok_and(|link| link.is_some())) {
            jump.close();
        }
    };
    view! {
        <div class="jump" on:keydown=on_key>
            <label class="visually-hidden" for="jump-search">{texts::HEADING}</label>
            <input
                id="jump-search"
                // No search field: there Escape would empty it first, and then close the dialog.
                type="text"
                dir="auto"
                node_ref=field
                autocomplete="off"
                placeholder=texts::PLACEHOLDER
                prop:value=search.typed
                on:input=move |event| search.typed.set(event_target_value(&event))
            />
            <div class="jump-results" on:click=on_click>
                <Pages search/>
                <Tables search/>
                {move || member.get().map(|member| view! { <Rooms search member=member.clone()/><Questions search member/> })}
                {move || finds_items.get().then(|| view! { <Items search/> })}
            </div>
            <p class="hint" role="status">{move || if has_found.get() { "" } else { texts::NO_MATCHES }}</p>
        </div>
    }
}

/// A group of what is found; nothing if none of it fits.
#[component]
fn Group(
    search: Search,
    title: &'static str,
    /// Gives everything that the group has (tracked).
    #[prop(into)]
    targets: Callback<(), Vec<Target>>,
) -> impl IntoView {
    let found = Memo::new(move |_| search.typed.with(|typed| self::search(targets.run(()).into_iter(), typed)));
    Effect::new(move |_| {
        let count = found.with(Vec::len);
        search.counts.update(|counts| _ = counts.insert(title, count));
    });
    on_cleanup(move || _ = search.counts.try_update(|counts| counts.remove(title)));
    let rows = move || {
        found
            .get()
            .into_iter()
            .map(|Target { name, href }| view! { <li><a href=href dir="auto">{name}</a></li> })
            .collect_view()
    };
    let is_hidden = move || found.with(Vec::is_empty);
    view! { <section hidden=is_hidden><h2>{title}</h2><ul role="list">{rows}</ul></section> }.into_any()
}

#[component]
fn Pages(search: Search) -> impl IntoView {
    let session = expect_context::<Session>();
    let targets = move |()| {
        let admin = session.is_admin().then_some(ADMIN);
        let page = |section: crate::app::sections::Section| target(section.text.to_owned(), &(section.path)());
        SECTIONS.into_iter().chain(admin).map(page).collect()
    };
    view! { <Group search title=texts::PAGES targets/> }
}

#[component]
fn Tables(search: Search) -> impl IntoView {
    let tables = use_topic::<Table>(Topic::Tables);
    let table = |table: Table| target(table.name().to_owned(), &Path::Table(table.id));
    view! { <Group search title=texts::TABLES targets=move |()| tables.list().into_iter().map(table).collect()/> }
}

/// The rooms that the member sees. Their own lead to the host panel.
#[component]
fn Rooms(search: Search, member: PersonId) -> impl IntoView {
    let rooms = use_topic::<Room>(Topic::Rooms);
    let private = use_topic::<Room>(Topic::OwnRooms(member.clone()));
    let targets = move |()| {
        let rooms: BTreeMap<_, _> =
            rooms.list().into_iter().chain(private.list()).map(|room| (room.id.clone(), room)).collect();
        let room = |room: Room| {
            let path = if room.creator == member { Path::Host(room.id) } else { Path::Room(room.id) };
            target(room.name.to_string(), &path)
        };
        rooms.into_values().map(room).collect()
    };
    view! { <Group search title=texts::ROOMS targets/> }
}

#[component]
fn Questions(search: Search, member: PersonId) -> impl IntoView {
    let questions = use_topic::<LibraryQuestion>(Topic::Library(member));
    let question = |question: LibraryQuestion| {
        let name = plain_text(question.content.text());
        let query = url::encode_pairs(&[("search", &name)]);
        Target { href: format!("{}?{query}", Path::Questions), name }
    };
    view! { <Group search title=texts::QUESTIONS targets=move |()| questions.list().into_iter().map(question).collect()/> }
}

#[component]
fn Items(search: Search) -> impl IntoView {
    // Their keys are all that is read of them.
    let items = use_topic_with(Topic::Items, |key, _| key.parse::<ItemKey>().ok());
    let targets = move |()| items.list().into_iter().map(|key| target(key.to_string(), &Path::Item(key))).collect();
    view! { <Group search title=texts::ITEMS targets/> }
}

fn target(name: String, path: &Path) -> Target {
    Target { name, href: path.to_string() }
}
