//! WebSocket frames of a server, without I/O: bytes in, messages out. Never touches a socket or a clock.
//!
//! Outgoing frames are encoded once and shared by all connections that receive the same message, and an idle connection holds no
//! buffer. Therefore this module builds the frames; `tungstenite` reads and writes their headers.

use std::io::Cursor;

use bytes::{Buf, Bytes, BytesMut};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

/// RFC 6455, section 5.5: control frames carry at most 125 bytes.
const CONTROL_PAYLOAD: u64 = 125;

/// A message from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A whole text message, its fragments joined.
    Text(String),
    /// A ping; the reply is a pong with the same payload.
    Ping(Bytes),
    /// A pong.
    Pong,
    /// The client closes, with its code and reason if it gave one.
    Close(Option<(u16, String)>),
}

/// Why a connection must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The bytes are not valid client frames.
    #[error("Protocol error")]
    Protocol,
    /// API Gateway accepts only text.
    #[error("Binary messages are not supported")]
    Binary,
    /// A text message or a close reason is not UTF-8.
    #[error("Text is not UTF-8")]
    NotText,
    /// A frame or a message is over the limit.
    #[error("Message too long")]
    TooLong,
}

impl Violation {
    /// The close code for the client.
    pub fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Binary => 1003,
            Self::NotText => 1007,
            Self::TooLong => 1009,
        }
    }
}

/// Decodes the bytes of one client into messages.
///
/// Feed it the bytes from the socket, then take messages until there is none.
#[derive(Debug)]
pub struct Decoder {
    /// Bytes that are not yet a whole frame.
    buffer: BytesMut,
    /// Fragments of a message that is not yet whole.
    fragments: Option<Vec<u8>>,
    /// Longest frame, in bytes of payload.
    frame_limit: usize,
    /// Longest message, in bytes.
    message_limit: usize,
}

impl Decoder {
    /// A decoder that refuses longer frames and messages than these.
    pub fn new(frame_limit: usize, message_limit: usize) -> Self {
        Self { buffer: BytesMut::new(), fragments: None, frame_limit, message_limit }
    }

    /// Adds bytes from the socket.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message, or `None` until more bytes are fed.
    pub fn next_message(&mut self) -> Result<Option<Incoming>, Violation> {
        while let Some((opcode, is_final, payload)) = self.next_frame()? {
            let incoming = match opcode {
                OpCode::Data(Data::Binary) => return Err(Violation::Binary),
                OpCode::Data(kind) => self.join(kind, is_final, payload)?.map(Incoming::Text),
                OpCode::Control(Control::Ping) => Some(Incoming::Ping(payload.freeze())),
                OpCode::Control(Control::Pong) => Some(Incoming::Pong),
                OpCode::Control(_) => Some(Incoming::Close(close_payload(&payload)?)),
            };
            if incoming.is_some() {
                return Ok(incoming);
            }
        }
        Ok(None)
    }

    fn next_frame(&mut self) -> Result<Option<(OpCode, bool, BytesMut)>, Violation> {
        let mut cursor = Cursor::new(&self.buffer);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| Violation::Protocol)? else {
            self.free_empty_buffer();
            return Ok(None);
        };
        // A cursor over a buffer in memory: its position fits.
        let header_length = cursor.position() as usize;
        let mask = self.check(&header, length)?;
        // The limit was checked: the length fits.
        let length = length as usize;
        if self.buffer.len() < header_length + length {
            return Ok(None);
        }
        self.buffer.advance(header_length);
        let mut payload = self.buffer.split_to(length);
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        Ok(Some((header.opcode, header.is_final, payload)))
    }

    /// Checks a client's frame by the rules of RFC 6455 and API Gateway, and returns its mask.
    fn check(&self, header: &FrameHeader, length: u64) -> Result<[u8; 4], Violation> {
        let is_control = matches!(header.opcode, OpCode::Control(_));
        if header.rsv1 || header.rsv2 || header.rsv3 || (is_control && !header.is_final) {
            return Err(Violation::Protocol);
        }
        if is_control && length > CONTROL_PAYLOAD {
            return Err(Violation::Protocol);
        }
        if length > self.frame_limit as u64 {
            return Err(Violation::TooLong);
        }
        header.mask.ok_or(Violation::Protocol)
    }

    /// Joins fragments, and returns the text once it is complete.
    fn join(&mut self, kind: Data, is_final: bool, payload: BytesMut) -> Result<Option<String>, Violation> {
        let mut message = match (kind, self.fragments.take()) {
            (Data::Continue, Some(fragments)) => fragments,
            (Data::Text, None) => Vec::new(),
            _ => return Err(Violation::Protocol),
        };
        if message.len() + payload.len() > self.message_limit {
            return Err(Violation::TooLong);
        }
        message.extend_from_slice(&payload);
        if !is_final {
            self.fragments = Some(message);
            return Ok(None);
        }
        String::from_utf8(message).map(Some).map_err(|_| Violation::NotText)
    }

    /// At any time thousands of connections are idle: an idle one must not keep a large buffer.
    fn free_empty_buffer(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }
}

fn close_payload(payload: &[u8]) -> Result<Option<(u16, String)>, Violation> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !CloseCode::from(code).is_allowed() {
                return Err(Violation::Protocol);
            }
            let reason = std::str::from_utf8(reason).map_err(|_| Violation::NotText)?;
            Ok(Some((code, reason.to_owned())))
        }
        _ => Err(Violation::Protocol),
    }
}

/// A text message as one frame, ready to be written to any number of sockets.
pub fn text(message: &str) -> Bytes {
    encode(OpCode::Data(Data::Text), message.as_bytes())
}

/// The pong for a ping.
pub fn pong(payload: &[u8]) -> Bytes {
    encode(OpCode::Control(Control::Pong), payload)
}

/// A close frame. The reason is cut to the size of a control frame.
pub fn close(code: u16, reason: &str) -> Bytes {
    let mut end = reason.len().min(CONTROL_PAYLOAD as usize - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    encode(OpCode::Control(Control::Close), &payload)
}

fn encode(opcode: OpCode, payload: &[u8]) -> Bytes {
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    let length = payload.len() as u64;
    let mut frame = Vec::with_capacity(header.len(length) + payload.len());
    // Writing to a vector never fails.
    let _ = header.format(length, &mut frame);
    frame.extend_from_slice(payload);
    Bytes::from(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MASK: [u8; 4] = [7, 91, 200, 33];

    fn client_frame(opcode: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
        let header = FrameHeader { opcode, is_final, mask: Some(MASK), ..FrameHeader::default() };
        let mut frame = Vec::new();
        header.format(payload.len() as u64, &mut frame).unwrap();
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    fn decode(bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
        let mut decoder = Decoder::new(1024, 4096);
        decoder.feed(bytes);
        let mut messages = Vec::new();
        while let Some(message) = decoder.next_message()? {
            messages.push(message);
        }
        Ok(messages)
    }

    const TEXT: OpCode = OpCode::Data(Data::Text);
    const CONTINUE: OpCode = OpCode::Data(Data::Continue);
    const PING: OpCode = OpCode::Control(Control::Ping);
    const CLOSE: OpCode = OpCode::Control(Control::Close);

    proptest! {
        #[test]
        fn text_survives_any_fragmentation_and_any_arrival(
            message in "\\PC{0,300}",
            cuts in prop::collection::vec(0_usize..300, 0..4),
            arrival in 1_usize..50,
        ) {
            let bytes = message.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let mut wire = Vec::new();
            let mut start = 0;
            for (index, end) in cuts.iter().enumerate() {
                let opcode = if index == 0 { TEXT } else { CONTINUE };
                wire.extend(client_frame(opcode, index + 1 == cuts.len(), &bytes[start..*end]));
                wire.extend(client_frame(PING, true, b"between"));
                start = *end;
            }

            let mut decoder = Decoder::new(2048, 4096);
            let mut texts = Vec::new();
            for part in wire.chunks(arrival) {
                decoder.feed(part);
                while let Some(incoming) = decoder.next_message().unwrap() {
                    if let Incoming::Text(text) = incoming {
                        texts.push(text);
                    }
                }
            }
            prop_assert_eq!(texts, vec![message]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn frames_that_break_a_limit_or_a_rule_are_violations() {
        let half = vec![b'a'; 1024];
        let cases: Vec<(Vec<u8>, Violation)> = vec![
            (client_frame(TEXT, true, &[b'a'; 1025]), Violation::TooLong),
            (
                [client_frame(TEXT, false, &half), client_frame(CONTINUE, false, &half).repeat(3)]
                    .into_iter()
                    .chain([client_frame(CONTINUE, true, b"x")])
                    .flatten()
                    .collect(),
                Violation::TooLong,
            ),
            (client_frame(OpCode::Data(Data::Binary), true, b"x"), Violation::Binary),
            (client_frame(TEXT, true, &[0xff]), Violation::NotText),
            (client_frame(CONTINUE, true, b"x"), Violation::Protocol),
            ([client_frame(TEXT, false, b"x"), client_frame(TEXT, true, b"x")].concat(), Violation::Protocol),
            (client_frame(PING, false, b"x"), Violation::Protocol),
            (client_frame(PING, true, &[0; 126]), Violation::Protocol),
            (client_frame(CLOSE, true, &[3]), Violation::Protocol),
            (client_frame(CLOSE, true, &1005_u16.to_be_bytes()), Violation::Protocol),
            (text("not masked").to_vec(), Violation::Protocol),
        ];
        for (bytes, violation) in cases {
            assert_eq!(decode(&bytes), Err(violation));
        }
    }

    #[test]
    fn control_frames_are_read() {
        let wire = [
            client_frame(PING, true, b"hello"),
            client_frame(CLOSE, true, &[&1000_u16.to_be_bytes()[..], b"done"].concat()),
            client_frame(CLOSE, true, b""),
        ];
        assert_eq!(
            decode(&wire.concat()).unwrap(),
            vec![
                Incoming::Ping(Bytes::from_static(b"hello")),
                Incoming::Close(Some((1000, "done".to_owned()))),
                Incoming::Close(None),
            ]
        );
    }

    #[test]
    fn an_idle_decoder_holds_no_buffer() {
        let mut decoder = Decoder::new(1024, 4096);
        decoder.feed(&client_frame(TEXT, true, &[b'a'; 1000]));
        assert!(decoder.next_message().unwrap().is_some());
        assert_eq!(decoder.next_message().unwrap(), None);
        assert_eq!(decoder.buffer.capacity(), 0);
    }

    #[test]
    fn a_long_reason_is_cut_at_a_letter() {
        assert!(close(1001, &"ü".repeat(100)).len() <= 127);
    }
}
