//! `/v1/device-keys`. Never shows a key a second time.

use axum::extract::{Path, State};
use domain::device::{Device, ItemScope, TableScope};
use domain::validation::Violation;
use domain::wire::endpoints::{DeviceWithKey, NewDevice};
use domain::wire::envelope::{Envelope, Refusal};

use super::answer::{Answer, JsonBody, created, ok};
use super::caller::Asking;
use crate::App;
use crate::commands::devices;

/// What people call a device: at most 80 characters.
#[derive(Default)]
struct Name(String);

impl std::str::FromStr for Name {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let length = text.trim().chars().count();
        if length > 80 || text.chars().any(char::is_control) {
            let message = format!("A name is one line of at most 80 characters; this one has {length}.");
            return Err(Violation::new("name", text, "length", message));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

/// The devices, without their keys.
#[utoipa::path(
    get, path = "/v1/device-keys", tag = "device keys", operation_id = "listDeviceKeys",
    responses(
        (status = 200, description = "The devices", body = Envelope<Vec<Device>>),
        (status = 401, description = "Nobody knows who asks", body = Refusal),
        (status = 403, description = "Not an admin", body = Refusal),
    ),
)]
pub(super) async fn list(State(app): State<App>, Asking(actor): Asking) -> Answer {
    Ok(ok(devices::list(&app, &actor).await?))
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
    ),
)]
pub(super) async fn create(State(app): State<App>, Asking(actor): Asking, JsonBody(mut fields): JsonBody) -> Answer {
    let name: Option<Name> = fields.optional_text("name");
    let items: Option<ItemScope> = fields.optional_texts("items");
    // A key for items needs no tables.
    let tables: Option<TableScope> = match &items {
        Some(items) if !items.is_empty() => fields.optional_texts("tables"),
        _ => fields.texts("tables"),
    };
    let can_manage = fields.optional_boolean("canManage");
    let ((name, tables), (items, can_manage)) = fields.finish(name.zip(tables).zip(items.zip(can_manage)))?;
    Ok(created(devices::create(&app, &actor, name.0, tables, items, can_manage).await?))
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
pub(super) async fn revoke(State(app): State<App>, Asking(actor): Asking, Path(id): Path<String>) -> Answer {
    devices::revoke(&app, &actor, &id).await?;
    Ok(ok(()))
}
