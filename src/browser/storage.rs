//! What this browser remembers: between visits, or for as long as a tab is open. Never holds anything that matters: it may
//! be forbidden, or cleared.

/// For how long something is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Between visits, by all tabs.
    Always,
    /// As long as the tab is open, over reloads and what it leads to.
    InTab,
}

/// What was stored under a name.
pub(crate) fn get(kept: Kept, name: &str) -> Option<String> {
    store(kept)?.get_item(name).ok()?
}

/// Stores a value under a name; `None` forgets it.
pub(crate) fn set(kept: Kept, name: &str, value: Option<&str>) {
    let Some(store) = store(kept) else { return };
    _ = match value {
        Some(value) => store.set_item(name, value),
        None => store.remove_item(name),
    };
}

fn store(kept: Kept) -> Option<web_sys::Storage> {
    let window = super::window()?;
    match kept {
        Kept::Always => window.local_storage(),
        Kept::InTab => window.session_storage(),
    }
    .ok()?
}
