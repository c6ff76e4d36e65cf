//! One WebSocket that carries bytes. Never knows what they mean.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

/// A socket that is closed when it is dropped, and then tells nothing more.
pub(crate) struct Packets {
    inner: WebSocket,
    /// Listens as long as the socket lives.
    handler: Closure<dyn Fn(Event)>,
}

impl Packets {
    /// Opens one that speaks this protocol; `None` if the address is none.
    pub(crate) fn open(
        address: &str,
        protocol: &str,
        opened: impl Fn() + 'static,
        heard: impl Fn(&[u8]) + 'static,
        closed: impl Fn() + 'static,
    ) -> Option<Self> {
        let inner = WebSocket::new_with_str(address, protocol).ok()?;
        inner.set_binary_type(BinaryType::Arraybuffer);
        let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
            "open" => opened(),
            "close" => closed(),
            _ => {
                let data =
                    event.dyn_ref::<MessageEvent>().and_then(|message| message.data().dyn_into::<ArrayBuffer>().ok());
                data.into_iter().for_each(|bytes| heard(&Uint8Array::new(&bytes).to_vec()));
            }
        });
        let packets = Self { inner, handler };
        packets.set_handlers(Some(packets.handler.as_ref().unchecked_ref()));
        Some(packets)
    }

    /// Sends bytes as one message.
    pub(crate) fn send(&self, bytes: &[u8]) {
        // It throws only while the socket is being opened, and nobody sends then.
        _ = self.inner.send_with_u8_array(bytes);
    }

    fn set_handlers(&self, handler: Option<&js_sys::Function>) {
        self.inner.set_onopen(handler);
        self.inner.set_onmessage(handler);
        self.inner.set_onclose(handler);
    }
}

impl Drop for Packets {
    fn drop(&mut self) {
        self.set_handlers(None);
        _ = self.inner.close();
    }
}
