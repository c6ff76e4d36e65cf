//! Whether this browser gets push notifications.

use crate::platform::push::Permission;

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
    /// The state for a user (the empty id is a visitor). `registration` is what this browser remembers: its owner on the server, and its
    /// id there. `browsers` are the ids that the server has for the user, once they are known: until then the browser's memory counts.
    pub(super) fn of(
        permission: Permission,
        registration: Option<&(String, String)>,
        user: &str,
        browsers: Option<&[String]>,
    ) -> Self {
        match permission {
            Permission::Unsupported => Self::Unsupported,
            Permission::Denied => Self::Blocked,
            Permission::Unasked => Self::Off,
            Permission::Granted => {
                let is_registered = registration
                    .is_some_and(|(owner, id)| owner == user && browsers.is_none_or(|browsers| browsers.contains(id)));
                if is_registered { Self::On } else { Self::Off }
            }
        }
    }

    /// Whether push was turned on in this browser, and the server does not send it this user's notifications: it was another user's, or the
    /// server has dropped it. Then it is registered again.
    pub(super) fn is_lost(self, permission: Permission, registration: Option<&(String, String)>) -> bool {
        self == Self::Off && permission == Permission::Granted && registration.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(owner: &str) -> (String, String) {
        (owner.to_owned(), "b1".to_owned())
    }

    #[test]
    fn what_the_browser_does_not_allow_is_off() {
        let mine = registration("ada");
        let of = |permission| PushState::of(permission, Some(&mine), "ada", None);
        assert_eq!(of(Permission::Unsupported), PushState::Unsupported);
        assert_eq!(of(Permission::Denied), PushState::Blocked);
        assert_eq!(of(Permission::Unasked), PushState::Off);
        assert_eq!(of(Permission::Granted), PushState::On);
    }

    #[test]
    fn a_browser_is_on_for_the_user_that_the_server_has_it_for() {
        let of = |owner: &str, browsers: Option<&[String]>| {
            PushState::of(Permission::Granted, Some(&registration(owner)), "ada", browsers)
        };
        assert_eq!(of("ada", Some(&["b0".to_owned(), "b1".to_owned()])), PushState::On);
        assert_eq!(of("ada", Some(&["b0".to_owned()])), PushState::Off, "the server has dropped it");
        assert_eq!(of("", None), PushState::Off, "it is a visitor's");
        assert_eq!(PushState::of(Permission::Granted, None, "ada", None), PushState::Off);
    }

    #[test]
    fn only_a_browser_that_push_was_turned_on_in_is_registered_again() {
        let other = registration("bob");
        assert!(PushState::Off.is_lost(Permission::Granted, Some(&other)));
        assert!(!PushState::Off.is_lost(Permission::Granted, None));
        assert!(!PushState::Off.is_lost(Permission::Unasked, Some(&other)));
        assert!(!PushState::On.is_lost(Permission::Granted, Some(&other)));
    }
}
