//! The snapshots of topics, and the entities of each topic as they are sent.

use domain::answer::{AnswerRecord, Presence};
use domain::factory::Factory;
use domain::item::Item;
use domain::meetup::seats::Seats;
use domain::meetup::{Meetup, MeetupGuest, MeetupListing};
use domain::pick::{Pick, Tally};
use domain::question::LibraryQuestion;
use domain::queue::Queue;
use domain::room::Room;
use domain::run_list::RunList;
use domain::table::Table;
use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::endpoints::{PAGE_BYTES, entry_length};
use protocol::frames::{Entity, FRAME_LIMIT, ServerFrame};
use protocol::meetups::MeetupState;
use serde::Serialize;

use crate::db::{Storage, StorageError};
use crate::markdown;
use crate::tables::store::Stored;

/// The size of the entities or changes in one message, in bytes. The rest of the limit is for the fields around them.
pub(crate) const MESSAGE_PAYLOAD_LIMIT: usize = FRAME_LIMIT - 1_024;

/// The number of items in one read.
const ITEMS_PER_READ: i32 = 200;

/// The messages with a topic's whole state, split by the limit of a message. Items are read page by page, so that a topic with many items
/// takes no more memory than a page.
#[derive(Debug)]
pub struct Snapshot<'a> {
    storage: &'a Storage,
    topic: &'a Topic,
    unsolicited: bool,
    /// Where the next page begins; `None` after the last.
    next: Option<SnapshotCursor>,
}

impl<'a> Snapshot<'a> {
    /// The state at `now`.
    pub const fn new(storage: &'a Storage, topic: &'a Topic, now: Timestamp) -> Self {
        Self { storage, topic, unsolicited: false, next: Some(SnapshotCursor::first(now)) }
    }

    /// A snapshot for a connection that has not requested one, but may have missed a change.
    pub(crate) fn unsolicited(storage: &'a Storage, topic: &'a Topic, now: Timestamp) -> Self {
        Self { unsolicited: true, ..Self::new(storage, topic, now) }
    }

    /// The messages of the next page; `None` after the last.
    ///
    /// # Errors
    /// The database fails.
    pub async fn next_page(&mut self) -> Result<Option<Vec<String>>, StorageError> {
        let Some(cursor) = self.next.take() else { return Ok(None) };
        if items_of(self.topic).is_none() {
            let entities = entities(self.storage, self.topic).await?;
            return Ok(Some(parts(self.topic, entities, MESSAGE_PAYLOAD_LIMIT, Some(cursor.at), self.unsolicited)));
        }
        let found = entities_after(self.storage, self.topic, &cursor.after).await?;
        let (page, next) = page_of(self.topic, found, &cursor, MESSAGE_PAYLOAD_LIMIT, PAGE_BYTES, self.unsolicited);
        self.next = next;
        Ok(Some(page))
    }
}

/// The whole snapshot at once.
///
/// # Errors
/// The database fails.
pub async fn snapshot(storage: &Storage, topic: &Topic, now: Timestamp) -> Result<Vec<String>, StorageError> {
    let (mut snapshot, mut all) = (Snapshot::new(storage, topic, now), Vec::new());
    while let Some(page) = snapshot.next_page().await? {
        all.extend(page);
    }
    Ok(all)
}

/// Where a page of a snapshot begins. The pages together are one snapshot, provided that the reader receives each change meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotCursor {
    /// When the first page was made: by this a client knows which parts belong together.
    pub(crate) at: Timestamp,
    /// The number of parts on the pages before.
    pub(crate) parts: u32,
    /// The last entity on the pages before.
    pub(crate) after: String,
}

impl SnapshotCursor {
    /// Where the first page begins.
    const fn first(at: Timestamp) -> Self {
        Self { at, parts: 0, after: String::new() }
    }
}

/// A page of a topic's whole state, and where the next page begins.
///
/// # Errors
/// The database fails.
pub(crate) async fn snapshot_page(
    storage: &Storage,
    topic: &Topic,
    now: Timestamp,
    cursor: Option<SnapshotCursor>,
) -> Result<(Vec<String>, Option<SnapshotCursor>), StorageError> {
    let cursor = cursor.unwrap_or(SnapshotCursor::first(now));
    let found = entities_after(storage, topic, &cursor.after).await?;
    Ok(page_of(topic, found, &cursor, MESSAGE_PAYLOAD_LIMIT, PAGE_BYTES, false))
}

/// The prefix of the keys of a topic's items; `None` if the topic has no items.
fn items_of(topic: &Topic) -> Option<String> {
    match topic {
        Topic::Items => Some(String::new()),
        Topic::Group(group) => Some(format!("{group}:")),
        _ => None,
    }
}

/// Entities of a topic in the order of their ids, after a given one.
pub(crate) struct EntityPage {
    /// All entities; or, of a topic of items, slightly more than a page has.
    pub(crate) entities: Vec<Entity>,
    /// Whether there are no more entities after them.
    pub(crate) is_last: bool,
}

/// The entities of a topic after a given one, read consistently.
///
/// # Errors
/// The database fails.
pub(crate) async fn entities_after(storage: &Storage, topic: &Topic, after: &str) -> Result<EntityPage, StorageError> {
    if let Some(prefix) = items_of(topic) {
        return items_after(storage, topic, &prefix, after).await;
    }
    let mut entities = entities(storage, topic).await?;
    entities.sort_by(|one, other| one.id.cmp(&other.id));
    entities.retain(|entity| after.is_empty() || entity.id.as_str() > after);
    Ok(EntityPage { entities, is_last: true })
}

async fn items_after(storage: &Storage, topic: &Topic, prefix: &str, after: &str) -> Result<EntityPage, StorageError> {
    let (mut entities, mut bytes) = (Vec::new(), 0);
    // DynamoDB accepts only a start key that is within the queried range.
    let mut start = match after {
        after if after.starts_with(prefix) && !after.is_empty() => Some(after.to_owned()),
        after if after > prefix => return Ok(EntityPage { entities, is_last: true }),
        _ => None,
    };
    while bytes <= PAGE_BYTES {
        let page = storage.item_page(prefix, start.as_deref(), ITEMS_PER_READ).await?;
        let is_visible = |item: &&Item| !matches!(topic, Topic::Items) || !item.key.is_private();
        for entity in page.items.iter().filter(is_visible).map(of_item) {
            bytes += entry_length(&entity);
            entities.push(entity);
        }
        match page.after {
            Some(next) => start = Some(next),
            None => return Ok(EntityPage { entities, is_last: true }),
        }
    }
    Ok(EntityPage { entities, is_last: false })
}

fn page_of(
    topic: &Topic,
    found: EntityPage,
    cursor: &SnapshotCursor,
    max_bytes: usize,
    page_bytes: usize,
    unsolicited: bool,
) -> (Vec<String>, Option<SnapshotCursor>) {
    let (at, sent_parts) = (cursor.at, cursor.parts);
    let mut messages = split_by_size(found.entities, max_bytes);
    let mut used = 0;
    let fitting = messages.iter().take_while(|entities| {
        used += serde_json::to_vec(entities).map_or(0, |json| json.len());
        used <= page_bytes
    });
    let fitting = fitting.count().max(1);
    let rest = messages.split_off(fitting.min(messages.len()));
    let last_part = sent_parts + u32::try_from(messages.len()).unwrap_or(u32::MAX);
    let after = messages.last().and_then(|entities| entities.last()).map(|entity| entity.id.clone());
    let is_last = rest.is_empty() && found.is_last;
    let next = after.filter(|_| !is_last).map(|after| SnapshotCursor { at, parts: last_part, after });
    // The number of parts is known only at the last page; before that, `parts` is the largest number.
    let parts = if next.is_some() { u32::MAX } else { last_part };
    let frame = |(entities, part)| {
        let topic = topic.to_string();
        let version = Some(protocol::VERSION);
        ServerFrame::Snapshot { topic, part, parts, entities, at: Some(at), unsolicited, version }.to_json()
    };
    (messages.into_iter().zip(sent_parts + 1..).map(frame).collect(), next)
}

/// The entities of a topic, read consistently; of a topic of items at most what [`entities_after`] returns at once.
async fn entities(storage: &Storage, topic: &Topic) -> Result<Vec<Entity>, StorageError> {
    Ok(match topic {
        Topic::Tables => storage.tables().await?.iter().map(of_table).collect(),
        Topic::Table(id) => match storage.table(id).await? {
            Stored::Present(table) => {
                let queue = storage.queue(id).await?;
                [of_table(&table)].into_iter().chain(queue.as_ref().map(of_queue)).collect()
            }
            Stored::Deleted(_) | Stored::Absent => Vec::new(),
        },
        Topic::Factories => storage.factories().await?.iter().map(of_factory).collect(),
        Topic::Items | Topic::Group(_) => match items_of(topic) {
            Some(prefix) => items_after(storage, topic, &prefix, "").await?.entities,
            None => Vec::new(),
        },
        Topic::Item(key) => storage.item(key).await?.item.iter().map(of_item).collect(),
        Topic::Rooms | Topic::OwnRooms(_) => {
            let rooms = storage.rooms().await?.into_iter();
            rooms.filter(|room| Topic::listing(room) == *topic).map(of_rooms).collect()
        }
        Topic::Room(id) => {
            let Some(room) = storage.room(id).await? else { return Ok(Vec::new()) };
            let picks = storage.picks(id).await?;
            let mut entities: Vec<Entity> = picks.iter().map(of_pick).collect();
            if let Some(current) = picks.last() {
                let answered = storage.count_answers(id, current.number).await?;
                entities.push(of_tally(Tally { pick: current.number, answered }));
            }
            entities.push(of_room(&room));
            entities
        }
        Topic::People(room) => storage.people(room).await?.iter().map(of_presence).collect(),
        Topic::RunList(room) => {
            let list = storage.run_list(room).await?;
            if list.rev > 0 { vec![of_run_list(&list)] } else { Vec::new() }
        }
        Topic::Answers(room, pick) => storage.answers(room, *pick).await?.iter().map(of_answer_record).collect(),
        Topic::Own(room, person) => {
            let picks = storage.room(room).await?.map_or(0, |room| room.picks);
            storage.own_answers(room, picks, person).await?.iter().map(of_own).collect()
        }
        Topic::Library(author) => storage.questions(author).await?.iter().map(of_question).collect(),
        Topic::Meetups => storage.public_meetups().await?.iter().map(of_listing).collect(),
        Topic::HostedMeetups(host) => storage.hosted_meetups(host).await?.iter().map(of_listing).collect(),
        Topic::Meetup(id) => {
            let (meetup, seats) = futures::try_join!(storage.meetup(id), storage.seats(id))?;
            let meetup = meetup.filter(|meetup| !meetup.is_draft());
            meetup.map(of_meetup).into_iter().chain(seats.as_ref().map(of_seats)).collect()
        }
        Topic::MeetupGuests(id) => storage.meetup_guests(id).await?.iter().map(of_meetup_guest).collect(),
        Topic::MeetupGuest(id, guest) => storage.meetup_guest(id, guest).await?.iter().map(of_meetup_guest).collect(),
    })
}

fn entity(id: impl ToString, rev: u64, state: &impl Serialize) -> Entity {
    Entity { id: id.to_string(), rev, state: serde_json::to_value(state).unwrap_or_default() }
}

/// A table, on both of its topics.
pub(crate) fn of_table(table: &Table) -> Entity {
    entity(&table.id, table.rev, table)
}

/// The id of a table's queue on the table's own topic.
pub(crate) const QUEUE: &str = "line";

/// The public view of a table's queue.
pub(crate) fn of_queue(queue: &Queue) -> Entity {
    entity(QUEUE, queue.rev, &queue.view())
}

/// An item, on all of its topics.
pub(crate) fn of_item(item: &Item) -> Entity {
    entity(&item.key, item.rev, item)
}

/// A factory.
pub(crate) fn of_factory(factory: &Factory) -> Entity {
    entity(&factory.id, factory.rev, factory)
}

/// A room in a list.
pub(crate) fn of_rooms(room: Room) -> Entity {
    let (id, rev) = (room.id.clone(), room.rev);
    entity(id, rev, &room.public())
}

/// The id of a room on its own topic.
pub(crate) const ROOM: &str = "room";

/// A room on its own topic.
pub(crate) fn of_room(room: &Room) -> Entity {
    entity(ROOM, room.rev, room)
}

/// The id of a pick on its room's topic: ids are in the order of the picks.
pub(crate) fn pick_id(number: u32) -> String {
    format!("pick/{number:03}")
}

/// A pick as participants see it.
pub(crate) fn of_pick(pick: &Pick) -> Entity {
    entity(pick_id(pick.number), pick.rev, &pick.view(markdown::render(pick.content.text())))
}

/// The id of a run list on its topic.
pub(crate) const RUN_LIST: &str = "run-list";

/// The run list of a room, for its host.
pub(crate) fn of_run_list(list: &RunList) -> Entity {
    entity(RUN_LIST, list.rev, list)
}

/// A meetup in a list.
pub(crate) fn of_listing(listing: &MeetupListing) -> Entity {
    entity(&listing.meetup.id, listing.rev(), listing)
}

/// The id of a meetup on its own topic.
pub(crate) const MEETUP: &str = "meetup";

/// A meetup on its own topic.
pub(crate) fn of_meetup(meetup: Meetup) -> Entity {
    let description_html = markdown::render(meetup.details.description.as_str());
    entity(MEETUP, meetup.rev, &MeetupState { meetup: meetup.public(), description_html })
}

/// The id of a meetup's seats on its topic.
pub(crate) const SEATS: &str = "seats";

/// The seats of a meetup on its topic.
pub(crate) fn of_seats(seats: &Seats) -> Entity {
    entity(SEATS, seats.rev, &seats.view())
}

/// A guest of a meetup.
pub(crate) fn of_meetup_guest(guest: &MeetupGuest) -> Entity {
    entity(&guest.key, guest.rev, guest)
}

/// The number of answers to the current pick.
pub(crate) fn of_tally(tally: Tally) -> Entity {
    entity("tally", tally.rev(), &tally)
}

/// A person who is present.
pub(crate) fn of_presence(presence: &Presence) -> Entity {
    entity(&presence.person, presence.rev, presence)
}

/// An answer in the list of its pick's answers.
pub(crate) fn of_answer_record(answer: &AnswerRecord) -> Entity {
    entity(&answer.person, answer.rev, answer)
}

/// An answer in the list of its person's answers.
pub(crate) fn of_own(answer: &AnswerRecord) -> Entity {
    entity(answer.pick, answer.rev, answer)
}

/// A question in its author's question library.
pub(crate) fn of_question(question: &LibraryQuestion) -> Entity {
    entity(&question.id, question.rev, question)
}

/// Splits the contents of messages into groups of at most `max_bytes` each; a larger element is a group of its own. Without elements there
/// is one empty group.
pub(crate) fn split_by_size<T: Serialize>(all: Vec<T>, max_bytes: usize) -> Vec<Vec<T>> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut used = 0;
    for element in all {
        let size = entry_length(&element);
        if used + size > max_bytes && used > 0 {
            groups.push(std::mem::take(&mut group));
            used = 0;
        }
        used += size;
        group.push(element);
    }
    groups.push(group);
    groups
}

fn parts(
    topic: &Topic,
    entities: Vec<Entity>,
    max_bytes: usize,
    at: Option<Timestamp>,
    unsolicited: bool,
) -> Vec<String> {
    let parts = split_by_size(entities, max_bytes);
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let frame = |(entities, part)| ServerFrame::Snapshot {
        topic: topic.to_string(),
        part,
        parts: count,
        entities,
        at,
        unsolicited,
        version: Some(protocol::VERSION),
    };
    parts.into_iter().zip(1..).map(frame).map(|frame| frame.to_json()).collect()
}

#[cfg(test)]
mod tests {
    use domain::item::VALUE_LIMIT;
    use protocol::frames::{MESSAGE_LIMIT, SUBSCRIPTION_LIMIT};

    use protocol::digest::Digest;

    use super::*;

    #[test]
    fn a_snapshot_is_split_below_the_limit_and_loses_nothing() {
        let entities: Vec<Entity> = (0..50)
            .map(|number| Entity { id: format!("table-{number}"), rev: 1, state: "x".repeat(100).into() })
            .collect();
        let frames = parts(&Topic::Tables, entities, 1_000, None, false);
        assert!(frames.len() > 1 && frames.iter().all(|frame| frame.len() <= 2_024));
        let mut ids = Vec::new();
        for (frame, number) in frames.iter().zip(1..) {
            let Some(ServerFrame::Snapshot { part, parts, entities, .. }) = ServerFrame::parse(frame) else {
                panic!("a snapshot expected")
            };
            assert_eq!((part, parts as usize), (number, frames.len()));
            ids.extend(entities.into_iter().map(|entity| entity.id));
        }
        assert_eq!(ids, (0..50).map(|number| format!("table-{number}")).collect::<Vec<_>>());
    }

    /// The longest of each: an item's key and value, and as many digests as a connection may have subscriptions.
    #[test]
    fn messages_fit_into_a_frame_and_the_largest_item_into_a_message() {
        let item = |number: usize, length: usize| Item {
            key: format!("{number:0>256}").parse().unwrap(),
            value: "x".repeat(length).into(),
            content_type: format!("application/{}+json", "x".repeat(110)).parse().unwrap(),
            schema: "ü".repeat(200).parse().unwrap(),
            rev: u64::MAX,
            updated_at: Timestamp::default(),
        };
        let entities = (0..200).map(|number| of_item(&item(number, 2_000))).collect();
        let frames = parts(&Topic::Items, entities, MESSAGE_PAYLOAD_LIMIT, Some(Timestamp::default()), true);
        assert!(frames.iter().all(|frame| frame.len() <= FRAME_LIMIT) && frames.len() < 30, "{}", frames.len());
        let largest = of_item(&item(0, VALUE_LIMIT - 2));
        let separate = parts(
            &Topic::Items,
            vec![of_item(&item(1, 1)), largest, of_item(&item(2, 1))],
            MESSAGE_PAYLOAD_LIMIT,
            None,
            false,
        );
        let lengths: Vec<usize> = separate.iter().map(String::len).collect();
        assert!(lengths.len() == 3 && lengths[1] <= MESSAGE_LIMIT && lengths[0].max(lengths[2]) < 2_048, "{lengths:?}");
        let topic = |number: usize| (Topic::Item(item(number, 1).key).to_string(), Digest::default().to_string());
        let digests = (0..SUBSCRIPTION_LIMIT).map(topic).collect();
        assert!(ServerFrame::Pong { digests, version: Some(u32::MAX) }.to_json().len() <= FRAME_LIMIT);
    }

    #[test]
    fn the_pages_together_are_the_snapshot() {
        let all: Vec<Entity> = (0..50)
            .map(|number| Entity { id: format!("table-{number:02}"), rev: 1, state: "x".repeat(100).into() })
            .collect();
        let (at, mut sent_parts, mut after) = (Timestamp::from_milliseconds(7), 0, String::new());
        let (mut numbers, mut ids, mut pages) = (Vec::new(), Vec::new(), 0);
        loop {
            let rest: Vec<Entity> = all.iter().filter(|entity| entity.id > after).cloned().collect();
            // As much as one read returns: slightly more than a page has.
            let is_last = rest.len() <= 40;
            let found = EntityPage { entities: rest.into_iter().take(40).collect(), is_last };
            let cursor = SnapshotCursor { at, parts: sent_parts, after };
            let (frames, next) = page_of(&Topic::Tables, found, &cursor, 1_000, 3_000, false);
            for frame in frames {
                let Some(ServerFrame::Snapshot { part, parts, entities, at, .. }) = ServerFrame::parse(&frame) else {
                    panic!("a snapshot expected")
                };
                assert_eq!(at, Some(Timestamp::from_milliseconds(7)), "all pages have the time of the first one");
                numbers.push(part);
                ids.extend(entities.into_iter().map(|entity| entity.id));
                assert_eq!(
                    parts == part,
                    next.is_none() && ids.len() == all.len(),
                    "only the last page has the number of parts"
                );
            }
            pages += 1;
            let Some(next) = next else { break };
            (sent_parts, after) = (next.parts, next.after);
        }
        assert!(pages > 1);
        assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
        assert_eq!(ids, all.into_iter().map(|entity| entity.id).collect::<Vec<_>>());
    }

    #[test]
    fn a_topic_without_entities_has_an_empty_snapshot() {
        let frames = parts(&Topic::Tables, Vec::new(), 1_000, None, false);
        assert_eq!(frames, [r#"{"type":"snapshot","topic":"tables","part":1,"parts":1,"entities":[],"version":1}"#]);
    }
}
