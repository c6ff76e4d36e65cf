//! What the site asks of the HTTP API, and how a refusal reads. Never retries: people decide whether to try again.

use std::pin::Pin;

use domain::device::Device;
use domain::table::{Table, TableId};
use domain::usage::Usage;
use domain::wire::endpoints::{self, DeviceWithKey, Me, NewDescription, NewDevice, NewTable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::browser::http::{self, Answer, Request};

/// Why something could not be done, for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// What is wrong with which field, if it was fields.
    fields: Vec<(String, String)>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fields: Vec::new() }
    }

    fn unreachable() -> Self {
        Self::new("The server cannot be reached. Check your network, then try again; nothing is lost.")
    }

    /// What is wrong with one field.
    pub(crate) fn about(&self, property: &str) -> Option<String> {
        self.fields.iter().find(|(field, _)| field == property).map(|(_, message)| message.clone())
    }
}

/// Tells who asks.
pub(crate) async fn me() -> Result<Me, Failure> {
    get(endpoints::ME).await
}

/// Tells how a table was used.
pub(crate) async fn usage(table: &TableId) -> Result<Usage, Failure> {
    get(&endpoints::table_usage(table)).await
}

/// Registers a table.
pub(crate) async fn register(table: &NewTable) -> Result<Table, Failure> {
    send("POST", endpoints::TABLES, table, None).await
}

/// Describes a table anew, if it is still at this revision.
pub(crate) async fn describe(table: &TableId, words: &NewDescription, revision: u64) -> Result<Table, Failure> {
    send("PATCH", &endpoints::table(table), words, Some(revision)).await
}

/// Removes a table.
pub(crate) async fn remove(table: &TableId) -> Result<(), Failure> {
    delete(&endpoints::table(table)).await
}

/// Lists the devices that have a key.
pub(crate) async fn devices() -> Result<Vec<Device>, Failure> {
    get(endpoints::DEVICE_KEYS).await
}

/// Makes a key.
pub(crate) async fn make_key(device: &NewDevice) -> Result<DeviceWithKey, Failure> {
    let data: Value = send("POST", endpoints::DEVICE_KEYS, device, None).await?;
    // In two steps: what serde derives for a flattened struct would add 3 KB to the first load.
    let key = data.get("key").and_then(Value::as_str).map(str::to_owned);
    Ok(DeviceWithKey { key: key.ok_or_else(|| strange(200))?, device: read(data)? })
}

/// Revokes a key.
pub(crate) async fn revoke_key(device: &str) -> Result<(), Failure> {
    delete(&format!("{}/{device}", endpoints::DEVICE_KEYS)).await
}

async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Failure> {
    let data = exchange(Request { method: "GET", path, body: None, revision: None }).await?;
    read(data)
}

async fn delete(path: &str) -> Result<(), Failure> {
    exchange(Request { method: "DELETE", path, body: None, revision: None }).await.map(|_| ())
}

async fn send<T: DeserializeOwned>(
    method: &str,
    path: &str,
    body: &impl Serialize,
    revision: Option<u64>,
) -> Result<T, Failure> {
    let body = serde_json::to_string(body).unwrap_or_default();
    let data = exchange(Request { method, path, body: Some(&body), revision }).await?;
    read(data)
}

/// Takes the data out of an answer before it is known what they are: so this code is there once, not once a type, and
/// boxed, not once a caller.
fn exchange(request: Request<'_>) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + '_>> {
    Box::pin(async move { judge(http::send(&request).await) })
}

fn judge(answer: Option<Answer>) -> Result<Value, Failure> {
    let Some(Answer { status, body }) = answer else { return Err(Failure::unreachable()) };
    let Ok(Value::Object(mut envelope)) = serde_json::from_str(&body) else { return Err(strange(status)) };
    match envelope.get("errors").and_then(Value::as_array) {
        Some(errors) if !errors.is_empty() => Err(refusal(errors)),
        Some(_) if (200..300).contains(&status) => Ok(envelope.remove("data").unwrap_or_default()),
        _ => Err(strange(status)),
    }
}

/// Reads `domain::wire::envelope::ApiError` by hand: all that a person is shown of it is sentences.
fn refusal(errors: &[Value]) -> Failure {
    let mut failure = Failure::new("");
    for error in errors {
        add_sentence(&mut failure.message, &error["message"]);
        for violation in error["validationErrors"].as_array().into_iter().flatten() {
            let mut message = String::new();
            for constraint in violation["constraints"].as_object().into_iter().flat_map(|all| all.values()) {
                add_sentence(&mut message, constraint);
            }
            failure.fields.push((violation["property"].as_str().unwrap_or_default().to_owned(), message));
        }
    }
    failure
}

fn add_sentence(text: &mut String, sentence: &Value) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(sentence.as_str().unwrap_or_default());
}

/// An answer that is none of the API's: from something that stands in between.
fn strange(status: u16) -> Failure {
    Failure::new(match status {
        429 => "Too much was asked in a short time. Wait a minute, then try again.".to_owned(),
        500.. => format!("The server has a fault (status {status}). Try again in a minute; nothing is lost."),
        _ => format!("The answer makes no sense (status {status}). Reload the page, then try again."),
    })
}

fn read<T: DeserializeOwned>(data: Value) -> Result<T, Failure> {
    serde_json::from_value(data).map_err(|_| strange(200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::validation::Violation;
    use domain::wire::envelope::{ApiError, Refusal};

    fn answer(status: u16, body: &str) -> Result<Value, Failure> {
        judge(Some(Answer { status, body: body.to_owned() }))
    }

    #[test]
    fn data_come_out_of_the_envelope() {
        assert_eq!(answer(200, r#"{"data":7,"errors":[]}"#), Ok(Value::from(7)));
        assert_eq!(answer(200, r#"{"data":null,"errors":[]}"#), Ok(Value::Null));
    }

    #[test]
    fn a_refusal_says_what_the_server_said_and_about_which_field() {
        let violation = Violation::new("id", "a", "length", "Too short.");
        let body = serde_json::to_string(&Refusal::from(ApiError::from(violation))).unwrap();
        let failure = answer(400, &body).unwrap_err();
        assert_eq!(failure.message, "Too short.");
        assert_eq!(failure.about("id").as_deref(), Some("Too short."));
        assert_eq!(failure.about("description"), None);
    }

    #[test]
    fn every_failure_says_what_to_do() {
        assert!(judge(None).unwrap_err().message.contains("try again"));
        for (status, body) in [(502, "<html>"), (429, ""), (404, "nothing"), (200, "<html>")] {
            assert!(answer(status, body).unwrap_err().message.to_lowercase().contains("try again"), "{status}");
        }
    }
}
