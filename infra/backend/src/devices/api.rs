//! `/v1/device-keys`. A key is shown only in the response that creates it.

use axum::extract::{Path, State};
use domain::device::{Device, DeviceName, ItemScope, TableScope};
use protocol::endpoints::{DeviceWithKey, NewDevice};
use protocol::envelope::{Envelope, Refusal};

use crate::App;
use crate::devices::service;
use crate::http::answer::{Answer, JsonBody, created, ok};
use crate::http::caller::Authenticated;

/// The devices, without their keys.
#[utoipa::path(
    get, path = "/v1/device-keys", tag = "device keys", operation_id = "listDeviceKeys",
    responses(
        (status = 200, description = "The devices", body = Envelope<Vec<Device>>),
        (status = 401, description = "Nobody knows who asks", body = Refusal),
        (status = 403, description = "Not an admin", body = Refusal),
    ),
)]
pub(crate) async fn list(State(app): State<App>, Authenticated(actor): Authenticated) -> Answer {
    Ok(ok(service::list(&app, &actor).await?))
}

/// Makes a key, which is shown this once.
#[utoipa::path(
    post, path = "/v1/device-keys", tag = "device keys", operation_id = "createDeviceKey",
    request_body = NewDevice,
    responses(
        (status = 201, description = "The device with its key", body = Envelope<DeviceWithKey>),
        (status = 400, description = "A value breaks a constraint", body = Refusal),
        (status = 401, description = "Nobody knows who asks", body = Refusal),
        (status = 403, description = "Not an admin", body = Refusal),
        (status = 413, description = "Over 16 KiB", body = Refusal),
        (status = 415, description = "Not JSON by its content type", body = Refusal),
        (status = 422, description = "It is for nothing, or for any table and for some", body = Refusal),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let name: Option<DeviceName> = fields.optional_text("name");
    let items: Option<ItemScope> = fields.optional_texts("items");
    let tables: Option<TableScope> = fields.optional_texts("tables");
    let can_manage = fields.optional_boolean("canManage");
    let ((name, tables), (items, can_manage)) = fields.finish(name.zip(tables).zip(items.zip(can_manage)))?;
    Ok(created(service::create(&app, &actor, name.into(), tables, items, can_manage).await?))
}

/// Revokes a key. One that is not there is as revoked as asked for.
#[utoipa::path(
    delete, path = "/v1/device-keys/{id}", tag = "device keys", operation_id = "revokeDeviceKey",
    params(("id" = String, Path, description = "The device's id")),
    responses(
        (status = 200, description = "Revoked", body = Envelope<Option<String>>),
        (status = 401, description = "Nobody knows who asks", body = Refusal),
        (status = 403, description = "Not an admin", body = Refusal),
    ),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<String>,
) -> Answer {
    service::revoke(&app, &actor, &id).await?;
    Ok(ok(()))
}
