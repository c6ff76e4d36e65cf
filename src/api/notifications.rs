//! Alerts, preferences and push subscriptions of the user.

use domain::alert::{Alert, AlertRule, Preferences};
use domain::topic::Topic;
use protocol::notifications::{
    self, BROWSERS, NOTIFICATIONS, NewAlert, Notifications, PREFERENCES, PUSH_KEY, PushKey, RegisteredBrowser,
    Subscription, TEST_NOTIFICATIONS, TestResult,
};

use super::{ApiError, Call};

/// The user's alerts and preferences, and how many browsers get push notifications.
pub(crate) async fn load() -> Result<Notifications, ApiError> {
    Call::get(NOTIFICATIONS).send().await
}

/// Sets the alert of a topic. Hours in the rule are in this time zone (IANA).
pub(crate) async fn set_alert(topic: &Topic, rule: AlertRule, time_zone: String) -> Result<Alert, ApiError> {
    Call::put(alert_path(topic)?).json(&NewAlert { rule, time_zone }).send().await
}

/// Deletes the alert of a topic.
pub(crate) async fn delete_alert(topic: &Topic) -> Result<(), ApiError> {
    Call::delete(alert_path(topic)?).run().await
}

/// Sets quiet hours, the pause and the time zone.
pub(crate) async fn set_preferences(preferences: &Preferences) -> Result<(), ApiError> {
    Call::put(PREFERENCES).json(preferences).run().await
}

/// Sends a test notification to all of the user's browsers.
pub(crate) async fn send_test() -> Result<TestResult, ApiError> {
    Call::post(TEST_NOTIFICATIONS).json(&()).send().await
}

/// The key by which the server signs push messages.
pub(crate) async fn push_key() -> Result<String, ApiError> {
    Call::get(PUSH_KEY).send::<PushKey>().await.map(|key| key.public_key)
}

/// Registers this browser's push subscription; gives its id.
pub(crate) async fn register_browser(subscription: &Subscription) -> Result<String, ApiError> {
    Call::put(BROWSERS).json(subscription).send::<RegisteredBrowser>().await.map(|browser| browser.id)
}

/// Removes a browser's push subscription.
pub(crate) async fn remove_browser(id: &str) -> Result<(), ApiError> {
    Call::delete(notifications::browser(id)).run().await
}

fn alert_path(topic: &Topic) -> Result<String, ApiError> {
    match topic {
        Topic::Table(id) => Ok(notifications::table_alert(id)),
        Topic::Room(id) => Ok(notifications::room_alert(id)),
        Topic::Item(key) => Ok(notifications::item_alert(key)),
        _ => Err(ApiError::browser(format!("There are no notifications for {topic}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_notify_has_a_path() {
        let path = |topic: &str| alert_path(&topic.parse().unwrap());
        assert_eq!(path("table/lobby").as_deref(), Ok("/v1/me/alerts/tables/lobby"));
        assert_eq!(path("room/k3j9x0a2bc").as_deref(), Ok("/v1/me/alerts/rooms/k3j9x0a2bc"));
        assert_eq!(path("item/vehicle:3").as_deref(), Ok("/v1/me/alerts/items/vehicle:3"));
        for topic in ["tables", "rooms", "items", "items/vehicle", "room/k3j9x0a2bc/people"] {
            assert!(path(topic).is_err_and(|error| error.to_string().contains(topic)), "{topic}");
        }
    }
}
