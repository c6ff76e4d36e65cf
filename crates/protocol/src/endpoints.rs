//! The paths of the HTTP API and their bodies.

use serde::{Deserialize, Serialize};

use crate::rooms::PersonView;
use domain::actor::Role;
use domain::device::Device;
#[cfg(feature = "openapi")]
use domain::device::{DeviceName, ItemScope, TableScope};
use domain::table::{Description, TableId};

/// `GET` lists the tables, `POST` registers one.
pub const TABLES: &str = "/v1/tables";
/// `GET` lists the devices, `POST` makes a key.
pub const DEVICE_KEYS: &str = "/v1/device-keys";
/// `GET` returns the caller.
pub const ME: &str = "/v1/me";
/// `POST` signs a person out on all devices.
pub const SIGN_OUT: &str = "/v1/me/sign-out";
/// `POST` reports how long a change took to reach a screen.
pub const MEASUREMENTS: &str = "/v1/measurements";
/// `GET` describes the API (OpenAPI 3.1).
pub const OPENAPI: &str = "/v1/openapi.json";

/// A body has at most this many bytes: 16 KiB.
pub const BODY_LIMIT: usize = 16 * 1024;

/// The maximum size of a function's response in bytes, with its envelope ("Lambda quotas": 6 MB).
pub const FUNCTION_LIMIT: usize = 6 * 1024 * 1024;

/// The maximum size of a body in bytes, as a text in the function's response; the rest is for the headers.
pub const ANSWER_LIMIT: usize = FUNCTION_LIMIT - 64 * 1024;

/// The maximum size of a page in bytes of JSON, unless it has one entry. As a text in the function's response each quotation mark
/// and each backslash takes two bytes.
pub const PAGE_BYTES: usize = 5 * 512 * 1024;

/// The length of an entry as JSON in a list, in bytes, with the comma after it; 0 for what is no JSON.
pub fn entry_length(entry: &impl Serialize) -> usize {
    serde_json::to_vec(entry).map_or(0, |json| json.len() + 1)
}

/// The length of a body as a text in the function's response, which is JSON.
pub fn escaped_length(body: &[u8]) -> usize {
    let escaped = body.iter().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    });
    escaped.sum::<usize>() + 2
}

/// `GET` returns a table, `PUT` reports its status, `PATCH` describes it, `DELETE` removes it.
pub fn table(id: &TableId) -> String {
    format!("{TABLES}/{id}")
}

/// `GET` returns how a table was used.
pub fn table_usage(id: &TableId) -> String {
    format!("{TABLES}/{id}/usage")
}

/// The body of `POST /v1/tables`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTable {
    /// 3 to 64 letters, digits and hyphens.
    pub id: TableId,
    /// At most 280 characters on one line.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Description>))]
    #[serde(default)]
    pub description: Description,
}

/// The body of `PUT /v1/tables/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// Whether the table is free.
    pub is_free: bool,
}

/// The body of `POST /v1/measurements`: from a write to the screen that shows it. It does not identify the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    /// Milliseconds; ten minutes at most.
    #[cfg_attr(feature = "openapi", schema(maximum = 600_000))]
    pub write_to_screen: u32,
}

/// Longer times are rejected, in milliseconds.
pub const LONGEST_MEASUREMENT: u32 = 600_000;

/// One change in this many is measured.
pub const MEASURED_ONE_IN: f64 = 100.0;

/// The body of `PATCH /v1/tables/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewDescription {
    /// At most 280 characters on one line.
    pub description: Description,
}

/// The body of `POST /v1/device-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewDevice {
    /// The display name: at most 80 characters on one line.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DeviceName>))]
    #[serde(default)]
    pub name: String,
    /// Ids of tables, 50 at most, or `["*"]` for any; may be left out if it is for items.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<TableScope>))]
    #[serde(default)]
    pub tables: Vec<String>,
    /// How the keys of the items begin that it may write, 50 at most, or `["*"]` for any.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ItemScope>))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// Whether it may register and delete those tables too.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    #[serde(default)]
    pub can_manage: bool,
}

/// A device with its key, which is shown only once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceWithKey {
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// What goes into the header `x-api-key`.
    pub key: String,
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Their role.
    pub role: Role,
    /// The caller, if they have a name: a member or a guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonView>,
    /// Whether they may change the factory tree.
    #[serde(rename = "mayEditFactories", default, skip_serializing_if = "std::ops::Not::not")]
    pub may_edit_factories: bool,
    /// The release of the server, like `0.1.0`; empty from a server of before.
    #[serde(default)]
    pub release: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_as_long_as_its_text_in_json() {
        for text in ["", "plain", "a \"quoted\" \\ text\n\t", "\u{1}\u{8}", "naïve ☃"] {
            assert_eq!(escaped_length(text.as_bytes()), serde_json::to_string(text).unwrap().len(), "{text}");
        }
    }
}
