//! The index behind a topic's digest: the newest revision of each entity. Pure.
//!
//! An index follows the rule of a replica: the highest revision of an entity wins, and a removal is a revision. So a change may be applied
//! in any order and more than once, and the data may be read in between.

use std::collections::{BTreeMap, BTreeSet};

use domain::hash::hash_with_number;
use protocol::digest::Digest;

/// The size of one encoded entry, in bytes.
pub(crate) const ENTRY_BYTES: usize = 24;

/// The number that is hashed with an id. No entity has this revision, so the hash differs from the digest of every entity.
const ID_HASH_NUMBER: u64 = u64::MAX;

/// An entity, or the tombstone of a removed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    rev: u64,
    /// The digest of the entity; `None` if it was removed.
    digest: Option<Digest>,
}

/// The entities of a topic, by the hashes of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Index(BTreeMap<u64, Entry>);

/// The hash that identifies an entity in the index. Among 100,000 ids, two have the same hash in one of four billion cases; the clients of
/// that topic would then request a snapshot at each ping.
fn hash_of(id: &str) -> u64 {
    hash_with_number(id, ID_HASH_NUMBER)
}

impl Index {
    /// The index of entities that exist.
    pub(crate) fn of<'a>(entities: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let entry = |(id, rev)| (hash_of(id), Entry { rev, digest: Some(Digest::of([(id, rev)])) });
        Self(entities.into_iter().map(entry).collect())
    }

    /// The number of entries, including those of removed entities.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The sum of the digests of all entities.
    pub(crate) fn digest(&self) -> Digest {
        self.0.values().filter_map(|entry| entry.digest).fold(Digest::default(), |sum, digest| sum + digest)
    }

    /// Applies a change if it is newer than the known state of its entity; returns whether it is.
    pub(crate) fn apply(&mut self, id: &str, rev: u64, exists: bool) -> bool {
        let hash = hash_of(id);
        if self.0.get(&hash).is_some_and(|known| rev <= known.rev) {
            return false;
        }
        self.0.insert(hash, Entry { rev, digest: exists.then(|| Digest::of([(id, rev)])) });
        true
    }

    /// Whether an entity has been removed since this revision: the index has no entry for it, or a newer removal.
    pub(crate) fn is_removed(&self, id: &str, rev: u64) -> bool {
        self.0.get(&hash_of(id)).is_none_or(|known| known.digest.is_none() && known.rev > rev)
    }

    /// This index, corrected by the data. `before` is the index before the data was read: an entry that has not changed since then is
    /// replaced by that of the data; of the others the newer one wins.
    pub(crate) fn corrected(&self, before: &Self, data: &Self) -> Self {
        let hashes: BTreeSet<u64> = [self, before, data].iter().flat_map(|index| index.0.keys().copied()).collect();
        let corrected = |hash| {
            let (current, earlier, read) = (self.0.get(hash), before.0.get(hash), data.0.get(hash));
            let newest = match (current, read) {
                (current, read) if current == earlier => read,
                (Some(current), Some(read)) if read.rev > current.rev => Some(read),
                (current, _) => current,
            };
            newest.map(|entry| (*hash, *entry))
        };
        Self(hashes.iter().filter_map(corrected).collect())
    }

    /// The part that holds an id, of `parts` parts.
    pub(crate) fn part_of(id: &str, parts: u32) -> u32 {
        part_of_hash(hash_of(id), parts)
    }

    /// The index, split into `parts` parts.
    pub(crate) fn split(&self, parts: u32) -> Vec<Self> {
        let mut all: Vec<Self> = (0..parts).map(|_| Self::default()).collect();
        for (hash, entry) in &self.0 {
            if let Some(part) = all.get_mut(part_of_hash(*hash, parts) as usize) {
                part.0.insert(*hash, *entry);
            }
        }
        all
    }

    /// Adds the entries of another part.
    pub(crate) fn extend(&mut self, part: Self) {
        self.0.extend(part.0);
    }

    /// [`ENTRY_BYTES`] bytes for each entry: the hash of the id, the digest, and the revision with a bit for whether the entity exists.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let bytes = |(hash, entry): (&u64, &Entry)| {
            let digest = entry.digest.unwrap_or_default().to_bits();
            let rev = entry.rev << 1 | u64::from(entry.digest.is_some());
            [hash.to_le_bytes(), digest.to_le_bytes(), rev.to_le_bytes()].concat()
        };
        self.0.iter().flat_map(bytes).collect()
    }

    /// The index that these bytes encode.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let number = |entry: &[u8], field: usize| {
            entry.get(field * 8..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let entry = |entry: &[u8]| {
            let [hash, digest, rev] = [0, 1, 2].map(|field| number(entry, field));
            (hash, Entry { rev: rev >> 1, digest: (rev & 1 == 1).then_some(Digest::from_bits(digest)) })
        };
        Self(bytes.chunks_exact(ENTRY_BYTES).map(entry).collect())
    }
}

/// The number of the part for a hash: by its high bits, because a map might order by the low ones.
fn part_of_hash(hash: u64, parts: u32) -> u32 {
    u32::try_from((u128::from(hash) * u128::from(parts.max(1))) >> 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Changes of entities: the id, the revision, and whether the entity exists.
    fn changes() -> impl Strategy<Value = Vec<(u8, u64, bool)>> {
        // A revision has only one state.
        vec((0..6_u8, 1..20_u64), 0..40)
            .prop_map(|all| all.into_iter().map(|(id, rev)| (id, rev, (rev * 7 + u64::from(id)) % 3 != 0)).collect())
    }

    fn apply_all(index: &mut Index, changes: &[(u8, u64, bool)]) {
        for (id, rev, exists) in changes {
            index.apply(&id.to_string(), *rev, *exists);
        }
    }

    /// The data after these changes.
    fn data(changes: &[(u8, u64, bool)]) -> Index {
        let mut newest: BTreeMap<u8, (u64, bool)> = BTreeMap::new();
        for (id, rev, exists) in changes {
            let newest = newest.entry(*id).or_insert((*rev, *exists));
            *newest = if *rev > newest.0 { (*rev, *exists) } else { *newest };
        }
        let existing: Vec<(String, u64)> =
            newest.into_iter().filter(|(_, (_, exists))| *exists).map(|(id, (rev, _))| (id.to_string(), rev)).collect();
        Index::of(existing.iter().map(|(id, rev)| (id.as_str(), *rev)))
    }

    #[test]
    fn an_entity_is_removed_if_it_is_unknown_or_has_a_newer_removal() {
        let mut index = Index::of([("existing", 5)]);
        index.apply("removed", 5, false);
        for (id, rev, is_removed) in [
            ("existing", 4, false),
            ("existing", 6, false),
            ("removed", 4, true),
            ("removed", 6, false),
            ("unknown", 1, true),
        ] {
            assert_eq!(index.is_removed(id, rev), is_removed, "{id} of revision {rev}");
        }
    }

    proptest! {
        #[test]
        fn changes_may_be_applied_in_any_order_and_twice(all in changes(), seed in any::<u64>()) {
            let mut shuffled = [all.clone(), all.clone()].concat();
            shuffled.sort_by_key(|(id, rev, _)| hash_with_number(&format!("{id}/{rev}"), seed));
            let mut index = Index::default();
            apply_all(&mut index, &shuffled);
            prop_assert_eq!(index.digest(), data(&all).digest());
            prop_assert_eq!(Index::from_bytes(&index.to_bytes()), index);
        }

        /// Changes before the read of the data may have been applied or missed. Once the changes after the read have been applied, the
        /// digest is that of the data.
        #[test]
        fn a_read_of_the_data_corrects_missed_changes(
            all in changes(), read_at in 0..40_usize, missed in any::<u64>(), busy in any::<bool>(),
        ) {
            let mut all = all;
            all.sort_by_key(|(_, rev, _)| *rev);
            all.dedup_by_key(|(id, rev, _)| (*id, *rev));
            let (earlier, later) = all.split_at(read_at.min(all.len()));
            let received: Vec<_> = earlier.iter().enumerate().filter(|(at, _)| missed >> (at % 64) & 1 == 0).map(|(_, one)| *one).collect();
            let mut before = Index::default();
            apply_all(&mut before, &received);
            let mut current = before.clone();
            // The fan-out applies changes while the data is read.
            let (meanwhile, afterwards) = if busy { later.split_at(later.len() / 2) } else { (&later[..0], later) };
            apply_all(&mut current, meanwhile);
            let mut index = current.corrected(&before, &data(earlier));
            apply_all(&mut index, afterwards);
            prop_assert_eq!(index.digest(), data(&all).digest());
        }

        #[test]
        fn the_parts_together_are_the_index(all in changes(), parts in 1..9_u32) {
            let mut index = Index::default();
            apply_all(&mut index, &all);
            let mut whole = Index::default();
            let split = index.split(parts);
            for (id, ..) in &all {
                let part = &split[Index::part_of(&id.to_string(), parts) as usize];
                prop_assert!(part.0.contains_key(&hash_of(&id.to_string())));
            }
            split.into_iter().for_each(|part| whole.extend(part));
            prop_assert_eq!(whole, index);
        }
    }
}
