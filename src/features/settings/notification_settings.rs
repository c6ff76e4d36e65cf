//! The section about notifications: push in this browser, pauses, quiet hours, the user's alerts.

use leptos::prelude::*;

use super::alert_list::AlertList;
use super::pause::Pause;
use super::quiet_hours::QuietHours;
use super::save_status::SaveStatus;
use super::texts;
use crate::notifications::{Notifications, PushState};
use crate::platform::focus;
use crate::ui::RequestError;

/// What is known of the user's alerts and preferences.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Loading,
    Failed(String),
    Ready,
}

impl Phase {
    fn of(is_known: bool, error: Option<String>) -> Self {
        match (is_known, error) {
            (true, _) => Self::Ready,
            (false, Some(why)) => Self::Failed(why),
            (false, None) => Self::Loading,
        }
    }
}

/// The section.
#[component]
pub(super) fn NotificationSettings() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let phase = Memo::new(move |_| {
        Phase::of(notifications.is_known(), notifications.load_error().map(|error| error.to_string()))
    });
    let content = move || {
        let phase = phase.get();
        // “Try again” may go.
        focus::keep_or(|| focus::focus("#notifications"));
        match phase {
            Phase::Loading => view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING}</p> }.into_any(),
            Phase::Failed(why) => view! {
                <p class="failure" role="alert">{texts::NOTIFICATIONS_FAILED}" "{why}</p>
                <div class="actions">
                    <button type="button" on:click=move |_| notifications.load()>{texts::TRY_AGAIN}</button>
                </div>
            }
            .into_any(),
            Phase::Ready => view! { <PreferenceForm/> }.into_any(),
        }
    };
    view! {
        <section class="panel notification-settings" aria-labelledby="notifications">
            <h2 id="notifications" tabindex="-1">{texts::NOTIFICATIONS}</h2>
            <Push/>
            {content}
        </section>
    }
}

/// Whether this browser gets push notifications, and what can be done about it.
#[component]
fn Push() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let (push, request) = (notifications.push(), notifications.request());
    let state = Memo::new(move |_| push.get());
    let is_busy = move || request.is_pending().then_some("true");
    let buttons = move || {
        let state = state.get();
        // The button that was pressed may go.
        focus::keep_or(|| focus::focus(".push-actions button") || focus::focus("#notifications"));
        match state {
        PushState::On => view! {
            <button type="button" class="send-test" aria-disabled=is_busy on:click=move |_| notifications.send_test()>
                {texts::SEND_TEST}
            </button>
            <button type="button" class="turn-off" aria-disabled=is_busy on:click=move |_| notifications.turn_push_off()>
                {texts::TURN_OFF_PUSH}
            </button>
        }
        .into_any(),
        PushState::Off => view! {
            <button type="button" class="primary turn-on" on:click=move |_| notifications.explain()>{texts::TURN_ON_PUSH}</button>
        }
        .into_any(),
        PushState::Blocked | PushState::Unsupported => ().into_any(),
    }
    };
    view! {
        <h3>{texts::THIS_BROWSER}</h3>
        <p role="status">{move || texts::push(state.get())}</p>
        <div class="actions push-actions">{buttons}</div>
        <RequestError request/>
    }
}

/// What the user prefers. Made once it is known what the server has: a form that shows defaults would overwrite it.
#[component]
fn PreferenceForm() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let status = Memo::new(move |before: Option<&SaveStatus>| {
        let error = notifications.save_error().map(|error| error.to_string());
        SaveStatus::next(before, notifications.is_saved(), error)
    });
    view! {
        <h3>{texts::QUIET_TIMES}</h3>
        <Pause/>
        <QuietHours/>
        <p
            class=move || status.with(|status| if matches!(status, SaveStatus::Failed(_)) { "failure" } else { "hint" })
            role="status"
        >
            {move || status.with(SaveStatus::sentence)}
        </p>
        <AlertList/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_shown_whatever_fails_later() {
        assert_eq!(Phase::of(false, None), Phase::Loading);
        assert_eq!(Phase::of(false, Some("No network.".to_owned())), Phase::Failed("No network.".to_owned()));
        assert_eq!(Phase::of(true, Some("No network.".to_owned())), Phase::Ready);
    }

    #[test]
    fn what_could_not_be_read_is_loading_again_after_another_try() {
        assert_eq!(Phase::of(true, None), Phase::Ready);
        let failed = Phase::of(false, Some("No network.".to_owned()));
        assert_ne!(failed, Phase::of(false, None));
        assert_ne!(failed, Phase::of(false, Some("The server has a fault.".to_owned())), "each reason is announced");
    }
}
