//! Creates, recognizes and revokes the keys of devices. Only the hash of a key is stored.

use domain::actor::{Action, Actor};
use domain::device::{Device, ItemScope, TableScope};
use domain::validation::Violation;
use protocol::endpoints::DeviceWithKey;
use subtle::ConstantTimeEq;

use crate::App;
use crate::command::CommandError;
use crate::db::StorageError;
use crate::secrets::{hash, random};

/// The prefix of every key, so that a leaked key can be recognized.
const PREFIX: &str = "rally";

/// The longest key that is checked, in bytes.
const KEY_LIMIT: usize = 200;

/// Creates a key: `rally_{id}_{secret}`, with an id of 96 and a secret of 256 random bits.
///
/// # Errors
/// The actor is not authorized, or the database fails.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: String,
    tables: TableScope,
    items: ItemScope,
    can_manage: bool,
) -> Result<DeviceWithKey, CommandError> {
    actor.authorize(Action::Administrate)?;
    if items.is_empty() && matches!(&tables, TableScope::Only(tables) if tables.is_empty()) {
        let message = "A key is for tables, for items, or for both: name at least one.";
        return Err(Violation::of_rule("tables", "0", "length", message).into());
    }
    let (id, secret) = (random::<12>()?, random::<32>()?);
    let device = Device { id, name, tables, items, can_manage, created_at: app.now() };
    app.storage().save_device(&device, hash(&secret)).await?;
    let key = format!("{PREFIX}_{}_{secret}", device.id);
    Ok(DeviceWithKey { device, key })
}

/// All devices, without their keys.
///
/// # Errors
/// The actor is not authorized, or the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Device>, CommandError> {
    actor.authorize(Action::Administrate)?;
    Ok(app.storage().devices().await?)
}

/// Revokes a key. Succeeds if the key does not exist.
///
/// # Errors
/// The actor is not authorized, or the database fails.
pub async fn revoke(app: &App, actor: &Actor, id: &str) -> Result<(), CommandError> {
    actor.authorize(Action::Administrate)?;
    Ok(app.storage().remove_device(id).await?)
}

/// The actor that a key belongs to: a device, or a stranger if the key is not valid.
///
/// # Errors
/// The database fails.
pub async fn recognize(app: &App, key: &str) -> Result<Actor, StorageError> {
    let Some((id, secret)) = split(key) else { return Ok(Actor::InvalidKey) };
    let Some(record) = app.storage().device(id).await? else { return Ok(Actor::InvalidKey) };
    let is_same = record.hash.as_bytes().ct_eq(hash(secret).as_bytes());
    Ok(if is_same.into() { Actor::Device(record.into_device()) } else { Actor::InvalidKey })
}

/// The id and the secret. Both may contain an underscore, so the length of the id decides.
fn split(key: &str) -> Option<(&str, &str)> {
    let rest = key.strip_prefix(PREFIX)?.strip_prefix('_')?;
    // Twelve bytes are 16 characters.
    let (id, secret) = rest.split_at_checked(16)?;
    (key.len() <= KEY_LIMIT).then_some((id, secret.strip_prefix('_')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_split_into_its_id_and_its_secret() {
        for _ in 0..100 {
            let (id, secret) = (random::<12>().unwrap(), random::<32>().unwrap());
            assert_eq!(split(&format!("rally_{id}_{secret}")), Some((id.as_str(), secret.as_str())));
        }
        for malformed in
            ["", "rally", "rally_", "rally_short_x", "other_0123456789abcdef_x", "rally_0123456789abcdéf_x"]
        {
            assert_eq!(split(malformed), None, "{malformed}");
        }
        assert_eq!(split(&format!("rally_0123456789abcdef_{}", "x".repeat(KEY_LIMIT))), None);
    }
}
