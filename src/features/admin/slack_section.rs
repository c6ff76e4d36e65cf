//! The section about Slack: the connected channels, whether posts to them succeed, and the forms.

use leptos::prelude::*;
use protocol::slack::{SlackSettings, Webhook};

use super::admin_data::AdminData;
use super::slack_forms::{CommandForm, WebhookForm};
use super::texts;
use super::webhook::{detail, find, scope_name, scope_of, trouble};
use crate::api;
use crate::format::LocalTime;
use crate::notifications::Deletions;
use crate::ui::{Dialog, ListFocus, Loaded, Loader, Request, RequestError, use_now};

/// The section.
#[component]
pub(super) fn SlackSection() -> impl IntoView {
    let is_adding = RwSignal::new(false);
    view! {
        <section class="panel" aria-label=texts::SLACK>
            <div class="actions">
                <button type="button" class="primary add-webhook" on:click=move |_| is_adding.set(true)>{texts::NEW_WEBHOOK}</button>
            </div>
            <Webhooks/>
            <Dialog open=is_adding title=texts::NEW_WEBHOOK>
                <h2>{texts::NEW_WEBHOOK}</h2>
                <WebhookForm is_open=is_adding/>
            </Dialog>
        </section>
        <section class="panel" aria-labelledby="slack-command">
            <h2 id="slack-command">{texts::COMMAND}</h2>
            <CommandForm/>
        </section>
    }
}

/// The connected channels.
#[component]
fn Webhooks() -> impl IntoView {
    let AdminData { slack: settings, .. } = expect_context();
    let deletions = expect_context::<Deletions>();
    let scopes = Memo::new(move |_| {
        let mut scopes =
            settings.data().map(|settings| settings.webhooks.iter().map(scope_of).collect()).unwrap_or_default();
        Vec::retain(&mut scopes, |scope| !deletions.hides(&deletion_key(scope)));
        scopes
    });
    let list_focus = ListFocus::new(remove_button, ".add-webhook");
    let note = move || match settings.get() {
        Loaded::Loading => view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING}</p> }.into_any(),
        Loaded::Failed(error) => view! {
            <p class="failure" role="alert">{error.to_string()}</p>
            <div class="actions">
                <button type="button" on:click=move |_| settings.reload()>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
        Loaded::Ready(_) if scopes.with(Vec::is_empty) => view! { <p class="hint">{texts::NO_WEBHOOKS}</p> }.into_any(),
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

/// What a webhook is called while its deletion can be taken back.
fn deletion_key(scope: &str) -> String {
    ["webhook/", scope].concat()
}

/// The selector of the button of a webhook's row that gets the focus when the row before it is gone.
fn remove_button(scope: &str) -> String {
    format!(".table-row[data-webhook=\"{scope}\"] .remove")
}

/// One channel: what is posted to it, and whether that works.
#[component]
fn WebhookRow(scope: String, settings: Loader<SlackSettings>) -> impl IntoView {
    let now = use_now();
    let (test, deletions) = (Request::new(), expect_context::<Deletions>());
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
    let name = scope_name(&scope);
    let purpose = texts::of_webhook(&name);
    let sentence = texts::deleted_webhook(&name);
    let remove = move |_| {
        let scope = scope_key.get_value();
        deletions.delete(deletion_key(&scope), &sentence, move || {
            Box::pin(async move {
                api::admin::delete_webhook(scope.parse().ok().as_ref()).await?;
                settings.update(|settings| settings.webhooks.retain(|webhook| scope_of(webhook) != scope));
                Ok(())
            })
        });
    };
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
                <button type="button" class="remove" on:click=remove>
                    {texts::REMOVE}
                    <span class="visually-hidden">{purpose}</span>
                </button>
            </div>
            <p class="hint" role="status">{move || if test.is_done() { texts::TEST_SENT } else { "" }}</p>
            <RequestError request=test/>
        </li>
    }
}
