//! The reactions to one record of the stream. Pure.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::answer::AnswerRecord;
use domain::event::{Event, EventKind};
use domain::item::{Item, ItemKey};
use domain::meetup::MeetupId;
use domain::person::{Person, PersonId};
use domain::room::{Room, RoomId, RoomState};
use domain::table::TableId;
use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::frames::Entity;
use serde::de::DeserializeOwned;
use serde_dynamo::AttributeValue;
use serde_json::Value;

use crate::db::records::{SubscriptionRecord, TableRecord};
use crate::db::{self, keys};
use crate::factories::store::FactoryRecord;
use crate::items::store::ItemRecord;
use crate::meetups::guest_store::MeetupGuestRecord;
use crate::meetups::listing_store::ListingRecord;
use crate::meetups::store::{MeetupRecord, SeatsRecord};
use crate::questions::store::QuestionRecord;
use crate::queue::store::QueueRecord;
use crate::realtime;
use crate::realtime::fanout::Update;
use crate::rooms::answer_store::StoredAnswer;
use crate::rooms::entrant_store::EntrantRecord;
use crate::rooms::presence_store::PresenceRecord;
use crate::rooms::store::{PickRecord, RoomRecord, RunListRecord};

/// What follows from one record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reaction {
    /// Publish a change.
    Publish(Update),
    /// The number of answers to this pick has changed: publish it while the pick is open, otherwise count the answers again.
    CountAnswers { room: RoomId, pick: u32 },
    /// An event for which people may have an alert.
    Notify(Event),
    /// An item has a new value, or was removed: people may have an alert for it.
    ItemChanged(ItemChange),
    /// A table has changed, so its queue may advance.
    AdvanceQueue(TableId),
    /// A meetup or its seats have changed: write its entries in the lists.
    UpdateListings(MeetupId),
    /// An effect of this record only.
    Effect(Effect),
}

/// An effect of one record, independent of the other records of its batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Post the snapshot to a connection that subscribed by its handshake.
    SendInitialSnapshot { connection: String, topic: Topic },
    /// A table's record was deleted by hand, so without a revision: write a tombstone, whose own record is then published.
    WriteTombstone { record: TableRecord },
    /// An item was written by hand, so without a revision: assign the next one; the record of that write is then published.
    AssignRevision { key: ItemKey, seen: Option<u64>, rev: u64 },
    /// An item was deleted by hand, so without a revision: write a tombstone.
    WriteItemTombstone { key: ItemKey, rev: u64 },
    /// An item has a new value: append it to the history.
    AppendHistory { item: Item },
    /// A person's connection has joined a room.
    PresenceJoin { room: RoomId, person: Person, connection: String },
    /// A person's connection has left a room.
    PresenceLeave { room: RoomId, person: Person, connection: String },
    /// A guest was removed or has expired: end their subscriptions in the room.
    EvictGuest { room: RoomId, guest: PersonId },
    /// A room was deleted: delete its contents.
    DeleteRoomContents { room: Room },
    /// The called turn in a table's queue times out at this time.
    ScheduleTimeout { table: TableId, at: Timestamp },
    /// A meetup changes at this time.
    ScheduleMeetup { meetup: MeetupId, at: Timestamp },
    /// Guests of a meetup wait for seats that are free.
    AdvanceSeats { meetup: MeetupId },
    /// A guest of a meetup was removed: end the subscriptions that the person may not have any more.
    EvictMeetupGuest { meetup: MeetupId, person: PersonId },
    /// A draft was deleted: delete its contents.
    DeleteMeetupContents { meetup: MeetupId },
}

/// A change of an item's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ItemChange {
    /// The event id of the stream's record.
    pub(crate) id: String,
    /// When it was written, by the database's clock.
    pub(crate) at: Timestamp,
    pub(crate) key: ItemKey,
    pub(crate) rev: u64,
    pub(crate) before: Option<Value>,
    /// `None` if the item was removed.
    pub(crate) after: Option<Value>,
}

/// The old and the new image of a record.
struct Images<'a> {
    /// The event id of the stream's record: the same at each delivery.
    id: &'a str,
    /// When it was written, by the database's clock.
    at: Timestamp,
    old: &'a serde_dynamo::Item,
    new: &'a serde_dynamo::Item,
}

impl Images<'_> {
    fn is_removal(&self) -> bool {
        self.new.is_empty()
    }

    /// The new image, or the old one if the record was removed.
    fn latest(&self) -> &serde_dynamo::Item {
        if self.is_removal() { self.old } else { self.new }
    }

    /// The revision to publish: a deletion counts as one.
    fn rev(&self, stored: u64) -> u64 {
        if self.is_removal() { stored + 1 } else { stored }
    }

    /// The old image, as a type of this code; `None` if the record is new.
    fn read_old<T: DeserializeOwned>(&self) -> Option<T> {
        if self.old.is_empty() { None } else { read(self.old).ok() }
    }

    /// An event of this record. `part` distinguishes several events of one record.
    fn notify(&self, part: &str, rev: u64, kind: EventKind) -> Reaction {
        Reaction::Notify(Event { id: format!("{}{part}", self.id), at: self.at, rev, kind })
    }

    /// The new image, or the old one if the record was removed, as a type of this code.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        read(self.latest())
    }
}

/// This version cannot read a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// Its key, for the log. Its content is not logged.
    pub(crate) key: String,
    /// Whether the record has a version that this code does not know.
    pub(crate) is_newer: bool,
}

fn read<T: DeserializeOwned>(item: &serde_dynamo::Item) -> Result<T, Unreadable> {
    let part = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => text.as_str(),
        _ => "?",
    };
    let version = match item.get(db::RECORD_VERSION) {
        Some(AttributeValue::N(version)) => Some(version.as_str()),
        _ => None,
    };
    let is_newer = db::is_newer(version);
    let unreadable = || Unreadable { key: format!("{} / {}", part("pk"), part("sk")), is_newer };
    if is_newer {
        return Err(unreadable());
    }
    serde_dynamo::from_item(item.clone()).map_err(|_| unreadable())
}

/// When a record was written, by the database's clock.
pub(crate) fn written_at(record: &EventRecord) -> Timestamp {
    Timestamp::from_milliseconds(record.change.approximate_creation_date_time.timestamp_millis())
}

/// The reactions to the record at `position` of its batch.
///
/// # Errors
/// This version cannot read the record.
pub(crate) fn reactions(position: usize, record: &EventRecord) -> Result<Vec<Reaction>, Unreadable> {
    let images = Images {
        id: &record.event_id,
        at: written_at(record),
        old: &record.change.old_image,
        new: &record.change.new_image,
    };
    let Some(AttributeValue::S(pk)) = images.latest().get("pk") else { return Ok(Vec::new()) };
    let of_kind = |prefix: &str| pk.starts_with(prefix);
    match pk.as_str() {
        keys::TABLES => of_table(position, &images),
        keys::ITEMS => of_item(position, &images),
        keys::FACTORIES => of_factory(position, &images),
        keys::ROOMS => of_room(position, &images),
        keys::QUEUES => of_queue(position, &images),
        keys::MEETUPS => of_listing(position, [Topic::Meetups], &images),
        _ if of_kind(keys::HOSTED) => match images.latest().get("sk") {
            Some(AttributeValue::S(sk)) if sk == keys::GUARD => Ok(Vec::new()),
            _ => of_listing(position, keys::parse_hosted(pk).map(Topic::HostedMeetups), &images),
        },
        _ if of_kind(keys::MEETUP) => of_meetup_partition(position, pk, &images),
        _ if of_kind(keys::ROOM) => match images.latest().get("sk") {
            Some(AttributeValue::S(sk)) if sk == keys::RUN_LIST => of_run_list(position, pk, &images),
            _ => of_pick(position, &images),
        },
        _ if of_kind(keys::ANSWERS) => of_answer(position, &images),
        _ if of_kind(keys::PEOPLE) => of_person(position, pk, &images),
        _ if of_kind(keys::QUESTION_LIBRARY) => of_question(position, pk, &images),
        _ if of_kind(keys::ENTRANTS) => of_entrant(pk, &images),
        _ => keys::parse_subscribers(pk).map_or(Ok(Vec::new()), |topic| of_subscription(&topic, &images)),
    }
}

fn of_table(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let record: TableRecord = images.read()?;
    if images.is_removal() {
        // An expired tombstone is not needed any more. A tombstone that was deleted by hand before it expired is written again.
        return Ok(if record.is_expired(images.at) {
            Vec::new()
        } else {
            vec![Reaction::Effect(Effect::WriteTombstone { record })]
        });
    }
    let (id, rev) = (record.sk.clone(), record.rev);
    let table = record.into_table();
    let mut reactions =
        publish_on(position, Topic::of_table(&id), table.as_ref().map(realtime::snapshots::of_table), id.as_str(), rev);
    let before = images.read_old::<TableRecord>().and_then(TableRecord::into_table);
    if before.as_ref().map(|before| before.status) != table.as_ref().map(|table| table.status) {
        reactions.push(Reaction::AdvanceQueue(id));
        // A table that has just been registered has not become free.
        if let (Some(_), Some(table)) = (before, table) {
            reactions.push(Reaction::Notify(Event::of_table(images.id.to_owned(), images.at, &table)));
        }
    }
    Ok(reactions)
}

fn of_item(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let record: ItemRecord = images.read()?;
    let (key, rev) = (record.sk.clone(), record.rev);
    if images.is_removal() {
        let is_expired = record.is_expired(images.at);
        let rev = rev.unwrap_or_default() + 1;
        return Ok(if is_expired {
            Vec::new()
        } else {
            vec![Reaction::Effect(Effect::WriteItemTombstone { key, rev })]
        });
    }
    let before = images.read_old::<ItemRecord>();
    let rev_before = before.as_ref().and_then(|before| before.rev).unwrap_or_default();
    let (before, item) = (before.and_then(ItemRecord::into_item).map(|item| item.value), record.into_item());
    let after = item.as_ref().map(|item| item.value.clone());
    // A write that only assigns a revision does not change the value.
    let (id, at) = (images.id.to_owned(), images.at);
    let value_change = |rev: u64| {
        let change = ItemChange { id, at, key: key.clone(), rev, before: before.clone(), after: after.clone() };
        (before != after).then_some(Reaction::ItemChanged(change))
    };
    let Some(rev) = rev.filter(|rev| *rev > rev_before) else {
        let next = rev_before + 1;
        let assign_revision = Reaction::Effect(Effect::AssignRevision { key: key.clone(), seen: rev, rev: next });
        return Ok(value_change(next).into_iter().chain([assign_revision]).collect());
    };
    let value_change = value_change(rev);
    let entity = item.as_ref().map(realtime::snapshots::of_item);
    let updates = Topic::of_item(&key).into_iter().map(|topic| match &entity {
        Some(entity) => Update::of(position, topic, entity.clone()),
        None => Update::removal(position, topic, &key, rev),
    });
    Ok(updates
        .map(Reaction::Publish)
        .chain(value_change)
        .chain(item.map(|item| Reaction::Effect(Effect::AppendHistory { item })))
        .collect())
}

fn of_factory(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let record: FactoryRecord = images.read()?;
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_factory(&record.factory));
    Ok(publish_on(position, [Topic::Factories], entity, record.sk.as_str(), images.rev(record.rev)))
}

fn of_queue(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let QueueRecord { sk: id, rev, name, queue, .. } = images.read()?;
    let topic = Topic::Table(id.clone());
    if images.is_removal() {
        return Ok(vec![Reaction::Publish(Update::removal(position, topic, realtime::snapshots::QUEUE, rev + 1))]);
    }
    let mut reactions = vec![Reaction::Publish(Update::of(position, topic, realtime::snapshots::of_queue(&queue)))];
    if let Some(at) = queue.next_timeout() {
        reactions.push(Reaction::Effect(Effect::ScheduleTimeout { table: id.clone(), at }));
    }
    let calls_before = images.read_old::<QueueRecord>().map_or(0, |before| before.queue.calls);
    if let (Some((place, until)), true) = (queue.called(), queue.calls > calls_before) {
        let (person, call) = (place.person.clone(), queue.calls);
        let kind = EventKind::Called { name, table: id, person, call, until };
        reactions.push(images.notify("", rev, kind));
    }
    Ok(reactions)
}

fn of_room(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let record: RoomRecord = images.read()?;
    let (id, room) = (record.sk, record.room);
    let room_topic = Topic::Room(id.clone());
    // A private room is in another list, so no subscriber of this list receives it.
    let listing = Topic::listing(&room);
    if images.is_removal() {
        let rev = record.rev + 1;
        let from_list = Reaction::Publish(Update::removal(position, listing, &id, rev));
        let from_room_topic = Reaction::Publish(Update::removal(position, room_topic, realtime::snapshots::ROOM, rev));
        return Ok(vec![from_list, from_room_topic, Reaction::Effect(Effect::DeleteRoomContents { room })]);
    }
    let mut reactions = vec![Reaction::Publish(Update::of(position, room_topic, realtime::snapshots::of_room(&room)))];
    if let Some(before) = images.read_old::<RoomRecord>() {
        reactions.extend(event_of_room(&before.room, &room).map(|kind| images.notify("", room.rev, kind)));
        let listing_before = Topic::listing(&before.room);
        if listing_before != listing {
            reactions.push(Reaction::Publish(Update::removal(position, listing_before, &id, room.rev)));
        }
    }
    reactions.push(Reaction::Publish(Update::of(position, listing, realtime::snapshots::of_rooms(room))));
    Ok(reactions)
}

/// The record of a guest was deleted: the room has removed the guest, or the guest's week has ended. Members that a private room has let
/// in may stay until the room is deleted.
fn of_entrant(pk: &str, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let Some(room) = keys::parse_entrants(pk) else { return Ok(Vec::new()) };
    let is_name = matches!(images.latest().get("sk"), Some(AttributeValue::S(sk)) if keys::is_taken_name(sk));
    if !images.is_removal() || is_name {
        return Ok(Vec::new());
    }
    let record: EntrantRecord = images.read()?;
    Ok(record
        .is_guest()
        .then_some(Reaction::Effect(Effect::EvictGuest { room, guest: record.sk }))
        .into_iter()
        .collect())
}

/// The event between two states of a room, if there is one: a room is written with each pick and each feedback.
fn event_of_room(before: &Room, after: &Room) -> Option<EventKind> {
    let (room, name, number) = (after.id.clone(), after.name.to_string(), after.picks);
    match after.state {
        RoomState::QuestionOpen if after.picks > before.picks => Some(EventKind::Question { room, name, number }),
        RoomState::QuestionClosed if before.state == RoomState::QuestionOpen => {
            Some(EventKind::Feedback { room, name, number })
        }
        RoomState::RoomClosed if before.state != RoomState::RoomClosed => Some(EventKind::Closed { room, name }),
        _ => None,
    }
}

fn of_pick(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let PickRecord { rev, pick, .. } = images.read()?;
    let (topic, id) = (Topic::Room(pick.room.clone()), realtime::snapshots::pick_id(pick.number));
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_pick(&pick));
    let mut reactions = publish_on(position, [topic], entity, &id, images.rev(rev));
    if !images.is_removal() {
        // Another pick is current now, or this one has just ended while an answer was being written.
        reactions.push(Reaction::CountAnswers { room: pick.room, pick: pick.number });
    }
    Ok(reactions)
}

fn of_run_list(position: usize, pk: &str, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let Some(topic) = keys::parse_room(pk).map(Topic::RunList) else { return Ok(Vec::new()) };
    let RunListRecord { rev, list, .. } = images.read()?;
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_run_list(&list));
    Ok(publish_on(position, [topic], entity, realtime::snapshots::RUN_LIST, images.rev(rev)))
}

fn of_answer(position: usize, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    if images.is_removal() {
        // Answers are deleted only with their room, whose removal is published.
        return Ok(Vec::new());
    }
    let StoredAnswer { room, answer, .. } = images.read()?;
    let AnswerRecord { pick, person, .. } = &answer;
    let to_host =
        Update::of(position, Topic::Answers(room.clone(), *pick), realtime::snapshots::of_answer_record(&answer));
    let to_person =
        Update::of(position, Topic::Own(room.clone(), person.clone()), realtime::snapshots::of_own(&answer));
    Ok(vec![
        Reaction::Publish(to_host),
        Reaction::Publish(to_person),
        Reaction::CountAnswers { room, pick: answer.pick },
    ])
}

fn of_person(position: usize, pk: &str, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let Some(topic) = keys::parse_people(pk).map(Topic::People) else { return Ok(Vec::new()) };
    let record: PresenceRecord = images.read()?;
    let presence = record.presence().filter(|_| !images.is_removal());
    Ok(publish_on(
        position,
        [topic],
        presence.as_ref().map(realtime::snapshots::of_presence),
        record.sk.as_str(),
        images.rev(record.rev),
    ))
}

fn of_question(position: usize, pk: &str, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let Some(topic) = keys::parse_question_library(pk).map(Topic::Library) else { return Ok(Vec::new()) };
    let record: QuestionRecord = images.read()?;
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_question(&record.question));
    Ok(publish_on(position, [topic], entity, record.sk.as_str(), images.rev(record.rev)))
}

fn of_listing(
    position: usize,
    topics: impl IntoIterator<Item = Topic>,
    images: &Images<'_>,
) -> Result<Vec<Reaction>, Unreadable> {
    let record: ListingRecord = images.read()?;
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_listing(&record.listing));
    Ok(publish_on(position, topics, entity, record.sk.as_str(), images.rev(record.rev)))
}

/// A record of a meetup: the meetup itself, its seats, or a guest.
fn of_meetup_partition(position: usize, pk: &str, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let Some(id) = keys::parse_meetup(pk) else { return Ok(Vec::new()) };
    let Some(AttributeValue::S(sk)) = images.latest().get("sk") else { return Ok(Vec::new()) };
    match sk.as_str() {
        keys::MEETUP_ITSELF => of_meetup(position, id, images),
        keys::SEATS => of_seats(position, id, images),
        _ if sk.starts_with(keys::MEETUP_GUEST) => of_meetup_guest(position, id, images),
        _ => Ok(Vec::new()),
    }
}

fn of_meetup(position: usize, id: MeetupId, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let MeetupRecord { rev, meetup, .. } = images.read()?;
    let topic = Topic::Meetup(id.clone());
    let is_removed = images.is_removal() || meetup.is_draft();
    // Only its host sees a draft, in the list of the host. Publishing that was taken back removes the meetup for all others.
    let was_published = images.read_old::<MeetupRecord>().is_some_and(|before| !before.meetup.is_draft());
    let mut reactions = match is_removed {
        true if !was_published => Vec::new(),
        true => publish_on(position, [topic], None, realtime::snapshots::MEETUP, images.rev(rev)),
        false => publish_on(
            position,
            [topic],
            Some(realtime::snapshots::of_meetup(meetup.clone())),
            realtime::snapshots::MEETUP,
            rev,
        ),
    };
    reactions.push(Reaction::UpdateListings(id.clone()));
    if images.is_removal() {
        reactions.push(Reaction::Effect(Effect::DeleteMeetupContents { meetup: id }));
    } else if let Some(at) = meetup.next_due() {
        reactions.push(Reaction::Effect(Effect::ScheduleMeetup { meetup: id, at }));
    }
    Ok(reactions)
}

fn of_seats(position: usize, id: MeetupId, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let SeatsRecord { rev, seats, .. } = images.read()?;
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_seats(&seats));
    let topic = Topic::Meetup(id.clone());
    let mut reactions = publish_on(position, [topic], entity, realtime::snapshots::SEATS, images.rev(rev));
    if !images.is_removal() {
        reactions.push(Reaction::UpdateListings(id.clone()));
        if seats.advance().is_some() {
            reactions.push(Reaction::Effect(Effect::AdvanceSeats { meetup: id }));
        }
    }
    Ok(reactions)
}

fn of_meetup_guest(position: usize, id: MeetupId, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let MeetupGuestRecord { rev, guest, .. } = images.read()?;
    let topics = [Topic::MeetupGuests(id.clone()), Topic::MeetupGuest(id.clone(), guest.key.clone())];
    let entity = (!images.is_removal()).then(|| realtime::snapshots::of_meetup_guest(&guest));
    let mut reactions = publish_on(position, topics, entity, guest.key.as_str(), images.rev(rev));
    if let (true, Some(person)) = (images.is_removal(), guest.person) {
        reactions.push(Reaction::Effect(Effect::EvictMeetupGuest { meetup: id, person }));
    }
    Ok(reactions)
}

/// Publishes an entity on topics; without an entity, its removal.
fn publish_on(
    position: usize,
    topics: impl IntoIterator<Item = Topic>,
    entity: Option<Entity>,
    id: &str,
    rev: u64,
) -> Vec<Reaction> {
    let update = |topic| match &entity {
        Some(entity) => Update::of(position, topic, entity.clone()),
        None => Update::removal(position, topic, id, rev),
    };
    topics.into_iter().map(update).map(Reaction::Publish).collect()
}

fn of_subscription(topic: &Topic, images: &Images<'_>) -> Result<Vec<Reaction>, Unreadable> {
    let SubscriptionRecord { sk: connection, needs_initial_snapshot, person, .. } = images.read()?;
    let mut reactions = Vec::new();
    // The subscriptions to the room itself are those of all people in it.
    if let (Topic::Room(room), Some(person)) = (topic, person) {
        let (room, connection) = (room.clone(), connection.clone());
        reactions.push(match images.is_removal() {
            true => Reaction::Effect(Effect::PresenceLeave { room, person, connection }),
            false => Reaction::Effect(Effect::PresenceJoin { room, person, connection }),
        });
    }
    if needs_initial_snapshot && !images.is_removal() {
        reactions.push(Reaction::Effect(Effect::SendInitialSnapshot { connection, topic: topic.clone() }));
    }
    Ok(reactions)
}
