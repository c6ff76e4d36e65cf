//! The digests of topics. A digest is stored beside the data and updated with each change, so that a ping costs one small read for a
//! topic of any size. The stored digest is checked against the data regularly.
//!
//! - head: the item with the digest and the version of a topic; a short index is in it
//! - index: the newest revision of each entity; the digest is the sum over its entries
//! - parts: the items into which a longer index is split by the hashes of the ids, so that a change writes only one small item
//! - epoch: the name of one layout of the parts; a new layout gets a new epoch, so a reader never mixes parts of two layouts
//!
//! - A topic has a digest from the first ping until two hours after the last one.
//! - The fan-out applies each change that it publishes to the digest. A change may be applied twice, late, or in another order: [`index`]
//!   drops a change that is not newer, as a replica does.
//! - In each minute with a ping, one of the requests reads the data and corrects the digest.
//!
//! `docs/architecture.md` explains why every lost change is detected.

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
use crate::realtime::snapshots::{self, EntityPage};

/// A stored digest that was checked against the data within this time is used without another check.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// A request that has claimed a digest reads the data within this time, or it has failed.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of tries to write a digest that other invocations write at the same time: at most ten process the stream concurrently.
const TRIES: usize = 20;

/// Whether a topic's digest is stored. A table and its queue are two small items, so their digest is computed from the data.
const fn is_stored(topic: &Topic) -> bool {
    !matches!(topic, Topic::Table(_))
}

/// The digests of topics.
///
/// # Errors
/// The database fails.
pub(crate) async fn digests_of(app: &App, topics: &BTreeSet<Topic>) -> Result<BTreeMap<Topic, Digest>, StorageError> {
    let heads = app.storage().digest_heads(topics.iter().filter(|topic| is_stored(topic))).await?;
    let digests = topics.iter().map(async |topic| {
        let head = heads.get(&topic.to_string());
        let digest = match head.and_then(|head| fresh_digest(app, head)) {
            Some(digest) => digest,
            None if is_stored(topic) => checked_digest(app, topic, head.cloned()).await?,
            None => index_of_data(app, topic).await?.digest(),
        };
        Ok::<_, StorageError>((topic.clone(), digest))
    });
    Ok(try_join_all(digests).await?.into_iter().collect())
}

/// The stored digest, if it was checked against the data recently.
fn fresh_digest(app: &App, head: &DigestHead) -> Option<Digest> {
    let now = app.now();
    head.digest.filter(|_| !head.is_expired(now) && now.since(head.checked) < CHECK_INTERVAL)
}

/// The index of the entities that a topic has now, read consistently.
async fn index_of_data(app: &App, topic: &Topic) -> Result<Index, StorageError> {
    let (mut index, mut after) = (Index::default(), String::new());
    loop {
        let EntityPage { entities, is_last } = snapshots::entities_after(app.storage(), topic, &after).await?;
        index.extend(Index::of(entities.iter().map(|entity| (entity.id.as_str(), entity.rev))));
        match entities.into_iter().next_back() {
            Some(last) if !is_last => after = last.id,
            _ => return Ok(index),
        }
    }
}

/// The digest of a topic, checked against the data now; `head` is its stored digest, read just before. Of all concurrent requests one
/// reads the data; the others return the stored digest, or wait for the result if they are in the same instance.
async fn checked_digest(app: &App, topic: &Topic, head: Option<DigestHead>) -> Result<Digest, StorageError> {
    app.digest_readers().read(topic, check_digest(app, topic, head)).await
}

/// Claims the digest, reads the data and corrects the digest; or returns the stored digest if another instance has claimed it.
async fn check_digest(app: &App, topic: &Topic, head: Option<DigestHead>) -> Result<Digest, StorageError> {
    let now = app.now();
    let stored = head.as_ref().and_then(|head| head.digest);
    // From this write on changes are applied to the digest; the data is read after it.
    let claimed = match &head {
        Some(head) if !head.is_expired(now) && head.digest.is_none() && now.since(head.checked) < CLAIM_TIMEOUT => {
            return Ok(index_of_data(app, topic).await?.digest());
        }
        Some(head) if !head.is_expired(now) => app.storage().claim_digest(topic, head, now).await,
        _ if is_empty(app, topic).await? => return Ok(Digest::default()),
        _ => app.storage().create_digest(topic, now).await,
    };
    let claimed = match (claimed, stored) {
        (Ok(head), _) => head,
        // Another request is reading the data.
        (Err(StorageError::Changed), Some(digest)) => return Ok(digest),
        (Err(StorageError::Changed), None) => return Ok(index_of_data(app, topic).await?.digest()),
        (Err(error), _) => return Err(error),
    };
    match (correct_digest(app, topic, claimed).await, stored) {
        // The stored digest is as exact as before; the data is read again within a minute.
        (Err(error), Some(digest)) => {
            tracing::warn!(%error, %topic, "the data could not be read for a digest");
            Ok(digest)
        }
        (read, _) => read,
    }
}

/// Whether a topic of one item or of a group of items has no data. A client can choose any name for such a topic, so no digest is stored.
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

/// Reads the data and corrects the index by it, except for the changes that the fan-out has applied since `head` was read.
async fn correct_digest(app: &App, topic: &Topic, mut head: DigestHead) -> Result<Digest, StorageError> {
    let storage = app.storage();
    let mut parts = storage.digest_index(topic, &head).await?;
    let before = parts.whole();
    let data = index_of_data(app, topic).await?;
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

/// Applies changes to the stored digests; returns the number of topics that failed.
pub(crate) async fn apply_changes(app: &App, topics: &BTreeMap<Topic, Vec<Change>>) -> usize {
    if !app.counts_digests() {
        return 0;
    }
    let stored: Vec<&Topic> = topics.keys().filter(|topic| is_stored(topic)).collect();
    let heads = match app.storage().digest_heads(stored.iter().copied()).await {
        Ok(heads) => heads,
        Err(error) => {
            tracing::warn!(%error, "changes could not be applied to digests; the stream delivers them again");
            return stored.len();
        }
    };
    let with_digest =
        stored.into_iter().filter_map(|topic| Some((topic, heads.get(&topic.to_string())?, topics.get(topic)?)));
    let applied = with_digest.map(async |(topic, head, changes)| {
        let mut head = Some(head.clone());
        for chunk in changes.chunks(PARTS_AT_ONCE) {
            apply_to_digest(app, topic, chunk, &mut head).await?;
        }
        Ok::<_, StorageError>(())
    });
    let failed = join_all(applied).await.into_iter().filter_map(Result::err);
    failed
        .inspect(
            |error| tracing::warn!(%error, "a change could not be applied to a digest; the stream delivers it again"),
        )
        .count()
}

/// Applies some changes of one topic to its digest. `head` is the last known digest, and is `None` afterwards if the stored one may differ.
async fn apply_to_digest(
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
        if known.is_expired(app.now()) {
            return Ok(());
        }
        let ids = changes.iter().map(|change| change.id.as_str());
        let before = storage.digest_parts_of(topic, &known, ids).await?;
        let mut after = before.clone();
        let mut is_changed = false;
        for change in changes {
            is_changed |= after.apply(&known, &change.id, change.rev, change.state.is_some());
        }
        if !is_changed {
            return Ok(());
        }
        let written = match after.is_too_long() {
            false => storage.save_digest(topic, &known, &before, &after).await,
            true => storage.delete_digest(topic, &known).await,
        };
        match written {
            Err(StorageError::Changed) => {}
            other => return other,
        }
    }
    Err(StorageError::Unavailable(format!("all {TRIES} writes of the digest of {topic} conflicted")))
}

/// Drops the changes of entities that have been removed since. Called before changes are published that may be late: a client that
/// subscribed after the removal never received it, so it would take the older change for a new one.
///
/// Changes that are only older than the current state are not dropped: a client detects them itself, and a topic that changes faster than
/// it is published would otherwise never publish anything.
///
/// The caller has read the subscribers before. A removal that is not found here is applied to the digest later, so its subscribers are
/// read later still, and all subscribers of the caller receive it. A removal that is found here is published as well, or was published
/// before they subscribed.
///
/// # Errors
/// The database fails.
pub(crate) async fn drop_removed(app: &App, topic: &Topic, changes: &mut Vec<Change>) -> Result<(), StorageError> {
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
    if is_stored(topic) {
        if let Some(index) = stored_entries_of(app, topic, changes).await? {
            return Ok(index);
        }
        checked_digest(app, topic, app.storage().digest_head(topic).await?).await?;
        if let Some(index) = stored_entries_of(app, topic, changes).await? {
            return Ok(index);
        }
    }
    index_of_data(app, topic).await
}

/// The stored index entries of the entities of these changes; `None` if no digest is stored, or if it gets a new
/// layout during the read.
async fn stored_entries_of(app: &App, topic: &Topic, changes: &[Change]) -> Result<Option<Index>, StorageError> {
    let storage = app.storage();
    // Before the data has been read, the index does not list all entities.
    let head = storage.digest_head(topic).await?.filter(|head| head.digest.is_some() && !head.is_expired(app.now()));
    let Some(head) = head else { return Ok(None) };
    storage.digest_entries_of(topic, &head, changes.iter().map(|change| change.id.as_str())).await
}
