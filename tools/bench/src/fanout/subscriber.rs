//! One minimal subscriber: a WebSocket client that finds the borders of frames and looks for a few bytes in them; it parses no JSON and
//! stores no message.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The buffer of one read; a change is a few hundred bytes.
const CHUNK: usize = 16 * 1_024;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The frame kinds that matter here.
const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// An open connection with a subscription.
pub(crate) struct Subscriber {
    stream: mio::net::TcpStream,
    /// The beginning of an incomplete frame.
    rest: Vec<u8>,
}

impl Subscriber {
    /// Connects with this query, subscribes to these topics, and waits for the snapshot of each.
    pub(crate) fn open_at(address: &str, query: &str, topics: &[String]) -> Result<Self> {
        let mut stream = TcpStream::connect(address).context("The server takes no more connections")?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        write!(
            stream,
            "GET /live{query} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        let mut rest = after_handshake(&mut stream)?;
        let mut chunk = [0; CHUNK];
        for topic in topics {
            let subscribe = format!(r#"{{"action":"subscribe","topic":"{topic}"}}"#);
            stream.write_all(&client_frame(subscribe.as_bytes()))?;
            while !scan(&mut rest, br#""type":"snapshot""#)? {
                let length = stream.read(&mut chunk).context("No snapshot came")?;
                if length == 0 {
                    bail!("The server closed a connection that had just opened");
                }
                rest.extend_from_slice(&chunk[..length]);
            }
        }
        stream.set_nonblocking(true)?;
        Ok(Self { stream: mio::net::TcpStream::from_std(stream), rest })
    }

    pub(super) fn stream(&mut self) -> &mut mio::net::TcpStream {
        &mut self.stream
    }

    /// Reads all available bytes and returns whether a message in them contains `wanted`.
    pub(crate) fn receive(&mut self, wanted: &[u8]) -> Result<bool> {
        let mut chunk = [0; CHUNK];
        let mut found = false;
        loop {
            let length = match self.stream.read(&mut chunk) {
                Ok(0) => bail!("The server closed a connection"),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(found),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("A connection broke"),
            };
            self.rest.extend_from_slice(&chunk[..length]);
            found |= scan(&mut self.rest, wanted)?;
            // A read that leaves room in the buffer has emptied the socket: the next event signals further data.
            if length < CHUNK {
                return Ok(found);
            }
        }
    }
}

/// Takes every complete frame out of `bytes`, and returns whether a message among them contains `wanted`.
fn scan(bytes: &mut Vec<u8>, wanted: &[u8]) -> Result<bool> {
    let mut found = false;
    let mut start = 0;
    while let Some((header, length)) = frame(&bytes[start..]) {
        let end = start + header + length;
        match bytes[start] & 0x0f {
            TEXT => found |= holds(&bytes[start + header..end], wanted),
            CLOSE => bail!("The server closed a connection"),
            _ => {}
        }
        start = end;
    }
    bytes.drain(..start);
    Ok(found)
}

/// The lengths of the header and of the payload of the first frame in `bytes`, if it is complete. A server's frames have no mask.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (header, length): (usize, usize) = match bytes {
        [_, 126, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        [_, 127, rest @ ..] => (10, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?),
        [_, short, ..] if *short < 126 => (2, usize::from(*short)),
        _ => return None,
    };
    (bytes.len() >= header.checked_add(length)?).then_some((header, length))
}

/// A short text frame as a client sends it. Its mask is zero: the mask protects proxies, and there is none here.
fn client_frame(text: &[u8]) -> Vec<u8> {
    const FINAL_TEXT: u8 = 0x80 | TEXT;
    const MASKED: u8 = 0x80;
    let mut bytes = vec![FINAL_TEXT, MASKED | text.len() as u8, 0, 0, 0, 0];
    bytes.extend_from_slice(text);
    bytes
}

/// Reads the response to the handshake; what follows it already belongs to the first frame.
fn after_handshake(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 1_024];
    loop {
        let length = stream.read(&mut chunk).context("The handshake was not answered")?;
        bytes.extend_from_slice(&chunk[..length]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            if !bytes.starts_with(b"HTTP/1.1 101") {
                bail!("The server refused a connection: {}", String::from_utf8_lossy(&bytes[..end]));
            }
            return Ok(bytes.split_off(end + 4));
        }
        if length == 0 {
            bail!("The server closed a connection during the handshake");
        }
    }
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_frame(text: &str) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match text.len() {
            short @ 0..126 => bytes.push(short as u8),
            long => {
                bytes.push(126);
                bytes.extend_from_slice(&(long as u16).to_be_bytes());
            }
        }
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    #[test]
    fn a_frame_is_found_whole_however_it_arrives() {
        let long = format!("{}{}", "x".repeat(500), "\"rev\":7,");
        let stream: Vec<u8> = [server_frame("{}"), server_frame(&long), server_frame("{\"rev\":8,")].concat();
        let mut bytes = Vec::new();
        let mut sevens = 0;
        for byte in stream {
            bytes.push(byte);
            sevens += usize::from(scan(&mut bytes, b"\"rev\":7,").unwrap());
        }
        assert_eq!(sevens, 1);
        assert!(bytes.is_empty());
    }

    #[test]
    fn a_pong_is_empty_and_a_close_is_reported() {
        assert!(!scan(&mut vec![0x8a, 1, b'7'], b"7").unwrap());
        assert!(scan(&mut vec![0x88, 0], b"7").is_err());
    }

    #[test]
    fn what_a_client_sends_is_masked() {
        assert_eq!(client_frame(b"hi"), [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
    }
}
