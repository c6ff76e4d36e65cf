//! Writes of settings, of which only the latest value of a key matters: a value that is set while a write of its key is under way is sent
//! after it, so that none is lost and they arrive in order.

use std::collections::{BTreeMap, BTreeSet};

/// The values that the server has not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingWrites<K, V> {
    wanted: BTreeMap<K, V>,
    in_flight: BTreeSet<K>,
}

impl<K: Ord, V> Default for PendingWrites<K, V> {
    fn default() -> Self {
        Self { wanted: BTreeMap::new(), in_flight: BTreeSet::new() }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> PendingWrites<K, V> {
    /// The value that the user wants a key to have, if it is not confirmed yet.
    pub(super) fn wanted(&self, key: &K) -> Option<&V> {
        self.wanted.get(key)
    }

    /// Whether everything is confirmed.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The user wants a key to have a value; gives the value if it is to be sent now.
    pub(super) fn set(&mut self, key: &K, value: V) -> Option<V> {
        self.wanted.insert(key.clone(), value.clone());
        self.in_flight.insert(key.clone()).then_some(value)
    }

    /// The write of `sent` has ended, well or not; gives the value that is to be sent next, if the user wants another by now.
    pub(super) fn finish(&mut self, key: &K, sent: &V) -> Option<V> {
        let next = self.wanted.get(key).filter(|wanted| *wanted != sent).cloned();
        if next.is_none() {
            self.wanted.remove(key);
            self.in_flight.remove(key);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_of_different_keys_run_side_by_side() {
        let mut pending = PendingWrites::default();
        assert_eq!(["a", "b", "c"].map(|key| pending.set(&key, 1)), [Some(1); 3]);
    }

    #[test]
    fn of_one_key_the_latest_value_follows_the_write_under_way() {
        let mut pending = PendingWrites::default();
        assert_eq!(pending.set(&"days", 1), Some(1));
        assert_eq!((pending.set(&"days", 2), pending.set(&"days", 3)), (None, None));
        assert_eq!(pending.wanted(&"days"), Some(&3));
        assert_eq!(pending.finish(&"days", &1), Some(3));
        assert_eq!(pending.finish(&"days", &3), None);
        assert!(pending.is_empty());
        assert_eq!(pending.set(&"days", 4), Some(4), "and the next one is sent at once");
    }
}
