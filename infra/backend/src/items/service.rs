//! Commands on items. The rules are in `domain::item`.

use std::collections::HashSet;

use domain::actor::{Action, Actor};
use domain::item::{BATCH_LIMIT, Item, ItemContent, ItemKey, check_value, merged};
use domain::validation::Violation;
use futures::future::try_join_all;
use protocol::endpoints::{PAGE_BYTES, entry_length};
use protocol::envelope::{ApiError, ErrorCode};
use protocol::items::{ItemList, PastValue};
use serde_json::Value;

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::ingest::source_order::SourceOrder;
use crate::items::store::{ItemRecord, StoredItem};

/// The number of items per read of a list.
const PAGE_SIZE: i32 = 200;

/// One item.
///
/// # Errors
/// The actor is not authorized, there is no such item, or the database fails.
pub async fn get(app: &App, actor: &Actor, key: &ItemKey) -> Result<Item, CommandError> {
    actor.authorize(Action::ReadItem(key))?;
    app.storage().item(key).await?.item.ok_or_else(|| unknown(key))
}

/// Items whose keys begin with `prefix`, as far as the actor may read them, in pages.
///
/// # Errors
/// The cursor is not valid, or the database fails. `limit` is at least 1.
pub async fn list(app: &App, actor: &Actor, prefix: &str, cursor: &str, limit: u32) -> Result<ItemList, CommandError> {
    let after = match cursor {
        "" => None,
        text => {
            let key: Result<ItemKey, Violation> = text.parse();
            Some(key.map_err(|violation| Violation { property: "cursor".to_owned(), ..violation })?.to_string())
        }
    };
    // DynamoDB rejects a start key that is outside of the query.
    let is_within = |key: &str| key.starts_with(prefix);
    if after.as_ref().is_some_and(|after| !is_within(after)) {
        let message = "This cursor is of another list. Ask for the first page without one.";
        return Err(Violation::of_rule("cursor", cursor, "prefix", message).into());
    }
    let limit = limit as usize;
    let (mut items, mut bytes, mut after) = (Vec::new(), 0, after);
    loop {
        let page = app.storage().item_page(prefix, after.as_deref(), PAGE_SIZE).await?;
        let mut next = page.after;
        for item in page.items {
            if actor.authorize(Action::ReadItem(&item.key)).is_err() {
                // Skips all items of this group. An item that is in no group is skipped by itself.
                if let Some(last) = item.key.last_of_group() {
                    next = Some(last.to_string());
                    break;
                }
                continue;
            }
            bytes += entry_length(&item);
            if items.len() == limit || (bytes > PAGE_BYTES && !items.is_empty()) {
                // The cursor is the last item that the actor may read, so it does not reveal the key of another.
                let cursor = items.last().map(|item: &Item| item.key.to_string());
                return Ok(ItemList { items, cursor });
            }
            items.push(item);
        }
        match next {
            Some(key) if is_within(&key) => after = Some(key),
            _ => return Ok(ItemList { items, cursor: None }),
        }
    }
}

/// The last values of an item, the oldest first.
///
/// # Errors
/// The actor is not authorized, there is no such item, or the database fails.
pub async fn history(app: &App, actor: &Actor, key: &ItemKey) -> Result<Vec<PastValue>, CommandError> {
    get(app, actor, key).await?;
    Ok(app.storage().past_values(key).await?)
}

/// Writes an item, and creates it if it does not exist.
///
/// # Errors
/// The actor is not authorized, the value breaks a rule, the precondition fails, or the database fails.
pub async fn put(
    app: &App,
    actor: &Actor,
    key: &ItemKey,
    content: ItemContent,
    precondition: Precondition,
) -> Result<Item, CommandError> {
    actor.authorize(Action::WriteItem(key))?;
    check_value(&content.value)?;
    write(app, key, precondition, |_| Ok(content.clone())).await
}

/// Changes an item's value by a merge patch (RFC 7396).
///
/// # Errors
/// The actor is not authorized, there is no such item, the result breaks a rule, the precondition fails, or the database fails.
pub async fn patch(
    app: &App,
    actor: &Actor,
    key: &ItemKey,
    patch: &Value,
    precondition: Precondition,
) -> Result<Item, CommandError> {
    actor.authorize(Action::WriteItem(key))?;
    // The patch is checked before the merge, and the result after it.
    check_value(patch)?;
    write(app, key, precondition, |before| {
        let Item { value, content_type, schema, .. } = before.item.clone().ok_or_else(|| unknown(key))?;
        let value = merged(value, patch);
        check_value(&value)?;
        Ok(ItemContent { value, content_type, schema })
    })
    .await
}

/// Removes an item. Succeeds if it does not exist.
///
/// # Errors
/// The actor is not authorized, the precondition fails, or the database fails.
pub async fn remove(app: &App, actor: &Actor, key: &ItemKey, precondition: Precondition) -> Result<(), CommandError> {
    actor.authorize(Action::WriteItem(key))?;
    for _ in 0..TRIES {
        let before = app.storage().item(key).await?;
        if before.item.is_none() {
            return Ok(());
        }
        check(key, &before, precondition)?;
        let tombstone = ItemRecord::tombstone(key, before.next_rev(), app.now()).with_order(before.order.as_ref());
        match app.storage().save_items(&[(before, tombstone)]).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// An entry of a batch.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The item's key.
    pub key: ItemKey,
    /// The new content.
    pub content: ItemContent,
    /// The precondition.
    pub precondition: Precondition,
}

/// Writes items, all of them or none.
///
/// # Errors
/// The actor is not authorized to write an item, or an item breaks a rule or its precondition: the error names the item; or the database
/// fails.
pub async fn batch(app: &App, actor: &Actor, entries: &[Entry]) -> Result<Vec<Item>, CommandError> {
    if entries.is_empty() || entries.len() > BATCH_LIMIT {
        let message = format!("A batch has 1 to {BATCH_LIMIT} items; this one has {}.", entries.len());
        return Err(Violation::new("items", &entries.len().to_string(), "length", message).into());
    }
    let mut seen = HashSet::new();
    let mut violations = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if !seen.insert(&entry.key) {
            let message = format!("The key “{}” stands twice in the batch.", entry.key);
            violations.push(Violation::of_rule(&entry_property(index, "key"), entry.key.as_str(), "unique", message));
        }
        if let Err(violation) = check_value(&entry.content.value) {
            violations.push(Violation { property: entry_property(index, "value"), ..violation });
        }
        if let Err(denied) = actor.authorize(Action::WriteItem(&entry.key)) {
            let message = format!("“{}”: {denied}", entry.key);
            let CommandError::Rejected(error) = CommandError::from(denied) else { continue };
            let violation =
                Violation::new(&entry_property(index, "key"), entry.key.as_str(), "access", message.clone());
            let error = ApiError { message, validation_errors: vec![violation], ..error };
            return Err(error.into());
        }
    }
    if !violations.is_empty() {
        return Err(ApiError::invalid(violations).into());
    }
    for _ in 0..TRIES {
        let stored = try_join_all(entries.iter().map(|entry| app.storage().item(&entry.key))).await?;
        let mut records = Vec::new();
        for (index, (entry, before)) in entries.iter().zip(stored).enumerate() {
            check(&entry.key, &before, entry.precondition).map_err(|error| at_index(error, index))?;
            let (rev, content) = (before.next_rev(), entry.content.clone());
            records.push((before, Item::written(entry.key.clone(), content, rev, app.now())));
        }
        let writes: Vec<(StoredItem, ItemRecord)> =
            records.iter().map(|(before, item)| (before.clone(), record(before, item))).collect();
        match app.storage().save_items(&writes).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| records.into_iter().map(|(_, item)| item).collect())?),
        }
    }
    Err(StorageError::Changed.into())
}

/// The name of a part of a batch's entry.
pub(crate) fn entry_property(index: usize, part: &str) -> String {
    format!("items[{index}].{part}")
}

/// Adds the position in the batch to an error.
fn at_index(error: CommandError, index: usize) -> CommandError {
    let CommandError::Rejected(rejected) = error else { return error };
    let message = rejected.message.clone();
    let violation = Violation::new(&entry_property(index, "rev"), "", "revision", message);
    ApiError { validation_errors: vec![violation], ..rejected }.into()
}

async fn write(
    app: &App,
    key: &ItemKey,
    precondition: Precondition,
    decide: impl Fn(&StoredItem) -> Result<ItemContent, CommandError> + Send + Sync,
) -> Result<Item, CommandError> {
    for _ in 0..TRIES {
        let before = app.storage().item(key).await?;
        check(key, &before, precondition)?;
        let item = Item::written(key.clone(), decide(&before)?, before.next_rev(), app.now());
        let record = record(&before, &item);
        match app.storage().save_items(&[(before, record)]).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| item)?),
        }
    }
    Err(StorageError::Changed.into())
}

/// An item's record. It keeps the last position in the source's order, so older messages of the source are skipped after this write, too.
fn record(before: &StoredItem, item: &Item) -> ItemRecord {
    ItemRecord::new(item).with_order(before.order.as_ref())
}

/// Writes the value of a source, or removes the item if `content` is `None`, unless the source has sent something newer before. Returns
/// whether the message was applied.
///
/// # Errors
/// The value breaks a rule, or the database fails.
pub async fn write_from_source(
    app: &App,
    key: &ItemKey,
    content: Option<ItemContent>,
    order: Option<&SourceOrder>,
) -> Result<bool, CommandError> {
    if let Some(content) = &content {
        check_value(&content.value)?;
    }
    for _ in 0..TRIES {
        let before = app.storage().item(key).await?;
        if let (Some(order), Some(stored)) = (order, &before.order)
            && !order.replaces(stored)
        {
            return Ok(false);
        }
        let rev = before.next_rev();
        let record = match content.clone() {
            Some(content) => ItemRecord::new(&Item::written(key.clone(), content, rev, app.now())),
            None if before.item.is_none() && order.is_none() => return Ok(true),
            // A tombstone even without an item: older messages of the source may still arrive.
            None => ItemRecord::tombstone(key, rev, app.now()),
        };
        let record = record.with_order(order.or(before.order.as_ref()));
        match app.storage().save_items(&[(before, record)]).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| true)?),
        }
    }
    Err(StorageError::Changed.into())
}

fn check(key: &ItemKey, before: &StoredItem, precondition: Precondition) -> Result<(), CommandError> {
    match (&before.item, precondition) {
        (Some(item), _) => precondition.check(&format!("The item “{key}”"), item.rev),
        (None, Precondition::Any) => Ok(()),
        (None, Precondition::Rev(rev)) => {
            let message = format!("There is no item “{key}” that could be at revision {rev}.");
            Err(ApiError::new(ErrorCode::Conflict, message).into())
        }
        (None, Precondition::Never) => precondition.check("", 0),
    }
}

fn unknown(key: &ItemKey) -> CommandError {
    ApiError::new(ErrorCode::ResourceNotFound, format!("There is no item “{key}”.")).into()
}
