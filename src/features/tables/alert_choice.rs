//! When a table notifies the user: never, once, at every change, or within hours. What is chosen holds at once.

use domain::alert::AlertRule;
use leptos::prelude::*;

use super::hours_draft::{End, HoursDraft};
use super::texts;
use crate::format;
use crate::notifications::Notifications;
use crate::notifications::texts::NOTIFY_ME;
use crate::platform::focus;
use crate::ui::{Checkbox, Radio};

/// The group of the radio buttons.
const GROUP: &str = "alert";

/// The choice, once it is known what the user wants.
#[component]
pub(super) fn AlertChoice(
    /// The rule, as the user wants it.
    #[prop(into)]
    rule: Signal<Option<AlertRule>>,
    /// Gets the rule that the user chooses.
    #[prop(into)]
    on_choose: Callback<Option<AlertRule>>,
) -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let is_known = Memo::new(move |_| notifications.is_known());
    let is_retried = StoredValue::new(false);
    let retry = move |()| {
        is_retried.set_value(true);
        notifications.load();
    };
    Effect::new(move |_| {
        if is_known.get() && is_retried.get_value() {
            // “Try again” had the focus, and is gone.
            focus::rescue_with(|| focus::focus(".alert-choice input:checked"));
        }
    });
    let content = move || match is_known.get() {
        true => view! { <Choice rule on_choose/> }.into_any(),
        false => view! { <Unknown notifications on_retry=retry/> }.into_any(),
    };
    view! { <section class="panel" aria-label=NOTIFY_ME>{content}</section> }.into_any()
}

/// Shown while it is not known what the user wants.
#[component]
fn Unknown(notifications: Notifications, #[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    let has_failed = Memo::new(move |_| notifications.load_error().is_some());
    move || match has_failed.get() {
        true => view! {
            <p class="failure" role="alert">{texts::ALERT_FAILED}</p>
            <div class="actions">
                <button type="button" on:click=move |_| on_retry.run(())>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
        false => view! { <p class="hint">{texts::LOADING}</p> }.into_any(),
    }
}

#[component]
fn Choice(rule: Signal<Option<AlertRule>>, on_choose: Callback<Option<AlertRule>>) -> impl IntoView {
    // Follows the rule, also when it is changed elsewhere; proposes its last hours as long as another rule holds.
    let draft = RwSignal::new(rule.with_untracked(|rule| HoursDraft::of(rule.as_ref())).unwrap_or_default());
    let saved = Memo::new(move |_| rule.with(|rule| HoursDraft::of(rule.as_ref())));
    Effect::new(move |_| {
        if let Some(saved) = saved.get() {
            draft.set(saved);
        }
    });
    let is_within = Memo::new(move |_| saved.with(Option::is_some));
    let choose_hours = move |()| {
        // The last complete entries: what is half typed has been closed with the form.
        on_choose.run(draft.get_untracked().rule_or_proposal());
    };
    let plain = move |label: &'static str, wanted: Option<AlertRule>| {
        let (chosen, wanted) = (wanted.clone(), StoredValue::new(wanted));
        let checked = Memo::new(move |_| rule.with(|rule| *rule == chosen));
        view! { <Radio name=GROUP label checked on_choose=move |()| on_choose.run(wanted.get_value())/> }
    };
    let notifications = expect_context::<Notifications>();
    view! {
        <fieldset class="alert-choice" aria-busy=move || (!notifications.is_saved()).then_some("true")>
            <legend>{NOTIFY_ME}</legend>
            {plain(texts::OFF, None)}
            {plain(texts::FREE_ONCE, Some(AlertRule::FreeOnce))}
            {plain(texts::EACH_CHANGE, Some(AlertRule::EachChange))}
            <Radio name=GROUP label=texts::FREE_WITHIN checked=is_within on_choose=choose_hours/>
            {move || is_within.get().then(|| view! { <Hours draft on_choose/> })}
        </fieldset>
    }
}

/// The days and hours.
#[component]
fn Hours(draft: RwSignal<HoursDraft>, on_choose: Callback<Option<AlertRule>>) -> impl IntoView {
    let change = move |change: &dyn Fn(&mut HoursDraft)| {
        draft.update(change);
        // Only what is complete is sent.
        if let Ok(rule) = draft.get_untracked().rule() {
            on_choose.run(Some(rule));
        }
    };
    let day = move |day: usize| {
        let checked = Memo::new(move |_| draft.with(|draft| draft.has_day(day)));
        let on_change = move |is_chosen| change(&|draft: &mut HoursDraft| draft.set_day(day, is_chosen));
        view! { <Checkbox label=format::weekday_name(day) checked on_change/> }
    };
    let time = move |label: &'static str, end: End| {
        let value = Memo::new(move |_| draft.with(|draft| draft.time(end)));
        let on_change = move |event| {
            let text = event_target_value(&event);
            change(&|draft: &mut HoursDraft| draft.set_time(end, &text));
        };
        view! {
            <label class="time">
                {label}
                <input type="time" required prop:value=move || value.get().to_string() on:change=on_change/>
            </label>
        }
    };
    let error = move || draft.with(HoursDraft::rule).err().unwrap_or_default();
    view! {
        <div class="alert-hours">
            <div class="days" role="group" aria-label=texts::DAYS>{(0..7).map(day).collect_view()}</div>
            <div class="actions">{time(texts::FROM, End::From)} {time(texts::TO, End::To)}</div>
            <p class="hint">{move || draft.with(HoursDraft::hint)}</p>
            <p class="failure" role="alert">{error}</p>
        </div>
    }
}
