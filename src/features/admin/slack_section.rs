//! The section about Slack: the connected channels, how posts to them do, and the forms.

use domain::table::Table;
use leptos::prelude::*;
use protocol::slack::{SlackSettings, Webhook};

use super::slack_forms::{CommandForm, WebhookForm};
use super::texts;
use super::webhook::{detail, find, scope_name, scope_of, trouble};
use crate::api;
use crate::format::LocalTime;
use crate::live::TopicStore;
use crate::ui::{ListFocus, Loaded, Loader, Request, RequestError, use_now};

/// The section.
#[component]
pub(super) fn SlackSection(
    /// The tables.
    tables: TopicStore<Table>,
    /// Their ids, in the order in which they are listed.
    order: Memo<Vec<String>>,
) -> impl IntoView {
    let settings = Loader::new(|| Box::pin(api::admin::slack()));
    view! {
        <section class="panel" aria-labelledby="admin-slack">
            <h2 id="admin-slack" tabindex="-1">{texts::SLACK}</h2>
            <Webhooks settings/>
            <h3>{texts::NEW_WEBHOOK}</h3>
            <WebhookForm tables order settings/>
            <h3>{texts::COMMAND}</h3>
            <CommandForm settings/>
        </section>
    }
}

/// The connected channels.
#[component]
fn Webhooks(settings: Loader<SlackSettings>) -> impl IntoView {
    let scopes = Memo::new(move |_| {
        let scopes = |settings: SlackSettings| settings.webhooks.iter().map(scope_of).collect::<Vec<_>>();
        settings.data().map(scopes).unwrap_or_default()
    });
    let list_focus = ListFocus::new(remove_button, "#admin-slack");
    let note = move || match settings.get() {
        Loaded::Loading => view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING}</p> }.into_any(),
        Loaded::Failed(error) => view! {
            <p class="failure" role="alert">{error.to_string()}</p>
            <div class="actions">
                <button type="button" on:click=move |_| settings.reload()>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
        Loaded::Ready(settings) if settings.webhooks.is_empty() => {
            view! { <p class="hint">{texts::NO_WEBHOOKS}</p> }.into_any()
        }
        Loaded::Ready(_) => ().into_any(),
    };
    view! {
        {note}
        <ul class="rows" role="list">
            <For each=move || list_focus.keep(scopes.get()) key=String::clone let:scope>
                <WebhookRow scope settings/>
            </For>
        </ul>
    }
}

/// The selector of the button of a webhook's row that gets the focus when the row before it is gone.
fn remove_button(scope: &str) -> String {
    format!(".table-row[data-webhook=\"{scope}\"] .remove")
}

/// One channel: what is posted to it, and whether that works.
#[component]
fn WebhookRow(scope: String, settings: Loader<SlackSettings>) -> impl IntoView {
    let now = use_now();
    let (test, removal) = (Request::new(), Request::new());
    let scope_key = StoredValue::new(scope.clone());
    let read = move |read: fn(&Webhook, i64) -> Option<String>| {
        let today = now.today().get();
        let webhook = scope_key.with_value(|scope| {
            settings.with(|settings| match settings {
                Loaded::Ready(settings) => find(settings, scope).and_then(|webhook| read(webhook, today)),
                _ => None,
            })
        });
        webhook.unwrap_or_default()
    };
    let failing = |webhook: &Webhook, today: i64| {
        let since = webhook.failing_since.map(|since| LocalTime::of(since).clock_seen_on(today)).unwrap_or_default();
        trouble(webhook, &since)
    };
    let send_test = move |_| {
        let table = scope_key.with_value(|scope| scope.parse().ok());
        test.run(async move {
            let result = api::admin::test_webhook(table.as_ref()).await;
            settings.reload();
            result
        });
    };
    let remove = move |_| {
        let table = scope_key.with_value(|scope| scope.parse().ok());
        removal.run(async move {
            api::admin::delete_webhook(table.as_ref()).await?;
            settings.reload();
            Ok(())
        });
    };
    let name = scope_name(&scope);
    let purpose = texts::of_webhook(&name);
    view! {
        <li class="table-row" data-webhook=scope>
            <p class="row-name">
                <strong>{name}</strong>
                <span class="row-detail">{move || read(|webhook, _| Some(detail(webhook)))}</span>
                <span class="failure">{move || read(failing)}</span>
            </p>
            <div class="actions">
                <button type="button" aria-disabled=move || test.is_pending().then_some("true") on:click=send_test>
                    {texts::SEND_TEST}
                    <span class="visually-hidden">{purpose.clone()}</span>
                </button>
                <button type="button" class="remove" aria-disabled=move || removal.is_pending().then_some("true") on:click=remove>
                    {texts::REMOVE}
                    <span class="visually-hidden">{purpose}</span>
                </button>
            </div>
            <p class="hint" role="status">{move || if test.is_done() { texts::TEST_SENT } else { "" }}</p>
            <RequestError request=test/>
            <RequestError request=removal/>
        </li>
    }
}
