//! Deletions with undo: the row is hidden at once, and the request is sent some seconds later, or when the next
//! deletion begins, or when the page is left.

use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::toaster::{Toaster, Undo};
use crate::api::{ApiError, LocalFuture};
use crate::platform::page::{self, PageEvent};

/// How long a deletion can be taken back, in milliseconds.
const UNDO_TIME: u32 = 6_000;

/// Sends the request to delete.
type Work = Box<dyn FnOnce() -> LocalFuture<Result<(), ApiError>>>;

/// Deletions that can be taken back, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Deletions {
    toaster: Toaster,
    /// What is not shown though the server may still have it.
    hidden: RwSignal<Vec<String>>,
    waiting: StoredValue<Option<Waiting>, LocalStorage>,
}

/// The deletion that can still be taken back.
struct Waiting {
    key: String,
    work: Work,
    /// Dropped with it: then it does not run.
    _timer: Timeout,
}

impl Deletions {
    /// None yet.
    pub(crate) fn start(toaster: Toaster) -> Self {
        let deletions = Self { toaster, hidden: RwSignal::new(Vec::new()), waiting: StoredValue::new_local(None) };
        page::listen(move |event| {
            if event == PageEvent::Left {
                deletions.finish();
            }
        });
        deletions
    }

    /// Hides what `key` names, says so in a sentence (“Deleting “Lobby””), and calls `work` unless the user takes it back. `work` sends
    /// the request; when the server has answered, the stores must have the deletion. If it fails, what was hidden is shown again, with the
    /// reason.
    pub(crate) fn delete(
        self,
        key: String,
        sentence: &str,
        work: impl FnOnce() -> LocalFuture<Result<(), ApiError>> + 'static,
    ) {
        self.finish();
        self.hidden.update(|hidden| hidden.push(key.clone()));
        let timer = Timeout::new(UNDO_TIME, move || self.finish());
        let waiting = Waiting { key, work: Box::new(work), _timer: timer };
        self.waiting.set_value(Some(waiting));
        self.toaster.offer_undo(sentence, Undo(Arc::new(move || self.take_back())));
    }

    /// Whether `key` is being deleted (tracked): lists leave it out.
    pub(crate) fn hides(self, key: &str) -> bool {
        self.hidden.with(|hidden| hidden.iter().any(|one| one == key))
    }

    fn take_back(self) {
        if let Some(waiting) = self.take() {
            self.show_again(&waiting.key);
        }
    }

    fn finish(self) {
        let Some(Waiting { key, work, .. }) = self.take() else { return };
        self.toaster.close_undo();
        let work = work();
        spawn_local(async move {
            if let Err(error) = work.await {
                self.toaster.error(&error.to_string());
            }
            self.show_again(&key);
        });
    }

    fn take(self) -> Option<Waiting> {
        self.waiting.try_update_value(Option::take).flatten()
    }

    fn show_again(self, key: &str) {
        self.hidden.update(|hidden| hidden.retain(|one| one != key));
    }
}
