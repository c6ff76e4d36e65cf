//! The digests of topics. A digest is stored beside the data and updated with each change, so that a ping costs one small read for a
//! topic of any size. The stored digest is checked against the data regularly.
//!
//! - A topic has a digest from the first ping until two hours after the last one.
//! - The fan-out counts each change that it publishes. A change may be counted twice, late, or in another order: [`index`] drops what is
//!   not newer, as a replica does.
//! - In each minute with a ping, one of the requests reads the data and corrects the digest.
//!
//! `docs/architecture.md` says why every lost change is noticed.

pub(crate) mod index;
pub(crate) mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::topic::Topic;
use futures::future::{join_all, try_join_all};
use protocol::digest::Digest;
use protocol::frames::Change;

use crate::App;
use crate::db::StorageError;
use crate::realtime::digest_store::{DigestHead, PARTS_AT_ONCE};
use crate::realtime::digests::index::Index;
use crate::realtime::snapshots::{self, Found};

/// After this time the data is read again.
const CHECKED_EVERY: Duration = Duration::from_secs(60);

/// Reading the data takes at most this long, or it has failed.
const READING: Duration = Duration::from_secs(10);

/// The number of tries to write a digest that other invocations write at the same time: at most ten process the stream concurrently.
const TRIES: usize = 20;

/// Whether a topic's digest is stored. A table and its queue are two small items, so their digest is computed from the data.
const fn is_kept(topic: &Topic) -> bool {
    !matches!(topic, Topic::Table(_))
}

/// The digests of topics.
///
/// # Errors
/// The database fails.
pub(crate) async fn of(app: &App, topics: &BTreeSet<Topic>) -> Result<BTreeMap<Topic, Digest>, StorageError> {
    let heads = app.storage().digest_heads(topics.iter().filter(|topic| is_kept(topic))).await?;
    let digests = topics.iter().map(async |topic| {
        let head = heads.get(&topic.to_string());
        let digest = match head.and_then(|head| settled(app, head)) {
            Some(digest) => digest,
            None if is_kept(topic) => read(app, topic, head.cloned()).await?,
            None => of_data(app, topic).await?.digest(),
        };
        Ok::<_, StorageError>((topic.clone(), digest))
    });
    Ok(try_join_all(digests).await?.into_iter().collect())
}

/// The digest, if the data need not be read for it now.
fn settled(app: &App, head: &DigestHead) -> Option<Digest> {
    let now = app.now();
    head.digest.filter(|_| !head.is_over(now) && now.since(head.checked) < CHECKED_EVERY)
}

async fn of_data(app: &App, topic: &Topic) -> Result<Index, StorageError> {
    let (mut index, mut after) = (Index::default(), String::new());
    loop {
        let Found { entities, is_all } = snapshots::entities_after(app.storage(), topic, &after).await?;
        index.join(Index::of(entities.iter().map(|entity| (entity.id.as_str(), entity.rev))));
        match entities.into_iter().next_back() {
            Some(last) if !is_all => after = last.id,
            _ => return Ok(index),
        }
    }
}

/// The digest of a topic whose data must be read now; `head` is its stored digest, read just before. Of all concurrent requests one reads
/// the data; the others take the stored digest, or wait for the result if they are in the same instance.
async fn read(app: &App, topic: &Topic, head: Option<DigestHead>) -> Result<Digest, StorageError> {
    app.digest_readers().read(topic, read_alone(app, topic, head)).await
}

async fn read_alone(app: &App, topic: &Topic, head: Option<DigestHead>) -> Result<Digest, StorageError> {
    let now = app.now();
    let known = head.as_ref().and_then(|head| head.digest);
    // From now on changes are counted, and the data is read after this.
    let begun = match &head {
        Some(head) if !head.is_over(now) && head.digest.is_none() && now.since(head.checked) < READING => {
            return Ok(of_data(app, topic).await?.digest());
        }
        Some(head) if !head.is_over(now) => app.storage().claim_digest(topic, head, now).await,
        _ if is_empty(app, topic).await? => return Ok(Digest::default()),
        _ => app.storage().begin_digest(topic, now).await,
    };
    let begun = match (begun, known) {
        (Ok(head), _) => head,
        // Another request is reading the data.
        (Err(StorageError::Changed), Some(digest)) => return Ok(digest),
        (Err(StorageError::Changed), None) => return Ok(of_data(app, topic).await?.digest()),
        (Err(error), _) => return Err(error),
    };
    match (correct(app, topic, begun).await, known) {
        // The stored digest is as good as before; the data is read again within a minute.
        (Err(error), Some(digest)) => {
            tracing::warn!(%error, %topic, "the data could not be read for a digest");
            Ok(digest)
        }
        (read, _) => read,
    }
}

/// Whether a topic whose name a client can make up has no data: storing a digest of it would be useless.
async fn is_empty(app: &App, topic: &Topic) -> Result<bool, StorageError> {
    Ok(match topic {
        Topic::Item(key) => app.storage().item(key).await?.item.is_none(),
        Topic::Group(group) => {
            // The first record may be of a deleted item, with other items after it.
            let page = app.storage().item_page(&format!("{group}:"), None, 1).await?;
            page.items.is_empty() && page.after.is_none()
        }
        _ => false,
    })
}

/// Reads the data and corrects the index by it, except for what the fan-out has counted since `head` was read.
async fn correct(app: &App, topic: &Topic, mut head: DigestHead) -> Result<Digest, StorageError> {
    let storage = app.storage();
    let mut parts = storage.digest_index(topic, &head).await?;
    let before = parts.whole();
    let data = of_data(app, topic).await?;
    for _ in 0..TRIES {
        let index = parts.whole().corrected(&before, &data);
        match storage.replace_digest(topic, &head, &parts, &index, app.now()).await {
            Ok(()) => return Ok(index.digest()),
            Err(StorageError::Changed) => {}
            Err(error) => return Err(error),
        }
        let Some(newer) = storage.digest_head(topic).await? else { break };
        head = newer;
        parts = storage.digest_index(topic, &head).await?;
    }
    // The digest was written too often, or deleted: the data that was read is correct, and is read again within a minute.
    Ok(data.digest())
}

/// Counts changes into the stored digests; returns the number of topics that failed.
pub(crate) async fn count(app: &App, topics: &BTreeMap<Topic, Vec<Change>>) -> usize {
    if !app.counts_digests() {
        return 0;
    }
    let kept: Vec<&Topic> = topics.keys().filter(|topic| is_kept(topic)).collect();
    let heads = match app.storage().digest_heads(kept.iter().copied()).await {
        Ok(heads) => heads,
        Err(error) => {
            tracing::warn!(%error, "changes could not be counted; they are delivered again");
            return kept.len();
        }
    };
    let asked = kept.into_iter().filter_map(|topic| Some((topic, heads.get(&topic.to_string())?, topics.get(topic)?)));
    let counted = asked.map(async |(topic, head, changes)| {
        let mut head = Some(head.clone());
        for some in changes.chunks(PARTS_AT_ONCE) {
            count_into(app, topic, some, &mut head).await?;
        }
        Ok::<_, StorageError>(())
    });
    let failed = join_all(counted).await.into_iter().filter_map(Result::err);
    failed.inspect(|error| tracing::warn!(%error, "a change could not be counted; it is delivered again")).count()
}

/// Counts some changes of one topic. `head` is its last known digest, and is `None` afterwards if the stored one may differ.
async fn count_into(
    app: &App,
    topic: &Topic,
    changes: &[Change],
    head: &mut Option<DigestHead>,
) -> Result<(), StorageError> {
    let storage = app.storage();
    for _ in 0..TRIES {
        let known = match head.take() {
            Some(head) => head,
            None => match storage.digest_head(topic).await? {
                Some(head) => head,
                None => return Ok(()),
            },
        };
        if known.is_over(app.now()) {
            return Ok(());
        }
        let ids = changes.iter().map(|change| change.id.as_str());
        let before = storage.digest_parts_of(topic, &known, ids).await?;
        let mut after = before.clone();
        let news = changes.iter().filter(|change| after.count(&known, &change.id, change.rev, change.state.is_some()));
        if news.count() == 0 {
            return Ok(());
        }
        let written = match after.is_too_long() {
            false => storage.save_digest(topic, &known, &before, &after).await,
            true => storage.forget_digest(topic, &known).await,
        };
        match written {
            Err(StorageError::Changed) => {}
            other => return other,
        }
    }
    Err(StorageError::Unavailable(format!("the digest of {topic} was being written each time")))
}

/// Drops the changes of entities that have been removed since, before changes are published that may be late. A client that subscribed
/// after the removal never received it, so it would take the older change for a new one.
///
/// Only a removal counts: a client detects by itself that a change is older than its state, and a topic that changes faster than it is
/// published would otherwise never publish anything.
///
/// The caller has read the subscribers before. A removal that is not found here is counted later, so its subscribers are read later
/// still, and all subscribers of the caller receive it. A removal that is found here is published as well, or was published before they
/// subscribed.
///
/// # Errors
/// The database fails.
pub(crate) async fn leave_out_removed(app: &App, topic: &Topic, changes: &mut Vec<Change>) -> Result<(), StorageError> {
    if changes.iter().all(|change| change.state.is_none()) {
        return Ok(());
    }
    let index = entries_of(app, topic, changes).await?;
    changes.retain(|change| change.state.is_none() || !index.is_removed(&change.id, change.rev));
    Ok(())
}

/// The index entries of the entities of these changes. If the topic has no digest yet, this creates one, so that only one of all its
/// shards reads the data. If no digest is stored for the topic, the data is read: a table and its queue are two small items.
async fn entries_of(app: &App, topic: &Topic, changes: &[Change]) -> Result<Index, StorageError> {
    if is_kept(topic) {
        if let Some(index) = kept_entries_of(app, topic, changes).await? {
            return Ok(index);
        }
        read(app, topic, app.storage().digest_head(topic).await?).await?;
        if let Some(index) = kept_entries_of(app, topic, changes).await? {
            return Ok(index);
        }
    }
    of_data(app, topic).await
}

/// The stored index entries of the entities of these changes; `None` if no digest is stored, or if it changes meanwhile.
async fn kept_entries_of(app: &App, topic: &Topic, changes: &[Change]) -> Result<Option<Index>, StorageError> {
    let storage = app.storage();
    // Before the data has been read, the index does not list all entities.
    let head = storage.digest_head(topic).await?.filter(|head| head.digest.is_some() && !head.is_over(app.now()));
    let Some(head) = head else { return Ok(None) };
    storage.digest_entries_of(topic, &head, changes.iter().map(|change| change.id.as_str())).await
}
