//! Adds a Slack webhook: its address, which table it is for, and what it is told.

use domain::table::Table;
use domain::wire::slack::NewWebhook;

use super::action_button::{Look, action_button, failure};
use super::field::{Field, option};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::live::Tables;

/// The form. It empties itself when the webhook is saved, and keeps what was typed when it is not.
pub(crate) fn webhook_form(
    tables: ReadSignal<Tables>,
    progress: ReadSignal<Progress>,
    on_save: impl Fn(NewWebhook) + 'static,
) -> Element {
    let (address, table) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (each_change, insist) = (RwSignal::new(false), RwSignal::new(false));
    follow(move || {
        if progress.get() == Progress::Done {
            address.set(String::new());
            insist.set(false);
        }
    });
    let error = move || match address.with(|address| address.trim().is_empty()) {
        true => Some("Copy the webhook's address from Slack.".to_owned()),
        false => progress.with(|progress| progress.failure()?.about("address")),
    };
    let submit = move || {
        insist.set(true);
        let typed = address.get_untracked().trim().to_owned();
        if !typed.is_empty() {
            let table = table.get_untracked().parse().ok();
            on_save(NewWebhook { address: typed, table, each_change: each_change.get_untracked() });
        }
    };
    let field = Field {
        id: "webhook-address".to_owned(),
        label: "Webhook address",
        hint: "From your Slack app, under “Incoming Webhooks”. It is not shown again.",
        value: address,
        insist,
    };
    let choice = move |table: ReadSignal<Table>| {
        let id = table.with_untracked(|table| table.id.to_string());
        el("option").set("value", &id).live_text(move || table.with(|table| table.name().to_owned()))
    };
    let whose = el("select")
        .set("id", "webhook-table")
        .child(el("option").set("value", "").text("All tables that have none of their own"))
        .list(move || tables.with(Tables::named), choice)
        .selected(move || table.get(), move |chosen| table.set(chosen));
    let tick = el("input").set("type", "checkbox").ticked(move || each_change.get(), move |on| each_change.set(on));
    el_class("form", "webhook-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(field.draw(error))
        .child(el_class("div", "field").child(el("label").set("for", "webhook-table").text("For")).child(whose))
        .child(option(tick, "Tell it also when a table gets busy"))
        .child(action_button(Look::Primary, "Save the webhook", "Saving…", progress))
        .child(failure(progress))
}
