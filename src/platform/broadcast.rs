//! Messages between the tabs of this site (BroadcastChannel).

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

/// A channel to all other tabs.
pub(crate) struct Channel {
    channel: Option<BroadcastChannel>,
}

impl Channel {
    /// Opens the channel of this name; `on_message` gets what other tabs send, while the site is open.
    pub(crate) fn open(name: &str, on_message: impl Fn(String) + 'static) -> Self {
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                event.data().as_string().into_iter().for_each(&on_message);
            });
            channel.set_onmessage(Some(handler.as_ref().unchecked_ref()));
            handler.forget();
        }
        Self { channel }
    }

    /// Sends a text to all other tabs.
    pub(crate) fn send(&self, text: &str) {
        if let Some(channel) = &self.channel {
            _ = channel.post_message(&text.into());
        }
    }
}
