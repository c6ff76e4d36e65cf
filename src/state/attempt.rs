//! Something that a person asked for and that takes its time: what a button and its form show of it.

use std::pin::Pin;

use super::api::Failure;
use crate::browser;
use crate::reactive::*;

/// How it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Progress {
    /// Not asked for yet.
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
    pub(crate) fn progress(self) -> ReadSignal<Progress> {
        self.progress.read_only()
    }

    /// Does `work`, unless it is under way already.
    pub(crate) fn run(self, work: impl Future<Output = Result<(), Failure>> + 'static) {
        self.run_boxed(Box::pin(work));
    }

    fn run_boxed(self, work: Pin<Box<dyn Future<Output = Result<(), Failure>>>>) {
        if self.progress.with_untracked(Progress::is_running) {
            return;
        }
        self.progress.set(Progress::Running);
        browser::run(async move {
            let progress = work.await.map_or_else(Progress::Failed, |()| Progress::Done);
            // What asked may have left the page meanwhile: then nobody is to be told.
            self.progress.try_set(progress);
        });
    }
}
