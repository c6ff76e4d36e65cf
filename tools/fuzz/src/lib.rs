//! Properties of every parser of external input: it never panics, and its results are consistent. `cargo xtask fuzz` runs a fuzzer on
//! them; the tests try some thousand mutations of each. Never connects to a server.

#![allow(clippy::panic, clippy::expect_used, reason = "a property that does not hold is a panic")]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use backend::markdown;
use backend::questions::files;
use domain::alert::DayTime;
use domain::factory::{FactoryId, FactoryName};
use domain::item::{ContentType, ItemGroup, ItemKey, SchemaName, check_value, merged};
use domain::json_pointer::{self, JsonPointer};
use domain::person::{PersonId, PersonName};
use domain::question::QuestionId;
use domain::room::{JoinCode, RoomId, RoomName};
use domain::table::{Description, TableId};
use domain::time::Timestamp;
use domain::topic::Topic;
use emulator::gateway::frame::{Decoder, Incoming, Violation};
use live_client::mqtt::MqttConnection;
use protocol::digest::Digest;
use protocol::frames::{ClientFrame, ServerFrame};
use serde_json::Value;

/// A parser: its name, its properties, and sample inputs.
pub struct Target {
    /// Its name for `cargo xtask fuzz`.
    pub name: &'static str,
    /// Panics if a property does not hold.
    pub check: fn(&[u8]),
    /// The seeds of the mutations.
    pub seeds: &'static [&'static [u8]],
}

/// All parsers.
pub const TARGETS: [Target; 8] = [
    Target {
        name: "client_frame",
        check: client_frame,
        seeds: &[
            br#"{"action":"subscribe","topic":"tables"}"#,
            br#"{"action":"unsubscribe","topic":"item/van:1"}"#,
            br#"{"action":"ping"}"#,
        ],
    },
    Target {
        name: "server_frame",
        check: server_frame,
        seeds: &[
            br#"{"type":"snapshot","topic":"tables","part":1,"parts":1,"entities":[{"id":"a","rev":1,"state":{}}],"at":"2026-01-01T00:00:00.000Z","unasked":true}"#,
            br#"{"type":"snapshot","topic":"rooms","part":2,"parts":3,"entities":[],"unasked":false}"#,
            br#"{"type":"changes","changes":[{"topic":"tables","id":"lobby","rev":4,"state":null}]}"#,
            br#"{"type":"pong","digests":{"tables":"0000000000000000"}}"#,
            br#"{"type":"error","code":"UNKNOWN_TOPIC","message":"There is no such topic.","topic":"x"}"#,
        ],
    },
    Target {
        name: "names",
        check: names,
        seeds: &[b"tables", b"room/k3j9x0a2bc/attempts/12", b"item/@staff:safe", b"s3:bucket:a~20b", b"22:30", b"text/csv; charset=utf-8", b"2026-01-01T00:00:00.000Z", b"/position/0/lat~1x"],
    },
    Target {
        name: "websocket",
        check: websocket,
        seeds: &[
            b"\x81\x85\x00\x00\x00\x00hello",
            b"\x01\x82\x00\x00\x00\x00he\x89\x80\x00\x00\x00\x00\x80\x83\x01\x01\x01\x01mmn",
            b"\x88\x84\x00\x00\x00\x00\x03\xe8ok",
            b"\x81\xfe\x00\x7e\x00\x00\x00\x00",
        ],
    },
    Target {
        name: "mqtt",
        check: mqtt,
        seeds: &[
            b"\x20\x02\x00\x00",
            b"\x90\x03\x00\x01\x00",
            b"\xd0\x00",
            b"\x30\x0e\x00\x0crally/tables{}",
        ],
    },
    Target {
        name: "markdown",
        check: markdown,
        seeds: &[b"How *many* `lines`?\n\n- one\n- [two](https://example.com)\n", b"<b onclick=x>y</b> [x](javascript:alert(1)) ![i](x)"],
    },
    Target {
        name: "question_files",
        check: question_files,
        seeds: &[
            b"question,option,correct,feedback\nWhy?,Because,true,Yes\n,No,false,\n",
            br#"[{"text":"Why?","options":[{"text":"a","isCorrect":true},{"text":"b","isCorrect":false}]}]"#,
        ],
    },
    Target {
        name: "item_value",
        check: item_value,
        seeds: &[br#"{"position":{"lat":41.3,"lon":2.1},"speed":[1,2,3]}"#, br#"{"a":{"b":null},"c":1e400}"#, b"[[[[[]]]]]"],
    },
];

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A parsed value is serialized and parsed to the same value.
fn client_frame(bytes: &[u8]) {
    if let Ok(frame) = ClientFrame::parse(&text(bytes)) {
        assert_eq!(ClientFrame::parse(&frame.to_json()), Ok(frame));
    }
}

/// A parsed frame is serialized and parsed to the same frame.
fn server_frame(bytes: &[u8]) {
    if let Some(frame) = ServerFrame::parse(&text(bytes)) {
        assert_eq!(ServerFrame::parse(&frame.to_json()), Some(frame));
    }
}

/// A parsed name is displayed and parsed to the same name.
fn round<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    if let Ok(name) = text.parse::<T>() {
        match name.to_string().parse::<T>() {
            Ok(again) => assert_eq!(again, name),
            Err(_) => panic!("{name} is no name of its own kind"),
        }
    }
}

fn names(bytes: &[u8]) {
    let text = text(bytes);
    round::<Topic>(&text);
    round::<TableId>(&text);
    round::<ItemKey>(&text);
    round::<ItemGroup>(&text);
    round::<ContentType>(&text);
    round::<SchemaName>(&text);
    round::<RoomId>(&text);
    round::<RoomName>(&text);
    round::<JoinCode>(&text);
    round::<PersonId>(&text);
    round::<PersonName>(&text);
    round::<QuestionId>(&text);
    round::<FactoryId>(&text);
    round::<FactoryName>(&text);
    round::<Description>(&text);
    round::<DayTime>(&text);
    round::<Timestamp>(&text);
    round::<Digest>(&text);
    round::<JsonPointer>(&text);
}

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = Decoder::new(32 * 1024, 128 * 1024);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(violation) => return (messages, Some(violation)),
            }
        }
    }
    (messages, None)
}

/// However the bytes are split, the messages are the same.
fn websocket(bytes: &[u8]) {
    assert_eq!(decode(std::iter::once(bytes)), decode(bytes.chunks(1)));
}

fn link<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut link = MqttConnection::new("page", "rally");
    link.handle_opened();
    link.send(r#"{"action":"subscribe","topic":"tables"}"#);
    pieces.for_each(|piece| link.handle_bytes(piece));
    std::iter::from_fn(|| link.poll()).map(|output| format!("{output:?}")).collect()
}

/// However the bytes are split, the result is the same, up to the error that ends the connection.
fn mqtt(bytes: &[u8]) {
    let until_broken =
        |outputs: Vec<String>| -> Vec<String> { outputs.into_iter().take_while(|output| output != "Broken").collect() };
    assert_eq!(until_broken(link(std::iter::once(bytes))), until_broken(link(bytes.chunks(1))));
}

/// No part of it is executable.
fn markdown(bytes: &[u8]) {
    let html = markdown::render(&text(bytes)).to_lowercase();
    // A bracket in the text is written as a character reference, so each bracket begins a tag of ours.
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(
            !["script", "style", "iframe", "object", "embed", "form", "svg", "base", "meta"].contains(&name.as_str()),
            "{html}"
        );
        let odd = tag.contains("href=\"javascript:")
            || tag.split_whitespace().skip(1).any(|attribute| attribute.starts_with("on"));
        assert!(!odd, "{html}");
    }
}

/// An accepted file is exported and accepted again.
fn question_files(bytes: &[u8]) {
    let _ = files::read_csv(bytes);
    let _ = files::read_json(bytes);
}

/// Applying a patch a second time changes nothing (RFC 7396), and each number has the path that finds it.
fn item_value(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let _ = check_value(&value);
    for (path, number) in json_pointer::numbers(&value) {
        assert_eq!(path.number_in(&value), Some(&number), "{path}");
    }
    let once = merged(Value::Null, &value);
    assert_eq!(merged(once.clone(), &value), once);
}

/// Checks one parser by its name.
pub fn check(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target has this name").check)(bytes);
}
