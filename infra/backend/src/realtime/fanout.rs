//! Publishes changes to the subscribers of their topics. Pure except for [`deliver`], which reads the subscriptions and posts.
//!
//! A batch of changes becomes one message per connection: later states of an entity replace earlier ones, and all topics of a connection
//! share the message.

pub(crate) mod post_batch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::topic::Topic;
use futures::future::{join_all, try_join_all};
use protocol::frames::{Change, Entity, ServerFrame};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::App;
use crate::db::StorageError;
use crate::db::keys::Shard;
use crate::jobs::Job;
use crate::realtime::snapshots::{MESSAGE_PAYLOAD_LIMIT, split_by_size};
use crate::realtime::{digests, endings};

/// The largest number of posts in progress at once.
const CONCURRENT_POSTS: usize = 256;

/// An entity's new state on one topic, or its removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The position of its record in the batch.
    pub position: usize,
    /// The topic on which it is published.
    pub topic: Topic,
    /// The entity's id within the topic.
    pub id: String,
    /// Its revision.
    pub rev: u64,
    /// Its state as the subscribers of the topic see it; `None` if it was removed.
    pub state: Option<Value>,
}

impl Update {
    /// The current state of an entity.
    pub fn of(position: usize, topic: Topic, entity: Entity) -> Self {
        Self { position, topic, id: entity.id, rev: entity.rev, state: Some(entity.state) }
    }

    /// The removal of an entity.
    pub fn removal(position: usize, topic: Topic, id: impl ToString, rev: u64) -> Self {
        Self { position, topic, id: id.to_string(), rev, state: None }
    }
}

/// The changes of a batch by topic; of each entity only the newest.
pub(crate) fn by_topic(updates: &[Update]) -> BTreeMap<Topic, Vec<Change>> {
    let mut newest: HashMap<(&Topic, &str), &Update> = HashMap::new();
    for update in updates {
        let newest = newest.entry((&update.topic, &update.id)).or_insert(update);
        if update.rev >= newest.rev {
            *newest = update;
        }
    }
    let is_newest = |update: &&Update| newest.get(&(&update.topic, update.id.as_str())) == Some(update);
    let mut topics: BTreeMap<Topic, Vec<Change>> = BTreeMap::new();
    // In the order of the batch, so that subscribers receive the changes in the order of the writes.
    for update in updates.iter().filter(is_newest) {
        let changes = topics.entry(update.topic.clone()).or_default();
        let change = Change {
            topic: update.topic.to_string(),
            id: update.id.clone(),
            rev: update.rev,
            state: update.state.clone(),
        };
        // A record that was delivered twice is published once.
        if changes.last() != Some(&change) {
            changes.push(change);
        }
    }
    topics
}

/// The posts by connection: connections that are subscribed to the same set of these topics share their messages.
pub(crate) fn plan(
    topics: &BTreeMap<Topic, Vec<Change>>,
    subscribers: &BTreeMap<Topic, Vec<String>>,
) -> Vec<(Arc<[String]>, Vec<String>)> {
    let mut topics_of: HashMap<&str, BTreeSet<&Topic>> = HashMap::new();
    for (topic, connections) in subscribers {
        for connection in connections {
            topics_of.entry(connection).or_default().insert(topic);
        }
    }
    let mut by_topics: HashMap<BTreeSet<&Topic>, Vec<String>> = HashMap::new();
    for (connection, subscribed) in topics_of {
        by_topics.entry(subscribed).or_default().push(connection.to_owned());
    }
    let messages = |subscribed: &BTreeSet<&Topic>| {
        let changes = subscribed.iter().filter_map(|topic| topics.get(*topic)).flatten().cloned();
        messages(changes.collect(), MESSAGE_PAYLOAD_LIMIT)
    };
    by_topics.into_iter().map(|(subscribed, connections)| (messages(&subscribed).into(), connections)).collect()
}

/// The frames with these changes, each with changes of at most `max_bytes`.
fn messages(changes: Vec<Change>, max_bytes: usize) -> Vec<String> {
    split_by_size(changes, max_bytes).into_iter().map(|changes| ServerFrame::Changes { changes }.to_json()).collect()
}

/// The result of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Changes that were published; of each entity only the newest.
    pub published: usize,
    /// Connections that received them.
    pub reached: usize,
    /// Connections that were closed already; their records are now deleted.
    pub disconnected: usize,
    /// Messages that the broker did not accept. If there are any, the batch must be delivered again.
    pub unpublished: usize,
    /// Connections that were slower than the others, could not be reached, or are not open yet. A job sends them snapshots and digests.
    pub to_resync: usize,
    /// Jobs that could not be enqueued, topics whose digest could not be updated, and tasks that panicked while they posted. If there are
    /// any, the batch must be delivered again.
    pub failed: usize,
}

/// Publishes to all subscribers. A connection may get a change twice: a replica drops a change that is not newer than its own state.
///
/// If a topic has several shards, this publishes to the first one and enqueues a job for each other shard (`publish_to_shard`).
///
/// `find_removed` returns the entities of these updates that have been removed since; their changes are not published. A client that
/// subscribed after the removal never received it, so it would take the older change for a new one. `find_removed` is called after the
/// subscribers were read, so a removal that it does not find is published later, to all of them.
///
/// # Errors
/// The database fails, so the subscribers or the removals are unknown.
pub async fn deliver(
    app: &App,
    updates: &[Update],
    find_removed: impl AsyncFnOnce(&[&Update]) -> Result<BTreeSet<(Topic, String)>, StorageError>,
) -> Result<Delivery, StorageError> {
    let mut topics = by_topic(updates);
    let published = publish_to_broker(app, &topics);
    let subscribers_and_removals = async {
        let reads = topics.keys().map(async |topic| {
            let first = Shard::first(topic.clone());
            let subscribers = app.storage().subscribers(&first, app.now());
            let (shards, subscribers) = futures::try_join!(app.storage().shards(topic), subscribers)?;
            Ok::<_, StorageError>((topic.clone(), shards, subscribers))
        });
        let (mut subscribers, mut other_shards, mut expired) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        for (topic, shards, found) in try_join_all(reads).await? {
            other_shards.extend((1..shards).map(|number| Shard { topic: topic.clone(), number }));
            subscribers.insert(topic, found.active);
            expired.extend(found.expired);
        }
        let has_subscribers = |topic| subscribers.get(topic).is_some_and(|active| !active.is_empty());
        let states = updates.iter().filter(|update| update.state.is_some() && has_subscribers(&update.topic));
        let removed = find_removed(&states.collect::<Vec<_>>()).await?;
        Ok::<_, StorageError>((subscribers, other_shards, expired, removed))
    };
    // Awaited before the posts, so that the digest contains a change before a client that has received the change can ping.
    let applied = digests::apply_changes(app, &topics);
    let (unpublished, not_applied, read) = futures::join!(published, applied, subscribers_and_removals);
    let (mut subscribers, mut other_shards, expired, removed) = read?;
    for (topic, id) in removed {
        let changes = topics.entry(topic).or_default();
        changes.retain(|change| change.state.is_none() || change.id != id);
    }
    topics.retain(|_, changes| !changes.is_empty());
    subscribers.retain(|topic, _| topics.contains_key(topic));
    other_shards.retain(|shard| topics.contains_key(&shard.topic));
    let published = topics.values().map(Vec::len).sum();
    let shard_jobs = enqueue_shard_jobs(app, other_shards, &topics);
    let (not_enqueued, delivery) = futures::join!(shard_jobs, post_plan(app, plan(&topics, &subscribers)));
    end_expired(app, expired).await;
    Ok(Delivery { published, unpublished, failed: delivery.failed + not_enqueued + not_applied, ..delivery })
}

/// Publishes to one shard. The queue does not keep the order, so changes of entities that have been removed since are dropped.
///
/// # Errors
/// The database fails, so the subscribers or the removals are unknown.
pub(crate) async fn publish_to_shard(
    app: &App,
    shard: &Shard,
    mut changes: Vec<Change>,
) -> Result<Delivery, StorageError> {
    let subscribers = app.storage().subscribers(shard, app.now()).await?;
    if !subscribers.active.is_empty() {
        // After the subscribers were read: a later removal is published to all of them.
        digests::drop_removed(app, &shard.topic, &mut changes).await?;
    }
    let published = changes.len();
    let plan = match published {
        0 => Vec::new(),
        _ => vec![(messages(changes, MESSAGE_PAYLOAD_LIMIT).into(), subscribers.active)],
    };
    let delivery = post_plan(app, plan).await;
    end_expired(app, subscribers.expired).await;
    Ok(Delivery { published, ..delivery })
}

/// Ends connections whose token has expired: after the posts, since no client waits for it.
async fn end_expired(app: &App, connections: impl IntoIterator<Item = String>) {
    if let Err(error) = endings::end_all(app, connections).await {
        tracing::warn!(%error, "a connection whose token has expired could not be deleted; its TTL will expire it");
    }
}

/// Enqueues jobs that publish the changes to these shards; returns the number of jobs that could not be enqueued.
async fn enqueue_shard_jobs(app: &App, shards: Vec<Shard>, topics: &BTreeMap<Topic, Vec<Change>>) -> usize {
    if shards.is_empty() {
        return 0;
    }
    // The changes are split once for all shards of a topic.
    let sharded: BTreeSet<&Topic> = shards.iter().map(|shard| &shard.topic).collect();
    let updates = topics.iter().filter(|(topic, _)| sharded.contains(topic));
    let updates: BTreeMap<&Topic, Vec<Vec<Change>>> =
        updates.map(|(topic, changes)| (topic, split_by_size(changes.clone(), MESSAGE_PAYLOAD_LIMIT))).collect();
    let jobs_of_shard = |shard: &Shard| {
        let messages = updates.get(&shard.topic).into_iter().flatten();
        let job = |changes: &Vec<Change>| Job::PublishToShard { shard: shard.clone(), changes: changes.clone() };
        messages.map(|changes| (job(changes), Duration::ZERO)).collect::<Vec<_>>()
    };
    let jobs: Vec<(Job, Duration)> = shards.iter().flat_map(jobs_of_shard).collect();
    let Err(error) = app.shard_jobs().enqueue(&jobs).await else { return 0 };
    tracing::warn!(%error, "the jobs for the shards could not be enqueued; the stream delivers the batch again");
    jobs.len()
}

/// Posts the planned messages to the connections.
async fn post_plan(app: &App, plan: Vec<(Arc<[String]>, Vec<String>)>) -> Delivery {
    let mut posts: Vec<(String, Arc<[String]>)> = Vec::new();
    for (messages, connections) in plan {
        posts.extend(connections.into_iter().map(|connection| (connection, Arc::clone(&messages))));
    }
    // Signing and sending posts takes processor time, so each processor gets its own batch.
    let processors = app.processors();
    let mut batches = JoinSet::new();
    for batch in posts.chunks(posts.len().div_ceil(processors).max(1)) {
        batches.spawn(post_batch::post_all(app.publisher().clone(), batch.to_vec(), CONCURRENT_POSTS / processors));
    }
    let mut delivery = Delivery::default();
    let (mut disconnected, mut to_resync) = (Vec::new(), Vec::new());
    while let Some(batch) = batches.join_next().await {
        let Ok(batch) = batch else {
            tracing::error!("the task for a batch of posts panicked");
            delivery.failed += 1;
            continue;
        };
        delivery.reached += batch.reached;
        disconnected.extend(batch.disconnected);
        to_resync.extend(batch.to_resync);
    }
    delivery.to_resync = to_resync.len();
    // A slow connection is resynced by a job, so that the next change does not wait for it.
    delivery.failed += enqueue_resync(app, to_resync).await;
    // After the last post, since no client waits for it.
    let mut not_open_yet = Vec::new();
    for connection in disconnected {
        match app.storage().remove_unless_new(&connection, app.now()).await {
            Ok(true) => delivery.disconnected += 1,
            Ok(false) => not_open_yet.push(connection),
            Err(error) => {
                tracing::warn!(connection, %error, "a closed connection could not be deleted; its TTL will expire it");
            }
        }
    }
    delivery.to_resync += not_open_yet.len();
    delivery.failed += enqueue_resync(app, not_open_yet).await;
    delivery
}

/// Enqueues the resync of these connections; returns the number of jobs that could not be enqueued.
async fn enqueue_resync(app: &App, mut connections: Vec<String>) -> usize {
    connections.retain(|_| app.retries());
    let jobs: Vec<(Job, Duration)> =
        connections.into_iter().map(|connection| (Job::resync(connection), Duration::ZERO)).collect();
    let Err(error) = app.jobs().enqueue(&jobs).await else { return 0 };
    tracing::warn!(%error, "the resync of slow connections could not be enqueued; the stream delivers the batch again");
    jobs.len()
}

/// Publishes the changes of public topics to the broker, if there is one; returns the number of messages that it did not accept.
async fn publish_to_broker(app: &App, topics: &BTreeMap<Topic, Vec<Change>>) -> usize {
    if !app.broker().is_configured() {
        return 0;
    }
    let public = topics.iter().filter(|(topic, _)| topic.is_public());
    let sent = public.flat_map(|(topic, changes)| {
        messages(changes.clone(), MESSAGE_PAYLOAD_LIMIT)
            .into_iter()
            .map(move |message| app.broker().publish(topic, message))
    });
    let failed = join_all(sent).await.into_iter().filter_map(Result::err);
    failed.inspect(|error| tracing::warn!(%error, "the broker did not accept a change")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(position: usize, id: &str, rev: u64, state: Option<u64>) -> Vec<Update> {
        let update = |topic: Topic| Update { position, topic, id: id.to_owned(), rev, state: state.map(Value::from) };
        Topic::of_table(&id.parse().unwrap()).map(update).to_vec()
    }

    fn topic(name: &str) -> Topic {
        name.parse().unwrap()
    }

    #[test]
    fn of_an_entity_only_the_newest_state_is_published() {
        let updates =
            [update(0, "lobby", 1, Some(1)), update(1, "attic", 4, None), update(2, "lobby", 2, Some(2))].concat();
        let topics = by_topic(&updates);
        let published: Vec<(&str, u64)> =
            topics[&Topic::Tables].iter().map(|change| (change.id.as_str(), change.rev)).collect();
        assert_eq!(published, [("attic", 4), ("lobby", 2)]);
        assert_eq!(topics[&topic("table/lobby")].len(), 1);
        assert_eq!(topics[&topic("table/attic")][0].state, None);
    }

    #[test]
    fn a_connection_gets_one_message_for_all_its_topics() {
        let topics = by_topic(&update(0, "lobby", 1, Some(1)));
        let subscribers = BTreeMap::from([
            (Topic::Tables, vec!["one".to_owned(), "both".to_owned()]),
            (topic("table/lobby"), vec!["both".to_owned()]),
        ]);
        let mut plan = plan(&topics, &subscribers);
        plan.sort_by_key(|(_, connections)| connections.clone());
        let summary: Vec<(usize, usize, &str)> = plan
            .iter()
            .map(|(messages, connections)| {
                (messages.len(), messages[0].matches("\"topic\"").count(), connections[0].as_str())
            })
            .collect();
        assert_eq!(summary, [(1, 2, "both"), (1, 1, "one")]);
    }

    #[test]
    fn many_changes_are_split_below_the_limit() {
        let changes: Vec<Change> =
            (0..100).map(|rev| Change { topic: "tables".to_owned(), id: "x".repeat(50), rev, state: None }).collect();
        let messages = messages(changes, 1_000);
        assert!(messages.len() > 5);
        assert!(messages.iter().all(|message| message.len() < 1_100));
        let count: usize = messages.iter().map(|message| message.matches("\"rev\"").count()).sum();
        assert_eq!(count, 100);
    }
}
