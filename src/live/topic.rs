//! A typed, keyed store that follows a topic: a change patches one entry and re-renders what reads that entry.

use std::any::Any;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use domain::topic::Topic;
use leptos::prelude::*;
use live_client::{Subscription, Update};
use protocol::frames::DenialReason;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Live;

/// What is known of a topic as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TopicState {
    /// Nothing yet.
    Loading,
    /// The server does not give it.
    Denied(Denial),
    /// The store holds its entries.
    Ready,
}

/// Why the server does not give a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denial {
    /// A sentence for the user.
    pub(crate) message: String,
    /// The reason, if a page offers a way on for it.
    pub(crate) reason: Option<DenialReason>,
}

impl Denial {
    /// A denial with a sentence only.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), reason: None }
    }

    /// The same, for a reason.
    #[cfg(test)]
    pub(crate) fn because(self, reason: DenialReason) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

/// What makes an entry of an entity's id and public state; `None` if it cannot be read.
pub(crate) type ReadEntity<T> = fn(&str, &Value) -> Option<T>;

/// The entries of a topic, by the ids of its entities. Copies are handles to the same store.
pub(crate) struct TopicStore<T: 'static> {
    state: RwSignal<TopicState>,
    /// The ids in order: changes only when an entry comes or goes.
    ids: RwSignal<Vec<String>>,
    entries: StoredValue<Entries>,
    /// How many entities could not be read.
    unreadable: RwSignal<usize>,
    /// Changes with each update, for what depends on all entries.
    version: Trigger,
    entry: PhantomData<fn() -> T>,
}

/// The entries of a store, each an `ArcRwSignal<T>`. Untyped, so that the map's code is compiled once and not once per topic.
type Entries = BTreeMap<String, Box<dyn Any + Send + Sync>>;

impl<T> Clone for TopicStore<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TopicStore<T> {}

/// Subscribes to a topic until the current owner is cleaned up; serde reads its entries from their public states. An entity that
/// cannot be read is left out and counted, so that it does not hide the others.
pub(crate) fn use_topic<T>(topic: Topic) -> TopicStore<T>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    use_topic_with(topic, |_, state| T::deserialize(state).ok())
}

/// Subscribes to a topic like [`use_topic`], its entries made by `read`.
pub(crate) fn use_topic_with<T>(topic: Topic, read: ReadEntity<T>) -> TopicStore<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let live = expect_context::<Live>();
    let store = TopicStore::new();
    let name = topic.to_string();
    let apply =
        move |subscription: Option<&Subscription>, update: &Update| store.apply(&name, subscription, update, read);
    live.connection_of(&topic).subscribe(topic, Rc::new(apply));
    store
}

impl<T: Clone + PartialEq + Send + Sync + 'static> TopicStore<T> {
    fn new() -> Self {
        Self {
            state: RwSignal::new(TopicState::Loading),
            ids: RwSignal::new(Vec::new()),
            entries: StoredValue::new(BTreeMap::new()),
            unreadable: RwSignal::new(0),
            version: Trigger::new(),
            entry: PhantomData,
        }
    }

    /// What is known of the topic as a whole (tracked).
    pub(crate) fn state(self) -> TopicState {
        self.state.get()
    }

    /// Whether its entries are known (tracked).
    pub(crate) fn is_ready(self) -> bool {
        self.state.with(|state| *state == TopicState::Ready)
    }

    /// The ids in order (tracked: changes only when an entry comes or goes).
    pub(crate) fn ids(self) -> Vec<String> {
        self.ids.get()
    }

    /// Whether there is no entry (tracked).
    pub(crate) fn is_empty(self) -> bool {
        self.ids.with(Vec::is_empty)
    }

    /// How many entities of the topic this version of the site cannot read (tracked).
    pub(crate) fn unreadable(self) -> usize {
        self.unreadable.get()
    }

    /// The entry of an id, as a signal that only this entry's changes notify; `None` if there is no such entry (not tracked).
    pub(crate) fn entry(self, id: &str) -> Option<ArcRwSignal<T>> {
        self.entries.with_value(|entries| entries.get(id).and_then(typed))
    }

    /// The entry of an id like [`TopicStore::entry`], for requests that may end after their page: `None` also if the store is gone.
    pub(crate) fn try_entry(self, id: &str) -> Option<ArcRwSignal<T>> {
        self.entries.try_with_value(|entries| entries.get(id).and_then(typed)).flatten()
    }

    /// A copy of the entry of an id (tracked, also its coming and going).
    pub(crate) fn get(self, id: &str) -> Option<T> {
        self.ids.track();
        self.entry(id).map(|entry| entry.get())
    }

    /// The first entry: the only one of a topic of one entity (tracked, also its coming and going).
    pub(crate) fn first(self) -> Option<T> {
        self.ids.track();
        self.entries.with_value(|entries| entries.values().next().and_then(typed::<T>)).map(|entry| entry.get())
    }

    /// Copies of all entries in the order of their ids (tracked: each update notifies).
    pub(crate) fn list(self) -> Vec<T> {
        self.version.track();
        self.entries
            .with_value(|entries| entries.values().filter_map(typed::<T>).map(|entry| entry.get_untracked()).collect())
    }

    /// The ids in the order of a key that `key` makes of each entry, then of the ids. Notifies only when the order changes.
    pub(crate) fn ids_by<K: Ord>(self, key: impl Fn(&T) -> K + Send + Sync + 'static) -> Memo<Vec<String>> {
        Memo::new(move |_| {
            self.version.track();
            self.entries.with_value(|entries| {
                let keyed =
                    entries.iter().filter_map(|(id, entry)| Some((typed::<T>(entry)?.with_untracked(&key), id)));
                let mut keyed: Vec<(K, &String)> = keyed.collect();
                keyed.sort();
                keyed.into_iter().map(|(_, id)| id.clone()).collect()
            })
        })
    }

    fn apply(self, name: &str, subscription: Option<&Subscription>, update: &Update, read: ReadEntity<T>) {
        let next = match subscription {
            Some(Subscription { denied: Some(error), .. }) => {
                TopicState::Denied(Denial { message: error.message.clone(), reason: error.reason })
            }
            Some(subscription) if subscription.replica.is_complete() => TopicState::Ready,
            _ => TopicState::Loading,
        };
        if let (TopicState::Ready, Some(subscription)) = (&next, subscription) {
            let reader = |id: &str, state: &Value| {
                let entry = read(id, state);
                if entry.is_none() {
                    leptos::logging::warn!("An entity of {name} cannot be read: {id}");
                }
                entry
            };
            let patch = match update {
                Update::Entities(ids) if self.state.with_untracked(|state| *state == TopicState::Ready) => {
                    let mut changed = ids.iter().map(|id| (id.as_str(), subscription.replica.get(id)));
                    self.patch(&mut changed, &reader)
                }
                _ => self.reset(subscription, &reader),
            };
            if patch.ids_changed {
                let ids = self.entries.with_value(|entries| entries.keys().cloned().collect());
                self.ids.try_set(ids);
            }
            let total = subscription.replica.len();
            let unreadable = total.saturating_sub(self.entries.with_value(BTreeMap::len));
            if self.unreadable.get_untracked() != unreadable {
                self.unreadable.try_set(unreadable);
            }
            if patch.changed {
                self.version.notify();
            }
        }
        if self.state.with_untracked(|state| *state != next) {
            self.state.try_set(next);
        }
    }

    /// Replaces everything: entries that stay keep their signals, and those that are equal do not notify.
    fn reset(self, subscription: &Subscription, read: &dyn Fn(&str, &Value) -> Option<T>) -> Patch {
        let gone: Vec<String> = self.entries.with_value(|entries| {
            entries.keys().filter(|id| subscription.replica.get(id).is_none()).cloned().collect()
        });
        let all = subscription.replica.entities().map(|(id, _, state)| (id, Some(state)));
        self.patch(&mut gone.iter().map(|id| (id.as_str(), None)).chain(all), read)
    }

    fn patch<'a>(
        self,
        changed: &mut dyn Iterator<Item = (&'a str, Option<&'a Value>)>,
        read: &dyn Fn(&str, &Value) -> Option<T>,
    ) -> Patch {
        let mut patch = Patch::default();
        // Notified after the map is released: an effect may read it.
        let mut updates = Vec::new();
        self.entries.update_value(|entries| {
            for (id, state) in changed {
                let entry = state.and_then(|state| read(id, state));
                match (entry, entries.get(id).and_then(typed::<T>)) {
                    (Some(entry), Some(known)) => {
                        if known.with_untracked(|known| *known != entry) {
                            updates.push((known, entry));
                        }
                    }
                    (Some(entry), None) => {
                        entries.insert(id.to_owned(), Box::new(ArcRwSignal::new(entry)));
                        patch.ids_changed = true;
                    }
                    (None, Some(_)) => {
                        entries.remove(id);
                        patch.ids_changed = true;
                    }
                    (None, None) => {}
                }
            }
        });
        patch.changed = patch.ids_changed || !updates.is_empty();
        for (signal, entry) in updates {
            signal.set(entry);
        }
        patch
    }
}

/// The signal of an entry.
fn typed<T: 'static>(entry: &Box<dyn Any + Send + Sync>) -> Option<ArcRwSignal<T>> {
    entry.downcast_ref::<ArcRwSignal<T>>().cloned()
}

/// What a patch has changed.
#[derive(Default)]
struct Patch {
    ids_changed: bool,
    changed: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use protocol::frames::{Change, Entity, FrameError, FrameErrorCode};
    use serde_json::json;

    use super::*;

    fn read(_: &str, state: &Value) -> Option<u64> {
        state.as_u64()
    }

    fn entity(id: &str, state: Value) -> Entity {
        Entity { id: id.to_owned(), rev: 1, state }
    }

    fn subscription(entities: Vec<Entity>) -> Subscription {
        let mut subscription = Subscription::default();
        subscription.replica.start_sync();
        subscription.replica.handle_snapshot(1, 1, None, entities);
        subscription
    }

    /// Runs a test under an owner, as components are.
    fn owned(test: impl FnOnce()) {
        let owner = Owner::new();
        owner.with(test);
    }

    #[test]
    fn nothing_is_known_before_the_snapshot() {
        owned(|| {
            let store = TopicStore::<u64>::new();
            store.apply("t", None, &Update::Reset, read);
            assert_eq!(store.state(), TopicState::Loading);
            store.apply("t", Some(&Subscription::default()), &Update::Reset, read);
            assert_eq!(store.state(), TopicState::Loading);
            store.apply("t", Some(&subscription(vec![])), &Update::Reset, read);
            assert_eq!((store.state(), store.is_empty()), (TopicState::Ready, true));
        });
    }

    #[test]
    fn an_entity_that_cannot_be_read_hides_no_other() {
        owned(|| {
            let store = TopicStore::new();
            let known = subscription(vec![entity("a", json!(1)), entity("b", json!("on fire"))]);
            store.apply("t", Some(&known), &Update::Reset, read);
            assert_eq!((store.list(), store.unreadable()), (vec![1], 1));
        });
    }

    #[test]
    fn a_change_patches_one_entry_and_leaves_the_order_alone() {
        owned(|| {
            let store = TopicStore::new();
            let mut known = subscription(vec![entity("a", json!(1)), entity("b", json!(2))]);
            store.apply("t", Some(&known), &Update::Reset, read);
            let (a, b) = (store.entry("a").unwrap(), store.entry("b").unwrap());
            let change = |id: &str, rev: u64, state: Option<Value>| Change {
                topic: "t".to_owned(),
                id: id.to_owned(),
                rev,
                state,
            };
            known.replica.apply_change(change("b", 2, Some(json!(7))));
            store.apply("t", Some(&known), &Update::Entities(vec!["b".to_owned()]), read);
            assert_eq!((a.get_untracked(), b.get_untracked()), (1, 7), "the same signals, one of them changed");
            known.replica.apply_change(change("a", 2, None));
            store.apply("t", Some(&known), &Update::Entities(vec!["a".to_owned()]), read);
            assert_eq!((store.ids(), store.list()), (vec!["b".to_owned()], vec![7]));
        });
    }

    #[test]
    fn a_denial_says_why() {
        owned(|| {
            let store = TopicStore::<u64>::new();
            let mut known = Subscription::default();
            known.denied = Some(FrameError::new(FrameErrorCode::UnknownTopic, "There is no such topic."));
            store.apply("t", Some(&known), &Update::Denied, read);
            assert_eq!(store.state(), TopicState::Denied(Denial::new("There is no such topic.")));
        });
    }

    fn change(id: &str, rev: u64, state: Option<Value>) -> Change {
        Change { topic: "t".to_owned(), id: id.to_owned(), rev, state }
    }

    #[test]
    fn ids_are_ordered_by_a_key_and_follow_its_changes() {
        owned(|| {
            let store = TopicStore::new();
            let mut known = subscription(vec![entity("a", json!(3)), entity("b", json!(1)), entity("c", json!(3))]);
            store.apply("t", Some(&known), &Update::Reset, read);
            let order = store.ids_by(|number| *number);
            assert_eq!(order.get_untracked(), ["b", "a", "c"], "of equal keys the ids decide");
            known.replica.apply_change(change("a", 2, Some(json!(0))));
            store.apply("t", Some(&known), &Update::Entities(vec!["a".to_owned()]), read);
            assert_eq!(order.get_untracked(), ["a", "b", "c"]);
        });
    }

    #[test]
    fn an_entry_that_stays_keeps_its_signal_through_a_new_snapshot() {
        owned(|| {
            let store = TopicStore::new();
            store.apply(
                "t",
                Some(&subscription(vec![entity("a", json!(1)), entity("b", json!(2))])),
                &Update::Reset,
                read,
            );
            let a = store.entry("a").unwrap();
            let next = subscription(vec![entity("a", json!(5)), entity("c", json!(3))]);
            store.apply("t", Some(&next), &Update::Reset, read);
            assert_eq!(a.get_untracked(), 5);
            assert_eq!(
                (store.ids(), store.get("b"), store.get("c")),
                (vec!["a".to_owned(), "c".to_owned()], None, Some(3))
            );
        });
    }

    #[test]
    fn an_entry_that_can_be_read_again_is_shown_again() {
        owned(|| {
            let store = TopicStore::new();
            let mut known = subscription(vec![entity("a", json!(1))]);
            store.apply("t", Some(&known), &Update::Reset, read);
            for (rev, state, shown) in [(2, json!("on fire"), None), (3, json!(4), Some(4))] {
                known.replica.apply_change(change("a", rev, Some(state)));
                store.apply("t", Some(&known), &Update::Entities(vec!["a".to_owned()]), read);
                assert_eq!((store.first(), store.unreadable()), (shown, usize::from(shown.is_none())));
            }
        });
    }

    #[test]
    fn a_denial_keeps_what_was_shown_until_the_topic_is_given_again() {
        owned(|| {
            let store = TopicStore::new();
            let mut known = subscription(vec![entity("a", json!(1))]);
            store.apply("t", Some(&known), &Update::Reset, read);
            known.denied = Some(FrameError::new(FrameErrorCode::UnknownTopic, "There is no such topic."));
            store.apply("t", Some(&known), &Update::Denied, read);
            assert!(!store.is_ready());
            let again = subscription(vec![entity("b", json!(2))]);
            store.apply("t", Some(&again), &Update::Entities(vec!["b".to_owned()]), read);
            assert_eq!((store.is_ready(), store.ids()), (true, vec!["b".to_owned()]), "everything is read again");
        });
    }

    #[test]
    fn an_entry_of_a_page_that_is_gone_is_none() {
        let owner = Owner::new();
        let store = owner.with(|| {
            let store = TopicStore::new();
            store.apply("t", Some(&subscription(vec![entity("a", json!(1))])), &Update::Reset, read);
            store
        });
        assert!(store.try_entry("a").is_some() && store.try_entry("b").is_none());
        owner.cleanup();
        assert!(store.try_entry("a").is_none());
    }

    proptest! {
        /// Whatever changes, one by one or as a new snapshot: the store shows what of the replica can be read.
        #[test]
        fn the_store_is_its_replica(
            changes in proptest::collection::vec(("[a-d]", proptest::option::of(0..6_u64), any::<bool>()), 0..30),
        ) {
            Owner::new().with(|| {
                let store = TopicStore::<u64>::new();
                let mut known = subscription(vec![entity("a", json!(1))]);
                store.apply("t", Some(&known), &Update::Reset, read);
                for (rev, (id, state, is_reset)) in (2..).zip(changes) {
                    // A 5 stands for what this version cannot read.
                    let state = state.map(|number| if number == 5 { json!("five") } else { json!(number) });
                    known.replica.apply_change(change(&id, rev, state));
                    let update = if is_reset { Update::Reset } else { Update::Entities(vec![id]) };
                    store.apply("t", Some(&known), &update, read);
                    let readable = known.replica.entities().filter_map(|(id, _, state)| Some((id.to_owned(), state.as_u64()?)));
                    let (ids, values): (Vec<String>, Vec<u64>) = readable.unzip();
                    prop_assert_eq!(store.unreadable(), known.replica.len() - ids.len());
                    prop_assert_eq!((store.ids(), store.list()), (ids, values));
                }
                Ok(())
            })?;
        }
    }
}
