//! The paths and bodies of alerts, push and queues.

use serde::{Deserialize, Serialize};

use domain::alert::{Alert, AlertRule, Preferences};
use domain::item::ItemKey;
use domain::room::RoomId;
use domain::table::TableId;

/// `GET` returns the key by which push services identify this server (RFC 8292).
pub const PUSH_KEY: &str = "/v1/push/key";
/// `POST` replaces an old push subscription by a new one.
pub const RENEWALS: &str = "/v1/push/renewals";
/// `PUT` registers a browser of the caller for push notifications, or renews it.
pub const BROWSERS: &str = "/v1/me/browsers";
/// `GET` returns the caller's alerts, preferences and browsers.
pub const NOTIFICATIONS: &str = "/v1/me/notifications";
/// `PUT` sets the caller's preferences.
pub const PREFERENCES: &str = "/v1/me/notifications/preferences";
/// `POST` sends a test notification to all browsers of the caller.
pub const TEST_NOTIFICATIONS: &str = "/v1/me/notifications/trials";
/// The header by which a visitor's browser identifies itself: 43 random characters of base64url.
pub const VISITOR_KEY: &str = "x-visitor-key";

/// `DELETE` ends the push notifications of a browser.
pub fn browser(id: &str) -> String {
    format!("{BROWSERS}/{id}")
}

/// `PUT` sets the alert of a table, `DELETE` deletes it.
pub fn table_alert(id: &TableId) -> String {
    format!("/v1/me/alerts/tables/{id}")
}

/// `PUT` sets the alert of a room, `DELETE` deletes it.
pub fn room_alert(id: &RoomId) -> String {
    format!("/v1/me/alerts/rooms/{id}")
}

/// `PUT` sets the alert of an item, `DELETE` deletes it.
pub fn item_alert(key: &ItemKey) -> String {
    format!("/v1/me/alerts/items/{key}")
}

/// `GET` returns the queue for a table, `POST` joins it, `DELETE` leaves it.
pub fn table_queue(id: &TableId) -> String {
    format!("/v1/tables/{id}/line")
}

/// `POST` takes the table: it is the caller's turn.
pub fn table_queue_take(id: &TableId) -> String {
    format!("/v1/tables/{id}/line/take")
}

/// `POST` lets the next one go first.
pub fn table_queue_pass(id: &TableId) -> String {
    format!("/v1/tables/{id}/line/pass")
}

/// The response of `GET /v1/push/key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PushKey {
    /// A P-256 point, uncompressed, in base64url: what a browser subscribes with.
    pub public_key: String,
}

/// The keys of a push subscription (Push API, `PushSubscription.getKey`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionKeys {
    /// The browser's P-256 point, uncompressed, in base64url.
    pub p256dh: String,
    /// 16 bytes in base64url.
    pub auth: String,
}

/// A push subscription, as a browser gives it (Push API, `PushSubscriptionJSON`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subscription {
    /// Where the push service takes messages for this browser: a secret of the browser's.
    #[cfg_attr(feature = "openapi", schema(max_length = 1024))]
    pub endpoint: String,
    /// What messages are encrypted with.
    pub keys: SubscriptionKeys,
}

/// The body of `POST /v1/push/renewals`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    /// The endpoint of the subscription that ends: a client that knows it may renew it (RFC 8030, section 8.3).
    pub old_endpoint: String,
    /// The subscription that replaces it.
    pub subscription: Subscription,
}

/// The answer for a browser that gets push notifications from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisteredBrowser {
    /// Its name among the caller's browsers.
    pub id: String,
}

/// The body of `PUT /v1/me/alerts/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewAlert {
    /// When it notifies.
    pub rule: AlertRule,
    /// The time zone of the rule's hours (IANA name); empty if the client does not know it: then the preferences' zone holds.
    #[cfg_attr(feature = "openapi", schema(schema_with = domain::alert::time_zone_schema))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
}

/// A person's alerts, preferences and browsers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// The preferences.
    pub preferences: Preferences,
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// The names of their browsers that get push notifications.
    pub browsers: Vec<String>,
}

/// The result of a test notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Trial))]
pub struct TestResult {
    /// The number of browsers that were notified.
    pub reached: u32,
    /// The number of browsers whose subscription had ended; they are forgotten.
    pub gone: u32,
    /// The number of browsers that could not be notified just now.
    pub failed: u32,
}
