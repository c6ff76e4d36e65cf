//! A local AWS built for a test, and clients for it. Tests await events and never sleep.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType, TimeToLiveSpecification,
};
use axum::Router;
use emulator::messaging::Messaging;
use emulator::stream::EventSource;
use emulator::stream::filter::Filters;
use emulator::stream::policy::Policy;
use emulator::{Clients, FunctionError, SharedFunction, StartError, function};
use futures::{SinkExt, StreamExt};
use local::{Deployment, Local, Settings, deployment};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The table that tests write to.
pub(crate) const TABLE: &str = "things";

/// Long enough for a busy machine, short enough to fail.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A function that records all events; the test sets its results.
pub(crate) fn recorder<F>(respond: F) -> (SharedFunction, UnboundedReceiver<Value>)
where
    F: Fn(&Value) -> Result<Value, FunctionError> + Send + Sync + 'static,
{
    let (sender, receiver) = mpsc::unbounded_channel();
    let recorder = function(move |event: Value| {
        let respond = respond(&event);
        let _ = sender.send(event);
        async move { respond }
    });
    (recorder, receiver)
}

/// Rally's backend on a local AWS.
pub(crate) async fn application() -> (Local, deployment::Application) {
    let mut application_slot = None;
    let local = Local::start_with(Settings::ephemeral(), async |clients| {
        let app = deployment::application(clients, None).await?;
        application_slot = Some(app.clone());
        deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
    });
    let local = local.await.unwrap();
    (local, application_slot.unwrap())
}

/// A function that accepts everything.
pub(crate) fn accept_all() -> SharedFunction {
    function(|_| async { Ok(json!({ "statusCode": 200 })) })
}

/// The settings of a test's AWS.
pub(crate) struct Stub {
    pub(crate) settings: Settings,
    pub(crate) api: Router,
    pub(crate) live: SharedFunction,
    pub(crate) stream: SharedFunction,
    pub(crate) sweep: SharedFunction,
    pub(crate) messaging: Messaging,
    pub(crate) filters: Filters,
    pub(crate) policy: Policy,
}

impl Default for Stub {
    fn default() -> Self {
        Self {
            settings: Settings::ephemeral(),
            api: Router::new(),
            live: accept_all(),
            stream: accept_all(),
            sweep: accept_all(),
            messaging: Messaging::default(),
            filters: Filters::default(),
            policy: Policy { first_pause: Duration::from_millis(10), ..Policy::default() },
        }
    }
}

impl Stub {
    pub(crate) fn live(live: SharedFunction) -> Self {
        Self { live, ..Self::default() }
    }

    pub(crate) fn stream(stream: SharedFunction) -> Self {
        Self { stream, ..Self::default() }
    }

    pub(crate) async fn start(self) -> Local {
        self.try_start().await.unwrap()
    }

    pub(crate) async fn try_start(self) -> Result<Local, StartError> {
        let Self { settings, api, live, stream, sweep, messaging, filters, policy } = self;
        Local::start_with(settings, async |clients: Clients| {
            create_table(&clients.dynamodb).await;
            let source = EventSource { table: TABLE.to_owned(), filters, policy, function: stream };
            Ok(Deployment { api, live, stream: source, sweep, messaging })
        })
        .await
    }
}

async fn create_table(client: &aws_sdk_dynamodb::Client) {
    if client.describe_table().table_name(TABLE).send().await.is_ok() {
        return;
    }
    let attribute = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewAndOldImages)
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(
            TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build().unwrap(),
        )
        .send()
        .await
        .unwrap();
}

/// Writes an item with one number.
pub(crate) async fn put(client: &aws_sdk_dynamodb::Client, key: &str, number: usize) {
    client
        .put_item()
        .table_name(TABLE)
        .item("pk", AttributeValue::S(key.to_owned()))
        .item("sk", AttributeValue::S("sk".to_owned()))
        .item("n", AttributeValue::N(number.to_string()))
        .send()
        .await
        .unwrap();
}

/// A client's end of a live connection.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects, with a query.
pub(crate) async fn connect(local: &Local, query: &str) -> Socket {
    let address = format!("ws://{}/live{query}", local.address());
    tokio_tungstenite::connect_async(address).await.unwrap().0
}

/// Connects and reads the connection's id from the recorded `$connect`.
pub(crate) async fn connect_and_learn(local: &Local, events: &mut UnboundedReceiver<Value>) -> (Socket, String) {
    let socket = connect(local, "").await;
    let event = next_of(events, "CONNECT").await;
    (socket, event["requestContext"]["connectionId"].as_str().unwrap().to_owned())
}

/// The next event.
pub(crate) async fn next(events: &mut UnboundedReceiver<Value>) -> Value {
    within(events.recv()).await.unwrap()
}

/// The next event of this type; others before it are skipped.
pub(crate) async fn next_of(events: &mut UnboundedReceiver<Value>, kind: &str) -> Value {
    loop {
        let event = next(events).await;
        if event["requestContext"]["eventType"] == kind {
            return event;
        }
    }
}

/// Sends a text message.
pub(crate) async fn send(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.unwrap();
}

/// The next message.
pub(crate) async fn receive(socket: &mut Socket) -> Message {
    within(socket.next()).await.unwrap().unwrap()
}

/// The next text.
pub(crate) async fn text(socket: &mut Socket) -> String {
    receive(socket).await.into_text().unwrap().to_string()
}

/// The close code of the server's close frame.
pub(crate) async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(frame) = receive(socket).await {
            return frame.unwrap().code.into();
        }
    }
}

/// Fails if it takes too long.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, future).await.expect("it took too long")
}

/// Posts as the backend does. `Err` has the error's code.
pub(crate) async fn post(local: &Local, id: &str, message: &str) -> Result<(), String> {
    use aws_sdk_apigatewaymanagement::error::ProvideErrorMetadata;
    use aws_sdk_apigatewaymanagement::primitives::Blob;
    let post = local.clients().gateway.post_to_connection().connection_id(id).data(Blob::new(message)).send();
    post.await.map(|_| ()).map_err(|error| error.code().unwrap_or("unknown").to_owned())
}

/// Posts until the gateway knows the connection: the client receives the handshake's response an instant earlier.
pub(crate) async fn post_once_open(local: &Local, id: &str, message: &str) {
    within(async {
        while post(local, id, message).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
