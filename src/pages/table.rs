//! One table: its state, how it was used, and a code for the wall beside it.

use domain::alert::AlertRule;
use domain::line::{self, LineView};
use domain::table::{Table, TableId};
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::usage::{StatusChange, Usage};
use domain::wire::notifications as wire;
use domain::wire::read::Read;
use serde_json::Value;

use crate::browser::element::{Element, el, el_class};
use crate::browser::{self, navigation, page};
use crate::components::alert_choice::alert_choice;
use crate::components::chart::chart;
use crate::components::dialog::dialog;
use crate::components::line_panel::{LineStep, line_panel};
use crate::components::notice::{notice, try_again, way_on};
use crate::components::skeleton::big_skeleton;
use crate::components::table_surface::table_surface;
use crate::components::wall_code::wall_code;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::api::{self, Failure};
use crate::state::attempt::Attempt;
use crate::state::charts::{day_bars, day_strip, heat_map};
use crate::state::live::Tables;
use crate::state::ticking::local;
use crate::state::{Shared, words};

/// How often the usage is asked for anew while the page is seen, in milliseconds: its last hour grows.
const USAGE_AGE: i64 = 10 * 60_000;

/// What is shown where the table is not.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Absence {
    /// It is there.
    None,
    Loading,
    Unknown,
    Gone,
}

/// The page.
pub(crate) fn table_page(shared: Shared, id: TableId) -> Element {
    let tables = shared.live.watch_tables(Topic::Table(id.clone()));
    shared.news.tell(tables);
    // A table that is gone keeps its name, so that the page can say whose it was.
    let name = RwSignal::new(id.to_string());
    let absence = RwSignal::new(Absence::Loading);
    follow(move || {
        let before = absence.get_untracked();
        let now = tables.with(|tables| match (tables, tables.list().first()) {
            (_, Some(table)) => {
                name.set(table.name().to_owned());
                page::set_title(&format!("{} · {} · Rally", words::status(table.status), table.name()));
                Absence::None
            }
            (Tables::Loading, _) => Absence::Loading,
            _ if matches!(before, Absence::None | Absence::Gone) => Absence::Gone,
            _ => Absence::Unknown,
        });
        if now != Absence::None {
            page::set_title(&format!("{} · Rally", name.get_untracked()));
        }
        absence.set(now);
    });
    let unknown = format!("No table has the id “{id}”. It may have been removed.");
    let instead = move |absence: &Absence| match absence {
        Absence::None => None,
        Absence::Loading => Some(big_skeleton()),
        Absence::Unknown => Some(notice("There is no such table", &unknown).child(way_on("/", "See all tables"))),
        Absence::Gone => {
            let removed = notice("This table has been removed", "An admin has deleted it just now.");
            Some(removed.child(way_on("/", "See all tables")))
        }
    };
    let back = el("a").set("href", &Route::Tables.to_string()).text("← All tables");
    el("div")
        .child(el_class("p", "way-back").child(back))
        .child(el_class("div", "page-head").child(el("h1").set("tabindex", "-1").live_text(move || name.get())))
        .part(move || absence.get(), instead)
        .child(el("div").list(move || tables.with(Tables::named), move |table| known(shared, table)))
}

/// What is shown of a table that there is.
fn known(shared: Shared, table: ReadSignal<Table>) -> Element {
    let now = shared.clock.now();
    let id = table.with_untracked(|table| table.id.clone());
    let status = move || Some(words::status_name(table.with(|table| table.status)).to_owned());
    let since = move || {
        let at = local(table.with(|table| table.since));
        format!("Since {}", at.clock_seen_from(local(now.get())))
    };
    let facts = el_class("div", "table-facts")
        .child(el("p").live_text(since))
        .child(el("p").text("Id ").child(el("code").text(id.as_str())))
        .children(poster(table));
    let all = shared.notifications;
    let topic = StoredValue::new(Topic::Table(id.clone()));
    let rule = move || topic.with_value(|topic| all.rule(topic));
    let choose = move |wanted: Option<AlertRule>| match wanted {
        Some(wanted) => all.ask(topic.get_value(), wanted),
        None => all.withdraw(&topic.get_value()),
    };
    let alert = el_class("section", "panel").set("aria-label", "Tell me").child(alert_choice(rule, choose));
    let head = el_class("div", "table-head")
        .set("data-table", id.as_str())
        .live("data-status", status)
        .child(table_surface(table, now))
        .child(facts);
    let own = el_class("div", "table-own").child(line(shared, id.clone())).child(alert);
    el("div").child(head).child(own).child(history(shared, table, id))
}

/// The line for the table.
fn line(shared: Shared, id: TableId) -> Element {
    let read = |id: &str, state: &Value| (id == "line").then(|| LineView::read(state)).flatten();
    let told = shared.live.watch(Topic::Table(id.clone()), read);
    let line = move || told.with(|told| told.list().first().cloned()).unwrap_or_default();
    let id = StoredValue::new(id);
    let mark = move || {
        let member = shared.session.member()?;
        Some(id.with_value(|id| line::mark(id, &member.id)))
    };
    let attempt = Attempt::new();
    let step = move |step: LineStep| {
        let id = id.get_value();
        attempt.run(async move {
            match step {
                LineStep::Join => api::post(&wire::table_line(&id), None).await,
                LineStep::Leave => api::delete(&wire::table_line(&id), None).await,
                LineStep::Take => api::post(&wire::table_line_take(&id), None).await,
                LineStep::Pass => api::post(&wire::table_line_pass(&id), None).await,
            }
        });
    };
    line_panel(line, mark, shared.clock.now(), attempt.progress(), step)
}

/// The button for the code, and the code.
fn poster(table: ReadSignal<Table>) -> [Element; 2] {
    let open = RwSignal::new(false);
    let content = move || {
        let (name, path) = table.with(|table| (table.name().to_owned(), Route::Table(table.id.clone()).to_string()));
        wall_code(&name, &format!("{}{path}", navigation::origin()), page::print, move || open.set(false))
    };
    let button = el("button").set("type", "button").on_click(move || open.set(true)).text("QR code for the wall");
    [button, dialog(open, "QR code for the wall", content)]
}

/// How the table was used. Goes on with what is heard live, and asks anew now and then.
fn history(shared: Shared, table: ReadSignal<Table>, id: TableId) -> Element {
    let usage = RwSignal::new(None::<Result<Usage, Failure>>);
    let now = shared.clock.now();
    let ask = move || {
        let id = id.clone();
        browser::run(async move {
            let answer = api::usage(&id).await;
            // An older answer is better than a fault.
            if answer.is_ok() || usage.try_with_untracked(|known| !matches!(known, Some(Ok(_)))).unwrap_or(false) {
                usage.try_set(Some(answer));
            }
        });
    };
    let (mut asked, ask_anew) = (None, ask.clone());
    follow(move || {
        let age = now.get().milliseconds() / USAGE_AGE;
        if asked != Some(age) && page::is_visible() {
            asked = Some(age);
            ask_anew();
        }
    });
    follow(move || {
        let last = table.with(|table| StatusChange { at: table.since, status: table.status });
        let news =
            |usage: &Usage| usage.day.last().is_none_or(|known| known.at < last.at && known.status != last.status);
        if usage.with_untracked(|usage| matches!(usage, Some(Ok(usage)) if news(usage))) {
            usage.update(|usage| {
                if let Some(Ok(usage)) = usage {
                    usage.day.push(last);
                }
            });
        }
    });
    // The strip moves on by itself, a minute at a time.
    let minute = move || Timestamp::from_milliseconds(now.get().milliseconds() / 60_000 * 60_000);
    let strip =
        move || usage.with(|usage| Some(day_strip::chart(&usage.as_ref()?.as_ref().ok()?.day, minute(), local)));
    let hours = move || {
        usage.with(|usage| {
            let usage = usage.as_ref()?.as_ref().ok()?;
            Some([day_bars::chart(usage, local), heat_map::chart(usage, local)])
        })
    };
    let failure = move || usage.with(|usage| usage.as_ref()?.as_ref().err().map(|failure| failure.message.clone()));
    let refused = move |message: &Option<String>| {
        let ask = ask.clone();
        message.as_ref().map(|message| notice("Its history cannot be shown", message).child(try_again(ask)))
    };
    el("div")
        .child(el_class("div", "charts strip").part(strip, |strip| strip.as_ref().map(chart)))
        .part(hours, |hours| hours.as_ref().map(|hours| el_class("div", "charts").children(hours.iter().map(chart))))
        .part(failure, refused)
}
