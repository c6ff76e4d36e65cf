//! All items, filtered by group and by any part of their keys.

use std::collections::HashMap;

use domain::topic::Topic;
use leptos::prelude::*;

use super::filter::{self, Window};
use super::item_row::{ItemRow, Seen};
use super::row_clocks::RowClocks;
use super::summary::ItemSummary;
use super::texts;
use crate::auth::{DRAFT_PREFIX, Session};
use crate::live::{TopicStore, use_topic_with};
use crate::platform::storage::{self, Area};
use crate::platform::{focus, page, url};
use crate::ui::{EmptyState, ListFocus, PageHeading, PageTitle, RowSkeletons, TopicView};

/// The page.
#[component]
pub(crate) fn ItemsPage() -> impl IntoView {
    let filter = use_stored_filter();
    let found = RwSignal::new(None::<usize>);
    let error = Memo::new(move |_| filter.with(|filter| filter::error(filter)).unwrap_or_default());
    // Another group is another topic, and so another list.
    let topic = Memo::new(move |_| filter.with(|filter| filter::topic(filter)));
    view! {
        <PageTitle title=texts::ITEMS/>
        <PageHeading title=texts::ITEMS>
            <p class="page-summary" role="status">{move || found.get().map(texts::found)}</p>
        </PageHeading>
        <div class="item-search">
            <div class="field">
                <label for="prefix">{texts::FILTER}</label>
                <input
                    id="prefix"
                    type="search"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder=texts::FILTER_EXAMPLE
                    aria-describedby="prefix-note"
                    prop:value=filter
                    on:input=move |event| filter.set(event_target_value(&event))
                />
                <p id="prefix-note" class="failure" role="status">{error}</p>
            </div>
        </div>
        {move || view! { <ItemList topic=topic.get() filter found/> }}
    }
}

/// The filter, kept by the tab for each user: signing out removes it.
fn use_stored_filter() -> RwSignal<String> {
    let session = expect_context::<Session>();
    let filter = RwSignal::new(String::new());
    let name = Memo::new(move |_| {
        let id = session.member().map(|member| member.id.to_string()).unwrap_or_default();
        session.is_settled().then(|| [DRAFT_PREFIX, "items-filter-", &id].concat())
    });
    // What was typed before the user is known stays.
    Effect::new(move |before: Option<Option<String>>| {
        let name = name.get();
        let is_another = before.flatten().is_some_and(|before| Some(before) != name);
        if let Some(name) = &name
            && (is_another || filter.with_untracked(String::is_empty))
        {
            filter.set(storage::get(Area::Session, name).unwrap_or_default());
        }
        name
    });
    Effect::new(move |before: Option<String>| {
        let now = filter.get();
        if let (Some(before), Some(name)) = (before, name.get_untracked())
            && before != now
        {
            storage::set(Area::Session, &name, Some(now.as_str()).filter(|now| !now.is_empty()));
        }
        now
    });
    filter
}

/// The items of a topic that the filter lets through; `found` is set to how many there are, if there are any.
#[component]
fn ItemList(topic: Topic, filter: RwSignal<String>, found: RwSignal<Option<usize>>) -> impl IntoView {
    let items = use_topic_with(topic, ItemSummary::read);
    let matching = Memo::new(move |_| filter.with(|filter| filter::matching(items.ids(), filter)));
    let count = Memo::new(move |_| matching.with(Vec::len));
    let has_matches = Memo::new(move |_| count.get() > 0);
    let is_filtered = Memo::new(move |_| filter.with(|filter| !filter.is_empty()));
    Effect::new(move |_| found.set(items.is_ready().then(|| count.get()).filter(|count| *count > 0)));
    let none = move || match is_filtered.get() {
        true => view! { <EmptyState title=texts::NO_MATCH body=texts::NO_MATCH_BODY/> }.into_any(),
        false => view! { <NoItems/> }.into_any(),
    };
    view! {
        <Groups items filter/>
        <TopicView topic=items loading=|| view! { <RowSkeletons/> } denied=texts::LIST_DENIED>
            {move || match has_matches.get() {
                true => view! { <Rows items filter matching count/> }.into_any(),
                false => none().into_any(),
            }}
        </TopicView>
    }
}

/// The groups of the items, each with their number: choosing one is the same as typing it.
#[component]
fn Groups(items: TopicStore<ItemSummary>, filter: RwSignal<String>) -> impl IntoView {
    let all = Memo::new(move |_| items.ids().len());
    let groups = Memo::new(move |_| filter::groups(&items.ids()));
    let chip = move |label: String, value: String, count: Signal<usize>| {
        let wanted = value.clone();
        let is_chosen = Memo::new(move |_| filter.with(|filter| *filter == wanted));
        view! {
            <button
                type="button"
                class="item-group"
                aria-pressed=move || is_chosen.get().to_string()
                on:click=move |_| filter.set(value.clone())
            >
                <bdi>{label}</bdi>
                <span class="item-group-count">{count}</span>
            </button>
        }
    };
    let names = move || groups.with(|groups| groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>());
    let of_group = move |name: String| {
        let value = [&name, ":"].concat();
        let wanted = name.clone();
        let count = Signal::derive(move || {
            groups.with(|groups| groups.iter().find(|group| group.name == wanted).map_or(0, |group| group.count))
        });
        chip(name, value, count)
    };
    let has_groups = Memo::new(move |_| groups.with(|groups| !groups.is_empty()));
    view! {
        <Show when=move || has_groups.get()>
            <div class="item-groups" role="group" aria-label=texts::GROUPS>
                {chip(texts::ALL.to_owned(), String::new(), all.into())}
                <For each=names key=String::clone children=of_group/>
            </div>
        </Show>
    }
}

/// The rows: one for each item, which only a change of this item renders again.
#[component]
fn Rows(
    items: TopicStore<ItemSummary>,
    filter: RwSignal<String>,
    matching: Memo<Vec<String>>,
    count: Memo<usize>,
) -> impl IntoView {
    let batched_rows = BatchedRows::start(filter, count);
    let seen = Seen::new(HashMap::new());
    let clocks = RowClocks::start(expect_context());
    let shown = Memo::new(move |_| batched_rows.window.get().shown(count.get()));
    let list_focus = ListFocus::new(|key| format!("[data-item=\"{key}\"] a"), "#prefix");
    let keys = move || {
        list_focus.keep(matching.with(|keys| keys.get(..shown.get()).map(<[String]>::to_vec)).unwrap_or_default())
    };
    let left = Memo::new(move |_| batched_rows.window.get().left(count.get()));
    let show_more = move |_| {
        let before = batched_rows.update(Window::show_more).unwrap_or_default();
        // The button may be gone: the first new row goes on where it was.
        focus::rescue_with(move || focus::focus(&format!(".item-row:nth-child({}) a", before + 1)));
    };
    view! {
        <ul class="item-rows" role="list">
            <For each=keys key=String::clone let:key>
                {items.entry(&key).map(|item| view! { <ItemRow item=item.into() seen now=clocks.of(&key)/> })}
            </For>
        </ul>
        <Show when=move || { left.get() > 0 }>
            <button type="button" on:click=show_more>{move || texts::show_more(left.get())}</button>
        </Show>
    }
}

/// How many rows are rendered: another batch in each frame, from the beginning with each filter.
#[derive(Clone, Copy)]
struct BatchedRows {
    /// The filter that the window is of.
    grown: RwSignal<(String, Window)>,
    filter: RwSignal<String>,
    window: Memo<Window>,
}

impl BatchedRows {
    /// Grows until all rows are rendered.
    fn start(filter: RwSignal<String>, count: Memo<usize>) -> Self {
        let grown = RwSignal::new((filter.get_untracked(), Window::default()));
        // Derived, so that no row of another filter's window is rendered in between.
        let window = Memo::new(move |_| {
            grown.with(|(of, window)| filter.with(|now| if of == now { *window } else { Window::default() }))
        });
        let batched_rows = Self { grown, filter, window };
        let is_due = StoredValue::new(false);
        Effect::new(move |_| {
            let (all, now) = (count.get(), window.get());
            let mut next = now;
            next.shrink(all);
            if next != now {
                batched_rows.update(|window| *window = next);
            } else if now.is_growing(all) && !is_due.get_value() {
                is_due.set_value(true);
                page::after_render(move || {
                    // The list may be gone meanwhile.
                    if is_due.try_set_value(false).is_none() {
                        batched_rows.update(Window::grow);
                    }
                });
            }
        });
        batched_rows
    }

    fn update<R>(self, change: impl FnOnce(&mut Window) -> R) -> Option<R> {
        let (filter, mut window) = (self.filter.try_get_untracked()?, self.window.try_get_untracked()?);
        let result = change(&mut window);
        self.grown.try_set((filter, window));
        Some(result)
    }
}

/// What to do if there is no item at all.
#[component]
fn NoItems() -> impl IntoView {
    view! {
        <EmptyState title=texts::EMPTY body=texts::EMPTY_BODY>
            <code>{texts::example(&url::origin())}</code>
            <p>{texts::EMPTY_KEYS}</p>
        </EmptyState>
    }
}
