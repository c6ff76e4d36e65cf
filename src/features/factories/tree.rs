//! The tree of one page: follows the topic, and sends edits. An edit shows at once; its answer is applied like a live change; a refusal takes
//! it back and says why.

use std::collections::BTreeMap;

use domain::factory::{Factory, FactoryId};
use domain::topic::Topic;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::factories::{FactoryChange, NewFactory};

use super::edits::{self, Edit, FactoryRow, PendingEdits};
use super::texts;
use crate::api::{self, ApiError};
use crate::live::{Live, TopicStore, use_topic};
use crate::notifications::{Deletions, Toaster};

/// The tree. Copies are handles to the same one.
#[derive(Clone, Copy)]
pub(super) struct FactoryTree {
    live: Live,
    toaster: Toaster,
    deletions: Deletions,
    factories: TopicStore<Factory>,
    /// Counted by reference: requests go on, in their order, when the page is left.
    edits: StoredValue<ArcRwSignal<PendingEdits>>,
    errors: RwSignal<Vec<String>>,
    rejected: RwSignal<Option<Edit>>,
    rows: Memo<BTreeMap<String, FactoryRow>>,
    order: Memo<Vec<String>>,
}

impl FactoryTree {
    /// Follows the tree until the current owner is cleaned up.
    pub(super) fn follow() -> Self {
        let factories = use_topic::<Factory>(Topic::Factories);
        let edits = ArcRwSignal::new(PendingEdits::default());
        let pending = edits.clone();
        let deletions = expect_context::<Deletions>();
        let rows = Memo::new(move |_| {
            let mut rows = pending.with(|pending| edits::rows(&factories.list(), pending));
            rows.retain(|key, _| !deletions.hides(&deletion_key(key)));
            rows
        });
        Self {
            live: expect_context(),
            toaster: expect_context(),
            deletions,
            factories,
            edits: StoredValue::new(edits),
            errors: RwSignal::new(Vec::new()),
            rejected: RwSignal::new(None),
            rows,
            order: Memo::new(move |_| rows.with(edits::order)),
        }
    }

    /// The topic's store.
    pub(super) fn topic(self) -> TopicStore<Factory> {
        self.factories
    }

    /// The rows by their keys.
    pub(super) fn rows(self) -> Memo<BTreeMap<String, FactoryRow>> {
        self.rows
    }

    /// The keys of the rows in the order in which they are shown.
    pub(super) fn order(self) -> Memo<Vec<String>> {
        self.order
    }

    /// Why edits were refused, since the user last edited something: sentences.
    pub(super) fn errors(self) -> Signal<Vec<String>> {
        self.errors.into()
    }

    /// The last edit that was refused, so that its form can offer it again.
    pub(super) fn rejected(self) -> Signal<Option<Edit>> {
        self.rejected.into()
    }

    /// Shows an edit as done, and sends it: at once, or after those of the same factory.
    pub(super) fn submit(self, edit: Edit) {
        spawn_local(self.run(self.edits.get_value(), edit));
    }

    /// Deletes a factory of this name, so that it can be taken back for some seconds.
    pub(super) fn delete(self, id: FactoryId, name: &str) {
        let edits = self.edits.get_value();
        self.deletions.delete(deletion_key(id.as_str()), &texts::deleted(name), move || {
            // The page may have been left by now.
            let run = self.run(edits, Edit::Delete { id });
            Box::pin(async move {
                // The tree reports a refusal.
                run.await;
                Ok(())
            })
        });
    }

    /// Shows an edit as done. The future sends it, and those that have waited for it.
    fn run(self, edits: ArcRwSignal<PendingEdits>, edit: Edit) -> impl Future<Output = ()> {
        self.errors.try_set(Vec::new());
        self.rejected.try_set(None);
        let first = edits.try_update(|edits| edits.add(edit)).flatten();
        async move {
            let mut next = first;
            while let Some((number, edit)) = next {
                let result = send(&edit).await;
                let error = result.as_ref().err().cloned();
                if let Ok(answer) = result {
                    // Before the edit is forgotten, so that the old state is not shown in between.
                    self.apply(&edit, answer);
                }
                let name = edit.factory().and_then(|id| self.factory(id)).map(|factory| factory.name.to_string());
                next = edits.try_update(|edits| edits.finish(number)).flatten();
                if let Some(error) = error {
                    self.reject(edit, name.as_deref(), &error);
                }
            }
        }
    }

    fn apply(self, edit: &Edit, answer: Option<Factory>) {
        match (answer, edit) {
            (Some(factory), _) => {
                let state = serde_json::to_value(&factory).ok();
                self.live.apply_local(&Topic::Factories, factory.id.as_str(), factory.rev, state);
            }
            // The answer to a deletion does not say the revision.
            (None, Edit::Delete { id }) => {
                if let Some(factory) = self.factory(id) {
                    self.live.apply_local(&Topic::Factories, id.as_str(), factory.rev + 1, None);
                }
            }
            (None, _) => {}
        }
    }

    fn reject(self, edit: Edit, name: Option<&str>, error: &ApiError) {
        let sentence = texts::rejected(&edit, name, error);
        match self.errors.try_update(|errors| errors.push(sentence.clone())) {
            Some(()) => _ = self.rejected.try_set(Some(edit)),
            // The page has been left.
            None => self.toaster.error(&sentence),
        }
    }

    /// What the server has of a factory; nothing if the page has been left.
    fn factory(self, id: &FactoryId) -> Option<Factory> {
        self.factories.try_entry(id.as_str()).map(|factory| factory.get_untracked())
    }
}

/// What a factory is called while its deletion can be taken back.
fn deletion_key(id: &str) -> String {
    ["factory/", id].concat()
}

/// Sends an edit; gives the factory that the answer holds.
async fn send(edit: &Edit) -> Result<Option<Factory>, ApiError> {
    match edit {
        Edit::Create { name, bounds, count } => {
            let (name, lower, upper) = (name.to_string(), bounds.lower(), bounds.upper());
            let count = count_on_the_wire(*count);
            api::factories::create(&NewFactory { name, lower, upper, count }).await.map(Some)
        }
        Edit::Change { id, name, lower, upper } => {
            let name = name.as_ref().map(ToString::to_string);
            api::factories::change(id, &FactoryChange { name, lower: *lower, upper: *upper }).await.map(Some)
        }
        Edit::Regenerate { id, count } => api::factories::regenerate(id, count_on_the_wire(*count)).await.map(Some),
        Edit::Delete { id } => api::factories::delete(id).await.map(|()| None),
    }
}

/// A count, which is 15 at most.
fn count_on_the_wire(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
