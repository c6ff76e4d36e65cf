//! What the service worker sends to an open page.

use domain::notification_payload::NotificationPayload;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use serde::Deserialize;

use super::{Announcer, Notifications, Toast, Toaster};
use crate::platform::{page, push, url};

/// A message of the service worker.
#[derive(Debug, Deserialize)]
struct WorkerMessage {
    /// A path that the user chose in a notification.
    #[serde(default)]
    path: Option<String>,
    /// A notification that has arrived.
    #[serde(default)]
    notice: Option<NotificationPayload>,
    /// Whether the page is to show it, since the worker takes it for visible.
    #[serde(default)]
    seen: bool,
}

/// Listens while the site is open: follows chosen notifications, and shows those that the worker leaves to the page.
pub(crate) fn listen_to_worker() {
    let (toaster, announcer) = (expect_context::<Toaster>(), expect_context::<Announcer>());
    let notifications = expect_context::<Notifications>();
    let navigate = use_navigate();
    push::listen(move |text| {
        let Ok(message) = serde_json::from_str::<WorkerMessage>(&text) else { return false };
        if let Some(path) = message.path {
            navigate(&path, Default::default());
        }
        let Some(notice) = message.notice else { return false };
        // The worker may not know yet that the page was hidden: then it shows the notification on the desktop.
        let is_seen = message.seen && page::is_visible();
        if is_seen {
            show(toaster, announcer, &notice);
        }
        notifications.load();
        is_seen
    });
}

/// Shows a notification on the page, and announces it.
pub(super) fn show(toaster: Toaster, announcer: Announcer, notice: &NotificationPayload) {
    announcer.say(&format!("{}. {}", notice.title, notice.body));
    let path = Some(notice.path.clone()).filter(|path| *path != url::path());
    toaster.show(Toast { title: notice.title.clone(), body: notice.body.clone(), path });
    page::mark_after_paint("notice");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(message: serde_json::Value) -> Option<WorkerMessage> {
        serde_json::from_str(&message.to_string()).ok()
    }

    #[test]
    fn a_chosen_notification_has_a_path_and_nothing_to_show() {
        let message = read(json!({"path": "/tables/lobby"})).unwrap();
        assert_eq!(message.path.as_deref(), Some("/tables/lobby"));
        assert!(message.notice.is_none() && !message.seen);
    }

    #[test]
    fn a_notification_is_read_as_the_worker_sends_it() {
        let notice = json!({"event": "e", "title": "Lobby is free", "body": "Go!", "path": "/tables/lobby", "tag": "t",
            "at": 0, "expires": 1});
        let message = read(json!({"notice": notice, "seen": true})).unwrap();
        assert_eq!(message.notice.map(|notice| notice.title).as_deref(), Some("Lobby is free"));
        assert!(message.seen && message.path.is_none());
    }

    #[test]
    fn a_message_of_another_version_is_ignored() {
        assert!(read(json!({"notice": {"title": "Lobby is free"}})).is_none());
        assert!(read(json!("skipWaiting")).is_none());
        assert!(
            read(json!({"news": 1})).is_some_and(|message| message.notice.is_none()),
            "what is unknown is left out"
        );
    }
}
