//! Writes of settings, of which only the latest value of a key matters: a value that is set while a write of its key is under way is sent
//! after it, so that none is lost and they arrive in order.

/// The values that the server has not confirmed yet: few, so lists do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingWrites<K, V> {
    wanted: Vec<(K, V)>,
    in_flight: Vec<K>,
}

impl<K, V> Default for PendingWrites<K, V> {
    fn default() -> Self {
        Self { wanted: Vec::new(), in_flight: Vec::new() }
    }
}

impl<K: Clone + PartialEq, V: Clone + PartialEq> PendingWrites<K, V> {
    /// The value that the user has set for a key, while it is not confirmed.
    pub(super) fn wanted(&self, key: &K) -> Option<&V> {
        self.wanted.iter().find(|(one, _)| one == key).map(|(_, value)| value)
    }

    /// Whether everything is confirmed.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The user has set a value for a key; returns it if it must be sent now.
    pub(super) fn set(&mut self, key: &K, value: V) -> Option<V> {
        self.wanted.retain(|(one, _)| one != key);
        self.wanted.push((key.clone(), value.clone()));
        if self.in_flight.contains(key) {
            return None;
        }
        self.in_flight.push(key.clone());
        Some(value)
    }

    /// The write of `sent` has succeeded or failed; returns the next value to send, if the user has set another one meanwhile.
    pub(super) fn finish(&mut self, key: &K, sent: &V) -> Option<V> {
        let next = self.wanted(key).filter(|wanted| *wanted != sent).cloned();
        if next.is_none() {
            self.wanted.retain(|(one, _)| one != key);
            self.in_flight.retain(|one| one != key);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::collections::BTreeMap;

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

    #[test]
    fn a_value_that_is_set_back_is_not_sent_again() {
        let mut pending = PendingWrites::default();
        pending.set(&"days", 1);
        pending.set(&"days", 2);
        pending.set(&"days", 1);
        assert_eq!(pending.finish(&"days", &1), None, "the server has it");
        assert!(pending.is_empty());
    }

    proptest! {
        /// Whatever the user does and however long writes take: of a key one write is under way at most, and the last one carries the last value.
        #[test]
        fn the_last_value_of_each_key_is_sent_last(steps in prop::collection::vec((0..3_u8, 0..4_u8, any::<bool>()), 0..60)) {
            let mut pending = PendingWrites::default();
            let (mut in_flight, mut last_sent, mut last_set) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            for (key, value, is_set) in steps {
                let sent = if is_set {
                    last_set.insert(key, value);
                    let sent = pending.set(&key, value);
                    prop_assert_eq!(sent.is_some(), !in_flight.contains_key(&key));
                    sent
                } else {
                    in_flight.remove(&key).and_then(|sent| pending.finish(&key, &sent))
                };
                if let Some(sent) = sent {
                    in_flight.insert(key, sent);
                    last_sent.insert(key, sent);
                }
                prop_assert_eq!(pending.wanted(&key).is_some(), in_flight.contains_key(&key));
            }
            while let Some((key, sent)) = in_flight.pop_first() {
                if let Some(next) = pending.finish(&key, &sent) {
                    in_flight.insert(key, next);
                    last_sent.insert(key, next);
                }
            }
            prop_assert!(pending.is_empty());
            prop_assert_eq!(last_sent, last_set);
        }
    }
}
