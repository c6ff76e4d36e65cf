//! Data that are read over HTTP beside the live topics: a history, a score sheet, a list of keys.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{ApiError, LocalFuture};

/// What is known of the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Loaded<T> {
    /// Nothing yet.
    Loading,
    /// They could not be read.
    Failed(ApiError),
    /// These.
    Ready(T),
}

impl<T: PartialEq> Loaded<T> {
    /// Whether `next` is shown in its place. Data that are shown stay if reading them again fails for a moment.
    fn is_replaced_by(&self, next: &Self) -> bool {
        let fails_for_a_moment = matches!((self, next), (Self::Ready(_), Self::Failed(_)));
        self != next && !fails_for_a_moment
    }
}

/// How to read the data.
type Fetch<T> = Rc<dyn Fn() -> LocalFuture<Result<T, ApiError>>>;

/// Reads data, and again on request. A reload that is requested while one is under way follows it, so that the shown data are never older
/// than the last reason to reload.
pub(crate) struct Loader<T: 'static> {
    state: RwSignal<Loaded<T>>,
    fetch: StoredValue<Fetch<T>, LocalStorage>,
    progress: StoredValue<Progress>,
}

impl<T> Clone for Loader<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loader<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Loader<T> {
    /// Begins to read.
    pub(crate) fn new(fetch: impl Fn() -> LocalFuture<Result<T, ApiError>> + 'static) -> Self {
        let loader = Self {
            state: RwSignal::new(Loaded::Loading),
            fetch: StoredValue::new_local(Rc::new(fetch)),
            progress: StoredValue::new(Progress::default()),
        };
        loader.reload();
        loader
    }

    /// What is known (tracked).
    pub(crate) fn get(self) -> Loaded<T> {
        self.state.get()
    }

    /// Reads what is known (tracked).
    pub(crate) fn with<R>(self, read: impl FnOnce(&Loaded<T>) -> R) -> R {
        self.state.with(read)
    }

    /// The data, once they are known (tracked).
    pub(crate) fn data(self) -> Option<T> {
        self.state.with(|state| match state {
            Loaded::Ready(data) => Some(data.clone()),
            _ => None,
        })
    }

    /// Why they are not known, if reading failed (tracked).
    pub(crate) fn error(self) -> Option<ApiError> {
        self.state.with(|state| match state {
            Loaded::Failed(error) => Some(error.clone()),
            _ => None,
        })
    }

    /// Changes the data, once they are known: after a write that says what they are now.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        self.state.try_maybe_update(|state| match state {
            Loaded::Ready(data) => {
                change(data);
                (true, ())
            }
            Loaded::Loading | Loaded::Failed(_) => (false, ()),
        });
    }

    /// Reads again.
    pub(crate) fn reload(self) {
        if self.progress.try_update_value(Progress::start) != Some(true) {
            return;
        }
        spawn_local(async move {
            loop {
                let Some(fetch) = self.fetch.try_get_value() else { return };
                let next = fetch().await.map_or_else(Loaded::Failed, Loaded::Ready);
                if self.state.try_with_untracked(|state| state.is_replaced_by(&next)) == Some(true) {
                    self.state.try_set(next);
                }
                if self.progress.try_update_value(Progress::finish) != Some(true) {
                    return;
                }
            }
        });
    }
}

/// Whether a read is under way, and whether another is to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Progress {
    is_running: bool,
    is_wanted_again: bool,
}

impl Progress {
    /// A read is wanted; whether it is to begin now.
    fn start(&mut self) -> bool {
        let starts = !self.is_running;
        *self = Self { is_running: true, is_wanted_again: !starts };
        starts
    }

    /// A read has ended; whether another is to begin.
    fn finish(&mut self) -> bool {
        let again = self.is_wanted_again;
        *self = Self { is_running: again, is_wanted_again: false };
        again
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn a_reload_during_a_read_follows_it_once() {
        let mut progress = Progress::default();
        assert!(progress.start());
        assert!(!progress.start());
        assert!(!progress.start());
        assert!(progress.finish(), "one more, for both");
        assert!(!progress.finish());
        assert!(progress.start());
    }

    #[test]
    fn data_that_are_shown_stay_if_reading_them_again_fails() {
        let (ready, failed) = (Loaded::Ready(1), Loaded::Failed(ApiError::Unreachable));
        assert!(!ready.is_replaced_by(&failed));
        assert!(ready.is_replaced_by(&Loaded::Ready(2)) && !ready.is_replaced_by(&Loaded::Ready(1)));
        assert!(Loaded::Loading.is_replaced_by(&failed) && failed.is_replaced_by(&ready));
        assert!(failed.is_replaced_by(&Loaded::Failed(ApiError::browser("No."))), "the reason is another");
    }

    proptest! {
        /// One read is under way at most, and none that is wanted is older than its reason.
        #[test]
        fn each_reload_is_followed_by_a_read_that_starts_after_it(steps in proptest::collection::vec(any::<bool>(), 0..40)) {
            let mut progress = Progress::default();
            let (mut is_running, mut is_waiting) = (false, false);
            for is_wish in steps {
                if is_wish {
                    prop_assert_eq!(progress.start(), !is_running);
                    is_waiting = is_running;
                    is_running = true;
                } else if is_running {
                    prop_assert_eq!(progress.finish(), is_waiting);
                    is_running = is_waiting;
                    is_waiting = false;
                }
            }
            prop_assert_eq!((progress.is_running, progress.is_wanted_again), (is_running, is_waiting));
        }
    }
}
