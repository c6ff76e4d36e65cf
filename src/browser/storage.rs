//! What this browser remembers between visits. Never holds anything that matters: it may be forbidden, or cleared.

/// What was stored under a name.
pub(crate) fn get(name: &str) -> Option<String> {
    store()?.get_item(name).ok()?
}

/// Stores a value under a name; `None` forgets it.
pub(crate) fn set(name: &str, value: Option<&str>) {
    let Some(store) = store() else { return };
    _ = match value {
        Some(value) => store.set_item(name, value),
        None => store.remove_item(name),
    };
}

fn store() -> Option<web_sys::Storage> {
    super::window()?.local_storage().ok()?
}
