//! The digests of topics in DynamoDB: for each topic that is pinged one small item with its digest (the head), and the index of which the
//! digest is the sum. A short index is in the head itself, a longer one in parts beside it.
//!
//! Each write of a digest is conditional on the version that was read, so a digest and its index always match.

pub(crate) mod record;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValue, TransactWriteItem, Update};
use domain::time::Timestamp;
use domain::topic::Topic;
use futures::stream::{StreamExt, TryStreamExt};
use uuid::Uuid;

use crate::db::{Item, Storage, StorageError, keys};
use crate::realtime::digest_store::record::{ENTRIES_IN_HEAD, ENTRIES_PER_PART, MAX_PARTS, index_of};
use crate::realtime::digests::index::Index;

pub(crate) use crate::realtime::digest_store::record::{DigestHead, DigestParts};

/// A transaction takes 100 writes: one for the digest, and as many parts of its index.
pub(crate) const PARTS_AT_ONCE: usize = 99;

/// The number of parts that are written at the same time.
const CONCURRENT_WRITES: usize = 16;

/// The condition that a digest is still as it was read.
const UNCHANGED_SINCE_READ: &str = "version = :version and epoch = :seen";

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn bytes(index: &Index) -> AttributeValue {
    AttributeValue::B(Blob::new(index.to_bytes()))
}

impl Storage {
    /// The stored digests of topics, read consistently: one small read each. Topics without a digest are left out.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn digest_heads<'a>(
        &self,
        topics: impl IntoIterator<Item = &'a Topic>,
    ) -> Result<HashMap<String, DigestHead>, StorageError> {
        let item_keys: Vec<(String, String)> =
            topics.into_iter().map(|topic| (keys::digest(topic), keys::DIGEST.to_owned())).collect();
        let mut heads = HashMap::new();
        for item in self.get_all(&item_keys).await? {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).and_then(|pk| keys::parse_digest(pk));
            match pk.zip(DigestHead::read(&item)) {
                Some((topic, head)) => drop(heads.insert(topic.to_owned(), head)),
                None => tracing::warn!(key = crate::db::key_of(&item), "a digest cannot be read; it is left out"),
            }
        }
        Ok(heads)
    }

    /// The digest of one topic, if it is stored, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn digest_head(&self, topic: &Topic) -> Result<Option<DigestHead>, StorageError> {
        Ok(self.digest_heads([topic]).await?.remove(&topic.to_string()))
    }

    /// The parts of the index that hold these ids.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn digest_parts_of<'a>(
        &self,
        topic: &Topic,
        head: &DigestHead,
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<DigestParts, StorageError> {
        let numbers = ids.map(|id| Index::part_of(id, head.parts)).collect();
        self.digest_parts(topic, head, numbers).await
    }

    /// The index entries of these ids; `None` if the index got a new layout during the read, since a missing part may then have been deleted.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn digest_entries_of<'a>(
        &self,
        topic: &Topic,
        head: &DigestHead,
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<Option<Index>, StorageError> {
        let index = self.digest_parts_of(topic, head, ids).await?.whole();
        let is_unchanged =
            head.parts == 0 || self.digest_head(topic).await?.is_some_and(|current| current.epoch == head.epoch);
        Ok(is_unchanged.then_some(index))
    }

    /// The whole index.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn digest_index(&self, topic: &Topic, head: &DigestHead) -> Result<DigestParts, StorageError> {
        self.digest_parts(topic, head, (0..head.parts).collect()).await
    }

    async fn digest_parts(
        &self,
        topic: &Topic,
        head: &DigestHead,
        numbers: BTreeSet<u32>,
    ) -> Result<DigestParts, StorageError> {
        if head.parts == 0 {
            return Ok(DigestParts([(0, head.index.clone())].into()));
        }
        let by_key: BTreeMap<String, u32> =
            numbers.iter().map(|number| (keys::digest_part(&head.epoch, *number), *number)).collect();
        let item_keys: Vec<(String, String)> = by_key.keys().map(|sk| (keys::digest(topic), sk.clone())).collect();
        // A part without an entry has no item.
        let mut parts: BTreeMap<u32, Index> = numbers.into_iter().map(|number| (number, Index::default())).collect();
        for item in self.get_all(&item_keys).await? {
            let sk = item.get("sk").and_then(|sk| sk.as_s().ok());
            if let Some(number) = sk.and_then(|sk| by_key.get(sk)) {
                parts.insert(*number, index_of(&item));
            }
        }
        Ok(DigestParts(parts))
    }

    /// Creates the digest of a topic: from now on changes are applied to it, and the caller reads the data. Returns the new head.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if another request has created it already; or the database fails.
    pub(crate) async fn create_digest(&self, topic: &Topic, now: Timestamp) -> Result<DigestHead, StorageError> {
        let item: Item = [
            ("pk", text(keys::digest(topic))),
            ("sk", text(keys::DIGEST)),
            ("version", number(1)),
            // Unique, so that parts of an earlier digest of the topic are never read as parts of this one.
            ("epoch", text(Uuid::new_v4().simple().to_string())),
            ("parts", number(0)),
            ("checked", number(now.milliseconds())),
            ("laidOut", number(now.milliseconds())),
            ("expires", number(now.plus(keys::CONNECTION_KEPT).seconds())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(pk) or expires <= :now")
            .expression_attribute_values(":now", number(now.seconds()))
            .send()
            .await?;
        DigestHead::read(&item).ok_or(StorageError::Changed)
    }

    /// Claims the check of an existing digest against the data. Returns the head after the claim.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if another request has claimed it; or the database fails.
    pub(crate) async fn claim_digest(
        &self,
        topic: &Topic,
        head: &DigestHead,
        now: Timestamp,
    ) -> Result<DigestHead, StorageError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(keys::digest(topic)))
            .key("sk", text(keys::DIGEST))
            .return_values(ReturnValue::AllNew)
            .update_expression("set checked = :now, expires = :expires")
            .condition_expression("checked = :seen")
            .expression_attribute_values(":now", number(now.milliseconds()))
            .expression_attribute_values(":expires", number(now.plus(keys::CONNECTION_KEPT).seconds()))
            .expression_attribute_values(":seen", number(head.checked.milliseconds()));
        let written = update.send().await?.attributes.unwrap_or_default();
        DigestHead::read(&written).ok_or(StorageError::Changed)
    }

    /// Writes some changed parts of the index, together with the digest.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the digest or its index was written since it was read; or the database fails.
    pub(crate) async fn save_digest(
        &self,
        topic: &Topic,
        head: &DigestHead,
        before: &DigestParts,
        after: &DigestParts,
    ) -> Result<(), StorageError> {
        // Before the first read of the data there is no digest to update, but the index must contain the changes.
        let digest = head.digest.map(|digest| digest - before.digest() + after.digest());
        let mut update = self.digest_update(topic, head);
        let mut assignments = vec!["version = :next"];
        if let Some(digest) = digest {
            assignments.push("digest = :digest");
            update = update.expression_attribute_values(":digest", text(digest.to_string()));
        }
        let mut puts = Vec::new();
        if head.parts == 0 {
            assignments.push("entries = :entries");
            update = update.expression_attribute_values(":entries", bytes(&after.whole()));
        } else {
            for (part, index) in after.0.iter().filter(|(part, index)| before.0.get(part) != Some(*index)) {
                let item = part_item(topic, &head.epoch, *part, index, head.laid_out);
                puts.push(Put::builder().table_name(&self.table).set_item(Some(item)).build()?);
            }
        }
        let update = update.update_expression(format!("set {}", assignments.join(", "))).build()?;
        self.update_with(update, puts).await
    }

    /// Writes the whole index as read from the data, together with the digest.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the digest or its index was written since it was read; or the database fails.
    pub(crate) async fn replace_digest(
        &self,
        topic: &Topic,
        head: &DigestHead,
        before: &DigestParts,
        index: &Index,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if head.digest.is_some() && !head.is_outgrown(index.len(), now) {
            let after = match head.parts {
                0 => DigestParts([(0, index.clone())].into()),
                parts => DigestParts((0..).zip(index.split(parts)).collect()),
            };
            let changed = after.0.iter().filter(|(part, index)| before.0.get(part) != Some(*index)).count();
            if changed == 0 {
                return Ok(());
            }
            if changed <= PARTS_AT_ONCE {
                return self.save_digest(topic, head, before, &after).await;
            }
        }
        self.lay_out_digest(topic, head, index, now).await
    }

    async fn lay_out_digest(
        &self,
        topic: &Topic,
        head: &DigestHead,
        index: &Index,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let epoch = Uuid::new_v4().simple().to_string();
        let parts = match index.len() {
            short if short <= ENTRIES_IN_HEAD => 0,
            long => u32::try_from((long / ENTRIES_PER_PART).next_power_of_two().min(MAX_PARTS)).unwrap_or_default(),
        };
        // The parts are not read before the digest names their epoch.
        let items = (0..).zip(if parts == 0 { Vec::new() } else { index.split(parts) });
        futures::stream::iter(items.map(|(part, index)| part_item(topic, &epoch, part, &index, now)))
            .map(|item| async move {
                self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
                Ok::<_, StorageError>(())
            })
            .buffer_unordered(CONCURRENT_WRITES)
            .try_collect::<Vec<()>>()
            .await?;
        let layout = "version = :next, digest = :digest, parts = :parts, epoch = :epoch, laidOut = :now";
        let mut update = self
            .digest_update(topic, head)
            .expression_attribute_values(":digest", text(index.digest().to_string()))
            .expression_attribute_values(":parts", number(parts))
            .expression_attribute_values(":epoch", text(epoch))
            .expression_attribute_values(":now", number(now.milliseconds()));
        update = match parts {
            0 => update
                .update_expression(format!("set {layout}, entries = :entries"))
                .expression_attribute_values(":entries", bytes(index)),
            _ => update.update_expression(format!("set {layout} remove entries")),
        };
        self.update_with(update.build()?, Vec::new()).await?;
        // If this fails, the TTL of the remaining parts expires them.
        let old = (0..head.parts).map(|part| keys::digest_part(&head.epoch, part));
        let pk = &keys::digest(topic);
        futures::stream::iter(old)
            .map(|sk| async move { self.delete(pk, &sk).await })
            .buffer_unordered(CONCURRENT_WRITES)
            .try_collect::<Vec<()>>()
            .await
            .map(drop)
    }

    /// Deletes a digest. The next request for it reads the data.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the digest or its index was written since it was read; or the database fails.
    pub(crate) async fn delete_digest(&self, topic: &Topic, head: &DigestHead) -> Result<(), StorageError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(keys::digest(topic)))
            .key("sk", text(keys::DIGEST))
            .condition_expression(UNCHANGED_SINCE_READ)
            .expression_attribute_values(":version", number(head.version))
            .expression_attribute_values(":seen", text(&head.epoch))
            .send()
            .await?;
        Ok(())
    }

    fn digest_update(&self, topic: &Topic, head: &DigestHead) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key("pk", text(keys::digest(topic)))
            .key("sk", text(keys::DIGEST))
            .condition_expression(UNCHANGED_SINCE_READ)
            .expression_attribute_values(":version", number(head.version))
            .expression_attribute_values(":seen", text(&head.epoch))
            .expression_attribute_values(":next", number(head.version + 1))
    }

    /// Updates a digest. A transaction costs twice as much, so it is used only if parts of the index are written as well.
    async fn update_with(&self, update: Update, puts: Vec<Put>) -> Result<(), StorageError> {
        if puts.is_empty() {
            self.client
                .update_item()
                .table_name(&update.table_name)
                .set_key(Some(update.key))
                .update_expression(update.update_expression)
                .set_condition_expression(update.condition_expression)
                .set_expression_attribute_values(update.expression_attribute_values)
                .send()
                .await?;
            return Ok(());
        }
        let puts = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build());
        let members = puts.chain([TransactWriteItem::builder().update(update).build()]).collect();
        self.transact(members).await
    }
}

fn part_item(topic: &Topic, epoch: &str, part: u32, index: &Index, laid_out: Timestamp) -> Item {
    [
        ("pk", text(keys::digest(topic))),
        ("sk", text(keys::digest_part(epoch, part))),
        ("entries", bytes(index)),
        ("expires", number(laid_out.plus(keys::PARTS_KEPT).seconds())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
