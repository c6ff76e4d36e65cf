//! The index behind a topic's digest: the newest revision of each entity. Pure.
//!
//! An index follows the rule of a replica: the highest revision of an entity counts, and a removal is a revision. So the order and the
//! number of counted changes make no difference, and neither does a reading of the data in between.

use std::collections::{BTreeMap, BTreeSet};

use domain::hash::hash_with_number;
use protocol::digest::Digest;

/// The bytes of one entry.
pub(crate) const ENTRY: usize = 24;

/// No entity has this revision, so this hash differs from the digest of every entity.
const NAME: u64 = u64::MAX;

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

/// The hash that stands for an id here. Among 100,000 ids, two have the same hash in one of four billion cases; the clients of that topic
/// would take a snapshot at each ping.
fn name(id: &str) -> u64 {
    hash_with_number(id, NAME)
}

impl Index {
    /// The index of entities that exist.
    pub(crate) fn of<'a>(entities: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let entry = |(id, rev)| (name(id), Entry { rev, digest: Some(Digest::of([(id, rev)])) });
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

    /// Counts a change if it is newer than the known state of its entity; returns whether it is.
    pub(crate) fn count(&mut self, id: &str, rev: u64, is_there: bool) -> bool {
        let name = name(id);
        if self.0.get(&name).is_some_and(|known| rev <= known.rev) {
            return false;
        }
        self.0.insert(name, Entry { rev, digest: is_there.then(|| Digest::of([(id, rev)])) });
        true
    }

    /// Whether an entity has been removed since this revision: the index has no entry for it, or a newer removal.
    pub(crate) fn is_removed(&self, id: &str, rev: u64) -> bool {
        self.0.get(&name(id)).is_none_or(|known| known.digest.is_none() && known.rev > rev)
    }

    /// This index, corrected by the data. `before` is the index before the data was read: an entry that has not been counted since then
    /// is as in the data; of the others the newer one counts.
    pub(crate) fn corrected(&self, before: &Self, data: &Self) -> Self {
        let names: BTreeSet<u64> = [self, before, data].iter().flat_map(|index| index.0.keys().copied()).collect();
        let of = |name| {
            let (now, then, read) = (self.0.get(name), before.0.get(name), data.0.get(name));
            let newest = match (now, read) {
                (now, read) if now == then => read,
                (Some(now), Some(read)) if read.rev > now.rev => Some(read),
                (now, _) => now,
            };
            newest.map(|entry| (*name, *entry))
        };
        Self(names.iter().filter_map(of).collect())
    }

    /// The part that holds an id, of `parts` parts.
    pub(crate) fn part_of(id: &str, parts: u32) -> u32 {
        place(name(id), parts)
    }

    /// The index, split into `parts` parts.
    pub(crate) fn split(&self, parts: u32) -> Vec<Self> {
        let mut all: Vec<Self> = (0..parts).map(|_| Self::default()).collect();
        for (name, entry) in &self.0 {
            if let Some(part) = all.get_mut(place(*name, parts) as usize) {
                part.0.insert(*name, *entry);
            }
        }
        all
    }

    /// Adds another part.
    pub(crate) fn join(&mut self, part: Self) {
        self.0.extend(part.0);
    }

    /// [`ENTRY`] bytes for each entry: the hash of the id, the digest, and the revision with a bit for whether the entity exists.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let bytes = |(name, entry): (&u64, &Entry)| {
            let digest = entry.digest.unwrap_or_default().to_bits();
            let rev = entry.rev << 1 | u64::from(entry.digest.is_some());
            [name.to_le_bytes(), digest.to_le_bytes(), rev.to_le_bytes()].concat()
        };
        self.0.iter().flat_map(bytes).collect()
    }

    /// The index that these bytes encode.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let number = |entry: &[u8], place: usize| {
            entry.get(place * 8..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let entry = |entry: &[u8]| {
            let [name, digest, rev] = [0, 1, 2].map(|place| number(entry, place));
            (name, Entry { rev: rev >> 1, digest: (rev & 1 == 1).then_some(Digest::from_bits(digest)) })
        };
        Self(bytes.chunks_exact(ENTRY).map(entry).collect())
    }
}

/// By the high bits, because a map might order by the low ones.
fn place(name: u64, parts: u32) -> u32 {
    u32::try_from((u128::from(name) * u128::from(parts.max(1))) >> 64).unwrap_or_default()
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

    fn counted(index: &mut Index, changes: &[(u8, u64, bool)]) {
        for (id, rev, is_there) in changes {
            index.count(&id.to_string(), *rev, *is_there);
        }
    }

    /// The data after these changes.
    fn data(changes: &[(u8, u64, bool)]) -> Index {
        let mut newest: BTreeMap<u8, (u64, bool)> = BTreeMap::new();
        for (id, rev, is_there) in changes {
            let known = newest.entry(*id).or_insert((*rev, *is_there));
            *known = if *rev > known.0 { (*rev, *is_there) } else { *known };
        }
        let there: Vec<(String, u64)> =
            newest.into_iter().filter(|(_, (_, there))| *there).map(|(id, (rev, _))| (id.to_string(), rev)).collect();
        Index::of(there.iter().map(|(id, rev)| (id.as_str(), *rev)))
    }

    #[test]
    fn only_a_newer_removal_removes_what_is_counted() {
        let mut index = Index::of([("there", 5)]);
        index.count("removed", 5, false);
        for (id, rev, is_removed) in [
            ("there", 4, false),
            ("there", 6, false),
            ("removed", 4, true),
            ("removed", 6, false),
            ("unknown", 1, true),
        ] {
            assert_eq!(index.is_removed(id, rev), is_removed, "{id} of revision {rev}");
        }
    }

    proptest! {
        #[test]
        fn neither_order_nor_number_matters(all in changes(), seed in any::<u64>()) {
            let mut shuffled = [all.clone(), all.clone()].concat();
            shuffled.sort_by_key(|(id, rev, _)| hash_with_number(&format!("{id}/{rev}"), seed));
            let mut index = Index::default();
            counted(&mut index, &shuffled);
            prop_assert_eq!(index.digest(), data(&all).digest());
            prop_assert_eq!(Index::from_bytes(&index.to_bytes()), index);
        }

        /// Changes before the reading may be counted or missed, and may come late, again or not at all: once the changes after the
        /// reading have been counted, the digest is that of the data.
        #[test]
        fn a_reading_makes_up_for_what_was_missed(
            all in changes(), read_at in 0..40_usize, missed in any::<u64>(), busy in any::<bool>(),
        ) {
            let mut all = all;
            all.sort_by_key(|(_, rev, _)| *rev);
            all.dedup_by_key(|(id, rev, _)| (*id, *rev));
            let (early, late) = all.split_at(read_at.min(all.len()));
            let heard: Vec<_> = early.iter().enumerate().filter(|(at, _)| missed >> (at % 64) & 1 == 0).map(|(_, one)| *one).collect();
            let mut before = Index::default();
            counted(&mut before, &heard);
            let mut now = before.clone();
            // The fan-out goes on during the reading.
            let (meanwhile, afterwards) = if busy { late.split_at(late.len() / 2) } else { (&late[..0], late) };
            counted(&mut now, meanwhile);
            let mut index = now.corrected(&before, &data(early));
            counted(&mut index, afterwards);
            prop_assert_eq!(index.digest(), data(&all).digest());
        }

        #[test]
        fn parts_are_the_whole(all in changes(), parts in 1..9_u32) {
            let mut index = Index::default();
            counted(&mut index, &all);
            let mut whole = Index::default();
            let split = index.split(parts);
            for (id, ..) in &all {
                let part = &split[Index::part_of(&id.to_string(), parts) as usize];
                prop_assert!(part.0.contains_key(&name(&id.to_string())));
            }
            split.into_iter().for_each(|part| whole.join(part));
            prop_assert_eq!(whole, index);
        }
    }
}
