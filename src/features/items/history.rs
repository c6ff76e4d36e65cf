//! View model of the history of an item: its earlier values.

use domain::item::HISTORY_LENGTH;
use protocol::items::PastValue;
use serde_json::Value;

/// The values of an item as far as they are known, oldest first: the last [`HISTORY_LENGTH`].
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct History(Vec<PastValue>);

impl History {
    /// Adds values in any order, each revision once; whether any was new.
    pub(super) fn add<'a>(&mut self, values: impl IntoIterator<Item = &'a PastValue>) -> bool {
        let mut has_changed = false;
        for value in values {
            let oldest = self.0.first().map(|oldest| oldest.rev);
            let is_too_old = self.0.len() == HISTORY_LENGTH && oldest.is_some_and(|oldest| value.rev < oldest);
            if let Err(index) = self.0.binary_search_by_key(&value.rev, |known| known.rev)
                && !is_too_old
            {
                self.0.insert(index, value.clone());
                has_changed = true;
            }
        }
        let excess = self.0.len().saturating_sub(HISTORY_LENGTH);
        self.0.drain(..excess);
        has_changed
    }

    /// The values, oldest first.
    pub(super) fn list(&self) -> &[PastValue] {
        &self.0
    }

    /// The revisions, newest first.
    pub(super) fn newest_first(&self) -> Vec<u64> {
        self.0.iter().rev().map(|known| known.rev).collect()
    }

    /// The value of a revision.
    pub(super) fn get(&self, rev: u64) -> Option<&PastValue> {
        let index = self.0.binary_search_by_key(&rev, |known| known.rev).ok()?;
        self.0.get(index)
    }

    /// The value before a revision.
    pub(super) fn before(&self, rev: u64) -> Option<&Value> {
        self.rev_before(rev).and_then(|before| self.get(before)).map(|known| &known.value)
    }

    /// The revision before a revision, as far as it is known.
    pub(super) fn rev_before(&self, rev: u64) -> Option<u64> {
        let after = self.0.partition_point(|known| known.rev < rev);
        self.0.get(after.checked_sub(1)?).map(|known| known.rev)
    }
}

/// Whether values between two revisions that came live were not sent, since changes that follow each other quickly are sent as one.
pub(super) const fn has_gap(before: u64, now: u64) -> bool {
    now > before.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    fn past(rev: u64) -> PastValue {
        PastValue { rev, at: Timestamp::default(), value: json!(rev) }
    }

    #[test]
    fn values_come_in_any_order_and_the_last_hundred_stay() {
        let mut history = History::default();
        assert!(history.add(&[past(5), past(3), past(5)]));
        assert!(history.add(&(4..120).map(past).collect::<Vec<_>>()));
        assert_eq!(history.list().len(), HISTORY_LENGTH);
        assert!(history.list().is_sorted_by_key(|value| value.rev));
        assert_eq!(history.list().last(), Some(&past(119)));
        assert_eq!((history.before(119), history.before(20)), (Some(&json!(118)), None));
        assert_eq!((history.get(20), history.get(3)), (Some(&past(20)), None));
        assert_eq!(history.newest_first().first(), Some(&119));
    }

    #[test]
    fn what_is_known_or_too_old_changes_nothing() {
        let mut history = History::default();
        history.add(&(10..110).map(past).collect::<Vec<_>>());
        let before = history.clone();
        assert!(!history.add(&[past(9), past(10), past(109)]));
        assert_eq!(history, before);
    }

    #[test]
    fn skipped_revisions_are_a_gap() {
        assert!(!has_gap(3, 4) && !has_gap(3, 3) && !has_gap(u64::MAX, 1));
        assert!(has_gap(3, 5));
    }

    #[test]
    fn what_was_before_is_the_nearest_value_that_is_known() {
        let mut history = History::default();
        history.add(&[past(3), past(9)]);
        assert_eq!((history.before(9), history.before(7)), (Some(&json!(3)), Some(&json!(3))));
        assert_eq!((history.before(3), history.before(100)), (None, Some(&json!(9))));
        assert_eq!(History::default().before(1), None);
    }

    proptest! {
        /// However the values come: live, from the API, twice, late.
        #[test]
        fn the_latest_values_stay_in_order(
            batches in prop::collection::vec(prop::collection::vec(1..300_u64, 0..60), 0..8),
        ) {
            let mut history = History::default();
            for batch in &batches {
                let before = history.clone();
                let has_changed = history.add(&batch.iter().copied().map(past).collect::<Vec<_>>());
                prop_assert_eq!(has_changed, history != before, "whether any was new");
            }
            let mut expected: Vec<u64> = batches.concat();
            expected.sort_unstable_by(|one, other| other.cmp(one));
            expected.dedup();
            expected.truncate(HISTORY_LENGTH);
            prop_assert_eq!(history.newest_first(), expected.clone());
            for rev in expected {
                prop_assert_eq!(history.get(rev), Some(&past(rev)));
            }
        }
    }
}
