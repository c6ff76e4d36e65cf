//! The people of a room: a creator signed in with the issuer, and guests with a connection each.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::fanout::subscriber::Subscriber;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Timeout of a request, in seconds.
const TIMEOUT: u64 = 30;

/// Sends a request to the API, and returns the response's data.
pub(crate) fn ask(address: &str, method: &str, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
    let mut request =
        minreq::Request::new(minreq::Method::Custom(method.to_owned()), format!("http://{address}{path}"))
            .with_timeout(TIMEOUT);
    if let Some(token) = token {
        request = request.with_header("authorization", format!("Bearer {token}"));
    }
    if !body.is_null() {
        request = request.with_header("content-type", "application/json").with_body(body.to_string());
    }
    let response = request.send().context("The server does not answer")?;
    let text = response.as_str().unwrap_or_default();
    let mut answer: Value = serde_json::from_str(text).unwrap_or_default();
    if !(200..300).contains(&response.status_code) {
        bail!("{method} {path} was answered {}: {text}", response.status_code);
    }
    Ok(answer["data"].take())
}

/// The access token of the person with this name, by the code flow with PKCE.
pub(crate) fn sign_in(address: &str, name: &str) -> Result<String> {
    let redirect = format!("http%3A%2F%2F{}%2Fsigned-in", address.replace(':', "%3A"));
    let form = format!(
        "client_id=rally&response_type=code&scope=openid&redirect_uri={redirect}&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&name={name}"
    );
    let answer = post_form(address, "/oidc/authorize", form)?;
    let led_to = answer.headers.get("location").context("the issuer leads back")?;
    let code = led_to.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).context("a code")?;
    let form = format!(
        "grant_type=authorization_code&client_id=rally&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}"
    );
    let tokens: Value = serde_json::from_str(post_form(address, "/oidc/token", form)?.as_str()?)?;
    Ok(tokens["access_token"].as_str().context("an access token")?.to_owned())
}

fn post_form(address: &str, path: &str, form: String) -> Result<minreq::Response> {
    let request = minreq::post(format!("http://{address}{path}"));
    let request = request.with_header("content-type", "application/x-www-form-urlencoded").with_body(form);
    request.with_timeout(TIMEOUT).with_follow_redirects(false).send().context("The issuer does not answer")
}

/// A guest with a connection that subscribes to the room and to their own answers.
pub(super) struct Guest {
    token: String,
    connection: Subscriber,
}

impl Guest {
    pub(super) fn join(address: &str, room: &str, code: &str, number: usize) -> Result<Self> {
        let path = format!("/v1/rooms/{room}/guests");
        let joined = ask(address, "POST", &path, None, &json!({"name": format!("Guest {number}"), "code": code}))?;
        let token = joined["token"].as_str().context("a guest's token")?.to_owned();
        let person = joined["person"]["id"].as_str().context("a guest's id")?;
        let ticket = ask(address, "POST", "/v1/live/tickets", Some(&token), &Value::Null)?;
        let query = format!("?ticket={}", ticket["ticket"].as_str().context("a ticket")?);
        let topics = [format!("room/{room}"), format!("room/{room}/person/{person}")];
        let connection = Subscriber::open_at(address, &query, &topics)?;
        Ok(Self { token, connection })
    }

    /// Waits until a message contains these bytes.
    pub(super) fn wait_for(&mut self, wanted: &[u8], limit: Duration) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if self.connection.receive(wanted)? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        bail!("it did not come")
    }

    /// Answers with one of four options.
    pub(super) fn answer(&self, address: &str, room: &str, pick: usize) -> Result<()> {
        let index = self.token.len() % 4;
        let path = format!("/v1/rooms/{room}/picks/{pick}/answer");
        ask(address, "PUT", &path, Some(&self.token), &json!({"choices": [index]})).map(drop)
    }
}
