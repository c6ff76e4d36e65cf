//! One WebSocket. Never decides when to open it, nor what is said on it.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, MessageEvent, WebSocket};

use super::early::EarlyConnection;

/// What happens on a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SocketEvent {
    /// It is open.
    Opened,
    /// A message has come.
    Message(String),
    /// It is closed, or could not be opened.
    Closed,
}

/// A socket that is closed when it is dropped, and then tells nothing more.
pub(crate) struct Socket {
    inner: WebSocket,
    /// Listens as long as the socket lives.
    _handler: Closure<dyn Fn(Event)>,
}

impl Socket {
    /// Opens a socket; `None` if the address is none.
    pub(crate) fn open(address: &str, tell: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        WebSocket::new(address).ok().map(|inner| Self::listen(inner, tell))
    }

    /// Takes over a socket that was opened early.
    pub(crate) fn adopt(early: EarlyConnection, tell: impl Fn(SocketEvent) + 'static) -> Self {
        Self::listen(early.socket, tell)
    }

    /// Sends a text.
    pub(crate) fn send(&self, text: &str) {
        // It throws only while the socket is being opened, and nobody sends then.
        _ = self.inner.send_with_str(text);
    }

    fn listen(inner: WebSocket, tell: impl Fn(SocketEvent) + 'static) -> Self {
        let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
            "open" => tell(SocketEvent::Opened),
            "close" => tell(SocketEvent::Closed),
            _ => {
                let data = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
                data.into_iter().for_each(|text| tell(SocketEvent::Message(text)));
            }
        });
        let socket = Self { inner, _handler: handler };
        socket.set_handlers(Some(socket._handler.as_ref().unchecked_ref()));
        socket
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
