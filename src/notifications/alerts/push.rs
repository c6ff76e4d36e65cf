//! Push notifications of this browser: requesting the permission, registering at the server, ending them, a test.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::notifications::TestResult;

use super::Notifications;
use crate::api::{self, ApiError};
use crate::auth::visitor;
use crate::notifications::{PushState, push_registration, texts};
use crate::platform::push::{self, Permission};

impl Notifications {
    /// Explains the browser's permission prompt before push is turned on.
    pub(crate) fn explain(self) {
        self.request.clear();
        self.is_explaining.set(true);
    }

    /// The user has read the explanation, and wants push notifications (true), or to be notified on the page only.
    pub(crate) fn answer_explanation(self, wants_push: bool) {
        if !wants_push {
            self.write_waiting();
            self.is_explaining.set(false);
            return;
        }
        self.request.run(async move {
            let result = self.subscribe_push().await;
            // The alerts are set whatever comes of the permission: without push the page notifies.
            self.write_waiting();
            if result.is_ok() {
                self.is_explaining.set(false);
            }
            result
        });
    }

    /// Ends push notifications in this browser.
    pub(crate) fn turn_push_off(self) {
        self.request.run(async move {
            if let Some((_, id)) = visitor::push_owner().filter(|(_, id)| !id.is_empty()) {
                api::notifications::remove_browser(&id).await?;
            }
            visitor::set_push_owner(None);
            push::unsubscribe().await;
            self.refresh_push();
            self.on_change();
            Ok(())
        });
    }

    /// Sends a test notification to all of the user's browsers.
    pub(crate) fn send_test(self) {
        self.request.run(async move {
            let trial = api::notifications::send_test().await?;
            self.on_change();
            check_test_result(trial)
        });
    }

    async fn subscribe_push(self) -> Result<(), ApiError> {
        let permission = match push::permission() {
            Permission::Unasked => push::request_permission().await,
            known => known,
        };
        self.refresh_push();
        match permission {
            Permission::Granted => self.register_browser().await,
            Permission::Denied => Err(ApiError::browser(texts::BLOCKED)),
            Permission::Unasked => Err(ApiError::browser(texts::NOT_ANSWERED)),
            Permission::Unsupported => Err(ApiError::browser(texts::UNSUPPORTED)),
        }
    }

    async fn register_browser(self) -> Result<(), ApiError> {
        self.ensure_visitor();
        let user = untrack(|| self.user_id());
        let id = push_registration::register().await?;
        visitor::set_push_owner(Some((&user, &id)));
        self.next_generation();
        self.update_stored(|stored| {
            if !stored.browsers.contains(&id) {
                stored.browsers.push(id);
            }
        });
        self.on_change();
        Ok(())
    }

    /// If push was turned on in this browser, and the server does not send it this user's notifications, registers it: once for each user.
    pub(super) fn register_again(self) {
        let is_new_user = self.is_new_user.try_update_value(std::mem::take).unwrap_or_default();
        if is_new_user && self.push.get_untracked().is_lost(push::permission(), visitor::push_owner().as_ref()) {
            spawn_local(async move {
                if let Err(error) = self.register_browser().await {
                    self.toaster.error(&error.to_string());
                }
            });
        }
    }

    pub(super) fn refresh_push(self) {
        let user = untrack(|| self.user_id());
        let push = self.stored.with_untracked(|stored| {
            let browsers = stored.as_ref().map(|stored| stored.browsers.as_slice());
            PushState::of(push::permission(), visitor::push_owner().as_ref(), &user, browsers)
        });
        if self.push.get_untracked() != push {
            self.push.set(push);
        }
    }
}

/// What a test notification has shown. It has worked if any browser got it.
fn check_test_result(trial: TestResult) -> Result<(), ApiError> {
    match trial {
        TestResult { reached: 1.., .. } => Ok(()),
        TestResult { failed: 0, .. } => Err(ApiError::browser(texts::NO_BROWSER)),
        _ => Err(ApiError::browser(texts::PUSH_SERVICE_SILENT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_has_worked_if_any_browser_got_it() {
        let result = |reached, gone, failed| check_test_result(TestResult { reached, gone, failed });
        assert_eq!(result(1, 2, 3), Ok(()));
        assert_eq!(result(0, 2, 0), Err(ApiError::browser(texts::NO_BROWSER)));
        assert_eq!(result(0, 0, 1), Err(ApiError::browser(texts::PUSH_SERVICE_SILENT)), "another try may help");
    }
}
