//! Changing the preferences of notifications.

use domain::alert::Preferences;
use leptos::prelude::*;

use crate::notifications::Notifications;

/// Changes the preferences as the user wants them by now, so that changes in quick succession are all kept. Does nothing while they
/// are unknown.
pub(super) fn change_preferences(notifications: Notifications, change: impl FnOnce(Preferences) -> Preferences) {
    if let Some(preferences) = untrack(|| notifications.preferences()) {
        notifications.set_preferences(change(preferences));
    }
}
