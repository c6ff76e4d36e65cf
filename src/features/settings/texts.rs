//! The texts of the settings.

use domain::alert::{AlertRule, EVERY_DAY, WORKDAYS};
use domain::topic::Topic;

use crate::notifications::PushState;

/// The page.
pub(super) const SETTINGS: &str = "Settings";
/// Data are being read.
pub(super) const LOADING: &str = "Loading…";
/// Reads them again.
pub(super) const TRY_AGAIN: &str = "Try again";

/// The section about the user.
pub(super) const ACCOUNT: &str = "Account";
/// While the account is being read.
pub(super) const CHECKING_ACCOUNT: &str = "Checking who you are";
/// Before the member's name.
pub(super) const SIGNED_IN_AS: &str = "You are signed in as ";
/// Ends all sessions, on all devices.
pub(super) const SIGN_OUT_EVERYWHERE: &str = "Sign out everywhere";
/// What signing in is good for.
pub(super) const SIGNED_OUT: &str = "You are not signed in. Sign in to create rooms and write questions.";
/// The account could not be loaded from the server.
pub(super) const ACCOUNT_FAILED: &str = "Couldn't check your account.";

/// The section about this browser.
pub(super) const APPEARANCE: &str = "Appearance";
/// The group of themes.
pub(super) const THEME: &str = "Theme";
/// The group of the keyboard's settings.
pub(super) const KEYBOARD: &str = "Keyboard";
/// Single keys are shortcuts.
pub(super) const SHORTCUTS: &str = "Keyboard shortcuts";
/// What they are.
pub(super) const SHORTCUTS_HINT: &str =
    "Single keys act on some pages, like / for search in a room. Ctrl, Alt and Cmd keys are not affected.";
/// The browser keeps the choices.
pub(super) const SAVED_IN_BROWSER: &str = "Saved in this browser.";
/// The browser keeps nothing.
pub(super) const STORAGE_BLOCKED: &str = "This browser doesn't keep settings for this site. What you choose here applies until you close or reload this page.";

/// The section about notifications.
pub(super) const NOTIFICATIONS: &str = "Notifications";
/// The part about push.
pub(super) const THIS_BROWSER: &str = "On this browser";
/// Turns push on.
pub(super) const TURN_ON_PUSH: &str = "Turn on push";
/// Turns push off.
pub(super) const TURN_OFF_PUSH: &str = "Turn off push";
/// Sends a test notification.
pub(super) const SEND_TEST: &str = "Send a test";
/// The alerts could not be read.
pub(super) const NOTIFICATIONS_FAILED: &str = "Couldn't load your notifications.";
/// Pauses notifications.
pub(super) const PAUSE: &str = "Pause for an hour";
/// Ends the pause.
pub(super) const RESUME: &str = "Resume now";
/// The part about when nothing notifies.
pub(super) const QUIET_TIMES: &str = "Quiet times";
/// There are quiet hours.
pub(super) const QUIET_HOURS: &str = "Quiet hours each day";
/// The group of their times.
pub(super) const QUIET_HOURS_TIMES: &str = "Times of the quiet hours";
/// When they begin.
pub(super) const FROM: &str = "From";
/// When they end.
pub(super) const TO: &str = "to";
/// The user's alerts.
pub(super) const YOUR_NOTIFICATIONS: &str = "Your notifications";
/// There are none.
pub(super) const NO_NOTIFICATIONS: &str = "None yet. Use “Notify me” on a table, room or item.";
/// Deletes one.
pub(super) const REMOVE: &str = "Remove";
/// A change is on its way to the server.
pub(super) const SAVING: &str = "Saving…";
/// The server has all changes.
pub(super) const SAVED: &str = "Saved";

/// Whether this browser gets push notifications, and what the user can do.
pub(super) const fn push(state: PushState) -> &'static str {
    match state {
        PushState::On => "Push is on in this browser. You are notified also when Rally is closed.",
        PushState::Off => "Push is off. You'll only see notifications while Rally is open.",
        PushState::Blocked => {
            "This browser blocks notifications from Rally. Allow them beside the page's address, then reload the page. Until then \
             you'll only see them while Rally is open."
        }
        PushState::Unsupported => {
            "This browser can't show push notifications here. On a phone, add Rally to the home screen first. Until then you'll only \
             see notifications while Rally is open."
        }
    }
}

/// Notifications are paused until this local time.
pub(super) fn paused_until(time: &str) -> String {
    format!("No notifications until {time}.")
}

/// The release of this page, and that of the server if it is another.
pub(super) fn release(page: &str, server: &str) -> String {
    match server {
        "" => format!("Rally {page}"),
        same if same == page => format!("Rally {page}"),
        other => format!("Rally {page} (server: {other})"),
    }
}

/// A change was not saved, and why.
pub(super) fn not_saved(why: &str) -> String {
    format!("Not saved. {why}")
}

/// An alert is being deleted, and it can be taken back.
pub(super) fn deleted_alert(name: &str) -> String {
    format!("Removed the notification about {name}")
}

/// What an alert's button removes, after its label.
pub(super) fn removed_alert(name: &str) -> String {
    format!(" the notification about {name}")
}

/// When an alert notifies. `weekday` names a day of the week, 0 is Monday.
pub(super) fn rule(topic: &Topic, rule: &AlertRule, weekday: fn(usize) -> String) -> String {
    match rule {
        AlertRule::FreeOnce => "Next time it's free".to_owned(),
        AlertRule::EachChange if matches!(topic, Topic::Item(_)) => "Every change, at most once a minute".to_owned(),
        AlertRule::EachChange => "Every change".to_owned(),
        AlertRule::CrossesThreshold { path, above, bound } => {
            let value = if path.as_str().is_empty() { "the value".to_owned() } else { path.in_words() };
            let side = if *above { "above" } else { "below" };
            format!("When {value} goes {side} {bound}")
        }
        AlertRule::FreeWithin { days, hours } => {
            format!("When it's free, {}, {} to {}", days_of_week(*days, weekday), hours.from, hours.to)
        }
        AlertRule::Room { question, feedback, closed } => {
            let all = [(*question, "new questions"), (*feedback, "feedback"), (*closed, "closing")];
            let chosen: Vec<&str> = all.into_iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, what)| what).collect();
            format!("For {}", chosen.join(", "))
        }
    }
}

/// Days of the week, bit 0 is Monday.
fn days_of_week(days: u8, weekday: fn(usize) -> String) -> String {
    match days {
        EVERY_DAY => "every day".to_owned(),
        WORKDAYS => [weekday(0), " to ".to_owned(), weekday(4)].concat(),
        _ => (0..7).filter(|day| days & (1 << day) != 0).map(weekday).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use domain::alert::Span;

    use super::*;

    #[test]
    fn another_release_of_the_server_is_named() {
        assert_eq!([release("0.1.0", ""), release("0.1.0", "0.1.0")], ["Rally 0.1.0", "Rally 0.1.0"]);
        assert_eq!(release("0.1.0", "0.2.0"), "Rally 0.1.0 (server: 0.2.0)");
    }

    fn weekday(day: usize) -> String {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day].to_owned()
    }

    fn words(topic: &str, alert: &AlertRule) -> String {
        rule(&topic.parse().unwrap(), alert, weekday)
    }

    #[test]
    fn rules_of_tables() {
        let hours = Span { from: "09:00".parse().unwrap(), to: "17:30".parse().unwrap() };
        let within = |days| words("table/lobby", &AlertRule::FreeWithin { days, hours });
        assert_eq!(within(WORKDAYS), "When it's free, Mon to Fri, 09:00 to 17:30");
        assert_eq!(within(EVERY_DAY), "When it's free, every day, 09:00 to 17:30");
        assert_eq!(within(0b000_0101), "When it's free, Mon, Wed, 09:00 to 17:30");
        assert_eq!(words("table/lobby", &AlertRule::FreeOnce), "Next time it's free");
        assert_eq!(words("table/lobby", &AlertRule::EachChange), "Every change");
    }

    #[test]
    fn rules_of_items() {
        let crosses = |path: &str, above| {
            words("item/a", &AlertRule::CrossesThreshold { path: path.parse().unwrap(), above, bound: 7.into() })
        };
        assert_eq!(crosses("/speed", false), "When speed goes below 7");
        assert_eq!(crosses("", true), "When the value goes above 7");
        assert_ne!(words("item/a", &AlertRule::EachChange), words("table/lobby", &AlertRule::EachChange));
    }

    #[test]
    fn rules_of_rooms() {
        let room =
            |question, feedback, closed| words("room/k3j9x0a2bc", &AlertRule::Room { question, feedback, closed });
        assert_eq!(room(true, false, true), "For new questions, closing");
        assert_eq!(room(false, true, false), "For feedback");
    }

    #[test]
    fn without_push_the_page_says_what_is_left() {
        for state in [PushState::Off, PushState::Blocked, PushState::Unsupported] {
            assert!(push(state).contains("while Rally is open"), "{state:?}");
        }
    }

    #[test]
    fn single_days_are_named_in_the_order_of_the_week() {
        let days = |days| days_of_week(days, weekday);
        assert_eq!(days(0b110_0000), "Sat, Sun");
        assert_eq!(days(0b100_0001), "Mon, Sun");
        assert_eq!(days(0b000_1111), "Mon, Tue, Wed, Thu", "no span, since it is not the working week");
        for day in 0..7 {
            assert_eq!(days(1 << day), weekday(day));
        }
    }

    #[test]
    fn a_bound_is_written_as_the_user_gave_it() {
        let bound = |bound: &str| {
            let bound = serde_json::from_str(bound).unwrap();
            words("item/a", &AlertRule::CrossesThreshold { path: "/t".parse().unwrap(), above: true, bound })
        };
        assert_eq!(bound("7.5"), "When t goes above 7.5");
        assert_eq!(bound("-3"), "When t goes above -3");
    }

    #[test]
    fn all_events_of_a_room_are_listed_in_the_order_in_which_they_happen() {
        let all = AlertRule::Room { question: true, feedback: true, closed: true };
        assert_eq!(words("room/k3j9x0a2bc", &all), "For new questions, feedback, closing");
    }

    #[test]
    fn a_push_that_is_on_works_also_when_the_site_is_closed() {
        assert!(push(PushState::On).contains("when Rally is closed"));
    }
}
