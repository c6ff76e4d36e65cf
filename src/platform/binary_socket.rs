//! A WebSocket that carries bytes, for MQTT.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

/// A socket that is closed when it is dropped, and reports nothing after that.
pub(crate) struct BinarySocket {
    inner: WebSocket,
    /// Listens until the socket is dropped.
    handler: Closure<dyn Fn(Event)>,
}

impl BinarySocket {
    /// Opens a socket that speaks this protocol; `None` if the address is not valid.
    pub(crate) fn open(
        address: &str,
        protocol: &str,
        on_open: impl Fn() + 'static,
        on_bytes: impl Fn(&[u8]) + 'static,
        on_close: impl Fn() + 'static,
    ) -> Option<Self> {
        let inner = WebSocket::new_with_str(address, protocol).ok()?;
        inner.set_binary_type(BinaryType::Arraybuffer);
        let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
            "open" => on_open(),
            "close" => on_close(),
            _ => {
                let data =
                    event.dyn_ref::<MessageEvent>().and_then(|message| message.data().dyn_into::<ArrayBuffer>().ok());
                data.into_iter().for_each(|bytes| on_bytes(&Uint8Array::new(&bytes).to_vec()));
            }
        });
        let socket = Self { inner, handler };
        socket.set_handlers(Some(socket.handler.as_ref().unchecked_ref()));
        Some(socket)
    }

    /// Sends bytes as one message.
    pub(crate) fn send(&self, bytes: &[u8]) {
        // It throws only while the socket is being opened, and the client sends nothing then.
        _ = self.inner.send_with_u8_array(bytes);
    }

    fn set_handlers(&self, handler: Option<&js_sys::Function>) {
        self.inner.set_onopen(handler);
        self.inner.set_onmessage(handler);
        self.inner.set_onclose(handler);
    }
}

impl Drop for BinarySocket {
    fn drop(&mut self) {
        self.set_handlers(None);
        _ = self.inner.close();
    }
}
