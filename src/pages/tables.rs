//! All tables: which are free, and since when.

use domain::alert::AlertRule;
use domain::table::{Table, TableStatus};
use domain::topic::Topic;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::components::bell::bell;
use crate::components::notice::{notice, way_on};
use crate::components::skeleton::skeleton;
use crate::components::table_card::table_card;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::live::Tables;
use crate::state::notifications::Notifications;
use crate::state::session::Session;
use crate::state::words::Count;

/// What the page shows, apart from the tables' own states.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Loading,
    Refused(String),
    Empty,
    Tables,
}

impl Content {
    fn of(tables: &Tables) -> Self {
        match tables {
            Tables::Loading => Self::Loading,
            Tables::Refused(message) => Self::Refused(message.clone()),
            Tables::Told(tables) if tables.is_empty() => Self::Empty,
            Tables::Told(_) => Self::Tables,
        }
    }
}

/// The page.
pub(crate) fn tables_page(shared: Shared) -> Element {
    let tables = shared.live.watch_tables(Topic::Tables);
    shared.news.tell(tables);
    let count = move || tables.with(|tables| Count::of(tables.list()));
    follow(move || page::set_title(&count().title()));
    let content = move |content: &Content| {
        Some(match content {
            Content::Loading => skeleton(),
            Content::Refused(message) => {
                notice("The tables cannot be shown", &format!("{message} Reload the page to ask again."))
            }
            Content::Empty => empty(shared.session),
            Content::Tables => grid(tables, shared),
        })
    };
    let head = heading("Tables").child(el_class("p", "page-summary").live_text(move || count().summary()));
    el("div").child(head).part(move || tables.with(Content::of), content)
}

fn grid(tables: ReadSignal<Tables>, shared: Shared) -> Element {
    let now = shared.clock.now();
    el_class("ul", "tables").set("role", "list").list(
        move || tables.with(Tables::named),
        move |table| {
            let topic = Topic::Table(table.with_untracked(|table| table.id.clone()));
            table_card(table, now, bell_of(shared.notifications, table, topic))
        },
    )
}

/// The bell below a table: there as long as there is something to wait for, or it is set.
fn bell_of(notifications: Notifications, table: ReadSignal<Table>, topic: Topic) -> Element {
    let topic = StoredValue::new(topic);
    let rule = move || topic.with_value(|topic| notifications.rule(topic));
    let is_shown = move || table.with(|table| table.status != TableStatus::Free) || rule().is_some();
    let press = move || {
        let topic = topic.get_value();
        match untrack(rule) {
            Some(_) => notifications.withdraw(&topic),
            None => notifications.ask(topic, AlertRule::FreeOnce),
        }
    };
    let name = move || table.with(|table| table.name().to_owned());
    el("div").when(is_shown, move || bell(name, move || rule().is_some(), press))
}

fn empty(session: Session) -> Element {
    const TITLE: &str = "There are no tables yet";
    el("div").part(
        move || session.is_admin(),
        |is_admin| {
            Some(if *is_admin {
                notice(TITLE, "Register the first one; then give its sensor a key, and its state will show here.")
                    .child(way_on(&Route::Admin.to_string(), "Register a table"))
            } else {
                notice(TITLE, "As soon as an admin registers one, it will show here by itself.")
            })
        },
    )
}
