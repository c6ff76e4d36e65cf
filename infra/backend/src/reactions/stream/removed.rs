//! Changes of entities that have been removed since their record was written.
//!
//! An invocation may still run when the mapping has invoked the function again and gone on to later records, because the response of the
//! first one was lost. It would then publish an old change to clients that subscribed after the entity was removed, and these would take
//! it for a new one.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::topic::Topic;
use serde_dynamo::{AttributeValue, Item};

use super::plan::BatchPlan;
use crate::App;
use crate::db::StorageError;
use crate::realtime::fanout::Update;

type Key = (String, String);

/// The entities of these updates that have been removed from the table since, by topic. Their records are read consistently.
///
/// # Errors
/// The database fails.
pub(super) async fn find_removed(
    app: &App,
    records: &[EventRecord],
    updates: &[&Update],
) -> Result<BTreeSet<(Topic, String)>, StorageError> {
    let key = |update: &Update| records.get(update.position).and_then(|record| key_of(&record.change.new_image));
    let wanted: BTreeSet<Key> = updates.iter().filter_map(|update| key(update)).collect();
    let items = app.storage().get_all(&wanted.into_iter().collect::<Vec<_>>()).await?;
    let items = items.into_iter().map(Item::from);
    let current: BTreeMap<Key, Item> = items.filter_map(|item| Some((key_of(&item)?, item))).collect();
    let mut removed = BTreeSet::new();
    for of_record in updates.chunk_by(|one, next| one.position == next.position) {
        let [first, ..] = of_record else { continue };
        if let Some((record, key)) = records.get(first.position).zip(key(first)) {
            let found = removed_of_record(of_record, record, current.get(&key));
            removed.extend(found.into_iter().map(|update| (update.topic.clone(), update.id.clone())));
        }
    }
    Ok(removed)
}

/// Those of one record's updates whose entities are removed, given its current state. A current record without updates is ignored: another
/// program has written it, or it cannot be read. So is an update that does not come from the record itself, such as the number of answers.
fn removed_of_record<'a>(updates: &[&'a Update], record: &EventRecord, current: Option<&Item>) -> Vec<&'a Update> {
    let Some(current) = current else { return updates.to_vec() };
    let mut now = record.clone();
    now.change.new_image = current.clone();
    now.change.old_image = Item::default();
    let published = updates_of(&now);
    if published.is_empty() {
        return Vec::new();
    }
    let (then, now) = (states(&updates_of(record)), states(&published));
    updates
        .iter()
        .filter(|update| {
            let entity = (update.topic.clone(), update.id.clone());
            then.contains(&entity) && !now.contains(&entity)
        })
        .copied()
        .collect()
}

/// What a record publishes.
fn updates_of(record: &EventRecord) -> Vec<Update> {
    BatchPlan::of(std::slice::from_ref(record)).updates
}

/// The entities that exist according to these updates, by topic.
fn states(updates: &[Update]) -> BTreeSet<(Topic, String)> {
    let with_state = updates.iter().filter(|update| update.state.is_some());
    with_state.map(|update| (update.topic.clone(), update.id.clone())).collect()
}

fn key_of(item: &Item) -> Option<Key> {
    let part = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    Some((part("pk")?, part("sk")?))
}

#[cfg(test)]
mod tests {
    use domain::pick::Tally;
    use domain::room::Room;
    use serde_json::{Value, json};

    use super::*;
    use crate::reactions::stream::plan;
    use crate::realtime::snapshots;
    use crate::rooms::store::RoomRecord;

    fn record(image: &Value) -> EventRecord {
        plan::tests::record(1, image.clone(), json!({}))
    }

    /// The topics on which the change to `written` is not published if the record is `current`.
    fn topics(written: &Value, current: Option<&Value>) -> Vec<String> {
        let (record, current) = (record(written), current.map(|current| record(current).change.new_image));
        let updates = updates_of(&record);
        let removed = removed_of_record(&updates.iter().collect::<Vec<_>>(), &record, current.as_ref());
        removed.into_iter().map(|update| update.topic.to_string()).collect()
    }

    fn item(rev: Option<u64>, exists: bool) -> Value {
        let mut item = json!({"pk": {"S": "ITEMS"}, "sk": {"S": "van"}, "json": {"S": "1"}, "gone": {"BOOL": !exists}});
        if let Some(rev) = rev {
            item["rev"] = json!({"N": rev.to_string()});
        }
        item
    }

    #[test]
    fn a_removed_entity_is_removed_from_all_its_topics() {
        let written = item(Some(3), true);
        let all = ["item/van", "items"];
        assert_eq!(topics(&written, None), all, "its tombstone has expired, or it was deleted by hand");
        assert_eq!(topics(&written, Some(&item(Some(4), false))), all, "it is a tombstone");
    }

    #[test]
    fn an_entity_that_changed_again_is_not_removed() {
        let written = item(Some(3), true);
        let none: [&str; 0] = [];
        assert_eq!(topics(&written, Some(&written)), none);
        assert_eq!(topics(&written, Some(&item(Some(9), true))), none);
        assert_eq!(
            topics(&written, Some(&item(None, true))),
            none,
            "another program has written it, without a revision"
        );
    }

    #[test]
    fn a_room_that_became_private_is_removed_from_the_public_list() {
        let room = |is_private: bool| {
            let room: Room = serde_json::from_value(json!({
                "id": "physics001", "name": "Physics", "creator": "m1", "creatorName": "Ada", "guestsAllowed": true, "isPrivate": is_private,
                "state": "no_question", "picks": 0, "createdAt": "2026-12-01T10:00:00Z", "rev": 7,
            }))
            .unwrap();
            let record: Item = serde_dynamo::to_item(RoomRecord::from(&room)).unwrap();
            serde_json::to_value(record).unwrap()
        };
        assert_eq!(topics(&room(false), Some(&room(true))), ["rooms"]);
    }

    #[test]
    fn the_number_of_answers_is_published_with_the_answer_that_is_there() {
        let answer = json!({"pk": {"S": "ANSWERS#physics001#1"}, "sk": {"S": "ada"}});
        let record = record(&answer);
        let tally = snapshots::of_tally(Tally { pick: 1, answered: 3 });
        let update = Update::of(0, Topic::Room("physics001".parse().unwrap()), tally);
        assert!(removed_of_record(&[&update], &record, Some(&record.change.new_image)).is_empty());
        assert_eq!(removed_of_record(&[&update], &record, None), [&update], "the answers are deleted with their room");
    }
}
