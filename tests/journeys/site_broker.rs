//! Public topics over a broker: the same pages, the same guarantees, and no connection to the gateway.

use futures::{SinkExt, StreamExt};
use live_client::Replica;
use live_client::mqtt::{HttpRequest, MqttConnection, Output};
use protocol::frames::ServerFrame;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::mosquitto::Mosquitto;
use test_support::pages::sign_in::sign_in;
use test_support::pages::table::TablePage;
use test_support::pages::tables::TablesPage;
use test_support::pages::{assert_sound, wait_for_connection};
use test_support::server::Server;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A server whose public topics come from a broker; a deployment has its own.
async fn office() -> (Mosquitto, Server) {
    let broker = Mosquitto::start().await;
    let server = match std::env::var_os("RALLY_DEPLOYMENT") {
        None => Server::start_with(&["--broker", &broker.address()]).await,
        Some(_) => Server::start().await,
    };
    server.api().register("lobby", "Lobby").await;
    (broker, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_reaches_a_page_without_a_gateway_connection() {
    let (_broker, server) = office().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.remember_connections().await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    server.api().report("lobby", false).await;
    page.shows("lobby", "busy").await;
    page.follow("lobby").await;
    let page = TablePage::on(&browser);
    page.wait_for("lobby", "busy").await;
    server.api().report("lobby", true).await;
    page.shows("lobby", "free").await;
    let opened = browser.value("window.rallyConnections.map((socket) => socket.url)").await;
    let opened: Vec<&str> = opened.as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    assert!(!opened.is_empty() && opened.iter().all(|url| url.contains("/mqtt?X-Amz-")), "{opened:?}");
    assert_sound(&browser, "a table by the broker").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_up_to_date_after_the_broker_was_killed() {
    let (mut broker, server) = office().await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    broker.kill().await;
    wait_for_connection(&browser, "reconnecting").await;
    // The next snapshot contains it, since there is no broker to deliver it.
    server.api().report("lobby", false).await;
    broker.start_again().await;
    page.wait_for("lobby", "busy").await;
    wait_for_connection(&browser, "live").await;
    browser.quit().await;
}

/// The pill shows the connection status even without a subscription.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_live_with_a_broker() {
    let (_broker, server) = office().await;
    let browser = Browser::start(Screen::DESK).await;
    for path in ["/", "/tables/lobby", "/settings", "/admin", "/rooms", "/questions", "/nowhere"] {
        browser.open(&format!("{}{path}", server.address())).await;
        wait_for_connection(&browser, "live").await;
    }
    browser.quit().await;
}

/// Private topics come from the gateway, in addition to the broker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_goes_on_by_the_gateway() {
    let (_broker, server) = office().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, &format!("/rooms/{}/control", room.id), "Ada").await;
    wait_for_connection(&browser, "live").await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    browser.quit().await;
}

/// A client outside a browser, with the same code as the page.
struct Listener {
    connection: MqttConnection,
    stream: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    server: test_support::api::Api,
    frames: Vec<String>,
}

impl Listener {
    async fn connect(server: &Server) -> Self {
        let api = server.visitor();
        let access = api.call(Method::POST, "/v1/live/iot").await;
        assert_eq!(access.status, 201, "{}", access.body);
        let word = |name: &str| access.data()[name].as_str().unwrap().to_owned();
        let mut request = match server.deployment() {
            None => word("url").into_client_request().unwrap(),
            Some(deployment) => deployment.iot_request(&word("url")),
        };
        request.headers_mut().insert("sec-websocket-protocol", "mqtt".parse().unwrap());
        let (stream, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "mqtt");
        let mut listener = Self {
            connection: MqttConnection::new(&word("client"), &word("prefix")),
            stream,
            server: api,
            frames: Vec::new(),
        };
        listener.connection.handle_opened();
        while !listener.step().await {}
        listener
    }

    /// Runs the connection's actions until there are none, then receives one message. Returns whether the connection is open.
    async fn step(&mut self) -> bool {
        let mut opened = false;
        while let Some(output) = self.connection.poll() {
            match output {
                Output::Send(bytes) => self.stream.send(Message::Binary(bytes.into())).await.unwrap(),
                Output::Opened => opened = true,
                Output::Frame(frame) => self.frames.push(frame),
                Output::Broken => panic!("the connection is broken"),
                Output::Request(request) => {
                    let path = match &request {
                        HttpRequest::Snapshot(topic) => protocol::broker::snapshot(topic),
                        HttpRequest::Digests(topics) => protocol::broker::digests(topics),
                    };
                    let response = self.server.call(Method::GET, &path).await;
                    let frames = response.data().as_array().map(|all| all.iter().map(Value::to_string).collect());
                    self.connection.handle_response(&request, frames);
                }
            }
        }
        if !opened && self.frames.is_empty() {
            let message = tokio::time::timeout(test_support::TIMEOUT, self.stream.next()).await.expect("a message");
            self.connection.handle_bytes(&message.unwrap().unwrap().into_data());
        }
        opened
    }

    async fn next(&mut self) -> ServerFrame {
        while self.frames.is_empty() {
            self.step().await;
        }
        let frame = self.frames.remove(0);
        serde_json::from_str(&frame).unwrap_or_else(|fault| panic!("{fault}: {frame}"))
    }

    /// Sends pending messages, and receives nothing except the close.
    async fn is_cut_off(&mut self) -> bool {
        while let Some(output) = self.connection.poll() {
            let Output::Send(bytes) = output else { return false };
            self.stream.send(Message::Binary(bytes.into())).await.unwrap();
        }
        let end = tokio::time::timeout(test_support::TIMEOUT, self.stream.next()).await.expect("it ends");
        matches!(end, None | Some(Ok(Message::Close(_)) | Err(_)))
    }

    fn send_frame(&mut self, frame: &Value) {
        self.connection.send(&frame.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_replica_of_a_listener_is_that_of_the_gateway() {
    let (_broker, server) = office().await;
    let mut listener = Listener::connect(&server).await;
    listener.send_frame(&json!({"action": "subscribe", "topic": "tables"}));
    let mut replica = Replica::default();
    replica.start_sync();
    let ServerFrame::Snapshot { part, parts, at, entities, .. } = listener.next().await else { panic!("a snapshot") };
    replica.handle_snapshot(part, parts, at, entities);
    server.api().register("attic", "").await;
    server.api().report("lobby", false).await;
    server.api().remove("attic").await;
    let mut is_attic_removed = false;
    // Changes of one batch are folded: only the last change of an entity is published.
    while !is_attic_removed || replica.get("lobby").is_none_or(|lobby| lobby["status"] != "busy") {
        let ServerFrame::Changes { changes } = listener.next().await else { panic!("changes") };
        for change in changes {
            is_attic_removed |= change.id == "attic" && change.state.is_none();
            replica.apply_change(change);
        }
    }
    listener.send_frame(&json!({"action": "ping"}));
    let ServerFrame::Pong { digests, .. } = listener.next().await else { panic!("a pong") };
    assert_eq!(digests["tables"], replica.digest().to_string(), "as the gateway's pings are answered");
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    assert_eq!(socket.ping().await["tables"], replica.digest().to_string());
    listener.send_frame(&json!({"action": "unsubscribe", "topic": "tables"}));
    assert!(matches!(listener.next().await, ServerFrame::Unsubscribed { .. }));
    if server.deployment().is_some() {
        // If policies are enforced the session may receive only public topics: otherwise AWS IoT Core closes the connection.
        listener.send_frame(&json!({"action": "subscribe", "topic": "table/lobby"}));
        assert!(matches!(listener.next().await, ServerFrame::Snapshot { .. }));
        listener.send_frame(&json!({"action": "subscribe", "topic": "room/k3j9x0a2bc"}));
        assert!(listener.is_cut_off().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_topics_are_not_published_at_the_broker() {
    let (_broker, server) = office().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    for name in [format!("room/{}", room.id), format!("questions/{}", ada.id), "nonsense".to_owned(), String::new()] {
        for (api, who) in [(&ada.api, "its creator"), (&server.visitor(), "a visitor")] {
            let refused = api.call(Method::GET, &format!("/v1/live/snapshot?topic={name}")).await;
            assert_eq!((refused.status, refused.code()), (400, "VALIDATION_ERROR"), "{name} for {who}");
        }
    }
    let refused = server.visitor().call(Method::GET, &format!("/v1/live/digests?topics=tables,room/{}", room.id)).await;
    assert_eq!(refused.status, 400);
    let many = (0..101).map(|number| format!("table/table-{number}")).collect::<Vec<_>>().join(",");
    assert_eq!(server.visitor().call(Method::GET, &format!("/v1/live/digests?topics={many}")).await.status, 400);
    let none = Server::start().await.visitor().call(Method::POST, "/v1/live/iot").await;
    assert_eq!((none.status, none.code()), (404, "RESOURCE_NOT_FOUND"));
}
