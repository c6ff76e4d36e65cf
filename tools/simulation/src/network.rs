//! A browser's connection to the gateway: a WebSocket over pipes, and between them a network with a delay, which can be cut or stop
//! silently. Otherwise it loses no byte and keeps their order: it is TCP.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use emulator::gateway::transport::{MemoryStream, Transport};
use emulator::gateway::{Gateway, connection::Origin};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Error, Message};

/// The buffer of each direction in bytes, as a socket has.
const CAPACITY: usize = 64 * 1024;

/// A silent connection is closed after this time by the network.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing goes through, and neither end is notified.
    Stalled,
    /// Both ends are notified.
    Cut,
}

/// A browser's end.
pub(crate) struct Socket {
    stream: WebSocket<Buffers>,
    near: MemoryStream,
    state: Arc<watch::Sender<State>>,
}

/// The received data and the data to send, in memory.
#[derive(Default)]
struct Buffers {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
}

impl Read for Buffers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.incoming.read(buffer)
    }
}

impl Write for Buffers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed;

impl Socket {
    /// A connection whose handshake was accepted; each byte takes this long from one end to the other.
    pub(crate) fn open(gateway: &Arc<Gateway>, origin: Origin, delay: Duration) -> Self {
        let (near, here) = MemoryStream::pair(CAPACITY);
        let (there, far) = MemoryStream::pair(CAPACITY);
        gateway.open(origin, Transport::Memory(far), bytes::Bytes::new());
        let state = Arc::new(watch::Sender::new(State::Open));
        let (here, there) = (Arc::new(here), Arc::new(there));
        tokio::spawn(forward(Arc::clone(&here), Arc::clone(&there), delay, Arc::clone(&state)));
        tokio::spawn(forward(there, here, delay, Arc::clone(&state)));
        Self { stream: WebSocket::from_raw_socket(Buffers::default(), Role::Client, None), near, state }
    }

    /// Both ends are notified that it broke.
    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// From now on nothing goes through.
    pub(crate) fn stall(&self) {
        self.state.send_replace(State::Stalled);
    }

    /// Sends a text; what does not fit into the buffer is lost with the connection, since a browser would wait for ever.
    pub(crate) fn send(&mut self, text: String) {
        let _ = self.stream.send(Message::text(text));
        self.flush();
    }

    fn flush(&mut self) {
        let outgoing = std::mem::take(&mut self.stream.get_mut().outgoing);
        let _ = self.near.try_write(&outgoing);
    }

    /// The next text.
    pub(crate) async fn receive(&mut self) -> Result<String, Closed> {
        loop {
            match self.stream.read() {
                Ok(Message::Text(text)) => return Ok(text.to_string()),
                Ok(Message::Close(_)) => return Err(Closed),
                Ok(_) => self.flush(),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.near.readable().await;
                    let mut buffer = [0; 4_096];
                    match self.near.try_read(&mut buffer) {
                        Ok(0) => return Err(Closed),
                        Ok(count) => self.stream.get_mut().incoming.extend(&buffer[..count]),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Err(_) => return Err(Closed),
                    }
                }
                Err(_) => return Err(Closed),
            }
        }
    }
}

/// Forwards bytes in one direction, until an end is closed or the connection cut. While the connection is silent, an end is not notified
/// that the other is closed, however long it waits.
async fn forward(from: Arc<MemoryStream>, to: Arc<MemoryStream>, delay: Duration, state: Arc<watch::Sender<State>>) {
    let mut changes = state.subscribe();
    let mut buffer = vec![0; 4_096];
    let mut in_transit: VecDeque<u8> = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            _ = changes.wait_for(|state| *state != State::Open) => break,
            () = from.readable() => {}
        }
        match from.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => in_transit.extend(&buffer[..count]),
            Err(_) => continue,
        }
        sleep(delay).await;
        while !in_transit.is_empty() && *changes.borrow() == State::Open {
            tokio::select! {
                biased;
                _ = changes.wait_for(|state| *state != State::Open) => break,
                () = to.writable() => {}
            }
            let (first, _) = in_transit.as_slices();
            match to.try_write(first) {
                Ok(written) => _ = in_transit.drain(..written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => in_transit.clear(),
            }
        }
    }
    if *changes.borrow() == State::Stalled {
        let _ = timeout(IDLE_TIMEOUT, changes.wait_for(|state| *state == State::Cut)).await;
    }
    from.close();
    to.close();
}
