//! By what the server knows this browser: its key while nobody is signed in, and for whom it rings. Never rings.

use domain::wire::notifications as wire;

use super::api;
use crate::browser::storage::{self, Kept};

/// Under this name the browser keeps the key by which the server knows it while nobody is signed in.
const VISITOR: &str = "rally-visitor";

/// Under this name it keeps whom it rings for, and what the server calls it.
const BROWSER: &str = "rally-browser";

/// The key of this browser, for a request of whoever is not signed in.
pub(crate) fn visitor_key() -> Option<String> {
    storage::get(Kept::Always, VISITOR)
}

/// Makes that key.
#[cfg(any(feature = "front", feature = "office"))]
pub(crate) fn make_visitor_key() {
    storage::set(Kept::Always, VISITOR, Some(&crate::browser::secrets::random()));
}

/// Whom this browser rings for (nothing is whoever is not signed in), and its id.
pub(crate) fn kept() -> Option<(String, String)> {
    let kept = storage::get(Kept::Always, BROWSER)?;
    kept.split_once(' ').map(|(who, id)| (who.to_owned(), id.to_owned()))
}

/// Remembers whom this browser rings for, and its id.
#[cfg(any(feature = "front", feature = "office"))]
pub(crate) fn keep(known: Option<(&str, &str)>) {
    let text = known.map(|(who, id)| format!("{who} {id}"));
    storage::set(Kept::Always, BROWSER, text.as_deref());
}

/// Before somebody signs out: this browser rings for them no more.
pub(crate) async fn leave() {
    if let Some((who, id)) = kept()
        && !who.is_empty()
    {
        // What the server does not hear now, the next one who comes puts right: a browser is one person's at a time.
        _ = api::delete(&wire::browser(&id), None).await;
    }
}
