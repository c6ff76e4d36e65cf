//! One open connection and its outgoing queue. Never invokes a function, never reads.
//!
//! A post is written by the caller's task, straight to the socket: no task is woken and nothing is copied. Only bytes that the socket does
//! not accept are queued, up to a bound, and the connection's own task writes them once the socket has room.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::frame;
use super::id::ConnectionId;
use super::transport::Transport;

/// Frames offered to the socket in one call.
const VECTORED_FRAMES: usize = 16;

/// The limit of the queue for a client that reads slowly. A client beyond it is disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxLimit {
    /// Bytes, headers included.
    pub bytes: usize,
    /// Messages: shared ones cost few bytes here, but each has an entry in the queue.
    pub messages: usize,
}

/// How a connection ended: the close code and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The WebSocket close code, as `$disconnect` reports it.
    pub code: u16,
    /// The reason, as `$disconnect` reports it.
    pub reason: String,
    /// The code of the close frame to the client, unless the socket is already lost.
    pub close_frame: Option<u16>,
}

impl Ending {
    /// The server ends the connection and sends the reason.
    pub fn by_server(code: u16, reason: &str) -> Self {
        Self { code, reason: reason.to_owned(), close_frame: Some(code) }
    }

    /// The socket is lost or must be dropped: no close frame is sent.
    pub fn lost(reason: &str) -> Self {
        Self { code: 1006, reason: reason.to_owned(), close_frame: None }
    }
}

/// The connection is closed, or about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// The client of a connection, and when it connected.
#[derive(Debug)]
pub struct Origin {
    /// The connection's id.
    pub id: ConnectionId,
    /// The client's address.
    pub source: IpAddr,
    /// Its `User-Agent`.
    pub user_agent: Option<HeaderValue>,
    /// Its `Host`.
    pub host: Option<HeaderValue>,
    /// When `$connect` was invoked.
    pub connected_at: SystemTime,
}

impl Origin {
    /// The client of a request with these headers.
    pub fn new(id: ConnectionId, source: IpAddr, headers: &HeaderMap, connected_at: SystemTime) -> Self {
        Self {
            id,
            source,
            user_agent: headers.get(http::header::USER_AGENT).cloned(),
            host: headers.get(http::header::HOST).cloned(),
            connected_at,
        }
    }
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    /// The client.
    pub origin: Origin,
    transport: Transport,
    outbox: Mutex<Outbox>,
    limit: OutboxLimit,
    /// The socket did not accept all of the outgoing queue.
    blocked: Notify,
    /// Another task has decided that the connection ends.
    ending: OnceLock<Ending>,
    ended: Notify,
    opened: Instant,
    /// Milliseconds from `opened` to the last traffic in either direction.
    last_activity: AtomicU64,
}

#[derive(Debug, Default)]
struct Outbox {
    /// Frames that the socket has not accepted. The first frame may be partly written.
    frames: VecDeque<Bytes>,
    bytes: usize,
    closed: bool,
}

impl Connection {
    /// A connection over a transport whose handshake is done.
    pub fn new(origin: Origin, transport: Transport, limit: OutboxLimit) -> Self {
        Self {
            origin,
            transport,
            outbox: Mutex::default(),
            limit,
            blocked: Notify::new(),
            ending: OnceLock::new(),
            ended: Notify::new(),
            opened: Instant::now(),
            last_activity: AtomicU64::new(0),
        }
    }

    /// Sends a frame, or queues it. A client beyond its limit is disconnected.
    pub fn post(&self, frame: Bytes) -> Result<(), Gone> {
        let mut outbox = self.lock();
        if outbox.closed {
            return Err(Gone);
        }
        self.record_activity();
        let was_idle = outbox.frames.is_empty();
        outbox.bytes += frame.len();
        outbox.frames.push_back(frame);
        if was_idle {
            match self.write(&mut outbox) {
                Ok(()) if outbox.frames.is_empty() => return Ok(()),
                Ok(()) => self.blocked.notify_one(),
                Err(_) => return Err(self.abort(&mut outbox, "Connection reset")),
            }
        }
        if outbox.bytes > self.limit.bytes || outbox.frames.len() > self.limit.messages {
            return Err(self.abort(&mut outbox, "Client reads too slowly"));
        }
        Ok(())
    }

    /// Ends the connection from another task, for instance by `DELETE @connections`.
    pub fn end(&self, ending: Ending) {
        if self.ending.set(ending).is_ok() {
            self.ended.notify_one();
        }
    }

    /// Waits until another task ends the connection.
    pub async fn ended(&self) -> Ending {
        loop {
            if let Some(ending) = self.ending.get() {
                return ending.clone();
            }
            self.ended.notified().await;
        }
    }

    /// Writes the queue whenever the socket has room; returns when the socket is lost.
    pub async fn flush(&self) -> Ending {
        loop {
            self.blocked.notified().await;
            if self.drain().await.is_err() {
                return Ending::lost("Connection reset");
            }
        }
    }

    /// Writes the whole queue.
    pub async fn drain(&self) -> io::Result<()> {
        while !self.lock().frames.is_empty() {
            self.transport.writable().await?;
            self.write(&mut self.lock())?;
        }
        Ok(())
    }

    /// Accepts no more posts; this frame is the last one.
    pub fn close(&self, close_frame: Option<u16>, reason: &str) {
        if let Some(code) = close_frame {
            let _ = self.post(frame::close(code, reason));
        }
        self.lock().closed = true;
    }

    /// The transport, to read from.
    pub(super) const fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Records traffic in either direction.
    pub fn record_activity(&self) {
        let elapsed = self.opened.elapsed().as_millis();
        self.last_activity.store(u64::try_from(elapsed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The time of the last traffic.
    pub fn last_active(&self) -> Instant {
        self.opened + Duration::from_millis(self.last_activity.load(Ordering::Relaxed))
    }

    /// When the connection was opened, on the clock that deadlines use.
    pub fn opened(&self) -> Instant {
        self.opened
    }

    /// The wall-clock time of the last traffic.
    pub fn last_active_at(&self) -> SystemTime {
        self.origin.connected_at + (self.last_active() - self.opened)
    }

    /// Writes until the queue is empty or the socket is full.
    fn write(&self, outbox: &mut Outbox) -> io::Result<()> {
        while !outbox.frames.is_empty() {
            let written = match outbox.frames.len() {
                1 => self.transport.try_write(&outbox.frames[0]),
                _ => {
                    let slices: Vec<IoSlice<'_>> =
                        outbox.frames.iter().take(VECTORED_FRAMES).map(|frame| IoSlice::new(frame)).collect();
                    self.transport.try_write_vectored(&slices)
                }
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => outbox.remove_written(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn abort(&self, outbox: &mut Outbox, reason: &str) -> Gone {
        *outbox = Outbox { closed: true, ..Outbox::default() };
        self.end(Ending::lost(reason));
        Gone
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    /// Removes what was written. An empty queue gives its memory back.
    fn remove_written(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(front) = self.frames.front_mut() {
            if written < front.len() {
                front.advance(written);
                return;
            }
            written -= front.len();
            self.frames.pop_front();
        }
        if self.frames.capacity() > VECTORED_FRAMES {
            self.frames = VecDeque::new();
        }
    }
}
