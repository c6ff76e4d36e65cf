//! The texts of notifications.

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
/// A bell that is off.
pub(crate) const NOTIFY_ME: &str = "Notify me";
/// A bell that is on.
pub(crate) const NOTIFYING: &str = "Notifying you";
/// The label of toasts for assistive technology.
pub(crate) const TOAST: &str = "Notification";
/// The title of an error's toast.
pub(crate) const FAILED: &str = "That didn't work";
/// Follows a toast's link.
pub(crate) const OPEN: &str = "Open";
/// Takes back what is about to happen.
pub(crate) const UNDO: &str = "Undo";
/// Closes a toast.
pub(crate) const CLOSE: &str = "Close";
