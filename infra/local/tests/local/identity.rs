//! Authentication on the embedded database: guests and their secret, tickets, and the authorization of topics. The test moves the
//! clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use axum::Json;
use axum::routing::get;
use backend::config::Config;
use backend::db::schema;
use backend::identity;
use backend::identity::{TokenError, TokenRejection, guests};
use backend::{App, Aws};
use domain::person::{Guest, Person};
use domain::time::Timestamp;
use emulator::connector::{self, DatabaseConnector};
use emulator::{Clients, Faults};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use local::{Local, Settings, deployment};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::support::*;

const ISSUER: &str = "https://issuer.example";

/// Rally with people, on a clock that is ahead by an offset.
pub(crate) struct Fixture {
    pub(crate) local: Local,
    pub(crate) app: App,
    ahead: Arc<AtomicI64>,
    key: EncodingKey,
    pub(crate) http: reqwest::Client,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::start_with(|clients| clients).await
    }

    async fn start_with(change: impl FnOnce(Clients) -> Clients) -> Self {
        Self::start_as(|config| config, change).await
    }

    /// The same with other settings.
    pub(crate) async fn start_as(set: impl FnOnce(Config) -> Config, change: impl FnOnce(Clients) -> Clients) -> Self {
        let key = key();
        let config = set(Config {
            issuer: Some(ISSUER.to_owned()),
            client_id: "rally-site".to_owned(),
            jwks: Some(publish(&key).await),
            ..Config::default()
        });
        let ahead = Arc::new(AtomicI64::new(0));
        let mut application = None;
        let local = Local::start_with(Settings::ephemeral(), async |clients| {
            schema::create_table(&clients.dynamodb, "rally").await.map_err(|error| error.to_string())?;
            let app = app(config, change(clients), Arc::clone(&ahead));
            application = Some(app.clone());
            deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
        });
        let local = local.await.unwrap();
        Self { local, app: application.unwrap(), ahead, key, http: reqwest::Client::new() }
    }

    /// Another instance of the functions, with empty caches.
    pub(crate) fn other_instance(&self) -> App {
        app(self.app.config().clone(), self.local.clients().clone(), Arc::clone(&self.ahead))
    }

    /// Moves the clock ahead by this number of seconds.
    pub(crate) fn pass(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A member's token.
    pub(crate) fn member(&self, id: &str) -> String {
        self.member_of(id, &[])
    }

    /// The token of a member of these groups.
    pub(crate) fn member_of(&self, id: &str, groups: &[&str]) -> String {
        let claims = json!({
            "iss": ISSUER, "sub": id, "token_use": "access", "client_id": "rally-site", "cognito:groups": groups,
            "iat": self.app.now().seconds(), "exp": self.app.now().seconds() + 3_600,
        });
        let header = Header { kid: Some("e1".to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }

    /// A room's guest, by its token.
    pub(crate) async fn guest(&self, id: &str, room: &str) -> String {
        let guest = guest(id, room);
        self.app.storage().save_guest(&guest, id, self.app.now()).await.unwrap();
        guests::sign(&self.app, &guest).await.unwrap()
    }

    /// The status and the body of a response.
    pub(crate) async fn request(&self, method: &str, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let address = format!("http://{}{path}", self.local.address());
        let mut request = self.http.request(method.parse().unwrap(), address).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A new room of this member.
    pub(crate) async fn room(&self, token: &str) -> String {
        let body = json!({"name": "Biology", "guestsAllowed": true});
        let (status, answer) = self.request("POST", "/v1/rooms", Some(token), &body).await;
        assert_eq!(status, 201, "{answer}");
        answer["data"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ticket(&self, token: &str) -> String {
        let (status, answer) = self.request("POST", "/v1/live/tickets", Some(token), &Value::Null).await;
        assert_eq!((status, &answer["data"]["expiresInSeconds"]), (201, &json!(30)), "{answer}");
        answer["data"]["ticket"].as_str().unwrap().to_owned()
    }

    /// A connection with this token.
    pub(crate) async fn socket(&self, token: &str) -> Socket {
        connect(&self.local, &format!("?ticket={}", self.ticket(token).await)).await
    }

    /// The status and the message of a rejected handshake.
    pub(crate) async fn rejected_handshake(&self, query: &str) -> (u16, String) {
        let address = format!("ws://{}/live{query}", self.local.address());
        match tokio_tungstenite::connect_async(address).await {
            Err(tungstenite::Error::Http(answer)) => {
                let words = String::from_utf8(answer.body().clone().unwrap_or_default()).unwrap();
                (answer.status().as_u16(), words)
            }
            other => panic!("an error was expected: {other:?}"),
        }
    }

    /// Writes an item directly into the table.
    pub(crate) async fn put(&self, attributes: &[(&str, &str)]) {
        let put = self.local.clients().dynamodb.put_item().table_name("rally");
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let put = attributes.iter().fold(put, |put, (name, value)| put.item(*name, text(value)));
        put.send().await.unwrap();
    }

    /// The items of a partition.
    pub(crate) async fn items(&self, pk: &str) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let query = self.local.clients().dynamodb.query().table_name("rally").key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        query.send().await.unwrap().items.unwrap_or_default()
    }
}

fn app(config: Config, clients: Clients, ahead: Arc<AtomicI64>) -> App {
    let clock = move || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::default().plus(now + Duration::from_secs(ahead.load(Ordering::SeqCst).unsigned_abs()))
    };
    let Clients { dynamodb, connections, kms, sns, sqs, iot, sts, .. } = clients;
    let aws = Aws { dynamodb, gateway: local::deployment::connections(connections), kms, sns, sqs, iot, sts };
    let config = Config { secrets_key: emulator::kms::KEY.to_owned(), ..config };
    App::new(config, aws).with_clock(Arc::new(clock))
}

/// A key on the curve P-256: PrivateKeyInfo (RFC 5208) around ECPrivateKey (RFC 5915).
fn key() -> EncodingKey {
    let mut der = vec![0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    der.extend([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    der.extend([0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20]);
    der.extend([7; 32]);
    EncodingKey::from_ec_der(&der)
}

/// Serves the public key, and returns the address.
async fn publish(key: &EncodingKey) -> String {
    let mut public = Jwk::from_encoding_key(key, Algorithm::ES256).unwrap();
    public.common.key_id = Some("e1".to_owned());
    let keys = json!({ "keys": [public] });
    let router = axum::Router::new().route("/keys", get(async move || Json(keys)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    format!("http://{address}/keys")
}

pub(crate) fn guest(id: &str, room: &str) -> Guest {
    Guest { id: id.parse().unwrap(), name: "Bo".parse().unwrap(), room: room.parse().unwrap() }
}

/// The response to a subscribe: the type of the frame, and the code if it is an error.
pub(crate) async fn subscribe(socket: &mut Socket, topic: &str) -> (String, String) {
    send(socket, &json!({"action": "subscribe", "topic": topic}).to_string()).await;
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        if frame["topic"] == topic {
            let word = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
            return (word("type"), word("code"));
        }
    }
}

pub(crate) fn snapshot() -> (String, String) {
    ("snapshot".to_owned(), String::new())
}

pub(crate) fn error_frame(code: &str) -> (String, String) {
    ("error".to_owned(), code.to_owned())
}

#[tokio::test]
async fn a_ticket_is_valid_once() {
    let fixture = Fixture::start().await;
    let ticket = fixture.ticket(&fixture.member("ada")).await;
    let mut socket = connect(&fixture.local, &format!("?ticket={ticket}")).await;
    assert_eq!(subscribe(&mut socket, "questions/ada").await, snapshot());
    let (status, words) = fixture.rejected_handshake(&format!("?ticket={ticket}")).await;
    assert_eq!(status, 401);
    assert_eq!(words, "This ticket has been used or is older than 30 seconds. Ask for another one.");
}

#[tokio::test]
async fn a_ticket_opens_one_of_several_concurrent_connections() {
    let fixture = Fixture::start().await;
    let ticket = fixture.ticket(&fixture.member("ada")).await;
    let address = format!("ws://{}/live?ticket={ticket}", fixture.local.address());
    let tries = (0..8).map(|_| tokio_tungstenite::connect_async(&address));
    let outcomes = futures::future::join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_ticket_is_valid_for_thirty_seconds() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let (early, late) = (fixture.ticket(&ada).await, fixture.ticket(&ada).await);
    fixture.pass(25);
    connect(&fixture.local, &format!("?ticket={early}")).await;
    fixture.pass(5);
    assert_eq!(fixture.rejected_handshake(&format!("?ticket={late}")).await.0, 401);
}

#[tokio::test]
async fn an_invalid_ticket_is_rejected() {
    let fixture = Fixture::start().await;
    for invalid in ["", "x", &"x".repeat(43), &"x".repeat(5_000)] {
        assert_eq!(fixture.rejected_handshake(&format!("?ticket={invalid}")).await.0, 401, "{invalid:.9}");
    }
}

#[tokio::test]
async fn a_ticket_is_stored_as_a_hash_for_its_person() {
    let fixture = Fixture::start().await;
    let ticket = fixture.ticket(&fixture.member("ada")).await;
    let items = fixture.local.clients().dynamodb.scan().table_name("rally").send().await.unwrap().items.unwrap();
    assert!(items.iter().any(|item| item["pk"].as_s().unwrap().starts_with("TICKET#")));
    assert!(!format!("{items:?}").contains(&ticket));
    let mut socket = connect(&fixture.local, &format!("?ticket={ticket}")).await;
    assert_eq!(subscribe(&mut socket, "questions/ada").await, snapshot());
    assert_eq!(subscribe(&mut socket, "questions/bob").await, error_frame("FORBIDDEN"));
}

#[tokio::test]
async fn an_anonymous_caller_gets_no_ticket() {
    let fixture = Fixture::start().await;
    let (status, answer) = fixture.request("POST", "/v1/live/tickets", None, &Value::Null).await;
    assert_eq!((status, answer["errors"][0]["message"].as_str()), (401, Some("Sign in first.")));
    let (status, answer) = fixture.request("POST", "/v1/live/tickets", Some("x"), &Value::Null).await;
    let words = answer["errors"][0]["message"].as_str();
    assert_eq!((status, words), (401, Some("Your sign-in has ended. Sign in again.")));
}

#[tokio::test]
async fn each_actor_can_subscribe_only_to_permitted_topics() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let (room, other) = (fixture.room(&ada).await, fixture.room(&ada).await);
    let people = format!("room/{room}/people");
    let own = format!("room/{room}/person/guest:b1");
    let gone = "room/zzzzzzzzzz";
    let (room_topic, other_topic) = (format!("room/{room}"), format!("room/{other}"));

    let mut visitor = connect(&fixture.local, "").await;
    for topic in ["rooms", "rooms/ada", &room_topic, &people, &own, "questions/ada", gone] {
        assert_eq!(subscribe(&mut visitor, topic).await, error_frame("UNAUTHENTICATED"), "{topic}");
    }
    let mut creator = fixture.socket(&ada).await;
    for topic in [&room_topic, &people, &other_topic, "questions/ada", "tables", "rooms", "rooms/ada"] {
        assert_eq!(subscribe(&mut creator, topic).await, snapshot(), "{topic}");
    }
    assert_eq!(subscribe(&mut creator, &own).await, error_frame("FORBIDDEN"));
    assert_eq!(subscribe(&mut creator, gone).await, error_frame("UNKNOWN_TOPIC"));
    let mut guest = fixture.socket(&fixture.guest("guest:b1", &room).await).await;
    for topic in [&room_topic, &own] {
        assert_eq!(subscribe(&mut guest, topic).await, snapshot(), "{topic}");
    }
    for topic in [&other_topic, &people, "questions/ada", "questions/guest:b1", "rooms", "rooms/guest:b1"] {
        assert_eq!(subscribe(&mut guest, topic).await, error_frame("FORBIDDEN"), "{topic}");
    }
}

#[tokio::test]
async fn a_handshake_subscribes_as_the_person_of_its_ticket() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let room = fixture.room(&ada).await;
    let ticket = fixture.ticket(&ada).await;
    let bad_key = fixture.rejected_handshake(&format!("?ticket={ticket}&item=no%20topic")).await;
    assert_eq!(bad_key.0, 400);
    // A mistake in the key does not consume the ticket.
    let mut socket = connect(&fixture.local, &format!("?ticket={ticket}&item=room/{room}")).await;
    let greeting: Value = serde_json::from_str(&text(&mut socket).await).unwrap();
    assert_eq!((&greeting["type"], &greeting["topic"]), (&json!("snapshot"), &json!(format!("room/{room}"))));
    assert_eq!(subscribe(&mut socket, "questions/ada").await, snapshot(), "it is theirs from then on");

    let guest = fixture.guest("guest:b1", &room).await;
    assert_eq!(fixture.rejected_handshake(&format!("?item=room/{room}")).await.0, 401);
    for (item, expected) in [("questions/ada", 403), ("room/zzzzzzzzzz", 400)] {
        let (status, words) =
            fixture.rejected_handshake(&format!("?ticket={}&item={item}", fixture.ticket(&guest).await)).await;
        assert_eq!(status, expected, "{words}");
        assert!(words.ends_with('.'), "{words}");
    }
}

#[tokio::test]
async fn a_subscription_to_a_room_has_its_person() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let room = fixture.room(&ada).await;
    let mut socket = fixture.socket(&ada).await;
    for topic in ["tables", &format!("room/{room}"), &format!("room/{room}/people")] {
        assert_eq!(subscribe(&mut socket, topic).await, snapshot());
    }
    let to_room = fixture.items(&format!("TOPIC#room/{room}")).await.remove(0);
    assert_eq!(to_room["person"].as_m().unwrap()["member"].as_m().unwrap()["id"].as_s().unwrap(), "ada");
    for other in ["TOPIC#tables".to_owned(), format!("TOPIC#room/{room}/people")] {
        assert!(!fixture.items(&other).await.remove(0).contains_key("person"), "{other}");
    }
    let connection = to_room["sk"].as_s().unwrap();
    let connection = fixture.items(&format!("CONNECTION#{connection}")).await.remove(0);
    assert_eq!(connection["topics"].as_ss().unwrap().len(), 3);
    assert!(connection.contains_key("person") && connection.contains_key("expires"));
}

#[tokio::test]
async fn a_guest_is_admitted_to_one_room_for_a_week() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let (room, other) = (fixture.room(&ada).await, fixture.room(&ada).await);
    let bo = fixture.guest("guest:b1", &room).await;
    assert_eq!(fixture.request("GET", &format!("/v1/rooms/{room}"), Some(&bo), &Value::Null).await.0, 200);
    assert_eq!(fixture.request("GET", &format!("/v1/rooms/{other}"), Some(&bo), &Value::Null).await.0, 403);
    let (_, me) = fixture.request("GET", "/v1/me", Some(&bo), &Value::Null).await;
    assert_eq!(
        me["data"],
        json!({"role": "guest", "person": {"id": "guest:b1", "name": "Bo"}, "release": env!("CARGO_PKG_VERSION")})
    );
    fixture.pass(7 * 24 * 3_600 + 5);
    let (status, answer) = fixture.request("GET", "/v1/tables", Some(&bo), &Value::Null).await;
    assert_eq!((status, answer["errors"][0]["code"].as_str()), (401, Some("UNAUTHENTICATED")));
}

#[tokio::test]
async fn all_functions_use_one_secret() {
    let fixture = Fixture::start().await;
    let function = || app(Config::default(), fixture.local.clients().clone(), Arc::clone(&fixture.ahead));
    let functions: Vec<App> = (0..8).map(|_| function()).collect();
    let bo = guest("guest:b1", "k3j9x0a2bc");
    let tokens = futures::future::join_all(functions.iter().map(|function| guests::sign(function, &bo))).await;
    for token in tokens {
        let shown = identity::verify(&fixture.app, &token.unwrap()).await.unwrap();
        assert_eq!(shown.person, Person::Guest(bo.clone()));
    }
    let secret = fixture.items("SECRETS").await.remove(0);
    assert!(secret.contains_key("sealed") && !secret.contains_key("secret"), "{secret:?}");
    // Another table has another secret.
    let elsewhere = Fixture::start().await;
    let foreign = guests::sign(&elsewhere.app, &bo).await.unwrap();
    let rejected_handshake = identity::verify(&fixture.app, &foreign).await;
    assert!(matches!(rejected_handshake, Err(TokenError::Rejected(TokenRejection::Key))), "{rejected_handshake:?}");
}

/// A connector to a database that refuses some transactions because of concurrent ones, as DynamoDB does.
#[derive(Debug)]
struct Crowded {
    database: DatabaseConnector,
    left: AtomicUsize,
}

impl HttpConnector for Crowded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_transaction =
            request.headers().get("x-amz-target").is_some_and(|name| name.ends_with("TransactWriteItems"));
        let refuses = || self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if !is_transaction || !refuses() {
            return self.database.call(request);
        }
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons \
                [TransactionConflict, None]",
            "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
        });
        let mut answer = HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body.to_string()));
        answer.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(answer))
    }
}

#[tokio::test]
async fn concurrent_subscriptions_all_succeed() {
    let fixture = Fixture::start_with(|clients| {
        let connector =
            Crowded { database: DatabaseConnector::new(Arc::default(), Faults::default()), left: AtomicUsize::new(3) };
        let http = connector::client(SharedHttpConnector::new(connector));
        let dynamodb = clients.dynamodb.config().to_builder().http_client(http).build();
        Clients { dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb), ..clients }
    });
    let fixture = fixture.await;
    let mut socket = connect(&fixture.local, "").await;
    assert_eq!(subscribe(&mut socket, "tables").await, snapshot());
    assert_eq!(subscribe(&mut socket, "factories").await, snapshot());
}
