//! One item: its value and what has changed in it, how a number of it went, and the values before.

use domain::alert::AlertRule;
use domain::item::{Item, ItemKey};
use domain::reading::{Path, numbers};
use domain::topic::Topic;
use domain::wire::items::{self as wire, PastValue};
use domain::wire::read::Read;

use super::items::way_back;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{self, page};
use crate::components::item_bell::item_bell;
use crate::components::json_view::json_view;
use crate::components::notice::{notice, try_again, way_on};
use crate::components::skeleton::big_skeleton;
use crate::components::sparkline::{path_choice, sparkline};
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::api::{self, Failure};
use crate::state::items::json_lines::{self, LINES_LIMIT};
use crate::state::items::sparkline::sparkline as line_of;
use crate::state::items::{History, preview};
use crate::state::live::Known;
use crate::state::ticking::to_the_second;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Loading,
    Refused(String),
    Unknown,
    Gone,
    There,
}

/// The page.
pub(crate) fn item_page(shared: Shared, key: ItemKey) -> Element {
    page::set_title(&format!("{key} · Rally"));
    let known = shared.live.watch(Topic::Item(key.clone()), |_, state| Item::read(state));
    let content = RwSignal::new(Content::Loading);
    follow(move || {
        let before = content.get_untracked();
        let next = known.with(|known| match known {
            Known::Loading => Content::Loading,
            Known::Refused(message) => Content::Refused(message.clone()),
            Known::Told(list) if !list.is_empty() => Content::There,
            Known::Told(_) if matches!(before, Content::There | Content::Gone) => Content::Gone,
            Known::Told(_) => Content::Unknown,
        });
        if next != before {
            content.set(next);
        }
    });
    let heading = el_class("h1", "item-heading").set("tabindex", "-1").text(key.as_str());
    let draw = move |content: &Content| {
        let to_all = || way_on(&Route::Items.to_string(), "See all items");
        Some(match content {
            Content::Loading => big_skeleton(),
            Content::Refused(message) => notice("This item cannot be shown", message).child(to_all()),
            Content::Unknown => {
                let why = format!("Nothing has the key “{key}” just now. As soon as it is written, it shows here.");
                notice("There is no such item", &why).child(to_all())
            }
            Content::Gone => {
                notice("This item has been removed", "If it is written again, it shows here.").child(to_all())
            }
            Content::There => there(shared, known, key.clone()),
        })
    };
    el("div").child(way_back()).child(el_class("div", "page-head").child(heading)).part(move || content.get(), draw)
}

fn there(shared: Shared, known: ReadSignal<Known<Item>>, key: ItemKey) -> Element {
    let item = RwSignal::new(None::<Item>);
    let history = RwSignal::new(History::default());
    let failure = RwSignal::new(None::<Failure>);
    let asked = key.clone();
    let ask = move || {
        let key = asked.clone();
        browser::run(async move {
            match api::get::<Vec<PastValue>>(&wire::history(&key)).await {
                Ok(values) => {
                    history.try_update(|history| history.add(values));
                    failure.try_set(None);
                }
                Err(refused) => _ = failure.try_set(Some(refused)),
            }
        });
    };
    ask();
    follow(move || {
        let Some(next) = known.with(|known| known.list().first().cloned()) else { return };
        let value = PastValue { rev: next.rev, at: next.updated_at, value: next.value.clone() };
        history.update(|history| history.add([value]));
        item.set(Some(next));
    });
    let of = move |read: fn(&Item) -> String| item.with(|item| item.as_ref().map(read).unwrap_or_default());
    let today = shared.clock.today();
    let written = move || {
        let at = item.with(|item| item.as_ref().map(|item| item.updated_at));
        at.map(|at| format!("Written at {}", to_the_second(at, today.get()))).unwrap_or_default()
    };
    let schema = move || {
        of(|item| if item.schema.as_str().is_empty() { String::new() } else { format!("Schema {}", item.schema) })
    };
    let facts = el_class("p", "item-facts")
        .child(el("span").live_text(written))
        .child(el("span").live_text(move || of(|item| format!("Revision {}", item.rev))))
        .child(el("span").live_text(move || of(|item| item.content_type.to_string())))
        .child(el("span").live_text(schema));
    let lines = RwSignal::new((Vec::new(), 0));
    follow(move || {
        let next = item.with(|item| {
            let item = item.as_ref()?;
            Some(history.with(|history| json_lines::lines(&item.value, history.before(item.rev))))
        });
        lines.set(next.unwrap_or_default());
    });
    let shown = move || lines.with(|lines| lines.0.clone());
    let more = move || {
        let more = lines.with(|lines| lines.1);
        if more == 0 { String::new() } else { format!("The first {LINES_LIMIT} lines; {more} more are not shown.") }
    };
    let value = el_class("section", "panel item-value")
        .set("aria-labelledby", "value")
        .child(el("h2").set("id", "value").text("Value"))
        .child(facts)
        .child(json_view(shown))
        .child(el_class("p", "hint").live_text(more))
        .child(copier(item));
    let failed = move || failure.with(|failure| failure.as_ref().map(|failure| failure.message.clone()));
    let refused = move |message: &Option<String>| {
        let ask = ask.clone();
        message.as_ref().map(|message| notice("Its history cannot be shown", message).child(try_again(ask)))
    };
    el_class("div", "item-page").child(value).child(
        el("div")
            .child(bell(shared, key, item))
            .child(trend(item, history))
            .child(past(shared, history))
            .part(failed, refused),
    )
}

/// What somebody wants to be told of it.
fn bell(shared: Shared, key: ItemKey, item: RwSignal<Option<Item>>) -> Element {
    let all = shared.notifications;
    let topic = StoredValue::new(Topic::Item(key));
    let rule = move || topic.with_value(|topic| all.rule(topic));
    let choose = move |wanted: Option<AlertRule>| match wanted {
        Some(wanted) => all.ask(topic.get_value(), wanted),
        None => all.withdraw(&topic.get_value()),
    };
    el_class("details", "panel room-bell").child(el("summary").text("Tell me")).child(item_bell(
        rule,
        move || paths_of(item),
        choose,
    ))
}

fn paths_of(item: RwSignal<Option<Item>>) -> Vec<String> {
    item.with(|item| {
        let numbers = item.as_ref().map(|item| numbers(&item.value)).unwrap_or_default();
        numbers.into_iter().map(|(path, _)| path.to_string()).collect()
    })
}

/// Puts the whole value on the clipboard.
fn copier(item: RwSignal<Option<Item>>) -> Element {
    let copied = RwSignal::new(None::<bool>);
    let copy = move || {
        let text =
            item.with_untracked(|item| item.as_ref().and_then(|item| serde_json::to_string_pretty(&item.value).ok()));
        browser::run(async move {
            copied.try_set(Some(page::copy(&text.unwrap_or_default()).await));
        });
    };
    let said = move || match copied.get() {
        None => String::new(),
        Some(true) => "Copied.".to_owned(),
        Some(false) => "The browser does not allow it here. Mark the text and copy it.".to_owned(),
    };
    el_class("div", "actions")
        .child(el("button").set("type", "button").on_click(copy).text("Copy"))
        .child(el_class("span", "hint").set("role", "status").live_text(said))
}

/// How a number went.
fn trend(item: RwSignal<Option<Item>>, history: RwSignal<History>) -> Element {
    let chosen = RwSignal::new(None::<Path>);
    let paths = move || paths_of(item);
    // What was chosen, or else the first one.
    let path = move || {
        let first = || paths().first().and_then(|path| path.parse().ok());
        chosen.get().or_else(first).unwrap_or_default()
    };
    let choose = move |path: String| chosen.set(path.parse().ok());
    let line = move || history.with(|history| line_of(history.list(), &path()));
    let draw = move |line: &Option<crate::state::items::sparkline::Sparkline>| line.as_ref().map(sparkline);
    let has_numbers = move || !paths().is_empty();
    let content = move || {
        el("div")
            .part(paths, move |paths| Some(path_choice(paths, move || path().to_string(), choose)))
            .part(line, draw)
    };
    el_class("section", "panel")
        .set("aria-labelledby", "trend")
        .child(el("h2").set("id", "trend").text("How a number went"))
        .when(has_numbers, content)
        .when(move || !has_numbers(), || el_class("p", "hint").text("There is no number in this value."))
}

/// The values before.
fn past(shared: Shared, history: RwSignal<History>) -> Element {
    let today = shared.clock.today();
    let named = move || {
        let newest_first = history.with(|history| history.list().iter().rev().cloned().collect::<Vec<PastValue>>());
        newest_first.into_iter().map(|past| (past.rev.to_string(), past)).collect()
    };
    let row = move |past: ReadSignal<PastValue>| {
        let past = past.get_untracked();
        el("li")
            .child(el("span").live_text(move || to_the_second(past.at, today.get())))
            .child(el_class("span", "past-rev").text(&past.rev.to_string()))
            .child(el("code").text(&preview(&past.value)))
    };
    el_class("section", "panel")
        .set("aria-labelledby", "past")
        .child(el("h2").set("id", "past").text("The last 100 values"))
        .child(
            el_class("ol", "past-values")
                .set("role", "list")
                .set("tabindex", "0")
                .set("aria-labelledby", "past")
                .list(named, row),
        )
}
