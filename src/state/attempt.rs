//! Something that a person asked for and that takes its time: what a button and its form show of it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api::Failure;

/// How it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Progress {
    /// Not asked for, or something was changed since.
    #[default]
    Idle,
    /// Under way.
    Running,
    /// Done.
    Done,
    /// It could not be done.
    Failed(Failure),
}

impl Progress {
    /// Whether it is under way.
    pub(crate) fn is_running(&self) -> bool {
        *self == Self::Running
    }

    /// Why it could not be done.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// One thing that can be asked for again and again, but not twice at once.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    progress: RwSignal<Progress>,
}

impl Attempt {
    /// Nothing has been asked for yet.
    pub(crate) fn new() -> Self {
        Self { progress: RwSignal::new(Progress::Idle) }
    }

    /// How it goes.
    pub(crate) fn progress(self) -> Signal<Progress> {
        self.progress.into()
    }

    /// Does `work`, and `then` what follows from it.
    pub(crate) fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, Failure>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.progress.with_untracked(Progress::is_running) {
            return;
        }
        self.progress.set(Progress::Running);
        spawn_local(async move {
            let progress = match work.await {
                Ok(value) => {
                    then(value);
                    Progress::Done
                }
                Err(failure) => Progress::Failed(failure),
            };
            // What asked may have left the page meanwhile: then nobody is to be told.
            self.progress.try_set(progress);
        });
    }
}
