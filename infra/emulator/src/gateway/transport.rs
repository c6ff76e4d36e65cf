//! The transport of a connection: a socket, or a pair of pipes in memory. Never interprets the bytes.
//!
//! The pipes behave like a socket with send and receive buffers of a given size, so a connection works on either.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::Notify;

/// One end of a transport.
#[derive(Debug)]
pub enum Transport {
    /// A socket to a WebSocket client, such as a browser.
    Socket(TcpStream),
    /// A pipe to a client in this process.
    Memory(MemoryStream),
}

/// One end of a transport in memory. When dropped, it closes both directions.
#[derive(Debug)]
pub struct MemoryStream {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

#[derive(Debug)]
struct Pipe {
    state: Mutex<State>,
    capacity: usize,
    filled: Notify,
    drained: Notify,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    is_closed: bool,
}

impl Pipe {
    fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), capacity, filled: Notify::new(), drained: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
        self.drained.notify_one();
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        self.close();
    }
}

impl MemoryStream {
    /// Both ends of a transport in memory that buffers this number of bytes in each direction. Each end has one reader and one writer.
    pub fn pair(capacity: usize) -> (Self, Self) {
        let (forward, backward) = (Pipe::new(capacity), Pipe::new(capacity));
        let one = Self { incoming: Arc::clone(&backward), outgoing: Arc::clone(&forward) };
        (one, Self { incoming: forward, outgoing: backward })
    }

    /// Closes both directions. Bytes written before can still be read.
    pub fn close(&self) {
        self.incoming.close();
        self.outgoing.close();
    }

    /// Waits until there is something to read, or the other end is closed.
    pub async fn readable(&self) {
        while { self.incoming.lock() }.is_empty() {
            self.incoming.filled.notified().await;
        }
    }

    /// Waits until there is room to write, or the other end is closed.
    pub async fn writable(&self) {
        while { self.outgoing.lock() }.is_full(self.outgoing.capacity) {
            self.outgoing.drained.notified().await;
        }
    }

    /// Reads the available bytes.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing yet. Zero bytes mean that the other end is closed.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.incoming.lock();
        if state.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = state.bytes.len().min(buffer.len());
        for (slot, byte) in buffer.iter_mut().zip(state.bytes.drain(..count)) {
            *slot = byte;
        }
        drop(state);
        self.incoming.drained.notify_one();
        Ok(count)
    }

    /// Writes as many bytes as there is room for.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room yet, `BrokenPipe` if the other end is closed.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.outgoing.lock();
        if state.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.outgoing.capacity.saturating_sub(state.bytes.len()));
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.bytes.write_all(&bytes[..count])?;
        drop(state);
        self.outgoing.filled.notify_one();
        Ok(count)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.is_closed
    }

    fn is_full(&self, capacity: usize) -> bool {
        self.bytes.len() >= capacity && !self.is_closed
    }
}

impl Transport {
    pub(super) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.readable().await,
            Self::Memory(memory) => {
                memory.readable().await;
                Ok(())
            }
        }
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.writable().await,
            Self::Memory(memory) => {
                memory.writable().await;
                Ok(())
            }
        }
    }

    pub(super) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.try_read(buffer),
            Self::Memory(memory) => memory.try_read(buffer),
        }
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.try_write(bytes),
            Self::Memory(memory) => memory.try_write(bytes),
        }
    }

    pub(super) fn try_write_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.try_write_vectored(parts),
            Self::Memory(memory) => memory.try_write(parts.first().map_or(&[], |part| part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_pipe_blocks_writes_and_a_dropped_end_is_an_end_of_file() {
        let (one, other) = MemoryStream::pair(4);
        assert_eq!(one.try_write(b"hello").unwrap(), 4);
        assert_eq!(one.try_write(b"o").unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let mut buffer = [0; 8];
        other.readable().await;
        assert_eq!(other.try_read(&mut buffer).unwrap(), 4);
        one.writable().await;
        assert_eq!(one.try_write(b"o").unwrap(), 1);
        drop(one);
        assert_eq!(other.try_read(&mut buffer).unwrap(), 1, "bytes that were written before the close are still read");
        assert_eq!(other.try_read(&mut buffer).unwrap(), 0);
        assert_eq!(other.try_write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
