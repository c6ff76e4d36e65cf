//! What the site asks of the HTTP API, and how a refusal reads. Never retries but where a token has ended: people decide
//! whether to try again.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use domain::device::Device;
use domain::table::{Table, TableId};
use domain::usage::Usage;
use domain::wire::broker::{self, BrokerAccess};
use domain::wire::endpoints::{self, DeviceWithKey, Me, NewDescription, NewDevice, NewTable};
use domain::wire::read::Read;
use domain::wire::rooms;
use serde::Serialize;
use serde_json::Value;

use super::this_browser;
use crate::browser::http::{self, Answer, Request};

/// Why something could not be done, for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// What is wrong with which field, if it was fields.
    fields: Vec<(String, String)>,
    /// The HTTP status, or 0 if no answer came.
    pub(crate) status: u16,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fields: Vec::new(), status: 0 }
    }

    /// All that is wrong with single fields, as sentences: which, and what.
    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    pub(crate) fn unreachable() -> Self {
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

/// Gives a ticket for a live connection; none if the server cannot be asked or refuses.
pub(crate) async fn ticket() -> Option<String> {
    let data = exchange(Ask::of("POST", rooms::TICKETS)).await.ok()?;
    data["ticket"].as_str().map(str::to_owned)
}

/// Gives what lets this browser in at the broker; none if the server cannot be asked or refuses.
pub(crate) async fn broker() -> Option<BrokerAccess> {
    BrokerAccess::read(&exchange(Ask::of("POST", broker::ACCESS)).await.ok()?)
}

/// Gives the frames of an answer; none if the server cannot be asked or refuses.
pub(crate) async fn frames(path: &str) -> Option<Vec<String>> {
    let data = exchange(Ask::of("GET", path)).await.ok()?;
    Some(data.as_array()?.iter().map(Value::to_string).collect())
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
    delete(&endpoints::table(table), None).await
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
    delete(&format!("{}/{device}", endpoints::DEVICE_KEYS), None).await
}

/// Reads something.
pub(crate) async fn get<T: Read>(path: &str) -> Result<T, Failure> {
    read(exchange(Ask::of("GET", path)).await?)
}

/// Removes something.
pub(crate) async fn delete(path: &str, revision: Option<u64>) -> Result<(), Failure> {
    exchange(Ask { revision, ..Ask::of("DELETE", path) }).await.map(|_| ())
}

/// Sends something, and reads what comes of it.
pub(crate) async fn send<T: Read>(
    method: &'static str,
    path: &str,
    body: &impl Serialize,
    revision: Option<u64>,
) -> Result<T, Failure> {
    let body = serde_json::to_string(body).ok();
    read(exchange(Ask { body, revision, ..Ask::of(method, path) }).await?)
}

/// Does something that needs no body; what comes of it is told on the live connection.
pub(crate) async fn post(path: &str, revision: Option<u64>) -> Result<(), Failure> {
    exchange(Ask { revision, ..Ask::of("POST", path) }).await.map(|_| ())
}

/// Sends a file.
pub(crate) async fn upload(path: &str, content_type: &'static str, text: String) -> Result<Value, Failure> {
    exchange(Ask { body: Some(text), content_type, ..Ask::of("POST", path) }).await
}

/// Fetches a file.
pub(crate) async fn download(path: &str) -> Result<String, Failure> {
    let answer = ask(Ask::of("GET", path)).await.ok_or_else(Failure::unreachable)?;
    if (200..300).contains(&answer.status) { Ok(answer.body) } else { judge(Some(answer)).map(|_| String::new()) }
}

/// One request, until it is known who asks.
struct Ask {
    method: &'static str,
    path: String,
    body: Option<String>,
    content_type: &'static str,
    revision: Option<u64>,
}

impl Ask {
    fn of(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), body: None, content_type: "application/json", revision: None }
    }
}

/// Says who asks. Tokens end, and it alone knows how they are renewed.
pub(crate) trait Bearers {
    /// The token for a request to this path, if there is one. `refused` says that the last one was, and that another is
    /// wanted.
    fn bearer(&self, path: &str, refused: bool) -> Pin<Box<dyn Future<Output = Option<String>>>>;
}

thread_local! {
    static BEARERS: RefCell<Option<Rc<dyn Bearers>>> = const { RefCell::new(None) };
}

/// From now on this says who asks.
pub(crate) fn set_bearers(bearers: Rc<dyn Bearers>) {
    BEARERS.with(|known| known.replace(Some(bearers)));
}

async fn bearer(path: &str, refused: bool) -> Option<String> {
    let bearers = BEARERS.with(|known| known.borrow().clone())?;
    bearers.bearer(path, refused).await
}

/// Asks; once more with another token if the first one has ended meanwhile.
async fn ask(ask: Ask) -> Option<Answer> {
    let token = bearer(&ask.path, false).await;
    // What is one's own without a name is this browser's.
    let visitor = ask.path.starts_with("/v1/me/").then(this_browser::visitor_key).flatten();
    let answer = http::send(&request(&ask, token.as_deref(), visitor.as_deref())).await;
    if token.is_none() || answer.as_ref().is_none_or(|answer| answer.status != 401) {
        return answer;
    }
    match bearer(&ask.path, true).await {
        Some(token) => http::send(&request(&ask, Some(&token), visitor.as_deref())).await,
        None => answer,
    }
}

fn request<'a>(ask: &'a Ask, bearer: Option<&'a str>, visitor: Option<&'a str>) -> Request<'a> {
    let Ask { method, path, body, content_type, revision } = ask;
    Request { method, path, body: body.as_deref(), content_type, bearer, visitor, revision: *revision }
}

/// Takes the data out of an answer before it is known what they are: so this code is there once, not once a type, and
/// boxed, not once a caller.
fn exchange(request: Ask) -> Pin<Box<dyn Future<Output = Result<Value, Failure>>>> {
    Box::pin(async move { judge(ask(request).await) })
}

fn judge(answer: Option<Answer>) -> Result<Value, Failure> {
    let Some(Answer { status, body }) = answer else { return Err(Failure::unreachable()) };
    let Ok(Value::Object(mut envelope)) = serde_json::from_str(&body) else { return Err(strange(status)) };
    match envelope.get("errors").and_then(Value::as_array) {
        Some(errors) if !errors.is_empty() => Err(Failure { status, ..refusal(errors) }),
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

fn read<T: Read>(data: Value) -> Result<T, Failure> {
    T::read(&data).ok_or_else(|| strange(200))
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
