//! The bell: the one control for alerts, on every page with something to be notified of. It shows whether an alert is set, and opens
//! the form for its rule; a rule takes effect when it is saved.

use domain::alert::AlertRule;
use domain::topic::Topic;
use leptos::html;
use leptos::prelude::*;

use super::{Notifications, texts};
use crate::platform::focus;
use crate::ui::{Popover, Popup, on_submit};

/// The initial rule of the form in the bell's popover, and the callback that saves it.
#[derive(Debug, Clone)]
pub(crate) struct AlertChoice {
    /// The rule that holds when the popover opens.
    pub(crate) rule: Option<AlertRule>,
    /// Gets the rule that the user saves; none ends the notifications.
    pub(crate) on_save: Callback<Option<AlertRule>>,
}

/// The bell of a topic.
#[component]
pub(crate) fn NotifyButton(
    /// What notifies.
    topic: Topic,
    /// Its display name.
    #[prop(into)]
    name: Signal<String>,
    /// Whether the bell is shown without its words.
    #[prop(optional)]
    is_icon: bool,
    /// Makes the choice when the popover opens: a [`NotifyForm`].
    #[prop(into)]
    form: Callback<AlertChoice, AnyView>,
) -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let topic = StoredValue::new(topic);
    let rule = Memo::new(move |_| topic.with_value(|topic| notifications.rule(topic)));
    let is_pending = move || topic.with_value(|topic| notifications.is_alert_pending(topic));
    let words = Memo::new(move |_| rule.with(|rule| rule.as_ref().map_or(texts::NOTIFY_ME.to_owned(), texts::rule_on)));
    let save = Callback::new(move |wanted: Option<AlertRule>| match wanted {
        Some(wanted) => notifications.set_alert(topic.get_value(), wanted),
        None => notifications.delete_alert(topic.get_value()),
    });
    let is_known = Memo::new(move |_| notifications.is_known());
    let content = move || match is_known.get() {
        true => form.run(AlertChoice { rule: rule.get_untracked(), on_save: save }),
        false => view! { <Unknown notifications/> }.into_any(),
    };
    let bell = move || {
        view! {
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 3a6 6 0 0 0-6 6c0 6-2 7-2 9h16c0-2-2-3-2-9a6 6 0 0 0-6-6M9.5 20a2.5 2.5 0 0 0 5 0"></path>
            </svg>
            {(!is_icon).then(|| view! { <span>{words}</span> })}
        }
    };
    view! {
        <div
            class="notify"
            data-set=move || rule.with(|rule| rule.is_some().to_string())
            aria-busy=move || is_pending().then_some("true")
        >
            <Popover
                class=if is_icon { "bell bell-icon" } else { "bell" }
                label=Signal::derive(move || texts::bell_label(&words.get(), &name.get()))
                button=bell
            >
                {content}
            </Popover>
        </div>
    }
    .into_any()
}

/// Shown while the alerts are not known.
#[component]
fn Unknown(notifications: Notifications) -> impl IntoView {
    let has_failed = Memo::new(move |_| notifications.load_error().is_some());
    let retry = move |_| {
        notifications.load();
        // The button goes once they are known.
        focus::keep_or(|| focus::focus(".popover:popover-open input:checked"));
    };
    move || match has_failed.get() {
        true => view! {
            <p class="failure" role="alert">{texts::ALERTS_FAILED}</p>
            <button type="button" on:click=retry>{texts::TRY_AGAIN}</button>
        }
        .into_any(),
        false => view! { <p class="hint" role="status">{texts::LOADING_ALERTS}</p> }.into_any(),
    }
}

/// The form around the fields of a rule, with the button that saves it.
#[component]
pub(crate) fn NotifyForm(
    /// The rule that is entered, or what is missing, in a sentence.
    #[prop(into)]
    rule: Signal<Result<Option<AlertRule>, String>>,
    /// Gets the rule that the user saves.
    on_save: Callback<Option<AlertRule>>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let popup = expect_context::<Popup>();
    let error = RwSignal::new(String::new());
    let form = NodeRef::<html::Form>::new();
    form.on_load(|_| focus::focus_after_render(".popover:popover-open input:checked"));
    let save = move || match rule.get_untracked() {
        Ok(rule) => {
            popup.close();
            on_save.run(rule);
        }
        Err(why) => error.set(why),
    };
    view! {
        <form class="notify-form" node_ref=form on:submit=on_submit(save) on:change=move |_| error.set(String::new())>
            <fieldset>
                <legend>{texts::NOTIFY_ME}</legend>
                {children()}
            </fieldset>
            <p class="failure" role="alert">{error}</p>
            <button type="submit" class="primary">{texts::SAVE}</button>
        </form>
    }
    .into_any()
}
