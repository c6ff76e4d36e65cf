//! All items, found by how their keys begin; each is kept in step.

use domain::item::{ItemGroup, ItemKey};
use domain::topic::Topic;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::storage::{self, Kept};
use crate::browser::{navigation, page};
use crate::components::item_row::item_row;
use crate::components::notice::notice;
use crate::components::skeleton::skeleton;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::items::ItemRow;
use crate::state::live::Known;

/// So many more rows are made at a time: a frame has time for them.
const ROWS_AT_ONCE: usize = 40;

/// So many rows are shown before one asks for more.
const ROWS_PER_PAGE: usize = 1_000;

/// Under this name the tab keeps what was looked for.
const SOUGHT: &str = "items-prefix";

/// The page.
pub(crate) fn items_page(shared: Shared) -> Element {
    page::set_title("Items · Rally");
    let prefix = RwSignal::new(storage::get(Kept::InTab, SOUGHT).unwrap_or_default());
    follow(move || prefix.with(|prefix| storage::set(Kept::InTab, SOUGHT, Some(prefix))));
    let found = RwSignal::new(None);
    let said = move || match found.get() {
        Some(1) => "1 item".to_owned(),
        Some(count) => format!("{count} items"),
        None => String::new(),
    };
    let input = el("input")
        .set("id", "prefix")
        .set("type", "search")
        .set("autocomplete", "off")
        .set("autocapitalize", "none")
        .set("spellcheck", "false")
        .set("placeholder", "vehicle:")
        .set("aria-describedby", "prefix-below")
        .typed(prefix);
    let odd = move || match prefix.with(|prefix| prefix.parse::<ItemKey>()) {
        Err(violation) if prefix.with(|prefix| !prefix.is_empty()) => violation.message(),
        _ => String::new(),
    };
    let search = el_class("div", "field")
        .child(el("label").set("for", "prefix").text("Key begins with"))
        .child(input)
        .child(el_class("p", "failure").set("id", "prefix-below").set("role", "status").live_text(odd));
    let head = heading("Items").child(el_class("p", "page-summary").set("role", "status").live_text(said));
    // Whoever looks into one group need not hear of all others.
    let topic = move || prefix.with(|prefix| topic_of(prefix));
    let list = move |topic: &Topic| Some(list(shared, topic.clone(), prefix, found));
    el("div").child(head).child(el_class("div", "item-search").child(search)).part(topic, list)
}

fn topic_of(prefix: &str) -> Topic {
    let group = prefix.split_once(':').and_then(|(group, _)| group.parse::<ItemGroup>().ok());
    group.map_or(Topic::Items, Topic::Group)
}

/// What is known of a topic, in a word.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Loading,
    Refused(String),
    Nothing,
    NoneFound,
    Found,
}

fn list(shared: Shared, topic: Topic, prefix: RwSignal<String>, found: RwSignal<Option<usize>>) -> Element {
    let known = shared.live.watch(topic, ItemRow::read);
    let is_found = move |row: &&ItemRow| prefix.with(|prefix| row.key.starts_with(prefix.as_str()));
    let count = move || known.with(|known| known.list().iter().filter(is_found).count());
    let content = move || {
        known.with(|known| match known {
            Known::Loading => Content::Loading,
            Known::Refused(message) => Content::Refused(message.clone()),
            Known::Told(_) if count() > 0 => Content::Found,
            Known::Told(_) if prefix.with(String::is_empty) => Content::Nothing,
            Known::Told(_) => Content::NoneFound,
        })
    };
    follow(move || {
        let next = matches!(content(), Content::Found).then(count);
        if found.get_untracked() != next {
            found.set(next);
        }
    });
    let draw = move |content: &Content| {
        Some(match content {
            Content::Loading => skeleton(),
            Content::Refused(message) => notice("These items cannot be shown", message),
            Content::Nothing => nothing(),
            Content::NoneFound => {
                notice("No key begins so", "As soon as an item with such a key is written, it shows here.")
            }
            Content::Found => rows(shared, known, prefix, count),
        })
    };
    el("div").part(content, draw)
}

fn rows(
    shared: Shared,
    known: ReadSignal<Known<ItemRow>>,
    prefix: RwSignal<String>,
    count: impl Fn() -> usize + Copy + 'static,
) -> Element {
    let today = shared.clock.today();
    let (shown, most) = (RwSignal::new(ROWS_AT_ONCE), RwSignal::new(ROWS_PER_PAGE));
    let named = move || {
        let most = shown.get().min(most.get());
        prefix.with(|prefix| {
            known.with(|known| {
                let found = known.list().iter().filter(|row| row.key.starts_with(prefix.as_str()));
                found.take(most).map(|row| (row.key.clone(), row.clone())).collect()
            })
        })
    };
    // A few in each frame, so that the page stays quick while they come.
    follow(move || {
        if shown.get() < count().min(most.get()) {
            page::after_changes(move || _ = shown.try_update(|shown| *shown += ROWS_AT_ONCE));
        }
    });
    let row = move |row: ReadSignal<ItemRow>| {
        let key = row.with_untracked(|row| row.key.parse().map(Route::Item));
        let address = key.unwrap_or(Route::Items).to_string();
        item_row(row, &address, today)
    };
    let left = move || count().saturating_sub(most.get());
    let more = move || {
        el("button")
            .set("type", "button")
            .on_click(move || most.update(|most| *most += ROWS_PER_PAGE))
            .live_text(move || format!("Show more: {} are left", left()))
    };
    el("div").child(el_class("ul", "item-rows").set("role", "list").list(named, row)).when(move || left() > 0, more)
}

fn nothing() -> Element {
    let why = "An item is any JSON under a key. What is written shows here at once; write the first one like this:";
    let example = format!(
        "curl -X PUT {}/v1/items/hello -H 'content-type: application/json' -d '{{\"value\": \"world\"}}'",
        navigation::origin()
    );
    notice("There are no items yet", why)
        .child(el("code").text(&example))
        .child(el("p").text("Devices and services write with a key, which an admin makes on the page Admin."))
}

/// The way from an item's page to all of them.
pub(super) fn way_back() -> Element {
    let back = el("a").set("href", &Route::Items.to_string()).text("← All items");
    el_class("p", "way-back").child(back)
}
