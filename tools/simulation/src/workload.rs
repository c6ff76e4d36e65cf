//! The workload: sensors report, programs write items, an operator writes directly into the table, a host runs a room, and browsers
//! connect, disconnect and sleep. Knows nothing of the faults.

use std::sync::Arc;
use std::time::Duration;

use domain::topic::Topic;
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use http::{Method, Request};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::browser::PageCommand;
use crate::chaos::{Chaos, Fault};
use crate::cloud::{Cloud, Response};
use crate::confidentiality::{FEEDBACK_SECRET, Identity, STAFF_SECRET};
use crate::durability::{Acknowledged, DurabilityOracle, WRITTEN_DIRECTLY};
use crate::identities::Person;

/// The tables of this simulation.
pub(crate) const TABLES: [&str; 3] = ["attic", "cellar", "lobby"];

/// The items of this simulation.
pub(crate) const ITEMS: [&str; 5] = ["gauge", "van:1", "van:2", "staff:board", "@staff:safe"];

/// The browsers without sign-in that answer to the meetup, each by a letter of its key.
pub(crate) const BROWSER_LETTERS: [char; 6] = ['a', 'b', 'c', 'd', 'e', 'f'];

/// The maximum number of topics of a page.
const MAX_TOPICS: usize = 8;

/// The shared state of this simulation.
#[derive(Clone)]
pub(crate) struct Workload {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) durability_oracle: Arc<DurabilityOracle>,
    pub(crate) host: Person,
    pub(crate) member: Person,
}

/// A question that was picked in a room.
struct AskedQuestion {
    /// Its number, unique in this simulation.
    question: u64,
    /// The number of its pick in the room.
    pick: u64,
}

/// The fields of the meetup, with this number of seats.
pub(crate) fn meetup_form(capacity: u64) -> Value {
    json!({
        "title": "Summer party", "start": "2098-07-01T19:00", "zone": "Europe/Berlin", "visibility": "public", "capacity": capacity,
        "plusLimit": 2,
    })
}

impl Workload {
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Value,
        identity: Option<&Person>,
        key: Option<&str>,
    ) -> Option<Response> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let token = identity.and_then(|identity| identity.token.as_deref());
        let response = self.cloud.ask(request.body(body).ok()?, token).await?;
        tracing::debug!(path, status = response.status.as_u16(), "answered");
        Some(response)
    }

    fn marker(&self) -> String {
        format!("marker-{:016x}", self.cloud.chaos.number(0..u64::MAX))
    }

    fn acknowledge(&self, partition: &str, name: &str, response: &Response, marker: &str) {
        if let (true, Some(rev)) = (response.status.is_success(), response.data["rev"].as_u64()) {
            let key = (partition.to_owned(), name.to_owned());
            self.durability_oracle.add(Acknowledged { key, rev, marker: marker.to_owned() });
        }
    }

    /// A sensor, and sometimes an admin who deletes the table or changes its description.
    pub(crate) async fn run_sensor(self, table: &'static str) {
        let chaos = &self.cloud.chaos;
        let path = format!("/v1/tables/{table}");
        let mut is_free = true;
        while chaos.has_all_faults() {
            let (response, marker) = match chaos.number(0..20) {
                0..=2 => (self.send(Method::DELETE, &path, Value::Null, None, None).await, String::new()),
                3 | 4 => {
                    let marker = self.marker();
                    let body = json!({"description": marker});
                    (self.send(Method::PATCH, &path, body, None, None).await, marker)
                }
                _ => {
                    is_free = !is_free;
                    (self.send(Method::PUT, &path, json!({"isFree": is_free}), None, None).await, String::new())
                }
            };
            if let Some(response) = response {
                self.acknowledge("TABLES", table, &response, &marker);
                if response.status == 404 {
                    let body = json!({"id": table, "description": ""});
                    self.send(Method::POST, "/v1/tables", body, None, None).await;
                }
            }
            chaos.pause(50..6_000).await;
        }
    }

    /// A program that writes an item, with or without an idempotency key for each request.
    pub(crate) async fn write_item(self, item: &'static str) {
        let chaos = &self.cloud.chaos;
        let path = format!("/v1/items/{item}");
        while chaos.has_all_faults() {
            let marker = self.marker();
            let secret = if item.starts_with('@') { STAFF_SECRET } else { "" };
            let value = json!({"n": chaos.number(0..100), "marker": marker, "for": secret});
            let key = chaos.percent(40).then(|| marker.clone());
            let (method, body) = match chaos.number(0..10) {
                0..=2 => (Method::DELETE, Value::Null),
                3 | 4 => (Method::PATCH, value),
                _ => (Method::PUT, json!({ "value": value })),
            };
            if key.is_some() && method == Method::PUT {
                self.durability_oracle.add_written_once(&marker);
            }
            for _ in 0..4 {
                let response = self.send(method.clone(), &path, body.clone(), Some(&self.host), key.as_deref()).await;
                if let Some(response) = response.filter(|response| method != Method::DELETE || response.status != 200) {
                    self.acknowledge("ITEMS", item, &response, &marker);
                    if response.status.is_success() || response.status == 404 {
                        break;
                    }
                }
                // Without a key it is unknown whether the write was applied, so it is not sent again.
                if key.is_none() {
                    break;
                }
                chaos.pause(100..3_000).await;
            }
            chaos.pause(50..5_000).await;
        }
    }

    /// An operator with a console, who writes without revisions.
    pub(crate) async fn run_operator(self) {
        let chaos = &self.cloud.chaos;
        while chaos.has_all_faults() {
            chaos.pause(2_000..15_000).await;
            let (partition, name) = *chaos.choose(&WRITTEN_DIRECTLY);
            self.write_directly(partition, name);
        }
    }

    /// Writes of all kinds, of which the direct ones and those directly after them are the hardest. The question stays open: its number of
    /// answers is sent by itself only while it is.
    pub(crate) async fn write_everything(self, room: &str, guest: &Person, meetup: &str) {
        self.ask_question(room, guest).await;
        for letter in &BROWSER_LETTERS[..2] {
            self.answer_once(meetup, *letter).await;
        }
        let (cloud, marker) = (&self.cloud, self.marker());
        for (partition, name) in WRITTEN_DIRECTLY {
            self.write_directly(partition, name);
            let (path, body) = match partition {
                "TABLES" => ("/v1/tables".to_owned(), json!({"id": name, "description": marker})),
                _ => (format!("/v1/items/{name}"), json!({"value": {"marker": marker}})),
            };
            let method = if partition == "TABLES" { Method::POST } else { Method::PUT };
            self.send(method, &path, body, None, None).await;
            cloud.chaos.pause(0..200).await;
        }
        for table in TABLES {
            let body = json!({"isFree": cloud.chaos.percent(50)});
            self.send(Method::PUT, &format!("/v1/tables/{table}"), body, None, None).await;
        }
        let item = cloud.chaos.choose(&ITEMS);
        self.send(Method::DELETE, &format!("/v1/items/{item}"), Value::Null, None, None).await;
    }

    /// Writes an item directly into the table, or deletes it.
    fn write_directly(&self, partition: &str, name: &str) {
        let (chaos, database) = (&self.cloud.chaos, &self.cloud.database);
        let table = &self.cloud.app.config().table;
        let key = json!({"pk": {"S": partition}, "sk": {"S": name}});
        if partition == "TABLES" || chaos.percent(30) {
            let request: Result<DeleteItemRequest, _> = serde_json::from_value(json!({"TableName": table, "Key": key}));
            let _ = request.map(|request| database.delete_item(request));
        } else {
            let mut item = key;
            item["byHand"] = json!({"S": self.marker()});
            let request: Result<PutItemRequest, _> = serde_json::from_value(json!({"TableName": table, "Item": item}));
            let _ = request.map(|request| database.put_item(request));
        }
        self.cloud.written.notify_one();
    }

    /// A guest without sign-in, who comes, brings others, changes their mind, and perhaps sends the same answer twice.
    pub(crate) async fn answer_meetup(self, meetup: String, letter: char) {
        let chaos = &self.cloud.chaos;
        while chaos.has_all_faults() {
            self.answer_once(&meetup, letter).await;
            chaos.pause(1_000..10_000).await;
        }
    }

    /// The answer of a browser to the meetup.
    async fn answer_once(&self, meetup: &str, letter: char) {
        let chaos = &self.cloud.chaos;
        let body = json!({"isComing": chaos.percent(70), "plus": chaos.number(0..3), "name": letter.to_string()});
        let key = format!("{}A", letter.to_string().repeat(42));
        let request = Request::put(format!("/v1/meetups/{meetup}/answer")).header("x-visitor-key", key).body(body);
        if let Ok(request) = request {
            let response = self.cloud.ask(request, None).await;
            tracing::debug!(letter = letter.to_string(), status = ?response.map(|response| response.status), "answered");
        }
    }

    /// The host, who changes the number of seats.
    pub(crate) async fn resize_meetup(self, meetup: String) {
        let chaos = &self.cloud.chaos;
        let path = format!("/v1/meetups/{meetup}");
        while chaos.has_all_faults() {
            chaos.pause(2_000..12_000).await;
            self.send(Method::PUT, &path, meetup_form(chaos.number(3..9)), Some(&self.host), None).await;
        }
    }

    /// The factory tree.
    pub(crate) async fn edit_factories(self) {
        let chaos = &self.cloud.chaos;
        let mut known: Vec<String> = Vec::new();
        while chaos.has_all_faults() {
            let marker = self.marker();
            match (chaos.number(0..4), known.last().cloned()) {
                (1, Some(id)) => {
                    let path = format!("/v1/factories/{id}/children");
                    self.send(Method::POST, &path, json!({"count": chaos.number(1..16)}), None, None).await;
                }
                (2, Some(id)) => {
                    let path = format!("/v1/factories/{id}");
                    if let Some(response) = self.send(Method::PATCH, &path, json!({"name": marker}), None, None).await {
                        self.acknowledge("FACTORIES", &id, &response, &marker);
                    }
                }
                (3, Some(id)) => {
                    known.pop();
                    self.send(Method::DELETE, &format!("/v1/factories/{id}"), Value::Null, None, None).await;
                }
                _ => {
                    let body = json!({"name": marker, "lower": 1, "upper": 9, "count": 3});
                    if let Some(response) = self.send(Method::POST, "/v1/factories", body, None, Some(&marker)).await {
                        let id = response.data["id"].as_str().unwrap_or_default().to_owned();
                        self.acknowledge("FACTORIES", &id, &response, &marker);
                        known.extend(response.status.is_success().then_some(id));
                    }
                }
            }
            chaos.pause(200..8_000).await;
        }
    }

    /// A host that runs a room: questions, feedback, the next one; and participants who answer.
    pub(crate) async fn run_room(self, room: String, guest: Person) {
        let chaos = &self.cloud.chaos;
        while chaos.has_all_faults() {
            if let Some(asked) = self.ask_question(&room, &guest).await {
                chaos.pause(500..5_000).await;
                self.cloud.confidentiality_oracle.reveal(asked.question);
                let path = format!("/v1/rooms/{room}/picks/{}/feedback", asked.pick);
                self.send(Method::POST, &path, Value::Null, Some(&self.host), None).await;
            }
            chaos.pause(500..8_000).await;
        }
    }

    /// The host picks a new question, and the member and the guest answer it. `None` if the question could not be picked.
    async fn ask_question(&self, room: &str, guest: &Person) -> Option<AskedQuestion> {
        let chaos = &self.cloud.chaos;
        let host = Some(&self.host);
        // The question numbers of this simulation are unique, so that a message shows which pick it belongs to.
        let number = chaos.number(0..1 << 40);
        let options: Vec<Value> = (0..3)
            .map(|option| json!({"text": format!("{option}"), "isCorrect": option == 1, "feedback": format!("{FEEDBACK_SECRET}{number} ")}))
            .collect();
        let question = json!({"text": format!("Which, in question {number}?"), "options": options});
        let response = self.send(Method::POST, "/v1/questions", question, host, None).await;
        let id = response?.data["id"].as_str()?.to_owned();
        let body = json!({ "question": id });
        let picked = self.send(Method::POST, &format!("/v1/rooms/{room}/picks"), body, host, None).await?;
        let pick = picked.data["picks"].as_u64().filter(|_| picked.status.is_success())?;
        for identity in [&self.member, guest] {
            chaos.pause(50..2_000).await;
            let path = format!("/v1/rooms/{room}/picks/{pick}/answer");
            let choices = json!({"choices": [chaos.number(0..3)]});
            let response = self.send(Method::PUT, &path, choices, Some(identity), None).await;
            if let (Some(response), Some(person)) = (response, identity.id()) {
                self.acknowledge(&format!("ANSWERS#{room}#{pick:03}"), person, &response, "");
            }
        }
        Some(AskedQuestion { question: number, pick })
    }

    /// The events of a browser, and the topics that it subscribes to.
    pub(crate) async fn use_browser(self, browser: UnboundedSender<PageCommand>, page_topics: Vec<Topic>) {
        let chaos = &self.cloud.chaos;
        while chaos.has_all_faults() {
            let topic = chaos.choose(&page_topics).clone();
            let command = match chaos.first(&[Fault::LineCut, Fault::LineStalled, Fault::Sleep, Fault::Offline]) {
                Some(Fault::LineCut) => PageCommand::Cut,
                Some(Fault::LineStalled) => PageCommand::Stall,
                Some(Fault::Sleep) => PageCommand::Sleep(chaos.milliseconds(1_000..90_000)),
                Some(_) => {
                    let _ = browser.send(PageCommand::Network(false));
                    chaos.pause(500..20_000).await;
                    PageCommand::Network(true)
                }
                None => match chaos.number(0..8) {
                    0 => PageCommand::Unsubscribe(topic),
                    1 => PageCommand::Show(false),
                    2 => PageCommand::Show(true),
                    _ => PageCommand::Subscribe(topic),
                },
            };
            let sleeps = match &command {
                PageCommand::Sleep(time) => *time,
                _ => Duration::ZERO,
            };
            let _ = browser.send(command);
            tokio::time::sleep(sleeps).await;
            chaos.pause(300..10_000).await;
        }
        // In the quiet phase the browser is visible and subscribes to everything.
        let _ = browser.send(PageCommand::Network(true));
        let _ = browser.send(PageCommand::Show(true));
        for topic in page_topics {
            let _ = browser.send(PageCommand::Subscribe(topic));
        }
    }
}

/// The topics of an identity, some of which are denied.
pub(crate) fn page_topics(chaos: &Chaos, identity: &Identity, room: &str, meetup: &str) -> Vec<Topic> {
    let mut names: Vec<String> = [
        "tables",
        "table/lobby",
        "items",
        "items/van",
        "item/gauge",
        "factories",
        "rooms",
        "item/@staff:safe",
        "items/@staff",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("room/{room}"));
    names.push(format!("room/{room}/people"));
    names.push(format!("room/{room}/attempts/1"));
    names.push("meetups".to_owned());
    names.push(format!("meetup/{meetup}"));
    names.push(format!("meetup/{meetup}/guests"));
    if let Identity::Member { id, .. } | Identity::Guest { id, .. } = identity {
        names.push(format!("room/{room}/person/{id}"));
        names.push(format!("questions/{id}"));
        names.push(format!("rooms/{id}"));
        names.push(format!("meetups/{id}"));
    }
    // A random part of them, so that in some simulations a topic is subscribed to without another.
    while names.len() > MAX_TOPICS {
        let left_out = chaos.choose(&names).clone();
        names.retain(|name| *name != left_out);
    }
    names.iter().filter_map(|name| name.parse().ok()).collect()
}
