//! A question as it is being written: kept by the tab, so that a reload or a sign-in loses none of it. Never sends it.

use domain::question::{BankQuestion, Draft, OPTION_LIMIT, QuestionId, QuestionOption};
use domain::wire::read::Read;
use serde_json::{Value, json};

use crate::browser::storage::{self, Kept};
use crate::reactive::*;

/// Where it is kept.
const STORED_AS: &str = "rally-question";

/// The question, and which one of the bank it is.
#[derive(Debug, Clone, PartialEq, Default)]
struct Written {
    draft: Draft,
    known: Option<(QuestionId, u64)>,
}

/// Where a text of a draft is, if it is there.
type Place = Box<dyn Fn(&mut Draft) -> Option<&mut String>>;

/// The question that is being written.
#[derive(Clone, Copy)]
pub(crate) struct QuestionDraft {
    written: RwSignal<Written>,
    /// Counts how often another question was opened: the form is then another one.
    opened: RwSignal<u32>,
}

impl QuestionDraft {
    /// What was kept, or else an empty one.
    pub(crate) fn kept() -> Self {
        let kept = storage::get(Kept::InTab, STORED_AS).and_then(|text| read(&text)).unwrap_or_default();
        let draft = Self { written: RwSignal::new(kept), opened: RwSignal::new(0) };
        follow(move || {
            draft.written.with(|written| {
                let text = (*written != Written::default()).then(|| {
                    let (id, rev) = written.known.clone().map(|(id, rev)| (Some(id), Some(rev))).unwrap_or_default();
                    json!({"draft": written.draft, "id": id, "rev": rev}).to_string()
                });
                storage::set(Kept::InTab, STORED_AS, text.as_deref());
            })
        });
        draft
    }

    /// What is written, as it changes.
    pub(crate) fn draft(self) -> Draft {
        self.written.with(|written| written.draft.clone())
    }

    /// Reads something of it.
    pub(crate) fn with<T>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.written.with(|written| read(&written.draft))
    }

    /// Writes something in it.
    pub(crate) fn change(self, change: impl FnOnce(&mut Draft)) {
        self.written.update(|written| change(&mut written.draft));
    }

    /// A text of it to type in: as it is at first, and written from then on.
    pub(crate) fn field(self, place: impl Fn(&mut Draft) -> Option<&mut String> + 'static) -> RwSignal<String> {
        self.field_boxed(Box::new(place))
    }

    fn field_boxed(self, place: Place) -> RwSignal<String> {
        let mut draft = untrack(|| self.draft());
        let text = RwSignal::new(place(&mut draft).cloned().unwrap_or_default());
        follow(move || {
            let (now, mut draft) = (text.get(), untrack(|| self.draft()));
            if let Some(held) = place(&mut draft).filter(|held| **held != now) {
                *held = now;
                self.change(|written| *written = draft);
            }
        });
        text
    }

    /// Which question of the bank it is, and at which revision it was opened; none if it is a new one.
    pub(crate) fn known(self) -> Option<(QuestionId, u64)> {
        self.written.with(|written| written.known.clone())
    }

    /// Changes whenever another question is opened, or options come, go or move.
    pub(crate) fn shape(self) -> (u32, usize) {
        (self.opened.get(), self.with(|draft| draft.options.len()))
    }

    /// Opens a question of the bank, or a copy of it.
    pub(crate) fn open(self, question: &BankQuestion, as_copy: bool) {
        let known = (!as_copy).then(|| (question.id.clone(), question.rev));
        self.written.set(Written { draft: question.content.clone().into_draft(), known });
        self.redraw();
    }

    /// Begins a new one.
    pub(crate) fn clear(self) {
        self.written.try_set(Written::default());
        self.redraw();
    }

    /// Adds an empty option, if there is room.
    pub(crate) fn add_option(self) {
        self.change(|draft| {
            if draft.options.len() < OPTION_LIMIT {
                draft.options.push(QuestionOption::default());
            }
        });
    }

    /// Removes an option.
    pub(crate) fn remove_option(self, place: usize) {
        self.change(|draft| {
            if place < draft.options.len() {
                draft.options.remove(place);
            }
        });
        self.redraw();
    }

    /// Lets an option and the next one change places.
    pub(crate) fn swap_options(self, place: usize) {
        self.change(|draft| {
            if place + 1 < draft.options.len() {
                draft.options.swap(place, place + 1);
            }
        });
        self.redraw();
    }

    fn redraw(self) {
        self.opened.try_update(|opened| *opened += 1);
    }
}

fn read(text: &str) -> Option<Written> {
    let kept: Value = serde_json::from_str(text).ok()?;
    let known = kept["id"].as_str().and_then(|id| id.parse().ok()).zip(kept["rev"].as_u64());
    Some(Written { draft: Draft::read(&kept["draft"])?, known })
}
