//! The forms for Slack: a webhook, and the secret of slash commands. What is typed here is secret: the tab keeps none of it.

use leptos::prelude::*;

use super::admin_data::AdminData;
use super::drafts::{clear_sent, forget_error_on_change};
use super::texts;
use super::webhook::WebhookDraft;
use crate::api;
use crate::ui::{Checkbox, Request, RequestError, SubmitButton, TextField, on_submit};

/// Adds a webhook, or replaces the one of its table. It closes when it is saved, and keeps what was typed if it is not.
#[component]
pub(super) fn WebhookForm(
    /// Whether it is shown.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let AdminData { tables, order, slack: settings, .. } = expect_context();
    let (address, each_change) = (RwSignal::new(String::new()), RwSignal::new(false));
    let (table, is_table_gone) = (RwSignal::new(String::new()), RwSignal::new(false));
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    let draft = move || WebhookDraft { address: address.get(), table: table.get(), each_change: each_change.get() };
    forget_error_on_change(request, Signal::derive(move || [address.get(), table.get()].join("\n")));
    Effect::new(move |_| {
        let is_gone = table.with(|table| !table.is_empty() && order.with(|order| !order.contains(table)));
        if is_gone && tables.is_ready() {
            // The browser shows the first choice now: so must the draft.
            table.set(String::new());
            is_table_gone.set(true);
        }
    });
    let error = Signal::derive(move || match draft().webhook() {
        None => Some(texts::WEBHOOK_ADDRESS_MISSING.to_owned()),
        Some(_) => request.error()?.about("address"),
    });
    let submit = move || {
        is_submitted.set(true);
        is_table_gone.set(false);
        let Some(webhook) = untrack(draft).webhook() else { return };
        request.run(async move {
            api::admin::set_webhook(&webhook).await?;
            settings.reload();
            is_open.try_set(false);
            Ok(())
        });
    };
    let choose = move |event| {
        is_table_gone.set(false);
        table.set(event_target_value(&event));
    };
    let option = move |id: String| {
        let name = tables.entry(&id);
        let name = move || name.as_ref().map(|table| table.with(|table| table.name().to_owned()));
        let value = id.clone();
        view! { <option value=value selected=move || table.with(|table| *table == id)>{name}</option> }
    };
    view! {
        <form class="webhook-form" novalidate on:submit=on_submit(submit)>
            <TextField
                id="webhook-address"
                label=texts::WEBHOOK_ADDRESS
                hint=texts::WEBHOOK_ADDRESS_HINT
                value=address
                error
                is_submitted
                autofocus=true
            />
            <div class="field">
                <label for="webhook-table">{texts::WEBHOOK_TABLE}</label>
                <select id="webhook-table" aria-describedby="webhook-table-note" on:change=choose>
                    <option value="" selected=move || table.with(String::is_empty)>{texts::ALL_OTHER_TABLES}</option>
                    <For each=move || order.get() key=String::clone let:id>{option(id)}</For>
                </select>
                <p class="failure" id="webhook-table-note" role="status">
                    {move || if is_table_gone.get() { texts::CHOSEN_TABLE_GONE } else { "" }}
                </p>
            </div>
            <Checkbox label=texts::EACH_CHANGE checked=each_change on_change=move |is_on| each_change.set(is_on)/>
            <div class="actions">
                <SubmitButton request label=texts::SAVE_WEBHOOK pending=texts::SAVING/>
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
            </div>
            <RequestError request fields=&["address"]/>
        </form>
    }
}

/// Sets the secret by which Slack's commands are verified.
#[component]
pub(super) fn CommandForm() -> impl IntoView {
    let AdminData { slack: settings, .. } = expect_context();
    let (secret, is_submitted, request) = (RwSignal::new(String::new()), RwSignal::new(false), Request::new());
    forget_error_on_change(request, secret.into());
    let error = Signal::derive(move || match secret.with(|secret| secret.trim().is_empty()) {
        true => Some(texts::SECRET_MISSING.to_owned()),
        false => request.error()?.about("secret"),
    });
    let submit = move || {
        is_submitted.set(true);
        let typed = secret.with_untracked(|secret| secret.trim().to_owned());
        if typed.is_empty() {
            return;
        }
        request.run(async move {
            api::admin::set_signing_secret(typed.clone()).await?;
            settings.reload();
            clear_sent(secret, &typed);
            is_submitted.try_set(false);
            Ok(())
        });
    };
    let status = move || match settings.data() {
        None => "",
        Some(settings) if settings.takes_commands => texts::COMMAND_SET,
        Some(_) => texts::COMMAND_NOT_SET,
    };
    view! {
        <form novalidate on:submit=on_submit(submit)>
            <p class="hint" role="status">{status}</p>
            <TextField id="slack-secret" label=texts::SECRET hint=texts::SECRET_HINT value=secret error is_submitted/>
            <SubmitButton request label=texts::SAVE_SECRET pending=texts::SAVING/>
            <RequestError request fields=&["secret"]/>
        </form>
    }
}
