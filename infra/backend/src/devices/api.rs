//! `/v1/device-keys`. A key is shown only in the response that creates it.

use std::str::FromStr;

use axum::extract::State;
use domain::device::{Device, DeviceName, ItemScope, TableScope};
use domain::validation::Violation;
use protocol::endpoints::{DeviceWithKey, NewDevice};
use protocol::envelope::{ApiError, Envelope, ErrorBody};
use serde_json::Value;

use crate::App;
use crate::devices::service;
use crate::http::body::{Json, RequestBody};
use crate::http::caller::Authenticated;
use crate::http::fields::Fields;
use crate::http::parameters::{Path, PathParameter};
use crate::http::response::{ApiResult, created, ok};

/// The devices, without their keys.
#[utoipa::path(
    get, path = "/v1/device-keys", tag = "device keys", operation_id = "listDeviceKeys",
    responses(
        (status = 200, description = "The devices", body = Envelope<Vec<Device>>),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "Not an admin", body = ErrorBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, Authenticated(actor): Authenticated) -> ApiResult {
    Ok(ok(service::list(&app, &actor).await?))
}

/// Creates a device key. Only this response shows it.
#[utoipa::path(
    post, path = "/v1/device-keys", tag = "device keys", operation_id = "createDeviceKey",
    request_body = NewDevice,
    responses(
        (status = 201, description = "The device with its key", body = Envelope<DeviceWithKey>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "Not an admin", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "It is for nothing, or for any table and for some", body = ErrorBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json((name, tables, items, can_manage)): Json<NewDevice>,
) -> ApiResult {
    Ok(created(service::create(&app, &actor, name.into(), tables, items, can_manage).await?))
}

/// Revokes a key. Succeeds if the key does not exist.
#[utoipa::path(
    delete, path = "/v1/device-keys/{id}", tag = "device keys", operation_id = "revokeDeviceKey",
    params(("id" = inline(DeviceId), Path, description = "The device's id")),
    responses(
        (status = 200, description = "Revoked", body = Envelope<Option<String>>),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "Not an admin", body = ErrorBody),
    ),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(DeviceId(id)): Path<DeviceId>,
) -> ApiResult {
    service::revoke(&app, &actor, &id).await?;
    Ok(ok(()))
}

impl RequestBody for NewDevice {
    /// The name, the tables and the items of the device, and whether it may manage those tables.
    type Checked = (DeviceName, TableScope, ItemScope, bool);

    fn check(sent: Value) -> Result<Self::Checked, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let name = fields.optional_text("name");
        let items = fields.optional_texts("items");
        let tables = fields.optional_texts("tables");
        let can_manage = fields.optional_boolean("canManage");
        let ((name, tables), (items, can_manage)) = fields.finish(name.zip(tables).zip(items.zip(can_manage)))?;
        Ok((name, tables, items, can_manage))
    }
}

/// The public part of a device key. An id of another form does not exist; revoking it succeeds.
pub(crate) struct DeviceId(String);

impl PathParameter for DeviceId {}

impl FromStr for DeviceId {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        Ok(Self(text.to_owned()))
    }
}

domain::described!(DeviceId, <String as utoipa::PartialSchema>::schema());
