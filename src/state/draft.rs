//! What is being typed, kept by the tab: a reload or a sign-in loses none of it. Never sends it.

use crate::browser::storage::{self, Kept};
use crate::reactive::*;

/// A text that is kept under a name for as long as it is not done.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    name: StoredValue<String>,
    text: RwSignal<String>,
}

impl Draft {
    /// What was kept under this name, or else nothing.
    pub(crate) fn of(name: String) -> Self {
        let kept = storage::get(Kept::InTab, &name).unwrap_or_default();
        let draft = Self { name: StoredValue::new(name), text: RwSignal::new(kept) };
        follow(move || {
            let text = draft.text.get();
            draft.name.with_value(|name| {
                storage::set(Kept::InTab, name, Some(text.as_str()).filter(|text| !text.is_empty()));
            });
        });
        draft
    }

    /// The text: what it is set to is kept.
    pub(crate) fn text(self) -> RwSignal<String> {
        self.text
    }
}
