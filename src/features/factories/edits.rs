//! View model of the tree: the state of the server with the pending edits applied (optimistic updates).

use std::collections::BTreeMap;

use crate::platform::intl;

use domain::factory::{Bounds, Factory, FactoryId, FactoryName};

/// An edit of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// Another factory.
    Create {
        /// Its name.
        name: FactoryName,
        /// Between which numbers it generates.
        bounds: Bounds,
        /// How many: 1 to 15.
        count: usize,
    },
    /// Another name or other bounds: only what the user has changed.
    Change {
        /// Which factory.
        id: FactoryId,
        /// Its new name.
        name: Option<FactoryName>,
        /// Its new lower bound.
        lower: Option<i64>,
        /// Its new upper bound.
        upper: Option<i64>,
    },
    /// Other numbers.
    Regenerate {
        /// Which factory.
        id: FactoryId,
        /// How many: 1 to 15.
        count: usize,
    },
    /// No such factory.
    Delete {
        /// Which factory.
        id: FactoryId,
    },
}

impl Edit {
    /// The factory that is edited; none if it is to be created.
    pub(super) const fn factory(&self) -> Option<&FactoryId> {
        match self {
            Self::Create { .. } => None,
            Self::Change { id, .. } | Self::Regenerate { id, .. } | Self::Delete { id } => Some(id),
        }
    }
}

/// An edit that the server has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PendingEdit {
    number: u32,
    edit: Edit,
    is_sent: bool,
}

/// The edits that the server has not answered yet. Those of one factory are sent one after the other, in their order; those of different
/// factories in parallel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PendingEdits {
    last_number: u32,
    pending: Vec<PendingEdit>,
}

impl PendingEdits {
    /// Adds an edit; gives it with its number if it is to be sent now.
    pub(super) fn add(&mut self, edit: Edit) -> Option<(u32, Edit)> {
        self.last_number += 1;
        let number = self.last_number;
        let waits = edit.factory().is_some_and(|id| self.pending.iter().any(|one| one.edit.factory() == Some(id)));
        self.pending.push(PendingEdit { number, edit: edit.clone(), is_sent: !waits });
        (!waits).then_some((number, edit))
    }

    /// An edit has been answered, well or not; gives the one of the same factory that is to be sent now.
    pub(super) fn finish(&mut self, number: u32) -> Option<(u32, Edit)> {
        let index = self.pending.iter().position(|one| one.number == number)?;
        let finished = self.pending.remove(index).edit;
        let id = finished.factory()?;
        let next = self.pending.iter_mut().find(|one| one.edit.factory() == Some(id) && !one.is_sent)?;
        next.is_sent = true;
        Some((next.number, next.edit.clone()))
    }
}

/// A factory as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FactoryRow {
    /// None if the server has not created it yet.
    pub(super) id: Option<FactoryId>,
    /// Its name.
    pub(super) name: FactoryName,
    /// Between which numbers it generates.
    pub(super) bounds: Bounds,
    /// Its numbers; `None` for those that the server has not generated yet.
    pub(super) children: Vec<Option<i64>>,
    /// Whether an edit of it is not answered yet.
    pub(super) is_pending: bool,
}

impl FactoryRow {
    fn of(factory: &Factory) -> Self {
        Self {
            id: Some(factory.id.clone()),
            name: factory.name.clone(),
            bounds: factory.bounds,
            children: factory.children.iter().copied().map(Some).collect(),
            is_pending: false,
        }
    }
}

/// The rows by their keys: the factories, as if the pending edits were done.
pub(super) fn rows(factories: &[Factory], edits: &PendingEdits) -> BTreeMap<String, FactoryRow> {
    let mut rows: BTreeMap<String, FactoryRow> =
        factories.iter().map(|factory| (factory.id.to_string(), FactoryRow::of(factory))).collect();
    for PendingEdit { number, edit, .. } in &edits.pending {
        match edit {
            Edit::Create { name, bounds, count } => {
                let (name, children) = (name.clone(), vec![None; *count]);
                let row = FactoryRow { id: None, name, bounds: *bounds, children, is_pending: true };
                rows.insert(format!("edit-{number}"), row);
            }
            Edit::Delete { id } => _ = rows.remove(id.as_str()),
            Edit::Change { id, name, lower, upper } => {
                if let Some(row) = rows.get_mut(id.as_str()) {
                    row.is_pending = true;
                    row.name = name.clone().unwrap_or_else(|| row.name.clone());
                    let wanted = (lower.unwrap_or(row.bounds.lower()), upper.unwrap_or(row.bounds.upper()));
                    // The server refuses bounds that conflict with a concurrent change of another user.
                    row.bounds = Bounds::new(wanted.0, wanted.1).unwrap_or(row.bounds);
                    let fit = row.bounds.lower()..=row.bounds.upper();
                    for child in &mut row.children {
                        // The server generates another one instead.
                        *child = child.filter(|child| fit.contains(child));
                    }
                }
            }
            Edit::Regenerate { id, count } => {
                if let Some(row) = rows.get_mut(id.as_str()) {
                    (row.children, row.is_pending) = (vec![None; *count], true);
                }
            }
        }
    }
    rows
}

/// The keys of the rows in the order of their names.
pub(super) fn order(rows: &BTreeMap<String, FactoryRow>) -> Vec<String> {
    let mut named: Vec<(String, &String)> =
        rows.iter().map(|(key, row)| (intl::lower_case(row.name.as_str()), key)).collect();
    named.sort_unstable();
    named.into_iter().map(|(_, key)| key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::time::Timestamp;

    use super::*;

    fn factories() -> Vec<Factory> {
        let bounds = Bounds::new(1, 100).unwrap();
        let factory = |id: &str| {
            Factory::create(id.parse().unwrap(), id.parse().unwrap(), bounds, &[0, u64::MAX], Timestamp::default())
        };
        vec![factory("aaaaaaaaaa"), factory("bbbbbbbbbb")]
    }

    fn id(letter: &str) -> FactoryId {
        letter.repeat(10).parse().unwrap()
    }

    fn name(text: &str) -> FactoryName {
        text.parse().unwrap()
    }

    fn pending(edits: impl IntoIterator<Item = Edit>) -> PendingEdits {
        let mut pending = PendingEdits::default();
        for edit in edits {
            pending.add(edit);
        }
        pending
    }

    #[test]
    fn what_the_server_has_is_shown() {
        let rows = rows(&factories(), &PendingEdits::default());
        let row = &rows["aaaaaaaaaa"];
        assert_eq!((rows.len(), row.children.clone(), row.is_pending), (2, vec![Some(1), Some(100)], false));
    }

    #[test]
    fn an_edit_is_shown_as_done_as_far_as_it_can_be_known() {
        let narrow = Bounds::new(50, 100).unwrap();
        let edits = pending([
            Edit::Change { id: id("a"), name: Some(name("New")), lower: Some(50), upper: None },
            Edit::Create { name: name("Old"), bounds: narrow, count: 3 },
            Edit::Delete { id: id("b") },
        ]);
        let all = rows(&factories(), &edits);
        assert_eq!(order(&all), ["aaaaaaaaaa", "edit-2"]);
        let changed = &all["aaaaaaaaaa"];
        assert_eq!((changed.name.as_str(), changed.bounds, changed.is_pending), ("New", narrow, true));
        assert_eq!(changed.children, [None, Some(100)], "a number that no longer fits is another one");
        assert_eq!((all["edit-2"].children.clone(), &all["edit-2"].id), (vec![None; 3], &None));
        let again = rows(&factories(), &pending([Edit::Regenerate { id: id("b"), count: 5 }]));
        assert_eq!((again["bbbbbbbbbb"].children.len(), again["bbbbbbbbbb"].is_pending), (5, true));
        assert!(!again["aaaaaaaaaa"].is_pending);
    }

    #[test]
    fn an_edit_of_what_others_have_deleted_shows_nothing() {
        let edits = pending([Edit::Regenerate { id: id("c"), count: 5 }, Edit::Delete { id: id("c") }]);
        assert_eq!(rows(&factories(), &edits).len(), 2);
    }

    #[test]
    fn bounds_that_no_longer_fit_each_other_are_not_shown() {
        let edits = pending([Edit::Change { id: id("a"), name: None, lower: Some(101), upper: None }]);
        assert_eq!(rows(&factories(), &edits)["aaaaaaaaaa"].bounds, Bounds::new(1, 100).unwrap());
    }

    #[test]
    fn edits_of_one_factory_follow_each_other_and_none_is_dropped() {
        let mut edits = PendingEdits::default();
        let regenerate = |letter: &str, count| Edit::Regenerate { id: id(letter), count };
        assert_eq!(edits.add(regenerate("a", 1)), Some((1, regenerate("a", 1))));
        assert_eq!(edits.add(regenerate("a", 2)), None);
        assert_eq!(edits.add(regenerate("b", 3)), Some((3, regenerate("b", 3))), "beside those of others");
        assert_eq!(edits.add(Edit::Delete { id: id("a") }), None);
        assert_eq!(edits.finish(3), None);
        assert_eq!(edits.finish(1), Some((2, regenerate("a", 2))));
        assert_eq!(edits.finish(2), Some((4, Edit::Delete { id: id("a") })));
        assert_eq!((edits.finish(4), edits.finish(4)), (None, None));
        assert_eq!(edits.add(regenerate("a", 5)), Some((5, regenerate("a", 5))));
    }

    #[test]
    fn factories_are_created_side_by_side() {
        let mut edits = PendingEdits::default();
        let create = || Edit::Create { name: name("North"), bounds: Bounds::new(1, 2).unwrap(), count: 1 };
        assert!(edits.add(create()).is_some() && edits.add(create()).is_some());
        assert_eq!(rows(&[], &edits).len(), 2);
    }

    #[test]
    fn rows_are_in_the_order_of_their_names() {
        let create = |text: &str| Edit::Create { name: name(text), bounds: Bounds::new(1, 2).unwrap(), count: 1 };
        let rows = rows(&[], &pending(["zoo", "Éclair", "apple", "Bee"].map(create)));
        let names: Vec<&str> = order(&rows).iter().map(|key| rows[key].name.as_str()).collect();
        assert_eq!(names, ["apple", "Bee", "zoo", "Éclair"]);
    }

    #[test]
    fn edits_of_one_factory_add_up_in_their_order() {
        let change = |lower, upper| Edit::Change { id: id("a"), name: None, lower, upper };
        let all = rows(&factories(), &pending([change(Some(10), None), change(None, Some(20))]));
        assert_eq!(all["aaaaaaaaaa"].bounds, Bounds::new(10, 20).unwrap());
        assert_eq!(all["aaaaaaaaaa"].children, [None, None], "neither 1 nor 100 fits");
        let again = rows(&factories(), &pending([Edit::Regenerate { id: id("a"), count: 3 }, change(Some(10), None)]));
        assert_eq!(again["aaaaaaaaaa"].children, [None; 3]);
    }

    #[test]
    fn a_deleted_factory_does_not_come_back_by_a_later_edit() {
        let change = Edit::Change { id: id("a"), name: Some(name("New")), lower: None, upper: None };
        let all = rows(&factories(), &pending([Edit::Delete { id: id("a") }, change]));
        assert_eq!(order(&all), ["bbbbbbbbbb"]);
    }

    #[test]
    fn an_edit_knows_its_factory_unless_it_creates_one() {
        let bounds = Bounds::new(1, 2).unwrap();
        assert_eq!(Edit::Create { name: name("North"), bounds, count: 1 }.factory(), None);
        for edit in [
            Edit::Change { id: id("a"), name: None, lower: None, upper: None },
            Edit::Regenerate { id: id("a"), count: 1 },
            Edit::Delete { id: id("a") },
        ] {
            assert_eq!(edit.factory(), Some(&id("a")), "{edit:?}");
        }
    }

    proptest! {
        /// However edits and their answers come: each edit is sent once, those of one factory in their order and never two at a time.
        #[test]
        fn every_edit_is_sent_once_and_in_order(steps in prop::collection::vec((0..3_usize, any::<bool>()), 1..40)) {
            let (mut edits, mut under_way, mut sent, mut added) = (PendingEdits::default(), Vec::new(), Vec::new(), 0);
            for (factory, is_answer) in steps {
                if is_answer && !under_way.is_empty() {
                    let (number, _): (u32, Edit) = under_way.remove(factory % under_way.len());
                    under_way.extend(edits.finish(number));
                } else {
                    added += 1;
                    let edit = Edit::Regenerate { id: id(["a", "b", "c"][factory]), count: added };
                    under_way.extend(edits.add(edit));
                }
                let is_new = |number: &u32| !sent.contains(number);
                let new: Vec<u32> = under_way.iter().map(|(number, _)| *number).filter(is_new).collect();
                sent.extend(new);
                let mut factories: Vec<&FactoryId> = under_way.iter().filter_map(|(_, edit)| edit.factory()).collect();
                factories.sort_unstable_by_key(|id| id.as_str());
                prop_assert!(factories.windows(2).all(|pair| pair[0] != pair[1]), "one at a time of each factory");
            }
            while let Some((number, edit)) = under_way.pop() {
                if let Some((next, following)) = edits.finish(number) {
                    prop_assert!(next > number && following.factory() == edit.factory());
                    sent.push(next);
                    under_way.push((next, following));
                }
            }
            sent.sort_unstable();
            prop_assert_eq!(sent, (1..=u32::try_from(added).unwrap()).collect::<Vec<_>>());
            prop_assert!(edits.pending.is_empty());
        }
    }
}
