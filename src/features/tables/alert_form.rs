//! When a table notifies the user: never, once, at every change, or within hours. A rule takes effect when it is saved.

use domain::alert::AlertRule;
use leptos::prelude::*;

use super::hours_draft::{End, HoursDraft};
use super::texts;
use crate::format;
use crate::notifications::{AlertChoice, NotifyForm};
use crate::platform::chunk::ChunkError;
use crate::routes::{load_table_alert_form, render_table_alert_form};
use crate::ui::{Checkbox, Radio};

/// The group of the radio buttons.
const GROUP: &str = "alert";

/// When a table notifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Never,
    FreeOnce,
    EachChange,
    FreeWithin,
}

/// What the user has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AlertDraft {
    when: Frequency,
    hours: HoursDraft,
}

impl AlertDraft {
    /// The draft of a rule. Most users want one notification: that is the proposal.
    fn of(rule: Option<&AlertRule>) -> Self {
        let when = match rule {
            Some(AlertRule::EachChange) => Frequency::EachChange,
            Some(AlertRule::FreeWithin { .. }) => Frequency::FreeWithin,
            _ => Frequency::FreeOnce,
        };
        Self { when, hours: HoursDraft::of(rule).unwrap_or_default() }
    }

    fn rule(&self) -> Result<Option<AlertRule>, String> {
        match self.when {
            Frequency::Never => Ok(None),
            Frequency::FreeOnce => Ok(Some(AlertRule::FreeOnce)),
            Frequency::EachChange => Ok(Some(AlertRule::EachChange)),
            Frequency::FreeWithin => self.hours.rule().map(Some).map_err(str::to_owned),
        }
    }
}

/// The form, from the chunk of a table's page: few visits of the page of all tables need it.
#[component]
pub(super) fn LazyAlertForm(choice: AlertChoice) -> impl IntoView {
    let loaded = RwSignal::new(None::<Result<(), ChunkError>>);
    leptos::task::spawn_local(async move { _ = loaded.try_set(Some(load_table_alert_form().await)) });
    move || match loaded.get() {
        None => view! { <p class="hint" role="status">{texts::LOADING}</p> }.into_any(),
        Some(result) => result
            .and_then(|()| render_table_alert_form(choice.clone()))
            .unwrap_or_else(|_| view! { <p class="failure" role="alert">{texts::FORM_FAILED}</p> }.into_any()),
    }
}

/// The form.
#[component]
pub(crate) fn AlertForm(choice: AlertChoice) -> impl IntoView {
    let draft = RwSignal::new(AlertDraft::of(choice.rule.as_ref()));
    let radio = move |label: &'static str, when: Frequency| {
        let checked = Memo::new(move |_| draft.with(|draft| draft.when == when));
        view! { <Radio name=GROUP label checked on_choose=move |()| draft.update(|draft| draft.when = when)/> }
    };
    let is_within = Memo::new(move |_| draft.with(|draft| draft.when == Frequency::FreeWithin));
    view! {
        <NotifyForm rule=Signal::derive(move || draft.with(AlertDraft::rule)) on_save=choice.on_save>
            {radio(texts::FREE_ONCE, Frequency::FreeOnce)}
            {radio(texts::EACH_CHANGE, Frequency::EachChange)}
            {radio(texts::FREE_WITHIN, Frequency::FreeWithin)}
            {move || is_within.get().then(|| view! { <Hours draft/> })}
            {radio(texts::OFF, Frequency::Never)}
        </NotifyForm>
    }
    .into_any()
}

/// The days and hours.
#[component]
fn Hours(draft: RwSignal<AlertDraft>) -> impl IntoView {
    let day = move |day: usize| {
        let checked = Memo::new(move |_| draft.with(|draft| draft.hours.has_day(day)));
        let on_change = move |is_chosen| draft.update(|draft| draft.hours.set_day(day, is_chosen));
        view! { <Checkbox label=format::weekday_name(day) checked on_change/> }
    };
    let time = move |label: &'static str, end: End| {
        let value = Memo::new(move |_| draft.with(|draft| draft.hours.time(end)));
        let is_missing = Memo::new(move |_| draft.with(|draft| draft.hours.is_missing(end)));
        let on_change = move |event| {
            let text = event_target_value(&event);
            draft.update(|draft| draft.hours.set_time(end, &text));
        };
        view! {
            <label class="time inline-field">
                {label}
                <input
                    type="time"
                    aria-invalid=move || is_missing.get().then_some("true")
                    prop:value=move || value.get().to_string()
                    on:change=on_change
                />
            </label>
        }
    };
    view! {
        <div class="alert-hours">
            <div class="days" role="group" aria-label=texts::DAYS>{(0..7).map(day).collect_view()}</div>
            <div class="actions">{time(texts::FROM, End::From)} {time(texts::TO, End::To)}</div>
            <p class="hint">{move || draft.with(|draft| draft.hours.hint())}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_rule_is_proposed_and_a_saved_rule_is_shown() {
        assert_eq!(AlertDraft::of(None).rule(), Ok(Some(AlertRule::FreeOnce)));
        let within = HoursDraft::default().rule().unwrap();
        for rule in [AlertRule::FreeOnce, AlertRule::EachChange, within] {
            assert_eq!(AlertDraft::of(Some(&rule)).rule(), Ok(Some(rule)));
        }
    }

    #[test]
    fn turned_off_is_no_rule_and_hours_without_a_day_are_refused() {
        let off = AlertDraft { when: Frequency::Never, ..AlertDraft::of(Some(&AlertRule::EachChange)) };
        assert_eq!(off.rule(), Ok(None));
        let mut within = AlertDraft { when: Frequency::FreeWithin, ..AlertDraft::of(None) };
        assert!(matches!(within.rule(), Ok(Some(AlertRule::FreeWithin { .. }))), "working hours are proposed");
        (0..7).for_each(|day| within.hours.set_day(day, false));
        assert_eq!(within.rule(), Err(texts::NO_DAY.to_owned()));
    }
}
