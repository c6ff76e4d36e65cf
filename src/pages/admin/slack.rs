//! A part of the admin's page: Slack's webhooks, how they do, and the secret of its commands.

use domain::table::TableId;
use domain::wire::slack::{self, NewSigningSecret, NewWebhook, SlackSettings, Webhook};
use serde_json::Value;

use crate::browser;
use crate::browser::element::{Element, el, el_class};
use crate::components::action_button::{Look, action_button, failure};
use crate::components::field::Field;
use crate::components::notice::try_again;
use crate::components::webhook_form::webhook_form;
use crate::reactive::*;
use crate::state::api::{self, Failure};
use crate::state::attempt::{Attempt, Progress};
use crate::state::live::Tables;
use crate::state::ticking::local;

/// What is known of it, once the server has answered.
type Known = RwSignal<Option<Result<SlackSettings, Failure>>>;

/// The part.
pub(super) fn slack_panel(tables: ReadSignal<Tables>) -> Element {
    let known = Known::new(None);
    ask_for(known);
    let saving = Attempt::new();
    let save = move |webhook: NewWebhook| {
        saving.run(async move {
            api::send::<Value>("PUT", slack::WEBHOOKS, &webhook, None).await?;
            ask_for(known);
            Ok(())
        });
    };
    let list = move |answer: &Option<Result<SlackSettings, Failure>>| {
        Some(match answer {
            None => el_class("p", "hint").text("Loading…"),
            Some(Err(failure)) => el("div")
                .child(el_class("p", "failure").text(&failure.message))
                .child(try_again(move || ask_for(known))),
            Some(Ok(settings)) if settings.webhooks.is_empty() => el_class("p", "hint")
                .text("No channel is told yet. Add a webhook, and it hears when a table gets free."),
            Some(Ok(settings)) => {
                let rows = settings.webhooks.iter().map(|webhook| row(webhook, known));
                el_class("ul", "rows").set("role", "list").children(rows)
            }
        })
    };
    el_class("section", "panel")
        .set("aria-labelledby", "admin-slack")
        .child(el("h2").set("id", "admin-slack").text("Slack"))
        .part(move || known.get(), list)
        .child(el("h3").text("Add a webhook"))
        .child(webhook_form(tables, saving.progress(), save))
        .child(el("h3").text("The command /rally"))
        .child(commands(known))
}

fn ask_for(known: Known) {
    browser::run(async move {
        // The page may have been left meanwhile.
        known.try_set(Some(api::get(slack::SLACK).await));
    });
}

fn with_table(path: &str, table: Option<&TableId>) -> String {
    table.map_or_else(|| path.to_owned(), |table| format!("{path}?table={table}"))
}

fn row(webhook: &Webhook, known: Known) -> Element {
    let whose = webhook.table.as_ref().map_or_else(|| "All other tables".to_owned(), TableId::to_string);
    let told = if webhook.each_change { "told of each change" } else { "told when it gets free" };
    let state = match (&webhook.failing_since, &webhook.failure) {
        (Some(since), Some(why)) => {
            let since = local(*since).clock();
            let off = if webhook.is_off { " It was switched off; save it again when it is mended." } else { "" };
            format!("It fails since {since}: {why}{off}")
        }
        _ => String::new(),
    };
    let (trying, removing) = (Attempt::new(), Attempt::new());
    let table = StoredValue::new(webhook.table.clone());
    let try_out = move || {
        let path = with_table(slack::WEBHOOK_TRIALS, table.get_value().as_ref());
        trying.run(async move {
            let outcome = api::post(&path, None).await;
            ask_for(known);
            outcome
        });
    };
    let remove = move || {
        let path = with_table(slack::WEBHOOKS, table.get_value().as_ref());
        removing.run(async move {
            api::delete(&path, None).await?;
            ask_for(known);
            Ok(())
        });
    };
    let button = |label: &str| el("button").set("type", "button").text(label);
    let aloud = || el_class("span", "unseen").text(&format!(" the webhook of {whose}"));
    let words = el_class("p", "row-name")
        .child(el("strong").text(&whose))
        .child(el_class("span", "row-detail").text(&format!("…{}, {told}", webhook.ends_with)))
        .child(el_class("span", "failure").text(&state));
    let buttons = el_class("div", "actions")
        .child(button("Try").child(aloud()).on_click(try_out))
        .child(button("Remove").child(aloud()).on_click(remove));
    el_class("li", "table-row")
        .child(words)
        .child(buttons)
        .child(failure(trying.progress()))
        .child(failure(removing.progress()))
}

/// The secret by which Slack's requests are known.
fn commands(known: Known) -> Element {
    let (secret, insist, saving) = (RwSignal::new(String::new()), RwSignal::new(false), Attempt::new());
    follow(move || {
        if saving.progress().get() == Progress::Done {
            secret.set(String::new());
            insist.set(false);
        }
    });
    let is_set = move || known.with(|known| matches!(known, Some(Ok(settings)) if settings.takes_commands));
    let error = move || match secret.with(|secret| secret.trim().is_empty()) {
        true => Some("Copy the signing secret from Slack.".to_owned()),
        false => saving.progress().with(|progress| progress.failure()?.about("secret")),
    };
    let submit = move || {
        insist.set(true);
        let typed = secret.get_untracked().trim().to_owned();
        if typed.is_empty() {
            return;
        }
        saving.run(async move {
            api::send::<Value>("PUT", slack::SIGNING_SECRET, &NewSigningSecret { secret: typed }, None).await?;
            ask_for(known);
            Ok(())
        });
    };
    let field = Field {
        id: "slack-secret".to_owned(),
        label: "Signing secret",
        hint: "From your Slack app, under “Basic Information”. Its command's request address is this site's /v1/slack/commands.",
        value: secret,
        insist,
    };
    let words = move || if is_set() { "Commands are taken." } else { "Commands are not taken yet." }.to_owned();
    el("form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(el_class("p", "hint").set("role", "status").live_text(words))
        .child(field.draw(error))
        .child(action_button(Look::Primary, "Save the secret", "Saving…", saving.progress()))
        .child(failure(saving.progress()))
}
