//! A live connection over MQTT 3.1.1 (OASIS), for public topics: changes come from a broker, and the client's requests go
//! to the server beside it. It is sans-I/O. To a [`crate::LiveClient`] it looks like any connection: it takes the same
//! frames and gives the same ones.
//!
//! A subscription is answered with a snapshot that is requested after the broker has confirmed the subscription. So every
//! change is either in the snapshot or published later. A ping is answered when both the broker and the server have
//! answered.

use bytes::{Bytes, BytesMut};
use mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, PingReq, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck,
    Unsubscribe,
};
use mqttbytes::{Error, FixedHeader, PacketType, QoS, check};
use protocol::frames::{FrameError, FrameErrorCode, ServerFrame};
use serde_json::{Value, json};

/// The keep-alive interval in seconds: the longest that AWS IoT Core takes ("AWS IoT Core endpoints and quotas"). A page
/// pings at least every nine minutes.
const KEEP_ALIVE: u16 = 1_200;

/// The largest packet that is read, in bytes: AWS IoT Core's ("AWS IoT Core message broker quotas").
const LARGEST_PACKET: usize = 128 * 1024;

/// What the caller must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes to the broker.
    Send(Vec<u8>),
    /// Send this request to the server over HTTP; then call [`MqttConnection::handle_response`].
    Request(HttpRequest),
    /// The connection is open: call [`crate::LiveClient::handle_opened`].
    Opened,
    /// A frame was received: call [`crate::LiveClient::handle_message`].
    Frame(String),
    /// The connection has failed: close it and call [`crate::LiveClient::handle_closed`].
    Broken,
}

/// A request to the server over HTTP (`protocol::broker`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpRequest {
    /// The snapshot of a topic.
    Snapshot(String),
    /// The digests of these topics.
    Digests(Vec<String>),
}

/// One connection to a broker.
#[derive(Debug)]
pub struct MqttConnection {
    /// Precedes every topic's name at the broker, before a slash.
    prefix: String,
    client: String,
    received: BytesMut,
    last_packet: u16,
    /// Subscriptions that the broker has not confirmed, by packet identifier.
    subscribing: Vec<(u16, String)>,
    unsubscribing: Vec<(u16, String)>,
    topics: Vec<String>,
    /// The ping that is not answered yet, and the server's response to it if that came before the broker's.
    pending_ping: Option<Option<Vec<String>>>,
    /// Whether the broker has answered the last ping.
    has_ping_response: bool,
    outputs: Vec<Output>,
}

impl MqttConnection {
    /// A connection with this client identifier to a broker at which every topic's name begins with `prefix` and a slash.
    pub fn new(client: &str, prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            client: client.to_owned(),
            received: BytesMut::new(),
            last_packet: 0,
            subscribing: Vec::new(),
            unsubscribing: Vec::new(),
            topics: Vec::new(),
            pending_ping: None,
            has_ping_response: false,
            outputs: Vec::new(),
        }
    }

    /// What to do next; call until there is nothing.
    pub fn poll(&mut self) -> Option<Output> {
        (!self.outputs.is_empty()).then(|| self.outputs.remove(0))
    }

    /// The socket to the broker is open.
    pub fn handle_opened(&mut self) {
        let mut connect = Connect::new(self.client.as_str());
        connect.keep_alive = KEEP_ALIVE;
        self.write(|bytes| connect.write(bytes));
    }

    /// Sends a frame of the client: the JSON of a [`protocol::frames::ClientFrame`].
    pub fn send(&mut self, frame: &str) {
        let frame: Value = serde_json::from_str(frame).unwrap_or_default();
        let topic = frame["topic"].as_str().unwrap_or_default();
        match frame["action"].as_str() {
            Some("subscribe") => {
                let packet = self.next_packet();
                self.subscribing.push((packet, topic.to_owned()));
                let mut subscribe = Subscribe::new(self.name(topic), QoS::AtMostOnce);
                subscribe.pkid = packet;
                self.write(|bytes| subscribe.write(bytes));
            }
            Some("unsubscribe") => {
                let packet = self.next_packet();
                self.topics.retain(|known| known != topic);
                self.unsubscribing.push((packet, topic.to_owned()));
                let mut unsubscribe = Unsubscribe::new(self.name(topic));
                unsubscribe.pkid = packet;
                self.write(|bytes| unsubscribe.write(bytes));
            }
            _ => {
                self.pending_ping = Some(None);
                self.has_ping_response = false;
                self.write(|bytes| PingReq.write(bytes));
                self.outputs.push(Output::Request(HttpRequest::Digests(self.topics.clone())));
            }
        }
    }

    /// Bytes have come from the broker, cut anywhere.
    pub fn handle_bytes(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
        loop {
            match check(self.received.iter(), LARGEST_PACKET) {
                Ok(header) => {
                    let packet = self.received.split_to(header.frame_length()).freeze();
                    if self.handle_packet(header, packet).is_err() {
                        return self.fail();
                    }
                }
                Err(Error::InsufficientBytes(_)) => return,
                Err(_) => return self.fail(),
            }
        }
    }

    /// After bytes that are not MQTT the start of the next packet is unknown.
    fn fail(&mut self) {
        self.received.clear();
        self.outputs.push(Output::Broken);
    }

    /// The server has answered a request with these frames; `None` if the request failed. Then the client sends its frame again later:
    /// the broker's connection still works, and a new one would cause more requests to the server.
    pub fn handle_response(&mut self, request: &HttpRequest, frames: Option<Vec<String>>) {
        let Some(frames) = frames else {
            let error = FrameError::new(FrameErrorCode::TooManyMessages, "The server cannot be asked just now.");
            return self.outputs.push(Output::Frame(ServerFrame::Error(error).to_json()));
        };
        match request {
            // Unsubscribed meanwhile.
            HttpRequest::Snapshot(topic) if !self.topics.iter().any(|known| known == topic) => {}
            HttpRequest::Snapshot(_) => self.outputs.extend(frames.into_iter().map(Output::Frame)),
            HttpRequest::Digests(_) => {
                if self.pending_ping.is_some() {
                    self.pending_ping = Some(Some(frames));
                    self.complete_ping();
                }
            }
        }
    }

    /// Reads only the packets that a broker sends: the crate's `read` would add the code for all others to the site.
    fn handle_packet(&mut self, header: FixedHeader, packet: Bytes) -> Result<(), Error> {
        match header.packet_type()? {
            PacketType::ConnAck => {
                let is_accepted = ConnAck::read(header, packet)?.code == ConnectReturnCode::Success;
                self.outputs.push(if is_accepted { Output::Opened } else { Output::Broken });
            }
            PacketType::SubAck => {
                let answer = SubAck::read(header, packet)?;
                let Some(topic) = take(&mut self.subscribing, answer.pkid) else { return Ok(()) };
                if answer.return_codes.contains(&SubscribeReasonCode::Failure) {
                    let message = format!("The broker denies “{topic}”.");
                    let denial = json!({"type": "error", "code": "FORBIDDEN", "message": message, "topic": topic});
                    self.outputs.push(Output::Frame(denial.to_string()));
                } else {
                    self.topics.retain(|known| *known != topic);
                    self.topics.push(topic.clone());
                    self.outputs.push(Output::Request(HttpRequest::Snapshot(topic)));
                }
            }
            PacketType::UnsubAck => {
                let answer = UnsubAck::read(header, packet)?;
                if let Some(topic) = take(&mut self.unsubscribing, answer.pkid) {
                    let frame = json!({"type": "unsubscribed", "topic": topic});
                    self.outputs.push(Output::Frame(frame.to_string()));
                }
            }
            PacketType::Publish => {
                let publish = Publish::read(header, packet)?;
                if let Ok(frame) = str::from_utf8(&publish.payload) {
                    self.outputs.push(Output::Frame(frame.to_owned()));
                }
            }
            PacketType::PingResp => {
                self.has_ping_response = true;
                self.complete_ping();
            }
            // A broker does not send it.
            _ => return Err(Error::MalformedPacket),
        }
        Ok(())
    }

    fn complete_ping(&mut self) {
        if self.has_ping_response
            && let Some(frames) = self.pending_ping.take_if(|frames| frames.is_some()).flatten()
        {
            self.outputs.extend(frames.into_iter().map(Output::Frame));
        }
    }

    fn name(&self, topic: &str) -> String {
        [&self.prefix, "/", topic].concat()
    }

    /// Packet identifiers are never zero (section 2.3.1).
    fn next_packet(&mut self) -> u16 {
        self.last_packet = self.last_packet.checked_add(1).unwrap_or(1);
        self.last_packet
    }

    fn write(&mut self, packet: impl FnOnce(&mut BytesMut) -> Result<usize, Error>) {
        let mut bytes = BytesMut::new();
        let output = match packet(&mut bytes) {
            Ok(_) => Output::Send(bytes.to_vec()),
            Err(_) => Output::Broken,
        };
        self.outputs.push(output);
    }
}

fn take(waiting: &mut Vec<(u16, String)>, packet: u16) -> Option<String> {
    let index = waiting.iter().position(|(known, _)| *known == packet)?;
    Some(waiting.remove(index).1)
}

#[cfg(test)]
mod tests {
    use mqttbytes::v4::{Packet, PingResp, read};

    use super::*;

    /// An open connection.
    fn connection() -> MqttConnection {
        let mut connection = MqttConnection::new("page-1", "rally");
        connection.handle_opened();
        let [Packet::Connect(connect)] = &sent(&mut connection)[..] else { panic!("it connects") };
        assert_eq!((connect.client_id.as_str(), connect.keep_alive, connect.clean_session), ("page-1", 1_200, true));
        connection.handle_bytes(&bytes(|bytes| ConnAck::new(ConnectReturnCode::Success, false).write(bytes)));
        assert_eq!(connection.poll(), Some(Output::Opened));
        connection
    }

    fn bytes(packet: impl FnOnce(&mut BytesMut) -> Result<usize, Error>) -> Vec<u8> {
        let mut bytes = BytesMut::new();
        packet(&mut bytes).unwrap();
        bytes.to_vec()
    }

    /// The packets that are to be sent next.
    fn sent(connection: &mut MqttConnection) -> Vec<Packet> {
        let mut packets = Vec::new();
        while matches!(connection.outputs.first(), Some(Output::Send(_))) {
            let Some(Output::Send(bytes)) = connection.poll() else { continue };
            packets.push(read(&mut BytesMut::from(&bytes[..]), LARGEST_PACKET).unwrap());
        }
        packets
    }

    fn subscribed() -> MqttConnection {
        let mut connection = connection();
        connection.send(r#"{"action":"subscribe","topic":"tables"}"#);
        let [Packet::Subscribe(subscribe)] = &sent(&mut connection)[..] else { panic!("it subscribes") };
        assert_eq!(subscribe.filters[0].path, "rally/tables");
        assert_eq!(connection.poll(), None, "nothing is asked before the broker has confirmed");
        let code = SubscribeReasonCode::Success(QoS::AtMostOnce);
        connection.handle_bytes(&bytes(|bytes| SubAck::new(subscribe.pkid, vec![code]).write(bytes)));
        assert_eq!(connection.poll(), Some(Output::Request(HttpRequest::Snapshot("tables".to_owned()))));
        connection
    }

    #[test]
    fn a_snapshot_is_requested_after_the_broker_has_confirmed() {
        let mut connection = subscribed();
        let request = HttpRequest::Snapshot("tables".to_owned());
        connection.handle_response(&request, Some(vec!["one".to_owned(), "two".to_owned()]));
        assert_eq!(connection.poll(), Some(Output::Frame("one".to_owned())));
        assert_eq!(connection.poll(), Some(Output::Frame("two".to_owned())));
    }

    #[test]
    fn a_question_that_fails_costs_no_connection() {
        for request in [HttpRequest::Snapshot("tables".to_owned()), HttpRequest::Digests(vec!["tables".to_owned()])] {
            let mut connection = subscribed();
            connection.handle_response(&request, None);
            let Some(Output::Frame(frame)) = connection.poll() else { panic!("a frame expected") };
            let Some(ServerFrame::Error(error)) = ServerFrame::parse(&frame) else { panic!("an error: {frame}") };
            assert_eq!((error.code, error.topic), (FrameErrorCode::TooManyMessages, None));
        }
        // A topic that is subscribed to again is requested once.
        let mut connection = subscribed();
        connection.send(r#"{"action":"subscribe","topic":"tables"}"#);
        sent(&mut connection);
        let code = SubscribeReasonCode::Success(QoS::AtMostOnce);
        connection.handle_bytes(&bytes(|bytes| SubAck::new(2, vec![code]).write(bytes)));
        assert_eq!(connection.topics, ["tables"]);
    }

    #[test]
    fn a_published_message_is_a_frame_however_it_is_cut() {
        let mut connection = subscribed();
        let publish = Publish::new("rally/tables", QoS::AtMostOnce, "{\"type\":\"changes\"}");
        for byte in bytes(|bytes| publish.write(bytes)) {
            assert_eq!(connection.poll(), None);
            connection.handle_bytes(&[byte]);
        }
        assert_eq!(connection.poll(), Some(Output::Frame("{\"type\":\"changes\"}".to_owned())));
    }

    #[test]
    fn a_ping_is_answered_when_broker_and_server_have_answered() {
        for broker_first in [true, false] {
            let mut connection = subscribed();
            connection.send(r#"{"action":"ping"}"#);
            assert_eq!(sent(&mut connection), [Packet::PingReq]);
            let Some(Output::Request(request)) = connection.poll() else { panic!("the digests are asked for") };
            assert_eq!(request, HttpRequest::Digests(vec!["tables".to_owned()]));
            let pong = Some(vec!["pong".to_owned()]);
            let alive = bytes(|bytes| PingResp.write(bytes));
            if broker_first {
                connection.handle_bytes(&alive);
                assert_eq!(connection.poll(), None);
                connection.handle_response(&request, pong);
            } else {
                connection.handle_response(&request, pong);
                assert_eq!(connection.poll(), None, "a broker that is silent is dead");
                connection.handle_bytes(&alive);
            }
            assert_eq!((connection.poll(), connection.poll()), (Some(Output::Frame("pong".to_owned())), None));
        }
    }

    #[test]
    fn an_unsubscribed_topic_gets_no_late_snapshot() {
        let mut connection = subscribed();
        connection.send(r#"{"action":"unsubscribe","topic":"tables"}"#);
        let [Packet::Unsubscribe(unsubscribe)] = &sent(&mut connection)[..] else { panic!("it unsubscribes") };
        connection.handle_response(&HttpRequest::Snapshot("tables".to_owned()), Some(vec!["late".to_owned()]));
        connection.handle_bytes(&bytes(|bytes| UnsubAck::new(unsubscribe.pkid).write(bytes)));
        let frame = r#"{"topic":"tables","type":"unsubscribed"}"#;
        let Some(Output::Frame(said)) = connection.poll() else { panic!("a frame expected") };
        assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), serde_json::from_str::<Value>(frame).unwrap());
    }

    #[test]
    fn a_denial_of_the_broker_is_an_error_frame() {
        let mut connection = connection();
        connection.send(r#"{"action":"subscribe","topic":"secret"}"#);
        sent(&mut connection);
        connection.handle_bytes(&bytes(|bytes| SubAck::new(1, vec![SubscribeReasonCode::Failure]).write(bytes)));
        let Some(Output::Frame(frame)) = connection.poll() else { panic!("a frame expected") };
        let protocol::frames::ServerFrame::Error(error) = serde_json::from_str(&frame).unwrap() else {
            panic!("an error: {frame}")
        };
        assert_eq!(error.topic.as_deref(), Some("secret"));
    }

    #[test]
    fn bytes_that_are_not_mqtt_break_only_the_connection() {
        for noise in [&[0x00, 0x00][..], &[0xff; 9], &[0x90, 0x01, 0x00], &[0x20, 0x02, 0x00, 0x05]] {
            let mut connection = connection();
            connection.handle_bytes(noise);
            assert_eq!(connection.poll(), Some(Output::Broken), "{noise:?}");
        }
    }
}
