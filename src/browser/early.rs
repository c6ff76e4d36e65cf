//! What public/early.js has asked for while the WebAssembly was on its way. Never starts anything itself.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::WebSocket;

/// The text of `/config.json`; `None` if it could not be had.
pub(crate) async fn settings() -> Option<String> {
    let promise = member("settings")?.dyn_into::<Promise>().ok()?;
    JsFuture::from(promise).await.ok()?.as_string()
}

/// A connection that was opened early.
pub(crate) struct EarlyConnection {
    /// The connection: open, or about to be.
    pub(super) socket: WebSocket,
    /// The names of the topics that were subscribed on it.
    pub(crate) topics: Vec<String>,
    /// What has come on it so far.
    pub(crate) messages: Vec<String>,
}

impl EarlyConnection {
    /// The connection, if there is one that can still be used. To be called once: who takes it must listen to it.
    pub(crate) fn take() -> Option<Self> {
        let socket = member("socket")?.dyn_into::<WebSocket>().ok()?;
        let usable = matches!(socket.ready_state(), WebSocket::CONNECTING | WebSocket::OPEN);
        usable.then(|| Self { socket, topics: texts("topics"), messages: texts("messages") })
    }

    /// Whether it is open: then the topics are subscribed.
    pub(crate) fn is_open(&self) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
    }
}

fn member(name: &str) -> Option<JsValue> {
    let early = Reflect::get(&super::window()?.into(), &"rallyEarly".into()).ok()?;
    Reflect::get(&early, &name.into()).ok()
}

fn texts(name: &str) -> Vec<String> {
    let list = member(name).and_then(|list| list.dyn_into::<Array>().ok()).unwrap_or_default();
    list.iter().filter_map(|text| text.as_string()).collect()
}
