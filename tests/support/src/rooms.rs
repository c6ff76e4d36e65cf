//! A room as its creator runs it over the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::Response;
use crate::people::Person;
use crate::server::Server;

/// A room and its creator.
pub struct Room<'a> {
    /// Its creator.
    pub creator: &'a Person,
    /// Its id.
    pub id: String,
    /// Its join code.
    pub code: String,
}

/// A question about continents: the first option is correct. `secret` marks what no participant may receive before the feedback.
pub fn continents() -> Value {
    json!({"text": "How *many* continents are there?", "options": [
        {"text": "seven", "isCorrect": true, "feedback": "secret: Yes, as most count."},
        {"text": "one", "isCorrect": false, "feedback": "secret: Pangea is past!"},
        {"text": "four", "isCorrect": false, "feedback": "secret: Too few."},
    ]})
}

/// A question with two correct options of three.
pub fn primes() -> Value {
    json!({"text": "Which are primes?", "options": [
        {"text": "2", "isCorrect": true, "feedback": "secret: the even one"},
        {"text": "3", "isCorrect": true, "feedback": "secret: the first odd one"},
        {"text": "4", "isCorrect": false, "feedback": "secret: 2 × 2"},
    ]})
}

/// A question with a text answer.
pub fn essay() -> Value {
    json!({"text": "Why is the sky blue?"})
}

impl Server {
    /// A guest of a room, by a nickname and its join code.
    pub async fn guest(&self, room: &Room<'_>, name: &str) -> Person {
        let body = json!({"name": name, "code": room.code});
        let answer = self.visitor().call_with(Method::POST, &room.path("/guests"), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.person(answer.body["data"]["token"].as_str().expect("a token")).await
    }
}

impl Person {
    /// Creates a room, and expects to succeed.
    pub async fn room(&self, name: &str, guests_allowed: bool) -> Room<'_> {
        self.make_room(&json!({"name": name, "guestsAllowed": guests_allowed})).await
    }

    /// The same with a private room that allows guests.
    pub async fn private_room(&self, name: &str) -> Room<'_> {
        self.make_room(&json!({"name": name, "guestsAllowed": true, "isPrivate": true})).await
    }

    async fn make_room(&self, body: &Value) -> Room<'_> {
        let answer = self.api.call_with(Method::POST, "/v1/rooms", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let text = |member: &str| answer.data()[member].as_str().expect("a text").to_owned();
        Room { creator: self, id: text("id"), code: text("code") }
    }

    /// Adds a question to the creator's library, and returns its id.
    pub async fn question(&self, question: &Value) -> String {
        let answer = self.api.call_with(Method::POST, "/v1/questions", question).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.data()["id"].as_str().expect("an id").to_owned()
    }

    /// Answers a pick of a room.
    pub async fn answer(&self, room: &str, pick: u32, answer: &Value) -> Response {
        self.api.call_with(Method::PUT, &format!("/v1/rooms/{room}/picks/{pick}/answer"), answer).await
    }
}

impl Room<'_> {
    /// The path of the room, or of a resource below it.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/rooms/{}{below}", self.id)
    }

    /// Sends a command for the room as its creator, without a body.
    pub async fn post(&self, below: &str) -> Response {
        self.creator.api.call(Method::POST, &self.path(below)).await
    }

    /// Reads a resource of the room as its creator.
    pub async fn get(&self, below: &str) -> Response {
        self.creator.api.call(Method::GET, &self.path(below)).await
    }

    /// Picks a question of the creator's library.
    pub async fn pick_by_id(&self, question: &str) -> Response {
        self.creator.api.call_with(Method::POST, &self.path("/picks"), &json!({"question": question})).await
    }

    /// Adds a question to the creator's library and picks it, and returns the pick's number.
    pub async fn pick(&self, question: &Value) -> u32 {
        let question = self.creator.question(question).await;
        let answer = self.pick_by_id(&question).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        u32::try_from(answer.data()["picks"].as_u64().expect("a number")).expect("a small number")
    }

    /// Shows the feedback of a pick.
    pub async fn show_feedback(&self, pick: u32) -> Response {
        self.post(&format!("/picks/{pick}/feedback")).await
    }

    /// The topic of the room, or one below it.
    pub fn topic(&self, below: &str) -> String {
        format!("room/{}{below}", self.id)
    }
}
