//! One table as its admin sees it: can be renamed and deleted.

use domain::table::{Description, Table};

use super::action_button::{Look, action_button, failure};
use super::dialog::{Question, confirmation};
use super::field::Field;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::words;

/// The row, as an item of a list. `on_delete` hears of it only after they were asked whether they mean it.
pub(crate) fn table_row(
    table: ReadSignal<Table>,
    renaming: ReadSignal<Progress>,
    on_rename: impl Fn(Description) + Copy + 'static,
    deleting: ReadSignal<Progress>,
    on_delete: impl Fn() + Copy + 'static,
) -> Element {
    let (editing, confirming) = (RwSignal::new(false), RwSignal::new(false));
    let id = table.with_untracked(|table| table.id.to_string());
    let name = move || table.with(|table| table.name().to_owned());
    let detail = move || table.with(|table| format!("{}, {}", table.id, words::status(table.status)));
    let button = move |verb: &'static str, pressed: RwSignal<bool>| {
        let aloud = el_class("span", "unseen").live_text(move || format!(" {}", name()));
        el("button").set("type", "button").on_click(move || pressed.set(true)).text(verb).child(aloud)
    };
    let content = move |editing_now: &bool| {
        Some(if *editing_now {
            renaming_form(table, renaming, on_rename, editing)
        } else {
            el_class("div", "actions").child(button("Rename", editing)).child(button("Delete", confirming))
        })
    };
    let question = Question {
        title: format!("Delete “{}”?", untrack(name)),
        meaning: "Every screen that shows it will say that it is gone. This cannot be undone.",
        yes: ["Delete it", "Deleting…"],
        progress: deleting,
    };
    let words = el_class("p", "row-name")
        .child(el("strong").live_text(name))
        .child(el_class("span", "row-detail").live_text(detail));
    el_class("li", "table-row")
        .set("data-table", &id)
        .child(words)
        .part(move || editing.get(), content)
        .child(confirmation(confirming, question, on_delete))
}

/// The form for another name, as long as `editing` says so.
fn renaming_form(
    table: ReadSignal<Table>,
    progress: ReadSignal<Progress>,
    on_rename: impl Fn(Description) + 'static,
    editing: RwSignal<bool>,
) -> Element {
    let description = move || table.with(|table| table.description.as_str().to_owned());
    let before = untrack(description);
    let (text, insist) = (RwSignal::new(before.clone()), RwSignal::new(false));
    // Whatever an earlier try came to, this one has not begun.
    let shown = RwSignal::new(Progress::Idle);
    follow(move || {
        let now = progress.get();
        if !insist.get() {
            return;
        }
        if now == Progress::Done {
            editing.set(false);
        }
        shown.set(now);
    });
    let error = move || text.with(|text| text.parse::<Description>()).err().map(|violation| violation.message());
    let meanwhile = move || match description() {
        now if now == before => String::new(),
        now => format!("Somebody has renamed it to “{now}” meanwhile; saving replaces that."),
    };
    let submit = move || {
        if let Ok(description) = text.get_untracked().parse() {
            on_rename(description);
        }
        insist.set(true);
    };
    let id = table.with_untracked(|table| format!("rename-{}", table.id));
    let field = Field { id, label: "Where it stands", hint: "", value: text, insist };
    let cancel = el("button").set("type", "button").on_click(move || editing.set(false)).text("Cancel");
    let save = action_button(Look::Primary, "Save", "Saving…", shown.read_only());
    el_class("form", "row-form")
        .on_submit(submit)
        .child(field.draw_focused(error))
        .child(el_class("p", "hint").set("role", "status").live_text(meanwhile))
        .child(el_class("div", "actions").child(save).child(cancel))
        .child(failure(shown.read_only()))
}
