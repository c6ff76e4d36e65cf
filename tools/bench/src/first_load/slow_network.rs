//! A slow network to a server on this machine: all connections share its speed, and every byte has a delay. It emulates the round trip
//! of a handshake, but no packet loss and no slow start.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The TCP payload of an Ethernet packet.
const PACKET: usize = 1_460;

/// Packets of one connection in flight; enough to fill the network.
const IN_FLIGHT: usize = 64;

/// The properties of the network, the same in both directions.
#[derive(Clone, Copy)]
pub(super) struct Speed {
    pub(super) bytes_per_second: f64,
    pub(super) one_way: Duration,
}

/// A running network. Its threads end with their connections; they do not delay the end of the program.
pub(super) struct SlowNetwork {
    address: String,
    down: Arc<Direction>,
}

impl SlowNetwork {
    /// Listens on a free port and forwards every connection to `server`.
    pub(super) fn open(server: &str, speed: Speed) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("No free port for the slow network")?;
        let address = listener.local_addr()?.to_string();
        let up = Arc::new(Direction::new(speed));
        let down = Arc::new(Direction::new(speed));
        let server = server.to_owned();
        let down_too = Arc::clone(&down);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, up, down) = (server.clone(), Arc::clone(&up), Arc::clone(&down_too));
                thread::spawn(move || {
                    // The handshake's round trip: our own listener accepts at once, unlike a remote server.
                    thread::sleep(speed.one_way * 2);
                    // A connection that cannot be forwarded is closed, as a browser expects of an unreachable server.
                    let _ = forward(client, &server, up, down);
                });
            }
        });
        Ok(Self { address, down })
    }

    /// The address for the browser.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Bytes from the server so far.
    pub(super) fn bytes_down(&self) -> u64 {
        self.down.bytes.load(Ordering::Relaxed)
    }
}

/// One direction of the network, which all connections share.
struct Direction {
    speed: Speed,
    /// When the last queued packet will have left.
    busy_until: Mutex<Instant>,
    bytes: AtomicU64,
}

impl Direction {
    fn new(speed: Speed) -> Self {
        Self { speed, busy_until: Mutex::new(Instant::now()), bytes: AtomicU64::new(0) }
    }

    /// Waits until this number of bytes has been sent, and returns when they arrive.
    fn send(&self, length: usize) -> Instant {
        let left = {
            let mut busy_until = self.busy_until.lock().unwrap_or_else(PoisonError::into_inner);
            let takes = Duration::from_secs_f64(length as f64 / self.speed.bytes_per_second);
            *busy_until = (*busy_until).max(Instant::now()) + takes;
            *busy_until
        };
        // A connection sends one packet at a time, so that none waits behind all packets of another.
        thread::sleep(left.saturating_duration_since(Instant::now()));
        self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        left + self.speed.one_way
    }
}

struct Packet {
    arrives: Instant,
    content: Vec<u8>,
}

fn forward(client: TcpStream, server: &str, up: Arc<Direction>, down: Arc<Direction>) -> Result<()> {
    let server = TcpStream::connect(server)?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    one_way(client.try_clone()?, server.try_clone()?, up);
    one_way(server, client, down);
    Ok(())
}

/// Forwards what `from` sends to `to`, until either is closed.
fn one_way(mut from: TcpStream, to: TcpStream, direction: Arc<Direction>) {
    let (sender, receiver): (SyncSender<Packet>, Receiver<Packet>) = mpsc::sync_channel(IN_FLIGHT);
    thread::spawn(move || deliver(&receiver, to));
    thread::spawn(move || {
        let mut packet = [0; PACKET];
        while let Ok(length @ 1..) = from.read(&mut packet) {
            let arrives = direction.send(length);
            if sender.send(Packet { arrives, content: packet[..length].to_vec() }).is_err() {
                return;
            }
        }
    });
}

fn deliver(packets: &Receiver<Packet>, mut to: TcpStream) {
    while let Ok(packet) = packets.recv() {
        thread::sleep(packet.arrives.saturating_duration_since(Instant::now()));
        if to.write_all(&packet.content).is_err() {
            return;
        }
    }
    // The other side closed its half; if the connection is already gone, this has no effect.
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_delayed_by_latency_and_bandwidth() {
        let far = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = far.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut stream, _) = far.accept().unwrap();
            stream.read_exact(&mut [0; 4]).unwrap();
            stream.write_all(&[7; 10_000]).unwrap();
        });
        let speed = Speed { bytes_per_second: 100_000.0, one_way: Duration::from_millis(20) };
        let network = SlowNetwork::open(&address, speed).unwrap();
        let started = Instant::now();
        let mut stream = TcpStream::connect(network.address()).unwrap();
        stream.write_all(b"more").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, [7; 10_000]);
        // A handshake of 40 ms, a request and a response of 20 ms each, and 100 ms for the response's length.
        assert!(started.elapsed() >= Duration::from_millis(180), "{:?}", started.elapsed());
        assert_eq!(network.bytes_down(), 10_000);
    }
}
