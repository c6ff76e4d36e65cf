//! What a live connection is told of a topic: its snapshot, and its digest. Never posts it.

use domain::digest::Digest;
use domain::table::Table;
use domain::topic::Topic;
use domain::wire::frames::{Entity, MESSAGE_LIMIT, ServerFrame};

use crate::storage::tables::Known;
use crate::storage::{Storage, StorageError};

/// A message is kept below the limit by this much, for what surrounds the entities.
pub(crate) const MESSAGE_ROOM: usize = MESSAGE_LIMIT - 1_024;

/// The messages that tell a topic's whole state: as many as the limit of a message asks for.
///
/// # Errors
/// The database fails.
pub async fn snapshot(storage: &Storage, topic: &Topic) -> Result<Vec<String>, StorageError> {
    let entities: Vec<Entity> = tables_of(storage, topic).await?.iter().map(entity).collect();
    Ok(parts(topic, entities, MESSAGE_ROOM))
}

/// The digest of a topic's state.
///
/// # Errors
/// The database fails.
pub async fn digest(storage: &Storage, topic: &Topic) -> Result<Digest, StorageError> {
    let tables = tables_of(storage, topic).await?;
    Ok(Digest::of(tables.iter().map(|table| (table.id.as_str(), table.rev))))
}

async fn tables_of(storage: &Storage, topic: &Topic) -> Result<Vec<Table>, StorageError> {
    match topic {
        Topic::Tables => storage.tables().await,
        Topic::Table(id) => Ok(match storage.table(id).await? {
            Known::There(table) => vec![table],
            Known::Gone(_) | Known::Nothing => Vec::new(),
        }),
        _ => Ok(Vec::new()),
    }
}

fn entity(table: &Table) -> Entity {
    Entity { id: table.id.to_string(), rev: table.rev, state: state(table) }
}

/// A table's public state.
pub(crate) fn state(table: &Table) -> serde_json::Value {
    serde_json::to_value(table).unwrap_or_default()
}

fn parts(topic: &Topic, entities: Vec<Entity>, room: usize) -> Vec<String> {
    let mut parts: Vec<Vec<Entity>> = vec![Vec::new()];
    let mut used = 0;
    for entity in entities {
        let size = serde_json::to_string(&entity).map_or(0, |json| json.len() + 1);
        if used + size > room && used > 0 {
            parts.push(Vec::new());
            used = 0;
        }
        used += size;
        if let Some(part) = parts.last_mut() {
            part.push(entity);
        }
    }
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let frame =
        |(entities, part)| ServerFrame::Snapshot { topic: topic.to_string(), part, parts: count, entities, at: None };
    parts.into_iter().zip(1..).map(frame).map(|frame| frame.to_json()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_split_below_the_limit_and_loses_nothing() {
        let entities: Vec<Entity> = (0..50)
            .map(|number| Entity { id: format!("table-{number}"), rev: 1, state: "x".repeat(100).into() })
            .collect();
        let frames = parts(&Topic::Tables, entities, 1_000);
        assert!(frames.len() > 1 && frames.iter().all(|frame| frame.len() <= 2_024));
        let mut replica = domain::replica::Replica::default();
        replica.begin();
        for frame in &frames {
            let ServerFrame::Snapshot { part, parts, entities, .. } = serde_json::from_str(frame).unwrap() else {
                panic!("a snapshot expected")
            };
            replica.handle_snapshot(part, parts, entities);
        }
        assert!(replica.is_complete());
        assert_eq!(replica.entities().count(), 50);
    }

    #[test]
    fn nothing_there_is_a_snapshot_too() {
        let frames = parts(&Topic::Tables, Vec::new(), 1_000);
        assert_eq!(frames, [r#"{"type":"snapshot","topic":"tables","part":1,"parts":1,"entities":[]}"#]);
    }
}
