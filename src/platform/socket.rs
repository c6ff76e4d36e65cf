//! A WebSocket that carries text. Hand-written on web_sys, since gloo-net's is a pair of streams that a callback-driven, sans-I/O client
//! would have to poll, and costs 3.3 KB (brotli) of the first load.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, MessageEvent, WebSocket};

/// What happens on a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SocketEvent {
    /// It is open.
    Opened,
    /// A message has arrived.
    Message(String),
    /// It is closed, or could not be opened.
    Closed,
}

/// A socket that is closed when it is dropped, and reports nothing after that.
pub(crate) struct Socket {
    inner: WebSocket,
    handler: Closure<dyn Fn(Event)>,
}

impl Socket {
    /// Opens a socket; `None` if the address is not valid.
    pub(crate) fn open(address: &str, on_event: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        let inner = WebSocket::new(address).ok()?;
        let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
            "open" => on_event(SocketEvent::Opened),
            "close" => on_event(SocketEvent::Closed),
            _ => {
                let data = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
                data.into_iter().for_each(|text| on_event(SocketEvent::Message(text)));
            }
        });
        let socket = Self { inner, handler };
        socket.set_handlers(Some(socket.handler.as_ref().unchecked_ref()));
        Some(socket)
    }

    /// Sends a text.
    pub(crate) fn send(&self, text: &str) {
        // It throws only while the socket is being opened, and the client sends nothing then.
        _ = self.inner.send_with_str(text);
    }

    fn set_handlers(&self, handler: Option<&js_sys::Function>) {
        self.inner.set_onopen(handler);
        self.inner.set_onmessage(handler);
        self.inner.set_onclose(handler);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.set_handlers(None);
        _ = self.inner.close();
    }
}
