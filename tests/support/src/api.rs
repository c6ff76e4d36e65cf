//! A client of the HTTP API that shows status and body as they are.

use domain::table::Table;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A client, with or without a key.
#[derive(Clone)]
pub struct Api {
    client: reqwest::Client,
    address: String,
    key: Option<String>,
    bearer: Option<String>,
    visitor: Option<String>,
    /// The `Host` header, instead of the address's host.
    host: Option<String>,
}

/// A response: its status, its headers and its body.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; `null` if it is not JSON.
    pub body: Value,
}

impl Response {
    /// The code of the first error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["code"].as_str().unwrap_or_default()
    }

    /// The first refused property.
    pub fn property(&self) -> &str {
        self.body["errors"][0]["validationErrors"][0]["property"].as_str().unwrap_or_default()
    }

    /// The table in the data.
    pub fn table(&self) -> Table {
        serde_json::from_value(self.body["data"].clone()).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }

    /// The data.
    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Api {
    /// A client of the server at this address.
    pub fn new(address: &str) -> Self {
        Self {
            client: reqwest::Client::new(),
            address: address.to_owned(),
            key: None,
            bearer: None,
            visitor: None,
            host: None,
        }
    }

    /// The same client with a device's key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), bearer: None, ..self.clone() }
    }

    /// The same client with this person's token.
    pub fn with_bearer(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client with this visitor key.
    pub fn with_visitor(&self, key: &str) -> Self {
        Self { visitor: Some(key.to_owned()), ..self.clone() }
    }

    /// The same client as if from another machine, so that it is no local admin.
    pub fn from_elsewhere(&self) -> Self {
        Self { host: Some("rally.example.org".to_owned()), ..self.clone() }
    }

    /// A request builder.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        let headers = [
            ("x-api-key", self.key.clone()),
            ("authorization", self.bearer.as_ref().map(|token| format!("Bearer {token}"))),
            ("x-visitor-key", self.visitor.clone()),
            ("host", self.host.clone()),
        ];
        let given = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Sends a request.
    pub async fn send(request: RequestBuilder) -> Response {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer arrives whole");
        Response { status, headers, body: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// Sends a request for a file, and expects to succeed.
    pub async fn text(request: RequestBuilder) -> String {
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status().as_u16(), 200);
        response.text().await.expect("the answer arrives whole")
    }

    /// Sends a request without a body.
    pub async fn call(&self, method: Method, path: &str) -> Response {
        Self::send(self.request(method, path)).await
    }

    /// Sends a request with a JSON body.
    pub async fn call_with(&self, method: Method, path: &str, body: &Value) -> Response {
        Self::send(self.request(method, path).json(body)).await
    }

    /// Registers a table and expects to succeed.
    pub async fn register(&self, id: &str, description: &str) -> Table {
        let body = json!({"id": id, "description": description});
        let answer = self.call_with(Method::POST, "/v1/tables", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.table()
    }

    /// Reports a table's status and expects to succeed.
    pub async fn report(&self, id: &str, is_free: bool) -> Table {
        let answer = self.call_with(Method::PUT, &format!("/v1/tables/{id}"), &json!({"isFree": is_free})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.table()
    }

    /// Removes a table and expects to succeed.
    pub async fn remove(&self, id: &str) {
        let answer = self.call(Method::DELETE, &format!("/v1/tables/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Creates a key and expects to succeed.
    pub async fn device_key(&self, tables: &[&str], can_manage: bool) -> String {
        let body = json!({"name": "test", "tables": tables, "canManage": can_manage});
        let answer = self.call_with(Method::POST, "/v1/device-keys", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["data"]["key"].as_str().expect("the key is shown once").to_owned()
    }
}
