//! Folds a batch of the stream into a plan. Work that several records need is in it once. Pure.

use std::collections::BTreeMap;

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::event::Event;
use domain::item::ItemKey;
use domain::meetup::MeetupId;
use domain::room::RoomId;
use domain::table::TableId;
use domain::time::Timestamp;
use serde_dynamo::AttributeValue;

use super::reaction::{Effect, ItemChange, Reaction, Unreadable, reactions, written_at};
use crate::realtime::fanout::Update;
use crate::telemetry::trace_context::{self, TraceContext};

/// The work for a batch. A position is that of a record in the batch: if the work fails, the stream delivers again from there.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct BatchPlan {
    /// The changes to publish, in the order of the batch.
    pub(crate) updates: Vec<Update>,
    /// The picks whose answers must be counted: each once, with its first position.
    pub(crate) tallies: BTreeMap<(RoomId, u32), usize>,
    /// The events to publish, in the order of the batch.
    pub(crate) events: Vec<(usize, Event)>,
    /// The changes of items that people may have alerts for. An item's alerts are read once.
    pub(crate) item_changes: BTreeMap<ItemKey, Vec<(usize, ItemChange)>>,
    /// The tables whose queues may advance: each once, with its first position.
    pub(crate) queues: BTreeMap<TableId, usize>,
    /// The meetups whose entries in the lists are written: each once, with its first position.
    pub(crate) listings: BTreeMap<MeetupId, usize>,
    /// The effects of single records, in the order of the batch.
    pub(crate) per_record: Vec<(usize, Effect)>,
    /// The records that this version cannot read, with the times they were written.
    pub(crate) unreadable: Vec<(usize, Unreadable, Timestamp)>,
    /// The requests that wrote the published changes, each once.
    pub(crate) trace_contexts: Vec<TraceContext>,
    /// The request that wrote a record, by the record's position.
    pub(crate) requests: BTreeMap<usize, String>,
}

impl BatchPlan {
    /// The plan for these records.
    pub(crate) fn of(records: &[EventRecord]) -> Self {
        let mut plan = Self::default();
        for (position, record) in records.iter().enumerate() {
            let context = trace_context_of(record);
            plan.requests.extend(context.as_ref().map(|context| (position, context.request.clone())));
            match reactions(position, record) {
                Ok(reactions) => plan.add(position, reactions, context),
                Err(unreadable) => plan.unreadable.push((position, unreadable, written_at(record))),
            }
        }
        plan
    }

    fn add(&mut self, position: usize, reactions: Vec<Reaction>, context: Option<TraceContext>) {
        if reactions.iter().any(|reaction| matches!(reaction, Reaction::Publish(_))) {
            self.trace_contexts.extend(context.filter(|context| !self.trace_contexts.contains(context)));
        }
        for reaction in reactions {
            match reaction {
                Reaction::Publish(update) => self.updates.push(update),
                Reaction::CountAnswers { room, pick } => _ = self.tallies.entry((room, pick)).or_insert(position),
                Reaction::Notify(event) => self.events.push((position, event)),
                Reaction::ItemChanged(change) => {
                    self.item_changes.entry(change.key.clone()).or_default().push((position, change));
                }
                Reaction::AdvanceQueue(table) => _ = self.queues.entry(table).or_insert(position),
                Reaction::UpdateListings(meetup) => _ = self.listings.entry(meetup).or_insert(position),
                Reaction::Effect(effect) => self.per_record.push((position, effect)),
            }
        }
    }
}

/// The request that wrote a record; `None` if another program or a function wrote it.
fn trace_context_of(record: &EventRecord) -> Option<TraceContext> {
    match record.change.new_image.get(trace_context::ATTRIBUTE)? {
        AttributeValue::S(text) => TraceContext::parse(text),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A record of the stream with the new and the old image.
    pub(in crate::reactions::stream) fn record(sequence: usize, after: Value, before: Value) -> EventRecord {
        serde_json::from_value(json!({
            "eventID": sequence.to_string(),
            "eventName": "MODIFY",
            "awsRegion": "eu-central-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_176_002.0,
                "Keys": {},
                "NewImage": after,
                "OldImage": before,
                "SequenceNumber": sequence.to_string(),
                "SizeBytes": 1,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }))
        .unwrap()
    }

    fn table(id: &str, rev: u64, status: &str) -> Value {
        json!({
            "pk": {"S": "TABLES"}, "sk": {"S": id}, "status": {"S": status}, "rev": {"N": rev.to_string()},
            "since": {"N": "1795176002000"}, "updatedAt": {"N": "1795176002000"},
        })
    }

    fn item(key: &str, rev: u64, value: u64) -> Value {
        json!({
            "pk": {"S": "ITEMS"}, "sk": {"S": key}, "rev": {"N": rev.to_string()}, "value": {"N": value.to_string()},
            "updatedAt": {"N": "1795176002000"},
        })
    }

    #[test]
    fn a_queue_advances_once_however_often_its_table_changes() {
        let plan = BatchPlan::of(&[
            record(0, item("van", 2, 2), item("van", 1, 1)),
            record(1, table("lobby", 7, "busy"), table("lobby", 6, "free")),
            record(2, table("lobby", 8, "free"), table("lobby", 7, "busy")),
        ]);
        assert_eq!(plan.queues, BTreeMap::from([("lobby".parse().unwrap(), 1)]));
        let kinds: Vec<_> = plan.events.iter().map(|(position, event)| (*position, event.kind_name())).collect();
        assert_eq!(kinds, [(1, "table_busy"), (2, "table_free")]);
    }

    #[test]
    fn the_listings_of_a_meetup_are_written_once_however_many_answer() {
        let seats = |rev: u64| {
            json!({
                "pk": {"S": "MEETUP#summer0001"}, "sk": {"S": "SEATS"}, "rev": {"N": rev.to_string()},
                "seats": {"M": {"taken": {"N": rev.to_string()}, "waiting": {"L": []}, "rev": {"N": rev.to_string()}}},
            })
        };
        let plan = BatchPlan::of(&[
            record(0, item("van", 2, 2), item("van", 1, 1)),
            record(1, seats(2), seats(1)),
            record(2, seats(3), seats(2)),
        ]);
        assert_eq!(plan.listings, BTreeMap::from([("summer0001".parse().unwrap(), 1)]));
        assert_eq!(plan.updates.iter().filter(|update| update.id == "seats").count(), 2);
    }

    #[test]
    fn changes_stay_in_the_order_of_the_batch() {
        let plan = BatchPlan::of(&[
            record(0, table("lobby", 7, "busy"), table("lobby", 6, "free")),
            record(1, item("van", 2, 2), item("van", 1, 1)),
        ]);
        let published: Vec<_> = plan.updates.iter().map(|update| (update.position, update.topic.to_string())).collect();
        let expected = [(0, "tables"), (0, "table/lobby"), (1, "item/van"), (1, "items")];
        assert_eq!(published, expected.map(|(position, topic)| (position, topic.to_owned())));
    }

    #[test]
    fn an_items_alerts_are_read_once_and_its_history_gets_each_value() {
        let plan = BatchPlan::of(&[
            record(0, item("van", 2, 2), item("van", 1, 1)),
            record(1, item("van", 3, 3), item("van", 2, 2)),
        ]);
        let changes: Vec<Vec<usize>> =
            plan.item_changes.values().map(|changes| changes.iter().map(|(at, _)| *at).collect()).collect();
        assert_eq!(changes, [vec![0, 1]]);
        let histories = plan.per_record.iter().filter(|(_, effect)| matches!(effect, Effect::AppendHistory { .. }));
        assert_eq!(histories.map(|(position, _)| *position).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn an_unreadable_record_does_not_hide_the_others() {
        let mut newer = table("attic", 2, "free");
        newer["recordVersion"] = json!({"N": "99"});
        let plan = BatchPlan::of(&[
            record(0, newer, table("attic", 1, "free")),
            record(1, table("lobby", 7, "busy"), table("lobby", 6, "free")),
        ]);
        let unreadable: Vec<_> = plan.unreadable.iter().map(|(at, unreadable, _)| (*at, unreadable.is_newer)).collect();
        assert_eq!(unreadable, [(0, true)]);
        assert!(plan.updates.iter().all(|update| update.position == 1) && !plan.updates.is_empty());
    }

    #[test]
    fn a_request_that_wrote_several_records_is_one_trace_context() {
        let by = |mut image: Value| {
            let context = TraceContext { request: "r1".to_owned(), at: Timestamp::from_milliseconds(1), trace: None };
            image[trace_context::ATTRIBUTE] = json!({"S": context.to_string()});
            image
        };
        let plan = BatchPlan::of(&[
            record(0, by(table("lobby", 7, "busy")), table("lobby", 6, "free")),
            record(1, by(item("van", 2, 2)), item("van", 1, 1)),
        ]);
        assert_eq!(plan.trace_contexts.iter().map(|context| context.request.as_str()).collect::<Vec<_>>(), ["r1"]);
        assert_eq!(plan.requests, BTreeMap::from([(0, "r1".to_owned()), (1, "r1".to_owned())]));
    }
}
