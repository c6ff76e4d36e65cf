//! The version of the protocol that the server speaks, as its responses and frames contain it.

use leptos::prelude::*;

thread_local! {
    static SERVER: ArcRwSignal<u32> = ArcRwSignal::new(protocol::VERSION);
}

/// Notes the version of a response or frame.
pub(crate) fn note(version: u32) {
    SERVER.with(|server| {
        if version > server.get_untracked() {
            server.set(version);
        }
    });
}

/// The server's version, if this page is too old for it (tracked).
pub(crate) fn newer() -> Option<u32> {
    let server = SERVER.with(Get::get);
    (server > protocol::VERSION).then_some(server)
}
