//! Pauses notifications for an hour, by the server's clock, which decides about notifications.

use std::time::Duration;

use domain::alert::Preferences;
use domain::time::Timestamp;
use leptos::prelude::*;

use super::preferences::change_preferences;
use super::texts;
use crate::format::LocalTime;
use crate::live::Live;
use crate::notifications::Notifications;
use crate::ui::use_now;

/// How long a pause lasts.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// Until when notifications are paused at `now`; `None` if they are not.
fn paused_until(preferences: Option<&Preferences>, now: Timestamp) -> Option<Timestamp> {
    preferences?.paused_until.filter(|until| *until > now)
}

/// Until when notifications are paused after the button is pressed: it ends a pause, or begins one.
fn toggled(until: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    until.is_none().then(|| now.plus(PAUSE))
}

/// Pauses, or ends the pause. One button for both, so that it keeps the focus.
#[component]
pub(super) fn Pause() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let (live, now) = (expect_context::<Live>(), use_now());
    let server_now = now.server(live);
    let until = Memo::new(move |_| paused_until(notifications.preferences().as_ref(), server_now.get()));
    let text = move || {
        let until = until.get().map(|until| LocalTime::of(until).clock_seen_on(now.today().get()));
        until.map(|until| texts::paused_until(&until)).unwrap_or_default()
    };
    let press = move |_| {
        let paused_until = toggled(until.get_untracked(), live.server_now());
        change_preferences(notifications, move |preferences| Preferences { paused_until, ..preferences });
    };
    view! {
        <div class="actions">
            <button type="button" class="pause" on:click=press>
                {move || if until.get().is_some() { texts::RESUME } else { texts::PAUSE }}
            </button>
            <span role="status">{text}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_by_itself() {
        let at = |minutes: i64| Timestamp::from_milliseconds(minutes * 60_000);
        let paused = Preferences { paused_until: Some(at(0).plus(PAUSE)), ..Preferences::default() };
        assert_eq!(paused_until(Some(&paused), at(59)), Some(at(60)));
        assert_eq!(paused_until(Some(&paused), at(60)), None);
        assert_eq!(paused_until(Some(&Preferences::default()), at(0)), None);
        assert_eq!(paused_until(None, at(0)), None, "it is not known");
    }

    #[test]
    fn one_button_begins_a_pause_and_ends_it() {
        let now = Timestamp::from_milliseconds(1_000);
        let paused = toggled(None, now);
        assert_eq!(paused, Some(Timestamp::from_milliseconds(3_601_000)), "an hour");
        assert_eq!(toggled(paused, now), None);
    }
}
