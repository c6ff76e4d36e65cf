//! The paths and bodies of alerts, push and queues.

use serde::{Deserialize, Serialize};

use domain::alert::{Alert, AlertRule, Preferences};
use domain::item::ItemKey;
use domain::room::RoomId;
use domain::table::TableId;

/// `GET` tells the key by which push services know this server (RFC 8292).
pub const PUSH_KEY: &str = "/v1/push/key";
/// `POST` goes on with another push subscription in an old one's place.
pub const RENEWALS: &str = "/v1/push/renewals";
/// `PUT` makes a browser ring for the asker, or goes on with it.
pub const BROWSERS: &str = "/v1/me/browsers";
/// `GET` tells all that the asker has asked for.
pub const NOTIFICATIONS: &str = "/v1/me/notifications";
/// `PUT` says how the asker wants to be told.
pub const PREFERENCES: &str = "/v1/me/notifications/preferences";
/// `POST` rings all browsers of the asker.
pub const TRIALS: &str = "/v1/me/notifications/trials";
/// The header in which a browser without a person names itself: 43 characters of base64url, by chance.
pub const VISITOR_KEY: &str = "x-visitor-key";

/// `DELETE` makes a browser ring no more.
pub fn browser(id: &str) -> String {
    format!("{BROWSERS}/{id}")
}

/// `PUT` asks to be told of a table, `DELETE` no more.
pub fn table_alert(id: &TableId) -> String {
    format!("/v1/me/alerts/tables/{id}")
}

/// `PUT` asks to be told of a room, `DELETE` no more.
pub fn room_alert(id: &RoomId) -> String {
    format!("/v1/me/alerts/rooms/{id}")
}

/// `PUT` asks to be told of an item, `DELETE` no more.
pub fn item_alert(key: &ItemKey) -> String {
    format!("/v1/me/alerts/items/{key}")
}

/// `GET` tells the line for a table, `POST` joins it, `DELETE` leaves it.
pub fn table_queue(id: &TableId) -> String {
    format!("/v1/tables/{id}/line")
}

/// `POST` takes the table whose turn it is.
pub fn table_queue_take(id: &TableId) -> String {
    format!("/v1/tables/{id}/line/take")
}

/// `POST` lets the next one go first.
pub fn table_queue_pass(id: &TableId) -> String {
    format!("/v1/tables/{id}/line/pass")
}

/// The answer of `GET /v1/push/key`.
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
    /// The endpoint of the subscription that ends: whoever knows it may go on with it (RFC 8030, section 8.3).
    pub old_endpoint: String,
    /// The one in its place.
    pub subscription: Subscription,
}

/// The answer to a browser that rings from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisteredBrowser {
    /// Its name among the asker's browsers.
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

/// All that somebody has asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// How they want to be told.
    pub preferences: Preferences,
    /// What they want to be told of.
    pub alerts: Vec<Alert>,
    /// The names of their browsers that ring.
    pub browsers: Vec<String>,
}

/// What became of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    /// So many browsers were rung.
    pub reached: u32,
    /// So many had ended their subscription, and are forgotten.
    pub gone: u32,
    /// So many could not be rung just now.
    pub failed: u32,
}
