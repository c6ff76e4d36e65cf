//! The transport of a live connection.

use crate::platform::socket::{Socket, SocketEvent};

/// Gets what happens on a transport.
pub(super) type OnEvent = Box<dyn Fn(SocketEvent)>;

/// Carries frames as text; closed when it is dropped.
pub(super) trait Transport {
    /// Sends a frame.
    fn send(&self, text: &str);
}

impl Transport for Socket {
    fn send(&self, text: &str) {
        Self::send(self, text);
    }
}
