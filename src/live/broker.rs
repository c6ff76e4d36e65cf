//! The transport of public topics through a broker: MQTT on a WebSocket, with snapshots and digests read over HTTP beside it. Its code is a
//! chunk of its own (8 KB), since few deployments have a broker.

use std::cell::RefCell;
use std::rc::Rc;

#[cfg(feature = "lazy")]
use futures::FutureExt;
use gloo_timers::callback::Timeout;
use leptos::task::spawn_local;
use live_client::mqtt::{HttpRequest, MqttConnection, Output};
use protocol::broker::{self, BrokerAccess};

use super::transport::{OnEvent, Transport};
use crate::api;
use crate::platform::binary_socket::BinarySocket;
use crate::platform::chunk::ChunkError;
use crate::platform::socket::SocketEvent;

/// New credentials are requested this long before the old ones expire, in seconds.
const RENEWAL_MARGIN: u32 = 60;

/// Loads the chunk.
pub(super) async fn preload() -> Result<(), ChunkError> {
    #[cfg(feature = "lazy")]
    preload_broker().await.map_err(|_| ChunkError)?;
    Ok(())
}

/// Opens a connection, once the chunk is loaded; `None` if the address is not valid or the chunk is not there.
pub(super) fn open(access: BrokerAccess, on_event: OnEvent) -> Option<Box<dyn Transport>> {
    #[cfg(feature = "lazy")]
    return open_in_chunk(access, on_event).now_or_never()?.ok();
    #[cfg(not(feature = "lazy"))]
    open_in_chunk(access, on_event).ok()
}

#[cfg_attr(feature = "lazy", wasm_split_helpers::wasm_split(broker, preload(preload_broker), fallible))]
fn open_in_chunk(access: BrokerAccess, on_event: OnEvent) -> Result<Box<dyn Transport>, ChunkError> {
    BrokerTransport::open(access, on_event).map(|open| Box::new(open) as Box<dyn Transport>).ok_or(ChunkError)
}

/// When credentials that last `seconds` are renewed, in milliseconds. Browsers take 31 bits: 24 days.
fn renewal_delay(seconds: u32) -> u32 {
    seconds.saturating_sub(RENEWAL_MARGIN).saturating_mul(1_000).min(i32::MAX as u32)
}

/// An MQTT connection that is cut when it is dropped, and reports nothing after that.
struct BrokerTransport(Rc<Inner>);

struct Inner {
    connection: RefCell<MqttConnection>,
    socket: RefCell<Option<BinarySocket>>,
    on_event: OnEvent,
    renewal: RefCell<Option<Timeout>>,
}

impl BrokerTransport {
    fn open(access: BrokerAccess, on_event: OnEvent) -> Option<Self> {
        let inner = Rc::new(Inner {
            connection: RefCell::new(MqttConnection::new(&access.client, &access.prefix)),
            socket: RefCell::new(None),
            on_event,
            renewal: RefCell::new(None),
        });
        let with_inner = |inner: &Rc<Inner>, work: fn(&Rc<Inner>)| {
            let inner = Rc::downgrade(inner);
            move || inner.upgrade().iter().for_each(work)
        };
        let on_open = with_inner(&inner, |inner| {
            inner.connection.borrow_mut().handle_opened();
            inner.drain();
        });
        let receiver = Rc::downgrade(&inner);
        let on_bytes = move |bytes: &[u8]| {
            if let Some(inner) = receiver.upgrade() {
                inner.connection.borrow_mut().handle_bytes(bytes);
                inner.drain();
            }
        };
        let on_close = with_inner(&inner, |inner| (inner.on_event)(SocketEvent::Closed));
        let socket = BinarySocket::open(&access.url, "mqtt", on_open, on_bytes, on_close)?;
        inner.socket.replace(Some(socket));
        let renew = with_inner(&inner, |inner| (inner.on_event)(SocketEvent::Closed));
        inner.renewal.replace(Some(Timeout::new(renewal_delay(access.seconds), renew)));
        Some(Self(inner))
    }
}

impl Transport for BrokerTransport {
    /// What comes of it is reported later, since the caller is still at work with its client.
    fn send(&self, text: &str) {
        self.0.connection.borrow_mut().send(text);
        let inner = Rc::downgrade(&self.0);
        spawn_local(async move {
            if let Some(inner) = inner.upgrade() {
                inner.drain();
            }
        });
    }
}

impl Inner {
    fn drain(self: &Rc<Self>) {
        loop {
            let Some(output) = self.connection.borrow_mut().poll() else { return };
            match output {
                Output::Send(bytes) => {
                    if let Some(socket) = &*self.socket.borrow() {
                        socket.send(&bytes);
                    }
                }
                Output::Request(request) => self.request_frames(request),
                Output::Opened => (self.on_event)(SocketEvent::Opened),
                Output::Frame(text) => (self.on_event)(SocketEvent::Message(text)),
                Output::Broken => (self.on_event)(SocketEvent::Closed),
            }
        }
    }

    fn request_frames(self: &Rc<Self>, request: HttpRequest) {
        let inner = Rc::downgrade(self);
        spawn_local(async move {
            let path = match &request {
                HttpRequest::Snapshot(topic) => broker::snapshot(topic),
                HttpRequest::Digests(topics) => broker::digests(topics),
            };
            let frames = api::live::frames(&path).await.ok();
            if let Some(inner) = inner.upgrade() {
                inner.connection.borrow_mut().handle_response(&request, frames);
                inner.drain();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        assert_eq!(renewal_delay(3_600), 3_540_000);
        assert_eq!((renewal_delay(60), renewal_delay(10)), (0, 0), "at once");
    }

    #[test]
    fn a_delay_beyond_what_browsers_take_is_shortened() {
        for seconds in [3_000_000, u32::MAX] {
            assert_eq!(renewal_delay(seconds), i32::MAX as u32, "a longer one would fire at once");
        }
    }
}
