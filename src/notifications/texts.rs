//! The texts of notifications.

use domain::alert::AlertRule;

/// No browser of the user gets push notifications.
pub(crate) const NO_BROWSER: &str = "No browser gets your notifications. Turn on push first.";
/// The push service fails just now.
pub(crate) const PUSH_SERVICE_SILENT: &str = "The push service isn't answering. Try again in a minute.";
/// The push service cannot be reached.
pub(crate) const PUSH_SERVICE_UNREACHABLE: &str =
    "The browser's push service can't be reached. You'll see notifications on this page while it is open.";
/// The user has blocked notifications.
pub(crate) const BLOCKED: &str =
    "The browser blocks notifications from Rally. Allow them beside the page's address, then try again.";
/// The user closed the browser's question.
pub(crate) const NOT_ANSWERED: &str = "The browser's question wasn't answered. Try again.";
/// The browser has no push.
pub(crate) const UNSUPPORTED: &str = "This browser doesn't support push notifications.";
/// The dialog's heading.
pub(crate) const TURN_ON: &str = "Turn on notifications?";
/// The dialog's text.
pub(crate) const TURN_ON_BODY: &str = "Your browser will ask whether Rally may show notifications. Allow it to be notified even when this \
                                       page is closed. You can turn it off in Settings.";
/// Agrees.
pub(crate) const TURN_ON_PUSH: &str = "Turn on push";
/// Declines.
pub(crate) const NOT_NOW: &str = "Not now";
/// A request is under way.
pub(crate) const ONE_MOMENT: &str = "One moment…";
/// A bell that is off, and the choice of when.
pub(crate) const NOTIFY_ME: &str = "Notify me";
/// Saves the choice.
pub(super) const SAVE: &str = "Save";
/// The user's alerts are not known yet.
pub(super) const LOADING_ALERTS: &str = "Loading your notifications…";
/// The user's alerts could not be read.
pub(super) const ALERTS_FAILED: &str = "Your notifications couldn't be loaded.";
/// Reads them again.
pub(super) const TRY_AGAIN: &str = "Try again";

/// A bell that is on: “On · until free”.
pub(super) fn rule_on(rule: &AlertRule) -> String {
    let when = match rule {
        AlertRule::FreeOnce => "until free".to_owned(),
        AlertRule::EachChange => "every change".to_owned(),
        AlertRule::FreeWithin { .. } => "at set times".to_owned(),
        AlertRule::CrossesThreshold { above: true, bound, .. } => format!("above {bound}"),
        AlertRule::CrossesThreshold { above: false, bound, .. } => format!("below {bound}"),
        AlertRule::Room { .. } => "this room".to_owned(),
    };
    ["On · ", &when].concat()
}

/// The name of a bell for assistive technology: its words, and what notifies.
pub(super) fn bell_label(words: &str, name: &str) -> String {
    [words, ": ", name].concat()
}
/// The label of toasts for assistive technology.
pub(crate) const TOAST: &str = "Notification";
/// The title of an error's toast.
pub(crate) const FAILED: &str = "That didn't work";
/// Follows a toast's link.
pub(crate) const OPEN: &str = "Open";
/// Undoes a pending deletion.
pub(crate) const UNDO: &str = "Undo";
/// Closes a toast.
pub(crate) const CLOSE: &str = "Close";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_an_active_bell_has_its_rule() {
        let passes = |above| AlertRule::CrossesThreshold { path: "/speed".parse().unwrap(), above, bound: 50.into() };
        assert_eq!(rule_on(&AlertRule::FreeOnce), "On · until free");
        assert_eq!(rule_on(&passes(true)), "On · above 50");
        assert_eq!(rule_on(&passes(false)), "On · below 50");
        assert_eq!(bell_label("Notify me", "Lobby"), "Notify me: Lobby", "it begins with the words that are seen");
    }
}
