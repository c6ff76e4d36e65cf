//! Whether this browser gets push notifications.

use crate::auth::visitor;
use crate::platform::push::{self, Permission};

/// Whether this browser gets push notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushState {
    /// It cannot, on this page.
    Unsupported,
    /// The user has blocked them in the browser.
    Blocked,
    /// It could.
    Off,
    /// It does.
    On,
}

impl PushState {
    /// What holds now.
    pub(super) fn current() -> Self {
        match push::permission() {
            Permission::Unsupported => Self::Unsupported,
            Permission::Denied => Self::Blocked,
            Permission::Granted if visitor::push_owner().is_some() => Self::On,
            Permission::Granted | Permission::Unasked => Self::Off,
        }
    }
}
