//! The records of a topic's digest and its index.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use protocol::digest::Digest;

use crate::db::{Item, keys};
use crate::realtime::digests::index::Index;

/// The largest number of entries of an index in the head itself, which is then read as one unit: 4 KB.
pub(crate) const ENTRIES_IN_HEAD: usize = 128;

/// The average number of entries of a part in a new layout: a write of 1 KB.
pub(crate) const ENTRIES_PER_PART: usize = 32;

/// The largest number of parts.
pub(crate) const MAX_PARTS: usize = 256;

/// An item with more entries than this (12 KB) is no longer written with each change.
const MAX_ENTRIES_PER_ITEM: usize = 512;

/// The item of a topic's digest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DigestHead {
    /// Grows by one with each write.
    pub(crate) version: u64,
    /// The digest; `None` until the data has been read for it.
    pub(crate) digest: Option<Digest>,
    /// When a request last began to read the data for it.
    pub(crate) checked: Timestamp,
    /// Epoch seconds. After this time the digest is not used, and changes are not applied to it.
    expires: i64,
    /// The number of parts of the index; 0 if the index is in this item.
    pub(crate) parts: u32,
    /// The name of this layout, which is in the keys of its parts. Each layout has its own name, so a reader never sees the parts of a
    /// layout whose write was not completed.
    pub(crate) epoch: String,
    /// When the index was last laid out.
    pub(crate) laid_out: Timestamp,
    /// The index, if it is in this item.
    pub(crate) index: Index,
}

impl DigestHead {
    /// Whether the last ping was more than two hours ago, so that changes are no longer applied.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires <= now.seconds()
    }

    /// Whether an index with this number of entries must be laid out again: it has grown, or its parts would soon expire by their time to
    /// live.
    pub(crate) fn is_outgrown(&self, entries: usize, now: Timestamp) -> bool {
        match self.parts {
            0 => entries > ENTRIES_IN_HEAD,
            parts => {
                entries > parts as usize * ENTRIES_PER_PART * 2 && (parts as usize) < MAX_PARTS
                    || now.since(self.laid_out) * 2 > keys::PARTS_KEPT
            }
        }
    }

    pub(crate) fn read(item: &Item) -> Option<Self> {
        let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
        let time = |name: &str| Some(Timestamp::from_milliseconds(i64::try_from(number(name)?).ok()?));
        Some(Self {
            version: number("version")?,
            digest: item.get("digest").and_then(|digest| digest.as_s().ok()?.parse().ok()),
            checked: time("checked")?,
            expires: i64::try_from(number("expires")?).ok()?,
            parts: u32::try_from(number("parts")?).ok()?,
            epoch: item.get("epoch")?.as_s().ok()?.clone(),
            laid_out: time("laidOut")?,
            index: index_of(item),
        })
    }
}

/// The parts of an index, or only the requested ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DigestParts(pub(crate) BTreeMap<u32, Index>);

impl DigestParts {
    /// All parts as one index.
    pub(crate) fn whole(&self) -> Index {
        let mut whole = Index::default();
        self.0.values().for_each(|part| whole.extend(part.clone()));
        whole
    }

    /// Applies a change; returns whether it is newer than the known state.
    pub(crate) fn apply(&mut self, head: &DigestHead, id: &str, rev: u64, exists: bool) -> bool {
        self.0.entry(Index::part_of(id, head.parts)).or_default().apply(id, rev, exists)
    }

    /// The sum of the digests of all entries.
    pub(crate) fn digest(&self) -> Digest {
        self.0.values().fold(Digest::default(), |sum, part| sum + part.digest())
    }

    /// Whether one of the parts is too long to be written with each change.
    pub(crate) fn is_too_long(&self) -> bool {
        self.0.values().any(|part| part.len() > MAX_ENTRIES_PER_ITEM)
    }
}

pub(crate) fn index_of(item: &Item) -> Index {
    item.get("entries")
        .and_then(|entries| entries.as_b().ok())
        .map_or_else(Index::default, |blob| Index::from_bytes(blob.as_ref()))
}
