//! What this browser stores, between visits (localStorage) or while a tab is open (sessionStorage). Storage may be blocked or full: then the values live in
//! memory until the page is closed, so that joining a room and signing in still work.

use std::cell::RefCell;

/// How long a value is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    /// Between visits, shared by all tabs.
    Local,
    /// While the tab is open, across reloads.
    Session,
}

thread_local! {
    /// Few values, each with its area and name.
    static MEMORY: RefCell<Vec<(Area, String, String)>> = const { RefCell::new(Vec::new()) };
}

/// The value stored under a name.
pub(crate) fn get(area: Area, name: &str) -> Option<String> {
    let in_memory = MEMORY.with_borrow(|memory| {
        memory.iter().find(|(one, known, _)| *one == area && known == name).map(|(.., value)| value.clone())
    });
    in_memory.or_else(|| store(area)?.get_item(name).ok()?)
}

/// Stores a value under a name; `None` removes it.
pub(crate) fn set(area: Area, name: &str, value: Option<&str>) {
    let is_stored = store(area).is_some_and(|store| match value {
        Some(value) => store.set_item(name, value).is_ok(),
        None => store.remove_item(name).is_ok(),
    });
    MEMORY.with_borrow_mut(|memory| {
        memory.retain(|(one, known, _)| *one != area || known != name);
        memory.extend(value.filter(|_| !is_stored).map(|value| (area, name.to_owned(), value.to_owned())));
    });
}

/// Removes every value of this area whose name begins with `prefix`.
pub(crate) fn remove_all(area: Area, prefix: &str) {
    MEMORY.with_borrow_mut(|memory| memory.retain(|(one, name, _)| *one != area || !name.starts_with(prefix)));
    let Some(store) = store(area) else { return };
    let names = (0..store.length().unwrap_or_default()).filter_map(|index| store.key(index).ok().flatten());
    let names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    for name in names {
        _ = store.remove_item(&name);
    }
}

/// Whether the browser keeps what is stored when the page is left.
pub(crate) fn is_available(area: Area) -> bool {
    const PROBE: &str = "rally-probe";
    store(area).is_some_and(|store| store.set_item(PROBE, "").is_ok() && store.remove_item(PROBE).is_ok())
}

/// Reading the property itself throws where storage is blocked.
fn store(area: Area) -> Option<web_sys::Storage> {
    let window = super::window()?;
    match area {
        Area::Local => window.local_storage(),
        Area::Session => window.session_storage(),
    }
    .ok()?
}
