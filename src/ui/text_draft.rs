//! What the user is typing, kept by the tab: a reload or a sign-in loses none of it. Signing out removes it.

use leptos::prelude::*;

use crate::auth::DRAFT_PREFIX;
use crate::platform::storage::{self, Area};

/// A text that is stored under a name while it is not empty. The name must say whose draft it is.
pub(crate) fn use_text_draft(name: &str) -> RwSignal<String> {
    let name = [DRAFT_PREFIX, name].concat();
    let text = RwSignal::new(storage::get(Area::Session, &name).unwrap_or_default());
    Effect::new(move |before: Option<String>| {
        let now = text.get();
        if before.as_ref() != Some(&now) {
            storage::set(Area::Session, &name, Some(now.as_str()).filter(|text| !text.is_empty()));
        }
        now
    });
    text
}
